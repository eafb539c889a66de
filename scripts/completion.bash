# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of the Rawline tools for bash: options, cameras, controls and files.
# shellcheck shell=bash

_rawline_options='--list --info --list-controls --dry-run --bench-disk= --doctor --stream= --raw --adjust --mode= --wait
	--count= --time= --skip= --nbufs= --memory= --first-frame= --between-frames= --max-lost=
	--file= --force --video-out= --overflow= --io= --quality= --demosaic= --dng-compression= --drop-bad=
	--display --ring= --after= --triggers= --control= --save-controls= --load-controls= --restore --quiet --verbose --json
	--report= --decode --progress= --ready-fd= --help --usage --version'

# Of tools that do exposure and white balance themselves.
_rawline_3a='--hflip --vflip --zoom= --exposure= --gain= --ae= --awb= --flicker= --settle --develop=
	--tuning='

# What comes behind an option, one a line in COMPREPLY.
_rawline_value() {
	local tool=$1 option=$2 word=$3
	case $option in
	--video-out)
		mapfile -t COMPREPLY < <(compgen -G "${word:-/dev/video}*" -- "$word")
		;;
	--memory) mapfile -t COMPREPLY < <(compgen -W 'auto mmap udmabuf heap heap:' -- "$word") ;;
	--overflow) mapfile -t COMPREPLY < <(compgen -W 'block drop' -- "$word") ;;
	--io) mapfile -t COMPREPLY < <(compgen -W 'auto direct buffered' -- "$word") ;;
	--ae) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$word") ;;
	--awb) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$word") ;;
	--develop) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$word") ;;
	--flicker) mapfile -t COMPREPLY < <(compgen -W 'off 50 60' -- "$word") ;;
	--demosaic) mapfile -t COMPREPLY < <(compgen -W 'good fast' -- "$word") ;;
	--dng-compression) mapfile -t COMPREPLY < <(compgen -W 'none lossless' -- "$word") ;;
	--drop-bad) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$word") ;;
	--display)
		mapfile -t COMPREPLY < <(compgen -W "$(for place in /sys/class/drm/card*-*; do
			echo "${place#*/card*-}"
		done)" -- "$word")
		;;
	--progress) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word") ;;
	-s | --stream)
		mapfile -t COMPREPLY < <(compgen -W "$("$tool" --info --json 2>/dev/null |
			grep -o '"stream":"[a-z0-9]*"' | cut -d'"' -f4)" -- "$word")
		;;
	-C | --control)
		mapfile -t COMPREPLY < <(compgen -S = -W "$("$tool" --list-controls 2>/dev/null |
			awk '$2 ~ /^0x/ { print $1 }')" -- "$word")
		compopt -o nospace
		;;
	-F | --file | --save-controls | --load-controls | --report | --tuning)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames
		;;
	*) return 1 ;;
	esac
}

_rawline_options_of() {
	case ${1##*/} in
	ipu3-* | rkisp1-* | rpi-*) echo "$_rawline_options $_rawline_3a" ;;
	*) echo "$_rawline_options" ;;
	esac
}

# Names of cameras hold blanks: compared without the word's quotes, offered with the shell's.
_rawline_cameras() {
	local tool=$1 word=${2//[\\\"\']/} camera
	while IFS=$'\t' read -r camera _; do
		[[ $camera != "$word"* ]] || COMPREPLY+=("$(printf %q "$camera")")
	done < <("$tool" --list 2>/dev/null)
	# One that is begun in quotes goes on in them.
	[[ $2 != [\"\']* ]] || COMPREPLY=("${COMPREPLY[@]//\\/}")
}

_rawline() {
	local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	# bash takes "--option=value" for three words.
	if [ "$word" = = ]; then
		_rawline_value "$tool" "$before" '' && return
	elif [ "$before" = = ]; then
		_rawline_value "$tool" "${COMP_WORDS[COMP_CWORD - 2]}" "$word"
		return
	elif _rawline_value "$tool" "$before" "$word"; then
		return
	fi
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_rawline_options_of "$tool")" -- "$word")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
		return
	fi
	# What is the value of an option, and what lists all cameras, has no use for one.
	case $before in
	-[ctn] | --mode | --count | --time | --skip | --nbufs | --first-frame | --between-frames | \
		--max-lost | --quality | --ring | --after | --triggers | --ready-fd | -l | --list) return ;;
	esac
	_rawline_cameras "$tool" "$word"
}

_rawline_scripts='--skip= --tool= --force --wait --wait= --quiet --help --version'
_rawline_timelapse="$_rawline_scripts --period= --file= --shots= --time= --first-shot= --date --latest=
	--give-up= --max-lost= --json"
_rawline_watch='--file= --before= --after= --exec= --clips= --time= --tool= --wait --wait= --quiet --help
	--version'
_rawline_burst="$_rawline_scripts --frames= --max-lost="
_rawline_record="$_rawline_burst --time= --check-disk --sheet= --no-sheet --pictures="
_rawline_snapshot="$_rawline_scripts --settle= --format= --tries="

# What comes behind an option of a script.
_rawline_script_value() {
	local option=$1 word=$2
	case $option in
	-T | --tool) mapfile -t COMPREPLY < <(compgen -c -- "$word" | grep -e '-capture$' | sort -u) ;;
	--format) mapfile -t COMPREPLY < <(compgen -W 'jpg png ppm' -- "$word") ;;
	-F | --file | --latest | --sheet)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames
		;;
	-[pntbae] | --period | --shots | --frames | --pictures | --clips | --time | --before | --after | --exec | \
		--skip | --first-shot | --give-up | --max-lost | --settle | \
		--tries) ;;
	*) return 1 ;;
	esac
}

# Behind "--" the words are the tool's, and which tool that will be is not known here.
_rawline_script() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=$_rawline_snapshot
	COMPREPLY=()
	[[ $1 == *timelapse ]] && options=$_rawline_timelapse
	[[ $1 == *watch ]] && options=$_rawline_watch
	[[ $1 == *burst ]] && options=$_rawline_burst
	[[ $1 == *record ]] && options=$_rawline_record
	if [ "$word" = = ]; then
		_rawline_script_value "$before" '' && return
	elif [ "$before" = = ]; then
		_rawline_script_value "${COMP_WORDS[COMP_CWORD - 2]}" "$word"
		return
	elif _rawline_script_value "$before" "$word"; then
		return
	fi
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames
	fi
}

complete -F _rawline_script rawline-burst rawline-record rawline-snapshot rawline-timelapse rawline-watch
complete -F _rawline ipu3-capture rpi-capture rkisp1-capture uvc-capture vimc-capture
