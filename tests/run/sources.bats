#!/usr/bin/env bats
# Which files are read, in which order, and what is odd about them.
# shellcheck disable=SC2154,SC2030,SC2031,SC2094

load helper

setup()
{
	setup_dir
	now=1795867200 # 28 Nov 2026, noon
}
teardown() { teardown_dir; }

# A run as it would be so many seconds after noon.
run_at()
{
	run env SITEWATCH_NOW=$((now + $1)) "$steps" -c "$conf"
	echo "$output"
	[ "$status" -eq "${2:-0}" ]
}

# A glob's logs, for which there are so many error.DAY.log.
write_glob()
{
	mkdir -p "$dir/log"
	log="$dir/log/error*.log"
	write_conf "$@"
}

# How many records each letter told.
told() { letters jane@example.com | summary | sort -n | tr '\n' ' '; }

@test "a log with a large backlog does not keep the others waiting" {
	mkdir "$dir/log"
	error_line /news/a.php Boom >"$dir/one"
	yes "$(cat "$dir/one")" | head -n 20000 >"$dir/log/a"
	error_line /bboard/a.php Bang >"$dir/log/b"
	settle "$dir/log/a" "$dir/log/b"
	log=$dir/log/a
	write_conf
	sed "s,^log .*,log \"$dir/log/b\" {," "$conf" |
	    sed -n '/^log/,/^}/p' >>"$conf"
	echo 'max-bytes = 100k' >>"$conf"
	run_watchdog
	[ "$status" -eq 75 ]
	letters joe@example.com | grep -q Bang
	[ "$(told | wc -w)" -eq 1 ]
	# and it is read too, if only a block in each run
	for _ in $(seq 60); do
		error_line /bboard/a.php Bang >>"$dir/log/b"
		run_watchdog
		[ "$status" -ne 0 ] || break
		[ "$status" -eq 75 ]
	done
	[ "$status" -eq 0 ]
	[ "$(told | tr ' ' '\n' | awk '{ n += $1 } END { print n }')" = 20000 ]
}

@test "first-run = end: a new file of a known glob is read from its start" {
	write_glob 'first-run = end'
	error_line /news/a.php Old >"$dir/log/error.1126.log"
	run_watchdog
	[ "$(count_mails)" -eq 0 ]
	error_line /news/a.php Young >"$dir/log/error.1127.log"
	run_watchdog
	[ "$(told)" = "1 " ]
	letters jane@example.com | grep -q Young
}

@test "first-run = end: when the state is lost nothing is skipped" {
	write_conf 'first-run = end'
	error_line /news/a.php Old >"$log"
	run_watchdog
	[ "$(count_mails)" -eq 0 ]
	error_line /news/a.php Young >>"$log"
	rm -f "$state" "$state".backup "$state"-*
	run_watchdog
	[ "$(told)" = "2 " ]
}

@test "a glob's file that is compressed before it is read to its end" {
	write_glob
	day=$dir/log/error.2026-11-27.log
	error_line /news/a.php One >"$day"
	run_watchdog
	error_line /news/a.php Two >>"$day"
	gzip "$day"
	error_line /news/a.php Three >"$dir/log/error.2026-11-28.log"
	run_watchdog
	[ "$(told)" = "1 2 " ]
	[ "$(count_mails ops@example.com)" -eq 0 ]
	run_watchdog status --json
	[[ $output != *2026-11-27* ]]
	rm "$day.gz"
	run_watchdog
	[ -z "$output" ]
	run_watchdog audit
	[ "$status" -eq 0 ]
}

@test "a glob's file that has another name for the moment" {
	write_glob
	error_line /news/a.php One >"$dir/log/error.log"
	run_watchdog
	error_line /news/a.php Two >>"$dir/log/error.log"
	mv "$dir/log/error.log" "$dir/log/error.1.log"
	mv "$dir/log/error.1.log" "$dir/log/error.20261127.log"
	run_watchdog
	run_watchdog
	[ "$(told)" = "1 1 " ]
	error_line /news/a.php Three >>"$dir/log/error.20261127.log"
	error_line /news/a.php Four >"$dir/log/error.log"
	run_watchdog
	[ "$(told)" = "1 1 2 " ]
	[ "$(count_mails ops@example.com)" -eq 0 ]
}

@test "a glob's file that is removed: told if it may have had more" {
	write_glob
	error_line /news/a.php One >"$dir/log/error.26.log"
	error_line /news/a.php Two >"$dir/log/error.27.log"
	touch -d @$((now - 90000)) "$dir/log/error.26.log"
	touch -d @$((now - 60)) "$dir/log/error.27.log"
	run_at 0
	rm "$dir/log/error.26.log"
	run_at 1
	[ -z "$output" ]
	rm "$dir/log/error.27.log"
	run_at 2
	[[ $output == *error.27.log*"may be missing"* ]]
	[ "$(letters ops@example.com | grep -c error.27.log)" -ge 1 ]
	[ "$(letters ops@example.com | grep -c error.26.log)" -eq 0 ]
	run_at 3
	[[ $output == *"No such log"* ]]
	run env SITEWATCH_NOW=$((now + 4)) "$steps" -c "$conf" audit
	[ "$status" -eq 1 ]
}

@test "a log that is written anew each time: a gap, then a habit, then over" {
	write_conf
	i=0
	while [ $i -lt 6 ]; do
		i=$((i + 1))
		error_line /news/a.php "Round number $i" >"$dir/new"
		cat "$dir/new" >"$log"
		touch -d @$((now + i * 3600 - 60)) "$log"
		run_at $((i * 3600))
		echo "$output" >>"$dir/said"
	done
	grep -c 'was truncated or replaced' "$dir/said" | grep -qx 1
	grep -c 'again and again' "$dir/said" | grep -qx 1
	[ "$(count_mails ops@example.com)" -eq 2 ]
	[ "$(told)" = "1 1 1 1 1 1 " ]
	run_at $((6 * 3600 + 86000))
	[ -z "$output" ]
	run_at $((6 * 3600 + 86401))
	[[ $output == *"Over after"*"again and again"*"It was 5 times"* ]]
	[ "$(count_mails ops@example.com)" -eq 3 ]
	run_at $((6 * 3600 + 86500))
	[ -z "$output" ]
	# then one is one again
	error_line /news/a.php "Last round" >"$log"
	run_at $((6 * 3600 + 86600))
	[[ $output == *"was truncated or replaced"* ]]
}

# Whose rotated files are closed to us, for a while.
as_stranger()
{
	run setpriv --reuid 65534 --clear-groups "$dir/bin/site-watchdog" \
	    -c "$conf" "$@"
	echo "$output"
}

@test "a rotated file that cannot be read is named, and read when it can be" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	install -m 755 -D -t "$dir/bin" "$watchdog" "$bin/sitewatch-mail"
	mkdir "$dir/log" && log=$dir/log/error.log
	chown 65534 "$dir"
	write_conf
	error_line /news/a.php First >"$log"
	as_stranger
	[ "$status" -eq 0 ]
	error_line /news/a.php Second >>"$log"
	gzip "$log" && chmod 600 "$log.gz" && mv "$log.gz" "$log.1.gz"
	error_line /news/a.php Third >"$log"
	as_stranger
	[ "$status" -eq 0 ]
	[[ $output == *"$log was rotated, and $log.1.gz cannot be read: Permission denied.  What was written after byte "*"Let site-watchdog's user read it."* ]]
	[ "$(told)" = "1 1 " ]
	as_stranger
	[ -z "$output" ]
	as_stranger audit
	[[ $output == *"could not be read. Give"* ]]
	chmod 644 "$log.1.gz"
	mv "$log" "$log.1"
	error_line /news/a.php Fourth >"$log"
	as_stranger
	[ -z "$output" ]
	[ "$(letters jane@example.com | grep -c Second)" -ge 1 ]
	[ "$(told)" = "1 1 2 " ]
	# nor can anybody know what is in a directory that he may not list
	error_line /news/a.php Fifth >>"$log"
	mv "$log" "$log.2"
	error_line /news/a.php Sixth >"$log"
	chmod 711 "$dir/log"
	as_stranger
	[[ $output == *"and $dir/log cannot be read: Permission denied."* ]]
	[ "$(letters jane@example.com | grep -c Fifth)" -eq 0 ]
	# or what he cannot decompress
	chmod 755 "$dir/log"
	mv "$log" "$log.3.zip"
	error_line /news/a.php Seventh >"$log"
	as_stranger
	[[ $output == *"$log.3.zip cannot be read: it is compressed in an unknown way."*"Let logrotate use gzip"* ]]
	[ "$(letters jane@example.com | grep -c Fifth)" -ge 1 ]
	[ "$(told)" = "1 1 1 2 2 " ]
}
