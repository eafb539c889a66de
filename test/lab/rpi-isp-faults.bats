# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alike of the bcm2835-isp driver: what it does not do, or not as wished, and each fault.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

raw=SRGGB10_1X10 binned=1640x1232

setup() {
	lab_setup
	rpi_find
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0
	rpi_sensor $raw $binned
}

@test "isp: no statistics without a buffer, nor of what is not RAW, nor when lost" {
	rpi_run raw=pRAA:$binned main=NV12:640x480 stats=0 frames=2
	equal "$(column 6 "$stdout")" '- -' statistics
	fault isp0/stats 1
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=2
	equal "$(column 6 "$stdout")" '- 0' 'statistics, one of them lost'
}

@test "isp: a second picture larger than the first does not start" {
	run_tool -! rpirun raw=pRAA:$binned main=NV12:640x480 second=NV12:800x600 "$unicam_image" \
		"${isp_nodes[@]}"
	contains "$stderr" 'second: Invalid argument'
}

@test "isp: an empty buffer ends the stream, more may follow" {
	local ended
	ended=$(counter isp0/ended)
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=4 end=2
	equal "$(column 4 "$stdout")" '0 1 - 2' 'sequence of main'
	equal "$(counter isp0/ended)" $((ended + 1))
	says EINVAL "$isp_input" queue 4 # interlaced
}

@test "isp: a picture without a buffer holds the job up, or is left out" {
	run_tool -3 rpirun raw=pRAA:$binned main=NV12:640x480 hold=3 "$unicam_image" "${isp_nodes[@]}"
	contains "$stderr" 'input: nothing came'
	fault isp0/drop forever
	run_tool -3 rpirun raw=pRAA:$binned main=NV12:640x480 hold=3 "$unicam_image" "${isp_nodes[@]}"
	contains "$stderr" 'main: nothing came'
	[ "$(counter isp0/unserved)" -gt 0 ] || fail 'nothing was left out'
}

@test "isp: faults" {
	local before
	fault isp0/enable
	run_tool -! rpirun raw=pRAA:$binned main=NV12:640x480 "$unicam_image" "${isp_nodes[@]}"
	contains "$stderr" 'Input/output error'
	fault isp0/transfer
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=2
	equal "$(column 4 "$stdout")" '0! 1' 'sequence of main'
	fault isp0/isp_time
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=2
	matches "$stdout" '^0 .* main=0.000000'
	dmesg_mark
	before=$SECONDS
	fault isp0/stop
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=2
	[ $((SECONDS - before)) -ge 2 ] || fail 'it stopped at once'
	dmesg | tail -n 3 >said
	contains said 'Timeout waiting for buffers'
}

@test "isp: the other instance is another one" {
	local jobs
	jobs="$(counter isp0/jobs)"
	rpi_find 1
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=2
	equal "$(counter isp0/jobs)" "$jobs" 'jobs of the first'
	[ "$(counter isp1/jobs)" -ge 2 ] || fail 'the second did nothing'
}

@test "isp: reading what the receiver writes is counted, and the reverse" {
	local before
	before=$(counter vc/overlap_read)
	rpi_run raw=pRAA:$binned main=NV12:640x480 frames=8 steal=1 pause=16
	[ "$(counter vc/overlap_read)" -gt "$before" ] || fail 'no overlap was seen'
	before=$(counter vc/overlap_write)
	rpi_sensor $raw 3280x2464
	rpi_run raw=pRAA:3280x2464 main=NV12:640x480 frames=4 steal=1
	[ "$(counter vc/overlap_write)" -gt "$before" ] || fail 'no overlap was seen'
}

@test "isp: a queue belongs to who asked for its buffers" {
	start_tool rpirun raw=pRAA:$binned main=NV12:640x480 frames=40 "$unicam_image" "${isp_nodes[@]}"
	wait_for 5 counts $(($(counter isp0/jobs) + 2)) isp0/jobs
	says EBUSY "$isp_main" buffers 2
	wait_tool
}
