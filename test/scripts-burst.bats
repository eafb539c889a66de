# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc uvc
# shellcheck disable=SC2154 # variables that lab.bash sets
# rawline-burst: RAW frames in a row, whole and none left out.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	vimc_reset
	mkdir scratch
	export TMPDIR=$PWD/scratch
}

no_leftovers() {
	equal "$(ls "$TMPDIR")" '' 'left in TMPDIR'
}

@test "burst: so many frames, one after another, and their names" {
	local first
	run_tool rawline-burst -n 12 shots 'Sensor A' -- -s raw:320x240:RG10
	equal "$(wc -l <"$stdout")" 12
	equal "$(cat "$stdout")" "$(printf '%s\n' shots/*)"
	first=$(basename "$(head -n 1 "$stdout")" .dng)
	equal "$(basename "$(tail -n 1 "$stdout")" .dng)" "$(printf 'frame-%06d' $((10#${first#frame-} + 11)))"
	matches "$stderr" '^rawline-burst: 12 frames in [0-9.]+ s, 0 lost$'
	equal "$(head -c 2 "$(head -n 1 "$stdout")")" II
	no_leftovers
}

@test "burst: all of it fits into the buffers, unless the user says how many" {
	run_tool strace -f -o calls -e trace=ioctl rawline-burst -q -n 6 -T vimc-capture a -- -s raw:64x64
	matches calls 'VIDIOC_REQBUFS, \{type=V4L2_BUF_TYPE_VIDEO_CAPTURE, memory=V4L2_MEMORY_MMAP, count=10 '
	run_tool strace -f -o calls -e trace=ioctl rawline-burst -q -n 6 -T vimc-capture b -- -r -n 5
	matches calls 'VIDIOC_REQBUFS, \{type=V4L2_BUF_TYPE_VIDEO_CAPTURE, memory=V4L2_MEMORY_MMAP, count=5 '
	equal "$(cat "$stdout" "$stderr")" ''
	equal "$(find a b -name '*.dng' | wc -l)" 12
}

@test "burst: files that exist are a reason not to begin, a folder made for nothing goes" {
	run_tool rawline-burst -n 1 -q shots -- -s raw:64x64
	equal "$(ls shots)" frame-000000.dng
	run_tool -9 rawline-burst -n 1 shots -- -s raw:64x64
	contains "$stderr" 'shots/frame-000000.dng'
	equal "$(cat "$stdout")" ''
	run_tool rawline-burst -n 1 --force shots -- -s raw:64x64
	run_tool -6 rawline-burst -n 1 none -- -s raw:64x64:NV12
	no_file none
	run_tool -9 rawline-burst -n 1 no/such/folder
	contains "$stderr" "the folder no/such/folder can't be made"
	run_tool -2 rawline-burst -n 0
	run_tool -2 rawline-burst -
	no_leftovers
}

@test "burst: without a name it is the date" {
	run_tool rawline-burst -n 2 -T vimc-capture
	matches "$stdout" '^burst-20[0-9]{6}-[0-9]{6}/frame-00000[01].dng$'
}

@test "burst: a camera without a RAW stream; too many lost is status 10, those that came are there" {
	uvc_plug infrared
	uvc_tell stream 1 short 2 3
	run_tool -10 rawline-burst -n 6 shots 2 -T uvc-capture
	matches "$stderr" '^rawline-burst: 6 frames in [0-9.]+ s, [1-9][0-9]* lost$'
	equal "$(ls shots | wc -l)" 6
	uvc_tell stream 1 short 2 3
	run_tool rawline-burst -n 6 --max-lost=2 more 2 -T uvc-capture
	equal "$(wc -l <"$stdout")" 6
	run_tool -6 rawline-burst none 1 -T uvc-capture
	contains "$stderr" 'it is for RAW'
}

@test "burst: a full disk, a signal: whole files only, and the status says so" {
	need_file_system 400k
	run_tool -9 rawline-burst -n 20 "$file_system/shots" -- -s raw:320x240
	[ -s "$stdout" ] || fail 'nothing was kept'
	equal "$(find "$file_system" -name '.*' -type f)" ''
	equal "$(cat "$stdout")" "$(printf '%s\n' "$file_system"/shots/*)"
	start_tool rawline-burst -n 100000 shots -- -s raw:64x64 --ready-fd=9
	wait_ready
	stop_tool TERM -143
	equal "$(cat "$stdout")" "$(printf '%s\n' shots/*)"
	no_leftovers
}
