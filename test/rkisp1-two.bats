# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=rk3399-two
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: two ISPs, each with a sensor; driver, model, bus and card are the same.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

@test "list: both, told apart by their sensors, by name and by node" {
	local number name
	run_tool rkisp1-capture --list
	cut -f 1 "$stdout" >cameras
	printf 'imx219 %s-0010\n' 0 1 | cmp - cameras
	for number in 0 1; do
		rkisp1_find $number
		for name in "imx219 $number" $((number + 1)) "$rkisp1_media" "$rkisp1_main" \
			"$rkisp1_self" "$rkisp1_stats" "$rkisp1_params" "$rkisp1_isp" "$rkisp1_sensor"; do
			run_tool rkisp1-capture --info "$name"
			equal "$(head -n 1 "$stdout")" "imx219 $number-0010" "camera for $name"
			contains "$stdout" "(rkisp1_mainpath, $rkisp1_main)"
		done
	done
	run_tool -3 rkisp1-capture --info imx219
	contains "$stderr" "'imx219' stands for 2 cameras"
}

@test "both at once, at rates of their own; the one that runs does not notice the other" {
	start_tool rkisp1-capture -c 60 -s main:640x480:GREY@20 -F second.raw --ready-fd=9 \
		--report=report 'imx219 1-0010'
	wait_ready
	run_tool rkisp1-capture -q -c 10 -s self:320x240:XR24@30 -F first.raw 'imx219 0-0010'
	run_tool rkisp1-capture -q -r --mode=640x480:10 -c 4 -F raw.raw 'imx219 0-0010'
	run_tool scenecheck raw "$(sensor_record)" 10 raw.raw
	wait_tool
	run_tool scenecheck numbers "$(sensor_record imx219-second)" GREY:640x480 second.raw
	# A busy machine may lose one, but each tells its number.
	jq -r 'select(.record == "frame") | .sequence' report | cmp - "$stdout"
	equal "$(wc -l <"$stdout")" 60
	matches "$(sensor_record)" ' frame 1763 '
	lacks "$(sensor_record)" ' frame 2645 '
	matches "$(sensor_record imx219-second)" ' frame 2645 '
	equal "$(stat -c %s first.raw)" $((320 * 240 * 4 * 10))
	dmesg_clean
}

@test "dry run: the script is for that one of the two" {
	local number seen
	for number in 0 1; do
		rkisp1_find $((1 - number))
		media-ctl -d "$rkisp1_media" -p >before
		run_tool rkisp1-capture --dry-run -s 640x480 "imx219 $number-0010"
		run_tool sh -e "$stdout"
		media-ctl -d "$rkisp1_media" -p | cmp - before
		rkisp1_find $number
		seen=$(media-ctl -d "$rkisp1_media" --get-v4l2 "'rkisp1_resizer_mainpath':1")
		[[ $seen == *YUYV8_1_5X8/640x480* ]] || fail "ISP $number has $seen"
	done
}
