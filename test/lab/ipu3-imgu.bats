# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The processor of the emulated IPU3, judged by the real driver and by arithmetic.

bats_require_minimum_version 1.5.0
load lab
load hardware

setup() {
	lab_setup
	damage_mark
}

# takes_longer_than MS COMMAND...
takes_longer_than() {
	local limit=$1 begin=${EPOCHREALTIME/./}
	shift
	run_tool "$@"
	[ $((${EPOCHREALTIME/./} - begin)) -gt $((limit * 1000)) ] || fail "in less than $limit ms: $*"
}

@test "pictures: both outputs and statistics in all Bayer orders, frame numbers from 1" {
	local order
	imgu_links 0
	for order in ip3G ip3b ip3g ip3r; do
		run_tool imgurun -f $order
	done
	equal "$(cat "$hardware_files/imgu/geometry")" "pipe 0 in 1640x1232 if 1640x920 bds \
1312x736 gdc 1280x720 main 1280x720 viewfinder 640x360"
	no_damage
	dmesg_clean
}

@test "pictures: sizes, crops and factors up to the largest" {
	imgu_links 0
	run_tool imgurun -i 2592x1944 -c 2592x1944 -b 2592x1944 -g 2560x1920 -o 2560x1920 -v 1280x960
	run_tool imgurun -i 2592x1944 -c 2592x1460 -b 2592x1460 -g 2560x1440 -o 1920x1080 -v 1280x720
	run_tool imgurun -i 2592x1944 -c 2592x1464 -b 1296x732 -g 1280x720 -o 1280x720 -v 640x360
	run_tool imgurun -i 1932x1092 -c 1932x1092 -b 1288x728 -g 1280x720 -o 1280x720 -v 320x240
	run_tool imgurun -n 2 -i 4224x3136 -c 4220x3120 -b 1688x1248 -g 1280x720 -o 1280x720 -v 640x360
	no_damage
}

@test "pictures: parameters come with their frame: gains, black level" {
	imgu_links 0
	# So slow that two are queued while one is in work
	echo 100000 >"$hardware_files/imgu/frame_us"
	run_tool imgurun -n 6 -d 3 -w 4096
	contains "$hardware_files/imgu/parameters" 'gains gr 0 r 4096 b 0 gb 0'
	contains "$hardware_files/imgu/parameters" 'black gr 64 r 64 b 64 gb 64'
	contains "$hardware_files/imgu/parameters" 'matrix 8192 0 0 0 8192 0 0 0 8192'
	contains "$hardware_files/imgu/parameters" 'thresholds 7371 8191 7371 57343'
	run_tool imgurun -k 0
	contains "$hardware_files/imgu/parameters" 'black gr 0 r 0 b 0 gb 0'
}

@test "statistics: saturated pixels are counted, and left out of means" {
	imgu_links 0
	run_tool imgurun -e 4000
	fault saturated_zero forever
	run_tool -1 imgurun -e 4000
	matches "$stderr" 'cell .* is 0, wanted [1-9]'
}

@test "pictures: the other pipe, and both at once until one of them stops" {
	imgu_links 1
	run_tool imgurun -p 1
	imgu_links both
	start_tool imgurun -n 1000 -t 10000 -r 9
	wait_ready
	run_tool imgurun -p 1 -n 20 -i 1932x1092 -c 1932x1092 -b 1288x728 -v 320x240
	# The first STREAMOFF has starved it: had a frame been wrong, it would have ended.
	! lab_ended "$tool_pid" || wait_tool
	stop_tool KILL -a
	tail -n 40 "$hardware_files/imgu/record" >record
	contains record 'pipe 0'
	contains record 'pipe 1'
	no_damage
}

@test "pictures: without parameters, and in still mode without statistics" {
	imgu_links 0 without-parameters
	run_tool imgurun -P
	imgu_links 0
	run_tool imgurun -S
	run_tool imgurun
}

@test "pictures: links left on for the other pipe stop everything" {
	imgu_links both
	run_tool -7 imgurun -t 300
	imgu_links 0
	run_tool imgurun
}

@test "faults: a job that hangs is never answered, the next start works" {
	imgu_links 0
	fault hang
	run_tool -7 imgurun -t 300
	contains "$stderr" 'no buffer in 300 ms'
	run_tool imgurun
}

@test "faults: an assertion of the firmware is told, and frames go on" {
	imgu_links 0
	fault assert
	run_tool imgurun
	dmesg_since >log
	contains log 'firmware assert'
	contains log 'module_id 7 line_no 42'
}

@test "faults: late interrupts, late statistics, slow jobs" {
	imgu_links 0
	fault late_interrupt 3
	takes_longer_than 150 imgurun
	equal "$(cat "$hardware_files/imgu/fault_late_interrupt")" 0
	fault late_statistics 3
	takes_longer_than 150 imgurun -d 3
	equal "$(cat "$hardware_files/imgu/fault_late_statistics")" 0
	echo 100000 >"$hardware_files/imgu/frame_us"
	takes_longer_than 300 imgurun
}

@test "faults: a lost interrupt stops the driver until it is started again" {
	imgu_links 0
	fault imgu/no_interrupt
	run_tool -7 imgurun -t 300
	equal "$(cat "$hardware_files/imgu/fault_no_interrupt")" 0
	run_tool imgurun
}

@test "faults: a boot that fails spoils the driver until it is loaded anew" {
	imgu_links 0
	fault boot
	run_tool -7 imgurun -t 300
	dmesg_since >log
	contains log 'failed to start bootloader'
	run_tool -1 imgurun
	contains "$stderr" 'pipe mode: Device or resource busy'
	lab_reload ipu3
	imgu_links 0
	run_tool imgurun
}
