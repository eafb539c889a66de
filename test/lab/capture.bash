# SPDX-License-Identifier: GPL-2.0-or-later
# Runs of a capture tool on emulated hardware, for bats files, after lab/hardware: all its streams at
# once, their records, their files, and that all works again afterwards.
#
#	load lab/capture
#	captures rkisp1-capture -s main:320x240 -s self:160x120 -s stats
#	unbinds 'i2c/drivers/imx219/*-0010' 'platform/drivers/rkisp1/*.isp'
# shellcheck shell=bash disable=SC2154 # variables that lab.bash and the test set

records=records.jsonl

# captures TOOL [OPTION...]: what works, run_all and start_all run
captures() {
	capture=("$@")
}

# unbinds PATTERN...: devices below /sys/bus that tests unbind, $bound; they are bound again after each
unbinds() {
	unbound=("$@")
}

setup() {
	capture_setup
}

teardown() {
	capture_teardown
}

capture_setup() {
	local pattern device
	lab_setup
	bound=()
	for pattern in "${unbound[@]}"; do
		for device in /sys/bus/$pattern; do
			bound+=("${device#/sys/bus/}")
		done
	done
}

# Fails the test where memory was used wrongly.
capture_teardown() {
	local device result=0
	[ ! -d "$hardware_files/cio2" ] || memory_is_right || result=$?
	lab_teardown
	for device in "${bound[@]}"; do
		rebind "$device"
	done
	hardware_reset
	return $result
}

# memory_is_right: neither the CIO2 nor the ImgU wrote or read what was the other's, or nobody's
memory_is_right() {
	local name
	for name in cio2/overlap cio2/bad_address cio2/overruns cio2/collisions imgu/overlap \
		imgu/outside imgu/bad_dma; do
		equal "$(counter $name)" 0 $name || return
	done
}

# unbind DEVICE: such as platform/drivers/rkisp1/NAME
unbind() {
	echo "${1##*/}" >"/sys/bus/${1%/*}/unbind"
}

rebind() {
	[ -e "/sys/bus/$1" ] || echo "${1##*/}" >"/sys/bus/${1%/*}/bind"
}

# ---- records ----

# frames STREAM FILTER: of each of its frames in the records, a line
frames() {
	jq -r --arg stream "$1" \
		'select(.record == "frame" and .stream == $stream)'" | $2" "$records"
}

# end STREAM FIELD: of its account
end() {
	jq -r --arg stream "$1" \
		'select(.record == "end") | .streams[] | select(.stream == $stream)'" | .$2" "$records"
}

# events CODE: how often it was told
events() {
	jq -r --arg code "$1" 'select(.record == "event" and .code == $code) | .code' "$records" | wc -l
}

# accounted STREAM COUNT: so many frames, and each number is one more than the last and those told lost
accounted() {
	jq -r --arg stream "$1" '
		(select(.record == "frame" and .stream == $stream) | "\(.sequence) \(.lost)"),
		(select(.record == "end") | .streams[] | select(.stream == $stream) |
			"end \(.captured) \(.lost)")' "$records" | awk -v wanted="$2" '
		$1 == "end" {
			if ($2 != wanted || frames != wanted || $3 != lost)
				print "captured", $2, "frames", frames, "lost", $3, "of", lost
			exit
		}
		frames++ && $1 != last + 1 + $2 { print "after", last, "comes", $1, "lost", $2 }
		{ last = $1; lost += $2 }' >account
	[ ! -s account ] || fail "$1, of which $2 are wanted, is not accounted for: $(cat account)"
}

# whole FILE BYTES [STREAM]: as many frames of that size as its stream, main, was told to have written
whole() {
	equal "$(stat -c %s "$1")" $(($(end "${3:-main}" written) * $2)) "bytes of $1"
}

# no_leftovers: no temporary file is here
no_leftovers() {
	local left
	left=$(find . -maxdepth 2 -name '.*' ! -name . ! -name '.run-*' ! -name '.fs-*')
	[ -z "$left" ] || fail "left behind: $left"
}

# ---- runs ----

# works: a run after all that is as if nothing had been
works() {
	run_tool "${capture[@]}" -q -c 3
}

# run_all STATUS [OPTION...]
run_all() {
	run_tool "$1" "${capture[@]}" -q --report="$records" "${@:2}"
}

# start_all [OPTION...]: a frame of one of the streams has come when this returns
start_all() {
	start_tool "${capture[@]}" -q --report="$records" --ready-fd=9 "$@"
	wait_ready
}

# hold SECONDS: stops the tool for so long, in the middle of a run
hold() {
	kill -STOP "$tool_pid"
	lab_nap "$1"
	kill -CONT "$tool_pid"
}

# frames_come N COUNTER: so many more, of the hardware
frames_come() {
	wait_for 5 counts $(($(counter "$2") + $1)) "$2"
}

# ---- what the kernel has ----

# cma_free: KiB
cma_free() {
	awk '/^CmaFree/ { print $2 }' /proc/meminfo
}

# in_use: KiB that are neither free nor a cache. What a processor keeps at hand to give it out again, up
# to 250 MB, is free as well, but not in the sum of free memory.
in_use() {
	awk '/^MemFree|^Cached|^Buffers|^SReclaimable/ { free += $2 }
		/^MemTotal/ { total = $2 }
		$1 == "count:" { free += $2 * 4 }
		END { print total - free }' /proc/meminfo /proc/zoneinfo
}
