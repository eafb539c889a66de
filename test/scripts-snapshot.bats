# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# rawline-snapshot: one whole picture after settling, from real drivers and from a pretended tool.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	vimc_reset
	mkdir scratch
	export TMPDIR=$PWD/scratch
}

# A tool that writes its options into "shots", a line a run. The file statuses says how each run
# ends, its last line for all that follow; the file rate how many frames a second its camera has.
fake_tool() {
	mkdir bin
	cat >bin/fake-capture <<-'END'
		#!/bin/sh
		case " $* " in *' --list '* | *' --info '*) exit "$(cat list 2>/dev/null || echo 0)" ;; esac
		echo "$*" >>shots
		status=$(head -n 1 statuses)
		[ "$(wc -l <statuses)" -eq 1 ] || sed -i 1d statuses
		if [ "$status" -ne 0 ]; then
			echo "fake-capture: status $status" >&2
			exit "$status"
		fi
		for word; do
			case $word in
			--skip=*) skip=${word#*=} ;;
			--report=*) report=${word#*=} ;;
			esac
			[ "$before" != -F ] || file=$word
			before=$word
		done
		echo "picture $(wc -l <shots)" >"$file"
		[ -z "$report" ] || cat >"$report" <<-REPORT
			{"record":"start","timestamp_ns":1000000000,"program":"fake-capture"}
			{"record":"frame","timestamp_ns":$((1000000000 + (skip + 1) * 1000000000 / $(cat rate))),"bytes":9}
		REPORT
	END
	chmod +x bin/fake-capture
	PATH=$PWD/bin:$PATH
	echo 0 >statuses
	echo 30 >rate
}

# The numbers of frames that were thrown away in each run.
skips() {
	grep -o 'skip=[0-9]*' shots | cut -d= -f2 | paste -s -d ' '
}

no_leftovers() {
	equal "$(find . -name '.*' ! -name . ! -name '.run-*' ! -name '.uvc-*')" '' 'what is left behind'
	equal "$(ls "$TMPDIR")" '' 'left in TMPDIR'
}

# ---- real cameras ----

@test "uvc: a .jpg is the camera's own bytes, of a frame after the first thirty" {
	uvc_plug default
	run_tool rawline-snapshot photo.jpg
	equal "$(cat "$stdout")" photo.jpg
	[ ! -s "$stderr" ]
	uvc_check photo.jpg
	equal "$(uvc_sum frames)" 1
	# A busy camera leaves numbers out.
	[ "$(uvc_sum first)" -ge 30 ] || fail "frame $(uvc_sum first)"
	no_leftovers
}

@test "uvc: damaged frames are not the picture" {
	uvc_plug default
	uvc_tell short 3
	run_tool rawline-snapshot --skip=0 photo.jpg
	contains "$stderr" 'counts as lost'
	equal "$(cat "$stdout")" photo.jpg
	uvc_check photo.jpg
	[ "$(uvc_sum first)" -ge 3 ]
}

@test "uvc: settles by time, at more than thirty frames a second too" {
	local begin
	uvc_plug default
	begin=$EPOCHREALTIME
	run_tool rawline-snapshot --settle=2s photo.jpg -- -s 1280x720:MJPG@60
	[ $((${EPOCHREALTIME/./} - ${begin/./})) -ge 2000000 ]
	equal "$(cat "$stdout")" photo.jpg
	uvc_check photo.jpg
}

@test "uvc: a frozen camera is status 7 after so many tries" {
	uvc_plug default
	uvc_tell freeze
	run_tool -7 -t 60 rawline-snapshot --tries=2 photo.jpg -- --first-frame=300ms
	equal "$(grep -c 'rawline-snapshot: no frame in time, trying again' "$stderr")" 1
	equal "$(grep -c '^uvc-capture: ' "$stderr")" 2
	no_file photo.jpg
}

@test "uvc: pulled in the middle, plugged in again: the next try has it" {
	uvc_plug default
	start_tool rawline-snapshot --tries=9 --skip=60 photo.jpg -- --first-frame=2s
	wait_for 10 test -s "$(uvc_record)"
	uvc_pull
	wait_for 10 grep -q 'the camera went away, trying again' "$stderr"
	uvc_plug default
	wait_tool
	uvc_check photo.jpg
}

@test "vimc: to a file, to standard output, to a folder, by date" {
	local now
	run_tool rawline-snapshot --skip=2 photo.png 'Sensor B' -- -s 64x64
	equal "$(pngtopnm photo.png | head -c 8 | paste -s -d ' ')" 'P6 64 64'
	run_tool rawline-snapshot --skip=2 --format=ppm - -- -s 64x64
	equal "$(stat -c %s "$stdout")" $((64 * 64 * 3 + 13))
	[ ! -s "$stderr" ]
	mkdir folder
	run_tool rawline-snapshot --skip=2 folder/ -- -s 64x64
	now=$(cat "$stdout")
	[ -s "$now" ]
	matches "$stdout" '^folder/snapshot-[0-9]{8}-[0-9]{6}\.(jpg|png|ppm)$'
	run_tool rawline-snapshot -q --skip=2 --format=png -- -s 64x64
	[ ! -s "$stdout" ]
	equal "$(ls snapshot-*.png | wc -l)" 1
	no_leftovers
}

@test "vimc: a file that exists is refused, then replaced" {
	echo mine >photo.ppm
	run_tool -9 rawline-snapshot photo.ppm -- -s 64x64
	contains "$stderr" 'photo.ppm exists: --force replaces files'
	equal "$(cat photo.ppm)" mine
	run_tool rawline-snapshot --force --skip=0 photo.ppm -- -s 64x64
	equal "$(stat -c %s photo.ppm)" $((64 * 64 * 3 + 13))
}

@test "disk full: status 9, no file and no name" {
	need_file_system 12k
	run_tool -9 rawline-snapshot --skip=0 "$file_system/photo.ppm" -- -s 64x64
	equal "$(find "$file_system" -type f)" ''
	[ ! -s "$stdout" ]
}

@test "standard output: closed, status 9" {
	run_tool -9 bash -c 'set -o pipefail; rawline-snapshot --skip=0 --format=ppm - -- -s 1280x720 | true'
	equal "$(cat "$stderr")" "rawline-snapshot: standard output can't be written"
	run_tool -9 bash -c 'set -o pipefail; rawline-snapshot --skip=9 a.ppm -- -s 64x64 | true'
	[ -s a.ppm ]
}

@test "signals: status 128+n within a second, no picture, nothing left" {
	local signal
	for signal in HUP:129 INT:130 TERM:143; do
		# What is started in the background is born deaf to SIGINT.
		start_tool env --default-signal=INT rawline-snapshot --skip=100000 --format=png - -- -s 64x64 --ready-fd=9
		wait_for 10 pgrep -f 'vimc-capture -q -c 1'
		stop_tool "${signal%:*}" "-${signal#*:}" -t 5
		[ ! -s "$stdout" ]
		no_leftovers
	done
}

@test "wait: the camera is plugged in later" {
	vimc_unbind
	start_tool rawline-snapshot --wait --skip=3 photo.jpg
	wait_for 10 grep -q 'rawline-snapshot: waiting for a camera to appear' "$stderr"
	uvc_plug default
	wait_tool
	uvc_check photo.jpg
	uvc_pull
	run_tool -3 rawline-snapshot --wait=1s other.jpg
	matches "$stderr" '^rawline-snapshot: no camera \(asked: .*rkisp1-capture uvc-capture vimc-capture\)'
	run_tool -3 rawline-snapshot other.jpg
}

# ---- a pretended one ----

@test "tool: gets what it needs, the options behind -- and the camera" {
	fake_tool
	run_tool rawline-snapshot -Tfake-capture a.jpg 'Cam A' --skip 08 --force -- -s '1x1 y' -v
	equal "$(cat shots)" '--force -q -c 1 --skip=8 -F a.jpg -s 1x1 y -v -- Cam A'
	rm shots
	run_tool rawline-snapshot -qT fake-capture b.jpg
	equal "$(cat shots)" '-q -c 1 --skip=30 -F b.jpg'
	[ ! -s "$stdout" ]
}

@test "settle: again with more frames until it is long enough" {
	fake_tool
	run_tool rawline-snapshot -T fake-capture --settle=2s a.jpg
	equal "$(skips)" 61
	rm shots
	echo 240 >rate
	run_tool rawline-snapshot -T fake-capture --settle=2s b.jpg
	equal "$(skips)" '61 707'
	equal "$(sed -n 2p shots | grep -c -e --force)" 1
	equal "$(cat b.jpg)" 'picture 2'
	rm shots
	echo 5 >rate
	run_tool rawline-snapshot -T fake-capture --settle=2s c.jpg
	equal "$(skips)" 61
}

@test "format: the first kind that the camera gives, without a word of the others" {
	fake_tool
	printf '%s\n' 6 6 0 >statuses
	run_tool rawline-snapshot -T fake-capture
	matches "$stdout" '^snapshot-.*\.ppm$'
	[ ! -s "$stderr" ]
	echo 6 >statuses
	run_tool -6 rawline-snapshot -T fake-capture
	equal "$(cat "$stderr")" 'fake-capture: status 6'
}

@test "tries: what may pass is tried again, what won't is not" {
	local status_wanted
	fake_tool
	for status_wanted in 4 7 8 10; do
		printf '%s\n' "$status_wanted" 0 >statuses
		rm -f shots
		run_tool rawline-snapshot -T fake-capture "ok-$status_wanted.jpg"
		equal "$(wc -l <shots)" 2
	done
	for status_wanted in 1 2 3 5 6 9; do
		printf '%s\n' "$status_wanted" 0 >statuses
		rm -f shots
		run_tool "-$status_wanted" rawline-snapshot -T fake-capture "no-$status_wanted.jpg"
		equal "$(wc -l <shots)" 1
		[ ! -s "$stdout" ]
	done
	printf '%s\n' 8 3 3 0 >statuses
	rm shots
	run_tool rawline-snapshot -T fake-capture --tries=4 back.jpg
	equal "$(wc -l <shots)" 4
	echo 7 >statuses
	rm shots
	run_tool -7 rawline-snapshot -T fake-capture none.jpg
	equal "$(wc -l <shots)" 3
}

# ---- the rest ----

# refused SENTENCE OPTION...: status 2, one sentence and where help is
refused() {
	local sentence=$1
	shift
	run_tool -2 rawline-snapshot "$@"
	equal "$(cat "$stderr")" "rawline-snapshot: $sentence"$'\n'"Try 'rawline-snapshot --help' for more information."
}

@test "options: what is wrong is said, status 2" {
	refused "--settle: '5' is not a duration, as 5s, 100ms, 250us" --settle=5
	refused '--settle: longer than an hour' --settle=61min
	refused '--settle and --skip together' --settle=5s --skip=3
	refused "--skip: 'x' is not a number" --skip=x
	refused '--tries: 0 is out of range, 1 to 1000' --tries=0
	refused "--format: 'gif' is none of jpg|png|ppm" --format=gif
	refused '--format has no effect: the name of a.jpg says it' --format=jpg a.jpg
	refused '--force has no effect on standard output' --force -
	refused "--tool: there is no program 'no-capture'" -T no-capture
	refused 'a#.jpg: a picture has no number' 'a#.jpg'
	refused 'photo: no suffix says what kind of picture it is, as .jpg' photo
	refused 'a.b/.jpg: no suffix says what kind of picture it is, as .jpg' a.b/.jpg
	refused "'c' is too much: the file is 'a.jpg', the camera 'b'" a.jpg b c
	refused 'an empty name' ''
	refused 'there is no option -Z' -Z
	refused '--quiet takes no value' --quiet=1
}

@test "help: fits a screen, and every option is in the man page and in the completion" {
	local page option
	page=$(mandoc -T ascii "$BATS_TEST_DIRNAME/../man/rawline-snapshot.1" | sed 's/.\x08//g')
	run_tool rawline-snapshot --help
	[ "$(wc -l <"$stdout")" -le 60 ]
	[ "$(awk '{ if (length > n) n = length } END { print n }' "$stdout")" -le 80 ]
	grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' "$stdout" | tr -d ' ,' | sort -u >options
	[ "$(wc -l <options)" -gt 10 ]
	# shellcheck source=scripts/completion.bash
	. "$BATS_TEST_DIRNAME/../scripts/completion.bash"
	while read -r option; do
		[[ $page == *"$option"* ]] || fail "$option is not in rawline-snapshot(1)" || return
		[[ $option != --* || " $_rawline_snapshot " == *[[:space:]]"$option"[=[:space:]]* ]] ||
			fail "$option is not completed" || return
	done <options
	run_tool rawline-snapshot -V
	equal "$(vimc-capture -V)" "$(sed s/rawline-snapshot/vimc-capture/ "$stdout")"
}

@test "other shells: busybox and bash" {
	local shell
	require busybox
	for shell in 'busybox sh' 'bash --posix'; do
		# shellcheck disable=SC2086
		run_tool $shell "$(command -v rawline-snapshot)" --settle=1.5ms "${shell%% *}.ppm" -- -s 64x64
		equal "$(cat "$stdout")" "${shell%% *}.ppm"
		[ -s "${shell%% *}.ppm" ]
	done
}
