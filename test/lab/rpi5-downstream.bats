# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi5-imx477:downstream=1
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alike of Raspberry Pi's own driver of the camera front end, with an IMX477, which sends embedded
# data.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

raw=SRGGB12_1X12 binned=2028x1520

setup() {
	lab_setup
	cfe_find
	cfe_unlink
}

# both: channels 0 and 1, the link of the second, too
both() {
	cfe_route $raw $binned pRCC
	cfe_link '"csi2":5->"rp1-cfe-embedded":0[1]'
}

@test "downstream: a sink for each channel, both pads of the sensor linked" {
	run_tool media-ctl -d "$cfe_media" -p
	matches "$stdout" '^driver +rp1-cfe$'
	matches "$stdout" 'entity .*: csi2 \(8 pads, 9 links'
	matches "$stdout" 'entity .*: imx477 0-001a \(2 pads, 2 links'
	contains "$stdout" '-> "csi2":0 [ENABLED,IMMUTABLE]'
	contains "$stdout" '-> "csi2":1 [ENABLED,IMMUTABLE]'
	equal "$(grep -c 'ENABLED' "$stdout")" 4 'ends of enabled links'
	equal "${cfe_names[*]}" 'rp1-cfe-csi2_ch0 rp1-cfe-embedded rp1-cfe-csi2_ch2 rp1-cfe-csi2_ch3 rp1-cfe-fe_image0 rp1-cfe-fe_image1 rp1-cfe-fe_stats rp1-cfe-fe_config'
	run_tool v4l2-ctl -d "$cfe_ch1" --get-fmt-meta
	contains "$stdout" "'SENS'"
	matches "$stdout" 'Buffer Size +: 16384$'
	run_tool v4l2-ctl -d "$cfe_ch1" --list-formats-meta
	contains "$stdout" 'Sensor Ancillary Metadata'
	says ENOTTY "$cfe_csi2" routing
	dmesg_clean
}

@test "downstream: every byte of 12 and 10 bits, in 16 and compressed without another code" {
	local mode
	while read -r mode; do
		read -r -a mode <<<"$mode"
		cfe_route "${mode[0]}" "${mode[1]}" "${mode[2]/%-*/}"
		media-ctl -d "$cfe_media" -V "\"csi2\":0 [fmt:${mode[0]}/${mode[1]} field:none]"
		run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record imx477)" "${mode[2]}:${mode[3]}" frames
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "numbers in ${mode[*]}"
	done <<-EOT
		SRGGB12_1X12 2028x1520 pRCC 3056
		SRGGB12_1X12 2028x1520 RG16 4064
		SRGGB12_1X12 2028x1520 PC1R 2032
		SRGGB12_1X12 4056x3040 pRCC 6096
		SRGGB12_1X12 4056x3040 PC1R 4064
		SRGGB10_1X10 1332x990 pRAA 1680
		SRGGB10_1X10 1332x990 PC1R 1344
	EOT
	cfe_route $raw $binned PC1R # with it
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --stream-to=frames
	run_tool rpicheck raw "$(sensor_record imx477)" PC1R:2032 frames
	shape "$cfe_ch0" pRCC $binned
	says EINVAL "$cfe_ch0" start
	equal "$(counter cfe/cut)" 0
	dmesg_clean
}

@test "downstream: three buffers at least" {
	cfe_route $raw $binned pRCC
	says 'ok 3' "$cfe_ch0" buffers 1
}

@test "downstream: embedded data of the same frame and time, and its registers" {
	both
	v4l2-ctl -d "$cfe_sensor" -c exposure=700,analogue_gain=300
	run_tool cfecheck flow 4 "$cfe_ch1=data" "$cfe_ch0"
	grep '^1 ' "$stdout" | cut -d ' ' -f 2- >image
	grep '^0 ' "$stdout" | cut -d ' ' -f 2- >embedded
	equal "$(column 1 image)" '0 1 2 3'
	equal "$(cat embedded)" "$(cat image)" 'embedded data'
	run_tool rpicheck embedded 12 data
	equal "$(grep -c '^exposure 700 gain 300 ' "$stdout")" 4 'lines of registers'
	fault cfe/embedded_lose 2
	run_tool cfecheck flow 2 "$cfe_ch0" "$cfe_ch1"
	equal "$(grep '^0 ' "$stdout" | column 2)" '0 1' image
	equal "$(grep '^1 ' "$stdout" | column 2)" '2 3' embedded
}

@test "downstream: nothing comes before both stream, in any order" {
	local frames
	both
	frames=$(counter cfe/frames)
	run_tool -3 cfecheck flow 1 "$cfe_ch0"
	run_tool -3 cfecheck flow 1 "$cfe_ch1"
	equal "$(counter cfe/frames)" "$frames" frames
	run_tool cfecheck flow 1 "$cfe_ch0" "$cfe_ch1"
	run_tool cfecheck flow 1 "$cfe_ch1" "$cfe_ch0"
	v4l2-ctl -d "$cfe_ch1" --set-fmt-meta=SENS
	run_tool v4l2-ctl -d "$cfe_ch1" --get-fmt-meta
	dmesg_clean
}

@test "downstream: a channel to which nothing is linked holds all others up" {
	cfe_route $raw $binned pRCC
	cfe_link '"csi2":6->"rp1-cfe-csi2_ch2":0[1]'
	run_tool -3 cfecheck flow 2 "$cfe_ch0" "$cfe_ch2"
	equal "$(cut -d ' ' -f 1,2 "$stdout")" '0 0' 'all that came'
	dmesg_clean
}

@test "mainline: the second pad of such a sensor leads nowhere" {
	lab_reload rpi:board=rpi5-imx477
	cfe_find
	run_tool media-ctl -d "$cfe_media" -p
	matches "$stdout" 'entity .*: imx477 0-001a \(2 pads, 1 link'
	matches "$stdout" 'entity .*: csi2 \(5 pads, 8 links'
	cfe_route $raw $binned PC1R
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --stream-to=frames
	run_tool rpicheck raw "$(sensor_record imx477)" PC1R:2032 frames
	lab_reload rpi:board=rpi5-imx477:downstream=1
}
