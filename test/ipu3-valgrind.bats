# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# ipu3-capture as a whole program under valgrind: no error, no leak, no descriptor left.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

setup() {
	lab_setup
	export LAB_TOOL_LIMIT=120 LAB_WAIT_LIMIT=60
	check_leaks all
	all=(-s raw:640x480 -s main:320x240 -s viewfinder:192x144 -s stats -s params)
}

# check_leaks KINDS: which of them are faults from now on
check_leaks() {
	checked=(valgrind -q --leak-check=full --show-leak-kinds="$1" --errors-for-leak-kinds="$1"
		--track-fds=yes --error-exitcode=99 --log-file=valgrind.log ipu3-capture)
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
	checks -0 --dry-run "${all[@]}"
}

@test "valgrind: all streams, with every memory, into files of all kinds" {
	checks -0 -q -c 6 "${all[@]}" --decode --report=records -F 'raw=r-#.raw' -F main=m.raw \
		-F viewfinder=v.raw -F stats=s.raw -F params=p.raw
	checks -0 -q -c 3 -r --mode=640x480 -n 2 -F r.raw
	# libyuv, loaded for these, brings a library along that keeps memory to the end.
	check_leaks definite,indirect,possible
	checks -0 -q -c 2 "${all[@]}" --memory=heap --overflow=drop -F 'raw=h-#.png' -F 'main=m-#.png' \
		-F viewfinder=v.y4m
}

@test "valgrind: refused, no frame in time, a full disk, hardware that hangs" {
	checks -6 -s main:4000x3000
	fault imx219/stall forever
	checks -7 -q -c 3 "${all[@]}" --first-frame=200ms -F main=m.raw
	fault imx219/stall 0
	need_file_system 1m
	checks -9 -q -c 0 "${all[@]}" -F "raw=$file_system/r.raw"
	fault imgu/hang forever
	checks -7 -q -c 0 "${all[@]}" --first-frame=600ms --between-frames=600ms -F raw=r2.raw
}

@test "valgrind: signals while frames are held" {
	mkfifo pipe
	start_tool "${checked[@]}" -q -c 0 "${all[@]}" -F main=pipe -F raw=r.raw --ready-fd=9
	exec {reader}<pipe
	wait_ready
	kill -INT "$tool_pid"
	stop_tool INT -130
	exec {reader}<&-
	clean
}
