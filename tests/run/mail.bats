#!/usr/bin/env bats
# sitewatch-mail, end to end: every transport, a relay that fails in every
# way, and kill -9 in the middle: nothing lost, duplicates marked.
# shellcheck disable=SC2030,SC2031,SC2154 # tests are subshells; see helper

load helper

bats_require_minimum_version 1.5.0

now=1795243620		# Sat, 21 Nov 2026 06:47:00 UTC

setup()
{
	setup_dir
	mail=$bin/sitewatch-mail
	steps=${BUILD_STEPS:-$bin/steps}/sitewatch-mail
	fakes=$top/tests/fakes
	state=$dir/watchdog.db
	box=$dir/box
	servers=
	mkdir "$box"
}

teardown()
{
	for pid in $servers; do
		kill "$pid" 2>/dev/null
	done
	teardown_dir
}

# A configuration; arguments are further lines of mail { }.
write_mail_conf()
{
	cat >"$conf" <<EOF
admin = {"ops@example.com"}
state = "$state"
mail { from = "w@example.com"  hostname = "host.example.com"
$(printf '    %s\n' "$@" "${timeout:-timeout = 10s}")
}
EOF
}

# Mail to addresses, from when the tests' clock says.
put()
{
	if [ ! -e "$state" ]; then
		: >"$state"
		"$mail" -c "$conf" -s "$state"
	fi
	"$fakes/outbox-put" "$state" "$1" "${made:-$(date +%s)}" "${@:2}"
}

# wait_for FILE: until it is there
wait_for()
{
	local i
	for ((i = 0; i < 200; i++)); do
		[ ! -s "$1" ] || return 0
		sleep 0.05
	done
	return 1
}

# A scripted server; its port is in $port.
serve()
{
	rm -f "$dir/port"
	"$fakes/smtpd" "$dir/port" --save "$box" --log "$dir/said" "$@" \
	    3>&- &
	servers="$servers $!"
	wait_for "$dir/port"
	port=$(cat "$dir/port")
}

# serve, and a configuration that names it; what follows "--" goes there.
relay()
{
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	serve "${options[@]}"
	write_mail_conf "relays = {\"smtp://${host:-127.0.0.1}:$port\"}" \
	    "${@:2}"
}

taken()
{
	find "$box" -name '*.env' | wc -l
}

certificates()
{
	local san=subjectAltName pair name
	cd "$dir" || return
	openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key \
	    -out self.pem -days 2 -subj /CN=self \
	    -addext $san=DNS:localhost,IP:127.0.0.1 2>/dev/null
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
	    -days 2 -subj /CN=ca 2>/dev/null
	for pair in "good DNS:localhost,IP:127.0.0.1" "other DNS:example.org"
	do
		name=${pair% *}
		echo "$san=${pair#* }" >ext
		openssl req -newkey rsa:2048 -nodes -keyout "$name.key" \
		    -out csr -subj "/CN=$name" 2>/dev/null
		openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -days 2 \
		    -CAcreateserial -extfile ext -out "$name.pem" 2>/dev/null
	done
}

run_mail()
{
	run "$mail" -c "$conf" "$@"
}

# ---- the command line ----------------------------------------------------

@test "--help fits a screen, --version says one line" {
	run "$mail" --help
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -le 24 ]
	run "$mail" --version
	[ "$status" -eq 0 ]
	[ "$output" = "sitewatch-mail ${VERSION:-0.1.0}" ]
}

@test "usage errors: one line, exit 64" {
	write_mail_conf 'transport = stdout'
	for bad in delivr "list extra" drop "drop 1 2" "drop x" "drop 0" \
	    "--lock-fd 1" "--lock-fd x" "flush --json" "test a@b,c" -x; do
		# shellcheck disable=SC2086 # words
		run_mail $bad
		[ "$status" -eq 64 ]
		[ "${#lines[@]}" -eq 1 ]
	done
	run_mail delivr
	[[ $output == *"did you mean deliver?" ]]
}

@test "a broken configuration: every error with its line, exit 78" {
	echo 'mail { from = "x y" transport = pigeon }' >"$conf"
	run_mail
	[ "$status" -eq 78 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *"$conf:1: "* ]]
	run "$mail" -c "$dir/none.conf"
	[ "$status" -eq 78 ]
}

@test "without a state there is no mail, and none is made" {
	write_mail_conf 'transport = stdout'
	for command in deliver list flush "drop all"; do
		# shellcheck disable=SC2086 # words
		run_mail $command
		[ "$status" -eq 0 ]
	done
	[ ! -e "$state" ]
	[ ! -e "$state.lock" ]
}

@test "the state is that of the tool whose configuration it is" {
	export STATE_DIRECTORY=$dir
	for tool in watchdog uptime; do
		conf=$dir/$tool.conf state=$dir/$tool.db
		echo 'mail { from = "w@example.com" transport = stdout }' \
		    >"$conf"
		put "for-$tool" joe@example.com
		run --separate-stderr "$mail" -c "$conf"
		[ "$status" -eq 0 ]
		[[ $output == *"Subject: for-$tool"* ]]
	done
	# -s wins.
	put other joe@example.com
	run --separate-stderr "$mail" -c "$dir/watchdog.conf" -s "$state"
	[[ $output == *"Subject: other"* ]]
}

@test "another run holds the lock: 75; its own child inherits it" {
	write_mail_conf 'transport = stdout'
	put one joe@example.com
	exec 8<>"$state.lock"
	python3 -c 'import fcntl, struct
fcntl.fcntl(8, 37, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))'
	run_mail list
	[ "$status" -eq 75 ]
	[ "${#lines[@]}" -eq 1 ]
	run --separate-stderr "$mail" -c "$conf" --lock-fd 8
	[ "$status" -eq 0 ]
	[[ $output == *"Subject: one"* ]]
	exec 8>&-
	exec 8<"$conf"
	run_mail --lock-fd 8
	[ "$status" -eq 74 ]
	exec 8<&-
}

@test "a state that cannot be trusted or read: 74, one line" {
	write_mail_conf 'transport = stdout'
	put one joe@example.com
	chmod 0777 "$dir"
	run_mail
	[ "$status" -eq 74 ]
	[ "${#lines[@]}" -eq 1 ]
	chmod 0700 "$dir"
	echo 'this is no database at all, but long enough' >"$dir/no.db"
	run_mail -s "$dir/no.db"
	[ "$status" -eq 74 ]
	[ "${#lines[@]}" -eq 1 ]
}

# ---- transports ----------------------------------------------------------

@test "smtp: one mail to two, and a good run says nothing" {
	relay
	put one joe@example.com jane@example.com
	run_mail
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(taken)" = 1 ]
	grep -qx 'to: joe@example.com' "$box/001.env"
	grep -qx 'to: jane@example.com' "$box/001.env"
	grep -q 'Message-ID: <one@example.com>' "$box/001.eml"
	no grep -q Retry "$box/001.eml"
	run_mail
	[ "$status" -eq 0 ]
	[ "$(taken)" = 1 ]
}

@test "smtps: with the system's and with another CA" {
	certificates
	serve --tls good.pem good.key --implicit-tls
	write_mail_conf "relays = {\"smtps://localhost:$port\"}"
	put one joe@example.com
	run_mail
	[ "$status" -eq 75 ]
	[[ $output == *"cannot be verified"* ]]
	[ "$(taken)" = 0 ]
	write_mail_conf "relays = {\"smtps://localhost:$port\"}" \
	    "ca-file = \"$dir/ca.pem\""
	run_mail flush
	[ "$status" -eq 0 ]
	[ "$(taken)" = 1 ]
	grep -qx 'tls: TLSv1.3' "$box/001.env"
}

@test "sendmail: -i -f FROM -- TO, LF line ends" {
	cat >"$dir/prog" <<EOF
#!/bin/sh
echo "\$@" >"$dir/args"
cat >"$dir/text"
EOF
	chmod +x "$dir/prog"
	write_mail_conf "transport = sendmail" "sendmail = \"$dir/prog\""
	put one joe@example.com
	run_mail
	[ "$status" -eq 0 ]
	[ "$(cat "$dir/args")" = "-i -f w@example.com -- joe@example.com" ]
	grep -qx 'Subject: one' "$dir/text"
}

@test "maildir: a box for each" {
	write_mail_conf "maildir = \"$dir/mail\""
	put one joe@example.com jane@example.com
	run_mail
	[ "$status" -eq 0 ]
	[ "$(count_mails joe@example.com)" = 1 ]
	[ "$(count_mails jane@example.com)" = 1 ]
	grep -qx 'Subject: one' "$(mails joe@example.com)"
}

@test "stdout: an mbox to read; a full disk or a closed pipe keeps the mail" {
	write_mail_conf "transport = stdout"
	put one joe@example.com
	run --separate-stderr bash -c "'$mail' -c '$conf' >/dev/full"
	[ "$status" -eq 75 ]
	[[ $stderr == *"No space left"* ]]
	# The reader is gone before the first byte.
	run bash -c "{ sleep 0.3; '$mail' -c '$conf' flush; } | :"
	run_mail list
	[[ $output == *"Broken pipe"* ]]
	run --separate-stderr "$mail" -c "$conf" flush
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "From w@example.com "* ]]
	[[ $output == *"Subject: one"* ]]
	[[ $output == *"body of one"* ]]
}

# ---- what a relay can say ------------------------------------------------

@test "4xx for one of two: only he waits, exit 75, one line" {
	relay --at rcpt/jane:450*1
	put one joe@example.com jane@example.com
	run_mail
	[ "$status" -eq 75 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"1 mail waits: smtp://127.0.0.1:$port: 450 "* ]]
	run_mail list
	[[ $output == *"jane@example.com"*pending* ]]
	[[ $output != *joe@example.com* ]]
	run_mail
	[ "$status" -eq 75 ]
	[ -z "$output" ]
	run_mail flush
	[ "$status" -eq 0 ]
	[ "$(taken)" = 2 ]
	no grep joe "$box/002.env"
	grep -q '^X-Sitewatch-Retry: 1' "$box/002.eml"
}

@test "5xx for one of two: the other gets it, admin is told" {
	relay --at rcpt/joe:550
	put one joe@example.com jane@example.com
	run_mail
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"mail 1 to joe@example.com was refused: "*"550 "* ]]
	[ "$(taken)" = 2 ]
	grep -qx 'to: jane@example.com' "$box/001.env"
	grep -qx 'to: ops@example.com' "$box/002.env"
	grep -q 'Subject: mail to joe@example.com was refused' "$box/002.eml"
	run_mail list --json
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"state":"failed"'* ]]
}

@test "refused, and a name that does not exist" {
	write_mail_conf \
	    'relays = {"smtp://127.0.0.1:1", "smtp://nowhere.invalid"}'
	put one joe@example.com
	run_mail
	[ "$status" -eq 75 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *"smtp://127.0.0.1:1: Connection refused"* ]]
	[[ ${lines[1]} == *"smtp://nowhere.invalid: "* ]]
}

@test "silence: the deadline holds, the second relay is asked" {
	serve --at mail:silence
	dead=$port
	serve
	timeout="timeout = 2s" write_mail_conf "deadline = 20s" \
	    "relays = {\"smtp://127.0.0.1:$dead\", \"smtp://127.0.0.1:$port\"}"
	put one joe@example.com
	SECONDS=0
	run_mail
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ $SECONDS -le 6 ]
	[ "$(taken)" = 1 ]
	timeout="timeout = 30s" write_mail_conf "deadline = 2s" \
	    "relays = {\"smtp://127.0.0.1:$dead\"}"
	put two joe@example.com
	put three joe@example.com
	SECONDS=0
	run_mail
	[ "$status" -eq 75 ]
	[ $SECONDS -le 6 ]
	[[ $output == *"2 mails wait: "*"timed out after 2 s"* ]]
}

# ---- TLS and login -------------------------------------------------------

@test "STARTTLS: a good certificate" {
	certificates
	host=localhost relay --tls good.pem good.key -- "starttls = required" \
	    "ca-file = \"$dir/ca.pem\""
	put one joe@example.com
	run_mail
	[ "$status" -eq 0 ]
	grep -qx 'tls: TLSv1.2' "$box/001.env"
	grep -qx 'sni: localhost' "$box/001.env"
}

# Mail must wait, and not even the sender have been told.
untold()
{
	rm -f "$state"* "$dir/said"
	put one joe@example.com
	run_mail
	[ "$status" -eq 75 ]
	[ "$(taken)" = 0 ]
	no grep 'C: MAIL' "$dir/said"
}

@test "STARTTLS: another host's, a self-signed one, stripped, injected" {
	certificates
	must="starttls = required"
	ca="ca-file = \"$dir/ca.pem\""
	relay --tls other.pem other.key -- "$must" "$ca"
	untold
	[[ $output == *"the certificate is not for 127.0.0.1"* ]]
	relay --tls self.pem self.key -- "$must" "$ca"
	untold
	[[ $output == *"cannot be verified: self"* ]]
	relay -- "$must"
	untold
	[[ $output == *"STARTTLS is not offered"* ]]
	relay --tls good.pem good.key --at starttls:inject -- "$must" "$ca"
	untold
	[[ $output == *"plain text behind the reply to STARTTLS"* ]]
}

@test "AUTH: the password from a 0600 file, never in clear" {
	certificates
	(umask 077 && echo open-sesame >"$dir/password")
	login="user = joe  password-file = \"$dir/password\""
	relay --tls good.pem good.key --auth joe:open-sesame -- "$login" \
	    "ca-file = \"$dir/ca.pem\""
	put one joe@example.com
	run_mail
	[ "$status" -eq 0 ]
	grep -qx 'auth: joe' "$box/001.env"

	relay --auth joe:open-sesame --auth-in-clear -- "$login"
	put two joe@example.com
	run_mail
	[ "$status" -eq 75 ]
	[[ $output == *"STARTTLS is not offered"* ]]

	relay --tls good.pem good.key --auth joe:other -- "$login" \
	    "ca-file = \"$dir/ca.pem\""
	run_mail flush
	[ "$status" -eq 75 ]
	[[ $output == *"not logged in as joe: 535"* ]]
	# A wrong login is no verdict on the mail.
	run_mail list
	[[ $output == *pending* ]]
	chmod 0644 "$dir/password"
	run_mail flush
	[[ $output == *"password-file $dir/password: Permission denied"* ]]
	no grep -q open-sesame "$state" "$state-wal"
}

# ---- the outbox by hand --------------------------------------------------

@test "list, drop, flush" {
	write_mail_conf 'relays = {"smtp://127.0.0.1:1"}'
	put one joe@example.com
	put two joe@example.com jane@example.com
	run_mail
	[ "$status" -eq 75 ]
	run_mail list
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[1]} == *joe@example.com*pending*"Connection refused"* ]]
	run_mail list --json
	[ "${#lines[@]}" -eq 3 ]
	echo "$output" | python3 -c 'import json, sys
rows = [json.loads(x) for x in sys.stdin]
assert [r["id"] for r in rows] == [1, 2, 2], rows
assert rows[0]["tries"] == 1 and rows[0]["msgid"] == "one@example.com", rows'
	run_mail drop 7
	[ "$status" -eq 64 ]
	run_mail drop 1
	[ "$status" -eq 0 ]
	run_mail list --json
	[ "${#lines[@]}" -eq 2 ]
	run_mail -n drop all
	run_mail list --json
	[ "${#lines[@]}" -eq 2 ]
	run_mail drop all
	[ "$status" -eq 0 ]
	run_mail list --json
	[ -z "$output" ]
	run_mail
	[ "$status" -eq 0 ]
}

@test "a dry run shows what would go, and touches nothing" {
	write_mail_conf "maildir = \"$dir/mail\""
	put one joe@example.com jane@example.com
	# Python takes the -wal away, and the first who comes makes one.
	run_mail list
	before=$(sha256sum "$state"*)
	run_mail -n
	[ "$status" -eq 0 ]
	[[ $output == *joe@example.com*one* ]]
	[[ $output == *jane@example.com*one* ]]
	run_mail -n flush
	[[ $output == *joe@example.com*one* ]]
	[ "$(sha256sum "$state"*)" = "$before" ]
	[ "$(count_mails)" = 0 ]
}

@test "test: to all of admin or to one, with the relay's words" {
	relay --at rcpt/jim:550 --at rcpt/jane:451
	run_mail test
	[ "$status" -eq 0 ]
	[ "$output" = "ops@example.com: taken: smtp://127.0.0.1:$port: 250 \
2.0.0 queued" ]
	grep -q 'Subject: sitewatch: a test of mail' "$box/001.eml"
	run_mail test jane@example.com
	[ "$status" -eq 75 ]
	[[ $output == "jane@example.com: not now: "*": 451 "* ]]
	run_mail test jim@example.com
	[ "$status" -eq 69 ]
	[[ $output == "jim@example.com: refused: "*": 550 "* ]]
	run_mail -n test
	[ "$status" -eq 0 ]
	[ "$(taken)" = 1 ]
	[ ! -e "$state" ]
}

# ---- time ----------------------------------------------------------------

@test "back-off: 1, 2, 4 minutes, each a fifth more or less" {
	[ -x "$steps" ] || skip "no build with STEPS=1"
	mail=$steps
	export SITEWATCH_NOW=$now
	relay --at mail:451
	made=$now put one joe@example.com
	at=$now
	for wait in 60 120 240; do
		SITEWATCH_NOW=$at run_mail
		[ "$status" -eq 75 ]
		[ "${#lines[@]}" -eq 1 ]
		# Too early: quiet, and no session.
		before=$(grep -c 'C: MAIL' "$dir/said")
		SITEWATCH_NOW=$((at + wait * 8 / 10 - 1)) run_mail
		[ "$status" -eq 75 ]
		[ -z "$output" ]
		[ "$(grep -c 'C: MAIL' "$dir/said")" = "$before" ]
		at=$((at + wait * 12 / 10))
	done
	# The clock goes back by a year: what lies too far ahead is due.
	SITEWATCH_NOW=$((now - 31536000)) run_mail
	[ "${#lines[@]}" -eq 1 ]
}

@test "after five days it is given up, and admin is told" {
	[ -x "$steps" ] || skip "no build with STEPS=1"
	mail=$steps
	export SITEWATCH_NOW=$now
	relay --at rcpt/joe:451
	made=$now put one joe@example.com
	run_mail
	[ "$status" -eq 75 ]
	SITEWATCH_NOW=$((now + 5 * 86400 + 1)) run_mail
	[ "$status" -eq 0 ]
	[[ $output == *"mail 1 to joe@example.com was given up after 2 tries"* ]]
	[ "$(taken)" = 1 ]
	grep -qx 'to: ops@example.com' "$box/001.env"
	grep -q 'Subject: 1 mail was given up' "$box/001.eml"
	run_mail list
	[[ $output == *expired* ]]
}

# ---- kill -9 -------------------------------------------------------------

# All mails named are there once or twice; a second copy has the same
# Message-ID and a mark.
check_box()
{
	local name n marked
	for name; do
		n=$(grep -l "^Message-ID: <$name@" "$box"/*.eml | wc -l)
		marked=$(grep -l "^Message-ID: <$name@" "$box"/*.eml |
		    xargs grep -l '^X-Sitewatch-Retry: 1 (may' | wc -l)
		[ "$n" -eq 1 ] || { [ "$n" -eq 2 ] && [ "$marked" -eq 1 ]; }
	done
}

@test "kill -9 at every step: nothing lost, duplicates marked" {
	[ -x "$steps" ] || skip "no build with STEPS=1"
	mail=$steps
	relay
	put one joe@example.com jane@example.com
	put two joe@example.com
	cp "$state" "$dir/saved"
	SITEWATCH_STEPS=$dir/passed run_mail
	[ "$status" -eq 0 ]
	n=$(wc -l <"$dir/passed")
	[ "$n" -ge 6 ]
	twice=0
	for ((k = 1; k <= n; k++)); do
		rm -f "$box"/* "$state" "$state"-*
		cp "$dir/saved" "$state"
		SITEWATCH_KILL_AT=$k run_mail
		[ "$status" -eq 137 ]
		run_mail
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		check_box one two
		twice=$((twice + $(taken) - 2))
		[ "$(taken)" -le 3 ]
		[ "$(sqlite3 "$state" 'PRAGMA integrity_check')" = ok ]
	done
	# Two answers, and what lies between them and their commits.
	[ "$twice" -ge 2 ]
	[ "$twice" -le 6 ]
}

@test "kill -9 in the middle of a session: the sender goes too" {
	relay --at body:silence*1
	put one joe@example.com
	"$mail" -c "$conf" 3>&- &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		grep -qs 'bytes' "$dir/said" && break
		sleep 0.02
	done
	child=$(pgrep -P "$pid")
	[ -n "$child" ]
	kill -9 "$pid"
	wait "$pid" || true
	# Gone, or dead and not yet fetched by its new parent.
	for ((i = 0; i < 50; i++)); do
		gone=$(ps -o stat= -p "$child") || break
		[[ $gone != Z* ]] || break
		sleep 0.02
	done
	[[ $gone == Z* ]] || [ -z "$gone" ]
	run_mail list
	[[ $output == *sending* ]]
	run_mail
	[ "$status" -eq 0 ]
	[ "$(taken)" = 1 ]
	grep -q '^X-Sitewatch-Retry: 1 (may be a duplicate)' "$box/001.eml"
	grep -q '^Message-ID: <one@example.com>' "$box/001.eml"
}

# ---- servers that others wrote -------------------------------------------

# A port that was free a moment ago.
free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

wait_port()
{
	local i
	for ((i = 0; i < 200; i++)); do
		(: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
		sleep 0.05
	done
	return 1
}

@test "aiosmtpd: plain, and STARTTLS twenty times" {
	python=/usr/bin/python3
	$python -c 'import aiosmtpd' 2>/dev/null || skip "no aiosmtpd"
	certificates
	port=$(free_port)
	$python -u -m aiosmtpd -n -l "127.0.0.1:$port" >"$dir/out" 2>&1 3>&- &
	servers="$servers $!"
	wait_port "$port"
	write_mail_conf "relays = {\"smtp://127.0.0.1:$port\"}"
	put one joe@example.com
	run_mail
	[ "$status" -eq 0 ]
	grep -q 'Subject: one' "$dir/out"

	port=$(free_port)
	$python -u -m aiosmtpd -n -l "127.0.0.1:$port" --tlscert good.pem \
	    --tlskey good.key >"$dir/out" 2>&1 3>&- &
	servers="$servers $!"
	wait_port "$port"
	write_mail_conf "relays = {\"smtp://127.0.0.1:$port\"}" \
	    "starttls = required" "ca-file = \"$dir/ca.pem\""
	for ((i = 0; i < 20; i++)); do
		put "tls-$i" joe@example.com
	done
	run_mail
	[ "$status" -eq 0 ]
	[ "$(grep -c 'Subject: tls-' "$dir/out")" = 20 ]
}

@test "postfix's smtp-sink takes it, and its refusals are understood" {
	sink=$(PATH=$PATH:/usr/sbin command -v smtp-sink) || skip "no smtp-sink"
	# It wants to be told as whom, when root starts it.
	user="-u $(id -un)"
	port=$(free_port)
	# shellcheck disable=SC2086 # words
	"$sink" $user -d "$dir/sink.%M." "127.0.0.1:$port" 10 3>&- &
	servers="$servers $!"
	wait_port "$port"
	write_mail_conf "relays = {\"smtp://127.0.0.1:$port\"}"
	put one joe@example.com
	run_mail
	[ "$status" -eq 0 ]
	grep -q 'Subject: one' "$dir"/sink.*
	port=$(free_port)
	# shellcheck disable=SC2086 # words
	"$sink" $user -r data "127.0.0.1:$port" 10 3>&- &
	servers="$servers $!"
	wait_port "$port"
	write_mail_conf "relays = {\"smtp://127.0.0.1:$port\"}"
	put two joe@example.com
	run_mail
	[ "$status" -eq 75 ]
}
