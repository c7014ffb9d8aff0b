/* SPDX-License-Identifier: ISC */
/* A composed message, read back for people. */
#include "common/mail/message.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/text.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte that "=XX" at s stands for, -1 if that is not there. */
static int
hex_pair(const char *s, size_t n)
{
	int hi, lo;

	if (n < 3 || s[0] != '=')
		return -1;
	hi = hex_value(s[1]);
	lo = hex_value(s[2]);
	return hi == -1 || lo == -1 ? -1 : hi << 4 | lo;
}

/* The length of the line at p, its end included. */
static size_t
line_length(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	return lf != NULL ? (size_t)(lf - p) + 1 : n;
}

/* The same without CR LF. */
static size_t
text_length(const char *p, size_t len)
{
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	return len;
}

/*
 * An encoded-word of ours at s, decoded into out; its length, or 0 if there
 * is none.
 */
static size_t
decode_word(struct buf *out, const char *s, size_t n)
{
	static const char head[] = "=?UTF-8?Q?";
	size_t i = sizeof head - 1;
	int c;

	if (n < i || strncasecmp(s, head, i) != 0)
		return 0;
	for (; i + 1 < n && !(s[i] == '?' && s[i + 1] == '='); i++) {
		c = hex_pair(s + i, n - i);
		buf_addc(out, c != -1 ? (char)c : s[i] == '_' ? ' ' : s[i]);
		i += c != -1 ? 2 : 0;
	}
	return i + 2 <= n ? i + 2 : n;
}

/* Blanks between two encoded-words are no part of the text. */
static void
decode_words(struct buf *out, const char *s, size_t n)
{
	size_t i, k;
	bool after_word = false;

	for (i = 0; i < n; i += k) {
		k = decode_word(out, s + i, n - i);
		if (k > 0) {
			after_word = true;
			continue;
		}
		for (k = 0; i + k < n && s[i + k] == ' '; k++)
			;
		if (k > 0 && after_word && i + k + 1 < n &&
		    memcmp(s + i + k, "=?", 2) == 0)
			continue;
		after_word = false;
		k = k > 0 ? k : 1;
		buf_add(out, s + i, k);
	}
}

static bool
is_header(const char *p, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && p[n] == ':' && strncasecmp(p, name, n) == 0;
}

/* Unfolded, without the name. */
static void
collect_header(struct buf *value, const char *p, size_t n, size_t skip)
{
	size_t len = line_length(p, n);

	buf_add(value, p + skip, text_length(p, len) - skip);
	while (len < n && (p[len] == ' ' || p[len] == '\t')) {
		p += len;
		n -= len;
		len = line_length(p, n);
		buf_add(value, p, text_length(p, len));
	}
}

void
message_read_header(struct buf *out, const char *data, size_t n,
    const char *name)
{
	struct buf value, text;
	size_t len;

	buf_init(&value, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	for (; n > 0; data += len, n -= len) {
		len = line_length(data, n);
		if (text_length(data, len) == 0)
			break;
		if (!is_header(data, len, name))
			continue;
		collect_header(&value, data, n, strlen(name) + 1);
		break;
	}
	len = strspn(buf_str(&value), " ");
	decode_words(&text, buf_str(&value) + len, value.len - len);
	text_clean(out, buf_str(&text), text.len, TEXT_LINE);
	buf_free(&value);
	buf_free(&text);
}

/* A line of quoted-printable; a soft line break at its end joins the next. */
static void
decode_line(struct buf *out, const char *s, size_t len)
{
	size_t n = text_length(s, len), i;
	int c;

	for (i = 0; i < n; i++) {
		c = hex_pair(s + i, n - i);
		if (c != -1) {
			buf_addc(out, (char)c);
			i += 2;
		} else if (s[i] != '=' || i + 1 < n)
			buf_addc(out, s[i]);
	}
	if (n == 0 || s[n - 1] != '=')
		buf_addc(out, '\n');
}

void
message_read_body(struct buf *out, const char *data, size_t n)
{
	struct buf text;
	size_t len;
	bool body = false;

	buf_init(&text, SIZE_MAX);
	for (; n > 0; data += len, n -= len) {
		len = line_length(data, n);
		if (body)
			decode_line(&text, data, len);
		else
			body = text_length(data, len) == 0;
	}
	text_clean(out, buf_str(&text), text.len, TEXT_BLOCK);
	buf_free(&text);
}
