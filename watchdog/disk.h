/* SPDX-License-Identifier: ISC */
/*
 * File systems that hold logs: not how full they are, but when they will be.
 * A disk that has been 95 % full for a year is safe; one that was at 50 %
 * yesterday and is at 85 % today is not.
 */
#ifndef WATCHDOG_DISK_H
#define WATCHDOG_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct store_sample;

/* Now, for the file system that holds the path; -1 with errno.  *dev is its
 * device number. */
int disk_look(const char *path, int64_t now, int64_t *dev,
    struct store_sample *);

#define DISK_NEVER INT64_MAX

/* How it stands, and when it will be full. */
struct disk_outlook {
	int64_t dev, used, size;
	int64_t left; /* seconds, or DISK_NEVER */
};

/* From the samples in the store and a look now; false with errno. */
bool disk_outlook(struct db *, const char *path, int64_t now,
    struct disk_outlook *);

/*
 * Seconds until it is full at its growth over the samples (oldest first) of
 * the last week, DISK_NEVER if it does not grow, if the samples span less
 * than 3 hours, or if the answer lies further ahead than 8 times what they
 * span.  Pure.
 */
int64_t disk_forecast(const struct store_sample *, size_t n);

#endif
