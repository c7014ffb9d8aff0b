/* SPDX-License-Identifier: ISC */
/*
 * Are we on the air?  Pure.
 */
#ifndef UPTIME_JUDGE_SELF_H
#define UPTIME_JUDGE_SELF_H

#include <stdbool.h>

/* Two thirds of the witnesses must be silent before it is us (of one or two:
 * all); without any nothing excuses a failure. */
bool self_online(int answered, int asked);

#endif
