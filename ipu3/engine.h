/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exposure, white balance and the parameters of each frame. */
#ifndef RAWLINE_IPU3_ENGINE_H
#define RAWLINE_IPU3_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipu3/ipu3.h"

/*
 * Works out the first values and writes them to the sensor (nothing else is touched). The plan
 * is what was set up. 0 or -errno; said.
 */
int ipu3_engine_create(struct ipu3 *ipu3, const struct options *options,
		       const struct ipu3_plan *plan, struct ipu3_engine **engine);
void ipu3_engine_destroy(struct ipu3_engine *engine);

/* Exposure or white balance follow what is measured. */
bool ipu3_engine_needs_stats(const struct ipu3_engine *engine);

/* The functions of struct capture_engine; device is a struct ipu3. */
int ipu3_engine_start(void *device);
void ipu3_engine_stop(void *device);
unsigned ipu3_engine_polls(void *device, struct capture_poll *polls);
bool ipu3_engine_is_steady(void *device);
void ipu3_engine_settings(void *device, const struct frame *frame,
			  struct sidecar_settings *settings);

/* Those of struct capture_stream: sees statistics, fills parameters. */
int ipu3_engine_observe(void *device, const struct frame *frame);
bool ipu3_engine_has_news(void *device);
uint32_t ipu3_engine_fill(void *device, struct buffer *buffer, const struct frame *raw);

#endif
