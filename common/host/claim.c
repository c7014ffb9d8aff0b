/* SPDX-License-Identifier: ISC */
/* How a command gets its state to itself. */
#include "common/host/claim.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/host/lock.h"
#include "common/host/statedir.h"

static void
say_busy(const struct lock *l, const char *state, const struct claim_busy *busy)
{
	int64_t age = clock_now() - l->last_start;
	char when[CLOCK_TEXT];

	clock_local(l->last_start, when);
	if (age >= 0 && age < busy->patience)
		log_info("another run holds %s.lock since %s; %s", state, when,
		    busy->text);
	else
		log_error("another run holds %s.lock since %s; %s", state, when,
		    busy->text);
}

int
claim_state(struct lock *l, const char *state, enum claim_mode mode,
    const struct claim_busy *busy)
{
	char *what = NULL;
	bool missing = mode != CLAIM_WRITE && access(state, F_OK) == -1;

	l->fd = -1;
	if (missing && mode == CLAIM_DRY)
		return 0;
	/* the lock file is the first run's to make, and its user's */
	if (missing) {
		log_error("%s: %m (was there a run yet?)", state);
		return EX_IOERR;
	}
	if (mode == CLAIM_WRITE)
		what = statedir_prepare(state);
	else if (mode == CLAIM_DRY)
		what = statedir_check(state);
	if (what != NULL) {
		log_error("%s", what);
		free(what);
		return EX_IOERR;
	}
	switch (lock_take(l, state, busy->wait_ms)) {
	case LOCK_TAKEN:
		return 0;
	case LOCK_BUSY:
		say_busy(l, state, busy);
		return EX_TEMPFAIL;
	case LOCK_ERROR:
		break;
	}
	/* nobody writes there: it can be read without */
	if (mode != CLAIM_WRITE && errno == EROFS) {
		l->last_end = lock_last_end(state);
		return 0;
	}
	lock_complain(state);
	return EX_IOERR;
}
