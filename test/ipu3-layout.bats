#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# The buffers of an ImgU as we lay them out, beside the header of the lab kernel: that of a
# staging driver is not installed anywhere.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	header=$(test/lab/build --folder)/kdir/drivers/staging/media/ipu3/include/uapi
	: "${CC:=cc}"
}

# compare COMPILER
compare() {
	[ -f "$header/intel-ipu3.h" ] || skip "the lab kernel is not built"
	program=$BATS_TEST_TMPDIR/layout
	"$1" -std=gnu11 -D_GNU_SOURCE -DKERNEL_HEADER -I. -isystem "$header" -o "$program" \
		test/unit/ipu3_layout.c
	run -0 "$program"
	[[ $output == *"ok 5 - ipu3 layout: parameters"* ]]
	[[ $output == *"ok 6 - ipu3 layout: statistics"* ]]
	[[ $output != *SKIP* ]]
	[[ $output == *1..6 ]]
}

@test "ipu3: parameters and statistics, laid out as in the lab kernel's header" {
	compare "$CC"
}

@test "ipu3: another compiler lays them out alike" {
	command -v clang >/dev/null || skip "clang is not installed"
	compare clang
}

@test "ipu3: the layout is the same on 32 bits" {
	"$CC" -m32 -ffreestanding -fsyntax-only -x c /dev/null ||
		skip "the compiler knows no 32 bits"
	run -0 "$CC" -std=gnu11 -m32 -ffreestanding -fsyntax-only \
		-x c ipu3/layout.h
	[ -z "$output" ]
}
