# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture: what is refused, before anything is touched, and what --adjust takes instead.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

setup() {
	lab_setup
	rpi_find
}

# scramble: settings that no run of ours would leave
scramble() {
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=1,vertical_flip=1,vertical_blanking=1234,exposure=321
	rpi_sensor SBGGR10_1X10 1920x1080
	shape "$unicam_image" BA10 640x480 9000
	shape "$isp_input" pRAA 3280x2464
	rpicheck try "$isp_input" crop 1000 1000 64 64
	shape "$isp_main" XR24 66x64
	shape "$isp_second" YUYV 4000x3000
	v4l2-ctl -d "$isp_input" -c red_balance=1234,blue_balance=2345,digital_gain=3456
} >/dev/null

# state: formats, crop and controls of all that a run sets
state() {
	local node
	media-ctl -d "$unicam_media" -p
	for node in "$unicam_image" "$isp_main" "$isp_second"; do
		v4l2-ctl -d "$node" --get-fmt-video
	done
	v4l2-ctl -d "$isp_input" --get-fmt-video-out --get-selection-output target=crop -l
	v4l2-ctl -d "$unicam_sensor" -l
	counter isp0/controls
	counter unicam/starts
}

# refuses OPTIONS TEXT: with status 6, in one sentence
refuses() {
	# shellcheck disable=SC2086 # words
	run_tool -6 rpi-capture -q -c 1 $1 || fail "$1" || return
	contains "$stderr" "rpi-capture: $2" || fail "$1" || return
	equal "$(wc -l <"$stderr")" 1 "lines about $1"
}

@test "what cannot be is refused with status 6, naming the nearest; nothing is touched" {
	local options text number=0
	scramble
	state >before
	while IFS='|' read -r options text; do
		refuses "$options" "$text"
		[ $((number++ % 8)) -ne 7 ] || state | cmp - before || fail "$options" || return
	done <<-'EOT'
	-s main:640x480:SRGGB10|main: RG10 (SRGGB10) is not possible, the nearest is NV12 (--adjust takes it)
	-s second:640x480:XR24|second: XR24 (XRGB8888) is not possible, the nearest is NV12 (--adjust takes it)
	-s main:641x480|main: 641x480 is not possible, the nearest is 640x480 (--adjust takes it)
	-s main:640x481|main: 640x481 is not possible, the nearest is 640x480 (--adjust takes it)
	-s main:62x32|main: 62x32 is not possible, the nearest is 64x64
	-s second:321x239|second: 321x239 is not possible, the nearest is 320x238
	-s main:5000x1000|main: 5000x1000 is not possible, the nearest is 3280x1000
	-s main:20000x20000|main: 20000x20000 is not possible, the nearest is 16384x16384
	-s second:5000x1000|second: 5000x1000 is not possible, the nearest is 3280x1000
	-s main:640x482 --mode=640x480|main: 640x482 is not possible, the nearest is 640x480
	-s main:320x240 -s second:322x240|second: 322x240 is not possible, the nearest is 320x240 (--adjust takes it)
	-s main:320x240 -s second:320x242|second: 320x242 is not possible, the nearest is 320x240
	-s main:320x240 -s second:640x480|second: 640x480 is not possible, the nearest is 320x240
	-s stats:640x480|stats and embedded have neither size nor rate: they come with each frame of the sensor
	-s stats@30|stats and embedded have neither size nor rate
	-s embedded:640x480|stats and embedded have neither size nor rate
	-r -s embedded@30|stats and embedded have neither size nor rate
	-s embedded|embedded: there are no such data: this sensor, or its driver, sends none
	-r -s main -s embedded|embedded: there are no such data: this sensor, or its driver, sends none
	--mode=800x600|--mode: 800x600 is not possible, the nearest is 1640x1232:10 (--adjust takes it)
	--mode=640x480:12 -s 320x240|--mode: 640x480:12 is not possible, the nearest is 640x480:10
	-r --mode=800x600|--mode: 800x600 is not possible, the nearest is 1640x1232:10
	-s raw:800x600|raw: pRAA (SRGGB10_CSI2P) 800x600 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 1640x1232 (--adjust takes it)
	-s raw:640x480:pBAA|raw: pBAA (SBGGR10_CSI2P) 640x480 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 640x480
	-s raw:640x480:pRCC|raw: pRCC (SRGGB12_CSI2P) 640x480 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 640x480
	-s raw:640x480:BG10|raw: BG10 (SBGGR10) 640x480 is not possible, the nearest is RG10 (SRGGB10) 640x480
	-s raw:640x480:RG12|raw: RG12 (SRGGB12) 640x480 is not possible, the nearest is RG10 (SRGGB10) 640x480
	-s raw:640x480:RG16|raw: RG16 (SRGGB16) 640x480 is not possible, the nearest is RG10 (SRGGB10) 640x480
	-s raw:640x480:GREY|raw: GREY (R8) 640x480 is not possible, the nearest is RGGB (SRGGB8) 640x480
	-s raw:640x480:PC1R|raw: PC1R (RGGB_PISP_COMP1) 640x480 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 640x480
	-s raw:640x480:NV12|raw: NV12 640x480 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 640x480
	--mode=640x480 -s raw:1640x1232|raw: pRAA (SRGGB10_CSI2P) 1640x1232 is not possible, the nearest is pRAA (SRGGB10_CSI2P) 640x480
	-s main:1280x720 -s raw:640x480|main: 1280x720 is not possible, the nearest is 640x480
	-s main@30 -s second:320x240@15|all streams have the rate of the one sensor, so only one can be asked for
	-s main:640x480 --mode=640x480 --zoom=20|--zoom: 20.000 is not possible, the nearest is 7.500 (--adjust takes it)
	-r --zoom=2|--zoom: raw is all of the sensor's frame, nothing crops it
	-r --settle|raw alone is not measured: --settle, --flicker and --awb have no effect without a picture beside it
	-r --flicker=50|raw alone is not measured
	-r --awb=off|raw alone is not measured
	-s 320x240 --awb=100,1|--awb: 100,1 is not possible, the nearest is 65.53 times the weakest of the three colours
	-s 640x480@1000|the sensor: 1000 fps is not possible, the nearest is 103.3 fps (--adjust takes it)
	-s main:3200x2400@30|the sensor: 30 fps is not possible, the nearest is 21.19 fps
	-s raw@30 --mode=3280x2464|the sensor: 30 fps is not possible, the nearest is 21.19 fps
	-s raw:640x480@1/10|the sensor: 0.1 fps is not possible, the nearest is 0.807 fps
	-r --mode=640x480 --gain=100|--gain: 100 is not possible, the nearest is 10.67
	-s 320x240@30 --exposure=40ms|--exposure: 40ms is not possible, the nearest is 33.3ms
	-C exposure=100|--control: exposure is set by --exposure here
	-C analogue_gain=1|--control: analogue_gain is set by --gain here
	-C vertical_blanking=1000|--control: vertical_blanking is set by the rate of --stream here
	-C horizontal_flip=1|--control: horizontal_flip is set by --hflip here
	EOT
	state | cmp - before
}

@test "adjust: takes the nearest and says so" {
	local options bytes text
	while IFS='|' read -r options bytes text; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture --adjust -c 1 -F x.raw --force $options || fail "$options" || return
		contains "$stderr" "rpi-capture: $text"
		equal "$(stat -c %s x.raw)" $((bytes)) "bytes with $options"
	done <<-'EOT'
	-s main:650x481@30|672 * 480 * 3 / 2|main: 650x481 is not possible, taking 650x480
	-s main:320x240:RG10|320 * 240 * 3 / 2|main: RG10 (SRGGB10) is not possible, taking NV12
	-s second:320x240:XR24|320 * 240 * 3 / 2|second: XR24 (XRGB8888) is not possible, taking NV12
	-s main:642x600 --mode=640x480|640 * 480 * 3 / 2|main: 642x600 is not possible, taking 640x480
	-s main:10x10|64 * 64 * 3 / 2|main: 10x10 is not possible, taking 64x64
	-s raw:600x400:BG12|1280 * 480|raw: BG12 (SBGGR12) 600x400 is not possible, taking RG10 (SRGGB10) 640x480
	-s raw:600x400:PC1R|800 * 480|raw: PC1R (RGGB_PISP_COMP1) 600x400 is not possible, taking pRAA (SRGGB10_CSI2P) 640x480
	-s main:320x240 --mode=640x480 --zoom=9|320 * 240 * 3 / 2|--zoom: 9.000 is not possible, taking 7.500
	-s raw:100x100|800 * 480|raw: pRAA (SRGGB10_CSI2P) 100x100 is not possible, taking pRAA (SRGGB10_CSI2P) 640x480
	--mode=600x400 -s main:320x240|320 * 240 * 3 / 2|--mode: 600x400 is not possible, taking 640x480:10
	-s main:320x240@1000|320 * 240 * 3 / 2|the sensor: 1000 fps is not possible, taking 103.3 fps
	EOT
}

@test "adjust: of two pictures, each takes its nearest" {
	run_tool rpi-capture --adjust -c 1 -F x.raw --mode=640x480:10 -s main:613x401 -s second:700x90:YU12
	contains "$stderr" 'rpi-capture: main: 613x401 is not possible, taking 612x400'
	contains "$stderr" 'rpi-capture: second: 640x90 is not possible, taking 612x90'
	equal "$(stat -c %s x-main.raw)" $((640 * 400 * 3 / 2))
	equal "$(stat -c %s x-second.raw)" $((640 * 90 * 3 / 2))
	contains "$stderr" 'rpi-capture: second shows what main shows, but has not its shape: things in it look stretched'
	run_tool rpi-capture -c 1 -s main:640x480 -s second:320x240
	lacks "$stderr" stretched
}
