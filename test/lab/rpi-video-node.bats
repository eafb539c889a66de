# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-ov5647:media_controller=0:embedded_always=1:isp=none
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# Unicam without a media controller, and an OV5647: its video node drives the sensor.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

@test "video node: no IO_MC, controls of the sensor, which has a node to look at only" {
	rpi_find
	run_tool v4l2-ctl -d "$unicam_image" --info
	matches "$stdout" 'Device Caps +: 0x04200001$'
	run_tool v4l2-ctl -d "$unicam_image" --list-ctrls
	contains "$stdout" analogue_gain
	run_tool -a media-ctl -d "$unicam_media" -V "\"$unicam_entity\":0 [fmt:SBGGR10_1X10/1296x972]"
	cat "$stdout" "$stderr" >said
	contains said 'Operation not permitted'
	# An embedded node that nothing leads to
	[ -n "$unicam_embedded" ] || fail 'there is no embedded node'
	says ENOTCONN "$unicam_embedded" start
}

@test "video node: a format sets the sensor's mode, every byte of each" {
	local line
	rpi_find
	while read -r line; do
		read -r -a line <<<"$line"
		equal "$(shape "$unicam_image" pBAA "${line[0]}")" "pBAA ${line[0]} ${line[1]} ${line[2]}"
		run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=2 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record ov5647)" "pBAA:${line[1]}" frames
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "${line[*]}"
	done <<-EOT
		640x480 800 384000
		1296x972 1632 1586304
		1920x1080 2400 2592000
		2592x1944 3264 6345216
	EOT
	equal "$(shape "$unicam_image" pBAA 1300x900)" 'pBAA 1296x972 1632 1586304'
	equal "$(shape "$unicam_image" JPEG 640x480)" 'pBAA 640x480 800 384000'
	dmesg_clean
}

@test "video node: the first two frames of a stream are too dark" {
	rpi_find
	shape "$unicam_image" pBAA 640x480
	v4l2-ctl -d "$unicam_image" -c exposure=400
	run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=4
	equal "$(tail -n 20 "$(sensor_record ov5647)" | awk '
		$1 == 0 { n = 0 }
		{ exposure[n++] = $11 }
		END { print exposure[0], exposure[1], exposure[2], exposure[3] }')" '100 100 400 400'
}
