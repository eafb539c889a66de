# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The emulated IPU3, judged by the real drivers and by programs that are not ours (imgurun is): its
# receiver, and both functions together. ipu3-imgu.bats tries the processor alone.

bats_require_minimum_version 1.5.0
load lab
load hardware

front='imx219 0-0010' rear='imx219 1-0010' infrared='ov7251 2-0060'
raw=SRGGB10_1X10 binned=1640x1232
# What -C shows of a binned frame with imgurun's own geometry: without the envelope
shown=20,166,1600x900

# capture COUNT FILE [OPTION...]: from the port that cio2_route set up
capture() {
	local count=$1 file=$2
	shift 2
	run_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count="$count" \
		--stream-to="$file" --verbose "$@"
	sed -n 's/^cap dqbuf.* seq: *\([0-9]*\) .*/\1/p' "$stdout" "$stderr" >sequences
}

# raw_right FILE [SENSOR]: every byte of the frames is the scene's; their numbers are in the file numbers
raw_right() {
	run_tool scenecheck raw "$(sensor_record "${2:-imx219}")" ip3 "$1"
	cp "$stdout" numbers
}

# in_sequence: the numbers are the sequence numbers that v4l2-ctl told
in_sequence() {
	equal "$(paste -s -d ' ' numbers)" "$(paste -s -d ' ' sequences)" numbers
}

# stalls_below COUNT: as a condition, of frames that the sensor is still not going to send
stalls_below() {
	[ "$(cat "$hardware_files/imx219/fault_stall")" -lt "$1" ]
}

setup() {
	lab_setup
	damage_mark
}

# ---- the receiver ----

@test "raw: every byte in each mode of the sensor, numbers are the sequence" {
	local mode
	for mode in $binned 640x480 1920x1080 3280x2464; do
		cio2_route 0 "$front" $raw "$mode" ip3r
		capture 4 frames
		raw_right frames
		in_sequence
	done
	no_damage
	dmesg_clean
}

@test "raw: flips move the Bayer pattern" {
	local flips code fourcc
	while read -r flips code fourcc; do
		cio2_route 0 "$front" $raw 640x480 ip3r
		v4l2-ctl -d "$cio2_sensor" \
			-c "horizontal_flip=${flips%,*},vertical_flip=${flips#*,}"
		cio2_route 0 "$front" "$code" 640x480 "$fourcc"
		capture 2 "$fourcc"
		raw_right "$fourcc"
	done <<-EOF
		1,0 SGRBG10_1X10 ip3G
		0,1 SGBRG10_1X10 ip3g
		1,1 SBGGR10_1X10 ip3b
	EOF
	v4l2-ctl -d "$cio2_sensor" -c horizontal_flip=0,vertical_flip=0
	! cmp -s ip3G ip3b || fail 'flips change nothing'
}

@test "raw: monochrome, by its own exposure and gain, flips and test pattern" {
	local settings
	cio2_route 2 "$infrared" Y10_1X10 640x480 ip3y
	for settings in exposure=200,gain=16 exposure=800,gain=40 horizontal_flip=1 \
		vertical_flip=1 test_pattern=1; do
		v4l2-ctl -d "$cio2_sensor" -c "$settings"
		capture 3 "$settings"
		raw_right "$settings" ov7251
	done
	matches "$(sensor_record ov7251)" ' exposure 800 .* digital 640 .* mono 1'
	v4l2-ctl -d "$cio2_sensor" -c horizontal_flip=0,vertical_flip=0,test_pattern=0
	! cmp -s exposure=200,gain=16 exposure=800,gain=40 || fail 'exposure changes nothing'
}

@test "raw: another sensor at another port" {
	cio2_route 1 "$rear" $raw $binned ip3r
	capture 4 frames
	raw_right frames imx219-second
	in_sequence
	matches "$hardware_files/cio2/record" '^5 port 1 page [1-9a-f][0-9a-f]* '
}

@test "raw: two ports at once break the first" {
	local collisions
	collisions=$(counter cio2/collisions)
	cio2_route 1 "$rear" $raw $binned ip3r
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=1000
	flows cio2/frames
	cio2_route 0 "$front" $raw $binned ip3r
	run_tool -a v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=20
	wait_for 5 counts $((collisions + 1)) cio2/collisions
	stop_tool KILL -a
	capture 4 frames
	raw_right frames
}

@test "raw: formats that the receiver does not take, and the driver's own checks" {
	cio2_route 0 "$front" $raw $binned ip3r
	v4l2-ctl -d "$cio2_sensor" --set-subdev-fmt=pad=0,width=640,height=480,code=0x300f
	capture 2 frames
	contains "$stderr" 'STREAMON returned -1 (Broken pipe)'
	cio2_route 0 "$front" $raw $binned ip3b
	capture 2 frames
	contains "$stderr" 'STREAMON returned -1 (Invalid argument)'
	cio2_route 0 "$front" $raw $binned ip3r
	media-ctl -d "$cio2_media" -l "\"$front\":0->\"ipu3-csi2 0\":0[0]"
	capture 2 frames
	contains "$stderr" 'STREAMON returned -1 (Link has been severed)'
}

@test "events: a frame that begins is told with its sequence number" {
	local events
	cio2_route 0 "$front" $raw 640x480 ip3r
	events=$(media-ctl -d "$cio2_media" -e 'ipu3-csi2 0')
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=1000
	flows cio2/frames
	run_tool v4l2-ctl -d "$events" --wait-for-event=frame_sync
	matches "$stdout" 'frame_sync [1-9]'
	stop_tool KILL -a
}

@test "faults: what a port complains of is in the log, and what it breaks in the frame" {
	local fault text
	cio2_route 0 "$front" $raw 640x480 ip3r
	while read -r fault text; do
		dmesg_mark
		fault "$fault" 2
		capture 6 frames
		dmesg_since >log
		contains log "CSI-2 receiver port 0: $text"
		equal "$(cat "$hardware_files/cio2/fault_$fault")" 0 "$fault"
	done <<-EOF
		csi_crc payload checksum (CRC) error
		csi_header multiple packet header errors detected
		csi_short incomplete long packet detected
		csi_overflow fifo overflow
		dphy DPHY synchronization error
	EOF
	capture 4 frames
	raw_right frames
}

@test "faults: a short frame has its upper half, and says so" {
	local bytes=$((64 * 13 * 480))
	cio2_route 0 "$front" $raw 640x480 ip3r
	fault csi_short 3
	# The first two go to no buffer of ours.
	capture 2 frames
	dmesg_since >log
	contains log "payload length is $bytes, received $((bytes / 2))"
	run_tool -1 scenecheck raw "$(sensor_record)" ip3 frames
	contains "$stderr" 'frame 2: pixel 0,240'
}

@test "faults: a frame that is lost is missing in the pixels, not in the sequence" {
	cio2_route 0 "$front" $raw 640x480 ip3r
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=12 \
		--stream-to=frames --verbose
	flows cio2/frames
	fault lose
	wait_tool
	contains "$stderr" 'seq:     13'
	raw_right frames
	equal "$(tail -n 1 numbers)" 14 'number of the last frame'
}

@test "faults: no frames, and a sensor that refuses" {
	local frames
	cio2_route 0 "$front" $raw 640x480 ip3r
	# 2 s without frames, then they flow.
	fault imx219/stall 60
	frames=$(counter cio2/frames)
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=4
	wait_for 5 stalls_below 50
	equal "$(counter cio2/frames)" "$frames" 'frames received'
	fault imx219/stall 0
	wait_tool
	fault imx219/i2c forever
	capture 2 frames
	contains "$stderr" 'STREAMON returned -1 (Remote I/O error)'
	fault imx219/i2c 0
	capture 2 frames
	raw_right frames
}

@test "faults: completions without an interrupt come with the next one" {
	cio2_route 0 "$front" $raw 640x480 ip3r
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=12 --stream-to=frames
	flows cio2/frames
	fault cio2/no_interrupt 2
	wait_tool
	raw_right frames
	equal "$(wc -l <numbers)" 12
}

@test "faults: without interrupts the channel runs out of entries, a new start brings it back" {
	local halted
	halted=$(counter cio2/halted)
	cio2_route 0 "$front" $raw 640x480 ip3r
	start_tool v4l2-ctl -d "$cio2_node" --stream-mmap=4 --stream-count=100
	flows cio2/frames
	fault cio2/no_interrupt forever
	wait_for 5 counts $((halted + 1)) cio2/halted
	fault cio2/no_interrupt 0
	stop_tool KILL -a
	capture 4 frames
	raw_right frames
}

# ---- both ----

@test "one memory: the receiver writes it, the processor reads it, numbers are the same" {
	local count=8
	imgu_links 0
	cio2_route 0 "$front" $raw $binned ip3r
	run_tool imgurun -C "$cio2_node" -f ip3r -n $count -d 4
	raw_right raw
	for picture in NV12:1280x720:$shown:main NV12:640x360:$shown:viewfinder; do
		run_tool scenecheck numbers "$(sensor_record)" "${picture%:*}" "${picture##*:}"
		equal "$(cat "$stdout")" "$(cat numbers)" "${picture##*:}"
	done
	# Pages of the last frames, by number and in the order of jobs
	while read -r number; do
		grep "^$number port 0 " "$hardware_files/cio2/record" | tail -n 1 | cut -d ' ' -f 5
	done <numbers >received
	tail -n $count "$hardware_files/imgu/record" | cut -d ' ' -f 5 >taken
	lacks received '^0$'
	equal "$(cat taken)" "$(cat received)" pages
	no_damage
}

@test "misuse: a buffer that both have, and lines outside of the input, are counted" {
	local overlap outside
	overlap=$(($(counter cio2/overlap) + $(counter imgu/overlap)))
	outside=$(counter imgu/outside)
	imgu_links 0
	cio2_route 0 "$front" $raw $binned ip3r
	echo 200000 >"$hardware_files/imgu/frame_us"
	run_tool imgurun -C "$cio2_node" -f ip3r -n 4 -M
	[ $(($(counter cio2/overlap) + $(counter imgu/overlap))) -gt "$overlap" ] ||
		fail 'nothing overlaps'
	run_tool -a imgurun -i 1640x916
	counts $((outside + 1)) imgu/outside || fail 'nothing outside'
}

# ---- coming and going ----

@test "starts, stops and kills leave nothing behind" {
	imgu_links 0
	cio2_route 0 "$front" $raw 640x480 ip3r
	for ((i = 0; i < 5; i++)); do
		start_tool imgurun -C "$cio2_node" -f ip3r -n 1000 -c 640x480 -b 640x480 \
			-g 608x448 -o 608x448 -v 320x240
		flows imgu/jobs
		stop_tool KILL -a
	done
	run_tool imgurun
	capture 4 frames
	raw_right frames
	no_damage
	dmesg_clean
}

@test "drivers come and go, the hardware stays" {
	lab_reload ipu3
	lab_reload ipu3
	imgu_links 0
	run_tool imgurun
	cio2_route 0 "$front" $raw 640x480 ip3r
	capture 4 frames
	raw_right frames
	dmesg_clean
}
