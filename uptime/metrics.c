/* SPDX-License-Identifier: ISC */
/* The present state of all targets, for other programs. */
#include "uptime/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"

/* ---- order --------------------------------------------------------------- */

static bool
is_down(const struct overview_target *t)
{
	return t->row != NULL &&
	    (t->row->state.name == STATE_DOWN ||
		t->row->state.name == STATE_RECOVERING);
}

/* The worse, the greater. */
static int
badness(const struct overview_target *t)
{
	if (t->row == NULL)
		return 1;
	if (is_down(t))
		return t->row->state.name == STATE_DOWN ? 9 : 8;
	if (t->row->state.name == STATE_SUSPECT)
		return 7;
	if (t->row->grade == GRADE_UNKNOWN)
		return 2;
	return t->row->grade == GRADE_OK ? 0 : 3 + (int)t->row->grade;
}

static int
compare(const void *a, const void *b)
{
	const struct overview_target *x = a, *y = b;
	int d = badness(y) - badness(x);

	if (d == 0)
		d = strcmp(x->target->site->name, y->target->site->name);
	return d != 0 ? d : strcmp(x->target->key, y->target->key);
}

void
overview_order(struct overview *o)
{
	if (o->n > 0)
		qsort(o->target, o->n, sizeof *o->target, compare);
}

const char *
overview_word(const struct overview_target *t)
{
	if (t->row == NULL)
		return state_word(STATE_NEW);
	if (t->row->state.name == STATE_UP && t->row->grade != GRADE_OK)
		return grade_word(t->row->grade);
	return state_word(t->row->state.name);
}

/* The state's layer and reason are those of the last verdict. */
static bool
is_known_bad(const struct target_row *r)
{
	return r->grade != GRADE_OK && r->grade != GRADE_UNKNOWN &&
	    r->state.layer < LAYER_N;
}

/* ---- Prometheus ---------------------------------------------------------- */

/* A label's value: cleaned, and escaped as the text format wants it. */
static void
label(struct buf *b, const char *name, const char *value)
{
	struct buf clean;

	buf_init(&clean, SIZE_MAX);
	text_clean(&clean, value, strlen(value), TEXT_LINE);
	buf_addf(b, "%s=\"", name);
	for (const char *p = buf_str(&clean); *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			buf_addc(b, '\\');
		buf_addc(b, *p);
	}
	buf_addc(b, '"');
	buf_free(&clean);
}

static void
head(struct buf *b, const char *name, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void
labels(struct buf *b, const char *name, const struct overview_target *t)
{
	buf_addf(b, "%s{", name);
	label(b, "site", t->target->site->name);
	buf_addc(b, ',');
	label(b, "target", t->target->name);
}

static const char up[] = "sitewatch_target_up";
static const char state[] = "sitewatch_target_state";
static const char grade[] = "sitewatch_target_grade";
static const char seconds[] = "sitewatch_target_duration_seconds";
static const char tried[] = "sitewatch_target_probe_timestamp_seconds";

static void
each(struct buf *b, const struct overview *o, const char *name,
    void (*add)(struct buf *, const char *, const struct overview_target *))
{
	for (size_t i = 0; i < o->n; i++)
		if (o->target[i].row != NULL)
			add(b, name, &o->target[i]);
}

static void
add_up(struct buf *b, const char *name, const struct overview_target *t)
{
	labels(b, name, t);
	buf_addf(b, "} %d\n", !is_down(t));
}

/* One of them is 1: that is how alerts ask for a state by its name. */
static void
add_state(struct buf *b, const char *name, const struct overview_target *t)
{
	for (int s = 0; s < STATE_N; s++) {
		labels(b, name, t);
		buf_addc(b, ',');
		label(b, "state", state_word((enum state_name)s));
		buf_addf(b, "} %d\n", (int)t->row->state.name == s);
	}
}

static void
add_grade(struct buf *b, const char *name, const struct overview_target *t)
{
	bool bad = is_known_bad(t->row);

	labels(b, name, t);
	buf_addc(b, ',');
	label(b, "grade", grade_word(t->row->grade));
	buf_addc(b, ',');
	label(b, "layer", bad ? layer_word(t->row->state.layer) : "");
	buf_addc(b, ',');
	label(b, "reason", bad ? reason_word(t->row->state.reason) : "");
	buf_adds(b, "} 1\n");
}

static void
add_seconds(struct buf *b, const char *name, const struct overview_target *t)
{
	if (t->row->last_us < 0)
		return;
	labels(b, name, t);
	buf_addf(b, "} %.6f\n", (double)t->row->last_us / 1e6);
}

static void
add_tried(struct buf *b, const char *name, const struct overview_target *t)
{
	labels(b, name, t);
	buf_addf(b, "} %lld\n", (long long)t->row->tried);
}

static void
one(struct buf *b, const char *name, const char *help, int64_t value)
{
	head(b, name, help);
	buf_addf(b, "%s %lld\n", name, (long long)value);
}

void
metrics_prometheus(struct buf *b, const struct overview *o)
{
	head(b, up, "0 while the target is down or recovering, else 1.");
	each(b, o, up, add_up);
	head(b, state, "1 for the state that the target is in.");
	each(b, o, state, add_state);
	head(b, grade, "What the last probe came to, first bad layer first.");
	each(b, o, grade, add_grade);
	head(b, seconds, "What the last whole reply took.");
	each(b, o, seconds, add_seconds);
	head(b, tried, "When the target was last probed.");
	each(b, o, tried, add_tried);
	one(b, "sitewatch_run_start_timestamp_seconds",
	    "When the last run began.", o->run.started);
	one(b, "sitewatch_run_end_timestamp_seconds", "When it ended.",
	    o->run.ended);
	one(b, "sitewatch_blind", "1 while this host is cut off.",
	    o->blind_since > 0);
	one(b, "sitewatch_mail_waiting", "Mails that are still to be sent.",
	    o->outbox.waiting);
	one(b, "sitewatch_mail_failed", "Mails that could not be sent.",
	    o->outbox.failed);
}

/* ---- others -------------------------------------------------------------- */

void
metrics_tsv(struct buf *b, const struct overview *o)
{
	buf_adds(b,
	    "state\tsince\tsite\ttarget\tgrade\tlayer\treason\tms\t"
	    "detail\n");
	for (size_t i = 0; i < o->n; i++) {
		const struct overview_target *t = &o->target[i];
		const struct target_row *r = t->row;
		bool bad = r != NULL && is_known_bad(r);
		char since[CLOCK_TEXT] = "";

		if (r != NULL && r->state.since > 0)
			clock_rfc3339(r->state.since, since);
		buf_addf(b, "%s\t%s\t", overview_word(t), since);
		/* text_clean leaves no tab in a line */
		text_clean(b, t->target->site->name,
		    strlen(t->target->site->name), TEXT_LINE);
		buf_addc(b, '\t');
		text_clean(b, t->target->name, strlen(t->target->name),
		    TEXT_LINE);
		buf_addf(b, "\t%s\t%s\t%s\t",
		    r != NULL ? grade_word(r->grade) : "",
		    bad ? layer_word(r->state.layer) : "",
		    bad ? reason_word(r->state.reason) : "");
		if (r != NULL && r->last_us >= 0)
			buf_addf(b, "%.1f", (double)r->last_us / 1000);
		buf_addc(b, '\t');
		if (r != NULL && r->grade != GRADE_OK)
			text_clean(b, r->detail, strlen(r->detail), TEXT_LINE);
		buf_addc(b, '\n');
	}
}

int
metrics_nagios(struct buf *b, const struct overview *o)
{
	static const char *const word[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };
	size_t down = 0, warn = 0, blind = 0, fresh = 0;
	int status;

	for (size_t i = 0; i < o->n; i++) {
		const struct overview_target *t = &o->target[i];

		if (t->row == NULL)
			fresh++;
		else if (is_down(t))
			down++;
		else if (t->row->grade == GRADE_UNKNOWN)
			blind++;
		else if (t->row->grade != GRADE_OK)
			warn++;
	}
	status = down > 0                    ? 2 :
	    warn > 0                         ? 1 :
	    blind > 0 || o->run.started == 0 ? 3 :
					       0;
	buf_addf(b, "SITE-UPTIME %s - %zu of %zu down", word[status], down,
	    o->n);
	if (warn > 0)
		buf_addf(b, ", %zu in trouble", warn);
	if (blind > 0)
		buf_addf(b, ", %zu without evidence", blind);
	if (fresh > 0)
		buf_addf(b, ", %zu not probed yet", fresh);
	if (down > 0) {
		buf_adds(b, ": ");
		/* '|' would begin the performance data */
		for (const char *p = o->target[0].target->name; *p != '\0'; p++)
			buf_addc(b, *p == '|' || *p < ' ' ? '?' : *p);
	}
	buf_addf(b, " | down=%zu;;0;0;%zu degraded=%zu;0;;0;%zu\n", down, o->n,
	    warn, o->n);
	return status;
}
