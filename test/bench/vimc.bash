# SPDX-License-Identifier: GPL-2.0-or-later
# vimc-capture and its peers, for measure.bash. Needs the lab with vimc.
# shellcheck shell=bash
# shellcheck source=test/bench/measure.bash
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/measure.bash"

# Raw frames of 640x480 from Raw Capture 0. vimc-capture sets the graph up itself; for the others it
# is done once.
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
