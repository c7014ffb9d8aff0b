/* SPDX-License-Identifier: ISC */
/* Ignore rules: compiled, searched for in lines, and counted. */
#include "watchdog/match/ignore.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"
#include "watchdog/match/ignore_set.h"
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

struct entry {
	struct ignore_rule rule;
	char *text; /* the pattern, and behind its NUL the file */
	size_t npattern;
	pcre2_code *code;
	bool jit;
};

struct ignore {
	struct entry *entry;
	size_t n, cap;
	uint32_t *slot; /* by hash of the pattern: index + 1, or 0 */
	size_t nslot;   /* a power of two, more than n */
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
		free(set->entry[i].text);
	}
	free(set->entry);
	free(set->slot);
	pcre2_jit_stack_free(set->stack);
	pcre2_match_data_free(set->data);
	pcre2_match_context_free(set->match);
	pcre2_compile_context_free(set->compile);
	pcre2_general_context_free(set->memory);
	free(set);
}

/* The slot that holds the pattern, or the empty one where it belongs. */
static uint32_t *
slot_of(const struct ignore *set, const char *pattern, size_t n)
{
	size_t i = hash_bytes(pattern, n).lo & (set->nslot - 1);
	const struct entry *e;

	while (set->slot[i] != 0) {
		e = &set->entry[set->slot[i] - 1];
		if (e->npattern == n && memcmp(e->text, pattern, n) == 0)
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
		*slot_of(set, set->entry[i].text,
		    set->entry[i].npattern) = (uint32_t)i + 1;
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

void
ignore_add(struct ignore *set, const char *file, int line, const char *pattern,
    size_t n, ignore_error on_error, void *arg)
{
	char what[256], *copy;
	size_t column, nfile = strlen(file) + 1;
	struct entry *e;
	pcre2_code *code;

	make_room(set);
	if (*slot_of(set, pattern, n) != 0)
		return;
	copy = xmalloc(n + 1 + nfile);
	memcpy(copy, pattern, n);
	copy[n] = '\0';
	memcpy(copy + n + 1, file, nfile);
	code = compile(set, pattern, n, &column, what, sizeof what);
	if (code == NULL) {
		on_error(arg, file, line, copy, column, what);
		free(copy);
		return;
	}
	*slot_of(set, pattern, n) = (uint32_t)set->n + 1;
	e = &set->entry[set->n++];
	*e = (struct entry){
		.text = copy,
		.npattern = n,
		.code = code,
		.rule = { .pattern = copy, .file = copy + n + 1, .line = line }
	};
	e->jit = set->stack != NULL && has_jit(code);
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

/*
 * Anything but a clean "yes" leaves the record to be reported.  A limit that
 * was hit, or a line that the interpreter may not see, is a strike.
 */
static bool
entry_matches(struct ignore *set, struct entry *e, const char *p, size_t n)
{
	PCRE2_SPTR s = (PCRE2_SPTR)p;
	int rc;

	if (e->rule.off)
		return false;
	if (e->jit)
		rc = pcre2_jit_match(e->code, s, n, 0, 0, set->data,
		    set->match);
	else if (n <= INTERPRET_MAX)
		rc = pcre2_match(e->code, s, n, 0, PCRE2_NO_JIT, set->data,
		    set->match);
	else
		rc = PCRE2_ERROR_MATCHLIMIT;
	if (rc >= 0)
		return true;
	if (rc != PCRE2_ERROR_NOMATCH && ++e->rule.strikes >= IGNORE_STRIKES)
		e->rule.off = true;
	return false;
}

int32_t
ignore_line(struct ignore *set, const char *p, size_t n)
{
	size_t i, searched = n < MATCH_MAX ? n : MATCH_MAX;
	struct entry *e;

	if (n == 0)
		p = ""; /* pcre2_jit_match of 10.42 refuses NULL */
	for (i = 0; i < set->n; i++) {
		e = &set->entry[i];
		if (!entry_matches(set, e, p, searched))
			continue;
		e->rule.hits++;
		e->rule.bytes += (int64_t)n;
		return (int32_t)i;
	}
	return -1;
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
