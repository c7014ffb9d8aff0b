/* SPDX-License-Identifier: ISC */
/* What a run has to tell: one mail an owner. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/mail/post.h"
#include "uptime/conf/conf.h"
#include "uptime/tally.h"

/* The notices of a run, each with the site whose owners are told. */
struct notices {
	struct notice *notice;
	size_t n;
};

static void
collect(struct notices *ns, const struct tally *t, struct db *db)
{
	ns->notice = xcalloc(t->n + 1, sizeof *ns->notice);
	ns->n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct outcome *o = &t->outcome[i];
		struct notice *n = &ns->notice[ns->n];

		if (o->debts == 0)
			continue;
		n->target = o->target;
		n->debts = o->debts;
		n->state = o->row.state;
		n->verdict = *o->verdict;
		n->evidence = o->evidence;
		n->began = o->debts & (DEBT_DOWN | DEBT_WORSE) ?
		    o->row.state.down_since :
		    o->before.down_since;
		n->last_good = n->began != 0 ?
		    sample_last_good(db, o->row.id, n->began) :
		    0;
		n->incident = o->told;
		ns->n++;
	}
}

static size_t
mail(const struct tally *t, struct db *db, bool dry, const char *to,
    const char *story, const char *state, const char *subject,
    const struct buf *body)
{
	const struct message_extra extra[] = {
		{ "X-Sitewatch-Host", t->conf->vantage },
		{ "X-Sitewatch-Program", "site-uptime" },
		{ "X-Sitewatch-State", state },
	};
	struct post p = { .program = "site-uptime",
		.state = t->conf->state,
		.to = to,
		.story = story,
		.subject = subject,
		.body = body,
		.extra = extra,
		.nextra = sizeof extra / sizeof *extra,
		.now = t->now };

	log_info("mail for %s: %s", to, subject);
	if (dry)
		printf("To: %s\nSubject: %s\n\n%s\n", to, subject,
		    buf_str(body));
	else
		post_put(db, &t->conf->mail, &p);
	return 1;
}

static const char *
debt_word(unsigned debts)
{
	if (debts & DEBT_DOWN)
		return "down";
	if (debts & DEBT_UP)
		return "up";
	return debts & DEBT_WORSE ? "degraded" : "whole";
}

/* Who is told: the site's owners, or admin. */
static char *const *
owners_of(const struct tally *t, const struct notice *n, size_t *count)
{
	const struct site *s = n->target->site;

	*count = s->nowners > 0 ? s->nowners : t->conf->mail.nadmin;
	return s->nowners > 0 ? s->owners : t->conf->mail.admin;
}

static bool
is_owner(const struct tally *t, const struct notice *n, const char *who)
{
	size_t count;
	char *const *owner = owners_of(t, n, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(owner[i], who) == 0)
			return true;
	return false;
}

static size_t
tell_owner(const struct tally *t, const struct notices *ns, struct db *db,
    bool dry, const char *who)
{
	const struct notice **mine = xcalloc(ns->n + 1, sizeof *mine);
	struct notify_env env = { t->conf->vantage, t->conf->path, t->now };
	char story[48];
	struct buf subject, body;
	size_t n = 0;

	for (size_t i = 0; i < ns->n; i++)
		if (is_owner(t, &ns->notice[i], who))
			mine[n++] = &ns->notice[i];
	notify_order(mine, n);
	buf_init(&subject, 1000);
	buf_init(&body, SIZE_MAX);
	notify_subject(&subject, mine, n, &env);
	notify_body(&body, mine, n, &env);
	/* the mails of an incident are one thread */
	snprintf(story, sizeof story, "incident-%lld",
	    (long long)mine[0]->incident);
	n = mail(t, db, dry, who, mine[0]->incident != 0 ? story : NULL,
	    debt_word(mine[0]->debts), buf_str(&subject), &body);
	buf_free(&subject);
	buf_free(&body);
	free(mine);
	return n;
}

size_t
tally_tell(struct tally *t, struct db *db, bool dry)
{
	struct notices ns;
	size_t mails = 0;

	collect(&ns, t, db);
	for (size_t i = 0; i < ns.n; i++) {
		size_t count;
		char *const *owner = owners_of(t, &ns.notice[i], &count);

		for (size_t k = 0; k < count; k++) {
			size_t before = 0;

			while (before < i &&
			    !is_owner(t, &ns.notice[before], owner[k]))
				before++;
			if (before == i)
				mails += tell_owner(t, &ns, db, dry, owner[k]);
		}
	}
	free(ns.notice);
	return mails;
}

size_t
tally_tell_admin(struct tally *t, struct db *db, bool dry, const char *subject,
    const struct buf *body)
{
	size_t mails = 0;

	for (size_t i = 0; i < t->conf->mail.nadmin; i++)
		mails += mail(t, db, dry, t->conf->mail.admin[i], NULL, "self",
		    subject, body);
	return mails;
}
