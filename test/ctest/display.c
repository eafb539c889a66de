// SPDX-License-Identifier: GPL-2.0-or-later
/* The display sink on vkms: what is on the screen is read back by its writeback connector. */
#include <drm_fourcc.h>
#include <sys/mman.h>

#include "common/buffer/memory.h"
#include "common/device/video_format.h"
#include "common/sink/display.h"
#include "common/sink/kms_private.h"
#include "common/stream/frame.h"
#include "test/ctest/ctest.h"

#define SCREEN_WIDTH  1024
#define SCREEN_HEIGHT 768
#define NUM_FRAMES    4

/* A display with a sink, and frames for it. */
struct stage {
	struct ctest_ears ears;
	struct kms *kms;
	struct sink *sink;
	struct video_format format;
	struct buffer buffers[NUM_FRAMES];
	struct frame frames[NUM_FRAMES];
	unsigned num_done;
	uint32_t done[16]; /* numbers of frames, in the order of done() */
	int errors[16];
	uint32_t screen[SCREEN_WIDTH * SCREEN_HEIGHT];
};

static struct stage stage;

static void note_done(void *context, struct frame *frame, const char *name, int error)
{
	stage.errors[stage.num_done] = error;
	stage.done[stage.num_done++] = frame->sequence;
}

static bool make_frames(void)
{
	struct memory memory;
	bool made;

	made = CHECK_EQ(memory_open(&memory, MEMORY_UDMABUF, NULL), 0);
	for (unsigned i = 0; i < NUM_FRAMES && made; i++) {
		made = CHECK_EQ(memory_allocate(&memory, i, stage.format.size_bytes,
						stage.format.num_planes, &stage.buffers[i]),
				0) &&
		       CHECK_EQ(buffer_map(&stage.buffers[i]), 0);
		stage.frames[i] = (struct frame){
			.buffer = &stage.buffers[i],
			.format = &stage.format,
			.sequence = i,
		};
	}
	memory_close(&memory);
	return made;
}

static bool open_display(const char *connector)
{
	const struct kms_options options = { .connector = connector };

	memset(&stage, 0, sizeof(stage));
	return CHECK_EQ(kms_create(ctest_listen(&stage.ears), &options, &stage.kms), 0);
}

static bool set_stage(uint32_t fourcc, uint32_t width, uint32_t height)
{
	const struct format_info *info = format_find(fourcc);

	if (!open_display(NULL))
		return false;
	stage.format = (struct video_format){
		.fourcc = fourcc,
		.width = width,
		.height = height,
		.num_planes = 1,
		.stride_bytes = { format_stride_bytes(info, 0, width) },
	};
	stage.format.size_bytes[0] = stage.format.stride_bytes[0] * height;
	return CHECK_EQ(display_sink_create(&stage.ears.log, stage.kms, "main",
					    &stage.format, "", note_done, NULL, &stage.sink),
			0) &&
	       make_frames() &&
	       CHECK_EQ(display_sink_import(stage.sink, stage.buffers, NUM_FRAMES, "udmabuf"),
			0);
}

static void clear_stage(void)
{
	sink_destroy(stage.sink);
	kms_destroy(stage.kms);
	for (unsigned i = 0; i < NUM_FRAMES; i++)
		buffer_finish(&stage.buffers[i]);
}

/* Until the flip that is on its way has happened. */
static bool settle(void)
{
	struct pollfd wait = { .fd = kms_fd(stage.kms), .events = POLLIN };

	while (kms_is_flipping(stage.kms)) {
		if (!CHECK_EQ(poll(&wait, 1, CTEST_LIMIT_MS), 1))
			return false;
		sink_dispatch(stage.sink);
	}
	return true;
}

/* ---- writeback ---- */

static uint32_t property_of(int fd, uint32_t id, const char *name)
{
	drmModeObjectProperties *list =
		drmModeObjectGetProperties(fd, id, DRM_MODE_OBJECT_CONNECTOR);
	uint32_t found = 0;

	for (uint32_t i = 0; list && i < list->count_props; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, list->props[i]);

		if (property && !strcmp(property->name, name))
			found = property->prop_id;
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(list);
	return found;
}

static uint32_t find_writeback(int fd)
{
	uint32_t found = 0;
	drmModeRes *resources;

	drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1);
	resources = drmModeGetResources(fd);
	for (int i = 0; resources && i < resources->count_connectors; i++) {
		drmModeConnector *connector =
			drmModeGetConnector(fd, resources->connectors[i]);

		if (connector && connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			found = connector->connector_id;
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return found;
}

/*
 * vkms can't feed two connectors at once: the writeback connector takes the place of the display,
 * and gives it back (framebuffer 0). The planes don't notice.
 */
static int commit_writeback(uint32_t connector, uint32_t framebuffer, int *fence)
{
	const struct kms_object *display = &stage.kms->connector;
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	uint32_t crtc = stage.kms->crtc.id;
	int fd = kms_fd(stage.kms), ret;

	drmModeAtomicAddProperty(request, display->id, display->properties[KMS_CRTC_ID],
				 framebuffer ? 0 : crtc);
	drmModeAtomicAddProperty(request, connector, property_of(fd, connector, "CRTC_ID"),
				 framebuffer ? crtc : 0);
	if (framebuffer) {
		drmModeAtomicAddProperty(request, connector,
					 property_of(fd, connector, "WRITEBACK_FB_ID"),
					 framebuffer);
		drmModeAtomicAddProperty(request, connector,
					 property_of(fd, connector, "WRITEBACK_OUT_FENCE_PTR"),
					 (uintptr_t)fence);
	}
	ret = drmModeAtomicCommit(fd, request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeAtomicFree(request);
	return ret;
}

static bool copy_screen(uint32_t handle, uint64_t size)
{
	uint64_t offset;
	void *map;

	if (!CHECK_EQ(drmModeMapDumbBuffer(kms_fd(stage.kms), handle, &offset), 0))
		return false;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, kms_fd(stage.kms), (off_t)offset);
	if (!CHECK(map != MAP_FAILED))
		return false;
	memcpy(stage.screen, map, sizeof(stage.screen));
	munmap(map, size);
	return true;
}

/* What the screen shows goes to stage.screen. */
static bool read_screen(void)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 }, framebuffer;
	int fd = kms_fd(stage.kms), fence = -1;
	uint32_t connector = find_writeback(fd);
	struct pollfd wait;
	uint64_t size;
	bool done;

	if (!CHECK(connector) ||
	    !CHECK_EQ(drmModeCreateDumbBuffer(fd, SCREEN_WIDTH, SCREEN_HEIGHT, 32, 0,
					      handles, pitches, &size),
		      0) ||
	    !CHECK_EQ(drmModeAddFB2(fd, SCREEN_WIDTH, SCREEN_HEIGHT, DRM_FORMAT_XRGB8888,
				    handles, pitches, offsets, &framebuffer, 0),
		      0))
		return false;
	done = CHECK_EQ(commit_writeback(connector, framebuffer, &fence), 0);
	wait = (struct pollfd){ .fd = fence, .events = POLLIN };
	done = done && CHECK_EQ(poll(&wait, 1, CTEST_LIMIT_MS), 1) &&
	       copy_screen(handles[0], size) &&
	       CHECK_EQ(commit_writeback(connector, 0, NULL), 0);
	sys_close(&fence);
	drmModeRmFB(fd, framebuffer);
	drmModeDestroyDumbBuffer(fd, handles[0]);
	return done;
}

/* ---- pictures ---- */

static uint32_t pattern(unsigned number, uint32_t x, uint32_t y)
{
	return ((x * 3 + number) & 0xff) << 16 | (y & 0xff) << 8 | (x >> 8) * 16 | number;
}

/* 32 bits a pixel; the top byte is what a camera leaves there: nothing. */
static void paint(unsigned number)
{
	uint32_t *pixels = stage.buffers[number].planes[0].map;

	for (uint32_t y = 0; y < stage.format.height; y++)
		for (uint32_t x = 0; x < stage.format.width; x++)
			pixels[y * stage.format.width + x] = pattern(number, x, y);
}

/* One picture is on the screen, with this corner of it at this place, and black around it. */
static bool check_screen(unsigned number, uint32_t from_x, uint32_t from_y, uint32_t left,
			 uint32_t top, uint32_t width, uint32_t height)
{
	if (!read_screen())
		return false;
	for (uint32_t y = 0; y < SCREEN_HEIGHT; y++) {
		for (uint32_t x = 0; x < SCREEN_WIDTH; x++) {
			bool inside = x >= left && x < left + width && y >= top &&
				      y < top + height;
			uint32_t want = inside ? pattern(number, x - left + from_x,
							 y - top + from_y) :
						 0;
			uint32_t got = stage.screen[y * SCREEN_WIDTH + x] & 0xffffff;

			if (got == want)
				continue;
			test_fail(__FILE__, __LINE__, "%u,%u: got %06x, want %06x", x, y,
				  got, want);
			return false;
		}
	}
	return true;
}

static void show(unsigned number)
{
	paint(number);
	sink_write(stage.sink, &stage.frames[number]);
}

static void middle(void)
{
	test_case("display: a small picture is in the middle, every pixel of it, on black");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 320, 240)) {
		CHECK_HEARD(&stage.ears, "Virtual-1, 1024x768 at 60 Hz: 320x240 on plane");
		check_screen(0, 0, 0, 0, 0, 0, 0);
		show(1);
		settle();
		check_screen(1, 0, 0, 352, 264, 320, 240);
		show(2);
		settle();
		check_screen(2, 0, 0, 352, 264, 320, 240);
	}
	clear_stage();
}

static void cut(void)
{
	test_case("display: of a large picture the middle is shown, and that is said");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 1280, 800)) {
		CHECK_HEARD(&stage.ears, "1280x800 cut to 1024x768");
		show(0);
		settle();
		check_screen(0, 128, 16, 0, 0, SCREEN_WIDTH, SCREEN_HEIGHT);
	}
	clear_stage();
}

static void whole(void)
{
	test_case("display: a picture as large as the screen fills it");
	if (set_stage(V4L2_PIX_FMT_XBGR32, SCREEN_WIDTH, SCREEN_HEIGHT)) {
		show(3);
		settle();
		check_screen(3, 0, 0, 0, 0, SCREEN_WIDTH, SCREEN_HEIGHT);
	}
	clear_stage();
}

static void transparent(void)
{
	test_case("display: alpha that a camera leaves at nothing makes nothing transparent");
	if (set_stage(V4L2_PIX_FMT_ABGR32, 64, 48)) {
		show(1);
		settle();
		check_screen(1, 0, 0, 480, 360, 64, 48);
	}
	clear_stage();
}

static void few_bits(void)
{
	uint16_t *pixels;

	test_case("display: RGB565 is shown as such");
	if (set_stage(V4L2_PIX_FMT_RGB565, 64, 48)) {
		pixels = stage.buffers[0].planes[0].map;
		for (unsigned i = 0; i < 64 * 48; i++)
			pixels[i] = i % 2 ? 0xf800 : 0x07e0;
		sink_write(stage.sink, &stage.frames[0]);
		settle();
		if (read_screen()) {
			CHECK_EQ(stage.screen[360 * SCREEN_WIDTH + 480] & 0xffffff, 0x00ff00);
			CHECK_EQ(stage.screen[360 * SCREEN_WIDTH + 481] & 0xffffff, 0xff0000);
			CHECK_EQ(stage.screen[360 * SCREEN_WIDTH + 479] & 0xffffff, 0);
		}
	}
	clear_stage();
}

/* ---- when frames come back ---- */

static void back(void)
{
	test_case("display: a frame is held until the flip to the next one has happened");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		show(0);
		CHECK_EQ(stage.num_done, 1);
		CHECK(kms_is_flipping(stage.kms));
		CHECK_EQ(stage.frames[0].holders, 1);
		settle();
		CHECK_EQ(stage.frames[0].holders, 1);
		show(1);
		CHECK_EQ(stage.frames[0].holders, 1);
		CHECK_EQ(stage.frames[1].holders, 1);
		settle();
		CHECK_EQ(stage.frames[0].holders, 0);
		CHECK_EQ(stage.frames[1].holders, 1);
		CHECK_EQ(sink_finish(stage.sink), 0);
		sink_cancel(stage.sink);
		CHECK_EQ(stage.frames[1].holders, 0);
	}
	clear_stage();
}

static void newest(void)
{
	static const uint32_t order[] = { 0, 1, 2, 3 };

	test_case("display: of frames that come faster the newest is next, all back in order");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		for (unsigned i = 0; i < NUM_FRAMES; i++)
			show(i);
		CHECK_EQ(stage.frames[0].holders, 1);
		CHECK_EQ(stage.frames[1].holders, 0);
		CHECK_EQ(stage.frames[2].holders, 0);
		CHECK_EQ(stage.frames[3].holders, 1);
		CHECK_EQ(stage.num_done, 3);
		CHECK_EQ(sink_finish(stage.sink), -EINPROGRESS);
		settle();
		CHECK_EQ(sink_finish(stage.sink), 0);
		CHECK_EQ(stage.num_done, NUM_FRAMES);
		CHECK_MEM_EQ(stage.done, order, sizeof(order));
		check_screen(3, 0, 0, 480, 360, 64, 48);
		CHECK_EQ(display_sink_count(stage.sink).shown, 2);
		CHECK_EQ(display_sink_count(stage.sink).skipped, 2);
		CHECK_EQ(stage.sink->failed_frames, 0);
	}
	clear_stage();
}

static void cancelled(void)
{
	test_case("display: cancelled with a flip on its way, all frames come back");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		show(0);
		show(1);
		sink_cancel(stage.sink);
		CHECK_EQ(stage.num_done, 2);
		CHECK_EQ(stage.errors[1], -ECANCELED);
		CHECK_EQ(stage.frames[0].holders, 0);
		CHECK_EQ(stage.frames[1].holders, 0);
	}
	clear_stage();
}

/* ---- other programs ---- */

static int open_card(void)
{
	int fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1);
	return fd;
}

/* The values of what there is; those of MODE_ID are new with each copy of a mode. */
static void snapshot(int fd, uint64_t *values)
{
	struct kms_object object;
	unsigned used = 0;

	for (unsigned i = 0; i < stage.kms->num_planes; i++) {
		kms_object_read(fd, stage.kms->planes[i].object.id, DRM_MODE_OBJECT_PLANE,
				&object);
		memcpy(values + used, object.saved, sizeof(object.saved));
		used += KMS_NUM_PROPERTIES;
	}
	kms_object_read(fd, stage.kms->crtc.id, DRM_MODE_OBJECT_CRTC, &object);
	values[used++] = object.saved[KMS_ACTIVE];
	values[used++] = object.saved[KMS_MODE_ID] != 0;
	kms_object_read(fd, stage.kms->connector.id, DRM_MODE_OBJECT_CONNECTOR, &object);
	values[used] = object.saved[KMS_CRTC_ID];
}

#define SNAPSHOT_SIZE (KMS_MAX_PLANES * KMS_NUM_PROPERTIES + 3)

/* What another program shows on a screen of 800x600: one colour. */
static uint32_t occupy(int fd, const struct kms *kms)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 }, framebuffer = 0;
	drmModeConnector *connector = drmModeGetConnector(fd, kms->connector.id);
	uint32_t id = kms->connector.id;
	uint64_t size;

	for (int i = 0; connector && i < connector->count_modes && !framebuffer; i++) {
		drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay != 800 || mode->vdisplay != 600)
			continue;
		CHECK_EQ(drmModeCreateDumbBuffer(fd, 800, 600, 32, 0, handles, pitches, &size),
			 0);
		CHECK_EQ(drmModeAddFB2(fd, 800, 600, DRM_FORMAT_XRGB8888, handles,
				       pitches, offsets, &framebuffer, 0),
			 0);
		CHECK_EQ(drmModeSetCrtc(fd, kms->crtc.id, framebuffer, 0, 0, &id, 1, mode),
			 0);
	}
	drmModeFreeConnector(connector);
	CHECK(framebuffer);
	return framebuffer;
}

static void dark_again(void)
{
	static uint64_t before[SNAPSHOT_SIZE], after[SNAPSHOT_SIZE];
	int fd;

	test_case("display: a screen that was dark is dark again");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		fd = open_card();
		show(0);
		settle();
		snapshot(fd, after);
		kms_restore(stage.kms);
		snapshot(fd, before);
		CHECK(memcmp(before, after, sizeof(before)) != 0);
		CHECK_EQ(before[stage.kms->num_planes * KMS_NUM_PROPERTIES], 0);
		CHECK_EQ(before[KMS_FB_ID], 0);
		close(fd);
	}
	clear_stage();
}

static void put_back(void)
{
	static uint64_t before[SNAPSHOT_SIZE], after[SNAPSHOT_SIZE];
	int fd;

	test_case("display: another program's picture and mode are kept, and there again");
	if (!open_display("virtual-1"))
		return;
	CHECK_EQ(drmDropMaster(kms_fd(stage.kms)), 0);
	fd = open_card();
	CHECK_EQ(drmSetMaster(fd), 0);
	occupy(fd, stage.kms);
	snapshot(fd, before);
	CHECK_EQ(drmDropMaster(fd), 0);
	clear_stage();
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		CHECK_HEARD(&stage.ears, "Virtual-1, 800x600 at ");
		show(0);
		settle();
		snapshot(fd, after);
		CHECK(before[KMS_FB_ID] != after[KMS_FB_ID]);
		sink_cancel(stage.sink);
		snapshot(fd, after);
		CHECK_MEM_EQ(after, before, sizeof(before));
	}
	clear_stage();
	close(fd);
}

static void gone_picture(void)
{
	struct kms_object crtc;
	int fd;

	test_case("display: what was there and went with its program leaves the screen dark");
	if (!open_display(NULL))
		return;
	CHECK_EQ(drmDropMaster(kms_fd(stage.kms)), 0);
	fd = open_card();
	CHECK_EQ(drmSetMaster(fd), 0);
	occupy(fd, stage.kms);
	CHECK_EQ(drmDropMaster(fd), 0);
	clear_stage();
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		close(fd);
		show(0);
		settle();
		sink_cancel(stage.sink);
		CHECK(!strstr(stage.ears.text, "putting the screen back"));
		kms_object_read(kms_fd(stage.kms), stage.kms->crtc.id,
				DRM_MODE_OBJECT_CRTC, &crtc);
		CHECK_EQ(crtc.saved[KMS_ACTIVE], 0);
	}
	clear_stage();
}

static void busy(void)
{
	struct kms *kms = NULL;
	const struct kms_options options = { 0 };
	struct ctest_ears ears;
	int fd;

	test_case("display: another program that is master is named as the reason");
	fd = open_card();
	CHECK_EQ(kms_create(ctest_listen(&ears), &options, &kms), -EBUSY);
	CHECK_HEARD(&ears,
		    "busy display Virtual-1 (/dev/dri/card0) belongs to another program");
	close(fd);
}

static void away(void)
{
	test_case("display: frames pass by while another program is master, and show again");
	if (set_stage(V4L2_PIX_FMT_XBGR32, 64, 48)) {
		show(0);
		settle();
		CHECK_EQ(drmDropMaster(kms_fd(stage.kms)), 0);
		show(1);
		show(2);
		CHECK_HEARD(&stage.ears, "display-away display Virtual-1: another program");
		CHECK_EQ(stage.num_done, 3);
		CHECK_EQ(stage.errors[1], 0);
		CHECK_EQ(stage.frames[1].holders, 0);
		CHECK_EQ(drmSetMaster(kms_fd(stage.kms)), 0);
		show(3);
		settle();
		CHECK_HEARD(&stage.ears, "display-back");
		check_screen(3, 0, 0, 480, 360, 64, 48);
		CHECK_EQ(display_sink_count(stage.sink).skipped, 2);
		CHECK_EQ(display_sink_count(stage.sink).shown, 2);
	}
	clear_stage();
}

/* ---- refusals ---- */

static void refused(void)
{
	const struct video_format format = { .fourcc = V4L2_PIX_FMT_YUYV, .width = 64 };

	test_case("display: a format that no plane has is refused, with those that they have");
	if (open_display(NULL)) {
		CHECK(!display_can_show(stage.kms, V4L2_PIX_FMT_YUYV));
		CHECK(!display_can_show(stage.kms, V4L2_PIX_FMT_SRGGB8));
		CHECK(!display_can_show(stage.kms, V4L2_PIX_FMT_MJPEG));
		CHECK(display_can_show(stage.kms, V4L2_PIX_FMT_XBGR32));
		CHECK(!display_can_show(stage.kms, V4L2_PIX_FMT_XRGB32));
		CHECK_EQ(display_sink_create(&stage.ears.log, stage.kms, "main", &format,
					     "", note_done, NULL, &stage.sink),
			 -EOPNOTSUPP);
		CHECK_HEARD(&stage.ears,
			    "can't show main, which is YUYV; it takes AR24 XR24");
	}
	clear_stage();
}

static void too_small(void)
{
	test_case("display: a buffer too small for its picture is refused, memory named");
	if (open_display(NULL)) {
		stage.format = (struct video_format){
			.fourcc = V4L2_PIX_FMT_XBGR32,
			.width = 640,
			.height = 480,
			.num_planes = 1,
			.stride_bytes = { 2560 },
			.size_bytes = { 4096 },
		};
		CHECK_EQ(display_sink_create(&stage.ears.log, stage.kms, "main",
					     &stage.format, "", note_done, NULL, &stage.sink),
			 0);
		CHECK(make_frames());
		CHECK_EQ(display_sink_import(stage.sink, stage.buffers, NUM_FRAMES, "udmabuf"),
			 -EINVAL);
		CHECK_HEARD(&stage.ears, "can't take frames of main in udmabuf memory");
	}
	clear_stage();
}

static const struct ctest_case cases[] = {
	{ "middle", middle },
	{ "cut", cut },
	{ "whole", whole },
	{ "transparent", transparent },
	{ "few-bits", few_bits },
	{ "back", back },
	{ "newest", newest },
	{ "cancelled", cancelled },
	{ "dark-again", dark_again },
	{ "put-back", put_back },
	{ "gone-picture", gone_picture },
	{ "busy", busy },
	{ "away", away },
	{ "refused", refused },
	{ "too-small", too_small },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
