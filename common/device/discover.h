/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds media devices, and waits for them to appear.
 *
 * Rests on Documentation/userspace-api/media/mediactl (MEDIA_IOC_DEVICE_INFO) and
 * libudev's monitor. Works without a udev daemon.
 */
#ifndef RAWLINE_DISCOVER_H
#define RAWLINE_DISCOVER_H

#include <stddef.h>
#include <stdint.h>

struct discover;
struct log;

/* Strings come from drivers and devices: escape them before they are printed. */
struct discover_media {
	char node[64];   /* "/dev/media0" */
	char driver[16]; /* the media device's word; sysfs's if it could not be asked */
	/* "" if it could not be asked: */
	char model[32];
	char serial[40];
	char bus_info[32]; /* "platform:vimc" */
	char parent[64];   /* the hardware, last word of its sysfs path: "1-3:1.0" */
	/*
	 * 0, or why the node did not answer, such as -EACCES (holder_permission_text()
	 * explains), -EAGAIN (udev has not set it up yet, it may answer soon), -ENODEV
	 * (just going away).
	 */
	int error;
};

int discover_create(struct log *log, struct discover **discover);
void discover_destroy(struct discover *discover);

/*
 * All media devices of these drivers (NULL at the end; NULL for all), ordered by bus
 * path, where "usb-2" comes before "usb-10"; node numbers decide only between equals. A
 * device that could not be asked is listed with its error if sysfs names one of the
 * drivers, or none.
 * *list is the caller's to free(); NULL and 0 if there are none. Returns 0 or -errno.
 */
int discover_list(struct discover *discover, const char *const *drivers,
		  struct discover_media **list, size_t *count);

/* Is it there? 1 yes, 0 not yet, -errno to give up. */
typedef int discover_predicate(void *context);

/*
 * Waits until the predicate says so. It is asked at once, after each event of the media
 * and video4linux subsystems, and a few more times after an event, because a node can be
 * there before its driver answers.
 *
 * timeout_ns: UINT64_MAX waits without limit. stop_fd: a descriptor that ends the wait
 * when it becomes readable (a signalfd; nothing is read from it), or -1.
 * Returns 0, -ETIMEDOUT, -EINTR (stop_fd), what the predicate gave up with, or -errno.
 */
int discover_wait(struct discover *discover, uint64_t timeout_ns, int stop_fd,
		  discover_predicate *predicate, void *context);

/*
 * For a loop of one's own: watch starts to listen (0 or -errno; a second call is free), fd
 * is to be polled for POLLIN (lent; -1 before watch), drain takes all events off it and
 * says how many there were.
 */
int discover_watch(struct discover *discover);
int discover_fd(const struct discover *discover);
int discover_drain(struct discover *discover);

/* Orders strings like strcmp(), but runs of digits by their value: "a2" before "a10". */
int discover_compare(const char *one, const char *other);

#endif
