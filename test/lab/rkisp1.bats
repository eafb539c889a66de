# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The emulated Rockchip ISP, judged by the real drivers and by programs that are not ours.

bats_require_minimum_version 1.5.0
load lab
load hardware

raw=SRGGB10_1X10 binned=1640x1232

# capture NODE COUNT FILE [OPTION...]
capture() {
	local node=$1 count=$2 file=$3
	shift 3
	run_tool v4l2-ctl -d "$node" --stream-mmap=4 --stream-count="$count" \
		--stream-to="$file" "$@"
}

# sequences: the sequence numbers that v4l2-ctl --verbose told, on one line
sequences() {
	sed -n 's/^cap dqbuf.* seq: *\([0-9]*\) .*/\1/p' "$stdout" "$stderr" | paste -s -d ' '
}

sensor_set() {
	run_tool v4l2-ctl -d "$rkisp1_sensor" -c "$1"
}

# between VALUE LOW HIGH
between() {
	awk -v v="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(v >= low && v <= high) }' ||
		fail "$1 is not between $2 and $3"
}

# in_force NUMBER WORD: from the record of the last stream
in_force() {
	awk -v number="$1" -v word="$2" '
		$1 == 0 { delete value }
		{ for (i = 2; i < NF; i++) if ($i == word) { value[$1] = $(i + 1); break } }
		END { print value[number] }' "$(sensor_record)"
}

# numbers_follow PICTURE FILE: frames in a file tell numbers from 0 on, without a gap
numbers_follow() {
	run_tool scenecheck numbers "$(sensor_record)" "$1" "$2"
	equal "$(paste -s -d ' ' "$stdout")" \
		"$(seq -s ' ' 0 $(($(wc -l <"$stdout") - 1)))" "numbers in $2"
}

# corner FILE HFLIP VFLIP: the first four pixels of two lines, where flips have put them, as they were
corner() {
	local columns=(0 1 2 3) lines=(0 1) line column
	[ "$2" = 0 ] || columns=(639 638 637 636)
	[ "$3" = 0 ] || lines=(479 478)
	for line in "${lines[@]}"; do
		for column in "${columns[@]}"; do
			od -An -tu2 -j $(((line * 640 + column) * 2)) -N 2 "$1"
		done
	done | paste -s -d ' '
}

# numbers_rise PICTURE FILE COUNT: so many frames, each later than the one before. A busy machine may
# make a program late, and a frame lost.
numbers_rise() {
	run_tool scenecheck numbers "$(sensor_record)" "$1" "$2"
	equal "$(wc -l <"$stdout")" "$3" "frames in $2"
	sort -nuc "$stdout" || fail "not in order: $(paste -s -d ' ' "$stdout")"
}

# ---- the sensor ----

@test "raw: every byte of binned frames is the scene's, numbers are the sequence" {
	rkisp1_route $raw $binned main=RG10:$binned
	capture "$rkisp1_main" 8 frames --verbose
	sequences >wanted
	run_tool scenecheck raw "$(sensor_record)" 10 frames
	equal "$(paste -s -d ' ' "$stdout")" "$(cat wanted)" numbers
	dmesg_clean
}

@test "raw: every byte in each mode of the sensor, 10 and 8 bits" {
	local mode
	for mode in 640x480 1920x1080 3280x2464; do
		rkisp1_route $raw $mode main=RG10:$mode
		capture "$rkisp1_main" 3 frames
		run_tool scenecheck raw "$(sensor_record)" 10 frames
		rkisp1_route SRGGB8_1X8 $mode main=RGGB:$mode
		capture "$rkisp1_main" 3 frames
		run_tool scenecheck raw "$(sensor_record)" 8 frames
		rm frames
	done
	# One mode has every fifteenth of a second a frame, the others twice as many.
	equal "$(in_force 0 frame)" 3526
}

@test "raw: flips move the Bayer pattern, test patterns are exact" {
	local flip pattern
	rkisp1_route $raw 640x480 main=RG10:640x480
	capture "$rkisp1_main" 2 plain
	for flip in '1 0 SGRBG10_1X10 BA10' '0 1 SGBRG10_1X10 GB10' '1 1 SBGGR10_1X10 BG10'; do
		rkisp1_route $raw 640x480 main=RG10:640x480
		read -r -a flip <<<"$flip"
		sensor_set "horizontal_flip=${flip[0]},vertical_flip=${flip[1]}"
		rkisp1_route "${flip[2]}" 640x480 "main=${flip[3]}:640x480"
		capture "$rkisp1_main" 2 frames
		run_tool scenecheck raw "$(sensor_record)" 10 frames
		equal "$(corner frames "${flip[0]}" "${flip[1]}")" "$(corner plain 0 0)" \
			'what was in the corner'
	done
	sensor_set horizontal_flip=0,vertical_flip=0
	rkisp1_route $raw 640x480 main=RG10:640x480
	for pattern in 1 2 3 4; do
		sensor_set test_pattern=$pattern
		capture "$rkisp1_main" 2 "pattern-$pattern"
		run_tool scenecheck raw "$(sensor_record)" 10 "pattern-$pattern"
	done
	sensor_set test_pattern=0
	! cmp -s pattern-1 pattern-3 || fail 'grey bars are colour bars'
	# Grey bars end nearly grey: the last line hardly differs, of color bars it does.
	between "$(od -An -tu2 -j $((640 * 479 * 2)) -N 2 pattern-3)" 500 560
}

@test "sensor: exposure acts two frames after it is written, gain one" {
	local at
	rkisp1_route $raw 640x480 main=RG10:640x480
	sensor_set exposure=400,analogue_gain=0
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=30 --stream-to=frames
	flows rkisp1/main
	at=$(tail -n 1 "$(sensor_record)" | cut -d ' ' -f 1)
	v4l2-ctl -d "$rkisp1_sensor" -c exposure=800,analogue_gain=128
	wait_tool
	run_tool scenecheck raw "$(sensor_record)" 10 frames
	awk -v at="$at" '
		$1 == 0 { delete exposure; delete gain }
		{ exposure[$1] = $11; gain[$1] = $17 }
		END {
			for (i = 1; i < 29 && !(e && g); i++) {
				if (!e && exposure[i] == 800) e = i
				if (!g && gain[i] == 128) g = i
			}
			print "gain with frame", g, "exposure with frame", e, "written after", at
			exit !(e == g + 1 && g > at)
		}' "$(sensor_record)"
	sensor_set exposure=1600,analogue_gain=0
}

@test "sensor: VBLANK is the rate, brightness follows light, exposure and gain" {
	rkisp1_route $raw 640x480 main=RG10:640x480
	sensor_set vertical_blanking=3046
	capture "$rkisp1_main" 12 frames --verbose
	grep -q 'fps: 1[45]\.' "$stderr" "$stdout" || fail "not 15 frames a second"
	sensor_set exposure=400
	scene_set brightness 2000
	capture "$rkisp1_main" 1 light
	run_tool scenecheck raw "$(sensor_record)" 10 light
	sensor_set exposure=800
	scene_set brightness 1000
	capture "$rkisp1_main" 1 time
	scene_set brightness 500
	sensor_set analogue_gain=128
	capture "$rkisp1_main" 1 gain
	cmp light time
	cmp light gain
	sensor_set analogue_gain=0,exposure=1600
}

# ---- the ISP ----

@test "both paths at once, at the rate of the sensor, with nothing lost" {
	rkisp1_route $raw $binned main=NV12:$binned self=XR24:640x480
	start_tool v4l2-ctl -d "$rkisp1_self" --stream-mmap=4 --stream-count=60 --stream-to=self
	flows rkisp1/self
	capture "$rkisp1_main" 45 /dev/null --verbose
	wait_tool
	# On a machine that does nothing else it is 30; here others may take turns.
	grep -q 'fps: \(2[5-9]\|30\)\.' "$BATS_TEST_TMPDIR"/.run-*.stderr || fail 'too slow'
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
	numbers_rise XR24:640x480 self 60
	dmesg_clean
}

@test "numbers can be read in all formats of the main path" {
	local format
	for format in NV12 NV21 NM12 NM21 YU12 YV12 NV16 NV61 NM16 NM61 422P YM61 YUYV GREY; do
		rkisp1_route $raw $binned main=$format:800x600
		capture "$rkisp1_main" 4 frames
		numbers_follow $format:800x600 frames
	done
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
}

@test "numbers can be read in all formats of the self path, zoomed too" {
	local format
	for format in NV12 NV16 YU12 422P YUYV GREY XR24 RGBP; do
		rkisp1_route $raw $binned self=$format:640x480
		capture "$rkisp1_self" 4 frames
		numbers_follow $format:640x480 frames
	done
	rkisp1_route $raw $binned self=NV16:400x300:410,308,820x616
	capture "$rkisp1_self" 4 frames
	numbers_follow NV16:400x300:410,308,820x616 frames
	rkisp1_route $raw $binned self=RGBP:1000x700:300,200,900x700
	capture "$rkisp1_self" 4 frames
	numbers_follow RGBP:1000x700:300,200,900x700 frames
	rkisp1_route $raw 640x480 self=YUYV:1280x960
	capture "$rkisp1_self" 3 frames
	numbers_follow YUYV:1280x960 frames
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
}

@test "chroma lies where the format says" {
	local at colour
	# The tile at 410,96 of the binned picture: 3 to the right, 1 down, colour 8: grey. Two below it
	# are colours; the middle of one is red.
	scene_light neutral
	rkisp1_route $raw $binned main=NV12:$binned
	capture "$rkisp1_main" 1 nv12
	rkisp1_route $raw $binned main=NV21:$binned
	capture "$rkisp1_main" 1 nv21
	rkisp1_route $raw $binned main=YU12:$binned
	capture "$rkisp1_main" 1 yu12
	rkisp1_route $raw $binned main=YV12:$binned
	capture "$rkisp1_main" 1 yv12
	# Tile 1,0 of the array, which is red: 192,40 of the picture, chroma at 96,20.
	at=$((1640 * 1232 + 20 * 1640 + 192))
	colour=$(od -An -tu1 -j $at -N 2 nv12)
	read -r -a colour <<<"$colour"
	between "${colour[0]}" 80 126
	between "${colour[1]}" 140 250
	equal "$(od -An -tu1 -j $at -N 2 nv21 | xargs)" "${colour[1]} ${colour[0]}"
	at=$((1640 * 1232 + 20 * 820 + 96))
	equal "$(od -An -tu1 -j $at -N 1 yu12 | xargs)" "${colour[0]}"
	equal "$(od -An -tu1 -j $((at + 820 * 616)) -N 1 yu12 | xargs)" "${colour[1]}"
	equal "$(od -An -tu1 -j $at -N 1 yv12 | xargs)" "${colour[1]}"
}

# ---- parameters ----

# grey FORMAT:WxH FILE: the mean of the middle, which is grey, of the third frame
grey() {
	local size=${1#*:}
	scenecheck mean "$1" "$2" 2 "$((${size%x*} / 2 - 8)),$((${size#*x} / 2 - 4)),16x8"
}

# with_params FORM WORD...: capture to "frames" with these blocks
with_params() {
	local pid
	start_tool rkparams "$rkisp1_params" "$@"
	wait_ready
	pid=$tool_pid
	capture "$rkisp1_self" 3 frames
	kill "$pid"
}

@test "parameters: black level, gains and gamma act, in both forms" {
	local form red green blue plain
	rkisp1_route $raw $binned self=XR24:800x600
	capture "$rkisp1_self" 3 frames
	read -r red green blue <<<"$(grey XR24:800x600 frames)"
	# As it comes: 64 of 1023 is black, grey is 92/256 of the 700 of white.
	between "$green" 76 82
	between "$red" 50 56
	for form in fixed ext; do
		with_params $form black=256
		read -r red green blue <<<"$(grey XR24:800x600 frames)"
		between "$green" 60 66
		between "$red" 35 41
		with_params $form black=256 gains=425,256,366
		read -r red green blue <<<"$(grey XR24:800x600 frames)"
		between "$red" 60 66
		between "$blue" 60 66
		plain=$green
		with_params $form black=256 gains=425,256,366 gamma
		read -r red green blue <<<"$(grey XR24:800x600 frames)"
		between "$green" "$((${plain%.*} + 40))" 200
		# Power goes off between streams, and all is as it was.
		capture "$rkisp1_self" 3 frames
		read -r red green blue <<<"$(grey XR24:800x600 frames)"
		between "$green" 76 82
	done
}

@test "parameters: malformed ones are refused" {
	rkisp1_route $raw $binned main=NV12:$binned
	run_tool rkparams "$rkisp1_params" malformed
	equal "$(grep -c ': Invalid argument' "$stdout")" 8 'count of refusals'
	matches "$stdout" '^correct: taken'
	matches "$stdout" '^fixed correct: taken'
}

# ---- statistics ----

@test "statistics: the means of cells are those of the picture" {
	local stats cells
	rkisp1_route $raw $binned self=XR24:$binned
	start_tool v4l2-ctl -d "$rkisp1_stats" --stream-mmap=4 --stream-count=4 --stream-to=stats
	wait_for 5 streams_on "$tool_pid"
	capture "$rkisp1_self" 6 frames
	wait_tool
	run_tool rkstats stats
	read -r -a stats <<<"$(tail -n 1 "$stdout")"
	equal "${stats[1]}" 15 'types of measurements'
	# The driver's own window: 400x300 at 200,150
	run_tool scenecheck cells XR24:$binned frames 3 200,150,80x59
	read -r -a cells <<<"$(cat "$stdout")"
	for cell in {0..24}; do
		between "${stats[8 + cell]}" $((cells[cell] - 3)) $((cells[cell] + 3))
	done
	# Not all alike, so there is something to compare.
	[ "$(printf '%s\n' "${cells[@]}" | sort -u | wc -l)" -gt 3 ]
}

# As a condition: the process holds a V4L2 node, and waits in it.
streams_on() {
	grep -q -e 'vb2\|poll\|select' "/proc/$1/wchan" 2>/dev/null ||
		[ "$(awk '{ print $3 }' "/proc/$1/stat")" = S ]
}

@test "statistics: grey is grey after the right gains, under three lights" {
	local light gains white
	rkisp1_route $raw $binned self=XR24:800x600
	for light in daylight:425,256,366 tungsten:285,256,669 fluorescent:364,256,468; do
		scene_light "${light%:*}"
		gains=${light#*:}
		start_tool rkparams "$rkisp1_params" ext black=256 "gains=$gains" \
			white=205,154,1230x924 cells=0,0,$binned
		wait_ready
		v4l2-ctl -d "$rkisp1_stats" --stream-mmap=4 --stream-count=3 --stream-to=stats &
		lab_pids+=($!)
		capture "$rkisp1_self" 8 frames
		wait $!
		kill "$tool_pid"
		read -r -a white <<<"$(rkstats stats | tail -n 1)"
		between "${white[3]}" 1000000 1136520
		between "${white[5]}" 125 131
		between "${white[6]}" 125 131
	done
}

@test "statistics: the histogram counts the pixels and moves with the light" {
	local stats dark bright
	rkisp1_route $raw $binned self=XR24:800x600
	for brightness in 200 1500; do
		scene_set brightness $brightness
		start_tool rkparams "$rkisp1_params" ext black=256 cells=0,0,$binned
		wait_ready
		v4l2-ctl -d "$rkisp1_stats" --stream-mmap=4 --stream-count=3 --stream-to=stats &
		lab_pids+=($!)
		capture "$rkisp1_self" 8 frames
		wait $!
		kill "$tool_pid"
		rkstats stats | tail -n 1 | sed 's/.*bins//; s/sharp.*//' >"bins-$brightness"
		# Three components, a pixel of 100, weight 16
		between "$(xargs -n 1 <"bins-$brightness" | awk '{ n += $1 } END { print n }')" \
			930000 971000
	done
	dark=$(awk '{ print $1 }' bins-200)
	bright=$(awk '{ print $1 }' bins-1500)
	[ "$dark" -gt $((2 * bright)) ] || fail "as many dark pixels in bright light: $dark, $bright"
}

# ---- faults ----

@test "faults: errors of the bus and of sizes are counted by the driver" {
	local name kind before
	rkisp1_route $raw $binned main=NV12:$binned
	for name in csi_crc:mipi_error csi_ecc:mipi_error csi_sync:mipi_error \
		csi_overflow:mipi_error inform_size:inform_size_error \
		outform_size:outform_size_err stabilization_size:img_stabilization_size_error; do
		kind=${name#*:}
		before=$(counter "$kind")
		fault "${name%:*}" 3
		capture "$rkisp1_main" 4 frames --verbose
		equal "$(sequences)" '0 1 2 3'
		equal "$(counter "$kind")" $((before + 3)) "$kind"
	done
}

@test "faults: a broken off picture has no lower half" {
	rkisp1_route $raw 640x480 main=GREY:640x480
	fault inform_size 1
	capture "$rkisp1_main" 2 frames
	equal "$(tail -c +$((640 * 240 + 1)) frames | head -c $((640 * 240)) | tr -d '\0' | wc -c)" 0
	[ "$(tail -c $((640 * 240)) frames | tr -d '\0' | wc -c)" -gt 0 ]
}

@test "faults: lost data break a picture off, unheard with a Bayer sensor" {
	local before
	rkisp1_route $raw 640x480 main=GREY:640x480
	before=$(counter data_loss)
	fault data_loss 1
	capture "$rkisp1_main" 2 frames
	equal "$(tail -c +$((640 * 240 + 1)) frames | head -c $((640 * 240)) | tr -d '\0' | wc -c)" 0
	equal "$(counter data_loss)" "$before" data_loss
}

@test "frames without a buffer are dropped, what comes tells its sequence" {
	local before
	rkisp1_route $raw 640x480 main=GREY:640x480
	before=$(counter mp_frame_drop)
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=20 \
		--stream-to=frames --verbose
	flows rkisp1/main
	kill -STOP "$tool_pid"
	wait_for 5 counts $((before + 9)) mp_frame_drop
	kill -CONT "$tool_pid"
	wait_tool
	run_tool -a grep -h '^cap dqbuf' "$stdout" "$stderr"
	sequences >wanted
	run_tool scenecheck numbers "$(sensor_record)" GREY:640x480 frames
	equal "$(paste -s -d ' ' "$stdout")" "$(cat wanted)" 'numbers of frames'
	[ "$(tail -n 1 "$stdout")" -gt 25 ] || fail 'no gap'
	equal "$(counter rkisp1/bad_address)" 0 bad_address
}

@test "faults: a sensor that stalls sends nothing, and then the next number" {
	rkisp1_route $raw 640x480 main=GREY:640x480
	fault stall forever
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=4 --stream-to=frames
	lab_nap 0.5
	[ ! -s frames ] || fail 'there are frames'
	fault stall 0
	wait_tool
	numbers_follow GREY:640x480 frames
}

@test "faults: lost interrupts make the stop time out" {
	local before
	rkisp1_route $raw 640x480 main=GREY:640x480
	before=$(counter mp_stop_timeout)
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=1000
	flows rkisp1/main
	fault no_frame_interrupt forever
	stop_tool INT -a
	equal "$(counter mp_stop_timeout)" $((before + 1)) mp_stop_timeout
	fault no_frame_interrupt 0
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=1000
	flows rkisp1/main
	fault no_interrupt forever
	stop_tool INT -a
	equal "$(counter mp_stop_timeout)" $((before + 2)) mp_stop_timeout
	fault no_interrupt 0
	capture "$rkisp1_main" 3 frames
	numbers_follow GREY:640x480 frames
	dmesg_clean
}

@test "faults: interrupts that come together lose nothing" {
	rkisp1_route $raw $binned main=NV12:$binned self=GREY:640x480
	fault merge forever
	start_tool v4l2-ctl -d "$rkisp1_self" --stream-mmap=4 --stream-count=10 --stream-to=self
	capture "$rkisp1_main" 8 /dev/null
	wait_tool
	numbers_rise GREY:640x480 self 10
}

@test "faults: a sensor that refuses I2C makes STREAMON fail" {
	rkisp1_route $raw 640x480 main=GREY:640x480
	fault i2c forever
	# v4l2-ctl itself is content with that.
	capture "$rkisp1_main" 2 frames
	contains "$stderr" 'STREAMON returned -1 (Remote I/O error)'
	counts 1 imx219/refused
	fault i2c 0
	capture "$rkisp1_main" 2 frames
	numbers_follow GREY:640x480 frames
}

# ---- coming and going ----

@test "thirty starts and stops of both paths" {
	local stops
	rkisp1_route $raw $binned main=NV12:$binned self=NV16:640x480
	stops=$(counter mp_stop_timeout)
	for ((i = 0; i < 30; i++)); do
		v4l2-ctl -d "$rkisp1_self" --stream-mmap=4 --stream-count=4 >/dev/null 2>&1 &
		lab_pids+=($!)
		v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=3 >/dev/null 2>&1
		wait $!
	done
	equal "$(counter mp_stop_timeout) $(counter rkisp1/bad_address)" "$stops 0"
	dmesg_clean
}

@test "one path comes and goes while the other runs, and joins its numbers" {
	rkisp1_route $raw $binned main=GREY:640x480 self=NV12:320x240
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=80 --stream-to=frames
	flows rkisp1/main
	for i in 1 2 3; do
		capture "$rkisp1_self" 4 "self-$i"
	done
	wait_tool
	for i in 1 2 3; do
		run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 "self-$i"
		# In a row, and none twice.
		awk -v last="${last:-0}" '$1 <= last || (NR > 1 && $1 != last + 1) { exit 1 } { last = $1 }' \
			"$stdout" || fail "after ${last:-0} come $(paste -s "$stdout")"
		last=$(tail -n 1 "$stdout")
	done
	numbers_rise GREY:640x480 frames 80
	equal "$(counter rkisp1/bad_address)" 0 bad_address
}

@test "drivers come and go, the hardware stays" {
	lab_reload rkisp1
	device_unbind rkisp1 e0910000.isp
	device_bind rkisp1 e0910000.isp
	rkisp1_route $raw 640x480 main=GREY:640x480
	capture "$rkisp1_main" 3 frames
	numbers_follow GREY:640x480 frames
	dmesg_clean
}

@test "unbinding while it streams ends the stream" {
	rkisp1_route $raw 640x480 main=GREY:640x480
	start_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=1000
	flows rkisp1/main
	device_unbind rkisp1 e0910000.isp
	wait_tool -a
	device_bind rkisp1 e0910000.isp
	rkisp1_route $raw 640x480 main=GREY:640x480
	capture "$rkisp1_main" 3 frames
	numbers_follow GREY:640x480 frames
}

@test "v4l2-compliance finds what it finds on the real driver, and streams" {
	rkisp1_route $raw $binned main=NV12:$binned
	run_tool -a -t 60 v4l2-compliance -d "$rkisp1_main" -s5
	contains "$stdout" 'test MMAP (no poll): OK'
	contains "$stdout" 'test MMAP (select): OK'
	contains "$stdout" 'test MMAP (epoll): OK'
	dmesg_clean
}
