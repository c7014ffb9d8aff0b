/* SPDX-License-Identifier: ISC */
/* Groups made of a few words, and the mail about them. */
#include "tests/unit/mail_aid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/read/record.h"
#include "watchdog/tell/digest.h"

static char *joe[] = { "joe@example.com" };
static char *web[] = { "web@example.com" };
static char *admin[] = { "ops@example.com" };
static char bboard_prefix[] = "/bboard";
static char root_prefix[] = "/";
const struct route bboard = { .prefix = bboard_prefix,
	.owners = joe,
	.nowners = 1 };
const struct route root = { .prefix = root_prefix,
	.owners = web,
	.nowners = 1 };

const struct report_env plain = { .host = "www1",
	.now = NOW,
	.since = NOW - 900,
	.conf = "/etc/sitewatch/watchdog.conf" };

void
tell(struct groups *g, const struct told *t)
{
	struct fields f = { .level = t->level,
		.has_time = t->time != 0,
		.time = t->time };
	struct record r = { .p = t->text,
		.len = strlen(t->text),
		.offset = t->offset,
		.lines = 1 };
	const char *p;
	int i;

	for (p = t->text; *p != '\0'; p++)
		r.lines += *p == '\n';
	f.message = (struct span){ t->message, strlen(t->message) };
	for (i = 0; i < t->times; i++) {
		groups_add(g, t->route, &f, &r, t->path, LOG);
		f.time++;
	}
}

void
seen(struct groups *g, int64_t first, int64_t last, int64_t count)
{
	struct group *at = groups_at(g, groups_count(g) - 1);

	at->seen_first = first;
	at->seen_last = last;
	at->seen_count = count;
}

struct digest *
digest_of(struct digests *ds, struct groups *g)
{
	digests_make(ds, g, admin, 1, NOW);
	assert_int_equal(ds->n, 1);
	return &ds->digest[0];
}

void
mail(struct buf *out, struct groups *g, const struct report_env *env)
{
	struct digests ds;
	const struct digest *d = digest_of(&ds, g);

	buf_adds(out, "Subject: ");
	report_subject(out, d, env);
	buf_adds(out, "\n\n");
	report_body(out, d, env);
	digests_free(&ds);
	assert_false(out->full);
}

struct groups *
many(int n, int known)
{
	struct groups *g = groups_new();
	char message[20];
	struct told t = { &bboard, LEVEL_ERROR, NOW, "/bboard/x", message,
		message, 0, 0 };
	int i;

	for (i = 0; i < n; i++) {
		snprintf(message, sizeof message, "kind%c%c", 'a' + i / 26 % 26,
		    'a' + i % 26);
		if (i >= 676)
			message[2] = (char)('A' + i / 676);
		t.times = i < 200 ? 200 - i : 1;
		tell(g, &t);
		if (i >= known)
			seen(g, 1, NOW - 60, 3);
	}
	return g;
}

size_t
occurrences(const struct buf *b, const char *what)
{
	const char *p = buf_str(b);
	size_t n = 0;

	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}
