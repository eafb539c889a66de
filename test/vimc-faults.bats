# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# lab-limit: 900
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: each exit status provoked, each end in good order.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

# one_sentence TEXT: standard error has exactly one line that is no notice of a choice, and it contains TEXT
one_sentence() {
	grep -v -e 'taking the first camera' -e ' buffers of ' "$stderr" >said || true
	equal "$(wc -l <said)" 1 'number of sentences' || { cat said; return 1; }
	contains said "$1"
}

# no_leftovers: no temporary file is here
no_leftovers() {
	local left
	left=$(find . -maxdepth 2 -name '.*' ! -name . ! -name '.run-*' ! -name said)
	[ -z "$left" ] || fail "left behind: $left"
}

# ---- 0 ----

@test "status 0: every frame asked for, exactly that many" {
	run_tool vimc-capture -c 7 -F 'f-#.raw' -s 64x64
	equal "$(ls f-*.raw | wc -l)" 7
	equal "$(grep -c ' main seq: ' "$stdout")" 7
	matches "$stdout" '^captured 7, lost 0 \(driver 0, error 0, overflow 0\), written 7, '
	dmesg_clean
}

@test "status 0: without a count, ten frames" {
	run_tool vimc-capture -s 64x64
	equal "$(grep -c ' main seq: ' "$stdout")" 10
}

@test "status 0: a time without a count ends after that time" {
	run_tool vimc-capture -t 300ms -s 64x64
	matches "$stdout" '^captured [1-9][0-9]*, '
}

@test "status 0: the time is up before all frames of the count came" {
	run_tool vimc-capture -c 100000 -t 300ms -s 64x64 --json
	jq -es '.[-1] | .status == 0 and (.streams[0].captured | . >= 1 and . < 100)' "$stdout"
}

@test "status 0: endless, stopped by a signal" {
	local signal
	for signal in INT TERM HUP; do
		start_tool vimc-capture -c 0 -s 64x64 -F "$signal-#.raw" --ready-fd=9
		wait_ready
		stop_tool "$signal" -0
		matches "$stdout" '^captured [1-9]'
		no_leftovers
	done
}

# ---- 2 ----

@test "status 2: wrong usage, one sentence and a hint" {
	local arguments
	while read -r -a arguments; do
		run_tool -2 vimc-capture "${arguments[@]}"
		[ ! -s "$stdout" ]
		matches "$stderr" '^vimc-capture: '
		contains "$stderr" "Try 'vimc-capture --help'"
		# Nothing was touched before it was refused.
		expect_format 'Sensor A' 0 RGB888_1X24/640x480
	done <<-'EOT'
	--nonsense
	-c 1O
	-c -1
	-c 99999999999999999999
	-c
	-t 5
	-t 0s
	-s 0x0
	-s 99999999x1
	-s nothing
	-s main:640x480:NOPE
	-s main@0
	-s main -s main
	-r -r
	-n 0
	-n 33
	--memory=tape
	-F x.raw --report=x.raw
	-F x.raw --save-controls=x.raw
	--report=x --save-controls=x
	--save-controls=-
	--load-controls=-
	--overflow=maybe -F x
	--ready-fd=77
	--ready-fd=x
	--force
	--max-lost=-1
	--first-frame=10
	-C novalue
	-F
	-F raw=x.raw
	-q -v
	--list --count=3
	--info -F x
	--list --info
	A B
	EOT
}

# ---- 3 ----

@test "status 3: no module, one sentence" {
	lab_platform unload vimc
	run_tool -3 vimc-capture -c 1
	one_sentence 'no camera found'
}

@test "status 3: unbound before we start" {
	vimc_unbind
	run_tool -3 vimc-capture -c 1
	one_sentence 'no camera found'
}

# ---- 4 ----

@test "status 4: another of us has the camera, named with its pid" {
	start_tool vimc-capture -c 0 -s 64x64 --ready-fd=9 'Sensor A'
	wait_ready
	run_tool -4 vimc-capture -c 1 -s 64x64 'Sensor B'
	one_sentence "in use by pid $tool_pid (vimc-capture)"
	stop_tool TERM -0
}

@test "status 4: v4l2-ctl streams from it without a lock, named; its frames go on" {
	local node pid
	media -V "'Sensor A':0 [fmt:SRGGB8_1X8/640x480]"
	set_link 'Debayer A' 1 Scaler 0 off
	node=$(entity_node 'Raw Capture 0')
	v4l2-ctl -d "$node" --set-fmt-video=width=640,height=480,pixelformat=RGGB
	start_tool v4l2-ctl -d "$node" --stream-mmap --stream-count=100 --stream-to=theirs.raw
	pid=$tool_pid
	wait_for 5 test -s theirs.raw
	run_tool -4 vimc-capture -c 1 -s 320x240 'Sensor A'
	one_sentence "in use by pid $pid (v4l2-ctl)"
	wait_tool
	equal "$(stat -c %s theirs.raw)" $((100 * 640 * 480))
	dmesg_clean
}

# ---- 5 ----

as_nobody() {
	run_tool "$1" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		env PATH="$PATH" "${@:2}"
}

@test "status 5: no right to the media device, node and group named" {
	chmod 600 "$(media_device)"
	as_nobody -5 vimc-capture -c 1
	contains "$stderr" "no permission: $(media_device) belongs to root:root, mode 0600"
	as_nobody -5 vimc-capture --list
}

@test "status 5: no right to one node of the camera, that node named" {
	chmod 666 "$(media_device)" /dev/v4l-subdev* /dev/video*
	chmod 660 "$(entity_node 'RGB/YUV Capture')"
	as_nobody -5 vimc-capture -c 1 'Sensor A'
	contains "$stderr" "no permission: $(entity_node 'RGB/YUV Capture') belongs to root:root, mode 0660"
}

# ---- 6 ----

# stopped_before IOCTL COMMAND...: start it, and stop it when it has made the first such ioctl
stopped_before() {
	local ioctl=$1 number
	shift
	run_tool -a strace -o trace -e trace=ioctl "$@"
	number=$(grep '^ioctl' trace | grep -n -m 1 "$ioctl" | cut -d: -f1)
	vimc_reset
	start_tool strace -o trace -e trace=ioctl -e "inject=ioctl:signal=STOP:when=$number" "$@"
	wait_for 10 grep -q 'stopped by SIGSTOP' trace
}

@test "status 6: the graph is changed behind our back, the pads that disagree are named" {
	stopped_before VIDIOC_QBUF vimc-capture -c 1 -s 64x64 'Sensor A'
	media -V "'Scaler':0 [fmt:RGB888_1X24/320x240]"
	pkill -CONT -P "$tool_pid"
	wait_tool -6
	contains "$stderr" 'Debayer A pad 1 gives RGB888_1X24/64x64, but Scaler pad 0 takes RGB888_1X24/320x240'
	dmesg_clean
}

@test "status 6: a link is cut behind our back, the pad that is not fed is named" {
	stopped_before VIDIOC_QBUF vimc-capture -c 1 -s 64x64 'Sensor A'
	set_link 'Debayer A' 1 Scaler 0 off
	pkill -CONT -P "$tool_pid"
	wait_tool -6
	contains "$stderr" 'no enabled link leads to Scaler pad 0'
}

@test "status 6: a control that is not there, close ones named" {
	run_tool -6 vimc-capture -c 1 -C test_patern=1
	contains "$stderr" test_pattern
}

@test "status 6: a file type that is not there" {
	run_tool -6 vimc-capture -c 1 -F frame.xyz
	one_sentence 'files that end in .xyz'
	run_tool -6 vimc-capture -c 2 -F one.png
}

# ---- 7 ----

@test "status 7: no frame in time, by the first limit" {
	start_tool strace -f -o trace -e trace=epoll_wait -e inject=epoll_wait:retval=0:when=1 \
		vimc-capture -c 1 -s 64x64 --first-frame=5s
	wait_tool -7
	contains "$stderr" 'no frame within 5s'
}

@test "status 7: the time is up before the first frame that counts" {
	run_tool -7 vimc-capture -c 3 -t 300ms --skip=100000 -s 64x64
	contains "$stderr" 'no frame came after those of --skip before the time was up'
}

@test "status 7: frames stop, by the second limit; those that came are whole" {
	start_tool strace -f -o trace -e trace=epoll_wait -e inject=epoll_wait:retval=0:when=4+ \
		vimc-capture -c 10 -s 64x64 -F 'f-#.raw' --between-frames=2s
	wait_tool -7
	contains "$stderr" 'no further frame within 2s'
	equal "$(ls f-*.raw | wc -l)" 3
	no_leftovers
}

# ---- 8 ----

@test "status 8: unbound while streaming, frames so far are whole" {
	start_tool vimc-capture -c 0 -s 64x64 -F 'f-#.raw' --ready-fd=9
	wait_ready
	vimc_unbind
	wait_tool -8 -t 5
	contains "$stderr" 'went away'
	equal "$(find . -name 'f-*.raw' -size "$((64 * 64 * 3))c" | wc -l)" "$(ls f-*.raw | wc -l)"
	matches "$stdout" "^captured $(ls f-*.raw | wc -l), "
	no_leftovers
	dmesg_clean
}

@test "status 8: unbound while streaming into one file, the frames so far are kept whole" {
	start_tool vimc-capture -c 0 -s 64x64 -F all.raw --ready-fd=9
	wait_ready
	vimc_unbind
	wait_tool -8 -t 5
	[ $(($(stat -c %s all.raw) % (64 * 64 * 3))) -eq 0 ]
	equal "$(jq '.frames | length' all.raw.json)" $(($(stat -c %s all.raw) / (64 * 64 * 3)))
	no_leftovers
}

@test "status 8: and back again, the next run works" {
	vimc_unbind
	vimc_bind
	run_tool vimc-capture -c 1 -s 64x64
}

# ---- 9 ----

@test "status 9: the directory is missing, refused before capturing" {
	run_tool -9 vimc-capture -c 1 -F 'nowhere/f-#.raw'
	one_sentence nowhere
	lacks "$stdout" ' seq: '
}

@test "status 9: a file system that fills, whole frames stay and nothing else" {
	need_file_system 300k
	run_tool -9 vimc-capture -c 0 -s 128x128 -F "$file_system/f-#.raw"
	contains "$stderr" 'No space left on device'
	[ "$(ls "$file_system"/f-*.raw | wc -l)" -ge 3 ]
	equal "$(find "$file_system" -name 'f-*.raw' ! -size $((128 * 128 * 3))c)" ''
	(cd "$file_system" && no_leftovers)
}

@test "status 9: one file that fills its file system is cut to whole frames" {
	need_file_system 300k
	run_tool -9 vimc-capture -c 0 -s 128x128 -F "$file_system/all.raw"
	[ "$(stat -c %s "$file_system/all.raw")" -ge $((3 * 128 * 128 * 3)) ]
	equal $(($(stat -c %s "$file_system/all.raw") % (128 * 128 * 3))) 0
}

@test "status 9: no room for as many frames as were asked for, refused before capturing" {
	need_file_system 300k
	run_tool -9 vimc-capture -c 10 -s 128x128 -F "$file_system/all.raw"
	one_sentence '10 frames need 0.5 MB, 0.3 MB are free there'
	lacks "$stdout" ' seq: '
	run_tool -9 vimc-capture -c 10 -s 128x128 -F "$file_system/f-#.raw"
	equal "$(find "$file_system" -type f)" ''
	run_tool vimc-capture -c 10 -t 100ms -s 128x128 -F "$file_system/all.raw"
}

@test "status 9: /dev/full" {
	run_tool -9 vimc-capture -c 3 -s 64x64 -F /dev/full --force
	contains "$stderr" /dev/full
}

@test "status 9: the limit on the size of files" {
	run_tool -9 bash -c 'ulimit -f 20; exec vimc-capture -c 3 -s 128x128 -F all.raw'
	contains "$stderr" 'File too large'
	no_leftovers
}

@test "status 9: pictures on a file system that fills" {
	need_file_system 100k
	run_tool -9 vimc-capture -c 50 -s 320x240 -C test_pattern=17 -F "$file_system/f-#.png"
	(cd "$file_system" && no_leftovers)
	local picture
	for picture in "$file_system"/f-*.png; do
		pngtopnm "$picture" >/dev/null || fail "$picture is not whole"
	done
}

@test "status 9: a reader that goes away" {
	run_tool -9 bash -c 'set -o pipefail; vimc-capture -q -c 500 -s 64x64 -F - | head -c 20000 >/dev/null'
	contains "$stderr" 'its reader has gone'
}

@test "status 9: standard output of the report is full" {
	run_tool -9 bash -c 'vimc-capture -c 3 -s 64x64 >/dev/full'
}

@test "status 9: files that exist are refused before capturing, --force replaces them" {
	run_tool vimc-capture -c 2 -s 64x64 -F 'f-#.raw'
	cp f-000001.raw before
	run_tool -9 vimc-capture -c 2 -s 64x64 -F 'f-#.raw' -C test_pattern=3
	contains "$stderr" f-000
	lacks "$stdout" ' seq: '
	cmp before f-000001.raw
	run_tool vimc-capture -c 2 -s 64x64 -F 'f-#.raw' -C test_pattern=3 --force
	run ! cmp -s before f-000001.raw
}

# ---- 10 ----

@test "status 10: more frames lost than allowed" {
	# A writer that is too slow, and told to drop.
	mkfifo pipe
	start_tool vimc-capture -c 0 -t 2s -s 640x480 -F pipe --overflow=drop --max-lost=0 --force
	(sleep 1; cat >/dev/null) <pipe
	wait_tool -10
	matches "$stdout" 'overflow [1-9]'
	contains "$stderr" 'more than --max-lost=0'
}

# ---- 128+n ----

@test "status 128+n: stopped by a signal before all was there, files whole" {
	local pair
	for pair in INT:130 TERM:143 HUP:129; do
		start_tool vimc-capture -c 10000 -s 64x64 -F "${pair%:*}-#.raw" --ready-fd=9
		wait_ready
		stop_tool "${pair%:*}" "-${pair#*:}"
		matches "$stdout" '^captured [1-9]'
		equal "$(find . -name "${pair%:*}-*.raw" ! -size $((64 * 64 * 3))c)" ''
		no_leftovers
	done
}

@test "signals: before the first frame, in the middle of PNGs, twice in a row" {
	start_tool vimc-capture -c 1000 -s 1280x720 -F 'p-#.png' --ready-fd=9
	wait_ready
	kill -INT "$tool_pid"
	stop_tool INT -130 -t 5
	local picture
	for picture in p-*.png; do
		[ ! -e "$picture" ] || pngtopnm "$picture" >/dev/null || fail "$picture is not whole"
	done
	no_leftovers
	start_tool vimc-capture -c 20 -s 4096x2160 -F 'q-#.raw'
	wait_for 5 grep -q 'buffers of' "$stderr"
	stop_tool TERM -143 -t 10
	no_leftovers
}

@test "signals: a reader that is stuck, the second signal ends it at once" {
	mkfifo pipe
	start_tool vimc-capture -c 1000 -s 640x480 -F pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	kill -INT "$tool_pid"
	lab_nap 0.2
	kill -0 "$tool_pid"
	stop_tool INT -130 -t 3
	exec {reader}<&-
}

@test "signals: the time runs out while the writer finishes, the status is still the signal's" {
	mkfifo pipe
	start_tool vimc-capture -c 1000 -t 2s -s 640x480 -F pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	kill -INT "$tool_pid"
	lab_nap 2.2
	cat <&"$reader" >/dev/null &
	wait_tool -130
	exec {reader}<&-
}

@test "a whole run leaves the camera free: no lock, no buffers, no descriptors" {
	run_tool vimc-capture -c 1 -s 64x64
	run_tool -a fuser "$(media_device)" /dev/video*
	[ ! -s "$stdout" ]
	run_tool vimc-capture -c 1 -s 128x128
}
