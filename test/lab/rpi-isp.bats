# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# The look-alike of the bcm2835-isp driver: what programs meet when all is well.

bats_require_minimum_version 1.5.0
load lab
load hardware
load rpi

raw=SRGGB10_1X10 binned=1640x1232

setup() {
	lab_setup
	rpi_find
	v4l2-ctl -d "$unicam_sensor" -c horizontal_flip=0
	rpi_sensor $raw $binned
}

# frame_pages COUNT: where the first frames of the last stream went
frame_pages() {
	awk -v count="$1" '
		$1 == 0 { n = 0 }
		{ page[n++] = $3 }
		END { for (i = 0; i < count; i++) print page[i] }' "$hardware_files/unicam/record" |
		paste -s -d ' '
}

@test "isp: two instances of the same names, nodes numbered apart" {
	local number nodes=''
	for number in 0 1; do
		rpi_find $number
		run_tool media-ctl -d "$isp_media" -p
		matches "$stdout" '^driver +bcm2835-isp$'
		matches "$stdout" '^bus info +platform:bcm2835-isp$'
		matches "$stdout" 'bcm2835_isp0 \(4 pads, 4 links\)'
		equal "$(grep -c 'ENABLED,IMMUTABLE' "$stdout")" 8 links
		nodes+=" $isp_input $isp_main $isp_second $isp_stats"
	done
	equal "$nodes" " $(echo /dev/video{13..16} /dev/video{20..23})"
	equal "$(cat /sys/class/video4linux/video{13..16}/name | paste -s -d ' ')" \
		'bcm2835-isp-output0 bcm2835-isp-capture0 bcm2835-isp-capture1 bcm2835-isp-stats2'
}

@test "isp: sizes and strides are its own, formats can be set at any time" {
	local line
	while read -r line; do
		read -r -a line <<<"$line"
		equal "$(shape "$isp_main" "${line[0]}" "${line[1]}" 5000)" \
			"${line[4]:-${line[0]}} ${line[5]:-${line[1]}} ${line[2]} ${line[3]}"
	done <<-EOT
		YU12 800x650 832 811200
		YU12 1920x1080 1920 3110400
		NV12 1296x972 1312 1912896
		YUYV 650x480 1344 645120
		RGB3 650x480 2016 967680
		RGBP 650x480 1312 629760
		XR24 650x480 2624 1259520
		JPEG 800x650 832 811200 YU12
		NV12 651x20 672 64512 NV12 650x64
	EOT
	equal "$(shape "$isp_input" pRAA $binned)" "pRAA $binned 2080 2562560"
	equal "$(shape "$isp_input" RG16 $binned)" "RG16 $binned 3296 4060672"
	says EINVAL "$isp_main" grown # not EBUSY, but what was there is too small
	says EINVAL "$isp_main" userptr 1
	says EINVAL "$isp_main" create 1000
	run_tool v4l2-ctl -d "$isp_stats" --get-fmt-meta
	contains "$stdout" BSTA
	run_tool v4l2-ctl -d "$isp_stats" --list-formats-meta
	contains "$stdout" 'Image Statistics'
	dmesg_clean
	run_tool v4l2-ctl -d "$isp_second" --list-formats
	lacks "$stdout" RGB3
	fault isp0/format
	says EINVAL "$isp_main" format NV12 640 480
}

@test "isp: crops of the input are clamped, the other nodes have none" {
	shape "$isp_input" pRAA $binned
	says '100,200,800x600 ok' "$isp_input" crop 100 200 800 600
	says '1576,1168,64x64 ok' "$isp_input" crop 5000 5000 10 10
	says '840,632,800x600 ok' "$isp_input" crop 840 632 5000 5000
	says EINVAL "$isp_input" crop 0 0 0 10
	says "0,0,$binned ok" "$isp_input" crop
	says ENOTTY "$isp_main" crop 0 0 100 100
	says ENOTTY "$isp_stats" crop 0 0 100 100
}

@test "isp: controls by size, and writes that change nothing" {
	local writes
	says 'EFAULT 11' "$isp_input" write 0x009819e3 11
	says 'ENOSPC 12' "$isp_input" read 0x009819e3 4
	says 'EINVAL 36' "$isp_input" write 0x009819e2 36 # no such table
	says 'ENOTTY 12' "$isp_main" write 0x009819e3 12
	v4l2-ctl -d "$isp_input" -c red_balance=1500
	v4l2-ctl -d "$isp_input" -c red_balance=1000
	writes=$(counter isp0/controls)
	v4l2-ctl -d "$isp_input" -c red_balance=1000
	equal "$(counter isp0/controls)" "$writes" 'writes of what was there'
	v4l2-ctl -d "$isp_input" -c red_balance=1001
	equal "$(counter isp0/controls)" $((writes + 1)) 'writes of something new'
	v4l2-ctl -d "$isp_input" -c red_balance=1000
	says 'ok 12' "$isp_input" write 0x009819e3 12
	writes=$(counter isp0/controls)
	says 'ok 12' "$isp_input" write 0x009819e3 12
	says 'ok 12' "$isp_input" write 0x009819e3 13 # what is too much is cut
	equal "$(counter isp0/controls)" "$writes" 'writes of a block that was there'
	fault isp0/control
	run_tool -! v4l2-ctl -d "$isp_input" -c red_balance=1200
	contains "$stderr" 'Input/output error'
	v4l2-ctl -d "$isp_input" -c red_balance=1000
}

@test "isp: pictures are of the RAW that was handed in, the memory is the same" {
	rpi_run raw=pRAA:$binned main=NV12:1280x960 second=YU12:640x480 raw-to=raw main-to=main \
		second-to=second stats-to=stats
	equal "$(column 2 "$stdout")" '0 1 2 3 4 5 6 7' 'sequence of the receiver'
	for node in 3 4 5 6; do
		equal "$(column $node "$stdout")" '0 1 2 3 4 5 6 7' "sequence of node $node"
	done
	awk '{ for (i = 9; i <= 12; i++) { sub(".*=", "", $i); sub(".*=", "", $8); if ($i != $8) exit 1 } }' \
		"$stdout" || fail 'timestamps differ'
	run_tool rpicheck raw "$(sensor_record)" pRAA:2080 raw
	run_tool scenecheck numbers "$(sensor_record)" NV12:1280x960 main
	equal "$(paste -s -d ' ' "$stdout")" '0 1 2 3 4 5 6 7' 'numbers in main'
	run_tool scenecheck numbers "$(sensor_record)" YU12:640x480 second
	equal "$(paste -s -d ' ' "$stdout")" '0 1 2 3 4 5 6 7' 'numbers in second'
	equal "$(tail -n 8 "$hardware_files/isp0/record" | column 3)" \
		"$(frame_pages 8)" pages
	equal "$(counter vc/overlap_read) $(counter vc/overlap_write)" '0 0' overlaps
	dmesg_clean
}

@test "isp: every pixel is made from its own four samples" {
	# What earlier tests set, the firmware keeps.
	rpi_run raw=pRAA:$binned main=XR24:$binned raw-to=raw main-to=main frames=1 black=1 matrix=1 \
		gamma=1 black=0 matrix=0 gamma=0
	run_tool rpicheck picture pRAA:2080:$binned raw main
	rpi_run raw=RG10:$binned main=XR24:$binned raw-to=raw main-to=main frames=1
	run_tool rpicheck picture RG10:3296:$binned raw main
}

@test "isp: buffers that were exported come back as imports, on each node" {
	rpi_run raw=pRAA:$binned main=NV12:1280x960 raw-to=raw main-to=main import=1 frames=12
	equal "$(column 3 "$stdout")" "$(seq -s ' ' 0 11)" 'sequence of the input'
	run_tool rpicheck raw "$(sensor_record)" pRAA:2080 raw
	cp "$stdout" numbers
	run_tool scenecheck numbers "$(sensor_record)" NV12:1280x960 main
	cmp "$stdout" numbers
	equal "$(counter vc/used)" 0 'bytes in use'
	dmesg_clean
}

@test "isp: black level, gains, gamma and matrix act on the next frame" {
	rpi_run raw=pRAA:$binned main=XR24:640x480 main-to=main frames=14 black=0 red=1000 blue=1000 \
		digital=1000 gamma=0 matrix=0 at=2 black=4096 at=4 red=1662 blue=1430 at=6 digital=2000 \
		at=8 digital=1000 gamma=1 at=10 gamma=0 red=1000 blue=1000 matrix=1 at=12 matrix=0 black=0
	# shellcheck disable=SC2046 # three numbers
	{
		close_to '53 78 59' $(mean 1)
		close_to '40 66 46' $(mean 2)
		close_to '40 66 46' $(mean 3)
		close_to '66 66 66' $(mean 4)
		close_to '133 133 133' $(mean 6)
		close_to '130 130 130' $(mean 8)
		close_to '66 40 46' $(mean 10)
		close_to '53 78 59' $(mean 12)
	}
}

@test "isp: each RAW format gives the same colours, and so does a part of it" {
	rpi_run raw=RG10:$binned main=XR24:640x480 main-to=main frames=2 black=4096 at=1 black=0
	# shellcheck disable=SC2046
	close_to '40 66 46' $(mean 0)
	rpi_sensor SRGGB8_1X8 $binned
	rpi_run raw=RGGB:$binned main=XR24:640x480 main-to=main frames=2 black=4096 at=1 black=0
	# shellcheck disable=SC2046
	close_to '40 65 45' $(mean 0)
	rpi_sensor $raw $binned
	rpi_run raw=pRAA:$binned main=NV12:640x480 main-to=main frames=2 crop=0,0,1280x960
	run_tool scenecheck numbers "$(sensor_record)" NV12:640x480:0,0,1280x960 main
}

@test "isp: another stride than the receiver's shears the picture" {
	rpi_run raw=pRAA:$binned:2112 main=NV12:1280x960 main-to=main frames=2
	run_tool -! scenecheck numbers "$(sensor_record)" NV12:1280x960 main
	equal "$(counter isp0/failed)" 0 'failed jobs'
}

@test "isp: statistics of what the sensor saw, before gains" {
	rpi_run raw=pRAA:$binned main=NV12:640x480 stats-to=stats frames=4 black=4096 at=2 red=3000
	v4l2-ctl -d "$isp_input" -c red_balance=1000
	run_tool rpicheck stats stats
	equal "$(wc -l <"$stdout")" 4 'buffers of statistics'
	matches "$stdout" '^version 1 size 10824 histogram 505120 white 505120 exposure 505120 '
	# The first region shows no bits that change.
	equal "$(sed 's/.*first/first/' "$stdout" | sort -u | wc -l)" 1 'kinds of statistics'
	between "$(awk 'NR == 1 { print $(NF - 1) }' "$stdout")" 4054 4058
	scene_set brightness 500
	rpi_run raw=pRAA:$binned main=NV12:640x480 stats-to=half frames=2
	run_tool rpicheck stats half
	# Half the light, half of each sum.
	between "$(awk 'NR == 1 { print 2 * $(NF - 1) }' "$stdout")" 4040 4060
}
