# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=imx8mp
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The emulated ISP of an i.MX8MP and the receiver before it: what is different from an RK3399.

bats_require_minimum_version 1.5.0
load lab
load hardware

raw=SRGGB10_1X10 binned=1640x1232

capture() {
	run_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count="$1" --stream-to="$2"
}

@test "two interrupts, each with work; raw byte by byte, in words that start with the low byte" {
	rkisp1_route $raw 640x480 main=RG10:640x480
	capture 3 frames
	run_tool scenecheck raw "$(sensor_record)" 10 frames
	rkisp1_route SRGGB8_1X8 640x480 main=RGGB:640x480
	capture 3 frames
	run_tool scenecheck raw "$(sensor_record)" 8 frames
	awk '/rkisp1|\.csi/ { lines++; busy += $2 > 6 } END { exit lines != 2 || busy != 2 }' \
		/proc/interrupts || fail "$(cat /proc/interrupts)"
	equal "$(counter csis/lost) $(counter rkisp1/lost)" '0 0'
	dmesg_clean
}

@test "UYVY is YUYV in another order" {
	rkisp1_route $raw 640x480 main=YUYV:640x480
	capture 1 yuyv
	rkisp1_route $raw 640x480 main=UYVY:640x480
	capture 1 uyvy
	run_tool scenecheck numbers "$(sensor_record)" YUYV:640x480 yuyv
	dd conv=swab status=none if=uyvy | cmp - yuyv
}

# measure FILE: means of cells, in each of three frames, of the whole picture of the sensor
measure() {
	start_tool rkparams "$rkisp1_params" ext cells=0,0,$binned
	wait_ready
	v4l2-ctl -d "$rkisp1_stats" --stream-mmap=4 --stream-count=3 --stream-to=stats &
	lab_pids+=($!)
	capture 6 frames
	wait $!
	kill "$tool_pid"
	rkstats stats | sed 's/.* cells \(.*\) bins.*/\1/' >"$1"
	equal "$(wc -l <"$1")" 3 'buffers of statistics'
}

@test "windows count from what the ISP takes in, wherever its source cuts" {
	rkisp1_route $raw $binned main=NV12:640x480
	measure whole
	# A part at the left is all there is of the picture.
	media-ctl -d "$rkisp1_media" -V \
		'"rkisp1_isp":2 [crop:(0,0)/400x1232], "rkisp1_isp":2 [fmt:YUYV8_2X8/400x1232]'
	media-ctl -d "$rkisp1_media" -V '"rkisp1_resizer_mainpath":1 [fmt:YUYV8_1_5X8/640x480]'
	matches <(media-ctl -d "$rkisp1_media" --get-v4l2 '"rkisp1_resizer_mainpath":0') \
		'fmt:YUYV8_2X8/400x1232'
	measure cut
	cmp cut whole
	# The columns of cells are not alike, so there is something to compare.
	[ "$(head -n 1 whole | cut -d ' ' -f 1-5 | xargs -n 1 | sort -u | wc -l)" -gt 2 ]
}

@test "errors of the receiver are counted by its driver; what it loses breaks a picture off" {
	local name text before
	rkisp1_route $raw 640x480 main=NV12:640x480
	while IFS='|' read -r name text; do
		fault "$name" 3
		before=$(counter inform_size_error)
		capture 6 frames
		dmesg_mark
		run_tool v4l2-ctl -d "$(node_named "$rkisp1_bridge")" --log-status
		contains <(dmesg_since) "$text events: 3" || fail "$name" || return
		if [ "$name" = csi_overflow ]; then
			equal "$(counter inform_size_error)" $((before + 3))
		else
			equal "$(counter inform_size_error)" "$before" "sizes after $name"
		fi
	done <<-'EOT'
	csi_crc|CRC Error
	csi_ecc|ECC Error
	csi_sync|SOT Error
	csi_overflow|FIFO Overflow Error
	EOT
}
