/* SPDX-License-Identifier: ISC */
/*
 * A connection without HTTP.  libcurl makes it (CONNECT_ONLY), so that TLS,
 * pinning and reasons are the same as for HTTP; the talk is ours.
 */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/probe/fetch_transfer.h"

static void
hang_up(struct transfer *t)
{
	if (t->fd != CURL_SOCKET_BAD)
		loop_watch(transfer_loop(t), t->fd, 0, NULL, NULL);
	t->probe->times.total = clock_mono_us() - t->began;
	transfer_end(t);
}

static void
on_timeout(void *arg)
{
	struct transfer *t = arg;

	probe_fail(t->probe, REASON_BANNER_TIMEOUT, "%zu bytes in %.3g s",
	    t->probe->body.len, t->timeout_ms / 1000.0);
	hang_up(t);
}

/* What has come is for the judge, unless it is nothing. */
static void
on_cut(struct transfer *t, CURLcode code)
{
	int error = reply_errno(t);

	if (t->look.alert >= 0)
		tls_explain(&t->look, t->probe);
	else if (t->probe->body.len == 0 && !reply_lacks(t))
		probe_fail(t->probe, REASON_CONNECT_RESET, "%s",
		    error != 0            ? strerror(error) :
			*t->error != '\0' ? t->error :
					    curl_easy_strerror(code));
	hang_up(t);
}

/* Keeps what has room; true when no more is wanted. */
static bool
take(struct transfer *t, const char *s, size_t n)
{
	const char *until = t->target->expect.banner;
	struct probe *p = t->probe;
	struct buf *b = &p->body;
	size_t len = strlen(until), room = b->max - b->len;
	/* it may have begun in what came before */
	size_t from = b->len >= len ? b->len - len + 1 : 0;

	if (p->times.first < 0)
		p->times.first = clock_mono_us() - t->began;
	p->body_full = n > room;
	buf_add(b, s, n > room ? room : n);
	return p->body_full || len == 0 ||
	    memmem(buf_str(b) + from, b->len - from, until, len) != NULL;
}

/* True when all of it is out; else it goes on later, or it is over. */
static bool
send_rest(struct transfer *t, CURLcode *code)
{
	const char *s = t->target->send;
	size_t n = s != NULL ? strlen(s) : 0, k;

	while (t->sent < n) {
		*code = curl_easy_send(t->curl, s + t->sent, n - t->sent, &k);
		if (*code != CURLE_OK)
			return false;
		t->sent += k;
	}
	return true;
}

static void
on_ready(void *arg, int fd, unsigned events)
{
	struct transfer *t = arg;
	CURLcode code = CURLE_OK;
	bool sent = send_rest(t, &code);
	char part[4096];
	size_t n;

	(void)events;
	if (sent && t->target->expect.banner == NULL) {
		hang_up(t);
		return;
	}
	/* A greeting may come while our words do not get out. */
	while (t->target->expect.banner != NULL &&
	    (code == CURLE_OK || code == CURLE_AGAIN)) {
		code = curl_easy_recv(t->curl, part, sizeof part, &n);
		if (code != CURLE_OK)
			break;
		if (n == 0 || take(t, part, n)) {
			hang_up(t);
			return;
		}
	}
	if (code != CURLE_AGAIN)
		on_cut(t, code);
	else
		loop_watch(transfer_loop(t), fd,
		    sent ? LOOP_READ : LOOP_READ | LOOP_WRITE, on_ready, t);
}

void
banner_begin(struct transfer *t)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	int64_t left;

	curl_easy_getinfo(t->curl, CURLINFO_ACTIVESOCKET, &fd);
	t->fd = fd;
	if (fd == CURL_SOCKET_BAD) {
		probe_fail(t->probe, REASON_RESOURCES, "libcurl lost it");
		hang_up(t);
		return;
	}
	left = t->timeout_ms - (clock_mono_us() - t->began) / 1000;
	loop_timer_set(transfer_loop(t), &t->timer, left > 0 ? left : 0,
	    on_timeout, t);
	/* TLS may have the greeting already: nothing would be ready. */
	on_ready(t, fd, 0);
}

void
fetch_banner(struct fetch *f, const struct target *target, const struct ip *ip,
    const char *ca_file, struct probe *p, void (*done)(void *, struct probe *),
    void *arg)
{
	struct transfer *t = transfer_new(f, ip, target->tcp_tls, target->host,
	    ca_file, p, done, arg);
	char text[IP_TEXT], *url;

	t->target = target;
	t->sent = 0;
	t->plain = false;
	curl_easy_setopt(t->curl, CURLOPT_CONNECT_ONLY, 1L);
	/* 7.88 would close it before we get it. */
	curl_easy_setopt(t->curl, CURLOPT_FORBID_REUSE, 0L);
	/* It will not be HTTP. */
	curl_easy_setopt(t->curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
	ip_text_port(ip, text);
	url = target->host != NULL ?
	    xasprintf("%s://%s:%u/", target->tcp_tls ? "https" : "http",
		target->host, ip->port) :
	    xasprintf("%s://%s/", target->tcp_tls ? "https" : "http", text);
	transfer_go(t, url, (int)target->timeout);
	free(url);
}
