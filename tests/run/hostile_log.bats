#!/usr/bin/env bats
# shellcheck disable=SC2154
# Logs that mean harm: the mail is a valid one with our headers, does nothing
# to its reader, and names what was there; time and memory are bounded.

load helper

setup() { setup_dir; }
teardown() { teardown_dir; }

# run_bounded SECONDS MEGABYTES: one run, which must end well within both.
run_bounded()
{
	run python3 "$top/tests/world/bounded.py" "$1" "$2" "$watchdog" \
	    -c "$conf"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

# Reads the log, looks at all mails; $dir/said is what they say.
told()
{
	settle "$log"
	write_conf "${1:-}"
	run_bounded 60 64
	mails | while read -r m; do
		python3 "$top/tests/run/harmless.py" "$m" || exit
	done >"$dir/said"
	cat "$dir/said"
	[ -s "$dir/said" ]
}

# The mails have the text, whatever their lines' ends cut it into.
names()
{
	tr -d '\n ' <"$dir/said" |
	    grep -qF -- "$(printf '%s' "$1" | tr -d '\n ')"
}

# error TEXT: an error about /news/a.php, TEXT for printf.
error()
{
	# shellcheck disable=SC2059
	printf "[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client \
192.0.2.1:1] PHP Fatal error:  $1 in /var/www/example.com/news/a.php on line \
3\n"
}

@test "escape sequences, and a bell" {
	{
		error '\033[31mred\033[0m \033]0;title\007 \033[2J'
		error '\233\063\061m \302\2331m \177'
	} >"$log"
	told
	names red
	names '\x1b[31m'
}

@test "text that turns round or hides: bidi, marks, line separators" {
	error 'user \342\200\256gpj.exe\342\200\254 \342\201\246hidden' >"$log"
	error 'two\342\200\250lines \357\273\277mark \333\234' >>"$log"
	error 'pass\342\200\213word soft\302\255hyphen \342\201\240' >>"$log"
	told
	names 'gpj.exe'
	names hidden
	names 'pass\xe2\x80\x8bword'
	names 'soft\xc2\xadhyphen'
}

@test "bytes that are no text: 0xff, a cut sequence, NUL, surrogates" {
	error 'ff \377\376 cut \342\202 over \300\257 low \355\240\200' >"$log"
	error 'nul \000 between' >>"$log"
	told
	names '\xff\xfe'
	names 'nul'
	names between
}

@test "headers that are no headers" {
	{
		error 'x\r\nBcc: eve@example.org\r\nSubject: forged\r\n\r\nbody'
		error 'y\rBcc: eve@example.org\rX-Evil: 1'
		error 'z =?utf-8?q?=0D=0ABcc:_eve@example.org?= \\r\\nCc: e@e'
	} >"$log"
	told
	names 'Bcc: eve@example.org'
	find "$dir/mail" -type f | no grep eve@
	[ "$(find "$dir/mail" -mindepth 1 -maxdepth 1 | grep -c .)" -le 2 ]
}

@test "headers that are no headers, in the path that becomes the subject" {
	p=/var/www/example.com/news/a
	for bad in '\r\nBcc: eve@example.org\r\n' '\n\nbody' \
	    '\342\200\256x' '=?utf-8?b?eA==?=' '\033[2J'; do
		printf '[Sat Nov 21 06:47:00 2026] [error] [client %s] %s\n' \
		    192.0.2.1 "File does not exist: $p$(printf %b "$bad").html"
	done >"$log"
	told
}

# As nginx wrote it when it was asked for /news/c%0a2000%2f10%2f11...
@test "a forged record behind a line end in nginx's log" {
	n='2026/11/21 06:47:00 [error] 10#10: *1 open()'
	d='(2: No such file or directory), client: 192.0.2.1, server: x'
	forged='2000/10/11 14:32:52 [crit] 1#1: *1 open()'
	{
		printf '%s "/var/www/example.com/news/c\n' "$n"
		printf '%s "/var/www/example.com/bboard/forged.html" failed" ' \
		    "$forged"
		printf 'failed %s, request: "GET %s%s%s HTTP/1.1", host: "x"\n' \
		    "$d" '/news/c%0a2000%2f10%2f11%2014:32:52%20[crit]%201%23' \
		    '1:%20*1%20open()%20%22/var/www/example.com/bboard/' \
		    'forged.html%22%20failed'
		printf '%s "/var/www/example.com/news/d" failed %s, ' "$n" "$d"
		printf 'request: "GET /news/d HTTP/1.1", host: "x"\n'
	} >"$log"
	told
	[ "$(count_mails joe@example.com)" = 0 ]
	letters jane@example.com | grep -q forged.html
	letters jane@example.com | grep -q /news/d
}

@test "a line of 1 MB" {
	error "$(head -c 1000000 /dev/zero | tr '\0' x)" >"$log"
	error after >>"$log"
	told
	names 'PHP Fatal error: after'
	names xxxxxxxx
	[ "$(wc -c <"$dir/said")" -lt 20000 ]
}

@test "a line of 100 MB, without an end in sight" {
	{
		error before
		error first | tr -d '\n'
		head -c 100000000 /dev/zero | tr '\0' y
		printf '\n'
		error after
	} >"$log"
	told
	names 'PHP Fatal error: before'
	names 'PHP Fatal error: first'
	names 'PHP Fatal error: after'
	[ "$(wc -c <"$dir/said")" -lt 20000 ]
}

@test "100 MB of zeros, and of empty lines" {
	{
		error before
		head -c 50000000 /dev/zero
		head -c 50000000 /dev/zero | tr '\0' '\n'
		error after
	} >"$log"
	told
	names before
	names after
}

@test "a rule that takes for ever: it hides nothing, and the run ends" {
	printf '%s\n' '^(a+)+$' >"$dir/rules"
	a=$(head -c 60000 /dev/zero | tr '\0' a)
	{
		printf '%s!\n' "$a" "$a" "$a"
		error after
	} >"$log"
	told "format = plain ignore = {\"$dir/rules\"}"
	names aaaaaaaa
	names after
}

# 64 KiB of a line are searched: `$` does not stand there.
@test "a rule for the end of a line, on 100 KB that end otherwise" {
	printf '%s\n' '^(a+)+$' '^b+$' '^c+\z' >"$dir/rules"
	{
		head -c 100000 /dev/zero | tr '\0' a
		printf '!\n'
		head -c 100000 /dev/zero | tr '\0' b
		printf '!\n'
		head -c 100000 /dev/zero | tr '\0' c
		printf '!\nbb\n'
		error after
	} >"$log"
	told "format = plain ignore = {\"$dir/rules\"}"
	names aaaaaaaa
	names bbbbbbbb
	names cccccccc
	names after
	[ "$(summary <"$dir/said" | awk '{ n += $1 } END { print n }')" = 4 ]
}

@test "10,000 lines of noise from a generator, cut anywhere" {
	python3 - >"$log" <<'PY'
import random, sys
rng = random.Random(1998)
bits = [b"[Sat Nov 21 06:47:00 2026] [error] ", b"[client 192.0.2.1] ",
        b"2026/11/21 06:47:00 [crit] 1#1: *1 ", b"\x1b[2J", b"\xff", b"\0",
        b"\r", b"\n", b"\xe2\x80\xae", b"/var/www/example.com/news/x.php",
        b"Stack trace:\n#0 ", b"\tat a.b(C.java:1)\n", b"Bcc: e@example.org",
        b", referer: ", b"=?utf-8?q?x?=", b"\\n", b" in ", b"\"", b"%0a",
        b"\xf4\x90\x80\x80", b"\xc2\x85", b"GET / HTTP/1.1"]
for _ in range(10000):
    sys.stdout.buffer.write(b"".join(rng.choices(bits, k=12)) + b"\n")
PY
	told
}
