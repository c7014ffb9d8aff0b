/* SPDX-License-Identifier: ISC */
/*
 * The inside of the walk, for delegation*.c alone.
 *
 * A job is one name's way down; a cut is a zone of this run with its servers.
 * Jobs are moved by events: whatever may let one go on puts it on the run
 * list, and its step looks at what there is.  Nothing is freed before the
 * delegation is: a pool holds it all, so that replies which come late, and
 * walks that were handed out, point at something.
 */
#ifndef UPTIME_DNS_DELEGATION_IN_H
#define UPTIME_DNS_DELEGATION_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/dns/delegation.h"
#include "uptime/probe/loop.h"

/* So many questions a walk may cost, nested ones included: 26 servers with
 * two addresses each and 5 questions to each of them fit in twice. */
#define QUESTIONS_MAX 640
/* Server names whose zones need server names whose zones ...: 4 are seen in
 * the wild, rarely. */
#define NEST_MAX 6
#define SERVERS_MAX 64 /* addresses of a zone's servers that are asked */
#define NAME_IPS 8     /* addresses of one server name that are asked */
#define ANSWER_IPS 64  /* addresses of one name that are kept */
/* Names of a zone that every one of its servers is asked for; the others are
 * asked of one server each, in turn. */
#define NAMES_FULL 100
/* ms: when the next server is asked although the last one may answer yet; and
 * so much more for each question outstanding, since those wait their turn */
#define HEDGE 300
/* ms: when a zone whose servers say nothing is taken for the last one */
#define SILENCE 900
/* ms: what was bad is kept for so long even if asked for afresh: many targets
 * are rechecked at the same moment. */
#define FRESH_ENOUGH 1000

struct cut;
struct job;
struct pool;

/* What a reply means for a name asked at a zone. */
enum said {
	SAID_LAME,     /* no authority, nor one below */
	SAID_REFERRAL, /* ask below */
	SAID_ANSWER    /* with authority: yes or no */
};
/* child: of SAID_REFERRAL, the zone below; belongs to the answer. */
enum said said_of(const struct answer *, const char *name, const char *zone,
    const char **child);
/* The zone in which the answer's server found the name, or NULL. */
const char *said_apex(const struct answer *, const char *name,
    const char *zone);

/* What was said of one name: A and AAAA taken together. */
struct records {
	int good; /* answers with authority, of two */
	bool nxdomain;
	struct ip *ip;
	size_t n, room;
	char *cname;
	uint32_t ttl;
	bool unsigned_set; /* an answer came without a signature */
	int64_t until, from;
};
void records_add(struct records *, struct pool *, const struct answer *,
    const char *name);
/* The signatures over name's records of the type: sooner end, later begin. */
void records_signed(struct records *, const struct answer *, const char *name,
    int type);
void records_ip(struct records *, struct pool *, const struct ip *);

/* A question under way. */
struct ask {
	struct ask *prev, *next;
	struct delegation *d; /* NULL: nobody waits any more */
	void (*done)(struct ask *, const struct dns_reply *);
	struct job *job;
	struct cut *cut;
	void *at; /* what done wants to know */
	size_t i;
	int what;
};

/* A server's name. */
struct host {
	char *name;
	bool in_parent, in_child;
	bool glued;        /* its addresses came with the referral */
	bool checking;     /* its own zone is asked for them */
	bool settled;      /* no more addresses will come */
	int asked;         /* the zone's own server, for its addresses */
	enum walk_end end; /* of the way to its addresses */
	struct job *job;
};

/* Servers that are all asked for one name, for a referral. */
struct view {
	struct view *all;
	struct cut *of;
	struct walk_server *server;
	size_t n, left;
	struct loop_timer timer; /* to try TCP where UDP is silent */
	char *name;
	struct cut *child; /* the referral that one of them gave */
	struct cut *wakes; /* or job */
	struct job *job;
};

enum survey { SURVEY_NONE, SURVEY_RUNS, SURVEY_DONE };

struct cut {
	struct cut *bucket;
	char *name;
	struct delegation *d;
	struct cut *parent;
	struct job *payer; /* whose referral it was */
	int depth;
	int64_t born;
	struct walk_server *server;
	bool silent[SERVERS_MAX]; /* did not answer when last asked */
	size_t n, room;
	struct host host[WALK_SERVERS];
	size_t nhost, pending; /* hosts that are not settled */
	bool ds;
	uint32_t ns_ttl;
	char **parent_ns;
	size_t nparent_ns;
	struct view *above; /* of the parent's servers */
	enum survey survey;
	size_t surveyed; /* servers that have been asked, from the first */
	size_t left;     /* questions and checks of the survey under way */
	bool checked;    /* glue */
	size_t names;
	struct job *waiting;
	struct walk_server *shown; /* a copy for walks, while nothing changed */
	size_t nshown;
	unsigned mark;
};

enum phase {
	PHASE_DOWN,
	PHASE_RACE,
	PHASE_APEX,
	PHASE_VIEW, /* a no from above: what do the others say? */
	PHASE_LAST,
	PHASE_SECOND, /* AAAA of one server */
	PHASE_ALIAS,
	PHASE_DONE
};

/* Somebody is the first to ask for names below a label; others wait. */
struct lead {
	bool held;
	struct lead *bucket;
	char *name;
	struct job *waiting;
};

struct waiter {
	struct waiter *next;
	void (*done)(void *, const struct walk *);
	void *arg;
	struct cut *cut; /* or a server's name of this zone */
	size_t host;
	struct job *job; /* or an alias's owner */
	struct loop_timer timer;
	struct job *of;
};

/* What one server said of the name. */
struct told {
	bool asked;
	struct walk_reply worst;
	struct records rec;
};

struct job {
	struct job *bucket;
	struct delegation *d;
	char *host;
	bool full; /* else only the addresses, for a server's name */
	bool queued, waits;
	bool lost; /* nobody knew; an address is missing */
	struct job *payer;
	unsigned spent;
	int depth, aliases;
	enum phase phase;
	int64_t born, began; /* ms, µs of the monotonic clock */
	struct job *all, *run_next, *wait_next;
	struct loop_timer timer; /* of the whole */
	struct loop_timer kick;  /* the first step, in a turn of its own */

	struct cut *at;
	int levels;
	struct cut *blocked;  /* on its servers' addresses */
	struct lead *lead;    /* that it holds */
	struct cut *followed; /* where it has waited for another already */

	/* Servers of at, in the order to be asked. */
	unsigned char racer[SERVERS_MAX];
	size_t nracer, asked, answered, step;
	unsigned race; /* replies to earlier ones are ignored */
	struct loop_timer hedge;

	size_t winner;        /* server of at */
	struct records first; /* what it said */
	char *apex;           /* the zone in which it found the name */
	int labels;           /* of the zone above it that is looked for */
	struct cut *made;     /* which was found */

	struct view *view;
	struct told *told; /* by server of at */
	size_t ntold;
	size_t nrec, left;
	bool quick; /* one server is enough */

	struct job *alias;
	enum walk_end end;
	struct walk walk;
	struct waiter *waiters;
};

#define BUCKETS 4096

struct delegation {
	struct dns *dns;
	struct loop *loop;
	struct delegation_conf conf;
	struct pool *pool;
	struct ask *asks;
	size_t outstanding; /* of these */
	struct cut *cut[BUCKETS];
	struct job *job[2][BUCKETS]; /* for server names; full */
	struct lead *lead[BUCKETS];
	struct cut *root;
	struct job *jobs; /* all there ever were; so with views */
	struct view *views;
	struct job *run, **run_end;
	bool closing;
	uint64_t random;
	unsigned mark;
};

/* delegation_pool.c */
struct pool *pool_new(void);
void pool_free(struct pool *);
void *pool_take(struct pool *, size_t); /* zeroed */
char *pool_text(struct pool *, const char *);
size_t bucket_of(const char *name);

/* delegation.c */
/* To a server, for a job or, if that is NULL, a cut; what `a` holds comes back
 * to a->done.  False: the walk that pays has spent all it may. */
bool put_question(struct delegation *, const struct ask *a, const struct ip *,
    const char *name, int type, bool tcp, int ms);
/* The job for a name: one that runs or is kept, or a new one. */
struct job *job_get(struct delegation *, const char *host, bool full,
    struct job *payer, int depth);
void job_wake(struct job *);
/* Moves all jobs that can move: the last act of every event. */
void drain(struct delegation *);
void job_finish(struct job *, enum walk_end);
/* Have a server's name looked up, and cut_host_done called. */
void host_ask(struct cut *, size_t host);
/* The job takes up the walk of an alias; false: that leads back to it. */
bool alias_ask(struct job *, const char *host);
/* An address of a family that this host speaks. */
bool reachable(const struct delegation *, const struct ip *);

/* delegation_cut.c */
struct cut *cut_root(struct delegation *);
/* The deepest zone known that has the name. */
struct cut *cut_deepest(struct delegation *, const char *name);
/* The zone `child` whose servers stand in the answer: one that is known, or a
 * new one; NULL: there are none.  own: its own server, which answered with
 * authority; NULL: it is a referral. */
struct cut *cut_make(struct job *, struct cut *parent, const char *child,
    const struct answer *, const struct ip *own);
void cut_forget(struct cut *);
void cut_wake(struct cut *);
void cut_wait(struct cut *, struct job *);
/* A server's name has its addresses, or there are none. */
void cut_host_done(struct cut *, size_t host, const struct job *);
/* The zone's own servers name this one. */
void cut_child_host(struct cut *, const char *name);
/* Does any server have an address that can be asked? */
bool cut_askable(const struct cut *);
/* Will no address ever come, since who could find one waits for it himself? */
bool cut_stuck(struct cut *);
/* The servers as they are, for walks; *n of them. */
struct walk_server *cut_show(struct cut *, size_t *n);

/* delegation_race.c */
void race_begin(struct job *);

/* delegation_step.c */
void job_step(struct job *);
void lead_release(struct job *);
/* A server below gave a referral. */
void job_down(struct job *, struct cut *);
/* A server of at has answered for the name. */
void job_answered(struct job *, const struct answer *);

/* delegation_survey.c */
void survey_begin(struct cut *, struct job *);
/* Servers or names may have come: asks them; the survey may be over. */
void survey_more(struct cut *);
struct view *view_begin(struct cut *of, struct cut *wakes, struct job *,
    const char *name);
/* The greater the worse: silent, another rcode, without authority. */
int reply_badness(const struct walk_reply *);
void reply_worst(struct walk_reply *, const struct dns_reply *, bool aa);

/* delegation_last.c */
/* Every server of at is asked for the name (quick: the winner alone). */
void last_begin(struct job *, bool quick);
void last_step(struct job *);
/* Fills job->walk with what is known. */
void job_tell(struct job *);

#endif
