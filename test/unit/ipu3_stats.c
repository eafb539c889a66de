// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics of an ImgU, sane and hostile. */
#include "ipu3/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/base/json.h"
#include "common/ipa/exposure.h"
#include "common/stream/frame.h"
#include "ipu3/layout.h"
#include "test/unit/test.h"

#define STATS_BYTES 125664

/* 13x11 cells make 7x6 zones of 2x2, the last with one column and one row. 16 to a row. */
static const struct ipu3_in_force small = {
	.columns = 13,
	.rows = 11,
	.gains = { 2, 1.5 },
	.digital_gain = 1,
};
#define PITCH     16
#define COLUMNS   7
#define NUM_ZONES (COLUMNS * 6)

static struct ipu3_stats *make_stats(void)
{
	struct ipu3_stats *stats = malloc(sizeof(*stats));

	memset(stats, 0x5a, sizeof(*stats));
	stats->awb_enabled.on = 1;
	return stats;
}

static void fill(struct ipu3_stats *stats, const struct ipu3_in_force *in_force,
		 struct ipu3_cell cell)
{
	unsigned pitch = (in_force->columns + 3) & ~3u;

	for (unsigned row = 0; row < in_force->rows; row++)
		for (unsigned column = 0; column < in_force->columns; column++)
			stats->cells[row * pitch + column] = cell;
}

/* A block of the very size, so that the address sanitizer sees who reads beyond. */
static int read_zones(const struct ipu3_stats *stats, size_t bytes,
		      const struct ipu3_in_force *in_force, struct ipu3_zones *zones)
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
	ret = ipu3_stats_zones(&frame, in_force, zones);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	free(copy);
	return ret;
}

static bool is_near(unsigned got, double want)
{
	return CHECK(fabs(got - want) <= 1);
}

static void test_zones(void)
{
	struct ipu3_stats *stats = make_stats();
	struct ipu3_zones zones;

	test_case("ipu3 stats: cells are put together to zones");
	fill(stats, &small,
	     (struct ipu3_cell){ .red = 50, .green_red = 90, .green_blue = 110 });
	stats->cells[2 * PITCH + 4].red = 90; /* of the zone at 2, 1 */
	stats->cells[3 * PITCH + 5].blue = 40;
	stats->cells[10 * PITCH + 12].blue = 30; /* the last one */
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	CHECK_EQ(zones.color.kind, IPA_ZONES_COLOR);
	CHECK_EQ(zones.color.columns, COLUMNS);
	CHECK_EQ(zones.color.rows, 6);
	CHECK_EQ(zones.color.sequence, 77);
	CHECK(zones.color.saturated_left_out);
	CHECK(zones.color.zones == zones.zones);
	is_near(zones.zones[0].red, 50 * 257);
	is_near(zones.zones[0].green, 100 * 257);
	CHECK_EQ(zones.zones[0].blue, 0);
	CHECK_EQ(zones.zones[0].valid, IPA_FULL);
	CHECK_EQ(zones.zones[0].saturated, 0);
	is_near(zones.zones[COLUMNS + 2].red, 60 * 257);
	is_near(zones.zones[COLUMNS + 2].blue, 10 * 257);
	is_near(zones.zones[COLUMNS + 1].red, 50 * 257);
	is_near(zones.zones[COLUMNS + 3].red, 50 * 257);
	is_near(zones.zones[NUM_ZONES - 1].blue, 30 * 257);
	CHECK_EQ(zones.zones[NUM_ZONES - 2].blue, 0);

	test_case("ipu3 stats: luminance has white balance in it, colours do not");
	CHECK_EQ(zones.luma.kind, IPA_ZONES_LUMA);
	CHECK_EQ(zones.luma.columns, COLUMNS);
	CHECK_EQ(zones.luma.rows, 6);
	CHECK_EQ(zones.luma.sequence, 77);
	CHECK(!zones.luma.saturated_left_out);
	CHECK_EQ(zones.color.gains.red * 1000, 2000);
	CHECK_EQ(zones.color.gains.blue * 1000, 1500);
	is_near(ipa_zones_luma(&zones.luma, 0), 257 * (0.299 * 50 * 2 + 0.587 * 100));
	is_near(ipa_zones_luma(&zones.luma, NUM_ZONES - 1),
		257 * (0.299 * 50 * 2 + 0.587 * 100 + 0.114 * 30 * 1.5));
	for (unsigned i = 0; i < NUM_ZONES; i++)
		is_near(ipa_zones_luma(&zones.luma, i), ipa_zones_luma(&zones.color, i));
	fill(stats, &small, (struct ipu3_cell){ 100, 200, 200, 100, 0, { 0 } });
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	is_near(ipa_zones_luma(&zones.luma, 0), 65535 * (0.299 + 0.114) + 25700 * 0.587);

	test_case("ipu3 stats: at most 8 by 6 zones, at least one cell each");
	{
		static const struct {
			unsigned columns, rows, wide, high;
		} grids[] = {
			{ 80, 60, 8, 6 }, { 16, 16, 8, 6 }, { 17, 16, 6, 6 },
			{ 40, 30, 8, 6 }, { 66, 49, 8, 6 }, { 20, 22, 7, 6 },
		};
		struct ipu3_in_force in_force = small;

		for (size_t i = 0; i < sizeof(grids) / sizeof(grids[0]); i++) {
			in_force.columns = grids[i].columns;
			in_force.rows = grids[i].rows;
			fill(stats, &in_force,
			     (struct ipu3_cell){ 10, 10, 10, 10, 0, { 0 } });
			CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
			CHECK_EQ(zones.color.columns, grids[i].wide);
			CHECK_EQ(zones.color.rows, grids[i].high);
			for (unsigned n = 0; n < grids[i].wide * grids[i].high; n++)
				if (!is_near(zones.zones[n].green, 2570) ||
				    !CHECK_EQ(zones.zones[n].valid, IPA_FULL))
					break;
		}
	}
	free(stats);
}

static void test_black_level(void)
{
	struct ipu3_stats *stats = make_stats();
	struct ipu3_in_force in_force = small;
	struct ipu3_zones zones;

	test_case("ipu3 stats: white is full although it lacks the black level");
	in_force.black_level = 4096;
	fill(stats, &in_force, (struct ipu3_cell){ 239, 239, 120, 239, 0, { 0 } });
	CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
	is_near(zones.zones[0].green, 65535 * 239 / 255. * 16 / 15);
	CHECK(zones.zones[0].green > 65400);
	is_near(zones.zones[0].blue, 65535 * 120 / 255. * 16 / 15);
	fill(stats, &in_force, (struct ipu3_cell){ 255, 255, 255, 255, 0, { 0 } });
	CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
	CHECK_EQ(zones.zones[0].red, IPA_FULL);
	free(stats);
}

static void test_saturated(void)
{
	struct ipu3_stats *stats = make_stats();
	struct ipu3_zones zones;

	test_case("ipu3 stats: means count as much as there are pixels in them");
	fill(stats, &small, (struct ipu3_cell){ 100, 100, 100, 100, 0, { 0 } });
	/* Of the first zone's four cells: half, and all of one cell are saturated. */
	stats->cells[1] = (struct ipu3_cell){ 200, 200, 200, 200, 127, { 0 } };
	stats->cells[PITCH] = (struct ipu3_cell){ 240, 240, 240, 240, 255, { 0 } };
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	is_near(zones.zones[0].green, 257 * (510 * 100 + 128 * 200) / (510. + 128));
	is_near(zones.zones[0].saturated, 65535 * (127 + 255) / 1020.);
	is_near(zones.zones[0].valid, 65535 * (510 + 128) / 1020.);
	is_near(ipa_zones_luma(&zones.luma, 0), ipa_zones_luma(&zones.color, 0));
	CHECK(zones.zones[0].luma > zones.zones[0].green);
	CHECK_EQ(zones.zones[1].saturated, 0);

	test_case("ipu3 stats: a zone of nothing but saturated pixels is white");
	fill(stats, &small, (struct ipu3_cell){ 0, 0, 0, 0, 255, { 0 } });
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	CHECK_EQ(zones.zones[5].valid, 0);
	CHECK_EQ(zones.zones[5].saturated, IPA_FULL);
	CHECK_EQ(zones.zones[5].red | zones.zones[5].luma, 0);
	CHECK(ipa_zones_is_burnt(&zones.color, 5));
	CHECK(ipa_zones_is_burnt(&zones.luma, 5));
	free(stats);
}

/* One cell without means, in the middle of a zone of others. */
static void test_missing(void)
{
	static const struct ipu3_cell none = { 0 }, grey = { .green_red = 100 };
	static const int places[] = { -1, 1, -PITCH, PITCH };
	struct ipu3_stats *stats = make_stats();
	struct ipu3_in_force in_force = small;
	struct ipu3_cell *cell = &stats->cells[5 * PITCH + 5];
	struct ipu3_zones zones;
	unsigned zone = 2 * COLUMNS + 2;

	in_force.black_level = 4096;
	test_case("ipu3 stats: a cell without means is black");
	fill(stats, &in_force, grey);
	*cell = none;
	CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
	CHECK_EQ(zones.zones[zone].saturated, 0);
	CHECK_EQ(zones.zones[zone].valid, IPA_FULL);
	is_near(zones.zones[zone].green, 257 * 37.5 * 16 / 15);

	test_case("ipu3 stats: but beside a saturated or bright one it is white");
	for (size_t i = 0; i < 4; i++) {
		for (unsigned kind = 0; kind < 3; kind++) {
			struct ipu3_cell *beside = cell + places[i];
			struct ipu3_zones burnt;

			fill(stats, &in_force, grey);
			*cell = none;
			if (kind == 0)
				beside->saturated = 128;
			else if (kind == 1)
				beside->green_red = 228;
			else
				beside->green_blue = 228;
			CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &burnt), 0);
			CHECK(burnt.zones[zone].saturated >= IPA_FULL / 4);
			*cell = grey;
			CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &burnt), 0);
			CHECK(burnt.zones[zone].saturated < IPA_FULL / 4);
			/* A little less is not bright. */
			*cell = none;
			*beside = (struct ipu3_cell){ 225, 0, 0, 225, 127, { 0 } };
			CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &burnt), 0);
			CHECK(burnt.zones[zone].saturated < IPA_FULL / 4);
		}
	}

	test_case("ipu3 stats: cells at the edges have no neighbours beyond them");
	memset(stats->cells, 0xff, sizeof(stats->cells));
	fill(stats, &in_force, none);
	CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
	for (unsigned i = 0; i < NUM_ZONES; i++)
		if (!CHECK_EQ(zones.zones[i].saturated, 0) ||
		    !CHECK_EQ(zones.zones[i].valid, IPA_FULL))
			break;
	free(stats);
}

/* What a sensor with that exposure makes of a lamp in a room. Burnt cells have no means. */
static void look(struct ipu3_stats *stats, const struct ipu3_in_force *in_force, double total)
{
	for (unsigned row = 0; row < in_force->rows; row++) {
		for (unsigned column = 0; column < in_force->columns; column++) {
			bool is_lamp = column >= 4 && column < 8 && row >= 4 && row < 8;
			double light = total * (is_lamp ? 4e-7 : 4e-8) * 255;
			struct ipu3_cell *cell =
				&stats->cells[row * in_force->columns + column];
			uint8_t mean = (uint8_t)(light < 240 ? light + 0.5 : 0);

			*cell = (struct ipu3_cell){ mean, mean, mean, mean, 0, { 0 } };
			cell->saturated = light < 240 ? 0 : 255;
		}
	}
}

static void test_exposure(void)
{
	struct ipu3_stats *stats = make_stats();
	struct ipa_exposure_config config = ipa_exposure_defaults();
	struct ipu3_in_force in_force = small;
	struct ipa_exposure exposure;
	struct ipa_sensor sensor;
	struct ipu3_zones zones;
	double total;

	test_case("ipu3 stats: exposure does not run away where burnt cells come as nothing");
	in_force.gains = (struct ipa_gains){ 1, 1 };
	in_force.columns = 12;
	in_force.rows = 12;
	ipa_sensor_init(&sensor, ipa_sensor_find("imx219"), 182400000, 3448, 2464);
	ipa_sensor_set_range(&sensor, IPA_VBLANK, 32, 10000);
	ipa_sensor_set_range(&sensor, IPA_ANALOGUE_GAIN, 0, 232);
	config.frame_ns = 66000000;
	ipa_exposure_init(&exposure, &config, &sensor);
	for (unsigned i = 0; i < 60; i++) {
		total = ipa_settings_total(&exposure.settings);
		look(stats, &in_force, total);
		CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
		zones.luma.made_by = exposure.settings;
		ipa_exposure_process(&exposure, &zones.luma);
	}
	total = ipa_settings_total(&exposure.settings);
	CHECK(exposure.is_settled);
	/* 128 cells of 4e-8 and 16 of 4e-7 come to 0.16 on average. */
	CHECK(fabs(total / (0.16 * 144 / (128 * 4e-8 + 16 * 4e-7)) - 1) < 0.05);
	free(stats);
}

static bool has_none(const struct ipu3_zones *zones)
{
	return CHECK_EQ(zones->color.columns, 0) && CHECK_EQ(zones->color.rows, 0) &&
	       CHECK_EQ(zones->luma.columns, 0) && CHECK_EQ(zones->luma.rows, 0);
}

static void test_hostile(void)
{
	struct ipu3_in_force in_force = small;
	struct ipu3_stats *stats = make_stats();
	struct ipu3_zones zones;
	uint32_t random = 5;

	test_case("ipu3 stats: nothing was measured");
	stats->awb_enabled.on = 0;
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	CHECK(has_none(&zones));
	stats->awb_enabled.on = 1;
	CHECK_EQ(read_zones(stats, sizeof(*stats), &small, &zones), 0);
	CHECK_EQ(zones.color.columns, COLUMNS);
	in_force.columns = 0;
	CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
	CHECK(has_none(&zones));

	test_case("ipu3 stats: cut off, they are none");
	for (size_t bytes = 0; bytes < sizeof(*stats); bytes += bytes < 16 ? 1 : 4001) {
		if (!CHECK_EQ(read_zones(stats, bytes, &small, &zones), -EBADMSG) ||
		    !has_none(&zones))
			break;
	}
	CHECK_EQ(read_zones(stats, sizeof(*stats) - 1, &small, &zones), -EBADMSG);

	test_case("ipu3 stats: any values at all make zones that add up");
	for (unsigned n = 0; n < 200; n++) {
		unsigned char *bytes = (unsigned char *)stats->cells;
		bool held = true;

		in_force.columns = 16 + n % 65;
		in_force.rows = 16 + n % 45;
		in_force.black_level = (uint16_t)(n % 9 * 4096);
		for (size_t i = 0; i < sizeof(stats->cells); i++) {
			random = random * 1664525u + 1013904223u;
			bytes[i] = random >> 30 ? (unsigned char)(random >> 16) : 0;
		}
		held &= CHECK_EQ(read_zones(stats, sizeof(*stats), &in_force, &zones), 0);
		for (unsigned i = 0; held && i < zones.color.columns * zones.color.rows; i++)
			held &= CHECK_EQ(zones.zones[i].valid,
					 IPA_FULL - zones.zones[i].saturated);
		if (!held)
			break;
	}
	free(stats);
}

/* ---- records ---- */

static const char *decode(const struct ipu3_stats *stats, uint32_t bytes, struct json *json)
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
	ipu3_stats_decode(&frame, json);
	json_close(json);
	CHECK_EQ(json_end(json), 0);
	buffer.planes[0].map = NULL;
	buffer_finish(&buffer);
	free(memory);
	return json->text;
}

static void test_records(void)
{
	struct ipu3_stats *stats = make_stats();
	struct json json;

	json_init(&json);
	test_case("ipu3 stats: as a record");
	fill(stats, &small, (struct ipu3_cell){ 30, 40, 50, 34, 0, { 0 } });
	stats->cells[0] = (struct ipu3_cell){ 0, 0, 0, 0, 255, { 0 } };
	stats->cells[PITCH].saturated = 51;
	for (unsigned i = 0; i < 4; i++)
		stats->cells[i % 2 * PITCH + 2 + i / 2] =
			(struct ipu3_cell){ .saturated = 255 };
	stats->awb.grid = (struct ipu3_grid){ .columns = 13, .rows = 11 };
	decode(stats, STATS_BYTES, &json);
	CHECK(strstr(json.text, "{\"cells\":{\"columns\":13,\"rows\":11},"
				"\"zones\":{\"columns\":7,\"rows\":6,\"red\":[40,0,40,"));
	CHECK(strstr(json.text, ",40],\"green\":[32,0,32,"));
	CHECK(strstr(json.text, ",32],\"blue\":[50,0,50,"));
	CHECK(strstr(json.text, ",50],\"saturated\":[76,255,0,"));
	CHECK(strstr(json.text, ",0]}}"));

	test_case("ipu3 stats: a record has what was measured");
	stats->awb_enabled.on = 0;
	CHECK_STR_EQ(decode(stats, STATS_BYTES, &json), "{}");
	CHECK_STR_EQ(decode(stats, 0, &json), "{}");

	test_case("ipu3 stats: what makes no sense is counted");
	stats->awb_enabled.on = 1;
	CHECK_STR_EQ(decode(stats, 125663, &json), "{\"undecoded_bytes\":125663}");
	CHECK_STR_EQ(decode(stats, 125665, &json), "{\"undecoded_bytes\":125665}");
	stats->awb.grid.columns = 0;
	CHECK_STR_EQ(decode(stats, STATS_BYTES, &json), "{\"undecoded_bytes\":125664}");
	stats->awb.grid = (struct ipu3_grid){ .columns = 80, .rows = 136 };
	CHECK_STR_EQ(decode(stats, STATS_BYTES, &json), "{\"undecoded_bytes\":125664}");
	stats->awb.grid = (struct ipu3_grid){ .columns = 80, .rows = 135 };
	CHECK(strstr(decode(stats, STATS_BYTES, &json), "\"rows\":135}"));
	for (unsigned i = 0; i < 256; i++) {
		stats->awb.grid = (struct ipu3_grid){ .columns = (uint8_t)i,
						      .rows = (uint8_t)(10800 / (i + 4)) };
		decode(stats, STATS_BYTES, &json);
		if (!CHECK(strstr(json.text, i ? "\"zones\"" : "undecoded")))
			break;
	}
	json_finish(&json);
	free(stats);
}

int main(void)
{
	test_zones();
	test_black_level();
	test_saturated();
	test_missing();
	test_exposure();
	test_hostile();
	test_records();
	return test_done();
}
