#!/usr/bin/env bats
# shellcheck disable=SC2154
# A backlog over several generations, plain and compressed: each record is told
# once, in one run or in several, and the memory does not grow with it.
# BACKLOG=10G bats tests/run/backlog.bats takes that much instead of 200 MB,
# and LINE=1G is the length of the long line.

load helper

setup()
{
	setup_dir
	total=$(numfmt --from=si "${BACKLOG:-200M}")
	command -v zstd >/dev/null || skip "no zstd"
}
teardown() { teardown_dir; }

# Records numbered from $1 on for so many bytes, on stdout: no two MB are alike.
# How many go to $dir/counts.
records()
{
	python3 - "$1" "$2" 2>>"$dir/counts" <<'PY'
import sys
first, size = int(sys.argv[1]), int(sys.argv[2])
def line(text, file):
    return ("[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client "
            "192.0.2.1:1] PHP Fatal error:  %s in "
            "/var/www/example.com/news/%s.php on line 3\n" %
            (text, file)).encode()
same = b"".join(line("Boom", "a%d" % (i % 7)) for i in range(8000))
n = done = 0
while done < size:
    done += sys.stdout.buffer.write(line("Piece %d" % (first + n), "b"))
    done += sys.stdout.buffer.write(same)
    n += 8001
print(n, file=sys.stderr)
PY
}

# A log that was read to its first line, and what has come since: four
# generations.
write_backlog()
{
	write_conf
	printf 'max-time = 10h\n' >>"$conf"
	error_line /news/a.php First >"$log"
	"$watchdog" -c "$conf"
	records 1000000000 $((total / 4)) >>"$log"
	gzip -1 <"$log" >"$log.3.gz"
	records 2000000000 $((total / 4)) | zstd -q >"$log.2.zst"
	mv "$log" "$log.1" # the inode that was read is used again
	records 3000000000 $((total / 4)) >"$dir/new"
	cat "$dir/new" >"$log.1"
	records 4000000000 $((total / 4)) >"$log"
	rm "$dir/new"
	settle "$log".* "$log"
}

# The command, and the largest resident set that it or a child of it had.
peak()
{
	python3 - "$@" <<'PY'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("peak: %d KB" % peak)
sys.exit(status if peak <= 65536 else 99)
PY
}

all_told()
{
	told=$(letters jane@example.com | summary |
	    awk '{ n += $1 } END { print n }')
	[ "$told" -eq "$(awk '{ n += $1 } END { print n + 1 }' "$dir/counts")" ]
	[ "$(count_mails ops@example.com)" -eq "${1:-0}" ]
	run_watchdog audit
	echo "$output"
	[ "$status" -eq 0 ]
	run_watchdog
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "four generations, in one run" {
	write_backlog
	SECONDS=0
	run peak "$watchdog" -c "$conf"
	echo "# $output, ${SECONDS}s" | tee -a "$dir/note" >&3
	[ "$status" -eq 0 ]
	all_told
}

@test "four generations, in many runs" {
	write_backlog
	echo "max-bytes = $((total / 9))" >>"$conf"
	runs=0
	status=75
	while [ "$status" -eq 75 ] && [ $runs -lt 20 ]; do
		run peak "$watchdog" -c "$conf"
		runs=$((runs + 1))
	done
	echo "# $runs runs, $output" >&3
	[ "$status" -eq 0 ]
	[ $runs -ge 9 ]
	all_told 2 # behind, and over
}

@test "a line without an end in sight: its length is told, the next is whole" {
	n=$(numfmt --from=si "${LINE:-100M}")
	write_conf
	printf 'max-time = 10h\n' >>"$conf"
	{
		error_line /news/a.php Before
		error_line /news/a.php First | tr -d '\n'
		head -c "$n" /dev/zero | tr '\0' y
		echo
		error_line /bboard/a.php After
	} >"$log"
	settle "$log"
	SECONDS=0
	run peak "$watchdog" -c "$conf"
	echo "# $output, ${SECONDS}s" >&3
	[ "$status" -eq 0 ]
	letters joe@example.com | grep -q 'PHP Fatal error:  *After in'
	letters jane@example.com >"$dir/said"
	cat "$dir/said"
	[ "$(summary <"$dir/said")" = 2 ]
	n=$((n + $(error_line /news/a.php First | tr -d '\n' | wc -c)))
	n=$(echo "$n" | sed ":a; s,\\B[0-9]\{3\}\\>,\,&,; ta")
	grep -q "1 line, $n bytes in all" "$dir/said"
	[ "$(wc -c <"$dir/said")" -lt 20000 ]
	run_watchdog audit
	[ "$status" -eq 0 ]
}
