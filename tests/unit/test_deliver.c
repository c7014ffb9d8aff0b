/* SPDX-License-Identifier: ISC */
/* Delivery policy: relays in order, back-off, notices, deadlines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/host/db.h"
#include "common/mail/deliver.h"
#include "common/mail/mail_conf.h"
#include "common/mail/message.h"
#include "common/mail/outbox.h"
#include "common/mail/transport.h"
#include "tests/unit/fake_smtpd.h"

#define NOW 1795243620
#define DAY 86400

/* A configuration with up to two relays on loopback. */
struct set {
	struct db *db;
	struct mail_relay relay[2];
	char url[2][40];
	char *admin[2];
	struct mail_conf conf;
};

static char host[] = "127.0.0.1", from[] = "watchdog@example.com";
static char nobody[] = "1"; /* a port where nobody listens */
static char ops[] = "ops@example.com";
static const char *const two[] = { "joe@example.com", "jane@example.com" };

static void
set_open(struct set *s, char *port0, char *port1)
{
	char *port[2] = { port0, port1 };
	size_t i;

	memset(s, 0, sizeof *s);
	s->db = db_open("/nonexistent/x.db", DB_SCRATCH, &outbox_schema, 1);
	for (i = 0; i < 2 && port[i] != NULL; i++) {
		snprintf(s->url[i], sizeof s->url[i], "smtp://%s:%s", host,
		    port[i]);
		s->relay[i].host = host;
		s->relay[i].port = port[i];
		s->relay[i].url = s->url[i];
	}
	s->admin[0] = ops;
	s->conf = (struct mail_conf){
		.admin = s->admin,
		.nadmin = 1,
		.from = from,
		.transport = MAIL_SMTP,
		.relays = s->relay,
		.nrelays = i,
		.hostname = host,
		.expire = 5 * DAY,
		.deadline = 60,
		.timeout = 20,
	};
	clock_pin(NOW);
}

static void
set_close(struct set *s)
{
	db_close(s->db);
	clock_pin(-1);
}

static void
put(struct set *s, const char *id, const char *const *to, size_t nto)
{
	struct message m = { .from = from,
		.to = to,
		.nto = nto,
		.subject = "the subject",
		.msgid = id,
		.date = clock_now(),
		.body = "body\n",
		.nbody = 5 };
	struct outbox_mail o = { .msgid = id,
		.subject = m.subject,
		.to = to,
		.nto = nto,
		.now = m.date,
		.expires = m.date + s->conf.expire };
	struct buf b;

	buf_init(&b, SIZE_MAX);
	message_compose(&b, &m);
	o.data = b.p;
	o.len = b.len;
	db_begin(s->db);
	assert_true(outbox_put(s->db, &o));
	db_commit(s->db);
	buf_free(&b);
}

/* What a run says on stderr goes to out, which is freed by the caller. */
static enum deliver_status
run(struct set *s, char **out)
{
	char path[] = "/tmp/test_deliver.XXXXXX";
	int fd = mkstemp(path), saved = dup(STDERR_FILENO);
	enum deliver_status status;
	ssize_t n;

	unlink(path);
	dup2(fd, STDERR_FILENO);
	status = deliver_run(s->db, &s->conf);
	dup2(saved, STDERR_FILENO);
	close(saved);
	*out = calloc(1, 10000);
	assert_non_null(*out);
	n = pread(fd, *out, 9999, 0);
	assert_true(n >= 0);
	close(fd);
	return status;
}

static void
assert_run(struct set *s, enum deliver_status status, const char *said)
{
	char *out;
	enum deliver_status got = run(s, &out);

	if (got != status ||
	    (*said == '\0' ? *out != '\0' : strstr(out, said) == NULL))
		fail_msg("status %d, said: %s", got, out);
	free(out);
}

static void
list_row(void *arg, const struct outbox_row *r)
{
	char *out = arg;
	size_t n = strlen(out);

	snprintf(out + n, 4000 - n, "%s %s %d|", r->to, r->state, r->attempt);
}

static void
assert_list(struct set *s, const char *want)
{
	char out[4000] = "";

	outbox_list(s->db, list_row, out);
	assert_string_equal(out, want);
}

/* The n-th mail that a server took has this text. */
static void
assert_taken(const struct fake *f, int n, const char *suffix, const char *want)
{
	char *text = fake_read(f, n, suffix);

	if (text == NULL)
		fail_msg("no mail %d, expected %s", n, want);
	if (strstr(text, want) == NULL)
		fail_msg("%s not in\n%s", want, text);
	free(text);
}

static void
test_nothing(void **state)
{
	struct set s;

	(void)state;
	set_open(&s, nobody, NULL);
	assert_run(&s, DELIVER_DONE, "");
	set_close(&s);
}

static void
test_second_relay(void **state)
{
	struct set s;
	struct fake f;
	int i;
	char id[16];

	(void)state;
	fake_start(&f, "");
	set_open(&s, nobody, f.port);
	for (i = 0; i < 4; i++) {
		snprintf(id, sizeof id, "%d@x", i);
		put(&s, id, two, 2);
	}
	/* Cron has nothing to say of it. */
	assert_run(&s, DELIVER_DONE, "");
	assert_int_equal(fake_taken(&f), 4);
	assert_taken(&f, 1, "eml", "Message-ID: <0@x>\r\n");
	set_close(&s);
	fake_stop(&f);
}

static void
test_all_down(void **state)
{
	struct set s;
	int i;
	char id[16], *out;

	(void)state;
	set_open(&s, nobody, nobody);
	for (i = 0; i < 4; i++) {
		snprintf(id, sizeof id, "%d@x", i);
		put(&s, id, two, 1);
	}
	assert_int_equal(run(&s, &out), DELIVER_WAITING);
	/* One line a relay, which names it. */
	assert_non_null(strstr(out,
	    "4 mails wait: smtp://127.0.0.1:1: "
	    "Connection refused; next try with the next run\n"));
	assert_non_null(strchr(out, '\n'));
	assert_null(strchr(strchr(strchr(out, '\n') + 1, '\n') + 1, '\n'));
	free(out);
	/* Left alone after the second failure. */
	assert_list(&s,
	    "joe@example.com pending 1|joe@example.com pending 1|"
	    "joe@example.com pending 0|joe@example.com pending 0|");
	assert_run(&s, DELIVER_WAITING, "4 mails wait");
	assert_list(&s,
	    "joe@example.com pending 1|joe@example.com pending 1|"
	    "joe@example.com pending 1|joe@example.com pending 1|");
	/* All in back-off: still waiting, but no news. */
	assert_run(&s, DELIVER_WAITING, "");
	set_close(&s);
}

/* A relay that answers each mail with "later" is not down. */
static void
test_greylisting(void **state)
{
	struct set s;
	struct fake f;
	int i;
	char id[16];

	(void)state;
	fake_start(&f, "--at rcpt:450*4");
	set_open(&s, f.port, NULL);
	for (i = 0; i < 5; i++) {
		snprintf(id, sizeof id, "%d@x", i);
		put(&s, id, two, 1);
	}
	assert_run(&s, DELIVER_WAITING, "4 mails wait: smtp://127.0.0.1:");
	assert_int_equal(fake_taken(&f), 1);
	clock_pin(NOW + 100);
	assert_run(&s, DELIVER_DONE, "");
	assert_int_equal(fake_taken(&f), 5);
	/* A clean "no" is no reason to fear a duplicate. */
	assert_taken(&f, 2, "eml", "X-Sitewatch-Retry: 1\r\nDate:");
	assert_taken(&f, 2, "eml", "Message-ID: <0@x>\r\n");
	set_close(&s);
	fake_stop(&f);
}

/* 421 is about the relay, whenever it comes. */
static void
test_closing(void **state)
{
	struct set s;
	struct fake f;
	int i;
	char id[16];

	(void)state;
	fake_start(&f, "--at rcpt:421");
	set_open(&s, f.port, NULL);
	for (i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "%d@x", i);
		put(&s, id, two, 1);
	}
	assert_run(&s, DELIVER_WAITING, "3 mails wait: smtp://127.0.0.1:");
	assert_list(&s,
	    "joe@example.com pending 1|joe@example.com pending 1|"
	    "joe@example.com pending 0|");
	set_close(&s);
	fake_stop(&f);
}

static void
test_split(void **state)
{
	struct set s;
	struct fake a, b;

	(void)state;
	fake_start(&a, "--at rcpt/jane:450");
	fake_start(&b, "");
	set_open(&s, a.port, b.port);
	put(&s, "1@x", two, 2);
	assert_run(&s, DELIVER_DONE, "");
	assert_taken(&a, 1, "env", "to: joe@example.com\nhelo");
	assert_taken(&b, 1, "env", "com\nto: jane@example.com\nhelo");
	set_close(&s);
	fake_stop(&a);
	fake_stop(&b);
}

/* It may have been taken: another relay would make sure of a duplicate. */
static void
test_unsure(void **state)
{
	struct set s;
	struct fake a, b;

	(void)state;
	fake_start(&a, "--at body:vanish*1");
	fake_start(&b, "");
	set_open(&s, a.port, b.port);
	put(&s, "1@x", two, 1);
	assert_run(&s, DELIVER_WAITING, "1 mail waits: ");
	assert_int_equal(fake_taken(&a), 1);
	assert_int_equal(fake_taken(&b), 0);
	clock_pin(NOW + 100);
	assert_run(&s, DELIVER_DONE, "");
	assert_taken(&a, 2, "eml", "X-Sitewatch-Retry: 1\r\n");
	assert_taken(&a, 2, "eml", "Message-ID: <1@x>\r\n");
	set_close(&s);
	fake_stop(&a);
	fake_stop(&b);
}

static void
test_died(void **state)
{
	struct outbox_item item;
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "");
	set_open(&s, f.port, NULL);
	put(&s, "1@x", two, 1);
	assert_true(outbox_next(s.db, NOW, 0, &item));
	outbox_intent(s.db, &item);
	outbox_item_free(&item);
	assert_run(&s, DELIVER_DONE, "");
	assert_taken(&f, 1, "eml",
	    "X-Sitewatch-Retry: 1 (may be a duplicate)\r\nDate:");
	set_close(&s);
	fake_stop(&f);
}

static void
test_refused(void **state)
{
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "--at rcpt/joe:550");
	set_open(&s, f.port, NULL);
	put(&s, "1@x", two, 2);
	assert_run(&s, DELIVER_DONE,
	    "mail 1 to joe@example.com was refused: smtp://127.0.0.1:");
	assert_int_equal(fake_taken(&f), 2);
	assert_taken(&f, 1, "env", "to: jane@example.com\nhelo");
	assert_taken(&f, 2, "env", "to: ops@example.com\nhelo");
	assert_taken(&f, 2, "eml",
	    "Subject: mail to joe@example.com was refused\r\n");
	assert_taken(&f, 2, "eml", "    subject: the subject\r\n");
	assert_taken(&f, 2, "eml", "550 fake reply to rcpt\r\n");
	/* Told once a day. */
	put(&s, "2@x", two, 1);
	assert_run(&s, DELIVER_DONE, "mail 3 to joe@example.com was refused");
	assert_int_equal(fake_taken(&f), 2);
	clock_pin(NOW + DAY);
	put(&s, "3@x", two, 1);
	assert_run(&s, DELIVER_DONE, "mail 4 to joe@example.com was refused");
	assert_int_equal(fake_taken(&f), 3);
	assert_list(&s,
	    "joe@example.com failed 1|joe@example.com failed 1|"
	    "joe@example.com failed 1|");
	set_close(&s);
	fake_stop(&f);
}

/* A notice that is refused begets no notice, nor does mail to admin. */
static void
test_refused_admin(void **state)
{
	static const char *const admin[] = { ops };
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "--at rcpt:550");
	set_open(&s, f.port, NULL);
	put(&s, "1@x", two, 1);
	assert_run(&s, DELIVER_DONE, "to ops@example.com was refused");
	assert_list(&s, "joe@example.com failed 1|ops@example.com failed 1|");
	put(&s, "2@x", admin, 1);
	assert_run(&s, DELIVER_DONE, "to ops@example.com was refused");
	assert_list(&s,
	    "joe@example.com failed 1|ops@example.com failed 1|"
	    "ops@example.com failed 1|");
	s.conf.nadmin = 0;
	put(&s, "3@x", two + 1, 1);
	assert_run(&s, DELIVER_DONE, "to jane@example.com was refused");
	assert_int_equal(fake_taken(&f), 0);
	set_close(&s);
	fake_stop(&f);
}

static void
test_expired(void **state)
{
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "--at rcpt/joe:450 --at rcpt/jane:450");
	set_open(&s, f.port, NULL);
	put(&s, "1@x", two, 2);
	put(&s, "2@x", two, 1);
	assert_run(&s, DELIVER_WAITING, "2 mails wait");
	clock_pin(NOW + 5 * DAY - 1);
	assert_run(&s, DELIVER_WAITING, "2 mails wait");
	assert_int_equal(fake_taken(&f), 0);
	/* One more try each, and one notice of them all. */
	clock_pin(NOW + 5 * DAY + 3600);
	assert_run(&s, DELIVER_DONE,
	    "mail 1 to jane@example.com was given up after 3 tries: smtp://");
	assert_int_equal(fake_taken(&f), 1);
	assert_taken(&f, 1, "env", "to: ops@example.com\nhelo");
	assert_taken(&f, 1, "eml", "Subject: 3 mails were given up\r\n");
	assert_taken(&f, 1, "eml", "    to:      jane@example.com\r\n");
	assert_taken(&f, 1, "eml", "450 fake reply to rcpt\r\n");
	assert_list(&s,
	    "joe@example.com expired 3|"
	    "jane@example.com expired 3|joe@example.com expired 3|");
	assert_run(&s, DELIVER_DONE, "");
	set_close(&s);
	fake_stop(&f);
}

/* The notice itself is given up in silence. */
static void
test_expired_notice(void **state)
{
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "--at rcpt:450");
	set_open(&s, f.port, NULL);
	put(&s, "1@x", two, 1);
	clock_pin(NOW + 6 * DAY);
	assert_run(&s, DELIVER_WAITING, "given up");
	assert_list(&s,
	    "joe@example.com expired 1|"
	    "ops@example.com pending 1|");
	clock_pin(NOW + 20 * DAY);
	assert_run(&s, DELIVER_DONE, "mail 2 to ops@example.com was given up");
	assert_list(&s,
	    "joe@example.com expired 1|"
	    "ops@example.com expired 2|");
	set_close(&s);
	fake_stop(&f);
}

/* The relay says nothing: neither a mail nor the run hangs. */
static void
test_deadline(void **state)
{
	struct set s;
	struct fake f;
	int64_t start;
	char id[16];
	int i;

	(void)state;
	fake_start(&f, "--at mail:silence");
	set_open(&s, f.port, NULL);
	s.conf.timeout = 30;
	s.conf.deadline = 1;
	for (i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "%d@x", i);
		put(&s, id, two, 1);
	}
	start = clock_mono();
	assert_run(&s, DELIVER_WAITING, "timed out after 1 s");
	assert_true(clock_mono() - start < 5000);
	assert_list(&s,
	    "joe@example.com pending 1|joe@example.com pending 0|"
	    "joe@example.com pending 0|");
	set_close(&s);
	fake_stop(&f);
}

static void
test_now(void **state)
{
	struct transport_mail m = { .from = from,
		.to = two,
		.nto = 2,
		.msgid = "1@x",
		.data = "Subject: a\r\n\r\nb\r\n",
		.len = 17,
		.report = -1 };
	struct transport_result r[2];
	const char *via[2];
	struct set s;
	struct fake f;

	(void)state;
	fake_start(&f, "--at rcpt/jane:450");
	set_open(&s, nobody, f.port);
	deliver_now(&s.conf, &m, r, via);
	assert_int_equal(r[0].status, TRANSPORT_OK);
	assert_int_equal(r[1].status, TRANSPORT_TEMPFAIL);
	assert_string_equal(via[0], s.url[1]);
	assert_string_equal(via[1], s.url[1]);
	set_close(&s);
	fake_stop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_second_relay),
		cmocka_unit_test(test_all_down),
		cmocka_unit_test(test_greylisting),
		cmocka_unit_test(test_closing),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_unsure),
		cmocka_unit_test(test_died),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_admin),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_expired_notice),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
