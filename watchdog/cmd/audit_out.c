/* SPDX-License-Identifier: ISC */
/* A line for each log, then each finding in words, then the verdict. */
#include "watchdog/cmd/audit_out.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/host/out.h"

#define WIDTH 79 /* of sentences */
#define PARAGRAPH 65536

enum { S_KIND, S_LOG, S_FILES, S_READ, S_BEFORE, S_UNREAD, S_FOUND, S_STATE };
static const struct out_column source_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "log", "LOG", OUT_TEXT },
	{ "generations", "FILES", OUT_INT },
	{ "read", "READ", OUT_INT },
	{ "before", "SKIPPED", OUT_INT },
	{ "unread", "UNREAD NOW", OUT_INT },
	{ "findings", NULL, OUT_INT },
	{ "state", "STATE", OUT_TEXT },
};

enum {
	G_KIND,
	G_LOG,
	G_FILE,
	G_STATE,
	G_PACKED,
	G_POSITION,
	G_SIZE,
	G_READ,
	G_BEFORE,
	G_FIRST,
	G_LAST
};
static const struct out_column generation_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "log", NULL, OUT_TEXT },
	{ "file", "FILE", OUT_TEXT },
	{ "state", "IS", OUT_TEXT },
	{ "packed", NULL, OUT_INT },
	{ "offset", "READ TO", OUT_INT },
	{ "size", NULL, OUT_INT },
	{ "read", NULL, OUT_INT },
	{ "before", "SKIPPED", OUT_INT },
	{ "first_run", NULL, OUT_TIME },
	{ "last_run", "LAST READ", OUT_TIME },
};

enum { F_KIND, F_LOG, F_FILE, F_FROM, F_TO, F_REASON, F_SINCE, F_UNTIL };
static const struct out_column finding_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "log", NULL, OUT_TEXT },
	{ "file", NULL, OUT_TEXT },
	{ "from", NULL, OUT_INT },
	{ "to", NULL, OUT_INT },
	{ "reason", NULL, OUT_TEXT },
	{ "since", NULL, OUT_TIME },
	{ "until", NULL, OUT_TIME },
};

enum { N_KIND, N_LOG, N_FILE, N_SIZE, N_UNREAD };
static const struct out_column note_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "log", NULL, OUT_TEXT },
	{ "file", NULL, OUT_TEXT },
	{ "size", NULL, OUT_INT },
	{ "unread", NULL, OUT_INT },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const kinds[] = {
	[AUDIT_GAP] = "gap",
	[AUDIT_HOLE] = "hole",
	[AUDIT_TWICE] = "twice",
	[AUDIT_BEHIND] = "behind",
};

/* Why bytes are missing, and what helps. */
static const char *const reasons[] = {
	[GAP_NONE] = "the reason that was noted cannot be read.",
	[GAP_GONE] = ("the log was rotated, and that file is nowhere any more. "
		      "Keep rotated files until a run has read them, and name "
		      "their directory (olddir) if they go to another one."),
	[GAP_TRUNCATED] = ("the log was truncated or replaced, and no file has "
			   "the rest. Where it is rotated by copying, lines "
			   "that are written between copy and truncation are "
			   "lost to everybody."),
	[GAP_DAMAGED] = "it is compressed, and damaged there.",
	[GAP_UNREADABLE] = ("the log was rotated, and what may be that file "
			    "could not be read. Give site-watchdog's user the "
			    "right to read rotated files, in a directory that "
			    "it may list; .gz, .bz2, .xz and .zst are read."),
	[GAP_VACUUMED] =
	    ("the journal threw them away before they were read. "
	     "Let it keep more (SystemMaxUse), or run more often."),
};

static void
source_row(struct out *out, const struct audit_item *i)
{
	char found[40];

	out_string(out, S_KIND, "source");
	out_string(out, S_LOG, i->path);
	out_int(out, S_FILES, (int64_t)i->source.n);
	out_int(out, S_READ, i->audit.all.read);
	out_int(out, S_BEFORE, i->audit.all.before);
	out_int(out, S_UNREAD, i->lag.unread);
	out_int(out, S_FOUND, (int64_t)i->audit.n);
	snprintf(found, sizeof found, "%zu finding%s", i->audit.n,
	    i->audit.n == 1 ? "" : "s");
	out_string(out, S_STATE,
	    i->audit.n > 0         ? found :
		i->source.id == 0  ? "never read" :
		i->lag.error != 0  ? strerror(i->lag.error) :
		i->lag.nunread > 0 ? "unread" :
				     "ok");
	out_row(out);
}

static void
show_sources(const struct audit_item *item, size_t n, bool json)
{
	struct out *out = out_open(stdout, json, source_columns,
	    COUNT(source_columns));

	for (size_t i = 0; i < n; i++)
		source_row(out, &item[i]);
	out_close(out);
}

static void
generation_row(struct out *out, const struct audit_item *i,
    const struct generation *g, const struct audit_sum *sum)
{
	static const char *const states[] = {
		[GENERATION_LIVE] = "live",
		[GENERATION_OLD] = "watched",
		[GENERATION_DONE] = "done",
		[GENERATION_GONE] = "gone",
		[GENERATION_COPY] = "copy",
	};

	out_string(out, G_KIND, "generation");
	out_string(out, G_LOG, i->path);
	out_string(out, G_FILE, g->path);
	out_string(out, G_STATE, states[g->state]);
	out_int(out, G_PACKED, g->packed);
	out_int(out, G_POSITION, g->cursor.offset);
	out_int(out, G_SIZE, g->cursor.size);
	out_int(out, G_READ, sum->read);
	out_int(out, G_BEFORE, sum->before);
	if (sum->first > 0)
		out_int(out, G_FIRST, sum->first);
	if (sum->last > 0)
		out_int(out, G_LAST, sum->last);
	out_row(out);
}

static void
show_generations(const struct audit_item *item, size_t n, bool json)
{
	struct out *out = out_open(stdout, json, generation_columns,
	    COUNT(generation_columns));

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < item[i].source.n; k++)
			generation_row(out, &item[i], &item[i].source.g[k],
			    &item[i].audit.sum[k]);
	out_close(out);
}

static void
finding_row(struct out *out, const char *path, const struct audit_finding *f)
{
	out_string(out, F_KIND, kinds[f->what]);
	out_string(out, F_LOG, path);
	if (f->g != NULL)
		out_string(out, F_FILE, f->g->path);
	out_int(out, F_FROM, f->from);
	if (f->to != -1)
		out_int(out, F_TO, f->to);
	if (f->what == AUDIT_GAP)
		out_string(out, F_REASON, store_reason(f->reason));
	if (f->first > 0)
		out_int(out, F_SINCE, f->first);
	if (f->last > 0)
		out_int(out, F_UNTIL, f->last);
	out_row(out);
}

/* What a file has become since the last run; NULL: nothing to note. */
static const char *
note_kind(const struct lag_file *f)
{
	if (f->was != NULL)
		return f->size < f->was->cursor.offset ? "truncated" :
							 "replaced";
	return f->g == NULL && f->size > 0 ? "new" : NULL;
}

static void
note_row(struct out *out, const char *path, const struct lag_file *f)
{
	if (note_kind(f) == NULL)
		return;
	out_string(out, N_KIND, note_kind(f));
	out_string(out, N_LOG, path);
	out_string(out, N_FILE, f->path);
	out_int(out, N_SIZE, f->size);
	if (f->unread >= 0)
		out_int(out, N_UNREAD, f->unread);
	out_row(out);
}

static void
show_json(const struct audit_item *item, size_t n)
{
	struct out *out = out_open(stdout, true, finding_columns,
	    COUNT(finding_columns));

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < item[i].audit.n; k++)
			finding_row(out, item[i].path, &item[i].audit.f[k]);
	out_close(out);
	out = out_open(stdout, true, note_columns, COUNT(note_columns));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < item[i].lag.n; k++)
			note_row(out, item[i].path, &item[i].lag.file[k]);
	out_close(out);
}

/* "21 Nov 07:47:00 CET and 21 Nov 08:47:00 CET" */
static void
add_span(struct buf *b, const char *before, const struct audit_finding *f)
{
	char since[CLOCK_TEXT], until[CLOCK_TEXT];

	if (f->last == 0)
		return;
	if (f->first == 0)
		buf_addf(b, "%s before %s", before,
		    clock_local(f->last, until));
	else if (f->first == f->last)
		buf_addf(b, "%s at %s", before, clock_local(f->last, until));
	else
		buf_addf(b, "%s between %s and %s", before,
		    clock_local(f->first, since), clock_local(f->last, until));
}

/* Which bytes of which file. */
static void
add_place(struct buf *b, const struct audit_finding *f, const char *path)
{
	char from[32], to[32];

	text_count(from, f->from);
	text_count(to, f->to);
	if (f->to == -1)
		buf_addf(b, "What was written from byte %s on to %s", from,
		    f->g != NULL ? f->g->path : path);
	else
		buf_addf(b, "Bytes %s to %s of %s", from, to,
		    f->g != NULL ? f->g->path : path);
}

static void
add_finding(struct buf *b, const struct audit_finding *f, const char *path)
{
	add_place(b, f, path);
	switch (f->what) {
	case AUDIT_GAP:
		add_span(b, ", some time", f);
		buf_addf(b, "%s may be missing: %s", f->last > 0 ? "," : "",
		    reasons[f->reason]);
		break;
	case AUDIT_HOLE:
		buf_adds(b,
		    " were passed over, and no run noted why. They "
		    "may be missing; please report this as a fault.");
		break;
	case AUDIT_TWICE:
		buf_adds(b, " were read twice");
		add_span(b, ", by runs", f);
		buf_adds(b,
		    ". Nothing is missing, but what they say may have "
		    "been told twice.");
		break;
	case AUDIT_BEHIND:
		buf_adds(b,
		    " were read, but the cursor stands before them: "
		    "the next run reads them again.");
		break;
	}
}

static void
add_note(struct buf *b, const struct lag_file *f)
{
	char size[32], was[32];

	text_count(size, f->size);
	if (f->was == NULL) {
		buf_addf(b, "%s (%s bytes) is new since the last run.", f->path,
		    size);
		return;
	}
	if (f->size < f->was->cursor.offset)
		buf_addf(b,
		    "%s was truncated since the last run: it has %s bytes, "
		    "and %s had been read.",
		    f->path, size, text_count(was, f->was->cursor.offset));
	else
		buf_addf(b,
		    "%s (%s bytes) was replaced or written anew since the "
		    "last run.",
		    f->path, size);
	buf_adds(b, " The next run looks for what was not read.");
}

static void
paragraph(const struct buf *text)
{
	struct buf b;

	buf_init(&b, 8 * PARAGRAPH);
	text_wrap(&b, buf_str(text), text->len, WIDTH, "  ");
	puts(buf_str(&b));
	buf_free(&b);
}

/* A log's findings, or what is new, under its name. */
static void
show_words(const struct audit_item *i)
{
	struct buf b, name;
	bool head = false;

	buf_init(&b, PARAGRAPH);
	buf_init(&name, PARAGRAPH);
	text_clean(&name, i->path, strlen(i->path), TEXT_LINE);
	for (size_t k = 0; k < i->audit.n + i->lag.n; k++) {
		buf_reset(&b);
		if (k < i->audit.n)
			add_finding(&b, &i->audit.f[k], i->path);
		else if (note_kind(&i->lag.file[k - i->audit.n]) != NULL)
			add_note(&b, &i->lag.file[k - i->audit.n]);
		else
			continue;
		if (!head)
			printf("\n%s\n", buf_str(&name));
		head = true;
		paragraph(&b);
	}
	buf_free(&name);
	buf_free(&b);
}

static void
verdict(const struct audit_item *item, size_t n, size_t findings)
{
	size_t files = 0, bad = 0;
	int64_t unread = 0;
	char bytes[32];

	for (size_t i = 0; i < n; i++) {
		files += item[i].source.n;
		bad += item[i].audit.n > 0;
		unread += item[i].lag.unread;
	}
	if (findings > 0)
		printf("\n%zu finding%s in %zu of %zu log%s.\n", findings,
		    findings == 1 ? "" : "s", bad, n, n == 1 ? "" : "s");
	else
		printf("\nAll that was read of %zu file%s of %zu log%s was "
		       "read exactly once.\n",
		    files, files == 1 ? "" : "s", n, n == 1 ? "" : "s");
	if (unread > 0)
		printf("%s bytes wait for the next run.\n",
		    text_count(bytes, unread));
}

bool
audit_show(const struct audit_item *item, size_t n, bool every, bool json)
{
	size_t findings = 0;

	for (size_t i = 0; i < n; i++)
		findings += item[i].audit.n;
	show_sources(item, n, json);
	if (every && !json)
		putchar('\n');
	if (every)
		show_generations(item, n, json);
	if (json) {
		show_json(item, n);
	} else {
		for (size_t i = 0; i < n; i++)
			show_words(&item[i]);
		verdict(item, n, findings);
	}
	return findings == 0;
}
