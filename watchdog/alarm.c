/* SPDX-License-Identifier: ISC */
/* Self-alarms: conditions that begin and end, and events. */
#include "watchdog/alarm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "watchdog/store/store.h"

struct alarm {
	char *key;
	char *text;
	char *note; /* for when it is over; that it is on was not said */
	bool keep;  /* not looked at */
	bool known; /* was on before this run */
};

struct alarms {
	struct alarm *alarm;
	size_t n;
	char **line;
	size_t nline;
	char **over; /* keys that are gone */
	size_t nover;
	char **below; /* begins of keys that stay */
	size_t nbelow;
	int64_t now;
};

struct alarms *
alarms_new(void)
{
	return xcalloc(1, sizeof(struct alarms));
}

static void
strings_free(char **s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i]);
	free(s);
}

void
alarms_free(struct alarms *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->alarm[i].key);
		free(a->alarm[i].text);
		free(a->alarm[i].note);
	}
	free(a->alarm);
	strings_free(a->line, a->nline);
	strings_free(a->over, a->nover);
	strings_free(a->below, a->nbelow);
	free(a);
}

static char **
strings_add(char **s, size_t *n, char *text)
{
	s = xreallocarray(s, *n + 1, sizeof *s);
	s[(*n)++] = text;
	return s;
}

static struct alarm *
find(struct alarms *a, const char *key)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->alarm[i].key, key) == 0)
			return &a->alarm[i];
	return NULL;
}

static struct alarm *
add(struct alarms *a, const char *key)
{
	struct alarm *al;

	a->alarm = xreallocarray(a->alarm, a->n + 1, sizeof *a->alarm);
	al = &a->alarm[a->n++];
	memset(al, 0, sizeof *al);
	al->key = xstrdup(key);
	return al;
}

static char *__attribute__((format(printf, 1, 0)))
format(const char *fmt, va_list ap)
{
	char text[2048];

	vsnprintf(text, sizeof text, fmt, ap);
	return xstrdup(text);
}

void
alarm_on(struct alarms *a, const char *key, const char *fmt, ...)
{
	struct alarm *al = find(a, key);
	va_list ap;

	if (al == NULL)
		al = add(a, key);
	al->keep = false;
	if (al->text != NULL)
		return;
	va_start(ap, fmt);
	al->text = format(fmt, ap);
	va_end(ap);
}

void
alarm_keep(struct alarms *a, const char *key)
{
	if (find(a, key) == NULL)
		add(a, key)->keep = true;
}

void
alarm_keep_below(struct alarms *a, const char *key)
{
	a->below = strings_add(a->below, &a->nbelow, xasprintf("%s\n", key));
}

void
alarm_note(struct alarms *a, const char *key, const char *fmt, ...)
{
	struct alarm *al = find(a, key);
	va_list ap;

	if (al != NULL)
		return; /* it is not over */
	al = add(a, key);
	va_start(ap, fmt);
	al->note = format(fmt, ap);
	va_end(ap);
}

static bool
is_below(const struct alarms *a, const char *key)
{
	for (size_t i = 0; i < a->nbelow; i++)
		if (strncmp(key, a->below[i], strlen(a->below[i])) == 0)
			return true;
	return false;
}

void
alarm_event(struct alarms *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	a->line = strings_add(a->line, &a->nline, format(fmt, ap));
	va_end(ap);
}

/* Or nobody looked. */
static bool
is_on(const struct alarm *al)
{
	return al != NULL && (al->keep || al->text != NULL);
}

static void
compare(void *arg, const char *key, const char *text, int64_t since)
{
	struct alarms *a = arg;
	struct alarm *al = find(a, key);
	char span[CLOCK_TEXT];

	if (al != NULL)
		al->known = true;
	if (is_on(al))
		return;
	if (is_below(a, key))
		return;
	a->over = strings_add(a->over, &a->nover, xstrdup(key));
	a->line = strings_add(a->line, &a->nline,
	    xasprintf("Over after %s: %s%s",
		clock_span(a->now > since ? a->now - since : 0, span), text,
		al != NULL ? al->note : ""));
}

bool
alarms_settle(struct alarms *a, struct db *db, int64_t now)
{
	a->now = now;
	store_alarms_list(db, compare, a);
	for (size_t i = 0; i < a->n; i++)
		if (!a->alarm[i].known && a->alarm[i].text != NULL)
			a->line = strings_add(a->line, &a->nline,
			    xstrdup(a->alarm[i].text));
	return a->nline > 0;
}

const char *const *
alarms_lines(const struct alarms *a, size_t *n)
{
	*n = a->nline;
	return (const char *const *)a->line;
}

void
alarms_write(const struct alarms *a, struct db *db, int64_t now)
{
	for (size_t i = 0; i < a->nover; i++)
		store_alarm_drop(db, a->over[i]);
	for (size_t i = 0; i < a->n; i++)
		if (!a->alarm[i].known && a->alarm[i].text != NULL)
			store_alarm_put(db, a->alarm[i].key, a->alarm[i].text,
			    now);
}
