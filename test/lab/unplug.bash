# SPDX-License-Identifier: GPL-2.0-or-later
# Pulling the cable while a program is at a certain point, for bats files, after lab.bash and
# uvc.bash.
# shellcheck shell=bash disable=SC2154 # variables that the two set, and $profile and $way

# lines_reach FILE COUNT
lines_reach() {
	local lines
	mapfile -t lines <"$1"
	[ "${#lines[@]}" -ge "$2" ]
}

# more_lines FILE [MORE]: wait until this file has so many lines more than now
more_lines() {
	local lines
	mapfile -t lines <"$1"
	wait_for 10 lines_reach "$1" $((${#lines[@]} + ${2:-1}))
}

# log_tells TEXT: after the first $seen lines
log_tells() {
	tail -n "+$((seen + 1))" "$(uvc_log)" | grep -qF "$1"
}

# with_mark: a library that makes the file "mark" when the program is about to do the ioctl that
# $MARK names, and with $HOLD waits until there is a file "go"; in $mark
with_mark() {
	mark=$PWD/mark.so
	[ -e "$mark" ] || cc -shared -fPIC -o "$mark" -x c - <<-'EOT'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <linux/media.h>
		#include <linux/videodev2.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>
		#define NAME(name) { #name, name }
		static const struct { const char *name; unsigned long request; } names[] = {
			NAME(MEDIA_IOC_DEVICE_INFO), NAME(MEDIA_IOC_G_TOPOLOGY),
			NAME(VIDIOC_QUERYCAP), NAME(VIDIOC_ENUM_FMT),
			NAME(VIDIOC_ENUM_FRAMESIZES), NAME(VIDIOC_ENUM_FRAMEINTERVALS),
			NAME(VIDIOC_QUERY_EXT_CTRL), NAME(VIDIOC_QUERYMENU),
			NAME(VIDIOC_G_EXT_CTRLS), NAME(VIDIOC_S_EXT_CTRLS),
			NAME(VIDIOC_G_FMT), NAME(VIDIOC_S_FMT), NAME(VIDIOC_G_PARM),
			NAME(VIDIOC_S_PARM), NAME(VIDIOC_REQBUFS), NAME(VIDIOC_QUERYBUF),
			NAME(VIDIOC_SUBSCRIBE_EVENT), NAME(VIDIOC_QBUF),
			NAME(VIDIOC_STREAMON), NAME(VIDIOC_DQBUF), NAME(VIDIOC_STREAMOFF),
		};
		int ioctl(int fd, unsigned long request, void *argument)
		{
			int (*real)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
			for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
				if (names[i].request != request ||
				    strcmp(names[i].name, getenv("MARK")) != 0)
					continue;
				close(open("mark", O_CREAT, 0600));
				while (getenv("HOLD") && access("go", F_OK) != 0)
					usleep(5000);
			}
			return real(fd, request, argument);
		}
	EOT
}

# begin MOMENT PROGRAM...: start it, and return when the moment is there
begin() {
	local moment=$1 before=() seen
	shift
	rm -f mark
	seen=$(wc -l <"$(uvc_log)")
	case $moment in
	never) uvc_tell freeze ;;
	VIDIOC_*)
		with_mark
		before=(env "LD_PRELOAD=$mark" "MARK=$moment")
		# So that the pull finds it inside.
		uvc_tell slow 100
		;;
	esac
	start_tool "${before[@]}" "$@"
	case $moment in
	first) wait_ready ;;
	never) wait_for 10 log_tells 'start stream' ;;
	VIDIOC_*) wait_for 10 test -e mark ;;
	middle) wait_ready && more_lines "$(uvc_record)" ;;
	between) wait_ready && more_lines "$(uvc_log)" ;;
	frames) wait_ready && more_lines "$(uvc_record)" 8 ;;
	esac
}

# pull_and_end: the program ends with status 8, within a second
pull_and_end() {
	kill -KILL "${uvc_pids[0]}"
	wait_tool -8 -t 1 || return
	uvc_pull
}

# check_whole: what was written is what was sent, and the summary tells how much that was
check_whole() {
	local files summary captured written end
	if [ -n "$reader" ]; then
		# It may still wait for somebody to begin.
		exec {end}<>fifo
		exec {end}>&-
		wait "$reader"
	fi
	shopt -s nullglob
	files=(out/*.raw out/*.mjpeg out/*.jpg out/*.pipe)
	shopt -u nullglob
	written=0
	if [ "${#files[@]}" -gt 0 ] && [ -s "${files[0]}" ]; then
		uvc_check "${files[@]}" || return
		written=$(uvc_sum frames)
		equal "$(uvc_sum damaged)" 0 'damaged frames' || return
	fi
	# Frames may have come where the pull was slower than the program.
	[ "$moment" != never ] || equal "$written" 0 'files of no frames' || return
	captured=$(grep -c ' main seq: ' "$told" || true)
	case $moment in
	# Not begun, perhaps: then there is nothing to sum up.
	VIDIOC_S_* | VIDIOC_REQBUFS | VIDIOC_SUBSCRIBE_EVENT) grep -q '^captured ' "$told" || return 0 ;;
	esac
	[ "${#files[@]}" -eq 0 ] || equal "$written" "$captured" 'frames written' || return
	summary=$(grep '^captured ' "$told")
	[[ $summary =~ ^"captured $captured, lost "([0-9]+)" (driver "([0-9]+)", error 0, overflow "([0-9]+)"), written $written, " ]] ||
		fail "the summary is '$summary', wanted $captured captured, $written written" || return
	equal "${BASH_REMATCH[1]}" $((BASH_REMATCH[2] + BASH_REMATCH[3])) 'lost frames' || return
	# Each is a frame that was sent.
	[ "$written" -eq 0 ] || [ "${BASH_REMATCH[1]}" -le "$(uvc_sum missing)" ] ||
		fail "lost ${BASH_REMATCH[1]}, but $(uvc_sum missing) are missing"
}

# check_report: as the text does, so do JSON Lines
check_report() {
	[ -e report ] || return 0
	jq -es 'last | .record == "end" and .status == 8 and
		all(.streams[]?; .lost_error == 0)' report >/dev/null ||
		fail "the report ends so: $(tail -n 1 report)" || return
	jq -es 'any(.[]; .record == "event" and .code == "device-gone")' report >/dev/null ||
		fail "the report knows of no unplug"
}

no_leftovers() {
	local left
	left=$(find . -name '.*' ! -name . ! -name '.run-*' ! -name '.uvc-*')
	[ -z "$left" ] || fail "left behind: $left"
}

# round MOMENT STREAM OPTION...: plugged in (as the array $way says), capturing, pulled out
round() {
	local moment=$1 stream=$2 reader='' told
	shift 2
	echo "=== $moment $stream $*"
	rm -rf out report fifo
	mkdir out
	mkfifo fifo
	uvc_plug "${way[@]}" "$profile" || return
	if [[ " $* " == *" fifo "* ]]; then
		cat <fifo >out/all.pipe &
		reader=$!
		lab_pids+=("$reader")
	fi
	begin "$moment" uvc-capture -s "$stream" -c 0 --ready-fd=9 "$@" || return
	pull_and_end || return
	# One sentence says so, and nothing else is wrong.
	grep -v -e ': taking ' -e ' buffers of ' -e ' main seq: ' -e '^captured ' "$stderr" >said
	equal "$(wc -l <said)" 1 'number of sentences' || return
	matches said '^uvc-capture: Pulled .*went away' || return
	told=$stdout
	[[ " $* " != *" -F - "* ]] || { told=$stderr && cp "$stdout" out/all.pipe; }
	check_whole && check_report && no_leftovers
}

# rounds: as standard input tells, one a line; their number is $rounds
rounds() {
	local moment stream options
	rounds=0
	while read -r moment stream options <&3; do
		rounds=$((rounds + 1))
		# shellcheck disable=SC2086 # words
		round "$moment" "$stream" $options ||
			fail "round $rounds: $moment $stream $options" || return
	done 3<&0
}
