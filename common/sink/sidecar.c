// SPDX-License-Identifier: GPL-2.0-or-later
/* The side-car beside a RAW file: what is remembered of frames, and its text. */
#include "common/sink/sidecar.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/sys.h"
#include "common/image/image.h"
#include "common/sink/ffmpeg.h"

#define FIRST_ROWS    64
#define FIRST_CHANGES 4
#define CHUNK_BYTES   16384

struct sidecar_row {
	uint64_t timestamp_ns;
	uint32_t sequence;
	uint32_t bytes; /* of the first plane: the only one whose size is not fixed */
};

/* Holds from this row on. */
struct sidecar_change {
	size_t first_row;
	struct sidecar_frame frame; /* what a row says itself is not looked at */
};

/* Where a reader of the table is. */
struct cursor {
	size_t row;
	size_t next_change;
	uint64_t offset;
	struct sidecar_frame frame; /* the one at row */
};

/* Text on its way to a descriptor, in large pieces. */
struct chunk {
	int fd;
	int error;
	size_t length;
	char text[CHUNK_BYTES];
};

void sidecar_init(struct sidecar *sidecar, const struct video_format *format, const char *role)
{
	*sidecar = (struct sidecar){ .format = *format, .role = role };
	json_init(&sidecar->json);
}

void sidecar_finish(struct sidecar *sidecar)
{
	json_finish(&sidecar->json);
	free(sidecar->changes);
	free(sidecar->rows);
	sidecar->changes = NULL;
	sidecar->rows = NULL;
	sidecar_clear(sidecar);
}

static int grow(void **array, size_t *size, size_t used, size_t first, size_t item_bytes)
{
	size_t wanted = *size ? *size * 2 : first;
	void *larger;

	if (used < *size)
		return 0;
	larger = reallocarray(*array, wanted, item_bytes);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*size = wanted;
	return 0;
}

int sidecar_reserve(struct sidecar *sidecar)
{
	void *rows = sidecar->rows, *changes = sidecar->changes;
	int ret;

	ret = grow(&rows, &sidecar->max_rows, sidecar->num_rows, FIRST_ROWS,
		   sizeof(*sidecar->rows));
	sidecar->rows = rows;
	if (ret < 0)
		return ret;
	ret = grow(&changes, &sidecar->max_changes, sidecar->num_changes, FIRST_CHANGES,
		   sizeof(*sidecar->changes));
	sidecar->changes = changes;
	return ret;
}

static bool same_settings(const struct sidecar_settings *one,
			  const struct sidecar_settings *other)
{
	return one->exposure_ns == other->exposure_ns &&
	       one->gain_milli == other->gain_milli &&
	       one->red_milli == other->red_milli && one->blue_milli == other->blue_milli &&
	       one->has_black_level == other->has_black_level &&
	       one->black_level == other->black_level;
}

/* The planes behind the first, whose size each row has. */
static bool same_planes(const struct sidecar_frame *one, const struct sidecar_frame *other)
{
	return !memcmp(one->bytes + 1, other->bytes + 1,
		       sizeof(one->bytes) - sizeof(one->bytes[0]));
}

static bool same_clock(const struct clock_offsets *one, const struct clock_offsets *other)
{
	return one->boottime_ns == other->boottime_ns &&
	       one->realtime_ns == other->realtime_ns && one->error_ns == other->error_ns;
}

static bool is_change(const struct sidecar_frame *before, const struct sidecar_frame *now)
{
	return before->flags != now->flags || !same_planes(before, now) ||
	       !same_settings(&before->settings, &now->settings) ||
	       !same_clock(&before->clock, &now->clock);
}

void sidecar_add(struct sidecar *sidecar, const struct sidecar_frame *frame)
{
	size_t changes = sidecar->num_changes;

	if (!changes || is_change(&sidecar->changes[changes - 1].frame, frame))
		sidecar->changes[sidecar->num_changes++] = (struct sidecar_change){
			.first_row = sidecar->num_rows,
			.frame = *frame,
		};
	sidecar->rows[sidecar->num_rows++] = (struct sidecar_row){
		.timestamp_ns = frame->timestamp_ns,
		.sequence = frame->sequence,
		.bytes = frame->bytes[0],
	};
}

void sidecar_forget_last(struct sidecar *sidecar)
{
	size_t changes = sidecar->num_changes;

	sidecar->num_rows--;
	if (sidecar->changes[changes - 1].first_row == sidecar->num_rows)
		sidecar->num_changes--;
}

void sidecar_clear(struct sidecar *sidecar)
{
	sidecar->num_rows = 0;
	sidecar->num_changes = 0;
}

static uint64_t total_bytes(const struct sidecar_frame *frame)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < BUFFER_MAX_PLANES; i++)
		total += frame->bytes[i];
	return total;
}

/* Makes cursor->frame the one at cursor->row; false behind the last. */
static bool cursor_read(const struct sidecar *sidecar, struct cursor *cursor)
{
	const struct sidecar_row *row;

	if (cursor->row == sidecar->num_rows)
		return false;
	row = &sidecar->rows[cursor->row];
	if (cursor->next_change < sidecar->num_changes &&
	    sidecar->changes[cursor->next_change].first_row == cursor->row)
		cursor->frame = sidecar->changes[cursor->next_change++].frame;
	cursor->frame.timestamp_ns = row->timestamp_ns;
	cursor->frame.sequence = row->sequence;
	cursor->frame.bytes[0] = row->bytes;
	return true;
}

static void cursor_advance(struct cursor *cursor)
{
	cursor->offset += total_bytes(&cursor->frame);
	cursor->row++;
}

static void put_plane(struct json *json, uint64_t *offset, uint32_t stride, uint64_t bytes)
{
	json_object(json, NULL);
	json_unsigned(json, "offset", *offset);
	json_unsigned(json, "stride", stride);
	json_unsigned(json, "bytes", bytes);
	json_close(json);
	*offset += bytes;
}

/* Colour planes that share one memory plane; in M420 their lines take turns. */
static bool has_inner_planes(const struct video_format *format, const struct format_info *info)
{
	return format->num_planes == 1 && info && info->color_planes > 1 &&
	       info->fourcc != V4L2_PIX_FMT_M420;
}

static void put_planes(struct json *json, const struct video_format *format,
		       const struct sidecar_frame *frame)
{
	const struct format_info *info = format_find(format->fourcc);
	uint64_t offset = 0;
	uint32_t stride;

	json_array(json, "planes");
	if (has_inner_planes(format, info)) {
		for (unsigned i = 0; i < info->color_planes; i++) {
			stride = format_plane_stride(info, i, format->stride_bytes[0],
						     format->width);
			put_plane(json, &offset, stride,
				  (uint64_t)stride * format_lines(info, i, format->height));
		}
	} else {
		for (unsigned i = 0; i < format->num_planes; i++)
			put_plane(json, &offset, format->stride_bytes[i], frame->bytes[i]);
	}
	json_close(json);
}

static const char *packing_name(enum format_packing packing)
{
	static const char *const names[] = {
		[PACKING_PLAIN] = "plain", [PACKING_CSI2] = "csi2",
		[PACKING_IPU3] = "ipu3",   [PACKING_PISP] = "pisp",
		[PACKING_ALAW] = "alaw",   [PACKING_DPCM] = "dpcm",
	};

	return names[packing];
}

/* The options that make ffmpeg read this file, if it can: it knows of no gaps between frames. */
static void put_ffmpeg(struct json *json, const struct sidecar *sidecar)
{
	struct cursor cursor = { 0 };
	char text[FFMPEG_OPTIONS_SIZE];

	for (; cursor_read(sidecar, &cursor); cursor_advance(&cursor))
		if (!ffmpeg_options(&sidecar->format, total_bytes(&cursor.frame), text))
			return;
	json_string(json, "ffmpeg", text);
}

static void put_samples(struct json *json, const struct format_info *info)
{
	if (!info || (info->kind != FORMAT_BAYER && info->kind != FORMAT_GREY))
		return;
	if (info->order != ORDER_NONE)
		json_string(json, "bayer_order", format_order_name(info->order));
	json_unsigned(json, "bits", info->bits);
	json_string(json, "packing", packing_name(info->packing));
}

static const char *colorspace_name(uint32_t colorspace)
{
	static const char *const names[] = {
		[V4L2_COLORSPACE_SMPTE170M] = "smpte170m",
		[V4L2_COLORSPACE_SMPTE240M] = "smpte240m",
		[V4L2_COLORSPACE_REC709] = "rec709",
		[V4L2_COLORSPACE_470_SYSTEM_M] = "470m",
		[V4L2_COLORSPACE_470_SYSTEM_BG] = "470bg",
		[V4L2_COLORSPACE_JPEG] = "jpeg",
		[V4L2_COLORSPACE_SRGB] = "srgb",
		[V4L2_COLORSPACE_OPRGB] = "oprgb",
		[V4L2_COLORSPACE_BT2020] = "bt2020",
		[V4L2_COLORSPACE_RAW] = "raw",
		[V4L2_COLORSPACE_DCI_P3] = "dci-p3",
	};

	return colorspace < sizeof(names) / sizeof(names[0]) ? names[colorspace] : NULL;
}

/* What numbers mean as colours, where the driver leaves it open as the kernel's rules have it. */
static void put_colours(struct json *json, const struct video_format *format)
{
	static const char *const matrices[] = {
		[IMAGE_ENCODING_601] = "bt601",
		[IMAGE_ENCODING_709] = "bt709",
		[IMAGE_ENCODING_2020] = "bt2020",
	};
	static const char *const ranges[] = {
		[IMAGE_RANGE_FULL] = "full",
		[IMAGE_RANGE_LIMITED] = "limited",
	};
	struct image image;

	if (image_init(&image, format) < 0 || image.format->kind == FORMAT_BAYER)
		return;
	if (colorspace_name(format->colorspace))
		json_string(json, "colorspace", colorspace_name(format->colorspace));
	if (image.format->kind == FORMAT_YUV)
		json_string(json, "matrix", matrices[image.encoding]);
	json_string(json, "range", ranges[image.range]);
}

static void put_format(struct json *json, const struct sidecar *sidecar,
		       const struct sidecar_frame *first)
{
	const struct video_format *format = &sidecar->format;
	const struct format_info *info = format_find(format->fourcc);
	char fourcc[FORMAT_FOURCC_SIZE];

	json_unsigned(json, "width", format->width);
	json_unsigned(json, "height", format->height);
	json_unsigned(json, "stride", format->stride_bytes[0]);
	json_string(json, "fourcc", format_fourcc_text(format->fourcc, fourcc));
	json_string(json, "format", info ? info->name : NULL);
	put_planes(json, format, first);
	put_samples(json, info);
	put_colours(json, format);
	if (first->settings.has_black_level)
		json_unsigned(json, "black_level", first->settings.black_level);
	if (sidecar->role)
		json_string(json, "stream", sidecar->role);
	put_ffmpeg(json, sidecar);
}

static void put_time(struct json *json, const struct sidecar_frame *frame)
{
	bool at_start = (frame->flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK) ==
			V4L2_BUF_FLAG_TSTAMP_SRC_SOE;

	json_unsigned(json, "timestamp_ns", frame->timestamp_ns);
	if ((frame->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC &&
	    frame->timestamp_ns) {
		json_unsigned(json, "timestamp_boottime_ns",
			      frame->timestamp_ns + (uint64_t)frame->clock.boottime_ns);
		json_unsigned(json, "timestamp_realtime_ns",
			      frame->timestamp_ns + (uint64_t)frame->clock.realtime_ns);
		json_unsigned(json, "timestamp_error_ns", frame->clock.error_ns);
	}
	json_string(json, "timestamp_edge", at_start ? "start" : "end");
}

void sidecar_put_settings(const struct sidecar_settings *settings, struct json *json)
{
	if (settings->exposure_ns)
		json_unsigned(json, "exposure_ns", settings->exposure_ns);
	if (settings->gain_milli)
		json_double(json, "gain", settings->gain_milli / 1000.0, 3);
	if (settings->red_milli)
		json_double(json, "red_gain", settings->red_milli / 1000.0, 3);
	if (settings->blue_milli)
		json_double(json, "blue_gain", settings->blue_milli / 1000.0, 3);
}

static void put_frame(struct json *json, const struct sidecar_frame *frame)
{
	json_unsigned(json, "sequence", frame->sequence);
	put_time(json, frame);
	sidecar_put_settings(&frame->settings, json);
}

/* One row of the table. Planes are told again where they are not as the head of the file says. */
static void put_row(struct json *json, const struct sidecar *sidecar,
		    const struct sidecar_frame *first, const struct cursor *cursor)
{
	const struct sidecar_frame *frame = &cursor->frame;

	json_begin(json);
	json_object(json, NULL);
	json_unsigned(json, "offset", cursor->offset);
	json_unsigned(json, "bytes", total_bytes(frame));
	put_frame(json, frame);
	if (sidecar->format.num_planes > 1 &&
	    memcmp(frame->bytes, first->bytes, sizeof(first->bytes)))
		put_planes(json, &sidecar->format, frame);
	json_close(json);
}

static void chunk_flush(struct chunk *chunk)
{
	if (!chunk->error)
		chunk->error = sys_write_all(chunk->fd, chunk->text, chunk->length);
	chunk->length = 0;
}

static void chunk_put(struct chunk *chunk, const char *text, size_t length)
{
	size_t part;

	while (length) {
		if (chunk->length == sizeof(chunk->text))
			chunk_flush(chunk);
		part = sizeof(chunk->text) - chunk->length;
		part = part < length ? part : length;
		memcpy(chunk->text + chunk->length, text, part);
		chunk->length += part;
		text += part;
		length -= part;
	}
}

/* Moves the record that is in json. */
static void chunk_put_record(struct chunk *chunk, struct json *json, size_t without)
{
	int ret;

	ret = json_end(json);
	if (ret < 0 && !chunk->error)
		chunk->error = ret;
	if (!ret)
		chunk_put(chunk, json->text, json->length - without);
}

/*
 * The table is put into the head's object by hand, a row at a time: as one record that of a
 * long capture would take more memory than its frames.
 */
static void put_table(struct chunk *chunk, struct sidecar *sidecar,
		      const struct sidecar_frame *first)
{
	static const char begin[] = ",\"frames\":[\n", between[] = ",\n", end[] = "\n]}\n";
	struct cursor cursor = { 0 };

	chunk_put_record(chunk, &sidecar->json, strlen("}"));
	chunk_put(chunk, begin, strlen(begin));
	for (; cursor_read(sidecar, &cursor); cursor_advance(&cursor)) {
		if (cursor.row)
			chunk_put(chunk, between, strlen(between));
		put_row(&sidecar->json, sidecar, first, &cursor);
		chunk_put_record(chunk, &sidecar->json, 0);
	}
	chunk_put(chunk, end, strlen(end));
}

int sidecar_write(struct sidecar *sidecar, bool table, int fd)
{
	struct json *json = &sidecar->json;
	struct cursor first = { 0 };
	struct chunk chunk;

	if (!cursor_read(sidecar, &first))
		return -EINVAL;
	chunk.fd = fd;
	chunk.error = 0;
	chunk.length = 0;

	json_begin(json);
	json_object(json, NULL);
	put_format(json, sidecar, &first.frame);
	if (!table)
		put_frame(json, &first.frame);
	json_close(json);
	if (table) {
		put_table(&chunk, sidecar, &first.frame);
	} else {
		chunk_put_record(&chunk, json, 0);
		chunk_put(&chunk, "\n", 1);
	}
	chunk_flush(&chunk);
	return chunk.error;
}
