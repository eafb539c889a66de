# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: frames of every format, byte for byte as the camera sent them.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# side_car FIELDS: of all.raw, as a list
side_car() {
	jq -c "[$1]" all.raw.json
}

# copies_all CAMERA FORMAT...: each of these formats comes through byte for byte
copies_all() {
	local camera=$1 format
	shift
	for format; do
		run_tool uvc-capture -q -s "main:320x240:$format" -c 3 -F all.raw --force "$camera"
		uvc_check --stream=$((camera - 1)) all.raw
		equal "$(uvc_sum frames)" 3 "frames of $format"
		equal "$(side_car '.width, .height, (.frames | length), .frames[2].sequence')" '[320,240,3,2]'
		equal "$(jq -r .fourcc all.raw.json | xargs)" "$format"
	done
}

@test "bytes: every uncompressed format, as it was sent" {
	uvc_plug formats
	copies_all 1 YUYV UYVY NV12 GREY BGR3 RGBP
	equal "$(side_car .stride,.planes[0].bytes)" '[640,153600]'
	copies_all 1 Y16
	equal "$(side_car .bits,.stride)" '[16,640]'
	copies_all 2 YU12 YV12 XR24 RGGB
	equal "$(side_car .bayer_order,.bits)" '["RGGB",8]'
	copies_all 2 Y10 Y12
	equal "$(side_car .bits,.stride)" '[12,640]'
}

@test "bytes: compressed frames, each of its own length" {
	uvc_plug formats
	copies_all 1 MJPG
	equal "$(jq '[.frames[].bytes] | add' all.raw.json)" "$(stat -c %s all.raw)"
	copies_all 2 H264 HEVC
	equal "$(jq '[.frames[].bytes] | add' all.raw.json)" "$(stat -c %s all.raw)"
}

@test "bytes: names by the driver's sequence, also of what a slow writer lets go" {
	uvc_plug default
	run_tool uvc-capture -q -s 320x240@60 --skip=2 -c 3 -F 'f-#.raw'
	equal "$(echo f-*.raw)" 'f-000002.raw f-000003.raw f-000004.raw'
	uvc_check f-*.raw
	run_tool uvc-capture --json -s 320x240@60 -c 10 --overflow=drop -F 'g-#.raw'
	equal "$(jq -c 'select(.record == "start") | .streams[0] | [.file, .io]' "$stdout")" \
		'["g-#.raw","buffered"]'
	jq -r 'select(.file and .record == "frame") | .file' "$stdout" >said
	printf '%s\n' g-*.raw | cmp - said
	uvc_check g-*.raw
}

@test "bytes: into a full file system, status 9, what is there is whole" {
	uvc_plug default
	need_file_system 2m
	run_tool -9 uvc-capture -q -s 640x480:YUYV -c 0 -F "$file_system/f-#.raw"
	uvc_check "$file_system"/f-*.raw
	[ "$(uvc_sum frames)" -ge 2 ]
	run ! compgen -G "$file_system/.*.raw*"
}

@test "JPEG: files are the bytes of the camera, which can be decoded" {
	uvc_plug default
	run_tool uvc-capture -q -c 4 -F 'f-#.jpg'
	uvc_check f-*.jpg
	equal "$(uvc_sum frames)" 4
	jpegtopnm f-000003.jpg >f.ppm
	equal "$(head -2 f.ppm | xargs)" 'P6 640 480'
	no_file f-000003.jpg.json
}

# huffman_tables FILE: how many DHT segments it has before the scan
huffman_tables() {
	head -c 2000 "$1" | od -An -v -tu1 -w1 | awk '
		{ byte[NR - 1] = $1 }
		END {
			for (at = 2; byte[at] == 255 && byte[at + 1] != 218; at += 2 + byte[at + 2] * 256 + byte[at + 3])
				count += byte[at + 1] == 196
			print count + 0
		}'
}

@test "JPEG: Huffman tables are put in where there are none" {
	uvc_plug odd-jpeg
	run_tool uvc-capture -q -s 320x240 -c 3 -F bare.raw
	uvc_check bare.raw
	equal "$(huffman_tables bare.raw)" 0
	run_tool uvc-capture -q -s 320x240 -c 3 -F 'f-#.jpg'
	# Without the tables it is what was sent, zeros behind the end included.
	uvc_check --dht f-*.jpg
	equal "$(uvc_sum frames)" 3
	run -1 uvc_check f-*.jpg
	[ "$(huffman_tables f-000001.jpg)" -ge 1 ]
	equal "$(tail -c 1000 f-000001.jpg | tr -d '\0' | wc -c)" 0
	equal "$(head -c 10 f-000001.jpg | tail -c 4)" AVI1
	jpegtopnm f-000001.jpg >f.ppm
	equal "$(head -2 f.ppm | xargs)" 'P6 320 240'
	run_tool ffmpeg -v error -xerror -nostdin -i f-000001.jpg -f null -
	[ ! -s "$stderr" ] || fail "$(cat "$stderr")"
}

@test "MJPEG: one file of many frames, also without tables" {
	uvc_plug default
	uvc_plug -i 1 odd-jpeg
	run_tool uvc-capture -q -c 10 -F all.mjpeg 1
	uvc_check all.mjpeg
	run_tool ffmpeg -v error -nostdin -i all.mjpeg -f null -
	run_tool uvc-capture -q -c 10 -F odd.mjpeg 2
	uvc_check -i 1 --dht odd.mjpeg
	equal "$(uvc_sum frames)" 10
}

@test "MJPEG: through a pipe into ffmpeg, as the man page has it" {
	local camera
	uvc_plug default
	uvc_plug -i 1 odd-jpeg
	for camera in 0001 1209:000a; do
		run_tool bash -o pipefail -c "uvc-capture -q -s main:MJPG -c 30 -F - $camera |
			ffmpeg -v error -f mjpeg -i - -y out.mkv"
		equal "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets,width,height \
			-of csv=p=0 out.mkv)" 640,480,30
	done
}

@test "video: elementary streams into files of their names" {
	uvc_plug formats
	run_tool uvc-capture -q -c 8 -F all.h264 2
	uvc_check --stream=1 all.h264
	equal "$(uvc_sum frames)" 8
	equal "$(ffprobe -v error -count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0 all.h264)" \
		h264,8
	run_tool uvc-capture -q -c 8 -F all.hevc 2
	uvc_check --stream=1 all.hevc
	equal "$(uvc_sum frames)" 8
	run_tool uvc-capture -q -s main:H264 -c 8 -F - 2
	cp "$stdout" piped.h264
	uvc_check --stream=1 piped.h264
}

# refuses FORMAT FILE TEXT [CAMERA]
refuses() {
	run_tool -6 uvc-capture -q -s "main:$1" -c 1 -F "$2" "${4:-1}"
	contains "$stderr" "$3"
	no_file "$2"
	lacks "$(uvc_log)" ' start '
}

@test "refused: kinds of file that a format cannot give, before the camera starts" {
	uvc_plug formats
	refuses MJPG a.png 'a.png: MJPG (MJPEG) can'\''t be written as .png: compressed frames are not decoded'
	refuses MJPG a.y4m 'compressed frames are not decoded'
	refuses MJPG a.h264 'a.h264: MJPG (MJPEG) can'\''t be written as .h264: such a file holds H264 only'
	refuses YUYV a.mjpeg 'such a file holds MJPG (MJPEG) only'
	refuses YUYV a.pgm 'it has colours; PPM is for that'
	refuses GREY a.ppm 'it has no colours; PGM is for that'
	refuses H264 a.hevc 'such a file holds HEVC only' 2
	refuses H264 a.jpg 'compressed frames are not decoded' 2
	refuses YUYV a.gif "files that end in .gif can't be written"
}

@test "isochronous: YUYV and MJPG" {
	uvc_plug iso
	run_tool uvc-capture -q -s 320x240:YUYV -c 10 -F all.raw
	uvc_check all.raw
	equal "$(uvc_sum frames)" 10
	run_tool uvc-capture -q -s 640x480:MJPG -c 10 -F 'f-#.jpg'
	uvc_check f-*.jpg
	equal "$(uvc_sum frames)" 10
}
