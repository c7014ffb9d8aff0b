/* SPDX-License-Identifier: ISC */
/* How many errors each URL had in each hour. */
#include "watchdog/match/urls.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"

#define SLOTS (4 * URLS_MAX) /* a power of two; most stay empty */

struct urls {
	struct url *url;
	size_t n, cap;
	uint32_t *slot; /* index + 1, or 0 */
};

struct urls *
urls_new(void)
{
	struct urls *u = xcalloc(1, sizeof *u);

	u->slot = xcalloc(SLOTS, sizeof *u->slot);
	return u;
}

void
urls_free(struct urls *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->n; i++)
		free(u->url[i].path);
	free(u->url);
	free(u->slot);
	free(u);
}

size_t
urls_count(const struct urls *u)
{
	return u->n;
}

const struct url *
urls_at(const struct urls *u, size_t i)
{
	return &u->url[i];
}

static uint32_t *
slot_of(struct urls *u, int64_t hour, const char *path, size_t n)
{
	size_t i = (hash_bytes(path, n).lo + (uint64_t)hour) % SLOTS;
	const struct url *at;

	for (; u->slot[i] != 0; i = (i + 1) % SLOTS) {
		at = &u->url[u->slot[i] - 1];
		if (at->hour == hour && strncmp(at->path, path, n) == 0 &&
		    at->path[n] == '\0')
			break;
	}
	return &u->slot[i];
}

/* The nameless ones have room of their own: an hour of each 35 days. */
#define NAMELESS (35 * 24)

void
urls_add(struct urls *u, int64_t hour, const char *path)
{
	size_t n = strnlen(path, URLS_PATH);
	uint32_t *slot = slot_of(u, hour, path, n);

	if (*slot == 0 && u->n >= URLS_MAX) {
		n = 0;
		slot = slot_of(u, hour, "", 0);
	}
	if (*slot == 0 && u->n >= URLS_MAX + NAMELESS)
		return;
	if (*slot == 0) {
		if (u->n == u->cap) {
			u->cap = u->cap == 0 ? 64 : u->cap * 2;
			u->url = xreallocarray(u->url, u->cap, sizeof *u->url);
		}
		u->url[u->n++] = (struct url){ hour, xstrndup(path, n), 0 };
		*slot = (uint32_t)u->n;
	}
	u->url[*slot - 1].records++;
}
