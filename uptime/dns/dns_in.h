/* SPDX-License-Identifier: ISC */
/*
 * The inside of dns, for dns*.c alone.
 *
 * An ask is one question; a channel is c-ares talking to one server by one
 * protocol.  c-ares cannot cancel a question, so an ask whose time is over
 * stays with it ("held") until c-ares lets go as well.
 */
#ifndef UPTIME_DNS_DNS_IN_H
#define UPTIME_DNS_DNS_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/dns/dns.h"
#include "uptime/probe/loop.h"

#define DNS_HEADER 12
#define DNS_OPT 11 /* EDNS without options */
#define DNS_PACKET (DNS_HEADER + NAME_WIRE + 4 + DNS_OPT)

struct ares_channeldata;
struct channel;

struct ask {
	struct ask *queued;      /* the next in its queue */
	struct ask *prev, *next; /* on its channel */
	struct dns *dns;
	struct channel *channel; /* NULL: not sent, or over */
	struct channel *holder;  /* c-ares frees it in its callback */
	struct ip server;
	int type, timeout_ms;
	bool recurse, dnssec, tcp;
	bool edns;     /* not refused yet */
	bool begun;    /* has a place in flight */
	bool in_queue; /* freed by who takes it out */
	bool over;     /* done was called */
	bool again;    /* asked again once without a reason that we know */
	bool garbage;  /* somebody answered something else */
	uint64_t mark; /* answers that its connection had brought before */
	int64_t sent;  /* µs */
	struct loop_timer deadline;
	void (*done)(void *, const struct dns_reply *);
	void *arg;
	size_t len; /* of the packet */
	unsigned char packet[DNS_PACKET];
	char name[]; /* in the case in which it is asked */
};

struct channel {
	struct channel *newer, *older; /* by use */
	struct loop *loop;
	struct ares_channeldata *ares;
	struct ip server;
	bool tcp;
	int ms;           /* c-ares's first timeout */
	struct ask *asks; /* that are not over */
	size_t held;      /* asks that c-ares knows */
	int err;     /* errno of the last trouble since the socket's birth */
	bool unsent; /* our host had no room for the last datagram */
	uint64_t answers;
	/* What was received last, until somebody was found who had asked. */
	const unsigned char *got;
	size_t got_len;
};

struct channels {
	struct loop *loop;
	struct channel *newest, *oldest;
	size_t alive, made;
};

/* dns_channel.c */
void channels_init(struct channels *, struct loop *);
/* The channel to server; NULL: there is none, and none may be made, or all
 * that may be alive have questions. */
struct channel *channel_get(struct channels *, const struct ip *server,
    bool tcp, int timeout_ms, bool make);
/* Sends the ask's packet.  ask_answered or ask_failed may be called before it
 * returns. */
void channel_send(struct channel *, struct ask *);
/* The ask is over, or to be asked elsewhere. */
void channel_leave(struct ask *);
/* Lets c-ares see to its timeouts; false: nothing is under way. */
bool channels_tick(struct channels *);
void channels_free(struct channels *);

/* dns_packet.c */
/* Writes the packet, with another id and another mixture of cases each time;
 * false if the name is none. */
bool packet_make(struct ask *);

/* dns.c, called by the channel, which the ask has left. */
void ask_answered(struct ask *, const unsigned char *packet, size_t len);
/* again: what failed is not this question, but the connection it shared. */
void ask_failed(struct ask *, enum dns_status, bool again);
/* c-ares has let go of it. */
void ask_release(struct ask *);

#endif
