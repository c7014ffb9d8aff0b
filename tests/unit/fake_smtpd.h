/* SPDX-License-Identifier: ISC */
/* tests/fakes/smtpd as a child of a unit test. */
#ifndef TESTS_UNIT_FAKE_SMTPD_H
#define TESTS_UNIT_FAKE_SMTPD_H

#include <sys/types.h>

#include <stdbool.h>

struct fake {
	pid_t pid;
	char port[8];
	char dir[32];
};

/* args: its options in one string, separated by blanks.  Fails the test if
 * it does not come up. */
void fake_start(struct fake *, const char *args);
/* Ends it and removes its directory. */
void fake_stop(struct fake *);
/* How many messages it has taken. */
int fake_taken(const struct fake *);
/* The n-th of them (from 1), to be freed; suffix: "eml", "env". */
char *fake_read(const struct fake *, int n, const char *suffix);
/* All that was said, to be freed. */
char *fake_log(const struct fake *);

/* A directory with ca.pem, good.pem/good.key (localhost, 127.0.0.1, ::1),
 * other.pem/other.key (other.example), self.pem/self.key. */
const char *fake_certificates(void);
void fake_certificates_remove(void);

#endif
