# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1:board=px30
# shellcheck disable=SC2030,SC2031,SC2154 # variables that lab.bash and hardware.bash set
# The emulated ISP of a PX30: what is different from an RK3399.

bats_require_minimum_version 1.5.0
load lab
load hardware

binned=1640x1232

@test "three interrupts, each with work, and both paths stream" {
	rkisp1_route SRGGB10_1X10 $binned main=NV12:$binned self=XR24:640x480
	start_tool v4l2-ctl -d "$rkisp1_self" --stream-mmap=4 --stream-count=20 --stream-to=self
	run_tool v4l2-ctl -d "$rkisp1_main" --stream-mmap=4 --stream-count=6
	wait_tool
	run_tool scenecheck numbers "$(sensor_record)" XR24:640x480 self
	equal "$(wc -l <"$stdout")" 20 'frames with a number'
	awk '$NF == "rkisp1" { lines++; busy += $2 > 20 } END { exit lines != 3 || busy != 3 }' \
		/proc/interrupts || fail "$(cat /proc/interrupts)"
	dmesg_clean
}

@test "81 cells and 32 bins of statistics, grey after the right gains" {
	local stats count
	rkisp1_route SRGGB10_1X10 $binned self=XR24:640x480
	start_tool rkparams "$rkisp1_params" ext black=256 gains=425,256,366 \
		white=205,154,1230x924 cells=0,0,$binned
	wait_ready
	v4l2-ctl -d "$rkisp1_stats" --stream-mmap=4 --stream-count=3 --stream-to=stats &
	lab_pids+=($!)
	run_tool v4l2-ctl -d "$rkisp1_self" --stream-mmap=4 --stream-count=8
	wait $!
	read -r -a stats <<<"$(rkstats stats | tail -n 1)"
	[[ ${stats[5]} -ge 125 && ${stats[5]} -le 131 && ${stats[6]} -ge 125 && ${stats[6]} -le 131 ]] ||
		fail "grey is ${stats[5]}, ${stats[6]}"
	# Means from byte 16 of a buffer on, bins from 132.
	count=$(tail -c 260 stats | tail -c +17 | head -c 81 | od -An -v -tu1 -w1 | grep -cvw 0)
	equal "$count" 81 'cells that saw light'
	count=$(tail -c 260 stats | tail -c +133 | head -c 128 | od -An -v -tu4 -w4 | grep -cvw 0)
	[ "$count" -gt 16 ] || fail "only $count bins have something"
}
