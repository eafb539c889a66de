# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: cameras and what they can do, and what is refused, before anything is touched.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010'

@test "list: one camera, its sensor, model and bus; as JSON, too" {
	run_tool rkisp1-capture --list
	printf '%s\trkisp1\tplatform:rkisp1\n' "$camera" >wanted
	cmp "$stdout" wanted
	run_tool rkisp1-capture --list --json
	equal "$(jq -r 'select(.record == "camera") | .camera' "$stdout")" "$camera"
	lab_platform unload rkisp1
	run_tool -3 rkisp1-capture --list
	contains "$stderr" 'no camera found'
	lab_platform load rkisp1
}

@test "info: streams with formats and sizes, modes of the sensor; as JSON, too" {
	rkisp1_find
	run_tool rkisp1-capture --info
	contains "$stdout" "main: processed picture (rkisp1_mainpath, $rkisp1_main)"
	contains "$stdout" "self: a second processed picture, up to 1920x1920 (rkisp1_selfpath, $rkisp1_self)"
	contains "$stdout" "raw: what the sensor delivers, alone (rkisp1_mainpath, $rkisp1_main)"
	contains "$stdout" "stats: what the ISP measures of each frame (rkisp1_stats, $rkisp1_stats)"
	matches "$stdout" '^  NM12 \(NV12M\) +32x16 to 3280x2464 in steps of 2$'
	matches "$stdout" '^  XR24 \(XRGB8888\) +32x16 to 1920x1920 in steps of 2$'
	matches "$stdout" '^  RG10 \(SRGGB10\) +1640x1232$'
	matches "$stdout" '^  SRGGB8_1X8 +3280x2464$'
	run_tool rkisp1-capture --info --json
	equal "$(jq -r '.streams[].stream' "$stdout" | paste -sd,)" main,self,raw,stats
	equal "$(jq -r '.streams[0].formats[].fourcc' "$stdout" | sort | paste -sd,)" \
		422P,GREY,NM12,NM16,NM21,NM61,NV12,NV16,NV21,NV61,YM61,YU12,YUYV,YV12
	equal "$(jq '[.streams[].formats | length] | @csv' -r "$stdout")" 14,16,8,1
	equal "$(jq '.modes | length' "$stdout")" 8
}

@test "what is listed is what the driver lists" {
	local path role
	rkisp1_find
	run_tool rkisp1-capture --info --json
	cp "$stdout" info
	for path in main self; do
		role=rkisp1_$path
		v4l2-ctl -d "${!role}" --list-formats | sed -n "s/.*\[[0-9]*\]: '\(....\)'.*/\1/p" |
			grep -v '^[RGB][GA][0-9]*$\|^RGGB\|^GRBG\|^GBRG\|^B[AG]\|^G[RB]1' | sort >driver
		jq -r --arg role $path '.streams[] | select(.stream == $role) | .formats[].fourcc' info |
			sort >ours
		cmp driver ours || fail "$(diff driver ours)" || return
	done
}

@test "camera: by id, beginning, number and any of its nodes" {
	local name
	rkisp1_find
	for name in "$camera" imx219 1 "$rkisp1_main" "$rkisp1_self" "$rkisp1_stats" \
		"$rkisp1_params" "$rkisp1_isp" "$rkisp1_sensor" "$rkisp1_media"; do
		run_tool rkisp1-capture --info "$name"
		equal "$(head -1 "$stdout")" "$camera" "camera for $name"
		[ ! -s "$stderr" ] || fail "said: $(cat "$stderr")" || return
	done
	run_tool -3 rkisp1-capture --info ov5647
	run_tool -3 rkisp1-capture --info 2
	run_tool -3 rkisp1-capture --info /dev/null
}

@test "what cannot be is refused with status 6, naming the nearest; nothing is touched" {
	local options text
	rkisp1_find
	media -p >before
	v4l2-ctl -d "$rkisp1_sensor" -l >>before
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rkisp1-capture -c 1 $options || fail "$options" || return
		contains "$stderr" "$text"
		[ "$(grep -c . "$stderr")" -le 2 ] || fail "many words: $(cat "$stderr")" || return
		{ media -p; v4l2-ctl -d "$rkisp1_sensor" -l; } >after
		cmp before after || fail "$options: $(diff before after)" || return
	done <<-'EOT'
	-s main:640x480:XR24|main: XR24 (XRGB8888) is not possible, the nearest is NV12
	-s main:640x480:UYVY|main: UYVY is not possible, the nearest is NV12
	-s main:640x480:RG10|main: RG10 (SRGGB10) is not possible, the nearest is NV12
	-s self:640x480:RGB3|self: RGB3 (BGR888) is not possible, the nearest is NV12
	-s 320x240 --awb=0.5,3|--awb: 0.5,3 is not possible, the nearest is 3.996 times the weakest of the three colours
	-s 641x480|main: 641x480 is not possible, the nearest is 640x480
	-s 640x481|main: 640x481 is not possible, the nearest is 640x480
	-s 16x16|main: 16x16 is not possible, the nearest is 32x16
	-s 5000x1000|main: 5000x1000 is not possible, the nearest is 3280x1000
	-s 3300x2000|main: 3300x2000 is not possible, the nearest is 3280x2000
	-s self:1922x1080|self: 1922x1080 is not possible, the nearest is 1920x1080
	-s self:1280x1922|self: 1280x1922 is not possible, the nearest is 1280x1920
	--mode=640x480 -s 800x600|main: 800x600 is not possible, the nearest is 640x480
	--mode=800x600 -s 640x480|--mode: 800x600 is not possible, the nearest is 1640x1232:10
	--mode=640x480:12 -s 640x480|--mode: 640x480:12 is not possible, the nearest is 640x480:10
	-s raw:800x600|the nearest is RG10 (SRGGB10) 1640x1232
	-s raw:640x480:RG12|the nearest is RG10 (SRGGB10) 640x480
	-s raw:640x480:BG10|the nearest is RG10 (SRGGB10) 640x480
	-s raw:640x480:NV12|the nearest is RG10 (SRGGB10) 640x480
	--mode=640x480 -s raw:1640x1232|raw: RG10 (SRGGB10) 1640x1232 is not possible, the nearest is RG10 (SRGGB10) 640x480
	-s main -s raw|raw runs alone
	-s self -s raw|raw runs alone
	-s stats -s raw|raw runs alone
	-s stats|stats come only while main or self streams
	-s main -s stats:640x480|stats have neither size nor rate
	-s main -s stats:NV12|stats have one format only, RK1S
	-s main -s stats@30|stats have neither size nor rate
	-s main@30 -s self@15|only one can be asked for
	-r --zoom=2|--zoom: raw passes the ISP untouched
	-s main:640x480@1000|the nearest is 103.3 fps
	-s main:3280x2464@30|the nearest is 21.19 fps
	-s main:640x480@1/10|0.1 fps is not possible, the nearest is 0.8
	-C exposure=100|--control: exposure is set by --exposure here
	-C analogue_gain=1|--control: analogue_gain is set by --gain here
	-C digital_gain=256|--control: digital_gain is set by --gain here
	-C vertical_blanking=1000|--control: vertical_blanking is set by the rate of --stream here
	-C horizontal_flip=1|--control: horizontal_flip is set by --hflip here
	-C test_pattern=1,vertical_flip=1|--control: vertical_flip is set by --vflip here
	-C 0x00980911=100|--control: exposure is set by --exposure here
	EOT
}

# sensor_state: all that is set there
sensor_state() {
	v4l2-ctl -d "$rkisp1_sensor" --list-ctrls
	pad_format "$camera" 0
}

@test "refused: exposure, gain and tuning leave the sensor as it was" {
	local options text
	rkisp1_find
	run_tool rkisp1-capture -q -s 640x480@50 --exposure=3ms --gain=2 --vflip -c 1
	sensor_state >before
	echo '{ "version": 1, "exposure": { "target": "much" } }' >wrong.json
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rkisp1-capture -c 1 $options
		contains "$stderr" "$text"
		equal "$(grep -c 'not possible' "$stderr" || :)" "${text:+1}" "lines with $options"
		sensor_state | cmp - before || fail "$options" || return
	done <<-'EOT'
	-s 1280x720 --gain=100|--gain: 100 is not possible, the nearest is 10.67
	-s 1280x720@30 --exposure=40ms|--exposure: 40ms is not possible, the nearest is 33.3ms
	-r --exposure=10s|--exposure: 10s is not possible
	EOT
	run_tool -6 rkisp1-capture -c 1 -s 1280x720 --tuning=wrong.json
	sensor_state | cmp - before
}

@test "adjust: takes the nearest and says so" {
	local options text size
	while IFS='|' read -r options size text; do
		# shellcheck disable=SC2086 # words
		run_tool rkisp1-capture --adjust -c 1 -F x.raw --force $options
		contains "$stderr" "$text"
		equal "$(stat -c %s x.raw)" $((size)) "bytes with $options"
	done <<-'EOT'
	-s 641x479|640 * 478 * 3 / 2|main: 641x479 is not possible, taking 640x478
	-s self:2000x1080:XR24|1920 * 1080 * 4|self: 2000x1080 is not possible, taking 1920x1080
	-s main:640x480:XR24|640 * 480 * 3 / 2|main: XR24 (XRGB8888) is not possible, taking NV12
	-s 5000x1000:GREY|3280 * 1000|main: 5000x1000 is not possible, taking 3280x1000
	-s raw:1000x600:BG12|1640 * 1232 * 2|raw: BG12 (SBGGR12) 1000x600 is not possible, taking RG10 (SRGGB10) 1640x1232
	-s 640x480@1000|640 * 480 * 3 / 2|1000 fps is not possible, taking 103.3 fps
	EOT
}
