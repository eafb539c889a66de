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

@test "raw by the name that its format has on the bus" {
	run_tool ipu3-capture -q -s raw:640x480:SRGGB10_1X10 -c 1 -F by-bus.raw
	run_tool scenecheck raw "$(sensor_record)" ip3 by-bus.raw
	run_tool ipu3-capture -q -s raw:Y10_1X10 -c 1 ov7251
	run_tool -6 ipu3-capture -q -s raw:640x480:SBGGR10_1X10 -c 1
	contains "$stderr" 'raw: ip3b (SBGGR10_IPU3) 640x480 is not possible, the nearest is ip3r (SRGGB10_IPU3) 640x480'
	run_tool -6 ipu3-capture -q -s raw:640x480:RG10 -c 1
	contains "$stderr" 'raw: RG10 (SRGGB10) 640x480 is not possible, the nearest is ip3r'
}
