#!/usr/bin/env bats
# A share of `make torture` for every check: other points each time the
# system calls change.

@test "killed and failed at every 8th system call: none lost, none twice" {
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true || skip "strace is not allowed here"
	run env STRIDE=8 "$BATS_TEST_DIRNAME/run"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" 0 records lost, 0 repeated, 0 bad ends" ]]
}
