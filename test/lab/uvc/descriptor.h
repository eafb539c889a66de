/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors of a camera, made from its profile. */
#ifndef RAWLINE_UVC_DESCRIPTOR_H
#define RAWLINE_UVC_DESCRIPTOR_H

#include <linux/usb/ch9.h>
#include <stddef.h>
#include <stdint.h>

#include "test/lab/uvc/profile.h"

/* Interface 0 controls the camera, stream n is interface 1 + n. */
enum { INTERFACE_CONTROL = 0, INTERFACE_STREAM = 1 };

/* Endpoint numbers are those of dummy_hcd whose type is right. */
enum { ENDPOINT_STATUS = 0x85 };

struct descriptors {
	size_t length;
	uint8_t config[8192];
};

/* The address of a stream's video endpoint. */
uint8_t descriptor_video_endpoint(unsigned stream);

/* A bulk video endpoint, or the status endpoint, as usb_ep_enable() wants it. */
struct usb_endpoint_descriptor descriptor_bulk(const struct profile *profile,
					       unsigned stream);
struct usb_endpoint_descriptor descriptor_status(void);

/* The whole configuration; 0, or -ENOSPC when it doesn't fit. */
int descriptor_build(struct descriptors *descriptors, const struct profile *profile);

struct usb_device_descriptor descriptor_device(const struct profile *profile);

/* String number index into text, which has room for 256; its length, 0 if there is none. */
size_t descriptor_string(const struct profile *profile, unsigned index, uint8_t *text);

#endif
