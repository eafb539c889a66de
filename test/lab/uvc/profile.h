/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a camera is, read from a text file; README.md lists the words. A profile may describe
 * a camera that is broken: only what can't be put into a descriptor at all is refused.
 */
#ifndef RAWLINE_UVC_PROFILE_H
#define RAWLINE_UVC_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "test/lab/uvc/control.h"
#include "test/lab/uvc/kind.h"

enum {
	PROFILE_STREAMS = 3,
	PROFILE_FORMATS = 8,
	PROFILE_SIZES = 16,
	PROFILE_INTERVALS = 8,
	PROFILE_ALTSETTINGS = 8,
	PROFILE_STRING = 126, /* units of UTF-16, what a descriptor holds */
};

/* A string of the device in units of UTF-16, which need not be valid. */
struct profile_string {
	bool present;
	unsigned length;
	uint16_t units[PROFILE_STRING];
};

/* A size of a format, and at which intervals, in 100 ns. */
struct profile_size {
	uint16_t width;
	uint16_t height;
	unsigned interval_count; /* 0: the list is missing */
	bool stepwise;           /* the intervals are least, most and step */
	uint32_t intervals[PROFILE_INTERVALS];
	uint8_t index;     /* in the descriptor */
	uint8_t cut;       /* 0, or the length that the descriptor is cut to */
	bool claims_bytes; /* claimed_bytes instead of the true dwMaxVideoFrameSize */
	uint32_t claimed_bytes;
};

struct profile_format {
	const struct kind *kind;
	uint8_t index;
	uint8_t cut;
	uint8_t default_size; /* index of a size */
	bool has_color;
	uint8_t color[3]; /* primaries, transfer, matrix as in the color matching descriptor */
	unsigned size_count;
	struct profile_size sizes[PROFILE_SIZES];
};

/* A streaming interface, and the node that comes of it. */
struct profile_stream {
	unsigned format_count;
	struct profile_format formats[PROFILE_FORMATS];
	unsigned altsetting_count;
	uint16_t altsettings[PROFILE_ALTSETTINGS]; /* wMaxPacketSize of an isochronous endpoint */
	uint32_t payload; /* largest; 0: a frame (bulk) or what the frame rate needs */
	uint8_t claimed_endpoint; /* 0, or a wrong address in the header */
};

enum profile_speed { SPEED_FULL, SPEED_HIGH };

/* How the JPEG images are. */
struct profile_jpeg {
	bool no_huffman;  /* leave the DHT segments out */
	bool avi1;        /* APP0 says AVI1, not JFIF */
	bool half_width;  /* chroma sampled 4:2:2, not 4:2:0 */
	uint32_t padding; /* zeros after the end */
};

struct profile {
	uint16_t vendor;
	uint16_t product;
	struct profile_string manufacturer_name;
	struct profile_string product_name;
	struct profile_string serial;
	enum profile_speed speed;
	uint16_t version; /* bcdUVC */
	uint8_t header_bytes;
	bool isochronous;
	bool careless; /* a slave of an automatic master takes what it is told, and ignores it */
	struct profile_jpeg jpeg;
	struct controls controls;
	unsigned stream_count;
	struct profile_stream streams[PROFILE_STREAMS];
};

/*
 * Reads a profile. Returns 0, a negative errno of the file, or -EINVAL after naming file,
 * line and fault on standard error.
 */
int profile_read(struct profile *profile, const char *path);

/* Text with \xNN and \uNNNN into UTF-16; false if it is too long or an escape is wrong. */
bool profile_string_set(struct profile_string *string, const char *text);

#endif
