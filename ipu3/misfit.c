// SPDX-License-Identifier: GPL-2.0-or-later
/* Why sizes can't be had from the ImgU, what could be had instead, and words for it. */
#include <errno.h>
#include <stdio.h>

#include "ipu3/geometry.h"
#include "ipu3/room.h"

static const struct ipu3_size largest_input = { IPU3_MAX_WIDTH, IPU3_MAX_HEIGHT };
static const struct ipu3_size largest_picture = { IPU3_MAX_WIDTH - IPU3_ENVELOPE,
						  IPU3_MAX_HEIGHT - IPU3_ENVELOPE };

static uint32_t nearest(uint32_t value, uint32_t step)
{
	return ipu3_down(value + step / 2, step);
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
	return ipu3_most(low, ipu3_least(value, high));
}

static struct ipu3_size input_for(const struct ipu3_wish *wish, const struct ipu3_size *area)
{
	return (struct ipu3_size){
		ipu3_up(area->width + ipu3_room_skipped_columns(wish), IPU3_EVEN),
		ipu3_up(area->height + ipu3_room_skipped_rows(wish), IPU3_EVEN),
	};
}

static struct ipu3_size most_of(const struct ipu3_size *area)
{
	struct ipu3_size bds = ipu3_room_bds(area, IPU3_FACTOR_UNIT);

	return ipu3_room_gdc(&bds);
}

static struct ipu3_size nearest_size(const struct ipu3_size *asked,
				     const struct ipu3_size *limit,
				     const struct ipu3_size *step)
{
	return (struct ipu3_size){
		clamp(nearest(ipu3_least(asked->width, limit->width), step->width),
		      IPU3_MIN_SIDE, limit->width),
		clamp(nearest(ipu3_least(asked->height, limit->height), step->height),
		      IPU3_MIN_SIDE, limit->height),
	};
}

static void nearest_pair(const struct ipu3_wish *wish, const struct ipu3_size *limit,
			 struct ipu3_misfit *misfit)
{
	struct ipu3_pair pair = ipu3_room_pair(wish);
	const struct ipu3_size wider = nearest_size(&pair.wider, limit, &ipu3_gdc_step);
	const struct ipu3_size beside = { wider.width, limit->height };
	struct ipu3_size narrower = nearest_size(&pair.narrower, &beside, &ipu3_even);

	if (wider.width > IPU3_SCALE_MOST * narrower.width &&
	    wider.height > IPU3_SCALE_MOST * narrower.height)
		narrower = (struct ipu3_size){
			ipu3_up((wider.width + IPU3_SCALE_MOST - 1) / IPU3_SCALE_MOST,
				IPU3_EVEN),
			ipu3_up((wider.height + IPU3_SCALE_MOST - 1) / IPU3_SCALE_MOST,
				IPU3_EVEN),
		};
	misfit->nearest_main = pair.is_swapped ? narrower : wider;
	misfit->nearest_viewfinder = pair.is_swapped ? wider : narrower;
}

static void find_nearest(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct ipu3_size area = ipu3_room_area(wish);
	const struct ipu3_size limit = most_of(&area);

	if (ipu3_is_none(&limit))
		return;
	if (ipu3_is_two(wish))
		nearest_pair(wish, &limit, misfit);
	else if (!ipu3_is_none(&wish->main))
		misfit->nearest_main = nearest_size(&wish->main, &limit, &ipu3_even);
	else if (!ipu3_is_none(&wish->viewfinder))
		misfit->nearest_viewfinder =
			nearest_size(&wish->viewfinder, &limit, &ipu3_even);
}

static int check_input(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct ipu3_size area = ipu3_room_area_for(&ipu3_smallest);

	misfit->reason = IPU3_MISFIT_INPUT;
	misfit->step = ipu3_even;
	misfit->needed = input_for(wish, &area);
	return ipu3_is_within(&misfit->needed, &wish->input) &&
			       ipu3_is_within(&wish->input, &largest_input) &&
			       ipu3_is_multiple(&wish->input, &ipu3_even) ?
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
	if (!ipu3_is_within(&ipu3_smallest, picture) ||
	    !ipu3_is_within(picture, &largest_picture))
		return -ERANGE;
	misfit->reason = IPU3_MISFIT_STEP;
	return ipu3_is_multiple(picture, step) ? 0 : -ERANGE;
}

/* Whether the frame, and what the zoom leaves of it, is large enough for a GDC of this size. */
static int check_room(const struct ipu3_wish *wish, const struct ipu3_size *gdc,
		      struct ipu3_misfit *misfit)
{
	const struct ipu3_size *input = &wish->input;
	const struct ipu3_size area = ipu3_room_area(wish),
			       area_needed = ipu3_room_area_for(gdc);

	misfit->needed = input_for(wish, &area_needed);
	misfit->zoom_milli = ipu3_zoom(wish);
	misfit->zoom_most_milli = ipu3_least(input->width * 1000 / area_needed.width,
					     input->height * 1000 / area_needed.height);
	misfit->reason = ipu3_is_within(&misfit->needed, input) ? IPU3_MISFIT_ZOOM :
								  IPU3_MISFIT_TOO_BIG;
	return ipu3_is_within(&area_needed, &area) ? 0 : -ERANGE;
}

static int check_pair(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const struct ipu3_pair pair = ipu3_room_pair(wish);
	const struct ipu3_size *wider = &pair.wider, *narrower = &pair.narrower;
	/* As wide as the other one, it is as tall as it must be for both. */
	const struct ipu3_size both = { wider->width,
					ipu3_most(wider->height, narrower->height) };
	int ret;

	ret = check_picture(wider, pair.is_swapped, &ipu3_gdc_step, misfit);
	if (ret == 0)
		ret = check_picture(narrower, !pair.is_swapped, &ipu3_even, misfit);
	if (ret < 0)
		return ret;
	if (check_room(wish, wider, misfit) < 0) {
		misfit->is_viewfinder = pair.is_swapped;
		misfit->asked = *wider;
		misfit->step = ipu3_gdc_step;
		return -ERANGE;
	}
	ret = check_room(wish, &both, misfit);
	if (ret < 0)
		return ret;
	misfit->reason = IPU3_MISFIT_TOO_TINY;
	return wider->width > IPU3_SCALE_MOST * narrower->width &&
			       wider->height > IPU3_SCALE_MOST * narrower->height ?
		       -ERANGE :
		       0;
}

int ipu3_misfit_find(const struct ipu3_wish *wish, struct ipu3_misfit *misfit)
{
	const bool is_viewfinder = ipu3_is_none(&wish->main);
	const struct ipu3_size *only = is_viewfinder ? &wish->viewfinder : &wish->main;
	int ret;

	*misfit = (struct ipu3_misfit){ .input = wish->input };
	ret = check_input(wish, misfit);
	if (ret < 0)
		return ret;
	if (ipu3_is_two(wish))
		ret = check_pair(wish, misfit);
	else if (ipu3_is_none(only))
		ret = check_room(wish, &ipu3_smallest, misfit);
	else {
		ret = check_picture(only, is_viewfinder, &ipu3_even, misfit);
		if (ret == 0)
			ret = check_room(wish, only, misfit);
	}
	if (ret < 0)
		find_nearest(wish, misfit);
	return ret;
}

int ipu3_geometry_limits(const struct ipu3_wish *wish, struct ipu3_limits *limits)
{
	struct ipu3_misfit misfit;
	struct ipu3_size area;

	if (check_input(wish, &misfit) < 0)
		return -ERANGE;
	area = ipu3_room_area(wish);
	*limits = (struct ipu3_limits){
		.least = ipu3_smallest,
		.most = most_of(&area),
		.step = ipu3_even,
		.wider_step = ipu3_gdc_step,
	};
	return ipu3_is_none(&limits->most) ? -ERANGE : 0;
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
			 role, asked->width, asked->height, ipu3_smallest.width,
			 ipu3_smallest.height, largest_picture.width,
			 largest_picture.height);
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
