# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 300
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: ends that are not those of the count, and what is left then.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
captures rkisp1-capture -s main:320x240 -s self:160x120 -s stats
unbinds 'i2c/drivers/imx219/*-0010' 'platform/drivers/rkisp1/*.isp'

# ---- signals, disks, limits ----

@test "signals: files are whole, statuses as promised" {
	local signal
	for signal in INT TERM; do
		rm -f "$records" m.raw* s-*
		start_all -c 0 -F main=m.raw -F 'self=s-#.png'
		frames_come 6 rkisp1/main
		stop_tool $signal -0
		whole m.raw 115200
		no_leftovers
	done
	rm -f "$records" m.raw* s-*
	start_all -c 500 -F main=m.raw
	frames_come 6 rkisp1/main
	stop_tool INT -130
	whole m.raw 115200
}

@test "a full disk ends both paths: status 9, no half file" {
	need_file_system 3m
	run_all -9 -c 0 -F "main=$file_system/m-#.raw" -F "self=$file_system/s.raw"
	contains "$stderr" 'No space left on device'
	for file in "$file_system"/m-*.raw; do
		equal "$(stat -c %s "$file")" 115200 "bytes of $file"
	done
	[ -z "$(find "$file_system" -name '.*' -type f)" ] || fail 'temporary files are left'
	works
}

@test "limits: one path stalls while the others go on: status 7, and which is said" {
	start_all -c 0 --between-frames=400ms
	frames_come 6 rkisp1/main
	fault no_frame_interrupt forever
	wait_tool -7
	equal "$(wc -l <"$stderr")" 1 sentences
	contains "$stderr" 'no further frame within 400ms'
	lacks "$stderr" rkisp1_stats
	[ "$(end stats captured)" -gt "$(end main captured)" ]
}

@test "valgrind: a good run, and one that fails, use no memory wrongly and keep none" {
	local checker=(valgrind -q --leak-check=full --show-leak-kinds=all
		--errors-for-leak-kinds=all --error-exitcode=99)
	run_tool -t 60 "${checker[@]}" rkisp1-capture -q -c 12 -s main:320x240 -s self:160x120:XR24 \
		-s stats --decode --report="$records" -F main=m.raw -F 'self=s-#.png'
	fault stall forever
	run_tool -7 -t 60 "${checker[@]}" rkisp1-capture -q -c 3 -s main:320x240 --first-frame=200ms
}

# ---- unbound: at the end, as it leaves the driver loaded anew ----

@test "unbind of the ISP while it streams: status 8, one sentence, files are whole" {
	for _ in 1 2 3; do
		rm -f "$records" m.raw*
		start_all -c 0 -F main=m.raw
		frames_come 6 rkisp1/main
		unbind "${bound[1]}"
		wait_tool -8
		equal "$(wc -l <"$stderr")" 1 sentences
		contains "$stderr" 'went away'
		whole m.raw 115200
		no_leftovers
		rebind "${bound[1]}"
		wait_for 5 rkisp1-capture -q -c 1
	done
	works
}
