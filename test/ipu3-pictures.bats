# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: pictures that are made of raw here, beside those of the ImgU.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

# colors PPM: the mean of red, of green and of blue, then the medians of the grey column
colors() {
	python3 - "$1" <<-'EOT'
	import statistics, sys
	kind, width, height, most, data = open(sys.argv[1], "rb").read().split(None, 4)
	width, height, data = int(width), int(height), data[::2] if most == b"65535" else data
	assert kind == b"P6" and len(data) == 3 * width * height
	print(*(sum(data[k::3]) // (width * height) for k in range(3)),
	      *(statistics.median_low(data[3 * (width * y + x) + k]
	        for y in range(height) for x in range(width * 49 // 100, width * 53 // 100)) for k in range(3)))
	EOT
}

@test "raw as a picture: as the ImgU's own of the same frame, in daylight and tungsten light" {
	local light raw main i
	for light in daylight tungsten; do
		scene_light $light
		run_tool ipu3-capture -q -r -s 640x480 --mode=1640x1232 -c 1 --force --settle \
			-F raw=raw.ppm -F main=main.ppm
		read -r -a raw < <(colors raw.ppm)
		read -r -a main < <(colors main.ppm)
		for i in 0 1 2 3 4 5; do
			[ $((raw[i] - main[i])) -le 5 ] && [ $((main[i] - raw[i])) -le 5 ] ||
				fail "$light: raw has ${raw[*]}, main ${main[*]}" || return
		done
		[ $((raw[3] - raw[4])) -le 8 ] && [ $((raw[4] - raw[3])) -le 8 ] &&
			[ $((raw[5] - raw[4])) -le 8 ] && [ $((raw[4] - raw[5])) -le 8 ] &&
			[ "${raw[4]}" -gt 60 ] || fail "$light: grey is ${raw[*]:3}" || return
	done
}

@test "raw as a picture: ten bits of grey, alone, become 16 with a curve" {
	run_tool ipu3-capture -q -r -c 1 --exposure=5ms -F off.pgm --develop=off 'ov7251 2-0060'
	run_tool ipu3-capture -q -r -c 1 --exposure=5ms -F on.png 'ov7251 2-0060'
	equal "$(exiftool -s3 -BitDepth -ColorType -SRGBRendering on.png | paste -sd' ')" \
		'16 Grayscale Relative Colorimetric'
	pngtopnm on.png >on.pgm
	# Numbers in the middle of the picture that the curve makes of those of the sensor.
	paste <(tail -c +400000 off.pgm | head -c 4000 | od -An -v --endian=big -tu2 -w2) \
		<(tail -c +400000 on.pgm | head -c 4000 | od -An -v --endian=big -tu2 -w2) | awk '
		{
			light = ($1 / 65535 * 1023 - 16) / 1007 # black is 16
			light = light < 0 ? 0 : light
			wanted = 65535 * (light < 0.0031308 ? 12.92 * light : 1.055 * light ^ (1 / 2.4) - 0.055)
			if ($2 - wanted > 40 || wanted - $2 > 40) { print; bad = 1; exit }
			seen += $1 > 5000
		}
		END { exit bad || seen < 500 }' || fail 'the curve is another'
}
