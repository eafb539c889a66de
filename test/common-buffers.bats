# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid:n_devs=2:multiplanar=1,2 vim2m
# Frame memory: exported, imported from everywhere, indices, pools.

bats_require_minimum_version 1.5.0
load lab/lab
load ctest/ctest

setup() {
	lab_setup
	vimc_reset
	lab_reload vivid:n_devs=2:multiplanar=1,2
}

teardown() {
	echo 0 >/sys/module/videobuf2_common/parameters/debug
	lab_teardown
}

@test "buffers: exported once, alive as long as somebody has them" {
	ctest buffers exported orphans
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "buffers: imported from udmabuf, heaps, another node" {
	ctest buffers imported other-node lengths
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "buffers: contiguous memory for who needs it, the rest refused" {
	vimc_reset allocator=1
	ctest buffers scattered contiguous
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "buffers: of another process, which sees the frame" {
	ctest buffers borrowed
	equal "$(dma_buffers)" 0
}

@test "buffers: the same index in every round, few slots, never twice" {
	ctest buffers same-index few-slots twice
	dmesg_clean
}

@test "buffers: the kernel attaches to a dma-buf once, however often it is queued" {
	# Each call of the memory's operations is a message.
	echo 2 >/sys/module/videobuf2_common/parameters/debug
	ctest buffers same-index
	equal "$(dmesg_since | grep -c 'call_memop(., attach_dmabuf)')" 4
	equal "$(dmesg_since | grep -c 'qbuf of buffer . succeeded')" 25
}

@test "pool: the kinds of memory, their counts and planes" {
	ctest pool kinds planes outputs counts
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "pool: refused, busy, gone" {
	ctest pool refusals busy gone destroyed-late
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "pool: a device that wants contiguous memory, strict and adjusted" {
	vimc_reset allocator=1
	ctest pool strict adjusted
	equal "$(dma_buffers)" 0
	dmesg_clean
}

# The kernel warns when contiguous memory is used up: it then asks for more pages in a row than it has.
@test "pool: too little memory for all buffers" {
	vimc_reset allocator=1
	ctest pool fewer used-up
	equal "$(dma_buffers)" 0
}

@test "memory: heaps, sizes, limits" {
	ctest pool heaps sizes bill
	equal "$(dma_buffers)" 0
}
