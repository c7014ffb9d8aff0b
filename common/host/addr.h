/* SPDX-License-Identifier: ISC */
/*
 * One mail address, as it goes into RCPT TO and into a header.  Pure.
 * Accepted: local@domain, or a bare local name for the local MTA; printable
 * ASCII without blanks, double quotes, control characters or any of
 * <>()[],;:\| and no '/' (it names a directory in the maildir transport), no
 * '-' in front (an option to sendmail(8)); at most 64 octets before the '@'
 * and 254 in all (RFC 5321 4.5.3.1; libESMTP cuts commands of over 1023
 * bytes).  Nothing that passes can add a header or a command.
 */
#ifndef COMMON_HOST_ADDR_H
#define COMMON_HOST_ADDR_H

enum addr_reason {
	ADDR_OK,
	ADDR_EMPTY,
	ADDR_LONG,
	ADDR_CHARACTER,
	ADDR_AT,     /* more than one '@', or nothing before or behind it */
	ADDR_DOMAIN, /* empty or long label, leading or trailing '-' or
			 * '.', other than letters, digits, '-' and '_' */
	ADDR_DOTS    /* local part with leading, trailing or double dot */
};

enum addr_reason addr_check(const char *);
/* What is wrong and what was expected, for the line after file:line. */
const char *addr_reason_text(enum addr_reason);

#endif
