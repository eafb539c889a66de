// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells of controls that change while the camera runs. */
#include "common/device/control_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A camera whose automatic exposure reports every step must not flood a terminal. */
#define QUIET_NS 1000000000u

/* One control with a subscription. Times are those of the events. */
struct watched {
	uint32_t id;
	struct control *control; /* the set's; NULL until its first event */
	int64_t value;           /* the last one seen */
	int64_t said;            /* the last one that was told */
	uint64_t said_ns;
	unsigned changes; /* since then */
	bool is_known;    /* value and said count */
	bool was_said;    /* said_ns counts */
};

struct control_watch {
	struct control_set *set; /* its own: one device, and what had an event */
	struct watched *list;
	size_t count;
};

/*
 * What cameras have. An id that the node does not know costs a system call and no
 * transfer on its bus, where listing its controls would make several for each of them, and
 * wait for seconds at one that the firmware forgot.
 */
static const struct {
	uint32_t first;
	uint32_t count;
} ranges[] = {
	{ V4L2_CID_BASE, V4L2_CID_LASTP1 - V4L2_CID_BASE },
	{ V4L2_CID_CAMERA_CLASS_BASE + 1, 48 },
	{ V4L2_CID_FLASH_CLASS_BASE + 1, 16 },
	{ V4L2_CID_IMAGE_SOURCE_CLASS_BASE + 1, 16 },
	{ V4L2_CID_IMAGE_PROC_CLASS_BASE + 1, 16 },
};

static int watch_ioctl(const struct control_watch *watch, unsigned long request, void *argument)
{
	return watch->set->ioctl(watch->set->devices[0].fd, request, argument);
}

/* 0, -ENOTTY: the node has no events, or why it ends here. */
static int subscribe(struct control_watch *watch, uint32_t id)
{
	struct v4l2_event_subscription subscription = { .type = V4L2_EVENT_CTRL, .id = id };
	struct watched *list;
	int ret;

	ret = watch_ioctl(watch, VIDIOC_SUBSCRIBE_EVENT, &subscription);
	if (ret == -ENOTTY || ret == -ENODEV || ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return 0;
	list = realloc(watch->list, (watch->count + 1) * sizeof(*list));
	if (!list) {
		watch_ioctl(watch, VIDIOC_UNSUBSCRIBE_EVENT, &subscription);
		return -ENOMEM;
	}
	watch->list = list;
	list[watch->count++] = (struct watched){ .id = id };
	return 0;
}

static int subscribe_all(struct control_watch *watch)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(ranges); i++)
		for (uint32_t id = 0; !ret && id < ranges[i].count; id++)
			ret = subscribe(watch, ranges[i].first + id);
	return ret == -ENOTTY ? 0 : ret;
}

static struct watched *find_watched(const struct control_watch *watch, uint32_t id)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->list[i].id == id)
			return &watch->list[i];
	return NULL;
}

static const char *entity_of(const struct control_watch *watch)
{
	return watch->set->devices[0].entity;
}

static void say_shutter(const struct control_watch *watch, bool closed)
{
	if (closed)
		log_warning(watch->set->log, "privacy",
			    "%s: the privacy shutter is closed: frames will be black, or none "
			    "will come",
			    entity_of(watch));
	else
		log_notice(watch->set->log, "privacy", "%s: the privacy shutter is open",
			   entity_of(watch));
}

/* What can't be read now may still tell us later. */
static int look_at_shutter(struct control_watch *watch)
{
	struct watched *shutter = find_watched(watch, V4L2_CID_PRIVACY);
	struct v4l2_ext_control value = { .id = V4L2_CID_PRIVACY };
	struct v4l2_ext_controls request = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = &value,
	};
	int ret;

	if (!shutter)
		return 0;
	ret = watch_ioctl(watch, VIDIOC_G_EXT_CTRLS, &request);
	if (ret < 0)
		return ret == -ENODEV ? ret : 0;
	shutter->is_known = true;
	shutter->value = shutter->said = value.value;
	if (value.value)
		say_shutter(watch, true);
	return 0;
}

int control_watch_over(struct control_set *set, struct control_watch **watch)
{
	struct control_watch *made = calloc(1, sizeof(*made));
	int ret;

	if (!made) {
		control_destroy(set);
		return -ENOMEM;
	}
	made->set = set;
	ret = subscribe_all(made);
	if (ret >= 0)
		ret = look_at_shutter(made);
	if (ret < 0) {
		control_watch_destroy(made);
		return ret;
	}
	*watch = made;
	return 0;
}

int control_watch_create(struct log *log, int fd, const char *entity,
			 struct control_watch **watch)
{
	struct control_set *set;
	int ret;

	ret = control_create(log, &set);
	if (ret < 0)
		return ret;
	ret = control_lend_device(set, fd, entity, "");
	if (ret < 0) {
		control_destroy(set);
		return ret;
	}
	return control_watch_over(set, watch); /* the set is the watch's now */
}

static void say_number(const struct control_watch *watch, const struct watched *watched,
		       bool was_known)
{
	char was[CONTROL_TEXT_SIZE], is[CONTROL_TEXT_SIZE], steps[32] = "";
	const char *name = watched->control->name;

	control_number_text(watched->control, watched->value, is);
	if (!was_known) {
		log_notice(watch->set->log, "control-changed", "%s: %s is now %s",
			   entity_of(watch), name, is);
		return;
	}
	if (watched->changes > 1)
		snprintf(steps, sizeof(steps), " in %u steps", watched->changes);
	log_notice(watch->set->log, "control-changed", "%s: %s changed from %s to %s%s",
		   entity_of(watch), name,
		   control_number_text(watched->control, watched->said, was), is, steps);
}

/* Numbers only; what has a payload carries none in its event. */
static bool has_number(const struct control *control)
{
	return !(control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) &&
	       control->type != V4L2_CTRL_TYPE_BUTTON;
}

static void say(const struct control_watch *watch, struct watched *watched,
		bool was_known, uint64_t now_ns)
{
	if (watched->id == V4L2_CID_PRIVACY)
		say_shutter(watch, watched->value);
	else if (has_number(watched->control))
		say_number(watch, watched, was_known);
	else
		log_notice(watch->set->log, "control-changed", "%s: %s %s",
			   entity_of(watch), watched->control->name,
			   watched->control->type == V4L2_CTRL_TYPE_BUTTON ? "was pressed" :
									     "changed");
	watched->said = watched->value;
	watched->said_ns = now_ns;
	watched->was_said = true;
	watched->changes = 0;
}

/* A value that came back to what was told is no news. */
static bool has_news(const struct watched *watched)
{
	return watched->changes &&
	       (!has_number(watched->control) || watched->value != watched->said);
}

static bool may_speak(const struct watched *watched, uint64_t now_ns)
{
	return !watched->was_said || now_ns - watched->said_ns >= QUIET_NS;
}

static void take_number(struct control_watch *watch, struct watched *watched,
			const struct v4l2_event_ctrl *event, uint64_t now_ns)
{
	bool was_known = watched->is_known;
	int64_t value = event->value;

	if (event->type == V4L2_CTRL_TYPE_INTEGER64)
		value = event->value64;
	else if (event->type == V4L2_CTRL_TYPE_BITMASK)
		value = (uint32_t)event->value;
	if (was_known && value == watched->value)
		return;
	watched->value = value;
	watched->is_known = true;
	/*
	 * A master that changed makes drivers send the value of its slaves along with
	 * their new flags, whether it changed or not.
	 */
	if (!was_known && event->changes & V4L2_EVENT_CTRL_CH_FLAGS) {
		watched->said = value;
		return;
	}
	watched->changes++;
	if (!was_known || (has_news(watched) && may_speak(watched, now_ns)))
		say(watch, watched, was_known, now_ns);
}

static uint64_t event_ns(const struct v4l2_event *event)
{
	return (uint64_t)event->timestamp.tv_sec * 1000000000u +
	       (uint64_t)event->timestamp.tv_nsec;
}

static int take_event(struct control_watch *watch, const struct v4l2_event *event)
{
	struct watched *watched = find_watched(watch, event->id);
	uint64_t now_ns = event_ns(event);
	int ret;

	if (event->type != V4L2_EVENT_CTRL || !watched ||
	    !(event->u.ctrl.changes & V4L2_EVENT_CTRL_CH_VALUE))
		return 0;
	if (!watched->control) {
		ret = control_add_id(watch->set, 0, event->id, &watched->control);
		if (ret < 0)
			return ret == -ENODEV || ret == -ENOMEM ? ret : 0;
	}
	if (has_number(watched->control)) {
		take_number(watch, watched, &event->u.ctrl, now_ns);
		return 0;
	}
	watched->changes++;
	if (may_speak(watched, now_ns))
		say(watch, watched, false, now_ns);
	return 0;
}

/* What was held back and has waited long enough. */
static void say_held(struct control_watch *watch, uint64_t now_ns, bool all)
{
	struct watched *watched;

	for (size_t i = 0; i < watch->count; i++) {
		watched = &watch->list[i];
		if (watched->control && has_news(watched) &&
		    (all || may_speak(watched, now_ns)))
			say(watch, watched, true, now_ns);
	}
}

int control_watch_dispatch(struct control_watch *watch)
{
	struct v4l2_event event;
	uint64_t now_ns = 0;
	int ret;

	do {
		memset(&event, 0, sizeof(event));
		ret = watch_ioctl(watch, VIDIOC_DQEVENT, &event);
		if (ret == -ENOENT)
			break;
		if (ret < 0)
			return ret;
		now_ns = event_ns(&event);
		ret = take_event(watch, &event);
		if (ret < 0)
			return ret;
	} while (event.pending);
	if (now_ns)
		say_held(watch, now_ns, false);
	return 0;
}

/* Each for itself: others may have subscribed to something else on this descriptor. */
static void unsubscribe_all(struct control_watch *watch)
{
	struct v4l2_event_subscription subscription;

	for (size_t i = 0; i < watch->count; i++) {
		subscription = (struct v4l2_event_subscription){ .type = V4L2_EVENT_CTRL,
								 .id = watch->list[i].id };
		watch_ioctl(watch, VIDIOC_UNSUBSCRIBE_EVENT, &subscription);
	}
}

void control_watch_destroy(struct control_watch *watch)
{
	if (!watch)
		return;
	say_held(watch, 0, true);
	unsubscribe_all(watch);
	control_destroy(watch->set);
	free(watch->list);
	free(watch);
}
