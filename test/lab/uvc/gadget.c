// SPDX-License-Identifier: GPL-2.0-or-later
/* The camera as a gadget: raw_gadget on a controller of dummy_hcd, which has no isochronous ones. */
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/raw_gadget.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test/lab/uvc/transport.h"

/* Events of kernels since 6.5, which an older header doesn't have. */
enum { GADGET_RESET = 5, GADGET_DISCONNECT = 6 };

/* The kernel copies each write into one piece of memory of its own. */
enum { WRITE_BYTES = 256 * 1024, CONTROL_BYTES = 16384, ENDPOINTS = 16 };

struct gadget {
	struct transport transport;
	struct usb_raw_init init;
	int fd;
	int handles[ENDPOINTS]; /* by number of the endpoint, -1 while it isn't enabled */
	uint16_t packet_bytes[ENDPOINTS];
};

static struct gadget *gadget_of(struct transport *transport)
{
	return (struct gadget *)transport;
}

static int gadget_connect(struct transport *transport)
{
	struct gadget *gadget = gadget_of(transport);

	if (ioctl(gadget->fd, USB_RAW_IOCTL_INIT, &gadget->init) < 0 ||
	    ioctl(gadget->fd, USB_RAW_IOCTL_RUN, 0) < 0)
		return -errno;
	return 0;
}

static int gadget_next(struct transport *transport, enum transport_event *event,
		       struct usb_ctrlrequest *setup)
{
	union {
		struct usb_raw_event head;
		uint8_t bytes[sizeof(struct usb_raw_event) + sizeof(*setup)];
	} raw;

	for (;;) {
		memset(&raw, 0, sizeof(raw));
		raw.head.length = sizeof(*setup);
		if (ioctl(gadget_of(transport)->fd, USB_RAW_IOCTL_EVENT_FETCH, &raw) < 0) {
			if (errno != EINTR)
				return -errno;
		} else if (raw.head.type == USB_RAW_EVENT_CONTROL) {
			*event = EVENT_SETUP;
			memcpy(setup, raw.head.data, sizeof(*setup));
			return 0;
		} else if (raw.head.type == GADGET_RESET ||
			   raw.head.type == GADGET_DISCONNECT) {
			*event = EVENT_RESET;
			return 0;
		}
	}
}

union control_io {
	struct usb_raw_ep_io head;
	uint8_t bytes[sizeof(struct usb_raw_ep_io) + CONTROL_BYTES];
};

static int gadget_reply(struct transport *transport, const void *data, size_t length,
			size_t wanted)
{
	union control_io io = { .head.length = length < wanted ? length : wanted };

	if (length < wanted)
		io.head.flags = USB_RAW_IO_FLAGS_ZERO;
	memcpy(io.head.data, data, io.head.length);
	return ioctl(gadget_of(transport)->fd, USB_RAW_IOCTL_EP0_WRITE, &io) < 0 ? -errno : 0;
}

static int gadget_receive(struct transport *transport, void *data, size_t length)
{
	union control_io io = { .head.length = length };
	int got = ioctl(gadget_of(transport)->fd, USB_RAW_IOCTL_EP0_READ, &io);

	if (got < 0)
		return -errno;
	memcpy(data, io.head.data, got);
	return 0;
}

static int gadget_stall(struct transport *transport)
{
	return ioctl(gadget_of(transport)->fd, USB_RAW_IOCTL_EP0_STALL, 0) < 0 ? -errno : 0;
}

static unsigned endpoint_number(uint8_t address)
{
	return address & USB_ENDPOINT_NUMBER_MASK;
}

static int gadget_enable(struct transport *transport,
			 const struct usb_endpoint_descriptor *endpoints, unsigned count)
{
	struct gadget *gadget = gadget_of(transport);

	for (unsigned i = 0; i < count; i++) {
		unsigned number = endpoint_number(endpoints[i].bEndpointAddress);

		if (gadget->handles[number] >= 0)
			continue;
		gadget->handles[number] =
			ioctl(gadget->fd, USB_RAW_IOCTL_EP_ENABLE, &endpoints[i]);
		if (gadget->handles[number] < 0)
			return -errno;
		gadget->packet_bytes[number] = endpoints[i].wMaxPacketSize;
	}
	if (ioctl(gadget->fd, USB_RAW_IOCTL_VBUS_DRAW, 250) < 0 ||
	    ioctl(gadget->fd, USB_RAW_IOCTL_CONFIGURE, 0) < 0)
		return -errno;
	return 0;
}

static void gadget_disable(struct transport *transport)
{
	struct gadget *gadget = gadget_of(transport);

	for (unsigned i = 0; i < ENDPOINTS; i++) {
		if (gadget->handles[i] >= 0)
			ioctl(gadget->fd, USB_RAW_IOCTL_EP_DISABLE, gadget->handles[i]);
		gadget->handles[i] = -1;
	}
}

/* The kernel wants what is written right behind the head. */
static int write_once(struct gadget *gadget, unsigned number, const void *data,
		      size_t length, bool zero)
{
	struct usb_raw_ep_io *io = malloc(sizeof(*io) + length);
	int ret;

	if (!io)
		return -ENOMEM;
	io->ep = gadget->handles[number];
	io->flags = zero ? USB_RAW_IO_FLAGS_ZERO : 0;
	io->length = length;
	memcpy(io->data, data, length);
	ret = ioctl(gadget->fd, USB_RAW_IOCTL_EP_WRITE, io) < 0 ? -errno : 0;
	free(io);
	return ret;
}

static int gadget_send(struct transport *transport, uint8_t endpoint, const void *data,
		       size_t length, bool end, const atomic_bool *go)
{
	struct gadget *gadget = gadget_of(transport);
	unsigned number = endpoint_number(endpoint);
	const uint8_t *at = data;

	if (gadget->handles[number] < 0)
		return -ENODEV;
	while (length) {
		size_t part = length < WRITE_BYTES ? length : WRITE_BYTES;
		bool last = part == length;
		int ret;

		if (!*go)
			return -ECANCELED;
		ret = write_once(gadget, number, at, part,
				 last && end && part % gadget->packet_bytes[number] == 0);
		if (ret < 0)
			return ret == -EINTR ? -ECANCELED : ret;
		at += part;
		length -= part;
	}
	return 0;
}

static int gadget_send_packets(struct transport *transport, uint8_t endpoint,
			       struct packet_source *source, const atomic_bool *go)
{
	return -EOPNOTSUPP;
}

static int gadget_halt(struct transport *transport, uint8_t endpoint, bool halt)
{
	struct gadget *gadget = gadget_of(transport);
	int handle = gadget->handles[endpoint_number(endpoint)];

	if (handle < 0)
		return -ENODEV;
	if (ioctl(gadget->fd, halt ? USB_RAW_IOCTL_EP_SET_HALT : USB_RAW_IOCTL_EP_CLEAR_HALT,
		  handle) < 0)
		return -errno;
	return 0;
}

/* A handler that does nothing, installed without SA_RESTART: the ioctl ends with EINTR. */
static void interrupt(int number)
{
}

static void gadget_wake(struct transport *transport, pthread_t thread)
{
	pthread_kill(thread, SIGUSR1);
}

static void gadget_destroy(struct transport *transport)
{
	struct gadget *gadget = gadget_of(transport);

	if (!transport)
		return;
	if (gadget->fd >= 0)
		close(gadget->fd);
	free(gadget);
}

static const struct transport_ops gadget_ops = {
	.connect = gadget_connect,
	.next = gadget_next,
	.reply = gadget_reply,
	.receive = gadget_receive,
	.stall = gadget_stall,
	.enable = gadget_enable,
	.disable = gadget_disable,
	.send = gadget_send,
	.send_packets = gadget_send_packets,
	.halt = gadget_halt,
	.wake = gadget_wake,
	.destroy = gadget_destroy,
};

int gadget_create(const char *controller, enum usb_device_speed speed,
		  struct transport **transport)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct gadget *gadget = calloc(1, sizeof(*gadget));
	int ret;

	if (!gadget)
		return -ENOMEM;
	gadget->transport.ops = &gadget_ops;
	for (unsigned i = 0; i < ENDPOINTS; i++)
		gadget->handles[i] = -1;
	gadget->init.speed = speed;
	snprintf((char *)gadget->init.driver_name, sizeof(gadget->init.driver_name),
		 "dummy_udc");
	snprintf((char *)gadget->init.device_name, sizeof(gadget->init.device_name), "%s",
		 controller);
	sigaction(SIGUSR1, &action, NULL);
	gadget->fd = open("/dev/raw-gadget", O_RDWR | O_CLOEXEC);
	if (gadget->fd < 0) {
		ret = -errno;
		gadget_destroy(&gadget->transport);
		return ret;
	}
	*transport = &gadget->transport;
	return 0;
}
