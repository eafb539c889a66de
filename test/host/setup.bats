#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: none
# scripts/setup: asks nobody when all is there, names what is not.
# The programs it sees are links in a folder; apt-get and sudo there are ours and write down
# what they were asked for.

bats_require_minimum_version 1.5.0

setup() {
	setup=$BATS_TEST_DIRNAME/../../scripts/setup
	bin=$BATS_TEST_TMPDIR/bin
	asked=$BATS_TEST_TMPDIR/asked
	mkdir "$bin"
	for folder in /bin /usr/bin /usr/local/bin; do
		ln -sf "$folder"/* "$bin"
	done
	rm -f "$bin"/{apt-get,sudo}
	touch "$asked"
}

# Our own of a program; "$@" are its arguments.
fake() {	# PROGRAM LINE
	# What is there is a link to the machine's own program: never write through it.
	rm -f "$bin/$1"
	printf '#!/bin/sh\n%s\n' "$2" > "$bin/$1"
	chmod +x "$bin/$1"
}

fake_apt() {
	fake apt-get "echo \"apt-get \$*\" >> '$asked'
		case \$* in *install*jq*) ln -sf /usr/bin/jq '$bin';; esac"
}

with_bin() {	# [WORD...] before the command
	PATH=$bin "$@"
}

not_root() {
	fake id 'echo 1000'
}

@test "setup: all is there, silent, and neither apt-get nor sudo is run" {
	fake_apt
	fake sudo "echo sudo >> '$asked'"
	not_root
	run -0 with_bin "$setup"
	[ -z "$output" ]
	[ ! -s "$asked" ]
}

@test "setup: root lacks a command, apt-get installs just that" {
	fake_apt
	fake id 'echo 0'
	rm "$bin/jq"
	run -0 with_bin "$setup"
	[[ $output == "setup: installing jq" ]]
	[[ $(cat "$asked") == *"install -y --no-install-recommends jq" ]]
	[ "$(wc -l < "$asked")" = 1 ]
}

@test "setup: apt-get knows no packages yet, its lists are fetched first" {
	fake id 'echo 0'
	fake apt-get "echo \"apt-get \$*\" >> '$asked'
		case \$* in
		*update) touch '$asked.lists' ;;
		*install*) [ -e '$asked.lists' ] && ln -sf /usr/bin/jq '$bin' ;;
		esac"
	rm "$bin/jq"
	run -0 with_bin "$setup"
	[ "$(grep -c install "$asked")" = 2 ]
	[[ $(sed -n 2p "$asked") == *update ]]
}

@test "setup: a user with sudo, used for apt-get alone" {
	fake_apt
	not_root
	fake sudo "echo \"sudo \$*\" >> '$asked'; [ \"\$1\" != -n ] || shift; exec \"\$@\""
	rm "$bin/jq"
	run -0 with_bin "$setup"
	[ "$(grep '^sudo' "$asked" | grep -v -e 'sudo -n true' -e apt-get)" = "" ]
	grep -q '^apt-get.* install .* jq$' "$asked"
}

@test "setup: a user without sudo, the missing packages are named, status 1" {
	fake_apt
	not_root
	rm "$bin"/{jq,strace}
	run -1 with_bin "$setup"
	[ "$output" = "setup: neither root nor sudo; as root: apt-get install jq strace" ]
	[ ! -s "$asked" ]
}

@test "setup: not a Debian, the missing packages are named, status 1" {
	rm "$bin"/{jq,clang}
	run -1 with_bin "$setup"
	[[ $output == "setup: not a Debian;"*"missing: clang jq" ]]
}

@test "setup: no compiler and no pkg-config, what needs them to be seen counts as missing" {
	rm "$bin"/{gcc,pkg-config}
	run -1 with_bin "$setup"
	[[ $output == *"gcc libc6-dev pkg-config libudev-dev libdrm-dev libjpeg-dev libpng-dev libtiff-dev liburing-dev libyuv-dev"* ]]
}

@test "setup: apt-get cannot, status 1 and the packages named" {
	fake id 'echo 0'
	fake apt-get 'exit 100'
	rm "$bin/jq"
	run -1 with_bin "$setup"
	[[ $output == *"setup: apt could not install: jq" ]]
}

@test "setup: the demo needs no linters, only bench needs yavta" {
	rm "$bin"/{shellcheck,valgrind}
	rm -f "$bin/yavta"
	run -0 with_bin "$setup" demo
	run -1 with_bin "$setup" bench
	[[ $output == *shellcheck*valgrind*yavta ]]
}

@test "setup: --list names packages and installs nothing" {
	fake_apt
	rm "$bin/jq"
	run -0 with_bin "$setup" --list
	[[ $output == *gcc*linux-source-6.12*jq* ]]
	[[ $output != *yavta* ]]
	[ ! -s "$asked" ]
}

@test "setup: a word it does not know, usage and status 2" {
	run -2 "$setup" everything
	[[ $output == "usage: "* ]]
}
