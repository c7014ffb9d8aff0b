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
#ifndef UPTIME_PROBE_DELEGATION_IN_H
#define UPTIME_PROBE_DELEGATION_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/probe/delegation.h"
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
/* ms: when the next server is asked although the last one may answer yet */
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
	bool any; /* one good answer at least */
	bool nxdomain;
	struct ip ip[ANSWER_IPS];
	size_t n;
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
void ip_insert(struct ip *list, size_t *n, size_t max, const struct ip *);

/* A question under way. */
struct ask {
	struct ask *prev, *next;
	struct delegation *d; /* NULL: nobody waits any more */
	void (*done)(struct ask *, const struct dns_reply *);
	struct job *job;
	struct cut *cut;
	void *at;  /* what done wants to know */
	size_t i;
	int what;
};

/* A server's name. */
struct host {
	char *name;
	bool in_parent, in_child;
	bool glued;    /* its addresses came with the referral */
	bool checking; /* its own zone is asked for them */
	bool settled;  /* no more addresses will come */
	struct job *job;
};

/* Servers that are all asked for one name, for a referral. */
struct view {
	struct cut *of;
	struct walk_server *server;
	size_t n, left;
	bool tcp_asked;
	struct loop_timer timer;
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
	size_t names, turn;
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

struct job {
	struct job *bucket;
	struct delegation *d;
	char *host;
	bool full; /* else only the addresses, for a server's name */
	bool queued, timed_out, lost;
	struct job *payer;
	unsigned spent;
	int depth, aliases;
	enum phase phase;
	int64_t born, began;
	struct job *run_next, *wait_next;
	struct loop_timer timer; /* of the whole */

	struct cut *at;
	int levels;
	struct cut *blocked; /* on its servers' addresses */
	struct lead *lead;   /* that it holds */
	struct cut *followed; /* where it has waited for another already */

	struct ip *racer; /* servers of at, in the order to be asked */
	size_t *racer_of; /* which they are */
	size_t nracer, asked, answered, step;
	unsigned race; /* replies to earlier ones are ignored */
	struct loop_timer hedge;

	size_t winner;        /* server of at */
	struct records first; /* what it said */
	const char *below;    /* zones that it has below at */
	int labels;

	struct view *view;
	struct records *rec; /* by server of at */
	struct walk_reply *worst;
	size_t nrec, left;

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
	struct cut *cut[BUCKETS];
	struct job *job[2][BUCKETS]; /* for server names; full */
	struct lead *lead[BUCKETS];
	struct cut *root;
	struct job *run, **run_end;
	bool draining, closing;
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
/* False: the walk that pays has spent all it may. */
bool put_question(struct delegation *, const struct ask *, const struct ip *,
    const char *name, int type, bool tcp, int ms);
void job_wake(struct job *);
/* Moves all jobs that can move; the last act of every event. */
void drain(struct delegation *);
/* The job for a name, and a word when it is done. */
void job_for_host(struct cut *, size_t host);
void job_finish(struct job *, enum walk_end);
bool reachable(const struct delegation *, const struct ip *);

/* delegation_cut.c */
struct cut *cut_root(struct delegation *);
struct cut *cut_find(struct delegation *, const char *name);
/* The deepest zone known that has the name. */
struct cut *cut_deepest(struct delegation *, const char *name);
/* The zone child of a referral, from the cache or made. */
struct cut *cut_make(struct job *, struct cut *parent, const char *child,
    const struct answer *, enum rr_section);
void cut_forget(struct cut *);
void cut_wake(struct cut *);
void cut_wait(struct cut *, struct job *);
/* A server's name has its addresses, or there are none. */
void cut_host_done(struct cut *, size_t host, const struct job *);
/* The zone's own servers name this one. */
void cut_child_host(struct cut *, const char *name);
bool cut_askable(const struct cut *);
/* No address of its servers will come: who could find them waits for them. */
bool cut_stuck(struct cut *);
/* A copy of the servers as they are, for a walk. */
struct walk_server *cut_show(struct cut *);

/* delegation_race.c */
void race_begin(struct job *);

/* delegation_survey.c */
void survey_begin(struct cut *, struct job *);
void survey_more(struct cut *);
struct view *view_begin(struct cut *of, struct job *, const char *name);
bool server_dead(const struct walk_server *);
void reply_worst(struct walk_reply *, const struct dns_reply *, bool aa);

/* delegation_last.c */
void last_begin(struct job *);
void last_step(struct job *);
void second_begin(struct job *);
/* Fills job->walk with what is known. */
void job_tell(struct job *);

#endif
