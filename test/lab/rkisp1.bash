# SPDX-License-Identifier: GPL-2.0-or-later
# Runs of rkisp1-capture with pictures of both paths and statistics, for bats files, after
# lab/hardware: their records, their files, and that all works again afterwards.
# shellcheck shell=bash disable=SC2154 # variables that lab.bash and hardware.bash set

records=records.jsonl

setup() {
	lab_setup
	sensor_device=$(basename /sys/bus/i2c/drivers/imx219/*-0010)
	isp_device=$(basename /sys/bus/platform/drivers/rkisp1/*.isp)
}

teardown() {
	[ -e "/sys/bus/platform/drivers/rkisp1/$isp_device" ] ||
		echo "$isp_device" >/sys/bus/platform/drivers/rkisp1/bind
	[ -e "/sys/bus/i2c/drivers/imx219/$sensor_device" ] ||
		echo "$sensor_device" >/sys/bus/i2c/drivers/imx219/bind
	lab_teardown
	hardware_reset
}

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

# whole FILE BYTES: as many frames of that size as its stream, main, was told to have written
whole() {
	equal "$(stat -c %s "$1")" $(($(end main written) * $2)) "bytes of $1"
}

# no_leftovers: no temporary file is here
no_leftovers() {
	local left
	left=$(find . -maxdepth 2 -name '.*' ! -name . ! -name '.run-*')
	[ -z "$left" ] || fail "left behind: $left"
}

# works: a run after all that is as if nothing had been
works() {
	run_tool rkisp1-capture -q -c 3 -s main:320x240 -s self:160x120 -s stats
}

run_both() {
	run_tool "$1" rkisp1-capture -q --report=$records -s main:320x240 -s self:160x120 -s stats "${@:2}"
}

start_both() {
	start_tool rkisp1-capture -q --report=$records -s main:320x240 -s self:160x120 -s stats \
		--ready-fd=9 "$@"
	wait_ready
}
