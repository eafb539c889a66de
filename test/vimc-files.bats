# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: names of files, their content, side-cars.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

bars=(-C "test_pattern=0,show_information=2")

@test "pattern: # is the driver's sequence number in six digits" {
	run_tool vimc-capture -q -s 64x64 -c 3 -F 'a-#-b.raw'
	equal "$(echo a-*)" 'a-000000-b.raw a-000000-b.raw.json a-000001-b.raw a-000001-b.raw.json a-000002-b.raw a-000002-b.raw.json'
}

@test "pattern: skipped frames leave their numbers unused" {
	run_tool vimc-capture -q -s 64x64 -c 2 --skip=3 -F '#.raw'
	equal "$(echo ./*.raw)" './000003.raw ./000004.raw'
}

@test "pattern: without # all frames in one file" {
	run_tool vimc-capture -q -s 64x64 -c 5 -F all.raw
	equal "$(stat -c %s all.raw)" $((5 * 64 * 64 * 3))
}

@test "pattern: a directory takes frame-#.raw" {
	mkdir here
	run_tool vimc-capture -q -s 64x64 -c 2 -F here/
	[ -s here/frame-000001.raw ]
}

@test "pattern: a role in front" {
	run_tool vimc-capture -q -r -c 1 -F raw=x.raw
	[ -s x.raw ]
}

@test "pattern: .bin is like .raw; other cases and unknown ones" {
	run_tool vimc-capture -q -s 64x64 -c 1 -F x.bin
	equal "$(stat -c %s x.bin)" $((64 * 64 * 3))
	run_tool -6 vimc-capture -q -s 64x64 -c 1 -F x.gif
	run_tool -6 vimc-capture -q -s 64x64 -c 1 -F nosuffix
}

@test "standard output: bytes there, all reports on standard error" {
	run_tool vimc-capture -s 64x64 -c 3 "${bars[@]}" -F -
	equal "$(stat -c %s "$stdout")" $((3 * 64 * 64 * 3))
	matches "$stderr" ' main seq: 000002 bytesused: 12288 lost: 0'
	matches "$stderr" '^captured 3, '
	cp "$stdout" piped
	run_tool vimc-capture -q -s 64x64 -c 3 "${bars[@]}" -F file.raw
	cmp piped file.raw
}

@test "standard output: a pipe that is slow gets every byte" {
	run_tool bash -c 'set -o pipefail; vimc-capture -q -s 320x240 -c 20 -C show_information=2 -F - |
		{ sleep 0.5; cat; } >slow.raw'
	equal "$(stat -c %s slow.raw)" $((20 * 320 * 240 * 3))
}

@test "side-car: says how to read one raw frame" {
	run_tool vimc-capture -q -s raw:64x48:SGRBG12 -c 1 -F 'f-#.raw'
	jq . f-000000.raw.json
	equal "$(jq -r '[.width, .height, .stride, .fourcc, .bits, .bayer_order, .sequence] | @csv' f-000000.raw.json)" \
		'64,48,128,"BA12",12,"GRBG",0'
	jq -e '.timestamp_ns > 0' f-000000.raw.json
}

@test "side-car: one for a file of many frames, with a table" {
	run_tool vimc-capture -q -s 64x64 -c 4 -F all.raw
	equal "$(jq '.frames | length' all.raw.json)" 4
	equal "$(jq -c '[.frames[].sequence]' all.raw.json)" '[0,1,2,3]'
	equal "$(jq -c '[.frames[].offset]' all.raw.json)" '[0,12288,24576,36864]'
}

@test "side-car: none for pictures" {
	run_tool vimc-capture -q -s 64x64 -c 1 -F 'p-#.png'
	no_file p-000000.png.json
}

@test "atomic: a file is made under another name, then renamed; none is left" {
	mkdir here
	run_tool strace -f -o trace -e trace=open,openat,rename,renameat,renameat2,link,linkat \
		vimc-capture -q -s 64x64 -c 3 -F 'here/f-#.raw'
	run ! grep -E 'open.*"(here/)?f-000000.raw".*O_CREAT' trace
	matches trace '(rename|link).*"(here/)?f-000000.raw"'
	equal "$(find here -name '.*' -type f)" ''
}

@test "main: bytes in the file are those of the picture" {
	run_tool vimc-capture -q -s 64x64 -c 1 "${bars[@]}" -F a.raw
	run_tool vimc-capture -q -s 64x64 -c 1 "${bars[@]}" -F a.ppm
	cmp a.raw <(tail -c $((64 * 64 * 3)) a.ppm)
}

@test "raw bytes: samples of the bars, by order and place" {
	# Red bar, sixth of eight: only red sites are bright; RGGB puts them on even lines and columns.
	run_tool vimc-capture -q -s raw:64x64:SRGGB8 -c 1 "${bars[@]}" -F r.raw
	equal "$(od -An -tu1 -j $((0 * 64 + 44)) -N 2 r.raw | awk '{ print ($1 > 150) ($2 < 40) }')" 11
	equal "$(od -An -tu1 -j $((1 * 64 + 44)) -N 2 r.raw | awk '{ print ($1 < 40) ($2 < 40) }')" 11
	run_tool vimc-capture -q -s raw:64x64:SBGGR8 -c 1 "${bars[@]}" -F b.raw
	equal "$(od -An -tu1 -j $((1 * 64 + 44)) -N 2 b.raw | awk '{ print ($1 < 40) ($2 > 150) }')" 11
}

@test "frame numbers in one run never repeat, whatever the number of buffers" {
	local buffers
	for buffers in 2 3 8 32; do
		run_tool vimc-capture -s 64x64 -c 40 -n "$buffers" -F "n$buffers-#.raw"
		equal "$(ls "n$buffers"-*.raw | wc -l)" 40
	done
}
