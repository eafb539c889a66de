# SPDX-License-Identifier: GPL-2.0-or-later
# Frames that a processor made of others, for bats files, after capture.bash: readers that hold them
# back at random, and what must be true all the same.
# shellcheck shell=bash disable=SC2154 # variables of the bats files, of lab.bash and of capture.bash
#
# A file sets
#	streams		all that run, raw first and stats last
# and has the functions
#	reader_for STREAM	sets the array `reader`: how ctest/ipu3_reader is to see this stream
#	receiver_made STREAM	how many frames the receiver made between the first and the last of it, and
#				how many of them it had no buffer for

# slow_reader STREAM SEED PAUSE: reads the pipe STREAM.raw, and writes to STREAM.numbers what it sees
slow_reader() {
	local reader
	reader_for "$1"
	mkfifo "$1.raw"
	"$RAWLINE_BUILD/ctest/ipu3_reader" "${reader[@]}" "$2" "$3" <"$1.raw" >"$1.numbers" &
	lab_pids+=($!)
}

# held COUNT PAUSE SEED [OPTION...]: a run that all four readers hold up at random
held() {
	local stream seed=$3 files=()
	for stream in "${streams[@]}"; do
		slow_reader "$stream" $((seed++)) "$2"
		files+=(-F "$stream=$stream.raw")
	done
	run_tool -t 100 "${capture[@]}" -q --report="$records" -c "$1" "${files[@]}" "${@:4}"
	wait "${lab_pids[@]}" || fail 'a reader got less than whole frames'
}

# paired COUNT: wrong pairings: none. Losses: told, each of them. Prints what statistics each number has.
paired() {
	local stream
	for stream in "${streams[@]}"; do
		accounted "$stream" "$1" || return
		[ "$stream" != stats ] || continue
		frames "$stream" .sequence | cmp - "$stream.numbers" ||
			fail "$stream: its pixels have other numbers than its records" || return
	done
	equal "$(wc -l <stats.numbers)" "$1" 'statistics read' || return
	frames stats .sequence | paste -d ' ' - stats.numbers
}

# reference: the checksum of the statistics of each number, of a run that nobody holds up
reference() {
	local all=$BATS_FILE_TMPDIR/reference
	[ -e "$all" ] || {
		held 150 1 9
		paired 150 >"$all"
		# They can tell a frame from the next one.
		[ "$(cut -d ' ' -f 2 "$all" | uniq | wc -l)" = 150 ] || fail 'neighbours are equal'
		rm "$records" ./*.raw ./*.numbers
	}
}

# same_as_reference FILE: statistics of a number are those of the frame with this number
same_as_reference() {
	local common
	sort "$1" >here
	sort "$BATS_FILE_TMPDIR/reference" | join - here >both
	common=$(wc -l <both)
	[ "$common" -gt 70 ] || fail "only $common frames to compare" || return
	awk '$2 != $3 { print; bad = 1 } END { exit bad }' both || fail 'statistics of other frames'
}

# made STREAM: all frames of the receiver were captured or told as lost
made() {
	local all
	all=$(receiver_made "$1")
	equal $(($(end "$1" captured) + $(end "$1" lost))) "${all% *}" "all frames of $1"
}

# last STREAM: its last number
last() {
	frames "$1" .sequence | tail -n 1
}

# stopped_for_a_while LEAST: exactly what the receiver had no buffer for is lost, LEAST frames or more,
# and pairs stay pairs
stopped_for_a_while() {
	local stream all files=()
	for stream in "${streams[@]}"; do
		slow_reader "$stream" 1 1
		files+=(-F "$stream=$stream.raw")
	done
	start_all -c 100 "${files[@]}" --between-frames=400ms
	hold 0.8
	wait_tool
	wait "${lab_pids[@]:0:4}"
	paired 100 >all
	for stream in "${streams[@]}"; do
		made "$stream"
	done
	[ "$(end raw lost)" -gt "$1" ] || fail "$(end raw lost) of raw lost" || return
	all=$(receiver_made raw)
	equal "$(end raw lost)" "${all#* }" 'lost of raw'
}
