/* SPDX-License-Identifier: ISC */
/*
 * A JSON object in a line, walked once: each string, number and word in it,
 * with the names it stands under.  Pure.  No recursion; what is nested deeper
 * than JSON_DEPTH is no JSON here.
 */
#ifndef WATCHDOG_FORMAT_JSON_H
#define WATCHDOG_FORMAT_JSON_H

#include <stdbool.h>

#include "common/base/text.h"

struct buf;

#define JSON_DEPTH 32

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD };

struct json_member {
	enum json_kind kind;
	int depth;          /* 1: of the object itself */
	struct span parent; /* name of what it stands in; empty at depth 1 */
	struct span name;   /* as it is written; empty in an array */
	struct span value;  /* a string without its quotes, not unescaped */
};

/* False: s is not one JSON object and nothing else.  Members before the
 * mistake were handed out then. */
bool json_walk(struct span s,
    void (*member)(void *, const struct json_member *), void *);
/* Appends a string's text, unescaped; what is no escape stays as it is. */
void json_text(struct buf *, struct span);

#endif
