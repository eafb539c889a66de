/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the camera is plugged in: as a gadget on a controller of dummy_hcd (raw_gadget), or over
 * USB/IP on a port of vhci_hcd. Both carry control requests, bulk and interrupt transfers; only
 * USB/IP carries isochronous ones. Functions return 0 or a negative errno: -ECANCELED when *go
 * became false, -ENODEV when the host is gone.
 */
#ifndef RAWLINE_UVC_TRANSPORT_H
#define RAWLINE_UVC_TRANSPORT_H

#include <linux/usb/ch9.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

/* Where isochronous packets come from: the next one, at most size bytes, into packet. */
struct packet_source {
	/* Its length; 0 when there are no more. *lost asks for it to be lost on the way. */
	size_t (*next)(struct packet_source *source, uint8_t *packet, size_t size,
		       bool *lost);
};

enum transport_event { EVENT_SETUP, EVENT_RESET };

struct transport_ops {
	/* Plugs the cable in. */
	int (*connect)(struct transport *transport);

	/* Waits for the next control request, or a bus reset. */
	int (*next)(struct transport *transport, enum transport_event *event,
		    struct usb_ctrlrequest *setup);

	/* Answers it: with data, of which the host wanted so much; by taking data; or refusing. */
	int (*reply)(struct transport *transport, const void *data, size_t length,
		     size_t wanted);
	int (*receive)(struct transport *transport, void *data, size_t length);
	int (*stall)(struct transport *transport);

	/* The endpoints of the configuration come and go; enabled ones stay so. */
	int (*enable)(struct transport *transport,
		      const struct usb_endpoint_descriptor *endpoints, unsigned count);
	void (*disable)(struct transport *transport);

	/* A whole transfer; with end, it is ended by a short packet if need be of 0 bytes. */
	int (*send)(struct transport *transport, uint8_t endpoint, const void *data,
		    size_t length, bool end, const atomic_bool *go);

	/* Isochronous packets until the source has no more, as fast as the bus would take them. */
	int (*send_packets)(struct transport *transport, uint8_t endpoint,
			    struct packet_source *source, const atomic_bool *go);

	/* Halts a bulk endpoint that nothing is being sent on, or lets it go on. */
	int (*halt)(struct transport *transport, uint8_t endpoint, bool halt);

	/* Makes a thread that is in send or send_packets look at *go; perhaps not at once. */
	void (*wake)(struct transport *transport, pthread_t thread);

	void (*destroy)(struct transport *transport);
};

struct transport {
	const struct transport_ops *ops;
};

/* A device controller such as "dummy_udc.0". */
int gadget_create(const char *controller, enum usb_device_speed speed,
		  struct transport **transport);

/* A port of vhci_hcd, counted from 0. */
int usbip_create(unsigned port, enum usb_device_speed speed, struct transport **transport);

#endif
