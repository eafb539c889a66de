# SPDX-License-Identifier: GPL-2.0-or-later
# What a frame costs, as counts that a busy machine does not change: the same program runs for a few
# frames and for some more, and the difference is divided by the frames between.
# Runs in the lab with vimc loaded; sourced by test/bench/inside and test/vimc-cost.bats.
# shellcheck shell=bash

few=20 more=60

# Each program captures COUNT raw frames of 640x480 from Raw Capture 0, as quietly as it can, and
# writes them to FILE if that is given. vimc-capture sets the graph up itself; for the others it is done once.
run_program() {
	local program=$1 count=$2 file=${3-}
	shift 3
	case $program in
	vimc-capture) "$@" vimc-capture -q -r -c "$count" ${file:+--force -F "$file"} 'Sensor A' ;;
	v4l2-ctl) "$@" v4l2-ctl -d "$raw_node" --silent --stream-mmap --stream-count="$count" \
		${file:+--stream-to="$file"} ;;
	yavta) "$@" yavta -n 4 -c"$count" ${file:+-F"$file"} "$raw_node" ;;
	ffmpeg) "$@" ffmpeg -loglevel quiet -nostdin -y -f v4l2 -input_format bayer_rggb8 \
		-video_size 640x480 -i "$raw_node" -frames:v "$count" -c copy -f rawvideo "${file:-/dev/null}" ;;
	esac >/dev/null 2>&1 </dev/null
}

# The graph as vimc-capture leaves it, for programs that cannot set it up.
prepare_graph() {
	vimc-capture -q -r -c 1 'Sensor A'
	raw_node=$(media-ctl -d platform:vimc -e 'Raw Capture 0')
}

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
