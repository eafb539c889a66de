# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-ov5647
# lab-limit: 180
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture with a sensor whose samples begin with blue, which exposes by itself when it is left alone.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='ov5647 0-0036'

setup() {
	lab_setup
	rpi_find
}

# view: the ISP's crop, as X,Y,WxH
view() {
	v4l2-ctl -d "$isp_input" --get-selection-output target=crop |
		sed 's/.*Left \([0-9]*\), Top \([0-9]*\), Width \([0-9]*\), Height \([0-9]*\),.*/\1,\2,\3x\4/'
}

@test "info: modes and forms of raw; no embedded data" {
	run_tool rpi-capture --info --json
	equal "$(jq -r .camera "$stdout")" "$camera"
	equal "$(jq -r '.streams[].stream' "$stdout" | paste -sd,)" main,second,stats,raw
	equal "$(jq -r '.streams[3].formats[] | "\(.fourcc)/\(.min_width)x\(.max_height)"' "$stdout" | paste -sd,)" \
		pBAA/640x480,BG10/640x480,pBAA/1296x972,BG10/1296x972,pBAA/1920x1080,BG10/1920x1080,pBAA/2592x1944,BG10/2592x1944
}

@test "raw: every byte in each mode and form, and the picture of it" {
	local format size stride
	while read -r format size stride; do
		run_tool rpi-capture -q -s "raw:$size:$format" -s main:640x480 -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record ov5647)" "$format:$stride" x-raw.raw
		cp "$stdout" numbers
		run_tool scenecheck numbers "$(sensor_record ov5647)" "NV12:640x480:$(view)" x-main.raw
		cmp "$stdout" numbers
		equal "$(jq -r '"\(.fourcc) \(.bayer_order) \(.stride) \(.black_level)"' x-raw.raw.json)" \
			"$format BGGR $stride 16"
	done <<-'EOT'
	pBAA 640x480 800
	BG10 640x480 1280
	pBAA 1296x972 1632
	pBAA 1920x1080 2400
	BG10 1920x1080 3840
	pBAA 2592x1944 3264
	EOT
	dmesg_clean
}

@test "flips: its driver has none, which is said; nothing is touched" {
	local options
	run_tool rpi-capture -q -r --mode=640x480 -c 1
	for options in '-r --hflip' '-s main:320x240 --vflip' '-r --hflip --vflip --adjust'; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rpi-capture -q -c 1 --mode=1296x972 $options
		equal "$(cat "$stderr")" "rpi-capture: $camera: mirroring the picture: Operation not supported"
	done
	media-ctl -d "$unicam_media" --get-v4l2 "\"$camera\":0" >now
	contains now SBGGR10_1X10/640x480
}

@test "exposure: not the sensor's own, whatever others left" {
	v4l2-ctl -d "$unicam_sensor" -c auto_exposure=0,gain_automatic=1,white_balance_automatic=1
	run_tool rpi-capture -q -r --mode=640x480 --exposure=5ms --gain=2 -c 4
	v4l2-ctl -d "$unicam_sensor" -C auto_exposure,gain_automatic,white_balance_automatic >now
	matches now '^auto_exposure: 1'
	matches now '^gain_automatic: 0'
	matches now '^white_balance_automatic: 0'
	tail -n 1 "$(sensor_record ov5647)" >last
	awk '{ us = $11 * $13 / 182.4 } END { exit !(us > 4950 && us < 5050) }' last || fail "$(cat last)" || return
	matches last ' digital 512 '
}
