/* SPDX-License-Identifier: ISC */
/*
 * What container engines put around the lines of a program:
 * {"log":"text\n","stream":"stderr","time":"2026-11-28T18:00:01Z"}   Docker
 * 2026-11-28T18:00:01.123456789Z stderr F text                       kubelet
 * name-1  | text                                                     compose
 * Docker and the kubelet cut long lines: those parts are put together again.
 */
#include <string.h>

#include "common/base/span.h"
#include "watchdog/format/envelope.h"
#include "watchdog/format/json.h"
#include "watchdog/format/when.h"

#define NAME_LEN 64 /* of a service */

struct docker {
	struct span log, stream, time;
};

static void
on_member(void *arg, const struct json_member *m)
{
	struct docker *d = arg;

	if (m->depth != 1 || m->kind != JSON_STRING)
		return;
	if (m->name.n == 3 && memcmp(m->name.p, "log", 3) == 0)
		d->log = m->value;
	else if (m->name.n == 6 && memcmp(m->name.p, "stream", 6) == 0)
		d->stream = m->value;
	else if (m->name.n == 4 && memcmp(m->name.p, "time", 4) == 0)
		d->time = m->value;
}

static bool
open_docker(struct span s, struct envelope *e)
{
	struct docker d = { .log = { NULL, 0 } };
	size_t n = 0;

	if (!span_begins(s, "{\"log\":\"") || !json_walk(s, on_member, &d) ||
	    d.stream.n == 0 || d.time.n == 0 ||
	    !when_take(&d.time, &e->head.has_time, &e->head.time))
		return false;
	e->key = format_key(d.stream.p, d.stream.n);
	e->text = d.log;
	e->put = json_text;
	/* "\n" is the line's end, unless that backslash is itself escaped */
	while (n + 1 < d.log.n && d.log.p[d.log.n - 2 - n] == '\\')
		n++;
	if (n % 2 == 1 && d.log.p[d.log.n - 1] == 'n') {
		e->text.n -= 2;
		if (e->text.n > 1 && n == 1 &&
		    memcmp(e->text.p + e->text.n - 2, "\\r", 2) == 0)
			e->text.n -= 2;
	} else
		e->way = ENVELOPE_PART;
	return true;
}

static bool
open_kubelet(struct span s, struct envelope *e)
{
	bool zone;

	if (s.n < 30 || s.p[10] != 'T' || s.p[4] != '-' ||
	    !when_take_zone(&s, &e->head.has_time, &e->head.time, &zone) ||
	    !zone ||
	    (!span_begins(s, " stderr ") && !span_begins(s, " stdout ")))
		return false;
	e->key = format_key(s.p + 1, 6);
	s = span_skip(s, 8);
	/* tags, the first of which says whether the line is whole */
	if (s.n < 1 || (s.p[0] != 'F' && s.p[0] != 'P') ||
	    (s.n > 1 && s.p[1] != ' ' && s.p[1] != ':'))
		return false;
	if (s.p[0] == 'P')
		e->way = ENVELOPE_PART;
	e->text = span_head(s, 0);
	if (span_find(s, " ") != NULL)
		e->text = span_from(s, span_find(s, " ") + 1);
	return true;
}

static bool
open_compose(struct span s, struct envelope *e)
{
	size_t i = 0, n;

	while (i < s.n && i < NAME_LEN && s.p[i] != '\0' &&
	    (is_digit(s.p[i]) ||
		((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') ||
		strchr("-_.", s.p[i]) != NULL))
		i++;
	n = i;
	while (i < s.n && i < 2 * NAME_LEN && s.p[i] == ' ')
		i++;
	if (n == 0 || i < n + 1 || i >= s.n || s.p[i] != '|' ||
	    (i + 1 < s.n && s.p[i + 1] != ' '))
		return false;
	e->head.program = span_head(s, n);
	e->key = format_key(s.p, n);
	s = span_skip(s, i + 1);
	e->text = span_skip(s, s.n > 0 ? 1 : 0);
	return true;
}

static bool
container_open(struct span s, struct envelope *e)
{
	return open_docker(s, e) || open_kubelet(s, e) || open_compose(s, e);
}

static struct envelope_kind kind = { .open = container_open };

const struct format format_container = { .name = "container",
	.judges = true, /* what is in it may */
	.starts = envelope_starts,
	.parse = envelope_parse,
	.unwrap = envelope_unwrap,
	.data = &kind };
