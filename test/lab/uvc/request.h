/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's requests to a camera. Each is answered, by data or a stall, in the call. */
#ifndef RAWLINE_UVC_REQUEST_H
#define RAWLINE_UVC_REQUEST_H

#include <linux/usb/ch9.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test/lab/uvc/control.h"

struct camera;
struct stream;

/* Any request. Returns 0 or a negative errno of the transport, as all of these do. */
int request_answer(struct camera *camera, const struct usb_ctrlrequest *setup);

/* Those of the three kinds. */
int request_standard(struct camera *camera, const struct usb_ctrlrequest *setup);
int request_control(struct camera *camera, const struct usb_ctrlrequest *setup);
int request_stream(struct camera *camera, struct stream *stream,
		   const struct usb_ctrlrequest *setup);

/* Ways to answer. data of request_receive() has room for wLength. */
int request_reply(struct camera *camera, const struct usb_ctrlrequest *setup,
		  const void *data, size_t length);
int request_receive(struct camera *camera, const struct usb_ctrlrequest *setup,
		    uint8_t *data);
int request_stall(struct camera *camera, enum control_error why);

/* The stream of an interface, NULL if it is another. */
struct stream *request_stream_at(struct camera *camera, unsigned interface);

/* The streams end, and the endpoints go. */
void request_unconfigure(struct camera *camera);

/* Counts down the faults still to come; false if there are none. */
bool request_take_fault(struct camera *camera, unsigned *count);

#endif
