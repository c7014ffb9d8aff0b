#!/usr/bin/env bats
# What is kept of a group decides what is told, and when: days of runs, with
# the clock where it is wanted.
# shellcheck disable=SC2154

load helper

setup() { setup_dir; at0=1795219200; : >"$log"; } # 2026-11-21 00:00 UTC
teardown() { teardown_dir; }

# A configuration whose route "/" has the further lines.
conf_with()
{
	cat >"$conf" <<EOF
state = "$state"
admin = {"ops@example.com"}
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" { docroot = {"/var/www/example.com"} }
route "/" { owners = {"joe@example.com"}
$*
}
EOF
}

# $1 records of the error $2, dated $3 minutes after midnight.
log_at()
{
	when=$(date -u -d "@$((at0 + $3 * 60))" "+%a %b %d %H:%M:%S")
	year=$(date -u -d "@$((at0 + $3 * 60))" +%Y)
	for ((i = 0; i < $1; i++)); do
		echo "[${when}.000000 $year] [php:error] [pid 1] [client" \
		    "192.0.2.1:1] PHP Fatal error:  $2 in" \
		    "/var/www/example.com/a.php on line 3"
	done >>"$log"
	settle "$log"
}

# A run, $1 minutes after midnight; its mails are put aside.
run_at()
{
	rm -rf "$dir/mail"
	SITEWATCH_NOW=$((at0 + $1 * 60)) "$steps" -c "$conf"
}

# The records told by the last run.
told()
{
	letters "${1:-joe@example.com}" | summary | awk '{ n += $1 } END { print n + 0 }'
}

# The records that wait.
waiting()
{
	"$watchdog" -c "$conf" status --json |
	    sed -n 's/.*"kind":"groups".*"records":\([0-9]*\).*/\1/p'
}

@test "every run: all at once" {
	conf_with
	log_at 3 Boom 60
	run_at 61
	[ "$(told)" = 3 ]
	letters joe@example.com | grep -q "^NEW"
	log_at 2 Boom 62
	run_at 63
	[ "$(told)" = 2 ]
	letters joe@example.com | grep -q "^KNOWN"
	[ "$(waiting)" = 0 ]
}

@test "powers: at 1, 10, 100 records, with those that waited" {
	conf_with 'tell = "powers"'
	log_at 1 Boom 0
	run_at 1
	[ "$(told)" = 1 ]
	log_at 5 Boom 10
	run_at 11
	[ "$(count_mails)" = 0 ]
	[ "$(waiting)" = 5 ]
	log_at 3 Boom 20
	run_at 21
	[ "$(count_mails)" = 0 ]
	log_at 1 Boom 30
	run_at 31
	[ "$(told)" = 9 ]
	[ "$(waiting)" = 0 ]
	log_at 1 Bang 40
	log_at 7 Boom 40
	run_at 41
	[ "$(told)" = 1 ]
	[ "$(waiting)" = 7 ]
}

@test "10 in 1h: told when it is often, and again when it was rare" {
	conf_with 'tell = "10 in 1h"'
	log_at 9 Boom 10
	run_at 15
	[ "$(count_mails)" = 0 ]
	log_at 2 Boom 20
	run_at 30
	[ "$(told)" = 11 ]
	letters joe@example.com | grep -q "^NEW"
	log_at 20 Boom 40
	run_at 45
	[ "$(count_mails)" = 0 ]
	[ "$(waiting)" = 20 ]
	log_at 12 Boom 600
	run_at 605
	[ "$(told)" = 32 ]
	[ "$(waiting)" = 0 ]
}

@test "daily: one mail from the hour on, with the whole day" {
	conf_with 'tell = "daily 07:00"'
	run_at 0
	log_at 3 Boom 420
	run_at 421
	[ "$(told)" = 3 ]
	for hour in 8 12 23 29; do
		log_at 2 Boom $((hour * 60))
		log_at 1 "Bang $hour" $((hour * 60))
		run_at $((hour * 60 + 1))
		[ "$(count_mails)" = 0 ]
	done
	[ "$(waiting)" = 12 ]
	# nothing in the log: the hour is enough
	run_at $((31 * 60))
	[ "$(told)" = 12 ]
	letters joe@example.com | grep -q "^NEW"
	letters joe@example.com | grep -q "^KNOWN"
	[ "$(waiting)" = 0 ]
	run_at $((32 * 60))
	[ "$(count_mails)" = 0 ]
}

@test "another cadence, and no route any more: nothing that waits is lost" {
	conf_with 'tell = "daily 07:00"'
	run_at 421
	log_at 4 Boom 430
	run_at 435
	[ "$(waiting)" = 4 ]
	cp "$state" "$dir/saved"
	conf_with
	run_at 440
	[ "$(told)" = 4 ]
	[ "$(waiting)" = 0 ]
	cp "$dir/saved" "$state"
	sed -i 's,route "/",route "/other",' "$conf"
	run_at 440
	[ "$(told joe@example.com)" = 0 ]
	[ "$(told ops@example.com)" = 4 ]
	[ "$(waiting)" = 0 ]
}

@test "a spike is one mail among many; growth is told once" {
	conf_with 'tell = "powers"
quiet-after = 0s'
	for day in 0 1 2; do
		log_at 4 Boom $((day * 1440 + 600))
		run_at $((day * 1440 + 601))
	done
	log_at 60 Boom $((3 * 1440 + 600))
	run_at $((3 * 1440 + 601))
	letters joe@example.com | grep -q "^GROWING"
	log_at 25 Boom $((3 * 1440 + 610))
	run_at $((3 * 1440 + 611))
	letters joe@example.com | no grep -q "^GROWING"
}

@test "silent for a week: back; for less: known" {
	conf_with 'quiet-after = 0s'
	log_at 1 Boom 0
	run_at 1
	log_at 1 Boom $((6 * 1440))
	run_at $((6 * 1440 + 1))
	letters joe@example.com | grep -q "^KNOWN"
	log_at 1 Boom $((13 * 1440))
	run_at $((13 * 1440 + 1))
	letters joe@example.com | grep -q "^BACK"
	conf_with 'quiet-after = 0s
return-after = 30d'
	log_at 1 Boom $((26 * 1440))
	run_at $((26 * 1440 + 1))
	letters joe@example.com | grep -q "^KNOWN"
}

@test "what went on and fell silent is told as quiet, once" {
	conf_with
	log_at 1 Once 10
	for hour in 1 2 3; do
		log_at 1 Boom $((hour * 60))
		run_at $((hour * 60 + 1))
	done
	run_at $((27 * 60 - 1))
	[ "$(count_mails)" = 0 ]
	run_at $((27 * 60 + 1))
	[ "$(count_mails joe@example.com)" = 1 ]
	run_at $((27 * 60 + 2))
	[ "$(count_mails)" = 0 ]
	# it is known when it comes again
	log_at 1 Boom $((48 * 60))
	run_at $((48 * 60 + 1))
	letters joe@example.com | grep -q "^KNOWN"
}

@test "a record of next year neither hides a silence nor lasts" {
	conf_with 'quiet-after = 0s'
	log_at 1 Boom $((400 * 1440))
	run_at 1
	log_at 1 Boom $((8 * 1440))
	run_at $((8 * 1440 + 1))
	letters joe@example.com | grep -q "^BACK"
}

@test "killed at each step: what waits is neither lost nor told twice" {
	conf_with 'tell = "daily 07:00"'
	n=1
	while :; do
		rm -rf "$dir/state" "$dir/mail" "$dir/passed"
		: >"$log"
		run_at 421
		log_at 4 Boom 430
		run_at 435
		log_at 2 Boom 1900
		: >"$dir/passed"
		SITEWATCH_NOW=$((at0 + 1901 * 60)) SITEWATCH_KILL_AT=$n \
		    SITEWATCH_STEPS=$dir/passed "$steps" -c "$conf" \
		    2>/dev/null || true
		[ "$(wc -l <"$dir/passed")" -ge "$n" ] || break
		SITEWATCH_NOW=$((at0 + 1960 * 60)) "$steps" -c "$conf"
		SITEWATCH_NOW=$((at0 + 2020 * 60)) "$steps" -c "$conf"
		[ "$(told)" = 6 ] || { echo "step $n: $(told)"; false; }
		[ "$(waiting)" = 0 ]
		n=$((n + 1))
	done
	[ "$n" -gt 5 ]
}

@test "-n tells what is due and leaves it waiting" {
	conf_with 'tell = "daily 07:00"'
	run_at 421
	log_at 4 Boom 430
	run_at 435
	SITEWATCH_NOW=$((at0 + 1900 * 60)) run "$steps" -c "$conf" -n
	[[ $output == *"4 records"* ]]
	[ "$(waiting)" = 4 ]
}

@test "bad words for tell and the spans are named" {
	conf_with 'tell = "weekly"
return-after = 5m
quiet-after = soon'
	run "$watchdog" -c "$conf" check-config
	[ "$status" -eq 78 ]
	[[ $output == *'tell = "weekly": expected every-run'* ]]
	[[ $output == *return-after* ]]
	[[ $output == *quiet-after* ]]
}
