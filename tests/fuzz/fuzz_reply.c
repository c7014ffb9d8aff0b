/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a reply: it is judged, what is said of it is clean, and nobody
 * gets through who does not say "success".  The first two bytes choose the
 * expectation and the status; then head, location and body, with a NUL behind
 * the first two.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/regex.h"
#include "uptime/judge/check.h"
#include "uptime/probe/plugin.h"

#define NOW 1795219200

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct site site;
static struct target target;
static struct expect full;
static struct expect_header header[2];
static struct expect_number number;
static struct status_range range[2] = { { 200, 299 }, { 303, 303 } };
static char word[] = "success", other[] = "ok", name[] = "X",
	    location[] = "Location", *words[] = { word, other };

static struct regex *
pattern(const char *s)
{
	char error[160];
	struct regex *r = regex_compile(s, error);

	assert(r != NULL);
	return r;
}

static void
set_up(void)
{
	site_init(&site);
	target_init(&target, TARGET_URL);
	target.site = &site;
	assert(url_parse("https://www.example.com/a", &target.ask.url) == NULL);
	header[0] = (struct expect_header){ name, NULL, NULL };
	header[1] = (struct expect_header){ location, pattern("^h"), word };
	number = (struct expect_number){ pattern("n=(\\S*)"), word, -5, 5e9 };
	full = target.expect;
	full.equals = word;
	full.contains = words;
	full.ncontains = 2;
	full.match = pattern("^[\\w ]+$");
	full.absent = pattern("(?i)err(or)?");
	full.match_source = full.absent_source = other;
	full.header = header;
	full.nheader = 2;
	full.number = &number;
	full.nnumber = 1;
	full.min_size = 3;
	full.max_size = 100;
	full.max_age = 86400;
	full.status = range;
	full.nstatus = 2;
}

/* Some of what can be expected, by the bits. */
static void
expect_some(unsigned bits)
{
	struct expect none = target.expect;

	memset(&none, 0, sizeof none);
	none.min_size = none.max_size = none.max_age = -1;
	target.expect = bits & 1 ? full : none;
	if (bits & 2)
		target.expect.equals = word;
	if (bits & 4)
		target.expect.nstatus = 0;
	target.redirects = bits & 8 ? REDIRECTS_ANY : REDIRECTS_SAME;
	target.kind = TARGET_URL;
	if (bits & 16) {
		target.kind = TARGET_TCP;
		target.ip.family = AF_INET;
		target.expect.banner = word;
	}
}

static void
assert_clean(const char *s)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	text_clean(&b, s, strlen(s), TEXT_LINE);
	assert(strlen(s) < PROBE_DETAIL);
	assert(strcmp(buf_str(&b), s) == 0);
	buf_free(&b);
}

/* The part up to a NUL. */
static struct span
part(const uint8_t **p, size_t *n)
{
	const uint8_t *end = memchr(*p, '\0', *n);
	size_t len = end != NULL ? (size_t)(end - *p) : *n;
	struct span s = { (const char *)*p, len };

	*p += len + (end != NULL);
	*n -= len + (end != NULL);
	return s;
}

static void
judge(struct probe *p)
{
	struct sight s = { .target = &target, .nhop = 1, .now = NOW };
	struct findings l = { NULL, 0 };
	struct verdict v;
	struct url next;

	s.hop[0].probe = p;
	s.hop[0].n = 1;
	check_probe(&l, &target, p, true, NOW);
	for (size_t i = 0; i < l.n; i++)
		assert_clean(l.finding[i].detail);
	free(l.finding);
	if (target.kind == TARGET_URL &&
	    check_redirect(&s, &next, &s.stopped, s.why))
		url_free(&next);
	assert_clean(s.why);
	check_judge(&v, &s);
	assert_clean(v.detail);
	if (v.evidence == EVIDENCE_PASS && target.kind == TARGET_URL &&
	    target.expect.equals != NULL)
		assert(strstr(buf_str(&p->body), "success") != NULL &&
		    p->status >= 200 && p->status < 304);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct plugin_value value[4];
	struct probe p;
	struct span s;

	if (target.ask.url.text == NULL)
		set_up();
	if (n < 2)
		return 0;
	expect_some(in[0]);
	probe_init(&p, 4096);
	p.ip = ip_from(AF_INET, "\x08\x08\x08\x08", 443);
	p.status = in[1] < 200 ? 200 + in[1] : 300 + in[1] % 10;
	p.body_full = (in[0] & 32) != 0;
	in += 2;
	n -= 2;
	s = part(&in, &n);
	buf_add(&p.head, s.p, s.n);
	s = part(&in, &n);
	if (s.n > 0)
		p.location = xstrndup(s.p, s.n);
	buf_add(&p.body, in, n);
	plugin_values(buf_str(&p.body), p.body.len, value, 4);
	judge(&p);
	probe_free(&p);
	return 0;
}
