/* SPDX-License-Identifier: ISC */
/*
 * Samples: a row holds an hour of a target's, as words such as
 * "125o34567 185d:connect-refused ": the second, a letter for the grade, the
 * time in µs, the reason.  A row for each sample needs four times the room,
 * and an index by target then makes every run write a page for each target:
 * 10,000 samples took 190 ms, so they take 25 (SQLite 3.40.1).
 */
#include "uptime/store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/host/db.h"

#define HOUR 3600
#define US_END 86400000000 /* µs; no reply takes a day */

#define LOOK_BACK 48 /* hours; many may go down at once that never worked */

/* By grade. */
static const char letters[GRADE_N + 1] = "ouwgd";

/* One word of a row, with the blank behind it. */
#define SAMPLE_TEXT 80

static void
encode(char out[SAMPLE_TEXT], int64_t second, const struct verdict *v)
{
	char us[24] = "";

	if (v->us >= 0)
		snprintf(us, sizeof us, "%" PRId64, v->us);
	snprintf(out, SAMPLE_TEXT, "%" PRId64 "%c%s%s%s ", second,
	    letters[v->grade], us, v->reason != REASON_NONE ? ":" : "",
	    v->reason != REASON_NONE ? reason_word(v->reason) : "");
}

void
sample_put(struct db *db, int64_t target, int64_t at, const struct verdict *v)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE sample SET samples = samples || :sample "
	    "WHERE hour = :hour AND target = :target");
	char text[SAMPLE_TEXT];

	if (at < 0)
		at = 0;
	encode(text, at % HOUR, v);
	db_bind_text(q, ":sample", text);
	db_bind_int(q, ":hour", at / HOUR);
	db_bind_int(q, ":target", target);
	if (db_run(q) > 0)
		return;
	q = db_stmt(db,
	    "INSERT INTO sample (hour, target, samples) "
	    "VALUES (:hour, :target, :sample)");
	db_bind_text(q, ":sample", text);
	db_bind_int(q, ":hour", at / HOUR);
	db_bind_int(q, ":target", target);
	db_run(q);
}

static enum reason
reason_of(const char *word, size_t n)
{
	char text[SAMPLE_TEXT];

	if (n >= sizeof text)
		return REASON_NONE;
	memcpy(text, word, n);
	text[n] = '\0';
	return reason_find(text);
}

/* False if the word, of n bytes, is none of ours.  No number goes beyond it:
 * a blank or a NUL follows. */
static bool
decode(const char *word, size_t n, int64_t hour, struct sample *s)
{
	const char *end = word + n, *letter;
	char *p;
	long second;

	/* strtol would skip blanks. */
	if (*word < '0' || *word > '9')
		return false;
	second = strtol(word, &p, 10);
	if (p == end || second >= HOUR ||
	    (letter = strchr(letters, *p)) == NULL)
		return false;
	p++;
	s->at = hour * HOUR + second;
	s->grade = (enum grade)(letter - letters);
	s->us = -1;
	if (*p >= '0' && *p <= '9')
		s->us = strtoll(p, &p, 10);
	if (s->us > US_END)
		s->us = -1;
	s->reason = REASON_NONE;
	if (*p == ':')
		s->reason = reason_of(p + 1, (size_t)(end - p - 1));
	return p == end || *p == ':';
}

/* One hour of a target's. */
static void
hour_list(struct db *db, int64_t target, int64_t hour,
    void (*each)(void *, const struct sample *), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT samples FROM sample "
	    "WHERE hour = :hour AND target = :target");
	struct sample s;
	const char *word;
	size_t n;

	db_bind_int(q, ":hour", hour);
	db_bind_int(q, ":target", target);
	while (db_step(q)) {
		word = db_text(q, "samples");
		for (; word != NULL && *word != '\0'; word += n) {
			n = strcspn(word, " ");
			if (decode(word, n, hour, &s))
				each(arg, &s);
			n += strspn(word + n, " ");
		}
	}
}

/* What a caller of samples_list asked for. */
struct range {
	int64_t from, to;
	void (*each)(void *, const struct sample *);
	void *arg;
};

static void
in_range(void *arg, const struct sample *s)
{
	const struct range *r = arg;

	if (s->at >= r->from && s->at < r->to)
		r->each(r->arg, s);
}

void
samples_list(struct db *db, int64_t target, int64_t from, int64_t to,
    void (*each)(void *, const struct sample *), void *arg)
{
	struct range r = { from, to, each, arg };

	/* Hour by hour: a range of the key holds every target. */
	for (int64_t hour = from / HOUR; hour * HOUR < to; hour++)
		hour_list(db, target, hour, in_range, &r);
}

struct last_good {
	int64_t before, at;
};

static void
if_good(void *arg, const struct sample *s)
{
	struct last_good *last = arg;

	if (s->grade != GRADE_DOWN && s->grade != GRADE_UNKNOWN &&
	    s->at < last->before && s->at > last->at)
		last->at = s->at;
}

int64_t
sample_last_good(struct db *db, int64_t target, int64_t before)
{
	struct last_good last = { before, 0 };

	for (int64_t back = 0; back <= LOOK_BACK && last.at == 0; back++)
		hour_list(db, target, before / HOUR - back, if_good, &last);
	return last.at;
}
