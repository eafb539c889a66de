// SPDX-License-Identifier: GPL-2.0-or-later
/* Automatic exposure: from the zones of a frame to exposure time and gains. */
#include "common/ipa/exposure.h"

#include "common/ipa/curve.h"

#define START_NS     10000000 /* as good a guess as any */
#define START_FRAMES 10       /* full steps so long, and on until the target is met, */
#define START_MOST   30       /* but no longer than this */
#define MAX_RAISE    10.0 /* a step: what is nearly black tells little about how dark */
#define MAX_CUT      8.0  /* a step, beyond what a full picture says of itself */
#define MAX_TARGET   0.5  /* higher, and clipped parts can't be told from the target */

/*
 * On the target nothing moves until it is off by LEAVE for several frames; on the way, it
 * has arrived when off by less than ARRIVE.
 */
#define ARRIVE       0.01
#define LEAVE        0.03
#define LEAVE_FRAMES 3

/* Luminance is sorted into so many bins, to try gains without looking at each zone again. */
#define NUM_BINS  64
#define BIN_SHIFT 10

struct meter {
	double weight;  /* of all zones that were measured */
	double clipped; /* of those that hide how bright they are */
	double luma;    /* weight times luma, 0 to 1, of all */
	double weights[NUM_BINS];
	double lumas[NUM_BINS]; /* the same of each bin */
};

struct ipa_exposure_config ipa_exposure_defaults(void)
{
	return (struct ipa_exposure_config){
		.target = 0.16,
		.speed = 0.2,
		.metering = IPA_METERING_AVERAGE,
		.max_digital = 1,
	};
}

/* 1 at the edges to 4 in the middle. */
static unsigned slope(unsigned at, unsigned count)
{
	unsigned from_edge = at < count - 1 - at ? at : count - 1 - at;

	return count > 1 ? 1 + 3 * from_edge / ((count - 1) / 2 ? (count - 1) / 2 : 1) : 1;
}

/* Luminance as it is needs no call; most frames are of that kind. */
static uint16_t measured_luma(const struct ipa_zones *zones, size_t index)
{
	if (zones->kind == IPA_ZONES_LUMA && !zones->saturated_left_out)
		return zones->zones[index].luma;
	return ipa_zones_luma(zones, index);
}

static void meter_zone(struct meter *meter, const struct ipa_zones *zones, size_t index,
		       double weight)
{
	const struct ipa_zone *zone = &zones->zones[index];
	uint16_t raw = IPA_FULL;
	double luma;

	if (zone->valid)
		raw = measured_luma(zones, index);
	else if (!ipa_zones_is_burnt(zones, index))
		return;
	luma = weight * raw * (1.0 / IPA_FULL);
	meter->weight += weight;
	meter->luma += luma;
	meter->weights[raw >> BIN_SHIFT] += weight;
	meter->lumas[raw >> BIN_SHIFT] += luma;
	if (raw >= IPA_CLIPPED)
		meter->clipped += weight;
	else if (zone->saturated)
		meter->clipped += weight * zone->saturated * (1.0 / IPA_FULL);
}

static void meter_zones(struct meter *meter, const struct ipa_zones *zones,
			enum ipa_metering metering)
{
	size_t index = 0;

	for (unsigned row = 0; row < zones->rows; row++) {
		unsigned down = slope(row, zones->rows);

		for (unsigned column = 0; column < zones->columns; column++, index++) {
			double weight = 1;

			if (zones->weights)
				weight = zones->weights[index];
			else if (metering == IPA_METERING_CENTRE)
				weight = down * slope(column, zones->columns);
			if (weight > 0)
				meter_zone(meter, zones, index, weight);
		}
	}
}

/* Single pixels may be clipped where no zone's mean shows it. */
static double clipped_share(const struct meter *meter, const struct ipa_zones *zones)
{
	double share = meter->clipped / meter->weight, count = 0, last;

	if (!zones->histogram || zones->num_bins < 2)
		return share;
	for (unsigned i = 0; i < zones->num_bins; i++)
		count += zones->histogram[i];
	last = count > 0 ? zones->histogram[zones->num_bins - 1] / count : 0;
	return last > share ? last : share;
}

/*
 * The factor that brings the mean to the target if each bin is cut at white: from the
 * brightest bin down, those that would go beyond it give all they can, and what they leave
 * to be done is up to the rest.
 */
static double factor_with_cut(const struct meter *meter, double target)
{
	double missing = target * meter->weight, rest = meter->luma, factor = MAX_RAISE;

	for (unsigned i = NUM_BINS; i-- > 0 && rest > 0;) {
		if (!(meter->weights[i] > 0))
			continue;
		factor = missing / rest;
		if (factor * meter->lumas[i] <= meter->weights[i])
			break;
		missing -= meter->weights[i];
		rest -= meter->lumas[i];
	}
	return factor < MAX_RAISE ? factor : MAX_RAISE;
}

/*
 * The factor on exposure that brings the mean to the target. What is clipped is in
 * truth brighter than it says. Where that is most of the picture the mean is worthless, and
 * the cut goes further; only there, far above any target, where one step too many does not
 * make the loop go to and fro.
 */
static double wanted_factor(const struct meter *meter, double target, double clipped)
{
	double factor = factor_with_cut(meter, target);

	if (clipped > MAX_TARGET && factor < 1)
		factor /= 1 + (MAX_CUT - 1) * (clipped - MAX_TARGET) / (1 - MAX_TARGET);
	return factor;
}

static double clamp(double value, double low, double high)
{
	if (!(value > low))
		return low;
	return value < high ? value : high;
}

struct limits {
	int32_t min_lines, max_lines;
	double min_gain, max_gain; /* analogue */
	double max_digital;
};

static void find_limits(const struct ipa_exposure *exposure, struct limits *limits)
{
	const struct ipa_exposure_config *config = &exposure->config;
	const struct ipa_sensor *sensor = exposure->sensor;
	int32_t lines;

	limits->min_lines = ipa_sensor_min_lines(sensor);
	limits->max_lines = ipa_sensor_max_lines(sensor, exposure->next.control[IPA_VBLANK]);
	if (config->max_exposure_ns) {
		lines = ipa_sensor_lines(sensor, config->max_exposure_ns);
		if (lines < limits->max_lines)
			limits->max_lines = lines;
	}
	if (limits->max_lines < limits->min_lines)
		limits->max_lines = limits->min_lines;
	limits->min_gain = ipa_sensor_min_gain(sensor);
	limits->max_gain = ipa_sensor_max_gain(sensor);
	if (config->max_analogue > 0 && config->max_analogue < limits->max_gain)
		limits->max_gain =
			clamp(config->max_analogue, limits->min_gain, limits->max_gain);
	limits->max_digital = config->max_digital > 1 ? config->max_digital : 1;
}

/*
 * Whole periods of the lamp, if one fits at all, to nearest: a line too many or too few
 * shows less than a period left out because it ends within a line.
 */
static int32_t without_flicker(const struct ipa_exposure *exposure, int32_t lines,
			       const struct limits *limits)
{
	double period = (double)exposure->config.flicker_ns / exposure->sensor->line_ns;
	int32_t periods;

	if (!exposure->config.flicker_ns)
		return lines;
	periods = (int32_t)clamp((lines + 1) / period, 0, INT32_MAX);
	if (!periods)
		return lines;
	return (int32_t)clamp(periods * period + 0.5, limits->min_lines, limits->max_lines);
}

static int32_t split_lines(const struct ipa_exposure *exposure, double total,
			   const struct limits *limits)
{
	const struct ipa_exposure_config *config = &exposure->config;
	const struct ipa_sensor *sensor = exposure->sensor;
	double gain = config->manual_gain > 0 ? config->manual_gain : limits->min_gain;
	double lines = total / gain / sensor->line_ns;
	int32_t most = limits->max_lines;

	if (config->manual_exposure_ns)
		return (int32_t)clamp((double)ipa_sensor_lines(sensor,
							       config->manual_exposure_ns),
				      limits->min_lines, limits->max_lines);
	/* Gain adds what is missing; where it can't, to nearest. */
	if (config->manual_gain > 0)
		lines += 0.5;
	return without_flicker(
		exposure, (int32_t)clamp(lines + 0.001, limits->min_lines, most), limits);
}

/* Exposure first, then analogue gain, the rest digital. */
static void split(struct ipa_exposure *exposure, double total, const struct limits *limits)
{
	const struct ipa_sensor *sensor = exposure->sensor;
	int32_t *next = exposure->next.control;
	double gain, digital, own;

	next[IPA_EXPOSURE] = split_lines(exposure, total, limits);
	exposure->settings.exposure_ns = ipa_sensor_time(sensor, next[IPA_EXPOSURE]);
	gain = total / (double)exposure->settings.exposure_ns;
	if (exposure->config.manual_gain > 0)
		gain = exposure->config.manual_gain;
	next[IPA_ANALOGUE_GAIN] =
		ipa_sensor_gain_code(sensor, clamp(gain, limits->min_gain, limits->max_gain),
				     limits->max_digital > 1);
	exposure->settings.analogue_gain = ipa_sensor_gain(sensor, next[IPA_ANALOGUE_GAIN]);

	digital = clamp(gain / exposure->settings.analogue_gain, 1, limits->max_digital);
	own = clamp(digital, 1, ipa_sensor_max_digital(sensor));
	next[IPA_DIGITAL_GAIN] = ipa_sensor_digital_code(sensor, own);
	own = ipa_sensor_digital_gain(sensor, next[IPA_DIGITAL_GAIN]);
	exposure->platform_digital = clamp(digital / own, 1, limits->max_digital);
	exposure->settings.digital_gain = digital;
}

/* The products of exposure and gains that can be had at all. */
static double reachable(const struct ipa_exposure *exposure, double total,
			const struct limits *limits)
{
	const struct ipa_exposure_config *config = &exposure->config;
	const struct ipa_sensor *sensor = exposure->sensor;
	double shortest = (double)ipa_sensor_time(sensor, limits->min_lines);
	double longest = (double)ipa_sensor_time(sensor, limits->max_lines);
	double least = limits->min_gain, most = limits->max_gain * limits->max_digital;

	if (config->manual_exposure_ns) {
		shortest = clamp((double)config->manual_exposure_ns, shortest, longest);
		longest = shortest;
	}
	if (config->manual_gain > 0) {
		least = clamp(config->manual_gain, least, most);
		most = least;
	}
	return clamp(total, shortest * least, longest * most);
}

static bool apply(struct ipa_exposure *exposure)
{
	struct ipa_values before = exposure->next;
	double digital = exposure->platform_digital;
	struct limits limits;

	find_limits(exposure, &limits);
	exposure->total = reachable(exposure, exposure->total, &limits);
	split(exposure, exposure->total, &limits);
	for (unsigned i = 0; i < IPA_NUM_CONTROLS; i++)
		if (before.control[i] != exposure->next.control[i])
			return true;
	return digital < exposure->platform_digital || digital > exposure->platform_digital;
}

void ipa_exposure_configure(struct ipa_exposure *exposure,
			    const struct ipa_exposure_config *config)
{
	exposure->config = *config;
	exposure->config.speed = clamp(config->speed, 0.01, 1);
	if (config->frame_ns)
		exposure->next.control[IPA_VBLANK] =
			ipa_sensor_vblank(exposure->sensor, config->frame_ns);
	exposure->is_settled = false;
	apply(exposure);
}

void ipa_exposure_init(struct ipa_exposure *exposure,
		       const struct ipa_exposure_config *config,
		       const struct ipa_sensor *sensor)
{
	*exposure = (struct ipa_exposure){
		.sensor = sensor,
		.total = START_NS * ipa_sensor_min_gain(sensor),
		.platform_digital = 1,
		.is_starting = true,
	};
	exposure->next.control[IPA_VBLANK] = sensor->range[IPA_VBLANK].minimum;
	ipa_exposure_configure(exposure, config);
}

/* Off the target long enough, or not there yet: then it moves. */
static bool must_move(struct ipa_exposure *exposure, double ratio)
{
	double off = ratio > 1 ? ratio - 1 : 1 - ratio;

	if (off < ARRIVE)
		exposure->is_settled = true;
	exposure->strays = off > LEAVE ? exposure->strays + 1 : 0;
	if (exposure->strays >= LEAVE_FRAMES || exposure->is_starting)
		exposure->is_settled = off < ARRIVE;
	return !exposure->is_settled;
}

static void count_start(struct ipa_exposure *exposure, double ratio)
{
	bool is_near = ratio < 1.05 && ratio > 0.95;

	if (!exposure->is_starting)
		return;
	exposure->frames++;
	if (exposure->frames >= START_MOST || (exposure->frames >= START_FRAMES && is_near))
		exposure->is_starting = false;
}

bool ipa_exposure_process(struct ipa_exposure *exposure, const struct ipa_zones *zones)
{
	const struct ipa_exposure_config *config = &exposure->config;
	double made_by = ipa_settings_total(&zones->made_by), target, wanted, speed;
	struct meter meter = { 0 };
	struct limits limits;

	meter_zones(&meter, zones, config->metering);
	if (!(meter.weight > 0) || !(made_by > 0))
		return false;
	exposure->luma = meter.luma / meter.weight;
	target = clamp(config->target * ipa_exp2(config->bias_stops), 0.001, MAX_TARGET);
	wanted = made_by * wanted_factor(&meter, target, clipped_share(&meter, zones));
	find_limits(exposure, &limits);
	wanted = reachable(exposure, wanted, &limits);
	speed = exposure->is_starting ? 1 : config->speed;
	count_start(exposure, wanted / exposure->total);
	if (!must_move(exposure, wanted / exposure->total))
		return false;
	exposure->total += speed * (wanted - exposure->total);
	return apply(exposure);
}
