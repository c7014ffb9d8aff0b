/* SPDX-License-Identifier: ISC */
/* What is new about a group. */
#include "watchdog/tell/novelty.h"

#define DAY 24 /* hours */
#define WEEK (7 * DAY)

/* The first that is not before the hour. */
static size_t
find(const struct story_hour *h, size_t n, int64_t hour)
{
	size_t from = 0, to = n, at;

	while (from < to) {
		at = (from + to) / 2;
		if (h[at].hour < hour)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

int64_t
novelty_sum(const struct story_hour *h, size_t n, int64_t from, int64_t to)
{
	int64_t sum = 0;
	size_t i;

	for (i = find(h, n, from); i < n && h[i].hour <= to; i++)
		sum += h[i].records;
	return sum;
}

/* What is kept of before the run. */
struct past_hours {
	const struct story_hour *hour;
	size_t n;
	int64_t first, end; /* the hour of the first record; and the run's */
};

/* The mean of the same hour and the two beside it, every `step` hours back, up
 * to `times` times. */
static double
mean_back(const struct past_hours *p, int64_t hour, int64_t step, int times)
{
	int64_t sum = 0, hours = 0, from, to;
	int i;

	for (i = 1; i <= times; i++) {
		from = hour - i * step - 1;
		to = from + 2;
		if (from < p->first)
			from = p->first;
		if (to >= p->end)
			to = p->end - 1;
		if (from > to)
			continue;
		sum += novelty_sum(p->hour, p->n, from, to);
		hours += to - from + 1;
	}
	return hours > 0 ? (double)sum / (double)hours : 0;
}

static double
expected(const struct past_hours *p, int64_t hour)
{
	int64_t age = p->end - p->first;

	if (age >= 2 * WEEK)
		return mean_back(p, hour, WEEK, 4);
	if (age >= DAY)
		return mean_back(p, hour, DAY, 7);
	return (double)novelty_sum(p->hour, p->n, p->first, p->end - 1) /
	    (double)age;
}

bool
novelty_grows(const struct story_hour *all, size_t nall,
    const struct story_hour *run, size_t nrun, int64_t first, int64_t *usual)
{
	struct past_hours p = { .hour = all, .first = first };
	int64_t now = 0;
	double then = 0;
	size_t i = 0;

	*usual = 0;
	while (i < nrun && run[i].hour <= first)
		i++;
	if (i == nrun)
		return false;
	p.end = run[i].hour;
	p.n = find(all, nall, p.end);
	for (; i < nrun; i++) {
		now += novelty_sum(all, nall, run[i].hour, run[i].hour);
		then += expected(&p, run[i].hour);
	}
	*usual = (int64_t)(then + 0.5);
	return now >= NOVELTY_FLOOR && (double)now >= NOVELTY_TIMES * then;
}

bool
novelty_ongoing(const struct story_hour *h, size_t n)
{
	return n >= NOVELTY_ONGOING &&
	    h[n - 1].hour - h[n - NOVELTY_ONGOING].hour < DAY;
}
