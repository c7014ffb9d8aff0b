#!/usr/bin/env bats
# shellcheck disable=SC2154
# Sites and name servers that mean harm: bounded in time and memory, a clear
# reason, no crash, nothing on a terminal that it should not see.

load ../world/check

setup_file() { world_open; }
teardown_file() { world_close; }

setup()
{
	check_setup
	walk=no world_conf
	# What one check may take at most: seconds, megabytes.
	prober=("$python" "$world_here/bounded.py" 8 48 "${prober[@]}")
}

teardown() { check_teardown; }

# site_does MODE GRADE LAYER REASON
site_does()
{
	world_script "$1"
	shift
	check_says "$@"
}

# No byte of $output does anything to a terminal.
harmless()
{
	$python -c 'import re, sys
text = sys.stdin.buffer.read()
bad = re.search("[^\n\t -~\u00a1-\ud7ff\ue000-\ufffd]|[\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff]", text.decode("utf-8"))
assert not bad, text[max(bad.start() - 40, 0):bad.end() + 20]' <<<"$output"
}

@test "a gzip bomb: 1 MB that becomes 1 GB" {
	site_does gzip-bomb down body body-other
}

@test "an endless body" { site_does endless down body body-other; }
@test "a body that drips for ever" { site_does drip down body body-timeout; }
@test "a head that drips for ever" {
	site_does drip-head down http http-timeout
}
@test "1 MB of headers" { site_does headers down http http-headers; }
@test "endless headers" { site_does endless-head down http http-headers; }
@test "100 Continue for ever" { site_does interim down http http-headers; }
@test "NUL in the head" { site_does nul-head down http http-garbage; }
@test "no reply at all" { site_does nothing down http http-empty; }
@test "HTTP/2 that nobody asked for" { site_does http2 down http http-garbage; }
@test "a negative length" { site_does negative down http http-garbage; }
@test "a chunk of 2^64 bytes" { site_does chunk down body body-cut; }
@test "noise instead of TLS" { site_does garbage down tls tls-garbage; }
@test "silence instead of TLS" { site_does mute down tls tls-timeout; }
@test "TLS refused by hanging up" { site_does shut down tls tls-refused; }

@test "a redirect loop" {
	site_does redirect=/SYSTEM/dbtest down http redirect-loop
}

@test "redirects to ever new places" { site_does longer down http redirect-loop; }

@test "a redirect to 169.254.169.254" {
	private=no walk=no world_conf "" "addresses = {\"$net.3.1\",
	    \"$net.13.1\", \"$net.23.1\", \"::1\"}"
	for to in 169.254.169.254 '[::ffff:169.254.169.254]'; do
		world_script "redirect=http://$to/latest/meta-data/"
		check_says down http redirect-private
	done
}

@test "a redirect to 169.254.169.254 where much is allowed" {
	walk=no world_conf "" "" "redirect = any"
	world_script redirect=http://169.254.169.254/latest/meta-data/
	check_says down http redirect-private
	for to in 2852039166 0xa9fea9fe 169.254.43518; do
		world_script "redirect=http://$to/latest/meta-data/"
		check_says down http redirect-bad
	done
}

@test "a redirect to a name that leads to a private address" {
	walk=no world_conf "" "" "redirect = any"
	{
		echo "www A $net.3.1"
		echo "inner A 127.0.0.1"
		echo "lan A 10.1.2.3"
	} | world_zone -
	world_reload zone
	world_forget
	for name in inner lan; do
		world_script "redirect=http://$name.site.example/"
		check_says down http redirect-private
	done
	world_mend zone
}

@test "redirects that are no URLs" {
	for to in 'file:///etc/passwd' 'gopher://localhost:25/x' 'http://' \
	    'http://a b/' '//' 'https://[::1' 'http://www.site.example:99999/'
	do
		world_script "redirect=$to"
		run "${prober[@]}" check --json "$url"
		echo "$to: $output"
		[ "$status" -eq 2 ]
		[[ $output == *'"layer":"http","reason":"redirect'* ]]
		harmless
	done
}

@test "escape sequences, bidi and NUL in head and body reach no terminal" {
	world_script escapes
	for form in "" --json --nagios --tsv; do
		run "${prober[@]}" check $form "$url"
		[ "$status" -eq 2 ]
		harmless
	done
}

@test "escape sequences, bidi and NUL reach no mail" {
	walk=no world_conf "recheck = {}" "every = 1m"
	world_script escapes
	for _ in 1 2; do run_once 0; harmless; done
	[ "$(count_mails joe@example.com)" = 1 ]
	output=$(find "$world/mail" -path '*/new/*' \
	    -exec "$python" "$world_here/letter.py" {} +)
	[ -n "$output" ]
	harmless
}

@test "a private address, where only public ones are allowed" {
	private=no walk=no world_conf
	check_says down records address-private
}

# --- name servers -----------------------------------------------------------

# names_do MODE PART...: with the site as it should be, walked to.
names_do()
{
	world_mend site
	world_conf
	for part in "${@:2}"; do world_script_dns "$part" "$1"; done
}

@test "nonsense from the zone's name servers" {
	names_do dns-nonsense zone1 zone2
	check_says down nameserver ns-garbage
	harmless
	world_mend zone
	check_says ok
}

@test "nonsense from the resolvers" {
	names_do dns-nonsense resolver1 resolver2
	walk=no world_conf
	check_says unknown self resolvers-silent
	world_kill resolver1 resolver2
	world_forget
}

@test "a referral to 3,000 servers" {
	names_do dns-servers registry1 registry2
	run "${prober[@]}" check --json "$url"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *'"grade":"down"'* ]]
	harmless
	world_mend registry
	check_says ok
}

@test "aliases without end" {
	names_do dns-alias zone1 zone2
	world_forget
	check_says down records cname-loop
	world_mend zone
	check_says ok
}
