/* SPDX-License-Identifier: ISC */
/*
 * The journal, through the real journalctl, from journals that
 * systemd-journal-remote makes of export text.
 */
#include "watchdog/read/journal.h"

#include <sys/wait.h>

#include <errno.h>
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

#define T 1764367045 /* 2025-11-28T21:57:25Z, of entry 0 */

/* A journal of that name with entries [from, to), one a second: each of
 * a.service, every third of b.service as well. */
static void
make(const char *name, int from, int to)
{
	char text[32];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (int i = from; i < to; i++)
		for (int k = 0; k < (i % 3 == 0 ? 2 : 1); k++) {
			snprintf(text, sizeof text, "%c%d", 'a' + k, i);
			aid_entry(&b, (T + i) * INT64_C(1000000) + k,
			    k == 0 ? "a" : "b", 7, text);
		}
	aid_make(name, &b);
	buf_free(&b);
}

/* Reads all there is in pieces of n bytes; "a1 a2 …" of the messages. */
static int
read_all(struct journal *j, size_t n, struct buf *out)
{
	char *block = xmalloc(n), *line, *lf;
	struct buf text;
	ssize_t k;

	buf_reset(out);
	buf_init(&text, SIZE_MAX);
	while ((k = journal_read(j, block, n)) > 0)
		buf_add(&text, block, (size_t)k);
	for (line = text.p; line != NULL && *line != '\0'; line = lf + 1) {
		lf = strchr(line, '\n');
		*lf = '\0';
		buf_addf(out, "%s%s", out->len > 0 ? " " : "",
		    strrchr(line, ' ') + 1);
	}
	buf_free(&text);
	free(block);
	return k == -1 ? errno : 0;
}

static struct journal *
from(const char *unit, const char *place)
{
	return journal_open(&(struct journal_from){ .unit = unit,
	    .directory = scratch_dir(),
	    .place = place });
}

static void
expect(const char *unit, const char *place, const char *text, bool gap)
{
	struct journal *j = from(unit, place);
	struct buf out;

	buf_init(&out, SIZE_MAX);
	assert_int_equal(read_all(j, 4096, &out), 0);
	assert_null(journal_error(j));
	assert_string_equal(buf_str(&out), text);
	assert_int_equal(journal_gap(j), gap);
	buf_free(&out);
	journal_free(j);
}

/* The place behind so many entries of a unit. */
static char *
place_behind(const char *unit, size_t n)
{
	struct journal *j = from(unit, NULL);
	char c, *place;
	int64_t at = 0;

	while (n > 0 && journal_read(j, &c, 1) == 1) {
		at++;
		n -= c == '\n';
	}
	assert_int_equal(n, 0);
	/* not before the last byte */
	place = xstrdup(journal_place(j, at));
	if (journal_place(j, at - 1) != NULL)
		assert_string_not_equal(journal_place(j, at - 1), place);
	journal_free(j);
	return place;
}

static void
units(void **state)
{
	(void)state;
	aid_need();
	make("one", 0, 5);
	expect("a.service", NULL, "a0 a1 a2 a3 a4", false);
	expect("b", NULL, "b0 b3", false);
	expect("c.service", NULL, "", false);
	expect("[ab].service", NULL, "a0 b0 a1 a2 a3 b3 a4", false);
	aid_forget("one");
}

static void
places(void **state)
{
	char *place, text[64];

	(void)state;
	aid_need();
	make("one", 0, 5);
	place = place_behind("a.service", 3);
	expect("a.service", place, "a3 a4", false);
	/* across files, whatever they are called */
	make("another", 5, 7);
	expect("a.service", place, "a3 a4 a5 a6", false);
	free(place);
	place = place_behind("a.service", 7);
	expect("a.service", place, "", false);
	free(place);
	snprintf(text, sizeof text, "@%d", T + 4);
	expect("a.service", text, "a4 a5 a6", false);
	snprintf(text, sizeof text, "@%d", T + 40);
	expect("a.service", text, "", false);
	aid_forget("one");
	aid_forget("another");
}

/* The file with the place is thrown away: said once, and no more. */
static void
vacuumed(void **state)
{
	struct journal *j;
	struct buf out;
	char *place, *next;

	(void)state;
	aid_need();
	buf_init(&out, SIZE_MAX);
	make("one", 0, 3);
	place = place_behind("a.service", 2);
	make("two", 3, 5);
	aid_forget("one");
	expect("a.service", place, "a3 a4", true);
	aid_forget("two");
	/* nothing is left: the time remains, so that it is said once */
	j = from("a.service", place);
	assert_int_equal(read_all(j, 4096, &out), 0);
	assert_true(journal_gap(j));
	next = xstrdup(journal_place(j, 0));
	journal_free(j);
	assert_int_equal(*next, '@');
	expect("a.service", next, "", false);
	make("three", 9, 11);
	expect("a.service", next, "a9 a10", false);
	aid_forget("three");
	free(next);
	free(place);
	buf_free(&out);
}

/* Each offset has the last entry that ends there or before; entries come
 * whole. */
static void
offsets(void **state)
{
	char block[200];
	struct journal *j;
	int64_t at = 0;
	ssize_t n;

	(void)state;
	aid_need();
	make("one", 0, 9);
	j = from("a", NULL);
	assert_null(journal_place(j, 0));
	while ((n = journal_read(j, block, sizeof block)) > 0) {
		assert_int_equal(block[n - 1], '\n');
		at += n;
		assert_non_null(journal_place(j, at));
	}
	assert_int_equal(n, 0);
	assert_null(journal_place(j, 0));
	assert_null(journal_place(j, 10));
	assert_int_equal(journal_entries(j), 9);
	assert_int_equal(journal_first(j), T);
	assert_int_equal(journal_last(j), T + 8);
	journal_free(j);
	aid_forget("one");
}

/* More entries than places are kept of: the later ones exactly, of the
 * earlier ones some. */
#define MANY 21000

static void
many(void **state)
{
	static const struct {
		int entry, again; /* at most so many come again */
	} ask[] = { { MANY - 1, 0 }, { MANY - 8000, 0 }, { 5000, 2 },
		{ 100, 4 } };
	struct journal *j, *next;
	int64_t end[MANY];
	char block[64];
	struct buf out;

	(void)state;
	aid_need();
	buf_init(&out, SIZE_MAX);
	make("one", 0, MANY);
	j = from("a", NULL);
	for (int i = 0; i < MANY; i++)
		end[i] = (i > 0 ? end[i - 1] : 0) +
		    journal_read(j, block, sizeof block);
	assert_int_equal(journal_read(j, block, sizeof block), 0);
	for (size_t i = 0; i < sizeof ask / sizeof *ask; i++) {
		next = from("a", journal_place(j, end[ask[i].entry]));
		assert_int_equal(read_all(next, 65536, &out), 0);
		assert_false(journal_gap(next));
		assert_in_range(journal_entries(next), MANY - 1 - ask[i].entry,
		    MANY - 1 - ask[i].entry + ask[i].again);
		journal_free(next);
	}
	journal_free(j);
	buf_free(&out);
	aid_forget("one");
}

static void
trouble(void **state)
{
	struct deadline none = deadline_in(0);
	struct journal *j;
	struct buf out;

	(void)state;
	aid_need();
	buf_init(&out, SIZE_MAX);
	make("one", 0, 3);
	j = from("a", "no cursor");
	assert_int_equal(read_all(j, 100, &out), EIO);
	assert_non_null(strstr(journal_error(j), "Failed to seek to cursor"));
	assert_false(journal_gap(j));
	assert_string_equal(journal_place(j, 0), "no cursor");
	journal_free(j);
	j = journal_open(
	    &(struct journal_from){ .unit = "a", .directory = "/nonexistent" });
	assert_int_equal(read_all(j, 100, &out), EIO);
	assert_string_equal(journal_error(j),
	    "journalctl: Failed to open /nonexistent: No such file or "
	    "directory");
	journal_free(j);
	j = journal_open(&(struct journal_from){ .unit = "a",
	    .directory = scratch_dir(),
	    .deadline = &none });
	assert_int_equal(read_all(j, 100, &out), ETIMEDOUT);
	journal_free(j);
	/* ended early: nothing stays behind */
	j = from("a", NULL);
	journal_free(j);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	buf_free(&out);
	aid_forget("one");
}

static void
names(void **state)
{
	char longest[300];

	(void)state;
	assert_string_equal(journal_unit("journal:nginx"), "nginx");
	assert_string_equal(journal_unit("journal:"), "");
	assert_null(journal_unit("/var/log/journal:x"));
	assert_null(journal_unit("journal"));
	assert_null(journal_check_unit("nginx.service"));
	assert_null(journal_check_unit("php*-fpm"));
	assert_null(journal_check_unit("dev-disk-by\\x2duuid.device"));
	assert_null(journal_check_unit("app@1.service"));
	assert_non_null(journal_check_unit(""));
	assert_non_null(journal_check_unit("a b"));
	assert_non_null(journal_check_unit("/etc/passwd"));
	memset(longest, 'a', sizeof longest);
	longest[256] = '\0';
	assert_non_null(journal_check_unit(longest));
	longest[255] = '\0';
	assert_null(journal_check_unit(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(units),
		cmocka_unit_test(places),
		cmocka_unit_test(vacuumed),
		cmocka_unit_test(offsets),
		cmocka_unit_test(many),
		cmocka_unit_test(trouble),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
