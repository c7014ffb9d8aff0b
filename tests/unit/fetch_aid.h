/* SPDX-License-Identifier: ISC */
/* One transfer from its beginning to its end, for tests. */
#ifndef TESTS_UNIT_FETCH_AID_H
#define TESTS_UNIT_FETCH_AID_H

#include "uptime/probe.h"
#include "uptime/site.h"

struct fetch_jar;

struct fetch_try {
	const char *url;
	const char *address; /* NULL: 127.0.0.1 */
	int timeout_ms;      /* 0: 20000 */
	size_t max;          /* of the body; 0: 100000 */
	const char *ca_file;
	struct fetch_jar *jar;
	struct request *request; /* its url is filled in; NULL: a plain one */
	const char *from;        /* url is a redirect of this one's */
};

/* The probe is to be freed; fails the test if done is not called once. */
void fetch_try(const struct fetch_try *, struct probe *);
/* The same for a banner; the port is the address's. */
void fetch_try_banner(const struct target *, const char *address, uint16_t port,
    size_t max, const char *ca_file, struct probe *);

/* "reason-word: detail", for messages; static. */
const char *fetch_try_text(const struct probe *);

#endif
