# SPDX-License-Identifier: GPL-2.0-or-later
# lab: rpi:board=rpi-imx477
# lab-limit: 240
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own; some are set by lab.bash
# rpi-capture: embedded data and the image that they are of, by their time; lost, late, early, or none.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/rpi
load lab/capture
captures rpi-capture -s raw:1332x990@30 -s main:640x480 -s embedded -s stats --ae=off --awb=off \
	--exposure=5ms --gain=1

setup() {
	capture_setup
	rpi_find
}

# sensor_did: exposure in ns and gain of each frame of the last run, as the sensor was set for it; the
# record counts in the scene's clock
sensor_did() {
	awk '$1 == 0 { delete line }
		{ line[$1] = sprintf("%d %.3f", $11 * $13 / 182.4e6 * 1e9, 256 / (256 - $17) * $19 / 256) }
		END { for (n in line) print n, line[n] }' "$(sensor_record imx477)" | sort -n
}

# matched COUNT FILE: that many, all with the number and the time that Unicam had for them, and they tell
# what was in force then; almost all beside their image, unless the machine was slow
matched() {
	local together
	accounted embedded "$1" || return
	accounted raw "$1" || return
	frames raw '"\(.sequence) \(.timestamp_ns)"' >of_raw
	frames embedded '"\(.sequence) \(.timestamp_ns)"' >of_embedded
	tells_right "$2" || return
	awk '
		FILENAME != "-" { told[FILENAME, $1] = $2; next }
		$9 == 0 { delete time }
		{ time[$9] = substr($7, 1, length($7) - 3) "000" }
		END {
			for (key in told) {
				split(key, part, SUBSEP)
				if (told[key] != time[part[2]]) {
					print part[1], part[2], told[key], "was at", time[part[2]]
					bad = 1
				}
			}
			exit bad
		}' of_raw of_embedded - <"$hardware_files/unicam/record" || fail 'another time' || return
	together=$(sort of_raw of_embedded | uniq -d | wc -l)
	[ "$together" -gt $(($1 * 3 / 4)) ] || fail "only $together of $1 are beside their image"
}

# tells_right FILE: exposures in it are those of the numbers in the records
tells_right() {
	run_tool rpicheck embedded 10 "$1"
	awk '{ print $2 }' "$stdout" >lines
	frames embedded .sequence | paste -d ' ' - lines >told
	awk 'FILENAME == "told" { told[$1] = $2; next }
		$1 == 0 { delete lines }
		{ lines[$1] = $11 }
		END {
			for (n in told)
				if (told[n] != lines[n]) {
					print "frame", n, "is told", told[n], "and was", lines[n]
					bad = 1
				}
			exit bad
		}' told "$(sensor_record imx477)" || fail 'embedded data of other frames'
}

# changes: exposure and gain change at random until the tool has ended
changes() {
	local exposure gain
	while ! lab_ended "$tool_pid"; do
		for exposure in 400:0 900:512 200:256 700:700; do
			gain=${exposure#*:} exposure=${exposure%:*}
			v4l2-ctl -d "$unicam_sensor" -c "exposure=$exposure,analogue_gain=$gain"
			lab_nap 0.1
		done
	done
	wait_tool
}

@test "embedded data: number and time of each are those of its image, and they tell how that was made" {
	start_all -c 60 -F embedded=embedded.raw -F raw=raw.raw
	changes
	matched 60 embedded.raw
	whole embedded.raw 16384 embedded
	equal "$(events unpaired)" 0 unpaired
	[ "$(sort -u lines | wc -l)" -gt 3 ] || fail 'exposure did not change'
	run_tool rpicheck raw "$(sensor_record imx477)" pRAA:1696 raw.raw
	frames raw .sequence | cmp - "$stdout"
}

@test "embedded data, and raw alone: the same without an ISP" {
	local jobs
	jobs=$(counter isp0/jobs)
	captures rpi-capture -s raw:1332x990@30 -s embedded
	start_all -c 40 -F embedded=embedded.raw
	changes
	matched 40 embedded.raw
	equal "$(counter isp0/jobs)" "$jobs" jobs
}

@test "embedded data that are early or late, for ever: still those of their image" {
	local name
	for name in embedded_early embedded_late; do
		fault unicam/$name forever
		start_all -c 40 -F embedded=$name.raw
		changes
		fault unicam/$name 0
		matched 40 $name.raw
	done
}

@test "embedded data that are lost, some or all: images go on without them" {
	fault unicam/embedded_lose 0
	start_all -c 40 -F embedded=lost.raw
	frames_come 5 unicam/frames
	fault unicam/embedded_lose 7
	changes
	matched 40 lost.raw
	[ "$(end embedded lost)" -ge 7 ] || fail "$(end embedded lost) lost"
	[ "$(end raw lost)" -lt 7 ] || fail "images were lost as well"
	equal "$(events unpaired)" 1 unpaired
	fault unicam/embedded_lose forever
	captures rpi-capture -s raw:1332x990@30 -s main:640x480
	run_all -0 -c 20
	accounted raw 20
	accounted main 20
}

@test "images that are lost: embedded data of them are nobody else's" {
	start_all -c 40 -F embedded=lost.raw
	frames_come 5 unicam/frames
	fault unicam/lose 4
	changes
	accounted raw 40
	accounted embedded 40
	tells_right lost.raw
	[ "$(end raw lost)" -ge 4 ] || fail "$(end raw lost) lost"
	[ "$(end embedded lost)" -lt 4 ] || fail 'embedded data were lost as well'
}

@test "nodes that count differently: time tells, and where there is no image, the distance" {
	fault unicam/embedded_ahead 1000
	start_all -c 40 -F embedded=ahead.raw
	frames_come 5 unicam/frames
	fault unicam/lose 3
	changes
	accounted raw 40
	accounted embedded 40
	tells_right ahead.raw
	[ "$(end raw lost)" -ge 3 ] || fail "$(end raw lost) lost"
	[ "$(end embedded lost)" -lt 3 ] || fail 'embedded data were lost as well'
	fault unicam/embedded_late forever
	start_all -c 40 -F embedded=late.raw
	changes
	matched 40 late.raw
}

@test "frames without a time, as old kernels have them: the run goes on, nothing is matched by them" {
	start_all -c 40 -F embedded=time.raw -F main=main.raw
	frames_come 5 unicam/frames
	fault unicam/time 3
	changes
	accounted raw 40
	accounted embedded 40
	accounted main 40
	tells_right time.raw
	equal "$(frames raw .timestamp_ns | grep -cx 0)" 3 'frames without a time'
	run_tool scenecheck numbers "$(sensor_record imx477)" NV12:640x480 main.raw
	frames main .sequence | cmp - "$stdout"
}

# ---- what records tell ----

# told_is_in_force STREAM: exposure and gain of each record are what the sensor had for that frame
told_is_in_force() {
	frames "$1" '"\(.sequence) \(.exposure_ns) \(.gain)"' >told
	sensor_did | awk '
		FILENAME == "told" { ns[$1] = $2; gain[$1] = $3; next }
		$1 in ns && (ns[$1] - $2 > 20000 || $2 - ns[$1] > 20000 || gain[$1] - $3 > 0.01 ||
			$3 - gain[$1] > 0.01) {
			print "frame", $1, "is told", ns[$1], gain[$1], "and was", $2, $3
			bad = 1
		}
		END { exit bad }' told - || fail "$1: what was told is not what was in force"
}

@test "records tell what embedded data say, whoever set the sensor" {
	start_all -c 60
	changes
	told_is_in_force main
	told_is_in_force stats
	told_is_in_force embedded
	told_is_in_force raw
	[ "$(cut -d ' ' -f 2,3 told | sort -u | wc -l)" -gt 3 ] || fail 'nothing changed'
}

@test "records tell what embedded data say when the sensor does not take what it is told" {
	captures rpi-capture -s raw:1332x990@30 -s main:640x480
	start_all -c 80
	frames_come 10 isp0/jobs
	fault imx477/i2c 6
	scene_set brightness 300
	wait_tool
	[ "$(events sensor-refused)" = 1 ] || fail 'nothing was refused'
	told_is_in_force main
	told_is_in_force raw
	[ "$(cut -d ' ' -f 2,3 told | sort -u | wc -l)" -gt 3 ] || fail 'nothing changed'
}

# ---- a node that must not be open without streaming ----

traced() {
	run_tool "$1" strace -f -o trace -e trace=openat,openat2,open,ioctl,close rpi-capture -q "${@:2}"
}

@test "the node of embedded data is not opened for information, for a dry run, for raw or pictures alone" {
	local words
	for words in --list --info '--info --json' '--dry-run -s main -s embedded' '--list-controls' \
		'-c 3 -s raw' '-c 3 -s main --ae=off' '-s embedded:100x100' '-s main:9000x9000 -s embedded'; do
		# shellcheck disable=SC2086 # words
		traced -a $words
		contains trace openat
		lacks trace "\"$unicam_embedded\""
	done
}

@test "the node of embedded data is opened once, and streams until it is closed" {
	local fd
	traced -0 -c 5 -s raw:1332x990@30 -s main:640x480 -s embedded
	equal "$(grep -c "\"$unicam_embedded\"" trace)" 1 'times opened'
	fd=$(sed -n "s|.*\"$unicam_embedded\".* = ||p" trace)
	# The image, which starts the sensor, is the last one to start and the first to stop.
	sed -n "s|^[0-9]* *||; s|.*\"$unicam_embedded\".*|open|p; s|^close($fd).*|close|p
		s|^ioctl(\([0-9]*\), VIDIOC_STREAM\([ONF]*\),.*|\2 \1|p" trace |
		sed "s/ $fd\$/ embedded/" >steps
	matches steps '^ON embedded$'
	equal "$(grep -v '^ON [0-9]' steps | sed 's/OFF [0-9].*/OFF/' | uniq | paste -s -d ' ')" \
		'open ON embedded OFF OFF embedded OFF close'
	equal "$(grep -A 9 '^ON embedded' steps | grep -c '^ON [0-9]')" 2 'started after it'
}

@test "a picture that does not start leaves the node of embedded data closed" {
	fault isp0/enable
	traced -6 -c 5 -s main:640x480 -s embedded
	fault isp0/enable 0
	run_tool v4l2-ctl -d "$unicam_image" --stream-mmap=4 --stream-count=3
	works
}
