/* SPDX-License-Identifier: ISC */
/* Dates in HTTP's headers. */
#include "uptime/judge/check_date.h"

#include <stdio.h>
#include <string.h>

/* Days from 1970-01-01 to a day of the Gregorian calendar; years begin in
 * March, so that the leap day is their last. */
static int64_t
days(int year, int month, int day)
{
	int64_t y = year - (month <= 2), m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	    1 - 719468;
}

bool
check_date(const char *p, size_t n, int64_t *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[30], month[4];
	const char *name;
	int d, y, h, m, s, end = 0;

	if (n != sizeof text - 1)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
		&d, month, &y, &h, &m, &s, &end) != 6 ||
	    end != (int)n || strlen(month) != 3)
		return false;
	name = strstr(names, month);
	if (name == NULL || (name - names) % 3 != 0 || y < 1970 || d < 1 ||
	    d > 31 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
		return false;
	*out = days(y, (int)(name - names) / 3 + 1, d) * 86400 + h * 3600 +
	    m * 60 + s;
	return true;
}
