# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid:node_types=0x101
# shellcheck disable=SC2154 # variables that lab.bash sets
# --video-out: memory that is lent and comes back, several outputs at once, refusals and bad luck.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
	vivid_reset node_types=0x101
	output=$(node_named vivid-000-vid-out)
	# Its HDMI takes any size.
	v4l2-ctl -d "$output" -o 1
	feed=(vimc-capture -s 160x120 --video-out="$output")
}

teardown() {
	echo 0 >/sys/module/videobuf2_common/parameters/debug
	lab_teardown
}

of_stream() {
	jq -c "select(.record == \"$1\") | .streams[0] | [$2]" "$stdout"
}

@test "video-out: each buffer is exported once, attached once, and all come back" {
	# Each call of the memory's operations is a message.
	echo 2 >/sys/module/videobuf2_common/parameters/debug
	run_tool "${feed[@]}" -c 20 --json
	echo 0 >/sys/module/videobuf2_common/parameters/debug
	equal "$(of_stream start '.num_buffers, .video_out_io')" '[6,"dmabuf"]'
	equal "$(of_stream end '.captured, .written, .cpu_bytes')" '[20,20,0]'
	equal "$(dmesg_since | grep -c 'call_memop(., attach_dmabuf)')" 6
	equal "$(dmesg_since | grep -c 'call_memop(., detach_dmabuf)')" 6
	equal "$(dma_buffers)" 0
	dmesg_clean
}

@test "video-out: a frame line tells the node; few buffers are not lent" {
	run_tool "${feed[@]}" -c 4 -n 3
	matches "$stdout" "main seq: 000003 bytesused: 57600 lost: 0 -> $output\$"
	contains "$stdout" 'captured 4, lost 0 (driver 0, error 0, overflow 0), written 4'
	contains "$stderr" "$output: each frame is copied: too few buffers to lend it some"
	run_tool "${feed[@]}" -c 4 -n 4 -q
	equal "$(cat "$stderr")" ''
}

@test "video-out: memory that no node allocated" {
	run_tool "${feed[@]}" -c 6 --memory=udmabuf --json
	equal "$(of_stream start '.memory, .video_out_io')" '["udmabuf","dmabuf"]'
	vivid_poke inject_vidioc_reqbufs_error "$output"
	run_tool "${feed[@]}" -c 6 --memory=udmabuf --json
	equal "$(of_stream start '.memory, .video_out_io')" '["udmabuf","mmap copy"]'
	equal "$(of_stream end .written)" '[6]'
	dmesg_clean
}

@test "video-out: beside a file, which is whole; twenty times" {
	run_tool "${feed[@]}" -c 20 -F all.raw --json
	equal "$(stat -c %s all.raw)" $((20 * 57600))
	equal "$(of_stream start '.file, .io, .video_out_io')" '["all.raw","buffered","dmabuf"]'
	equal "$(jq -r 'select(.record == "frame") | .file' "$stdout" | sort -u)" all.raw
	run_tool "${feed[@]}" -c 3 -F 'f-#.png' --overflow=drop
	run_tool "${feed[@]}" -c 0 -t 200ms -F -
	[ $(($(stat -c %s "$stdout") % 57600)) -eq 0 ] || fail 'a part of a frame'
}

@test "video-out: an output that takes its time, block and drop" {
	# All ticks of its clock pass without a frame.
	v4l2-ctl -d "$output" -c percentage_of_dropped_buffers=100
	run_tool "${feed[@]}" -c 0 -t 1500ms --overflow=drop --json
	[ "$(of_stream end .lost_overflow)" != '[0]' ] || fail 'nothing was dropped'
	equal "$(of_stream end '.lost_driver, .captured - .written')" '[0,0]'
	vivid_poke inject_vidioc_reqbufs_error "$output"
	run_tool "${feed[@]}" -c 0 -t 1500ms --overflow=drop --json
	[ "$(of_stream end .lost_overflow)" != '[0]' ] || fail 'nothing was dropped'
	# The camera waits for it, and nothing is thrown away here.
	run_tool "${feed[@]}" -c 0 -t 1500ms --json
	equal "$(of_stream end '.lost_overflow, .captured - .written')" '[0,0]'
	below "$(of_stream end .captured | tr -d '[]')" 6
	dmesg_clean
}

@test "video-out: stopped by a signal, the end is orderly; a second one is not waited for" {
	start_tool "${feed[@]}" -c 0 --ready-fd=9
	wait_ready
	stop_tool TERM
	contains "$stdout" 'captured '
	v4l2-ctl -d "$output" -c percentage_of_dropped_buffers=100
	start_tool "${feed[@]}" -c 100 --ready-fd=9
	wait_ready
	kill -INT "$tool_pid"
	stop_tool INT -130
	equal "$(dma_buffers)" 0
	run_tool v4l2-ctl -d "$output" --stream-out-mmap=2 --stream-count=1
}

@test "video-out: refused, with what it is or what it takes" {
	run_tool -2 vimc-capture --video-out=4
	contains "$stderr" "--video-out: '4' is no path of a node, such as /dev/video3"
	run_tool -9 vimc-capture --video-out=/dev/video99
	contains "$stderr" "/dev/video99 can't be opened: No such file or directory"
	run_tool -6 vimc-capture --video-out=/dev/null
	contains "$stderr" '/dev/null is no video output: it is no V4L2 node'
	run_tool -6 vimc-capture --video-out="$(node_named vivid-000-vid-cap)"
	contains "$stderr" 'is no video output: it is a capture node'
	# Without a scaler its size is that of the signal.
	vivid_reset node_types=0x101 ccs_out_mode=0
	run_tool -6 "${feed[@]}" -F none.raw
	no_file none.raw
	contains "$stderr" 'does not take RGB3 (BGR888) 160x120, it gave RGB3 (BGR888) 720x576'
}

@test "video-out: taken by another program, or not permitted" {
	v4l2-ctl -d "$output" --set-fmt-video-out width=16,height=16 --stream-out-mmap=2 >held 2>&1 &
	lab_pids+=($!)
	wait_for 10 grep -q '>>' held
	run_tool -4 "${feed[@]}"
	matches "$stderr" "$output is in use by pid [0-9]+ \(v4l2-ctl\)"
	chmod 000 "$output"
	run_tool -5 setpriv --bounding-set=-dac_override --inh-caps=-all "${feed[@]}"
	contains "$stderr" "no permission: $output belongs to root"
}

@test "video-out: it goes away in the middle, the file is kept" {
	start_tool "${feed[@]}" -F all.raw -c 0 --ready-fd=9
	wait_ready
	device_unbind vivid vivid.0
	wait_tool -9
	contains "$stderr" "$output went away"
	[ $(($(stat -c %s all.raw) % 57600)) -eq 0 ] || fail 'a part of a frame'
	equal "$(jq '.frames | length' all.raw.json)" $(($(stat -c %s all.raw) / 57600))
	dmesg_clean
}

@test "video-out: what it could not show is lost, what it refuses ends the run" {
	start_tool "${feed[@]}" -c 0 --ready-fd=9 --json
	wait_ready
	vivid_poke inject_v4l2_buf_flag_error "$output"
	wait_for 10 grep -q 'could not show frame' "$stderr"
	vivid_poke inject_vidioc_qbuf_error "$output"
	wait_tool -9
	contains "$stderr" "$output takes no more frames: Invalid argument"
	dmesg_clean
}

@test "video-out: no byte is read or written astray" {
	require valgrind
	run_tool -t 60 valgrind -q --error-exitcode=99 vimc-capture -s 160x120 -c 5 \
		--video-out="$output" -F all.raw
	vivid_poke inject_vidioc_reqbufs_error "$output"
	run_tool -t 60 valgrind -q --error-exitcode=99 --leak-check=full vimc-capture -s 160x120 \
		-c 5 --video-out="$output"
}
