// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The demosaic against the same filters written down plainly, pixel by pixel, on noise; and
 * against scenes whose colours are known.
 */
#include "common/image/demosaic.h"

#include <errno.h>
#include <stdlib.h>

#include "common/image/image.h"
#include "test/unit/test.h"

/* A picture of RAW in memory that ends where the picture ends, for sanitizers to guard. */
struct raw {
	struct image image;
	uint8_t *memory;
	const struct demosaic_levels *levels;
};

static struct raw make_raw(const char *format, uint32_t width, uint32_t height,
			   uint32_t padding)
{
	struct raw raw = {
		.image = { .format = format_parse(format), .width = width, .height = height },
	};
	uint32_t line_bytes = format_stride_bytes(raw.image.format, 0, width);
	uint32_t stride_bytes = line_bytes + padding;
	struct image_memory memory;

	memory.size_bytes = (size_t)stride_bytes * (height - 1) + line_bytes;
	raw.memory = malloc(memory.size_bytes);
	if (!raw.memory)
		abort();
	memset(raw.memory, 0xff, memory.size_bytes);
	memory.start = raw.memory;
	raw.image.stride_bytes[0] = stride_bytes;
	CHECK_EQ(image_place(&raw.image, &memory), 0);
	return raw;
}

static void put(struct raw *raw, uint32_t x, uint32_t y, unsigned sample)
{
	uint8_t *line = raw->memory + (size_t)y * raw->image.stride_bytes[0];

	if (raw->image.format->bits == 8) {
		line[x] = (uint8_t)sample;
	} else {
		line[2 * x] = (uint8_t)sample;
		line[2 * x + 1] = (uint8_t)(sample >> 8);
	}
}

/* 'R', 'G' or 'B' */
static char color_at(const struct raw *raw, uint32_t x, uint32_t y)
{
	return format_order_name(raw->image.format->order)[y % 2 * 2 + x % 2];
}

static int as_stored(const struct raw *raw, uint32_t x, uint32_t y)
{
	const uint8_t *line = raw->memory + (size_t)y * raw->image.stride_bytes[0];

	if (raw->image.format->bits == 8)
		return line[x];
	return (line[2 * x] | line[2 * x + 1] << 8) & ((1 << raw->image.format->bits) - 1);
}

/* With its levels, if there are any. */
static int get(const struct raw *raw, uint32_t x, uint32_t y)
{
	int sample = as_stored(raw, x, y), most = (1 << raw->image.format->bits) - 1;
	unsigned color = (unsigned)(strchr("RGB", color_at(raw, x, y)) - "RGB");
	double value;

	if (!raw->levels)
		return sample;
	sample -= raw->levels->black[color];
	value = (sample < 0 ? 0 : sample) * (raw->levels->gain[color] / 4096.0);
	return value > most ? most : (int)(value + 0.5);
}

static int fold(int position, int size)
{
	while (position < 0 || position >= size)
		position = position < 0 ? -position : 2 * (size - 1) - position;
	return position;
}

/* The filters in sixteenths, as the paper draws them. */
static const int green_at_color[5][5] = {
	{ 0, 0, -2, 0, 0 }, { 0, 0, 4, 0, 0 },  { -2, 4, 8, 4, -2 },
	{ 0, 0, 4, 0, 0 },  { 0, 0, -2, 0, 0 },
};
static const int color_beside_green[5][5] = {
	{ 0, 0, 1, 0, 0 },   { 0, -2, 0, -2, 0 }, { -2, 8, 10, 8, -2 },
	{ 0, -2, 0, -2, 0 }, { 0, 0, 1, 0, 0 },
};
static const int red_at_blue[5][5] = {
	{ 0, 0, -3, 0, 0 }, { 0, 4, 0, 4, 0 },  { -3, 0, 12, 0, -3 },
	{ 0, 4, 0, 4, 0 },  { 0, 0, -3, 0, 0 },
};

static int apply(const struct raw *raw, const int filter[5][5], bool turned, int x, int y)
{
	int width = (int)raw->image.width, height = (int)raw->image.height;
	int sum = 8, most = (1 << raw->image.format->bits) - 1;

	for (int j = 0; j < 5; j++)
		for (int i = 0; i < 5; i++)
			sum += (turned ? filter[i][j] : filter[j][i]) *
			       get(raw, (uint32_t)fold(x + i - 2, width),
				   (uint32_t)fold(y + j - 2, height));
	/* Down, also below zero. */
	sum = sum < 0 ? -1 : sum / 16;
	return sum < 0 ? 0 : sum > most ? most : sum;
}

/* One at a distance, in so many bits less. */
static int beside(const struct raw *raw, uint32_t x, uint32_t y, int right, int down,
		  unsigned shift)
{
	return get(raw, (uint32_t)fold((int)x + right, (int)raw->image.width),
		   (uint32_t)fold((int)y + down, (int)raw->image.height)) >>
	       shift;
}

static int reference_fast(const struct raw *raw, char wanted, uint32_t x, uint32_t y,
			  unsigned shift)
{
	char here = color_at(raw, x, y);
	int across = (beside(raw, x, y, -1, 0, shift) + beside(raw, x, y, 1, 0, shift)) / 2;
	int down = (beside(raw, x, y, 0, -1, shift) + beside(raw, x, y, 0, 1, shift) + 1) / 2;
	int left = (beside(raw, x, y, -1, -1, shift) + beside(raw, x, y, -1, 1, shift) + 1) /
		   2;
	int right =
		(beside(raw, x, y, 1, -1, shift) + beside(raw, x, y, 1, 1, shift) + 1) / 2;

	if (here == wanted)
		return get(raw, x, y) >> shift;
	if (wanted == 'G')
		return (across + down + 1) / 2;
	if (here != 'G')
		return (left + right) / 2;
	return color_at(raw, x + 1, y) == wanted ? across : down;
}

static int reference(const struct raw *raw, char wanted, uint32_t x, uint32_t y)
{
	char here = color_at(raw, x, y);

	if (here == wanted)
		return get(raw, x, y);
	if (wanted == 'G')
		return apply(raw, green_at_color, false, (int)x, (int)y);
	if (here != 'G')
		return apply(raw, red_at_blue, false, (int)x, (int)y);
	return apply(raw, color_beside_green, color_at(raw, x + 1, y) != wanted, (int)x,
		     (int)y);
}

/* What is in the line's bytes or words. */
static unsigned wanted_at(const struct raw *raw, uint32_t i, uint32_t y, bool wide, bool fast)
{
	unsigned bits = raw->image.format->bits;
	unsigned want;

	if (fast && !wide)
		return (unsigned)reference_fast(raw, "RGB"[i % 3], i / 3, y, bits - 8);
	want = (unsigned)(fast ? reference_fast(raw, "RGB"[i % 3], i / 3, y, 0) :
				 reference(raw, "RGB"[i % 3], i / 3, y));
	return wide ? want << (16 - bits) | want >> (2 * bits - 16) : want >> (bits - 8);
}

static void compare_line(const struct raw *raw, uint32_t y, const uint8_t *line,
			 bool wide, bool fast)
{
	unsigned got, want;

	for (uint32_t i = 0; i < 3 * raw->image.width; i++) {
		want = wanted_at(raw, i, y, wide, fast);
		got = wide ? (unsigned)(line[2 * i] << 8 | line[2 * i + 1]) : line[i];
		if (got != want)
			test_fail(__FILE__, __LINE__,
				  "%s %ux%u pixel %u,%u %c: got %u, want %u",
				  raw->image.format->name, raw->image.width,
				  raw->image.height, i / 3, y, "RGB"[i % 3], got, want);
	}
}

static void compare(const struct raw *raw, struct demosaic *demosaic, bool wide, bool fast)
{
	uint8_t *line = malloc((wide ? 6 : 3) * (size_t)raw->image.width);

	if (!line)
		abort();
	demosaic_start(demosaic, &raw->image);
	for (uint32_t y = 0; y < raw->image.height; y++) {
		if (wide)
			demosaic_line_16(demosaic, line);
		else
			demosaic_line_8(demosaic, line);
		compare_line(raw, y, line, wide, fast);
	}
	free(line);
}

static void fill_with_noise(struct raw *raw)
{
	static uint32_t state = 1;

	for (uint32_t y = 0; y < raw->image.height; y++) {
		for (uint32_t x = 0; x < raw->image.width; x++) {
			state = state * 1664525 + 1013904223;
			/* Full black and full white often: sums at both ends. */
			put(raw, x, y,
			    state >> 30  ? state >> 14 :
			    state & 4096 ? 0xffff :
					   0);
		}
	}
}

static void try_noise(const char *format, uint32_t width, uint32_t height, uint32_t padding)
{
	struct raw raw = make_raw(format, width, height, padding);
	struct demosaic *demosaic = NULL;

	for (unsigned fast = 0; fast < 2; fast++) {
		if (!CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0))
			break;
		demosaic_set_quality(demosaic, fast ? DEMOSAIC_FAST : DEMOSAIC_GOOD);
		fill_with_noise(&raw);
		compare(&raw, demosaic, false, fast);
		compare(&raw, demosaic, true, fast);
		/* Another picture: nothing of the first may be left. */
		fill_with_noise(&raw);
		compare(&raw, demosaic, false, fast);
		demosaic_destroy(demosaic);
	}
	free(raw.memory);
}

/* White where the filter adds and black where it subtracts, or the other way round. */
static void try_extreme(struct raw *raw, struct demosaic *demosaic,
			const int filter[5][5], int x, int y)
{
	for (unsigned turned = 0; turned < 4; turned++) {
		memset(raw->memory, turned & 1 ? 0xff : 0,
		       (size_t)raw->image.stride_bytes[0] * raw->image.height);
		for (int j = 0; j < 5; j++)
			for (int i = 0; i < 5; i++)
				if ((turned & 2 ? filter[i][j] : filter[j][i]) > 0)
					put(raw, (uint32_t)(x + i - 2),
					    (uint32_t)(y + j - 2), turned & 1 ? 0 : 0xffff);
		compare(raw, demosaic, true, false);
	}
}

static void test_extremes(void)
{
	static const char *const formats[] = { "RGGB", "BG10", "GB12", "GR14", "BYR2" };
	struct demosaic *demosaic;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct raw raw = make_raw(formats[i], 10, 10, 0);

		test_case(format_parse(formats[i])->name);
		if (!CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0))
			return;
		for (int place = 0; place < 4; place++) {
			int x = 4 + place % 2, y = 4 + place / 2;

			try_extreme(&raw, demosaic, green_at_color, x, y);
			try_extreme(&raw, demosaic, color_beside_green, x, y);
			try_extreme(&raw, demosaic, red_at_blue, x, y);
		}
		demosaic_destroy(demosaic);
		free(raw.memory);
	}
}

static void try_levels(const char *format, const struct demosaic_levels *levels)
{
	struct raw raw = make_raw(format, 37, 9, 0);
	struct demosaic *demosaic = NULL;

	fill_with_noise(&raw);
	for (unsigned fast = 0; fast < 2; fast++) {
		if (!CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0))
			break;
		demosaic_set_quality(demosaic, fast ? DEMOSAIC_FAST : DEMOSAIC_GOOD);
		demosaic_set_levels(demosaic, levels);
		raw.levels = levels;
		compare(&raw, demosaic, true, fast);
		compare(&raw, demosaic, false, fast);
		demosaic_set_levels(demosaic, NULL);
		raw.levels = NULL;
		compare(&raw, demosaic, true, fast);
		demosaic_destroy(demosaic);
	}
	free(raw.memory);
}

static void test_levels(void)
{
	static const char *const formats[] = { "RGGB", "BA10", "GB12", "BG14", "GR16" };
	static const struct demosaic_levels levels[] = {
		{ .black = { 16, 17, 18 }, .gain = { 8000, 4096, 6001 } },
		{ .black = { 0, 0, 0 }, .gain = { 65535, 4095, 1 } },
		{ .black = { 65535, 250, 0 }, .gain = { 4096, 65535, 0 } },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test_case(format_parse(formats[i])->name);
		for (size_t k = 0; k < sizeof(levels) / sizeof(levels[0]); k++)
			try_levels(formats[i], &levels[k]);
	}
}

static void test_planes(void)
{
	struct raw raw = make_raw("GR14", 21, 5, 0);
	uint16_t planes[3][22];
	uint16_t *const places[3] = { planes[0], planes[1], planes[2] };
	struct demosaic *demosaic;

	test_case("planes: the same colours, not scaled, nothing behind them is touched");
	fill_with_noise(&raw);
	memset(planes, 0xa5, sizeof(planes));
	if (!CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0))
		return;
	demosaic_start(demosaic, &raw.image);
	for (uint32_t y = 0; y < raw.image.height; y++) {
		demosaic_line_planes(demosaic, places);
		for (unsigned k = 0; k < 3; k++) {
			for (uint32_t x = 0; x < raw.image.width; x++)
				CHECK_EQ(planes[k][x], reference(&raw, "RGB"[k], x, y));
			CHECK_EQ(planes[k][raw.image.width], 0xa5a5);
		}
	}
	demosaic_destroy(demosaic);
	free(raw.memory);
}

static void test_noise(void)
{
	static const char *const formats[] = {
		"RGGB", "GRBG", "GBRG", "BA81", "RG10", "BA10", "GB10",
		"BG10", "RG12", "BA12", "GB12", "BG12", "RG14", "GR14",
		"GB14", "BG14", "RG16", "GR16", "GB16", "BYR2",
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test_case(format_parse(formats[i])->name);
		try_noise(formats[i], 70, 10, 0);
		try_noise(formats[i], 33, 7, 5);
		for (uint32_t size = 2; size < 8; size++) {
			try_noise(formats[i], size, 2, 0);
			try_noise(formats[i], 2, size, 1);
			try_noise(formats[i], size, size, 0);
		}
	}
}

/* Each colour its own value everywhere: interpolation must not change a thing. */
static void try_flat(const char *format, enum demosaic_quality quality, unsigned red,
		     unsigned green, unsigned blue)
{
	struct raw raw = make_raw(format, 19, 11, 0);
	unsigned values[128] = { ['R'] = red, ['G'] = green, ['B'] = blue };
	struct demosaic *demosaic;
	uint8_t line[19 * 6];

	for (uint32_t y = 0; y < 11; y++)
		for (uint32_t x = 0; x < 19; x++)
			put(&raw, x, y, values[(unsigned)color_at(&raw, x, y)]);
	CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0);
	demosaic_set_quality(demosaic, quality);
	demosaic_start(demosaic, &raw.image);
	for (uint32_t y = 0; y < 11; y++) {
		demosaic_line_16(demosaic, line);
		for (unsigned i = 0; i < 3 * 19; i++)
			CHECK_EQ((line[2 * i] << 8 | line[2 * i + 1]) >>
					 (16 - raw.image.format->bits),
				 values[(unsigned)"RGB"[i % 3]]);
	}
	demosaic_destroy(demosaic);
	free(raw.memory);
}

static void test_flat(void)
{
	test_case("flat colours come out as they are, up to the borders");
	try_flat("RGGB", DEMOSAIC_GOOD, 255, 0, 128);
	try_flat("RGGB", DEMOSAIC_FAST, 255, 0, 128);
	try_flat("GRBG", DEMOSAIC_GOOD, 1, 2, 3);
	try_flat("GRBG", DEMOSAIC_FAST, 1, 2, 3);
	try_flat("GBRG", DEMOSAIC_GOOD, 0, 255, 0);
	try_flat("GBRG", DEMOSAIC_FAST, 0, 255, 0);
	try_flat("BA81", DEMOSAIC_GOOD, 255, 255, 255);
	try_flat("BA81", DEMOSAIC_FAST, 255, 255, 255);
	try_flat("BG10", DEMOSAIC_GOOD, 1023, 0, 512);
	try_flat("BG10", DEMOSAIC_FAST, 1023, 0, 512);
	try_flat("RG12", DEMOSAIC_GOOD, 0, 4095, 1);
	try_flat("RG12", DEMOSAIC_FAST, 0, 4095, 1);
	try_flat("GB14", DEMOSAIC_GOOD, 16383, 1, 16383);
	try_flat("GB14", DEMOSAIC_FAST, 16383, 1, 16383);
	try_flat("GR16", DEMOSAIC_GOOD, 65535, 0, 32768);
	try_flat("GR16", DEMOSAIC_FAST, 65535, 0, 32768);
}

/* Brightness that rises evenly: colour differences are constant, so all is exact inside. */
static void test_gradient(void)
{
	struct raw raw = make_raw("BA12", 64, 48, 0);
	struct demosaic *demosaic;
	uint8_t line[64 * 6];

	test_case("even gradients come out exactly but for the borders");
	for (uint32_t y = 0; y < 48; y++)
		for (uint32_t x = 0; x < 64; x++)
			put(&raw, x, y, 100 + 16 * x + 32 * y);
	CHECK_EQ(demosaic_create(&raw.image, &demosaic), 0);
	demosaic_start(demosaic, &raw.image);
	for (uint32_t y = 0; y < 48; y++) {
		demosaic_line_16(demosaic, line);
		for (uint32_t x = 2; y >= 2 && y < 46 && x < 62; x++)
			for (unsigned i = 0; i < 3; i++)
				CHECK_EQ((line[6 * x + 2 * i] << 8 |
					  line[6 * x + 2 * i + 1]) >>
						 4,
					 100 + 16 * x + 32 * y);
	}
	demosaic_destroy(demosaic);
	free(raw.memory);
}

static int created(const char *format, uint32_t width, uint32_t height)
{
	struct image shape = { .format = format_parse(format),
			       .width = width,
			       .height = height };
	struct demosaic *demosaic = NULL;
	int ret = demosaic_create(&shape, &demosaic);

	CHECK_EQ(ret == 0, demosaic != NULL);
	demosaic_destroy(demosaic);
	return ret;
}

int main(void)
{
	test_flat();
	test_gradient();
	test_noise();
	test_extremes();
	test_levels();
	test_planes();

	test_case("create: refuses what has no 2x2 colours or can't be unpacked");
	CHECK_EQ(created("RGGB", 2, 2), 0);
	CHECK_EQ(created("RGGB", 1, 2), -EINVAL);
	CHECK_EQ(created("RGGB", 2, 1), -EINVAL);
	CHECK_EQ(created("GREY", 16, 16), -EOPNOTSUPP);
	CHECK_EQ(created("RGB3", 16, 16), -EOPNOTSUPP);
	CHECK_EQ(created("aRA8", 16, 16), -EOPNOTSUPP);
	CHECK_EQ(created("MJPG", 16, 16), -EOPNOTSUPP);
	demosaic_destroy(NULL);
	return test_done();
}
