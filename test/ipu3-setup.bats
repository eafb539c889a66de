# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: cameras and what they can do; every link, pad, rectangle and node of both media devices
# set from whatever state.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/graph

camera='imx219 0-0010'
second='imx219 1-0010'
grey='ov7251 2-0060'

cio2() {
	MEDIA_DRIVER=ipu3-cio2 "$@"
}

imgu() {
	MEDIA_DRIVER=ipu3-imgu "$@"
}

@test "list: a camera for each port with a sensor; as JSON, too" {
	local bus='Intel IPU3 CIO2\tPCI:0000:00:14.0'
	run_tool ipu3-capture --list
	printf "%s\t$bus\n" "$camera" "$second" "$grey" >wanted
	cmp "$stdout" wanted
	run_tool ipu3-capture --list --json
	equal "$(jq -r 'select(.record == "camera") | .camera' "$stdout" | paste -sd,)" \
		"$camera,$second,$grey"
}

@test "info: streams with formats and sizes, modes of the sensor; as JSON, too" {
	run_tool ipu3-capture --info "$camera"
	contains "$stdout" "main: processed picture (ipu3-imgu 0 output, $(node_named 'ipu3-imgu 0 output'))"
	contains "$stdout" "viewfinder: a second processed picture (ipu3-imgu 0 viewfinder, "
	contains "$stdout" "stats: what the ImgU measures of each frame (ipu3-imgu 0 3a stat, "
	contains "$stdout" "params: the parameters that each frame was processed with (ipu3-imgu 0 parameters, "
	contains "$stdout" "raw: what the sensor delivers, alone or with pictures (ipu3-cio2 0, $(node_named 'ipu3-cio2 0'))"
	matches "$stdout" '^  NV12 +32x32 to 3264x2456 in steps of 2$'
	matches "$stdout" '^  ip3r \(SRGGB10_IPU3\) +1640x1232$'
	matches "$stdout" '^  SRGGB8_1X8 +3280x2464$'
	run_tool ipu3-capture --info --json "$second"
	equal "$(jq -r '.streams[].stream' "$stdout" | paste -sd,)" main,viewfinder,stats,params,raw
	equal "$(jq -r '.streams[].formats[].fourcc' "$stdout" | uniq | paste -sd,)" NV12,ip3s,ip3p,ip3r
	equal "$(jq -r '.streams[4].formats[] | "\(.min_width)x\(.max_height)"' "$stdout" | paste -sd,)" \
		640x480,1640x1232,1920x1080,3280x2464
	equal "$(jq -r '.streams[4].entity' "$stdout")" 'ipu3-cio2 1'
	equal "$(jq '.modes | length' "$stdout")" 8
}

@test "info: a sensor without colours has raw alone" {
	run_tool ipu3-capture --info --json "$grey"
	equal "$(jq -r '.streams[] | "\(.stream) \(.entity) \(.formats[].fourcc)"' "$stdout")" \
		'raw ipu3-cio2 2 ip3y'
	equal "$(jq -r '.modes[].mbus_code' "$stdout")" Y10_1X10
	[ ! -s "$stderr" ] || fail "said: $(cat "$stderr")"
}

@test "camera: by id, beginning, number and any of its nodes" {
	local name wanted
	while IFS='|' read -r name wanted; do
		run_tool ipu3-capture --info "$name"
		equal "$(head -1 "$stdout")" "$wanted" "camera for $name"
		[ ! -s "$stderr" ] || fail "said: $(cat "$stderr")" || return
	done <<-EOT
	$second|$second
	imx219 1|$second
	ov7251|$grey
	1|$camera
	3|$grey
	$(cio2 entity_node "$second")|$second
	$(cio2 entity_node 'ipu3-csi2 2')|$grey
	$(cio2 entity_node 'ipu3-cio2 0')|$camera
	$(cio2 entity_node 'ipu3-cio2 2')|$grey
	EOT
	run_tool -3 ipu3-capture --info imx219
	contains "$stderr" "'imx219' stands for 2 cameras"
	run_tool -3 ipu3-capture --info ov5693
	run_tool -3 ipu3-capture --info 4
	run_tool -3 ipu3-capture --info "$(cio2 entity_node 'ipu3-csi2 3')"
	run_tool -3 ipu3-capture --info /dev/null
}

# captures [OPTION...]: frames come, from what was said; told were the links that can be switched, all
# of them, and no other
captures() {
	run_tool ipu3-capture -v -c 2 -F 'frame-#.raw' --force "$@"
	as_said ipu3-cio2 ipu3-imgu
	told_links | cmp - <({ switchable ipu3-cio2 && switchable ipu3-imgu; } | sort) || fail "$(told_links)"
	dmesg_clean
}

told_links() {
	sed -n 's/^ipu3-capture: \(link .*\): o[nf]*$/\1/p' "$stderr" | sort
}

# switchable DRIVER: its links that are not immutable
switchable() {
	graph "$1" | grep ^link | grep -v 'ipu3-csi2 .:1\|ipu3-imgu .:2' | sed 's/: o[nf]*$//'
}

# imgu_formats PIPE SIZE INPUT-FOURCC: anything, in a pipe whose links are on
imgu_formats() {
	local node width=${2%x*} height=${2#*x}
	imgu media -V "'ipu3-imgu $1':0 [fmt:FIXED/$2 crop:(0,0)/$2 compose:(0,0)/$2]" >&2
	for node in output viewfinder; do
		v4l2-ctl -d "$(node_named "ipu3-imgu $1 $node")" \
			--set-fmt-video="width=$width,height=$((height / 2)),pixelformat=NV12"
	done
	v4l2-ctl -d "$(node_named "ipu3-imgu $1 input")" \
		--set-fmt-video-out="width=$width,height=$height,pixelformat=$3"
}

# scramble WAY: what others may leave behind
scramble() {
	case $1 in
	1) # everything on, sizes of nobody
		imgu_links both
		imgu_formats 0 801x601 ip3b
		imgu_formats 1 4000x3000 ip3g
		cio2_route 1 "$second" SRGGB10_1X10 640x480 ip3r
		cio2_route 2 "$grey" Y10_1X10 640x480 ip3y
		cio2_route 0 "$camera" SRGGB8_1X8 640x480 ip3y
		;;
	2) # the other pipe, the other sensor, mirrored, and a mode that does not measure
		imgu_links both
		imgu_formats 0 64x64 ip3G
		imgu_links 1
		cio2_route 0 "$camera" SRGGB10_1X10 1920x1080 ip3r
		v4l2-ctl -d "$cio2_sensor" -c horizontal_flip=1,vertical_flip=1
		cio2 set_format 'ipu3-csi2 0' 0 SGBRG10_1X10/33x17
		cio2 set_link "$camera" 0 'ipu3-csi2 0' 0 off
		cio2 set_link "$second" 0 'ipu3-csi2 1' 0 on
		v4l2-ctl -d "$(node_named 'ipu3-imgu 0')" -c ipu3_pipe_mode=1
		;;
	3) # nothing on
		imgu_links both
		imgu_formats 0 3280x2464 ip3g
		imgu_links neither
		cio2 media -r
		cio2 set_format "$camera" 0 SBGGR10_1X10/3280x2464
		cio2 set_format 'ipu3-csi2 0' 0 Y10_1X10/4224x3136
		;;
	esac
}

@test "raw and both pictures: from what others left behind, all as said, frames come" {
	local way
	sort >links <<-EOT
	link $camera:0 -> ipu3-csi2 0:0: on
	link $second:0 -> ipu3-csi2 1:0: off
	link $grey:0 -> ipu3-csi2 2:0: off
	link ipu3-imgu 0 input:0 -> ipu3-imgu 0:0: on
	link ipu3-imgu 0 parameters:0 -> ipu3-imgu 0:1: on
	link ipu3-imgu 0:3 -> ipu3-imgu 0 viewfinder:0: on
	link ipu3-imgu 0:4 -> ipu3-imgu 0 3a stat:0: on
	link ipu3-imgu 1 input:0 -> ipu3-imgu 1:0: off
	link ipu3-imgu 1 parameters:0 -> ipu3-imgu 1:1: off
	link ipu3-imgu 1:3 -> ipu3-imgu 1 viewfinder:0: off
	link ipu3-imgu 1:4 -> ipu3-imgu 1 3a stat:0: off
	EOT
	for way in 1 2 3; do
		scramble $way
		captures --mode=1640x1232:10 -r -s main:1280x720 -s viewfinder:640x480 "$camera"
		grep ^link said | sort | cmp - links || fail "$(grep ^link said)" || return
		equal "$(grep '0-0010 pad 0:' said)" "$camera pad 0: SRGGB10_1X10/1640x1232"
		equal "$(v4l2-ctl -d "$(node_named 'ipu3-imgu 0')" -C ipu3_pipe_mode)" \
			'ipu3_pipe_mode: 0 (Video mode)'
		equal "$(stat -c %s frame-main-00*.raw | sort -u)" $((1280 * 720 * 3 / 2))
		equal "$(stat -c %s frame-viewfinder-00*.raw | sort -u)" $((640 * 480 * 3 / 2))
		equal "$(stat -c %s frame-raw-00*.raw | sort -u)" $((2112 * 1232))
		rm frame-*
	done
}

@test "pictures of the second camera, after those of the first" {
	local driver
	captures -s 640x480 "$camera"
	captures -s 640x480 "$second"
	cio2 expect_link "$camera" 0 'ipu3-csi2 0' 0 off
	cio2 expect_link "$second" 0 'ipu3-csi2 1' 0 on
	contains "$stderr" 'ipu3-cio2 1 ('
	captures -s 640x480 "$camera"
	for driver in ipu3-cio2 ipu3-imgu; do
		MEDIA_DRIVER=$driver media -p | grep -c 'ENABLED,IMMUTABLE' >>immutable
	done
	equal "$(paste -sd, immutable)" 8,4 'links that are always on, as seen from both ends'
}

# raw_captures [OPTION...]: the ImgU is left as it is
raw_captures() {
	run_tool ipu3-capture -v -c 2 -r -F 'frame-#.raw' --force "$@"
	told_links | cmp - <(switchable ipu3-cio2 | sort) || fail "$(told_links)"
	lacks "$stderr" imgu
}

@test "raw alone: sets the CIO2 from whatever was left behind, and leaves the ImgU alone" {
	local way
	for way in 1 2 3; do
		scramble $way
		graph ipu3-imgu >before
		raw_captures --mode=640x480:10 "$camera"
		contains "$stderr" 'ipu3-cio2 0 ('
		cio2 expect_format 'ipu3-csi2 0' 0 SRGGB10_1X10/640x480
		cio2 expect_link "$camera" 0 'ipu3-csi2 0' 0 on
		cio2 expect_link "$second" 0 'ipu3-csi2 1' 0 off
		graph ipu3-imgu | cmp - before
		equal "$(stat -c %s frame-00*.raw | sort -u)" $((832 * 480)) "bytes after $way"
		rm frame-*
	done
	raw_captures "$grey"
	cio2 expect_format 'ipu3-csi2 2' 0 Y10_1X10/640x480
	cio2 expect_link "$camera" 0 'ipu3-csi2 0' 0 off
}

@test "as_said: notices a pad, a rectangle and a link that are not as the tool said" {
	local change words
	run_tool ipu3-capture -v -c 1 --mode=640x480:10 -s 320x240 "$camera"
	as_said ipu3-cio2 ipu3-imgu
	cp said first
	for change in "cio2 set_format|ipu3-csi2 0|0|SRGGB10_1X10/64x64" \
		"imgu media|-V|'ipu3-imgu 0':0 [crop:(0,0)/64x64]" \
		"imgu set_link|ipu3-imgu 0|4|ipu3-imgu 0 3a stat|0|off"; do
		IFS='|' read -ra words <<<"$change"
		# shellcheck disable=SC2086 # two words
		${words[0]} "${words[@]:1}" >&2
		run ! as_said ipu3-cio2 ipu3-imgu
	done
	equal "$(cut -d: -f1 differs | grep -v '^link' | sort -u | paste -sd,)" \
		'ipu3-csi2 0 pad 0,ipu3-imgu 0 pad 0 crop'
	equal "$(grep ^link differs)" 'link ipu3-imgu 0:4 -> ipu3-imgu 0 3a stat:0: on'
	cmp said first
}
