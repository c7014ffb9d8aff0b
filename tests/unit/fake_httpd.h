/* SPDX-License-Identifier: ISC */
/*
 * A web server that misbehaves as it is asked to, in a child process: the
 * path says how.  It listens on every address of the loopback net.
 */
#ifndef TESTS_UNIT_FAKE_HTTPD_H
#define TESTS_UNIT_FAKE_HTTPD_H

#include <sys/types.h>

#include <stdint.h>

struct fake_httpd {
	pid_t pid;
	uint16_t port;
};

/*
 * greeting: NULL, or what is said before anything is asked; then the server
 * waits for a line, says "and: " with that line, and closes.  "": it closes
 * after the first bytes that come; "\001": with a reset.
 */
void fake_httpd_start(struct fake_httpd *, const char *greeting);
void fake_httpd_stop(struct fake_httpd *);

/* A socket bound to a port of 127.31.0.1; backlog < 0: it does not listen. */
int fake_port(int backlog, uint16_t *port);

/* A program of ours, killed with us; its output goes to the file. */
pid_t fake_program(const char *output, char *const *argv);
/* Kills it and waits for its end. */
void fake_program_end(pid_t);
/* Sleeps. */
void fake_pause(long ms);

#endif
