#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031,SC2086
# site-watchdog run, end to end: what is told to whom, and every kind of
# trouble: one clear line, the right exit status, nothing lost.

load helper

setup() { setup_dir; }
teardown() { teardown_dir; }

@test "a five-line configuration works" {
	cat >"$conf" <<EOF
state = "$state"
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" { docroot = {"/var/www/example.com"} }
route "/bboard" { owners = {"joe@example.com"} }
route "/" { owners = {"webmaster@example.com"} }
EOF
	{ error_line /bboard/post.php Boom; error_line /x.php Bang; } >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(count_mails joe@example.com)" = 1 ]
	[ "$(count_mails webmaster@example.com)" = 1 ]
	letters joe@example.com | grep -q Boom
	letters joe@example.com | no grep -q Bang
}

@test "routes of one virtual host, by what the server calls it" {
	nginx_line() {
		echo "2026/11/21 06:47:00 [error] 1#1: *1 $2, client: 192.0.2.1, server: $1, request: \"GET $3 HTTP/1.1\", host: \"forged.example.com\""
	}
	cat >"$conf" <<EOF
state = "$state"
admin = {"ops@example.com"}
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" { }
log "$dir/shop.log" { site = "shop.example.com" }
route "/" { owners = {"webmaster@example.com"} }
route "/news" { owners = {"jane@example.com"} }
route "shop.example.com/" { owners = {"sam@example.com"} }
EOF
	{
		nginx_line www.example.com Apple /news/x
		nginx_line shop.example.com Banana /news/x
		nginx_line _ Cherry /y
	} >"$log"
	echo "nobody knows where" >"$dir/shop.log"
	settle "$dir/shop.log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters jane@example.com | grep Apple
	letters sam@example.com >"$dir/sam"
	grep Banana "$dir/sam"
	grep "nobody knows" "$dir/sam"
	[ "$(grep -c "Apple\|Cherry" "$dir/sam")" = 0 ]
	letters webmaster@example.com | grep Cherry
	[ "$(count_mails)" = 3 ]
	run "$watchdog" -c "$conf" explain "$log"
	[[ $output == *"sam@example.com  (route shop.example.com/)"* ]]
	sed -i 's/shop.example.com"/shop example"/' "$conf"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"expected a virtual host's name"* ]]
}

@test "a real log: each section's owner gets one digest, the second run none" {
	cp "$top/tests/data/logs/apache24.log" "$log"
	write_conf "ignore = {\"$top/tests/data/logs/noise.rules\"}"
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	for who in joe jane webmaster ops; do
		[ "$(count_mails $who@example.com)" = 1 ]
	done
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(count_mails)" = 4 ]
}

@test "the digests of the real log count every record that no rule hides" {
	cp "$top/tests/data/logs/apache24.log" "$log"
	write_conf "ignore = {\"$top/tests/data/logs/noise.rules\"}"
	run_watchdog
	want=$("$watchdog" filter -c -r "$top/tests/data/logs/noise.rules" "$log")
	got=$("$watchdog" -c "$conf" status --json |
	    sed -n 's/.*"kind":"run".*"reported":\([0-9]*\).*/\1/p')
	[ "$got" = "$want" ]
	in_mails=0
	for who in joe jane webmaster ops; do
		n=$(letters $who@example.com | summary)
		in_mails=$((in_mails + n))
	done
	[ "$in_mails" = "$want" ]
}

@test "conservation: read = ignored + reported + held, on every test log" {
	for f in "$top"/tests/data/logs/*.log; do
		rm -rf "$dir/state"
		cp "$f" "$log"
		write_conf "ignore = {\"$top/tests/data/logs/noise.rules\"}"
		"$watchdog" -c "$conf"
		"$watchdog" -c "$conf" status --json >"$dir/status"
		python3 - "$dir/status" "$log" <<'PY'
import json, os, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
run = next(r for r in rows if r["kind"] == "run")
src = next(r for r in rows if r["kind"] == "source")
assert run["records"] == run["ignored"] + run["reported"] + run["held"], run
assert run["records"] > 0, run
assert src["offset"] + src["lag"] == os.path.getsize(sys.argv[2]), src
PY
	done
}

@test "-n shows what would be sent, and changes nothing" {
	error_line /news/a.php Boom >"$log"
	write_conf
	run_watchdog -n
	[ "$status" -eq 0 ]
	[[ $output == *"To: jane@example.com"* ]]
	[[ $output == *Boom* ]]
	[ ! -e "$dir/state" ]
	[ "$(count_mails)" = 0 ]
	run_watchdog
	[ "$(count_mails jane@example.com)" = 1 ]
	cksum "$state"* >"$dir/before"
	run_watchdog -n
	[ -z "$output" ]
	cksum "$state"* | cmp - "$dir/before"
}

@test "an unknown key: file, line, a suggestion; 78; nothing is read" {
	error_line /news/a.php Boom >"$log"
	write_conf
	sed -i 's/docroot/docrot/; s/owners/owner/' "$conf"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ ${lines[0]} == "$conf:5: unknown key \"docrot\" in log; did you mean \"docroot\"?" ]]
	[[ $output == *"$conf:8: unknown key \"owner\" in route; did you mean \"owners\"?"* ]]
	[ ! -e "$state" ]
}

@test "a bad pattern: file, line, caret; 78; hides nothing, is mailed once" {
	printf 'ok\n# fine\nfoo(bar\n' >"$dir/rules"
	error_line /news/a.php "foo(bar" >"$log"
	write_conf "ignore = {\"$dir/rules\"}"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"$dir/rules:3: "* ]]
	printf '%s\n' "$output" | grep -qx "$(printf '\tfoo(bar')"
	printf '%s\n' "$output" | grep -qx "$(printf '\t *^')"
	[ "$(count_mails jane@example.com)" = 1 ]
	letters ops@example.com | grep -q "rules:3"
	error_line /news/a.php "once more" >>"$log"
	run_watchdog
	[ "$status" -eq 78 ]
	[ "$(count_mails ops@example.com)" = 1 ]
	[ "$(count_mails jane@example.com)" = 2 ]
	printf 'ok\n' >"$dir/rules"
	error_line /news/a.php "and again" >>"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters ops@example.com | grep -q "Over after"
}

@test "an unreadable log: 71, told once, then read from where it was left" {
	error_line /news/a.php First >"$log"
	write_conf
	run_watchdog
	error_line /news/a.php Second >>"$log"
	settle "$log"
	mv "$log" "$dir/keep"
	mkdir "$log"
	run_watchdog
	[ "$status" -eq 71 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"$log"* ]]
	run_watchdog
	[ "$status" -eq 71 ]
	[ "$(count_mails ops@example.com)" = 1 ]
	rmdir "$log"
	mv "$dir/keep" "$log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters jane@example.com | grep -q Second
	[ "$(letters jane@example.com | grep -c 'PHP Fatal error: *First')" -ge 1 ]
	letters ops@example.com | grep -q "Over after"
}

@test "a log without read permission" {
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip "no setpriv"
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	error_line /news/a.php Boom >"$log"
	write_conf
	chmod 600 "$log"
	chown 65534 "$dir"
	# where it was built may be closed to others
	install -m 755 -D -t "$dir/bin" "$watchdog" "$bin/sitewatch-mail"
	watchdog=$dir/bin/site-watchdog
	run setpriv --reuid 65534 --clear-groups "$watchdog" -c "$conf"
	[ "$status" -eq 71 ]
	[[ $output == *"Permission denied"* ]]
	chmod 644 "$log"
	run setpriv --reuid 65534 --clear-groups "$watchdog" -c "$conf"
	[ "$status" -eq 0 ]
	[[ $output == *"Over after"*"Permission denied"* ]]
	[ "$(count_mails jane@example.com)" = 1 ]
	run setpriv --reuid 65534 --clear-groups "$watchdog" -c "$conf"
	[ -z "$output" ]
	[ "$(count_mails ops@example.com)" = 2 ]
}

@test "a missing log: told once, over when it is there" {
	write_conf
	run_watchdog
	[ "$status" -eq 0 ]
	[[ $output == *"No such log: $log"* ]]
	run_watchdog
	[ -z "$output" ]
	[ "$(count_mails ops@example.com)" = 1 ]
	error_line /news/a.php Boom >"$log"
	run_watchdog
	letters ops@example.com | grep -q "Over after"
	[ "$(count_mails jane@example.com)" = 1 ]
}

@test "a relay that refuses: 75, one line, the mail waits and goes later" {
	error_line /news/a.php Boom >"$log"
	write_conf
	# a port that nobody listens on: bind it once to know it was free
	port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	sed -i "s|maildir = .*|relays = {\"smtp://127.0.0.1:$port\"} }|" "$conf"
	run_watchdog
	[ "$status" -eq 75 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"127.0.0.1:$port"* ]]
	"$watchdog" -c "$conf" mail list | grep -q jane@example.com
	sed -i "s|relays = .*|maildir = \"$dir/mail\" }|" "$conf"
	run_watchdog mail flush
	[ "$status" -eq 0 ]
	[ "$(count_mails jane@example.com)" = 1 ]
}

@test "a refused mail is told to whoever stands in for admin" {
	cat >"$dir/refuse" <<EOF
#!/bin/sh
case "\$*" in *joe@*) exit 67 ;; esac
cat >>"$dir/sent"
EOF
	chmod +x "$dir/refuse"
	cat >"$conf" <<EOF
state = "$state"
mail { from = "w@example.com"  transport = sendmail
    sendmail = "$dir/refuse" }
log "$log" { docroot = {"/var/www/example.com"} }
route "/bboard" { owners = {"joe@example.com"} }
route "/" { owners = {"webmaster@example.com"} }
EOF
	error_line /bboard/post.php Boom >"$log"
	run_watchdog
	[[ $output == *"joe@example.com was refused"* ]]
	run_watchdog
	grep -q '^To: webmaster@example.com' "$dir/sent"
	grep -q '^Subject: mail to joe@example.com was refused' "$dir/sent"
}

@test "a full disk: 74, one line, nothing is lost, nothing is sent" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	mkdir "$dir/small"
	mount -t tmpfs -o size=256k,mode=700 none "$dir/small" ||
		skip "cannot mount here"
	state=$dir/small/watchdog.db
	for i in $(seq 300); do error_line /news/a$i.php "Boom $i x" ; done >"$log"
	write_conf
	head -c 230k /dev/zero >"$dir/small/filler" 2>/dev/null || true
	run_watchdog
	[ "$status" -eq 74 ] || { umount "$dir/small"; false; }
	first=$output
	sent=$(count_mails)
	rm "$dir/small/filler"
	mount -o remount,size=8m "$dir/small"
	run_watchdog
	ok=$status
	umount "$dir/small"
	[[ $first == *"nothing was lost"* ]]
	[ "$sent" = 0 ]
	[ "$ok" -eq 0 ]
	[ "$(count_mails jane@example.com)" = 1 ]
	[ "$(letters jane@example.com | summary)" = 300 ]
}

@test "a second run at the same time: 75, one line; the first one's work stands" {
	error_line /news/a.php Boom >"$log"
	write_conf
	mkfifo "$dir/hold"
	cat >"$dir/slow" <<EOF
#!/bin/sh
cat >/dev/null
echo started >"$dir/hold"
sleep 1
EOF
	chmod +x "$dir/slow"
	sed -i "s|maildir = .*|transport = sendmail sendmail = \"$dir/slow\" }|" \
	    "$conf"
	"$watchdog" -c "$conf" &
	first=$!
	cat "$dir/hold" >/dev/null
	run_watchdog
	[ "$status" -eq 75 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"another run"* ]]
	wait $first
	run_watchdog
	[ "$status" -eq 0 ]
}

@test "an unfinished last line waits until it is whole" {
	write_conf
	error_line /news/a.php Whole >"$log"
	printf '[Sat Nov 21 06:47:01 2026] [php:error] [pid 1] PHP Warn' >>"$log"
	settle "$log"
	run_watchdog
	letters jane@example.com | no grep -q "PHP Warn"
	cksum "$state"* >"$dir/before"
	run_watchdog
	cksum "$state"* | cmp - "$dir/before"
	printf 'ing:  halves in /var/www/example.com/news/b.php on line 1\n' >>"$log"
	run_watchdog
	letters jane@example.com | grep -q "PHP Warning:  *halves"
}

@test "rename rotation: the rest of the old file first, then the new one" {
	write_conf
	error_line /news/a.php One >"$log"
	run_watchdog
	error_line /news/a.php Two >>"$log"
	mv "$log" "$log.1"
	error_line /news/a.php Three >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	letters jane@example.com | grep -q Two
	letters jane@example.com | grep -q Three
	[ "$(letters jane@example.com | summary | sort | tr '\n' ' ')" = "1 2 " ]
	# a server writes into the renamed file until it reopens
	error_line /news/a.php Late >>"$log.1"
	run_watchdog
	letters jane@example.com | grep -q Late
	run_watchdog
	run_watchdog
	[ "$(letters jane@example.com | summary | sort | tr '\n' ' ')" = "1 1 2 " ]
}

@test "several rotations between two runs" {
	write_conf
	error_line /news/a.php One >"$log"
	run_watchdog
	for i in Two Three Four; do
		error_line /news/a.php $i >>"$log"
		[ ! -e "$log.2" ] || mv "$log.2" "$log.3"
		[ ! -e "$log.1" ] || mv "$log.1" "$log.2"
		mv "$log" "$log.1"
	done
	error_line /news/a.php Five >"$log"
	run_watchdog
	for i in Two Three Four Five; do
		letters jane@example.com | grep -q $i
	done
	[ -z "$output" ]
}

@test "copytruncate: the rest is read from the copy" {
	write_conf
	error_line /news/a.php One >"$log"
	run_watchdog
	error_line /news/a.php Two >>"$log"
	cp "$log" "$log.1"
	: >"$log"
	error_line /news/a.php Three >>"$log"
	run_watchdog
	letters jane@example.com | grep -q Two
	letters jane@example.com | grep -q Three
	[ -z "$output" ]
}

@test "truncation without a copy is noticed and told to admin" {
	write_conf
	{ error_line /news/a.php One; error_line /news/a.php Two; } >"$log"
	run_watchdog
	error_line /news/a.php Three >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters ops@example.com | grep -q truncated
	letters jane@example.com | grep -q Three
	run_watchdog
	[ "$(count_mails ops@example.com)" = 1 ]
}

@test "a state directory that others can write is refused" {
	error_line /news/a.php Boom >"$log"
	write_conf
	mkdir "$dir/state"
	chmod 777 "$dir/state"
	run_watchdog
	[ "$status" -eq 74 ]
	[[ $output == *"$dir/state"* ]]
}

@test "a damaged state database is set aside and told; nothing is lost" {
	error_line /news/a.php Boom >"$log"
	write_conf
	run_watchdog
	head -c 8192 /dev/urandom >"$state"
	error_line /news/a.php Bang >>"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters jane@example.com | grep -q Bang
	letters ops@example.com | grep -q "damaged"
	ls "$state".corrupt-*
}

@test "routes inside a log serve that log alone" {
	write_conf 'route "/" { owners = {"only@example.com"} }'
	error_line /bboard/post.php Boom >"$log"
	run_watchdog
	[ "$(count_mails)" = 1 ]
	[ "$(count_mails only@example.com)" = 1 ]
}

@test "what has no section goes to admin" {
	write_conf
	echo "[Sat Nov 21 06:47:00.000000 2026] [mpm_prefork:error] [pid 1] AH00161: server reached MaxRequestWorkers setting" >"$log"
	run_watchdog
	[ "$(count_mails)" = 1 ]
	[ "$(count_mails ops@example.com)" = 1 ]
}

@test "first-run = end begins with what comes" {
	write_conf 'first-run = end'
	error_line /news/a.php Old >"$log"
	run_watchdog
	[ "$(count_mails)" = 0 ]
	error_line /news/a.php Fresh >>"$log"
	run_watchdog
	letters jane@example.com | grep -q Fresh
	letters jane@example.com | no grep -q "PHP Fatal error:  *Old"
}

@test "a gap in the runs is told when every is set" {
	write_conf
	echo 'every = 15m' >>"$conf"
	error_line /news/a.php Boom >"$log"
	run_watchdog
	touch -m -d '3 hours ago' "$state.lock"
	run_watchdog
	letters ops@example.com | grep -q "no run for 3h"
	run_watchdog
	[ "$(count_mails ops@example.com)" = 1 ]
}

@test "a glob: each log has its cursor, directories are passed over" {
	mkdir -p "$dir/logs/old.d"
	error_line /news/a.php One >"$dir/logs/one.log"
	error_line /bboard/b.php Two >"$dir/logs/two.log"
	log="$dir/logs/*"
	write_conf
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(count_mails jane@example.com)" = 1 ]
	[ "$(count_mails joe@example.com)" = 1 ]
	mv "$dir/logs/one.log" "$dir/logs/one.log.1"
	error_line /news/a.php Three >"$dir/logs/one.log"
	run_watchdog
	[ -z "$output" ]
	[ "$(count_mails jane@example.com)" = 2 ]
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 0 ]
	[[ $output != *old.d* ]]
	[ "$("$watchdog" -c "$conf" status --json | grep -c '"kind":"source"')" = 2 ]
}

@test "a log that a glob matches too is told once, to its own owner" {
	mkdir "$dir/logs"
	error_line /news/a.php One >"$dir/logs/one.log"
	error_line /news/b.php Two >"$dir/logs/two.log"
	log="$dir/logs/*.log"
	write_conf
	cat >>"$conf" <<EOF
log "$dir/logs/o*.log" { }
log "$dir/logs/two.log" {
    docroot = {"/var/www/example.com"}
    route "/" { owners = {"two@example.com"} }
}
EOF
	run_watchdog
	[ "$status" -eq 0 ]
	[ "$(count_mails)" = 2 ]
	letters jane@example.com | grep -q One
	letters two@example.com | grep -q Two
	run_watchdog
	[ "$(count_mails)" = 2 ]
	[ "$("$watchdog" -c "$conf" status --json | grep -c '"kind":"source"')" = 2 ]
	[ "$("$watchdog" -c "$conf" new --state "$dir/new/s.db" | wc -l)" = 2 ]
	mv "$dir/logs/two.log" "$dir/logs/two.log.1"
	"$watchdog" -c "$conf" explain "$dir/logs/two.log.1" | grep -q two@example.com
}

@test "one group's records, by the beginning of its fingerprint" {
	{
		error_line /news/a.php Boom
		error_line /news/b.php Bang
		error_line /news/a.php Boom
	} >"$log"
	group=$("$watchdog" explain -f apache "$log" |
		awk '$1 == "group" { print $2; exit }')
	"$watchdog" filter --group "${group:0:8}" "$log" >"$dir/out"
	[ "$(grep -c 'Boom' "$dir/out")" = 2 ]
	[ "$(wc -l <"$dir/out")" = 2 ]
	[ "$("$watchdog" filter -c --group "${group^^}" "$log")" = 2 ]
	[ "$("$watchdog" explain --group "${group:0:8}" "$log" |
		grep -c '  group ')" = 2 ]
	run "$watchdog" filter --group 1f2e3d4z "$log"
	[ "$status" -eq 2 ]
	[[ $output == *"expected the fingerprint of a group"* ]]
}

@test "a silent log alarms once and recovers once" {
	write_conf 'silent-after = 1h'
	error_line /news/a.php Boom >"$log"
	run_watchdog
	[ "$(count_mails ops@example.com)" = 0 ]
	SITEWATCH_NOW=$(($(date +%s) + 7200)) run "$steps" -c "$conf"
	[[ $output == *"said nothing new"* ]]
	SITEWATCH_NOW=$(($(date +%s) + 7500)) run "$steps" -c "$conf"
	[ -z "$output" ]
	error_line /news/a.php Bang >>"$log"
	run_watchdog
	[[ $output == *"Over after"*"said nothing new"* ]]
	run_watchdog
	[ -z "$output" ]
	[ "$(count_mails ops@example.com)" = 2 ]
}

@test "hostile bytes reach neither terminal, header nor mail unescaped" {
	write_conf
	printf '[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client 192.0.2.1:1] \033[31mred\r\0nul \377 \342\200\256bidi in /var/www/example.com/news/\007.php on line 3\n' >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	m=$(mails jane@example.com)
	[ -n "$m" ]
	no grep -q '[^[:print:][:space:]]' "$m"
	letters jane@example.com | grep -q '\\x1b\[31mred'
	letters jane@example.com | grep -q '\\xff'
	letters jane@example.com | no grep -q "$(printf '\342\200\256')"
}

@test "usage errors: 64, a clear line" {
	run "$watchdog" nonsense
	[ "$status" -eq 64 ]
	[[ $output == *'no command "nonsense"'* ]]
	run "$watchdog" --no-such-option
	[ "$status" -eq 64 ]
	run "$watchdog" run now
	[ "$status" -eq 64 ]
	run "$watchdog" --help
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -le 40 ]
}

@test "no configuration at all: 78 and where it was looked for" {
	run env -u HOME "$watchdog" -c "$dir/none.conf"
	[ "$status" -eq 78 ]
	[[ $output == *"$dir/none.conf: cannot be read: No such file"* ]]
}

@test "the scanner links no network library" {
	run readelf -d "$watchdog"
	[[ $output != *ssl* && $output != *curl* && $output != *esmtp* ]]
}

@test "max-time cuts a run short: 75; the next ones go on, none twice" {
	i=0
	while [ $i -lt 300 ]; do
		echo "(a$i|b$i)[xyz]+[0-9]q" >>"$dir/rules"
		i=$((i + 1))
	done
	write_conf "ignore = {\"$dir/rules\"}"
	echo 'max-time = 1s' >>"$conf"
	error_line /news/a.php Boom >"$dir/one"
	yes "$(cat "$dir/one")" | head -n 300000 >"$log"
	settle "$log"
	runs=0
	status=75
	while [ "$status" -eq 75 ]; do
		run_watchdog
		[ "$runs" -gt 0 ] || [[ $output == *"max-time"* ]]
		runs=$((runs + 1))
		[ "$runs" -lt 60 ]
	done
	[ "$status" -eq 0 ]
	[[ $output == *"Over after"*"max-time"* ]]
	[ "${#lines[@]}" -eq 1 ]
	echo "# $runs runs" >&3
	[ "$runs" -gt 1 ]
	[ "$(letters jane@example.com | summary |
	    awk '{ n += $1 } END { print n }')" = 300000 ]
}

@test "progress is for a terminal, after a second; else silence" {
	script -qec true /dev/null || skip "no terminal to be had"
	yes 'no such line starts a record' | head -c 3000000 >"$log"
	i=0
	while [ $i -lt 400 ]; do
		echo "(a$i|b$i)[xyz]+[0-9]q" >>"$dir/rules"
		i=$((i + 1))
	done
	script -qec "$watchdog filter -c -f plain -r $dir/rules $log" \
	    /dev/null >"$dir/out"
	grep -q "error.log *[0-9]* %" "$dir/out"
	run sh -c "'$watchdog' filter -c -r '$dir/rules' '$log' 2>&1 | wc -l"
	[ "$output" -eq 1 ]
}

@test "a docroot may be a section, and a symbolic link" {
	mkdir -p "$dir/releases/42"
	ln -s releases/42 "$dir/current"
	cat >"$conf" <<EOF
state = "$state"
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" { docroot = {"$dir/current = /bboard", "/srv/www"} }
route "/bboard" { owners = {"joe@example.com"} }
route "/" { owners = {"webmaster@example.com"} }
EOF
	for file in "$dir/current/x.php" "$dir/releases/42/y.php" /srv/www/z.php
	do
		echo "[Fri Nov 20 04:00:01.000000 2026] [core:error] [pid 7]" \
		    "AH00128: File does not exist: $file"
	done >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	letters joe@example.com | grep -q x.php
	letters joe@example.com | grep -q y.php
	letters webmaster@example.com | grep -q z.php
	letters webmaster@example.com | no grep -q "[xy].php"
	run "$watchdog" filter --docroot "$dir/current = /bboard" \
	    --section /bboard "$log"
	[ "${#lines[@]}" -eq 1 ]
	run "$watchdog" filter --docroot "current = /bboard" "$log"
	[ "$status" -eq 2 ]
	sed -i 's, = /bboard", = bboard",' "$conf"
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 78 ]
	[[ $output == *"DIR = PREFIX"* ]]
}
