// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cameras a tool knows, and how the one that is meant is found by what the user
 * typed.
 */
#include "common/tool/camera.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/device/discover.h"
#include "common/device/holder.h"
#include "common/device/media.h"

int camera_add(struct camera_list *list, const struct camera *camera)
{
	struct camera *grown;

	grown = realloc(list->cameras, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[list->count] = *camera;
	list->cameras = grown;
	list->count++;
	return 0;
}

int camera_add_entity(struct camera_list *list, const struct media *media,
		      const char *entity, unsigned which)
{
	struct camera camera = { .which = which };

	snprintf(camera.id, sizeof(camera.id), "%s", entity);
	snprintf(camera.entity, sizeof(camera.entity), "%s", entity);
	snprintf(camera.model, sizeof(camera.model), "%s", media->info.model);
	snprintf(camera.bus, sizeof(camera.bus), "%s", media->info.bus_info);
	snprintf(camera.media, sizeof(camera.media), "%s", media->path);
	return camera_add(list, &camera);
}

/* An i2c device's name ends in its bus and address, "10-0010". */
static bool is_place(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits && word[digits] == '-' &&
	       strspn(word + digits + 1, "0123456789abcdef") == strlen(word + digits + 1);
}

void camera_product(const struct camera *camera, char product[static 64])
{
	char *last;

	snprintf(product, 64, "%s", camera->entity[0] ? camera->entity : camera->model);
	last = strrchr(product, ' ');
	if (last && is_place(last + 1))
		*last = '\0';
}

const char *camera_maker(const char *product)
{
	static const struct {
		const char *beginning; /* and a digit */
		const char *maker;
	} makers[] = {
		{ "ar", "onsemi" },     { "gc", "GalaxyCore" }, { "hi", "SK hynix" },
		{ "imx", "Sony" },      { "mt9", "onsemi" },    { "og", "OmniVision" },
		{ "ov", "OmniVision" }, { "ox", "OmniVision" }, { "s5k", "Samsung" },
	};

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		size_t length = strlen(makers[i].beginning);

		if (!strncmp(product, makers[i].beginning, length) &&
		    strspn(product + length, "0123456789"))
			return makers[i].maker;
	}
	return NULL;
}

void camera_finish(struct camera_list *list)
{
	free(list->cameras);
	*list = (struct camera_list){ 0 };
}

/* The cameras of one media device; a device that goes away meanwhile has none. */
static int find_in(struct log *log, const struct discover_media *device,
		   camera_find_fn *find, struct camera_list *list)
{
	char text[HOLDER_TEXT_SIZE];
	struct media *media;
	int ret = device->error;

	if (ret == 0)
		ret = media_open(log, device->node, &media);
	if (ret == -EACCES || ret == -EPERM)
		log_warning(log, "no-permission", "no permission: %s",
			    holder_permission_text(device->node, text));
	if (ret < 0)
		return ret;
	ret = find(media, list);
	media_destroy(media);
	return ret;
}

/*
 * A device that goes away, or was never answered for, is not there; anything else is
 * worth knowing.
 */
static bool is_absent(int error)
{
	return error == -ENODEV || error == -ENXIO || error == -ENOENT || error == -EAGAIN;
}

int camera_find_all(struct log *log, struct discover *discover, const char *const *drivers,
		    camera_find_fn *find, struct camera_list *list)
{
	struct discover_media *devices = NULL;
	int ret, first_error = 0;
	size_t count = 0;

	ret = discover_list(discover, drivers, &devices, &count);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < count; i++) {
		ret = find_in(log, &devices[i], find, list);
		if (ret < 0 && !is_absent(ret) && !first_error)
			first_error = ret;
	}
	free(devices);
	return list->count ? 0 : first_error;
}

/* True if data can get from one entity to the other over links, enabled or not. */
static bool can_reach(const struct media *media, const struct media_entity *from,
		      const struct media_entity *to, unsigned depth)
{
	if (from == to)
		return true;
	for (unsigned i = 0; i < media->num_links && depth; i++)
		if (media->links[i].source->entity == from &&
		    can_reach(media, media->links[i].sink->entity, to, depth - 1))
			return true;
	return false;
}

/* Paths in capture graphs are short; a circle ends here too. */
#define MAX_DEPTH 12

/* A node that tells something on the way what to do, as parameters do. */
static bool steers(const struct media *media, const struct media_entity *entity,
		   const struct media_entity *sensor)
{
	for (unsigned i = 0; i < media->num_links; i++)
		if (media->links[i].source->entity == entity &&
		    entity->function == MEDIA_ENT_F_IO_V4L &&
		    can_reach(media, sensor, media->links[i].sink->entity, MAX_DEPTH))
			return true;
	return false;
}

static bool uses_device(struct log *log, const struct camera *camera, dev_t device)
{
	const struct media_entity *sensor, *entity;
	struct media *media;
	bool uses;

	if (media_open(log, camera->media, &media) < 0)
		return false;
	sensor = media_find(media, camera->entity);
	entity = media_find_device(media, device);
	uses = sensor && entity &&
	       (can_reach(media, sensor, entity, MAX_DEPTH) || steers(media, entity, sensor));
	media_destroy(media);
	return uses;
}

static bool owns_device(const struct camera *camera, dev_t device)
{
	for (size_t i = 0; i < CAMERA_MAX_DEVICES; i++)
		if (camera->devices[i] && camera->devices[i] == device)
			return true;
	return false;
}

static const struct camera *find_by_node(struct log *log, const struct camera_list *list,
					 const char *path)
{
	struct stat node, media;

	if (stat(path, &node) < 0 || !S_ISCHR(node.st_mode))
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct camera *camera = &list->cameras[i];

		if (stat(camera->media, &media) == 0 && media.st_rdev == node.st_rdev)
			return camera;
		if (owns_device(camera, node.st_rdev))
			return camera;
		if (camera->entity[0] && uses_device(log, camera, node.st_rdev))
			return camera;
	}
	return NULL;
}

static bool is_called(const struct camera *camera, const char *text)
{
	for (size_t i = 0; i < CAMERA_MAX_ALIASES; i++)
		if (strcmp(camera->aliases[i], text) == 0)
			return true;
	return false;
}

static bool begins_with(const struct camera *camera, const char *text)
{
	for (size_t i = 0; i < CAMERA_MAX_ALIASES; i++)
		if (text_starts_with(camera->aliases[i], text))
			return true;
	return text_starts_with(camera->id, text);
}

static const struct camera *
find_by(bool (*matches)(const struct camera *camera, const char *text),
	const struct camera_list *list, const char *text, unsigned *count)
{
	const struct camera *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (!matches(&list->cameras[i], text))
			continue;
		found = found ? found : &list->cameras[i];
		(*count)++;
	}
	return found;
}

/*
 * Whole names come first, and "1" is the first camera, whatever somebody's serial begins with;
 * but "0001" is a serial, and not the first camera while that one is unplugged.
 */
static const struct camera *find_by_name(const struct camera_list *list, const char *text,
					 unsigned *count)
{
	const struct camera *found;
	uint64_t number;

	*count = 0;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->cameras[i].id, text) == 0)
			return &list->cameras[i];
	found = *text ? find_by(is_called, list, text, count) : NULL;
	if (found)
		return found;
	if (text[0] != '0' && text_unsigned(text, 1, list->count, &number) == 0)
		return &list->cameras[number - 1];
	/* A short number is one of the list that is not there, and no beginning of a serial. */
	if (strlen(text) < 4 && text[strspn(text, "0123456789")] == '\0')
		return NULL;
	return find_by(begins_with, list, text, count);
}

int camera_choose(struct log *log, const struct camera_list *list, const char *text,
		  const struct camera **camera)
{
	unsigned count = 0;

	if (list->count == 0) {
		log_error(log, "no-camera", "no camera found");
		return -ENODEV;
	}
	if (!text) {
		*camera = &list->cameras[0];
		log_notice(log, "camera-chosen", "taking the first camera, '%s'",
			   (*camera)->id);
		return 0;
	}
	if (text[0] == '/')
		*camera = find_by_node(log, list, text);
	else
		*camera = find_by_name(list, text, &count);
	if (count > 1) {
		log_error(log, "no-camera", "'%s' stands for %u cameras; --list has them",
			  text, count);
		return -EINVAL;
	}
	if (!*camera) {
		log_error(log, "no-camera",
			  "no camera '%s' (--list has those that are there)", text);
		return -ENODEV;
	}
	return 0;
}
