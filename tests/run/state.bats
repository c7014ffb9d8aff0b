#!/usr/bin/env bats
# A state that is lost, another's, read-only or of a newer version: what each
# command does then.  Nothing is lost, and what cannot be helped is one line.
# shellcheck disable=SC2154,SC2030,SC2031 # each test in a shell of its own

load helper

setup()
{
	setup_dir
	write_conf
}

teardown() { teardown_dir; }

# Two runs, half an hour between them: One is in the copy, Two is not.
two_runs()
{
	error_line /news/a.php One >"$log"
	SITEWATCH_NOW=$((now = $(date +%s) - 7200)) "$steps" -c "$conf"
	error_line /news/a.php Two >>"$log"
	SITEWATCH_NOW=$((now + 1800)) "$steps" -c "$conf"
	[ "$(count_mails jane@example.com)" = 2 ]
	rm -rf "$dir/mail"
}

# How each state is lost.
damage()
{
	case $1 in
	garbled) head -c 8192 /dev/urandom | dd of="$2" conv=notrunc status=none ;;
	zeroed) head -c 500000 /dev/zero | dd of="$2" conv=notrunc status=none
	    truncate -s 0 "$2-wal" ;;
	emptied) truncate -s 0 "$2" ;;
	cut) truncate -s 9000 "$2"; truncate -s 0 "$2-wal" ;;
	removed) rm "$2" ;;
	"removed with its -wal") rm "$2" "$2-wal" ;;
	esac
}
ways="garbled zeroed emptied cut removed"

@test "the hourly copy: private, and not without news" {
	error_line /news/a.php One >"$log"
	run_watchdog
	[ "$(stat -c %a "$state.backup")" = 600 ]
	[ "$(sqlite3 "$state.backup" "SELECT count(*) FROM story")" = 1 ]
	[ "$(sqlite3 "$state.backup" "PRAGMA journal_mode")" = delete ]
	before=$(stat -c '%i %y' "$state.backup")
	error_line /news/a.php Two >>"$log"
	run_watchdog
	[ "$(stat -c '%i %y' "$state.backup")" = "$before" ]
	touch -d '2 hours ago' "$state.backup"
	before=$(stat -c '%i %y' "$state.backup")
	run_watchdog
	[ "$(stat -c '%i %y' "$state.backup")" = "$before" ]
	error_line /news/a.php Three >>"$log"
	run_watchdog
	[ "$(stat -c '%i %y' "$state.backup")" != "$before" ]
	[ -z "$output" ]
	[ "$(find "$dir/state" -type f | wc -l)" = 4 ]
}

@test "a lost state is restored from its copy; admin is told once" {
	for way in $ways "removed with its -wal"; do
		echo "$way"
		two_runs
		damage "$way" "$state"
		error_line /news/a.php Three >>"$log"
		run_watchdog
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $output == *"$state.backup: of "*"takes its place"* ]]
		letters ops@example.com | tr -s '\n ' ' ' |
		    grep -q "damaged or gone. Its copy of .* UTC has taken its place: errors of the time since then may be told again"
		letters jane@example.com >"$dir/letter"
		grep -q Two "$dir/letter" && grep -q Three "$dir/letter"
		no grep -q One "$dir/letter"
		rm -rf "$dir/mail"
		run_watchdog
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		[ "$(count_mails)" = 0 ]
		[ -f "$state.backup" ]
		rm -rf "$dir/state"
	done
}

@test "mail that a copy has still to send is marked as a retry" {
	error_line /news/a.php One >"$log"
	touch "$dir/mail"
	now=$(($(date +%s) - 7200))
	SITEWATCH_NOW=$now "$steps" -c "$conf" || [ $? -eq 75 ]
	rm "$dir/mail"
	[ -f "$state.backup" ]
	SITEWATCH_NOW=$((now + 1800)) "$steps" -c "$conf"
	first=$(mails jane@example.com | xargs grep -i ^Message-ID)
	rm -rf "$dir/mail"
	damage garbled "$state"
	SITEWATCH_NOW=$((now + 3600)) "$steps" -c "$conf"
	[ "$(mails jane@example.com | xargs grep -i ^Message-ID)" = "$first" ]
	mails jane@example.com | xargs grep '^X-Sitewatch-Retry: '
	# and what comes after it is not
	error_line /news/a.php Two >>"$log"
	SITEWATCH_NOW=$((now + 3660)) "$steps" -c "$conf"
	[ "$(mails jane@example.com | xargs grep -l '^X-Sitewatch-Retry: ' | wc -l)" = 1 ]
	[ "$(count_mails jane@example.com)" = 2 ]
}

@test "without a copy a new state is begun: all is told again, none is lost" {
	for way in $ways "removed with its -wal"; do
		echo "$way"
		two_runs
		rm "$state.backup"
		damage "$way" "$state"
		error_line /news/a.php Three >>"$log"
		run_watchdog
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $output == *"there is no sound copy: a new one is begun"* ]]
		letters ops@example.com | tr -s '\n ' ' ' |
		    grep -q "a new one was begun, and errors that were told before may be told again"
		for word in One Two Three; do
			letters jane@example.com | grep -q $word
		done
		rm -rf "$dir/mail"
		run_watchdog
		[ -z "$output" ]
		[ "$(count_mails)" = 0 ]
		rm -rf "$dir/state"
	done
}

@test "a dry run does as the run would, and changes nothing" {
	two_runs
	damage garbled "$state"
	before=$(find "$dir/state" -type f -printf '%p %s %T@\n' | sort)
	run_watchdog -n
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"takes its place"* ]]
	[[ $output == *Two* && $output != *One\ in* ]]
	[ "$(find "$dir/state" -type f -printf '%p %s %T@\n' | sort)" = "$before" ]
}

@test "killed until a lost state is restored and told: it is told all the same" {
	two_runs
	cp -a "$dir/state" "$dir/kept"
	n=1
	while :; do
		rm -rf "$dir/state" "$dir/mail" "$dir/passed"
		cp -a "$dir/kept" "$dir/state"
		damage garbled "$state"
		SITEWATCH_KILL_AT=$n SITEWATCH_STEPS=$dir/passed "$steps" \
		    -c "$conf" 2>/dev/null || true
		# after it there is nothing new (crash.bats)
		[ "$(tail -1 "$dir/passed")" != run:committed ] || break
		[ "$(wc -l <"$dir/passed")" = $n ]
		SITEWATCH_NOW=$(($(date +%s) + 7200)) "$steps" -c "$conf" \
		    2>"$dir/said" || { cat "$dir/said"; false; }
		grep -rq Two "$dir/mail/jane@example.com" ||
		    { echo "step $n: lost"; false; }
		grep -rq "has taken" "$dir/mail/ops@example.com" ||
		    { echo "step $n: not told"; false; }
		n=$((n + 1))
	done
	echo "# $((n - 1)) steps" >&3
	[ $n -gt 8 ]
}

@test "new: its state too is copied, and restored" {
	new() { SITEWATCH_NOW=$((now += 600)) "$steps" new --state "$dir/state/new.db" "$log" 2>"$dir/said"; }
	now=$(($(date +%s) - 7200))
	for way in $ways "removed with its -wal"; do
		echo "$way"
		error_line /news/a.php One >"$log"
		settle "$log"
		[ "$(new | wc -l)" = 1 ]
		error_line /news/a.php Two >>"$log"
		settle "$log"
		[ "$(new | wc -l)" = 1 ]
		[ ! -s "$dir/said" ]
		damage "$way" "$dir/state/new.db"
		error_line /news/a.php Three >>"$log"
		settle "$log"
		new >"$dir/out"
		grep -q "takes its place" "$dir/said"
		no grep -q One "$dir/out"
		[ "$(wc -l <"$dir/out")" = 2 ]
		[ "$(new | wc -l)" = 0 ]
		[ ! -s "$dir/said" ]
		# and without a copy
		rm "$dir/state/new.db.backup"
		damage "$way" "$dir/state/new.db"
		# which may have all that was garbled
		truncate -cs 0 "$dir/state/new.db-wal"
		new >"$dir/out"
		grep -q "a new one is begun" "$dir/said"
		[ "$(wc -l <"$dir/out")" = 3 ]
		rm -rf "$dir/state"
	done
}

@test "to begin anew: the state, its copy and its lock are removed" {
	two_runs
	rm "$state" "$state.backup" "$state.lock"
	rm "$state-wal"
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(count_mails ops@example.com)" = 0 ]
	letters jane@example.com | grep -q One
}

# What there is; a -wal without a byte may come.
things()
{
	find "$dir/state" "$dir/mail" -type f -size +0 -printf '%p %s\n' | sort
}

# Each command is to end with 74, and with a line that says this; nothing is
# changed, nothing is sent.
all_refuse()
{
	for command in run new status report; do
		words="-c $conf $command"
		[ "$command" != new ] || words="-c $conf new --state $state $log"
		before=$(things)
		# shellcheck disable=SC2086 # a list of words
		run "$@" $words
		echo "$command: $status: $output"
		[ "$status" -eq 74 ]
		[ "${#lines[@]}" = 1 ]
		[[ $output =~ $want ]]
		[ "$(things)" = "$before" ]
	done
}

@test "of a newer version: refused by all" {
	two_runs
	mkdir "$dir/mail"
	sqlite3 "$state" "UPDATE schema SET version = 99 WHERE component = 'watchdog'"
	error_line /news/a.php Three >>"$log"
	want="$state: of a newer version of this program .*; install that"
	all_refuse "$watchdog"
	version=$(sqlite3 "$state.backup" "SELECT version FROM schema WHERE component = 'watchdog'")
	sqlite3 "$state" "UPDATE schema SET version = $version WHERE component = 'watchdog'"
	run_watchdog
	letters jane@example.com | grep -q Three
}

@test "somebody else's: refused by all" {
	[ "$(id -u)" = 0 ] || skip "only root can be somebody else"
	two_runs
	mkdir "$dir/mail"
	cp "$watchdog" "$bin/sitewatch-mail" "$dir"
	chmod 755 "$dir" "$dir/state"
	chmod 644 "$conf" "$log"
	chmod 777 "$dir/mail"
	error_line /news/a.php Three >>"$log"
	set -- setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$dir/site-watchdog"
	want="$state.lock: Permission denied; run as its owner, or give it .*back"
	all_refuse "$@"
	chown 65534 "$state.lock"
	want="$state: Permission denied; run as its owner, or give it back"
	all_refuse "$@"
	# a directory of theirs
	chown 65534 "$dir/state"
	run_watchdog
	[ "$status" -eq 74 ]
	[[ $output == *"$dir/state: belongs to user 65534; it must be ours (0) or root's" ]]
	chown -R 0 "$dir/state"
	run_watchdog
	[ "$status" -eq 0 ]
	letters jane@example.com | grep -q Three
}

@test "a file system that is read-only: nothing is sent, reading goes on" {
	two_runs
	mkdir "$dir/mail"
	mount --bind "$dir/state" "$dir/state" 2>/dev/null ||
	    skip "mount is not allowed here"
	mount -o remount,ro,bind "$dir/state"
	error_line /news/a.php Three >>"$log"
	run_watchdog
	said=$output ended=$status
	run "$watchdog" new --state "$state" "$log"
	said="$said
$output" ended=$ended:$status
	run_watchdog status
	ended=$ended:$status
	run_watchdog report
	ended=$ended:$status
	run_watchdog -n run
	ended=$ended:$status
	umount "$dir/state"
	echo "$said, $ended, $output"
	[ "$ended" = 74:74:0:0:0 ]
	[ "$(grep -c "$state.lock: Read-only file system; make its file system writable" <<<"$said")" = 2 ]
	[[ $output == *Three* ]]
	[ "$(count_mails)" = 0 ]
	run_watchdog
	letters jane@example.com | grep -q Three
}

@test "readers of a damaged state say so, and write nothing" {
	two_runs
	for way in $ways; do
		rm -rf "$dir/kept"
		cp -a "$dir/state" "$dir/kept"
		damage "$way" "$state"
		before=$(find "$dir/state" -type f -printf '%p %s %T@\n' | sort)
		for command in status report "status --json" "mail list"; do
			# shellcheck disable=SC2086 # two words
			run_watchdog $command
			echo "$way, $command: $status: $output"
			[ "$status" -lt 128 ]
			[ "$way $command" = "removed mail list" ] ||
			    [ "$status" -eq 74 ]
			[[ $output == "" || $output == *"$state: "* ||
			    $output == ID* ]]
			[ "$(find "$dir/state" -type f -printf '%p %s %T@\n' | sort)" = "$before" ]
		done
		rm -rf "$dir/state"
		mv "$dir/kept" "$dir/state"
	done
}
