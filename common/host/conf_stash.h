/* SPDX-License-Identifier: ISC */
/*
 * libConfuse 3.3 compares the title of a section with those of all before it:
 * of 10,000 sites that is half a second.  So what it has parsed is taken away
 * from it, a handful at a time, and put back at the end.
 */
#ifndef COMMON_HOST_CONF_STASH_H
#define COMMON_HOST_CONF_STASH_H

#include <stddef.h>

#include <confuse.h>

struct conf_stash {
	struct conf_chunk *chunk;
	size_t n;
};

/* From libConfuse's validcb, after each section: all zero is an empty one. */
void conf_stash_take(struct conf_stash *, cfg_opt_t *);
/* Puts everything back, in the order of the file; before anybody looks, and
 * before cfg_free. */
void conf_stash_return(struct conf_stash *);
/* After that: titles that libConfuse could not see to be there already. */
void conf_stash_twice(const struct conf_stash *,
    void (*each)(void *, const cfg_t *again), void *arg);
/* The sections are the configuration's. */
void conf_stash_free(struct conf_stash *);

#endif
