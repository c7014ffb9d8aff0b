/* SPDX-License-Identifier: ISC */
/* Configuration files: values, and every mistake with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/host/conf.h"
#include "common/host/conf_scan.h"
#include "common/mail/mail_conf.h"

static char path[] = "/tmp/test_conf.XXXXXX";

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* The errors of a text, the path cut off, in an allocated string. */
static char *
errors_of(struct conf *c)
{
	char *text = NULL, *p;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	conf_print_errors(c, f);
	fclose(f);
	while ((p = strstr(text, path)) != NULL)
		memmove(p, p + strlen(path), strlen(p + strlen(path)) + 1);
	return text;
}

static struct conf *
open_text(const char *text, enum conf_unknown how)
{
	static cfg_opt_t log[] = {
		CFG_STR("format", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("ignore", NULL, CFGF_NODEFAULT),
		CFG_STR("silent-after", NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	cfg_opt_t keys[] = {
		CFG_STR_LIST("admin", NULL, CFGF_NODEFAULT),
		CFG_STR("state", NULL, CFGF_NODEFAULT),
		CFG_SEC("log", log,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("mail", mail_conf_keys(), CFGF_NONE),
		CFG_END(),
	};

	put(text);
	return conf_open(path, keys, how);
}

static void
check(const char *text, const char *want)
{
	struct conf *c = open_text(text, CONF_STRICT);
	struct mail_conf m = { 0 };
	char *got;

	if (conf_root(c) != NULL)
		mail_conf_read(c, &m);
	got = errors_of(c);
	assert_string_equal(got, want);
	free(got);
	mail_conf_free(&m);
	conf_close(c);
}

static void
test_errors(void **state)
{
	(void)state;
	check("mail { from = a@b.c transport = stdout }\n", "");
	check("", ": mail needs from = \"an.address@of.yours\"\n");
	check("mail { from = a@b.c\n transport = stout }\n",
	    ":2: transport = \"stout\": expected smtp, sendmail, maildir or "
	    "stdout\n");
	check("admn = { a@b.c }\nlog \"/x\" {\n  fromat = auto\n"
	      "  sub \"t\" { x = '}' }\n}\nmail { from = a@b.c }\nfoo = 3\n",
	    ":1: unknown key \"admn\"; did you mean \"admin\"?\n"
	    ":3: unknown key \"fromat\" in log; did you mean \"format\"?\n"
	    ":4: unknown key \"sub\" in log\n"
	    ":7: unknown key \"foo\"\n");
	check("state = a\nstate = b\nmail { from = a@b.c }\n",
	    ":2: \"state\" is given twice; the first is on line 1\n");
	check("mail {\n from = \"a@b.c\r\n\"\n expire = 5\n verify = maybe\n"
	      " transport = smtp\n}\n",
	    ":3: from = \"a@b.c\\x0d\\x0a\": has a character that an "
	    "address must not have here; expected printable ASCII without "
	    "blanks, quotes, /, | and <>()[],;:\\, and no '-' in front\n"
	    ":4: expire = \"5\": expected a duration such as 90s, 5m, 2h or "
	    "3d\n"
	    ":5: verify = \"maybe\": expected yes or no\n"
	    ":6: transport = smtp needs relays = {\"smtp://host:25\"}\n");
	check("mail { from = a@b.c relays = {\"smtp://a\",\n\"http://b\"} }\n",
	    ":2: relays: \"http://b\": expected smtp://host[:port] or "
	    "smtps://host[:port]\n");
	check("log \"/x\" { }\nlog \"/x\" {\n format = auto }\nfoo = 1\n"
	      "mail { from = a@b.c }\n",
	    ":2: found duplicate title '/x'\n:4: unknown key \"foo\"\n");
	check("mail { from = a@b.c\n", ":1: no } closes this {\n");
}

static void
test_missing_file(void **state)
{
	struct conf *c;
	cfg_opt_t keys[] = {
		CFG_END(),
	};
	char *got;

	(void)state;
	unlink(path);
	c = conf_open(path, keys, CONF_STRICT);
	got = errors_of(c);
	assert_string_equal(got,
	    ": cannot be read: No such file or "
	    "directory\n");
	free(got);
	conf_close(c);
}

static void
test_skip_unknown(void **state)
{
	struct mail_conf m;
	char *where;

	(void)state;
	put("state = \"/s/w.db\"\nroute \"/b\" { owners = {\"}\"} } # }\n"
	    "log '/x' { ignore = {'a{2}', 'b'}\n format = auto }\n"
	    "what = { 1, 2 }\nmail { from = a@b.c maildir = /m }\n");
	assert_true(mail_conf_load(path, &m, &where));
	assert_string_equal(where, "/s/w.db");
	assert_int_equal(m.transport, MAIL_MAILDIR);
	assert_string_equal(m.from, "a@b.c");
	free(where);
	mail_conf_free(&m);
}

static void
test_section_line(void **state)
{
	static const char text[] =
	    "a = 1\nlog 'x' {\n log = 3\n}\n"
	    "log = 2 /* log 'no' {}\n */ # log {\nlog \"{\" {}\n";

	(void)state;
	assert_int_equal(conf_scan_section(text, "log", 0), 2);
	assert_int_equal(conf_scan_section(text, "log", 1), 7);
	assert_int_equal(conf_scan_section(text, "log", 2), 0);
}

static void
test_durations(void **state)
{
	static const struct {
		const char *s;
		int64_t want; /* -1: none */
	} table[] = { { "90s", 90 }, { "5m", 300 }, { "2h", 7200 },
		{ "3d", 259200 }, { "0s", 0 }, { "", -1 }, { "5", -1 },
		{ "m", -1 }, { "5mm", -1 }, { "-5m", -1 }, { "5 m", -1 },
		{ "99999999999999999999d", -1 },
		{ "9223372036854775807d", -1 } };
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		v = -1;
		if (!conf_parse_duration(table[i].s, &v))
			v = -1;
		assert_int_equal(v, table[i].want);
	}
}

static void
test_relays(void **state)
{
	static const struct {
		const char *url, *host, *port;
		bool tls;
	} table[] = { { "smtp://mx1.example.com", "mx1.example.com", "25",
			  false },
		{ "smtp://mx1:587", "mx1", "587", false },
		{ "smtps://mx1", "mx1", "465", true },
		{ "smtps://[2001:db8::1]:99", "2001:db8::1", "99", true },
		{ "smtp://", NULL, NULL, false },
		{ "smtp://a:", NULL, NULL, false },
		{ "smtp://a:0", NULL, NULL, false },
		{ "smtp://a:65536", NULL, NULL, false },
		{ "smtp://a/b", NULL, NULL, false },
		{ "smtp://a b", NULL, NULL, false },
		{ "smtp://a\r\nRCPT", NULL, NULL, false },
		{ "smtp://[::1", NULL, NULL, false },
		{ "mx1", NULL, NULL, false } };
	struct mail_relay r;
	const char *what;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		what = mail_relay_parse(table[i].url, &r);
		assert_int_equal(what == NULL, table[i].host != NULL);
		if (what != NULL)
			continue;
		assert_string_equal(r.host, table[i].host);
		assert_string_equal(r.port, table[i].port);
		assert_int_equal(r.tls, table[i].tls);
		free(r.host);
		free(r.port);
		free(r.url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_skip_unknown),
		cmocka_unit_test(test_section_line),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_relays),
		cmocka_unit_test(test_missing_file),
	};
	int fd = mkstemp(path), rc;

	close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
