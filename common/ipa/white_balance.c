// SPDX-License-Identifier: GPL-2.0-or-later
/* Automatic white balance: a grey world without its outliers. */
#include "common/ipa/white_balance.h"

#define START_KELVIN   5000
#define START_FRAMES   10    /* full steps so long */
#define STAND_STILL    0.005 /* gains that are off by less stay */
#define MATRIX_MIREDS  4     /* 1e6 / kelvin: what no eye sees */
#define DARK           262 /* of IPA_FULL: below, noise and black level make the colour */
#define MAX_SATURATED  (IPA_FULL / 8)
#define MIN_VALID      (IPA_FULL / 64)
#define MIN_GREY_SHARE 20 /* one in so many zones must be grey */
#define PASSES         3

/* How far a zone's ratios may be from the average, as a factor; narrower each time. */
static const double stray[PASSES] = { 1e9, 1.35, 1.2 };

/* Red and blue of a zone by its green. The sums are weighted means. */
struct sums {
	double red, green, blue;
	unsigned zones;
};

/* What the tuning's lights make of grey, as red/green and blue/green, widened. */
struct bounds {
	double min_red, max_red;
	double min_blue, max_blue;
	double min_product, max_product; /* low: greenish, high: magenta */
};

static void find_bounds(const struct ipa_tuning *tuning, struct bounds *bounds)
{
	double wide = tuning->tolerance;

	*bounds = (struct bounds){ 1e9, 0, 1e9, 0, 1e9, 0 };
	for (unsigned i = 0; i < tuning->num_lights; i++) {
		double red = 1 / tuning->lights[i].gains.red;
		double blue = 1 / tuning->lights[i].gains.blue;

		bounds->min_red = red < bounds->min_red ? red : bounds->min_red;
		bounds->max_red = red > bounds->max_red ? red : bounds->max_red;
		bounds->min_blue = blue < bounds->min_blue ? blue : bounds->min_blue;
		bounds->max_blue = blue > bounds->max_blue ? blue : bounds->max_blue;
		if (red * blue < bounds->min_product)
			bounds->min_product = red * blue;
		if (red * blue > bounds->max_product)
			bounds->max_product = red * blue;
	}
	bounds->min_red /= wide;
	bounds->max_red *= wide;
	bounds->min_blue /= wide;
	bounds->max_blue *= wide;
	bounds->min_product /= wide;
	bounds->max_product *= wide;
}

/* Bright enough, and not clipped, so that its colour means something. */
static bool is_usable(const struct ipa_zones *zones, const struct ipa_zone *zone)
{
	uint16_t brightest = zone->red > zone->green ? zone->red : zone->green;

	if (zone->blue > brightest)
		brightest = zone->blue;
	if (zone->valid < MIN_VALID || zone->green < DARK || brightest >= IPA_CLIPPED)
		return false;
	return zones->saturated_left_out || zone->saturated <= MAX_SATURATED;
}

static bool is_between(double value, double low, double high)
{
	return value >= low && value <= high;
}

static bool may_be_grey(const struct bounds *bounds, double red, double blue)
{
	return is_between(red, bounds->min_red, bounds->max_red) &&
	       is_between(blue, bounds->min_blue, bounds->max_blue) &&
	       is_between(red * blue, bounds->min_product, bounds->max_product);
}

static void add_zones(const struct ipa_zones *zones, const struct bounds *bounds,
		      const struct sums *average, double wide, struct sums *sums)
{
	double red_over = average->red / average->green;
	double blue_over = average->blue / average->green;
	size_t count = (size_t)zones->columns * zones->rows;

	for (size_t i = 0; i < count; i++) {
		const struct ipa_zone *zone = &zones->zones[i];
		double red, blue, weight;

		if (!is_usable(zones, zone))
			continue;
		red = (double)zone->red / zone->green;
		blue = (double)zone->blue / zone->green;
		if (!may_be_grey(bounds, red, blue) ||
		    !is_between(red, red_over / wide, red_over * wide) ||
		    !is_between(blue, blue_over / wide, blue_over * wide))
			continue;
		weight = zone->valid;
		sums->red += weight * zone->red;
		sums->green += weight * zone->green;
		sums->blue += weight * zone->blue;
		sums->zones++;
	}
}

static bool find_grey(const struct ipa_white_balance *balance,
		      const struct ipa_zones *zones, struct ipa_gains *gains)
{
	size_t count = (size_t)zones->columns * zones->rows;
	struct sums average = { 1, 1, 1, 0 };
	struct bounds bounds;

	find_bounds(balance->tuning, &bounds);
	for (unsigned pass = 0; pass < PASSES; pass++) {
		struct sums sums = { 0 };

		add_zones(zones, &bounds, &average, stray[pass], &sums);
		/* Two colours may leave nothing near their average: then that must do. */
		if (pass && sums.zones * 4 < average.zones)
			break;
		average = sums;
		if (!sums.zones || sums.zones * (size_t)MIN_GREY_SHARE < count)
			return false;
	}
	if (!(average.red > 0) || !(average.blue > 0))
		return false;
	gains->red = average.green / average.red;
	gains->blue = average.green / average.blue;
	return true;
}

static double clamp(double value, double low, double high)
{
	if (!(value > low))
		return low;
	return value < high ? value : high;
}

static void follow_light(struct ipa_white_balance *balance)
{
	double mireds, known;

	balance->kelvin = ipa_tuning_kelvin(balance->tuning, &balance->gains);
	mireds = 1e6 / balance->kelvin;
	known = balance->matrix_kelvin > 0 ? 1e6 / balance->matrix_kelvin : 0;
	balance->matrix_changed = mireds > known + MATRIX_MIREDS ||
				  mireds < known - MATRIX_MIREDS;
	if (!balance->matrix_changed)
		return;
	balance->matrix_kelvin = balance->kelvin;
	ipa_tuning_matrix(balance->tuning, balance->kelvin, &balance->matrix);
}

static void set_gains(struct ipa_white_balance *balance, const struct ipa_gains *gains)
{
	balance->gains.red = clamp(gains->red, balance->min_gain, balance->max_gain);
	balance->gains.blue = clamp(gains->blue, balance->min_gain, balance->max_gain);
	follow_light(balance);
}

void ipa_white_balance_init(struct ipa_white_balance *balance,
			    const struct ipa_tuning *tuning, double max_gain)
{
	struct ipa_gains gains;

	*balance = (struct ipa_white_balance){
		.tuning = tuning,
		.min_gain = tuning->min_gain,
		.max_gain = tuning->max_gain,
	};
	if (max_gain > 0 && max_gain < balance->max_gain)
		balance->max_gain = max_gain;
	ipa_tuning_gains(tuning, START_KELVIN, &gains);
	set_gains(balance, &gains);
}

void ipa_white_balance_set_manual(struct ipa_white_balance *balance,
				  const struct ipa_gains *gains)
{
	balance->is_manual = true;
	balance->is_settled = true;
	set_gains(balance, gains);
}

static bool is_near(double a, double b)
{
	return is_between(a, b * (1 - STAND_STILL), b * (1 + STAND_STILL));
}

bool ipa_white_balance_process(struct ipa_white_balance *balance, const struct ipa_zones *zones)
{
	double speed = balance->tuning->balance_speed;
	struct ipa_gains *now = &balance->gains, wanted;

	balance->matrix_changed = false;
	if (balance->is_manual || zones->kind != IPA_ZONES_COLOR ||
	    !find_grey(balance, zones, &wanted))
		return false;
	if (balance->frames < START_FRAMES) {
		balance->frames++;
		speed = 1;
	}
	wanted.red = clamp(wanted.red, balance->min_gain, balance->max_gain);
	wanted.blue = clamp(wanted.blue, balance->min_gain, balance->max_gain);
	balance->is_settled = is_near(wanted.red, now->red) &&
			      is_near(wanted.blue, now->blue);
	if (balance->is_settled)
		return false;
	wanted.red = now->red + speed * (wanted.red - now->red);
	wanted.blue = now->blue + speed * (wanted.blue - now->blue);
	set_gains(balance, &wanted);
	return true;
}

void ipa_gains_above_one(const struct ipa_gains *gains, double factors[3])
{
	double least = 1;

	if (gains->red < least)
		least = gains->red;
	if (gains->blue < least)
		least = gains->blue;
	factors[0] = gains->red / least;
	factors[1] = 1 / least;
	factors[2] = gains->blue / least;
}
