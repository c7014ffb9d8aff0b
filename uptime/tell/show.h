/* SPDX-License-Identifier: ISC */
/*
 * A verdict as text: the table of layers for a person, one line, and the forms
 * that other programs read.  Pure.  Everything from outside is cleaned.  What
 * is added ends with a LF.  A sight may be NULL where it is not known: then
 * the verdict is told without addresses.
 */
#ifndef UPTIME_TELL_SHOW_H
#define UPTIME_TELL_SHOW_H

#include <stdbool.h>

struct buf;
struct sight;
struct target;
struct verdict;

/* Colour (SGR sequences) only when asked for. */
/* "DOWN      https://www.example.com/  TLS: the certificate has expired (…)" */
void show_line(struct buf *, const struct target *, const struct verdict *,
    bool colour);
/*
 * The verdict; the layer table with timings: what each layer came to and what
 * else was found there; every hop and address; the certificate, until when
 * caches help, and who is to blame.
 */
void show_table(struct buf *, const struct target *, const struct verdict *,
    const struct sight *, bool colour);

/* The same without the verdict and whom to blame, for a mail that says these
 * in its own words. */
void show_evidence(struct buf *, const struct target *, const struct verdict *,
    const struct sight *);

/* "SITE-UPTIME CRITICAL - … | time=0.123s;2;10;0 …", one line; the labels of
 * a target never change, what is not known is U. */
void show_nagios(struct buf *, const struct target *, const struct verdict *,
    const struct sight *);
/* 0, 1, 2, 3 as the monitoring-plugins guidelines have it. */
int show_nagios_status(const struct verdict *);
/* One object, one line. */
void show_json(struct buf *, const struct target *, const struct verdict *,
    const struct sight *);
/* The head, and a line: target, grade, layer, reason, address counts, times in
 * ms, detail. */
void show_tsv_head(struct buf *);
void show_tsv(struct buf *, const struct target *, const struct verdict *);

#endif
