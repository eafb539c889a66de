// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples of RAW and grey lines, however they are packed, as 16-bit words. */
#include "common/image/unpack.h"

#include <stdbool.h>
#include <stddef.h>

#include "common/base/format.h"
#include "common/image/kernels.h"

/* How each packing is undone; another way of packing is another row. */
static const struct row {
	enum format_packing packing;
	uint8_t bits_low, bits_high;
	uint8_t group_bytes, group_pixels;
	bool big_endian;
	enum unpack_kind kind;
} rows[] = {
	{ PACKING_PLAIN, 8, 8, 1, 1, false, UNPACK_BYTES },
	{ PACKING_PLAIN, 9, 16, 2, 1, false, UNPACK_WORDS },
	{ PACKING_PLAIN, 9, 16, 2, 1, true, UNPACK_WORDS_BE },
	{ PACKING_CSI2, 10, 10, 5, 4, false, UNPACK_CSI2_10 },
	{ PACKING_CSI2, 12, 12, 3, 2, false, UNPACK_CSI2_12 },
	{ PACKING_CSI2, 14, 14, 7, 4, false, UNPACK_CSI2_14 },
	{ PACKING_IPU3, 10, 10, 32, 25, false, UNPACK_IPU3 },
	{ PACKING_PISP, 16, 16, 8, 8, false, UNPACK_PISP },
};

static bool fits(const struct row *row, const struct format_info *format)
{
	return row->packing == format->packing && format->bits >= row->bits_low &&
	       format->bits <= row->bits_high &&
	       format->planes[0].group_bytes == row->group_bytes &&
	       format->planes[0].group_pixels == row->group_pixels &&
	       row->big_endian == (format->fourcc >> 31 != 0); /* v4l2_fourcc_be() */
}

unpack_fn *unpack_find_in(const struct format_info *format, const struct kernels *kernels)
{
	if (format->kind != FORMAT_BAYER && format->kind != FORMAT_GREY)
		return NULL;
	/* Not two pictures in one. */
	if (format->color_planes != 1)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fits(&rows[i], format))
			return kernels->unpack[rows[i].kind];
	return NULL;
}

unpack_fn *unpack_find(const struct format_info *format)
{
	return unpack_find_in(format, kernels_best());
}
