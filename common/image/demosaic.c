// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RAW of a Bayer sensor to R, G and B, line by line.
 *
 * Each line of samples is unpacked once and split into its even and odd columns, so that
 * all samples in an array have one colour and neighbours of a site lie side by side: the
 * loops of kernels.h run over plain arrays. Five such lines are kept, the one that is made and
 * two on either side.
 *
 *	columns      0 1 2 3 4 5        even: 0 2 4     odd: 1 3 5
 *	line y       R G R G R G              R R R          G G G    "own" colour R
 *	line y + 1   G B G B G B              G G G          B B B    "other" colour B
 */
#include "common/image/demosaic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/image.h"
#include "common/image/kernels.h"
#include "common/image/unpack.h"

#define LINES      5
#define BYTE_LINES 3
#define BLOCK      KERNELS_BLOCK
#define MARGIN     16 /* samples on either side of a line; 1 is used, the rest is alignment */

struct demosaic {
	const struct kernels *kernels;
	const struct format_info *format;
	enum demosaic_quality quality;
	unpack_fn *unpack;
	unsigned bits;
	uint32_t width, height;
	uint32_t half; /* samples in an even or odd array, without margins, in blocks */
	unsigned red_line; /* parity of the lines that have red */
	unsigned red_column;
	uint16_t *memory;
	uint16_t *samples;         /* one line as it was unpacked, mirrored at its ends */
	uint16_t *lines[LINES][2]; /* line y is in slot y % LINES, by parity of column */
	uint16_t *made[2][2];      /* by parity of column, the two colours a site lacks */
	bool has_levels;
	struct demosaic_levels levels;
	uint8_t *bytes[BYTE_LINES]; /* where lines of bytes are enough, line y is in y % BYTE_LINES */
	const struct image *image;
	uint32_t next;           /* line to be made */
	uint32_t unpacked;       /* lines above this one have been */
	uint32_t unpacked_bytes; /* the same, to bytes */
};

/* Where a sample beyond the border is found: mirrored at the outermost one. */
static uint32_t mirror(int64_t position, uint32_t size)
{
	int64_t last = (int64_t)size - 1;

	/* More than once if the picture is smaller than the filter. */
	while (position < 0 || position > last)
		position = position < 0 ? -position : 2 * last - position;
	return (uint32_t)position;
}

static size_t line_samples(const struct demosaic *demosaic)
{
	return MARGIN + demosaic->half + MARGIN;
}

static int allocate(struct demosaic *demosaic)
{
	size_t line = line_samples(demosaic);
	uint16_t *next;

	/*
	 * Of each parity five lines and two colours; lines of bytes, which are not split; and
	 * a line of samples that is not, twice as long.
	 */
	demosaic->memory = calloc(2 * (LINES + 2) + BYTE_LINES + 2, line * sizeof(uint16_t));
	if (!demosaic->memory)
		return -ENOMEM;
	next = demosaic->memory + MARGIN;
	for (unsigned parity = 0; parity < 2; parity++) {
		for (unsigned i = 0; i < LINES; i++, next += line)
			demosaic->lines[i][parity] = next;
		for (unsigned i = 0; i < 2; i++, next += line)
			demosaic->made[parity][i] = next;
	}
	for (unsigned i = 0; i < BYTE_LINES; i++, next += line)
		demosaic->bytes[i] = (uint8_t *)next;
	demosaic->samples = next;
	return 0;
}

int demosaic_create(const struct image *shape, struct demosaic **demosaic)
{
	const struct format_info *format = shape->format;
	struct demosaic *created;

	if (format->order == ORDER_NONE || !unpack_find(format))
		return -EOPNOTSUPP;
	if (shape->width < 2 || shape->height < 2)
		return -EINVAL;

	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->quality = DEMOSAIC_GOOD;
	created->format = format;
	demosaic_use(created, kernels_best());
	created->bits = format->bits;
	created->width = shape->width;
	created->height = shape->height;
	created->half = (shape->width + 1) / 2;
	created->half = (created->half + BLOCK - 1) / BLOCK * BLOCK;
	created->red_line = format->order == ORDER_GBRG || format->order == ORDER_BGGR;
	created->red_column = format->order == ORDER_GRBG || format->order == ORDER_BGGR;
	if (allocate(created) < 0) {
		demosaic_destroy(created);
		return -ENOMEM;
	}
	*demosaic = created;
	return 0;
}

void demosaic_set_quality(struct demosaic *demosaic, enum demosaic_quality quality)
{
	demosaic->quality = quality;
}

void demosaic_use(struct demosaic *demosaic, const struct kernels *kernels)
{
	demosaic->kernels = kernels;
	demosaic->unpack = unpack_find_in(demosaic->format, kernels);
}

void demosaic_destroy(struct demosaic *demosaic)
{
	if (!demosaic)
		return;
	free(demosaic->memory);
	free(demosaic);
}

void demosaic_set_levels(struct demosaic *demosaic, const struct demosaic_levels *levels)
{
	demosaic->has_levels = levels != NULL;
	if (levels)
		demosaic->levels = *levels;
}

void demosaic_start(struct demosaic *demosaic, const struct image *image)
{
	demosaic->image = image;
	demosaic->next = 0;
	demosaic->unpacked = 0;
	demosaic->unpacked_bytes = 0;
}

static struct line_scale find_scale(const struct demosaic *demosaic, uint32_t y)
{
	const struct demosaic_levels *levels = &demosaic->levels;
	bool has_red = y % 2 == demosaic->red_line;
	struct line_scale scale;

	for (unsigned column = 0; column < 2; column++) {
		bool is_red_column = column == demosaic->red_column;
		unsigned color = has_red != is_red_column ? 1 : has_red ? 0 : 2;

		scale.black[column] = levels->black[color];
		scale.gain[column] = levels->gain[color];
	}
	return scale;
}

/* A line into demosaic->samples. */
static void take_line(struct demosaic *demosaic, uint32_t y)
{
	const struct image *image = demosaic->image;
	uint32_t width = demosaic->width;
	struct line_scale scale;

	demosaic->unpack(image->planes[0] + (size_t)y * image->stride_bytes[0],
			 demosaic->samples, width, demosaic->bits);
	if (!demosaic->has_levels)
		return;
	scale = find_scale(demosaic, y);
	demosaic->kernels->scale(demosaic->samples, (width + BLOCK - 1) / BLOCK * BLOCK,
				 &scale, (1u << demosaic->bits) - 1);
}

static void unpack_line(struct demosaic *demosaic, uint32_t y)
{
	uint16_t *samples = demosaic->samples;
	uint16_t **line = demosaic->lines[y % LINES];
	uint32_t width = demosaic->width;
	size_t pairs = (width + 1) / 2 + 2;

	take_line(demosaic, y);
	for (int i = -2; i < 0; i++)
		samples[i] = samples[mirror(i, width)];
	for (uint32_t i = width; i < width + 3; i++)
		samples[i] = samples[mirror(i, width)];
	/* Two columns more on either side: sample -2 is -1 among the even ones. */
	demosaic->kernels->split(samples - 2, line[0] - 1, line[1] - 1,
				 (pairs + BLOCK - 1) / BLOCK * BLOCK);
}

static void unpack_byte_line(struct demosaic *demosaic, uint32_t y)
{
	const struct image *image = demosaic->image;
	uint8_t *line = demosaic->bytes[y % BYTE_LINES];
	uint32_t width = demosaic->width;

	if (demosaic->bits == 8 && !demosaic->has_levels) {
		memcpy(line, image->planes[0] + (size_t)y * image->stride_bytes[0], width);
	} else {
		take_line(demosaic, y);
		demosaic->kernels->narrow(demosaic->samples, line, 2 * demosaic->half,
					  demosaic->bits - 8);
	}
	line[-1] = line[1];
	line[width] = line[width - 2];
}

static struct line_sites find_sites(const struct demosaic *demosaic, unsigned parity)
{
	struct line_sites sites;
	uint16_t *const *line;

	for (int i = 0; i < 5; i++) {
		line = demosaic->lines[mirror((int64_t)demosaic->next + i - 2, demosaic->height) % LINES];
		sites.same[i] = line[parity];
		/* Left of column 2 is column 1, which is odd[0]; of column 1 even[0]. */
		if (i >= 1 && i <= 3)
			sites.left[i - 1] = line[!parity] - !parity;
	}
	return sites;
}

/* The colours of a line's even or odd columns. */
struct colors {
	const uint16_t *own; /* red or blue, as the line has it */
	const uint16_t *green;
	const uint16_t *other;
};

static const struct fill_pair *find_fill(const struct demosaic *demosaic)
{
	if (demosaic->quality == DEMOSAIC_FAST)
		return &demosaic->kernels->fast;
	return demosaic->bits <= 12 ? &demosaic->kernels->good_12 :
				      &demosaic->kernels->good_16;
}

static void fill_line(struct demosaic *demosaic, unsigned color_column,
		      struct colors colors[static 2])
{
	struct line_sites color = find_sites(demosaic, color_column);
	struct line_sites green = find_sites(demosaic, !color_column);
	uint16_t **at_color = demosaic->made[color_column];
	uint16_t **at_green = demosaic->made[!color_column];
	const struct fill_pair *fill = find_fill(demosaic);
	unsigned most = (1u << demosaic->bits) - 1;

	fill->color_sites(&color, at_color[0], at_color[1], demosaic->half, most);
	fill->green_sites(&green, at_green[0], at_green[1], demosaic->half, most);
	colors[color_column] = (struct colors){ .own = color.same[2],
						.green = at_color[0],
						.other = at_color[1] };
	colors[!color_column] = (struct colors){ .own = at_green[0],
						 .green = green.same[2],
						 .other = at_green[1] };
}

static struct line_pixels make_line(struct demosaic *demosaic)
{
	uint32_t last_needed = demosaic->next + 2;
	bool has_red = demosaic->next % 2 == demosaic->red_line;
	struct colors colors[2];
	struct line_pixels pixels;

	if (last_needed >= demosaic->height)
		last_needed = demosaic->height - 1;
	while (demosaic->unpacked <= last_needed)
		unpack_line(demosaic, demosaic->unpacked++);

	fill_line(demosaic, has_red ? demosaic->red_column : !demosaic->red_column, colors);
	for (unsigned i = 0; i < 2; i++) {
		pixels.red[i] = has_red ? colors[i].own : colors[i].other;
		pixels.green[i] = colors[i].green;
		pixels.blue[i] = has_red ? colors[i].other : colors[i].own;
	}
	demosaic->next++;
	return pixels;
}

/* The fast way to bytes: samples are cut to bytes first, and never split. */
static void make_line_fast_8(struct demosaic *demosaic, uint8_t *rgb)
{
	uint32_t y = demosaic->next++;
	uint32_t above = mirror((int64_t)y - 1, demosaic->height);
	uint32_t below = mirror((int64_t)y + 1, demosaic->height);
	bool has_red = y % 2 == demosaic->red_line;
	struct line_bytes lines;

	while (demosaic->unpacked_bytes < demosaic->height &&
	       demosaic->unpacked_bytes <= y + 1)
		unpack_byte_line(demosaic, demosaic->unpacked_bytes++);
	lines = (struct line_bytes){
		.above = demosaic->bytes[above % BYTE_LINES],
		.at = demosaic->bytes[y % BYTE_LINES],
		.below = demosaic->bytes[below % BYTE_LINES],
		.color_column = has_red ? demosaic->red_column : !demosaic->red_column,
		.has_red = has_red,
	};
	demosaic->kernels->bilinear_8(&lines, rgb, demosaic->width);
}

void demosaic_line_8(struct demosaic *demosaic, uint8_t *rgb)
{
	struct line_pixels pixels;

	if (demosaic->quality == DEMOSAIC_FAST) {
		make_line_fast_8(demosaic, rgb);
		return;
	}
	pixels = make_line(demosaic);
	demosaic->kernels->join_8(&pixels, rgb, demosaic->width, demosaic->bits - 8);
}

void demosaic_line_16(struct demosaic *demosaic, uint8_t *rgb)
{
	struct line_pixels pixels = make_line(demosaic);

	demosaic->kernels->join_16(&pixels, rgb, demosaic->width, demosaic->bits);
}

void demosaic_line_planes(struct demosaic *demosaic, uint16_t *const planes[static 3])
{
	struct line_pixels pixels = make_line(demosaic);
	void (*join)(const uint16_t *, const uint16_t *, uint16_t *, uint32_t) =
		demosaic->kernels->join;

	join(pixels.red[0], pixels.red[1], planes[0], demosaic->width);
	join(pixels.green[0], pixels.green[1], planes[1], demosaic->width);
	join(pixels.blue[0], pixels.blue[1], planes[2], demosaic->width);
}
