# shellcheck shell=sh disable=SC2034,SC2154
# site-watchdog finds what rotation leaves, and is killed over it: `run`, with
# mail, and `new`, whose standard output is a file, a full disk, a closed pipe.
scenarios="${scenarios-} fresh backlog packed truncated copying new_fresh
    new_backlog new_packed new_copying new_full new_pipe"

# Several lines at once: says $2 to $#.
log_lines()
{
	to=$1
	shift
	for word; do
		error_line "/news/$word.php" "$word"
	done >>"$dir/logs/$to"
}

# The first look; what follows is news to the next one.
log_start()
{
	log_reader=$1
	watchdog=$steps/site-watchdog
	log=$dir/logs/error.log
	gaps=0
	rm -rf "$dir/state" "$dir/mail" "$dir/logs" "$dir/begun" "$dir/out.new"
	mkdir "$dir/logs" "$dir/begun"
	: >"$dir/out.new"
	cat >"$dir/watchdog.conf" <<-EOT
	state = "$dir/state/watchdog.db"
	admin = {"ops@example.com"}
	mail { from = "w@example.com" maildir = "$dir/mail" }
	log "$log" {
	    docroot = {"/var/www/example.com"}
	    ignore = {"$dir/rules"}
	}
	route "/" { owners = {"jane@example.com"} }
	EOT
	echo Noise >"$dir/rules"
}

log_first()
{
	log_lines error.log alpha Noise beta
	plain log_read || bad "the first run" "exit $status"
	settled=2
}

log_read()
{
	if [ "$log_reader" = run ]; then
		"$@" "$watchdog" -c "$dir/watchdog.conf"
	else
		"$@" "$watchdog" new --state "$dir/state/watchdog.db" \
		    -r "$dir/rules" "$log" >>"$dir/out.new"
	fi
}

# What each kind leaves; $wanted are told in all.
log_fresh()
{
	log_lines error.log alpha Noise beta gamma
	wanted=3
}

log_backlog()
{
	log_first
	log_lines error.log gamma Noise
	mv "$log" "$log.3"
	log_lines error.log delta Noise
	mv "$log" "$log.2"
	log_lines error.log.1 epsilon zeta
	log_lines error.log eta Noise
	wanted=7
}

log_packed()
{
	log_first
	log_lines error.log gamma Noise
	mv "$log" "$log.2" && gzip "$log.2"
	log_lines error.log.1 delta Noise epsilon
	gzip "$log.1"
	log_lines error.log zeta
	wanted=6
}

# Nobody has what was behind beta: one gap.
log_truncated()
{
	log_first
	log_lines error.log gone
	: >"$log"
	log_lines error.log gamma Noise
	wanted=3
	gaps=1
}

# The copy is half done; log_later does the rest.
log_copying()
{
	log_first
	log_lines error.log gamma Noise delta
	cp -p "$log" "$dir/whole"
	wanted=4
}

log_prepared_copying()
{
	cat "$dir/whole" >"$log"
	head -c 300 "$log" >"$log.1"
}

log_later_copying()
{
	cat "$log" >"$log.1"
	: >"$log"
	log_lines error.log epsilon
}

log_begin()
{
	command -v sqlite3 >/dev/null || return 1
	log_start "$1"
	kind=$2
	"log_$kind"
	[ ! -e "$dir/state" ] || cp -a "$dir/state" "$dir/begun"
	[ ! -e "$dir/mail" ] || cp -a "$dir/mail" "$dir/begun"
	cp "$dir/out.new" "$dir/begun"
}

log_prepare()
{
	rm -rf "$dir/state" "$dir/mail" "$dir/out.new"
	cp -a "$dir/begun/." "$dir"
	[ "$kind" != copying ] || log_prepared_copying
}

# Tomorrow, and an hour later.
log_ends()
{
	[ "$kind" != copying ] || log_again "$1" 0
	[ "$kind" != copying ] || log_later_copying
	log_again "$1" 86400
	log_again "$1" 90000
}

log_again()
{
	plain log_read env SITEWATCH_NOW=$(($(date +%s) + $2)) ||
	    bad "$1" "then exit $status: $(head -c 200 "$dir/said")"
}

# All was read once, or the gap is known.
log_audited()
{
	set -- "$1" -c "$dir/watchdog.conf" audit
	[ "$log_reader" = run ] || set -- "$1" \
	    --state "$dir/state/watchdog.db" audit --as ""
	what=$1
	shift
	"$watchdog" "$@" >"$dir/said" 2>&1
	status=$?
	[ "$((gaps > 0))" -eq "$status" ] ||
	    bad "$what" "audit: exit $status: $(head -c 300 "$dir/said")"
}

# How a gap is told.
log_gaps()
{
	cat "$dir"/mail/ops@*/new/* 2>/dev/null | tr -d '\n' |
	    sed 's/=20//g; s/  */ /g' |
	    grep -oE 'may be missing|cannot be proved' | wc -l
}

log_judge_run()
{
	more=0
	[ "$kind" != copying ] || more=1
	log_ends "$1"
	told=$(watchdog_told)
	noise=$(watchdog_noise)
	count "$1" $((told - noise)) $((wanted + more))
	count "$1: in groups" "$(watchdog_kept records story)" "$told"
	count "$1: words" "$(sqlite3 "$dir/state/watchdog.db" \
	    "SELECT COUNT(*) FROM story WHERE records = 1 AND
	    CAST(message AS TEXT) NOT LIKE '%Noise%'")" $((wanted + more))
	count "$1: gaps" "$(log_gaps)" "$gaps"
	log_audited "$1"
}

# Lines in $2 more often than once.
log_twice()
{
	sort "$1" | uniq -d | wc -l
}

# What the first run, which ended as $ended says, wrote may come again only if
# that run failed: it was not committed.  A torn line at its end is its last.
log_judge_new()
{
	took=$(grep -c . "$dir/out.new")
	had=$took
	more=0
	[ "$kind" != copying ] || more=1
	[ ! -s "$dir/out.new" ] || [ -z "$(tail -c 1 "$dir/out.new")" ] ||
	    echo >>"$dir/out.new"
	log_ends "$1"
	grep 'on line 3$' "$dir/out.new" >"$dir/lines"
	count "$1" "$(sort -u "$dir/lines" | wc -l)" $((wanted + more))
	twice=$(log_twice "$dir/lines")
	if [ "$ended" -eq 0 ]; then
		count "$1: again after a good run" \
		    "$(wc -l <"$dir/lines")" $((wanted + more))
	elif [ "$twice" -gt "$had" ] ||
	    [ "$(wc -l <"$dir/lines")" -gt $((wanted + more + had)) ]; then
		bad "$1" "$(wc -l <"$dir/lines") lines, $had were there"
	fi
	log_audited "$1"
}

# The output of the faulty run is lost to the reader: nothing comes twice.
log_judge_nowhere()
{
	log_ends "$1"
	count "$1" "$(wc -l <"$dir/out.new")" "$wanted"
	count "$1: each once" "$(sort -u "$dir/out.new" | wc -l)" "$wanted"
	log_audited "$1"
}

new_nowhere()
{
	to=$1
	shift
	"$@" /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if sys.argv[1] == "pipe":
    r, w = os.pipe()
    os.close(r)
else:
    w = os.open("/dev/full", os.O_WRONLY)
os.dup2(w, 1)
os.execv(sys.argv[2], sys.argv[2:])' "$to" "$watchdog" new \
	    --state "$dir/state/watchdog.db" -r "$dir/rules" "$log"
}

for kind in fresh backlog packed truncated copying; do
	eval "${kind}_begin() { log_begin run $kind; }
	${kind}_prepare() { log_prepare; }
	${kind}_run() { log_read \"\$@\"; }
	${kind}_judge() { log_judge_run \"\$1\"; }
	new_${kind}_begin() { log_begin new $kind; }
	new_${kind}_prepare() { log_prepare; }
	new_${kind}_run() { log_read \"\$@\"; }
	new_${kind}_judge() { log_judge_new \"\$1\"; }"
done
for to in full pipe; do
	eval "new_${to}_begin() { [ -e /dev/full ] && log_begin new backlog; }
	new_${to}_prepare() { log_prepare; }
	new_${to}_run() { new_nowhere $to \"\$@\"; }
	new_${to}_judge() { log_judge_nowhere \"\$1\"; }"
done
