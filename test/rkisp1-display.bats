# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1 vkms
# shellcheck disable=SC2154 # variables that lab.bash sets
# rkisp1-capture --display: which of several streams is shown, out of contiguous memory.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

@test "--display: the first stream that can be shown is, while another one goes to a file" {
	run_tool rkisp1-capture -D -q -s 640x480 -s self:320x240:XR24 -c 10 -F main=main.raw --report=report
	matches report '"stream":"self".*"captured":10.*"written":0,"displayed":[1-9]'
	matches report '"stream":"main","captured":10.*"written":10,"bytes"'
	equal "$(stat -c %s main.raw)" $((10 * 640 * 480 * 3 / 2))
	dmesg_clean vkms_get_vblank_timestamp
}

@test "--display: no stream can be shown, the first one is said to be why" {
	run_tool -6 rkisp1-capture -D -s 640x480 -c 2
	contains "$stderr" "display Virtual-1 can't show main, which is NV12; it takes AR24 XR24"
	run_tool -6 rkisp1-capture -D -r -c 2
	contains "$stderr" "display Virtual-1 can't show raw, which is RG10 (SRGGB10)"
}
