# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rkisp1
# lab-limit: 240
# shellcheck disable=SC2154 # variables that lab.bash and hardware.bash set
# rkisp1-capture: pictures, statistics and parameters of one frame, and where frames stay away.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/capture
load ctest/ctest

# told_numbers STREAM PICTURE FILE: the pixels tell the numbers that the report does
told_numbers() {
	run_tool scenecheck numbers "$(sensor_record)" "$2" "$3"
	equal "$(paste -s -d ' ' "$stdout")" "$(frames "$1" .sequence | paste -s -d ' ')" \
		"numbers in $3"
}

# ---- joined by their number ----

@test "main, self and statistics: each frame asked for, all of one sequence" {
	run_tool rkisp1-capture -q --report="$records" --decode -c 30 -s main:1280x720 \
		-s self:640x480:XR24 -s stats -F main=main.raw -F self=self.raw
	accounted main 30
	accounted self 30
	accounted stats 30
	told_numbers main NV12:1280x720:0,154,1640x922 main.raw
	told_numbers self XR24:640x480 self.raw
	# Nobody is late by more than the driver has buffers for.
	equal "$(frames main .sequence | head -n 1)$(frames stats .sequence | head -n 1)" 00 'the first'
	dmesg_clean
}

@test "statistics of a number are those of the frame with this number" {
	local brightness
	start_tool rkisp1-capture -q --report="$records" --decode -c 60 -s main:320x240 -s stats \
		--exposure=10ms --gain=1 --ready-fd=9
	wait_ready
	while ! lab_ended "$tool_pid"; do
		for brightness in 300 900 1800; do
			scene_set brightness $brightness
			lab_nap 0.13
		done
	done
	wait_tool
	frames stats '"\(.sequence) \(.luma | add)"' >luma
	# Mean luma by the brightness that the sensor had for this frame: always the same.
	awk '
		FILENAME == "luma" { value[$1] = $2; next }
		$1 == 0 { delete brightness }
		{ brightness[$1] = $3 }
		END {
			for (n in value) {
				light = brightness[n]
				if (!(light in low) || value[n] < low[light]) low[light] = value[n]
				if (value[n] > high[light]) high[light] = value[n]
				lights[light]++
			}
			for (light in lights) {
				print light, low[light], high[light]
				found++
				# The number strip is a part of it.
				bad += high[light] > low[light] * 1.05 + 25
			}
			exit bad || found < 3
		}' luma "$(sensor_record)" || fail 'luma does not follow the light frame by frame'
}

@test "statistics as they are and decoded say the same" {
	run_tool rkisp1-capture -q --report="$records" --decode -c 10 -s main:320x240 -s stats \
		-F stats=stats.raw
	equal "$(stat -c %s stats.raw)" 2600 bytes
	rkstats stats.raw | sed 's/^types 15 white //; s/ cells//' | cut -d ' ' -f 1-29 >raw
	frames stats '[.white.pixels, .white.y, .white.cb, .white.cr] + .luma | join(" ")' >decoded
	cut -d ' ' -f 1-29 decoded | diff raw - || fail 'they differ'
	equal "$(frames stats '.histogram | length' | sort -u)" 16 bins
}

@test "counts are exact for each stream, with any number of buffers" {
	local buffers count
	for buffers in 3 4 6; do
		for count in 1 2 7; do
			rm -f "$records" ./*.raw*
			run_tool rkisp1-capture -q --report="$records" -c $count -n $buffers \
				-s main:320x240 -s self:160x120:GREY -s stats -F main=m.raw -F self=s.raw
			accounted main $count
			accounted self $count
			accounted stats $count
			equal "$(stat -c %s m.raw)" $((count * 320 * 240 * 3 / 2)) 'bytes of main'
			equal "$(stat -c %s s.raw)" $((count * 160 * 120)) 'bytes of self'
		done
	done
}

@test "two buffers are not enough for this driver: it takes three, and says so" {
	local memory
	for memory in mmap heap; do
		run_tool rkisp1-capture -n 2 -c 5 -s main:320x240 --memory=$memory -F $memory.raw
		equal "$(stat -c %s $memory.raw)" $((5 * 320 * 240 * 3 / 2)) bytes
		matches "$stderr" 'mainpath: the driver does not start with fewer than 3 buffers'
		matches "$stderr" 'mainpath: 3 buffers of 115200 bytes'
		lacks "$stderr" 'stats: the driver does not'
	done
}

@test "the bill: pictures lie in contiguous memory, statistics do not" {
	run_tool rkisp1-capture -c 1 -s main:320x240
	matches "$stderr" 'mainpath: 4 buffers of 115200 bytes are 450.0 KiB \(CMA free: [0-9.]+ MiB\)$'
	matches "$stderr" 'stats: 4 buffers of [0-9]+ bytes are [0-9.]+ KiB$'
}

# ---- lost ----

@test "lost: what the driver dropped while the program was stopped, exactly" {
	local dropped
	dropped=$(counter mp_frame_drop)
	start_tool rkisp1-capture -q --report="$records" -c 40 -s main:320x240 --ready-fd=9
	wait_ready
	hold 0.6
	wait_tool
	accounted main 40
	dropped=$(($(counter mp_frame_drop) - dropped))
	[ "$dropped" -gt 5 ]
	equal "$(end main lost_driver)" "$dropped" 'lost by the driver'
	equal "$(jq -r 'select(.record == "end") | .status' "$records")" 0 status
}

@test "lost: on each path its own, --max-lost is for their sum" {
	local main self
	main=$(counter mp_frame_drop) self=$(counter sp_frame_drop)
	start_tool rkisp1-capture -q --report="$records" -t 2s -c 0 -s main:320x240 -s self:160x120 \
		--max-lost=20 --ready-fd=9
	wait_ready
	hold 0.6
	wait_tool -10
	main=$(($(counter mp_frame_drop) - main)) self=$(($(counter sp_frame_drop) - self))
	equal "$(end main lost_driver)" "$main" 'lost of main'
	# When the second path joins or leaves, the driver may count one more as dropped.
	[ $((self - $(end self lost_driver))) -ge 0 ] && [ $((self - $(end self lost_driver))) -le 1 ] ||
		fail "$(end self lost_driver) lost of self, the driver dropped $self"
	# Neither alone is too many.
	[ "$main" -gt 10 ] && [ "$main" -le 20 ] || fail "$main lost"
	[ "$self" -gt 10 ] && [ "$self" -le 20 ] || fail "$self lost"
}

@test "lost: a program that was stopped for longer than its limits goes on" {
	start_tool rkisp1-capture -q --report="$records" -c 40 -s main:320x240 -s self:160x120 \
		-s stats --between-frames=300ms --ready-fd=9
	wait_ready
	hold 1
	wait_tool
	accounted main 40
	accounted self 40
	accounted stats 40
}

@test "lost: a slow reader holds frames of main; statistics and self go on" {
	local dropped
	dropped=$(counter mp_frame_drop)
	mkfifo pipe
	{
		rkisp1-capture -q --report="$records" -t 2500ms -c 0 -s main:1280x720 \
			-s self:160x120 -s stats -F main=- || echo "status $?" >failed
	} >pipe 2>errors </dev/null &
	lab_pids+=($!)
	{
		head -c 3000000 >/dev/null
		lab_nap 0.8
		cat >rest
	} <pipe
	wait_for 5 grep -q '"record":"end"' "$records"
	no_file failed
	accounted main "$(end main captured)"
	accounted self "$(end self captured)"
	accounted stats "$(end stats captured)"
	dropped=$(($(counter mp_frame_drop) - dropped))
	[ "$(end main lost)" -gt 10 ]
	[ "$(end main lost)" -le "$dropped" ]
	# Not one, unless the machine is busy.
	[ "$(end self lost)" -lt $(($(end main lost) / 2)) ] || fail "$(end self lost) lost of self"
	[ "$(end stats lost)" -lt $(($(end main lost) / 2)) ] || fail "$(end stats lost) statistics lost"
}

# ---- the nodes by themselves ----

@test "a path stops and starts while the other runs" {
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:640x480 self=NV12:320x240
	ctest rkisp1 restart
	dmesg_clean
}

@test "parameters: no set of them is malformed, in neither format" {
	rkisp1_route SRGGB10_1X10 640x480 main=NV12:640x480
	ctest rkisp1 extensible fixed
	dmesg_clean
}
