# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: cameras that others use, or that the caller may not.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	cat >webcam <<-'PROFILE'
		id 1209:0105
		product "Shared"
		serial "S-1"
		format YUYV
		frame 160x120 30fps
		control brightness -64 64 1 0
	PROFILE
	uvc_plug ./webcam
}

# busy TEXT OPTION...: status 4, one sentence, nothing captured, no file
busy() {
	local text=$1
	shift
	run_tool -4 uvc-capture -c 3 -F out.raw "$@"
	grep -v -e ': taking ' -e ' main: taking ' "$stderr" >said
	equal "$(wc -l <said)" 1 'number of sentences' || return
	contains said "$text"
	no_file out.raw
}

@test "busy: v4l2-ctl streams, it is named with its pid, and its frames go on" {
	v4l2-ctl -d "$uvc_node" --set-fmt-video=width=160,height=120,pixelformat=YUYV
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=100 --stream-to=theirs
	wait_for 10 test -s theirs
	busy "($uvc_node) is in use by pid $tool_pid (v4l2-ctl)"
	wait_tool
	equal "$(stat -c %s theirs)" $((100 * 160 * 120 * 2))
	uvc_check theirs
	dmesg_clean
}

@test "busy: another owns it by its buffers, or by its format alone" {
	local call
	cc -o owner -x c - <<-'EOT'
		#include <fcntl.h>
		#include <linux/videodev2.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/ioctl.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			struct v4l2_requestbuffers buffers = { .count = 2, .type = 1, .memory = 1 };
			struct v4l2_format format = { .type = 1 };
			int fd = open(argv[1], O_RDWR);
			int ret = ioctl(fd, VIDIOC_G_FMT, &format);
			if (!strcmp(argv[2], "buffers"))
				ret |= ioctl(fd, VIDIOC_REQBUFS, &buffers);
			else
				ret |= ioctl(fd, VIDIOC_S_FMT, &format);
			if (ret == 0)
				dprintf(9, "ready\n");
			pause();
		}
	EOT
	for call in buffers format; do
		start_tool ./owner "$uvc_node" $call
		wait_ready
		busy "is in use by pid $tool_pid (owner)"
		stop_tool KILL -137
		# It crashed, and left nothing behind.
		run_tool uvc-capture -c 3 -F "$call.raw"
	done
}

@test "busy: who merely has it open is no hindrance" {
	local held
	exec {held}<>"$uvc_node"
	run_tool uvc-capture -c 3 -F out.raw
	uvc_check out.raw
	exec {held}<&-
}

@test "busy: another uvc-capture has it, which goes on" {
	start_tool uvc-capture -c 0 -F 'f-#.raw' --ready-fd=9
	wait_ready
	busy "is in use by pid $tool_pid (uvc-capture)" S-1
	busy "is in use by pid $tool_pid (uvc-capture)" "$uvc_node"
	stop_tool TERM -0
	uvc_check f-*.raw
	run_tool uvc-capture -c 3 -F out.raw
}

@test "busy: it was killed, and nothing is left of it" {
	start_tool uvc-capture -c 0 -F all.raw --ready-fd=9
	wait_ready
	stop_tool KILL -137
	run_tool uvc-capture -c 3 -F out.raw
	uvc_check out.raw
}

@test "busy: all that only looks still works" {
	local report
	start_tool uvc-capture -c 0 --ready-fd=9
	report=$stdout
	wait_ready
	run_tool uvc-capture --list
	contains "$stdout" Shared
	run_tool uvc-capture --info
	contains "$stdout" 160x120
	run_tool uvc-capture --list-controls
	contains "$stdout" brightness
	run_tool uvc-capture --dry-run
	# Neither its frames nor its settings were touched.
	stop_tool TERM -0
	matches "$report" ', lost 0 \(driver 0, error 0, overflow 0\)'
}

@test "busy: the other camera of the same model is free" {
	start_tool uvc-capture -c 0 --ready-fd=9 S-1
	wait_ready
	uvc_plug -i 1 -p ./webcam --serial=S-2
	run_tool uvc-capture -c 3 -F out.raw S-2
	uvc_check -i 1 out.raw
	stop_tool TERM -0
}

# as_nobody STATUS COMMAND...
as_nobody() {
	run_tool "$1" setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		env PATH="$PATH" "${@:2}"
}

@test "no permission: status 5, the node, its group and its mode are named" {
	local group
	group=$(getent group video | cut -d: -f3)
	chown "0:$group" "$uvc_media" "$uvc_node" "${uvc_metadata[@]}"
	chmod 660 "$uvc_media" "$uvc_node" "${uvc_metadata[@]}"
	as_nobody -5 uvc-capture -c 1
	contains "$stderr" "no permission: $uvc_media belongs to root:video, mode 0660"
	as_nobody -5 uvc-capture --list
	contains "$stderr" "no permission: $uvc_media belongs to root:video, mode 0660"
}

@test "no permission: the media device may be read, the video node not" {
	chmod 666 "$uvc_media"
	chmod 600 "$uvc_node"
	as_nobody -5 uvc-capture -c 1
	contains "$stderr" "no permission: $uvc_node belongs to root:root, mode 0600"
	as_nobody -0 uvc-capture --list
	contains "$stdout" Shared
	as_nobody -5 uvc-capture -L
}

@test "no permission: the metadata node matters only to who asks for it" {
	chmod 666 "$uvc_media" "$uvc_node"
	chmod 600 "${uvc_metadata[0]}"
	as_nobody -0 uvc-capture -c 1
	as_nobody -5 uvc-capture -c 1 -s main -s meta
	contains "$stderr" "no permission: ${uvc_metadata[0]} belongs to root:root, mode 0600"
	as_nobody -a uvc-capture --info
	contains "$stdout" 160x120
}

@test "no permission to see who has it: that is said" {
	chmod 666 "$uvc_media" "$uvc_node"
	start_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-to=theirs
	wait_for 10 test -s theirs
	as_nobody -4 uvc-capture -c 1 -s 160x120
	matches "$stderr" 'in use by another process'
}
