/* SPDX-License-Identifier: ISC */
/* The ways mail can take in a run. */
#include "common/mail/deliver_ways.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/mail/mail_conf.h"

/* So often in a row and a relay is left alone for the rest of the run. */
#define FAILURES_MAX 2
#define CODE_CLOSING 421 /* about the relay, not about the mail */

void
deliver_ways_open(struct deliver_ways *w, const struct mail_conf *conf)
{
	size_t i;

	memset(w, 0, sizeof *w);
	w->conf = conf;
	w->end = deadline_in(conf->deadline * 1000);
	w->n = conf->transport == MAIL_SMTP ? conf->nrelays : 1;
	w->way = xcalloc(w->n, sizeof *w->way);
	for (i = 0; i < w->n; i++) {
		if (conf->transport == MAIL_SMTP)
			w->way[i].relay = &conf->relays[i];
		w->way[i].transport = transport_of(conf, w->way[i].relay);
		w->way[i].name = w->way[i].relay != NULL ?
		    w->way[i].relay->url :
		    w->way[i].transport->name;
	}
}

void
deliver_ways_close(struct deliver_ways *w)
{
	free(w->way);
	memset(w, 0, sizeof *w);
}

bool
deliver_ways_left(const struct deliver_ways *w)
{
	size_t i;

	if (deadline_passed(w->end))
		return false;
	for (i = 0; i < w->n; i++)
		if (w->way[i].failures < FAILURES_MAX)
			return true;
	return false;
}

/* Did it not even come to speak of the recipients? */
static bool
is_failure(const struct transport_result *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (r[i].status != TRANSPORT_TEMPFAIL ||
		    (r[i].code != 0 && r[i].code != CODE_CLOSING))
			return false;
	return true;
}

/* For one way, those recipients for whom it is still to be tried. */
struct part {
	struct transport_mail mail;
	const char **to;
	size_t *index; /* of each in the whole message */
	struct transport_result *result;
};

static void
part_open(struct part *p, const struct transport_mail *mail)
{
	p->mail = *mail;
	p->to = xcalloc(mail->nto, sizeof *p->to);
	p->index = xcalloc(mail->nto, sizeof *p->index);
	p->result = xcalloc(mail->nto, sizeof *p->result);
	p->mail.to = p->to;
	p->mail.report = -1;
}

static void
part_close(struct part *p)
{
	free(p->to);
	free(p->index);
	free(p->result);
}

static void
part_select(struct part *p, const struct transport_mail *mail,
    const struct transport_result *result)
{
	size_t i;

	p->mail.nto = 0;
	for (i = 0; i < mail->nto; i++) {
		if (result[i].status != TRANSPORT_TEMPFAIL || result[i].unsure)
			continue;
		p->to[p->mail.nto] = mail->to[i];
		p->index[p->mail.nto++] = i;
	}
}

static void
try_way(struct deliver_ways *w, struct deliver_way *way, struct part *p)
{
	int64_t ms = w->conf->timeout * 1000, left = deadline_left(w->end);
	size_t i;

	transport_run(way->transport, w->conf, way->relay, &p->mail,
	    ms < left ? ms : left, p->result);
	if (is_failure(p->result, p->mail.nto))
		way->failures++;
	else
		way->failures = 0;
	for (i = 0; i < p->mail.nto && way->now[0] == '\0'; i++)
		if (p->result[i].status == TRANSPORT_TEMPFAIL)
			memcpy(way->now, p->result[i].text, sizeof way->now);
	if (way->now[0] != '\0')
		log_info("%s: %s", way->name, way->now);
}

void
deliver_ways_send(struct deliver_ways *w, const struct transport_mail *mail,
    struct transport_result *result, size_t *by)
{
	struct part p;
	size_t i, k;

	part_open(&p, mail);
	transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0, "not tried");
	for (k = 0; k < mail->nto; k++)
		by[k] = w->n;
	for (i = 0; i < w->n; i++)
		w->way[i].now[0] = '\0';
	for (i = 0; i < w->n && !deadline_passed(w->end); i++) {
		part_select(&p, mail, result);
		if (p.mail.nto == 0)
			break;
		if (w->way[i].failures >= FAILURES_MAX)
			continue;
		try_way(w, &w->way[i], &p);
		for (k = 0; k < p.mail.nto; k++) {
			result[p.index[k]] = p.result[k];
			by[p.index[k]] = i;
		}
	}
	part_close(&p);
}
