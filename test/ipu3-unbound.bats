# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3:board=ipu3-unbound
# shellcheck disable=SC2154,SC2034 # variables that lab.bash and hardware.bash set
# ipu3-capture where one sensor's driver is missing, which takes all others along.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/doctor

@test "no sensor is linked: those that are there are named, and those that are missing" {
	local media name
	media=$(media_device ipu3-cio2)
	run_tool -3 ipu3-capture --list
	contains "$stderr" "ipu3-capture: $media: no camera can be used before all have come up: "
	for name in 'imx219 0-0010' 'imx219 1-0010' 'ov7251 2-0060'; do
		matches "$stderr" ": .*$name.* came up, and must wait; still missing \\(is the driver there"
	done
	contains "$stderr" "what does the kernel's log say?): unknown, node=/unknown/port/endpoint"
	[ ! -s "$stdout" ] || fail "listed: $(cat "$stdout")"
	run_tool -3 ipu3-capture -c 1 -r
	contains "$stderr" 'still missing'
	run_tool -3 ipu3-capture -c 1 ov7251
	contains "$stderr" 'still missing'
}

@test "who may not read the kernel's list is told where it is" {
	chmod 666 /dev/media*
	run_tool -3 setpriv --reuid=65534 --regid=65534 --clear-groups ipu3-capture --list
	contains "$stderr" 'came up, and must wait; what is missing tells root: /sys/kernel/debug/v4l2-async/pending_async_subdevices'
}

@test "doctor: what is missing is named, by its place and its model" {
	doctor=(ipu3-capture --doctor)
	ill 3 sensor-missing 'the receiver waits for this device, a lab,nobody, which has not come up' '^boot a kernel with a driver for it, or take it out'
	equal "$(jq -r 'select(.record == "finding").subject' "$stdout")" /unknown
}
