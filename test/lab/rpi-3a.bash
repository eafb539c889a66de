# SPDX-License-Identifier: GPL-2.0-or-later
# What rpi-3a*.bats have in common, after lab/3a.bash and lab/rpi.bash.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of and for these

tool=rpi-capture

# Of 255, with white balance: means of the regions for exposure, by the tenths that each is of a row
# of five.
luma='.red_gain as $red | .blue_gain as $blue | .exposure |
	[.red, .green, .blue, [2, 2, 2, 3, 3, 3, 3, 6, 6, 6, 6, 2, 2, 2, 2]] | transpose |
	map(((([.[0] * $red, 8191] | min) * 0.299 + .[1] * 0.587 + ([.[2] * $blue, 8191] | min) * 0.114) *
		.[3])) | add / 50 / 8191 * 255'

# What is wanted, 0.16 of white.
target=40.8

# controls_told STREAM: the gains that are told of each frame are those that the firmware had when it
# worked on its memory; the receiver's record says which that was.
controls_told() {
	frames "$1" '"\(.sequence) \(.red_gain) \(.blue_gain)"' >told
	[ -s told ] || fail 'no frames were told' || return
	awk '
		FILENAME == "told" {
			n++
			if (!(time[$1] in red) || int($2 * 1000 + 0.5) != red[time[$1]] ||
			    int($3 * 1000 + 0.5) != blue[time[$1]]) {
				print "frame", $1, "is told", $2, $3, "and had", red[time[$1]], blue[time[$1]]
				bad = 1
			}
			next
		}
		$10 == "red" { red[$7] = $11; blue[$7] = $13; next }
		$8 == "sequence" { time[$9] = substr($7, 1, length($7) - 3) "000" }
		END { exit bad || !n }' "$hardware_files/isp0/record" "$hardware_files/unicam/record" told ||
		fail "gains that are told of $1 are not those that acted"
}

# last_job NAME...: what the firmware was told for its last job, in $job
last_job() {
	job=$(tail -n 1 "$hardware_files/isp0/record" | awk -v names="$*" '
		{
			n = split(names, name)
			for (i = 1; i < NF; i++)
				value[$i] = $(i + 1)
			for (i = 1; i <= n; i++)
				printf "%s%s", value[name[i]], i < n ? " " : "\n"
		}')
}

# plain_tuning SPEED: no curve, no matrix, and white balance that goes slowly, in plain.json
plain_tuning() {
	cat >plain.json <<-EOT
	{ "version": 1, "sensor": "$sensor", "gamma": "linear", "white_balance": { "speed": $1 },
	  "matrices": [ { "kelvin": 5000, "matrix": [1, 0, 0, 0, 1, 0, 0, 0, 1] } ] }
	EOT
}

# picture_of NAME: the first frame with all settings fixed, in NAME.raw
picture_of() {
	run_at main:320x240 1 --exposure=5ms --gain=2 --awb=1.5,1.2 -F "main=$1.raw"
}

# shading_is NUMBERS: what the core has of lens shading, without the table's descriptor, which there was
shading_is() {
	local got
	rpi_find
	got=$(v4l2-ctl -d "$isp_input" -C lens_shading | awk -F '[:,]' '{
		for (i = 2; i + 3 <= NF; i += 4) {
			number = $i + 256 * ($(i + 1) + 256 * ($(i + 2) + 256 * $(i + 3)))
			if (i != 22)
				printf "%s%d", (i > 2 ? " " : ""), number
			else if (number < 3 || number > 1023)
				printf " descriptor %d", number
		}
	}')
	equal "$got" "$1" 'lens shading'
}

# flipped none|hflip|vflip|both FILE: XR24 of 320x240 as text, flipped
flipped() {
	od -An -v -tx4 -w1280 "$2" | awk -v flip="$1" '
		{
			line = $0
			if (flip == "hflip" || flip == "both") {
				line = ""
				for (i = NF; i; i--)
					line = line " " $i
			}
			lines[NR] = line
		}
		END {
			for (i = 1; i <= NR; i++)
				print lines[flip == "vflip" || flip == "both" ? NR + 1 - i : i]
		}'
}
