# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: what a frame costs, in counts that a busy machine hardly changes (see make bench).

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load bench/ipu3

setup() {
	lab_setup
	start_waver
	lab_pids+=("$waver")
}

@test "ipu3-cost: raw, two pictures, statistics and parameters with exposure at work" {
	# A wait and the event at a frame's start; DQBUF and QBUF for raw, two pictures, statistics and
	# the ISP's input, and two to five waits between them; what exposure and white balance write
	# comes on top.
	below "$(slope calls ipu3-capture)" 21
	below "$(slope calls ipu3-fixed)" 17
	below "$(slope instructions ipu3-capture)" 60000
	below "$(slope instructions ipu3-fixed)" 8000
}

@test "ipu3-cost: raw alone costs what the receiver does, and wakes nothing else" {
	local before
	before=$(counter imgu/jobs)
	below "$(slope calls ipu3-raw)" 3.1
	below "$(slope instructions ipu3-raw)" 1200
	equal "$(counter imgu/jobs)" "$before" 'jobs of the ImgU'
}

@test "ipu3-cost: nothing is allocated for a frame, a frame into a file is one write" {
	local allocs
	allocs=$(slope allocations ipu3-capture frames.raw)
	awk -v value="$allocs" 'BEGIN { exit !(value < 0.1 && value > -0.1) }' || fail "$allocs allocations"
	below "$(slope writes ipu3-capture frames.raw)" 1.1
}
