# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# lab-limit: 600
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: every wait has a limit, every loss its place, every failure a sentence.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

# with_fault C-CODE: a library that looks at each ioctl after it was made; $fault is its name
with_fault() {
	fault=$PWD/fault.so
	cc -shared -fPIC -o "$fault" -x c - <<-EOT
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <errno.h>
	#include <linux/videodev2.h>
	int ioctl(int fd, unsigned long request, void *argument)
	{
		static int (*real)(int, unsigned long, void *);
		static int count;
		if (!real)
			real = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
		int ret = real(fd, request, argument);
		struct v4l2_buffer *buffer = argument;
		(void)buffer, (void)count;
		$1
		return ret;
	}
	EOT
}

@test "limits: a reader that is stuck, one signal is enough" {
	mkfifo pipe
	start_tool vimc-capture -c 1000 -s 640x480 -F pipe --force --ready-fd=9
	exec {reader}<pipe
	wait_ready
	stop_tool TERM -143 -t 8
	exec {reader}<&-
}

@test "limits: a pipe that nobody ever reads ends the run after a minute, status 9" {
	mkfifo pipe
	run_tool -9 -t 90 vimc-capture -c 3 -s 64x64 -F pipe --force
	contains "$stderr" 'nobody has read what is written for'
}

@test "limits: nothing but damaged frames is no frame, status 7" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF) buffer->flags |= V4L2_BUF_FLAG_ERROR;'
	run_tool -7 -t 10 env LD_PRELOAD="$fault" vimc-capture -c 3 -s 64x64 --first-frame=1s --json
	contains "$stderr" 'nothing but damaged frames within 1s'
	jq -es 'map(select(.record == "end"))[0].streams[0] | .captured == 0 and .lost_error > 3' "$stdout"
}

@test "limits: some damaged frames are counted and left out, the others keep their order" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF && count++ % 3 == 1) buffer->flags |= V4L2_BUF_FLAG_ERROR;'
	run_tool env LD_PRELOAD="$fault" vimc-capture -c 6 -s 64x64 -F 'f-#.raw' --json
	equal "$(jq -c 'select(.record == "frame") | [.sequence, .lost]' "$stdout" | xargs)" '[0,0] [2,1] [3,0] [5,1] [6,0] [8,1]'
	equal "$(ls f-*.raw | wc -l)" 6
}

@test "limits: a driver that returns what it was not given, status 1 and a sentence" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF) buffer->index = 31;'
	run_tool -1 env LD_PRELOAD="$fault" vimc-capture -c 3 -s 64x64
	contains "$stderr" 'returned a buffer it did not have'
}

@test "limits: a driver that claims more bytes than there are, the frame is damaged" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF && count++ == 1) buffer->bytesused = 1u << 30;'
	run_tool env LD_PRELOAD="$fault" vimc-capture -c 3 -s 64x64 -F 'f-#.raw'
	equal "$(echo f-*.raw)" "f-000000.raw f-000002.raw f-000003.raw"
	matches "$stdout" 'lost 1 \(driver 0, error 1, overflow 0\)'
}

@test "limits: sequence numbers that go back or stand still, said once, no frame is lost" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF) buffer->sequence = count++ < 2 ? 100 : 50;'
	run_tool env LD_PRELOAD="$fault" vimc-capture -c 4 -s 64x64
	equal "$(grep -c 'can.t be counted' "$stderr")" 1
	matches "$stdout" '^captured 4, lost 0 '
}

@test "limits: sequence numbers that wrap are followed" {
	with_fault 'if (ret == 0 && request == VIDIOC_DQBUF) buffer->sequence = 0xfffffffeu + count++;'
	run_tool env LD_PRELOAD="$fault" vimc-capture -c 4 -s 64x64
	matches "$stdout" 'seq: 4294967295 .* lost: 0'
	matches "$stdout" 'seq: 000001 .* lost: 0'
}

@test "lost: dropped frames count right before the frame that follows them" {
	mkfifo pipe
	start_tool vimc-capture -c 20 -s 320x240 -n 6 -F pipe --force --overflow=drop --json
	(while head -c 230400 | grep -q .; do lab_nap 0.1; done) <pipe &
	wait_tool -a
	jq -es 'map(select(.record == "frame")) | length > 5 and
		([range(1; length) as $i | .[$i].sequence - .[$i - 1].sequence - 1 == .[$i].lost] | all) and
		(map(.lost) | add) > 0' "$stdout"
}

@test "wait: a name that is ambiguous is not waited for" {
	run_tool -3 -t 5 vimc-capture --wait -c 1 Sensor
	contains "$stderr" 'stands for 2 cameras'
}

@test "wait: a signal ends it, with an end record" {
	start_tool vimc-capture --wait --json -c 1 'Sensor C'
	wait_for 5 grep -q 'waiting for Sensor C' "$stderr"
	stop_tool TERM -143
	equal "$(tail -1 "$stdout" | jq -c '[.record, .status]')" '["end",143]'
}

@test "restore: a signal at any moment of the set-up, the controls are back" {
	local node number
	node=$(entity_node 'Sensor A')
	run_tool strace -o trace -e trace=ioctl vimc-capture -q -c 1 -s 64x64 -C test_pattern=5 --restore 'Sensor A'
	number=$(grep '^ioctl' trace | grep -n -m 1 VIDIOC_S_EXT_CTRLS | cut -d: -f1)
	for number in $((number + 1)) $((number + 3)) $((number + 5)); do
		run_tool -143 strace -o trace -e trace=ioctl -e "inject=ioctl:signal=TERM:when=$number" \
			vimc-capture -q -c 1000 -s 64x64 -C test_pattern=5 --restore 'Sensor A'
		equal "$(v4l2-ctl -d "$node" -C test_pattern)" 'test_pattern: 0 (75% Colorbar)' "after ioctl $number"
	done
}

@test "signals: HUP is left alone under nohup" {
	start_tool bash -c 'trap "" HUP; exec vimc-capture -t 1s -s 64x64 --ready-fd=9'
	wait_ready
	stop_tool HUP -0
}

@test "ready-fd: a pipe that is full, status 9 and not for ever" {
	run_tool -9 -t 10 bash -c 'mkfifo full; exec 8<>full; dd if=/dev/zero of=full bs=64k count=1 2>/dev/null
		exec vimc-capture -q -c 3 -s 64x64 --ready-fd=8'
	contains "$stderr" '--ready-fd=8'
}

@test "output: a closed standard output is status 9" {
	run_tool -9 bash -c 'exec vimc-capture -q -c 1 -s 64x64 -F - >&-'
	run_tool -9 bash -c 'exec vimc-capture --list >&-'
	run_tool -9 bash -c 'exec vimc-capture --dry-run >&-'
}

@test "descriptors: too few are a failure with a sentence, never 'no camera'" {
	local limit
	for limit in 4 5 6 7 8 9 10 11 12; do
		run_tool -a bash -c "ulimit -n $limit; exec vimc-capture -q -c 1 -s 64x64 -F 'f$limit-#.raw'"
		[ "$status" -eq 0 ] || [ -s "$stderr" ] || fail "no sentence with $limit descriptors"
		[ "$status" -ne 3 ] || fail "status 3 with $limit descriptors"
	done
}

@test "memory: too little address space ends with a sentence" {
	local limit
	for limit in 6000 8000 10000 14000 20000; do
		run_tool -a bash -c "ulimit -v $limit; exec vimc-capture -q -c 1 -s 1920x1080 -F 'm$limit-#.png'"
		[ "$status" -eq 0 ] || [ -s "$stderr" ] || fail "no sentence with $limit KiB"
	done
}

@test "verbose: links, pads, crops and nodes as they are set" {
	run_tool vimc-capture -v -c 1 -s 64x64 'Sensor B'
	contains "$stderr" 'link Debayer B:1 -> Scaler:0: on'
	contains "$stderr" 'Sensor B pad 0: SRGGB8_1X8/64x64'
	contains "$stderr" 'Scaler pad 0 crop: (0,0)/64x64'
	matches "$stderr" 'RGB/YUV Capture \(/dev/video[0-9]+\): RGB3'
}

@test "nearest: a packed raw format, the plain one of its order and bits is named" {
	run_tool -6 vimc-capture -s raw:64x64:SGBRG10_CSI2P 'Sensor A'
	contains "$stderr" 'the nearest is GB10 (SGBRG10)'
}

@test "mode: a shape that leaves the scaler nothing to take is refused before anything is set" {
	run_tool -6 vimc-capture --mode=4096x16 -s 16x2160 'Sensor A'
	contains "$stderr" 'the shape of 16x2160 out of a mode of 4096x16 is not possible'
	expect_format 'Sensor A' 0 RGB888_1X24/640x480
	run_tool vimc-capture --adjust --mode=640x480 -s 4096x16 -c 1 'Sensor A'
}
