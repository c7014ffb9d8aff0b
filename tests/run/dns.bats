#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031
# The walk from a private root of real servers: how long it takes when some of
# them are dead, signed zones, what is printed; dnsviz for a second opinion.

load ../world/check

setup_file() { world_open; }
teardown_file() { world_close; }
setup() { check_setup; }
teardown()
{
	[ -n "${world-}" ] || return 0
	world_thaw root1 root2 registry1 registry2 zone1 zone2 2>/dev/null || :
	world_mend registry zone
}

# walk SECONDS [ARGUMENT...]: the site's name, in so much time.
walk()
{
	local began took most=$1

	shift
	began=$(date +%s%N)
	run timeout 20 "${prober[@]}" dns "$@" www.site.example
	took=$((($(date +%s%N) - began) / 1000000))
	echo "$output"
	echo "$took ms"
	[ "$took" -le $((most * 1000)) ]
}

# says WORD...: each is part of the output, wherever its lines are broken.
says()
{
	joined=$(tr '\n' ' ' <<<"$output" | tr -s ' ')
	for word; do
		[[ $joined == *"$(tr -s ' ' <<<"$word")"* ]] ||
		    { echo "no: $word"; return 1; }
	done
}

# sign_file FILE ZONE FROM UNTIL: with dates as date(1) takes them; its DS goes
# to ZONE.ds, FILE as it was to FILE.unsigned.
sign_file()
{
	key=$(ldns-keygen -a ECDSAP256SHA256 -k "$2")
	ldns-signzone -i "$(date -d "$3" +%s)" -e "$(date -d "$4" +%s)" \
	    "$1" "$key"
	mv "$1" "$1.unsigned"
	mv "$1.signed" "$1"
	ldns-key2ds -n -2 "$key.key" >"$2.ds"
	rm -f "$key".*
}

# sign FROM UNTIL: the zone; the registry, signed itself (NSD gives no DS
# otherwise), says that it must be.
sign()
{
	command -v ldns-signzone >/dev/null || skip "no ldns-signzone"
	(
		cd "$world/zone" || exit 1
		sign_file zone site.example "$@"
		cat site.example.ds >>registry
		sign_file registry example "10 days ago" "20 days"
	) 3>&-
	world_reload registry
	world_reload zone
}

# The second opinion: dnsviz finds that too.
dnsviz_says()
{
	command -v dnsviz >/dev/null || return 0
	timeout 100 dnsviz probe -4 -A -d 2 \
	    -x ".+:a.root=$net.0.1,b.root=$net.10.1" \
	    -o "$world/dnsviz" site.example
	dnsviz grok -l warning <"$world/dnsviz" >"$world/grok" ||
	    [ -s "$world/grok" ]
	# It does not like loopback addresses, which is no fault here.
	grep '"code"' "$world/grok" | grep -v PRIVATE_IP >"$world/codes" || :
	cat "$world/codes"
	if [ -n "$1" ]; then
		grep -qE "$1" "$world/codes"
	else
		[ ! -s "$world/codes" ]
	fi
}

@test "all well: the tree" {
	walk 2
	[ "$status" -eq 0 ]
	says "the root" "refers to example" "└─ example: 2 name servers" \
	    "refers to ns1.site.example" "└─ site.example: 2 name servers" \
	    "ns2.site.example" "└─ www.site.example" \
	    "OK           all servers answer, and agree (2 of 2)"
	[[ $output != *$'\033'* ]]
	dnsviz_says ""
}

@test "all well: JSON that a parser takes, one object on one line" {
	walk 2 --json
	[ "$(wc -l <<<"$output")" -le 2 ]
	python3 -c '
import json, sys
o = json.loads(sys.argv[1].splitlines()[0])
assert o["grade"] == "ok" and o["findings"] == []
w = o["walks"][0]
assert w["end"] == "answered" and w["alias"] is None
assert [z["name"] for z in w["zones"]] == ["", "example", "site.example"]
for z in w["zones"][1:]:
    assert z["complete"] and len(z["servers"]) == 2
for s in w["zones"][2]["servers"]:
    assert s["tcp"]["status"] == s["udp"]["status"] == "answer"
    assert s["udp"]["aa"] and s["serial"] == 1 and s["in_parent"]
    assert s["addresses"] == w["addresses"]
' "$output"
}

@test "1 of 2 servers dead: told within 4 s" {
	world_freeze zone2
	walk 4
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
	says "no answer, nor over TCP" "1 of 2 servers of site.example:" \
	    "DEGRADED     name servers"
	dnsviz_says "TIMEOUT|UNRESPONSIVE"
}

@test "one dead on every level: told within 4 s" {
	world_freeze root1 registry2 zone1
	walk 4
	says "DEGRADED     name servers" "$net.2.1 - no answer" \
	    "$net.11.1 - no answer"
	[[ $output != *DOWN* ]]
}

@test "both servers dead: told within 4 s" {
	world_freeze zone1 zone2
	walk 4
	[ "$status" -eq 2 ]
	says "2 of 2 servers of site.example:" "nobody answers for the zone" \
	    "Who asked before may find it until"
}

@test "the registry dead: told within 4 s" {
	world_freeze registry1 registry2
	walk 4
	says "DOWN         registry: no server of the parent zone answers"
}

@test "the root dead: it may be us" {
	world_freeze root1 root2
	walk 4
	[ "$status" -eq 3 ]
	says "NO EVIDENCE  this host: no root server answers this host"
}

@test "signed and well" {
	sign "10 days ago" "20 days"
	walk 2
	[ "$status" -eq 0 ]
	says "signed" "OK  "
	dnsviz_says ""
}

@test "signatures near their end" {
	sign "27 days ago" "1 day"
	walk 2
	[ "$status" -eq 1 ]
	says "WARNING      records: the zone's DNSSEC signatures expire soon"
}

@test "signatures expired" {
	sign "30 days ago" "1 hour ago"
	walk 2
	says "DEGRADED     records: the zone's DNSSEC signatures have expired"
	dnsviz_says "EXPIRATION_IN_PAST"
}

@test "signatures missing" {
	sign "10 days ago" "20 days"
	cp "$world/zone/zone.unsigned" "$world/zone/zone"
	world_reload zone
	walk 2
	says "records: the zone must be signed (DS) but is not"
	dnsviz_says "DNSKEY|SEP"
}
