#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031
# The walk has a second opinion: zonemaster-cli, from the same private root,
# finds the same faults in a delegation.

load ../world/check

setup_file() { world_open; }
teardown_file() { world_close; }
setup() { check_setup; }

teardown()
{
	check_teardown
	[ -z "${world-}" ] || world_mend registry zone
}

# agree REASON...: both say so; ours are these.
agree()
{
	timeout 60 zonemaster-cli --no-ipv6 --hints "$world/hints" --raw \
	    --level=WARNING --no-progress site.example >"$world/theirs"
	run "${prober[@]}" dns --json www.site.example
	echo "$output"
	[ "$status" -le 2 ]
	"$python" "$world_here/oracle.py" "$world/theirs" <<<"$output"
	for reason; do
		grep -q "\"reason\":\"$reason\"" <<<"$output"
	done
}

# edit FILE SED...: a zone, rewritten.
edit()
{
	sed -i "${@:2}" "$world/zone/$1"
	world_reload "$1"
}

@test "zonemaster agrees: all is well" { agree; }

@test "zonemaster agrees: one server dead" {
	world_kill zone2
	agree ns-closed
}

@test "zonemaster agrees: one server lame" {
	world_nsd zone2 root .
	world_up zone2
	agree ns-lame
}

@test "zonemaster agrees: one server refuses" {
	world_nsd zone2 registry other.example
	world_up zone2
	agree ns-refused
}

@test "zonemaster agrees: one server fails" {
	world_nsd zone2 missing site.example
	world_up zone2
	agree ns-servfail
}

@test "zonemaster agrees: both lame" {
	world_reload zone root .
	agree ns-lame
}

@test "zonemaster agrees: both refuse" {
	world_reload zone registry other.example
	agree ns-refused
}

@test "zonemaster agrees: no delegation" {
	world_registry without
	world_reload registry
	agree removed
}

@test "zonemaster agrees: versions of the zone differ" {
	sed -i 's/ 1 3600 / 100 3600 /' "$world/zone/zone"
	world_nsd zone1
	world_up zone1
	agree
	[[ $output == *'"serial":100,'* && $output == *'"serial":1,'* ]]
}

@test "zonemaster agrees: parent and zone name different servers" {
	edit registry -e 's/^site	NS ns2.site/site	NS ns3.site/' \
	    -e 's/^ns2.site	A/ns3.site	A/'
	edit zone '/^@	NS ns2/a ns3	A '"$net.12.1"
	agree ns-differ
}

@test "zonemaster agrees: the parent has another address for a server" {
	edit registry "s/^ns2.site	A .*/ns2.site	A $net.2.1/"
	agree glue-differs
}

@test "zonemaster agrees: a single server" {
	edit registry /ns2/d
	edit zone /ns2/d
	agree ns-single
}
