/* SPDX-License-Identifier: ISC */
/*
 * Listings.  The same rows are an aligned table for people (a bold head, only
 * on a terminal, never with NO_COLOR) or JSON, one object a line.  Text in a
 * table passes text_clean.  JSON is lossless for UTF-8: what text_clean would
 * hide becomes \uNNNN there; bytes that are no UTF-8 show as \xNN too.
 */
#ifndef COMMON_HOST_OUT_H
#define COMMON_HOST_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct buf;
struct out;

enum out_kind {
	OUT_TEXT,
	OUT_INT, /* in the table right-aligned, "1,234,567" */
	OUT_TIME /* seconds since 1970: RFC 3339 in JSON, local in tables */
};

struct out_column {
	const char *name;  /* JSON key, stable for scripts */
	const char *title; /* head of the column; NULL: JSON only */
	enum out_kind kind;
};

struct out *out_open(FILE *, bool json, const struct out_column *, size_t n);
/* The row's value of a column; a value not given is null or "-". */
void out_text(struct out *, size_t column, const char *, size_t n);
void out_string(struct out *, size_t column, const char *);
void out_int(struct out *, size_t column, int64_t);
void out_row(struct out *);
/* Prints what is due and frees it; false (errno) if the stream failed. */
bool out_close(struct out *);

/* Appends a JSON string with its quotes. */
void out_json_string(struct buf *, const char *, size_t);

#endif
