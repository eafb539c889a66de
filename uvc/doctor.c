// SPDX-License-Identifier: GPL-2.0-or-later
/* What --doctor looks at with a USB camera: the driver, and the bus. */
#include "uvc/doctor.h"

#include "common/base/format.h"
#include "common/device/media.h"
#include "common/tool/camera.h"
#include "uvc/usb.h"

static const char *const interfaces[] = { "usb:*ic0Eisc01*", NULL };

const struct doctor_driver uvc_doctor_drivers[] = {
	{
		.module = "uvcvideo",
		.option = "USB_VIDEO_CLASS",
		.bus = "usb",
		.driver = "uvcvideo",
		.modaliases = interfaces,
		.absent = "no USB camera is plugged in",
		.remedy = "plug one in; one that is in and does not show needs another port or "
			  "cable",
	},
	{ .module = NULL },
};

const struct doctor_parameter uvc_doctor_parameters[] = {
	{ "uvcvideo", "quirks", "4294967295",
	  "changes how all cameras are driven that are plugged in from now on" },
	{ "uvcvideo", "nodrop", "0", "lets damaged frames through" },
	{ "uvcvideo", "clock", "CLOCK_MONOTONIC",
	  "makes timestamps jump with the time of day" },
	{ "uvcvideo", "timeout", "5000", "changes how long the driver waits for an answer" },
	{ .module = NULL },
};

static double in_megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

static void check_speed(struct doctor *doctor, const char *subject, const struct uvc_usb *usb)
{
	if (usb->speed_mbit >= 480 || usb->version_bcd < 0x200) {
		doctor_fine(doctor, "usb", subject, "USB %x.%02x at %u Mbit/s",
			    usb->version_bcd >> 8, usb->version_bcd & 255, usb->speed_mbit);
		return;
	}
	doctor_warning(doctor, "usb-slow", subject,
		       "the camera is made for USB %x.%x and runs at %u Mbit/s",
		       usb->version_bcd >> 8, usb->version_bcd >> 4 & 15, usb->speed_mbit);
	doctor_remedy(doctor, "plug it into another port, without a hub or extension in between, "
			      "or change the cable");
}

/* Compressed frames have no size that is known. */
static uint64_t needed_bytes(const struct doctor_plan *plan)
{
	const struct capture_stream *stream = &plan->streams[0];
	const struct video_format *format = doctor_format(plan, stream->video);
	const struct format_info *info = format ? format_find(format->fourcc) : NULL;

	if (!info || info->kind == FORMAT_COMPRESSED || !stream->rate.denominator)
		return 0;
	return (uint64_t)format->size_bytes[0] * stream->rate.numerator /
	       stream->rate.denominator;
}

static void check_stream(struct doctor *doctor, const char *subject,
			 const struct uvc_usb *usb, uint64_t needed, const char *asked,
			 const char *lighter)
{
	if (!needed || !usb->stream_bytes)
		return;
	if (needed <= usb->stream_bytes) {
		doctor_fine(doctor, "usb-bandwidth", subject,
			    "%s needs %.1f MB/s, its connection carries %.1f", asked,
			    in_megabytes(needed), in_megabytes(usb->stream_bytes));
		return;
	}
	doctor_warning(doctor, "usb-bandwidth", subject,
		       "%s needs %.1f MB/s, and its connection carries %.1f at most",
		       asked, in_megabytes(needed), in_megabytes(usb->stream_bytes));
	doctor_remedy(doctor, "less is needed by, or more is there with:%s", lighter);
}

static void check_bus(struct doctor *doctor, const char *subject, const struct uvc_usb *usb)
{
	if (usb->bus_cameras < 2 || !usb->bus_limit || usb->bus_bytes <= usb->bus_limit)
		return;
	doctor_warning(doctor, "usb-shared", subject,
		       "%u cameras share this bus; their fastest settings take %.1f MB/s, and "
		       "it keeps %.1f for all",
		       usb->bus_cameras, in_megabytes(usb->bus_bytes),
		       in_megabytes(usb->bus_limit));
	doctor_remedy(doctor, "plug one into a port of another controller (lsusb -t shows them), "
			      "or let smaller pictures of both stream");
}

void uvc_doctor_bus(struct doctor *doctor, const struct doctor_plan *plan,
		    const char *asked, const char *lighter)
{
	const char *subject = plan->camera->id;
	struct uvc_usb usb;

	if (!uvc_usb_read("/sys", plan->media->path, &usb))
		return;
	check_speed(doctor, subject, &usb);
	check_stream(doctor, subject, &usb, needed_bytes(plan), asked, lighter);
	check_bus(doctor, subject, &usb);
}
