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
	if (is->bds.height < 130 || is->bds.width < 384)
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

int main(void)
{
	test_many();
	return test_done();
}
