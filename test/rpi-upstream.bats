# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-upstream
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture with mainline's own Unicam driver, which has a sub-device of its own and no ISP behind it.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

export MEDIA_DRIVER=unicam
camera='imx219 0-0010'

setup() {
	lab_setup
	rpi_find
}

@test "mainline: list and info say whose driver it is, and that there is no ISP" {
	run_tool rpi-capture --list
	equal "$(cut -f1,2 "$stdout")" "$camera"$'\tUnicam (mainline kernel)'
	run_tool rpi-capture --info --json "$camera"
	equal "$(jq -r '.model' "$stdout")" 'Unicam (mainline kernel)'
	equal "$(jq -r '.streams[] | "\(.stream) \(.entity) \(.node)"' "$stdout")" "raw unicam-image $unicam_image"
	contains "$stderr" 'raw only, no ISP: its driver is not there: modprobe bcm2835-isp'
}

# scramble WAY: what others may leave behind
scramble() {
	case $1 in
	1) media -V "\"$camera\":0 [fmt:SRGGB8_1X8/3280x2464],\"unicam\":0 [fmt:SBGGR12_1X12/4000x3000]" ;;
	2)
		v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=1,vertical_flip=1,vertical_blanking=4000
		set_format unicam 0 UYVY8_1X16/64x64
		shape "$unicam_image" YUYV 64x64
		;;
	3) shape "$unicam_image" pRAA 1640x1232 9000 ;;
	esac >/dev/null
}

@test "mainline: every byte of raw in each mode, from whatever others left" {
	local code size format stride way
	while read -r way code size format stride; do
		scramble "$way"
		run_tool rpi-capture -q -s "raw:$size:$format" -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record)" "$format:$stride" x.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of $format $size"
		expect_format "$camera" 0 "$code/$size"
		expect_format unicam 0 "$code/$size"
		expect_format unicam 1 "$code/$size"
		equal "$(jq -r '"\(.fourcc) \(.stride)"' x.raw.json)" "$format $stride"
	done <<-'EOT'
	1 SRGGB10_1X10 640x480 pRAA 800
	2 SRGGB10_1X10 1640x1232 pRAA 2080
	3 SRGGB8_1X8 1920x1080 RGGB 1920
	1 SRGGB10_1X10 3280x2464 pRAA 4128
	2 SRGGB8_1X8 640x480 RGGB 640
	EOT
	run_tool rpi-capture -q -r --mode=640x480:10 --hflip -c 2 -F x.raw --force
	run_tool rpicheck raw "$(sensor_record)" pgAA:800 x.raw
	equal "$(counter unicam/bad_address)" 0
	dmesg_clean
}

@test "mainline: without a stream named it is raw; rate, exposure and gain" {
	run_tool rpi-capture -q -c 1 -F x.raw
	equal "$(jq -r '"\(.stream) \(.fourcc) \(.width)"' x.raw.json)" 'raw pRAA 3280'
	run_tool rpi-capture -q -s raw@60 --mode=640x480:10 --exposure=5ms --gain=2 -c 4
	awk '{ hz = 182400000 / ($13 * $15) } END { exit !(hz > 59.9 && hz < 60.1) }' "$(sensor_record)" ||
		fail "$(tail -n 1 "$(sensor_record)")" || return
	matches <(tail -n 1 "$(sensor_record)") ' exposure 264 .* analogue 128 '
}

@test "mainline: a picture made of raw has the light's colours" {
	local red green blue
	run_tool rpi-capture -q -r --mode=640x480:10 --exposure=10ms -c 1 -F x.png
	run_tool file x.png
	contains "$stdout" 'PNG image data, 640 x 480'
	scene_light tungsten
	run_tool rpi-capture -q -r --mode=640x480:10 --exposure=10ms --develop=off -c 1 -F x.ppm
	read -r red green blue < <(ppm_mean x.ppm)
	[ "$red" -gt "$((blue * 4 / 3))" ] || fail "mean is $red $green $blue in red light"
	scene_light neutral
	run_tool rpi-capture -q -r --mode=640x480:10 --exposure=10ms --vflip --develop=off -c 1 \
		-F y.ppm
	read -r red green blue < <(ppm_mean y.ppm)
	[ $((red * 10)) -gt $((green * 9)) ] && [ $((red * 10)) -lt $((green * 11)) ] &&
		[ $((blue * 10)) -gt $((green * 9)) ] && [ $((blue * 10)) -lt $((green * 11)) ] ||
		fail "mean is $red $green $blue in white light"
}

# ppm_mean FILE: red, green and blue, of 16 bits
ppm_mean() {
	equal "$(head -n 3 "$1" | xargs)" 'P6 640 480 65535'
	tail -c $((640 * 480 * 6)) "$1" | head -c 640000 | od -An -v -tu1 -w6 | awk '
		{ r += $1 * 256 + $2; g += $3 * 256 + $4; b += $5 * 256 + $6 }
		END { printf "%d %d %d\n", r / NR, g / NR, b / NR }'
}

# state: what refusals leave as it is
state() {
	media -p
	v4l2-ctl -d "$unicam_image" --get-fmt-video
	v4l2-ctl -d "$unicam_sensor" -l
}

@test "mainline: pictures, statistics and embedded data are refused, each with its reason" {
	local options
	scramble 2
	state >before
	for options in '-s main' '-s second' '-s stats' '-r -s main:640x480'; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rpi-capture -q -c 1 $options
		contains "$stderr" "rpi-capture: only raw can be had, for there is no ISP to make pictures: its driver is not there: modprobe bcm2835-isp, which is in Raspberry Pi's kernels only; of raw this program makes pictures itself (-s raw -F NAME.png)"
		equal "$(wc -l <"$stderr")" 1 'lines'
	done
	run_tool -6 rpi-capture -q -c 1 -r -s embedded
	equal "$(cat "$stderr")" 'rpi-capture: embedded: there are no such data: this driver has them only with the streams API, which kernels are built without'
	state | cmp - before
}

@test "mainline: raw that is not packed is listed by the driver, but not given" {
	local format=pRAA
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0,vertical_flip=0
	run_tool v4l2-ctl -d "$unicam_image" --list-formats
	contains "$stdout" "'RG10'"
	run_tool rpi-capture --info
	lacks "$stdout" RG10
	contains "$stdout" "$format"
	run_tool -6 rpi-capture -q -s raw:640x480:RG10 -c 1
	contains "$stderr" "RG10 (SRGGB10) 640x480 is not possible, the nearest is $format (SRGGB10_CSI2P) 640x480"
	run_tool rpi-capture -q --adjust -s raw:640x480:RG10 -c 1 -F x.raw
	equal "$(jq -r .fourcc x.raw.json)" $format
}

@test "mainline: frames that are lost on the way; a sensor that is silent, one that does not start" {
	fault unicam/lose 2
	run_tool rpi-capture -q -r --mode=640x480:10 -c 3 -F x.raw
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 x.raw
	equal "$(paste -sd, "$stdout")" 2,3,4
	fault imx219/stall forever
	run_tool -7 rpi-capture -q -r --mode=640x480:10 -c 1 --first-frame=300ms
	contains "$stderr" "unicam-image ($unicam_image): no frame within 300ms: the sensor was started, but nothing came over the ribbon cable"
	fault imx219/stall 0
	fault imx219/i2c
	run_tool -1 rpi-capture -q -r --mode=640x480:10 -c 1
	contains "$stderr" "unicam-image ($unicam_image) does not start: Remote I/O error: the sensor '$camera' does not answer on its bus; check its cable, its power"
	run_tool rpi-capture -q -r --mode=640x480:10 -c 1
	dmesg_clean
}

@test "mainline: the script of a dry run sets all that the tool does" {
	scramble 1
	state >before
	run_tool rpi-capture --dry-run -q -s raw@60 --mode=640x480:10 --hflip
	cp "$stdout" script
	state | cmp - before
	run_tool sh -e script
	state >scripted
	sed -n 's/^# then: \(.*\)--stream-count.*/\1 --stream-count=2 --stream-to=x.raw/p' script >capture
	run_tool sh -e capture
	run_tool rpicheck raw "$(sensor_record)" pgAA:800 x.raw
	v4l2-ctl -d "$unicam_sensor" -C horizontal_flip,vertical_flip,vertical_blanking >scripted-sensor
	run_tool rpi-capture -q -s raw@60 --mode=640x480:10 --hflip -c 1
	v4l2-ctl -d "$unicam_sensor" -C horizontal_flip,vertical_flip,vertical_blanking | cmp - scripted-sensor
	graph scripted >one
	state | graph /dev/stdin | cmp - one
}

# graph FILE: the formats in it
graph() {
	grep -o 'fmt:[^ ]*\|Width.*\|Pixel Format.*\|Bytes per.*' "$1"
}

@test "mainline: without a sensor its receiver is named, there is no camera" {
	lab_platform unload rpi
	modprobe bcm2835-unicam
	run_tool -3 rpi-capture --list
	contains "$stderr" '(Unicam (mainline kernel)): no sensor came up; is its overlay in /boot/firmware/config.txt'
	contains "$stderr" 'no camera found'
	lab_reload rpi:board=rpi-upstream
	rpi_find
	run_tool rpi-capture -q -r --mode=640x480:10 -c 1
}
