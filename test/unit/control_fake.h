/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pretended device for the unit tests of the control module: what vivid and vimc in the
 * lab can't be made to do.
 */
#ifndef RAWLINE_TEST_CONTROL_FAKE_H
#define RAWLINE_TEST_CONTROL_FAKE_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/device/control.h"
#include "common/device/control_private.h"
#include "test/unit/test.h"

#define NEXT       (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)
#define MAX_FAKE   16
#define MAX_EVENTS 16

/* One control of the pretended device, and what is odd about it. */
struct fake {
	uint32_t id;
	uint32_t type;
	const char *title;
	int64_t minimum;
	int64_t maximum;
	uint64_t step;
	uint32_t flags;
	int64_t value;
	uint32_t menu; /* bit n: it has an item n */
	int refuses;   /* every write of it is answered so */
	int silent;    /* whatever is asked about it is answered so */
	unsigned wakes; /* after so many questions it is not silent any more, 0: it stays so */
	int unreadable;  /* its value is answered so */
	uint32_t master; /* is inactive and answers EACCES unless this one is manual */
	int64_t manual;
	uint32_t raises; /* its value is the maximum of that one */
	int64_t clamps;  /* writes end up here at most, 0: no limit */
};

/* Descriptor n is device n. */
static struct device {
	struct fake fakes[MAX_FAKE];
	int gone;             /* what everything answers */
	bool stands_still;    /* it never gets beyond its first control */
	char writes[512];     /* "id=value id=value | id=value": the calls that wrote */
	unsigned batch_limit; /* more in one call are EINVAL, 0: no limit */
	bool no_events;
	unsigned queries; /* of ranges */
	unsigned reads;   /* of values */
	unsigned subscriptions;
	struct v4l2_event events[MAX_EVENTS];
	unsigned num_events;
} devices[2];

static struct ears {
	unsigned count;
	char code[32];
	char sentence[1024];
	enum log_level level;
} ears;

static inline void hear(void *context, enum log_level level, const char *code,
			const char *sentence)
{
	if (level == LOG_DETAIL)
		return;
	ears.count++;
	ears.level = level;
	snprintf(ears.code, sizeof(ears.code), "%s", code);
	snprintf(ears.sentence, sizeof(ears.sentence), "%s", sentence);
}

/* The complaint has this code and these words. */
#define CHECK_HEARD(code, words) check_heard(__LINE__, code, words)
static inline void check_heard(int line, const char *code, const char *words)
{
	if (ears.count != 1)
		test_fail(__FILE__, line, "%u messages", ears.count);
	if (strcmp(ears.code, code) != 0 || !strstr(ears.sentence, words))
		test_fail(__FILE__, line, "%s: %s", ears.code, ears.sentence);
	ears.count = 0;
}

static inline struct fake *fake_find(struct device *device, uint32_t id)
{
	for (struct fake *fake = device->fakes; fake->id; fake++)
		if (fake->id == id)
			return fake;
	return NULL;
}

static inline struct fake *fake_next(struct device *device, uint32_t id)
{
	for (struct fake *fake = device->fakes; fake->id; fake++)
		if (fake->id > id || device->stands_still)
			return fake;
	return NULL;
}

static inline bool fake_inactive(struct device *device, const struct fake *fake)
{
	return fake->master && fake_find(device, fake->master)->value != fake->manual;
}

static inline int fake_query(struct device *device, struct v4l2_query_ext_ctrl *query)
{
	struct fake *fake;

	device->queries++;
	if (query->id & NEXT)
		fake = fake_next(device, query->id & ~NEXT);
	else
		fake = fake_find(device, query->id);
	if (!fake)
		return -EINVAL;
	if (fake->silent) {
		int ret = fake->silent;

		if (fake->wakes && !--fake->wakes)
			fake->silent = 0;
		return ret;
	}
	memset(query, 0, sizeof(*query));
	query->id = fake->id;
	query->type = fake->type;
	memcpy(query->name, fake->title, strnlen(fake->title, sizeof(query->name)));
	query->minimum = fake->minimum;
	query->maximum = fake->maximum;
	query->step = fake->step;
	query->flags = fake->flags;
	if (fake_inactive(device, fake))
		query->flags |= V4L2_CTRL_FLAG_INACTIVE;
	query->elems = 1;
	query->elem_size = 4;
	if (fake->type == V4L2_CTRL_TYPE_STRING)
		query->elem_size = (uint32_t)fake->maximum + 1;
	return 0;
}

static inline int fake_menu(struct device *device, struct v4l2_querymenu *menu)
{
	struct fake *fake = fake_find(device, menu->id);

	if (!fake || menu->index > 31 || !(fake->menu & 1u << menu->index))
		return -EINVAL;
	snprintf((char *)menu->name, sizeof(menu->name), "Item %u", menu->index);
	return 0;
}

static inline int fake_get(struct device *device, struct v4l2_ext_controls *request)
{
	struct fake *fake = fake_find(device, request->controls->id);

	device->reads++;
	if (!fake)
		return -EINVAL;
	if (fake->unreadable)
		return fake->unreadable;
	if (fake->type == V4L2_CTRL_TYPE_STRING)
		snprintf(request->controls->string, request->controls->size, "%.*s",
			 (int)fake->maximum, "text");
	else if (fake->type == V4L2_CTRL_TYPE_INTEGER64)
		request->controls->value64 = fake->value;
	else
		request->controls->value = (int32_t)fake->value;
	return 0;
}

static inline int fake_set_one(struct device *device, struct fake *fake, int64_t value)
{
	if (fake->refuses)
		return fake->refuses;
	if (fake_inactive(device, fake))
		return -EACCES;
	fake->value = fake->clamps && value > fake->clamps ? fake->clamps : value;
	if (fake->raises)
		fake_find(device, fake->raises)->maximum = value;
	return 0;
}

/* Stops at the first it refuses, as a driver without the control core does. */
static inline int fake_set(struct device *device, struct v4l2_ext_controls *request)
{
	const struct v4l2_ext_control *asked;
	struct fake *fake;
	size_t used;
	int64_t value;
	int ret = 0;

	if (device->batch_limit && request->count > device->batch_limit)
		return -EINVAL;
	used = strlen(device->writes);
	used += (size_t)snprintf(device->writes + used, sizeof(device->writes) - used, "|");
	for (uint32_t i = 0; !ret && i < request->count; i++) {
		asked = &request->controls[i];
		fake = fake_find(device, asked->id);
		if (fake->type == V4L2_CTRL_TYPE_STRING)
			value = asked->size;
		else if (fake->type == V4L2_CTRL_TYPE_INTEGER64)
			value = asked->value64;
		else
			value = asked->value;
		ret = fake_set_one(device, fake, value);
		if (!ret)
			used += (size_t)snprintf(device->writes + used,
						 sizeof(device->writes) - used, " %s=%lld",
						 fake->title, (long long)value);
	}
	return ret;
}

static inline int fake_subscribe(struct device *device,
				 const struct v4l2_event_subscription *subscription, int add)
{
	if (device->no_events)
		return -ENOTTY;
	if (!fake_find(device, subscription->id))
		return -EINVAL;
	device->subscriptions += (unsigned)add;
	return 0;
}

static inline int fake_event(struct device *device, struct v4l2_event *event)
{
	if (!device->num_events)
		return -ENOENT;
	*event = device->events[0];
	memmove(device->events, device->events + 1, --device->num_events * sizeof(*event));
	event->pending = device->num_events;
	return 0;
}

static inline int fake_ioctl(int fd, unsigned long request, void *argument)
{
	struct device *device = &devices[fd];

	if (device->gone)
		return device->gone;
	switch (request) {
	case VIDIOC_QUERY_EXT_CTRL:
		return fake_query(device, argument);
	case VIDIOC_QUERYMENU:
		return fake_menu(device, argument);
	case VIDIOC_G_EXT_CTRLS:
		return fake_get(device, argument);
	case VIDIOC_S_EXT_CTRLS:
		return fake_set(device, argument);
	case VIDIOC_SUBSCRIBE_EVENT:
		return fake_subscribe(device, argument, 1);
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return fake_subscribe(device, argument, -1);
	case VIDIOC_DQEVENT:
		return fake_event(device, argument);
	default:
		return -ENOTTY;
	}
}

/* A webcam, as uvcvideo shows it. */
static const struct fake TEST_UNUSED webcam[] = {
	{ .id = V4L2_CID_BRIGHTNESS,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Brightness",
	  .minimum = -64,
	  .maximum = 64,
	  .step = 1 },
	{ .id = V4L2_CID_CONTRAST,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Contrast",
	  .maximum = 95,
	  .step = 10 },
	{ .id = V4L2_CID_AUTO_WHITE_BALANCE,
	  .type = V4L2_CTRL_TYPE_BOOLEAN,
	  .title = "White Balance, Automatic",
	  .maximum = 1,
	  .step = 1,
	  .value = 1 },
	{ .id = V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "White Balance Temperature",
	  .minimum = 2800,
	  .maximum = 6500,
	  .step = 1,
	  .value = 4000,
	  .master = V4L2_CID_AUTO_WHITE_BALANCE },
	{ .id = V4L2_CID_EXPOSURE_AUTO,
	  .type = V4L2_CTRL_TYPE_MENU,
	  .title = "Auto Exposure",
	  .maximum = 3,
	  .value = 3,
	  .menu = 1 << 1 | 1 << 3 },
	{ .id = V4L2_CID_EXPOSURE_ABSOLUTE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Exposure Time, Absolute",
	  .minimum = 3,
	  .maximum = 2047,
	  .step = 1,
	  .value = 250,
	  .master = V4L2_CID_EXPOSURE_AUTO,
	  .manual = V4L2_EXPOSURE_MANUAL },
	{ .id = V4L2_CID_PRIVACY,
	  .type = V4L2_CTRL_TYPE_BOOLEAN,
	  .title = "Privacy",
	  .maximum = 1,
	  .step = 1,
	  .flags = V4L2_CTRL_FLAG_READ_ONLY },
};

/* A sensor, as imx219 and its kin show it. */
static const struct fake TEST_UNUSED sensor[] = {
	{ .id = V4L2_CID_EXPOSURE,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Exposure",
	  .minimum = 4,
	  .maximum = 1000,
	  .step = 1,
	  .value = 100 },
	{ .id = V4L2_CID_VBLANK,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Vertical Blanking",
	  .minimum = 4,
	  .maximum = 60000,
	  .step = 1,
	  .value = 1000,
	  .raises = V4L2_CID_EXPOSURE },
	{ .id = V4L2_CID_ANALOGUE_GAIN,
	  .type = V4L2_CTRL_TYPE_INTEGER,
	  .title = "Analogue Gain",
	  .maximum = 232,
	  .step = 1 },
	{ .id = V4L2_CID_LINK_FREQ,
	  .type = V4L2_CTRL_TYPE_INTEGER_MENU,
	  .title = "Link Frequency",
	  .maximum = 1,
	  .menu = 1 << 0 | 1 << 1 },
};

static struct log test_log = { .program = "test", .level = LOG_SILENT, .listener = hear };

#define PLUG(number, table) plug(number, table, sizeof(table) / sizeof((table)[0]))
static inline void plug(unsigned number, const struct fake *table, size_t count)
{
	memset(&devices[number], 0, sizeof(devices[number]));
	memcpy(devices[number].fakes, table, count * sizeof(*table));
	ears.count = 0;
}

static inline struct control_set *make_set(unsigned count)
{
	static const char *const names[] = { "one", "one: other=x,y" };
	struct control_set *set = NULL;

	if (!CHECK_EQ(control_create(&test_log, &set), 0))
		exit(1);
	set->ioctl = fake_ioctl;
	for (unsigned i = 0; i < count; i++)
		CHECK_EQ(control_add_device(set, (int)i, names[i], "/dev/null"), 0);
	return set;
}

#endif
