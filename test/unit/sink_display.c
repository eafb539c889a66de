// SPDX-License-Identifier: GPL-2.0-or-later
/* The display: which plane and place, what is refused, faults; on a pretended card. */
#include "common/sink/display.h"

#include <linux/videodev2.h>

#include "common/device/video_format.h"
#include "common/stream/frame.h"
#include "test/unit/kms_fake.h"

#define NOBODY 65534

static struct kms *kms;
static struct sink *sink;
static struct buffer buffers[3];
static struct frame frames[3];
static struct video_format format;
static unsigned num_done;
static int last_error;

static void note_done(void *context, struct frame *frame, const char *name, int error)
{
	num_done++;
	last_error = error;
}

static int open_display(const char *connector)
{
	const struct kms_options options = { .connector = connector, .folder = fake_folder };

	return kms_create(&ears.log, &options, &kms);
}

static int open_sink(uint32_t fourcc, uint32_t width, uint32_t height)
{
	const struct format_info *info = format_find(fourcc);

	format = (struct video_format){
		.fourcc = fourcc,
		.width = width,
		.height = height,
		.colorspace = V4L2_COLORSPACE_REC709,
		.num_planes = info->memory_planes,
	};
	for (unsigned i = 0; i < format.num_planes; i++)
		format.stride_bytes[i] = format_stride_bytes(info, i, width) + 64;
	return display_sink_create(&ears.log, kms, "main", &format, "", note_done, NULL,
				   &sink);
}

/* Descriptors 50, 51 … are the memory. */
static int import(void)
{
	num_done = 0;
	for (unsigned i = 0; i < 3; i++) {
		buffer_init(&buffers[i], i, BUFFER_DEVICE);
		buffers[i].num_planes = format.num_planes;
		for (unsigned j = 0; j < format.num_planes; j++)
			buffers[i].planes[j].fd = 50 + (int)(i * format.num_planes + j);
		frames[i] = (struct frame){ .buffer = &buffers[i], .format = &format };
	}
	return display_sink_import(sink, buffers, 3, "mmap");
}

static void end(void)
{
	sink_destroy(sink);
	kms_destroy(kms);
	sink = NULL;
	kms = NULL;
}

/* Where the picture is. */
static void check_place(unsigned plane, uint64_t x, uint64_t y, uint64_t width, uint64_t height)
{
	CHECK_EQ(fake_value(plane, KMS_CRTC_X), x);
	CHECK_EQ(fake_value(plane, KMS_CRTC_Y), y);
	CHECK_EQ(fake_value(plane, KMS_CRTC_W), width);
	CHECK_EQ(fake_value(plane, KMS_CRTC_H), height);
}

static bool show(uint32_t fourcc, uint32_t width, uint32_t height)
{
	if (!CHECK_EQ(open_display(NULL), 0) ||
	    !CHECK_EQ(open_sink(fourcc, width, height), 0) || !CHECK_EQ(import(), 0))
		return false;
	sink_write(sink, &frames[0]);
	return CHECK_EQ(num_done, 1);
}

static void test_places(void)
{
	struct kms_place place;

	test_case("place: scaled, in its own shape, even");
	kms_place_scaled(640, 480, 1920, 1080, &place);
	CHECK_EQ(place.width, 1440);
	CHECK_EQ(place.height, 1080);
	CHECK_EQ(place.x, 240);
	CHECK_EQ(place.y, 0);
	CHECK_EQ(place.source_width, 640);
	kms_place_scaled(3280, 2464, 800, 480, &place);
	CHECK_EQ(place.width, 638);
	CHECK_EQ(place.height, 480);
	CHECK_EQ(place.x, 80);
	kms_place_scaled(1000, 3, 100, 100, &place);
	CHECK_EQ(place.width, 100);
	CHECK_EQ(place.height, 2);
	CHECK_EQ(place.y, 48);

	test_case("place: in the middle, what is beyond the edges cut off evenly");
	kms_place_middle(641, 481, 1920, 1080, &place);
	CHECK_EQ(place.width, 641);
	CHECK_EQ(place.x, 638);
	CHECK_EQ(place.y, 298);
	CHECK_EQ(place.source_x, 0);
	kms_place_middle(2592, 600, 1920, 1080, &place);
	CHECK_EQ(place.width, 1920);
	CHECK_EQ(place.source_width, 1920);
	CHECK_EQ(place.source_x, 336);
	CHECK_EQ(place.x, 0);
	CHECK_EQ(place.y, 240);
}

static void test_planes(void)
{
	test_case("planes: the primary plane scales: it is the one");
	fake_reset();
	card.planes[0].scales = true;
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		CHECK_EQ(fake_value(0, KMS_FB_ID), 500);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 0);
		check_place(0, 240, 0, 1440, 1080);
		CHECK_EQ(fake_value(0, KMS_SRC_W), 640 << 16);
		CHECK_HEARD("HDMI-A-1, 1920x1080 at 50 Hz: 640x480 scaled to 1440x1080 on plane 30");
	}
	end();

	test_case("planes: only an overlay scales: it is the one, over black");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		CHECK_EQ(fake_value(0, KMS_FB_ID), 400);
		check_place(0, 0, 0, FAKE_WIDTH, FAKE_HEIGHT);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 500);
		check_place(1, 240, 0, 1440, 1080);
		CHECK_HEARD("on plane 31 (overlay)");
	}
	end();

	test_case("planes: none scales: the picture as it is, on the primary plane");
	fake_reset();
	card.planes[1].scales = false;
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		CHECK_EQ(fake_value(0, KMS_FB_ID), 500);
		check_place(0, 640, 300, 640, 480);
	}
	end();

	test_case("planes: the primary plane must cover the screen: on the overlay, over black");
	fake_reset();
	card.planes[0].must_cover = true;
	card.planes[1].scales = false;
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		CHECK_EQ(fake_value(0, KMS_FB_ID), 400);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 500);
		check_place(1, 640, 300, 640, 480);
	}
	end();

	test_case("planes: none takes it: said, and nothing was changed");
	fake_reset();
	card.planes[0].must_cover = true;
	card.planes[1].formats[0] = DRM_FORMAT_RGB565;
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_XBGR32, 640, 480), 0);
	CHECK_EQ(import(), -EOPNOTSUPP);
	CHECK_HEARD("display-refused display HDMI-A-1: no plane of it takes 640x480 XR24 with lines "
		    "of 2624 bytes: Invalid argument");
	CHECK_EQ(card.num_commits, 0);
	end();
	CHECK_EQ(card.num_removed, 3);

	test_case("planes: what was turned or transparent is shown straight, and so again after");
	fake_reset();
	card.values[FAKE_PLANE][KMS_ROTATION] = DRM_MODE_ROTATE_180;
	card.values[FAKE_PLANE][KMS_ALPHA] = 77;
	if (show(V4L2_PIX_FMT_XBGR32, FAKE_WIDTH, FAKE_HEIGHT)) {
		CHECK_EQ(fake_value(0, KMS_ROTATION), DRM_MODE_ROTATE_0);
		CHECK_EQ(fake_value(0, KMS_ALPHA), 0xffff);
	}
	end();
	CHECK_EQ(fake_value(0, KMS_ROTATION), DRM_MODE_ROTATE_180);
	CHECK_EQ(fake_value(0, KMS_ALPHA), 77);
	CHECK_EQ(fake_value(0, KMS_FB_ID), 0);
	CHECK_EQ(card.values[FAKE_CRTC][KMS_ACTIVE], 0);
	CHECK_EQ(card.values[FAKE_CONNECTOR][KMS_CRTC_ID], 0);
}

static void test_formats(void)
{
	test_case("formats: NV12 in one memory: both planes of it, BT.709, limited range");
	fake_reset();
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_NV12, 640, 480), 0);
	CHECK_EQ(import(), 0);
	CHECK_EQ(card.num_imports, 3);
	CHECK_EQ(card.num_closed, 3);
	CHECK_EQ(card.num_framebuffers, 3);
	CHECK_EQ(card.fourcc, DRM_FORMAT_NV12);
	CHECK_EQ(card.handles[0], 1052);
	CHECK_EQ(card.handles[1], 1052);
	CHECK_EQ(card.pitches[0], 704);
	CHECK_EQ(card.pitches[1], 704);
	CHECK_EQ(card.offsets[1], 704 * 480);
	sink_write(sink, &frames[0]);
	CHECK_EQ(fake_value(1, KMS_FB_ID), 500);
	CHECK_EQ(fake_value(1, KMS_ENCODING), 8);
	CHECK_EQ(fake_value(1, KMS_RANGE), 3);
	end();

	test_case("formats: full range and BT.601, where the driver says so");
	fake_reset();
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_NV12, 640, 480), 0);
	sink_destroy(sink);
	format.ycbcr_enc = V4L2_YCBCR_ENC_601;
	format.quantization = V4L2_QUANTIZATION_FULL_RANGE;
	CHECK_EQ(display_sink_create(&ears.log, kms, "main", &format, "", note_done, NULL,
				     &sink),
		 0);
	CHECK_EQ(import(), 0);
	sink_write(sink, &frames[0]);
	CHECK_EQ(fake_value(1, KMS_ENCODING), 7);
	CHECK_EQ(fake_value(1, KMS_RANGE), 4);
	end();

	test_case("formats: NV12 in two memories: each imported, from their beginnings");
	fake_reset();
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_NV12M, 640, 480), 0);
	CHECK_EQ(import(), 0);
	CHECK_EQ(card.num_imports, 6);
	CHECK_EQ(card.num_closed, 6);
	CHECK_EQ(card.handles[0], 1054);
	CHECK_EQ(card.handles[1], 1055);
	CHECK_EQ(card.offsets[1], 0);
	CHECK_EQ(card.pitches[1], 704);
	end();

	test_case("formats: three planes of one memory");
	fake_reset();
	card.planes[1].formats[0] = DRM_FORMAT_YUV420;
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_YUV420, 640, 480), 0);
	CHECK_EQ(import(), 0);
	CHECK_EQ(card.pitches[2], 352);
	CHECK_EQ(card.offsets[1], 704 * 480);
	CHECK_EQ(card.offsets[2], 704 * 480 + 352 * 240);
	end();

	test_case("formats: what a plane shows only in tiles does not count");
	fake_reset();
	card.planes[1].is_tiled = true;
	CHECK_EQ(open_display(NULL), 0);
	CHECK(!display_can_show(kms, V4L2_PIX_FMT_NV12));
	CHECK(display_can_show(kms, V4L2_PIX_FMT_XBGR32));
	CHECK_EQ(open_sink(V4L2_PIX_FMT_NV12, 640, 480), -EOPNOTSUPP);
	CHECK_HEARD("can't show main, which is NV12; it takes XR24 (DRM's names)");
	end();

	test_case("formats: an old driver names formats without saying how they lie");
	fake_reset();
	card.no_modifiers = true;
	card.planes[1].is_tiled = true;
	CHECK_EQ(open_display(NULL), 0);
	CHECK(display_can_show(kms, V4L2_PIX_FMT_NV12));
	end();

	test_case("formats: those of a cursor don't count, alpha is left out, DRM's order of bytes");
	fake_reset();
	CHECK_EQ(open_display(NULL), 0);
	CHECK(display_can_show(kms, V4L2_PIX_FMT_ABGR32));
	CHECK(!display_can_show(kms, V4L2_PIX_FMT_RGB24));
	end();
	card.planes[1].formats[0] = DRM_FORMAT_BGR888;
	card.planes[0].formats[0] = DRM_FORMAT_RGB565;
	CHECK_EQ(open_display(NULL), 0);
	CHECK(display_can_show(kms, V4L2_PIX_FMT_RGB24));
	CHECK(!display_can_show(kms, V4L2_PIX_FMT_BGR24));
	CHECK(!display_can_show(kms, V4L2_PIX_FMT_ABGR32));
	end();
}

static void test_flips(void)
{
	test_case("flips: after the first one nothing but the frame buffer changes");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		CHECK_EQ(card.last_flags,
			 DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT);
		CHECK(card.last_count > 8);
		sink_dispatch(sink);
		CHECK_EQ(frames[0].holders, 1);
		sink_write(sink, &frames[1]);
		CHECK_EQ(card.last_count, 1);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 501);
		CHECK_EQ(frames[0].holders, 1);
		/* Woken for nothing: the flip has not happened. */
		card.has_event = false;
		sink_dispatch(sink);
		CHECK_EQ(frames[0].holders, 1);
		CHECK_EQ(sink_finish(sink), -EINPROGRESS);
		card.has_event = true;
		sink_dispatch(sink);
		CHECK_EQ(frames[0].holders, 0);
		CHECK_EQ(sink_finish(sink), 0);
		CHECK_EQ(card.num_imports, 3);
	}
	end();

	test_case("flips: a display that goes away is a failure, and frames come back");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		sink_dispatch(sink);
		card.commit_error = -ENODEV;
		sink_write(sink, &frames[1]);
		CHECK_EQ(last_error, -ENODEV);
		CHECK_HEARD("display-failed display HDMI-A-1: it went away");
		CHECK_EQ(frames[1].holders, 0);
		sink_write(sink, &frames[2]);
		CHECK_EQ(num_done, 3);
		CHECK_EQ(sink_finish(sink), -ENODEV);
	}
	end();
	CHECK_EQ(frames[0].holders, 0);

	test_case("flips: a frame that is refused passes by, said once, others are shown");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		sink_dispatch(sink);
		card.commit_error = -ENOSPC;
		sink_write(sink, &frames[1]);
		sink_write(sink, &frames[2]);
		CHECK_EQ(last_error, 0);
		CHECK_EQ(num_done, 3);
		CHECK_HEARD("display-skips display HDMI-A-1: a frame of main can't be shown: No space");
		CHECK(!strstr(strstr(ears.text, "display-skips") + 1, "display-skips"));
		card.commit_error = 0;
		sink_write(sink, &frames[1]);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 501);
		CHECK_EQ(display_sink_count(sink).skipped, 2);
	}
	end();

	test_case("flips: a frame that does not begin where its memory does passes by");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		sink_dispatch(sink);
		frames[1].data_offset[0] = 16;
		sink_write(sink, &frames[1]);
		CHECK_HEARD("display-skips");
		CHECK_EQ(fake_value(1, KMS_FB_ID), 500);
	}
	end();

	test_case("flips: another program was master: all is set anew");
	fake_reset();
	if (show(V4L2_PIX_FMT_XBGR32, 640, 480)) {
		sink_dispatch(sink);
		card.commit_error = -EACCES;
		sink_write(sink, &frames[1]);
		CHECK_HEARD("display-away");
		memset(card.values, 0, sizeof(card.values));
		card.commit_error = 0;
		sink_write(sink, &frames[2]);
		CHECK(card.last_flags & DRM_MODE_ATOMIC_ALLOW_MODESET);
		CHECK_EQ(card.values[FAKE_CRTC][KMS_ACTIVE], 1);
		CHECK_EQ(fake_value(0, KMS_FB_ID), 400);
		CHECK_EQ(fake_value(1, KMS_FB_ID), 502);
		CHECK_HEARD("display-back");
	}
	end();
}

static void test_refusals(void)
{
	char path[64];

	test_case("refused: a driver without atomic mode setting");
	fake_reset();
	card.no_atomic = true;
	CHECK_EQ(open_display(NULL), -EOPNOTSUPP);
	CHECK_HEARD("display-refused display HDMI-A-1: its driver, pretended, has no atomic mode "
		    "setting, which --display needs");

	test_case("refused: a driver that takes no dma-bufs");
	fake_reset();
	card.no_import = true;
	CHECK_EQ(open_display(NULL), -EOPNOTSUPP);
	CHECK_HEARD("takes no dma-bufs");

	test_case("refused: another program is master");
	fake_reset();
	card.is_busy = true;
	CHECK_EQ(open_display(NULL), -EBUSY);
	CHECK_HEARD("busy display HDMI-A-1");

	test_case("refused: memory that the display can't reach, with what may help");
	fake_reset();
	card.import_error = -EINVAL;
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_XBGR32, 640, 480), 0);
	CHECK_EQ(import(), -EINVAL);
	CHECK_HEARD("display HDMI-A-1 can't take frames of main in mmap memory, lines of 2624 bytes: "
		    "Invalid argument; contiguous memory may do: --memory=heap");
	CHECK_EQ(card.num_closed, 0);
	end();
	CHECK_EQ(card.num_commits, 0);

	test_case("refused: lines that the display can't read; the memory is let go of");
	fake_reset();
	card.framebuffer_error = -EINVAL;
	CHECK_EQ(open_display(NULL), 0);
	CHECK_EQ(open_sink(V4L2_PIX_FMT_XBGR32, 640, 480), 0);
	CHECK_EQ(import(), -EINVAL);
	CHECK_EQ(card.num_closed, 1);
	end();

	test_case("refused: nothing is connected, by name and without");
	fake_reset();
	card.is_dark = true;
	CHECK_EQ(open_display(NULL), -ENOENT);
	CHECK_HEARD("display-refused no display is connected; there are HDMI-A-1 (not connected)");
	CHECK_EQ(open_display("HDMI-A-1"), -ENOENT);
	CHECK_HEARD("display HDMI-A-1: nothing is connected to it; there are HDMI-A-1 (not");

	test_case("refused: all CRTCs feed other displays");
	fake_reset();
	card.crtc_is_on[0] = card.crtc_is_on[1] = true;
	CHECK_EQ(open_display(NULL), -EBUSY);
	CHECK_HEARD("busy display HDMI-A-1: all that could feed it feed other displays");

	test_case("refused: no permission, with the owner of the node");
	fake_reset();
	chmod(fake_folder, 0755);
	for (unsigned i = 0; i < 2; i++) {
		fake_path(i, path, sizeof(path));
		chmod(path, 0);
	}
	/* Root may open everything. */
	if (geteuid() == 0 && seteuid(NOBODY) < 0) {
		test_skip("root can't be somebody else here");
	} else {
		CHECK_EQ(open_display(NULL), -EACCES);
		CHECK_HEARD("no-permission no permission to show: ");
	}
	CHECK_EQ(seteuid(getuid()), 0);
	for (unsigned i = 0; i < 2; i++) {
		fake_path(i, path, sizeof(path));
		chmod(path, 0600);
	}
}

static void test_search(void)
{
	test_case("search: a card that only renders is passed over");
	fake_reset();
	card.is_renderer = true;
	CHECK_EQ(open_display("hdmi-a-1"), 0);
	if (kms) {
		CHECK_STR_EQ(kms_name(kms), "HDMI-A-1");
		CHECK_EQ(fake_number(kms_fd(kms)), 1);
	}
	end();

	test_case("search: a CRTC that feeds nobody, the mode that the display likes best");
	fake_reset();
	card.crtc_is_on[0] = true;
	CHECK_EQ(open_display(NULL), 0);
	if (kms) {
		CHECK_EQ(kms->crtc.id, FAKE_CRTC + 1);
		CHECK_EQ(kms->mode.hdisplay, FAKE_WIDTH);
	}
	end();

	test_case("search: the CRTC and the mode that it has are kept");
	fake_reset();
	card.crtc_is_on[1] = true;
	card.values[FAKE_CONNECTOR][KMS_CRTC_ID] = FAKE_CRTC + 1;
	card.values[FAKE_CRTC + 1][KMS_ACTIVE] = 1;
	card.values[FAKE_CRTC + 1][KMS_MODE_ID] = 7;
	CHECK_EQ(open_display(NULL), 0);
	if (kms) {
		CHECK_EQ(kms->crtc.id, FAKE_CRTC + 1);
		CHECK_EQ(kms->mode.hdisplay, 800);
	}
	end();

	test_case("search: a plane that another CRTC uses is left alone");
	fake_reset();
	card.values[FAKE_PLANE + 1][KMS_CRTC_ID] = FAKE_CRTC + 1;
	CHECK_EQ(open_display(NULL), 0);
	CHECK(!display_can_show(kms, V4L2_PIX_FMT_NV12));
	end();
}

int main(void)
{
	if (!fake_begin())
		return 1;
	test_places();
	test_planes();
	test_formats();
	test_flips();
	test_refusals();
	test_search();
	fake_end();
	return test_done();
}
