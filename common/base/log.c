/* SPDX-License-Identifier: ISC */
/* What the program says of itself, on stderr or to syslog. */
#include "common/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "common/base/text.h"

/*
 * PIPE_BUF of Linux: up to here a write(2) to a pipe is not mixed with
 * another process's.  It is on the stack, so that "out of memory" can be said.
 */
#define LOG_LINE 4096

static struct {
	const char *prog;
	enum log_to to;
	int verbose;
} log_state = { "sitewatch", LOG_TO_STDERR, 0 };

void
log_init(const char *prog, enum log_to to, int verbose)
{
	log_state.prog = prog;
	log_state.to = to;
	log_state.verbose = verbose;
	if (to == LOG_TO_SYSLOG)
		openlog(prog, LOG_PID, LOG_DAEMON);
}

int
log_verbose(void)
{
	return log_state.verbose;
}

/* The text cleaned into out, cut to fit with "..."; returns its length. */
static size_t
clean_into(char *out, size_t max, const char *s, size_t n)
{
	static const char cut[] = "...";
	char shown[TEXT_SHOWN];
	size_t o = 0, mark = 0, i, k, len;

	for (i = 0; i < n; i += k) {
		k = text_show(s + i, n - i, shown, &len);
		if (o + len > max) {
			memcpy(out + mark, cut, sizeof cut - 1);
			return mark + sizeof cut - 1;
		}
		memcpy(out + o, shown, len);
		o += len;
		if (o + sizeof cut - 1 <= max)
			mark = o;
	}
	return o;
}

static void
write_line(const char *line, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(STDERR_FILENO, line, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return; /* nobody is left to be told */
		line += k;
		n -= (size_t)k;
	}
}

static void __attribute__((format(printf, 2, 0)))
say(int priority, const char *fmt, va_list ap)
{
	char text[LOG_LINE], line[LOG_LINE];
	int saved = errno, n;
	size_t head = 0, len;

	if (log_state.to == LOG_TO_STDERR) {
		n = snprintf(line, 64, "%.60s: ", log_state.prog);
		head = n > 0 ? (size_t)n : 0;
	}
	errno = saved; /* for %m */
	n = vsnprintf(text, sizeof text, fmt, ap);
	len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof text)
		len = sizeof text - 1;
	len = head + clean_into(line + head, sizeof line - 1 - head, text, len);
	if (log_state.to == LOG_TO_STDERR) {
		line[len] = '\n';
		write_line(line, len + 1);
	} else {
		line[len] = '\0';
		syslog(priority, "%s", line);
	}
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (log_state.verbose < 1)
		return;
	va_start(ap, fmt);
	say(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
fatal(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERR, fmt, ap);
	va_end(ap);
	exit(status);
}
