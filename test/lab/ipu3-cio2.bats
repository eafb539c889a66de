# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3:board=ipu3-cio2
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# A machine with the receiver of an IPU3 only.

bats_require_minimum_version 1.5.0
load lab
load hardware

@test "raw frames need no ImgU" {
	cio2_route 0 'imx219 0-0010' SRGGB10_1X10 640x480 ip3r
	equal "$imgu_media" '' 'media device of the ImgU'
	run_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=3 --stream-to=frames
	run_tool scenecheck raw "$(sensor_record)" ip3 frames
	dmesg_clean
}
