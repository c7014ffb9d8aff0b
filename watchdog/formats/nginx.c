/* SPDX-License-Identifier: ISC */
/*
 * nginx's error log:
 * 2026/11/21 06:47:00 [error] 123#123: *45 text, client: 192.0.2.1, server:
 *   example.com, request: "GET /x HTTP/1.1", upstream: "…", host: "…",
 *   referrer: "…"
 * It is cut at 2048 bytes, and nothing in it is escaped: a client writes what
 * it likes into the text (by the decoded path), the request line and what
 * follows that.
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include <arpa/inet.h>

#include <string.h>

#include "watchdog/read/reader.h"
#include "watchdog/format/shape.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

#define HEAD "9999/99/99 99:99:99 [aaa" /* shape.h */
#define HEAD_MIN SHAPE_LEN
#define TAILS 8 /* of a record that are looked at */

#define CUT 2048 /* NGX_MAX_ERROR_STR, LF included; OpenResty's is twice it */
#define LONGEST (2 * CUT)

/* Takes "2026/11/21 06:47:00 [error] ". */
static bool
take_head(struct span *s, struct fields *f)
{
	const char *p = s->p, *close;
	struct when w;

	if (s->n < HEAD_MIN || p[4] != '/' || p[7] != '/' || p[10] != ' ' ||
	    p[19] != ' ' || p[20] != '[' || !when_clock(p + 11, &w))
		return false;
	w.year = when_number(p, 4);
	w.month = when_number(p + 5, 2);
	w.day = when_number(p + 8, 2);
	close = memchr(p + 21, ']', s->n - 21);
	if (close == NULL || w.year < 0)
		return false;
	f->has_time = when_local(&w, &f->time);
	f->level = level_parse(p + 21, (size_t)(close - p) - 21);
	take_bytes(s, (size_t)(close - p) + 1);
	take_text(s, " ");
	return true;
}

/* Takes "123#123: *45 ", or the part of it that is there: is it of a
 * connection? */
static bool
take_ids(struct span *s)
{
	struct span t = *s;

	if (take_digits(&t) && take_text(&t, "#") && take_digits(&t) &&
	    take_text(&t, ": "))
		*s = t;
	t = *s;
	if (!take_text(&t, "*") || !take_digits(&t) || !take_text(&t, " "))
		return false;
	*s = t;
	return true;
}

/* Does a text begin that may hold a line end of a client's?  The decoded path
 * of a request, a user's name and FastCGI's stderr are in quotes. */
static bool
quotes_client(struct span s)
{
	static const char cycle[] =
	    "rewrite or internal redirection cycle while internally "
	    "redirecting to \"";
	static const char *const begin[] = { "\"", "directory index of \"",
		"FastCGI sent in stderr: \"", "user \"", cycle };
	size_t n = 0;

	for (size_t i = 0; i < sizeof begin / sizeof *begin; i++) {
		struct span t = s;

		if (take_text(&t, begin[i]))
			return true;
	}
	/* open() and other functions */
	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '_'))
		n++;
	take_bytes(&s, n);
	return n > 0 && take_text(&s, "() \"");
}

/* Is `, client: 192.0.2.1, server: ` in the line? */
static bool
has_tail(struct span s)
{
	const char *comma;
	struct span t;

	while ((comma = memchr(s.p, ',', s.n)) != NULL) {
		take_bytes(&s, (size_t)(comma - s.p));
		t = s;
		if (take_text(&t, ", client: ") &&
		    (comma = memchr(t.p, ',', t.n)) != NULL) {
			take_bytes(&t, (size_t)(comma - t.p));
			if (take_text(&t, ", server: "))
				return true;
		}
		take_bytes(&s, 1);
	}
	return false;
}

/* Of a line with a head: is it only the begin of its record? */
static bool
lacks_tail(struct span s)
{
	struct fields f;

	if (has_tail(s) || !take_head(&s, &f))
		return false;
	return take_ids(&s) && quotes_client(s);
}

/*
 * A client can write line ends into some texts, and a whole head behind
 * (GET /x%0a2026/11/21...).  Such a text belongs to a connection, and all
 * that nginx says of one ends with `, client: ..., server: ...`; it is one
 * write(2), so that no other record comes in between.  A record without that
 * end, and that is not as long as where nginx cuts, therefore goes on: what
 * looks like a head in it is none.  Records of no connection (signals,
 * workers, caches) and other texts end with their line.  A client who writes
 * an end as well still gets his head through.
 */
static bool
unended(uint32_t size)
{
	return size % CUT != 0 && size < LONGEST;
}

static bool
nginx_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	const struct shape head = shape_of(HEAD);
	struct span s = { l->p, 0 };

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		s.n = (size_t)(l->p + l->end[i] - s.p);
		starts[i] = !unended(state->size) && s.n > HEAD_MIN &&
		    shape_fits(&head, s.p);
		if (starts[i])
			state->size = lacks_tail(s) ? (uint32_t)s.n : 0;
		else if (unended(state->size))
			state->size = has_tail(s) ? 0 :
						    state->size + (uint32_t)s.n;
		s.p += s.n;
	}
	state->open = unended(state->size);
	return false;
}

/* Takes an IP address, or what nginx writes for a client on a local socket. */
static bool
take_address(struct span *s)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char addr[sizeof(struct in6_addr)];
	size_t n = 0;

	if (take_text(s, "unix:"))
		return true;
	while (n < s->n && n < sizeof text && s->p[n] != '\0' &&
	    strchr("0123456789abcdefABCDEF:.", s->p[n]) != NULL)
		n++;
	if (n == sizeof text)
		return false;
	memcpy(text, s->p, n);
	text[n] = '\0';
	take_bytes(s, n);
	return inet_pton(AF_INET, text, addr) == 1 ||
	    inet_pton(AF_INET6, text, addr) == 1;
}

/* Is s, up to its end, only a part of the text? */
static bool
cut_off(struct span s, const char *text)
{
	return s.n < strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/*
 * The end of the text: the first ", client: " that an address follows, and
 * the server's name, unless the record was cut off there.  *tail is what
 * comes behind ", server: ".
 */
static size_t
text_end(struct span s, struct span *tail)
{
	static const char mark[] = ", client: ";
	const char *at = s.p;

	while ((at = memmem(at, s.n - (size_t)(at - s.p), mark,
		    sizeof mark - 1)) != NULL) {
		tail->p = at;
		tail->n = s.n - (size_t)(at - s.p);
		take_bytes(tail, sizeof mark - 1);
		if ((take_address(tail) && take_text(tail, ", server: ")) ||
		    cut_off(*tail, ", server: "))
			return (size_t)(at - s.p);
		at++;
	}
	tail->p = s.p + s.n;
	tail->n = 0;
	return s.n;
}

/* Where the request line's closing quote is; its length without one. */
static size_t
closing_quote(struct span s)
{
	static const char *const next[] = { ", upstream: \"", ", host: \"",
		", referrer: \"", ", subrequest: \"" };
	const char *at = s.p;
	struct span t;

	while ((at = memchr(at, '"', s.n - (size_t)(at - s.p))) != NULL) {
		t = s;
		take_bytes(&t, (size_t)(at + 1 - s.p));
		if (t.n == 0)
			return (size_t)(at - s.p);
		for (size_t i = 0; i < sizeof next / sizeof *next; i++)
			if (take_text(&t, next[i]))
				return (size_t)(at - s.p);
		at++;
	}
	return s.n;
}

/* The name in `www.example.com, request: "…`: the configuration's. */
static struct span
site_of(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ',' && s.p[n] != '\n')
		n++;
	/* without its end it may be cut */
	s.n = n < s.n && s.p[n] == ',' ? n : 0;
	return s;
}

/* The target in `www.example.com, request: "GET /x HTTP/1.1", …`. */
static struct span
request_of(struct span s)
{
	struct span none = { s.p, 0 };
	const char *at = memchr(s.p, '\n', s.n);

	if (at != NULL)
		s.n = (size_t)(at - s.p);
	at = memchr(s.p, ',', s.n);
	if (at == NULL)
		return none;
	take_bytes(&s, (size_t)(at - s.p));
	if (!take_text(&s, ", request: \""))
		return none;
	s.n = closing_quote(s);
	at = memchr(s.p, ' ', s.n);
	if (at == NULL)
		return none;
	take_bytes(&s, (size_t)(at + 1 - s.p));
	at = memmem(s.p, s.n, " HTTP/", 6);
	if (at != NULL)
		s.n = (size_t)(at - s.p);
	return s;
}

/* "http://127.0.0.1:8080" in `…", upstream: "http://127.0.0.1:8080/x", …`: the
 * path behind it is the client's.  Also "fastcgi://unix:/run/x.sock:". */
static struct span
upstream_of(struct span s)
{
	static const char mark[] = "\", upstream: \"", unix[] = "unix:";
	const char *at = memmem(s.p, s.n, mark, sizeof mark - 1), *end = "/\",";
	struct span all;

	take_bytes(&s, at != NULL ? (size_t)(at - s.p) + sizeof mark - 1 : s.n);
	all = s;
	at = memmem(s.p, s.n, "://", 3);
	take_bytes(&s, at != NULL ? (size_t)(at - s.p) + 3 : s.n);
	if (take_text(&s, unix))
		end = ":\"";
	while (s.n > 0 && (*s.p == '\0' || strchr(end, *s.p) == NULL))
		take_bytes(&s, 1);
	/* without its end it may be cut */
	all.n = s.n > 0 ? (size_t)(s.p - all.p) : 0;
	return all;
}

/*
 * The path in the text has a line end in it, and may have a whole tail behind
 * that: the client's own tail is the one whose request brought the line end,
 * which is encoded there.  Of a few that look so, else the first.
 */
static struct span
own_tail(struct span s, struct span first)
{
	struct span tail = first, request;

	for (int i = 0; i < TAILS && tail.n > 0; i++) {
		request = request_of(tail);
		if (memmem(request.p, request.n, "%0a", 3) != NULL ||
		    memmem(request.p, request.n, "%0A", 3) != NULL)
			return tail;
		s.n -= (size_t)(tail.p - s.p);
		s.p = tail.p;
		text_end(s, &tail);
	}
	return first;
}

static bool
nginx_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len), tail;
	size_t end;

	(void)self;
	if (!take_head(&s, f))
		return false;
	take_ids(&s);
	f->message = s;
	/* The text may have line ends in it. */
	s.n = len - (size_t)(s.p - record);
	end = text_end(s, &tail);
	if (end < f->message.n)
		f->message.n = end;
	else if (end < s.n)
		tail = own_tail(s, tail);
	f->site = site_of(tail);
	f->request = request_of(tail);
	f->upstream = upstream_of(tail);
	return true;
}

const struct format format_nginx = { .name = "nginx",
	.starts = nginx_starts,
	.parse = nginx_parse };
