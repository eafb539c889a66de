# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 600
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture as a whole program under valgrind: no error, no leak, no descriptor left, on good and
# bad ends.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	export LAB_TOOL_LIMIT=120 LAB_WAIT_LIMIT=60
	checked=(valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all
		--track-fds=yes --error-exitcode=99 --log-file=valgrind.log uvc-capture)
	cat >webcam <<-'PROFILE'
		id 1209:0107
		product "Checked"
		serial "V-1"
		format YUYV
		frame 160x120 30fps 15fps
		format MJPG
		frame 160x120 30fps
		control brightness -64 64 1 0
		control exposure_mode 1 8 9 8
		control exposure_time 1 5000 1 156 info=0x0b
		control power_line 0 2 1 1
	PROFILE
}

# clean: valgrind found nothing, and no descriptor that the program opened was open at the end
clean() {
	awk '/FILE DESCRIPTORS:/ || /^==[0-9]+== *$/ { next }
		/Open (file descriptor|AF_)/ { opened = $0; next }
		opened { if (!/inherited from parent/) print opened; opened = ""; next }
		{ print }' valgrind.log >found
	[ ! -s found ] || fail "$(cat valgrind.log)"
}

checks() {
	run_tool "$1" "${checked[@]}" "${@:2}"
	clean
}

@test "valgrind: lists, info, controls, dry run" {
	uvc_plug ./webcam
	checks -0 --list
	checks -0 --info --json
	checks -0 --list-controls
	checks -0 --dry-run -C brightness=3 -s 160x120@15
}

@test "valgrind: captures of every kind" {
	uvc_plug ./webcam
	checks -0 -c 3 -s 160x120:MJPG -F 'a-#.jpg' -C auto_exposure=1,exposure_time_absolute=9 --restore
	checks -0 -c 3 -s 160x120:YUYV -F all.raw --report=report
	checks -0 -c 3 -s main:160x120:YUYV -s meta -F main=y.raw --json --decode
	uvc_check y.raw
}

@test "valgrind: refused before and at the start" {
	uvc_plug ./webcam
	checks -3 'nobody'
	checks -6 -s 161x120
	checks -6 -C nothing=1
	uvc_tell refuse 1
	checks -6 -s 160x120:YUYV -F out.raw
	uvc_tell freeze
	checks -7 -s 160x120:YUYV --first-frame=100ms -F out.raw
}

@test "valgrind: damaged frames, a signal, an unplug" {
	uvc_plug ./webcam
	uvc_tell cut 2
	checks -0 -c 3 -s 160x120:MJPG -F b.mjpeg --drop-bad=off
	start_tool "${checked[@]}" -c 0 -s 160x120:MJPG -F 'i-#.jpg' --ready-fd=9
	wait_ready
	stop_tool INT -0
	clean
	start_tool "${checked[@]}" -c 0 -s main -s meta -F main=all.raw --ready-fd=9 \
		-C brightness=3 --restore
	# What is ready first may be the metadata.
	wait_for 20 grep -q ' main seq' "$stdout"
	uvc_pull
	wait_tool -8
	clean
	uvc_check all.raw
}

@test "valgrind: garbage" {
	uvc_plug garbage-names
	checks -0 --info
	checks -0 -c 1 -F n.raw
	uvc_pull
	uvc_plug garbage-controls
	checks -0 -L
	checks -6 -c 1 -C brightness=1
	uvc_pull
	uvc_plug garbage-frames
	checks -0 --info
	uvc_pull
	uvc_plug garbage-sizes
	checks -6 -c 1 -s 320x240:MJPG
	checks -1 -c 1 -s 1280x720:MJPG
}
