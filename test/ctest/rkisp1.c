// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nodes of a Rockchip ISP on its real driver: one path that stops and starts while the
 * other runs, and parameters in both formats. Wants rkisp1 with main and self set up.
 */
#include "rkisp1/params.h"
#include "test/ctest/ctest.h"

#define NUM_BUFFERS 4

struct path {
	struct video *video;
	struct buffer buffers[INDEX_MAX];
	int count;
	uint32_t last; /* sequence number */
};

static bool open_path(struct path *path, const char *name, enum video_direction direction)
{
	memset(path, 0, sizeof(*path));
	path->video = ctest_video(NULL, name, direction);
	return path->video;
}

static bool fill_path(struct path *path)
{
	path->count = ctest_map(path->video, path->buffers, NUM_BUFFERS);
	return CHECK_EQ(path->count, NUM_BUFFERS);
}

static void close_path(struct path *path)
{
	if (!path->video)
		return;
	CHECK_EQ(video_stop(path->video), 0);
	ctest_finish_all(path->buffers, path->count);
	video_destroy(path->video);
}

static bool start_path(struct path *path)
{
	return CHECK_EQ(ctest_queue_all(path->video, path->buffers, path->count), 0) &&
	       CHECK_EQ(video_start(path->video), 0);
}

/* Takes so many frames and gives them back; numbers must rise. */
static bool take(struct path *path, unsigned count)
{
	struct video_done done;
	bool held = true;

	for (unsigned i = 0; i < count && held; i++) {
		held = CHECK_EQ(ctest_next(path->video, &done), 0);
		if (held && i)
			held = CHECK((int32_t)(done.sequence - path->last) > 0);
		path->last = done.sequence;
		if (held)
			held = CHECK_EQ(video_queue(path->video, done.buffer, NULL, 0), 0);
	}
	return held;
}

static void restart(void)
{
	struct path main_path, self_path;
	uint32_t before;

	test_case("rkisp1: a path that stops and starts joins at the number of the other");
	if (!open_path(&main_path, "rkisp1_mainpath", VIDEO_CAPTURE) ||
	    !open_path(&self_path, "rkisp1_selfpath", VIDEO_CAPTURE))
		return;
	if (!fill_path(&main_path) || !fill_path(&self_path) || !start_path(&main_path) ||
	    !start_path(&self_path))
		goto close;
	for (unsigned round = 0; round < 5; round++) {
		take(&main_path, 2);
		take(&self_path, 2);
		before = self_path.last;
		CHECK_EQ(video_stop(self_path.video), 0);
		take(&main_path, 3);
		CHECK(main_path.last > before);
		before = main_path.last;
		start_path(&self_path);
		take(&self_path, 1);
		CHECK(self_path.last >= before);
	}
	test_case("rkisp1: the other way round, too; the numbers do not begin again");
	before = self_path.last;
	CHECK_EQ(video_stop(main_path.video), 0);
	take(&self_path, 3);
	start_path(&main_path);
	take(&main_path, 2);
	CHECK(main_path.last > before + 2);
	test_case("rkisp1: they do when both have stopped");
	CHECK_EQ(video_stop(main_path.video), 0);
	CHECK_EQ(video_stop(self_path.video), 0);
	start_path(&self_path);
	take(&self_path, 1);
	CHECK_EQ(self_path.last, 0);
close:
	close_path(&self_path);
	close_path(&main_path);
}

static bool set_format(struct path *params, enum rkisp1_params_format format)
{
	struct video_format wanted = { .fourcc = format, .num_planes = 1 };

	return CHECK_EQ(video_set_format(params->video, &wanted), 0) &&
	       CHECK_EQ(wanted.fourcc, format);
}

static void wish(struct rkisp1_params_wishes *wishes, struct ipa_tuning *tuning)
{
	ipa_tuning_init(tuning, ipa_sensor_find("imx219"));
	rkisp1_params_init(wishes, 10, tuning);
	wishes->width = 640;
	wishes->height = 480;
}

static bool fill(struct path *params, const struct rkisp1_params_wishes *wishes,
		 unsigned parts, enum rkisp1_params_format format, struct buffer *buffer)
{
	uint32_t bytes = 0;

	return CHECK_EQ(buffer_map(buffer), 0) &&
	       CHECK_EQ(rkisp1_params_fill(wishes, parts, format, buffer->planes[0].map,
					   buffer->planes[0].length_bytes, &bytes),
			0) &&
	       CHECK_EQ(video_queue(params->video, buffer, &bytes, 0), 0);
}

/* Each set of parts: the driver looks at every block when a buffer is queued. */
static void send_all(struct path *params, struct path *picture,
		     enum rkisp1_params_format format)
{
	struct rkisp1_params_wishes wishes;
	struct ipa_tuning tuning;
	struct video_done done;
	unsigned parts = 0;
	uint32_t last = 0;

	wish(&wishes, &tuning);
	for (int i = 0; i < params->count; i++)
		if (!fill(params, &wishes, parts++, format, &params->buffers[i]))
			return;
	if (!CHECK_EQ(video_start(params->video), 0) || !start_path(picture))
		return;
	for (; parts <= RKISP1_PARAMS_ALL + 1 + NUM_BUFFERS; parts++) {
		if (!CHECK_EQ(ctest_next(params->video, &done), 0))
			return;
		/* One buffer a frame, the first of them before frame 0. */
		CHECK(parts == NUM_BUFFERS ? done.sequence == 0 : done.sequence > last);
		last = done.sequence;
		wishes.gains.red = 1 + parts / 64.;
		if (!fill(params, &wishes, parts & RKISP1_PARAMS_ALL, format, done.buffer))
			return;
		while (video_dequeue(picture->video, &done) == 0)
			CHECK_EQ(video_queue(picture->video, done.buffer, NULL, 0), 0);
	}
}

static void parameters(enum rkisp1_params_format format)
{
	struct path params, picture;

	if (!open_path(&params, "rkisp1_params", VIDEO_OUTPUT) ||
	    !open_path(&picture, "rkisp1_mainpath", VIDEO_CAPTURE))
		return;
	if (set_format(&params, format) && fill_path(&params) && fill_path(&picture))
		send_all(&params, &picture, format);
	close_path(&picture);
	close_path(&params);
}

static void extensible(void)
{
	test_case("rkisp1: every set of extensible parameters is taken");
	parameters(RKISP1_FORMAT_EXTENSIBLE);
}

static void fixed(void)
{
	test_case("rkisp1: every set of fixed parameters is taken");
	parameters(RKISP1_FORMAT_FIXED);
}

static const struct ctest_case cases[] = {
	{ "restart", restart },
	{ "extensible", extensible },
	{ "fixed", fixed },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
