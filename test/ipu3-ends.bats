# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 120
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: ends that are not those of the count, and what is left then.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
captures ipu3-capture -s raw:640x480@60 -s main:320x240 -s viewfinder:192x144 -s stats

raw_bytes=$((832 * 480))
main_bytes=$((320 * 240 * 3 / 2))

all_whole() {
	whole r.raw $raw_bytes raw
	whole m.raw $main_bytes
	no_leftovers
}

@test "signals: files are whole, statuses as promised" {
	local pair
	for pair in INT:130 TERM:143 HUP:129; do
		start_all -c 0 -F raw=r.raw -F main=m.raw -F "viewfinder=${pair%:*}-#.png"
		frames_come 5 imgu/jobs
		stop_tool "${pair%:*}" -0
		all_whole
		equal "$(find . -name "${pair%:*}-*.png" | wc -l)" "$(end viewfinder written)" pictures
		rm r.raw* m.raw* ./*.png
		start_all -c 500 -F raw=r.raw -F main=m.raw
		frames_come 5 imgu/jobs
		stop_tool "${pair%:*}" "-${pair#*:}"
		all_whole
		rm r.raw* m.raw*
	done
	equal "$(dma_buffers)" 0 dma-bufs
}

@test "signals: a reader is stuck, the second signal ends it at once" {
	mkfifo pipe
	start_tool "${capture[@]}" -q -c 1000 -F raw=pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	kill -INT "$tool_pid"
	lab_nap 0.2
	kill -0 "$tool_pid"
	stop_tool INT -130 -t 3
	exec {reader}<&-
	works
}

@test "a full disk ends all streams: status 9, no half file" {
	local file
	need_file_system 4m
	run_all -9 -c 0 -F "main=$file_system/m-#.raw" -F "raw=$file_system/r.raw"
	contains "$stderr" 'No space left on device'
	for file in "$file_system"/m-*.raw; do
		equal "$(stat -c %s "$file")" $main_bytes "bytes of $file"
	done
	[ -z "$(find "$file_system" -name '.*' -type f)" ] || fail 'temporary files are left'
	works
}

@test "a reader that goes away ends all streams: status 9, the other files are whole" {
	local stream
	for stream in raw main; do
		mkfifo pipe
		head -c 900000 <pipe >/dev/null &
		lab_pids+=($!)
		run_all -9 -c 200 -F $stream=pipe -F viewfinder=v.raw
		contains "$stderr" 'pipe: frame'
		contains "$stderr" 'its reader has gone'
		whole v.raw $((192 * 144 * 3 / 2)) viewfinder
		rm pipe v.raw*
	done
	works
}

@test "killed in mid-stream: nothing stays behind, and the next run is as any" {
	local before
	before=$(dma_buffers)
	for _ in 1 2 3; do
		start_all -c 0 -F raw=r.raw -F main=m.raw
		frames_come 3 imgu/jobs
		stop_tool KILL -137
		equal "$(dma_buffers)" "$before" dma-bufs
		no_file r.raw m.raw
		works
	done
	dmesg_clean
}

@test "stopped for longer than all limits: goes on, and tells what was lost" {
	start_all -c 40 --between-frames=300ms
	hold 0.7
	wait_tool
	accounted raw 40
	accounted main 40
	accounted viewfinder 40
	accounted stats 40
	[ "$(end raw lost)" -gt 10 ]
}

# Both drivers of 6.12 end with the kernel when they are unbound while they stream.
@test "a device that goes away: status 8, one sentence, files are whole" {
	local call
	# Whoever hears of it first: an ioctl of any node.
	for call in 400 401 402; do
		run_tool -8 strace -f -o trace -e trace=ioctl \
			-e "inject=ioctl:error=ENODEV:when=$call+" \
			"${capture[@]}" -q --report="$records" -c 0 -F raw=r.raw -F main=m.raw
		equal "$(wc -l <"$stderr")" 1 sentences
		matches "$stderr" 'ipu3-(cio2|imgu|csi2) 0.* \(/dev/.*\) went away'
		[ "$(end raw written)" -gt 0 ]
		all_whole
		rm r.raw* m.raw*
	done
	works
}
