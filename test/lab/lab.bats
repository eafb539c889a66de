# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid
# shellcheck disable=SC2154 # variables that lab.bash sets
# What the lab promises to its tests, and each helper of lab.bash that asserts seen failing.

bats_require_minimum_version 1.5.0
load lab

# A program with the tools' habits: ready line on descriptor 9, ends on SIGTERM.
fake_tool() {
	cat >fake <<-'EOT'
	#!/bin/bash
	trap 'echo summary; exit ${2:-0}' TERM
	sleep "$1"
	echo 'ready now' >&9
	while :; do sleep 0.05; done
	EOT
	chmod +x fake
}

# ---- asserting ----

@test "fail: any words, status 1 and the words" {
	run -1 fail some words
	[ "$output" = "FAILED: some words" ]
}

@test "below: nothing, or more than the limit, fails" {
	below 2.95 3
	below 3 3
	run -1 below 3.01 3
	contains <(echo "$output") '3.01, wanted at most 3'
	run -1 below 0 3
	run -1 below '' 3
}

@test "equal: different values, fails and shows both" {
	equal a a
	run -1 equal a b colour
	[ "$output" = "FAILED: colour is 'a', wanted 'b'" ]
}

@test "contains: text that is not there, fails and shows the file" {
	printf 'one\ntwo (2)\n' >text
	contains text 'two (2)'
	run -1 contains text 'three'
	[[ $output == *"'three' is not in text"*"two (2)"* ]]
}

@test "lacks: text that is there, fails" {
	echo one >text
	lacks text two
	run -1 lacks text one
}

@test "matches: no line that matches, fails" {
	echo 'frame 12' >text
	matches text '^frame [0-9]+$'
	run -1 matches text '^frame [0-9]$'
}

@test "no_file: one that is there, fails and names it" {
	no_file a b
	touch b
	run -1 no_file a b
	[ "$output" = "FAILED: b should not be there" ]
	ln -s nowhere c
	run -1 no_file c
}

# ---- programs ----

@test "run_tool: both streams and the status, kept apart" {
	run_tool -3 sh -c 'echo out; echo err >&2; exit 3'
	equal "$status" 3
	equal "$(cat "$stdout")" out
	equal "$(cat "$stderr")" err
}

@test "run_tool: another status than wanted, fails and shows the output" {
	run -1 run_tool sh -c 'echo reason >&2; exit 3'
	[[ $output == *reason* && $output == *"status 3, wanted 0"* ]]
	run -1 run_tool -3 true
	run -1 run_tool -! true
	run_tool -! false
	run_tool -a false
	run_tool -a true
}

@test "run_tool: a program that hangs, fails at the limit" {
	run -1 run_tool -t 0.3 sleep 20
	[[ $output == *"did not end within 0.3 s"* ]]
	run -1 run_tool -a -t 0.3 sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	[[ $output == *"did not end within 0.3 s"* ]]
}

@test "run_tool: nothing on standard input, no descriptor of bats" {
	run_tool cat
	# The shell opens the folder as 3.
	run_tool sh -c 'cd /proc/$$/fd && echo *'
	equal "$(cat "$stdout")" '0 1 2 3'
}

@test "start_tool: ready, stopped by a signal, status and output" {
	fake_tool
	start_tool ./fake 0.1
	wait_ready
	equal "$ready" 'ready now'
	stop_tool TERM
	contains "$stdout" summary
}

@test "wait_ready: a program that is late or ends, fails" {
	fake_tool
	start_tool ./fake 20
	run -1 wait_ready 0.2
	[[ $output == *"not ready within 0.2 s"* ]]
	start_tool false
	run -1 wait_ready
	[[ $output == *"ended without getting ready"* ]]
}

@test "wait_tool: a program that does not end or not so, fails" {
	fake_tool
	start_tool ./fake 0
	wait_ready
	run -1 wait_tool -t 0.2
	[[ $output == *"did not end within 0.2 s"* ]]
	# Only the shell that started it can wait for it: not "run".
	! stop_tool TERM -5 2>reason || return 1
	contains reason 'status 0, wanted 5'
	start_tool ./fake 0 7
	wait_ready
	stop_tool TERM -7
}

@test "limits: who works has more time than who waits" {
	run_tool -t 0.2 bash -c 'end=$((${EPOCHREALTIME/./} + 600000))
		while [ "${EPOCHREALTIME/./}" -lt $end ]; do :; done'
	run -1 run_tool -t 0.2 sleep 0.6
	[[ $output == *"did not end within 0.2 s: sleep 0.6"* ]]
}

@test "wait_for: what does not come true, fails" {
	wait_for 1 true
	run -1 wait_for 0.1 false
	[[ $output == *"not within 0.1 s: false"* ]]
}

# ---- the kernel's messages ----

@test "dmesg_clean: a WARNING since the mark, fails and shows it" {
	dmesg_clean
	echo '<4>WARNING: something' >/dev/kmsg
	run -1 dmesg_clean
	[[ $output == *"WARNING: something"* ]]
	dmesg_mark
	dmesg_clean
}

@test "dmesg_clean: a WARNING that is known is none, another one is" {
	echo '<4>WARNING: something known' >/dev/kmsg
	dmesg_clean 'WARNING: .* known'
	echo '<4>WARNING: something' >/dev/kmsg
	run -1 dmesg_clean 'WARNING: .* known'
	dmesg_mark
}

@test "dmesg_clean: a real one from the driver, fails" {
	local raw rgb
	set_format 'Sensor A' 0 SRGGB8_1X8/640x480
	set_format 'Debayer A' 0 SRGGB8_1X8/640x480
	set_format 'Scaler' 0 RGB888_1X24/640x480
	set_format 'Scaler' 1 RGB888_1X24/640x480
	raw=$(entity_node 'Raw Capture 0')
	rgb=$(entity_node 'RGB/YUV Capture')
	v4l2-ctl -d "$raw" --set-fmt-video=width=640,height=480,pixelformat=RGGB
	v4l2-ctl -d "$rgb" --set-fmt-video=width=640,height=480,pixelformat=RGB3
	start_tool v4l2-ctl -d "$raw" --stream-mmap --stream-to=/dev/null
	wait_for 5 grep -q '<' "$stderr"
	dmesg_clean
	v4l2-ctl -d "$rgb" --stream-mmap --stream-count=1 --stream-to=/dev/null || true
	run -1 dmesg_clean
	[[ $output == *WARNING:* ]]
	kill "$tool_pid"
}

@test "boot: no complaint of the kernel" {
	lab_mark='Linux version'
	dmesg | grep -q "$lab_mark"
	run dmesg
	[[ ! $(sed '/lab mark/,$d' <<<"$output") =~ WARNING:|BUG:|Oops ]]
}

# ---- platforms ----

@test "vimc_reset: links and formats as after loading" {
	set_format 'Sensor A' 0 SRGGB8_1X8/320x240
	set_link 'Debayer A' 1 Scaler 0 off
	vimc_reset
	expect_format 'Sensor A' 0 RGB888_1X24/640x480
	expect_link 'Debayer A' 1 Scaler 0 on
}

@test "vimc_reset: a module parameter, in force" {
	vimc_reset allocator=1
	equal "$(cat /sys/module/vimc/parameters/allocator)" 1
	vimc_reset
	equal "$(cat /sys/module/vimc/parameters/allocator)" 0
}

@test "vimc_reset: the module in use, fails" {
	exec 7<"$(entity_node 'Raw Capture 0')"
	run -1 vimc_reset
	[[ $output == *"cannot unload platform vimc"* ]]
	exec 7<&-
}

@test "lab_platform: a name that is none, fails and lists those there are" {
	run -1 lab_platform load nonesuch
	[[ $output == *"'nonesuch'"*vimc* ]]
}

@test "vimc_unbind: the nodes go, vimc_bind brings them back" {
	vimc_unbind
	run -1 media_device vimc
	[[ $output == *"no media device of driver vimc"* ]]
	vimc_bind
	media_device vimc
}

@test "vivid_reset: several parameters reach the module" {
	vivid_reset n_devs=2 multiplanar=1,2
	node_named vivid-001-vid-cap
	[[ $(</sys/module/vivid/parameters/multiplanar) == 1,2,* ]]
}

@test "node_named, entity_node: what is not there, fails" {
	node_named vivid-000-vid-cap
	run -1 node_named nonesuch
	entity_node Scaler
	run -1 entity_node nonesuch
}

@test "vivid_poke: an injected fault happens, an unknown control fails" {
	local node
	node=$(node_named vivid-000-vid-cap)
	vivid_poke inject_vidioc_streamon_error
	run_tool -a v4l2-ctl -d "$node" --stream-mmap --stream-count=1 --stream-to=/dev/null
	contains "$stderr" STREAMON
	run_tool v4l2-ctl -d "$node" --stream-mmap --stream-count=1 --stream-to=/dev/null
	lacks "$stderr" STREAMON
	run -1 vivid_poke nonesuch
}

# ---- the media graph ----

@test "expect_link: in the other state, fails and says its flags" {
	equal "$(link_state 'Sensor A' 0 'Debayer A' 0)" ENABLED,IMMUTABLE
	expect_link 'Debayer A' 1 Scaler 0 on
	expect_link 'Debayer B' 1 Scaler 0 off
	run -1 expect_link 'Debayer A' 1 Scaler 0 off
	[[ $output == *"should be off, its flags are [ENABLED]"* ]]
	run -1 expect_link 'Debayer B' 1 Scaler 0 on
	run -1 link_state 'Sensor A' 0 Scaler 0
	[[ $output == *"no link from 'Sensor A':0 to 'Scaler':0"* ]]
}

@test "set_link: an immutable one, fails" {
	set_link 'Debayer B' 1 Scaler 0 on
	expect_link 'Debayer B' 1 Scaler 0 on
	run -1 set_link 'Sensor A' 0 'Debayer A' 0 off
	vimc_reset
}

@test "expect_format: another one, fails and shows it" {
	vimc_reset
	set_format 'Sensor B' 0 SGRBG8_1X8/320x240
	expect_format 'Sensor B' 0 SGRBG8_1X8/320x240
	run -1 expect_format 'Sensor B' 0 SGRBG8_1X8/640x480
	[[ $output == *"it is [fmt:SGRBG8_1X8/320x240"* ]]
	run -1 expect_format 'Sensor B' 5 SGRBG8_1X8/640x480
	run -1 set_format 'nonesuch' 0 SGRBG8_1X8/320x240
	vimc_reset
}

# ---- surroundings ----

@test "need_file_system: fills up at its size, tmpfs and ext4" {
	need_file_system 64k
	run -1 sh -c "head -c 100000 /dev/zero >'$file_system/file'"
	[[ $output == *"No space left"* ]]
	need_file_system -t ext4 4m
	run -1 sh -c "head -c 5000000 /dev/zero >'$file_system/file'"
	run -1 need_file_system -t nonesuch 1m
}

@test "failslab: an allocation of the command alone fails" {
	run_tool -! failslab -p 100 -n 20 sh -c 'exec cat /proc/self/maps'
	run_tool cat /proc/self/maps
}

@test "require: a program that is missing, skips" {
	local reached
	reached=$(require sh && echo reached)
	equal "$reached" reached
	reached=$(require nonesuch && echo reached)
	equal "$reached" ''
}

@test "descriptors, dma_buffers: counted" {
	[ "$(descriptors $$)" -gt 2 ]
	equal "$(dma_buffers)" 0
}
