// SPDX-License-Identifier: GPL-2.0-or-later
/* Payload headers, as the metadata node delivers them. */
#include "uvc/meta.h"

#include <linux/usb/video.h>
#include <string.h>

#include "common/base/json.h"
#include "common/stream/frame.h"

/* The host's time and counter stand before the camera's own header, without padding. */
#define HOST_BYTES 10

/* Length and flags, which every header has. */
#define LEAST_BYTES 2
#define PTS_BYTES   4
#define SCR_BYTES   6

static uint32_t little(const uint8_t *bytes, unsigned count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 8 | bytes[count];
	return value;
}

/* The parts of a header that its flags announce, as far as its length goes. */
static void read_clocks(const uint8_t *own, uint8_t length, struct uvc_header *header)
{
	unsigned used = LEAST_BYTES;

	if (header->flags & UVC_STREAM_PTS && used + PTS_BYTES <= length) {
		header->has_pts = true;
		header->pts = little(own + used, 4);
		used += PTS_BYTES;
	}
	if (header->flags & UVC_STREAM_SCR && used + SCR_BYTES <= length) {
		header->has_scr = true;
		header->stc = little(own + used, 4);
		header->scr_sof = (uint16_t)little(own + used + 4, 2);
	}
}

/*
 * The driver copies no more of a header, and no less, than the flags announce, whatever its
 * length says: some cameras have data of their own behind that.
 */
static size_t copied_bytes(uint8_t flags)
{
	return LEAST_BYTES + (flags & UVC_STREAM_PTS ? PTS_BYTES : 0) +
	       (flags & UVC_STREAM_SCR ? SCR_BYTES : 0);
}

bool uvc_meta_next(const void *data, size_t bytes, size_t *offset, struct uvc_header *header)
{
	const uint8_t *record = (const uint8_t *)data + *offset, *own = record + HOST_BYTES;

	if (*offset > bytes || bytes - *offset < HOST_BYTES + LEAST_BYTES)
		return false;
	if (own[0] < LEAST_BYTES || copied_bytes(own[1]) > bytes - *offset - HOST_BYTES)
		return false;
	*header = (struct uvc_header){ .flags = own[1] };
	memcpy(&header->host_ns, record, sizeof(header->host_ns));
	memcpy(&header->host_sof, record + sizeof(header->host_ns), sizeof(header->host_sof));
	read_clocks(own, own[0], header);
	*offset += HOST_BYTES + copied_bytes(own[1]);
	return true;
}

static void put_header(struct json *json, const struct uvc_header *header)
{
	json_object(json, NULL);
	json_unsigned(json, "host_ns", header->host_ns);
	json_unsigned(json, "host_sof", header->host_sof);
	json_unsigned(json, "flags", header->flags);
	json_unsigned(json, "fid", !!(header->flags & UVC_STREAM_FID));
	json_boolean(json, "eof", header->flags & UVC_STREAM_EOF);
	json_boolean(json, "error", header->flags & UVC_STREAM_ERR);
	if (header->has_pts)
		json_unsigned(json, "pts", header->pts);
	if (header->has_scr) {
		json_unsigned(json, "stc", header->stc);
		json_unsigned(json, "scr_sof", header->scr_sof);
	}
	json_close(json);
}

void uvc_meta_decode(const struct frame *frame, struct json *json)
{
	const struct buffer_plane *plane = &frame->buffer->planes[0];
	const char *data = (const char *)plane->map + frame->data_offset[0];
	struct uvc_header header;
	size_t offset = 0;

	json_array(json, "headers");
	while (uvc_meta_next(data, frame->bytesused[0], &offset, &header))
		put_header(json, &header);
	json_close(json);
	if (offset < frame->bytesused[0])
		json_unsigned(json, "undecoded_bytes", frame->bytesused[0] - offset);
}
