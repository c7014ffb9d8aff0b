#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031,SC2086
# site-watchdog new and filter: for pipelines.

load helper

setup() { setup_dir; logs=$top/tests/data/logs; }
teardown() { teardown_dir; }

new()
{
	"$watchdog" new --state "$state" "$@"
}

@test "new hands out each record once" {
	error_line /a.php One >"$log"
	new "$log" | grep -c One
	[ -z "$(new "$log")" ]
	error_line /a.php Two >>"$log"
	[[ $(new "$log") == *Two* ]]
	[ -z "$(new "$log")" ]
}

@test "new needs no configuration and keeps its state in the usual place" {
	error_line /a.php One >"$log"
	export HOME=$dir XDG_STATE_HOME=$dir/xdg STATE_DIRECTORY=$dir/sd
	mkdir -m 700 "$dir/sd"
	"$watchdog" new "$log" | grep -q One
	[ -z "$("$watchdog" new "$log")" ]
	"$watchdog" new --as other "$log" | grep -q One
	ls "$dir/sd/new.db" "$dir/sd/new-other.db"
}

@test "each name has a cursor of its own" {
	error_line /a.php One >"$log"
	new --as a "$log" | grep -q One
	new --as b "$log" | grep -q One
	[ -z "$(new --as a "$log")" ]
	run "$watchdog" new --as 'a/b' "$log"
	[ "$status" -eq 64 ]
}

@test "the bytes are those of the log, in order" {
	cp "$logs/apache24.log" "$log"
	new "$log" >"$dir/out"
	cmp "$dir/out" "$log"
}

@test "appended piece by piece, nothing is lost and nothing repeated" {
	: >"$log"
	total=$(wc -l <"$logs/apache24.log")
	at=1
	while [ $at -le "$total" ]; do
		sed -n "${at},$((at + 406))p" "$logs/apache24.log" >>"$log"
		settle "$log"
		new "$log" >>"$dir/out"
		at=$((at + 407))
	done
	cmp "$dir/out" "$logs/apache24.log"
}

@test "a full disk under stdout: 74, and the same records again" {
	[ -e /dev/full ] || skip "no /dev/full"
	cp "$logs/apache24.log" "$log"
	run sh -c "'$watchdog' new --state '$state' '$log' >/dev/full"
	[ "$status" -eq 74 ]
	[[ $output == *"come again"* ]]
	new "$log" | cmp - "$log"
}

@test "a closed pipe: 74, and the same records again" {
	cp "$logs/apache24.log" "$log"
	run bash -c "set -o pipefail; '$watchdog' new --state '$state' '$log' |
	    head -1 >/dev/null"
	[ "$status" -eq 74 ]
	new "$log" | cmp - "$log"
}

@test "killed between reading and committing: the same records again" {
	error_line /a.php One >"$log"
	for step in 1 2; do
		SITEWATCH_KILL_AT=$step run "$steps" \
		    new --state "$state" "$log"
		[ "$status" -eq 137 ]
	done
	new "$log" | grep -q One
	[ -z "$(new "$log")" ]
}

@test "rotation: the rest of the old file, then the new one" {
	error_line /a.php One >"$log"
	new "$log" >"$dir/out"
	error_line /a.php Two >>"$log"
	mv "$log" "$log.1"
	error_line /a.php Three >"$log"
	new "$log" >>"$dir/out"
	cat "$log.1" "$log" | cmp - "$dir/out"
}

@test "a missing file: 71, a clear line, the others are read" {
	error_line /a.php One >"$log"
	run "$watchdog" new --state "$state" "$dir/none" "$log"
	[ "$status" -eq 71 ]
	[[ $output == *"$dir/none: No such file"* ]]
	[[ $output == *One* ]]
}

@test "--json is one object a record" {
	new --json --docroot /var/www/example.com "$logs/apache24.log" \
	    >"$dir/out"
	python3 - "$dir/out" <<'PY'
import json, sys
n = 0
for line in open(sys.argv[1]):
    r = json.loads(line)
    assert set(r) == {"file", "offset", "bytes", "lines", "cut", "format",
        "time", "level", "site", "program", "section", "path", "message",
        "record"}, r
    n += 1
assert n > 2000, n
PY
}

@test "--json of a long record of control characters is whole" {
	head -c 60000 /dev/zero | tr '\0' '\1' >"$log"
	echo >>"$log"
	settle "$log"
	new --json -f plain "$log" >"$dir/out"
	python3 - "$dir/out" <<'PY'
import json, sys
r = json.loads(open(sys.argv[1]).read())
assert len(r["record"]) == 60000 and len(r["message"]) == 60000, len(r["record"])
PY
}

@test "filter: no configuration, the status of grep" {
	printf 'favicon\n' >"$dir/rules"
	{ error_line /favicon.ico x; error_line /a.php y; } >"$log"
	run "$watchdog" filter -r "$dir/rules" "$log"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *a.php* ]]
	run "$watchdog" filter -c -r "$dir/rules" "$log"
	[ "$output" = 1 ]
	printf '.\n' >"$dir/rules"
	run "$watchdog" filter -r "$dir/rules" "$log"
	[ "$status" -eq 1 ]
	run "$watchdog" filter "$dir/none"
	[ "$status" -eq 2 ]
	run "$watchdog" filter -r "$dir/none" "$log"
	[ "$status" -eq 2 ]
}

@test "filter reads stdin, and agrees with grep on one-line records" {
	rules=$logs/noise.rules
	grep -v '^ *#' "$rules" | grep . >"$dir/plain"
	grep -vP -f <(paste -sd'|' "$dir/plain") "$logs/apache24.log" |
	    grep -c '^\[' >"$dir/want"
	"$watchdog" filter -r "$rules" <"$logs/apache24.log" |
	    grep -c '^\[' >"$dir/got"
	cmp "$dir/want" "$dir/got"
}

@test "filter counts by section" {
	n=$("$watchdog" filter -c --docroot /var/www/example.com \
	    --section /bboard "$logs/apache24.log")
	all=$("$watchdog" filter -c "$logs/apache24.log")
	[ "$n" -gt 50 ]
	[ "$n" -lt "$all" ]
	run "$watchdog" filter --section bboard "$logs/apache24.log"
	[ "$status" -eq 2 ]
}

@test "filter on a full disk: 2" {
	[ -e /dev/full ] || skip "no /dev/full"
	run sh -c "'$watchdog' filter '$logs/apache24.log' >/dev/full"
	[ "$status" -eq 2 ]
}

@test "explain says what a record is, whose it is, which rule hides it" {
	write_conf "ignore = {\"$dir/rules\"}"
	printf '# noise\nfavicon\n' >"$dir/rules"
	{ error_line /favicon.ico x; error_line /news/a.php Boom; } >"$log"
	run "$watchdog" -c "$conf" explain "$log"
	[ "$status" -eq 0 ]
	[[ $output == *"by $dir/rules:2: favicon"* ]]
	[[ $output == *"jane@example.com  (route /news)"* ]]
	[[ $output == *"2026-11-21T06:47:00Z"* ]]
	run "$watchdog" explain --json --docroot /var/www/example.com "$log"
	[[ $output == *'"hidden":null'* ]]
	[[ $output == *'"section":"/news"'* ]]
}

@test "check-config lists the sources and all that is wrong" {
	error_line /news/a.php Boom >"$log"
	printf 'fine\nbro(ken\n' >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 78 ]
	[[ $output == *"$dir/rules:2:"* ]]
	[[ $output == *"$log"*apache* ]]
	printf 'fine\n' >"$dir/rules"
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 0 ]
	rm "$log"
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 71 ]
	[ ! -e "$dir/state" ]
}
