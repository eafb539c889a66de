# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: the bytes of raw, and pictures in all formats on both paths.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=rkisp1

# follow FILE COUNT: the numbers that were decoded into it rise, and there are so many
follow() {
	equal "$(wc -l <"$1")" "$2" 'count of frames'
	sort -nuc "$1" || fail "not in order: $(paste -s -d ' ' "$1")"
}

# sequences FILE [STREAM]: of the frames in a report
sequences() {
	jq -r --arg stream "${2:-}" 'select(.record == "frame" and ($stream == "" or
		.stream == $stream)) | .sequence' "$1"
}

@test "raw: every byte of every frame in each mode, 10 and 8 bits; numbers are the sequences" {
	local mode
	for mode in 640x480:10 640x480:8 1640x1232:10 1640x1232:8 1920x1080:10 3280x2464:10 3280x2464:8; do
		run_tool rkisp1-capture -q -r --mode=$mode -c 3 -F frames.raw --force --report=report
		run_tool scenecheck raw "$(sensor_record)" "${mode#*:}" frames.raw
		sequences report | cmp - "$stdout"
		equal "$(jq -r 'select(.record == "end") | .streams[0].captured' report)" 3
	done
	dmesg_clean
}

@test "raw: a file for each frame is named by its sequence and holds that frame" {
	local file number
	run_tool rkisp1-capture -q -r --mode=640x480:10 -c 6 --skip=3 -F 'frame-#.raw' --report=report
	for file in frame-*.raw; do
		number=${file#frame-}
		number=${number%.raw}
		run_tool scenecheck raw "$(sensor_record)" 10 "$file"
		equal "$(cat "$stdout")" $((10#$number)) "number in $file"
		equal "$(jq -r .sequence "$file.json")" $((10#$number)) "sequence in $file.json"
		equal "$(jq -r '.fourcc + .bayer_order' "$file.json")" RG10RGGB
	done
	sequences report | xargs printf 'frame-%06d.raw\n' >wanted
	printf '%s\n' frame-*.raw | cmp - wanted
}

# picture STREAM FORMAT WxH: its bytes, its size, and numbers in the pixels
picture() {
	local bytes=$((${3%x*} * ${3#*x}))
	case $2 in
	NV12 | NV21 | NM12 | NM21 | YU12 | YV12) bytes=$((bytes * 3 / 2)) ;;
	GREY) ;;
	XR24) bytes=$((bytes * 4)) ;;
	*) bytes=$((bytes * 2)) ;;
	esac
	run_tool rkisp1-capture -q --mode=1640x1232 -s "$1:$3:$2" -c 3 -F frames.raw --force \
		--report=report
	equal "$(stat -c %s frames.raw)" $((bytes * 3)) "bytes of $1 in $2" || return
	run_tool scenecheck numbers "$(sensor_record)" "$2:$3:0,1,1640x1230" frames.raw ||
		fail "$1 in $2" || return
	sequences report | cmp - "$stdout" || fail "numbers of $1 in $2"
}

@test "main: numbers in the pixels are the sequences, in all formats" {
	local format
	for format in NV12 NV21 NV16 NV61 YUYV YU12 YV12 422P GREY NM12 NM21 NM16 NM61 YM61; do
		picture main $format 800x600
	done
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
	dmesg_clean
}

@test "self: numbers in the pixels are the sequences, in all formats" {
	local format
	for format in NV12 NV21 NV16 NV61 YUYV YU12 YV12 422P GREY NM12 NM21 NM16 NM61 YM61 XR24 RGBP; do
		picture self $format 640x480
	done
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
	dmesg_clean
}

# planes FORMAT FILE SIZE: luma, Cb and Cr of a 640x480 picture, each as text
planes() {
	local luma=$((640 * 480)) kind=$1 chroma
	head -c $luma "$2" | md5sum
	chroma=$(($(stat -c %s "$2") - luma))
	case $kind in
	NV12 | NM12 | NV16 | NM16) tail -c $chroma "$2" | od -An -v -tu1 -w2 |
		awk '{ print $1 >"cb"; print $2 >"cr" }' ;;
	NV21 | NM21 | NV61 | NM61) tail -c $chroma "$2" | od -An -v -tu1 -w2 |
		awk '{ print $1 >"cr"; print $2 >"cb" }' ;;
	YU12 | 422P)
		tail -c $chroma "$2" | head -c $((chroma / 2)) | od -An -v -tu1 -w1 | awk '{ print $1 }' >cb
		tail -c $((chroma / 2)) "$2" | od -An -v -tu1 -w1 | awk '{ print $1 }' >cr
		;;
	YV12 | YM61)
		tail -c $chroma "$2" | head -c $((chroma / 2)) | od -An -v -tu1 -w1 | awk '{ print $1 }' >cr
		tail -c $((chroma / 2)) "$2" | od -An -v -tu1 -w1 | awk '{ print $1 }' >cb
		;;
	esac
	md5sum cb cr
}

@test "chroma lies where each format says: Cb and Cr are the same in all" {
	local group format first
	for group in 'NV12 NV21 NM12 NM21 YU12 YV12' 'NV16 NV61 NM16 NM61 422P YM61'; do
		first=
		for format in $group; do
			run_tool rkisp1-capture -q --ae=off --awb=2,1.5 --mode=640x480:10 \
				-s "main:640x480:$format" -c 1 -F one.raw --force
			planes "$format" one.raw >"planes-$format"
			first=${first:-$format}
			cmp "planes-$format" "planes-$first" || fail "$format is not $first" || return
		done
		! cmp -s cb cr || fail 'Cb and Cr are alike: nothing was compared' || return
	done
}

@test "both at once: other sizes, shapes and formats, each frame is what its number says" {
	local main self
	while read -r main self main_view self_view; do
		run_tool rkisp1-capture -q --mode=1640x1232 -s "main:$main" -s "self:$self" -c 6 \
			-F main=main.raw -F self=self.raw --force --report=report
		IFS=: read -r size format <<<"$main"
		run_tool scenecheck numbers "$(sensor_record)" "$format:$size:$main_view" main.raw
		sequences report main | cmp - "$stdout"
		follow "$stdout" 6
		IFS=: read -r size format <<<"$self"
		run_tool scenecheck numbers "$(sensor_record)" "$format:$size:$self_view" self.raw
		sequences report self | cmp - "$stdout"
		follow "$stdout" 6
	done <<-'EOT'
	1640x1232:NV12 640x480:XR24 0,0,1640x1232 0,0,1640x1230
	800x450:NM16 800x800:RGBP 0,154,1640x922 204,0,1232x1232
	1640x400:GREY 320x600:YUYV 0,416,1640x400 492,0,656x1232
	EOT
	dmesg_clean
}

# mean PPM: of the last quarter's samples
mean() {
	tail -c $((640 * 480 * 3 / 4)) "$1" | od -An -v -tu1 -w64 |
		awk '{ for (i = 1; i <= NF; i++) sum += $i } END { printf "%d\n", sum / NR / 64 }'
}

@test "files: y4m says limited range, and with png and jpg is the same picture" {
	local options=(-q --ae=off '--awb=2,1.5' --mode=640x480:10) name wanted got
	run_tool rkisp1-capture "${options[@]}" -s main:640x480 -c 3 -F film.y4m
	head -c 80 film.y4m | head -n 1 >header
	matches header '^YUV4MPEG2 W640 H480 F[0-9:]+ .*XCOLORRANGE=LIMITED'
	equal "$(stat -c %s film.y4m)" $(($(stat -c %s header) + 3 * (6 + 640 * 480 * 3 / 2)))
	ffmpeg -loglevel error -nostdin -i film.y4m -frames:v 1 film.ppm
	run_tool rkisp1-capture "${options[@]}" -s main:640x480 -c 1 -F a.png
	pngtopnm a.png >png.ppm
	run_tool rkisp1-capture "${options[@]}" -s main:640x480 -c 1 -F a.jpg
	jpegtopnm a.jpg >jpg.ppm
	run_tool rkisp1-capture "${options[@]}" -s self:640x480:XR24 -c 1 -F b.png
	pngtopnm b.png >rgb.ppm
	wanted=$(mean film.ppm)
	[ "$wanted" -gt 30 ]
	for name in png jpg rgb; do
		equal "$(head -c 15 $name.ppm | xargs | cut -c1-14)" 'P6 640 480 255'
		got=$(mean $name.ppm)
		[ $((got > wanted ? got - wanted : wanted - got)) -le 2 ] ||
			fail "$name has a mean of $got, y4m of $wanted" || return
	done
}
