// SPDX-License-Identifier: GPL-2.0-or-later
/* JPEG images as cameras make them. */
#include "test/lab/uvc/jpeg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "test/lab/uvc/journal.h"

enum { QUALITY = 85 };

static void set_options(struct jpeg_compress_struct *jpeg, const struct profile_jpeg *options)
{
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, QUALITY, TRUE);
	jpeg->write_JFIF_header = !options->avi1;
	if (options->half_width)
		jpeg->comp_info[0].v_samp_factor = 1;
	/* A table that counts as sent is left out; none has been sent yet but these. */
	for (unsigned i = 0; i < 2 && options->no_huffman; i++) {
		jpeg->dc_huff_tbl_ptrs[i]->sent_table = TRUE;
		jpeg->ac_huff_tbl_ptrs[i]->sent_table = TRUE;
	}
}

static void write_markers(struct jpeg_compress_struct *jpeg, const struct profile_jpeg *options)
{
	static const uint8_t avi1[14] = "AVI1";
	char stamp[STAMP_BYTES + 1];

	if (options->avi1)
		jpeg_write_marker(jpeg, JPEG_APP0, avi1, sizeof(avi1));
	snprintf(stamp, sizeof(stamp), STAMP_FORMAT, 0u, 0u);
	jpeg_write_marker(jpeg, JPEG_COM, (const JOCTET *)stamp, STAMP_BYTES);
}

static void write_lines(struct jpeg_compress_struct *jpeg, uint8_t *line, jpeg_line draw,
			void *context)
{
	JSAMPROW rows[] = { line };

	while (jpeg->next_scanline < jpeg->image_height) {
		draw(context, jpeg->next_scanline, line);
		jpeg_write_scanlines(jpeg, rows, 1);
	}
}

int jpeg_compress(struct jpeg_image *image, const struct profile_jpeg *options,
		  unsigned width, unsigned height, jpeg_line draw, void *context)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned long length = 0;
	uint8_t *stamp, *line;

	if (!width || !height || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION)
		return -EINVAL;
	line = malloc((size_t)width * 3);
	if (!line)
		return -ENOMEM;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &image->data, &length);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_YCbCr;
	set_options(&jpeg, options);
	jpeg_start_compress(&jpeg, FALSE);
	write_markers(&jpeg, options);
	write_lines(&jpeg, line, draw, context);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(line);
	stamp = memmem(image->data, length, STAMP_PREFIX, strlen(STAMP_PREFIX));
	image->stamp_at = stamp - image->data;
	image->length = length;
	return 0;
}

void jpeg_finish(struct jpeg_image *image)
{
	free(image->data);
	image->data = NULL;
}
