/* SPDX-License-Identifier: ISC */
/* PCRE2 for plain uses: one text, one pattern, a bounded time. */
#include "common/host/regex.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"

/* ^(a+)+$ against a hostile text stops after 0.25 ms at this limit, which
 * counts for each place where a match may begin. */
#define MATCH_LIMIT 100000
#define HEAP_LIMIT (16 * 1024) /* KiB, interpreter only */

/*
 * That leaves \w+ \w+\d over a long text quadratic, and no limit of PCRE2
 * 10.42 counts that: places are tried in portions, with a look at the clock in
 * between.  A portion's places times the text's length is at most WORK.
 */
#define WORK (64 * 1024 * 1024)
#define TIME_MAX_US 200000

/* The interpreter is 50 times slower, and sees no long text. */
#define PLAIN_SLOWER 64
#define PLAIN_MAX (64 * 1024)

/* The 32 KiB of the machine's stack are too few for (a|b)* over a long text;
 * more is taken when that was seen. */
#define STACK_MIN (32 * 1024)
#define STACK_MAX (1024 * 1024)

struct regex {
	pcre2_code *code;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack; /* NULL: not needed so far */
	bool jit;
	bool grouped;
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

static void
explain(int code, size_t column, char error[160])
{
	char what[120], whole[160];
	struct buf clean;

	pcre2_get_error_message(code, (PCRE2_UCHAR *)what, sizeof what);
	snprintf(whole, sizeof whole, "%s (column %zu)", what, column + 1);
	buf_init(&clean, 159);
	text_clean(&clean, whole, strlen(whole), TEXT_LINE);
	snprintf(error, 160, "%s", buf_str(&clean));
	buf_free(&clean);
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

struct regex *
regex_compile(const char *pattern, char error[160])
{
	/* In UTF mode a text with one bad byte would not match at all. */
	const uint32_t options = PCRE2_MULTILINE | PCRE2_NEVER_UTF |
	    PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
	pcre2_general_context *memory;
	pcre2_compile_context *context;
	struct regex *r = xcalloc(1, sizeof *r);
	uint32_t groups = 0, names = 0;
	size_t column = 0;
	int code;

	memory = pcre2_general_context_create(memory_get, memory_put, NULL);
	context = pcre2_compile_context_create(memory);
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    options, &code, &column, context);
	pcre2_compile_context_free(context);
	if (r->code != NULL) {
		pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &groups);
		r->grouped = groups > 0;
		r->jit = has_jit(r->code);
		pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &names);
		/* only what has a name is asked for by its number */
		r->data = pcre2_match_data_create(names > 0 ? groups + 1 : 2,
		    memory);
		r->match = pcre2_match_context_create(memory);
		pcre2_set_match_limit(r->match, MATCH_LIMIT);
		pcre2_set_heap_limit(r->match, HEAP_LIMIT);
	} else {
		explain(code, column, error);
		free(r);
		r = NULL;
	}
	pcre2_general_context_free(memory);
	return r;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_jit_stack_free(r->stack);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->match);
	pcre2_code_free(r->code);
	free(r);
}

/* Matches that begin at from or later, but before from + places. */
static int
search_portion(const struct regex *r, const char *p, size_t n, size_t from,
    size_t places, uint32_t options)
{
	PCRE2_SPTR s = (PCRE2_SPTR)p;

	pcre2_set_offset_limit(r->match, from + places - 1);
	if (r->jit)
		return pcre2_jit_match(r->code, s, n, from, options, r->data,
		    r->match);
	return pcre2_match(r->code, s, n, from, PCRE2_NO_JIT | options, r->data,
	    r->match);
}

/* False if there is none to be had, or it was not enough. */
static bool
more_stack(struct regex *r)
{
	if (r->stack != NULL)
		return false;
	r->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	if (r->stack == NULL)
		return false;
	pcre2_jit_stack_assign(r->match, NULL, r->stack);
	return true;
}

static int
search_all(struct regex *r, const char *p, size_t n, uint32_t options)
{
	size_t work = r->jit ? WORK : WORK / PLAIN_SLOWER;
	size_t from = 0, places = work / (n + 1) + 1;
	int64_t until = 0;
	int rc;

	for (;;) {
		rc = search_portion(r, p, n, from, places, options);
		if (rc == PCRE2_ERROR_JIT_STACKLIMIT && more_stack(r))
			continue;
		/* An empty match may stand at n. */
		if (rc != PCRE2_ERROR_NOMATCH || places > n - from)
			return rc;
		from += places;
		if (until == 0)
			until = clock_mono_us() + TIME_MAX_US;
		else if (clock_mono_us() > until)
			return PCRE2_ERROR_MATCHLIMIT;
	}
}

enum regex_result
regex_search(struct regex *r, const char *p, size_t n, const char **group,
    size_t *len)
{
	size_t searched = r->jit || n < PLAIN_MAX ? n : PLAIN_MAX;
	const size_t *v;
	int rc;

	if (n == 0)
		p = ""; /* pcre2_jit_match of 10.42 refuses NULL */
	/* `$` does not stand where the search stops. */
	rc = search_all(r, p, searched, searched < n ? PCRE2_NOTEOL : 0);
	if (rc == PCRE2_ERROR_NOMATCH && searched == n)
		return REGEX_NO_MATCH;
	if (rc < 0)
		return REGEX_LIMIT;
	if (group == NULL)
		return REGEX_MATCH;
	v = pcre2_get_ovector_pointer(r->data) + (r->grouped ? 2 : 0);
	*group = v[0] == PCRE2_UNSET ? NULL : p + v[0];
	/* \K in a lookahead can make a match end before it begins. */
	*len = v[0] == PCRE2_UNSET || v[1] < v[0] ? 0 : v[1] - v[0];
	return REGEX_MATCH;
}

int
regex_group(const struct regex *r, const char *name)
{
	int group = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)name);

	return group > 0 ? group : 0;
}

bool
regex_at(const struct regex *r, int group, size_t *from, size_t *n)
{
	const size_t *v = pcre2_get_ovector_pointer(r->data) + 2 * group;

	if ((uint32_t)group >= pcre2_get_ovector_count(r->data) ||
	    v[0] == PCRE2_UNSET || v[1] < v[0])
		return false;
	*from = v[0];
	*n = v[1] - v[0];
	return true;
}
