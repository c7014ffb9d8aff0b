/* SPDX-License-Identifier: ISC */
/*
 * The monitoring-plugins protocol: a program's exit status (0 ok, 1 warning, 2
 * critical, 3 unknown), its first line of text, performance data behind '|'.
 */
#ifndef UPTIME_PROBE_PLUGIN_H
#define UPTIME_PROBE_PLUGIN_H

#include "uptime/probe.h"

struct loop;
struct plugins;

struct plugins *plugins_new(struct loop *);
/* Kills what still runs. */
void plugins_free(struct plugins *);

/*
 * Runs argv (without a shell, in a process group of its own, standard input
 * from /dev/null, a clean environment) and fills the probe: plugin, body (the
 * text, standard error if there was no other), times.total, and a reason:
 * PLUGIN_WARNING, CRITICAL, UNKNOWN, TIMEOUT (the whole group was killed),
 * BROKEN (cannot be run, killed by a signal, another exit status).  done is
 * called once, from loop_turn.
 */
void plugin_start(struct plugins *, char *const *argv, int timeout_ms,
    struct probe *, void (*done)(void *, struct probe *), void *arg);

/* One value of the performance data of a plugin's text. */
struct plugin_value {
	char label[64];
	double value;
	char unit[8];
};
/* Pure.  How many were found, at most max are written. */
size_t plugin_values(const char *text, size_t n, struct plugin_value *,
    size_t max);

#endif
