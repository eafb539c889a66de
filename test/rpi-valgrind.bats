# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477
# lab-limit: 400
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture as a whole program under valgrind: no error, no leak, no descriptor left.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi

setup() {
	lab_setup
	export LAB_TOOL_LIMIT=120 LAB_WAIT_LIMIT=60
	check_leaks all
	all=(-s raw:1332x990 -s main:320x240 -s second:160x120 -s stats)
}

# check_leaks KINDS: which of them are faults from now on
check_leaks() {
	checked=(valgrind -q --leak-check=full --show-leak-kinds="$1" --errors-for-leak-kinds="$1"
		--track-fds=yes --error-exitcode=99 --log-file=valgrind.log rpi-capture)
}

# clean: valgrind found nothing, and no descriptor that the program opened was open at the end
clean() {
	awk '/FILE DESCRIPTORS:/ || /^==[0-9]+== *$/ { next }
		/Open (file descriptor|AF_)/ { opened = $0; next }
		opened { if (!/inherited from parent/) print opened; opened = ""; next }
		{ print }' valgrind.log >found
	[ ! -s found ] || fail "$(cat valgrind.log)"
}

checks() {
	run_tool "$1" "${checked[@]}" "${@:2}" || fail "$(cat valgrind.log)" || return
	clean
}

@test "valgrind: info, dry run" {
	checks -0 --info --json
	checks -0 --dry-run "${all[@]}" -s embedded
}

@test "valgrind: all streams, into files of all kinds" {
	checks -0 -q -c 6 "${all[@]}" --decode --report=records -F 'raw=r-#.raw' -F main=m.raw \
		-F second=s.raw -F stats=t.raw
	# libyuv, loaded for these, brings a library along that keeps memory to the end.
	check_leaks definite,indirect,possible
	checks -0 -q -c 2 "${all[@]}" --memory=heap --overflow=drop -F 'raw=h-#.png' -F 'main=m-#.png' \
		-F second=s.y4m
}

@test "valgrind: raw and embedded data, without the ISP and with it" {
	checks -0 -q -c 6 -s raw:1332x990 -s embedded -F raw=r.raw -F embedded=e.raw
	checks -0 -q -c 6 "${all[@]}" -s embedded -F embedded=f.raw --force
	fault unicam/embedded_lose 2
	checks -0 -q -c 6 -s raw:1332x990 -s embedded
	checks -0 -q -c 3 -r --mode=1332x990 -n 2 -F only.raw
}

@test "valgrind: refused, no frame in time, a full disk, hardware that fails" {
	checks -6 -s main:9000x9000
	fault imx477/stall forever
	checks -7 -q -c 3 "${all[@]}" -s embedded --first-frame=200ms -F main=m.raw
	fault imx477/stall 0
	need_file_system 4m
	checks -9 -q -c 0 "${all[@]}" -F "raw=$file_system/r.raw"
	fault isp0/enable
	checks -6 -q -c 3 "${all[@]}" -s embedded
	fault unicam/start
	checks -1 -q -c 3 "${all[@]}" -s embedded
	fault isp0/stats forever
	checks -7 -q -c 0 "${all[@]}" --first-frame=600ms --between-frames=600ms -F raw=r2.raw
}

@test "valgrind: signals while frames are held" {
	mkfifo pipe
	start_tool "${checked[@]}" -q -c 0 "${all[@]}" -s embedded -F main=pipe -F raw=r.raw --ready-fd=9
	exec {reader}<pipe
	wait_ready
	kill -INT "$tool_pid"
	stop_tool INT -130
	exec {reader}<&-
	clean
}
