# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rpi-capture: pictures that are made of raw here, beside those of the ISP.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

both=(rpi-capture -q -r -s 640x480 --mode=640x480 -c 1)

# compare RAW MAIN: of two P6 files, how many of a thousand pixels are not at an edge; how far these are
# apart, of 255, at most; how far red and blue are from green in the first one's grey column, and how
# bright that is
compare() {
	python3 - "$@" <<-'EOT'
	import sys
	def pixels(name):
	    kind, width, height, most, data = open(name, "rb").read().split(None, 4)
	    assert kind == b"P6" and (width, height) == (b"640", b"480")
	    data = data[::2] if most == b"65535" else data
	    assert len(data) == 640 * 480 * 3
	    return [data[i:i + 3] for i in range(0, len(data), 3)]
	def apart(one, other):
	    return max(abs(a - b) for a, b in zip(one, other))
	def is_flat(picture, i):
	    return all(apart(picture[i], picture[i + k]) <= 2 for k in (-2, 2, -1280, 1280, -641, 641))
	raw, main = map(pixels, sys.argv[1:])
	places = [640 * y + x for y in range(2, 478, 3) for x in range(2, 638, 3)]
	flat = [i for i in places if is_flat(main, i)]
	grey = [raw[i] for i in flat if 300 <= i % 640 < 340]
	print(len(flat) * 1000 // len(places), max(apart(raw[i], main[i]) for i in flat),
	      max(apart(p, [p[1]] * 3) for p in grey), sum(p[1] for p in grey) // len(grey))
	EOT
}

@test "raw as a picture: as the ISP's own of the same frame, in daylight and tungsten light" {
	local light flat apart off green
	for light in daylight tungsten; do
		scene_light $light
		run_tool "${both[@]}" --force --settle -F raw=raw.ppm -F main=main.ppm
		read -r flat apart off green < <(compare raw.ppm main.ppm)
		[ "$flat" -gt 500 ] && [ "$apart" -le 6 ] ||
			fail "$light: of $flat pixels in a thousand, some are $apart apart" || return
		[ "$off" -le 4 ] && [ "$green" -gt 60 ] ||
			fail "$light: grey is off by $off, its green is $green" || return
	done
}

@test "raw as a picture: --develop=off keeps the sensor's numbers, in files that say so" {
	run_tool "${both[@]}" --develop=off -F raw=off.png -F main=main.png
	run_tool "${both[@]}" -F raw=on.png -F main=other.png
	equal "$(exiftool -s3 -SRGBRendering off.png)" ''
	equal "$(exiftool -s3 -SRGBRendering on.png)" 'Relative Colorimetric'
	pngtopnm off.png | head -n 3 | xargs >header
	equal "$(cat header)" 'P6 640 480 1023'
	pngtopnm on.png | head -n 3 | xargs >header
	equal "$(cat header)" 'P6 640 480 65535'
	run_tool -6 rpi-capture -q -s 640x480 -c 1 --develop=off -F main.ppm
	equal "$(cat "$stderr")" 'rpi-capture: --develop has no effect: no picture is made of raw'
	no_file main.ppm
	run_tool -2 rpi-capture -q -r -c 1 --develop=off -F x.dng
	contains "$stderr" '--develop has no effect: no file is a picture'
}

@test "jpeg: camera, exposure, gain and time are noted, of raw and of the ISP's picture" {
	local file
	SOURCE_DATE_EPOCH=1000000000 run_tool "${both[@]}" --exposure=10ms --gain=2 -F raw=raw.jpg \
		-F main=main.jpg
	for file in raw.jpg main.jpg; do
		equal "$(exiftool -s3 -Make -Model -ExposureTime -ISO -DateTimeOriginal -Warning $file | paste -sd' ')" \
			'Sony imx219 1/100 200 2001:09:09 01:46:40'
		jpegtopnm $file >$file.ppm
		equal "$(head -n 3 $file.ppm | xargs)" 'P6 640 480 255'
	done
	equal "$(exiftool -s3 -ColorSpace raw.jpg)" sRGB
}
