/* SPDX-License-Identifier: ISC */
/* How far a long pass has come. */
#include "watchdog/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"

#define FIRST_MS 1000
#define EVERY_MS 200
#define NAME_LEN 50 /* characters of a file's name */

void
progress_begin(struct progress *p, const char *what)
{
	p->what = isatty(STDERR_FILENO) == 1 ? what : NULL;
	p->shown = false;
	if (p->what != NULL)
		p->next = clock_mono() + FIRST_MS;
}

void
progress_show(struct progress *p, int64_t at, int64_t end)
{
	struct buf name;

	if (p->what == NULL || clock_mono() < p->next)
		return;
	p->next = clock_mono() + EVERY_MS;
	p->shown = true;
	buf_init(&name, 4 * NAME_LEN);
	text_shorten(&name, p->what, strlen(p->what), NAME_LEN);
	if (end > 0)
		fprintf(stderr, "\r\033[K%s  %lld %%  %lld of %lld MB",
		    buf_str(&name), (long long)(at * 100 / end),
		    (long long)(at >> 20), (long long)(end >> 20));
	else
		fprintf(stderr, "\r\033[K%s  %lld MB", buf_str(&name),
		    (long long)(at >> 20));
	buf_free(&name);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
