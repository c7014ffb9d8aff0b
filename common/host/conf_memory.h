/* SPDX-License-Identifier: ISC */
/*
 * libConfuse 3.3 does not look at what malloc answers: a value whose copy
 * could not be had is silently missing, or the library crashes.  Between these
 * two either ends the program as our own allocations do (71, one line).
 * Private to conf.
 */
#ifndef COMMON_HOST_CONF_MEMORY_H
#define COMMON_HOST_CONF_MEMORY_H

void conf_memory_watch(void);
void conf_memory_check(void);

#endif
