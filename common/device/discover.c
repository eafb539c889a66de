// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds media devices, and waits for them to appear. */
#include "common/device/discover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <limits.h>
#include <linux/media.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/sys.h"

#define SYSFS_MEDIA  "/sys/bus/media/devices"
#define UDEV_CONTROL "/run/udev/control"

/*
 * A node can be there before its driver answers (a USB camera: 45 ms), so the question is
 * repeated after an event: after 10 ms, 20 ms more, and so on until 1.28 s.
 */
#define FIRST_RETRY_NS UINT64_C(10000000)
#define LAST_RETRY_NS  UINT64_C(1280000000)

struct discover {
	struct log *log;
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL: not listening */
};

int discover_create(struct log *log, struct discover **discover)
{
	struct discover *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->log = log;
	*discover = made;
	return 0;
}

void discover_destroy(struct discover *discover)
{
	if (!discover)
		return;
	udev_monitor_unref(discover->monitor);
	udev_unref(discover->udev);
	free(discover);
}

/* libudev is asked when it is needed: it costs more than all of a listing. */
static int need_udev(struct discover *discover)
{
	if (!discover->udev)
		discover->udev = udev_new();
	return discover->udev ? 0 : -ENOMEM;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Two runs of digits by their value, whatever their length; moves both behind them. */
static int compare_numbers(const char **one, const char **other)
{
	size_t length, other_length;
	int order;

	while (**one == '0' && is_digit((*one)[1]))
		(*one)++;
	while (**other == '0' && is_digit((*other)[1]))
		(*other)++;
	length = strspn(*one, "0123456789");
	other_length = strspn(*other, "0123456789");
	if (length != other_length)
		order = length < other_length ? -1 : 1;
	else
		order = strncmp(*one, *other, length);
	*one += length;
	*other += other_length;
	return order;
}

int discover_compare(const char *one, const char *other)
{
	const char *a = one, *b = other;
	int order;

	while (*a && *b) {
		if (is_digit(*a) && is_digit(*b)) {
			order = compare_numbers(&a, &b);
			if (order)
				return order;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		} else {
			a++;
			b++;
		}
	}
	if (*a || *b)
		return *a ? 1 : -1;
	/* "1" and "01": equal in value, but an order must be total. */
	return strcmp(one, other);
}

/* The hardware's place in words that survive a reboot, as well as we know it. */
static const char *bus_path(const struct discover_media *media)
{
	return media->bus_info[0] ? media->bus_info : media->parent;
}

static int compare_media(const void *one, const void *other)
{
	const struct discover_media *a = one, *b = other;
	int order;

	order = discover_compare(bus_path(a), bus_path(b));
	if (!order)
		order = discover_compare(a->parent, b->parent);
	if (!order)
		order = discover_compare(a->node, b->node);
	return order;
}

/* Copies one word of a path, cut to the room there is. */
static void copy_word(char *word, size_t size, const char *begin, const char *end)
{
	size_t length = (size_t)(end - begin);

	if (length > size - 1)
		length = size - 1;
	memcpy(word, begin, length);
	word[length] = '\0';
}

/* The hardware, from "../../../devices/platform/vimc.0/media0". */
static void read_parent(const char *name, struct discover_media *media)
{
	char link[sizeof(SYSFS_MEDIA) + NAME_MAX + 1], target[PATH_MAX];
	char *begin, *end;
	ssize_t length;

	snprintf(link, sizeof(link), SYSFS_MEDIA "/%s", name);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return;
	target[length] = '\0';
	end = strrchr(target, '/');
	begin = end ? memrchr(target, '/', (size_t)(end - target)) : NULL;
	if (begin)
		copy_word(media->parent, sizeof(media->parent), begin + 1, end);
}

/* The driver of the hardware, as good as what the media device would have said. */
static void read_driver(const char *name, struct discover_media *media)
{
	char link[sizeof(SYSFS_MEDIA) + NAME_MAX + sizeof("/../driver")], target[PATH_MAX];
	const char *begin;
	ssize_t length;

	snprintf(link, sizeof(link), SYSFS_MEDIA "/%s/../driver", name);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return;
	target[length] = '\0';
	begin = strrchr(target, '/');
	if (begin)
		copy_word(media->driver, sizeof(media->driver), begin + 1, target + length);
}

static int read_info(struct discover_media *media)
{
	struct media_device_info info;
	int fd, ret;

	fd = sys_open(media->node, O_RDWR | O_NONBLOCK);
	if (fd < 0)
		return fd;
	memset(&info, 0, sizeof(info));
	ret = sys_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info);
	sys_close(&fd);
	/* The word for a device that was let go since it was opened. */
	if (ret < 0)
		return ret == -EIO ? -ENODEV : ret;
	snprintf(media->driver, sizeof(media->driver), "%.*s",
		 (int)sizeof(info.driver) - 1, info.driver);
	snprintf(media->model, sizeof(media->model), "%.*s", (int)sizeof(info.model) - 1,
		 info.model);
	snprintf(media->serial, sizeof(media->serial), "%.*s",
		 (int)sizeof(info.serial) - 1, info.serial);
	snprintf(media->bus_info, sizeof(media->bus_info), "%.*s",
		 (int)sizeof(info.bus_info) - 1, info.bus_info);
	return 0;
}

/* A node that udev has not come to yet still has the kernel's own owner and mode. */
static bool is_unfinished(struct discover *discover, const char *name)
{
	struct udev_device *device;
	bool finished = true;

	if (access(UDEV_CONTROL, F_OK) < 0 || need_udev(discover) < 0)
		return false;
	device = udev_device_new_from_subsystem_sysname(discover->udev, "media", name);
	if (device)
		finished = udev_device_get_is_initialized(device) > 0;
	udev_device_unref(device);
	return !finished;
}

static void read_media(struct discover *discover, const char *name,
		       struct discover_media *media)
{
	memset(media, 0, sizeof(*media));
	snprintf(media->node, sizeof(media->node), "/dev/%.*s",
		 (int)(sizeof(media->node) - sizeof("/dev/")), name);
	read_parent(name, media);
	media->error = read_info(media);
	if (!media->error)
		return;
	read_driver(name, media);
	if (media->error == -EACCES && is_unfinished(discover, name))
		media->error = -EAGAIN;
}

static bool is_wanted(const struct discover_media *media, const char *const *drivers)
{
	if (!drivers || (media->error && !media->driver[0]))
		return true;
	for (; *drivers; drivers++)
		if (!strncmp(*drivers, media->driver, sizeof(media->driver) - 1))
			return true;
	return false;
}

static int append(struct discover_media **list, size_t *count,
		  const struct discover_media *media)
{
	struct discover_media *longer;

	longer = realloc(*list, (*count + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[(*count)++] = *media;
	return 0;
}

/*
 * Reads sysfs directly: a udev_enumerate of two devices takes some 180,000 instructions,
 * a twelfth of what a whole short run may cost; this takes a twentieth of that and finds
 * the same.
 */
int discover_list(struct discover *discover, const char *const *drivers,
		  struct discover_media **list, size_t *count)
{
	struct discover_media media;
	struct dirent *entry;
	int ret = 0;
	DIR *folder;

	*list = NULL;
	*count = 0;
	folder = opendir(SYSFS_MEDIA);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while (ret >= 0 && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		read_media(discover, entry->d_name, &media);
		if (is_wanted(&media, drivers))
			ret = append(list, count, &media);
	}
	closedir(folder);
	if (ret < 0) {
		free(*list);
		*list = NULL;
		*count = 0;
		return ret;
	}
	if (*count)
		qsort(*list, *count, sizeof(**list), compare_media);
	return 0;
}

static int start_monitor(struct discover *discover, struct udev_monitor *monitor)
{
	static const char *const subsystems[] = { "media", "video4linux" };
	int ret;

	for (size_t i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
		ret = udev_monitor_filter_add_match_subsystem_devtype(monitor,
								      subsystems[i], NULL);
		if (ret < 0)
			return ret;
	}
	return udev_monitor_enable_receiving(monitor);
}

int discover_watch(struct discover *discover)
{
	/*
	 * udev's events come after its rules; where no daemon runs the kernel's must do.
	 */
	const char *source = access(UDEV_CONTROL, F_OK) < 0 ? "kernel" : "udev";
	struct udev_monitor *monitor;
	int ret;

	if (discover->monitor)
		return 0;
	ret = need_udev(discover);
	if (ret < 0)
		return ret;
	monitor = udev_monitor_new_from_netlink(discover->udev, source);
	if (!monitor)
		return errno ? -errno : -ENOMEM;
	ret = start_monitor(discover, monitor);
	if (ret < 0) {
		udev_monitor_unref(monitor);
		return ret;
	}
	log_detail(discover->log, "wait", "waiting for events of %s", source);
	discover->monitor = monitor;
	return 0;
}

int discover_fd(const struct discover *discover)
{
	return discover->monitor ? udev_monitor_get_fd(discover->monitor) : -1;
}

int discover_drain(struct discover *discover)
{
	struct udev_device *device;
	int count = 0;

	if (!discover->monitor)
		return 0;
	while ((device = udev_monitor_receive_device(discover->monitor))) {
		udev_device_unref(device);
		count++;
	}
	/* Some were lost for want of room: whatever they were, look again. */
	if (errno == ENOBUFS)
		count++;
	return count;
}

/*
 * Sleeps until an event (1), the time (0) or the stop (-EINTR). Foreign events wake us too,
 * as the kernel's are filtered on this side of the socket; they do not count.
 */
static int sleep_until(struct discover *discover, int stop_fd, uint64_t until_ns)
{
	struct pollfd waited[] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = discover_fd(discover), .events = POLLIN },
	};
	struct timespec left;
	uint64_t now_ns;
	int ret;

	for (;;) {
		now_ns = sys_monotonic_ns();
		if (now_ns >= until_ns)
			return 0;
		left.tv_sec = (time_t)((until_ns - now_ns) / 1000000000);
		left.tv_nsec = (long)((until_ns - now_ns) % 1000000000);
		ret = ppoll(waited, 2, until_ns == UINT64_MAX ? NULL : &left, NULL);
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (ret > 0 && waited[0].revents)
			return -EINTR;
		if (ret > 0 && discover_drain(discover) > 0)
			return 1;
	}
}

/* When to stop, and when to ask again though nothing happened. */
struct patience {
	uint64_t deadline_ns; /* UINT64_MAX: never */
	uint64_t retry_at_ns; /* UINT64_MAX: only after the next event */
	uint64_t retry_ns;    /* how long it waited for that */
};

static void be_eager(struct patience *patience)
{
	patience->retry_ns = FIRST_RETRY_NS;
	patience->retry_at_ns = sys_monotonic_ns() + patience->retry_ns;
}

static void calm_down(struct patience *patience)
{
	patience->retry_ns *= 2;
	if (patience->retry_ns > LAST_RETRY_NS)
		patience->retry_at_ns = UINT64_MAX;
	else
		patience->retry_at_ns += patience->retry_ns;
}

static uint64_t earlier(uint64_t one_ns, uint64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

int discover_wait(struct discover *discover, uint64_t timeout_ns, int stop_fd,
		  discover_predicate *predicate, void *context)
{
	struct patience patience;
	int ret;

	if (__builtin_add_overflow(sys_monotonic_ns(), timeout_ns, &patience.deadline_ns))
		patience.deadline_ns = UINT64_MAX;
	/* Ahead of the first question, or what appears right after it would go unseen. */
	ret = discover_watch(discover);
	if (ret < 0)
		return ret;
	be_eager(&patience);
	for (;;) {
		ret = predicate(context);
		if (ret)
			return ret < 0 ? ret : 0;
		if (sys_monotonic_ns() >= patience.deadline_ns)
			return -ETIMEDOUT;
		ret = sleep_until(discover, stop_fd,
				  earlier(patience.retry_at_ns, patience.deadline_ns));
		if (ret < 0)
			return ret;
		if (ret)
			be_eager(&patience);
		else
			calm_down(&patience);
	}
}
