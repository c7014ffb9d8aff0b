/* SPDX-License-Identifier: ISC */
/*
 * Access logs, common and combined, and what has more behind or the name of
 * the virtual host in front:
 * www.example.com:443 192.0.2.1 - joe [28/Nov/2026:18:00:01 +0100] "GET /x
 *   HTTP/1.1" 500 123 "referer" "agent" …
 * Servers escape quotes and what is no printable ASCII.
 */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/when.h"

#define DATE_LEN 29 /* [28/Nov/2026:18:00:01 +0100] and a blank */

struct access {
	struct span who;     /* what stands before the date */
	struct span date;    /* without its brackets */
	struct span request; /* between the quotes, as it is escaped */
	int status;
};

/* The '[' that begins the date; a user's name may have one in it. */
static const char *
find_date(struct span s)
{
	const char *p;

	while (s.n > DATE_LEN && (p = memchr(s.p, '[', s.n)) != NULL) {
		s = span_from(s, p);
		if (s.n > DATE_LEN && p[3] == '/' && p[7] == '/' &&
		    p[12] == ':' && p[21] == ' ' && p[27] == ']' &&
		    p[28] == ' ')
			return p;
		s = span_skip(s, 1);
	}
	return NULL;
}

/* The quote that closes; those inside have a backslash. */
static const char *
closing(struct span s)
{
	const char *p;
	size_t k, from = 0;

	while ((p = memchr(s.p + from, '"', s.n - from)) != NULL) {
		k = (size_t)(p - s.p);
		from = k + 1;
		while (k > 0 && s.p[k - 1] == '\\')
			k--;
		if (((size_t)(p - s.p) - k) % 2 == 0)
			return p;
	}
	return NULL;
}

static bool
open_line(struct span s, struct access *a)
{
	const char *p = find_date(s), *end;

	if (p == NULL || p == s.p)
		return false;
	a->who = span_until(s, p - 1);
	a->date.p = p + 1;
	a->date.n = DATE_LEN - 3;
	s = span_from(s, p + DATE_LEN);
	if (s.n < 6 || s.p[0] != '"')
		return false;
	s = span_skip(s, 1);
	end = closing(s);
	if (end == NULL || s.p + s.n - end < 5)
		return false;
	a->request = span_until(s, end);
	for (int i = 2; i < 5; i++)
		if (!is_digit(end[i]))
			return false;
	a->status = (end[2] - '0') * 100 + (end[3] - '0') * 10 + end[4] - '0';
	return end[1] == ' ' &&
	    (end + 5 == s.p + s.n || end[5] == ' ' || end[5] == '\r');
}

/*
 * The server's name, if it is there: "name:port host ident user" instead of
 * "host ident user".  The ident is always "-" nowadays.  A user's name, which
 * a client chooses, may have blanks; the first field is the server's anyway.
 */
static struct span
site_of(struct span who)
{
	struct span none = span_head(who, 0), first, t;
	const char *blank = span_find(who, " "), *colon;
	bool name = false;

	if (blank == NULL)
		return none;
	first = span_until(who, blank);
	t = span_from(who, blank + 1);
	blank = span_find(t, " ");
	if (blank == NULL || !span_begins(span_from(t, blank + 1), "- "))
		return none;
	colon = span_find(first, ":");
	t = colon != NULL ? span_from(first, colon + 1) : span_head(first, 0);
	for (size_t i = 0; i < t.n; i++)
		if (!is_digit(t.p[i]))
			return none; /* an IPv6 address */
	first = span_until(first, colon);
	for (size_t i = 0; i < first.n; i++)
		name = name || (!is_digit(first.p[i]) && first.p[i] != '.');
	return name ? first : none;
}

/* Method and target of a request line; both empty if it is none. */
static void
split_request(struct span s, struct span *method, struct span *target)
{
	const char *blank = memchr(s.p, ' ', s.n), *end;

	*method = *target = span_head(s, 0);
	if (blank == NULL || blank == s.p)
		return;
	for (const char *p = s.p; p < blank; p++)
		if (*p < 'A' || *p > 'Z')
			return;
	*method = span_until(s, blank);
	*target = span_from(s, blank + 1);
	end = span_find_last(*target, " HTTP/");
	*target = span_until(*target, end);
}

static bool
access_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	uint32_t from = 0;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		starts[i] = l->p[from] != '\n';
		from = l->end[i];
	}
	state->open = false;
	return false;
}

static struct span
first_line(const char *p, size_t n)
{
	struct span s = { p, n };

	return span_until(s, n > 0 ? memchr(p, '\n', n) : NULL);
}

static bool
access_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct access a;
	struct span method;

	(void)self;
	if (!open_line(first_line(record, len), &a) ||
	    !when_take(&a.date, &f->has_time, &f->time))
		return false;
	f->fine = a.status < 500;
	f->level = f->fine ? LEVEL_NONE : LEVEL_ERROR;
	f->message = a.request;
	split_request(a.request, &method, &f->request);
	f->site = site_of(a.who);
	return true;
}

/* "GET /path 500" */
static void
access_unwrap(const struct format *self, const char *record, size_t len,
    struct buf *out)
{
	struct span line = first_line(record, len), method, target;
	struct access a;

	(void)self;
	if (!open_line(line, &a)) {
		buf_add(out, record, len);
		return;
	}
	split_request(a.request, &method, &target);
	if (method.n == 0)
		buf_add(out, a.request.p, a.request.n);
	else {
		target = span_until(target, span_find(target, "?"));
		buf_add(out, method.p, method.n);
		buf_addc(out, ' ');
		buf_add(out, target.p, target.n);
	}
	buf_addf(out, " %03d", a.status);
}

static void
access_fine(const struct format *self, const struct lines *l, uint8_t *fine)
{
	struct span line;
	struct access a;

	(void)self;
	for (size_t i = 0; i < l->n; i++) {
		line.p = lines_at(l, i, &line.n);
		fine[i] = open_line(line, &a) && a.status < 500;
	}
}

const struct format format_access = { .name = "access",
	.judges = true,
	.starts = access_starts,
	.parse = access_parse,
	.unwrap = access_unwrap,
	.fine = access_fine,
	.inside = &format_plain };
