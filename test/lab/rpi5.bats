# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi5
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alike of mainline's driver of a Raspberry Pi 5's camera front end, with an IMX219: each rule
# that programs meet, each fault.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

raw=SRGGB10_1X10 binned=1640x1232

setup() {
	lab_setup
	cfe_find
	cfe_unlink
	v4l2-ctl -d "$cfe_sensor" -c horizontal_flip=0
}

# sequences: of the buffers that v4l2-ctl told of
sequences() {
	sed -n 's/^cap dqbuf.* seq: *\([0-9]*\) .*/\1/p' "$stdout" "$stderr" | paste -s -d ' '
}

# recorded COUNT: so many frames, the first of the last stream
recorded() {
	awk -v wanted="$1" '
		$9 == 0 { count = 0 }
		{ line[++count] = $0 }
		END { for (i = 1; i <= wanted; i++) print line[i] }' "$hardware_files/cfe/record"
}

@test "cfe: the graph of mainline, only the sensor's link enabled" {
	local fixed="\"$cfe_entity\":0->\"csi2\":0[0]"
	run_tool media-ctl -d "$cfe_media" -p
	matches "$stdout" '^driver +rp1-cfe$'
	matches "$stdout" '^model +rp1-cfe$'
	matches "$stdout" '^bus info +platform:1f00110000.csi$'
	matches "$stdout" '^hw revision +0x114666$'
	equal "$(grep -c 'ENABLED' "$stdout")" 2 'both ends of enabled links'
	contains "$stdout" '-> "csi2":0 [ENABLED,IMMUTABLE]'
	matches "$stdout" 'entity .*: csi2 \(5 pads, 8 links'
	matches "$stdout" 'entity .*: pisp-fe \(5 pads, 7 links'
	equal "${cfe_names[*]}" 'rp1-cfe-csi2-ch0 rp1-cfe-csi2-ch1 rp1-cfe-csi2-ch2 rp1-cfe-csi2-ch3 rp1-cfe-fe-image0 rp1-cfe-fe-image1 rp1-cfe-fe-stats rp1-cfe-fe-config'
	run_tool -! media-ctl -d "$cfe_media" -l "$fixed"
	run_tool v4l2-ctl -d "$cfe_ch0" --info
	matches "$stdout" 'Driver name +: rp1-cfe$'
	matches "$stdout" 'Card type +: rp1-cfe$'
	matches "$stdout" 'Device Caps +: 0x24a00001$' # pictures, metadata, with a media controller
	run_tool v4l2-ctl -d "$cfe_ch1" --info
	matches "$stdout" 'Device Caps +: 0x24a00000$'
	run_tool v4l2-ctl -d "$cfe_config" --info
	matches "$stdout" 'Device Caps +: 0x2c200000$'
}

@test "cfe: sizes, strides and unknown formats" {
	local line
	while read -r line; do
		read -r -a line <<<"$line"
		equal "$(shape "$cfe_ch0" "${line[0]}" "${line[1]}" "${line[4]:-}")" \
			"${line[5]:-${line[0]}} ${line[6]:-${line[1]}} ${line[2]} ${line[3]}"
	done <<-EOT
		pRAA 3280x2464 4112 10131968
		RG16 3280x2464 6560 16163840
		PC1R 3280x2464 3280 8081920
		PC1R 1640x1232 1648 2030336
		pRCC 4056x3040 6096 18531840
		pRAA 640x480 800 384000
		pRAA 640x480 816 391680 801
		pRAA 640x480 80000 38400000 80000
		RG10 640x480 800 384000 0 pBAA
		JPEG 640x480 800 384000 0 pBAA
		pRAA 643x8 816 13056 0 pRAA 644x16
		RGGB 17000x17000 16384 268435456 0 RGGB 16384x16384
	EOT
	equal "$(shape "$cfe_image0" pRAA 640x480)" 'RG16 640x480 1280 614400'
	equal "$(shape "$cfe_image0" PC1R 640x480)" 'PC1R 640x480 640 307200'
	run_tool v4l2-ctl -d "$cfe_ch0" --list-formats
	equal "$(grep -c '^\s\[[0-9]*\]' "$stdout")" 41 'formats of a channel'
	run_tool v4l2-ctl -d "$cfe_ch0" --list-formats=0x300f
	equal "$(grep -c '^\s\[[0-9]*\]' "$stdout")" 1 "formats of $raw"
	run_tool v4l2-ctl -d "$cfe_ch0" --list-formats=0x3020
	contains "$stdout" "'RG16'"
	contains "$stdout" "'PC1R'"
	run_tool v4l2-ctl -d "$cfe_image0" --list-formats
	equal "$(grep -c '^\s\[[0-9]*\]' "$stdout")" 10 'formats of the front end'
	dmesg_clean
}

@test "cfe: formats of metadata" {
	run_tool v4l2-ctl -d "$cfe_ch1" --list-formats-meta
	equal "$(grep -o "'....'" "$stdout" | paste -s -d ' ')" "'MET8' 'MC1A' 'MC1C'"
	run_tool v4l2-ctl -d "$cfe_stats" --get-fmt-meta
	matches "$stdout" "'RPFS'"
	matches "$stdout" 'Buffer Size +: 23200$'
	run_tool v4l2-ctl -d "$cfe_config" --get-fmt-meta-out
	matches "$stdout" "'RPFC'"
	matches "$stdout" 'Buffer Size +: 632$'
	run_tool v4l2-ctl -d "$cfe_config" --list-formats-meta-out
	contains "$stdout" 'RPi PiSP FE Config format'
	dmesg_clean
}

@test "cfe: every byte in each mode, packed, in 16 bits, compressed, flipped" {
	local mode
	while read -r mode; do
		read -r -a mode <<<"$mode"
		cfe_route "${mode[@]:0:3}" "${mode[4]:-}"
		run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=3 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record)" "${mode[2]}:${mode[3]}" frames
		equal "$(paste -s -d ' ' "$stdout")" '0 1 2' "numbers in ${mode[*]}"
	done <<-EOT
		SRGGB10_1X10 640x480 pRAA 800
		SRGGB10_1X10 640x480 RG16 1280
		SRGGB10_1X10 640x480 PC1R 640
		SRGGB10_1X10 1920x1080 RG16 3840
		SRGGB10_1X10 3280x2464 pRAA 4112
		SRGGB10_1X10 3280x2464 PC1R 3280
		SRGGB10_1X10 1640x1232 PC1R 1648
		SRGGB10_1X10 1640x1232 pRAA 3200 3200
		SRGGB8_1X8 1640x1232 RGGB 1648
		SRGGB8_1X8 1640x1232 RG16 3280
		SRGGB8_1X8 1640x1232 PC1R 1648
	EOT
	v4l2-ctl -d "$cfe_sensor" -c horizontal_flip=1
	for mode in pgAA:800 GR16:1280 PC1G:640; do
		cfe_route SGRBG10_1X10 640x480 "${mode%:*}"
		run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --stream-to=frames
		run_tool rpicheck raw "$(sensor_record)" "$mode" frames
	done
	equal "$(counter cfe/cut)" 0
	dmesg_clean
}

@test "cfe: compressed samples are no farther off than their levels, in each mode of words" {
	run_tool rpicheck compressor
	equal "$(paste -s -d ' ' "$stdout")" 'mode 0: used mode 1: used mode 2: used mode 3: used'
}

@test "cfe: what STREAMON refuses" {
	cfe_route $raw $binned pRAA
	cfe_unlink
	says EINVAL "$cfe_ch0" start # no link
	cfe_route $raw $binned pRAA
	says ok "$cfe_ch0" start
	shape "$cfe_ch0" pRAA 640x480
	says EINVAL "$cfe_ch0" start # another size
	shape "$cfe_ch0" pBAA $binned
	says EINVAL "$cfe_ch0" start # another order
	shape "$cfe_ch0" RG16 $binned
	says EINVAL "$cfe_ch0" start # the pad has 10 bits
	cfe_route $raw $binned RG16
	shape "$cfe_ch0" pRAA $binned
	says EINVAL "$cfe_ch0" start # the pad has 16
	shape "$cfe_ch0" PC1R $binned
	says ok "$cfe_ch0" start
	cfe_route $raw $binned pRAA
	v4l2-ctl -d "$cfe_sensor" --set-subdev-fmt=pad=0,width=640,height=480,code=0x300f
	says EPIPE "$cfe_ch0" start # the sensor sends another size
	media-ctl -d "$cfe_media" -V "\"$cfe_entity\":0 [fmt:$raw/$binned],\"csi2\":0 [fmt:$raw/$binned]"
	says EPIPE "$cfe_ch0" start # without a field, at csi2
}

@test "cfe: what REQBUFS, S_FMT and QBUF refuse, and how many buffers there are" {
	cfe_route $raw $binned pRAA
	says EINVAL "$cfe_ch0" userptr 3
	says 'ok 2' "$cfe_ch0" buffers 1
	says EBUSY "$cfe_ch0" grown
	says EINVAL "$cfe_ch0" create 1000
	says EBUSY "$cfe_stats" grown
}

@test "cfe: csi2 gives what comes in or 16 bits of it, by one route that can't be changed" {
	says ENOTTY "$cfe_csi2" routing
	media-ctl -d "$cfe_media" -V "\"csi2\":0 [fmt:SBGGR12_1X12/640x480 field:none]"
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":1'
	contains "$stdout" SBGGR12_1X12/640x480
	media-ctl -d "$cfe_media" -V "\"csi2\":1 [fmt:SBGGR16_1X16/32x32]"
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":1'
	contains "$stdout" SBGGR16_1X16/640x480
	media-ctl -d "$cfe_media" -V "\"csi2\":1 [fmt:SRGGB10_1X10/640x480]"
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":1'
	contains "$stdout" SBGGR16_1X16/640x480
	media-ctl -d "$cfe_media" -V "\"csi2\":1 [fmt:SBGGR12_1X12/640x480]"
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":1'
	contains "$stdout" SBGGR12_1X12/640x480
	media-ctl -d "$cfe_media" -V "\"csi2\":0 [fmt:AYUV8_1X32/640x480 field:none]"
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":0'
	contains "$stdout" $raw/640x480
	run_tool media-ctl -d "$cfe_media" --get-v4l2 '"csi2":2'
	equal "$(cat "$stdout")" '' 'format of a pad without a route'
}

@test "cfe: nothing starts before every node with a link streams" {
	local starts
	cfe_route $raw $binned pRAA
	cfe_link '"csi2":2->"rp1-cfe-csi2-ch1":0[1]'
	starts=$(counter cfe/starts)
	run_tool -3 cfecheck flow 1 "$cfe_ch0"
	contains "$stderr" 'nothing comes'
	says EINVAL "$cfe_ch1" start # no route leads there
	equal "$(counter cfe/starts)" "$starts" starts
	cfe_link '"csi2":2->"rp1-cfe-csi2-ch1":0[0]'
	run_tool cfecheck flow 1 "$cfe_ch0"
	dmesg_clean
}

@test "cfe: one buffer is enough, frames without one are counted" {
	local line
	cfe_route $raw $binned pRAA
	run_tool cfecheck starve "$cfe_ch0" 300
	read -r -a line <"$stdout"
	equal "${line[0]}" 0 'sequence of the first'
	[ "${line[1]}" -ge 4 ] || fail "${line[1]} follows 0"
	fault cfe/quiet forever
	run_tool cfecheck starve "$cfe_ch0" 300
	equal "$(cat "$stdout")" '0 1'
}

@test "cfe: frames lost, interrupts lost" {
	local late
	cfe_route $raw $binned pRAA
	fault cfe/lose 2
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --verbose
	equal "$(sequences)" '2 3'
	fault cfe/no_interrupt 2
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=4 --verbose
	equal "$(sequences)" '0 1 2 3'
	equal "$(recorded 4 | column 1)" '2 3 4 5' 'numbers of the sensor'
	late=$(counter cfe/late)
	fault cfe/no_end 2
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=4 --verbose
	equal "$(sequences)" '0 1 2 3'
	equal "$(counter cfe/late)" $((late + 2)) 'buffers that came with the next frame'
	dmesg_clean
}

@test "cfe: faults" {
	local begin
	cfe_route $raw $binned pRAA
	fault imx219/i2c forever
	says EREMOTEIO "$cfe_ch0" start
	fault imx219/i2c 0
	fault cfe/start
	says EIO "$cfe_ch0" start
	says ok "$cfe_ch0" start
	fault cfe/time forever
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=2 --verbose
	cat "$stdout" "$stderr" >said
	contains said 'ts: 0.000000'
	fault cfe/time 0
	fault cfe/stop
	begin=$SECONDS
	says ok "$cfe_ch0" start
	[ $((SECONDS - begin)) -ge 1 ] || fail 'it did not take long to stop'
	fault vc/memory 1000000
	says ENOMEM "$cfe_ch0" buffers 4
	fault vc/memory 0
	fault imx219/stall forever
	run_tool -3 cfecheck flow 1 "$cfe_ch0"
	fault imx219/stall 0
	equal "$(counter vc/used)" 0 'bytes in use'
}

@test "cfe: an event at each frame's start, on nodes of pictures only" {
	cfe_route $raw $binned pRAA
	start_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4
	wait_for 5 counts $(($(counter cfe/stored) + 1)) cfe/stored
	run_tool v4l2-ctl -d "$cfe_ch0" --wait-for-event=frame_sync
	contains "$stdout" frame_sync
	run_tool -! v4l2-ctl -d "$cfe_stats" --wait-for-event=frame_sync
}

@test "cfe: which memory got which frame" {
	cfe_route $raw $binned pRAA
	run_tool v4l2-ctl -d "$cfe_ch0" --stream-mmap=4 --stream-count=6
	recorded 6 >record
	equal "$(column 1 record)" '0 1 2 3 4 5' numbers
	equal "$(column 9 record)" '0 1 2 3 4 5' sequences
	equal "$(column 5 record)" '2064 2064 2064 2064 2064 2064' strides
	equal "$(column 13 record)" '0 0 0 0 0 0' channels
	equal "$(awk '{ print $3 }' record | sort -u | wc -l)" 4 'pieces of memory'
}

# front LINKS...: formats of the front end, and its links; csi2:1 feeds it
front() {
	local link
	media-ctl -d "$cfe_media" -V "\"$cfe_entity\":0 [fmt:$raw/$binned],\"csi2\":0 [fmt:$raw/$binned \
field:none],\"csi2\":1 [fmt:SRGGB16_1X16/$binned],\"pisp-fe\":0 [fmt:SRGGB16_1X16/$binned]"
	for link in '"csi2":1->"pisp-fe":0[1]' "$@"; do
		cfe_link "$link"
	done
	shape "$cfe_image0" RG16 $binned
}

@test "front end: not without a configuration, and all nodes keep step" {
	front '"pisp-fe":2->"rp1-cfe-fe-image0":0[1]'
	says EINVAL "$cfe_image0" start
	cfe_link '"rp1-cfe-fe-config":0->"pisp-fe":1[1]'
	run_tool -3 cfecheck flow 1 "$cfe_image0"
	cfe_link '"pisp-fe":4->"rp1-cfe-fe-stats":0[1]'
	run_tool cfecheck flow 4 "$cfe_config" "$cfe_stats" "$cfe_image0"
	grep '^2 ' "$stdout" | cut -d ' ' -f 2- >image
	equal "$(column 1 image)" '0 1 2 3'
	equal "$(grep '^1 ' "$stdout" | cut -d ' ' -f 2-)" "$(cat image)" 'statistics'
	equal "$(grep '^0 ' "$stdout" | cut -d ' ' -f 2-)" "$(cat image)" 'configurations'
	shape "$cfe_image0" RG16 640x480
	says EINVAL "$cfe_image0" start
	media-ctl -d "$cfe_media" -V "\"csi2\":1 [fmt:$raw/$binned]"
	shape "$cfe_image0" RG16 $binned
	says EPIPE "$cfe_image0" start # 10 bits for a front end that takes 16
	dmesg_clean
}

@test "front end: configurations that QBUF refuses" {
	local line
	shape "$cfe_image0" RG16 640x480
	while read -r line; do
		read -r -a line <<<"$line"
		run_tool cfecheck config "$cfe_config" "${line[@]:1}"
		equal "$(cat "$stdout")" "${line[0]}" "${line[*]}"
	done <<-EOT
		ok
		EINVAL 36.4=0
		EINVAL 44.1=0
		EINVAL 48.2=1
		EINVAL 50.2=1
		EINVAL 36.4=0x10001
		EINVAL 36.4=0x80001
		ok 36.4=0x80001 552.2=640 554.2=480 556.4=3 560.4=1280
		EINVAL 36.4=0x80001 552.2=644 554.2=480 556.4=3 560.4=1280
		EINVAL 36.4=0x80001 552.2=640 554.2=482 556.4=3 560.4=1280
		EINVAL 36.4=0x80001 552.2=640 554.2=480 556.4=3 560.4=1296
		EINVAL 36.4=0x90001 552.2=640 554.2=480 556.4=3 560.4=1280
		ok 36.4=0x90001 552.2=640 554.2=480 556.4=3 560.4=1280 532.2=640 534.2=480
		EINVAL 36.4=0xa0001 552.2=640 554.2=480 556.4=3 560.4=1280
		ok 36.4=0x201
		EINVAL 36.4=0x221
		ok 36.4=0x221 228.2=640 230.2=480
		EINVAL 36.4=0x221 224.2=640 228.2=640 230.2=480
	EOT
}

@test "cfe: it goes and comes back" {
	cfe_route $raw $binned pRAA
	run_tool cfecheck flow 2 "$cfe_ch0"
	lab_reload rpi:board=rpi5
	cfe_find
	run_tool media-ctl -d "$cfe_media" -p
	equal "$(grep -c 'ENABLED' "$stdout")" 2 'both ends of enabled links'
	cfe_route $raw $binned PC1R
	run_tool cfecheck flow 2 "$cfe_ch0"
	dmesg_clean
}
