/* SPDX-License-Identifier: ISC */
/* A journal and standard input as log sources: records, places, gaps. */
#include "watchdog/follow_stream.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "tests/unit/journal_aid.h"
#include "tests/unit/scratch.h"
#include "watchdog/format/format.h"

#define T 1764367045 /* 2025-11-28T21:57:25Z */
#define US INT64_C(1000000)

/* Each record's text without envelopes, behind each other. */
struct seen {
	struct buf b;
	struct stream *s;
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct seen *seen = arg;
	const struct format *f = seen->s->scan->format;

	buf_adds(&seen->b, "[");
	if (f->unwrap != NULL)
		f->unwrap(f, rec->p, rec->len, &seen->b);
	else
		buf_add(&seen->b, rec->p, rec->len);
	buf_adds(&seen->b, "]");
	return true;
}

static struct scan pass;
static struct store_source kept;

/* Reads a source from a place; the text of its records, to be freed.  NULL:
 * at first sight. */
static char *
read_from(struct stream *s, const char *place)
{
	struct seen seen = { .s = s };
	char *old = kept.journal;

	buf_init(&seen.b, SIZE_MAX);
	s->path = s->path != NULL ? s->path : "journal:a";
	s->directory = scratch_dir();
	kept = (struct store_source){ .id = place != NULL };
	kept.journal = place != NULL ? xstrdup(place) : NULL;
	free(old);
	s->kept = &kept;
	s->scan = &pass;
	pass.sink = on_record;
	pass.arg = &seen;
	stream_read(s);
	assert_true(tally_holds(&pass.tally));
	assert_int_equal(kept.last_line,
	    place == NULL || seen.b.len > 0 ? s->now : 0);
	buf_addc(&seen.b, '\0');
	return buf_take(&seen.b);
}

static void
expect(const char *place, int64_t now, const char *text, char **next)
{
	struct stream s = { .now = now };
	char *got = read_from(&s, place);

	assert_string_equal(got, text);
	assert_null(s.error);
	assert_int_equal(s.end, SCAN_END);
	assert_int_equal(s.lost.reason, GAP_NONE);
	assert_int_equal(s.moved,
	    place == NULL || strcmp(place, kept.journal) != 0);
	if (next != NULL) {
		free(*next);
		*next = xstrdup(kept.journal);
	}
	free(got);
}

static void
records(void **state)
{
	struct buf b;
	char *place = NULL;

	(void)state;
	aid_need();
	buf_init(&b, SIZE_MAX);
	/* nothing yet, but it was seen */
	aid_entry(&b, T * US, "b", 1, "other");
	aid_make("b", &b);
	expect(NULL, T + 100, "", &place);
	expect(place, T + 100, "", &place);
	buf_reset(&b);
	aid_entry(&b, T * US, "a", 1, "one");
	/* a traceback of entries, and another writer's between them */
	aid_entry(&b, (T + 1) * US, "a", 1,
	    "Traceback (most recent call last):");
	aid_entry(&b, (T + 1) * US + 1, "a", 2,
	    "two\nTraceback (most recent call last):\n  File \"a\", line 1\n"
	    "KeyError: 1");
	aid_entry(&b, (T + 1) * US + 2, "a", 1, "  File \"b\", line 1");
	aid_entry(&b, (T + 1) * US + 3, "a", 1, "KeyError: 2");
	aid_entry(&b, (T + 2) * US, "a", 1, "<3>1 - h p 1 - - \n\x01\xff");
	aid_make("a", &b);
	expect(place, T + 100,
	    "[one][Traceback (most recent call last):\n  File \"b\", line 1\n"
	    "KeyError: 2][two\nTraceback (most recent call last):\n"
	    "  File \"a\", line 1\nKeyError: 1][<3>1 - h p 1 - - \n\x01\xff]",
	    &place);
	expect(place, T + 100, "", NULL);
	free(place);
	buf_free(&b);
	aid_forget("a");
	aid_forget("b");
}

/* What may go on while its last line is young is left, and comes whole. */
static void
fresh(void **state)
{
	struct buf b;
	char *place = NULL;

	(void)state;
	aid_need();
	buf_init(&b, SIZE_MAX);
	aid_entry(&b, T * US, "a", 1, "one");
	aid_entry(&b, (T + 1) * US, "a", 1,
	    "Traceback (most recent call last):");
	aid_entry(&b, (T + 1) * US + 1, "a", 1, "  File \"b\", line 1");
	aid_make("a", &b);
	expect(NULL, T + 2, "[one]", &place);
	expect(place, T + 2, "", &place);
	buf_reset(&b);
	aid_entry(&b, (T + 1) * US + 2, "a", 1, "KeyError: 2");
	aid_make("more", &b);
	expect(place, T + 100,
	    "[Traceback (most recent call last):\n  File \"b\", line 1\n"
	    "KeyError: 2]",
	    &place);
	expect(place, T + 100, "", NULL);
	free(place);
	buf_free(&b);
	aid_forget("a");
	aid_forget("more");
}

static void
gaps(void **state)
{
	struct stream s = { .now = T + 100 }, t = s;
	struct buf b;
	char *place = NULL;

	(void)state;
	aid_need();
	buf_init(&b, SIZE_MAX);
	aid_entry(&b, T * US, "a", 1, "one");
	aid_make("a", &b);
	expect(NULL, T + 100, "[one]", &place);
	aid_forget("a");
	buf_reset(&b);
	aid_entry(&b, (T + 9) * US, "a", 1, "two");
	aid_make("b", &b);
	free(read_from(&s, place));
	assert_true(s.moved);
	assert_int_equal(s.lost.reason, GAP_VACUUMED);
	assert_int_equal(s.lost.since, T);
	assert_int_equal(s.lost.until, T + 9);
	aid_forget("b");
	/* all is gone: told once */
	free(place);
	place = xstrdup(kept.journal);
	free(read_from(&t, place));
	assert_true(t.moved);
	assert_int_equal(t.lost.reason, GAP_VACUUMED);
	assert_int_equal(t.lost.since, T + 9);
	assert_int_equal(t.lost.until, T + 100);
	free(place);
	place = xstrdup(kept.journal);
	expect(place, T + 100, "", NULL);
	free(place);
	buf_free(&b);
}

/* Of a long journal a part, then the rest: each record once. */
static void
bounded(void **state)
{
	char text[32], *got, *place = NULL;
	struct buf all, b;
	int64_t budget;
	int passes = 0;

	(void)state;
	aid_need();
	buf_init(&all, SIZE_MAX);
	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 6000; i++) {
		snprintf(text, sizeof text, "%d%s", i,
		    i % 7 == 0 ? "\n  more" : "");
		aid_entry(&b, (T + i) * US, "a", 1 + i % 3, text);
	}
	aid_make("a", &b);
	buf_reset(&b);
	for (int i = 0; i < 6000; i++)
		buf_addf(&b, "[%d%s]", i, i % 7 == 0 ? "\n  more" : "");
	for (bool moved = true; moved; passes++) {
		struct stream s = { .now = T + 99999 };

		budget = 1000;
		pass.budget = &budget;
		got = read_from(&s, place);
		assert_true(s.end == SCAN_END || s.end == SCAN_DEADLINE);
		assert_null(s.error);
		buf_adds(&all, got);
		moved = s.moved;
		free(place);
		place = xstrdup(kept.journal);
		free(got);
	}
	pass.budget = NULL;
	assert_true(passes > 2);
	assert_string_equal(buf_str(&all), b.p);
	free(place);
	buf_free(&all);
	buf_free(&b);
	aid_forget("a");
}

static void
trouble(void **state)
{
	struct deadline none = deadline_in(0);
	struct stream s = { .now = T, },
		      t = { .now = T };
	struct buf b;

	(void)state;
	aid_need();
	buf_init(&b, SIZE_MAX);
	aid_entry(&b, T * US, "a", 1, "one");
	aid_make("a", &b);
	pass.deadline = &none;
	free(read_from(&s, NULL));
	pass.deadline = NULL;
	assert_int_equal(s.end, SCAN_DEADLINE);
	assert_null(s.error);
	assert_string_equal(kept.journal, "@0");
	free(read_from(&t, "x"));
	assert_int_equal(t.end, SCAN_ERROR);
	assert_string_equal(t.error,
	    "journal:a: journalctl: Failed to seek to cursor: Invalid "
	    "argument");
	assert_string_equal(kept.journal, "x");
	assert_false(t.moved);
	assert_int_equal(t.lost.reason, GAP_NONE);
	free(t.error);
	buf_free(&b);
	aid_forget("a");
}

/* Standard input is that text. */
static void
expect_stdin(const char *in, const struct deadline *d, bool open,
    const char *text, const char *error)
{
	struct stream s = { .path = "-", .now = T };
	int p[2], old = dup(STDIN_FILENO);
	char *got;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], in, strlen(in)), strlen(in));
	if (!open)
		close(p[1]);
	dup2(p[0], STDIN_FILENO);
	pass.deadline = d;
	got = read_from(&s, NULL);
	pass.deadline = NULL;
	assert_string_equal(got, text);
	assert_null(kept.journal);
	if (error != NULL)
		assert_string_equal(s.error, error);
	else
		assert_null(s.error);
	free(got);
	free(s.error);
	dup2(old, STDIN_FILENO);
	close(old);
	close(p[0]);
	if (open)
		close(p[1]);
}

static void
standard_input(void **state)
{
	struct deadline soon = deadline_in(50);

	(void)state;
	expect_stdin("", NULL, false, "", NULL);
	/* its last line is its last */
	expect_stdin("one\n  more\ntwo", NULL, false, "[one\n  more][two]",
	    NULL);
	expect_stdin("one\ntwo\nthr", &soon, true, "[one]",
	    "standard input: what came after byte 4 was not read in time, "
	    "and is lost");
}

static void
kinds(void **state)
{
	(void)state;
	assert_true(stream_is("-"));
	assert_true(stream_is("journal:x"));
	assert_false(stream_is("/x"));
	assert_non_null(strstr(stream_refused("/dev/null"), "a device"));
	assert_non_null(strstr(stream_refused("/"), "a directory"));
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_non_null(strstr(stream_refused("fifo"), "a FIFO"));
	unlink("fifo");
	assert_string_equal(stream_refused("nothing"), "is not a regular file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(fresh),
		cmocka_unit_test(gaps),
		cmocka_unit_test(bounded),
		cmocka_unit_test(trouble),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
