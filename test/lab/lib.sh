# SPDX-License-Identifier: GPL-2.0-or-later
# Where the lab keeps what it builds, and how it names it. Sourced on the host by the scripts here.
# shellcheck shell=bash disable=SC2034 # not all of it is used by all

lab_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
lab_root=$(dirname "$(dirname "$lab_dir")")
lab_cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/rawline-lab
lab_package=linux-source-6.12
lab_tarball=/usr/src/$lab_package.tar.xz

# lab_die WORD...: the lab itself failed
lab_die() {
	echo "test/lab/${0##*/}: $*" >&2
	exit 125
}

# lab_platforms: the names of all
lab_platforms() {
	(cd "$lab_dir/platforms" && echo *)
}

# lab_hash PATTERN...: of the names and contents of files under test/lab
lab_hash() {
	# shellcheck disable=SC2068 # patterns, to be expanded there
	(cd "$lab_dir" && sha256sum -- $@) | sha256sum | cut -c 1-12
}

# lab_version: of the source package, empty when it is not installed
lab_version() {
	# shellcheck disable=SC2016 # dpkg-query's own variable
	[ ! -f "$lab_tarball" ] || dpkg-query -W -f '${Version}' "$lab_package" 2>/dev/null || true
}

# lab_key KIND: names a kernel (kind linux or kasan) by all that decides what is in it
lab_key() {
	local version
	version=$(lab_version)
	echo "$1-${version//[^A-Za-z0-9.+-]/.}-$(lab_hash 'kernel/*')"
}

# lab_kernel KIND: the folder of the built kernel; where the source package is gone, that of any
# version built from our files. Status 1 when there is none.
lab_kernel() {
	local key kernel
	if [ -n "${LAB_KERNEL:-}" ]; then
		echo "$LAB_KERNEL"
		return
	fi
	key=$(lab_key "$1")
	for kernel in "$lab_cache/$key" "$lab_cache/$1"-*"-${key##*-}"; do
		if [ -x "$kernel/linux" ]; then
			echo "$kernel"
			return
		fi
	done
	return 1
}

# lab_programs: the folder of boot and init, compiled when they are not there yet
lab_programs() {
	local folder work
	folder=$lab_cache/programs-$(lab_hash 'src/*')
	if [ ! -d "$folder" ]; then
		mkdir -p "$lab_cache"
		work=$(mktemp -d "$lab_cache/.programs.XXXXXX")
		for program in boot init; do
			"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$work/$program" \
				"$lab_dir/src/$program.c" "$lab_dir/src/flow.c" >&2 || return 1
		done
		chmod 755 "$work"
		# Somebody else may have been faster.
		mv -T "$work" "$folder" 2>/dev/null || rm -rf "$work"
	fi
	echo "$folder"
}

# lab_device_tree PLATFORM[:PARAMETER...]: the name of the board it emulates, nothing for those that
# need none. The platform's file says it.
lab_device_tree() {
	# shellcheck disable=SC2016 # for the shell that is started
	LAB_DIR=$lab_dir sh -c '. "$LAB_DIR/platforms.sh" && lab_platform device_tree "$1"' sh "$1"
}

# lab_hardware KERNEL: the folder of the emulated hardware: modules for this kernel, device trees and
# test programs; compiled when they are not there yet
lab_hardware() {
	local kernel=$1 folder
	folder=$lab_cache/hardware-${1##*/}-$(lab_hash 'hardware/*')
	if [ ! -d "$folder" ]; then
		mkdir -p "$lab_cache"
		(
			flock 9
			[ -d "$folder" ] || lab_build_hardware "$kernel" "$folder"
		) 9>"$lab_cache/hardware.lock" >&2 || return 1
	fi
	echo "$folder"
}

lab_build_hardware() {
	local kernel=$1 folder=$2 work tree log
	rm -rf "$lab_cache"/.hardware.*
	work=$(mktemp -d "$lab_cache/.hardware.XXXXXX")
	log=$work.log
	cp "$lab_dir"/hardware/* "$work"
	if ! lab_compile_hardware "$kernel" "$work" >"$log" 2>&1; then
		cat "$log"
		rm -rf "$work" "$log"
		return 1
	fi
	rm -f "$log"
	chmod 755 "$work"
	mv -T "$work" "$folder"
}

# lab_copy_drivers KERNEL FOLDER: drivers that its Kconfig has for x86 only, with the kernel's Makefiles
# where they are for these alone. The OV7251's is there, but can't be without GPIOs (hardware/gpio.c).
lab_copy_drivers() {
	local kernel=$1/kdir/drivers folder=$2
	mkdir "$folder" &&
		cp -r "$kernel/media/pci/intel/ipu3" "$folder/cio2" &&
		cp -r "$kernel/staging/media/ipu3" "$folder/imgu" &&
		cp "$kernel/iommu/iova.c" "$kernel/media/i2c/ov7251.c" "$folder" &&
		cat >"$folder/Kbuild" <<-EOT
		subdir-ccflags-y := -DCONFIG_IOMMU_IOVA_MODULE
		ccflags-y := -DCONFIG_IOMMU_IOVA_MODULE
		CFLAGS_ov7251.o := -DCONFIG_GPIOLIB
		obj-m := iova.o ov7251.o cio2/ imgu/
		EOT
}

lab_compile_hardware() {
	local kernel=$1 work=$2 tree program
	lab_copy_drivers "$kernel" "$work/drivers" || return 1
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C \
		make -s -C "$kernel/kdir" ARCH=um M="$work" CONFIG_VIDEO_IPU3_CIO2=m \
		CONFIG_VIDEO_IPU3_IMGU=m modules || return 1
	mv "$work"/drivers/*.ko "$work"/drivers/*/*.ko "$work" || return 1
	for tree in "$work"/*.dts; do
		"$kernel/kdir/scripts/dtc/dtc" -i "$work" -O dtb -o "${tree%s}b" "$tree" || return 1
	done
	# Programs for tests share the scene with the modules, and see the headers of that kernel.
	mkdir "$work/bin" || return 1
	for program in scenecheck rkstats rkparams imgurun rpirun rpicheck cfecheck; do
		"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra \
			-Wno-address-of-packed-member -isystem "$kernel/headers" \
			-I "$kernel/kdir/drivers/staging/media/ipu3/include/uapi" \
			-o "$work/bin/$program" "$work/$program.c" "$work/scene.c" "$work/pisp.c" || return 1
	done
	lab_make_firmware "$kernel" "$work"
}

# lab_make_firmware KERNEL FOLDER: what the driver of the ImgU loads, where it looks first
lab_make_firmware() {
	local kernel=$1 work=$2 file
	file=$work/firmware/intel/ipu/irci_irci_ecr-master_20161208_0213_20170112_1500.bin
	mkdir -p "${file%/*}" || return 1
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-address-of-packed-member \
		-I "$kernel/kdir/drivers/staging/media/ipu3" -isystem "$kernel/headers" \
		-o "$work/bin/imgu-firmware" "$work/imgu-firmware.c" &&
		"$work/bin/imgu-firmware" "$file"
}
