/* SPDX-License-Identifier: ISC */
/*
 * One run.  The database is closed while the round is out in the world, so
 * that `status` can look at any time; the lock keeps other runs away.
 */
#include "uptime/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/step.h"
#include "common/host/claim.h"
#include "common/host/lock.h"
#include "common/mail/mail_start.h"
#include "common/mail/outbox.h"
#include "uptime/conf/conf.h"
#include "uptime/store/store.h"
#include "uptime/tally.h"

#define HARD_MARGIN 120 /* s beyond the deadlines, then SIGALRM */
#define BLIND_LONG 3600 /* s; shorter ones are told when they are over */

struct run {
	const struct uptime_conf *conf;
	bool dry;
	int64_t now;
	struct lock lock;
	struct tally tally;
	bool lost; /* the state was, and admin is to be told */
	bool mail_due;
	size_t mails;
};

static struct db *
open_store(struct run *r)
{
	struct db *db = uptime_store_open(r->conf->state,
	    r->dry ? DB_SCRATCH : DB_WRITE);

	r->lost |= db_lost(db) != DB_KEPT;
	return db;
}

/* A state that moves owes mail: no room for it, no probing. */
static bool
outbox_has_room(struct run *r, struct db *db)
{
	struct outbox_counts c;

	outbox_count(db, r->now, &c);
	r->mail_due = c.due > 0;
	if (c.messages < OUTBOX_MAX)
		return true;
	log_error("%lld mails wait in the outbox: nothing is probed until they "
		  "are gone (site-uptime mail list)",
	    (long long)c.messages);
	return false;
}

/* ---- what admin is told of ourselves ------------------------------------- */

static void
tell_admin(struct run *r, struct db *db, const char *subject, const char *text)
{
	struct buf body;

	log_warn("%s", text);
	buf_init(&body, SIZE_MAX);
	buf_adds(&body, text);
	buf_addc(&body, '\n');
	r->mails += tally_tell_admin(&r->tally, db, r->dry, subject, &body);
	buf_free(&body);
}

/* Cut off for so long, or the resolvers and witnesses are badly chosen: the
 * mail may go another way than the probes. */
static void
tell_long_blind(struct run *r, struct db *db, int64_t since)
{
	char from[CLOCK_TEXT], text[512];

	if (fact_get(db, "blind-told") != 0)
		return;
	fact_put(db, "blind-told", r->now);
	snprintf(text, sizeof text,
	    "This host has been cut off since %s, or its resolvers and "
	    "witnesses are: none of them answers, and nothing is said of any "
	    "site while that lasts.  See resolvers and witnesses in %s.",
	    clock_local(since, from), r->conf->path);
	tell_admin(r, db, "[BLIND] site-uptime sees nothing", text);
}

/* Cut off: said once when it begins, mailed once when it is over. */
static void
tell_blind(struct run *r, struct db *db)
{
	struct tally *t = &r->tally;
	struct notify_env env = { r->conf->vantage, r->conf->path, r->now };
	int64_t since = fact_get(db, "blind-since");
	int64_t targets = fact_get(db, "blind-targets");
	struct buf subject, body;

	if (tally_is_blind(t)) {
		if (since == 0) {
			fact_put(db, "blind-since", r->now);
			log_error("this host is cut off: no evidence of %zu "
				  "targets (site-uptime status says why)",
			    t->offline);
		} else if (r->now - since >= BLIND_LONG)
			tell_long_blind(r, db, since);
		if ((int64_t)t->offline > targets)
			fact_put(db, "blind-targets", (int64_t)t->offline);
		return;
	}
	if (since == 0 || t->asked == 0)
		return;
	buf_init(&subject, 1000);
	buf_init(&body, SIZE_MAX);
	notify_blind(&subject, &body, since, r->now, (size_t)targets, &env);
	r->mails += tally_tell_admin(t, db, r->dry, buf_str(&subject), &body);
	buf_free(&subject);
	buf_free(&body);
	fact_put(db, "blind-since", 0);
	fact_put(db, "blind-targets", 0);
	fact_put(db, "blind-told", 0);
}

/* What we cannot judge though we are on the air is for admin to mend. */
static void
tell_unjudged(struct run *r, struct db *db)
{
	char from[CLOCK_TEXT], subject[80];
	struct buf list, text;
	size_t n;

	buf_init(&list, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	n = tally_unjudged(&r->tally, db, &list);
	if (n > 0) {
		snprintf(subject, sizeof subject,
		    "[BLIND] no evidence of %zu target%s", n,
		    n == 1 ? "" : "s");
		buf_addf(&text,
		    "For %s nothing can be said of the following, and it is "
		    "not the\nsite's fault; while it lasts nobody is told when "
		    "they break.\n\n%s",
		    clock_span(STATE_ALWAYS, from), buf_str(&list));
		r->mails += tally_tell_admin(&r->tally, db, r->dry, subject,
		    &text);
	}
	buf_free(&list);
	buf_free(&text);
}

/* Did cron forget us? */
static bool
was_gap(const struct run *r)
{
	return r->conf->every != 0 && r->lock.last_end != 0 &&
	    r->now - r->lock.last_end > r->conf->every * 5 / 2;
}

/* A gap in the runs; a state that was lost. */
static void
tell_self(struct run *r, struct db *db)
{
	int64_t last = r->lock.last_end, gap = r->now - last;
	char from[CLOCK_TEXT], span[CLOCK_TEXT], every[CLOCK_TEXT], text[512];
	char *lost = db_lost_text(db, "outages");

	if (was_gap(r)) {
		snprintf(text, sizeof text,
		    "There was no run for %s, since %s; every = %s was "
		    "promised.  What the sites did in that time nobody saw.  "
		    "Was the machine down, is cron running?",
		    clock_span(gap, span), clock_local(last, from),
		    clock_span(r->conf->every, every));
		tell_admin(r, db, "site-uptime did not run", text);
	}
	if (lost != NULL)
		tell_admin(r, db, "site-uptime lost its state", lost);
	free(lost);
	db_lost_told(db);
}

/* ---- the transaction ----------------------------------------------------- */

static void
write_run(struct run *r, struct db *db)
{
	const struct tally *t = &r->tally;
	struct uptime_run row = { .started = r->now,
		.ended = clock_now(),
		.probed = (int64_t)t->n,
		.failed = (int64_t)t->failed,
		.blind = (int64_t)t->blind,
		.mails = (int64_t)r->mails };

	uptime_run_put(db, &row);
}

static void
commit(struct run *r, struct db *db)
{
	db_begin(db);
	tally_write(&r->tally, db);
	STEP("uptime:states");
	r->mails += tally_tell(&r->tally, db, r->dry);
	tell_blind(r, db);
	tell_unjudged(r, db);
	tell_self(r, db);
	STEP("uptime:outbox");
	write_run(r, db);
	uptime_prune(db, r->now, r->conf->keep);
	outbox_prune(db, r->now);
	STEP("uptime:commit");
	if (r->dry)
		db_rollback(db);
	else
		db_commit(db);
	STEP("uptime:committed");
	r->mail_due |= r->mails > 0;
	/* else sitewatch-mail does it, when mail is sent */
	if (!r->mail_due)
		db_backup(db, r->now);
}

/* True: the mailer has something to do. */
static bool
work(struct run *r)
{
	struct db *db = open_store(r);
	struct target_rows rows;
	bool room = outbox_has_room(r, db);

	if (room)
		targets_load(db, &rows);
	db_close(db);
	if (!room)
		return false;
	tally_take(&r->tally, r->conf, &rows, r->now);
	targets_free(&rows);
	if (r->tally.stats.cut)
		log_warn("the deadline of %llds came first: some targets were "
			 "not probed; the next run has them",
		    (long long)r->conf->deadline);
	/* the end of this run makes the gap unseen */
	if (r->tally.n == 0 && !was_gap(r) && !r->lost)
		return true;
	db = open_store(r);
	commit(r, db);
	db_close(db);
	return true;
}

/* A file whose time says that we are alive. */
static bool
heartbeat(const struct run *r)
{
	const char *path = r->conf->heartbeat;
	int fd;

	if (path == NULL || r->dry)
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd == -1 || futimens(fd, NULL) == -1) {
		log_error("heartbeat %s: %m", path);
		if (fd != -1)
			close(fd);
		return false;
	}
	close(fd);
	return true;
}

static int
run_locked(struct run *r)
{
	struct mail_call call = uptime_conf_call(r->conf);
	int status = EX_OK;
	bool room = work(r);

	if (r->mail_due && !r->dry)
		status = mail_start(&call, &r->lock,
		    r->conf->mail.deadline + HARD_MARGIN / 2);
	if (status == EX_OK &&
	    (!room || r->tally.stats.cut || tally_is_blind(&r->tally)))
		status = EX_TEMPFAIL;
	if (!heartbeat(r))
		status = EX_IOERR;
	if (r->dry && (fflush(stdout) == EOF || ferror(stdout))) {
		log_error("standard output: %m");
		status = EX_IOERR;
	}
	tally_free(&r->tally);
	return status;
}

static void
on_alarm(int sig)
{
	static const char text[] =
	    "site-uptime: the run hung and was ended; nothing was stored, the "
	    "next one probes anew\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof text - 1) == -1)
		_exit(EX_TEMPFAIL);
	_exit(EX_TEMPFAIL);
}

int
uptime_run_once(const struct uptime_conf *conf, bool dry)
{
	struct run r = { .conf = conf, .dry = dry, .now = clock_now() };
	/* rechecks may well last into cron's next minute */
	const struct claim_busy busy = { 0,
		conf->deadline + conf->mail.deadline + HARD_MARGIN,
		"this one leaves the work to it" };
	int status;

	status = claim_state(&r.lock, conf->state,
	    dry ? CLAIM_DRY : CLAIM_WRITE, &busy);
	if (status != 0)
		return status;
	signal(SIGALRM, on_alarm);
	alarm((unsigned)(conf->deadline + conf->mail.deadline + HARD_MARGIN));
	if (!dry)
		lock_stamp_start(&r.lock, r.now);
	status = run_locked(&r);
	if (!dry)
		lock_stamp_end(&r.lock, clock_now());
	if (r.lock.fd != -1)
		lock_drop(&r.lock);
	return status;
}
