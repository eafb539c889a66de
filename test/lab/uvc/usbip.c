// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The camera over USB/IP: one end of a socket pair goes to a port of vhci_hcd, this program
 * answers on the other (Documentation/usb/usbip_protocol.rst).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "test/lab/uvc/transport.h"
#include "test/lab/uvc/wire.h"

enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
enum {
	CONTROL_BYTES = 4096,
	MAX_PACKETS = 1024,
	SLOT_NS = 125000,
	CATCH_UP_NS = 20000000
};

/* All numbers are big-endian on the wire. The four kinds differ in the last seven. */
struct pdu {
	uint32_t command, sequence, device, direction, endpoint;
	union {
		struct {
			uint32_t flags, length, start_frame, packets, interval;
			uint8_t setup[8];
		} submit;
		struct {
			uint32_t status, actual, start_frame, packets, errors;
			uint8_t padding[8];
		} submitted;
		struct {
			uint32_t victim;
			uint8_t padding[24];
		} unlink;
		struct {
			uint32_t status;
			uint8_t padding[24];
		} unlinked;
	};
};

struct packet {
	uint32_t offset, length, actual, status;
};

/* What the host asked for and has not got yet. */
struct urb {
	struct urb *next;
	struct pdu head;
	uint32_t length;
	unsigned packet_count;
	struct packet packets[];
};

struct usbip {
	struct transport transport;
	unsigned port;
	enum usb_device_speed speed;
	int socket;
	pthread_mutex_t send_lock; /* one answer at a time */
	pthread_mutex_t lock;      /* the list */
	pthread_cond_t arrived;
	struct urb *urbs;   /* oldest first */
	struct pdu control; /* the control request being answered */
	uint8_t control_data[CONTROL_BYTES];
	uint64_t slot_ns[16]; /* when the bus is free again, by endpoint */
};

static struct usbip *usbip_of(struct transport *transport)
{
	return (struct usbip *)transport;
}

static int read_all(struct usbip *usbip, void *data, size_t length)
{
	uint8_t *at = data;

	while (length) {
		ssize_t got = read(usbip->socket, at, length);

		if (got == 0 || (got < 0 && errno != EINTR))
			return -ENODEV;
		if (got > 0) {
			at += got;
			length -= got;
		}
	}
	return 0;
}

static int write_all(struct usbip *usbip, struct iovec *parts, int count)
{
	int ret = 0;

	pthread_mutex_lock(&usbip->send_lock);
	while (count && !ret) {
		ssize_t sent = writev(usbip->socket, parts, count);

		if (sent < 0 && errno != EINTR)
			ret = -ENODEV;
		for (; sent >= 0 && count && (size_t)sent >= parts->iov_len; parts++, count--)
			sent -= parts->iov_len;
		if (sent > 0 && count) {
			parts->iov_base = (uint8_t *)parts->iov_base + sent;
			parts->iov_len -= sent;
		}
	}
	pthread_mutex_unlock(&usbip->send_lock);
	return ret;
}

static int answer(struct usbip *usbip, const struct pdu *to, int status, const void *data,
		  uint32_t length, struct packet *packets, unsigned packet_count)
{
	struct pdu head = {
		.command = htonl(RET_SUBMIT),
		.sequence = to->sequence,
		.submitted = { .status = htonl(status),
			       .actual = htonl(length),
			       .start_frame = to->submit.start_frame,
			       .packets = htonl(packet_count) },
	};
	struct iovec parts[] = {
		{ &head, sizeof(head) },
		{ (void *)data, data ? length : 0 },
		{ packets, packet_count * sizeof(*packets) },
	};

	return write_all(usbip, parts, 3);
}

static int usbip_connect(struct transport *transport)
{
	struct usbip *usbip = usbip_of(transport);
	char line[64];
	int ends[2], fd, length, ret = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	usbip->socket = ends[0];
	/* Port, socket, any id that is unique, speed. */
	length = snprintf(line, sizeof(line), "%u %d %u %u", usbip->port, ends[1],
			  usbip->port + 2, usbip->speed);
	fd = open("/sys/devices/platform/vhci_hcd.0/attach", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, length) != length)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	close(ends[1]);
	return ret;
}

/* The host takes a request back, unless it is answered by now. */
static int unlink_urb(struct usbip *usbip, const struct pdu *request)
{
	struct pdu head = { .command = htonl(RET_UNLINK), .sequence = request->sequence };
	struct iovec part = { &head, sizeof(head) };
	struct urb **link, *urb;

	pthread_mutex_lock(&usbip->lock);
	link = &usbip->urbs;
	while (*link && (*link)->head.sequence != request->unlink.victim)
		link = &(*link)->next;
	urb = *link;
	if (urb)
		*link = urb->next;
	pthread_mutex_unlock(&usbip->lock);
	head.unlinked.status = htonl(urb ? -ECONNRESET : 0);
	free(urb);
	return write_all(usbip, &part, 1);
}

static int keep_urb(struct usbip *usbip, const struct pdu *request)
{
	unsigned packets = ntohl(request->submit.packets);
	struct urb *urb, **link;
	int ret;

	/* -1 where there are none. */
	if (packets > MAX_PACKETS)
		packets = 0;
	urb = calloc(1, sizeof(*urb) + packets * sizeof(*urb->packets));
	if (!urb)
		return -ENOMEM;
	urb->head = *request;
	urb->length = ntohl(request->submit.length);
	urb->packet_count = packets;
	ret = read_all(usbip, urb->packets, packets * sizeof(*urb->packets));
	if (ret) {
		free(urb);
		return ret;
	}
	pthread_mutex_lock(&usbip->lock);
	for (link = &usbip->urbs; *link; link = &(*link)->next)
		continue;
	*link = urb;
	pthread_cond_broadcast(&usbip->arrived);
	pthread_mutex_unlock(&usbip->lock);
	return 0;
}

static int keep_control(struct usbip *usbip, const struct pdu *request)
{
	uint32_t length = ntohl(request->submit.length);

	usbip->control = *request;
	if (ntohl(request->direction) || !length)
		return 0;
	return length > CONTROL_BYTES ? -EPROTO :
					read_all(usbip, usbip->control_data, length);
}

static int usbip_next(struct transport *transport, enum transport_event *event,
		      struct usb_ctrlrequest *setup)
{
	struct usbip *usbip = usbip_of(transport);
	struct pdu request;
	int ret;

	for (;;) {
		ret = read_all(usbip, &request, sizeof(request));
		if (ret)
			return ret;
		if (ntohl(request.command) == CMD_UNLINK) {
			ret = unlink_urb(usbip, &request);
		} else if (request.endpoint) {
			ret = keep_urb(usbip, &request);
		} else {
			*event = EVENT_SETUP;
			memcpy(setup, request.submit.setup, sizeof(*setup));
			return keep_control(usbip, &request);
		}
		if (ret)
			return ret;
	}
}

static int usbip_reply(struct transport *transport, const void *data, size_t length,
		       size_t wanted)
{
	struct usbip *usbip = usbip_of(transport);

	return answer(usbip, &usbip->control, 0, data, length < wanted ? length : wanted,
		      NULL, 0);
}

static int usbip_receive(struct transport *transport, void *data, size_t length)
{
	struct usbip *usbip = usbip_of(transport);

	memcpy(data, usbip->control_data, length);
	return answer(usbip, &usbip->control, 0, NULL, length, NULL, 0);
}

static int usbip_stall(struct transport *transport)
{
	struct usbip *usbip = usbip_of(transport);

	return answer(usbip, &usbip->control, -EPIPE, NULL, 0, NULL, 0);
}

static int usbip_enable(struct transport *transport,
			const struct usb_endpoint_descriptor *endpoints, unsigned count)
{
	return 0;
}

static void usbip_disable(struct transport *transport)
{
}

/* The oldest request on an endpoint; waits for one, NULL once *go is false. */
static struct urb *take_urb(struct usbip *usbip, uint8_t endpoint, const atomic_bool *go)
{
	uint32_t number = htonl(endpoint & USB_ENDPOINT_NUMBER_MASK);
	struct urb **link, *urb = NULL;

	pthread_mutex_lock(&usbip->lock);
	while (!urb && *go) {
		link = &usbip->urbs;
		while (*link && (*link)->head.endpoint != number)
			link = &(*link)->next;
		urb = *link;
		if (urb)
			*link = urb->next;
		else
			pthread_cond_wait(&usbip->arrived, &usbip->lock);
	}
	pthread_mutex_unlock(&usbip->lock);
	return urb;
}

static int usbip_send(struct transport *transport, uint8_t endpoint, const void *data,
		      size_t length, bool end, const atomic_bool *go)
{
	struct usbip *usbip = usbip_of(transport);
	const uint8_t *at = data;
	bool more;

	do {
		struct urb *urb = take_urb(usbip, endpoint, go);
		uint32_t part;
		int ret;

		if (!urb)
			return -ECANCELED;
		part = length < urb->length ? length : urb->length;
		ret = answer(usbip, &urb->head, 0, at, part, NULL, 0);
		at += part;
		length -= part;
		/* A request that is filled to the end does not tell that the transfer ends. */
		more = length || (end && part == urb->length);
		free(urb);
		if (ret)
			return ret;
	} while (more);
	return 0;
}

/* Fills the packets of one request; their bytes go without gaps. False when there are no more. */
static bool fill_packets(struct urb *urb, struct packet_source *source, uint8_t *data,
			 uint32_t *used)
{
	bool more = true;

	*used = 0;
	for (unsigned i = 0; i < urb->packet_count; i++) {
		struct packet *packet = &urb->packets[i];
		uint32_t room = ntohl(packet->length);
		bool lost = false;
		size_t length = 0;

		if (more && *used + room <= urb->length)
			length = source->next(source, data + *used, room, &lost);
		more = more && length;
		packet->actual = htonl(lost ? 0 : length);
		packet->status = htonl(lost ? -EPROTO : 0);
		*used += lost ? 0 : length;
	}
	return more;
}

/*
 * Waits until the bus would have carried these packets. Who was late for reasons of the lab may
 * catch up a little, else every delay would add to the time of a frame.
 */
static void wait_for_slot(struct usbip *usbip, uint8_t endpoint, unsigned packets)
{
	uint64_t *slot_ns = &usbip->slot_ns[endpoint & USB_ENDPOINT_NUMBER_MASK];
	uint64_t now_ns = clock_now_ns();
	unsigned slot = usbip->speed == USB_SPEED_HIGH ? SLOT_NS : 8 * SLOT_NS;
	struct timespec until;

	if (*slot_ns + CATCH_UP_NS < now_ns)
		*slot_ns = now_ns;
	*slot_ns += (uint64_t)packets * slot;
	until.tv_sec = *slot_ns / 1000000000;
	until.tv_nsec = *slot_ns % 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int answer_packets(struct usbip *usbip, uint8_t endpoint, struct urb *urb,
			  struct packet_source *source, bool *more)
{
	uint8_t *data = malloc(urb->length);
	uint32_t used;
	int ret;

	if (!data)
		return -ENOMEM;
	*more = fill_packets(urb, source, data, &used);
	wait_for_slot(usbip, endpoint, urb->packet_count);
	ret = answer(usbip, &urb->head, 0, data, used, urb->packets, urb->packet_count);
	free(data);
	return ret;
}

static int usbip_send_packets(struct transport *transport, uint8_t endpoint,
			      struct packet_source *source, const atomic_bool *go)
{
	struct usbip *usbip = usbip_of(transport);
	bool more = true;
	int ret = 0;

	while (more && !ret) {
		struct urb *urb = take_urb(usbip, endpoint, go);

		if (!urb)
			return -ECANCELED;
		ret = answer_packets(usbip, endpoint, urb, source, &more);
		free(urb);
	}
	return ret;
}

/* A halted endpoint answers the host's next request with that. */
static int usbip_halt(struct transport *transport, uint8_t endpoint, bool halt)
{
	struct usbip *usbip = usbip_of(transport);
	const atomic_bool go = true;
	struct urb *urb;
	int ret;

	if (!halt)
		return 0;
	urb = take_urb(usbip, endpoint, &go);
	ret = answer(usbip, &urb->head, -EPIPE, NULL, 0, NULL, 0);
	free(urb);
	return ret;
}

static void usbip_wake(struct transport *transport, pthread_t thread)
{
	struct usbip *usbip = usbip_of(transport);

	pthread_mutex_lock(&usbip->lock);
	pthread_cond_broadcast(&usbip->arrived);
	pthread_mutex_unlock(&usbip->lock);
}

static void usbip_destroy(struct transport *transport)
{
	struct usbip *usbip = usbip_of(transport);
	struct urb *urb;

	if (!transport)
		return;
	if (usbip->socket >= 0)
		close(usbip->socket);
	while ((urb = usbip->urbs)) {
		usbip->urbs = urb->next;
		free(urb);
	}
	free(usbip);
}

static const struct transport_ops usbip_ops = {
	.connect = usbip_connect,
	.next = usbip_next,
	.reply = usbip_reply,
	.receive = usbip_receive,
	.stall = usbip_stall,
	.enable = usbip_enable,
	.disable = usbip_disable,
	.send = usbip_send,
	.send_packets = usbip_send_packets,
	.halt = usbip_halt,
	.wake = usbip_wake,
	.destroy = usbip_destroy,
};

int usbip_create(unsigned port, enum usb_device_speed speed, struct transport **transport)
{
	struct usbip *usbip = calloc(1, sizeof(*usbip));

	if (!usbip)
		return -ENOMEM;
	usbip->transport.ops = &usbip_ops;
	usbip->port = port;
	usbip->speed = speed;
	usbip->socket = -1;
	pthread_mutex_init(&usbip->send_lock, NULL);
	pthread_mutex_init(&usbip->lock, NULL);
	pthread_cond_init(&usbip->arrived, NULL);
	*transport = &usbip->transport;
	return 0;
}
