#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# test/lab/bats --again: what has a second try, and what it counts for.

bats_require_minimum_version 1.5.0

# file NAME < what its test does
file() {
	{
		printf '%s\n' '# lab: none' '@test "it" {'
		cat
		echo '}'
	} > "$BATS_TEST_TMPDIR/$1.bats"
}

again() {	# NAME...
	"$BATS_TEST_DIRNAME/../lab/bats" --summary="$BATS_TEST_TMPDIR/sums" --again \
		"${@/#/$BATS_TEST_TMPDIR/}"
}

sum() {
	sed -n "s/^$1=//p" "$BATS_TEST_TMPDIR/sums"
}

setup() {
	file good <<< true
	file bad <<< false
	file unlucky <<< "[ -e '$BATS_TEST_TMPDIR/been' ] || { touch '$BATS_TEST_TMPDIR/been'; false; }"
}

@test "again: bad luck is shown, and counts as passed the second time" {
	run -0 again unlucky.bats good.bats
	[[ $output == *"FAIL "*"again, alone:"*"ok "*"unlucky.bats"* ]]
	[ "$(sum passed)" = 2 ]
	[ "$(sum failed)" = 0 ]
}

@test "again: a fault stays one" {
	run -1 again bad.bats good.bats
	[ "$(grep -c '^FAIL ' <<< "$output")" = 2 ]
	[ "$(sum passed)" = 1 ]
	[ "$(sum failed)" = 1 ]
}

@test "again: nothing has failed, nothing is run again" {
	run -0 again good.bats
	[[ $output != *again,* ]]
}

@test "again: not where more fail than bad luck explains" {
	for name in 1 2 3 4 5; do
		file "$name" <<< false
	done
	run -1 again 1.bats 2.bats 3.bats 4.bats 5.bats
	[[ $output != *again,* ]]
	[ "$(sum failed)" = 5 ]
}
