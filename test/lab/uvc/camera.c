// SPDX-License-Identifier: GPL-2.0-or-later
/* One camera: what it does with the host's requests. */
#include "test/lab/uvc/camera.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/usb/video.h>
#include <string.h>

#include "test/lab/uvc/exposure.h"
#include "test/lab/uvc/wire.h"

enum {
	VS_PROBE = 1,
	VS_COMMIT = 2,
	VC_ERROR_CODE = 2,
	STATUS_CONTROL = 1,
	CHANGE_VALUE = 0
};

static int reply(struct camera *camera, const struct usb_ctrlrequest *setup,
		 const void *data, size_t length)
{
	return camera->transport->ops->reply(camera->transport, data, length, setup->wLength);
}

static int receive(struct camera *camera, const struct usb_ctrlrequest *setup, uint8_t *data)
{
	return camera->transport->ops->receive(camera->transport, data, setup->wLength);
}

static int stall(struct camera *camera, enum control_error why)
{
	camera->last_error = why;
	return camera->transport->ops->stall(camera->transport);
}

static struct stream *stream_at(struct camera *camera, unsigned interface)
{
	unsigned index = interface - INTERFACE_STREAM;

	return interface >= INTERFACE_STREAM && index < camera->profile.stream_count ?
		       &camera->streams[index] :
		       NULL;
}

/* ---- requests to a streaming interface ---- */

static int set_block(struct camera *camera, struct stream *stream,
		     const struct usb_ctrlrequest *setup, bool commit)
{
	uint8_t block[NEGOTIATE_BYTES] = { 0 };
	int ret;

	/* The end of a bulk stream is told to nobody: what is left of it must not get through. */
	if (commit)
		stream_off(stream);
	if (setup->wLength > sizeof(block))
		return stall(camera, ERROR_OUT_OF_RANGE);
	if (commit && stream->refuse_count) {
		stream->refuse_count--;
		journal_say(&camera->journal, "refused commit stream %u", stream->index);
		return stall(camera, ERROR_OUT_OF_RANGE);
	}
	ret = receive(camera, setup, block);
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
	if (camera->garble_count) {
		camera->garble_count--;
		memset(block, 0xff, sizeof(block));
	}
	return reply(camera, setup, block, negotiate_bytes(&camera->profile));
}

static int stream_request(struct camera *camera, struct stream *stream,
			  const struct usb_ctrlrequest *setup)
{
	unsigned selector = setup->wValue >> 8;
	uint8_t answer[2] = { INFO_GET | INFO_SET, 0 };

	if (selector != VS_PROBE && selector != VS_COMMIT)
		return stall(camera, ERROR_INVALID_CONTROL);
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
		return reply(camera, setup, answer, 2);
	case UVC_GET_INFO:
		return reply(camera, setup, answer, 1);
	default:
		return stall(camera, ERROR_INVALID_REQUEST);
	}
}

/* ---- requests to the units of the control interface ---- */

static void print_values(enum control_id id, const int64_t *values, char *text, size_t size)
{
	if (control_kind(id)->values == 1)
		snprintf(text, size, "%" PRId64, values[0]);
	else
		snprintf(text, size, "%" PRId64 ",%" PRId64, values[0], values[1]);
}

/*
 * A value out of range is not taken over, but the request succeeds: on dummy_hcd a request can't
 * be refused any more once its data has been read.
 */
static int set_control(struct camera *camera, const struct usb_ctrlrequest *setup,
		       enum control_id id)
{
	int64_t values[CONTROL_VALUES] = { 0 };
	uint8_t wire[CONTROL_BYTES];
	enum control_error error;
	bool ignored = false;
	char text[48];
	int ret;

	error = control_refuses(&camera->controls, id);
	if (error == ERROR_WRONG_STATE && camera->profile.careless) {
		error = ERROR_NONE;
		ignored = true;
	}
	if (!error && setup->wLength != control_size(id))
		error = ERROR_INVALID_REQUEST;
	if (error) {
		journal_say(&camera->journal, "refused %s error %u",
			    control_kind(id)->name, error);
		return stall(camera, error);
	}
	ret = receive(camera, setup, wire);
	if (ret)
		return ret;
	control_from_wire(id, wire, values);
	print_values(id, values, text, sizeof(text));
	pthread_mutex_lock(&camera->lock);
	ignored = ignored || control_set(&camera->controls, id, values);
	pthread_mutex_unlock(&camera->lock);
	journal_say(&camera->journal, "%s %s %s", ignored ? "ignored" : "set",
		    control_kind(id)->name, text);
	return 0;
}

/* What automatic exposure has arrived at is what the host reads. */
static void update_automatic(struct camera *camera)
{
	struct controls *controls = &camera->controls;
	struct negotiated now;
	struct exposure exposure;

	now = negotiate_result(&camera->profile, 0, camera->streams[0].commit);
	exposure = exposure_compute(controls, camera->light, now.interval);
	if (control_is_automatic(controls, CONTROL_EXPOSURE_TIME))
		controls->all[CONTROL_EXPOSURE_TIME].cur[0] = exposure.time_100us;
}

static int get_control(struct camera *camera, const struct usb_ctrlrequest *setup,
		       enum control_id id)
{
	struct control control;
	uint8_t wire[CONTROL_BYTES];
	const int64_t *values;

	pthread_mutex_lock(&camera->lock);
	update_automatic(camera);
	control = camera->controls.all[id];
	pthread_mutex_unlock(&camera->lock);
	switch (setup->bRequest) {
	case UVC_GET_CUR:
		values = control.cur;
		break;
	case UVC_GET_MIN:
		values = control.min;
		break;
	case UVC_GET_MAX:
		values = control.max;
		break;
	case UVC_GET_RES:
		values = control.res;
		break;
	case UVC_GET_DEF:
		values = control.def;
		break;
	default:
		return stall(camera, ERROR_INVALID_REQUEST);
	}
	control_to_wire(id, values, wire);
	return reply(camera, setup, wire, control_size(id));
}

static int control_request(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	unsigned unit = setup->wIndex >> 8, selector = setup->wValue >> 8;
	enum control_id id = control_by_selector(&camera->controls, unit, selector);
	uint8_t answer[2] = { 0 };

	if (!unit && selector == VC_ERROR_CODE && setup->bRequest == UVC_GET_CUR) {
		answer[0] = camera->last_error;
		return reply(camera, setup, answer, 1);
	}
	if (camera->stall_count &&
	    (camera->stall_id == CONTROL_IDS || camera->stall_id == id)) {
		camera->stall_count--;
		return stall(camera, camera->stall_error);
	}
	if (id == CONTROL_IDS)
		return stall(camera, ERROR_INVALID_CONTROL);
	switch (setup->bRequest) {
	case UVC_SET_CUR:
		return set_control(camera, setup, id);
	case UVC_GET_INFO:
		answer[0] = camera->controls.all[id].info;
		if (control_is_automatic(&camera->controls, id))
			answer[0] |= INFO_DISABLED;
		return reply(camera, setup, answer, 1);
	case UVC_GET_LEN:
		put_le16(answer, control_size(id));
		return reply(camera, setup, answer, 2);
	default:
		return get_control(camera, setup, id);
	}
}

/* ---- requests that every device answers ---- */

static int get_descriptor(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	struct usb_device_descriptor device;
	uint8_t text[256];
	size_t length;

	switch (setup->wValue >> 8) {
	case USB_DT_DEVICE:
		device = descriptor_device(&camera->profile);
		return reply(camera, setup, &device, sizeof(device));
	case USB_DT_CONFIG:
		return reply(camera, setup, camera->descriptors.config,
			     camera->descriptors.length);
	case USB_DT_STRING:
		length = descriptor_string(&camera->profile, setup->wValue & 0xff, text);
		if (length)
			return reply(camera, setup, text, length);
	}
	return stall(camera, ERROR_NONE);
}

static void unconfigure(struct camera *camera)
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
		unconfigure(camera);
	return ret ? ret : acknowledge(camera);
}

static int set_interface(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	struct stream *stream = stream_at(camera, setup->wIndex);
	unsigned count = 0;
	int ret;

	if (stream && camera->profile.isochronous)
		count = camera->profile.streams[stream->index].altsetting_count;
	if (setup->wValue > count)
		return stall(camera, ERROR_NONE);
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

static int standard_request(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	static const uint8_t zeros[2], one = 1;

	switch (setup->bRequest) {
	case USB_REQ_GET_DESCRIPTOR:
		return get_descriptor(camera, setup);
	case USB_REQ_SET_CONFIGURATION:
		return set_configuration(camera, setup->wValue);
	case USB_REQ_GET_CONFIGURATION:
		return reply(camera, setup, &one, 1);
	case USB_REQ_SET_INTERFACE:
		return set_interface(camera, setup);
	case USB_REQ_GET_INTERFACE:
		return reply(camera, setup, zeros, 1);
	case USB_REQ_GET_STATUS:
		return reply(camera, setup, zeros, 2);
	case USB_REQ_CLEAR_FEATURE:
		return clear_feature(camera, setup);
	default:
		return stall(camera, ERROR_NONE);
	}
}

static int request(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	unsigned type = setup->bRequestType & USB_TYPE_MASK;
	struct stream *stream = stream_at(camera, setup->wIndex & 0xff);
	struct timespec late = { camera->slow_ms / 1000, camera->slow_ms % 1000 * 1000000 };

	if (type == USB_TYPE_STANDARD)
		return standard_request(camera, setup);
	if (type != USB_TYPE_CLASS)
		return stall(camera, ERROR_INVALID_REQUEST);
	if (camera->slow_ms)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &late, NULL);
	return stream ? stream_request(camera, stream, setup) :
			control_request(camera, setup);
}

/* ---- changes that the camera makes ---- */

static void *status_main(void *argument)
{
	static const atomic_bool go = true;
	struct camera *camera = argument;
	struct transport *transport = camera->transport;

	for (;;) {
		struct status status;
		int ret;

		pthread_mutex_lock(&camera->lock);
		while (!camera->status_count)
			pthread_cond_wait(&camera->status_queued, &camera->lock);
		status = camera->statuses[0];
		memmove(camera->statuses, camera->statuses + 1,
			--camera->status_count * sizeof(status));
		pthread_mutex_unlock(&camera->lock);
		ret = transport->ops->send(transport, ENDPOINT_STATUS, status.bytes,
					   status.length, false, &go);
		journal_say(&camera->journal, "status %s", ret ? strerror(-ret) : "taken");
	}
	return NULL;
}

void camera_change(struct camera *camera, enum control_id id, const int64_t *values)
{
	const struct control_kind *kind = control_kind(id);
	struct status *status = &camera->statuses[camera->status_count];

	memcpy(camera->controls.all[id].cur, values, sizeof(camera->controls.all[id].cur));
	if (camera->status_count == STATUS_QUEUE)
		return;
	/* USB Video Class 1.1, table 2-2: from the control interface, a control, what changed. */
	*status = (struct status){ .length = 5 + control_size(id) };
	status->bytes[0] = STATUS_CONTROL;
	status->bytes[1] = kind->unit;
	status->bytes[3] = kind->selector;
	status->bytes[4] = CHANGE_VALUE;
	control_to_wire(id, values, status->bytes + 5);
	camera->status_count++;
	pthread_cond_signal(&camera->status_queued);
}

int camera_start(struct camera *camera, uint32_t first)
{
	int ret;

	camera->controls = camera->profile.controls;
	camera->light = 100;
	pthread_mutex_init(&camera->lock, NULL);
	pthread_cond_init(&camera->status_queued, NULL);
	ret = descriptor_build(&camera->descriptors, &camera->profile);
	for (unsigned i = 0; i < camera->profile.stream_count && !ret; i++)
		ret = stream_start(&camera->streams[i], camera, i, first);
	if (!ret)
		ret = -pthread_create(&camera->status_thread, NULL, status_main, camera);
	return ret;
}

int camera_serve(struct camera *camera)
{
	struct transport *transport = camera->transport;
	struct usb_ctrlrequest setup;
	enum transport_event event;
	int ret;

	ret = transport->ops->connect(transport);
	while (!ret) {
		ret = transport->ops->next(transport, &event, &setup);
		if (ret)
			break;
		if (event == EVENT_RESET)
			unconfigure(camera);
		else if (request(camera, &setup) < 0)
			journal_say(&camera->journal,
				    "request %02x %02x of interface %u failed",
				    setup.bRequestType, setup.bRequest, setup.wIndex & 0xff);
	}
	return ret;
}
