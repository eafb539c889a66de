# SPDX-License-Identifier: GPL-2.0-or-later
# Runs of a capture tool on emulated hardware, for bats files, after lab/hardware: all its streams at
# once, their records, their files, and that all works again afterwards. A file says first what it runs:
#
#	capture=(rkisp1-capture -s main:320x240 -s self:160x120 -s stats)
#	capture_devices=(i2c/drivers/imx219/*-0010 platform/drivers/rkisp1/*.isp)
#	load lab/capture
#
# Devices are what a test may unbind: they are bound again after it.
# shellcheck shell=bash disable=SC2154 # variables that lab.bash and the test set

records=records.jsonl

setup() {
	capture_setup
}

teardown() {
	capture_teardown
}

capture_setup() {
	lab_setup
	# shellcheck disable=SC2206 # patterns
	capture_bound=($(cd /sys/bus && printf '%s\n' ${capture_devices[@]}))
}

capture_teardown() {
	local device
	lab_teardown
	for device in "${capture_bound[@]}"; do
		rebind "$device"
	done
	hardware_reset
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
		'select(.record == "frame" and .stream == $stream)'" | $2" $records
}

# end STREAM FIELD: of its account
end() {
	jq -r --arg stream "$1" \
		'select(.record == "end") | .streams[] | select(.stream == $stream)'" | .$2" $records
}

# events CODE: how often it was told
events() {
	jq -r --arg code "$1" 'select(.record == "event" and .code == $code) | .code' $records | wc -l
}

# accounted STREAM COUNT: so many frames, and each number is one more than the last and those told lost
accounted() {
	equal "$(end "$1" captured)" "$2" "captured of $1" || return
	equal "$(frames "$1" .sequence | wc -l)" "$2" "frames of $1" || return
	frames "$1" '"\(.sequence) \(.lost)"' | awk '
		NR > 1 && $1 != last + 1 + $2 { print "after", last, "comes", $1, "lost", $2; bad = 1 }
		{ last = $1; lost += $2 }
		END { print "lost", lost + 0; exit bad }' >account ||
		fail "$1 is not accounted for: $(cat account)" || return
	equal "$(end "$1" lost)" "$(sed -n 's/^lost //p' account)" "lost of $1"
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
	run_tool "$1" "${capture[@]}" -q --report=$records "${@:2}"
}

# start_all [OPTION...]: frames have come when this returns
start_all() {
	start_tool "${capture[@]}" -q --report=$records --ready-fd=9 "$@"
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
