#!/usr/bin/env bats
# One pass of site-uptime's commands under valgrind.
# shellcheck disable=SC2154

load helper

setup()
{
	setup_dir
	command -v valgrind >/dev/null || skip "no valgrind"
	uptime=${BUILD_STEPS:-$bin/steps}/site-uptime # its clock can be set
	conf=$dir/uptime.conf
	mkdir "$dir/site"
	echo "unsuccessful: database down" >"$dir/site/body"
	python3 "$top/tests/run/pages.py" "$dir/site" 3>&- &
	echo $! >"$dir/pid"
	for _ in $(seq 100); do
		[ ! -f "$dir/site/port" ] || break
		sleep 0.05
	done
	site=http://127.0.0.1:$(cat "$dir/site/port")/test
	cat >"$conf" <<-EOF
	state = "$dir/state/uptime.db"
	resolvers = {"127.0.0.1:1"}
	roots = {"127.0.0.1"}
	witnesses = {"tcp:127.0.0.1:$(cat "$dir/site/port")"}
	recheck = {"10ms"}
	allow-private = yes
	mail { from = "uptime@example.com"  maildir = "$dir/mail" }
	site "www.example.com" {
	    owners = {"jane@example.com"}
	    delegation = yes
	    url "$site" { expect = "success"  every = 1m  timeout = 9s }
	    url "http://www.example.com/" { timeout = 1s }
	    tcp "127.0.0.1:1" { timeout = 2s }
	}
	exec "plugin" { command = "/bin/echo fine | a=1"  owners = {"a@b.example"} }
	EOF
}

teardown()
{
	[ ! -f "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null || true
	teardown_dir
}

@test "run, twice, with mail" {
	grind --trace-children=yes --trace-children-skip='/bin/*' \
	    "$uptime" -v -c "$conf"
	[ "$status" -eq 0 ]
	[[ $output == *"body: the body is not the expected one"* ]]
	export SITEWATCH_NOW=$(($(date +%s) + 60))
	grind --trace-children=yes --trace-children-skip='/bin/*' \
	    "$uptime" -c "$conf"
	[ "$(count_mails)" = 1 ]
	grind "$uptime" -c "$conf" status
	grind "$uptime" -c "$conf" status --prometheus
	grind "$uptime" -c "$conf" incidents
	grind "$uptime" -c "$conf" incident 1
	grind "$uptime" -c "$conf" check-config
}

@test "check and dns" {
	grind "$uptime" -c "$conf" check --json www.example.com plugin
	grind "$uptime" -c "$conf" check --nagios "$site"
	grind "$uptime" -c "$conf" check --tsv "$site" ftp://nowhere/
	grind "$uptime" -c "$conf" dns www.example.com
	[ "$status" -eq 3 ]
	grind "$uptime" -c "$conf" dns --json www.example.com
}
