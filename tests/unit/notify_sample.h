/* SPDX-License-Identifier: ISC */
/*
 * Notices for the tests of mails, as a few words say them.
 */
#ifndef TESTS_UNIT_NOTIFY_SAMPLE_H
#define TESTS_UNIT_NOTIFY_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "uptime/tell/notify.h"

struct buf;

#define NOW 1795266190 /* Sat 21 Nov 2026 14:03:10 CET */
#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define MAIL_MAX (256 * 1024)
#define MAIL_LINES 60 /* of a body, at most */

extern const struct notify_env env_boston;
extern const struct site site_www, site_shop, site_mx;

#define DBTEST "https://www.example.com/SYSTEM/dbtest"
#define TIMED_OUT REASON_CONNECT_TIMEOUT
#define REFUSED REASON_CONNECT_REFUSED
/* debts and grade of most */
#define D DEBT_DOWN, GRADE_DOWN

/* A layer table. */
extern const char layer_table[];

/* What a test says of a notice. */
struct told {
	const struct site *site;
	const char *name;
	enum target_kind kind;
	unsigned debts;
	enum grade grade;
	enum reason reason;
	const char *detail;
	int64_t ago; /* that it began; 0: not known */
	const char *evidence;
	int64_t incident;
};

struct notice *notice_make(const struct told *);
void notice_free(struct notice *);
/* "Subject: …", an empty line, and the body; puts them in order. */
void notice_mail(struct buf *, struct notice **, size_t,
    const struct notify_env *);
void told_mail(struct buf *, const struct told *, size_t,
    const struct notify_env *);

/* What is in a mail and what is not; its lines. */
void assert_mail_has(const struct buf *, const char *);
void assert_mail_lacks(const struct buf *, const char *);
size_t mail_lines(const struct buf *);

#endif
