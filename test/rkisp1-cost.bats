# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: what a frame costs, in counts that a busy machine hardly changes (see make bench).

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load bench/rkisp1

setup() {
	lab_setup
	start_waver
	lab_pids+=("$waver")
}

@test "rkisp1-cost: main, self, statistics and parameters with exposure at work" {
	# A wait and the event at a frame's start, a wait and a clock at its end, DQBUF and QBUF for
	# each of three; what exposure and white balance write comes on top.
	below "$(slope calls rkisp1-capture)" 12
	below "$(slope calls rkisp1-fixed)" 10.3
	below "$(slope instructions rkisp1-capture)" 15000
	below "$(slope instructions rkisp1-fixed)" 8000
}

@test "rkisp1-cost: nothing is allocated for a frame, a frame into a file is one write" {
	local allocs
	allocs=$(slope allocations rkisp1-capture frames.raw)
	awk -v value="$allocs" 'BEGIN { exit !(value < 0.1 && value > -0.1) }' || fail "$allocs allocations"
	below "$(slope writes rkisp1-capture frames.raw)" 1.1
}
