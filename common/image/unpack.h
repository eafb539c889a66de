/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples of RAW and grey lines, however they are packed, as 16-bit words. */
#ifndef RAWLINE_UNPACK_H
#define RAWLINE_UNPACK_H

#include <stdint.h>

struct format_info;
struct kernels;

/*
 * Reads the samples of one line, width of them, right-justified: 10-bit samples become
 * 0 … 1023. What a driver leaves in the bits above them is cut off. The line may begin at any
 * address; no byte behind its last sample's group is read, no sample behind the last written.
 */
typedef void unpack_fn(const uint8_t *line, uint16_t *samples, uint32_t width, unsigned bits);

/*
 * The function for this format that is the fastest on this processor; NULL if there is none,
 * or it has no samples of its own.
 */
unpack_fn *unpack_find(const struct format_info *format);

/* The same from one set of loops, to compare them. */
unpack_fn *unpack_find_in(const struct format_info *format, const struct kernels *kernels);

#endif
