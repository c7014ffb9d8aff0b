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
#include "watchdog/read/format.h"

#include <arpa/inet.h>

#include <string.h>

#include "watchdog/read/reader.h"
#include "watchdog/read/shape.h"
#include "watchdog/read/when.h"

#define HEAD "9999/99/99 99:99:99 [aaa" /* shape.h */
#define HEAD_MIN SHAPE_LEN

/*
 * FastCGI's stderr is in quotes, and has the line ends that it came with: the
 * record goes on until the line that closes them.
 */
static bool
may_go_on(bool was, const struct lines *l, const uint8_t *starts)
{
	static const char begin[] = "FastCGI sent in stderr: \"";
	static const char end[] = "\" while reading ";
	const char *p;
	size_t n;

	for (size_t i = l->n; i-- > 0;) {
		p = lines_at(l, i, &n);
		if (memmem(p, n, end, sizeof end - 1) != NULL)
			return false;
		if (starts[i])
			return memmem(p, n, begin, sizeof begin - 1) != NULL;
	}
	return was;
}

static bool
nginx_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	const struct shape head = shape_of(HEAD);
	const char *p = l->p;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		starts[i] = (size_t)(l->p + l->end[i] - p) > HEAD_MIN &&
		    shape_fits(&head, p);
		p = l->p + l->end[i];
	}
	state->open = may_go_on(state->open, l, starts);
	return false;
}

static void
drop(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

/* Takes the text if it comes next. */
static bool
take(struct span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->n < n || memcmp(s->p, text, n) != 0)
		return false;
	drop(s, n);
	return true;
}

static bool
take_number(struct span *s)
{
	size_t i = 0;

	while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9')
		i++;
	drop(s, i);
	return i > 0;
}

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
	drop(s, (size_t)(close - p) + 1);
	take(s, " ");
	return true;
}

/* Takes "123#123: *45 ", or the part of it that is there. */
static void
take_ids(struct span *s)
{
	struct span t = *s;

	if (take_number(&t) && take(&t, "#") && take_number(&t) &&
	    take(&t, ": "))
		*s = t;
	t = *s;
	if (take(&t, "*") && take_number(&t) && take(&t, " "))
		*s = t;
}

/* Takes an IP address, or what nginx writes for a client on a local socket. */
static bool
take_address(struct span *s)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char addr[sizeof(struct in6_addr)];
	size_t n = 0;

	if (take(s, "unix:"))
		return true;
	while (n < s->n && n < sizeof text && s->p[n] != '\0' &&
	    strchr("0123456789abcdefABCDEF:.", s->p[n]) != NULL)
		n++;
	if (n == sizeof text)
		return false;
	memcpy(text, s->p, n);
	text[n] = '\0';
	drop(s, n);
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
		drop(tail, sizeof mark - 1);
		if ((take_address(tail) && take(tail, ", server: ")) ||
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
		drop(&t, (size_t)(at + 1 - s.p));
		if (t.n == 0)
			return (size_t)(at - s.p);
		for (size_t i = 0; i < sizeof next / sizeof *next; i++)
			if (take(&t, next[i]))
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
	drop(&s, (size_t)(at - s.p));
	if (!take(&s, ", request: \""))
		return none;
	s.n = closing_quote(s);
	at = memchr(s.p, ' ', s.n);
	if (at == NULL)
		return none;
	drop(&s, (size_t)(at + 1 - s.p));
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

	drop(&s, at != NULL ? (size_t)(at - s.p) + sizeof mark - 1 : s.n);
	all = s;
	at = memmem(s.p, s.n, "://", 3);
	drop(&s, at != NULL ? (size_t)(at - s.p) + 3 : s.n);
	if (take(&s, unix))
		end = ":\"";
	while (s.n > 0 && (*s.p == '\0' || strchr(end, *s.p) == NULL))
		drop(&s, 1);
	/* without its end it may be cut */
	all.n = s.n > 0 ? (size_t)(s.p - all.p) : 0;
	return all;
}

static bool
nginx_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const char *lf = memchr(record, '\n', len);
	struct span s = { record, lf != NULL ? (size_t)(lf - record) : len };
	struct span tail;
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
	f->site = site_of(tail);
	f->request = request_of(tail);
	f->upstream = upstream_of(tail);
	return true;
}

const struct format format_nginx = { .name = "nginx",
	.starts = nginx_starts,
	.parse = nginx_parse };
