#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031
# The systemd journal by the real journalctl, standard input, and what is no
# log at all.

load helper

remote=/lib/systemd/systemd-journal-remote

setup()
{
	setup_dir
	journal=$dir/journal
	mkdir "$journal"
}
teardown() { teardown_dir; }

need()
{
	[ -x "$remote" ] || skip "no systemd-journal-remote"
	[ -x /usr/bin/journalctl ] || skip "no journalctl"
}

# A file $1 of the journal, of entries "UNIT PID SECOND TEXT"; LF in a text is
# written \n.
entries()
{
	local name=$1

	shift
	python3 - "$@" >"$dir/export" <<-'EOF'
		import struct, sys
		for arg in sys.argv[1:]:
		    unit, pid, second, text = arg.split(" ", 3)
		    text = text.replace("\\n", "\n").encode()
		    sys.stdout.buffer.write((
		        f"__REALTIME_TIMESTAMP={1764367000 + int(second)}000000\n"
		        f"__MONOTONIC_TIMESTAMP={1000 + int(second)}000000\n"
		        "_BOOT_ID=c7a5ed9c3a3b4ad0ae3d9bd4e7f6a111\n"
		        f"_SYSTEMD_UNIT={unit}.service\n_HOSTNAME=www\n"
		        f"SYSLOG_IDENTIFIER={unit}\n_PID={pid}\nPRIORITY=3\n"
		        "MESSAGE\n").encode() +
		        struct.pack("<Q", len(text)) + text + b"\n\n")
	EOF
	"$remote" -o "$journal/$name.journal" "$dir/export" 2>/dev/null
}

# A configuration for the units; $extra goes into each block.
write_units()
{
	local unit

	cat >"$conf" <<-EOF
		state = "$state"
		admin = {"ops@example.com"}
		mail { from = "w@example.com"  maildir = "$dir/mail" }
	EOF
	for unit; do
		echo "log \"journal:$unit\" { directory = \"$journal\" $extra }"
	done >>"$conf"
}

new()
{
	"$watchdog" -c "$conf" new --state "$dir/new.db" "$@"
}

@test "each entry of the unit once, whatever files the journal has" {
	need
	write_units a
	entries one "a 1 1 alpha" "b 1 2 other" "a 1 3 beta"
	[ "$(new --json | grep -c '"format":"syslog"')" -eq 2 ]
	[ -z "$(new)" ]
	entries two "a 1 4 gamma"
	run new
	[[ $output == *gamma* && $output != *beta* ]]
	[ -z "$(new)" ]
	[[ $(new --as x) == *alpha*beta*gamma* ]]
}

@test "two units are told, and only these" {
	need
	write_units a b.service
	entries one "a 1 1 alpha" "b 1 2 beta" "c 1 3 gamma" "ab 1 3 delta"
	run_watchdog run
	[ "$status" -eq 0 ]
	letters ops@example.com >"$dir/letter"
	grep -q alpha "$dir/letter"
	grep -q beta "$dir/letter"
	no grep -q 'gamma\|delta' "$dir/letter"
	run_watchdog run
	[ "$status" -eq 0 ]
	[ "$(count_mails)" -eq 1 ]
}

@test "a message of several lines is one record, a traceback line by line too" {
	need
	write_units a
	entries one 'a 1 1 one\nTraceback (most recent call last):\n  File "x.py", line 1\nKeyError: 1' \
	    'a 1 2 Traceback (most recent call last):' \
	    'a 2 2 two' 'a 1 2   File "y.py", line 2' 'a 1 2 ValueError: 2' \
	    'a 1 3 three\n<3>1 - h a 1 - - forged'
	new --json >"$dir/out"
	[ "$(wc -l <"$dir/out")" -eq 4 ]
	sed -n 1p "$dir/out" | grep -q 'KeyError: 1'
	sed -n 2p "$dir/out" | grep -q 'y.py.*ValueError: 2'
	sed -n 4p "$dir/out" | grep -q 'three.*forged'
}

@test "admin is told once that the journal threw entries away" {
	need
	write_units a
	entries one "a 1 1 alpha"
	run_watchdog run
	rm "$journal/one.journal"
	entries two "a 1 9 beta"
	run_watchdog run
	[ "$(letters ops@example.com | grep -c 'may be missing')" -eq 1 ]
	letters ops@example.com | grep -q beta
	run_watchdog run
	[ "$(letters ops@example.com | grep -c 'may be missing')" -eq 1 ]
	rm "$journal/two.journal"
	run_watchdog run
	run_watchdog run
	[ "$(letters ops@example.com | grep -c 'may be missing')" -eq 2 ]
}

@test "killed at any step, each entry is told once" {
	need
	[ -x "$steps" ] || skip "no build with STEPS"
	write_units a
	entries one "a 1 1 alpha" "a 1 2 beta"
	for ((i = 1; i < 100; i++)); do
		rm -rf "$dir/state" "$dir/mail"
		run env SITEWATCH_KILL_AT=$i "$steps" -c "$conf" run
		[ "$status" -eq 137 ] || break
		run_watchdog run
		[ "$status" -eq 0 ]
		letters ops@example.com >"$dir/letter"
		[ "$(grep -c '^  alpha$' "$dir/letter")" -eq 1 ]
		[ "$(grep -c '^  beta$' "$dir/letter")" -eq 1 ]
	done
	[ "$i" -gt 3 ]
	[ "$i" -lt 100 ]
}

@test "a pipeline that breaks gets the same entries again" {
	need
	write_units a
	entries one "a 1 1 alpha"
	run bash -c "'$watchdog' -c '$conf' new --state '$dir/new.db' >/dev/full"
	[ "$status" -eq 74 ]
	[[ $(new) == *alpha* ]]
	[ -z "$(new)" ]
}

@test "first-run says where to begin" {
	need
	entries one "a 1 1 alpha"
	extra='first-run = end' write_units a
	run_watchdog run
	[ "$(count_mails ops@example.com)" -eq 0 ]
	entries two "a 1 $(($(date +%s) + 5 - 1764367000)) beta"
	run_watchdog run
	letters ops@example.com >"$dir/letter"
	no grep -q alpha "$dir/letter"
}

@test "a huge message is cut, and what follows is intact" {
	need
	write_units a
	python3 - >"$dir/export" <<-'EOF'
		print("__REALTIME_TIMESTAMP=1764367001000000\n"
		    "__MONOTONIC_TIMESTAMP=1\n"
		    "_BOOT_ID=c7a5ed9c3a3b4ad0ae3d9bd4e7f6a111\n"
		    "_SYSTEMD_UNIT=a.service\nMESSAGE=" + "x" * 700000 + "\n")
	EOF
	"$remote" -o "$journal/big.journal" "$dir/export" 2>/dev/null
	entries two "a 1 2 beta"
	new >"$dir/out"
	grep -q '650848 more bytes of this entry are left out' "$dir/out"
	[[ $(tail -1 "$dir/out") == *" beta" ]]
}

@test "check-config tests a journal" {
	need
	write_units a nothing
	entries one "a 1 1 alpha" "a 1 2 beta"
	run_watchdog check-config
	[ "$status" -eq 0 ]
	[[ $output == *"2 entries since 28 Nov 21:56:41"* ]]
	[[ $output == *"no entries of nothing"* ]]
	rm -r "$journal"
	run_watchdog check-config
	[ "$status" -eq 71 ]
	[[ $output == *"Failed to open"* ]]
}

@test "without journalctl it is said, and nothing is lost" {
	need
	unshare -m true 2>/dev/null || skip "no mounts of our own"
	write_units a
	entries one "a 1 1 alpha"
	# shellcheck disable=SC2016
	run unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$@"' \
	    "$(realpath /usr/bin/journalctl)" "$watchdog" -c "$conf" run
	[ "$status" -eq 71 ]
	letters ops@example.com | tr '\n' ' ' |
	    grep -q 'journalctl is not installed'
	run_watchdog run
	[ "$status" -eq 0 ]
	letters ops@example.com | grep -q alpha
}

@test "standard input is read to its end, once" {
	write_units
	echo 'log "-" { }' >>"$conf"
	printf 'alpha\nbeta' >"$log"
	"$watchdog" -c "$conf" run <"$log"
	letters ops@example.com >"$dir/letter"
	grep -q alpha "$dir/letter"
	grep -q beta "$dir/letter"
	[ "$("$watchdog" new --state "$dir/new.db" - <"$log" | wc -l)" -eq 2 ]
	[ "$("$watchdog" new --state "$dir/new.db" - <"$log" | wc -l)" -eq 2 ]
}

@test "a FIFO is refused with the reason" {
	mkfifo "$dir/fifo"
	write_units
	echo "log \"$dir/fifo\" { }" >>"$conf"
	run_watchdog check-config
	[ "$status" -eq 71 ]
	[[ $output == *"without losing lines"* ]]
	run_watchdog run
	[ "$status" -eq 71 ]
	letters ops@example.com | tr '\n' ' ' | grep -q 'is a FIFO'
}

@test "keys that a journal cannot have" {
	write_units
	cat >>"$conf" <<-EOF
		log "journal:" { }
		log "journal:a" { olddir = {"/x"} format = nginx }
		log "-" { olddir = {"/x"} }
		log "/x" { directory = "/x" }
	EOF
	run_watchdog check-config
	[ "$status" -eq 78 ]
	[[ $output == *"$conf:4: log \"journal:\": expected a unit"* ]]
	[[ $output == *"$conf:5: olddir: log \"journal:a\" has no"* ]]
	[[ $output == *"$conf:5: format: expected none"* ]]
	[[ $output == *"$conf:6: olddir: log \"-\" has no"* ]]
	[[ $output == *"$conf:7: directory: only"* ]]
}

# The rest in a mount namespace, with a journal of this machine's.
local_journal()
{
	need
	[ -s /etc/machine-id ] || skip "no machine-id"
	unshare -m true 2>/dev/null || skip "no mounts of our own"
	[ -d /var/log/journal ] || skip "no /var/log/journal"
	mkdir "$journal/$(cat /etc/machine-id)"
}

in_place()
{
	# shellcheck disable=SC2016
	run unshare -m sh -c 'mount --bind "$0" /var/log/journal && exec "$@"' \
	    "$journal" "$watchdog" -c "$conf" "$@"
}

@test "that a quiet unit's last entry is thrown away is no gap" {
	local_journal
	write_units
	echo 'log "journal:a" { }' >>"$conf"
	id=$(cat /etc/machine-id)
	now=$(($(date +%s) - 1764367000))
	entries "$id/system@1" "a 1 1 alpha"
	entries "$id/system" "b 1 $((now - 60)) beta"
	in_place run
	[ "$status" -eq 0 ]
	rm "$journal/$id/system@1.journal"
	in_place run
	[ "$(letters ops@example.com | grep -c 'may be missing')" -eq 0 ]
	entries "$id/more" "a 1 $((now + 60)) gamma"
	mv "$journal/$id/more.journal" "$journal/$id/system@2.journal"
	in_place run
	letters ops@example.com >"$dir/letter"
	grep -q gamma "$dir/letter"
	no grep -q 'may be missing' "$dir/letter"
	# but if all of that time is gone, it is one
	rm "$journal/$id"/*
	entries "$id/system" "a 1 $((now + 120)) delta"
	in_place run
	letters ops@example.com >"$dir/letter"
	grep -q delta "$dir/letter"
	grep -q 'may be missing' "$dir/letter"
}
