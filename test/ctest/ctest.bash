# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a C test from a bats file in the lab. Load it after lab/lab.
# shellcheck shell=bash disable=SC2154 # variables that lab.bash sets

# ctest [-v] PROGRAM [CASE...]: every test of these cases of it must pass, all of them unless named;
# a program that crashes, hangs or breaks off has failed. -v: under valgrind, which must find no error
# and no leak; not for cases that fork. Shows what failed.
ctest() {
	local planned seen checker=()
	if [ "$1" = -v ]; then
		checker=(valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all
			--error-exitcode=99)
		shift
	fi
	run_tool -a -t 120 "${checker[@]}" "$RAWLINE_BUILD/ctest/$1" "${@:2}" >/dev/null || {
		cat "$stdout" "$stderr"
		return 1
	}
	planned=$(sed -n 's/^1\.\.//p' "$stdout")
	seen=$(grep -c '^ok ' "$stdout") || true
	if [ "$status" -ne 0 ] || [ "${planned:-0}" -eq 0 ] || [ "$seen" -ne "$planned" ]; then
		grep -v '^ok ' "$stdout"
		cat "$stderr"
		fail "$1: $seen of ${planned:-?} tests passed, status $status"
	fi
}
