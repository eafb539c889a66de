# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 120
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# ipu3-capture: the file of raw, the input of the ImgU and the buffer of the CIO2 are one memory.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
captures ipu3-capture -s raw:640x480@60 -s main:320x240 -s viewfinder:192x144 -s stats

# No job comes any more: what the run before left behind has ended.
is_idle() {
	jobs=$(counter imgu/jobs)
	lab_nap 0.1
	[ "$(counter imgu/jobs)" = "$jobs" ]
}

setup() {
	capture_setup
	wait_for 5 is_idle
}

# pages FRAMES: the memory of each frame, as the two devices saw it; every frame must have become a
# picture
pages() {
	frames main .sequence >numbers
	equal "$(wc -l <numbers)" "$1" 'frames of main' || return
	awk 'FILENAME == "numbers" { wanted[$1] = 1; next }
		$1 == 0 { delete page }
		{ page[$1] = $5 }
		END { for (n in wanted) print n, page[n] }' numbers "$hardware_files/cio2/record" |
		sort -n >of_cio2
	awk -v first="$jobs" '$1 >= first { print $5 }' "$hardware_files/imgu/record" |
		head -n "$1" | paste -d ' ' numbers - >of_imgu
	cmp of_cio2 of_imgu || fail "not the same memory: $(paste of_cio2 of_imgu)" || return
	lacks of_cio2 ' 0'
	[ "$(cut -d ' ' -f 2 of_cio2 | sort -u | wc -l)" -gt 1 ] || fail 'one buffer only'
}

# right_bytes FILE STREAM: each frame of it is what the sensor saw, of the number that was told
right_bytes() {
	run_tool scenecheck raw "$(sensor_record)" ip3 "$1"
	frames raw .sequence | cmp - "$stdout" || fail "$1 has other frames"
}

@test "raw, ImgU and CIO2: the pages of each frame are the same, its bytes are the scene's" {
	run_all -0 -c 30 -F raw=raw.raw
	pages 30
	right_bytes raw.raw
	whole raw.raw $((832 * 480)) raw
	equal "$(end raw cpu_bytes)" $((30 * 832 * 480)) 'bytes of raw that the CPU wrote'
}

@test "without files the CPU touches no byte of a picture, and there is one dma-buf for each frame" {
	local stream before
	before=$(dma_buffers)
	start_all -c 0
	equal $(($(dma_buffers) - before)) 6 'dma-bufs'
	stop_tool INT
	equal "$(dma_buffers)" "$before" 'dma-bufs at the end'
	for stream in raw main viewfinder stats; do
		equal "$(end $stream cpu_bytes)" 0 "cpu_bytes of $stream"
	done
	[ "$(end main captured)" -gt 0 ]
}

@test "raw that nobody asked for: pictures are made of the same memory" {
	captures ipu3-capture -s main:320x240@60
	run_all -0 -c 20 -F main=main.raw
	pages 20
	equal "$(jq -r 'select(.record == "end") | .streams | length' "$records")" 1 streams
	equal "$(end main cpu_bytes)" $((20 * 320 * 240 * 3 / 2)) 'bytes of main that the CPU wrote'
	equal "$(end main lost)" 0 lost
}

@test "memory from udmabuf and from a heap: both devices take the same" {
	local memory
	for memory in udmabuf heap; do
		jobs=$(counter imgu/jobs)
		run_all -0 -c 20 --memory=$memory -F raw=$memory.raw
		equal "$(jq -r 'select(.record == "start") | .streams[] | select(.stream == "raw") |
			.memory' "$records" | cut -d : -f 1)" $memory memory
		pages 20
		right_bytes $memory.raw
	done
	equal "$(dma_buffers)" 0 dma-bufs
}

@test "raw alone never wakes the ImgU" {
	local interrupts
	interrupts=$(counter imgu/interrupts)
	run_tool strace -f -o trace -e trace=openat ipu3-capture -q --report="$records" -c 20 -r \
		--mode=640x480 -F raw.raw
	right_bytes raw.raw
	equal "$(counter imgu/jobs)" "$jobs" jobs
	equal "$(counter imgu/interrupts)" "$interrupts" interrupts
	lacks trace "$(node_named 'ipu3-imgu 0 input')"
}

@test "raw alone works where the firmware of the ImgU is missing" {
	lab_reload ipu3:firmware=none
	jobs=0
	run_tool ipu3-capture -q --report="$records" -c 10 -r --mode=640x480 -F raw.raw
	right_bytes raw.raw
	run_all -!
	lab_reload ipu3
	works
}
