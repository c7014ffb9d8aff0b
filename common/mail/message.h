/* SPDX-License-Identifier: ISC */
/*
 * One RFC 5322 message, ready for the wire.  Pure: date and Message-ID are
 * handed in.  Text may hold any bytes: it passes text_clean, headers become
 * RFC 2047 encoded-words where they are not plain ASCII, the body is
 * text/plain UTF-8 in quoted-printable, always (libESMTP passes bare LF and
 * lines that begin with a dot through as they are).  Every line ends in
 * CRLF, no line is longer than 76 characters (78 with its CRLF) in the body
 * and 998 in the head, where it is folded at 76 if it can be.  No line of the
 * body begins with a dot or with "From ".
 */
#ifndef COMMON_MAIL_MESSAGE_H
#define COMMON_MAIL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* A header of ours for filters; name begins with "X-Sitewatch-". */
struct message_extra {
	const char *name;  /* a string constant */
	const char *value; /* any bytes; cleaned, cut to 800 characters */
};

struct message {
	const char *from;      /* passed addr_check */
	const char *from_name; /* display name, any bytes, or NULL */
	const char *const *to; /* each passed addr_check */
	size_t nto;
	const char *subject; /* any bytes; cleaned, cut to 200 characters */
	const char *msgid;   /* "local@host" without <>; printable ASCII */
	const char *story;   /* msgid of the thread's first mail, or NULL */
	int64_t date;
	const struct message_extra *extra;
	size_t nextra;
	const char *body; /* LF lines, any bytes */
	size_t nbody;
};

/*
 * Appends Date, From, To, Subject, Message-ID, In-Reply-To and References
 * (the story's id, unless it is this message), MIME-Version, Content-Type,
 * Content-Transfer-Encoding, Auto-Submitted: auto-generated, Precedence:
 * bulk, the extras, and the body.  A value that may not be in a header
 * (control characters in an address or id) is a bug: fatal, exit 70.  When
 * the buffer's maximum cut it, buf.full says so and the message is no good.
 */
void message_compose(struct buf *, const struct message *);

/*
 * Appends the value of one of a composed message's headers (its first), or
 * the body, as a person reads it: unfolded, decoded, passed through
 * text_clean again, because the bytes may come from a damaged store.  A
 * header that is not there appends nothing.
 */
void message_read_header(struct buf *, const char *data, size_t n,
    const char *name);
void message_read_body(struct buf *, const char *data, size_t n);

#endif
