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

@test "dng: grey is grey, with all ten bits" {
	run_tool ipu3-capture -q -r -c 1 -F x.dng "$grey"
	dng_samples x.dng >samples
	run_tool scenecheck raw "$(sensor_record ov7251)" 10 samples
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
