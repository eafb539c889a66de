# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture with streams that no picture is beside.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

@test "alone: statistics and parameters are recorded without a picture, whatever is automatic" {
	local automatic streams
	for automatic in '' '--ae=off' '--awb=off' '--ae=off --awb=off'; do
		for streams in '-s params' '-s stats' '-s stats -s params' '-r -s params' '-r -s stats'; do
			# shellcheck disable=SC2086 # words
			run_tool ipu3-capture -q --mode=1640x1232:10 -c 5 $streams $automatic \
				-F 'frame-#.raw' --force
		done
	done
	equal "$(stat -c %s frame-params-*.raw | sort -u)" 39328
	equal "$(stat -c %s frame-stats-*.raw | sort -u)" 125664
	dmesg_clean
}
