// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adobe's Digital Negative: RAW as the sensor gave it, with what others need to make a picture
 * of it (Digital Negative Specification, version 1.4).
 *
 *	EXIF	exposure, time
 *	IFD 0	a small picture, camera, colours
 *	SubIFD	samples, unpacked but not scaled: 8 bits, or 16 with the low byte first, or
 *		lossless JPEG of them
 */
#include "common/image/picture_private.h"

#include <errno.h>

#include "common/image/unpack.h"

const char *dng_why_not(const struct format_info *format)
{
	if (format->kind != FORMAT_BAYER && format->kind != FORMAT_GREY)
		return "it is for RAW, as a sensor gives it";
	if (!unpack_find(format))
		return "samples packed like this can't be unpacked";
#ifdef HAVE_LIBTIFF
	return NULL;
#else
	return "this program was built without libtiff";
#endif
}

#ifdef HAVE_LIBTIFF

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiff.h>

#include "common/image/ljpeg.h"
#include "common/image/preview.h"
#include "common/image/stamp.h"
#include "common/image/tiff.h"

#define DIRECTORY_BYTES        4096 /* all directories and what they refer to, and more */
#define ILLUMINANT_D65         21   /* EXIF's LightSource */
#define PHOTOMETRIC_LINEAR_RAW 34892
#define NS_PER_S               1000000000ull

/* Of so many lines two, one of each kind, tell what lossless JPEG will have to do with. */
#define SURVEY_LINES 16

struct dng {
	struct tiff *tiff;
	struct preview *preview;
	unpack_fn *unpack;
	uint32_t line_bytes; /* as they are written, without compression */
	struct ljpeg *ljpeg; /* NULL: so they are */
	uint16_t *samples;   /* of a line on its way there */
	struct stamp_clock clock;
};

/* A camera of which nothing is known sees as sRGB is. */
static const struct picture_colors unknown_colors = {
	.neutral = { 1, 1, 1 },
	.to_srgb = { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
	.from_xyz = { 3.2406f, -1.5372f, -0.4986f, -0.9689f, 1.8758f, 0.0415f, 0.0557f,
		      -0.2040f, 1.0570f },
};

static int start_parts(struct dng *dng, const struct image *shape)
{
	size_t preview_bytes;
	int ret;

	ret = preview_create(shape, &dng->preview);
	if (ret < 0)
		return ret;
	preview_bytes =
		3 * (size_t)preview_width(dng->preview) * preview_height(dng->preview);
	if ((uint64_t)dng->line_bytes * shape->height + preview_bytes + DIRECTORY_BYTES >
	    UINT32_MAX)
		return -EINVAL;
	return tiff_create(preview_bytes + DIRECTORY_BYTES, &dng->tiff);
}

int dng_start_pictures(struct picture_writer *writer)
{
	const struct image *shape = &writer->shape;
	uint64_t line_bytes = (uint64_t)shape->width * (shape->format->bits > 8 ? 2 : 1);
	struct dng *dng;

	if (shape->format->kind == FORMAT_BAYER && (shape->width < 2 || shape->height < 2))
		return -EINVAL;
	if (line_bytes > UINT32_MAX)
		return -EINVAL;
	dng = calloc(1, sizeof(*dng));
	if (!dng)
		return -ENOMEM;
	writer->dng = dng;
	dng->line_bytes = (uint32_t)line_bytes;
	writer->size = dng->line_bytes;
	dng->unpack = unpack_find(shape->format);
	stamp_clock_init(&dng->clock);
	return start_parts(dng, shape);
}

void dng_end_pictures(struct dng *dng)
{
	if (!dng)
		return;
	tiff_destroy(dng->tiff);
	preview_destroy(dng->preview);
	ljpeg_destroy(dng->ljpeg);
	free(dng->samples);
	free(dng);
}

/* Of RAW with fewer bits ffmpeg reads no lossless JPEG, and it costs nothing. */
#define LEAST_BITS 10

static unsigned coded_bits(const struct format_info *format)
{
	return format->bits > LEAST_BITS ? format->bits : LEAST_BITS;
}

int dng_compress(struct picture_writer *writer)
{
	const struct image *image = &writer->shape;
	struct dng *dng = writer->dng;
	bool has_pairs = image->format->kind == FORMAT_BAYER && image->width % 2 == 0;
	const struct ljpeg_shape shape = {
		.width = image->width,
		.height = image->height,
		.bits = coded_bits(image->format),
		.components = has_pairs ? 2 : 1,
	};

	dng->samples = calloc(image->width, sizeof(*dng->samples));
	if (!dng->samples)
		return -ENOMEM;
	return ljpeg_create(&shape, (size_t)dng->line_bytes * image->height - 1, &dng->ljpeg);
}

/* ---- the directories ---- */

static void put_exif(struct tiff *tiff, const struct picture_notes *notes,
		     const struct stamp *stamp)
{
	/* A gain of 1 counts as the usual lowest number. */
	uint32_t iso = (notes->gain_milli + 5) / 10;
	uint16_t short_iso = iso < UINT16_MAX ? (uint16_t)iso : UINT16_MAX;

	tiff_begin_exif(tiff);
	tiff_bytes(tiff, EXIFTAG_EXIFVERSION, "0231", 4);
	if (notes->exposure_ns)
		tiff_real(tiff, EXIFTAG_EXPOSURETIME, (double)notes->exposure_ns / NS_PER_S);
	if (iso)
		tiff_shorts(tiff, EXIFTAG_ISOSPEEDRATINGS, &short_iso, 1);
	if (stamp) {
		tiff_text(tiff, EXIFTAG_DATETIMEORIGINAL, stamp->time);
		tiff_text(tiff, EXIFTAG_OFFSETTIME, stamp->offset);
		tiff_text(tiff, EXIFTAG_OFFSETTIMEORIGINAL, stamp->offset);
		tiff_text(tiff, EXIFTAG_SUBSECTIME, stamp->fraction);
		tiff_text(tiff, EXIFTAG_SUBSECTIMEORIGINAL, stamp->fraction);
	}
	tiff_end_exif(tiff);
}

static void put_shape(struct tiff *tiff, uint32_t width, uint32_t height,
		      uint32_t samples, uint16_t bits, uint16_t compression)
{
	tiff_number(tiff, TIFFTAG_IMAGEWIDTH, width);
	tiff_number(tiff, TIFFTAG_IMAGELENGTH, height);
	tiff_number(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
	tiff_number(tiff, TIFFTAG_BITSPERSAMPLE, bits);
	tiff_number(tiff, TIFFTAG_ROWSPERSTRIP, height);
	tiff_number(tiff, TIFFTAG_COMPRESSION, compression);
	tiff_number(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
}

static void put_camera(struct tiff *tiff, const struct picture_notes *notes)
{
	static const uint8_t version[] = { 1, 4, 0, 0 }, backward_version[] = { 1, 1, 0, 0 };
	const char *model = notes->model ? notes->model : "unknown";
	char unique[128];

	snprintf(unique, sizeof(unique), "%s%s%s", notes->make ? notes->make : "",
		 notes->make ? " " : "", model);
	tiff_bytes(tiff, TIFFTAG_DNGVERSION, version, sizeof(version));
	tiff_bytes(tiff, TIFFTAG_DNGBACKWARDVERSION, backward_version,
		   sizeof(backward_version));
	tiff_text(tiff, TIFFTAG_MAKE, notes->make);
	tiff_text(tiff, TIFFTAG_MODEL, model);
	tiff_text(tiff, TIFFTAG_UNIQUECAMERAMODEL, unique);
	tiff_text(tiff, TIFFTAG_SOFTWARE, "Rawline");
}

static void put_colors(struct tiff *tiff, const struct picture_notes *notes)
{
	tiff_reals(tiff, TIFFTAG_COLORMATRIX1, notes->colors.from_xyz, 9);
	tiff_number(tiff, TIFFTAG_CALIBRATIONILLUMINANT1, ILLUMINANT_D65);
	tiff_reals(tiff, TIFFTAG_ASSHOTNEUTRAL, notes->colors.neutral, 3);
}

static void put_preview(struct dng *dng, const struct image *image,
			const struct picture_notes *notes, const struct stamp *stamp)
{
	uint32_t width = preview_width(dng->preview), height = preview_height(dng->preview);
	struct tiff *tiff = dng->tiff;

	tiff_number(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
	put_shape(tiff, width, height, 3, 8, COMPRESSION_NONE);
	tiff_number(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
	/* Of the samples, too. */
	tiff_number(tiff, TIFFTAG_ORIENTATION, picture_orientation(notes->rotation));
	put_camera(tiff, notes);
	if (stamp)
		tiff_text(tiff, TIFFTAG_DATETIME, stamp->time);
	if (image->format->kind == FORMAT_BAYER)
		put_colors(tiff, notes);
	tiff_expect_sub_directory(tiff);
	tiff_strip(tiff, preview_make(dng->preview, image, notes),
		   3 * (size_t)width * height);
	tiff_end_directory(tiff);
}

static void put_pattern(struct tiff *tiff, enum format_order order)
{
	static const uint16_t size[2] = { 2, 2 };
	static const uint8_t planes[3] = { 0, 1, 2 }; /* red, green, blue */
	const char *name = format_order_name(order);
	uint8_t pattern[4];

	for (unsigned i = 0; i < 4; i++)
		pattern[i] = name[i] == 'R' ? 0 : name[i] == 'G' ? 1 : 2;
	tiff_shorts(tiff, TIFFTAG_CFAREPEATPATTERNDIM, size, 2);
	tiff_bytes(tiff, TIFFTAG_CFAPATTERN, pattern, 4);
	tiff_bytes(tiff, TIFFTAG_CFAPLANECOLOR, planes, 3);
	tiff_number(tiff, TIFFTAG_CFALAYOUT, 1); /* lines and columns */
}

static void put_samples(struct dng *dng, const struct image *image,
			const struct picture_notes *notes, const struct tiff_part *compressed)
{
	const struct format_info *format = image->format;
	bool is_bayer = format->kind == FORMAT_BAYER;
	const float black = (float)notes->black_level;
	const uint32_t white = notes->white_level ? notes->white_level :
						    (1u << format->bits) - 1;
	struct tiff *tiff = dng->tiff;

	tiff_number(tiff, TIFFTAG_SUBFILETYPE, 0);
	if (compressed->bytes)
		put_shape(tiff, image->width, image->height, 1, 16, COMPRESSION_JPEG);
	else
		put_shape(tiff, image->width, image->height, 1, format->bits > 8 ? 16 : 8,
			  COMPRESSION_NONE);
	tiff_number(tiff, TIFFTAG_PHOTOMETRIC,
		    is_bayer ? PHOTOMETRIC_CFA : PHOTOMETRIC_LINEAR_RAW);
	if (is_bayer)
		put_pattern(tiff, format->order);
	tiff_reals(tiff, TIFFTAG_BLACKLEVEL, &black, 1);
	tiff_longs(tiff, TIFFTAG_WHITELEVEL, &white, 1);
	tiff_strip(tiff, NULL,
		   compressed->bytes ? compressed->size :
				       (size_t)dng->line_bytes * image->height);
	tiff_end_directory(tiff);
}

/* ---- a picture ---- */

static const uint8_t *line_of(const struct image *image, uint32_t y)
{
	return image->planes[0] + (size_t)y * image->stride_bytes[0];
}

static const uint16_t *unpack(const struct dng *dng, const struct image *image, uint32_t y)
{
	dng->unpack(line_of(image, y), dng->samples, image->width, image->format->bits);
	return dng->samples;
}

/* Nothing is lent if it is not asked for, or the picture would not become smaller. */
static void compress(const struct dng *dng, const struct image *image,
		     struct tiff_part *compressed)
{
	*compressed = (struct tiff_part){ 0 };
	if (!dng->ljpeg)
		return;
	for (uint32_t y = 0; y < image->height; y++)
		if (y % SURVEY_LINES < 2)
			ljpeg_survey(dng->ljpeg, unpack(dng, image, y));
	ljpeg_begin(dng->ljpeg);
	for (uint32_t y = 0; y < image->height; y++)
		ljpeg_put(dng->ljpeg, unpack(dng, image, y));
	if (ljpeg_end(dng->ljpeg, &compressed->bytes, &compressed->size) < 0)
		*compressed = (struct tiff_part){ 0 };
}

static int put_line(struct picture_writer *writer, const uint8_t *line)
{
	const struct dng *dng = writer->dng;
	uint16_t *room;

	if (writer->shape.format->bits == 8)
		return picture_put(writer, line, dng->line_bytes);
	/* Unpacked where it is written from. */
	if (writer->size - writer->used < dng->line_bytes && picture_flush(writer) < 0)
		return writer->error;
	room = (uint16_t *)(void *)(writer->buffer + writer->used);
	dng->unpack(line, room, writer->shape.width, writer->shape.format->bits);
	for (uint32_t i = 0; i < writer->shape.width; i++)
		room[i] = htole16(room[i]);
	writer->used += dng->line_bytes;
	return 0;
}

static int put_lines(struct picture_writer *writer, const struct image *image)
{
	int ret = 0;

	for (uint32_t y = 0; !ret && y < image->height; y++)
		ret = put_line(writer, line_of(image, y));
	return ret;
}

static int put_file(struct picture_writer *writer, const struct image *image,
		    const struct tiff_part parts[static 2],
		    const struct tiff_part *compressed)
{
	int ret;

	ret = picture_put(writer, parts[0].bytes, parts[0].size);
	if (!ret && compressed->bytes)
		ret = picture_put(writer, compressed->bytes, compressed->size);
	else if (!ret)
		ret = put_lines(writer, image);
	if (!ret)
		ret = picture_put(writer, parts[1].bytes, parts[1].size);
	return ret ? ret : picture_flush(writer);
}

int dng_write_picture(struct picture_writer *writer, const struct image *image)
{
	struct picture_notes notes = writer->notes;
	struct dng *dng = writer->dng;
	struct tiff_part parts[2], compressed;
	struct stamp stamp;
	bool has_stamp;
	int ret;

	if (!notes.has_colors)
		notes.colors = unknown_colors;
	has_stamp = stamp_find(&dng->clock, notes.time_ns, &stamp);
	compress(dng, image, &compressed);
	tiff_begin(dng->tiff);
	put_exif(dng->tiff, &notes, has_stamp ? &stamp : NULL);
	put_preview(dng, image, &notes, has_stamp ? &stamp : NULL);
	put_samples(dng, image, &notes, &compressed);
	ret = tiff_end(dng->tiff, parts);
	return ret ? ret : put_file(writer, image, parts, &compressed);
}

#else

int dng_start_pictures(struct picture_writer *writer)
{
	return -ENOSYS;
}

int dng_write_picture(struct picture_writer *writer, const struct image *image)
{
	return -ENOSYS;
}

void dng_end_pictures(struct dng *dng)
{
}

int dng_compress(struct picture_writer *writer)
{
	return -ENOSYS;
}

#endif
