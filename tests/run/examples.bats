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
	uptime=$bin/site-uptime
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

keys_in_files()
{
	sed -n 's/.*CFG_\(STR\|STR_LIST\|SEC\)("\([^"]*\)".*/\2/p' "$@" |
	    sort -u
}

keys_in_code()
{
	keys_in_files "$top/watchdog/conf.c" "$top/common/mail/mail_conf.c"
}

# The files that examples/uptime.conf names.
furnish_uptime()
{
	mkdir -p "$dir/etc/sitewatch" "$dir/etc/ssl/certs" \
	    "$dir/usr/lib/nagios/plugins" "$dir/var/lib/sitewatch"
	chmod 700 "$dir/var/lib/sitewatch"
	for file in mail.password probe.password probe.pem probe.key \
	    login.body ping.json; do
		echo secret >"$dir/etc/sitewatch/$file"
		chmod 600 "$dir/etc/sitewatch/$file"
	done
	echo >"$dir/etc/ssl/certs/our-ca.pem"
	ln -s /bin/true "$dir/usr/lib/nagios/plugins/check_disk"
}

# examples/uptime.conf with its paths, but not those of URLs, below $dir.
moved_uptime()
{
	sed -E "s#\"/(etc|var|usr)/#\"$dir/\1/#g" "$examples/uptime.conf"
}

# site-uptime takes $conf, without a warning; what it says is in $dir/out.
accepted()
{
	"$uptime" -c "$conf" --state "$dir/state.db" check-config \
	    >"$dir/out" 2>"$dir/err" || :
	cat "$dir/err"
	[ ! -s "$dir/err" ]
	[ -s "$dir/out" ]
}

# Blocks of a manual page that are a whole file, one with each of the words.
manual_blocks()
{
	awk -v dir="$dir" -v first="$2" -v second="$3" '
	    /^[.]Bd/ { text = ""; on = 1; next }
	    /^[.]Ed/ && text ~ first && text ~ second {
		gsub(/\\e/, "\\", text)
		printf "%s", text >(dir "/block" ++n ".conf") }
	    /^[.]Ed/ { on = 0 } on { text = text $0 "\n" }' "$1"
	[ -e "$dir/block2.conf" ]
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
	grep -q '^#max-time = 5m' "$examples/watchdog.conf"
	grep -q 'MAX_TIME 300' "$top/watchdog/conf.c"
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

@test "ignore rules: none can match anywhere, none is slow, none repeats" {
	"$watchdog" rules --json -r "$examples/ignore.d" >"$dir/rules"
	[ "$(wc -l <"$dir/rules")" -gt 25 ]
	no grep -v '"marks":null' "$dir/rules"
	# what their comments say is prose
	no grep -v '"until":null,"by":null,"because":null,"only":null' \
	    "$dir/rules"
}

@test "ignore.d for Apache hides the noise and no fault" {
	"$watchdog" filter -r "$examples/ignore.d" "$logs/apache24.log" \
	    >"$dir/left"
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
	"$watchdog" filter -c -r "$examples/ignore.d" \
	    "$logs/apache22.log" >"$dir/n"
	[ "$(cat "$dir/n")" -lt "$("$watchdog" filter -c "$logs/apache22.log")" ]
}

@test "ignore.d for nginx hides the noise and no fault" {
	"$watchdog" filter -r "$examples/ignore.d" "$logs/nginx.log" \
	    >"$dir/left"
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

@test "ignore.d/php and wordpress hide what they say, and nothing graver" {
	local own='[21-Nov-2026 07:14:45 UTC]' mod
	mod='[Sat Nov 21 06:47:00.000000 2026] [php:notice] [pid 1] [client'
	mod="$mod 192.0.2.1:1]"
	cat >"$dir/noise" <<EOF
$own PHP Deprecated:  Optional parameter b, before c in /srv/www/vendor/acme/x.php on line 12
$mod PHP Deprecated:  Optional parameter b, before c in /srv/www/vendor/acme/x.php on line 12, referer: http://e.example/
$own PHP Notice:  Function _load_textdomain_just_in_time was called <strong>incorrectly</strong>. Translation loading for the <code>acme</code> domain was triggered too early. in /srv/www/wp-includes/functions.php on line 6121
$mod PHP Notice:  Function _load_textdomain_just_in_time was called <strong>incorrectly</strong>. Translation loading, too early. in /srv/www/wp-includes/functions.php on line 6121
$mod PHP Deprecated:  Creation of dynamic property A::b is deprecated in /srv/www/wp-content/plugins/acme/a.php on line 3
$own Cron reschedule event error for hook: wp_version_check, Error code: could_not_set, Error message: The cron event list could not be saved., Data: {"schedule":"twicedaily"}
$own   Automatic plugin updates complete.
EOF
	cat >"$dir/faults" <<EOF
$own PHP Fatal error:  Uncaught Error: x in /srv/www/vendor/acme/x.php:12
$own PHP Warning:  Undefined variable in /srv/www/vendor/acme/x.php on line 12
$own PHP Deprecated:  Optional parameter in /srv/www/own/x.php on line 12
$mod PHP Deprecated:  Optional parameter in /srv/www/own/x.php on line 12, referer: http://e.example/ in /srv/vendor/acme/x.php on line 1
$own WordPress database error Table 'wp_options' does not exist for query SELECT 1
[21-Nov-2026 07:14:45] WARNING: [pool www] child 77 exited on signal 11 (SIGSEGV) after 3.2 seconds from start
[21-Nov-2026 07:14:45] WARNING: [pool www] server reached pm.max_children setting (5), consider raising it
[21-Nov-2026 07:14:45] NOTICE: [pool www] child 77 exited with code 255 after 1.0 seconds from start
EOF
	run "$watchdog" filter -f plain -r "$examples/ignore.d" "$dir/noise"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	"$watchdog" filter -f plain -r "$examples/ignore.d" "$dir/faults" |
	    cmp - "$dir/faults"
	# of FPM's own log all but its notices stays
	"$watchdog" filter -f plain -r "$examples/ignore.d" \
	    "$logs/php-fpm.log" >"$dir/left"
	grep -v '^.[^]]*. NOTICE: ' "$logs/php-fpm.log" | cmp - "$dir/left"
}

@test "ignore.d/bots hides what is not there, never what fails" {
	cat >"$dir/log" <<'EOF'
[Sat Nov 21 06:47:00.000000 2026] [core:info] [pid 1] [client 192.0.2.1:1] AH00128: File does not exist: /srv/www/.env
[Sat Nov 21 06:47:00.000000 2026] [core:info] [pid 1] [client 192.0.2.1:1] AH00128: File does not exist: /srv/www/.git/config
[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client 192.0.2.1:1] script '/srv/www/blog/wp-login.php' not found or unable to stat
2026/11/21 06:47:00 [error] 7#7: *1 open() "/srv/www/phpMyAdmin/index.php" failed (2: No such file or directory), client: 192.0.2.1, server: x
EOF
	run "$watchdog" filter -f plain -r "$examples/ignore.d/bots" "$dir/log"
	[ "$status" -eq 1 ]
	cat >"$dir/log" <<'EOF'
[Sat Nov 21 06:47:00.000000 2026] [php:error] [pid 1] [client 192.0.2.1:1] PHP Fatal error:  Uncaught Error: x in /srv/www/wp-login.php:12
[Sat Nov 21 06:47:00.000000 2026] [core:info] [pid 1] [client 192.0.2.1:1] AH00128: File does not exist: /srv/www/logo.png, referer: http://e.example/.env
[Sat Nov 21 06:47:00.000000 2026] [core:error] [pid 1] [client 192.0.2.1:1] (13)Permission denied: AH00035: access to /.git/config denied
[Sat Nov 21 06:47:00.000000 2026] [proxy_fcgi:error] [pid 1] [client 192.0.2.1:1] AH01071: Got error 'Primary script unknown'
2026/11/21 06:47:00 [error] 7#7: *1 open() "/srv/www/wp-content/x.png" failed (13: Permission denied), client: 192.0.2.1, server: x
2026/11/21 06:47:00 [error] 7#7: *1 open() "/srv/www/x.html" failed (2: No such file or directory), client: 192.0.2.1, server: x, request: "GET /x.html?/.env" failed (2: No such file or directory), client: "
2026/11/21 06:47:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: x, request: "GET /wp-login.php HTTP/1.1"
EOF
	"$watchdog" filter -f plain -r "$examples/ignore.d/bots" "$dir/log" |
	    cmp - "$dir/log"
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
	[ "$(wc -l <"$dir/commands")" = 4 ]
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
	for tool in site-watchdog site-uptime; do
		grep -q '^StateDirectory=sitewatch$' \
		    "$examples/systemd/$tool.service"
		grep -q '^ConfigurationDirectory=sitewatch$' \
		    "$examples/systemd/$tool.service"
	done
}

@test "systemd units" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	cp "$examples"/systemd/* "$dir"
	sed -i "s|/usr/local/bin/|$bin/|" "$dir"/*.service
	run systemd-analyze --man=no verify "$dir"/*.service "$dir"/*.timer
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
	manual_blocks "$man/site-watchdog.conf.5" 'log "' 'mail [{]'
	for block in "$dir"/block*.conf; do
		moved "$block" >"$conf"
		run_watchdog --state "$state" check-config
		echo "$output"
		[ "$status" -eq 0 ]
	done
}

@test "HACKING names no file that is not there" {
	sed -n '/^## A run/,/^## What/p' "$top/HACKING" |
	    grep -oE '([a-z]+/)*[a-z_*]+[.]c\b' | sort -u >"$dir/named"
	grep -qx 'formats/\*.c' "$dir/named"
	grep -qx 'dns/delegation\*.c' "$dir/named"
	while read -r file; do
		find "$top"/{watchdog,uptime,common} -path "*/$file" |
		    grep -q . || echo "$file"
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
		    grep -oE '[a-z-]+'
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
	    "$top/common/host/tool.c" "$top"/watchdog/cmd/view.h \
	    "$top"/watchdog/cmd/cmd_*.c | sort -u >"$dir/code"
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

# ---- site-uptime -----------------------------------------------------------

@test "site-uptime: the small configuration: six lines, accepted" {
	[ "$(grep -c . "$examples/uptime-minimal.conf")" = 6 ]
	cp "$examples/uptime-minimal.conf" "$conf"
	accepted
	grep -q 'the body is "success", delegation .*ops@example.com' "$dir/out"
	while read -r line; do
		grep -qF -- "$line" "$top/README"
		grep -qF -- "$line" "$man/sitewatch.7"
		grep -qF -- "$line" "$man/site-uptime.conf.5"
	done <"$examples/uptime-minimal.conf"
}

@test "site-uptime: the full configuration is accepted" {
	furnish_uptime
	moved_uptime >"$conf"
	accepted
	grep -qF 'mail.example.com:993' "$dir/out"
	grep -qF 'says "* OK"' "$dir/out"
	grep -qF "0..100 in '\"queue\":" "$dir/out"
}

@test "site-uptime: so are the values that stand in its comments" {
	furnish_uptime
	moved_uptime | sed 's/^\( *\)#\([a-z0-9-]* = \)/\1\2/' >"$conf"
	grep -q '^ *keep = 400d' "$conf"
	accepted
}

@test "site-uptime: what its comments call a default is one" {
	example=$examples/uptime.conf
	grep -q '^#keep = 400d' "$example"
	grep -q 'KEEP (400 \* 86400)' "$top/uptime/conf/conf.c"
	grep -q '^#in-flight = 1000' "$example"
	grep -q 'FETCH_MAX 1000' "$top/uptime/probe/fetch.h"
	grep -q '^#per-host = 4' "$example"
	grep -q 'PER_HOST 4$' "$top/uptime/conf/conf.c"
	grep -q '^#per-address = 32' "$example"
	grep -q 'PER_ADDRESS 32$' "$top/uptime/conf/conf.c"
	grep -q '#cert-warn = 14d' "$example"
	grep -q 'CERT_WARN (14 \* 86400)' "$top/uptime/site.c"
	grep -q '#cert-warn-fraction = 10%' "$example"
	grep -q 'CERT_FRACTION 0.1$' "$top/uptime/site.c"
	grep -q '#every = 5m' "$example"
	grep -q 'EVERY 300 ' "$top/uptime/site.c"
	grep -q '#timeout = 10s' "$example"
	grep -q 'TIMEOUT 10000 ' "$top/uptime/site.c"
	grep -q '#max-body = 1M' "$example"
	grep -q 'MAX_BODY 1048576$' "$top/uptime/site.c"
}

@test "site-uptime: the full configuration has every key" {
	keys_in_files "$top"/uptime/conf/conf*.c "$top/common/mail/mail_conf.c" \
	    >"$dir/keys"
	[ "$(wc -l <"$dir/keys")" -ge 60 ]
	run missing_in "$examples/uptime.conf" \
	    '(^|[ {#])@ *=|^ *@ ("[^"]*" )?[{]' <"$dir/keys"
	[ -z "$output" ]
}

@test "every key of the code is in site-uptime.conf(5), and back" {
	keys_in_files "$top"/uptime/conf/conf*.c >"$dir/keys"
	run missing_in "$man/site-uptime.conf.5" \
	    '^[.](It Ic (.* , )?@( ,|$)|Ic @ (Brq|Qo) )' <"$dir/keys"
	[ -z "$output" ]
	run missing_in "$dir/keys" '^@$' < <(
	    sed -n 's/^\.It Ic //p' "$man/site-uptime.conf.5" |
	    sed 's/ , /\n/g')
	[ -z "$output" ]
	# those of mail { } are another page's, but named
	keys_in_files "$top/common/mail/mail_conf.c" >"$dir/keys"
	run missing_in "$man/site-uptime.conf.5" \
	    '^[.](It )?Ic (.* , )?@( ,|$| Brq)' <"$dir/keys"
	[ -z "$output" ]
}

@test "the words a key takes are in site-uptime.conf(5)" {
	tr '\n' ' ' <"$top/uptime/conf/conf_ask.c" |
	    grep -oE '(redirect_words|methods)\[\] = [{][^}]*' |
	    grep -oE '"[a-zA-Z]*"' | tr -d '"' >"$dir/words"
	grep -qx same "$dir/words"
	grep -qx PATCH "$dir/words"
	run missing_in "$man/site-uptime.conf.5" '^[.](It )?Cm (.* , )?@( |$)' \
	    <"$dir/words"
	[ -z "$output" ]
}

@test "the configurations of site-uptime.conf(5) are accepted" {
	furnish_uptime
	manual_blocks "$man/site-uptime.conf.5" 'site "' 'mail [{]'
	for block in "$dir"/block*.conf; do
		sed "s|/usr/lib/|$dir&|" "$block" >"$conf"
		accepted
	done
	# and those that are the inside of a site
	rm "$dir"/block*.conf
	manual_blocks "$man/site-uptime.conf.5" 'url "' '"queue' || :
	{
		echo 'mail { from = a@b.c }  site "x" { owners = a@b.c'
		cat "$dir/block1.conf"
		echo '}'
	} >"$conf"
	accepted
	grep -q 'after 2 steps' "$dir/out"
}

@test "site-uptime: long options are in help, manual and completion" {
	"$uptime" --help | long_options >"$dir/help"
	sed -n 's/.*{ "\([a-z-]*\)", \(no\|required\)_argument.*/\1/p' \
	    "$top/common/host/tool.c" "$top"/uptime/cmd_*.c |
	    sort -u >"$dir/code"
	for list in help code; do
		grep -qx delegation "$dir/$list"
		run missing_in "$man/site-uptime.1" 'Fl .*-@( |$)' \
		    <"$dir/$list"
		[ -z "$output" ]
		run missing_in "$top/completion/site-uptime.bash" \
		    '--@([^a-z]|$)' <"$dir/$list"
		[ -z "$output" ]
	done
	run missing_in "$dir/help" '^@$' <"$dir/code"
	[ -z "$output" ]
	sed -n 's/^\.It Fl.* -\([a-z][a-z-]*\).*/\1/p' \
	    "$man/site-uptime.1" >"$dir/manual"
	long_options <"$top/completion/site-uptime.bash" >>"$dir/manual"
	run missing_in "$dir/code" '^@$' <"$dir/manual"
	[ -z "$output" ]
}

@test "site-uptime: every command is in help, manual and completion" {
	sed -n 's/^	{ "\([a-z-]*\)", cmd_.*/\1/p' "$top/uptime/main.c" \
	    >"$dir/commands"
	grep -qx check-config "$dir/commands"
	"$uptime" --help >"$dir/help"
	run missing_in "$dir/help" '(^  |; )@ ' <"$dir/commands"
	[ -z "$output" ]
	run missing_in "$man/site-uptime.1" '^[.]It Cm @( |$)' \
	    <"$dir/commands"
	[ -z "$output" ]
	run missing_in "$top/completion/site-uptime.bash" \
	    'commands="(.* )?@[ "]' <"$dir/commands"
	[ -z "$output" ]
}

@test "site-uptime: the layers and grades of the code are in the manual" {
	sed -n 's/.*\[LAYER_[A-Z]*\] = { "[a-z]*", "\(.*\)" },/\1/p' \
	    "$top/uptime/probe.c" | grep -v 'this host' >"$dir/words"
	grep -qx 'name servers' "$dir/words"
	sed -n 's/.*\[GRADE_[A-Z]*\] = { "[a-z]*", "\(.*\)" },/\1/p' \
	    "$top/uptime/probe.c" | grep -vx OK >>"$dir/words"
	grep -qx DEGRADED "$dir/words"
	run missing_in "$man/site-uptime.1" '^[.]It @$' <"$dir/words"
	[ -z "$output" ]
}

@test "uptime.cron: its commands work" {
	furnish_uptime
	sed -nE 's/^#?[*@].*sitewatch  (site-uptime .*)/\1/p' \
	    "$examples/uptime.cron" >"$dir/commands"
	[ "$(wc -l <"$dir/commands")" = 3 ]
	# nothing is asked for that is far away
	cat >"$dir/etc/sitewatch/uptime.conf" <<EOF
state = "$dir/var/lib/sitewatch/uptime.db"
resolvers = {"127.0.0.1:1"}
witnesses = {"tcp:127.0.0.1:1"}
recheck = {}
mail { from = a@b.c  maildir = "$dir/mail" }
exec "true" { owners = o@b.c  command = "/bin/true" }
EOF
	while read -r command; do
		command=${command//\/etc/$dir/etc}
		command=${command//\/var/$dir/var}
		run sh -c "$bin/$command"
		echo "$command: $output"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done <"$dir/commands"
	grep -q '^# TYPE ' "$dir/var/lib/sitewatch/uptime.prom"
}

@test "site-uptime: the completion offers commands, options and files" {
	# shellcheck source=/dev/null
	. "$top/completion/site-uptime.bash"
	COMP_WORDS=(site-uptime d) COMP_CWORD=1
	_site_uptime
	[ "${COMPREPLY[*]}" = dns ]
	COMP_WORDS=(site-uptime -c x.conf check --dele) COMP_CWORD=4
	_site_uptime
	[ "${COMPREPLY[*]}" = --delegation ]
	COMP_WORDS=(site-uptime check --ca-file "$examples/uptime.c")
	COMP_CWORD=3
	_site_uptime
	[[ " ${COMPREPLY[*]} " == *" $examples/uptime.conf "* ]]
	COMP_WORDS=(site-uptime mail fl) COMP_CWORD=2
	_site_uptime
	[ "${COMPREPLY[*]}" = flush ]
}
