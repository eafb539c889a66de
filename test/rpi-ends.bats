# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477
# lab-limit: 300
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture: ends that are not those of the count, and what is left then.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
captures rpi-capture -s raw:1332x990@30 -s main:320x240 -s second:160x120 -s stats -s embedded

raw_bytes=$((1696 * 990)) main_bytes=$((320 * 240 * 3 / 2))

setup() {
	capture_setup
	rpi_find
}

all_whole() {
	whole r.raw $raw_bytes raw
	whole m.raw $main_bytes
	whole e.raw 16384 embedded
	no_leftovers
}

# nothing_held: neither memory nor a dma-buf
nothing_held() {
	equal "$(counter vc/used) $(dma_buffers)" '0 0' 'bytes of contiguous memory, dma-bufs'
}

@test "signals: files are whole, statuses as promised" {
	local pair files=(-F raw=r.raw -F main=m.raw -F embedded=e.raw)
	for pair in INT:130 TERM:143 HUP:129; do
		start_all -c 0 "${files[@]}" -F "second=${pair%:*}-#.png"
		frames_come 5 isp0/jobs
		stop_tool "${pair%:*}" -0
		all_whole
		equal "$(find . -name "${pair%:*}-*.png" | wc -l)" "$(end second written)" pictures
		rm r.raw* m.raw* e.raw* ./*.png
		start_all -c 500 "${files[@]}"
		frames_come 3 isp0/jobs
		stop_tool "${pair%:*}" "-${pair#*:}"
		all_whole
		rm r.raw* m.raw* e.raw*
	done
	nothing_held
}

@test "signals: a reader is stuck, the second signal ends it at once" {
	mkfifo pipe
	start_tool "${capture[@]}" -q -c 1000 -F raw=pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	frames_come 10 unicam/frames
	kill -INT "$tool_pid"
	lab_nap 0.2
	kill -0 "$tool_pid"
	stop_tool INT -130 -t 3
	exec {reader}<&-
	works
}

# late_reader STREAM OPTION...: nobody reads that stream's file while 40 frames come
late_reader() {
	local stream=$1
	shift
	rm -f pipe
	mkfifo pipe
	start_tool rpi-capture -q -c 30 --between-frames=300ms --ready-fd=9 "$@" -F "$stream=pipe" --force
	exec 8<pipe
	wait_ready
	frames_come 40 unicam/frames
	cat <&8 >/dev/null
	exec 8<&-
	wait_tool
}

@test "no frame is overdue while a slow reader has all buffers but those that Unicam and the ISP keep" {
	late_reader raw -s raw:1332x990@60
	late_reader raw -s raw:1332x990@60 -s main:640x480
	late_reader embedded -s raw:1332x990@60 -s embedded
	late_reader main -s raw:1332x990@60 -s main:640x480
	late_reader second -s raw:1332x990@60 -s main:640x480 -s second:320x240 -s stats --ae=off
	dmesg_clean
}

@test "a full disk ends all streams: status 9, no half file" {
	local file
	need_file_system 8m
	run_all -9 -c 0 -F "main=$file_system/m-#.raw" -F "raw=$file_system/r.raw"
	contains "$stderr" 'No space left on device'
	for file in "$file_system"/m-*.raw; do
		equal "$(stat -c %s "$file")" $main_bytes "bytes of $file"
	done
	[ -z "$(find "$file_system" -name '.*' -type f)" ] || fail 'temporary files are left'
	works
	nothing_held
}

@test "a reader that goes away ends all streams: status 9, the other files are whole" {
	local pair
	# It leaves in the fourth frame, when the other stream has its first.
	for pair in raw:5000000 main:400000 embedded:60000; do
		mkfifo pipe
		head -c "${pair#*:}" <pipe >/dev/null &
		lab_pids+=($!)
		run_all -9 -c 200 -F "${pair%:*}=pipe" -F second=s.raw
		contains "$stderr" 'pipe: frame'
		contains "$stderr" 'its reader has gone'
		whole s.raw $((160 * 120 * 3 / 2)) second
		rm pipe s.raw*
	done
	works
}

@test "killed in mid-stream: nothing stays behind, and the next run is as any" {
	for _ in 1 2 3; do
		start_all -c 0 -F raw=r.raw -F main=m.raw
		frames_come 3 isp0/jobs
		stop_tool KILL -137
		nothing_held
		no_file r.raw m.raw
		works
	done
	dmesg_clean
}

@test "stopped for longer than all limits: goes on, and tells what was lost" {
	local stream
	start_all -c 40 --between-frames=300ms
	hold 0.7
	wait_tool
	for stream in raw main second stats embedded; do
		accounted $stream 40
	done
	[ "$(end raw lost)" -gt 5 ] || fail "$(end raw lost) lost"
}

# A module of a driver that is in use can't go, so its device is unbound, or an ioctl says that it has.
@test "a device that goes away: status 8, one sentence, files are whole" {
	local call
	# Whoever hears of it first: an ioctl of any node.
	for call in 500 501 502 503 504; do
		run_tool -8 strace -f -o trace -e trace=ioctl \
			-e "inject=ioctl:error=ENODEV:when=$call+" \
			"${capture[@]}" -q --report="$records" -c 0 -F raw=r.raw -F main=m.raw -F embedded=e.raw
		equal "$(wc -l <"$stderr")" 1 sentences
		matches "$stderr" '(unicam-(image|embedded)|bcm2835-isp0-(output0|capture[123])|imx477 0-001a).* went away'
		[ "$(end raw written)" -gt 0 ]
		all_whole
		rm r.raw* m.raw* e.raw*
	done
	works
}

# ---- again and again ----

# One short run with raw, both pictures, statistics and embedded data.
cycle() {
	rpi-capture -q -c 1 -s raw:1332x990@120 -s main:320x240 -s second:160x120 -s stats -s embedded "$@" \
		>/dev/null 2>&1
}

# Everything open in the kernel
open_files() {
	cut -f 1 /proc/sys/fs/file-nr
}

# cycles COUNT: of all kinds
cycles() {
	local round
	for ((round = 0; round < $1; round++)); do
		case $((round % 10)) in
		6) cycle --memory=heap ;;
		7) rpi-capture -q -c 1 -s main:320x240 >/dev/null 2>&1 ;;
		8) rpi-capture -q -c 1 -s raw -s embedded >/dev/null 2>&1 ;;
		9) rpi-capture -q -c 1 -r >/dev/null 2>&1 ;;
		*) cycle ;;
		esac || fail "run $round" || return
	done
}

# slabs: KiB that the kernel has in objects it can't do without
slabs() {
	awk '/^SUnreclaim/ { print $2 }' /proc/meminfo
}

@test "cycles: 100 starts and stops leave no buffer, no memory and no open file behind" {
	local cma used files slab
	# What is allocated once, and caches that fill.
	cycles 10
	cma=$(cma_free) used=$(in_use) files=$(open_files) slab=$(slabs)
	cycles 100
	nothing_held
	echo "CMA free: $cma KiB before, $(cma_free) KiB after; in use: $used KiB, $(in_use) KiB"
	echo "open files: $files, $(open_files); slabs: $slab KiB, $(slabs)"
	# One buffer of raw in each would be 164 MiB, one of statistics 1.2.
	[ $((cma - $(cma_free))) -lt 1024 ]
	[ $(($(in_use) - used)) -lt 3072 ]
	[ $(($(slabs) - slab)) -lt 1024 ]
	[ $(($(open_files) - files)) -lt 50 ]
	dmesg_clean
}
