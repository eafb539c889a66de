# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi
# lab-limit: 300
# shellcheck disable=SC2154,SC2034,SC2030,SC2031 # variables that lab.bash, hardware.bash and rpi.bash set; $doctor
# rpi-capture --doctor: a catalogue of set-ups that are broken, each with one cause and one remedy, which
# is carried out where it is a command.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/doctor

setup() {
	lab_setup
	rpi_find
	doctor=(rpi-capture --doctor)
}

# start_holder PROGRAM ARGUMENT...: python3 runs it, and then keeps what it has
start_holder() {
	start_tool python3 -c "
import array, fcntl, os, struct, sys, time
$1
os.write(9, b'ready\n')
time.sleep(600)" "${@:2}"
	wait_ready
}

@test "doctor: a Raspberry Pi that is well, before and after a capture" {
	healthy
	as_text 0
	run_tool rpi-capture -q -c 1 --mode=640x480:10 -s main:320x240
	doctor+=(--mode=640x480:10)
	healthy
	equal "$warnings" 0 warnings
	run_tool rpi-capture --doctor -v
	contains "$stdout" 'Unicam (Raspberry Pi kernel)'
	dmesg_clean
}

@test "doctor: embedded data held open by another program; ending it is the remedy" {
	lab_reload rpi:embedded_always=1
	rpi_find
	start_holder 'os.open(sys.argv[1], os.O_RDWR)' "$unicam_embedded"
	ill 7 node-held "no image comes while $unicam_embedded is open without streaming, in pid $tool_pid (python3)" "^end it: kill $tool_pid\$"
	remedy 's/^end it: //'
	wait_tool -a
	healthy
	lab_reload rpi
}

@test "doctor: Unicam runs in video node mode" {
	lab_reload rpi:media_controller=0
	ill 6 not-possible 'Unicam runs in video node mode, in which it sets up the sensor itself' '^take media-controller=0 off '
	lab_reload rpi
	healthy
}

@test "doctor: the camera belongs to the old firmware stack" {
	lab_reload rpi:stack=firmware
	ill 3 firmware-stack 'the camera belongs to the old firmware stack' '^take start_x=1 out of /boot/firmware/config.txt'
	lab_platform unload rpi
	lab_platform load rpi
	healthy
}

@test "doctor: the ISP's driver is missing: raw is possible, pictures are not" {
	lab_reload rpi:isp=none
	ailing no-isp 'its driver is not there, so there is raw only' '^modprobe bcm2835-isp'
	doctor+=(-s main)
	ill 6 no-isp 'its driver is not there' '^modprobe bcm2835-isp'
	lab_reload rpi
	healthy
}

@test "doctor: the sensor's driver does not drive it" {
	echo 0-0010 >/sys/bus/i2c/drivers/imx219/unbind
	ill 3 sensor-unbound "the sensor's driver is there, but does not drive it" '^echo 0-0010 > '
	# The look-alike of Unicam does not survive a second sensor.
	lab_reload rpi
	healthy
}

@test "doctor: contiguous memory is used up; ending who has it, and fewer buffers, are remedies" {
	# DMA_HEAP_IOCTL_ALLOC, until there is little left
	start_holder '
heap = os.open("/dev/dma_heap/reserved", os.O_RDWR)
kept = []
for i in range(60):
    try:
        request = bytearray(struct.pack("=QIIQ", 4 << 20, 0, os.O_RDWR, 0))
        fcntl.ioctl(heap, 0xc0184800, request)
        kept.append(request)
    except OSError:
        break'
	doctor+=(-r --mode=3280x2464:10)
	ailing memory-low 'of contiguous memory (CMA), and' '^end programs that hold frames'
	stop_tool TERM -a
	healthy
	lacks findings memory-low
	doctor+=(-n 32)
	ill 1 memory-too-small 'of contiguous memory (CMA), and there are 256.0 MiB' '^all of it must be contiguous'
}

@test "doctor: under valgrind" {
	run_tool -t 120 valgrind -q --leak-check=full --error-exitcode=99 rpi-capture --doctor -v
}
