// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RAW of a Bayer sensor to R, G and B, line by line.
 *
 * Each line of samples is unpacked once and split into its even and odd columns, so that
 * all samples in an array have one colour and neighbours of a site lie side by side: the
 * loops below run over plain arrays, which compilers turn into vector code. Five such lines
 * are kept, the one that is made and two on either side.
 *
 *	columns      0 1 2 3 4 5        even: 0 2 4     odd: 1 3 5
 *	line y       R G R G R G              R R R          G G G    "own" colour R
 *	line y + 1   G B G B G B              G G G          B B B    "other" colour B
 */
#include "common/image/demosaic.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/image/image.h"
#include "common/image/unpack.h"

#define LINES  5
#define BLOCK  16 /* samples: arrays are that long, or a multiple */
#define MARGIN 16 /* samples on either side of a line; 1 is used, the rest is alignment */

struct demosaic {
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
	const struct image *image;
	uint32_t next;     /* line to be made */
	uint32_t unpacked; /* lines above this one have been */
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

	/* Of each parity five lines and two colours; and a line that is not split, twice as long. */
	demosaic->memory = calloc(2 * (LINES + 2) + 2, line * sizeof(uint16_t));
	if (!demosaic->memory)
		return -ENOMEM;
	next = demosaic->memory + MARGIN;
	for (unsigned parity = 0; parity < 2; parity++) {
		for (unsigned i = 0; i < LINES; i++, next += line)
			demosaic->lines[i][parity] = next;
		for (unsigned i = 0; i < 2; i++, next += line)
			demosaic->made[parity][i] = next;
	}
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
	created->unpack = unpack_find(format);
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
}

/* Black and gain of a line's even and odd columns. */
struct scale {
	uint16_t black[2];
	uint16_t gain[2];
};

static struct scale find_scale(const struct demosaic *demosaic, uint32_t y)
{
	const struct demosaic_levels *levels = &demosaic->levels;
	bool has_red = y % 2 == demosaic->red_line;
	struct scale scale;

	for (unsigned column = 0; column < 2; column++) {
		bool is_red_column = column == demosaic->red_column;
		unsigned color = has_red != is_red_column ? 1 : has_red ? 0 : 2;

		scale.black[column] = levels->black[color];
		scale.gain[column] = levels->gain[color];
	}
	return scale;
}

static inline uint16_t scaled(uint16_t sample, unsigned black, unsigned gain, unsigned most)
{
	uint32_t above = sample > black ? sample - black : 0;
	uint32_t value = (above * gain + DEMOSAIC_GAIN_1 / 2) / DEMOSAIC_GAIN_1;

	return (uint16_t)(value < most ? value : most);
}

/* In whole blocks, which the line's margins have room for. */
static void apply_scale(uint16_t *samples, uint32_t width, struct scale scale, unsigned most)
{
	for (uint32_t i = 0; i < width; i += BLOCK) {
		for (unsigned k = 0; k < BLOCK; k++)
			samples[i + k] = scaled(samples[i + k], scale.black[k % 2],
						scale.gain[k % 2], most);
	}
}

/* Inner loops of a fixed length become vector code at -O2 already, with gcc as with clang. */
static void split(const uint16_t *restrict samples, uint16_t *restrict even,
		  uint16_t *restrict odd, size_t pairs)
{
	for (size_t i = 0; i < pairs; i += BLOCK) {
		for (size_t k = 0; k < BLOCK; k++) {
			even[i + k] = samples[2 * (i + k)];
			odd[i + k] = samples[2 * (i + k) + 1];
		}
	}
}

static void unpack_line(struct demosaic *demosaic, uint32_t y)
{
	const struct image *image = demosaic->image;
	uint16_t *samples = demosaic->samples;
	uint16_t **line = demosaic->lines[y % LINES];
	uint32_t width = demosaic->width;

	demosaic->unpack(image->planes[0] + (size_t)y * image->stride_bytes[0], samples,
			 width, demosaic->bits);
	if (demosaic->has_levels)
		apply_scale(samples, width, find_scale(demosaic, y),
			    (1u << demosaic->bits) - 1);
	for (int i = -2; i < 0; i++)
		samples[i] = samples[mirror(i, width)];
	for (uint32_t i = width; i < width + 3; i++)
		samples[i] = samples[mirror(i, width)];
	/* Two columns more on either side: sample -2 is -1 among the even ones. */
	split(samples - 2, line[0] - 1, line[1] - 1, (width + 1) / 2 + 2);
}

/*
 * What the filters see of a colour's sites in a line: arrays of their own columns, in five
 * lines, and of the columns between, in three; left[k][i] and left[k][i + 1] are the
 * neighbours of same[k + 1][i] in its line.
 */
struct sites {
	const uint16_t *same[5];
	const uint16_t *left[3];
};

static struct sites find_sites(const struct demosaic *demosaic, unsigned parity)
{
	struct sites sites;
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

/*
 * The filters, for sums of one type: 16 bits hold those of samples up to 10 bits (the most
 * is 28 * 1023 + 8) and take half the time.
 *
 *	green at R and B / 8     B at R, R at B / 16     own colour at green / 16
 *	      -1                       -3                       1
 *	       2                     4    4                  -2   -2
 *	-1  2  4  2 -1           -3    12   -3           -2  8  10  8 -2
 *	       2                     4    4                  -2   -2
 *	      -1                       -3                       1
 *
 * and the other colour at green by the last one turned by 90 degrees.
 */
#define DEFINE_FILTERS(bits, sum_t)                                                         \
	static inline uint16_t clamp_##bits(sum_t sum, int shift, sum_t most)               \
	{                                                                                   \
		sum_t value = (sum_t)(sum >> shift);                                        \
                                                                                            \
		value = value < 0 ? 0 : value;                                              \
		return (uint16_t)(value > most ? most : value);                             \
	}                                                                                   \
                                                                                            \
	static void fill_color_sites_##bits(const struct sites *sites,                      \
					    uint16_t *restrict green,                       \
					    uint16_t *restrict other, size_t half,          \
					    sum_t most)                                     \
	{                                                                                   \
		const uint16_t *n2 = sites->same[0], *n1 = sites->same[1];                  \
		const uint16_t *s1 = sites->same[3], *s2 = sites->same[4];                  \
		const uint16_t *at = sites->same[2], *w2 = at - 1, *e2 = at + 1;            \
		const uint16_t *nw = sites->left[0], *w1 = sites->left[1];                  \
		const uint16_t *sw = sites->left[2];                                        \
                                                                                            \
		for (size_t i = 0; i < half; i += BLOCK) {                                  \
			for (size_t k = 0; k < BLOCK; k++) {                                \
				size_t j = i + k;                                           \
				sum_t far = (sum_t)(n2[j] + s2[j] + w2[j] + e2[j]);         \
				sum_t near = (sum_t)(n1[j] + s1[j] + w1[j] + w1[j + 1]);    \
				sum_t corners =                                             \
					(sum_t)(nw[j] + nw[j + 1] + sw[j] + sw[j + 1]);     \
				sum_t g = (sum_t)(4 * at[j] + 2 * near - far + 4);          \
				sum_t o = (sum_t)(12 * at[j] + 4 * corners - 3 * far + 8);  \
                                                                                            \
				green[j] = clamp_##bits(g, 3, most);                        \
				other[j] = clamp_##bits(o, 4, most);                        \
			}                                                                   \
		}                                                                           \
	}                                                                                   \
                                                                                            \
	static void fill_green_sites_##bits(const struct sites *sites,                      \
					    uint16_t *restrict own,                         \
					    uint16_t *restrict other, size_t half,          \
					    sum_t most)                                     \
	{                                                                                   \
		const uint16_t *n2 = sites->same[0], *n1 = sites->same[1];                  \
		const uint16_t *s1 = sites->same[3], *s2 = sites->same[4];                  \
		const uint16_t *at = sites->same[2], *w2 = at - 1, *e2 = at + 1;            \
		const uint16_t *nw = sites->left[0], *w1 = sites->left[1];                  \
		const uint16_t *sw = sites->left[2];                                        \
                                                                                            \
		for (size_t i = 0; i < half; i += BLOCK) {                                  \
			for (size_t k = 0; k < BLOCK; k++) {                                \
				size_t j = i + k;                                           \
				sum_t across = (sum_t)(w2[j] + e2[j]);                      \
				sum_t down = (sum_t)(n2[j] + s2[j]);                        \
				sum_t corners =                                             \
					(sum_t)(nw[j] + nw[j + 1] + sw[j] + sw[j + 1]);     \
				sum_t both = (sum_t)(10 * at[j] - 2 * corners + 8);         \
				sum_t h = (sum_t)(8 * (w1[j] + w1[j + 1]) - 2 * across +    \
						  down);                                    \
				sum_t v = (sum_t)(8 * (n1[j] + s1[j]) - 2 * down + across); \
                                                                                            \
				own[j] = clamp_##bits((sum_t)(both + h), 4, most);          \
				other[j] = clamp_##bits((sum_t)(both + v), 4, most);        \
			}                                                                   \
		}                                                                           \
	}

DEFINE_FILTERS(16, int16_t)
DEFINE_FILTERS(32, int32_t)

/* The colours of a line's even or odd columns. */
struct colors {
	const uint16_t *own; /* red or blue, as the line has it */
	const uint16_t *green;
	const uint16_t *other;
};

static void fill_line(struct demosaic *demosaic, unsigned color_column,
		      struct colors colors[static 2])
{
	struct sites color = find_sites(demosaic, color_column);
	struct sites green = find_sites(demosaic, !color_column);
	uint16_t **at_color = demosaic->made[color_column];
	uint16_t **at_green = demosaic->made[!color_column];
	int most = (1 << demosaic->bits) - 1;

	if (demosaic->bits <= 10) {
		fill_color_sites_16(&color, at_color[0], at_color[1], demosaic->half,
				    (int16_t)most);
		fill_green_sites_16(&green, at_green[0], at_green[1], demosaic->half,
				    (int16_t)most);
	} else {
		fill_color_sites_32(&color, at_color[0], at_color[1], demosaic->half, most);
		fill_green_sites_32(&green, at_green[0], at_green[1], demosaic->half, most);
	}
	colors[color_column] = (struct colors){ .own = color.same[2],
						.green = at_color[0],
						.other = at_color[1] };
	colors[!color_column] = (struct colors){ .own = at_green[0],
						 .green = green.same[2],
						 .other = at_green[1] };
}

/* R, G and B of a line's even and odd columns. */
struct pixels {
	const uint16_t *red[2];
	const uint16_t *green[2];
	const uint16_t *blue[2];
};

static struct pixels make_line(struct demosaic *demosaic)
{
	uint32_t last_needed = demosaic->next + 2;
	bool has_red = demosaic->next % 2 == demosaic->red_line;
	struct colors colors[2];
	struct pixels pixels;

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

static inline void put_pixel_8(uint8_t *rgb, const struct pixels *pixels, unsigned parity,
			       uint32_t i, unsigned shift)
{
	rgb[0] = (uint8_t)(pixels->red[parity][i] >> shift);
	rgb[1] = (uint8_t)(pixels->green[parity][i] >> shift);
	rgb[2] = (uint8_t)(pixels->blue[parity][i] >> shift);
}

void demosaic_line_8(struct demosaic *demosaic, uint8_t *rgb)
{
	struct pixels pixels = make_line(demosaic);
	unsigned shift = demosaic->bits - 8;
	uint32_t pairs = demosaic->width / 2;

	for (uint32_t i = 0; i < pairs; i++, rgb += 6) {
		put_pixel_8(rgb, &pixels, 0, i, shift);
		put_pixel_8(rgb + 3, &pixels, 1, i, shift);
	}
	if (demosaic->width % 2)
		put_pixel_8(rgb, &pixels, 0, pairs, shift);
}

/* The high bits once more below the low ones, so that all ones become all ones. */
static inline void put_sample_16(uint8_t *to, unsigned sample, unsigned bits)
{
	uint16_t word =
		htobe16((uint16_t)(sample << (16 - bits) | sample >> (2 * bits - 16)));

	memcpy(to, &word, sizeof(word));
}

static inline void put_pixel_16(uint8_t *rgb, const struct pixels *pixels,
				unsigned parity, uint32_t i, unsigned bits)
{
	put_sample_16(rgb, pixels->red[parity][i], bits);
	put_sample_16(rgb + 2, pixels->green[parity][i], bits);
	put_sample_16(rgb + 4, pixels->blue[parity][i], bits);
}

void demosaic_line_16(struct demosaic *demosaic, uint8_t *rgb)
{
	struct pixels pixels = make_line(demosaic);
	unsigned bits = demosaic->bits;
	uint32_t pairs = demosaic->width / 2;

	for (uint32_t i = 0; i < pairs; i++, rgb += 12) {
		put_pixel_16(rgb, &pixels, 0, i, bits);
		put_pixel_16(rgb + 6, &pixels, 1, i, bits);
	}
	if (demosaic->width % 2)
		put_pixel_16(rgb, &pixels, 0, pairs, bits);
}

static void join(const uint16_t *const columns[2], uint16_t *samples, uint32_t width)
{
	uint32_t pairs = width / 2;

	for (uint32_t i = 0; i < pairs; i++) {
		samples[2 * i] = columns[0][i];
		samples[2 * i + 1] = columns[1][i];
	}
	if (width % 2)
		samples[width - 1] = columns[0][pairs];
}

void demosaic_line_planes(struct demosaic *demosaic, uint16_t *const planes[static 3])
{
	struct pixels pixels = make_line(demosaic);

	join(pixels.red, planes[0], demosaic->width);
	join(pixels.green, planes[1], demosaic->width);
	join(pixels.blue, planes[2], demosaic->width);
}
