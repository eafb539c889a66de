# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: which USB cameras are there, by what names, and waiting for one.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# lists ID...: these cameras are there, in this order
lists() {
	run_tool uvc-capture --list
	equal "$(cut -f1 "$stdout" | xargs)" "$*"
}

# is_camera ID NAME: --info of what is called so is about this camera, without a word on others
is_camera() {
	run_tool uvc-capture --info "$2"
	equal "$(head -n 1 "$stdout")" "$1" "the camera called '$2'"
	[ ! -s "$stderr" ] || fail "said of '$2': $(cat "$stderr")"
}

# is_ambiguous NAME COUNT
is_ambiguous() {
	run_tool -3 uvc-capture --info "$1"
	contains "$stderr" "'$1' stands for $2 cameras; --list has them"
}

@test "list: one camera is one line, whatever nodes it has" {
	uvc_plug default
	run_tool uvc-capture --list
	printf 'usb-dummy_hcd.0-1-1209:0001\tEmulated UVC camera\tusb-dummy_hcd.0-1\n' >wanted
	cmp "$stdout" wanted
	[ ! -s "$stderr" ]
}

@test "list: as JSON, with all names" {
	uvc_plug default
	run_tool uvc-capture --list --json
	equal "$(jq -c '[.record, .camera, .model, .bus, .media, .aliases]' "$stdout")" \
		'["camera","usb-dummy_hcd.0-1-1209:0001","Emulated UVC camera","usb-dummy_hcd.0-1","'"$uvc_media"'",["0001","1209:0001","Emulated UVC camera"]]'
}

@test "list: no camera, status 3; a capture says the same" {
	run_tool -3 uvc-capture --list
	[ ! -s "$stdout" ]
	contains "$stderr" 'uvc-capture: no camera found'
	run_tool -3 uvc-capture -c 1
	contains "$stderr" 'no camera found'
	run_tool -3 uvc-capture --info 1209:0001
}

@test "info: formats with sizes and rates, and the metadata node by its role" {
	uvc_plug default
	run_tool uvc-capture --info
	matches "$stdout" '^  YUYV +640x480 at 30, 15, 10 fps$'
	matches "$stdout" '^  YUYV +320x240 at 60, 30 fps$'
	matches "$stdout" '^  MJPG \(MJPEG\) +1280x720 at 60, 30 fps$'
	contains "$stdout" "main: what the camera streams (Emulated UVC camera, $uvc_node)"
	contains "$stdout" "meta: headers of the USB payloads, with clocks (Emulated UVC camera, ${uvc_metadata[0]})"
	contains "$stderr" "taking the first camera, 'usb-dummy_hcd.0-1-1209:0001'"
	run_tool uvc-capture --info --json 1
	equal "$(jq -c '[.streams[] | [.stream, .node, (.formats | length)]]' "$stdout")" \
		"[[\"main\",\"$uvc_node\",7],[\"meta\",\"${uvc_metadata[0]}\",1]]"
	equal "$(jq -c '.streams[0].formats[0] | [.fourcc, .min_width, .max_height, .rates]' "$stdout")" \
		'["YUYV",640,480,[30,15,10]]'
	[ ! -s "$stderr" ]
}

@test "info: rates in steps are a range" {
	uvc_plug stepwise
	run_tool uvc-capture --info
	matches "$stdout" '^  YUYV +640x480 at 60 to 10 fps$'
	matches "$stdout" '^  YUYV +320x240 at 30 to 5 fps$'
}

@test "names: id, serial, USB number, product, a beginning, number, nodes" {
	local name
	uvc_plug default
	uvc_plug -i 1 infrared
	for name in usb-dummy_hcd.1-1-1209:0004 0004 1209:0004 'Rawline Face' 2 \
		"${uvc_nodes[0]}" "${uvc_metadata[0]}" "$uvc_media"; do
		is_camera usb-dummy_hcd.1-1-1209:0004 "$name"
	done
	is_camera usb-dummy_hcd.0-1-1209:0001 0001
	is_camera usb-dummy_hcd.0-1-1209:0001 1
	is_camera usb-dummy_hcd.0-1-1209:0001 Emu
	is_ambiguous usb-dummy 3
	is_ambiguous 1209 3
	# Its two interfaces.
	is_ambiguous usb-dummy_hcd.1 2
	is_ambiguous Rawl 2
}

@test "names: what is none, status 3" {
	local name
	uvc_plug default
	for name in 3 01 1209:0002 0001/2 emulated /dev/null /dev/video77 /; do
		run_tool -3 uvc-capture --info "$name"
		contains "$stderr" "no camera '$name'"
	done
}

@test "names: two equal cameras differ by their ports alone" {
	uvc_plug twin
	uvc_plug -i 1 twin
	lists usb-dummy_hcd.0-1-1209:0008 usb-dummy_hcd.1-1-1209:0008
	is_camera usb-dummy_hcd.0-1-1209:0008 usb-dummy_hcd.0-1-1209:0008
	is_camera usb-dummy_hcd.1-1-1209:0008 usb-dummy_hcd.1
	is_camera usb-dummy_hcd.1-1-1209:0008 2
	is_camera usb-dummy_hcd.1-1-1209:0008 "$uvc_node"
	is_ambiguous 'Rawline Twin' 2
	is_ambiguous 1209:0008 2
	is_ambiguous Raw 2
}

@test "names: equal cameras with serials are found in any port" {
	uvc_plug twin --serial=left
	uvc_plug -i 1 twin --serial=right
	is_camera usb-dummy_hcd.0-1-1209:0008 left
	is_camera usb-dummy_hcd.1-1-1209:0008 r
	uvc_pull
	uvc_pull -i 1
	uvc_plug twin --serial=right
	is_camera usb-dummy_hcd.0-1-1209:0008 right
	run_tool -3 uvc-capture --info left
}

@test "names: a serial that looks like a number goes before the number" {
	uvc_plug twin --serial=2
	uvc_plug -i 1 twin --serial=7
	is_camera usb-dummy_hcd.0-1-1209:0008 2
	is_camera usb-dummy_hcd.1-1-1209:0008 7
}

@test "names: a camera without strings is found by port and USB number" {
	uvc_plug nameless
	is_camera usb-dummy_hcd.0-1-1209:0009 1209:0009
	run_tool uvc-capture -q -c 2 -F a.raw 1209:0009
	uvc_check a.raw
}

@test "interfaces: each is a camera, from the second on with a number" {
	local name
	uvc_plug infrared
	lists usb-dummy_hcd.0-1-1209:0004 usb-dummy_hcd.0-1-1209:0004/2
	is_camera usb-dummy_hcd.0-1-1209:0004 0004
	is_camera usb-dummy_hcd.0-1-1209:0004 "$uvc_media"
	for name in usb-dummy_hcd.0-1-1209:0004/2 0004/2 1209:0004/2 'Rawline Face/2' 2 \
		"${uvc_nodes[1]}" "${uvc_metadata[1]}"; do
		is_camera usb-dummy_hcd.0-1-1209:0004/2 "$name"
	done
	matches "$stdout" '^  GREY \(R8\) +640x480 at 30, 15 fps$'
	lacks "$stdout" YUYV
}

@test "interfaces: capturing from each gives its frames, also of both at once" {
	uvc_plug infrared
	run_tool uvc-capture -q -c 4 -F colour.raw 0004
	uvc_check --stream=0 colour.raw
	run_tool uvc-capture -q -c 4 -F infrared.raw 0004/2
	uvc_check --stream=1 infrared.raw
	equal "$(stat -c %s infrared.raw)" $((4 * 640 * 480))
	start_tool uvc-capture -q -c 0 -F one.raw --ready-fd=9 0004
	wait_ready
	run_tool uvc-capture -q -c 4 -F other.raw 0004/2
	run_tool -4 uvc-capture -q -c 4 0004
	contains "$stderr" "in use by pid $tool_pid (uvc-capture)"
	stop_tool INT
	uvc_check --stream=0 one.raw
	uvc_check --stream=1 other.raw
}

@test "interfaces: from a node, the frames of that interface" {
	uvc_plug infrared
	run_tool uvc-capture -q -c 2 -F a.raw "${uvc_metadata[1]}"
	uvc_check --stream=1 a.raw
}

@test "two cameras at once: each file is what its camera sent" {
	# A file for each frame, by its number: uvcvideo has several workers that copy, and on a busy machine
	# one of them may overtake another with a later frame.
	uvc_plug twin
	uvc_plug -i 1 -p twin
	start_tool uvc-capture -q -s 320x240 -c 20 -F 'left-#.raw' --ready-fd=9 usb-dummy_hcd.0-1-1209:0008
	run_tool uvc-capture -q -s 320x240 -c 20 -F 'right-#.raw' usb-vhci_hcd.0-2-1209:0008
	wait_tool
	uvc_check left-*.raw
	equal "$(uvc_sum frames)" 20
	uvc_check -i 1 right-*.raw
	equal "$(uvc_sum frames)" 20
}

@test "wait: a camera that is plugged in later" {
	start_tool uvc-capture --wait=20s -c 2 -F a.raw --ready-fd=9 0001
	wait_for 5 grep -q 'waiting for' "$stderr"
	# Not this one.
	uvc_plug -i 1 twin
	uvc_plug default
	wait_ready
	wait_tool
	uvc_check a.raw
	lacks "$stderr" failed
}

@test "wait: a camera whose nodes are there long before it answers" {
	local commands
	mkfifo commands
	exec {commands}<>commands
	start_tool uvc-capture --wait=20s -c 2 -F a.raw --ready-fd=9
	wait_for 5 grep -q 'waiting for' "$stderr"
	# Late with every answer, from the first on.
	echo slow 30 >&"$commands"
	lab_exec uvccam --commands=commands --record=record "$uvc_profiles/default" &
	lab_pids+=("$!")
	wait_ready
	wait_tool
	run_tool uvccheck --record=record a.raw
}

@test "wait: none comes, status 3 after that time" {
	run_tool -3 uvc-capture --wait=200ms -c 1
	contains "$stderr" 'no camera found'
	uvc_plug default
	run_tool -3 uvc-capture --wait=200ms -c 1 other
	contains "$stderr" "no camera 'other'"
}
