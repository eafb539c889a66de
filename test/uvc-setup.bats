# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: which format, size and rate is chosen, what is refused, and how it is set.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# captures MODE ARG...: the camera streamed just this last, such as "YUYV 640x480 interval 333333"
captures() {
	local mode=$1 told
	shift
	run_tool uvc-capture -c 2 "$@"
	told=$(sed -n 's/.* start stream [0-9] \(.* interval [0-9]*\) .*/\1/p' "$(uvc_log)")
	equal "${told##*$'\n'}" "$mode" "mode of $*"
}

# refuses TEXT ARG...: status 6, and standard error has this; nothing was started
refuses() {
	local text=$1
	shift
	run_tool -6 uvc-capture -c 2 "$@"
	contains "$stderr" "$text"
	lacks "$(uvc_log)" ' start '
}

# state NODE: what a node is set to
state() {
	v4l2-ctl -d "$1" --get-fmt-video --get-parm -C brightness | grep -vE 'Flags|Name'
}

@test "choice: by need, with the format that was taken and why" {
	uvc_plug default
	captures 'YUYV 640x480 interval 333333'
	contains "$stderr" 'main: taking YUYV 640x480 at 30 fps: uncompressed, so nothing has to be decoded'
	captures 'MJPG 1280x720 interval 166666' -s 1280x720@60
	contains "$stderr" 'main: taking MJPG (MJPEG) 1280x720 at 60 fps: YUYV comes to 30 fps only at this size'
	captures 'YUYV 640x480 interval 1000000' -s main@10
	captures 'YUYV 320x240 interval 166666' -s 320x240@60
	captures 'MJPG 640x480 interval 333333' -F 'a-#.jpg'
	contains "$stderr" 'main: taking MJPG (MJPEG) 640x480 at 30 fps: for the kind of file'
	captures 'YUYV 640x480 interval 333333' -F 'a-#.png'
	contains "$stderr" 'main: taking YUYV 640x480 at 30 fps: for the kind of file'
}

@test "choice: a format that was asked for needs no words" {
	uvc_plug default
	captures 'MJPG 640x480 interval 666666' -s 640x480:MJPG@15
	lacks "$stderr" main:
}

@test "strict: what cannot be is refused, naming the nearest and what has it" {
	uvc_plug default
	state "$uvc_node" >before
	refuses 'main: NV12 is not possible, the nearest is YUYV 640x480 at 30 fps' -s main:NV12
	refuses 'main: YUYV 640x470 is not possible, the nearest is YUYV 640x480 at 30 fps' -s 640x470:YUYV
	refuses 'main: YUYV 640x480 at 25 fps is not possible, the nearest is YUYV 640x480 at 30 fps' \
		-s 640x480:YUYV@25
	refuses 'main: YUYV 1280x720 at 60 fps is not possible, the nearest is YUYV 1280x720 at 30 fps' \
		-s 1280x720:YUYV@60
	matches "$stderr" 'MJPG \(MJPEG\)(, which|) has that'
	refuses 'main: MJPG (MJPEG) 320x240 is not possible, the nearest is MJPG (MJPEG) 640x480 at 30 fps' \
		-s 320x240:MJPG
	matches "$stderr" 'YUYV(, which|) has that'
	refuses 'main: 640x480 at 200 fps is not possible, the nearest is YUYV 640x480 at 30 fps' -s 640x480@200
	refuses 'main: 5000x5000 is not possible, the nearest is YUYV 1920x1080 at 30 fps' -s 5000x5000
	refuses "--mode: the sensor of a USB camera is its own affair" --mode=640x480
	refuses 'meta comes only while main streams: ask for both' -s meta
	refuses 'meta has neither size nor rate' -s main -s meta:640x480
	refuses 'meta has neither size nor rate' -s main -s meta@30
	state "$uvc_node" >after
	cmp before after
}

@test "adjust: the nearest is taken, and said" {
	uvc_plug default
	captures 'YUYV 640x480 interval 333333' --adjust -s 640x470:NV12@27
	contains "$stderr" 'main: NV12 640x470 at 27 fps is not possible, taking YUYV 640x480 at 30 fps'
	captures 'MJPG 1920x1080 interval 333333' --adjust -s 5000x5000:MJPG@60
}

@test "rates: 29.97 and 30 are two" {
	uvc_plug default
	refuses 'main: 29.97 fps is not possible, the nearest is YUYV 640x480 at 30 fps' -s main@29.97
	cat >ntsc <<-'PROFILE'
		format YUYV
		frame 320x240 333333 333667 400000
	PROFILE
	uvc_pull
	uvc_plug ./ntsc
	captures 'YUYV 320x240 interval 333667' -s main@29.97
	captures 'YUYV 320x240 interval 333333' -s main@30
	captures 'YUYV 320x240 interval 400000' -s main@25
}

@test "rates: in steps, the rate that was asked for or refused" {
	uvc_plug stepwise
	captures 'YUYV 640x480 interval 166666' -s 640x480@60
	captures 'YUYV 640x480 interval 999991' -s 640x480@10
	# Seven steps above the least are 399997, as good as 25 a second.
	captures 'YUYV 640x480 interval 399997' -s 640x480@25
	captures 'YUYV 320x240 interval 1234567' -s 320x240@8.1
	captures 'YUYV 320x240 interval 333333' -s 320x240
	run_tool -6 uvc-capture -s 640x480@9
	contains "$stderr" 'main: 640x480 at 9 fps is not possible, the nearest is YUYV 640x480 at 10 fps'
	# Between two steps: 199999 is 50 a second, and 233332 the next.
	run_tool -6 uvc-capture -s 640x480@45
	contains "$stderr" 'main: 640x480 at 45 fps is not possible, the nearest is YUYV 640x480 at 42.86 fps'
	captures 'YUYV 640x480 interval 233332' --adjust -s 640x480@45
}

@test "order: the format, then the rate that it resets, both as they are then" {
	uvc_plug default
	run_tool strace -o trace -e trace=ioctl uvc-capture -q -s 640x480:YUYV@15 -c 2
	grep -oE 'VIDIOC_[SG]_(FMT|PARM)' trace | xargs >order
	[[ $(<order) =~ ^(VIDIOC_G_FMT )*VIDIOC_S_FMT\ VIDIOC_G_FMT\ VIDIOC_S_PARM( VIDIOC_G_PARM)*$ ]] ||
		fail "$(<order)"
	run_tool v4l2-ctl -d "$uvc_node" --get-parm
	contains "$stdout" '15.000'
}

@test "state: whatever others left behind" {
	local left
	uvc_plug default
	for left in width=1920,height=1080,pixelformat=MJPG width=320,height=240,pixelformat=YUYV \
		width=1280,height=720,pixelformat=YUYV; do
		run_tool v4l2-ctl -d "$uvc_node" --set-fmt-video="$left" --set-parm=10
		captures 'YUYV 640x480 interval 666666' -s 640x480@15
		run_tool v4l2-ctl -d "$uvc_node" --set-fmt-video="$left"
		run_tool v4l2-ctl -d "$uvc_node" --set-parm=5
		captures 'YUYV 640x480 interval 333333'
	done
}

# dry_run_equals NODE ARG...: after its script the node is as after the tool
dry_run_equals() {
	local node=$1 width=1920
	shift
	[ "$node" != "${uvc_nodes[1]:-}" ] || width=320
	v4l2-ctl -d "$node" --set-fmt-video="width=$width" -c brightness=0
	state "$node" >before
	run_tool uvc-capture --dry-run -C brightness=9 "$@"
	cp "$stdout" script
	state "$node" >after
	cmp before after
	sh script >script.out 2>&1 || fail "the script fails: $(cat script.out)" || return
	state "$node" >by-script
	v4l2-ctl -d "$node" --set-fmt-video="width=$width" -c brightness=0
	run_tool uvc-capture -q -c 1 -C brightness=9 "$@"
	state "$node" >by-tool
	cat by-tool
	cmp by-script by-tool
	run ! cmp -s before by-tool
}

@test "dry run: its script leaves the camera as the tool does" {
	uvc_plug default
	dry_run_equals "$uvc_node" -s 640x480:YUYV@15
	dry_run_equals "$uvc_node" -s 1280x720@60
	# The last line tells how to go on: v4l2-ctl captures from there.
	sed -n 's/^# then: //p' script >capture
	run_tool sh -e script
	run_tool sh -e capture
	uvc_check main.*
}

@test "dry run: of the second interface" {
	uvc_plug infrared
	dry_run_equals "${uvc_nodes[1]}" -s 320x240:Y16 0004/2
}

@test "dry run: strings of a camera that mean something to a shell, or to a terminal" {
	uvc_plug twin --name='a "b" $(touch x) `touch y`'"'"'; touch z \\ '
	dry_run_equals "$uvc_node" -s 320x240
	no_file x y z
	uvc_pull
	uvc_plug twin --name='\x0atouch x\x0d\x1b[31m#' --serial='\x0atouch y'
	dry_run_equals "$uvc_node" -s 320x240
	no_file x y
	[ "$(tr -d '\11\12\40-\176' <script | wc -c)" -eq 0 ] || fail "$(cat -v script)"
}

@test "dry run: what is refused prints no half script" {
	uvc_plug default
	run_tool -6 uvc-capture --dry-run -s 641x480
	[ ! -s "$stdout" ]
}

@test "measured rate: dynamic frame rate in the dark is named" {
	uvc_plug full
	uvc_tell light 10
	run_tool uvc-capture -q -s 640x480:YUYV@30 -C exposure_dynamic_framerate=1 -c 12
	matches "$stderr" 'main: the camera made [0-9.]+ frames a second, it was set to 30: exposure_dynamic_framerate lets automatic exposure slow the camera down in the dark; -C exposure_dynamic_framerate=0 keeps the rate'
	run_tool uvc-capture -s 640x480:YUYV@30 -C exposure_dynamic_framerate=1 -c 12 --json
	equal "$(jq -r 'select(.code == "rate-low") | .level' "$stdout")" warning
	run_tool uvc-capture -q -s 640x480:YUYV@30 -C exposure_dynamic_framerate=0 -c 12
	# A busy machine may make the camera slow, but that is no reason to name this.
	lacks "$stderr" exposure
}

@test "measured rate: an exposure longer than a frame is named" {
	uvc_plug full
	run_tool uvc-capture -q -s 640x480:YUYV@30 -C auto_exposure=1,exposure_time_absolute=80ms -c 12
	# 12.5, or less on a busy machine.
	matches "$stderr" 'main: the camera made ([0-9]|1[0-2])(\.[0-9]+)? frames a second, it was set to 30: exposure_time_absolute, 80 ms, is longer than a frame'
	run_tool uvc-capture -q -s 640x480:YUYV@30 -C auto_exposure=1,exposure_time_absolute=20ms -c 12
	# A busy machine may make the camera slow, but that is no reason to name this.
	lacks "$stderr" exposure
}

@test "clocks: of the real time, said, and no other clocks made from it" {
	local rate
	uvc_reset clock=CLOCK_REALTIME
	uvc_plug default
	run_tool uvc-capture --json -c 3 -F 'a-#.raw'
	contains "$stderr" 'timestamps are of the real-time clock, which may jump: uvcvideo was loaded with clock=CLOCK_REALTIME'
	equal "$(jq -r 'select(.code == "clock-odd") | .level' "$stdout")" warning
	equal "$(jq -c 'select(.record == "frame") | [has("timestamp_ns"), has("timestamp_boottime_ns"), has("timestamp_realtime_ns")]' \
		"$stdout" | sort -u)" '[true,false,false]'
	# It is in this century.
	jq -es 'map(select(.record == "frame") | .timestamp_ns > 16e17) | all' "$stdout"
	equal "$(jq -c '[has("timestamp_ns"), has("timestamp_realtime_ns")]' a-000001.raw.json)" '[true,false]'
	# The rate follows from these times, and is told as low only where a busy machine made it so.
	run_tool uvc-capture -c 12
	rate=$(sed -n 's/^captured .* \([0-9.]*\) fps, .*/\1/p' "$stdout")
	awk -v told="$rate" '/ main seq: / { last = $1; if (!n++) first = $1 }
		END { off = told - (n - 1) / (last - first); exit off > 0.02 || off < -0.02 }' "$stdout"
	[ "${rate%.*}" -lt 28 ] || lacks "$stderr" 'frames a second'
}

@test "clocks: the usual one, with the others beside it" {
	uvc_plug default
	run_tool uvc-capture --json -c 3
	lacks "$stderr" clock
	equal "$(jq -c 'select(.record == "frame") | [has("timestamp_boottime_ns"), has("timestamp_realtime_ns")]' \
		"$stdout" | sort -u)" '[true,true]'
}

@test "clocks: made from the camera's own, frames keep their order" {
	uvc_reset hwtimestamps=1
	uvc_plug default
	run_tool uvc-capture --json -c 40 -F all.raw
	cp "$stdout" report
	uvc_check all.raw
	# What uvcvideo makes of the camera's clock moves by what the machine was late, which the tool says.
	jq -es 'map(select(.record == "frame") | .timestamp_ns) | (.[-1] - .[0] < 5e9) and
		([.[1:], .[:-1]] | transpose | all(.[0] - .[1] > -5e6))' report
}
