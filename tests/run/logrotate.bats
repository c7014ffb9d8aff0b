#!/usr/bin/env bats
# The real logrotate between runs; and our own example for it.
# shellcheck disable=SC2154,SC2030,SC2031

load helper

setup()
{
	setup_dir
	PATH=$PATH:/usr/sbin
	command -v logrotate >/dev/null || skip "no logrotate"
	mkdir "$dir/log"
	log=$dir/log/error.log
}
teardown() { teardown_dir; }

# Rotates by force; arguments are further lines of its configuration.
rotate()
{
	{
		printf '%s {\n\trotate 5\n\tsu root root\n' "$log"
		printf '\t%s\n' "$@"
		echo '}'
	} | sed "s/@/$((100 + i))/" >"$dir/logrotate.conf"
	[ "$(id -u)" -eq 0 ] || sed -i '/su root/d' "$dir/logrotate.conf"
	chmod 755 "$dir/log"
	logrotate -f -s "$dir/logrotate.state" "$dir/logrotate.conf"
}

# Twelve rounds of writing, rotating with "$@", and a run every $1 rounds or
# more often; every record must be told, once.
rounds()
{
	every=$1
	shift
	write_conf
	i=0
	while [ $i -lt 12 ]; do
		error_line /news/a.php "Before $i" >>"$log"
		[ $((i % 3)) -ne 0 ] || "$watchdog" -c "$conf"
		error_line /news/a.php "Between $i" >>"$log"
		rotate "$@"
		error_line /news/a.php "After $i" >>"$log"
		[ $((i % every)) -ne 0 ] || "$watchdog" -c "$conf"
		i=$((i + 1))
	done
	"$watchdog" -c "$conf"
	[ "$(letters jane@example.com | summary |
	    awk '{ n += $1 } END { print n }')" = 36 ]
	[ "$(count_mails ops@example.com)" = 0 ]
}

@test "create" { rounds 2 create; }

@test "nocreate" { rounds 2 nocreate; }

@test "dateext, several a day" {
	rounds 2 create dateext 'dateformat -%Y%m%d-@'
}

@test "copytruncate" { rounds 2 copytruncate; }

@test "compress with delaycompress" {
	rounds 1 create compress delaycompress
}

@test "compress at once: what was not read in time is told as a gap" {
	write_conf
	error_line /news/a.php One >"$log"
	"$watchdog" -c "$conf"
	error_line /news/a.php Two >>"$log"
	rotate create compress
	error_line /news/a.php Three >>"$log"
	run "$watchdog" -c "$conf"
	[ "$status" -eq 0 ]
	letters ops@example.com | grep -q delaycompress
	[ "$(letters jane@example.com | summary | sort | tr '\n' ' ')" = "1 1 " ]
}

@test "new, across rotations" {
	i=0
	while [ $i -lt 6 ]; do
		error_line /news/a.php "Before $i" >>"$log"
		"$watchdog" new --state "$state" "$log" >>"$dir/out"
		error_line /news/a.php "Between $i" >>"$log"
		rotate create
		error_line /news/a.php "After $i" >>"$log"
		i=$((i + 1))
	done
	"$watchdog" new --state "$state" "$log" >>"$dir/out"
	[ "$(wc -l <"$dir/out")" -eq 18 ]
	[ "$(sort -u "$dir/out" | wc -l)" -eq 18 ]
}
