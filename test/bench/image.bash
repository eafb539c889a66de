#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The part of the bench that needs no lab: unpacking and demosaicing beside libraries and GStreamer.
set -u
: "${RAWLINE_BUILD:=build}"
program=$RAWLINE_BUILD/bench/image
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

# user_s COUNT [ELEMENT...]: seconds of user space, the quickest of three runs
user_s() {
	local count=$1 TIMEFORMAT=%U
	shift
	for _ in 1 2 3; do
		{ time gst-launch-1.0 -q multifilesrc "location=$folder/raw" loop=true "num-buffers=$count" \
			caps=video/x-bayer,format=rggb,width=1920,height=1080,framerate=30/1 "$@" ! \
			fakesink >"$folder/errors" 2>&1; } 2>>"$folder/times" || return
	done
	sort -n "$folder/times" | head -n 1
	rm "$folder/times"
}

# A frame's part of it.
frame_s() {
	local few more
	few=$(user_s 20 "$@") && more=$(user_s 120 "$@") || return
	awk -v few="$few" -v more="$more" 'BEGIN { printf "%.6f\n", (more - few) / 100 }'
}

# It makes four bytes a pixel, and its filter is bilinear too.
bench_gstreamer() {
	local ours with without
	ours=$("$program" --fast "$folder/raw") || return
	if ! with=$(frame_s ! bayer2rgb) || ! without=$(frame_s); then
		cat "$folder/errors" >&2
		return 1
	fi
	awk -v ours="$ours" -v theirs="$with" -v reading="$without" 'BEGIN {
		spent = theirs - reading
		printf "%-14s %-10s %-5s %7.2f ms %7.2f\n", "SRGGB8", "gstreamer", "", 1000 * spent, spent / ours
		kept = spent >= ours
		printf "%-7s SRGGB8: times of ours, gstreamer: %.2f (at least 1.00)\n", kept ? "kept" : "BROKEN", spent / ours
		exit !kept
	}'
}

"$program" || status=1
if gst-inspect-1.0 bayer2rgb >/dev/null 2>&1; then
	bench_gstreamer || status=1
else
	echo "bayer2rgb of GStreamer is not installed: left out" >&2
fi
exit $status
