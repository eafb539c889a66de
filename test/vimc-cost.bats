# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: what a frame costs, in counts that a busy machine does not change (see make bench).

bats_require_minimum_version 1.5.0
load lab/lab
load bench/vimc

setup() {
	lab_setup
	vimc_reset
	prepare_graph
}

@test "cost: a quiet frame takes three system calls: wait, dequeue, queue" {
	equal "$(slope calls vimc-capture)" 3.00
}

@test "cost: a frame into a file takes one write more" {
	equal "$(slope calls vimc-capture frames.raw)" 4.00
	equal "$(slope writes vimc-capture frames.raw)" 1.00
}

@test "cost: no frame allocates" {
	equal "$(slope allocations vimc-capture)" 0.00
	equal "$(slope allocations vimc-capture frames.raw)" 0.00
}

@test "cost: fewer instructions a frame, and to start, than v4l2-ctl" {
	local ours theirs
	ours=$(slope instructions vimc-capture)
	theirs=$(slope instructions v4l2-ctl)
	awk -v ours="$ours" -v theirs="$theirs" 'BEGIN { exit !(ours < theirs) }' ||
		fail "$ours instructions a frame, v4l2-ctl takes $theirs"
	ours=$(instructions vimc-capture 1)
	theirs=$(instructions v4l2-ctl 1)
	[ "$ours" -lt "$theirs" ] || fail "$ours instructions in a short run, v4l2-ctl takes $theirs"
}
