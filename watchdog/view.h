/* SPDX-License-Identifier: ISC */
/*
 * What filter, new and explain have in common: the options that stand in for
 * a configuration, and how a record is printed.
 */
#ifndef WATCHDOG_VIEW_H
#define WATCHDOG_VIEW_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "watchdog/read/format.h"

struct ignore;
struct record;

struct view {
	const char *name;            /* of the command, for messages */
	const struct format *format; /* NULL: auto */
	struct format *own_format;   /* the same, if -f made it */
	enum level level;            /* --level, or NONE */
	const char **rules;          /* -r, in order */
	size_t nrules;
	struct ignore *ignore; /* once view_ready was called */
	struct span *docroot;
	size_t ndocroot;
	char *section; /* --section, normalised, or NULL */
	bool json;
	bool fields_wanted;          /* the caller looks at them */
	bool failed;                 /* stdout took not everything */
	struct fields fields;        /* of the record that view_wants saw */
	struct buf out, place, room; /* for one record */
};

/* getopt_long(3)'s letters and words for them; a command adds its own. */
#define VIEW_LETTERS "f:r:"
#define VIEW_LONGS \
	{ "format", required_argument, NULL, 'f' }, \
	    { "rules", required_argument, NULL, 'r' }, \
	    { "docroot", required_argument, NULL, 'D' }, \
	    { "section", required_argument, NULL, 'S' }, \
	    { "level", required_argument, NULL, 'L' }, \
	{ \
		"json", no_argument, NULL, 'J' \
	}

void view_init(struct view *, const char *name);
/* 0: taken; else the exit status for a bad value or unknown option. */
int view_option(struct view *, int letter, char *arg);
/* Loads the rules; 0, or 64 when one is broken (all are told). */
int view_ready(struct view *);
void view_free(struct view *);

/* The record's place in the site, "" if none; valid until the next call. */
const char *view_place(struct view *, const struct fields *);
/* Parses it.  Is it an error, and in the section asked for? */
bool view_wants(struct view *, const struct format *, const struct record *);
/* Prints the record that view_wants saw: as it is, or as JSON. */
void view_print(struct view *, const struct format *, const struct record *,
    const char *file);
/* The JSON members of a record, without braces, into v->out. */
void view_json(struct view *, const struct format *, const struct record *,
    const char *file);

#endif
