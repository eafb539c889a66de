#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# The buffers of a Rockchip ISP as we lay them out, beside the headers of the lab kernel.
# What the installed headers know is compared by test/unit/rkisp1_layout.c on its own.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	headers=$(test/lab/build --folder)/headers
	: "${CC:=cc}"
}

@test "rkisp1: parameters and statistics, laid out as in the lab kernel's header" {
	[ -f "$headers/linux/rkisp1-config.h" ] || skip "the lab kernel is not built"
	program=$BATS_TEST_TMPDIR/layout
	"$CC" -std=gnu11 -D_GNU_SOURCE -I. -isystem "$headers" -o "$program" test/unit/rkisp1_layout.c
	run -0 "$program"
	[[ $output == *"ok 6 - rkisp1 layout: the extensible parameters"* ]]
	[[ $output != *SKIP* ]]
	[[ $output == *1..6 ]]
}

@test "rkisp1: the layout is the same on 32 bits" {
	"$CC" -m32 -ffreestanding -fsyntax-only -x c /dev/null ||
		skip "the compiler knows no 32 bits"
	run -0 "$CC" -std=gnu11 -m32 -ffreestanding -fsyntax-only \
		-x c rkisp1/layout.h
	[ -z "$output" ]
}
