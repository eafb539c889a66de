# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=rk3399-two
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# Two emulated ISPs, each with a sensor.

bats_require_minimum_version 1.5.0
load lab
load hardware

@test "two ISPs stream at once, at rates of their own, and are told apart by their sensors" {
	local first second
	rkisp1_route -i 1 SRGGB10_1X10 640x480 main=GREY:640x480
	second=$rkisp1_main
	media-ctl -d "$rkisp1_media" -p >second
	contains second 'imx219 1-0010'
	lacks second 'imx219 0-0010'
	v4l2-ctl -d "$rkisp1_sensor" -c vertical_blanking=3046
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:320x240
	first=$rkisp1_main
	[ "$first" != "$second" ]
	start_tool v4l2-ctl -d "$second" --stream-mmap=4 --stream-count=20 --stream-to=second-frames
	wait_for 5 counts 3 imx219-second/frames
	run_tool v4l2-ctl -d "$first" --stream-mmap=4 --stream-count=20 --stream-to=frames
	wait_tool
	matches "$(sensor_record)" ' frame 1763 '
	lacks "$(sensor_record)" ' frame 3526 '
	matches "$(sensor_record imx219-second)" ' frame 3526 '
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 frames
	equal "$(wc -l <"$stdout")" 20
	run_tool scenecheck numbers "$(sensor_record imx219-second)" GREY:640x480 second-frames
	equal "$(wc -l <"$stdout")" 20
}

@test "a fault of one is none of the other" {
	rkisp1_route SRGGB10_1X10 640x480 main=GREY:640x480
	fault imx219/i2c forever
	run_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=2
	contains "$stderr" 'STREAMON returned -1 (Remote I/O error)'
	rkisp1_route -i 1 SRGGB10_1X10 640x480 main=GREY:640x480
	run_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=2 --stream-to=frames
	run_tool scenecheck numbers "$(sensor_record imx219-second)" GREY:640x480 frames
}
