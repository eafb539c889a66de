/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the metadata node of a USB camera delivers: the headers of the payloads that a frame
 * came in, each with the host's clock.
 *
 * Rests on Documentation/userspace-api/media/v4l/metafmt-uvc.rst and on the USB Video Class
 * specification 1.5, 2.4.3.3.
 */
#ifndef RAWLINE_UVC_META_H
#define RAWLINE_UVC_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;
struct json;

/* One payload header. */
struct uvc_header {
	uint64_t host_ns;  /* when the host got it, by the driver's clock */
	uint16_t host_sof; /* the host's USB frame counter then */
	uint8_t flags;     /* bmHeaderInfo: UVC_STREAM_* */
	bool has_pts;
	bool has_scr;
	uint32_t pts;     /* when the camera took the picture, in ticks of its clock */
	uint32_t stc;     /* its clock when it sent this, in the same ticks */
	uint16_t scr_sof; /* its USB frame counter then */
};

/*
 * Reads the header at *offset and moves on. Returns false at the end, and where a record is
 * cut off or contradicts itself: what follows can't be read then.
 */
bool uvc_meta_next(const void *data, size_t bytes, size_t *offset, struct uvc_header *header);

/* Adds "headers" to a frame's record: see rawline-report(5). The buffer must be mapped. */
void uvc_meta_decode(const struct frame *frame, struct json *json);

#endif
