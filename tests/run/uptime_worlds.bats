#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031
# Broken worlds of real servers: for each the right first layer and reason,
# what lies behind it not evaluated, and all well again once it is mended.

load ../world/check

setup_file() { world_open; }
teardown_file() { world_close; }
setup() { check_setup; }
teardown() { check_teardown; }

@test "nothing is broken: every layer is well" {
	check_says ok
	run "${prober[@]}" check "$url"
	[ "$status" -eq 0 ]
	for row in registry delegation 'name servers' records TCP TLS HTTP body
	do
		grep -q "^ *$row  *ok" <<<"$output"
	done
}

@test "check needs no configuration" {
	root="--root $net.0.1 --root $net.10.1"
	asked="--resolver $net.4.1 --resolver $net.14.1 --allow-private"
	# shellcheck disable=SC2086 # words
	run env XDG_CONFIG_HOME="$BATS_TEST_TMPDIR" "$uptime" check $root \
	    $asked --delegation --ca-file "$world/ca.pem" --expect success \
	    "$url"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'2 of 2 answer'* && $output == *'4 of 4 addresses'* ]] ||
	    [ "$v6" = no ]
	# shellcheck disable=SC2086
	run "$uptime" dns $root www.site.example
	echo "$output"
	[[ $output == *'all servers answer, and agree (2 of 2)'* ]]
}

@test "resolver dead: no evidence, unless the walk has it" {
	world_freeze resolver1 resolver2
	walk=no world_conf
	check_says unknown self resolvers-silent
	world_conf
	check_says ok
	world_thaw resolver1 resolver2
}

@test "one of two resolvers dead: the other one is asked" {
	world_freeze resolver1
	check_says ok
	world_thaw resolver1
}

@test "registry without the delegation" {
	world_registry without
	world_reload registry
	world_forget
	check_says down registry removed
	world_mend registry
	check_says ok
}

@test "NXDOMAIN" {
	world_zone - </dev/null
	world_reload zone
	world_forget
	check_says down records nxdomain
	world_mend zone
	check_says ok
}

@test "NODATA: no address, but something else" {
	world_zone - <<<'www TXT "moved"'
	world_reload zone
	world_forget
	check_says down records nodata
	world_mend zone
	check_says ok
}

@test "all name servers dead, though resolvers still know the answer" {
	world_freeze zone1 zone2
	check_says down nameserver ns-timeout
	grep -q '"cached_until":"2' <<<"$output"
	world_thaw zone1 zone2
	check_says ok
}

@test "all name servers dead: their ports closed, and nothing cached" {
	world_kill zone1 zone2
	world_forget
	check_says down nameserver ns-closed
	world_mend zone
	check_says ok
}

@test "one of two name servers dead" {
	world_freeze zone2
	check_says degraded nameserver ns-timeout
	world_thaw zone2
	check_says ok
}

@test "lame: the servers do not serve the zone" {
	world_reload zone root .
	check_says down nameserver ns-lame
	world_mend zone
	check_says ok
}

@test "one of two lame" {
	world_nsd zone1 root .
	world_up zone1
	check_says degraded nameserver ns-lame
	world_mend zone
	check_says ok
}

@test "REFUSED: the servers know nothing of the zone" {
	world_reload zone registry other.example
	check_says down nameserver ns-refused
	world_mend zone
	check_says ok
}

@test "SERVFAIL: the servers could not load the zone" {
	world_reload zone missing site.example
	check_says down nameserver ns-servfail
	world_mend zone
	check_says ok
}

@test "wrong address published" {
	world_conf "" "addresses = {\"$net.3.1\", \"$net.13.1\", \"$net.23.1\",
	    \"::1\"}"
	world_zone - <<<"www A $net.9.1"
	world_reload zone
	world_forget
	check_says down records address-wrong
	world_mend zone
	check_says ok
}

@test "connection refused" {
	world_kill nginx
	check_says down tcp connect-refused
	world_mend site
	check_says ok
}

@test "connection timeout" {
	world_script stall
	check_says down tcp connect-timeout
	world_mend site
	check_says ok
}

@test "IPv6 dead and IPv4 alive" {
	[ "$v6" = yes ] || skip "no IPv6 on loopback"
	world_site "" "" "$net.3.1" "$net.13.1" "$net.23.1"
	check_says degraded tcp connect-refused
	grep -qi ipv6 <<<"$output"
	world_mend site
	check_says ok
}

@test "one of three addresses dead" {
	world_zone - <<END
www A $net.3.1
www A $net.13.1
www A $net.23.1
END
	world_reload zone
	world_site "" "" "$net.3.1" "$net.13.1"
	world_forget
	check_says degraded tcp connect-refused
	grep -qF "$net.23.1" <<<"$output"
	world_mend zone site
	check_says ok
}

@test "certificate expired" {
	world_site "" expired
	check_says down tls tls-expired
	world_mend site
	check_says ok
}

@test "certificate for another host" {
	world_site "" other
	check_says down tls tls-host
	world_mend site
	check_says ok
}

@test "certificate of an unknown authority" {
	world_conf
	sed -i '/ca-file/d' "$world/uptime.conf"
	check_says down tls tls-chain
}

@test "TLS garbage: plain HTTP where TLS should be" {
	world_site "" none
	check_says down tls tls-garbage
	world_mend site
	check_says ok
}

@test "500" {
	world_site 'return 500'
	check_says down http status
	grep -q '500' <<<"$output"
	world_mend site
	check_says ok
}

@test "302 to elsewhere" {
	world_site 'return 302 https://parking.example.net/'
	check_says down http redirect
	grep -qF parking.example.net <<<"$output"
	world_mend site
	check_says ok
}

@test "302 within the site is followed" {
	world_site 'return 302 /ok; } location = /ok { return 200 "success"'
	check_says ok
	[[ $output == *"https://www.site.example:$port/ok"* ]]
	world_mend site
}

# The certificate is for www alone, so that it is seen to have got there.
@test "302 to the same host without www., at a private address: followed" {
	walk=no world_conf
	{
		echo "www A $net.3.1"
		echo "@ A $net.3.1"
	} | world_zone -
	world_reload zone
	world_forget
	world_site "return 302 https://site.example:$port/"
	check_says down http redirect-bad
	[[ $output == *"the certificate is another host"* ]]
	world_mend zone site
	check_says ok
}

@test "unsuccessful: database down, with 200" {
	world_site 'return 200 "unsuccessful: database down\n"'
	check_says down body body-other
	world_mend site
	check_says ok
}

@test "a body cut short" {
	world_script cut
	check_says down body body-cut
	world_mend site
	check_says ok
}

# --- signatures -------------------------------------------------------------

# sign FROM UNTIL "NAME TYPE LABELS"...: lines with dates as date(1) reads
# them.  That the signatures are none is a resolver's business.
sign()
{
	from=$(date -u -d "$1" +%Y%m%d%H%M%S)
	until=$(date -u -d "$2" +%Y%m%d%H%M%S)
	shift 2
	for set; do
		read -r name type labels <<<"$set"
		echo "$name RRSIG $type 13 $labels 300 $until $from 4711" \
		    "site.example. AAAA"
	done
}

# The registry says that the zone is signed.
must_be_signed()
{
	{
		echo "site DS 4711 13 2 $(printf '%064d' 0)"
		sign "1 day ago" "9 days" "@ DNSKEY 1" "site DS 2"
	} >>"$world/zone/registry"
	world_reload registry
}

signed()
{
	world_zone
	sets=("@ DNSKEY 2" "@ SOA 2" "@ NS 2" "www A 3")
	[ "$v6" = no ] || sets+=("www AAAA 3")
	sign "$1" "$2" "${sets[@]}" >>"$world/zone/zone"
	world_reload zone
}

@test "signatures: fine, soon at their end, expired, missing" {
	must_be_signed
	signed "3 days ago" "20 days"
	check_says ok
	signed "20 days ago" "1 day"
	check_says warning records signature-soon
	signed "20 days ago" "1 hour ago"
	check_says degraded records signature-expired
	world_mend zone
	check_says degraded records signature-missing
	world_mend registry
	check_says ok
}

# --- the prober itself ------------------------------------------------------

# What a verdict would move.
states()
{
	sqlite3 "$world/state/uptime.db" "SELECT name, state, since, fail_since,
	    bad, good, recent, overlay, incident FROM target"
}

# blind RUNS [COMMAND...]: with COMMAND in front the prober sees nothing.
blind()
{
	before=$(states)
	for _ in $(seq "$1"); do run_once 75 "${@:2}"; done
	after=$(states)
	echo "$before, then $after"
	[ "$after" = "$before" ]
	[ "$(count_mails)" = 0 ]
}

# Afterwards it says so, once, and nothing of the site.
sees_again()
{
	run_once 0
	run_once 0
	[ "$(count_mails)" = 1 ]
	[ "$(count_mails ops@example.com)" = 1 ]
	[[ $(states) == *'|up|'* ]]
}

@test "the prober's own network gone: no verdict moves, one notice after it" {
	for own in "unshare -n" "unshare -rn" ""; do
		$own true 2>/dev/null && break
	done
	[ -n "$own" ] || skip "no namespaces here"
	world_conf 'recheck = {"100ms"}' "" 'every = 1m'
	run_once 0
	run_once 0
	# shellcheck disable=SC2086 # words
	blind 3 $own
	sees_again
}

@test "witnesses and site silent together: no verdict moves" {
	world_conf 'recheck = {"100ms"}' "" 'every = 1m'
	run_once 0
	run_once 0
	all=$(ls "$world/pid")
	# shellcheck disable=SC2086 # words
	world_freeze $all
	blind 1
	# shellcheck disable=SC2086
	world_thaw $all
	world_ready
	sees_again
}

@test "one of two root servers dead: the walk ends within 4 s" {
	for dead in root1 root2; do
		world_freeze $dead
		run timeout 4 "${prober[@]}" dns www.site.example
		echo "$output"
		[ "$status" -eq 0 ]
		grep -qF "www.site.example  $net.3.1" <<<"$output"
		world_thaw $dead
	done
}

@test "a dead server on every level: the walk ends within 4 s all the same" {
	world_freeze root2 registry2 zone2
	run timeout 4 "${prober[@]}" dns www.site.example
	echo "$output"
	[ "$status" -le 1 ]
	grep -qF "$net.3.1" <<<"$output"
	world_thaw root2 registry2 zone2
}
