/* SPDX-License-Identifier: ISC */
/* Whose code a frame is, and the place that a sentence names. */
#include "watchdog/match/frames.h"

#include <string.h>

#include "common/base/span.h"

/* Directories of others' code. */
static const char *const directory[] = { "/vendor/", "/node_modules/",
	"/site-packages/", "/dist-packages/", "/gems/", "/rubies/",
	"/wp-includes/", "/wp-admin/", "/pkg/mod/", "/bower_components/",
	"/lib/python", "/lib/ruby/", "/lib/perl", "/share/perl", "/perl5/",
	"/share/php/", "/share/pear/", "/go/src/", "/lib/go", "/symfony/",
	"/zend/", "/PEAR/" };

/* What a file or a function of others begins with. */
static const char *const prefix[] = { "/usr/lib/", "/usr/share/",
	"/usr/local/lib/", "/usr/local/go/", "node:", "internal/", "<",
	"_ssl.c", "phar://", "java.", "javax.", "jakarta.", "jdk.", "sun.",
	"com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "clojure.",
	"org.apache.", "org.springframework.", "org.hibernate.", "org.eclipse.",
	"org.jboss.", "org.wildfly.", "org.glassfish.", "org.postgresql.",
	"org.slf4j.", "org.thymeleaf.", "org.junit.", "org.codehaus.",
	"com.mysql.", "org.mariadb.", "com.zaxxer.", "com.fasterxml.",
	"com.google.", "com.microsoft.", "oracle.", "io.netty.", "io.undertow.",
	"io.micrometer.", "reactor.", "okhttp3.", "ch.qos.", "net.sf.",
	"freemarker.", "System.", "Microsoft.", "Npgsql.", "MySql.",
	"MySqlConnector.", "Newtonsoft.", "Dapper.", "StackExchange.",
	"Castle.", "lambda_method", "runtime.", "vendor/", "node_modules/" };

static bool
is_others(struct span file)
{
	const char *p;
	size_t i;

	while (file.n > 1 && (p = memchr(file.p, '/', file.n - 1)) != NULL) {
		file = span_from(file, p);
		for (i = 0; i < sizeof directory / sizeof *directory; i++)
			if (file.p[1] == directory[i][1] &&
			    span_begins(file, directory[i]))
				return true;
		file = span_skip(file, 1);
	}
	return false;
}

bool
frame_own(const struct frame *f)
{
	struct span function = f->function;
	const char *p = span_find(function, "/");
	size_t i;

	/* Java's module: "java.base/java.lang.Thread.run" */
	if (f->file.n > 0 && *f->file.p != '/' && p != NULL)
		function = span_from(function, p + 1);
	for (i = 0; i < sizeof prefix / sizeof *prefix; i++)
		if (span_begins(f->file, prefix[i]) ||
		    span_begins(function, prefix[i]))
			return false;
	return (f->file.n > 0 || function.n > 0) && !is_others(f->file);
}

/* The number behind the word, which stands behind the file. */
static bool
line_behind(struct span s, struct span file, size_t word, struct frame *f)
{
	size_t i = (size_t)(file.p + file.n - s.p) + word;

	*f = (struct frame){ .file = file };
	for (; i < s.n && is_digit(s.p[i]) && f->line < 100000000; i++)
		f->line = f->line * 10 + (uint32_t)(s.p[i] - '0');
	return f->line > 0;
}

/* " in F on line N": PHP's, behind all that a client may have said. */
static bool
in_line(struct span s, struct frame *f)
{
	static const char behind[] = " on line ";
	const char *end = span_find_last(s, behind), *from;

	if (end == NULL)
		return false;
	from = span_find_last(span_until(s, end), " in ");
	return from != NULL &&
	    line_behind(s, span_until(span_from(s, from + 4), end),
		strlen(behind), f);
}

/* " at F line N": Perl's, which may go on with ", <STDIN> line 3". */
static bool
at_line(struct span s, struct frame *f)
{
	static const char behind[] = " line ";
	const char *from = span_find_last(s, " at "), *end;

	if (from == NULL)
		return false;
	end = span_find(span_from(s, from), behind);
	return end != NULL && end > from + 4 &&
	    line_behind(s, span_until(span_from(s, from + 4), end),
		strlen(behind), f);
}

/* " in /x.php:12", " at /x.php:12)". */
static bool
with_colon(struct span s, const char *before, struct frame *f)
{
	const char *p = span_find_last(s, before);
	struct span file;
	size_t i;

	if (p == NULL)
		return false;
	file = span_from(s, p + strlen(before) - 1);
	for (i = 0; i + 1 < file.n; i++)
		if (file.p[i] == ':' && is_digit(file.p[i + 1]))
			return line_behind(s, span_head(file, i), 1, f);
	return false;
}

/* "x.rb:12:in 'f': message" */
static bool
leading(struct span s, struct frame *f)
{
	const char *p = span_find(s, ":in "), *q;

	if (p == NULL || p + 4 >= s.p + s.n || (p[4] != '`' && p[4] != '\''))
		return false;
	for (q = p; q > s.p && is_digit(q[-1]); q--)
		;
	return q > s.p + 1 && q < p && q[-1] == ':' &&
	    line_behind(s, span_until(s, q - 1), 1, f);
}

static bool
in_colon(struct span s, struct frame *f)
{
	return with_colon(s, " in /", f);
}

static bool
at_colon(struct span s, struct frame *f)
{
	return with_colon(s, " at /", f);
}

/* Has it one of the words that all of them need?  Most have none. */
static bool
may_name(struct span s)
{
	size_t i;

	for (i = 0; i + 3 < s.n; i++)
		if (s.p[i + 3] == ' ' && (s.p[i] == ' ' || s.p[i] == ':') &&
		    (memcmp(s.p + i + 1, "in", 2) == 0 ||
			memcmp(s.p + i + 1, "at", 2) == 0))
			return true;
	return false;
}

bool
frames_place(struct span s, struct frame *f)
{
	static bool (*const kind[])(struct span, struct frame *) = { leading,
		in_line, at_line, in_colon, at_colon };
	struct frame one;
	size_t i;
	bool any = false;

	*f = (struct frame){ .line = 0 };
	if (!may_name(s))
		return false;
	for (i = 0; i < sizeof kind / sizeof *kind; i++) {
		if (!kind[i](s, &one) || (any && one.file.p <= f->file.p))
			continue;
		*f = one;
		any = true;
	}
	return any;
}
