/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Automatic exposure: from the zones of a frame to exposure time and gains for the frames
 * to come.
 *
 * Each frame tells how bright the scene is, whatever made the frame, because its zones carry
 * the settings that did. So values that are still on their way to the sensor do not matter,
 * and nothing swings, however long that way is.
 *
 *	struct ipa_exposure_config config = ipa_exposure_defaults();
 *
 *	ipa_exposure_init(&exposure, &config, &sensor);
 *	ipa_delays_init(&delays, sensor.model->delays, &exposure.next);
 *	for each frame's statistics:
 *		ipa_delays_get(&delays, zones.sequence, &values);
 *		ipa_sensor_settings(&sensor, &values, &zones.made_by);
 *		ipa_exposure_process(&exposure, &zones);
 *		ipa_delays_want(&delays, &exposure.next);
 */
#ifndef RAWLINE_IPA_EXPOSURE_H
#define RAWLINE_IPA_EXPOSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ipa/sensor.h"
#include "common/ipa/zones.h"

/* The light of lamps on 50 Hz and 60 Hz mains swings with these periods. */
#define IPA_FLICKER_50HZ_NS 10000000
#define IPA_FLICKER_60HZ_NS 8333333

enum ipa_metering {
	IPA_METERING_AVERAGE,
	IPA_METERING_CENTRE, /* the middle counts up to 16 times as much as a corner */
};

struct ipa_exposure_config {
	double target;     /* mean luminance wanted, 0 to 1, linear */
	double bias_stops; /* brighter (above 0) or darker than that */
	double speed;      /* share of the way to go in one frame, above 0 to 1 */
	enum ipa_metering metering;
	uint64_t flicker_ns; /* long exposures are multiples of this; 0: any */

	uint64_t frame_ns;        /* how long a frame may last; 0: as VBLANK has it */
	uint64_t max_exposure_ns; /* 0: as long as the frame allows */
	double max_analogue;      /* 0: as far as the sensor goes */
	/*
	 * Digital gain makes up for the steps of the others, and goes on where they end. The
	 * sensor's own is used where it has one; else what the platform applies. 1: none.
	 */
	double max_digital;

	uint64_t manual_exposure_ns; /* above 0: this, gain does the rest */
	double manual_gain;          /* above 0: analogue and digital together are this */
};

struct ipa_exposure {
	struct ipa_exposure_config config;
	const struct ipa_sensor *sensor;

	/* The result: what the frames to come shall have, and the same for the sensor. */
	struct ipa_settings settings;
	struct ipa_values next;
	/* Digital gain that is left for the platform to apply, as the sensor has none. */
	double platform_digital;
	bool is_settled; /* near the target, or as near as the limits allow */
	double luma;     /* mean luminance of the last frame that was measured, 0 to 1 */

	double total; /* exposure in ns times gains: where the way has led so far */
	unsigned frames;
	unsigned strays; /* frames one after the other that were off the target */
	bool is_starting;
};

/* Target 0.16, average metering, a fifth of the way a frame, no limits of ours. */
struct ipa_exposure_config ipa_exposure_defaults(void);

/*
 * Starts with 10 ms (or the longest that is possible below that) at the lowest gain, or with
 * the manual values; next is filled for the sensor's start. The sensor is lent and must
 * have its ranges; VBLANK in next follows frame_ns.
 */
void ipa_exposure_init(struct ipa_exposure *exposure,
		       const struct ipa_exposure_config *config,
		       const struct ipa_sensor *sensor);

/* Takes other wishes while it runs; the next result obeys. */
void ipa_exposure_configure(struct ipa_exposure *exposure,
			    const struct ipa_exposure_config *config);

/*
 * Takes what was measured of one frame and sets the result. Returns true if the result
 * is another one than before. Frames without any measurement change nothing; those that
 * were flagged as bad by the driver, or made before the sensor was steady, should not
 * be handed in.
 */
bool ipa_exposure_process(struct ipa_exposure *exposure, const struct ipa_zones *zones);

#endif
