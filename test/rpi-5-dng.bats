# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi5-imx477
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rpi-capture on a Raspberry Pi 5: raw in all its forms as DNG files.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/dng

# capture FORMAT FILE [OPTION...]: the same frame each time
capture() {
	run_tool rpi-capture -q --force -s "raw:1332x990:$1" -c 1 -F "$2" --exposure=4ms --gain=1 "${@:3}"
}

# levels FILE: of black and white
levels() {
	echo "$(dng_tag "$1" SubIFD:BlackLevel) $(dng_tag "$1" SubIFD:WhiteLevel)"
}

@test "dng, pi 5: packed, and widened to 16 bits, in which white is not all ones" {
	local kind
	capture pRAA packed.dng
	dng_samples packed.dng >packed
	equal "$(levels packed.dng)" '64 1023'
	for kind in none lossless; do
		capture RG16 wide.dng --dng-compression=$kind
		dng_samples wide.dng >wide
		paste <(od -An -v -tu2 -w2 packed) <(od -An -v -tu2 -w2 wide) |
			awk '64 * $1 != $2 { print; exit bad = 1 } END { exit bad || NR != 1332 * 990 }'
		equal "$(levels wide.dng)" '4096 65472'
	done
	equal "$(orientation wide.dng) $(dng_tag wide.dng Model)" '3 imx477'
	ffmpeg_agrees wide.dng 4096 65472
}

@test "dng, pi 5: compressed by the receiver, samples are what comes of it" {
	capture RG16 wide.dng
	capture PC1R compressed.dng --dng-compression=lossless
	dng_samples wide.dng >wide
	dng_samples compressed.dng >compressed
	equal "$(levels compressed.dng)" '4096 65472'
	paste <(od -An -v -tu2 -w2 wide) <(od -An -v -tu2 -w2 compressed) | awk '
		{ off = $1 > $2 ? $1 - $2 : $2 - $1; sum += off }
		off > 512 { print; exit bad = 1 }
		END { exit bad || NR != 1332 * 990 || sum / NR > 128 }'
}
