# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: cameras and buses that refuse to start.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	cat >webcam <<-'PROFILE'
		id 1209:0104
		product "Refusing"
		format YUYV
		frame 640x480 30fps 15fps 5fps
		frame 320x240 30fps
		frame 160x120 30fps
		format MJPG
		frame 640x480 30fps
		frame 320x240 30fps
		control brightness -64 64 1 0
	PROFILE
}

# with_failing IOCTL ERRNO: a library under which this ioctl fails; in $failing
with_failing() {
	failing=$PWD/failing-$1-$2.so
	cc -shared -fPIC -o "$failing" -x c - <<-EOT
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <errno.h>
		#include <linux/videodev2.h>
		int ioctl(int fd, unsigned long request, void *argument)
		{
			int (*real)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
			if (request == $1) {
				errno = $2;
				return -1;
			}
			return real(fd, request, argument);
		}
	EOT
}

# refused STATUS IOCTL ERRNO OPTION...
refused() {
	with_failing "$2" "$3"
	run_tool "-$1" env LD_PRELOAD="$failing" uvc-capture -c 3 "${@:4}"
}

# one_sentence TEXT: one line is no notice, and contains it
one_sentence() {
	grep -v -e ': taking ' -e ' main: taking ' -e ' buffers of ' "$stderr" >said || true
	equal "$(wc -l <said)" 1 'number of sentences' || return
	contains said "$1"
}

@test "no bandwidth: status 6, lighter modes that the camera has are named" {
	uvc_plug ./webcam
	refused 6 VIDIOC_STREAMON ENOSPC -s 640x480:YUYV@30 -F out.raw
	one_sentence 'not enough bandwidth left for YUYV 640x480 at 30 fps'
	matches said 'with: MJPG 640x480, 320x240, 15 fps, another port, or no hub in between$'
	no_file out.raw
	# What is proposed is there.
	run_tool uvc-capture -c 1 -s 640x480:MJPG
	run_tool uvc-capture -c 1 -s 320x240:YUYV
	run_tool uvc-capture -c 1 -s 640x480:YUYV@15
}

@test "no bandwidth: nothing is named that is not there" {
	uvc_plug ./webcam
	refused 6 VIDIOC_STREAMON ENOSPC -s 640x480:MJPG
	matches "$stderr" 'for MJPG.* 640x480 at 30 fps; .* with: 320x240, another port'
	refused 6 VIDIOC_STREAMON ENOSPC -s 320x240:MJPG
	matches "$stderr" 'for MJPG.* 320x240 at 30 fps; .* with: another port'
	refused 6 VIDIOC_STREAMON ENOSPC -s 160x120:YUYV
	matches "$stderr" 'for YUYV.* 160x120 at 30 fps; .* with: another port'
	refused 6 VIDIOC_STREAMON ENOSPC -s 640x480:YUYV@5
	matches "$stderr" 'with: MJPG 640x480, 320x240, another port'
}

@test "STREAMON fails otherwise: a status and one sentence" {
	uvc_plug ./webcam
	refused 6 VIDIOC_STREAMON EIO -s 320x240:YUYV -F out.raw
	one_sentence 'the camera refused YUYV'
	refused 6 VIDIOC_STREAMON EPIPE -s 320x240:YUYV
	one_sentence 'the camera refused YUYV'
	refused 1 VIDIOC_STREAMON ENOMEM -s 320x240:YUYV
	one_sentence 'Refusing (/dev/video'
	refused 6 VIDIOC_S_FMT EIO -s 320x240:YUYV
	one_sentence 'YUYV/320x240'
	refused 1 VIDIOC_REQBUFS ENOMEM -s 320x240:YUYV
	no_file out.raw
}

@test "the commit is refused: status 6, said what was; the next run works" {
	uvc_plug ./webcam
	uvc_tell refuse 1
	run_tool -6 uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	one_sentence 'the camera refused YUYV 320x240 at 30 fps, which it had agreed to'
	no_file out.raw
	run_tool uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	dmesg_clean
}

@test "isochronous: the commit is refused, and no setting is fast enough" {
	uvc_plug -p ./webcam --iso
	uvc_tell refuse 1
	run_tool -6 uvc-capture -c 3 -s 320x240:YUYV
	one_sentence 'the camera refused YUYV'
	uvc_pull
	uvc_plug iso-no-altsetting
	run_tool -6 uvc-capture -c 3
	one_sentence 'no USB setting as fast as that'
	dmesg_clean
}

@test "slow to answer: it is waited for, and works" {
	uvc_plug ./webcam
	uvc_tell slow 150
	run_tool -t 20 uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	uvc_check out.raw
}

@test "no answer to the negotiation: given up, and the next run works" {
	uvc_plug ./webcam
	uvc_tell slow 6000
	run_tool -a -t 25 uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	[[ " 1 6 " == *" $status "* ]]
	one_sentence 'YUYV/320x240'
	no_file out.raw
	uvc_pull
	uvc_plug ./webcam
	run_tool uvc-capture -c 3 -s 320x240:YUYV -F out.raw
}

@test "answers to the negotiation are garbage: a status and a sentence, no crash" {
	local count
	uvc_plug ./webcam
	for count in 1 2 3 1000; do
		uvc_tell garble $count
		run_tool -a uvc-capture -c 3 -s 320x240:YUYV --first-frame=1s -F "$count.raw"
		[ "$status" -eq 0 ] || [ "$(grep -c '^uvc-capture: ' "$stderr")" -ge 1 ]
		[[ " 0 6 7 9 " == *" $status "* ]]
	done
	uvc_tell garble 0
	run_tool uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	dmesg_clean
}

@test "the endpoint stalls: no further frame, status 7; the next run works" {
	uvc_plug ./webcam
	start_tool uvc-capture -c 0 -s 320x240:YUYV -F 'f-#.raw' --between-frames=500ms --ready-fd=9
	wait_ready
	uvc_tell halt
	wait_tool -7 -t 5
	contains "$stderr" 'no further frame within 500ms'
	uvc_check f-*.raw
	uvc_tell unhalt
	run_tool uvc-capture -c 3 -s 320x240:YUYV -F out.raw
	dmesg_clean
}

@test "controls stall: named and refused, status 6" {
	uvc_plug ./webcam
	uvc_tell stall 1000 6
	run_tool -a uvc-capture -c 3 -C brightness=5
	[[ " 1 6 " == *" $status "* ]]
	contains "$stderr" brightness
	uvc_tell stall 0
	run_tool uvc-capture -c 1 -C brightness=5
}
