# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# lab-limit: 900
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture as a whole program under valgrind: no error, no leak, no descriptor left, on good and bad ends.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
	export LAB_TOOL_LIMIT=120 LAB_WAIT_LIMIT=60
	checked=(valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all
		--track-fds=yes --error-exitcode=99 --log-file=valgrind.log vimc-capture)
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
	run_tool "$1" "${checked[@]}" "${@:2}"
	clean
}

@test "valgrind: lists, info, controls, dry run" {
	checks -0 --list
	checks -0 --info 'Sensor A'
	checks -0 --info --json 'Sensor A'
	checks -0 --list-controls 'Sensor A'
	checks -0 --dry-run -C brightness=3 'Sensor A'
}

@test "valgrind: captures to every kind of file, with every memory" {
	checks -0 -s 64x64 -c 3 -F 'a-#.raw' 'Sensor A'
	checks -0 -s 64x64 -c 3 -F all.raw 'Sensor A'
	checks -0 -s 64x64 -c 3 -F 'a-#.png' 'Sensor A'
	checks -0 -s raw:64x64:SBGGR10 -c 3 -F 'r-#.png' 'Sensor A'
	checks -0 -s 64x64 -c 3 -F 'a-#.jpg' 'Sensor A'
	checks -0 -s raw:64x64:SBGGR10 -c 3 -F 'r-#.jpg' 'Sensor A'
	checks -0 -s 64x64 -c 3 -F a.y4m 'Sensor A'
	checks -0 -s raw:64x64 -c 3 -F r.ppm --overflow=drop 'Sensor A'
	checks -0 -s 64x64 -c 3 -F - 'Sensor A'
	checks -0 -s 64x64 -c 3 --memory=udmabuf -F u.raw --json 'Sensor A'
	checks -0 -s 64x64 -c 3 --memory=heap -F h.raw --report=report 'Sensor A'
	checks -0 -s 64x64 -c 3 -C brightness=3 --save-controls=saved --restore 'Sensor A'
	checks -0 -s 64x64 -c 3 --load-controls=saved 'Sensor A'
}

@test "valgrind: usage, no camera, refused configuration, failing output" {
	checks -2 -c nothing
	checks -2 -F a -F a
	checks -3 'Sensor X'
	checks -6 -s 641x480 'Sensor A'
	checks -6 -s main -s raw 'Sensor A'
	checks -6 -C nothing=1 'Sensor A'
	checks -6 -F x.xyz 'Sensor A'
	checks -9 -F nowhere/x.raw 'Sensor A'
	checks -9 -F /dev/full --force -s 64x64 'Sensor A'
	need_file_system 64k
	checks -9 -s 64x64 -c 0 -F "$file_system/a-#.raw" 'Sensor A'
	checks -9 -s 64x64 -c 50 -F "$file_system/b-#.png" -C test_pattern=21 'Sensor A'
	vimc_reset allocator=1
	checks -6 -s 64x64 --memory=udmabuf 'Sensor A'
}

@test "valgrind: busy, no frame in time, a signal, an unplug" {
	start_tool vimc-capture -c 0 -q -s 64x64 --ready-fd=9 'Sensor B'
	wait_ready
	checks -4 'Sensor A'
	stop_tool TERM

	# The wait is made to end with nothing: vimc itself always delivers.
	run_tool -7 strace -o trace -e trace=epoll_wait -e inject=epoll_wait:retval=0 \
		"${checked[@]}" -s 64x64 'Sensor A'
	clean

	start_tool "${checked[@]}" -c 0 -s 64x64 -F 'i-#.png' --ready-fd=9 'Sensor A'
	wait_ready
	stop_tool INT
	clean

	start_tool "${checked[@]}" -c 0 -s 64x64 -F all2.raw --ready-fd=9 'Sensor A'
	wait_ready
	vimc_unbind
	wait_tool -8
	clean
}

@test "valgrind: the check itself fails where there is something to find" {
	# bash frees nothing when it ends, and leaves what it opens open.
	run_tool -a valgrind -q --leak-check=full --show-leak-kinds=all --track-fds=yes \
		--log-file=valgrind.log bash -c 'exec 5</dev/null; exit 0'
	run -1 clean
	[[ $output == *'Open file descriptor 5'* ]]
	[[ $output == *'still reachable'* ]]
}
