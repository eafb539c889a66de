# SPDX-License-Identifier: GPL-2.0-or-later
# DNG files as other programs read them, for bats files, after lab.bash.
# shellcheck shell=bash

# pgm_samples FILE: of 16 bits, with the low byte first
pgm_samples() {
	tail -c "+$(($(head -n 3 "$1" | wc -c) + 1))" "$1" | dd conv=swab status=none
}

# dng_samples FILE: what dcraw finds in it, 16 bits a sample, the low byte first
dng_samples() {
	dcraw -D -4 -t 0 -c "$1" >dcraw.pgm || fail "dcraw does not open $1" || return
	pgm_samples dcraw.pgm
}

# libraw_samples FILE: what LibRaw finds in it, in the same way
libraw_samples() {
	unprocessed_raw -q "$1" >libraw.log 2>&1 && [ -s "$1.pgm" ] ||
		fail "LibRaw does not open $1: $(cat libraw.log)" || return
	pgm_samples "$1.pgm"
}

# dng_is_valid FILE: nothing that exiftool warns of, tags that must be there and their types among it
dng_is_valid() {
	equal "$(exiftool -s3 -validate -warning -error -a "$1")" OK "$1"
}

# dng_tag FILE TAG: in numbers
dng_tag() {
	exiftool -n -s3 "-$2" "$1"
}

# near GOT WANTED SHARE
near() {
	awk -v got="$1" -v wanted="$2" -v share="$3" \
		'BEGIN { exit !(got > wanted * (1 - share) && got < wanted * (1 + share)) }' ||
		fail "$1 is not near $2"
}

# ffmpeg_agrees FILE BLACK WHITE: ffmpeg has the same samples, which it scales to 8 bits or 16
ffmpeg_agrees() {
	local bytes=$(($(dng_tag "$1" SubIFD:BitsPerSample) / 8))
	ffmpeg -loglevel error -nostdin -y -i "$1" -f rawvideo ffmpeg.samples || return
	paste <(dng_samples "$1" | od -An -v -tu2 -w2) <(od -An -v -tu$bytes -w$bytes ffmpeg.samples) |
		awk -v black="$2" -v white="$3" -v most=$((256 ** bytes - 1)) '
			{
				wanted = $1 > black ? ($1 - black) * most / (white - black) : 0
				if (NF != 2 || $2 - wanted > 1 || wanted - $2 > 1) { print; exit bad = 1 }
			}
			END { exit bad || !NR }' || fail "ffmpeg reads other samples of $1"
}

# dng_develop OPTION... FILE: red, green, blue of each pixel of half the size, as dcraw makes them, of
# 16 bits and linear
dng_develop() {
	dcraw -4 -h -t 0 -c "$@" >developed.ppm || fail "dcraw does not develop: $*" || return
	equal "$(head -n 1 developed.ppm)" P6
	tail -c "+$(($(head -n 3 developed.ppm | wc -c) + 1))" developed.ppm |
		od -An -v --endian=big -tu2 -w6
}

# grey_column FILE: mean red, green and blue of the grey column of a raw frame of 640x480, developed
grey_column() {
	dng_develop -w "$1" | awk '
		{ x = (NR - 1) % 320; y = int((NR - 1) / 320) }
		x >= 150 && x < 170 && y >= 60 && y < 200 { n++; r += $1; g += $2; b += $3 }
		END { print int(r / n), int(g / n), int(b / n) }'
}

# is_grey LIGHT FILE: that column, made so by the white balance in the file
is_grey() {
	local red green blue
	read -r red green blue < <(grey_column "$2")
	[ "$green" -gt 1000 ] || fail "$1: it is black: $red $green $blue" || return
	near "$red" "$green" 0.06 || return
	near "$blue" "$green" 0.06
}

# orientation FILE: as EXIF has it; 1 is upright
orientation() {
	dng_tag "$1" IFD0:Orientation
}
