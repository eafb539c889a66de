// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptors of a camera: USB Video Class 1.1, chapter 3 and the payload documents. */
#include "test/lab/uvc/descriptor.h"

#include <errno.h>
#include <linux/usb/video.h>
#include <stdbool.h>
#include <string.h>

#include "test/lab/uvc/wire.h"

enum { STRING_LANGUAGES, STRING_MANUFACTURER, STRING_PRODUCT, STRING_SERIAL };
enum { POWER_2MA = 250, CLOCK_HZ = 1000000, STATUS_BYTES = 16 };

/* The frame-based pair, which the kernel's header doesn't have. */
enum { FORMAT_FRAME_BASED = 0x10, FRAME_FRAME_BASED = 0x11 };

static const uint8_t extension_guid[16] = "rawline-lab-unit";

/* Bytes appended one after the other; what doesn't fit is counted but not written. */
struct writer {
	uint8_t *data;
	size_t size;
	size_t length;
};

static void add_byte(struct writer *writer, uint8_t value)
{
	if (writer->length < writer->size)
		writer->data[writer->length] = value;
	writer->length++;
}

/* Several at once: every field of one byte that a descriptor has in a row. */
#define add_bytes(writer, ...)                             \
	add_data(writer, (const uint8_t[]){ __VA_ARGS__ }, \
		 sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void add_data(struct writer *writer, const void *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		add_byte(writer, ((const uint8_t *)data)[i]);
}

static void add_le16(struct writer *writer, uint16_t value)
{
	add_bytes(writer, value & 0xff, value >> 8);
}

static void add_le32(struct writer *writer, uint32_t value)
{
	add_le16(writer, value & 0xffff);
	add_le16(writer, value >> 16);
}

static void patch_le16(struct writer *writer, size_t at, size_t value)
{
	if (at + 2 <= writer->size)
		put_le16(writer->data + at, (uint16_t)value);
}

/* Ends a descriptor that began at start: its length, which a broken camera may have wrong. */
static void end_descriptor(struct writer *writer, size_t start, uint8_t cut)
{
	if (cut && writer->length > start + cut)
		writer->length = start + cut;
	if (start < writer->size)
		writer->data[start] = (uint8_t)(writer->length - start);
}

uint8_t descriptor_video_endpoint(unsigned stream)
{
	static const uint8_t addresses[PROFILE_STREAMS] = { 0x81, 0x86, 0x8b };

	return addresses[stream];
}

struct usb_endpoint_descriptor descriptor_bulk(const struct profile *profile, unsigned stream)
{
	return (struct usb_endpoint_descriptor){
		.bLength = USB_DT_ENDPOINT_SIZE,
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = descriptor_video_endpoint(stream),
		.bmAttributes = USB_ENDPOINT_XFER_BULK,
		.wMaxPacketSize = profile->speed == SPEED_FULL ? 64 : 512,
	};
}

struct usb_endpoint_descriptor descriptor_status(void)
{
	return (struct usb_endpoint_descriptor){
		.bLength = USB_DT_ENDPOINT_SIZE,
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = ENDPOINT_STATUS,
		.bmAttributes = USB_ENDPOINT_XFER_INT,
		.wMaxPacketSize = STATUS_BYTES,
		.bInterval = 8,
	};
}

static void add_endpoint(struct writer *writer, const struct usb_endpoint_descriptor *endpoint)
{
	add_data(writer, endpoint, USB_DT_ENDPOINT_SIZE);
}

static void add_interface(struct writer *writer, uint8_t number, uint8_t altsetting,
			  uint8_t endpoints, uint8_t subclass)
{
	add_bytes(writer, USB_DT_INTERFACE_SIZE, USB_DT_INTERFACE, number, altsetting,
		  endpoints, USB_CLASS_VIDEO, subclass, 0, 0);
}

static void add_camera_terminal(struct writer *writer, const struct controls *controls)
{
	uint32_t bits = control_bits(controls, UNIT_CAMERA);

	add_bytes(writer, 18, USB_DT_CS_INTERFACE, UVC_VC_INPUT_TERMINAL, UNIT_CAMERA);
	add_le16(writer, UVC_ITT_CAMERA);
	add_bytes(writer, 0, 0);
	/* No optical zoom: focal lengths 0. */
	add_le16(writer, 0);
	add_le16(writer, 0);
	add_le16(writer, 0);
	add_bytes(writer, 3, bits & 0xff, bits >> 8 & 0xff, bits >> 16 & 0xff);
}

/* The standard's first version knew no analog video standards. */
static void add_processing_unit(struct writer *writer, const struct profile *profile)
{
	uint32_t bits = control_bits(&profile->controls, UNIT_PROCESSING);
	size_t start = writer->length;

	add_bytes(writer, 0, USB_DT_CS_INTERFACE, UVC_VC_PROCESSING_UNIT, UNIT_PROCESSING,
		  UNIT_CAMERA);
	add_le16(writer, 0);
	add_bytes(writer, 3, bits & 0xff, bits >> 8 & 0xff, bits >> 16 & 0xff, 0);
	if (profile->version >= 0x0110)
		add_byte(writer, 0);
	end_descriptor(writer, start, 0);
}

static void add_extension_unit(struct writer *writer, const struct controls *controls)
{
	add_bytes(writer, 26, USB_DT_CS_INTERFACE, UVC_VC_EXTENSION_UNIT, UNIT_EXTENSION);
	add_data(writer, extension_guid, sizeof(extension_guid));
	add_bytes(writer, control_count(controls, UNIT_EXTENSION), 1, UNIT_PROCESSING, 1,
		  control_bits(controls, UNIT_EXTENSION) & 0xff, 0);
}

static bool has_extension(const struct profile *profile)
{
	return control_count(&profile->controls, UNIT_EXTENSION) > 0;
}

/* Each stream has an output terminal of its own; all draw from the last unit. */
static uint8_t output_terminal(unsigned stream)
{
	return stream ? 0x10 + stream : UNIT_OUTPUT;
}

static void add_output_terminal(struct writer *writer, const struct profile *profile,
				unsigned stream)
{
	add_bytes(writer, 9, USB_DT_CS_INTERFACE, UVC_VC_OUTPUT_TERMINAL,
		  output_terminal(stream));
	add_le16(writer, UVC_TT_STREAMING);
	add_bytes(writer, 0, has_extension(profile) ? UNIT_EXTENSION : UNIT_PROCESSING, 0);
}

static void add_control_interface(struct writer *writer, const struct profile *profile)
{
	struct usb_endpoint_descriptor status = descriptor_status();
	size_t start;

	add_interface(writer, INTERFACE_CONTROL, 0, 1, UVC_SC_VIDEOCONTROL);
	start = writer->length;
	add_bytes(writer, 12 + profile->stream_count, USB_DT_CS_INTERFACE, UVC_VC_HEADER);
	add_le16(writer, profile->version);
	add_le16(writer, 0);
	add_le32(writer, CLOCK_HZ);
	add_byte(writer, profile->stream_count);
	for (unsigned i = 0; i < profile->stream_count; i++)
		add_byte(writer, INTERFACE_STREAM + i);
	add_camera_terminal(writer, &profile->controls);
	add_processing_unit(writer, profile);
	if (has_extension(profile))
		add_extension_unit(writer, &profile->controls);
	for (unsigned i = 0; i < profile->stream_count; i++)
		add_output_terminal(writer, profile, i);
	patch_le16(writer, start + 5, writer->length - start);
	add_endpoint(writer, &status);
	add_bytes(writer, 5, USB_DT_CS_ENDPOINT, UVC_EP_INTERRUPT);
	add_le16(writer, STATUS_BYTES);
}

static void add_format(struct writer *writer, const struct profile_format *format)
{
	const struct kind *kind = format->kind;
	static const uint8_t subtypes[] = {
		[CLASS_UNCOMPRESSED] = UVC_VS_FORMAT_UNCOMPRESSED,
		[CLASS_MJPEG] = UVC_VS_FORMAT_MJPEG,
		[CLASS_FRAME_BASED] = FORMAT_FRAME_BASED,
	};
	size_t start = writer->length;

	add_bytes(writer, 0, USB_DT_CS_INTERFACE, subtypes[kind->class], format->index,
		  format->size_count);
	if (kind->class == CLASS_MJPEG) {
		/* All of one image has the same size. */
		add_byte(writer, 1);
	} else {
		add_data(writer, kind->guid, sizeof(kind->guid));
		add_byte(writer, kind_bits_per_pixel(kind));
	}
	/* Default size, aspect ratio, interlacing, copy protection. */
	add_bytes(writer, format->default_size, 0, 0, 0, 0);
	if (kind->class == CLASS_FRAME_BASED)
		add_byte(writer, 1);
	end_descriptor(writer, start, format->cut);
}

static void add_intervals(struct writer *writer, const struct profile_size *size)
{
	for (unsigned i = 0; i < size->interval_count; i++)
		add_le32(writer, size->intervals[i]);
}

static uint32_t frame_bytes(const struct profile_format *format,
			    const struct profile_size *size)
{
	if (size->claims_bytes)
		return size->claimed_bytes;
	return (uint32_t)kind_frame_bytes(format->kind, size->width, size->height);
}

static void add_frame(struct writer *writer, const struct profile_format *format,
		      const struct profile_size *size)
{
	static const uint8_t subtypes[] = {
		[CLASS_UNCOMPRESSED] = UVC_VS_FRAME_UNCOMPRESSED,
		[CLASS_MJPEG] = UVC_VS_FRAME_MJPEG,
		[CLASS_FRAME_BASED] = FRAME_FRAME_BASED,
	};
	uint32_t bytes = frame_bytes(format, size);
	size_t start = writer->length;
	uint8_t interval_type = size->stepwise ? 0 : size->interval_count;

	add_bytes(writer, 0, USB_DT_CS_INTERFACE, subtypes[format->kind->class],
		  size->index, 0);
	add_le16(writer, size->width);
	add_le16(writer, size->height);
	/* Bit rates: the driver reads them no further than that. */
	add_le32(writer, bytes);
	add_le32(writer, bytes * 8);
	if (format->kind->class != CLASS_FRAME_BASED)
		add_le32(writer, bytes);
	add_le32(writer, size->intervals[0]);
	add_byte(writer, interval_type);
	/* Bytes per line: not told, as of all compressed ones. */
	if (format->kind->class == CLASS_FRAME_BASED)
		add_le32(writer, 0);
	add_intervals(writer, size);
	end_descriptor(writer, start, size->cut);
}

static void add_formats(struct writer *writer, const struct profile_stream *stream)
{
	for (unsigned i = 0; i < stream->format_count; i++) {
		const struct profile_format *format = &stream->formats[i];

		add_format(writer, format);
		for (unsigned j = 0; j < format->size_count; j++)
			add_frame(writer, format, &format->sizes[j]);
		if (format->has_color)
			add_bytes(writer, 6, USB_DT_CS_INTERFACE, UVC_VS_COLORFORMAT,
				  format->color[0], format->color[1], format->color[2]);
	}
}

static void add_input_header(struct writer *writer, const struct profile *profile,
			     unsigned index)
{
	const struct profile_stream *stream = &profile->streams[index];
	uint8_t endpoint = stream->claimed_endpoint ? stream->claimed_endpoint :
						      descriptor_video_endpoint(index);

	add_bytes(writer, 13 + stream->format_count, USB_DT_CS_INTERFACE,
		  UVC_VS_INPUT_HEADER, stream->format_count);
	add_le16(writer, 0);
	add_bytes(writer, endpoint, 0, output_terminal(index), 0, 0, 0, 1);
	for (unsigned i = 0; i < stream->format_count; i++)
		add_byte(writer, 0);
}

static void add_altsettings(struct writer *writer, const struct profile *profile,
			    unsigned index)
{
	const struct profile_stream *stream = &profile->streams[index];

	for (unsigned i = 0; i < stream->altsetting_count; i++) {
		add_interface(writer, INTERFACE_STREAM + index, i + 1, 1,
			      UVC_SC_VIDEOSTREAMING);
		add_bytes(writer, USB_DT_ENDPOINT_SIZE, USB_DT_ENDPOINT,
			  descriptor_video_endpoint(index),
			  USB_ENDPOINT_XFER_ISOC | USB_ENDPOINT_SYNC_ASYNC);
		add_le16(writer, stream->altsettings[i]);
		add_byte(writer, 1);
	}
}

static void add_stream_interface(struct writer *writer, const struct profile *profile,
				 unsigned index)
{
	struct usb_endpoint_descriptor bulk = descriptor_bulk(profile, index);
	size_t start;

	add_interface(writer, INTERFACE_STREAM + index, 0, !profile->isochronous,
		      UVC_SC_VIDEOSTREAMING);
	start = writer->length;
	add_input_header(writer, profile, index);
	add_formats(writer, &profile->streams[index]);
	patch_le16(writer, start + 4, writer->length - start);
	if (profile->isochronous)
		add_altsettings(writer, profile, index);
	else
		add_endpoint(writer, &bulk);
}

int descriptor_build(struct descriptors *descriptors, const struct profile *profile)
{
	struct writer writer = { .data = descriptors->config,
				 .size = sizeof(descriptors->config) };
	uint8_t interfaces = 1 + profile->stream_count;

	add_bytes(&writer, USB_DT_CONFIG_SIZE, USB_DT_CONFIG, 0, 0, interfaces, 1, 0,
		  USB_CONFIG_ATT_ONE, POWER_2MA);
	add_bytes(&writer, USB_DT_INTERFACE_ASSOCIATION_SIZE,
		  USB_DT_INTERFACE_ASSOCIATION, INTERFACE_CONTROL, interfaces,
		  USB_CLASS_VIDEO, UVC_SC_VIDEO_INTERFACE_COLLECTION, 0, 0);
	add_control_interface(&writer, profile);
	for (unsigned i = 0; i < profile->stream_count; i++)
		add_stream_interface(&writer, profile, i);
	if (writer.length > writer.size)
		return -ENOSPC;
	patch_le16(&writer, 2, writer.length);
	descriptors->length = writer.length;
	return 0;
}

struct usb_device_descriptor descriptor_device(const struct profile *profile)
{
	return (struct usb_device_descriptor){
		.bLength = USB_DT_DEVICE_SIZE,
		.bDescriptorType = USB_DT_DEVICE,
		.bcdUSB = 0x0200,
		.bDeviceClass = USB_CLASS_MISC,
		.bDeviceSubClass = 2,
		.bDeviceProtocol = 1,
		.bMaxPacketSize0 = 64,
		.idVendor = profile->vendor,
		.idProduct = profile->product,
		.bcdDevice = 0x0100,
		.iManufacturer = profile->manufacturer_name.present ? STRING_MANUFACTURER : 0,
		.iProduct = profile->product_name.present ? STRING_PRODUCT : 0,
		.iSerialNumber = profile->serial.present ? STRING_SERIAL : 0,
		.bNumConfigurations = 1,
	};
}

static const struct profile_string *string_at(const struct profile *profile, unsigned index)
{
	switch (index) {
	case STRING_MANUFACTURER:
		return &profile->manufacturer_name;
	case STRING_PRODUCT:
		return &profile->product_name;
	case STRING_SERIAL:
		return &profile->serial;
	default:
		return NULL;
	}
}

size_t descriptor_string(const struct profile *profile, unsigned index, uint8_t *text)
{
	static const uint8_t languages[] = { 4, USB_DT_STRING, 0x09, 0x04 };
	const struct profile_string *string = string_at(profile, index);
	size_t length = 2;

	if (index == STRING_LANGUAGES) {
		memcpy(text, languages, sizeof(languages));
		return sizeof(languages);
	}
	if (!string || !string->present)
		return 0;
	for (unsigned i = 0; i < string->length; i++, length += 2)
		put_le16(text + length, string->units[i]);
	text[0] = (uint8_t)length;
	text[1] = USB_DT_STRING;
	return length;
}
