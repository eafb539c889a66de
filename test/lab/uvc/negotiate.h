/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block of the probe and commit controls, and what the camera makes of the host's wishes. */
#ifndef RAWLINE_UVC_NEGOTIATE_H
#define RAWLINE_UVC_NEGOTIATE_H

#include <stddef.h>
#include <stdint.h>

#include "test/lab/uvc/profile.h"

#define NEGOTIATE_BYTES 48

/* What a block that negotiate() has made asks for. */
struct negotiated {
	const struct profile_format *format;
	const struct profile_size *size;
	uint32_t interval; /* 100 ns */
	uint32_t payload;
};

/* Length of the block in the profile's version of the standard. */
size_t negotiate_bytes(const struct profile *profile);

/* Makes a block of wishes valid: the nearest that stream can do, and its own numbers. */
void negotiate(const struct profile *profile, unsigned stream, uint8_t *block);

struct negotiated negotiate_result(const struct profile *profile, unsigned stream,
				   const uint8_t *block);

#endif
