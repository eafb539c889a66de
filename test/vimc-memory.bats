# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: where frame memory comes from, what it costs, and that none is left behind.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

# One frame of static bars, the same bytes whatever memory it came through.
capture() {
	run_tool "${status_wanted:--0}" vimc-capture -s 64x64 -c 6 -C show_information=2 \
		-F "${name:-frames}.raw" --force --json "$@" 'Sensor A'
}

memory_used() {
	jq -r 'select(.record == "start") | .streams[0].memory' "$stdout"
}

same_bytes_as_mmap() {
	name=reference capture --memory=mmap
	name=frames capture "$@"
	cmp reference.raw frames.raw
}

@test "memory: mmap, udmabuf and heaps give the same bytes (vmalloc driver)" {
	same_bytes_as_mmap --memory=udmabuf
	equal "$(memory_used)" udmabuf
	same_bytes_as_mmap --memory=heap:system
	equal "$(memory_used)" heap:system
	same_bytes_as_mmap --memory=heap:reserved
	equal "$(memory_used)" heap:reserved
	same_bytes_as_mmap --memory=heap
	equal "$(memory_used)" heap:reserved
	same_bytes_as_mmap --memory=auto
	equal "$(memory_used)" mmap
}

@test "memory: a driver that needs contiguous memory takes the contiguous heap" {
	vimc_reset allocator=1
	same_bytes_as_mmap --memory=heap
	equal "$(memory_used)" heap:reserved
	same_bytes_as_mmap --memory=auto
	equal "$(memory_used)" mmap
}

@test "memory: scattered memory on a contiguous driver, status 6 and why; --adjust takes another" {
	vimc_reset allocator=1
	status_wanted=-6 capture --memory=udmabuf
	contains "$stderr" 'frames in udmabuf: the device needs contiguous memory'
	status_wanted=-6 capture --memory=heap:system
	contains "$stderr" 'heap:system: the device needs contiguous memory'
	capture --memory=udmabuf --adjust
	equal "$(memory_used)" mmap
	contains "$stderr" 'taking mmap instead'
}

@test "memory: a heap that is not there, status 6" {
	status_wanted=-6 capture --memory=heap:attic
	contains "$stderr" 'heap:attic: this machine has no such allocator'
}

@test "memory: no right to /dev/udmabuf, status 5" {
	chmod 666 "$(media_device)" /dev/v4l-subdev* /dev/video*
	chmod 600 /dev/udmabuf
	run_tool -5 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		env PATH="$PATH" vimc-capture -s 64x64 --memory=udmabuf 'Sensor A'
	contains "$stderr" udmabuf
}

@test "memory: the bill is stated before allocating" {
	run_tool vimc-capture -s 640x480 -c 1 -n 8 'Sensor A'
	matches "$stderr" 'RGB/YUV Capture: 8 buffers of 921600 bytes are 7.0 MiB$'
	run_tool vimc-capture -s 640x480 -c 1 -n 8 --memory=heap:system 'Sensor A'
	matches "$stderr" 'RGB/YUV Capture: 8 buffers of 921600 bytes are 7.0 MiB$'
	run_tool vimc-capture -s 640x480 -c 1 -n 8 --memory=heap:reserved 'Sensor A'
	matches "$stderr" 'are 7.0 MiB \(CMA free: [12][0-9][0-9]\.[0-9] MiB\)$'
}

@test "memory: too little for all buffers, goes on with fewer and says so" {
	# The contiguous area has 256 MiB; a frame has 25.3.
	vimc_reset allocator=1
	run_tool -t 60 vimc-capture -s 4096x2160 -c 1 -n 32 --memory=heap:reserved --json 'Sensor A'
	matches "$stderr" 'memory for 32 buffers of 26542080 bytes is not to be had, going on with [2-9]'
	[ "$(jq -r 'select(.record == "start") | .streams[0].num_buffers' "$stdout")" -lt 10 ]
}

@test "memory: a frame beyond the limit of udmabuf is refused with the reason" {
	echo 1 >/sys/module/udmabuf/parameters/size_limit_mb
	run_tool -a vimc-capture -s 1280x720 -c 1 --memory=udmabuf 'Sensor A'
	echo 64 >/sys/module/udmabuf/parameters/size_limit_mb
	[ "$status" -ne 0 ]
	contains "$stderr" 'larger than this allocator or the free memory allows'
}

@test "memory: no dma-buf and no slot is left behind, whatever the end" {
	local before kind
	before=$(dma_buffers)
	for kind in mmap udmabuf heap; do
		run_tool vimc-capture -s 64x64 -c 3 --memory="$kind" 'Sensor A'
		run_tool -9 vimc-capture -s 64x64 -c 3 --memory="$kind" -F /dev/full --force 'Sensor A'
		start_tool vimc-capture -s 64x64 -c 0 --memory="$kind" --ready-fd=9 'Sensor A'
		wait_ready
		stop_tool KILL -137
	done
	equal "$(dma_buffers)" "$before" 'number of dma-bufs'
	run_tool vimc-capture -s 128x128 -c 1 'Sensor A'
}

@test "memory: resident beyond the frames below 6 MiB" {
	start_tool vimc-capture -r -c 0 -q --ready-fd=9 'Sensor A'
	wait_ready
	# Frames of a vmalloc driver are mapped as such: VmRSS counts them, RssAnon and RssFile less so.
	equal "$(awk '/^VmRSS/ { print ($2 - 4 * 300 < 6 * 1024) }' "/proc/$tool_pid/status")" 1
	stop_tool TERM
}
