# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: started and stopped again and again, nothing is left in the kernel.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture

# One short run with pictures of both paths, statistics and parameters.
cycle() {
	rkisp1-capture -q -c 1 -s main:640x480 -s self:320x240 -s stats "$@" >/dev/null 2>&1
}

@test "cycles: 200 starts and stops leave no buffer and no memory behind" {
	local round cma used
	# What is allocated once, and caches that fill.
	for ((round = 0; round < 10; round++)); do
		cycle
	done
	cma=$(cma_free) used=$(in_use)
	for ((round = 0; round < 200; round++)); do
		if ((round % 10 == 9)); then
			cycle --memory=heap || fail "run $round"
		else
			cycle || fail "run $round"
		fi
	done
	equal "$(dma_buffers)" 0 dma-bufs
	echo "CMA free: $cma KiB before, $(cma_free) KiB after; in use: $used KiB, $(in_use) KiB"
	# A picture in each would be 90 MiB.
	[ $((cma - $(cma_free))) -lt 4096 ]
	[ $(($(in_use) - used)) -lt 8192 ]
	dmesg_clean
}
