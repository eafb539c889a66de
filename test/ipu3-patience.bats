# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# How long ipu3-capture waits for frames that it has given the driver no memory for.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware

# unwanted_grew FRAMES: since $unwanted, so many had no buffer
unwanted_grew() {
	[ $(($(counter cio2/unwanted) - unwanted)) -ge "$1" ]
}

# late_reader STREAM OPTION...: nobody reads that stream's file before 20 frames found no buffer
late_reader() {
	local stream=$1
	shift
	rm -f pipe
	mkfifo pipe
	start_tool ipu3-capture -q --mode=1640x1232:10 -c 20 --between-frames=300ms --ready-fd=9 \
		"$@" -F "$stream=pipe" --force
	exec 8<pipe
	wait_ready
	unwanted=$(counter cio2/unwanted)
	wait_for 20 unwanted_grew 20
	cat <&8 >/dev/null
	exec 8<&-
	wait_tool
}

@test "patience: no frame is overdue while a slow reader has all buffers, nor at once after that" {
	late_reader raw -r
	late_reader raw -r -s main:640x480
	late_reader raw -r -s main:640x480 -s viewfinder:320x240 -s stats --ae=off
	dmesg_clean
}

@test "patience: a reader that is stuck ends the run, though others go on, and are written" {
	mkfifo pipe other
	exec 8<>pipe
	cat other >/dev/null &
	lab_pids+=($!)
	run_tool -9 -t 85 ipu3-capture -q --mode=640x480:10 -r -s main:320x240 -s stats -c 0 \
		-F main=pipe -F stats=other --force --report=records
	exec 8<&-
	# A minute of them.
	[ "$(jq 'select(.record == "end").streams[] | select(.stream == "stats").written' records)" -gt 1000 ]
	equal "$(<"$stderr")" 'ipu3-capture: nobody has read what is written for 1min'
}
