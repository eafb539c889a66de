// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics of an ImgU: the cells for white balance, as those for exposure are never filled.
 *
 * Rests on drivers/staging/media/ipu3 of Linux 6.12. Cells are measured behind the Bayer
 * scaler, with black level taken off but before white balance.
 */
#include "ipu3/stats.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/json.h"
#include "common/stream/frame.h"
#include "ipu3/layout.h"

/* A cell with so many saturated pixels, of 255, and no means is taken for a white one. */
#define MOSTLY 128

/* All cells of a frame, and how they are put together. */
struct cells {
	const struct ipu3_cell *cells;
	unsigned columns, rows, pitch;
	unsigned across, down; /* so many to a zone; fewer at the right and lower edges */
	unsigned bright;       /* from here on a mean of green may be cut */
};

/* Of the cells of a zone: means times their share of pixels (of 255), and those shares. */
struct sums {
	uint32_t red, green, blue; /* green: of both kinds */
	uint32_t good, saturated;
};

/* ---- from the buffer ---- */

static bool has_stats(const struct frame *frame)
{
	return frame->bytesused[0] >= sizeof(struct ipu3_stats) && !frame_is_overlong(frame);
}

/* An offset may put them at any address. */
static const void *find(const struct frame *frame, size_t offset)
{
	const char *data = frame->buffer->planes[0].map;

	return data + frame->data_offset[0] + offset;
}

static bool is_measured(const struct frame *frame)
{
	uint32_t on;

	memcpy(&on, find(frame, offsetof(struct ipu3_stats, awb_enabled)), sizeof(on));
	return on;
}

static unsigned share_out(unsigned cells, unsigned zones)
{
	return (cells + zones - 1) / zones;
}

static struct cells make_cells(const struct frame *frame, unsigned columns, unsigned rows)
{
	return (struct cells){
		.cells = find(frame, offsetof(struct ipu3_stats, cells)),
		.columns = columns,
		.rows = rows,
		.pitch = (columns + IPU3_CELL_ALIGN - 1) / IPU3_CELL_ALIGN * IPU3_CELL_ALIGN,
		.across = share_out(columns, IPU3_MAX_ZONE_COLUMNS),
		.down = share_out(rows, IPU3_MAX_ZONE_ROWS),
	};
}

/* ---- cells to zones ---- */

static bool is_bright(const struct cells *cells, const struct ipu3_cell *cell)
{
	return cell->saturated >= MOSTLY || cell->green_red >= cells->bright ||
	       cell->green_blue >= cells->bright;
}

/*
 * If a cell without means is white rather than black: what has only saturated pixels may come
 * as nothing, and exposure that takes it for darkness runs away.
 */
static bool is_burnt(const struct cells *cells, unsigned column, unsigned row)
{
	const struct ipu3_cell *cell = cells->cells + row * cells->pitch + column;

	return cell->saturated >= MOSTLY || (column > 0 && is_bright(cells, cell - 1)) ||
	       (column + 1 < cells->columns && is_bright(cells, cell + 1)) ||
	       (row > 0 && is_bright(cells, cell - cells->pitch)) ||
	       (row + 1 < cells->rows && is_bright(cells, cell + cells->pitch));
}

static bool is_empty(const struct ipu3_cell *cell)
{
	return !(cell->green_red | cell->red | cell->blue | cell->green_blue);
}

static void add_one(struct sums *sums, const struct cells *cells, unsigned column,
		    unsigned row)
{
	const struct ipu3_cell *cell = cells->cells + row * cells->pitch + column;
	uint32_t saturated = cell->saturated, good;

	if (is_empty(cell) && is_burnt(cells, column, row))
		saturated = 255;
	good = 255 - saturated;
	sums->red += good * cell->red;
	sums->green += good * (cell->green_red + cell->green_blue);
	sums->blue += good * cell->blue;
	sums->good += good;
	sums->saturated += saturated;
}

/*
 * Cells side by side. Most have light and nothing saturated in them, and there are many; only
 * where one does not they are looked at one by one.
 */
static void add_cells(struct sums *sums, const struct cells *cells, unsigned left,
		      unsigned right, unsigned row)
{
	const struct ipu3_cell *cell = cells->cells + row * cells->pitch;
	uint32_t red = 0, green = 0, blue = 0, special = 0;

	for (unsigned i = left; i < right; i++) {
		uint32_t greens = (uint32_t)cell[i].green_red + cell[i].green_blue;

		red += cell[i].red;
		green += greens;
		blue += cell[i].blue;
		special += cell[i].saturated + (greens ? 0u : 1u);
	}
	if (special) {
		for (unsigned i = left; i < right; i++)
			add_one(sums, cells, i, row);
		return;
	}
	sums->red += 255 * red;
	sums->green += 255 * green;
	sums->blue += 255 * blue;
	sums->good += 255 * (right - left);
}

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

static struct sums add_zone(const struct cells *cells, unsigned column, unsigned row)
{
	unsigned left = column * cells->across, top = row * cells->down;
	unsigned right = at_most(left + cells->across, cells->columns);
	unsigned bottom = at_most(top + cells->down, cells->rows);
	struct sums sums = { 0 };

	for (unsigned y = top; y < bottom; y++)
		add_cells(&sums, cells, left, right, y);
	return sums;
}

/* ---- zones ---- */

/* What makes zones of sums: by what to multiply, and gains with 16 bits behind the point. */
struct scale {
	double full; /* what a white mean is: that lacks the black level */
	uint64_t red_gain, blue_gain;
};

static uint16_t cut(uint64_t mean)
{
	return mean < IPA_FULL ? (uint16_t)mean : IPA_FULL;
}

/*
 * 0.299 R + 0.587 G + 0.114 B with white balance, each cut at white; pixels that were left out
 * of the means are white.
 */
static uint16_t mix(const struct ipa_zone *zone, const struct scale *scale)
{
	uint32_t luma = 19595u * cut(zone->red * scale->red_gain >> 16) +
			38470u * zone->green +
			7471u * cut(zone->blue * scale->blue_gain >> 16);

	luma >>= 16;
	if (zone->saturated)
		luma = (luma * zone->valid + (uint32_t)IPA_FULL * zone->saturated) / IPA_FULL;
	return (uint16_t)luma;
}

static void make_zone(struct ipa_zone *zone, const struct sums *sums, const struct scale *scale)
{
	uint32_t all = sums->good + sums->saturated;
	double factor;

	*zone = (struct ipa_zone){ .valid = IPA_FULL };
	if (sums->saturated) {
		zone->saturated = (uint16_t)((uint64_t)sums->saturated * IPA_FULL / all);
		zone->valid = (uint16_t)(IPA_FULL - zone->saturated);
	}
	if (!sums->good)
		return;
	factor = IPA_FULL / (scale->full * sums->good);
	zone->red = cut((uint64_t)(sums->red * factor + 0.5));
	zone->green = cut((uint64_t)(sums->green * factor / 2 + 0.5));
	zone->blue = cut((uint64_t)(sums->blue * factor + 0.5));
	zone->luma = mix(zone, scale);
}

static void make_zones(struct cells *cells, const struct ipu3_in_force *in_force,
		       struct ipu3_zones *zones)
{
	const struct scale scale = {
		.full = 255 * (1 - in_force->black_level / 65536.),
		.red_gain = ipa_fixed_unsigned(in_force->gains.red, 32, 16),
		.blue_gain = ipa_fixed_unsigned(in_force->gains.blue, 32, 16),
	};
	unsigned columns = share_out(cells->columns, cells->across);
	unsigned rows = share_out(cells->rows, cells->down);
	struct ipa_zone *zone = zones->zones;

	cells->bright = (unsigned)(scale.full * IPA_CLIPPED / IPA_FULL);
	for (unsigned row = 0; row < rows; row++) {
		for (unsigned column = 0; column < columns; column++) {
			struct sums sums = add_zone(cells, column, row);

			make_zone(zone++, &sums, &scale);
		}
	}
	zones->luma.columns = zones->color.columns = columns;
	zones->luma.rows = zones->color.rows = rows;
}

int ipu3_stats_zones(const struct frame *frame, const struct ipu3_in_force *in_force,
		     struct ipu3_zones *zones)
{
	struct cells cells;

	zones->luma = (struct ipa_zones){
		.kind = IPA_ZONES_LUMA,
		.zones = zones->zones,
		.gains = { 1, 1 },
		.sequence = frame->sequence,
	};
	zones->color = (struct ipa_zones){
		.kind = IPA_ZONES_COLOR,
		.zones = zones->zones,
		.saturated_left_out = true,
		.gains = in_force->gains,
		.sequence = frame->sequence,
	};
	if (!has_stats(frame))
		return -EBADMSG;
	if (!is_measured(frame) || !in_force->columns || !in_force->rows)
		return 0;
	cells = make_cells(frame, in_force->columns, in_force->rows);
	make_zones(&cells, in_force, zones);
	return 0;
}

/* ---- records ---- */

struct record {
	unsigned count;
	uint8_t red[IPU3_MAX_ZONES], green[IPU3_MAX_ZONES], blue[IPU3_MAX_ZONES];
	uint8_t saturated[IPU3_MAX_ZONES];
};

static void record_zone(struct record *record, const struct sums *sums)
{
	uint32_t all = sums->good + sums->saturated, good = sums->good ? sums->good : 1;
	unsigned i = record->count++;

	record->red[i] = (uint8_t)(sums->red / good);
	record->green[i] = (uint8_t)(sums->green / 2 / good);
	record->blue[i] = (uint8_t)(sums->blue / good);
	record->saturated[i] = (uint8_t)(255ull * sums->saturated / all);
}

static void put_numbers(struct json *json, const char *name, const uint8_t *numbers,
			unsigned count)
{
	json_array(json, name);
	for (unsigned i = 0; i < count; i++)
		json_unsigned(json, NULL, numbers[i]);
	json_close(json);
}

static void put_zones(const struct cells *cells, struct json *json)
{
	unsigned columns = share_out(cells->columns, cells->across);
	unsigned rows = share_out(cells->rows, cells->down);
	struct record record = { 0 };

	for (unsigned i = 0; i < columns * rows; i++) {
		struct sums sums = add_zone(cells, i % columns, i / columns);

		record_zone(&record, &sums);
	}
	json_object(json, "zones");
	json_unsigned(json, "columns", columns);
	json_unsigned(json, "rows", rows);
	put_numbers(json, "red", record.red, record.count);
	put_numbers(json, "green", record.green, record.count);
	put_numbers(json, "blue", record.blue, record.count);
	put_numbers(json, "saturated", record.saturated, record.count);
	json_close(json);
}

/* The grid that they say they were made with. */
static bool find_cells(const struct frame *frame, struct cells *cells)
{
	const uint8_t *grid;

	if (!has_stats(frame))
		return false;
	grid = find(frame, offsetof(struct ipu3_stats, awb.grid));
	if (!grid[0] || !grid[1])
		return false;
	*cells = make_cells(frame, grid[0], grid[1]);
	cells->bright = UINT16_MAX;
	return cells->pitch * cells->rows <= IPU3_MAX_CELLS;
}

void ipu3_stats_decode(const struct frame *frame, struct json *json)
{
	struct cells cells;

	if (has_stats(frame) && !is_measured(frame))
		return;
	if (!find_cells(frame, &cells)) {
		if (frame->bytesused[0])
			json_unsigned(json, "undecoded_bytes", frame->bytesused[0]);
		return;
	}
	json_object(json, "cells");
	json_unsigned(json, "columns", cells.columns);
	json_unsigned(json, "rows", cells.rows);
	json_close(json);
	put_zones(&cells, json);
}
