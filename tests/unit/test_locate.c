/* SPDX-License-Identifier: ISC */
/* From a record to its place in the site. */
#include "watchdog/match/locate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/format/format.h"

#define SPAN(s) \
	{ \
		s, sizeof s - 1 \
	}
#define W "/var/www/example.com"

static const struct docroot docroot[] = { { .dir = SPAN(W) } };

/* A copy that ends where it ends, so that a sanitizer sees what reads on. */
static struct span
copy_of(const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;
	char *p = xmalloc(n);

	if (n > 0)
		memcpy(p, s, n);
	return (struct span){ p, n };
}

/* ---- records ---------------------------------------------------------- */

struct sample {
	const char *message, *request, *rest, *path;
};

static void
check(const struct sample *t, const struct docroot *root, size_t nroot)
{
	struct fields f = { .message = copy_of(t->message),
		.request = copy_of(t->request),
		.rest = copy_of(t->rest) };
	struct buf b;
	bool found;

	buf_init(&b, 4096);
	found = locate(&b, &f, root, nroot);
	if (found != (t->path != NULL) ||
	    strcmp(buf_str(&b), t->path != NULL ? t->path : "") != 0)
		fail_msg("%s: %s", t->message, buf_str(&b));
	buf_free(&b);
	free((char *)f.message.p);
	free((char *)f.request.p);
	free((char *)f.rest.p);
}

static void
apache(void **state)
{
	static const struct sample t[] = {
		{ "AH00128: File does not exist: " W "/news/x", NULL, NULL,
		    "/news/x" },
		{ "File does not exist: " W "/news/x", NULL, NULL, "/news/x" },
		{ "core.c(4858): AH00128: File does not exist: " W "/news/x",
		    NULL, NULL, "/news/x" },
		{ "script '" W "/x.php' not found or unable to stat", NULL,
		    NULL, "/x.php" },
		{ "AH02811: script not found or unable to stat: " W
		  "/cgi-bin/x.cgi",
		    NULL, NULL, "/cgi-bin/x.cgi" },
		{ "AH01630: client denied by server configuration: " W
		  "/private/x",
		    NULL, NULL, "/private/x" },
		{ "AH01630: client denied by server configuration: uri "
		  "/status?auto",
		    NULL, NULL, "/status" },
		{ "AH01276: Cannot serve directory " W "/shop/: No matching "
		  "DirectoryIndex (index.html) found, and server-generated "
		  "directory index forbidden by Options directive",
		    NULL, NULL, "/shop/" },
		{ "AH00132: file permissions deny server access: " W "/a/b",
		    NULL, NULL, "/a/b" },
		{ "AH00035: access to /a/b denied (filesystem path '" W
		  "/a/b') because search permissions are missing on a "
		  "component of the path",
		    NULL, NULL, "/a/b" },
		{ "AH01215: stderr from " W "/cgi-bin/x.cgi: cannot open /"
		  "srv/x: no",
		    NULL, NULL, "/cgi-bin/x.cgi" },
		{ "AH00529: " W "/a/.htaccess pcfg_openfile: unable to check "
		  "htaccess file, ensure it is readable and that '" W
		  "/a/' is executable",
		    NULL, NULL, "/a/.htaccess" },
		{ "/srv/x: " W "/b: y", NULL, NULL, "/b" },
		{ W "/a/.htaccess: Invalid command 'x: y', perhaps: no", NULL,
		    NULL, "/a/.htaccess" },
		{ "AH10244: invalid URI path (/cgi-bin/.%2e/.%2e/bin/sh)", NULL,
		    NULL, "/bin/sh" },
		{ "AH10244: invalid URI path (/a)b)", NULL, NULL, "/a)b" },
		{ "AH00026: found %2f (encoded '/') in URI path (/a%2fb), "
		  "returning 404",
		    NULL, NULL, "/a/b" },
		{ "AH01618: user joe not found: /shop/admin/", NULL, NULL,
		    "/shop/admin/" },
		{ "AH01617: user joe: authentication failure for \"/shop/\": "
		  "Password Mismatch",
		    NULL, NULL, "/shop/" },
		{ "AH00135: Invalid method in request FROB /a/b HTTP/1.1", NULL,
		    NULL, "/a/b" },
		{ "AH00126: Invalid URI in request GET /../x HTTP/1.0", NULL,
		    NULL, "/x" },
		{ "AH00898: Error reading from remote server returned by "
		  "/api/x",
		    NULL, NULL, "/api/x" },
		{ "Invalid method in request FROB", NULL, NULL, NULL },
		{ "AH0012: File does not exist: /srv/x", "/a", NULL, "/a" },
		/* no place */
		{ "AH00124: Request exceeded the limit of 10 internal "
		  "redirects due to probable configuration error.",
		    NULL, NULL, NULL },
		{ "AH00957: HTTP: attempt to connect to 127.0.0.1:9 (*) "
		  "failed",
		    NULL, NULL, NULL },
		{ "End of script output before headers: x.cgi", NULL, NULL,
		    NULL },
		{ "AH00163: Apache/2.4.62 (Debian) configured -- resuming "
		  "normal operations",
		    NULL, NULL, NULL },
		{ "AH02427: Request header value is malformed: http://evil"
		  "/x",
		    NULL, NULL, NULL },
		{ "Invalid method in request ", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
		/* not under the docroot */
		{ "AH00128: File does not exist: /var/www/example.computer/x",
		    NULL, NULL, NULL },
		{ "AH00128: File does not exist: " W "/../b/x", NULL, NULL,
		    NULL },
		{ "AH00128: File does not exist: /usr/share/x", NULL, NULL,
		    NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], docroot, 1);
}

static void
nginx(void **state)
{
	static const struct sample t[] = {
		{ "open() \"" W "/news/x\" failed (2: No such file or "
		  "directory)",
		    "/news/x", NULL, "/news/x" },
		{ "stat() \"" W "/a/b\" failed (13: Permission denied)", NULL,
		    NULL, "/a/b" },
		{ "open() \"" W "/a/nnn... (36: File name too long)", NULL,
		    NULL, "/a/nnn" },
		{ "directory index of \"" W "/shop/\" is forbidden", "/shop/",
		    NULL, "/shop/" },
		{ "\"" W "/a/index.html\" is forbidden (13: Permission "
		  "denied)",
		    "/a/", NULL, "/a/index.html" },
		{ "\"" W "/a/index.html\" is not found (2: No such file or "
		  "directory)",
		    "/a/", NULL, "/a/index.html" },
		{ "access forbidden by rule", "/.ht?x", NULL, "/.ht" },
		{ "connect() failed (111: Connection refused) while "
		  "connecting to upstream",
		    "/api/%76?y=/shop", NULL, "/api/v" },
		{ "user \"bob\": password mismatch", "/shop/", NULL, "/shop/" },
		/* Its own files are no place. */
		{ "open() \"/var/lib/nginx/body/1\" failed (28: No space)",
		    "/post", NULL, "/post" },
		{ "FastCGI sent in stderr: \"Primary script unknown\" while "
		  "reading response header from upstream",
		    "/x.php", NULL, "/x.php" },
		/* A name with quotes, with nginx's own words, with a LF. */
		{ "open() \"" W "/a\" failed (2: x\" failed (2: No such file "
		  "or directory)",
		    "/a", NULL, "/a\" failed (2: x" },
		{ "open() \"" W "/b", "/b%0a/c",
		    "/c\" failed (2: No such "
		    "file or directory)",
		    "/b\n/c" },
		{ "open() \"" W "/b", NULL,
		    "/c\" failed (2: No such file "
		    "or directory)",
		    "/b" },
		{ "signal process started", NULL, NULL, NULL },
		{ "bind() to 0.0.0.0:80 failed (98: Address already in use)",
		    NULL, NULL, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], docroot, 1);
}

static void
php(void **state)
{
	static const struct sample t[] = {
		{ "PHP Warning:  Undefined variable $a in " W "/b/x.php on "
		  "line 12",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Parse error:  syntax error in " W "/b/x y.php on line "
		  "3",
		    NULL, NULL, "/b/x y.php" },
		{ "PHP Fatal error:  boom in " W "/b/x.php(12) : eval()'d "
		  "code on line 3",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Fatal error:  Uncaught E in " W "/b/x1.php:4", NULL,
		    NULL, "/b/x1.php" },
		{ "PHP Warning:  x in " W "/b/x12) : y.php on line 3", NULL,
		    NULL, "/b/x12) : y.php" },
		{ "PHP Warning:  x in " W "/b/(x) : y.php on line 3", NULL,
		    NULL, "/b/(x) : y.php" },
		{ "PHP Warning:  x in " W "/b/x.php", NULL, NULL, "/b/x.php" },
		/* not PHP's own words */
		{ "note:  x in " W "/shop/y.php on line 1", "/b/y.php", NULL,
		    "/b/y.php" },
		{ "PHP is x in " W "/shop/y.php on line 1", "/b/y.php", NULL,
		    "/b/y.php" },
		/* data in front of it */
		{ "PHP Warning:  Undefined array key \"x in " W "/shop/y.php "
		  "on line 1\" in " W "/b/x.php on line 12",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Warning:  Undefined array key \"" W "/shop/y.php\" in " W
		  "/b/x.php on line 12",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Warning:  require(" W "/lib/feed.php): Failed to open "
		  "stream: No such file or directory in " W "/b/x.php on "
		  "line 12",
		    NULL, NULL, "/b/x.php" },
		/* exceptions, Apache */
		{ "PHP Fatal error:  Uncaught Exception: no in " W "/a.php:"
		  "12\\nStack trace:\\n#0 " W "/c.php(3): f()\\n#1 {main}"
		  "\\n  thrown in " W "/b/x.php on line 12",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Fatal error:  Uncaught E: x\\n  thrown in " W "/shop/"
		  "y.php on line 1 in " W "/b/x.php:4\\nStack trace:\\n#0 "
		  "{main}\\n  thrown in " W "/b/x.php on line 4",
		    NULL, NULL, "/b/x.php" },
		/* cut off: what is in front of the trace */
		{ "PHP Fatal error:  Uncaught E: x in " W "/b/x.php:4\\nStack"
		  " trace:\\n#0 " W "/c.php(3): f(' in " W "/shop/y.php:1'",
		    NULL, NULL, "/b/x.php" },
		/* a library threw: the innermost frame in the site */
		{ "PHP Fatal error:  Uncaught E: x in /usr/share/php/l.php:4"
		  "\\nStack trace:\\n#0 /usr/share/php/m.php(3): f('" W
		  "/shop/y.php')\\n#1 " W
		  "/b/x.php(3): g()\\n#2 {main}\\n  thrown in /usr/share/"
		  "php/l.php on line 4",
		    NULL, NULL, "/b/x.php" },
		/* exceptions, nginx */
		{ "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  "
		  "Uncaught E: x in " W "/a.php:4",
		    "/b/y.php",
		    "Stack trace:\n#0 {main}\n  thrown in " W "/b/x.php on "
		    "line 4\" while reading response header from upstream, "
		    "request: \"GET /b/y.php?  thrown in " W "/shop/z.php on "
		    "line 3 HTTP/1.1\"",
		    "/b/x.php" },
		{ "FastCGI sent in stderr: \"PHP message: PHP Warning:  x in " W
		  "/b/x.php on line 3\" while reading upstream",
		    "/b/y.php", NULL, "/b/x.php" },
		{ "FastCGI sent in stderr: \"; PHP message: PHP Warning:  x "
		  "in " W "/b/x.php on line 3\" while reading upstream",
		    "/b/y.php", NULL, "/b/x.php" },
		/* a line end in the data */
		{ "FastCGI sent in stderr: \"PHP message: PHP Warning:  "
		  "Undefined array key \"x in " W "/shop/y.php on line 1",
		    "/b/y.php",
		    "\" in " W "/b/x.php on line 12\" while "
		    "reading upstream",
		    "/b/y.php" },
		{ "FastCGI sent in stderr: \"PHP message: PHP Warning:  x in " W
		  "/b/x.php on line 3",
		    NULL, NULL, "/b/x.php" },
		/* mod_proxy_fcgi */
		{ "AH01071: Got error 'PHP message: PHP Warning:  x in " W
		  "/a.php on line 3; PHP message: PHP Fatal error:  y in " W
		  "/b/x.php on line 5'",
		    NULL, NULL, "/b/x.php" },
		{ "AH01071: Got error 'Primary script unknown'", NULL, NULL,
		    NULL },
		{ "AH01071: Got error 'Unable to open primary script: " W
		  "/b/x.php (Permission denied)'",
		    NULL, NULL, "/b/x.php" },
		/* what a script writes: only if there is nothing else */
		{ "login failed for x in " W "/shop/y.php on line 1", NULL,
		    NULL, "/shop/y.php" },
		{ "FastCGI sent in stderr: \"PHP message: see " W "/shop/"
		  "y.php\" while reading upstream",
		    "/b/y.php", NULL, "/b/y.php" },
		{ "PHP Warning:  Unknown: Failed to open stream in Unknown on "
		  "line 0",
		    NULL, NULL, NULL },
		{ "PHP Fatal error:  Failed opening required '" W "/b/x.php' "
		  "(include_path='.:/usr/share/php') in Unknown on line 0",
		    NULL, NULL, "/b/x.php" },
		{ "boom", NULL,
		    "#0 " W "/b/x.php(3): f()\n#1 " W "/c.php(1):"
		    " g()",
		    "/b/x.php" },
		{ "PHP Fatal error:  Uncaught E: x in " W "/vendor/l.php:4"
		  "\\nStack trace:\\n#0 " W "/vendor/m.php(3): f('" W
		  "/shop/y.php')\\n#1 " W "/b/x.php(3): g()\\n#2 " W
		  "/c.php(1): h()\\n#3 {main}\\n  thrown in " W
		  "/vendor/l.php on line 4",
		    NULL, NULL, "/b/x.php" },
		{ "PHP Fatal error:  Uncaught E: x in " W "/vendor/l.php:4"
		  "\\nStack trace:\\n#0 {main}\\n  thrown in " W
		  "/vendor/l.php on line 4",
		    NULL, NULL, "/vendor/l.php" },
		{ "no " W "/shop/y.dat at " W "/b/x.pl line 3.", NULL, NULL,
		    "/b/x.pl" },
		{ "boom#012#011at f (" W
		  "/node_modules/e.js:1:2)#012#011at g (" W "/b/x.js:3:4)",
		    NULL, NULL, "/b/x.js" },
		{ "boom", NULL, "    at f (" W "/node_modules/e.js:1:2)",
		    "/node_modules/e.js" },
		{ "boom", NULL, "see " W "/b/x.php", NULL },
		{ "at " W "/c", NULL, "\tat " W "/b/x.rb:3:in `f'", "/b/x.rb" },
		{ "boom", NULL,
		    "Traceback (most recent call last):\n  File "
		    "\"" W "/c.py\", line 3, in f\n    x\n  File \"" W
		    "/b/x.py\", line 4, in g\n    y\n  File \"/usr/lib/z.py"
		    "\", line 5, in h",
		    "/b/x.py" },
		{ "[20-Nov-2026 04:00:01 UTC] PHP Warning:  file(" W "/shop/"
		  "x): no in " W "/b/x.php on line 17",
		    NULL, NULL, "/b/x.php" },
		{ "(" W "/\xc3\xa9/\xff.php)", NULL, NULL,
		    "/\xc3\xa9/\xff.php" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], docroot, 1);
}

/* Lines that a client wrote, by a line end in its words. */
static void
forged(void **state)
{
#define FORGED "  thrown in " W "/shop/x.php on line 1"
	static const struct sample t[] = {
		/* nginx: a file's name; cut, so that there is no request */
		{ "open() \"" W "/news/x", "/news/x%0a",
		    FORGED "\" failed (2:", "/news/x\n" },
		{ "open() \"" W "/news/x", NULL, FORGED "\" failed (2: No",
		    "/news/x" },
		{ "open() \"" W "/news/x", NULL,
		    "#0 " W "/shop/x.php(3): f()\n\" failed (2:", "/news/x" },
		/* nginx: a whole line of its own */
		{ "open() \"" W "/shop/x\" failed\" failed (2: No such file)",
		    "/news/c%0a2000%2f10%2f11", NULL, "/news/c\n2000/10/11" },
		/* nginx: a PHP message */
		{ "FastCGI sent in stderr: \"PHP message: PHP Warning:  key "
		  "\"x",
		    "/news/s.php?x",
		    FORGED "\n\" in " W "/news/s.php on line "
			   "3\" while reading response header from upstream",
		    "/news/s.php" },
		{ "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  "
		  "Uncaught E: x",
		    NULL, FORGED "\nyyy", NULL },
		{ "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  "
		  "Uncaught E: x",
		    NULL,
		    "Stack trace:\n#0 " W "/shop/x.php(3): f()\n#1 {main}",
		    NULL },
		{ "FastCGI sent in stderr: \"PHP message: note", NULL,
		    "#0 " W "/shop/x.php(3): f()", NULL },
		/* PHP-FPM's pool, PHP's own log */
		{ "PHP Warning:  Undefined array key \"x", NULL,
		    FORGED "\n\" in " W "/news/s.php on line 3",
		    "/news/s.php" },
		{ "PHP Warning:  Undefined array key \"x", NULL,
		    FORGED "\" in " W "/news/s.php on line 3", "/news/s.php" },
		{ "PHP Warning:  x in " W "/news/s.php on line 3", NULL, FORGED,
		    "/news/s.php" },
		{ "PHP Fatal error:  Uncaught E: x", NULL,
		    FORGED " in " W "/news/s.php:4\nStack trace:\n#0 {main}"
			   "\n  thrown in " W "/news/s.php on line 4",
		    "/news/s.php" },
		{ "PHP Fatal error:  Uncaught E: x", NULL,
		    FORGED " in " W "/news/s.php:4\nStack trace:\n#0 {main}",
		    NULL },
		/* Apache, which writes line ends as two characters */
		{ "PHP Warning:  Undefined array key \"x\\n" FORGED "\" in " W
		  "/news/s.php on line 3",
		    NULL, NULL, "/news/s.php" },
		{ "PHP Warning:  Undefined array key \"x\\n" FORGED "'\" in " W
		  "/news/s.php on line 3",
		    NULL, NULL, "/news/s.php" },
		/* any text */
		{ "api: client says hi", NULL, FORGED, NULL },
		{ "api: client says hi", NULL,
		    "PHP message: PHP Fatal error:  x in " W "/shop/x.php on "
		    "line 1",
		    NULL },
		{ "boom", NULL,
		    "Traceback (most recent call last):\n  File \"" W
		    "/news/s.py\", line 3, in f\n    x\nValueError: 'x\n"
		    "  File \"" W "/shop/x.py\", line 4, in g",
		    "/news/s.py" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], docroot, 1);
}

static void
lighttpd(void **state)
{
	static const struct sample t[] = {
		{ "password doesn't match for /shop/admin/x username: bob IP: "
		  "192.0.2.1",
		    NULL, NULL, "/shop/admin/x" },
		{ "password doesn't match for /shop/x username: / username: "
		  "/../../news/x IP: 192.0.2.1",
		    NULL, NULL, "/shop/x" },
		{ "all handlers for /shop/soap.php?q=1 on /shop/soap.php are "
		  "down.",
		    NULL, NULL, "/shop/soap.php" },
		{ "response not received, request sent: 719 on socket: unix:/"
		  "run/php-fpm.sock for /shop/a for /news/crash.php?n=9713, "
		  "closing connection",
		    NULL, NULL, "/shop/a for /news/crash.php" },
		{ "response already sent out, but backend returned error on "
		  "socket: unix:/run/php-fpm.sock for /shop/x.php?, "
		  "terminating connection",
		    NULL, NULL, "/shop/x.php" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], docroot, 1);
}

static void
no_docroot(void **state)
{
	static const struct sample t[] = {
		{ "AH00128: File does not exist: " W "/news/x", NULL, NULL,
		    NULL },
		{ "open() \"" W "/news/x\" failed (2: x)", "/news/x", NULL,
		    "/news/x" },
		{ "PHP Warning:  x in " W "/b/x.php on line 3", NULL, NULL,
		    NULL },
		{ "AH10244: invalid URI path (/a)", NULL, NULL, "/a" },
		{ "AH00035: access to /a/b denied (filesystem path '" W
		  "/a/b') because search permissions are missing",
		    NULL, NULL, "/a/b" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i], NULL, 0);
}

/* A NUL in the text ends nothing, and is in no path. */
static void
nul_in_text(void **state)
{
	static const char text[] = "File does not exist: " W "/a\0/b";
	struct fields f = { .message = { text, sizeof text - 1 } };
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_true(locate(&b, &f, docroot, 1));
	assert_string_equal(buf_str(&b), "/a");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apache),
		cmocka_unit_test(nginx),
		cmocka_unit_test(php),
		cmocka_unit_test(forged),
		cmocka_unit_test(lighttpd),
		cmocka_unit_test(no_docroot),
		cmocka_unit_test(nul_in_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
