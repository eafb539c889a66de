# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi5
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture on a Raspberry Pi 5, with both drivers of its camera front end: raw in all its forms, from
# whatever links others left, and what it says of the rest.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
captures rpi-capture -s raw:640x480@60

camera='imx219 0-0010'
mainline='rp1-cfe (mainline kernel)'

setup() {
	capture_setup
	cfe_find
	[ "${cfe_names[0]}" = rp1-cfe-csi2-ch0 ] || driver_is mainline
	starts=$(counter cfe/starts)
}

# driver_is mainline|downstream: from here to the end of the test
driver_is() {
	local parameters=''
	[ "$1" = mainline ] || parameters=:downstream=1
	lab_reload "rpi:board=rpi5$parameters"
	cfe_find
	starts=0
}

# nothing_started: no run got as far as that
nothing_started() {
	equal "$(counter cfe/starts)" "$starts" 'starts of the front end'
}

# ---- what there is ----

@test "pi 5, list and info: whose driver it is, and each mode in each form" {
	run_tool rpi-capture --list
	printf '%s\t%s\tplatform:1f00110000.csi\n' "$camera" "$mainline" | cmp - "$stdout"
	run_tool rpi-capture --info --json
	equal "$(jq -r .model "$stdout")" "$mainline"
	equal "$(jq -r '.streams[] | "\(.stream) \(.entity) \(.node)"' "$stdout")" \
		"raw rp1-cfe-csi2-ch0 $cfe_ch0"
	equal "$(forms)" "$all_forms"
	contains "$stderr" 'raw only, no ISP: a Raspberry Pi 5 has none that is as simple'
	driver_is downstream
	run_tool rpi-capture --list
	printf '%s\trp1-cfe (Raspberry Pi kernel)\tplatform:1f00110000.csi\n' "$camera" | cmp - "$stdout"
	run_tool rpi-capture --info --json
	equal "$(jq -r '.streams[] | "\(.stream) \(.entity) \(.node)"' "$stdout")" \
		"raw rp1-cfe-csi2_ch0 $cfe_ch0"
	equal "$(forms)" "$all_forms"
	dmesg_clean
}

all_forms='640x480 pRAA RG16 PC1R RGGB
1640x1232 pRAA RG16 PC1R RGGB
1920x1080 pRAA RG16 PC1R RGGB
3280x2464 pRAA RG16 PC1R RGGB'

# forms: of each size, from the last run's JSON; none is told twice
forms() {
	jq -r '[.streams[0].formats[] | { size: "\(.max_width)x\(.max_height)", fourcc }] |
		group_by(.size) | sort_by(.[0].size | split("x")[0] | tonumber)[] |
		"\(.[0].size) \([.[].fourcc] | join(" "))"' "$stdout"
}

# ---- raw ----

# every_byte: of each mode in each form, as the driver's strides have it
every_byte() {
	local format size stride form
	while read -r format size stride; do
		run_tool rpi-capture -q -s "raw:$size:$format" -c 2 -F x.raw --force
		run_tool rpicheck raw "$(sensor_record)" "$format:$stride" x.raw
		equal "$(paste -sd, "$stdout")" 0,1 "numbers of $format $size" || return
		form='10 csi2 4096'
		case $format in
		RG16) form='16 plain 4096' ;;
		PC1R) form='16 pisp 4096' ;;
		RGGB) form='8 plain 16' ;;
		pRAA) form='10 csi2 64' ;;
		esac
		equal "$(jq -r '"\(.fourcc) \(.stride) \(.bayer_order) \(.bits) \(.packing) \(.black_level)"' \
			x.raw.json)" "$format $stride RGGB $form" "side-car of $format $size" || return
	done <<-'EOT'
	pRAA 640x480 800
	RG16 640x480 1280
	PC1R 640x480 640
	RGGB 640x480 640
	pRAA 1640x1232 2064
	RG16 1640x1232 3280
	PC1R 1640x1232 1648
	RGGB 1640x1232 1648
	pRAA 1920x1080 2400
	PC1R 1920x1080 1920
	pRAA 3280x2464 4112
	RG16 3280x2464 6560
	PC1R 3280x2464 3280
	EOT
	equal "$(counter cfe/cut)" 0 'frames that did not fit'
	dmesg_clean
}

@test "pi 5, mainline: every byte, packed, in 16 bits, compressed" {
	every_byte
}

@test "pi 5, Raspberry Pi's driver: every byte, packed, in 16 bits, compressed" {
	driver_is downstream
	every_byte
}

# apart ONE OTHER: pictures of 16 bits; the most that a sample is off, and the mean in thousandths
apart() {
	python3 - "$@" <<-'EOT'
	import array, sys
	def samples(name):
	    kind, width, height, most, data = open(name, "rb").read().split(maxsplit=4)
	    result = array.array("H", data)
	    result.byteswap()
	    assert kind == b"P6" and len(result) == 3 * int(width) * int(height)
	    return [sample * 65535 // int(most) for sample in result]
	one, other = map(samples, sys.argv[1:])
	off = [abs(a - b) for a, b in zip(one, other)]
	print(max(off), sum(off) * 1000 // len(off))
	EOT
}

# A sample of 10 bits stands for 64 levels of 16. Compressed samples are 512 apart at most, so rounding
# makes 256.
@test "pi 5: pictures of all forms of one frame show the same, but for what was rounded" {
	local form format most mean
	for form in pRAA RG16 PC1R; do
		run_tool rpi-capture -q -s "raw:640x480:$form" --exposure=10ms --gain=2 --develop=off -c 1 \
			-F $form.png
		pngtopnm $form.png >$form.ppm
	done
	while read -r form format most mean; do
		read -r -a off <<<"$(apart "$form.ppm" "$format.ppm")"
		between "${off[0]}" 1 "$most"
		between "${off[1]}" 1 "$mean"
	done <<-'EOT'
	pRAA RG16 70 20000
	RG16 PC1R 256 10000
	EOT
	# Another frame is another picture, so this can tell them apart.
	run_tool rpi-capture -q -s raw:640x480:RG16 --exposure=10ms --gain=2 --skip=1 --develop=off -c 1 \
		-F next.ppm
	read -r -a off <<<"$(apart RG16.ppm next.ppm)"
	between "${off[0]}" 2000 65535
}

@test "pi 5: flips change the order of the samples in each form; another order is refused" {
	local flips order packed plain compressed
	while read -r order packed plain compressed flips; do
		for form in "$packed:800" "$plain:1280" "$compressed:640"; do
			# shellcheck disable=SC2086 # words
			run_tool rpi-capture -q -s "raw:640x480:${form%:*}" $flips -c 2 -F x.raw --force
			equal "$(jq -r '"\(.fourcc) \(.bayer_order)"' x.raw.json)" "${form%:*} $order"
			run_tool rpicheck raw "$(sensor_record)" "$form" x.raw
		done
	done <<-'EOT'
	RGGB pRAA RG16 PC1R
	GRBG pgAA GR16 PC1G --hflip
	GBRG pGAA GB16 PC1g --vflip
	BGGR pBAA BYR2 PC1B --hflip --vflip
	EOT
	run_tool -6 rpi-capture -q -s raw:640x480:PC1R --hflip -c 1
	contains "$stderr" 'PC1R (RGGB_PISP_COMP1) is not possible, the nearest is PC1G (GRBG_PISP_COMP1)'
	run_tool rpi-capture -q -s raw:640x480:PC1R --hflip --adjust -c 2 -F x.raw --force
	run_tool rpicheck raw "$(sensor_record)" PC1G:640 x.raw
	run_tool rpi-capture -q -s raw:640x480:RG16 --vflip --adjust -c 2 -F x.raw --force
	run_tool rpicheck raw "$(sensor_record)" GB16:1280 x.raw
}

@test "pi 5: a form that it has not is refused before anything is touched, --adjust takes the nearest" {
	local format nearest stride
	scramble 1
	state >before
	while read -r format nearest stride; do
		run_tool -6 rpi-capture -q -s "raw:640x480:$format" -c 1
		contains "$stderr" " is not possible, the nearest is $nearest ("
		equal "$(state)" "$(<before)" "state after $format"
	done <<-'EOT'
	RG10 pRAA
	RG12 pRAA
	pRCC pRAA
	NV12 pRAA
	PC1M PC1R
	EOT
	run_tool rpi-capture -q -s raw:640x480:RG10 --adjust -c 2 -F x.raw
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 x.raw
}

# ---- links, and whatever others left ----

# state: all that a run depends on
state() {
	media-ctl -d "$cfe_media" -p | grep -o '\(<-\|->\|fmt:\|pad[0-9]\|entity\).*'
	v4l2-ctl -d "$cfe_ch0" --get-fmt-video
	v4l2-ctl -d "$cfe_sensor" -C horizontal_flip,vertical_flip,vertical_blanking
}

# scramble WAY: what others may leave behind
scramble() {
	local node
	case $1 in
	1) # all through the front end
		cfe_route SRGGB8_1X8 3280x2464 RG16
		cfe_unlink
		for node in 0 1; do
			cfe_link "\"pisp-fe\":$((node + 2))->\"${cfe_names[node + 4]}\":0[1]"
		done
		cfe_link "\"csi2\":$cfe_source->\"pisp-fe\":0[1],\"pisp-fe\":4->\"${cfe_names[6]}\":0[1],\
\"${cfe_names[7]}\":0->\"pisp-fe\":1[1]"
		;;
	2) # each channel to its node, no field
		cfe_unlink
		for node in 0 1 2 3; do
			cfe_link "\"csi2\":$((cfe_source + node))->\"${cfe_names[node]}\":0[1]"
		done
		media-ctl -d "$cfe_media" -V '"csi2":0 [fmt:SBGGR8_1X8/1920x1080 field:interlaced]'
		shape "$cfe_ch0" PC1B 4000x3000 9000
		;;
	3) # the front end from another channel
		cfe_unlink
		cfe_link "\"csi2\":$((cfe_source + 2))->\"pisp-fe\":0[1],\"pisp-fe\":2->\"${cfe_names[4]}\":0[1]"
		shape "$cfe_ch0" MET8 16x16
		;;
	esac >/dev/null
	v4l2-ctl -d "$cfe_sensor" -c horizontal_flip=1,vertical_flip=1,vertical_blanking=5000
}

# from_all_states: the same set-up and the same bytes, whatever was there before
from_all_states() {
	local way
	run_tool rpi-capture -q -s raw:640x480@60 --exposure=5ms --gain=2 -c 2 -F none.raw
	state >state-none
	equal "$(grep -c '^->.*ENABLED' state-none)" 2 'enabled links'
	for way in 1 2 3; do
		scramble $way
		state >before
		! cmp -s before state-none || fail "$way changes nothing" || return
		run_tool rpi-capture -q -s raw:640x480@60 --exposure=5ms --gain=2 -c 2 -F $way.raw
		state | cmp state-none || fail "after $way: $(state | diff state-none -)" || return
		cmp none.raw $way.raw || return
	done
	dmesg_clean
}

@test "pi 5, mainline: one link and no other, whichever were left on" {
	from_all_states
}

@test "pi 5, Raspberry Pi's driver: one link and no other, whichever were left on" {
	driver_is downstream
	from_all_states
}

@test "pi 5: with a link that another program makes, the driver gives nothing; the next run does" {
	run_tool rpi-capture -q -r -c 1
	cfe_link '"csi2":3->"rp1-cfe-csi2-ch2":0[1]'
	run_tool -3 cfecheck flow 1 "$cfe_ch0"
	run_tool rpi-capture -q -r -c 1
	run_tool cfecheck flow 1 "$cfe_ch0"
}

# scripted: what a dry run prints does what the tool does, after each state
scripted() {
	local way options
	while read -r way options; do
		scramble "$way"
		state >before
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture --dry-run $options
		cp "$stdout" script
		state | cmp before || fail "a dry run of $options touches something" || return
		run_tool sh -e script
		state >scripted
		sed -n 's/^# then: \(.*\)--stream-count.*/\1 --stream-count=2 --stream-to=script.raw/p' script >capture
		[ -s capture ] || fail 'it does not say how to capture' || return
		run_tool sh -e capture
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -q -c 2 $options --ae=off -F tool.raw --force
		state | cmp scripted || fail "$options: $(state | diff scripted -)" || return
		equal "$(stat -c %s script.raw)" "$(stat -c %s tool.raw)" "bytes of $options" || return
	done <<-'EOT'
	1 -s raw:640x480@60
	2 -s raw:640x480:PC1G --hflip
	3 -s raw:1640x1232:GB16 --vflip
	EOT
}

@test "pi 5, mainline: the script of a dry run sets up the same, and what it names captures" {
	scripted
}

@test "pi 5, Raspberry Pi's driver: the script of a dry run sets up the same, and what it names captures" {
	driver_is downstream
	scripted
}

# ---- what there is not ----

@test "pi 5: pictures, statistics, embedded data are refused, and what works is said" {
	local stream
	for stream in main main:640x480 second stats 'raw -s main'; do
		# shellcheck disable=SC2086 # words
		run_tool -6 rpi-capture -q -s $stream -c 1
		contains "$stderr" 'only raw can be had, for there is no ISP to make pictures: a Raspberry Pi 5 has none'
		contains "$stderr" '-s raw -F NAME.png'
	done
	run_tool -6 rpi-capture -q -s embedded -c 1
	contains "$stderr" 'embedded: there are no such data: on an rp1-cfe raw is all that this program takes'
	driver_is downstream
	run_tool -6 rpi-capture -q -s embedded -s raw -c 1
	contains "$stderr" 'embedded: there are no such data'
	nothing_started
}

@test "pi 5: raw is what comes without --stream, at the exposure and gain that were asked for" {
	run_all -0 --mode=640x480 --exposure=5ms --gain=2 -c 3
	accounted raw 3
	run_tool rpi-capture -q --mode=640x480:10 --exposure=5ms --gain=2 -c 1 --report="$records"
	equal "$(frames raw '"\(.exposure_ns / 100000 | round) \(.gain)"')" '50 2'
	matches <(tail -n 1 "$(sensor_record)") ' analogue 128 '
}

@test "pi 5: what only a measured picture can have is refused" {
	local option
	for option in --settle --settle=1s --flicker=50 --awb=off --awb=2,1.5; do
		run_tool -6 rpi-capture -q -r -c 1 $option
		contains "$stderr" 'raw alone is not measured: --settle, --flicker and --awb have no effect'
	done
	run_tool -6 rpi-capture -q -r -c 1 --zoom=2
	contains "$stderr" "--zoom: raw is all of the sensor's frame"
	nothing_started
}

# ---- faults ----

@test "pi 5: frames without a time are no times of other clocks" {
	fault cfe/time forever
	run_all -0 -c 2 -F x.raw
	equal "$(frames raw '"\(.timestamp_ns) \(.timestamp_boottime_ns) \(.timestamp_realtime_ns)"' | uniq)" \
		'0 null null'
	equal "$(jq -r '.frames[0] | "\(.timestamp_ns) \(.timestamp_boottime_ns) \(.timestamp_realtime_ns)"' \
		x.raw.json)" '0 null null'
	fault cfe/time 0
	run_all -0 -c 2
	equal "$(frames raw '.timestamp_boottime_ns > 0')" $'true\ntrue'
}

@test "pi 5: lost frames leave gaps that are told; late and uncounted ones none" {
	start_all -c 60 -F raw.raw --max-lost=3
	fault cfe/lose 3
	wait_tool
	accounted raw 60
	equal "$(end raw lost)" 3
	equal "$(end raw lost_driver)" 3
	run_tool rpicheck raw "$(sensor_record)" pRAA:800 raw.raw
	frames raw .sequence | cmp - "$stdout"
	start_all -c 60 --max-lost=0
	fault cfe/no_end 3
	wait_tool
	accounted raw 60
	equal "$(end raw lost)" 0
	[ "$(counter cfe/late)" -ge 3 ] || fail 'none was late'
	fault cfe/lose 2
	run_all -0 -c 4
	equal "$(frames raw .sequence | paste -sd,)" 2,3,4,5 'numbers when the first are lost'
}

@test "pi 5: more lost than --max-lost allows" {
	start_all -c 60 --max-lost=2
	fault cfe/lose 3
	wait_tool -10
	accounted raw 60
}

@test "pi 5: no frame in time, at the beginning and later: says what to look at" {
	fault imx219/stall forever
	run_all -7 -c 1 --first-frame=200ms
	contains "$stderr" 'no frame within 200ms: the sensor was started, but nothing came over the ribbon cable'
	fault imx219/stall 0
	start_all -c 0 --between-frames=300ms
	fault imx219/stall forever
	wait_tool -7
	contains "$stderr" 'within 300ms'
	fault imx219/stall 0
	works
}

@test "pi 5: fewer than three buffers" {
	local count
	for count in 2 3; do
		run_all -0 -n $count -c 20 -F raw.raw --force
		accounted raw 20
		equal "$(jq 'select(.record == "start") | .streams[0].num_buffers' "$records")" 3 "buffers of -n $count"
		run_tool rpicheck raw "$(sensor_record)" pRAA:800 raw.raw
	done
	driver_is downstream
	run_all -0 -n 2 -c 20
	equal "$(jq 'select(.record == "start") | .streams[0].num_buffers' "$records")" 3 'buffers downstream'
}

@test "pi 5: memory for three buffers only: the bill first, then fewer; for none: what helps" {
	fault vc/memory $((3 * 384000 + 3 * 4096))
	run_tool rpi-capture -s raw:640x480 --memory=mmap -c 5
	matches "$stderr" ': 4 buffers of 384000 bytes are '
	contains "$stderr" 'going on with 3'
	fault vc/memory 400000
	run_tool -1 rpi-capture -q -s raw:640x480 --memory=mmap -c 5
	contains "$stderr" 'dtoverlay=vc4-kms-v3d,cma-512'
	fault vc/memory 0
	equal "$(counter vc/used)" 0 'bytes in use'
	works
}

@test "pi 5: the sensor does not answer, the driver refuses, a slow stop" {
	fault imx219/i2c forever
	run_all -1 -c 1
	contains "$stderr" "Remote I/O error: the sensor '$camera' does not answer on its bus"
	fault imx219/i2c 0
	works
	fault cfe/start
	run_all -1 -c 1
	contains "$stderr" 'rp1-cfe-csi2-ch0'
	works
	fault cfe/stop
	run_all -0 -c 1
	contains "$stderr" 'to stop'
	equal "$(events slow-stop)" 1
	equal "$(counter vc/used)" 0 'bytes in use'
}

@test "pi 5: two runs at once: the second says who has it, the first goes on" {
	start_all -c 0
	run_tool -! rpi-capture -q -r -c 1
	equal "$status" 4
	contains "$stderr" "$tool_pid"
	frames_come 3 cfe/stored
	stop_tool INT -0
	equal "$(end raw lost)" 0
}
