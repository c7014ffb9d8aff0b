/* SPDX-License-Identifier: ISC */
/* A walk as a tree that a person can read. */
#include "uptime/tell/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/zone.h"
#include "uptime/tell/show_text.h"

#define WIDTH 80
#define NAMES_WIDE 26 /* columns for a server's name; longer ones shift */

/* Where the line stands: what leads it, and where its remarks begin. */
struct place {
	struct buf *out;
	bool colour;
	int depth;
	int name, ip;  /* widths of the zone's columns */
	size_t column; /* of the remarks */
	size_t used;   /* of the line, in columns */
	bool fresh;    /* no remark stands on it yet */
};

/* In columns; what is counted has been cleaned. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void
blanks(struct place *p, size_t n)
{
	while (n-- > 0) {
		buf_addc(p->out, ' ');
		p->used++;
	}
}

static void
begin(struct place *p, const char *rail)
{
	p->used = 0;
	blanks(p, p->depth > 0 ? (size_t)(p->depth - 1) * 3 : 0);
	buf_adds(p->out, rail);
	p->used += width_of(rail);
	p->fresh = true;
}

/* A remark on the line, or under it where there is no room; b is emptied. */
static void
remark(struct place *p, struct buf *b, const char *sgr)
{
	size_t n = width_of(buf_str(b));

	if (n == 0)
		return;
	if (!p->fresh && p->used + 2 + n > WIDTH) {
		buf_adds(p->out, ",\n");
		begin(p, p->depth > 0 ? "   │" : "│");
		p->fresh = true;
	} else if (!p->fresh) {
		buf_adds(p->out, ", ");
		p->used += 2;
	}
	if (p->fresh && p->used < p->column)
		blanks(p, p->column - p->used);
	p->fresh = false;
	if (p->colour && sgr != NULL)
		buf_addf(p->out, "\033[%sm", sgr);
	buf_add(p->out, b->p, b->len);
	if (p->colour && sgr != NULL)
		buf_adds(p->out, "\033[0m");
	p->used += n;
	buf_reset(b);
}

static const char bad[] = "1;31";
static const char odd[] = "33";

/* ---- what a server said -------------------------------------------------- */

/* What is amiss with it by itself, in a word or two. */
static const char *
fault(enum reason r)
{
	switch (r) {
	case REASON_NS_TIMEOUT:
		return "no answer";
	case REASON_NS_CLOSED:
		return "port closed";
	case REASON_NS_LAME:
		return "lame: does not serve the zone";
	case REASON_NS_REFUSED:
		return "REFUSED";
	case REASON_NS_SERVFAIL:
		return "SERVFAIL";
	default:
		return reason_text(r);
	}
}

static void
say_state(struct place *p, struct buf *b, const struct walk_server *s)
{
	enum reason r = zone_server(s);

	if (s->ip.family == 0) {
		buf_adds(b, "its name has no address");
		remark(p, b, bad);
	} else if (!s->udp.asked) {
		buf_adds(b, "not asked");
		remark(p, b, NULL);
	} else if (s->udp.status == DNS_UNREACHABLE) {
		buf_adds(b, "no route from this host");
		remark(p, b, odd);
	} else if (r != REASON_NONE) {
		buf_adds(b, fault(r));
		remark(p, b, bad);
	}
	if (r == REASON_NS_TIMEOUT && s->tcp.asked) {
		buf_adds(b,
		    s->tcp.status == DNS_ANSWER     ? "over TCP it answers" :
			s->tcp.status == DNS_CLOSED ? "TCP port closed" :
						      "nor over TCP");
		remark(p, b, s->tcp.status == DNS_ANSWER ? odd : bad);
	} else if (r == REASON_NONE && s->udp.asked && s->tcp.asked &&
	    s->tcp.status != DNS_ANSWER && s->tcp.status != DNS_UNREACHABLE) {
		buf_adds(b,
		    s->tcp.status == DNS_CLOSED ? "TCP port closed" :
						  "no answer over TCP");
		remark(p, b, odd);
	}
}

static void
say_address(struct place *p, struct buf *b, const struct walk_server *s)
{
	char ip[IP_TEXT];

	if (s->records == REASON_NXDOMAIN)
		buf_adds(b, "NXDOMAIN");
	else if (s->records == REASON_NODATA)
		buf_adds(b, "no address");
	if (s->records != REASON_NONE)
		remark(p, b, bad);
	if (s->cname != NULL) {
		buf_adds(b, "CNAME ");
		show_clean(b, s->cname);
		remark(p, b, NULL);
		return;
	}
	for (size_t i = 0; i < s->nanswer; i++) {
		buf_adds(b, ip_text(&s->answer[i], ip));
		remark(p, b, NULL);
	}
}

/* Of a server one level up. */
static void
say_referral(struct place *p, struct buf *b, const struct walk_server *s,
    const struct walk_server *before, const char *below)
{
	bool same = before != NULL && before->nns == s->nns && s->nns > 0;

	for (size_t i = 0; same && i < s->nns; i++)
		same = name_equal(s->ns[i], before->ns[i]);
	if (s->nns == 0 && s->referral) {
		buf_adds(b, "refers to ");
		show_clean(b, below);
	} else if (s->udp.asked && s->udp.aa && s->records == REASON_NONE)
		buf_adds(b, "serves what is below, too");
	else if (same)
		buf_adds(b, "refers to the same");
	for (size_t i = 0; !same && i < s->nns; i++) {
		buf_adds(b, i == 0 ? "refers to " : "");
		show_clean(b, s->ns[i]);
		remark(p, b, NULL);
	}
	remark(p, b, NULL);
}

static void
say_rest(struct place *p, struct buf *b, const struct walk_zone *z,
    const struct walk_server *s)
{
	bool child = false;

	if (s->glue_differs) {
		buf_adds(b, "glue differs");
		remark(p, b, odd);
	}
	for (size_t i = 0; i < z->n; i++)
		child |= z->server[i].in_child;
	if (!child || z->nparent_ns == 0 || s->in_parent == s->in_child)
		return;
	buf_adds(b,
	    s->in_parent ? "only the parent names it" :
			   "only the zone names it");
	remark(p, b, odd);
}

static void
show_server(struct place *p, const struct walk_zone *z,
    const struct walk_server *s, const struct walk_server *before,
    const char *below)
{
	bool last = below == NULL;
	char ip[IP_TEXT] = "-", took[SHOW_NUMBER];
	const char *name = s->name;
	struct buf b;

	if (before != NULL && strcmp(before->name, name) == 0)
		name = "";
	if (s->ip.family != 0)
		ip_text(&s->ip, ip);
	show_time(s->udp.asked && s->udp.status == DNS_ANSWER ? s->udp.us : -1,
	    took);
	begin(p, p->depth > 0 ? "   ├ " : "├ ");
	buf_init(&b, SIZE_MAX);
	show_clean(&b, name);
	buf_addf(p->out, "%s", buf_str(&b));
	p->used += width_of(buf_str(&b));
	buf_reset(&b);
	if (width_of(name) < (size_t)p->name)
		blanks(p, (size_t)p->name - width_of(name));
	buf_addf(p->out, "  %-*s %8s", p->ip, ip, took);
	p->used += 2 + 1 + 8 +
	    (strlen(ip) > (size_t)p->ip ? strlen(ip) : (size_t)p->ip);
	blanks(p, 2);
	if (!last)
		say_referral(p, &b, s, before, below);
	say_state(p, &b, s);
	if (last && s->has_serial) {
		buf_addf(&b, "serial %" PRIu32, s->serial);
		remark(p, &b, NULL);
	}
	if (zone_server(s) == REASON_NONE &&
	    (last || s->records != REASON_NONE))
		say_address(p, &b, s);
	if (last)
		say_rest(p, &b, z, s);
	buf_addc(p->out, '\n');
	buf_free(&b);
}

/* ---- zones --------------------------------------------------------------- */

static void
show_zone_line(struct place *p, const struct walk_zone *z)
{
	char span[CLOCK_TEXT];

	begin(p, p->depth > 0 ? "└─ " : "");
	if (p->colour)
		buf_adds(p->out, "\033[1m");
	show_clean(p->out, zone_name(z));
	if (p->colour)
		buf_adds(p->out, "\033[0m");
	if (z->nparent_ns > 0)
		buf_addf(p->out, ": %zu name server%s", z->nparent_ns,
		    z->nparent_ns == 1 ? "" : "s");
	if (z->ns_ttl > 0)
		buf_addf(p->out, ", TTL %s", clock_span(z->ns_ttl, span));
	if (z->ds)
		buf_adds(p->out, ", signed");
	if (z->cached)
		buf_adds(p->out, ", known already");
	buf_addc(p->out, '\n');
}

/* Above the last levels only some were asked; the others fill no screen. */
static bool
shown(const struct walk_zone *z, const struct walk_server *s, bool last)
{
	return z->complete || last || s->udp.asked;
}

static void
show_zone(struct place *p, const struct walk_zone *z, const char *below)
{
	bool last = below == NULL;
	const struct walk_server *before = NULL;
	size_t others = 0, w;
	char ip[IP_TEXT];

	show_zone_line(p, z);
	p->name = 0;
	p->ip = 1;
	for (size_t i = 0; i < z->n; i++) {
		if (!shown(z, &z->server[i], last))
			continue;
		w = width_of(z->server[i].name);
		if ((int)w > p->name)
			p->name = w > NAMES_WIDE ? NAMES_WIDE : (int)w;
		if (z->server[i].ip.family != 0) {
			w = strlen(ip_text(&z->server[i].ip, ip));
			p->ip = (int)w > p->ip ? (int)w : p->ip;
		}
	}
	p->column = (size_t)(p->depth * 3 + 2 + p->name + 2 + p->ip + 1 + 8 +
	    2);
	for (size_t i = 0; i < z->n; i++) {
		if (!shown(z, &z->server[i], last)) {
			others++;
			continue;
		}
		show_server(p, z, &z->server[i], before, below);
		before = &z->server[i];
	}
	if (others > 0) {
		begin(p, p->depth > 0 ? "   ├ " : "├ ");
		buf_addf(p->out, "%zu more address%s, not asked\n", others,
		    others == 1 ? "" : "es");
	}
	p->depth++;
}

/* What the way ended with. */
static void
show_end(struct place *p, const struct walk *w)
{
	static const char *const text[] = {
		[WALK_ANSWERED] = "",
		[WALK_NO_ROOT] = "no root server answers this host",
		[WALK_ZONE_DEAD] = "nobody answers for the zone",
		[WALK_NXDOMAIN] = "does not exist (NXDOMAIN)",
		[WALK_NODATA] = "is not delegated",
		[WALK_LOOP] = "the way leads in a circle",
		[WALK_TOO_DEEP] = "the way is too long",
		[WALK_TIMEOUT] = "not finished in time",
	};
	char span[CLOCK_TEXT];
	struct buf b;

	begin(p, p->depth > 0 ? "└─ " : "");
	show_clean(p->out, w->name);
	p->used += width_of(w->name);
	p->column = p->used + 2;
	buf_init(&b, SIZE_MAX);
	buf_adds(&b, text[w->end]);
	remark(p, &b, bad);
	if (w->next != NULL) {
		buf_adds(&b, "is an alias of ");
		show_clean(&b, w->next->name);
		remark(p, &b, NULL);
	} else if (w->end == WALK_ANSWERED) {
		for (size_t i = 0; i < w->nip; i++) {
			char ip[IP_TEXT];

			buf_adds(&b, ip_text(&w->ip[i], ip));
			remark(p, &b, NULL);
		}
		buf_adds(&b, w->nip == 0 ? "no address" : "");
		remark(p, &b, bad);
		if (w->nip > 0 && w->ttl > 0) {
			buf_addf(&b, "TTL %s", clock_span(w->ttl, span));
			remark(p, &b, NULL);
		}
	}
	buf_addc(p->out, '\n');
	buf_free(&b);
}

/* ---- the verdict --------------------------------------------------------- */

static void
show_finding(struct buf *out, const struct finding *f, bool colour)
{
	struct buf b;
	size_t before;
	char *wrapped;

	buf_init(&b, SIZE_MAX);
	buf_addf(&b, "%s: ", layer_title(reason_layer(f->reason)));
	show_reason(&b, f->reason, f->detail);
	buf_addf(&b, ".  To be mended by: %s.", reason_blame(f->reason));
	before = out->len;
	text_wrap(out, buf_str(&b), b.len, WIDTH, "             ");
	/* The grade goes where the first line is indented. */
	wrapped = xstrdup(out->p + before + 13);
	buf_cut(out, before);
	show_grade(out, f->grade, grade_title(f->grade), 13, colour);
	buf_addf(out, "%s\n", wrapped);
	buf_free(&b);
	free(wrapped);
}

static void
show_verdicts(struct buf *out, const struct walk *w,
    const struct zone_verdict *v, bool colour)
{
	const struct layer_result *ns = &v->at[LAYER_NAMESERVER];
	char when[CLOCK_TEXT];

	for (size_t i = 0; i < v->findings.n; i++)
		show_finding(out, &v->findings.finding[i], colour);
	if (v->findings.n == 0) {
		show_grade(out, GRADE_OK, grade_title(GRADE_OK), 13, colour);
		buf_adds(out, "all servers answer, and agree");
		if (ns->all > 0)
			buf_addf(out, " (%d of %d)", ns->good, ns->all);
		buf_addc(out, '\n');
	}
	if (v->cached_until > 0)
		buf_addf(out,
		    "             Who asked before may find it until "
		    "%s.\n",
		    clock_local(v->cached_until, when));
	(void)w;
}

void
tree_show(struct buf *out, const struct walk *w, const struct zone_verdict *v,
    bool colour)
{
	struct place p = { .out = out, .colour = colour };
	const struct walk *one;
	unsigned questions = 0;
	char took[SHOW_NUMBER];
	size_t n = 0;

	for (one = w; one != NULL && n <= WALK_ALIASES; one = one->next, n++) {
		p.depth = 0;
		if (one != w)
			buf_addc(out, '\n');
		for (size_t i = 0; i < one->n; i++)
			show_zone(&p, &one->zone[i],
			    i + 1 < one->n ? one->zone[i + 1].name : NULL);
		show_end(&p, one);
		questions += one->questions;
	}
	buf_addc(out, '\n');
	show_verdicts(out, w, v, colour);
	buf_addf(out, "             %u question%s, %s\n", questions,
	    questions == 1 ? "" : "s", show_time(w->us, took));
}
