#!/usr/bin/env bats
# The examples work as they stand, and the manual, the help, the completion
# and the code speak of the same options and keys.
# shellcheck disable=SC2154 # what setup_dir sets

load helper

setup()
{
	setup_dir
	examples=$top/examples
	man=$top/man
	logs=$top/tests/data/logs
}
teardown() { teardown_dir; }

# An example with its paths moved below $dir, routes as they are.
moved()
{
	sed "/route \"/!s|\"/|\"$dir/|g" "$1"
}

# The logs and rules that examples/watchdog.conf names.
furnish()
{
	mkdir -p "$dir/var/log/apache2/old" "$dir/var/log/nginx" \
	    "$dir/srv/carol/logs" "$dir/etc/sitewatch"
	cp "$logs/apache24.log" "$dir/var/log/apache2/error.log"
	cp "$logs/nginx.log" "$dir/var/log/nginx/shop.error.log"
	cp "$logs/plain.log" "$dir/srv/carol/logs/error.log"
	cp -R "$examples/ignore.d" "$dir/etc/sitewatch"
	echo '^never$' >"$dir/etc/sitewatch/nginx.rules"
}

# Of a string in each line of stdin, those that FILE's lines do not match when
# the string stands for @ in the regular expression.
missing_in()
{
	while read -r word; do
		grep -qE -- "${2//@/$word}" "$1" || echo "$word is not in $1"
	done
}

keys_in_code()
{
	sed -n 's/.*CFG_\(STR\|STR_LIST\|SEC\)("\([^"]*\)".*/\2/p' \
	    "$top/watchdog/conf.c" "$top/common/mail/mail_conf.c" | sort -u
}

long_options()
{
	grep -oE -- '--[a-z][a-z-]+' | sed 's/^--//' | sort -u
}

@test "the small configuration: five lines, accepted, and mails" {
	[ "$(grep -c . "$examples/watchdog-minimal.conf")" = 5 ]
	furnish
	# as it stands the mail would go to the machine's own sendmail
	sed "s|\"/var/log|\"$dir/var/log|
	    s|^mail { |&maildir = \"$dir/mail\" |" \
	    "$examples/watchdog-minimal.conf" >"$conf"
	run_watchdog --state "$state" check-config
	[ "$status" -eq 0 ]
	[[ $output == *"$dir/var/log/apache2/error.log"*apache*ok* ]]
	run_watchdog --state "$state"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	for who in joe jane webmaster; do
		[ "$(count_mails $who@example.com)" = 1 ]
	done
}

@test "README and sitewatch(7) show the small configuration" {
	while read -r line; do
		grep -qF -- "$line" "$top/README"
		grep -qF -- "$line" "$man/sitewatch.7"
	done <"$examples/watchdog-minimal.conf"
}

@test "the full configuration is accepted, and every source opened" {
	furnish
	moved "$examples/watchdog.conf" >"$conf"
	run_watchdog check-config
	[ "$status" -eq 0 ]
	[[ $output == *"$dir/var/log/apache2/error.log"*apache*ok* ]]
	[[ $output == *"$dir/var/log/nginx/shop.error.log"*nginx*ok* ]]
	[[ $output == *"$dir/srv/carol/logs/error.log"*plain*ok* ]]
}

@test "so are the values that stand in its comments" {
	furnish
	moved "$examples/watchdog.conf" |
	    sed 's/^\( *\)#\([a-z-]* = \)/\1\2/' >"$conf"
	grep -q '^ *expire = 5d' "$conf"
	run_watchdog check-config
	[ "$status" -eq 0 ]
}

@test "what its comments call a default is one" {
	grep -q '^#deadline = 5m' "$examples/watchdog.conf"
	grep -q 'DEADLINE 300' "$top/watchdog/conf.c"
	grep -q '^#full-within = 3d' "$examples/watchdog.conf"
	grep -q 'FULL_WITHIN (3 \* 86400)' "$top/watchdog/conf.c"
	grep -q '#expire = 5d' "$examples/watchdog.conf"
	grep -q 'MAIL_EXPIRE (5 \* 86400)' "$top/common/mail/mail_conf.c"
	grep -q '#deadline = 2m' "$examples/watchdog.conf"
	grep -q 'MAIL_DEADLINE 120' "$top/common/mail/mail_conf.c"
	grep -q '#timeout = 30s' "$examples/watchdog.conf"
	grep -q 'MAIL_TIMEOUT 30' "$top/common/mail/mail_conf.c"
}

@test "the full configuration has every key" {
	[ "$(keys_in_code | wc -l)" -ge 25 ]
	run missing_in "$examples/watchdog.conf" \
	    '(^|[ {#])@ *=|^@ ("[^"]*" )?[{]' < <(keys_in_code)
	[ -z "$output" ]
}

@test "ignore rules: each file is loaded without a remark" {
	for rules in "$examples"/ignore.d/*; do
		[[ ${rules##*/} =~ ^[A-Za-z0-9_-]+$ ]]
		run "$watchdog" filter -r "$rules" </dev/null
		[ "$status" -eq 1 ]
		[ -z "$output" ]
	done
	run "$watchdog" filter -r "$examples/ignore.d" </dev/null
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "ignore rules: each begins at the line's start" {
	run grep -nvE '^(#|$|\^)' "$examples"/ignore.d/*
	[ -z "$output" ]
}

@test "ignore.d/apache hides the noise and no fault" {
	"$watchdog" filter -r "$examples/ignore.d/apache" \
	    "$logs/apache24.log" >"$dir/left"
	all=$("$watchdog" filter -c "$logs/apache24.log")
	left=$("$watchdog" filter -c "$dir/left")
	# as many as noise.rules, which were made for this log
	[ $((all - left)) -ge 2000 ]
	while IFS=$'\t' read -r section text n kind; do
		[[ $section != \#* ]] || continue
		got=$(grep -acF -- "$text" "$dir/left") || true
		[ "$got" = "$n" ] || echo "$kind in $section: $got of $n: $text"
	done <"$logs/apache24.faults.tsv" >"$dir/hidden"
	cat "$dir/hidden"
	[ ! -s "$dir/hidden" ]
	"$watchdog" filter -c -r "$examples/ignore.d/apache" \
	    "$logs/apache22.log" >"$dir/n"
	[ "$(cat "$dir/n")" -lt "$("$watchdog" filter -c "$logs/apache22.log")" ]
}

@test "ignore.d/nginx hides the noise and no fault" {
	"$watchdog" filter -r "$examples/ignore.d/nginx" \
	    "$logs/nginx.log" >"$dir/left"
	before=$(wc -l <"$logs/nginx.log")
	[ $((before - $(wc -l <"$dir/left"))) -ge 800 ]
	while IFS=$'\t' read -r section text n kind; do
		[ "$kind" = fault ] || continue
		want=$(grep -acF -- "$text" "$logs/nginx.log") || true
		got=$(grep -acF -- "$text" "$dir/left") || true
		[ "$got" = "$want" ] || echo "$section: $got of $want: $text"
	done <"$logs/apache24.faults.tsv" >"$dir/hidden"
	cat "$dir/hidden"
	[ ! -s "$dir/hidden" ]
	grep -a '\[\(crit\|alert\|emerg\)\]' "$logs/nginx.log" >"$dir/grave"
	grep -a '\[\(crit\|alert\|emerg\)\]' "$dir/left" | cmp - "$dir/grave"
	no grep -a 'favicon.ico" failed\|/wp-login.php ' "$dir/left"
}

@test "crontab: every line is one, and its command works" {
	command -v python3 >/dev/null || skip "no python3"
	python3 - "$examples/crontab" >"$dir/commands" <<'PY'
import re, sys
ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
def field(s, lo, hi):
    for part in s.split(","):
        m = re.fullmatch(r"(\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        assert m, "field " + s
        for n in m.group(2), m.group(3):
            assert n is None or lo <= int(n) <= hi, "field " + s
for line in open(sys.argv[1]):
    line = re.sub("^#(?=[0-9*@])", "", line.rstrip("\n"))
    if not line or line.startswith("#") or re.match(r"[A-Z_]+=\S*$", line):
        continue
    if line.startswith("@"):
        when, user, command = line.split(None, 2)
        assert when in ("@reboot", "@hourly", "@daily"), when
    else:
        *five, user, command = line.split(None, 6)
        for f, (lo, hi) in zip(five, ranges, strict=True):
            field(f, lo, hi)
    assert re.fullmatch(r"[a-z]+", user), user
    # a bare % would end the command
    assert re.search(r"(?<!\\)%", command) is None, command
    print(command)
PY
	[ "$(wc -l <"$dir/commands")" = 3 ]
	furnish
	moved "$examples/watchdog.conf" | sed "s|transport = smtp|#|
	    /^ *relays =/d; /^ *user =/d; /^ *password-file =/d
	    s|#maildir = .*|maildir = \"$dir/mail\"|" \
	    >"$dir/etc/sitewatch/watchdog.conf"
	mkdir -p "$dir/var/lib"
	mkdir -m 700 "$dir/home"
	# root's and everybody else's usual place alike
	export STATE_DIRECTORY=$dir/home
	while read -r command; do
		PATH=$bin:$PATH run sh -c "${command//\/etc/$dir/etc}"
		[ "$status" -eq 0 ]
	done <"$dir/commands"
	[ "$(count_mails)" -ge 4 ]
	[ -e "$dir/var/lib/sitewatch/watchdog.db" ]
	[ -e "$dir/home/new-daily.db" ]
}

@test "systemd: the directories it makes are those the program looks for" {
	grep -q '^StateDirectory=sitewatch$' \
	    "$examples/systemd/site-watchdog.service"
	grep -q '^ConfigurationDirectory=sitewatch$' \
	    "$examples/systemd/site-watchdog.service"
}

@test "systemd units" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	cp "$examples"/systemd/* "$dir"
	sed -i "s|/usr/local/bin/|$bin/|" "$dir/site-watchdog.service"
	run systemd-analyze --man=no verify "$dir/site-watchdog.service" \
	    "$dir/site-watchdog.timer"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "logrotate" {
	PATH=$PATH:/usr/sbin
	command -v logrotate >/dev/null || skip "no logrotate"
	[ "$(id -u)" -eq 0 ] || skip "its user and group need root"
	mkdir -p "$dir/var/log/apache2" "$dir/var/log/nginx"
	chmod 755 "$dir" "$dir/var" "$dir/var/log" "$dir"/var/log/*
	: >"$dir/var/log/apache2/error.log"
	: >"$dir/var/log/nginx/error.log"
	sed "s|^/var/log|$dir/var/log|" "$examples/logrotate" >"$dir/rotate"
	chmod 644 "$dir/rotate"
	run logrotate -d -s "$dir/rotated" "$dir/rotate"
	echo "$output"
	[ "$status" -eq 0 ]
	# -d itself is worth a warning to it
	no grep -i 'error:\|warning: [^l]' <<<"$output"
	[[ $output == *"$dir/var/log/apache2/error.log"* ]]
	[ "$(grep -c '^	create ' "$examples/logrotate")" = 2 ]
	[ "$(grep -c '^	delaycompress$' "$examples/logrotate")" = 2 ]
	no grep -q '^	copytruncate' "$examples/logrotate"
}

@test "the configurations of site-watchdog.conf(5) are accepted" {
	furnish
	# blocks that are a whole file: they have a log, a route and mail
	awk -v dir="$dir" '/^[.]Bd/ { text = ""; on = 1; next }
	    /^[.]Ed/ && text ~ /log "/ && text ~ /mail [{]/ {
		printf "%s", text >(dir "/block" ++n ".conf") }
	    /^[.]Ed/ { on = 0 } on { text = text $0 "\n" }' \
	    "$man/site-watchdog.conf.5"
	[ -e "$dir/block2.conf" ]
	for block in "$dir"/block*.conf; do
		moved "$block" >"$conf"
		run_watchdog --state "$state" check-config
		echo "$output"
		[ "$status" -eq 0 ]
	done
}

@test "HACKING names no file that is not there" {
	sed -n '/^## A run/,/^## What/p' "$top/HACKING" |
	    grep -oE '(read|match|tell|mail)/[a-z_*]+[.]c|^ +[a-z_*]+[.]c' |
	    tr -d ' ' | sort -u >"$dir/named"
	grep -qx 'read/format\*.c' "$dir/named"
	while read -r file; do
		# shellcheck disable=SC2086 # a pattern
		ls "$top"/watchdog/$file >/dev/null 2>&1 ||
		    ls "$top"/common/$file >/dev/null 2>&1 || echo "$file"
	done <"$dir/named" >"$dir/gone"
	cat "$dir/gone"
	[ ! -s "$dir/gone" ]
}

@test "every key of the code is in site-watchdog.conf(5)" {
	run missing_in "$man/site-watchdog.conf.5" \
	    '^[.](It Ic @$|Ic @ (Brq|Qo) |Ic route .* Ic @ No )' \
	    < <(keys_in_code)
	[ -z "$output" ]
}

@test "every key of site-watchdog.conf(5) is in the code" {
	keys_in_code >"$dir/keys"
	run missing_in "$dir/keys" '^@$' \
	    < <(sed -n 's/^\.It Ic //p' "$man/site-watchdog.conf.5")
	[ -z "$output" ]
}

@test "the words a key takes are in site-watchdog.conf(5)" {
	{
		tr '\n' ' ' <"$top/common/mail/mail_conf.c" |
		    grep -oE '(transports|starttls_words)\[\] = [{][^}]*' |
		    grep -o '"[a-z]*"'
		# the error of a wrong format lists those there are
		"$watchdog" filter -f x 2>&1 | sed 's/.*there are//; s/(.*//' |
		    grep -oE '[a-z]+'
	} | tr -d '"' | sort -u >"$dir/words"
	grep -qx nginx "$dir/words"
	grep -qx maildir "$dir/words"
	run missing_in "$man/site-watchdog.conf.5" '(It )?Cm @( |$)' <"$dir/words"
	[ -z "$output" ]
}

@test "every long option of --help is in the manual and the completion" {
	"$watchdog" --help | long_options >"$dir/help"
	grep -qx section "$dir/help"
	run missing_in "$man/site-watchdog.1" 'Fl .*-@( |$)' <"$dir/help"
	[ -z "$output" ]
	run missing_in "$top/completion/site-watchdog.bash" '--@([^a-z]|$)' \
	    <"$dir/help"
	[ -z "$output" ]
}

@test "every long option of the code is in manual and completion, and back" {
	sed -n 's/.*{ "\([a-z-]*\)", \(no\|required\)_argument.*/\1/p' \
	    "$top"/watchdog/main.c "$top"/watchdog/view.h \
	    "$top"/watchdog/cmd_*.c | sort -u >"$dir/code"
	grep -qx docroot "$dir/code"
	run missing_in "$man/site-watchdog.1" 'Fl .*-@( |$)' <"$dir/code"
	[ -z "$output" ]
	run missing_in "$top/completion/site-watchdog.bash" '--@([^a-z]|$)' \
	    <"$dir/code"
	[ -z "$output" ]
	sed -n 's/^\.It Fl.* -\([a-z][a-z-]*\).*/\1/p' \
	    "$man/site-watchdog.1" >"$dir/manual"
	long_options <"$top/completion/site-watchdog.bash" >>"$dir/manual"
	run missing_in "$dir/code" '^@$' <"$dir/manual"
	[ -z "$output" ]
}

@test "every command of --help is in the manual and the completion" {
	"$watchdog" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' \
	    >"$dir/commands"
	grep -qx explain "$dir/commands"
	run missing_in "$man/site-watchdog.1" '^[.]It Cm @( |$)' \
	    <"$dir/commands"
	[ -z "$output" ]
	run missing_in "$top/completion/site-watchdog.bash" \
	    'commands=".*@[ "]' <"$dir/commands"
	[ -z "$output" ]
}

@test "sitewatch-mail: its options and commands are in its manual" {
	[ -x "$bin/sitewatch-mail" ] || skip "no sitewatch-mail"
	"$bin/sitewatch-mail" --help >"$dir/help"
	long_options <"$dir/help" >"$dir/long"
	run missing_in "$man/sitewatch-mail.8" 'Fl .*-@( |$)' <"$dir/long"
	[ -z "$output" ]
	sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' "$dir/help" |
	    grep -v sitewatch >"$dir/commands"
	grep -qx flush "$dir/commands"
	run missing_in "$man/sitewatch-mail.8" '^[.]It Cm @( |$)' \
	    <"$dir/commands"
	[ -z "$output" ]
}

@test "the completion offers commands, options and files" {
	# shellcheck source=/dev/null
	. "$top/completion/site-watchdog.bash"
	COMP_WORDS=(site-watchdog f) COMP_CWORD=1
	_site_watchdog
	[ "${COMPREPLY[*]}" = filter ]
	COMP_WORDS=(site-watchdog -c x.conf new --a) COMP_CWORD=4
	_site_watchdog
	[ "${COMPREPLY[*]}" = --as ]
	COMP_WORDS=(site-watchdog filter -f ng) COMP_CWORD=3
	_site_watchdog
	[ "${COMPREPLY[*]}" = nginx ]
	COMP_WORDS=(site-watchdog filter -c "$logs/apache24.l") COMP_CWORD=3
	_site_watchdog
	[ "${COMPREPLY[*]}" = "$logs/apache24.log" ]
	COMP_WORDS=(site-watchdog mail fl) COMP_CWORD=2
	_site_watchdog
	[ "${COMPREPLY[*]}" = flush ]
}
