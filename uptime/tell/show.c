/* SPDX-License-Identifier: ISC */
/* A verdict in one line: for a person, a monitor, a table. */
#include "uptime/tell/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "uptime/judge/check.h"
#include "uptime/probe/plugin.h"
#include "uptime/tell/show_text.h"

#define NAGIOS_TEXT 2000 /* bytes of text: NRPE carries no more than 4096 */
#define PERF_VALUES 32   /* of a plugin's, for the same reason */

void
show_line(struct buf *out, const struct target *t, const struct verdict *v,
    bool colour)
{
	show_grade(out, v->grade, grade_title(v->grade), 8, colour);
	buf_adds(out, "  ");
	show_clean(out, t->name);
	buf_adds(out, "  ");
	show_verdict(out, v);
	buf_addc(out, '\n');
}

/* ---- the monitoring-plugins guidelines -------------------------------- */

int
show_nagios_status(const struct verdict *v)
{
	switch (v->grade) {
	case GRADE_OK:
		return 0;
	case GRADE_WARNING:
	case GRADE_DEGRADED:
		return 1;
	case GRADE_DOWN:
		return 2;
	default:
		return 3;
	}
}

/* "U" is what the guidelines have for a value that is not known; a label that
 * comes and goes would upset who draws graphs. */
static void
perf_time(struct buf *out, const struct target *t, const struct verdict *v)
{
	if (v->us < 0)
		buf_adds(out, "time=U;");
	else
		buf_addf(out, "time=%" PRId64 ".%06ds;", v->us / 1000000,
		    (int)(v->us % 1000000));
	if (t->slow > 0)
		buf_addf(out, "%" PRId64 ".%03d", t->slow / 1000,
		    (int)(t->slow % 1000));
	buf_addf(out, ";%" PRId64 ".%03d;0", t->timeout / 1000,
	    (int)(t->timeout % 1000));
}

/* The largest body: a page that one server cuts short shows in the text. */
static void
perf_size(struct buf *out, const struct sight *s)
{
	const struct hop *h = show_last(s);
	size_t most = 0;
	bool known = false;

	for (size_t i = 0; h != NULL && i < h->n; i++)
		if (h->probe[i].status != 0) {
			known = true;
			if (h->probe[i].body.len > most)
				most = h->probe[i].body.len;
		}
	if (known)
		buf_addf(out, " size=%zuB;;;0", most);
	else
		buf_adds(out, " size=U;;;0");
}

/* Whole days; a warning range "14:" is left when there are fewer. */
static void
perf_cert(struct buf *out, const struct target *t, const struct sight *s)
{
	const struct probe_cert *c = show_cert(s);

	if (c == NULL)
		buf_adds(out, " cert_days=U;");
	else
		buf_addf(out, " cert_days=%" PRId64 ";",
		    (c->not_after - s->now) / 86400);
	if (t->site != NULL && t->site->cert_warn > 0)
		buf_addf(out, "%" PRId64 ":", t->site->cert_warn / 86400);
	buf_adds(out, ";0:");
}

/* A plugin's own values; the thresholds are its business. */
static void
perf_plugin(struct buf *out, const struct sight *s)
{
	const struct hop *h = show_last(s);
	struct plugin_value v[PERF_VALUES];
	size_t n;

	if (h == NULL || h->n == 0)
		return;
	n = plugin_values(buf_str(&h->probe[0].body), h->probe[0].body.len, v,
	    PERF_VALUES);
	for (size_t i = 0; i < n && i < PERF_VALUES; i++) {
		for (char *p = v[i].label; *p != '\0'; p++)
			if (*p == '\'' || *p == '=' || *p == '|')
				*p = '_';
		buf_adds(out, " '");
		show_clean(out, v[i].label);
		buf_addf(out, "'=%.15g%s", v[i].value, v[i].unit);
	}
}

void
show_nagios(struct buf *out, const struct target *t, const struct verdict *v,
    const struct sight *s)
{
	static const char *const word[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };
	struct buf text;

	buf_init(&text, NAGIOS_TEXT);
	show_clean(&text, t->name);
	buf_addc(&text, ' ');
	show_verdict(&text, v);
	/* The first '|' begins the performance data. */
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '|')
			text.p[i] = '/';
	buf_addf(out, "SITE-UPTIME %s - %s | ", word[show_nagios_status(v)],
	    buf_str(&text));
	buf_free(&text);
	perf_time(out, t, v);
	if (t->kind == TARGET_URL)
		perf_size(out, s);
	if ((t->kind == TARGET_URL && t->ask.url.tls) || t->tcp_tls)
		perf_cert(out, t, s);
	if (t->kind == TARGET_EXEC)
		perf_plugin(out, s);
	buf_addc(out, '\n');
}

/* ---- tab-separated values --------------------------------------------- */

void
show_tsv_head(struct buf *out)
{
	buf_adds(out,
	    "target\tgrade\tlayer\treason\tgood\tall\tms\tdns_ms\t"
	    "tcp_ms\ttls_ms\thttp_ms\tdetail\n");
}

/* Counts of the layer that the verdict names, or of addresses. */
static void
tsv_counts(struct buf *out, const struct verdict *v)
{
	const struct layer_result *r = &v->at[LAYER_TCP];

	if (v->layer < LAYER_N && v->at[v->layer].all > 0)
		r = &v->at[v->layer];
	else if (!r->evaluated)
		r = &v->at[LAYER_RECORDS];
	buf_addf(out, "%d\t%d\t", r->good, r->all);
}

void
show_tsv(struct buf *out, const struct target *t, const struct verdict *v)
{
	static const enum layer timed[] = { LAYER_RECORDS, LAYER_TCP, LAYER_TLS,
		LAYER_HTTP };
	char number[SHOW_NUMBER];
	const struct layer_result *r;

	/* Cleaned bytes hold no tab and no LF. */
	show_clean(out, t->name);
	buf_addf(out, "\t%s\t%s\t%s\t", grade_word(v->grade),
	    v->layer < LAYER_N ? layer_word(v->layer) : "-",
	    v->reason != REASON_NONE ? reason_word(v->reason) : "-");
	tsv_counts(out, v);
	buf_addf(out, "%s\t", show_ms(v->us, "-", number));
	for (size_t i = 0; i < sizeof timed / sizeof *timed; i++) {
		r = &v->at[timed[i]];
		buf_addf(out, "%s\t",
		    show_ms(r->evaluated ? r->us : -1, "-", number));
	}
	show_clean(out, v->detail);
	buf_addc(out, '\n');
}
