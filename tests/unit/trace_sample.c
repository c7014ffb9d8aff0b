/* SPDX-License-Identifier: ISC */
/* The traces of tests/data/traces, and records as lists. */
#include "tests/unit/trace_sample.h"

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
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/format/trace.h"

const char *const trace_language[LANGUAGES] = { "php", "java", "python", "ruby",
	"node", "go", "dotnet", "perl", "tcl" };

struct list trace_sample[LANGUAGES];

void
list_add(struct list *l, const char *p, size_t n, int64_t offset)
{
	assert_true(l->n < MAX_RECORDS);
	l->rec[l->n].p = xmalloc(n + 1);
	memcpy(l->rec[l->n].p, p, n);
	l->rec[l->n].p[n] = '\0';
	l->rec[l->n++].offset = offset;
}

void
list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->rec[i].p);
	l->n = 0;
}

/* Fails if they differ, with the first record that does. */
void
list_same(const struct list *want, const struct list *got, const char *what)
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

int
trace_load(void **state)
{
	struct buf text, lines;
	char *p, *end, *count;

	(void)state;
	for (size_t i = 0; i < LANGUAGES; i++) {
		slurp(trace_language[i], ".log", &text);
		slurp(trace_language[i], ".lines", &lines);
		p = text.p;
		buf_str(&text);
		buf_str(&lines);
		for (count = lines.p; *count != '\0';) {
			end = p - 1;
			for (long k = strtol(count, &count, 10); k > 0; k--)
				end = strchr(end + 1, '\n');
			list_add(&trace_sample[i], p, (size_t)(end - p), 0);
			p = end + 1;
			count++;
		}
		assert_int_equal(*p, '\0');
		buf_free(&text);
		buf_free(&lines);
	}
	return 0;
}

int
trace_unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < LANGUAGES; i++)
		list_free(&trace_sample[i]);
	return 0;
}

bool
is_trace(const char *p)
{
	return strstr(p, " INFO ") == NULL;
}

bool
list_take(void *arg, const struct record *rec)
{
	list_add(arg, rec->p, rec->len, rec->offset);
	assert_int_equal(rec->cut, 0);
	return true;
}

void
add_record(struct buf *b, struct list *want, const char *p)
{
	list_add(want, p, strlen(p), (int64_t)b->len);
	buf_adds(b, p);
	buf_addc(b, '\n');
}

/* nginx: the whole in quotes; the log's other records as they are. */
void
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
void
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

#define NAVISERVER "[28/Nov/2026:19:00:01][%d.1][-conn-] "

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

const struct format format_pid = { .name = "pid", .starts = pid_starts };

/* Line i of a record, without LF, as the format has it. */
static void
add_line(struct buf *b, const struct format *f, int pid, int i, const char *p,
    int n)
{
	static const char *const word[] = { "ERROR", "DETAIL" };

	if (f == &format_pid)
		buf_addf(b, "[%d] ", pid);
	else if (f == &format_syslog)
		buf_addf(b, "Nov 28 19:00:01 h app[%d]: ", pid);
	else if (f == &format_fpm)
		buf_addf(b,
		    "[28-Nov-2026 19:00:01] WARNING: [pool www] child %d said "
		    "into stderr: \"",
		    pid);
	else if (f == &format_naviserver && i == 0)
		buf_addf(b, NAVISERVER "Error: ", pid);
	else if (f == &format_postgresql && i < 2)
		buf_addf(b, "2026-11-28 19:00:01.123 UTC [%d] u@d %s:  ", pid,
		    word[i]);
	else /* who wrote the line before goes on */
		buf_addc(b, '\t');
	buf_add(b, p, (size_t)n);
	if (f == &format_fpm)
		buf_addc(b, '"');
}

/* One that writes the traces of a language, in its own way. */
void
writer_init(struct writer *w, size_t lang, int pid, const struct format *f)
{
	const struct list *from = &trace_sample[lang];
	struct buf one;
	const char *p, *end;
	int i;

	*w = (struct writer){ .at = 0 };
	buf_init(&one, 1 << 18);
	for (size_t k = 0; k < from->n; k++) {
		buf_reset(&one);
		p = from->rec[k].p;
		if (f == &format_apache) {
			add_apache(&one, &w->rec, p, pid);
			continue;
		}
		for (i = 0; *p != '\0'; i++, p = end + (*end == '\n')) {
			end = p + strcspn(p, "\n");
			if (i > 0)
				buf_addc(&one, '\n');
			add_line(&one, f, pid, i, p, (int)(end - p));
		}
		if (f == &format_naviserver)
			buf_addf(&one, "\n" NAVISERVER "Notice: dump", pid);
		list_add(&w->rec, one.p, one.len, 0);
	}
	w->line = w->rec.rec[0].p;
	buf_free(&one);
}

/* Lines of the writers in random order; want: the records, in the order of
 * their first lines. */
void
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
		while (strncmp(w[k].line + len, "\n\t", 2) == 0)
			len += 1 + strcspn(w[k].line + len + 1, "\n");
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
