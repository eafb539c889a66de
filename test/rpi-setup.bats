# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture: cameras and what they can do; sensor, Unicam and ISP set from whatever state, and the
# script of a dry run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='imx219 0-0010'
driver='Unicam (Raspberry Pi kernel)'

setup() {
	lab_setup
	rpi_find
}

@test "list: sensors, and whose driver has them; as JSON, too" {
	run_tool rpi-capture --list
	printf '%s\t%s\tplatform:e0801000.csi\n' "$camera" "$driver" | cmp - "$stdout"
	run_tool rpi-capture --list --json
	equal "$(jq -r '"\(.record)|\(.camera)|\(.model)|\(.media)"' "$stdout")" \
		"camera|$camera|$driver|$unicam_media"
}

@test "info: streams with formats and sizes, modes of the sensor; as JSON, too" {
	run_tool rpi-capture --info "$camera"
	equal "$(sed -n 's/^  model   //p' "$stdout")" "$driver"
	contains "$stdout" "main: processed picture (bcm2835-isp0-capture1, $isp_main)"
	contains "$stdout" "second: a second processed picture, not larger than main (bcm2835-isp0-capture2, $isp_second)"
	contains "$stdout" "stats: what the ISP measures of each frame (bcm2835-isp0-capture3, $isp_stats)"
	contains "$stdout" "raw: what the sensor delivers, alone or with pictures (unicam-image, $unicam_image)"
	lacks "$stdout" embedded
	matches "$stdout" '^  NV12 +64x64 to 3280x2464 in steps of 2$'
	matches "$stdout" '^  pRAA \(SRGGB10_CSI2P\) +1640x1232$'
	matches "$stdout" '^  SRGGB8_1X8 +3280x2464$'
	run_tool rpi-capture --info --json "$camera"
	equal "$(jq -r '.streams[].stream' "$stdout" | paste -sd,)" main,second,stats,raw
	equal "$(formats 0)" YU12,YV12,NV12,NV21,YUYV,UYVY,YVYU,VYUY,RGB3,RGBP,BGR3,XR24,XB24
	equal "$(formats 1)" YU12,YV12,NV12,NV21,YUYV,UYVY,YVYU,VYUY
	equal "$(formats 2)" BSTA
	equal "$(jq -r '.streams[3].formats[] | "\(.fourcc)/\(.min_width)x\(.max_height)"' "$stdout" |
		paste -sd, | cut -d, -f1-4)" pRAA/640x480,RG10/640x480,RGGB/640x480,pRAA/1640x1232
	equal "$(jq '.modes | length' "$stdout")" 8
	[ ! -s "$stderr" ] || fail "said: $(cat "$stderr")"
}

# formats STREAM: of the last run's JSON
formats() {
	jq -r ".streams[$1].formats[].fourcc" "$stdout" | paste -sd,
}

@test "camera: by id, beginning, number and the nodes it has for itself" {
	local name
	for name in "$camera" imx219 1 "$unicam_sensor" "$unicam_image" "$unicam_media"; do
		run_tool rpi-capture --info "$name"
		equal "$(head -1 "$stdout")" "$camera" "camera for $name"
	done
	for name in imx708 2 "$isp_main" /dev/null; do
		run_tool -3 rpi-capture --info "$name"
	done
}

# settings: all that a run with pictures depends on
settings() {
	local node
	media-ctl -d "$unicam_media" --get-v4l2 "\"$camera\":0" | grep -o 'fmt:[^ ]*'
	v4l2-ctl -d "$unicam_image" --get-fmt-video
	v4l2-ctl -d "$isp_input" --get-fmt-video-out
	v4l2-ctl -d "$isp_input" --get-selection-output target=crop
	for node in "$isp_main" "$isp_second"; do
		v4l2-ctl -d "$node" --get-fmt-video
	done
	v4l2-ctl -d "$isp_stats" --get-fmt-meta
	v4l2-ctl -d "$unicam_sensor" -C horizontal_flip,vertical_flip,vertical_blanking,test_pattern
}

# scramble WAY: what others may leave behind
scramble() {
	case $1 in
	1) # another mode, unpacked; a wide line, a small part of it
		v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=1,vertical_flip=0,vertical_blanking=5000
		rpi_sensor SGRBG10_1X10 640x480
		shape "$unicam_image" BA10 640x480 9000
		shape "$isp_input" pRAA 3280x2464
		rpicheck try "$isp_input" crop 1000 1000 64 64
		shape "$isp_main" XR24 64x64
		shape "$isp_second" YUYV 4000x3000
		;;
	2) # grey, mirrored, a test pattern, and pictures larger than anything
		v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0,vertical_flip=1,test_pattern=2
		rpi_sensor SGBRG8_1X8 3280x2464
		shape "$unicam_image" GREY 16376x16376
		shape "$isp_input" YUYV 64x64
		shape "$isp_main" RGB3 16384x16384
		shape "$isp_second" YV12 64x64
		;;
	3) # what the ISP's controls are, too
		v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=1,vertical_flip=1,vertical_blanking=32
		v4l2-ctl -d "$isp_input" -c red_balance=65535,blue_balance=1,digital_gain=9999
		shape "$unicam_image" JPEG 16x16
		shape "$isp_input" RG12 4056x3040
		;;
	esac >/dev/null
	v4l2-ctl -d "$unicam_sensor" -c exposure=4,analogue_gain=232
}

@test "raw, pictures and statistics: after whatever others left behind, settings and frames are the same" {
	local way file
	for way in none 1 2 3; do
		[ $way = none ] || scramble $way
		settings >before
		run_tool rpi-capture -q --mode=1640x1232:10 -r -s main:1280x720 -s second:640x360:YU12 -s stats \
			--exposure=10ms --gain=2 --awb=1.5,1.5 -c 2 -F "$way-#.raw"
		settings >"settings-$way"
		[ $way = none ] || ! cmp -s before "settings-$way" || fail "$way changes nothing" || return
		cmp settings-none "settings-$way" || fail "$(diff settings-none "settings-$way")" || return
		run_tool rpicheck raw "$(sensor_record)" pRAA:2080 "$way-raw-000001.raw"
		for file in "$way"-*-000001.raw; do
			cmp "none${file#"$way"}" "$file" || fail "after $way" || return
		done
	done
	equal "$(ls ./none-*.raw | wc -l)" 8 'files of a run'
	matches settings-none '^Selection Video Output: crop, Left 0, Top 154, Width 1640, Height 922,'
	equal "$(grep -c 'Colorspace *: JPEG' settings-none)" 2 'pictures in full range'
	dmesg_clean
}

@test "main: every format, in the driver's strides; all show the same" {
	local format bytes
	while read -r format bytes; do
		run_tool rpi-capture -q --mode=1640x1232:10 -s "main:650x480:$format" --exposure=10ms --gain=2 \
			--awb=1.7,1.4 -c 1 -F x.raw --force
		equal "$(stat -c %s x.raw)" $((bytes * 480)) "bytes of $format"
		equal "$(jq -r .fourcc x.raw.json)" "$format"
		run_tool rpi-capture -q --mode=1640x1232:10 -s "main:650x480:$format" --exposure=10ms --gain=2 \
			--awb=1.7,1.4 -c 1 -F x.ppm --force
		[ -e first.ppm ] || cp x.ppm first.ppm
		alike first.ppm x.ppm || fail "$format" || return
	done <<-'EOT'
	XR24 2624
	XB24 2624
	RGB3 2016
	BGR3 2016
	RGBP 1312
	NV12 672*3/2
	NV21 672*3/2
	YU12 704*3/2
	YV12 704*3/2
	YUYV 1344
	UYVY 1344
	YVYU 1344
	VYUY 1344
	EOT
}

# alike ONE OTHER: pictures of 8 bits that show the same, but for what formats cost
alike() {
	python3 - "$@" <<-'EOT'
	import sys
	one, other = (open(name, "rb").read() for name in sys.argv[1:])
	print(one[:15], other[:15])
	assert one[:15] == other[:15]
	apart = [abs(a - b) for a, b in zip(one[15:], other[15:])]
	for colour in range(3):
	    mean = sum(apart[colour::3]) / len(apart) * 3
	    print(mean)
	    assert mean < 3, "colour %d differs by %.1f" % (colour, mean)
	EOT
}

@test "second: every format, alone and beside main" {
	local format bytes
	while read -r format bytes; do
		run_tool rpi-capture -q --mode=640x480:10 -s "second:328x246:$format" -c 1 -F x.raw --force
		equal "$(stat -c %s x.raw)" $((bytes * 246)) "bytes of $format"
		run_tool rpi-capture -q --mode=640x480:10 -s "second:328x246:$format" -s main:640x480:XR24 -c 1 \
			-F y.raw --force
		cmp x.raw y-second.raw || fail "$format is another one beside main"
		equal "$(stat -c %s y-main.raw)" $((640 * 480 * 4))
	done <<-'EOT'
	NV12 352*3/2
	NV21 352*3/2
	YU12 384*3/2
	YV12 384*3/2
	YUYV 704
	UYVY 704
	YVYU 704
	VYUY 704
	EOT
}

@test "raw: every byte in each mode and form, alone and beside a picture, whose frames it is" {
	local format size stride
	while read -r format size stride; do
		run_tool rpi-capture -q -s "raw:$size:$format" -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record)" "$format:$stride" x.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of $format $size"
		equal "$(jq -r '"\(.fourcc) \(.stride)"' x.raw.json)" "$format $stride"
		run_tool rpi-capture -q -s "raw:$size:$format" -s main:640x480 -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record)" "$format:$stride" x-raw.raw
		run_tool scenecheck numbers "$(sensor_record)" "NV12:640x480:$(view)" x-main.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of the picture of $format $size"
		equal "$(v4l2-ctl -d "$isp_input" --get-fmt-video-out | awk '/Bytes per/ { print $5 }')" "$stride"
	done <<-'EOT'
	pRAA 640x480 800
	RG10 640x480 1280
	RGGB 640x480 640
	pRAA 1640x1232 2080
	RG10 1640x1232 3296
	RGGB 1640x1232 1664
	pRAA 1920x1080 2400
	RGGB 1920x1080 1920
	pRAA 3280x2464 4128
	RG10 3280x2464 6560
	EOT
	dmesg_clean
}

# view: the ISP's crop, as X,Y,WxH
view() {
	v4l2-ctl -d "$isp_input" --get-selection-output target=crop |
		sed 's/.*Left \([0-9]*\), Top \([0-9]*\), Width \([0-9]*\), Height \([0-9]*\),.*/\1,\2,\3x\4/'
}

@test "crop: the middle, of main's shape; --zoom; second shows the same" {
	local options wanted picture
	while IFS='|' read -r options wanted; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q --mode=1640x1232:10 $options -c 2 -F x.raw --force
		equal "$(view)" "$wanted" "crop of $options"
		for picture in ${options//-[sz]/}; do
			case $picture in
			main:*) run_tool scenecheck numbers "$(sensor_record)" "NV12:${picture#*:}:$wanted" x-main.raw ;;
			second:*) run_tool scenecheck numbers "$(sensor_record)" "NV12:${picture#*:}:$wanted" x-second.raw ;;
			second)
				equal "$(stat -c %s x-second.raw)" "$(stat -c %s x-main.raw)"
				continue
				;;
			*) continue ;;
			esac
			equal "$(paste -sd, "$stdout")" 0,1 "numbers in $picture of $options"
		done
	done <<-'EOT'
	-s main:640x480 -s second:320x240|0,0,1640x1230
	-s main:1280x720 -s second:640x360|0,154,1640x922
	-s main:1280x720 -s second:640x360 --zoom=1.25|164,248,1312x736
	-s main:480x640 -s second|358,0,924x1232
	-s main:640x480 -s second:640x480 --zoom=2|410,308,820x614
	EOT
}

@test "flips: Bayer order of raw, of the ISP and of the side-car; pictures are mirrored" {
	local flips fourcc order
	while read -r fourcc order flips; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q -r --mode=640x480:10 -s main:640x480:XR24 $flips --awb=1.5,1 \
			-c 2 -F x.raw --force
		equal "$(jq -r '.fourcc + " " + .bayer_order' x-raw.raw.json)" "$fourcc $order"
		run_tool rpicheck raw "$(sensor_record)" "$fourcc:800" x-raw.raw
		run_tool scenecheck numbers "$(sensor_record)" XR24:640x480 x-main.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers with '$flips'"
		matches <(v4l2-ctl -d "$isp_input" --get-fmt-video-out) "'$fourcc'"
		matches <(tail -n 1 "$(sensor_record)") " flip $(flags "$flips") "
		# The whole picture has the same colours, in all of its orders.
		scenecheck mean XR24:640x480 x-main.raw 1 0,0,640x480 >average
		[ -e colours ] || cp average colours
		# shellcheck disable=SC2046 # three numbers
		close_to "$(awk '{ print int($1), int($2), int($3) }' colours)" $(<average) || return
	done <<-'EOT'
	pRAA RGGB
	pgAA GRBG --hflip
	pGAA GBRG --vflip
	pBAA BGGR --hflip --vflip
	EOT
	run_tool rpi-capture -q --mode=640x480:10 -s main:640x480 -c 1
	matches <(tail -n 1 "$(sensor_record)") ' flip 0 0 '
}

flags() {
	local h=0 v=0
	[[ $1 != *--hflip* ]] || h=1
	[[ $1 != *--vflip* ]] || v=1
	echo $h $v
}

@test "mode: the smallest that covers all pictures at the rate; --mode takes another" {
	local options mode
	while IFS='|' read -r options mode; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q -c 1 $options || fail "$options" || return
		equal "$(settings | head -1)" "fmt:SRGGB$mode" "mode for $options" || return
	done <<-'EOT'
	-s 640x480|10_1X10/640x480
	-s second:320x240@60|10_1X10/640x480
	-s 642x480|10_1X10/1640x1232
	-s 640x480 -s second|10_1X10/640x480
	-s second|10_1X10/1640x1232
	-s 320x240 --zoom=3|10_1X10/1640x1232
	-s 1600x1064@45|10_1X10/1920x1080
	-s stats|10_1X10/640x480
	-s stats --mode=1920x1080|10_1X10/1920x1080
	-s stats --mode=1920x1080:8|8_1X8/1920x1080
	-r --mode=1640x1232:8|8_1X8/1640x1232
	-s raw:1920x1080 -s 320x240|10_1X10/1920x1080
	-s raw:1920x1080:RGGB -s 320x240|8_1X8/1920x1080
	-s raw:SRGGB8_1X8 -s 320x240|8_1X8/3280x2464
	-s raw -s 320x240|10_1X10/3280x2464
	-s raw@30 -s 320x240|10_1X10/1920x1080
	EOT
}

@test "rate: by the blanking, from whatever blanking others left" {
	local options wanted
	while read -r options wanted; do
		v4l2-ctl -d "$unicam_sensor" -c vertical_blanking=3000
		run_tool rpi-capture -q --mode=640x480:10 -s "$options" --report=report -c 8
		awk -v wanted="$wanted" '{ hz = 182400000 / ($13 * $15) }
			END { exit !(hz > wanted * 0.999 && hz < wanted * 1.001) }' "$(sensor_record)" ||
			fail "$options: $(tail -n 1 "$(sensor_record)")" || return
		# What the timestamps say; a busy machine is late with some.
		jq -r 'select(.record == "frame") | "\(.sequence) \(.timestamp_ns)"' report |
			awk 'NR > 1 { print ($1 - n) * 1e9 / ($2 - t) } { n = $1; t = $2 }' | sort -n |
			awk -v wanted="$wanted" 'NR == 4 { exit !($1 > wanted * 0.9 && $1 < wanted * 1.1) }' ||
			fail "$options is not measured: $(cat report)" || return
		rm report
	done <<-'EOT'
	raw@60 60
	main:320x240@24 24
	second:320x240@30000/1001 29.97
	stats 30.006
	EOT
}

# A script with pictures sets all up but for feeding the ISP, which it says; what it says of raw runs.
@test "dry run: touches nothing; its script sets all that the tool does, from whatever was there" {
	local options
	while read -r -a options; do
		lab_reload rpi
		rpi_find
		scramble 1
		settings >fresh
		run_tool rpi-capture --dry-run "${options[@]}"
		cp "$stdout" script
		settings | cmp - fresh || fail "${options[*]} touches something" || return
		run_tool sh -e script
		settings >scripted
		if grep -q '^# then: ' script; then
			sed -n 's/^# then: \(.*\)--stream-count.*/\1 --stream-count=2 --stream-to=x.raw/p' script >capture
			run_tool sh -e capture
			[ -s x.raw ] || fail "${options[*]}: no frames" || return
			rm x.raw
		fi
		run_tool rpi-capture -q -c 2 "${options[@]}"
		settings >real
		cmp scripted real || fail "${options[*]}: $(diff scripted real)" || return
	done <<-'EOT'
	--mode=640x480:10 -s main:600x400 -s second:320x240 -s raw@60 --hflip
	-s main:800x600:XR24 --zoom=1.25 -s stats
	-r --mode=640x480:8 --hflip --vflip
	-s raw:RG10
	EOT
}

@test "dry run: what of it no command can do" {
	run_tool rpi-capture --dry-run --mode=1640x1232:10 -r -s main:1280x720 -s second:640x360 -s stats
	contains "$stdout" "# main: bcm2835-isp0-capture1 gives it while its input is fed with raw frames, which v4l2-ctl can't"
	contains "$stdout" '# second: bcm2835-isp0-capture2 gives it while'
	contains "$stdout" '# stats: bcm2835-isp0-capture3 gives it while'
	equal "$(grep -c '^# then: v4l2-ctl .*unicam-image' "$stdout")" 1
}
