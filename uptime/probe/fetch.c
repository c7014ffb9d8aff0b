/* SPDX-License-Identifier: ISC */
/*
 * Transfers in the event loop, by libcurl's multi interface: its sockets are
 * watched by the loop, its one timer is one of the loop's.  Handles are kept
 * and used again where a request left nothing in them.
 */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "uptime/probe/fetch.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <curl/curl.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "uptime/probe/fetch_transfer.h"

/* Of one read; what is in flight is paid for by each transfer. */
#define READ_SIZE 2048L
/* The least that libcurl takes; it has 64 KiB otherwise. */
#define WRITE_SIZE 16384L

struct fetch {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct tls_roots *roots;
	char *agent;
	struct transfer *active, *pool;
};

/* ---- the loop ------------------------------------------------------------ */

static void
harvest(struct fetch *f)
{
	struct transfer *t;
	CURLMsg *m;
	CURLcode code;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
		    (char **)&t);
		if (t->target != NULL && code == CURLE_OK) {
			banner_begin(t);
			continue;
		}
		reply_judge(t, (int)code);
		transfer_end(t);
	}
}

static void
on_ready(void *arg, int fd, unsigned events)
{
	struct fetch *f = arg;
	int running, what = 0;

	if (events & LOOP_READ)
		what |= CURL_CSELECT_IN;
	if (events & LOOP_WRITE)
		what |= CURL_CSELECT_OUT;
	curl_multi_socket_action(f->multi, fd, what, &running);
	harvest(f);
}

static void
on_timer(void *arg)
{
	struct fetch *f = arg;
	int running;

	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	harvest(f);
}

static int
on_socket_wish(CURL *curl, curl_socket_t fd, int what, void *arg, void *sock)
{
	struct fetch *f = arg;
	unsigned events = 0;

	(void)curl;
	(void)sock;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	loop_watch(f->loop, fd, events, on_ready, f);
	return 0;
}

static int
on_timer_wish(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(f->loop, &f->timer);
	else
		loop_timer_set(f->loop, &f->timer, ms, on_timer, f);
	return 0;
}

/* ---- handles ------------------------------------------------------------- */

/* A verdict never comes from the wrong address: the last word is ours. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;
	struct sockaddr_storage want;
	socklen_t len = ip_sockaddr(&t->probe->ip, &want);
	int fd;

	(void)purpose;
	/* libcurl leaves padding and flow label at 0, as we do. */
	if (a->addrlen != len || memcmp(&a->addr, &want, len) != 0) {
		t->halt = HALT_ADDRESS;
		return CURL_SOCKET_BAD;
	}
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd == -1)
		t->socket_error = errno;
	return fd;
}

static CURLcode
on_ssl_ctx(CURL *curl, void *ctx, void *arg)
{
	struct transfer *t = arg;

	(void)curl;
	return tls_prepare(ctx, &t->look) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* What is the same for every transfer and stays in the handle. */
static void
set_base(struct transfer *t)
{
	CURL *c = t->curl;

	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(c, CURLOPT_USERAGENT, t->fetch->agent);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	/* It obeys proxy variables and .netrc unless told not to. */
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	/* Where to: pinned, whatever the URL's host is.  CURLOPT_RESOLVE would
	 * leave its address to later transfers. */
	curl_easy_setopt(c, CURLOPT_CONNECT_TO, t->pin);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	/* 7.88 walks its whole cache after each transfer. */
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, READ_SIZE);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, WRITE_SIZE);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, reply_on_head);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, reply_on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	/* So that what is no HTTP comes to us and can be shown; it is refused
	 * there. */
	curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 1L);
	/* Trust is tls_prepare's business; Debian's default is to read all
	 * roots anew. */
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, t);
	/* In a resumed session no certificate is shown. */
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static struct transfer *
make(struct fetch *f)
{
	struct transfer *t = xcalloc(1, sizeof *t);

	t->fetch = f;
	t->pin = xcalloc(1, sizeof *t->pin);
	t->pin->data = t->pin_text;
	if ((t->curl = curl_easy_init()) == NULL)
		fatal(EX_OSERR, "libcurl: out of memory");
	set_base(t);
	return t;
}

static void
discard(struct transfer *t)
{
	curl_easy_cleanup(t->curl);
	free(t->pin);
	free(t);
}

static struct transfer *
take(struct fetch *f)
{
	struct transfer *t = f->pool;

	if (t != NULL)
		f->pool = t->next;
	else
		t = make(f);
	t->prev = NULL;
	if ((t->next = f->active) != NULL)
		t->next->prev = t;
	f->active = t;
	return t;
}

static void
put_away(struct transfer *t)
{
	struct fetch *f = t->fetch;

	if (t->active)
		curl_multi_remove_handle(f->multi, t->curl);
	t->active = false;
	if (t->next != NULL)
		t->next->prev = t->prev;
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		f->active = t->next;
	curl_slist_free_all(t->header);
	t->header = NULL;
	if (!t->plain) {
		discard(t);
		return;
	}
	t->next = f->pool;
	f->pool = t;
}

/* ---- a transfer ---------------------------------------------------------- */

static void
pin(struct transfer *t, const struct ip *ip)
{
	char text[IP_TEXT];

	/* "::addr:port": any host and port of the URL is meant. */
	snprintf(t->pin_text, sizeof t->pin_text, "::%s",
	    ip_text_port(ip, text));
}

struct transfer *
transfer_new(struct fetch *f, const struct ip *ip, bool tls, const char *host,
    const char *ca_file, struct probe *p, void (*done)(void *, struct probe *),
    void *arg)
{
	struct transfer *t = take(f);
	const char *why;

	pin(t, ip);
	p->ip = *ip;
	t->probe = p;
	t->done = done;
	t->arg = arg;
	t->tls = tls;
	t->plain = true;
	t->reply = REPLY_NONE;
	t->head = 0;
	t->halt = HALT_NONE;
	t->socket_error = 0;
	t->target = NULL;
	t->fd = CURL_SOCKET_BAD;
	*t->error = '\0';
	t->look = (struct tls_look){ .host = host, .cert = &p->cert };
	t->look.alert = -1;
	if (!tls)
		return t;
	if (host == NULL)
		t->look.ip = *ip;
	t->look.store = tls_roots_get(f->roots, ca_file, &why);
	if (t->look.store == NULL)
		probe_fail(p, REASON_RESOURCES, "%s%s%s",
		    ca_file != NULL ? ca_file : "", ca_file != NULL ? ": " : "",
		    why);
	return t;
}

static void
on_stillborn(void *arg)
{
	transfer_end(arg);
}

void
transfer_go(struct transfer *t, const char *url, int timeout_ms)
{
	struct fetch *f = t->fetch;
	CURLMcode code;

	/* 0 would be none for libcurl. */
	t->timeout_ms = timeout_ms > 0 ? timeout_ms : 1;
	t->began = clock_mono_us();
	if (t->probe->reason == REASON_NONE) {
		curl_easy_setopt(t->curl, CURLOPT_URL, url);
		curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS,
		    (long)t->timeout_ms);
		code = curl_multi_add_handle(f->multi, t->curl);
		t->active = code == CURLM_OK;
		if (t->active)
			return;
		probe_fail(t->probe, REASON_RESOURCES, "libcurl: %s",
		    curl_multi_strerror(code));
	}
	loop_timer_set(f->loop, &t->timer, 0, on_stillborn, t);
}

/* 0 is libcurl's "not come so far". */
static int64_t
stage(struct transfer *t, CURLINFO which)
{
	curl_off_t us = 0;

	curl_easy_getinfo(t->curl, which, &us);
	return us > 0 ? us : -1;
}

static void
take_times(struct transfer *t)
{
	struct probe_times *at = &t->probe->times;

	at->connect = stage(t, CURLINFO_CONNECT_TIME_T);
	/* 7.88 tells it only when the handshake went well. */
	if (at->connect < 0 && t->look.begun > 0)
		at->connect = t->look.begun - t->began;
	at->tls = stage(t, CURLINFO_APPCONNECT_TIME_T);
	if (t->reply != REPLY_NONE)
		at->first = stage(t, CURLINFO_STARTTRANSFER_TIME_T);
	/* A banner's has been taken. */
	if (at->total < 0)
		at->total = stage(t, CURLINFO_TOTAL_TIME_T);
}

void
transfer_end(struct transfer *t)
{
	void (*done)(void *, struct probe *) = t->done;
	struct probe *p = t->probe;
	void *arg = t->arg;

	if (t->active)
		take_times(t);
	/* 7.88 leaves it to later transfers of the handle. */
	if (reply_errno(t) != 0)
		t->plain = false;
	loop_timer_stop(t->fetch->loop, &t->timer);
	put_away(t);
	done(arg, p);
}

struct loop *
transfer_loop(const struct transfer *t)
{
	return t->fetch->loop;
}

/* ---- all of them --------------------------------------------------------- */

struct fetch *
fetch_new(struct loop *loop, const char *agent)
{
	struct fetch *f = xcalloc(1, sizeof *f);

	f->loop = loop;
	f->agent = xstrdup(agent);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (f->multi = curl_multi_init()) == NULL)
		fatal(EX_OSERR, "libcurl could not be started");
	f->roots = tls_roots_new();
	/* No CURLMOPT_MAX_*: what waits in libcurl's queue is mixed up. */
	curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	return f;
}

void
fetch_free(struct fetch *f)
{
	struct transfer *t;

	if (f == NULL)
		return;
	while ((t = f->active) != NULL) {
		probe_fail(t->probe, REASON_DEADLINE, "%s", "");
		if (t->fd != CURL_SOCKET_BAD)
			loop_watch(f->loop, t->fd, 0, NULL, NULL);
		transfer_end(t);
	}
	while ((t = f->pool) != NULL) {
		f->pool = t->next;
		discard(t);
	}
	curl_multi_cleanup(f->multi);
	loop_timer_stop(f->loop, &f->timer);
	tls_roots_free(f->roots);
	free(f->agent);
	free(f);
	curl_global_cleanup();
}

void
fetch_start(struct fetch *f, const struct fetch_ask *ask, struct probe *p,
    void (*done)(void *, struct probe *), void *arg)
{
	const struct url *u = ask->url;
	struct transfer *t = transfer_new(f, &ask->ip, u->tls,
	    u->ip.family == 0 ? u->host : NULL, ask->ca_file, p, done, arg);

	t->look.ip = u->ip;
	if (p->reason == REASON_NONE)
		request_set(t, ask);
	transfer_go(t, u->text, ask->timeout_ms);
}
