# shellcheck shell=sh disable=SC2034,SC2154 # the variables are run's
# The readers that tests/bench/peers/run compares.
#
# X_name; X_have; X_begin, once; X_read, one run: lines to stdout, words to
# stderr; X_full, a run that cannot write what it read.  $under stands before
# the program.  X_told is how it says that something was amiss.

watchdog_name="site-watchdog new" watchdog_told='^site-watchdog: '
watchdog_have()
{
	[ -x "$BUILD/site-watchdog" ]
}
watchdog_begin()
{
	cat >"$d/watchdog.conf" <<CONF
admin = {"ops@example.com"}
mail { from = "w@example.com"  maildir = "$d/mail" }
log "$log" { olddir = "$old" }
CONF
}
watchdog_read()
{
	$under "$BUILD/site-watchdog" -c "$d/watchdog.conf" new \
	    --state "$d/state/new.db"
}
watchdog_full()
{
	watchdog_read >/dev/full
}

logtail2_name=logtail2 logtail2_told='WARNING'
logtail2_have()
{
	command -v logtail2 >/dev/null
}
logtail2_begin()
{
	:
}
logtail2_read()
{
	$under logtail2 -f "$log" -o "$d/state/offset"
}
logtail2_full()
{
	logtail2_read >/dev/full
}

# What it found is in a file of its own; what it prints are words.
check_logfiles_name=check_logfiles
check_logfiles_told='cannot|could not|not found|missing'
check_logfiles_have()
{
	[ -f "$CHECK_LOGFILES" ]
}
check_logfiles_begin()
{
	mkdir "$d/found"
	cat >"$d/peer.cfg" <<CONF
\$seekfilesdir = '$d/state';
\$protocolsdir = '$d/found';
@searches = ({ tag => 'peers', logfile => '$log', archivedir => '$old',
    rotation => 'error\\.log[.-].+', criticalpatterns => ['.'],
    options => 'allyoucaneat' });
CONF
}
check_logfiles_read()
{
	$under perl "$CHECK_LOGFILES" -f "$d/peer.cfg" >&2
	for found in "$d"/found/*; do
		[ -e "$found" ] || continue
		sed '/^[A-Z]* Errors in /d; /^could not find/d; /^$/d' "$found"
		rm "$found"
	done
}
check_logfiles_full()
{
	# a directory that takes no file
	mv "$d/found" "$d/away"
	check_logfiles_read
	mv "$d/away" "$d/found"
}

since_name=since since_told='truncated'
since_have()
{
	command -v since >/dev/null
}
since_begin()
{
	:
}
since_read()
{
	# two files and more get heads
	$under since -q -s "$d/state/since" "$log"
}
since_full()
{
	since_read >/dev/full
}
