/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a log: every byte belongs to one record or is pending, the
 * counts agree, and what a mail would say of it holds no control character.
 * The first byte chooses the format (all bits but 2 and 3) and whether the log
 * is finished.
 */
#define _GNU_SOURCE /* memfd_create */

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/scan.h"
#include "watchdog/tell/digest.h"
#include "watchdog/tell/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	struct scan scan;
	struct groups *groups;
	int64_t bytes, next;
};

static bool
on_record(void *arg, const struct record *rec)
{
	static const struct docroot docroot = { { "/var/www/html", 13 },
		{ "/a", 2 } };
	struct seen *s = arg;
	struct buf place, room;
	struct fields f;

	/* in order, never twice; writers' lines may stand between */
	assert(rec->offset >= s->next);
	assert(rec->bytes > 0);
	s->next = rec->offset + 1;
	buf_init(&room, RECORD_MAX);
	format_parse(s->scan.format, rec->p, rec->len, &f, &room);
	assert(f.message.n <= rec->len);
	buf_init(&place, 4096);
	if (locate(&place, &f, &docroot, 1))
		assert(place.len > 0 && place.p[0] == '/');
	groups_add(s->groups, NULL, &f, rec,
	    place.len > 0 ? buf_str(&place) : NULL, "error.log");
	buf_free(&place);
	buf_free(&room);
	if (!f.fine)
		s->bytes += rec->bytes;
	return !f.fine;
}

static void
check_mail(struct groups *groups)
{
	static char ops[] = "ops@example.com";
	static char *const admin[] = { ops };
	struct report_env env = { .host = "h", .now = 1, .conf = "c" };
	struct digests d;
	struct buf b, clean;

	digests_make(&d, groups, admin, 1, 1);
	buf_init(&b, 1 << 20);
	buf_init(&clean, 1 << 22);
	for (size_t i = 0; i < d.n; i++) {
		report_subject(&b, &d.digest[i], &env);
		assert(b.len > 0);
		buf_addc(&b, '\n');
		report_body(&b, &d.digest[i], &env);
		/* cleaning it again changes nothing */
		text_clean(&clean, b.p, b.len, TEXT_BLOCK);
		assert(clean.len == b.len);
	}
	buf_free(&clean);
	buf_free(&b);
	digests_free(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct format *const formats[] = { NULL, &format_apache,
		&format_nginx, &format_plain, &format_lighttpd,
		&format_naviserver, &format_php, &format_fpm, &format_access,
		&format_container, &format_syslog, &format_json, &format_java,
		&format_laravel, &format_mysql, &format_postgresql,
		&format_python, &format_ruby };
	const size_t nformats = sizeof formats / sizeof *formats;
	struct seen s = { .next = 0 };
	struct scan_part part = { .end = (int64_t)n - 1 };
	const struct tally *t = &s.scan.tally;
	int fd;

	if (n < 1)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd == -1 || write(fd, p + 1, n - 1) != (ssize_t)(n - 1))
		abort();
	s.groups = groups_new();
	s.scan.format = formats[((p[0] & 3) | (p[0] >> 4) << 2) % nformats];
	part.finished = (p[0] & 4) != 0;
	part.fresh = (p[0] & 8) != 0;
	s.scan.sink = on_record;
	s.scan.arg = &s;
	part.in = input_file(fd);
	assert(scan_parts(&s.scan, &part, 1) == SCAN_END);
	input_free(part.in);
	assert(tally_holds(t));
	assert(t->reported_bytes == s.bytes);
	/* an orphan of empty lines is counted, and no record to anybody */
	assert(part.next == t->bytes - t->held_bytes);
	assert(t->ignored_bytes + s.bytes == part.next);
	assert(!part.finished || part.next == (int64_t)n - 1);
	check_mail(s.groups);
	groups_free(s.groups);
	close(fd);
	return 0;
}
