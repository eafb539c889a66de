# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477
# lab-limit: 240
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, hardware.bash, 3a.bash, rpi.bash
# rpi-capture: exposure and white balance with a sensor that tells in embedded data what it did.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a
load lab/rpi
load lab/rpi-3a

tool_options=(--mode=2028x1080)
picture=main:320x240@30
sensor=imx477
max_gain=22.261
# The record's lines are cut to the clocks of another sensor, and gains to 1/256.
told_within='6000 0.005'
grey='106 24'
# This sensor sees less red: daylight, bulbs, tubes.
lights=('83,256,179' '130,256,102' '100,256,150')

@test "ae: from dark, on the target within 25 frames, and there for 100" {
	ae_arrives 60 -lt 6
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	ae_arrives 30000 -gt 160
}

@test "ae: light that changes for ever is followed, and told as it was" {
	ae_never_still
	controls_told main
}

@test "ae: a fixed exposure leaves the rest to gain, a fixed gain to exposure" {
	ae_one_is_fixed
}

@test "ae: off, and both fixed: they stay from the first frame on, whatever the light" {
	ae_is_off
}

@test "ae: what the sensor can't do is the nearest that it can" {
	ae_at_its_limits
}

@test "ae: embedded data are believed, if somebody else sets the sensor" {
	rpi_find
	start_3a 120 --exposure=8ms
	wait_for 5 in_frame 10
	v4l2-ctl -d "$unicam_sensor" -c exposure=200
	wait_for 5 in_frame 30
	v4l2-ctl -d "$unicam_sensor" -c exposure=300
	wait_tool
	equal "$(frames main '.exposure_ns / 100000 | floor' | uniq | paste -s -d ' ')" '79 30 45' \
		'tenths of a millisecond'
	told_as_it_was
	told_as_it_was stats
}

@test "ae: without embedded data what was written is told, and as well" {
	local before
	before=$(counter unicam/embedded)
	fault embedded_lose forever
	ae_arrives 200 -lt 20
	equal "$(counter unicam/embedded)" "$before" 'embedded data'
}

@test "ae: off, nobody reads embedded data" {
	local before
	before=$(counter unicam/embedded)
	run_3a 5 --ae=off
	equal "$(counter unicam/embedded)" "$before" 'embedded data'
}

@test "awb: grey is grey under three lights" {
	awb_is_grey 25
	controls_told main
}

@test "awb: off leaves the colour of the light, fixed gains act from the first frame on" {
	awb_is_fixed 3
}

@test "settle: all streams begin with the same frame" {
	local stream first
	scene_set brightness 100
	run_3a 5 --settle -s raw -s embedded
	equal "$(event settled)" 1 settled
	first=$(frames main .sequence | head -n 1)
	[ "$first" -gt 3 ]
	for stream in main raw embedded stats; do
		equal "$(frames $stream .sequence | paste -s -d ' ')" \
			"$(seq -s ' ' "$first" $((first + 4)))" "$stream's frames"
	done
	told_as_it_was
}
