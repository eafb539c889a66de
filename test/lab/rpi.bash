# SPDX-License-Identifier: GPL-2.0-or-later
# Emulated Raspberry Pi for bats files, after hardware.bash.
# shellcheck shell=bash disable=SC2034,SC2154 # variables for tests; those of lab.bash

# rpi_find [NUMBER]: $unicam_media, $unicam_image, $unicam_embedded (may be empty), $unicam_sensor and
# its name $unicam_entity; $isp_media, and the four nodes $isp_input, $isp_main, $isp_second, $isp_stats
# of this instance, which $isp_nodes are together. No program is started for it.
rpi_find() {
	local file name medias=()
	unicam_embedded='' isp_nodes=()
	for file in /sys/bus/media/devices/media*; do
		read -r name <"$file/model"
		case $name in
		unicam) unicam_media=/dev/${file##*/} ;;
		bcm2835-isp) medias+=("/dev/${file##*/}") ;;
		esac
	done
	isp_media=${medias[${1:-0}]:-}
	# In the order in which they were registered
	for file in /sys/dev/char/81:{0..31}; do
		[ -e "$file/name" ] || continue
		read -r name <"$file/name"
		file=$(<"$file/uevent")
		file=${file#*DEVNAME=}
		file=/dev/${file%%$'\n'*}
		case $name in
		unicam-image) unicam_image=$file ;;
		unicam-embedded) unicam_embedded=$file ;;
		bcm2835-isp-*) isp_nodes+=("$file") ;;
		*' '*) unicam_sensor=$file unicam_entity=$name ;;
		esac
	done
	isp_nodes=("${isp_nodes[@]:${1:-0}*4:4}")
	isp_input=${isp_nodes[0]:-} isp_main=${isp_nodes[1]:-}
	isp_second=${isp_nodes[2]:-} isp_stats=${isp_nodes[3]:-}
}

# rpi_sensor CODE WxH: what the sensor sends
rpi_sensor() {
	media-ctl -d "$unicam_media" -V "\"$unicam_entity\":0 [fmt:$1/$2]" || fail "no $1 $2"
}

# rpi_run WORD...: rpirun with the nodes that were found
rpi_run() {
	run_tool rpirun "$@" "$unicam_image" "${isp_nodes[@]}"
}

# says WANTED NODE WHAT [ARGUMENT]...: of a single call, by rpicheck
says() {
	local wanted=$1
	shift
	run_tool rpicheck try "$@"
	equal "$(cat "$stdout")" "$wanted" "$*"
}

# shape NODE FOURCC WxH [STRIDE]: fourcc, size, stride and bytes that this becomes
shape() {
	rpicheck try "$1" format "$2" "${3%x*}" "${3#*x}" "${@:4}" | sed 's/ ok$//'
}

# column N FILE...: of lines, on one line
column() {
	awk -v n="$1" '{ print $n }' "${@:2}" | paste -s -d ' '
}

# mean FRAME: red, green, blue of the grey column in main's file, XR24:640x480 of a binned picture
mean() {
	scenecheck mean XR24:640x480 main "$1" 310,10,30x10
}

# between VALUE LOW HIGH
between() {
	awk -v v="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(v >= low && v <= high) }' ||
		fail "$1 is not between $2 and $3"
}

# close_to WANTED VALUE...: as whole numbers, one more or less
close_to() {
	local wanted
	for wanted in $1; do
		shift
		between "$1" "$((wanted - 1))" "$((wanted + 1)).99" || return
	done
}

# ---- Raspberry Pi 5 ----

# cfe_find: $cfe_media, $cfe_sensor and its name $cfe_entity, $cfe_csi2 and $cfe_front, and the nodes in
# the order in which the driver registers them: $cfe_ch0 to $cfe_ch3, $cfe_image0, $cfe_image1, $cfe_stats
# and $cfe_config, by $cfe_names what they are called. $cfe_source is the pad of csi2 that is channel 0.
cfe_find() {
	local file name number=0 variables=(ch0 ch1 ch2 ch3 image0 image1 stats config)
	cfe_names=()
	for file in /sys/bus/media/devices/media*; do
		read -r name <"$file/model"
		[ "$name" != rp1-cfe ] || cfe_media=/dev/${file##*/}
	done
	for file in /sys/dev/char/81:{0..31}; do
		[ -e "$file/name" ] || continue
		read -r name <"$file/name"
		file=$(<"$file/uevent")
		file=${file#*DEVNAME=}
		file=/dev/${file%%$'\n'*}
		case $name in
		rp1-cfe-*)
			declare -g "cfe_${variables[number]}=$file"
			cfe_names[number]=$name
			number=$((number + 1))
			;;
		csi2) cfe_csi2=$file ;;
		pisp-fe) cfe_front=$file ;;
		*' '*) cfe_sensor=$file cfe_entity=$name ;;
		esac
	done
	cfe_source=1
	[ "${cfe_names[0]}" = rp1-cfe-csi2-ch0 ] || cfe_source=4
}

# cfe_unlink: all links as they are at the beginning
cfe_unlink() {
	local channel links=''
	for channel in 0 1 2 3; do
		links+="\"csi2\":$((cfe_source + channel))->\"${cfe_names[channel]}\":0[0],"
		[ "$channel" = 1 ] || links+="\"csi2\":$((cfe_source + channel))->\"pisp-fe\":0[0],"
	done
	links+="\"pisp-fe\":2->\"${cfe_names[4]}\":0[0],\"pisp-fe\":3->\"${cfe_names[5]}\":0[0],"
	links+="\"pisp-fe\":4->\"${cfe_names[6]}\":0[0],\"${cfe_names[7]}\":0->\"pisp-fe\":1[0]"
	cfe_link "$links"
}

# cfe_link LINKS: as media-ctl has them
cfe_link() {
	media-ctl -d "$cfe_media" -l "$1" || fail "media-ctl refuses $1"
}

# cfe_route CODE WxH FOURCC [STRIDE]: from the sensor to channel 0, whose link it enables; the pad there
# has CODE, or that of 16 bits when FOURCC is such. The field counts: csi2:0 keeps it as it is given.
cfe_route() {
	local code=$1 size=$2 fourcc=$3 out=$1
	case $fourcc in
	?G16 | GR16 | BYR2 | PC1?) out=${code%%[0-9]*}16_1X16 ;;
	esac
	media-ctl -d "$cfe_media" -V "\"$cfe_entity\":0 [fmt:$code/$size],\"csi2\":0 [fmt:$code/$size field:none],\
\"csi2\":$cfe_source [fmt:$out/$size]" || fail "no $code $size" || return
	cfe_link "\"csi2\":$cfe_source->\"${cfe_names[0]}\":0[1]"
	shape "$cfe_ch0" "$fourcc" "$size" "${@:4}"
}
