#!/usr/bin/env bats
# site-watchdog audit: proves the ledger, or says what is not so.  The ledgers
# are made here, so that they can be wrong.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
load helper

setup()
{
	setup_dir
	write_conf
	: >"$log"
	"$watchdog" -c "$conf" 2>/dev/null
	sql "DELETE FROM gap; DELETE FROM stretch; DELETE FROM generation;
	    DELETE FROM source;
	    INSERT INTO source (id, reader, path, last_line)
	    VALUES (1, '', '$log', 0)"
}

teardown()
{
	teardown_dir
}

sql()
{
	sqlite3 "$state" "PRAGMA foreign_keys = ON; $1"
}

# Generation $1, in state $2, read to $3, last seen at $4; the inode is that
# of the file there, if there is one.
generation()
{
	local dev=0 ino=0 size=$3 mtime=0

	if [ -e "$4" ]; then
		read -r dev ino size <<<"$(stat -c '%d %i %s' "$4")"
		mtime=$(($(stat -c %.9Y "$4" | tr -d .)))
	fi
	sql "INSERT INTO generation (id, source, age_rank, state, packed,
	    earlier, dev, ino, handle, position, size, mtime, head_len, head,
	    tail, file, found_at, gone_at) VALUES ($1, 1, $1, '$2', 0, ${5:-0},
	    $dev, $ino, 0, $3, $size, $mtime, -1, '', '', '$4', 1, 0)"
}

# Bytes $2 to $3 of generation $1, read from run $4 to $5.
stretch()
{
	sql "INSERT INTO stretch (generation, low, high, earlier, first_run,
	    last_run) VALUES ($1, $2, $3, ${6:-0}, ${4:-1000}, ${5:-1000})"
}

gap()
{
	sql "INSERT INTO gap (source, generation, low, high, reason, since,
	    until) VALUES (1, $1, $2, $3, '$4', 1000, 4600)"
}

audit()
{
	run "$watchdog" -c "$conf" audit "$@"
}

# The words of the output, however they are wrapped.
words()
{
	tr -s ' \n' ' ' <<<"$output"
}

@test "without a run there is nothing to prove" {
	rm -f "$state" "$state-wal"
	audit
	echo "$output"
	[ "$status" -eq 74 ]
	[[ $output == *"was there a run yet"* ]]
}

@test "each byte read once is proven" {
	printf %100s '' >"$log"
	printf %70s '' >"$log.1"
	generation 1 gone 300 "$log.2"
	generation 2 'done' 70 "$log.1"
	generation 3 live 100 "$log"
	stretch 1 0 200
	stretch 1 200 300
	stretch 2 0 20 1 1 1
	stretch 2 20 70
	stretch 3 0 100
	audit
	[ "$status" -eq 0 ]
	[[ $output == *"$log"*" 3 "*" 450 "*" 20 "*" 0 "*" ok"* ]]
	[[ $output == *"All that was read of 3 files of 1 log was read exactly once."* ]]
	no grep -q wait <<<"$output"
	audit --json --all
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.kind == "source") | [.generations, .read, .before,
	    .unread, .findings, .state]' <<<"$output")" = \
	    '[3,450,20,0,0,"ok"]' ]
	[ "$(jq -r 'select(.kind == "generation") | .state' <<<"$output" |
	    xargs)" = "gone done live" ]
}

@test "what was there before the first look needs no stretch" {
	generation 1 'done' 500 "$log.1" 1
	generation 2 live 0 "$log"
	audit
	[ "$status" -eq 0 ]
}

@test "a gap that a run noted: where, when, why" {
	for reason in gone unreadable truncated damaged vacuumed; do
		sql "DELETE FROM gap; DELETE FROM generation"
		generation 1 gone 50 "$log.1"
		stretch 1 0 50
		gap 1 50 -1 $reason
		audit
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $(words) == *"What was written from byte 50 on to $log.1, some time between 01 Jan 00:16:40 UTC and 01 Jan 01:16:40 UTC, may be missing: "* ]]
		[[ $output == *"1 finding in 1 of 1 log."* ]]
		audit --json
		[ "$status" -eq 1 ]
		[ "$(jq -c 'select(.kind == "gap") | [.from, .to, .reason,
		    .since]' <<<"$output")" = \
		    "[50,null,\"$reason\",\"1970-01-01T00:16:40Z\"]" ]
	done
}

@test "a gap between stretches explains the hole, one elsewhere does not" {
	generation 1 gone 90 "$log.1"
	stretch 1 0 50
	stretch 1 70 90
	gap 1 50 70 damaged
	audit --json
	[ "$(jq -r 'select(.from != null) | .kind' <<<"$output")" = gap ]
	sql "UPDATE gap SET low = 55"
	audit --json
	[ "$(jq -r 'select(.from != null) | .kind' <<<"$output" | sort |
	    xargs)" = "gap hole" ]
	sql "DELETE FROM gap"
	gap NULL 50 -1 truncated
	audit
	[ "$status" -eq 1 ]
	[[ $(words) == *"Bytes 50 to 70 of $log.1 were passed over"* ]]
	[[ $(words) == *"from byte 50 on to $log, some time"* ]]
}

@test "holes, overlaps, and a cursor that is elsewhere" {
	while IFS='|' read -r what want; do
		sql "DELETE FROM generation"
		generation 1 gone 90 "$log.1"
		stretch 1 0 50
		stretch 1 50 90 2000 3000
		sql "UPDATE $what"
		audit --json
		echo "$what: $output"
		[ "$status" -eq 1 ]
		[ "$(jq -c 'select(.from != null) | [.kind, .from, .to]' \
		    <<<"$output")" = "$want" ]
		audit
		[ "$status" -eq 1 ]
	done <<'END'
stretch SET low = 60 WHERE low = 50|["hole",50,60]
stretch SET low = 10 WHERE low = 0|["hole",0,10]
stretch SET low = 40 WHERE low = 50|["twice",40,50]
stretch SET low = 0, high = 90|["twice",0,90]
generation SET position = 95|["hole",90,95]
generation SET position = 80|["behind",80,90]
generation SET position = -1|["behind",0,90]
END
}

@test "what is on disk and no run has read: the lag, and new files" {
	printf %100s '' >"$log"
	generation 1 live 60 "$log"
	stretch 1 0 60
	sql "UPDATE generation SET mtime = 0"
	printf %30s '' >"$log.1"
	touch -d '+1 hour' "$log.1"
	printf %7s '' >"$log.2"
	touch -d '2001-01-01' "$log.2" # no run will read it
	audit --json
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.kind == "source") | [.unread, .state]' \
	    <<<"$output")" = '[70,"unread"]' ]
	[ "$(jq -c 'select(.kind == "new") | [.file, .unread]' \
	    <<<"$output")" = "[\"$log.1\",30]" ]
	audit
	[[ $output == *"$log.1 (30 bytes) is new since the last run."* ]]
	[[ $output == *"70 bytes wait for the next run."* ]]

	printf %20s '' >"$log" # the same inode, shorter than what was read
	audit
	[ "$status" -eq 0 ]
	[[ $(words) == *"$log was truncated since the last run: it has 20 bytes, and 60 had been read."* ]]
	rm "$log"
	audit
	[ "$status" -eq 0 ]
	[[ $output == *"No such file"* ]]
}

@test "status: the lag, and the files that are watched and unread" {
	printf %100s '' >"$log"
	generation 1 old 10 "$log"
	mv "$log" "$log.1"
	: >"$log"
	generation 2 live 0 "$log"
	printf %5s '' >"$log"
	sql "UPDATE generation SET file = '$log.1', mtime = 0 WHERE id = 1;
	    UPDATE source SET last_line = 1000"
	run "$watchdog" -c "$conf" status --json
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.kind == "source") | [.offset, .lag, .watched,
	    .unread, .last_line, .last_line_age > 1000000000, .state]' \
	    <<<"$output")" = \
	    '[0,95,2,2,"1970-01-01T00:16:40Z",true,"ok"]' ]
	run "$watchdog" -c "$conf" status
	[[ $output == *LAG*FILES*UNREAD*"$log"*95*2*2*ok* ]]
}

@test "only the logs asked for" {
	generation 1 gone 90 "$log.1"
	sql "INSERT INTO source (id, reader, path, last_line)
	    VALUES (2, '', '/nowhere/a.log', 0)"
	audit /nowhere/a.log
	[ "$status" -eq 0 ]
	no grep -q "$log" <<<"$output"
	ln -s "$log" "$dir/link"
	audit "$dir/link"
	[ "$status" -eq 1 ]
	no grep -q nowhere <<<"$output"
	audit "$dir/other"
	[ "$status" -eq 66 ]
	[[ $output == *"$dir/other: it is not configured, and was never read"* ]]
}

@test "a pipeline's ledger needs no configuration" {
	export STATE_DIRECTORY=$dir/pipes
	export XDG_STATE_HOME=$dir/pipes HOME=$dir/pipes
	sql "UPDATE source SET reader = 'nightly'"
	generation 1 gone 90 "$log.1"
	stretch 1 0 90
	run "$watchdog" --state "$state" audit --as nightly
	[ "$status" -eq 0 ]
	[[ $output == *"$log"* ]]
	run "$watchdog" --state "$state" audit --as ''
	[ "$status" -eq 0 ]
	no grep -q "$log" <<<"$output"
	run "$watchdog" audit --as ../x
	[ "$status" -eq 64 ]
	run "$watchdog" audit --as none
	[ "$status" -eq 74 ]
}

@test "names from hostile hands reach no terminal" {
	name="$log."$'\e[31m'
	generation 1 gone 90 "$name"
	audit --all
	[ "$status" -eq 1 ]
	no grep -q $'\e' <<<"$output"
	[[ $output == *'\x1b[31m'* ]]
}
