/* SPDX-License-Identifier: ISC */
/* The state machine said again, slowly. */
#include "state_oracle.h"

#include <stdbool.h>

/* The runs with evidence, and whether each is within an outage. */
struct past {
	char run[ORACLE_MAX];
	bool out[ORACLE_MAX];
	size_t n;
};

static bool
failed(const struct past *p, size_t i)
{
	return p->run[i] == 'f';
}

/* Does an outage begin with run i, if there is none? */
static bool
begins(const struct past *p, size_t i)
{
	size_t of_five = 0;

	if (!failed(p, i))
		return false;
	if (i >= 1 && failed(p, i - 1))
		return true;
	for (size_t k = i >= 4 ? i - 4 : 0; k <= i; k++)
		of_five += failed(p, k);
	return of_five >= 3;
}

/* Does an outage end with run i, if there is one? */
static bool
ends(const struct past *p, size_t i)
{
	return i >= 2 && !failed(p, i) && !failed(p, i - 1) && p->out[i - 1];
}

static struct past
past_of(const char *history, size_t n)
{
	struct past p = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		if (history[i] != 'n')
			p.run[p.n++] = history[i];
	for (size_t i = 0; i < p.n; i++) {
		if (i > 0 && p.out[i - 1])
			p.out[i] = !ends(&p, i);
		else
			p.out[i] = begins(&p, i);
	}
	return p;
}

enum state_name
oracle_name(const char *history, size_t n)
{
	struct past p = past_of(history, n);

	if (p.n == 0)
		return STATE_NEW;
	if (p.out[p.n - 1])
		return failed(&p, p.n - 1) ? STATE_DOWN : STATE_RECOVERING;
	return failed(&p, p.n - 1) ? STATE_SUSPECT : STATE_UP;
}

static enum grade
grade_at(const struct past *p, size_t i)
{
	if (p->run[i] == 'w')
		return GRADE_WARNING;
	return p->run[i] == 'd' ? GRADE_DEGRADED : GRADE_OK;
}

/* A run that says how well the target works. */
static bool
speaks(const struct past *p, size_t i)
{
	return !failed(p, i) && !p->out[i];
}

/* After the first n runs; *told gets the worst of which the owner knows. */
static enum grade
overlay_after(const struct past *p, size_t n, enum grade *told)
{
	enum grade is, now, before;

	*told = GRADE_OK;
	if (n == 0 || p->out[n - 1])
		return GRADE_OK;
	is = overlay_after(p, n - 1, told);
	if (n < 2 || !speaks(p, n - 1) || !speaks(p, n - 2))
		return is;
	now = grade_at(p, n - 1);
	before = grade_at(p, n - 2);
	/* All of the last two are worse than what stands, or better. */
	if (now > is && before > is)
		is = now < before ? now : before;
	else if (now < is && before < is)
		is = now > before ? now : before;
	if (is > *told || is == GRADE_OK)
		*told = is;
	return is;
}

enum grade
oracle_overlay(const char *history, size_t n)
{
	struct past p = past_of(history, n);
	enum grade told;

	return overlay_after(&p, p.n, &told);
}

unsigned
oracle_debts(const char *history, size_t n)
{
	struct past p = past_of(history, n);
	enum grade before, after;
	bool was_out, is_out;
	unsigned debts = 0;

	if (n == 0 || history[n - 1] == 'n')
		return 0;
	was_out = p.n >= 2 && p.out[p.n - 2];
	is_out = p.out[p.n - 1];
	if (is_out && !was_out)
		debts |= DEBT_DOWN;
	if (was_out && !is_out)
		debts |= DEBT_UP;
	if (is_out || was_out)
		return debts;
	overlay_after(&p, p.n - 1, &before);
	overlay_after(&p, p.n, &after);
	if (after > before)
		debts |= DEBT_WORSE;
	if (after == GRADE_OK && before != GRADE_OK)
		debts |= DEBT_WHOLE;
	return debts;
}
