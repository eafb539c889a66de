# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash, hardware.bash and rpi.bash set
# rpi-capture: what goes wrong on Raspberry Pis has its sentence, and its status; the next run works.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

camera='imx219 0-0010'
picture=(--mode=640x480:10 -s main:320x240)

setup() {
	lab_setup
	rpi_find
}

# What a test mounts must be away before its folder is.
teardown() {
	local folder
	for folder in /dev/udmabuf /dev/dma_heap; do
		! mountpoint -q "$folder" || umount "$folder"
	done
	lab_teardown
	hardware_reset
}

# works: as if nothing had been; all memory was given back
works() {
	equal "$(counter vc/used)" 0 'bytes in use'
	run_tool rpi-capture -q -c 2 "${picture[@]}" -r -s stats
	run_tool rpi-capture -q -c 2 -r --mode=640x480:10
	equal "$(counter vc/used)" 0 'bytes in use'
	dmesg_clean
}

# said TEXT: by the tool, and nothing else
said() {
	contains "$stderr" "rpi-capture: $1" && equal "$(wc -l <"$stderr")" 1 'lines on standard error'
}

@test "embedded data held open by another program: no frame, it is named" {
	local options
	lab_reload rpi:embedded_always=1
	rpi_find
	start_tool python3 -c '
import os, sys, time
os.open(sys.argv[1], os.O_RDWR)
os.write(9, b"ready\n")
time.sleep(600)' "$unicam_embedded"
	wait_ready
	for options in -r '-s main:320x240' '-r -s main:320x240 -s stats'; do
		# shellcheck disable=SC2086 # words
		run_tool -7 rpi-capture -q -c 1 --mode=640x480:10 --first-frame=300ms $options
		said "unicam-image ($unicam_image): no frame within 300ms: no image comes while another program has unicam-embedded open without streaming it: pid $tool_pid (python3)"
	done
	stop_tool KILL -a
	works
	lab_reload rpi
}

@test "a sensor that sends nothing: no frame, and what to look at, whatever was asked for" {
	local options
	fault imx219/stall forever
	for options in -r '-s main:320x240' '-s stats' '-r -s main:320x240 -s second:160x120 -s stats'; do
		# shellcheck disable=SC2086 # words
		run_tool -7 rpi-capture -q -c 1 --mode=640x480:10 --first-frame=300ms $options
		said "unicam-image ($unicam_image): no frame within 300ms: the sensor was started, but nothing came over the ribbon cable: is it seated well, are power and the number of lanes right? A smaller or slower mode (--mode) asks less of them"
	done
	fault imx219/stall 0
	works
}

@test "a sensor that falls silent in the middle: no frame any more" {
	start_tool rpi-capture -q -c 0 "${picture[@]}" --between-frames=500ms --ready-fd=9
	wait_ready
	fault imx219/stall forever
	wait_tool -7
	contains "$stderr" "no further frame within 500ms: the sensor was started, but nothing came"
	fault imx219/stall 0
	works
}

@test "a sensor, or Unicam, that does not start: the sensor is named" {
	local options name error what
	for options in -r '-s main:320x240'; do
		while IFS='|' read -r name error what; do
			fault "$name"
			# shellcheck disable=SC2086 # words
			run_tool -1 rpi-capture -q -c 1 --mode=640x480:10 $options
			said "unicam-image ($unicam_image) does not start: $error: the sensor '$camera' $what on its bus; check its cable, its power, and that it is the one that the system was told of"
			fault "$name" 0
			works
		done <<-'EOT'
		imx219/i2c|Remote I/O error|does not answer
		unicam/start|Input/output error|perhaps does not answer
		EOT
	done
}

@test "the firmware refuses to start: what it says is in the log; nothing is left running" {
	local starts
	starts=$(counter unicam/starts)
	fault isp0/enable
	run_tool -6 rpi-capture -q -c 1 "${picture[@]}"
	said "bcm2835-isp0-capture3 does not start: Input/output error: the VideoCore's firmware refused; what it says is in the kernel's log"
	equal "$(counter unicam/starts)" "$starts" 'starts of the receiver'
	works
}

@test "the firmware refuses a format: which, and of which node" {
	fault isp0/format
	run_tool -6 rpi-capture -q -c 1 "${picture[@]}"
	said 'bcm2835-isp0-output0: pRAA (SRGGB10_CSI2P)/640x480: Invalid argument'
	works
}

@test "the firmware refuses a control: it is named; of a picture that runs it is told once" {
	fault isp0/control
	run_tool -1 rpi-capture -q -c 1 "${picture[@]}"
	matches "$stderr" '^rpi-capture: bcm2835-isp0-output0: ".*" was refused: Input/output error$'
	works
	start_tool rpi-capture -q -c 0 "${picture[@]}" --ready-fd=9 --report=report
	wait_ready
	fault isp0/control forever
	# Something new to tell the firmware
	scene_set brightness 200
	scene_light tungsten
	wait_for 10 grep -q 'was refused' "$stderr"
	flows isp0/jobs
	flows isp0/jobs
	fault isp0/control 0
	stop_tool INT
	equal "$(grep -c 'was refused' "$stderr")" 1 'warnings'
	works
}

@test "the firmware takes its time to stop: a warning of it, and the frames are there" {
	fault isp0/stop
	run_tool rpi-capture -q -c 2 "${picture[@]}" -F x.raw --report=report
	matches "$stderr" "^rpi-capture: bcm2835-isp0-[a-z0-9]+ \(/dev/video[0-9]+\) took [23](\.[0-9]+)?s to stop: the VideoCore's firmware did not give its buffers back; if the next run fails, reboot\$"
	equal "$(stat -c %s x.raw)" $((2 * 320 * 240 * 3 / 2))
	equal "$(jq -r 'select(.record == "event" and .code == "slow-stop") | .code' report)" slow-stop
	dmesg_since >log
	contains log 'Timeout waiting for buffers'
	works
}

@test "the firmware gives no statistics: the run ends, whether they were asked for or not" {
	local options
	for options in '' '-s stats' '-s second:160x120 -r'; do
		fault isp0/stats
		# shellcheck disable=SC2086 # words
		run_tool -7 rpi-capture -q -c 0 "${picture[@]}" $options --first-frame=500ms --between-frames=500ms
		said "bcm2835-isp0-capture3 ($isp_stats): no frame within 500ms: the ISP got a frame and gave nothing back; when the VideoCore's firmware hangs, only a reboot helps"
		works
	done
}

memory='all of it must be contiguous (CMA): a smaller --mode or size needs less, less gpu_mem or dtoverlay=vc4-kms-v3d,cma-512 in /boot/firmware/config.txt gives more'

@test "contiguous memory is short: the bill comes first, then fewer buffers, and frames" {
	local limit options text
	while IFS='|' read -r limit options text; do
		fault vc/memory "$limit"
		# shellcheck disable=SC2086 # words
		run_tool rpi-capture -c 3 --mode=640x480:10 $options
		grep -n 'buffers of 384000 bytes\|not to be had' "$stderr" >bill
		contains bill 'unicam-image: '
		matches bill "^[0-9]+:rpi-capture: $text\$"
		grep 384000 bill | head -1 | grep -q ' are [0-9.]* MiB (CMA free: [0-9.]* MiB)$' || fail 'no bill first' || return
		fault vc/memory 0
	done <<-'EOT'
	1300000|-r|unicam-image: memory for 4 buffers of 384000 bytes is not to be had, going on with 3
	900000|-r|unicam-image: memory for 4 buffers of 384000 bytes is not to be had, going on with 2
	2000000|-s main:320x240|unicam-image: memory for 6 buffers of 384000 bytes is not to be had, going on with 3
	500000|-s main:320x240|bcm2835-isp0-capture1: memory for 4 buffers of 115200 bytes is not to be had, going on with 3
	EOT
	works
}

@test "no contiguous memory, and no heap: refused, with what gives more; nothing is left" {
	mkdir heaps
	mount --bind heaps /dev/dma_heap
	mount --bind /dev/null /dev/udmabuf
	fault vc/memory 200000
	run_tool -1 rpi-capture -q -c 1 -r --mode=640x480:10
	said "unicam-image: no memory for 2 buffers of 384000 bytes: Cannot allocate memory; $memory"
	run_tool -1 rpi-capture -q -c 1 "${picture[@]}"
	said "bcm2835-isp0-capture1: no memory for 2 buffers of 115200 bytes: Cannot allocate memory; $memory"
	fault vc/memory 0
	equal "$(counter vc/used)" 0 'bytes in use'
	run_tool -6 rpi-capture -q -c 1 -r --memory=heap
	said 'unicam-image: frames in heap: this machine has no such allocator'
	umount /dev/dma_heap /dev/udmabuf
	works
}

@test "heaps: contiguous ones do, others are refused; one that may not be opened is named" {
	run_tool rpi-capture -q -c 2 "${picture[@]}" -r --memory=heap:reserved --report=report
	equal "$(jq -r 'select(.record == "start") | .streams[] | select(.stream == "raw") | .memory' report)" heap:reserved
	run_tool -6 rpi-capture -q -c 1 -r --memory=heap:system
	said 'unicam-image: frames in heap:system: the device needs contiguous memory'
	run_tool -6 rpi-capture -q -c 1 -r --memory=udmabuf
	said 'unicam-image: frames in udmabuf: the device needs contiguous memory'
	run_tool -5 strace -o trace -e trace=openat -P /dev/dma_heap/reserved \
		-e inject=openat:error=EACCES rpi-capture -q -c 1 -r --memory=heap:reserved
	said 'no permission: /dev/dma_heap/reserved belongs to root:root, mode 0600'
	works
}

# tuning: with a table of lens shading
tuning() {
	echo '{ "version": 1, "lens_shading": { "columns": 2, "rows": 2, "red": [2, 2, 2, 2], "green": [2, 2, 2, 2],
		"blue": [2, 2, 2, 2] } }'
}

@test "lens shading: its memory comes from a heap; without one it is said what it takes" {
	tuning >tuning.json
	run_tool rpi-capture -q -c 1 "${picture[@]}" --tuning=tuning.json
	mkdir heaps
	mount --bind heaps /dev/dma_heap
	mount --bind /dev/null /dev/udmabuf
	run_tool -6 rpi-capture -q -c 1 "${picture[@]}" --tuning=tuning.json
	said 'bcm2835-isp0-output0 got no memory for the lens shading of the tuning file: '
	contains "$stderr" 'it takes a heap of contiguous memory in /dev/dma_heap that this user may open'
	run_tool rpi-capture -q -c 1 "${picture[@]}"
	umount /dev/dma_heap /dev/udmabuf
	run_tool strace -o trace -e trace=openat -P /dev/dma_heap/reserved \
		-e inject=openat:error=EACCES rpi-capture -q -c 1 "${picture[@]}"
	works
}

@test "nodes that may not be opened: status 5, the node is named" {
	local node
	for node in "$unicam_image" "$unicam_sensor" "$isp_input" "$isp_stats" "$isp_media"; do
		run_tool -5 strace -o trace -e trace=openat -P "$node" -e inject=openat:error=EACCES \
			rpi-capture -q -c 1 "${picture[@]}" "$camera"
		contains "$stderr" "rpi-capture: no permission: $node belongs to root:root, mode 0600"
	done
	works
}

@test "a timestamp of 0 of the receiver, or of the ISP: frames are still paired" {
	fault isp0/isp_time forever
	run_tool rpi-capture -q -c 3 "${picture[@]}" -r -F x.raw --report=report
	fault isp0/isp_time 0
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 x-main.raw
	equal "$(paste -sd, "$stdout")" 0,1,2
	jq -r 'select(.record == "frame" and .stream == "main") | .sequence' report | cmp - "$stdout"
	jq -r 'select(.record == "frame" and .stream == "raw") | "\(.sequence) \(.timestamp_ns)"' report >raw
	jq -r 'select(.record == "frame" and .stream == "main") | "\(.sequence) \(.timestamp_ns)"' report | cmp - raw
	fault unicam/time forever
	run_tool rpi-capture -q -c 3 "${picture[@]}" -F y.raw
	fault unicam/time 0
	run_tool scenecheck numbers "$(sensor_record)" NV12:320x240 y.raw
	equal "$(paste -sd, "$stdout")" 0,1,2
	works
}
