# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture beside a capture: controls set and kept by themselves, options that have no use,
# reports that share a descriptor.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

brightness() {
	v4l2-ctl -d "$uvc_node" -C brightness
}

@test "controls: set, kept and loaded without a capture" {
	uvc_plug default
	run_tool uvc-capture -L -C brightness=25,contrast=10 --save-controls=kept
	equal "$(brightness)" 'brightness: 25'
	matches "$stdout" '^brightness .* value=25'
	contains kept 'brightness=25'
	lacks "$(uvc_log)" ' start '
	run_tool uvc-capture -L -C brightness=default
	equal "$(brightness)" 'brightness: 0'
	run_tool uvc-capture -L --load-controls=kept
	equal "$(brightness)" 'brightness: 25'
	run_tool -6 uvc-capture -L -C brightness=65
	contains "$stderr" 'brightness=65: out of range (-64 to 64)'
	run_tool uvc-capture -L -C brightness=65 --adjust
	equal "$(brightness)" 'brightness: 64'
}

@test "controls: set while another program streams" {
	uvc_plug default
	start_tool uvc-capture -c 0 --ready-fd=9
	wait_ready
	run_tool uvc-capture -L -C brightness=7
	equal "$(brightness)" 'brightness: 7'
	stop_tool TERM
}

@test "controls: a camera that refuses to tell them costs no half second for each" {
	uvc_plug full
	uvc_tell stall 1000 6
	run_tool -t 1.5 uvc-capture -L
	uvc_tell stall 0
}

@test "dry run: metadata are set as such, and the script works" {
	uvc_plug default
	run_tool uvc-capture --dry-run -s 320x240:YUYV -s meta
	contains "$stdout" "--set-fmt-meta='UVCH'"
	contains "$stdout" '# at the same time: v4l2-ctl'
	cp "$stdout" script
	run_tool sh script
	contains <(v4l2-ctl -d "$uvc_node" --get-fmt-video) '320/240'
}

@test "dry run: a file decides on the format, and is not made" {
	uvc_plug default
	run_tool uvc-capture --dry-run -F 'a-#.jpg'
	contains "$stdout" "pixelformat='MJPG'"
	no_file a-*
}

@test "--decode without metadata has no effect, and says so" {
	uvc_plug default
	run_tool -6 uvc-capture --json --decode
	contains "$stdout" '--decode has no effect: no stream of metadata is asked for'
	lacks "$(uvc_log)" ' start '
}

@test "the bill: the frames of a USB camera need no contiguous memory" {
	uvc_plug default
	run_tool uvc-capture -c 1 -n 4 -s 640x480:YUYV
	matches "$stderr" '4 buffers of 614400 bytes are 2.3 MiB$'
}

@test "JSON on standard error has it to itself" {
	uvc_plug default
	run_tool uvc-capture --json -s 640x480:MJPG -c 3 -F -
	jq -e . "$stderr" >/dev/null || fail "$(cat "$stderr")"
	contains "$stderr" '"record":"end"'
	contains "$stderr" '"code":"camera-chosen"'
}

@test "a frame that was cut short is called that" {
	uvc_plug default
	start_tool uvc-capture -s 640x480:MJPG -c 20 --ready-fd=9
	wait_ready
	uvc_tell cut 1
	wait_tool
	contains "$stderr" 'is no picture and counts as lost: it has no beginning or no end'
	contains "$stdout" 'captured 20, lost 1 (driver 0, error 1, overflow 0)'
}

@test "a role that is misspelt does not become part of a name" {
	uvc_plug default
	run_tool -2 uvc-capture -F mian=x.jpg
	contains "$stderr" "'mian' is no stream of this tool; a file of that name is ./mian=x.jpg"
	no_file ./*x.jpg
}
