# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: plain bytes to disks, directly and through the page cache; disks that are slow, full or broken.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
	mapped=()
	# Nobody is there who would make nodes.
	export DM_DISABLE_UDEV=1
}

teardown() {
	local name folder
	cd /
	for folder in "${lab_mounts[@]}"; do
		umount "$folder"
	done
	lab_mounts=()
	for name in "${mapped[@]}"; do
		dmsetup remove "$name"
	done
	lab_teardown
}

bars=(-C "test_pattern=0,show_information=2")

# need_mapped_disk NAME SIZE TABLE: ext4 on a loop device, behind the device mapper; TABLE has DEVICE
# for the loop device. Its folder is $file_system.
need_mapped_disk() {
	local device sectors
	modprobe "dm-${3%% *}"
	truncate -s "$2" "$1.image"
	mkfs.ext4 -q "$1.image"
	device=$(losetup --show -f "$1.image")
	sectors=$(blockdev --getsz "$device")
	echo "0 $sectors ${3//DEVICE/$device}" | dmsetup create "$1"
	mapped+=("$1")
	mkdir "$1"
	mount "/dev/mapper/$1" "$1"
	file_system=$PWD/$1
	lab_mounts+=("$file_system")
}

# record COMMAND [OPTION...]: with a report in rep.json
record() {
	run_tool "$@" --report=rep.json
}

io() {
	jq -r 'select(.record == "start") | .streams[0].io' rep.json
}

# ended FIELD: of the stream, at the end
ended() {
	jq -r --arg field "$1" 'select(.record == "end") | .streams[0][$field]' rep.json
}

@test "auto: ext4 on a disk takes frames directly, the CPU reads none, the bytes are the same" {
	need_file_system -t ext4 64m
	record vimc-capture -v -s raw:1280x960 "${bars[@]}" -c 8 -F "$file_system/a.raw"
	equal "$(io)" direct
	equal "$(ended cpu_bytes)" 0
	contains "$stderr" 'a.raw is written directly: blocks of 512 bytes, 4 frames at a time, registered memory'
	equal "$(jq -c '[.frames[].offset] == [range(0; 8) * 1228800]' "$file_system/a.raw.json")" true
	equal "$(jq -c '[.frames[].sequence] == [range(0; 8)]' "$file_system/a.raw.json")" true
	record vimc-capture -q -s raw:1280x960 "${bars[@]}" -c 8 --io=buffered -F b.raw
	equal "$(io)" buffered
	equal "$(ended cpu_bytes)" $((8 * 1228800))
	cmp "$file_system/a.raw" b.raw
	equal "$(ls -A "$file_system")" $'a.raw\na.raw.json\nlost+found'
}

@test "auto: no room is kept beyond the frames, and none is taken by a run that is stopped" {
	need_file_system -t ext4 64m
	start_tool vimc-capture -q -s raw:640x480 -c 0 -n 8 -F "$file_system/a.raw" --ready-fd=9
	wait_ready
	stop_tool INT
	[ $(($(stat -c %s "$file_system/a.raw") % 307200)) -eq 0 ]
	[ $(($(stat -c '%b * %B' "$file_system/a.raw"))) -le $(($(stat -c %s "$file_system/a.raw") + 8192)) ]
	start_tool vimc-capture -q -s raw:640x480 -c 100 -F "$file_system/b.raw" --ready-fd=9
	wait_ready
	stop_tool TERM -143
	[ $(($(stat -c '%b * %B' "$file_system/b.raw"))) -le $(($(stat -c %s "$file_system/b.raw") + 8192)) ]
}

@test "direct: a file for each frame, tails cut off" {
	need_file_system -t ext4 64m
	record vimc-capture -q -s raw:636x476 "${bars[@]}" -c 9 --io=direct -F "$file_system/f-#.raw"
	equal "$(io)" direct
	record vimc-capture -q -s raw:636x476 "${bars[@]}" -c 9 -F 'f-#.raw'
	equal "$(io)" buffered
	for file in f-*.raw; do
		cmp "$file" "$file_system/$file"
		equal "$(jq .sequence "$file.json")" "$(jq .sequence "$file_system/$file.json")"
	done
	equal "$(find "$file_system" -name '.*' -type f)" ''
}

@test "auto: what can't be direct goes through the page cache, and why" {
	local arguments
	need_file_system -t ext4 64m
	while read -r arguments; do
		# shellcheck disable=SC2086
		record vimc-capture -v ${arguments%%|*}
		equal "$(io)" buffered
		contains "$stderr" "${arguments#*|}"
	done <<-END
		-s raw:1280x960 -c 8 -F a.raw --force|this file system keeps to the page cache
		-s raw:1278x958 -c 8 -F $file_system/a.raw|no whole number of blocks
		-s raw:1280x960 -c 3 -F $file_system/b.raw|that little is written sooner
		-s raw:640x480 -c 30 -F $file_system/c-#.raw|files are small
	END
	vimc_reset allocator=1
	record vimc-capture -v -s raw:1280x960 -c 8 -F "$file_system/d.raw"
	equal "$(io)" buffered
	contains "$stderr" 'the kernel does not lend this memory to a disk'
	equal "$(stat -c %s "$file_system/d.raw")" $((8 * 1228800))
}

@test "auto: no io_uring, no failure; --io=direct says so with status 6" {
	need_file_system -t ext4 64m
	for error in ENOSYS EPERM ENOMEM; do
		record strace -f -o trace -e trace=io_uring_setup -e inject=io_uring_setup:error=$error \
			vimc-capture -v -s raw:1280x960 -c 8 --force -F "$file_system/a.raw"
		equal "$(io)" buffered
		matches "$stderr" 'through the page cache: (there is no io_uring|io_uring is forbidden here|Cannot allocate memory)'
		equal "$(stat -c %s "$file_system/a.raw")" $((8 * 1228800))
	done
	run_tool -6 strace -f -o trace -e trace=io_uring_setup -e inject=io_uring_setup:error=ENOSYS \
		vimc-capture -q -s raw:1280x960 -c 8 --io=direct -F "$file_system/b.raw"
	contains "$stderr" "can't be written with --io=direct: there is no io_uring"
	no_file "$file_system/b.raw"
	record strace -f -o trace -e trace=io_uring_register -e inject=io_uring_register:error=ENOMEM \
		vimc-capture -v -s raw:1280x960 "${bars[@]}" -c 8 --force -F "$file_system/a.raw"
	equal "$(io)" direct
	contains "$stderr" 'unregistered memory'
	record vimc-capture -q -s raw:1280x960 "${bars[@]}" -c 8 -F b.raw
	cmp "$file_system/a.raw" b.raw
}

@test "udmabuf: the memfd's pages go to the disk" {
	need_file_system -t ext4 64m
	record vimc-capture -q -s 1280x960 "${bars[@]}" -c 3 --memory=udmabuf -F "$file_system/a.raw"
	equal "$(io)" direct
	record vimc-capture -q -s 1280x960 "${bars[@]}" -c 3 -F a.raw
	cmp "$file_system/a.raw" a.raw
	vimc_reset allocator=1
	record vimc-capture -q -s 1280x960 -c 3 --memory=heap -F "$file_system/b.raw"
	equal "$(io)" buffered
}

@test "a pipe, a picture: never direct" {
	record vimc-capture -q -s raw:1280x960 -c 8 -F - --report=rep.json
	equal "$(io)" buffered
	run_tool -6 vimc-capture -q -s raw:640x480 --io=direct -F -
	contains "$stderr" 'only plain bytes can, and only into files'
	run_tool -6 vimc-capture -q -s 640x480 --io=direct -F 'a-#.png'
	no_file a-*
	run_tool -6 vimc-capture -q -s raw:100x98 -c 1 --io=direct -F 'a.raw'
	no_file a.raw
	run_tool -2 vimc-capture --io=direct
	run_tool -2 vimc-capture --io=sideways -F a.raw
}

@test "a full disk: status 9, whole frames stay; no room for all: nothing is captured" {
	need_file_system -t ext4 16m
	run_tool -9 vimc-capture -q -s raw:640x480 -c 100 -F "$file_system/a.raw"
	matches "$stderr" 'a.raw: 100 frames need 30.7 MB, [0-9.]+ MB are free there'
	record -9 vimc-capture -s raw:640x480 -c 0 -F "$file_system/a.raw"
	equal "$(io)" direct
	contains "$stderr" 'No space left on device'
	equal $(($(stat -c %s "$file_system/a.raw") % 307200)) 0
	[ "$(stat -c %s "$file_system/a.raw")" -ge $((30 * 307200)) ]
	equal "$(jq '.frames | length' "$file_system/a.raw.json")" "$(ended written)"
	equal "$(ended written)" $(($(stat -c %s "$file_system/a.raw") / 307200))
	equal "$(find "$file_system" -name '.*' -type f)" ''
}

@test "a slow disk: every frame is written or counted, by block as by drop" {
	need_mapped_disk slow 64m 'delay DEVICE 0 0 DEVICE 0 300'
	record vimc-capture -v -s raw:640x480 -c 0 -t 1s --io=direct -F "$file_system/a.raw"
	equal "$(io)" direct
	# vimc counts no frame that it had no buffer for.
	[ "$(ended underruns)" -gt 0 ]
	equal "$(ended lost_overflow)" 0
	equal "$(ended written)" "$(ended captured)"
	equal "$(stat -c %s "$file_system/a.raw")" $(($(ended written) * 307200))
	record vimc-capture -v -s raw:640x480 -c 0 -t 1s --io=direct --overflow=drop -F "$file_system/b.raw"
	equal "$(io)" direct
	[ "$(ended lost_overflow)" -gt 0 ]
	equal "$(ended lost_driver)" 0
	equal "$(ended underruns)" 0
	equal "$(ended captured)" "$(ended written)"
	[ "$(jq '.frames[-1].sequence' "$file_system/b.raw.json")" -lt $(($(ended written) + $(ended lost_overflow))) ]
	equal "$(stat -c %s "$file_system/b.raw")" $(($(ended written) * 307200))
	# As many at a time as there are buffers: twenty are enough for 300 ms at 50 frames a second.
	record vimc-capture -v -s raw:640x480 -c 40 -n 20 --io=direct -F "$file_system/c.raw"
	equal "$(ended lost_driver) $(ended underruns)" '0 0'
	equal "$(jq -c '[.frames[].sequence] == [range(0; 40)]' "$file_system/c.raw.json")" true
}

@test "a disk that breaks: status 9, what was before is kept" {
	need_mapped_disk broken 64m 'flakey DEVICE 0 3600 0'
	start_tool vimc-capture -s raw:640x480 -c 0 --io=direct -F "$file_system/a.raw" --ready-fd=9
	wait_ready
	dmsetup suspend --nolockfs broken
	dmsetup table broken | sed 's/3600 0.*/0 3600 1 error_writes/' | dmsetup load broken
	dmsetup resume broken
	wait_tool -9
	contains "$stderr" 'Input/output error'
	equal "$(wc -l < <(grep -c . "$stderr"))" 1
}

@test "--bench-disk: how many frames a directory takes; nothing is left, nothing is set" {
	need_file_system -t ext4 64m
	run_tool strace -f -o trace -e trace=ioctl \
		vimc-capture --bench-disk="$file_system" -s raw:1280x960 -t 100ms --json 'Sensor A'
	equal "$(jq -r '[.record, .stream, .width, .height, .fourcc, .frame_bytes, .io] | @csv' "$stdout")" \
		'"bench","raw",1280,960,"RGGB",1228800,"direct"'
	jq -e '.frames > 0 and .seconds > 0 and .fps > 0 and .mb_per_second > 0 and .cpu_seconds_per_gb >= 0' "$stdout"
	run ! grep -E 'VIDIOC_(S_FMT|REQBUFS|STREAMON)|SUBDEV_S_FMT|MEDIA_IOC_SETUP_LINK' trace
	run_tool vimc-capture --bench-disk=. -s 640x480 --io=buffered -t 50ms 'Sensor A'
	matches "$stdout" '^main 640x480 RGB3 .*, 921600 bytes a frame: [0-9.]+ frames/s, [0-9.]+ MB/s, [0-9.]+ CPU s/GB, buffered$'
	equal "$(ls -A "$file_system") $(find . -name '*bench*')" 'lost+found '
	start_tool vimc-capture --bench-disk="$file_system" -t 20s --io=buffered -s 64x64 'Sensor A'
	until compgen -G "$file_system/.rawline-bench.raw.*" >/dev/null; do
		lab_nap 0.05
	done
	stop_tool INT -130
	equal "$(ls -A "$file_system")" lost+found
	need_file_system 400k
	run_tool -9 vimc-capture --bench-disk="$file_system" -s 640x480 'Sensor A'
	contains "$stderr" 'No space left on device'
	equal "$(ls -A "$file_system")" ''
	run_tool -9 vimc-capture --bench-disk=nowhere 'Sensor A'
	contains "$stderr" 'there is no directory nowhere'
	run_tool -6 vimc-capture --bench-disk=. --io=direct --memory=heap 'Sensor A'
	contains "$stderr" 'io=direct'
}
