/* SPDX-License-Identifier: ISC */
/* What comes back, capped as it comes, and why nothing more did. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/probe/fetch_transfer.h"

#define NOT_HTTP_SHOWN 60 /* bytes */
#define TOO_LARGE 100     /* CURLE_TOO_LARGE, since libcurl 8.6 */

/* ---- bytes --------------------------------------------------------------- */

/* "HTTP/1.1 200 OK", "HTTP/2 200".  libcurl lets no other in. */
static void
take_status(struct probe *p, const char *line, size_t n)
{
	const char *blank = memchr(line, ' ', n);
	int status = 0;

	p->http = n > 7 && line[5] == '1' && line[6] == '.' ?
	    10 + (line[7] - '0') :
	    (line[5] - '0') * 10;
	for (; blank != NULL && blank < line + n && *blank == ' '; blank++)
		;
	for (int i = 0; blank != NULL && i < 3 && blank + i < line + n; i++)
		if (isdigit((unsigned char)blank[i]))
			status = status * 10 + (blank[i] - '0');
	p->status = status;
}

static bool
is_location(const char *line, size_t n)
{
	return n >= 9 && strncasecmp(line, "Location:", 9) == 0;
}

static void
take_location(struct probe *p, const char *s, size_t n)
{
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	/* Of several the first counts. */
	if (p->location == NULL && n > 0)
		p->location = xstrndup(s, n);
}

static void
forget_head(struct probe *p)
{
	buf_reset(&p->head);
	free(p->location);
	p->location = NULL;
	p->status = p->http = 0;
}

/* Called with one line a time, the last one empty; trailers come as well. */
size_t
reply_on_head(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct probe *p = t->probe;

	n *= size;
	/* What precedes and follows the reply counts, or it might go on for
	 * ever. */
	if (n > FETCH_HEAD_MAX - t->head) {
		t->halt = HALT_HEAD;
		return 0;
	}
	t->head += n;
	if (t->reply == REPLY_BODY)
		return n;
	if (t->reply == REPLY_NONE) {
		if (n < 6 || memcmp(line, "HTTP/", 5) != 0)
			return n;
		take_status(p, line, n);
		t->reply = REPLY_HEAD;
		return n;
	}
	if (n <= 2 && (*line == '\r' || *line == '\n')) {
		/* "100 Continue" and "103 Early Hints" precede the reply. */
		if (p->status >= 100 && p->status < 200) {
			forget_head(p);
			t->reply = REPLY_NONE;
		} else
			t->reply = REPLY_BODY;
		return n;
	}
	buf_add(&p->head, line, n);
	if (is_location(line, n))
		take_location(p, line + 9, n - 9);
	return n;
}

static void
show_garbage(struct transfer *t, const char *s, size_t n)
{
	n = n < NOT_HTTP_SHOWN ? n : NOT_HTTP_SHOWN;
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	probe_fail(t->probe, REASON_HTTP_GARBAGE, "it says \"%.*s\"", (int)n,
	    s);
	t->halt = HALT_NOT_HTTP;
}

size_t
reply_on_body(char *s, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct buf *b = &t->probe->body;
	size_t room = b->max - b->len;

	n *= size;
	/* HTTP/0.9 has no headers. */
	if (t->reply != REPLY_BODY) {
		show_garbage(t, s, n);
		return 0;
	}
	if (n <= room) {
		buf_add(b, s, n);
		return n;
	}
	buf_add(b, s, room);
	t->probe->body_full = true;
	t->halt = HALT_BODY;
	return 0;
}

/* ---- the end ------------------------------------------------------------- */

/* Of the system call that failed; 0: none did.  Handles that have one are not
 * used again. */
int
reply_errno(const struct transfer *t)
{
	long error = 0;

	curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &error);
	return (int)error;
}

/*
 * What the other end, or the way there, can make of a socket.  All the rest is
 * what our own host has no more of (memory, ports, descriptors) or does not
 * let us do, and says nothing of the other end.  libcurl 7.88 has no errno
 * either when it could not even begin to connect.
 */
static enum reason
reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return REASON_CONNECT_REFUSED;
	case ETIMEDOUT:
		return REASON_CONNECT_TIMEOUT;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return REASON_CONNECT_RESET;
	case EAFNOSUPPORT:
		return REASON_NO_ROUTE_FAMILY;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case ENONET:
	case EPROTO:
	case ENOPROTOOPT:
		return REASON_CONNECT_UNREACHABLE;
	default:
		return REASON_RESOURCES;
	}
}

bool
reply_lacks(struct transfer *t)
{
	int error = reply_errno(t);

	if (error == 0 || reason_of(error) != REASON_RESOURCES ||
	    t->look.reason != REASON_NONE || t->look.alert >= 0)
		return false;
	probe_fail(t->probe, REASON_RESOURCES, "%s", strerror(error));
	return true;
}

static void
fail_connect(struct transfer *t, int error)
{
	enum reason r = reason_of(error);
	bool plain = r == REASON_CONNECT_REFUSED || r == REASON_CONNECT_TIMEOUT;

	/* The reason says it all, or errno has the rest. */
	probe_fail(t->probe, r, "%s",
	    plain          ? "" :
		error != 0 ? strerror(error) :
			     t->error);
}

static bool
handshaking(const struct transfer *t)
{
	return t->tls && !t->look.done;
}

static bool
connected(struct transfer *t)
{
	curl_off_t us = 0;

	if (t->look.begun > 0)
		return true;
	curl_easy_getinfo(t->curl, CURLINFO_CONNECT_TIME_T, &us);
	return us > 0;
}

static void
judge_timeout(struct transfer *t)
{
	struct probe *p = t->probe;
	double s = t->timeout_ms / 1000.0;

	if (!connected(t))
		probe_fail(p, REASON_CONNECT_TIMEOUT, "%.3g s", s);
	else if (handshaking(t))
		probe_fail(p, REASON_TLS_TIMEOUT, "%.3g s", s);
	else if (t->reply == REPLY_NONE)
		probe_fail(p, REASON_HTTP_TIMEOUT, "no reply in %.3g s", s);
	else if (t->reply == REPLY_HEAD)
		probe_fail(p, REASON_HTTP_TIMEOUT,
		    "the headers were not complete in %.3g s", s);
	else
		probe_fail(p, REASON_BODY_TIMEOUT,
		    "%zu bytes of the body in %.3g s", p->body.len, s);
}

/* The connection is gone, or what it carries makes no sense any more. */
static void
judge_broken(struct transfer *t, const char *why)
{
	struct probe *p = t->probe;
	int error = reply_errno(t);

	if (!connected(t)) {
		fail_connect(t, error);
		return;
	}
	if (handshaking(t) || (t->reply == REPLY_NONE && t->look.alert >= 0)) {
		/* In TLS 1.3 a client's certificate is refused afterwards. */
		tls_explain(&t->look, p);
		return;
	}
	if (t->reply == REPLY_BODY)
		probe_fail(p, REASON_BODY_CUT, "after %zu bytes: %s",
		    p->body.len, why);
	else if (t->reply == REPLY_HEAD)
		probe_fail(p, REASON_HTTP_GARBAGE,
		    "it ends inside the headers");
	else if (error == ECONNRESET && !t->tls)
		/* Mostly what stands in front of a dead server. */
		probe_fail(p, REASON_CONNECT_RESET, "before any reply");
	else
		probe_fail(p, REASON_HTTP_EMPTY, "%s",
		    error != 0 ? strerror(error) : "");
}

static void
judge_garbage(struct transfer *t, const char *why)
{
	if (t->reply == REPLY_BODY)
		judge_broken(t, why);
	else if (handshaking(t))
		tls_explain(&t->look, t->probe);
	else
		probe_fail(t->probe, REASON_HTTP_GARBAGE, "%s", why);
}

/* True when we ended it ourselves. */
static bool
judge_halt(struct transfer *t)
{
	switch (t->halt) {
	case HALT_NONE:
		return false;
	case HALT_HEAD:
		probe_fail(t->probe, REASON_HTTP_HEADERS,
		    "more than %d bytes of headers", FETCH_HEAD_MAX);
		return true;
	case HALT_ADDRESS:
		probe_fail(t->probe, REASON_RESOURCES,
		    "libcurl wanted to ask another address");
		return true;
	case HALT_BODY:     /* the judge's business */
	case HALT_NOT_HTTP: /* told already */
		return true;
	}
	return false;
}

static void
judge_rest(struct transfer *t, CURLcode code, const char *why)
{
	/* 7.88 has no memory for a line of more than 100 KB. */
	if (t->reply == REPLY_HEAD &&
	    (code == CURLE_OUT_OF_MEMORY || (int)code == TOO_LARGE))
		probe_fail(t->probe, REASON_HTTP_HEADERS, "an endless line");
	else
		probe_fail(t->probe, REASON_RESOURCES, "libcurl: %s", why);
}

void
reply_judge(struct transfer *t, int code)
{
	const char *why = *t->error != '\0' ?
	    t->error :
	    curl_easy_strerror((CURLcode)code);

	if (judge_halt(t))
		return;
	if (t->socket_error != 0) {
		fail_connect(t, t->socket_error);
		return;
	}
	if ((code == CURLE_OK && t->reply == REPLY_BODY) || reply_lacks(t))
		return;
	switch (code) {
	case CURLE_OK:
		/* 7.88 takes an end inside the headers for a whole reply. */
		judge_broken(t, why);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		judge_timeout(t);
		break;
	case CURLE_COULDNT_CONNECT:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
		judge_broken(t, why);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		judge_garbage(t, why);
		break;
	default:
		judge_rest(t, (CURLcode)code, why);
		break;
	}
}
