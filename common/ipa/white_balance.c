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

/* Weighted sums of zones, and how many there are. */
struct sums {
	uint64_t red, green, blue;
	size_t zones;
};

/*
 * Between which ratios a zone may be grey: red/green, blue/green, and the product of the two,
 * which is low for greenish and high for magenta. Sixteen bits behind the point, so that
 * zones need neither division nor floating point.
 */
struct window {
	uint64_t min_red, max_red;
	uint64_t min_blue, max_blue;
	uint64_t min_product, max_product;
};

#define POINT 16

static uint64_t ratio(double value)
{
	return ipa_fixed_unsigned(value, 24, POINT);
}

static void widen(double value, double *low, double *high)
{
	if (value < *low)
		*low = value;
	if (value > *high)
		*high = value;
}

/* What the tuning's lights make of grey, and somewhat farther. */
static void find_window(const struct ipa_tuning *tuning, struct window *window)
{
	double low[3] = { 1e9, 1e9, 1e9 }, high[3] = { 0 }, far = tuning->tolerance;

	for (unsigned i = 0; i < tuning->num_lights; i++) {
		double red = 1 / tuning->lights[i].gains.red;
		double blue = 1 / tuning->lights[i].gains.blue;

		widen(red, &low[0], &high[0]);
		widen(blue, &low[1], &high[1]);
		widen(red * blue, &low[2], &high[2]);
	}
	*window = (struct window){
		ratio(low[0] / far),  ratio(high[0] * far), ratio(low[1] / far),
		ratio(high[1] * far), ratio(low[2] / far),  ratio(high[2] * far),
	};
}

/* The same, but no farther from the average than that factor. */
static struct window narrow(const struct window *window, const struct sums *average,
			    double far)
{
	double red = (double)average->red / (double)average->green;
	double blue = (double)average->blue / (double)average->green;
	struct window result = *window;

	if (ratio(red / far) > result.min_red)
		result.min_red = ratio(red / far);
	if (ratio(red * far) < result.max_red)
		result.max_red = ratio(red * far);
	if (ratio(blue / far) > result.min_blue)
		result.min_blue = ratio(blue / far);
	if (ratio(blue * far) < result.max_blue)
		result.max_blue = ratio(blue * far);
	return result;
}

/* Bright enough, and not clipped, so that its colour means something. */
static bool is_usable(const struct ipa_zones *zones, const struct ipa_zone *zone)
{
	if (zone->valid < MIN_VALID || zone->green < DARK || zone->green >= IPA_CLIPPED ||
	    zone->red >= IPA_CLIPPED || zone->blue >= IPA_CLIPPED)
		return false;
	return zones->saturated_left_out || zone->saturated <= MAX_SATURATED;
}

static bool is_in_window(const struct window *window, const struct ipa_zone *zone)
{
	uint64_t red = (uint64_t)zone->red << POINT, blue = (uint64_t)zone->blue << POINT;
	uint64_t green = zone->green, product = red * zone->blue;

	return red >= window->min_red * green && red <= window->max_red * green &&
	       blue >= window->min_blue * green && blue <= window->max_blue * green &&
	       product >= window->min_product * green * green &&
	       product <= window->max_product * green * green;
}

static void add_zones(const struct ipa_zones *zones, const struct window *window,
		      struct sums *sums)
{
	size_t count = (size_t)zones->columns * zones->rows;

	for (size_t i = 0; i < count; i++) {
		const struct ipa_zone *zone = &zones->zones[i];

		if (!is_usable(zones, zone) || !is_in_window(window, zone))
			continue;
		sums->red += (uint32_t)zone->valid * zone->red;
		sums->green += (uint32_t)zone->valid * zone->green;
		sums->blue += (uint32_t)zone->valid * zone->blue;
		sums->zones++;
	}
}

static bool is_near(double a, double b, double slack)
{
	return a >= b * (1 - slack) && a <= b * (1 + slack);
}

/* Colour of the average, not its brightness, within a hundredth. */
static bool is_same(const struct sums *a, const struct sums *b)
{
	double scale = (double)a->green / (double)b->green;

	return is_near((double)a->red, (double)b->red * scale, 0.01) &&
	       is_near((double)a->blue, (double)b->blue * scale, 0.01);
}

static bool find_grey(const struct ipa_white_balance *balance,
		      const struct ipa_zones *zones, struct ipa_gains *gains)
{
	size_t count = (size_t)zones->columns * zones->rows;
	struct sums average = { 1, 1, 1, 0 };
	struct window window, near;
	bool is_found = false;

	find_window(balance->tuning, &window);
	for (unsigned pass = 0; pass < PASSES && !is_found; pass++) {
		struct sums sums = { 0 };

		near = narrow(&window, &average, stray[pass]);
		add_zones(zones, &near, &sums);
		/* Two colours may leave nothing near their average: then that must do. */
		if (pass && sums.zones * 4 < average.zones)
			break;
		if (!sums.zones || sums.zones * MIN_GREY_SHARE < count)
			return false;
		is_found = pass && is_same(&sums, &average);
		average = sums;
	}
	if (!average.red || !average.blue)
		return false;
	gains->red = (double)average.green / (double)average.red;
	gains->blue = (double)average.green / (double)average.blue;
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
	balance->is_settled = is_near(wanted.red, now->red, STAND_STILL) &&
			      is_near(wanted.blue, now->blue, STAND_STILL);
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
