#!/usr/bin/env bats
# A share of `make torture`: a history of each kind of rotation.

@test "every kind of rotation: none lost, none told twice, no false gap" {
	run "$BATS_TEST_DIRNAME/rotation" -n 1
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *": 0 lost, 0 repeated, 0 false gaps, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
