# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: hardware that fails, and what becomes of the run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
captures rkisp1-capture -s main:320x240 -s self:160x120 -s stats
unbinds 'i2c/drivers/imx219/*-0010' 'platform/drivers/rkisp1/*.isp'

# ---- no frames ----

@test "stall: the sensor sends nothing from the start, or stops: status 7" {
	fault stall forever
	run_all -7 -c 10 --first-frame=300ms -F main=m.raw
	contains "$stderr" 'no frame within 300ms'
	no_file m.raw
	no_leftovers
	fault stall 0
	start_all -c 0 -F main=m.raw
	frames_come 6 rkisp1/main
	fault stall forever
	wait_tool -7
	equal "$(grep -c 'no further frame within 1s' "$stderr")" 1 sentences
	whole m.raw 115200
	fault stall 0
	works
	dmesg_clean
}

@test "stall: shorter than the limit is only late" {
	start_all -c 30 --between-frames=2s
	frames_come 6 rkisp1/main
	fault stall 20
	wait_tool
	equal "$(end main captured)" 30 frames
	# A number that the sensor did not send is no frame that was lost.
	equal "$(end main lost)" 0 lost
	works
}

@test "no interrupts at all: status 7" {
	start_all -c 0 -F main=m.raw
	frames_come 6 rkisp1/main
	fault no_interrupt forever
	wait_tool -7
	contains "$stderr" 'no further frame within 1s'
	whole m.raw 115200
	fault no_interrupt 0
	works
}

@test "no interrupts for memory: statistics go on, pictures are missed, the stop ends" {
	start_all -c 0 -F main=m.raw
	frames_come 6 rkisp1/main
	fault no_frame_interrupt forever
	wait_tool -7
	matches "$stderr" '(mainpath|selfpath) .*no further frame within 1s'
	whole m.raw 115200
	[ "$(end stats captured)" -gt "$(($(end main captured) + 10))" ]
	[ "$(counter mp_stop_timeout)" -gt 0 ]
	fault no_frame_interrupt 0
	works
}

@test "no interrupts for memory, and a signal: it ends all the same" {
	start_all -c 0 --between-frames=20s
	fault no_frame_interrupt forever
	stop_tool INT -0
}

# ---- damage that the driver does not tell ----

@test "errors of the bus: the driver flags no frame; all are there, nothing hangs" {
	local name before
	for name in csi_crc csi_ecc csi_sync csi_overflow; do
		before=$(counter mipi_error)
		start_all -c 15
		fault $name 5
		wait_tool
		equal "$(end main captured) $(end self captured) $(end stats captured)" '15 15 15' frames
		equal "$(end main lost_error)" 0 'told as damaged'
		[ "$(counter mipi_error)" -gt "$before" ] || fail "$name did not happen"
	done
	# For ever.
	fault csi_crc forever
	run_all -0 -c 15
	fault csi_crc 0
	works
}

@test "pictures that break off: nothing hangs, exposure is not led astray" {
	local name
	for name in inform_size outform_size stabilization_size data_loss; do
		start_all -c 30
		fault $name 4
		wait_tool
		equal "$(end main captured)" 30 "frames with $name"
		# They are measured by nobody, so nothing moves.
		frames main '.exposure_ns * .gain' | tail -n 8 |
			awk 'NR == 1 { first = $1 } $1 > first * 1.05 || $1 < first * 0.95 { bad = 1 } END { exit bad }' ||
			fail "exposure moves after $name"
	done
	for name in inform_size data_loss; do
		fault $name forever
		run_all -a -c 15
		[ "$status" = 0 ] || [ "$status" = 7 ] || fail "status $status with $name"
		fault $name 0
	done
	works
}

@test "all interrupts at once: nothing is missed" {
	fault merge forever
	run_all -0 -c 20 -F main=m.raw
	equal "$(end main captured) $(end self captured) $(end stats captured)" '20 20 20' frames
	fault merge 0
}

# ---- the sensor does not answer ----

@test "the sensor refuses at the start: one sentence, nothing is left" {
	fault i2c forever
	run_all -! -c 5 -F main=m.raw
	equal "$(wc -l <"$stderr")" 1 sentences
	matches "$stderr" "imx219 0-0010|rkisp1_mainpath"
	matches "$stderr" 'Remote I/O error|Input/output error'
	[ "$status" = 6 ] || [ "$status" = 1 ] || fail "status $status"
	no_file m.raw
	no_leftovers
	fault i2c 0
	works
}

@test "the sensor refuses in mid-run: told once, tried on, and the run goes on" {
	start_all -c 60 -F main=m.raw
	frames_come 6 rkisp1/main
	fault i2c 6
	scene_set brightness 300
	wait_tool
	equal "$(events sensor-refused)" 1 'sensor-refused'
	equal "$(end main captured)" 60 frames
	whole m.raw 115200
	# It got there in the end.
	[ "$(frames main '.exposure_ns' | tail -n 1)" -gt 25000000 ]
	# What was told is what was in force, refused or not.
	frames main '"\(.sequence) \(.exposure_ns)"' >told
	awk '
		FILENAME == "told" {
			if ($2 - ns[$1] > 1000 || ns[$1] - $2 > 1000) {
				print "frame", $1, "is told", $2, "and was", ns[$1]
				bad = 1
			}
			next
		}
		$1 == 0 { delete ns }
		{ ns[$1] = $11 * $13 / 182.4e6 * 1e9 }
		END { exit bad }' "$(sensor_record)" told || fail 'what was told is not what was in force'
}
