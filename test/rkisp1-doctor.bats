# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # variables that lab.bash and hardware.bash set; $doctor
# rkisp1-capture --doctor: a catalogue of set-ups that are broken, each with one cause and one remedy,
# which is carried out.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/doctor

isp=e0910000.isp

setup() {
	lab_setup
	doctor=(rkisp1-capture --doctor)
}

@test "doctor: a board that is well, before and after a capture" {
	healthy
	as_text 0
	run_tool rkisp1-capture -q -c 1 -s 320x240
	healthy
	equal "$warnings" 0 warnings
	# A path that was used by others stays on.
	MEDIA_DRIVER=rkisp1 set_link rkisp1_isp 2 rkisp1_resizer_selfpath 0 on
	ailing link-on 'rkisp1_isp:2 -> rkisp1_resizer_selfpath:0 is on, and the streams want it off' 'by hand: media-ctl'
	remedy
	healthy
	lacks findings link-on
	dmesg_clean
}

@test "doctor: the sensor's driver was never loaded, or does not drive it" {
	echo 0-0010 >/sys/bus/i2c/drivers/imx219/unbind
	ill 3 sensor-unbound "the sensor's driver is there, but does not drive it" '^echo 0-0010 > /sys/bus/i2c/drivers/imx219/bind '
	contains "$stdout" '"subject":"sony,imx219 at 0-0010"'
	remedy
	healthy
	lab_platform unload rkisp1
	modprobe rockchip-isp1
	ill 3 sensor-not-loaded "the sensor's driver is installed, but not loaded" '^modprobe imx219$'
	remedy
	healthy
}

@test "doctor: the ISP's driver is not loaded, or does not drive it" {
	echo "$isp" >/sys/bus/platform/drivers/rkisp1/unbind
	ill 3 driver-unbound 'its driver, rkisp1, is there, but does not drive it' "^echo $isp > /sys/bus/platform/drivers/rkisp1/bind"
	remedy
	healthy
	lab_platform unload rkisp1
	ill 3 driver-not-loaded 'the driver is installed, but not loaded' '^modprobe rockchip-isp1$'
	remedy
	ill 3 sensor-not-loaded 'not loaded' '^modprobe imx219$'
	remedy
	healthy
}

@test "doctor: another program streams statistics, and is named" {
	local node
	node=$(node_named rkisp1_stats)
	start_tool python3 -c '
import fcntl, os, struct, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
# VIDIOC_REQBUFS: two of V4L2_BUF_TYPE_META_CAPTURE, by mmap
fcntl.ioctl(fd, 0xc0145608, struct.pack("=5I", 2, 13, 1, 0, 0))
os.write(9, b"ready\n")
time.sleep(600)' "$node"
	wait_ready
	ill 4 busy "$node streams or has buffers, in use by pid $tool_pid (python3)" "^end it: kill $tool_pid\$"
	remedy 's/^end it: //'
	wait_tool -a
	healthy
}

@test "doctor: more contiguous memory than there is" {
	doctor+=(-s main:3264x2448:YUYV -n 32)
	ill 1 memory-too-small 'of contiguous memory (CMA), and there are 256.0 MiB' '^fewer buffers '
	doctor=(rkisp1-capture --doctor -s main:3264x2448:YUYV -n 4)
	healthy
}
