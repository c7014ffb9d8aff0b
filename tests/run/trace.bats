#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031
# Stack traces that are half written when a run comes.

load helper

setup() { setup_dir; traces=$top/tests/data/traces; }
teardown() { teardown_dir; }

# Records of $log handed out by `new`, one JSON object a line.
hand_out()
{
	"$watchdog" new --json -f plain --state "$state" "$log" >>"$dir/got"
}

@test "new: a trace that is half written waits for its rest" {
	for lang in php java python ruby node go dotnet perl tcl; do
		sample=$traces/$lang.log
		size=$(stat -c %s "$sample")
		: >"$dir/got"
		rm -rf "$dir/state"
		: >"$log"
		at=0
		for step in 1 2 3 4 5 6 7; do
			to=$((size * step / 7 - step * 3))
			tail -c +$((at + 1)) "$sample" |
			    head -c $((to - at)) >>"$log"
			hand_out
			at=$to
		done
		tail -c +$((at + 1)) "$sample" >>"$log"
		settle "$log"
		hand_out
		python3 - "$dir/got" "$sample" "$traces/$lang.lines" <<'PY'
import json, sys
got = [json.loads(l)["record"] for l in open(sys.argv[1])]
lines = open(sys.argv[2]).read().split("\n")
want = []
for n in open(sys.argv[3]):
    want.append("\n".join(lines[:int(n)]))
    del lines[:int(n)]
assert got == want, [(g, w) for g, w in zip(got, want) if g != w][:1]
PY
	done
}

@test "run: a trace that is half written is mailed once, whole" {
	write_conf "format = plain"
	head -4 "$traces/php.log" >"$log"
	run_watchdog run
	[ "$(count_mails webmaster@example.com)" -le 1 ]
	[[ $(letters) != *"thrown in"* ]]
	sed -n '5,15p' "$traces/php.log" >>"$log"
	settle "$log"
	run_watchdog run
	[ "$(letters webmaster@example.com | grep -c "thrown in")" -eq 1 ]
}

@test "a forged record reaches only the owners of its log's own routes" {
	cat >"$conf" <<EOF
state = "$state"
admin = {"ops@example.com"}
mail { from = "w@example.com"  maildir = "$dir/mail" }
log "$log" {
    format = nginx
    docroot = {"/var/www/example.com"}
    route "/" { owners = {"webmaster@example.com"} }
}
route "/news" { owners = {"jane@example.com"} }
route "/"     { owners = {"joe@example.com"} }
EOF
	cat >"$log" <<'EOF'
2026/11/21 06:47:00 [error] 5#5: *1 open() "/var/www/example.com/x
2026/11/21 06:47:00 [crit] 5#5: *2 open() "/var/www/example.com/news/a" failed (2: No such file or directory), client: 192.0.2.9, server: x, request: "GET /news/a HTTP/1.1", host: "x"
y" failed (2: No such file or directory), client: 192.0.2.1, server: example.com, request: "GET /x%0a HTTP/1.1", host: "x"
EOF
	settle "$log"
	run_watchdog run
	[ "$(count_mails webmaster@example.com)" -eq 1 ]
	[ "$(count_mails jane@example.com)" -eq 0 ]
	[ "$(count_mails joe@example.com)" -eq 0 ]
}
