// SPDX-License-Identifier: GPL-2.0-or-later
/* What a USB camera can stream, and the choice among it. */
#include "uvc/modes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/device/video.h"
#include "common/sink/display.h"
#include "common/sink/file.h"

#define DEFAULT_WIDTH   640
#define DEFAULT_HEIGHT  480
#define DEFAULT_RATE_HZ 30.0

/* Descriptors can hold 255 of each; more is a driver that does not come to an end. */
#define MAX_ENTRIES 256

/* USB cameras count intervals in 100 ns. */
#define UNITS_PER_S 10000000

/* No camera is faster or slower than that: what is beyond is a slip of its firmware. */
#define LEAST_INTERVAL_S 1e-4
#define MOST_INTERVAL_S  60.0

/* Two rates are one when their intervals, counted in 100 ns, are next to each other. */
#define SAME_INTERVAL_S 1.5e-7

/* ---- reading ---- */

int uvc_modes_add(struct uvc_modes *modes, const struct uvc_mode *mode)
{
	struct uvc_mode *grown;

	if (!mode->width || !mode->height || !mode->num_intervals)
		return 0;
	grown = reallocarray(modes->modes, modes->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	modes->modes = grown;
	grown[modes->count++] = *mode;
	return 0;
}

void uvc_modes_finish(struct uvc_modes *modes)
{
	free(modes->modes);
	*modes = (struct uvc_modes){ 0 };
}

static double seconds(const struct v4l2_fract *interval)
{
	return (double)interval->numerator / interval->denominator;
}

double uvc_rate_hz(const struct v4l2_fract *interval)
{
	return (double)interval->denominator / interval->numerator;
}

static int compare_intervals(const void *one, const void *other)
{
	double difference = seconds(one) - seconds(other);

	return (difference > 0) - (difference < 0);
}

static void add_interval(struct uvc_mode *mode, const struct v4l2_fract *interval)
{
	if (interval->numerator && interval->denominator &&
	    seconds(interval) >= LEAST_INTERVAL_S && seconds(interval) <= MOST_INTERVAL_S &&
	    mode->num_intervals < UVC_MAX_INTERVALS)
		mode->intervals[mode->num_intervals++] = *interval;
}

static void read_intervals(const struct video *video, struct uvc_mode *mode)
{
	struct v4l2_frmivalenum entry;

	for (uint32_t i = 0; i < MAX_ENTRIES; i++) {
		if (video_enum_interval(video, mode->fourcc, mode->width, mode->height, i,
					&entry) < 0)
			break;
		if (entry.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
			add_interval(mode, &entry.discrete);
			continue;
		}
		add_interval(mode, &entry.stepwise.min);
		add_interval(mode, &entry.stepwise.max);
		mode->step = entry.stepwise.step;
		mode->is_range = mode->num_intervals == 2;
		break;
	}
	qsort(mode->intervals, mode->num_intervals, sizeof(mode->intervals[0]),
	      compare_intervals);
}

static int read_sizes(const struct video *video, uint32_t fourcc, struct uvc_modes *modes)
{
	struct v4l2_frmsizeenum size;
	int ret = 0;

	for (uint32_t i = 0; i < MAX_ENTRIES && ret == 0; i++) {
		struct uvc_mode mode = { .fourcc = fourcc, .format = format_find(fourcc) };

		if (video_enum_size(video, fourcc, i, &size) < 0)
			break;
		if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE)
			continue;
		mode.width = size.discrete.width;
		mode.height = size.discrete.height;
		read_intervals(video, &mode);
		ret = uvc_modes_add(modes, &mode);
	}
	return ret;
}

/* A camera may list a format twice; its sizes are those of both each time. */
static bool is_listed(const struct uvc_modes *modes, uint32_t fourcc)
{
	for (size_t i = 0; i < modes->count; i++)
		if (modes->modes[i].fourcc == fourcc)
			return true;
	return false;
}

int uvc_modes_read(const struct video *video, struct uvc_modes *modes)
{
	struct v4l2_fmtdesc format;
	int ret = 0;

	*modes = (struct uvc_modes){ 0 };
	for (uint32_t i = 0; i < MAX_ENTRIES && ret == 0; i++) {
		ret = video_enum_format(video, i, 0, &format);
		if (ret == -EINVAL) {
			ret = 0;
			break;
		}
		if (ret == 0 && !is_listed(modes, format.pixelformat))
			ret = read_sizes(video, format.pixelformat, modes);
	}
	if (ret < 0)
		uvc_modes_finish(modes);
	return ret;
}

/* ---- choosing ---- */

static bool is_kind(const struct uvc_mode *mode, enum format_kind kind)
{
	return mode->format && mode->format->kind == kind;
}

/* What people mean by a picture first, then streams that need all frames, then the rest. */
static unsigned class_of(const struct uvc_mode *mode)
{
	if (is_kind(mode, FORMAT_YUV) || is_kind(mode, FORMAT_RGB) ||
	    mode->fourcc == V4L2_PIX_FMT_MJPEG)
		return 0;
	return is_kind(mode, FORMAT_COMPRESSED) ? 1 : 2;
}

/* What it costs to make something of its frames, on the bus and behind it. */
static double cost(const struct uvc_mode *mode)
{
	const double more_than_any_picture = 1e12;

	if (mode->format && !is_kind(mode, FORMAT_COMPRESSED))
		return (double)format_image_bytes(mode->format, 0, mode->width, mode->height);
	return more_than_any_picture;
}

/* Pixels that the one has and the other has not. */
static double size_distance(const struct uvc_mode *mode, double width, double height)
{
	double common = fmin(mode->width, width) * fmin(mode->height, height);

	return (double)mode->width * mode->height + width * height - 2 * common;
}

static double wished_interval_s(const struct text_fraction *rate)
{
	return (double)rate->denominator / rate->numerator;
}

/*
 * In a range of intervals: that of the rate if a step comes as near to it as the driver's
 * rounding of all these fractions, else the nearest step.
 */
static struct v4l2_fract nearest_step(const struct uvc_mode *mode,
				      const struct text_fraction *rate)
{
	double wished_s = wished_interval_s(rate), step_s, nearest_s;

	if (mode->step.numerator && mode->step.denominator) {
		step_s = seconds(&mode->step);
		nearest_s = seconds(&mode->intervals[0]);
		nearest_s += round((wished_s - nearest_s) / step_s) * step_s;
		nearest_s = fmin(nearest_s, seconds(&mode->intervals[1]));
		if (fabs(nearest_s - wished_s) > 1e-4 * wished_s)
			return (struct v4l2_fract){ (uint32_t)lround(nearest_s * UNITS_PER_S),
						    UNITS_PER_S };
	}
	return (struct v4l2_fract){ rate->denominator, rate->numerator };
}

struct v4l2_fract uvc_nearest_interval(const struct uvc_mode *mode,
				       const struct text_fraction *rate)
{
	double wished_s = wished_interval_s(rate);
	const struct v4l2_fract *best = &mode->intervals[0];

	if (mode->is_range && wished_s > seconds(&mode->intervals[0]) &&
	    wished_s < seconds(&mode->intervals[1]))
		return nearest_step(mode, rate);
	for (unsigned i = 1; i < mode->num_intervals; i++)
		if (fabs(seconds(&mode->intervals[i]) - wished_s) <
		    fabs(seconds(best) - wished_s))
			best = &mode->intervals[i];
	return *best;
}

/* Nobody asked: the usual rate, or what is next below, else above. */
static struct v4l2_fract usual_interval(const struct uvc_mode *mode)
{
	const double usual_s = 1 / DEFAULT_RATE_HZ - SAME_INTERVAL_S;
	const struct text_fraction usual = { (uint32_t)DEFAULT_RATE_HZ, 1 };

	if (mode->is_range)
		return uvc_nearest_interval(mode, &usual);
	for (unsigned i = 0; i < mode->num_intervals; i++)
		if (seconds(&mode->intervals[i]) >= usual_s)
			return mode->intervals[i];
	return mode->intervals[mode->num_intervals - 1];
}

static double rate_distance(const struct uvc_wish *wish, const struct v4l2_fract *interval)
{
	double distance;

	if (!wish->rate.numerator) {
		distance = DEFAULT_RATE_HZ - uvc_rate_hz(interval);
		return distance > 0.05 ? distance : 0;
	}
	distance = fabs(seconds(interval) - wished_interval_s(&wish->rate));
	return distance > SAME_INTERVAL_S ? distance : 0;
}

/* How a mode fares, in the order in which that counts; less is better. */
enum { NUM_MARKS = 9 };
struct grade {
	double marks[NUM_MARKS];
	struct v4l2_fract interval;
};

static bool is_better(const struct grade *one, const struct grade *other)
{
	for (unsigned i = 0; i < NUM_MARKS; i++)
		if (one->marks[i] < other->marks[i] || one->marks[i] > other->marks[i])
			return one->marks[i] < other->marks[i];
	return false;
}

bool uvc_is_taken(const struct uvc_wish *wish, uint32_t fourcc)
{
	for (size_t i = 0; i < wish->num_taken; i++)
		if (wish->taken[i] == fourcc)
			return true;
	return !wish->num_taken;
}

/*
 * What was asked for counts before what was not: a rate without a size finds the size that
 * has it, and nobody who asked for nothing gets infrared because it is faster. A file that
 * can't be made has no use for the right size, nor has an output that takes no such format.
 */
static struct grade grade(const struct uvc_mode *mode, const struct uvc_wish *wish)
{
	const bool has_rate = wish->rate.numerator, has_size = wish->width;
	struct grade made = {
		.interval = has_rate ? uvc_nearest_interval(mode, &wish->rate) :
				       usual_interval(mode),
	};
	double size = size_distance(mode, has_size ? wish->width : DEFAULT_WIDTH,
				    has_size ? wish->height : DEFAULT_HEIGHT);
	double rate = rate_distance(wish, &made.interval);
	enum file_fit fit = wish->file ? file_fit(wish->file, mode->fourcc) :
					 FILE_FIT_AS_IT_IS;
	double *mark = made.marks;

	*mark++ = wish->format && mode->fourcc != wish->format->fourcc;
	*mark++ = fit == FILE_FIT_NONE;
	*mark++ = wish->display && !display_can_show(wish->display, mode->fourcc);
	*mark++ = !uvc_is_taken(wish, mode->fourcc);
	if (has_size)
		*mark++ = size;
	if (has_rate)
		*mark++ = rate;
	*mark++ = fit;
	*mark++ = class_of(mode);
	if (!has_size)
		*mark++ = size;
	if (!has_rate)
		*mark++ = rate;
	*mark++ = cost(mode);
	return made;
}

int uvc_choose(const struct uvc_modes *modes, const struct uvc_wish *wish,
	       struct uvc_choice *choice)
{
	struct grade best, candidate;

	*choice = (struct uvc_choice){ 0 };
	for (size_t i = 0; i < modes->count; i++) {
		candidate = grade(&modes->modes[i], wish);
		if (choice->mode && !is_better(&candidate, &best))
			continue;
		best = candidate;
		choice->mode = &modes->modes[i];
	}
	if (!choice->mode)
		return -ENOENT;
	choice->interval = best.interval;
	choice->is_exact =
		(!wish->format || choice->mode->fourcc == wish->format->fourcc) &&
		(!wish->width || (choice->mode->width == wish->width &&
				  choice->mode->height == wish->height)) &&
		(!wish->rate.numerator || rate_distance(wish, &choice->interval) <= 0);
	return 0;
}
