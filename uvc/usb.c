// SPDX-License-Identifier: GPL-2.0-or-later
/* The USB that a camera hangs on: how fast it runs, what its endpoint and its bus carry. */
#include "uvc/usb.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/sys.h"
#include "common/base/text.h"

#define MAX_DESCRIPTORS 8192

/* Types of descriptors, and the class of interfaces that stream. */
#define INTERFACE          4
#define ENDPOINT           5
#define ENDPOINT_COMPANION 48
#define CLASS_VIDEO        14
#define SUBCLASS_STREAMING 2

enum transfer { ISOCHRONOUS = 1, BULK = 2 };

/* What is carried at each speed: by one bulk endpoint, and by all isochronous ones together. */
static const struct {
	unsigned speed_mbit;
	unsigned intervals_hz; /* frames, microframes */
	uint64_t bulk_bytes;
	uint64_t isochronous_bytes;
} speeds[] = {
	{ 12, 1000, 19 * 64 * 1000, 1500000 * UINT64_C(90) / 100 },
	{ 480, 8000, 13 * 512 * 8000, 60000000 * UINT64_C(80) / 100 },
	{ 5000, 8000, 400000000, 500000000 * UINT64_C(80) / 100 },
	{ 10000, 8000, 900000000, 1200000000 * UINT64_C(80) / 100 },
};

#define NUM_SPEEDS (sizeof(speeds) / sizeof(speeds[0]))

/* The row of a speed; NULL: not known. */
static int find_speed(unsigned speed_mbit)
{
	for (size_t i = 0; i < NUM_SPEEDS; i++)
		if (speeds[i].speed_mbit == speed_mbit)
			return (int)i;
	return -1;
}

/* Up to three packets in a microframe; every 2^(n-1)th of these. */
static uint64_t endpoint_bytes(const uint8_t *endpoint, int speed)
{
	unsigned packet = (endpoint[4] | (unsigned)endpoint[5] << 8) & 0x7ff;
	unsigned packets = 1 + (((unsigned)endpoint[5] >> 3) & 3);
	unsigned skipped = endpoint[6] ? (endpoint[6] - 1u) & 15 : 0;

	if ((endpoint[3] & 3) == BULK)
		return speeds[speed].bulk_bytes;
	return (uint64_t)packet * packets * speeds[speed].intervals_hz >> skipped;
}

uint64_t uvc_usb_stream_bytes(const uint8_t *descriptors, size_t size,
			      unsigned speed_mbit, bool *is_isochronous)
{
	const uint8_t *end = descriptors + size, *endpoint = NULL;
	int speed = find_speed(speed_mbit);
	bool streams = false;
	uint64_t bytes, most = 0;

	*is_isochronous = false;
	for (const uint8_t *d = descriptors; speed >= 0 && end - d >= 2; d += d[0]) {
		if (d[0] < 2 || d[0] > end - d)
			break;
		bytes = 0;
		if (d[1] == INTERFACE && d[0] >= 9) {
			streams = d[5] == CLASS_VIDEO && d[6] == SUBCLASS_STREAMING;
			endpoint = NULL;
		} else if (d[1] == ENDPOINT && d[0] >= 7 && streams) {
			endpoint = d;
			bytes = endpoint_bytes(d, speed);
			*is_isochronous |= (d[3] & 3) == ISOCHRONOUS;
		} else if (d[1] == ENDPOINT_COMPANION && d[0] >= 6 && endpoint &&
			   (endpoint[3] & 3) == ISOCHRONOUS) {
			bytes = (uint64_t)(d[4] | (unsigned)d[5] << 8) *
				speeds[speed].intervals_hz;
		}
		if (bytes > most)
			most = bytes;
	}
	return most;
}

/* ---- sysfs ---- */

static uint64_t read_stream_bytes(const char *folder, unsigned speed_mbit, bool *is_isochronous)
{
	uint8_t descriptors[MAX_DESCRIPTORS];
	char path[PATH_MAX];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%.4000s/descriptors", folder);
	fd = sys_open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	size = read(fd, descriptors, sizeof(descriptors));
	sys_close(&fd);
	return size > 0 ? uvc_usb_stream_bytes(descriptors, (size_t)size, speed_mbit,
					       is_isochronous) :
			  0;
}

static unsigned read_number(const char *folder, const char *attribute)
{
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof(path), "%.4000s/%s", folder, attribute);
	if (sys_read_text(path, text, sizeof(text)) <= 0)
		return 0;
	return (unsigned)strtoul(text, NULL, 10);
}

/* " 2.00" is 0x0200. */
static unsigned read_version(const char *folder)
{
	char path[PATH_MAX], text[32];
	unsigned major, minor;

	snprintf(path, sizeof(path), "%.4000s/version", folder);
	if (sys_read_text(path, text, sizeof(text)) <= 0 ||
	    sscanf(text, " %x.%x", &major, &minor) != 2)
		return 0;
	return major << 8 | minor;
}

/* "2-1.4" of bus 2; its interfaces are "2-1.4:1.0", controllers "usb2". */
static bool is_device_of(const char *name, unsigned bus)
{
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "%u-", bus);
	return text_starts_with(name, prefix) && !strchr(name, ':');
}

/* Only what has a video interface counts: others have no such settings. */
static void read_bus(const char *sysfs, unsigned bus, struct uvc_usb *usb)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool is_isochronous;
	uint64_t bytes;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysfs);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (!is_device_of(entry->d_name, bus))
			continue;
		snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", sysfs, entry->d_name);
		bytes = read_stream_bytes(path, read_number(path, "speed"), &is_isochronous);
		usb->bus_cameras += bytes != 0;
		usb->bus_bytes += is_isochronous ? bytes : 0;
	}
	if (folder)
		closedir(folder);
}

bool uvc_usb_read(const char *sysfs, const char *media, struct uvc_usb *usb)
{
	const char *name = strrchr(media, '/');
	char path[PATH_MAX], folder[PATH_MAX];
	int speed;

	*usb = (struct uvc_usb){ 0 };
	snprintf(path, sizeof(path), "%s/bus/media/devices/%s/../..", sysfs,
		 name ? name + 1 : media);
	if (!realpath(path, folder))
		return false;
	usb->speed_mbit = read_number(folder, "speed");
	if (!usb->speed_mbit)
		return false;
	usb->version_bcd = read_version(folder);
	usb->stream_bytes = read_stream_bytes(folder, usb->speed_mbit, &usb->is_isochronous);
	speed = find_speed(usb->speed_mbit);
	if (speed >= 0)
		usb->bus_limit = speeds[speed].isochronous_bytes;
	read_bus(sysfs, read_number(folder, "busnum"), usb);
	return true;
}
