// SPDX-License-Identifier: GPL-2.0-or-later
/* The planes of a display: which there are, what they can show, and how they are told to. */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/sink/kms_private.h"

static const char *const encoding_names[] = {
	[KMS_BT601] = "ITU-R BT.601 YCbCr",
	[KMS_BT709] = "ITU-R BT.709 YCbCr",
	[KMS_BT2020] = "ITU-R BT.2020 YCbCr",
};

static const char *const range_names[] = {
	[KMS_LIMITED] = "YCbCr limited range",
	[KMS_FULL] = "YCbCr full range",
};

/* With no blob of formats and modifiers, all formats are meant to lie in lines. */
static int take_plain_formats(const drmModePlane *answer, struct kms_plane *plane)
{
	plane->formats = calloc(answer->count_formats + 1, sizeof(*plane->formats));
	if (!plane->formats)
		return -ENOMEM;
	memcpy(plane->formats, answer->formats,
	       answer->count_formats * sizeof(*plane->formats));
	plane->num_formats = answer->count_formats;
	return 0;
}

/* Cameras deliver lines one after another; what can only be shown in tiles is left out. */
static int take_linear_formats(const drmModePropertyBlobRes *blob, struct kms_plane *plane)
{
	drmModeFormatModifierIterator iterator = { 0 };
	unsigned room = 0;

	while (drmModeFormatModifierBlobIterNext(blob, &iterator))
		room += iterator.mod == DRM_FORMAT_MOD_LINEAR;
	plane->formats = calloc(room + 1, sizeof(*plane->formats));
	if (!plane->formats)
		return -ENOMEM;
	iterator = (drmModeFormatModifierIterator){ 0 };
	while (drmModeFormatModifierBlobIterNext(blob, &iterator))
		if (iterator.mod == DRM_FORMAT_MOD_LINEAR && plane->num_formats < room)
			plane->formats[plane->num_formats++] = iterator.fmt;
	return 0;
}

static int read_formats(const struct kms *kms, const drmModePlane *answer,
			struct kms_plane *plane)
{
	uint32_t id = (uint32_t)plane->object.saved[KMS_IN_FORMATS];
	drmModePropertyBlobRes *blob = NULL;
	int ret;

	if (kms->has_modifiers && id)
		blob = drmModeGetPropertyBlob(kms->fd, id);
	if (!blob)
		return take_plain_formats(answer, plane);
	ret = take_linear_formats(blob, plane);
	drmModeFreePropertyBlob(blob);
	return ret;
}

static void read_values(int fd, struct kms_plane *plane)
{
	for (unsigned i = 0; i < KMS_NUM_ENCODINGS; i++)
		plane->encodings[i] = kms_object_value(fd, &plane->object, KMS_ENCODING,
						       encoding_names[i]);
	for (unsigned i = 0; i < KMS_NUM_RANGES; i++)
		plane->ranges[i] =
			kms_object_value(fd, &plane->object, KMS_RANGE, range_names[i]);
	plane->opaque = kms_object_value(fd, &plane->object, KMS_BLEND, "None");
}

/* Fills in the next plane if it is for our CRTC, and not in use by another one. */
static int take_plane(struct kms *kms, uint32_t id)
{
	struct kms_plane *plane = &kms->planes[kms->num_planes];
	drmModePlane *answer;
	uint64_t user;
	int ret = 0;

	answer = drmModeGetPlane(kms->fd, id);
	if (!answer)
		return errno ? -errno : -ENOMEM;
	if (answer->possible_crtcs >> kms->crtc_number & 1)
		ret = kms_object_read(kms->fd, id, DRM_MODE_OBJECT_PLANE, &plane->object);
	user = plane->object.saved[KMS_CRTC_ID];
	if (ret == 0 && plane->object.properties[KMS_FB_ID] &&
	    (!user || user == kms->crtc.id)) {
		ret = read_formats(kms, answer, plane);
		read_values(kms->fd, plane);
		kms->num_planes++;
	}
	drmModeFreePlane(answer);
	return ret;
}

/* The one that is on, or else the first: where planes are shared, drivers name them in order. */
static struct kms_plane *find_primary(struct kms *kms)
{
	struct kms_plane *first = NULL;

	for (unsigned i = 0; i < kms->num_planes; i++) {
		struct kms_plane *plane = &kms->planes[i];

		if (plane->object.saved[KMS_TYPE] != DRM_PLANE_TYPE_PRIMARY)
			continue;
		if (plane->object.saved[KMS_CRTC_ID] == kms->crtc.id)
			return plane;
		if (!first)
			first = plane;
	}
	return first;
}

int kms_planes_read(struct kms *kms)
{
	drmModePlaneRes *list;
	int ret = 0;

	list = drmModeGetPlaneResources(kms->fd);
	if (!list)
		ret = errno ? -errno : -ENOMEM;
	for (uint32_t i = 0; list && i < list->count_planes && ret == 0; i++)
		if (kms->num_planes < KMS_MAX_PLANES)
			ret = take_plane(kms, list->planes[i]);
	drmModeFreePlaneResources(list);
	kms->primary = find_primary(kms);
	if (ret == 0 && !kms->primary)
		ret = -ENODEV;
	if (ret < 0)
		log_error(kms->log, "display-refused",
			  "display %s: reading its planes: %s", kms->name, strerror(-ret));
	return ret;
}

void kms_planes_free(struct kms *kms)
{
	for (unsigned i = 0; i < KMS_MAX_PLANES; i++)
		free(kms->planes[i].formats);
}

bool kms_plane_can_show(const struct kms_plane *plane, uint32_t fourcc)
{
	for (unsigned i = 0; i < plane->num_formats; i++)
		if (plane->formats[i] == fourcc)
			return true;
	return false;
}

/* What another program may have left there: turned, half transparent. */
static void put_usual(const struct kms_plane *plane, struct kms_request *request)
{
	kms_request_put(request, &plane->object, KMS_ROTATION, DRM_MODE_ROTATE_0);
	kms_request_put(request, &plane->object, KMS_ALPHA, UINT16_MAX);
	if (plane->opaque != KMS_NO_VALUE)
		kms_request_put(request, &plane->object, KMS_BLEND, plane->opaque);
}

void kms_plane_put(const struct kms *kms, const struct kms_plane *plane,
		   const struct kms_picture *picture, const struct kms_place *place,
		   uint32_t framebuffer, struct kms_request *request)
{
	const struct kms_object *object = &plane->object;

	kms_request_put(request, object, KMS_CRTC_ID, kms->crtc.id);
	kms_request_put(request, object, KMS_FB_ID, framebuffer);
	/* The source is in 65536ths of a pixel. */
	kms_request_put(request, object, KMS_SRC_X, (uint64_t)place->source_x << 16);
	kms_request_put(request, object, KMS_SRC_Y, (uint64_t)place->source_y << 16);
	kms_request_put(request, object, KMS_SRC_W, (uint64_t)place->source_width << 16);
	kms_request_put(request, object, KMS_SRC_H, (uint64_t)place->source_height << 16);
	kms_request_put(request, object, KMS_CRTC_X, place->x);
	kms_request_put(request, object, KMS_CRTC_Y, place->y);
	kms_request_put(request, object, KMS_CRTC_W, place->width);
	kms_request_put(request, object, KMS_CRTC_H, place->height);
	put_usual(plane, request);
	if (!picture->is_yuv)
		return;
	if (plane->encodings[picture->encoding] != KMS_NO_VALUE)
		kms_request_put(request, object, KMS_ENCODING,
				plane->encodings[picture->encoding]);
	if (plane->ranges[picture->range] != KMS_NO_VALUE)
		kms_request_put(request, object, KMS_RANGE, plane->ranges[picture->range]);
}

void kms_plane_put_off(const struct kms_plane *plane, struct kms_request *request)
{
	kms_request_put(request, &plane->object, KMS_CRTC_ID, 0);
	kms_request_put(request, &plane->object, KMS_FB_ID, 0);
}
