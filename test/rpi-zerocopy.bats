# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 120
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture: the file of raw, the input of the ISP and the buffer of Unicam are one memory.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
captures rpi-capture -s raw:640x480@60 -s main:320x240 -s second:160x120 -s stats

setup() {
	capture_setup
	rpi_find
	jobs=$(counter isp0/jobs)
}

# unicam_frames: number, page and time of each frame of the last stream that went to a buffer; V4L2
# has microseconds only
unicam_frames() {
	awk '$1 == 0 { n = 0; delete line }
		$11 { line[n++] = $1 " " $3 " " substr($7, 1, length($7) - 3) "000" }
		END { for (i = 0; i < n; i++) print line[i] }' "$hardware_files/unicam/record"
}

# isp_jobs: page and time of each job since the test began
isp_jobs() {
	awk -v first="$jobs" '$1 >= first { print $3, $7 }' "$hardware_files/isp0/record"
}

# pages FRAMES: the memory of each frame, as the two devices saw it; every frame must have become a
# picture
pages() {
	frames main .sequence >numbers
	equal "$(wc -l <numbers)" "$1" 'frames of main' || return
	unicam_frames | awk 'FILENAME == "numbers" { wanted[$1] = 1; next }
		$1 in wanted { print }' numbers - >of_unicam
	isp_jobs | head -n "$1" | paste -d ' ' numbers - >of_isp
	cmp of_unicam of_isp || fail "not the same memory: $(paste of_unicam of_isp)" || return
	[ "$(cut -d ' ' -f 2 of_unicam | sort -u | wc -l)" -gt 1 ] || fail 'one buffer only'
}

# right_bytes FILE: each frame of it is what the sensor saw, of the number that was told
right_bytes() {
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 "$1"
	frames raw .sequence | cmp - "$stdout" || fail "$1 has other frames"
}

# nobody_met: neither device had a buffer while the other was at it
nobody_met() {
	equal "$(counter vc/overlap_write) $(counter vc/overlap_read)" '0 0' overlaps
}

@test "raw, ISP and Unicam: the pages of each frame are the same, its bytes are the scene's" {
	run_all -0 -c 30 -F raw=raw.raw
	pages 30
	right_bytes raw.raw
	whole raw.raw $((800 * 480)) raw
	equal "$(end raw cpu_bytes)" $((30 * 800 * 480)) 'bytes of raw that the CPU wrote'
	nobody_met
}

@test "the report tells it: what pictures and statistics are made of is the memory that raw is in" {
	local stream
	run_all -0 -c 20
	frames raw '"\(.sequence) \(.dma_buf)"' >wanted
	lacks wanted null
	for stream in main second stats; do
		frames $stream '"\(.sequence) \(.made_of)"' | cmp - wanted ||
			fail "$stream: $(frames $stream '"\(.sequence) \(.made_of)"')"
	done
	[ "$(frames raw .dma_buf | sort -u | wc -l)" = 6 ]
}

@test "number and time of raw are on all that was made of it, and on the ISP's input" {
	local stream
	run_all -0 -c 20
	unicam_frames | cut -d ' ' -f 1,3 | head -n 20 >wanted
	for stream in raw main second stats; do
		frames $stream '"\(.sequence) \(.timestamp_ns)"' | cmp - wanted ||
			fail "$stream: $(frames $stream '"\(.sequence) \(.timestamp_ns)"')"
		# Unicam stamps what begins, whatever the flags of its buffers are.
		equal "$(frames $stream .timestamp_edge | sort -u)" start "edge of $stream" || return
	done
	pages 20
}

@test "without files the CPU touches no byte of a picture, and there is one dma-buf for each frame" {
	local stream before
	before=$(dma_buffers)
	start_all -c 0 --ae=off --awb=off
	equal $(($(dma_buffers) - before)) 6 'dma-bufs'
	frames_come 10 isp0/jobs
	stop_tool INT
	equal "$(dma_buffers)" "$before" 'dma-bufs at the end'
	for stream in raw main second stats; do
		equal "$(end $stream cpu_bytes)" 0 "cpu_bytes of $stream"
	done
	[ "$(end main captured)" -ge 10 ]
	equal "$(counter vc/used)" 0 'bytes of contiguous memory'
}

@test "raw that nobody asked for: pictures are made of the same memory" {
	captures rpi-capture -s main:320x240@60 --mode=640x480
	run_all -0 -c 20 -F main=main.raw
	pages 20
	equal "$(jq -r 'select(.record == "end") | .streams | length' "$records")" 1 streams
	equal "$(end main cpu_bytes)" $((20 * 320 * 240 * 3 / 2)) 'bytes of main that the CPU wrote'
	equal "$(end main lost)" 0 lost
	nobody_met
}

@test "memory from a heap of contiguous memory: both devices take the same" {
	run_all -0 -c 20 --memory=heap -F raw=heap.raw
	equal "$(jq -r 'select(.record == "start") | .streams[] | select(.stream == "raw") |
		.memory' "$records" | cut -d : -f 1)" heap memory
	pages 20
	right_bytes heap.raw
	equal "$(dma_buffers)" 0 dma-bufs
}

@test "raw alone never touches the ISP" {
	local name
	for name in jobs failed ended controls input main second stats; do
		echo "$name $(counter isp0/$name) $(counter isp1/$name)"
	done >before
	run_tool strace -f -o trace -e trace=openat,openat2,open,ioctl rpi-capture -q \
		--report="$records" -c 20 -r --mode=640x480 -F raw.raw
	right_bytes raw.raw
	for name in jobs failed ended controls input main second stats; do
		echo "$name $(counter isp0/$name) $(counter isp1/$name)"
	done | cmp - before
	contains trace "$unicam_image"
	for name in "${isp_nodes[@]}"; do
		lacks trace "\"$name\""
	done
}

@test "raw alone works where no ISP is" {
	lab_reload rpi:isp=none
	run_tool rpi-capture -q --report="$records" -c 10 -r --mode=640x480 -F raw.raw
	right_bytes raw.raw
	run_all -!
	lab_reload rpi
	works
}
