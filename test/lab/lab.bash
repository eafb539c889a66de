# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers for bats files that run inside the lab (see README.md). In a bats file in test/:
#
#	# lab: vimc vivid
#	load lab/lab
#
#	@test "subject: condition, visible result" { ... }
#
# Every test starts in an empty folder of its own on a tmpfs, and what it started or mounted is taken
# away after it. A file with a setup of its own calls lab_setup in it, and lab_teardown likewise.
# Each function that asserts returns 1 and says why; lab.bats shows each of them failing.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

# shellcheck source=test/lab/platforms.sh
. "${LAB_DIR:?this file runs in the lab only: test/lab/bats FILE}/platforms.sh"

# Longest time in seconds that one program may take, and that one wait may take.
: "${LAB_TOOL_LIMIT:=30}" "${LAB_WAIT_LIMIT:=10}"

setup() {
	lab_setup
}

teardown() {
	lab_teardown
}

lab_setup() {
	# bats notes where a test is before each command, which takes longer than most commands do. From
	# here on it does so in the test itself only, not in functions that it calls.
	[ -n "${LAB_TRACE:-}" ] || set +T
	lab_runs=0
	lab_pids=()
	lab_mounts=()
	lab_unbound=()
	# A pipe in which nothing ever comes: reading it is a sleep that starts no program.
	exec {lab_silence}<> <(:)
	dmesg_mark
	cd "$BATS_TEST_TMPDIR" || return 1
}

lab_teardown() {
	local pid folder device
	for pid in "${lab_pids[@]}"; do
		kill -CONT "$pid" 2>/dev/null
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	cd / || return 1
	for folder in "${lab_mounts[@]}"; do
		umount "$folder" 2>/dev/null || umount -l "$folder"
	done
	for device in "${lab_unbound[@]}"; do
		[ -e "/sys/bus/platform/drivers/${device% *}/${device#* }" ] ||
			echo "${device#* }" >"/sys/bus/platform/drivers/${device% *}/bind"
	done
	exec {lab_silence}>&-
}

# ---- asserting ----

# fail WORD...: say why and fail
fail() {
	echo "FAILED: $*" >&2
	return 1
}

# equal GOT WANTED [WHAT]
equal() {
	[ "$1" = "$2" ] || fail "${3:-value} is '$1', wanted '$2'"
}

# below GOT LIMIT: a number above 0 that is at most the limit, fractions included
below() {
	awk -v value="$1" -v limit="$2" 'BEGIN { exit !(value > 0 && value <= limit) }' ||
		fail "$1, wanted at most $2"
}

# lab_holds FILE TEXT: a short file without NUL bytes has it; true costs no program, false may be wrong
lab_holds() {
	local text=''
	[ -f "$1" ] && { IFS= read -rd '' -n 100000 text <"$1" || true; } && [[ $text == *"$2"* ]]
}

# contains FILE TEXT: the text is somewhere in it, as it stands
contains() {
	lab_holds "$1" "$2" || grep -qF -e "$2" -- "$1" ||
		fail "'$2' is not in $1:"$'\n'"$(head -c 2000 "$1")"
}

# lacks FILE TEXT
lacks() {
	! grep -qF -e "$2" -- "$1" || fail "'$2' is in $1:"$'\n'"$(head -c 2000 "$1")"
}

# lab_matches FILE REGEX: as lab_holds, one of the first lines
lab_matches() {
	local lines line
	[ -f "$1" ] && mapfile -t -n 100 lines <"$1" || return
	for line in "${lines[@]}"; do
		[[ ! $line =~ $2 ]] || return 0
	done
	return 1
}

# matches FILE REGEX: a line of it matches the extended regular expression
matches() {
	lab_matches "$1" "$2" || grep -qE -e "$2" -- "$1" ||
		fail "no line of $1 matches '$2':"$'\n'"$(head -c 2000 "$1")"
}

# no_file NAME...: none of them is there
no_file() {
	local name
	for name in "$@"; do
		[ ! -e "$name" ] && [ ! -L "$name" ] || fail "$name should not be there" || return
	done
}

# ---- programs ----

# Sleep for so many seconds without starting a program.
lab_nap() {
	read -rt "$1" -u "$lab_silence" || true
}

# In a process of its own: become a program with no more descriptors than the first three and 9; bats
# and this file have others.
lab_exec() {
	local fd
	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ "$fd" -eq 9 ] || exec {fd}>&-
	done
	exec "$@"
}

# lab_print NAME FILE first|last: some 3000 characters of it. No program is started for that: in the
# lab it would take longer than what it tells of.
lab_print() {
	local text='' before part
	[ -s "$2" ] || return 0
	while IFS= read -r -d '' -N 3000 part || [ -n "$part" ]; do
		before=$text text=$part
		[ "$3" != first ] || break
	done <"$2"
	text=$before$text
	printf '# %s:\n%s\n' "$1" "${text//[^[:print:][:space:]]/?}"
}

lab_show() {
	echo "# status $status"
	lab_print stdout "$stdout" first
	lab_print stderr "$stderr" last
}

lab_new_run() {
	lab_runs=$((lab_runs + 1))
	stdout=$BATS_TEST_TMPDIR/.run-$lab_runs.stdout
	stderr=$BATS_TEST_TMPDIR/.run-$lab_runs.stderr
}

# lab_check WANTED COMMAND...: compare $status
lab_check() {
	local wanted=$1
	shift
	lab_show
	case $wanted in
	any) ;;
	fail) [ "$status" -ne 0 ] || fail "status 0 from: $*" ;;
	*) [ "$status" -eq "$wanted" ] || fail "status $status, wanted $wanted, from: $*" ;;
	esac
}

# run_tool [-N|-!|-a] [-t SECONDS] COMMAND [ARG...]
# Run a program with a limit on its time and nothing on its standard input. It must end with status 0,
# or N, or any but 0 (-!), or any at all (-a); never by running out of time, of which there is more when
# the machine is busy (wait_for). Then $status is its status, and the files $stdout and $stderr hold what
# it wrote.
run_tool() {
	local wanted=0 limit=$LAB_TOOL_LIMIT since idle
	while :; do
		case $1 in
		-!) wanted=fail ;;
		-a) wanted=any ;;
		-t)
			limit=$2
			shift
			;;
		-[0-9]*) wanted=${1#-} ;;
		*) break ;;
		esac
		shift
	done
	lab_new_run
	echo "\$ ${*@Q}"
	lab_idle
	since=$idle status=0
	(lab_exec timeout --verbose -k 2 $((5 * ${limit%%.*} + 5)) "$@") </dev/null >"$stdout" 2>"$stderr" ||
		status=$?
	if [ "$status" -eq 124 ] || { [ "$status" -eq 137 ] && grep -q '^timeout: sending' "$stderr"; } ||
		idled "$limit"; then
		lab_show
		fail "did not end within $limit s: $*"
		return 1
	fi
	lab_check "$wanted" "$@"
}

# start_tool COMMAND [ARG...]
# Start a program in the background; its process is $tool_pid. Descriptor 9 is for --ready-fd=9, see
# wait_ready. One at a time may be waited for; all are killed at the end of the test.
start_tool() {
	lab_new_run
	tool_ready=$BATS_TEST_TMPDIR/.run-$lab_runs.ready
	tool_command=$*
	mkfifo "$tool_ready"
	echo "\$ ${*@Q} &"
	lab_exec "$@" </dev/null >"$stdout" 2>"$stderr" 9>"$tool_ready" &
	tool_pid=$!
	lab_pids+=("$tool_pid")
	exec {tool_ready_fd}<"$tool_ready"
}

# wait_ready [SECONDS]: until the program has written a line to descriptor 9; the line is $ready
wait_ready() {
	local result=129 since idle tries
	lab_idle
	since=$idle
	for ((tries = 0; tries < 5 && result > 128; tries++)); do
		result=0
		# shellcheck disable=SC2034 # for the test
		IFS= read -rt "${1:-$LAB_WAIT_LIMIT}" -u "$tool_ready_fd" ready || result=$?
		! idled "${1:-$LAB_WAIT_LIMIT}" || break
	done
	[ $result -eq 0 ] && return
	status='-'
	lab_show
	if [ $result -gt 128 ]; then
		fail "not ready within ${1:-$LAB_WAIT_LIMIT} s: $tool_command"
	else
		fail "ended without getting ready: $tool_command"
	fi
}

# lab_idle: hundredths of a second since the start in which nothing ran, in $idle. Who waits for a clock
# does so in these, and a machine that is busy with other things adds none.
lab_idle() {
	local waiting
	read -r _ _ _ _ idle waiting _ </proc/stat
	idle=$((idle + waiting))
}

# idled SECONDS: the lab has been idle for so long since $since
idled() {
	local idle part=${1#"${1%%.*}"}00
	part=${part#.}
	lab_idle
	[ $((idle - since)) -ge $((${1%%.*} * 100 + 10#${part:0:2})) ]
}

# wait_for SECONDS COMMAND...: until the command succeeds, or the lab was idle for so long; five times as
# long at most
wait_for() {
	local limit=$1 since idle end
	lab_idle
	since=$idle
	end=$((SECONDS + 5 * ${limit%%.*} + 5))
	shift
	until "$@" >/dev/null 2>&1; do
		{ ! idled "$limit" && [ $SECONDS -le $end ]; } || fail "not within $limit s: $*" || return
		lab_nap 0.02
	done
}

# Gone, or a zombie: the state follows the name, which is in parentheses.
lab_ended() {
	local line
	read -r line 2>/dev/null <"/proc/$1/stat" || return 0
	[[ ${line##*) } == Z* ]]
}

# wait_tool [-N|-!|-a] [-t SECONDS]: the program that start_tool started ends with this status
wait_tool() {
	local wanted=0 limit=$LAB_TOOL_LIMIT
	while [ $# -gt 0 ]; do
		case $1 in
		-!) wanted=fail ;;
		-a) wanted=any ;;
		-t)
			limit=$2
			shift
			;;
		-*) wanted=${1#-} ;;
		esac
		shift
	done
	if ! wait_for "$limit" lab_ended "$tool_pid" 2>/dev/null; then
		status='-'
		lab_show
		fail "did not end within $limit s: $tool_command"
		return 1
	fi
	status=0
	wait "$tool_pid" || status=$?
	exec {tool_ready_fd}<&-
	lab_check "$wanted" "$tool_command"
}

# stop_tool SIGNAL [-N|-!|-a] [-t SECONDS]: send it, then wait_tool
stop_tool() {
	local signal=$1
	shift
	kill -s "$signal" "$tool_pid"
	wait_tool "$@"
}

# ---- the kernel's messages ----

# dmesg_mark: forget what was said so far
dmesg_mark() {
	lab_mark="lab mark $BATS_TEST_NUMBER $EPOCHREALTIME"
	echo "<6>$lab_mark" >/dev/kmsg
}

# dmesg_since: what was said since then
dmesg_since() {
	dmesg | awk -v mark="$lab_mark" 'index($0, mark) { seen = 1; next } seen'
}

# dmesg_clean [KNOWN]: it found no fault in itself since then, but in lines that match, which are known
dmesg_clean() {
	local faults
	faults=$(dmesg_since | grep -vE "${1:-^$}" | grep -E -A 15 \
		'WARNING:|BUG:|Oops|KASAN:|UBSAN:|INFO: (task|possible|rcu)|[Kk]ernel panic|general protection') ||
		return 0
	fail "the kernel complains:"$'\n'"$faults"
}

# ---- platforms ----

# lab_reload NAME[:PARAMETER...]: the platform as it is after loading it
lab_reload() {
	lab_platform unload "${1%%:*}" && lab_platform load "$1"
}

# lab_with_parameters NAME [PARAMETER...]: joined as the lab wants them, NAME:PARAMETER:PARAMETER
lab_with_parameters() {
	local IFS=:
	echo "$*"
}

# vimc_reset [PARAMETER...]: vimc with the links, formats and controls it starts with
vimc_reset() {
	lab_reload "$(lab_with_parameters vimc "$@")"
}

# vivid_reset [PARAMETER...]
vivid_reset() {
	lab_reload "$(lab_with_parameters vivid "$@")"
}

# device_unbind DRIVER DEVICE: pull a platform device out, as unplugging would
device_unbind() {
	lab_unbound+=("$1 $2")
	echo "$2" >"/sys/bus/platform/drivers/$1/unbind"
}

# device_bind DRIVER DEVICE: and put it back
device_bind() {
	echo "$2" >"/sys/bus/platform/drivers/$1/bind"
}

vimc_unbind() {
	device_unbind vimc vimc.0
}

vimc_bind() {
	device_bind vimc vimc.0
}

# node_named NAME: the video or subdev node the kernel gave this name, such as vivid-000-vid-cap
node_named() {
	local file name
	for file in /sys/class/video4linux/*/name; do
		read -r name <"$file"
		if [ "$name" = "$1" ]; then
			file=${file%/name}
			echo "/dev/${file##*/}"
			return
		fi
	done
	fail "no video node is called '$1'"
}

# vivid_poke CONTROL[=VALUE] [NODE]: such as inject_fatal_streaming_error
vivid_poke() {
	local node
	node=${2:-$(node_named vivid-000-vid-cap)} || return
	case $1 in
	*=*) v4l2-ctl -d "$node" -c "$1" ;;
	*) v4l2-ctl -d "$node" -c "$1=1" ;;
	esac || fail "vivid does not take $1"
}

# ---- the media graph, seen by media-ctl ----

# media_device [DRIVER]: its media node (default vimc)
media_device() {
	local device driver
	for device in /sys/bus/media/devices/media*; do
		driver=$(readlink -f "$device/../driver")
		if [ "${driver##*/}" = "${1:-vimc}" ]; then
			echo "/dev/${device##*/}"
			return
		fi
	done
	fail "no media device of driver ${1:-vimc}"
}

# media ARG...: media-ctl on the device of MEDIA_DRIVER (default vimc)
media() {
	local device
	device=$(media_device "${MEDIA_DRIVER:-vimc}") && media-ctl -d "$device" "$@"
}

# entity_node ENTITY: its device node
entity_node() {
	local node
	# It says so on standard output and ends with 0 when it knows no such entity.
	node=$(media -e "$1") && [ -c "$node" ] || fail "no node for entity '$1'" || return
	echo "$node"
}

# link_state FROM PAD TO PAD: prints "ENABLED", "ENABLED,IMMUTABLE" or "" for a link that is off
link_state() {
	local state
	state=$(media -p | awk -v from="$1" -v pad="$2" -v link="-> \"$3\":$4 " '
		/^- entity/ { name = $0; sub(/^- entity [0-9]+: /, "", name); sub(/ \([0-9]+ pad.*/, "", name) }
		/^\tpad/ { number = $1; gsub(/[^0-9]/, "", number) }
		name == from && number == pad && index($0, link) {
			gsub(/.*\[|\].*/, ""); print "link " $0
		}')
	[ -n "$state" ] || fail "no link from '$1':$2 to '$3':$4" || return
	echo "${state#link }"
}

# expect_link FROM PAD TO PAD on|off
expect_link() {
	local state
	state=$(link_state "$1" "$2" "$3" "$4") || return
	case $5-$state in
	on-*ENABLED* | off-) ;;
	*) fail "link '$1':$2 -> '$3':$4 should be $5, its flags are [$state]" ;;
	esac
}

# set_link FROM PAD TO PAD on|off
set_link() {
	local flag=0
	[ "$5" = off ] || flag=1
	media -l "'$1':$2 -> '$3':$4 [$flag]" >/dev/null || fail "cannot set link '$1':$2 -> '$3':$4 $5"
}

# pad_format ENTITY PAD: prints what media-ctl does, such as fmt:SRGGB8_1X8/640x480 field:none …
pad_format() {
	local text
	text=$(media --get-v4l2 "'$1':$2") || fail "no format on '$1':$2" || return
	text=${text#*[}
	echo "${text%]*}"
}

# expect_format ENTITY PAD FORMAT/WIDTHxHEIGHT
expect_format() {
	local text
	text=$(pad_format "$1" "$2") || return
	case $text in
	"fmt:$3 "* | "fmt:$3") ;;
	*) fail "'$1':$2 should be $3, it is [$text]" ;;
	esac
}

# set_format ENTITY PAD FORMAT/WIDTHxHEIGHT
set_format() {
	media -V "'$1':$2 [fmt:$3]" >/dev/null || fail "cannot set '$1':$2 to $3"
}

# ---- surroundings ----

# need_file_system [-t TYPE] SIZE: mounts an empty one of this size (64k, 1m, …; tmpfs unless asked
# otherwise, then in a file) for this test; its folder is $file_system
need_file_system() {
	local type=tmpfs image
	if [ "$1" = -t ]; then
		type=$2
		shift 2
	fi
	file_system=$BATS_TEST_TMPDIR/.fs-${#lab_mounts[@]}
	mkdir "$file_system"
	if [ "$type" = tmpfs ]; then
		mount -t tmpfs -o "size=$1" "rawline-test" "$file_system"
	else
		image=$file_system.image
		truncate -s "$1" "$image"
		"mkfs.$type" -q "$image" >&2 && mount -o loop "$image" "$file_system"
	fi || fail "cannot make a $type of $1" || return
	lab_mounts+=("$file_system")
}

# descriptors PID: how many it has open
descriptors() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# dma_buffers: how many dma-bufs exist in the kernel
dma_buffers() {
	awk '/^Total .* objects/ { print $2 }' /sys/kernel/debug/dma_buf/bufinfo
}

# require COMMAND...: skip the test where one is missing
require() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}
