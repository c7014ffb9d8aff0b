/* SPDX-License-Identifier: ISC */
/* The generations of a log, found and looked at. */
#include "watchdog/read/sibling.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/read/source.h"

bool
sibling_compressed(const char *name)
{
	static const char *const end[] = { ".gz", ".bz2", ".xz", ".zst",
		".lzma", ".lz4", ".Z", ".zip" };
	size_t n = strlen(name), k;

	for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
		k = strlen(end[i]);
		if (n > k && strcmp(name + n - k, end[i]) == 0)
			return true;
	}
	return false;
}

void
look_stat(const struct stat *st, struct cursor_now *now)
{
	*now = (struct cursor_now){
		.dev = (uint64_t)st->st_dev,
		.ino = (uint64_t)st->st_ino,
		.size = (int64_t)st->st_size,
		.mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 +
		    st->st_mtim.tv_nsec,
	};
}

/* Hash of n bytes at an offset: 1, 0 if they are not all there, -1 (errno). */
static int
hash_at(int fd, int64_t offset, size_t n, struct hash *h)
{
	char buf[CURSOR_HEAD];
	ssize_t got = file_pread(fd, buf, n, (off_t)offset);

	if (got != (ssize_t)n)
		return got == -1 ? -1 : 0;
	*h = hash_bytes(buf, n);
	return 1;
}

bool
look_hash(int fd, const struct cursor *saved, struct cursor_now *now)
{
	int64_t tail = saved->offset < CURSOR_TAIL ? saved->offset :
						     CURSOR_TAIL;
	int got;

	now->hashed = false;
	if (now->size < saved->offset || saved->head_len < 0 ||
	    saved->head_len > CURSOR_HEAD)
		return true;
	got = hash_at(fd, 0, (size_t)saved->head_len, &now->head);
	if (got == 1)
		got = hash_at(fd, saved->offset - tail, (size_t)tail,
		    &now->tail);
	now->hashed = got == 1;
	return got != -1;
}

/* Have both files the same n bytes, each at its offset?  1, 0, -1 (errno). */
static int
same_bytes(int a, int b, int64_t offset, size_t n)
{
	struct hash ha, hb;
	int got = hash_at(a, offset, n, &ha);

	if (got == 1)
		got = hash_at(b, offset, n, &hb);
	return got == 1 ? hash_equal(ha, hb) : got;
}

int
look_prefix(int a, int64_t n, int b)
{
	size_t head = n < CURSOR_HEAD ? (size_t)n : CURSOR_HEAD;
	size_t tail = n < CURSOR_TAIL ? (size_t)n : CURSOR_TAIL;
	int got = same_bytes(a, b, 0, head);

	return got == 1 ? same_bytes(a, b, n - (int64_t)tail, tail) : got;
}

bool
look_failed(int error)
{
	switch (error) {
	case 0:
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EACCES:
	case EPERM:
	case EINVAL: /* no regular file any more */
	case EISDIR:
		return false;
	}
	return true;
}

/* The N of a name's ".N"; -1 if it ends otherwise, or in a date. */
static long
counter(const char *path)
{
	const char *dot = strrchr(path, '.');
	char *end;
	long n;

	if (dot == NULL || dot[1] < '0' || dot[1] > '9')
		return -1;
	n = strtol(dot + 1, &end, 10);
	return *end == '\0' && end - dot <= 5 ? n : -1;
}

static int
by_age(const void *va, const void *vb)
{
	const struct sibling *a = va, *b = vb;
	long na = counter(a->path), nb = counter(b->path);

	if (a->now.mtime != b->now.mtime)
		return a->now.mtime < b->now.mtime ? -1 : 1;
	if (na >= 0 && nb >= 0 && na != nb)
		return na > nb ? -1 : 1; /* .2 is older than .1 */
	return strcmp(a->path, b->path);
}

static bool
same_file(const struct cursor_now *a, const struct cursor_now *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* Takes the file in, unless it is known by another name. */
static void
take_in(struct siblings *all, char *path, const struct cursor_now *not_this)
{
	struct sibling new = { .path = path };
	struct stat st;

	/* A name in a log directory may be a trap: links are not followed. */
	if (lstat(path, &st) == -1) {
		if (look_failed(errno))
			all->error = errno;
		goto no;
	}
	if (!S_ISREG(st.st_mode))
		goto no;
	look_stat(&st, &new.now);
	if (not_this != NULL && same_file(&new.now, not_this))
		goto no;
	for (size_t i = 0; i < all->n; i++)
		if (same_file(&new.now, &all->s[i].now))
			goto no;
	all->s = xreallocarray(all->s, all->n + 1, sizeof *all->s);
	all->s[all->n++] = new;
	return;
no:
	free(path);
}

static void
look_in(struct siblings *all, const char *dir, const char *base, bool old,
    const struct cursor_now *not_this)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL) {
		if (look_failed(errno))
			all->error = errno;
		return;
	}
	while ((errno = 0, e = readdir(d)) != NULL) {
		if (sibling_compressed(e->d_name))
			continue;
		if (source_is_generation(base, e->d_name) ||
		    (old && strcmp(base, e->d_name) == 0))
			take_in(all, xasprintf("%s/%s", dir, e->d_name),
			    not_this);
	}
	if (errno != 0)
		all->error = errno;
	closedir(d);
}

void
siblings_find(const char *path, char *const *olddir,
    const struct cursor_now *not_this, struct siblings *all)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char *dir = slash == NULL ? xstrdup(".") :
	    slash == path         ? xstrdup("/") :
				    xstrndup(path, (size_t)(slash - path));

	memset(all, 0, sizeof *all);
	look_in(all, dir, base, false, not_this);
	for (size_t i = 0; olddir != NULL && olddir[i] != NULL; i++)
		look_in(all, olddir[i], base, true, not_this);
	free(dir);
	if (all->n > 1)
		qsort(all->s, all->n, sizeof *all->s, by_age);
}

void
siblings_free(struct siblings *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->s[i].path);
	free(all->s);
	memset(all, 0, sizeof *all);
}

int
sibling_open(struct sibling *s)
{
	struct cursor_now now;
	struct stat st;
	int fd = file_open(s->path, &st);

	if (fd == -1)
		return -1;
	look_stat(&st, &now);
	if (!same_file(&now, &s->now)) {
		close(fd);
		errno = ENOENT;
		return -1;
	}
	s->now = now;
	return fd;
}
