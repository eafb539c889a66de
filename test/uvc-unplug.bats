# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154,SC2034 # variables that helpers set, and variables for them
# uvc-capture: the cable is pulled at every moment there is.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load lab/unplug

setup() {
	lab_setup
	# Frames of two sizes: one is sent in a moment, the other takes a while.
	profile=$PWD/webcam
	cat >"$profile" <<-'PROFILE'
		id 1209:0101
		product "Pulled"
		serial "P-1"
		format YUYV
		frame 320x240 30fps
		frame 1280x720 5fps
		format MJPG
		frame 640x480 30fps
		control brightness -64 64 1 0
		control contrast 0 100 1 50
	PROFILE
}

@test "unplug: at 23 moments, bulk: status 8 within a second, all is whole" {
	way=()
	rounds <<-'EOT'
		first          320x240:YUYV
		first          640x480:MJPG   -F out/all.mjpeg
		middle         1280x720:YUYV  -F out/f-#.raw
		middle         1280x720:YUYV  -F out/all.raw
		middle         1280x720:YUYV  -F fifo --force --report=report
		between        1280x720:YUYV  -F out/all.raw
		between        640x480:MJPG   -F out/f-#.jpg
		never          320x240:YUYV   -F out/all.raw --report=report
		never          640x480:MJPG   -F fifo --force
		VIDIOC_S_FMT   320x240:YUYV   -F out/all.raw --report=report
		VIDIOC_S_PARM  320x240:YUYV   -F out/all.raw
		VIDIOC_REQBUFS 320x240:YUYV   -F out/all.raw
		VIDIOC_SUBSCRIBE_EVENT 320x240:YUYV -F out/all.raw
		VIDIOC_STREAMON 320x240:YUYV  -F out/all.raw --report=report
		VIDIOC_STREAMON 640x480:MJPG  -F fifo --force
		frames         320x240:YUYV   -F out/all.raw
		frames         320x240:YUYV   -F out/f-#.raw
		frames         320x240:YUYV   -F - --report=report
		frames         640x480:MJPG   -F out/all.mjpeg --report=report
		frames         640x480:MJPG   -F out/f-#.jpg
		frames         640x480:MJPG   -F fifo --force --overflow=drop
		frames         320x240:YUYV   -C brightness=9,contrast=7 --restore -F out/all.raw
		frames         320x240:YUYV   -n 2 -F out/all.raw
	EOT
	equal "$rounds" 23
	# Pulled while buffers come back, uvcvideo may give one back twice, and videobuf2 says so.
	dmesg_clean 'WARNING: .* uvc_stop_streaming'
}
