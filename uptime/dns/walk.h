/* SPDX-License-Identifier: ISC */
/*
 * What the walk from the root to a name's addresses saw, before anybody
 * judged: who was asked, what each said.  Values only.
 */
#ifndef UPTIME_DNS_WALK_H
#define UPTIME_DNS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/dns/answer.h"
#include "uptime/dns/dns.h"
#include "uptime/probe.h"

/* What one server, at one address, said to one question. */
struct walk_reply {
	bool asked;
	enum dns_status status;
	int rcode;
	bool aa;
	int64_t us;
};

/* One address of one name server of a zone. */
struct walk_server {
	char *name;        /* of the server */
	struct ip ip;      /* family 0: no address was found for the name */
	bool in_parent;    /* the parent names it */
	bool in_child;     /* the zone's own servers do */
	bool glue;         /* the address came with the referral */
	bool glue_differs; /* and its own zone says another */
	/*
	 * Asked of it: in zones above the last, the name's A, for a referral;
	 * in the last zone its SOA, NS and the name's A and AAAA.  udp is the
	 * worst of these (status first, then rcode, then aa); tcp is the SOA
	 * again, or what UDP left unanswered.
	 */
	struct walk_reply udp, tcp;
	bool referral; /* it named servers of a lower zone on the way */
	bool has_serial;
	uint32_t serial; /* of the zone's SOA */
	char **ns; /* the servers it names for the next zone, or its own */
	size_t nns;
	/*
	 * Last zone: it was asked for the name itself.  Not so where the other
	 * questions found it dead, nor of most servers once a zone has had a
	 * hundred names in this run.
	 */
	bool named;
	enum reason records; /* last zone: NXDOMAIN, NODATA or NONE */
	struct ip *answer;   /* last zone: the addresses it gives, sorted */
	size_t nanswer;
	char *cname; /* last zone: or where it sends us; NULL */
	/* of the signatures over SOA, A and AAAA: the first end, the last
	 * begin; 0: one of these had none */
	int64_t signed_until, signed_from;
};

/* One zone on the way, the root first. */
struct walk_zone {
	char *name; /* "" is the root */
	struct walk_server *server;
	size_t n;
	bool complete;    /* every server was asked: the last two levels */
	bool cached;      /* asked for another name of this run already */
	bool ds;          /* the parent has a DS for it: it must be signed */
	uint32_t ns_ttl;  /* s, of the referral to it */
	char **parent_ns; /* the names in the referral; none for the root */
	size_t nparent_ns;
};

enum walk_end {
	WALK_ANSWERED,  /* the last zone was reached, its servers were asked */
	WALK_NO_ROOT,   /* no root server answered: is it us? */
	WALK_ZONE_DEAD, /* no server of the last zone in the list answered */
	WALK_NXDOMAIN,  /* said above the last zone: registry or removed */
	WALK_NODATA,    /* the parent knows the name, but no delegation */
	WALK_LOOP,      /* a CNAME or a server's address leads back */
	WALK_TOO_DEEP,  /* bounds: zones, aliases, questions */
	WALK_TIMEOUT    /* the whole walk's deadline */
};

#define WALK_ZONES 16   /* levels */
#define WALK_ALIASES 8  /* CNAMEs in a row */
#define WALK_SERVERS 26 /* names of servers of a zone that are asked */

struct walk {
	char *name;
	enum walk_end end;
	struct walk_zone *zone;
	size_t n;
	/* CNAME: the walk for the name it points at, or NULL; owned by the
	 * cache of the run, like this one. */
	const struct walk *next;
	struct ip *ip; /* what the name's servers say, all of them, sorted;
			* through aliases too */
	size_t nip;
	uint32_t ttl;       /* s, the largest of the answers' TTLs */
	int64_t started;    /* seconds since 1970 */
	int64_t us;         /* the whole walk */
	unsigned questions; /* it cost */
};

/*
 * Is it the root, a top-level zone, or one in which a country's registry sells
 * names ("co.uk")?  A no from there is about the domain, not about a record.
 */
bool walk_registry(const char *zone);

#endif
