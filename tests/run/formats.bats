#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016
# Formats that the configuration makes: what a real Apache writes by its
# ErrorLogFormat, the user's own patterns, and which level is an error.

load helper

setup() { setup_dir; }
teardown() {
	[ ! -s "$dir/pid" ] || kill "$(cat "$dir/pid")"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -e "$dir/pid" ] || break
		sleep 0.1
	done
	teardown_dir
}

# One virtual host for each ErrorLogFormat: its log is $dir/N.log.
write_apache()
{
	modules=/usr/lib/apache2/modules
	mkdir -p "$dir/www/secret"
	chmod 755 "$dir"
	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	{
		echo "ServerRoot $dir"
		echo "ServerName main.example.com"
		echo "PidFile $dir/pid"
		echo "DefaultRuntimeDir $dir"
		echo "Mutex file:$dir"
		echo "Listen 127.0.0.1:$port"
		[ "$(id -u)" -ne 0 ] || printf 'User www-data\nGroup www-data\n'
		echo "LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so"
		echo "LoadModule authz_core_module $modules/mod_authz_core.so"
		echo "LogLevel info"
		echo "ErrorLog $dir/main.log"
		echo "StartServers 1"
		echo "DocumentRoot $dir/www"
		echo "<Directory $dir/www/secret>"
		echo "Require all denied"
		echo "</Directory>"
		n=0
		for text; do
			n=$((n + 1))
			echo "<VirtualHost *:$port>"
			echo "ServerName www$n.example.com"
			echo "ErrorLog $dir/$n.log"
			echo "ErrorLogFormat \"${text//\"/\\\"}\""
			echo "</VirtualHost>"
		done
	} >"$dir/apache2.conf"
}

# GET $2 of virtual host $1; more arguments are headers.
get()
{
	local host=www$1.example.com path=$2
	shift 2
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	{
		printf 'GET %s HTTP/1.0\r\nHost: %s\r\n' "$path" "$host"
		for h; do printf '%s\r\n' "$h"; done
		printf '\r\n'
	} >&8
	cat <&8 >/dev/null
	exec 8>&-
}

# The same faults on each virtual host.
visit()
{
	long=$(printf '%0300d' 0)
	get "$1" /secret/x
	get "$1" /secret/y 'Referer: http://a.example/, referer http://b/'
	get "$1" "/$long"
	get "$1" /none 'Referer: http://a.example/'
}

@test "Apache's own log is read by its ErrorLogFormat, whatever that is" {
	local format=(
		'[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i'
		'[%{cu}t] %v [%l] [%m] [%k:%{c}L] [host\ %V] [agent\ %{User-Agent}i] %M ref:\ "%{Referer}i"'
		'%t|%-l|%-m|%-E|%-{c}L|%-a|100%%|%M|%-{Referer}i|%P'
	)
	write_apache "${format[@]}"
	/usr/sbin/apache2 -f "$dir/apache2.conf"
	for n in 1 2 3; do visit $n; done
	kill "$(cat "$dir/pid")"
	while [ -e "$dir/pid" ]; do sleep 0.1; done
	for n in 1 2 3; do
		run "$watchdog" filter --json -f "apache:${format[n - 1]}" \
		    "$dir/$n.log"
		[ "$status" -eq 0 ]
		echo "$output" | python3 -c '
import datetime, json, sys
n, lines = sys.argv[1], open(sys.argv[2]).read().splitlines()
records = [json.loads(l) for l in sys.stdin]
assert len(records) == len(lines) == 4, (len(records), lines)
now = datetime.datetime.now(datetime.timezone.utc)
want = [("error", "AH01630: client denied by server configuration: "),
    ("error", "AH01630: client denied by server configuration: "),
    ("error", "AH00036: access to /00000"),
    ("info", "AH00128: File does not exist: ")]
for r, (level, message), line in zip(records, want, lines):
    assert r["format"] == "apache" and r["level"] == level, (r, line)
    assert r["message"].startswith(message), (r, line)
    for no in "ref", "example/", "|":
        assert no not in r["message"], (r, line)
    when = datetime.datetime.fromisoformat(r["time"].replace("Z", "+00:00"))
    assert abs((now - when).total_seconds()) < 60, line
    assert r["site"] == ("www2.example.com" if n == "2" else None), r
' $n "$dir/$n.log"
	done
}

@test "format = apache:... in a configuration, and what is wrong with it" {
	write_conf "format = 'apache:[%{u}t] [%l] %M% ,\\ referer\\ %{Referer}i'"
	echo "[Sat Nov 28 18:00:01.000000 2026] [error] script '/var/www/exam""ple.com/news/x.php' not found, referer http://h/bboard/" >"$log"
	run_watchdog
	[ "$status" -eq 0 ]
	[ "$(count_mails jane@example.com)" = 1 ]
	write_conf "format = 'apache:[%{u}t] %Z %M'"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"$conf:6: format: column 9 of the ErrorLogFormat"* ]]
	run "$watchdog" filter -f 'apache:%t' "$log"
	[ "$status" -eq 2 ]
	[[ $output == *'expected %M and %t or %l'* ]]
}

@test "record and fields make a format of the user's own" {
	write_conf "record = '^\\d+ '
	    fields = '^(?<time>\\d+) (?<level>\\w+) (?<program>\\w+) (?<request>/\\S*): (?<message>.*)'"
	printf '%s\n' '1795888801 error shop /bboard/x: one' 'and more' \
	    '1795888802 error shop /news/y: two' >"$log"
	touch -d '1 minute ago' "$log" # nobody is writing
	run_watchdog
	[ "$status" -eq 0 ]
	[ "$(count_mails joe@example.com)" = 1 ]
	letters joe@example.com | grep -q 'and more'
	[ "$(count_mails jane@example.com)" = 1 ]
	write_conf "fields = '(?<tiem>x)'"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"$conf:6: fields: expected a group"* ]]
	write_conf "record = '('"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"$conf:6: record: "* ]]
	write_conf "format = nginx record = 'x'"
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *'expected none beside record and fields'* ]]
}

@test "level says from which one on it is an error" {
	printf '2026-11-28 18:00:0%d,000 %s a.b: said %s\n' 1 DEBUG d 2 INFO i \
	    3 WARNING w 4 ERROR e >"$dir/app.log"
	run "$watchdog" filter -c "$dir/app.log"
	[ "$output" = 2 ]
	for n in debug:4 info:3 notice:2 error:1; do
		run "$watchdog" filter -c --level "${n%:*}" "$dir/app.log"
		[ "$output" = "${n#*:}" ]
	done
	run "$watchdog" filter --level loud "$dir/app.log"
	[ "$status" -eq 2 ]
	[[ $output == *'expected debug, info'* ]]
	cp "$dir/app.log" "$log"
	touch -d '1 minute ago' "$log"
	write_conf 'level = error'
	run "$watchdog" -c "$conf" new
	[ "$output" = '2026-11-28 18:00:04,000 ERROR a.b: said e' ]
	run_watchdog
	[ "$status" -eq 0 ]
	letters webmaster@example.com ops@example.com | no grep -q 'said w'
	write_conf 'level = loud'
	run_watchdog
	[ "$status" -eq 78 ]
	[[ $output == *"$conf:6: level = \"loud\": expected debug"* ]]
}
