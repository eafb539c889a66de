# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: started and stopped again and again, nothing is left in the kernel.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture

# One short run with raw, both pictures, statistics and parameters.
cycle() {
	ipu3-capture -q -c 1 -s raw:640x480@90 -s main:320x240 -s viewfinder:160x120 -s stats "$@" \
		>/dev/null 2>&1
}

# Everything open in the kernel
open_files() {
	cut -f 1 /proc/sys/fs/file-nr
}

# cycles COUNT: of all kinds
cycles() {
	local round
	for ((round = 0; round < $1; round++)); do
		case $((round % 10)) in
		7) cycle --memory=heap ;;
		8) cycle --memory=udmabuf ;;
		9) ipu3-capture -q -c 1 -r --mode=640x480 ;;
		*) cycle ;;
		esac || fail "run $round" || return
	done
}

@test "cycles: 100 starts and stops leave no buffer, no memory and no open file behind" {
	local cma used files
	# What is allocated once, and caches that fill.
	cycles 10
	cma=$(cma_free) used=$(in_use) files=$(open_files)
	cycles 100
	equal "$(dma_buffers)" 0 dma-bufs
	equal "$(counter imgu/bad_dma)" 0 'bad addresses'
	echo "CMA free: $cma KiB before, $(cma_free) KiB after; in use: $used KiB, $(in_use) KiB"
	echo "open files: $files, $(open_files)"
	# One buffer of raw in each would be 39 MiB, one of parameters 4.
	[ $((cma - $(cma_free))) -lt 2048 ]
	[ $(($(in_use) - used)) -lt 3072 ]
	[ $(($(open_files) - files)) -lt 50 ]
	dmesg_clean
}
