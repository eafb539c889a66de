/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A display by kernel mode setting: one connector, the CRTC that feeds it, and the plane that
 * shows pictures out of dma-bufs. What was on the screen is remembered and put back.
 *
 *	plane: pictures ─────┐
 *	                     ├─▶ CRTC: a mode ─▶ connector
 *	primary plane: black ┘
 *
 * Where the primary plane can show the pictures by itself, it is the one that does. Atomic mode
 * setting only: what the hardware can do is found by commits that only test.
 *
 * Rests on Documentation/gpu/drm-kms.rst and drm-uapi.rst in the kernel, and on drm_mode.h.
 */
#ifndef RAWLINE_KMS_H
#define RAWLINE_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/format.h"

struct kms;
struct log;

#define KMS_TEXT_SIZE 512

struct kms_options {
	const char *connector; /* "HDMI-A-1"; NULL: the first that is connected */
	const char *folder;    /* of the cards; NULL: /dev/dri */
};

enum kms_encoding { KMS_BT601, KMS_BT709, KMS_BT2020, KMS_NUM_ENCODINGS };
enum kms_range { KMS_LIMITED, KMS_FULL, KMS_NUM_RANGES };

/* How a picture lies in its dma-bufs, as DRM sees it. */
struct kms_picture {
	uint32_t fourcc; /* DRM_FORMAT_* */
	uint32_t width;
	uint32_t height;
	unsigned num_planes;                /* of colour */
	unsigned memory[FORMAT_MAX_PLANES]; /* which of the dma-bufs has this plane */
	uint32_t pitch[FORMAT_MAX_PLANES];  /* bytes from line to line */
	uint32_t offset[FORMAT_MAX_PLANES]; /* where the plane begins in its dma-buf */
	bool is_yuv;                        /* these two mean something: */
	enum kms_encoding encoding;
	enum kms_range range;
};

/*
 * Finds the connector and a card that has it, becomes the card's master, and reads what there is;
 * the screen is as before. Refused, each with a sentence: no card or connector, or nothing
 * connected (-ENOENT), a driver without atomic mode setting (-EOPNOTSUPP), another program that
 * is master (-EBUSY), no permission (-EACCES); or -errno.
 */
int kms_create(struct log *log, const struct kms_options *options, struct kms **kms);

/* Puts back what was on the screen, and closes the card. Accepts NULL. */
void kms_destroy(struct kms *kms);

/* Readable when kms_read_events() has something to do; lent. */
int kms_fd(const struct kms *kms);

/* "HDMI-A-1" */
const char *kms_name(const struct kms *kms);

/* True if some plane can show this DRM_FORMAT_* in lines, one after another (linear). */
bool kms_can_show(const struct kms *kms, uint32_t fourcc);

/* What it can show, by DRM's names: "XR24 RG16 NV12". Returns text. */
const char *kms_formats_text(const struct kms *kms, char text[static KMS_TEXT_SIZE]);

/*
 * Makes a frame buffer of the dma-bufs fds, of which picture->memory speaks; once for each
 * buffer, for it costs a mapping. They are not needed any longer, but keep the memory alive.
 * 0 or -errno, not said: -EINVAL if this display can't reach such memory, or lines this wide.
 */
int kms_import(struct kms *kms, const struct kms_picture *picture, const int *fds,
	       uint32_t *framebuffer);

/* Forgets a frame buffer. One that is being shown makes its plane dark. */
void kms_remove(struct kms *kms, uint32_t framebuffer);

/*
 * Finds the plane and the place for pictures of which this is one: scaled to the screen where
 * the hardware does it, else as they are, in the middle. Then makes the screen black. Waits for
 * the mode to be set. 0; -EOPNOTSUPP if no plane takes them; or -errno; said.
 */
int kms_prepare(struct kms *kms, const struct kms_picture *picture, uint32_t framebuffer);

/* "Virtual-1, 1024x768 at 60 Hz: 640x480 scaled to 1024x768 on plane 31 (primary)". */
const char *kms_describe(const struct kms *kms, char text[static KMS_TEXT_SIZE]);

/*
 * Shows another frame buffer from the next refresh on; never waits. Until that has happened
 * kms_is_flipping() is true and the one before is still being read.
 * Returns 0 or -errno, not said: -EACCES if another program has become master, -ENODEV if
 * the display is gone. Called again later, it goes on as if nothing had been.
 */
int kms_flip(struct kms *kms, uint32_t framebuffer);
bool kms_is_flipping(const struct kms *kms);

/* Takes what the card has to say. 0 or -errno. */
int kms_read_events(struct kms *kms);

/*
 * Puts back what was on the screen: from then on no frame buffer is read. Waits for a flip
 * that is on its way. Done by kms_destroy() otherwise.
 */
void kms_restore(struct kms *kms);

#endif
