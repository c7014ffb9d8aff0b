/* SPDX-License-Identifier: ISC */
/*
 * c-ares, one channel for each server and protocol, the least recently used
 * making room.  Sockets are ours: c-ares 1.18.1 has one word, "connection
 * refused", for all that goes wrong with them, takes an empty datagram for the
 * end of the world, and would write to a closed connection with SIGPIPE on.
 */
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include <ares.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "uptime/dns/dns_in.h"

#define ALIVE_MAX 64      /* a channel is 74 KB and 60 µs */
#define RECEIVE (1 << 20) /* answers to 1000 questions may come at once */
#define UDP_TRIES 3
#define UDP_SHARE \
	3 /* the first retransmission within this part of the timeout */

/* ---- sockets ------------------------------------------------------------- */

/* Somebody's packet was for no question.  Whom did it mean to answer?  Late
 * answers and duplicates mean nobody who waits. */
static void
stray(struct channel *c, const unsigned char *p, size_t n)
{
	for (struct ask *a = c->asks; a != NULL; a = a->next) {
		size_t end = a->len - (a->edns ? DNS_OPT : 0);

		if (n < DNS_HEADER || memcmp(p, a->packet, 2) == 0 ||
		    (n >= end &&
			strncasecmp((const char *)p + DNS_HEADER,
			    (const char *)a->packet + DNS_HEADER,
			    end - DNS_HEADER) == 0))
			a->garbage = true;
	}
}

static void
got_settle(struct channel *c)
{
	if (c->got == NULL)
		return;
	if (c->tcp) /* its bytes are gone; but the connection is ours alone */
		stray(c, NULL, 0);
	else
		stray(c, c->got, c->got_len);
	c->got = NULL;
}

/*
 * Servers older than EDNS refuse it with a header and nothing else; c-ares
 * 1.18.1 drops that, as there is no question to compare.  Give it one.
 */
static size_t
complete_refusal(struct channel *c, unsigned char *p, size_t n, size_t room)
{
	size_t end;

	if (n < DNS_HEADER || (p[2] & 0x80) == 0 || p[4] != 0 || p[5] != 0 ||
	    (p[3] & 0xf) == RCODE_NOERROR || (p[3] & 0xf) == RCODE_NXDOMAIN)
		return n;
	for (struct ask *a = c->asks; a != NULL; a = a->next) {
		end = a->len - (a->edns ? DNS_OPT : 0);
		if (memcmp(p, a->packet, 2) != 0 || end > room)
			continue;
		memcpy(p + 4, a->packet + 4, end - 4);
		memset(p + 6, 0, 6);
		return end;
	}
	return n;
}

static ares_ssize_t
on_receive(ares_socket_t fd, void *data, size_t room, int flags,
    struct sockaddr *from, ares_socklen_t *fromlen, void *arg)
{
	struct channel *c = arg;
	ssize_t n;

	got_settle(c);
	n = recvfrom(fd, data, room, flags, from, fromlen);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		c->err = errno;
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	if (c->tcp) {
		if (n == 0)
			c->err = ECONNRESET;
		/* an answer of no length ends the connection in c-ares */
		if (n == 2 && room == 2 && memcmp(data, "\0\0", 2) == 0)
			c->err = EBADMSG;
		/* the last piece of an answer, not of its length */
		if (n > 2 && (size_t)n == room)
			c->got = data;
	} else if (n == 0) {
		stray(c, NULL, 0);
		errno = EAGAIN;
		n = -1;
	} else if (n > 0) {
		c->got_len = complete_refusal(c, data, (size_t)n, room);
		c->got = data;
		n = (ssize_t)c->got_len;
	}
	return n;
}

static ares_ssize_t
on_send(ares_socket_t fd, const struct iovec *v, int n, void *arg)
{
	struct channel *c = arg;
	struct msghdr m = { .msg_iov = (struct iovec *)v,
		.msg_iovlen = (size_t)n };
	ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);

	c->unsent = sent == -1 && !c->tcp;
	if (sent >= 0 || errno == EAGAIN || errno == EINTR ||
	    errno == ENOBUFS) {
		/* c-ares 1.18.1 gives up a datagram that has to wait: take it
		 * for lost, and it will be sent again */
		if (sent == -1 && !c->tcp)
			return (ares_ssize_t)v->iov_len;
		if (sent == -1)
			errno = EAGAIN;
		return sent;
	}
	c->err = errno;
	return -1;
}

static ares_socket_t
on_socket(int family, int type, int protocol, void *arg)
{
	struct channel *c = arg;
	int on = 1, size = RECEIVE;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	c->err = fd == -1 ? errno : 0;
	if (fd == -1)
		return ARES_SOCKET_BAD;
	if (c->tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	else
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	return fd;
}

static int
on_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t n,
    void *arg)
{
	struct channel *c = arg;

	if (connect(fd, sa, n) == -1) {
		/* no port is left, and not "in progress" */
		if (errno == EAGAIN)
			errno = EADDRNOTAVAIL;
		if (errno != EINPROGRESS)
			c->err = errno;
		return -1;
	}
	return 0;
}

static int
on_close(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static const struct ares_socket_functions sockets = { on_socket, on_close,
	on_connect, on_receive, on_send };

static void
on_ready(void *arg, int fd, unsigned events)
{
	struct channel *c = arg;

	ares_process_fd(c->ares, events & LOOP_READ ? fd : ARES_SOCKET_BAD,
	    events & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
	got_settle(c);
}

static void
on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *c = arg;

	loop_watch(c->loop, fd,
	    (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0), on_ready,
	    c);
}

/* ---- channels ------------------------------------------------------------ */

static void
unlink_channel(struct channels *all, struct channel *c)
{
	*(c->newer != NULL ? &c->newer->older : &all->newest) = c->older;
	*(c->older != NULL ? &c->older->newer : &all->oldest) = c->newer;
}

static void
link_newest(struct channels *all, struct channel *c)
{
	c->newer = NULL;
	c->older = all->newest;
	*(c->older != NULL ? &c->older->newer : &all->oldest) = c;
	all->newest = c;
}

/* Questions that are still c-ares's are over for us. */
static void
channel_free(struct channels *all, struct channel *c)
{
	ares_destroy(c->ares);
	unlink_channel(all, c);
	all->alive--;
	free(c);
}

static bool
make_room(struct channels *all)
{
	struct channel *c = all->oldest;

	if (all->alive < ALIVE_MAX)
		return true;
	while (c != NULL && c->asks != NULL)
		c = c->newer;
	if (c != NULL)
		channel_free(all, c);
	return c != NULL;
}

/*
 * Retransmissions double: at ms and 3 ms, and 7 ms is the end; ms is a power
 * of two, that questions with not quite the same timeout share a channel.  By
 * TCP c-ares 1.18.1 does not try again, but breaks the connection for all:
 * its timeout comes after ours.
 */
static int
first_timeout(bool tcp, int timeout_ms)
{
	int ms = 1;

	if (tcp)
		while (ms < timeout_ms && ms < 1 << 24)
			ms *= 2;
	else
		while (ms * 2 <= timeout_ms / UDP_SHARE && ms < 1 << 24)
			ms *= 2;
	return ms;
}

/*
 * All of these are given so that c-ares reads no resolv.conf, nsswitch.conf,
 * host.conf and asks for no host name.  No ARES_FLAG_EDNS: with it c-ares
 * 1.18.1 would cut the last 11 octets off a question that got a FORMERR, ours
 * or not, and know nothing of EDNS from then on.
 */
static void
init_ares(struct channel *c)
{
	char lookups[] = "b";
	struct in_addr nobody = { .s_addr = htonl(INADDR_LOOPBACK) };
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
		    ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC |
		    (c->tcp ? ARES_FLAG_USEVC : ARES_FLAG_STAYOPEN),
		.timeout = c->ms,
		.tries = c->tcp ? 1 : UDP_TRIES,
		.ndots = 1,
		.servers = &nobody,
		.nservers = 1,
		.lookups = lookups,
		.sock_state_cb = on_state,
		.sock_state_cb_data = c,
	};
	struct ares_addr_port_node server = {
		.family = c->server.family,
		.udp_port = c->server.port,
		.tcp_port = c->server.port,
	};
	int e;

	memcpy(&server.addr, c->server.addr,
	    c->server.family == AF_INET ? 4 : 16);
	e = ares_init_options(&c->ares, &o,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
		ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB |
		ARES_OPT_NOROTATE);
	if (e == ARES_SUCCESS)
		e = ares_set_servers_ports(c->ares, &server);
	if (e != ARES_SUCCESS)
		fatal(EX_OSERR, "c-ares: %s", ares_strerror(e));
	ares_set_socket_functions(c->ares, &sockets, c);
}

struct channel *
channel_get(struct channels *all, const struct ip *server, bool tcp,
    int timeout_ms, bool make)
{
	struct channel *c;
	int ms = first_timeout(tcp, timeout_ms);

	for (c = all->newest; c != NULL; c = c->older)
		if (c->ms == ms && c->tcp == tcp &&
		    ip_compare(&c->server, server) == 0)
			break;
	if (c != NULL) {
		unlink_channel(all, c);
	} else {
		if (!make || !make_room(all))
			return NULL;
		c = xcalloc(1, sizeof *c);
		c->loop = all->loop;
		c->server = *server;
		c->tcp = tcp;
		c->ms = ms;
		init_ares(c);
		all->alive++;
		all->made++;
	}
	link_newest(all, c);
	return c;
}

void
channels_init(struct channels *all, struct loop *loop)
{
	ares_library_init(ARES_LIB_INIT_ALL);
	all->loop = loop;
}

bool
channels_tick(struct channels *all)
{
	bool busy = false;

	for (struct channel *c = all->newest; c != NULL; c = c->older) {
		if (c->held == 0)
			continue;
		ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		busy |= c->held > 0;
	}
	return busy;
}

void
channels_free(struct channels *all)
{
	while (all->newest != NULL)
		channel_free(all, all->newest);
	ares_library_cleanup();
}

/* ---- questions ----------------------------------------------------------- */

void
channel_leave(struct ask *a)
{
	struct channel *c = a->channel;

	if (c == NULL)
		return;
	*(a->prev != NULL ? &a->prev->next : &c->asks) = a->next;
	if (a->next != NULL)
		a->next->prev = a->prev;
	a->channel = NULL;
}

static enum dns_status
trouble(int ares, int err, bool unsent)
{
	if (ares == ARES_ETIMEOUT)
		return unsent ? DNS_UNREACHABLE : DNS_TIMEOUT;
	switch (err) {
	case 0:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return DNS_CLOSED;
	case ETIMEDOUT:
		return DNS_TIMEOUT;
	case EBADMSG:
		return DNS_GARBAGE;
	default:
		return DNS_UNREACHABLE;
	}
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct ask *a = arg;
	struct channel *c = a->holder;
	size_t len = (size_t)n;
	bool again;

	(void)timeouts;
	a->holder = NULL;
	c->held--;
	if (status == ARES_SUCCESS) {
		c->answers++;
		/* c-ares 1.18.1 cuts what it thinks is too long without EDNS;
		 * the octets are still there */
		if (!c->tcp && p == c->got)
			len = c->got_len;
		c->got = NULL;
	}
	if (a->over) {
		ask_release(a);
		return;
	}
	channel_leave(a);
	if (status == ARES_SUCCESS) {
		ask_answered(a, p, len);
		return;
	}
	/* Some servers answer one question a connection; and c-ares ends all
	 * others when it ends a connection for the sake of one. */
	again = c->tcp && status == ARES_ECONNREFUSED &&
	    (c->answers != a->mark || (c->err == 0 && !a->again));
	a->again = true;
	ask_failed(a, trouble(status, c->err, c->unsent), again);
}

void
channel_send(struct channel *c, struct ask *a)
{
	a->channel = a->holder = c;
	a->mark = c->answers;
	a->prev = NULL;
	a->next = c->asks;
	if (a->next != NULL)
		a->next->prev = a;
	c->asks = a;
	c->held++;
	ares_send(c->ares, a->packet, (int)a->len, on_answer, a);
}
