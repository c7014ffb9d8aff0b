/* SPDX-License-Identifier: ISC */
/* The memory of a run's walks: taken piece by piece, freed in one. */
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"
#include "uptime/dns/delegation_in.h"

#define CHUNK 65536 /* bytes; a large piece gets a chunk of its own */

struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t data[];
};

struct pool {
	struct chunk *chunk;
};

struct pool *
pool_new(void)
{
	return xcalloc(1, sizeof(struct pool));
}

void
pool_free(struct pool *p)
{
	struct chunk *c, *next;

	for (c = p->chunk; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(p);
}

void *
pool_take(struct pool *p, size_t n)
{
	struct chunk *c = p->chunk;
	size_t size;

	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (c == NULL || c->size - c->used < n) {
		size = n > CHUNK / 4 ? n : CHUNK;
		c = xcalloc(1, sizeof *c + size);
		c->size = size;
		/* A large one goes behind, so that the room in front is not
		 * lost. */
		if (size != CHUNK && p->chunk != NULL) {
			c->next = p->chunk->next;
			p->chunk->next = c;
		} else {
			c->next = p->chunk;
			p->chunk = c;
		}
	}
	c->used += n;
	return (char *)c->data + c->used - n;
}

char *
pool_text(struct pool *p, const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(pool_take(p, n), s, n);
}

size_t
bucket_of(const char *name)
{
	return hash_bytes(name, strlen(name)).lo % BUCKETS;
}
