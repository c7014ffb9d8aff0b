# shellcheck shell=sh disable=SC2034,SC2154
# site-uptime: the run that finds a site down for the second time, and mails;
# the run that finds it well for the second time, and mails; and runs of well
# sites, of which nothing bad may be said whatever fails on our side: one of
# each kind, and one of a name in a world of its own (tests/world).
scenarios="${scenarios-} down up well walk"

# Three servers, a site each way: by name, by TLS, by neither.
uptime_servers()
{
	[ -z "$servers" ] || return 0
	uptime=$steps/site-uptime
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -keyout "$dir/key.pem" -out "$dir/cert.pem" -nodes -days 100 \
	    -subj /CN=www.example.com -addext \
	    "subjectAltName=DNS:www.example.com,IP:127.0.0.1" 2>/dev/null
	/usr/bin/python3 "$here/tests/crash/servers.py" "$dir" &
	servers=$!
	while [ ! -f "$dir/ports" ]; do
		kill -0 "$servers" || exit 1
		sleep 0.05
	done
	# shellcheck source=/dev/null
	. "$dir/ports"
	hour=$(($(date +%s) + 120))
}

uptime_conf()
{
	cat >"$dir/uptime.conf" <<-EOF
	state = "$dir/state/uptime.db"
	admin = {"ops@example.com"}
	vantage = "boston"
	resolvers = {"127.0.0.1:$dns", "127.0.0.1:$dns2"}
	witnesses = {"tcp:127.0.0.1:$https", "dns:127.0.0.1:$dns2"}
	deadline = 15s
	allow-private = yes
	$1
	mail { from = "uptime@example.com" maildir = "$dir/mail" }
	EOF
}

begin_up_and_down()
{
	uptime_servers
	uptime_conf 'recheck = {"5ms"}'
	cat >>"$dir/uptime.conf" <<-EOF
	site "www.example.com" {
	    owners = {"jane@example.com", "joe@example.com"}
	    timeout = 500ms
	    url "http://127.0.0.1:$http/" { expect = "success" }
	}
	EOF
	rm -rf "$dir/state" "$dir/mail" "$dir/begun"
	mkdir "$dir/begun" "$dir/mail"
}

uptime_at()
{
	minute=$1
	shift
	SITEWATCH_NOW=$((hour + minute * 60)) "$@" \
	    "$uptime" -c "$dir/uptime.conf"
}

# plain_at MINUTE WHAT BODY: a run that must go well.
plain_at()
{
	echo "$3" >"$dir/body"
	plain uptime_at "$1" env || bad "$2" \
	    "then exit $status at minute $1: $(head -c 200 "$dir/said")"
}

# Distinct mails to $1 whose subject begins with $2; others than these two.
uptime_told()
{
	for letter in "$dir/mail/$1"/new/*; do
		[ ! -f "$letter" ] || ! grep -q "^Subject: $2" "$letter" ||
			sed -n 's/^Message-ID: //p' "$letter"
	done | sort -u | wc -l
}

uptime_sql()
{
	sqlite3 -readonly "$dir/state/uptime.db" "$1"
}

# What must be so when all is over: told once, up, one incident, ended.
judge_end()
{
	for who in jane joe; do
		count "$1" "$(uptime_told $who@example.com '\[DOWN\]')" 1
		count "$1" "$(uptime_told $who@example.com '\[UP\]')" 1
		count "$1" "$(uptime_told $who@example.com '')" 2
	done
	end=$(uptime_sql "PRAGMA integrity_check; SELECT state, told_down FROM
	    target; SELECT count(*), min(ended > began) FROM incident;" |
	    tr '\n' ' ')
	[ "$end" = "ok up|0 1|1 " ] || bad "$1" "ends as $end"
	# admin may hear that this host was cut off, and nothing else
	for letter in "$dir"/mail/ops@example.com/new/*; do
		[ ! -f "$letter" ] || grep -q '^Subject: \[BLIND\]' "$letter" ||
			bad "$1" "admin: $(grep '^Subject:' "$letter")"
	done
}

# ---- down -------------------------------------------------------------------

down_begin()
{
	begin_up_and_down
	plain_at 0 begin success
	plain_at 5 begin broken
	cp -a "$dir/state" "$dir/mail" "$dir/begun"
}

down_prepare()
{
	rm -rf "$dir/state" "$dir/mail"
	cp -a "$dir/begun/." "$dir"
	echo broken >"$dir/body"
}

down_run()
{
	uptime_at 10 "$@"
}

down_judge()
{
	plain_at 15 "$1" broken
	# no back-off holds it now
	plain_at 200 "$1" broken
	[ "$(uptime_sql "SELECT state FROM target")" = down ] ||
		bad "$1" "then it is not down"
	plain_at 205 "$1" success
	plain_at 210 "$1" success
	judge_end "$1"
}

# ---- up ---------------------------------------------------------------------

up_begin()
{
	begin_up_and_down
	plain_at 0 begin success
	plain_at 5 begin broken
	plain_at 10 begin broken
	plain_at 15 begin success
	cp -a "$dir/state" "$dir/mail" "$dir/begun"
}

up_prepare()
{
	down_prepare
	echo success >"$dir/body"
}

up_run()
{
	uptime_at 20 "$@"
}

up_judge()
{
	plain_at 25 "$1" success
	plain_at 200 "$1" success
	judge_end "$1"
}

# ---- well -------------------------------------------------------------------

well_begin()
{
	uptime_servers
	# one attempt: a second one would hide what is wrong with the first
	uptime_conf 'recheck = {}'
	cat >>"$dir/uptime.conf" <<-EOF
	site "www.example.com" {
	    owners = {"jane@example.com"}
	    timeout = 500ms
	    ca-file = "$dir/cert.pem"
	    url "http://127.0.0.1:$http/" { expect = "success" }
	    url "https://www.example.com:$https/" { expect = "success" }
	    tcp "127.0.0.1:$banner" { expect = "220" }
	}
	exec "plugin" { command = "/bin/echo fine"  timeout = 2s }
	EOF
	rm -rf "$dir/state" "$dir/mail" "$dir/begun"
	mkdir "$dir/begun" "$dir/mail"
	plain_at 0 begin success
	cp -a "$dir/state" "$dir/mail" "$dir/begun"
}

well_prepare()
{
	up_prepare
}

# The plugin's own calls are its own business, and no mailer is started.
well_run()
{
	uptime_at 5 "$@" -1
}

well_judge()
{
	wrong=$(uptime_sql "SELECT name, state, layer, reason, detail FROM
	    target WHERE state <> 'up' OR recent <> 0 OR overlay_next <> 'ok'")
	[ -z "$wrong" ] || bad "$1" "of well sites: $wrong"
	plain_at 10 "$1" success
	# admin may hear that this host was cut off
	[ -z "$(find "$dir/mail/jane@example.com" -type f 2>/dev/null)" ] ||
		bad "$1" "jane was told something"
}

# ---- walk -------------------------------------------------------------------

walk_begin()
{
	world_here=$here/tests/world
	# shellcheck source=/dev/null
	. "$world_here/world.sh"
	if ! world_possible; then
		echo "walk: port 53 needs root"
		return 1
	fi
	uptime=$steps/site-uptime
	hour=$(date +%s)
	mkdir -p "$dir/world"
	world_start "$dir/world"
	world_conf
	sed -e "s,^state .*,state = \"$dir/state/uptime.db\"," \
	    -e "s,maildir = [^ ]*,maildir = \"$dir/mail\"," \
	    "$world/uptime.conf" >"$dir/uptime.conf"
	echo 'recheck = {}' >>"$dir/uptime.conf"
	rm -rf "$dir/state" "$dir/mail" "$dir/begun"
	mkdir "$dir/begun" "$dir/mail"
	plain_at 0 begin success
	cp -a "$dir/state" "$dir/mail" "$dir/begun"
}

walk_prepare()
{
	up_prepare
}

walk_run()
{
	well_run "$@"
}

walk_judge()
{
	well_judge "$1"
}
