# SPDX-License-Identifier: GPL-2.0-or-later
# lab: vimc vivid
# shellcheck disable=SC2154 # variables that lab.bash sets
# common/device: controls, discovery and holders on real drivers.

bats_require_minimum_version 1.5.0
load lab/lab

# tap PROGRAM ARG...: it ran all its cases, and none failed
tap() {
	run_tool -t 60 "$RAWLINE_BUILD/ctest/$1" "${@:2}"
	matches "$stdout" '^1\.\.[1-9]'
	run ! grep -q '^not ok' "$stdout"
}

@test "controls: set, read back, ordered, saved, loaded, restored on vivid and vimc" {
	tap control "$(node_named vivid-000-vid-cap)" "$(entity_node 'Sensor A')" "$(entity_node 'Debayer A')"
}

@test "discovery: media devices listed in order, waited for, their holders named" {
	tap discover
}

@test "controls: the check itself fails where the program does" {
	run ! tap control /dev/null /dev/null /dev/null
}
