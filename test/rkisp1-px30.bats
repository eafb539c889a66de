# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=px30
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: what is different on a PX30.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010'

@test "the sensor's largest mode is too tall for this ISP: it is not taken, nor listed for raw" {
	run_tool rkisp1-capture --info
	matches "$stdout" '^  NV12 +32x16 to 1920x1232 in steps of 2$'
	lacks <(sed -n '/^raw/,/^stats/p' "$stdout") 3280x2464
	run_tool rkisp1-capture -q -r -c 1 -F x.raw
	expect_format "$camera" 0 SRGGB10_1X10/1920x1080
	run_tool -6 rkisp1-capture -s raw:3280x2464
	contains "$stderr" 'raw: RG10 (SRGGB10) 3280x2464 is not possible, the nearest is RG10 (SRGGB10) 1920x1080'
	run_tool -6 rkisp1-capture -s 3264x2448
	run_tool -6 rkisp1-capture --mode=3280x2464 -s 640x480
	contains "$stderr" '--mode: 3280x2464 is not possible, the nearest is 1920x1080'
}

@test "main, self and statistics at once; raw byte by byte" {
	run_tool rkisp1-capture -q --mode=1640x1232 -s main:1640x1232 -s self:640x480:XR24 -s stats \
		--decode -c 6 --report=report -F main=main.raw -F self=self.raw
	run_tool scenecheck numbers "$(sensor_record)" NV12:1640x1232 main.raw
	equal "$(wc -l <"$stdout")" 6
	run_tool scenecheck numbers "$(sensor_record)" XR24:640x480:0,0,1640x1230 self.raw
	equal "$(wc -l <"$stdout")" 6
	equal "$(jq -r 'select(.record == "frame" and .stream == "stats") | .luma | length' report |
		sort -u)" 81 'cells of statistics'
	run_tool rkisp1-capture -q -r --mode=640x480:8 -c 3 -F raw.raw
	run_tool scenecheck raw "$(sensor_record)" 8 raw.raw
	dmesg_clean
}
