/* SPDX-License-Identifier: ISC */
/* Checks of a mail address. */
#include "common/host/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ADDR_MAX 254      /* RFC 5321 4.5.3.1.3, without the <> */
#define ADDR_LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define ADDR_LABEL_MAX 63 /* RFC 1035 2.3.4 */

/* Not isalnum: that would follow the locale. */
static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/*
 * A '-' in front would be an option to sendmail(8), a '|' a program to old
 * mail systems, a '/' a directory to the maildir transport.
 */
static bool
characters_ok(const char *s)
{
	size_t i;

	if (s[0] == '-')
		return false;
	for (i = 0; s[i] != '\0'; i++)
		if (s[i] <= ' ' || s[i] > '~' ||
		    strchr("<>()[],;:\\/\"|", s[i]) != NULL)
			return false;
	return true;
}

static bool
dots_ok(const char *s, size_t n)
{
	size_t i;

	if (s[0] == '.' || s[n - 1] == '.')
		return false;
	for (i = 1; i < n; i++)
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
	return true;
}

static bool
label_ok(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > ADDR_LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!is_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

static bool
domain_ok(const char *s)
{
	size_t n;

	for (;; s += n + 1) {
		n = strcspn(s, ".");
		if (!label_ok(s, n))
			return false;
		if (s[n] == '\0')
			return true;
	}
}

enum addr_reason
addr_check(const char *s)
{
	const char *at;
	size_t local;

	if (s[0] == '\0')
		return ADDR_EMPTY;
	if (strnlen(s, ADDR_MAX + 1) > ADDR_MAX)
		return ADDR_LONG;
	if (!characters_ok(s))
		return ADDR_CHARACTER;
	at = strchr(s, '@');
	local = at != NULL ? (size_t)(at - s) : strlen(s);
	if (local == 0 ||
	    (at != NULL && (at[1] == '\0' || strchr(at + 1, '@') != NULL)))
		return ADDR_AT;
	if (local > ADDR_LOCAL_MAX)
		return ADDR_LONG;
	if (!dots_ok(s, local))
		return ADDR_DOTS;
	if (at != NULL && !domain_ok(at + 1))
		return ADDR_DOMAIN;
	return ADDR_OK;
}

const char *
addr_reason_text(enum addr_reason r)
{
	static const char *const text[] = {
		[ADDR_OK] = "a mail address",
		[ADDR_EMPTY] = "is empty; expected an address such as"
			       " webmaster@example.org",
		[ADDR_LONG] = "is too long; expected at most 64 characters"
			      " before the '@' and 254 in all",
		[ADDR_CHARACTER] =
		    "has a character that an address must not"
		    " have here; expected printable ASCII without blanks,"
		    " quotes, /, | and <>()[],;:\\, and no '-' in front",
		[ADDR_AT] = "has its '@' in the wrong place; expected one,"
			    " with a name before and a domain behind it",
		[ADDR_DOMAIN] =
		    "has a bad domain; expected labels of letters,"
		    " digits and '-', with single dots between them",
		[ADDR_DOTS] = "has a dot at the beginning or end of its name,"
			      " or two in a row",
	};

	return text[r];
}
