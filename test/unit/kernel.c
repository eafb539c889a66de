// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of the kernel's drivers, from folders made up for the test. */
#include "common/device/kernel.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "test/unit/test.h"

static char root[] = "/tmp/rawline-kernel-XXXXXX";
static struct kernel kernel;

static void path_of(char path[static 512], const char *name)
{
	struct utsname names;
	const char *release = strstr(name, "RELEASE");

	uname(&names);
	if (release)
		snprintf(path, 512, "%s/%.*s%s%s", root, (int)(release - name), name,
			 names.release, release + strlen("RELEASE"));
	else
		snprintf(path, 512, "%s/%s", root, name);
}

static void make_folders(char *path)
{
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

/* A file below root; RELEASE in its name is that of this kernel. */
static void write_file(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	path_of(path, name);
	make_folders(path);
	file = fopen(path, "w");
	if (!CHECK(file))
		return;
	fputs(text, file);
	fclose(file);
}

static void link_to(const char *name, const char *target)
{
	char path[512];

	path_of(path, name);
	make_folders(path);
	CHECK_EQ(symlink(target, path), 0);
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

static void test_modules(void)
{
	test_case("module: none are installed for this kernel");
	CHECK_EQ(kernel_find_module(&kernel, "uvcvideo"), KERNEL_UNKNOWN);

	write_file("lib/modules/RELEASE/modules.dep",
		   "kernel/drivers/media/usb/uvc/uvcvideo.ko.xz: kernel/a/videodev.ko.xz\n"
		   "kernel/drivers/media/platform/rockchip/rkisp1/rockchip-isp1.ko:\n"
		   "kernel/drivers/media/pci/intel/ipu3/ipu3-cio2.ko.zst:\n");
	write_file("lib/modules/RELEASE/modules.builtin", "kernel/drivers/media/mc/mc.ko\n");

	test_case("module: available, however its name is written, packed or not");
	CHECK_EQ(kernel_find_module(&kernel, "uvcvideo"), KERNEL_AVAILABLE);
	CHECK_EQ(kernel_find_module(&kernel, "rockchip_isp1"), KERNEL_AVAILABLE);
	CHECK_EQ(kernel_find_module(&kernel, "ipu3_cio2"), KERNEL_AVAILABLE);

	test_case("module: one that others only need has no line of its own");
	CHECK_EQ(kernel_find_module(&kernel, "videodev"), KERNEL_ABSENT);

	test_case("module: not there, also if another begins like it");
	CHECK_EQ(kernel_find_module(&kernel, "uvc"), KERNEL_ABSENT);
	CHECK_EQ(kernel_find_module(&kernel, "video"), KERNEL_ABSENT);
	CHECK_EQ(kernel_find_module(&kernel, "uvcvideo2"), KERNEL_ABSENT);

	test_case("module: loaded, built in");
	write_file("sys/module/ipu3_cio2/initstate", "live\n");
	write_file("sys/module/vimc/parameters/allocator", "1\n");
	CHECK_EQ(kernel_find_module(&kernel, "ipu3-cio2"), KERNEL_LOADED);
	CHECK_EQ(kernel_find_module(&kernel, "vimc"), KERNEL_BUILTIN);
	CHECK_EQ(kernel_find_module(&kernel, "mc"), KERNEL_BUILTIN);
}

static void test_parameters(void)
{
	char value[16];

	test_case("parameter: its value, or none");
	CHECK_EQ(kernel_parameter(&kernel, "vimc", "allocator", value, sizeof(value)), 1);
	CHECK_STR_EQ(value, "1");
	CHECK_EQ(kernel_parameter(&kernel, "vimc", "nothing", value, sizeof(value)), -ENOENT);
	CHECK_STR_EQ(value, "");
}

static void test_options(void)
{
	test_case("option: no file tells");
	CHECK_EQ(kernel_option(&kernel, "VIDEO_VIMC"), '?');

	test_case("option: yes, module, not chosen, not known to this kernel");
	write_file("boot/config-RELEASE", "CONFIG_VIDEO_VIMC=m\n"
					  "CONFIG_MEDIA_SUPPORT=y\n"
					  "# CONFIG_USB_VIDEO_CLASS is not set\n");
	CHECK_EQ(kernel_option(&kernel, "VIDEO_VIMC"), 'm');
	CHECK_EQ(kernel_option(&kernel, "MEDIA_SUPPORT"), 'y');
	CHECK_EQ(kernel_option(&kernel, "USB_VIDEO_CLASS"), 'n');
	CHECK_EQ(kernel_option(&kernel, "VIDEO"), 'n');
}

struct seen {
	unsigned count;
	struct kernel_device last;
};

static bool see(void *context, const struct kernel_device *device)
{
	struct seen *seen = context;

	seen->count++;
	seen->last = *device;
	return true;
}

static void test_devices(void)
{
	static const char *const patterns[] = { "pci:v00008086d00009D32*", NULL };
	struct seen seen = { 0 };
	char name[KERNEL_NAME_SIZE], reason[64];

	test_case("devices: a bus that is not there has none");
	kernel_each_device(&kernel, "pci", NULL, see, &seen);
	CHECK_EQ(seen.count, 0);

	test_case("devices: by modalias, with and without a driver");
	write_file("sys/bus/pci/devices/0000:00:14.3/modalias",
		   "pci:v00008086d00009D32sv0000\n");
	write_file("sys/bus/pci/devices/0000:00:05.0/modalias",
		   "pci:v00008086d00001919sv0000\n");
	kernel_each_device(&kernel, "pci", patterns, see, &seen);
	CHECK_EQ(seen.count, 1);
	CHECK_STR_EQ(seen.last.name, "0000:00:14.3");
	CHECK_STR_EQ(seen.last.driver, "");
	link_to("sys/bus/pci/devices/0000:00:14.3/driver", "../../drivers/ipu3-cio2");
	kernel_each_device(&kernel, "pci", patterns, see, &seen);
	CHECK_STR_EQ(seen.last.driver, "ipu3-cio2");
	seen.count = 0;
	kernel_each_device(&kernel, "pci", NULL, see, &seen);
	CHECK_EQ(seen.count, 2);

	test_case("devices: which module one asks for");
	CHECK(!kernel_module_for(&kernel, "of:NcameraT(null)Csony,imx219", name));
	write_file("lib/modules/RELEASE/modules.alias",
		   "# Aliases extracted from modules themselves.\n"
		   "alias of:N*T*Csony,imx219C* imx219\n"
		   "alias of:N*T*Csony,imx219 imx219\n"
		   "alias acpi*:INT3479:* ov5670\n");
	CHECK(kernel_module_for(&kernel, "of:NcameraT(null)Csony,imx219", name));
	CHECK_STR_EQ(name, "imx219");
	CHECK(kernel_module_for(&kernel, "acpi:INT3479:", name));
	CHECK_STR_EQ(name, "ov5670");
	CHECK(!kernel_module_for(&kernel, "of:NcameraT(null)Csony,imx2199", name));

	test_case("devices: what one waits for");
	CHECK(!kernel_is_deferred(&kernel, "e0910000.isp", reason, sizeof(reason)));
	write_file("sys/kernel/debug/devices_deferred",
		   "e0910000.isp2\tno\n"
		   "e0910000.isp\tplatform: wait for supplier clock\n"
		   "0-0010\n");
	CHECK(kernel_is_deferred(&kernel, "e0910000.isp", reason, sizeof(reason)));
	CHECK_STR_EQ(reason, "platform: wait for supplier clock");
	CHECK(kernel_is_deferred(&kernel, "0-0010", reason, sizeof(reason)));
	CHECK_STR_EQ(reason, "");
	CHECK(!kernel_is_deferred(&kernel, "0-001", reason, sizeof(reason)));
}

static void test_folder(void)
{
	struct kernel there;

	test_case("modules: where modprobe is told to look");
	setenv("MODPROBE_OPTIONS", "-q -d /else/where", 1);
	kernel_init(&there, "");
	CHECK(strstr(there.modules, "/else/where/lib/modules/") == there.modules);
	unsetenv("MODPROBE_OPTIONS");
	kernel_init(&there, "");
	CHECK(strstr(there.modules, "/lib/modules/") == there.modules);
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	kernel_init(&kernel, root);
	test_modules();
	test_parameters();
	test_options();
	test_devices();
	test_folder();
	nftw(root, drop, 8, FTW_DEPTH | FTW_PHYS);
	return test_done();
}
