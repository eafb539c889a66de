# SPDX-License-Identifier: GPL-2.0-or-later
# Exposure and white balance as a tool tells them, for bats files, after lab.bash and hardware.bash.
# A file says what it is about:
#
#	tool=ipu3-capture
#	tool_options=(--mode=640x480:10)	for each run
#	luma='(.luma | add) / 25'		jq: the mean luminance of a frame of statistics
#
# shellcheck shell=bash disable=SC2154 # variables that these files set

# The records of the last run are in here.
records=records.jsonl

# run_3a COUNT [OPTION...]: statistics and a small picture
run_3a() {
	run_at main:320x240 "$@"
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
	start_tool "$tool" -q --report="$records" --decode -c "$count" -s main:320x240 -s stats \
		--ready-fd=9 "${tool_options[@]}" "$@"
	wait_ready
}

# in_frame NUMBER: the sensor has come so far in this stream. Without programs, and not at every turn:
# they would keep the tool from setting the sensor in time.
in_frame() {
	local lines
	lab_nap 0.1
	mapfile -t lines <"$hardware_files/imx219/record"
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
# machine a write may miss the frame that it was meant for: two frames may have the values of the
# one before them. A delay that is wrong shows in each frame of which exposure or gain moved.
told_as_it_was() {
	frames "${1:-main}" '"\(.sequence) \(.exposure_ns) \(.gain)"' >told
	[ -s told ] || fail 'no frames were told' || return
	awk '
		FILENAME == "told" {
			if (!($1 in ns)) { print "frame", $1, "is not in the record"; bad = 1; next }
			if ($2 - ns[$1] > 1000 || ns[$1] - $2 > 1000 || $3 - gain[$1] > 0.002 || gain[$1] - $3 > 0.002) {
				print "frame", $1, "is told", $2, $3, "and was", ns[$1], gain[$1]
				if (++missed > 2 || ns[$1] != ns[$1 - 1] || gain[$1] != gain[$1 - 1])
					bad = 1
			}
			next
		}
		$1 == 0 { delete ns; delete gain }
		{
			ns[$1] = $11 * $13 / 182.4e6 * 1e9
			gain[$1] = 256 / (256 - $17) * $19 / 256
		}
		END { exit bad }' "$(sensor_record)" told ||
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

# whole_periods PERIOD_NS: exposures of the last frames are multiples of that, to a line
whole_periods() {
	frames main .exposure_ns | tail -n 15 | sort -nu | awk -v period="$1" '{
			n = int($1 / period + 0.5)
			off = $1 - n * period
			if (n < 1 || off > 12000 || off < -12000) { print; bad = 1 }
		}
		END { exit bad || !NR }' || fail "not multiples of $1"
}

# chroma FILE WIDTH HEIGHT: the means of Cb and Cr of the grey middle of the last frame of NV12
chroma() {
	local width=$2 height=$3 size line bytes='' start
	size=$((width * height * 3 / 2))
	start=$(($(stat -c %s "$1") - size + width * height))
	for line in -2 -1 0 1; do
		bytes+=" $(od -An -v -tu1 -w32 -N 32 \
			-j $((start + (height / 4 + line) * width + width / 2 - 16)) "$1")"
	done
	awk '{ for (i = 1; i <= NF; i += 2) { cb += $i; cr += $(i + 1); n++ } }
		END { printf "%.2f %.2f\n", cb / n, cr / n }' <<<"$bytes"
}

# is_grey "CB CR" LIMIT
is_grey() {
	awk -v limit="$2" '{ exit !($1 >= 128 - limit && $1 <= 128 + limit &&
		$2 >= 128 - limit && $2 <= 128 + limit) }' <<<"$1"
}
