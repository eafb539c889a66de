// SPDX-License-Identifier: GPL-2.0-or-later
/* Portable Network Graphics, by libpng. */
#include "common/image/picture_private.h"

#include <errno.h>

#ifdef HAVE_LIBPNG

#include <png.h>
#include <stdlib.h>

#include "common/image/rgb.h"

/* Speed over size: higher levels cost several times the work for a few percent. */
#define COMPRESSION_LEVEL 1

const char *png_why_not(void)
{
	return NULL;
}

static void put(png_structp png, png_bytep data, size_t size)
{
	struct picture_writer *writer = png_get_io_ptr(png);

	if (picture_put(writer, data, size) < 0)
		png_error(png, "write");
}

/* We flush, when all is there. */
static void flush(png_structp png)
{
}

/* Never returns, as libpng wants it. What went wrong is in writer->error already, or is memory. */
static void fail(png_structp png, const char *message)
{
	struct picture_writer *writer = png_get_error_ptr(png);

	if (!writer->error)
		writer->error = -EIO;
	png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, const char *message)
{
}

static void *allocate(png_structp png, size_t size)
{
	struct picture_writer *writer = png_get_mem_ptr(png);
	void *memory = malloc(size);

	if (!memory && !writer->error)
		writer->error = -ENOMEM;
	return memory;
}

static void release(png_structp png, void *memory)
{
	free(memory);
}

/* What is known about the numbers, for those who show them. */
static void describe(png_structp png, png_infop info, const struct picture_writer *writer)
{
	const struct raster_shape *shape = raster_shape(writer->raster);
	png_byte bits = (png_byte)shape->bits;
	bool is_developed = raster_is_developed(writer->raster);

	/* A curve's steps are of no one width. */
	if (shape->bits < shape->depth && !is_developed) {
		png_color_8 significant = {
			.red = bits, .green = bits, .blue = bits, .gray = bits
		};

		png_set_sBIT(png, info, &significant);
	}
	if (is_developed || writer->shape.transfer == IMAGE_TRANSFER_SRGB)
		png_set_sRGB(png, info, PNG_sRGB_INTENT_RELATIVE);
	else if (writer->shape.transfer == IMAGE_TRANSFER_LINEAR)
		png_set_gAMA_fixed(png, info, PNG_FP_1);
}

/*
 * PNG's third edition holds any primaries and curve in a chunk of its own (cICP), with the matrix
 * 0 of R, G, B and full range. libpng does not know it yet.
 */
static void describe_other(png_structp png, png_infop info, const struct picture_writer *writer)
{
	const struct image *shape = &writer->shape;
	const png_byte name[] = "cICP";
	const png_byte code[] = { shape->primaries, shape->curve, 0, 1 };

	if (raster_is_developed(writer->raster) ||
	    shape->transfer != IMAGE_TRANSFER_UNKNOWN || !shape->primaries || !shape->curve)
		return;
	png_write_info_before_PLTE(png, info);
	png_write_chunk(png, name, code, sizeof(code));
}

/* Bytes in another order than R, G, B, which libpng sorts while it copies the line. */
static void set_order(png_structp png, const struct rgb_bytes *order)
{
	uint8_t first = order->red < order->blue ? order->red : order->blue;

	if (order->samples == 4)
		png_set_filler(png, 0, first ? PNG_FILLER_BEFORE : PNG_FILLER_AFTER);
	if (order->red > order->blue)
		png_set_bgr(png);
	if (order->sample_bytes == 2)
		png_set_swap(png);
}

/* Leaves by png_longjmp() if something fails. */
static void encode(png_structp png, png_infop info, struct picture_writer *writer)
{
	const struct raster_shape *shape = raster_shape(writer->raster);

	png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_IHDR(png, info, writer->shape.width, writer->shape.height, (int)shape->depth,
		     shape->is_grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, COMPRESSION_LEVEL);
	png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
	describe(png, info, writer);
	describe_other(png, info, writer);
	png_write_info(png, info);
	if (shape->order)
		set_order(png, shape->order);
	for (uint32_t y = 0; y < writer->shape.height; y++)
		png_write_row(png, raster_line(writer->raster, writer->line));
	png_write_end(png, NULL);
}

void png_abandon(struct picture_writer *writer)
{
	png_structp png = writer->png;
	png_infop info = writer->png_info;

	png_destroy_write_struct(&png, &info);
	writer->png = NULL;
	writer->png_info = NULL;
}

/* The only function that is returned to twice; it changes nothing of its own in between. */
static int encode_or_fail(struct picture_writer *writer)
{
	if (setjmp(png_jmpbuf((png_structp)writer->png)))
		return writer->error;
	encode(writer->png, writer->png_info, writer);
	return picture_flush(writer);
}

int png_write_picture(struct picture_writer *writer)
{
	int ret = -ENOMEM;

	png_abandon(writer);
	writer->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, writer, fail,
						ignore_warning, writer, allocate, release);
	if (writer->png)
		writer->png_info = png_create_info_struct(writer->png);
	if (writer->png_info) {
		png_set_write_fn(writer->png, writer, put, flush);
		ret = encode_or_fail(writer);
	}
	png_abandon(writer);
	return ret;
}

#else

const char *png_why_not(void)
{
	return "this program was built without libpng";
}

void png_abandon(struct picture_writer *writer)
{
}

int png_write_picture(struct picture_writer *writer)
{
	return -ENOSYS;
}

#endif
