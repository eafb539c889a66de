// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control values of one or several devices: the set, what the devices say, and look-ups.
 */
#include "common/device/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/control_private.h"
#include "common/device/video.h"

/*
 * Every ioctl of a set: one that fails because the device was pulled out says so, if that is
 * known. Waiting for it is control_true_error()'s, once, and not for each control that fails.
 */
static int device_ioctl(int fd, unsigned long request, void *argument)
{
	int ret = sys_ioctl(fd, request, argument);

	return ret < 0 && ret != -EINVAL && video_is_gone(fd) ? -ENODEV : ret;
}

int control_true_error(const struct control_set *set, int error)
{
	int ret = error;

	for (unsigned i = 0; i < set->num_devices && ret == error; i++)
		ret = video_true_error(set->devices[i].fd, error);
	return ret;
}

int control_create(struct log *log, struct control_set **set)
{
	struct control_set *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->log = log;
	made->ioctl = device_ioctl;
	*set = made;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	control_value_destroy(control->staged);
	control_value_destroy(control->before);
	free(control->payload);
	free(control->items);
	free(control);
}

void control_destroy(struct control_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->num_controls; i++)
		control_free(set->controls[i]);
	for (unsigned i = 0; i < set->num_devices; i++) {
		free(set->devices[i].entity);
		free(set->devices[i].node);
	}
	free(set->controls);
	free(set->devices);
	free(set);
}

struct control *control_at(const struct control_set *set, size_t index)
{
	return index < set->num_controls ? set->controls[index] : NULL;
}

struct control *control_neighbour(const struct control_set *set,
				  const struct control *control, uint32_t id)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if (set->controls[i]->device == control->device && set->controls[i]->id == id)
			return set->controls[i];
	return NULL;
}

/*
 * What v4l2-ctl makes of a title: lower case, one _ for whatever stands between the
 * words.
 */
#define BARE_NAME_SIZE 32
static void make_name(const char *title, char name[static BARE_NAME_SIZE])
{
	bool gap = false;
	size_t used = 0;

	for (; *title && used + 1 < BARE_NAME_SIZE; title++) {
		char byte = *title;

		if (byte >= 'A' && byte <= 'Z')
			byte = (char)(byte - 'A' + 'a');
		if ((byte < 'a' || byte > 'z') && (byte < '0' || byte > '9')) {
			gap = used > 0;
			continue;
		}
		if (gap)
			name[used++] = '_';
		gap = false;
		name[used++] = byte;
	}
	name[used] = '\0';
}

static bool name_is_taken(const struct control_set *set, const struct control *control)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if (set->controls[i]->device == control->device &&
		    !strcmp(set->controls[i]->name, control->name))
			return true;
	return false;
}

/*
 * Every control can be named: by its id too, if nothing is left of the title or it is
 * taken.
 */
void control_make_name(const struct control_set *set, struct control *control)
{
	char name[BARE_NAME_SIZE];

	make_name(control->title, name);
	memcpy(control->name, name, sizeof(name));
	if (!name[0] || name_is_taken(set, control))
		snprintf(control->name, sizeof(control->name), "%s%s0x%08" PRIx32, name,
			 name[0] ? "_" : "", control->id);
}

/* The device whose entity stands ahead of a colon, the longest one; -1 if none does. */
static int find_prefix(const struct control_set *set, const char *text)
{
	size_t longest = 0, length;
	int found = -1;

	for (unsigned i = 0; i < set->num_devices; i++) {
		length = strlen(set->devices[i].entity);
		if (text_starts_with(text, set->devices[i].entity) &&
		    text[length] == ':' && (found < 0 || length > longest)) {
			longest = length;
			found = (int)i;
		}
	}
	return found;
}

/*
 * uvcvideo had names of its own for these until 5.17; scripts have them still, and an older
 * kernel has nothing else.
 */
static const struct {
	uint32_t id;
	const char *name;
	const char *old_name;
} aliases[] = {
	{ V4L2_CID_EXPOSURE_AUTO, "auto_exposure", "exposure_auto" },
	{ V4L2_CID_EXPOSURE_ABSOLUTE, "exposure_time_absolute", "exposure_absolute" },
	{ V4L2_CID_EXPOSURE_AUTO_PRIORITY, "exposure_dynamic_framerate",
	  "exposure_auto_priority" },
	{ V4L2_CID_AUTO_WHITE_BALANCE, "white_balance_automatic",
	  "white_balance_temperature_auto" },
	{ V4L2_CID_AUTO_WHITE_BALANCE, "white_balance_automatic",
	  "white_balance_component_auto" },
	{ V4L2_CID_BLUE_BALANCE, "blue_balance", "white_balance_blue_component" },
	{ V4L2_CID_RED_BALANCE, "red_balance", "white_balance_red_component" },
	{ V4L2_CID_FOCUS_AUTO, "focus_automatic_continuous", "focus_auto" },
	{ V4L2_CID_HUE_AUTO, "hue_automatic", "hue_auto" },
};

uint32_t control_alias(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].name, name) || !strcmp(aliases[i].old_name, name))
			return aliases[i].id;
	return 0;
}

static struct control *find_id(const struct control_set *set, int device, int64_t id)
{
	for (size_t i = 0; i < set->num_controls; i++)
		if ((device < 0 || set->controls[i]->device == (unsigned)device) &&
		    set->controls[i]->id == id)
			return set->controls[i];
	return NULL;
}

struct control *control_find(const struct control_set *set, const char *name)
{
	int device = find_prefix(set, name);
	int64_t id;

	if (device >= 0)
		name += strlen(set->devices[device].entity) + 1;
	for (size_t i = 0; i < set->num_controls; i++)
		if ((device < 0 || set->controls[i]->device == (unsigned)device) &&
		    !strcmp(set->controls[i]->name, name))
			return set->controls[i];

	/* After the names, as one may begin with a digit: "3a_lock". */
	id = control_alias(name);
	if (!id && text_signed(name, 0, UINT32_MAX, &id) < 0)
		return NULL;
	return find_id(set, device, id);
}

void control_unstage(struct control_set *set, const char *name)
{
	for (size_t i = 0; i < set->num_controls; i++) {
		struct control *control = set->controls[i];

		if (!control->staged || strcmp(control->name, name) != 0)
			continue;
		log_notice(set->log, "control-left",
			   "%s: %s is left out: there is an option for it",
			   control->entity, name);
		control_value_destroy(control->staged);
		control->staged = NULL;
	}
}
