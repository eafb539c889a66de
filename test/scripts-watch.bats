# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# rawline-watch: a clip for each event, by its time, and what becomes of it all in the end.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
	mkfifo input
	small=(-- -s 64x64)
}

# start_watch OPTION...: with a pipe on standard input, to be written by "event"
start_watch() {
	start_tool bash -c 'exec rawline-watch "$@" <input' - "$@"
	exec {events}>input
}

event() {
	echo event >&"$events"
}

# A clip is on its way, with 100 KiB at least.
is_written() {
	[ -n "$(find . -path './.rawline-watch*/*' -size +100k)" ]
}

# is_named N: the names of so many clips were printed
is_named() {
	[ "$(wc -l <"$stdout")" -ge "$1" ]
}

no_leftovers() {
	equal "$(find . -name '.rawline*')" '' 'what is left behind'
}

@test "command: a clip for each line, by time, with what explains it; ends with the command" {
	run_tool rawline-watch -F 'hall-%Y-%H%M%S.raw' -b 200ms -a 100ms \
		-e 'echo one; while [ ! -e hall-*.raw ]; do sleep 0.1; done; echo two' "${small[@]}"
	equal "$(wc -l <"$stdout")" 2
	matches "$stdout" '^hall-20[0-9]{2}-[0-9]{6}(-2)?\.raw$'
	while read -r clip; do
		equal "$(stat -c %s "$clip")" $(($(jq '.frames | length' "$clip.json") * 12288))
	done <"$stdout"
	equal "$(ls -d hall* | wc -l)" 4
	no_leftovers
}

@test "lines and signals: numbers without a date; a name that is taken is left alone" {
	echo mine >clip-001.raw
	start_watch -F clip.raw -b 200ms -a 100ms -n 2 "${small[@]}"
	event
	wait_for 10 is_named 1
	kill -s USR1 "$tool_pid"
	wait_tool
	equal "$(xargs <"$stdout")" 'clip-001-2.raw clip-002.raw'
	equal "$(cat clip-001.raw)" mine
	[ -s clip-001-2.raw.json ]
	no_leftovers
}

@test "pictures: a file a frame, in a folder" {
	mkdir folder
	start_watch -q -F 'folder/%Y-#.ppm' -b 100ms -a 100ms -n 1 "${small[@]}"
	event
	wait_tool
	[ ! -s "$stdout" ]
	equal "$(find folder -type f ! -name '20??-??????.ppm')" ''
	[ "$(find folder -type f | wc -l)" -gt 1 ]
	no_leftovers
}

@test "ended in the middle of a clip: it gets what there is, status 0; 143 if there were to be more" {
	start_watch -F clip.raw -b 100ms -a 1h "${small[@]}"
	event
	wait_for 10 is_written
	stop_tool TERM
	[ "$(stat -c %s clip-001.raw)" -ge 102400 ]
	equal "$(cat "$stdout")" clip-001.raw
	no_leftovers
	start_watch -F other.raw -a 1h -n 2 "${small[@]}"
	event
	wait_for 10 is_written
	stop_tool TERM -143
	equal "$(cat "$stdout")" other-001.raw
	no_leftovers
}

@test "command: it fails, or ends too early, status 1" {
	run_tool -1 rawline-watch -F clip.raw -b 100ms -a 100ms -e 'echo one; exit 3' "${small[@]}"
	contains "$stderr" 'rawline-watch: the command ended with status 3'
	[ -s clip-001.raw ]
	run_tool -1 rawline-watch -F more.raw -b 100ms -a 100ms -n 3 -e 'echo one' "${small[@]}"
	contains "$stderr" 'rawline-watch: the command ended after 1 of 3 clips'
	no_leftovers
}

@test "bad luck: a full disk, no folder, no camera, what the tool refuses" {
	need_file_system 400k
	run_tool -9 rawline-watch -F "$file_system/clip.raw" -b 100ms -a 1h -e 'echo one; read _ <input' "${small[@]}"
	contains "$stderr" 'No space left on device'
	[ -s "$file_system/clip-001.raw" ]
	run_tool -9 rawline-watch -F nowhere/clip.raw "${small[@]}"
	equal "$(cat "$stderr")" 'rawline-watch: no clips can be made in nowhere/: No such file or directory'
	run_tool -3 rawline-watch -F clip.raw 'No such'
	run_tool -6 rawline-watch -F clip.raw -b 10h -- -s 640x480
	contains "$stderr" 'half of the memory that is free'
	run_tool -6 rawline-watch -F clip.png "${small[@]}"
	no_leftovers
	equal "$(echo clip*)" 'clip*'
}

# refused SENTENCE OPTION...: status 2, one sentence and where help is
refused() {
	local sentence=$1
	shift
	run_tool -2 rawline-watch "$@"
	equal "$(cat "$stderr")" "rawline-watch: $sentence"$'\n'"Try 'rawline-watch --help' for more information."
}

@test "options: what is wrong is said, status 2" {
	refused 'no --file says where clips go'
	refused '--file: an empty name' -F ''
	refused '--file: clip has no suffix that says what kind of file it is, as .mjpeg' -F clip
	refused '--file: a # can stand before the suffix only' -F 'a#b.raw'
	refused '--file: a date can stand in the last part of the path only' -F '%Y/a.raw'
	refused "--before: '5' is not a duration, as 5s, 100ms, 250us" -F a.raw -b 5
	refused '--clips: 0 is out of range, 1 to 99999999' -F a.raw -n 0
	refused '--exec: an empty command' -F a.raw -e ''
	refused "--tool: there is no program 'no-capture'" -F a.raw -T no-capture
	refused "'b' is too much: the camera is 'a'" -F a.raw a b
	refused 'there is no option -Z' -Z
}

@test "help: fits a screen, and every option is in the man page and in the completion" {
	local page option
	page=$(mandoc -T ascii "$BATS_TEST_DIRNAME/../man/rawline-watch.1" | sed 's/.\x08//g')
	run_tool rawline-watch --help
	[ "$(wc -l <"$stdout")" -le 60 ]
	[ "$(awk '{ if (length > n) n = length } END { print n }' "$stdout")" -le 80 ]
	grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' "$stdout" | tr -d ' ,' | sort -u >options
	[ "$(wc -l <options)" -gt 10 ]
	# shellcheck source=scripts/completion.bash
	. "$BATS_TEST_DIRNAME/../scripts/completion.bash"
	while read -r option; do
		[[ $page == *"$option"* ]] || fail "$option is not in rawline-watch(1)" || return
		[[ $option != --* || " $_rawline_watch " == *[[:space:]]"$option"[=[:space:]]* ]] ||
			fail "$option is not completed" || return
	done <options
	run_tool rawline-watch -V
	equal "$(vimc-capture -V)" "$(sed s/rawline-watch/vimc-capture/ "$stdout")"
}

@test "other shells: busybox and bash" {
	local shell
	require busybox
	for shell in 'busybox sh' 'bash --posix'; do
		# shellcheck disable=SC2086
		run_tool $shell "$(command -v rawline-watch)" -F "${shell%% *}.raw" -b 100ms -a 100ms -n 1 \
			-e 'echo one' "${small[@]}"
		equal "$(cat "$stdout")" "${shell%% *}-001.raw"
	done
}
