# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3:firmware=none
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The firmware of the ImgU is not installed.

bats_require_minimum_version 1.5.0
load lab
load hardware

@test "raw frames need no firmware" {
	cio2_route 0 'imx219 0-0010' SRGGB10_1X10 640x480 ip3r
	equal "$imgu_media" '' 'media device of the ImgU'
	run_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=3 --stream-to=frames
	run_tool scenecheck raw "$(sensor_record)" ip3 frames
	dmesg >log
	contains log 'ipu3-imgu 0000:00:05.0: failed to initialize CSS (-2)'
	dmesg_clean
}
