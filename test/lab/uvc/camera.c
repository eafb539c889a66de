// SPDX-License-Identifier: GPL-2.0-or-later
/* One camera: its parts set up, the host served, and changes that it makes by itself. */
#include "test/lab/uvc/camera.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "test/lab/uvc/request.h"

enum { STATUS_CONTROL = 1, CHANGE_VALUE = 0 };

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

void camera_leave(struct camera *camera)
{
	journal_say(&camera->journal, "unplugged");
	_exit(0);
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
			request_unconfigure(camera);
		else if (request_answer(camera, &setup) < 0)
			journal_say(&camera->journal,
				    "request %02x %02x of interface %u failed",
				    setup.bRequestType, setup.bRequest, setup.wIndex & 0xff);
	}
	return ret;
}
