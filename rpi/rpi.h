/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of rpi-capture share: one open camera, with the ISP behind it. */
#ifndef RAWLINE_RPI_H
#define RAWLINE_RPI_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/device/upstream.h"
#include "common/tool/capture.h"
#include "common/tool/sensor_plan.h"

struct discover_media;
struct frame;
struct log;
struct media;
struct option_role;
struct option_stream;
struct options;
struct rpi_engine;
struct setup;
struct sidecar_settings;
struct subdev;
struct video;

/* Metadata formats of Raspberry Pi's kernels, which headers may lack. */
#define RPI_META_EMBEDDED v4l2_fourcc('S', 'E', 'N', 'S')
#define RPI_META_STATS    v4l2_fourcc('B', 'S', 'T', 'A')

enum rpi_role {
	RPI_MAIN,
	RPI_SECOND,
	RPI_RAW,
	RPI_EMBEDDED,
	RPI_STATS,
	RPI_NUM_ROLES,
};

extern const struct option_role rpi_roles[RPI_NUM_ROLES];

/* Which driver has the receiver: one in the kernels of Raspberry Pi, another in mainline. */
enum rpi_driver {
	RPI_UNICAM,          /* Raspberry Pi's own, media controller mode */
	RPI_UNICAM_NODE,     /* the same in video node mode: not for us */
	RPI_UNICAM_MAINLINE, /* Linux 6.10 and later */
	RPI_CFE,             /* Raspberry Pi 5, Linux 6.13 and later */
	RPI_CFE_DOWNSTREAM,  /* Raspberry Pi 5, Raspberry Pi's own */
};

/* What the drivers do not have in common. */
struct rpi_receiver {
	const char *driver; /* for people */
	const char *image;  /* entities */
	const char *embedded;
	bool is_cfe; /* RAW of 16 bits is at the top of them, and there is a compressed form */
	unsigned min_buffers; /* that the driver starts with, and makes a request have */
	uint32_t max_size;    /* of a picture, each way */
	const char *refusal;  /* what is wrong with it; NULL: it can be used */
	const char *remedy;   /* what helps then */
	const char *no_data;  /* why there are no embedded data; NULL: there may be */
};

/* Bridges between sensor and receiver, the receiver's own one at the end. */
#define RPI_MAX_BRIDGES (UPSTREAM_MAX_LINKS - 1)

/* An ISP in the VideoCore, of which there are two alike. */
struct rpi_isp {
	struct media *media; /* owned */
	struct video *input;
	struct video *main;
	struct video *second;
	struct video *stats;
};

#define RPI_MAX_ISPS 2

struct rpi {
	struct log *log;
	struct media *media; /* of the receiver; lent */
	const struct rpi_receiver *receiver;
	struct upstream path; /* from the sensor to the image node */
	struct sensor *sensor;
	unsigned num_bridges;
	struct subdev *bridges[RPI_MAX_BRIDGES]; /* as the path goes; the first link leads to the first */
	struct video *image;
	struct video *embedded; /* NULL: closed, for while it is open it must stream */
	struct discover_media *isps; /* that this machine has; owned */
	size_t num_isps;
	struct rpi_isp *isp;       /* NULL: none is in use */
	struct rpi_engine *engine; /* NULL: nothing was set up */
};

/* A picture that the ISP makes. */
struct rpi_picture {
	uint32_t fourcc;
	uint32_t width, height;
};

/* What is to be set up. */
struct rpi_plan {
	const struct option_stream *asked[RPI_NUM_ROLES]; /* NULL: not asked for */
	struct sensor_plan sensor;
	uint32_t raw;            /* fourcc */
	uint32_t code;           /* of the receiver's last pad */
	bool uses_isp;           /* else raw alone */
	bool uses_embedded;      /* recorded, or read for exposure */
	struct rpi_picture main; /* always made, if the ISP is used: statistics come with it */
	struct rpi_picture second; /* width 0: none */
	struct v4l2_rect crop;     /* of raw, what the pictures show */
};

/* ---- receiver.c: the way from the sensor to memory ---- */

/* NULL if it is none of those that are known. */
const struct rpi_receiver *rpi_receiver_find(const struct media *media);

/* The only sensor; false if there is none. */
bool rpi_receiver_path(const struct media *media, const struct rpi_receiver *receiver,
		       struct upstream *path);

/* Opens sensor, bridges and image node of the path that was found. 0 or -errno; said. */
int rpi_receiver_open(struct rpi *rpi);
void rpi_receiver_close(struct rpi *rpi);

/*
 * Whoever streams would notice that modes of the sensor are tried. 0, or -EBUSY; said. What else may
 * be wrong with the node shows when it is set up.
 */
int rpi_receiver_check_free(const struct rpi *rpi);

/* What a driver lists need not be what it gives: the node is asked, and nothing is set. */
bool rpi_receiver_gives(const struct rpi *rpi, uint32_t fourcc);

/*
 * How many bytes of embedded data the sensor sends with each frame in the mode that is set; 0:
 * none, and then why is the reason, a clause.
 */
uint32_t rpi_receiver_embedded_bytes(const struct rpi *rpi, const char **why);

/* Links and formats, all but the sensor's own. */
void rpi_receiver_route(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan);

/*
 * A larger stride for raw, where the ISP wants one (it would not say so: the picture would be sheared).
 * Unicam takes it.
 */
void rpi_receiver_set_stride(struct rpi *rpi, struct setup *setup,
			     const struct rpi_plan *plan, uint32_t stride_bytes);

/* ---- isp.c: from memory to pictures ---- */

/*
 * Looks for the media devices of ISPs, for which it asks all media devices: as long as the
 * receiver's is not locked yet, for closing any descriptor of that would undo it. There may be none.
 * 0 or -errno; said.
 */
int rpi_isp_find(struct log *log, struct discover_media **isps, size_t *count);

/*
 * Opens the first one that nobody uses and locks it; without take just the first.
 * 0, -ENODEV (there is none; not said), -EBUSY (all are in use), or -errno; said.
 */
int rpi_isp_open(struct rpi *rpi, bool take, struct rpi_isp **isp);
void rpi_isp_destroy(struct rpi_isp *isp);

/* Why there is none, and what helps: a clause. Returns text. */
#define RPI_REASON_SIZE 256
const char *rpi_isp_missing(const struct rpi *rpi, char text[static RPI_REASON_SIZE]);

/* The same in two. */
void rpi_isp_look(const struct rpi *rpi, const char **cause, const char **remedy);

/* True for what a node makes, or takes. */
bool rpi_isp_offers(const struct video *node, uint32_t fourcc);

/* True for the formats of a picture that may be asked for. */
bool rpi_isp_makes(enum rpi_role role, const struct video *node, uint32_t fourcc);

/* Sizes of pictures: even, and between these. */
#define RPI_SIZE_STEP 2
#define RPI_MIN_SIZE  64
#define RPI_MAX_SIZE  16384

/* Formats and crop. */
void rpi_isp_route(struct rpi *rpi, struct setup *setup, const struct rpi_plan *plan);

/* ---- plan.c ---- */

/*
 * What the streams that were asked for need. Refuses with -EINVAL, said, what can't be; touches
 * nothing but the sensor's mode, which it puts back. Takes an ISP if one is needed.
 */
int rpi_plan(struct rpi *rpi, const struct options *options, const struct setup *setup,
	     struct rpi_plan *plan);

/* What the receiver takes of what sensors send. */
bool rpi_is_received(uint32_t code);

/* ---- explain.c ---- */

/* No camera was found: another driver may have them. */
void rpi_explain_none(struct log *log);

/* The camera belongs to the old firmware stack, and what helps then. */
#define RPI_FIRMWARE_CAUSE "the camera belongs to the old firmware stack (bcm2835-v4l2)"
#define RPI_FIRMWARE_REMEDY                                                                  \
	"take start_x=1 out of /boot/firmware/config.txt, put camera_auto_detect=1 (or the " \
	"sensor's dtoverlay) there, and reboot"
bool rpi_has_firmware_stack(void);

/* Functions of struct capture_explain. */
bool rpi_explain_start(void *device, const struct capture_stream *stream, int error);
void rpi_explain_silence(void *device, const struct capture_stream *stream,
			 char why[static CAPTURE_REASON_SIZE]);
void rpi_explain_slow_stop(void *device, const struct video *video,
			   char why[static CAPTURE_REASON_SIZE]);

/* doctor.c: what --doctor looks at. */
extern const struct doctor_platform rpi_doctor;

#endif
