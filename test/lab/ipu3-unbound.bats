# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3:board=ipu3-unbound
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# Something at a port of the CIO2 has no driver.

bats_require_minimum_version 1.5.0
load lab
load hardware

@test "one sensor without driver takes all others along" {
	ipu3_find
	run_tool media-ctl -d "$cio2_media" -p
	matches "$stdout" 'entity [0-9]+: ipu3-cio2 3 '
	matches "$stdout" 'entity [0-9]+: imx219 0-0010 \(1 pad, 0 link'
	# Nodes of sub-devices are made at the end only.
	for node in /sys/class/video4linux/v4l-subdev*/name; do
		lacks "$node" csi2
	done
	imgu_links 0
	run_tool imgurun
}
