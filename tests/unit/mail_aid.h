/* SPDX-License-Identifier: ISC */
/*
 * Groups made of a few words, and the mail about them.
 */
#ifndef TESTS_UNIT_MAIL_AID_H
#define TESTS_UNIT_MAIL_AID_H

#include <stddef.h>
#include <stdint.h>

#include "watchdog/format/format.h"
#include "watchdog/tell/report.h"

struct buf;
struct digest;
struct digests;
struct groups;
struct route;

#define NOW 1795245420 /* Sat 21 Nov 2026 07:17:00 UTC */
#define LOG "/var/log/apache2/error.log"
#define BODY_MAX (256 * 1024)

extern const struct route bboard, root;
extern const struct report_env plain;

/* What a test says of a record. */
struct told {
	const struct route *route;
	enum level level;
	int64_t time;
	const char *path;
	const char *message; /* is in the text */
	const char *text;
	int64_t offset;
	int times;
};

void tell(struct groups *, const struct told *);
/* Marks the group that was told last as seen before. */
void seen(struct groups *, int64_t first, int64_t last, int64_t count);
/* n groups, of which those from `known` on were told before: the i-th has
 * 200 - i records, or one. */
struct groups *many(int n, int known);

/* The one digest of all of them, for what a test wants to change in it. */
struct digest *digest_of(struct digests *, struct groups *);
/* "Subject: …", an empty line, and the body. */
void mail(struct buf *, struct groups *, const struct report_env *);

/* How often the text is there. */
size_t occurrences(const struct buf *, const char *);

#endif
