# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, hardware.bash, 3a.bash, rpi.bash
# rpi-capture: exposure, white balance, and what is told of them for each frame.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a
load lab/rpi
load lab/rpi-3a

tool_options=(--mode=640x480)

# ---- exposure ----

@test "ae: from dark, on the target within 25 frames, and there for 100" {
	ae_arrives 60 -lt 6
}

@test "ae: from bright, on the target within 25 frames, and there for 100" {
	ae_arrives 30000 -gt 160
}

@test "ae: follows a step of the light in mid-run, up and down" {
	start_3a 150
	wait_for 5 in_frame 12
	scene_set brightness 6000
	wait_for 5 in_frame 80
	scene_set brightness 200
	wait_tool
	# Once it has arrived it goes gently.
	stays 65 78 "$target"
	stays 135 149 "$target"
	told_as_it_was
}

@test "ae: light that changes for ever is followed, and told as it was" {
	ae_never_still -s raw
	told_as_it_was raw
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
	run_tool -6 rpi-capture -s main:320x240 "${tool_options[@]}" --gain=100
	contains "$stderr" '--gain: 100 is not possible, the nearest is 10.67'
}

@test "ae: raw alone has fixed exposure and gain, and leaves the ISP alone" {
	local jobs controls
	jobs=$(counter isp0/jobs) controls=$(counter isp0/controls)
	scene_set brightness 5000
	rm -f "$records"
	run_tool rpi-capture -q --report="$records" -c 5 -s raw "${tool_options[@]}" --exposure=3ms --gain=2
	equal "$(frames raw '[.exposure_ns > 2980000, .exposure_ns <= 3000000, .gain, .red_gain]' |
		jq -c . | sort -u)" '[true,true,2,null]'
	told_as_it_was raw
	equal "$(counter isp0/jobs) $(counter isp0/controls)" "$jobs $controls" 'jobs and controls of the ISP'
}

@test "ae: --flicker gives whole periods of the lamp, where one fits" {
	ae_flickers_not
}

@test "ae: at another rate, the exposure may be as long as a frame is" {
	scene_set brightness 100
	run_at main:320x240@15 30
	[ "$(frames main .exposure_ns | tail -n 1)" -gt 50000000 ]
	stays 25 30 "$target"
	told_as_it_was
}

# ---- white balance ----

@test "awb: grey is grey under three lights, in both pictures" {
	local light got stream
	for light in daylight tungsten fluorescent; do
		scene_light $light
		run_at main:640x480 25 -s second:320x240 -F "main=$light-main.raw" -F "second=$light-second.raw"
		for stream in main second; do
			case $stream in
			main) got=$(chroma $light-main.raw 640 480) ;;
			*) got=$(chroma $light-second.raw 320 240) ;;
			esac
			is_grey "$got" 3 || fail "$light: Cb Cr are $got in $stream" || return
			controls_told $stream
		done
	done
}

@test "awb: off leaves the colour of the light, fixed gains act from the first frame on" {
	awb_is_fixed 3
}

@test "awb: follows the light in mid-run" {
	awb_follows 70
}

# Red and blue of grey over green, in a picture without curve and matrix, are those of the light with
# the gains that are told of this very frame.
@test "awb: gains are told of exactly the frames that they act on, by the pixels" {
	local number=0 told mean
	picture=main:320x240:XR24
	plain_tuning 0.25
	scene_set brightness 4000
	start_3a 60 --tuning=plain.json --exposure=5ms --gain=2 -F main=pixels.raw
	wait_for 5 in_frame 15
	scene_light 230,256,98
	wait_tool
	[ "$(frames main .blue_gain | sort -u | wc -l)" -gt 8 ] || fail 'gains stood still' || return
	while read -r told; do
		mean=$(scenecheck mean XR24:320x240 pixels.raw $number 150,20,12x40)
		echo "$told $mean"
		number=$((number + 1))
	done < <(frames main '"\(.sequence) \(.red_gain) \(.blue_gain)"') >seen
	equal "$(wc -l <seen)" 60 frames
	awk '
		function far(got, wanted) { return got > wanted * 1.03 || got < wanted * 0.97 }
		FILENAME == "seen" {
			if (far($4 / $5, $2 * red[$1]) || far($6 / $5, $3 * blue[$1])) {
				print $0, "light", red[$1], blue[$1]
				bad = 1
			}
			next
		}
		{ red[$1] = $5 / $7; blue[$1] = $9 / $7 }
		END { exit bad }' "$(sensor_record)" seen || fail 'these gains did not act' || return
	controls_told main
	controls_told stats
}

@test "awb: what is clipped is white, whatever the gains" {
	local gains
	scene_set brightness 100000
	for gains in 0.5,0.8 0.6,0.9 0.9,1.3 2,0.7 2,1.5; do
		run_at main:320x240:XR24 2 --exposure=20ms --gain=4 --awb=$gains --force -F main=white.raw
		# The brightest tile, and it is clipped in the sensor.
		equal "$(scenecheck mean XR24:320x240 white.raw 1 150,20,12x40)" '255.00 255.00 255.00' \
			"white with gains of $gains" || return
		last_job red blue digital
		awk '{
			least = 1000
			for (i = 1; i < 3; i++)
				least = $i < least ? $i : least
			exit $3 * least < 1e6 || $3 * least > 1.005e6
		}' <<<"$job" || fail "the ISP had red, blue and digital gain of $job" || return
		controls_told main || return
	done
}

# ---- settle ----

@test "settle: all streams begin with the same frame, and nothing before it is told" {
	local stream first
	scene_set brightness 100
	run_3a 10 --settle -s raw -s second:160x120 -F raw=settled.raw
	equal "$(event settled)" 1 settled
	equal "$(event not-settled)" 0 not-settled
	first=$(frames main .sequence | head -n 1)
	[ "$first" -gt 5 ]
	for stream in main second raw stats; do
		equal "$(frames $stream .sequence | paste -s -d ' ')" \
			"$(seq -s ' ' "$first" $((first + 9)))" "$stream's frames"
	done
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 settled.raw
	equal "$(paste -s -d ' ' "$stdout")" "$(seq -s ' ' "$first" $((first + 9)))" 'numbers in the file'
	stays "$first" $((first + 9)) "$target"
	equal "$(jq -r 'select(.record == "end") | [.streams[].lost] | add' "$records")" 0 lost
	told_as_it_was
}

@test "settle: with nothing automatic at once, and with a limit goes on without" {
	settles_at_once
}

# ---- statistics ----

@test "stats: decoded, they are the numbers in the buffer" {
	run_3a 3 --exposure=10ms --gain=1 -F stats=buffers.bin
	equal "$(stat -c %s buffers.bin)" $((3 * 10824)) 'bytes of three'
	equal "$(frames stats '[(.exposure | keys), (.exposure.red | length), .zones.columns, .zones.rows,
		(.zones.green | length), (.zones.left_out | length), (.focus | length), (.histogram | length)]' |
		jq -c . | sort -u)" '[["blue","green","left_out","red"],15,8,6,48,48,12,128]'
	# Regions are pairs of pairs; numbers are of the third frame.
	od -An -v -tu8 -w32 -j $((2 * 10824 + 3080)) -N $((192 * 32)) buffers.bin | awk '
		{
			zone = int((NR - 1) / 32) * 8 + int((NR - 1) % 16 / 2)
			counted[zone] += $1 % 4294967296
			for (i = 0; i < 3; i++)
				sum[zone, i] += $(i + 2)
		}
		END {
			for (i = 0; i < 3; i++)
				for (zone = 0; zone < 48; zone++)
					print int(sum[zone, i] / counted[zone])
		}' >wanted
	frames stats '.zones | .red[], .green[], .blue[]' | tail -n 144 | cmp - wanted
	od -An -v -tu8 -w32 -j $((2 * 10824 + 9736)) -N $((15 * 32)) buffers.bin |
		awk '{ print int($3 / ($1 % 4294967296)) }' >wanted
	frames stats '.exposure.green[]' | tail -n 15 | cmp - wanted
	od -An -v -tu4 -w4 -j $((2 * 10824 + 8 + 512)) -N 512 buffers.bin | awk '{ print $1 }' >wanted
	frames stats '.histogram[]' | tail -n 128 | cmp - wanted
	# Of what passes: sums of four pixels, 320 by 240 of them.
	equal "$(frames stats '.histogram | add' | sort -u)" $((320 * 240)) 'squares that were counted'
}

@test "stats: they are of the frame that they come with" {
	local brightness=300
	start_3a 40 --ae=off
	while ! lab_ended "$tool_pid"; do
		brightness=$((brightness + 400))
		[ $brightness -lt 3000 ] || brightness=300
		scene_set brightness $brightness
		lab_nap 0.05
	done
	wait_tool
	frames stats "\"\\(.sequence) \\($luma)\"" >told
	awk '
		FILENAME == "told" { n++; each = $2 / light[$1]; low = low && low < each ? low : each
			high = high > each ? high : each; next }
		$1 == 0 { delete light }
		{ light[$1] = $3 }
		END { print low, high; exit !(n > 30 && low > 0 && high < low * 1.05) }' "$(sensor_record)" told ||
		fail 'statistics are not of the light of their frames'
}

# ---- the ISP's controls, whatever was there before ----

@test "controls: from any state that another program left, the same picture" {
	local before shot
	lab_reload rpi
	rpi_find
	for shot in new again; do
		picture_of $shot
	done
	v4l2-ctl -d "$isp_input" -c red_balance=3000,blue_balance=1,digital_gain=9000
	rpi_run raw=pRAA:640x480 main=NV12:320x240 frames=2 black=20000 matrix=1 gamma=1 red=700 blue=4000 \
		digital=3000
	picture_of wild
	# Just what is going to be written is what the core believes to be there.
	before=$(counter isp0/controls)
	picture_of equal
	[ "$(counter isp0/controls)" -ge $((before + 11)) ] ||
		fail 'controls were kept back for being what they were'
	for shot in again wild equal; do
		cmp new.raw $shot.raw || fail "the picture is another one: $shot" || return
	done
}

@test "controls: a table of lens shading is handed to the firmware, and taken away" {
	cat >shading.json <<-'EOT'
	{ "version": 1, "sensor": "imx219", "lens_shading": { "columns": 2, "rows": 2,
		"red": [2, 2, 2, 2], "green": [1.5, 1.5, 1.5, 1.5], "blue": [1, 1, 1, 1] } }
	EOT
	run_3a 2 --tuning=shading.json
	shading_is '1 16 41 41 31 0 1 7'
	run_3a 2
	shading_is '0 16 41 41 31 0 1 7'
	dmesg_clean
}

# ---- flips ----

@test "flips: the sensor does them, and colours stay what they are" {
	local flip
	for flip in none hflip vflip both; do
		case $flip in
		none) set -- ;;
		both) set -- --hflip --vflip ;;
		*) set -- --$flip ;;
		esac
		run_at main:320x240:XR24 1 --ae=off --awb=1.6,1.4 -s raw -F main=$flip.raw -F raw=$flip-bayer.raw "$@"
		equal "$(jq -c '[.frames[0].sequence, .height]' $flip.raw.json)" '[0,240]' || return
		jq -r .format $flip-bayer.raw.json >>formats
	done
	equal "$(paste -s -d ' ' formats)" 'SRGGB10_CSI2P SGRBG10_CSI2P SGBRG10_CSI2P SBGGR10_CSI2P' \
		'formats of raw'
	for flip in hflip vflip both; do
		flipped $flip none.raw >wanted
		flipped none $flip.raw | cmp - wanted || fail "the picture is not that of $flip" || return
	done
}

# ---- tuning ----

@test "tuning: the target of a file is met" {
	tuning_is_met 20.4
}

@test "tuning: a broken file is refused with one sentence, before anything is set up" {
	local before
	before=$(counter isp0/controls)
	tuning_is_refused imx477
	equal "$(counter isp0/controls)" "$before" 'controls written'
}
