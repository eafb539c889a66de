# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc vimc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# The ring: what came before a trigger is there, each trigger has its own files, and bad luck ends well.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	vimc_reset
	mkfifo input
}

# start_ring TOOL OPTION...: with a pipe on standard input, to be written by "press"
start_ring() {
	start_tool bash -c 'exec "$@" --ready-fd=9 <input' - "$@"
	exec {keys}>input
	wait_ready
}

press() {
	echo "$1" >&"$keys"
}

# happened CODE N: the report, text or JSON, has told of N such events
happened() {
	[ "$(cat "$stdout" "$stderr" | grep -cE "$1")" -ge "$2" ]
}

# ignored WHY: so was another press
ignored() {
	press
	happened "trigger by a line ignored: $1" 1
}

# The frames of a set are all that the driver had between its first and its last.
no_gaps() {	# REPORT FILE
	jq -es --arg file "$2" '[.[] | select(.file == $file)] | length > 2 and
		. as $f | all(range(1; length); $f[.].sequence == $f[. - 1].sequence + 1 + $f[.].lost)' "$1"
}

@test "two triggers, a line and a signal: two sets, each with what was before it, of both streams" {
	uvc_plug default
	start_ring uvc-capture --json -s 320x240:YUYV@30 -s meta -F 'main=m.raw' -F 'meta=d-#.raw' \
		--ring=300ms --after=100ms --triggers=2
	press 'door opens'
	wait_for 10 happened '"trigger-done"' 1
	kill -s USR1 "$tool_pid"
	wait_tool
	cp "$stdout" report
	equal "$(jq -r 'select(.code == "trigger" or .code == "trigger-done") | .message' report | sed 's/ [0-9].*//')" \
		"trigger by line 'door opens': set
set
trigger by SIGUSR1: set
set"
	for file in m-001.raw m-002.raw; do
		no_gaps report "$file"
		jq -e --slurpfile car "$file.json" -s --arg file "$file" \
			'[.[] | select(.file == $file) | .sequence] == [$car[0].frames[].sequence]' report
		equal "$(stat -c %s "$file")" $(($(jq '.frames | length' "$file.json") * 153600))
	done
	# No frame is in two sets; the second stream has files of its own, for the same triggers.
	equal "$(jq -r 'select(.file) | "\(.stream) \(.sequence)"' report | sort | uniq -d)" ''
	equal "$(printf '%s\n' d-*.raw | cut -d- -f2 | sort -u | xargs)" '001 002'
	equal "$(ls d-*.raw | wc -l)" "$(jq -s 'map(select(.file and .stream == "meta")) | length' report)"
	jq -es '.[-1].streams | all(.captured == .written + .passed + .lost_overflow and .written > 2)' report
	equal "$(find . -name '.*' -type f ! -name '.run-*')" ''
}

@test "time: a set begins so long before its trigger as was asked, and ends so long after it" {
	uvc_plug default
	start_ring uvc-capture --json -s 320x240:YUYV@30 -s meta -F 'main=clip.raw' --ring=400ms --after=200ms --triggers=1
	# What has no file tells how long the ring has been filled: 0.4 s are 12 frames.
	wait_for 20 grep -qE '"stream":"meta","sequence":[2-9][0-9],' "$stdout"
	press
	wait_tool
	# The last frame that the trigger found counts: when we pressed is when the program saw it.
	jq -es '(.[] | select(.code == "trigger") | .timestamp_ns) as $now |
		[.[] | select(.file == "clip-001.raw") | .timestamp_ns] as $t |
		($t | map(select(. <= $now))[-1]) as $newest |
		$newest - $t[0] <= 400000000 and $newest - $t[0] > 200000000 and $t[-1] <= $now + 200000000' "$stdout"
	no_gaps "$stdout" clip-001.raw
}

@test "time: a trigger behind the first one makes the set last longer" {
	start_ring vimc-capture -s 64x64 -F clip.raw --ring=200ms --after=5s
	press
	wait_for 10 happened 'set 1 begins with' 1
	press again
	wait_for 10 happened "trigger by line 'again': set 1 goes on for 5s" 1
	exec {keys}>&-
	kill -s USR1 "$tool_pid"
	wait_for 10 happened 'SIGUSR1: set 1 goes on' 1
	stop_tool INT
	matches "$stderr" 'set 1 is complete: [0-9]+ frames in 1 file$'
	equal "$(echo clip*)" 'clip-001.raw clip-001.raw.json'
	equal "$(jq '.frames | length' clip-001.raw.json)" "$(grep -c -- '-> clip-001.raw' "$stdout")"
}

@test "camera: frames are the camera's, byte for byte, kept where they are" {
	uvc_plug default
	start_ring uvc-capture --json -s 640x480:MJPG@30 -F clip.mjpeg --ring=300ms --after=200ms --triggers=2
	press
	wait_for 10 happened '"trigger-done"' 1
	press
	wait_tool
	cp "$stdout" report
	contains report '300ms are 10 frames of at most'
	contains report 'kept where the driver writes them, in 18 buffers'
	no_gaps report clip-001.mjpeg
	uvc_check clip-001.mjpeg
	equal "$(uvc_sum frames)" "$(grep -c '"file":"clip-001.mjpeg"' report)"
	uvc_check clip-002.mjpeg
	equal "$(uvc_sum frames)" "$(grep -c '"file":"clip-002.mjpeg"' report)"
}

@test "camera: the same of copies, which the report counts" {
	uvc_plug default
	start_ring uvc-capture --json -s 320x240:YUYV@30 -n 4 -F clip.raw --ring=400ms --after=200ms --triggers=1
	wait_for 10 test -s "$(uvc_record)"
	press
	wait_tool
	cp "$stdout" report
	contains report '400ms are 13 frames of 150.0 KiB, copied, and 7 more for the writer: 2.9 MiB'
	no_gaps report clip-001.raw
	uvc_check clip-001.raw
	jq -es '.[-1].streams[0] | .cpu_bytes >= .captured * 153600' report
}

@test "pictures: a file a frame, under the set's number" {
	start_ring vimc-capture -q -s 64x64 -F 'shot-#.ppm' --ring=100ms --after=100ms --triggers=1 --overflow=drop
	press
	wait_tool
	equal "$(head -c 8 "$(echo shot-001-0*.ppm | cut -d' ' -f1)" | paste -s -d ' ')" 'P6 64 64'
	equal "$(find . -name 'shot*' ! -name 'shot-001-0*.ppm')" ''
}

@test "ended in the middle of a set: it is whole; before all that was asked for was there, status 130" {
	start_ring vimc-capture -s 64x64 -F clip.raw --ring=100ms --after=1h
	press
	wait_for 10 happened 'set 1 begins with' 1
	stop_tool INT
	equal "$(stat -c %s clip-001.raw)" $(($(jq '.frames | length' clip-001.raw.json) * 12288))
	matches "$stdout" "written $(jq '.frames | length' clip-001.raw.json), .* only in the ring [0-9]+$"
	start_ring vimc-capture -q --force -s 64x64 -F clip.raw --ring=100ms --after=1h --triggers=1
	press
	stop_tool INT -130
	[ -s clip-001.raw ]
}

@test "nothing triggers: nothing is written; the end of the input is no end" {
	run_tool vimc-capture -s 64x64 -F clip.raw --ring=100ms --after=100ms -t 500ms
	matches "$stdout" '^captured ([0-9]+), .* written 0, .* only in the ring \1$'
	equal "$(echo clip*)" 'clip*'
	start_ring vimc-capture -s 64x64 -F clip.raw --ring=100ms --after=100ms --triggers=1
	exec {keys}>&-
	kill -s USR1 "$tool_pid"
	wait_tool
	[ -s clip-001.raw ]
}

@test "without --after: a set is what was there; lines that come together are one trigger" {
	start_ring vimc-capture -s 64x64 -F clip.raw --ring=200ms --triggers=2
	printf 'a\nb\nc\n' >&"$keys"
	wait_for 10 happened 'set 1 is complete' 1
	press
	wait_tool
	equal "$(echo clip-*.raw)" 'clip-001.raw clip-002.raw'
}

@test "disk full in a set: whole frames of it are kept, status 9" {
	need_file_system 400k
	start_ring vimc-capture -s 64x64 -F "$file_system/clip.raw" --ring=100ms --after=1h
	press
	wait_tool -9
	contains "$stderr" 'No space left on device'
	[ -s "$file_system/clip-001.raw" ]
	equal $(($(stat -c %s "$file_system/clip-001.raw") % 12288)) 0
	equal "$(find "$file_system" -name '.*' -type f)" ''
}

@test "refused: memory, files that are there, pipes, and what makes no sense" {
	run_tool -6 vimc-capture -s 640x480 -F clip.raw --ring=10h
	matches "$stderr" 'main: ring: 10h are 4320001 frames of 900.0 KiB .*, and half of the memory that is free are '
	touch clip-123.raw
	run_tool -9 vimc-capture -s 64x64 -F clip.raw --ring=1s
	contains "$stderr" 'clip-123.raw exists: --force replaces files'
	run_tool -6 vimc-capture -s 64x64 -F input --ring=1s
	contains "$stderr" "input can't be written with --ring"
	run_tool -6 vimc-capture -s 64x64 -F shot.png --ring=1s
	run_tool -2 vimc-capture --ring=1s
	run_tool -2 vimc-capture -F a.raw --after=1s
	run_tool -2 vimc-capture -F a.raw --ring=1s -c 3
	run_tool -2 vimc-capture -F - --ring=1s
	run_tool -2 vimc-capture --list --ring=1s
}

@test "a camera that freezes is given up, however many lines come" {
	uvc_plug default
	start_tool bash -c 'yes | exec uvc-capture -q -s 320x240@30 -F clip.raw --ring=200ms --ready-fd=9'
	wait_ready
	uvc_tell freeze
	wait_tool -7
	contains "$stderr" 'no further frame within 1s'
}

@test "without --after: a trigger before any other frame has come is ignored" {
	uvc_plug default
	start_ring uvc-capture -s 320x240@30 -F clip.raw --ring=200ms --between-frames=1h
	uvc_tell freeze
	press first
	wait_for 10 happened "set 1 is complete: [0-9]+ frames? in 1 file" 1
	# One that was on its way may come yet.
	wait_for 10 ignored 'no frame has come since the last one'
	stop_tool TERM
}

@test "SIGUSR1 without a ring ends the program, as ever" {
	start_tool vimc-capture -q -s 64x64 -c 0 --ready-fd=9
	wait_ready
	stop_tool USR1 -138
}

@test "valgrind: no error, no leak, no descriptor left" {
	export LAB_TOOL_LIMIT=120 LAB_WAIT_LIMIT=60
	start_ring valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
		--error-exitcode=99 --log-file=valgrind.log \
		vimc-capture -s 64x64 -F clip.raw --ring=200ms --after=200ms --triggers=2
	press
	wait_for 60 happened 'set 1 is complete' 1
	press
	wait_tool
	[ ! -s valgrind.log ] || fail "$(cat valgrind.log)"
	equal "$(echo clip-*.raw)" 'clip-001.raw clip-002.raw'
}
