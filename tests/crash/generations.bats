#!/usr/bin/env bats
# A share of `make torture`: killed over what rotation leaves, in `run` and in
# `new`, and while it mails.

share()
{
	run env STRIDE="$1" "$BATS_TEST_DIRNAME/run" "${@:2}"
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" faults: 0 lost, 0 repeated, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}

@test "run: none lost, none told twice" {
	share 997 fresh backlog packed truncated copying
}

@test "new: none lost; twice only what was taken and not committed" {
	share 307 new_fresh new_backlog new_packed new_copying new_full new_pipe
}

@test "by SMTP: twice only with the same Message-ID and X-Sitewatch-Retry" {
	share 601 relay
}
