# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc
# shellcheck disable=SC2154 # variables that lab.bash sets
# vimc-capture: controls listed, set, read back, saved, loaded, put back.

bats_require_minimum_version 1.5.0
load lab/lab

setup() {
	lab_setup
	vimc_reset
}

# value NAME [ENTITY]: what v4l2-ctl reads
value() {
	v4l2-ctl -d "$(entity_node "${2:-Sensor A}")" -C "$1" | cut -d' ' -f2
}

capture() {
	run_tool "${status_wanted:--0}" vimc-capture -q -s 64x64 -c 1 "$@" 'Sensor A'
}

@test "list-controls: every control of v4l2-ctl, by the same names" {
	local entity
	run_tool vimc-capture --list-controls 'Sensor A'
	cp "$stdout" ours
	for entity in 'Sensor A' 'Debayer A' 'Lens A'; do
		v4l2-ctl -d "$(entity_node "$entity")" -l | awk '/0x/ { print $1 }'
	done | sort >theirs
	awk '/0x/ { print $1 }' ours | sort | cmp - theirs
	matches ours '^test_pattern +0x00f0f000 \(menu\) +: min=0 max=21 default=0 value=0'
	matches ours '75% Colorbar'
	matches ours '^debayer_mean_window_size'
	matches ours '^focus_absolute'
}

@test "list-controls: as JSON" {
	run_tool vimc-capture --list-controls --json 'Sensor A'
	equal "$(jq -r 'select(.name == "hue") | "\(.min) \(.max) \(.value) \(.entity)"' "$stdout")" '-128 127 0 Sensor A'
	equal "$(jq -r 'select(.name == "test_pattern") | .menu[0].name' "$stdout")" '75% Colorbar'
}

@test "control: set by number, name, percent, switch; read back" {
	capture -C brightness=200,contrast=50%,horizontal_flip=on -C 'test_pattern=100% Colorbar'
	equal "$(value brightness)" 200
	equal "$(value contrast)" 128
	equal "$(value horizontal_flip)" 1
	equal "$(value test_pattern)" 1
}

@test "control: those of the debayer and the lens too" {
	capture -C debayer_mean_window_size=5,focus_absolute=700
	equal "$(value debayer_mean_window_size 'Debayer A')" 5
	equal "$(value focus_absolute 'Lens A')" 700
}

@test "control: named by entity and by id" {
	capture -C 'Sensor A:brightness=7' -C 0x00980901=9
	equal "$(value brightness)" 7
	equal "$(value contrast)" 9
}

@test "control: out of range is refused with status 6 and the range; --adjust takes the nearest" {
	status_wanted=-6 capture -C brightness=300
	contains "$stderr" brightness
	contains "$stderr" 255
	equal "$(value brightness)" 128
	capture --adjust -C brightness=300
	equal "$(value brightness)" 255
}

@test "control: unknown name or value, status 6, nothing is set" {
	status_wanted=-6 capture -C brightness=1,brightnes=2
	contains "$stderr" 'brightness'
	equal "$(value brightness)" 128
	status_wanted=-6 capture -C test_pattern=plaid
	status_wanted=-6 capture -C brightness=ten
	status_wanted=-6 capture -C 'Sensor B:brightness=1'
}

@test "control: what is set shows in the picture" {
	capture -C test_pattern=0,show_information=2 -F a.raw
	capture -C test_pattern=0,show_information=2,vertical_flip=0,horizontal_flip=1 -F b.raw
	run ! cmp -s a.raw b.raw
	# Mirrored bars: what is left in one, inside the white bar, is right in the other.
	equal "$(od -An -tu1 -j 9 -N 3 a.raw)" "$(od -An -tu1 -j $((192 - 12)) -N 3 b.raw)"
	run ! cmp -s <(od -An -tu1 -j 9 -N 3 a.raw) <(od -An -tu1 -j 9 -N 3 b.raw)
}

@test "save: a plain file; load: puts the values there again" {
	capture -C brightness=11,hue=-5,test_pattern=3 --save-controls=saved
	matches saved '^brightness=11$'
	matches saved '^hue=-5$'
	# The other camera takes it, too.
	run_tool vimc-capture -q -s 64x64 -c 1 --load-controls=saved 'Sensor B'
	equal "$(value brightness 'Sensor B')" 11
	vimc_reset
	equal "$(value brightness)" 128
	capture --load-controls=saved
	equal "$(value brightness)" 11
	equal "$(value hue)" -5
	equal "$(value test_pattern)" 3
}

@test "load: the command line overrules a line of the file" {
	echo brightness=1 >file
	echo contrast=2 >>file
	capture --load-controls=file -C brightness=99
	equal "$(value brightness)" 99
	equal "$(value contrast)" 2
}

@test "load: a bad line, status 6 with its number; a missing file" {
	printf '# fine\nbrightness=1\nnonsense\n' >file
	status_wanted=-6 capture --load-controls=file
	contains "$stderr" 'file'
	contains "$stderr" '3'
	equal "$(value brightness)" 128
	status_wanted=-! capture --load-controls=missing
	contains "$stderr" missing
}

@test "save: onto a file system that is full, status 9" {
	status_wanted=-9 capture --save-controls=/dev/full/x
	need_file_system 4k
	head -c 100000 /dev/zero >"$file_system/fill" || true
	status_wanted=-9 capture --save-controls="$file_system/saved"
	no_file "$file_system/saved"
}

@test "restore: what was there is there again, also after a signal and a failure" {
	local node
	node=$(entity_node 'Sensor A')
	v4l2-ctl -d "$node" -c brightness=42,test_pattern=5
	capture -C brightness=200,test_pattern=1 --restore
	equal "$(value brightness)" 42
	equal "$(value test_pattern)" 5

	start_tool vimc-capture -c 0 -s 64x64 -C brightness=200 --restore --ready-fd=9 'Sensor A'
	wait_ready
	equal "$(value brightness)" 200
	stop_tool INT
	equal "$(value brightness)" 42

	status_wanted=-9 capture -C brightness=200 --restore -F /dev/full --force
	equal "$(value brightness)" 42
}

@test "restore: the device is gone, no second complaint" {
	start_tool vimc-capture -c 0 -s 64x64 -C brightness=200 --restore --ready-fd=9 'Sensor A'
	wait_ready
	vimc_unbind
	wait_tool -8
	equal "$(grep -c 'went away' "$stderr")" 1
	lacks "$stderr" restore
}
