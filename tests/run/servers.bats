#!/usr/bin/env bats
# shellcheck disable=SC2154
# Real servers and a site that is broken on purpose: every fault that was asked
# for becomes one group, at its owner, with all of its records, in what
# Apache, nginx, lighttpd and PHP-FPM wrote.  The expected table is
# ../data/site/faults.tsv.

load helper

setup_file()
{
	site=$BATS_TEST_DIRNAME/../data/site
	export out=$BATS_FILE_TMPDIR PYTHONDONTWRITEBYTECODE=1
	PATH=$PATH:/usr/sbin
	# All at once: most of the time they wait for timeouts.
	: >"$out/pids"
	for server in mod fpm nginx lighttpd; do
		missing "$server" >"$out/$server.missing" && continue
		timeout 300 sh "$site/crawl" faults "$server" "$out/$server" \
		    >"$out/$server.said" 2>&1 3>&- &
		echo $! >>"$out/pids"
	done
	wait
}

# crawl ends its servers when it is ended.
teardown_file()
{
	while read -r pid; do
		kill -TERM "$pid" 2>/dev/null || true
	done <"$out/pids"
	wait
}

setup() { setup_dir; }
teardown() { teardown_dir; }

# missing SERVER: says which program it lacks; false if none.
missing()
{
	need="$1"
	case $1 in
	mod)
		need=apache2
		find /usr/lib/apache2/modules -name 'libphp*.so' 2>/dev/null |
		    grep -q . || { echo mod_php && return; } ;;
	fpm) need=apache2 ;;
	esac
	command -v "$need" >/dev/null || { echo "$need" && return; }
	find /usr/sbin -name 'php-fpm*' | grep -q . || echo php-fpm
	[ -z "$(find /usr/sbin -name 'php-fpm*')" ]
}

# judge SERVER FILE LOG [KIND [SETTING]]: a run over what the server wrote in
# FILE; LOG and KIND are the table's words.
judge()
{
	if [ -s "$out/$1.missing" ]; then
		skip "$(cat "$out/$1.missing") is not installed"
	fi
	cat "$out/$1.said"
	[ -s "$out/$1/$2" ]
	log=$dir/$2
	cp "$out/$1/$2" "$log"
	settle "$log"
	write_conf "${5:-}"
	echo 'route "/shop" { owners = {"sam@example.com"} }' >>"$conf"
	"$watchdog" -c "$conf"
	"$watchdog" -c "$conf" explain --json "$log" >"$dir/explained"
	python3 "$top/tests/data/site/faults.py" check "$3" "$dir/explained" \
	    "$dir/mail" "${4:-log}"
	# What was told is not told again.
	before=$(count_mails)
	"$watchdog" -c "$conf"
	[ "$(count_mails)" = "$before" ]
}

# judge_format FORMAT ARG...: as above, where the program knows the format.
judge_format()
{
	if "$watchdog" filter -f "$1" </dev/null 2>&1 |
	    grep -q "no format \"$1\""; then
		skip "site-watchdog has no format \"$1\""
	fi
	judge "${@:2}"
}

@test "Apache with mod_php: its error log" {
	judge mod error.log mod
}

@test "Apache with PHP-FPM: its error log" {
	judge fpm error.log fpm
}

@test "nginx with PHP-FPM: its error log" {
	judge nginx error.log nginx
}

@test "nginx with PHP-FPM: the pool's own log" {
	judge_format php-fpm nginx php-fpm.log pool
}

@test "lighttpd with PHP-FPM: its error log" {
	judge_format lighttpd lighttpd error.log lighttpd
}

@test "Apache's access log, with mod_php: 5xx, by URL" {
	judge_format access mod access.log mod acc
}

@test "Apache's access log, with PHP-FPM: 5xx, by URL" {
	judge_format access fpm access.log fpm acc
}

@test "nginx's access log: 5xx, by URL" {
	judge_format access nginx access.log nginx acc
}

@test "lighttpd's access log: 5xx, by URL" {
	judge_format access lighttpd access.log lighttpd acc
}
