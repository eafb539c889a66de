# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: cameras that go before anything is captured, and that come back.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc
load lab/unplug

setup() {
	lab_setup
	profile=$PWD/webcam
	cat >"$profile" <<-'PROFILE'
		id 1209:0101
		product "Pulled"
		serial "P-1"
		format YUYV
		frame 320x240 30fps
		control brightness -64 64 1 0
		control contrast 0 100 1 50
		control power_line 0 2 1 1
	PROFILE
}

# gone_at IOCTL STATUSES OPTION...: the camera is gone when the program gets there; it ends within
# a second, with one of these statuses
gone_at() {
	local ioctl=$1 statuses=$2
	shift 2
	echo "=== gone at $ioctl: $*"
	rm -f mark go out.raw
	with_mark
	uvc_plug "$profile" || return
	start_tool env "LD_PRELOAD=$mark" HOLD=1 "MARK=$ioctl" uvc-capture "$@"
	wait_for 10 test -e mark || return
	uvc_pull || return
	touch go
	wait_tool -a -t 1 || return
	[[ " $statuses " == *" $status "* ]] || fail "status $status, wanted $statuses" || return
	[ "$status" -eq 0 ] || [ "$(grep -c '^uvc-capture: ' "$stderr")" -ge 1 ] ||
		fail 'no sentence' || return
	[ "$status" -ne 8 ] || matches "$stderr" 'went away|No such device' || return
	no_file out.raw
}

@test "unplug: before this or that ioctl of a capture, status 8 and no file" {
	local ioctl
	for ioctl in S_FMT G_PARM S_PARM REQBUFS QUERYBUF SUBSCRIBE_EVENT QBUF STREAMON DQBUF; do
		gone_at "VIDIOC_$ioctl" 8 -c 3 -F out.raw || fail "at $ioctl"
	done
	for ioctl in QUERY_EXT_CTRL QUERYMENU G_EXT_CTRLS S_EXT_CTRLS; do
		gone_at "VIDIOC_$ioctl" 8 -c 3 -F out.raw -C brightness=5,contrast=6 --restore ||
			fail "at $ioctl"
	done
	dmesg_clean
}

@test "unplug: while it is looked at, a status and a sentence" {
	gone_at MEDIA_IOC_DEVICE_INFO '0 3' --list
	gone_at MEDIA_IOC_G_TOPOLOGY '0 3' --list
	gone_at VIDIOC_QUERYCAP '3 8' --info
	gone_at VIDIOC_ENUM_FMT '3 8' --info
	gone_at VIDIOC_ENUM_FRAMESIZES '3 8' --info
	gone_at VIDIOC_ENUM_FRAMEINTERVALS '3 8' --info --json
	gone_at VIDIOC_QUERYCAP '3 8' -L
	gone_at VIDIOC_QUERY_EXT_CTRL 8 -L
	gone_at VIDIOC_G_EXT_CTRLS 8 -L
	gone_at VIDIOC_ENUM_FMT '3 8' --dry-run
	dmesg_clean
}

@test "replug: the nodes come back with their numbers, and it works again" {
	local node metadata i
	for i in 1 2 3; do
		uvc_plug "$profile"
		node=${node:-$uvc_node} metadata=${metadata:-${uvc_metadata[0]}}
		equal "$uvc_node ${uvc_metadata[0]}" "$node $metadata" 'nodes'
		start_tool uvc-capture -c 0 -F "$i-#.raw" --ready-fd=9
		wait_ready
		uvc_pull
		wait_tool -8
	done
	uvc_plug "$profile"
	run_tool uvc-capture -c 3 -F 'f-#.raw' --restore -C brightness=9
	uvc_check f-*.raw
	equal "$(uvc_sum frames)" 3
	run_tool -a fuser "$uvc_media" "$uvc_node"
	[ ! -s "$stdout" ]
}

@test "replug: another program has the old node open, the new one is taken" {
	local old held
	uvc_plug "$profile"
	old=$uvc_node
	exec {held}<>"$old"
	uvc_pull
	uvc_plug "$profile"
	[ "$uvc_node" != "$old" ]
	run_tool uvc-capture -c 3 -F out.raw
	uvc_check out.raw
	exec {held}<&-
}

waits() {
	grep -q 'waiting for' "$stderr"
}

@test "replug: --wait takes up the camera each time that it is plugged in, by its serial" {
	local i
	for i in 1 2 3; do
		start_tool uvc-capture --wait=20s -c 0 -F "$i.raw" --ready-fd=9 P-1
		wait_for 10 waits
		uvc_plug "$profile"
		wait_ready
		uvc_pull
		wait_tool -8
		uvc_check "$i.raw"
	done
	dmesg_clean
}

@test "replug: one of two cameras goes, the other is not disturbed" {
	uvc_plug "$profile"
	uvc_plug -i 1 -p "$profile" --serial=P-2
	start_tool uvc-capture -c 40 -F other-#.raw --ready-fd=9 P-2
	wait_ready
	uvc_pull
	wait_tool
	uvc_check -i 1 other-*.raw
	equal "$(uvc_sum frames)" 40
}

@test "unplug: --restore has nothing to put back, and says nothing of it" {
	uvc_plug "$profile"
	start_tool uvc-capture -c 0 -C brightness=9,contrast=7 --restore --ready-fd=9
	wait_ready
	uvc_pull
	wait_tool -8
	lacks "$stderr" 'put back'
	equal "$(grep -c 'went away' "$stderr")" 1
}
