# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc uvc
# shellcheck disable=SC2154 # variables that lab.bash sets
# rawline-record: whole recordings, and contact sheets of what is in them.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	vimc_reset
	mkdir scratch
	export TMPDIR=$PWD/scratch
}

no_leftovers() {
	equal "$(ls "$TMPDIR")" '' 'left in TMPDIR'
}

# Width and height of a picture.
size_of() {
	ffprobe -v error -show_entries stream=width,height -of csv=p=0:s=x "$1"
}

# bright PICTURE X Y: the grey of its pixel there, 0 to 255
bright() {
	ffmpeg -nostdin -v error -i "$1" -vf "crop=16:16:$2:$3,scale=1:1,format=gray" -f rawvideo - | od -An -tu1
}

@test "record: RAW, and a sheet beside it, of as many pictures as there are frames" {
	run_tool rawline-record -n 6 take.raw 'Sensor A' -- -s raw:320x240:RGGB
	equal "$(cat "$stdout")" $'take.raw\ntake-sheet.jpg'
	matches "$stderr" '^rawline-record: take.raw: 6 frames in [0-9.]+ s, 0 lost, 0 MB, buffered$'
	equal "$(stat -c %s take.raw)" $((6 * 320 * 240))
	equal "$(jq '.frames | length' take.raw.json)" 6
	# Four in a row, with seams and edges of four pixels.
	equal "$(size_of take-sheet.jpg)" "$((4 * 320 + 5 * 4))x$((2 * 240 + 3 * 4))"
	# Bars of the test picture: white at the left, dark at the right; nothing in the last two places.
	[ "$(bright take-sheet.jpg 8 100)" -gt 150 ] || fail 'the left is dark'
	[ "$(bright take-sheet.jpg 900 380)" -lt 20 ] || fail 'there is a seventh picture'
	no_leftovers
}

@test "record: samples of ten bits, of words and packed, are as bright as those of eight" {
	local white
	run_tool rawline-record -q -n 1 a.raw -- -s raw:320x240:RGGB
	run_tool rawline-record -q -n 1 b.raw -- -s raw:320x240:RG10
	equal "$(cat "$stdout" "$stderr")" ''
	white=$(bright a-sheet.jpg 8 100)
	[ $((white - $(bright b-sheet.jpg 8 100))) -lt 20 ] || fail "not as bright as $white"
	# What the kernel's vimc does not have: CSI-2's packing, and lines with something behind them.
	perl -e 'binmode STDOUT; for (1 .. 240) { print "\xff\xff\xff\xff\x00" x 40, "\x00\x00\x00\x00\xff" x 40, "\x55" x 16 }' >c.raw
	jq -c '.fourcc = "pRAA" | .stride = 416 | .planes[0].stride = 416' b.raw.json >c.raw.json
	mkdir bin
	printf '#!/bin/sh\nfor word; do case $word in --report=*) cp report "${word#*=}" ;; esac; done\n' >bin/fake-capture
	chmod +x bin/fake-capture
	echo '{"record":"end","streams":[{"stream":"raw","captured":1,"lost":0,"written":1,"bytes":1}]}' >report
	PATH=$PWD/bin:$PATH run_tool rawline-record -T fake-capture c.raw
	[ "$(bright c-sheet.jpg 60 100)" -gt 240 ] || fail 'the left is dark'
	[ "$(bright c-sheet.jpg 260 100)" -lt 20 ] || fail 'the right is bright'
}

@test "record: MJPG, until a signal ends it; the sheet as PNG" {
	uvc_plug default
	start_tool rawline-record --pictures=4 --sheet=s.png take.mjpeg -T uvc-capture -- --ready-fd=9
	wait_ready
	stop_tool INT
	equal "$(cat "$stdout")" $'take.mjpeg\ns.png'
	uvc_check take.mjpeg
	equal "$(size_of s.png | cut -dx -f1)" $((4 * 320 + 5 * 4))
	no_leftovers
}

@test "record: without ffmpeg, and of what it can't read, there is no sheet, and that is said" {
	local program
	mkdir bin
	for program in sh dirname cat rm mktemp sed head wc dd awk cp grep date sleep vimc-capture; do
		ln -s "$(command -v "$program")" bin/
	done
	run_tool env PATH="$PWD/bin" "$(command -v rawline-record)" -n 2 -T vimc-capture a.raw
	equal "$(cat "$stdout")" a.raw
	contains "$stderr" 'no contact sheet: ffmpeg is not installed'
	run_tool rawline-record -n 2 --no-sheet b.raw
	equal "$(cat "$stdout")" b.raw
	lacks "$stderr" 'contact sheet'
	no_file a-sheet.jpg b-sheet.jpg
}

@test "record: a full disk keeps whole frames, shows them, and is status 9" {
	need_file_system 400k
	run_tool -9 rawline-record "$file_system/take.raw" -- -s raw:320x240:RGGB
	equal "$(($(stat -c %s "$file_system/take.raw") % (320 * 240)))" 0
	contains "$stdout" "$file_system/take.raw"
	no_leftovers
}

@test "record: refused before anything is recorded" {
	run_tool -2 rawline-record
	contains "$stderr" 'the name of the file is missing'
	run_tool -2 rawline-record -
	run_tool -2 rawline-record 'frame-#.raw'
	contains "$stderr" 'a recording is one file'
	run_tool -2 rawline-record --sheet=a.gif a.raw
	run_tool -2 rawline-record --no-sheet --pictures=3 a.raw
	: >a-sheet.jpg
	run_tool -9 rawline-record a.raw
	contains "$stderr" 'a-sheet.jpg exists: --force replaces files'
	no_leftovers
}

@test "record: a disk is measured first if that is asked for, and one that is too slow refused" {
	uvc_plug default
	run_tool rawline-record --check-disk -n 3 take.raw -T uvc-capture -- -s 320x240:YUYV -t 300ms
	equal "$(cat "$stdout")" $'take.raw\ntake-sheet.jpg'
	mkdir bin
	printf '#!/bin/sh\necho "$*" >>calls\ncat bench\n' >bin/fake-capture
	chmod +x bin/fake-capture
	echo '{"record":"bench","stream":"main","fps":12.5,"rate":30.000,"enough":false}' >bench
	PATH=$PWD/bin:$PATH run_tool -9 rawline-record --check-disk -T fake-capture no.raw
	contains "$stderr" './ takes 12.5 frames a second, the camera makes 30.000'
	equal "$(grep -c -e --bench-disk=./ calls)" 1
	lacks calls no.raw
	no_leftovers
}
