# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: pictures that are made of raw here, which this hardware has alone.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

# grey PPM: red, green and blue of the grey column, by their medians
grey() {
	python3 - "$1" <<-'EOT'
	import statistics, sys
	kind, width, height, most, data = open(sys.argv[1], "rb").read().split(None, 4)
	assert (kind, width, height, most) == (b"P6", b"640", b"480", b"65535") and len(data) == 640 * 480 * 6
	print(*(statistics.median_low(data[6 * (640 * y + x) + 2 * k]
	        for y in range(480) for x in range(310, 340)) for k in range(3)))
	EOT
}

# Nothing is measured, so what is daylight's stays so.
@test "raw as a picture: grey is grey in daylight, and red in tungsten light" {
	local red green blue
	run_tool rkisp1-capture -q -r --mode=640x480 -c 1 --exposure=10ms -F day.ppm
	read -r red green blue < <(grey day.ppm)
	[ $((red - green)) -le 4 ] && [ $((green - red)) -le 4 ] && [ $((blue - green)) -le 4 ] &&
		[ $((green - blue)) -le 4 ] && [ "$green" -gt 50 ] || fail "grey is $red $green $blue"
	scene_light tungsten
	run_tool rkisp1-capture -q -r --mode=640x480 -c 1 --exposure=10ms -F lamp.ppm
	read -r red green blue < <(grey lamp.ppm)
	[ "$red" -gt $((green + 10)) ] && [ "$blue" -lt $((green - 10)) ] ||
		fail "grey is $red $green $blue in red light"
}
