# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture and other programs: of two ISPs it takes the one that is free; a camera is for one at a time.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='imx219 0-0010'
picture=(-c 2 --mode=640x480:10 -s main:320x240 -s second:160x120 -s stats)

# $isp_* are nodes of the first ISP, $other_* of the second
setup() {
	lab_setup
	rpi_find 1
	other_media=$isp_media other_main=$isp_main
	rpi_find
}

# hold_lock FILE: as libcamera does
hold_lock() {
	start_tool python3 -c '
import fcntl, os, sys, time
device = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(device, fcntl.LOCK_EX)
os.write(9, b"ready\n")
time.sleep(600)' "$1"
	wait_ready
}

# is_locked FILE: by anybody
is_locked() {
	! python3 -c '
import fcntl, os, sys
fcntl.lockf(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$1" 2>/dev/null
}

# streams NODE [--stream-out-mmap]: start a program that has this queue
streams() {
	start_tool v4l2-ctl -d "$1" "${2:---stream-mmap}" --verbose
	wait_for 5 grep -q 'VIDIOC_STREAMON returned 0' "$stderr"
}

# takes NUMBER [OPTION...]: pictures are made, by this ISP and not by the other
takes() {
	local one other
	one=$(counter "isp$1/jobs") other=$(counter "isp$((1 - $1))/jobs")
	run_tool rpi-capture -v "${picture[@]}"
	[ "$(counter "isp$1/jobs")" -gt "$one" ] || fail "ISP $1 did nothing" || return
	equal "$(counter "isp$((1 - $1))/jobs")" "$other" "jobs of the other than $1"
}

@test "the first one, when nobody uses it; raw alone takes none" {
	takes 0
	contains "$stderr" "bcm2835-isp0-capture1 ($isp_main)"
	hold_lock "$isp_media"
	hold_lock "$other_media"
	run_tool rpi-capture -q -r --mode=640x480:10 -c 2 "$camera"
	run_tool rpi-capture --info "$camera"
	contains "$stdout" "bcm2835-isp0-capture1, $isp_main"
	run_tool rpi-capture --dry-run "${picture[@]}"
	contains "$stdout" "v4l2-ctl -d '$isp_main' --set-fmt-video"
}

@test "another program holds the lock of the first: the second is taken" {
	hold_lock "$isp_media"
	takes 1
	contains "$stderr" "rpi-capture: $isp_media is in use by pid $tool_pid (python3)"
	contains "$stderr" "bcm2835-isp0-capture1 ($other_main)"
	stop_tool KILL -a
	takes 0
}

@test "another program has a queue of the first: the second is taken" {
	local node
	for node in "$isp_main" "$isp_second" "$isp_stats"; do
		streams "$node"
		takes 1 || fail "$node" || return
		contains "$stderr" "rpi-capture: $isp_media is in use by pid $tool_pid (v4l2-ctl)" || fail "$node" || return
		stop_tool KILL -a
	done
	v4l2-ctl -d "$isp_input" --set-fmt-video-out=width=640,height=480,pixelformat=pRAA
	# What it sends in gives jobs, too.
	streams "$isp_input" --stream-out-mmap
	run_tool rpi-capture -v "${picture[@]}"
	contains "$stderr" "bcm2835-isp0-capture1 ($other_main)"
	contains "$stderr" "rpi-capture: $isp_media is in use by pid $tool_pid (v4l2-ctl)"
	stop_tool KILL -a
	takes 0
	dmesg_clean
}

# settings: of both ISPs, the receiver and the sensor
settings() {
	local node
	for node in "$unicam_image" "$isp_main" "$isp_second" "$other_main"; do
		v4l2-ctl -d "$node" --get-fmt-video
	done
	media-ctl -d "$unicam_media" --get-v4l2 "\"$camera\":0"
	v4l2-ctl -d "$unicam_sensor" --list-ctrls
	v4l2-ctl -d "$isp_input" --list-ctrls --get-fmt-video-out
}

@test "both are in use: status 4, both and who has them are named; nothing is touched" {
	local first
	hold_lock "$isp_media"
	first=$tool_pid
	streams "$other_main"
	settings >before
	run_tool -4 rpi-capture -q "${picture[@]}"
	equal "$(cat "$stderr")" "rpi-capture: both ISPs are in use: $isp_media by pid $first (python3), $other_media by pid $tool_pid (v4l2-ctl)"
	settings | cmp - before
	run_tool rpi-capture -q -r --mode=640x480:10 -c 1
	stop_tool KILL -a
	takes 1
}

@test "a run locks its camera and its ISP, to its end" {
	start_tool rpi-capture -q -c 0 "${picture[@]:2}" --ready-fd=9
	wait_ready
	is_locked "$unicam_media" || fail 'the receiver is not locked' || return
	is_locked "$isp_media" || fail 'the ISP is not locked' || return
	! is_locked "$other_media" || fail 'the other ISP is locked' || return
	settings >before
	run_tool -4 rpi-capture -q -c 1 -r
	equal "$(cat "$stderr")" "rpi-capture: $camera ($unicam_media) is in use by pid $tool_pid (rpi-capture)"
	run_tool -4 rpi-capture -q "${picture[@]}" --mode=1920x1080
	contains "$stderr" "rpi-capture: $camera ($unicam_media) is in use by pid $tool_pid (rpi-capture)"
	settings | grep -v 'exposure\|gain\|balance' >after
	grep -v 'exposure\|gain\|balance' before | cmp - after
	stop_tool INT
	! is_locked "$unicam_media" || fail 'the receiver is still locked' || return
	! is_locked "$isp_media" || fail 'the ISP is still locked' || return
	takes 0
}

@test "another program streams from the receiver: status 4, it is named and goes on; nothing is touched" {
	local options
	run_tool rpi-capture -q -r --mode=640x480:10 -c 1
	streams "$unicam_image"
	settings >before
	for options in '-r --mode=1640x1232' '-s main:320x240' '-r -s main:320x240@45 --adjust' \
		'-r --hflip --gain=4'; do
		# shellcheck disable=SC2086 # words
		run_tool -4 strace -o trace -e trace=ioctl rpi-capture -q -c 1 $options
		! grep 'VIDIOC_SUBDEV_S_FMT\|VIDIOC_S_' trace || fail "$options touches it" || return
		equal "$(cat "$stderr")" "rpi-capture: $camera: unicam-image ($unicam_image) is in use by pid $tool_pid (v4l2-ctl)"
		settings | cmp - before || fail "$options" || return
	done
	flows unicam/frames
	# No frame had another mode.
	awk '$1 == 0 { delete lengths } { lengths[$15] } END { exit length(lengths) != 1 }' \
		"$(sensor_record)" || fail 'the mode was changed'
	stop_tool KILL -a
	takes 0
	dmesg_clean
}
