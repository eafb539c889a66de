# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477:control_base=0x10f0
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# Embedded data of an IMX477, and controls of the ISP where other kernels have them.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load ctest/ctest

setup() {
	lab_setup
	rpi_find
}

# told RAW CODE BITS EXPOSURE GAIN: frames tell that they were made with these
told() {
	rpi_sensor "$2" "${1#*:}"
	v4l2-ctl -d "$unicam_sensor" -c exposure="$4",analogue_gain="$5"
	rpi_run raw="$1" main=NV12:640x480 frames=4 embedded="$unicam_embedded" embedded-to=embedded
	run_tool rpicheck embedded "$3" embedded
	awk '{ print $2, $4, $6, $8 }' "$stdout" >wanted
	grep -q "^$4 $5 " wanted || fail "exposure $4 and gain $5 were never in force"
	BITS=$3 ctest rpi_isp embedded
}

@test "embedded data: 12 and 10 bits" {
	told pRCC:2028x1520 SRGGB12_1X12 12 900 0
	told pRCC:2028x1520 SRGGB12_1X12 12 300 978
	told pRAA:1332x990 SRGGB10_1X10 10 517 260
	dmesg_clean
}

@test "controls: found by name where others begin" {
	CONTROL_BASE=0x10f0 ctest rpi_isp find
	dmesg_clean
}
