# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: what is refused, before anything is touched, and what --adjust takes instead.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

camera='imx219 0-0010'
grey='ov7251 2-0060'

# state: both graphs, the CIO2's nodes, and what the sensors are told
state() {
	local name
	MEDIA_DRIVER=ipu3-cio2 media -p
	MEDIA_DRIVER=ipu3-imgu media -p
	for name in "$camera" "$grey"; do
		v4l2-ctl -d "$(node_named "$name")" -l
	done
	for name in 0 2; do
		v4l2-ctl -d "$(node_named "ipu3-cio2 $name")" --get-fmt-video
	done
}

# refuses OPTIONS TEXT: with status 6, in so many words; all is as it was in the file before
refuses() {
	local words
	# shellcheck disable=SC2086 # words
	run_tool -6 ipu3-capture -c 1 $1 || fail "$1" || return
	contains "$stderr" "ipu3-capture: $2" || fail "$1" || return
	words=$(grep -vc 'taking the first camera' "$stderr")
	equal "$words" 1 "lines about $1"
}

@test "what cannot be is refused with status 6, naming the nearest; nothing is touched" {
	local options text number=0
	state >before
	while IFS='|' read -r options text; do
		refuses "$options" "$text"
		[ $((number++ % 8)) -ne 7 ] || state | cmp - before || fail "$options" || return
	done <<-'EOT'
	-s main:640x480:XR24|main: XR24 (XRGB8888) is not possible, the nearest is NV12 (--adjust takes it)
	-s viewfinder:640x480:NV21|viewfinder: NV21 is not possible, the nearest is NV12
	-s 641x480|main 641x480: the width must be a multiple of 2 and the height one of 2; possible is main 642x480 (--adjust takes it)
	-s viewfinder:641x480|viewfinder 641x480: the width must be a multiple of 2 and the height one of 2; possible is viewfinder 642x480
	-s 16x16|main 16x16: the ImgU makes pictures of 32x32 to 4216x3128; possible is main 32x32
	-s 5000x1000|main 5000x1000: the ImgU makes pictures of 32x32 to 4216x3128; possible is main 3264x1000
	-s 3280x2464|main 3280x2464 needs an input of at least 3290x2472, the sensor's mode is 3280x2464; possible is main 3264x2456
	-s 640x480 --mode=640x480|main 640x480 needs an input of at least 650x488, the sensor's mode is 640x480; possible is main 624x472
	-s viewfinder:1920x1080 --mode=1920x1080|viewfinder 1920x1080 needs an input of at least 1930x1088, the sensor's mode is 1920x1080; possible is viewfinder 1904x1072
	-s 642x480 -s viewfinder:320x240|main 642x480: the width must be a multiple of 8 and the height one of 4; possible is main 640x480, viewfinder 320x240
	-s 640x480 -s viewfinder:1282x720|viewfinder 1282x720: the width must be a multiple of 8 and the height one of 4; possible is main 640x480, viewfinder 1280x720
	-s 640x480 -s viewfinder:321x240|viewfinder 321x240: the width must be a multiple of 2 and the height one of 2; possible is main 640x480, viewfinder 322x240
	-s 1280x720 -s viewfinder:60x40|viewfinder 60x40 is too small beside the other picture, the least is 108x60; possible is main 1280x720, viewfinder 108x60
	-s 1280x720 --zoom=9|in the sensor's mode 3280x2464 zoom can be at most 2.546 here, not 9.000 (--adjust takes that)
	-s 600x400 --mode=640x480 --zoom=2|in the sensor's mode 640x480 zoom can be at most 1.052 here, not 2.000
	--mode=800x600|--mode: 800x600 is not possible, the nearest is 1640x1232:10 (--adjust takes it)
	--mode=640x480:8 -s 320x240|--mode: 640x480:8 is not possible, the nearest is 640x480:10
	--mode=640x480:12 -s 320x240|--mode: 640x480:12 is not possible, the nearest is 640x480:10
	-s raw:800x600|raw: ip3r (SRGGB10_IPU3) 800x600 is not possible, the nearest is ip3r (SRGGB10_IPU3) 1640x1232 (--adjust takes it)
	-s raw:640x480:ip3b|raw: ip3b (SBGGR10_IPU3) 640x480 is not possible, the nearest is ip3r (SRGGB10_IPU3) 640x480
	-s raw:640x480:RG10|raw: RG10 (SRGGB10) 640x480 is not possible, the nearest is ip3r (SRGGB10_IPU3) 640x480
	-s raw:640x480:SRGGB8|raw: RGGB (SRGGB8) 640x480 is not possible, the nearest is ip3r (SRGGB10_IPU3) 640x480
	--mode=640x480 -s raw:1640x1232|raw: ip3r (SRGGB10_IPU3) 1640x1232 is not possible, the nearest is ip3r (SRGGB10_IPU3) 640x480
	-s main -s raw:640x480|main 1280x720 needs an input of at least 1290x728, the sensor's mode is 640x480; possible is main 624x472
	-s stats:640x480|stats and params have neither size nor rate: they come with each frame of the sensor
	-s params@30|stats and params have neither size nor rate
	-s main@30 -s viewfinder@15|all streams have the rate of the one sensor, so only one can be asked for
	-r --zoom=2|--zoom: raw is all of the sensor's frame, nothing crops it
	-r --settle|raw alone is not measured: --settle, --flicker and --awb have no effect without a picture beside it
	-r --flicker=50|raw alone is not measured
	-r --awb=off|raw alone is not measured
	-r --awb=2,1 -F x.raw|raw alone is not measured
	-r --awb=2,1 -F x.png --develop=off|raw alone is not measured
	-s 320x240 --awb=10,1|--awb: 10,1 is not possible, the nearest is 9 times the weakest of the three colours
	-s 640x480@1000|the sensor: 1000 fps is not possible, the nearest is 41.85 fps (--adjust takes it)
	-s main:3200x2400@30|the sensor: 30 fps is not possible, the nearest is 21.19 fps
	-r --mode=800x600|--mode: 800x600 is not possible, the nearest is 1640x1232:10
	-r --mode=640x480:12 -s 320x240|--mode: 640x480:12 is not possible, the nearest is 640x480:10
	-s raw@30 --mode=3280x2464|the sensor: 30 fps is not possible, the nearest is 21.19 fps
	-s raw:640x480@1/10|the sensor: 0.1 fps is not possible, the nearest is 0.8
	-r --mode=640x480 --gain=100|--gain: 100 is not possible, the nearest is 10.67
	-s 320x240@30 --exposure=40ms|--exposure: 40ms is not possible, the nearest is 33.3ms
	-C exposure=100|--control: exposure is set by --exposure here
	-C analogue_gain=1|--control: analogue_gain is set by --gain here
	-C vertical_blanking=1000|--control: vertical_blanking is set by the rate of --stream here
	EOT
	state | cmp - before
}

@test "a sensor that sees no colours: pictures are refused, raw has its limits" {
	local options text
	state >before
	while IFS='|' read -r options text; do
		refuses "$options ov7251" "$text"
	done <<-'EOT'
	-s main|only raw can be had: the sensor sees no colours, and the ImgU takes nothing else
	-r -s 320x240|only raw can be had: the sensor sees no colours, and the ImgU takes nothing else
	-s viewfinder:320x240|only raw can be had: the sensor sees no colours
	-s stats|only raw can be had: the sensor sees no colours
	-r -s params|only raw can be had: the sensor sees no colours
	-s raw:320x240|raw: ip3y (R10_IPU3) 320x240 is not possible, the nearest is ip3y (R10_IPU3) 640x480 (--adjust takes it)
	-s raw:640x480:ip3r|raw: ip3r (SRGGB10_IPU3) 640x480 is not possible, the nearest is ip3y (R10_IPU3) 640x480
	-r --mode=640x480:8|--mode: 640x480:8 is not possible, the nearest is 640x480:10
	-r --gain=100|--gain: 100 is not possible, the nearest is 63.94
	-r -C gain=32|--control: gain is set by --gain here
	EOT
	run_tool -6 ipu3-capture -c 1 "$grey"
	contains "$stderr" 'only raw can be had: the sensor sees no colours'
	state | cmp - before
}

@test "adjust: takes the nearest and says so" {
	local options bytes text
	while IFS='|' read -r options bytes text; do
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture --adjust -c 1 -F x.raw --force $options || fail "$options" || return
		contains "$stderr" "ipu3-capture: $text"
		equal "$(stat -c %s x.raw)" $((bytes)) "bytes with $options"
	done <<-'EOT'
	-s main:641x481@30|704 * 482 * 3 / 2|main 641x481: the width must be a multiple of 2 and the height one of 2: taking main 642x482
	-s main:320x240:XR24|320 * 240 * 3 / 2|main: XR24 (XRGB8888) is not possible, taking NV12
	-s main:640x480 --mode=640x480|640 * 472 * 3 / 2|main 640x480 needs an input of at least 650x488, the sensor's mode is 640x480: taking main 624x472
	-s main:600x400 --mode=640x480 --zoom=2|640 * 400 * 3 / 2|in the sensor's mode 640x480 zoom can be at most 1.052 here, not 2.000: taking that
	-s raw:600x400:BG12|832 * 480|raw: BG12 (SBGGR12) 600x400 is not possible, taking ip3r (SRGGB10_IPU3) 640x480
	--mode=600x400 -s main:320x240|320 * 240 * 3 / 2|--mode: 600x400 is not possible, taking 640x480:10
	-s main:320x240@1000|320 * 240 * 3 / 2|the sensor: 1000 fps is not possible, taking 103.3 fps
	-s raw:100x100 ov7251|832 * 480|raw: ip3y (R10_IPU3) 100x100 is not possible, taking ip3y (R10_IPU3) 640x480
	EOT
}

@test "adjust: of two pictures, each takes its nearest" {
	run_tool ipu3-capture --adjust -c 1 -F x.raw --mode=640x480:10 -s 613x401 -s viewfinder:31x480
	contains "$stderr" 'taking main 616x400, viewfinder 32x472'
	equal "$(stat -c %s x-main.raw)" $((640 * 400 * 3 / 2))
	equal "$(stat -c %s x-viewfinder.raw)" $((64 * 472 * 3 / 2))
}
