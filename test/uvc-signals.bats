# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: signals, disks that fill, readers that leave.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	cat >webcam <<-'PROFILE'
		id 1209:0106
		product "Steady"
		format YUYV
		frame 160x120 30fps
		format MJPG
		frame 640x480 30fps
		control brightness -64 64 1 0
	PROFILE
	uvc_plug ./webcam
}

no_leftovers() {
	local left
	left=$(find "${1:-.}" -name '.*' ! -name . ! -name '.run-*' ! -name '.uvc-*' ! -name '.fs-*')
	[ -z "$left" ] || fail "left behind: $left"
}

# check FILE...: uvc_check; $stdout and $stderr stay those of uvc-capture
check() {
	local captured=$stdout said=$stderr
	uvc_check "$@" || return
	equal "$(uvc_sum gaps) $(uvc_sum damaged)" '0 0' || return
	stdout=$captured stderr=$said
}

# sent COUNT: the camera sent so many frames
sent() {
	[ "$(wc -l <"$(uvc_record)")" -ge "$1" ]
}

@test "signals: INT, TERM and HUP end it in good order, status 128+n" {
	local pair signal
	for pair in INT:130 TERM:143 HUP:129; do
		signal=${pair%:*}
		start_tool uvc-capture -c 10000 -s 160x120:YUYV -F "$signal-#.raw" --ready-fd=9
		wait_ready
		stop_tool "$signal" "-${pair#*:}" -t 3
		check "$signal"-*.raw
		matches "$stdout" "^captured $(uvc_sum frames), lost 0 .* written $(uvc_sum frames), "
		start_tool uvc-capture -c 100000 -s 640x480:MJPG -F "$signal.mjpeg" --ready-fd=9
		wait_ready
		stop_tool "$signal" "-${pair#*:}" -t 3
		check "$signal.mjpeg"
		matches "$stdout" "^captured $(uvc_sum frames), lost 0 .* written $(uvc_sum frames), "
		no_leftovers
	done
	dmesg_clean
}

@test "signals: an endless run ends with 0, and controls are put back" {
	start_tool uvc-capture -c 0 -C brightness=9 --restore -s 160x120:YUYV --ready-fd=9
	wait_ready
	equal "$(v4l2-ctl -d "$uvc_node" -C brightness)" 'brightness: 9'
	stop_tool INT -0 -t 3
	equal "$(v4l2-ctl -d "$uvc_node" -C brightness)" 'brightness: 0'
}

@test "signals: before the first frame of a camera that hangs, one is enough" {
	uvc_tell freeze
	start_tool uvc-capture -c 3 -s 160x120:YUYV -F out.raw --first-frame=60s
	wait_for 10 grep -q 'start stream' "$(uvc_log)"
	stop_tool TERM -143 -t 3
	no_file out.raw
	no_leftovers
	uvc_tell thaw
	run_tool uvc-capture -c 3 -F out.raw
}

@test "signals: while the camera is slow to answer, it ends when that is over" {
	uvc_tell slow 150
	start_tool uvc-capture -c 3 -s 160x120:YUYV -F out.raw -C brightness=3 --restore
	wait_for 10 test -s "$stderr"
	kill -INT "$tool_pid"
	stop_tool INT -130 -t 10
	no_file out.raw
}

@test "signals: a reader that is stuck, the second ends it at once" {
	mkfifo pipe
	start_tool uvc-capture -c 1000 -s 640x480:MJPG -F pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	# More than the pipe holds.
	wait_for 10 sent 8
	kill -INT "$tool_pid"
	lab_nap 0.2
	kill -0 "$tool_pid"
	stop_tool INT -130 -t 3
	exec {reader}<&-
}

@test "a file system that fills: status 9, whole frames stay and nothing else" {
	need_file_system 400k
	run_tool -9 uvc-capture -c 100 -s 640x480:MJPG -F "$file_system/f-#.jpg"
	contains "$stderr" 'No space left on device'
	[ "$(ls "$file_system"/f-*.jpg | wc -l)" -ge 3 ]
	check "$file_system"/f-*.jpg
	no_leftovers "$file_system"
	need_file_system 400k
	run_tool -9 uvc-capture -c 100 -s 640x480:MJPG -F "$file_system/all.mjpeg"
	contains "$stderr" 'No space left on device'
	check "$file_system/all.mjpeg"
	[ "$(uvc_sum frames)" -ge 3 ]
	no_leftovers "$file_system"
	need_file_system 200k
	run_tool -9 uvc-capture -c 0 -s 160x120:YUYV -F "$file_system/all.raw"
	check "$file_system/all.raw"
}

@test "a reader that leaves: status 9; ffmpeg that stays: all is there" {
	run_tool -9 bash -c 'set -o pipefail; uvc-capture -q -c 500 -s 640x480:MJPG -F - | head -c 50000 >/dev/null'
	contains "$stderr" 'its reader has gone'
	require ffmpeg ffprobe
	run_tool bash -c 'set -o pipefail
		uvc-capture -q -c 10 -s 640x480:MJPG -F - |
		ffmpeg -v error -f mjpeg -i - -f null - && echo fine'
	contains "$stdout" fine
}
