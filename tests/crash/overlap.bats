#!/usr/bin/env bats
# A share of `make torture`: fifty at once, a stopped one, an orphaned mailer.

@test "overlapping runs: none lost, none told twice, none hangs" {
	run env ROUNDS=4 "$BATS_TEST_DIRNAME/overlap"
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *": 0 lost, 0 repeated, 0 hung, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
