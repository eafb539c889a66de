/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sensor and its automatic exposure. In light of 100 per cent the default exposure time
 * gives a good picture. Automatic exposure takes as much time as it needs, up to the frame
 * interval; with exposure_priority on it may take up to the maximum of exposure_time, and the
 * frames come slower. A manual exposure longer than the interval slows them down too.
 */
#ifndef RAWLINE_UVC_EXPOSURE_H
#define RAWLINE_UVC_EXPOSURE_H

#include <stdint.h>

#include "test/lab/uvc/control.h"
#include "test/lab/uvc/picture.h"

struct exposure {
	uint32_t time_100us;
	uint64_t frame_ns; /* from this frame to the next */
	struct picture_look look;
};

/* What comes of the light, in per cent, the controls and the frame interval in 100 ns. */
struct exposure exposure_compute(const struct controls *controls, unsigned light,
				 uint32_t interval);

#endif
