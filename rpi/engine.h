/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exposure, white balance and the ISP's controls of each frame. */
#ifndef RAWLINE_RPI_ENGINE_H
#define RAWLINE_RPI_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "rpi/rpi.h"

/*
 * Works out the first values and writes them to the sensor and, if it is used, to the ISP. The
 * plan is what was set up. 0 or -errno; said.
 */
int rpi_engine_create(struct rpi *rpi, const struct options *options,
		      const struct rpi_plan *plan, struct rpi_engine **engine);
void rpi_engine_destroy(struct rpi_engine *engine);

/* Exposure or white balance follow what is measured. */
bool rpi_engine_needs_stats(const struct rpi_engine *engine);

/* The functions of struct capture_engine; device is a struct rpi. */
int rpi_engine_start(void *device);
bool rpi_engine_is_steady(void *device);
void rpi_engine_settings(void *device, const struct frame *frame,
			 struct sidecar_settings *settings);
int rpi_engine_process(void *device, const struct frame *raw);

/* Those of struct capture_stream: the image node's events, embedded data, statistics. */
int rpi_engine_event(void *device);
int rpi_engine_read_embedded(void *device, const struct frame *frame);
int rpi_engine_observe(void *device, const struct frame *frame);

#endif
