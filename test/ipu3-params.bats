# SPDX-License-Identifier: GPL-2.0-or-later
# lab: ipu3
# lab-limit: 120
# shellcheck disable=SC2034,SC2154 # variables of and for lab.bash, 3a.bash
# ipu3-capture: the parameters that frames are processed with, the pictures that these make, and
# statistics, byte for byte.

bats_require_minimum_version 1.5.0
load lab/lab
load lab/hardware
load lab/3a

tool=ipu3-capture
tool_options=(--mode=640x480:10)

# capture OPTION...: a run with records
capture() {
	rm -f "$records" ./*.raw ./*.raw.json
	run_tool ipu3-capture -q --report="$records" "${tool_options[@]}" "$@"
}

# hardware LINE: the numbers in that line of what the ImgU's last job was run with
hardware() {
	sed -n "s/^$1 //p" "$hardware_files/imgu/parameters" | tr -s 'x, a-z' ' ' | sed 's/^ //'
}

# words FILE OFFSET COUNT [TYPE]: of a binary file, 16 bits each unless told
words() {
	od -An -v -j "$2" -N "$(($3 * ${4:-2}))" -t "d${4:-2}" -w$(($3 * ${4:-2})) "$1" |
		awk '{ $1 = $1 } 1'
}

# sensor_was SEQUENCE: the line of the sensor's record for this frame of the last stream
sensor_was() {
	awk -v number="$1" '$1 == number { line = $0 } END { print line }' "$(sensor_record)"
}

# Patches by tile column and row of the scene, as index of the palette: what a 640x480 mode shows
# without ramps. The column in the middle is grey.
patches() {
	awk 'BEGIN {
		for (row = 6; row <= 12; row++)
			for (column = 4; row % 4 != 3 && column <= 8; column++)
				print column, row, column == 6 ? 18 : (column + 5 * row) % 16
	}'
}

# Reflectance of these: red, green, blue, 256 is 1.
reflectance='0 230 230 230
1 160 40 40
2 40 160 160
3 179 179 179
4 128 128 128
5 40 160 40
6 160 40 160
7 92 92 92
8 64 64 64
9 40 40 160
10 160 160 40
11 46 46 46
12 23 23 23
13 170 100 30
14 30 100 170
15 10 10 10
18 92 92 92'

# places main|viewfinder: of each patch, where its middle is in what this node of the ImgU gives (one
# picture alone comes from the second), and its reflectance: X Y RED GREEN BLUE
places() {
	patches | awk -v node="$1" -v reflectance="$reflectance" '
		BEGIN {
			n = split(reflectance, lines, "\n")
			for (i = 1; i <= n; i++) {
				split(lines[i], f, " ")
				of[f[1]] = f[2] " " f[3] " " f[4]
			}
		}
		FILENAME != "-" {
			for (i = 1; i < NF; i++)
				if (split($(i + 1), size, "x") == 2) {
					w[$i] = size[1]
					h[$i] = size[2]
				}
			next
		}
		{
			x = ($1 * 256 + 128 - 1000) / 2 - (w["in"] - w["if"]) / 2
			y = ($2 * 128 + 80 - 752) / 2 - (h["in"] - h["if"]) / 2
			x = x * w["bds"] / w["if"] - (w["bds"] - w["gdc"]) / 2
			y = y * h["bds"] / h["if"] - (h["bds"] - h["gdc"]) / 2
			scale = w["gdc"] / w[node]
			if (node == "main")
				scale = 1
			else if (h["gdc"] / h[node] < scale)
				scale = h["gdc"] / h[node]
			x = x / scale - (w["gdc"] / scale - w[node]) / 2
			y = y / scale - (h["gdc"] / scale - h[node]) / 2
			if (x > 8 && x < w[node] - 8 && y > 4 && y < h[node] - 4)
				print int(x), int(y), of[$3]
		}' "$hardware_files/imgu/geometry" -
}

# processed SEQUENCE PARAMETERS PICTURE STRIDE HEIGHT: the arithmetic of an ImgU on what the sensor saw
# then, with the parameters in a file, is what the picture holds in all these places
processed() {
	sensor_was "$1" >seen
	od -An -v -td2 -w2 "$2" >parameters
	od -An -v -tu1 -w"$4" "$3" >bytes
	awk -v height="$5" '
		function balance(level, black, gain) {
			level = level > black ? level - black : 0
			level = int(level * (8192 + (gain < 0 ? gain + 65536 : gain)) / 8192)
			return level < 1023 ? level : 1023
		}
		function matrix(row, r, g, b,   sum) {
			sum = int((p[86 + 4 * row] * r + p[87 + 4 * row] * g + p[88 + 4 * row] * b) / 8192)
			sum = sum < 0 ? 0 : sum < 1023 ? sum : 1023
			return int(p[118 + int(sum / 4)] / 32)
		}
		function yuv(row, offset, r, g, b,   sum) {
			sum = p[374 + 4 * row] * r + p[375 + 4 * row] * g + p[376 + 4 * row] * b
			sum = int(sum / 16384) + offset
			return sum < 0 ? 0 : sum < 255 ? sum : 255
		}
		function level(light, reflectance) {
			light = 64 + int(int(white * light / 256) * reflectance / 65536)
			return light < 1023 ? light : 1023
		}
		FILENAME == "seen" {
			white = int($11 * $13 * $19 / $13)
			white = int(white * $3 / 1000)
			white = int(white * 256 / (256 - $17))
			white = int(white * 700 / 1600)
			red = $5; green = $7; blue = $9
		}
		FILENAME == "parameters" { p[FNR - 1] = $1 }
		FILENAME == "bytes" { lines[FNR - 1] = $0 }
		FILENAME == "points" {
			r = balance(level(red, $3), p[19647], p[7])
			g = level(green, $4)
			g = int((balance(g, p[19646], p[6]) + balance(g, p[19649], p[9])) / 2)
			b = balance(level(blue, $5), p[19648], p[8])
			red8 = matrix(0, r, g, b)
			green8 = matrix(1, r, g, b)
			blue8 = matrix(2, r, g, b)
			wanted = yuv(0, 0, red8, green8, blue8) " " yuv(1, 128, red8, green8, blue8) \
				" " yuv(2, 128, red8, green8, blue8)
			split(lines[$2], line, " ")
			got = line[$1 + 1]
			split(lines[height + int($2 / 2)], line, " ")
			chroma = int($1 / 2) * 2
			got = got " " line[chroma + 1] " " line[chroma + 2]
			if (got != wanted) {
				print "at", $1, $2, "is", got, "wanted", wanted, "from", $3, $4, $5
				bad = 1
			}
			kinds[wanted] = 1
		}
		END {
			for (kind in kinds)
				n++
			if (n < 10)
				print "only", n, "colours"
			exit bad || n < 10
		}' seen parameters bytes points || fail "$3 is not what its parameters make"
}

# frame FILE NUMBER BYTES: one of many
frame() {
	dd if="$1" bs="$3" skip="$2" count=1 status=none
}

# ---- parameters ----

@test "params: every frame's, whole, with all blocks that are ever set" {
	local i
	capture -c 3 -s main:320x240 -s params -F params=params.raw
	equal "$(frames params .bytes | sort -u)" 39328 bytes
	equal "$(stat -c %s params.raw)" $((3 * 39328))
	equal "$(frames params .sequence | paste -s -d ' ')" "$(frames main .sequence | paste -s -d ' ')"
	for i in 0 1 2; do
		# BNR, CCM, gamma, CSC, AF and AWB; black level
		equal "$(words params.raw $((i * 39328)) 3 4)" "0 $((0x03000039)) $((0x10))" "use of $i"
	done
}

@test "params: what the ImgU is run with is what was meant" {
	capture -c 2 -s main:320x240 -s params -F params=params.raw --ae=off --awb=2,1.6
	equal "$(hardware black)" '64 64 64 64'
	# 16/15 makes up for the black level.
	equal "$(hardware gains)" '546 9284 5789 546'
	equal "$(words params.raw 12 4)" '546 9284 5789 546'
	equal "$(hardware matrix)" "$(words params.raw 172 12 | cut -d ' ' -f 1-3,5-7,9-11)"
	equal "$(hardware gamma)" "1 $(words params.raw 236 1) $(words params.raw 492 1) $(words params.raw 746 1)"
	equal "$(words params.raw 236 1) $(words params.raw 746 1)" '0 8191' 'ends of gamma'
	# BT.601, with all that a byte can hold: Y, Cb, Cr
	equal "$(words params.raw 748 12)" '4899 9617 1868 0 -2765 -5427 8192 0 8192 -6860 -1332 0'
	matches "$hardware_files/imgu/geometry" ' bds 424x320 '
	# Black level, and a bit for noise; bits that switch it on and count what is saturated
	equal "$(hardware awb)" "26 20 16 16 0 0 7440 7440 7440 $((7440 | 3 << 14))"
	equal "$(hardware af)" '26 19 16 16 0 0 1'
}

@test "params: a wide picture, which firmware does in two stripes, is measured from edge to edge" {
	local width height geometry
	run_tool ipu3-capture -q --report="$records" --decode -c 1 --mode=1640x1232:10 -s main:1280x720 \
		-s stats
	read -r geometry <"$hardware_files/imgu/geometry"
	geometry=${geometry#* bds }
	width=${geometry%%x*}
	height=${geometry#*x}
	height=${height%% *}
	[ "$width" -ge 1280 ]
	hardware awb | awk -v width="$width" -v height="$height" '{
		exit !($1 * $3 <= width && $1 * $3 > width - $3 && $2 * $4 <= height && $2 * $4 > height - $4 &&
			$5 == 0 && $6 == 0)
	}' || fail "AWB: $(hardware awb) of ${width}x$height"
	hardware af | awk -v width="$width" -v height="$height" '{
		exit !($1 * $3 <= width && $1 * $3 > width - $3 && $2 * $4 <= height - 4 &&
			($2 == 24 || $2 * $4 > height - 4 - $4) && $7 == 1)
	}' || fail "AF: $(hardware af) of ${width}x$height"
	equal "$(frames stats '"\(.cells.columns) \(.cells.rows)"')" "$(hardware awb | cut -d ' ' -f 1,2)"
	equal "$(frames stats '.zones | .red, .green, .blue | map(select(. == 0)) | length' | sort -u)" 0 \
		'dark zones'
}

# ---- pictures ----

@test "pictures: every frame is what its own parameters make of it, from the first on" {
	local i number
	scene_light tungsten
	scene_set brightness 2500
	capture -c 6 -s main:416x312 -s viewfinder:320x180 -s params -F params=params.raw \
		-F main=main.raw -F viewfinder=viewfinder.raw
	equal "$(frames main .sequence | head -n 1)" 2 'the first, as the driver counts'
	[ "$(words params.raw 12 4)" != "$(words params.raw $((5 * 39328 + 12)) 4)" ] ||
		fail 'white balance stood still' || return
	for i in 0 5; do
		number=$(frames params .sequence | sed -n $((i + 1))p)
		frame params.raw $i 39328 >params
		# Lines are multiples of 64.
		frame main.raw $i $((448 * 312 * 3 / 2)) >main
		frame viewfinder.raw $i $((320 * 180 * 3 / 2)) >viewfinder
		places main >points
		processed "$number" params main 448 312
		places viewfinder >points
		processed "$number" params viewfinder 320 180
	done
}

@test "pictures: the first frame is neither black nor green" {
	local role got luma
	for role in main viewfinder; do
		scene_light daylight
		capture -c 1 -s $role:320x240 -F $role=first.raw
		equal "$(frames $role .sequence)" 2 sequence
		got=$(chroma first.raw 320 240)
		is_grey "$got" 12 || fail "$role: Cb Cr are $got in the first frame" || return
		luma=$(scenecheck mean NV12:320x240 first.raw 0 0,0,320x240)
		# Linear it would be less than 50.
		awk '{ exit !($1 > 70 && $1 < 200) }' <<<"$luma" || fail "$role: mean luma is $luma" || return
	done
}

# seen_in PPM WIDTH: the mean red, green, blue of 4x4 pixels of each place, and what its patch reflects
seen_in() {
	tail -c $(($2 * ($(stat -c %s "$1") / $2 / 3) * 3)) "$1" | od -An -v -tu1 -w$((3 * $2)) >pixels
	awk '
		FILENAME == "pixels" { lines[FNR - 1] = $0; next }
		{
			red = green = blue = 0
			for (y = $2 - 2; y < $2 + 2; y++) {
				split(lines[y], line, " ")
				for (x = $1 - 2; x < $1 + 2; x++) {
					red += line[3 * x + 1]
					green += line[3 * x + 2]
					blue += line[3 * x + 3]
				}
			}
			print red / 16, green / 16, blue / 16, $3, $4, $5
		}' pixels points >colours
	[ "$(wc -l <colours)" -ge 15 ] || fail "only $(wc -l <colours) patches in $1"
}

# greys_are_grey LIMIT
greys_are_grey() {
	awk -v limit="$1" '
		function off(a, b) { return a - b > limit || b - a > limit }
		$4 == $5 && $5 == $6 { n++ }
		$4 == $5 && $5 == $6 && (off($1, $2) || off($2, $3)) { print; bad = 1 }
		END { exit bad || n < 8 }' colours || fail 'grey is not grey'
}

# decode FILE: PNG or JPEG, to picture.ppm
decode() {
	case $1 in
	*.png) pngtopnm "$1" >picture.ppm ;;
	*.jpg) ffmpeg -loglevel error -nostdin -y -i "$1" picture.ppm ;;
	esac
}

@test "pictures: greys are grey in PNG and JPEG, of main and viewfinder" {
	local suffix limit
	scene_set brightness 3000
	# In JPEG, the next patch shines through.
	for limit in 6 9; do
		suffix=jpg
		[ $limit = 9 ] || suffix=png
		# What makes daylight neutral
		capture -c 1 -s main:416x312 -s viewfinder:320x180 -F main=m.$suffix -F viewfinder=v.$suffix \
			--awb=1.662,1.43
		decode m.$suffix
		places main >points
		seen_in picture.ppm 416
		greys_are_grey $limit
		decode v.$suffix
		places viewfinder >points
		seen_in picture.ppm 320
		greys_are_grey $limit
	done
}

@test "pictures: without gamma and matrix, colours are those of the scene" {
	local file
	cat >plain.json <<-'EOT'
	{ "version": 1, "sensor": "imx219", "gamma": [ [0, 0], [1, 1] ],
	  "matrices": [ { "kelvin": 5000, "matrix": [1, 0, 0, 0, 1, 0, 0, 0, 1] } ] }
	EOT
	scene_set brightness 3000
	for file in m.png m.jpg; do
		capture -c 1 -s main:416x312 -F $file --tuning=plain.json --exposure=10ms --gain=1 \
			--awb=1.662,1.43
		decode $file
		places viewfinder >points
		seen_in picture.ppm 416
		# 529 lines, of 1600 for 700; white is 959 over black.
		awk '
			function off(got, reflectance) {
				got -= reflectance / 256 * 529 * 3 * 700 / 1600 / 959 * 255
				return got > 5 || got < -5
			}
			off($1, $4) || off($2, $5) || off($3, $6) { print; bad = 1 }
			END { exit bad }' colours || fail "in $file" || return
	done
}

# ---- statistics ----

# zones: of statistics in stats.raw with 26x20 cells of 8 bytes, 28 to a row, what --decode makes
zones() {
	od -An -v -tu1 -w8 -N $((28 * 20 * 8)) stats.raw | awk '
		{ column = (NR - 1) % 28; row = int((NR - 1) / 28) }
		column < 26 {
			zone = int(row / 4) * 7 + int(column / 4)
			good = 255 - $5
			count[zone]++
			all[zone] += good
			green[zone] += ($1 + $4) * good
			red[zone] += $2 * good
			blue[zone] += $3 * good
			saturated[zone] += $5
		}
		END {
			for (i = 0; i < 35; i++) {
				n = all[i] ? all[i] : 1
				r = r "," int(red[i] / n)
				g = g "," int(int(green[i] / 2) / n)
				b = b "," int(blue[i] / n)
				s = s "," int(255 * saturated[i] / (255 * count[i]))
			}
			print "[[" substr(r, 2) "],[" substr(g, 2) "],[" substr(b, 2) "],[" substr(s, 2) "]]"
		}'
}

@test "stats: whole, and decoded they are what the cells say, dark and half saturated" {
	local brightness
	for brightness in 800 6000; do
		scene_set brightness $brightness
		capture --decode -c 1 -s main:320x240 -s stats -F stats=stats.raw --ae=off
		equal "$(frames stats .bytes)" 125664 bytes
		equal "$(stat -c %s stats.raw)" 125664 bytes
		equal "$(frames stats '.cells | tojson')" '{"columns":26,"rows":20}'
		equal "$(frames stats '.zones | [.columns, .rows] | tojson')" '[7,5]'
		equal "$(frames stats '.zones | [.red, .green, .blue, .saturated] | tojson')" "$(zones)"
		frames stats '.zones.saturated | add / length' >>saturated
	done
	awk 'NR == 1 { dark = $1 } END { exit !(dark == 0 && $1 > 30) }' saturated ||
		fail "saturated: $(cat saturated)"
	# AWB and AF are on, exposure never is.
	equal "$(words stats.raw 125536 1 4) $(words stats.raw 125568 1 4) $(words stats.raw 125600 1 4)" \
		'1 0 1'
}

@test "stats: a cell is what the scene reflects there, without the black level" {
	local got
	scene_light 128,256,192
	scene_set brightness 3000
	capture -c 1 -s stats -s main:320x240 -F stats=stats.raw --ae=off
	# The middle of tile 6,9: 1664,1232 of the array is 332,240 of 640x480, 220,160 behind the scaler.
	got=$(words stats.raw $((8 * (10 * 28 + 13))) 5 1)
	# 92 of 256 of white, which is 694 of 10 bits: 249, of 8 bits 62
	equal "$got" '62 31 46 62 0'
}

# ---- tuning ----

@test "tuning: black level, matrix and gamma of a file reach the ImgU" {
	cat >own.json <<-'EOT'
	{ "version": 1, "sensor": "imx219", "black_level": 8192, "gamma": [ [0, 0], [0.5, 0.75], [1, 1] ],
	  "matrices": [ { "kelvin": 5000, "matrix": [1.5, -0.5, 0, -0.25, 1.5, -0.25, 0, -0.5, 1.5] } ] }
	EOT
	capture -c 1 -s main:320x240 --tuning=own.json --ae=off --awb=off
	equal "$(hardware black)" '128 128 128 128'
	# 8/7
	equal "$(hardware gains)" '1170 1170 1170 1170'
	equal "$(hardware matrix)" '12288 -4096 0 -2048 12288 -2048 0 -4096 12288'
	equal "$(hardware gamma)" '1 0 6151 8191'
}
