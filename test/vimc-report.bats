# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: frame lines, summary, JSON Lines, progress, readiness.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

@test "text: one line a frame in the family of cam and yavta, then a summary" {
	run_tool vimc-capture -s 64x64 -c 3 -F 'f-#.raw'
	equal "$(wc -l <"$stdout")" 4
	equal "$(grep -cE '^[0-9]+\.[0-9]{6} \([0-9]+\.[0-9]{2} fps\) main seq: 00000[012] bytesused: 12288 lost: 0 -> f-00000[012]\.raw$' "$stdout")" 3
	matches "$stdout" '^captured 3, lost 0 \(driver 0, error 0, overflow 0\), written 3, [0-9]+\.[0-9]{2} fps, [0-9]+\.[0-9]{2} s$'
}

@test "text: nothing is written without -F, and the lines say no name" {
	run_tool vimc-capture -s 64x64 -c 2
	lacks "$stdout" '->'
	matches "$stdout" 'written 0'
	equal "$(find . -type f ! -name '.run-*')" ''
}

@test "quiet: no word when all is well" {
	run_tool vimc-capture -q -s 64x64 -c 2
	[ ! -s "$stdout" ]
	[ ! -s "$stderr" ]
}

@test "verbose: more on standard error, the lines stay" {
	run_tool vimc-capture -v -s 64x64 -c 2
	equal "$(grep -c ' seq: ' "$stdout")" 2
}

@test "json: start, ready, a record a frame, end" {
	run_tool vimc-capture --json -s 64x64 -c 3 -F 'f-#.raw'
	jq -e . "$stdout" >/dev/null
	equal "$(jq -r 'select(.record != "event") | .record' "$stdout" | xargs)" 'start ready frame frame frame end'
	equal "$(jq -r 'select(.record == "start") | .camera.id' "$stdout")" 'Sensor A'
	equal "$(jq -r 'select(.record == "start") | .streams[0] | "\(.stream) \(.width) \(.height) \(.fourcc) \(.memory)"' "$stdout")" \
		'main 64 64 RGB3 mmap'
	equal "$(jq -c 'select(.record == "frame") | [.stream, .sequence, .bytes, .lost, .file]' "$stdout" | head -1)" \
		'["main",0,12288,0,"f-000000.raw"]'
	equal "$(jq -r 'select(.record == "end") | "\(.status) \(.captured // .streams[0].captured)"' "$stdout")" '0 3'
}

@test "json: three clocks, each frame's real time is near now" {
	run_tool vimc-capture --json -s 64x64 -c 2
	jq -es 'map(select(.record == "frame")) | length == 2 and all(.timestamp_ns > 0 and
		(.timestamp_boottime_ns - .timestamp_ns | fabs) <= .timestamp_error_ns + 1e9)' "$stdout"
	jq -es --argjson now "$(date +%s)" \
		'map(select(.record == "frame")) | all((.timestamp_realtime_ns / 1e9 - $now) | fabs < 20)' "$stdout"
}

@test "json: bytes that the CPU touched: none without a file, each once for a file" {
	run_tool vimc-capture --json -s 64x64 -c 3
	equal "$(jq 'select(.record == "end") | .streams[0].cpu_bytes' "$stdout")" 0
	run_tool vimc-capture --json -s 64x64 -c 3 -F raw.raw
	equal "$(jq 'select(.record == "end") | .streams[0].cpu_bytes' "$stdout")" $((3 * 64 * 64 * 3))
	run_tool vimc-capture --json -s 64x64 -c 3 -F 'p-#.png'
	equal "$(jq 'select(.record == "end") | .streams[0].cpu_bytes' "$stdout")" $((3 * 64 * 64 * 3))
}

@test "json: messages are events with codes; the end has the status of a failure" {
	run_tool -6 vimc-capture --json -s 641x64 -c 1 'Sensor A'
	equal "$(jq -r 'select(.record == "event" and .level == "error") | .code' "$stdout")" not-possible
	equal "$(jq -r 'select(.record == "end") | .status' "$stdout")" 6
	run_tool -3 vimc-capture --json 'Sensor X'
	equal "$(jq -r 'select(.record == "end") | .status' "$stdout")" 3
}

@test "report: JSON beside the text" {
	run_tool vimc-capture --report=report.jsonl -s 64x64 -c 2
	matches "$stdout" '^captured 2,'
	equal "$(jq -r 'select(.record == "frame") | .sequence' report.jsonl | xargs)" '0 1'
}

@test "report: to a place that is full, status 9; to a missing directory, before capturing" {
	run_tool -9 vimc-capture --report=/dev/full -s 64x64 -c 2
	run_tool -9 vimc-capture --report=nowhere/r -s 64x64 -c 2
	lacks "$stdout" ' seq: '
}

@test "events: every code in the sources is in rawline-report(5)" {
	local code root
	root=$(git -C "$BATS_TEST_DIRNAME" rev-parse --show-toplevel 2>/dev/null || dirname "$BATS_TEST_DIRNAME")
	# A call may go over two lines.
	cat "$root"/{common/*,ipu3,rkisp1,rpi,uvc,vimc}/*.c 2>/dev/null | tr '\n\t' '  ' |
		grep -oE 'log_(error|warning|notice|detail)\([^,]+, *"[a-z-]+"' |
		grep -oE '"[a-z-]+"' | tr -d '"' | sort -u >codes
	# Findings of --doctor have codes, too.
	cat "$root"/{common/*,ipu3,rkisp1,rpi,uvc,vimc}/*.c 2>/dev/null | tr '\n\t' '  ' |
		grep -oE '(doctor_(fault|warning|fine)|begin_finding)\([^";]*"[a-z-]+"' |
		grep -oE '"[a-z-]+"' | tr -d '"' | sort -u >findings
	[ "$(wc -l <findings)" -gt 35 ]
	sort -u -o codes codes findings
	[ "$(wc -l <codes)" -gt 40 ]
	while read -r code; do
		grep -qE "^\.It (Li|Ql|Cm) $code\$" "$root/man/rawline-report.5" || fail "$code is not in the man page"
	done <codes
}

@test "ready-fd: one line at the first good frame, then it is closed" {
	start_tool vimc-capture -c 0 -s 64x64 --ready-fd=9
	wait_ready
	equal "$ready" ready
	run ! read -r -t 1 -u "$tool_ready_fd" _
	stop_tool TERM
}

@test "ready-fd: its reader has gone, status 9" {
	start_tool vimc-capture -c 0 -s 64x64 --ready-fd=9
	exec {tool_ready_fd}<&-
	tool_ready_fd=$lab_silence
	wait_tool -9
	contains "$stderr" '--ready-fd=9: Broken pipe'
}

@test "progress: only when asked or on a terminal, and wiped at the end" {
	run_tool vimc-capture -s 64x64 -c 30 --progress=always
	contains "$stderr" $'\r'
	run_tool vimc-capture -s 64x64 -c 30
	lacks "$stderr" $'\r'
	run_tool script -q -e -c 'vimc-capture -s 64x64 -c 30 >/dev/null' typescript
	contains typescript $'\r'
	run_tool script -q -e -c 'vimc-capture -s 64x64 -c 30 --progress=never >/dev/null' typescript2
	lacks typescript2 $'\033'
}

@test "names from devices that lie reach no terminal: controls are escaped" {
	# A camera name on the command line is the easiest string to control.
	run_tool -3 vimc-capture $'Sensor\033[31mA'
	lacks "$stderr" $'\033'
	contains "$stderr" '\x1b[31mA'
}

@test "help: to standard output, status 0, fits a screen; usage and version" {
	run_tool vimc-capture --help
	[ "$(wc -l <"$stdout")" -le 66 ]
	[ "$(awk '{ if (length > n) n = length } END { print n }' "$stdout")" -le 80 ]
	[ ! -s "$stderr" ]
	cp "$stdout" help
	run_tool vimc-capture -h
	cmp "$stdout" help
	run_tool vimc-capture --usage
	run_tool vimc-capture -V
	matches "$stdout" '^vimc-capture .*[0-9]'
}

@test "help: every option is in the man page and in the completion" {
	local option root page
	root=$(dirname "$BATS_TEST_DIRNAME")
	page=$(mandoc -T ascii "$RAWLINE_BUILD/man/vimc-capture.1" | sed 's/.\x08//g')
	run_tool vimc-capture --help
	grep -oE -- '--[a-z-]+' "$stdout" | sort -u >options
	[ "$(wc -l <options)" -gt 25 ]
	while read -r option; do
		[[ $page == *"$option"* ]] || fail "$option is not in vimc-capture(1)" || return
		grep -q -- "$option" "$root/scripts/completion.bash" || fail "$option is not completed" || return
	done <options
}

# completes WORD...: what bash would offer for the last word
completes() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	compopt() { :; }
	_rawline
}

@test "completion: options, values, roles, controls, cameras" {
	# shellcheck source=scripts/completion.bash
	. "$BATS_TEST_DIRNAME/../scripts/completion.bash"
	completes vimc-capture --li
	equal "${COMPREPLY[*]}" '--list --list-controls'
	completes vimc-capture --memory = u
	equal "${COMPREPLY[*]}" udmabuf
	completes vimc-capture -s ''
	equal "${COMPREPLY[*]}" 'main raw'
	completes vimc-capture -C test
	equal "${COMPREPLY[*]}" 'test_pattern='
	completes vimc-capture 'Sensor\ B'
	equal "${COMPREPLY[*]}" 'Sensor\ B'
	completes vimc-capture "'Sen"
	equal "${COMPREPLY[1]}" 'Sensor B'
	completes vimc-capture -c ''
	equal "${#COMPREPLY[@]}" 0
}
