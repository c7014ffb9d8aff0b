/* SPDX-License-Identifier: ISC */
/* Times and levels in any text. */
#include "watchdog/format/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/read/record.h"

static struct buf room = { .max = RECORD_MAX };

#define T24 1795243620    /* 2026-11-21T06:47:00Z */
#define HERE (T24 - 3600) /* the same in a zone an hour east */

static void
plain(void **state)
{
	static const struct {
		const char *record;
		int64_t time;
		enum level level;
	} t[] = {
		{ "2026-11-21 06:47:00,004 INFO  [main] x", HERE, LEVEL_INFO },
		{ "2026-11-21 06:47:00.1 [main] WARN x", HERE, LEVEL_WARN },
		{ "2026-11-21T06:47:00Z x", T24, LEVEL_NONE },
		{ "2026-11-21T07:47:00+01:00 error: x", T24, LEVEL_ERROR },
		{ "[2026-11-21 01:17:00 -0530] [12] [ERROR] x", T24,
		    LEVEL_ERROR },
		{ "2026-11-21 06:47:00,1 - my-app - CRITICAL - x", HERE,
		    LEVEL_CRIT },
		{ "2026-11-21 06:47:00 - x", HERE, LEVEL_NONE },
		{ "2026/11/21 06:47:00 http: panic serving", HERE, LEVEL_NONE },
		{ "[21-Nov-2026 06:47:00] NOTICE: fpm is running", HERE,
		    LEVEL_NOTICE },
		{ "[21-Nov-2026 06:47:00 UTC] PHP Warning:  x", T24,
		    LEVEL_NONE },
		{ "[21-Nov-2026 06:47:00 Europe/Berlin] x", HERE, LEVEL_NONE },
		{ "[21/Nov/2026:06:47:00][12.34][-main-] Error: x", HERE,
		    LEVEL_ERROR },
		{ "ERROR: x", 0, LEVEL_ERROR },
		{ "ERROR:root:x", 0, LEVEL_ERROR },
		{ "[warning] x", 0, LEVEL_WARN },
		{ "FATAL x", 0, LEVEL_CRIT },
		{ "error", 0, LEVEL_ERROR },
		/* words, not levels */
		{ "Error in the house", 0, LEVEL_NONE },
		{ "Notice of leave", 0, LEVEL_NONE },
		{ "[notice of leave] x", 0, LEVEL_NONE },
		{ "the error: x", 0, LEVEL_NONE },
		{ "[a] [b", 0, LEVEL_NONE },
		{ "- a", 0, LEVEL_NONE },
		{ "[21-Nov-2026 06:47:00 GMT] x", T24, LEVEL_NONE },
		{ "2026-11-21 06:47:00 UTC ERROR x", T24, LEVEL_ERROR },
		{ "2026-11-21T07:17:00+00:30 x", T24, LEVEL_NONE },
		{ "2026-11-21 06:47:00+1x:00 x", HERE, LEVEL_NONE },
		{ "2026-11-21 06:47:00. ERROR: x", HERE, LEVEL_NONE },
		{ "2026-11-21 06:47:00 Trace1: x", HERE, LEVEL_DEBUG },
		/* no dates */
		{ "2026-11/21 06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "2026x11x21 06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "2026-11-21_06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "21-Nov/2026 06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "21xNovx2026 06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "21-Nov-2026:06:47:00 ERROR x", 0, LEVEL_NONE },
		{ "2026-02-29 06:47:00 ERROR x", 0, LEVEL_ERROR },
		{ "2026-11-21 06:47", 0, LEVEL_NONE },
		{ "2026-11-21 06:47:00", HERE, LEVEL_NONE },
		{ "2026-11-21 06:47:00+0", HERE, LEVEL_NONE },
		{ "2026-11-21 06:47:00+01:0", HERE, LEVEL_NONE },
		{ "21-Nov-2026 06:47:0", 0, LEVEL_NONE },
		{ "[", 0, LEVEL_NONE },
		{ "[[[[ - - ]", 0, LEVEL_NONE },
		{ "", 0, LEVEL_NONE },
	};
	struct fields f;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		/* exactly as long, for the sanitizers */
		size_t n = strlen(t[i].record);
		char *record = xmalloc(n);

		memcpy(record, t[i].record, n);
		format_parse(&format_plain, record, n, &f, &room);
		if (f.has_time != (t[i].time != 0) || f.time != t[i].time ||
		    f.level != t[i].level)
			fail_msg("\"%s\" gave %lld, %s", t[i].record,
			    (long long)f.time, level_name(f.level));
		assert_int_equal(f.message.n, n);
		assert_int_equal(f.status.n + f.request.n + f.rest.n, 0);
		free(record);
	}
}

static void
levels(void **state)
{
	static const struct {
		const char *word;
		enum level level;
	} t[] = {
		{ "emerg", LEVEL_EMERG },
		{ "EMERGENCY", LEVEL_EMERG },
		{ "alert", LEVEL_ALERT },
		{ "crit", LEVEL_CRIT },
		{ "Critical", LEVEL_CRIT },
		{ "FATAL", LEVEL_CRIT },
		{ "error", LEVEL_ERROR },
		{ "err", LEVEL_ERROR },
		{ "Severe", LEVEL_ERROR },
		{ "warn", LEVEL_WARN },
		{ "WARNING", LEVEL_WARN },
		{ "notice", LEVEL_NOTICE },
		{ "info", LEVEL_INFO },
		{ "debug", LEVEL_DEBUG },
		{ "trace", LEVEL_DEBUG },
		{ "trace1", LEVEL_DEBUG },
		{ "trace8", LEVEL_DEBUG },
		{ "trace9", LEVEL_NONE },
		{ "trace0", LEVEL_NONE },
		{ "trace11", LEVEL_NONE },
		{ "", LEVEL_NONE },
		{ "none", LEVEL_NONE },
		{ "xrror", LEVEL_NONE },
		{ "erro", LEVEL_NONE },
		{ "errors", LEVEL_NONE },
		{ "inf\xef", LEVEL_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (level_parse(t[i].word, strlen(t[i].word)) != t[i].level)
			fail_msg("\"%s\"", t[i].word);
	for (int l = LEVEL_DEBUG; l <= LEVEL_EMERG; l++)
		assert_int_equal(level_parse(level_name((enum level)l),
				     strlen(level_name((enum level)l))),
		    l);
	assert_string_equal(level_name(LEVEL_NONE), "none");
	/* RFC 5424's order */
	assert_true(LEVEL_EMERG > LEVEL_ALERT && LEVEL_ALERT > LEVEL_CRIT &&
	    LEVEL_CRIT > LEVEL_ERROR && LEVEL_ERROR > LEVEL_WARN &&
	    LEVEL_WARN > LEVEL_NOTICE && LEVEL_NOTICE > LEVEL_INFO &&
	    LEVEL_INFO > LEVEL_DEBUG && LEVEL_DEBUG > LEVEL_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(levels),
	};

	setenv("TZ", "CET-1", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
