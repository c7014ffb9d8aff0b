/* SPDX-License-Identifier: ISC */
/* The ignore rules of the configured logs. */
#include "watchdog/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "watchdog/alarm.h"
#include "watchdog/conf.h"
#include "watchdog/match/ignore.h"
#include "watchdog/store/store_rules.h"

struct complaint {
	size_t n;
	struct alarms *alarms;
	char key[4200];
};

void
rules_complain(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	struct buf b;
	size_t at, *n = arg;

	(*n)++;
	buf_init(&b, SIZE_MAX);
	text_clean(&b, file, strlen(file), TEXT_LINE);
	if (line > 0)
		buf_addf(&b, ":%d", line);
	buf_addf(&b, ": %s\n", what);
	if (line > 0 && pattern != NULL) {
		buf_addc(&b, '\t');
		at = b.len;
		text_clean(&b, pattern, column, TEXT_LINE);
		at = b.len - at;
		text_clean(&b, pattern + column, strlen(pattern + column),
		    TEXT_LINE);
		buf_addf(&b, "\n\t%*s^\n", (int)at, "");
	}
	fputs(buf_str(&b), stderr);
	buf_free(&b);
}

/* Logs that name the same files share the alarm about them. */
static void
rule_key(const struct log_conf *log, char *key, size_t size)
{
	size_t n = (size_t)snprintf(key, size, "rules");

	for (size_t i = 0; i < log->nignore && n < size; i++)
		n += (size_t)snprintf(key + n, size - n, " %s", log->ignore[i]);
}

static void
on_mistake(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	struct complaint *c = arg;

	rules_complain(&c->n, file, line, pattern, column, what);
	if (line > 0)
		alarm_on(c->alarms, c->key,
		    "Ignore rule %s:%d hides nothing, "
		    "because it is broken: %s.  (site-watchdog check-config "
		    "lists all that are.)",
		    file, line, what);
	else
		alarm_on(c->alarms, c->key,
		    "Ignore rules in %s are not used: "
		    "%s.",
		    file, what);
}

bool
rules_same(const struct log_conf *a, const struct log_conf *b)
{
	if (a->nignore != b->nignore)
		return false;
	for (size_t i = 0; i < a->nignore; i++)
		if (strcmp(a->ignore[i], b->ignore[i]) != 0)
			return false;
	return true;
}

struct ignore *
rules_of(struct ignore **set, const struct watchdog_conf *conf,
    const struct log_conf *log, struct alarms *alarms, bool *broken)
{
	size_t me = (size_t)(log - conf->log);
	struct complaint c = { .n = 0, .alarms = alarms };

	if (set[me] != NULL)
		return set[me];
	for (size_t i = 0; i < conf->nlog; i++)
		if (set[i] != NULL && rules_same(&conf->log[i], log))
			return set[me] = set[i];
	rule_key(log, c.key, sizeof c.key);
	set[me] = ignore_load((const char *const *)log->ignore, log->nignore,
	    clock_now(), on_mistake, &c);
	*broken |= c.n > 0;
	return set[me];
}

/* Has an earlier log the same set? */
static bool
is_repeat(struct ignore *const *set, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (set[k] == set[i])
			return true;
	return false;
}

static void
judge_rule(const struct ignore_rule *r, const char *log_key,
    struct alarms *alarms)
{
	const struct ignore_meta *m = &r->meta;
	char *key = xasprintf("%s\n%s", log_key, r->pattern);

	if (r->expired)
		alarm_on(alarms, key,
		    "Ignore rule %s:%d ended with %s: what it hid is reported "
		    "again.%s%s%s%s  Remove it, or give it another day.",
		    r->file, r->line, m->day, m->by != NULL ? "  By " : "",
		    m->by != NULL ? m->by : "",
		    m->because != NULL ? "  Because " : "",
		    m->because != NULL ? m->because : "");
	if (r->off)
		alarm_on(alarms, key,
		    "Ignore rule %s:%d took too long on %d records and "
		    "was off for the rest of the run; what it would hide is "
		    "reported.  Nested repeats such as (a+)+ do this.",
		    r->file, r->line, r->strikes);
	free(key);
}

void
rules_judge(struct ignore *const *set, const struct watchdog_conf *conf,
    struct alarms *alarms)
{
	char key[4200];

	for (size_t i = 0; i < conf->nlog; i++) {
		rule_key(&conf->log[i], key, sizeof key);
		if (set[i] == NULL) {
			alarm_keep(alarms, key);
			alarm_keep_below(alarms, key);
			continue;
		}
		for (size_t k = 0; k < ignore_count(set[i]); k++)
			judge_rule(ignore_rule(set[i], k), key, alarms);
	}
}

void
rules_write(struct ignore *const *set, const struct watchdog_conf *conf,
    struct db *db, int64_t now)
{
	for (size_t i = 0; i < conf->nlog; i++)
		if (set[i] != NULL && !is_repeat(set, i))
			store_rules_add(db, set[i], now);
}

void
rules_free(struct ignore **set, const struct watchdog_conf *conf)
{
	for (size_t i = 0; i < conf->nlog; i++) {
		for (size_t k = i + 1; k < conf->nlog; k++)
			if (set[k] == set[i])
				set[k] = NULL;
		if (set[i] != NULL)
			ignore_free(set[i]);
	}
	free(set);
}
