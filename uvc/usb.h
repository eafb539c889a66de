/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The USB that a camera hangs on: how fast it runs, what its endpoint and its bus carry.
 *
 * Rests on Documentation/ABI/stable/sysfs-bus-usb (speed, version, descriptors), and on the USB
 * specification 2.0, 5.6.3 (isochronous), 5.8.3 (bulk) and 9.6 (descriptors).
 */
#ifndef RAWLINE_UVC_USB_H
#define RAWLINE_UVC_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uvc_usb {
	unsigned speed_mbit;  /* that it runs at: 12, 480, 5000 …; 0: not known */
	unsigned version_bcd; /* that it is made for: 0x0200; 0: not known */
	bool is_isochronous;  /* frames have a share of the bus to themselves */
	uint64_t stream_bytes; /* a second, that its fastest setting carries; 0: not known */
	unsigned bus_cameras; /* on this bus, this one among them */
	uint64_t bus_bytes;   /* a second, of the fastest settings of all of them */
	uint64_t bus_limit;   /* what the bus keeps for that; 0: not known */
};

/*
 * The USB device that a media device ("/dev/media0") hangs on. False if it is none. sysfs is
 * "/sys", or a folder like it (for tests).
 */
bool uvc_usb_read(const char *sysfs, const char *media, struct uvc_usb *usb);

/*
 * Bytes a second that the fastest alternate setting of its streaming interfaces carries, from
 * the descriptors as the device sent them; 0 if there is none.
 */
uint64_t uvc_usb_stream_bytes(const uint8_t *descriptors, size_t size,
			      unsigned speed_mbit, bool *is_isochronous);

#endif
