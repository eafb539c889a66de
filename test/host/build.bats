#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# The Makefile: what it finds, what it builds again, what it installs.
# Uses the build that `make check` made ($RAWLINE_BUILD) where it needs one.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	unset MAKEFLAGS MFLAGS MAKELEVEL O CC CFLAGS CPPFLAGS LDFLAGS
	fresh=$BATS_TEST_TMPDIR/build
	: "${RAWLINE_BUILD:=$PWD/build}"
}

# The finished build, with the flags that it was made with.
finished() {
	make --no-print-directory O="$RAWLINE_BUILD" WERROR=1 "$@"
}

config() {	# [VARIABLE=VALUE...]
	make --no-print-directory O="$fresh" "$@" config
}

program() {	# NAME < script
	{ echo '#!/bin/sh'; cat; } > "$BATS_TEST_TMPDIR/$1"
	chmod +x "$BATS_TEST_TMPDIR/$1"
	echo "$BATS_TEST_TMPDIR/$1"
}

@test "make: a second time, nothing to do" {
	finished all
	run -0 finished all
	[[ $output == *"Nothing to be done for 'all'." ]]
}

@test "make: other flags or another version, what they touch is built again and nothing else" {
	log=$fresh/common/base/log.o
	run -0 make O="$fresh" "$log"
	[[ $output == *common/base/log.o* ]]
	run -0 make O="$fresh" "$log"
	[[ $output == *"is up to date." ]]
	run -0 make O="$fresh" "$log" V=1 CFLAGS=-O1
	[[ $output == *"-O1 -MMD"*common/base/log.c ]]
	run -0 make O="$fresh" "$log" V=1 CFLAGS=-O1 VERSION=7
	[[ $output == *"is up to date." ]]
}

@test "make clean, help: nothing is probed" {
	run -0 make O="$fresh" clean help CC=false
	[ ! -e "$fresh" ]
	[[ $output == *"uninstall"* ]]
}

@test "make config: names core and optional libraries, argp, compiler and flags" {
	run -0 config
	for word in libudev libdrm libjpeg libpng libyuv argp compiler version; do
		grep -q "^$word  *[^ ]" <<< "$output"
	done
	grep -q '^compile .* -Wall .* -fPIE -fstack-protector-strong ' <<< "$output"
	grep -q '^link .* -Wl,-z,relro ' <<< "$output"
}

@test "make: a core library is missing, its Debian package is named" {
	pkg_config=$(program pkg-config <<< 'case $* in *libdrm*) exit 1;; esac; exec pkg-config "$@"')
	run -2 config PKG_CONFIG="$pkg_config"
	[[ $output == *"missing libraries, install (Debian names): libdrm-dev"* ]]
	[ ! -e "$fresh/config.mk" ]
}

@test "make: an optional library is missing, config says so and nothing is defined for it" {
	pkg_config=$(program pkg-config <<< 'case $* in *libpng*) exit 1;; esac; exec pkg-config "$@"')
	run -0 config PKG_CONFIG="$pkg_config"
	grep -q '^libpng  *no  *optional (Debian: libpng-dev)' <<< "$output"
	[[ $output != *HAVE_LIBPNG* ]]
	run -0 config
	[[ $output == *-DHAVE_LIBPNG* ]]
}

@test "make: no libjpeg, config says so; with it, it is linked" {
	pkg_config=$(program pkg-config <<< 'case $* in *libjpeg*) exit 1;; esac; exec pkg-config "$@"')
	run -0 config PKG_CONFIG="$pkg_config"
	grep -q '^libjpeg  *no  *optional (Debian: libjpeg-dev)' <<< "$output"
	[[ $output != *HAVE_LIBJPEG* ]]
	run -0 config
	[[ $output == *-DHAVE_LIBJPEG* ]]
	[[ $(grep ^libraries <<< "$output") == *-ljpeg* ]]
}

@test "make: no libyuv header, config says so; with it, its soname is known and not linked" {
	cc=$(program cc <<< 'exec gcc -Dlibyuv_hidden -include /dev/null -isystem "${0%/*}/hide" "$@"')
	mkdir -p "$BATS_TEST_TMPDIR/hide"
	echo '#error hidden' > "$BATS_TEST_TMPDIR/hide/libyuv.h"
	run -0 config CC="$cc"
	grep -q '^libyuv  *no  *optional' <<< "$output"
	run -0 config
	[[ $output == *"-DLIBYUV_SONAME='\"libyuv.so."* ]]
	[[ $(grep ^libraries <<< "$output") != *yuv* ]]
}

@test "make: no libtiff, config says so; with it, its soname is known; only what calls it is linked with it" {
	pkg_config=$(program pkg-config <<< 'case $* in *libtiff*) exit 1;; esac; exec pkg-config "$@"')
	run -0 config PKG_CONFIG="$pkg_config"
	grep -q '^libtiff  *no  *optional (Debian: libtiff-dev)' <<< "$output"
	[[ $output != *LIBTIFF* ]]
	run -0 config
	[[ $output == *"-DHAVE_LIBTIFF "*" -DLIBTIFF_SONAME='\"libtiff.so."* ]]
	[[ $(grep ^link <<< "$output") == *--as-needed* ]]
}

@test "make: no argp in the C library, taken from libargp" {
	cc=$(program cc <<< '
		case $* in
		*-largp*) exec gcc $(printf "%s\n" "$@" | grep -v -e -largp) ;;
		*a.c*) ! grep -q argp.h $(printf "%s\n" "$@" | grep "a\.c$") || exit 1 ;;
		esac
		exec gcc "$@"')
	run -0 config CC="$cc"
	grep -q '^argp  *libargp$' <<< "$output"
	grep -q '^libraries .*-largp' <<< "$output"
}

@test "make: no argp anywhere, a clear error" {
	cc=$(program cc <<< '
		case $* in *a.c*) ! grep -q argp.h $(printf "%s\n" "$@" | grep "a\.c$") || exit 1 ;; esac
		exec gcc "$@"')
	run -2 config CC="$cc"
	[[ $output == *"no argp: neither the C library nor libargp has it"* ]]
}

@test "make: no compiler, a clear error" {
	run -2 config CC=no-such-compiler
	[[ $output == *"the C compiler 'no-such-compiler' cannot make a program"* ]]
}

@test "make: a warning flag the compiler refuses is left out, the others stay" {
	cc=$(program cc <<< 'case $* in *-Wtrampolines*) exit 1;; esac; exec gcc "$@"')
	run -0 config CC="$cc"
	[[ $output == *-Wjump-misses-init* ]]
	[[ $output != *-Wtrampolines* ]]
}

@test "make: the user's flags come last, and his level of fortification is his" {
	run -0 config CFLAGS='-O3 -D_FORTIFY_SOURCE=1' CPPFLAGS=-DMINE LDFLAGS=-Wl,-z,lazy
	[[ $(grep ^compile <<< "$output") == *" -DMINE -O3 -D_FORTIFY_SOURCE=1" ]]
	[[ $output != *_FORTIFY_SOURCE=[23]* ]]
	[[ $(grep ^link <<< "$output") == *" -Wl,-z,lazy" ]]
	run -0 config CFLAGS=-O0
	[[ $output != *-D_FORTIFY_SOURCE* ]]
}

@test "make install: into DESTDIR under prefix, all of it taken away by uninstall" {
	finished install DESTDIR="$BATS_TEST_TMPDIR/root" prefix=/opt/r
	run -0 find "$BATS_TEST_TMPDIR/root" -type f ! -path "*/root/opt/r/*"
	[ -z "$output" ]
	for tool in $(finished config | sed -n 's/^tools *//p'); do
		[ -x "$BATS_TEST_TMPDIR/root/opt/r/bin/$tool" ]
		[ -f "$BATS_TEST_TMPDIR/root/opt/r/share/man/man1/$tool.1" ]
		[ -f "$BATS_TEST_TMPDIR/root/opt/r/share/bash-completion/completions/$tool" ]
	done
	[ -f "$BATS_TEST_TMPDIR/root/opt/r/share/rawline/tuning/imx219.json" ]
	[ -f "$BATS_TEST_TMPDIR/root/opt/r/lib/udev/rules.d/70-rawline.rules" ]
	finished uninstall DESTDIR="$BATS_TEST_TMPDIR/root" prefix=/opt/r
	run -0 find "$BATS_TEST_TMPDIR/root" -type f
	[ -z "$output" ]
}

@test "make: the tools are hardened" {
	finished all
	for tool in $(finished config | sed -n 's/^tools *//p'); do
		run -0 readelf -Wdlh "$RAWLINE_BUILD/$tool"
		grep -q 'Type: *DYN' <<< "$output"
		grep -q 'GNU_RELRO' <<< "$output"
		grep -q 'BIND_NOW\|NOW' <<< "$output"
		grep -q 'GNU_STACK .* RW ' <<< "$output"
		[[ $output != *libyuv* ]]
		[[ $output != *libstdc* ]]
		run -0 readelf -Ws --dyn-syms "$RAWLINE_BUILD/$tool"
		[[ $output == *__stack_chk_fail* ]]
	done
}

@test "make dist: the same bytes twice, with the version inside and no git" {
	[ -e .git ] || skip "not a git tree"
	mkdir "$BATS_TEST_TMPDIR"/{1,2,tree}
	git clone -q . "$BATS_TEST_TMPDIR/clone"
	cp Makefile "$BATS_TEST_TMPDIR/clone"
	cp scripts/{dist,version} "$BATS_TEST_TMPDIR/clone/scripts"
	for n in 1 2; do
		make -s -C "$BATS_TEST_TMPDIR/clone" dist
		mv "$BATS_TEST_TMPDIR"/clone/rawline-*.tar.gz "$BATS_TEST_TMPDIR/$n"
		sleep 1.1
	done
	cmp "$BATS_TEST_TMPDIR"/1/*.gz "$BATS_TEST_TMPDIR"/2/*.gz
	tar -C "$BATS_TEST_TMPDIR/tree" -xzf "$BATS_TEST_TMPDIR"/1/*.gz
	cd "$BATS_TEST_TMPDIR"/tree/rawline-*
	[ "${PWD##*/}" = "rawline-$(cat VERSION)" ]
	[ "$(scripts/version)" = "$(cat VERSION)" ]
	[ ! -e .git ]
}
