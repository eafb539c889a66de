// SPDX-License-Identifier: GPL-2.0-or-later
/* Lens shading of a Raspberry Pi's ISP: how the table lies, and what is in it. */
#include "rpi/shading.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "test/unit/test.h"

#define TABLE_BYTES 32768 /* more than this no table may be */

static struct ipa_shading ramp;

/* Factors that tell where they are: red rises to the right, green downwards. */
static void make_ramp(void)
{
	ramp = (struct ipa_shading){ .columns = 2, .rows = 2 };
	for (unsigned i = 0; i < 4; i++) {
		ramp.red[i] = i % 2 ? 11024 : 1024;
		ramp.green[i] = i / 2 ? 11024 : 1024;
		ramp.blue[i] = i ? 20000 : 2048;
	}
}

static struct rpi_wishes wishes_of(uint16_t width, uint16_t height)
{
	return (struct rpi_wishes){
		.width = width,
		.height = height,
		.shading = &ramp,
		.view = { 0, 0, 1, 1 },
	};
}

static void test_layout(void)
{
	static const struct {
		unsigned width, height, cell, columns, rows;
	} tables[] = {
		{ 3280, 2464, 64, 53, 40 },  { 1640, 1232, 32, 53, 40 },
		{ 1008, 768, 16, 64, 49 },   { 1009, 768, 32, 33, 25 },
		{ 1008, 769, 32, 33, 26 },   { 4056, 3040, 128, 33, 25 },
		{ 64, 64, 16, 5, 5 },        { 16128, 12288, 256, 64, 49 },
		{ 4608, 2592, 128, 37, 22 },
	};
	struct rpi_shading shading = { 0 };
	struct rpi_wishes wishes;

	test_case("shading: the smallest cells that do, and a point more than cells");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		wishes = wishes_of((uint16_t)tables[i].width, (uint16_t)tables[i].height);
		CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), 0);
		CHECK_EQ(shading.cell, tables[i].cell);
		CHECK_EQ(shading.columns, tables[i].columns);
		CHECK_EQ(shading.stride, tables[i].columns);
		CHECK_EQ(shading.rows, tables[i].rows);
		CHECK_EQ(rpi_shading_bytes(&shading), 8 * tables[i].columns * tables[i].rows);
		CHECK(rpi_shading_bytes(&shading) <= TABLE_BYTES);
		CHECK_EQ(shading.enabled, 1);
		CHECK_EQ(shading.fd, -1);
		CHECK_EQ(shading.corners, 1);
		CHECK_EQ(shading.format, 7);
		CHECK_EQ(shading.reserved, 0);
	}

	test_case("shading: RAW that no table covers");
	shading.cell = 99;
	wishes = wishes_of(16129, 1000);
	CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), -EINVAL);
	wishes = wishes_of(1000, 12289);
	CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), -EINVAL);
	wishes = wishes_of(0, 1000);
	CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), -EINVAL);
	wishes = wishes_of(1000, 0);
	CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), -EINVAL);
	CHECK_EQ(shading.cell, 99);

	test_case("shading: none is wished");
	wishes = wishes_of(1640, 1232);
	wishes.shading = NULL;
	CHECK(!rpi_shading_is_wished(&wishes));
	CHECK_EQ(rpi_shading_lay_out(&wishes, &shading), 0);
	CHECK_EQ(shading.enabled, 0);
	wishes.shading = &(struct ipa_shading){ .columns = 0 };
	CHECK(!rpi_shading_is_wished(&wishes));
}

/* The table of 1000x600 pixels: 63 columns and 39 rows, 16 pixels apart. */
static uint16_t *fill(const struct rpi_wishes *wishes, struct rpi_shading *shading)
{
	uint16_t *table;

	CHECK_EQ(rpi_shading_lay_out(wishes, shading), 0);
	table = malloc(rpi_shading_bytes(shading));
	rpi_shading_fill(wishes, shading, table);
	return table;
}

static bool is_at(const struct rpi_shading *shading, const uint16_t *table,
		  unsigned plane, unsigned column, unsigned row, double wanted)
{
	uint16_t got = table[(plane * shading->rows + row) * shading->stride + column];

	return CHECK(fabs(got - wanted) <= 1);
}

static void test_table(void)
{
	struct rpi_wishes wishes = wishes_of(1000, 600);
	struct rpi_shading shading;
	uint16_t *table = fill(&wishes, &shading);

	test_case("shading: red, green, green, blue, from the corner on");
	CHECK_EQ(shading.cell, 16);
	CHECK_EQ(shading.columns, 64);
	CHECK_EQ(shading.rows, 39);
	is_at(&shading, table, 0, 0, 0, 1024);
	is_at(&shading, table, 0, 10, 0, 1024 + 10000 * 0.16);
	is_at(&shading, table, 0, 10, 38, 1024 + 10000 * 0.16);
	is_at(&shading, table, 1, 0, 15, 1024 + 10000 * 0.4);
	is_at(&shading, table, 2, 63, 15, 1024 + 10000 * 0.4);
	/* Beyond the picture it goes on as it ended; more than the format holds is cut. */
	is_at(&shading, table, 0, 63, 0, 11024);
	is_at(&shading, table, 1, 0, 38, 11024);
	is_at(&shading, table, 3, 0, 0, 2048);
	is_at(&shading, table, 3, 62, 0, 16383);
	free(table);

	test_case("shading: a mode that shows a part of the sensor, mirrored");
	wishes.view = (struct sensor_view){ 0.25, 0.5, 0.5, 0.25 };
	table = fill(&wishes, &shading);
	is_at(&shading, table, 0, 0, 0, 1024 + 10000 * 0.25);
	is_at(&shading, table, 0, 50, 0, 1024 + 10000 * 0.65);
	is_at(&shading, table, 1, 0, 30, 1024 + 10000 * 0.7);
	free(table);
	wishes.hflip = true;
	table = fill(&wishes, &shading);
	is_at(&shading, table, 0, 0, 0, 1024 + 10000 * 0.75);
	is_at(&shading, table, 0, 50, 0, 1024 + 10000 * 0.35);
	is_at(&shading, table, 1, 0, 30, 1024 + 10000 * 0.7);
	free(table);
	wishes.vflip = true;
	table = fill(&wishes, &shading);
	is_at(&shading, table, 0, 50, 0, 1024 + 10000 * 0.35);
	is_at(&shading, table, 1, 0, 0, 1024 + 10000 * 0.75);
	is_at(&shading, table, 1, 0, 30, 1024 + 10000 * 0.55);
	free(table);

	test_case("shading: none is 1.0 everywhere");
	wishes.shading = NULL;
	table = fill(&wishes, &shading);
	for (size_t i = 0; i < rpi_shading_bytes(&shading) / 2; i++)
		if (!CHECK_EQ(table[i], 1024))
			break;
	free(table);
}

int main(void)
{
	make_ramp();
	test_layout();
	test_table();
	return test_done();
}
