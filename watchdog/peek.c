/* SPDX-License-Identifier: ISC */
/* A command's look into the state. */
#include "watchdog/peek.h"

#include <stddef.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/host/claim.h"
#include "watchdog/store/store.h"

#define LOCK_WAIT 5000 /* ms for a run that is at work */

int
peek_open(struct peek *p, const char *state)
{
	const struct claim_busy busy = { LOCK_WAIT, 0, "try again" };
	int status = claim_state(&p->lock, state, CLAIM_READ, &busy);

	if (status != EX_OK)
		return status;
	if ((p->db = store_open(state, DB_READ)) != NULL)
		return EX_OK;
	log_error("%s: there was no run yet", state);
	lock_drop(&p->lock);
	return EX_IOERR;
}

void
peek_close(struct peek *p)
{
	db_close(p->db);
	lock_drop(&p->lock);
}
