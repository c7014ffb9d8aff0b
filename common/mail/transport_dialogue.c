/* SPDX-License-Identifier: ISC */
/* What was said in an SMTP session. */
#include "common/mail/transport_dialogue.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"

void
dialogue_init(struct dialogue *d)
{
	memset(d, 0, sizeof *d);
	d->last = clock_mono();
	d->owed = 1; /* the greeting */
}

void
dialogue_body(struct dialogue *d)
{
	d->stage = DIALOGUE_BODY;
	d->code = 0;
	d->last = clock_mono();
	d->owed++;
}

static bool
begins(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && strncasecmp(s, word, len) == 0;
}

/*
 * The last command of a batch decides.  What is no command (the lines of a
 * login) leaves the stage alone.
 */
void
dialogue_wrote(struct dialogue *d, const char *s, size_t n)
{
	static const struct {
		const char *word;
		enum dialogue_stage stage;
	} verb[] = {
		{ "EHLO ", DIALOGUE_EHLO },
		{ "HELO ", DIALOGUE_EHLO },
		{ "STARTTLS\r\n", DIALOGUE_STARTTLS },
		{ "AUTH ", DIALOGUE_AUTH },
		{ "MAIL FROM:", DIALOGUE_MAIL },
		{ "RCPT TO:", DIALOGUE_RCPT },
		{ "DATA\r\n", DIALOGUE_DATA },
		{ "BDAT ", DIALOGUE_BODY },
	};
	const char *lf;
	size_t i;

	d->last = clock_mono();
	d->tls_ready = false;
	while (n > 0) {
		for (i = 0; i < sizeof verb / sizeof *verb; i++)
			if (begins(s, n, verb[i].word)) {
				d->stage = verb[i].stage;
				d->code = 0;
			}
		if (begins(s, n, "QUIT\r\n"))
			d->over = true;
		lf = memchr(s, '\n', n);
		if (lf == NULL)
			break;
		d->owed++; /* the lines of a login get one each, too */
		n -= (size_t)(lf + 1 - s);
		s = lf + 1;
	}
	d->awaiting_tls = d->stage == DIALOGUE_STARTTLS && !d->over;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
end_of_line(struct dialogue *d)
{
	const char *s = d->line;
	size_t n = d->nline;

	d->line[n] = '\0';
	d->nline = 0;
	if (n < 3 || !is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]))
		return;
	if (d->stage == DIALOGUE_EHLO && n > 4) {
		if (begins(s + 4, n - 4, "AUTH"))
			d->auth_offered = true;
		if (begins(s + 4, n - 4, "STARTTLS"))
			d->starttls_offered = true;
	}
	if (n > 3 && s[3] == '-')
		return;
	/* 421 may come at any time, RFC 5321 3.8. */
	if (d->owed-- <= 0 && strncmp(s, "421", 3) != 0)
		d->poisoned = true;
	if (d->over)
		return;
	d->code = (int)strtol(s, NULL, 10);
	memcpy(d->text, s, n + 1);
	if (d->stage == DIALOGUE_AUTH && d->code == 235)
		d->authenticated = true;
	if (d->stage == DIALOGUE_AUTH && d->code >= 400)
		memcpy(d->refused, s, n + 1);
	if (d->awaiting_tls) {
		d->awaiting_tls = false;
		d->tls_ready = d->code / 100 == 2;
	}
}

/*
 * libESMTP 1.1.0 keeps plain bytes that came behind "220 go ahead" and takes
 * them for replies given under TLS (CVE-2011-0411's kind).
 */
void
dialogue_read(struct dialogue *d, const char *s, size_t n)
{
	size_t i;

	d->last = clock_mono();
	for (i = 0; i < n; i++) {
		if (d->tls_ready)
			d->poisoned = true;
		if (s[i] == '\n')
			end_of_line(d);
		else if (s[i] != '\r' && d->nline < sizeof d->line - 1)
			d->line[d->nline++] = s[i];
	}
}

const char *
dialogue_stage_text(enum dialogue_stage stage)
{
	static const char *const text[] = {
		[DIALOGUE_CONNECT] = "the greeting",
		[DIALOGUE_EHLO] = "EHLO",
		[DIALOGUE_STARTTLS] = "STARTTLS",
		[DIALOGUE_AUTH] = "AUTH",
		[DIALOGUE_MAIL] = "MAIL FROM",
		[DIALOGUE_RCPT] = "RCPT TO",
		[DIALOGUE_DATA] = "DATA",
		[DIALOGUE_BODY] = "the message",
	};

	return text[stage];
}

bool
dialogue_is_permanent(int code, enum dialogue_stage stage)
{
	if (code < 500 || code > 599 || stage < DIALOGUE_MAIL)
		return false;
	switch (code) {
	case 500: /* the relay and we do not understand each other */
	case 501:
	case 502:
	case 503: /* also all that follows a BDAT refused with 4xx */
	case 504:
	case 530: /* login or STARTTLS first, login failed, is too weak */
	case 534:
	case 535:
	case 538:
		return false;
	case 552: /* "too many recipients", RFC 5321 4.5.3.1.10 */
		return stage != DIALOGUE_RCPT;
	default:
		return true;
	}
}

bool
dialogue_is_loopback(const char *host)
{
	struct in6_addr a6;
	struct in_addr a;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &a) == 1)
		return ntohl(a.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &a6) == 1 && IN6_IS_ADDR_LOOPBACK(&a6);
}
