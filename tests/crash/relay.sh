# shellcheck shell=sh disable=SC2034,SC2154
# site-watchdog mails two owners by SMTP, and is killed over it: each mail
# arrives.  Twice only if it was taken and its sender did not live to say so;
# then it has the same Message-ID and X-Sitewatch-Retry.
scenarios="${scenarios-} relay"

relay_begin()
{
	watchdog=$steps/site-watchdog
	rm -rf "$dir/state" "$dir/begun" "$dir/taken" "$dir/port"
	mkdir "$dir/begun" "$dir/taken"
	/usr/bin/python3 "$here/tests/fakes/smtpd" --life 86400 \
	    --save "$dir/taken" "$dir/port" &
	servers="$servers $!"
	while [ ! -s "$dir/port" ]; do
		kill -0 $! || return 1
		sleep 0.05
	done
	cat >"$dir/watchdog.conf" <<-EOT
	state = "$dir/state/watchdog.db"
	mail {
	    from = "w@example.com"
	    relays = {"smtp://127.0.0.1:$(cat "$dir/port")"}
	}
	log "$dir/error.log" { docroot = {"/var/www/example.com"} }
	route "/news" { owners = {"jane@example.com"} }
	route "/" { owners = {"ops@example.com"} }
	EOT
	{
		error_line /news/a.php One
		error_line /b.php Two
		error_line /news/c.php Three
	} >"$dir/error.log"
}

relay_prepare()
{
	rm -rf "$dir/state" "$dir/taken"
	mkdir "$dir/taken"
}

relay_run()
{
	"$@" "$watchdog" -c "$dir/watchdog.conf"
}

# Of two mails with the same Message-ID the later must say that it may be one.
relay_twice()
{
	for mail in "$dir"/taken/*.eml; do
		# one for admin may be among them
		grep -q '^X-Sitewatch-Records: [1-9]' "$mail" || continue
		id=$(tr -d '\r' <"$mail" | sed -n 's/^Message-ID: //p')
		case $ids in
		*"$id"*)
			repeats=$((repeats + 1))
			grep -q '^X-Sitewatch-Retry: ' "$mail" ||
			    bad "$1" "a repeat does not say so" ;;
		*)
			ids="$ids $id"
			distinct=$((distinct + 1)) ;;
		esac
	done
}

relay_judge()
{
	for later in 86400 172800; do
		plain env SITEWATCH_NOW=$(($(date +%s) + later)) \
		    "$watchdog" -c "$dir/watchdog.conf" ||
		    bad "$1" "then exit $status: $(head -c 200 "$dir/said")"
	done
	ids='' distinct=0 repeats=0
	relay_twice "$1"
	count "$1" "$distinct" 2
	count "$1: one too many for a fault" \
	    "$((repeats > 1))" 0
	count "$1: in groups" "$(sqlite3 "$dir/state/watchdog.db" \
	    "SELECT SUM(records) FROM story")" 3
}
