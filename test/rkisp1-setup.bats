# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: every link, pad, crop and node set from whatever state, and what is refused.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/graph

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010'

# captures [OPTION...]: frames come, from what was said
captures() {
	run_tool rkisp1-capture -v -c 2 -F 'frame-#.raw' --force "$@"
	as_said rkisp1
	dmesg_clean
}

# scramble WAY: what others may leave behind
scramble() {
	local flips='' main=off self=on sensor=SRGGB8_1X8/640x480 size=1640x1232
	case $1 in
	1) ;;
	2) main=on flips=1 sensor=SBGGR8_1X8/1920x1080 size=64x32 ;;
	3) main=on self=off sensor=SRGGB10_1X10/3280x2464 size=3280x2464 ;;
	esac
	rkisp1_find
	v4l2-ctl -d "$rkisp1_sensor" -c "horizontal_flip=${flips:-0},vertical_flip=${flips:-0}"
	set_link rkisp1_isp 2 rkisp1_resizer_mainpath 0 "$main"
	set_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 "$self"
	# Pads that a link joins get the format of the one before them: backwards.
	v4l2-ctl -d "$rkisp1_main" --set-fmt-video=width=641,height=99,pixelformat=YM61
	v4l2-ctl -d "$rkisp1_self" --set-fmt-video=width=33,height=1001,pixelformat=RGBP
	set_format rkisp1_isp 2 "YUYV8_2X8/$size"
	set_format rkisp1_csi 0 "SGBRG10_1X10/$size"
	set_format rkisp1_isp 0 "SGRBG12_1X12/801x601"
	media -V "'rkisp1_isp':0 [crop:(3,3)/641x481]"
	media -V "'rkisp1_isp':2 [crop:(7,9)/101x77]"
	set_format rkisp1_isp 2 SGRBG12_1X12/102x77
	set_format rkisp1_resizer_mainpath 0 YUYV8_2X8/99x101
	media -V "'rkisp1_resizer_mainpath':0 [crop:(5,5)/51x43]"
	set_format rkisp1_resizer_mainpath 1 YUYV8_2X8/1003x47
	set_format rkisp1_resizer_selfpath 0 YUYV8_2X8/333x222
	media -V "'rkisp1_resizer_selfpath':0 [crop:(11,13)/75x66]"
	set_format rkisp1_resizer_selfpath 1 YUYV8_1_5X8/1919x17
	set_format "$camera" 0 "$sensor"
	[ "$1" != 1 ] || set_link rkisp1_csi 1 rkisp1_isp 0 off
	[ "$1" != 2 ] || set_link "$camera" 0 rkisp1_csi 0 off
}

@test "main and self: from what others left behind, all as said, frames come" {
	local way
	for way in 1 2 3; do
		scramble $way
		captures -s main:1280x720 -s self:640x480:XR24
		expect_link rkisp1_isp 2 rkisp1_resizer_mainpath 0 on
		expect_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 on
		expect_format "$camera" 0 SRGGB10_1X10/1640x1232
		expect_format rkisp1_isp 2 YUYV8_2X8/1640x1232
		expect_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/1280x720
		expect_format rkisp1_resizer_selfpath 1 YUYV8_2X8/640x480
		equal "$(stat -c %s frame-main-000001.raw)" $((1280 * 720 * 3 / 2))
	done
}

@test "one path alone: the other's link goes off, whatever it was" {
	scramble 2
	captures -s main:640x480
	expect_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 off
	scramble 3
	captures -s self:640x480:RGBP
	expect_link rkisp1_isp 2 rkisp1_resizer_mainpath 0 off
	captures -s main:640x480:YM61
	expect_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 off
}

@test "raw: from what others left behind; equal sizes everywhere, self is off" {
	local way pad
	for way in 1 2 3; do
		scramble $way
		captures -s raw:1640x1232
		expect_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 off
		for pad in "rkisp1_csi 1" "rkisp1_isp 0" "rkisp1_isp 2" \
			"rkisp1_resizer_mainpath 0" "rkisp1_resizer_mainpath 1"; do
			expect_format "${pad% *}" "${pad#* }" SRGGB10_1X10/1640x1232
		done
		captures -s 640x480
	done
}

@test "full range that others left at the ISP is limited again" {
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:640x480
	media -V "'rkisp1_isp':2 [fmt:YUYV8_2X8/640x480 quantization:full-range]"
	captures -s 640x480
	[[ $(pad_format rkisp1_isp 2) == *quantization:lim-range* ]] ||
		fail "$(pad_format rkisp1_isp 2)"
}
