// SPDX-License-Identifier: GPL-2.0-or-later
/* Lens shading of a Raspberry Pi's ISP: the table of factors. */
#include "rpi/shading.h"

#include <errno.h>

#define MAX_COLUMNS 63 /* cells; there is one point more */
#define MAX_ROWS    48
#define MAX_FACTOR  16383

bool rpi_shading_is_wished(const struct rpi_wishes *wishes)
{
	return wishes->shading && wishes->shading->columns && wishes->shading->rows;
}

static uint32_t cells(uint16_t length, uint32_t cell)
{
	return (length + cell - 1) / cell;
}

int rpi_shading_lay_out(const struct rpi_wishes *wishes, struct rpi_shading *shading)
{
	uint32_t cell = 16;

	while (cell <= 256 && (cells(wishes->width, cell) > MAX_COLUMNS ||
			       cells(wishes->height, cell) > MAX_ROWS))
		cell *= 2;
	if (cell > 256 || !wishes->width || !wishes->height)
		return -EINVAL;
	*shading = (struct rpi_shading){
		.enabled = rpi_shading_is_wished(wishes),
		.cell = cell,
		.columns = cells(wishes->width, cell) + 1,
		.stride = cells(wishes->width, cell) + 1,
		.rows = cells(wishes->height, cell) + 1,
		.fd = -1,
		.corners = 1,
		.format = RPI_SHADING_U4_10,
	};
	return 0;
}

/* Of the full picture, 0 to 1. The last points may lie beyond what comes in. */
static double place(uint32_t point, uint32_t cell, uint16_t length, double start,
		    double share, bool flip)
{
	double at = (double)point * cell / length;

	return start + share * (flip ? 1 - at : at);
}

static void fill_plane(const struct rpi_wishes *wishes, const struct rpi_shading *shading,
		       const uint16_t *factors, uint16_t *plane)
{
	const struct sensor_view *view = &wishes->view;

	for (uint32_t row = 0; row < shading->rows; row++) {
		double y = place(row, shading->cell, wishes->height, view->top,
				 view->height, wishes->vflip);

		for (uint32_t column = 0; column < shading->columns; column++) {
			double x = place(column, shading->cell, wishes->width, view->left,
					 view->width, wishes->hflip);
			uint16_t factor = ipa_shading_at(wishes->shading, factors, x, y);

			plane[row * shading->stride + column] =
				factor < MAX_FACTOR ? factor : MAX_FACTOR;
		}
	}
}

void rpi_shading_fill(const struct rpi_wishes *wishes, const struct rpi_shading *shading,
		      uint16_t *table)
{
	const size_t plane = (size_t)shading->stride * shading->rows;
	const struct ipa_shading *wished = wishes->shading;

	if (!rpi_shading_is_wished(wishes)) {
		for (size_t i = 0; i < RPI_SHADING_PLANES * plane; i++)
			table[i] = IPA_SHADING_ONE;
		return;
	}
	fill_plane(wishes, shading, wished->red, table);
	fill_plane(wishes, shading, wished->green, table + plane);
	fill_plane(wishes, shading, wished->green, table + 2 * plane);
	fill_plane(wishes, shading, wished->blue, table + 3 * plane);
}
