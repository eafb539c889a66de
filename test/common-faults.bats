# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid
# Cameras that fail, and machines that run short: nothing hangs, nothing is left behind.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vivid_reset
}

@test "faults: frames with errors, dropped frames" {
	ctest faults error-buffers dropped
	dmesg_clean
}

@test "faults: counters that wrap" {
	ctest faults sequence-wrap timestamp-wrap
	dmesg_clean
}

@test "faults: a queue that breaks, and works again" {
	ctest faults fatal
	dmesg_clean
}

@test "faults: a camera that is pulled out, and plugged in again" {
	ctest faults disconnect
	dmesg_clean
}

@test "faults: REQBUFS, QBUF and STREAMON refused, and then not" {
	ctest faults no-slots no-queueing no-import no-start pools
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "shortage: no memory of the program's own, no descriptors, at any point" {
	vimc_reset
	ctest shortage own-memory descriptors
	equal "$(dma_buffers)" 0
	dmesg_clean
}

# The kernel warns of what we make it do; a crash would be another matter.
@test "shortage: no memory of the kernel's, at any point" {
	vimc_reset
	ctest shortage kernel-memory
	dmesg_since >messages
	lacks messages 'BUG:'
	lacks messages 'Oops'
	vimc_reset
}
