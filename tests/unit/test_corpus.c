/* SPDX-License-Identifier: ISC */
/*
 * Do records of one fault become one group, and of two faults two?  Pairs of
 * records of labelled corpora (tests/data/corpus/README) decide.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/match/group.h"
#include "common/base/span.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

#define CORPUS_MAX (1024 * 1024)
#define RECORDS 1000
#define WORST 12 /* pairs that are printed */
#define ENOUGH 0.98
#define GROUPS_MIN 30
#define RECORDS_MIN 120

struct labelled {
	struct span label, format, text;
	struct hash fingerprint;
	char *normalised;
};

struct corpus {
	struct buf file;
	struct labelled rec[RECORDS];
	size_t n;
};

/* `auto` is what a run would take for a log that begins like this. */
static const struct format *
format_of(const struct labelled *l)
{
	static uint32_t end[READER_LINES];
	struct lines lines = { .p = l->text.p, .end = end };
	char name[16] = "";
	size_t i;

	assert_true(l->format.n < sizeof name);
	memcpy(name, l->format.p, l->format.n);
	if (strcmp(name, "auto") != 0)
		return format_find(name);
	for (i = 0; i < l->text.n && lines.n + 1 < READER_LINES; i++)
		if (l->text.p[i] == '\n')
			end[lines.n++] = (uint32_t)i + 1;
	if (i > 0 && l->text.p[i - 1] != '\n')
		end[lines.n++] = (uint32_t)i;
	return format_detect(&lines);
}

static void
fields_of(const struct labelled *l, struct fields *f, struct buf *room)
{
	const struct format *format = format_of(l);

	assert_non_null(format);
	if (getenv("CORPUS_FORMATS") != NULL)
		printf("%s\n", format->name);
	format_parse(format, l->text.p, l->text.n, f, room);
}

static void
judge(struct labelled *l)
{
	struct buf text, room;
	struct fields f;

	buf_init(&text, 4 * RECORD_MAX);
	buf_init(&room, RECORD_MAX);
	fields_of(l, &f, &room);
	group_normalise(&text, &f);
	l->fingerprint = group_fingerprint(&f);
	l->normalised = buf_take(&text);
	buf_free(&room);
}

/* "== label format" and the record's lines. */
static void
load(struct corpus *c, const char *name)
{
	char *path = xasprintf("tests/data/corpus/%s.txt", name);
	struct span s, head;
	const char *next;

	buf_init(&c->file, CORPUS_MAX);
	if (!file_slurp(path, &c->file))
		fail_msg("%s: cannot be read", path);
	free(path);
	s = (struct span){ c->file.p, c->file.len - 1 };
	next = span_find(s, "\n== ");
	for (c->n = 0; next != NULL; c->n++) {
		struct labelled *l = &c->rec[c->n];

		assert_true(c->n < RECORDS);
		s = span_from(s, next + 4);
		next = span_find(s, "\n== ");
		l->text = span_until(s, next);
		head = span_until(l->text, span_find(l->text, "\n"));
		l->text = span_skip(l->text, head.n + 1);
		l->label = span_until(head, span_find(head, " "));
		l->format = span_skip(head, l->label.n + 1);
		judge(l);
	}
}

static bool
same_label(const struct labelled *a, const struct labelled *b)
{
	return a->label.n == b->label.n &&
	    memcmp(a->label.p, b->label.p, a->label.n) == 0;
}

static void
print_pair(const char *what, const struct labelled *a, const struct labelled *b)
{
	printf("# %s: %.*s, %.*s\n  %s\n  %s\n", what, (int)a->label.n,
	    a->label.p, (int)b->label.n, b->label.p, a->normalised,
	    b->normalised);
}

/* Pairs that are one fault and one group; of each alone. */
struct pairs {
	size_t both, label, group, shown;
};

static void
count_pair(struct pairs *n, const struct labelled *a, const struct labelled *b)
{
	bool label = same_label(a, b);
	bool group = hash_equal(a->fingerprint, b->fingerprint);

	n->both += label && group;
	n->label += label;
	n->group += group;
	if (label != group && n->shown++ < WORST)
		print_pair(label ? "told apart" : "taken for one", a, b);
}

static size_t
faults(const struct corpus *c)
{
	size_t i, k, n = 0;

	for (i = 0; i < c->n; i++) {
		for (k = 0; k < i && !same_label(&c->rec[i], &c->rec[k]); k++)
			;
		n += k == i;
	}
	return n;
}

static void
check(const char *name)
{
	struct corpus *c = xcalloc(1, sizeof *c);
	struct pairs n = { 0, 0, 0, 0 };
	double precision, recall;
	size_t i, k;

	load(c, name);
	for (i = 0; i < c->n; i++)
		for (k = 0; k < i; k++)
			count_pair(&n, &c->rec[i], &c->rec[k]);
	precision = (double)n.both / (double)n.group;
	recall = (double)n.both / (double)n.label;
	printf("%s: %zu records of %zu faults, precision %.4f, recall %.4f\n",
	    name, c->n, faults(c), precision, recall);
	assert_true(c->n >= RECORDS_MIN);
	assert_true(faults(c) >= GROUPS_MIN);
	assert_true(precision >= ENOUGH);
	assert_true(recall >= ENOUGH);
	for (i = 0; i < c->n; i++)
		free(c->rec[i].normalised);
	buf_free(&c->file);
	free(c);
}

static void
php(void **state)
{
	(void)state;
	check("php");
}

static void
node(void **state)
{
	(void)state;
	check("node");
}

static void
java(void **state)
{
	(void)state;
	check("java");
}

static void
apps(void **state)
{
	(void)state;
	check("apps");
}

static void
heldout(void **state)
{
	(void)state;
	check("heldout");
}

static void
second(void **state)
{
	(void)state;
	check("second");
}

static void
third(void **state)
{
	(void)state;
	check("third");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(php),
		cmocka_unit_test(node),
		cmocka_unit_test(java),
		cmocka_unit_test(apps),
		cmocka_unit_test(heldout),
		cmocka_unit_test(second),
		cmocka_unit_test(third),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
