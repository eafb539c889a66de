# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: each way to break the graph by hand. The driver does not start for others then;
# we do, as we set everything, and if it breaks while we start we name the pads.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010'

# break_graph WAY: from a graph that works
break_graph() {
	case $1 in
	sensor-size) set_format "$camera" 0 SRGGB10_1X10/1640x1232 &&
		set_format rkisp1_csi 0 SRGGB10_1X10/640x480 ;;
	csi-code) set_format rkisp1_csi 0 SBGGR10_1X10/640x480 &&
		set_format rkisp1_isp 0 SRGGB10_1X10/640x480 && restore_isp ;;
	isp-size) set_format rkisp1_isp 0 SRGGB10_1X10/800x600 && restore_isp ;;
	isp-code) set_format rkisp1_isp 0 SRGGB12_1X12/640x480 && restore_isp ;;
	isp-crop) media -V "'rkisp1_isp':2 [crop:(0,0)/320x240]" >&2 &&
		set_format rkisp1_resizer_mainpath 0 YUYV8_2X8/640x480 &&
		set_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/320x240 ;;
	isp-bayer) set_format rkisp1_isp 2 SRGGB10_1X10/640x480 &&
		set_format rkisp1_resizer_mainpath 0 YUYV8_2X8/640x480 &&
		set_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/320x240 ;;
	resizer-in) set_format rkisp1_resizer_mainpath 0 YUYV8_2X8/600x400 &&
		set_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/320x240 ;;
	resizer-out) set_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/322x240 ;;
	resizer-code) set_format rkisp1_resizer_mainpath 1 YUYV8_2X8/320x240 ;;
	stale-self-resizer) set_format rkisp1_resizer_selfpath 0 YUYV8_2X8/600x400 &&
		set_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 on ;;
	stale-self-node) set_format rkisp1_resizer_selfpath 0 YUYV8_2X8/640x480 &&
		set_format rkisp1_resizer_selfpath 1 YUYV8_2X8/128x128 &&
		v4l2-ctl -d "$rkisp1_self" --set-fmt-video=width=64,height=64,pixelformat=YUYV &&
		set_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 on ;;
	stale-self-code) set_format rkisp1_resizer_selfpath 0 YUYV8_2X8/640x480 &&
		set_format rkisp1_resizer_selfpath 1 YUYV8_2X8/128x128 &&
		v4l2-ctl -d "$rkisp1_self" --set-fmt-video=width=128,height=128,pixelformat=NV12 &&
		set_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 on ;;
	sensor-link) set_link "$camera" 0 rkisp1_csi 0 off ;;
	csi-link) set_link rkisp1_csi 1 rkisp1_isp 0 off ;;
	main-link) set_link rkisp1_isp 2 rkisp1_resizer_mainpath 0 off ;;
	esac
}

# What follows from the ISP's sink is reset with it.
restore_isp() {
	local size=640x480
	media -V "'rkisp1_isp':0 [crop:(0,0)/$size]" >&2 &&
		media -V "'rkisp1_isp':2 [crop:(0,0)/$size]" >&2 &&
		set_format rkisp1_isp 2 YUYV8_2X8/$size &&
		set_format rkisp1_resizer_mainpath 0 YUYV8_2X8/$size &&
		set_format rkisp1_resizer_mainpath 1 YUYV8_1_5X8/320x240
}

ways='sensor-size csi-code isp-size isp-code isp-crop isp-bayer resizer-in resizer-out resizer-code
	stale-self-resizer stale-self-node stale-self-code sensor-link csi-link main-link'

@test "each way to break the graph: v4l2-ctl does not start, we do" {
	local way wanted
	for way in $ways; do
		rkisp1_route SRGGB10_1X10 640x480 main=NV12:320x240
		if [ "$way" = sensor-size ]; then
			run_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=1
			lacks "$stderr" 'returned -1'
		fi
		break_graph "$way"
		wanted='Broken pipe'
		[[ $way != *-link ]] || wanted='Link has been severed'
		run_tool -a v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=1
		contains "$stderr" "STREAMON returned -1 ($wanted)" || fail "$way" || return
		run_tool rkisp1-capture -q -s 320x240 -c 1 -F - || fail "$way" || return
		equal "$(stat -c %s "$stdout")" $((320 * 240 * 3 / 2)) "bytes after $way"
	done
}

# broken_behind_us WAY: it happens between our set-up and our start
broken_behind_us() {
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:320x240
	rm -f trace
	start_tool strace -o trace -e trace=ioctl -e "inject=ioctl:signal=STOP:when=$first_queue" \
		rkisp1-capture -c 1 --mode=640x480:10 -s 320x240
	wait_for 10 grep -q 'stopped by SIGSTOP' trace
	break_graph "$1" || fail "cannot do $1" || return
	pkill -CONT -P "$tool_pid"
	wait_tool -6
}

find_first_queue() {
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:320x240
	run_tool strace -o trace -e trace=ioctl rkisp1-capture -c 1 --mode=640x480:10 -s 320x240
	first_queue=$(grep '^ioctl' trace | grep -n -m 1 VIDIOC_QBUF | cut -d: -f1)
}

@test "broken behind our back: status 6, the pads are named" {
	local way text
	find_first_queue
	while IFS='|' read -r way text; do
		broken_behind_us "$way" || fail "$way" || return
		contains "$stderr" "$text" || fail "$way" || return
	done <<-EOT
	sensor-size|imx219 0-0010 pad 0 gives SRGGB10_1X10/1640x1232, but rkisp1_csi pad 0 takes SRGGB10_1X10/640x480
	csi-code|imx219 0-0010 pad 0 gives SRGGB10_1X10/640x480, but rkisp1_csi pad 0 takes SBGGR10_1X10/640x480
	isp-size|rkisp1_csi pad 1 gives SRGGB10_1X10/640x480, but rkisp1_isp pad 0 takes SRGGB10_1X10/800x600
	isp-code|rkisp1_csi pad 1 gives SRGGB10_1X10/640x480, but rkisp1_isp pad 0 takes SRGGB12_1X12/640x480
	isp-crop|rkisp1_isp pad 2 gives YUYV8_2X8/320x240, but rkisp1_resizer_mainpath pad 0 takes YUYV8_2X8/640x480
	isp-bayer|rkisp1_isp pad 2 gives SRGGB10_1X10/640x480, but rkisp1_resizer_mainpath pad 0 takes YUYV8_2X8/640x480
	resizer-in|rkisp1_isp pad 2 gives YUYV8_2X8/640x480, but rkisp1_resizer_mainpath pad 0 takes YUYV8_2X8/600x400
	resizer-out|rkisp1_resizer_mainpath pad 1 gives YUYV8_1_5X8/322x240, but rkisp1_mainpath pad 0 takes NV12/320x240
	resizer-code|rkisp1_resizer_mainpath pad 1 gives YUYV8_2X8/320x240, but rkisp1_mainpath pad 0 takes NV12/320x240
	stale-self-resizer|rkisp1_isp pad 2 gives YUYV8_2X8/640x480, but rkisp1_resizer_selfpath pad 0 takes YUYV8_2X8/600x400
	stale-self-node|rkisp1_resizer_selfpath pad 1 gives YUYV8_2X8/128x128, but rkisp1_selfpath pad 0 takes YUYV/64x64
	stale-self-code|rkisp1_resizer_selfpath pad 1 gives YUYV8_2X8/128x128, but rkisp1_selfpath pad 0 takes NV12/128x128
	sensor-link|no enabled link leads to rkisp1_csi pad 0
	csi-link|no enabled link leads to rkisp1_isp pad 0
	main-link|no enabled link leads to rkisp1_resizer_mainpath pad 0
	EOT
	dmesg_clean
}
