# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and uvc.bash set
# The emulated USB camera, judged by the real driver and by programs that are not ours.

bats_require_minimum_version 1.5.0
load lab
load uvc

# capture FORMAT WIDTH HEIGHT COUNT [OPTION...]: to the file "frames"
capture() {
	local format=$1 width=$2 height=$3 count=$4
	shift 4
	run_tool v4l2-ctl -d "$uvc_node" \
		--set-fmt-video="width=$width,height=$height,pixelformat=$format" \
		--stream-mmap=4 --stream-count="$count" --stream-to=frames "$@"
}

# control NAME: its value as the driver reads it
control() {
	local line
	line=$(v4l2-ctl -d "$uvc_node" -C "$1") || return
	echo "${line#*: }"
}

set_control() {
	run_tool v4l2-ctl -d "$uvc_node" -c "$1"
}

# log_has TEXT [CAMERA]: as a condition, without words
log_has() {
	grep -qF -e "$1" "$(uvc_log)"
}

# The time in ms between frames that v4l2-ctl told of: the middle of what any two of them say, since on
# a busy machine many are late, and the next is then early.
interval() {
	awk '{
			if (!match($0, /ts: [0-9.]*/))
				next
			time[++n] = substr($0, RSTART + 4, RLENGTH - 4) * 1000
			for (i = 1; i < n; i++)
				print (time[n] - time[i]) / (n - i)
		}' "$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# between VALUE LOW HIGH
between() {
	awk -v v="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(v >= low && v <= high) }' ||
		fail "$1 is not between $2 and $3"
}

# sample OFFSET: a byte of "frames"
sample() {
	local text
	text=$(od -An -tu1 -j "$1" -N 1 frames)
	echo "${text// /}"
}

# luma NUMBER X Y: what the pattern has there, before any control
luma() {
	echo $((32 + (($2 + 3 * $3 + 5 * $1) & 255) * 3 / 4))
}

@test "uvc_plug: a camera with its nodes, uvc_pull takes them away" {
	uvc_plug default
	run_tool v4l2-ctl -d "$uvc_node" -D
	contains "$stdout" 'Emulated UVC camera'
	run_tool media-ctl -d "$uvc_media" -p
	contains "$stdout" 'serial          0001'
	uvc_pull
	no_file "$uvc_node" "$uvc_media" "${uvc_metadata[@]}"
}

@test "frames: YUYV from dummy_hcd, each is what was sent" {
	uvc_plug default
	capture YUYV 640 480 20
	uvc_check frames
	equal "$(uvc_sum frames)" 20
	equal "$(stat -c %s frames)" $((20 * 640 * 480 * 2))
}

@test "frames: MJPG from dummy_hcd, each is what was sent" {
	uvc_plug default
	capture MJPG 640 480 20
	uvc_check frames
	equal "$(uvc_sum frames)" 20
}

@test "uvc_check: a byte that differs, fails and names the frame" {
	uvc_plug default
	capture YUYV 320 240 3
	printf x | dd of=frames bs=1 seek=200000 conv=notrunc status=none
	run -1 uvc_check frames
	[[ $output == *"unequal "*"frames=3 "*" unequal=1 "* ]]
}

@test "uvc_tell: a command that is none, fails" {
	uvc_plug default
	uvc_tell freeze
	run -1 uvc_tell fly
	[[ $output == *"no such command"* ]]
}

# ---- formats ----

# formats_equal FORMAT...: some frames of each are what was sent
formats_equal() {
	local format
	for format in "$@"; do
		capture "$format" 320 240 4
		uvc_check frames
		equal "$(uvc_sum frames)" 4 "frames of $format"
	done
}

@test "formats: every one of the first node, each frame is what was sent" {
	uvc_plug formats
	formats_equal YUYV UYVY NV12 GREY 'Y16 ' BGR3 RGBP MJPG
}

@test "formats: every one of the second node, each frame is what was sent" {
	uvc_plug formats
	uvc_node=${uvc_nodes[1]}
	formats_equal YU12 YV12 'Y10 ' 'Y12 ' RGGB XR24 H264 HEVC
}

@test "formats: a second node has frames of its own stream" {
	uvc_plug infrared
	uvc_node=${uvc_nodes[1]}
	capture GREY 640 480 3
	uvc_check --stream=1 frames
	run -1 uvc_check --stream=0 frames
}

@test "pattern: GREY is what picture.h says" {
	local number
	uvc_plug bright
	capture GREY 320 240 1
	uvc_check frames
	number=$(uvc_sum first)
	equal "$(sample $((5 * 320 + 17)))" "$(luma "$number" 17 5)"
	equal "$(sample $((200 * 320 + 300)))" "$(luma "$number" 300 200)"
}

@test "pattern: H264 that ffmpeg decodes is the pattern" {
	local number
	require ffmpeg
	uvc_plug formats
	uvc_node=${uvc_nodes[1]}
	capture H264 320 180 2
	uvc_check frames
	number=$(uvc_sum first)
	run_tool ffmpeg -v error -f h264 -i frames -f rawvideo -pix_fmt yuv420p decoded
	equal "$(stat -c %s decoded)" $((2 * 320 * 180 * 3 / 2))
	mv decoded frames
	equal "$(sample $((100 * 320 + 50)))" "$(luma "$number" 50 100)"
	equal "$(sample $((320 * 180 * 3 / 2 + 179 * 320 + 319)))" "$(luma $((number + 1)) 319 179)"
}

# hex FILE: its first bytes as one line
hex() {
	od -An -v -tx1 -N 40000 "$1" | tr -d ' \n' >"$1.hex"
	echo "$1.hex"
}

@test "jpeg: without Huffman tables, with AVI1, 4:2:2 and padding" {
	uvc_plug odd-jpeg
	capture MJPG 640 480 2
	uvc_check frames
	matches "$(hex frames)" '^ffd8ffe0001041564931'
	run ! grep -q ffc4 frames.hex
	# Precision, height, width, three components, the first of 2x1.
	contains frames.hex ffc000110801e002800301210
	equal "$(tail -c 1000 frames | tr -d '\0' | wc -c)" 0
}

@test "jpeg: as most cameras make it, ffmpeg decodes it" {
	require ffmpeg
	uvc_plug default
	capture MJPG 640 480 1
	matches "$(hex frames)" '^ffd8ffe000104a46494600'
	contains frames.hex ffc4
	contains frames.hex ffc000110801e002800301220
	run_tool ffmpeg -v error -f mjpeg -i frames -f rawvideo -pix_fmt yuvj420p decoded
	equal "$(stat -c %s decoded)" $((640 * 480 * 3 / 2))
	# Phase 0, near enough for what compressing leaves.
	mv decoded frames
	between "$(sample $((5 * 640 + 17)))" $(($(luma 0 17 5) - 6)) $(($(luma 0 17 5) + 6))
}

@test "uvc_check: Huffman tables put in and padding cut off, accepted when told so" {
	local at
	uvc_plug odd-jpeg
	capture MJPG 320 240 1
	head -c -1000 frames >trimmed
	run -1 uvc_check trimmed
	uvc_check --trimmed trimmed
	at=$(grep -abo $'\xff\xda' frames | head -n 1 | cut -d : -f 1)
	{
		head -c "$at" frames
		# A segment of 21 bytes: class and id, how many codes of each length, two values.
		printf '\xff\xc4\0\x15\0\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0b'
		tail -c +$((at + 1)) frames
	} >inserted
	run -1 uvc_check inserted
	uvc_check --dht inserted
}

# ---- transports ----

@test "iso: YUYV and MJPG, each frame is what was sent" {
	uvc_plug iso
	capture YUYV 640 480 15
	uvc_check frames
	equal "$(uvc_sum missing)" 0
	capture MJPG 1280 720 15
	uvc_check frames
	matches "$(uvc_log)" 'start stream 0 YUYV 640x480 interval 333333 payload 3072'
	matches "$(uvc_log)" 'start stream 0 MJPG 1280x720 interval 333333 payload 1024'
}

@test "usbip: bulk too, each frame is what was sent" {
	uvc_plug -p twin
	capture YUYV 640 480 15
	uvc_check frames
	matches <(readlink -f "/sys/class/video4linux/${uvc_node##*/}") vhci_hcd
}

@test "iso: no altsetting fits, STREAMON fails with EIO" {
	uvc_plug iso-no-altsetting
	run_tool -a v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=1
	contains "$stderr" 'VIDIOC_STREAMON returned -1 (Input/output error)'
}

@test "versions of the standard: 1.0 and 1.5, which negotiate with shorter and longer blocks" {
	local version
	for version in 0x0100 0x0150; do
		{ echo "version $version" && cat "$uvc_profiles/twin"; } >versioned
		uvc_plug ./versioned
		contains <(dmesg_since) "Found UVC ${version:3:1}.${version:4} device"
		capture MJPG 640 480 2
		uvc_check frames
		set_control brightness=5
		matches "$(uvc_log)" ' set brightness 5$'
		uvc_pull
	done
}

@test "full speed: frames of a slow camera" {
	uvc_plug fullspeed
	capture YUYV 160 120 3
	uvc_check frames
}

@test "two cameras of one model: told apart by their ports, both stream" {
	local first
	uvc_plug twin
	first=$uvc_node
	uvc_plug -i 1 twin
	run_tool v4l2-ctl -d "$uvc_node" -D
	contains "$stdout" 'usb-dummy_hcd.1-1'
	start_tool v4l2-ctl -d "$first" --stream-mmap --stream-count=20 --stream-to=others
	capture YUYV 640 480 20
	wait_tool
	uvc_check -i 1 frames
	uvc_check others
	run -1 uvc_check others frames
}

# ---- controls and what they do ----

@test "controls: the driver finds all of them, with their ranges" {
	uvc_plug full
	run_tool v4l2-ctl -d "$uvc_node" -L
	equal "$(grep -c ' 0x00[0-9a-f]* (' "$stdout")" 21
	matches "$stdout" 'white_balance_temperature .*min=2800 max=6500 step=10 default=4600 value=4600 flags=inactive'
	matches "$stdout" 'pan_absolute .*min=-36000 max=36000 step=3600'
	matches "$stdout" 'privacy .*flags=read-only'
	contains "$stdout" '3: Aperture Priority Mode'
	lacks "$stdout" 'Shutter'
}

@test "controls: a slave of an automatic master is refused, and taken after the master is off" {
	uvc_plug full
	# The driver knows that, and doesn't ask the camera.
	run_tool -a v4l2-ctl -d "$uvc_node" -c focus_absolute=50
	contains "$stderr" 'Permission denied'
	# In one call it writes in the order of the bits: this slave before its master.
	run_tool -a v4l2-ctl -d "$uvc_node" -c focus_automatic_continuous=0,focus_absolute=50
	contains "$stderr" 'focus_absolute: Permission denied'
	matches "$(uvc_log)" ' refused focus error 2$'
	set_control focus_automatic_continuous=0
	set_control focus_absolute=50
	equal "$(control focus_absolute)" 50
	# And this master before its slave.
	set_control auto_exposure=1,exposure_time_absolute=200
	equal "$(control exposure_time_absolute)" 200
}

@test "controls: a camera that ignores what a slave is told, no error but no change" {
	sed 's/^serial.*/slaves ignore/' "$uvc_profiles/full" >careless
	uvc_plug ./careless
	set_control focus_automatic_continuous=0,focus_absolute=50
	matches "$(uvc_log)" ' ignored focus 50$'
	run_tool v4l2-ctl -d "$uvc_node" -C focus_automatic_continuous
	contains "$stdout" ': 0'
}

@test "controls: what the camera changes is an event" {
	local i=0
	uvc_plug full
	start_tool v4l2-ctl -d "$uvc_node" --wait-for-event=ctrl=privacy
	# Once it has subscribed.
	until lab_ended "$tool_pid"; do
		i=$((i + 1))
		uvc_tell set privacy $((i % 2))
		[ $i -lt 500 ] || fail "no event" || return
	done
	wait_tool
	contains "$stdout" 'ctrl: privacy'
}

@test "controls: what an automatic one has arrived at is read" {
	uvc_plug full
	equal "$(control white_balance_temperature)" 4600
	uvc_tell set white_balance 3200
	equal "$(control white_balance_temperature)" 3200
	uvc_tell light 50
	equal "$(control exposure_time_absolute)" 312
}

@test "controls: stall and slow, the driver's errors and patience" {
	uvc_plug full
	equal "$(control zoom_absolute)" 100
	uvc_tell stall 1 3 zoom
	run_tool -a v4l2-ctl -d "$uvc_node" -c zoom_absolute=200
	contains "$stderr" 'Object is remote'
	uvc_tell slow 300
	local begin=${EPOCHREALTIME/./}
	set_control zoom_absolute=200
	[ $((${EPOCHREALTIME/./} - begin)) -gt 300000 ] || fail "not slow"
}

@test "exposure: automatic with priority, the dark halves the rate" {
	uvc_plug full
	uvc_tell light 20
	capture YUYV 320 240 12 --verbose
	between "$(interval "$stderr")" 28 39
	set_control exposure_dynamic_framerate=1
	capture YUYV 320 240 12 --verbose
	between "$(interval "$stderr")" 68 90
	equal "$(control exposure_time_absolute)" 780
}

@test "exposure: manual and longer than the interval, frames come slower" {
	uvc_plug full
	set_control auto_exposure=1,exposure_time_absolute=1000
	capture YUYV 320 240 8 --verbose
	between "$(interval "$stderr")" 91 115
}

@test "exposure, gain and brightness: samples follow from them" {
	local number plain
	uvc_plug bright
	set_control exposure_time_absolute=78,gain=24,brightness=10
	capture GREY 320 240 1
	uvc_check frames
	number=$(uvc_sum first)
	plain=$(luma "$number" 17 5)
	equal "$(sample $((5 * 320 + 17)))" $((plain * 75 / 100 + 10))
	matches "$(uvc_log)" ' exposure 78 level 75 brightness 10$'
}

@test "privacy: closed, pictures are black" {
	uvc_plug full
	uvc_tell set privacy 1
	capture YUYV 320 240 1
	uvc_check frames
	equal "$(sample $((2 * (5 * 320 + 17))))" 0
	equal "$(control privacy)" 1
}

# ---- faults ----

@test "faults: ERR, too short, lost packets are dropped by the driver" {
	uvc_plug iso
	uvc_tell err 2
	capture YUYV 320 240 3
	uvc_check frames
	equal "$(uvc_sum damaged)" 0
	uvc_tell short 2
	capture YUYV 320 240 3
	uvc_check frames
	equal "$(uvc_sum damaged)" 0
	uvc_tell lose 2
	capture YUYV 320 240 3
	uvc_check frames
	equal "$(uvc_sum damaged)" 0
	equal "$(grep -c ' [ESL]$' "$(uvc_record)")" 6
}

@test "faults: with nodrop=1 the driver marks them" {
	require yavta
	uvc_reset nodrop=1
	uvc_plug default
	uvc_tell err 2
	run_tool yavta -c4 -n4 -f YUYV -s 320x240 "$uvc_node"
	equal "$(grep -cF ' [E] ' "$stdout")" 2
}

@test "faults: MJPG cut short comes without a mark" {
	uvc_plug default
	uvc_tell cut 1
	capture MJPG 640 480 9
	uvc_check frames
	equal "$(uvc_sum damaged)" 1
	# The first and the ninth are of one phase.
	# shellcheck disable=SC2046 # two words
	set -- $(awk '$2 == 0 || $2 == 8 { print $6 }' "$(uvc_record)")
	equal "$1" $(($2 - $2 / 4))
}

@test "faults: no end of frame, the frame is whole all the same" {
	uvc_plug default
	uvc_tell noeof 2
	capture YUYV 320 240 4
	uvc_check frames
	equal "$(uvc_sum damaged)" 2
}

@test "faults: a refused commit, STREAMON fails once" {
	uvc_plug default
	uvc_tell refuse 1
	run_tool -a v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=1
	contains "$stderr" 'VIDIOC_STREAMON returned -1 (Input/output error)'
	capture YUYV 320 240 1
}

@test "faults: frozen and halted, nothing comes until thaw and unhalt" {
	uvc_plug default
	uvc_tell freeze
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=5 --stream-to=frames
	wait_for 5 log_has 'start stream 0'
	run ! log_has 'frame '
	uvc_tell thaw
	wait_tool
	uvc_check frames
}

@test "faults: the endpoint halted, nothing comes until the reader starts anew" {
	uvc_plug default
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-to=frames
	wait_for 5 log_has 'frame '
	uvc_tell halt
	wait_for 5 eval 'dmesg_since | grep -q "Non-zero status (-32)"'
	stop_tool KILL -a
	uvc_tell unhalt
	capture YUYV 320 240 3
	uvc_check frames
}

@test "faults: drop leaves numbers out, and the driver doesn't know" {
	uvc_plug default
	start_tool v4l2-ctl -d "$uvc_node" --set-fmt-video=width=320,height=240,pixelformat=YUYV \
		--stream-mmap --stream-count=60 --stream-to=frames
	wait_for 5 log_has 'frame '
	uvc_tell drop 3
	wait_tool
	uvc_check frames
	[ "$(uvc_sum skipped)" -ge 3 ] || fail "nothing left out"
	equal "$(uvc_sum missing)" 0
}

@test "faults: the cable pulled in mid-stream, the reader ends and has whole frames" {
	local round
	for round in 1 2 3; do
		uvc_plug default
		start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-to=frames
		wait_for 5 log_has "number $(((round - 1) * 65536))"
		wait_for 5 test -s frames
		uvc_pull
		# What it is told is a race.
		wait_tool -a
		uvc_check frames
	done
	dmesg_clean
}

@test "faults: the cable pulled after five frames, and put in again" {
	uvc_plug default
	uvc_tell quit 5
	run_tool -a v4l2-ctl -d "$uvc_node" --set-fmt-video=width=320,height=240,pixelformat=YUYV \
		--stream-mmap --stream-to=frames
	uvc_check frames
	between "$(uvc_sum last)" 0 4
	equal "$(grep -c ' frame ' "$(uvc_log)")" 5
	uvc_pull
	uvc_plug default
	capture YUYV 320 240 2
	uvc_check frames
	equal "$(uvc_sum first)" 65536
	uvc_tell quit
	uvc_pull
}

# ---- the helpers ----

@test "uvc_teardown: cameras and parameters are as before, and what can't be is told" {
	uvc_reset nodrop=1
	uvc_plug default
	uvc_plug -i 1 -p twin
	uvc_teardown
	no_file /dev/video0 /dev/media0
	equal "$(cat /sys/module/uvcvideo/parameters/nodrop)" 0
	run -1 uvc_pull
	[[ $output == *"camera 0 is not plugged in"* ]]
}

@test "uvc_plug: four cameras at once, on both kinds of controller" {
	local i
	uvc_plug twin
	uvc_plug -i 1 twin
	uvc_plug -i 2 -p twin
	uvc_plug -i 3 iso
	for i in 0 1 2 3; do
		run_tool v4l2-ctl -d "/dev/video$((2 * i))" --stream-mmap --stream-count=3 \
			--stream-to="frames-$i"
		uvc_check -i "$i" "frames-$i"
	done
}

@test "platform: more controllers when asked, and it comes and goes" {
	run ! test -e /sys/devices/platform/dummy_hcd.2
	lab_reload uvc:cameras=3:nodrop=1
	equal "$(cat /sys/module/uvcvideo/parameters/nodrop)" 1
	uvc_plug -i 2 twin
	capture MJPG 640 480 1
	uvc_check -i 2 frames
	uvc_pull -i 2
	lab_reload uvc
	run ! test -e /sys/devices/platform/dummy_hcd.2
}

@test "uvc_plug: the same number twice, fails" {
	uvc_plug default
	run -1 uvc_plug twin
	[[ $output == *"camera 0 is plugged in already"* ]]
}

# ---- judges and garbage ----

@test "v4l2-compliance: only what the driver itself is known for fails" {
	uvc_plug twin
	run_tool -a v4l2-compliance -d "$uvc_node" -s
	run ! grep ': FAIL$' <(grep -v -e ' VIDIOC_REQBUFS/' -e ' MMAP (' "$stdout")
	contains "$stdout" 'test VIDIOC_G/S/TRY_EXT_CTRLS: OK'
}

# first_header: of a frame that the camera sends, as hex: host's time and frame number of the bus,
# then the payload header, of which the driver keeps one a frame
first_header() {
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap
	run_tool v4l2-ctl -d "${uvc_metadata[0]}" --stream-mmap --stream-count=5 --stream-to=headers
	stop_tool KILL -a
	hex headers >/dev/null
}

@test "metadata: the header of a frame in one piece, with its clocks" {
	uvc_plug default
	first_header
	# 12 bytes; end of header, both clocks, end of frame.
	matches headers.hex '^.{20}0c8[ef]'
}

@test "faults: no end of frame in a header" {
	uvc_plug default
	uvc_tell noeof 1000
	first_header
	matches headers.hex '^.{20}0c8[cd]'
}

@test "intervals: in steps" {
	uvc_plug stepwise
	run_tool v4l2-ctl -d "$uvc_node" --list-frameintervals=width=640,height=480,pixelformat=YUYV
	contains "$stdout" 'Stepwise 0.017s - 0.100s with step 0.003s'
	run_tool v4l2-ctl -d "$uvc_node" --set-fmt-video=width=640,height=480 --set-parm=25
	contains "$stdout" '25.0'
}

@test "nameless: no strings, still a camera" {
	uvc_plug nameless
	run_tool v4l2-ctl -d "$uvc_node" -D
	contains "$stdout" 'UVC Camera (1209:0009)'
}

@test "garbage: names with control characters arrive as they are" {
	uvc_plug garbage-names
	contains <(media-ctl -d "$uvc_media" -p) $'Bad\x1b[31m'
}

@test "garbage: frames and controls that can't be get through, and the kernel stays well" {
	uvc_plug garbage-frames
	run_tool v4l2-ctl -d "$uvc_node" --list-formats-ext
	contains "$stdout" 'Size: Discrete 0x0'
	uvc_pull
	uvc_plug garbage-controls
	run_tool v4l2-ctl -d "$uvc_node" -L
	contains "$stdout" 'min=64 max=-64'
	uvc_pull
	uvc_plug garbage-interval
	run_tool v4l2-ctl -d "$uvc_node" --list-formats-ext
	uvc_pull
	uvc_plug garbage-sizes
	run_tool v4l2-ctl -d "$uvc_node" --set-fmt-video=width=1280,height=720
	dmesg_clean
}

@test "garbage: an interval of minutes, streaming stops at once on both kinds of controller" {
	printf '%s\n' 'format YUYV' 'frame 160x120 0xffffffff' >hourly
	uvc_plug ./hourly
	uvc_plug -i 1 -p ./hourly
	local one_second=(timeout --preserve-status -s INT 1)
	run_tool -a -t 5 "${one_second[@]}" v4l2-ctl -d /dev/video0 --stream-mmap --stream-count=2
	run_tool -a -t 5 "${one_second[@]}" v4l2-ctl -d /dev/video2 --stream-mmap --stream-count=2
	# The next commit waits for the end of the stream before.
	run_tool -t 5 v4l2-ctl -d /dev/video0 --stream-mmap --stream-count=1
	run_tool -t 5 v4l2-ctl -d /dev/video2 --stream-mmap --stream-count=1
}

@test "garbage: cut descriptors and unknown formats, no node and no harm" {
	uvc_plug -u garbage-cut
	equal "${uvc_node:-none}" none
	uvc_pull
	uvc_plug -u no-format
	equal "${uvc_node:-none}" none
	dmesg_clean
}

@test "garbage: an answer to PROBE of nothing but ones" {
	uvc_plug default
	uvc_tell garble 4
	run_tool -a v4l2-ctl -d "$uvc_node" --set-fmt-video=width=320,height=240,pixelformat=YUYV
	capture YUYV 320 240 2
	uvc_check frames
	dmesg_clean
}

@test "uvc_plug: a profile with a mistake, fails and names the line" {
	printf 'format YUYV\nframe 640 30fps\n' >mine
	run -1 uvc_plug ./mine
	[[ $output == *"./mine:2: a frame is WIDTHxHEIGHT INTERVAL..."* ]]
}
