# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:stack=firmware
# shellcheck disable=SC2154 # variables that lab.bash sets
# The old firmware stack of a Raspberry Pi, as far as it is to be recognized.

bats_require_minimum_version 1.5.0
load lab
load hardware

@test "firmware: a node of its name, no media device" {
	run_tool v4l2-ctl -d /dev/video0 --info
	matches "$stdout" 'Driver name +: bcm2835 mmal$'
	matches "$stdout" 'Card type +: mmal service 16.1$'
	no_file /dev/media0
	run_tool v4l2-ctl -d /dev/video0 --list-formats
	contains "$stdout" "'H264'"
	dmesg_clean
}
