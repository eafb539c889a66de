// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of a frame, as pictures note it. */
#include "common/sink/notes.h"

#include <linux/videodev2.h>
#include <math.h>

#include "common/image/picture.h"
#include "common/sink/sidecar.h"
#include "test/unit/test.h"

static struct sidecar_frame some_frame(void)
{
	return (struct sidecar_frame){
		.timestamp_ns = 5000,
		.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		.clock = { .boottime_ns = 7, .realtime_ns = 1790000000000000000 },
		.settings = {
			.exposure_ns = 10000000,
			.gain_milli = 2500,
			.has_black_level = true,
			.black_level = 64,
			.white_level = 1020,
			.rotation = 270,
			.has_colors = true,
			.gains = { 2, 0.8f },
			.matrix = { 1.5f, -0.5f, 0, -0.25f, 1.5f, -0.25f, 0, -0.5f, 1.5f },
		},
	};
}

static void apply(const float m[9], const double color[3], double result[3])
{
	for (unsigned i = 0; i < 3; i++)
		result[i] = m[3 * i] * color[0] + m[3 * i + 1] * color[1] +
			    m[3 * i + 2] * color[2];
}

static bool is_about(double a, double b)
{
	return fabs(a - b) < 1e-3;
}

int main(void)
{
	const double white[3] = { 0.9505, 1, 1.089 };
	struct sidecar_frame frame = some_frame();
	struct picture_notes notes;
	double color[3];

	test_case("notes: numbers as they are, time in UTC");
	notes_from_frame(&notes, &frame);
	CHECK_EQ(notes.time_ns, 1790000000000005000);
	CHECK_EQ(notes.exposure_ns, 10000000);
	CHECK_EQ(notes.gain_milli, 2500);
	CHECK_EQ(notes.black_level, 64);
	CHECK_EQ(notes.white_level, 1020);
	CHECK_EQ(notes.rotation, 270);

	test_case("notes: the sensor's grey has no number above 1, and becomes white");
	CHECK(notes.has_colors);
	CHECK(is_about(notes.colors.neutral[0], 0.4));
	CHECK(is_about(notes.colors.neutral[1], 0.8));
	CHECK(is_about(notes.colors.neutral[2], 1));
	apply(notes.colors.to_srgb, (const double[]){ 0.5, 1, 1.25 }, color);
	CHECK(is_about(color[0], 1) && is_about(color[1], 1) && is_about(color[2], 1));

	test_case("notes: white of D65 is the sensor's grey");
	apply(notes.colors.from_xyz, white, color);
	CHECK(is_about(color[0], 0.5) && is_about(color[1], 1) && is_about(color[2], 1.25));

	test_case("notes: colours that can't be are left out");
	frame.settings.gains[1] = 0;
	notes_from_frame(&notes, &frame);
	CHECK(!notes.has_colors);
	frame = some_frame();
	memset(frame.settings.matrix, 0, sizeof(frame.settings.matrix));
	notes_from_frame(&notes, &frame);
	CHECK(!notes.has_colors);

	test_case("notes: a clock that nobody knows tells no time, what is unknown is 0");
	frame = (struct sidecar_frame){ .timestamp_ns = 5000, .settings.black_level = 9 };
	notes_from_frame(&notes, &frame);
	CHECK_EQ(notes.time_ns, 0);
	CHECK_EQ(notes.exposure_ns, 0);
	CHECK_EQ(notes.black_level, 0);
	CHECK(!notes.has_colors);
	return test_done();
}
