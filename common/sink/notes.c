// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of a frame, as pictures note it. */
#include "common/sink/notes.h"

#include <linux/videodev2.h>
#include <stdbool.h>

#include "common/image/picture.h"
#include "common/ipa/color.h"
#include "common/sink/sidecar.h"

static uint64_t real_time(const struct sidecar_frame *frame)
{
	if ((frame->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
		return 0;
	return frame->timestamp_ns + (uint64_t)frame->clock.realtime_ns;
}

/* The sensor's grey is what the gains undo, here with nothing above 1. */
static void set_neutral(const struct ipa_gains *gains, float neutral[3])
{
	double grey[3] = { 1 / gains->red, 1, 1 / gains->blue }, most = 1;

	for (unsigned i = 0; i < 3; i++)
		most = grey[i] > most ? grey[i] : most;
	for (unsigned i = 0; i < 3; i++)
		neutral[i] = (float)(grey[i] / most);
}

static bool set_colors(struct picture_colors *colors, const struct sidecar_settings *settings)
{
	const struct ipa_gains gains = { settings->gains[0], settings->gains[1] };
	const double factors[3] = { gains.red, 1, gains.blue };
	struct ipa_matrix matrix, from_xyz;

	if (!settings->has_colors || !(gains.red > 0) || !(gains.blue > 0))
		return false;
	for (unsigned i = 0; i < 9; i++)
		matrix.m[i] = settings->matrix[i];
	if (ipa_matrix_from_xyz(&gains, &matrix, &from_xyz) < 0)
		return false;
	set_neutral(&gains, colors->neutral);
	for (unsigned i = 0; i < 9; i++) {
		colors->to_srgb[i] = (float)(matrix.m[i] * factors[i % 3]);
		colors->from_xyz[i] = (float)from_xyz.m[i];
	}
	return true;
}

void notes_from_frame(struct picture_notes *notes, const struct sidecar_frame *frame)
{
	const struct sidecar_settings *settings = &frame->settings;

	*notes = (struct picture_notes){
		.time_ns = real_time(frame),
		.exposure_ns = settings->exposure_ns,
		.gain_milli = settings->gain_milli,
		.black_level = settings->has_black_level ? settings->black_level : 0,
		.white_level = settings->white_level,
		.rotation = settings->rotation,
	};
	notes->has_colors = set_colors(&notes->colors, settings);
}
