#!/usr/bin/env bats
# site-uptime when a run is stopped, ended, killed, or one of many; and when
# the disk fills up while it is out in the world.  What is probed is a plugin
# that waits until we let it go.
# shellcheck disable=SC2154

load helper

setup()
{
	setup_dir
	uptime=${BUILD_STEPS:-$bin/steps}/site-uptime
	conf=$dir/uptime.conf
	state=$dir/state/uptime.db
	hour=$(date +%s)
	echo 0 >"$dir/exit"
	cat >"$dir/plugin" <<-EOF
	#!/bin/sh
	echo \$\$ >>"$dir/pid"
	[ ! -e "$dir/fill" ] || dd if=/dev/zero of="$dir/state/full" bs=4k
	until [ -e "$dir/go" ]; do sleep 0.02; done
	echo "it says \$(cat "$dir/exit")"
	exit \$(cat "$dir/exit")
	EOF
	chmod +x "$dir/plugin"
	cat >"$conf" <<-EOF
	state = "$state"
	admin = {"ops@example.com"}
	vantage = "boston"
	resolvers = {"127.0.0.1:1"}
	mail { from = "uptime@example.com"  maildir = "$dir/mail" }
	exec "stock" {
	    owners = {"jane@example.com"}
	    command = "$dir/plugin"
	    every = 1m  timeout = 30s
	}
	EOF
}

teardown()
{
	touch "$dir/go"
	teardown_dir
}

# Until the command says yes.
wait_for()
{
	for _ in $(seq 200); do
		"$@" && return 0
		sleep 0.02
	done
	echo "never: $*"
	return 1
}

run_at()
{
	SITEWATCH_NOW=$((hour + $1 * 60)) run "$uptime" -c "$conf"
}

sql() { sqlite3 -readonly "$state" "$1"; }
has_lines() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

# A run in the middle of its round; $pid is its number.
begin_run()
{
	"$uptime" -c "$conf" 3>&- &
	pid=$!
	wait_for has_lines "$dir/pid" 1
}

@test "twenty at once: one works, the others leave at once" {
	for _ in $(seq 20); do
		sh -c '"$@"; echo $? >>"$0"' "$dir/statuses" \
		    "$uptime" -c "$conf" 2>/dev/null 3>&- &
	done
	# the one still waits for its plugin
	wait_for has_lines "$dir/statuses" 19
	[ "$(sort -u "$dir/statuses")" = 75 ]
	touch "$dir/go"
	wait_for has_lines "$dir/statuses" 20
	[ "$(tail -n 1 "$dir/statuses")" = 0 ]
	[ "$(wc -l <"$dir/pid")" = 1 ]
	[ "$(sql "SELECT count(*) FROM run")" = 1 ]
}

@test "a stopped run keeps the others out, and goes on" {
	begin_run
	kill -STOP $pid
	run timeout 1 "$uptime" -c "$conf"
	[ "$status" -eq 75 ]
	run timeout 1 "$uptime" -c "$conf" status
	[ "$status" -ne 124 ]
	touch "$dir/go"
	kill -CONT $pid
	wait $pid
	[ "$(sql "SELECT state FROM target")" = up ]
}

@test "SIGTERM and SIGKILL in the round: nothing stored, no plugin left" {
	for signal in TERM KILL; do
		rm -f "$dir/pid"
		begin_run
		plugin=$(cat "$dir/pid")
		kill -$signal $pid
		wait_for is_gone $pid
		wait_for is_gone "$plugin"
		[ ! -s "$state" ] || [ "$(sql "SELECT count(*) FROM run")" = 0 ]
	done
	touch "$dir/go"
	run_at 1
	[ "$status" -eq 0 ]
	[ "$(sql "SELECT state FROM target")" = up ]
}

@test "the disk fills up in the round: 74, nothing sent; told once afterwards" {
	touch "$dir/go"
	mkdir "$dir/state"
	mount -t tmpfs -o size=2m,mode=700 none "$dir/state" 2>/dev/null ||
	    skip "mount is not allowed here"
	echo 2 >"$dir/exit"
	run_at 0
	touch "$dir/fill"
	run_at 1
	full=$status
	early=$(count_mails)
	rm "$dir/fill" "$dir/state/full"
	run_at 2
	after=$status
	run_at 100
	told=$(count_mails)
	is=$(sql "SELECT state FROM target; PRAGMA integrity_check;
	    SELECT count(*) FROM incident" | tr '\n' ' ')
	umount "$dir/state"
	echo "$full, $early mails; then $after, $told mails, $is"
	# what the reserve of the -wal holds is told at once
	[ "$full:$early" = 74:0 ] || [ "$full:$early" = 0:1 ]
	[ "$after" -eq 0 ]
	[ "$told" = 1 ]
	[ "$is" = "down ok 1 " ]
}
