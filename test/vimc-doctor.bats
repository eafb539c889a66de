# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# lab-limit: 300
# shellcheck disable=SC2154,SC2030,SC2031,SC2034 # variables that lab.bash sets; $doctor of each test
# vimc-capture --doctor: a catalogue of set-ups that are broken, each with one cause and one remedy,
# which is carried out. What is the same for all platforms is here.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/doctor

setup() {
	lab_setup
	vimc_reset
	doctor=(vimc-capture --doctor)
}

# What a test mounts must be away before its folder is; bats waits for a daemon that is left.
teardown() {
	rm -f /run/udev/rules.d/70-rawline.rules
	[ ! -e /run/udev/control ] || lab_platform unload udev
	! mountpoint -q /dev/dma_heap || umount /dev/dma_heap
	lab_teardown
}

@test "doctor: what is well is told with -v, as text and as JSON" {
	healthy
	as_text 0
	run_tool vimc-capture --doctor -v
	matches "$stdout" '^ok: Linux [0-9]'
	contains "$stdout" 'ok: Sensor A: can be set up for 1 stream'
	run_tool vimc-capture --doctor -v --json
	jq -es 'any(.[]; .record == "check" and .code == "camera" and .severity == "ok" and
		.subject == "Sensor A") and all(.[]; has("remedy") == (.record == "finding"))' "$stdout" >/dev/null
}

@test "doctor: nothing is changed by it" {
	run_tool vimc-capture -q -c 1 -s 64x64
	media -p >before
	run_tool vimc-capture --doctor
	run_tool -6 vimc-capture --doctor -s 640x481
	media -p >after
	diff before after
	run_tool strace -f -e trace=ioctl -o calls vimc-capture --doctor
	run ! grep -E 'VIDIOC_(S_|SUBDEV_S_FMT.*ACTIVE|STREAMON)|MEDIA_IOC_SETUP_LINK' calls
	run_tool strace -f -e trace=fcntl -o calls vimc-capture --doctor
	run ! grep -E 'F_(OFD_)?SETLK' calls
}

@test "doctor: the driver is not loaded; modprobe is the remedy" {
	lab_platform unload vimc
	ill 3 driver-not-loaded 'the driver is installed, but not loaded' '^modprobe vimc$'
	as_text 3
	remedy
	healthy
}

@test "doctor: the driver does not drive the device; binding it is the remedy" {
	vimc_unbind
	ill 3 driver-unbound 'its driver, vimc, is there, but does not drive it' '^echo vimc.0 > .*/vimc/bind$'
	remedy
	healthy
}

@test "doctor: no modules are installed for this kernel, or not this one, or it was built without" {
	local folder
	lab_platform unload vimc
	MODPROBE_OPTIONS="-d $PWD" ill 3 driver-not-loaded 'no modules are installed for the kernel that runs' '^reboot into a kernel'
	folder=lib/modules/$(uname -r)
	mkdir -p "$folder"
	echo 'kernel/drivers/media/usb/uvc/uvcvideo.ko:' >"$folder/modules.dep"
	MODPROBE_OPTIONS="-d $PWD" ill 3 driver-not-built 'has no such driver' '^boot a kernel with CONFIG_VIDEO_VIMC=m$'
	echo '# CONFIG_VIDEO_VIMC is not set' >"$folder/config"
	MODPROBE_OPTIONS="-d $PWD" ill 3 driver-not-built 'was built without the driver (CONFIG_VIDEO_VIMC)' '^boot a kernel'
}

@test "doctor: a node is missing; making it is the remedy" {
	local node
	node=$(entity_node 'Raw Capture 0')
	rm "$node"
	ill 3 node-missing 'its node is not there' "^mknod $node c "
	remedy
	healthy
	rm "$(media_device)"
	ill 3 node-missing 'its node is not there' '^mknod /dev/media'
	remedy
	healthy
}

@test "doctor: no permission; the rule for udev is the remedy, then the group" {
	local nobody=(setpriv --reuid=65534 --regid=65534)
	doctor=("${nobody[@]}" --clear-groups vimc-capture --doctor)
	mkdir -p /run/udev/rules.d
	lab_platform load udev
	chmod 600 /dev/media* /dev/video* /dev/v4l-subdev* /dev/udmabuf /dev/dma_heap/*
	chgrp root /dev/media*
	ill 5 no-permission 'belongs to root:root, mode 0600' '^as root: put 70-rawline.rules into /etc/udev/rules.d '
	finding warning udev-rule '70-rawline.rules is not installed' 'make install does so'
	# In the lab /etc is the host's.
	cp "$BATS_TEST_DIRNAME/../scripts/70-rawline.rules" /run/udev/rules.d
	udevadm control --reload
	udevadm trigger --action=add
	udevadm settle
	ill 5 no-permission 'belongs to root:video, mode 0660' '^as root: usermod -aG video nobody, then log in anew$'
	lacks findings udev-rule
	doctor=("${nobody[@]}" --groups=video vimc-capture --doctor)
	healthy
	lacks findings memory-closed
	for node in /dev/media0 /dev/video0 /dev/v4l-subdev0 /dev/udmabuf /dev/dma_heap/system; do
		equal "$(stat -c '%a %G' "$node")" '660 video' "$node"
	done
	"${nobody[@]}" --groups=video vimc-capture -q -c 1 -s 64x64 --memory=udmabuf
	# Rules that fail to parse are told in udev's log only, so each line must have acted.
	udevadm info /dev/media0 | grep -q '^E: TAGS=.*:uaccess:'
	udevadm info /dev/udmabuf | grep -q '^E: TAGS=.*:uaccess:'
}

@test "doctor: another of us has the camera, named; ending it is the remedy" {
	start_tool vimc-capture -c 0 -s 64x64 --ready-fd=9 'Sensor A'
	wait_ready
	ill 4 busy "in use by pid $tool_pid (vimc-capture)" "^end it: kill $tool_pid\$"
	remedy 's/^end it: //'
	wait_tool
	healthy
}

@test "doctor: the lock alone, held by another program" {
	start_tool python3 -c '
import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
os.write(9, b"ready\n")
time.sleep(600)' "$(media_device)"
	wait_ready
	doctor+=('Sensor B')
	ill 4 busy "in use by pid $tool_pid (python3)" "^end it: kill $tool_pid\$"
	stop_tool TERM -a
	healthy
}

@test "doctor: pads that disagree, and links that are in the way, with commands that set them right" {
	local step
	run_tool vimc-capture -q -c 1 -s 64x64 'Sensor B'
	doctor+=('Sensor A')
	# The debayer takes no RGB, so it is the sensor that has to change.
	ailing pads-disagree 'Sensor A pad 0 gives RGB888_1X24/640x480, but Debayer A pad 0' '"Sensor A":0 .fmt:SRGGB8_1X8/640x480.'
	ailing link-on 'the link Debayer B:1 -> Scaler:0 is on, and the streams want it off' 'by hand: media-ctl'
	remedy
	ailing link-off 'the link Debayer A:1 -> Scaler:0 is off, and the streams want it on' 'by hand: media-ctl'
	remedy
	lacks findings link-on
	media -V "'Sensor A':0 [fmt:SRGGB8_1X8/320x240]"
	ailing pads-disagree 'Sensor A pad 0 gives SRGGB8_1X8/320x240, but Raw Capture 0 pad 0 takes RGB3' 'by hand: v4l2-ctl -d'
	# Each hands the next one on, down to the nodes.
	for ((step = 0; step < 10; step++)); do
		healthy
		[ "$warnings" -gt 0 ] || break
		read -r remedy < <(cut -f 4 findings)
		remedy
	done
	equal "$warnings" 0 warnings
	[ "$step" -gt 1 ]
	# The tool itself needs none of that.
	run_tool vimc-capture -q -c 1 -s 64x64 'Sensor B'
	run_tool vimc-capture -q -c 1 'Sensor A'
}

@test "doctor: a camera that is not there, and streams that can't be" {
	doctor+=('Sensor C')
	ill 3 no-camera "no camera is called 'Sensor C'" '^take one that vimc-capture --list prints$'
	doctor=(vimc-capture --doctor -s 641x481)
	ill 6 not-possible 'the nearest is 640x480' 'ask for what --info lists'
	doctor+=(--adjust)
	healthy
}

@test "doctor: no heaps" {
	mount -t tmpfs none /dev/dma_heap
	ailing memory-missing 'there is no heap' 'CONFIG_DMABUF_HEAPS=y'
	umount /dev/dma_heap
	healthy
	lacks findings memory-missing
}

@test "doctor: wrong usage, and an output that fails" {
	run_tool -2 vimc-capture --doctor -c 3
	run_tool -2 vimc-capture --doctor --list
	run_tool -2 vimc-capture --doctor -F x.raw
	run_tool -9 bash -c 'exec vimc-capture --doctor >/dev/full'
	run_tool -9 bash -c 'exec vimc-capture --doctor --json >&-'
}

@test "doctor: under valgrind, well and ill" {
	local checked=(valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all
		--error-exitcode=99)
	run_tool -t 120 "${checked[@]}" vimc-capture --doctor -v
	run_tool -t 120 -6 "${checked[@]}" vimc-capture --doctor --json -s 641x481
	vimc_unbind
	run_tool -t 120 -3 "${checked[@]}" vimc-capture --doctor
}
