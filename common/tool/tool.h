/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of all tools: from the command line to the exit status, with the platform's
 * part in a table of functions.
 */
#ifndef RAWLINE_TOOL_H
#define RAWLINE_TOOL_H

#include "common/tool/camera.h"
#include "common/tool/capture.h"
#include "common/tool/option.h"

struct control_set;
struct doctor_platform;
struct info;
struct log;
struct media;
struct setup;

/* A control that is set by what the user asks for with an option. */
struct platform_control {
	const char *name; /* NULL: the end of a table */
	const char *option;
};

/*
 * What one platform knows. Functions return 0 or -errno and say what is wrong; device
 * is what open() made.
 */
struct platform {
	struct option_tool option;
	const char *const *drivers; /* of its media devices, NULL at the end */

	/* The cameras in one media device. */
	camera_find_fn *find;

	/* There is none: says why, if it knows. May be NULL. */
	void (*explain_none)(struct log *log);

	/* They share nothing: several may be in use at once. */
	bool has_separate_cameras;

	/*
	 * Opens what belongs to a camera; changes nothing. The media device is lent,
	 * and the camera copied if needed.
	 */
	int (*open)(struct log *log, struct media *media, const struct camera *camera,
		    void **device);
	void (*close)(void *device);

	/* Adds the devices that have controls, the sensor first. */
	int (*add_controls)(void *device, struct control_set *set);

	/* Describes streams, formats and sensor modes. */
	int (*info)(void *device, struct info *info);

	/*
	 * Works out what to set for the streams that were asked for (refusing with
	 * -EINVAL what cannot be given, naming the nearest that can), and sets it
	 * through setup, which a dry run turns into a script. Fills streams, of which
	 * there is room for OPTION_MAX_STREAMS, in the order in which they are to start;
	 * they stop in the opposite one.
	 */
	int (*configure)(void *device, const struct options *options, struct setup *setup,
			 struct capture_stream *streams, unsigned *num_streams);

	/*
	 * Controls that configure() sets, beside those of the features (option.features):
	 * --control may not, and a file does not. NULL: none.
	 */
	const struct platform_control *own_controls;

	struct capture_explain explain;
	struct capture_engine engine;
	const struct doctor_platform *doctor; /* what --doctor looks at */
};

/* Runs a tool; returns its exit status. */
int tool_run(const struct platform *platform, int argc, char **argv);

#endif
