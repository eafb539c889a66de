// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's requests: which kind they are, ways to answer, and those that every device answers. */
#include "test/lab/uvc/request.h"

#include <errno.h>

#include "test/lab/uvc/camera.h"

int request_reply(struct camera *camera, const struct usb_ctrlrequest *setup,
		  const void *data, size_t length)
{
	return camera->transport->ops->reply(camera->transport, data, length, setup->wLength);
}

int request_receive(struct camera *camera, const struct usb_ctrlrequest *setup, uint8_t *data)
{
	return camera->transport->ops->receive(camera->transport, data, setup->wLength);
}

int request_stall(struct camera *camera, enum control_error why)
{
	camera->last_error = why;
	return camera->transport->ops->stall(camera->transport);
}

bool request_take_fault(struct camera *camera, unsigned *count)
{
	bool taken;

	pthread_mutex_lock(&camera->lock);
	taken = *count > 0;
	*count -= taken;
	pthread_mutex_unlock(&camera->lock);
	return taken;
}

struct stream *request_stream_at(struct camera *camera, unsigned interface)
{
	unsigned index = interface - INTERFACE_STREAM;

	return interface >= INTERFACE_STREAM && index < camera->profile.stream_count ?
		       &camera->streams[index] :
		       NULL;
}

static int get_descriptor(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	struct usb_device_descriptor device;
	uint8_t text[256];
	size_t length;

	switch (setup->wValue >> 8) {
	case USB_DT_DEVICE:
		device = descriptor_device(&camera->profile);
		return request_reply(camera, setup, &device, sizeof(device));
	case USB_DT_CONFIG:
		return request_reply(camera, setup, camera->descriptors.config,
				     camera->descriptors.length);
	case USB_DT_STRING:
		length = descriptor_string(&camera->profile, setup->wValue & 0xff, text);
		if (length)
			return request_reply(camera, setup, text, length);
	}
	return request_stall(camera, ERROR_NONE);
}

void request_unconfigure(struct camera *camera)
{
	for (unsigned i = 0; i < camera->profile.stream_count; i++)
		stream_off(&camera->streams[i]);
	camera->transport->ops->disable(camera->transport);
}

static int acknowledge(struct camera *camera)
{
	uint8_t nothing;

	return camera->transport->ops->receive(camera->transport, &nothing, 0);
}

static int set_configuration(struct camera *camera, bool on)
{
	struct usb_endpoint_descriptor endpoints[1 + PROFILE_STREAMS];
	unsigned count = 0;
	int ret = 0;

	endpoints[count++] = descriptor_status();
	for (unsigned i = 0; i < camera->profile.stream_count; i++)
		endpoints[count++] = descriptor_bulk(&camera->profile, i);
	if (on)
		ret = camera->transport->ops->enable(camera->transport, endpoints, count);
	else
		request_unconfigure(camera);
	return ret ? ret : acknowledge(camera);
}

static int set_interface(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	struct stream *stream = request_stream_at(camera, setup->wIndex);
	unsigned count = 0;
	int ret;

	if (stream && camera->profile.isochronous)
		count = camera->profile.streams[stream->index].altsetting_count;
	if (setup->wValue > count)
		return request_stall(camera, ERROR_NONE);
	if (stream)
		stream_off(stream);
	ret = acknowledge(camera);
	if (!ret && setup->wValue)
		stream_on(stream);
	return ret;
}

static int clear_feature(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	if (setup->bRequestType == USB_RECIP_ENDPOINT)
		for (unsigned i = 0; i < camera->profile.stream_count; i++)
			if (setup->wIndex == descriptor_video_endpoint(i))
				stream_off(&camera->streams[i]);
	return acknowledge(camera);
}

int request_standard(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	static const uint8_t zeros[2], one = 1;

	switch (setup->bRequest) {
	case USB_REQ_GET_DESCRIPTOR:
		return get_descriptor(camera, setup);
	case USB_REQ_SET_CONFIGURATION:
		return set_configuration(camera, setup->wValue);
	case USB_REQ_GET_CONFIGURATION:
		return request_reply(camera, setup, &one, 1);
	case USB_REQ_SET_INTERFACE:
		return set_interface(camera, setup);
	case USB_REQ_GET_INTERFACE:
		return request_reply(camera, setup, zeros, 1);
	case USB_REQ_GET_STATUS:
		return request_reply(camera, setup, zeros, 2);
	case USB_REQ_CLEAR_FEATURE:
		return clear_feature(camera, setup);
	default:
		return request_stall(camera, ERROR_NONE);
	}
}

int request_answer(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	unsigned type = setup->bRequestType & USB_TYPE_MASK;
	struct stream *stream = request_stream_at(camera, setup->wIndex & 0xff);
	struct timespec late = { camera->slow_ms / 1000, camera->slow_ms % 1000 * 1000000 };

	if (type == USB_TYPE_STANDARD)
		return request_standard(camera, setup);
	if (type != USB_TYPE_CLASS)
		return request_stall(camera, ERROR_INVALID_REQUEST);
	if (camera->slow_ms)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &late, NULL);
	return stream ? request_stream(camera, stream, setup) :
			request_control(camera, setup);
}
