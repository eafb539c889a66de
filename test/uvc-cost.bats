# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash sets
# uvc-capture: what a frame costs, in counts that a busy machine does not change (see make bench).

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load bench/uvc

# A warning now and then (a busy machine makes the camera slow) is no cost of a frame.
about() {
	awk -v value="$1" -v wanted="$2" 'BEGIN { exit !(value > wanted - 0.1 && value < wanted + 0.1) }' ||
		fail "$1, wanted $2"
}

setup() {
	lab_setup
	uvc_plug default
}

@test "uvc-cost: a quiet frame takes three system calls, one into a file four, and none allocates" {
	about "$(slope calls uvc-capture)" 3.00
	about "$(slope calls uvc-capture frames.raw)" 4.00
	about "$(slope writes uvc-capture frames.raw)" 1.00
	about "$(slope allocations uvc-capture frames.raw)" 0.00
}

@test "uvc-cost: MJPG into one stream takes one write more, and into files what a file takes" {
	about "$(slope calls uvc-jpeg)" 3.00
	about "$(slope calls uvc-jpeg frames.mjpeg)" 4.00
	# open, write, rename, close
	about "$(slope calls uvc-jpeg 'frames-#.jpg')" 7.00
	about "$(slope allocations uvc-jpeg 'frames-#.jpg')" 0.00
}

@test "uvc-cost: fewer instructions a frame, and to start, than v4l2-ctl" {
	local ours theirs
	ours=$(slope instructions uvc-capture)
	theirs=$(slope instructions v4l2-ctl)
	awk -v ours="$ours" -v theirs="$theirs" 'BEGIN { exit !(ours < theirs) }' ||
		fail "$ours instructions a frame, v4l2-ctl takes $theirs"
	ours=$(instructions uvc-capture 1)
	theirs=$(instructions v4l2-ctl 1)
	[ "$ours" -lt "$theirs" ] || fail "$ours instructions in a short run, v4l2-ctl takes $theirs"
}
