# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=imx8mp
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: what is different on an i.MX8MP. A receiver of its own, one path, and the ISP cuts.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

export MEDIA_DRIVER=rkisp1
camera='imx219 0-0010' receiver=csis-e2e40000.csi

# sequences: of the frames of main in the report
sequences() {
	sed -n 's/.*"frame","stream":"main","sequence":\([0-9]*\),.*/\1/p' report
}

# cells: the means of each frame of statistics in the report
cells() {
	jq -c 'select(.record == "frame" and .stream == "stats") | .luma' report
}

# is_grey FILE: the middle of the last frame, NV12 of 320x240, within 3 steps of Cb and Cr
is_grey() {
	local line bytes=''
	for line in 58 59 60 61; do
		bytes+=" $(tail -c $((320 * 120)) "$1" |
			od -An -v -tu1 -w32 -N 32 -j $((line * 320 + 144)))"
	done
	awk '{ for (i = 1; i <= NF; i += 2) { cb += $i; cr += $(i + 1); n++ } }
		END {
			cb /= n
			cr /= n
			print "Cb", cb, "Cr", cr
			exit !(cb >= 125 && cb <= 131 && cr >= 125 && cr <= 131)
		}' <<<"$bytes" || fail "the middle of $1 is not grey"
}

@test "one path, UYVY, no RGB; self is refused with a sentence" {
	run_tool rkisp1-capture --list
	matches "$stdout" "^$camera"$'\t'
	run_tool rkisp1-capture --info
	matches "$stdout" '^  UYVY +32x16 to 3280x2464 in steps of 2$'
	lacks "$stdout" RGB565
	lacks "$stdout" rkisp1_selfpath
	run_tool -6 rkisp1-capture -s self:640x480
	contains "$stderr" "self: this SoC's ISP has one path only"
	run_tool -6 rkisp1-capture -s main:640x480 -s self:320x240
}

@test "main: numbers in the pixels are the sequences, in all formats; UYVY is YUYV swapped" {
	local format
	for format in NV12 NV21 NV16 NV61 YUYV YU12 YV12 422P GREY NM12 NM21 NM16 NM61 YM61 UYVY; do
		run_tool rkisp1-capture -q --mode=640x480:10 -s "main:320x240:$format" -c 2 \
			-F frames.raw --force --report=report
		if [ $format = UYVY ]; then
			dd conv=swab status=none if=frames.raw of=swapped.raw
			mv swapped.raw frames.raw
			format=YUYV
		fi
		run_tool scenecheck numbers "$(sensor_record)" "$format:320x240" frames.raw ||
			fail "$format" || return
		sequences | cmp - "$stdout" || fail "numbers in $format" || return
	done
	equal "$(counter rkisp1/bad_address) $(counter rkisp1/bad_size)" '0 0'
	dmesg_clean
}

@test "raw: every byte, 10 and 8 bits" {
	local mode
	for mode in 640x480:10 640x480:8 3280x2464:10; do
		run_tool rkisp1-capture -q -r --mode=$mode -c 2 -F x.raw --force
		run_tool scenecheck raw "$(sensor_record)" "${mode#*:}" x.raw
		equal "$(wc -l <"$stdout")" 2
	done
	dmesg_clean
}

@test "exposure reaches its target from dark, and grey is grey in the light of a lamp" {
	scene_set brightness 100
	scene_light tungsten
	run_tool rkisp1-capture -q -c 40 -s main:320x240 -s stats --decode --report=report -F main=x.raw
	cells | tail -n 10 | jq -e 'add / length | . > 38.5 and . < 42.7' >answers ||
		fail "$(cells | tail -n 1)"
	is_grey x.raw
	dmesg_clean
}

@test "black level and gains act from frame 0 on" {
	# What makes this light neutral: 256 / 128 and 256 / 160.
	scene_light 128,256,160
	run_tool rkisp1-capture -q -c 1 -s main:320x240 --awb=2,1.6 -F x.raw
	is_grey x.raw
}

@test "crops: the ISP cuts for shape and --zoom, and measures what it takes in all the same" {
	local size zoom view
	while read -r size zoom view; do
		run_tool rkisp1-capture -q --mode=1640x1232 -s "main:$size:GREY" --zoom="$zoom" -s stats \
			--decode --exposure=10ms --gain=1 --awb=off -c 2 -F main=x.raw --force --report=report
		[[ $(pad_format rkisp1_isp 2) == *" crop:${view%% *}"* ]] ||
			fail "$size $zoom: $(pad_format rkisp1_isp 2)" || return
		expect_format rkisp1_resizer_mainpath 0 "YUYV8_2X8/${view#*/}"
		run_tool scenecheck numbers "$(sensor_record)" \
			"GREY:$size:$(tr -d '()' <<<"${view/)\//,}")" x.raw
		equal "$(paste -s -d ' ' "$stdout")" '0 1' "numbers with $size $zoom"
		cells >measured
		[ -e whole ] || cp measured whole
		cmp measured whole || fail "$size $zoom: $(cat measured), not $(cat whole)" || return
	done <<-'EOT'
	820x616 1 (0,0)/1640x1232
	600x600 1 (204,0)/1232x1232
	1000x200 2 (410,534)/820x164
	EOT
	# There was something to compare.
	[ "$(head -n 1 whole | jq -r '.[]' | sort -u | wc -l)" -gt 3 ]
}

# break_graph WAY: what others may leave behind
break_graph() {
	case $1 in
	sensor-link) set_link "$camera" 0 $receiver 0 off ;;
	receiver-link) set_link $receiver 1 rkisp1_isp 0 off ;;
	receiver-code) set_format $receiver 0 UYVY8_1X16/641x99 ;;
	isp-crop) media -V "'rkisp1_isp':2 [crop:(7,9)/101x77]" ;;
	esac
}

@test "each way to break the graph: v4l2-ctl does not start, we do" {
	local way
	run_tool rkisp1-capture -q -s 320x240 -c 1
	for way in sensor-link receiver-link receiver-code isp-crop; do
		break_graph $way >&2
		run_tool -a v4l2-ctl -d "$(entity_node rkisp1_mainpath)" --stream-mmap=4 --stream-count=1
		contains "$stderr" 'STREAMON returned -1' || fail $way || return
		run_tool rkisp1-capture -q -s 320x240 -c 1 -F - || fail $way || return
		equal "$(stat -c %s "$stdout")" $((320 * 240 * 3 / 2)) "bytes after $way"
	done
	for way in sensor-link receiver-code isp-crop; do
		break_graph $way >&2
	done
	run_tool rkisp1-capture -q -r --mode=640x480:10 -c 1 -F x.raw
	run_tool scenecheck raw "$(sensor_record)" 10 x.raw
	dmesg_clean
}

# state: all of the graph, and the node
state() {
	rkisp1_find
	media -p
	v4l2-ctl -d "$rkisp1_main" --get-fmt-video
}

@test "dry run: its script sets all that the tool does" {
	local options=(-s main:1280x720:UYVY --zoom=1.25)
	lab_reload rkisp1
	run_tool rkisp1-capture --dry-run "${options[@]}"
	cp "$stdout" script
	run_tool sh -e script
	state >scripted
	lab_reload rkisp1
	run_tool rkisp1-capture -q -c 1 "${options[@]}"
	state >real
	cmp scripted real || fail "$(diff scripted real)"
}

@test "the receiver loses data, or gets none: the run ends as it should" {
	start_tool rkisp1-capture -q -c 12 -s main:320x240 -s stats --report=report --ready-fd=9
	wait_ready
	fault csi_overflow 3
	wait_tool
	equal "$(sequences | wc -l)" 12
	fault stall forever
	run_tool -7 rkisp1-capture -q -s 320x240 -c 1 --first-frame=200ms
	contains "$stderr" 'no frame within 200ms'
}
