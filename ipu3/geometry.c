// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes inside the ImgU, by the rules of its driver and those that it does not check. */
#include "ipu3/geometry.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>

/* What the driver (imgu_css_fmt_try() of 6.12) would round to. */
#define BDS_WIDTH_STEP  4
#define GDC_WIDTH_STEP  8 /* of the output node, too */
#define GDC_HEIGHT_STEP 4
#define EVEN            2 /* NV12, frames of a Bayer sensor, the width of the crop */

/* Heights of crop and BDS: the driver takes any, the reference implementation only these. */
#define HEIGHT_STEP 4

/* The GDC leaves 4 pixels out on each side; the driver does as if when there are fewer. */
#define ENVELOPE 8

/*
 * The firmware works in two stripes that overlap by 256 pixels: the left one would be wider than
 * a BDS of less than 384, and read beyond the crop (imgu_css_cfg_acc_stripe()).
 */
#define BDS_MIN_WIDTH 384

/* The driver's grids for focus end at line 130; with less it starts, and gives no frames. */
#define BDS_MIN_HEIGHT 132

/*
 * The driver has filters for every factor up to 4:1. Intel's own script stops at 2.5:1, so what is
 * beyond is only for what can't be seen otherwise.
 */
#define FACTOR_PROVEN 80

/* How far the viewfinder can be scaled down. */
#define SCALE_MOST 12

/* A loss of that much, in percent of a side, is none beside half the work. */
#define EQUAL_PERCENT 1

/* From this area of the GDC on the driver asks for the higher clock. */
#define FAST_AREA      (2048 * 1152)
#define FAST_CLOCK_MHZ 450
#define SLOW_CLOCK_MHZ 200

/* Sizes on their way to becoming a geometry. */
struct plan {
	uint32_t factor;
	struct ipu3_size bds;
	struct ipu3_size gdc;
	struct ipu3_size output;
	struct ipu3_size viewfinder;
};

/* Which role is on which node, when both are asked for. */
struct pair {
	struct ipu3_size wider; /* on the output node */
	struct ipu3_size narrower;
	bool is_swapped; /* main is the narrower */
};

static uint32_t least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

static uint32_t most(uint32_t one, uint32_t other)
{
	return one > other ? one : other;
}

static uint32_t down(uint32_t value, uint32_t step)
{
	return value / step * step;
}

static uint32_t up(uint32_t value, uint32_t step)
{
	return down(value + step - 1, step);
}

static uint32_t nearest(uint32_t value, uint32_t step)
{
	return down(value + step / 2, step);
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
	return most(low, least(value, high));
}

static bool is_none(const struct ipu3_size *size)
{
	return !size->width && !size->height;
}

static bool is_multiple(const struct ipu3_size *size, const struct ipu3_size *step)
{
	return size->width % step->width == 0 && size->height % step->height == 0;
}

static bool is_within(const struct ipu3_size *inner, const struct ipu3_size *outer)
{
	return inner->width <= outer->width && inner->height <= outer->height;
}

static const struct ipu3_size any_step = { EVEN, EVEN };
static const struct ipu3_size gdc_step = { GDC_WIDTH_STEP, GDC_HEIGHT_STEP };
static const struct ipu3_size smallest = { IPU3_MIN_SIDE, IPU3_MIN_SIDE };
static const struct ipu3_size largest_input = { IPU3_MAX_WIDTH, IPU3_MAX_HEIGHT };
static const struct ipu3_size largest_picture = { IPU3_MAX_WIDTH - ENVELOPE,
						  IPU3_MAX_HEIGHT - ENVELOPE };

/* ---- the sensor's frame ---- */

/* The ImgU wants green beside red first: to get it, it begins a column or a row late. */
static uint32_t skipped_columns(uint32_t fourcc)
{
	return fourcc == V4L2_PIX_FMT_IPU3_SRGGB10 || fourcc == V4L2_PIX_FMT_IPU3_SGBRG10;
}

static uint32_t skipped_rows(uint32_t fourcc)
{
	return fourcc == V4L2_PIX_FMT_IPU3_SBGGR10 || fourcc == V4L2_PIX_FMT_IPU3_SGBRG10;
}

static uint32_t zoom_of(const struct ipu3_wish *wish)
{
	return most(wish->zoom_milli, 1000);
}

/*
 * What of the frame may be cropped to. A crop of the whole height that begins a row late would
 * read a row behind the frame.
 */
static struct ipu3_size area_of(const struct ipu3_wish *wish)
{
	const struct ipu3_size *input = &wish->input;
	const uint32_t zoom = zoom_of(wish);

	return (struct ipu3_size){
		least((uint32_t)(input->width * 1000ULL / zoom),
		      input->width - skipped_columns(wish->fourcc)),
		least((uint32_t)(input->height * 1000ULL / zoom),
		      input->height - skipped_rows(wish->fourcc)),
	};
}

/* The least area from which a GDC of that size can be had: at 1:1, where steps are finest. */
static struct ipu3_size area_for(const struct ipu3_size *gdc)
{
	return (struct ipu3_size){
		most(up(gdc->width, GDC_WIDTH_STEP) + ENVELOPE, BDS_MIN_WIDTH),
		most(up(gdc->height, GDC_HEIGHT_STEP) + ENVELOPE, BDS_MIN_HEIGHT),
	};
}

static struct ipu3_size input_for(const struct ipu3_wish *wish, const struct ipu3_size *area)
{
	return (struct ipu3_size){
		up(area->width + skipped_columns(wish->fourcc), EVEN),
		up(area->height + skipped_rows(wish->fourcc), EVEN),
	};
}

/* ---- from an area to the GDC ---- */

/*
 * The largest BDS of an area at a factor: its own steps, and steps that make the crop, which is
 * factor/32 times as large, come out exactly and in its steps.
 */
static struct ipu3_size reduce(const struct ipu3_size *area, uint32_t factor)
{
	const uint32_t power_of_two = factor & -factor;
	const uint32_t step_w = BDS_WIDTH_STEP * 16 / least(power_of_two, 16);
	const uint32_t step_h = HEIGHT_STEP * 32 / least(power_of_two, 32);

	return (struct ipu3_size){
		down(area->width * IPU3_FACTOR_UNIT / factor, step_w),
		down(area->height * IPU3_FACTOR_UNIT / factor, step_h),
	};
}

static bool has_room(const struct ipu3_size *bds, const struct ipu3_size *gdc)
{
	return bds->width >= BDS_MIN_WIDTH && bds->height >= BDS_MIN_HEIGHT &&
	       bds->width >= gdc->width + ENVELOPE && bds->height >= gdc->height + ENVELOPE;
}

/* 0x0 for a BDS without room for any. */
static struct ipu3_size largest_gdc(const struct ipu3_size *bds)
{
	if (!has_room(bds, &smallest))
		return (struct ipu3_size){ 0 };
	return (struct ipu3_size){
		down(bds->width - ENVELOPE, GDC_WIDTH_STEP),
		down(bds->height - ENVELOPE, GDC_HEIGHT_STEP),
	};
}

/* What the scaler takes to make a picture of it, it crops off again in the other direction. */
static bool can_scale(const struct ipu3_size *gdc, const struct ipu3_size *picture)
{
	return is_within(picture, gdc) && (gdc->width <= SCALE_MOST * picture->width ||
					   gdc->height <= SCALE_MOST * picture->height);
}

/*
 * How much of the frame a picture shows, scaled from the GDC or as large as that: only good for
 * comparing plans for this picture.
 */
static uint64_t seen(const struct plan *plan, const struct ipu3_size *picture)
{
	const uint64_t across = (uint64_t)plan->gdc.width * picture->height;
	const uint64_t along = (uint64_t)plan->gdc.height * picture->width;

	return (across < along ? across : along) * plan->factor;
}

/* ---- two pictures ---- */

/* So tall that the narrower picture has all the width, as far as there is room. */
static uint32_t shared_height(const struct ipu3_size *wider,
			      const struct ipu3_size *narrower, uint32_t room)
{
	uint32_t height = wider->width * narrower->height / narrower->width;

	height = up(height, GDC_HEIGHT_STEP);
	/* Too wide for the scaler: then the height decides, and the width is cropped. */
	if (wider->width > SCALE_MOST * narrower->width)
		height = least(height, SCALE_MOST * narrower->height);
	return most(least(height, room), wider->height);
}

/*
 * The wider picture has the GDC's own pixels, over its whole width: the output node crops columns
 * only by the 64. The larger the factor, the more of the frame is in them.
 */
static bool plan_pair(const struct ipu3_size *area, const struct ipu3_size *wider,
		      const struct ipu3_size *narrower, struct plan *plan)
{
	for (uint32_t factor = IPU3_FACTOR_MOST; factor >= IPU3_FACTOR_UNIT; factor--) {
		struct ipu3_size bds = reduce(area, factor);
		struct ipu3_size gdc = { wider->width, 0 };

		if (!has_room(&bds, wider))
			continue;
		gdc.height = shared_height(wider, narrower, largest_gdc(&bds).height);
		if (!can_scale(&gdc, narrower))
			continue;
		*plan = (struct plan){ factor, bds, gdc, *wider, *narrower };
		return true;
	}
	return false;
}

/* ---- one picture, or none ---- */

/* From a GDC that is as large as it can be, for a given factor, and of the picture's shape. */
static bool plan_scaled(const struct ipu3_size *area, const struct ipu3_size *picture,
			uint32_t factor, struct plan *plan)
{
	struct ipu3_size bds = reduce(area, factor);
	struct ipu3_size gdc = largest_gdc(&bds);

	gdc.width = least(gdc.width, down(SCALE_MOST * picture->width, GDC_WIDTH_STEP));
	gdc.height = least(gdc.height, SCALE_MOST * picture->height);
	if (!is_within(picture, &gdc))
		return false;
	gdc.width = least(gdc.width, up(gdc.height * picture->width / picture->height,
					GDC_WIDTH_STEP));
	gdc.height = least(gdc.height, up(gdc.width * picture->height / picture->width,
					  GDC_HEIGHT_STEP));
	if (!can_scale(&gdc, picture))
		return false;
	*plan = (struct plan){ factor, bds, gdc, gdc, *picture };
	return true;
}

/* The scaled plan with the least work that shows that much. */
static bool plan_least_work(const struct ipu3_size *area, const struct ipu3_size *picture,
			    uint64_t enough, struct plan *plan)
{
	for (uint32_t factor = FACTOR_PROVEN; factor >= IPU3_FACTOR_UNIT; factor--)
		if (plan_scaled(area, picture, factor, plan) && seen(plan, picture) >= enough)
			return true;
	for (uint32_t factor = FACTOR_PROVEN + 1; factor <= IPU3_FACTOR_MOST; factor++)
		if (plan_scaled(area, picture, factor, plan) && seen(plan, picture) >= enough)
			return true;
	return false;
}

/* *is_scaled: it is on the viewfinder node, and nobody's picture on the other one. */
static bool plan_single(const struct ipu3_size *area, const struct ipu3_size *picture,
			struct plan *plan, bool *is_scaled)
{
	struct plan direct = { 0 }, scaled;
	uint64_t best = 0, enough;

	if (is_multiple(picture, &gdc_step) && plan_pair(area, picture, picture, &direct))
		best = seen(&direct, picture);
	for (uint32_t factor = IPU3_FACTOR_UNIT; factor <= IPU3_FACTOR_MOST; factor++)
		if (plan_scaled(area, picture, factor, &scaled) &&
		    seen(&scaled, picture) > best)
			best = seen(&scaled, picture);
	if (!best)
		return false;

	enough = best - best * EQUAL_PERCENT / 100;
	*is_scaled = !(direct.factor && direct.factor <= FACTOR_PROVEN &&
		       seen(&direct, picture) >= enough) &&
		     plan_least_work(area, picture, enough, &scaled);
	*plan = *is_scaled ? scaled : direct;
	return true;
}

/* All of the area with as few pixels as can be: somebody wants to look at statistics. */
static bool plan_statistics(const struct ipu3_size *area, struct plan *plan)
{
	for (uint32_t factor = FACTOR_PROVEN; factor >= IPU3_FACTOR_UNIT; factor--) {
		struct ipu3_size bds = reduce(area, factor);
		struct ipu3_size gdc = largest_gdc(&bds);

		if (is_none(&gdc))
			continue;
		*plan = (struct plan){ factor, bds, gdc, gdc, gdc };
		return true;
	}
	return false;
}

/* ---- what does not fit ---- */

static struct pair make_pair(const struct ipu3_wish *wish)
{
	const struct ipu3_size *main = &wish->main, *viewfinder = &wish->viewfinder;
	bool is_swapped = viewfinder->width > main->width ||
			  (viewfinder->width == main->width && !is_multiple(main, &gdc_step) &&
			   is_multiple(viewfinder, &gdc_step));

	if (is_swapped)
		return (struct pair){ *viewfinder, *main, true };
	return (struct pair){ *main, *viewfinder, false };
}

static bool is_two(const struct ipu3_wish *wish)
{
	return !is_none(&wish->main) && !is_none(&wish->viewfinder);
}

static struct ipu3_size most_of(const struct ipu3_size *area)
{
	struct ipu3_size bds = reduce(area, IPU3_FACTOR_UNIT);

	return largest_gdc(&bds);
}

static struct ipu3_size nearest_size(const struct ipu3_size *asked,
				     const struct ipu3_size *limit,
				     const struct ipu3_size *step)
{
	return (struct ipu3_size){
		clamp(nearest(least(asked->width, limit->width), step->width),
		      IPU3_MIN_SIDE, limit->width),
		clamp(nearest(least(asked->height, limit->height), step->height),
		      IPU3_MIN_SIDE, limit->height),
	};
}

static void nearest_pair(const struct ipu3_wish *wish, const struct ipu3_size *limit,
			 struct ipu3_misfit *misfit)
{
	struct pair pair = make_pair(wish);
	const struct ipu3_size wider = nearest_size(&pair.wider, limit, &gdc_step);
	const struct ipu3_size beside = { wider.width, limit->height };
	struct ipu3_size narrower = nearest_size(&pair.narrower, &beside, &any_step);

	if (wider.width > SCALE_MOST * narrower.width &&
	    wider.height > SCALE_MOST * narrower.height)
		narrower = (struct ipu3_size){
			up((wider.width + SCALE_MOST - 1) / SCALE_MOST, EVEN),
			up((wider.height + SCALE_MOST - 1) / SCALE_MOST, EVEN),
		};
	misfit->nearest_main = pair.is_swapped ? narrower : wider;
	misfit->nearest_viewfinder = pair.is_swapped ? wider : narrower;
}

static void find_nearest(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct ipu3_size area = area_of(wish);
	const struct ipu3_size limit = most_of(&area);

	if (is_none(&limit))
		return;
	if (is_two(wish))
		nearest_pair(wish, &limit, misfit);
	else if (!is_none(&wish->main))
		misfit->nearest_main = nearest_size(&wish->main, &limit, &any_step);
	else if (!is_none(&wish->viewfinder))
		misfit->nearest_viewfinder =
			nearest_size(&wish->viewfinder, &limit, &any_step);
}

static int check_input(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct ipu3_size area = area_for(&smallest);

	misfit->reason = IPU3_MISFIT_INPUT;
	misfit->step = any_step;
	misfit->needed = input_for(wish, &area);
	return is_within(&misfit->needed, &wish->input) &&
			       is_within(&wish->input, &largest_input) &&
			       is_multiple(&wish->input, &any_step) ?
		       0 :
		       -ERANGE;
}

/* One picture by itself. */
static int check_picture(const struct ipu3_size *picture, bool is_viewfinder,
			 const struct ipu3_size *step, struct ipu3_misfit *misfit)
{
	misfit->is_viewfinder = is_viewfinder;
	misfit->asked = *picture;
	misfit->step = *step;
	misfit->reason = IPU3_MISFIT_RANGE;
	if (!is_within(&smallest, picture) || !is_within(picture, &largest_picture))
		return -ERANGE;
	misfit->reason = IPU3_MISFIT_STEP;
	return is_multiple(picture, step) ? 0 : -ERANGE;
}

/* Whether the frame, and what the zoom leaves of it, is large enough for a GDC of this size. */
static int check_room(const struct ipu3_wish *wish, const struct ipu3_size *gdc,
		      struct ipu3_misfit *misfit)
{
	const struct ipu3_size *input = &wish->input;
	const struct ipu3_size area = area_of(wish), area_needed = area_for(gdc);

	misfit->needed = input_for(wish, &area_needed);
	misfit->zoom_milli = zoom_of(wish);
	misfit->zoom_most_milli = least(input->width * 1000 / area_needed.width,
					input->height * 1000 / area_needed.height);
	misfit->reason = is_within(&misfit->needed, input) ? IPU3_MISFIT_ZOOM :
							     IPU3_MISFIT_TOO_BIG;
	return is_within(&area_needed, &area) ? 0 : -ERANGE;
}

static int check_pair(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct pair pair = make_pair(wish);
	const struct ipu3_size *wider = &pair.wider, *narrower = &pair.narrower;
	/* As wide as the other one, it is as tall as it must be for both. */
	const struct ipu3_size both = { wider->width, most(wider->height, narrower->height) };
	int ret;

	ret = check_picture(wider, pair.is_swapped, &gdc_step, misfit);
	if (ret == 0)
		ret = check_picture(narrower, !pair.is_swapped, &any_step, misfit);
	if (ret < 0)
		return ret;
	if (check_room(wish, wider, misfit) < 0) {
		misfit->is_viewfinder = pair.is_swapped;
		misfit->asked = *wider;
		misfit->step = gdc_step;
		return -ERANGE;
	}
	ret = check_room(wish, &both, misfit);
	if (ret < 0)
		return ret;
	misfit->reason = IPU3_MISFIT_TOO_TINY;
	return wider->width > SCALE_MOST * narrower->width &&
			       wider->height > SCALE_MOST * narrower->height ?
		       -ERANGE :
		       0;
}

static int check(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const bool is_viewfinder = is_none(&wish->main);
	const struct ipu3_size *only = is_viewfinder ? &wish->viewfinder : &wish->main;
	int ret;

	*misfit = (struct ipu3_misfit){ .input = wish->input };
	ret = check_input(wish, misfit);
	if (ret < 0)
		return ret;
	if (is_two(wish))
		ret = check_pair(wish, misfit);
	else if (is_none(only))
		ret = check_room(wish, &smallest, misfit);
	else {
		ret = check_picture(only, is_viewfinder, &any_step, misfit);
		if (ret == 0)
			ret = check_room(wish, only, misfit);
	}
	if (ret < 0)
		find_nearest(wish, misfit);
	return ret;
}

/* ---- all together ---- */

static uint32_t milli(uint64_t part, uint64_t whole)
{
	return (uint32_t)((part * 1000 + whole / 2) / whole);
}

/* Scaled, one side of the GDC is shown wholly, of the other what the picture's shape leaves. */
static struct ipu3_view view_of(const struct ipu3_geometry *geometry, enum ipu3_node node)
{
	const struct ipu3_size *input = &geometry->input, *gdc = &geometry->gdc;
	const struct ipu3_size *picture = node == IPU3_NODE_OUTPUT ? &geometry->output :
								     &geometry->viewfinder;
	const uint64_t across = (uint64_t)gdc->width * picture->height;
	const uint64_t along = (uint64_t)gdc->height * picture->width;
	/* Pixels of the GDC, times the other side of the picture. */
	uint64_t shown = (uint64_t)picture->width * picture->height;

	if (node == IPU3_NODE_NONE)
		return (struct ipu3_view){ 0 };
	if (node == IPU3_NODE_VIEWFINDER)
		shown = across < along ? across : along;
	shown *= geometry->factor;
	return (struct ipu3_view){
		node,
		milli(shown, (uint64_t)picture->height * input->width * IPU3_FACTOR_UNIT),
		milli(shown, (uint64_t)picture->width * input->height * IPU3_FACTOR_UNIT),
	};
}

/* The driver's own arithmetic: in the middle, at an even place, then the order of colours. */
static uint32_t place(uint32_t input, uint32_t crop, uint32_t skipped)
{
	return down((input - crop) / 2, EVEN) + skipped;
}

static void fill(const struct ipu3_wish *wish, const struct plan *plan,
		 enum ipu3_node main_node, enum ipu3_node viewfinder_node,
		 struct ipu3_geometry *geometry)
{
	const struct ipu3_size crop = {
		plan->bds.width * plan->factor / IPU3_FACTOR_UNIT,
		plan->bds.height * plan->factor / IPU3_FACTOR_UNIT,
	};

	*geometry = (struct ipu3_geometry){
		.input = wish->input,
		.crop = crop,
		.crop_left = place(wish->input.width, crop.width,
				   skipped_columns(wish->fourcc)),
		.crop_top = place(wish->input.height, crop.height, skipped_rows(wish->fourcc)),
		.bds = plan->bds,
		.gdc = plan->gdc,
		.output = plan->output,
		.viewfinder = plan->viewfinder,
		.factor = plan->factor,
		.clock_mhz = plan->gdc.width * plan->gdc.height >= FAST_AREA ?
				     FAST_CLOCK_MHZ :
				     SLOW_CLOCK_MHZ,
	};
	geometry->main_view = view_of(geometry, main_node);
	geometry->viewfinder_view = view_of(geometry, viewfinder_node);
}

static bool compute_pair(const struct ipu3_wish *wish, struct ipu3_geometry *geometry)
{
	const struct pair pair = make_pair(wish);
	const struct ipu3_size area = area_of(wish);
	struct plan plan;

	if (!plan_pair(&area, &pair.wider, &pair.narrower, &plan))
		return false;
	if (pair.is_swapped)
		fill(wish, &plan, IPU3_NODE_VIEWFINDER, IPU3_NODE_OUTPUT, geometry);
	else
		fill(wish, &plan, IPU3_NODE_OUTPUT, IPU3_NODE_VIEWFINDER, geometry);
	return true;
}

static bool compute_single(const struct ipu3_wish *wish, struct ipu3_geometry *geometry)
{
	const bool is_main = !is_none(&wish->main);
	const struct ipu3_size area = area_of(wish);
	enum ipu3_node node;
	struct plan plan;
	bool is_scaled;

	if (!plan_single(&area, is_main ? &wish->main : &wish->viewfinder, &plan, &is_scaled))
		return false;
	node = is_scaled ? IPU3_NODE_VIEWFINDER : IPU3_NODE_OUTPUT;
	fill(wish, &plan, is_main ? node : IPU3_NODE_NONE,
	     is_main ? IPU3_NODE_NONE : node, geometry);
	return true;
}

static bool compute_none(const struct ipu3_wish *wish, struct ipu3_geometry *geometry)
{
	const struct ipu3_size area = area_of(wish);
	struct plan plan;

	if (!plan_statistics(&area, &plan))
		return false;
	fill(wish, &plan, IPU3_NODE_NONE, IPU3_NODE_NONE, geometry);
	return true;
}

int ipu3_geometry_compute(const struct ipu3_wish *wish, struct ipu3_geometry *geometry,
			  struct ipu3_misfit *misfit)
{
	bool fits;
	int ret;

	ret = check(wish, misfit);
	if (ret < 0)
		return ret;
	if (is_two(wish))
		fits = compute_pair(wish, geometry);
	else if (is_none(&wish->main) && is_none(&wish->viewfinder))
		fits = compute_none(wish, geometry);
	else
		fits = compute_single(wish, geometry);
	return fits ? 0 : -ERANGE;
}

int ipu3_geometry_limits(const struct ipu3_wish *wish, struct ipu3_limits *limits)
{
	struct ipu3_misfit misfit;
	struct ipu3_size area;

	if (check_input(wish, &misfit) < 0)
		return -ERANGE;
	area = area_of(wish);
	*limits = (struct ipu3_limits){
		.least = smallest,
		.most = most_of(&area),
		.step = any_step,
		.wider_step = gdc_step,
	};
	return is_none(&limits->most) ? -ERANGE : 0;
}

/* ---- words ---- */

char *ipu3_misfit_text(const struct ipu3_misfit *misfit, char *text, size_t size)
{
	const char *role = misfit->is_viewfinder ? "viewfinder" : "main";
	const struct ipu3_size *asked = &misfit->asked, *input = &misfit->input;
	const struct ipu3_size *instead =
		misfit->is_viewfinder ? &misfit->nearest_viewfinder : &misfit->nearest_main;

	switch (misfit->reason) {
	case IPU3_MISFIT_INPUT:
		snprintf(text, size,
			 "the ImgU takes frames of %ux%u to %ux%u with even sides, "
			 "the sensor's mode is %ux%u",
			 misfit->needed.width, misfit->needed.height, IPU3_MAX_WIDTH,
			 IPU3_MAX_HEIGHT, input->width, input->height);
		break;
	case IPU3_MISFIT_RANGE:
		snprintf(text, size, "%s %ux%u: the ImgU makes pictures of %ux%u to %ux%u",
			 role, asked->width, asked->height, smallest.width,
			 smallest.height, largest_picture.width, largest_picture.height);
		break;
	case IPU3_MISFIT_STEP:
		snprintf(text, size,
			 "%s %ux%u: the width must be a multiple of %u and the height one of %u",
			 role, asked->width, asked->height, misfit->step.width,
			 misfit->step.height);
		break;
	case IPU3_MISFIT_TOO_BIG:
		snprintf(text, size,
			 "%s %ux%u needs an input of at least %ux%u, the sensor's mode is %ux%u",
			 role, asked->width, asked->height, misfit->needed.width,
			 misfit->needed.height, input->width, input->height);
		break;
	case IPU3_MISFIT_ZOOM:
		snprintf(text, size,
			 "in the sensor's mode %ux%u zoom can be at most %.3f here, not %.3f",
			 input->width, input->height, misfit->zoom_most_milli / 1000.0,
			 misfit->zoom_milli / 1000.0);
		break;
	case IPU3_MISFIT_TOO_TINY:
		snprintf(text, size,
			 "%s %ux%u is too small beside the other picture, the least is %ux%u",
			 role, asked->width, asked->height, instead->width, instead->height);
		break;
	}
	return text;
}
