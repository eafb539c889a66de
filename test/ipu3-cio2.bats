# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3:board=ipu3-cio2
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture where the machine's firmware hides the ImgU.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

@test "no ImgU: raw alone works, pictures are refused and why" {
	local options why
	why='this machine has no ImgU (PCI 8086:1919), or its firmware hides it'
	for options in '' '-s 320x240' '-r -s viewfinder:320x240' '-s stats' '-r -s params'; do
		# shellcheck disable=SC2086 # words
		run_tool -6 ipu3-capture -c 1 $options
		contains "$stderr" "ipu3-capture: only raw can be had, for there is no ImgU to make pictures: $why"
	done
	run_tool ipu3-capture --info 1
	contains "$stderr" "ipu3-capture: raw only, no ImgU: $why"
	equal "$(grep -c '^raw: ' "$stdout")$(grep -c '^main\|^viewfinder\|^stats\|^params' "$stdout")" 10
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 3 -F x.raw
	run_tool scenecheck raw "$(sensor_record)" ip3 x.raw
	run_tool ipu3-capture -q -r -c 1 ov7251
	dmesg_clean
}

@test "no ImgU: what was asked of pictures is not looked at first, for none can be had" {
	run_tool -6 ipu3-capture -c 1 -s 641x480:XR24
	contains "$stderr" 'only raw can be had, for there is no ImgU'
	equal "$(grep -c . "$stderr")" 2
}
