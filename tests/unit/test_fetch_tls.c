/* SPDX-License-Identifier: ISC */
/* HTTPS against openssl's own server, with certificates good and bad. */
#define _GNU_SOURCE
#include "uptime/probe/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/fake_httpd.h"
#include "tests/unit/fetch_aid.h"
#include "tests/unit/scratch.h"

#define ADDRESS "127.31.3.1"
#define DAY 86400
#define START_MS 20000

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

/* ---- certificates -------------------------------------------------------- */

#define EC "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

static void
root(const char *name, const char *subject, const char *more)
{
	shell("openssl req -x509 " EC " -keyout %s.key -out %s.pem -days 10 "
	      "-subj '%s' %s 2>/dev/null",
	    name, name, subject, more);
}

/* ext: a line of extensions, or "". */
static void
issue(const char *name, const char *key, const char *issuer, const char *ext,
    const char *more)
{
	shell("openssl req %s -keyout %s.key -out %s.csr -subj /CN=%s "
	      "2>/dev/null && echo '%s' >%s.ext && "
	      "openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -days 10 "
	      "-CAcreateserial -extfile %s.ext -out %s.pem %s 2>/dev/null",
	    key, name, name, name, ext, name, name, issuer, issuer, name, name,
	    more);
}

#define WWW "subjectAltName=DNS:www.example.test,IP:" ADDRESS

/* A signed answer about good.pem: state is its line in the index. */
static void
staple(const char *name, const char *signer, const char *state)
{
	shell("printf '%s\\t1001\\tunknown\\t/CN=good\\n' >index.txt && "
	      "openssl ocsp -issuer ca.pem -cert good.pem -no_nonce "
	      "-reqout ocsp.req >/dev/null 2>&1 && "
	      "openssl ocsp -index index.txt -CA ca.pem -rsigner %s.pem "
	      "-rkey %s.key -reqin ocsp.req -ndays 1 -respout %s.der "
	      ">/dev/null 2>&1",
	    state, signer, signer, name);
}

static int
certify(void **state)
{
	if (scratch_enter(state) != 0)
		return -1;
	root("ca", "/CN=Test root", "");
	root("self", "/CN=self",
	    "-addext subjectAltName=DNS:self.example.test");
	issue("inter", EC, "ca", "basicConstraints=critical,CA:TRUE", "");
	issue("good", EC, "ca", WWW, "-set_serial 0x1001");
	issue("leaf", EC, "inter", WWW, "");
	issue("noname", EC, "ca", "keyUsage=digitalSignature", "");
	issue("many", EC, "ca",
	    "subjectAltName=DNS:a.test,DNS:*.b.test,IP:192.0.2.1,IP:::1,"
	    "DNS:c.test",
	    "");
	issue("sha1", EC, "ca", WWW, "-sha1");
	issue("small", "-newkey rsa:1024 -nodes", "ca", WWW, "");
	issue("rsa", "-newkey rsa:2048 -nodes", "ca", WWW, "");
	staple("fine", "ca", "V\\t361231235959Z\\t");
	staple("revoked", "ca",
	    "R\\t361231235959Z\\t260102030405Z,keyCompromise");
	staple("forged", "self",
	    "R\\t361231235959Z\\t260102030405Z,keyCompromise");
	shell("touch empty.pem; rm -f *.csr *.ext");
	return 0;
}

static int
tidy(void **state)
{
	shell("rm -rf ./*");
	return scratch_leave(state);
}

/* ---- servers ------------------------------------------------------------- */

struct tls_server {
	pid_t pid;
	uint16_t port;
};

/* The port that it tells, once it does. */
static uint16_t
port_of(const char *file)
{
	char line[200];
	unsigned port = 0;
	FILE *f = fopen(file, "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "ACCEPT ", 7) == 0)
			port = (unsigned)strtoul(strrchr(line, ':') + 1, NULL,
			    10);
	if (f != NULL)
		fclose(f);
	return (uint16_t)port;
}

static void
start(struct tls_server *s, char *const *argv)
{
	unlink("server.out");
	s->pid = fake_program("server.out", argv);
	for (int ms = 0; ms < START_MS; ms += 10) {
		if ((s->port = port_of("server.out")) != 0)
			return;
		fake_pause(10);
	}
	shell("cat server.out >&2");
	fail_msg("the server does not start");
}

static void
serve(struct tls_server *s, const char *args)
{
	char command[500], sh[] = "sh", c[] = "-c";
	char *argv[] = { sh, c, command, NULL };

	snprintf(command, sizeof command,
	    "exec openssl s_server -accept " ADDRESS ":0 %s", args);
	start(s, argv);
}

static void
get(const struct tls_server *s, const char *host, const char *ca,
    struct probe *p)
{
	char url[200];
	struct fetch_try t = { .url = url, .address = ADDRESS, .ca_file = ca };

	/* host may have a path behind it */
	snprintf(url, sizeof url, "https://%.*s:%u%s", (int)strcspn(host, "/"),
	    host, s->port, strchr(host, '/') != NULL ? strchr(host, '/') : "/");
	fetch_try(&t, p);
}

/* ---- certificates, and what is said of them ------------------------------ */

#define CERT(name) "-cert " name ".pem -key " name ".key -www"
#define LAX " -cipher DEFAULT@SECLEVEL=0"

struct row {
	const char *args, *host, *ca;
	int days; /* our clock is so many ahead */
	enum reason reason;
	const char *detail;
};

static const struct row good_and_bad[] = {
	{ CERT("good"), "www.example.test", "ca.pem", 0, REASON_NONE, "" },
	{ CERT("good"), ADDRESS, "ca.pem", 0, REASON_NONE, "" },
	{ CERT("rsa"), "www.example.test", "ca.pem", 0, REASON_NONE, "" },
	{ CERT("good"), "www.example.test", "ca.pem", 20, REASON_TLS_EXPIRED,
	    "it expired on 20" },
	{ CERT("good"), "www.example.test", "ca.pem", -20, REASON_TLS_NOT_YET,
	    "it is valid from 20" },
	{ CERT("good"), "example.test", "ca.pem", 0, REASON_TLS_HOST,
	    "it is for www.example.test, " ADDRESS ", not example.test" },
	{ CERT("many"), "127.31.3.9", "ca.pem", 0, REASON_TLS_HOST,
	    "it is for a.test, *.b.test, 192.0.2.1 and 2 more, not "
	    "127.31.3.9" },
	{ CERT("many"), "x.b.test", "ca.pem", 0, REASON_NONE, "" },
	{ CERT("many"), "x.y.b.test", "ca.pem", 0, REASON_TLS_HOST, "" },
	/* browsers take no name from the subject */
	{ CERT("noname"), "noname", "ca.pem", 0, REASON_TLS_HOST,
	    "it is for no host (its subject is noname), not noname" },
	{ CERT("self"), "self.example.test", "ca.pem", 0,
	    REASON_TLS_SELF_SIGNED, "it is self-signed" },
	{ CERT("self"), "self.example.test", "self.pem", 0, REASON_NONE, "" },
	{ CERT("self"), "www.example.test", "ca.pem", 20, REASON_TLS_HOST,
	    "not www.example.test; it expired on 20" },
	{ CERT("self"), "self.example.test", "ca.pem", 20, REASON_TLS_EXPIRED,
	    "; it is self-signed" },
	{ CERT("leaf"), "www.example.test", "ca.pem", 0, REASON_TLS_CHAIN,
	    "only its own certificate was sent; its issuer \"inter\"" },
	{ CERT("leaf") " -cert_chain inter.pem", "www.example.test", "ca.pem",
	    0, REASON_NONE, "" },
	{ CERT("leaf"), "www.example.test", "inter.pem", 0, REASON_NONE, "" },
	{ CERT("leaf") " -cert_chain inter.pem", "www.example.test", "self.pem",
	    0, REASON_TLS_CHAIN, "the issuer \"Test root\" is not trusted" },
	{ CERT("good") " -cert_chain ca.pem", "www.example.test", "self.pem", 0,
	    REASON_TLS_CHAIN, "\"Test root\"" },
	{ CERT("sha1") LAX, "www.example.test", "ca.pem", 0, REASON_TLS_WEAK,
	    "signed with ecdsa-with-SHA1" },
	{ CERT("small") LAX, "www.example.test", "ca.pem", 0, REASON_TLS_WEAK,
	    "RSA key of 1024 bits" },
	{ CERT("good") LAX " -tls1", "www.example.test", "ca.pem", 0,
	    REASON_TLS_WEAK, "nothing newer" },
	{ CERT("good") LAX " -tls1_1", "www.example.test", "ca.pem", 0,
	    REASON_TLS_WEAK, "nothing newer" },
	{ CERT("good") " -tls1_2", "www.example.test", "ca.pem", 0, REASON_NONE,
	    "" },
	{ CERT("good") " -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256",
	    "www.example.test", "ca.pem", 0, REASON_TLS_REFUSED,
	    "handshake failure" },
	{ CERT("good") " -status_file fine.der", "www.example.test", "ca.pem",
	    0, REASON_NONE, "" },
	{ CERT("good") " -status_file revoked.der", "www.example.test",
	    "ca.pem", 0, REASON_TLS_REVOKED,
	    "it was revoked on 2026-01-02 (keyCompromise)" },
	{ CERT("good") " -status_file revoked.der -tls1_2", "www.example.test",
	    "ca.pem", 0, REASON_TLS_REVOKED, "" },
	{ CERT("good") " -status_file forged.der", "www.example.test", "ca.pem",
	    0, REASON_NONE, "" },
};

static void
certificates(void **state)
{
	struct tls_server s = { .pid = 0 };
	int64_t now = clock_now();
	struct probe p;

	(void)state;
	for (size_t i = 0; i < sizeof good_and_bad / sizeof *good_and_bad;
	     i++) {
		const struct row *r = &good_and_bad[i];

		if (i == 0 || strcmp(r->args, r[-1].args) != 0) {
			if (i > 0)
				fake_program_end(s.pid);
			serve(&s, r->args);
		}
		clock_pin(r->days != 0 ? now + r->days * DAY : -1);
		get(&s, r->host, r->ca, &p);
		clock_pin(-1);
		if (p.reason != r->reason ||
		    strstr(p.detail, r->detail) == NULL)
			fail_msg("%s, %s: %s", r->args, r->host,
			    fetch_try_text(&p));
		if (p.reason == REASON_NONE) {
			assert_int_equal(p.status, 200);
			assert_true(p.times.tls > p.times.connect);
			assert_true(p.times.first >= p.times.tls);
		} else {
			assert_int_equal(p.status, 0);
			assert_int_equal(p.times.first, -1);
		}
		assert_true(p.times.connect > 0);
		probe_free(&p);
	}
	fake_program_end(s.pid);
}

static void
certificate_is_kept(void **state)
{
	struct tls_server s;
	int64_t now = clock_now();
	struct probe p;

	(void)state;
	serve(&s, CERT("leaf"));
	for (int ok = 0; ok < 2; ok++) {
		get(&s, "www.example.test", ok ? "inter.pem" : "ca.pem", &p);
		assert_int_equal(p.reason == REASON_NONE, ok);
		assert_true(p.cert.seen);
		assert_string_equal(p.cert.subject, "leaf");
		assert_string_equal(p.cert.issuer, "inter");
		assert_in_range(p.cert.not_before, now - 3600, now + 60);
		assert_int_equal(p.cert.not_after - p.cert.not_before,
		    10 * DAY);
		probe_free(&p);
	}
	fake_program_end(s.pid);
}

static void
roots(void **state)
{
	static const char *const bad[] = { "absent.pem", "empty.pem",
		"good.key", "." };
	struct tls_server s;
	struct probe p;

	(void)state;
	serve(&s, CERT("good"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		get(&s, "www.example.test", bad[i], &p);
		assert_int_equal(p.reason, REASON_RESOURCES);
		assert_non_null(strstr(p.detail, bad[i]));
		probe_free(&p);
	}
	/* nobody else trusts our root */
	get(&s, "www.example.test", NULL, &p);
	assert_true(
	    p.reason == REASON_TLS_CHAIN || p.reason == REASON_RESOURCES);
	probe_free(&p);
	fake_program_end(s.pid);
}

/* ---- what is no TLS ------------------------------------------------------ */

/* 72 of them */
#define FILL \
	"garbagegarbagegarbagegarbagegarbagegarbage" \
	"garbagegarbagegarbagegarbagegarbage"

static void
no_tls(void **state)
{
	static const struct {
		const char *greeting;
		enum reason reason;
		const char *detail;
	} t[] = {
		{ "220 mail ESMTP\r\n", REASON_TLS_GARBAGE, "no TLS record" },
		{ "HTTP/1.0 400 Bad\r\n\r\n", REASON_TLS_GARBAGE, "" },
		{ "\x16\x03\x03\x01\x02" FILL FILL FILL FILL,
		    REASON_TLS_GARBAGE, "" },
		{ "", REASON_TLS_REFUSED, "ended in the handshake" },
		{ "\001", REASON_TLS_REFUSED, "ended in the handshake" },
		{ NULL, REASON_TLS_TIMEOUT, "0.3 s" },
	};
	char url[100];
	struct fetch_try try = { .url = url,
		.address = ADDRESS,
		.timeout_ms = 300,
		.ca_file = "ca.pem" };
	struct fake_httpd f;
	struct probe p;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		fake_httpd_start(&f, t[i].greeting);
		snprintf(url, sizeof url, "https://www.example.test:%u/",
		    f.port);
		fetch_try(&try, &p);
		if (p.reason != t[i].reason ||
		    strstr(p.detail, t[i].detail) == NULL)
			fail_msg("%zu: %s", i, fetch_try_text(&p));
		assert_true(p.times.connect > 0);
		assert_false(p.cert.seen);
		probe_free(&p);
		fake_httpd_stop(&f);
	}
}

/* ---- an end without a word ---------------------------------------------- */

static const char rude[] =
    "import socket, ssl, sys\n"
    "c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    "c.load_cert_chain('good.pem', 'good.key')\n"
    "s = socket.create_server(('" ADDRESS "', 0))\n"
    "print('ACCEPT :%d' % s.getsockname()[1], flush=True)\n"
    "while True:\n"
    "    t = c.wrap_socket(s.accept()[0], server_side=True)\n"
    "    length = b'9' if b'/cut' in t.recv(9999) else None\n"
    "    t.send(b'HTTP/1.1 200 OK\\r\\n'\n"
    "        + (b'Content-Length: 9\\r\\n' if length else b'')\n"
    "        + b'\\r\\nhello')\n"
    "    t.close()\n"; /* no close_notify */

static void
rude_end(void **state)
{
	char python[] = "python3", flag[] = "-c", text[sizeof rude];
	char *argv[] = { python, flag, text, NULL };
	struct tls_server s;
	struct probe p;

	(void)state;
	memcpy(text, rude, sizeof rude);
	start(&s, argv);
	get(&s, "www.example.test", "ca.pem", &p);
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_string_equal(buf_str(&p.body), "hello");
	probe_free(&p);
	/* but where a length was promised it is a cut */
	get(&s, "www.example.test/cut", "ca.pem", &p);
	assert_int_equal(p.reason, REASON_BODY_CUT);
	probe_free(&p);
	fake_program_end(s.pid);
}

/* ---- the client's certificate -------------------------------------------- */

static void
client_certificate(void **state)
{
	static const char *const version[] = { "-tls1_2", "-tls1_3" };
	char pem[] = "good.pem", key[] = "good.key", none[] = "absent.pem";
	char url[100], args[200];
	struct tls_server s;
	struct probe p;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct request r = { .method = NULL };
		struct fetch_try t = { .url = url,
			.address = ADDRESS,
			.ca_file = "ca.pem",
			.request = &r };

		snprintf(args, sizeof args,
		    CERT("good") " -Verify 2 -verify_return_error "
				 "-CAfile ca.pem %s",
		    version[i]);
		serve(&s, args);
		snprintf(url, sizeof url, "https://www.example.test:%u/",
		    s.port);
		fetch_try(&t, &p);
		if (p.reason != REASON_TLS_REFUSED)
			fail_msg("%s: %s", version[i], fetch_try_text(&p));
		probe_free(&p);
		r.client_cert = pem;
		r.client_key = key;
		fetch_try(&t, &p);
		if (p.reason != REASON_NONE)
			fail_msg("%s: %s", version[i], fetch_try_text(&p));
		probe_free(&p);
		r.client_cert = none;
		fetch_try(&t, &p);
		assert_int_equal(p.reason, REASON_RESOURCES);
		assert_non_null(strstr(p.detail, none));
		probe_free(&p);
		fake_program_end(s.pid);
	}
}

/* ---- HTTP/2 -------------------------------------------------------------- */

/* One that was free a moment ago: nginx cannot choose for itself. */
static uint16_t
free_port(void)
{
	uint16_t port;

	close(fake_port(-1, &port));
	return port;
}

static pid_t
nginx(uint16_t port, uint16_t behind)
{
	char command[1500], sh[] = "sh", c[] = "-c";
	char *argv[] = { sh, c, command, NULL };

	snprintf(command, sizeof command,
	    "PATH=$PATH:/usr/sbin; cat >nginx.conf <<'EOF'\n"
	    "daemon off; master_process off; pid nginx.pid;\n"
	    "error_log nginx.log; events { }\n"
	    "http { access_log off; client_body_temp_path t1;\n"
	    "proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;\n"
	    "scgi_temp_path t5; server { listen " ADDRESS ":%u ssl http2;\n"
	    "ssl_certificate good.pem; ssl_certificate_key good.key;\n"
	    "location / { add_header X-V $server_protocol;\n"
	    "return 200 success; }\n"
	    "location /cut { proxy_pass http://127.0.0.1:%u; } } }\nEOF\n"
	    "exec nginx -p . -c nginx.conf",
	    port, behind);
	return fake_program("nginx.out", argv);
}

static void
http2(void **state)
{
	struct request r = { .method = NULL };
	char url[100];
	struct fetch_try t = { .url = url,
		.address = ADDRESS,
		.ca_file = "ca.pem",
		.request = &r };
	uint16_t port = free_port();
	struct fake_httpd behind;
	struct probe p;
	pid_t pid;

	(void)state;
	if (system("PATH=$PATH:/usr/sbin; command -v nginx >/dev/null") != 0)
		skip();
	fake_httpd_start(&behind, NULL);
	pid = nginx(port, behind.port);
	snprintf(url, sizeof url, "https://www.example.test:%u/", port);
	for (int ms = 0; ms < START_MS; ms += 20) {
		fetch_try(&t, &p);
		if (p.reason != REASON_CONNECT_REFUSED)
			break;
		probe_free(&p);
		fake_pause(20);
	}
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_int_equal(p.http, 20);
	assert_int_equal(p.status, 200);
	assert_string_equal(buf_str(&p.body), "success");
	assert_non_null(strstr(buf_str(&p.head), "x-v: HTTP/2.0\r\n"));
	probe_free(&p);
	snprintf(url, sizeof url, "https://www.example.test:%u/cut", port);
	fetch_try(&t, &p);
	assert_int_equal(p.reason, REASON_BODY_CUT);
	assert_int_equal(p.http, 20);
	assert_string_equal(buf_str(&p.body), "only this");
	probe_free(&p);
	snprintf(url, sizeof url, "https://www.example.test:%u/", port);
	r.http1 = true;
	fetch_try(&t, &p);
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_int_equal(p.http, 11);
	probe_free(&p);
	fake_program_end(pid);
	fake_httpd_stop(&behind);
}

/* ---- banners ------------------------------------------------------------- */

static void
banner(void **state)
{
	char send[] = "olleh\n", until[] = "hello", host[] = "www.example.test",
	     other[] = "other.test";
	struct target t = { .timeout = 5000,
		.host = host,
		.send = send,
		.tcp_tls = true };
	struct tls_server s;
	struct probe p;

	(void)state;
	t.expect.banner = until;
	/* it says each line backwards */
	serve(&s, "-cert good.pem -key good.key -rev");
	fetch_try_banner(&t, ADDRESS, s.port, 1000, "ca.pem", &p);
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_string_equal(buf_str(&p.body), "hello\n");
	assert_true(p.cert.seen);
	assert_true(p.times.tls > p.times.connect);
	probe_free(&p);
	t.host = other;
	fetch_try_banner(&t, ADDRESS, s.port, 1000, "ca.pem", &p);
	assert_int_equal(p.reason, REASON_TLS_HOST);
	probe_free(&p);
	/* without a name it is the address that counts */
	t.host = NULL;
	fetch_try_banner(&t, ADDRESS, s.port, 1000, "ca.pem", &p);
	assert_string_equal(fetch_try_text(&p), "none: ");
	probe_free(&p);
	fake_program_end(s.pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(certificate_is_kept),
		cmocka_unit_test(roots),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(rude_end),
		cmocka_unit_test(client_certificate),
		cmocka_unit_test(http2),
		cmocka_unit_test(banner),
	};

	return cmocka_run_group_tests(tests, certify, tidy);
}
