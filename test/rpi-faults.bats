# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture: hardware that fails, and what becomes of the run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
captures rpi-capture -s raw:640x480@60 -s main:320x240 -s second:160x120 -s stats

raw_bytes=$((800 * 480)) main_bytes=$((320 * 240 * 3 / 2))

setup() {
	capture_setup
	rpi_find
}

# all_came COUNT: in each stream
all_came() {
	local stream
	for stream in raw main second stats; do
		accounted $stream "$1" || return
	done
}

# one_sentence REGEX: all that was said
one_sentence() {
	equal "$(wc -l <"$stderr")" 1 sentences && matches "$stderr" "$1"
}

# ---- no frames ----

@test "stall: the sensor sends nothing from the start, or stops: status 7" {
	fault imx219/stall forever
	run_all -7 -c 10 --first-frame=300ms -F raw=r.raw
	one_sentence 'unicam-image \(/dev/video[0-9]*\): no frame within 300ms: the sensor was started, but nothing came over the ribbon'
	no_file r.raw
	no_leftovers
	fault imx219/stall 0
	start_all -c 0 -F raw=r.raw -F main=m.raw --between-frames=400ms
	frames_come 5 isp0/jobs
	fault imx219/stall forever
	wait_tool -7
	one_sentence 'unicam-image \(/dev/video[0-9]*\): no further frame within 400ms'
	whole r.raw $raw_bytes raw
	whole m.raw $main_bytes
	fault imx219/stall 0
	works
	dmesg_clean
}

@test "stall: shorter than the limit is only late" {
	start_all -c 30 --between-frames=2s
	fault imx219/stall 20
	wait_tool
	all_came 30
	# A number that the sensor did not send is no frame that was lost.
	[ "$(end raw lost)" -lt 10 ]
}

# ---- the sensor does not answer ----

@test "the sensor refuses at the start: one sentence, nothing is left" {
	fault imx219/i2c forever
	run_all -! -c 5 -F main=m.raw
	equal "$(wc -l <"$stderr")" 1 sentences
	contains "$stderr" 'Remote I/O error'
	[ "$status" = 6 ] || [ "$status" = 1 ] || fail "status $status"
	no_file m.raw
	no_leftovers
	fault imx219/i2c 0
	equal "$(counter vc/used)" 0 'bytes of contiguous memory'
	works
}

@test "the sensor refuses in mid-run: told once, tried on, and the run goes on" {
	start_all -c 60
	frames_come 5 isp0/jobs
	fault imx219/i2c 6
	scene_set brightness 300
	wait_tool
	equal "$(events sensor-refused)" 1 'sensor-refused'
	all_came 60
	# What was told is what was in force, refused or not.
	frames raw '"\(.sequence) \(.exposure_ns)"' >told
	awk '
		FILENAME == "told" { ns[$1] = $2; next }
		$1 == 0 { delete was }
		{ was[$1] = $11 * $13 / 182.4e6 * 1e9 }
		END {
			for (n in ns)
				if (ns[n] - was[n] > 1000 || was[n] - ns[n] > 1000) {
					print "frame", n, "is told", ns[n], "and was", was[n]
					bad = 1
				}
			exit bad
		}' told "$(sensor_record)" || fail 'what was told is not what was in force'
}

# ---- Unicam ----

@test "Unicam: it does not start: status 1, one sentence, nothing is left" {
	fault unicam/start
	run_all -1 -c 5 -F main=m.raw
	one_sentence 'unicam-image.* does not start: Input/output error'
	no_file m.raw
	no_leftovers
	equal "$(counter vc/used)" 0 'bytes of contiguous memory'
	works
}

@test "Unicam: images that are lost are told, in all streams, and no pairing is wrong" {
	start_all -c 90 -F raw=r.raw -F main=m.raw -F second=s.raw
	fault unicam/lose 4
	wait_tool
	all_came 90
	[ "$(end raw lost)" -ge 4 ] || fail "$(end raw lost) lost"
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 r.raw
	frames raw .sequence | cmp - "$stdout"
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 m.raw
	frames main .sequence | cmp - "$stdout"
	run_tool scenecheck numbers "$(sensor_record)" NV12:160x120 s.raw
	frames second .sequence | cmp - "$stdout"
}

@test "Unicam: frames without a time are told, and the run goes on" {
	fault unicam/time 3
	run_all -0 -c 20
	all_came 20
	equal "$(frames raw .timestamp_ns | grep -cx 0)" 3 'frames without a time'
	fault unicam/time forever
	run_all -0 -c 20 -F main=m.raw
	fault unicam/time 0
	all_came 20
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 m.raw
	frames main .sequence | cmp - "$stdout"
	works
}

@test "Unicam: embedded data of a sensor that has none: refused, and the node left closed" {
	run_tool -6 rpi-capture -q -c 3 -s main -s embedded
	one_sentence 'embedded: .*this sensor, or its driver, sends none'
	lab_reload rpi:embedded_always=1
	rpi_find
	[ -n "$unicam_embedded" ]
	run_tool -6 strace -f -o trace -e trace=openat rpi-capture -q -c 3 -s main -s embedded
	lacks trace "\"$unicam_embedded\""
	run_all -0 -c 3
	lab_reload rpi
}

# ---- the ISP ----

@test "ISP: it does not start: status 6 names the firmware, nothing is left" {
	fault isp0/enable
	run_all -6 -c 5 -F main=m.raw
	one_sentence "does not start: .*: the VideoCore's firmware refused"
	no_file m.raw
	no_leftovers
	works
}

@test "ISP: a format or a control that it refuses at the start: one sentence names it" {
	fault isp0/format
	run_all -6 -c 5 -F main=m.raw
	one_sentence 'bcm2835-isp0-output0: pRAA .*/640x480: Invalid argument'
	fault isp0/control
	run_all -1 -c 5 -F main=m.raw
	one_sentence 'bcm2835-isp0-output0: "[A-Z][A-Za-z ]*" was refused: Input/output error'
	no_file m.raw
	works
}

@test "ISP: controls that it refuses in mid-run are told once, written again, and frames go on" {
	start_all -c 60
	frames_come 5 isp0/jobs
	fault isp0/control 3
	scene_light tungsten
	wait_tool
	equal "$(events isp-control)" 1 'isp-control'
	all_came 60
	# What was told is what acted, refused or not; in the end that is something else than at the start.
	frames main '"\(.timestamp_ns) \(.red_gain) \(.blue_gain)"' >told
	awk '
		FILENAME == "told" { red[$1] = $2 * 1000; blue[$1] = $3 * 1000; next }
		$7 in red {
			found++
			if (red[$7] - $11 > 2 || $11 - red[$7] > 2 || blue[$7] - $13 > 2 ||
				$13 - blue[$7] > 2) {
				print "told", red[$7], blue[$7], "were", $11, $13
				bad = 1
			}
		}
		END { exit bad || found != 60 }' told "$hardware_files/isp0/record" ||
		fail 'what was told is not what acted'
	[ "$(cut -d ' ' -f 2,3 told | sort -u | wc -l)" -gt 1 ] || fail 'nothing was changed'
}

@test "ISP: jobs that fail: frames count as damaged, and are in no file; for ever: status 7" {
	start_all -c 30 -F main=m.raw
	frames_come 5 isp0/jobs
	fault isp0/transfer 4
	wait_tool
	all_came 30
	equal "$(end main lost_error) $(end second lost_error)" '4 4' 'damaged'
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 m.raw
	frames main .sequence | cmp - "$stdout"
	start_all -c 0 -F raw=r.raw --between-frames=400ms
	frames_come 3 isp0/jobs
	fault isp0/transfer forever
	wait_tool -7
	contains "$stderr" 'nothing but damaged frames within 400ms'
	whole r.raw $raw_bytes raw
	fault isp0/transfer 0
	works
}

@test "ISP: it forgets the time of its input: frames have that of raw all the same" {
	local stream
	fault isp0/isp_time forever
	run_all -0 -c 20
	frames raw '"\(.sequence) \(.timestamp_ns)"' >wanted
	for stream in main second stats; do
		frames $stream '"\(.sequence) \(.timestamp_ns)"' | cmp - wanted
	done
}

@test "ISP: it takes two seconds to stop: told, status 0, and the next run works" {
	fault isp0/stop
	run_all -0 -c 5 -F main=m.raw
	matches "$stderr" 'the VideoCore.s firmware did not give its buffers back'
	whole m.raw $main_bytes
	works
}

@test "ISP: no picture is left out or waited for, as there is a buffer for each" {
	local unserved
	fault isp0/drop 1
	unserved=$(counter isp0/unserved)
	run_all -0 -c 20 -n 2
	all_came 20
	equal "$(counter isp0/unserved)" "$unserved" 'pictures that had no buffer'
}

@test "ISP: statistics that do not come: status 7; who asks for none goes on" {
	start_all -c 0 -F main=m.raw --between-frames=400ms
	frames_come 5 isp0/jobs
	fault isp0/stats forever
	wait_tool -7
	one_sentence 'bcm2835-isp0-capture3 \(/dev/video[0-9]*\): no further frame within 400ms'
	whole m.raw $main_bytes
	run_tool rpi-capture -q -c 10 -s main:320x240 --ae=off --awb=off
	fault isp0/stats 0
	works
}

@test "contiguous memory: fewer buffers where there is little, and a bill where there is too little" {
	fault vc/memory 2000000
	run_all -0 -c 5
	one_sentence 'unicam-image: memory for 6 buffers of 384000 bytes is not to be had, going on with [2-5]'
	fault vc/memory 500000
	run_all -! -c 5 --memory=mmap
	equal "$status" 1 status
	contains "$stderr" 'rpi-capture: unicam-image: frames in mmap: Cannot allocate memory; all of it must be contiguous (CMA)'
	fault vc/memory 0
	works
	equal "$(counter vc/used)" 0 'bytes in use'
}
