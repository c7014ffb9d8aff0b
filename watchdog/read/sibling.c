/* SPDX-License-Identifier: ISC */
/* The files of a log, found and looked into. */
#define _GNU_SOURCE /* name_to_handle_at, statx */
#include "watchdog/read/sibling.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/read/input.h"
#include "watchdog/read/source.h"

#define BLOCK (64 * 1024)

static bool
ends_in_one(const char *name, const char *const *end)
{
	size_t n = strlen(name), k;

	for (; *end != NULL; end++) {
		k = strlen(*end);
		if (n > k && strcmp(name + n - k, *end) == 0)
			return true;
	}
	return false;
}

/* Of a kind that input_packed() reads. */
static bool
is_packed(const char *name)
{
	static const char *const end[] = { ".gz", ".bz2", ".xz", ".zst",
		".lzma", NULL };

	return ends_in_one(name, end);
}

bool
sibling_compressed(const char *name)
{
	static const char *const other[] = { ".lz4", ".Z", ".zip", NULL };

	return is_packed(name) || ends_in_one(name, other);
}

bool
sibling_failed(int error)
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

/* ---- what a file is --------------------------------------------------- */

/* An inode's number is given out again; its handle is not, nor is its birth
 * time.  0: the file system has neither. */
static uint64_t
handle_of(const char *path)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u;
	struct statx x;
	int mount;

	u.h.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, path, &u.h, &mount,
		AT_SYMLINK_FOLLOW) == 0)
		return hash_bytes(u.h.f_handle, u.h.handle_bytes).lo | 1;
	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &x) == 0 &&
	    (x.stx_mask & STATX_BTIME) != 0 && x.stx_btime.tv_sec != 0)
		return hash_bytes(&x.stx_btime, sizeof x.stx_btime).lo | 1;
	return 0;
}

static void
take_times(const struct stat *st, struct track_file *f)
{
	f->dev = (uint64_t)st->st_dev;
	f->ino = (uint64_t)st->st_ino;
	f->size = (int64_t)st->st_size;
	f->mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 +
	    st->st_mtim.tv_nsec;
}

void
sibling_stat(const char *path, const struct stat *st, struct track_file *f)
{
	take_times(st, f);
	f->handle = handle_of(path);
}

/* ---- finding them ----------------------------------------------------- */

/* Takes path over. */
static void
note_closed(struct siblings *all, char *path, int error, int64_t mtime)
{
	if (all->closed != NULL && all->closed_mtime >= mtime) {
		free(path);
		return;
	}
	free(all->closed);
	all->closed = path;
	all->closed_errno = error;
	all->closed_mtime = mtime;
}

/* May it be opened, and is it of a kind that can be read? */
static bool
is_for_us(const char *path)
{
	if (sibling_compressed(path) && !is_packed(path))
		errno = ENOTSUP;
	else if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 ||
	    (errno != EACCES && errno != EPERM))
		return true;
	return false;
}

/* Takes the file in, unless it is known by another name. */
static void
take_in(struct siblings *all, char *path, bool live, bool doubtful)
{
	struct sibling new = { .path = path, .fd = -1 };
	struct stat st;

	/* A name in a log directory may be a trap: links are not followed. */
	if ((live ? stat(path, &st) : lstat(path, &st)) == -1) {
		if (sibling_failed(errno))
			all->error = errno;
		goto no;
	}
	if (!S_ISREG(st.st_mode))
		goto no;
	for (size_t i = 0; i < all->n; i++)
		if (all->s[i].f.ino == (uint64_t)st.st_ino &&
		    all->s[i].f.dev == (uint64_t)st.st_dev)
			goto no;
	sibling_stat(path, &st, &new.f);
	if (!live && !is_for_us(path)) {
		if (doubtful)
			goto no;
		note_closed(all, path, errno, new.f.mtime);
		return;
	}
	new.f.path = path;
	new.f.id = all->n;
	new.f.live = live;
	new.f.packed = !live &&sibling_compressed(path);
	new.f.doubtful = doubtful;
	all->s = xreallocarray(all->s, all->n + 1, sizeof *all->s);
	all->s[all->n++] = new;
	return;
no:
	free(path);
}

static void
look_in(struct siblings *all, const char *dir, const char *base, bool old)
{
	DIR *d = opendir(dir);
	enum source_kin kin;
	struct dirent *e;

	if (d == NULL) {
		if (sibling_failed(errno))
			all->error = errno;
		else if (errno == EACCES || errno == EPERM)
			note_closed(all, xstrdup(dir), errno, INT64_MAX);
		return;
	}
	while ((errno = 0, e = readdir(d)) != NULL) {
		kin = source_kin(base, e->d_name);
		if (old && strcmp(base, e->d_name) == 0)
			kin = SOURCE_GENERATION;
		if (kin != SOURCE_STRANGER)
			take_in(all, xasprintf("%s/%s", dir, e->d_name), false,
			    kin == SOURCE_DOUBTFUL);
	}
	if (errno != 0)
		all->error = errno;
	closedir(d);
}

void
siblings_find(const char *path, char *const *olddir, struct siblings *all)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char *dir = slash == NULL ? xstrdup(".") :
	    slash == path         ? xstrdup("/") :
				    xstrndup(path, (size_t)(slash - path));

	memset(all, 0, sizeof *all);
	take_in(all, xstrdup(path), true, false);
	look_in(all, dir, base, false);
	for (size_t i = 0; olddir != NULL && olddir[i] != NULL; i++)
		look_in(all, olddir[i], base, true);
	free(dir);
}

void
siblings_free(struct siblings *all)
{
	for (size_t i = 0; i < all->n; i++) {
		input_free(all->s[i].in);
		if (all->s[i].fd != -1)
			close(all->s[i].fd);
		free(all->s[i].path);
	}
	free(all->s);
	free(all->closed);
	memset(all, 0, sizeof *all);
}

bool
sibling_open(struct sibling *s)
{
	uint64_t dev = s->f.dev, ino = s->f.ino;
	struct stat st;

	if (s->fd != -1)
		return true;
	s->fd = file_open(s->path, &st);
	if (s->fd == -1)
		return false;
	take_times(&st, &s->f);
	if (s->f.dev != dev || s->f.ino != ino) {
		close(s->fd);
		s->fd = -1;
		errno = ENOENT;
		return false;
	}
	s->in = s->f.packed ? input_packed(s->fd) : input_file(s->fd);
	return true;
}

/* ---- what is in them -------------------------------------------------- */

/* Hash of n bytes at an offset: 1, 0 if they are not all there, -1 (errno). */
static int
hash_at(struct input *in, int64_t offset, size_t n, struct hash *h)
{
	char buf[CURSOR_HEAD];
	size_t got = 0;
	ssize_t k;

	while (got < n) {
		k = input_read(in, buf + got, n - got, offset + (int64_t)got);
		if (k <= 0)
			return (int)k;
		got += (size_t)k;
	}
	*h = hash_bytes(buf, n);
	return 1;
}

static int64_t
tail_of(int64_t offset)
{
	return offset < CURSOR_TAIL ? offset : CURSOR_TAIL;
}

int
sibling_hash(struct input *in, int64_t offset, struct cursor *c)
{
	int64_t tail = tail_of(offset);
	int got;

	c->offset = offset;
	c->head_len = offset < CURSOR_HEAD ? offset : CURSOR_HEAD;
	got = hash_at(in, 0, (size_t)c->head_len, &c->head);
	if (got == 1)
		got = hash_at(in, offset - tail, (size_t)tail, &c->tail);
	return got;
}

/* What a failed look into a file means; what may pass is kept. */
static enum track_answer
answer_of(struct siblings *all, int error)
{
	if (error == ENODATA)
		return TRACK_LATER;
	/* damaged before what is sought */
	if (error == EBADMSG)
		return TRACK_NO;
	if (!sibling_failed(error))
		return TRACK_NO;
	all->error = error;
	return TRACK_ERROR;
}

static enum track_answer
compare(struct siblings *all, struct input *in, const struct cursor *c)
{
	int64_t tail = tail_of(c->offset);
	struct hash h;
	int got = hash_at(in, 0, (size_t)c->head_len, &h);

	if (got == 1 && !hash_equal(h, c->head))
		return TRACK_NO;
	if (got == 1)
		got = hash_at(in, c->offset - tail, (size_t)tail, &h);
	if (got == 1)
		return hash_equal(h, c->tail) ? TRACK_YES : TRACK_NO;
	return got == 0 ? TRACK_NO : answer_of(all, errno);
}

enum track_answer
sibling_holds(void *arg, size_t id, const struct generation *g)
{
	struct siblings *all = arg;
	struct sibling *s = &all->s[id];
	const struct cursor *c = &g->cursor;
	enum track_answer a;
	struct input *raw;

	if (!sibling_open(s))
		return answer_of(all, errno);
	if (c->offset == 0 || c->head_len < 0)
		return track_same_file(c, &s->f) && s->f.size >= c->offset ?
		    TRACK_YES :
		    TRACK_NO;
	if (!(g->before && g->packed))
		return s->f.packed || s->f.size >= c->offset ?
		    compare(all, s->in, c) :
		    TRACK_NO;
	if (s->f.size != c->offset)
		return TRACK_NO;
	raw = input_file(s->fd);
	a = compare(all, raw, c);
	input_free(raw);
	return a;
}

/* Up to n bytes from the beginning; -1 (errno) only if there are none. */
static ssize_t
head_of(struct input *in, char *p, size_t n)
{
	size_t got = 0;
	ssize_t k = 0;

	while (
	    got < n && (k = input_read(in, p + got, n - got, (int64_t)got)) > 0)
		got += (size_t)k;
	return got > 0 ? (ssize_t)got : k;
}

/* Quick, where most files differ: to get at a compressed one's end takes
 * time. */
static bool
heads_differ(struct input *a, struct input *b)
{
	char pa[CURSOR_HEAD], pb[CURSOR_HEAD];
	ssize_t na = head_of(a, pa, sizeof pa), nb;

	if (na <= 0 || (nb = head_of(b, pb, (size_t)na)) == -1)
		return false; /* whoever compares on will meet it */
	return nb != na || memcmp(pa, pb, (size_t)na) != 0;
}

/* Byte for byte: what is in a, and that b has it too.  Heads and tails of two
 * days' logs can be alike. */
enum track_answer
sibling_begins(void *arg, size_t a, size_t b)
{
	static char pa[BLOCK], pb[BLOCK];
	struct siblings *all = arg;
	struct sibling *s = all->s;
	int64_t at = 0;
	ssize_t n, k, more;

	if (!sibling_open(&s[a]) || !sibling_open(&s[b]))
		return answer_of(all, errno);
	if (heads_differ(s[a].in, s[b].in))
		return TRACK_NO;
	while ((n = input_read(s[a].in, pa, sizeof pa, at)) > 0) {
		for (k = 0; k < n; k += more) {
			more = input_read(s[b].in, pb, (size_t)(n - k), at + k);
			if (more <= 0)
				return more == 0 ? TRACK_NO :
						   answer_of(all, errno);
			if (memcmp(pa + k, pb, (size_t)more) != 0)
				return TRACK_NO;
		}
		at += n;
	}
	if (n == -1)
		return answer_of(all, errno);
	return at > 0 ? TRACK_YES : TRACK_NO;
}

bool
sibling_mend(struct sibling *s, struct generation *g)
{
	struct cursor c = g->cursor;
	struct input *raw;
	bool done;

	if (!sibling_open(s))
		return false;
	/* see sibling_take: it was not unpacked */
	raw = g->before && g->packed ? input_file(s->fd) : NULL;
	done = sibling_hash(raw != NULL ? raw : s->in, c.offset, &c) == 1;
	input_free(raw);
	if (done)
		g->cursor = c;
	return done;
}

enum track_answer
sibling_take(void *arg, size_t id, struct generation *g)
{
	struct siblings *all = arg;
	struct sibling *s = &all->s[id];
	enum track_answer a = TRACK_YES;
	struct input *raw;

	if (!sibling_open(s)) {
		/* not for us: its inode must do */
		g->cursor.offset = s->f.size;
		g->cursor.head_len = -1;
		a = answer_of(all, errno);
		return a == TRACK_NO ? TRACK_YES : a;
	}
	raw = input_file(s->fd);
	if (sibling_hash(raw, s->f.size, &g->cursor) == -1) {
		all->error = errno;
		a = TRACK_ERROR;
	}
	input_free(raw);
	return a;
}
