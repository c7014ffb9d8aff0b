/* SPDX-License-Identifier: ISC */
/* One source from its saved cursors to its present end. */
#include "watchdog/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/follow_stream.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/track.h"

#define FRESH 2          /* s: a writer may be in the midst of it */
#define TAIL (64 * 1024) /* bytes looked at for the last line's end */
#define SECOND INT64_C(1000000000)
#define ASLEEP 86400 /* s: nobody writes into such a log again */

/* Was there, or may there have been, something that nobody read? */
static bool
is_missed(const struct follow *f, const struct generation *g)
{
	const struct cursor *c = &g->cursor;

	/* a compressed one is watched only while it has more */
	return !g->before &&
	    (g->packed || c->size > c->offset ||
		(g->state == GENERATION_LIVE &&
		    c->mtime / SECOND > f->now - ASLEEP));
}

static void
end_source(struct follow *f)
{
	struct source_plan *p = &f->plan;
	struct generation *g;

	for (size_t i = 0; i < p->ng; i++) {
		g = &p->g[i];
		if (!generation_is_watched(g))
			continue;
		if (is_missed(f, g)) {
			p->gap = xreallocarray(p->gap, p->ngaps + 1,
			    sizeof *p->gap);
			p->gap[p->ngaps++] = (struct source_gap){ i, GAP_GONE,
				g->cursor.offset, g->cursor.size };
		}
		g->state = GENERATION_GONE;
	}
	p->trouble = SOURCE_OK;
	p->changed = f->moved = true;
}

static void
settle(struct follow *f)
{
	source_settle(&f->plan);
	f->moved = f->plan.changed || f->plan.ngaps > 0;
}

void
follow_open(struct follow *f, struct db *db, const char *path,
    char *const *olddir)
{
	struct store_source *kept = &f->kept;

	f->path = path;
	f->first = kept->id == 0;
	if (stream_is(path))
		return;
	if (!source_quick(path, kept->g, kept->n, kept->dir_mtime, &f->plan)) {
		store_source_rest(db, kept);
		source_plan(path, olddir, kept->g, kept->n, f->now, &f->plan);
	}
	kept->g = NULL;
	kept->n = 0;
	/* files that are gone, or new and empty of news, are noted all the
	 * same */
	if (f->plan.idle)
		settle(f);
	if (f->left && f->plan.trouble == SOURCE_MISSING)
		end_source(f);
}

void
follow_close(struct follow *f)
{
	source_plan_free(&f->plan);
	store_source_free(&f->kept);
	free(f->error);
	f->error = NULL;
}

/* Where the last whole line ends. */
static int64_t
last_line_end(struct input *in, int64_t end)
{
	int64_t from = end > TAIL ? end - TAIL : 0;
	char *tail = xmalloc(TAIL);
	ssize_t n = 0, k;

	while (from + n < end &&
	    (k = input_read(in, tail + n, (size_t)(end - from - n), from + n)) >
		0)
		n += k;
	while (n > 0 && tail[n - 1] != '\n')
		n--;
	free(tail);
	return n > 0 ? from + n : from;
}

/* At first sight of a log that is to be read from its end. */
static void
skip_to_end(struct follow *f)
{
	struct source_part *p;

	for (size_t i = 0; i < f->plan.n; i++) {
		p = &f->plan.part[i];
		p->from = last_line_end(p->in, p->end);
		log_info("%s: begins at byte %lld", p->path,
		    (long long)p->from);
	}
}

static struct scan_part *
scan_parts_of(const struct follow *f)
{
	struct scan_part *list = xcalloc(f->plan.n + 1, sizeof *list);
	const struct source_part *p;

	for (size_t i = 0; i < f->plan.n; i++) {
		p = &f->plan.part[i];
		list[i] = (struct scan_part){
			.name = p->path,
			.in = p->in,
			.from = p->from,
			.end = p->end,
			.finished = p->finished,
			.fresh = p->live && p->mtime / SECOND > f->now - FRESH,
			.still = p->still &&
			    p->mtime / SECOND <= f->now - TRACK_STILL,
			.joins = p->joins,
			.torn = p->torn,
		};
	}
	return list;
}

/* What stopped the pass; of a compressed file that ends too early or is
 * damaged source_settle() makes the best. */
static void
note_error(struct follow *f, struct source_part *p, int error)
{
	p->error = error;
	if (error == EBADMSG || error == ENODATA)
		log_info("%s: %s", p->path, source_strerror(error));
	else
		f->error = xasprintf("%s: %s", p->path, source_strerror(error));
}

/* A journal, or standard input. */
static void
read_stream(struct follow *f)
{
	struct stream s = { .path = f->path,
		.directory = f->directory,
		.scan = &f->scan,
		.format = f->format,
		.now = f->now,
		.since = f->from_end ? f->now : f->since,
		.kept = &f->kept };

	stream_read(&s);
	f->end = s.end;
	f->error = s.error;
	f->moved = s.moved;
	f->lost = s.lost;
}

void
follow_read(struct follow *f)
{
	const struct tally *t = &f->scan.tally;
	struct scan_part *list;
	struct source_part *p;
	int64_t passed = 0;
	int error;

	f->counted = true;
	f->scan.progress = !f->quiet;
	if (stream_is(f->path)) {
		read_stream(f);
		return;
	}
	/* from its first sight on a log can be silent */
	if (f->first)
		f->kept.last_line = f->now;
	if (f->first && f->from_end)
		skip_to_end(f);
	list = scan_parts_of(f);
	f->scan.format = f->format;
	f->end = scan_parts(&f->scan, list, f->plan.n);
	error = errno;
	for (size_t i = 0; i < f->plan.n; i++) {
		p = &f->plan.part[i];
		p->ended = list[i].ended;
		p->next = list[i].next;
		passed += p->next - p->from;
		if (p->next > p->from)
			f->kept.last_line = f->now;
		log_info("%s: bytes %lld to %lld of %lld", p->path,
		    (long long)p->from, (long long)p->next, (long long)p->end);
	}
	free(list);
	f->counted = passed == t->bytes - t->held_bytes;
	if (f->end == SCAN_ERROR)
		note_error(f, &f->plan.part[f->scan.stopped], error);
	log_info("%s: %s, %lld records, %lld ignored, %lld reported, %lld held",
	    f->path, f->scan.format != NULL ? f->scan.format->name : "nothing",
	    (long long)t->records, (long long)t->ignored,
	    (long long)t->reported, (long long)t->held);
	settle(f);
}

/* Bytes that were there at first sight, and those that were read now. */
static void
write_stretches(const struct follow *f, struct db *db, int64_t run)
{
	const struct generation *g = f->plan.g;
	const struct source_part *p;

	for (size_t i = 0; i < f->plan.ng; i++)
		if (g[i].before && g[i].found == f->now)
			store_stretch_put(db, g[i].id, 0, g[i].cursor.offset,
			    true, run);
	for (size_t i = 0; i < f->plan.n; i++) {
		p = &f->plan.part[i];
		if (f->first && p->from > 0)
			store_stretch_put(db, g[p->g].id, 0, p->from, true,
			    run);
		if (p->next > p->from)
			store_stretch_put(db, g[p->g].id, p->from, p->next,
			    false, run);
	}
}

static void
write_gaps(const struct follow *f, struct db *db, int64_t run, int64_t before)
{
	const struct source_gap *g;

	for (size_t i = 0; i < f->plan.ngaps; i++) {
		g = &f->plan.gap[i];
		store_gap_put(db, f->kept.id,
		    &(struct store_gap){ f->plan.g[g->g].id, g->from,
			g->to > g->from ? g->to : -1, g->reason, before, run });
	}
}

void
follow_write(struct follow *f, struct db *db, const char *reader, int64_t run,
    int64_t before)
{
	struct store_source *kept = &f->kept;

	if (!f->moved)
		return;
	kept->dir_mtime = f->plan.dir_mtime;
	kept->g = f->plan.g;
	kept->n = f->plan.ng;
	store_source_put(db, reader, f->path, kept);
	kept->g = NULL;
	kept->n = 0;
	write_stretches(f, db, run);
	write_gaps(f, db, run, before);
	if (f->lost.reason != GAP_NONE)
		store_gap_put(db, kept->id, &f->lost);
}
