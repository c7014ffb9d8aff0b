/* SPDX-License-Identifier: ISC */
/* From a record to the place in the site it is about. */
#include "watchdog/match/locate.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/frames.h"
#include "common/base/span.h"
#include "watchdog/match/unwrap.h"
#include "watchdog/format/format.h"

struct docroots {
	const struct docroot *root;
	size_t n;
};

/* Where a place is written down, and as what. */
enum kind {
	FILE_NAME, /* unless said otherwise */
	TARGET,    /* of a request: a URL's path */
	REQUEST    /* a request line: "GET /x HTTP/1.1" */
};

/*
 * A message of fixed wording.  It begins with `begin`; with `before`, data
 * follow that (a user's name), and the place stands behind the last `before`.
 * It reaches to the last `after` (a client may have that in a file's name,
 * but writes nothing behind it); NULL: to the end.  With `first` the first
 * of each counts, as a client or a script writes what follows.
 */
struct phrase {
	const char *begin, *before, *after;
	enum kind kind;
	bool first;
};

static const struct phrase phrases[] = {
	/* Apache, what it mapped the request to */
	{ .begin = "File does not exist: " },
	{ .begin = "script '", .after = "' not found or unable to stat" },
	{ .begin = "script not found or unable to stat: " },
	{ .begin = "client denied by server configuration: " },
	{ .begin = "Cannot serve directory ",
	    .after = ": No matching DirectoryIndex" },
	{ .begin = "Directory index forbidden by Options directive: " },
	{ .begin = "file permissions deny server access: " },
	{ .begin = "Symbolic link not allowed or link target not "
		   "accessible: " },
	{ .begin = "Options ExecCGI is off in this directory: " },
	{ .begin = "attempt to invoke directory as script: " },
	{ .begin = "Attempt to serve directory: " },
	{ .begin = "Timeout waiting for output from CGI script " },
	{ .begin = "stderr from ", .after = ": ", .first = true },
	{ .begin = "access to /",
	    .before = "(filesystem path '",
	    .after = "')" },
	/* Apache, an .htaccess */
	{ .begin = "/", .after = " pcfg_openfile: ", .first = true },
	{ .begin = "/", .after = ": ", .first = true },
	/* Apache, the request */
	{ .begin = "client denied by server configuration: uri ",
	    .kind = TARGET },
	{ .begin = "access to ",
	    .after = " denied (filesystem path",
	    .kind = TARGET },
	{ .begin = "access to ", .after = " failed", .kind = TARGET },
	{ .begin = "invalid URI path (", .after = ")", .kind = TARGET },
	{ .begin = "found %2f (encoded '/') in URI path (",
	    .after = "), returning",
	    .kind = TARGET },
	{ .begin = "client used wrong authentication scheme: ",
	    .kind = TARGET },
	{ .begin = "user ", .before = " not found: ", .kind = TARGET },
	{ .begin = "user ",
	    .before = ": authentication failure for \"",
	    .after = "\": ",
	    .kind = TARGET },
	{ .begin = "auth phase '", .before = ": ", .kind = TARGET },
	{ .begin = "Error reading from remote server",
	    .before = " returned by ",
	    .kind = TARGET },
	{ .begin = "Zlib: Compressed ", .before = " : URL ", .kind = TARGET },
	{ .begin = "r->uri = ", .kind = TARGET },
	{ .begin = "redirected from r->uri = ", .kind = TARGET },
	{ .begin = "Invalid URI in request ", .kind = REQUEST },
	{ .begin = "Invalid method in request ", .kind = REQUEST },
	{ .begin = "Cannot map ", .after = " to file", .kind = REQUEST },
	/* nginx */
	{ .begin = "directory index of \"", .after = "\" is forbidden" },
	{ .begin = "\"", .after = "\" is forbidden (" },
	{ .begin = "\"", .after = "\" is not found (" },
	/* lighttpd */
	{ .begin = "password doesn't match for ",
	    .after = " username: ",
	    .kind = TARGET,
	    .first = true },
	{ .begin = "all handlers for ", .after = " on ", .kind = TARGET },
	{ .begin = "response not received, request sent: ",
	    .before = " for ",
	    .after = ", closing connection",
	    .kind = TARGET,
	    .first = true },
	{ .begin = "response already sent out, but backend returned error ",
	    .before = " for ",
	    .after = ", terminating connection",
	    .kind = TARGET,
	    .first = true },
	/* PHP-FPM, by way of nginx and of Apache */
	{ .begin = "FastCGI sent in stderr: \"",
	    .before = "Unable to open primary script: ",
	    .after = " (" },
	{ .begin = "Got error '",
	    .before = "Unable to open primary script: ",
	    .after = " (" },
};

#define LEAD_MAX 100 /* bytes in front of PHP's own words */

static const char thrown[] = "  thrown in ";
static const char trace[] = "Stack trace:";

static bool
add_file(struct buf *b, const struct docroots *d, struct span name)
{
	return locate_file(b, name.p, name.n, d->root, d->n);
}

static bool
add_place(struct buf *b, const struct docroots *d, struct span s,
    enum kind kind)
{
	if (kind == FILE_NAME)
		return add_file(b, d, s);
	if (kind == REQUEST) {
		while (s.n > 0 && *s.p != ' ')
			s = span_skip(s, 1);
		if (s.n > 0)
			s = span_skip(s, 1);
		s = span_until(s, span_find_last(s, " HTTP/"));
	}
	return locate_normalise(b, s.p, s.n, true);
}

/* ---- anything --------------------------------------------------------- */

/* May stand before a path in running text, and ends it. */
static bool
is_delimiter(char c)
{
	return (unsigned char)c <= ' ' ||
	    strchr("\"'`()[]{}<>=,;:|\\", c) != NULL;
}

/* The first path under a docroot. */
static bool
add_loose(struct buf *b, const struct docroots *d, struct span s)
{
	size_t n;

	for (; s.n > 0 && d->n > 0; s = span_skip(s, n)) {
		for (n = 0; n < s.n && !is_delimiter(s.p[n]); n++)
			;
		if (n > 0 && *s.p == '/' && add_file(b, d, span_head(s, n)))
			return true;
		if (n == 0)
			n = 1;
	}
	return false;
}

/* Is it the file of a frame, and under a docroot? */
static bool
is_here(struct buf *b, const struct docroots *d, struct span name)
{
	size_t mark = b->len;
	bool here = name.n > 0 && add_file(b, d, name);

	buf_cut(b, mark);
	return here;
}

/* The innermost frame under a docroot; one of the site's own code first. */
static bool
add_frames(struct buf *b, const struct docroots *d, struct span message,
    struct span rest)
{
	struct frame own = { .line = 0 }, any = { .line = 0 };
	struct frames fs;
	enum frames_part part;
	struct frame *to;

	frames_begin(&fs, message, rest);
	while (d->n > 0 && (part = frames_next(&fs)) != FRAMES_END) {
		/* Behind Python's frames a client's words may come. */
		if (part == FRAMES_RAISED)
			break;
		to = part == FRAMES_FRAME && frame_own(&fs.frame) ? &own : &any;
		if (part == FRAMES_FRAME &&
		    (to->file.n == 0 || fs.frame.outer_first) &&
		    is_here(b, d, fs.frame.file))
			*to = fs.frame;
	}
	if (own.file.n == 0)
		own = any;
	return own.file.n > 0 && add_file(b, d, own.file);
}

/* The script that the sentence itself names. */
static bool
add_said(struct buf *b, const struct docroots *d, struct span message)
{
	struct frame f;

	return frames_place(message, &f) && add_file(b, d, f.file);
}

/* ---- PHP -------------------------------------------------------------- */

/* "PHP Warning:  …": the kind, a colon and two blanks are PHP's own.  What a
 * script writes with error_log() has them only if the script does. */
static bool
is_php(struct span s)
{
	s = span_head(unwrap(s), 40);
	return span_begins(s, "PHP ") && span_find(s, ":  ") != NULL;
}

/*
 * The script's name at s, up to " on line 3" or ":3".  Of code that was
 * made by eval, "x.php(12) : eval()'d code", the file.
 */
static struct span
script_name(struct span s)
{
	const char *end, *p, *q;

	s = span_until(s, span_find(s, "\n"));
	end = span_find(s, " on line ");
	for (p = s.p; end == NULL && p + 1 < s.p + s.n; p++)
		if (*p == ':' && is_digit(p[1]))
			end = p;
	if (end == NULL)
		return (struct span){ s.p, 0 };
	s = span_until(s, end);
	p = span_find(s, ") : ");
	for (q = p; q != NULL && q > s.p && is_digit(q[-1]); q--)
		;
	if (q != NULL && q > s.p && q < p && q[-1] == '(')
		s = span_until(s, q - 1);
	return s;
}

/* Is s, "/x.php on line 3", the end of what PHP said?  A client's words may
 * have had such a line in them, but never the last one. */
static bool
ends(struct span s)
{
	static const char *const after[] = { "'", "\\n'", "\n", "\r\n",
		"\" while reading " };
	const char *p = span_find(s, " on line ");
	size_t i;

	if (p == NULL)
		return false;
	s = span_from(s, p + strlen(" on line "));
	while (s.n > 0 && is_digit(*s.p))
		s = span_skip(s, 1);
	for (i = 0; i < sizeof after / sizeof *after; i++)
		if (span_begins(s, after[i]) &&
		    (*after[i] == '"' || s.n == strlen(after[i])))
			return true;
	return s.n == 0;
}

/* Behind the "  thrown in " that begins the last line of an exception's
 * record: in Apache's log the line ends are the two characters "\n". */
static struct span
thrown_in(struct span message, struct span rest)
{
	static const char uncaught[] = "PHP Fatal error:  Uncaught ";
	struct span none = { message.p, 0 }, s = none;
	const char *p = span_find_last(message, "\\n  thrown in ");

	if (span_find(span_head(message, LEAD_MAX), uncaught) == NULL)
		return none;
	if (p != NULL)
		s = span_from(message, p + 2 + strlen(thrown));
	while (p == NULL && (p = span_find_last(rest, thrown)) != NULL) {
		s = span_from(rest, p + strlen(thrown));
		rest = span_until(rest, p);
		if (p > rest.p && p[-1] != '\n')
			p = NULL;
	}
	return ends(s) ? s : none;
}

/* The last " in /x.php on line 3" or " in /x.php:3"; with a stack trace the
 * one in front of it, as arguments in the trace are a client's words too. */
static struct span
raised_in(struct span message)
{
	static const char in[] = " in /";
	const char *p;

	message = span_until(message, span_find_last(message, trace));
	p = span_find_last(message, in);
	if (p == NULL)
		return (struct span){ message.p, 0 };
	return script_name(span_from(message, p + 4));
}

/* What came last in the text: a client's words are in front of it. */
static struct span
trace_of(struct span s)
{
	const char *p = span_find_last(s, trace);

	return p != NULL ? span_from(s, p) : (struct span){ s.p, 0 };
}

/* Where a library threw, the innermost frame of the site's own code. */
static bool
add_thrown(struct buf *b, const struct docroots *d, const struct fields *f,
    struct span message)
{
	struct frame at = { .file = script_name(thrown_in(message, f->rest)) };
	struct span in = trace_of(message), below = trace_of(f->rest);

	if (at.file.n > 0 && !frame_own(&at) && in.n + below.n > 0 &&
	    add_frames(b, d, in, below))
		return true;
	return add_file(b, d, at.file);
}

/* nginx puts a PHP message in quotes.  When the line ends before they do,
 * what looks like its end may be a client's text with a line end in it. */
static bool
is_open(struct span message)
{
	return span_begins(message, "FastCGI sent in stderr: \"") &&
	    span_find(message, "\" while reading ") == NULL;
}

/* Where a message with line ends in its data says its place: at the end. */
static struct span
last_line(struct span s)
{
	const char *p;

	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	p = span_find_last(s, "\n");
	if (p != NULL)
		s = span_from(s, p + 1);
	p = span_find_last(s, " in /");
	return p != NULL && ends(span_from(s, p)) ? s : span_head(s, 0);
}

static bool
add_php(struct buf *b, const struct docroots *d, const struct fields *f,
    struct span message)
{
	if (!is_php(message))
		return false;
	if (add_thrown(b, d, f, message))
		return true;
	if (is_open(message))
		return locate_normalise(b, f->request.p, f->request.n, true) ||
		    add_file(b, d, raised_in(message));
	return add_file(b, d, raised_in(message)) ||
	    add_file(b, d, raised_in(last_line(f->rest))) ||
	    add_frames(b, d, trace_of(message), trace_of(f->rest));
}

/* ---- the server's own wording ----------------------------------------- */

static const char *
find(struct span s, const char *what, bool first)
{
	return first ? span_find(s, what) : span_find_last(s, what);
}

/* Without its end the line was cut, or a file's name has a line end in it:
 * then there may be something better. */
static bool
add_phrase(struct buf *b, const struct docroots *d, struct span s,
    const struct phrase *ph)
{
	const char *p;

	if (!span_begins(s, ph->begin))
		return false;
	if (*ph->begin != '/')
		s = span_skip(s, strlen(ph->begin));
	if (ph->before != NULL) {
		p = find(s, ph->before, ph->first);
		if (p == NULL)
			return false;
		s = span_from(s, p + strlen(ph->before));
	}
	if (ph->after != NULL) {
		p = find(s, ph->after, ph->first);
		if (p == NULL)
			return false;
		s = span_until(s, p);
	}
	return add_place(b, d, s, ph->kind);
}

/* The name in nginx's open() "/x" failed, stat() "/x" failed and so on; with
 * a line end in the name the quote has no end. */
static struct span
call_name(struct span s, bool *closed)
{
	const char *p;

	while (s.n > 0 && ((*s.p >= 'a' && *s.p <= 'z') || *s.p == '_'))
		s = span_skip(s, 1);
	*closed = false;
	if (!span_begins(s, "() \""))
		return span_head(s, 0);
	s = span_skip(s, 4);
	p = span_find_last(s, "\" failed (");
	/* What passes 2048 bytes it cuts: "/xxxx... (36: File name too long) */
	if (p == NULL)
		p = span_find_last(s, "... (");
	*closed = p != NULL;
	return span_until(s, p);
}

/* Has the request's path a line end in it?  Then nginx wrote the client's
 * words as they are, which may look like a line of its own. */
static bool
is_broken(struct span request)
{
	if (request.n > 0)
		request = span_until(request,
		    memchr(request.p, '?', request.n));
	return span_find(request, "%0a") != NULL ||
	    span_find(request, "%0A") != NULL;
}

static bool
add_worded(struct buf *b, const struct docroots *d, const struct fields *f,
    struct span message)
{
	struct span name;
	bool closed;
	size_t i;

	if (is_broken(f->request))
		return false;
	for (i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (add_phrase(b, d, message, &phrases[i]))
			return true;
	name = call_name(message, &closed);
	return closed && add_file(b, d, name);
}

/* What is left without the server's wording and without a request.  Where a
 * quote of nginx's is open, the lines that follow are a client's. */
static bool
add_any(struct buf *b, const struct docroots *d, struct span message,
    struct span rest)
{
	struct span name;
	bool closed;

	name = call_name(message, &closed);
	if (name.n > 0 && !closed)
		return add_file(b, d, name);
	if (is_open(message))
		rest.n = 0;
	return add_frames(b, d, message, rest) || add_said(b, d, message) ||
	    add_loose(b, d, message);
}

bool
locate(struct buf *b, const struct fields *f, const struct docroot *docroot,
    size_t n)
{
	struct docroots d = { docroot, n };
	struct span message = unwrap_code(f->message);

	return add_php(b, &d, f, message) || add_worded(b, &d, f, message) ||
	    locate_normalise(b, f->request.p, f->request.n, true) ||
	    add_any(b, &d, message, f->rest);
}
