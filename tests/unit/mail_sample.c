/* SPDX-License-Identifier: ISC */
/* A mail for the tests of transports. */
#include "tests/unit/mail_sample.h"

#include <string.h>

#define LONGEST 998 /* characters a line may have (RFC 5322 2.1.1) */

static char data[4000] = "Date: Sat, 21 Nov 2026 06:47:00 +0000\r\n"
			 "From: sitewatch <watchdog@example.com>\r\n"
			 "To: joe@example.com,\r\n jane@example.com\r\n"
			 "Subject: hello\r\n"
			 "Message-ID: <1@host.example.com>\r\n"
			 "MIME-Version: 1.0\r\n"
			 "X-Sitewatch-Site: a\r\n"
			 "X-Sitewatch-Site: b\r\n"
			 "\r\n"
			 ".\r\n"
			 "..a\r\n"
			 "\r\n";

struct transport_mail
mail_sample(void)
{
	static const char *const to[] = { "joe@example.com",
		"jane@example.com" };
	static size_t len;

	if (len == 0) {
		len = strlen(data);
		memset(data + len, 'x', LONGEST);
		strcpy(data + len + LONGEST, "\r\nend\r\n");
		len = strlen(data);
	}
	return (struct transport_mail){
		.from = "watchdog@example.com",
		.to = to,
		.nto = 2,
		.msgid = "1@host.example.com",
		.data = data,
		.len = len,
		.created = 1795243620,
		.report = -1,
	};
}
