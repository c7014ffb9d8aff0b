/* SPDX-License-Identifier: ISC */
/* tests/fakes/smtpd as a child of a unit test. */
#define _GNU_SOURCE /* mkdtemp */
#include "tests/unit/fake_smtpd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define START_MS 20000 /* a busy machine, valgrind */

static char certificates[] = "/tmp/test_certs.XXXXXX";
static bool certified;

static void __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
	char command[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0;
	ssize_t len;

	if (f == NULL)
		return NULL;
	len = getdelim(&text, &n, EOF, f);
	fclose(f);
	if (len <= 0) {
		free(text);
		return strdup("");
	}
	return text;
}

static void
pause_ms(long ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void
run(struct fake *f, const char *args)
{
	char command[2000];

	/* The system's own starts three times as fast as a wrapper's. */
	snprintf(command, sizeof command,
	    "p=/usr/bin/python3; [ -x $p ] || "
	    "p=python3; exec $p -I -S tests/fakes/smtpd %s/port --save %s "
	    "--log %s/log %s",
	    f->dir, f->dir, f->dir, args);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void
fake_start(struct fake *f, const char *args)
{
	char path[64], *text = NULL;
	int i;

	strcpy(f->dir, "/tmp/test_smtpd.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(path, sizeof path, "%s/port", f->dir);
	f->pid = fork();
	assert_int_not_equal(f->pid, -1);
	if (f->pid == 0)
		run(f, args);
	for (i = 0; i < START_MS / 10 && text == NULL; i++) {
		pause_ms(10);
		if (waitpid(f->pid, NULL, WNOHANG) == f->pid)
			fail_msg("tests/fakes/smtpd %s: ended", args);
		text = slurp(path);
	}
	assert_non_null(text);
	snprintf(f->port, sizeof f->port, "%d", (int)strtol(text, NULL, 10));
	free(text);
}

void
fake_stop(struct fake *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	shell("rm -r %s", f->dir);
}

char *
fake_read(const struct fake *f, int n, const char *suffix)
{
	char path[64];

	snprintf(path, sizeof path, "%s/%03d.%s", f->dir, n, suffix);
	return slurp(path);
}

int
fake_taken(const struct fake *f)
{
	char *text;
	int n = 0;

	while ((text = fake_read(f, n + 1, "env")) != NULL) {
		free(text);
		n++;
	}
	return n;
}

char *
fake_log(const struct fake *f)
{
	char path[64], *text;

	snprintf(path, sizeof path, "%s/log", f->dir);
	text = slurp(path);
	return text != NULL ? text : strdup("");
}

static void
certify(const char *name, const char *alternative)
{
	shell("cd %s && openssl req -newkey ec -pkeyopt "
	      "ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr "
	      "-subj /CN=%s 2>/dev/null && echo 'subjectAltName=%s' >%s.ext && "
	      "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -days 2 "
	      "-CAcreateserial -extfile %s.ext -out %s.pem 2>/dev/null",
	    certificates, name, name, name, alternative, name, name, name,
	    name);
}

const char *
fake_certificates(void)
{
	static const char *const roots[] = { "ca", "self" };
	size_t i;

	if (certified)
		return certificates;
	assert_non_null(mkdtemp(certificates));
	certified = true;
	for (i = 0; i < 2; i++)
		shell("cd %s && openssl req -x509 -newkey ec -pkeyopt "
		      "ec_paramgen_curve:P-256 -nodes -keyout %s.key "
		      "-out %s.pem -days 2 -subj /CN=localhost "
		      "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
		      "2>/dev/null",
		    certificates, roots[i], roots[i]);
	certify("good", "DNS:localhost,IP:127.0.0.1,IP:::1");
	certify("other", "DNS:other.example,IP:127.0.0.9");
	return certificates;
}

void
fake_certificates_remove(void)
{
	if (certified)
		shell("rm -r %s", certificates);
	certified = false;
}
