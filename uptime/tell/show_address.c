/* SPDX-License-Identifier: ISC */
/* Each hop and each address, with the time that each stage took. */
#include "uptime/tell/show_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "uptime/judge/check.h"
#include "uptime/tell/show_text.h"

#define ROWS 8     /* addresses of one hop that are listed */
#define COLUMN 9   /* of a time, the gap included: "  0.12 ms" */
#define ADDRESS 12 /* at least */
#define WIDTH 80
#define TEXT_MAX 1024

struct listing {
	struct buf *out;
	const struct verdict *v;
	const struct sight *s;
	int address; /* width of the widest one */
	bool tls;
	bool http;
};

static void
put_time(struct buf *out, int64_t from, int64_t to)
{
	char text[SHOW_NUMBER];

	/* A stage that was not reached has no time. */
	show_time(from < 0 || to < from ? -1 : to - from, text);
	buf_addf(out, "%*s", COLUMN, text);
}

static void
put_head(const struct listing *l)
{
	buf_addf(l->out, "  %-*s%s%*s", l->address, "address",
	    l->http ? " HTTP" : "", COLUMN, "connect");
	if (l->tls)
		buf_addf(l->out, "%*s", COLUMN, "TLS");
	buf_addf(l->out, "%*s%*s\n", COLUMN, "wait", COLUMN, "total");
}

static bool
speaks_tls(const struct sight *s, const struct hop *h)
{
	const struct url *url = show_url(s, h);

	return url != NULL ? url->tls : s->target->tcp_tls;
}

static void
put_address(const struct listing *l, const struct hop *h, const struct probe *p)
{
	const struct probe_times *at = &p->times;
	char text[IP_TEXT];
	bool tls = speaks_tls(l->s, h) || at->tls >= 0;

	buf_addf(l->out, "  %-*s", l->address, ip_text(&p->ip, text));
	if (l->http && p->status != 0)
		buf_addf(l->out, "%5d", p->status);
	else if (l->http)
		buf_addf(l->out, "%5s", "-");
	put_time(l->out, 0, at->connect);
	if (l->tls)
		put_time(l->out, tls ? at->connect : -1, at->tls);
	put_time(l->out, tls ? at->tls : at->connect, at->first);
	put_time(l->out, 0, at->total);
	buf_addc(l->out, '\n');
}

/* Below the address, or below several of which the same is to be said. */
static void
put_amiss(const struct listing *l, const char *text)
{
	if (*text == '\0')
		return;
	text_wrap(l->out, text, strlen(text), WIDTH, "    ");
	buf_addc(l->out, '\n');
}

/* "" if nothing is. */
static char *
amiss(const struct listing *l, const struct hop *h, const struct probe *p)
{
	char detail[PROBE_DETAIL];
	struct buf text;
	enum reason r;

	buf_init(&text, TEXT_MAX);
	r = show_amiss(l->v, l->s, h, p, detail);
	if (r != REASON_NONE)
		show_reason(&text, r, detail);
	return buf_take(&text);
}

/* Those with trouble first, so that the cap never hides it. */
static void
put_hop(const struct listing *l, const struct hop *h)
{
	char *said = xstrdup(""), *now;
	size_t shown = 0;

	for (int trouble = 1; trouble >= 0; trouble--)
		for (size_t i = 0; i < h->n && shown < ROWS; i++) {
			now = amiss(l, h, &h->probe[i]);
			if ((*now != '\0') != (trouble == 1)) {
				free(now);
				continue;
			}
			if (strcmp(now, said) != 0)
				put_amiss(l, said);
			put_address(l, h, &h->probe[i]);
			free(said);
			said = now;
			shown++;
		}
	put_amiss(l, said);
	free(said);
	if (h->n > shown)
		buf_addf(l->out, "  and %zu more address%s\n", h->n - shown,
		    h->n - shown == 1 ? "" : "es");
}

static void
measure(struct listing *l)
{
	char text[IP_TEXT];
	const struct hop *h;
	int n;

	for (size_t i = 0; i < l->s->nhop; i++) {
		h = &l->s->hop[i];
		l->tls |= speaks_tls(l->s, h);
		for (size_t k = 0; k < h->n; k++) {
			l->tls |= h->probe[k].times.tls >= 0;
			n = (int)strlen(ip_text(&h->probe[k].ip, text));
			if (n > l->address)
				l->address = n;
		}
	}
}

void
show_addresses(struct buf *out, const struct verdict *v, const struct sight *s)
{
	struct listing l = { out, v, s, ADDRESS, false, true };
	const struct hop *last = show_last(s);

	if (last == NULL || s->target->kind == TARGET_EXEC ||
	    (s->nhop == 1 && last->n == 0))
		return;
	l.http = s->target->kind == TARGET_URL;
	measure(&l);
	buf_addc(out, '\n');
	put_head(&l);
	for (size_t i = 0; i < s->nhop; i++) {
		if (s->nhop > 1) {
			buf_adds(out, i > 0 ? "  -> " : "  ");
			show_clean(out, show_url(s, &s->hop[i])->text);
			buf_addc(out, '\n');
		}
		put_hop(&l, &s->hop[i]);
	}
}
