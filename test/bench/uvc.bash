# SPDX-License-Identifier: GPL-2.0-or-later
# uvc-capture and its peers, for measure.bash. Needs the lab with an emulated camera, as
# $uvc_node; sets format and rate for those that can't.
# shellcheck shell=bash disable=SC2154 # uvc_node is the caller's
# shellcheck source=test/bench/measure.bash
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/measure.bash"

# YUYV of 640x480 at 30 frames a second.
run_program() {
	local program=$1 count=$2 file=${3-}
	shift 3
	case $program in
	uvc-capture) "$@" uvc-capture -q -s 640x480:YUYV@30 -c "$count" ${file:+--force -F "$file"} ;;
	v4l2-ctl) "$@" v4l2-ctl -d "$uvc_node" --silent --set-fmt-video=width=640,height=480,pixelformat=YUYV \
		--set-parm=30 --stream-mmap --stream-count="$count" ${file:+--stream-to="$file"} ;;
	yavta) "$@" yavta -f YUYV -s 640x480 -n 4 -c"$count" ${file:+-F"$file"} "$uvc_node" ;;
	ffmpeg) "$@" ffmpeg -loglevel quiet -nostdin -y -f v4l2 -input_format yuyv422 -framerate 30 \
		-video_size 640x480 -i "$uvc_node" -frames:v "$count" -c copy -f rawvideo "${file:-/dev/null}" ;;
	fswebcam) "$@" fswebcam -q -d "$uvc_node" -r 640x480 -p YUYV -F "$count" --no-banner "${file:-/dev/null}" ;;
	# The camera's own JPEG pictures, to files and to one stream.
	uvc-jpeg) "$@" uvc-capture -q -s 640x480:MJPG@30 -c "$count" ${file:+--force -F "$file"} ;;
	# YUYV to RGB: libyuv here, swscale there.
	uvc-rgb) "$@" uvc-capture -q -s 640x480:YUYV@30 -c "$count" --force -F frames.ppm ;;
	ffmpeg-rgb) "$@" ffmpeg -loglevel quiet -nostdin -y -f v4l2 -input_format yuyv422 -framerate 30 \
		-video_size 640x480 -i "$uvc_node" -frames:v "$count" -pix_fmt rgb24 -c:v rawvideo -f rawvideo frames.rgb ;;
	esac >/dev/null 2>&1 </dev/null
}
