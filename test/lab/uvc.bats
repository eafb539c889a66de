# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# The emulated USB camera, judged by the real driver and by programs that are not ours.

bats_require_minimum_version 1.5.0
load lab
load uvc

# capture FORMAT WIDTH HEIGHT COUNT [OPTION...]: to the file "frames"
capture() {
	local format=$1 width=$2 height=$3 count=$4
	shift 4
	run_tool v4l2-ctl -d "$uvc_node" \
		--set-fmt-video="width=$width,height=$height,pixelformat=$format" \
		--stream-mmap=4 --stream-count="$count" --stream-to=frames "$@"
}

@test "uvc_plug: a camera with its nodes, uvc_pull takes them away" {
	uvc_plug default
	run_tool v4l2-ctl -d "$uvc_node" -D
	contains "$stdout" 'Emulated UVC camera'
	run_tool media-ctl -d "$uvc_media" -p
	contains "$stdout" 'serial          0001'
	uvc_pull
	no_file "$uvc_node" "$uvc_media" "${uvc_metadata[@]}"
}

@test "frames: YUYV from dummy_hcd, each is what was sent" {
	uvc_plug default
	capture YUYV 640 480 20
	uvc_check frames
	equal "$(uvc_sum frames)" 20
	equal "$(stat -c %s frames)" $((20 * 640 * 480 * 2))
}

@test "frames: MJPG from dummy_hcd, each is what was sent" {
	uvc_plug default
	capture MJPG 640 480 20
	uvc_check frames
	equal "$(uvc_sum frames)" 20
}

@test "uvc_check: a byte that differs, fails and names the frame" {
	uvc_plug default
	capture YUYV 320 240 3
	printf x | dd of=frames bs=1 seek=200000 conv=notrunc status=none
	run -1 uvc_check frames
	[[ $output == *"unequal "*"frames=3 "*" unequal=1 "* ]]
}

@test "uvc_tell: a command that is none, fails" {
	uvc_plug default
	uvc_tell freeze
	run -1 uvc_tell fly
	[[ $output == *"no such command"* ]]
}
