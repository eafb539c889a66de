# SPDX-License-Identifier: GPL-2.0-or-later
# rpi-capture, and v4l2-ctl on the receiver's node, for measure.bash. Needs the lab with rpi; the
# light must be one that keeps automatic exposure moving, or it costs nothing. Those that end in -12
# need the board with an IMX477.
# shellcheck shell=bash
# shellcheck source=test/bench/measure.bash
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/measure.bash"

# The receiver's frames, the picture that the ISP makes of each, and statistics.
rpi_streams=(-s raw:640x480 -s main:320x240 -s stats)

run_program() {
	local program=$1 count=$2 file=${3-}
	shift 3
	case $program in
	rpi-capture) "$@" rpi-capture -q "${rpi_streams[@]}" -c "$count" \
		${file:+--force -F main="$file"} ;;
	# All gains and the exposure fixed: what the algorithms cost is the difference.
	rpi-fixed) "$@" rpi-capture -q "${rpi_streams[@]}" -c "$count" --ae=off --awb=off \
		${file:+--force -F main="$file"} ;;
	rpi-raw) "$@" rpi-capture -q -s raw:640x480 -c "$count" ${file:+--force -F "$file"} ;;
	# Large frames for a disk: 12 megapixels, two in three bytes.
	buffered-12) "$@" rpi-capture -q -s raw:4056x3040:SRGGB12_CSI2P -c "$count" \
		${report:+--report="$report"} ${file:+--force -F "$file"} ;;
	v4l2-ctl | v4l2-ctl-12) "$@" v4l2-ctl -d "$receiver" --silent --stream-mmap=4 --stream-count="$count" \
		${file:+--stream-to="$file"} ;;
	esac >/dev/null 2>&1 </dev/null
}

# prepare_graph STREAM: the graph as rpi-capture leaves it
prepare_graph() {
	rpi-capture -q -s "$1" -c 1
	receiver=$(node_named unicam-image)
}

# disk PROGRAM COUNT FILE: so many frames go there, with a report; what came of it in ${cost[PROGRAM.WHAT]}
disk() {
	local program=$1 count=$2 file=$3 report=records.jsonl start end
	rm -f "$file" "$report"
	start=${EPOCHREALTIME/./}
	run_program "$program" "$count" "$file"
	sync -f "$file"
	end=${EPOCHREALTIME/./}
	cost[$program.rate]=$(awk -v bytes="$(stat -c %s "$file")" -v usec=$((end - start)) \
		'BEGIN { printf "%.0f", bytes / usec }')
	cost[$program.touched]=- cost[$program.lost]=-
	[ -e "$report" ] || return 0
	cost[$program.touched]=$(jq 'select(.record == "end") | .streams[0].cpu_bytes' "$report")
	cost[$program.lost]=$(jq 'select(.record == "end") | .streams[0].lost' "$report")
}
