#!/usr/bin/env bats
# A share of full_disk for every check.

@test "at every 31st full disk: none lost, none told twice, marks are made" {
	run env STRIDE=31 "$BATS_TEST_DIRNAME/full_disk"
	echo "$output"
	[ "$status" -ne 77 ] || skip "mount is not allowed here"
	[ "$status" -eq 0 ]
	[[ $output == *" faults: 0 lost, 0 repeated, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
