# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154,SC2034 # variables that helpers set, and variables for them
# uvc-capture: the cable is pulled while isochronous packets are under way.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load lab/unplug

setup() {
	lab_setup
	profile=$PWD/webcam
	cat >"$profile" <<-'PROFILE'
		id 1209:0102
		product "Pulled"
		serial "P-2"
		transfer iso
		altsettings 1x512 1x1024 3x1024
		format YUYV
		frame 320x240 30fps
		frame 640x480 15fps
		format MJPG
		frame 640x480 30fps
		control brightness -64 64 1 0
	PROFILE
}

# Not within S_FMT and STREAMON: vhci_hcd keeps a control request of a port that is gone until
# its 5 s are over, and the ioctl can't be left before.
@test "unplug: at 8 moments, isochronous: status 8 within a second, all is whole" {
	way=()
	rounds <<-'EOT'
		first           320x240:YUYV  -F out/f-#.raw --report=report
		middle          640x480:YUYV  -F out/all.raw
		middle          640x480:YUYV  -F fifo --force --report=report
		between         640x480:YUYV  -F out/all.raw
		never           640x480:MJPG  -F out/f-#.jpg --report=report
		frames          320x240:YUYV  -F out/all.raw
		frames          640x480:MJPG  -F out/all.mjpeg
		frames          640x480:MJPG  -F out/f-#.jpg -C brightness=9 --restore
	EOT
	equal "$rounds" 8
	dmesg_clean 'WARNING: .* uvc_stop_streaming' # as in uvc-unplug.bats
}
