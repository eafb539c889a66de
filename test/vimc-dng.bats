# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: raw as DNG files, opened by dcraw, exiftool and ffmpeg.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/dng

setup() {
	lab_setup
	vimc_reset
}

bars=(-C "test_pattern=0,show_information=2")

@test "dng: the same samples as in a raw file, of 8, 10 and 12 bits in all orders" {
	local bits order
	for bits in 8 10 12; do
		for order in RGGB GRBG GBRG BGGR; do
			run_tool vimc-capture -q --force -s "raw:64x48:S$order$bits" -c 1 "${bars[@]}" -F x.raw
			run_tool vimc-capture -q --force -s "raw:64x48:S$order$bits" -c 1 "${bars[@]}" -F x.dng
			od -An -v -tu$((bits == 8 ? 1 : 2)) -w1024 x.raw | xargs >wanted
			dng_samples x.dng | od -An -v -tu2 -w1024 | xargs >got
			cmp got wanted || fail "$order$bits" || return
			equal "$(dng_tag x.dng SubIFD:WhiteLevel)" $(((1 << bits) - 1))
			[ "$order" != GBRG ] || ffmpeg_agrees x.dng 0 $(((1 << bits) - 1)) || return
			equal "$(dng_tag x.dng SubIFD:CFAPattern2 | tr -d ' ' | tr 012 RGB)" "$order"
		done
	done
}

@test "dng: compressed without loss it is smaller, and the same for dcraw, LibRaw and ffmpeg" {
	local bits kind
	for bits in 8 12; do
		for kind in none lossless; do
			run_tool vimc-capture -q -s "raw:320x240:SGRBG$bits" -c 1 "${bars[@]}" \
				-F "$kind$bits.dng" "--dng-compression=$kind"
			dng_samples $kind$bits.dng >$kind.samples
			libraw_samples $kind$bits.dng >$kind.libraw
		done
		cmp none.samples lossless.samples
		cmp none.samples lossless.libraw
		cmp none.libraw lossless.libraw
		equal "$(dng_tag lossless$bits.dng SubIFD:Compression)" 7
		[ "$(stat -c %s lossless$bits.dng)" -lt $(($(stat -c %s none$bits.dng) * 2 / 3)) ]
	done
	ffmpeg_agrees lossless12.dng 0 4095
	dng_is_valid none12.dng
	dng_is_valid lossless12.dng
}

@test "dng: compressed, the same frames make the same files" {
	local name
	export SOURCE_DATE_EPOCH=1000000000
	for name in one other; do
		run_tool vimc-capture -q -s raw:320x240:SGRBG10 -c 1 "${bars[@]}" -F $name.dng \
			--dng-compression=lossless
	done
	cmp one.dng other.dng
}

@test "dng: compressed into a FIFO, where nobody can go back" {
	mkfifo live.dng
	run_tool bash -c 'vimc-capture -q -s raw:640x480:SRGGB10 -c 1 -F live.dng \
		--dng-compression=lossless & cat live.dng >x.dng && wait $!'
	equal "$(dng_samples x.dng | wc -c)" $((640 * 480 * 2))
}

@test "dng: a file each, or none; other streams are refused" {
	run_tool vimc-capture -q -r -c 3 -F 'd-#.dng'
	equal "$(echo d-*)" 'd-000000.dng d-000001.dng d-000002.dng'
	run_tool -6 vimc-capture -q -r -c 3 -F d.dng
	matches "$stderr" 'd.dng: a DNG file is one picture: put a # into its name'
	run_tool -6 vimc-capture -q -s 64x64 -c 1 -F d.dng
	matches "$stderr" "d.dng: .* can't be written as .dng: it is for RAW"
	no_file d.dng d-000000.dng.json
}

@test "dng: into a FIFO, where nobody can go back" {
	mkfifo live.dng
	run_tool bash -c 'vimc-capture -q -s raw:640x480:SRGGB10 -c 1 -F live.dng & cat live.dng >x.dng && wait $!'
	dcraw -i x.dng >said
	matches said '^x.dng is a .* image.$'
}

@test "dng: a full disk ends it with status 9, and leaves whole files" {
	local file
	mkdir disk
	mount -t tmpfs -o size=1400k none disk
	lab_mounts+=("$PWD/disk")
	run_tool -9 vimc-capture -q -s raw:640x480:SRGGB10 -c 5 -F 'disk/x-#.dng'
	contains "$stderr" 'No space left on device'
	for file in disk/*; do
		dng_samples "$file" >samples || return
		equal "$(stat -c %s samples)" $((640 * 480 * 2))
	done
	equal "$(find disk -type f | sort | xargs)" 'disk/x-000000.dng disk/x-000001.dng'
	run_tool -9 vimc-capture -q -s raw:640x480:SRGGB10 -c 0 -F 'disk/y-#.dng' \
		--dng-compression=lossless
	contains "$stderr" 'No space left on device'
	for file in disk/y-*; do
		[ ! -e "$file" ] || dng_samples "$file" >samples
		equal "$(stat -c %s samples)" $((640 * 480 * 2))
	done
}
