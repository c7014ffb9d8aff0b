#!/usr/bin/env bats
# A share of `make torture`: the power fails, on ext4.

@test "after a power cut: none lost, none told twice" {
	run env STRIDE=29 "$BATS_TEST_DIRNAME/powercut" ext4
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" power cuts: 0 lost, 0 repeated, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
