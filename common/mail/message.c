/* SPDX-License-Identifier: ISC */
/* One RFC 5322 message, ready for the wire. */
#include "common/mail/message.h"

#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/host/addr.h"

#define LINE_MAX_SOFT 76 /* RFC 5322 2.1.1 asks for 78, RFC 2047 for 76 */
#define WORD_MAX 75      /* an encoded-word, RFC 2047 2 */
#define WORD_HEAD "=?UTF-8?Q?"
#define WORD_TAIL "?="
#define WORD_FRAME (sizeof WORD_HEAD - 1 + sizeof WORD_TAIL - 1)
#define SUBJECT_MAX 200 /* characters */
#define NAME_MAX_CHARS 100
/* Plain ASCII without a blank cannot be folded; 998 is the limit. */
#define EXTRA_MAX 800
#define MSGID_MAX 250

/* Where an encoded-word stands decides what it may hold (RFC 2047 5). */
enum word_place { IN_TEXT, IN_PHRASE };

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* What may stand for itself in an encoded-word. */
static bool
is_word_safe(char c, enum word_place place)
{
	if (place == IN_PHRASE)
		return is_alnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
	return c > ' ' && c <= '~' && c != '=' && c != '?' && c != '_';
}

static size_t
word_width(const char *s, size_t n, enum word_place place)
{
	size_t width = 0, i;

	for (i = 0; i < n; i++)
		width += s[i] == ' ' || is_word_safe(s[i], place) ? 1 : 3;
	return width;
}

static void
add_hex(struct buf *out, char c)
{
	static const char digit[] = "0123456789ABCDEF";

	buf_addc(out, '=');
	buf_addc(out, digit[(unsigned char)c >> 4]);
	buf_addc(out, digit[(unsigned char)c & 15]);
}

static void
add_word_char(struct buf *out, const char *s, size_t n, enum word_place place)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == ' ')
			buf_addc(out, '_');
		else if (is_word_safe(s[i], place))
			buf_addc(out, s[i]);
		else
			add_hex(out, s[i]);
	}
}

/*
 * As encoded-words, each behind a space or a fold.  Readers decode them one
 * by one, so a character is never split between two.  Returns the column.
 */
static size_t
add_words(struct buf *out, size_t col, const char *s, size_t n,
    enum word_place place)
{
	size_t i, k, width, room = 0;

	for (i = 0; i < n; i += k) {
		k = text_utf8(s + i, n - i);
		k = k != 0 ? k : 1;
		width = word_width(s + i, k, place);
		if (width > room) {
			if (i > 0) {
				buf_adds(out, WORD_TAIL "\r\n");
				col = 0;
			}
			buf_adds(out, " " WORD_HEAD);
			room = LINE_MAX_SOFT - col - 1;
			room = room < WORD_MAX ? room : WORD_MAX;
			room -= WORD_FRAME;
			col = col + 1 + WORD_FRAME;
		}
		add_word_char(out, s + i, k, place);
		room -= width;
		col += width;
	}
	buf_adds(out, WORD_TAIL);
	return col;
}

/* May it go out as it is, and would a reader see the same? */
static bool
is_plain(const char *s, size_t n)
{
	size_t i;

	if (n > 0 && (s[0] == ' ' || s[n - 1] == ' '))
		return false;
	for (i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~' ||
		    (s[i] == '=' && i + 1 < n && s[i + 1] == '?'))
			return false;
	return true;
}

/* Folded before blanks, which stay: unfolding gives the same text. */
static void
add_plain(struct buf *out, size_t col, const char *s, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i += k) {
		for (k = 0; i + k < n && s[i + k] == ' '; k++)
			;
		for (; i + k < n && s[i + k] != ' '; k++)
			;
		if (i == 0) {
			buf_addc(out, ' ');
			col++;
		} else if (col + k > LINE_MAX_SOFT) {
			buf_adds(out, "\r\n");
			col = 0;
		}
		buf_add(out, s + i, k);
		col += k;
	}
}

/* A header of free text. */
static void
add_text(struct buf *out, const char *name, const char *value, size_t max)
{
	struct buf clean;

	buf_init(&clean, max * TEXT_SHOWN + 8);
	text_shorten(&clean, value, strlen(value), max);
	buf_addf(out, "%s:", name);
	if (is_plain(buf_str(&clean), clean.len))
		add_plain(out, strlen(name) + 1, buf_str(&clean), clean.len);
	else
		add_words(out, strlen(name) + 1, clean.p, clean.len, IN_TEXT);
	buf_adds(out, "\r\n");
	buf_free(&clean);
}

static const char *
checked_address(const char *a)
{
	if (addr_check(a) != ADDR_OK)
		fatal(EX_SOFTWARE, "bug: bad address \"%s\" in a mail: %s", a,
		    addr_reason_text(addr_check(a)));
	return a;
}

static const char *
checked_id(const char *id)
{
	const char *at = strchr(id, '@'), *p;
	bool ok = at != NULL && at != id && at[1] != '\0' &&
	    strlen(id) <= MSGID_MAX;

	for (p = id; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '<' || *p == '>')
			ok = false;
	if (!ok)
		fatal(EX_SOFTWARE, "bug: bad Message-ID \"%s\"", id);
	return id;
}

static const char *
checked_extra(const char *name)
{
	static const char prefix[] = "X-Sitewatch-";
	const char *p;
	bool ok = strncmp(name, prefix, sizeof prefix - 1) == 0 &&
	    strlen(name) < LINE_MAX_SOFT / 2;

	for (p = name; *p != '\0'; p++)
		if (!is_alnum(*p) && *p != '-')
			ok = false;
	if (!ok)
		fatal(EX_SOFTWARE, "bug: bad header name \"%s\"", name);
	return name;
}

/* Words that may stand in front of <address> without quotes. */
static bool
is_atoms(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_alnum(s[i]) &&
		    strchr(" !#$%&'*+-/^_`{|}~", s[i]) == NULL)
			return false;
	return is_plain(s, n);
}

static void
add_from(struct buf *out, const struct message *m)
{
	struct buf clean;
	size_t col = strlen("From:");

	buf_init(&clean, NAME_MAX_CHARS * TEXT_SHOWN + 8);
	if (m->from_name != NULL)
		text_shorten(&clean, m->from_name, strlen(m->from_name),
		    NAME_MAX_CHARS);
	buf_adds(out, "From:");
	if (clean.len == 0) {
		buf_addf(out, " %s\r\n", checked_address(m->from));
		buf_free(&clean);
		return;
	}
	if (is_atoms(clean.p, clean.len)) {
		buf_addf(out, " %s", clean.p);
		col += 1 + clean.len;
	} else
		col = add_words(out, col, clean.p, clean.len, IN_PHRASE);
	if (col + 3 + strlen(m->from) > LINE_MAX_SOFT)
		buf_adds(out, "\r\n");
	buf_addf(out, " <%s>\r\n", checked_address(m->from));
	buf_free(&clean);
}

static void
add_to(struct buf *out, const struct message *m)
{
	size_t col = strlen("To:"), i, len;

	buf_adds(out, "To:");
	for (i = 0; i < m->nto; i++) {
		len = strlen(checked_address(m->to[i])) + 2;
		if (i > 0 && col + len > LINE_MAX_SOFT) {
			buf_adds(out, "\r\n");
			col = 0;
		}
		buf_addf(out, " %s%s", m->to[i], i + 1 < m->nto ? "," : "");
		col += len;
	}
	buf_adds(out, "\r\n");
}

static void
add_head(struct buf *out, const struct message *m)
{
	char date[CLOCK_TEXT];
	size_t i;

	buf_addf(out, "Date: %s\r\n", clock_rfc5322(m->date, date));
	add_from(out, m);
	add_to(out, m);
	add_text(out, "Subject",
	    *m->subject != '\0' ? m->subject : "(no subject)", SUBJECT_MAX);
	buf_addf(out, "Message-ID: <%s>\r\n", checked_id(m->msgid));
	if (m->story != NULL && strcmp(m->story, m->msgid) != 0) {
		buf_addf(out, "In-Reply-To: <%s>\r\n", checked_id(m->story));
		buf_addf(out, "References: <%s>\r\n", m->story);
	}
	buf_adds(out,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "Precedence: bulk\r\n");
	for (i = 0; i < m->nextra; i++)
		add_text(out, checked_extra(m->extra[i].name),
		    m->extra[i].value, EXTRA_MAX);
	buf_adds(out, "\r\n");
}

/*
 * May s[0] stand for itself?  Not a blank that ends a line (relays strip it),
 * nor what a relay or an mbox could take for its own at the start of one.
 */
static bool
is_literal(const char *s, size_t n, size_t col)
{
	if (s[0] == ' ')
		return n > 1 && s[1] != '\n';
	if (col == 0 && (s[0] == '.' || (n >= 5 && memcmp(s, "From ", 5) == 0)))
		return false;
	return s[0] > ' ' && s[0] <= '~' && s[0] != '=';
}

/* Quoted-printable, RFC 2045 6.7. */
static void
add_body(struct buf *out, const char *s, size_t n)
{
	size_t col = 0, i, width, max;

	for (i = 0; i < n; i++) {
		if (s[i] == '\n') {
			buf_adds(out, "\r\n");
			col = 0;
			continue;
		}
		width = is_literal(s + i, n - i, col) ? 1 : 3;
		/* One column is kept for the '=' of a soft line break. */
		max = i + 1 == n || s[i + 1] == '\n' ? LINE_MAX_SOFT :
						       LINE_MAX_SOFT - 1;
		if (col + width > max) {
			buf_adds(out, "=\r\n");
			col = 0;
			width = is_literal(s + i, n - i, col) ? 1 : 3;
		}
		if (width == 1)
			buf_addc(out, s[i]);
		else
			add_hex(out, s[i]);
		col += width;
	}
	if (col > 0)
		buf_adds(out, "\r\n");
}

void
message_compose(struct buf *out, const struct message *m)
{
	struct buf clean;

	if (m->nto == 0)
		fatal(EX_SOFTWARE, "bug: a mail to nobody");
	add_head(out, m);
	buf_init(&clean, SIZE_MAX);
	text_clean(&clean, m->body, m->nbody, TEXT_BLOCK);
	add_body(out, buf_str(&clean), clean.len);
	buf_free(&clean);
}
