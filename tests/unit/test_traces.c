/* SPDX-License-Identifier: ISC */
/*
 * The traces of tests/data/traces: whole alone, among other writers' lines,
 * and wherever a run may end that reads them.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

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
#include "common/base/xmem.h"
#include "watchdog/read/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/read/trace.h"
#include "watchdog/scan.h"

#define MAX_RECORDS 512
#define ROUNDS 2000

static const char *const language[] = { "php", "java", "python", "ruby", "node",
	"go", "dotnet", "perl", "tcl" };
#define LANGUAGES (sizeof language / sizeof *language)

/* What there is, or what was found: records without their last LF. */
struct list {
	struct {
		char *p;
		int64_t offset;
	} rec[MAX_RECORDS];
	size_t n;
};

static struct list sample[LANGUAGES];

static void
list_add(struct list *l, const char *p, size_t n, int64_t offset)
{
	assert_true(l->n < MAX_RECORDS);
	l->rec[l->n].p = xmalloc(n + 1);
	memcpy(l->rec[l->n].p, p, n);
	l->rec[l->n].p[n] = '\0';
	l->rec[l->n++].offset = offset;
}

static void
list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->rec[i].p);
	l->n = 0;
}

/* Fails if they differ, with the first record that does. */
static void
assert_same(const struct list *want, const struct list *got, const char *what)
{
	for (size_t i = 0; i < want->n && i < got->n; i++)
		if (strcmp(want->rec[i].p, got->rec[i].p) != 0)
			fail_msg("%s: want {%s}, got {%s}", what,
			    want->rec[i].p, got->rec[i].p);
	if (want->n != got->n)
		fail_msg("%s: want %zu records, got %zu", what, want->n,
		    got->n);
}

static void
slurp(const char *name, const char *ext, struct buf *b)
{
	char path[64];
	int c;
	FILE *f;

	snprintf(path, sizeof path, "tests/data/traces/%s%s", name, ext);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s (run it from the top)", path);
	buf_init(b, 1 << 20);
	while ((c = getc(f)) != EOF)
		buf_addc(b, (char)c);
	fclose(f);
}

static int
load(void **state)
{
	struct buf text, lines;
	char *p, *end, *count;

	(void)state;
	for (size_t i = 0; i < LANGUAGES; i++) {
		slurp(language[i], ".log", &text);
		slurp(language[i], ".lines", &lines);
		p = text.p;
		buf_str(&text);
		buf_str(&lines);
		for (count = lines.p; *count != '\0';) {
			end = p - 1;
			for (long k = strtol(count, &count, 10); k > 0; k--)
				end = strchr(end + 1, '\n');
			list_add(&sample[i], p, (size_t)(end - p), 0);
			p = end + 1;
			count++;
		}
		assert_int_equal(*p, '\0');
		buf_free(&text);
		buf_free(&lines);
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < LANGUAGES; i++)
		list_free(&sample[i]);
	return 0;
}

static bool
is_trace(const char *p)
{
	return strstr(p, " INFO ") == NULL;
}

static bool
take(void *arg, const struct record *rec)
{
	list_add(arg, rec->p, rec->len, rec->offset);
	assert_int_equal(rec->cut, 0);
	return true;
}

/* All records, in blocks of at most so many lines (0: a random number). */
static void
read_blocks(const struct format *f, const struct buf *text, size_t most,
    unsigned *seed, struct list *found)
{
	uint8_t starts[64];
	uint32_t key[64], end[64];
	struct marks m = { .starts = starts, .key = key };
	struct recorder *r = record_new(take, found);
	struct format_state state = { 0 };
	const char *p = text->p, *stop = text->p + text->len;
	struct lines l = { .end = end };
	size_t want;

	while (p < stop) {
		l.p = p;
		l.offset = p - text->p;
		l.n = 0;
		want = most > 0 ? most : 1 + (size_t)rand_r(seed) % 60;
		while (l.n < want && p < stop) {
			p = (const char *)memchr(p, '\n', (size_t)(stop - p)) +
			    1;
			end[l.n++] = (uint32_t)(p - l.p);
		}
		m.keyed = f->starts(f, &state, &l, starts, key);
		record_lines(r, &l, &m, NULL);
	}
	record_end(r, false);
	assert_true(tally_holds(record_tally(r)));
	assert_int_equal(record_tally(r)->bytes, text->len);
	record_free(r);
}

/* ---- alone ------------------------------------------------------------ */

static void
add_record(struct buf *b, struct list *want, const char *p)
{
	list_add(want, p, strlen(p), (int64_t)b->len);
	buf_adds(b, p);
	buf_addc(b, '\n');
}

static void
check(const struct format *f, struct buf *b, struct list *want,
    const char *what)
{
	static const size_t most[] = { 60, 1, 7 };
	struct list found = { .n = 0 };

	for (size_t i = 0; i < 3; i++) {
		read_blocks(f, b, most[i], NULL, &found);
		assert_same(want, &found, what);
		list_free(&found);
	}
	list_free(want);
	buf_reset(b);
}

#define APACHE "[Sat Nov 28 19:00:01.000000 2026] "

static void
alone(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < sample[i].n; k++)
			add_record(&b, &want, sample[i].rec[k].p);
		check(&format_plain, &b, &want, language[i]);
		/* what a CGI writes into Apache's log */
		for (size_t k = 0; k < sample[i].n; k++)
			add_record(&b, &want,
			    is_trace(sample[i].rec[k].p) ? sample[i].rec[k].p :
							   APACHE
				"[core:error] [pid 5] [client "
				"192.0.2.1:50] AH00124: Request "
				"exceeded the limit");
		check(&format_apache, &b, &want, language[i]);
	}
	buf_free(&b);
}

/* The trace as a logger writes it, behind a line of its own or in its first
 * line; NULL: no logger has this. */
static const char *
logged(const char *lang, const char *p, const char **head)
{
	static const char *const cut[] = { "Exception in thread \"main\" ",
		"Unhandled exception. " };

	*head = "2026-11-28 19:00:00,001 ERROR shop: no cart\n";
	if (strcmp(lang, "python") == 0)
		return strncmp(p, "Traceback", 9) == 0 ||
			strncmp(p, "  +", 3) == 0 ?
		    p :
		    NULL;
	for (size_t i = 0; i < 2; i++)
		if (strncmp(p, cut[i], strlen(cut[i])) == 0)
			return p + strlen(cut[i]);
	*head = "2026-11-28 19:00:00,001 ERROR shop: ";
	return strcmp(lang, "php") == 0 || strcmp(lang, "perl") == 0 ||
		strcmp(lang, "tcl") == 0 ?
	    p :
	    NULL;
}

static void
behind_a_head(void **state)
{
	struct list want = { .n = 0 };
	struct buf b, one;
	const char *p, *head;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&one, 1 << 16);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < sample[i].n; k++) {
			p = sample[i].rec[k].p;
			if (!is_trace(p) ||
			    (p = logged(language[i], p, &head)) == NULL)
				continue;
			buf_reset(&one);
			buf_addf(&one, "%s%s", head, p);
			add_record(&b, &want, buf_str(&one));
		}
		buf_str(&b);
		if (b.len > 0)
			check(&format_plain, &b, &want, language[i]);
	}
	buf_free(&b);
	buf_free(&one);
}

/* nginx: the whole in quotes; the log's other records as they are. */
static void
add_nginx(struct buf *b, struct list *want, const char *p)
{
	struct buf one;

	buf_init(&one, 1 << 16);
	buf_adds(&one, "2026/11/28 19:00:01 [error] 7#7: *3 ");
	if (is_trace(p))
		buf_addf(&one,
		    "FastCGI sent in stderr: \"PHP message: %s\" while reading "
		    "response header from upstream",
		    p);
	else
		buf_adds(&one, "open() \"/x\" failed (2: No such file)");
	buf_adds(&one,
	    ", client: 192.0.2.1, server: example.com, request: \"GET / "
	    "HTTP/1.1\", upstream: \"fastcgi://unix:/x:\", host: \"x\"");
	add_record(b, want, buf_str(&one));
	buf_free(&one);
}

/* Apache: each line with a head, as mod_cgi writes it. */
static void
add_apache(struct buf *b, struct list *want, const char *p, int pid)
{
	struct buf one;
	const char *end;

	buf_init(&one, 1 << 18);
	if (!is_trace(p))
		buf_addf(&one,
		    APACHE "[core:error] [pid %d] [client 192.0.2.1:50] "
			   "AH00124: Request exceeded the limit",
		    pid);
	for (; is_trace(p) && *p != '\0'; p = end + (*end == '\n')) {
		end = p + strcspn(p, "\n");
		buf_addf(&one,
		    "%s" APACHE "[cgi:error] [pid %d] [client "
		    "192.0.2.1:50] AH01215: ",
		    one.len > 0 ? "\n" : "", pid);
		if (pid % 2 == 0)
			buf_adds(&one, "stderr from /var/www/x.cgi: ");
		if (*p == '\t')
			buf_adds(&one, "\\t");
		buf_addf(&one, "%.*s", (int)(end - p) - (*p == '\t'),
		    p + (*p == '\t'));
		buf_adds(&one,
		    pid % 2 == 0 ? ", referer: http://x/: /y" :
				   ": /var/www/x.cgi");
	}
	add_record(b, want, buf_str(&one));
	buf_free(&one);
}

static void
in_envelopes(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < sample[i].n; k++)
			add_nginx(&b, &want, sample[i].rec[k].p);
		check(&format_nginx, &b, &want, language[i]);
		for (size_t k = 0; k < sample[i].n; k++)
			add_apache(&b, &want, sample[i].rec[k].p, 7);
		check(&format_apache, &b, &want, language[i]);
	}
	buf_free(&b);
}

/* ---- several writers -------------------------------------------------- */

/* "[pid] text": a format of these tests. */
static bool
pid_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct format_writer *w;
	struct trace t = { .state = TRACE_NONE };
	const char *p, *text;
	size_t n;

	(void)self;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		text = memchr(p, ' ', n);
		assert_non_null(text);
		text++;
		key[i] = format_key(p, (size_t)(text - p));
		w = format_writer(state, key[i]);
		t.state = w->trace;
		starts[i] = !trace_continues(&t, text, n - (size_t)(text - p));
		w->trace = trace_settle(&t);
	}
	state->open = true;
	return true;
}

static const struct format format_pid = { .name = "pid", .starts = pid_starts };

/* One writer: its records, and where it is. */
struct writer {
	struct list rec; /* as they stand in the log */
	size_t at;
	const char *line; /* the next one of rec[at] */
};

/* One that writes the traces of a language, in its own way. */
static void
writer_init(struct writer *w, size_t lang, int pid, bool apache)
{
	const struct list *from = &sample[lang];
	struct buf one;
	const char *p, *end;

	*w = (struct writer){ .at = 0 };
	buf_init(&one, 1 << 18);
	for (size_t k = 0; k < from->n; k++) {
		buf_reset(&one);
		if (apache) {
			add_apache(&one, &w->rec, from->rec[k].p, pid);
			continue;
		}
		for (p = from->rec[k].p; *p != '\0'; p = end + (*end == '\n')) {
			end = p + strcspn(p, "\n");
			buf_addf(&one, "%s[%d] %.*s", one.len > 0 ? "\n" : "",
			    pid, (int)(end - p), p);
		}
		list_add(&w->rec, one.p, one.len, 0);
	}
	w->line = w->rec.rec[0].p;
	buf_free(&one);
}

/* Lines of the writers in random order; want: the records, in the order of
 * their first lines. */
static void
interleave(struct writer *w, size_t n, unsigned *seed, struct buf *b,
    struct list *want)
{
	size_t k, left = n, len;
	const char *rec;

	for (k = 0; k < n; k++) {
		w[k].at = 0;
		w[k].line = w[k].rec.rec[0].p;
	}
	while (left > 0) {
		k = (size_t)rand_r(seed) % n;
		if (w[k].at == w[k].rec.n)
			continue;
		rec = w[k].rec.rec[w[k].at].p;
		if (w[k].line == rec)
			list_add(want, rec, strlen(rec), (int64_t)b->len);
		len = strcspn(w[k].line, "\n");
		buf_add(b, w[k].line, len);
		buf_addc(b, '\n');
		w[k].line += len;
		if (*w[k].line++ == '\n')
			continue;
		if (++w[k].at == w[k].rec.n)
			left--;
		else
			w[k].line = w[k].rec.rec[w[k].at].p;
	}
}

static void
interleaved(void **state)
{
	static struct writer w[2][LANGUAGES];
	struct writer some[3];
	struct list want = { .n = 0 }, found = { .n = 0 };
	struct buf b;
	char what[32];
	unsigned seed;
	size_t n, first;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++)
		for (int apache = 0; apache < 2; apache++)
			writer_init(&w[apache][i], i, 100 + (int)i, apache);
	for (unsigned round = 0; round < ROUNDS; round++) {
		bool apache = round % 4 == 0;

		seed = round;
		n = 2 + (size_t)rand_r(&seed) % 2;
		first = (size_t)rand_r(&seed);
		for (size_t i = 0; i < n; i++)
			some[i] = w[apache][(first + i * 2) % LANGUAGES];
		interleave(some, n, &seed, &b, &want);
		read_blocks(apache ? &format_apache : &format_pid, &b, 0, &seed,
		    &found);
		snprintf(what, sizeof what, "seed %u", round);
		assert_same(&want, &found, what);
		list_free(&want);
		list_free(&found);
		buf_reset(&b);
	}
	for (size_t i = 0; i < LANGUAGES; i++)
		for (int apache = 0; apache < 2; apache++)
			list_free(&w[apache][i].rec);
	buf_free(&b);
}

/* xdebug under mod_php: every line has a head, and Apache's other processes
 * write between them. */
static void
xdebug(void **state)
{
	static const char *const line[] = {
		"PHP Warning:  x in /a.php on line 3",
		"PHP Stack trace:", "PHP   1. {main}() /a.php:0",
		"PHP  12. f($x = 'PHP   1. y') /a.php:12, referer: http://x/"
	};
	struct writer w[3];
	struct list want = { .n = 0 }, found = { .n = 0 };
	struct buf b, one;
	unsigned seed = 1;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&one, 1 << 16);
	for (int i = 0; i < 3; i++) {
		w[i].rec.n = 0;
		for (int k = 0; k < 20; k++) {
			buf_reset(&one);
			/* every fourth without a stack */
			for (int j = 0; j < (k % 4 == 3 ? 1 : 4); j++)
				buf_addf(&one,
				    "%s" APACHE "[php:warn] [pid %d] [client "
				    "192.0.2.1:5%d] %s",
				    j > 0 ? "\n" : "", 40 + i / 2, i, line[j]);
			list_add(&w[i].rec, one.p, one.len, 0);
		}
	}
	for (int round = 0; round < 50; round++) {
		interleave(w, 3, &seed, &b, &want);
		read_blocks(&format_apache, &b, 60, NULL, &found);
		assert_same(&want, &found, "xdebug");
		list_free(&want);
		list_free(&found);
		buf_reset(&b);
	}
	for (int i = 0; i < 3; i++)
		list_free(&w[i].rec);
	buf_free(&b);
	buf_free(&one);
}

/* ---- split by a run --------------------------------------------------- */

/* The file as it grew: up to p when one run came, whole at the next. */
static void
two_runs(const struct format *f, int fd, int64_t p, int64_t size,
    struct list *found)
{
	struct scan s = { .format = f,
		.sink = take,
		.arg = found,
		.fresh = true };
	struct scan_result a, b;

	assert_int_equal(scan_file(&s, fd, 0, p, &a), SCAN_END);
	assert_true(tally_holds(&a.tally));
	assert_true(a.next <= p);
	s.fresh = false;
	s.finished = true;
	assert_int_equal(scan_file(&s, fd, a.next, size, &b), SCAN_END);
	assert_int_equal(b.next, size);
	assert_int_equal(a.tally.bytes - a.tally.held_bytes + b.tally.bytes,
	    size);
}

/* From byte `from` on every place where a run may end. */
static void
split(const struct format *f, struct buf *b, struct list *want, int64_t from,
    const char *name)
{
	struct list found = { .n = 0 };
	int64_t size = (int64_t)b->len;
	int fd = memfd_create("log", 0);
	char what[64];

	assert_int_equal(write(fd, b->p, b->len), size);
	for (int64_t p = from; p <= size; p++) {
		two_runs(f, fd, p, size, &found);
		snprintf(what, sizeof what, "%s, split at %lld", name,
		    (long long)p);
		assert_same(want, &found, what);
		for (size_t i = 0; i < want->n; i++)
			assert_int_equal(want->rec[i].offset,
			    found.rec[i].offset);
		list_free(&found);
	}
	close(fd);
	list_free(want);
	buf_reset(b);
}

static void
split_alone(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		const struct list *s = &sample[i];

		/* a record of one line, a trace, two of one line */
		for (size_t k = 1; k + 2 < s->n; k += 3) {
			for (size_t j = k - 1; j < k + 3; j++)
				add_record(&b, &want, s->rec[j].p);
			split(&format_plain, &b, &want, 0, language[i]);
		}
		for (size_t k = 1; k + 1 < s->n; k += 6) {
			for (size_t j = k - 1; j < k + 2; j++)
				add_nginx(&b, &want, s->rec[j].p);
			split(&format_nginx, &b, &want, 0, language[i]);
			/* what Tcl says first is like any CGI's one line:
			 * that is told at once */
			if (strcmp(language[i], "tcl") == 0)
				continue;
			for (size_t j = k - 1; j < k + 2; j++)
				add_apache(&b, &want, s->rec[j].p, 7);
			split(&format_apache, &b, &want, 0, language[i]);
		}
	}
	buf_free(&b);
}

static void
split_interleaved(void **state)
{
	static struct writer w[LANGUAGES];
	struct writer some[2];
	struct list want = { .n = 0 };
	struct buf b;
	unsigned seed = 3;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		writer_init(&w[i], i, 100 + (int)i, false);
		for (size_t k = 7; k < w[i].rec.n; k++)
			free(w[i].rec.rec[k].p);
		w[i].rec.n = 7;
	}
	for (size_t i = 0; i < LANGUAGES; i++) {
		some[0] = w[i];
		some[1] = w[(i + 1) % LANGUAGES];
		interleave(some, 2, &seed, &b, &want);
		split(&format_pid, &b, &want, 0, language[i]);
	}
	for (size_t i = 0; i < LANGUAGES; i++)
		list_free(&w[i].rec);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(behind_a_head),
		cmocka_unit_test(in_envelopes),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(xdebug),
		cmocka_unit_test(split_alone),
		cmocka_unit_test(split_interleaved),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
