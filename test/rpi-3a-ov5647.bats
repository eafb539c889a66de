# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-ov5647
# lab-limit: 240
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, hardware.bash, 3a.bash, rpi.bash
# rpi-capture: exposure and white balance with a sensor whose first frames are too dark, and whose gain
# acts as late as its exposure.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a
load lab/rpi
load lab/rpi-3a

tool_options=(--mode=640x480 --tuning=black.json)
picture=main:320x240@30
sensor=ov5647
max_gain=63.938
line_ns=40000
told_within='10000 0.002'
told_from=2
# This sensor sees more blue: daylight, bulbs, tubes.
lights=('172,256,221' '241,256,131' '200,256,170')

# The emulated sensor has a black level of 64 of 1024, a real one of 16.
setup() {
	lab_setup
	echo '{ "version": 1, "sensor": "ov5647", "black_level": 4096 }' >black.json
}

@test "ae: from dark, on the target within 25 frames, and there for 100" {
	ae_arrives 60 -lt 6
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	ae_arrives 30000 -gt 100
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

@test "awb: grey is grey under three lights" {
	awb_is_grey 25
	controls_told main
}

@test "awb: off leaves the colour of the light, fixed gains act from the first frame on" {
	awb_is_fixed 3
}

@test "settle: what it took to get there is no part of anything" {
	scene_set brightness 100
	run_3a 5 --settle
	equal "$(event settled)" 1 settled
	stays "$(frames main .sequence | head -n 1)" "$(frames main .sequence | tail -n 1)" "$target"
	told_as_it_was
}
