# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2030,SC2031,SC2154 # tests are subshells; variables that helpers set
# uvc-capture: pictures and video made from frames, decoded by other programs.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# scene PPM NUMBER MODEL [MARGIN]: decoded, this is the camera's picture of that number (uvc/picture.h
# has the formulas) in three of its lines. Of YUV it is BT.601 of limited range; "jpeg" is that by way of
# a JPEG image, which can't have all colours that YUV has. Places within MARGIN of where the ramp of
# luma starts anew don't count.
scene() {
	local y offset
	offset=$(head -3 "$1" | wc -c)
	equal "$(head -3 "$1" | xargs)" "P6 320 240 255" "header of $1" || return
	for y in 20 100 222; do
		tail -c +$((offset + 3 * 320 * y + 1)) "$1" | head -c $((3 * 320)) |
			od -An -v -tu1 -w3 | awk -v n=$((10#$2)) -v y=$y -v model="$3" -v margin="${4:-4}" '
			function cut(value) { return value < 0 ? 0 : value > 255 ? 255 : value }
			function off(got, want) { return got - cut(want) > 7 || cut(want) - got > 7 }
			{
				x = NR - 1
				at = (x + 3 * y + 5 * n) % 256
				if (at < margin || at > 255 - margin)
					next
				luma = 32 + int(at * 3 / 4)
				blue = (int(x / 4) + n) % 256
				red = (int(y / 2) + 7 * n) % 256
				if (model == "rgb") {
					r = red; g = luma; b = blue
				} else if (model == "grey") {
					r = g = b = luma
				} else {
					luma = (luma - 16) * 255 / 219
					blue = (blue - 128) * 255 / 224
					red = (red - 128) * 255 / 224
					if (model == "jpeg") {
						blue = cut(blue + 128) - 128
						red = cut(red + 128) - 128
					}
					r = luma + 1.402 * red
					g = luma - 0.344136 * blue - 0.714136 * red
					b = luma + 1.772 * blue
				}
				seen++
				if ((off($1, r) || off($2, g) || off($3, b)) && !wrong++)
					printf "%d,%d of frame %d is %s, wanted %d %d %d\n", x, y, n, $0,
						cut(r), cut(g), cut(b)
			}
			END { exit wrong > 0 || seen < 100 }' ||
			fail "line $y of $1 is not the scene" || return
	done
}

# shoot FILE [ARG...]: one frame into that file; its number is $shot
shoot() {
	local file=$1 before=0
	shift
	[ ! -e "$(uvc_record)" ] || before=$(wc -l <"$(uvc_record)")
	run_tool uvc-capture -q -c 1 -F "$file" "$@"
	shot=$(sed -n "$((before + 1))p" "$(uvc_record)" | cut -d' ' -f2)
	[ -n "$shot" ]
}

@test "pictures: PPM and PNG of YUV, as its numbers say" {
	local format camera
	uvc_plug formats
	for format in 1:YUYV 1:UYVY 1:NV12 2:YU12 2:YV12; do
		camera=${format%:*}
		shoot a.ppm --force -s "main:${format#*:}" "$camera"
		scene a.ppm "$shot" yuv || fail "$format to PPM"
	done
	shoot a.png -s main:YUYV 1
	pngtopnm a.png >b.ppm
	scene b.ppm "$shot" yuv
	shoot b.png -s main:NV12 1
	pngtopnm b.png >b.ppm
	scene b.ppm "$shot" yuv
}

@test "pictures: RGB and grey" {
	local format
	uvc_plug formats
	for format in 1:BGR3 1:RGBP 2:XR24; do
		shoot a.ppm --force -s "main:${format#*:}" "${format%:*}"
		scene a.ppm "$shot" rgb || fail "$format to PPM"
	done
	shoot a.png -s main:BGR3 1
	pngtopnm a.png >b.ppm
	scene b.ppm "$shot" rgb
	shoot a.pgm -s main:GREY 1
	equal "$(head -3 a.pgm | xargs)" 'P5 320 240 255'
	pgmtoppm white a.pgm >b.ppm
	scene b.ppm "$shot" grey
	shoot g.png -s main:GREY 1
	pngtopnm g.png | pgmtoppm white >b.ppm
	scene b.ppm "$shot" grey
}

@test "pictures: grey of more than 8 bits" {
	local format bits
	uvc_plug formats
	for format in 1:Y16 2:Y10 2:Y12; do
		bits=${format#*Y}
		shoot a.pgm --force -s "main:${format#*:}" "${format%:*}"
		equal "$(head -3 a.pgm | xargs)" 'P5 320 240 65535'
		# The camera makes all bits from eight of luma, the file 16 of them, each the same way.
		tail -c $((240 * 640)) a.pgm | tail -c +$((50 * 640 + 1)) | head -c 640 |
			od -An -v -tu2 --endian=big -w2 | awk -v n=$((10#$shot)) -v bits="$bits" '
			{
				luma = 32 + int((NR - 1 + 150 + 5 * n) % 256 * 3 / 4)
				camera = luma * 2 ^ (bits - 8) + int(luma / 2 ^ (16 - bits))
				wrong += $1 != camera * 2 ^ (16 - bits) + int(camera / 2 ^ (2 * bits - 16))
			}
			END { exit wrong > 0 || NR != 320 }' || fail "$format is not what it was"
		pamdepth 255 a.pgm | pgmtoppm white >b.ppm
		scene b.ppm "$shot" grey
	done
}

@test "pictures: JPEG of what is not compressed" {
	local format
	uvc_plug formats
	for format in YUYV:jpeg NV12:jpeg BGR3:rgb GREY:grey; do
		shoot a.jpg --force -s "main:${format%:*}" 1
		jpegtopnm a.jpg >a.ppm 2>/dev/null
		[ "$(head -c 2 a.ppm)" = P6 ] || { pgmtoppm white a.ppm >b.ppm && mv b.ppm a.ppm; }
		scene a.ppm "$shot" "${format#*:}" 32 || fail "$format to JPEG"
	done
}

@test "pictures: JPEG is of the quality that was asked for; the camera's own is not made anew" {
	uvc_plug formats
	shoot low.jpg -s main:YUYV --quality=5 1
	shoot high.jpg -s main:YUYV --quality=95 1
	[ "$(($(stat -c %s low.jpg) * 3))" -lt "$(stat -c %s high.jpg)" ]
	run_tool -6 uvc-capture -q -c 1 -s main:MJPG --quality=5 -F x.jpg 1
	equal "$(cat "$stderr")" "uvc-capture: --quality has no effect: the camera's own JPEG is not made anew"
	no_file x.jpg
	run_tool -2 uvc-capture -q -c 1 --quality=5 -F x.png 1
	contains "$stderr" '--quality has no effect: no file ends in .jpg'
}

@test "video: Y4M keeps the samples, and a player shows the scene" {
	local format first shot
	uvc_plug formats
	for format in 1:YUYV:C422 1:NV12:C420jpeg 2:YU12:C420jpeg 1:GREY:Cmono; do
		first=$(wc -l <"$(uvc_record)" 2>/dev/null) || first=0
		run_tool uvc-capture -q -s "main:$(cut -d: -f2 <<<"$format")" -c 3 -F all.y4m --force "${format%%:*}"
		head -n 1 all.y4m >header
		matches header "^YUV4MPEG2 W320 H240 F30:1 Ip ${format##*:} XCOLORRANGE=[A-Z]+$"
		shot=$(sed -n "$((first + 3))p" "$(uvc_record)" | cut -d' ' -f2)
		ffmpeg -v error -nostdin -y -i all.y4m -fps_mode passthrough -pix_fmt rgb24 %d.ppm
		if [[ $format == *GREY* ]]; then
			scene 3.ppm "$shot" grey
		else
			scene 3.ppm "$shot" yuv
		fi || fail "$format"
	done
}

@test "isochronous: the same scene" {
	uvc_plug iso
	shoot a.ppm -s 320x240:YUYV
	scene a.ppm "$shot" yuv
}
