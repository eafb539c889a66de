# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-upstream
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# Mainline's Unicam driver, as it is, on emulated registers.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

# route CODE WxH FOURCC
route() {
	rpi_find
	media-ctl -d "$unicam_media" -V "\"$unicam_entity\":0 [fmt:$1/$2],\"unicam\":0 [fmt:$1/$2]"
	shape "$unicam_image" "$3" "$2"
}

@test "upstream: every byte in packed formats, numbers are the sequence" {
	local line
	while read -r line; do
		read -r -a line <<<"$line"
		route "${line[0]}" "${line[1]}" "${line[2]}"
		run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=3 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record)" "${line[2]}:${line[3]}" frames
		equal "$(paste -s -d ' ' "$stdout")" '0 1 2' "${line[*]}"
	done <<-EOT
		SRGGB10_1X10 640x480 pRAA 800
		SRGGB10_1X10 1640x1232 pRAA 2080
		SRGGB8_1X8 1920x1080 RGGB 1920
		SRGGB10_1X10 3280x2464 pRAA 4128
	EOT
	equal "$(counter unicam/bad_address)" 0
	dmesg_clean
}

@test "upstream: unpacked formats fall back, a mismatch is EPIPE, there is no routing" {
	route SRGGB10_1X10 640x480 pRAA
	equal "$(shape "$unicam_image" RG10 640x480)" 'YUYV 640x480 1280 614400'
	says EPIPE "$unicam_image" start
	shape "$unicam_image" pRAA 1640x1232
	says EPIPE "$unicam_image" start
	says ENOTTY "$(media-ctl -d "$unicam_media" -e unicam)" routing
	equal "$(cat /sys/bus/media/devices/*/model)" unicam 'media devices'
}

@test "upstream: frames lost, interrupts lost" {
	route SRGGB10_1X10 640x480 pRAA
	fault unicam/lose 2
	run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=2 --stream-to=frames
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 frames
	equal "$(paste -s -d ' ' "$stdout")" '2 3'
	fault unicam/no_interrupt forever
	start_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=1
	wait_for 5 counts $(($(counter unicam/unraised) + 2)) unicam/unraised
	fault unicam/no_interrupt 0
	wait_tool
}
