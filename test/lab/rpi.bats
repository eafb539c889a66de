# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alike of Raspberry Pi's Unicam driver, with an IMX219: each rule that programs meet, each
# fault.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

raw=SRGGB10_1X10 binned=1640x1232

setup() {
	lab_setup
	rpi_find
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0
	rpi_sensor $raw $binned
}

@test "unicam: sensor linked straight to the image node, no embedded node" {
	run_tool media-ctl -d "$unicam_media" -p
	matches "$stdout" '^driver +unicam$'
	matches "$stdout" '^model +unicam$'
	matches "$stdout" '^bus info +platform:e0801000.csi$'
	contains "$stdout" '-> "unicam-image":0 [ENABLED,IMMUTABLE]'
	matches "$stdout" 'entity .*: unicam-image \(1 pad, 1 link\)'
	matches "$stdout" 'type Node subtype V4L flags 1'
	equal "$unicam_embedded" '' 'embedded node'
	run_tool v4l2-ctl -d "$unicam_image" --info
	matches "$stdout" 'Driver name +: unicam$'
	matches "$stdout" 'Card type +: unicam$'
	matches "$stdout" 'Device Caps +: 0x24200001$' # with a media controller
}

@test "unicam: sizes, strides and unknown formats" {
	local line
	while read -r line; do
		read -r -a line <<<"$line"
		equal "$(shape "$unicam_image" "${line[0]}" "${line[1]}" "${line[4]:-}")" \
			"${line[5]:-${line[0]}} ${line[6]:-${line[1]}} ${line[2]} ${line[3]}"
	done <<-EOT
		pRAA 3280x2464 4128 10171392
		RG10 3280x2464 6560 16163840
		pRAA 1640x1232 2080 2562560
		RG10 1640x1232 3296 4060672
		pRAA 1920x1080 2400 2592000
		RG10 640x480 1280 614400
		pRCC 4056x3040 6112 18580480
		RG12 2028x1520 4064 6177280
		pBAA 2592x1944 3264 6345216
		pRAA 640x480 4000 1920000 3999
		pRAA 640x480 800 384000 70000
		JPEG 640x480 1280 614400 0 YUYV
		pRAA 643x8 832 13312 0 pRAA 644x16
	EOT
	run_tool v4l2-ctl -d "$unicam_image" --list-formats
	contains "$stdout" pRAA
	run_tool v4l2-ctl -d "$unicam_image" --list-formats=0x300f
	equal "$(grep -c '\[[0-9]\]' "$stdout")" 2 'formats of SRGGB10_1X10'
}

@test "unicam: every byte in each mode, packed and not, flipped" {
	local mode
	for mode in "$raw 640x480 pRAA 800" "$raw 1920x1080 RG10 3840" "$raw 3280x2464 pRAA 4128" \
		"SRGGB8_1X8 $binned RGGB 1664" "$raw $binned pRAA 3200"; do
		read -r -a mode <<<"$mode"
		rpi_sensor "${mode[0]}" "${mode[1]}"
		run_tool v4l2-ctl -d "$unicam_image" \
			--set-fmt-video="width=${mode[1]%x*},height=${mode[1]#*x},pixelformat=${mode[2]},bytesperline=${mode[3]}" \
			--stream-mmap=4 --stream-count=3 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record)" "${mode[2]}:${mode[3]}" frames
		equal "$(paste -s -d ' ' "$stdout")" '0 1 2' "numbers in ${mode[*]}"
	done
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=1
	rpi_sensor SGRBG10_1X10 640x480
	run_tool v4l2-ctl -d "$unicam_image" --set-fmt-video=width=640,height=480,pixelformat=pgAA \
		--stream-mmap=4 --stream-count=2 --stream-to=frames
	run_tool rpicheck raw "$(sensor_record)" pgAA:800 frames
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0
	equal "$(counter unicam/cut)" 0
	dmesg_clean
}

@test "unicam: what STREAMON, REQBUFS, S_FMT and QBUF refuse" {
	shape "$unicam_image" pRAA 640x480
	says EINVAL "$unicam_image" start # another size
	shape "$unicam_image" pBAA $binned
	says EINVAL "$unicam_image" start # another order
	shape "$unicam_image" pRAA $binned
	says ok "$unicam_image" start
	shape "$unicam_image" RG10 $binned
	says ok "$unicam_image" start
	says EINVAL "$unicam_image" userptr 3
	says 'ok 3' "$unicam_image" buffers 1
	says EBUSY "$unicam_image" grown
	says EINVAL "$unicam_image" create 1000
}

@test "unicam: a single buffer is never given up, frames are lost meanwhile" {
	local dropped
	shape "$unicam_image" pRAA $binned
	dropped=$(counter unicam/dropped)
	run_tool rpicheck try "$unicam_image" single
	matches "$stdout" '^ok [1-9]'
	[ $(($(counter unicam/dropped) - dropped)) -ge 4 ] || fail 'nothing was dropped'
}

@test "unicam: faults" {
	shape "$unicam_image" pRAA $binned
	fault imx219/i2c forever
	says EREMOTEIO "$unicam_image" start
	fault imx219/i2c 0
	fault unicam/start
	says EIO "$unicam_image" start
	says ok "$unicam_image" start
	fault unicam/lose 2
	run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=2 --verbose
	equal "$(sed -n 's/^cap dqbuf.* seq: *\([0-9]*\) .*/\1/p' "$stdout" "$stderr" | paste -s -d ' ')" '2 3'
	fault unicam/time forever
	run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=2 --verbose
	cat "$stdout" "$stderr" >said
	contains said 'ts: 0.000000'
	fault unicam/time 0
	fault imx219/stall forever
	start_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=1
	! wait_for 1 counts $(($(counter unicam/frames) + 1)) unicam/frames || fail 'a frame came'
	fault imx219/stall 0
	wait_tool
}

@test "unicam: contiguous memory ends" {
	shape "$unicam_image" pRAA $binned
	fault vc/memory 6000000
	says 'ok 2' "$unicam_image" buffers 4
	fault vc/memory 1000000
	says ENOMEM "$unicam_image" buffers 4
	[ "$(counter vc/denied)" -gt 0 ] || fail 'nothing was denied'
	fault vc/memory 0
	says 'ok 4' "$unicam_image" buffers 4
	shape "$unicam_image" RG10 16376x16376
	says ENOMEM "$unicam_image" buffers 1
	dmesg_clean
	equal "$(counter vc/used)" 0 'bytes in use'
}

@test "unicam: an event at each frame's start" {
	shape "$unicam_image" pRAA $binned
	start_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=20
	wait_for 5 counts $(($(counter unicam/frames) + 1)) unicam/frames
	run_tool v4l2-ctl -d "$unicam_image" --wait-for-event=frame_sync
	contains "$stdout" frame_sync
	wait_tool
}
