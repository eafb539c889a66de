// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics of a Raspberry Pi's ISP, sane and hostile. */
#include "rpi/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/base/json.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

#define STATS_BYTES 10824
#define FULL        8191.

static const struct rpi_in_force usual = { .gains = { 2, 1.5 }, .digital_gain = 1 };

static struct rpi_region region(uint32_t counted, unsigned red, unsigned green, unsigned blue)
{
	return (struct rpi_region){
		.counted = counted,
		.red = (uint64_t)counted * red,
		.green = (uint64_t)counted * green,
		.blue = (uint64_t)counted * blue,
	};
}

static struct rpi_stats *make_stats(void)
{
	struct rpi_stats *stats = malloc(sizeof(*stats));

	memset(stats, 0x5a, sizeof(*stats));
	stats->version = 1;
	stats->size_bytes = STATS_BYTES;
	for (unsigned i = 0; i < 192; i++)
		stats->colour[i] = region(100, 1000, 2000, 500);
	for (unsigned i = 0; i < 15; i++)
		stats->exposure[i] = region(4000, 1000, 2000, 500);
	return stats;
}

/* A block of the very size, so that the address sanitizer sees who reads beyond. */
static int read_zones(const struct rpi_stats *stats, size_t bytes,
		      enum ipa_metering metering, struct rpi_zones *zones)
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
	ret = rpi_stats_zones(&frame, &usual, metering, zones);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	free(copy);
	return ret;
}

static int read_average(const struct rpi_stats *stats, struct rpi_zones *zones)
{
	return read_zones(stats, STATS_BYTES, IPA_METERING_AVERAGE, zones);
}

static bool is_near(unsigned got, double want)
{
	return CHECK(fabs(got - want) <= 1);
}

static void test_color(void)
{
	struct rpi_stats *stats = make_stats();
	struct rpi_zones zones;

	test_case("rpi stats: colours, two by two regions to a zone");
	stats->colour[2 * 16 + 4] = region(300, 2000, 2000, 500); /* of the zone at 2, 1 */
	stats->colour[3 * 16 + 5] = region(100, 1000, 5000, 500);
	stats->colour[11 * 16 + 15] = region(100, 1000, 2000, 4500); /* the last one */
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.color.kind, IPA_ZONES_COLOR);
	CHECK_EQ(zones.color.columns, 8);
	CHECK_EQ(zones.color.rows, 6);
	CHECK_EQ(zones.color.sequence, 77);
	CHECK(zones.color.saturated_left_out);
	CHECK(zones.color.zones == zones.colours);
	CHECK_EQ(zones.color.gains.red * 1000, 2000);
	CHECK_EQ(zones.color.gains.blue * 1000, 1500);
	is_near(zones.colours[0].red, 1000 / FULL * 65535);
	is_near(zones.colours[0].green, 2000 / FULL * 65535);
	is_near(zones.colours[0].blue, 500 / FULL * 65535);
	CHECK_EQ(zones.colours[0].valid, IPA_FULL);
	CHECK_EQ(zones.colours[0].saturated, 0);
	/* A region with more pixels counts more. */
	is_near(zones.colours[8 + 2].red, (3 * 2000 + 3 * 1000) / 6 / FULL * 65535);
	is_near(zones.colours[8 + 2].green, (5 * 2000 + 5000) / 6 / FULL * 65535);
	is_near(zones.colours[8 + 1].red, 1000 / FULL * 65535);
	is_near(zones.colours[47].blue, 1500 / FULL * 65535);
	is_near(zones.colours[46].blue, 500 / FULL * 65535);

	test_case("rpi stats: white is full, and no more");
	stats->colour[0] = stats->colour[1] = region(5, 8191, 8191, 8191);
	stats->colour[16] = stats->colour[17] = region(5, 8191, 9000, 8191);
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.colours[0].red, IPA_FULL);
	CHECK_EQ(zones.colours[0].green, IPA_FULL);

	test_case("rpi stats: pixels that were left out are clipped ones");
	stats->colour[0].left_out = 20;
	CHECK_EQ(read_average(stats, &zones), 0);
	is_near(zones.colours[0].saturated, 65535 / 2.);
	CHECK_EQ(zones.colours[0].valid, IPA_FULL - zones.colours[0].saturated);
	for (unsigned i = 0; i < 4; i++)
		stats->colour[i / 2 * 16 + i % 2] = (struct rpi_region){ .left_out = 9 };
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.colours[0].valid, 0);
	CHECK_EQ(zones.colours[0].saturated, IPA_FULL);
	CHECK_EQ(zones.colours[0].green, 0);

	test_case("rpi stats: no colours were measured");
	memset(stats->colour, 0, sizeof(stats->colour));
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.color.columns, 0);
	CHECK_EQ(zones.color.rows, 0);
	CHECK_EQ(zones.luma.columns, 15);
	free(stats);
}

static void test_luma(void)
{
	struct rpi_stats *stats = make_stats();
	struct rpi_zones zones;

	test_case("rpi stats: luminance has white balance in it");
	stats->exposure[3] = region(4000, 5000, 1000, 7000);
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.luma.kind, IPA_ZONES_LUMA);
	CHECK_EQ(zones.luma.columns, 15);
	CHECK_EQ(zones.luma.rows, 1);
	CHECK_EQ(zones.luma.sequence, 77);
	CHECK(!zones.luma.saturated_left_out);
	is_near(ipa_zones_luma(&zones.luma, 0),
		(0.299 * 1000 * 2 + 0.587 * 2000 + 0.114 * 500 * 1.5) / FULL * 65535);
	/* Cut at white, each colour for itself. */
	is_near(ipa_zones_luma(&zones.luma, 3),
		(0.299 + 0.587 * 1000 / FULL + 0.114) * 65535);

	test_case("rpi stats: all pixels of the picture count as much, on average");
	for (unsigned i = 0; i < 15; i++)
		stats->exposure[i] = region(i < 3 ? 1000 : 4000, 100, 100, 100);
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK(zones.luma.weights == zones.weights);
	for (unsigned i = 0; i < 15; i++)
		CHECK_EQ(zones.weights[i], i < 3 ? 64 : 255);

	test_case("rpi stats: the middle counts more, if that is wanted");
	CHECK_EQ(read_zones(stats, STATS_BYTES, IPA_METERING_CENTRE, &zones), 0);
	/* 3 x 1000, 2 x 4000, 1 x 4000, 0. */
	for (unsigned i = 0; i < 15; i++)
		CHECK_EQ(zones.weights[i], i < 3 ? 96 : i < 7 ? 255 : i < 11 ? 128 : 0);

	test_case("rpi stats: a zone without means is white, and has its weight");
	stats->exposure[5] = (struct rpi_region){ .left_out = 4000 };
	stats->exposure[6].left_out = 4000;
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.exposure[5].valid, 0);
	CHECK(ipa_zones_is_burnt(&zones.luma, 5));
	CHECK_EQ(zones.weights[5], 255);
	CHECK(zones.exposure[6].valid);
	CHECK_EQ(zones.exposure[6].saturated, 0);
	is_near(zones.exposure[6].luma,
		100 * (0.299 * 2 + 0.587 + 0.114 * 1.5) / FULL * 65535);

	test_case("rpi stats: no luminance was measured");
	memset(stats->exposure, 0, sizeof(stats->exposure));
	/* The last one is none. */
	stats->exposure[15] = region(4000, 100, 100, 100);
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.luma.columns, 0);
	CHECK_EQ(zones.luma.rows, 0);
	CHECK_EQ(zones.color.columns, 8);
	free(stats);
}

static bool has_none(const struct rpi_zones *zones)
{
	return CHECK_EQ(zones->color.columns, 0) && CHECK_EQ(zones->color.rows, 0) &&
	       CHECK_EQ(zones->luma.columns, 0) && CHECK_EQ(zones->luma.rows, 0);
}

static void test_hostile(void)
{
	struct rpi_stats *stats = make_stats();
	struct rpi_zones zones;
	uint32_t random = 5;

	test_case("rpi stats: cut off, they are none");
	for (size_t bytes = 0; bytes < STATS_BYTES; bytes += bytes < 16 ? 1 : 101)
		if (!CHECK_EQ(read_zones(stats, bytes, IPA_METERING_AVERAGE, &zones),
			      -EBADMSG) ||
		    !has_none(&zones))
			break;
	CHECK_EQ(read_zones(stats, STATS_BYTES - 1, IPA_METERING_AVERAGE, &zones), -EBADMSG);

	test_case("rpi stats: of an older kind, they are not understood");
	stats->version = 0;
	CHECK_EQ(read_average(stats, &zones), -EPROTO);
	CHECK(has_none(&zones));
	stats->version = 1;
	stats->size_bytes = STATS_BYTES - 8;
	CHECK_EQ(read_average(stats, &zones), -EPROTO);
	CHECK(has_none(&zones));

	test_case("rpi stats: of a newer kind, which has more behind, they are");
	stats->version = 2;
	stats->size_bytes = STATS_BYTES + 400;
	CHECK_EQ(read_average(stats, &zones), 0);
	CHECK_EQ(zones.color.columns, 8);
	CHECK_EQ(zones.luma.columns, 15);

	test_case("rpi stats: any values at all make zones that add up");
	for (unsigned n = 0; n < 300; n++) {
		unsigned char *bytes = (unsigned char *)stats;
		bool held = true;

		for (size_t i = 8; i < sizeof(*stats); i++) {
			random = random * 1664525u + 1013904223u;
			bytes[i] = random >> 30 <= n % 4 ? (unsigned char)(random >> 16) : 0;
		}
		held &= CHECK_EQ(read_zones(stats, STATS_BYTES,
					    n % 2 ? IPA_METERING_CENTRE : IPA_METERING_AVERAGE,
					    &zones),
				 0);
		for (unsigned i = 0; held && i < zones.color.columns * zones.color.rows; i++)
			held &= CHECK(!zones.colours[i].valid ||
				      zones.colours[i].valid ==
					      IPA_FULL - zones.colours[i].saturated);
		for (unsigned i = 0; held && i < zones.luma.columns; i++)
			held &= CHECK(!zones.exposure[i].valid ||
				      !zones.exposure[i].saturated);
		if (!held)
			break;
	}
	free(stats);
}

/* ---- records ---- */

static const char *decode(const struct rpi_stats *stats, uint32_t bytes, struct json *json)
{
	struct frame frame = { .bytesused[0] = bytes };
	struct buffer buffer;
	void *memory = malloc(sizeof(*stats));

	memcpy(memory, stats, sizeof(*stats));
	buffer_init(&buffer, 0, BUFFER_DEVICE);
	buffer_add_plane(&buffer, -1, -1, sizeof(*stats));
	buffer.planes[0].map = memory;
	frame.buffer = &buffer;
	json_begin(json);
	json_object(json, NULL);
	rpi_stats_decode(&frame, json);
	json_close(json);
	CHECK_EQ(json_end(json), 0);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	free(memory);
	return json->text;
}

static void test_records(void)
{
	struct rpi_stats *stats = make_stats();
	struct json json;

	json_init(&json);
	test_case("rpi stats: as a record");
	stats->exposure[0] = region(10, 11, 12, 13);
	stats->exposure[14] = (struct rpi_region){ .left_out = 3 };
	for (unsigned i = 0; i < 4; i++)
		stats->colour[i / 2 * 16 + i % 2] = region(10, 21, 22, 23);
	stats->colour[0].left_out = 40;
	for (unsigned i = 0; i < 12; i++)
		stats->focus[i].contrast[1][1] = 1000 * i;
	for (unsigned i = 0; i < 128; i++)
		stats->histograms[0].green[i] = i;
	decode(stats, STATS_BYTES, &json);
	CHECK(strstr(json.text, "{\"exposure\":{\"red\":[11,1000,"));
	CHECK(strstr(json.text, ",1000,0],\"green\":[12,2000,"));
	CHECK(strstr(json.text, ",0],\"blue\":[13,500,"));
	CHECK(strstr(json.text, ",0],\"left_out\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,255]},"));
	CHECK(strstr(json.text, ",\"zones\":{\"columns\":8,\"rows\":6,\"red\":[21,1000,"));
	CHECK(strstr(json.text, ",1000],\"green\":[22,2000,"));
	CHECK(strstr(json.text, ",2000],\"blue\":[23,500,"));
	CHECK(strstr(json.text, ",500],\"left_out\":[127,0,"));
	CHECK(strstr(json.text, ",0]},\"focus\":[0,1000,2000,3000,4000,5000,6000,7000,8000,"
				"9000,10000,11000],\"histogram\":[0,1,2,"));
	CHECK(strstr(json.text, ",126,127]}"));

	test_case("rpi stats: a mean that can't be is cut");
	stats->exposure[0].red = UINT64_MAX;
	CHECK(strstr(decode(stats, STATS_BYTES, &json), "{\"exposure\":{\"red\":[8191,"));

	test_case("rpi stats: what makes no sense is counted");
	CHECK_STR_EQ(decode(stats, 0, &json), "{}");
	CHECK_STR_EQ(decode(stats, 10823, &json), "{\"undecoded_bytes\":10823}");
	CHECK_STR_EQ(decode(stats, 10825, &json), "{\"undecoded_bytes\":10825}");
	stats->version = 0;
	CHECK_STR_EQ(decode(stats, 10824, &json), "{\"undecoded_bytes\":10824}");
	json_finish(&json);
	free(stats);
}

int main(void)
{
	test_color();
	test_luma();
	test_hostile();
	test_records();
	return test_done();
}
