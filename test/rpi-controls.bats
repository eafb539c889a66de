# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# shellcheck disable=SC2154 # variables that lab.bash and rpi.bash set
# The controls and statistics of a Raspberry Pi's ISP, by themselves: without sensor and receiver.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load ctest/ctest

setup() {
	lab_setup
}

@test "controls: all of them are there, by their names" {
	ctest rpi_isp find foreign
	dmesg_clean
}

@test "controls: written all at the start, then what changes" {
	lab_reload rpi
	ctest rpi_isp start
	ctest rpi_isp start
	dmesg_clean
}

@test "controls: one call for a frame, none if nothing is new" {
	local node
	node=$(node_named bcm2835-isp-output0)
	dmesg -C
	echo 1 >"/sys/class/video4linux/${node##*/}/dev_debug"
	ctest rpi_isp calls
	echo 0 >"/sys/class/video4linux/${node##*/}/dev_debug"
	dmesg >said
	equal "$(grep -c VIDIOC_S_EXT_CTRLS said)" 3 'calls that write'
}

@test "controls: what the firmware refuses" {
	ctest rpi_isp refused
}

@test "controls: the picture is what was wished" {
	ctest rpi_isp picture
	dmesg_clean
}

@test "statistics: zones are what was in the picture" {
	ctest rpi_isp stats
	dmesg_clean
}

@test "lens shading: in memory that the firmware reads, off when nobody wants it" {
	ctest rpi_isp shading
	dmesg_clean
}

@test "lens shading: no memory for it" {
	mkdir heaps
	mount --bind heaps /dev/dma_heap
	mount --bind /dev/null /dev/udmabuf
	ctest rpi_isp no-memory || failed=1
	umount /dev/udmabuf /dev/dma_heap
	[ -z "${failed:-}" ]
}
