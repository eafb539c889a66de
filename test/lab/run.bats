# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# What test/lab/run promises, from outside.

bats_require_minimum_version 1.5.0

setup() {
	lab=$BATS_TEST_DIRNAME
	cd "$BATS_TEST_TMPDIR" || return 1
}

# Run with both streams in files.
lab_run() {
	status=0
	"$lab/run" -t 30 "$@" >out 2>err || status=$?
}

@test "run: status of the command, 128+n after a signal, 127 when there is none" {
	lab_run true
	[ "$status" -eq 0 ]
	lab_run sh -c 'exit 77'
	[ "$status" -eq 77 ]
	lab_run sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	lab_run nonesuch
	[ "$status" -eq 127 ]
	grep -q nonesuch err
}

@test "run: standard output and error, apart and nothing else on them" {
	lab_run -p vimc sh -c 'echo to out; echo to err >&2'
	[ "$(cat out)" = 'to out' ]
	[ "$(cat err)" = 'to err' ]
}

@test "run: many binary bytes, the same on both sides" {
	head -c 20000000 /dev/urandom >big
	"$lab/run" cat big | cmp - big
	"$lab/run" sh -c 'cat big >&2' 2>err
	cmp err big
	"$lab/run" cat big | (sleep 0.5 && cmp - big)
	head -c 300000 big >small
	"$lab/run" sh -c 'cat; cat small >&2' <small >out 2>err
	cmp out small
	cmp err small
}

@test "run: standard input, its end and what comes late" {
	(echo one; sleep 0.5; echo two) | "$lab/run" sh -c 'sleep 0.3; cat' >out
	[ "$(cat out)" = $'one\ntwo' ]
	[ -z "$("$lab/run" cat </dev/null)" ]
	[ -z "$("$lab/run" cat <&-)" ]
}

@test "run: output arrives while the command runs" {
	"$lab/run" sh -c 'echo first; sleep 20' >out &
	pid=$!
	for _ in $(seq 50); do
		[ ! -s out ] || break
		sleep 0.1
	done
	[ "$(cat out)" = first ]
	kill "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "run: a reader that leaves, the command gets SIGPIPE" {
	set +o pipefail
	"$lab/run" sh -c 'yes; kill -l $? >status' | head -n 1
	[ "$(cat status)" = PIPE ]
}

@test "run: the command's environment, working directory, arguments and files" {
	mkdir 'a b'
	cd 'a b'
	export LAB_TEST=$'two\nlines'
	"$lab/run" sh -c 'pwd; echo "$LAB_TEST"; printf "<%s>" "$@"; touch made' sh '' 'x  y' '*' >out
	[ "$(cat out)" = "$PWD"$'\n'"$LAB_TEST"$'\n<><x  y><*>' ]
	[ -O made ]
}

@test "run: programs of the build first on PATH" {
	mkdir bin
	printf '#!/bin/sh\necho mine\n' >bin/v4l2-ctl
	chmod +x bin/v4l2-ctl
	[ "$(RAWLINE_BUILD=$PWD/bin "$lab/run" v4l2-ctl)" = mine ]
}

@test "run: a signal is passed on and the command's status counts" {
	"$lab/run" sh -c 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >out &
	pid=$!
	for _ in $(seq 50); do
		[ ! -s out ] || break
		sleep 0.1
	done
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 5 ]
	grep -q caught out
}

@test "run: the limit runs out, 124 and what was still running" {
	status=0
	"$lab/run" -t 1 sh -c 'echo some; sleep 30' >out 2>err || status=$?
	[ "$status" -eq 124 ]
	grep -q some out
	grep -q 'limit of 1 s ran out' err
	grep -q 'sleep 30' err
	"$lab/run" -t 1 sh -c 'trap "" TERM; while :; do sleep 0.1; done' || status=$?
	[ "$status" -eq 124 ]
}

@test "run: the kernel panics, 125 and its last words" {
	lab_run sh -c 'modprobe lkdtm; echo PANIC >/sys/kernel/debug/provoke-crash/DIRECT; sleep 5'
	[ "$status" -eq 125 ]
	grep -q 'kernel died while the command ran' err
	grep -q 'Kernel panic' err
	[ ! -s out ]
}

@test "run: a kernel that does not boot, 125 and what it said" {
	mkdir kernel
	printf '#!/bin/sh\necho some words\nexit 3\n' >kernel/linux
	chmod +x kernel/linux
	LAB_KERNEL=$PWD/kernel lab_run true
	[ "$status" -eq 125 ]
	grep -q 'does not boot (status 3)' err
	grep -q 'some words' err
	printf '#!/bin/sh\nexec sleep 50\n' >kernel/linux
	LAB_KERNEL=$PWD/kernel lab_run -t 1 true
	[ "$status" -eq 125 ]
	grep -q 'did not come up within 1 s' err
}

@test "run: no kernel, wrong options, unknown or failing platform: 125 and one sentence" {
	LAB_KERNEL='' XDG_CACHE_HOME=$PWD lab_run true
	[ "$status" -eq 125 ]
	[ "$(cat err)" = 'test/lab/run: the lab kernel is not built yet: run make lab' ]
	lab_run
	[ "$status" -eq 125 ]
	lab_run -t soon true
	[ "$status" -eq 125 ]
	lab_run -p nonesuch true
	[ "$status" -eq 125 ]
	grep -q "^test/lab/run: no platform is called 'nonesuch'" err
	lab_run -p vimc:nonesuch=1 -p vivid:n_devs=x true
	[ "$status" -eq 125 ]
	grep -q 'cannot load platform vivid:n_devs=x' err
}

@test "run: no process and no file is left behind" {
	lab_run sh -c 'sleep 100 & cat /proc/cmdline'
	folder=$(grep -o '/tmp/rawline-lab[^/]*' out | head -n 1)
	[ -n "$folder" ]
	[ ! -e "$folder" ]
	run -1 pgrep -f "$folder"
}

@test "run: --log, the kernel's messages" {
	lab_run --log=klog -a lab_test_word true
	grep -q 'Linux version' klog
	grep -q 'lab_test_word' klog
}

@test "run --tty: a terminal for the command, its size and line editing" {
	command -v script >/dev/null || skip 'script is not installed'
	script -qec "stty rows 33 cols 77; '$lab/run' --tty sh -c 'tty; stty size; read -r line; echo \"<\$line>\"'" \
		/dev/null <<<'typed' >out
	grep -q /dev/pts out
	grep -q '33 77' out
	grep -q '<typed>' out
}

@test "build: no source package or no flex, one sentence and 125" {
	mkdir bin
	for program in bash cat cut dirname dpkg-query env getopt mkdir nproc readlink sha256sum; do
		ln -s "$(command -v "$program")" bin/
	done
	status=0
	XDG_CACHE_HOME=$PWD PATH=$PWD/bin "$lab/build" 2>err || status=$?
	[ "$status" -eq 125 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q 'programs are missing:.* flex' err
}
