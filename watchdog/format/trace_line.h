/* SPDX-License-Identifier: ISC */
/* What lines of traces look like by themselves: those of Go and Node.  Pure.
 * None is empty. */
#ifndef WATCHDOG_FORMAT_TRACE_LINE_H
#define WATCHDOG_FORMAT_TRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* "main.main()", "created by net/http.(*Server).Serve", "exit status 2",
 * "rax    0x0" */
bool trace_go_frame(const char *, size_t);
/* What stands in front of the reason of a crash. */
bool trace_go_words(const char *, size_t);
/* What may stand behind that. */
bool trace_go_continues(const char *, size_t);
/* "/srv/app/x.js:12", "node:fs:573", "<anonymous_script>:1" and nothing
 * else */
bool trace_node_place(const char *, size_t);

#endif
