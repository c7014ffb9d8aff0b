/* SPDX-License-Identifier: ISC */
/* Entries of the systemd journal: its export format, and their text. */
#include "watchdog/read/journal_entry.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/span.h"

#define WORD 128 /* bytes of a host or a name */
#define CURSOR 512
#define USER_MIN 1000 /* login.defs(5); below are the system's */

/* Where in an entry the next byte is. */
enum { NAME, VALUE, LENGTH, DATA, DATA_END };

static const struct {
	const char *name;
	size_t max;
} fields[] = {
	[ENTRY_CURSOR] = { "__CURSOR", CURSOR },
	[ENTRY_TIME] = { "__REALTIME_TIMESTAMP", 20 },
	[ENTRY_PRIORITY] = { "PRIORITY", 1 },
	[ENTRY_HOST] = { "_HOSTNAME", WORD },
	[ENTRY_NAME] = { "SYSLOG_IDENTIFIER", WORD },
	[ENTRY_COMM] = { "_COMM", WORD },
	[ENTRY_PID] = { "_PID", 20 },
	[ENTRY_UID] = { "_UID", 20 },
	[ENTRY_MESSAGE_TEXT] = { "MESSAGE", ENTRY_MESSAGE },
};

const char *const *
entry_names(void)
{
	static const char *names[ENTRY_FIELDS + 1];

	for (size_t i = 0; i < ENTRY_FIELDS; i++)
		names[i] = fields[i].name;
	return names;
}

void
entry_init(struct entry *e)
{
	memset(e, 0, sizeof *e);
	for (size_t i = 0; i < ENTRY_FIELDS; i++)
		buf_init(&e->field[i], fields[i].max);
}

void
entry_free(struct entry *e)
{
	for (size_t i = 0; i < ENTRY_FIELDS; i++)
		buf_free(&e->field[i]);
}

/* ---- from the export format ---------------------------------------------- */

static void
begin(struct entry *e)
{
	for (size_t i = 0; i < ENTRY_FIELDS; i++) {
		buf_reset(&e->field[i]);
		e->known[i] = false;
	}
	e->cut = 0;
	e->any = false;
	e->whole = false;
}

/* The field's name is complete: is it one of ours? */
static void
find_field(struct entry *e)
{
	e->into = NULL;
	for (size_t i = 0; i < ENTRY_FIELDS; i++)
		if (strlen(fields[i].name) == e->nname && !e->known[i] &&
		    memcmp(fields[i].name, e->name, e->nname) == 0) {
			e->known[i] = true;
			e->into = &e->field[i];
		}
	e->any = true;
	e->nname = 0;
}

/* A piece of a value: as much as there is room for. */
static void
keep(struct entry *e, const char *p, size_t n)
{
	size_t room;

	if (e->into == NULL)
		return;
	room = e->into->max - e->into->len;
	buf_add(e->into, p, n < room ? n : room);
	if (n > room && e->into == &e->field[ENTRY_MESSAGE_TEXT])
		e->cut += n - room;
}

/* Up to '=', to the end of a name without one, or of the entry. */
static size_t
feed_name(struct entry *e, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '=' && p[i] != '\n') {
		/* one that is longer is none of ours */
		if (e->nname < sizeof e->name)
			e->name[e->nname++] = p[i];
		i++;
	}
	if (i == n)
		return n;
	if (p[i] == '\n' && e->nname == 0) {
		e->whole = e->any; /* empty lines may be more than one */
		return i + 1;
	}
	e->state = p[i] == '=' ? VALUE : LENGTH;
	e->left = 0;
	e->nleft = 0;
	find_field(e);
	return i + 1;
}

static size_t
feed_value(struct entry *e, const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	if (lf != NULL) {
		n = (size_t)(lf - p);
		e->state = NAME;
	}
	keep(e, p, n);
	return lf != NULL ? n + 1 : n;
}

/* A byte of the length, the lowest comes first. */
static size_t
feed_length(struct entry *e, const char *p)
{
	e->left |= (uint64_t)(unsigned char)*p << 8 * e->nleft;
	if (++e->nleft == 8)
		e->state = e->left > 0 ? DATA : DATA_END;
	return 1;
}

static size_t
feed_data(struct entry *e, const char *p, size_t n)
{
	if (n > e->left)
		n = (size_t)e->left;
	keep(e, p, n);
	e->left -= n;
	if (e->left == 0)
		e->state = DATA_END;
	return n;
}

enum entry_status
entry_feed(struct entry *e, const char *p, size_t n, size_t *taken)
{
	size_t i = 0;

	if (e->whole)
		begin(e);
	while (i < n && !e->whole)
		switch (e->state) {
		case NAME:
			i += feed_name(e, p + i, n - i);
			break;
		case VALUE:
			i += feed_value(e, p + i, n - i);
			break;
		case LENGTH:
			i += feed_length(e, p + i);
			break;
		case DATA:
			i += feed_data(e, p + i, n - i);
			break;
		case DATA_END:
			if (p[i++] != '\n') {
				*taken = i;
				return ENTRY_BAD;
			}
			e->state = NAME;
			break;
		}
	*taken = i;
	return e->whole ? ENTRY_WHOLE : ENTRY_MORE;
}

bool
entry_open(const struct entry *e)
{
	return !e->whole && (e->any || e->nname > 0 || e->state != NAME);
}

/* ---- to text ------------------------------------------------------------- */

static int64_t
entry_usec(const struct entry *e)
{
	const char *p = buf_str(&e->field[ENTRY_TIME]);
	/* beyond the year 9999 nothing is a date */
	const int64_t most = INT64_C(253402300799) * 1000000;
	int64_t t = 0;

	for (; is_digit(*p) && t <= most; p++)
		t = t * 10 + (*p - '0');
	return *p == '\0' && t <= most ? t : 0;
}

bool
entry_users(const struct entry *e)
{
	return strtoull(buf_str(&e->field[ENTRY_UID]), NULL, 10) >= USER_MIN;
}

int64_t
entry_time(const struct entry *e)
{
	return entry_usec(e) / 1000000;
}

/* A word of the head, and the blank behind it. */
static void
add_word(struct buf *b, const struct buf *word)
{
	for (size_t i = 0; i < word->len; i++)
		buf_addc(b,
		    (unsigned char)word->p[i] <= ' ' || word->p[i] == 0x7f ?
			'_' :
			word->p[i]);
	buf_adds(b, word->len > 0 ? " " : "- ");
}

static void
add_head(const struct entry *e, struct buf *b)
{
	const struct buf *priority = &e->field[ENTRY_PRIORITY];
	const struct buf *name = &e->field[ENTRY_NAME];
	char level = '6', when[CLOCK_TEXT]; /* as journald itself has it */
	int64_t usec = entry_usec(e);

	if (priority->len == 1 && *priority->p >= '0' && *priority->p <= '7')
		level = *priority->p;
	buf_addf(b, "<%c>1 ", level);
	if (usec > 0)
		buf_addf(b, "%.19s.%06lldZ ",
		    clock_rfc3339(usec / 1000000, when),
		    (long long)(usec % 1000000));
	else
		buf_adds(b, "- ");
	add_word(b, &e->field[ENTRY_HOST]);
	add_word(b, name->len > 0 ? name : &e->field[ENTRY_COMM]);
	add_word(b, &e->field[ENTRY_PID]);
	buf_adds(b, "- - ");
}

/* Does it begin as a line of syslog does, in any of its forms: "<3>", "Nov 28
 * 18:", "2026-11-28T"? */
static bool
looks_like_head(struct span s)
{
	size_t digits = span_digits(s);

	if (span_begins(s, "<"))
		return s.n > 1 && is_digit(s.p[1]);
	if (s.n < 17)
		return false;
	if (digits == 4)
		return s.p[4] == '-' && s.p[10] == 'T';
	return s.p[3] == ' ' && s.p[6] == ' ' && is_digit(s.p[7]);
}

/* As rsyslog writes what no line can have; format syslog undoes it, in a line
 * with a head, and so that must not be there by itself. */
static void
add_line(struct buf *b, struct span s, bool first)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\0' &&
		    (!first || s.p[i] != '#' || i + 1 >= s.n ||
			s.p[i + 1] != '0'))
			continue;
		buf_add(b, s.p + from, i - from);
		buf_adds(b, s.p[i] == '\0' ? "#000" : "#043");
		from = i + 1;
	}
	buf_add(b, s.p + from, s.n - from);
	buf_addc(b, '\n');
}

void
entry_text(const struct entry *e, struct buf *b)
{
	const struct buf *m = &e->field[ENTRY_MESSAGE_TEXT];
	struct span all = { m->p, m->len }, line;
	const char *lf;
	bool first = true;

	if (e->cut == 0)
		while (all.n > 0 && all.p[all.n - 1] == '\n')
			all.n--;
	if (all.n == 0)
		return;
	add_head(e, b);
	while (all.n > 0) {
		lf = memchr(all.p, '\n', all.n);
		line = span_until(all, lf);
		if (!first && looks_like_head(line))
			buf_addc(b, ' ');
		add_line(b, line, first);
		first = false;
		all = span_skip(all, line.n + (lf != NULL));
	}
	if (e->cut > 0)
		buf_addf(b, " [%llu more bytes of this entry are left out]\n",
		    (unsigned long long)e->cut);
}

bool
entry_same(const char *cursor, const char *other)
{
	const char *a = strstr(cursor, ";b="), *b = strstr(other, ";b=");

	/* before that: the file's series, and the number in it */
	return a != NULL && b != NULL ? strcmp(a, b) == 0 :
					strcmp(cursor, other) == 0;
}
