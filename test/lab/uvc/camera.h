/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One camera: what it is, what state it is in, and what it does with the host's requests. */
#ifndef RAWLINE_UVC_CAMERA_H
#define RAWLINE_UVC_CAMERA_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "test/lab/uvc/control.h"
#include "test/lab/uvc/descriptor.h"
#include "test/lab/uvc/journal.h"
#include "test/lab/uvc/profile.h"
#include "test/lab/uvc/stream.h"
#include "test/lab/uvc/transport.h"

enum { STATUS_QUEUE = 16, STATUS_BYTES_MAX = 16 };

/* One packet of the status endpoint. */
struct status {
	uint8_t length;
	uint8_t bytes[STATUS_BYTES_MAX];
};

struct camera {
	struct profile profile;
	struct descriptors descriptors;
	struct transport *transport;
	struct journal journal;

	/* Guards all below, and the state of the streams. */
	pthread_mutex_t lock;
	struct controls controls;
	unsigned light; /* per cent */
	enum control_error last_error;

	/* Faults of the control endpoint: how many more times. */
	unsigned stall_count, stall_error, garble_count, slow_ms;
	enum control_id stall_id; /* of this control, or CONTROL_IDS: of any */

	pthread_t status_thread;
	pthread_cond_t status_queued;
	struct status statuses[STATUS_QUEUE];
	unsigned status_count;

	struct stream streams[PROFILE_STREAMS];
};

/*
 * With profile, transport and journal set: makes the rest, with the number that the first frame
 * of each stream is to have. Returns 0 or a negative errno.
 */
int camera_start(struct camera *camera, uint32_t first);

/* Plugs the camera in and answers the host until it is gone. Returns a negative errno. */
int camera_serve(struct camera *camera);

/* The camera changes a control by itself and says so on the status endpoint. Locked by the caller. */
void camera_change(struct camera *camera, enum control_id id, const int64_t *values);

/* The cable is pulled: the process leaves, and the kernel sees to the rest. */
_Noreturn void camera_leave(struct camera *camera);

#endif
