#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# test/tap: what it must take for a failure.

bats_require_minimum_version 1.5.0

program() {	# NAME < script
	{ echo '#!/bin/sh'; cat; } > "$BATS_TEST_TMPDIR/$1"
	chmod +x "$BATS_TEST_TMPDIR/$1"
}

tap() {	# NAME...
	"${BATS_TEST_DIRNAME}/../tap" "${@/#/$BATS_TEST_TMPDIR/}"
}

@test "tap: passes and skips of several programs, summed up, skips not among them" {
	program a <<< 'printf "ok 1 - x\nok 2 - y\n1..2\n"'
	program b <<< 'printf "1..2\nok 1 - x\nok 2 - y # SKIP no such device\n"'
	run -0 tap a b
	[ "${lines[-1]}" = "3 passed, 0 failed" ]
	[[ $output == *"no such device"* ]]
}

@test "tap: a test that failed, shown with its reason, status 1" {
	program a <<< 'printf "# a.c:3: got 1, want 2\nnot ok 1 - x\nok 2 - y\n1..2\n"; exit 1'
	run -1 tap a
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	[[ $output == *"got 1, want 2"* ]]
}

@test "tap: a program that died before its plan, failed" {
	program a <<< 'printf "ok 1 - x\n"; kill -SEGV $$'
	run -1 tap a
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	[[ $output == *"exit status 139"* ]]
}

@test "tap: a plan that was not kept, failed" {
	program a <<< 'printf "1..3\nok 1 - x\nok 2 - y\n"'
	run -1 tap a
	[ "${lines[-1]}" = "2 passed, 1 failed" ]
}

@test "tap: all tests passed but the program did not, failed" {
	program a <<< 'printf "ok 1 - x\n1..1\n"; echo leak >&2; exit 1'
	run -1 tap a
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	[[ $output == *leak* ]]
}

@test "tap: a program that is not there, failed" {
	run -1 tap none
	[ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "tap: a program that never ends, failed when the limit ran out" {
	program a <<< 'printf "1..1\nok 1 - x\n"; sleep 60'
	TAP_LIMIT=0.3 run -1 tap a
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	[[ $output == *"exit status 124"* ]]
}

@test "tap: a program that says nothing, failed" {
	program a <<< 'exit 0'
	run -1 tap a
	[ "${lines[-1]}" = "0 passed, 1 failed" ]
}
