/* SPDX-License-Identifier: ISC */
/* SMTP and SMTPS, against a mail server that fails in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/mail/mail_conf.h"
#include "common/mail/transport.h"
#include "tests/unit/fake_smtpd.h"
#include "tests/unit/mail_sample.h"

#define OK TRANSPORT_OK
#define TEMP TRANSPORT_TEMPFAIL
#define PERM TRANSPORT_PERMFAIL
#define AUTO MAIL_STARTTLS_AUTO
#define MUST MAIL_STARTTLS_REQUIRED
#define OFF MAIL_STARTTLS_OFF

struct smtp_case {
	const char *fake; /* options; @ is the certificates' directory */
	enum mail_starttls starttls;
	const char *host; /* NULL: 127.0.0.1 */
	const char *user; /* "joe", or NULL */
	bool no_verify;
	int timeout; /* seconds; 0: ample */
	enum transport_status want[2];
	int code;         /* of the second recipient */
	bool unsure;      /* the same */
	const char *text; /* found in the second recipient's */
	int taken;
	const char *env;   /* found in what is known of the mail */
	const char *never; /* not found in all that was said */
};

#define GOOD "--tls @/good.pem @/good.key "

static const struct smtp_case smtp_table[] = {
	{ "", AUTO, .want = { OK, OK }, .code = 250, .text = "250 2.0.0 queued",
	    .taken = 1, .env = "helo: host.example.com\ntls: no" },
	{ "--extension PIPELINING", AUTO, .want = { OK, OK }, .code = 250,
	    .taken = 1, .env = "how: DATA" },
	{ "--extension CHUNKING", AUTO, .want = { OK, OK }, .code = 250,
	    .taken = 1, .env = "how: BDAT" },
	{ "--extension CHUNKING --extension PIPELINING --extension "
	  "ENHANCEDSTATUSCODES",
	    AUTO, .want = { OK, OK }, .code = 250, .text = "250 2.0.0 queued",
	    .taken = 1, .env = "how: BDAT" },
	/* One recipient's trouble is his alone. */
	{ "--at rcpt/jane:550", AUTO, .want = { OK, PERM }, .code = 550,
	    .text = "550 fake reply to rcpt", .taken = 1,
	    .env = "to: joe@example.com\nhelo" },
	{ "--at rcpt/jane:450", AUTO, .want = { OK, TEMP }, .code = 450,
	    .taken = 1 },
	{ "--at rcpt/jane:550 --extension CHUNKING --extension PIPELINING",
	    AUTO, .want = { OK, PERM }, .code = 550, .taken = 1 },
	{ "--at rcpt:550", AUTO, .want = { PERM, PERM }, .code = 550 },
	{ "--at rcpt:550 --extension PIPELINING --extension CHUNKING", AUTO,
	    .want = { PERM, PERM }, .code = 550 },
	{ "--at rcpt/joe:450 --at rcpt/jane:550", AUTO, .want = { TEMP, PERM },
	    .code = 550 },
	{ "--at rcpt/jane:552", AUTO, .want = { OK, TEMP }, .code = 552,
	    .taken = 1 },
	{ "--at mail:451", AUTO, .want = { TEMP, TEMP }, .code = 451 },
	{ "--at mail:553", AUTO, .want = { PERM, PERM }, .code = 553 },
	/* Ours to mend: the mail must still be there then. */
	{ "--at mail:530", AUTO, .want = { TEMP, TEMP }, .code = 530 },
	{ "--at data:451", AUTO, .want = { TEMP, TEMP }, .code = 451 },
	{ "--at data:554", AUTO, .want = { PERM, PERM }, .code = 554 },
	/* The 503 to the next chunk must not turn 451 into "never". */
	{ "--at data:451 --extension CHUNKING --extension PIPELINING", AUTO,
	    .want = { TEMP, TEMP }, .code = 503 },
	{ "--at body:451", AUTO, .want = { TEMP, TEMP }, .code = 451 },
	{ "--at body:554", AUTO, .want = { PERM, PERM }, .code = 554 },
	{ "--at body:554 --extension CHUNKING", AUTO, .want = { PERM, PERM },
	    .code = 554 },
	/* Nobody knows. */
	{ "--at body:close", AUTO, .want = { TEMP, TEMP }, .unsure = true },
	{ "--at body:reset", AUTO, .want = { TEMP, TEMP }, .unsure = true },
	{ "--at body:garbage", AUTO, .want = { TEMP, TEMP }, .unsure = true },
	{ "--at body:vanish", AUTO, .want = { TEMP, TEMP }, .unsure = true,
	    .taken = 1 },
	{ "--at body:vanish --extension CHUNKING", AUTO, .want = { TEMP, TEMP },
	    .unsure = true, .taken = 1 },
	{ "--at body:silence", AUTO, .want = { TEMP, TEMP }, .timeout = 1,
	    .unsure = true, .text = "no answer to the message within" },
	/* It never came to speak of the mail. */
	{ "--at connect:421", AUTO, .want = { TEMP, TEMP },
	    .text = "421 fake reply to connect" },
	{ "--at connect:554", AUTO, .want = { TEMP, TEMP }, .text = "554" },
	{ "--at connect:close", AUTO, .want = { TEMP, TEMP } },
	{ "--at connect:reset", AUTO, .want = { TEMP, TEMP } },
	{ "--at connect:garbage", AUTO, .want = { TEMP, TEMP } },
	{ "--at connect:silence", AUTO, .want = { TEMP, TEMP }, .timeout = 1,
	    .text = "no answer to the greeting within 1 s" },
	{ "--at ehlo:421", AUTO, .want = { TEMP, TEMP }, .text = "421" },
	{ "--at ehlo:550", AUTO, .want = { TEMP, TEMP }, .text = "550" },
	{ "--at ehlo:oversize", AUTO, .want = { TEMP, TEMP } },
	{ "--at ehlo:drip", AUTO, .want = { TEMP, TEMP }, .timeout = 1,
	    .text = "timed out after" },
	{ "--at rcpt/jane:close", AUTO, .want = { TEMP, TEMP } },
	/* The verdict is known long before the goodbye. */
	{ "--at quit:silence", AUTO, .want = { OK, OK }, .code = 250,
	    .taken = 1 },
	{ "--at quit:close", AUTO, .want = { OK, OK }, .code = 250,
	    .taken = 1 },
	/* STARTTLS */
	{ GOOD, MUST, .want = { OK, OK }, .code = 250, .taken = 1,
	    .env = "tls: TLSv1.2\nsni: -" },
	{ GOOD, MUST, "localhost", .want = { OK, OK }, .code = 250, .taken = 1,
	    .env = "tls: TLSv1.2\nsni: localhost" },
	{ GOOD "--extension CHUNKING --extension PIPELINING", MUST,
	    .want = { OK, OK }, .code = 250, .taken = 1 },
	{ "--tls @/other.pem @/other.key", MUST, .want = { TEMP, TEMP },
	    .text = "the certificate is not for 127.0.0.1",
	    .never = "C: MAIL" },
	{ "--tls @/other.pem @/other.key", MUST, "localhost",
	    .want = { TEMP, TEMP },
	    .text = "the certificate is not for localhost" },
	{ "--tls @/self.pem @/self.key", MUST, .want = { TEMP, TEMP },
	    .text = "cannot be verified: self", .never = "C: MAIL" },
	{ "--tls @/self.pem @/self.key", MUST, .no_verify = true,
	    .want = { OK, OK }, .code = 250, .taken = 1,
	    .env = "tls: TLSv1.2" },
	{ "", MUST, .want = { TEMP, TEMP }, .text = "STARTTLS is not offered",
	    .never = "C: MAIL" },
	{ "--at ehlo:502*1", MUST, .want = { TEMP, TEMP },
	    .text = "STARTTLS is not offered", .never = "C: MAIL" },
	{ GOOD "--at starttls:454", MUST, .want = { TEMP, TEMP }, .text = "454",
	    .never = "C: MAIL" },
	{ GOOD "--at starttls:inject", MUST, .want = { TEMP, TEMP },
	    .text = "plain text behind the reply", .never = "C: MAIL" },
	{ GOOD "--at starttls:inject", AUTO, .want = { TEMP, TEMP },
	    .text = "plain text behind the reply", .never = "C: MAIL" },
	{ GOOD "--at tls:garbage", MUST, .want = { TEMP, TEMP },
	    .text = "handshake", .never = "C: MAIL" },
	{ GOOD "--at tls:close", AUTO, .want = { TEMP, TEMP },
	    .text = "handshake", .never = "C: MAIL" },
	/* A reply to nothing is taken for one to what is said next. */
	{ "--at connect:inject", AUTO, .want = { TEMP, TEMP } },
	{ "--at ehlo:inject", AUTO, .want = { TEMP, TEMP } },
	{ "--at mail:inject", AUTO, .want = { TEMP, TEMP } },
	{ "--at rcpt/jane:inject", AUTO, .want = { TEMP, TEMP } },
	{ "--at data:inject --at body:554", AUTO, .want = { TEMP, TEMP },
	    .text = "more replies than commands, at DATA" },
	{ GOOD "--at data:inject --at body:554", MUST, .want = { TEMP, TEMP },
	    .text = "more replies than commands, at DATA" },
	/* On loopback any certificate does, and none. */
	{ "--tls @/self.pem @/self.key", AUTO, .want = { OK, OK }, .code = 250,
	    .taken = 1, .env = "tls: TLSv1.2" },
	{ "--tls @/other.pem @/other.key", AUTO, "localhost",
	    .want = { OK, OK }, .code = 250, .taken = 1 },
	{ GOOD, OFF, .want = { OK, OK }, .code = 250, .taken = 1,
	    .env = "tls: no" },
	/* AUTH */
	{ GOOD "--auth joe:secret", AUTO, .user = "joe", .want = { OK, OK },
	    .code = 250, .taken = 1, .env = "auth: joe" },
	{ GOOD "--auth joe:other", AUTO, .user = "joe", .want = { TEMP, TEMP },
	    .text = "not logged in as joe: 535" },
	{ GOOD "--auth joe:secret --at auth:454", AUTO, .user = "joe",
	    .want = { TEMP, TEMP }, .text = "not logged in as joe: 454" },
	{ GOOD "--at mail:550", AUTO, .user = "joe", .want = { TEMP, TEMP },
	    .text = "AUTH is not offered" },
	{ GOOD "--extension AUTH --at rcpt:550", AUTO, .user = "joe",
	    .want = { TEMP, TEMP }, .text = "no kind of AUTH" },
	/* Never in clear, whatever is offered. */
	{ "--auth joe:secret --auth-in-clear", AUTO, .user = "joe",
	    .want = { TEMP, TEMP }, .text = "STARTTLS is not offered",
	    .never = "C: AUTH" },
	{ "--auth joe:secret --auth-in-clear", OFF, .user = "joe",
	    .want = { TEMP, TEMP }, .never = "C: AUTH" },
	{ "--tls @/self.pem @/self.key --auth joe:secret", AUTO, .user = "joe",
	    .want = { TEMP, TEMP }, .text = "cannot be verified",
	    .never = "C: AUTH" },
};

/* The options with the certificates' directory in them. */
static void
put_directory(char *out, size_t max, const char *options)
{
	const char *dir = fake_certificates();
	size_t n = 0;

	for (; *options != '\0' && n + strlen(dir) + 2 < max; options++)
		if (*options == '@') {
			strcpy(out + n, dir);
			n += strlen(dir);
		} else
			out[n++] = *options;
	out[n] = '\0';
}

static void
write_secret(char path[64], const char *text, mode_t mode)
{
	int fd;

	snprintf(path, 64, "%s/secret", fake_certificates());
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
check_taken(const struct fake *f, const struct smtp_case *c,
    const struct transport_mail *m)
{
	char *text, *log = fake_log(f);
	int n = fake_taken(f), i;

	if (n != c->taken)
		fail_msg("%s: taken %d, not %d", c->fake, n, c->taken);
	for (i = 1; i <= n; i++) {
		text = fake_read(f, i, "eml");
		if (strlen(text) != m->len ||
		    memcmp(text, m->data, m->len) != 0)
			fail_msg("%s: other bytes:\n%s", c->fake, text);
		free(text);
		text = fake_read(f, i, "env");
		if (c->env != NULL && i == n && strstr(text, c->env) == NULL)
			fail_msg("%s: %s", c->fake, text);
		free(text);
	}
	if (c->never != NULL && strstr(log, c->never) != NULL)
		fail_msg("%s: %s was said\n%s", c->fake, c->never, log);
	free(log);
}

static void
check_results(const struct smtp_case *c, const struct transport_result *r)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (r[i].status != c->want[i])
			fail_msg("%s: recipient %zu: status %d, %d %s", c->fake,
			    i, r[i].status, r[i].code, r[i].text);
	if (r[1].code != c->code || r[1].unsure != c->unsure)
		fail_msg("%s: %d%s %s", c->fake, r[1].code,
		    r[1].unsure ? " unsure" : "", r[1].text);
	if (r[1].text[0] == '\0' ||
	    (c->text != NULL && strstr(r[1].text, c->text) == NULL))
		fail_msg("%s: said %s", c->fake, r[1].text);
}

static void
run_case(const struct smtp_case *c, bool tls, const char *address)
{
	struct mail_relay relay = { .tls = tls };
	struct mail_conf conf = { .transport = MAIL_SMTP,
		.verify = true,
		.timeout = c->timeout != 0 ? c->timeout : 20,
		.hostname = "host.example.com" };
	struct transport_mail m = mail_sample();
	struct transport_result r[2];
	char options[400], secret[64], ca[64];
	const struct transport *t;
	struct fake f;

	put_directory(options, sizeof options, c->fake);
	fake_start(&f, options);
	write_secret(secret, "secret\n", 0600);
	snprintf(ca, sizeof ca, "%s/ca.pem", fake_certificates());
	relay.host = (char *)(uintptr_t)(c->host != NULL ? c->host : address);
	relay.port = f.port;
	conf.relays = &relay;
	conf.starttls = c->starttls;
	conf.user = (char *)(uintptr_t)c->user;
	conf.password_file = secret;
	conf.ca_file = ca;
	conf.verify = !c->no_verify;
	t = transport_of(&conf, &relay);
	/* The child must have time to say that its relay was silent. */
	transport_run(t, &conf, &relay, &m, conf.timeout * 1000 + 2000, r);
	check_results(c, r);
	check_taken(&f, c, &m);
	fake_stop(&f);
}

static void
test_smtp(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof smtp_table / sizeof *smtp_table; i++)
		run_case(&smtp_table[i], false, "127.0.0.1");
}

static const struct smtp_case smtps_table[] = {
	{ GOOD, .want = { OK, OK }, .code = 250, .taken = 2,
	    .env = "to: jane@example.com\nhelo: host.example.com\ntls: TLSv1" },
	{ GOOD, .host = "localhost", .want = { OK, OK }, .code = 250,
	    .taken = 2, .env = "sni: localhost" },
	{ GOOD "--extension CHUNKING --extension PIPELINING",
	    .want = { OK, OK }, .code = 250, .taken = 2 },
	{ GOOD "--at rcpt/jane:550", .want = { OK, PERM }, .code = 550,
	    .text = "550 fake", .taken = 1 },
	{ GOOD "--at rcpt/joe:550", .want = { PERM, OK }, .code = 250,
	    .taken = 1 },
	{ GOOD "--at rcpt/joe:450", .want = { TEMP, OK }, .code = 250,
	    .taken = 1 },
	{ GOOD "--at mail:451", .want = { TEMP, TEMP }, .code = 451 },
	{ GOOD "--at mail:530", .want = { TEMP, TEMP }, .code = 530 },
	{ GOOD "--at data:554", .want = { PERM, PERM }, .code = 554 },
	{ GOOD "--at body:451", .want = { TEMP, TEMP }, .code = 451 },
	{ GOOD "--at body:554", .want = { PERM, PERM }, .code = 554 },
	{ GOOD "--at connect:421", .want = { TEMP, TEMP }, .text = "421" },
	{ GOOD "--at connect:close", .want = { TEMP, TEMP } },
	{ GOOD "--at connect:silence", .want = { TEMP, TEMP }, .timeout = 1,
	    .text = "no answer to the greeting within 1 s" },
	{ GOOD "--at ehlo:garbage", .want = { TEMP, TEMP }, .timeout = 1 },
	{ GOOD "--at quit:silence", .want = { OK, OK }, .code = 250,
	    .taken = 2 },
	{ GOOD "--at ehlo:inject", .want = { TEMP, TEMP }, .timeout = 2 },
	{ "--tls @/other.pem @/other.key", .want = { TEMP, TEMP },
	    .text = "cannot be verified", .never = "C: EHLO" },
	{ "--tls @/self.pem @/self.key", .host = "localhost",
	    .want = { TEMP, TEMP }, .text = "cannot be verified",
	    .never = "C: EHLO" },
	{ "--tls @/self.pem @/self.key", .no_verify = true, .want = { OK, OK },
	    .code = 250, .taken = 2 },
	{ GOOD "--auth joe:secret", .user = "joe", .want = { OK, OK },
	    .code = 250, .taken = 2, .env = "auth: joe" },
	{ GOOD "--auth joe:other", .user = "joe", .want = { TEMP, TEMP },
	    .text = "not logged in as joe: 535" },
	{ GOOD "--at mail:550", .user = "joe", .want = { TEMP, TEMP },
	    .text = "AUTH is not offered" },
};

static void
test_smtps(void **state)
{
	struct smtp_case c;
	char options[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof smtps_table / sizeof *smtps_table; i++) {
		c = smtps_table[i];
		snprintf(options, sizeof options, "--implicit-tls %s", c.fake);
		c.fake = options;
		run_case(&c, true, "127.0.0.1");
	}
}

/* One that was taken, and then nobody knows: the first may not be lost. */
static void
test_smtps_breaks(void **state)
{
	static const struct smtp_case table[] = {
		{ "--implicit-tls " GOOD "--at body:vanish*1",
		    .want = { TEMP, TEMP }, .unsure = false, .taken = 1 },
		{ "--implicit-tls " GOOD "--at rcpt/jane:silence",
		    .want = { OK, TEMP }, .timeout = 3, .taken = 1 },
	};

	(void)state;
	run_case(&table[0], true, "127.0.0.1");
	run_case(&table[1], true, "127.0.0.1");
}

/* libESMTP would connect to this host instead. */
static void
test_ipv6(void **state)
{
	static const struct smtp_case table[] = {
		{ "--address ::1", AUTO, .want = { OK, OK }, .code = 250,
		    .taken = 2, .env = "tls: no" },
		{ "--address ::1 --tls @/self.pem @/self.key", AUTO,
		    .want = { OK, OK }, .code = 250, .taken = 2,
		    .env = "tls: TLSv1" },
		{ "--address ::1 " GOOD, MUST, .want = { OK, OK }, .code = 250,
		    .taken = 2, .env = "tls: TLSv1" },
		{ "--address ::1 --tls @/self.pem @/self.key", MUST,
		    .want = { TEMP, TEMP }, .text = "cannot be verified",
		    .never = "C: MAIL" },
		{ "--address ::1", MUST, .want = { TEMP, TEMP },
		    .text = "STARTTLS is not offered", .never = "C: MAIL" },
		{ "--address ::1 " GOOD "--at starttls:inject", MUST,
		    .want = { TEMP, TEMP }, .never = "C: MAIL" },
		{ "--address ::1 --auth joe:secret --auth-in-clear", AUTO,
		    .user = "joe", .want = { TEMP, TEMP }, .never = "C: AUTH" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		run_case(&table[i], false, "::1");
}

/* E1: with TLS 1.3 two of five sessions hung. */
static void
test_tls_sessions(void **state)
{
	static const struct smtp_case c = { GOOD, MUST, .want = { OK, OK },
		.code = 250, .taken = 1 };
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		run_case(&c, false, "127.0.0.1");
}

static void
run_unreachable(const char *host, const char *port, bool tls, const char *text)
{
	struct mail_relay relay = { .tls = tls };
	struct mail_conf conf = { .transport = MAIL_SMTP,
		.timeout = 2,
		.hostname = "host.example.com" };
	struct transport_mail m = mail_sample();
	struct transport_result r[2];

	relay.host = (char *)(uintptr_t)host;
	relay.port = (char *)(uintptr_t)port;
	transport_run(transport_of(&conf, &relay), &conf, &relay, &m, 5000, r);
	assert_int_equal(r[0].status, TEMP);
	assert_int_equal(r[1].status, TEMP);
	assert_int_equal(r[1].code, 0);
	assert_false(r[1].unsure);
	if (strstr(r[1].text, text) == NULL)
		fail_msg("%s: %s", host, r[1].text);
}

static void
test_unreachable(void **state)
{
	(void)state;
	/* Port 1 on loopback: nobody is there. */
	run_unreachable("127.0.0.1", "1", false, "Connection refused");
	run_unreachable("127.0.0.1", "1", true, "connect");
	run_unreachable("::1", "1", false, "connect");
	run_unreachable("nowhere.invalid", "25", false, "n");
	run_unreachable("nowhere.invalid", "465", true, "resolve host");
}

static void
run_secret(const char *text, mode_t mode, bool tls, const char *want)
{
	char path[64], user[] = "joe", host[] = "127.0.0.1", port[] = "1";
	struct mail_relay relay = { .tls = tls, .host = host, .port = port };
	struct mail_conf conf = { .transport = MAIL_SMTP,
		.timeout = 2,
		.hostname = host,
		.user = user,
		.password_file = path };
	struct transport_mail m = mail_sample();
	struct transport_result r[2];

	write_secret(path, text, mode);
	transport_run(transport_of(&conf, &relay), &conf, &relay, &m, 5000, r);
	assert_int_equal(r[0].status, TEMP);
	if (strstr(r[1].text, want) == NULL)
		fail_msg("%s", r[1].text);
}

static void
test_secret(void **state)
{
	(void)state;
	run_secret("secret\n", 0644, false, "password-file");
	run_secret("secret\n", 0644, true, "password-file");
	run_secret("", 0600, false, "password-file");
}

static int
set_up(void **state)
{
	(void)state;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fake_certificates_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smtp),
		cmocka_unit_test(test_smtps),
		cmocka_unit_test(test_smtps_breaks),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_tls_sessions),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
