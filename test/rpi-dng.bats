# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rpi-capture: raw as DNG files, opened by dcraw, exiftool and ffmpeg.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/dng

# jpeg_and_dng [OPTION...]: two frames of each, of the same numbers
jpeg_and_dng() {
	run_tool rpi-capture -q --report=records.jsonl -r -s 1280x720 -c 2 -F 'raw=frame-#.dng' \
		-F 'main=frame-#.jpg' "$@"
}

# told STREAM NUMBER FIELD: of that frame, in the records
told() {
	jq -r --arg stream "$1" --argjson number "$2" \
		"select(.record == \"frame\" and .stream == \$stream and .sequence == \$number) | $3" \
		records.jsonl
}

@test "dng: beside pictures of the same frames, every sample is what the sensor sent" {
	local file number
	jpeg_and_dng
	equal "$(find . -name 'frame-*' | wc -l)" 4
	for file in frame-*.dng; do
		[ -s "${file%.dng}.jpg" ]
		dng_samples "$file" >samples
		run_tool scenecheck raw "$(sensor_record)" 10 samples
		number=${file#frame-}
		number=$((10#${number%.dng}))
		equal "$(cat "$stdout")" $number
	done
	no_file frame-*.json
	ffmpeg_agrees "$file" 64 1023
}

@test "dng: exposure, gain, white balance, camera and time are that frame's" {
	local number file neutral
	scene_light tungsten
	jpeg_and_dng --settle
	for number in $(jq 'select(.record == "frame" and .stream == "raw") | .sequence' records.jsonl); do
		file=$(printf 'frame-%06u.dng' "$number")
		equal "$(dng_tag "$file" Make) $(dng_tag "$file" Model)" 'Sony imx219'
		near "$(dng_tag "$file" ExposureTime)" "$(told raw "$number" '.exposure_ns / 1e9')" 0.001
		near "$(dng_tag "$file" ISO)" "$(told raw "$number" '.gain * 100')" 0.02
		equal "$(dng_tag "$file" SubIFD:BlackLevel) $(dng_tag "$file" SubIFD:WhiteLevel)" '64 1023'
		read -ra neutral < <(dng_tag "$file" AsShotNeutral)
		near "$(told raw "$number" .red_gain)" \
			"$(awk "BEGIN { print ${neutral[1]} / ${neutral[0]} }")" 0.001
		near "$(told raw "$number" .blue_gain)" \
			"$(awk "BEGIN { print ${neutral[1]} / ${neutral[2]} }")" 0.001
		equal "$(TZ=UTC date -d "@$(told raw "$number" '.timestamp_realtime_ns / 1e9 | floor')" \
			'+%Y:%m:%d %H:%M:%S')" "$(TZ=UTC exiftool -s3 -DateTimeOriginal "$file")"
		dng_is_valid "$file"
	done
}

@test "dng: developed elsewhere, grey is grey in daylight and tungsten light" {
	local light
	for light in daylight tungsten; do
		scene_light $light
		run_tool rpi-capture -q --settle --force -r -s 320x240 --mode=640x480 -c 1 -F raw=x.dng
		is_grey "$light" x.dng
	done
}

@test "dng: developed elsewhere, colours are what white balance and matrix make of them" {
	cat >matrix.json <<-'EOT'
	{ "version": 1, "sensor": "imx219",
	  "matrices": [ { "kelvin": 5000, "matrix": [1.7, -0.5, -0.2, -0.3, 1.5, -0.2, 0.1, -0.7, 1.6] } ] }
	EOT
	run_tool rpi-capture -q -r -s 320x240 --mode=640x480 -c 1 -F raw=x.dng --tuning=matrix.json \
		--exposure=4ms --gain=1 --awb=1.662,1.43
	# The sensor's own colours, from black to white, and what is made of them.
	dng_develop -o 0 -r 1 1 1 1 x.dng >own
	dng_develop -w -o 1 x.dng >made
	paste own made | awk '
		function clip(value) { return value < 0 ? 0 : value > 65535 ? 65535 : value }
		function off(got, wanted) { got -= clip(wanted); return got > 700 || got < -700 }
		{
			r = clip($1 * 1.662); g = $2; b = clip($3 * 1.43)
			if (off($4, 1.7 * r - 0.5 * g - 0.2 * b) || off($5, -0.3 * r + 1.5 * g - 0.2 * b) ||
			    off($6, 0.1 * r - 0.7 * g + 1.6 * b)) { print; bad = 1; exit }
			if ($4 > 2 * $5 || $6 > 2 * $5)
				coloured++
		}
		END { exit bad || NR != 320 * 240 || coloured < 1000 }' || fail 'colours are others'
}

@test "dng: mirrored and turned, the order of colours goes along" {
	local flips pattern
	while read -r flips pattern; do
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q --force -r --mode=640x480 -c 1 -F x.dng --exposure=4ms --gain=1 \
			${flips//,/ }
		equal "$(dng_tag x.dng SubIFD:CFAPattern2)" "$pattern" "$flips"
	done <<-'EOT'
	--adjust 0 1 1 2
	--hflip 1 0 2 1
	--vflip 1 2 0 1
	--hflip,--vflip 2 1 1 0
	EOT
}

@test "dng: the same frames make the same files, where the time is told" {
	local name
	for name in one other; do
		SOURCE_DATE_EPOCH=1000000000 run_tool rpi-capture -q -r --mode=640x480 -c 1 -F $name.dng \
			--exposure=4ms --gain=1
	done
	cmp one.dng other.dng
	equal "$(exiftool -s3 -ModifyDate one.dng)" '2001:09:09 01:46:40'
}

@test "dng: pictures that are processed already are refused" {
	run_tool -6 rpi-capture -q -s main:320x240 -c 1 -F x.dng
	matches "$stderr" "x.dng: .* can't be written as .dng: it is for RAW, as a sensor gives it"
	no_file x.dng
}
