/* SPDX-License-Identifier: ISC */
/*
 * What was said in an SMTP session, overheard from a library's trace: how far
 * it came, the last reply, whether we are logged in, and whether there were
 * replies to nothing, behind the one to STARTTLS above all: the libraries take
 * them for the answers to what they say next, and a mail the relay never took
 * looks taken.  Pure but for the clock.
 */
#ifndef COMMON_MAIL_TRANSPORT_DIALOGUE_H
#define COMMON_MAIL_TRANSPORT_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dialogue_stage {
	DIALOGUE_CONNECT, /* not even a greeting */
	DIALOGUE_EHLO,
	DIALOGUE_STARTTLS,
	DIALOGUE_AUTH,
	DIALOGUE_MAIL,
	DIALOGUE_RCPT,
	DIALOGUE_DATA,
	DIALOGUE_BODY
};

#define DIALOGUE_LINE 512 /* RFC 5321 4.5.3.1.5; more is cut */

struct dialogue {
	enum dialogue_stage stage;   /* of the last command, but for QUIT */
	int code;                    /* of the reply to it, 0: none yet */
	char text[DIALOGUE_LINE];    /* its last line, with the code */
	char refused[DIALOGUE_LINE]; /* the last such reply to AUTH, if bad */
	bool over;                   /* QUIT was said */
	bool authenticated;
	bool auth_offered;
	bool starttls_offered;
	bool poisoned; /* bytes came that answer no command of ours */
	int64_t last;  /* clock_mono when something was last said */
	char line[DIALOGUE_LINE];
	size_t nline;
	int owed;          /* replies that are still to come */
	bool awaiting_tls; /* the reply to STARTTLS has not ended */
	bool tls_ready;    /* it has: the next byte must be TLS */
};

void dialogue_init(struct dialogue *);
void dialogue_wrote(struct dialogue *, const char *, size_t);
void dialogue_read(struct dialogue *, const char *, size_t);
/* The message itself is about to be sent, unseen. */
void dialogue_body(struct dialogue *);
/* "the greeting", "EHLO" … */
const char *dialogue_stage_text(enum dialogue_stage);

/*
 * Is this reply to MAIL, RCPT, DATA or the message a refusal for good of this
 * recipient or message?  Not when it is about us or about the session: the
 * administrator mends that, and the mail shall still be there.
 */
bool dialogue_is_permanent(int code, enum dialogue_stage);

/* 127.0.0.0/8, ::1, localhost: nobody can listen in between. */
bool dialogue_is_loopback(const char *host);

#endif
