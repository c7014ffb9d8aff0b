/* SPDX-License-Identifier: ISC */
/* The transports that need no server, and the child that runs them. */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/mail/mail_conf.h"
#include "common/mail/transport.h"
#include "tests/unit/mail_sample.h"

#define OK TRANSPORT_OK
#define TEMP TRANSPORT_TEMPFAIL
#define PERM TRANSPORT_PERMFAIL

/* ---- the child ---- */

static void
hang_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *r)
{
	(void)conf;
	(void)relay;
	(void)r;
	transport_begun(mail);
	for (;;)
		pause();
}

static void
half_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *r)
{
	(void)conf;
	(void)relay;
	transport_answer(&r[0], OK, 250, "250 one");
	transport_settled(mail, 0, &r[0]);
	abort();
}

static void
exit_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *r)
{
	(void)conf;
	(void)relay;
	(void)mail;
	(void)r;
	_exit(3);
}

/* What a child that was taken over could say. */
static void
lie_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *r)
{
	struct transport_result bad;

	(void)conf;
	(void)relay;
	memset(&bad, 0xff, sizeof bad);
	transport_settled(mail, 0, &bad);
	transport_settled(mail, 1000000, &bad);
	memset(&bad, 'x', sizeof bad);
	bad.status = OK;
	bad.unsure = false;
	transport_settled(mail, 1, &bad);
	(void)r;
	_exit(0);
}

static void
run_bad(void (*send)(const struct mail_conf *, const struct mail_relay *,
	    const struct transport_mail *, struct transport_result *),
    struct transport_result r[2])
{
	const struct transport t = { "bad", send };
	struct mail_conf conf = { .timeout = 1 };
	struct transport_mail m = mail_sample();
	int64_t start = clock_mono();

	transport_run(&t, &conf, NULL, &m, 300, r);
	assert_true(clock_mono() - start < 5000);
}

static void
test_child(void **state)
{
	struct transport_result r[2];

	(void)state;
	run_bad(hang_send, r);
	assert_int_equal(r[1].status, TEMP);
	assert_true(r[1].unsure);
	assert_string_equal(r[1].text, "timed out after 1 s");
	run_bad(half_send, r);
	assert_int_equal(r[0].status, OK);
	assert_string_equal(r[0].text, "250 one");
	assert_int_equal(r[1].status, TEMP);
	assert_false(r[1].unsure);
	assert_string_equal(r[1].text, "the sender died: Aborted");
	run_bad(exit_send, r);
	assert_int_equal(r[0].status, TEMP);
	assert_string_equal(r[0].text, "the sender gave up with status 3");
	run_bad(lie_send, r);
	assert_int_equal(r[0].status, TEMP);
	assert_int_equal(r[1].status, OK);
	assert_int_equal(strlen(r[1].text), TRANSPORT_TEXT - 1);
}

static void
test_answer(void **state)
{
	struct transport_result r;
	char big[2000];

	(void)state;
	transport_answer(&r, PERM, 550, "%s", "550-a\r\n550 \x1b[1mb\r\n ");
	assert_string_equal(r.text, "550-a  550 \\x1b[1mb");
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	transport_answer(&r, PERM, 550, "%s", big);
	assert_true(strlen(r.text) < TRANSPORT_TEXT);
	transport_answer(&r, OK, 0, "%s", "");
	assert_string_equal(r.text, "");
}

/* ---- sendmail ---- */

static char scratch[] = "/tmp/test_transport.XXXXXX";

static void
write_script(char path[64], const char *text)
{
	FILE *f;

	snprintf(path, 64, "%s/sendmail", scratch);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncd %s\n%s\n", scratch, text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static char *
slurp(const char *dir, const char *name)
{
	char path[400], *text = NULL;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s is not there", path);
	if (getdelim(&text, &n, EOF, f) == -1)
		text[0] = '\0';
	fclose(f);
	return text;
}

static void
run_sendmail(const char *script, struct transport_result r[2])
{
	struct transport_mail m = mail_sample();
	struct mail_conf conf = { .transport = MAIL_SENDMAIL, .timeout = 5 };
	char path[64];

	write_script(path, script);
	conf.sendmail = path;
	transport_run(transport_of(&conf, NULL), &conf, NULL, &m, 1000, r);
}

static void
test_sendmail(void **state)
{
	const struct transport_mail m = mail_sample();
	struct transport_result r[2];
	char *args, *got, want[4000];
	size_t i, n = 0;

	(void)state;
	run_sendmail("echo \"$@\" >args; cat >got; echo noise; exit 0", r);
	assert_int_equal(r[0].status, OK);
	assert_int_equal(r[1].status, OK);
	args = slurp(scratch, "args");
	assert_string_equal(args,
	    "-i -f watchdog@example.com -- "
	    "joe@example.com jane@example.com\n");
	got = slurp(scratch, "got");
	for (i = 0; i < m.len; i++)
		if (m.data[i] != '\r')
			want[n++] = m.data[i];
	want[n] = '\0';
	assert_string_equal(got, want);
	free(args);
	free(got);
}

static void
test_sendmail_fails(void **state)
{
	struct transport_result r[2];
	struct transport_mail m = mail_sample();
	char none[] = "/nonexistent/sendmail";
	struct mail_conf conf = { .transport = MAIL_SENDMAIL,
		.timeout = 5,
		.sendmail = none };

	(void)state;
	run_sendmail("echo 'queue \033[1mfull' >&2; echo more >&2; exit 75", r);
	assert_int_equal(r[0].status, TEMP);
	assert_int_equal(r[1].code, 75);
	assert_string_equal(r[1].text, "exit status 75: queue \\x1b[1mfull");
	/* Anything that may be ours or the machine's. */
	run_sendmail("exit 64", r);
	assert_int_equal(r[0].status, TEMP);
	run_sendmail("exit 68", r);
	assert_int_equal(r[0].status, TEMP);
	run_sendmail("kill -9 $$", r);
	assert_int_equal(r[0].status, TEMP);
	assert_int_equal(r[0].code, 137);
	/* Only one of them is unknown: who? */
	run_sendmail("case $* in *jane*) exit 67;; esac", r);
	assert_int_equal(r[0].status, OK);
	assert_int_equal(r[1].status, PERM);
	assert_int_equal(r[1].code, 67);
	run_sendmail("exit 65", r);
	assert_int_equal(r[0].status, PERM);
	/* It does not read, hangs, or leaves somebody behind. */
	run_sendmail("exec <&-; exit 0", r);
	assert_int_equal(r[0].status, OK);
	run_sendmail("sleep 60", r);
	assert_string_equal(r[0].text, "timed out after 1 s");
	assert_true(r[0].unsure);
	run_sendmail("sleep 5 & exit 0", r);
	assert_int_equal(r[0].status, OK);
	transport_run(transport_of(&conf, NULL), &conf, NULL, &m, 1000, r);
	assert_int_equal(r[0].status, TEMP);
	assert_int_equal(r[0].code, 0);
	assert_string_equal(r[0].text,
	    "/nonexistent/sendmail: No such file or directory");
}

/* ---- maildir ---- */

/* How many files; the name of the last in name. */
static int
files_in(const char *path, char name[256])
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			snprintf(name, 256, "%s", e->d_name);
			n++;
		}
	closedir(d);
	return n;
}

static void
run_maildir(const char *top, struct transport_result r[2])
{
	char host[] = "host.example.com", dir[64];
	struct mail_conf conf = { .transport = MAIL_MAILDIR,
		.timeout = 5,
		.hostname = host,
		.maildir = dir };
	struct transport_mail m = mail_sample();

	snprintf(dir, sizeof dir, "%s", top);
	transport_run(transport_of(&conf, NULL), &conf, NULL, &m, 5000, r);
}

static void
test_maildir(void **state)
{
	struct transport_result r[2];
	char top[64], new[128], cur[600], from[900], name[256], *text;
	struct stat st;

	(void)state;
	snprintf(top, sizeof top, "%s/mail", scratch);
	run_maildir(top, r);
	assert_int_equal(r[0].status, OK);
	assert_int_equal(r[1].status, OK);
	snprintf(new, sizeof new, "%s/joe@example.com/new", top);
	assert_int_equal(files_in(new, name), 1);
	assert_non_null(strstr(name, "1795243620.M"));
	assert_non_null(strstr(name, ".host.example.com"));
	text = slurp(new, name);
	assert_null(strchr(text, '\r'));
	assert_int_equal(strncmp(text,
			     "Return-Path: <watchdog@example.com>\n"
			     "Delivered-To: joe@example.com\nDate: ",
			     72),
	    0);
	assert_non_null(strstr(text, "\n\n.\n..a\n"));
	free(text);
	assert_int_equal(stat(new, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);

	/* A retry doubles nothing, not even when it was read meanwhile. */
	run_maildir(top, r);
	assert_int_equal(files_in(new, name), 1);
	snprintf(from, sizeof from, "%s/%s", new, name);
	snprintf(cur, sizeof cur, "%s/joe@example.com/cur/%s:2,S", top, name);
	assert_int_equal(rename(from, cur), 0);
	run_maildir(top, r);
	assert_int_equal(r[0].status, OK);
	assert_int_equal(files_in(new, name), 0);
	/* What a dead try left is replaced. */
	assert_int_equal(rename(cur, from), 0);
	snprintf(cur, sizeof cur, "%s/jane@example.com/new", top);
	assert_int_equal(files_in(cur, name), 1);
	snprintf(from, sizeof from, "%s/%s", cur, name);
	assert_int_equal(unlink(from), 0);
	snprintf(from, sizeof from, "%s/jane@example.com/tmp/%s", top, name);
	close(open(from, O_WRONLY | O_CREAT, 0600));
	run_maildir(top, r);
	text = slurp(cur, name);
	assert_non_null(strstr(text, "end\n"));
	free(text);
}

static void
test_maildir_fails(void **state)
{
	struct transport_result r[2];
	char top[64], jane[96];

	(void)state;
	run_maildir("/nonexistent/mail", r);
	assert_int_equal(r[0].status, TEMP);
	assert_string_equal(r[0].text,
	    "/nonexistent/mail/joe@example.com: "
	    "No such file or directory");
	/* One owner's trouble is his alone. */
	snprintf(top, sizeof top, "%s/half", scratch);
	snprintf(jane, sizeof jane, "%s/jane@example.com", top);
	assert_int_equal(mkdir(top, 0700), 0);
	close(open(jane, O_WRONLY | O_CREAT, 0600));
	run_maildir(top, r);
	assert_int_equal(r[0].status, OK);
	assert_int_equal(r[1].status, TEMP);
	assert_non_null(strstr(r[1].text, "Not a directory"));
}

/* ---- stdout ---- */

static void
run_stdout(const char *path, int flags, struct transport_result r[2])
{
	static const char text[] =
	    "Date: Sat, 21 Nov 2026 06:47:00 +0000\r\n"
	    "From: sitewatch <watchdog@example.com>\r\n"
	    "To: joe@example.com, jane@example.com, jim@example.com\r\n"
	    "Subject: =?UTF-8?Q?caf=C3=A9?=\r\n =?UTF-8?Q?_b?=\r\n"
	    "Message-ID: <1@x>\r\n"
	    "X-Sitewatch-Site: a\r\n\r\n"
	    "=46rom here =3D there=20\r\n>From x=\r\ny\r\nend\r\n";
	struct mail_conf conf = { .transport = MAIL_STDOUT, .timeout = 5 };
	struct transport_mail m = mail_sample();
	int saved, fd;

	m.data = text;
	m.len = strlen(text);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(path, O_WRONLY | flags, 0600);
	assert_int_not_equal(fd, -1);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	transport_run(transport_of(&conf, NULL), &conf, NULL, &m, 5000, r);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void
test_stdout(void **state)
{
	struct transport_result r[2];
	char path[64], *text;

	(void)state;
	snprintf(path, sizeof path, "%s/out", scratch);
	run_stdout(path, O_CREAT, r);
	assert_int_equal(r[1].status, OK);
	text = slurp(scratch, "out");
	assert_string_equal(text,
	    "From watchdog@example.com Sat Nov 21 06:47:00 2026\n"
	    "Date: Sat, 21 Nov 2026 06:47:00 +0000\n"
	    "From: sitewatch <watchdog@example.com>\n"
	    "To: joe@example.com, jane@example.com\n"
	    "Subject: caf\xc3\xa9 b\n"
	    "Message-ID: <1@x>\n\n"
	    ">From here = there \n>>From xy\nend\n\n");
	free(text);
	run_stdout("/dev/full", 0, r);
	assert_int_equal(r[1].status, TEMP);
	assert_string_equal(r[1].text,
	    "standard output: No space left on device");
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(scratch) == NULL;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", scratch);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_sendmail),
		cmocka_unit_test(test_sendmail_fails),
		cmocka_unit_test(test_maildir),
		cmocka_unit_test(test_maildir_fails),
		cmocka_unit_test(test_stdout),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
