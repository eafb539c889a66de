/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pretended card for the unit tests of the display: what vkms in the lab does not have, as planes
 * that scale, colours that are not RGB, faults. It takes the place of libdrm's functions.
 */
#ifndef RAWLINE_TEST_KMS_FAKE_H
#define RAWLINE_TEST_KMS_FAKE_H

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/sink/kms_private.h"
#include "test/unit/test.h"

#define FAKE_PLANES  4
#define FAKE_FORMATS 4
#define FAKE_OBJECTS 64
#define FAKE_WIDTH   1920
#define FAKE_HEIGHT  1080

enum {
	FAKE_CRTC = 10, /* and the next one */
	FAKE_CONNECTOR = 20,
	FAKE_ENCODER = 25,
	FAKE_PLANE = 30, /* and the next ones */
	FAKE_PROPERTY = 100,
	FAKE_BLOB = 200,
};

struct fake_plane {
	uint64_t type; /* DRM_PLANE_TYPE_* */
	uint32_t formats[FAKE_FORMATS];
	bool is_tiled;   /* it can't show them in lines */
	bool scales;     /* by any factor */
	bool must_cover; /* all of the screen */
};

static struct fake_card {
	struct fake_plane planes[FAKE_PLANES];
	bool is_dark;     /* nothing is connected */
	bool is_renderer; /* the first card has no connectors */
	bool no_atomic;
	bool no_import;
	bool no_modifiers;
	bool is_busy;                                      /* another program is master */
	uint64_t values[FAKE_OBJECTS][KMS_NUM_PROPERTIES]; /* as they are now */
	bool crtc_is_on[2];
	int import_error, framebuffer_error, commit_error;
	unsigned num_imports, num_framebuffers, num_removed, num_closed;
	unsigned num_commits; /* that did something */
	unsigned num_tests;
	unsigned last_count; /* of properties, in the last commit */
	uint32_t last_flags;
	uint32_t fourcc, handles[4], pitches[4], offsets[4]; /* of the last frame buffer */
	bool has_event;
	void *event_data;
} card;

static const char *const fake_names[] = {
	"ACTIVE",         "MODE_ID",     "CRTC_ID",  "FB_ID",      "SRC_X",
	"SRC_Y",          "SRC_W",       "SRC_H",    "CRTC_X",     "CRTC_Y",
	"CRTC_W",         "CRTC_H",      "rotation", "alpha",      "pixel blend mode",
	"COLOR_ENCODING", "COLOR_RANGE", "type",     "IN_FORMATS",
};

/* Of one plane, by its place. */
static inline uint64_t fake_value(unsigned plane, enum kms_property property)
{
	return card.values[FAKE_PLANE + plane][property];
}

static struct fake_ears {
	struct log log;
	unsigned count;
	char text[2048];
} ears;

static inline void fake_hear(void *context, enum log_level level, const char *code,
			     const char *sentence)
{
	size_t used = strlen(ears.text);

	ears.count++;
	snprintf(ears.text + used, sizeof(ears.text) - used, "%s %s\n", code, sentence);
}

#define CHECK_HEARD(words) fake_heard(__LINE__, words)
static inline void fake_heard(int line, const char *words)
{
	if (!strstr(ears.text, words))
		test_fail(__FILE__, line, "not said: \"%s\", but: \"%s\"", words, ears.text);
}

static char fake_folder[] = "/tmp/rawline-kms-XXXXXX";

static inline void fake_path(unsigned number, char *path, size_t size)
{
	snprintf(path, size, "%s/card%u", fake_folder, number);
}

/* Two cards, whose nodes are files; both answer alike, unless the first one only renders. */
static inline bool fake_begin(void)
{
	char path[64];

	if (!mkdtemp(fake_folder))
		return false;
	for (unsigned i = 0; i < 2; i++) {
		int fd;

		fake_path(i, path, sizeof(path));
		fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0 || ftruncate(fd, FAKE_WIDTH * FAKE_HEIGHT * 4) < 0)
			return false;
		close(fd);
	}
	return true;
}

static inline void fake_end(void)
{
	char path[64];

	for (unsigned i = 0; i < 2; i++) {
		fake_path(i, path, sizeof(path));
		unlink(path);
	}
	rmdir(fake_folder);
}

/* A usual card: a primary plane of XR24, an overlay of XR24 and NV12 that scales. */
static inline struct log *fake_reset(void)
{
	card = (struct fake_card){
		.planes = {
			{ .type = DRM_PLANE_TYPE_PRIMARY, .formats = { DRM_FORMAT_XRGB8888 } },
			{ .type = DRM_PLANE_TYPE_OVERLAY,
			  .formats = { DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12 },
			  .scales = true },
			{ .type = DRM_PLANE_TYPE_CURSOR, .formats = { DRM_FORMAT_ARGB8888 } },
		},
	};
	memset(&ears, 0, sizeof(ears));
	log_init(&ears.log, "test");
	ears.log.level = LOG_SILENT;
	ears.log.listener = fake_hear;
	return &ears.log;
}

/* ---- libdrm's functions ---- */

int drmIsMaster(int fd)
{
	return !card.is_busy;
}

int drmSetMaster(int fd)
{
	errno = EBUSY;
	return card.is_busy ? -1 : 0;
}

int drmSetClientCap(int fd, uint64_t capability, uint64_t value)
{
	return card.no_atomic && capability == DRM_CLIENT_CAP_ATOMIC ? -EOPNOTSUPP : 0;
}

int drmGetCap(int fd, uint64_t capability, uint64_t *value)
{
	if (capability == DRM_CAP_PRIME)
		*value = card.no_import ? DRM_PRIME_CAP_EXPORT :
					  DRM_PRIME_CAP_EXPORT | DRM_PRIME_CAP_IMPORT;
	else
		*value = !card.no_modifiers;
	return 0;
}

drmVersionPtr drmGetVersion(int fd)
{
	drmVersion *version = calloc(1, sizeof(*version));

	version->name = strdup("pretended");
	return version;
}

void drmFreeVersion(drmVersionPtr version)
{
	free(version->name);
	free(version);
}

/* Which of the two this is. */
static inline unsigned fake_number(int fd)
{
	struct stat wanted, status;
	char path[64];

	fake_path(0, path, sizeof(path));
	return fstat(fd, &wanted) == 0 && stat(path, &status) == 0 &&
	       wanted.st_ino != status.st_ino;
}

drmModeResPtr drmModeGetResources(int fd)
{
	static uint32_t connectors[] = { FAKE_CONNECTOR };
	static uint32_t crtcs[] = { FAKE_CRTC, FAKE_CRTC + 1 };
	drmModeRes *resources;

	if (card.is_renderer && fake_number(fd) == 0) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	resources = calloc(1, sizeof(*resources));
	resources->count_connectors = 1;
	resources->connectors = connectors;
	resources->count_crtcs = 2;
	resources->crtcs = crtcs;
	return resources;
}

void drmModeFreeResources(drmModeResPtr resources)
{
	free(resources);
}

drmModeConnectorPtr drmModeGetConnector(int fd, uint32_t id)
{
	static uint32_t encoders[] = { FAKE_ENCODER };
	static drmModeModeInfo modes[] = {
		{ .hdisplay = 640, .vdisplay = 480, .vrefresh = 75 },
		{ .hdisplay = FAKE_WIDTH,
		  .vdisplay = FAKE_HEIGHT,
		  .vrefresh = 50,
		  .type = DRM_MODE_TYPE_PREFERRED },
	};
	drmModeConnector *connector = calloc(1, sizeof(*connector));

	connector->connector_id = id;
	connector->connector_type = DRM_MODE_CONNECTOR_HDMIA;
	connector->connector_type_id = 1;
	connector->connection = card.is_dark ? DRM_MODE_DISCONNECTED : DRM_MODE_CONNECTED;
	connector->count_modes = card.is_dark ? 0 : 2;
	connector->modes = modes;
	connector->count_encoders = 1;
	connector->encoders = encoders;
	return connector;
}

void drmModeFreeConnector(drmModeConnectorPtr connector)
{
	free(connector);
}

drmModeEncoderPtr drmModeGetEncoder(int fd, uint32_t id)
{
	drmModeEncoder *encoder = calloc(1, sizeof(*encoder));

	encoder->possible_crtcs = 3;
	return encoder;
}

void drmModeFreeEncoder(drmModeEncoderPtr encoder)
{
	free(encoder);
}

drmModeCrtcPtr drmModeGetCrtc(int fd, uint32_t id)
{
	drmModeCrtc *crtc = calloc(1, sizeof(*crtc));

	crtc->mode_valid = card.crtc_is_on[id - FAKE_CRTC];
	crtc->mode.hdisplay = 800;
	crtc->mode.vdisplay = 600;
	return crtc;
}

void drmModeFreeCrtc(drmModeCrtcPtr crtc)
{
	free(crtc);
}

static inline bool fake_has(uint32_t type, unsigned property)
{
	if (type == DRM_MODE_OBJECT_CRTC)
		return property <= KMS_MODE_ID;
	if (type == DRM_MODE_OBJECT_CONNECTOR)
		return property == KMS_CRTC_ID;
	return property >= KMS_CRTC_ID && (property != KMS_IN_FORMATS || !card.no_modifiers);
}

drmModeObjectPropertiesPtr drmModeObjectGetProperties(int fd, uint32_t id, uint32_t type)
{
	drmModeObjectProperties *list = calloc(1, sizeof(*list));

	list->props = calloc(KMS_NUM_PROPERTIES, sizeof(*list->props));
	list->prop_values = calloc(KMS_NUM_PROPERTIES, sizeof(*list->prop_values));
	for (unsigned i = 0; i < KMS_NUM_PROPERTIES; i++) {
		uint64_t value = card.values[id][i];

		if (!fake_has(type, i))
			continue;
		if (i == KMS_TYPE)
			value = card.planes[id - FAKE_PLANE].type;
		if (i == KMS_IN_FORMATS)
			value = FAKE_BLOB + id;
		list->props[list->count_props] = FAKE_PROPERTY + i;
		list->prop_values[list->count_props++] = value;
	}
	return list;
}

void drmModeFreeObjectProperties(drmModeObjectPropertiesPtr list)
{
	free(list->props);
	free(list->prop_values);
	free(list);
}

drmModePropertyPtr drmModeGetProperty(int fd, uint32_t id)
{
	static struct drm_mode_property_enum encodings[] = {
		{ .value = 7, .name = "ITU-R BT.601 YCbCr" },
		{ .value = 8, .name = "ITU-R BT.709 YCbCr" },
	};
	static struct drm_mode_property_enum ranges[] = {
		{ .value = 3, .name = "YCbCr limited range" },
		{ .value = 4, .name = "YCbCr full range" },
	};
	drmModePropertyRes *property = calloc(1, sizeof(*property));

	property->prop_id = id;
	strcpy(property->name, fake_names[id - FAKE_PROPERTY]);
	if (id == FAKE_PROPERTY + KMS_ENCODING) {
		property->count_enums = 2;
		property->enums = encodings;
	} else if (id == FAKE_PROPERTY + KMS_RANGE) {
		property->count_enums = 2;
		property->enums = ranges;
	}
	return property;
}

void drmModeFreeProperty(drmModePropertyPtr property)
{
	free(property);
}

/* A blob of formats and one modifier for all of them, or a mode. */
drmModePropertyBlobPtr drmModeGetPropertyBlob(int fd, uint32_t id)
{
	drmModePropertyBlobRes *blob = calloc(1, sizeof(*blob));
	struct drm_format_modifier_blob *head;
	struct drm_format_modifier *modifier;
	const struct fake_plane *plane;

	blob->length = sizeof(*head) + FAKE_FORMATS * sizeof(uint32_t) + sizeof(*modifier);
	blob->data = calloc(1, blob->length);
	if (id < FAKE_BLOB + FAKE_PLANE)
		return blob;
	plane = &card.planes[id - FAKE_BLOB - FAKE_PLANE];
	head = blob->data;
	head->version = FORMAT_BLOB_CURRENT;
	head->formats_offset = sizeof(*head);
	head->modifiers_offset = sizeof(*head) + FAKE_FORMATS * (uint32_t)sizeof(uint32_t);
	head->count_modifiers = 1;
	while (head->count_formats < FAKE_FORMATS && plane->formats[head->count_formats])
		head->count_formats++;
	memcpy((char *)blob->data + head->formats_offset, plane->formats,
	       sizeof(plane->formats));
	modifier = (void *)((char *)blob->data + head->modifiers_offset);
	modifier->formats = UINT64_MAX;
	modifier->modifier = plane->is_tiled ? I915_FORMAT_MOD_X_TILED :
					       DRM_FORMAT_MOD_LINEAR;
	return blob;
}

void drmModeFreePropertyBlob(drmModePropertyBlobPtr blob)
{
	if (blob)
		free(blob->data);
	free(blob);
}

int drmModeCreatePropertyBlob(int fd, const void *data, size_t size, uint32_t *id)
{
	static uint32_t last = 1000;

	*id = last++;
	return 0;
}

drmModePlaneResPtr drmModeGetPlaneResources(int fd)
{
	drmModePlaneRes *list = calloc(1, sizeof(*list));

	list->planes = calloc(FAKE_PLANES, sizeof(*list->planes));
	for (unsigned i = 0; i < FAKE_PLANES; i++)
		if (card.planes[i].formats[0])
			list->planes[list->count_planes++] = FAKE_PLANE + i;
	return list;
}

void drmModeFreePlaneResources(drmModePlaneResPtr list)
{
	if (list)
		free(list->planes);
	free(list);
}

drmModePlanePtr drmModeGetPlane(int fd, uint32_t id)
{
	drmModePlane *plane = calloc(1, sizeof(*plane));

	plane->plane_id = id;
	plane->possible_crtcs = 3;
	plane->formats = card.planes[id - FAKE_PLANE].formats;
	while (plane->count_formats < FAKE_FORMATS && plane->formats[plane->count_formats])
		plane->count_formats++;
	return plane;
}

void drmModeFreePlane(drmModePlanePtr plane)
{
	free(plane);
}

/* Memory n has handle 1000 + n. */
int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	card.num_imports++;
	errno = -card.import_error;
	*handle = card.import_error ? 0 : 1000 + (uint32_t)prime_fd;
	return card.import_error ? -1 : 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	card.num_closed++;
	return 0;
}

int drmModeAddFB2WithModifiers(int fd, uint32_t width, uint32_t height, uint32_t fourcc,
			       const uint32_t handles[4], const uint32_t pitches[4],
			       const uint32_t offsets[4], const uint64_t modifiers[4],
			       uint32_t *framebuffer, uint32_t flags)
{
	card.fourcc = fourcc;
	memcpy(card.handles, handles, sizeof(card.handles));
	memcpy(card.pitches, pitches, sizeof(card.pitches));
	memcpy(card.offsets, offsets, sizeof(card.offsets));
	*framebuffer = 500 + card.num_framebuffers++;
	return card.framebuffer_error;
}

int drmModeAddFB2(int fd, uint32_t width, uint32_t height, uint32_t fourcc,
		  const uint32_t handles[4], const uint32_t pitches[4],
		  const uint32_t offsets[4], uint32_t *framebuffer, uint32_t flags)
{
	*framebuffer = 400;
	return 0;
}

int drmModeRmFB(int fd, uint32_t framebuffer)
{
	card.num_removed++;
	return 0;
}

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height, uint32_t bits,
			    uint32_t flags, uint32_t *handle, uint32_t *pitch, uint64_t *size)
{
	*handle = 900;
	*pitch = width * bits / 8;
	*size = (uint64_t)*pitch * height;
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	return 0;
}

int drmModeMapDumbBuffer(int fd, uint32_t handle, uint64_t *offset)
{
	*offset = 0;
	return 0;
}

/* What the hardware says to a plane that is on. */
static inline int fake_judge(const struct fake_plane *plane,
			     const uint64_t value[KMS_NUM_PROPERTIES])
{
	bool is_scaled = value[KMS_SRC_W] >> 16 != value[KMS_CRTC_W] ||
			 value[KMS_SRC_H] >> 16 != value[KMS_CRTC_H];
	bool is_whole = value[KMS_CRTC_W] == FAKE_WIDTH && value[KMS_CRTC_H] == FAKE_HEIGHT;

	if (is_scaled && !plane->scales)
		return -ERANGE;
	return plane->must_cover && !is_whole ? -EINVAL : 0;
}

static inline int fake_commit(const struct drm_mode_atomic *atomic)
{
	static uint64_t next[FAKE_OBJECTS][KMS_NUM_PROPERTIES];
	const uint32_t *objects = (const void *)(uintptr_t)atomic->objs_ptr;
	const uint32_t *counts = (const void *)(uintptr_t)atomic->count_props_ptr;
	const uint32_t *properties = (const void *)(uintptr_t)atomic->props_ptr;
	const uint64_t *values = (const void *)(uintptr_t)atomic->prop_values_ptr;
	int ret = card.commit_error;

	memcpy(next, card.values, sizeof(next));
	card.last_flags = atomic->flags;
	card.last_count = 0;
	for (uint32_t i = 0; i < atomic->count_objs; i++)
		for (uint32_t j = 0; j < counts[i]; j++, card.last_count++)
			next[objects[i]][properties[card.last_count] - FAKE_PROPERTY] =
				values[card.last_count];
	for (unsigned i = 0; i < FAKE_PLANES && ret == 0; i++)
		if (next[FAKE_PLANE + i][KMS_FB_ID])
			ret = fake_judge(&card.planes[i], next[FAKE_PLANE + i]);
	if (atomic->flags & DRM_MODE_ATOMIC_TEST_ONLY) {
		card.num_tests++;
		return ret;
	}
	if (ret < 0)
		return ret;
	card.num_commits++;
	memcpy(card.values, next, sizeof(next));
	card.has_event |= atomic->flags & DRM_MODE_PAGE_FLIP_EVENT;
	card.event_data = (void *)(uintptr_t)atomic->user_data;
	return 0;
}

int drmIoctl(int fd, unsigned long request, void *argument)
{
	int ret = request == DRM_IOCTL_MODE_ATOMIC ? fake_commit(argument) : -ENOTTY;

	errno = -ret;
	return ret < 0 ? -1 : 0;
}

int drmHandleEvent(int fd, drmEventContextPtr events)
{
	if (!card.has_event) {
		errno = EAGAIN;
		return -1;
	}
	card.has_event = false;
	events->page_flip_handler2(fd, 0, 0, 0, FAKE_CRTC, card.event_data);
	return 0;
}

#endif
