# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: hardware that fails, and what becomes of the run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
captures ipu3-capture -s raw:640x480@60 -s main:320x240 -s viewfinder:192x144 -s stats

raw_bytes=$((832 * 480))

# all_came COUNT: in each stream
all_came() {
	local stream
	for stream in raw main viewfinder stats; do
		accounted $stream "$1" || return
	done
}

# reload_imgu: what the sentence tells to do
reload_imgu() {
	rmmod ipu3-imgu && insmod "$LAB_HARDWARE/ipu3-imgu.ko"
}

# ---- no frames ----

@test "stall: the sensor sends nothing from the start, or stops: status 7" {
	fault imx219/stall forever
	run_all -7 -c 10 --first-frame=300ms -F raw=r.raw
	equal "$(wc -l <"$stderr")" 1 sentences
	matches "$stderr" 'ipu3-cio2 0 .*: no frame within 300ms: the CIO2 saw no frame'
	no_file r.raw
	no_leftovers
	fault imx219/stall 0
	start_all -c 0 -F raw=r.raw -F main=m.raw --between-frames=400ms
	frames_come 5 imgu/jobs
	fault imx219/stall forever
	wait_tool -7
	equal "$(wc -l <"$stderr")" 1 sentences
	matches "$stderr" 'ipu3-cio2 0 .*: no further frame within 400ms: the CIO2 saw no frame'
	whole r.raw $raw_bytes raw
	whole m.raw 115200
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
	equal "$(end raw lost)" 0 lost
}

@test "no interrupts of the CIO2: a few are made up for, none at all is status 7" {
	start_all -c 15
	fault cio2/no_interrupt 3
	wait_tool
	all_came 15
	start_all -c 0 -F raw=r.raw --between-frames=400ms
	fault cio2/no_interrupt forever
	wait_tool -7
	contains "$stderr" 'ipu3-cio2 0 (/dev/video'
	contains "$stderr" 'no further frame within 400ms'
	whole r.raw $raw_bytes raw
	fault cio2/no_interrupt 0
	works
}

@test "the port loses its lock: some frames are missing; for ever: status 7 names the cause" {
	start_all -c 15
	fault dphy 3
	wait_tool
	all_came 15
	fault dphy forever
	run_all -7 -c 10 --first-frame=400ms
	contains "$stderr" '"DPHY synchronization error" in the kernel'
	dmesg_since | grep -q 'DPHY synchronization error'
	fault dphy 0
	works
}

# ---- damage that the driver does not tell ----

@test "errors of the bus: the driver flags no frame; all are there, nothing hangs" {
	local name
	for name in csi_crc csi_header csi_short csi_overflow lose; do
		dmesg_mark
		start_all -c 15 -F raw=$name.raw
		fault cio2/$name 3
		wait_tool
		all_came 15
		equal "$(end raw lost_error)" 0 'told as damaged'
		whole $name.raw $raw_bytes raw
		[ $name = lose ] || dmesg_since | grep -q 'ipu3-cio2.*error' || fail "$name did not happen"
	done
	fault csi_short forever
	run_all -0 -c 15
	fault csi_short 0
	works
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
	works
}

@test "the sensor refuses in mid-run: told once, tried on, and the run goes on" {
	start_all -c 40
	fault imx219/i2c 6
	scene_set brightness 300
	wait_tool
	equal "$(events sensor-refused)" 1 'sensor-refused'
	all_came 40
	# What was told is what was in force, refused or not.
	frames raw '"\(.sequence) \(.exposure_ns)"' >told
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

# ---- the ImgU ----

@test "ImgU: late answers cost frames of pictures, fewer of raw, and no pairing" {
	local name stream
	for name in late_interrupt late_statistics; do
		start_all -c 30 -F raw=$name-r.raw -F main=$name-m.raw -F viewfinder=$name-v.raw
		fault $name 4
		wait_tool
		all_came 30
		run_tool scenecheck raw "$(sensor_record)" ip3 $name-r.raw
		frames raw .sequence | cmp - "$stdout"
		for stream in m.raw:main:320x240 v.raw:viewfinder:192x144; do
			run_tool scenecheck numbers "$(sensor_record)" \
				"NV12:${stream##*:}:55,41,530x397" "$name-${stream%%:*}"
			stream=${stream#*:}
			frames "${stream%:*}" .sequence | cmp - "$stdout"
		done
		[ "$(end main lost)" -gt 2 ] || fail "$name did not happen"
		[ "$(end raw lost)" -le "$(end main lost)" ] || fail "$(end raw lost) of raw lost"
	done
}

@test "ImgU: an assertion of its firmware is for the kernel's log, frames go on" {
	start_all -c 20
	fault imgu/assert 3
	wait_tool
	all_came 20
	dmesg_since | grep -q 'firmware assert'
}

@test "ImgU: it hangs, or its interrupts stay away: status 7 tells how to get it back" {
	local name
	for name in hang no_interrupt; do
		start_all -c 0 -F raw=$name.raw -F main=$name-m.raw --between-frames=400ms
		frames_come 3 imgu/jobs
		fault imgu/$name forever
		wait_tool -7
		equal "$(wc -l <"$stderr")" 1 sentences
		matches "$stderr" 'ipu3-imgu 0 .*no further frame within 400ms: the ImgU got frames and gave none'
		whole $name.raw $raw_bytes raw
		whole $name-m.raw 115200
		no_leftovers
		fault imgu/$name 0
		works
	done
}

@test "ImgU: it does not start: status 7, the next run says what to do, and that helps" {
	fault imgu/boot
	run_all -7 -c 5 --first-frame=300ms -F main=m.raw
	equal "$(wc -l <"$stderr")" 1 sentences
	contains "$stderr" 'the ImgU got frames and gave none back'
	contains "$stderr" 'rmmod ipu3-imgu; modprobe ipu3-imgu'
	no_file m.raw
	run_all -4 -c 5
	contains "$stderr" 'rmmod ipu3-imgu; modprobe ipu3-imgu'
	# It is no reason not to take raw.
	run_tool ipu3-capture -q -c 3 -r --mode=640x480
	reload_imgu
	works
}
