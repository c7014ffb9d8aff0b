/* SPDX-License-Identifier: ISC */
/* Answers of resolvers become words, and words a sentence. */
#include "uptime/dns/resolve_word.h"

#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/dns/dns.h"

/* Resolvers follow 11 (unbound, BIND); more, or a loop, is one to them. */
#define LINKS_MAX 16

/* ---- one answer ---------------------------------------------------------- */

static void
add_ip(struct resolution *to, const struct rr *rr)
{
	if ((to->n & (to->n - 1)) == 0)
		to->ip = xreallocarray(to->ip, to->n * 2 + 1, sizeof *to->ip);
	to->ip[to->n++] = rr->ip;
	if (rr->ttl < to->ttl)
		to->ttl = rr->ttl;
}

/* The addresses of name in the answer; *next: its CNAME, or NULL. */
static bool
addresses(const struct answer *a, const char *name, int type,
    struct resolution *to, const char **next)
{
	bool found = false;

	*next = NULL;
	for (size_t i = 0; i < a->n; i++) {
		const struct rr *rr = &a->rr[i];

		if (rr->section != RR_ANSWER || !name_equal(rr->owner, name))
			continue;
		if (rr->type == type) {
			add_ip(to, rr);
			found = true;
		} else if (rr->type == RR_CNAME) {
			*next = rr->target;
			if (rr->ttl < to->ttl)
				to->ttl = rr->ttl;
		}
	}
	return found;
}

enum reason
word_of(const struct dns_reply *r, const char *name, int type,
    struct resolution *to)
{
	const struct answer *a = &r->answer;
	const char *next;
	int links;

	/* Garbage is nobody's word either: it may be on the way. */
	if (r->status != DNS_ANSWER)
		return SILENT;
	if (a->rcode == RCODE_REFUSED)
		return REASON_REFUSED;
	if (a->rcode != RCODE_NOERROR && a->rcode != RCODE_NXDOMAIN)
		return REASON_SERVFAIL;
	for (links = 0; links <= LINKS_MAX; links++) {
		if (addresses(a, name, type, to, &next))
			return REASON_NONE;
		if (next == NULL)
			break;
		name = next;
	}
	if (links > LINKS_MAX)
		return REASON_CNAME_LOOP;
	if (a->rcode == RCODE_NOERROR)
		return REASON_NODATA;
	return links > 0 ? REASON_CNAME_DANGLING : REASON_NXDOMAIN;
}

/* ---- one resolver -------------------------------------------------------- */

/*
 * Both families taken together.  A no to one is a no to the name; but that
 * there is no address can only be said of both, and SERVFAIL tells less.
 */
struct word
word_both(const enum reason family[2])
{
	static const enum reason order[] = { REASON_NXDOMAIN, REASON_CNAME_LOOP,
		REASON_CNAME_DANGLING, REASON_SERVFAIL, REASON_REFUSED, SILENT,
		REASON_NODATA };

	for (int f = 0; f < 2; f++)
		if (family[f] == REASON_NONE) {
			enum reason other = family[1 - f];

			if (other == REASON_NODATA)
				other = REASON_NONE;
			return (struct word){ REASON_NONE, other, 1 - f };
		}
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (family[0] == order[i] || family[1] == order[i])
			return (struct word){ order[i], REASON_NONE, 0 };
	return (struct word){ SILENT, REASON_NONE, 0 };
}

/* ---- what is said of it -------------------------------------------------- */

static const char *
clause(const struct word *w, bool many)
{
	switch (w->all == REASON_NONE ? w->other : w->all) {
	case REASON_NXDOMAIN:
		return many ? "say NXDOMAIN" : "says NXDOMAIN";
	case REASON_NODATA:
		return many ? "give no address" : "gives no address";
	case REASON_SERVFAIL:
		return many ? "say SERVFAIL" : "says SERVFAIL";
	case REASON_REFUSED:
		return many ? "say REFUSED" : "says REFUSED";
	case REASON_CNAME_LOOP:
		return many ? "give a loop of CNAMEs" :
			      "gives a loop of CNAMEs";
	case REASON_CNAME_DANGLING:
		return many ? "give a CNAME to what does not exist" :
			      "gives a CNAME to what does not exist";
	default:
		return many ? "do not answer" : "does not answer";
	}
}

bool
word_same(const struct word *a, const struct word *b)
{
	return a->all == b->all && a->other == b->other &&
	    a->family == b->family;
}

/* Those from `from` on who say the same, "a, b and c". */
static void
add_names(struct buf *b, const struct word *w, const struct ip *ip, size_t n,
    size_t from, size_t many)
{
	char text[IP_TEXT];
	size_t left = many;

	for (size_t i = from; i < n && left > 0; i++) {
		if (!word_same(&w[i], &w[from]))
			continue;
		if (left < many)
			buf_adds(b, left > 1 ? ", " : " and ");
		if (ip[i].port == 0 || ip[i].port == 53)
			buf_adds(b, ip_text(&ip[i], text));
		else
			buf_adds(b, ip_text_port(&ip[i], text));
		left--;
	}
}

static size_t
count_same(const struct word *w, size_t n, const struct word *as)
{
	size_t many = 0;

	for (size_t i = 0; i < n; i++)
		many += word_same(&w[i], as);
	return many;
}

void
word_tell(const struct word *w, const struct ip *ip, size_t n,
    char detail[PROBE_DETAIL])
{
	struct buf b;
	size_t many;

	buf_init(&b, 4096);
	for (size_t i = 0; i < n; i++) {
		if (w[i].all == NOT_ASKED || count_same(w, i, &w[i]) > 0 ||
		    (w[i].all == REASON_NONE && w[i].other == REASON_NONE))
			continue;
		many = count_same(w, n, &w[i]);
		if (b.len > 0)
			buf_adds(&b, ", ");
		add_names(&b, w, ip, n, i, many);
		buf_addf(&b, " %s", clause(&w[i], many > 1));
		if (w[i].all == REASON_NONE)
			buf_adds(&b, w[i].family == 0 ? " for A" : " for AAAA");
	}
	if (n == 1)
		buf_adds(&b, "; one resolver only");
	snprintf(detail, PROBE_DETAIL, "%s", buf_str(&b));
	buf_free(&b);
}
