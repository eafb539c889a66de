# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc vkms
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture --display: a camera's own buffers on the kernel's virtual display.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	# vkms looks at its clock a moment too early now and then.
	known=vkms_get_vblank_timestamp
	cat >camera <<-END
		id 1209:0007
		product "Camera for a display"
		format YUYV
		frame 320x240 333333
		format BGR4
		frame 320x240 333333
	END
	uvc_plug "$PWD/camera"
}

screen() {
	"$RAWLINE_BUILD/ctest/screen" "$@"
}

# The newest of the files is what is on the screen.
shows_newest() {
	local files=(f-*.raw)
	[ "$(screen 320x240 "${files[-1]}")" = "$(screen)" ]
}

several_files() {
	local files=(f-*.raw)
	[ ${#files[@]} -gt 5 ]
}

# The screen is on: active=1.
active() {
	sed -n 's/^[[:space:]]*active=//p' /sys/kernel/debug/dri/0/state
}

@test "--display with --file: each byte of a frame is on the screen, which is dark again after Ctrl-C" {
	start_tool uvc-capture -D -s 320x240:XR24 -c 1000 -F 'f-#.raw' --between-frames=1h --ready-fd=9 \
		--report=report
	wait_ready
	equal "$(active)" 1
	wait_for 10 several_files
	uvc_tell freeze
	wait_for 10 shows_newest
	uvc_tell thaw
	stop_tool INT -130
	equal "$(active)" 0
	matches report '"record":"start".*"display":"Virtual-1"'
	matches report '"record":"end".*"displayed":[1-9]'
	several_files
	dmesg_clean "$known"
}

@test "--display: a format that can be shown is chosen, and the CPU sees no frame" {
	run_tool uvc-capture -D -c 5 --report=report
	contains "$stderr" 'main: taking XR24 (XRGB8888) 320x240 at 30 fps: for the display'
	contains "$stderr" '6 buffers'
	matches report '"record":"end".*"captured":5.*"written":0,.*"cpu_bytes":0,'
	equal "$(grep -c '"record":"frame"' report)" 5
	# Frames that come late and close to one another may pass by, but none is left out of the count.
	equal "$(grep -o '"\(not_\)\?displayed":[0-9]*' report | awk -F: '{ sum += $2 } END { print sum }')" 5
	equal "$(active)" 0
	equal "$(dma_buffers)" 0
	dmesg_clean "$known"
}

@test "--display: each buffer is imported once, whatever the number of frames" {
	run_tool strace -o trace -e trace=ioctl uvc-capture -D -c 30
	equal "$(grep -c VIDIOC_EXPBUF trace)" 6
	equal "$(grep -c DRM_IOCTL_PRIME_FD_TO_HANDLE trace)" 6
	# One is the black behind the picture.
	equal "$(grep -c DRM_IOCTL_MODE_ADDFB2 trace)" 7
	[ "$(grep -c DRM_IOCTL_MODE_ATOMIC trace)" -gt 10 ]
}

@test "--display: with two buffers it goes on" {
	run_tool uvc-capture -D -c 5 -n 2
	contains "$stdout" 'captured 5'
}

@test "--display: with memory that the program allocates" {
	run_tool uvc-capture -D -c 3 --memory=udmabuf
	run_tool uvc-capture -DVirtual-1 -c 3 --memory=heap:system
	equal "$(dma_buffers)" 0
}

@test "--display: what can't be is refused before anything is captured" {
	run_tool -6 uvc-capture --display=HDMI-A-1 -F 'f-#.raw'
	contains "$stderr" 'display HDMI-A-1: no card has such a connector; there are Virtual-1 (connected)'
	run_tool -6 uvc-capture -D -s 320x240:YUYV -F 'f-#.raw'
	contains "$stderr" "display Virtual-1 can't show main, which is YUYV; it takes AR24 XR24"
	contains "$stderr" 'of these the driver has XR24 (XRGB8888)'
	no_file f-000000.raw
	lacks "$(uvc_log)" ' start '
	run_tool -2 uvc-capture -D --list
	contains "$stderr" '--display has no effect with --list'
	run_tool -2 uvc-capture --display=
	contains "$stderr" '--display: an empty name'
}

@test "--display: no card" {
	lab_platform unload vkms
	run_tool -6 uvc-capture -D
	lab_platform load vkms
	contains "$stderr" 'no display: no card in /dev/dri has a connector'
}

@test "--display: another program that has it is named, one at a time" {
	start_tool uvc-capture -D -c 0 --ready-fd=9
	wait_ready
	uvc_plug -i 1 "$PWD/camera"
	run_tool -4 uvc-capture -D -c 1 2
	matches "$stderr" "display Virtual-1 \(/dev/dri/card0\) belongs to another program.*pid $tool_pid \(uvc-capture\)"
	stop_tool TERM
	run_tool uvc-capture -D -c 1 2
}

@test "--display: a camera that is pulled out, and a killed program, leave the screen dark" {
	start_tool uvc-capture -D -c 0 --ready-fd=9
	wait_ready
	equal "$(active)" 1
	uvc_pull
	wait_tool -8
	equal "$(active)" 0
	uvc_plug "$PWD/camera"
	start_tool uvc-capture -D -c 0 --ready-fd=9
	wait_ready
	equal "$(active)" 1
	# The kernel takes the picture away then.
	stop_tool KILL -137
	equal "$(dma_buffers)" 0
	run_tool uvc-capture -D -c 2
	equal "$(dma_buffers)" 0
}

@test "--display: no error under valgrind, no leak" {
	run_tool -t 60 valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
		--error-exitcode=99 uvc-capture -D -c 3 -F 'f-#.raw'
	run_tool -t 60 -6 valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
		--error-exitcode=99 uvc-capture -DDP-1 -c 3
}
