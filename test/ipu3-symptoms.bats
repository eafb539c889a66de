# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture: what goes wrong with these drivers in silence has its sentence, and its status.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

camera='imx219 0-0010'
picture=(--mode=640x480:10 -s 320x240)

teardown() {
	lab_teardown
	hardware_reset
	if [ -n "$reload_after" ]; then
		# What a test that failed left out can't be unloaded.
		[ -d /sys/module/ipu3_imgu ] || insmod "$LAB_HARDWARE/ipu3-imgu.ko"
		lab_reload ipu3
	fi
}

setup() {
	lab_setup
	reload_after=
}

# works: as if nothing had been
works() {
	run_tool ipu3-capture -q -c 2 "${picture[@]}" -r -s stats
	reload_after=
}

silence='no frame within 300ms: the CIO2 saw no frame; "DPHY synchronization error" in the kernel'\''s log would mean'

@test "a sensor that is silent: no frame, of the CIO2, whatever was asked for" {
	local options
	fault imx219/stall forever
	for options in -r '-s 320x240' '-r -s 320x240 -s viewfinder:160x120 -s stats'; do
		# shellcheck disable=SC2086 # words
		run_tool -7 ipu3-capture -c 1 --mode=640x480:10 --first-frame=300ms $options "$camera"
		contains "$stderr" "ipu3-capture: ipu3-cio2 0 ($(node_named 'ipu3-cio2 0')): $silence"
		equal "$(grep -c 'no frame within' "$stderr")" 1 "sentences with $options"
	done
	fault imx219/stall 0
	works
}

@test "frames that do not synchronize: no frame, and what to look for is in the log" {
	fault dphy forever
	run_tool -7 ipu3-capture -c 1 -r --mode=640x480:10 --first-frame=300ms
	contains "$stderr" "$silence"
	dmesg_since >log
	contains log 'DPHY synchronization error'
	fault dphy 0
	works
}

@test "a sensor that refuses to start" {
	fault imx219/i2c
	run_tool -1 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "ipu3-cio2 0 ($(node_named 'ipu3-cio2 0')) does not start: Remote I/O error"
	works
}

stuck="ipu3-capture: a start of the ImgU failed, and its driver has not recovered: reload ipu3-imgu \
(rmmod ipu3-imgu; modprobe ipu3-imgu)"

@test "an ImgU that does not start: no frame of it; from then on it is stuck, until it is loaded anew" {
	reload_after=1
	fault boot
	run_tool -7 ipu3-capture -c 1 --first-frame=500ms "${picture[@]}"
	contains "$stderr" "ipu3-imgu 0 viewfinder ($(node_named 'ipu3-imgu 0 viewfinder')): no frame within 500ms: the ImgU got frames and gave none back; when its start has failed once, it stays so until its driver is loaded anew (rmmod ipu3-imgu; modprobe ipu3-imgu)"
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "$stuck"
	run_tool ipu3-capture -q -c 1 -r --mode=640x480:10
	reload_imgu
	works
}

# reload_imgu: what the sentence says, with the lab's module
reload_imgu() {
	rmmod ipu3-imgu
	insmod "$LAB_HARDWARE/ipu3-imgu.ko"
	wait_for 5 node_named 'ipu3-imgu 1 3a stat'
}

@test "sizes that others set the ImgU up with: their start fails, we say so" {
	local main
	reload_after=1
	# The Bayer scaler is to make it larger: the driver says nothing, and never recovers.
	run_tool ipu3-capture -q -c 1 "${picture[@]}"
	MEDIA_DRIVER=ipu3-imgu media -V "'ipu3-imgu 0':0 [crop:(0,0)/320x240]"
	MEDIA_DRIVER=ipu3-imgu media -V "'ipu3-imgu 0':0 [compose:(0,0)/640x480]"
	main=$(node_named 'ipu3-imgu 0 output')
	v4l2-ctl -d "$main" --set-fmt-video=width=640,height=480,pixelformat=NV12
	fail_to_start
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "$stuck"
	reload_imgu
	works
	run_tool ipu3-capture -q -c 2 -r ov7251
}

# fail_to_start: with whatever was set up, by a program that is not ours
fail_to_start() {
	local node kind pids=()
	for node in output:--stream-mmap viewfinder:--stream-mmap '3a stat:--stream-mmap' \
		parameters:--stream-out-mmap input:--stream-out-mmap; do
		kind=${node#*:}
		v4l2-ctl -d "$(node_named "ipu3-imgu 0 ${node%:*}")" "$kind" --stream-count=1000 \
			>/dev/null 2>&1 &
		pids+=($!)
		lab_pids+=($!)
	done
	wait_for 5 fails_to_start
	kill "${pids[@]}"
	wait "${pids[@]}" || true
}

fails_to_start() {
	dmesg_since | grep -q 'ipu3-imgu.*failed to start'
}

@test "an ImgU that hangs: no frame of it; the next run works" {
	fault hang
	run_tool -7 ipu3-capture -c 1 --first-frame=500ms "${picture[@]}"
	contains "$stderr" 'no frame within 500ms: the ImgU got frames and gave none back'
	works
}

# streams NODE [v4l2-ctl OPTION...]: start a program that is not ours
streams() {
	start_tool v4l2-ctl -d "$1" --stream-mmap --stream-count=0 "${@:2}"
	wait_for 5 grep -q '<' "$stderr"
}

@test "busy: another program streams from the CIO2, from the same port or another" {
	local node
	run_tool ipu3-capture -q -c 1 -r --mode=640x480:10
	node=$(node_named 'ipu3-cio2 0')
	streams "$node"
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "ipu3-capture: imx219 0-0010: ipu3-cio2 0 ($node) is in use by pid $tool_pid (v4l2-ctl)"
	run_tool -4 ipu3-capture -c 1 -r ov7251
	contains "$stderr" "switching it off: ipu3-cio2 0 ($node) is in use by pid $tool_pid (v4l2-ctl)"
	stop_tool INT -a
	works
	run_tool ipu3-capture -q -c 1 -r ov7251
	node=$(node_named 'ipu3-cio2 2')
	streams "$node"
	run_tool -4 ipu3-capture -c 1 -r "$camera"
	contains "$stderr" "switching it off: ipu3-cio2 2 ($node) is in use by pid $tool_pid (v4l2-ctl)"
	equal "$(counter cio2/collisions)" 0 'frames of two ports at once'
	stop_tool INT -a
	works
}

@test "busy: another program runs the ImgU, the same pipe or the other" {
	imgu_links 0
	start_tool imgurun -n 100000
	wait_for 5 counts $(($(counter imgu/jobs) + 1)) imgu/jobs
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "ipu3-capture: the ImgU is running, in use by pid $tool_pid (imgurun), or a start"
	run_tool ipu3-capture -q -c 1 -r --mode=640x480:10
	stop_tool KILL -a
	works
	imgu_links 1
	start_tool imgurun -p 1 -n 100000
	wait_for 5 counts $(($(counter imgu/jobs) + 1)) imgu/jobs
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "switching it off: ipu3-imgu 1 input ($(node_named 'ipu3-imgu 1 input')) is in use by pid $tool_pid (imgurun)"
	stop_tool KILL -a
	works
}

@test "busy: one camera at a time, with its name and who has it" {
	local media
	media=$(media_device ipu3-cio2)
	start_tool ipu3-capture -q -c 0 "${picture[@]}" --ready-fd=9 "$camera"
	wait_ready
	run_tool -4 ipu3-capture -c 1 -r "$camera"
	contains "$stderr" "ipu3-capture: imx219 0-0010 ($media) is in use by pid $tool_pid (ipu3-capture)"
	run_tool -4 ipu3-capture -c 1 -r ov7251
	contains "$stderr" "ipu3-capture: ov7251 2-0060 ($media) is in use by pid $tool_pid (ipu3-capture)"
	run_tool ipu3-capture --info ov7251
	stop_tool INT
	works
}

@test "busy: somebody holds the lock of the ImgU alone: raw alone goes, pictures do not" {
	local media
	media=$(media_device ipu3-imgu)
	hold_lock "$media"
	run_tool -4 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "ipu3-capture: the ImgU ($media) is in use by pid $tool_pid (python3)"
	run_tool ipu3-capture -q -c 1 -r --mode=640x480:10
	stop_tool KILL -a
	works
}

# hold_lock FILE: as libcamera does
hold_lock() {
	start_tool python3 -c '
import fcntl, os, sys, time
device = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(device, fcntl.LOCK_EX)
os.write(9, b"ready\n")
time.sleep(600)' "$1"
	wait_ready
}

@test "without the firmware: raw alone works, pictures are refused with the remedy" {
	reload_after=1
	lab_reload ipu3:firmware=none
	run_tool -6 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" "ipu3-capture: only raw can be had, for there is no ImgU to make pictures: its driver found no firmware: put intel/ipu3-fw.bin into /lib/firmware (Debian: firmware-misc-nonfree), then reload ipu3-imgu"
	run_tool -6 ipu3-capture -c 1 -r -s stats
	contains "$stderr" 'its driver found no firmware'
	run_tool ipu3-capture --info "$camera"
	contains "$stderr" 'raw only, no ImgU: its driver found no firmware'
	equal "$(grep -c '^raw: ' "$stdout")$(grep -c '^main\|^viewfinder\|^stats\|^params' "$stdout")" 10
	run_tool ipu3-capture -q -r --mode=640x480:10 -c 3 -F x.raw
	run_tool scenecheck raw "$(sensor_record)" ip3 x.raw
	run_tool ipu3-capture -q -r -c 1 -F x.png "$camera"
	lab_reload ipu3
	works
}

@test "without the ImgU's driver: raw alone works, pictures are refused with the remedy" {
	reload_after=1
	rmmod ipu3-imgu
	run_tool -6 ipu3-capture -c 1 "${picture[@]}"
	contains "$stderr" 'no ImgU to make pictures: its driver is not there: modprobe ipu3-imgu, or a kernel with CONFIG_VIDEO_IPU3_IMGU'
	run_tool ipu3-capture -q -c 1 -r --mode=640x480:10
	insmod "$LAB_HARDWARE/ipu3-imgu.ko"
	works
}

@test "without the CIO2's driver there is no camera" {
	reload_after=1
	lab_platform unload ipu3
	run_tool -3 ipu3-capture --list
	contains "$stderr" 'no camera found'
	lab_platform load ipu3
	works
	dmesg_clean
}
