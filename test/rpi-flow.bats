# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 600
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture: all that is made of one frame belongs together, whatever the readers hold back.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
load lab/flow
captures rpi-capture -s raw:640x480@60 -s main:320x240 -s second:160x120 -s stats \
	--ae=off --awb=off --exposure=5ms --gain=1

setup() {
	capture_setup
	rpi_find
}

# isp_takes US: for a frame. With almost as much as the sensor, 16.7 ms, it is hardly ever idle.
isp_takes() {
	fault isp0/slow "$1"
}

# What a window of 640x480, two by two pixels of which become one, is of the pixel array
view=1000,752,1280x960

streams=(raw main second stats)
reader_for() {
	case $1 in
	raw) reader=(csi2 640 480 800 "$view") ;;
	main) reader=(picture 320 240 320 "$view") ;;
	second) reader=(picture 160 120 160 "$view") ;;
	stats) reader=(cells 10824 10824) ;;
	esac
}

# What Unicam had no buffer for is what it did not give up for lack of another one.
receiver_made() {
	local first last
	first=$(frames "$1" .sequence | head -n 1)
	last=$(frames "$1" .sequence | tail -n 1)
	# The last run in the record.
	awk -v first="$first" -v last="$last" '
		$9 == 0 { made = dropped = 0 }
		$9 >= first && $9 <= last { made++; dropped += $11 == 0 }
		END { print made, dropped + 0 }' "$hardware_files/unicam/record"
}

# ---- joined by their number ----

@test "raw, both pictures, statistics: 1000 frames without a wrong pairing, readers hold them" {
	reference
	isp_takes 15000
	held 1000 150 1
	paired 1000 >all
	same_as_reference all
	[ "$(end main lost)" -gt 10 ] || fail "they were not held: $(end main lost) lost"
	equal "$(counter vc/overlap_write) $(counter vc/overlap_read)" '0 0' overlaps
	dmesg_clean
}

@test "the same with what is too much thrown away; all frames that Unicam made are told" {
	local stream lost=0
	reference
	isp_takes 10000
	held 200 150 5 --overflow=drop
	paired 200 >all
	same_as_reference all
	for stream in "${streams[@]}"; do
		made "$stream"
		lost=$((lost + $(end "$stream" lost_overflow)))
	done
	[ "$lost" -gt 15 ] || fail 'they were not held'
}

@test "stopped for a while: exactly what Unicam did not give up is lost, pairs stay pairs" {
	stopped_for_a_while 15
}

# ---- streams that leave, and join again ----

@test "main lags behind: raw has all it needs, and is captured on for main alone" {
	slow_reader main 3 300
	slow_reader raw 4 1
	run_all -0 -c 60 -F main=main.raw -F raw=raw.raw
	wait "${lab_pids[@]}"
	accounted raw 60
	accounted main 60
	accounted second 60
	accounted stats 60
	frames main .sequence | cmp - main.numbers
	frames raw .sequence | cmp - raw.numbers
	[ "$(last main)" -gt "$(last raw)" ] || fail 'main did not lag behind'
}

@test "second lags behind: the others have all they need, and it gets all it wants" {
	slow_reader second 3 300
	slow_reader main 4 1
	run_all -0 -c 60 -F main=main.raw -F second=second.raw
	wait "${lab_pids[@]}"
	accounted raw 60
	accounted main 60
	accounted second 60
	frames main .sequence | cmp - main.numbers
	frames second .sequence | cmp - second.numbers
	[ "$(last second)" -gt $(($(last main) + 5)) ] || fail 'second did not lag behind'
}

@test "raw lags behind: pictures have all they need, and the ISP is left alone" {
	local jobs frames
	jobs=$(counter isp0/jobs) frames=$(counter unicam/frames)
	slow_reader raw 3 300
	run_all -0 -c 40 --overflow=drop -F raw=raw.raw
	wait "${lab_pids[@]}"
	frames=$(($(counter unicam/frames) - frames)) jobs=$(($(counter isp0/jobs) - jobs))
	accounted raw 40
	accounted main 40
	accounted second 40
	frames raw .sequence | cmp - raw.numbers
	made raw
	[ "$(last raw)" -gt $(($(last main) + 10)) ] || fail 'raw did not lag behind'
	[ "$jobs" -lt $((frames - 10)) ] || fail "$jobs jobs for $frames frames"
}

# longest_gap STREAM: how many frames it was without at once
longest_gap() {
	frames "$1" .lost | sort -n | tail -n 1
}

@test "readers that stop in turn: a stream leaves and joins again, the others go on" {
	local stream pids=()
	for stream in main second; do
		slow_reader $stream 1 1
		pids+=($!)
	done
	start_all -c 150 -F main=main.raw -F second=second.raw
	for stream in 0 1; do
		kill -STOP "${pids[stream]}"
		frames_come 30 isp0/jobs
		kill -CONT "${pids[stream]}"
		frames_come 10 isp0/jobs
	done
	wait_tool
	wait "${pids[@]}"
	for stream in main second; do
		accounted $stream 150
		frames $stream .sequence | cmp - $stream.numbers
		[ "$(longest_gap $stream)" -gt 15 ] || fail "$stream was never away"
	done
	for stream in raw stats; do
		accounted $stream 150
		[ "$(longest_gap $stream)" -lt 10 ] || fail "$stream was away with others"
	done
}

# ---- too slow an ISP, too few buffers ----

# unprocessed_tells STREAM: all that is missing of it is what was not processed, and of what came after
# its last frame no more than Unicam made
unprocessed_tells() {
	local lost unprocessed after
	lost=$(end "$1" lost) unprocessed=$(end "$1" unprocessed)
	after=$(awk -v last="$(last "$1")" '
		$9 == 0 { made = 0 }
		$9 > last { made++ }
		END { print made + 0 }' "$hardware_files/unicam/record")
	[ "$lost" -gt 10 ] || fail "$1 lost $lost" || return
	((unprocessed >= lost && unprocessed <= lost + after)) ||
		fail "$1: $unprocessed unprocessed, $lost lost, $after frames came after its last"
}

@test "too slow an ISP: raw loses none, pictures tell how many were not processed" {
	local stream
	isp_takes 50000
	run_all -0 -c 20 -F raw=raw.raw -F main=main.raw
	accounted raw 20
	equal "$(end raw lost)" 0 'lost of raw'
	equal "$(end raw unprocessed)" 0 'unprocessed of raw'
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 raw.raw
	frames raw .sequence | cmp - "$stdout"
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 main.raw
	frames main .sequence | cmp - "$stdout"
	for stream in main second stats; do
		accounted $stream 20
		unprocessed_tells $stream
	done
}

@test "too slow a reader of one picture: it tells what was not made of it, other streams lose none" {
	local stream other
	for stream in main second; do
		slow_reader $stream 3 300
		run_all -0 -c 20 -F $stream=$stream.raw
		wait "${lab_pids[@]}"
		lab_pids=()
		accounted $stream 20
		frames $stream .sequence | cmp - $stream.numbers
		unprocessed_tells $stream
		for other in main second stats; do
			[ $other != $stream ] || continue
			accounted $other 20
			equal "$(end $other unprocessed) $(end $other lost)" '0 0' "missing of $other"
		done
		rm "$records" ./*.raw
	done
}

# Unicam never gives up its last buffer, so it is never without one: what that costs is lost.
@test "underruns: two buffers and a slow reader; counted, survived, and the next frames are right" {
	local all
	slow_reader raw 5 100
	run_tool rpi-capture -q --report="$records" -c 40 -n 2 -s raw:640x480@60 -F raw.raw
	wait "${lab_pids[@]}"
	accounted raw 40
	made raw
	frames raw .sequence | cmp - raw.numbers
	[ "$(end raw lost)" -gt 3 ] || fail "$(end raw lost) lost"
	all=$(receiver_made raw)
	equal "$(end raw lost)" "${all#* }" 'lost of raw'
	lab_pids=()
	rm "$records" raw.*
	slow_reader raw 6 100
	slow_reader main 7 50
	run_all -0 -c 40 -n 2 -F raw=raw.raw -F main=main.raw
	wait "${lab_pids[@]}"
	accounted raw 40
	accounted main 40
	made raw
	frames raw .sequence | cmp - raw.numbers
	frames main .sequence | cmp - main.numbers
	[ "$(end raw lost)" -gt 3 ] || fail "$(end raw lost) lost"
	dmesg_clean
}
