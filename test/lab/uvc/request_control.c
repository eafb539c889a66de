// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's requests to the units of the control interface. */
#include <inttypes.h>
#include <linux/usb/video.h>
#include <stdio.h>

#include "test/lab/uvc/camera.h"
#include "test/lab/uvc/exposure.h"
#include "test/lab/uvc/request.h"
#include "test/lab/uvc/wire.h"

enum { VC_ERROR_CODE = 2 };

static void print_values(enum control_id id, const int64_t *values, char *text, size_t size)
{
	if (control_kind(id)->values == 1)
		snprintf(text, size, "%" PRId64, values[0]);
	else
		snprintf(text, size, "%" PRId64 ",%" PRId64, values[0], values[1]);
}

/* A careless camera ignores what it should refuse. */
static enum control_error why_refuse(struct camera *camera, enum control_id id, bool *ignored)
{
	enum control_error error;

	pthread_mutex_lock(&camera->lock);
	error = control_refuses(&camera->controls, id);
	pthread_mutex_unlock(&camera->lock);
	*ignored = error == ERROR_WRONG_STATE && camera->profile.careless;
	return *ignored ? ERROR_NONE : error;
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
	bool ignored;
	char text[48];
	int ret;

	error = why_refuse(camera, id, &ignored);
	if (!error && setup->wLength != control_size(id))
		error = ERROR_INVALID_REQUEST;
	if (error) {
		journal_say(&camera->journal, "refused %s error %u",
			    control_kind(id)->name, error);
		return request_stall(camera, error);
	}
	ret = request_receive(camera, setup, wire);
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
		return request_stall(camera, ERROR_INVALID_REQUEST);
	}
	control_to_wire(id, values, wire);
	return request_reply(camera, setup, wire, control_size(id));
}

static uint8_t control_info(struct camera *camera, enum control_id id)
{
	uint8_t info;

	pthread_mutex_lock(&camera->lock);
	info = camera->controls.all[id].info;
	if (control_is_automatic(&camera->controls, id))
		info |= INFO_DISABLED;
	pthread_mutex_unlock(&camera->lock);
	return info;
}

int request_control(struct camera *camera, const struct usb_ctrlrequest *setup)
{
	unsigned unit = setup->wIndex >> 8, selector = setup->wValue >> 8;
	enum control_id id = control_by_selector(&camera->controls, unit, selector);
	uint8_t answer[2] = { 0 };

	if (!unit && selector == VC_ERROR_CODE && setup->bRequest == UVC_GET_CUR) {
		answer[0] = camera->last_error;
		return request_reply(camera, setup, answer, 1);
	}
	if ((camera->stall_id == CONTROL_IDS || camera->stall_id == id) &&
	    request_take_fault(camera, &camera->stall_count))
		return request_stall(camera, camera->stall_error);
	if (id == CONTROL_IDS)
		return request_stall(camera, ERROR_INVALID_CONTROL);
	switch (setup->bRequest) {
	case UVC_SET_CUR:
		return set_control(camera, setup, id);
	case UVC_GET_INFO:
		answer[0] = control_info(camera, id);
		return request_reply(camera, setup, answer, 1);
	case UVC_GET_LEN:
		put_le16(answer, control_size(id));
		return request_reply(camera, setup, answer, 2);
	default:
		return get_control(camera, setup, id);
	}
}
