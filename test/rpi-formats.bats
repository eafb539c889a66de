# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture with a sensor of 12 and 10 bits that has embedded data: modes whose lines are not as long as
# their strides, and what it says of such a camera.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='imx477 0-001a'

setup() {
	lab_setup
	rpi_find
}

@test "info: embedded data, and modes of 12 and 10 bits; the node of embedded data stays closed" {
	run_tool strace -f -e trace=openat -o trace rpi-capture --info --json
	equal "$(jq -r '.streams[] | "\(.stream) \(.entity)"' "$stdout" | paste -sd,)" \
		'main bcm2835-isp0-capture1,second bcm2835-isp0-capture2,stats bcm2835-isp0-capture3,raw unicam-image,embedded unicam-embedded'
	equal "$(jq -r '.streams[4] | "\(.node) \(.formats[].fourcc)"' "$stdout")" "$unicam_embedded SENS"
	equal "$(jq -r '.streams[3].formats[] | "\(.fourcc)/\(.min_width)x\(.max_height)"' "$stdout" | paste -sd,)" \
		pRAA/1332x990,RG10/1332x990,pRCC/2028x1080,RG12/2028x1080,pRCC/2028x1520,RG12/2028x1520,pRCC/4056x3040,RG12/4056x3040
	contains trace "$unicam_image"
	lacks trace "\"$unicam_embedded\""
}

# stride NODE: of the format it has
stride() {
	v4l2-ctl -d "$1" --get-fmt-video --get-fmt-video-out 2>/dev/null |
		awk '/Bytes per/ && !n++ { print $5 }'
}

@test "raw: every byte in each mode and form, and the picture of it; the ISP reads lines of that stride" {
	local format size stride depth
	while read -r format size stride depth; do
		run_tool rpi-capture -q -s "raw:$size:$format" -s main:960x720 -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record imx477)" "$format:$stride" x-raw.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of $format $size"
		run_tool scenecheck numbers "$(sensor_record imx477)" "NV12:960x720:$(view)" x-main.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of the picture of $format $size"
		equal "$(stride "$unicam_image") $(stride "$isp_input")" "$stride $stride" strides
		equal "$(jq -r '"\(.fourcc) \(.stride) \(.bits) \(.black_level)"' x-raw.raw.json)" \
			"$format $stride $depth"
	done <<-'EOT'
	pRAA 1332x990 1696 10 64
	RG10 1332x990 2688 10 64
	pRCC 2028x1520 3072 12 256
	RG12 2028x1520 4064 12 256
	pRCC 2028x1080 3072 12 256
	pRCC 4056x3040 6112 12 256
	RG12 4056x3040 8128 12 256
	EOT
	dmesg_clean
}

# view: the ISP's crop, as X,Y,WxH
view() {
	v4l2-ctl -d "$isp_input" --get-selection-output target=crop |
		sed 's/.*Left \([0-9]*\), Top \([0-9]*\), Width \([0-9]*\), Height \([0-9]*\),.*/\1,\2,\3x\4/'
}

@test "stride: a larger one that another program left at the receiver is taken back" {
	shape "$unicam_image" pRAA 1332x990 4000
	equal "$(stride "$unicam_image")" 4000
	run_tool rpi-capture -q -r --mode=1332x990 -s main:960x720 -c 2 -F x.raw
	equal "$(stride "$unicam_image") $(stride "$isp_input")" '1696 1696' strides
	run_tool scenecheck numbers "$(sensor_record imx477)" "NV12:960x720:$(view)" x-main.raw
	shape "$unicam_image" pRAA 1332x990 4000
	run_tool rpi-capture -q -r --mode=1332x990 -c 2 -F y.raw
	run_tool rpicheck raw "$(sensor_record imx477)" pRAA:1696 y.raw
}

@test "mode: of 12 bits or 10; the smallest that covers all pictures at the rate" {
	local options mode
	while IFS='|' read -r options mode; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q -c 1 $options || fail "$options" || return
		equal "$(media-ctl -d "$unicam_media" --get-v4l2 "\"$camera\":0" | grep -o 'SRGGB[^ ]*')" \
			"SRGGB$mode" "mode for $options" || return
	done <<-'EOT'
	-s 640x480|10_1X10/1332x990
	-s 640x480@120|10_1X10/1332x990
	-s 1334x990|12_1X12/2028x1080
	-s 1640x1232|12_1X12/2028x1520
	-s 640x480 --zoom=3|12_1X12/2028x1520
	-s 1920x1080@45|12_1X12/2028x1080
	-s raw:1332x990 -s 640x480|10_1X10/1332x990
	-s raw@30|12_1X12/2028x1520
	-r --mode=2028x1080|12_1X12/2028x1080
	-s raw:RG10 -s 640x480|10_1X10/1332x990
	-s stats --mode=2028x1520:12|12_1X12/2028x1520
	EOT
}

# blanked: HBLANK and VBLANK
blanked() {
	v4l2-ctl -d "$unicam_sensor" -C horizontal_blanking,vertical_blanking | sed 's/.*: //' | paste -sd,
}

@test "rate: whatever lengths of lines and frames others left; refused, it leaves them" {
	local before
	run_tool rpi-capture -q -r --mode=1332x990 -c 1
	before=$(blanked)
	v4l2-ctl -d "$unicam_sensor" -c horizontal_blanking=11000
	v4l2-ctl -d "$unicam_sensor" -c vertical_blanking=3000
	equal "$(blanked)" 11000,3000
	run_tool -6 rpi-capture -q -s raw:1332x990@1000 -c 1
	contains "$stderr" 'the sensor: 1000 fps is not possible, the nearest is 120 fps'
	equal "$(blanked)" 11000,3000
	run_tool rpi-capture -q -r --mode=1332x990 -c 1
	equal "$(blanked)" "$before"
	v4l2-ctl -d "$unicam_sensor" -c horizontal_blanking=11000
	run_tool rpi-capture -q -s raw:1332x990@120 -c 4 --exposure=1ms
	awk '{ hz = 182400000 / ($13 * $15) } END { exit !(hz > 119.9 && hz < 120.1) }' \
		"$(sensor_record imx477)" || fail "$(tail -n 1 "$(sensor_record imx477)")" || return
	awk '{ ns = $11 * $13 / 0.1824 } END { exit !(ns > 990000 && ns < 1010000) }' \
		"$(sensor_record imx477)" || fail "$(tail -n 1 "$(sensor_record imx477)")" || return
	run_tool -6 rpi-capture -q -r -c 1 -C horizontal_blanking=11000
	contains "$stderr" '--control: horizontal_blanking is set by --mode here'
	v4l2-ctl -d "$unicam_sensor" -c horizontal_blanking=11000
	run_tool rpi-capture --dry-run -s raw:1332x990@120
	cp "$stdout" script
	run_tool sh -e script
	equal "$(blanked)" "$before"
}

@test "embedded: alone, beside raw, beside pictures; all of it is what the frames were made with" {
	local options
	while read -r options; do
		rm -f x*
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q --mode=2028x1520 $options --exposure=10ms --gain=2 -c 4 -F x.raw
		[ ! -e x.raw ] || mv x.raw x-embedded.raw
		run_tool rpicheck embedded 12 x-embedded.raw
		equal "$(wc -l <"$stdout")" 4 "frames of data with $options"
		equal "$(cut -d' ' -f1-4 "$stdout" | uniq)" 'exposure 659 gain 512' "data with $options"
		equal "$(stat -c %s x-embedded.raw)" $((4 * 16384))
	done <<-'EOT'
	-s embedded
	-s embedded -r
	-s embedded -s main:640x480
	-s embedded -s stats -s second:320x240 -s raw
	EOT
	dmesg_clean
}
