/* SPDX-License-Identifier: ISC */
/*
 * Mail as text on standard output, for pipelines and for cron, which mails
 * what it reads to whom MAILTO names: an mbox in which everything is decoded.
 * "From SENDER DATE", the five headers a person looks at, an empty line, the
 * body, an empty line.  A line of the body that begins with "From " (behind
 * any number of '>') has one more '>' in front.  Formats it as one write, so
 * that a reader at the other end of a pipe sees whole mails.
 */
#include "common/mail/transport.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"
#include "common/mail/message.h"

/* "Sat Nov 21 07:47:00 2026", as mbox has it. */
static void
add_separator(struct buf *out, const struct transport_mail *mail)
{
	char d[CLOCK_TEXT];

	clock_rfc5322(mail->created, d); /* Sat, 21 Nov 2026 07:47:00 */
	if (strlen(d) < sizeof "Sat, 21 Nov 2026 07:47:00")
		memcpy(d, "Thu, 01 Jan 1970 00:00:00",
		    sizeof "Thu, 01 Jan 1970 00:00:00");
	buf_addf(out, "From %s %.3s %.3s %.2s %.8s %.4s\n", mail->from, d,
	    d + 8, d + 5, d + 17, d + 12);
}

static void
add_header(struct buf *out, const struct transport_mail *mail, const char *name)
{
	buf_addf(out, "%s: ", name);
	message_read_header(out, mail->data, mail->len, name);
	buf_addc(out, '\n');
}

/* Those who are still to get it, not all whom the message names. */
static void
add_to(struct buf *out, const struct transport_mail *mail)
{
	size_t i;

	buf_adds(out, "To: ");
	for (i = 0; i < mail->nto; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", mail->to[i]);
	buf_addc(out, '\n');
}

static void
add_body(struct buf *out, const struct transport_mail *mail)
{
	struct buf body;
	const char *p, *lf;
	size_t n, quote;

	buf_init(&body, SIZE_MAX);
	message_read_body(&body, mail->data, mail->len);
	for (p = buf_str(&body); *p != '\0'; p += n) {
		lf = strchr(p, '\n');
		n = lf != NULL ? (size_t)(lf - p) + 1 : strlen(p);
		quote = strspn(p, ">");
		if (strncmp(p + quote, "From ", 5) == 0)
			buf_addc(out, '>');
		buf_add(out, p, n);
	}
	buf_addc(out, '\n');
	buf_free(&body);
}

static void
stdout_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *result)
{
	struct buf out;

	(void)conf;
	(void)relay;
	buf_init(&out, SIZE_MAX);
	add_separator(&out, mail);
	add_header(&out, mail, "Date");
	add_header(&out, mail, "From");
	add_to(&out, mail);
	add_header(&out, mail, "Subject");
	add_header(&out, mail, "Message-ID");
	buf_addc(&out, '\n');
	add_body(&out, mail);
	if (file_write(STDOUT_FILENO, out.p, out.len))
		transport_all(result, mail->nto, TRANSPORT_OK, 0, "written");
	else
		transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "standard output: %s", strerror(errno));
	buf_free(&out);
}

const struct transport transport_stdout = { "stdout", stdout_send };
