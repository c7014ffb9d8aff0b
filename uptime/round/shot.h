/* SPDX-License-Identifier: ISC */
/*
 * One attempt at one address: waits for its turn, takes the target's steps
 * (log in, then ask), then asks.
 */
#ifndef UPTIME_ROUND_SHOT_H
#define UPTIME_ROUND_SHOT_H

#include <stddef.h>

#include "uptime/probe.h"
#include "uptime/site.h"

struct fetch;
struct gates;

struct shot_ask {
	struct fetch *fetch;
	struct gates *gates;
	const struct target *target;
	const struct url *url; /* where a redirect leads; NULL: the target's */
	const char *host;
	struct ip ip; /* with the port */
};

/* Fills the probe, which is initialised here, and calls done once; the caller
 * keeps everything it asked with until then. */
void shot_start(const struct shot_ask *, struct probe *,
    void (*done)(void *, struct probe *), void *arg);

#endif
