# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid:n_devs=2:multiplanar=1,2 vim2m
# Video nodes of every kind: vivid single- and multi-planar, vim2m, vicodec.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vimc_reset
	lab_reload vivid:n_devs=2:multiplanar=1,2
}

@test "video: kinds of nodes, and what is none" {
	ctest video kinds refusals
	dmesg_clean
}

@test "video: formats, planes, lists" {
	ctest video formats planes format-lists size-lists
	dmesg_clean
}

@test "video: intervals, rectangles, events" {
	ctest video intervals selections events
	dmesg_clean
}

@test "video: slots, starting and stopping, owners" {
	ctest video slots starting owners
	dmesg_clean
}

@test "video: pulled out while it streams" {
	ctest video unplugged
	dmesg_clean
}

@test "planes: one and several planes, offsets, own and imported memory" {
	ctest planes single offsets three imported too-many
	dmesg_clean
}

@test "planes: outputs and metadata" {
	ctest planes outputs meta-capture meta-output
	dmesg_clean
}

@test "m2m: two queues on one descriptor" {
	ctest m2m halves transforms bayer timestamps
	dmesg_clean
}

@test "m2m: imported memory, a frame handed on without a copy" {
	ctest m2m imported handed-on
	dmesg_clean
}

@test "m2m: the end of a stream" {
	modprobe vicodec
	ctest m2m end-of-stream
	modprobe -r vicodec
	dmesg_clean
}
