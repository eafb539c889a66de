# SPDX-License-Identifier: GPL-2.0-or-later
# What a platform needs, loaded and unloaded by name. Sourced inside the lab, by sh and by bash.
# A platform is a file in platforms/ that defines NAME_load and NAME_unload ("-" in NAME becomes "_"
# in the functions); both get the parameters as words and return 0 or say why not. NAME_device_tree,
# where there is one, prints the name of the board to boot with; it is called outside of the lab.
# shellcheck shell=sh

lab_platform_dir=${LAB_DIR:?}/platforms

# lab_platforms: the names of all
lab_platforms() {
	(cd "$lab_platform_dir" && echo *)
}

# lab_platform load|unload|device_tree NAME[:PARAMETER...]
lab_platform() {
	lab_name=${2%%:*}
	if [ ! -f "$lab_platform_dir/$lab_name" ]; then
		echo "lab: no platform is called '$lab_name'; there are: $(lab_platforms)" >&2
		return 1
	fi
	# shellcheck disable=SC1090
	. "$lab_platform_dir/$lab_name"
	lab_function=$(echo "$lab_name" | tr - _)_$1
	case $2 in
	*:*) lab_words=$(echo "${2#*:}" | tr : ' ') ;;
	*) lab_words= ;;
	esac
	if [ "$1" = device_tree ] && ! command -v "$lab_function" >/dev/null; then
		return 0
	fi
	# shellcheck disable=SC2086 # parameters are words
	if ! "$lab_function" $lab_words; then
		echo "lab: cannot $1 platform $2" >&2
		return 1
	fi
}
