/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exposure and white balance of a camera whose processor measures its frames: what every
 * platform does around its own statistics and parameters.
 *
 *	FRAME_SYNC n ──▶ delays ──▶ exposure, gain ──▶ sensor (act on n + their delay)
 *	zones of n, with what was in force for n
 *	                   ├──▶ exposure ──▶ delays
 *	                   └──▶ white balance ──▶ what the processor shall do next
 *
 * A platform
 *	- calls algorithms_create() when the sensor has its mode: the first values get written
 *	- says with algorithms_acts() which processing acts from which frame on, beginning
 *	  with the first, as soon as it knows
 *	- calls algorithms_frame_started() when the descriptor of FRAME_SYNC has events
 *	- makes zones of each frame's statistics and hands them to algorithms_measure(),
 *	  which tells what of algorithms_wanted() is news for its parameters
 *
 * All is joined by sequence number: that of FRAME_SYNC, of statistics, and of frames.
 */
#ifndef RAWLINE_ALGORITHMS_H
#define RAWLINE_ALGORITHMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/device/sensor.h"
#include "common/ipa/history.h"
#include "common/ipa/sensor.h"
#include "common/ipa/tuning.h"
#include "common/ipa/zones.h"

struct algorithms;
struct frame;
struct log;
struct options;
struct sidecar_settings;

struct algorithms_setup {
	struct sensor_timing timing; /* of the mode that is set */
	int32_t vblank;              /* for the rate */
	bool is_measured; /* else raw alone: exposure and gain stay what they are */
	/* The processor's digital gain and the statistics behind it. */
	bool measures_digital_gain;
	double max_gain; /* of red and of blue, that the processor can do; 0: any */
};

/*
 * Before anything is set: refuses --exposure and --gain that the sensor has not in a mode, or
 * with --adjust says that the nearest will be taken; and a tuning file that can't be read.
 * sensor_plan_choose() does this. Touches nothing. 0 or -errno; said.
 */
int algorithms_check(struct log *log, struct sensor *sensor, const struct options *options,
		     const struct sensor_timing *timing, int32_t vblank);

/*
 * Before anything is set: refuses --awb=R,B beyond what the processor can do, max_gain between
 * the weakest colour and the strongest, or with --adjust says so. 0 or -EINVAL; said.
 */
int algorithms_check_balance(struct log *log, const struct options *options, double max_gain);

/*
 * Raw passes by the processor, which alone measures and crops: with nothing but raw, refuses what
 * could not have an effect. 0 or -EINVAL; said.
 */
int algorithms_check_raw_alone(struct log *log, const struct options *options);

/*
 * Works out the first values and writes them to the sensor; nothing else is touched. The
 * sensor and the log are lent. 0 or -errno; said.
 */
int algorithms_create(struct log *log, struct sensor *sensor, const struct options *options,
		      const struct algorithms_setup *setup, struct algorithms **algorithms);
void algorithms_destroy(struct algorithms *algorithms);

/* What is known of sensor and lens. */
const struct ipa_tuning *algorithms_tuning(const struct algorithms *algorithms);

/* What the processor shall do as soon as it can. */
const struct ipa_processing *algorithms_wanted(const struct algorithms *algorithms);

/*
 * This acts from that frame on; the first from 0. Returns the slot, below IPA_HISTORY_SLOTS,
 * for what a platform knows besides.
 */
unsigned algorithms_acts(struct algorithms *algorithms, uint32_t since,
			 const struct ipa_processing *processing);

/* The slot of what acted on a frame, and with it what that was (may be NULL). */
unsigned algorithms_acted(const struct algorithms *algorithms, uint32_t sequence,
			  const struct ipa_processing **processing);

/*
 * Takes all events of a descriptor that was subscribed to V4L2_EVENT_FRAME_SYNC (a sub-device
 * or a video node, by its names for sentences), and writes the sensor's controls that are
 * due. A sensor that refuses is warned of once. 0 or -errno, said.
 */
int algorithms_frame_started(struct algorithms *algorithms, int fd, const char *name,
			     const char *node);

/*
 * The sensor told in a frame's embedded data what made it: by a control each, in the units of the
 * control. To be called before algorithms_measure() of that frame, if at all.
 */
void algorithms_sensor_told(struct algorithms *algorithms, uint32_t sequence,
			    enum ipa_control control, int32_t value);

/* What is news for the processor. */
enum algorithms_change {
	ALGORITHMS_GAINS = 1 << 0, /* also the digital one */
	ALGORITHMS_MATRIX = 1 << 1,
};

/*
 * What was measured of one frame: grids of luminance and of colour, or the same for both.
 * Their sequence and made_by are filled in here. Returns a set of enum algorithms_change.
 */
unsigned algorithms_measure(struct algorithms *algorithms, uint32_t sequence,
			    struct ipa_zones *luma, struct ipa_zones *color);

/* Exposure or white balance follow what is measured: algorithms_measure() has an effect. */
bool algorithms_are_automatic(const struct algorithms *algorithms);

/* Exposure and white balance have arrived, and stayed for some frames, or are fixed. */
bool algorithms_is_steady(const struct algorithms *algorithms);

/* What was in force for a frame, for its side-car and the report. */
void algorithms_settings(const struct algorithms *algorithms, const struct frame *frame,
			 struct sidecar_settings *settings);

#endif
