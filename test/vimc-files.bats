# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: names of files, their content, side-cars, pictures.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

bars=(-C "test_pattern=0,show_information=2")

# row PPM Y: the pixels of a line of an 8-bit P6 file, in the array pixels, each "R G B"
row() {
	local width offset
	offset=$(head -3 "$1" | wc -c)
	read -r width _ < <(sed -n 2p "$1")
	mapfile -t pixels < <(tail -c +$((offset + 3 * width * $2 + 1)) "$1" | head -c $((3 * width)) |
		od -An -v -tu1 -w3)
}

# is_about X R G B: that pixel of the row, within a few steps of 8 bits
is_about() {
	# shellcheck disable=SC2206 # three words
	local i got=(${pixels[$1]}) want=("${@:2}")
	for i in 0 1 2; do
		[ $((got[i] - want[i])) -le 6 ] && [ $((want[i] - got[i])) -le 6 ] ||
			fail "the pixel at $1 is ${got[*]}, wanted about ${want[*]}" || return
	done
}

# shows_bars PPM WIDTH HEIGHT: eight bars of 75 %, from white to black
shows_bars() {
	local y i colour
	for y in 5 $(($3 - 5)); do
		row "$1" "$y"
		i=0
		for colour in '191 191 191' '191 191 0' '0 191 191' '0 191 0' \
			'191 0 191' '191 0 0' '0 0 191' '0 0 0'; do
			# shellcheck disable=SC2086 # three words
			is_about $(($2 * (2 * i + 1) / 16)) $colour || return
			i=$((i + 1))
		done
	done
}

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

@test "main to PPM: the test pattern's colours where they must be" {
	run_tool vimc-capture -q -s 640x480 -c 1 "${bars[@]}" -F bars.ppm
	equal "$(head -2 bars.ppm | xargs)" 'P6 640 480'
	shows_bars bars.ppm 640 480
}

@test "main to PNG: decoded elsewhere, the same pixels as PPM" {
	run_tool vimc-capture -q -s 320x240 -c 1 "${bars[@]}" -F bars.ppm
	run_tool vimc-capture -q -s 320x240 -c 1 "${bars[@]}" -F bars.png
	pngtopnm bars.png >png.ppm
	cmp <(tail -c $((320 * 240 * 3)) bars.ppm) <(tail -c $((320 * 240 * 3)) png.ppm)
	shows_bars png.ppm 320 240
}

@test "main, scaled and cut: bars stay where the picture says" {
	run_tool vimc-capture -q --mode=640x480 -s 320x240 -c 1 "${bars[@]}" -F half.ppm
	shows_bars half.ppm 320 240
	# A square from the middle: 480 of 640 columns, bars 2 to 7 of 8.
	run_tool vimc-capture -q --mode=640x480 -s 240x240 -c 1 "${bars[@]}" -F square.ppm
	row square.ppm 100
	is_about 20 191 191 0
	is_about 220 0 0 191
}

@test "main: bytes in the file are those of the picture" {
	run_tool vimc-capture -q -s 64x64 -c 1 "${bars[@]}" -F a.raw
	run_tool vimc-capture -q -s 64x64 -c 1 "${bars[@]}" -F a.ppm
	cmp a.raw <(tail -c $((64 * 64 * 3)) a.ppm)
}

@test "raw to PPM: our demosaic shows the same bars in all four orders" {
	local order
	for order in SRGGB SGRBG SGBRG SBGGR; do
		run_tool vimc-capture -q -s "raw:640x480:${order}8" -c 1 "${bars[@]}" -F "$order.ppm"
		shows_bars "$order.ppm" 640 480 || fail "$order"
	done
}

@test "raw to PNG: 10 and 12 bits make 16-bit pictures of the same colours" {
	local bits
	for bits in 10 12; do
		run_tool vimc-capture -q -s "raw:320x240:SRGGB$bits" -c 1 "${bars[@]}" -F "$bits.png"
		equal "$(od -An -tu1 -j 24 -N 1 "$bits.png" | xargs)" 16
		# The file says how many bits of its 16 are the sensor's.
		pngtopnm "$bits.png" >"$bits.ppm"
		equal "$(sed -n 3p "$bits.ppm")" $(((1 << bits) - 1))
		pamdepth 255 "$bits.ppm" >"$bits.8.ppm"
		shows_bars "$bits.8.ppm" 320 240 || fail "$bits bits"
	done
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
