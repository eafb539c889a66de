# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 300
# shellcheck disable=SC2034,SC2154 # variables for flow.bash, and those that lab.bash and hardware.bash set
# ipu3-capture: all that is made of one frame belongs together, whatever the readers hold back.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
load lab/flow
captures ipu3-capture -s raw:640x480@90 -s main:320x240 -s viewfinder:192x144 -s stats \
	--ae=off --awb=off --exposure=5ms --gain=1

teardown() {
	imgu_takes 2000
	capture_teardown
}

# imgu_takes US: for a frame. With more than the sensor, 11 ms, it always has two, and others wait.
imgu_takes() {
	echo "$1" >"$hardware_files/imgu/frame_us"
}

# What the CIO2 window of 640x480, and the middle of it that pictures show, are of the pixel array
raw_view=1000,752,1280x960
picture_view=1110,834,1060x794

streams=(raw main viewfinder stats)
reader_for() {
	case $1 in
	raw) reader=(raw 640 480 832 "$raw_view") ;;
	main) reader=(picture 320 240 320 "$picture_view") ;;
	viewfinder) reader=(picture 192 144 192 "$picture_view") ;;
	stats) reader=(cells 125664 3072) ;; # of a grid of 23 x 16 cells
	esac
}

receiver_made() {
	local first last
	first=$(frames "$1" .sequence | head -n 1)
	last=$(frames "$1" .sequence | tail -n 1)
	# The last run in the record.
	awk -v first="$first" -v last="$last" '
		$1 == 0 { made = unwanted = 0 }
		$1 >= first && $1 <= last { made++; unwanted += $5 == 0 }
		END { print made, unwanted + 0 }' "$hardware_files/cio2/record"
}

# ---- joined by their number ----

@test "raw, both pictures, statistics: 1000 frames without a wrong pairing, readers hold them" {
	reference
	imgu_takes 10500
	held 1000 25 1
	paired 1000 >all
	equal "$(cut -d ' ' -f 2 all | sort | uniq -d)" '' 'statistics of two frames that are the same'
	same_as_reference all
	[ "$(end main lost)" -gt 10 ] || fail "they were not held: $(end main lost) lost"
	dmesg_clean
}

@test "the same with what is too much thrown away; all frames that the CIO2 made are told" {
	local stream lost=0
	reference
	imgu_takes 10500
	held 200 150 5 --overflow=drop
	paired 200 >all
	same_as_reference all
	for stream in "${streams[@]}"; do
		made "$stream"
		lost=$((lost + $(end "$stream" lost_overflow)))
	done
	[ "$lost" -gt 15 ] || fail 'they were not held'
}

@test "statistics follow the light frame by frame" {
	local brightness
	start_all -c 60 --decode
	while ! lab_ended "$tool_pid"; do
		for brightness in 300 900 1800; do
			scene_set brightness $brightness
			lab_nap 0.11
		done
	done
	wait_tool
	frames stats '"\(.sequence) \(.zones.green | add)"' >green
	# Mean green by the brightness that the sensor had for this frame: always the same, but for what
	# of the strip is in there.
	awk '
		FILENAME == "green" { value[$1] = $2; next }
		$1 == 0 { delete brightness }
		{ brightness[$1] = $3 }
		END {
			for (n in value) {
				light = brightness[n]
				if (!(light in low) || value[n] < low[light]) low[light] = value[n]
				if (value[n] > high[light]) high[light] = value[n]
			}
			for (light in low) {
				print light, low[light], high[light]
				found++
				bad += high[light] > low[light] * 1.05 + 25
			}
			exit bad || found < 3
		}' green "$(sensor_record)" || fail 'green does not follow the light frame by frame'
}

@test "stopped for a while: exactly what the CIO2 had no buffer for is lost, pairs stay pairs" {
	stopped_for_a_while 20
}

# ---- streams that end at different times ----

@test "main lags behind: raw has all it needs, and is captured on for main alone" {
	imgu_takes 10500
	slow_reader main 3 200
	slow_reader raw 4 1
	run_all -0 -c 60 -F main=main.raw -F raw=raw.raw
	wait "${lab_pids[@]}"
	accounted raw 60
	accounted main 60
	accounted viewfinder 60
	frames main .sequence | cmp - main.numbers
	frames raw .sequence | cmp - raw.numbers
	[ "$(last main)" -gt "$(last raw)" ] ||
		fail 'main did not lag behind'
}

@test "raw lags behind: pictures have all they need, and the ImgU is left alone" {
	local jobs frames
	jobs=$(counter imgu/jobs) frames=$(counter cio2/frames)
	slow_reader raw 3 300
	run_all -0 -c 40 --overflow=drop -F raw=raw.raw
	wait "${lab_pids[@]}"
	frames=$(($(counter cio2/frames) - frames)) jobs=$(($(counter imgu/jobs) - jobs))
	accounted raw 40
	accounted main 40
	frames raw .sequence | cmp - raw.numbers
	made raw
	[ "$(last raw)" -gt $(($(last main) + 10)) ] ||
		fail 'raw did not lag behind'
	[ "$jobs" -lt $((frames - 10)) ] || fail "$jobs jobs for $frames frames"
}

# ---- too slow a processor, too few buffers ----

# unprocessed_tells STREAM: what it lost is what the CIO2 had no buffer for, and what was not processed.
# Of what came after its last frame, some may have been let go as well.
unprocessed_tells() {
	local all least after
	all=$(receiver_made "$1")
	least=$(($(end "$1" lost) - ${all#* }))
	after=$(awk -v last="$(last "$1")" '
		$1 == 0 { made = 0 }
		$1 > last { made++ }
		END { print made + 0 }' "$hardware_files/cio2/record")
	[ "$least" -gt 10 ] || fail "$1: only $least were not processed" || return
	between "$least" "$(end "$1" unprocessed)" $((least + after))
}

# between LEAST VALUE MOST
between() {
	(($1 <= $2 && $2 <= $3)) || fail "$2 is not between $1 and $3"
}

@test "too slow an ImgU: pictures tell how many frames were not processed, raw has them all" {
	local stream
	imgu_takes 30000
	run_all -0 -c 20
	accounted raw 20
	made raw
	equal "$(end raw unprocessed)" 0 'unprocessed of raw'
	for stream in main viewfinder stats; do
		accounted $stream 20
		unprocessed_tells $stream
	done
}

@test "too slow a reader of main: it tells what was not made of it, others lose nothing by that" {
	slow_reader main 3 200
	run_all -0 -c 20 -F main=main.raw
	wait "${lab_pids[@]}"
	accounted main 20
	frames main .sequence | cmp - main.numbers
	unprocessed_tells main
	accounted viewfinder 20
	[ "$(end viewfinder unprocessed)" -lt "$(end main unprocessed)" ] ||
		fail 'viewfinder waited for main'
}

@test "underruns: two buffers and a slow reader; counted, survived, and the next frames are right" {
	slow_reader raw 5 100
	run_tool ipu3-capture -q --report="$records" -c 40 -n 2 -s raw:640x480@90 -F raw.raw
	wait "${lab_pids[@]}"
	accounted raw 40
	made raw
	frames raw .sequence | cmp - raw.numbers
	[ "$(end raw underruns)" -gt 3 ] || fail "$(end raw underruns) underruns"
	[ "$(end raw lost)" -gt 3 ]
	lab_pids=()
	rm "$records" raw.*
	slow_reader raw 6 100
	slow_reader main 7 50
	run_all -0 -c 40 -n 2 -F raw=raw.raw -F main=main.raw
	wait "${lab_pids[@]}"
	accounted raw 40
	accounted main 40
	frames raw .sequence | cmp - raw.numbers
	frames main .sequence | cmp - main.numbers
	[ "$(end raw underruns)" -gt 0 ] || fail 'no underruns'
	dmesg_clean
}
