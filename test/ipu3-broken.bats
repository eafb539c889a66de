# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: each way to break the graph by hand. The CIO2 does not start for others then; we do, as we
# set everything, and if it breaks while we start we name the pads.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

camera='imx219 0-0010'
picture=(-c 1 --mode=640x480:10 -s 320x240)

cio2() {
	MEDIA_DRIVER=ipu3-cio2 "$@"
}

imgu() {
	MEDIA_DRIVER=ipu3-imgu "$@"
}

# break_graph WAY: from a graph that works
break_graph() {
	case $1 in
	sensor-size) sensor_alone SRGGB10_1X10/1640x1232 ;;
	sensor-code) sensor_alone SRGGB8_1X8/640x480 ;;
	csi2-size) cio2 set_format 'ipu3-csi2 0' 0 SRGGB10_1X10/800x600 ;;
	csi2-code) cio2 set_format 'ipu3-csi2 0' 0 SBGGR10_1X10/640x480 ;;
	node-size) v4l2-ctl -d "$(node_named 'ipu3-cio2 0')" --set-fmt-video=width=642,height=480,pixelformat=ip3r ;;
	node-order) v4l2-ctl -d "$(node_named 'ipu3-cio2 0')" --set-fmt-video=width=640,height=480,pixelformat=ip3G ;;
	node-grey) v4l2-ctl -d "$(node_named 'ipu3-cio2 0')" --set-fmt-video=width=640,height=480,pixelformat=ip3y ;;
	sensor-link) cio2 set_link "$camera" 0 'ipu3-csi2 0' 0 off ;;
	input-link) imgu set_link 'ipu3-imgu 0 input' 0 'ipu3-imgu 0' 0 off ;;
	params-link) imgu set_link 'ipu3-imgu 0 parameters' 0 'ipu3-imgu 0' 1 off ;;
	stats-link) imgu set_link 'ipu3-imgu 0' 4 'ipu3-imgu 0 3a stat' 0 off ;;
	other-pipe) imgu set_link 'ipu3-imgu 1 input' 0 'ipu3-imgu 1' 0 on ;;
	esac
}

# sensor_alone FORMAT: media-ctl hands it on to the pad behind the link
sensor_alone() {
	cio2 set_format "$camera" 0 "$1" && cio2 set_format 'ipu3-csi2 0' 0 SRGGB10_1X10/640x480
}

@test "each way to break the CIO2's graph: v4l2-ctl does not start, we do" {
	local way wanted node
	node=$(node_named 'ipu3-cio2 0')
	while read -r way wanted; do
		cio2_route 0 "$camera" SRGGB10_1X10 640x480 ip3r
		break_graph "$way"
		run_tool -a v4l2-ctl -d "$node" --stream-mmap=4 --stream-count=1
		contains "$stderr" "STREAMON returned -1 ($wanted)" || fail "$way" || return
		run_tool ipu3-capture -q -c 1 -r --mode=640x480:10 -F x.raw --force || fail "$way" || return
		equal "$(stat -c %s x.raw)" $((832 * 480)) "bytes after $way"
	done <<-'EOT'
	sensor-size Broken pipe
	sensor-code Broken pipe
	csi2-size Invalid argument
	csi2-code Invalid argument
	node-size Invalid argument
	node-order Invalid argument
	node-grey Invalid argument
	sensor-link Link has been severed
	EOT
	dmesg_clean
}

# broken_behind_us [-STATUS] WAY OPTION...: it happens between our set-up and our start
broken_behind_us() {
	local status_wanted=$1 way=$2
	shift 2
	rm -f trace
	start_tool strace -o trace -e trace=ioctl -e "inject=ioctl:signal=STOP:when=$last_before" \
		ipu3-capture "$@"
	wait_for 10 grep -q 'stopped by SIGSTOP' trace
	break_graph "$way" || fail "cannot do $way" || return
	pkill -CONT -P "$tool_pid"
	wait_tool "$status_wanted"
}

# find_before IOCTL OPTION...: which of its ioctls comes before the first such
find_before() {
	# The first run finds links to switch that the next one need not.
	run_tool ipu3-capture -q "${@:2}"
	run_tool strace -o trace -e trace=ioctl ipu3-capture -q "${@:2}"
	last_before=$(grep '^ioctl' trace | grep -n -m 1 "$1" | cut -d: -f1)
	((--last_before))
}

@test "broken behind our back: status 6, the pads are named" {
	local way text
	find_before VIDIOC_STREAMON -c 1 -r --mode=640x480:10
	while IFS='|' read -r way text; do
		broken_behind_us -6 "$way" -c 1 -r --mode=640x480:10 || fail "$way" || return
		contains "$stderr" "ipu3-capture: $text" || fail "$way" || return
	done <<-EOT
	sensor-size|imx219 0-0010 pad 0 gives SRGGB10_1X10/1640x1232, but ipu3-csi2 0 pad 0 takes SRGGB10_1X10/640x480
	sensor-code|imx219 0-0010 pad 0 gives SRGGB8_1X8/640x480, but ipu3-csi2 0 pad 0 takes SRGGB10_1X10/640x480
	csi2-size|imx219 0-0010 pad 0 gives SRGGB10_1X10/640x480, but ipu3-csi2 0 pad 0 takes SRGGB10_1X10/800x600
	csi2-code|imx219 0-0010 pad 0 gives SRGGB10_1X10/640x480, but ipu3-csi2 0 pad 0 takes SBGGR10_1X10/640x480
	sensor-link|no enabled link leads to ipu3-csi2 0 pad 0
	EOT
	dmesg_clean
}

# A node with buffers takes no other format, so this happens a little earlier.
@test "the node's format changed behind our back: status 6, asked and got" {
	local way text
	find_before VIDIOC_REQBUFS -c 1 -r --mode=640x480:10
	while IFS='|' read -r way text; do
		broken_behind_us -6 "$way" -c 1 -r --mode=640x480:10
		contains "$stderr" "ipu3-capture: ipu3-csi2 0 pad 1 gives SRGGB10_1X10/640x480, but ipu3-cio2 0 pad 0 takes $text"
	done <<-EOT
	node-size|ip3r (SRGGB10_IPU3)/642x480
	node-order|ip3G (SGRBG10_IPU3)/640x480
	node-grey|ip3y (R10_IPU3)/640x480
	EOT
	dmesg_clean
}

@test "links of the ImgU broken behind our back: status 6, the node is named" {
	local way text
	find_before VIDIOC_STREAMON "${picture[@]}"
	while IFS='|' read -r way text; do
		broken_behind_us -6 "$way" "${picture[@]}" || fail "$way" || return
		contains "$stderr" "ipu3-capture: $text" || fail "$way" || return
	done <<-EOT
	input-link|ipu3-imgu 0 input does not start
	params-link|ipu3-imgu 0 parameters does not start: Invalid argument; has its link been switched off meanwhile?
	stats-link|ipu3-imgu 0 3a stat does not start: Invalid argument; has its link been switched off meanwhile?
	EOT
	run_tool ipu3-capture -q "${picture[@]}"
	dmesg_clean
}

@test "the other pipe's input switched on behind our back: nothing starts, we say what is silent" {
	find_before VIDIOC_STREAMON "${picture[@]}"
	broken_behind_us -7 other-pipe --first-frame=500ms "${picture[@]}"
	contains "$stderr" 'no frame within 500ms: the ImgU got frames and gave none back'
	run_tool ipu3-capture -q "${picture[@]}"
	imgu expect_link 'ipu3-imgu 1 input' 0 'ipu3-imgu 1' 0 off
	dmesg_clean
}
