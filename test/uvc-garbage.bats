# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: cameras whose descriptors and strings are garbage.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

# printable FILE...: nothing in it that a terminal would obey
printable() {
	local file
	for file; do
		! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$file" >found ||
			fail "control characters in $file: $(cat -v found | head -5)" || return
		lacks "$file" $'\u202e' || return
		iconv -f UTF-8 -t UTF-8 "$file" >/dev/null || fail "$file is no UTF-8" || return
	done
}

# any_end STATUSES COMMAND...: one of these, printable, and a sentence unless it is 0
any_end() {
	run_tool -a "${@:2}"
	[[ " $1 " == *" $status "* ]] || fail "status $status, wanted one of $1" || return
	printable "$stdout" "$stderr" || return
	[ "$status" -eq 0 ] || grep -q '^uvc-capture: ' "$stderr" || fail 'no sentence'
}

@test "names: control characters are escaped wherever they are printed" {
	local words
	uvc_plug garbage-names
	while read -r -a words; do
		any_end 0 uvc-capture "${words[@]}"
		cat "$stdout" "$stderr" >>all
	done <<-'EOT'
		--list
		--list --json
		--info
		--info --json
		-L
		-L --json
		--dry-run
		-c 2 -v
		-c 2 --json
		-c 2 -F a-#.raw --report=report
		-c 2 -F b.raw
	EOT
	any_end 6 uvc-capture -c 1 -s 321x240
	printable report ./*.json
	contains all 'Bad\x1b[31m'
	jq -e . ./*.json >/dev/null
	uvc_check a-*.raw
}

@test "names: the camera is found by what --list prints, and by its number" {
	local id
	uvc_plug garbage-names
	run_tool uvc-capture --list
	id=$(cut -f1 "$stdout")
	run_tool uvc-capture -c 1 "$id"
	run_tool uvc-capture -c 1 1
	run_tool uvc-capture -c 1 1209:0010
	any_end 3 uvc-capture -c 1 $'Bad\x1b[31mwho'
}

@test "names: the script of --dry-run is one that a shell can run" {
	uvc_plug garbage-names
	run_tool uvc-capture --dry-run
	cp "$stdout" script
	sh -n script
	run_tool sh script
}

@test "names: none at all" {
	uvc_plug nameless
	any_end 0 uvc-capture --list
	matches "$stdout" '^usb-dummy_hcd.0-1-1209:0009	.'
	any_end 0 uvc-capture --info
	any_end 0 uvc-capture -c 2 -F out.raw
	uvc_check out.raw
}

@test "names: of another alphabet, and as long as can be" {
	uvc_plug nameless --name='\u043a\u0430\u043c\u0435\u0440\u0430 \ud83d\udcf7'
	any_end 0 uvc-capture --list
	any_end 0 uvc-capture --info --json
	jq -e . "$stdout" >/dev/null
	uvc_pull
	uvc_plug nameless --name="$(printf '%0100d' 7)" --serial="$(printf '%0120d' 8)"
	any_end 0 uvc-capture --info
	any_end 0 uvc-capture -c 1 -F out.raw
}

@test "names: several cameras with one serial are refused by it, and told apart by port" {
	uvc_plug nameless --serial=same
	uvc_plug -i 1 -p nameless --serial=same
	any_end 3 uvc-capture -c 1 same
	contains "$stderr" "'same' stands for 2 cameras"
	run_tool uvc-capture -c 1 -F one.raw usb-dummy_hcd.0-1-1209:0009
	uvc_check one.raw
	run_tool uvc-capture -c 1 -F two.raw usb-vhci_hcd.0-2-1209:0009
	uvc_check -i 1 two.raw
}

@test "controls: ranges that can't be are listed, and refused without harm" {
	local name
	uvc_plug garbage-controls
	any_end 0 uvc-capture -L
	cp "$stdout" list
	any_end 0 uvc-capture -L --json
	jq -e . "$stdout" >/dev/null
	[ "$(wc -l <list)" -ge 5 ]
	any_end 6 uvc-capture -c 1 -C brightness=5
	contains "$stderr" brightness
	# Whatever is set, it ends in an orderly way.
	awk '/0x/ { print $1 }' list >names
	while read -r name <&3; do
		any_end '0 6' uvc-capture -c 1 -C "$name=1"
	done 3<names
	any_end '0 6' uvc-capture -c 1 -C contrast=33
	any_end 0 uvc-capture -c 2 -F out.raw -C sharpness=3 --restore
	uvc_check out.raw
	any_end '0' uvc-capture -c 1 --save-controls=saved
	any_end '0 6' uvc-capture -c 1 --load-controls=saved
	dmesg_clean
}

@test "frames: sizes of zero, no intervals, indexes used twice" {
	uvc_plug garbage-frames
	any_end 0 uvc-capture --info
	lacks "$stdout" 0x0
	lacks "$stdout" inf
	any_end 0 uvc-capture --info --json
	jq -e . "$stdout" >/dev/null
	any_end 0 uvc-capture -c 2 -s 320x240:YUYV -F out.raw
	uvc_check out.raw
	any_end '0 6 7' uvc-capture -c 1 -s 640x480:YUYV --first-frame=1s
	any_end '0 6 7' uvc-capture -c 1 -s 160x120:YUYV --first-frame=1s
	any_end '0 6 7' uvc-capture -c 1 -s 176x144:YUYV --first-frame=1s
	any_end '0 1 6 7' uvc-capture -c 1 -s 65535x65535 --first-frame=1s
	dmesg_clean
}

@test "frames: a frame size of 0, 1 or 4 GB as the camera claims it" {
	uvc_plug garbage-sizes
	any_end 0 uvc-capture --info
	any_end 0 uvc-capture -c 2 -s 640x480:MJPG -F 'f-#.jpg'
	uvc_check f-*.jpg
	any_end 6 uvc-capture -c 2 -s 320x240:MJPG -F zero.mjpeg --first-frame=1s
	contains "$stderr" 'a frame has 0 bytes'
	any_end 7 uvc-capture -c 2 -s 160x120:MJPG -F one.mjpeg --first-frame=500ms
	contains "$stderr" 'no frame within 500ms'
	any_end 1 uvc-capture -c 2 -s 1280x720:MJPG -F huge.mjpeg --first-frame=1s
	contains "$stderr" 'no memory for 2 buffers of 4294967295 bytes'
	no_file zero.mjpeg one.mjpeg huge.mjpeg
	dmesg_clean
}

@test "descriptors: cut off, without intervals, without a format that is known" {
	local profile
	for profile in garbage-cut garbage-interval no-format; do
		uvc_plug -u "$profile"
		any_end '0 3' uvc-capture --list
		any_end '0 3' uvc-capture --info
		any_end '0 3 6' uvc-capture -L
		any_end '0 3 6' uvc-capture -c 2 --first-frame=1s
		any_end '0 3 6' uvc-capture --dry-run
		uvc_pull
	done
	dmesg_clean
}
