# shellcheck shell=bash disable=SC2154
# For the tests of site-uptime in a world: ask, and hold the verdict against
# what it should be.

world_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/world/world.sh
. "$world_here/world.sh"

# In setup_file: a world for the file's tests, or none of them.
world_open()
{
	world_possible || return 0
	world_start "$(mktemp -d)"
	export world net port url v6
}

world_close()
{
	[ -n "${world-}" ] || return 0
	world_stop
	rm -rf "$world"
}

# In setup: a fresh state and the usual configuration.
check_setup()
{
	[ -n "${world-}" ] || skip "port 53 needs root, or a network of one's own"
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	uptime=${BUILD:-$top/build}/site-uptime
	prober=("$uptime" -c "$world/uptime.conf")
	steps=("${BUILD_STEPS:-${uptime%/*}/steps}/site-uptime" "${prober[@]:1}")
	export TZ=UTC LC_ALL=C
	rm -rf "$world/state" "$world/mail"
	world_conf
	now=$(date +%s)
}

# In teardown: mends what a test that failed on the way has left broken.
check_teardown()
{
	[ -z "$BATS_TEST_COMPLETED" ] && [ -n "${world-}" ] || return 0
	world_thaw root1 root2 registry1 registry2 zone1 zone2 resolver1 \
	    resolver2 nginx script 2>/dev/null || :
	world_mend root registry zone site
}

# check_says GRADE [LAYER REASON]: what `check` says of the site, as JSON in
# $output, and with which status it ends.
check_says()
{
	run "${prober[@]}" check --json "$url"
	echo "$output"
	$python -S "$world_here/verdict.py" "$status" "$@" <<<"$output"
}

# run_once STATUS [COMMAND...]: a minute after the last one, in front of it
# COMMAND.  The build with crash points takes its clock from us.
run_once()
{
	now=$((now + 60))
	run env SITEWATCH_NOW=$now "${@:2}" "${steps[@]}" run
	echo "$output"
	[ "$status" -eq "$1" ]
}

count_mails()
{
	find "$world/mail/${1-}" -path '*/new/*' -type f 2>/dev/null | wc -l
}
