/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --doctor: looks at the system, the graph and the cameras, and names one cause and one remedy
 * for each fault. Nothing is changed: no format, no link, no lock.
 *
 *	driver ─▶ parameters ─▶ nodes ─▶ who uses them ─▶ sensors ─▶ graph
 *	                                                               │
 *	                     memory ◀─ the set-up, as a dry run ◀─ cameras
 *
 * What follows from a fault is not looked for: a driver that is not there has no nodes, and
 * that is not another fault.
 */
#ifndef RAWLINE_DOCTOR_H
#define RAWLINE_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/log.h"
#include "common/device/kernel.h"
#include "common/device/video_format.h"
#include "common/tool/capture.h"

struct camera;
struct discover;
struct discover_media;
struct media;
struct media_link;
struct options;
struct platform;
struct video;

#define DOCTOR_TEXT_SIZE  512
#define DOCTOR_CODE_SIZE  32
#define DOCTOR_MAX_SAID   8
#define DOCTOR_MAX_NODES  16
#define DOCTOR_CAUSE_SIZE 512

enum doctor_severity { DOCTOR_FINE, DOCTOR_WARNING, DOCTOR_FAULT };

/* A message of the code that a capture runs, too: error or warning. */
struct doctor_said {
	enum log_level level;
	char code[DOCTOR_CODE_SIZE];
	char sentence[DOCTOR_CAUSE_SIZE];
};

struct doctor {
	const struct platform *platform;
	const struct options *options;
	struct kernel kernel;
	FILE *file;
	struct log log; /* prints nothing: what is said is gathered below */
	unsigned num_said;
	struct doctor_said said[DOCTOR_MAX_SAID];

	/* The finding that is being made: its remedy is still to come. */
	enum doctor_severity severity;
	char code[DOCTOR_CODE_SIZE];
	char subject[128];
	char cause[DOCTOR_CAUSE_SIZE];
	const char *told; /* a platform's cause, which cameras may have in common; NULL: none */

	unsigned faults;
	unsigned warnings;
	int status; /* of the first fault; 0: none */
	int error;  /* of the writing */
};

/* ---- what a platform tells ---- */

/* A driver that cameras of the platform hang on. */
struct doctor_driver {
	const char *module; /* NULL: the end of a table */
	const char *option; /* of the kernel's configuration, without CONFIG_ */
	const char *bus;    /* of its hardware */
	const char *driver; /* its folder on that bus */
	const char *const *modaliases; /* of its hardware, patterns with NULL at the end */
	bool is_virtual;               /* its devices come with it */
	const char *absent;            /* a sentence: no such hardware is there */
	const char *remedy;            /* then */
};

/* A module's parameter that should be as it is usually. */
struct doctor_parameter {
	const char *module; /* NULL: the end of a table */
	const char *name;
	const char *usual;
	const char *effect; /* a clause: what another value does */
};

struct doctor_words {
	const char *subject; /* the camera's name, unless it is about something else */
	const char *cause;   /* what was said, unless there is a better sentence */
	const char *remedy;
};

/* What a dry run would set for one camera. */
struct doctor_plan {
	const struct camera *camera;
	struct media *media;
	struct capture_stream streams[OPTION_MAX_STREAMS];
	unsigned num_streams;
	unsigned num_nodes;
	struct {
		const struct video *video;
		struct video_format format;
	} nodes[DOCTOR_MAX_NODES];
};

struct doctor_platform {
	const struct doctor_driver *drivers;
	const struct doctor_parameter *parameters; /* NULL: none */
	/* An entity whose node must not be opened to look at it; NULL: none. */
	const char *closed;
	bool has_sensors; /* behind I2C, with drivers of their own */
	/* The drivers show no media device: finds what only the platform knows. May be NULL. */
	void (*absent)(struct doctor *doctor);
	/*
	 * What a capture says with this code, as cause and remedy; false: nothing better is
	 * known. The device is NULL where none is open. Words are the platform's. May be NULL.
	 */
	bool (*explain)(void *device, const char *code, struct doctor_words *words);
	/* Looks at an open camera that can be set up. May be NULL. */
	void (*examine)(struct doctor *doctor, void *device, const struct doctor_plan *plan);
};

/* ---- findings ---- */

/*
 * A finding: code is a stable word of rawline-report(5), subject what it is about ("" if the
 * sentence says it), status the one that a capture would end with; the sentence is the cause.
 * doctor_remedy() must follow, and prints it.
 */
void doctor_fault(struct doctor *doctor, const char *code, int status, const char *subject,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));
void doctor_warning(struct doctor *doctor, const char *code, const char *subject,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
void doctor_remedy(struct doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for a command that only root may run: says so to everybody else. */
void doctor_command(struct doctor *doctor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Something is in order; only printed with --verbose. */
void doctor_fine(struct doctor *doctor, const char *code, const char *subject,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Makes findings of what was said in the meantime: of each error a fault with this status. The
 * device may be NULL.
 */
void doctor_take_said(struct doctor *doctor, void *device, const char *subject, int status);

/* ---- the checks; each says what it found ---- */

void doctor_check_driver(struct doctor *doctor);
void doctor_check_parameters(struct doctor *doctor);

/* The nodes of a media device can be opened. False: a fault was found. */
bool doctor_check_device(struct doctor *doctor, const struct discover_media *device);
bool doctor_check_nodes(struct doctor *doctor, const struct media *media);

/* Nobody is in the way. False: somebody is. */
bool doctor_check_lock(struct doctor *doctor, const struct media *media,
		       const struct camera *camera);
bool doctor_check_busy(struct doctor *doctor, const struct media *media);

/* Memory that other devices read, and the rule that gives access to it. */
void doctor_check_access(struct doctor *doctor);

/* Sensors that should be there; is_fault: there is no camera without them. */
void doctor_check_sensors(struct doctor *doctor, bool is_fault);

/*
 * The ends of each link (of a camera, those that it is joined to; NULL: all), and links that
 * the set-up wants otherwise.
 */
void doctor_check_graph(struct doctor *doctor, struct media *media,
			const struct camera *camera);
void doctor_check_link(struct doctor *doctor, const struct media *media,
		       const struct media_link *link, bool enabled);

/* Whether the sensor of a camera tells what its receiver, and exposure, must know. */
void doctor_check_timing(struct doctor *doctor, const struct doctor_plan *plan);

/* Whether the memory of the streams is there. */
void doctor_check_memory(struct doctor *doctor, const struct doctor_plan *plan);

/* What would be set on a stream's node; NULL: not known. */
const struct video_format *doctor_format(const struct doctor_plan *plan,
					 const struct video *video);

/* Prints the verdict; returns the exit status. */
int doctor_end(struct doctor *doctor);

/* Runs all of it; returns the exit status, or -errno if media devices can't be listed. */
int doctor_run(const struct platform *platform, const struct options *options,
	       struct discover *discover, FILE *file);

#endif
