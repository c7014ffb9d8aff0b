/* SPDX-License-Identifier: ISC */
/*
 * One run: configuration -> lock -> store -> gather -> one transaction ->
 * mail.  Nothing is mailed that is not committed, nothing is committed that
 * was not read to its end.
 */
#include "watchdog/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
#include "common/mail/post.h"
#include "watchdog/alarm.h"
#include "watchdog/conf.h"
#include "watchdog/gather.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/rules.h"
#include "watchdog/stories.h"
#include "watchdog/tell/digest.h"
#include "watchdog/tell/report.h"

#define HARD_MARGIN 60 /* s beyond the deadlines, then SIGALRM */

struct run {
	const struct watchdog_conf *conf;
	bool dry;
	int64_t now;
	struct lock lock;
	struct db *db;
	struct alarms *alarms;
	struct gather gather;
	struct stories *stories;
	struct digests digests;
	int64_t mails;
	bool mail_due;
};

/* Did cron forget us? */
static void
judge_gap(struct run *r)
{
	int64_t last = r->lock.last_end, gap = r->now - last;
	char from[CLOCK_TEXT], span[CLOCK_TEXT];

	if (r->conf->every == 0 || last == 0 || gap <= r->conf->every * 5 / 2)
		return;
	alarm_event(r->alarms,
	    "There was no run for %s, since %s; every = "
	    "%llds was promised.  Was the machine down, is cron running?",
	    clock_span(gap, span), clock_local(last, from),
	    (long long)r->conf->every);
}

/* The route of the gravest group, as it is configured. */
static const char *
section_of(const struct digest *d)
{
	const struct group *g = NULL;

	if (d != NULL && d->n + d->nquiet > 0)
		g = d->n > 0 ? d->group[0] : d->quiet[0];
	return g != NULL && g->route != NULL ? g->route->name : "none";
}

/* One frozen mail into the outbox. */
static void
post(struct run *r, const char *to, const struct digest *d, const char *subject,
    const struct buf *body)
{
	static const struct digest none = { .n = 0 };
	enum level level = d != NULL ? report_level(d) : LEVEL_NONE;
	char fresh[32], back[32], growing[32], records[32];
	const struct message_extra extra[] = {
		{ "X-Sitewatch-Host", r->conf->host },
		{ "X-Sitewatch-Program", "site-watchdog" },
		{ "X-Sitewatch-Section", section_of(d) },
		{ "X-Sitewatch-Level",
		    level != LEVEL_NONE ? level_name(level) : "none" },
		{ "X-Sitewatch-New", fresh },
		{ "X-Sitewatch-Back", back },
		{ "X-Sitewatch-Growing", growing },
		{ "X-Sitewatch-Records", records },
	};
	struct post p = { .program = "site-watchdog",
		.state = r->conf->state,
		.to = to,
		.subject = subject,
		.body = body,
		.extra = extra,
		.nextra = sizeof extra / sizeof *extra,
		.now = r->now };

	if (d == NULL)
		d = &none;
	snprintf(fresh, sizeof fresh, "%zu", d->of[NOVEL_NEW]);
	snprintf(back, sizeof back, "%zu", d->of[NOVEL_BACK]);
	snprintf(growing, sizeof growing, "%zu", d->of[NOVEL_GROWING]);
	snprintf(records, sizeof records, "%lld", (long long)d->records);
	post_put(r->db, &r->conf->mail, &p);
}

static void
tell_one(struct run *r, const char *owner, const struct digest *d,
    const struct report_env *env)
{
	struct buf subject, body;

	buf_init(&subject, 1000);
	buf_init(&body, SIZE_MAX); /* the digest has its caps */
	report_subject(&subject, d, env);
	report_body(&body, d, env);
	if (r->dry)
		printf("To: %s\nSubject: %s\n\n%s\n", owner, buf_str(&subject),
		    buf_str(&body));
	else
		post(r, owner, d, buf_str(&subject), &body);
	r->mails++;
	log_info("mail for %s: %s", owner, buf_str(&subject));
	buf_free(&subject);
	buf_free(&body);
}

static const struct digest *
digest_of(const struct run *r, const char *owner)
{
	for (size_t i = 0; i < r->digests.n; i++)
		if (strcmp(r->digests.digest[i].owner, owner) == 0)
			return &r->digests.digest[i];
	return NULL;
}

/* One mail an owner; the alarms go with admin's. */
static void
tell_all(struct run *r)
{
	const struct mail_conf *mc = &r->conf->mail;
	struct report_env env = { .host = r->conf->host,
		.now = r->now,
		.since = r->lock.last_end,
		.conf = r->conf->path };
	bool admin;

	for (size_t i = 0; i < r->digests.n; i++) {
		admin = false;
		for (size_t k = 0; k < mc->nadmin; k++)
			admin |= strcmp(mc->admin[k],
				     r->digests.digest[i].owner) == 0;
		env.alarm = alarms_lines(r->alarms, &env.nalarm);
		if (!admin)
			env.nalarm = 0;
		tell_one(r, r->digests.digest[i].owner, &r->digests.digest[i],
		    &env);
	}
	env.alarm = alarms_lines(r->alarms, &env.nalarm);
	for (size_t k = 0; k < mc->nadmin && env.nalarm > 0; k++)
		if (digest_of(r, mc->admin[k]) == NULL)
			tell_one(r, mc->admin[k], NULL, &env);
}

static void
write_run(struct run *r)
{
	const struct tally *t = &r->gather.tally;
	struct store_run row = { .started = r->now,
		.ended = clock_now(),
		.records = t->records,
		.ignored = t->ignored,
		.reported = t->reported,
		.held = t->held,
		.bytes = t->bytes,
		.mails = r->mails };

	snprintf(row.status, sizeof row.status, "%s",
	    r->gather.unfinished ? "deadline" : "done");
	store_run_put(r->db, &row);
}

/* The one transaction. */
static void
commit(struct run *r)
{
	db_begin(r->db);
	tell_all(r);
	STEP("run:outbox");
	gather_write(&r->gather);
	stories_write(r->stories);
	rules_write(r->gather.ignore, r->conf, r->db, r->now);
	alarms_write(r->alarms, r->db, r->now);
	write_run(r);
	store_prune(r->db, r->now);
	outbox_prune(r->db, r->now);
	STEP("run:commit");
	if (r->dry)
		db_rollback(r->db);
	else
		db_commit(r->db);
	STEP("run:committed");
}

/* Reading stops before the outbox overflows: a log keeps, a queue does not. */
static bool
outbox_has_room(struct run *r)
{
	struct outbox_counts c;

	outbox_count(r->db, r->now, &c);
	r->mail_due = c.due > 0;
	if (c.messages < OUTBOX_MAX)
		return true;
	log_error("%lld mails wait in the outbox: no log is read until they "
		  "are gone (site-watchdog mail list)",
	    (long long)c.messages);
	return false;
}

/* When the run before began, as far as is known: one that was killed before
 * its commit was none. */
static int64_t
run_before(const struct run *r)
{
	struct store_run last;

	if (store_run_last(r->db, &last) && last.started > r->lock.last_end)
		return last.started;
	return r->lock.last_end;
}

static void
make_digests(struct run *r)
{
	int64_t before = r->lock.last_end;
	struct digest *d;

	r->stories = stories_judge(r->db, r->gather.groups, r->conf,
	    run_before(r), r->now);
	digests_make(&r->digests, r->gather.groups, r->conf->mail.admin,
	    r->conf->mail.nadmin, r->now);
	for (size_t i = 0; i < r->digests.n; i++) {
		d = &r->digests.digest[i];
		if (d->since == 0 || (before != 0 && before < d->since))
			d->since = before;
	}
}

static void
work(struct run *r)
{
	const char *const *line;
	size_t n;

	judge_gap(r);
	if (db_was_damaged(r->db))
		alarm_event(r->alarms,
		    "The state database was damaged and "
		    "has been set aside beside %s; a new one was begun.  "
		    "Errors that were told before may be told again.",
		    r->conf->state);
	gather_all(&r->gather);
	if (r->gather.unfinished)
		alarm_on(r->alarms, "behind",
		    "There is more to read than max-time or max-bytes allow.  "
		    "Each run goes on where the one before stopped, and "
		    "nothing is lost; site-watchdog status shows how far "
		    "they are.");
	alarms_settle(r->alarms, r->db, r->now);
	line = alarms_lines(r->alarms, &n);
	for (size_t i = 0; i < n; i++)
		log_warn("%s", line[i]);
	make_digests(r);
	if (gather_idle(&r->gather) && n == 0 &&
	    groups_count(r->gather.groups) == 0)
		return;
	commit(r);
	r->mail_due |= r->mails > 0;
}

static int
exit_status(const struct run *r, int mail)
{
	if (mail != EX_OK && mail != EX_TEMPFAIL)
		return mail;
	if (r->gather.broken_rules)
		return EX_CONFIG;
	if (r->gather.trouble)
		return EX_OSERR;
	return r->gather.unfinished ? EX_TEMPFAIL : mail;
}

/* With the lock held and the database open. */
static int
run_locked(struct run *r)
{
	struct mail_call call = watchdog_conf_call(r->conf);
	bool room;
	int mail = EX_OK;

	r->alarms = alarms_new();
	gather_init(&r->gather, r->conf, r->db, r->alarms, r->now,
	    run_before(r));
	if ((room = outbox_has_room(r)))
		work(r);
	/* sitewatch-mail wants the database for itself */
	db_close(r->db);
	if (r->mail_due && !r->dry)
		mail = mail_start(&call, &r->lock,
		    r->conf->mail.deadline + HARD_MARGIN / 2);
	if (!room)
		mail = EX_TEMPFAIL;
	mail = exit_status(r, mail);
	if (r->dry && (fflush(stdout) == EOF || ferror(stdout))) {
		log_error("standard output: %m");
		mail = EX_IOERR;
	}
	digests_free(&r->digests);
	stories_free(r->stories);
	gather_free(&r->gather);
	alarms_free(r->alarms);
	return mail;
}

/* The hard end: whatever hangs, cron's next run finds the field free. */
static void
on_alarm(int sig)
{
	static const char text[] =
	    "site-watchdog: the run hung and was "
	    "ended; nothing was lost, the next one reads the same again\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof text - 1) == -1)
		_exit(EX_TEMPFAIL);
	_exit(EX_TEMPFAIL);
}

int
run_once(const struct watchdog_conf *conf, bool dry)
{
	struct run r = { .conf = conf,
		.dry = dry,
		.now = clock_now(),
		.lock = { .fd = -1 } };
	const struct claim_busy busy = {
		.text = "this one leaves the work to it"
	};
	int status;

	status = claim_state(&r.lock, conf->state,
	    dry ? CLAIM_DRY : CLAIM_WRITE, &busy);
	if (status != 0)
		return status;
	signal(SIGALRM, on_alarm);
	alarm((unsigned)(conf->max_time + conf->mail.deadline + HARD_MARGIN));
	if (!dry)
		lock_stamp_start(&r.lock, r.now);
	r.db = store_open(conf->state, dry ? DB_SCRATCH : DB_WRITE);
	status = run_locked(&r);
	if (!dry)
		lock_stamp_end(&r.lock, clock_now());
	if (r.lock.fd != -1)
		lock_drop(&r.lock);
	return status;
}
