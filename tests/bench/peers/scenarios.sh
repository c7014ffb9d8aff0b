# shellcheck shell=sh disable=SC2154 # the variables are run's
# What tests/bench/peers/run lets happen to a log between two runs of a reader.

# A line each: its name, and what the table calls it.
scenarios()
{
	cat <<'LIST'
create	renamed, a new file (create)
absent	renamed, no new file yet at the time of a run
late	renamed, the server writes on into the old file
later	the same, after the next run too
two	two rotations between two runs
five	five rotations between two runs
dateext	dateext
hourly	dateext, two rotations between two runs
copytruncate	copytruncate
regrown	copytruncate, grown past the old place
copying	copytruncate, a run between copy and truncation
hole	copytruncate, a server without O_APPEND (NUL bytes)
gz	compressed at once
gztwo	compressed at once, two rotations between two runs
gzipping	a run while it is being compressed
delay	delaycompress, two rotations between two runs
olddir	olddir
fs	moved to another file system
inode	the new file has the old inode, and is larger
rewrite	written anew, the same size
header	old and new file begin alike
restore	restored from a backup: the same under a new inode
half	half a line at the end at the time of a run
halfold	the same, then renamed
empty	the new file was rotated while it was empty
deleted	deleted with lines that nobody had read
truncated	truncated in place, and shorter
refilled	truncated in place, and longer
full	no room for what was read (/dev/full)
pipe	whoever was to get the lines had gone (closed pipe)
LIST
}

line()
{
	serial=$((serial + 1))
	printf '[Sat Nov 28 12:00:00.000000 2026] [php:error] [pid 1] '
	printf '[client 192.0.2.1:1] PHP Warning:  Number %06d in ' "$serial"
	printf '/var/www/html/a.php on line 3\n'
}

# add N [FILE]: so many new lines.
add()
{
	left=$1
	while [ "$left" -gt 0 ]; do
		line >"$d/line"
		cat "$d/line" >>"$d/want"
		cat "$d/line" >>"${2:-$log}"
		left=$((left - 1))
	done
}

# What a program always says when it starts.
banner()
{
	for i in 1 2 3 4 5 6 7 8; do
		serial=$i line
	done >"$d/line"
	cat "$d/line" >>"$d/want"
	cat "$d/line" >>"$log"
}

# The first half of a line; rest FILE is the other.
half()
{
	line >"$d/half"
	cat "$d/half" >>"$d/want"
	head -c 60 "$d/half" >>"$log"
}
rest()
{
	tail -c +61 "$d/half" >>"$1"
}

tick()
{
	sleep 1.2
}

reads()
{
	runs=$((runs + 1))
	"${reader}_read" >"$d/out.$runs" 2>"$d/err.$runs"
}

# Three lines that were read, and two that were not.
first()
{
	add 3
	reads
	tick
	add 2
}

rotate()
{
	{
		printf '%s {\n\trotate 9\n' "$log"
		[ "$(id -u)" -ne 0 ] || printf '\tsu root root\n'
		printf '\t%s\n' "$@"
		echo '}'
	} >"$d/rotate.conf"
	logrotate -f -s "$d/rotate.state" "$d/rotate.conf"
}

s_create() { first; rotate create; add 2; }
s_absent() { first; rotate nocreate; reads; tick; add 2; }
s_late() { first; rotate create; add 1 "$log.1"; add 2; }
s_later()
{
	first
	rotate create
	add 1
	reads
	tick
	add 1 "$log.1"
	add 1
}
s_two() { first; rotate create; add 2; rotate create; add 2; }
s_five()
{
	first
	for i in 1 2 3 4 5; do
		rotate create
		add 2
	done
}
s_dateext() { first; rotate create dateext; add 2; }
s_hourly()
{
	first
	for hour in 11 12; do
		rotate create dateext "dateformat -%Y%m%d-$hour"
		add 2
	done
}
s_copytruncate() { first; rotate copytruncate; add 2; }
s_regrown() { first; rotate copytruncate; add 9; }
s_copying() { first; cp "$log" "$log.1"; reads; tick; : >"$log"; add 2; }
s_hole()
{
	first
	line >"$d/line"
	cat "$d/line" >>"$d/want"
	size=$(wc -c <"$log")
	rotate copytruncate
	dd of="$log" bs=1 seek="$size" conv=notrunc status=none <"$d/line"
}
s_gz() { first; rotate create compress; add 2; }
s_gztwo()
{
	first
	rotate create compress
	add 2
	rotate create compress
	add 2
}
s_gzipping()
{
	first
	rotate create
	add 2
	gzip -c "$log.1" | head -c 20 >"$log.1.gz"
	reads
	tick
	gzip -f "$log.1"
}
s_delay()
{
	first
	rotate create compress delaycompress
	add 2
	rotate create compress delaycompress
	add 2
}
s_olddir()
{
	first
	rotate create "olddir $old"
	add 2
}
s_fs()
{
	[ -d /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$d")" ] ||
	    return 77
	first
	mv "$log" "$old/error.log.1"
	add 2
}
s_inode()
{
	first
	cp -p "$log" "$log.1"
	was=$(stat -c %i "$log")
	rm "$log"
	: >"$log"
	[ "$(stat -c %i "$log")" = "$was" ] || return 77
	add 9
}
s_rewrite() { add 3; reads; tick; : >"$log"; add 3; }
s_header() { banner; first; rotate create; banner; add 9; }
s_restore()
{
	add 3
	reads
	tick
	cp -p "$log" "$d/backup"
	mv "$d/backup" "$log"
	add 2
}
s_half() { add 2; half; reads; tick; rest "$log"; add 1; }
s_halfold() { add 2; half; reads; tick; rotate create; rest "$log.1"; add 2; }
s_empty() { first; rotate create; rotate create; add 2; }
s_deleted() { first; rm "$log"; add 5; }
s_truncated() { add 5; reads; tick; : >"$log"; add 2; }
s_refilled() { add 3; reads; tick; : >"$log"; add 9; }
s_full()
{
	first
	"${reader}_full" 2>"$d/err.full"
	tick
	add 1
}
s_pipe()
{
	# there the lines go into a file
	[ "$reader" != check_logfiles ] || return 77
	first
	{
		sleep 0.3
		"${reader}_read" 2>"$d/err.pipe"
	} | :
	tick
	add 1
}
