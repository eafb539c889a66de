# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc vivid:node_types=0x101
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# --video-out: what another program reads behind the output is what the camera sent.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# A cable from vivid's output to its input, at the size of the camera's frames.
setup() {
	lab_setup
	vivid_reset node_types=0x101
	output=$(node_named vivid-000-vid-out)
	input=$(node_named vivid-000-vid-cap)
	v4l2-ctl -d "$output" -o 1
	v4l2-ctl -d "$output" --set-dv-bt-timings index=0
	v4l2-ctl -d "$input" -i 3
	v4l2-ctl -d "$input" --set-dv-bt-timings index=0
	v4l2-ctl -d "$input" -v width=640,height=480,pixelformat=YUYV
	v4l2-ctl -d "$input" -c hdmi_000_0_is_connected_to=2,osd_text_mode=2
	uvc_plug default
}

# The tool feeds it, and frames come through one by one until it is stopped
feeds() {
	start_tool uvc-capture -s 640x480:YUYV -c 0 --json --ready-fd=9 --video-out="$output"
	wait_ready
	# Until the second frame is there, what comes is noise.
	wait_for 10 eval "[ \$(grep -c '\"record\":\"frame\"' '$stdout') -ge 2 ]"
	v4l2-ctl -d "$input" --stream-mmap --stream-count=20 --stream-to=seen.raw
	stop_tool TERM
	split -b 614400 -d -a 3 seen.raw seen-
}

# Frames are read more often than they come: each once, and in their order.
frames_are_those_sent() {
	local frame before=
	for frame in seen-???; do
		[ -n "$before" ] && cmp -s "$before" "$frame" && rm "$frame" && continue
		before=$frame
	done
	uvc_check seen-???
	[ "$(uvc_sum frames)" -ge 3 ] || fail "only $(uvc_sum frames) frames came through"
	equal "$(uvc_sum unequal)" 0 'frames that were not sent so'
}

start_of_stream() {
	jq -c "select(.record == \"start\") | .streams[0] | [$1]" "$stdout"
}

end_of_stream() {
	jq -c "select(.record == \"end\") | .streams[0] | $1" "$stdout"
}

@test "video-out: imported, the very bytes come through, and the processor never reads them" {
	feeds
	equal "$(start_of_stream '.video_out, .video_out_io, .io')" "[\"$output\",\"dmabuf\",null]"
	equal "$(end_of_stream .cpu_bytes)" 0
	equal "$(end_of_stream '.written - .captured')" 0
	frames_are_those_sent
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "video-out: an output that imports nothing gets copies, byte for byte" {
	vivid_poke inject_vidioc_reqbufs_error "$input"
	feeds
	contains "$stderr" "$output: each frame is copied: it does not import such memory"
	equal "$(start_of_stream .video_out_io)" '["mmap copy"]'
	equal "$(end_of_stream '.cpu_bytes - .bytes')" 0
	frames_are_those_sent
	dmesg_clean
}

@test "video-out: a format that the output takes is chosen, others are refused" {
	run_tool -6 uvc-capture -s main:640x480:MJPG --video-out="$output"
	contains "$stderr" "$output does not take MJPG (MJPEG) 640x480, it gave YUYV 640x480; its formats are YUYV, "
	# Without it, it would be MJPG.
	run_tool -6 uvc-capture -s 1280x720@60 --video-out="$output"
	contains "$stderr" "MJPG (MJPEG) has that, but $output can't hold it"
}
