# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: raw as DNG files, opened by dcraw, exiftool and ffmpeg.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/dng

export MEDIA_DRIVER=ipu3-cio2
grey='ov7251 2-0060'

@test "dng: of 25 pixels in 32 bytes, every sample is what the sensor sent" {
	local mode file
	for mode in 640x480:10 1640x1232; do
		run_tool ipu3-capture -q -r --force --mode=$mode -c 2 -F 'frame-#.dng'
		for file in frame-*.dng; do
			dng_samples "$file" >samples
			run_tool scenecheck raw "$(sensor_record)" 10 samples
		done
	done
	ffmpeg_agrees "$file" 64 1023
}

@test "dng: compressed, every sample is what the sensor sent" {
	run_tool ipu3-capture -q -r --mode=1640x1232 -c 1 -F x.dng --dng-compression=lossless
	equal "$(dng_tag x.dng SubIFD:Compression)" 7
	[ "$(stat -c %s x.dng)" -lt $((1640 * 1232)) ]
	dng_samples x.dng >samples
	run_tool scenecheck raw "$(sensor_record)" 10 samples
	ffmpeg_agrees x.dng 64 1023
}

@test "dng: of a sensor mounted upside down, what makes it upright" {
	local flips wanted
	while read -r wanted flips; do
		# shellcheck disable=SC2086 # words
		run_tool ipu3-capture -q -r --force --mode=640x480:10 -c 1 -F x.dng $flips 'imx219 1-0010'
		equal "$(orientation x.dng)" "$wanted" "$flips"
	done <<-'EOT'
	3
	3 --hflip
	1 --hflip --vflip
	EOT
	run_tool ipu3-capture -q -s 640x480 -c 1 -F x.jpg 'imx219 1-0010'
	equal "$(orientation x.jpg)" 3
	run_tool ipu3-capture -q -r --force --mode=640x480:10 -c 1 -F x.dng --hflip --vflip
	equal "$(orientation x.dng)" 1
}

@test "dng: grey is grey, with all ten bits, compressed or not" {
	local kind
	for kind in lossless none; do
		run_tool ipu3-capture -q -r -c 1 -F x.dng --force --dng-compression=$kind "$grey"
		dng_samples x.dng >samples
		run_tool scenecheck raw "$(sensor_record ov7251)" 10 samples
	done
	equal "$(dng_tag x.dng SubIFD:PhotometricInterpretation)" 34892
	equal "$(dng_tag x.dng SubIFD:WhiteLevel) $(dng_tag x.dng UniqueCameraModel)" '1023 OmniVision ov7251'
	equal "$(dng_tag x.dng ColorMatrix1)" ''
}

@test "dng: raw alone has the white balance that was asked for" {
	local neutral
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 1 -F x.dng --exposure=5ms --gain=2
	near "$(dng_tag x.dng ExposureTime)" 0.005 0.003
	equal "$(dng_tag x.dng ISO)" 200
	# What grey is in daylight, for it is not measured.
	read -ra neutral < <(dng_tag x.dng AsShotNeutral)
	awk -v r="${neutral[0]}" -v g="${neutral[1]}" -v b="${neutral[2]}" \
		'BEGIN { exit !(g == 1 && r > 0.4 && r < 0.8 && b > 0.4 && b < 0.9) }' ||
		fail "neutral is ${neutral[*]}"
}
