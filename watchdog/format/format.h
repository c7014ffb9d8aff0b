/* SPDX-License-Identifier: ISC */
/*
 * Log formats: what starts a record, and where its fields are.  Pure.  Each
 * format is a small table entry in a file of its own; adding one touches
 * format.c's list and nothing else.
 */
#ifndef WATCHDOG_FORMAT_FORMAT_H
#define WATCHDOG_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"

struct buf;
struct lines;

/* syslog's order (RFC 5424), so that a greater one is graver. */
enum level {
	LEVEL_NONE,  /* the format has none, or it was not there */
	LEVEL_DEBUG, /* Apache's trace1-8 too */
	LEVEL_INFO,
	LEVEL_NOTICE,
	LEVEL_WARN,
	LEVEL_ERROR,
	LEVEL_CRIT,
	LEVEL_ALERT,
	LEVEL_EMERG
};

const char *level_name(enum level); /* "error" */
/* LEVEL_NONE if the word is no level's name in any server we know. */
enum level level_parse(const char *, size_t);

/* What a record says; spans point into it (or into the room that
 * format_parse was given), and may be empty. */
struct fields {
	bool has_time;
	/* Seconds since 1970; local zone where the format has none. */
	int64_t time;
	enum level level;
	/* By its format no error, such as an access log's 200. */
	bool fine;
	/* Apache's "(70008)Partial results". */
	struct span status;
	/* First line's text, without the decoration and without what a client
	 * can forge behind it (referer, host). */
	struct span message;
	/* Request target as the server wrote it (nginx, access logs). */
	struct span request;
	/* Virtual host as the server's configuration calls it (nginx's
	 * "server:", Apache's %v): never the client's Host header. */
	struct span site;
	/* The program behind the server that the message is about, as its
	 * configuration has it: "http://127.0.0.1:8080" (nginx). */
	struct span upstream;
	/* Who wrote it: syslog's tag, a logger's name. */
	struct span program;
	/* Continuation lines. */
	struct span rest;
};

/* What is known of one of several writers whose lines interleave. */
struct format_writer {
	uint32_t key;
	uint8_t trace; /* enum trace_state */
	uint8_t open;  /* the format's own business */
};
#define FORMAT_WRITERS 32

/*
 * What starts() has to know of the lines before a block, so that it does not
 * matter where blocks end.  Zero it at the beginning of each file.
 */
struct format_state {
	uint8_t trace; /* enum trace_state */
	/* The last line's record may go on, for all that can be told by it: a
	 * fresh file's is left for the next run. */
	bool open;
	uint32_t key; /* writer of the last line */
	/* Nobody's record may go on, although several count as open: of a
	 * keyed format that knows.  Others leave it false. */
	bool whole;
	/* How long the last record is so far if it lacks its end (nginx). */
	uint32_t size;
	/* For so many lines writers are kept apart, and a record may go on
	 * that is not the last one's (apache). */
	uint32_t mixed, going;
	struct format_writer writer[FORMAT_WRITERS]; /* the latest first */
};

struct format {
	const char *name;
	/* format_parse() may call a record fine: parse() does, or that of what
	 * is in it. */
	bool judges;
	/*
	 * Marks with 1, for each line, whether it starts a record, else with
	 * 0; an empty line never does.  A line that starts none continues the
	 * last record of its writer.  key[i] says who wrote line i, 0: whoever
	 * wrote the line before.  Returns false if that is the same for all
	 * continuation lines of the block: then only key[n - 1] need be set,
	 * and the records of others are over; a format that keeps writers
	 * apart returns true as long as one of several may be open.
	 */
	bool (*starts)(const struct format *, struct format_state *,
	    const struct lines *, uint8_t *starts, uint32_t *key);
	/* False: not in this format; then message is the whole first line.
	 * The fields come zeroed. */
	bool (*parse)(const struct format *, const char *record, size_t len,
	    struct fields *);
	/*
	 * Of a format around others (syslog), else NULL: appends the record
	 * without what the format puts around its lines; what is left is
	 * parsed as whatever it is.  parse() has found the envelope's fields.
	 */
	void (*unwrap)(const struct format *, const char *record, size_t len,
	    struct buf *); /* never more than it got */
	/* What is in it, if that is known: a message that is a client's could
	 * else look like another server's record.  If it is any text, the
	 * level around it counts, not that text's. */
	const struct format *inside;
	/* Where a record has several heads, else NULL: is the line, which has
	 * one, a further part of its writer's record?  Formats around others
	 * ask. */
	bool (*is_part)(struct span line);
	/* Of a format that judges by the line alone, else NULL: marks with 1
	 * the lines that are records and fine, with 0 the others.  Quick. */
	void (
	    *fine)(const struct format *, const struct lines *, uint8_t *fine);
	void *data; /* of a format that the configuration made */
};

/* The writer of that key, found or made (in the place of the one that was
 * silent longest), moved to the front; key is not 0. */
struct format_writer *format_writer(struct format_state *, uint32_t key);
/* A key for the bytes that name a writer; never 0. */
uint32_t format_key(const char *, size_t);

/*
 * 2.2 and 2.4.  The server escapes line ends: a line without its head was
 * written by another program into the same file (a CGI's child, PHP's own
 * stderr) and is a record of its own, with the lines that continue it as in
 * any text; Apache's own lines between them do not matter.  The lines of a
 * stack that xdebug wrote, each with a head, and those of a CGI's stderr
 * (AH01215) continue the record of the same process and client.
 */
extern const struct format format_apache;
/* What has no head continues the record before: nginx writes line ends of
 * requests and of FastCGI's stderr as they come.  Nor does a head start one
 * where the record before lacks its end. */
extern const struct format format_nginx;
/*
 * Any text: a line that begins with a blank, is empty, or continues a stack
 * trace ("\tat …", "Caused by: …", "Traceback", "#0 …", "  File …", "}")
 * belongs to the record before.  Time and level are taken from its beginning
 * where they stand there in a usual form; message is the whole first line.
 */
extern const struct format format_plain;
/* lighttpd's errors; what FastCGI programs say there is put together. */
extern const struct format format_lighttpd;
/* AOLserver's and NaviServer's; the Notice right behind a thread's Error
 * belongs to it. */
extern const struct format format_naviserver;
/* PHP's error_log. */
extern const struct format format_php;
/* PHP-FPM's, master and pools. */
extern const struct format format_fpm;
/* Access logs, common and combined, with the virtual host in front or not: a
 * status of 500 and more is an error, all else is fine. */
extern const struct format format_access;
/* Docker's json-file, the kubelet's, `docker compose logs`: around others. */
extern const struct format format_container;
/* RFC 3164, RFC 5424, rsyslog's and journalctl's lines: around others. */
extern const struct format format_syslog;
/*
 * An object a line, with the names that common loggers give their members.
 * What has a level below warn, or no level and an HTTP status below 500, is
 * fine.
 */
extern const struct format format_json;
/* Apache's records without their date, as it sends them to syslog: found
 * inside of others only. */
extern const struct format format_apache_undated;

/* Logs of applications, whose levels say what is fine (format_head.h). */
extern const struct format format_java;
extern const struct format format_laravel;
extern const struct format format_mysql;
extern const struct format format_postgresql;
extern const struct format format_python;
extern const struct format format_ruby;

/* Is the line a further part of a record, by any format's is_part()? */
bool format_is_part(struct span line);

/* NULL if there is none of that name ("auto" is none). */
const struct format *format_find(const char *name);
/* The names, NULL-ended, for messages. */
const char *const *format_names(void);
/* From the first lines of a log; format_plain when none fits. */
const struct format *format_detect(const struct lines *);
/*
 * Where in a block the log changes from that format to another: the line, of
 * which *to is the format, l->n if it does not.  It changes where no line of
 * a stretch has a head, so many and so long that no record is, and the
 * stretch is clearly in another format; or where that holds for the whole of
 * a `first` block of a pass.
 */
size_t format_change(const struct format *, const struct lines *, bool first,
    const struct format **to);

/* Is it no error?  threshold: the least level that is one, LEVEL_NONE: as the
 * format has it.  What has no level is as the format has it. */
bool format_is_fine(const struct fields *, enum level threshold);

/*
 * Calls the format's parse and fills `rest`; always leaves all spans valid.
 * room: emptied, and used where spans cannot point into the record; they are
 * valid as long as both are.
 */
void format_parse(const struct format *, const char *record, size_t len,
    struct fields *, struct buf *room);

#endif
