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
	scene_set brightness 60
	run_3a 127
	[ "$(frames stats "$luma | floor" | head -n 1)" -lt 6 ]
	stays 25 125 $target
	told_as_it_was
	told_as_it_was stats
	dmesg_clean
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	scene_set brightness 30000
	run_3a 127
	[ "$(frames stats "$luma | floor" | head -n 1)" -gt 180 ]
	stays 25 125 $target
	told_as_it_was
	dmesg_clean
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
	local brightness=300
	start_3a 60 -s raw
	while ! lab_ended "$tool_pid"; do
		brightness=$((brightness * 5 / 4))
		[ $brightness -lt 8000 ] || brightness=300
		scene_set brightness $brightness
		lab_nap 0.05
	done
	wait_tool
	[ "$(frames main .exposure_ns | sort -nu | wc -l)" -gt 15 ]
	told_as_it_was
	told_as_it_was stats
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
	scene_set brightness 300
	run_3a 40 --exposure=8ms
	all '.exposure_ns > 7980000 and .exposure_ns <= 8000000'
	stays 25 39 $target
	told_as_it_was
	scene_set brightness 2000
	run_3a 40 --gain=2
	all '.gain > 1.98 and .gain < 2.02'
	stays 25 39 $target
	told_as_it_was
}

@test "ae: off, and both fixed: they stay from the first frame on, whatever the light" {
	scene_set brightness 5000
	run_3a 12 --exposure=4ms --gain=3
	all '.exposure_ns > 3980000 and .exposure_ns <= 4000000 and .gain > 2.97 and .gain < 3.03'
	told_as_it_was
	run_3a 12 --ae=off
	all '.exposure_ns > 9980000 and .exposure_ns <= 10000000 and .gain == 1'
	told_as_it_was
	run_3a 5 --ae=off --gain=4
	all '.exposure_ns > 9980000 and .gain > 3.95 and .gain < 4.05'
	run_3a 5 --ae=off --exposure=2ms
	all '.exposure_ns > 1980000 and .exposure_ns <= 2000000 and .gain == 1'
}

@test "ae: what the sensor can't do is the nearest that it can" {
	scene_set brightness 5
	run_3a 30
	# All that a frame has, and all of the gain.
	equal "$(frames main '.gain' | tail -n 1)" 10.667 gain
	all '.exposure_ns < 33330000'
	[ "$(frames main '.exposure_ns' | tail -n 1)" -gt 33100000 ]
	told_as_it_was
	run_3a 5 --gain=100 --exposure=1s --adjust
	all '.gain == 10.667 and .exposure_ns > 33100000 and .exposure_ns < 33330000'
	told_as_it_was
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
	scene_set brightness 300
	run_3a 40 --flicker=50
	whole_periods 10000000
	stays 25 39 $target
	run_3a 30 --flicker=60
	whole_periods 8333333
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
	local light got
	for light in daylight tungsten fluorescent; do
		scene_light $light
		run_3a 25 -F "main=$light.raw"
		got=$(chroma $light.raw 320 240)
		is_grey "$got" 3 || fail "$light: Cb Cr are $got" || return
	done
}

@test "awb: off leaves the colour of the light, fixed gains act from the first frame on" {
	local got
	scene_light tungsten
	run_3a 20 --awb=off -F main=off.raw
	got=$(chroma off.raw 320 240)
	! is_grey "$got" 15 || fail "Cb Cr are $got without white balance"
	equal "$(frames main '"\(.red_gain) \(.blue_gain)"' | sort -u)" '1 1'
	# What makes this light neutral: 256 / 128 and 256 / 160.
	scene_light 128,256,160
	run_3a 1 --awb=2,1.6 -F main=fixed.raw
	got=$(chroma fixed.raw 320 240)
	is_grey "$got" 3 || fail "Cb Cr are $got with the right gains"
	equal "$(frames main '"\(.red_gain) \(.blue_gain)"')" '2 1.6'
	scene_light neutral
	run_3a 1 --awb=off -F main=neutral.raw
	got=$(chroma neutral.raw 320 240)
	is_grey "$got" 3 || fail "Cb Cr are $got in neutral light"
}

@test "awb: follows the light in mid-run" {
	local got
	start_3a 70 -F main=step.raw
	wait_for 5 in_frame 15
	scene_light tungsten
	wait_tool
	got=$(chroma step.raw 320 240)
	is_grey "$got" 3 || fail "Cb Cr are $got after a step"
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
	run_3a 3 --settle --exposure=5ms --gain=1 --awb=1,1
	equal "$(event settled)" 1 settled
	[ "$(frames main .sequence | head -n 1)" -le 7 ]
	# Three frames are not enough to get there.
	scene_set brightness 100
	rm -f "$records"
	run_tool ipu3-capture -q --report="$records" -c 3 -s main:320x240 "${tool_options[@]}" \
		--settle=100ms
	equal "$(event settled)" 0 settled
	equal "$(event not-settled)" 1 not-settled
	equal "$(frames main .sequence | wc -l)" 3 frames
}

# ---- tuning ----

@test "tuning: the target of a file is met" {
	cat >darker.json <<-'EOT'
	{ "version": 1, "sensor": "imx219", "exposure": { "target": 0.08 } }
	EOT
	run_3a 40 --tuning=darker.json
	stays 25 39 20.4
}

@test "tuning: a broken file is refused with one sentence, before anything is set up" {
	local file
	echo '{' >broken.json
	echo '{ "version": 2 }' >version.json
	echo '{ "version": 1, "exposure": { "target": 7 } }' >range.json
	echo '{ "version": 1, "sensor": "ov5693" }' >other.json
	ipu3_find
	media-ctl -d "$cio2_media" -r
	for file in broken version range other missing; do
		run_tool -! ipu3-capture -q -c 1 "${tool_options[@]}" -s main:320x240 \
			--tuning=$file.json -F picture.raw
		[ "$status" = 2 ] || [ "$status" = 6 ] || fail "status $status"
		equal "$(wc -l <"$stderr")" 1 sentences
		contains "$stderr" "$file.json"
		no_file picture.raw
	done
	MEDIA_DRIVER=ipu3-cio2 expect_link 'imx219 0-0010' 0 'ipu3-csi2 0' 0 off
}
