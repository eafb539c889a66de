# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154,SC2030,SC2031 # variables that lab.bash and uvc.bash set; $doctor of each test
# uvc-capture --doctor: a catalogue of set-ups that are broken, each with one cause and one remedy,
# which is carried out.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load lab/doctor

parameters=/sys/module/uvcvideo/parameters

setup() {
	lab_setup
	doctor=(uvc-capture --doctor)
}

teardown() {
	echo 0 >$parameters/nodrop
	uvc_teardown
	lab_teardown
}

@test "doctor: no camera is plugged in; plugging one in is the remedy" {
	ill 3 no-hardware 'no USB camera is plugged in' 'plug one in'
	uvc_plug default
	healthy
	equal "$warnings" 0 warnings
}

@test "doctor: the driver is not loaded, or does not drive the camera" {
	local interface
	uvc_plug default
	interface=$(basename "$(readlink -f "/sys/bus/media/devices/${uvc_media#/dev/}/..")")
	echo "$interface" >/sys/bus/usb/drivers/uvcvideo/unbind
	ill 3 driver-unbound 'its driver, uvcvideo, is there, but does not drive it' 'echo .*:1.0 > '
	remedy
	healthy
	modprobe -r uvcvideo
	ill 3 driver-not-loaded 'the driver is installed, but not loaded' 'modprobe uvcvideo'
	remedy
	wait_for 10 test -c "$uvc_media"
	healthy
}

@test "doctor: a parameter of the driver is not the usual one" {
	uvc_plug default
	echo 1 >$parameters/nodrop
	ailing module-parameter 'nodrop=1 instead of 0 lets damaged frames through' 'echo 0 > '
	remedy
	healthy
	equal "$warnings" 0 warnings
}

@test "doctor: another program streams, and is named; one that is only open is no hindrance" {
	local held
	uvc_plug default
	exec {held}<>"$uvc_node"
	healthy
	exec {held}<&-
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=100000 --stream-to=theirs
	wait_for 10 test -s theirs
	ill 4 busy "$uvc_node streams or has buffers, in use by pid $tool_pid (v4l2-ctl)" "end it: kill $tool_pid"
	kill -0 "$tool_pid"
	remedy 's/^end it: //'
	wait_tool -a
	healthy
	start_tool uvc-capture -c 0 --ready-fd=9
	wait_ready
	ill 4 busy "in use by pid $tool_pid (uvc-capture)" "end it: kill $tool_pid"
	remedy 's/^end it: //'
	wait_tool
	healthy
}

@test "doctor: a connection that is slower than the camera, and carries less than it sends" {
	local lighter
	uvc_plug fullspeed
	ailing usb-slow 'made for USB 2.0 and runs at 12 Mbit/s' 'plug it into another port'
	cat >wide <<-'PROFILE'
		id 1209:0106
		product "Wide"
		speed full
		format YUYV
		frame 640x480 30fps
		frame 160x120 15fps
	PROFILE
	uvc_pull
	uvc_plug ./wide
	ailing usb-bandwidth 'YUYV 640x480 at 30 fps needs 18.4 MB/s, and its connection carries 1.2 at most' 'less is needed by, or more is there with: 160x120, '
	lighter=${remedy#* with: }
	lighter=${lighter%%,*}
	doctor+=(-s "$lighter")
	ailing usb-slow 'made for USB 2.0' 'another port'
	lacks findings usb-bandwidth
}

@test "doctor: two cameras want more than their bus has" {
	cat >heavy <<-'PROFILE'
		id 1209:0107
		product "Heavy"
		transfer iso
		altsettings 1x512 3x1024
		format YUYV
		frame 160x120 30fps
	PROFILE
	uvc_plug -p ./heavy
	healthy
	uvc_plug -i 1 -p ./heavy
	ailing usb-shared '2 cameras share this bus; their fastest settings take 49.2 MB/s, and it keeps 48.0 for all' 'port of another controller'
	uvc_pull -i 1
	healthy
	equal "$warnings" 0 warnings
}

@test "doctor: no permission for the node; the group that is named may open it" {
	uvc_plug default
	chgrp video /dev/media* /dev/video*
	chmod 660 /dev/media* /dev/video* /dev/udmabuf /dev/dma_heap/*
	chgrp video /dev/udmabuf /dev/dma_heap/*
	doctor=(setpriv --reuid=65534 --regid=65534 --clear-groups uvc-capture --doctor)
	ill 5 no-permission "$uvc_media belongs to root:video, mode 0660" 'as root: usermod -aG video nobody, then log in anew'
	doctor=(setpriv --reuid=65534 --regid=65534 --groups=video uvc-capture --doctor)
	healthy
	chmod 600 "$uvc_node"
	ill 5 no-permission "$uvc_node belongs to root:video, mode 0600" "as root: chgrp video $uvc_node; chmod 660 $uvc_node"
	remedy 's/^as root: //'
	healthy
}

@test "doctor: names from a camera that lies are escaped, in text and in JSON" {
	uvc_plug garbage-names
	run_tool -a uvc-capture --doctor -v
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$stdout"
	run_tool -a uvc-capture --doctor -v --json
	jq -es 'all(.[]; .record | IN("check", "finding", "end"))' "$stdout" >/dev/null
}

@test "doctor: what can't be streamed is refused, and what could is named" {
	uvc_plug default
	doctor+=(-s 641x481)
	ill 6 not-possible '641x481 is not possible, the nearest is' 'ask for what --info lists'
	doctor+=(--adjust)
	healthy
}
