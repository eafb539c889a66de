# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# The media graph and its sub-devices, on vimc.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vimc_reset
}

@test "media: entities, pads, links and nodes of vimc, walks and connections" {
	ctest media graph entities strangers links walks connections
	dmesg_clean
}

@test "media: links switched by us and by media-ctl, refused, busy" {
	ctest media switching others streaming
	dmesg_clean
}

@test "media: one holder of the lock at a time, named by its pid" {
	ctest media lock
}

@test "media: what is no media device, or may not be opened" {
	ctest media refusals
}

@test "media: pulled out while open, plugged in again" {
	ctest media unplugged
	dmesg_clean
}

@test "subdev: formats set, tried and rounded, rectangles, lists" {
	ctest subdev formats
	vimc_reset
	ctest subdev rounding debayer scaler lacking enumeration
	dmesg_clean
}

@test "subdev: busy while the pipeline streams, events, refusals" {
	ctest subdev streaming events refusals
	dmesg_clean
}

@test "subdev: pulled out while open" {
	ctest subdev unplugged
	dmesg_clean
}

@test "pipeline: why vimc as loaded does not start" {
	ctest pipeline fresh
}

@test "pipeline: half configured, not fed, other colours" {
	ctest pipeline halfway
	vimc_reset
	ctest pipeline unfed
	vimc_reset
	ctest pipeline colours gone
	dmesg_clean
}

@test "pipeline: a fault is found if and only if the kernel finds one" {
	ctest pipeline judged
	dmesg_clean
}
