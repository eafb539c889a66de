/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel that runs: which drivers it has, whether they are loaded, and which device waits
 * for one.
 *
 * Rests on Documentation/ABI/testing/sysfs-module, sysfs-bus-* (modalias, driver), and the
 * files of depmod(8): modules.dep, modules.builtin, modules.alias.
 */
#ifndef RAWLINE_KERNEL_H
#define RAWLINE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

struct kernel {
	char root[128];    /* in front of all paths; "": this machine */
	char release[65];  /* "6.1.0-13-amd64" */
	char modules[384]; /* the folder of its modules; it need not be there */
};

enum kernel_module {
	KERNEL_LOADED,
	KERNEL_BUILTIN,
	KERNEL_AVAILABLE, /* modprobe would load it */
	KERNEL_ABSENT,
	KERNEL_UNKNOWN, /* no modules are installed for this kernel */
};

#define KERNEL_NAME_SIZE 64

/*
 * root is "", or a folder that holds sys/, lib/ and so on (for tests). Modules are looked for
 * where modprobe does, so $MODPROBE_OPTIONS may name another folder (-d).
 */
void kernel_init(struct kernel *kernel, const char *root);

/* The state of a module, whichever of "-" and "_" its name is written with. */
enum kernel_module kernel_find_module(const struct kernel *kernel, const char *name);

/* 'y', 'm' or 'n' of CONFIG_name; '?' if no file tells how this kernel was configured. */
char kernel_option(const struct kernel *kernel, const char *name);

/* A module's parameter. Its length or -errno; "" then. */
int kernel_parameter(const struct kernel *kernel, const char *module, const char *name,
		     char *value, size_t size);

/* The module that a device of this modalias asks for; false: there is none. */
bool kernel_module_for(const struct kernel *kernel, const char *modalias,
		       char name[static KERNEL_NAME_SIZE]);

/* A device on a bus ("usb", "platform", "pci", "i2c"). */
struct kernel_device {
	const char *bus;
	char name[KERNEL_NAME_SIZE];   /* "0000:00:14.3" */
	char driver[KERNEL_NAME_SIZE]; /* "": none */
	char modalias[256];
};

/* Called for each; true goes on. */
typedef bool kernel_device_fn(void *context, const struct kernel_device *device);

/*
 * All devices of a bus whose modalias matches one of the patterns (fnmatch(3), NULL at the
 * end; NULL: any), in no order.
 */
void kernel_each_device(const struct kernel *kernel, const char *bus,
			const char *const *patterns, kernel_device_fn *visit, void *context);

/*
 * What a device waits for that deferred its probe, as the kernel's list has it ("" if it says
 * nothing). False: it is not in the list, or the list is not ours to read.
 */
bool kernel_is_deferred(const struct kernel *kernel, const char *device, char *reason,
			size_t size);

#endif
