# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture with each way in which Raspberry Pi's own drivers may run. Those of other kernels:
# rpi-upstream.bats.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='imx219 0-0010'
picture=(-c 3 --mode=640x480:10 -s main:640x480)

# with PARAMETER...: the drivers loaded anew
with() {
	lab_reload "$(lab_with_parameters rpi "$@")"
	rpi_find
}

# works: raw, pictures and statistics of the same frames come
works() {
	run_tool rpi-capture -q "${picture[@]}" -r -s second:320x240 -s stats -F x.raw --force
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 x-raw.raw
	equal "$(paste -sd, "$stdout")" 0,1,2 'numbers of raw'
	run_tool scenecheck numbers "$(sensor_record)" NV12:640x480 x-main.raw
	equal "$(paste -sd, "$stdout")" 0,1,2 'numbers of main'
	equal "$(stat -c %s x-stats.raw)" $((3 * 10824))
	dmesg_clean
}

@test "driver of Raspberry Pi's kernels, with a media controller" {
	with
	run_tool rpi-capture --list
	equal "$(cut -f2 "$stdout")" 'Unicam (Raspberry Pi kernel)'
	works
}

video_node="Unicam runs in video node mode, in which it sets up the sensor itself: take media-controller=0 \
off the sensor's dtoverlay line in /boot/firmware/config.txt (or media_controller=0 off the module's options), \
and reboot"

@test "video node mode: it is listed, and refused with the remedy; nothing is touched" {
	local option
	with media_controller=0
	run_tool rpi-capture --list
	equal "$(cut -f1,2 "$stdout")" "$camera"$'\tUnicam (Raspberry Pi kernel, video node mode)'
	run_tool rpi-capture --info "$camera"
	contains "$stderr" "rpi-capture: $video_node"
	equal "$(sed -n 's/^  model   //p' "$stdout")" 'Unicam (Raspberry Pi kernel, video node mode)'
	matches "$stdout" '^  SRGGB10_1X10 +1640x1232$'
	equal "$(grep -c '^[a-z]*:' "$stdout")" 0 'streams that can be had'
	run_tool rpi-capture --info --json "$camera"
	equal "$(jq '(.streams | length), (.modes | length)' "$stdout" | paste -sd,)" 0,8
	v4l2-ctl -d "$unicam_image" --get-fmt-video --list-ctrls >before
	for option in '' -r '-s main' --dry-run; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rpi-capture -q -c 1 $option "$camera"
		equal "$(cat "$stderr")" "rpi-capture: $video_node"
	done
	v4l2-ctl -d "$unicam_image" --get-fmt-video --list-ctrls | cmp - before
	with
	works
}

@test "old kernels: a node of embedded data that nothing leads to; it stays closed" {
	with embedded_always=1
	[ -n "$unicam_embedded" ] || fail 'there is no such node'
	run_tool rpi-capture --info --json
	equal "$(jq -r '.streams[].stream' "$stdout" | paste -sd,)" main,second,stats,raw
	run_tool -6 rpi-capture -q -s embedded -c 1
	contains "$stderr" 'rpi-capture: embedded: there are no such data: this sensor, or its driver, sends none'
	works
	with
	run_tool -6 rpi-capture -q -s embedded -c 1
	contains "$stderr" 'rpi-capture: embedded: there are no such data: this sensor, or its driver, sends none'
}

@test "controls of the ISP begin elsewhere: the picture is the same" {
	local before
	with
	run_tool rpi-capture -q "${picture[@]}" --exposure=10ms --awb=1.5,1.2 -F one.raw
	with control_base=0x10f0
	v4l2-ctl -d "$isp_input" --list-ctrls | grep -q 'black_level 0x009819f3'
	before=$(counter isp0/controls)
	run_tool rpi-capture -q --report=report "${picture[@]}" --exposure=10ms --awb=1.5,1.2 -F other.raw
	contains report 'controls begin at 0x9819f0'
	cmp one.raw other.raw
	# All of them once as they are not meant to be, once as they are
	[ $(($(counter isp0/controls) - before)) -ge 20 ] || fail 'controls were left out' || return
	works
}

@test "nodes of the ISP have other numbers" {
	with video_nr=40,30
	run_tool rpi-capture --info --json
	equal "$(jq -r '.streams[].node' "$stdout" | paste -sd,)" \
		/dev/video41,/dev/video42,/dev/video43,/dev/video0
	works
}

no_isp="rpi-capture: only raw can be had, for there is no ISP to make pictures: its driver is not there: \
modprobe bcm2835-isp, which is in Raspberry Pi's kernels only; of raw this program makes pictures itself \
(-s raw -F NAME.png)"

@test "no ISP: raw works, and is what is taken; pictures are refused with what there is instead" {
	local options
	with isp=none
	run_tool rpi-capture --info "$camera"
	contains "$stderr" "raw only, no ISP: its driver is not there"
	equal "$(sed -n 's/^\([a-z]*\): .*/\1/p' "$stdout" | paste -sd,)" raw
	for options in '-s main' '-s second:320x240' '-s stats' '-r -s main'; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rpi-capture -q -c 1 $options
		equal "$(cat "$stderr")" "$no_isp"
	done
	run_tool rpi-capture -q --mode=640x480:10 -c 2 -F x.raw
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 x.raw
	run_tool rpi-capture -q -r --mode=640x480:10 -c 1 -F x.png
	run_tool file x.png
	contains "$stdout" 'PNG image data, 640 x 480'
	with
	works
}

@test "no ISP, but its driver: what to look for is said" {
	with isp=none
	# As if the module were there, for whoever asks
	mkdir -p modules/bcm2835_isp
	mount --bind modules /sys/module
	run_tool -6 rpi-capture -q -c 1 -s main || failed=1
	umount /sys/module
	[ -z "${failed:-}" ]
	contains "$stderr" "no ISP to make pictures: its driver is there, but shows no media device: the kernel's log says why"
}

@test "old firmware stack: status 3, and how to leave it" {
	local options
	lab_reload rpi:stack=firmware
	for options in --list --info '-c 1' '-c 1 -r /dev/video0'; do
		# shellcheck disable=SC2086 # words
		run_tool -3 rpi-capture $options
		contains "$stderr" 'rpi-capture: the camera belongs to the old firmware stack (bcm2835-v4l2): to get at it, take start_x=1 out of /boot/firmware/config.txt, put camera_auto_detect=1'
	done
	lab_platform unload rpi
	run_tool -3 rpi-capture --list
	equal "$(cat "$stderr")" 'rpi-capture: no camera found'
	with
	works
}
