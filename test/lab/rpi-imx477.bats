# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477:control_base=0x10f0:video_nr=40,30
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alikes of Raspberry Pi drivers with an IMX477, which sends embedded data.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

mode='SRGGB12_1X12 2028x1520' raw=pRCC:2028x1520

setup() {
	lab_setup
	rpi_find
	# shellcheck disable=SC2086 # two words
	rpi_sensor $mode
}

# matched: how the time of embedded data is to that of the image, for each frame of the last run
matched() {
	awk '
		{
			for (i = 8; i <= NF; i++) {
				split($i, pair, "=")
				time[pair[1]] = pair[2]
			}
			data = time["embedded"]
			image = time["raw"]
			print data == image ? "=" : data < image ? "<" : ">"
		}' "$stdout" | paste -s -d ' '
}

@test "imx477: a second pad that leads to the embedded node, of 16384 bytes" {
	run_tool media-ctl -d "$unicam_media" -p
	matches "$stdout" 'imx477 0-001a \(2 pads, 2 links\)'
	contains "$stdout" '-> "unicam-embedded":0 [ENABLED,IMMUTABLE]'
	contains "$stdout" '/16384x1'
	run_tool v4l2-ctl -d "$unicam_embedded" --get-fmt-meta
	contains "$stdout" "'SENS'"
	matches "$stdout" 'Buffer Size +: 16384'
	run_tool v4l2-ctl -d "$unicam_embedded" --list-formats-meta
	contains "$stdout" 'Sensor Ancillary Metadata'
	dmesg_clean
	equal "$(basename "$isp_input") $(basename "$isp_stats")" 'video40 video43'
}

@test "imx477: modes, every byte of 12 and 10 bits, the frame's number in the picture" {
	local line
	while read -r line; do
		read -r -a line <<<"$line"
		rpi_sensor "${line[0]}" "${line[1]}"
		rpi_run raw="${line[2]}:${line[1]}" main=NV12:1280x960 raw-to=raw main-to=main frames=2
		run_tool rpicheck raw "$(sensor_record imx477)" "${line[2]}:${line[3]}" raw
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "${line[*]}"
		run_tool scenecheck numbers "$(sensor_record imx477)" NV12:1280x960 main
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "picture of ${line[*]}"
	done <<-EOT
		SRGGB12_1X12 4056x3040 pRCC 6112
		SRGGB12_1X12 2028x1520 RG12 4064
		SRGGB12_1X12 2028x1080 pRCC 3072
		SRGGB10_1X10 1332x990 pRAA 1696
	EOT
	dmesg_clean
}

@test "imx477: embedded data tells what was in force for the frame it came with" {
	v4l2-ctl -d "$unicam_sensor" -c exposure=900,analogue_gain=0
	start_tool rpirun raw=$raw main=NV12:640x480 frames=24 embedded="$unicam_embedded" \
		embedded-to=embedded "$unicam_image" "${isp_nodes[@]}"
	wait_for 5 counts $(($(counter unicam/frames) + 3)) unicam/frames
	v4l2-ctl -d "$unicam_sensor" -c exposure=1200,analogue_gain=512
	wait_tool
	run_tool rpicheck embedded 12 embedded
	matches "$stdout" '^exposure 900 gain 0 frame 2197 line 12740 temperature 40$'
	matches "$stdout" '^exposure 1200 gain 512 frame 2197 line 12740 temperature 40$'
	# Both take two frames: no frame has one of them.
	lacks "$stdout" 'exposure 1200 gain 0'
	lacks "$stdout" 'exposure 900 gain 512'
	awk '$1 == 0 { n = 0 } { e[n++] = $11 } END { for (i = 0; i < 24; i++) print e[i] }' \
		"$(sensor_record imx477)" >wanted
	awk '{ print $2 }' "$stdout" | cmp - wanted
	! grep -E 'exposure (1200 .* digital 256|900 .* digital 512) ' "$(sensor_record imx477)" ||
		fail 'a frame had one of both'
}

@test "imx477: image and embedded data have the same time; it may be lost, late or early" {
	rpi_run raw=$raw main=NV12:640x480 frames=4 embedded="$unicam_embedded"
	equal "$(matched)" '= = = ='
	equal "$(column 7 "$stdout")" '0 1 2 3'
	fault unicam/embedded_lose 2
	rpi_run raw=$raw main=NV12:640x480 frames=4 embedded="$unicam_embedded"
	equal "$(column 7 "$stdout")" '2 3 4 5'
	equal "$(matched)" '> > > >'
	fault unicam/lose 1
	rpi_run raw=$raw main=NV12:640x480 frames=3 embedded="$unicam_embedded"
	equal "$(matched)" '< < <'
	fault unicam/embedded_late forever
	rpi_run raw=$raw main=NV12:640x480 frames=4 embedded="$unicam_embedded"
	equal "$(matched)" '= = = ='
	fault unicam/embedded_late 0
	fault unicam/embedded_early forever
	rpi_run raw=$raw main=NV12:640x480 frames=4 embedded="$unicam_embedded"
	equal "$(matched)" '= = = ='
}

@test "imx477: nothing comes while the embedded node is open and does not stream" {
	local frames
	exec {held}<>"$unicam_embedded"
	frames=$(counter unicam/starts)
	run_tool -3 rpirun raw=$raw main=NV12:640x480 frames=1 "$unicam_image" "${isp_nodes[@]}"
	contains "$stderr" 'raw: nothing came'
	equal "$(counter unicam/starts)" "$frames" starts
	exec {held}>&-
	rpi_run raw=$raw main=NV12:640x480 frames=1
}

@test "imx477: the size of embedded data is not looked at, HBLANK can be set" {
	v4l2-ctl -d "$unicam_sensor" -c horizontal_blanking=11000
	equal "$(v4l2-ctl -d "$unicam_sensor" -C horizontal_blanking)" 'horizontal_blanking: 11000'
	v4l2-ctl -d "$unicam_sensor" -c vertical_blanking=600,exposure=100000
	equal "$(v4l2-ctl -d "$unicam_sensor" -C exposure)" "exposure: $((1520 + 600 - 22))"
	run_tool v4l2-ctl -d "$isp_input" --list-ctrls
	matches "$stdout" 'black_level 0x009819f3'
	says 'ok 12' "$isp_input" write 0x009819f3 12
	fault imx477/i2c forever
	shape "$unicam_image" pRCC 2028x1520
	says EIO "$unicam_image" start
}
