# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # variables that are shared with the programs
# What the programs built on the tools share: options, durations, the clock, the choice of a
# tool, signals.  The Makefile puts it into each of them, so that each is installed as one file.
#
# A program sets $camera, $tool and $tool_given before it looks for a camera.
#
# Needs a POSIX shell with 64-bit arithmetic and a sleep that takes fractions of a second: dash,
# bash, ksh or busybox, with coreutils or busybox.

program=${0##*/}
version='@VERSION@'

# The platforms in the order in which they are asked; the virtual camera comes last.
all_tools='rpi-capture ipu3-capture rkisp1-capture uvc-capture vimc-capture'

# Statuses of rawline(7).
STATUS_FAILED=1 STATUS_USAGE=2 STATUS_NO_CAMERA=3 STATUS_BUSY=4 STATUS_PERMISSION=5
STATUS_CONFIGURATION=6 STATUS_NO_FRAME=7 STATUS_GONE=8 STATUS_OUTPUT=9 STATUS_LOST=10
STATUS_SIGNAL=128

NS_PER_SECOND=1000000000
# Ten years, as in the tools: longer ones are slips of the pen.
MAX_DURATION_NS=315360000000000000

say() {
	printf '%s: %s\n' "$program" "$*" >&2
}

die() {	# STATUS SENTENCE
	die_status=$1
	shift
	say "$*"
	exit "$die_status"
}

refuse() {	# SENTENCE
	say "$*"
	printf "Try '%s --help' for more information.\n" "$program" >&2
	exit "$STATUS_USAGE"
}

# In the source tree the version is not in here yet.
print_version() {
	case $version in
	@*) version=$("${0%/*}/version") || version=unknown ;;
	esac
	printf '%s (Rawline) %s\n' "$program" "$version"
}

# A status of a tool in words.
status_words() {	# STATUS
	case $1 in
	"$STATUS_USAGE") echo 'wrong usage' ;;
	"$STATUS_NO_CAMERA") echo 'no such camera' ;;
	"$STATUS_BUSY") echo 'the camera is busy' ;;
	"$STATUS_PERMISSION") echo 'no permission' ;;
	"$STATUS_CONFIGURATION") echo 'the configuration was refused' ;;
	"$STATUS_NO_FRAME") echo 'no frame in time' ;;
	"$STATUS_GONE") echo 'the camera went away' ;;
	"$STATUS_OUTPUT") echo 'the file could not be written' ;;
	"$STATUS_LOST") echo 'too many frames were lost' ;;
	*)
		if [ "$1" -gt "$STATUS_SIGNAL" ]; then
			echo "ended by signal $(($1 - STATUS_SIGNAL))"
		else
			echo "status $1"
		fi
		;;
	esac
}

# ---- options ----

# take_option KINDS WORD [NEXT]: the first option of the command line, in $option with its value in
# $value; $words is how many words it takes.  Of several flags in one word, those behind the first
# are left in $bundle, as a word.  KINDS names all there are: "-p=" has a value, "--wait?" may have
# one, "-q" has none.
take_option() {
	words=1 bundle='' has_value=false value=''
	case $2 in
	--*=*) option=${2%%=*} value=${2#*=} has_value=true ;;
	--*) option=$2 ;;
	*)
		value=${2#-?}
		option=${2%"$value"}
		;;
	esac
	case " $1 " in
	*" $option= "*) need_value "$@" ;;
	*" $option? "*) ;;
	*" $option "*) need_none ;;
	*) refuse "there is no option $option" ;;
	esac
}

need_value() {	# KINDS WORD [NEXT]
	$has_value || [ -z "$value" ] || has_value=true
	$has_value && return
	[ $# -ge 3 ] || refuse "$option needs a value"
	value=$3 words=2
}

need_none() {
	case $option in
	--*) ! $has_value || refuse "$option takes no value" ;;
	*) [ -z "$value" ] || bundle=-$value ;;
	esac
}

# Digits without the zeros before them, which the shell would take for octal, in $decimal.
to_decimal() {	# DIGITS
	decimal=$1
	while [ "${decimal#0}" != "$decimal" ] && [ ${#decimal} -gt 1 ]; do
		decimal=${decimal#0}
	done
}

# number OPTION TEXT LOW HIGH: the number in $decimal
number() {
	case $2 in
	'' | *[!0-9]*) refuse "$1: '$2' is not a number" ;;
	esac
	to_decimal "$2"
	if [ ${#decimal} -gt 18 ] || [ "$decimal" -lt "$3" ] || [ "$decimal" -gt "$4" ]; then
		refuse "$1: $2 is out of range, $3 to $4"
	fi
}

# What one of a duration's units is, in $unit_ns; false if it is none.
know_unit() {	# NAME
	case $1 in
	ns) unit_ns=1 ;;
	us) unit_ns=1000 ;;
	ms) unit_ns=1000000 ;;
	s) unit_ns=$NS_PER_SECOND ;;
	min) unit_ns=$((60 * NS_PER_SECOND)) ;;
	h) unit_ns=$((3600 * NS_PER_SECOND)) ;;
	*) return 1 ;;
	esac
}

# The digits behind a point, nine of them, as billionths of the unit, in $part_ns; false if they
# tell more than nanoseconds can.
fraction_ns() {	# DIGITS
	fraction=$1
	while [ "${fraction%0}" != "$fraction" ]; do
		fraction=${fraction%0}
	done
	[ ${#fraction} -le 9 ] || return
	while [ ${#fraction} -lt 9 ]; do
		fraction=${fraction}0
	done
	to_decimal "$fraction"
	if [ "$unit_ns" -ge "$NS_PER_SECOND" ]; then
		part_ns=$((decimal * (unit_ns / NS_PER_SECOND)))
	else
		part_ns=$((decimal / (NS_PER_SECOND / unit_ns)))
		[ $((part_ns * (NS_PER_SECOND / unit_ns))) -eq "$decimal" ]
	fi
}

# split_duration TEXT: its digits in $whole and $fraction, $unit_ns; false if it is no duration
split_duration() {
	digits=${1%%[!0-9.]*}
	know_unit "${1#"$digits"}" || return
	whole=${digits%%.*} fraction=0
	case $digits in
	*.*.*) return 1 ;;
	*.*) fraction=${digits#*.} ;;
	esac
	[ -n "$whole" ] && [ -n "$fraction" ]
}

# duration OPTION TEXT: as 5s, 100ms, 250us, 1.5h, in $duration_ns
duration() {
	split_duration "$2" || refuse "$1: '$2' is not a duration, as 5s, 100ms, 250us"
	to_decimal "$whole"
	whole=$decimal
	duration_ns=0
	if [ ${#whole} -le 18 ] && [ "$whole" -le $((MAX_DURATION_NS / unit_ns)) ] &&
		fraction_ns "$fraction"; then
		duration_ns=$((whole * unit_ns + part_ns))
	fi
	if [ "$duration_ns" -eq 0 ] || [ "$duration_ns" -gt "$MAX_DURATION_NS" ]; then
		refuse "$1: $2 is out of range, 1ns to ten years"
	fi
}

# ---- time ----

# The time since the machine came up, in $now_ns: no date that is set makes it jump, and it goes on
# in suspend.  The kernel tells hundredths of a second.
read_clock() {
	read -r uptime _ < /proc/uptime
	now_ns=$((${uptime%.*} * NS_PER_SECOND + (1${uptime#*.} - 100) * 10000000))
}

# Nanoseconds as seconds with two decimals, in $seconds.
to_seconds() {	# NS
	hundredths=$(($1 / 10000000 % 100))
	[ "$hundredths" -gt 9 ] || hundredths=0$hundredths
	seconds=$(($1 / NS_PER_SECOND)).$hundredths
}

# ---- signals ----

# The number of the first signal that asked for an end, else nothing.
stopped=
# What runs beside the shell: a sleep, or a tool and whether it may finish what it is at.
napping='' running='' patient=true

# The first signal ends a sleep; a tool may finish what it is at, or is told to end.  The second
# ends the tool at once: two signals of one kind could melt into one on the way to it.
on_signal() {	# NUMBER
	[ -z "$napping" ] || kill "$napping" 2> /dev/null
	if [ -n "$running" ] && [ -n "$stopped" ]; then
		kill -s INT "$running" 2> /dev/null
		kill -s TERM "$running" 2> /dev/null
	elif [ -n "$running" ] && ! $patient; then
		kill -s TERM "$running" 2> /dev/null
	fi
	if [ -n "$stopped" ] || ! $patient; then
		hurried=true
	fi
	: "${stopped:=$1}"
	interrupted=true
}

# A signal that was ignored from the start (nohup) stays so.
catch_signals() {
	trap 'on_signal 1' HUP
	trap 'on_signal 2' INT
	trap 'on_signal 15' TERM
	# A reader who left is a failed write, not a silent end.
	trap '' PIPE
}

# Sleep for so long or a hundredth longer, or until a signal comes.
nap() {	# NS
	to_seconds $(($1 + 9999999))
	sleep "$seconds" > /dev/null 2>&1 &
	napping=$!
	# From here on a signal ends the sleep; one that came before is seen.
	[ -z "$stopped" ] || [ -n "$running" ] || kill "$napping" 2> /dev/null
	wait "$napping" 2> /dev/null
	napping=
}

# Run a program to its end, signals or not; its status is $status.
run() {	# COMMAND...
	if [ -n "$stopped" ] && ! $patient; then
		status=$((STATUS_SIGNAL + stopped))
		return
	fi
	interrupted=false hurried=false status=0
	"$@" &
	running=$!
	! $hurried || insist
	wait "$running" || status=$?
	while $interrupted; do
		! $hurried || insist
		wait_again
	done
	running=
}

# A signal that comes before the program has taken the place of the shell's copy is lost: tell it
# every second, until it ends.
insist() {
	naps=0
	while kill -0 "$running" 2> /dev/null && [ "$naps" -lt 300 ]; do
		nap $((NS_PER_SECOND / 10))
		naps=$((naps + 1))
		[ $((naps % 10)) -ne 0 ] || kill -s TERM "$running" 2> /dev/null
	done
}

# A signal ends a wait with a status of its own, or came too late to do so: then the program is not
# known any more, and the status was the program's.
wait_again() {
	interrupted=false again=0
	wait "$running" 2> /dev/null || again=$?
	[ "$again" -eq 127 ] || status=$again
}

# ---- the tool ----

# has_camera TOOL [CAMERA]: 0 if it has this camera, or any; else the tool's status
has_camera() {
	if [ -n "${2-}" ]; then
		"$1" --info -- "$2"
	else
		"$1" --list
	fi > /dev/null 2>&1
}

# find_tool [CAMERA]: the first installed tool that has the camera, or any camera, in $tool.  One
# that cannot tell is taken where none has it: it will say why not.
find_tool() {
	tool='' asked='' doubtful=''
	for candidate in $all_tools; do
		command -v "$candidate" > /dev/null || continue
		asked="$asked $candidate"
		status=0
		has_camera "$candidate" "$@" || status=$?
		case $status in
		0)
			tool=$candidate
			return
			;;
		"$STATUS_NO_CAMERA") ;;
		*) : "${doubtful:=$candidate}" ;;
		esac
	done
	tool=$doubtful
	[ -n "$tool" ] || return "$STATUS_NO_CAMERA"
}

# Without a camera there may still be a tool, and the other way round.
no_camera() {
	[ -n "$asked" ] || die "$STATUS_FAILED" "none of the tools is installed: $all_tools"
	die "$STATUS_NO_CAMERA" "no camera${camera:+ '$camera'} (asked:$asked)"
}

# The tool that was asked for must be there.
check_tool() {	# TOOL
	command -v "$1" > /dev/null || refuse "--tool: there is no program '$1'"
}

# The camera is there for the tool, which is found first if nobody named it.
camera_is_there() {
	if $tool_given; then
		asked=" $tool"
		status=0
		has_camera "$tool" "$camera" || status=$?
		[ "$status" -ne "$STATUS_NO_CAMERA" ]
	else
		find_tool "$camera"
	fi
}

# wait_for_camera [NS]: look every second, for so long or as long as it takes
wait_for_camera() {
	camera_is_there && return
	say "waiting for ${camera:-a camera} to appear"
	read_clock
	wait_end_ns=$((now_ns + ${1:-$MAX_DURATION_NS}))
	while [ -z "$stopped" ] && ! camera_is_there; do
		read_clock
		[ "$now_ns" -lt "$wait_end_ns" ] || no_camera
		nap "$NS_PER_SECOND"
	done
}
