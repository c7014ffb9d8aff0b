/* SPDX-License-Identifier: ISC */
/* Ignore rules: compiled, searched for in lines, and counted. */
#include "watchdog/match/ignore.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/match/ignore_set.h"
#include "watchdog/match/route.h"
#include "watchdog/read/reader.h"

/*
 * A pattern such as ^(a+)+$ against a hostile line stops after 0.25 ms at
 * this limit; PCRE2's own default of ten million costs 20 ms a line.
 */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 20000      /* nested backtracking, interpreter only */
#define HEAP_LIMIT (16 * 1024) /* KiB, interpreter only */

/*
 * PCRE2 10.42's interpreter ran past 20 s on \w+\d over a line of 100 KB in
 * spite of the match limit (which counts backtracking points, not work), so
 * that it never gets to see a long line.
 */
#define INTERPRET_MAX 4096

#define MATCH_MAX (64 * 1024) /* of a line; the rest is not searched */

/* The default stack of 32 KiB is too small for (a|b)* over a long line. */
#define STACK_MIN (32 * 1024)
#define STACK_MAX (1024 * 1024)

/* When a rule is asked. */
enum turn {
	TURN_LINE,   /* for each first line */
	TURN_RECORD, /* for what these leave */
	TURN_NEVER   /* expired, or off */
};

struct entry {
	struct ignore_rule rule;
	char *text; /* the pattern, and behind its NUL the file */
	enum turn turn;
	pcre2_code *code;
	bool jit;
	bool to_end; /* has \z or \Z, which nothing keeps from the cut */
};

struct ignore {
	struct entry *entry;
	size_t n, cap;
	size_t nlater;  /* of TURN_RECORD */
	uint32_t *slot; /* by the rules' ids and ends: index + 1, or 0 */
	size_t nslot;   /* a power of two, more than n */
	struct ignore_twin *twin;
	size_t ntwin;
	pcre2_general_context *memory;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
};

static void *
memory_get(size_t n, void *arg)
{
	(void)arg;
	return xmalloc(n);
}

static void
memory_put(void *p, void *arg)
{
	(void)arg;
	free(p);
}

/*
 * The newline is named: a library built with another default would read '.'
 * and '$' in another way.  A line here never holds an LF.
 */
struct ignore *
ignore_new(void)
{
	struct ignore *set = xcalloc(1, sizeof *set);

	set->memory = pcre2_general_context_create(memory_get, memory_put,
	    NULL);
	set->compile = pcre2_compile_context_create(set->memory);
	pcre2_set_newline(set->compile, PCRE2_NEWLINE_LF);
	set->match = pcre2_match_context_create(set->memory);
	pcre2_set_match_limit(set->match, MATCH_LIMIT);
	pcre2_set_depth_limit(set->match, DEPTH_LIMIT);
	pcre2_set_heap_limit(set->match, HEAP_LIMIT);
	set->data = pcre2_match_data_create(1, set->memory);
	/* NULL where executable memory is refused: then JIT fails as well. */
	set->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, set->memory);
	if (set->stack != NULL)
		pcre2_jit_stack_assign(set->match, NULL, set->stack);
	return set;
}

void
ignore_free(struct ignore *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++) {
		pcre2_code_free(set->entry[i].code);
		ignore_meta_free(&set->entry[i].rule.meta);
		free(set->entry[i].text);
	}
	for (i = 0; i < set->ntwin; i++)
		free((char *)set->twin[i].file);
	free(set->twin);
	free(set->entry);
	free(set->slot);
	pcre2_jit_stack_free(set->stack);
	pcre2_match_data_free(set->data);
	pcre2_match_context_free(set->match);
	pcre2_compile_context_free(set->compile);
	pcre2_general_context_free(set->memory);
	free(set);
}

/* The slot that holds the rule, or the empty one where it belongs.  Of two
 * with different ends the later one goes on when the other is over. */
static uint32_t *
slot_of(const struct ignore *set, struct hash id, int64_t until)
{
	size_t i = id.lo & (set->nslot - 1);
	const struct ignore_rule *r;

	while (set->slot[i] != 0) {
		r = &set->entry[set->slot[i] - 1].rule;
		if (hash_equal(r->id, id) && r->meta.until == until)
			break;
		i = (i + 1) & (set->nslot - 1);
	}
	return &set->slot[i];
}

/* Room for one more rule, with at least half of the slots empty. */
static void
make_room(struct ignore *set)
{
	size_t i;

	if (set->n < set->cap)
		return;
	set->cap = set->cap == 0 ? 64 : set->cap * 2;
	set->entry = xreallocarray(set->entry, set->cap, sizeof *set->entry);
	free(set->slot);
	set->nslot = set->cap * 2;
	set->slot = xcalloc(set->nslot, sizeof *set->slot);
	for (i = 0; i < set->n; i++)
		*slot_of(set, set->entry[i].rule.id,
		    set->entry[i].rule.meta.until) = (uint32_t)i + 1;
}

/*
 * No rule may leave byte mode: in UTF mode a line that is no UTF-8 would not
 * match at all.  \C is forbidden for the same reason, it means nothing here.
 */
static pcre2_code *
compile(struct ignore *set, const char *pattern, size_t n, size_t *column,
    char *what, size_t nwhat)
{
	const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
	    PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code;
	int error;

	code = pcre2_compile((PCRE2_SPTR)pattern, n, options, &error, column,
	    set->compile);
	if (code == NULL)
		pcre2_get_error_message(error, (PCRE2_UCHAR *)what, nwhat);
	return code;
}

/* pcre2_jit_compile of 10.42 answers 0 for a pattern that says (*NO_JIT), and
 * pcre2_jit_match fails then: the size of the code tells the truth. */
static bool
has_jit(pcre2_code *code)
{
	size_t size = 0;

	return pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0 &&
	    pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 &&
	    size > 0;
}

static struct hash
id_of(const char *pattern, size_t n, const struct ignore_meta *m)
{
	struct buf b;
	struct hash id;

	buf_init(&b, SIZE_MAX);
	buf_add(&b, pattern, n);
	buf_addc(&b, '\0');
	buf_addf(&b, "%d %d %d %s", m->least, m->most, m->whole,
	    m->section != NULL ? m->section : "");
	id = hash_bytes(b.p, b.len);
	buf_free(&b);
	return id;
}

static void
add_twin(struct ignore *set, const char *file, int line, size_t of)
{
	set->twin = xreallocarray(set->twin, set->ntwin + 1, sizeof *set->twin);
	set->twin[set->ntwin++] = (struct ignore_twin){ xstrdup(file), line,
		of };
}

static enum turn
turn_of(const struct ignore_rule *r)
{
	const struct ignore_meta *m = &r->meta;

	if (r->expired)
		return TURN_NEVER;
	return m->whole || m->section != NULL || m->most != LEVEL_NONE ?
	    TURN_RECORD :
	    TURN_LINE;
}

void
ignore_add(struct ignore *set, const char *file, int line, const char *pattern,
    size_t n, struct ignore_meta *meta, int64_t now, ignore_error on_error,
    void *arg)
{
	char what[256], *copy;
	size_t column, nfile = strlen(file) + 1;
	struct hash id = id_of(pattern, n, meta);
	struct entry *e;
	pcre2_code *code;
	uint32_t *slot;

	make_room(set);
	slot = slot_of(set, id, meta->until);
	if (*slot != 0) {
		add_twin(set, file, line, *slot - 1);
		ignore_meta_free(meta);
		return;
	}
	copy = xmalloc(n + 1 + nfile);
	memcpy(copy, pattern, n);
	copy[n] = '\0';
	memcpy(copy + n + 1, file, nfile);
	code = compile(set, pattern, n, &column, what, sizeof what);
	if (code == NULL) {
		on_error(arg, file, line, copy, column, what);
		ignore_meta_free(meta);
		free(copy);
		return;
	}
	*slot = (uint32_t)set->n + 1;
	e = &set->entry[set->n++];
	*e = (struct entry){ .text = copy,
		.code = code,
		.rule = { .pattern = copy,
		    .file = copy + n + 1,
		    .line = line,
		    .meta = *meta,
		    .id = id,
		    .expired = meta->until != 0 && now >= meta->until } };
	ignore_meta_init(meta);
	e->jit = set->stack != NULL && has_jit(code);
	e->to_end = strstr(copy, "\\z") != NULL || strstr(copy, "\\Z") != NULL;
	e->turn = turn_of(&e->rule);
	set->nlater += e->turn == TURN_RECORD;
}

size_t
ignore_count(const struct ignore *set)
{
	return set->n;
}

const struct ignore_rule *
ignore_rule(const struct ignore *set, size_t i)
{
	return &set->entry[i].rule;
}

const struct ignore_twin *
ignore_twins(const struct ignore *set, size_t *n)
{
	*n = set->ntwin;
	return set->twin;
}

/* ".*" at the begin is as loose as no "^"; "(", "(?:" and "(?s)" may stand
 * in front of it. */
static bool
is_loose(const char *p)
{
	p += strspn(p, "^(");
	while (*p == '?' && p[-1] == '(') {
		p += 1 + strspn(p + 1, "imnsxJU-");
		p += strspn(p, ":)^(");
	}
	return p[0] == '.' && (p[1] == '*' || p[1] == '+');
}

/* PCRE2 finds out by itself that (^a|^b) is anchored, and ^a|b is not. */
struct ignore_traits
ignore_traits(const struct ignore *set, size_t i)
{
	const struct entry *e = &set->entry[i];
	uint32_t options = 0, first = 0, last = 0;
	bool anchored;

	pcre2_pattern_info(e->code, PCRE2_INFO_ALLOPTIONS, &options);
	pcre2_pattern_info(e->code, PCRE2_INFO_FIRSTCODETYPE, &first);
	pcre2_pattern_info(e->code, PCRE2_INFO_LASTCODETYPE, &last);
	anchored = (options & PCRE2_ANCHORED) != 0;
	return (struct ignore_traits){
		.anchored = anchored && !is_loose(e->text),
		.slow = !e->jit || (!anchored && first != 1 && last != 1),
	};
}

/*
 * Anything but a clean "yes" leaves the record to be reported.  A limit that
 * was hit, or a line that the interpreter may not see, is a strike.  Where not
 * all is searched the end is not seen, and nothing matches it; readers cut at
 * the same length, so that what is as long may have been longer.
 */
static bool
entry_matches(struct ignore *set, struct entry *e, const char *p, size_t len)
{
	PCRE2_SPTR s = (PCRE2_SPTR)(len > 0 ? p : ""); /* 10.42 refuses NULL */
	size_t n = len < MATCH_MAX ? len : MATCH_MAX;
	uint32_t options = len < MATCH_MAX ? 0 : PCRE2_NOTEOL;
	int rc;

	if (options != 0 && e->to_end)
		return false;
	if (e->jit)
		rc = pcre2_jit_match(e->code, s, n, 0, options, set->data,
		    set->match);
	else if (n <= INTERPRET_MAX)
		rc = pcre2_match(e->code, s, n, 0, PCRE2_NO_JIT, set->data,
		    set->match);
	else
		rc = PCRE2_ERROR_MATCHLIMIT;
	if (rc >= 0) {
		e->rule.hits++;
		e->rule.bytes += (int64_t)len;
		return true;
	}
	if (rc != PCRE2_ERROR_NOMATCH && ++e->rule.strikes >= IGNORE_STRIKES) {
		e->rule.off = true;
		e->turn = TURN_NEVER;
	}
	return false;
}

int32_t
ignore_line(struct ignore *set, const char *p, size_t n)
{
	struct entry *e;

	for (size_t i = 0; i < set->n; i++) {
		e = &set->entry[i];
		if (e->turn == TURN_LINE && entry_matches(set, e, p, n))
			return (int32_t)i;
	}
	return -1;
}

bool
ignore_has_conditions(const struct ignore *set)
{
	return set->nlater > 0;
}

static bool
applies(const struct ignore_meta *m, enum level level, const char *path)
{
	if (m->most != LEVEL_NONE && (level < m->least || level > m->most))
		return false;
	return m->section == NULL ||
	    (path != NULL && route_covers(m->section, path));
}

static size_t
first_line(const char *p, size_t n)
{
	const char *lf = n > 0 ? memchr(p, '\n', n) : NULL;

	return lf != NULL ? (size_t)(lf - p) : n;
}

int32_t
ignore_record(struct ignore *set, const char *record, size_t len,
    enum level level, const char *path)
{
	size_t line;
	struct entry *e;

	if (set->nlater == 0)
		return -1;
	line = first_line(record, len);
	for (size_t i = 0; i < set->n; i++) {
		e = &set->entry[i];
		if (e->turn == TURN_RECORD &&
		    applies(&e->rule.meta, level, path) &&
		    entry_matches(set, e, record,
			e->rule.meta.whole ? len : line))
			return (int32_t)i;
	}
	return -1;
}

int32_t
ignore_which(struct ignore *set, const char *record, size_t len,
    enum level level, const char *path)
{
	int32_t i = ignore_line(set, record, first_line(record, len));

	return i >= 0 ? i : ignore_record(set, record, len, level, path);
}

void
ignore_lines(struct ignore *set, const struct lines *l, const uint8_t *wanted,
    int32_t *rule)
{
	const char *p;
	size_t i, n;

	for (i = 0; i < l->n; i++) {
		rule[i] = -1;
		if (set->n == 0 || !wanted[i])
			continue;
		p = lines_at(l, i, &n);
		rule[i] = ignore_line(set, p, n);
	}
}
