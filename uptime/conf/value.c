/* SPDX-License-Identifier: ISC */
/* Small values of the configuration and of options. */
#include "uptime/conf/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/conf.h"

static const char digits[] = "0123456789";

/* Up to nine digits, and where they end; -1 if there are none. */
static long
parse_digits(const char *s, const char **end)
{
	size_t n = strspn(s, digits);

	*end = s + n;
	return n == 0 || n > 9 ? -1 : strtol(s, NULL, 10);
}

bool
value_ms(const char *s, int64_t *ms)
{
	const char *end;
	long n = parse_digits(s, &end);
	int64_t seconds;

	if (n >= 0 && strcmp(end, "ms") == 0) {
		*ms = n;
		return true;
	}
	if (!conf_parse_duration(s, &seconds))
		return false;
	*ms = seconds * 1000;
	return true;
}

bool
value_fraction(const char *s, double *fraction)
{
	const char *end;
	long n = parse_digits(s, &end);

	if (n < 0 || n > 100 || strcmp(end, "%") != 0)
		return false;
	*fraction = (double)n / 100;
	return true;
}

bool
value_status(const char *s, struct status_range *range)
{
	const char *end;
	long low = parse_digits(s, &end), high = low;

	if (*end == '-')
		high = parse_digits(end + 1, &end);
	if (*end != '\0' || low < 100 || high > 599 || high < low)
		return false;
	range->low = (int)low;
	range->high = (int)high;
	return true;
}

/* strtod(3) would read "0." out of "0..100": it gets its n bytes alone. */
static bool
parse_bound(const char *s, size_t n, double *v)
{
	char *text, *end;
	bool ok;

	if (n == 0)
		return true;
	text = xstrndup(s, n);
	*v = strtod(text, &end);
	ok = *end == '\0' && isfinite(*v) && strpbrk(text, "xX") == NULL;
	free(text);
	return ok;
}

const char *
value_number(const char *s, double *low, double *high, const char **pattern)
{
	static const char want[] =
	    "expected LOW..HIGH and a pattern, such as "
	    "'0..100 queue: ([0-9]+)'; either number may be left out";
	size_t n = strcspn(s, " \t");
	const char *dots = strstr(s, "..");

	*low = -HUGE_VAL;
	*high = HUGE_VAL;
	*pattern = s + n + strspn(s + n, " \t");
	if (dots == NULL || dots + 2 > s + n || **pattern == '\0' ||
	    !parse_bound(s, (size_t)(dots - s), low) ||
	    !parse_bound(dots + 2, (size_t)(s + n - dots) - 2, high))
		return want;
	if (*low > *high)
		return "expected the lower bound first";
	return NULL;
}

size_t
value_header(const char *s, const char **rest)
{
	/* RFC 9110 5.6.2: a token */
	size_t n = strspn(s,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "!#$%&'*+-.^_`|~");

	*rest = NULL;
	if (s[n] != '\0' && s[n] != ':')
		return 0;
	if (s[n] == ':')
		*rest = s + n + 1 + strspn(s + n + 1, " \t");
	return n;
}

const char *
value_host_port(const char *s, char **host, struct ip *ip)
{
	static const char want[] = "expected host:port, such as "
				   "mail.example.com:25";
	const char *colon = strrchr(s, ':'), *end, *what;
	char *name;
	long port;

	*host = NULL;
	if (ip_parse(s, 0, ip))
		return ip->port != 0 ? NULL : want;
	memset(ip, 0, sizeof *ip);
	if (colon == NULL)
		return want;
	port = parse_digits(colon + 1, &end);
	if (port < 1 || port > 65535 || *end != '\0')
		return want;
	ip->port = (uint16_t)port;
	name = xstrndup(s, (size_t)(colon - s));
	what = host_ascii(name, host);
	free(name);
	return what;
}

char **
value_words(const char *s, size_t *n)
{
	char **word = xcalloc(strlen(s) / 2 + 2, sizeof *word);
	size_t len;

	for (*n = 0; *(s += strspn(s, " \t\r\n")) != '\0'; s += len) {
		len = strcspn(s, " \t\r\n");
		word[(*n)++] = xstrndup(s, len);
	}
	return word;
}
