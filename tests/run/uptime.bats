#!/usr/bin/env bats
# site-uptime as its users see it: runs, states, mail, history.  No DNS here:
# the site is an address.
# shellcheck disable=SC2154

load helper

setup()
{
	setup_dir
	uptime=$bin/site-uptime
	steps=${BUILD_STEPS:-$bin/steps}/site-uptime
	conf=$dir/uptime.conf
	state=$dir/state/uptime.db
	mkdir "$dir/site" "$dir/witness"
	echo success >"$dir/site/body"
	echo witness >"$dir/witness/body"
	serve site
	serve witness
	site=http://127.0.0.1:$(cat "$dir/site/port")/test
	witness=127.0.0.1:$(cat "$dir/witness/port")
	hour=$(date +%s)
	write_uptime 'expect = "success"'
}

teardown()
{
	stop site
	stop witness
	teardown_dir
}

serve()
{
	python3 "$top/tests/run/pages.py" "$dir/$1" 3>&- &
	echo $! >"$dir/$1.pid"
	for _ in $(seq 100); do
		[ ! -f "$dir/$1/port" ] || return 0
		sleep 0.05
	done
	return 1
}

stop()
{
	if [ -f "$dir/$1.pid" ]; then
		kill "$(cat "$dir/$1.pid")" 2>/dev/null || true
		rm -f "$dir/$1.pid" "$dir/$1/port"
	fi
}

# A configuration with one url; arguments are further lines for it.
write_uptime()
{
	cat >"$conf" <<EOF
state = "$state"
admin = {"ops@example.com"}
vantage = "boston"
resolvers = {"127.0.0.1:1"}
witnesses = {"tcp:$witness"}
recheck = {"20ms", "20ms"}
allow-private = yes
$more
mail { from = "uptime@example.com"  maildir = "$dir/mail" }
site "www.example.com" {
    owners = {"jane@example.com"}
    url "$site" {
        every = 1m  timeout = 2s
        $*
    }
}
EOF
}

# A run that begins $1 minutes after the test did.
run_at()
{
	SITEWATCH_NOW=$((hour + $1 * 60)) run "$steps" -c "$conf"
}

must_run_at()
{
	run_at "$1"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[ -z "$output" ]
}

state_of()
{
	"$uptime" -c "$conf" status --tsv | sed -n '2s/\t.*//p'
}

@test "a site that works: silent, exit 0, up" {
	must_run_at 0
	[ "$(count_mails)" = 0 ]
	[ "$(state_of)" = up ]
	run "$uptime" -c "$conf" status
	[[ $output == *"up "*"$site"* ]]
	[[ $output == *"1 probed, 0 failed"* ]]
}

@test "down is told after two runs, once, and up after two good ones" {
	must_run_at 0
	echo "unsuccessful: database down" >"$dir/site/body"
	must_run_at 1
	[ "$(state_of)" = suspect ]
	[ "$(count_mails)" = 0 ]
	must_run_at 2
	[ "$(state_of)" = down ]
	[ "$(count_mails jane@example.com)" = 1 ]
	[ "$(count_mails)" = 1 ]
	must_run_at 3
	[ "$(count_mails)" = 1 ]
	letters jane@example.com >"$dir/letter"
	grep -q '^Subject: \[DOWN\] www.example.com' "$dir/letter"
	grep -q 'unsuccessful: database down' "$dir/letter"
	grep -q "site-uptime .*check.*$site" "$dir/letter"
	echo success >"$dir/site/body"
	must_run_at 4
	[ "$(state_of)" = recovering ]
	[ "$(count_mails)" = 1 ]
	must_run_at 5
	[ "$(state_of)" = up ]
	[ "$(count_mails jane@example.com)" = 2 ]
	letters jane@example.com | grep -q '^Subject: \[UP\] www.example.com'
	# one thread
	mails jane@example.com | xargs grep -h '^References:' | sort -u >"$dir/refs"
	[ "$(wc -l <"$dir/refs")" = 1 ]
}

@test "one failing run among good ones wakes nobody" {
	for minute in 0 2 4 6 8; do
		echo success >"$dir/site/body"
		must_run_at $minute
		must_run_at $((minute + 1))
		must_run_at $((minute + 2))
	done
	echo 500 >"$dir/site/status"
	must_run_at 20
	rm "$dir/site/status"
	must_run_at 21
	[ "$(state_of)" = up ]
	[ "$(count_mails)" = 0 ]
}

@test "a failure that is over at the recheck is none" {
	more='' # rechecks 1 s apart leave time to mend
	write_uptime 'expect = "success"'
	sed -i 's/recheck = .*/recheck = {"1s"}/' "$conf"
	must_run_at 0
	echo broken >"$dir/site/body"
	{ sleep 0.5; echo success >"$dir/site/body"; } 3>&- &
	must_run_at 1
	[ "$(state_of)" = up ]
}

@test "cut off: no verdict moves, one notice afterwards" {
	must_run_at 0
	echo broken >"$dir/site/body"
	stop witness
	run_at 1
	[ "$status" -eq 75 ]
	[[ $output == *"cut off"* ]]
	[ "$(state_of)" = unknown ]
	run_at 2
	[ "$status" -eq 75 ]
	[ -z "$output" ]
	"$uptime" -c "$conf" status | grep -q 'cut off since'
	run_at 3
	[ "$(count_mails)" = 0 ]
	serve witness
	witness=127.0.0.1:$(cat "$dir/witness/port")
	write_uptime 'expect = "success"'
	echo success >"$dir/site/body"
	must_run_at 4
	[ "$(count_mails ops@example.com)" = 1 ]
	[ "$(count_mails)" = 1 ]
	must_run_at 5
	[ "$(count_mails)" = 1 ]
	[ "$(state_of)" = up ]
}

@test "cut off for an hour: admin is told, by what mail still goes" {
	must_run_at 0
	echo broken >"$dir/site/body"
	stop witness
	for minute in 1 30 59; do
		run_at $minute
		[ "$status" -eq 75 ]
	done
	[ "$(count_mails)" = 0 ]
	for minute in 62 63; do
		run_at $minute
	done
	[ "$(count_mails ops@example.com)" = 1 ]
	letters ops@example.com | grep -q '^Subject: \[BLIND\] site-uptime sees'
	[ "$(count_mails)" = 1 ]
}

@test "a dry run stores nothing and shows the mail" {
	must_run_at 0
	echo broken >"$dir/site/body"
	must_run_at 1
	SITEWATCH_NOW=$((hour + 120)) run "$steps" -n -c "$conf"
	[ "$status" -eq 0 ]
	[[ $output == *"To: jane@example.com"*"[DOWN]"* ]]
	[ "$(state_of)" = suspect ]
	[ "$(count_mails)" = 0 ]
	rm -rf "$dir/state"
	run "$uptime" -n -c "$conf"
	[ "$status" -eq 0 ]
	[ ! -e "$dir/state" ]
}

@test "what is not due is left alone" {
	must_run_at 0
	SITEWATCH_NOW=$((hour + 30)) run "$steps" -c "$conf"
	"$uptime" -c "$conf" status --json >"$dir/status"
	python3 - "$dir/status" "$hour" <<-'EOF'
	import datetime, json, sys
	t = json.loads(open(sys.argv[1]).readline())
	at = datetime.datetime.fromisoformat(t["tried"].replace("Z", "+00:00"))
	assert int(at.timestamp()) == int(sys.argv[2]), t
	EOF
}

@test "killed at each step: nothing is lost, nothing is told twice" {
	n=1
	while :; do
		rm -rf "$dir/state" "$dir/mail" "$dir/passed"
		echo broken >"$dir/site/body"
		must_run_at 0
		SITEWATCH_NOW=$((hour + 60)) SITEWATCH_KILL_AT=$n \
		    SITEWATCH_STEPS=$dir/passed "$steps" -c "$conf" \
		    2>/dev/null || true
		[ "$(wc -l <"$dir/passed")" -ge "$n" ] || break
		# the mailer outlives its run, the lock in its hand
		for _ in $(seq 50); do
			run_at 2
			[ "$status" -eq 75 ] || break
			sleep 0.1
		done
		must_run_at 120 # no back-off holds it now
		[ "$(count_mails)" = 1 ] || { echo "step $n"; false; }
		[ "$(state_of)" = down ]
		n=$((n + 1))
	done
	echo "# $((n - 1)) steps" >&3
	[ "$n" -gt 6 ]
}

@test "two at once: the second leaves the work to the first" {
	cat >"$dir/slow" <<-'EOF'
	#!/bin/sh
	sleep 2
	EOF
	chmod +x "$dir/slow"
	cat >>"$conf" <<-EOF
	exec "slow" { command = "$dir/slow" }
	EOF
	"$uptime" -c "$conf" 3>&- &
	first=$!
	sleep 0.5
	run "$uptime" -c "$conf"
	[ "$status" -eq 75 ]
	[ -z "$output" ] # cron would mail it every minute
	run "$uptime" -v -c "$conf"
	[[ $output == *"leaves the work to it"* ]]
	# status need not wait for the end of the round
	run timeout 1 "$uptime" -c "$conf" status
	[ "$status" -eq 0 ]
	wait $first
}

@test "a full disk: 74, and told when there is room again" {
	mkdir "$dir/state"
	mount -t tmpfs -o size=2m,mode=700 none "$dir/state" 2>/dev/null ||
	    skip "mount is not allowed here"
	must_run_at 0
	echo broken >"$dir/site/body"
	must_run_at 1
	dd if=/dev/zero of="$dir/state/full" bs=4k 2>/dev/null || true
	run_at 2
	full=$status
	rm "$dir/state/full"
	run_at 3
	umount_after=$status
	told=$(count_mails)
	umount "$dir/state"
	[ "$full" -eq 74 ] || [ "$full" -eq 0 ]
	[ "$umount_after" -eq 0 ]
	[ "$told" = 1 ]
}

@test "a damaged database is set aside, and admin is told" {
	must_run_at 0
	head -c 4096 /dev/urandom >"$state"
	run_at 1
	[ "$status" -eq 0 ]
	[[ $output == *"set aside"* ]]
	letters ops@example.com | grep -q 'lost its state'
}

@test "a gap between runs is told to admin" {
	more='every = 1m'
	write_uptime 'expect = "success"'
	must_run_at 0
	# lock_stamp_end is the steps build's clock too
	run_at 60
	letters ops@example.com | grep -q 'There was no run for'
}

@test "a gap is told though nothing is due" {
	more='every = 1m'
	write_uptime 'expect = "success"'
	sed -i 's/every = 1m  timeout/every = 1d  timeout/' "$conf"
	must_run_at 0
	run_at 60
	letters ops@example.com | grep -q 'There was no run for'
	run_at 61
	[ "$(count_mails)" = 1 ]
}

@test "the heartbeat is touched by a good run" {
	more="heartbeat = \"$dir/alive\""
	write_uptime 'expect = "success"'
	must_run_at 0
	[ -f "$dir/alive" ]
	more='heartbeat = "/nonexistent/alive"'
	write_uptime 'expect = "success"'
	run_at 1
	[ "$status" -eq 74 ]
}

@test "incidents and their timeline" {
	echo broken >"$dir/site/body"
	run "$uptime" -c "$conf" incidents
	[ "$status" -eq 74 ] # no run yet
	must_run_at 0
	must_run_at 1
	echo success >"$dir/site/body"
	must_run_at 2
	must_run_at 3
	run "$uptime" -c "$conf" incidents
	[ "$status" -eq 0 ]
	[[ $output == *"over"*"$site"* ]]
	run "$uptime" -c "$conf" incident 1
	[ "$status" -eq 0 ]
	[[ $output == *failed*down*recovering*up* ]]
	"$uptime" -c "$conf" incidents --json | python3 -c '
import json, sys
i = json.loads(sys.stdin.readline())
assert i["state"] == "over" and i["layer"] == "body", i
assert i["seconds"] == 180, i'
	run bash -c "'$uptime' -c '$conf' incident 2 2>'$dir/said'"
	[ "$status" -eq 65 ]
	[ -z "$output" ]
	grep -q 'no incident "2"' "$dir/said"
	run "$uptime" -c "$conf" incident
	[ "$status" -eq 64 ]
}

@test "a clock that went back: no incident lasts less than no time" {
	echo broken >"$dir/site/body"
	must_run_at 0
	must_run_at 1
	sqlite3 "$state" 'UPDATE incident SET began = began + 86400'
	run "$uptime" -c "$conf" incidents
	[[ $output == *"open, 0s"* ]]
	"$uptime" -c "$conf" incidents --json | grep -q '"seconds":0,'
}

@test "status for other programs" {
	must_run_at 0
	"$uptime" -c "$conf" status --tsv | cut -f 2 | sed 1d |
	    grep -Eqx '20[0-9-]{8}T[0-9:]{8}Z'
	"$uptime" -c "$conf" status --json | python3 -c '
import json, sys
t = json.loads(sys.stdin.readline())
assert t["state"] == "up" and t["site"] == "www.example.com", t'
	run "$uptime" -c "$conf" status --nagios
	[ "$status" -eq 0 ]
	[[ $output == "SITE-UPTIME OK - 0 of 1 down"*"|"* ]]
	"$uptime" -c "$conf" status --prometheus >"$dir/metrics"
	grep -q '^sitewatch_target_up{site="www.example.com",target=".*"} 1$' \
	    "$dir/metrics"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$dir/metrics"
	else
		echo "# promtool is not installed" >&3
	fi
	echo broken >"$dir/site/body"
	must_run_at 1
	must_run_at 2
	run "$uptime" -c "$conf" status --nagios
	[ "$status" -eq 2 ]
	"$uptime" -c "$conf" status --prometheus |
	    grep -q '^sitewatch_target_up{.*} 0$'
}

@test "a warning is told once, and its end" {
	write_uptime 'expect = "success"  slow = 20ms'
	sed -i "s|$site|${site%/test}/nap|" "$conf"
	for minute in 0 1 2 3; do
		must_run_at $minute
	done
	[ "$(count_mails jane@example.com)" = 1 ]
	letters jane@example.com | grep -q '^Subject: \[WARNING\]'
	sed -i 's/slow = 20ms//' "$conf"
	for minute in 4 5 6; do
		must_run_at $minute
	done
	[ "$(count_mails)" = 2 ]
}

@test "exec: the monitoring-plugins protocol" {
	cat >"$dir/plugin" <<-EOF
	#!/bin/sh
	echo "STOCK CRITICAL - none left | stock=0"
	exit 2
	EOF
	chmod +x "$dir/plugin"
	cat >>"$conf" <<-EOF
	exec "stock" { command = "$dir/plugin -w 5"  every = 1m }
	EOF
	must_run_at 0
	must_run_at 1
	letters ops@example.com | grep -q 'none left'
	letters ops@example.com | grep -q '^Subject: \[DOWN\] stock'
	run "$uptime" -c "$conf" check --nagios stock
	[ "$status" -eq 2 ]
	[[ $output == *"none left) | time="*" 'stock'=0" ]]
}

@test "check: layer by layer, without configuration" {
	cd "$dir" # no configuration in sight
	export HOME=$dir XDG_CONFIG_HOME=$dir
	run "$uptime" check --allow-private --expect success \
	    --resolver "127.0.0.1:1" "$site"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	[[ $output == *HTTP*200* ]] || [[ $output == *http*200* ]]
	echo "unsuccessful: database down" >"$dir/site/body"
	run "$uptime" -c "$conf" check --expect success "$site?x"
	[ "$status" -eq 2 ]
	[[ $output == *"unsuccessful: database down"* ]]
	run "$uptime" -c "$conf" check www.example.com
	[ "$status" -eq 2 ]
	run bash -c "printf '%s\n' '$site' '# no' '$site?2' |
	    '$uptime' -c '$conf' check --tsv -"
	[ "$status" -eq 2 ]
	[ "$(wc -l <<<"$output")" = 3 ]
	run "$uptime" -c "$conf" check --json "$site?3"
	python3 -c 'import json, sys; json.loads(sys.argv[1])' "$output"
	run "$uptime" -c "$conf" check --nagios "$site"
	[ "$status" -eq 2 ]
	[[ $output == "SITE-UPTIME CRITICAL - "* ]]
	run "$uptime" -c "$conf" check
	[ "$status" -eq 3 ]
	run "$uptime" check "ftp://example.com/"
	[ "$status" -eq 3 ]
	[[ $output == *"expected"* ]]
}

@test "check: what is wrong in a list is said with its line" {
	list() { run bash -c "'$uptime' -c '$conf' check - <'$dir/list'"; }
	printf '%s\n\n# no\nftp://example.com/\n' "$site" >"$dir/list"
	list
	[ "$status" -eq 3 ]
	[[ $output == *'line 4: "ftp://example.com/": expected'* ]]
	printf '%s?1\n%s\0?2\n' "$site" "$site" >"$dir/list"
	list
	[ "$status" -eq 3 ]
	[[ $output == *'line 2: '*'NUL'* ]]
	printf '%s\r\n  %s?2\t# x\n\n%s?3' "$site" "$site" "$site" \
	    >"$dir/list"
	list
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" = 3 ]
}

@test "standard output that cannot be written is said" {
	must_run_at 0
	run bash -c "'$uptime' -c '$conf' status >/dev/full"
	[ "$status" -eq 74 ]
	run bash -c "'$uptime' -c '$conf' check '$site' >/dev/full"
	[ "$status" -eq 74 ]
}

# 300 targets, some of which hang or fail; $1 at once.
check_many()
{
	sed -i '/^in-flight/d; /^per-host/d' "$conf"
	printf 'in-flight = %s\nper-host = %s\n' "$1" "$1" >>"$conf"
	"$uptime" -c "$conf" check --tsv --timeout 3s - <"$dir/list" |
	    cut -f 1-6 || true
}

@test "a verdict does not depend on how many are asked at once" {
	base=${site%/test}
	for i in $(seq 300); do
		case $i in
		*50) echo "$base/hang/$i" ;;
		*7) echo "$base/status/500?$i" ;;
		*3) echo "$base/status/404?$i" ;;
		*) echo "$base/fine/$i" ;;
		esac
	done >"$dir/list"
	check_many 1 >"$dir/one"
	check_many 7 >"$dir/seven"
	check_many 1000 >"$dir/all"
	[ "$(wc -l <"$dir/one")" = 301 ]
	[ "$(grep -c http-timeout "$dir/one")" = 3 ]
	[ "$(grep -c 'status' "$dir/one")" -ge 60 ]
	cmp "$dir/one" "$dir/seven"
	cmp "$dir/one" "$dir/all"
	# nor on how many files may be open
	(ulimit -n 90; check_many 1000 >"$dir/few")
	cmp "$dir/one" "$dir/few"
}

@test "the deadline ends a run: no evidence of those it did not come to" {
	sed -i 's/^url.*//' "$conf"
	cat >>"$conf" <<-EOF
	in-flight = 1
	deadline = 1s
	site "slow" {
	    owners = {"jane@example.com"}
	    url "${site%/test}/hang/1" { timeout = 700ms }
	    url "${site%/test}/hang/2" { timeout = 700ms }
	    url "${site%/test}/hang/3" { timeout = 700ms }
	    url "${site%/test}/hang/4" { timeout = 700ms }
	}
	EOF
	run timeout 20 "$uptime" -c "$conf"
	[ "$status" -eq 0 ] || [ "$status" -eq 75 ]
	[ "$(count_mails)" = 0 ]
}

@test "what cannot be judged for ten minutes is told to admin, once" {
	cat >>"$conf" <<-EOF
	exec "stock" { command = "/nonexistent/plugin"  every = 1m }
	EOF
	for minute in 0 5 9; do
		must_run_at $minute
	done
	[ "$(count_mails)" = 0 ]
	# cut off just when it is due: told later all the same
	echo broken >"$dir/site/body"
	stop witness
	run_at 11
	[ "$status" -eq 75 ]
	[ "$(count_mails)" = 0 ]
	echo success >"$dir/site/body"
	for minute in 12 13 30; do
		must_run_at $minute
	done
	[ "$(letters ops@example.com | grep -c '^Subject: .*no evidence')" = 1 ]
	[ "$(count_mails ops@example.com)" = 2 ] # and that we were cut off
	letters ops@example.com >"$dir/letter"
	grep -q '^Subject: \[BLIND\] no evidence of 1 target$' "$dir/letter"
	grep -q stock "$dir/letter"
	grep -q nonexistent "$dir/letter"
}
