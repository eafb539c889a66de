# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vkms
# shellcheck disable=SC2154 # variables that lab.bash sets
# The display sink on vkms, the kernel's virtual display: what is on the screen, when frames come back, what
# other programs see of it.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

@test "display: every pixel, in the middle, cut, with alpha, of few bits" {
	ctest display middle cut whole transparent few-bits
	dmesg_clean vkms_get_vblank_timestamp
}

@test "display: frames come back in order, and not before their successor is shown" {
	ctest display back newest cancelled
	equal "$(dma_buffers)" 0
	dmesg_clean vkms_get_vblank_timestamp
}

@test "display: the screen is as it was, and shared with others" {
	ctest display dark-again put-back gone-picture busy away
	dmesg_clean vkms_get_vblank_timestamp
}

@test "display: what can't be shown is refused" {
	ctest display refused too-small
	dmesg_clean vkms_get_vblank_timestamp
}
