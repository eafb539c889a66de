# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rpi-capture: what a frame costs, in counts that a busy machine hardly changes (see make bench).

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load bench/rpi

setup() {
	lab_setup
	start_waver
	lab_pids+=("$waver")
}

@test "rpi-cost: raw, a picture and statistics with exposure at work" {
	# The event at a frame's start; DQBUF and QBUF for raw, the picture, statistics and the ISP's
	# input, and two or three waits between them; what exposure and white balance write comes on top.
	below "$(slope calls rpi-capture)" 14
	below "$(slope calls rpi-fixed)" 12.5
	below "$(slope instructions rpi-capture)" 40000
	below "$(slope instructions rpi-fixed)" 6000
}

@test "rpi-cost: raw alone costs what the receiver does, and wakes nothing else" {
	local before
	before=$(counter isp0/jobs)
	below "$(slope calls rpi-raw)" 3.1
	below "$(slope instructions rpi-raw)" 1100
	equal "$(counter isp0/jobs)" "$before" 'jobs of the ISP'
}

@test "rpi-cost: nothing is allocated for a frame, a frame into a file is one write" {
	local allocs
	allocs=$(slope allocations rpi-capture frames.raw)
	awk -v value="$allocs" 'BEGIN { exit !(value < 0.1 && value > -0.1) }' || fail "$allocs allocations"
	below "$(slope writes rpi-capture frames.raw)" 1.1
}

@test "rpi-cost: the processor sees no byte of a frame, unless it writes it" {
	run_tool rpi-capture -q --report=records.jsonl -c 30 "${rpi_streams[@]}" -F raw=frames.raw
	equal "$(jq -c 'select(.record == "end") | [.streams[] | [.stream, .cpu_bytes]] | sort' records.jsonl)" \
		"[[\"main\",0],[\"raw\",$((30 * 800 * 480))],[\"stats\",0]]" cpu_bytes
}
