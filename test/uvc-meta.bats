# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: the metadata node beside the frames.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# frames ROLE FIELDS: of each frame record of this stream in the file "report", a list a line
frames() {
	jq -c "select(.record == \"frame\" and .stream == \"$1\") | [$2]" report
}

# What takes both streams. Each frame has a buffer of its own on both, so that a busy machine loses none
# of them; runs are shorter than that.
both=(uvc-capture --json --decode -n 32)

# captures MAIN [ARG...]: both streams, with everything told in the file "report"
captures() {
	run_tool "${both[@]}" -s "main:$1" -s meta "${@:2}"
	cp "$stdout" report
}

# same FIELDS: both streams have the same frames, from the first on
same() {
	frames main "$1" >of-main
	frames meta "$1" >of-meta
	cmp of-main of-meta
}

@test "meta: the same frames at the same times as main" {
	uvc_plug default
	captures YUYV -c 10
	same .sequence,.timestamp_ns
	equal "$(wc -l <of-main)" 10
	equal "$(jq -c 'select(.record == "end") | [.streams[] | .stream, .captured, .lost]' report)" \
		'["main",10,0,"meta",10,0]'
	equal "$(jq -c 'select(.record == "start") | [.streams[1] | .stream, .node, .fourcc]' report)" \
		"[\"meta\",\"${uvc_metadata[0]}\",\"UVCH\"]"
}

@test "meta: starts before main, whose first frame it would miss, in whatever order they are named" {
	local streams
	uvc_plug default
	for streams in '-s main:YUYV -s meta' '-s meta -s main:YUYV'; do
		# shellcheck disable=SC2086 # words
		run_tool strace -o trace -e trace=ioctl uvc-capture -q -c 1 $streams
		equal "$(grep -oE 'STREAMON, .*CAPTURE' trace | sed 's/.*_TYPE_//' | paste -sd ' ')" \
			'META_CAPTURE VIDEO_CAPTURE' "$streams"
	done
}

@test "meta: headers decoded are what the camera sent" {
	uvc_plug default
	captures YUYV -c 10
	# A frame is one payload, the first and the last of it.
	equal "$(frames meta '(.headers | length)' | sort -u)" '[1]'
	equal "$(frames meta '.headers[0] | .eof, .error, has("pts"), has("scr_sof")' | sort -u)" \
		'[true,false,true,true]'
	# 142 or 143: EOH, SCR, PTS, EOF and the toggle.
	frames meta '.headers[0] | .fid, .flags' | paste -sd' ' >toggles
	matches toggles '^(\[0,142\] \[1,143\] ?){5}$|^(\[1,143\] \[0,142\] ?){5}$'
	# Both of the camera's clocks count microseconds of the host's. A frame is taken, sent, and
	# then arrives.
	jq -es 'map(select(.stream == "meta" and .record == "frame")) | all(.[];
		.headers[0] as $h | $h.pts * 1000 <= .timestamp_ns and $h.pts <= $h.stc and
		$h.stc * 1000 <= $h.host_ns and $h.host_ns - $h.pts * 1000 < 1e9 and
		.timestamp_ns <= $h.host_ns and
		($h.stc / 1000 | floor) % 2048 == $h.scr_sof)' report
	# Frame after frame.
	jq -es 'map(select(.stream == "meta" and .record == "frame") | .headers[0].pts) |
		. == (unique) and .[9] - .[0] > 250000' report
	lacks report undecoded
}

@test "meta: many payloads a frame, each with its header" {
	printf '%s\n' 'product "Many"' 'payload 40000' 'format YUYV' 'frame 320x240 30fps' >many
	uvc_plug ./many
	captures YUYV -c 5
	# 320x240 are 153600 bytes, four payloads; the last one has the end.
	equal "$(frames meta '[.headers[].eof]' | sort -u)" '[[false,false,false,true]]'
	jq -es 'map(select(.stream == "meta" and .record == "frame") | .headers) |
		all(.[]; (map(.pts) | unique | length) == 1 and (map(.stc) | . == sort) and
			(map(.fid) | unique | length) == 1)' report
}

@test "meta: headers longer than the standard's, of which the driver copies the beginning" {
	printf '%s\n' 'product "Long"' 'header 40' 'payload 40000' 'format YUYV' 'frame 320x240 30fps' >long
	uvc_plug ./long
	captures YUYV -c 5
	equal "$(frames meta '[.headers[].eof]' | sort -u)" '[[false,false,false,true]]'
	lacks report undecoded
}

@test "meta: headers of two bytes tell nothing" {
	uvc_plug odd-jpeg
	captures MJPG -c 5
	equal "$(frames meta .headers,.bytes | sort -u)" '[[],0]'
	same .sequence,.timestamp_ns
}

@test "meta: isochronous, headers by the dozen" {
	uvc_plug iso
	captures 320x240:YUYV -c 5
	same .sequence,.timestamp_ns
	jq -es 'map(select(.stream == "meta" and .record == "frame") | .headers) |
		all(.[]; length > 5 and (last | .eof) and (.[:-1] | all(.eof | not)))' report
}

@test "meta: recorded as it is, with a side-car, beside the frames" {
	uvc_plug default
	captures YUYV -c 6 -F main=frames.raw -F meta=meta.bin
	uvc_check frames.raw
	equal "$(jq -c '[.fourcc, .stream, (.frames | length)]' meta.bin.json)" '["UVCH","meta",6]'
	equal "$(jq -c '[.frames[] | [.offset, .bytes, .sequence]]' meta.bin.json)" \
		"$(jq -c '[.frames | to_entries[] | [22 * .key, 22, .value.sequence]]' frames.raw.json)"
	equal "$(stat -c %s meta.bin)" $((6 * 22))
	# The second record: host's time, its counter, 12 bytes of header with both clocks.
	equal "$(od -An -tu8 -j 22 -N 8 meta.bin | xargs)" "$(frames meta '.headers[0].host_ns' | sed -n '2s/[][]//gp')"
	equal "$(od -An -tu1 -j 32 -N 1 meta.bin | xargs)" 12
	equal "$(od -An -tu4 -j 34 -N 8 meta.bin | xargs)" \
		"$(frames meta '.headers[0] | .pts, .stc' | sed -n '2s/[][]//gp' | tr , ' ')"
	run_tool uvc-capture -q -s main:YUYV -s meta -c 2 -F 'f-#.raw'
	equal "$(echo f-*.raw)" 'f-main-000000.raw f-main-000001.raw f-meta-000000.raw f-meta-000001.raw'
}

@test "meta: what is refused" {
	uvc_plug default
	run_tool -6 uvc-capture -s main -s meta:YUYV -c 1
	contains "$stderr" 'YUYV'
	run_tool -6 uvc-capture -s main:YUYV -s meta -c 1 -F main=a.raw -F meta=a.png
	no_file a.raw
	run_tool -2 uvc-capture -s meta -s meta -c 1
	run_tool -2 uvc-capture --decode -s main:YUYV -c 1
	run_tool -6 uvc-capture --json --decode -s main:YUYV -c 1
	contains "$stderr" '--decode has no effect: no stream of metadata is asked for'
}

@test "meta: a dry run has a script for both nodes, and how to capture from both" {
	uvc_plug default
	run_tool uvc-capture --dry-run -s main:640x480:YUYV@10 -s meta -c 7
	cp "$stdout" script
	# A buffer for each frame, and meta, which it tells last, has started before main does.
	sed -n 's/^# [a-z ]*: \(v4l2-ctl .*--stream-mmap\) /\1=8 /p' script >capture
	equal "$(wc -l <capture)" 2
	run_tool sh script
	run_tool v4l2-ctl -d "$uvc_node" --get-parm
	contains "$stdout" '10.000'
	start_tool sh -c "exec $(tail -n 1 capture) --verbose"
	wait_for "$LAB_WAIT_LIMIT" grep -q 'VIDIOC_STREAMON returned 0' "$stdout" "$stderr"
	run_tool sh -c "$(head -n 1 capture)"
	wait_for "$LAB_WAIT_LIMIT" lab_ended "$tool_pid"
	uvc_check main.raw
	equal "$(uvc_sum frames)" 7
	equal "$(stat -c %s meta.raw)" $((7 * 22))
}

@test "meta: lost frames are lost on both, the others go together" {
	uvc_plug default
	start_tool "${both[@]}" -s main:YUYV -s meta -c 28 --ready-fd=9 -F main=a.raw
	wait_ready
	uvc_tell err 3
	wait_tool
	cp "$stdout" report
	same .sequence,.timestamp_ns
	equal "$(wc -l <of-main)" 28
	equal "$(jq -c 'select(.record == "end") | [.streams[] | .captured, .lost]' report)" '[28,3,28,3]'
	uvc_check a.raw
	equal "$(uvc_sum missing)" 3
}

@test "meta: with nodrop=1 the headers tell of the error" {
	uvc_reset nodrop=1
	uvc_plug default
	start_tool "${both[@]}" -s main:YUYV -s meta -c 28 --ready-fd=9 -F main=a.raw
	wait_ready
	uvc_tell err 3
	wait_tool
	cp "$stdout" report
	uvc_check a.raw
	equal "$(uvc_sum missing)" 3
	equal "$(uvc_sum damaged)" 0
	equal "$(jq -c 'select(.record == "end") | [.streams[] | .stream, .captured, .lost]' report)" \
		'["main",28,3,"meta",28,3]'
}

@test "meta: unplugged with both streams, status 8, what was there is kept" {
	uvc_plug default
	start_tool uvc-capture --json --decode -s main:YUYV -s meta -c 0 --ready-fd=9 -F main=a.raw -F meta=m.bin
	wait_ready
	wait_for 5 grep -q '"stream":"main","sequence":5' "$stdout"
	uvc_pull
	wait_tool -8 -t 2
	uvc_check a.raw
	equal "$(uvc_sum unequal)" 0
	equal "$(stat -c %s m.bin)" $((22 * $(jq '.frames | length' m.bin.json)))
	[ "$(jq '.frames | length' m.bin.json)" -ge 5 ]
}
