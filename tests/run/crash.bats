#!/usr/bin/env bats
# Killed at every step that changes what is on disk, in either program: the
# next run tells what the killed one did not, and nothing twice.
# shellcheck disable=SC2154

load helper

setup() { setup_dir; }
teardown() { teardown_dir; }

# Records that jane and joe were told of, by distinct mails.
told()
{
	for who in jane joe; do
		letters $who@example.com | summary
	done | awk '{ n += $1 } END { print n + 0 }'
}

# Kills the first run and its mailer at step $1; false when there are no more.
crash_once()
{
	rm -rf "$dir/state" "$dir/mail" "$dir/passed"
	{ error_line /news/a.php One; error_line /bboard/b.php Two; } >"$log"
	SITEWATCH_KILL_AT=$1 SITEWATCH_STEPS=$dir/passed "$steps" -c "$conf" \
	    2>/dev/null || true
	[ "$(wc -l <"$dir/passed")" -ge "$1" ]
}

@test "killed at each step of run and of the mailer" {
	write_conf
	n=1
	while crash_once $n; do
		error_line /news/a.php Three >>"$log"
		SITEWATCH_NOW=$(($(date +%s) + 7200)) "$steps" -c "$conf"
		[ "$(told)" = 3 ] || { echo "step $n: $(told) records"; false; }
		SITEWATCH_NOW=$(($(date +%s) + 14400)) "$steps" -c "$conf"
		[ "$(told)" = 3 ]
		n=$((n + 1))
	done
	echo "# $((n - 1)) steps" >&3
	[ "$n" -gt 8 ]
}

@test "killed at sixty random moments" {
	write_conf
	: >"$log"
	want=0
	i=0
	while [ $i -lt 60 ]; do
		error_line /news/a.php "Number $i" >>"$log"
		error_line /bboard/b.php "Number $i" >>"$log"
		want=$((want + 2))
		# about as long as such a run takes, and less
		{ timeout -s KILL "0.00$((RANDOM % 9 + 1))" \
		    "$watchdog" -c "$conf" || true; } 2>/dev/null
		i=$((i + 1))
	done
	# the mailer of a killed run finishes its work, the lock in its hand
	sleep 1
	SITEWATCH_NOW=$(($(date +%s) + 86400)) "$steps" -c "$conf"
	[ "$(told)" = "$want" ]
}
