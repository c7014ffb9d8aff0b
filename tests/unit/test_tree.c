/* SPDX-License-Identifier: ISC */
/* A walk shown: what stands where, that strangers' bytes are cleaned, JSON. */
#include "uptime/tell/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "tests/unit/walk_sample.h"
#include "uptime/judge/zone.h"

/* To be freed. */
static char *
shown(const struct walk_sample *w, bool json, bool colour)
{
	struct zone_verdict v;
	struct buf b;

	setenv("TZ", "UTC", 1);
	zone_judge(&v, &w->walk, SAMPLE_NOW, 0);
	buf_init(&b, SIZE_MAX);
	if (json)
		tree_json(&b, &w->walk, &v);
	else
		tree_show(&b, &w->walk, &v, colour);
	zone_verdict_free(&v);
	return buf_take(&b);
}

static void
all_is_well(void **state)
{
	struct walk_sample w;
	char *s;

	(void)state;
	walk_sample(&w);
	s = shown(&w, false, false);
	assert_string_equal(s,
	    "the root\n"
	    "├ a.root-servers.net  198.41.0.4   1.2 ms  refers to test\n"
	    "└─ test, TTL 2d\n"
	    "   ├ a.nic.test  193.0.14.1   1.2 ms  refers to "
	    "ns1.example.test,\n"
	    "   │                                  ns2.example.net\n"
	    "   ├ b.nic.test  194.0.14.1   1.2 ms  refers to the same\n"
	    "   └─ example.test: 2 name servers, TTL 1d, signed\n"
	    "      ├ ns1.example.test  185.1.2.53     1.2 ms  serial 7, "
	    "185.1.2.80,\n"
	    "      │                                          2a01:1:2::80\n"
	    "      ├ ns2.example.net   2a01:1:2::53   1.2 ms  serial 7, "
	    "185.1.2.80,\n"
	    "      │                                          2a01:1:2::80\n"
	    "      └─ www.example.test  185.1.2.80, 2a01:1:2::80, TTL 1h\n"
	    "\n"
	    "OK           all servers answer, and agree (2 of 2)\n"
	    "             17 questions, 14 ms\n");
	free(s);
}

static void
faults_stand_by_their_server(void **state)
{
	struct walk_sample w;
	char *s;

	(void)state;
	walk_sample(&w);
	w.server[1].udp.status = w.server[1].tcp.status = DNS_TIMEOUT;
	w.server[1].has_serial = w.server[1].named = false;
	w.server[1].nanswer = 0;
	w.server[0].glue_differs = true;
	s = shown(&w, false, false);
	assert_non_null(strstr(s,
	    "ns1.example.test  185.1.2.53     1.2 ms  serial 7, 185.1.2.80,"));
	assert_non_null(strstr(s, "2a01:1:2::80, glue differs\n"));
	assert_non_null(strstr(s,
	    "ns2.example.net   2a01:1:2::53        -  no answer, nor over "
	    "TCP\n"));
	assert_non_null(strstr(s,
	    "DEGRADED     name servers: the name server does not answer: 1 of "
	    "2 servers of\n"
	    "             example.test: ns2.example.net (2a01:1:2::53).  To be "
	    "mended by:\n"
	    "             name server operator.\n"));
	free(s);
}

static size_t
columns(const char *s, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++)
		w += (s[i] & 0xc0) != 0x80;
	return w;
}

/* Wide rows are broken; only a very long name makes one longer. */
static void
fits_the_screen(void **state)
{
	struct walk_sample w;
	struct ip many[20];
	const char *line, *end;
	char *s;

	(void)state;
	walk_sample(&w);
	for (size_t i = 0; i < 20; i++) {
		many[i] = w.address[1];
		many[i].addr[7] = (unsigned char)(i + 1);
	}
	w.server[0].answer = w.walk.ip = many;
	w.server[0].nanswer = w.walk.nip = 20;
	s = shown(&w, false, false);
	for (line = s; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (columns(line, (size_t)(end - line)) > 80)
			fail_msg("%.*s", (int)(end - line), line);
	}
	free(s);
}

static void
colour_only_when_asked(void **state)
{
	struct walk_sample w;
	char *s;

	(void)state;
	walk_sample(&w);
	w.server[1].records = REASON_NXDOMAIN;
	w.server[1].nanswer = 0;
	s = shown(&w, false, false);
	assert_null(strchr(s, '\033'));
	free(s);
	s = shown(&w, false, true);
	assert_non_null(strstr(s, "\033[1;31mNXDOMAIN\033[0m"));
	free(s);
}

/* Names of servers and aliases are strangers' bytes. */
static void
hostile_names(void **state)
{
	static char evil[] = "ns\033[2J\"\n\xff.test";
	static char *list[] = { evil };
	struct walk_sample w;
	char *s;

	(void)state;
	walk_sample(&w);
	w.server[0].name = evil;
	w.server[0].cname = evil;
	w.server[1].cname = evil;
	w.parent[0].ns = list;
	w.parent[0].nns = 1;
	w.walk.name = evil;
	w.zone[2].name = evil;
	w.walk.end = WALK_LOOP;
	for (int json = 0; json < 2; json++) {
		s = shown(&w, json == 1, false);
		assert_null(strchr(s, '\033'));
		assert_null(strchr(s, '\xff'));
		assert_null(strstr(s, "\n\\xff"));
		if (json == 1)
			assert_ptr_equal(strchr(s, '\n'), s + strlen(s) - 1);
		free(s);
	}
}

static void
ends(void **state)
{
	static const struct {
		enum walk_end end;
		const char *text, *word;
	} t[] = {
		{ WALK_NO_ROOT, "no root server answers this host\n",
		    "\"end\":\"no-root\"" },
		{ WALK_NXDOMAIN, "does not exist (NXDOMAIN)\n",
		    "\"end\":\"nxdomain\"" },
		{ WALK_TIMEOUT, "not finished in time\n",
		    "\"end\":\"timeout\"" },
		{ WALK_LOOP, "the way leads in a circle\n",
		    "\"end\":\"loop\"" },
	};
	struct walk_sample w;
	char *s;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		walk_sample(&w);
		w.walk.end = t[i].end;
		s = shown(&w, false, false);
		if (strstr(s, t[i].text) == NULL)
			fail_msg("%s", s);
		free(s);
		s = shown(&w, true, false);
		if (strstr(s, t[i].word) == NULL)
			fail_msg("%s", s);
		free(s);
	}
	/* Nothing at all is known. */
	w.walk.n = w.walk.nip = 0;
	w.walk.end = WALK_NO_ROOT;
	s = shown(&w, false, false);
	assert_int_equal(strncmp(s,
			     "www.example.test  no root server answers this "
			     "host\n\nNO EVIDENCE  ",
			     60),
	    0);
	free(s);
}

static void
json(void **state)
{
	static const char *const parts[] = {
		"{\"name\":\"www.example.test\",\"grade\":\"ok\","
		"\"cached_until\":null,\"layers\":[",
		"\"layer\":\"nameserver\",\"evaluated\":true,\"grade\":\"ok\","
		"\"reason\":null,\"good\":2,\"all\":2,\"ms\":1.200}",
		"\"findings\":[],\"walks\":[{\"name\":\"www.example.test\","
		"\"end\":\"answered\",\"alias\":null,",
		"\"zones\":[{\"name\":\"\",\"parent_ns\":[],",
		"{\"name\":\"ns1.example.test\",\"address\":\"185.1.2.53\","
		"\"reason\":null,\"udp\":{\"status\":\"answer\",\"rcode\":"
		"\"NOERROR\",\"aa\":true,\"ms\":1.200},",
		"\"addresses\":[\"185.1.2.80\",\"2a01:1:2::80\"]",
	};
	struct walk_sample w;
	char *s;

	(void)state;
	walk_sample(&w);
	s = shown(&w, true, false);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(s, parts[i]) == NULL)
			fail_msg("%s is not in %s", parts[i], s);
	free(s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(faults_stand_by_their_server),
		cmocka_unit_test(fits_the_screen),
		cmocka_unit_test(colour_only_when_asked),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(ends),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
