/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of kms share. */
#ifndef RAWLINE_KMS_PRIVATE_H
#define RAWLINE_KMS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "common/sink/kms.h"

/* More of them would only be left alone. */
#define KMS_MAX_PLANES 32

/* Properties of all kinds of objects; each has some of them. */
enum kms_property {
	KMS_ACTIVE,
	KMS_MODE_ID,
	KMS_CRTC_ID,
	KMS_FB_ID,
	KMS_SRC_X,
	KMS_SRC_Y,
	KMS_SRC_W,
	KMS_SRC_H,
	KMS_CRTC_X,
	KMS_CRTC_Y,
	KMS_CRTC_W,
	KMS_CRTC_H,
	KMS_ROTATION,
	KMS_ALPHA,
	KMS_BLEND,
	KMS_ENCODING,
	KMS_RANGE,
	KMS_TYPE,       /* only looked at */
	KMS_IN_FORMATS, /* only looked at */
	KMS_NUM_PROPERTIES,
};

/* A connector, CRTC or plane. */
struct kms_object {
	uint32_t id;
	uint32_t properties[KMS_NUM_PROPERTIES]; /* their numbers; 0: it has none */
	uint64_t saved[KMS_NUM_PROPERTIES];      /* as they were before us */
};

#define KMS_NO_VALUE UINT64_MAX

struct kms_plane {
	struct kms_object object;
	unsigned num_formats;
	uint32_t *formats; /* that it can show in lines */
	/* Values of its properties by their meaning; KMS_NO_VALUE: it has no such. */
	uint64_t encodings[KMS_NUM_ENCODINGS];
	uint64_t ranges[KMS_NUM_RANGES];
	uint64_t opaque;
};

/* What of a picture is shown, and where, in pixels. */
struct kms_place {
	uint32_t source_x;
	uint32_t source_y;
	uint32_t source_width;
	uint32_t source_height;
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

struct kms {
	struct log *log;
	int fd;
	char node[64]; /* "/dev/dri/card0" */
	char name[32]; /* the connector's */
	char driver[32];
	struct kms_object connector;
	struct kms_object crtc;
	unsigned crtc_number; /* its place among the card's */
	drmModeModeInfo mode;
	uint32_t mode_blob;
	uint32_t saved_mode_blob; /* 0: there was no mode */
	unsigned num_planes;
	struct kms_plane planes[KMS_MAX_PLANES];
	struct kms_plane *primary;
	struct kms_plane *plane; /* that shows the pictures; NULL: not known yet */
	struct kms_picture picture;
	struct kms_place place;
	uint32_t black; /* a frame buffer for all of the screen */
	uint32_t black_handle;
	bool has_modifiers; /* frame buffers say how their lines lie */
	bool is_changed;    /* the screen is not as it was */
	bool is_shown; /* the plane is on: another frame buffer is all that it needs */
	bool is_away;  /* somebody else may have changed everything */
	bool is_flipping;
};

/* Properties to be set at once. */
struct kms_request {
	unsigned num_objects;
	unsigned num_properties;
	uint32_t objects[KMS_MAX_PLANES + 2];
	uint32_t counts[KMS_MAX_PLANES + 2];
	uint32_t properties[(KMS_MAX_PLANES + 2) * KMS_NUM_PROPERTIES];
	uint64_t values[(KMS_MAX_PLANES + 2) * KMS_NUM_PROPERTIES];
};

/* kms_find.c: opens the card; fills in its names, the connector, CRTC and mode. 0 or -errno; said. */
int kms_find(struct kms *kms, const struct kms_options *options);

/* kms_object.c: the numbers and values of an object's properties (DRM_MODE_OBJECT_*). 0 or -errno. */
int kms_object_read(int fd, uint32_t id, uint32_t type, struct kms_object *object);

/* kms_object.c: what an enumeration of the object calls by this name, or KMS_NO_VALUE. */
uint64_t kms_object_value(int fd, const struct kms_object *object,
			  enum kms_property property, const char *name);

/* kms_object.c: one property more; left out if the object has none. */
void kms_request_put(struct kms_request *request, const struct kms_object *object,
		     enum kms_property property, uint64_t value);

/* kms_object.c: sets them all or none (DRM_MODE_ATOMIC_*). 0 or -errno. */
int kms_request_commit(const struct kms_request *request, struct kms *kms, uint32_t flags);

/* kms_plane.c: the planes that our CRTC can have. 0 or -errno; said. */
int kms_planes_read(struct kms *kms);
void kms_planes_free(struct kms *kms);

bool kms_plane_can_show(const struct kms_plane *plane, uint32_t fourcc);

/* kms_plane.c: with a picture in its place; and dark. */
void kms_plane_put(const struct kms *kms, const struct kms_plane *plane,
		   const struct kms_picture *picture, const struct kms_place *place,
		   uint32_t framebuffer, struct kms_request *request);
void kms_plane_put_off(const struct kms_plane *plane, struct kms_request *request);

/* kms_place.c: as large as the screen is, in its own shape; as it is, in the middle. */
void kms_place_scaled(uint32_t width, uint32_t height, uint32_t screen_width,
		      uint32_t screen_height, struct kms_place *place);
void kms_place_middle(uint32_t width, uint32_t height, uint32_t screen_width,
		      uint32_t screen_height, struct kms_place *place);

#endif
