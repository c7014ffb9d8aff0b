/* SPDX-License-Identifier: ISC */
/*
 * The part of the layer table that lists each hop and each address: what it
 * answered and how long each stage took.  Pure.
 */
#ifndef UPTIME_TELL_SHOW_ADDRESS_H
#define UPTIME_TELL_SHOW_ADDRESS_H

struct buf;
struct sight;
struct verdict;

/* Nothing, when no address was asked; sight may be NULL. */
void show_addresses(struct buf *, const struct verdict *, const struct sight *);

#endif
