# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # variables that lab.bash and hardware.bash set; $doctor
# ipu3-capture --doctor: a catalogue of set-ups that are broken, each with one cause and one remedy,
# which is carried out.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/doctor

cio2=0000:00:14.0

setup() {
	lab_setup
	doctor=(ipu3-capture --doctor)
}

@test "doctor: a machine that is well, with a camera that gives nothing but raw" {
	healthy
	as_text 0
	run_tool ipu3-capture -q -c 1 --mode=640x480:10 -r 'imx219 0-0010'
	doctor+=('imx219 0-0010' -r --mode=640x480:10)
	healthy
	equal "$warnings" 0 warnings
	run_tool ipu3-capture --doctor -v ov7251
	contains "$stdout" 'ok: ov7251 2-0060: only raw can be had'
	dmesg_clean
}

@test "doctor: the firmware of the ImgU is missing; putting it there is the remedy" {
	lab_reload ipu3:firmware=none
	ill 6 no-imgu 'its driver found no firmware' '^put intel/ipu3-fw.bin into /lib/firmware '
	equal "$(jq -r 'select(.record == "finding" and .severity == "fault").subject' "$stdout")" ImgU
	doctor+=(-r)
	healthy
	doctor=(ipu3-capture --doctor)
	lab_reload ipu3
	healthy
}

@test "doctor: the CIO2's driver is not loaded, or does not drive it" {
	echo "$cio2" >/sys/bus/pci/drivers/ipu3-cio2/unbind
	ill 3 driver-unbound 'its driver, ipu3-cio2, is there, but does not drive it' "^echo $cio2 > /sys/bus/pci/drivers/ipu3-cio2/bind"
	remedy
	healthy
}

@test "doctor: another of us has the ImgU" {
	start_tool ipu3-capture -q -c 0 --mode=640x480:10 -s main:320x240 --ready-fd=9 'imx219 0-0010'
	wait_ready
	ill 4 busy "in use by pid $tool_pid (ipu3-capture)" "^end it: kill $tool_pid\$"
	remedy 's/^end it: //'
	wait_tool
	healthy
}

@test "doctor: a sensor's driver that does not tell the rate of its link" {
	cc -shared -fPIC -o untold.so -x c - <<-'EOT'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <errno.h>
		#include <linux/videodev2.h>
		int ioctl(int fd, unsigned long request, void *argument)
		{
			int (*real)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
			const struct v4l2_queryctrl *query = argument;
			if (request == VIDIOC_QUERYCTRL && query->id == V4L2_CID_LINK_FREQ) {
				errno = EINVAL;
				return -1;
			}
			return real(fd, request, argument);
		}
	EOT
	doctor+=('imx219 1-0010')
	healthy
	lacks findings sensor-untimed
	doctor=(env "LD_PRELOAD=$PWD/untold.so" "${doctor[@]}")
	ailing sensor-untimed 'its driver does not tell LINK_FREQ' 'newer driver'
}
