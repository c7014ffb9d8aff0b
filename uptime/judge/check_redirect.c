/* SPDX-License-Identifier: ISC */
/* Whether and where a redirect is followed. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "uptime/judge/check_parts.h"

#define SHOWN 100 /* characters of an address */

bool
check_leads(const struct sight *s, size_t hop, const struct probe *p,
    struct url *to, const char **wrong)
{
	const struct target *t = s->target;
	int status = p->status;

	if (t->kind != TARGET_URL || t->redirects == REDIRECTS_NONE)
		return false;
	if (p->reason != REASON_NONE || p->location == NULL)
		return false;
	if (status != 301 && status != 302 && status != 303 && status != 307 &&
	    status != 308)
		return false;
	if (check_status(&t->expect, status))
		return false;
	*wrong = url_join(check_url(s, hop), p->location, to);
	return true;
}

static const char *
without_www(const char *host)
{
	return strncmp(host, "www.", 4) == 0 ? host + 4 : host;
}

bool
check_same_host(const struct url *a, const struct url *b)
{
	return strcmp(without_www(a->host), without_www(b->host)) == 0;
}

static bool
listed(const struct target *t, const char *host)
{
	for (size_t i = 0; i < t->nredirect_to; i++)
		if (strcasecmp(t->redirect_to[i], host) == 0)
			return true;
	return false;
}

static bool
visited(const struct sight *s, const struct url *to)
{
	for (size_t i = 0; i < s->nhop; i++)
		if (strcmp(check_url(s, i)->text, to->text) == 0)
			return true;
	return false;
}

/* The text with, in front of it, where it leads, cleaned. */
static enum reason
refuse(char why[PROBE_DETAIL], enum reason reason, const char *url,
    const char *text)
{
	struct buf b;

	buf_init(&b, BUFSIZ);
	buf_adds(&b, "leads to ");
	text_shorten(&b, url, strlen(url), SHOWN);
	if (text != NULL)
		buf_adds(&b, text);
	check_detail(why, &b);
	buf_free(&b);
	return reason;
}

/* REASON_NONE, or why we do not go there. */
static enum reason
judge_place(const struct sight *s, const struct url *to, char why[PROBE_DETAIL])
{
	const struct target *t = s->target;
	const struct url *first = check_url(s, 0);
	const struct url *from = check_url(s, s->nhop - 1);
	char text[64];

	if (visited(s, to))
		return refuse(why, REASON_REDIRECT_LOOP, to->text,
		    ", where it came from");
	if (s->nhop >= CHECK_HOPS) {
		snprintf(text, sizeof text, ": more than %d redirects",
		    CHECK_HOPS - 1);
		return refuse(why, REASON_REDIRECT_LOOP, to->text, text);
	}
	if (to->ip.family != 0 && check_address(t->site, &to->ip) != NULL) {
		snprintf(text, sizeof text, ", a %s address",
		    check_address(t->site, &to->ip));
		return refuse(why, REASON_REDIRECT_PRIVATE, to->text, text);
	}
	if (t->redirects == REDIRECTS_ANY || listed(t, to->host))
		return REASON_NONE;
	if (!check_same_host(to, first) && !check_same_host(to, from))
		return refuse(why, REASON_REDIRECT, to->text, NULL);
	if (from->tls && !to->tls)
		return refuse(why, REASON_REDIRECT, to->text,
		    ", from https to http");
	return REASON_NONE;
}

/* The same for one reply: REASON_NONE and *to, owned, or why not. */
static enum reason
judge_reply(const struct sight *s, const struct probe *p, struct url *to,
    char why[PROBE_DETAIL], bool *leads)
{
	const char *wrong = NULL;
	enum reason reason;
	char text[PROBE_DETAIL];

	*leads = check_leads(s, s->nhop - 1, p, to, &wrong);
	if (!*leads)
		return REASON_NONE;
	if (wrong != NULL) {
		snprintf(text, sizeof text, ": %s", wrong);
		return refuse(why, REASON_REDIRECT_BAD, p->location, text);
	}
	reason = judge_place(s, to, why);
	if (reason != REASON_NONE)
		url_free(to);
	return reason;
}

/*
 * Whatever the order of the replies, the same one decides: of those that may
 * be followed, and else of those that may not, the lowest address's.
 */
bool
check_redirect(const struct sight *s, struct url *next, enum reason *reason,
    char why[PROBE_DETAIL])
{
	const struct hop *h = &s->hop[s->nhop - 1];
	const struct probe *good = NULL, *bad = NULL;
	char text[PROBE_DETAIL];
	struct url to;
	bool leads;

	*reason = REASON_NONE;
	*why = '\0';
	for (size_t i = 0; i < h->n; i++) {
		const struct probe *p = &h->probe[i];
		enum reason r = judge_reply(s, p, &to, text, &leads);

		if (!leads)
			continue;
		if (r != REASON_NONE) {
			if (bad != NULL && ip_compare(&bad->ip, &p->ip) <= 0)
				continue;
			bad = p;
			*reason = r;
			memcpy(why, text, sizeof text);
		} else if (good == NULL || ip_compare(&p->ip, &good->ip) < 0) {
			if (good != NULL)
				url_free(next);
			good = p;
			*next = to;
		} else
			url_free(&to);
	}
	if (good == NULL)
		return false;
	*reason = REASON_NONE;
	*why = '\0';
	return true;
}
