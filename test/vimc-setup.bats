# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: finding cameras, and every link, pad, crop and node set from whatever state.

bats_require_minimum_version 1.5.0
load lab/lab

# Everything is where the driver leaves it when it is loaded.
setup() {
	lab_setup
	vimc_reset
}

capture_works() {
	run_tool vimc-capture -c 2 -F 'frame-#.raw' --force "$@"
	dmesg_clean
}

@test "list: two cameras, one a line with id, model and bus" {
	run_tool vimc-capture --list
	printf 'Sensor %s\tVIMC MDEV\tplatform:vimc\n' A B >wanted
	cmp "$stdout" wanted
	[ ! -s "$stderr" ]
}

@test "list: without the module, status 3 and a sentence" {
	lab_platform unload vimc
	run_tool -3 vimc-capture --list
	[ ! -s "$stdout" ]
	contains "$stderr" 'vimc-capture: no camera found'
}

@test "list: as JSON, one record a camera" {
	run_tool vimc-capture --list --json
	equal "$(jq -r 'select(.record == "camera") | .camera' "$stdout" | paste -sd,)" 'Sensor A,Sensor B'
}

@test "info: streams, formats, sizes and modes" {
	run_tool vimc-capture --info 'Sensor B'
	contains "$stdout" "main: debayered and scaled picture (RGB/YUV Capture, $(entity_node 'RGB/YUV Capture'))"
	contains "$stdout" "raw: what the sensor delivers (Raw Capture 1, $(entity_node 'Raw Capture 1'))"
	matches "$stdout" '^  RGB3 \(BGR888\) +16x16 to 4096x2160 in steps of 2$'
	matches "$stdout" '^  BG12 \(SBGGR12\) +16x16 to 4096x2160 in steps of 2$'
	matches "$stdout" '^  SGRBG10_1X10 +16x16 to 4096x2160'
}

@test "info: as JSON, the same" {
	run_tool vimc-capture --info --json
	equal "$(jq -r '.streams[] | .stream' "$stdout" | paste -sd,)" main,raw
	equal "$(jq '.streams[1].formats | length' "$stdout")" 12
	equal "$(jq -r '.streams[0].formats[0].fourcc' "$stdout")" RGB3
	equal "$(jq '.modes[0].max_width' "$stdout")" 4096
}

@test "camera: by id, beginning, number and node" {
	local camera
	for camera in 'Sensor B' 2 "$(entity_node 'Raw Capture 1')" "$(entity_node 'Sensor B')"; do
		run_tool vimc-capture --info "$camera"
		matches "$stdout" '^Sensor B$'
		[ ! -s "$stderr" ] || fail "said: $(cat "$stderr")"
	done
	run_tool vimc-capture --info "$(media_device)"
	matches "$stdout" '^Sensor A$'
}

@test "camera: none named, takes the first and says so" {
	run_tool vimc-capture --info
	matches "$stdout" '^Sensor A$'
	contains "$stderr" "taking the first camera, 'Sensor A'"
}

@test "camera: ambiguous or unknown, status 3 and named" {
	run_tool -3 vimc-capture --info Sensor
	contains "$stderr" "'Sensor' stands for 2 cameras"
	run_tool -3 vimc-capture --info 'Sensor C'
	contains "$stderr" "no camera 'Sensor C'"
	run_tool -3 vimc-capture --info 3
	run_tool -3 vimc-capture --info /dev/null
}

@test "main: from a fresh module, every pad agrees and frames come" {
	capture_works -s main:320x240 'Sensor A'
	expect_link 'Debayer A' 1 Scaler 0 on
	expect_link 'Debayer B' 1 Scaler 0 off
	expect_link 'RGB/YUV Input' 0 Scaler 0 off
	expect_format 'Sensor A' 0 SRGGB8_1X8/320x240
	expect_format 'Debayer A' 0 SRGGB8_1X8/320x240
	expect_format 'Debayer A' 1 RGB888_1X24/320x240
	expect_format Scaler 0 RGB888_1X24/320x240
	expect_format Scaler 1 RGB888_1X24/320x240
	equal "$(stat -c %s frame-000001.raw)" $((320 * 240 * 3))
}

@test "main: from the other sensor, the links change hands" {
	capture_works -s 320x240 'Sensor A'
	capture_works -s 320x240 'Sensor B'
	expect_link 'Debayer A' 1 Scaler 0 off
	expect_link 'Debayer B' 1 Scaler 0 on
	capture_works -s 320x240 'Sensor A'
	expect_link 'Debayer A' 1 Scaler 0 on
	expect_link 'Debayer B' 1 Scaler 0 off
}

@test "main: from a graph that others left in disorder, frames come" {
	local from
	for from in 'Debayer A' 'Debayer B'; do
		set_link "$from" 1 Scaler 0 on
	done
	set_link 'RGB/YUV Input' 0 Scaler 0 on
	set_format 'Sensor A' 0 SBGGR12_1X12/1000x500
	set_format 'Debayer A' 0 SGBRG8_1X8/64x64
	set_format Scaler 0 BGR888_1X24/800x600
	media -V "'Scaler':0 [crop:(10,10)/100x100]"
	set_format Scaler 1 BGR888_1X24/50x50
	v4l2-ctl -d "$(entity_node 'Raw Capture 0')" --set-fmt-video=width=128,height=128,pixelformat=RG10
	v4l2-ctl -d "$(entity_node 'RGB/YUV Capture')" --set-fmt-video=width=16,height=16,pixelformat=BGR3
	capture_works -s 640x480 'Sensor A'
	expect_link 'Debayer B' 1 Scaler 0 off
	expect_link 'RGB/YUV Input' 0 Scaler 0 off
	set_link 'Debayer A' 1 Scaler 0 off
	capture_works -s 640x480 'Sensor A'
	equal "$(stat -c %s frame-000001.raw)" $((640 * 480 * 3))
}

@test "main: all links off, frames come" {
	set_link 'Debayer A' 1 Scaler 0 off
	capture_works -s 64x64 'Sensor B'
}

@test "raw: both sensors, from a fresh module and after main" {
	capture_works -r 'Sensor A'
	expect_link 'Debayer A' 1 Scaler 0 off
	equal "$(stat -c %s frame-000001.raw)" $((640 * 480))
	capture_works -r 'Sensor B'
	capture_works -s 320x240 'Sensor B'
	capture_works -s raw:1280x720 'Sensor B'
	expect_link 'Debayer B' 1 Scaler 0 off
	equal "$(stat -c %s frame-000001.raw)" $((1280 * 720))
}

@test "raw: every format of the driver, in bytes and on the bus" {
	local name bits
	for name in SRGGB SGRBG SGBRG SBGGR; do
		for bits in 8 10 12; do
			capture_works -s "raw:64x48:$name$bits" 'Sensor A'
			expect_format 'Sensor A' 0 "${name}${bits}_1X$bits/64x48"
			equal "$(stat -c %s frame-000001.raw)" $((64 * 48 * (bits > 8 ? 2 : 1))) "$name$bits"
		done
	done
}

@test "raw: a format by fourcc, libcamera's name and bus name is the same" {
	local name
	for name in BG10 SBGGR10 SBGGR10_1X10; do
		capture_works -s "raw:64x48:$name" 'Sensor A'
		expect_format 'Sensor A' 0 SBGGR10_1X10/64x48
	done
}

@test "sizes: the least and the greatest" {
	capture_works -s 16x16 'Sensor A'
	capture_works -s raw:4096x2160 'Sensor A'
	equal "$(stat -c %s frame-000001.raw)" $((4096 * 2160))
	capture_works -s 4096x2160 -t 20s 'Sensor A'
}

@test "sizes: what cannot be is refused with status 6, naming the nearest" {
	run_tool -6 vimc-capture -s 641x479 'Sensor A'
	contains "$stderr" 'main: 641x479 is not possible, the nearest is 640x478'
	run_tool -6 vimc-capture -s 8000x100 'Sensor A'
	contains "$stderr" 'the nearest is 4096x100'
	run_tool -6 vimc-capture -s raw:2x2 'Sensor A'
	contains "$stderr" 'raw: 2x2 is not possible, the nearest is 16x16'
	# Nothing was touched.
	expect_format 'Sensor A' 0 RGB888_1X24/640x480
}

@test "adjust: takes the nearest and says so" {
	capture_works --adjust -s 641x479 'Sensor A'
	contains "$stderr" 'main: 641x479 is not possible, taking 640x478'
	equal "$(stat -c %s frame-000001.raw)" $((640 * 478 * 3))
	capture_works --adjust -s main:640x480:NV12 'Sensor A'
	contains "$stderr" 'main: NV12 is not possible, taking RGB3 (BGR888)'
}

@test "formats: what cannot be is refused with status 6, naming what can" {
	run_tool -6 vimc-capture -s main:640x480:BGR3 'Sensor A'
	contains "$stderr" 'main: BGR3 (RGB888) is not possible, the nearest is RGB3 (BGR888)'
	run_tool -6 vimc-capture -s raw:640x480:NV12 'Sensor A'
	contains "$stderr" 'raw: NV12 is not possible'
	run_tool -6 vimc-capture -s raw:640x480:SRGGB10_CSI2P 'Sensor A'
	run_tool -6 vimc-capture -s main@30 'Sensor A'
	contains "$stderr" 'main: a frame rate is not possible'
}

@test "main and raw at once: refused by us, the kernel does not warn" {
	run_tool -6 vimc-capture -s main -s raw 'Sensor A'
	contains "$stderr" 'main and raw cannot run at once'
	dmesg_clean
}

@test "mode: the scaler makes the picture from the sensor's mode" {
	capture_works --mode=640x480 -s 320x240 'Sensor A'
	expect_format 'Sensor A' 0 SRGGB8_1X8/640x480
	expect_format Scaler 1 RGB888_1X24/320x240
	equal "$(stat -c %s frame-000001.raw)" $((320 * 240 * 3))
	capture_works --mode=320x240 -s 1280x960 'Sensor A'
	equal "$(stat -c %s frame-000001.raw)" $((1280 * 960 * 3))
}

@test "mode: another shape is cut out of the middle, not stretched" {
	capture_works --mode=640x480 -s 640x360 'Sensor A'
	[[ $(pad_format Scaler 0) == *'crop:(0,60)/640x360'* ]] || fail "$(pad_format Scaler 0)"
	capture_works --mode=640x480 -s 100x400 'Sensor A'
	[[ $(pad_format Scaler 0) == *'crop:(260,0)/120x480'* ]] || fail "$(pad_format Scaler 0)"
}

@test "mode: bits choose the format of raw; other bits are refused" {
	capture_works --mode=64x48:12 -r 'Sensor A'
	expect_format 'Sensor A' 0 SRGGB12_1X12/64x48
	run_tool -6 vimc-capture --mode=64x48:9 -r 'Sensor A'
	contains "$stderr" '9 bits are not possible'
	run_tool -6 vimc-capture --mode=64x48:10 -s 64x48 'Sensor A'
	contains "$stderr" 'main is made from 8 bits only'
	run_tool -6 vimc-capture --mode=64x48 -s raw:32x32 'Sensor A'
	contains "$stderr" 'raw is not scaled'
}

@test "dry run: prints a script, touches nothing" {
	media -p >before
	run_tool vimc-capture --dry-run -s 320x240 'Sensor B'
	media -p >after
	cmp before after
	equal "$(head -1 "$stdout")" '#!/bin/sh'
	sh -n "$stdout"
}

# dry_run_equals ROLE ARG...: v4l2-ctl captures the same bytes after the script as the tool does
dry_run_equals() {
	local role=$1
	shift
	vimc_reset
	run_tool vimc-capture --dry-run -s "$role" -c 2 -C show_information=2 "$@"
	sh "$stdout" >script.out 2>&1 || fail "the script fails: $(cat script.out)" || return
	# Its last line is a comment that says how v4l2-ctl captures into ROLE.raw.
	sed -n 's/^# then: //p' "$stdout" >capture
	sh capture >capture.out 2>&1
	vimc_reset
	run_tool vimc-capture -s "$role" -c 2 -C show_information=2 -F ours.bin --force "$@"
	[ -s ours.bin ]
	cmp ours.bin "${role%%:*}.raw"
}

@test "dry run: its script sets up main, v4l2-ctl then captures the same bytes" {
	dry_run_equals main:320x240 'Sensor A'
	dry_run_equals main:300x100 --mode=640x480 'Sensor B'
	dry_run_equals main:64x64 -C test_pattern=3,vertical_flip=1 'Sensor A'
}

@test "dry run: its script sets up raw, v4l2-ctl then captures the same bytes" {
	dry_run_equals raw 'Sensor A'
	dry_run_equals raw:128x64:SGBRG12 'Sensor B'
}

@test "dry run: what is refused prints no half script" {
	run_tool -6 vimc-capture --dry-run -s 641x480 'Sensor A'
	[ ! -s "$stdout" ]
}

@test "wait: the module comes while we wait, frames follow" {
	lab_platform unload vimc
	start_tool vimc-capture --wait=20s -c 2 -F 'frame-#.raw' --ready-fd=9 'Sensor B'
	lab_nap 0.3
	lab_platform load vimc
	wait_ready
	wait_tool
	[ -s frame-000000.raw ]
}

@test "wait: the time runs out, status 3" {
	lab_platform unload vimc
	run_tool -3 vimc-capture --wait=300ms -c 1
	contains "$stderr" 'no camera found'
	run_tool -3 vimc-capture --wait=100ms --list
}

@test "wait: the camera is there, no time is lost" {
	run_tool -t 5 vimc-capture --wait=1h -c 1 'Sensor A'
}
