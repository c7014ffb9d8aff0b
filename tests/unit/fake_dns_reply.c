/* SPDX-License-Identifier: ISC */
/* What the fake name servers answer. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/unit/fake_dns_in.h"
#include "uptime/dns/answer.h"

static void
put(struct packet *p, unsigned v, int bytes)
{
	while (bytes-- > 0)
		p->p[p->n++] = (unsigned char)(v >> (8 * bytes));
}

static void
put_name(struct packet *p, const char *s)
{
	size_t n;

	while (*s != '\0') {
		n = strcspn(s, ".");
		put(p, (unsigned)n, 1);
		memcpy(p->p + p->n, s, n);
		p->n += n;
		s += n + (s[n] == '.');
	}
	put(p, 0, 1);
}

static void
count(struct packet *p, int section)
{
	p->p[7 + 2 * section]++;
}

/* The head of a record; returns where its length goes. */
static size_t
put_head(struct packet *p, int section, const char *name, int type,
    uint32_t ttl)
{
	put_name(p, name);
	put(p, (unsigned)type, 2);
	put(p, 1, 2);
	put(p, ttl, 4);
	put(p, 0, 2);
	count(p, section);
	return p->n - 2;
}

static void
put_length(struct packet *p, size_t at)
{
	size_t n = p->n - at - 2;

	p->p[at] = (unsigned char)(n >> 8);
	p->p[at + 1] = (unsigned char)n;
}

static void
put_record(struct packet *p, int section, const struct record *r, uint32_t ttl)
{
	size_t at = put_head(p, section, r->name, r->type, ttl);
	struct ip ip;

	switch (r->type) {
	case RR_A:
	case RR_AAAA:
		if (!ip_parse(r->data, 0, &ip))
			abort();
		memcpy(p->p + p->n, ip.addr, r->type == RR_A ? 4 : 16);
		p->n += r->type == RR_A ? 4 : 16;
		break;
	case RR_DS:
		put(p, 12345, 2);
		put(p, 0x0802, 2);
		for (int i = 0; i < 32; i++)
			put(p, 7, 1);
		break;
	default:
		put_name(p, r->data);
	}
	put_length(p, at);
}

static void
put_soa(struct packet *p, int section, const struct zone *z)
{
	size_t at = put_head(p, section, z->name, RR_SOA, z->ttl);

	put_name(p, "ns.invalid");
	put_name(p, "hostmaster.invalid");
	put(p, z->serial, 4);
	for (int i = 0; i < 4; i++)
		put(p, 300, 4);
	put_length(p, at);
}

static void
put_signature(struct packet *p, const struct zone *z, const char *name,
    int type)
{
	size_t at;

	if (!z->is_signed)
		return;
	at = put_head(p, 0, name, RR_RRSIG, z->ttl);
	put(p, (unsigned)type, 2);
	put(p, 8, 1);
	put(p, 2, 1);
	put(p, z->ttl, 4);
	put(p, (unsigned)(clock_now() + z->until), 4);
	put(p, (unsigned)(clock_now() - 30 * 86400), 4);
	put(p, 12345, 2);
	put_name(p, z->name);
	for (int i = 0; i < 16; i++)
		put(p, 9, 1);
	put_length(p, at);
}

/* ---- answers ------------------------------------------------------------ */

static const struct zone *
zone_for(const struct server *s, const char *name, int type)
{
	const struct zone *best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct zone *z = s->zone[i];

		/* DS lies above the cut. */
		if (type == RR_DS && name_equal(z->name, name) && s->n > 1)
			continue;
		if (name_below(name, z->name) &&
		    (best == NULL ||
			name_labels(z->name) > name_labels(best->name)))
			best = z;
	}
	return best;
}

static bool
refer(struct packet *p, const struct zone *z, const char *name, int type)
{
	const char *cut = NULL;

	for (size_t i = 0; i < z->n; i++) {
		const struct record *r = &z->record[i];

		if (r->type == RR_NS && !name_equal(r->name, z->name) &&
		    name_below(name, r->name) &&
		    !(type == RR_DS && name_equal(name, r->name)))
			cut = r->name;
	}
	if (cut == NULL)
		return false;
	for (size_t i = 0; i < z->n; i++)
		if ((z->record[i].type == RR_NS ||
			z->record[i].type == RR_DS) &&
		    name_equal(z->record[i].name, cut))
			put_record(p, 1, &z->record[i], z->ttl);
	for (size_t i = 0; i < z->n; i++)
		for (size_t k = 0; k < z->n; k++)
			if (z->record[i].type == RR_NS &&
			    name_equal(z->record[i].name, cut) &&
			    (z->record[k].type == RR_A ||
				z->record[k].type == RR_AAAA) &&
			    name_equal(z->record[k].name, z->record[i].data))
				put_record(p, 2, &z->record[k], z->ttl);
	return true;
}

static int
answer(struct packet *p, const struct zone *z, const char *name, int type)
{
	bool exists = name_equal(name, z->name), any = false;
	int covered = type;

	assert(strlen(name) < 256);
	if (exists && type == RR_SOA) {
		put_soa(p, 0, z);
		any = true;
	}
	for (size_t i = 0; i < z->n; i++) {
		const struct record *r = &z->record[i];

		if (name_below(r->name, name))
			exists = true;
		if (r->name[0] == '*' && name_below(name, r->name + 2) &&
		    r->type == type && !exists) {
			struct record one = *r;

			memcpy(one.name, name, strlen(name) + 1);
			put_record(p, 0, &one, z->ttl);
			return RCODE_NOERROR;
		}
		if (r->name[0] == '*' && name_below(name, r->name + 2))
			exists = true;
		if (!name_equal(r->name, name) ||
		    (r->type != type && r->type != RR_CNAME))
			continue;
		put_record(p, 0, r, z->ttl);
		covered = r->type;
		any = true;
	}
	if (any)
		put_signature(p, z, name, covered);
	else
		put_soa(p, 1, z);
	return exists ? RCODE_NOERROR : RCODE_NXDOMAIN;
}

static void
flags(struct packet *p, bool aa, int rcode)
{
	p->p[2] = (unsigned char)(0x80 | (aa ? 4 : 0));
	p->p[3] = (unsigned char)rcode;
}

/* The last `labels` labels. */
static const char *
tail(const char *name, int labels)
{
	if (labels == 0)
		return "";
	while (name_labels(name) > labels)
		name = strchr(name, '.') + 1;
	return name;
}

/* A referral by one who has no business to give it. */
static void
misrefer(const struct server *s, struct packet *p, const char *name)
{
	static int serial;
	struct record ns = { .type = RR_NS }, a = { .type = RR_A };
	const struct zone *z = zone_for(s, name, RR_A);

	ip_text(&s->ip, a.data);
	if (s->self && z != NULL)
		name = z->name;
	else if (s->down)
		name = tail(name, 3 + serial);
	else if (s->far)
		name = tail(name, 2);
	else
		name = "";
	snprintf(ns.name, sizeof ns.name, "%.250s", name);
	if (s->far)
		snprintf(ns.data, sizeof ns.data, "n.far%d.test", serial);
	else
		snprintf(ns.data, sizeof ns.data, "ns%d.%.200s", serial, name);
	serial++;
	snprintf(a.name, sizeof a.name, "%s", ns.data);
	flags(p, false, 0);
	put_record(p, 1, &ns, 300);
	if (!s->far)
		put_record(p, 2, &a, 300);
}

static size_t
dice(size_t n)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (size_t)(x >> 20) % n;
}

/* Some name that has to do with the question, or not. */
static void
any_name(char out[256], const char *name)
{
	switch (dice(6)) {
	case 0:
		snprintf(out, 256, "www.example.test");
		break;
	case 1:
		snprintf(out, 256, "n%zu.c%zu.test", dice(3), dice(4));
		break;
	case 2:
		snprintf(out, 256, "n%zu.%.200s", dice(3), name);
		break;
	default:
		snprintf(out, 256, "%.250s",
		    tail(name, (int)dice((size_t)name_labels(name) + 1)));
	}
}

/* Well-formed packets with anything in them. */
static void
chaos(const struct server *s, struct packet *p, const char *name, int type)
{
	static const int types[] = { RR_NS, RR_NS, RR_A, RR_CNAME, RR_SOA,
		RR_DS };
	struct zone z = { .ttl = 1 };
	struct record r;
	char ip[IP_TEXT];

	flags(p, dice(2) == 0, dice(8) == 0 ? (int)dice(6) : 0);
	for (int section = 0; section < 3; section++)
		for (size_t n = dice(4); n > 0; n--) {
			r.type = dice(3) == 0 ? type : types[dice(6)];
			any_name(r.name, name);
			any_name(r.data, name);
			if (r.type == RR_A)
				snprintf(r.data, sizeof r.data, "%s",
				    ip_text(&s->ip, ip));
			if (r.type == RR_AAAA)
				snprintf(r.data, sizeof r.data, "::2");
			memcpy(z.name, r.name, sizeof z.name);
			if (r.type == RR_SOA)
				put_soa(p, section, &z);
			else
				put_record(p, section, &r, 1);
		}
}

static void
reply(const struct server *s, struct packet *p, const char *name, int type)
{
	const struct zone *z = zone_for(s, name, type);

	if (s->refuse ||
	    (z == NULL && !s->up && !s->down && !s->far && !s->chaos)) {
		flags(p, false, RCODE_REFUSED);
	} else if (s->servfail) {
		flags(p, false, RCODE_SERVFAIL);
	} else if (s->chaos) {
		chaos(s, p, name, type);
	} else if (s->up || s->self || s->down || s->far) {
		misrefer(s, p, name);
	} else if (refer(p, z, name, type)) {
		flags(p, false, 0);
	} else {
		int rcode = answer(p, z, name, type);

		flags(p,
		    !s->lame ||
			(s->aaonly[0] != '\0' && name_equal(s->aaonly, name)),
		    rcode);
	}
}

bool
fake_dns_respond(const struct server *s, struct packet *p)
{
	char name[512] = "";
	size_t at = 12, len = 0, n;
	int type;

	while (at < p->n && (n = p->p[at]) != 0) {
		if (len > 0)
			name[len++] = '.';
		if (n > 63 || at + n + 1 > p->n || len + n > 255)
			return false;
		memcpy(name + len, p->p + at + 1, n);
		len += n;
		at += n + 1;
	}
	name[len] = '\0';
	if (at + 5 > p->n)
		return false;
	type = p->p[at + 1] << 8 | p->p[at + 2];
	p->n = at + 5;
	memset(p->p + 6, 0, 6);
	if (s->garbage) {
		p->n = 14;
		flags(p, true, 0);
		return true;
	}
	reply(s, p, name, type);
	return true;
}
