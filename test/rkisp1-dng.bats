# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: raw, which passes by the processor, as DNG files.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/dng

@test "dng: of 10 bits and of 8, compressed or not, every sample is what the sensor sent" {
	local bits kind
	for bits in 10 8; do
		for kind in none lossless; do
			run_tool rkisp1-capture -q -r --force --mode=640x480:$bits -c 1 -F x.dng \
				--dng-compression=$kind
			dng_samples x.dng >samples
			# Of 8 bits each has a byte of zeros now.
			[ $bits = 10 ] || od -An -v -tu2 -w2 samples | awk '{ printf "%02x", $1 }' |
				xxd -r -p >bytes
			[ $bits = 10 ] && mv samples bytes
			run_tool scenecheck raw "$(sensor_record)" $bits bytes
			equal "$(dng_tag x.dng SubIFD:BlackLevel) $(dng_tag x.dng SubIFD:WhiteLevel)" \
				"$((1 << (bits - 4))) $(((1 << bits) - 1))"
		done
	done
	ffmpeg_agrees x.dng 16 255
}

# find_gains LIGHT: $gains of red and blue, by automatic white balance
find_gains() {
	scene_light "$1"
	run_tool rkisp1-capture -q --settle -s main:320x240 -c 1 --report=records.jsonl
	gains=$(jq -r 'select(.record == "frame") | "\(.red_gain),\(.blue_gain)"' records.jsonl)
}

@test "dng: developed elsewhere with gains that were found before, grey is grey in two lights" {
	local light
	for light in daylight tungsten; do
		find_gains $light
		run_tool rkisp1-capture -q --force -r --mode=640x480:10 -c 1 -F x.dng --awb="$gains" \
			--exposure=10ms --gain=2
		is_grey $light x.dng
	done
	near "$(dng_tag x.dng ExposureTime)" 0.01 0.003
	equal "$(dng_tag x.dng ISO) $(dng_tag x.dng Model)" '200 imx219'
	dng_tag x.dng SubSecDateTimeOriginal >taken
	matches taken '^20[0-9:]+ [0-9:]+\.[0-9]{9}[+-][0-9:]+$'
	dng_is_valid x.dng
}
