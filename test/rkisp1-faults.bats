# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: hardware that fails, and what becomes of the run.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

records=records.jsonl

setup() {
	lab_setup
	sensor_device=$(basename /sys/bus/i2c/drivers/imx219/*-0010)
	isp_device=$(basename /sys/bus/platform/drivers/rkisp1/*.isp)
}

teardown() {
	[ -e "/sys/bus/platform/drivers/rkisp1/$isp_device" ] ||
		echo "$isp_device" >/sys/bus/platform/drivers/rkisp1/bind
	[ -e "/sys/bus/i2c/drivers/imx219/$sensor_device" ] ||
		echo "$sensor_device" >/sys/bus/i2c/drivers/imx219/bind
	lab_teardown
	hardware_reset
}

# frames STREAM FILTER: of each of its frames in the records, a line
frames() {
	jq -r --arg stream "$1" \
		'select(.record == "frame" and .stream == $stream)'" | $2" $records
}

# end STREAM FIELD: of its account
end() {
	jq -r --arg stream "$1" \
		'select(.record == "end") | .streams[] | select(.stream == $stream)'" | .$2" $records
}

# events CODE: how often it was told
events() {
	jq -r --arg code "$1" 'select(.record == "event" and .code == $code) | .code' $records | wc -l
}

# whole FILE BYTES: as many frames of that size as its stream, main, was told to have written
whole() {
	equal "$(stat -c %s "$1")" $(($(end main written) * $2)) "bytes of $1"
}

# no_leftovers: no temporary file is here
no_leftovers() {
	local left
	left=$(find . -maxdepth 2 -name '.*' ! -name . ! -name '.run-*')
	[ -z "$left" ] || fail "left behind: $left"
}

# works: a run after all that is as if nothing had been
works() {
	run_tool rkisp1-capture -q -c 3 -s main:320x240 -s self:160x120 -s stats
}

run_both() {
	run_tool "$1" rkisp1-capture -q --report=$records -s main:320x240 -s self:160x120 -s stats "${@:2}"
}

start_both() {
	start_tool rkisp1-capture -q --report=$records -s main:320x240 -s self:160x120 -s stats \
		--ready-fd=9 "$@"
	wait_ready
}

# ---- no frames ----

@test "stall: the sensor sends nothing from the start, or stops: status 7" {
	fault stall forever
	run_both -7 -c 10 --first-frame=300ms -F main=m.raw
	contains "$stderr" 'no frame within 300ms'
	no_file m.raw
	no_leftovers
	fault stall 0
	start_both -c 0 -F main=m.raw
	wait_for 5 counts 6 rkisp1/main
	fault stall forever
	wait_tool -7
	equal "$(grep -c 'no further frame within 1s' "$stderr")" 1 sentences
	whole m.raw 115200
	fault stall 0
	works
	dmesg_clean
}

@test "stall: shorter than the limit is only late" {
	start_both -c 30 --between-frames=2s
	wait_for 5 counts 6 rkisp1/main
	fault stall 20
	wait_tool
	equal "$(end main captured)" 30 frames
	# A number that the sensor did not send is no frame that was lost.
	equal "$(end main lost)" 0 lost
	works
}

@test "no interrupts at all: status 7" {
	start_both -c 0 -F main=m.raw
	wait_for 5 counts 6 rkisp1/main
	fault no_interrupt forever
	wait_tool -7
	contains "$stderr" 'no further frame within 1s'
	whole m.raw 115200
	fault no_interrupt 0
	works
}

@test "no interrupts for memory: statistics go on, pictures are missed, the stop ends" {
	start_both -c 0 -F main=m.raw
	wait_for 5 counts 6 rkisp1/main
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
	start_both -c 0 --between-frames=20s
	fault no_frame_interrupt forever
	stop_tool INT -0
}

# ---- damage that the driver does not tell ----

@test "errors of the bus: the driver flags no frame; all are there, nothing hangs" {
	local name before
	for name in csi_crc csi_ecc csi_sync csi_overflow; do
		before=$(counter mipi_error)
		start_both -c 15
		fault $name 5
		wait_tool
		equal "$(end main captured) $(end self captured) $(end stats captured)" '15 15 15' frames
		equal "$(end main lost_error)" 0 'told as damaged'
		[ "$(counter mipi_error)" -gt "$before" ] || fail "$name did not happen"
	done
	# For ever.
	fault csi_crc forever
	run_both -0 -c 15
	fault csi_crc 0
	works
}

@test "pictures that break off: nothing hangs, exposure is not led astray" {
	local name
	for name in inform_size outform_size stabilization_size data_loss; do
		start_both -c 30
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
		run_both -a -c 15
		[ "$status" = 0 ] || [ "$status" = 7 ] || fail "status $status with $name"
		fault $name 0
	done
	works
}

@test "all interrupts at once: nothing is missed" {
	fault merge forever
	run_both -0 -c 20 -F main=m.raw
	equal "$(end main captured) $(end self captured) $(end stats captured)" '20 20 20' frames
	fault merge 0
}

# ---- the sensor does not answer ----

@test "the sensor refuses at the start: one sentence, nothing is left" {
	fault i2c forever
	run_both -! -c 5 -F main=m.raw
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
	start_both -c 60 -F main=m.raw
	wait_for 5 counts 6 rkisp1/main
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

# ---- signals, disks, limits ----

@test "signals: files are whole, statuses as promised" {
	local signal
	for signal in INT TERM; do
		rm -f $records m.raw* s-*
		start_both -c 0 -F main=m.raw -F 'self=s-#.png'
		wait_for 5 counts 6 rkisp1/main
		stop_tool $signal -0
		whole m.raw 115200
		no_leftovers
	done
	rm -f $records m.raw* s-*
	start_both -c 500 -F main=m.raw
	stop_tool INT -130
	whole m.raw 115200
}

@test "a full disk ends both paths: status 9, no half file" {
	need_file_system 3m
	run_both -9 -c 200 -F "main=$file_system/m-#.raw" -F "self=$file_system/s.raw"
	contains "$stderr" 'No space left on device'
	for file in "$file_system"/m-*.raw; do
		equal "$(stat -c %s "$file")" 115200 "bytes of $file"
	done
	[ -z "$(find "$file_system" -name '.*' -type f)" ] || fail 'temporary files are left'
	works
}

@test "limits: one path stalls while the others go on: status 7, and which is said" {
	start_both -c 0 --between-frames=400ms
	wait_for 5 counts 6 rkisp1/main
	fault no_frame_interrupt forever
	wait_tool -7
	equal "$(wc -l <"$stderr")" 1 sentences
	contains "$stderr" 'no further frame within 400ms'
	lacks "$stderr" rkisp1_stats
	[ "$(end stats captured)" -gt "$(end main captured)" ]
}

@test "valgrind: a good run, and one that fails, use no memory wrongly and keep none" {
	local checker=(valgrind -q --leak-check=full --show-leak-kinds=all
		--errors-for-leak-kinds=all --error-exitcode=99)
	run_tool -t 60 "${checker[@]}" rkisp1-capture -q -c 12 -s main:320x240 -s self:160x120:XR24 \
		-s stats --decode --report=$records -F main=m.raw -F 'self=s-#.png'
	fault stall forever
	run_tool -7 -t 60 "${checker[@]}" rkisp1-capture -q -c 3 -s main:320x240 --first-frame=200ms
}

# ---- unbound: at the end, as it leaves the driver loaded anew ----

@test "unbind of the ISP while it streams: status 8, one sentence, files are whole" {
	local round
	for round in 1 2 3; do
		rm -f $records m.raw*
		start_both -c 0 -F main=m.raw
		wait_for 5 counts 6 rkisp1/main
		echo "$isp_device" >/sys/bus/platform/drivers/rkisp1/unbind
		wait_tool -8
		equal "$(wc -l <"$stderr")" 1 sentences
		contains "$stderr" 'went away'
		whole m.raw 115200
		no_leftovers
		echo "$isp_device" >/sys/bus/platform/drivers/rkisp1/bind
		wait_for 5 rkisp1-capture -q -c 1
	done
	works
}
