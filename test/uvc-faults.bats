# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: frames that are damaged, lost, or do not come at all.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	cat >webcam <<-'PROFILE'
		id 1209:0103
		product "Faulty"
		format YUYV
		frame 160x120 30fps 10fps
		format MJPG
		frame 160x120 30fps
	PROFILE
}

# plug: with nodrop=1 or without, as $nodrop says
plug() {
	[ -z "$nodrop" ] || uvc_reset nodrop=1
	uvc_plug ./webcam
}

# frame_lines: how many frames the report has
frame_lines() {
	grep -c ' main seq: ' "$stdout" || true
}

# summary TEXT: the sums of the report
summary() {
	contains "$stdout" "$1"
}

# check FILE...: uvc_check; $stdout and $stderr stay those of uvc-capture
check() {
	local captured=$stdout said=$stderr
	uvc_check "$@" || return
	stdout=$captured stderr=$said
}

# in_order: uvcvideo puts the buffer of a frame that it drops behind the others
in_order() {
	grep -o 'seq: [0-9]*' "$stdout" >order
	sort -c order
}

enough_frames() {
	[ "$(frame_lines)" -ge "$1" ]
}

# faulty FAULT COUNT -- OPTION...: a run of 12 frames, of which those after the fourth have this fault.
# There is a buffer for each: the driver loses none because this machine is slow.
faulty() {
	uvc_tell "$1" "$2" 4 || return
	shift 3
	start_tool uvc-capture -c 12 -n 20 "$@"
}

# ---- nothing comes ----

@test "frozen: before the first frame, status 7 within the limit" {
	plug
	uvc_tell freeze
	run_tool -7 -t 3 uvc-capture -c 3 --first-frame=300ms -F out.raw
	contains "$stderr" 'no frame within 300ms'
	summary 'captured 0, lost 0 '
	no_file out.raw
}

@test "frozen: after some frames, status 7 within the limit, those are whole" {
	plug
	start_tool uvc-capture -c 0 -n 16 --between-frames=300ms -F 'f-#.raw' --ready-fd=9
	wait_ready
	uvc_tell freeze
	wait_tool -7 -t 3
	contains "$stderr" 'no further frame within 300ms'
	check f-*.raw
	summary "captured $(uvc_sum frames), lost 0 (driver 0, error 0, overflow 0), written $(uvc_sum frames), "
}

@test "frozen: by default a second is waited for the next frame, more if frames are rare" {
	plug
	start_tool uvc-capture -c 0 --ready-fd=9 -s 160x120@30
	wait_ready
	uvc_tell freeze
	wait_tool -7 -t 4
	contains "$stderr" 'no further frame within 1s'
}

@test "frozen: thawed within the limit, the run goes on" {
	plug
	start_tool uvc-capture -c 12 --ready-fd=9 --between-frames=5s
	wait_ready
	uvc_tell freeze
	uvc_tell thaw
	wait_tool
	summary 'captured 12, '
}

# ---- damaged frames ----

# driver_drops COMMAND...: uvcvideo throws such a frame away, it counts as lost by the driver
driver_drops() {
	local files=${*: -1}
	plug
	faulty "$@"
	wait_tool
	# shellcheck disable=SC2086 # a pattern
	check ${files/\#/*}
	equal "$(uvc_sum damaged) $(uvc_sum frames)" '0 12'
	summary 'captured 12, lost 2 (driver 2, error 0, overflow 0), written 12, '
	matches "$stdout" ' seq: 0*6 .* lost: 2 '
	in_order
}

# driver_passes COMMAND...: uvcvideo hands it out with a mark, it is an error
driver_passes() {
	local files=${*: -1}
	nodrop=1
	plug
	faulty "$@"
	wait_tool
	# shellcheck disable=SC2086 # a pattern
	check ${files/\#/*}
	equal "$(uvc_sum damaged) $(uvc_sum frames)" '0 12'
	summary 'captured 12, lost 2 (driver 0, error 2, overflow 0), written 12, '
	equal "$(grep -c 'no picture and counts as lost' "$stderr")" 1 'warnings'
	matches "$stdout" ' seq: 0*6 .* lost: 2 '
	in_order
}

@test "ERR in the headers: lost by the driver" {
	driver_drops err 2 -- -s 160x120:YUYV -F 'f-#.raw'
}

@test "ERR in the headers: an error with nodrop=1" {
	driver_passes err 2 -- -s 160x120:YUYV -F 'f-#.raw'
}

@test "short frames: lost by the driver" {
	driver_drops short 2 -- -s 160x120:YUYV -F 'f-#.raw'
}

@test "short frames: an error with nodrop=1" {
	driver_passes short 2 -- -s 160x120:YUYV -F 'f-#.raw'
}

@test "MJPG cut short: the driver passes it without a mark, an error all the same" {
	local parameter
	for parameter in '' 1; do
		nodrop=$parameter
		plug
		faulty cut 2 -- -s 160x120:MJPG -F "j$nodrop-#.jpg"
		wait_tool
		check "j$nodrop"-*.jpg
		equal "$(uvc_sum damaged) $(uvc_sum frames)" '0 12'
		summary 'captured 12, lost 2 (driver 0, error 2, overflow 0), written 12, '
		uvc_pull
	done
}

@test "MJPG with ERR: lost by the driver, or an error with nodrop=1" {
	plug
	faulty err 2 -- -s 160x120:MJPG -F all.mjpeg
	wait_tool
	summary 'lost 2 (driver 2, error 0, overflow 0)'
	check all.mjpeg
	equal "$(uvc_sum damaged)" 0
	uvc_pull
	nodrop=1
	plug
	faulty err 2 -- -s 160x120:MJPG -F again.mjpeg
	wait_tool
	summary 'lost 2 (driver 0, error 2, overflow 0)'
	check again.mjpeg
	equal "$(uvc_sum damaged)" 0
}

@test "frames without an end: whole all the same, none lost" {
	plug
	faulty noeof 3 -- -s 160x120:YUYV -F all.raw
	wait_tool
	summary 'captured 12, lost 0 '
	check all.raw
	equal "$(uvc_sum frames) $(uvc_sum gaps) $(uvc_sum damaged)" '12 0 3'
}

@test "frames that the camera leaves out: nobody can know, and the rate tells" {
	plug
	faulty drop 6 -- -s 160x120:YUYV -F all.raw
	wait_tool
	check all.raw
	equal "$(uvc_sum frames)" 12
	summary 'captured 12, lost 0 '
	contains "$stderr" 'frames a second, it was set to 30'
}

@test "more lost than --max-lost: status 10, with nodrop=0 and nodrop=1" {
	for nodrop in '' 1; do
		plug
		faulty err 3 -- -s 160x120:YUYV --max-lost=2
		wait_tool -10
		contains "$stderr" '3 frames were lost, more than --max-lost=2'
		faulty err 3 -- -s 160x120:YUYV --max-lost=3
		wait_tool
		uvc_pull
	done
}

@test "--drop-bad=off: damaged frames are written and marked, and are not of the count" {
	nodrop=1
	plug
	faulty err 2 -- -s 160x120:YUYV -F 'f-#.raw' --drop-bad=off --report=report
	wait_tool
	equal "$(ls f-*.raw | wc -l)" 14
	check f-*.raw
	equal "$(uvc_sum frames) $(uvc_sum damaged)" '14 2'
	equal "$(grep -c ' damaged' "$stdout")" 2
	summary 'captured 12, lost 2 (driver 0, error 2, overflow 0), written 14, '
	jq -es 'map(select(.record == "frame" and .damaged == true)) | length == 2' report
	uvc_pull
	plug
	faulty cut 2 -- -s 160x120:MJPG -F all.mjpeg --drop-bad=off
	wait_tool
	check all.mjpeg
	equal "$(uvc_sum frames) $(uvc_sum damaged)" '14 2'
}

@test "--drop-bad=off: what comes back at an unplug is not written" {
	local moment
	nodrop=1
	for moment in 1 2 3 4; do
		plug
		start_tool uvc-capture -c 0 -n 16 -F "$moment.raw" --drop-bad=off --ready-fd=9
		wait_ready
		wait_for 5 enough_frames $((3 + moment))
		uvc_pull
		wait_tool -8
		check "$moment.raw"
		equal "$(uvc_sum damaged)" 0
		summary ", lost 0 (driver 0, error 0, overflow 0), written $(uvc_sum frames), "
	done
}

@test "nothing but damaged frames: status 7, as if there were none" {
	nodrop=1
	plug
	uvc_tell err 1000
	run_tool -7 -t 5 uvc-capture -c 3 --first-frame=500ms -F out.raw
	contains "$stderr" 'nothing but damaged frames within 500ms'
	no_file out.raw
	uvc_tell err 0
	faulty err 1000 -- --between-frames=500ms -F 'f-#.raw'
	wait_tool -7 -t 5
	contains "$stderr" 'nothing but damaged frames within 500ms'
	check f-*.raw
}

@test "nothing but damaged frames, and the driver keeps them: no frame" {
	plug
	uvc_tell err 1000
	run_tool -7 -t 5 uvc-capture -c 3 --first-frame=500ms
	contains "$stderr" 'no frame within 500ms'
}

@test "isochronous: a lost packet loses the frame, or damages it with nodrop=1" {
	sed -i '2a transfer iso' webcam
	plug
	faulty lose 2 -- -s 160x120:YUYV -F 'f-#.raw'
	wait_tool
	check f-*.raw
	equal "$(uvc_sum damaged) $(uvc_sum frames)" '0 12'
	summary 'captured 12, lost 2 (driver 2, error 0, overflow 0), written 12, '
	uvc_pull
	rm f-*
	driver_passes lose 2 -- -s 160x120:YUYV -F 'f-#.raw'
}

@test "isochronous: ERR in the headers" {
	sed -i '2a transfer iso' webcam
	driver_drops err 2 -- -s 160x120:MJPG -F 'f-#.jpg'
}
