#!/usr/bin/env bats
# shellcheck disable=SC2154
# Ignore rules: Debian's as they are, what a comment above one says, which ones
# were needed, and what new ones would do.

load helper

setup()
{
	setup_dir
	logcheck=/etc/logcheck/ignore.d.server
	logs=$top/tests/data/logs
}
teardown() { teardown_dir; }

# The command on another day, at noon.  (faketime asks the environment, which
# the program empties.)
on()
{
	local day=$1
	shift
	run env SITEWATCH_NOW="$(date -d "$day 12:00:00" +%s)" "$steps" \
	    -c "$conf" "$@"
}

# What grep -E leaves of FILE by the rules of the files: one after the other, as
# logcheck does.
survivors()
{
	cp "$1" "$dir/left"
	shift
	for rules; do
		grep -hvE '^[[:space:]]*(#|$)' "$rules" >"$dir/patterns" ||
		    continue
		grep -avE -f "$dir/patterns" "$dir/left" >"$dir/next" || true
		mv "$dir/next" "$dir/left"
	done
	cat "$dir/left"
}

# ---- logcheck's ----------------------------------------------------------------

@test "logcheck-database: every rule of it compiles" {
	find /etc/logcheck -name 'ignore.d.*' -o -name 'violations*.d' \
	    -o -name 'cracking*.d' | sort >"$dir/folders"
	grep -q ignore.d.server "$dir/folders"
	while read -r folder; do
		run "$watchdog" rules --json -r "$folder"
		printf '%s\n' "$output" | no grep '"broken'
		[ "$status" -eq 0 ]
	done <"$dir/folders"
	"$watchdog" rules --json -r "$logcheck" >"$dir/rules"
	grep -hcvE '^[[:space:]]*(#|$)' "$logcheck"/* |
	    awk '{ n += $1 } END { print n }' >"$dir/n"
	[ "$(wc -l <"$dir/rules")" -eq "$(cat "$dir/n")" ]
	[ "$(cat "$dir/n")" -gt 1000 ]
	# what its authors wrote in comments is prose
	no grep -v '"until":null,"by":null,"because":null,"only":null' \
	    "$dir/rules"
}

@test "logcheck-database: the same lines survive as with grep -E" {
	survivors "$logs/services.log" "$logcheck"/* >"$dir/want"
	n=$(wc -l <"$dir/want")
	[ "$n" -ge 20 ]
	[ $(($(wc -l <"$logs/services.log") - n)) -ge 40 ]
	"$watchdog" filter -f plain -r "$logcheck" "$logs/services.log" |
	    cmp - "$dir/want"
}

@test "logcheck-database: so they do with each file of it alone" {
	for rules in "$logcheck"/*; do
		survivors "$logs/services.log" "$rules" >"$dir/want"
		"$watchdog" filter -f plain -r "$rules" "$logs/services.log" |
		    cmp - "$dir/want" || echo "$rules"
	done >"$dir/differ"
	cat "$dir/differ"
	[ ! -s "$dir/differ" ]
}

# ---- what a comment says -------------------------------------------------------

@test "an expired rule hides nothing; admin is told once, and when it is gone" {
	printf '%s\n' '# until 2026-11-30; by joe' \
	    '# because the module is being replaced' 'Boom' >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	error_line /news/a.php "Boom 1" >"$log"
	on 2026-11-30 run
	[ "$status" -eq 0 ]
	[ "$(count_mails)" = 0 ]
	error_line /news/a.php "Boom 2" >>"$log"
	on 2026-12-01 run
	[ "$status" -eq 0 ]
	[ "$(count_mails jane@example.com)" = 1 ]
	[ "$(count_mails ops@example.com)" = 1 ]
	letters ops@example.com | tr '\n' ' ' | tr -s ' ' >"$dir/told"
	grep -q "rules:3 ended with 2026-11-30" "$dir/told"
	grep -q "By joe" "$dir/told"
	grep -q "Because the module is being replaced" "$dir/told"
	# neither a run that looks nor one that does not says it again
	on 2026-12-02 run
	error_line /news/a.php "Boom 3" >>"$log"
	on 2026-12-03 run
	[ "$(count_mails ops@example.com)" = 1 ]
	[ "$(count_mails jane@example.com)" = 2 ]
	: >"$dir/rules"
	error_line /news/a.php "Boom 4" >>"$log"
	on 2026-12-04 run
	letters ops@example.com | grep -q "Over after"
}

@test "the day on which a rule ends is the local one" {
	printf '%s\n' '# until 2026-11-30' 'Boom' >"$dir/rules"
	error_line /news/a.php Boom >"$log"
	for zone in UTC Asia/Tokyo America/Los_Angeles; do
		export TZ=$zone
		end=$(date -d '2026-12-01 00:00:00' +%s)
		run env SITEWATCH_NOW=$((end - 1)) "$steps" filter -c \
		    -r "$dir/rules" "$log"
		[ "$output" = 0 ]
		run env SITEWATCH_NOW="$end" "$steps" filter -c \
		    -r "$dir/rules" "$log"
		[ "$output" = 1 ]
	done
}

@test "check-config and rules name what has ended" {
	printf '%s\n' '# until 2026-11-30' 'Boom' '# until 2026-12-05' 'Bang' \
	    >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	: >"$log"
	on 2026-12-01 check-config
	[ "$status" -eq 0 ]
	[[ $output == *"$dir/rules:2: this rule ended with 2026-11-30"* ]]
	[[ $output != *"$dir/rules:4"* ]]
	on 2026-12-01 rules
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == *"rules:2 "*"ended 2026-11-30, unanchored"* ]]
	[[ ${lines[2]} == *"rules:4 "*"ends 2026-12-05, unanchored"* ]]
}

@test "a date that is none: file, line, caret; 78; the rule hides nothing" {
	printf '%s\n' 'Bang' '# until 2026-11-31' 'Boom' >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	{ error_line /news/a.php Boom; error_line /news/a.php Bang; } >"$log"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ ${lines[0]} == "$dir/rules:2: no day; "* ]]
	[ "${lines[1]}" = "$(printf '\t# until 2026-11-31')" ]
	[ "${lines[2]}" = "$(printf '\t  ^')" ]
	letters jane@example.com | grep -q Boom
	letters jane@example.com | no grep -q Bang
	letters ops@example.com | grep -q "rules:2"
}

# An error in a log that PHP writes itself, whose traces have lines of their
# own: $3 is its kind.
php_line()
{
	echo "[21-Nov-2026 06:47:00 UTC] PHP $3:  $2 in" \
	    "/var/www/example.com$1 on line 3"
}

# An exception $2 in $1 that went through the file $3.
php_trace()
{
	echo "[21-Nov-2026 06:47:00 UTC] PHP Fatal error:  Uncaught Exception:" \
	    "$2 in /var/www/example.com$1:3"
	echo "Stack trace:"
	echo "#0 /var/www/example.com$3(7): f()"
	echo "#1 {main}"
	echo "  thrown in /var/www/example.com$1 on line 3"
}

# Conditions of all kinds, and four records of which each hides one.
conditional()
{
	cat >"$dir/rules" <<'EOF'
# only browsers ask for this: it stays prose
^never$

# only section /bboard; because joe knows
Boom
# only level<=warn
^\[[^]]+\] PHP \w+.*Slow
# whole
(?s)^[^\n]+Trace.+deep\.php
EOF
	{
		php_line /bboard/a.php Boom 'Fatal error'
		php_line /news/a.php Boom 'Fatal error'
		php_line /news/a.php Slow Warning
		php_line /news/a.php Slow 'Fatal error'
		php_trace /news/a.php Trace /news/deep.php
		php_trace /news/a.php Trace /news/flat.php
	} >"$log"
	settle "$log"
}

@test "rules with conditions: run, and its counts" {
	conditional
	write_conf "ignore = {\"$dir/rules\"}"
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(count_mails joe@example.com)" = 0 ]
	[ "$(letters jane@example.com | summary)" = 3 ]
	run_watchdog status --json
	[[ $output == *'"records":6,"ignored":3,"reported":3,"held":0'* ]]
}

@test "rules with conditions: filter with each of its outputs" {
	conditional
	local v="--docroot /var/www/example.com -r $dir/rules"
	# shellcheck disable=SC2086
	"$watchdog" filter $v "$log" >"$dir/out"
	[ "$(grep -c '^\[' "$dir/out")" = 3 ]
	grep -q flat.php "$dir/out"
	no grep -q 'deep.php\|bboard' "$dir/out"
	[ "$(grep -c Slow "$dir/out")" = 1 ]
	# shellcheck disable=SC2086
	[ "$("$watchdog" filter -c $v "$log")" = 3 ]
	# shellcheck disable=SC2086
	[ "$("$watchdog" filter --json $v "$log" | wc -l)" = 3 ]
	# shellcheck disable=SC2086
	[ "$("$watchdog" filter -c --section /news $v "$log")" = 3 ]
	# elsewhere nothing is in /bboard
	[ "$("$watchdog" filter -c --docroot /srv -r "$dir/rules" "$log")" = 4 ]
}

@test "rules with conditions: new, with a configuration and without" {
	conditional
	write_conf "ignore = {\"$dir/rules\"}"
	run_watchdog new --state "$dir/a.db"
	[ "$status" -eq 0 ]
	[ "$(printf '%s\n' "$output" | grep -c '^\[')" = 3 ]
	run "$watchdog" new --state "$dir/b.db" -r "$dir/rules" \
	    --docroot /var/www/example.com "$log"
	[ "$(printf '%s\n' "$output" | grep -c '^\[')" = 3 ]
}

@test "rules with conditions: explain names them" {
	conditional
	write_conf "ignore = {\"$dir/rules\"}"
	run_watchdog explain "$log"
	[ "$status" -eq 0 ]
	printf '%s\n' "$output" | grep hidden >"$dir/hidden"
	[ "$(wc -l <"$dir/hidden")" = 6 ]
	[ "$(grep -c 'hidden   no' "$dir/hidden")" = 3 ]
	sed -n 1p "$dir/hidden" | grep -q "by $dir/rules:5: Boom"
	sed -n 3p "$dir/hidden" | grep -q "by $dir/rules:7: "
	sed -n 5p "$dir/hidden" | grep -q "by $dir/rules:9: "
	[[ $output == *"because joe knows"* ]]
}

# The samples' errors as each command counts them, with the same settings.
agree()
{
	local file=$1 want
	local v="--docroot /var/www/example.com -r $dir/rules $2"
	cp "$file" "$log"
	settle "$log"
	rm -rf "$dir/state"
	"$watchdog" -c "$conf" 2>/dev/null
	want=$("$watchdog" -c "$conf" status --json |
	    sed -n 's/.*"reported":\([0-9]*\),"held":0.*/\1/p')
	said="$file: run ${want:-none}"
	# shellcheck disable=SC2086
	said+=", filter $("$watchdog" filter -c $v "$log" || true)"
	# shellcheck disable=SC2086
	said+=", filter --json $("$watchdog" filter --json $v "$log" | wc -l)"
	said+=", explain $("$watchdog" -c "$conf" explain "$log" |
	    grep -c '^  hidden   no' || true)"
	echo "$said"
	[ -n "$want" ]
	[ "$said" = "$file: run $want, filter $want, filter --json $want, explain $want" ]
}

@test "rules and levels: run, filter and explain agree on every sample" {
	printf '%s\n' '# only level<=notice' '.' '# only section /bboard' 'a' \
	    >"$dir/rules"
	cat "$top/tests/data/logs/noise.rules" >>"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	for file in "$top"/tests/data/logs/*.log; do
		agree "$file" ""
	done
	write_conf "ignore = {\"$dir/rules\"}" 'level = "crit"'
	for file in "$top"/tests/data/logs/*.log; do
		agree "$file" "--level crit"
	done
}

# ---- rules -------------------------------------------------------------------

@test "rules: what each hides is counted over runs" {
	printf '%s\n' '^.+ PHP Fatal error:  Boom' 'Bang' '^never' >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	: >"$log"
	run_watchdog rules
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == RULE*HITS*BYTES*"LAST HIT"*MARKS ]]
	[[ ${lines[3]} == *"rules:3 "*" -"* ]]
	for word in Boom Bang Boom; do
		error_line /news/a.php $word >>"$log"
	done
	settle "$log"
	on 2026-12-01 run
	error_line /news/a.php Boom >>"$log"
	settle "$log"
	on 2026-12-02 run
	run_watchdog rules --json
	[ "$status" -eq 0 ]
	python3 - "$dir/rules" <<PY
import json, sys
rows = [json.loads(l) for l in """$(printf '%s' "${output//\\/\\\\}")""".splitlines()]
assert len(rows) == 3, rows
boom, bang, never = rows
size = len("""$(error_line /news/a.php Boom)""")
assert boom["rule"] == sys.argv[1] + ":1" and boom["hits"] == 3, boom
assert boom["bytes"] == 3 * size, boom
assert boom["last_hit"].startswith("2026-12-02T12:0"), boom
assert boom["since"].startswith("2026-12-01T12:0"), boom
assert boom["marks"] == "unanchored", boom
assert bang["hits"] == 1 and bang["last_hit"].startswith("2026-12-01"), bang
assert never["hits"] == 0 and never["last_hit"] is None, never
assert never["marks"] == "unused", never
PY
	# counts go with the rule, not with its place
	printf '%s\n' '# by joe' 'Bang' '^new' >"$dir/rules"
	run_watchdog rules
	[[ ${lines[1]} == *"rules:2 "*" 1 "* ]]
	[[ ${lines[2]} == *"rules:3 "*"not used by a run yet"* ]]
}

@test "rules: a dry run counts nothing" {
	echo Boom >"$dir/rules"
	write_conf "ignore = {\"$dir/rules\"}"
	error_line /news/a.php Bang >"$log"
	run_watchdog
	error_line /news/a.php Boom >>"$log"
	run_watchdog -n
	run_watchdog rules --json
	[[ $output == *'"hits":0'* ]]
	run_watchdog
	run_watchdog rules --json
	[[ $output == *'"hits":1'* ]]
}

@test "rules: duplicates, broken ones, each file once" {
	mkdir "$dir/d"
	printf '%s\n' '^a' '^b(' >"$dir/d/one"
	printf '%s\n' '^c' '^a' '# only level warn' '^a' >"$dir/d/two"
	write_conf "ignore = {\"$dir/d\"}"
	cat >>"$conf" <<EOF
log "$dir/other.log" { ignore = {"$dir/d"} }
log "$dir/third.log" { ignore = {"$dir/d/two"} }
EOF
	run_watchdog rules
	[ "$status" -eq 78 ]
	[ "${#lines[@]}" -eq 6 ]
	[[ $output == *"d/one:2 "*"broken at "* ]]
	[[ $output == *"d/two:2 "*"duplicate of $dir/d/one:1"* ]]
	run "$watchdog" rules -r "$dir/d/two" -r "$dir/d/two"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	run "$watchdog" rules -r "$dir/d/one"
	[ "$status" -eq 64 ]
	run "$watchdog" rules -r "$dir/none"
	[ "$status" -eq 64 ]
	[[ $output == *"$dir/none "*"broken: No such file"* ]]
}

@test "rules: hostile names and patterns do no harm" {
	printf '%s\n' $'# by \e[31mred' $'^\e]0;x\a' >"$dir/rules"
	run "$watchdog" rules -r "$dir/rules"
	printf '%s\n' "$output" | no grep -q $'\e'
	"$watchdog" rules --json -r "$dir/rules" >"$dir/out"
	no grep -q $'\e' "$dir/out"
	python3 -m json.tool <"$dir/out" >/dev/null
}

# ---- try ---------------------------------------------------------------------

@test "try: the largest first, the grave ones marked, what remains" {
	printf '%s\n' 'Boom' 'Slow' >"$dir/new"
	{
		error_line /news/a.php Slow | sed 's/php:error/php:warn/'
		for n in 1 2 3; do error_line /bboard/a.php "Boom $n"; done
		error_line /news/a.php Bang
	} >"$log"
	run "$watchdog" try "$dir/new" "$log"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == *" 3 "*"error"*"grave"*"new:1 "*"Boom 1"* ]]
	[[ ${lines[2]} == *" 1 "*"warn"*" - "*"new:2 "*"Slow"* ]]
	[ "${lines[3]}" = "2 of 3 groups, 4 of 5 records would be hidden; 20.0 % remain." ]
	[ "${lines[4]}" = "Grave (error or worse): 1.  Look at them twice." ]
	run "$watchdog" try --json --docroot /var/www/example.com "$dir/new" - \
	    <"$log"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *'"records":3,"of":3,"level":"error","marks":"grave","section":"/bboard"'* ]]
	[[ ${lines[2]} == '{"kind":"sum","hidden_groups":2,"groups":3,"hidden_records":4,"records":5,"grave":1,"new":0}' ]]
}

@test "try: exit status 1 for nothing, 2 for trouble" {
	echo Boom >"$dir/new"
	error_line /news/a.php Bang >"$log"
	run "$watchdog" try "$dir/new" "$log"
	[ "$status" -eq 1 ]
	[ "$output" = "0 of 1 groups, 0 of 1 records would be hidden; 100.0 % remain." ]
	run "$watchdog" try "$dir/new" "$dir/none.log"
	[ "$status" -eq 2 ]
	run "$watchdog" try "$dir/none" "$log"
	[ "$status" -eq 2 ]
	run "$watchdog" try
	[ "$status" -eq 2 ]
	run "$watchdog" try --nonsense "$dir/new" "$log"
	[ "$status" -eq 2 ]
	echo 'Bo(om' >"$dir/new"
	run "$watchdog" try "$dir/new" "$log"
	[ "$status" -eq 2 ]
	[[ ${lines[0]} == "$dir/new:1: "* ]]
	echo Bang >"$dir/new"
	run sh -c "'$watchdog' try '$dir/new' '$log' >/dev/full"
	[ "$status" -eq 2 ]
}

@test "try: what the rules in force hide is not counted again" {
	echo Boom >"$dir/old"
	printf '%s\n' 'Boom' 'Bang' >"$dir/new"
	{ error_line /a.php Boom; error_line /a.php Bang; } >"$log"
	run "$watchdog" try -r "$dir/old" "$dir/new" "$log"
	[ "$status" -eq 0 ]
	[[ $output == *"1 of 1 groups, 1 of 1 records"* ]]
	write_conf "ignore = {\"$dir/old\"}"
	run_watchdog try "$dir/new" "$log"
	[[ $output == *"1 of 1 groups, 1 of 1 records"* ]]
}

@test "try: conditions hold, and rules that have ended hide nothing" {
	conditional
	run "$watchdog" try --docroot /var/www/example.com "$dir/rules" "$log"
	[ "$status" -eq 0 ]
	[[ $output == *"3 of 6 records"* ]]
	printf '%s\n' '# until 2026-01-01' 'Boom' >"$dir/new"
	run "$watchdog" try "$dir/new" "$log"
	[ "$status" -eq 1 ]
}

@test "try: without a file it asks the kept history" {
	printf '%s\n' 'Boom' '# only section /news' 'Bang' >"$dir/new"
	write_conf
	{
		error_line /news/a.php Boom
		error_line /news/a.php Bang
		error_line /bboard/a.php Bang
	} >"$log"
	touch -d @1795243620 "$log"
	run_watchdog try "$dir/new"
	[ "$status" -eq 2 ]
	# ten minutes after these errors
	export SITEWATCH_NOW=1795244220
	"$steps" -c "$conf"
	run "$steps" -c "$conf" try "$dir/new"
	[ "$status" -eq 0 ]
	[[ $output == *"2 of 3 groups, 2 of 3 records"* ]]
	[[ $output == *"New in the last 7 days: 2."* ]]
}
