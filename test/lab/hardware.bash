# SPDX-License-Identifier: GPL-2.0-or-later
# Emulated camera hardware for bats files, after lab.bash (hardware/, README.md):
#
#	# lab: rkisp1
#	load lab/lab
#	load lab/hardware
#
#	@test "…" {
#		scene_set brightness 200
#		scene_light tungsten
#		fault csi_crc 3
#		…
#		equal "$(counter rkisp1/lost)" 0
#	}
#
# After each test the light is what it was, and no fault is left.
# shellcheck shell=bash disable=SC2154 # variables that lab.bash sets

hardware_files=/sys/kernel/debug/lab

teardown() {
	lab_teardown
	hardware_reset
}

hardware_reset() {
	local file
	scene_set brightness 1000
	scene_light daylight
	for file in "$hardware_files"/*/fault_*; do
		echo 0 >"$file"
	done
	[ ! -e "$hardware_files/imgu" ] || echo 2000 >"$hardware_files/imgu/frame_us"
}

# scene_set brightness|red|green|blue VALUE: brightness 1000 is usual, a colour 256 as much as white
scene_set() {
	echo "$2" >"$hardware_files/scene/$1"
}

# scene_light daylight|tungsten|fluorescent|neutral|RED,GREEN,BLUE: the colour of the light, as it
# comes through the filters of the sensor
scene_light() {
	local light=$1
	case $light in
	daylight) light=154,256,179 ;;
	tungsten) light=230,256,98 ;;
	fluorescent) light=180,256,140 ;;
	neutral) light=256,256,256 ;;
	esac
	scene_set red "${light%%,*}"
	light=${light#*,}
	scene_set green "${light%,*}"
	scene_set blue "${light#*,}"
}

# fault NAME [COUNT|forever]: happens to the next frame, or the next COUNT, 0 ends it. A board with
# two devices that know it: DEVICE/NAME
fault() {
	local file count=${2:-1} device='*'
	[ "$count" != forever ] || count=4294967295
	case $1 in
	*/*) device=${1%/*} ;;
	esac
	# shellcheck disable=SC2231 # the device is a pattern
	for file in "$hardware_files"/$device/fault_"${1#*/}"; do
		[ -e "$file" ] || fail "there is no fault '$1'" || return
		echo "$count" >"$file"
	done
}

# counter DEVICE/NAME: of the emulated hardware (imx219/frames, rkisp1/main); counter NAME: of the
# driver (mipi_error, mp_frame_drop)
counter() {
	local file=$hardware_files/$1 value
	case $1 in
	*/*) ;;
	*)
		for file in /sys/kernel/debug/*.isp/"$1"; do
			break
		done
		;;
	esac
	[ -r "$file" ] || fail "there is no counter '$1'" || return
	read -r value <"$file"
	echo "$value"
}

# counts WANTED COUNTER: as a condition
counts() {
	[ "$(counter "$2")" -ge "$1" ]
}

# flows COUNTER: until it counts one more
flows() {
	wait_for 5 counts $(($(counter "$1") + 1)) "$1"
}

# sensor_record [DEVICE]: the file that tells what was in force for which frame
sensor_record() {
	echo "$hardware_files/${1:-imx219}/record"
}

# ---- rkisp1, set up with media-ctl and v4l2-ctl ----

# The resizer and the node of one path. Prints what media-ctl has to set.
rkisp1_path() {
	local path=$1 code=$2 size=$3 fourcc=$4 wanted=$5 view=$6 out=YUYV8_2X8
	case $fourcc in
	NV12 | NV21 | NM12 | NM21 | YU12 | YV12) out=YUYV8_1_5X8 ;;
	RG10 | BA10 | GB10 | BG10 | RGGB | GRBG | GBRG | BA81) out=$code ;;
	esac
	echo ",\"rkisp1_resizer_${path}path\":0 [fmt:$code/$size crop:(${view%,*})/${view##*,}]"
	echo ",\"rkisp1_resizer_${path}path\":1 [fmt:$out/$wanted]"
}

# rkisp1_find [NUMBER]: $rkisp1_media, $rkisp1_main, $rkisp1_self, $rkisp1_stats, $rkisp1_params,
# $rkisp1_isp and $rkisp1_sensor are the nodes of this ISP, $rkisp1_entity is its sensor, and
# $rkisp1_bridge the receiver between the two. On i.MX8MP $rkisp1_self is empty.
# shellcheck disable=SC2034 # for tests
rkisp1_find() {
	local isps=(/sys/devices/platform/*.isp) file name isp
	isp=${isps[${1:-0}]}
	rkisp1_self=''
	rkisp1_bridge=rkisp1_csi
	for file in "$isp"/media*; do
		rkisp1_media=/dev/${file##*/}
	done
	for file in "$isp"/video4linux/*/name; do
		read -r name <"$file"
		file=${file%/name}
		name=${name#rkisp1_}
		case $name in
		mainpath | selfpath) declare -g "rkisp1_${name%path}=/dev/${file##*/}" ;;
		stats | params | isp) declare -g "rkisp1_$name=/dev/${file##*/}" ;;
		esac
	done
	for file in /sys/devices/platform/*.csi; do
		[ ! -e "$file" ] || rkisp1_bridge=csis-${file##*/}
	done
	rkisp1_entity="imx219 ${1:-0}-0010"
	rkisp1_sensor=$(node_named "$rkisp1_entity")
}

# rkisp1_route [-i NUMBER] SENSOR-CODE WxH [main|self]=FOURCC:WxH[:X,Y,WxH]...
# Finds the nodes, and sets all from the sensor to the paths named, which may show a part of the
# sensor's picture only.
rkisp1_route() {
	local number=0 code size inner=YUYV8_2X8 pads links='' path fourcc wanted view node
	if [ "$1" = -i ]; then
		number=$2
		shift 2
	fi
	code=$1 size=$2
	shift 2
	rkisp1_find "$number" || return
	case $1 in
	main=RG10:* | main=BA10:* | main=GB10:* | main=BG10:* | main=RGGB:* | main=GRBG:* | \
		main=GBRG:* | main=BA81:*) inner=$code ;;
	esac
	pads="\"$rkisp1_entity\":0 [fmt:$code/$size],\"$rkisp1_bridge\":0 [fmt:$code/$size]"
	pads+=",\"rkisp1_isp\":0 [fmt:$code/$size crop:(0,0)/$size]"
	pads+=",\"rkisp1_isp\":2 [fmt:$inner/$size crop:(0,0)/$size]"
	for path in main self; do
		case " $*" in
		*" $path="*) view=1 ;;
		*) view=0 ;;
		esac
		[ "$path" = main ] || [ -n "$rkisp1_self" ] || continue
		links+="${links:+,}\"rkisp1_isp\":2->\"rkisp1_resizer_${path}path\":0[$view]"
	done
	for path; do
		IFS=:= read -r path fourcc wanted view <<<"$path"
		pads+=$(rkisp1_path "$path" "$inner" "$size" "$fourcc" "$wanted" "${view:-0,0,$size}")
		node=$rkisp1_main
		[ "$path" = main ] || node=$rkisp1_self
		v4l2-ctl -d "$node" \
			--set-fmt-video="width=${wanted%x*},height=${wanted#*x},pixelformat=$fourcc" ||
			fail "no $fourcc on $node" || return
	done
	links+=",\"$rkisp1_entity\":0->\"$rkisp1_bridge\":0[1],\"$rkisp1_bridge\":1->\"rkisp1_isp\":0[1]"
	media-ctl -d "$rkisp1_media" -l "$links" || fail "media-ctl refuses $links" || return
	media-ctl -d "$rkisp1_media" -V "${pads//$'\n'/}" || fail "media-ctl refuses $pads"
}

# ---- ipu3, set up with media-ctl and v4l2-ctl ----

# ipu3_find: $cio2_media and $imgu_media are the two media devices; the second is empty where there is
# none
# shellcheck disable=SC2034 # for tests
ipu3_find() {
	local file driver
	cio2_media='' imgu_media=''
	for file in /sys/bus/pci/drivers/ipu3-*/*/media*; do
		[ -e "$file" ] || continue
		driver=$(readlink -f "${file%/*}/driver")
		case $driver in
		*/ipu3-cio2) cio2_media=/dev/${file##*/} ;;
		*/ipu3-imgu) imgu_media=/dev/${file##*/} ;;
		esac
	done
}

# cio2_route PORT ENTITY CODE WxH FOURCC: link and formats from the sensor to the node of that port,
# $cio2_node; the sensor's is $cio2_sensor
# shellcheck disable=SC2034 # for tests
cio2_route() {
	local port=$1 entity=$2 code=$3 size=$4 fourcc=$5
	local link="\"$entity\":0->\"ipu3-csi2 $port\":0[1]"
	local pads="\"$entity\":0 [fmt:$code/$size],\"ipu3-csi2 $port\":0 [fmt:$code/$size]"
	ipu3_find
	cio2_sensor=$(media-ctl -d "$cio2_media" -e "$entity")
	cio2_node=$(media-ctl -d "$cio2_media" -e "ipu3-cio2 $port")
	media-ctl -d "$cio2_media" -l "$link" || fail "media-ctl refuses $link" || return
	media-ctl -d "$cio2_media" -V "$pads" || fail "media-ctl refuses $pads" || return
	v4l2-ctl -d "$cio2_node" \
		--set-fmt-video="width=${size%x*},height=${size#*x},pixelformat=$fourcc" ||
		fail "no $fourcc on $cio2_node"
}

# imgu_links PIPE [without-parameters]: all nodes of this pipe enabled, those of the other not; PIPE
# both: all of all
imgu_links() {
	local pipe on links=''
	ipu3_find
	for pipe in 0 1; do
		on=0
		[ "$1" != $pipe ] && [ "$1" != both ] || on=1
		links+="\"ipu3-imgu $pipe input\":0->\"ipu3-imgu $pipe\":0[$on],"
		links+="\"ipu3-imgu $pipe\":3->\"ipu3-imgu $pipe viewfinder\":0[$on],"
		links+="\"ipu3-imgu $pipe\":4->\"ipu3-imgu $pipe 3a stat\":0[$on],"
		[ "${2:-}" != without-parameters ] || on=0
		links+="\"ipu3-imgu $pipe parameters\":0->\"ipu3-imgu $pipe\":1[$on],"
	done
	media-ctl -d "$imgu_media" -l "${links%,}" || fail "media-ctl refuses $links"
}

# damage: counters of what was read or written where it must not be, or was in two hands
damage() {
	local name
	for name in cio2/overruns cio2/bad_address cio2/overlap cio2/halted imgu/bad_dma \
		imgu/bad_firmware imgu/unknown imgu/outside imgu/overlap; do
		echo "$name $(<"$hardware_files/$name")"
	done
}

# damage_mark: what there is by now counts no more
damage_mark() {
	damage_before=$(damage)
}

# no_damage: none since damage_mark
no_damage() {
	equal "$(damage)" "$damage_before" damage
}
