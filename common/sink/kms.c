// SPDX-License-Identifier: GPL-2.0-or-later
/* A display by kernel mode setting: made ready, fed with frame buffers, put back. */
#include "common/sink/kms.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/sink/kms_private.h"

/* Copies of modes, for those of others may go. */
static int make_blobs(struct kms *kms)
{
	uint32_t saved = (uint32_t)kms->crtc.saved[KMS_MODE_ID];
	drmModePropertyBlobRes *blob;
	int ret = 0;

	blob = saved ? drmModeGetPropertyBlob(kms->fd, saved) : NULL;
	if (blob)
		ret = drmModeCreatePropertyBlob(kms->fd, blob->data, blob->length,
						&kms->saved_mode_blob);
	drmModeFreePropertyBlob(blob);
	if (ret == 0)
		ret = drmModeCreatePropertyBlob(kms->fd, &kms->mode, sizeof(kms->mode),
						&kms->mode_blob);
	if (ret < 0)
		log_error(kms->log, "display-refused", "display %s: keeping its mode: %s",
			  kms->name, strerror(-ret));
	return ret;
}

int kms_create(struct log *log, const struct kms_options *options, struct kms **kms)
{
	struct kms *created;
	int ret;

	created = calloc(1, sizeof(*created));
	if (!created) {
		log_error(log, "no-memory", "display: not enough memory");
		return -ENOMEM;
	}
	created->log = log;
	created->fd = -1;
	ret = kms_find(created, options);
	if (ret == 0)
		ret = kms_planes_read(created);
	if (ret == 0)
		ret = make_blobs(created);
	if (ret < 0) {
		kms_destroy(created);
		return ret;
	}
	*kms = created;
	return 0;
}

void kms_destroy(struct kms *kms)
{
	if (!kms)
		return;
	kms_restore(kms);
	/* Frame buffers and blobs go with the descriptor. */
	sys_close(&kms->fd);
	kms_planes_free(kms);
	free(kms);
}

int kms_fd(const struct kms *kms)
{
	return kms->fd;
}

const char *kms_name(const struct kms *kms)
{
	return kms->name;
}

bool kms_can_show(const struct kms *kms, uint32_t fourcc)
{
	for (unsigned i = 0; i < kms->num_planes; i++)
		if (kms->planes[i].object.saved[KMS_TYPE] != DRM_PLANE_TYPE_CURSOR &&
		    kms_plane_can_show(&kms->planes[i], fourcc))
			return true;
	return false;
}

const char *kms_formats_text(const struct kms *kms, char text[static KMS_TEXT_SIZE])
{
	char name[FORMAT_FOURCC_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < kms->num_planes; i++) {
		const struct kms_plane *plane = &kms->planes[i];

		for (unsigned j = 0; j < plane->num_formats; j++) {
			format_fourcc_text(plane->formats[j], name);
			if (plane->object.saved[KMS_TYPE] == DRM_PLANE_TYPE_CURSOR ||
			    strstr(text, name) || used + sizeof(name) >= KMS_TEXT_SIZE)
				continue;
			used += (size_t)snprintf(text + used, KMS_TEXT_SIZE - used,
						 "%s%s", used ? " " : "", name);
		}
	}
	return text;
}

/* A handle belongs to the memory, however often it was asked for: closed once. */
static void close_handles(const struct kms *kms, const uint32_t *handles)
{
	for (unsigned i = 0; i < FORMAT_MAX_PLANES; i++) {
		bool is_closed = !handles[i];

		for (unsigned j = 0; j < i; j++)
			is_closed |= handles[j] == handles[i];
		if (!is_closed)
			drmCloseBufferHandle(kms->fd, handles[i]);
	}
}

int kms_import(struct kms *kms, const struct kms_picture *picture, const int *fds,
	       uint32_t *framebuffer)
{
	uint32_t handles[FORMAT_MAX_PLANES] = { 0 }, memory[FORMAT_MAX_PLANES] = { 0 };
	uint64_t modifiers[FORMAT_MAX_PLANES] = { 0 };
	int ret = 0;

	for (unsigned i = 0; i < picture->num_planes && ret == 0; i++) {
		uint32_t *handle = &memory[picture->memory[i]];

		if (!*handle)
			ret = drmPrimeFDToHandle(kms->fd, fds[picture->memory[i]], handle);
		if (ret < 0)
			ret = -errno;
		handles[i] = *handle;
		modifiers[i] = DRM_FORMAT_MOD_LINEAR;
	}
	if (ret == 0)
		ret = drmModeAddFB2WithModifiers(
			kms->fd, picture->width, picture->height, picture->fourcc,
			handles, picture->pitch, picture->offset,
			kms->has_modifiers ? modifiers : NULL, framebuffer,
			kms->has_modifiers ? DRM_MODE_FB_MODIFIERS : 0);
	/* The frame buffer keeps what it needs. */
	close_handles(kms, memory);
	return ret;
}

void kms_remove(struct kms *kms, uint32_t framebuffer)
{
	drmModeRmFB(kms->fd, framebuffer);
}

/* Fills it with zeroes: black, in any of these formats. */
static int clear(const struct kms *kms, uint32_t handle, uint64_t size)
{
	uint64_t offset;
	void *map;
	int ret;

	ret = drmModeMapDumbBuffer(kms->fd, handle, &offset);
	if (ret < 0)
		return ret;
	map = mmap(NULL, size, PROT_WRITE, MAP_SHARED, kms->fd, (off_t)offset);
	if (map == MAP_FAILED)
		return -errno;
	memset(map, 0, size);
	munmap(map, size);
	return 0;
}

static int make_black(struct kms *kms)
{
	bool is_deep = kms_plane_can_show(kms->primary, DRM_FORMAT_XRGB8888);
	uint32_t width = kms->mode.hdisplay, height = kms->mode.vdisplay;
	uint32_t pitches[4] = { 0 }, offsets[4] = { 0 }, handles[4] = { 0 };
	uint64_t size;
	int ret;

	if (kms->black)
		return 0;
	ret = drmModeCreateDumbBuffer(kms->fd, width, height, is_deep ? 32 : 16, 0,
				      &handles[0], &pitches[0], &size);
	if (ret < 0)
		return ret;
	ret = clear(kms, handles[0], size);
	if (ret == 0)
		ret = drmModeAddFB2(kms->fd, width, height,
				    is_deep ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_RGB565,
				    handles, pitches, offsets, &kms->black, 0);
	drmModeDestroyDumbBuffer(kms->fd, handles[0]);
	return ret;
}

static void put_black(const struct kms *kms, struct kms_request *request)
{
	static const struct kms_picture plain = { .is_yuv = false };
	const struct kms_place whole = {
		.source_width = kms->mode.hdisplay,
		.source_height = kms->mode.vdisplay,
		.width = kms->mode.hdisplay,
		.height = kms->mode.vdisplay,
	};

	kms_plane_put(kms, kms->primary, &plain, &whole, kms->black, request);
}

/* All of the screen: the mode, and one plane at most with a picture; framebuffer 0: none. */
static void put_screen(const struct kms *kms, const struct kms_plane *plane,
		       const struct kms_place *place, uint32_t framebuffer,
		       struct kms_request *request)
{
	request->num_objects = request->num_properties = 0;
	kms_request_put(request, &kms->connector, KMS_CRTC_ID, kms->crtc.id);
	kms_request_put(request, &kms->crtc, KMS_MODE_ID, kms->mode_blob);
	kms_request_put(request, &kms->crtc, KMS_ACTIVE, 1);
	for (unsigned i = 0; i < kms->num_planes; i++) {
		const struct kms_plane *other = &kms->planes[i];

		if (framebuffer && other == plane)
			kms_plane_put(kms, other, &kms->picture, place, framebuffer, request);
		else if (other == kms->primary)
			put_black(kms, request);
		else
			kms_plane_put_off(other, request);
	}
}

static int try_plane(struct kms *kms, struct kms_plane *plane,
		     const struct kms_place *place, uint32_t framebuffer)
{
	struct kms_request request;
	int ret;

	if (plane->object.saved[KMS_TYPE] == DRM_PLANE_TYPE_CURSOR ||
	    !kms_plane_can_show(plane, kms->picture.fourcc))
		return -EOPNOTSUPP;
	put_screen(kms, plane, place, framebuffer, &request);
	ret = kms_request_commit(&request, kms,
				 DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_ATOMIC_ALLOW_MODESET);
	if (ret < 0)
		return ret;
	kms->plane = plane;
	kms->place = *place;
	return 0;
}

/* The primary plane first: with no other one on, there is less to read from memory. */
static int try_place(struct kms *kms, const struct kms_place *place, uint32_t framebuffer)
{
	int ret, first;

	first = try_plane(kms, kms->primary, place, framebuffer);
	if (first == 0)
		return 0;
	for (unsigned i = 0; i < kms->num_planes; i++) {
		if (&kms->planes[i] == kms->primary)
			continue;
		ret = try_plane(kms, &kms->planes[i], place, framebuffer);
		if (ret == 0)
			return 0;
		/* Why a plane that knows the format does not do is the better reason. */
		if (first == -EOPNOTSUPP)
			first = ret;
	}
	return first;
}

static int find_place(struct kms *kms, uint32_t framebuffer)
{
	uint32_t width = kms->picture.width, height = kms->picture.height;
	uint32_t screen_width = kms->mode.hdisplay, screen_height = kms->mode.vdisplay;
	struct kms_place place;
	char name[FORMAT_FOURCC_SIZE];
	int ret;

	kms_place_scaled(width, height, screen_width, screen_height, &place);
	ret = try_place(kms, &place, framebuffer);
	if (ret < 0) {
		kms_place_middle(width, height, screen_width, screen_height, &place);
		ret = try_place(kms, &place, framebuffer);
	}
	if (ret == 0)
		return 0;
	log_error(kms->log, "display-refused",
		  "display %s: no plane of it takes %ux%u %s with lines of %u bytes: %s",
		  kms->name, width, height, format_fourcc_text(kms->picture.fourcc, name),
		  kms->picture.pitch[0], strerror(-ret));
	return ret == -EACCES ? -EBUSY : -EOPNOTSUPP;
}

static void say_place(const struct kms *kms)
{
	char text[KMS_TEXT_SIZE];

	log_say(kms->log,
		kms->place.source_width < kms->picture.width ||
				kms->place.source_height < kms->picture.height ?
			LOG_NOTICE :
			LOG_DETAIL,
		"display", "display %s", kms_describe(kms, text));
}

int kms_prepare(struct kms *kms, const struct kms_picture *picture, uint32_t framebuffer)
{
	struct kms_request request;
	int ret;

	kms->picture = *picture;
	ret = make_black(kms);
	if (ret < 0) {
		log_error(kms->log, "display-refused",
			  "display %s: memory for a black screen: %s", kms->name,
			  strerror(-ret));
		return ret;
	}
	ret = find_place(kms, framebuffer);
	if (ret < 0)
		return ret;
	put_screen(kms, NULL, NULL, 0, &request);
	ret = kms_request_commit(&request, kms, DRM_MODE_ATOMIC_ALLOW_MODESET);
	if (ret < 0) {
		log_error(kms->log, "display-refused", "display %s: setting the mode: %s",
			  kms->name, strerror(-ret));
		return ret;
	}
	kms->is_changed = true;
	say_place(kms);
	return 0;
}

const char *kms_describe(const struct kms *kms, char text[static KMS_TEXT_SIZE])
{
	const struct kms_place *place = &kms->place;
	char how[64] = "";

	if (place->source_width < kms->picture.width ||
	    place->source_height < kms->picture.height)
		snprintf(how, sizeof(how), " cut to %ux%u", place->source_width,
			 place->source_height);
	else if (place->width != kms->picture.width || place->height != kms->picture.height)
		snprintf(how, sizeof(how), " scaled to %ux%u", place->width, place->height);
	snprintf(text, KMS_TEXT_SIZE, "%s, %ux%u at %u Hz: %ux%u%s on plane %u (%s)",
		 kms->name, kms->mode.hdisplay, kms->mode.vdisplay, kms->mode.vrefresh,
		 kms->picture.width, kms->picture.height, how,
		 kms->plane ? kms->plane->object.id : 0,
		 kms->plane == kms->primary ? "primary" : "overlay");
	return text;
}

int kms_flip(struct kms *kms, uint32_t framebuffer)
{
	uint32_t flags = DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT;
	struct kms_request request;
	int ret;

	request.num_objects = request.num_properties = 0;
	if (kms->is_away) {
		flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
		put_screen(kms, kms->plane, &kms->place, framebuffer, &request);
	} else if (kms->is_shown) {
		kms_request_put(&request, &kms->plane->object, KMS_FB_ID, framebuffer);
	} else {
		kms_plane_put(kms, kms->plane, &kms->picture, &kms->place, framebuffer,
			      &request);
	}
	ret = kms_request_commit(&request, kms, flags);
	if (ret < 0) {
		kms->is_away |= ret == -EACCES;
		return ret;
	}
	kms->is_away = false;
	kms->is_shown = true;
	kms->is_flipping = true;
	return 0;
}

bool kms_is_flipping(const struct kms *kms)
{
	return kms->is_flipping;
}

static void has_flipped(int fd, unsigned sequence, unsigned seconds,
			unsigned microseconds, unsigned crtc, void *context)
{
	struct kms *kms = context;

	kms->is_flipping = false;
}

int kms_read_events(struct kms *kms)
{
	drmEventContext events = { .version = 3, .page_flip_handler2 = has_flipped };

	if (drmHandleEvent(kms->fd, &events) == 0)
		return 0;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* As it was. */
static void put_saved(const struct kms *kms, struct kms_request *request)
{
	request->num_objects = request->num_properties = 0;
	kms_request_put(request, &kms->connector, KMS_CRTC_ID,
			kms->connector.saved[KMS_CRTC_ID]);
	kms_request_put(request, &kms->crtc, KMS_MODE_ID, kms->saved_mode_blob);
	kms_request_put(request, &kms->crtc, KMS_ACTIVE, kms->crtc.saved[KMS_ACTIVE]);
	for (unsigned i = 0; i < kms->num_planes; i++) {
		const struct kms_object *plane = &kms->planes[i].object;

		for (unsigned j = KMS_CRTC_ID; j < KMS_TYPE; j++)
			kms_request_put(request, plane, (enum kms_property)j,
					plane->saved[j]);
	}
}

/* Dark: what was there is gone with the program that made it. */
static void put_nothing(const struct kms *kms, struct kms_request *request)
{
	request->num_objects = request->num_properties = 0;
	kms_request_put(request, &kms->connector, KMS_CRTC_ID, 0);
	kms_request_put(request, &kms->crtc, KMS_MODE_ID, 0);
	kms_request_put(request, &kms->crtc, KMS_ACTIVE, 0);
	for (unsigned i = 0; i < kms->num_planes; i++)
		kms_plane_put_off(&kms->planes[i], request);
}

void kms_restore(struct kms *kms)
{
	struct kms_request request;
	int ret;

	if (!kms->is_changed)
		return;
	put_saved(kms, &request);
	ret = kms_request_commit(&request, kms, DRM_MODE_ATOMIC_ALLOW_MODESET);
	if (ret < 0 && ret != -EACCES && ret != -ENODEV) {
		put_nothing(kms, &request);
		ret = kms_request_commit(&request, kms, DRM_MODE_ATOMIC_ALLOW_MODESET);
	}
	if (ret < 0)
		log_detail(kms->log, "display", "display %s: putting the screen back: %s",
			   kms->name, strerror(-ret));
	kms->is_changed = kms->is_shown = kms->is_flipping = false;
	kms->is_away = true;
}
