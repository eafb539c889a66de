# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vim2m
# The media graph and its sub-devices, on vimc.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vimc_reset
}

@test "media: entities, pads, links and nodes of vimc, walks and connections" {
	ctest media graph entities strangers without-nodes links walks connections
	dmesg_clean
}

@test "media: links switched by us and by media-ctl, refused, busy" {
	ctest media switching others streaming
	dmesg_clean
}

@test "media: one holder of the lock at a time, named by its pid" {
	ctest media lock
	ctest media lock-part
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

# fake NAME LINE...: a C test that prints these lines, and ends with the status that the last one says
fake() {
	mkdir -p build/ctest
	{
		printf '#!/bin/sh\n'
		printf 'echo "%s"\n' "${@:2:$#-2}"
		echo "exit ${*: -1}"
	} >"build/ctest/$1"
	chmod +x "build/ctest/$1"
}

@test "ctest: a test that fails, breaks off, crashes or tries nothing, fails" {
	local name
	# Each test is a process of its own.
	export RAWLINE_BUILD=$PWD/build
	fake good 'ok 1 - x' '1..1' 0
	fake bad 'ok 1 - x' 'not ok 2 - y' '1..2' 1
	fake lying 'not ok 1 - x' '1..1' 0
	fake broken 'ok 1 - x' 0
	fake crashed 'ok 1 - x' '1..1' 139
	fake empty '1..0' 0
	ctest good
	for name in bad lying broken crashed empty nonesuch; do
		run -1 ctest "$name"
		[[ $output == *"$name: "*" tests passed, status "* ]]
	done
	run -1 ctest bad
	[[ $output == *"not ok 2 - y"*"1 of 2 tests passed, status 1"* ]]
}

@test "ctest: a case that is not there, and one that leaks, fail" {
	run -1 ctest media nonesuch
	[[ $output == *"there is no case 'nonesuch'"* ]]
	# Its other process ends with all it has.
	run -1 ctest -v media lock
	[[ $output == *"still reachable"* ]]
}
