/* SPDX-License-Identifier: ISC */
/*
 * What filter, new, explain and try have in common: the options that stand in
 * for a configuration, and how a record is printed.
 */
#ifndef WATCHDOG_CMD_VIEW_H
#define WATCHDOG_CMD_VIEW_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "common/base/text.h"
#include "watchdog/format/format.h"

struct docroot;
struct ignore;
struct log_conf;
struct options;
struct record;
struct scan;
struct watchdog_conf;

struct view {
	const char *name;            /* of the command, for messages */
	const struct format *format; /* NULL: auto */
	struct format *own_format;   /* the same, if -f made it */
	enum level level;            /* --level, or NONE */
	const char **rules;          /* -r, in order */
	size_t nrules;
	struct ignore *ignore; /* once view_ready was called */
	struct docroot *docroot;
	size_t ndocroot;
	bool usual;            /* nobody named a docroot */
	char *section;         /* --section, normalised, or NULL */
	char group[HASH_TEXT]; /* --group: how the fingerprint begins */
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
	    { "group", required_argument, NULL, 'G' }, \
	    { "level", required_argument, NULL, 'L' }, \
	{ \
		"json", no_argument, NULL, 'J' \
	}

void view_init(struct view *, const char *name);
/* 0: taken; else the exit status for a bad value or unknown option. */
int view_option(struct view *, int letter, char *arg);
/*
 * Reads the configuration, if it was named or is there (else conf is empty),
 * and adds to the view what it says of the log that the file belongs to, also
 * as a rotated generation: format, rules, docroots.  path NULL: the log of a
 * configuration that has only one.  *log: that one, or NULL.  Returns 0, or
 * 78.
 */
int view_settle(struct view *, const struct options *, const char *path,
    struct watchdog_conf *conf, const struct log_conf **log);
/* Loads the rules; 0, or 64 when one is broken (all are told). */
int view_ready(struct view *);
void view_free(struct view *);

/* The record's place in the site, "" if none; valid until the next call. */
const char *view_place(struct view *, const struct fields *);
/* Were only some records asked for, by section or group? */
bool view_picks(const struct view *);
/* Parses it.  Is it an error, in the section and of the group asked for, and
 * not hidden by a rule that has conditions?  (The others were asked before;
 * rules NULL: none is.) */
bool view_wants(struct view *, const struct format *, struct ignore *rules,
    const struct record *);
/* A pass over a whole file of that name; end -1: a pipe, until it ends.
 * False: errno. */
bool view_scan(struct scan *, const char *name, int fd, int64_t end);
/* Likewise over all that a journal has of "journal:UNIT"; false: told. */
bool view_scan_journal(struct scan *, const char *name, const char *directory);
/* Prints the record that view_wants saw: as it is, or as JSON. */
void view_print(struct view *, const struct format *, const struct record *,
    const char *file);
/* The JSON members of a record, without braces, into v->out. */
void view_json(struct view *, const struct format *, const struct record *,
    const char *file);

#endif
