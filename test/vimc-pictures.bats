# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: pictures and video, decoded by other programs.

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

# video_to_ppm FILE: its frames, as 1.ppm and so on
video_to_ppm() {
	ffmpeg -loglevel error -nostdin -i "$1" -fps_mode passthrough %d.ppm
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

@test "raw to PPM, demosaiced fast: the same bars, other edges; refused where nothing is demosaiced" {
	run_tool vimc-capture -q -s raw:640x480 -c 1 "${bars[@]}" -F good.ppm
	run_tool vimc-capture -q -s raw:640x480 -c 1 "${bars[@]}" --demosaic=fast -F fast.ppm
	shows_bars fast.ppm 640 480
	! cmp -s good.ppm fast.ppm || fail 'fast and good make the same pictures' || return
	run_tool vimc-capture -q -s raw:640x480 -c 1 "${bars[@]}" --demosaic=good -F same.ppm
	cmp good.ppm same.ppm
	run_tool -6 vimc-capture -q -s 640x480 -c 1 --demosaic=fast -F x.ppm
	equal "$(cat "$stderr")" 'vimc-capture: --demosaic has no effect: no picture is made of Bayer raw'
}

@test "main to JPEG: decoded elsewhere, the same bars" {
	run_tool vimc-capture -q -s 320x240 -c 1 "${bars[@]}" -F bars.jpg
	jpegtopnm bars.jpg >jpg.ppm
	equal "$(head -2 jpg.ppm | xargs)" 'P6 320 240'
	shows_bars jpg.ppm 320 240
	no_file bars.jpg.json
}

@test "main to JPEG: a file each, or none" {
	run_tool vimc-capture -q -s 64x64 -c 3 -F 'j-#.jpeg'
	equal "$(echo j-*)" 'j-000000.jpeg j-000001.jpeg j-000002.jpeg'
	run_tool -6 vimc-capture -q -s 64x64 -c 3 -F j.jpg
	matches "$stderr" 'j.jpg: a JPEG file is one picture: put a # into its name'
	no_file j.jpg
}

@test "raw to JPEG: 8 bits of any number of bits show the same bars" {
	local bits
	for bits in 8 10 12; do
		run_tool vimc-capture -q -s "raw:320x240:SRGGB$bits" -c 1 "${bars[@]}" -F "$bits.jpg"
		jpegtopnm "$bits.jpg" >"$bits.ppm"
		shows_bars "$bits.ppm" 320 240 || fail "$bits bits"
	done
}

@test "main to Y4M: a player finds all frames and the bars in them" {
	run_tool vimc-capture -q -s 320x240 -c 3 "${bars[@]}" -F bars.y4m
	head -1 bars.y4m >header
	matches header '^YUV4MPEG2 W320 H240 F[0-9]+:[0-9]+ Ip C444 XCOLORRANGE=FULL$'
	equal "$(stat -c %s bars.y4m)" $(($(stat -c %s header) + 3 * (6 + 320 * 240 * 3)))
	video_to_ppm bars.y4m
	equal "$(echo ?.ppm)" '1.ppm 2.ppm 3.ppm'
	shows_bars 3.ppm 320 240
	no_file bars.y4m.json
}

@test "raw to Y4M: by way of colours" {
	run_tool vimc-capture -q -s raw:320x240:SGBRG10 -c 2 "${bars[@]}" -F bars.y4m
	video_to_ppm bars.y4m
	shows_bars 2.ppm 320 240
}

@test "Y4M into a FIFO: a player reads while we write" {
	mkfifo live.y4m
	run_tool bash -c 'vimc-capture -q -s 320x240 -c 5 -C test_pattern=0,show_information=2 -F live.y4m &
		ffmpeg -loglevel error -nostdin -i live.y4m -fps_mode passthrough %d.ppm && wait $!'
	equal "$(echo ?.ppm)" '1.ppm 2.ppm 3.ppm 4.ppm 5.ppm'
	shows_bars 5.ppm 320 240
}

@test "compressed files: refused for what is not compressed, before anything is captured" {
	local suffix
	for suffix in mjpeg h264 hevc; do
		run_tool -6 vimc-capture -q -s 64x64 -c 1 -F "x.$suffix"
		matches "$stderr" "x.$suffix: RGB3 .* can't be written as .$suffix: such a file holds .* only"
		no_file "x.$suffix"
	done
}
