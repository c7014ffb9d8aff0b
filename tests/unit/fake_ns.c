/* SPDX-License-Identifier: ISC */
/* A scripted name server. */
#include "tests/unit/fake_ns.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "uptime/probe/loop.h"

#define HEADER 12
#define ROOM 65535

struct query {
	const unsigned char *p;
	size_t n;
	size_t end; /* of the question */
	int type;
	bool tcp, edns;
};

struct packet {
	unsigned char p[ROOM];
	size_t n;
};

/* ---- packets ------------------------------------------------------------- */

static void
put(struct packet *to, const void *p, size_t n)
{
	assert_true(to->n + n <= ROOM);
	memcpy(to->p + to->n, p, n);
	to->n += n;
}

static void
put16(struct packet *to, unsigned v)
{
	unsigned char b[2] = { (unsigned char)(v >> 8), (unsigned char)v };

	put(to, b, 2);
}

static void
begin(struct packet *to, const struct query *q, int rcode)
{
	unsigned char head[HEADER] = { q->p[0], q->p[1],
		(unsigned char)(0x80 | (q->p[2] & 1)),
		(unsigned char)(0x80 | rcode), 0, 1 };

	to->n = 0;
	put(to, head, sizeof head);
	put(to, q->p + HEADER, q->end - HEADER);
}

/* 0: the question's name, else the n-th of a chain. */
static void
put_owner(struct packet *to, int owner)
{
	char label[] = "\1a\4test";

	if (owner == 0) {
		put16(to, 0xc000 | HEADER);
		return;
	}
	label[1] = (char)('a' + owner);
	put(to, label, sizeof label);
}

static void
put_rr(struct packet *to, int owner, int type, const void *data, size_t n)
{
	put_owner(to, owner);
	put16(to, (unsigned)type);
	put16(to, 1);
	put16(to, 0);
	put16(to, 300);
	put16(to, (unsigned)n);
	put(to, data, n);
	if (++to->p[7] == 0)
		to->p[6]++;
}

static void
put_cname(struct packet *to, int owner, int target)
{
	static struct packet data;

	data.n = 0;
	put_owner(&data, target);
	put_rr(to, owner, 5, data.p, data.n);
}

static void
put_address(struct packet *to, const struct query *q, int owner, int last)
{
	unsigned char v4[4] = { 192, 0, 2, (unsigned char)last };
	unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	v6[15] = (unsigned char)last;
	if (q->type == 1)
		put_rr(to, owner, 1, v4, 4);
	else if (q->type == 28)
		put_rr(to, owner, 28, v6, 16);
}

/* ---- modes --------------------------------------------------------------- */

static bool
first_time(struct fake_ns *f, const struct query *q)
{
	unsigned char bit = (unsigned char)(1 << (q->p[1] & 7));
	unsigned char *seen = &f->seen[q->p[0] * 32 + q->p[1] / 8];
	bool first = (*seen & bit) == 0;

	*seen |= bit;
	return first;
}

static void
say_cut(struct packet *to, const struct query *q, enum fake_ns_mode mode)
{
	unsigned char junk[1000] = { 0 };

	if (!q->tcp) {
		to->p[2] |= 2;
		return;
	}
	put_address(to, q, 0, 1);
	if (mode == FAKE_CUT_NOTHING)
		to->n = 0;
	else if (mode == FAKE_CUT_BIG)
		while (to->n + 1020 < ROOM)
			put_rr(to, 0, 16, junk, sizeof junk);
}

static int
rcode_of(enum fake_ns_mode mode, const struct query *q)
{
	switch (mode) {
	case FAKE_REFUSED:
		return 5;
	case FAKE_SERVFAIL:
		return 2;
	case FAKE_NXDOMAIN:
	case FAKE_DANGLING:
		return 3;
	case FAKE_NO_EDNS:
	case FAKE_NO_EDNS_HEADER:
		return q->edns ? 1 : 0;
	default:
		return 0;
	}
}

static void
say_chain(struct packet *to, const struct query *q, enum fake_ns_mode mode)
{
	int links = mode == FAKE_LONG_CHAIN ? 20 : 3;

	for (int i = 0; i < links; i++)
		put_cname(to, i, i + 1);
	if (mode == FAKE_CHAIN_LOOP)
		put_cname(to, links, 1);
	else if (mode == FAKE_CHAIN || mode == FAKE_LONG_CHAIN)
		put_address(to, q, links, 1);
}

/* Changes a good answer. */
static void
spoil(struct packet *to, const struct query *q, enum fake_ns_mode mode)
{
	switch (mode) {
	case FAKE_OTHER_ID:
		to->p[0] ^= 1;
		break;
	case FAKE_OTHER_NAME:
		to->p[HEADER + 1] ^= 1;
		break;
	case FAKE_OTHER_TYPE:
		to->p[q->end - 3] = 15;
		break;
	case FAKE_LOWER:
	case FAKE_LOWER_UDP:
		for (size_t i = HEADER; i < q->end - 4; i++)
			if (to->p[i] >= 'A' && to->p[i] <= 'Z')
				to->p[i] |= 0x20;
		break;
	case FAKE_EMPTY:
		to->n = 0;
		break;
	case FAKE_HALF:
		to->n -= 2;
		break;
	case FAKE_POINTER:
		to->p[q->end + 1] = (unsigned char)q->end;
		break;
	case FAKE_NO_EDNS_HEADER:
		if (q->edns) {
			to->n = HEADER;
			memset(to->p + 4, 0, 8);
		}
		break;
	default:
		break;
	}
}

static enum fake_ns_mode
mode_of(const struct fake_ns *f, const struct query *q)
{
	return q->type == 28 ? f->aaaa : f->a;
}

/* False: nothing is said. */
static bool
say(struct fake_ns *f, const struct query *q, struct packet *to)
{
	enum fake_ns_mode mode = mode_of(f, q);
	int rcode = rcode_of(mode, q);

	if (mode == FAKE_SILENT || mode == FAKE_HELD ||
	    (mode == FAKE_LOST && first_time(f, q)))
		return false;
	begin(to, q, rcode);
	if (mode >= FAKE_CUT && mode <= FAKE_CUT_LONELY)
		say_cut(to, q, mode);
	else if (mode >= FAKE_CHAIN && mode <= FAKE_CHAIN_NODATA)
		say_chain(to, q, mode);
	else if (mode == FAKE_200)
		for (int i = 0; i < 200; i++)
			put_address(to, q, 0, i);
	else if (mode != FAKE_NODATA && rcode == 0)
		put_address(to, q, 0, 1);
	spoil(to, q, mode);
	return true;
}

/* ---- sockets ------------------------------------------------------------- */

static struct query
read_query(struct fake_ns *f, const unsigned char *p, size_t n, bool tcp)
{
	struct query q = { .p = p, .n = n, .end = HEADER, .tcp = tcp };

	while (q.end < n && p[q.end] != 0)
		q.end += p[q.end] + 1u;
	q.end += 5;
	assert_true(q.end <= n);
	q.type = p[q.end - 3];
	q.edns = n > q.end;
	f->recurse = p[2] & 1;
	f->dnssec = q.edns && (p[n - 4] & 0x80) != 0;
	return q;
}

static void
on_udp(void *arg, int fd, unsigned events)
{
	static struct packet out;
	struct fake_ns *f = arg;
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	unsigned char p[2048];
	struct query q;
	ssize_t n;

	(void)events;
	if (f->a == FAKE_HELD)
		return;
	while ((n = recvfrom(fd, p, sizeof p, MSG_DONTWAIT,
		    (struct sockaddr *)&from, &len)) > 0) {
		f->udp_asked++;
		q = read_query(f, p, (size_t)n, false);
		if (say(f, &q, &out))
			sendto(f->a == FAKE_OTHER_SOURCE ? f->other : fd, out.p,
			    out.n, 0, (struct sockaddr *)&from, len);
	}
}

static void
hang_up(struct fake_ns *f, int i)
{
	loop_watch(f->loop, f->client[i], 0, NULL, NULL);
	close(f->client[i]);
	f->client[i] = -1;
}

/* False: the connection ends. */
static bool
answer_tcp(struct fake_ns *f, int fd, const unsigned char *p, size_t n)
{
	static struct packet out;
	struct query q = read_query(f, p, n, true);
	enum fake_ns_mode mode = mode_of(f, &q);
	unsigned char head[2];
	size_t size;

	f->tcp_asked++;
	if (mode == FAKE_CUT_ENDED || mode == FAKE_LOWER_UDP)
		return false;
	if (mode == FAKE_CUT_SILENT || !say(f, &q, &out))
		return true;
	head[0] = (unsigned char)(out.n >> 8);
	head[1] = (unsigned char)out.n;
	send(fd, head, 2, MSG_NOSIGNAL);
	size = mode == FAKE_CUT_HALF ? out.n / 2 : out.n;
	send(fd, out.p, size, MSG_NOSIGNAL);
	return mode != FAKE_CUT_HALF && mode != FAKE_CUT_LONELY;
}

/* Questions are small: what is there is whole ones. */
static void
on_client(void *arg, int fd, unsigned events)
{
	struct fake_ns *f = arg;
	unsigned char p[16384];
	ssize_t n = recv(fd, p, sizeof p, MSG_DONTWAIT);
	bool more = n > 0;
	size_t at = 0, len;
	int i = 0;

	(void)events;
	while (f->client[i] != fd)
		i++;
	while (more && at + 2 < (size_t)n) {
		len = p[at] * 256u + p[at + 1];
		assert_true(at + 2 + len <= (size_t)n);
		more = answer_tcp(f, fd, p + at + 2, len);
		at += len + 2;
	}
	if (!more)
		hang_up(f, i);
}

static void
on_accept(void *arg, int fd, unsigned events)
{
	struct fake_ns *f = arg;
	int client = accept(fd, NULL, NULL), i = 0;

	(void)events;
	if (client == -1)
		return;
	f->connections++;
	while (i < FAKE_NS_CLIENTS && f->client[i] != -1)
		i++;
	assert_true(i < FAKE_NS_CLIENTS);
	f->client[i] = client;
	loop_watch(f->loop, client, LOOP_READ, on_client, f);
}

static int
bound(struct ip *ip, int type)
{
	struct sockaddr_storage ss;
	socklen_t n = ip_sockaddr(ip, &ss);
	int fd = socket(ip->family, type, 0);

	if (bind(fd, (struct sockaddr *)&ss, n) == -1) {
		close(fd);
		return -1;
	}
	n = sizeof ss;
	getsockname(fd, (struct sockaddr *)&ss, &n);
	ip->port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	return fd;
}

void
fake_ns_start(struct fake_ns *f, struct loop *loop, const char *address,
    enum fake_ns_mode mode)
{
	int size = 1 << 22;

	memset(f, 0, sizeof *f);
	memset(f->client, -1, sizeof f->client);
	f->loop = loop;
	f->a = f->aaaa = mode;
	/* the same port for both */
	for (int i = 0; i < 100; i++) {
		assert_true(ip_parse(address, 0, &f->ip));
		f->udp = bound(&f->ip, SOCK_DGRAM);
		assert_true(f->udp != -1);
		if ((f->tcp = bound(&f->ip, SOCK_STREAM)) != -1)
			break;
		close(f->udp);
	}
	assert_true(f->tcp != -1 && listen(f->tcp, 100) == 0);
	setsockopt(f->udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	f->other = socket(f->ip.family, SOCK_DGRAM, 0);
	loop_watch(loop, f->udp, LOOP_READ, on_udp, f);
	loop_watch(loop, f->tcp, LOOP_READ, on_accept, f);
}

void
fake_ns_stop(struct fake_ns *f)
{
	for (int i = 0; i < FAKE_NS_CLIENTS; i++)
		if (f->client[i] != -1)
			hang_up(f, i);
	loop_watch(f->loop, f->udp, 0, NULL, NULL);
	loop_watch(f->loop, f->tcp, 0, NULL, NULL);
	close(f->udp);
	close(f->tcp);
	close(f->other);
}

struct ip
fake_ns_closed(const char *address)
{
	struct ip ip;

	assert_true(ip_parse(address, 0, &ip));
	close(bound(&ip, SOCK_DGRAM));
	return ip;
}
