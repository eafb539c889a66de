// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel that runs: which drivers it has, and which device waits for one. */
#include "common/device/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/base/text.h"

#define PATH_SIZE 768
#define LINE_SIZE 1024

#define CONFIG_GZ "/proc/config.gz"

static void path_of(const struct kernel *kernel, char path[static PATH_SIZE],
		    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void path_of(const struct kernel *kernel, char path[static PATH_SIZE],
		    const char *format, ...)
{
	int used = snprintf(path, PATH_SIZE, "%s", kernel->root);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + used, PATH_SIZE - (size_t)used, format, arguments);
	va_end(arguments);
}

/* The folder that modprobe is told of by -d or --dirname, "" if it is not. */
static void find_folder(char *folder, size_t size)
{
	const char *options = getenv("MODPROBE_OPTIONS");
	const char *word = options ? strstr(options, "-d ") : NULL;

	folder[0] = '\0';
	if (!word)
		return;
	word += strlen("-d ");
	word += strspn(word, " ");
	snprintf(folder, size, "%.*s", (int)strcspn(word, " "), word);
}

void kernel_init(struct kernel *kernel, const char *root)
{
	struct utsname name;
	char folder[256];

	memset(kernel, 0, sizeof(*kernel));
	snprintf(kernel->root, sizeof(kernel->root), "%s", root);
	if (uname(&name) == 0)
		snprintf(kernel->release, sizeof(kernel->release), "%s", name.release);
	find_folder(folder, sizeof(folder));
	snprintf(kernel->modules, sizeof(kernel->modules), "%s/lib/modules/%s",
		 kernel->root[0] ? kernel->root : folder, kernel->release);
}

/* ---- modules ---- */

static bool is_same_name(const char *one, const char *other, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (one[i] != other[i] && !(strchr("-_", one[i]) && strchr("-_", other[i])))
			return false;
	return true;
}

/* "kernel/drivers/media/usb/uvc/uvcvideo.ko.xz: …" is uvcvideo's line. */
static bool is_line_of(const char *line, const char *name)
{
	size_t length = strlen(name), whole = strcspn(line, ":\n");
	const char *slash = memrchr(line, '/', whole);
	const char *begin = slash ? slash + 1 : line;

	return strlen(begin) > length && is_same_name(begin, name, length) &&
	       text_starts_with(begin + length, ".ko");
}

/* 1 if the list has a line of the module, 0 if not, -errno if there is no list. */
static int is_listed(const struct kernel *kernel, const char *list, const char *name)
{
	char path[PATH_SIZE], line[LINE_SIZE];
	bool found = false, begins = true;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", kernel->modules, list);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file)) {
		found = begins && is_line_of(line, name);
		begins = strchr(line, '\n');
	}
	fclose(file);
	return found;
}

/* As its folder in sysfs is called. */
static void normalise(const char *name, char normal[static KERNEL_NAME_SIZE])
{
	snprintf(normal, KERNEL_NAME_SIZE, "%s", name);
	for (char *c = normal; *c; c++)
		if (*c == '-')
			*c = '_';
}

enum kernel_module kernel_find_module(const struct kernel *kernel, const char *name)
{
	char path[PATH_SIZE], normal[KERNEL_NAME_SIZE];
	int ret;

	normalise(name, normal);
	path_of(kernel, path, "/sys/module/%s/initstate", normal);
	if (access(path, F_OK) == 0)
		return KERNEL_LOADED;
	path_of(kernel, path, "/sys/module/%s", normal);
	if (access(path, F_OK) == 0 || is_listed(kernel, "modules.builtin", name) > 0)
		return KERNEL_BUILTIN;
	ret = is_listed(kernel, "modules.dep", name);
	if (ret < 0)
		return KERNEL_UNKNOWN;
	return ret ? KERNEL_AVAILABLE : KERNEL_ABSENT;
}

int kernel_parameter(const struct kernel *kernel, const char *module, const char *name,
		     char *value, size_t size)
{
	char path[PATH_SIZE], normal[KERNEL_NAME_SIZE];

	normalise(module, normal);
	path_of(kernel, path, "/sys/module/%s/parameters/%s", normal, name);
	return sys_read_text(path, value, size);
}

/* "alias usb:v*ic0Eisc01ip00in* uvcvideo" */
static bool matches_alias(char *line, const char *modalias,
			  char name[static KERNEL_NAME_SIZE])
{
	char *rest = line;
	const char *word = strsep(&rest, " \n");
	const char *pattern = rest ? strsep(&rest, " \n") : NULL;
	const char *module = rest ? strsep(&rest, " \n") : NULL;

	if (!module || strcmp(word, "alias") != 0 || fnmatch(pattern, modalias, 0) != 0)
		return false;
	snprintf(name, KERNEL_NAME_SIZE, "%s", module);
	return true;
}

bool kernel_module_for(const struct kernel *kernel, const char *modalias,
		       char name[static KERNEL_NAME_SIZE])
{
	char path[PATH_SIZE], line[LINE_SIZE];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/modules.alias", kernel->modules);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = matches_alias(line, modalias, name);
	fclose(file);
	return found;
}

/* ---- configuration ---- */

/* "CONFIG_USB_VIDEO_CLASS=m"; what is not there was not chosen. */
static char option_in(FILE *file, const char *name)
{
	char line[LINE_SIZE], value = 'n';
	size_t length = strlen(name);

	while (fgets(line, sizeof(line), file))
		if (text_starts_with(line, "CONFIG_") &&
		    text_starts_with(line + strlen("CONFIG_"), name) &&
		    line[strlen("CONFIG_") + length] == '=')
			value = line[strlen("CONFIG_") + length + 1];
	return value;
}

/* Some kernels carry their own, compressed. */
static char running_option(const struct kernel *kernel, const char *name)
{
	char value = '?';
	FILE *file;

	if (kernel->root[0] || access(CONFIG_GZ, R_OK) < 0)
		return value;
	file = popen("gzip -dc " CONFIG_GZ " 2>/dev/null", "re");
	if (!file)
		return value;
	value = option_in(file, name);
	/* Without gzip nothing was read, and nothing is known. */
	return pclose(file) == 0 ? value : '?';
}

char kernel_option(const struct kernel *kernel, const char *name)
{
	char path[PATH_SIZE], value;
	FILE *file;

	path_of(kernel, path, "/boot/config-%s", kernel->release);
	file = fopen(path, "re");
	if (!file) {
		snprintf(path, sizeof(path), "%s/config", kernel->modules);
		file = fopen(path, "re");
	}
	if (!file)
		return running_option(kernel, name);
	value = option_in(file, name);
	fclose(file);
	return value;
}

/* ---- devices ---- */

static bool matches_any(const char *const *patterns, const char *modalias)
{
	if (!patterns)
		return true;
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, modalias, 0) == 0)
			return true;
	return false;
}

static void read_driver(const struct kernel *kernel, struct kernel_device *device)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	const char *slash;
	ssize_t length;

	path_of(kernel, path, "/sys/bus/%s/devices/%s/driver", device->bus, device->name);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	slash = strrchr(target, '/');
	snprintf(device->driver, sizeof(device->driver), "%.*s", KERNEL_NAME_SIZE - 1,
		 slash ? slash + 1 : "");
}

void kernel_each_device(const struct kernel *kernel, const char *bus,
			const char *const *patterns, kernel_device_fn *visit, void *context)
{
	struct kernel_device device = { .bus = bus };
	struct dirent *entry;
	char path[PATH_SIZE];
	bool goes_on = true;
	DIR *folder;

	path_of(kernel, path, "/sys/bus/%s/devices", bus);
	folder = opendir(path);
	while (folder && goes_on && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(device.name, sizeof(device.name), "%.*s", KERNEL_NAME_SIZE - 1,
			 entry->d_name);
		path_of(kernel, path, "/sys/bus/%s/devices/%s/modalias", bus, device.name);
		if (sys_read_text(path, device.modalias, sizeof(device.modalias)) <= 0 ||
		    !matches_any(patterns, device.modalias))
			continue;
		read_driver(kernel, &device);
		goes_on = visit(context, &device);
	}
	if (folder)
		closedir(folder);
}

/* "e0910000.isp\tplatform: wait for supplier …" */
bool kernel_is_deferred(const struct kernel *kernel, const char *device, char *reason,
			size_t size)
{
	char path[PATH_SIZE], line[LINE_SIZE];
	size_t length = strlen(device);
	bool found = false;
	FILE *file;

	path_of(kernel, path, "/sys/kernel/debug/devices_deferred");
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = text_starts_with(line, device) &&
			(line[length] == '\t' || line[length] == '\0');
		if (found)
			snprintf(reason, size, "%s", line[length] ? line + length + 1 : "");
	}
	fclose(file);
	return found;
}
