# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid:n_devs=2:multiplanar=1,2 vim2m
# The C tests of the common layer under valgrind: no error, no leak, where things go well and where not.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vimc_reset
	lab_reload vivid:n_devs=2:multiplanar=1,2
}

@test "valgrind: media graph, sub-devices, pipelines" {
	ctest -v media graph entities links switching others walks connections streaming refusals unplugged
	ctest -v subdev scaler lacking enumeration events refusals
	vimc_reset
	ctest -v pipeline fresh halfway gone
}

@test "valgrind: video nodes, planes, two queues on one descriptor" {
	ctest -v video kinds refusals formats planes slots starting owners unplugged
	ctest -v planes
	ctest -v m2m halves transforms timestamps imported handed-on
}

@test "valgrind: buffers and pools" {
	ctest -v buffers exported orphans imported other-node lengths same-index few-slots
	ctest -v pool kinds planes outputs counts refusals busy gone destroyed-late
	vimc_reset allocator=1
	ctest -v pool strict adjusted
}

@test "valgrind: faults" {
	ctest -v faults error-buffers fatal disconnect no-slots no-queueing no-import no-start pools
}
