// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics of a Rockchip ISP, sane and hostile. */
#include "rkisp1/stats.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/json.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

static const struct rkisp1_params_wishes plain = {
	.hw_revision = RKISP1_REVISION_V10,
	.width = 640,
	.height = 480,
	.gains = { 1, 1 },
	.digital_gain = 1,
	.matrix = { { 1, 0, 0, 0, 1, 0, 0, 0, 1 } },
};

/* A block of the very size, so that the address sanitizer sees who reads beyond. */
static int read_with(const struct rkisp1_stats *stats, size_t bytes,
		     const struct rkisp1_in_force *in_force, struct rkisp1_zones *measured)
{
	struct frame frame = { .sequence = 77, .bytesused[0] = (uint32_t)bytes };
	unsigned char *copy = malloc(bytes + 1);
	struct buffer buffer;
	int ret;

	/* At an odd address, as any offset is allowed. */
	memcpy(copy + 1, stats, bytes);
	frame.data_offset[0] = 1;
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, (uint32_t)bytes + 1);
	buffer.planes[0].map = copy;
	frame.buffer = &buffer;
	ret = rkisp1_stats_zones(&frame, in_force, measured);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	free(copy);
	return ret;
}

static int read_zones(const struct rkisp1_stats *stats, size_t bytes,
		      const struct rkisp1_params_wishes *wishes,
		      struct rkisp1_zones *measured)
{
	struct rkisp1_in_force in_force;

	rkisp1_in_force_init(&in_force, wishes, RKISP1_FORMAT_EXTENSIBLE);
	return read_with(stats, bytes, &in_force, measured);
}

static void clear(struct rkisp1_stats *stats, uint32_t bytes)
{
	struct buffer buffer;

	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, bytes);
	buffer.planes[0].map = stats;
	rkisp1_stats_clear(&buffer);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
}

static bool has_none(const struct rkisp1_zones *measured)
{
	return CHECK_EQ(measured->luma.columns * measured->luma.rows, 0) &&
	       CHECK_EQ(measured->color.columns * measured->color.rows, 0) &&
	       CHECK(!measured->luma.histogram) && CHECK_EQ(measured->luma.num_bins, 0);
}

static void test_luma(void)
{
	struct rkisp1_stats stats = { .measured = RKISP1_MEASURED_AEC | RKISP1_MEASURED_HST };
	struct rkisp1_params_wishes wishes = plain;
	struct rkisp1_zones measured;

	for (unsigned i = 0; i < RKISP1_MAX_CELLS; i++)
		stats.cells[i] = (uint8_t)(2 * i);
	for (unsigned i = 0; i < RKISP1_MAX_BINS; i++)
		stats.bins[i] = 1000 + i;

	test_case("rkisp1 stats: 5x5 cells and 16 bins");
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK_EQ(measured.luma.kind, IPA_ZONES_LUMA);
	CHECK_EQ(measured.luma.sequence, 77);
	CHECK_EQ(measured.luma.columns, 5);
	CHECK_EQ(measured.luma.rows, 5);
	CHECK_EQ(measured.luma.num_bins, 16);
	CHECK_EQ(measured.luma.histogram[15], 1015);
	CHECK_EQ(ipa_zones_luma(&measured.luma, 0), 0);
	CHECK_EQ(ipa_zones_luma(&measured.luma, 24), (65535 * 48 + 127) / 254);
	CHECK_EQ(measured.cells[24].valid, IPA_FULL);
	CHECK_EQ(measured.color.columns * measured.color.rows, 0);

	test_case("rkisp1 stats: V12 has 9x9 and 32");
	wishes.hw_revision = RKISP1_REVISION_V12;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK_EQ(measured.luma.columns, 9);
	CHECK_EQ(measured.luma.rows, 9);
	CHECK_EQ(measured.luma.num_bins, 32);
	CHECK_EQ(measured.luma.histogram[31], 1031);
	CHECK_EQ(ipa_zones_luma(&measured.luma, 80), (65535 * 160 + 127) / 254);

	test_case("rkisp1 stats: what is white is full, and no more than that");
	stats.cells[0] = 254;
	stats.cells[1] = 255;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK_EQ(ipa_zones_luma(&measured.luma, 0), IPA_FULL);
	CHECK_EQ(ipa_zones_luma(&measured.luma, 1), IPA_FULL);
}

/* What the hardware measures of a colour that the sensor saw, 0 to 1, black level off. */
static void measure(const struct rkisp1_params_wishes *wishes, const double sensor[3],
		    struct rkisp1_stats *stats)
{
	struct rkisp1_in_force in_force;
	double rgb[3], ycbcr[3];

	rkisp1_in_force_init(&in_force, wishes, RKISP1_FORMAT_EXTENSIBLE);
	for (unsigned i = 0; i < 3; i++)
		rgb[i] = sensor[i] * (65536 - wishes->black_level) / 65536 *
			 in_force.factors[i];
	ipa_matrix_apply(&wishes->matrix, rgb, rgb);
	ipa_ycbcr_from_rgb(rgb, ycbcr);
	stats->measured = RKISP1_MEASURED_AWB;
	stats->white_pixels = 480 * 360;
	stats->white_y = (uint8_t)(ycbcr[0] + 0.5);
	stats->white_cb = (uint8_t)(ycbcr[1] + 0.5);
	stats->white_cr = (uint8_t)(ycbcr[2] + 0.5);
}

/* Within a step and a half of 8 bits, which is what rounding Y, Cb and Cr costs. */
static bool is_near(uint16_t mean, double wanted)
{
	double off = mean / 65535. - wanted;

	return off < 1.5 / 255 && off > -1.5 / 255;
}

static void test_color(void)
{
	const double grey[3] = { 0.2, 0.4, 0.25 };
	struct rkisp1_params_wishes wishes = plain;
	struct rkisp1_zones measured;
	struct rkisp1_stats stats = { 0 };

	test_case("rkisp1 stats: the colour that the sensor saw");
	measure(&wishes, grey, &stats);
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK_EQ(measured.color.kind, IPA_ZONES_COLOR);
	CHECK_EQ(measured.color.sequence, 77);
	CHECK_EQ(measured.color.columns * measured.color.rows, 1);
	CHECK(measured.color.zones == &measured.white);
	CHECK(is_near(measured.white.red, 0.2));
	CHECK(is_near(measured.white.green, 0.4));
	CHECK(is_near(measured.white.blue, 0.25));
	CHECK_EQ(measured.white.valid, IPA_FULL);
	CHECK_EQ(measured.luma.columns * measured.luma.rows, 0);

	test_case("rkisp1 stats: gains, matrix and black level are undone");
	wishes.black_level = 4096;
	wishes.gains = (struct ipa_gains){ 1.9, 1.5 };
	wishes.matrix = (struct ipa_matrix){ { 1.75, -0.5, -0.25, -0.25, 1.5, -0.25, 0,
					       -0.5, 1.5 } };
	measure(&wishes, grey, &stats);
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK(is_near(measured.white.red, 0.2));
	CHECK(is_near(measured.white.green, 0.4));
	CHECK(is_near(measured.white.blue, 0.25));

	test_case("rkisp1 stats: clipped white is full");
	stats.white_y = 235;
	stats.white_cb = stats.white_cr = 128;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0);
	CHECK(measured.white.green >= IPA_CLIPPED);

	test_case("rkisp1 stats: black level that could not be taken off");
	{
		const double lifted[3] = { 0.25, 0.4375, 0.296875 };
		struct rkisp1_in_force in_force;

		wishes = plain;
		wishes.hw_revision = RKISP1_REVISION_IMX8MP;
		measure(&wishes, lifted, &stats);
		wishes.black_level = 4096;
		rkisp1_in_force_init(&in_force, &wishes, RKISP1_FORMAT_FIXED);
		CHECK_EQ(read_with(&stats, sizeof(stats), &in_force, &measured), 0);
		CHECK(is_near(measured.white.red, 0.2));
		CHECK(is_near(measured.white.green, 0.4));
		CHECK(is_near(measured.white.blue, 0.25));
	}
}

static void test_validity(void)
{
	const double grey[3] = { 0.2, 0.4, 0.25 };
	struct rkisp1_zones measured;
	struct rkisp1_stats stats = { 0 };

	test_case("rkisp1 stats: how much of the window is grey");
	measure(&plain, grey, &stats);
	stats.white_pixels = 480 * 360 / 4;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK_EQ(measured.white.valid, IPA_FULL / 4);
	stats.white_pixels = UINT32_MAX;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK_EQ(measured.white.valid, IPA_FULL);

	test_case("rkisp1 stats: nothing grey, or only darkness, is no colour");
	stats.white_pixels = 0;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK_EQ(measured.white.valid, 0);
	CHECK_EQ(measured.white.green, 0);
	stats.white_pixels = 480 * 360;
	stats.white_y = 17;
	stats.white_cb = stats.white_cr = 128;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK_EQ(measured.white.valid, 0);
	stats.white_y = 19;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK_EQ(measured.white.valid, IPA_FULL);
}

static void test_hostile(void)
{
	struct rkisp1_zones measured;
	struct rkisp1_stats stats;

	test_case("rkisp1 stats: nothing was measured");
	memset(&stats, 0x5a, sizeof(stats));
	stats.measured = 0;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK(has_none(&measured));

	test_case("rkisp1 stats: the buffer was not cleared");
	memset(&stats, 0xff, sizeof(stats));
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), -EBADMSG);
	CHECK(has_none(&measured));
	stats.measured = RKISP1_MEASURED_ALL | 0x10;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), -EBADMSG);
	stats.measured = RKISP1_MEASURED_ALL;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	clear(&stats, sizeof(stats));
	for (size_t i = 0; i < sizeof(stats); i++)
		if (!CHECK_EQ(((unsigned char *)&stats)[i], 0))
			break;
	CHECK_EQ(read_zones(&stats, sizeof(stats), &plain, &measured), 0);
	CHECK(has_none(&measured));

	test_case("rkisp1 stats: cut off anywhere, they are none");
	memset(&stats, 0, sizeof(stats));
	stats.measured = RKISP1_MEASURED_ALL;
	for (size_t bytes = 0; bytes < sizeof(stats); bytes++) {
		if (!CHECK_EQ(read_zones(&stats, bytes, &plain, &measured), -EBADMSG) ||
		    !has_none(&measured))
			break;
	}

	test_case("rkisp1 stats: any values at all make zones in range");
	for (unsigned i = 0; i < 256 * 256; i++) {
		struct rkisp1_params_wishes wishes = plain;

		wishes.gains = (struct ipa_gains){ 0.5 + i % 7, 0.5 + i % 5 };
		wishes.matrix.m[0] = (double)(i % 33) - 16;
		stats.white_pixels = i * 2654435761u;
		stats.white_y = (uint8_t)(i * 37);
		stats.white_cb = (uint8_t)i;
		stats.white_cr = (uint8_t)(i >> 8);
		if (!CHECK_EQ(read_zones(&stats, sizeof(stats), &wishes, &measured), 0))
			break;
		/* Without an inverse there is no way back. */
		if (i % 33 == 16 && !CHECK_EQ(measured.white.red, 0))
			break;
	}

	test_case("rkisp1 stats: a small buffer is cleared no further than it goes");
	memset(&stats, 0xff, sizeof(stats));
	clear(&stats, 8);
	CHECK_EQ(stats.measured, 0);
	CHECK_EQ(stats.white_pixels, UINT32_MAX);
}

/* ---- records ---- */

static const char *decode(const struct rkisp1_stats *stats, uint32_t bytes,
			  uint32_t revision, struct json *json)
{
	static _Alignas(8) unsigned char memory[sizeof(*stats)];
	struct frame frame = { .bytesused[0] = bytes };
	struct buffer buffer;

	memcpy(memory, stats, sizeof(*stats));
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, sizeof(memory));
	buffer.planes[0].map = memory;
	frame.buffer = &buffer;
	json_begin(json);
	json_object(json, NULL);
	rkisp1_stats_decoder(revision)(&frame, json);
	json_close(json);
	CHECK_EQ(json_end(json), 0);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	return json->text;
}

static void test_records(void)
{
	struct rkisp1_stats stats = {
		.measured = RKISP1_MEASURED_ALL,
		.white_pixels = 4000000000,
		.white_y = 81,
		.white_cb = 127,
		.white_cr = 130,
		.cells = { 1, 2, [24] = 25, [80] = 80 },
		.focus = { { 10, 11 }, { 20, 21 }, { 30, 31 } },
		.bins = { 5, [15] = 16, [31] = 32 },
	};
	struct json json;

	json_init(&json);
	test_case("rkisp1 stats: as a record");
	CHECK_STR_EQ(decode(&stats, sizeof(stats), RKISP1_REVISION_IMX8MP, &json),
		     "{\"white\":{\"pixels\":4000000000,\"y\":81,\"cb\":127,\"cr\":130},"
		     "\"luma\":[1,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,25],"
		     "\"focus\":[{\"sharpness\":10,\"luma\":11},"
		     "{\"sharpness\":20,\"luma\":21},{\"sharpness\":30,\"luma\":31}],"
		     "\"histogram\":[5,0,0,0,0,0,0,0,0,0,0,0,0,0,0,16]}");

	test_case("rkisp1 stats: as a record of V12");
	decode(&stats, sizeof(stats), RKISP1_REVISION_V12, &json);
	CHECK(strstr(json.text, ",80],\"focus\"") != NULL);
	CHECK(strstr(json.text, ",16,0,") != NULL);
	CHECK(strstr(json.text, ",0,32]}") != NULL);

	test_case("rkisp1 stats: a record has what was measured");
	stats.measured = RKISP1_MEASURED_AWB;
	CHECK_STR_EQ(decode(&stats, sizeof(stats), RKISP1_REVISION_V10, &json),
		     "{\"white\":{\"pixels\":4000000000,\"y\":81,\"cb\":127,\"cr\":130}}");
	stats.measured = 0;
	CHECK_STR_EQ(decode(&stats, sizeof(stats), RKISP1_REVISION_V10, &json), "{}");

	test_case("rkisp1 stats: what makes no sense is counted");
	CHECK_STR_EQ(decode(&stats, 259, RKISP1_REVISION_V10, &json),
		     "{\"undecoded_bytes\":259}");
	CHECK_STR_EQ(decode(&stats, 261, RKISP1_REVISION_V10, &json),
		     "{\"undecoded_bytes\":261}");
	CHECK_STR_EQ(decode(&stats, 0, RKISP1_REVISION_V10, &json), "{}");
	stats.measured = UINT32_MAX;
	CHECK_STR_EQ(decode(&stats, 260, RKISP1_REVISION_V10, &json),
		     "{\"undecoded_bytes\":260}");
	json_finish(&json);
}

int main(void)
{
	test_luma();
	test_color();
	test_validity();
	test_hostile();
	test_records();
	return test_done();
}
