/* SPDX-License-Identifier: ISC */
/* Are we on the air? */
#include "uptime/judge/self.h"

bool
self_online(int answered, int asked)
{
	return asked <= 0 || 3 * (asked - answered) < 2 * asked;
}
