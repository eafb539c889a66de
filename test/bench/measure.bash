# SPDX-License-Identifier: GPL-2.0-or-later
# What a frame costs, as counts that a busy machine does not change: the same program runs for a few
# frames and for some more, and the difference is divided by the frames between.
# For the lab; sourced by vimc.bash and uvc.bash, which know the programs.
# shellcheck shell=bash

few=20 more=60

# run_program PROGRAM COUNT FILE [WRAPPER...], from vimc.bash or uvc.bash: PROGRAM captures COUNT
# frames as quietly as it can, and writes them to FILE unless that is empty.

# instructions PROGRAM COUNT [FILE]: of user space, the dynamic linker's included
instructions() {
	run_program "$1" "$2" "${3-}" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--log-file=callgrind.log
	awk '/Collected/ { print $NF }' callgrind.log
}

# calls PROGRAM COUNT [FILE]: system calls
calls() {
	run_program "$1" "$2" "${3-}" strace -f -qq -o calls.log
	grep -cvE '^[0-9]* *(---|\+\+\+)|resumed>' calls.log
}

# writes PROGRAM COUNT [FILE]: those of them that write
writes() {
	calls "$@" >/dev/null
	grep -cE '^[0-9]* *(write|writev|pwrite64|pwritev2?)\(' calls.log
}

# allocations PROGRAM COUNT [FILE]
allocations() {
	run_program "$1" "$2" "${3-}" valgrind --log-file=memcheck.log
	sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' memcheck.log | tr -d ,
}

# slope WHAT PROGRAM [FILE]: a frame's part of it, with two decimals
slope() {
	local low high
	low=$("$1" "$2" "$few" "${3-}")
	high=$("$1" "$2" "$more" "${3-}")
	awk -v low="$low" -v high="$high" -v frames=$((more - few)) \
		'BEGIN { printf "%.2f\n", (high - low) / frames }'
}

# resident PROGRAM: KiB while streaming, without its four frame buffers
resident() {
	local pid kib
	run_program "$1" 100000 '' exec env &
	pid=$!
	until grep -q 'video' <(readlink /proc/$pid/fd/* 2>/dev/null) && [ "$(awk '/^State/ { print $2 }' /proc/$pid/status)" = S ]; do
		read -rt 0.05 <> <(:) || true
	done
	read -rt 0.5 <> <(:) || true
	kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
	# Frames that the program has mapped and touched are in there.
	kib=$((kib - $(awk '/video/ { on = 1 } /^[0-9a-f]+-/ { on = /\/dev\/video/ } on && /^Rss/ { sum += $2 } END { print sum + 0 }' "/proc/$pid/smaps")))
	kill "$pid"
	wait "$pid" 2>/dev/null
	echo "$kib"
}

# table PROGRAM...: a line for each, and its numbers in ${cost[PROGRAM.WHAT]}; the first is ours
declare -A cost
table() {
	local program
	printf '%-14s %12s %12s %12s %12s %12s %14s %10s\n' program instructions calls allocs writes \
		'calls -F' 'start instr.' 'RSS KiB'
	for program in "$@"; do
		cost[$program.instructions]=$(slope instructions "$program")
		cost[$program.calls]=$(slope calls "$program")
		cost[$program.allocs]=$(slope allocations "$program")
		cost[$program.writes]=$(slope writes "$program" frames.raw)
		cost[$program.file]=$(slope calls "$program" frames.raw)
		cost[$program.start]=$(instructions "$program" 1)
		cost[$program.resident]=$(resident "$program")
		printf '%-14s %12s %12s %12s %12s %12s %14s %10s\n' "$program" \
			"${cost[$program.instructions]}" "${cost[$program.calls]}" \
			"${cost[$program.allocs]}" "${cost[$program.writes]}" "${cost[$program.file]}" \
			"${cost[$program.start]}" "${cost[$program.resident]}"
	done
	echo
	echo "ratios to $1"
	for program in "${@:2}"; do
		awk -v program="$program" -v i="${cost[$program.instructions]}" \
			-v mi="${cost[$1.instructions]}" -v s="${cost[$program.start]}" -v ms="${cost[$1.start]}" \
			'BEGIN { printf "%-14s instructions a frame %.2f, start %.2f\n", program, i / mi, s / ms }'
	done
	echo
}

# installed PROGRAM...: those of them that are here, in $programs
installed() {
	local program
	programs=()
	for program in "$@"; do
		if command -v "$program" >/dev/null; then
			programs+=("$program")
		else
			echo "$program is not installed: left out" >&2
		fi
	done
}

# promise WHAT VALUE LIMIT: told; one that is not kept ends in $broken. A warning now and then, of a
# camera that a busy machine made slow, is no cost of a frame.
broken=0
promise() {
	if awk -v value="$2" -v limit="$3" 'BEGIN { exit !(value < limit + 0.1) }'; then
		echo "kept    $1: $2 (at most $3)"
	else
		echo "BROKEN  $1: $2 (at most $3)"
		# shellcheck disable=SC2034 # inside reads it
		broken=1
	fi
}

# Light of emulated cameras that never stands still: $waver is the process that does it. A rise and a fall are less than
# what exposure takes ten frames for.
start_waver() {
	local brightness=1000 scene=/sys/kernel/debug/lab/scene/brightness
	while :; do
		for brightness in 1000 1100 1210 1330 1460 1330 1210 1100; do
			echo $brightness >$scene
			read -rt 0.1 <> <(:) || true
		done
	done &
	# shellcheck disable=SC2034 # for the caller
	waver=$!
}
