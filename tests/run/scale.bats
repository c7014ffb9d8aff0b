#!/usr/bin/env bats
# shellcheck disable=SC2154
# A million records that tell forty stories, one of them once: one mail that
# names it, exact counts, bounded memory.

load helper

setup() { setup_dir; }
teardown() { teardown_dir; }

# The log: the same bytes every time; the rare one is somewhere in the middle.
million()
{
	python3 - >"$log" <<'PY'
import sys
stories = [
    "PHP Warning:  Undefined array key \"colour%d\" in " % i +
    "/var/www/example.com/news/page%s.php on line " % chr(97 + i % 26) +
    str(10 + i) for i in range(39)]
out = []
for n in range(1000000):
    text = stories[(n * 7919 + n // 39) % 39]
    if n == 617283:
        text = "PHP Warning:  the last backup is unreadable in " \
            "/var/www/example.com/news/backup.php on line 7"
    s = n // 40
    out.append("[Sat Nov 21 %02d:%02d:%02d.%06d 2026] [php:warn] [pid %d] "
               "[client 192.0.2.%d:%d] %s\n" % (
                   s // 3600, s // 60 % 60, s % 60, n, 1000 + n % 97,
                   1 + n % 250, 1024 + n % 50000, text))
    if len(out) == 20000:
        sys.stdout.write("".join(out))
        out = []
sys.stdout.write("".join(out))
PY
	settle "$log"
}

@test "1,000,000 records, 40 groups, one seen once: one mail names it" {
	million
	write_conf
	python3 - "$watchdog" -c "$conf" <<'PY' >"$dir/peak"
import resource, subprocess, sys
assert subprocess.run(sys.argv[1:]).returncode == 0
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
	echo "peak: $(cat "$dir/peak") KB"
	[ "$(cat "$dir/peak")" -le 65536 ]
	[ "$(count_mails)" = 1 ]
	[ "$(count_mails jane@example.com)" = 1 ]
	"$watchdog" -c "$conf" status --json >"$dir/status"
	grep -q '"reported":1000000,' "$dir/status"
	mail=$(mails)
	grep -qx 'X-Sitewatch-Records: 1000000' "$mail"
	grep -qx 'X-Sitewatch-New: 40' "$mail"
	# The subject is the first line.
	letters jane@example.com | tail -n +2 >"$dir/letter"
	cat "$dir/letter"
	[ "$(wc -l <"$dir/letter")" -le 150 ]
	head -60 "$dir/letter" | grep -q 'the last backup is unreadable'
	grep -q '1,000,000\|1000000' "$dir/letter"
}
