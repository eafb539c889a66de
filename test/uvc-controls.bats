# SPDX-License-Identifier: GPL-2.0-or-later
# lab: uvc
# shellcheck disable=SC2154 # variables that lab.bash and uvc.bash set
# uvc-capture: controls of USB cameras, through the real driver.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/uvc

setup() {
	lab_setup
	cat >webcam <<-'PROFILE'
		id 1209:0002
		product "Webcam"
		serial "0002"
		format YUYV
		frame 160x120 333333
		control brightness -64 64 1 0
		control contrast 0 95 10 50
		control gain 0 255 1 16
		control white_balance 2800 6500 10 4600
		control power_line 0 2 1 1
		control white_balance_auto 0 1 1 1
		control exposure_mode 1 8 9 8
		control exposure_priority 0 1 1 0
		control exposure_time 3 2047 1 156
		control focus 0 250 5 0
		control zoom 100 400 1 100
		control pan_tilt -36000,-36000 36000,36000 3600,3600 0,0
		control focus_auto 0 1 1 1
		control privacy 0 1 1 0 info=0x19
	PROFILE
}

# value NAME: what v4l2-ctl reads
value() {
	v4l2-ctl -d "$uvc_node" -C "$1" | cut -d' ' -f2
}

# capture [-STATUS] [OPTION...]
capture() {
	local wanted=-0
	if [[ $1 == -[0-9]* ]]; then
		wanted=$1
		shift
	fi
	run_tool "$wanted" uvc-capture -s 160x120 -c 1 "$@"
}

# settings: what was set in the camera, in this order; when it is plugged in, the driver tries the
# mains frequencies
settings() {
	sed -n '/power_line/d; s/^[0-9. ]*set //p' "$(uvc_log)"
}

# begin [OPTION...]: captures in the background, ready
begin() {
	start_tool uvc-capture -s 160x120 -c 0 --ready-fd=9 "$@"
	wait_ready
}

told() {
	grep -qE -e "$1" "$stderr"
}

@test "list-controls: all of v4l2-ctl's, with menus and units" {
	uvc_plug ./webcam
	run_tool uvc-capture -L
	cp "$stdout" ours
	v4l2-ctl -d "$uvc_node" -l | awk '/0x/ { print $1 }' | sort >theirs
	awk '/0x/ { print $1 }' ours | sort | cmp - theirs
	matches ours '^exposure_time_absolute +0x009a0902 \(int\) +: min=3 max=2047 step=1 default=156 unit=100us value=156 \(15.6ms\) flags=inactive$'
	matches ours '^auto_exposure .* value=3 \(Aperture Priority Mode\)'
	matches ours '^	+1: Manual Mode$'
	run ! grep -E '^	+[02]: .*Mode' ours
	matches ours '^power_line_frequency .*\(50 Hz\)'
	matches ours '^white_balance_temperature .* unit=K value=4600 flags=inactive$'
	matches ours '^pan_absolute .* unit=arcsec value=0'
	run ! grep defect ours
}

@test "list-controls: units in JSON" {
	uvc_plug ./webcam
	run_tool uvc-capture -L --json
	equal "$(jq -r 'select(.name == "exposure_time_absolute") | "\(.unit) \(.value) \(.defect)"' "$stdout")" '100us 156 null'
	equal "$(jq -r 'select(.name == "gain") | .unit' "$stdout")" null
}

@test "control: numbers, names, switches, percent, amounts; the camera has them" {
	uvc_plug ./webcam
	capture -q -C 'brightness=-10,gain=40%,power_line_frequency=60 Hz' \
		-C auto_exposure=1,exposure_time_absolute=33.3ms \
		-C white_balance_automatic=off,white_balance_temperature=5000K \
		-C focus_automatic_continuous=off,focus_absolute=100 \
		-C exposure_dynamic_framerate=on,pan_absolute=2deg,tilt_absolute=-3600,zoom_absolute=200
	equal "$(value brightness)" -10
	equal "$(value gain)" 102
	equal "$(value power_line_frequency)" 2
	equal "$(value exposure_time_absolute)" 333
	equal "$(value white_balance_temperature)" 5000
	equal "$(value focus_absolute)" 100
	equal "$(value exposure_dynamic_framerate)" 1
	equal "$(value pan_absolute)" 7200
	equal "$(value tilt_absolute)" -3600
	equal "$(value zoom_absolute)" 200
}

@test "control: switches reach the camera ahead of what they rule" {
	uvc_plug ./webcam
	capture -q -C white_balance_temperature=5000,white_balance_automatic=0
	# In one call the driver would send the temperature first; this camera refuses that.
	run ! grep refused "$(uvc_log)"
	equal "$(settings)" "$(printf '%s\n' 'white_balance_auto 0' 'white_balance 5000')"
}

@test "control: a value that a switch rules is refused with its name; --adjust sets it" {
	uvc_plug ./webcam
	capture -6 -C exposure_time_absolute=10ms
	contains "$stderr" 'exposure_time_absolute=10ms: it is inactive while auto_exposure=3 (Aperture Priority Mode); it needs auto_exposure=1 (Manual Mode)'
	equal "$(settings)" ''
	capture --adjust -C exposure_time_absolute=10ms
	contains "$stderr" 'auto_exposure=1 (Manual Mode) is set too'
	equal "$(settings)" "$(printf '%s\n' 'exposure_mode 1' 'exposure_time 100')"
}

@test "control: a menu item that this camera lacks, status 6 with those it has" {
	uvc_plug ./webcam
	capture -6 -C auto_exposure=2
	contains "$stderr" '(1: Manual Mode, 3: Aperture Priority Mode)'
	capture -6 -C auto_exposure=7
	equal "$(settings)" ''
}

@test "control: out of range, between steps or units: refused, the nearest named; --adjust" {
	uvc_plug ./webcam
	capture -6 -C brightness=65
	contains "$stderr" 'out of range (-64 to 64), the nearest is 64'
	capture -6 -C contrast=34
	contains "$stderr" 'the nearest is 30'
	capture -6 -C auto_exposure=1,exposure_time_absolute=1s
	contains "$stderr" 'out of range (3 to 2047, 300us to 204.7ms), the nearest is 2047 (204.7ms)'
	capture -6 -C auto_exposure=1,exposure_time_absolute=33.33ms
	contains "$stderr" 'between two values (unit 100us), the nearest is 333 (33.3ms)'
	capture -6 -C pan_absolute=1.5deg
	contains "$stderr" 'the nearest is 7200 (2deg)'
	capture --adjust -C brightness=65,contrast=34,auto_exposure=1,exposure_time_absolute=33.33ms
	contains "$stderr" 'exposure_time_absolute=33.33ms: taken as 333 (33.3ms)'
	equal "$(value brightness)" 64
	equal "$(value contrast)" 30
	equal "$(value exposure_time_absolute)" 333
}

@test "control: names of before 5.17" {
	uvc_plug ./webcam
	capture -v -C exposure_absolute=200,exposure_auto=1,white_balance_temperature_auto=0,focus_auto=0
	contains "$stderr" 'what this kernel calls exposure_absolute'
	equal "$(value exposure_time_absolute)" 200
	equal "$(value white_balance_automatic)" 0
	equal "$(value focus_automatic_continuous)" 0
}

@test "save: what is active; load: there again after the cable was pulled" {
	uvc_plug ./webcam
	capture -q -C auto_exposure=1,exposure_time_absolute=77,brightness=5 --save-controls=saved
	matches saved '^auto_exposure=1$'
	matches saved '^exposure_time_absolute=77$'
	run ! grep -E 'white_balance_temperature|focus_absolute|privacy' saved
	uvc_pull
	uvc_plug ./webcam
	equal "$(value brightness)" 0
	capture -q --load-controls=saved
	equal "$(value brightness)" 5
	equal "$(value exposure_time_absolute)" 77
}

@test "restore: the value first, then the switch that was on" {
	uvc_plug ./webcam
	capture -q -C white_balance_automatic=0,white_balance_temperature=3000,brightness=9 --restore
	equal "$(settings | head -n 3 | sort)" "$(printf '%s\n' 'brightness 9' 'white_balance 3000' 'white_balance_auto 0')"
	equal "$(value white_balance_temperature)" 4600
	equal "$(value white_balance_automatic)" 1
	equal "$(value brightness)" 0
	run ! grep refused "$(uvc_log)"
	# The other way round: manual before, automatic for this run.
	v4l2-ctl -d "$uvc_node" -c white_balance_automatic=0,white_balance_temperature=3500
	capture -q -C white_balance_automatic=1 --restore
	equal "$(value white_balance_automatic)" 0
	equal "$(value white_balance_temperature)" 3500
}

@test "restore: the camera is gone, no second complaint" {
	uvc_plug ./webcam
	begin -C brightness=9 --restore
	uvc_pull
	wait_tool -8
	lacks "$stderr" 'put back'
}

@test "events: what the camera changes is told, with units" {
	uvc_plug ./webcam
	begin --json
	uvc_tell set brightness 7
	uvc_tell set exposure_time 200
	wait_for 5 grep -q 'exposure_time_absolute' "$stdout"
	stop_tool INT
	contains "$stderr" 'brightness is now 7'
	contains "$stderr" 'exposure_time_absolute is now 200 (20ms)'
	equal "$(jq -r 'select(.code == "control-changed") | .record' "$stdout" | sort -u)" event
}

@test "events: from another program, and none from what was set here" {
	uvc_plug ./webcam
	begin -C auto_exposure=1,exposure_time_absolute=100,brightness=3 --restore
	v4l2-ctl -d "$uvc_node" -c contrast=20
	wait_for 5 told 'contrast is now 20'
	v4l2-ctl -d "$uvc_node" -c contrast=50
	stop_tool INT
	contains "$stderr" 'contrast changed from 20 to 50'
	equal "$(grep -cE 'is now|changed' "$stderr")" 2
}

@test "events: a flood is told once a second, its end always" {
	local number
	uvc_plug ./webcam
	begin
	for number in 1 2 3 4 5 6 7 8 9; do
		uvc_tell set gain $((16 + number))
	done
	wait_for 5 grep -q '^[0-9. ]*status taken' "$(uvc_log)"
	wait_for 5 eval '[ "$(grep -c "status taken" "$(uvc_log)")" -ge 9 ]'
	stop_tool INT
	# The last word has the last value.
	grep gain "$stderr" | tail -n 1 >last
	matches last 'gain (is now|changed from .* to) 25( in [0-9]+ steps)?$'
	[ "$(grep -c 'gain' "$stderr")" -le 3 ] || fail "$(cat "$stderr")"
}

@test "privacy: closed at the start, opened, closed" {
	uvc_plug ./webcam
	uvc_tell set privacy 1
	begin
	contains "$stderr" 'the privacy shutter is closed'
	uvc_tell set privacy 0
	wait_for 5 told 'shutter is open'
	stop_tool INT
	capture -q
	lacks "$stderr" shutter
}

@test "faults: a control that stumbles hides no other" {
	uvc_plug ./webcam
	# Two requests: that of the walk, and that for the control itself.
	uvc_tell stall 2 7
	run_tool uvc-capture -L
	matches "$stdout" "^0x00980900 .*\(unknown\): defect='the device does not answer for it'"
	matches "$stdout" '^contrast .* value=50'
	matches "$stdout" '^privacy '
	uvc_pull
	uvc_plug ./webcam
	uvc_tell stall 1 7
	run_tool uvc-capture -L
	matches "$stdout" '^brightness .* value=0'
	run ! grep defect "$stdout"
}

@test "faults: no control answers, frames come all the same" {
	uvc_plug ./webcam
	uvc_tell stall 10000 7
	run_tool uvc-capture -L
	equal "$(grep -c 'the device does not answer for it' "$stdout")" 13
	capture -6 -C 0x00980900=1
	contains "$stderr" '0x00980900=1: the device does not answer for it'
	capture
	contains "$stdout" 'captured 1'
}

@test "faults: each refusal by the camera has a sentence and a status" {
	local error wanted words
	# What the driver has read once it does not ask for again, but for what changes by itself:
	# the next request is the setting.
	sed '/privacy/d' webcam >constant
	uvc_plug ./constant
	capture -q -C brightness=1
	while read -r error wanted words; do
		uvc_tell stall 1 "$error"
		capture "-$wanted" -C brightness=2
		contains "$stderr" "brightness=2: $words"
		equal "$(value brightness)" 1
	done <<-'ERRORS'
		0 6 the device refuses it without a reason
		1 4 the device is not ready for it now
		2 6 the device is in the wrong state for it
		3 1 the device has not the power for it
		4 6 out of range, says the device
		6 1 the device failed
		8 6 the device does not take this value
	ERRORS
}

@test "faults: ranges that can't be, controls that can't be read: listed, refused, no harm" {
	local line
	sed '/^control/d' webcam >broken
	cat >>broken <<-'PROFILE'
		control brightness 64 -64 1 0
		control contrast 5 5 1 5
		control gain 0 255 0 16
		control backlight 0 2 1 1 info=0x02
		control gamma 100 300 1 100 info=0x00
		control exposure_mode 0 0 0 0
	PROFILE
	uvc_plug ./broken
	run_tool uvc-capture -L
	cp "$stdout" listing
	matches listing "^brightness .*defect='its lowest value is above its highest'"
	matches listing "^contrast .*defect='it has a single value'"
	matches listing "^auto_exposure .*defect='its menu is empty'"
	matches listing '^gain .*step=0 default=16 value=16$'
	matches listing '^backlight_compensation .*flags=write-only$'
	matches listing '^gamma .*flags=read-only, write-only$'
	while read -r line; do
		capture -6 -C "$line"
		contains "$stderr" "${line%%=*}"
	done <<-'SETTINGS'
		brightness=0
		contrast=5
		auto_exposure=1
		gamma=100
	SETTINGS
	equal "$(settings)" ''
	capture -q -C gain=17,backlight_compensation=2 --save-controls=saved --restore
	equal "$(settings | sort | head -n 2)" "$(printf '%s\n' 'backlight 2' 'gain 16')"
	equal "$(sed 1d saved)" gain=17
	uvc_pull
}
