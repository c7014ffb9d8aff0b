/* SPDX-License-Identifier: ISC */
/* When will the file system of a log be full? */
#include "watchdog/disk.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "watchdog/store/store.h"

#define SAMPLES 400         /* 14 days of one an hour, and some */
#define WINDOW (7 * 86400)  /* s of history that count */
#define SPAN_MIN (3 * 3600) /* a burst of minutes is no growth */
#define REACH 8             /* three hours tell nothing of next week */

int
disk_look(const char *path, int64_t now, int64_t *dev, struct store_sample *s)
{
	struct statvfs v;
	struct stat st;

	if (stat(path, &st) == -1 || statvfs(path, &v) == -1)
		return -1;
	*dev = (int64_t)st.st_dev;
	s->at = now;
	/* what root keeps back is no room for a server's log */
	s->size = (int64_t)((v.f_blocks - v.f_bfree + v.f_bavail) * v.f_frsize);
	s->used = (int64_t)((v.f_blocks - v.f_bfree) * v.f_frsize);
	return 0;
}

int64_t
disk_forecast(const struct store_sample *s, size_t n)
{
	const struct store_sample *last;
	size_t i = 0;
	int64_t grown, span, left;
	double seconds;

	if (n < 2)
		return DISK_NEVER;
	last = &s[n - 1];
	while (i < n - 1 && s[i].at < last->at - WINDOW)
		i++;
	span = last->at - s[i].at;
	grown = last->used - s[i].used;
	left = last->size - last->used;
	if (span < SPAN_MIN || grown <= 0)
		return DISK_NEVER;
	if (left <= 0)
		return 0;
	seconds = (double)left / (double)grown * (double)span;
	return seconds > REACH * (double)span ? DISK_NEVER : (int64_t)seconds;
}

bool
disk_outlook(struct db *db, const char *path, int64_t now,
    struct disk_outlook *d)
{
	struct store_sample s[SAMPLES], last;
	size_t n;

	if (disk_look(path, now, &d->dev, &last) == -1)
		return false;
	n = store_samples(db, d->dev, s, SAMPLES - 1);
	s[n++] = last;
	d->used = last.used;
	d->size = last.size;
	d->left = disk_forecast(s, n);
	return true;
}
