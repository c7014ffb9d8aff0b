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
	/* each is told once, however often the file is parsed */
	check("state = a\nstate = b\nfoo = 1\nmail { from = a@b.c }\n",
	    ":2: \"state\" is given twice; the first is on line 1\n"
	    ":3: unknown key \"foo\"\n");
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
note_section(void *arg, size_t depth, const char *name, size_t n, int line)
{
	char *s = arg;

	snprintf(s + strlen(s), 200 - strlen(s), "%zu:%.*s:%d ", depth, (int)n,
	    name, line);
}

static void
test_sections(void **state)
{
	static const char text[] =
	    "a = 1\nlog 'x' {\n log = 3\n}\n"
	    "log = 2 /* log 'no' {}\n */ # log {\nlog \"{\" {}\n"
	    "site 's' { l = { a, b }\n url\n 'u' { x += { y }\n step { }\n"
	    " step {} } tcp 't' { } } mail { }";
	char got[200] = "";

	(void)state;
	conf_scan_sections(text, note_section, got);
	assert_string_equal(got,
	    "0:log:2 0:log:7 0:site:8 1:url:9 2:step:11 "
	    "2:step:12 1:tcp:12 0:mail:12 ");
}

/* Errors at a section name the line where it begins, at any depth. */
static void
test_lines(void **state)
{
	static cfg_opt_t c[] = {
		CFG_STR("k", NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	static cfg_opt_t b[] = {
		CFG_SEC("c", c, CFGF_MULTI),
		CFG_STR("k", NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	static cfg_opt_t a[] = {
		CFG_SEC("b", b, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	cfg_opt_t keys[] = {
		CFG_SEC("a", a, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("none", c, CFGF_NONE),
		CFG_END(),
	};
	struct conf *conf;
	cfg_t *sec;
	char *got;

	(void)state;
	put("a 'x' { b 'y' { }\n b 'y' { }\n} a 'x' { }\nfoo = 1\n");
	conf = conf_open(path, keys, CONF_STRICT);
	got = errors_of(conf);
	assert_string_equal(got,
	    ":2: found duplicate title 'y'\n"
	    ":3: found duplicate title 'x'\n:4: unknown key \"foo\"\n");
	free(got);
	conf_close(conf);
	put("\na 'x' { b 'y' { }\n b 'z' {\n c { k = v\n } c {\n\n}\n"
	    "k = 3 } }\na 'w' { }\n");
	conf = conf_open(path, keys, CONF_STRICT);
	assert_int_equal(conf_errors(conf), 0);
	sec = cfg_getnsec(conf_root(conf), "a", 1);
	assert_int_equal(conf_line(conf, sec, NULL, 0), 9);
	sec = cfg_getnsec(conf_root(conf), "a", 0);
	assert_int_equal(conf_line(conf, sec, NULL, 0), 2);
	sec = cfg_getnsec(sec, "b", 1);
	assert_int_equal(conf_line(conf, sec, NULL, 0), 3);
	assert_int_equal(conf_line(conf, sec, "k", 0), 8);
	assert_int_equal(conf_line(conf, cfg_getnsec(sec, "c", 0), "k", 0), 4);
	sec = cfg_getnsec(sec, "c", 1);
	assert_int_equal(conf_line(conf, sec, NULL, 0), 5);
	assert_int_equal(conf_line(conf, sec, "k", 0), 5);
	sec = cfg_getsec(conf_root(conf), "none");
	assert_int_equal(conf_line(conf, sec, NULL, 0), 0);
	conf_close(conf);
}

/* Of many sections, too: none is lost, the order stays, double ones are seen
 * however far they are apart. */
static void
test_many(void **state)
{
	static cfg_opt_t sub[] = {
		CFG_STR("k", NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	static cfg_opt_t log[] = {
		CFG_SEC("sub", sub,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	cfg_opt_t keys[] = {
		CFG_SEC("log", log,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	const unsigned n = 300;
	char title[16], *got;
	struct conf *c;
	cfg_t *sec;
	FILE *f;

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		f = fopen(path, "w");
		assert_non_null(f);
		for (unsigned i = 0; i < n; i++)
			fprintf(f, "log x%u { sub y { k = %u } }\n", i, i);
		fprintf(f, "log z {\n");
		for (unsigned i = 0; i < n; i++)
			fprintf(f, "sub y%u { k = %u }\n", i, i);
		if (twice)
			fprintf(f, "sub y7 { }\nfoo = 1\n}\nlog x3 { ");
		fprintf(f, "}\n");
		fclose(f);
		c = conf_open(path, keys, CONF_STRICT);
		got = errors_of(c);
		assert_string_equal(got,
		    !twice ? "" :
			     ":602: found duplicate title 'y7'\n"
			     ":603: unknown key \"foo\" in log\n"
			     ":605: found duplicate title 'x3'\n");
		free(got);
		assert_int_equal(cfg_size(conf_root(c), "log"),
		    n + 1 + (unsigned)twice);
		sec = cfg_getnsec(conf_root(c), "log", n);
		assert_string_equal(cfg_title(sec), "z");
		assert_int_equal(cfg_size(sec, "sub"), n + (unsigned)twice);
		for (unsigned i = 0; i < n; i++) {
			snprintf(title, sizeof title, "x%u", i);
			assert_string_equal(title,
			    cfg_title(cfg_getnsec(conf_root(c), "log", i)));
			snprintf(title, sizeof title, "%u", i);
			assert_string_equal(title,
			    cfg_getstr(cfg_getnsec(sec, "sub", i), "k"));
		}
		assert_int_equal(conf_line(c, cfg_getnsec(sec, "sub", 299),
				     NULL, 0),
		    601);
		conf_close(c);
	}
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
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_many),
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
