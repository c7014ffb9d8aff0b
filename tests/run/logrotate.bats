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

@test "compress at once" { rounds 2 create compress; }

@test "compress at once: max-bytes ends a run in the midst of it" {
	write_conf
	sed -i '1i max-bytes = 100k' "$conf"
	error_line /news/a.php One >"$log"
	"$watchdog" -c "$conf"
	for i in $(seq 5000); do
		error_line /news/a.php "Two" >>"$log"
	done
	rotate create compress
	error_line /news/a.php Three >>"$log"
	for i in $(seq 30); do
		run "$watchdog" -c "$conf"
		[ "$status" -eq 75 ] || break
	done
	[ "$status" -eq 0 ]
	[ "$i" -ge 3 ]
	[ "$(letters jane@example.com | summary |
	    awk '{ n += $1 } END { print n }')" = 5002 ]
}

@test "what stands before a damaged generation is read to its end" {
	write_conf
	error_line /news/a.php One >"$log"
	"$watchdog" -c "$conf"
	error_line /news/a.php Two >>"$log"
	error_line /news/a.php Three >>"$log"
	rotate create compress
	error_line /news/a.php Four >"$log"
	rotate create compress
	printf damaged | dd of="$log.1.gz" conv=notrunc 2>/dev/null
	error_line /news/a.php Five >"$log"
	for i in 1 2 3; do
		"$watchdog" -c "$conf" || :
	done
	[ "$(letters jane@example.com | summary |
	    awk '{ n += $1 } END { print n }')" = 4 ]
	run "$watchdog" -c "$conf" audit --json
	[ "$status" -eq 1 ]
	[ "$(grep -c '"kind":"gap"' <<<"$output")" -eq 1 ]
	[[ $output == *error.log.1.gz*damaged* ]]
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
