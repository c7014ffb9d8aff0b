/* SPDX-License-Identifier: ISC */
/* One RFC 5322 message: what goes out, and that nothing else can. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/mail/message.h"

static const char *const joe[] = { "joe@example.com" };

static struct message
plain_message(void)
{
	struct message m = {
		.from = "watchdog@example.com",
		.to = joe,
		.nto = 1,
		.subject = "hello",
		.msgid = "1@host.example.com",
		.date = 1795243620,
		.body = "line\n",
		.nbody = 5,
	};

	return m;
}

static char *
compose(const struct message *m)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	message_compose(&b, m);
	assert_int_equal(b.len, strlen(buf_str(&b)));
	return buf_take(&b);
}

static void
test_whole(void **state)
{
	static const char *const to[] = { "joe@example.com", "root" };
	static const struct message_extra extra[] = {
		{ "X-Sitewatch-Section", "/bboard" },
		{ "X-Sitewatch-Site", "" },
	};
	struct message m = plain_message();
	char *text;

	(void)state;
	m.from_name = "site-watchdog on www";
	m.to = to;
	m.nto = 2;
	m.story = "0@host.example.com";
	m.extra = extra;
	m.nextra = 2;
	m.body = "2 errors\n\n.\nFrom here = there \nend";
	m.nbody = strlen(m.body);
	text = compose(&m);
	assert_string_equal(text,
	    "Date: Sat, 21 Nov 2026 06:47:00 +0000\r\n"
	    "From: site-watchdog on www <watchdog@example.com>\r\n"
	    "To: joe@example.com, root\r\n"
	    "Subject: hello\r\n"
	    "Message-ID: <1@host.example.com>\r\n"
	    "In-Reply-To: <0@host.example.com>\r\n"
	    "References: <0@host.example.com>\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "Precedence: bulk\r\n"
	    "X-Sitewatch-Section: /bboard\r\n"
	    "X-Sitewatch-Site:\r\n"
	    "\r\n"
	    "2 errors\r\n"
	    "\r\n"
	    "=2E\r\n"
	    "=46rom here =3D there=20\r\n"
	    "end\r\n");
	free(text);
}

/* The first mail of a story does not answer itself. */
static void
test_story(void **state)
{
	struct message m = plain_message();
	char *text;

	(void)state;
	m.story = m.msgid;
	text = compose(&m);
	assert_null(strstr(text, "In-Reply-To"));
	assert_null(strstr(text, "References"));
	free(text);
}

static const struct {
	const char *subject, *header;
} subject_table[] = {
	{ "2 new errors in /bboard", "2 new errors in /bboard" },
	{ "", "(no subject)" },
	/* What would not survive as it is, or would be decoded. */
	{ " led", "=?UTF-8?Q?_led?=" },
	{ "trailed ", "=?UTF-8?Q?trailed_?=" },
	{ "=?utf-8?q?evil?=", "=?UTF-8?Q?=3D=3Futf-8=3Fq=3Fevil=3F=3D?=" },
	{ "caf\xc3\xa9 a_b", "=?UTF-8?Q?caf=C3=A9_a=5Fb?=" },
	{ "a\r\nBcc: evil@example.com", "a\\x0d\\x0aBcc: evil@example.com" },
	{ "\xff", "\\xff" },
	/* Folded before a blank, which stays. */
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	  " bb",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "\r\n  bb" },
};

static void
test_subject(void **state)
{
	struct message m = plain_message();
	char *text, *want;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof subject_table / sizeof *subject_table; i++) {
		m.subject = subject_table[i].subject;
		text = compose(&m);
		n = strlen(subject_table[i].header) + 32;
		want = malloc(n);
		assert_non_null(want);
		snprintf(want, n, "\r\nSubject: %s\r\nMessage-ID",
		    subject_table[i].header);
		if (strstr(text, want) == NULL)
			fail_msg("%s\nnot in\n%s", want, text);
		free(want);
		free(text);
	}
}

static void
test_from_name(void **state)
{
	static const struct {
		const char *name, *header;
	} table[] = {
		{ NULL, "From: watchdog@example.com\r\n" },
		{ "", "From: watchdog@example.com\r\n" },
		{ "Ops & Co", "From: Ops & Co <watchdog@example.com>\r\n" },
		{ "a <b@c>, d",
		    "From: =?UTF-8?Q?a_=3Cb=40c=3E=2C_d?= "
		    "<watchdog@example.com>\r\n" },
		{ "\xc3\xa9",
		    "From: =?UTF-8?Q?=C3=A9?= "
		    "<watchdog@example.com>\r\n" },
		{ "x\r\nBcc: y",
		    "From: =?UTF-8?Q?x=5Cx0d=5Cx0aBcc=3A_y?= "
		    "<watchdog@example.com>\r\n" },
	};
	struct message m = plain_message();
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		m.from_name = table[i].name;
		text = compose(&m);
		if (strstr(text, table[i].header) == NULL)
			fail_msg("%s\nnot in\n%s", table[i].header, text);
		free(text);
	}
}

/* ---- what holds for every message ---- */

static void
check_line(const char *p, size_t n, bool body)
{
	size_t i;

	assert_true(n <= (body ? 76 : 998));
	for (i = 0; i < n; i++)
		assert_true(
		    (p[i] >= ' ' && p[i] <= '~') || (p[i] == '\t' && !body));
	if (!body) {
		/* RFC 2047 2 */
		assert_true(n <= 76 || memmem(p, n, "=?UTF-8?Q?", 10) == NULL);
		return;
	}
	assert_false(n > 0 && p[0] == '.');
	assert_false(n >= 5 && memcmp(p, "From ", 5) == 0);
	assert_false(n > 0 && p[n - 1] == ' ');
}

/* Each header is one of ours or a continuation; returns how many. */
static size_t
check_header(const char *p, size_t n)
{
	static const char *const names[] = { "Date:", "From:", "To:",
		"Subject:", "Message-ID:", "In-Reply-To:", "References:",
		"MIME-Version:", "Content-Type:", "Content-Transfer-Encoding:",
		"Auto-Submitted:", "Precedence:", "X-Sitewatch-A:" };
	size_t i;

	if (p[0] == ' ') {
		assert_true(strspn(p, " ") < n);
		return 0;
	}
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(p, names[i], strlen(names[i])) == 0)
			return 1;
	fail_msg("a header of somebody else: %.*s", (int)n, p);
	return 0;
}

static void
check_message(const char *text, size_t headers)
{
	const char *p = text, *end;
	bool body = false;
	size_t n, seen = 0;

	while (*p != '\0') {
		end = strstr(p, "\r\n");
		assert_non_null(end);
		n = (size_t)(end - p);
		check_line(p, n, body);
		if (!body && n == 0)
			body = true;
		else if (!body)
			seen += check_header(p, n);
		p = end + 2;
	}
	assert_true(body);
	assert_int_equal(seen, headers);
}

static void
check_header_reads(const char *text, const char *name, const char *value,
    size_t max)
{
	struct buf want, got;

	buf_init(&want, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	text_shorten(&want, value, strlen(value), max);
	message_read_header(&got, text, strlen(text), name);
	assert_string_equal(buf_str(&got), buf_str(&want));
	buf_free(&want);
	buf_free(&got);
}

static void
check_body_reads(const char *text, const char *body, size_t n)
{
	struct buf want, got;

	buf_init(&want, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	text_clean(&want, body, n, TEXT_BLOCK);
	if (want.len > 0 && want.p[want.len - 1] != '\n')
		buf_addc(&want, '\n');
	message_read_body(&got, text, strlen(text));
	assert_string_equal(buf_str(&got), buf_str(&want));
	buf_free(&want);
	buf_free(&got);
}

static void
check_values(const char *subject, const char *extra, const char *name,
    const char *body, size_t nbody)
{
	struct message_extra x = { "X-Sitewatch-A", extra };
	struct message m = plain_message();
	char *text;

	m.subject = subject;
	m.from_name = name;
	m.extra = &x;
	m.nextra = 1;
	m.body = body;
	m.nbody = nbody;
	text = compose(&m);
	check_message(text, 11);
	check_header_reads(text, "subject",
	    *subject != '\0' ? subject : "(no subject)", 200);
	check_header_reads(text, "X-Sitewatch-A", extra, 800);
	check_body_reads(text, body, nbody);
	free(text);
}

static uint32_t
roll(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 16);
}

/* Bytes that are likely to meet: blanks, line ends, dots, UTF-8, anything. */
static size_t
random_bytes(char *out, size_t max, bool nul)
{
	static const char *const pieces[] = { " ", "\n", "\r\n", ".", "\n.",
		"From ", "\nFrom ", "=", "=?", "?=", "=?UTF-8?Q?", "\t",
		"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc3", "_",
		"a", "bbbbbbbbbbbbbbb", "Bcc: x@y\r\n", "\x1b[31m",
		"\xe2\x80\xae", "  " };
	size_t n = 0, want = roll() % max, k;
	const char *p;

	while (n < want) {
		if (roll() % 4 == 0) {
			out[n++] = (char)(roll() % (nul ? 256 : 255) +
			    (nul ? 0 : 1));
			continue;
		}
		p = pieces[roll() % (sizeof pieces / sizeof *pieces)];
		for (k = 0; p[k] != '\0' && n < want; k++)
			out[n++] = p[k];
	}
	out[n] = '\0';
	return n;
}

static void
test_any_bytes(void **state)
{
	char subject[400], extra[1200], name[200], body[4000];
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		random_bytes(subject, sizeof subject, false);
		random_bytes(extra, sizeof extra, false);
		random_bytes(name, sizeof name, false);
		n = random_bytes(body, sizeof body, true);
		check_values(subject, extra, name, body, n);
	}
}

/* Lines whose encoded length falls on each side of the limit. */
static void
test_line_lengths(void **state)
{
	char line[400];
	size_t n;
	int kind;

	(void)state;
	for (kind = 0; kind < 5; kind++)
		for (n = 0; n < 240; n++) {
			memset(line,
			    kind == 0     ? 'a' :
				kind == 1 ? ' ' :
				kind == 2 ? '=' :
				kind == 3 ? '.' :
					    (char)0xff,
			    n);
			line[n] = '\0';
			check_values(line, line, line, line, n);
			if (n > 0)
				line[n / 2] = '\n';
			check_values("x", line, "x", line, n);
		}
}

static void
test_many_recipients(void **state)
{
	static char address[300][40];
	const char *to[300];
	struct message m = plain_message();
	struct buf got;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		snprintf(address[i], sizeof address[i], "owner%zu@example.com",
		    i);
		to[i] = address[i];
	}
	m.to = to;
	m.nto = 300;
	text = compose(&m);
	check_message(text, 10);
	buf_init(&got, SIZE_MAX);
	message_read_header(&got, text, strlen(text), "To");
	for (i = 0; i < 300; i++)
		assert_non_null(strstr(buf_str(&got), address[i]));
	buf_free(&got);
	free(text);
}

static void
test_full(void **state)
{
	struct message m = plain_message();
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	message_compose(&b, &m);
	assert_true(b.full);
	buf_free(&b);
}

/* ---- reading what is no message of ours ---- */

static void
test_read_damaged(void **state)
{
	static const char *const text[] = { "", "\r\n", "Subject",
		"Subject:", "Subject: =?UTF-8?Q?", "Subject: =?UTF-8?Q?=4",
		"\n\n=", "Subject: =?UTF-8?Q?=1B[31m?=\n\n=1B=0", " \n \n",
		"a: b\n c" };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof text / sizeof *text; i++) {
		buf_init(&out, SIZE_MAX);
		message_read_header(&out, text[i], strlen(text[i]), "Subject");
		message_read_body(&out, text[i], strlen(text[i]));
		assert_null(strchr(buf_str(&out), '\x1b'));
		buf_free(&out);
	}
}

/* ---- bugs of the caller ---- */

static void
assert_bug(const struct message *m)
{
	struct buf b;
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(0);
		buf_init(&b, SIZE_MAX);
		message_compose(&b, m);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_SOFTWARE);
}

static void
test_bugs(void **state)
{
	static const char *const bad_to[] = { "joe@example.com",
		"a@b\r\nBcc: c@d" };
	static const char *const bad_id[] = { "", "noat", "a@", "@b", "a b@c",
		"a@b>", "a@b\r\nX: y", "\xc3\xa9@b" };
	static const char *const bad_name[] = { "Subject", "X-Other",
		"X-Sitewatch-A: b\r\nBcc", "X-Sitewatch-\xc3\xa9" };
	struct message_extra extra = { NULL, "x" };
	struct message m = plain_message();
	size_t i;

	(void)state;
	m.to = bad_to;
	m.nto = 2;
	assert_bug(&m);
	m.nto = 0;
	assert_bug(&m);
	m = plain_message();
	m.from = "a@b c";
	assert_bug(&m);
	for (i = 0; i < sizeof bad_id / sizeof *bad_id; i++) {
		m = plain_message();
		m.msgid = bad_id[i];
		assert_bug(&m);
		m = plain_message();
		m.story = bad_id[i];
		assert_bug(&m);
	}
	for (i = 0; i < sizeof bad_name / sizeof *bad_name; i++) {
		m = plain_message();
		extra.name = bad_name[i];
		m.extra = &extra;
		m.nextra = 1;
		assert_bug(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_subject),
		cmocka_unit_test(test_from_name),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_line_lengths),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_read_damaged),
		cmocka_unit_test(test_bugs),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
