/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes inside the ImgU: from a frame of the sensor to the pictures that come out.
 *
 *	input ─▶ crop ─▶ BDS: smaller by factor/32 ─▶ GDC: middle ─┬▶ output: crop, its width is GDC's
 *	                 in the Bayer domain          of the BDS   └▶ viewfinder: scaled, then cropped
 *
 * The driver of 6.12 checks next to nothing of this: it rounds sizes in silence, reads outside
 * the frame, or starts and gives no frames until it is loaded anew. So all of it is worked out
 * here, such that nothing is left to round. No device is asked.
 *
 * "output" and "viewfinder" are the two nodes; "main" and "viewfinder" the two roles that people
 * ask for. Which node gives which role follows from the sizes: only the viewfinder node scales.
 */
#ifndef RAWLINE_IPU3_GEOMETRY_H
#define RAWLINE_IPU3_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sensor's modes are bounded by the receiver, pictures by the ImgU's nodes: the same numbers. */
#define IPU3_MIN_SIDE   32
#define IPU3_MAX_WIDTH  4224
#define IPU3_MAX_HEIGHT 3136

/* factor of the BDS: 32 is 1:1, 128 is 4:1. */
#define IPU3_FACTOR_UNIT 32
#define IPU3_FACTOR_MOST 128

/* In pixels; 0x0: none. */
struct ipu3_size {
	uint32_t width;
	uint32_t height;
};

enum ipu3_node {
	IPU3_NODE_NONE, /* nobody asked for it */
	IPU3_NODE_OUTPUT,
	IPU3_NODE_VIEWFINDER,
};

/* What is asked for. */
struct ipu3_wish {
	struct ipu3_size input; /* a mode of the sensor */
	uint32_t fourcc;        /* its order of colours: V4L2_PIX_FMT_IPU3_S… */
	struct ipu3_size main;  /* 0x0: nobody asked; neither: statistics only */
	struct ipu3_size viewfinder;
	uint32_t zoom_milli; /* 1000, or less: all of the frame; 2000: the middle half of each side */
};

/* Where a role's picture comes from, and how much of the sensor's frame is in it. */
struct ipu3_view {
	enum ipu3_node node;
	uint32_t width_milli; /* 1000: from edge to edge */
	uint32_t height_milli;
};

struct ipu3_geometry {
	struct ipu3_size input; /* S_FMT on the input node */
	struct ipu3_size crop; /* pad 0 CROP, sizes only: the driver puts it in the middle */
	uint32_t crop_left;    /* where that is, first pixel read */
	uint32_t crop_top;
	struct ipu3_size bds;    /* pad 0 COMPOSE */
	struct ipu3_size gdc;    /* S_FMT on pad 0 */
	struct ipu3_size output; /* S_FMT on the output node, also when nobody asked */
	struct ipu3_size viewfinder; /* S_FMT on the viewfinder node, also when nobody asked */
	uint32_t factor;             /* crop / bds, in 1/32 */
	uint32_t clock_mhz;          /* what the driver will choose */
	struct ipu3_view main_view;
	struct ipu3_view viewfinder_view;
};

enum ipu3_misfit_reason {
	IPU3_MISFIT_INPUT, /* no mode that the ImgU can read: odd, too small or too large */
	IPU3_MISFIT_RANGE,   /* a picture smaller or larger than any */
	IPU3_MISFIT_STEP,    /* a picture whose sides are no multiples of `step` */
	IPU3_MISFIT_TOO_BIG, /* needs an input of at least `needed` */
	IPU3_MISFIT_ZOOM,    /* would go with at most `zoom_most_milli` */
	IPU3_MISFIT_TOO_TINY, /* the scaler can't make a viewfinder that small beside this main */
};

/* Why something can't be had, with the numbers for a sentence. */
struct ipu3_misfit {
	enum ipu3_misfit_reason reason;
	bool is_viewfinder; /* the role that does not fit is viewfinder, not main */
	struct ipu3_size asked;
	struct ipu3_size input;
	struct ipu3_size needed;
	struct ipu3_size step;
	uint32_t zoom_milli;
	uint32_t zoom_most_milli;
	/* What would be given in place of what was asked for; 0x0 for a role nobody asked for,
	 * and for both if this mode can't give anything. */
	struct ipu3_size nearest_main;
	struct ipu3_size nearest_viewfinder;
};

/* What one mode of a sensor can give. */
struct ipu3_limits {
	struct ipu3_size least;
	struct ipu3_size most;
	struct ipu3_size step;       /* of a picture alone, and of the narrower of two */
	struct ipu3_size wider_step; /* of the wider of two */
};

/*
 * Works out all sizes for a wish. 0, or -ERANGE when it can't be had as it is; then *misfit says
 * why and *geometry is not touched. Of what fits, in this order:
 *
 * - the most is seen in main (or in the only picture): for that, two roles swap their nodes, and
 *   a picture alone may come from the scaler, out of a larger picture on the output node that
 *   nobody gets. One percent more or less of a side does not count there, work and memory do.
 * - the viewfinder sees as much as that leaves.
 * - statistics see all that the zoom leaves of the frame.
 */
int ipu3_geometry_compute(const struct ipu3_wish *wish, struct ipu3_geometry *geometry,
			  struct ipu3_misfit *misfit);

/*
 * What a mode can give at a zoom; the wish's pictures are not looked at. 0, or -ERANGE if the
 * ImgU can't use this mode, or none of it is left by the zoom.
 */
int ipu3_geometry_limits(const struct ipu3_wish *wish, struct ipu3_limits *limits);

/* The misfit as a sentence without a full stop, cut to size. Returns text. */
char *ipu3_misfit_text(const struct ipu3_misfit *misfit, char *text, size_t size);

#endif
