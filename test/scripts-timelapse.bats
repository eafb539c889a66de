# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# lab-limit: 900
# shellcheck disable=SC2154 # variables that lab.bash sets
# rawline-timelapse: when shots are taken, which are missed, what failures and signals do.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

# A program of this test, before all others of its name.
program() { # NAME < SCRIPT
	mkdir -p bin
	{ echo '#!/bin/sh'; cat; } >"bin/$1"
	chmod +x "bin/$1"
	[[ $PATH == "$PWD/bin:"* ]] || PATH=$PWD/bin:$PATH
}

# Time that only passes in a sleep and in a shot: minutes take no time, and nothing is ever late by
# chance. "pass SECONDS" lets it pass.
fake_time() {
	echo '1000.00 0.00' >uptime
	mount --bind uptime /proc/uptime
	lab_mounts+=(/proc/uptime)
	program pass <<-'END'
		read -r now _ </proc/uptime
		whole=${1%.*} part=
		case $1 in *.*) part=${1#*.} ;; esac
		part=${part}00
		now=$((${now%.*} * 100 + 1${now#*.} - 100 + whole * 100 + 1${part%"${part#??}"} - 100))
		printf '%d.%02d 0.00\n' $((now / 100)) $((now % 100)) >uptime
	END
	program sleep <<-'END'
		echo "$1" >>sleeps
		if [ -e suspend ]; then
			pass "$(cat suspend)"
			rm suspend
		fi
		exec pass "$1"
	END
}

# A tool that writes when each shot began into the file "shots", with its options. The files takes
# and statuses say, a line a shot, what it takes and how it ends; their last line is for all that
# follow.
fake_tool() { # [NAME]
	program line <<-'END'
		head -n 1 "$1"
		[ "$(wc -l <"$1")" -eq 1 ] || sed -i 1d "$1"
	END
	program "${1:-fake-capture}" <<-'END'
		case " $* " in *' --list '* | *' --info '*) exit "$(cat list 2>/dev/null || echo 0)" ;; esac
		read -r now _ </proc/uptime
		echo "$now $*" >>shots
		pass "$(line takes)"
		status=$(line statuses)
		[ "$status" -eq 0 ] || exit "$status"
		while [ "$1" != -F ]; do shift; done
		[ "$2" = - ] && echo picture || echo picture >"$2"
	END
	echo 0.1 >takes
	echo 0 >statuses
}

# When shots were begun, in seconds after 1000.
times_of() {
	awk '{ printf "%s%.2f", between, $1 - 1000; between = " " }' shots
}

pictures() {
	ls shot-* | sed 's/shot-0*\([0-9]\)/\1/; s/\..*//' | paste -s -d ' '
}

# ---- the grid ----

@test "grid: shots begin a period apart, whatever they take" {
	fake_time
	fake_tool
	printf '%s\n' 0.9 0.01 5.5 9.99 0.3 >takes
	run_tool rawline-timelapse -p 10s -n 6 -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 10.00 20.00 30.00 40.00 50.00'
	equal "$(pictures)" '0 1 2 3 4 5'
	equal "$(tail -n 1 "$stdout")" 'shots 6, missed 0, failed 0'
	equal "$(sed -n 3p "$stdout")" '1020.00 shot: 000002 missed: 0 -> shot-000002.png'
	[ ! -s "$stderr" ]
}

@test "grid: a period that hundredths of a second do not divide gathers no error" {
	local places
	fake_time
	fake_tool
	run_tool rawline-timelapse -p 333.333333ms -n 40 -T fake-capture -F 'shot-#.png'
	places=$(awk '{ off = $1 - 1000 - (NR - 1) / 3; if (off < -0.0001 || off > 0.0201) print }' shots)
	equal "$places" '' 'shots off the grid'
	equal "$(wc -l <shots)" 40
}

@test "grid: a long shot, the places it covers are missed and the phase is kept" {
	fake_time
	fake_tool
	printf '%s\n' 0.1 23.4 0.1 >takes
	run_tool rawline-timelapse -p 10s -n 4 -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 10.00 40.00 50.00'
	equal "$(pictures)" '0 1 4 5'
	contains "$stderr" 'rawline-timelapse: shots 2 to 3 missed: it was too late for them'
	matches "$stdout" '^1040.00 shot: 000004 missed: 2 -> '
	contains "$stdout" 'shots 4, missed 2, failed 0'
}

@test "grid: a little late is not missed, and the next shot is on time again" {
	fake_time
	fake_tool
	printf '%s\n' 10.95 0.1 11.05 0.1 >takes
	run_tool rawline-timelapse -p 10s -n 4 -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 10.95 20.00 40.00'
	contains "$stderr" 'shot 3 missed: it was too late for it'
}

@test "grid: after a suspend the places slept through are missed, the phase is kept" {
	fake_time
	fake_tool
	echo 1234.5 >suspend
	run_tool rawline-timelapse -p 60s -n 3 -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 1260.00 1320.00'
	contains "$stdout" 'shots 3, missed 20, failed 0'
	# A sleep stands still in a suspend: none is long.
	equal "$(awk '$1 > 10.01' sleeps)" ''
}

# on_grid PERIOD_NS: each shot is a whole number of periods after the first, or so much later as is told.
# A busy machine is late, and may miss some.
on_grid() {
	jq -es --argjson period "$1" 'map(select(.record == "shot")) | .[0] as $first |
		all(.[]; .late_ns >= 0 and .late_ns < $period and .timestamp_boottime_ns - .late_ns ==
			$first.timestamp_boottime_ns - $first.late_ns + (.shot - $first.shot) * $period)' "$stdout" ||
		fail 'the shots are not on their grid'
}

@test "grid: the date is set while it runs, nothing changes" {
	local date
	date=$(date +%s)
	program sleep <<-'END'
		date -s 2031-01-01 >/dev/null
		/bin/sleep "$1"
		date -s 2001-01-01 >/dev/null
	END
	run_tool -a rawline-timelapse -p 1s -n 4 --json -F 'shot-#.ppm' -- -s 64x64
	date -s "@$date"
	equal "$status" 0
	equal "$(jq 'select(.record == "end") | .shots' "$stdout")" 4
	on_grid 1e9
}

@test "grid: the real tool, each frame follows its place, no drift" {
	run_tool rawline-timelapse -p 700ms -n 6 --json --skip=2 -F 'shot-#.raw' -- -s 64x64
	on_grid 7e8
	# Each frame was made in its own shot, before the next.
	jq -r 'select(.record == "shot") | "shot-\("00000\(.shot)"[-6:]).raw.json"' "$stdout" >names
	equal "$(wc -l <names)" 6
	while read -r name; do
		jq -s '{ record: "made", made: .[0] | (.frames[0] // .).timestamp_ns }' "$name"
	done <names >made
	jq -es 'map(select(.record != "end")) as $all | ($all | map(select(.record == "shot").timestamp_boottime_ns)) as $shots |
		($all | map(select(.record == "made").made)) as $made | ($shots | length) == 6 and
		all(range(6); $made[.] > $shots[.] and (. == 5 or $made[.] < $shots[. + 1]))' "$stdout" made
	for name in shot-*.raw; do
		equal "$(stat -c %s "$name")" 12288
	done
}

# ---- how long ----

@test "time: begins no shot at its end or later" {
	fake_time
	fake_tool
	run_tool rawline-timelapse -p 10s -t 50s -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 10.00 20.00 30.00 40.00'
	rm shot-* shots
	run_tool rawline-timelapse -p 10s -t 50.01s -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 6
}

@test "time: places after it are not missed" {
	fake_time
	fake_tool
	printf '%s\n' 0.1 1000 >takes
	run_tool rawline-timelapse -p 10s -t 50s -T fake-capture -F 'shot-#.png'
	contains "$stdout" 'shots 2, missed 3, failed 0'
}

@test "shots: missed and failed ones are made up for" {
	fake_time
	fake_tool
	printf '%s\n' 0.1 15 0.1 >takes
	printf '%s\n' 0 0 8 0 >statuses
	run_tool rawline-timelapse -p 10s -n 4 -T fake-capture -F 'shot-#.png'
	equal "$(pictures)" '0 1 4 5'
	contains "$stdout" 'shots 4, missed 1, failed 1'
}

# ---- failures ----

@test "failures: the run goes on, and its status is that of the last" {
	fake_time
	fake_tool
	printf '%s\n' 0 8 3 7 0 >statuses
	run_tool -7 rawline-timelapse -p 10s -t 1min -T fake-capture -F 'shot-#.png'
	equal "$(pictures)" '0 4 5'
	contains "$stderr" 'rawline-timelapse: shot 1 failed: the camera went away'
	contains "$stderr" 'rawline-timelapse: shot 2 failed: no such camera'
	contains "$stdout" 'shots 3, missed 0, failed 3'
}

@test "failures: --max-lost, status 10 for one more than that" {
	fake_time
	fake_tool
	printf '%s\n' 0 8 0 >statuses
	printf '%s\n' 15 0.1 >takes
	run_tool -0 rawline-timelapse -p 10s -n 3 --max-lost=2 -T fake-capture -F 'shot-#.png'
	rm shot-*
	printf '%s\n' 0 8 0 >statuses
	printf '%s\n' 15 0.1 >takes
	run_tool -10 rawline-timelapse -p 10s -n 3 --max-lost=1 -T fake-capture -F 'shot-#.png'
	contains "$stdout" 'shots 3, missed 1, failed 1'
}

@test "failures: what no second try mends ends the run at the first shot" {
	local wanted
	fake_time
	fake_tool
	for wanted in 2 3 5 6 9; do
		echo "$wanted" >statuses
		rm -f shots
		run_tool "-$wanted" rawline-timelapse -p 10s -n 3 -T fake-capture -F 'shot-#.png'
		equal "$(wc -l <shots)" 1 "shots with status $wanted"
		contains "$stdout" 'shots 0, missed 0, failed 1'
	done
}

@test "failures: later only wrong usage and a failed write do" {
	local wanted
	fake_time
	fake_tool
	for wanted in 2 9; do
		printf '%s\n' 0 "$wanted" 0 >statuses
		rm -f shot*
		run_tool "-$wanted" rawline-timelapse -p 10s -n 3 -T fake-capture -F 'shot-#.png'
		equal "$(wc -l <shots)" 2 "shots with status $wanted"
	done
	for wanted in 1 3 4 5 6 7 8 10 139; do
		printf '%s\n' 0 "$wanted" 0 >statuses
		rm -f shot*
		run_tool rawline-timelapse -p 10s -n 3 -T fake-capture -F 'shot-#.png'
		equal "$(wc -l <shots)" 4 "shots with status $wanted"
	done
}

@test "failures: so many in a row are enough" {
	fake_time
	fake_tool
	printf '%s\n' 7 7 0 7 >statuses
	run_tool -7 rawline-timelapse -p 10s -n 3 --give-up=3 -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 6
	contains "$stderr" '3 failures in a row, giving up'
	rm shots shot-*
	run_tool -7 rawline-timelapse -p 10s -n 3 -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 10
	rm shots
	run_tool -7 rawline-timelapse -p 10s -t 200s --give-up=0 -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 20
}

@test "wait: a camera that is away is no reason to give up, but for longer than that" {
	fake_time
	fake_tool
	printf '%s\n' 0 8 3 3 3 3 0 >statuses
	run_tool rawline-timelapse -p 10s -n 2 --give-up=2 --wait -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 7
	rm shot*
	printf '%s\n' 0 8 3 3 3 3 0 >statuses
	run_tool -3 rawline-timelapse -p 10s -n 2 --wait=25s -T fake-capture -F 'shot-#.png'
	equal "$(wc -l <shots)" 6
	contains "$stderr" 'the camera did not come back in time'
}

@test "wait: the first shot is when the camera is there" {
	fake_time
	fake_tool
	echo 3 >list
	program sleep <<-'END'
		[ ! -s countdown ] || sed -i 1d countdown
		[ -s countdown ] || echo 0 >list
		exec pass "$1"
	END
	printf '%s\n' 4 3 2 1 >countdown
	run_tool rawline-timelapse -p 10s -n 2 --wait -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '4.00 14.00'
	equal "$(cat "$stderr")" 'rawline-timelapse: waiting for a camera to appear'
	echo 3 >list
	printf '%s\n' 4 3 2 1 >countdown
	run_tool -3 rawline-timelapse -p 10s -n 2 --wait=2s -T fake-capture -F 'next-#.png' 'Sensor Z'
	contains "$stderr" "rawline-timelapse: no camera 'Sensor Z' (asked: fake-capture)"
}

# shots_there COUNT: so many pictures
shots_there() {
	[ "$(ls shot-*.ppm | wc -l)" -ge "$1" ]
}

@test "unplugged for a while: shots fail, go on when it is back, all files are whole" {
	local name
	start_tool rawline-timelapse -p 400ms -n 5 --give-up=0 --json -F 'shot-#.ppm' -- -s 64x64
	# A busy machine misses places, so the second has any number.
	wait_for 10 shots_there 2
	vimc_unbind
	wait_for 10 grep -q '"status":3' "$stdout"
	vimc_bind
	wait_tool
	equal "$(ls shot-*.ppm | wc -l)" 5
	[ "$(jq 'select(.record == "end") | .failed' "$stdout")" -ge 1 ]
	for name in shot-*.ppm; do
		equal "$(stat -c %s "$name")" $((64 * 64 * 3 + 13))
	done
}

@test "disk full: status 9, only whole files" {
	local name
	need_file_system 40k
	run_tool -9 rawline-timelapse -p 300ms -n 9 -F "$file_system/shot-#.ppm" -- -s 64x64
	equal "$(find "$file_system" -type f | wc -l)" 2
	for name in "$file_system"/shot-*; do
		equal "$(stat -c %s "$name")" $((64 * 64 * 3 + 13))
	done
	# A busy machine may be too late for some.
	matches "$stdout" '^shots 2, missed [0-9]+, failed 1$'
}

@test "closed pipe: status 9, before another shot" {
	fake_time
	fake_tool
	run_tool -9 bash -c 'set -o pipefail; rawline-timelapse -p 10s -T fake-capture -F "shot-#.png" | true'
	contains "$stderr" "rawline-timelapse: the report can't be written to standard output"
	[ "$(wc -l <shots)" -le 1 ]
}

# ---- signals ----

# A tool that is at its shot until the file "finish" is there.
slow_tool() {
	program slow-capture <<-'END'
		case $1 in --list) exit 0 ;; esac
		echo begun >&9
		until [ -e finish ]; do sleep 0.05; done
		while [ "$1" != -F ]; do shift; done
		echo picture >"$2"
	END
}

none_called() { # NAME
	! pgrep -x "$1"
}

# What is started in the background is born deaf to SIGINT.
start_timelapse() {
	start_tool env --default-signal=INT rawline-timelapse "$@"
}

@test "signals: the shot in hand is finished, then the summary" {
	local signal
	slow_tool
	for signal in HUP:129 INT:130 TERM:143; do
		rm -f finish
		start_timelapse -p 1h -n 5 -T slow-capture -F "shot-${signal#*:}-#.png"
		wait_ready
		kill -s "${signal%:*}" "$tool_pid"
		touch finish
		wait_tool "-${signal#*:}"
		[ -e "shot-${signal#*:}-000000.png" ]
		equal "$(tail -n 1 "$stdout")" 'shots 1, missed 0, failed 0'
	done
}

@test "signals: between shots it ends at once" {
	start_timelapse -p 1h -t 2h --json -F 'shot-#.ppm' -- -s 64x64
	wait_for 10 grep -q '"shot":0' "$stdout"
	stop_tool TERM -143 -t 5
	equal "$(jq 'select(.record == "end") | .status' "$stdout")" 143
	wait_for 5 none_called sleep
}

@test "signals: a run without an end is done, status 0" {
	start_timelapse -p 1h -F 'shot-#.ppm' -- -s 64x64
	wait_for 10 grep -q 'shot: 000000' "$stdout"
	stop_tool INT -0 -t 5
	contains "$stdout" 'shots 1, missed 0, failed 0'
}

@test "signals: the second ends the tool, and nohup's hang-up is none" {
	slow_tool
	start_timelapse -p 1h -n 5 -T slow-capture -F 'shot-#.png'
	wait_ready
	kill -INT "$tool_pid"
	stop_tool TERM -130 -t 5
	no_file shot-000000.png
	contains "$stdout" 'shots 0, missed 0, failed 0'

	start_tool env --ignore-signal=HUP rawline-timelapse -p 100ms -n 2 -T slow-capture -F 'hup-#.png'
	wait_ready
	kill -HUP "$tool_pid"
	touch finish
	wait_tool
	equal "$(ls hup-*.png | wc -l)" 2
}

@test "signals: while it waits for a camera" {
	start_timelapse -p 1h -n 1 --wait -F 'shot-#.ppm' 'Sensor Z'
	wait_for 10 grep -q 'waiting for Sensor Z' "$stderr"
	stop_tool TERM -143 -t 5
}

# ---- files ----

@test "files: a name of a shot to come is in the way, unless forced" {
	fake_time
	fake_tool
	touch shot-000007.png shot-00007.png shot-000007.png.bak
	run_tool -9 rawline-timelapse -p 10s -n 1 -T fake-capture -F 'shot-#.png'
	contains "$stderr" 'rawline-timelapse: shot-000007.png exists: --force replaces files'
	no_file shots
	run_tool rawline-timelapse -p 10s -n 1 -T fake-capture -F 'shot-#.png' --first-shot=8
	contains "$stdout" '-> shot-000008.png'
	run_tool rawline-timelapse -p 10s -n 1 -T fake-capture -F "$PWD/shot-#.png" --first-shot=7 --force
	contains shots '--force'
	run_tool -9 rawline-timelapse -p 10s -n 1 -T fake-capture -F './shot-#.png'
}

@test "files: one that is replaced, a link to the last, dates, folders with a #, standard output" {
	fake_time
	fake_tool
	mkdir 'a#' latest
	run_tool rawline-timelapse -p 10s -n 2 -T fake-capture -F now.png --force
	equal "$(wc -l <shots)" 2
	run_tool rawline-timelapse -p 10s -n 2 -T fake-capture -F 'a#/b#-#.png' --latest=latest/now.png
	[ -s 'a#/b000001-000001.png' ]
	equal "$(readlink -f latest/now.png)" "$PWD/a#/b000001-000001.png"
	run_tool rawline-timelapse -p 10s -n 2 -T fake-capture -F 'd-%Y-#.png' --date --latest=now
	[ -s "d-$(date +%Y)-000001.png" ]
	equal "$(readlink now)" "d-$(date +%Y)-000001.png"
	run_tool rawline-timelapse -p 10s -n 2 -T fake-capture -F -
	equal "$(cat "$stdout")" $'picture\npicture'
	contains "$stderr" 'shots 2, missed 0, failed 0'
	run_tool -9 rawline-timelapse -p 10s -n 2 -T fake-capture -F 'x-#.png' --latest=none/now
	contains "$stderr" "none/now can't be made a link"
}

@test "tool: gets the options behind -- and the camera, and nothing else" {
	fake_time
	fake_tool
	run_tool rawline-timelapse 'Sensor B' -p10s -n1 -Tfake-capture -F 'a b-#.png' --skip 3 -- -s '64x64 x' --raw
	equal "$(cat shots)" '1000.00 --skip=3 -q -c 1 -F a b-000000.png -s 64x64 x --raw -- Sensor B'
	rm shots
	run_tool rawline-timelapse -qp 10s -n 1 -T fake-capture -F 'c-#.png'
	equal "$(cut -d ' ' -f 2- shots)" '-q -c 1 -F c-000000.png'
	[ ! -s "$stdout" ]
}

@test "tool: the first installed one that has the camera; one that can't tell comes last" {
	fake_time
	fake_tool uvc-capture
	run_tool rawline-timelapse -p 10s -n 1 -F 'a-#.ppm'
	[ -s shots ]
	rm shots
	echo 3 >list
	run_tool rawline-timelapse -p 10s -n 1 -F 'b-#.ppm' -- -s 64x64
	[ -s b-000000.ppm ]
	no_file shots
	echo 5 >list
	run_tool rawline-timelapse -p 10s -n 1 -F 'c-#.ppm' -- -s 64x64
	no_file shots
	vimc_unbind
	echo 5 >statuses
	run_tool -5 rawline-timelapse -p 10s -n 1 -F 'd-#.ppm'
	equal "$(wc -l <shots)" 1
	echo 3 >list
	run_tool -3 rawline-timelapse -p 10s -n 1 -F 'e-#.ppm'
	matches "$stderr" 'no camera \(asked: .*rkisp1-capture uvc-capture vimc-capture\)'
}

# ---- the rest ----

@test "json: every line is JSON, names are escaped" {
	fake_time
	fake_tool
	printf '%s\n' 15 0.1 >takes
	printf '%s\n' 0 8 0 >statuses
	run_tool rawline-timelapse -p 10s -n 2 --json -T fake-capture -F 'a"b\c-#.png'
	equal "$(jq -c 'select(.record == "shot") | [.shot, .timestamp_boottime_ns, .late_ns, .missed, .status]' "$stdout" | paste -s -d ' ')" \
		'[0,1000000000000,0,0,0] [2,1020000000000,0,1,8] [3,1030000000000,0,0,0]'
	equal "$(jq -r 'select(.shot == 3) | .file' "$stdout")" 'a"b\c-000003.png'
	equal "$(jq -c 'select(.record == "end") | [.status, .shots, .missed, .failed]' "$stdout")" '[0,2,1,1]'
}

# refused SENTENCE OPTION...: status 2, one sentence and where help is
refused() {
	local sentence=$1
	shift
	run_tool -2 rawline-timelapse "$@"
	equal "$(cat "$stderr")" "rawline-timelapse: $sentence"$'\n'"Try 'rawline-timelapse --help' for more information."
	[ ! -s "$stdout" ]
}

@test "options: what is wrong is said, status 2" {
	local text
	refused '--period is missing'
	refused '--file is missing' -p 1s
	for text in 5 s '' 1.s .5s 1,5s 1..5s -1s 0x5s 5S 5sec '5 s' 1e3s; do
		refused "--period: '$text' is not a duration, as 5s, 100ms, 250us" "--period=$text"
	done
	for text in 0s 0.0h 0.1ns 0.0000000001s 87601h 99999999999999999999s; do
		refused "--time: $text is out of range, 1ns to ten years" -t "$text"
	done
	refused "--period: shorter than 100ms; the tools' --count takes frame after frame" -p 99.999999ms -F 'x#'
	for text in x 1x -1 1.5 ''; do
		refused "--shots: '$text' is not a number" -n "$text"
	done
	refused '--shots: 0 is out of range, 1 to 999999999' -n 0
	refused '--skip: 99999999999999999999999 is out of range, 0 to 1000000' --skip 99999999999999999999999
	refused '-n needs a value' -n
	refused '--json takes no value' --json=1
	refused 'there is no option -Z' -qZ
	refused 'there is no option --peri' --peri=1s
	refused "'B' is too much: the camera is 'A'" -p 1s A B
	refused 'an empty name of a camera' -p 1s ''
	refused '--file: an empty name' -F ''
	refused "--tool: there is no program 'no-capture'" -p 1s -F 'x#' -T no-capture
	refused '--file: without # in its name #/x is one file: --force replaces it each time' -p 1s -F '#/x'
	refused '--file: d/ is a directory: write d/shot-#.png' -p 1s -F d/
	refused '--force has no effect on standard output' -p 1s -F - --force
	refused '--json and --quiet together' -p 1s -F 'x#' --json -q
}

@test "durations: as the tools read them" {
	fake_time
	fake_tool
	printf '%s\n' 0.01 >takes
	for text in 60s 1min 1.00000000000min 0.0166666666666666660h 60000ms 60000000us 60000000000ns 060s; do
		rm -f shot*
		echo '1000.00 0.00' >uptime
		case $text in 0.0166*)
			run_tool -2 rawline-timelapse -p "$text" -n 2 -T fake-capture -F 'shot-#.png'
			continue
			;;
		esac
		run_tool rawline-timelapse -p "$text" -n 2 -T fake-capture -F 'shot-#.png'
		equal "$(times_of)" '0.00 60.00' "period $text"
	done
	rm -f shot*
	echo '1000.00 0.00' >uptime
	run_tool rawline-timelapse -p 1.5h -n 2 -T fake-capture -F 'shot-#.png'
	equal "$(times_of)" '0.00 5400.00'
}

@test "other shells: busybox and bash take the same pictures" {
	local shell
	require busybox
	for shell in 'busybox sh' 'bash --posix' dash; do
		# shellcheck disable=SC2086
		run_tool $shell "$(command -v rawline-timelapse)" -p 500ms -n 3 \
			-F "${shell%% *}-#.ppm" --skip=08 -- -s 64x64
		equal "$(ls "${shell%% *}"-*.ppm | wc -l)" 3
		contains "$stdout" 'shots 3, missed '
		# shellcheck disable=SC2086
		run_tool -2 $shell "$(command -v rawline-timelapse)" -p 5
	done
}

@test "help: fits a screen, and every option is in the man page and in the completion" {
	local page option
	page=$(mandoc -T ascii "$BATS_TEST_DIRNAME/../man/rawline-timelapse.1" | sed 's/.\x08//g')
	run_tool rawline-timelapse --help
	[ "$(wc -l <"$stdout")" -le 60 ]
	[ "$(awk '{ if (length > n) n = length } END { print n }' "$stdout")" -le 80 ]
	grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' "$stdout" | tr -d ' ,' | sort -u >options
	[ "$(wc -l <options)" -gt 20 ]
	# shellcheck source=scripts/completion.bash
	. "$BATS_TEST_DIRNAME/../scripts/completion.bash"
	while read -r option; do
		[[ $page == *"$option"* ]] || fail "$option is not in rawline-timelapse(1)" || return
		[[ $option != --* || " $_rawline_timelapse " == *[[:space:]]"$option"[=[:space:]]* ]] ||
			fail "$option is not completed" || return
	done <options
	run_tool rawline-timelapse -V
	equal "$(vimc-capture -V)" "$(sed s/rawline-timelapse/vimc-capture/ "$stdout")"
}

@test "completion: options, formats, tools" {
	# shellcheck source=scripts/completion.bash
	. "$BATS_TEST_DIRNAME/../scripts/completion.bash"
	compopt() { :; }
	completed() {
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_rawline_script "$1"
	}
	completed rawline-timelapse --fi
	equal "${COMPREPLY[*]}" '--file= --first-shot='
	completed rawline-snapshot --format = p
	equal "${COMPREPLY[*]}" 'png ppm'
	completed rawline-snapshot --per
	equal "${COMPREPLY[*]}" ''
	completed rawline-timelapse -T vim
	equal "${COMPREPLY[*]}" vimc-capture
}
