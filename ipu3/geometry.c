// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes inside the ImgU: of all that fit, those that show the most. */
#include "ipu3/geometry.h"

#include <errno.h>

#include "ipu3/room.h"

/*
 * The driver has filters for every factor up to 4:1. Intel's own script stops at 2.5:1, so what is
 * beyond is only for what can't be seen otherwise.
 */
#define FACTOR_PROVEN 80

/* So much less of a side, in percent, is as good when it is less work. */
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

/* So tall that the narrower picture has all the width, if there is room and the scaler can. */
static uint32_t shared_height(const struct ipu3_size *wider,
			      const struct ipu3_size *narrower, uint32_t room)
{
	uint32_t height = wider->width * narrower->height / narrower->width;

	height = ipu3_up(height, IPU3_GDC_HEIGHT_STEP);
	/* Too wide for the scaler: then the height decides, and the width is cropped. */
	if (wider->width > IPU3_SCALE_MOST * narrower->width)
		height = ipu3_least(height, IPU3_SCALE_MOST * narrower->height);
	return ipu3_most(ipu3_least(height, room), wider->height);
}

/*
 * The wider picture has the GDC's own pixels, over its whole width: the output node crops columns
 * only by the 64. The larger the factor, the more of the frame is in them.
 */
static bool plan_pair(const struct ipu3_size *area, const struct ipu3_size *wider,
		      const struct ipu3_size *narrower, struct plan *plan)
{
	for (uint32_t factor = IPU3_FACTOR_MOST; factor >= IPU3_FACTOR_UNIT; factor--) {
		struct ipu3_size bds = ipu3_room_bds(area, factor);
		struct ipu3_size gdc = { wider->width, 0 };

		if (!ipu3_room_has(&bds, wider))
			continue;
		gdc.height = shared_height(wider, narrower, ipu3_room_gdc(&bds).height);
		if (!ipu3_is_within(narrower, &gdc))
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
	struct ipu3_size bds = ipu3_room_bds(area, factor);
	struct ipu3_size gdc = ipu3_room_gdc(&bds);

	gdc.width = ipu3_least(gdc.width, ipu3_down(IPU3_SCALE_MOST * picture->width,
						    IPU3_GDC_WIDTH_STEP));
	gdc.height = ipu3_least(gdc.height, IPU3_SCALE_MOST * picture->height);
	if (!ipu3_is_within(picture, &gdc))
		return false;
	gdc.width = ipu3_least(gdc.width, ipu3_up(gdc.height * picture->width / picture->height,
						  IPU3_GDC_WIDTH_STEP));
	gdc.height = ipu3_least(gdc.height,
				ipu3_up(gdc.width * picture->height / picture->width,
					IPU3_GDC_HEIGHT_STEP));
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

	if (ipu3_is_multiple(picture, &ipu3_gdc_step) &&
	    plan_pair(area, picture, picture, &direct))
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
		struct ipu3_size bds = ipu3_room_bds(area, factor);
		struct ipu3_size gdc = ipu3_room_gdc(&bds);

		if (ipu3_is_none(&gdc))
			continue;
		*plan = (struct plan){ factor, bds, gdc, gdc, gdc };
		return true;
	}
	return false;
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
	return ipu3_down((input - crop) / 2, IPU3_EVEN) + skipped;
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
				   ipu3_room_skipped_columns(wish)),
		.crop_top = place(wish->input.height, crop.height,
				  ipu3_room_skipped_rows(wish)),
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
	const struct ipu3_pair pair = ipu3_room_pair(wish);
	const struct ipu3_size area = ipu3_room_area(wish);
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
	const bool is_main = !ipu3_is_none(&wish->main);
	const struct ipu3_size area = ipu3_room_area(wish);
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
	const struct ipu3_size area = ipu3_room_area(wish);
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

	ret = ipu3_misfit_find(wish, misfit);
	if (ret < 0)
		return ret;
	if (ipu3_is_two(wish))
		fits = compute_pair(wish, geometry);
	else if (ipu3_is_none(&wish->main) && ipu3_is_none(&wish->viewfinder))
		fits = compute_none(wish, geometry);
	else
		fits = compute_single(wish, geometry);
	return fits ? 0 : -ERANGE;
}
