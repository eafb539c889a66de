/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side-car NAME.json beside a RAW file: everything needed to read the bytes back. Its
 * fields are in rawline-report(5).
 */
#ifndef RAWLINE_SIDECAR_H
#define RAWLINE_SIDECAR_H

#include <stdbool.h>
#include <stdint.h>

struct frame;

/* What the sensor was set to when it made a frame. */
struct sidecar_settings {
	uint64_t exposure_ns; /* 0: unknown */
	uint32_t gain_milli;  /* thousandths, 1000 is no gain; 0: unknown */
	bool has_black_level;
	uint32_t black_level; /* in the samples' own scale */
};

/* Fills in what is known; the struct comes zeroed. Called in the loop's thread. */
typedef void sidecar_settings_fn(void *context, const struct frame *frame,
				 struct sidecar_settings *settings);

#endif
