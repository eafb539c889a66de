# SPDX-License-Identifier: GPL-2.0-or-later
# Exposure and white balance as a tool tells them, for bats files, after lab.bash and hardware.bash.
# A file says what it is about:
#
#	tool=ipu3-capture
#	tool_options=(--mode=640x480:10)	for each run
#	luma='(.luma | add) / 25'		jq: the mean luminance of a frame of statistics
#	target=40.6				which of it is wanted, of 255, with the rounding of these
#
# What is not an IMX219 says so, too: sensor, max_gain, line_ns, told_within, told_from, grey, lights,
# and what has its frames at another rate than 30: picture.
#
# shellcheck shell=bash disable=SC2154 # variables that these files set

# The records of the last run are in here.
records=records.jsonl

picture=main:320x240
sensor=imx219
max_gain=10.667
line_ns=20000           # what an exposure may be shorter than asked for
told_within='1000 0.002' # nanoseconds and gain, by which records of the sensor and of the tool may differ
told_from=0             # frames before that are not what registers say
grey='144 32'           # where the grey column is, and how wide, in 320ths of the picture
lights=(daylight tungsten fluorescent) # as scene_light has them, of which it can make grey

# run_3a COUNT [OPTION...]: statistics and a small picture
run_3a() {
	run_at "$picture" "$@"
}

# run_at STREAM COUNT [OPTION...]
run_at() {
	local stream=$1 count=$2
	shift 2
	rm -f "$records"
	run_tool "$tool" -q --report="$records" --decode -c "$count" -s "$stream" -s stats \
		"${tool_options[@]}" "$@"
}

# start_3a COUNT [OPTION...]: the same in the background; when it returns, frames come
start_3a() {
	local count=$1
	shift
	rm -f "$records"
	start_tool "$tool" -q --report="$records" --decode -c "$count" -s "$picture" -s stats \
		--ready-fd=9 "${tool_options[@]}" "$@"
	wait_ready
}

# in_frame NUMBER: the sensor has come so far in this stream. Without programs, and not at every turn:
# they would keep the tool from setting the sensor in time.
in_frame() {
	local lines
	lab_nap 0.1
	mapfile -t lines <"$(sensor_record "$sensor")"
	[ "${lines[-1]%% *}" -ge "$1" ]
}

# frames STREAM FILTER: of each of its frames in the records, a line
frames() {
	jq -r --arg stream "$1" \
		'select(.record == "frame" and .stream == $stream)'" | $2" "$records"
}

# event CODE: how often it was told
event() {
	jq -r --arg code "$1" 'select(.record == "event" and .code == $code) | .code' "$records" |
		wc -l
}

# stays FROM TO LUMA: in these frames the luminance is near that and nothing moves, both within 5 %
stays() {
	frames stats "\"\\(.sequence) \\(.exposure_ns * .gain) \\($luma)\"" |
		awk -v from="$1" -v to="$2" -v luma="$3" '
		$1 < from || $1 > to { next }
		!n++ { first = $2 }
		$3 < luma * 0.95 || $3 > luma * 1.05 || $2 < first * 0.95 || $2 > first * 1.05 {
			print "frame", $1, "has luma", $3, "wanted", luma, "by", $2, "first", first
			bad = 1
		}
		END { if (n < (to - from) * 0.9) print "only", n, "frames"; exit bad || n < (to - from) * 0.9 }' ||
		fail "exposure does not stay in frames $1 to $2"
}

# told_as_it_was [STREAM]: of every frame, exposure and gain are those that the sensor had. On a busy
# machine a write may miss the frame that it was meant for: four frames may have a value of the
# one before them. A delay that is wrong shows in each frame of which exposure or gain moved.
told_as_it_was() {
	frames "${1:-main}" '"\(.sequence) \(.exposure_ns) \(.gain)"' >told
	[ -s told ] || fail 'no frames were told' || return
	awk -v within="$told_within" -v from="$told_from" '
		function apart(a, b, limit) { return a - b > limit || b - a > limit }
		BEGIN { split(within, limits) }
		FILENAME == "told" {
			if (!($1 in ns)) { print "frame", $1, "is not in the record"; bad = 1; next }
			if ($1 < from)
				next
			late = apart($2, ns[$1], limits[1])
			missed = apart($3, gain[$1], limits[2])
			if (late || missed) {
				print "frame", $1, "is told", $2, $3, "and was", ns[$1], gain[$1]
				if (++off > 4 || late && ns[$1] != ns[$1 - 1] ||
				    missed && gain[$1] != gain[$1 - 1])
					bad = 1
			}
			next
		}
		$1 == 0 { delete ns; delete gain }
		{
			ns[$1] = $11 * $13 / 182.4e6 * 1e9
			gain[$1] = 256 / (256 - $17) * $19 / 256
		}
		END { exit bad }' "$(sensor_record "$sensor")" told ||
		fail 'what was told is not what was in force'
}

# all FILTER: is true of each frame of the picture
all() {
	frames main "$1" >answers
	[ -s answers ] || fail 'no frames were told' || return
	if grep -nv true answers; then
		fail "not true of every frame: $1"
	fi
}

# exposed NANOSECONDS: was each frame, or a line less
exposed() {
	all ".exposure_ns > $1 - $line_ns and .exposure_ns <= $1"
}

# gained X: was each frame, to a hundredth
gained() {
	all ".gain > $1 * 0.99 and .gain < $1 * 1.01"
}

# whole_periods PERIOD_NS: exposures of the last frames are multiples of that, to a line
whole_periods() {
	frames main .exposure_ns | tail -n 15 | sort -nu | awk -v period="$1" '{
			n = int($1 / period + 0.5)
			off = $1 - n * period
			if (n < 1 || off > 12000 || off < -12000) { print; bad = 1 }
		}
		END { exit bad || !NR }' || fail "not multiples of $1"
}

# chroma FILE WIDTH HEIGHT: the means of Cb and Cr of the grey column in the middle of
# the last frame of NV12
chroma() {
	local width=$2 height=$3 size line bytes='' start left wide
	size=$((width * height * 3 / 2))
	left=$((${grey% *} * width / 320)) wide=$((${grey#* } * width / 320))
	start=$(($(stat -c %s "$1") - size + width * height + left))
	for line in -2 -1 0 1; do
		bytes+=" $(od -An -v -tu1 -w$wide -N $wide -j $((start + (height / 4 + line) * width)) "$1")"
	done
	awk '{ for (i = 1; i <= NF; i += 2) { cb += $i; cr += $(i + 1); n++ } }
		END { printf "%.2f %.2f\n", cb / n, cr / n }' <<<"$bytes"
}

# is_grey "CB CR" LIMIT
is_grey() {
	awk -v limit="$2" '{ exit !($1 >= 128 - limit && $1 <= 128 + limit &&
		$2 >= 128 - limit && $2 <= 128 + limit) }' <<<"$1"
}

# ---- tests of every tool ----

# ae_arrives BRIGHTNESS -lt|-gt LUMA: from there on the target within 25 frames, and there for 100. The
# first frame's luminance is less or more than that, so there was a way to go.
ae_arrives() {
	local first
	scene_set brightness "$1"
	run_3a 127
	first=$(frames stats "$luma | floor" | head -n 1)
	test "$first" "$2" "$3" || fail "luminance of the first frame is $first" || return
	stays 25 125 "$target"
	told_as_it_was
	told_as_it_was stats
	dmesg_clean
}

# ae_never_still [OPTION...]: light that changes for ever is followed, and told as it was
ae_never_still() {
	local brightness=300
	start_3a 60 "$@"
	while ! lab_ended "$tool_pid"; do
		brightness=$((brightness * 5 / 4))
		[ $brightness -lt 8000 ] || brightness=300
		scene_set brightness $brightness
		lab_nap 0.05
	done
	wait_tool
	[ "$(frames main .exposure_ns | sort -nu | wc -l)" -gt 15 ] || fail 'exposure did not follow'
	told_as_it_was
	told_as_it_was stats
}

# A fixed exposure leaves the rest to gain, a fixed gain to exposure.
ae_one_is_fixed() {
	scene_set brightness 300
	run_3a 40 --exposure=8ms
	exposed 8000000
	stays 25 39 "$target"
	told_as_it_was
	scene_set brightness 2000
	run_3a 40 --gain=2
	gained 2
	stays 25 39 "$target"
	told_as_it_was
}

# Off, or both fixed: they stay from the first frame on, whatever the light.
ae_is_off() {
	scene_set brightness 5000
	run_3a 12 --exposure=4ms --gain=3
	exposed 4000000
	gained 3
	told_as_it_was
	run_3a 12 --ae=off
	exposed 10000000
	gained 1
	told_as_it_was
	run_3a 5 --ae=off --gain=4
	exposed 10000000
	gained 4
	run_3a 5 --ae=off --exposure=2ms
	exposed 2000000
	gained 1
}

# What the sensor can't do is the nearest that it can, at 30 frames a second.
ae_at_its_limits() {
	scene_set brightness 5
	run_3a 30
	# All that a frame has, and all of the gain.
	equal "$(frames main '.gain' | tail -n 1)" "$max_gain" gain
	all '.exposure_ns < 33340000'
	[ "$(frames main '.exposure_ns' | tail -n 1)" -gt 32900000 ] || fail 'exposure is too short'
	told_as_it_was
	run_3a 5 --gain=100 --exposure=1s --adjust
	all ".gain == $max_gain and .exposure_ns > 32900000 and .exposure_ns < 33340000"
	told_as_it_was
}

# Whole periods of the lamp, where one fits.
ae_flickers_not() {
	scene_set brightness 300
	run_3a 40 --flicker=50
	whole_periods 10000000
	stays 25 39 "$target"
	run_3a 40 --flicker=60
	whole_periods 8333333
}

# awb_is_grey COUNT: so many frames make grey of it under three lights
awb_is_grey() {
	local light got
	for light in "${lights[@]}"; do
		scene_light "$light"
		run_3a "$1" --force -F main=lit.raw
		got=$(chroma lit.raw 320 240)
		is_grey "$got" 3 || fail "$light: Cb Cr are $got" || return
	done
}

# awb_is_fixed LIMIT: off leaves the colour of the light, fixed gains act from the first frame on
awb_is_fixed() {
	local got
	scene_light tungsten
	run_3a 20 --awb=off -F main=off.raw
	got=$(chroma off.raw 320 240)
	! is_grey "$got" 15 || fail "Cb Cr are $got without white balance" || return
	equal "$(frames main '"\(.red_gain) \(.blue_gain)"' | sort -u)" '1 1'
	# What makes this light neutral: 256 / 128 and 256 / 160.
	scene_light 128,256,160
	run_3a 1 --awb=2,1.6 -F main=fixed.raw
	got=$(chroma fixed.raw 320 240)
	is_grey "$got" "$1" || fail "Cb Cr are $got with the right gains" || return
	frames main '"\(.red_gain) \(.blue_gain)"' >gains
	awk '{ exit !($1 == 2 && $2 > 1.598 && $2 < 1.602) }' gains || fail "gains are $(cat gains)" || return
	scene_light neutral
	run_3a 1 --awb=off -F main=neutral.raw
	got=$(chroma neutral.raw 320 240)
	is_grey "$got" "$1" || fail "Cb Cr are $got in neutral light"
}

# awb_follows COUNT: the light changes in mid-run
awb_follows() {
	local got
	start_3a "$1" -F main=step.raw
	wait_for 5 in_frame 15
	scene_light tungsten
	wait_tool
	got=$(chroma step.raw 320 240)
	is_grey "$got" 3 || fail "Cb Cr are $got after a step"
}

# With nothing automatic at once, and with a limit goes on without.
settles_at_once() {
	run_3a 3 --settle --exposure=5ms --gain=1 --awb=1,1
	equal "$(event settled)" 1 settled
	[ "$(frames main .sequence | head -n 1)" -le 7 ] || fail 'waited'
	# Three frames are not enough to get there.
	scene_set brightness 100
	run_3a 3 --settle=100ms
	equal "$(event settled)" 0 settled
	equal "$(event not-settled)" 1 not-settled
	equal "$(frames main .sequence | wc -l)" 3 frames
}

# tuning_is_met TARGET: half of what is usual
tuning_is_met() {
	cat >darker.json <<-EOT
	{ "version": 1, "sensor": "$sensor", "exposure": { "target": 0.08 } }
	EOT
	run_3a 40 --tuning=darker.json
	stays 25 39 "$1"
}

# tuning_is_refused OTHER: a broken file, or one of another sensor, with one sentence, before anything else
tuning_is_refused() {
	local file
	echo '{' >broken.json
	echo '{ "version": 2 }' >version.json
	echo '{ "version": 1, "exposure": { "target": 7 } }' >range.json
	echo "{ \"version\": 1, \"sensor\": \"$1\" }" >other.json
	for file in broken version range other missing; do
		run_tool -! "$tool" -q -c 1 "${tool_options[@]}" -s main:320x240 \
			--tuning=$file.json -F picture.raw
		[ "$status" = 2 ] || [ "$status" = 6 ] || fail "status $status" || return
		equal "$(wc -l <"$stderr")" 1 sentences || return
		contains "$stderr" "$file.json" || return
		no_file picture.raw || return
	done
}
