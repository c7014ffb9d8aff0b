/* SPDX-License-Identifier: ISC */
/* Politeness: limits by host name, by address, and in all. */
#include "uptime/round/gate.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"

struct gate {
	struct hash key;
	size_t inside, limit;
	struct gate_pass *first, **last; /* who waits */
	struct gate *next;               /* in the bucket */
};

struct gates {
	struct gate_limits limits;
	struct gate all;
	struct gate **bucket;
	size_t nbucket, n;
};

struct gates *
gates_new(const struct gate_limits *limits)
{
	struct gates *gs = xcalloc(1, sizeof *gs);

	gs->limits = *limits;
	gs->all.limit = limits->all;
	gs->all.last = &gs->all.first;
	gs->nbucket = 1024;
	gs->bucket = xcalloc(gs->nbucket, sizeof(struct gate *));
	return gs;
}

void
gates_free(struct gates *gs)
{
	struct gate *g, *next;

	if (gs == NULL)
		return;
	for (size_t i = 0; i < gs->nbucket; i++)
		for (g = gs->bucket[i]; g != NULL; g = next) {
			next = g->next;
			free(g);
		}
	free(gs->bucket);
	free(gs);
}

static void
grow(struct gates *gs)
{
	size_t n = gs->nbucket * 4;
	struct gate **bucket = xcalloc(n, sizeof(struct gate *)), *g, *next;

	for (size_t i = 0; i < gs->nbucket; i++)
		for (g = gs->bucket[i]; g != NULL; g = next) {
			next = g->next;
			g->next = bucket[g->key.lo % n];
			bucket[g->key.lo % n] = g;
		}
	free(gs->bucket);
	gs->bucket = bucket;
	gs->nbucket = n;
}

static struct gate *
find(struct gates *gs, const void *key, size_t n, size_t limit)
{
	struct hash h = hash_bytes(key, n);
	struct gate *g;

	for (g = gs->bucket[h.lo % gs->nbucket]; g != NULL; g = g->next)
		if (hash_equal(g->key, h))
			return g;
	if (gs->n++ > gs->nbucket)
		grow(gs);
	g = xcalloc(1, sizeof *g);
	g->key = h;
	g->limit = limit;
	g->last = &g->first;
	g->next = gs->bucket[h.lo % gs->nbucket];
	gs->bucket[h.lo % gs->nbucket] = g;
	return g;
}

/* From the gate that he has not passed yet, as far as he comes. */
static void
advance(struct gate_pass *p)
{
	struct gate *g;

	for (; p->passed < 3; p->passed++) {
		if ((g = p->gate[p->passed]) == NULL)
			continue;
		if (g->inside >= g->limit) {
			*g->last = p;
			g->last = &p->next;
			return;
		}
		g->inside++;
	}
	p->go(p->arg);
}

void
gate_enter(struct gates *gs, struct gate_pass *p, const char *host,
    const struct ip *ip, void (*go)(void *), void *arg)
{
	static const unsigned char loopback[16] = { [15] = 1 };
	bool own = ip->family == AF_INET ? ip->addr[0] == 127 :
					   memcmp(ip->addr, loopback, 16) == 0;

	memset(p, 0, sizeof *p);
	p->go = go;
	p->arg = arg;
	p->gate[0] = find(gs, host, strlen(host), gs->limits.host);
	if (!own)
		p->gate[1] = find(gs, ip->addr, 16, gs->limits.address);
	p->gate[2] = &gs->all;
	advance(p);
}

void
gate_leave(struct gate_pass *p)
{
	struct gate *gate[3];
	struct gate_pass *next;

	/* go may free a pass, ours included, so it is not looked at again */
	memcpy(gate, p->gate, sizeof gate);
	for (int i = 2; i >= 0; i--) {
		if (gate[i] == NULL)
			continue;
		gate[i]->inside--;
		if ((next = gate[i]->first) == NULL)
			continue;
		if ((gate[i]->first = next->next) == NULL)
			gate[i]->last = &gate[i]->first;
		next->next = NULL;
		advance(next);
	}
}
