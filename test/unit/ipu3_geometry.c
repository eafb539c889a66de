// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes inside the ImgU: for many wishes, sane and not, against the rules as the driver and the
 * hardware have them, written down here once more, and against the usual search for sizes.
 */
#include "ipu3/geometry.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <math.h>
#include <stdlib.h>

#include "test/unit/test.h"

#define GRBG V4L2_PIX_FMT_IPU3_SGRBG10
#define GBRG V4L2_PIX_FMT_IPU3_SGBRG10
#define BGGR V4L2_PIX_FMT_IPU3_SBGGR10
#define RGGB V4L2_PIX_FMT_IPU3_SRGGB10

#define NUM_WISHES 20000

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

typedef uint32_t u32;

/* ---- the rules ---- */

/* As the driver rounds a size of its own accord. */
static u32 rounded(u32 value, u32 step)
{
	return ((value < 32 ? 32 : value) + step / 2) / step * step;
}

static u32 node_side(u32 value, u32 high)
{
	value = value < 32 ? 32 : value > high ? high : value;
	return value + value % 2;
}

static bool is_node(const struct ipu3_size *size, u32 step_w, u32 step_h)
{
	return node_side(size->width, 4224) == size->width &&
	       node_side(size->height, 3136) == size->height &&
	       rounded(size->width, step_w) == size->width &&
	       rounded(size->height, step_h) == size->height;
}

static bool is_same(const struct ipu3_size *one, const struct ipu3_size *other)
{
	return one->width == other->width && one->height == other->height;
}

static bool is_in(const struct ipu3_size *inner, const struct ipu3_size *outer)
{
	return inner->width <= outer->width && inner->height <= outer->height;
}

static const char *broken_by_rounding(const struct ipu3_geometry *is)
{
	if (!is_node(&is->input, 1, 1))
		return "the input is rounded";
	if (!is_node(&is->output, 8, 4))
		return "the output is rounded";
	if (!is_node(&is->viewfinder, 2, 1))
		return "the viewfinder is rounded";
	if (rounded(is->crop.width, 2) != is->crop.width || is->crop.height < 32)
		return "the crop is rounded";
	if (rounded(is->bds.width, 4) != is->bds.width || is->bds.height < 32)
		return "the BDS is rounded";
	if (rounded(is->gdc.width, 8) != is->gdc.width ||
	    rounded(is->gdc.height, 4) != is->gdc.height)
		return "the GDC is rounded";
	return NULL;
}

/* Where the input feeder begins: in the middle, at an even place, on green beside red. */
static const char *broken_by_reading(const struct ipu3_geometry *is, u32 fourcc)
{
	u32 left, top;

	if (!is_in(&is->crop, &is->input))
		return "the crop is larger than the input";
	left = ((is->input.width - is->crop.width) >> 1 & ~1u) +
	       (fourcc == RGGB || fourcc == GBRG);
	top = ((is->input.height - is->crop.height) >> 1 & ~1u) +
	      (fourcc == BGGR || fourcc == GBRG);
	if (left + is->crop.width > is->input.width || top + is->crop.height > is->input.height)
		return "pixels beyond the input are read";
	return NULL;
}

static const char *broken_by_scaling(const struct ipu3_geometry *is)
{
	const u32 factor = 32 * is->crop.height / is->bds.height;

	if (factor < 32 || factor > 128)
		return "the driver has no such factor";
	if (32 * is->crop.height != factor * is->bds.height ||
	    32 * is->crop.width != factor * is->bds.width)
		return "the factor is not the same in both directions";
	if (is->bds.height < 134 || is->bds.width < 384)
		return "the BDS is too small for grids or stripes";
	if (is->bds.width < is->gdc.width + 8 || is->bds.height < is->gdc.height + 8)
		return "the GDC has no envelope";
	if (!is_in(&is->output, &is->gdc) || !is_in(&is->viewfinder, &is->gdc))
		return "a picture is larger than the GDC";
	if (is->output.width != is->gdc.width)
		return "the output crops columns";
	if (12 * is->viewfinder.width < is->gdc.width &&
	    12 * is->viewfinder.height < is->gdc.height)
		return "the viewfinder is scaled too far";
	return NULL;
}

/* What the driver rounds, reads wrongly, or starts with and gives no frames. NULL: nothing. */
static const char *broken_rule(const struct ipu3_geometry *is, u32 fourcc)
{
	const char *broken = broken_by_rounding(is);

	if (!broken)
		broken = broken_by_reading(is, fourcc);
	if (!broken)
		broken = broken_by_scaling(is);
	return broken;
}

/* Columns and rows of the sensor that a node's picture shows. */
static double seen_width(const struct ipu3_geometry *is, enum ipu3_node node)
{
	const double factor = (double)is->crop.width / is->bds.width;
	const struct ipu3_size *scaled = &is->viewfinder;

	if (node == IPU3_NODE_OUTPUT)
		return is->output.width * factor;
	return fmin(is->gdc.width, (double)is->gdc.height * scaled->width / scaled->height) *
	       factor;
}

static double seen_height(const struct ipu3_geometry *is, enum ipu3_node node)
{
	const struct ipu3_size *size = node == IPU3_NODE_OUTPUT ? &is->output :
								  &is->viewfinder;

	return seen_width(is, node) * size->height / size->width;
}

/* What a geometry tells of itself. */
static void check_told(const struct ipu3_wish *wish, const struct ipu3_geometry *is)
{
	const struct ipu3_view *views[] = { &is->main_view, &is->viewfinder_view };
	const struct ipu3_size *asked[] = { &wish->main, &wish->viewfinder };

	CHECK(is_same(&is->input, &wish->input));
	CHECK_EQ(is->factor * is->bds.width, 32 * is->crop.width);
	CHECK_EQ(is->crop_left - (wish->fourcc == RGGB || wish->fourcc == GBRG),
		 (is->input.width - is->crop.width) / 4 * 2);
	CHECK_EQ(is->crop_top - (wish->fourcc == BGGR || wish->fourcc == GBRG),
		 (is->input.height - is->crop.height) / 4 * 2);
	CHECK_EQ(is->clock_mhz, is->gdc.width * is->gdc.height >= 2048 * 1152 ? 450 : 200);
	for (int i = 0; i < 2; i++) {
		const enum ipu3_node node = views[i]->node;

		CHECK_EQ(node == IPU3_NODE_NONE, asked[i]->width == 0);
		if (node == IPU3_NODE_NONE) {
			CHECK_EQ(views[i]->width_milli | views[i]->height_milli, 0);
			continue;
		}
		CHECK(is_same(asked[i],
			      node == IPU3_NODE_OUTPUT ? &is->output : &is->viewfinder));
		CHECK(fabs(views[i]->width_milli -
			   1000 * seen_width(is, node) / is->input.width) <= 0.501);
		CHECK(fabs(views[i]->height_milli -
			   1000 * seen_height(is, node) / is->input.height) <= 0.501);
	}
	CHECK(is->main_view.node != is->viewfinder_view.node ||
	      is->main_view.node == IPU3_NODE_NONE);
}

/* Nothing outside of what the zoom leaves is read. */
static bool is_zoomed(const struct ipu3_geometry *is, u32 zoom_milli)
{
	return (uint64_t)is->crop.width * zoom_milli <= is->input.width * 1000ull &&
	       (uint64_t)is->crop.height * zoom_milli <= is->input.height * 1000ull;
}

/* ---- the usual search, which ours is measured with ---- */

static bool divides(u32 side, u32 factor, u32 step, u32 least)
{
	return 32 * side % factor == 0 && 32 * side / factor % step == 0 &&
	       32 * side / factor >= least;
}

struct search {
	struct ipu3_size input, gdc;
	u32 factor;
	bool same_shape;
};

/* Heights for the crop, best first, until one is not larger than the input. 0: none. */
static u32 search_height(const struct search *search, u32 w, u32 h)
{
	const u32 factor = search->factor, least = search->gdc.height + 8;
	const u32 low = h > 540 ? h - 540 : 0;
	u32 even_shape;

	if (search->same_shape) {
		for (u32 x = h; x >= low && x; x -= 4)
			if (divides(x, factor, 4, least) && x <= search->input.height)
				return x;
		return 0;
	}
	even_shape = (u32)((uint64_t)w * search->gdc.height / search->gdc.width);
	even_shape = even_shape < low ? low : even_shape > h ? h : even_shape;
	even_shape = (even_shape + 3) / 4 * 4;
	for (u32 x = even_shape; x <= h && 32 * x / factor >= least; x += 4)
		if (divides(x, factor, 4, least))
			return x <= search->input.height ? x : 0;
	for (u32 x = even_shape; x >= low && x && 32 * x / factor >= least; x -= 4)
		if (divides(x, factor, 4, least))
			return x <= search->input.height ? x : 0;
	return 0;
}

static bool try_crop(const struct search *search, u32 w, u32 h, struct ipu3_geometry *found)
{
	const u32 factor = search->factor;
	u32 x;

	if (h < 540 || !divides(w, factor, 2, search->gdc.width + 8) ||
	    !divides(h, factor, 4, search->gdc.height + 8) || w > search->input.width)
		return false;
	x = search_height(search, w, h);
	if (!x)
		return false;
	found->crop = (struct ipu3_size){ w, x };
	found->bds = (struct ipu3_size){ 32 * w / factor, 32 * x / factor };
	return true;
}

static bool usual_search(const struct ipu3_wish *wish, struct ipu3_geometry *found)
{
	const struct ipu3_size *input = &wish->input, *main = &wish->main;
	const struct ipu3_size *other = wish->viewfinder.width ? &wish->viewfinder : main;
	const u32 wide = (input->width + 1) / 2 * 2, high = (input->height + 3) / 4 * 4;
	struct search search = { .input = *input, .gdc = *main };
	u32 tall = main->width * other->height / other->width, first;

	if (input->width < 40 || input->height < 540)
		return false;
	if (tall > main->height)
		search.gdc.height = tall;
	search.same_shape = fabs((double)input->width / input->height -
				 (double)search.gdc.width / search.gdc.height) <= 0.1;
	first = 32 * input->width / search.gdc.width;
	*found = (struct ipu3_geometry){
		.input = *input, .gdc = search.gdc, .output = *main, .viewfinder = *other
	};
	for (search.factor = first > 80 ? 80 : first; search.factor >= 32; search.factor--) {
		for (u32 h = high; h + 540 >= input->height && h >= 540; h -= 4)
			if (try_crop(&search, wide, h, found))
				return true;
		for (u32 w = wide; w + 40 >= input->width; w -= 2)
			if (try_crop(&search, w, high, found))
				return true;
	}
	return false;
}

/* ---- how much there is to see ---- */

/* The side of the area that a crop may have, for a factor; 0 if there is none. */
static u32 side_of_bds(u32 area, u32 factor, u32 crop_step, u32 least)
{
	for (u32 bds = area * 32 / factor / 4 * 4; bds >= least && bds; bds -= 4)
		if (bds * factor % (32 * crop_step) == 0)
			return bds;
	return 0;
}

/* The area of a GDC of that size, at the largest factor: what no other crop, and no BDS, betters. */
static u32 largest_factor(const struct ipu3_size *area, const struct ipu3_size *gdc)
{
	u32 factor = 128;

	while (factor >= 32 && (!side_of_bds(area->width, factor, 2,
					     gdc->width > 376 ? gdc->width + 8 : 384) ||
				!side_of_bds(area->height, factor, 4,
					     gdc->height > 122 ? gdc->height + 8 : 130)))
		factor--;
	return factor;
}

/* The width that the scaler can show of the area in a picture of this shape. */
static double most_scaled(const struct ipu3_size *area, const struct ipu3_size *picture)
{
	double best = 0;

	for (u32 factor = 32; factor <= 128; factor++) {
		u32 w = side_of_bds(area->width, factor, 2, 384);
		u32 h = side_of_bds(area->height, factor, 4, 130);

		if (w < picture->width + 8 || h < picture->height + 8)
			continue;
		w = w - 8 < 12 * picture->width ? (w - 8) / 8 * 8 :
						  12 * picture->width / 8 * 8;
		h = h - 8 < 12 * picture->height ? (h - 8) / 4 * 4 : 12 * picture->height;
		if (w < picture->width || h < picture->height)
			continue;
		best = fmax(best, fmin(w, (double)h * picture->width / picture->height) *
					  factor / 32);
	}
	return best;
}

static struct ipu3_size area_of(const struct ipu3_wish *wish)
{
	u32 w = (u32)((uint64_t)wish->input.width * 1000 / wish->zoom_milli);
	u32 h = (u32)((uint64_t)wish->input.height * 1000 / wish->zoom_milli);

	/* One pixel less where the feeder begins a pixel late. */
	if ((wish->fourcc == RGGB || wish->fourcc == GBRG) && w == wish->input.width)
		w--;
	if ((wish->fourcc == BGGR || wish->fourcc == GBRG) && h == wish->input.height)
		h--;
	return (struct ipu3_size){ w, h };
}

/* No other crop, factor and node would show more, but for one percent and a pixel of the GDC. */
static void check_most(const struct ipu3_wish *wish, const struct ipu3_geometry *is)
{
	const bool has_main = wish->main.width;
	const struct ipu3_size area = area_of(wish);
	const struct ipu3_size *only = has_main ? &wish->main : &wish->viewfinder;
	double shown, most, pixel;

	if (has_main && wish->viewfinder.width) {
		const struct ipu3_size both = { is->output.width,
						is->output.height > is->viewfinder.height ?
							is->output.height :
							is->viewfinder.height };

		CHECK_EQ(is->factor, largest_factor(&area, &both));
		return;
	}
	if (!only->width)
		return;
	shown = seen_width(is, has_main ? is->main_view.node : is->viewfinder_view.node);
	most = most_scaled(&area, only);
	if (only->width % 8 == 0 && only->height % 4 == 0)
		most = fmax(most, only->width * largest_factor(&area, only) / 32.);
	pixel = fmax(1, (double)only->width / only->height) * is->factor / 32;
	CHECK(shown >= 0.99 * most - pixel);
}

/* ---- many wishes ---- */

/* What sensors of machines with an IPU3 have. */
static const struct ipu3_size modes[] = {
	{ 2592, 1944 }, { 1296, 972 },  { 3264, 2448 }, { 3264, 1836 }, { 1632, 1224 },
	{ 800, 600 },   { 4224, 3136 }, { 2112, 1568 }, { 2112, 1188 }, { 1056, 784 },
	{ 4208, 3120 }, { 2104, 1560 }, { 1048, 780 },  { 4208, 3118 }, { 648, 486 },
	{ 2560, 1440 }, { 1280, 720 },  { 640, 360 },   { 1932, 1092 }, { 3280, 2464 },
	{ 820, 616 },   { 640, 480 },   { 1640, 1232 }, { 1920, 1080 }, { 1936, 1096 },
};

static const struct ipu3_size usual_sizes[] = {
	{ 320, 240 },   { 640, 360 },   { 640, 480 },   { 800, 600 },   { 1024, 768 },
	{ 1280, 720 },  { 1280, 960 },  { 1600, 1200 }, { 1920, 1080 }, { 1920, 1440 },
	{ 2048, 1536 }, { 2560, 1440 }, { 2560, 1920 }, { 3200, 2400 }, { 3840, 2160 },
};

static u32 random_below(u32 limit)
{
	static u32 state = 1;

	state = state * 1664525u + 1013904223u;
	return (u32)((uint64_t)(state >> 4) * limit >> 28);
}

/* Mostly such that there is a chance. */
static struct ipu3_size random_size(const struct ipu3_size *input)
{
	const u32 kind = random_below(12);

	if (kind < 4)
		return usual_sizes[random_below(ARRAY_SIZE(usual_sizes))];
	if (kind < 8)
		return (struct ipu3_size){ 32 + random_below(input->width / 8) * 8,
					   32 + random_below(input->height / 4) * 4 };
	if (kind < 11)
		return (struct ipu3_size){ 32 + random_below(input->width / 2) * 2,
					   32 + random_below(input->height / 2) * 2 };
	return (struct ipu3_size){ random_below(4400), random_below(3300) };
}

static struct ipu3_wish random_wish(void)
{
	static const u32 orders[] = { GRBG, GRBG, GBRG, BGGR, RGGB };
	struct ipu3_wish wish = { .zoom_milli = 1000 };

	wish.fourcc = orders[random_below(ARRAY_SIZE(orders))];
	wish.input = modes[random_below(ARRAY_SIZE(modes))];
	if (random_below(4) == 0)
		wish.input = (struct ipu3_size){ 2 * random_below(2150),
						 2 * random_below(1600) };
	if (random_below(100) == 0)
		wish.input.height ^= 1;
	if (random_below(20))
		wish.main = random_size(&wish.input);
	if (random_below(2))
		wish.viewfinder = random_size(&wish.input);
	if (random_below(4) == 0)
		wish.zoom_milli += random_below(1500);
	return wish;
}

static struct {
	unsigned given, refused;
	unsigned compared, larger, equal;
	unsigned viewfinders_compared, viewfinders_smaller;
	double worst_viewfinder;
} counts;

/* The field of view is never smaller than the usual search's, where that one breaks no rule. */
static void compare(const struct ipu3_wish *wish, const struct ipu3_geometry *is, int ret)
{
	struct ipu3_geometry usual;
	double ours, theirs;

	if (!wish->main.width || !wish->main.height || wish->zoom_milli != 1000 ||
	    (wish->viewfinder.width && !is_in(&wish->viewfinder, &wish->main)) ||
	    (wish->viewfinder.width && !wish->viewfinder.height))
		return;
	if (!usual_search(wish, &usual) || broken_rule(&usual, wish->fourcc))
		return;
	counts.compared++;
	if (!CHECK_EQ(ret, 0))
		return;
	ours = seen_width(is, is->main_view.node);
	theirs = seen_width(&usual, IPU3_NODE_OUTPUT);
	CHECK(ours >= theirs - 1e-6);
	counts.larger += ours > theirs + 1e-6;
	counts.equal += fabs(ours - theirs) <= 1e-6;
	if (!wish->viewfinder.width)
		return;
	ours = seen_width(is, is->viewfinder_view.node);
	theirs = seen_width(&usual, IPU3_NODE_VIEWFINDER);
	counts.viewfinders_compared++;
	counts.viewfinders_smaller += ours < theirs - 1e-6;
	counts.worst_viewfinder = fmax(counts.worst_viewfinder, (theirs - ours) / theirs);
}

/* What is offered instead of a wish is given, and what already is there is not touched. */
static void check_refused(const struct ipu3_wish *wish, const struct ipu3_misfit *misfit)
{
	struct ipu3_wish instead = *wish;
	struct ipu3_geometry is;
	struct ipu3_misfit again;
	struct ipu3_limits limits;
	char text[160], sentence[256];

	CHECK(strlen(ipu3_misfit_text(misfit, sentence, sizeof(sentence))) > 20);
	if (misfit->nearest_main.width == 0 && misfit->nearest_viewfinder.width == 0) {
		CHECK(ipu3_geometry_limits(wish, &limits) == -ERANGE ||
		      (wish->main.width == 0 && wish->viewfinder.width == 0));
		return;
	}
	CHECK_EQ(misfit->nearest_main.width == 0,
		 is_same(&wish->main, &(struct ipu3_size){ 0 }));
	instead.main = misfit->nearest_main;
	instead.viewfinder = misfit->nearest_viewfinder;
	CHECK_STR_EQ(ipu3_geometry_compute(&instead, &is, &again) == 0 ?
			     "" :
			     ipu3_misfit_text(&again, text, sizeof(text)),
		     "");
}

static void test_many(void)
{
	test_case("geometry: many wishes, all rules kept, nothing seen less than by the usual search");
	for (unsigned i = 0; i < NUM_WISHES; i++) {
		const struct ipu3_wish wish = random_wish();
		struct ipu3_misfit misfit;
		struct ipu3_geometry is;
		int ret = ipu3_geometry_compute(&wish, &is, &misfit);

		compare(&wish, &is, ret);
		if (ret < 0) {
			counts.refused++;
			CHECK_EQ(ret, -ERANGE);
			check_refused(&wish, &misfit);
			continue;
		}
		counts.given++;
		CHECK_STR_EQ(broken_rule(&is, wish.fourcc), NULL);
		CHECK(is_zoomed(&is, wish.zoom_milli));
		check_told(&wish, &is);
		check_most(&wish, &is);
	}
	printf("# %u given, %u refused; beside the usual search %u: %u larger, %u equal; "
	       "viewfinders %u: %u smaller, at most by %.2f%%\n",
	       counts.given, counts.refused, counts.compared, counts.larger, counts.equal,
	       counts.viewfinders_compared, counts.viewfinders_smaller,
	       100 * counts.worst_viewfinder);
	CHECK(counts.given >= 5000);
	CHECK(counts.refused >= 2000);
	CHECK(counts.compared >= 2000);
	CHECK_EQ(counts.larger + counts.equal, counts.compared);
}

/* ---- by name ---- */

static struct ipu3_wish wish_for(u32 width, u32 height, u32 main_width, u32 main_height)
{
	return (struct ipu3_wish){ .input = { width, height },
				   .fourcc = GRBG,
				   .main = { main_width, main_height },
				   .zoom_milli = 1000 };
}

/* "crop bds gdc output viewfinder factor", and a role's view, or the reason why not. */
static const char *compute(const struct ipu3_wish *wish)
{
	static const char *const nodes[] = { "-", "output", "viewfinder" };
	static char text[256];
	struct ipu3_geometry is;
	struct ipu3_misfit misfit;

	if (ipu3_geometry_compute(wish, &is, &misfit) < 0)
		return ipu3_misfit_text(&misfit, text, sizeof(text));
	snprintf(text, sizeof(text),
		 "%ux%u %ux%u %ux%u %ux%u %ux%u n=%u main %s %u/%u viewfinder %s %u/%u",
		 is.crop.width, is.crop.height, is.bds.width, is.bds.height, is.gdc.width,
		 is.gdc.height, is.output.width, is.output.height, is.viewfinder.width,
		 is.viewfinder.height, is.factor, nodes[is.main_view.node],
		 is.main_view.width_milli, is.main_view.height_milli,
		 nodes[is.viewfinder_view.node], is.viewfinder_view.width_milli,
		 is.viewfinder_view.height_milli);
	return text;
}

static void test_rows(void)
{
	static const struct {
		struct ipu3_size input, main, viewfinder;
		const char *want;
	} rows[] = {
		{ { 2592, 1944 },
		  { 1280, 720 },
		  { 0 },
		  "2592x1944 1296x972 1280x720 1280x720 1280x720 n=64 "
		  "main output 988/741 viewfinder - 0/0" },
		{ { 4224, 3136 },
		  { 1280, 720 },
		  { 1280, 720 },
		  "4212x3120 1296x960 1280x720 1280x720 1280x720 n=104 "
		  "main output 985/746 viewfinder viewfinder 985/746" },
		{ { 4224, 3136 },
		  { 1280, 720 },
		  { 0 },
		  "4220x3120 1688x1248 1680x948 1680x948 1280x720 n=80 "
		  "main viewfinder 994/753 viewfinder - 0/0" },
		{ { 2592, 1944 },
		  { 2560, 1920 },
		  { 2560, 1920 },
		  "2592x1944 2592x1944 2560x1920 2560x1920 2560x1920 n=32 "
		  "main output 988/988 viewfinder viewfinder 988/988" },
		{ { 2592, 1944 },
		  { 2560, 1440 },
		  { 1280, 720 },
		  "2592x1944 2592x1944 2560x1440 2560x1440 1280x720 n=32 "
		  "main output 988/741 viewfinder viewfinder 988/741" },
		{ { 2112, 1568 },
		  { 1920, 1080 },
		  { 640, 480 },
		  "2108x1564 1984x1472 1920x1440 1920x1080 640x480 n=34 "
		  "main output 966/732 viewfinder viewfinder 966/976" },
		{ { 1932, 1092 },
		  { 1280, 720 },
		  { 0 },
		  "1932x1092 1288x728 1280x720 1280x720 1280x720 n=48 "
		  "main output 994/989 viewfinder - 0/0" },
		/* Where the usual search has a crop above the input, and a BDS that gets rounded. */
		{ { 2592, 1458 },
		  { 640, 480 },
		  { 0 },
		  "2574x1452 1248x704 928x696 928x696 640x480 n=66 "
		  "main viewfinder 738/985 viewfinder - 0/0" },
		{ { 1932, 1092 },
		  { 640, 480 },
		  { 0 },
		  "1932x1092 1104x624 824x616 824x616 640x480 n=56 "
		  "main viewfinder 744/987 viewfinder - 0/0" },
	};

	test_case("geometry: sizes that are known from elsewhere");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ipu3_wish wish = wish_for(rows[i].input.width, rows[i].input.height,
						 rows[i].main.width, rows[i].main.height);

		wish.viewfinder = rows[i].viewfinder;
		CHECK_STR_EQ(compute(&wish), rows[i].want);
	}
}

static void test_nodes(void)
{
	struct ipu3_wish wish = wish_for(2592, 1944, 640, 480);

	test_case("geometry: a small picture alone comes from the scaler, whichever its role");
	CHECK_STR_EQ(compute(&wish), "2590x1940 1036x776 1024x768 1024x768 640x480 n=80 "
				     "main viewfinder 988/988 viewfinder - 0/0");
	wish.viewfinder = wish.main;
	wish.main = (struct ipu3_size){ 0 };
	CHECK_STR_EQ(compute(&wish), "2590x1940 1036x776 1024x768 1024x768 640x480 n=80 "
				     "main - 0/0 viewfinder viewfinder 988/988");

	test_case("geometry: a picture alone need only have even sides");
	wish = wish_for(2592, 1944, 642, 482);
	CHECK_STR_EQ(compute(&wish), "2590x1940 1036x776 1024x768 1024x768 642x482 n=80 "
				     "main viewfinder 987/988 viewfinder - 0/0");

	test_case("geometry: a viewfinder that is wider than main swaps nodes with it");
	wish = wish_for(2592, 1944, 642, 482);
	wish.viewfinder = (struct ipu3_size){ 1920, 1080 };
	CHECK_STR_EQ(compute(&wish), "2562x1932 1952x1472 1920x1444 1920x1080 642x482 n=42 "
				     "main viewfinder 972/973 viewfinder output 972/729");
	wish = wish_for(2592, 1944, 1280, 722);
	wish.viewfinder = (struct ipu3_size){ 1280, 720 };
	CHECK(strstr(compute(&wish), "main viewfinder"));

	test_case("geometry: two small pictures go beyond 2.5:1, as only one of them can be scaled");
	wish = wish_for(4224, 3136, 1280, 720);
	wish.viewfinder = (struct ipu3_size){ 640, 480 };
	CHECK_STR_EQ(compute(&wish), "4212x3120 1296x960 1280x952 1280x720 640x480 n=104 "
				     "main output 985/746 viewfinder viewfinder 977/987");

	test_case("geometry: nobody asks for a picture, all of the frame for the statistics");
	wish = wish_for(2592, 1944, 0, 0);
	CHECK_STR_EQ(compute(&wish), "2590x1940 1036x776 1024x768 1024x768 1024x768 n=80 "
				     "main - 0/0 viewfinder - 0/0");

	test_case("geometry: zoom shows the middle");
	wish = wish_for(4224, 3136, 640, 480);
	wish.zoom_milli = 3000;
	CHECK_STR_EQ(compute(&wish), "1392x1044 768x576 760x568 760x568 640x480 n=58 "
				     "main viewfinder 325/328 viewfinder - 0/0");
}

static void test_orders(void)
{
	struct ipu3_geometry is;
	struct ipu3_misfit misfit;
	struct ipu3_wish wish = wish_for(2592, 1944, 2584, 1936);

	test_case("geometry: no row or column behind the frame is read, whatever is first in it");
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), 0);
	wish.fourcc = BGGR;
	CHECK_STR_EQ(compute(&wish), "main 2584x1936 needs an input of at least 2592x1946, "
				     "the sensor's mode is 2592x1944");
	wish.fourcc = RGGB;
	CHECK_STR_EQ(compute(&wish), "main 2584x1936 needs an input of at least 2594x1944, "
				     "the sensor's mode is 2592x1944");
	wish.fourcc = GBRG;
	CHECK_STR_EQ(compute(&wish), "main 2584x1936 needs an input of at least 2594x1946, "
				     "the sensor's mode is 2592x1944");
	wish.main = (struct ipu3_size){ 2560, 1920 };
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), 0);
	CHECK_EQ(is.crop.width, 2588);
	CHECK_EQ(is.crop.height, 1940);
	CHECK_EQ(is.crop_left, 3);
	CHECK_EQ(is.crop_top, 3);
}

static void test_refusals(void)
{
	struct ipu3_wish wish = wish_for(1640, 1232, 2560, 1440);
	struct ipu3_geometry is = { .factor = 7 };
	struct ipu3_misfit misfit;
	char text[128], cut[8];

	test_case("geometry: each reason has its sentence");
	CHECK_STR_EQ(compute(&wish), "main 2560x1440 needs an input of at least 2568x1448, "
				     "the sensor's mode is 1640x1232");
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), -ERANGE);
	CHECK_EQ(is.factor, 7);
	CHECK_EQ(misfit.nearest_main.width, 1632);
	CHECK_EQ(misfit.nearest_main.height, 1224);
	ipu3_misfit_text(&misfit, cut, sizeof(cut));
	CHECK_STR_EQ(cut, "main 25");

	wish = wish_for(640, 80, 320, 240);
	CHECK_STR_EQ(compute(&wish), "the ImgU takes frames of 384x136 to 4224x3136 with even "
				     "sides, the sensor's mode is 640x80");
	wish = wish_for(640, 481, 320, 240);
	CHECK_STR_EQ(compute(&wish), "the ImgU takes frames of 384x136 to 4224x3136 with even "
				     "sides, the sensor's mode is 640x481");
	wish = wish_for(4226, 3136, 320, 240);
	CHECK_STR_EQ(compute(&wish), "the ImgU takes frames of 384x136 to 4224x3136 with even "
				     "sides, the sensor's mode is 4226x3136");
	wish = wish_for(2592, 1944, 30, 480);
	CHECK_STR_EQ(compute(&wish),
		     "main 30x480: the ImgU makes pictures of 32x32 to 4216x3128");
	wish = wish_for(2592, 1944, 8000, 6000);
	CHECK_STR_EQ(compute(&wish),
		     "main 8000x6000: the ImgU makes pictures of 32x32 to 4216x3128");
	wish = wish_for(2592, 1944, 641, 480);
	CHECK_STR_EQ(compute(&wish), "main 641x480: the width must be a multiple of 2 and the "
				     "height one of 2");
	wish = wish_for(2592, 1944, 1284, 720);
	wish.viewfinder = (struct ipu3_size){ 640, 480 };
	CHECK_STR_EQ(compute(&wish), "main 1284x720: the width must be a multiple of 8 and the "
				     "height one of 4");
	wish = wish_for(2592, 1944, 1280, 720);
	wish.viewfinder = (struct ipu3_size){ 640, 1938 };
	CHECK_STR_EQ(compute(&wish), "viewfinder 640x1938 needs an input of at least 1288x1948, "
				     "the sensor's mode is 2592x1944");
	wish.viewfinder = (struct ipu3_size){ 2600, 480 };
	CHECK_STR_EQ(compute(&wish), "viewfinder 2600x480 needs an input of at least 2608x488, "
				     "the sensor's mode is 2592x1944");
	wish = wish_for(2592, 1944, 2560, 1440);
	wish.viewfinder = (struct ipu3_size){ 32, 32 };
	CHECK_STR_EQ(compute(&wish), "viewfinder 32x32 is too small beside the other picture, "
				     "the least is 214x120");
	wish = wish_for(2592, 1944, 2560, 1440);
	wish.zoom_milli = 2000;
	CHECK_STR_EQ(compute(&wish), "in the sensor's mode 2592x1944 zoom can be at most 1.009 "
				     "here, not 2.000");
	wish.zoom_milli = 1009;
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), 0);
	wish.zoom_milli = 1010;
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), -ERANGE);
	CHECK_EQ(misfit.reason, IPU3_MISFIT_ZOOM);
	wish = wish_for(2592, 1944, 1280, 1440);
	wish.zoom_milli = 2000;
	CHECK_STR_EQ(compute(&wish), "in the sensor's mode 2592x1944 zoom can be at most 1.342 "
				     "here, not 2.000");
	wish = wish_for(2592, 1944, 0, 0);
	wish.zoom_milli = 9000;
	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), -ERANGE);
	CHECK(strstr(ipu3_misfit_text(&misfit, text, sizeof(text)), "at most 6.750"));
}

static void check_nearest(struct ipu3_wish wish, struct ipu3_size main,
			  struct ipu3_size viewfinder)
{
	struct ipu3_geometry is;
	struct ipu3_misfit misfit;

	CHECK_EQ(ipu3_geometry_compute(&wish, &is, &misfit), -ERANGE);
	CHECK_EQ(misfit.nearest_main.width, main.width);
	CHECK_EQ(misfit.nearest_main.height, main.height);
	CHECK_EQ(misfit.nearest_viewfinder.width, viewfinder.width);
	CHECK_EQ(misfit.nearest_viewfinder.height, viewfinder.height);
}

static void test_nearest(void)
{
	static const struct ipu3_size none = { 0 };
	struct ipu3_wish wish;

	test_case("geometry: what is offered instead is near, and stays in its role");
	wish = wish_for(2592, 1944, 641, 479);
	check_nearest(wish, (struct ipu3_size){ 642, 480 }, none);
	wish.viewfinder = wish.main;
	wish.main = none;
	check_nearest(wish, none, (struct ipu3_size){ 642, 480 });
	check_nearest(wish_for(2592, 1944, 3840, 20), (struct ipu3_size){ 2584, 32 }, none);
	check_nearest(wish_for(2592, 1944, UINT32_MAX, UINT32_MAX),
		      (struct ipu3_size){ 2584, 1936 }, none);
	check_nearest(wish_for(2592, 1001, 640, 480), none, none);
	wish = wish_for(2592, 1944, 640, 480);
	wish.zoom_milli = UINT32_MAX;
	check_nearest(wish, none, none);

	wish = wish_for(2592, 1944, 1283, 722);
	wish.viewfinder = (struct ipu3_size){ 641, 480 };
	check_nearest(wish, (struct ipu3_size){ 1280, 724 }, (struct ipu3_size){ 642, 480 });
	wish.main = wish.viewfinder;
	wish.viewfinder = (struct ipu3_size){ 1283, 722 };
	check_nearest(wish, (struct ipu3_size){ 642, 480 }, (struct ipu3_size){ 1280, 724 });
	wish.viewfinder = (struct ipu3_size){ 2560, 1920 };
	wish.main = (struct ipu3_size){ 48, 36 };
	check_nearest(wish, (struct ipu3_size){ 214, 160 }, (struct ipu3_size){ 2560, 1920 });
	/* As tall as they come, and not wider than the other. */
	wish.main = (struct ipu3_size){ 1280, 720 };
	wish.viewfinder = (struct ipu3_size){ 1280, 2000 };
	check_nearest(wish, (struct ipu3_size){ 1280, 720 },
		      (struct ipu3_size){ 1280, 1936 });
}

/* What is told of a mode is given, and the next step beyond is not. */
static void check_limits(struct ipu3_wish *wish)
{
	struct ipu3_geometry is;
	struct ipu3_misfit misfit;
	struct ipu3_limits limits;

	CHECK_EQ(ipu3_geometry_limits(wish, &limits), 0);
	wish->main = limits.most;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), 0);
	wish->main.width += limits.step.width;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), -ERANGE);
	wish->main = limits.most;
	wish->main.height += limits.step.height;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), -ERANGE);
	wish->main = limits.least;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), 0);
	wish->main.width--;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), -ERANGE);
	wish->main = limits.most;
	wish->main.width -= limits.wider_step.width;
	wish->main.height -= limits.wider_step.height;
	wish->viewfinder.width = wish->main.width / 4 * 2;
	wish->viewfinder.height = wish->main.height / 4 * 2;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), 0);
	wish->main.width -= limits.wider_step.width / 2;
	CHECK_EQ(ipu3_geometry_compute(wish, &is, &misfit), -ERANGE);
	CHECK_EQ(misfit.reason, IPU3_MISFIT_STEP);
}

static void test_limits(void)
{
	static const u32 orders[] = { GRBG, GBRG, BGGR, RGGB };
	struct ipu3_limits limits;
	struct ipu3_wish wish;

	test_case("limits: of every mode of every sensor, for every order of colours");
	for (size_t i = 0; i < ARRAY_SIZE(modes) * ARRAY_SIZE(orders); i++) {
		wish = (struct ipu3_wish){ .input = modes[i / 4],
					   .fourcc = orders[i % 4],
					   .zoom_milli = 1000 };
		check_limits(&wish);
	}

	test_case("limits: numbers, and a mode without any");
	wish = wish_for(2592, 1944, 0, 0);
	CHECK_EQ(ipu3_geometry_limits(&wish, &limits), 0);
	CHECK_EQ(limits.most.width, 2584);
	CHECK_EQ(limits.most.height, 1936);
	CHECK_EQ(limits.least.width, 32);
	CHECK_EQ(limits.least.height, 32);
	CHECK_EQ(limits.step.width, 2);
	CHECK_EQ(limits.step.height, 2);
	CHECK_EQ(limits.wider_step.width, 8);
	CHECK_EQ(limits.wider_step.height, 4);
	wish.zoom_milli = 2000;
	CHECK_EQ(ipu3_geometry_limits(&wish, &limits), 0);
	CHECK_EQ(limits.most.width, 1288);
	CHECK_EQ(limits.most.height, 964);
	wish.zoom_milli = 9000;
	CHECK_EQ(ipu3_geometry_limits(&wish, &limits), -ERANGE);
	wish = wish_for(382, 480, 0, 0);
	CHECK_EQ(ipu3_geometry_limits(&wish, &limits), -ERANGE);
}

int main(void)
{
	test_rows();
	test_nodes();
	test_orders();
	test_refusals();
	test_nearest();
	test_limits();
	test_many();
	return test_done();
}
