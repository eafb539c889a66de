# SPDX-License-Identifier: GPL-2.0-or-later
# Emulated USB cameras for bats files, after lab.bash (README.md lists profiles and commands):
#
#	# lab: uvc
#	load lab/lab
#	load lab/uvc
#
#	@test "…" {
#		uvc_plug default
#		run_tool v4l2-ctl -d "$uvc_node" --stream-mmap --stream-count=9 --stream-to=frames
#		uvc_check frames
#	}
#
# Cameras are numbered; each has a controller of dummy_hcd and a port of vhci_hcd of its own.
# shellcheck shell=bash disable=SC2034,SC2154 # variables for tests, and those that lab.bash sets

uvc_profiles=${LAB_DIR:?}/uvc/profiles
uvc_pids=() uvc_places=() uvc_plugs=()

teardown() {
	uvc_teardown
	lab_teardown
}

uvc_teardown() {
	local number result=0
	for number in "${!uvc_pids[@]}"; do
		uvc_pull -i "$number" || result=1
	done
	[ -z "${uvc_parameters:-}" ] || uvc_reset || result=1
	return $result
}

# uvc_option ARG...: takes "-i N" from the front; the camera is $uvc_number then, and $uvc_taken
# tells how many words that were
uvc_option() {
	uvc_number=0 uvc_taken=0
	if [ "${1:-}" = -i ]; then
		uvc_number=$2
		uvc_taken=2
	fi
	uvc_folder=$BATS_TEST_TMPDIR/.uvc-$uvc_number
}

# uvc_log [-i N]: the file that tells what the camera did
uvc_log() {
	uvc_option "$@"
	echo "$uvc_folder/log"
}

# uvc_record [-i N]: the file that lists the frames it sent, for uvccheck
uvc_record() {
	uvc_option "$@"
	echo "$uvc_folder/record"
}

# The folder of the USB device in sysfs, in $uvc_device; fails while there is none.
uvc_find_device() {
	local root=/sys/devices/platform/$1 port=$2 device
	for device in "$root"/usb*/*-"$port"; do
		if [ -e "$device/bConfigurationValue" ]; then
			uvc_device=$device
			return
		fi
	done
	return 1
}

# Its nodes: capture nodes in $uvc_nodes, the first also in $uvc_node; metadata nodes in
# $uvc_metadata; the media device in $uvc_media. In each interface the driver makes them in pairs,
# capture first.
uvc_find_nodes() {
	local folder index
	uvc_nodes=() uvc_metadata=() uvc_media=''
	for folder in "$uvc_device"/*:1.0/video4linux/video*; do
		[ -e "$folder/index" ] || continue
		read -r index <"$folder/index"
		if ((index % 2)); then
			uvc_metadata[index / 2]=/dev/${folder##*/}
		else
			uvc_nodes[index / 2]=/dev/${folder##*/}
		fi
	done
	for folder in "$uvc_device"/*:1.0/media*; do
		[ ! -e "$folder" ] || uvc_media=/dev/${folder##*/}
	done
	uvc_node=${uvc_nodes[0]:-}
}

# The device is there and the driver is done with it: reading this attribute waits for the lock
# that is held while drivers probe.
uvc_settled() {
	local value
	uvc_find_device "$@" && read -r value <"$uvc_device/bConfigurationValue" && [ -n "$value" ]
}

uvc_settled_or_ended() {
	uvc_settled "$1" "$2" || lab_ended "$3"
}

# uvc_plug [-i N] [-p] [-u] PROFILE [OPTION...]
# Plug camera N (0) in, of a file in uvc/profiles or of any other. It uses dummy_hcd, or vhci_hcd
# with -p, which isochronous profiles and --iso need; -u says that it may be of no use to the
# driver, so that no node is waited for. Returns once the node answers: $uvc_node, $uvc_media, and
# the arrays $uvc_nodes and $uvc_metadata.
uvc_plug() {
	local profile root port place=gadget useless=false
	uvc_option "$@"
	shift "$uvc_taken"
	while :; do
		case $1 in
		-p) place=port ;;
		-u) useless=true ;;
		*) break ;;
		esac
		shift
	done
	profile=$1
	shift
	[[ $profile == */* ]] || profile=$uvc_profiles/$profile
	[ -f "$profile" ] || fail "no profile $profile" || return
	if lab_matches "$profile" '^transfer iso' || [[ " $* " == *" --iso "* ]]; then
		place=port
	fi
	[ -z "${uvc_pids[uvc_number]:-}" ] || fail "camera $uvc_number is plugged in already" || return
	# A camera that was there before has left them.
	if [ -d "$uvc_folder" ]; then
		rm -f "$uvc_folder/commands" "$uvc_folder/answers"
	else
		mkdir "$uvc_folder"
	fi
	mkfifo "$uvc_folder/commands" "$uvc_folder/answers"
	if [ $place = port ]; then
		set -- --port="$uvc_number" "$@"
		root=vhci_hcd.0 port=$((uvc_number + 1))
	else
		set -- --gadget="dummy_udc.$uvc_number" "$@"
		root=dummy_hcd.$uvc_number port=1
	fi
	# A camera that comes back goes on counting: one record tells of all its lives.
	set -- --first=$((0x10000 * uvc_plugs[uvc_number]++)) "$@"
	lab_exec uvccam --log="$uvc_folder/log" --record="$uvc_folder/record" \
		--commands="$uvc_folder/commands" --answers="$uvc_folder/answers" "$@" "$profile" \
		</dev/null >"$uvc_folder/output" 2>&1 &
	uvc_pids[uvc_number]=$!
	lab_pids+=("$!")
	uvc_places[uvc_number]="$root $port"
	wait_for "$LAB_WAIT_LIMIT" uvc_settled_or_ended "$root" "$port" "$!" &&
		uvc_settled "$root" "$port" ||
		fail "no camera: $(cat "$uvc_folder/output")" || return
	uvc_find_nodes
	$useless || [ -n "$uvc_node" ] || fail "the driver makes no node of profile $profile"
}

# uvc_tell [-i N] WORD...: a command to the camera, which has obeyed when this returns
uvc_tell() {
	local id=$BASHPID-$EPOCHREALTIME answer answers end
	uvc_option "$@"
	shift "$uvc_taken"
	exec {answers}<>"$uvc_folder/answers"
	echo "@$id $*" >"$uvc_folder/commands"
	end=$((SECONDS + 5 * LAB_WAIT_LIMIT))
	answer=
	until [ "${answer%% *}" = "$id" ] || [ $SECONDS -gt $end ]; do
		read -rt 1 -u "$answers" answer || true
	done
	exec {answers}>&-
	[ "$answer" = "$id ok" ] || fail "the camera can't $*: ${answer#"$id"}"
}

uvc_gone() {
	! uvc_find_device "$@"
}

# uvc_pull [-i N]: pull the cable; returns when its nodes are gone
uvc_pull() {
	local pid
	uvc_option "$@"
	pid=${uvc_pids[uvc_number]:-}
	[ -n "$pid" ] || fail "camera $uvc_number is not plugged in" || return
	unset "uvc_pids[uvc_number]"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	# shellcheck disable=SC2086 # two words
	wait_for "$LAB_WAIT_LIMIT" uvc_gone ${uvc_places[uvc_number]}
}

# shellcheck disable=SC2120 # none from the teardown
# uvc_reset [PARAMETER...]: all cameras pulled, the driver loaded anew with these parameters
uvc_reset() {
	local number
	for number in "${!uvc_pids[@]}"; do
		uvc_pull -i "$number" || return
	done
	modprobe -r uvcvideo && modprobe uvcvideo "$@" || fail "cannot load uvcvideo $*" || return
	uvc_parameters=$*
}

# uvc_check [-i N] [OPTION...] CAPTURE...: frames in these files are those that camera N sent
# (uvccheck --help). Its last line is in $uvc_sums and says what it found: frames=9 gaps=0 …
uvc_check() {
	local lines
	uvc_option "$@"
	shift "$uvc_taken"
	run_tool -a uvccheck --record="$uvc_folder/record" "$@" || return
	mapfile -t lines <"$stdout"
	uvc_sums=${lines[*]: -1}
	[ "$status" -eq 0 ] || fail "not what was sent: $uvc_sums"
}

# uvc_sum NAME: one of $uvc_sums, such as gaps
uvc_sum() {
	local word
	for word in $uvc_sums; do
		[ "${word%%=*}" != "$1" ] || echo "${word#*=}"
	done
}
