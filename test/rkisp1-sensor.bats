# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: modes, rates and flips of the sensor, crops, and the script of a dry run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load ctest/ctest

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010'

@test "mode: the smallest that covers all pictures at the rate; --mode takes another" {
	local options mode
	while IFS='|' read -r options mode; do
		# shellcheck disable=SC2086 # words
		run_tool rkisp1-capture -q -c 1 $options
		expect_format "$camera" 0 "$mode" || fail "$options" || return
	done <<-'EOT'
	-s 640x480|SRGGB10_1X10/640x480
	-s 640x480@60|SRGGB10_1X10/640x480
	-s 642x480|SRGGB10_1X10/1640x1232
	-s 1280x720|SRGGB10_1X10/1640x1232
	-s 1600x1080@40|SRGGB10_1X10/1640x1232
	-s 1600x1080@45|SRGGB10_1X10/1920x1080
	-s 320x240 -s self:1800x900|SRGGB10_1X10/1920x1080
	-s 1640x1234|SRGGB10_1X10/3280x2464
	-s 320x240 --mode=3280x2464|SRGGB10_1X10/3280x2464
	-s 320x240 --mode=1640x1232:8|SRGGB8_1X8/1640x1232
	-r --mode=640x480:8|SRGGB8_1X8/640x480
	-s raw:1920x1080:SRGGB8|SRGGB8_1X8/1920x1080
	-s raw@30|SRGGB10_1X10/1920x1080
	-r|SRGGB10_1X10/3280x2464
	EOT
}

@test "rate: by the blanking, within 1 %, from whatever blanking others left" {
	local size rate
	while read -r size rate wanted; do
		rkisp1_find
		v4l2-ctl -d "$rkisp1_sensor" -c vertical_blanking=3000
		run_tool rkisp1-capture -q -s "main:$size${rate#-}" --report=report -c "${wanted%.*}"
		# By the sensor's clock, and by what timestamps say; a busy machine may be late.
		awk -v wanted="$wanted" '{ hz = 182400000 / ($13 * $15) }
			END { exit !(hz > wanted * 0.999 && hz < wanted * 1.001) }' "$(sensor_record)" ||
			fail "$size$rate: $(tail -n 1 "$(sensor_record)")" || return
		jq -r 'select(.record == "frame") | "\(.sequence) \(.timestamp_ns)"' report |
			awk 'NR > 1 { print ($1 - n) * 1e9 / ($2 - t) } { n = $1; t = $2 }' | sort -n |
			awk -v wanted="$wanted" '{ hz[NR] = $1 } END { middle = hz[int((NR + 1) / 2)]
				print middle
				exit !(middle > wanted * 0.99 && middle < wanted * 1.01) }' ||
			fail "$size$rate is not measured" || return
		rm report
	done <<-'EOT'
	640x480 @60 60
	640x480 @90 90
	1280x720 @24 24
	640x480 @30000/1001 29.97
	640x480 @7.5 7.5
	1640x1232 - 30.006
	EOT
}

# lines FILE [REVERSE]: of a GREY picture, each as text, perhaps from right to left
lines() {
	od -An -v -tu1 -w640 "$1" | awk -v reverse="${2:-0}" '{
		line = ""
		for (i = 1; i <= NF; i++)
			line = line " " $(reverse ? NF + 1 - i : i)
		print line
	}'
}

@test "flips: the picture is mirrored, and no longer once nobody asks" {
	local options=(-q --ae=off --awb=off --mode=640x480:10 -s 640x480:GREY -c 1)
	run_tool rkisp1-capture "${options[@]}" -F plain.raw
	run_tool rkisp1-capture "${options[@]}" --hflip -F h.raw
	expect_format "$camera" 0 SGRBG10_1X10/640x480
	run_tool rkisp1-capture "${options[@]}" --vflip -F v.raw
	expect_format "$camera" 0 SGBRG10_1X10/640x480
	run_tool rkisp1-capture "${options[@]}" --vflip --hflip -F both.raw
	expect_format "$camera" 0 SBGGR10_1X10/640x480
	run_tool rkisp1-capture "${options[@]}" -F again.raw
	expect_format "$camera" 0 SRGGB10_1X10/640x480
	cmp plain.raw again.raw
	! cmp -s plain.raw h.raw || fail 'nothing was mirrored'
	! cmp -s plain.raw v.raw || fail 'nothing was turned'
	lines plain.raw 1 >mirrored
	lines h.raw | cmp - mirrored || fail '--hflip'
	lines plain.raw | tac | cmp - <(lines v.raw) || fail '--vflip'
	tac mirrored | cmp - <(lines both.raw) || fail 'both'
}

@test "flips of raw: format, side-car and bytes have the Bayer order they cause" {
	local flips fourcc order
	while read -r fourcc order flips; do
		# shellcheck disable=SC2086 # words
		run_tool rkisp1-capture -q -r --mode=640x480:10 $flips -c 2 -F "$order-#.raw" \
			--force
		equal "$(jq -r '.fourcc + " " + .bayer_order' "$order-000000.raw.json")" \
			"$fourcc $order" "what the side-car says with $flips"
		run_tool scenecheck raw "$(sensor_record)" 10 "$order-000001.raw"
		equal "$(sed -n '$s/.* flip \([01] [01]\) .*/\1/p' "$(sensor_record)")" \
			"$(flags "$flips")" 'flips of the sensor'
	done <<-'EOT'
	RG10 RGGB
	BA10 GRBG --hflip
	GB10 GBRG --vflip
	BG10 BGGR --hflip --vflip
	RG10 RGGB
	EOT
}

flags() {
	local h=0 v=0
	[[ $1 != *--hflip* ]] || h=1
	[[ $1 != *--vflip* ]] || v=1
	echo $h $v
}

@test "view: a mode's part of the full picture, as the sensor's selections tell it" {
	ctest sensor view
}

@test "crops: other shapes have the middle, --zoom a part of that" {
	local size zoom view
	while read -r size zoom view; do
		run_tool rkisp1-capture -q --mode=1640x1232 -s "main:$size:GREY" --zoom="$zoom" \
			-c 2 -F x.raw --force
		[[ $(pad_format rkisp1_resizer_mainpath 0) == *" crop:${view%% *}"* ]] ||
			fail "$size $zoom: $(pad_format rkisp1_resizer_mainpath 0)" || return
		expect_format rkisp1_resizer_mainpath 1 "YUYV8_2X8/$size"
		run_tool scenecheck numbers "$(sensor_record)" \
			"GREY:$size:$(tr -d '()' <<<"${view/)\//,}")" x.raw
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "numbers with $size $zoom"
	done <<-'EOT'
	820x616 1 (0,0)/1640x1232
	1000x200 1 (0,452)/1640x328
	600x600 1 (204,0)/1232x1232
	800x600 2 (410,308)/820x614
	1000x200 2 (410,534)/820x164
	600x600 1.5 (410,206)/820x820
	1640x1232 1.25 (164,124)/1312x984
	EOT
}

@test "controls of the sensor that are not set here anyway: -C sets them" {
	run_tool rkisp1-capture -q -r --mode=640x480:10 -C test_pattern=2 -c 2 -F x.raw
	run_tool scenecheck raw "$(sensor_record)" 10 x.raw
	matches <(tail -n 1 "$(sensor_record)") ' pattern [1-9]'
	# Left on, it is no picture of what the camera sees.
	equal "$(v4l2-ctl -d "$(node_named "$camera")" -C test_pattern)" 'test_pattern: 2 (Solid Color)'
	run_tool rkisp1-capture -q -r --mode=640x480:10 -c 1
	matches <(tail -n 1 "$(sensor_record)") ' pattern 0'
}

# state: all of the graph, the nodes, and what the sensor is told of flips and blanking
state() {
	rkisp1_find
	media -p
	v4l2-ctl -d "$rkisp1_main" --get-fmt-video
	v4l2-ctl -d "$rkisp1_self" --get-fmt-video
	v4l2-ctl -d "$rkisp1_sensor" -C horizontal_flip,vertical_flip,vertical_blanking
}

@test "dry run: touches nothing; its script sets all that the tool does" {
	local options
	while read -r -a options; do
		lab_reload rkisp1
		state >fresh
		run_tool rkisp1-capture --dry-run "${options[@]}"
		cp "$stdout" script
		state | cmp - fresh || fail "${options[*]} touches something" || return
		run_tool sh -e script
		state >scripted
		sed -n 's/^# then: \(.*\)--stream-count.*/\1 --stream-count=2 --stream-to=x.raw/p' script >capture
		run_tool sh -e capture
		[ -s x.raw ] || fail "${options[*]}: no frames" || return
		rm x.raw
		lab_reload rkisp1
		run_tool rkisp1-capture -q -c 2 "${options[@]}"
		state >real
		cmp scripted real || fail "${options[*]}: $(diff scripted real)" || return
	done <<-'EOT'
	-s main:1280x720 -s self:640x480:XR24
	-s main:640x480@60 --hflip
	-s main:800x600 --zoom=2
	-s self:320x240:NM16@12.5 --vflip
	-r --mode=1640x1232:10 --hflip --vflip
	-s raw:640x480:SRGGB8@30000/1001
	EOT
}
