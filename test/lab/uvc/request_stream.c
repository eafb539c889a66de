// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's requests to a streaming interface: probe and commit. */
#include <linux/usb/video.h>
#include <string.h>

#include "test/lab/uvc/camera.h"
#include "test/lab/uvc/request.h"
#include "test/lab/uvc/wire.h"

enum { VS_PROBE = 1, VS_COMMIT = 2 };

static int set_block(struct camera *camera, struct stream *stream,
		     const struct usb_ctrlrequest *setup, bool commit)
{
	uint8_t block[NEGOTIATE_BYTES] = { 0 };
	int ret;

	/* The end of a bulk stream is told to nobody: what is left of it must not get through. */
	if (commit)
		stream_off(stream);
	if (setup->wLength > sizeof(block))
		return request_stall(camera, ERROR_OUT_OF_RANGE);
	if (commit && request_take_fault(camera, &stream->refuse_count)) {
		journal_say(&camera->journal, "refused commit stream %u", stream->index);
		return request_stall(camera, ERROR_OUT_OF_RANGE);
	}
	ret = request_receive(camera, setup, block);
	if (ret)
		return ret;
	negotiate(&camera->profile, stream->index, block);
	pthread_mutex_lock(&camera->lock);
	memcpy(commit ? stream->commit : stream->probe, block, sizeof(block));
	pthread_mutex_unlock(&camera->lock);
	if (commit && !camera->profile.isochronous)
		stream_on(stream);
	return 0;
}

static int get_block(struct camera *camera, struct stream *stream,
		     const struct usb_ctrlrequest *setup, bool commit)
{
	uint8_t block[NEGOTIATE_BYTES];

	memcpy(block, commit ? stream->commit : stream->probe, sizeof(block));
	if (setup->bRequest == UVC_GET_DEF)
		memset(block, 0, sizeof(block));
	if (setup->bRequest != UVC_GET_CUR)
		negotiate(&camera->profile, stream->index, block);
	if (request_take_fault(camera, &camera->garble_count))
		memset(block, 0xff, sizeof(block));
	return request_reply(camera, setup, block, negotiate_bytes(&camera->profile));
}

int request_stream(struct camera *camera, struct stream *stream,
		   const struct usb_ctrlrequest *setup)
{
	unsigned selector = setup->wValue >> 8;
	uint8_t answer[2] = { INFO_GET | INFO_SET, 0 };

	if (selector != VS_PROBE && selector != VS_COMMIT)
		return request_stall(camera, ERROR_INVALID_CONTROL);
	switch (setup->bRequest) {
	case UVC_SET_CUR:
		return set_block(camera, stream, setup, selector == VS_COMMIT);
	case UVC_GET_CUR:
	case UVC_GET_MIN:
	case UVC_GET_MAX:
	case UVC_GET_DEF:
		return get_block(camera, stream, setup, selector == VS_COMMIT);
	case UVC_GET_LEN:
		put_le16(answer, negotiate_bytes(&camera->profile));
		return request_reply(camera, setup, answer, 2);
	case UVC_GET_INFO:
		return request_reply(camera, setup, answer, 1);
	default:
		return request_stall(camera, ERROR_INVALID_REQUEST);
	}
}
