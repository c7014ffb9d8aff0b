#!/usr/bin/env bats
# One pass of everything under valgrind: no bad access, no leak, no open file
# that the program opened itself.
# shellcheck disable=SC2154

load helper

setup()
{
	setup_dir
	command -v valgrind >/dev/null || skip "no valgrind"
	cp "$top/tests/data/logs/apache24.log" "$log"
	write_conf "ignore = {\"$top/tests/data/logs/noise.rules\"}"
	settle "$log"
}
teardown() { teardown_dir; }

@test "run, rotation, a broken rule, and the mail" {
	grind --trace-children=yes "$watchdog" -c "$conf"
	[ "$status" -eq 0 ]
	[ "$(count_mails)" = 4 ]
	mv "$log" "$log.1"
	error_line /news/a.php Boom >"$log"
	printf 'bro(ken\n' >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	grind "$watchdog" -c "$conf"
	[ "$status" -eq 78 ]
	grind "$watchdog" -c "$conf"
	[ "$status" -eq 0 ]
	grind "$watchdog" -c "$conf" status
	grind "$watchdog" -c "$conf" check-config
	grind "$watchdog" -c "$conf" explain "$log"
}

@test "filter and new" {
	grind "$watchdog" filter -r "$top/tests/data/logs/noise.rules" "$log"
	grind "$watchdog" filter --json "$top/tests/data/logs/nginx.log"
	grind "$watchdog" new --state "$state" "$log"
	grind "$watchdog" new --state "$state" "$log"
}

@test "a configuration full of mistakes" {
	printf 'log "/a" { fromat = x }\nlog "/a" { }\nfoo { bar = {1, 2} }\nmail {' \
	    >"$conf"
	grind "$watchdog" -c "$conf"
	[ "$status" -eq 78 ]
}
