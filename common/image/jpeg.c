// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JPEG, by libjpeg-turbo, of frames that are not compressed.
 *
 * YUV of BT.601 goes to the encoder as planes, a strip of blocks at a time, with no way
 * through RGB and the sampling that it has. All else comes as lines from the raster.
 */
#include "common/image/picture_private.h"

#include <errno.h>

#ifdef HAVE_LIBJPEG

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "common/image/exif.h"
#include "common/image/rgb.h"
#include "common/image/stamp.h"
#include "common/image/yuv.h"

#define QUALITY   90            /* the usual */
#define MAX_LINES (2 * DCTSIZE) /* of a strip */

struct jpeg {
	struct jpeg_compress_struct compress;
	struct jpeg_error_mgr errors;
	struct jpeg_destination_mgr destination;
	struct picture_writer *writer;
	jmp_buf failed;
	struct stamp_clock clock;

	struct yuv *yuv; /* NULL: lines come from the raster */
	struct yuv_sampling sampling;
	uint8_t *strip;
	JSAMPROW rows[3][MAX_LINES];
	/* What samples of Y, and of U and V, are in JPEG's range; used if is_limited. */
	bool is_limited;
	uint8_t full[2][256];
};

const char *jpeg_why_not(void)
{
	return NULL;
}

/* Never returns, as libjpeg wants it. */
static void fail(j_common_ptr common)
{
	struct jpeg *jpeg = common->client_data;
	bool no_memory = common->err->msg_code == JERR_OUT_OF_MEMORY;

	if (!jpeg->writer->error)
		jpeg->writer->error = no_memory ? -ENOMEM : -EIO;
	longjmp(jpeg->failed, 1);
}

static void ignore_message(j_common_ptr common, int level)
{
}

/* The encoder writes into the writer's buffer, which is free whenever it asks for it. */
static void begin_output(j_compress_ptr compress)
{
	struct jpeg *jpeg = compress->client_data;

	jpeg->destination.next_output_byte = jpeg->writer->buffer;
	jpeg->destination.free_in_buffer = jpeg->writer->size;
}

static boolean empty_output(j_compress_ptr compress)
{
	struct jpeg *jpeg = compress->client_data;

	jpeg->writer->used = jpeg->writer->size;
	if (picture_flush(jpeg->writer) < 0)
		ERREXIT(compress, JERR_FILE_WRITE);
	begin_output(compress);
	return TRUE;
}

static void end_output(j_compress_ptr compress)
{
	struct jpeg *jpeg = compress->client_data;

	jpeg->writer->used = jpeg->writer->size - jpeg->destination.free_in_buffer;
}

/* The encoder's name for an order of bytes; JCS_UNKNOWN if it has none. */
static J_COLOR_SPACE order_space(const struct rgb_bytes *order)
{
#ifdef JCS_EXTENSIONS
	/* clang-format off */
	static const struct {
		struct rgb_bytes order;
		J_COLOR_SPACE space;
	} spaces[] = {
		{ { .samples = 3, .red = 0, .green = 1, .blue = 2 }, JCS_EXT_RGB },
		{ { .samples = 3, .red = 2, .green = 1, .blue = 0 }, JCS_EXT_BGR },
		{ { .samples = 4, .red = 0, .green = 1, .blue = 2 }, JCS_EXT_RGBX },
		{ { .samples = 4, .red = 2, .green = 1, .blue = 0 }, JCS_EXT_BGRX },
		{ { .samples = 4, .red = 1, .green = 2, .blue = 3 }, JCS_EXT_XRGB },
		{ { .samples = 4, .red = 3, .green = 2, .blue = 1 }, JCS_EXT_XBGR },
	};
	/* clang-format on */

	for (size_t i = 0; order && i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (order->sample_bytes == 1 && order->samples == spaces[i].order.samples &&
		    order->red == spaces[i].order.red &&
		    order->green == spaces[i].order.green &&
		    order->blue == spaces[i].order.blue)
			return spaces[i].space;
#endif
	return JCS_UNKNOWN;
}

static int start_raster(struct picture_writer *writer)
{
	const struct rgb_bytes *order = rgb_find_bytes(writer->shape.format);
	unsigned wish = RASTER_8_BITS;

	if (order_space(order) == JCS_UNKNOWN)
		wish |= RASTER_SORTED;
	return raster_create(&writer->shape, wish, &writer->raster);
}

static uint8_t clamp(double value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value + 0.5);
}

static void start_range(struct jpeg *jpeg, enum image_range range)
{
	jpeg->is_limited = range == IMAGE_RANGE_LIMITED;
	for (int i = 0; i < 256; i++) {
		jpeg->full[0][i] = clamp((i - 16) * 255.0 / 219);
		jpeg->full[1][i] = clamp((i - 128) * 255.0 / 224 + 128);
	}
}

/* The width of a strip: in whole blocks of both Y and the colours. */
static size_t padded_width(const struct jpeg *jpeg)
{
	size_t block = DCTSIZE * jpeg->sampling.horizontal;

	return (jpeg->writer->shape.width + block - 1) / block * block;
}

static int start_strip(struct jpeg *jpeg)
{
	unsigned lines = DCTSIZE * jpeg->sampling.vertical;
	size_t width = padded_width(jpeg), chroma = width / jpeg->sampling.horizontal;

	jpeg->strip = malloc(width * lines + 2 * chroma * DCTSIZE);
	if (!jpeg->strip)
		return -ENOMEM;
	for (unsigned i = 0; i < lines; i++)
		jpeg->rows[0][i] = jpeg->strip + i * width;
	for (unsigned i = 0; i < DCTSIZE; i++) {
		jpeg->rows[1][i] = jpeg->strip + width * lines + i * chroma;
		jpeg->rows[2][i] = jpeg->rows[1][i] + DCTSIZE * chroma;
	}
	return 0;
}

static int start_planes(struct jpeg *jpeg)
{
	const struct image *shape = &jpeg->writer->shape;
	int ret;

	ret = yuv_create(shape, &jpeg->yuv);
	if (ret < 0)
		return ret;
	start_range(jpeg, shape->range);
	return start_strip(jpeg);
}

/* How many pixels share a colour, across and down. */
static struct yuv_sampling find_sampling(const struct format_info *format)
{
	struct yuv_sampling sampling = { .horizontal = 1, .vertical = 1 };

	if (format->kind == FORMAT_YUV)
		yuv_find_sampling(format, &sampling);
	if (format->kind == FORMAT_BAYER)
		sampling.horizontal = sampling.vertical = 2;
	return sampling;
}

static void choose_input(struct jpeg *jpeg)
{
	struct jpeg_compress_struct *compress = &jpeg->compress;
	const struct raster_shape *lines;

	compress->input_components = 3;
	compress->in_color_space = JCS_RGB;
	if (jpeg->yuv) {
		compress->in_color_space = JCS_YCbCr;
		return;
	}
	lines = raster_shape(jpeg->writer->raster);
	if (lines->is_grey) {
		compress->input_components = 1;
		compress->in_color_space = JCS_GRAYSCALE;
	} else if (lines->order) {
		compress->input_components = lines->order->samples;
		compress->in_color_space = order_space(lines->order);
	}
}

/* Returned to twice if libjpeg fails; it changes nothing of its own in between. */
static int start_compress(struct jpeg *jpeg)
{
	struct jpeg_compress_struct *compress = &jpeg->compress;

	if (setjmp(jpeg->failed))
		return jpeg->writer->error;
	jpeg_create_compress(compress);
	compress->dest = &jpeg->destination;
	compress->image_width = jpeg->writer->shape.width;
	compress->image_height = jpeg->writer->shape.height;
	choose_input(jpeg);
	jpeg_set_defaults(compress);
	compress->raw_data_in = jpeg->yuv != NULL;
	if (compress->num_components == 3) {
		compress->comp_info[0].h_samp_factor = (int)jpeg->sampling.horizontal;
		compress->comp_info[0].v_samp_factor = (int)jpeg->sampling.vertical;
	}
	return 0;
}

int jpeg_start_pictures(struct picture_writer *writer)
{
	const struct image *shape = &writer->shape;
	struct jpeg *jpeg;
	int ret;

	if (shape->width > JPEG_MAX_DIMENSION || shape->height > JPEG_MAX_DIMENSION)
		return -EINVAL;
	jpeg = calloc(1, sizeof(*jpeg));
	if (!jpeg)
		return -ENOMEM;
	writer->jpeg = jpeg;
	jpeg->writer = writer;
	jpeg->compress.err = jpeg_std_error(&jpeg->errors);
	jpeg->compress.client_data = jpeg;
	jpeg->errors.error_exit = fail;
	jpeg->errors.emit_message = ignore_message;
	jpeg->destination.init_destination = begin_output;
	jpeg->destination.empty_output_buffer = empty_output;
	jpeg->destination.term_destination = end_output;
	jpeg->sampling = find_sampling(shape->format);
	stamp_clock_init(&jpeg->clock);

	if (shape->format->kind == FORMAT_YUV && shape->encoding == IMAGE_ENCODING_601)
		ret = start_planes(jpeg);
	else
		ret = start_raster(writer);
	return ret ? ret : start_compress(jpeg);
}

void jpeg_end_pictures(struct jpeg *jpeg)
{
	if (!jpeg)
		return;
	/* Fine on one that was never created, and in the middle of a picture. */
	jpeg_destroy_compress(&jpeg->compress);
	yuv_destroy(jpeg->yuv);
	free(jpeg->strip);
	free(jpeg);
}

/* To JPEG's range, and the last sample again up to the end of the block. */
static void finish_row(const struct jpeg *jpeg, unsigned plane, JSAMPROW row)
{
	const uint8_t *full = jpeg->full[plane > 0];
	size_t step = plane ? jpeg->sampling.horizontal : 1;
	size_t samples = (jpeg->writer->shape.width + step - 1) / step;
	size_t padded = padded_width(jpeg) / step;

	for (size_t i = 0; jpeg->is_limited && i < samples; i++)
		row[i] = full[row[i]];
	memset(row + samples, row[samples - 1], padded - samples);
}

static void make_line(struct jpeg *jpeg, const struct image *image, uint32_t y, unsigned i)
{
	unsigned colour = i / jpeg->sampling.vertical;
	uint8_t *const to[3] = { jpeg->rows[0][i], jpeg->rows[1][colour],
				 jpeg->rows[2][colour] };
	unsigned num_planes = i % jpeg->sampling.vertical ? 1 : 3;

	yuv_split(jpeg->yuv, image, y, to);
	for (unsigned plane = 0; plane < num_planes; plane++)
		finish_row(jpeg, plane, to[plane]);
}

/* Below the picture its last line goes on. */
static void repeat_line(struct jpeg *jpeg, unsigned i)
{
	size_t width = padded_width(jpeg), chroma = width / jpeg->sampling.horizontal;
	unsigned colour = i / jpeg->sampling.vertical;

	memcpy(jpeg->rows[0][i], jpeg->rows[0][i - 1], width);
	if (i % jpeg->sampling.vertical)
		return;
	memcpy(jpeg->rows[1][colour], jpeg->rows[1][colour - 1], chroma);
	memcpy(jpeg->rows[2][colour], jpeg->rows[2][colour - 1], chroma);
}

static void encode_planes(struct jpeg *jpeg, const struct image *image)
{
	JSAMPARRAY planes[3] = { jpeg->rows[0], jpeg->rows[1], jpeg->rows[2] };
	unsigned lines = DCTSIZE * jpeg->sampling.vertical;

	for (uint32_t y = 0; y < image->height; y += lines) {
		for (unsigned i = 0; i < lines; i++) {
			if (y + i < image->height)
				make_line(jpeg, image, y + i, i);
			else
				repeat_line(jpeg, i);
		}
		jpeg_write_raw_data(&jpeg->compress, planes, lines);
	}
}

static void encode_lines(struct jpeg *jpeg)
{
	struct picture_writer *writer = jpeg->writer;
	JSAMPROW line;

	for (uint32_t y = 0; y < writer->shape.height; y++) {
		/* It is not written to; libjpeg's types are older than const. */
		line = (JSAMPROW)(uintptr_t)raster_line(writer->raster, writer->line);
		jpeg_write_scanlines(&jpeg->compress, &line, 1);
	}
}

/* Behind JFIF's segment: EXIF wants to be the first, too, and its readers know. */
static void put_exif(struct jpeg *jpeg)
{
	const struct picture_writer *writer = jpeg->writer;
	bool is_srgb = writer->shape.transfer == IMAGE_TRANSFER_SRGB ||
		       (writer->raster && raster_is_developed(writer->raster));
	uint8_t exif[EXIF_MAX_BYTES];
	size_t size = exif_write(&writer->notes, &jpeg->clock, is_srgb, exif);

	if (size)
		jpeg_write_marker(&jpeg->compress, JPEG_APP0 + 1, exif, (unsigned)size);
}

/* Returned to twice, as above. */
static int encode_or_fail(struct jpeg *jpeg, const struct image *image)
{
	const unsigned quality = jpeg->writer->quality;

	if (setjmp(jpeg->failed))
		return jpeg->writer->error;
	/* Of a picture that failed half-way. */
	jpeg_abort_compress(&jpeg->compress);
	jpeg_set_quality(&jpeg->compress, quality ? (int)quality : QUALITY, TRUE);
	jpeg_start_compress(&jpeg->compress, TRUE);
	put_exif(jpeg);
	if (jpeg->yuv)
		encode_planes(jpeg, image);
	else
		encode_lines(jpeg);
	jpeg_finish_compress(&jpeg->compress);
	return picture_flush(jpeg->writer);
}

int jpeg_write_picture(struct picture_writer *writer, const struct image *image)
{
	return encode_or_fail(writer->jpeg, image);
}

#else

const char *jpeg_why_not(void)
{
	return "this program was built without libjpeg";
}

int jpeg_start_pictures(struct picture_writer *writer)
{
	return -ENOSYS;
}

void jpeg_end_pictures(struct jpeg *jpeg)
{
}

int jpeg_write_picture(struct picture_writer *writer, const struct image *image)
{
	return -ENOSYS;
}

#endif
