/* SPDX-License-Identifier: ISC */
/* What a run has to say to one person, frozen into the outbox. */
#include "common/mail/post.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/xmem.h"
#include "common/mail/mail_conf.h"
#include "common/mail/outbox.h"

/* "site-watchdog" -> "watchdog". */
static const char *
short_name(const char *program)
{
	const char *dash = strchr(program, '-');

	return dash != NULL ? dash + 1 : program;
}

static char *
message_id(const struct mail_conf *mc, const struct post *p)
{
	char hex[HASH_TEXT];
	struct buf seed;
	char *id;

	buf_init(&seed, 4096);
	buf_addf(&seed, "%s\n%lld\n%s\n%d\n%s\n", p->state, (long long)p->now,
	    p->to, (int)getpid(), p->subject);
	hash_hex(hash_bytes(seed.p, seed.len), hex);
	id = xasprintf("%s.%s@%s", hex, short_name(p->program), mc->hostname);
	buf_free(&seed);
	return id;
}

static char *
story_id(const struct mail_conf *mc, const struct post *p)
{
	char day[CLOCK_TEXT], hex[HASH_TEXT];

	clock_rfc3339(p->now, day);
	hash_hex(hash_bytes(p->to, strlen(p->to)), hex);
	if (p->story != NULL)
		return xasprintf("%s.%.16s.%s@%s", p->story, hex,
		    short_name(p->program), mc->hostname);
	return xasprintf("%.10s.%.16s.%s@%s", day, hex, short_name(p->program),
	    mc->hostname);
}

void
post_put(struct db *db, const struct mail_conf *mc, const struct post *p)
{
	char *msgid = message_id(mc, p), *story = story_id(mc, p);
	struct message m = { .from = mc->from,
		.from_name = p->program,
		.to = &p->to,
		.nto = 1,
		.subject = p->subject,
		.msgid = msgid,
		.story = story,
		.date = p->now,
		.extra = p->extra,
		.nextra = p->nextra,
		.body = buf_str(p->body),
		.nbody = p->body->len };
	struct outbox_mail o = { .kind = OUTBOX_DIGEST,
		.msgid = msgid,
		.subject = p->subject,
		.to = &p->to,
		.nto = 1,
		.now = p->now,
		.expires = p->now + mc->expire };
	struct buf data;

	buf_init(&data, SIZE_MAX);
	message_compose(&data, &m);
	o.data = data.p;
	o.len = data.len;
	outbox_put(db, &o);
	buf_free(&data);
	free(msgid);
	free(story);
}
