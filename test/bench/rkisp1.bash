# SPDX-License-Identifier: GPL-2.0-or-later
# rkisp1-capture, and v4l2-ctl on the same nodes, for measure.bash. Needs the lab with rkisp1; the
# light must be one that keeps automatic exposure moving, or it costs nothing.
# shellcheck shell=bash disable=SC2034,SC2154 # of hardware.bash
# shellcheck source=test/bench/measure.bash
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/measure.bash"

# NV12 of 640x480 from main, of 320x240 from self, statistics, and parameters.
rkisp1_streams=(-s main:640x480 -s self:320x240 -s stats)

run_program() {
	local program=$1 count=$2 file=${3-} node pids=()
	shift 3
	case $program in
	rkisp1-capture) "$@" rkisp1-capture -q "${rkisp1_streams[@]}" -c "$count" \
		${file:+--force -F main="$file"} ;;
	# All gains and the exposure fixed: what the algorithms cost is the difference.
	rkisp1-fixed) "$@" rkisp1-capture -q "${rkisp1_streams[@]}" -c "$count" --ae=off --awb=off \
		${file:+--force -F main="$file"} ;;
	# One process for each node, which is all that it can do; the first is measured.
	v4l2-ctl) "$@" v4l2-ctl -d "$rkisp1_main" --silent --stream-mmap=4 --stream-count="$count" \
		${file:+--stream-to="$file"} ;;
	v4l2-ctl-self) "$@" v4l2-ctl -d "$rkisp1_self" --silent --stream-mmap=4 --stream-count="$count" \
		${file:+--stream-to="$file"} ;;
	esac >/dev/null 2>&1 </dev/null
}

# The graph as rkisp1-capture leaves it.
prepare_graph() {
	rkisp1-capture -q "${rkisp1_streams[@]}" -c 1
	rkisp1_find
}
