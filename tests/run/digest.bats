#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031,SC2034
# The mails of whole runs, as they reach a mailbox, against golden ones in
# tests/data/golden.  SITEWATCH_GOLDEN=write writes these anew: look at the
# difference then.

load helper

now=1795245420 # Sat 21 Nov 2026 07:17:00 UTC

# Lines are wrapped by the length of the log's name, which is shown as
# /var/log/sites.
setup()
{
	setup_dir
	rm -r "$dir"
	dir=$(mktemp -d /tmp/sw.XXXXXX)
	conf=$dir/watchdog.conf
	log=$dir/error.log
	state=$dir/state/watchdog.db
}
teardown() { teardown_dir; }

# The run at that time; $2 is what became of it.
run_at()
{
	SITEWATCH_NOW=$1 run "$steps" -c "$conf"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

# The last mail of $1: the headers that a filter or a reader looks at, and the
# body.  What names a group is no matter of this test.
letter()
{
	python3 - "$(mails "$1" | tail -1)" <<'EOF' |
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"),
    policy=email.policy.default)
for name in m.keys():
    if name in ("From", "To", "Subject") or name.startswith("X-Sitewatch"):
        print(f"{name}: {m[name]}")
print()
print(m.get_content(), end="")
EOF
		sed -e "s|$dir|/var/log/sites|g" -e 's/ -c [^ ]*watchdog.conf//' \
		    -e 's/--group [0-9a-f]\{8\}/--group 1f2e3d4c/' \
		    -e 's/ ([0-9a-f]\{8\})$/ (1f2e3d4c)/'
}

golden()
{
	if [ "${SITEWATCH_GOLDEN:-}" = write ]; then
		cp "$dir/letter" "$top/tests/data/golden/$1"
	fi
	diff -u "$top/tests/data/golden/$1" "$dir/letter"
}

@test "new errors, for the owner of a section" {
	write_conf
	echo 'host = "www1"' >>"$conf"
	grep -av '/bboard/\(post.php\|private\)' \
	    "$top/tests/data/logs/apache24.log" >"$log"
	settle "$log"
	run_at "$now"
	cat "$top/tests/data/logs/fresh.log" >>"$log"
	settle "$log"
	run_at $((now + 900))
	[ "$(count_mails joe@example.com)" = 2 ]
	letter joe@example.com >"$dir/letter"
	golden mail-new.txt
}

# $1 records of $3 in the script $4 at level $5, one a minute from $2 on.
records()
{
	local at i

	at=$(date -u -d "$2" +%s)
	for ((i = 0; i < $1; i++, at += 60)); do
		printf '[%(%a %b %d %T.000000 %Y)T] [php:%s] [pid 1] ' \
		    "$at" "${5:-error}"
		printf '[client 192.0.2.7:49152] %s in ' "$3"
		printf '/var/www/example.com%s on line 3\n' "$4"
	done
}

@test "a day with everything: new, back, growing, known, quiet" {
	write_conf
	echo 'host = "www1"' >>"$conf"
	{
		records 2 "2026-11-01 10:00" \
		    "PHP Fatal error:  Out of quotes" /bboard/quote.php
		for day in 13 14 15 16 17 18 19 20; do
			records 4 "2026-11-$day 07:02" \
			    "PHP Warning:  Slow query" /bboard/search.php warn
		done
		records 31 "2026-11-20 06:20" \
		    "PHP Warning:  Undefined variable \$page" \
		    /bboard/thread.php warn
		for hour in 00 02 03 05; do
			records 9 "2026-11-20 $hour:10" \
			    "PHP Fatal error:  Cannot reach the mail server" \
			    /bboard/notify.php
		done
	} | sort -k3,3 -k4,4 -s >"$log"
	settle "$log"
	run_at $((now - 86400))
	{
		records 1 "2026-11-21 06:31" \
		    "PHP Fatal error:  Uncaught TypeError: null is no thread" \
		    /bboard/move.php
		records 3 "2026-11-21 06:40" \
		    "PHP Fatal error:  Out of quotes" /bboard/quote.php
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
			records 10 "2026-11-21 07:02" \
			    "PHP Warning:  Slow query" /bboard/search.php warn
		done
		records 16 "2026-11-21 07:01" \
		    "PHP Warning:  Undefined variable \$page" \
		    /bboard/thread.php warn
	} >>"$log"
	settle "$log"
	run_at "$now"
	letter joe@example.com >"$dir/letter"
	golden mail-day.txt
}

@test "a million records of forty kinds: the rare one is named at once" {
	write_conf
	echo 'host = "www1"' >>"$conf"
	awk 'BEGIN {
		split("cart stock price search login thread post", page)
		for (i = 1; i <= 1000000; i++) {
			x = i * 7919 % 1000003 / 1000003
			k = int(39 * x * x * x)
			s = int(i * 1020 / 1000000)
			if (i == 500000)
				k = 0
			head = sprintf("[Sat Nov 21 07:%02d:%02d.000000 2026]" \
			    " [php:%s] [pid 1] [client 192.0.2.%d:1] ",
			    int(s / 60), s % 60, k % 3 ? "warn" : "error",
			    i % 250)
			if (i == 500000)
				print head "PHP Fatal error:  Uncaught Error:" \
				    " order lost in " \
				    "/var/www/example.com/bboard/pay.php:14"
			print head "PHP Warning:  Cannot do this in " \
			    "/var/www/example.com/bboard/" page[k % 7 + 1] \
			    ".php on line " k + 10
		}
	}' | head -1000000 >"$log"
	settle "$log"
	run_at "$now"
	[ "$(count_mails)" = 1 ]
	letter joe@example.com >"$dir/letter"
	grep -q '^40 new: 1,000,000 records in /bboard' "$dir/letter"
	head -24 "$dir/letter" | grep -q '^1 x .*/bboard/pay.php:14: Error: order'
	[ "$(grep -c '^[0-9,]* x ' "$dir/letter")" = 41 ]
	golden mail-many.txt
}

@test "hostile lines: the mail is valid and harmless, and names them" {
	write_conf
	python3 - "$log" <<'EOF'
import sys
head = (b"[Sat Nov 21 07:04:11.000000 2026] [php:error] [pid 1] "
        b"[client 192.0.2.7:1] PHP Warning:  ")
tail = b" in /var/www/example.com/bboard/x.php on line %d\n"
evil = [b"escape \x1b[2J\x1b]0;owned\x07\x9b31m", b"bidi \xe2\x80\xaefdp.exe",
        b"bytes \xff\xfe\xc0\x80", b"nul \0 byte",
        b"header\rBcc: eve@example.com\r", b"words =?utf-8?q?=0ABcc:_eve?=",
        b"forged [Sat Nov 21 07:04:12.000000 2026] [php:error] [pid 1] PHP",
        b"<script>alert(1)</script>", b"long " + b"x" * 1000000]
with open(sys.argv[1], "wb") as f:
    for i, words in enumerate(evil):
        f.write(head + words + tail % (i + 1))
    f.write(b"Subject: forged\n\n.\nQUIT\n")
EOF
	touch -d "@$((now - 60))" "$log"
	run_at "$now"
	[ "$(count_mails joe@example.com)" = 1 ]
	[ "$(count_mails eve@example.com)" = 0 ]
	# What is too long to have a place is admin's.
	python3 - "$(mails joe@example.com)" "$(mails ops@example.com)" <<'EOF'
import email, email.policy, sys, unicodedata
text = ""
for name in sys.argv[1:]:
    raw = open(name, "rb").read()
    assert max(map(len, raw.split(b"\n"))) <= 998
    assert b"\0" not in raw and b"\x1b" not in raw
    m = email.message_from_bytes(raw, policy=email.policy.default)
    assert not m.defects, m.defects
    assert len(m.get_all("subject")) == 1 and m["bcc"] is None
    assert m.get_content_type() == "text/plain"
    text += m["subject"] + "\n" + m.get_content()
bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")
       and c != "\n"]
assert not bad, bad
for words in ("escape \\x1b[2J\\x1b]0;owned\\x07\\x9b31m",
              "bidi \\xe2\\x80\\xaefdp.exe", "bytes \\xff\\xfe\\xc0\\x80",
              "nul \\x00 byte", "header\\x0dBcc: eve@example.com\\x0d",
              "words =?utf-8?q?=0ABcc:_eve?=", "forged [Sat Nov 21 07:04:12",
              "<script>alert(1)</script>", "long xxxxxxxx",
              "1,000,141 bytes in all", "  Subject: forged"):
    assert words in text, words
EOF
}
