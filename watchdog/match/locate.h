/* SPDX-License-Identifier: ISC */
/*
 * From a record to the place in the site it is about, using only what the
 * server itself wrote.  Pure; no file-system access.
 */
#ifndef WATCHDOG_MATCH_LOCATE_H
#define WATCHDOG_MATCH_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/text.h"

struct buf;
struct fields;

/* A directory of the server, and the place in the site that it is: "/bboard",
 * or "" for the site's root. */
struct docroot {
	struct span dir, prefix;
};

/* "DIR" or "DIR = PREFIX", cut in two; points into it.  False, if one of them
 * does not begin with a slash. */
bool locate_docroot(const char *, struct docroot *);

/*
 * Appends the site path ("/bboard/post.php"): "." and ".." and "//" resolved,
 * a docroot taken off a file name, a URL percent-decoded and cut at '?'.
 * The first of these that the record has, by who wrote it and where:
 *  1. the script of a PHP error, which PHP puts behind the message's data:
 *     "in /docroot/x.php on line 3", an exception's last line "thrown in …";
 *     where that is a library's, the innermost frame of the site's own code
 *     (frames.h);
 *  2. the file or the URL in a message whose wording is the server's own, at
 *     the position where that wording has it (AH00128, open() "…" failed),
 *     unless the request has a line end in it: then nginx wrote the client's
 *     words, which may be a whole line that looks like its own;
 *  3. the request target, in a field of its own (nginx);
 *  4. the innermost frame of a stack trace, the site's own code first; the
 *     script that a sentence ends with (Perl's "at x.pl line 3.");
 *  5. a path under a docroot anywhere in the text, which a client may have
 *     put there, but nothing better is known.
 * Lines that a client can write, by a line end in its words, choose nothing:
 * "thrown in" counts at the end alone, and not at all of what is no exception;
 * where a quote of nginx's is open, no line behind it does.  Frames of a stack
 * trace in any text are believed.
 * A file that is under no docroot is no place in the site.  False, and
 * nothing appended, if the record names no place.
 */
bool locate(struct buf *, const struct fields *, const struct docroot *,
    size_t n);

/*
 * Appends the normalised form of an absolute path, or with url of a request
 * target ("http://host/x?y" gives "/x").  A slash at its end stays.  False,
 * and nothing appended, if it is not absolute, holds a NUL (%00 too) or does
 * not fit.
 */
bool locate_normalise(struct buf *, const char *, size_t, bool url);

/*
 * Appends the site path of a file: the normalised name with the docroot's
 * prefix instead of its directory, the longest of several.  False, and nothing
 * appended, if it is under none: "/docroot/../x" and "/docroot2/x" are not.
 */
bool locate_file(struct buf *, const char *, size_t, const struct docroot *,
    size_t ndocroot);

/* The section, a directory: "/bboard" of "/bboard/post.php" and of
 * "/bboard/", "/" of "/x.php"; points into the path. */
struct span locate_section(const char *path, size_t);

#endif
