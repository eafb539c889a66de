// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics of a Rockchip ISP.
 *
 * Rests on drivers/media/platform/rockchip/rkisp1/rkisp1-stats.c of Linux 6.12.
 */
#include "rkisp1/stats.h"

#include <errno.h>
#include <string.h>

#include "common/base/json.h"
#include "common/ipa/color.h"
#include "common/stream/frame.h"

/* White by (R + G + B) * 85 / 256. */
#define WHITE_CELL 254.

/* Means below this, of 1, are noise and rounding. */
#define DARK (2 / 255.)

void rkisp1_stats_clear(struct buffer *buffer)
{
	const struct buffer_plane *plane = &buffer->planes[0];
	size_t bytes = sizeof(struct rkisp1_stats);

	memset(plane->map, 0, plane->length_bytes < bytes ? plane->length_bytes : bytes);
}

/* Copied, as an offset may put them at any address. */
static bool read_stats(const struct frame *frame, struct rkisp1_stats *stats)
{
	const char *data = frame->buffer->planes[0].map;

	if (frame->bytesused[0] < sizeof(*stats) || frame_is_overlong(frame))
		return false;
	memcpy(stats, data + frame->data_offset[0], sizeof(*stats));
	return !(stats->measured & ~RKISP1_MEASURED_ALL);
}

/* ---- zones ---- */

/* With the gains in it, and on a scale on which white is full: they make up for black level. */
static void set_luma(const struct rkisp1_stats *stats, unsigned side,
		     struct rkisp1_zones *zones)
{
	for (unsigned i = 0; i < side * side; i++)
		zones->cells[i] = (struct ipa_zone){
			.luma = ipa_scale_u16(stats->cells[i] / WHITE_CELL),
			.valid = IPA_FULL,
		};
	zones->luma.columns = side;
	zones->luma.rows = side;
}

static void set_histogram(const struct rkisp1_stats *stats, unsigned num_bins,
			  struct rkisp1_zones *zones)
{
	memcpy(zones->bins, stats->bins, num_bins * sizeof(stats->bins[0]));
	zones->luma.histogram = zones->bins;
	zones->luma.num_bins = num_bins;
}

/* What the sensor saw, 0 to 1, from means behind gains and matrix. False if too dark. */
static bool undo(const struct rkisp1_stats *stats, const struct rkisp1_in_force *in_force,
		 double rgb[3])
{
	const double ycbcr[3] = { stats->white_y, stats->white_cb, stats->white_cr };
	const double *factors = in_force->factors;
	struct ipa_gains gains = { factors[0], factors[2] };
	double black = in_force->black_level_left / 65536.;

	ipa_rgb_from_ycbcr(ycbcr, rgb);
	if (rgb[0] <= DARK && rgb[1] <= DARK && rgb[2] <= DARK)
		return false;
	ipa_color_undo(&in_force->inverse, &gains, rgb, rgb);
	rgb[1] /= factors[1];
	for (unsigned i = 0; i < 3; i++)
		rgb[i] = rgb[i] > black ? rgb[i] - black : 0;
	return true;
}

static uint16_t valid_share(uint32_t pixels, uint32_t of)
{
	return pixels < of ? (uint16_t)((uint64_t)pixels * IPA_FULL / of) : IPA_FULL;
}

static void set_color(const struct rkisp1_stats *stats,
		      const struct rkisp1_in_force *in_force, struct rkisp1_zones *zones)
{
	struct ipa_zone *white = &zones->white;
	uint16_t black = in_force->black_level ? in_force->black_level :
						 in_force->black_level_left;
	double rgb[3];

	zones->color.columns = 1;
	zones->color.rows = 1;
	if (!stats->white_pixels || !undo(stats, in_force, rgb))
		return;
	white->red = ipa_zones_scale(rgb[0], black);
	white->green = ipa_zones_scale(rgb[1], black);
	white->blue = ipa_zones_scale(rgb[2], black);
	white->valid = valid_share(stats->white_pixels, in_force->white_pixels);
}

int rkisp1_stats_zones(const struct frame *frame, const struct rkisp1_in_force *in_force,
		       struct rkisp1_zones *zones)
{
	struct rkisp1_stats stats;

	zones->white = (struct ipa_zone){ 0 };
	zones->luma = (struct ipa_zones){
		.kind = IPA_ZONES_LUMA,
		.zones = zones->cells,
		.gains = { 1, 1 },
		.sequence = frame->sequence,
	};
	zones->color = (struct ipa_zones){
		.kind = IPA_ZONES_COLOR,
		.zones = &zones->white,
		.gains = { 1, 1 },
		.sequence = frame->sequence,
	};
	if (!read_stats(frame, &stats))
		return -EBADMSG;
	if (stats.measured & RKISP1_MEASURED_AEC)
		set_luma(&stats, rkisp1_grid_side(in_force->hw_revision), zones);
	if (stats.measured & RKISP1_MEASURED_HST)
		set_histogram(&stats, rkisp1_num_bins(in_force->hw_revision), zones);
	if (stats.measured & RKISP1_MEASURED_AWB)
		set_color(&stats, in_force, zones);
	return 0;
}

/* ---- records ---- */

static void put_white(const struct rkisp1_stats *stats, struct json *json)
{
	json_object(json, "white");
	json_unsigned(json, "pixels", stats->white_pixels);
	json_unsigned(json, "y", stats->white_y);
	json_unsigned(json, "cb", stats->white_cb);
	json_unsigned(json, "cr", stats->white_cr);
	json_close(json);
}

static void put_luma(const struct rkisp1_stats *stats, unsigned side, struct json *json)
{
	json_array(json, "luma");
	for (unsigned i = 0; i < side * side; i++)
		json_unsigned(json, NULL, stats->cells[i]);
	json_close(json);
}

static void put_focus(const struct rkisp1_stats *stats, struct json *json)
{
	json_array(json, "focus");
	for (unsigned i = 0; i < sizeof(stats->focus) / sizeof(stats->focus[0]); i++) {
		json_object(json, NULL);
		json_unsigned(json, "sharpness", stats->focus[i].sharpness);
		json_unsigned(json, "luma", stats->focus[i].luma);
		json_close(json);
	}
	json_close(json);
}

static void put_histogram(const struct rkisp1_stats *stats, unsigned num_bins,
			  struct json *json)
{
	json_array(json, "histogram");
	for (unsigned i = 0; i < num_bins; i++)
		json_unsigned(json, NULL, stats->bins[i]);
	json_close(json);
}

static void decode(const struct frame *frame, uint32_t hw_revision, struct json *json)
{
	struct rkisp1_stats stats;

	if (!read_stats(frame, &stats)) {
		if (frame->bytesused[0])
			json_unsigned(json, "undecoded_bytes", frame->bytesused[0]);
		return;
	}
	if (stats.measured & RKISP1_MEASURED_AWB)
		put_white(&stats, json);
	if (stats.measured & RKISP1_MEASURED_AEC)
		put_luma(&stats, rkisp1_grid_side(hw_revision), json);
	if (stats.measured & RKISP1_MEASURED_AFC)
		put_focus(&stats, json);
	if (stats.measured & RKISP1_MEASURED_HST)
		put_histogram(&stats, rkisp1_num_bins(hw_revision), json);
}

static void decode_v10(const struct frame *frame, struct json *json)
{
	decode(frame, RKISP1_REVISION_V10, json);
}

static void decode_v12(const struct frame *frame, struct json *json)
{
	decode(frame, RKISP1_REVISION_V12, json);
}

rkisp1_stats_decode_fn *rkisp1_stats_decoder(uint32_t hw_revision)
{
	return hw_revision == RKISP1_REVISION_V12 ? decode_v12 : decode_v10;
}
