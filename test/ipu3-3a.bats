# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, 3a.bash
# ipu3-capture: exposure, white balance, and what is told of them for each frame.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a

tool=ipu3-capture
tool_options=(--mode=640x480:10)

# Of 255, with white balance. The cells lack the black level, so white is 239, and are cut to 8 bits.
luma='.red_gain as $red | .blue_gain as $blue | .zones |
	[.red, .green, .blue, .saturated] | transpose |
	map(((.[0] + 0.5) * $red * 0.299 + (.[1] + 0.5) * 0.587 + (.[2] + 0.5) * $blue * 0.114) / 239.06 *
		(255 - .[3]) + .[3]) | add / length'

# What is wanted, 0.16 of white, with the rounding of the cells.
target=40.8

# ---- exposure ----

@test "ae: from dark, on the target within 25 frames, and there for 100" {
	ae_arrives 60 -lt 6
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	ae_arrives 30000 -gt 180
}

@test "ae: follows a step of the light in mid-run, up and down" {
	start_3a 150
	wait_for 5 in_frame 12
	scene_set brightness 6000
	wait_for 5 in_frame 80
	scene_set brightness 200
	wait_tool
	# Once it has arrived it goes gently.
	stays 65 78 $target
	stays 135 149 $target
	told_as_it_was
}

@test "ae: light that changes for ever is followed, and told as it was" {
	ae_never_still -s raw
	told_as_it_was raw
}

@test "ae: cells that say nothing where all is saturated are no darkness" {
	fault saturated_zero forever
	scene_set brightness 12000
	run_3a 50
	[ "$(frames stats '.zones.saturated | map(select(. > 190)) | length' | head -n 1)" -gt 20 ]
	stays 25 50 $target
	told_as_it_was
	# White from edge to edge: nothing is left to go by.
	scene_set brightness 200000
	run_3a 20
	equal "$(frames stats '.zones | [.red, .green, .blue, .saturated] | flatten | unique' |
		jq -c . | head -n 1)" '[0,255]' 'all in the first frame'
	all '.gain < 1.3'
	stays 15 20 $target
	told_as_it_was
}

@test "ae: a fixed exposure leaves the rest to gain, a fixed gain to exposure" {
	ae_one_is_fixed
}

@test "ae: off, and both fixed: they stay from the first frame on, whatever the light" {
	ae_is_off
}

@test "ae: what the sensor can't do is the nearest that it can" {
	ae_at_its_limits
	run_tool -6 ipu3-capture -s main:320x240 "${tool_options[@]}" --gain=100
	contains "$stderr" '--gain: 100 is not possible, the nearest is 10.67'
}

@test "ae: raw alone has fixed exposure and gain, and no ImgU to measure anything" {
	local jobs
	jobs=$(wc -l <"$hardware_files/imgu/record")
	scene_set brightness 5000
	rm -f "$records"
	run_tool ipu3-capture -q --report="$records" -c 5 -s raw "${tool_options[@]}" --exposure=3ms \
		--gain=2
	equal "$(frames raw '[.exposure_ns > 2980000, .exposure_ns <= 3000000, .gain, .red_gain]' |
		jq -c . | sort -u)" '[true,true,2,null]'
	told_as_it_was raw
	equal "$(wc -l <"$hardware_files/imgu/record")" "$jobs" 'jobs of the ImgU'
}

@test "ae: --flicker gives whole periods of the lamp, where one fits" {
	ae_flickers_not
}

@test "ae: at another rate, the exposure may be as long as a frame is" {
	scene_set brightness 100
	run_at main:320x240@15 30
	[ "$(frames main .exposure_ns | tail -n 1)" -gt 50000000 ]
	stays 25 30 $target
	told_as_it_was
}

# ---- white balance ----

@test "awb: grey is grey under three lights" {
	awb_is_grey 25
}

@test "awb: off leaves the colour of the light, fixed gains act from the first frame on" {
	awb_is_fixed 3
}

@test "awb: follows the light in mid-run" {
	awb_follows 70
}

# ---- settle ----

@test "settle: all streams begin with the same frame, and nothing before it is told" {
	local stream first
	scene_set brightness 100
	run_3a 10 --settle -s raw -s viewfinder:160x120 -F raw=settled.raw
	equal "$(event settled)" 1 settled
	equal "$(event not-settled)" 0 not-settled
	first=$(frames main .sequence | head -n 1)
	[ "$first" -gt 5 ]
	for stream in main viewfinder raw stats; do
		equal "$(frames $stream .sequence | paste -s -d ' ')" \
			"$(seq -s ' ' "$first" $((first + 9)))" "$stream's frames"
	done
	run_tool scenecheck raw "$(sensor_record)" ip3 settled.raw
	equal "$(paste -s -d ' ' "$stdout")" "$(seq -s ' ' "$first" $((first + 9)))" 'numbers in the file'
	stays "$first" $((first + 9)) $target
	equal "$(jq -r 'select(.record == "end") | [.streams[].lost] | add' "$records")" 0 lost
	told_as_it_was
}

@test "settle: with nothing automatic at once, and with a limit goes on without" {
	settles_at_once
}

# ---- tuning ----

@test "tuning: the target of a file is met" {
	tuning_is_met 20.4
}

@test "tuning: a broken file is refused with one sentence, before anything is set up" {
	ipu3_find
	media-ctl -d "$cio2_media" -r
	tuning_is_refused ov5693
	MEDIA_DRIVER=ipu3-cio2 expect_link 'imx219 0-0010' 0 'ipu3-csi2 0' 0 off
}
