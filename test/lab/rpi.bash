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
