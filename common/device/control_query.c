// SPDX-License-Identifier: GPL-2.0-or-later
/* What devices say of their controls: ranges, menus, values. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/device/control_private.h"

#define NEXT_FLAGS (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

/* Against devices that lie: no driver comes near. */
#define MAX_MENU_ITEMS    1024
#define MAX_PAYLOAD_BYTES (16u << 20)

/*
 * A device that answers for none of its controls is not asked for all of them; above all
 * if each question takes it the five seconds that uvcvideo waits.
 */
#define MAX_FAILURES 16
#define TIMEOUT_COST 8

/* How far apart two controls of a class may be: drivers have their own 0x1000 higher. */
#define MAX_GAP 0x2000u

static const char no_answer[] = "the device does not answer for it";

/* A dynamic array may grow to the size of its first dimension. */
static size_t payload_room(const struct control *control)
{
	uint64_t elements = control->num_elements;

	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY && control->num_dimensions &&
	    elements < control->dimensions[0])
		elements = control->dimensions[0];
	if (!control->element_bytes || elements > MAX_PAYLOAD_BYTES / control->element_bytes)
		return 0;
	return elements * control->element_bytes;
}

/* Takes over what the driver says of a control; makes room for the payload, all zero. */
static int fill_control(struct control *control, const struct v4l2_query_ext_ctrl *query)
{
	void *payload;

	control->type = query->type;
	control->flags = query->flags;
	control->minimum = query->minimum;
	control->maximum = query->maximum;
	control->step = query->step;
	control->default_value = query->default_value;
	if (control->type == V4L2_CTRL_TYPE_BITMASK) {
		/* Some drivers hand out bit 31 as a sign. */
		control->maximum = (uint32_t)query->maximum;
		control->default_value = (uint32_t)query->default_value;
	}
	control->num_elements = query->elems;
	control->element_bytes = query->elem_size;
	control->num_dimensions = query->nr_of_dims;
	if (control->num_dimensions > V4L2_CTRL_MAX_DIMS)
		control->num_dimensions = V4L2_CTRL_MAX_DIMS;
	memcpy(control->dimensions, query->dims, sizeof(control->dimensions));

	if (!(control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD))
		return 0;
	/* One more, so that a string ends even if the driver forgot. */
	payload = calloc(1, payload_room(control) + 1);
	if (!payload)
		return -ENOMEM;
	free(control->payload);
	control->payload = payload;
	control->payload_bytes = 0;
	return 0;
}

static int add_item(struct control *control, const struct v4l2_querymenu *menu)
{
	struct control_menu_item *items, *item;

	items = realloc(control->items, (control->num_items + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	control->items = items;
	item = &items[control->num_items++];
	*item = (struct control_menu_item){ .index = menu->index };
	if (control->type == V4L2_CTRL_TYPE_INTEGER_MENU)
		item->value = menu->value;
	else
		memcpy(item->name, menu->name, sizeof(item->name) - 1);
	return 0;
}

/* Menus have holes: VIDIOC_QUERYMENU says EINVAL there. */
static int read_items(struct control_set *set, struct control *control)
{
	struct v4l2_querymenu menu;
	int64_t last = control->maximum;
	int ret;

	if (control->type != V4L2_CTRL_TYPE_MENU &&
	    control->type != V4L2_CTRL_TYPE_INTEGER_MENU)
		return 0;
	if (control->minimum < 0 || last > UINT32_MAX)
		return 0;
	if (last - control->minimum >= MAX_MENU_ITEMS)
		last = control->minimum + MAX_MENU_ITEMS - 1;

	for (int64_t index = control->minimum; index <= last; index++) {
		memset(&menu, 0, sizeof(menu));
		menu.id = control->id;
		menu.index = (uint32_t)index;
		ret = set->ioctl(set->devices[control->device].fd, VIDIOC_QUERYMENU, &menu);
		if (ret == -ENODEV)
			return ret;
		if (ret >= 0)
			ret = add_item(control, &menu);
		if (ret == -ENOMEM)
			return ret;
	}
	return 0;
}

/*
 * A range that can't be: firmware. With a single value there is nothing to set, which is
 * how some cameras say that they don't have it; the driver takes steps of 0 as 1, so do we.
 */
static const char *find_defect(const struct control *control)
{
	switch (control->type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
		if (control->flags & V4L2_CTRL_FLAG_READ_ONLY)
			return NULL;
		if (control->minimum > control->maximum)
			return "its lowest value is above its highest";
		return control->minimum == control->maximum ? "it has a single value" : NULL;
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		return control->num_items ? NULL : "its menu is empty";
	default:
		return NULL;
	}
}

static int append_control(struct control_set *set, struct control *control)
{
	struct control **controls;

	controls = realloc(set->controls, (set->num_controls + 1) * sizeof(struct control *));
	if (!controls)
		return -ENOMEM;
	set->controls = controls;
	set->controls[set->num_controls++] = control;
	return 0;
}

static int add_control(struct control_set *set, unsigned device,
		       const struct v4l2_query_ext_ctrl *query, struct control **added)
{
	struct control *control = calloc(1, sizeof(*control));
	int ret;

	if (!control)
		return -ENOMEM;
	control->entity = set->devices[device].entity;
	control->node = set->devices[device].node;
	control->device = device;
	control->id = query->id;
	memcpy(control->title, query->name, sizeof(control->title) - 1);
	control_make_name(set, control);

	ret = fill_control(control, query);
	if (ret >= 0)
		ret = read_items(set, control);
	if (ret >= 0)
		ret = append_control(set, control);
	if (ret < 0) {
		control_free(control);
		return ret;
	}
	control->defect = find_defect(control);
	*added = control;
	return 0;
}

int control_add_id(struct control_set *set, unsigned device, uint32_t id,
		   struct control **control)
{
	struct v4l2_query_ext_ctrl query = { .id = id };
	int ret;

	ret = set->ioctl(set->devices[device].fd, VIDIOC_QUERY_EXT_CTRL, &query);
	return ret < 0 ? ret : add_control(set, device, &query, control);
}

static int read_query(struct control_set *set, unsigned device, uint32_t id,
		      struct v4l2_query_ext_ctrl *query)
{
	memset(query, 0, sizeof(*query));
	query->id = id;
	return set->ioctl(set->devices[device].fd, VIDIOC_QUERY_EXT_CTRL, query);
}

/*
 * The driver stumbled on its way to the control after this one and does not say which that
 * is. Asking for an id that is not there costs no more than the call. Returns why it
 * failed again, 0 if it did not, -EINVAL if there is none; *silent is its id.
 */
static int find_silent(struct control_set *set, unsigned device, uint32_t after,
		       uint32_t *silent)
{
	struct v4l2_query_ext_ctrl query;
	int ret;

	if (after < V4L2_CID_BASE)
		after = V4L2_CID_BASE - 1;
	for (uint32_t id = after + 1; id <= after + MAX_GAP; id++) {
		ret = read_query(set, device, id, &query);
		if (ret == -EINVAL)
			continue;
		*silent = id;
		return ret < 0 ? ret : 0;
	}
	return -EINVAL;
}

/* One that is there and can't be asked for anything is in the set, with a defect. */
static int add_silent(struct control_set *set, unsigned device, uint32_t id, int error)
{
	struct v4l2_query_ext_ctrl query = { .id = id };
	struct control *control;
	int ret;

	ret = add_control(set, device, &query, &control);
	if (ret < 0)
		return ret;
	control->defect = no_answer;
	log_detail(set->log, "control-unreadable", "%s: %s does not answer: %s",
		   control->entity, control->name, strerror(-error));
	return 0;
}

/* What a walk through the ids of a device remembers. */
struct walk {
	uint32_t last;
	unsigned num_failures;
};

/*
 * Gets by a control that the walk failed at: it is silent, or was so once and the walk goes
 * on where it is. 0, or why the walk ends here.
 */
static int pass_by(struct control_set *set, unsigned device, struct walk *walk, int error)
{
	uint32_t silent;
	int ret;

	walk->num_failures += error == -ETIMEDOUT ? TIMEOUT_COST : 1;
	if (walk->num_failures > MAX_FAILURES)
		return error;
	ret = find_silent(set, device, walk->last, &silent);
	if (ret == -EINVAL)
		return error;
	if (ret == -ENODEV || ret == 0)
		return ret;
	walk->last = silent;
	return add_silent(set, device, silent, ret);
}

/*
 * Walks the ids upwards. A node without controls says ENOTTY, the end of the list is
 * EINVAL. A camera whose firmware stumbles over one control (EIO, EPIPE) would hide those
 * behind it: that one is passed by.
 */
static int add_controls(struct control_set *set, unsigned device)
{
	struct v4l2_query_ext_ctrl query;
	struct control *control;
	struct walk walk = { 0 };
	int ret, error;

	for (;;) {
		error = read_query(set, device, walk.last | NEXT_FLAGS, &query);
		if (error == -ENOTTY || error == -EINVAL)
			return 0;
		if (error == -ENODEV)
			return error;
		if (error < 0) {
			ret = pass_by(set, device, &walk, error);
			if (ret == error)
				break;
			if (ret < 0)
				return ret;
			continue;
		}
		/* Else a driver that does not advance would keep us here. */
		if (query.id <= walk.last)
			return 0;
		walk.last = query.id;
		if (query.type == V4L2_CTRL_TYPE_CTRL_CLASS)
			continue;
		ret = add_control(set, device, &query, &control);
		if (ret >= 0)
			ret = control_read_one(set, control);
		if (ret < 0)
			return ret;
	}
	log_warning(set->log, "control-unreadable",
		    "%s: its controls after 0x%08" PRIx32 " can't be listed: %s",
		    set->devices[device].entity, walk.last, strerror(-error));
	return 0;
}

int control_lend_device(struct control_set *set, int fd, const char *entity, const char *node)
{
	struct control_device *devices, *device;

	devices = realloc(set->devices, (set->num_devices + 1) * sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	set->devices = devices;
	device = &devices[set->num_devices++];
	device->fd = fd;
	device->entity = strdup(entity);
	device->node = strdup(node);
	return device->entity && device->node ? 0 : -ENOMEM;
}

int control_add_device(struct control_set *set, int fd, const char *entity, const char *node)
{
	int ret;

	ret = control_lend_device(set, fd, entity, node);
	return ret < 0 ? ret : add_controls(set, set->num_devices - 1);
}

int control_query_one(struct control_set *set, struct control *control)
{
	struct v4l2_query_ext_ctrl query = { .id = control->id };
	int ret;

	ret = set->ioctl(set->devices[control->device].fd, VIDIOC_QUERY_EXT_CTRL, &query);
	if (ret >= 0)
		ret = fill_control(control, &query);
	if (ret >= 0)
		control->defect = find_defect(control);
	return ret;
}

static int get_value(struct control_set *set, struct control *control,
		     struct v4l2_ext_control *value)
{
	struct v4l2_ext_controls request = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = value,
	};

	*value = (struct v4l2_ext_control){ .id = control->id };
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) {
		value->size = (uint32_t)payload_room(control);
		value->ptr = control->payload;
	}
	return set->ioctl(set->devices[control->device].fd, VIDIOC_G_EXT_CTRLS, &request);
}

static void take_value(struct control *control, const struct v4l2_ext_control *value)
{
	size_t room = payload_room(control);

	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) {
		((char *)control->payload)[room] = '\0';
		control->payload_bytes = value->size < room ? value->size : room;
		if (control->type == V4L2_CTRL_TYPE_STRING)
			control->payload_bytes = strlen(control->payload) + 1;
		if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY)
			control->num_elements =
				(uint32_t)(control->payload_bytes / control->element_bytes);
	} else if (control->type == V4L2_CTRL_TYPE_INTEGER64) {
		control->value = value->value64;
	} else if (control->type == V4L2_CTRL_TYPE_BITMASK) {
		control->value = (uint32_t)value->value;
	} else {
		control->value = value->value;
	}
}

int control_read_one(struct control_set *set, struct control *control)
{
	struct v4l2_ext_control value;
	int ret;

	control->readable = false;
	if (control->flags & (V4L2_CTRL_FLAG_WRITE_ONLY | V4L2_CTRL_FLAG_DISABLED) ||
	    control->type == V4L2_CTRL_TYPE_BUTTON)
		return 0;
	if (control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD && !payload_room(control))
		return 0;

	ret = get_value(set, control, &value);
	if (ret == -ENODEV)
		return ret;
	if (ret < 0) {
		log_detail(set->log, "control-unreadable", "%s: %s can't be read: %s",
			   control->entity, control->name, strerror(-ret));
		return 0;
	}
	take_value(control, &value);
	control->readable = true;
	return 0;
}

/* A control that fails is not readable, and holds up no other. */
int control_refresh(struct control_set *set)
{
	struct control *control;
	int ret;

	for (size_t i = 0; i < set->num_controls; i++) {
		control = set->controls[i];
		if (control->defect == no_answer)
			continue;
		ret = control_query_one(set, control);
		if (ret >= 0)
			ret = control_read_one(set, control);
		else
			control->readable = false;
		if (ret == -ENODEV || ret == -ENOMEM)
			return ret;
	}
	return 0;
}
