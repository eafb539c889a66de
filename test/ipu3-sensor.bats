# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: modes, rates, flips, exposure and gain of the sensors, the bytes of raw frames, pictures
# made of them, and the script of a dry run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=ipu3-cio2
camera='imx219 0-0010'
second='imx219 1-0010'
grey='ov7251 2-0060'

@test "mode: the smallest that covers all pictures at the rate; --mode takes another" {
	local options mode
	while IFS='|' read -r options mode; do
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture -q -c 1 $options || fail "$options" || return
		expect_format "$camera" 0 "SRGGB10_1X10/$mode" || fail "$options" || return
		expect_format 'ipu3-csi2 0' 0 "SRGGB10_1X10/$mode" || fail "$options" || return
	done <<-'EOT'
	-s 624x472|640x480
	-s viewfinder:320x240@60|640x480
	-s 626x472|1640x1232
	-s 626x472 -s viewfinder:1904x1072|1920x1080
	-s 1600x1064@45|1920x1080
	-s 320x240 --zoom=3|1640x1232
	-s stats|640x480
	-s params -s 320x240 --mode=1920x1080|1920x1080
	-r --mode=1640x1232:10|1640x1232
	-s raw:1920x1080 -s 320x240|1920x1080
	-s raw -s 320x240|3280x2464
	-s raw@30 -s 320x240|1920x1080
	EOT
}

@test "rate: by the blanking, from whatever blanking others left" {
	local options wanted
	while read -r options wanted; do
		v4l2-ctl -d "$(node_named "$camera")" -c vertical_blanking=3000
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture -q --mode=640x480:10 -s "$options" --report=report -c 4
		awk -v wanted="$wanted" '{ hz = 182400000 / ($13 * $15) }
			END { exit !(hz > wanted * 0.999 && hz < wanted * 1.001) }' "$(sensor_record)" ||
			fail "$options: $(tail -n 1 "$(sensor_record)")" || return
		# What the timestamps say; a busy machine may be late with one.
		jq -r 'select(.record == "frame") | "\(.sequence) \(.timestamp_ns)"' report |
			awk 'NR > 1 { print ($1 - n) * 1e9 / ($2 - t) } { n = $1; t = $2 }' | sort -n |
			awk -v wanted="$wanted" 'NR == 2 { exit !($1 > wanted * 0.97 && $1 < wanted * 1.03) }' ||
			fail "$options is not measured: $(cat report)" || return
		rm report
	done <<-'EOT'
	raw@60 60
	main:320x240@24 24
	raw@30000/1001 29.97
	stats 30.006
	EOT
}

@test "raw: every byte of every frame in each mode; numbers are the sequences" {
	local mode
	for mode in 640x480:10 1640x1232 1920x1080 3280x2464; do
		run_tool ipu3-capture -q -r --mode=$mode -c 3 -F frames.raw --force --report=report
		run_tool scenecheck raw "$(sensor_record)" ip3 frames.raw
		jq -r 'select(.record == "frame") | .sequence' report | cmp - "$stdout"
		equal "$(wc -l <"$stdout")" 3 "frames of $mode"
	done
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 2 -F second.raw "$second"
	run_tool scenecheck raw "$(sensor_record imx219-second)" ip3 second.raw
	dmesg_clean
}

@test "raw: exposure and gain are the sensor's, in each file and in its side-car" {
	local file number
	run_tool ipu3-capture -q -r --mode=640x480:10 --exposure=5ms --gain=2 -c 3 --skip=2 \
		-F 'frame-#.raw'
	for file in frame-*.raw; do
		number=${file#frame-}
		number=${number%.raw}
		run_tool scenecheck raw "$(sensor_record)" ip3 "$file"
		equal "$(cat "$stdout")" $((10#$number)) "number in $file"
		equal "$(jq -r '.frames[0].sequence // .sequence' "$file.json")" $((10#$number)) "number beside $file"
	done
	jq -r '"\(.width) \(.height) \(.stride) \(.fourcc) \(.format) \(.bayer_order) \(.bits) \(.packing) \(.black_level)"' \
		"$file.json" >said
	equal "$(cat said)" '640 480 832 ip3r SRGGB10_IPU3 RGGB 10 ipu3 64'
	jq -r '.. | objects | select(has("gain")) | "\(.gain) \(.exposure_ns)"' "$file.json" >said
	equal "$(cat said)" '2 4990526'
	matches <(tail -n 1 "$(sensor_record)") ' exposure 264 .* analogue 128 digital 256 '
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 1 -F plain.raw
	matches <(tail -n 1 "$(sensor_record)") ' exposure 529 .* analogue 0 digital 256 '
	! cmp -s plain.raw "$file" || fail 'exposure changes nothing'
}

@test "flips of raw: format, side-car and bytes have the Bayer order they cause" {
	local flips fourcc order number
	while read -r fourcc order flips; do
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture -q -r --mode=640x480:10 $flips -c 2 -F x.raw --force
		equal "$(jq -r '.fourcc + " " + .bayer_order' x.raw.json)" "$fourcc $order" \
			"what the side-car says with '$flips'"
		run_tool scenecheck raw "$(sensor_record)" ip3 x.raw
		matches <(tail -n 1 "$(sensor_record)") " flip $(flags "$flips") "
		# The ImgU is told the same order, else colours would be wrong.
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture -v -s 320x240 --mode=640x480:10 $flips -c 1
		contains "$stderr" "ipu3-imgu 0 input ($(node_named 'ipu3-imgu 0 input')): $fourcc "
	done <<-'EOT'
	ip3r RGGB
	ip3G GRBG --hflip
	ip3g GBRG --vflip
	ip3b BGGR --hflip --vflip
	EOT
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 1
	matches <(tail -n 1 "$(sensor_record)") ' flip 0 0 '
}

flags() {
	local h=0 v=0
	[[ $1 != *--hflip* ]] || h=1
	[[ $1 != *--vflip* ]] || v=1
	echo $h $v
}

# samples FILE: the first 640 of a PNM file
samples() {
	local skip
	skip=$(head -n 3 "$1" | wc -c)
	tail -c +$((skip + 1)) "$1" | head -c 1280 | od -An -v -tu1 -w2 | awk '{ print $1 * 256 + $2 }'
}

# unpacked FILE: the first line of raw, 25 samples in 32 bytes, as 16 bits
unpacked() {
	head -c 832 "$1" | od -An -v -tu1 -w32 | awk '{
		bits = 0
		have = 0
		n = 0
		for (i = 1; i <= 32; i++) {
			bits += $i * 2 ^ have
			have += 8
			while (have >= 10 && n < 25) {
				sample = bits % 1024
				print sample * 64 + int(sample / 16)
				bits = int(bits / 1024)
				have -= 10
				n++
			}
		}
	}' | head -n 640
}

@test "grey: raw of ten bits in the middle of the light, by its own gain and exposure" {
	run_tool ipu3-capture -q -r --exposure=5ms --gain=2 -c 3 -F x.raw "$grey"
	run_tool scenecheck raw "$(sensor_record ov7251)" ip3 x.raw
	matches <(tail -n 1 "$(sensor_record ov7251)") ' exposure 258 .* digital 512 .* mono 1'
	jq -r '"\(.width) \(.height) \(.stride) \(.fourcc) \(.bayer_order) \(.bits) \(.packing) \(.black_level)"' \
		x.raw.json >said
	equal "$(cat said)" '640 480 832 ip3y null 10 ipu3 16'
	equal "$(jq -r '.frames[2].gain' x.raw.json)" 2
	run_tool ipu3-capture -q -r -c 1 -F y.raw "$grey"
	matches <(tail -n 1 "$(sensor_record ov7251)") ' exposure 517 .* digital 256 '
	dmesg_clean
}

@test "grey: .pgm and .png have all ten bits of the samples" {
	run_tool ipu3-capture -q -r -c 1 -F x.raw "$grey"
	run_tool ipu3-capture -q -r --develop=off -c 1 -F x.pgm "$grey"
	equal "$(head -n 3 x.pgm | xargs)" 'P5 640 480 65535'
	equal "$(stat -c %s x.pgm)" $((17 + 640 * 480 * 2))
	samples x.pgm >got
	unpacked x.raw >wanted
	# Frame numbers are in another part of the picture.
	cmp got wanted || fail "$(diff got wanted | head -5)"
	[ "$(sort -u got | wc -l)" -gt 3 ] || fail 'nothing was compared'
	run_tool ipu3-capture -q -r --develop=off -c 1 -F x.png "$grey"
	pngtopnm x.png >again.pgm # ten bits, as the file says
	equal "$(head -n 3 again.pgm | xargs)" 'P5 640 480 1023'
	samples again.pgm | awk '{ print $1 * 64 + int($1 / 16) }' | cmp - wanted
}

@test "raw as a picture: colours are those of the light" {
	local red green blue
	scene_light tungsten
	run_tool ipu3-capture -q -r --mode=640x480:10 --exposure=10ms --develop=off -c 1 -F x.ppm
	equal "$(head -n 3 x.ppm | xargs | cut -c1-13)" 'P6 640 480 65'
	read -r red green blue < <(ppm_mean x.ppm)
	[ "$red" -gt "$((blue * 4 / 3))" ] || fail "mean is $red $green $blue in red light"
	scene_light neutral
	run_tool ipu3-capture -q -r --mode=640x480:10 --exposure=10ms --hflip --develop=off -c 1 -F y.ppm
	read -r red green blue < <(ppm_mean y.ppm)
	[ $((red * 10)) -gt $((green * 9)) ] && [ $((red * 10)) -lt $((green * 11)) ] &&
		[ $((blue * 10)) -gt $((green * 9)) ] && [ $((blue * 10)) -lt $((green * 11)) ] ||
		fail "mean is $red $green $blue in white light"
	run_tool ipu3-capture -q -r --mode=640x480:10 --exposure=10ms --hflip --develop=off -c 1 -F y.png
	pngtopnm y.png >again.ppm
	samples again.ppm | awk '{ print $1 * 64 + int($1 / 16) }' | cmp - <(samples y.ppm)
	run_tool -6 ipu3-capture -q -r --mode=640x480:10 -c 1 -F x.pgm
	contains "$stderr" "can't be written as .pgm: it has colours"
}

# ppm_mean FILE: red, green and blue, of 16 bits
ppm_mean() {
	tail -c $((640 * 480 * 6)) "$1" | head -c 640000 | od -An -v -tu1 -w6 | awk '
		{ r += $1 * 256 + $2; g += $3 * 256 + $4; b += $5 * 256 + $6 }
		END { printf "%d %d %d\n", r / NR, g / NR, b / NR }'
}

@test "controls of the sensor that are not set here anyway: -C sets them" {
	run_tool ipu3-capture -q -r --mode=640x480:10 -C test_pattern=2 -c 2 -F x.raw
	run_tool scenecheck raw "$(sensor_record)" ip3 x.raw
	matches <(tail -n 1 "$(sensor_record)") ' pattern [1-9]'
}

# state: both graphs, their nodes, and what the sensors are told of flips and blanking
state() {
	local name
	MEDIA_DRIVER=ipu3-cio2 media -p
	MEDIA_DRIVER=ipu3-imgu media -p
	for name in 'ipu3-cio2 0' 'ipu3-cio2 2' 'ipu3-imgu 0 output' 'ipu3-imgu 0 viewfinder'; do
		v4l2-ctl -d "$(node_named "$name")" --get-fmt-video
	done
	v4l2-ctl -d "$(node_named 'ipu3-imgu 0 input')" --get-fmt-video-out
	v4l2-ctl -d "$(node_named 'ipu3-imgu 0')" -C ipu3_pipe_mode
	for name in "$camera" "$grey"; do
		v4l2-ctl -d "$(node_named "$name")" -C horizontal_flip,vertical_flip,vertical_blanking
	done
}

# A script with pictures sets all up but for feeding the ImgU, which it says; what it says of raw runs.
@test "dry run: touches nothing; its script sets all that the tool does" {
	local options
	while read -r -a options; do
		lab_reload ipu3
		state >fresh
		run_tool ipu3-capture --dry-run "${options[@]}"
		cp "$stdout" script
		state | cmp - fresh || fail "${options[*]} touches something" || return
		run_tool sh -e script
		state >scripted
		if grep -q '^# then: ' script; then
			sed -n 's/^# then: \(.*\)--stream-count.*/\1 --stream-count=2 --stream-to=x.raw/p' script >capture
			run_tool sh -e capture
			[ -s x.raw ] || fail "${options[*]}: no frames" || return
			rm x.raw
		fi
		run_tool ipu3-capture -q -c 2 "${options[@]}"
		state >real
		cmp scripted real || fail "${options[*]}: $(diff scripted real)" || return
	done <<-'EOT'
	--mode=640x480:10 -s main:600x400 -s viewfinder:320x240 -s raw@60 --hflip
	-s main:800x600 --zoom=1.25
	-r --mode=640x480:10 --hflip --vflip
	-r ov7251
	EOT
}

@test "dry run: tells the geometry, and what of it no command can do" {
	run_tool ipu3-capture --dry-run --mode=1640x1232:10 -r -s main:1280x720 -s viewfinder:640x480 -s stats
	contains "$stdout" '# ImgU: input 1640x1232, crop '
	matches "$stdout" '^# ImgU: .* scaler [0-9]+/32 to [0-9]+x[0-9]+, correction 1280x[0-9]+, output 1280x720, viewfinder 640x480$'
	contains "$stdout" "# main: ipu3-imgu 0 output gives it while its input is fed with raw frames, which v4l2-ctl can't"
	contains "$stdout" '# viewfinder: ipu3-imgu 0 viewfinder gives it while'
	contains "$stdout" '# stats: ipu3-imgu 0 3a stat gives it while'
	equal "$(grep -c '^# then: v4l2-ctl .*ipu3-cio2 0' "$stdout")" 1
	[ ! -s "$stderr" ] || matches "$stderr" 'taking the first camera'
}
