/* SPDX-License-Identifier: ISC */
/*
 * Members of JSON objects, appended one after the other.  Names are constants;
 * commas come by themselves.  Pure.
 */
#ifndef UPTIME_TELL_JSON_H
#define UPTIME_TELL_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

void json_key(struct buf *, const char *name);
/* The beginning of an object in an array. */
void json_open(struct buf *);
/* name NULL: an element of an array; value NULL: null. */
void json_string(struct buf *, const char *name, const char *value);
void json_number(struct buf *, const char *name, int64_t);
void json_bool(struct buf *, const char *name, bool);
/* Milliseconds of so many µs; negative: null. */
void json_ms(struct buf *, const char *name, int64_t us);
/* RFC 3339; 0 is null. */
void json_moment(struct buf *, const char *name, int64_t);

#endif
