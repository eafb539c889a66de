#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# test/check: stages, what they count for, and when it stops.  What it starts is made up here.

bats_require_minimum_version 1.5.0

setup() {
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"/{bin,scripts,test/lab,test/host}
	cp "$BATS_TEST_DIRNAME/../check" "$tree/test"
	touch "$tree"/test/{a,host/b,lab/c}.bats
	program scripts/setup <<< 'exit 0'
	program scripts/lint <<< '[ "$1" != --list ] || echo format'
	program test/lab/build <<< 'exit 0'
	program test/lab/bats <<< 'printf "passed=5\nfailed=0\n" > "${1#--summary=}"'
	program bin/make <<< 'case $* in *unit*) echo "10 passed, 0 failed" ;; esac'
	unset O RAWLINE_BUILD
}

program() {	# PATH < script
	{ echo '#!/bin/sh'; cat; } > "$tree/$1"
	chmod +x "$tree/$1"
}

check() {
	PATH=$tree/bin:$PATH "$tree/test/check"
}

@test "check: all is well, the sum is the last line and stands there once, status 0" {
	run -0 check
	# setup, two builds, headers, format, lab kernel; three times 10; two times 5
	[ "${lines[-1]}" = "46 passed, 0 failed" ]
	[ "$(grep -c '^[0-9]* passed, [0-9]* failed$' <<< "$output")" = 1 ]
	[[ $output == *"== unit tests: 10 passed, 0 failed, "*" s"* ]]
}

@test "check: a test that fails, the other stages run, status 1" {
	program bin/make <<< 'case $* in *unit-asan*) echo "8 passed, 2 failed"; exit 2 ;; esac'
	run -1 check
	[[ $output == *"== unit tests, sanitized: 8 passed, 2 failed"* ]]
	[[ $output == *"== lab tests: 5 passed"* ]]
	[ "${lines[-1]}" = "26 passed, 2 failed" ]
}

@test "check: a stage that fails without saying what, counts one" {
	program scripts/lint <<< '[ "$1" = --list ] && echo format || exit 1'
	run -1 check
	[[ $output == *"== lint: format: 0 passed, 1 failed"* ]]
	[ "${lines[-1]}" = "45 passed, 1 failed" ]
}

@test "check: a stage whose tests all passed and that failed nonetheless, counts one" {
	program bin/make <<< 'case $* in *unit-asan*) echo "10 passed, 0 failed"; exit 2 ;; esac'
	run -1 check
	[[ $output == *"== unit tests, sanitized: 10 passed, 1 failed"* ]]
}

@test "check: bats that ends without a sum, counts one" {
	program test/lab/bats <<< 'exit 125'
	run -1 check
	[[ $output == *"== lab tests: 0 passed, 1 failed"* ]]
}

@test "check: no lab kernel, its tests are not run" {
	program test/lab/build <<< 'echo no linux-source; exit 1'
	run -1 check
	[[ $output == *"no linux-source"* ]]
	[[ $output != *"== lab tests"* ]]
	[ "${lines[-1]}" = "40 passed, 1 failed" ]
}

@test "check: without packages or without a build, nothing else is run" {
	program bin/make <<< 'exit 2'
	run -1 check
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	program scripts/setup <<< 'echo missing: gcc >&2; exit 1'
	run -1 check
	[[ $output == *"missing: gcc"* ]]
	[ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "check: tests see the build that it made" {
	program test/lab/bats <<< 'echo "build is $RAWLINE_BUILD"; exit 1'
	run -1 check
	[[ $output == *"build is $tree/build/check"* ]]
	O=/elsewhere run -1 check
	[[ $output == *"build is /elsewhere/check"* ]]
}
