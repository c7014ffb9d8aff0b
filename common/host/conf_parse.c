/* SPDX-License-Identifier: ISC */
/* Values of configurations that are texts with a unit. */
#include <limits.h>
#include <string.h>

#include "common/host/conf.h"

/* The digits that s begins with; false if there are none, or too many. */
static bool
digits(const char **s, int64_t *n)
{
	const char *p = *s;

	*n = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, *p - '0', n))
			return false;
	if (p == *s)
		return false;
	*s = p;
	return true;
}

bool
conf_parse_duration(const char *s, int64_t *out)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	int64_t n;

	if (!digits(&s, &n) || *s == '\0' || s[1] != '\0' ||
	    (unit = strchr(units, *s)) == NULL)
		return false;
	/* a thousand years keep sums of times far from overflow */
	if (n > (int64_t)1000 * 366 * 86400)
		return false;
	return !__builtin_mul_overflow(n, seconds[unit - units], out);
}

bool
conf_parse_size(const char *s, int64_t *out)
{
	static const char units[] = "kMG";
	const char *unit;
	int64_t n;

	if (!digits(&s, &n))
		return false;
	if (*s == '\0') {
		*out = n;
		return true;
	}
	if (s[1] != '\0' || (unit = strchr(units, *s)) == NULL)
		return false;
	return !__builtin_mul_overflow(n,
	    INT64_C(1) << (10 * (unit - units + 1)), out);
}
