#!/usr/bin/env bats
# A share of memory for every check.

@test "at every 293rd failed allocation: none lost, none told twice" {
	command -v sqlite3 >/dev/null || skip "no sqlite3"
	run env STRIDE=293 "$BATS_TEST_DIRNAME/memory"
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" faults: 0 lost, 0 repeated, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
