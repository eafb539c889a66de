# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, 3a.bash
# rkisp1-capture: exposure, white balance, and what is told of them for each frame.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a

tool=rkisp1-capture
tool_options=()
luma='(.luma | add) / (.luma | length)'

# The luminance that is wanted, of 255, with the rounding of the ISP's cells.
target=40.6

# ---- exposure ----

@test "ae: from dark, on the target within 25 frames, and there for 100" {
	ae_arrives 60 -lt 10
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	ae_arrives 30000 -gt 180
}

@test "ae: follows a step of the light in mid-run, up and down" {
	start_tool rkisp1-capture -q --report="$records" --decode -c 170 -s main:320x240 -s stats --ready-fd=9
	wait_ready
	wait_for 5 counts 25 imx219/frames
	scene_set brightness 6000
	wait_for 5 in_frame 80
	scene_set brightness 200
	wait_tool
	stays 70 79 $target
	stays 150 165 $target
	told_as_it_was
}

@test "ae: light that changes for ever is followed, and told as it was" {
	ae_never_still
}

@test "ae: a fixed exposure leaves the rest to gain, a fixed gain to exposure" {
	ae_one_is_fixed
}

@test "ae: off, and both fixed: they stay from frame 0 on, whatever the light" {
	ae_is_off
}

@test "ae: what the sensor can't do is the nearest that it can" {
	ae_at_its_limits
	run_3a 5 --gain=0.1 --exposure=1ns --adjust
	all '.gain == 1 and .exposure_ns < 100000 and .exposure_ns > 0'
	told_as_it_was
}

@test "ae: without --adjust, what the sensor can't do is refused with what it can" {
	run_tool -6 rkisp1-capture -s 320x240 --gain=100
	contains "$stderr" '--gain: 100 is not possible, the nearest is 10.67'
	run_tool -6 rkisp1-capture -s 320x240 --gain=0.5
	contains "$stderr" '--gain: 0.5 is not possible, the nearest is 1 '
	run_tool -6 rkisp1-capture -s 320x240@30 --exposure=40ms
	contains "$stderr" '--exposure: 40ms is not possible, the nearest is 33.3ms'
	run_tool -6 rkisp1-capture -s 320x240 --exposure=1us
	contains "$stderr" '--exposure: 1us is not possible, the nearest is '
	# A longer frame has room for it.
	run_tool rkisp1-capture -q -s 320x240@20 --exposure=40ms -c 1
}

@test "ae: --flicker gives whole periods of the lamp, where one fits" {
	ae_flickers_not
}

@test "ae: at another rate, the exposure may be as long as a frame is" {
	scene_set brightness 100
	run_at main:320x240@10 40
	[ "$(frames main .exposure_ns | tail -n 1)" -gt 50000000 ]
	stays 25 39 $target
	told_as_it_was
}

# ---- white balance ----

@test "awb: grey is grey under three lights" {
	awb_is_grey 40
}

@test "awb: off leaves the colour of the light, fixed gains act from frame 0 on" {
	awb_is_fixed 4
}

@test "awb: follows the light in mid-run" {
	awb_follows 90
}

# The colour that the sensor sees is the same in every frame, so what the ISP measured of it, divided
# by the gains of that frame, must be, too. Without a colour matrix, and slowly.
@test "awb: the gains that are told of a frame are those that acted on it" {
	local since
	cat >plain.json <<-'EOT'
	{ "version": 1, "sensor": "imx219", "white_balance": { "speed": 0.25 },
	  "matrices": [ { "kelvin": 5000, "matrix": [1, 0, 0, 0, 1, 0, 0, 0, 1] } ] }
	EOT
	scene_set brightness 4000
	start_tool rkisp1-capture -q --report="$records" --decode -c 70 -s main:320x240 -s stats \
		-s self:160x120 --tuning=plain.json --exposure=5ms --gain=2 --ready-fd=9
	wait_ready
	wait_for 5 in_frame 25
	scene_light 230,256,98
	wait_tool
	since=$(frames stats 'select(.blue_gain > 1.7) | .sequence' | head -n 1)
	frames stats '"\(.sequence) \(.red_gain) \(.blue_gain) \(.white.y) \(.white.cb) \(.white.cr)"' |
		awk -v since="$since" '$1 >= since' >told
	[ "$(cut -d ' ' -f 2-3 told | sort -u | wc -l)" -gt 6 ] ||
		fail "white balance stood still: $(cat told)" || return
	awk '{
		y = 1.1636 * ($4 - 16); cb = $5 - 128; cr = $6 - 128
		green = y - 0.4045 * cb - 0.7949 * cr
		red = (y - 0.0623 * cb + 1.6008 * cr) / green / $2
		blue = (y + 1.9912 * cb - 0.0250 * cr) / green / $3
		print $0, red, blue
		if (red > 230 / 256 * 1.025 || red < 230 / 256 * 0.975) bad = 1
		if (blue > 98 / 256 * 1.025 || blue < 98 / 256 * 0.975) bad = 1
	} END { exit bad }' told || fail 'red and blue of the light are 0.898 and 0.383' || return
	frames main '"\(.sequence) \(.red_gain) \(.blue_gain)"' >made-main
	frames self '"\(.sequence) \(.red_gain) \(.blue_gain)"' >made-self
	frames stats '"\(.sequence) \(.red_gain) \(.blue_gain)"' >measured
	# A path that starts later ends later.
	awk 'FILENAME == "measured" { told[$1] = $0; next }
		$1 in told { n++; if (told[$1] != $0) { print told[$1], "and", $0; bad = 1 } }
		END { exit bad || n < 130 }' measured made-main made-self
}

@test "awb: side-cars have the gains, and what the numbers mean as colours" {
	run_tool rkisp1-capture -q -c 2 -s main:320x240 --awb=2,1.5 -F 'x-#.raw'
	equal "$(jq -c '[.red_gain, .blue_gain, .colorspace, .matrix, .range]' x-000001.raw.json)" \
		'[2,1.502,"srgb","bt601","limited"]' 'in the side-car, rounded as in the ISP'
	run_tool rkisp1-capture -q -c 1 -r -F y.raw
	equal "$(jq -c '[.frames[0].red_gain, .colorspace, .range]' y.raw.json)" '[null,null,null]' \
		'in that of raw'
}

# ---- settle ----

@test "settle: frames until then are no part of anything, and it is told once" {
	scene_set brightness 100
	run_3a 10 --settle
	equal "$(event settled)" 1 'settled'
	equal "$(event not-settled)" 0 'not-settled'
	stays "$(frames stats .sequence | head -n 1)" "$(frames stats .sequence | tail -n 1)" $target
	[ "$(frames main .sequence | head -n 1)" -gt 3 ]
	equal "$(frames main .sequence | wc -l)" 10 frames
	equal "$(jq -r 'select(.record == "end") | [.streams[].lost] | add' "$records")" 0 lost
	told_as_it_was
}

@test "settle: with nothing automatic at once, and with a limit goes on without" {
	settles_at_once
}

# ---- tuning ----

@test "tuning: the target of a file is met" {
	tuning_is_met 20.3
}

@test "tuning: the black level of a file is taken off, from frame 0 on" {
	local level got
	# The sensor counts 64 of 1024. With twice that, dark parts are cut off, with nothing they are grey.
	for level in 0 4096 8192; do
		cat >level.json <<-EOT
		{ "version": 1, "sensor": "imx219", "black_level": $level }
		EOT
		run_3a 1 --ae=off --tuning=level.json
		frames stats '(.luma | add) / 25' >>means
	done
	got=$(paste -s -d ' ' means)
	awk '{ exit !($1 > $2 + 8 && $2 > $3 + 8) }' <<<"$got" || fail "luma by black level: $got"
	run_3a 1 --ae=off
	equal "$(frames stats '(.luma | add) / 25')" "$(sed -n 2p means)" 'what is built in'
}

@test "tuning: a broken file is refused with one sentence, before anything is set up" {
	tuning_is_refused ov5647
}

# ---- the first frame ----

@test "frame 0 has black level, gains and gamma: it is neither black nor green" {
	local got luma
	scene_light daylight
	run_3a 1 -F main=first.raw
	equal "$(frames main .sequence)" 0 sequence
	got=$(chroma first.raw 320 240)
	is_grey "$got" 12 || fail "Cb Cr are $got in frame 0"
	luma=$(scenecheck mean NV12:320x240 first.raw 0 0,0,320x240)
	# Linear it would be less than 50.
	awk '{ exit !($1 > 70 && $1 < 200) }' <<<"$luma" || fail "mean luma is $luma"
}
