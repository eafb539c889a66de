// SPDX-License-Identifier: GPL-2.0-or-later
/* Connectors, CRTCs and planes as sets of properties, and requests to change some of them at once. */
#include <errno.h>
#include <string.h>

#include "common/sink/kms_private.h"

static const char *const names[] = {
	[KMS_ACTIVE] = "ACTIVE",
	[KMS_MODE_ID] = "MODE_ID",
	[KMS_CRTC_ID] = "CRTC_ID",
	[KMS_FB_ID] = "FB_ID",
	[KMS_SRC_X] = "SRC_X",
	[KMS_SRC_Y] = "SRC_Y",
	[KMS_SRC_W] = "SRC_W",
	[KMS_SRC_H] = "SRC_H",
	[KMS_CRTC_X] = "CRTC_X",
	[KMS_CRTC_Y] = "CRTC_Y",
	[KMS_CRTC_W] = "CRTC_W",
	[KMS_CRTC_H] = "CRTC_H",
	[KMS_ROTATION] = "rotation",
	[KMS_ALPHA] = "alpha",
	[KMS_BLEND] = "pixel blend mode",
	[KMS_ENCODING] = "COLOR_ENCODING",
	[KMS_RANGE] = "COLOR_RANGE",
	[KMS_TYPE] = "type",
	[KMS_IN_FORMATS] = "IN_FORMATS",
};

static void note(struct kms_object *object, const drmModePropertyRes *property, uint64_t value)
{
	for (unsigned i = 0; i < KMS_NUM_PROPERTIES; i++) {
		if (strncmp(property->name, names[i], sizeof(property->name)) != 0)
			continue;
		/* What can't be set is left alone. */
		if (i < KMS_TYPE && property->flags & DRM_MODE_PROP_IMMUTABLE)
			continue;
		object->properties[i] = property->prop_id;
		object->saved[i] = value;
	}
}

int kms_object_read(int fd, uint32_t id, uint32_t type, struct kms_object *object)
{
	drmModeObjectProperties *list;
	drmModePropertyRes *property;

	*object = (struct kms_object){ .id = id };
	list = drmModeObjectGetProperties(fd, id, type);
	if (!list)
		return errno ? -errno : -ENOMEM;
	for (uint32_t i = 0; i < list->count_props; i++) {
		property = drmModeGetProperty(fd, list->props[i]);
		if (!property)
			continue;
		note(object, property, list->prop_values[i]);
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(list);
	return 0;
}

uint64_t kms_object_value(int fd, const struct kms_object *object,
			  enum kms_property property, const char *name)
{
	drmModePropertyRes *answer;
	uint64_t value = KMS_NO_VALUE;

	if (!object->properties[property])
		return KMS_NO_VALUE;
	answer = drmModeGetProperty(fd, object->properties[property]);
	if (!answer)
		return KMS_NO_VALUE;
	for (int i = 0; i < answer->count_enums; i++)
		if (!strcmp(answer->enums[i].name, name))
			value = answer->enums[i].value;
	drmModeFreeProperty(answer);
	return value;
}

void kms_request_put(struct kms_request *request, const struct kms_object *object,
		     enum kms_property property, uint64_t value)
{
	unsigned last = request->num_objects - 1;

	if (!object->properties[property])
		return;
	if (!request->num_objects || request->objects[last] != object->id) {
		last = request->num_objects++;
		request->objects[last] = object->id;
		request->counts[last] = 0;
	}
	request->counts[last]++;
	request->properties[request->num_properties] = object->properties[property];
	request->values[request->num_properties++] = value;
}

/* Without drmModeAtomicCommit(), which allocates. */
int kms_request_commit(const struct kms_request *request, struct kms *kms, uint32_t flags)
{
	struct drm_mode_atomic atomic = {
		.flags = flags,
		.count_objs = request->num_objects,
		.objs_ptr = (uintptr_t)request->objects,
		.count_props_ptr = (uintptr_t)request->counts,
		.props_ptr = (uintptr_t)request->properties,
		.prop_values_ptr = (uintptr_t)request->values,
		.user_data = (uintptr_t)kms,
	};

	return drmIoctl(kms->fd, DRM_IOCTL_MODE_ATOMIC, &atomic) < 0 ? -errno : 0;
}
