# shellcheck shell=sh disable=SC2034,SC2154
# site-watchdog reads a rotated log and a fresh one, mails what is new, lets a
# section wait for its hour, and counts what a rule hides.
scenarios="${scenarios-} watchdog"

error_line()
{
	echo "[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client" \
	    "192.0.2.1:1] PHP Fatal error:  $2 in" \
	    "/var/www/example.com$1 on line 3"
}

watchdog_begin()
{
	watchdog=$steps/site-watchdog
	cat >"$dir/watchdog.conf" <<-EOF
	state = "$dir/state/watchdog.db"
	mail { from = "w@example.com" maildir = "$dir/mail" }
	log "$dir/error.log" {
	    docroot = {"/var/www/example.com"}
	    ignore = {"$dir/rules"}
	}
	route "/blog" { owners = {"joe@example.com"} tell = "daily 00:00" }
	route "/news" { owners = {"jane@example.com"} }
	route "/" { owners = {"ops@example.com"} }
	EOF
	echo Noise >"$dir/rules"
	rm -rf "$dir/state" "$dir/mail"
	error_line /news/a.php One >"$dir/error.log"
	"$watchdog" -c "$dir/watchdog.conf"
	error_line /news/a.php Two >>"$dir/error.log"
	error_line /blog/b.php Waits >>"$dir/error.log"
	error_line /blog/b.php Noise >>"$dir/error.log"
	mv "$dir/error.log" "$dir/error.log.1"
	error_line /x.php Three >"$dir/error.log"
	error_line /x.php Noise >>"$dir/error.log"
	error_line /blog/b.php Waits >>"$dir/error.log"
	rm -rf "$dir/begun"
	mkdir "$dir/begun"
	cp -a "$dir/state" "$dir/mail" "$dir/begun"
}

# One record was told; of those in the rotated file and in the new one one is
# to be told, one waits for midnight, and one is hidden.
watchdog_prepare()
{
	rm -rf "$dir/state" "$dir/mail"
	cp -a "$dir/begun/." "$dir"
}

watchdog_run()
{
	"$@" "$watchdog" -c "$dir/watchdog.conf"
}

watchdog_told()
{
	cat "$dir"/mail/*@*/new/* 2>/dev/null |
	    sed -n 's/^[0-9].*: \([0-9]*\) records\{0,1\}[ ,].*/\1/p' |
	    awk '{ n += $1 } END { print n + 0 }'
}

# The sum of a column of the store.
watchdog_kept()
{
	sqlite3 "$dir/state/watchdog.db" \
	    "SELECT COALESCE(SUM($1), 0) FROM $2"
}

# Rules that cannot be read hide nothing: then noise is told.
watchdog_noise()
{
	watchdog_kept records "story WHERE CAST(message AS TEXT) LIKE '%Noise%'"
}

# Tomorrow: no back-off holds mail, and midnight is over.
watchdog_judge()
{
	plain env SITEWATCH_NOW=$(($(date +%s) + 86400)) \
	    "$watchdog" -c "$dir/watchdog.conf" ||
	    bad "$1" "then exit $status: $(head -c 200 "$dir/said")"
	told=$(watchdog_told)
	noise=$(watchdog_noise)
	count "$1" $((told - noise)) 5
	count "$1: noise" $((noise + $(watchdog_kept hits rule))) 2
	count "$1: by URL" "$(watchdog_kept records url)" "$told"
	count "$1: in groups" "$(watchdog_kept records story)" "$told"
	count "$1: waiting" "$(watchdog_kept waits story)" 0
}
