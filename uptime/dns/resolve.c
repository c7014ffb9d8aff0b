/* SPDX-License-Identifier: ISC */
/* Names, what resolvers say of them, and when that is enough. */
#include "uptime/dns/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"
#include "uptime/dns/dns.h"
#include "uptime/dns/resolve_word.h"
#include "uptime/probe/loop.h"

/* A resolver that was silent so often, without a word in between, is asked
 * last; now and then it gets a chance. */
#define SILENT_MAX 3
#define CHANCE 61 /* odd: it comes to every one of them in turn */

#define ENOUGH 2 /* resolvers that say the same */

struct waiter {
	struct waiter *next;
	void (*done)(void *, const struct resolution *);
	void *arg;
};

/* Those who were told of an answer may look at it until the end. */
struct kept {
	struct kept *older;
	char *text; /* its detail; NULL: "" */
	struct resolution is;
};

struct name {
	struct name *bucket, *ready;
	struct waiter *first, **end;
	struct inquiry *inquiry; /* under way */
	bool is_ready;
	struct kept *kept; /* the newest answer; NULL: not known */
	char host[];
};

struct inquiry {
	struct resolve *of; /* NULL: nobody waits any more */
	struct name *name;
	size_t turn, at;        /* where it began; whom it asks */
	int left;               /* of the two questions */
	enum reason family[2];  /* A, AAAA */
	struct resolution now;  /* what they bring */
	struct resolution half; /* the best so far: one family, */
	enum reason lacks;      /* and what was said of the other */
	struct question {
		struct inquiry *of;
		int family;
	} question[2];
	struct word word[]; /* by resolver */
};

struct resolve {
	struct dns *dns;
	struct ip *resolver;
	unsigned *silent; /* each of them, so often in a row */
	size_t n, turn;
	int timeout_ms;
	struct name **bucket;
	size_t names, buckets; /* a power of two */
	struct name *ready, **ready_end;
	struct loop_timer timer;
};

static bool
pick(struct inquiry *in)
{
	const struct resolve *r = in->of;
	bool chance = in->turn % CHANCE == 0;

	for (int all = chance; all < 2; all++)
		for (size_t i = 0; i < r->n; i++) {
			size_t k = (in->turn + i) % r->n;

			if (in->word[k].all != NOT_ASKED ||
			    (!all && r->silent[k] >= SILENT_MAX))
				continue;
			in->at = k;
			return true;
		}
	return false;
}

/* ---- enough is said ------------------------------------------------------ */

static void
deliver(struct name *n)
{
	struct waiter *w = n->first, *next;

	n->first = NULL;
	n->end = &n->first;
	for (; w != NULL; w = next) {
		next = w->next;
		w->done(w->arg, &n->kept->is);
		free(w);
	}
}

static int
compare_ips(const void *a, const void *b)
{
	return ip_compare(a, b);
}

static void
sort_ips(struct resolution *is)
{
	size_t n = 0;

	qsort(is->ip, is->n, sizeof *is->ip, compare_ips);
	for (size_t i = 0; i < is->n; i++)
		if (n == 0 || ip_compare(&is->ip[n - 1], &is->ip[i]) != 0)
			is->ip[n++] = is->ip[i];
	is->n = n;
}

/* The newest answer of a name; most need no words. */
static void
keep(struct name *n, const struct resolution *is, const char *text)
{
	struct kept *k = xcalloc(1, sizeof *k);

	k->older = n->kept;
	n->kept = k;
	k->is = *is;
	if (*text != '\0')
		k->text = xstrdup(text);
	k->is.detail = k->text != NULL ? k->text : "";
}

/* The inquiry is over; what it keeps in now is the name's. */
static void
settle(struct inquiry *in, const char *text)
{
	struct name *n = in->name;

	if (in->now.evidence == EVIDENCE_PASS)
		sort_ips(&in->now);
	keep(n, &in->now, text);
	n->inquiry = NULL;
	free(in->half.ip);
	free(in);
	deliver(n);
}

static void
fail(struct inquiry *in, enum reason reason)
{
	struct resolution *is = &in->now;
	char text[PROBE_DETAIL];

	free(is->ip);
	is->ip = NULL;
	is->n = 0;
	is->ttl = 0;
	/* who refuses us says nothing of the name */
	is->evidence = reason == SILENT || reason == REASON_REFUSED ?
	    EVIDENCE_NONE :
	    EVIDENCE_FAIL;
	is->reason = reason;
	word_tell(in->word, in->of->resolver, in->of->n, text);
	settle(in, text);
}

static void
pass(struct inquiry *in, enum reason missing)
{
	struct resolution *is = &in->now;
	char text[PROBE_DETAIL] = "";

	is->evidence = EVIDENCE_PASS;
	if (missing != REASON_NONE && missing != SILENT) {
		is->partial = missing;
		word_tell(in->word, in->of->resolver, in->of->n, text);
	}
	settle(in, text);
}

static size_t
count_word(const struct inquiry *in, const struct word *w)
{
	size_t n = 0;

	for (size_t i = 0; i < in->of->n; i++)
		n += word_same(&in->word[i], w);
	return n;
}

/* Nobody found all: one family is better than nothing, and any word better
 * than silence. */
static void
conclude(struct inquiry *in)
{
	enum reason said[2] = { SILENT, SILENT };
	struct resolution now = in->now;

	if (in->half.ip != NULL) {
		in->now = in->half;
		in->half = now;
		pass(in, in->lacks);
		return;
	}
	for (size_t i = 0; i < in->of->n; i++) {
		if (in->word[i].all == SILENT)
			continue;
		said[1] = in->word[i].all;
		said[0] = said[0] == SILENT ? said[1] : word_both(said).all;
	}
	fail(in, said[0]);
}

/* ---- asking -------------------------------------------------------------- */

static void ask_next(struct inquiry *);

static void
judge(struct inquiry *in)
{
	unsigned *silent = &in->of->silent[in->at];
	struct word *w = &in->word[in->at];

	*w = word_both(in->family);
	*silent = w->all == SILENT ? *silent + 1 : 0;
	if (w->all == REASON_NONE && w->other == REASON_NONE) {
		pass(in, REASON_NONE);
		return;
	}
	if (w->all == REASON_NONE && in->half.ip == NULL) {
		in->half = in->now;
		in->lacks = w->other;
		in->now.ip = NULL;
	}
	if (w->all == SILENT || count_word(in, w) < ENOUGH)
		ask_next(in);
	else if (in->half.ip != NULL)
		conclude(in);
	else
		fail(in, w->all);
}

static void
on_reply(void *arg, const struct dns_reply *r)
{
	static const int type[2] = { RR_A, RR_AAAA };
	const struct question *q = arg;
	struct inquiry *in = q->of;

	if (in->of != NULL) {
		in->family[q->family] = word_of(r, in->name->host,
		    type[q->family], &in->now);
		if (r->us > in->now.us)
			in->now.us = r->us;
	}
	if (--in->left > 0)
		return;
	if (in->of != NULL) {
		judge(in);
		return;
	}
	free(in->now.ip);
	free(in->half.ip);
	free(in);
}

static void
ask_next(struct inquiry *in)
{
	static const int type[2] = { RR_A, RR_AAAA };
	struct resolve *r = in->of;
	struct dns_question q = { .name = in->name->host,
		.recurse = true,
		.timeout_ms = r->timeout_ms };

	if (!pick(in)) {
		conclude(in);
		return;
	}
	free(in->now.ip);
	in->now = (struct resolution){ .ttl = UINT32_MAX };
	in->left = 2;
	for (int f = 0; f < 2; f++) {
		in->question[f] = (struct question){ in, f };
		q.type = type[f];
		dns_ask(r->dns, &r->resolver[in->at], &q, on_reply,
		    &in->question[f]);
	}
}

/* ---- names --------------------------------------------------------------- */

static size_t
bucket_of(const struct resolve *r, const char *host)
{
	return hash_bytes(host, strlen(host)).lo & (r->buckets - 1);
}

static void
grow(struct resolve *r)
{
	struct name **old = r->bucket, *n, *next;
	size_t buckets = r->buckets;

	r->buckets = buckets * 2;
	r->bucket = xcalloc(r->buckets, sizeof *r->bucket);
	for (size_t i = 0; i < buckets; i++)
		for (n = old[i]; n != NULL; n = next) {
			size_t k = bucket_of(r, n->host);

			next = n->bucket;
			n->bucket = r->bucket[k];
			r->bucket[k] = n;
		}
	free(old);
}

static struct name *
name_of(struct resolve *r, const char *host)
{
	size_t len = strlen(host), k;
	struct name *n = xcalloc(1, sizeof *n + len + 1), *old;

	for (size_t i = 0; i < len; i++)
		n->host[i] = (char)(host[i] >= 'A' && host[i] <= 'Z' ?
			host[i] + 'a' - 'A' :
			host[i]);
	k = bucket_of(r, n->host);
	for (old = r->bucket[k]; old != NULL; old = old->bucket)
		if (strcmp(old->host, n->host) == 0) {
			free(n);
			return old;
		}
	n->bucket = r->bucket[k];
	r->bucket[k] = n;
	n->end = &n->first;
	if (++r->names > r->buckets)
		grow(r);
	return n;
}

static void
deliver_ready(void *arg)
{
	struct resolve *r = arg;
	struct name *n = r->ready, *next;

	r->ready = NULL;
	r->ready_end = &r->ready;
	for (; n != NULL; n = next) {
		next = n->ready;
		n->is_ready = false;
		if (n->inquiry == NULL)
			deliver(n);
	}
}

static void
make_ready(struct resolve *r, struct name *n)
{
	if (n->is_ready)
		return;
	n->is_ready = true;
	n->ready = NULL;
	*r->ready_end = n;
	r->ready_end = &n->ready;
	if (r->timer.slot == 0)
		loop_timer_set(dns_loop(r->dns), &r->timer, 0, deliver_ready,
		    r);
}

static void
inquire(struct resolve *r, struct name *n)
{
	struct inquiry *in = xcalloc(1, sizeof *in + r->n * sizeof *in->word);

	in->of = r;
	in->name = n;
	in->turn = r->turn++;
	for (size_t i = 0; i < r->n; i++)
		in->word[i].all = NOT_ASKED;
	n->inquiry = in;
	ask_next(in);
}

/* What need not be asked. */
static bool
foregone(const struct resolve *r, struct name *n)
{
	unsigned char wire[NAME_WIRE];
	bool named = name_wire(n->host, wire) > 0;
	struct resolution is = { .evidence = EVIDENCE_NONE, .reason = SILENT };

	if (r->n > 0 && named)
		return false;
	if (r->n == 0) {
		keep(n, &is, "there are no resolvers");
	} else {
		is.evidence = EVIDENCE_FAIL;
		is.reason = REASON_NXDOMAIN;
		keep(n, &is, "no name can be written like this");
	}
	return true;
}

void
resolve_ask(struct resolve *r, const char *host, bool fresh,
    void (*done)(void *, const struct resolution *), void *arg)
{
	struct name *n = name_of(r, host);
	struct waiter *w = xmalloc(sizeof *w);

	*w = (struct waiter){ NULL, done, arg };
	*n->end = w;
	n->end = &w->next;
	if (n->inquiry != NULL)
		return;
	if ((n->kept != NULL && !fresh) || foregone(r, n))
		make_ready(r, n);
	else
		inquire(r, n);
}

/* ---- all of it ----------------------------------------------------------- */

struct resolve *
resolve_new(struct dns *dns, const struct resolve_conf *c)
{
	struct resolve *r = xcalloc(1, sizeof *r);

	r->dns = dns;
	r->n = c->n;
	r->timeout_ms = c->timeout_ms;
	r->resolver = xcalloc(c->n + 1, sizeof *r->resolver);
	if (c->n > 0)
		memcpy(r->resolver, c->resolver, c->n * sizeof *r->resolver);
	r->silent = xcalloc(c->n + 1, sizeof *r->silent);
	r->buckets = 64;
	r->bucket = xcalloc(r->buckets, sizeof *r->bucket);
	r->ready_end = &r->ready;
	return r;
}

static void
name_free(struct name *n)
{
	struct waiter *w, *next;
	struct kept *k, *older;

	for (w = n->first; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	for (k = n->kept; k != NULL; k = older) {
		older = k->older;
		free(k->is.ip);
		free(k->text);
		free(k);
	}
	if (n->inquiry != NULL)
		n->inquiry->of = NULL; /* its questions cannot be taken back */
	free(n);
}

void
resolve_free(struct resolve *r)
{
	struct name *n, *next;

	if (r == NULL)
		return;
	loop_timer_stop(dns_loop(r->dns), &r->timer);
	for (size_t i = 0; i < r->buckets; i++)
		for (n = r->bucket[i]; n != NULL; n = next) {
			next = n->bucket;
			name_free(n);
		}
	free(r->bucket);
	free(r->resolver);
	free(r->silent);
	free(r);
}
