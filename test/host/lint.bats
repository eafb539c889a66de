#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# scripts/lint: each check finds the fault it is there for, and nothing in a clean tree.

bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/scripts" "$tree"/common/{base,tool,image} "$tree/vimc" "$tree/man"
	cp "$root"/.{clang-format,shellcheckrc} "$tree"
	cp "$root/common/module.mk" "$tree/common"
	cp "$root/scripts/lint" "$tree/scripts"
}

source_file() {	# PATH < lines
	{ echo '// SPDX-License-Identifier: GPL-2.0-or-later'; cat; } > "$tree/$1"
}

lint() {
	"$tree/scripts/lint" "$@"
}

@test "lint: a clean tree, status 0" {
	source_file common/base/a.c <<< 'int a;'
	source_file vimc/b.c <<< '#include "common/base/a.h"'
	run -0 lint
}

@test "lint format: four spaces, found and mended by --format" {
	source_file common/base/a.c <<< $'int f(void)\n{\n    return 0;\n}'
	run -1 lint format
	[[ $output == *"common/base/a.c:3:2: error: code should be clang-formatted"* ]]
	lint --format
	run -0 lint format
}

@test "lint format: no clang-format, said and not taken for well formatted" {
	source_file common/base/a.c <<< 'int a;'
	CLANG_FORMAT=no-such-program run -1 lint format
	[[ $output == *"no-such-program"* ]]
}

@test "lint shell: a word that splits, in files known by name, interpreter or comment" {
	local spdx='# SPDX-License-Identifier: GPL-2.0-or-later'
	printf '%s\n' "$spdx" 'ls $1' > "$tree/scripts/a.sh"
	printf '%s\n' '#!/bin/sh' "$spdx" 'ls $1' > "$tree/scripts/b"
	printf '%s\n' "$spdx" '# shellcheck shell=sh' 'ls $1' > "$tree/scripts/c"
	run -1 lint shell
	[[ $output == *"In scripts/a.sh line 2"* ]]
	[[ $output == *"In scripts/b line 3"* ]]
	[[ $output == *"In scripts/c line 3"* ]]
}

@test "lint man: a page without a title" {
	printf '.Sh NAME\nx\n' > "$tree/man/x.1"
	run -1 lint man
	[[ $output == *"man/x.1"* ]]
}

@test "lint man: a tool's page is read with the shared options in it" {
	cp "$root/man/page.sed" "$tree/man"
	printf '.Dd November 1, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.\\" @OPTIONS@\n' \
		> "$tree/man/x.1.in"
	printf '.Nosuch macro\n' > "$tree/man/options.inc"
	run -1 lint man
	[[ $output == *"x.1.in:7"*"Nosuch"* ]]
	: > "$tree/man/options.inc"
	run -0 lint man
}

@test "lint floors: common/base that includes from common/tool" {
	source_file common/base/a.c <<< '#include "common/tool/option.h"'
	run -1 lint floors
	[[ $output == *"common/base/a.c:2: includes from a higher floor: common/tool/option.h"* ]]
}

@test "lint floors: common/ that includes from a platform, a platform from another" {
	source_file common/base/a.c <<< '#include "vimc/vimc.h"'
	source_file vimc/b.c <<< '#include "ipu3/ipu3.h"'
	run -1 lint floors
	[[ $output == *"common/base/a.c:2: includes from another room"* ]]
	[[ $output == *"vimc/b.c:2: includes from another room"* ]]
}

@test "lint floors: an ioctl in common/image, a folder that is no floor" {
	source_file common/image/a.c <<< 'int f(void) { return ioctl(0, 0); }'
	mkdir "$tree/common/attic"
	source_file common/attic/b.c <<< 'int b;'
	run -1 lint floors
	[[ $output == *"common/image/a.c:2: an ioctl"* ]]
	[[ $output == *"common/attic is no floor"* ]]
}

@test "lint spdx: sources and scripts without a license line" {
	echo 'int a;' > "$tree/common/base/a.c"
	printf '#!/bin/sh\necho\n' > "$tree/scripts/b"
	run -1 lint spdx
	[[ $output == *"common/base/a.c"* ]]
	[[ $output == *"scripts/b"* ]]
}

@test "lint: a check that does not exist, status 1" {
	run -1 lint spelling
}
