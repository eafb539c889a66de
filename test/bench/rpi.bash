# SPDX-License-Identifier: GPL-2.0-or-later
# rpi-capture, and v4l2-ctl on the receiver's node, for measure.bash. Needs the lab with rpi; the
# light must be one that keeps automatic exposure moving, or it costs nothing.
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
	v4l2-ctl) "$@" v4l2-ctl -d "$receiver" --silent --stream-mmap=4 --stream-count="$count" \
		${file:+--stream-to="$file"} ;;
	esac >/dev/null 2>&1 </dev/null
}

# The graph as rpi-capture leaves it.
prepare_graph() {
	rpi-capture -q -s raw:640x480 -c 1
	receiver=$(node_named unicam-image)
}
