#!/usr/bin/env bats
# A share of `make torture`: a history of each kind of rotation.

@test "every kind of rotation: none lost, none told twice, no false gap" {
	# not yet: links that move on; contents that differ in the midst alone;
	# a trace cut by the rotation; a line between copy and truncation; a
	# file beside what it is being compressed to; an empty log that is
	# filled and compressed at once
	run "$BATS_TEST_DIRNAME/rotation" -n 1 -x cronolog -x link_swapped \
	    -x alike -x alike_gz -x trace_in_two -x trace_copied \
	    -x written_between -x being_gz -x being_bz2 -x being_xz -x being_zst \
	    -x depth_gz
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *": 0 lost, 0 repeated, 0 false gaps, 0 bad ends" ]]
	echo "# ${lines[-1]}" >&3
}
