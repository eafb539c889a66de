/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account of one stream: what became of every frame that its driver numbered. */
#ifndef RAWLINE_ACCOUNT_H
#define RAWLINE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct log;

/* A step in the sequence beyond this is no loss but a driver that counts oddly. */
#define ACCOUNT_MAX_GAP (1u << 20)

struct account {
	struct log *log;
	const char *name; /* the role; lent */
	uint64_t to_skip; /* frames that are still to be thrown away */

	uint64_t captured;      /* good frames that somebody had room for */
	uint64_t skipped;       /* thrown away because of --skip */
	uint64_t lost_driver;   /* gaps in the driver's sequence */
	uint64_t lost_error;    /* marked V4L2_BUF_FLAG_ERROR, or with nothing in them */
	uint64_t lost_overflow; /* good, but nobody had room for them */
	uint64_t lost_before;   /* of these two, before the first good frame */
	uint64_t underruns; /* times the driver was left without a buffer (by the caller) */
	uint64_t unprocessed;   /* that the processor made none of (by the caller) */
	uint64_t written;       /* complete in a file (counted by the caller) */
	bool is_displayed;      /* these two mean something (by the caller) */
	uint64_t displayed;     /* were on a screen */
	uint64_t not_displayed; /* passed by: a newer one was there, or no screen */
	bool has_ring;          /* frames are written only when somebody asks for them */
	uint64_t passed;        /* that nobody asked for (by the caller) */
	uint64_t bytes;         /* of the frames captured */
	uint64_t cpu_bytes; /* picture bytes that the CPU read or wrote (by the caller) */
	uint64_t first_ns; /* the driver's timestamps of the first and the last good frame */
	uint64_t last_ns;

	bool started;        /* sequence is of a frame */
	uint32_t sequence;   /* of the last frame that came */
	uint32_t unnumbered; /* damaged frames since then that came without a number */
	uint32_t returned; /* the last damaged ones that came empty; nothing came since */
	uint32_t missing;  /* lost since the last good frame */
	uint32_t dropped; /* lost since the last frame delivered, by account_overflow() */
	bool error_said;
	bool sequence_odd; /* said once */
	bool timestamp_odd;
};

enum account_verdict {
	ACCOUNT_DELIVER, /* a good frame: hand it on */
	ACCOUNT_SKIP,    /* one of the first that nobody wants */
	ACCOUNT_ERROR,   /* not a picture: give the buffer back */
};

/* Starts an account at nothing. */
void account_init(struct account *account, struct log *log, const char *name, uint64_t skip);

/*
 * Enters a frame as it comes from the driver, and says what to do with it. For
 * ACCOUNT_DELIVER it is counted as captured, and frame->lost becomes the number of frames
 * that are missing between it and the good frame before it.
 *
 * Losses count from the first frame that is not skipped; what a driver counted before that
 * one is not known to be lost. The sequence may start anywhere and wraps at 32 bits. One
 * that stands still (except for the two fields of V4L2_FIELD_ALTERNATE), goes back or leaps
 * is said once ("sequence-odd") and counts as no loss; so is a timestamp that goes back
 * ("timestamp-odd"). The first error frame is a warning ("frame-error"), others are details.
 */
enum account_verdict account_frame(struct account *account, struct frame *frame);

/* The frame was good, but nobody had room for it: it is not captured after all, but lost. */
void account_overflow(struct account *account, const struct frame *frame);

/*
 * The frame is about to be reported, in the order of the sequence: frame->lost grows by the
 * frames that overflowed since the last one that was.
 */
void account_deliver(struct account *account, struct frame *frame);

/*
 * A driver whose device goes away gives all buffers back, empty and with the mark of an error,
 * and may do so before anybody can know why. That there were such buffers is therefore said
 * only when the next frame comes, or by account_settle(), when none will. Once the device is
 * known to be gone, account_forget_returned() takes them out of the account.
 */
void account_settle(struct account *account);
void account_forget_returned(struct account *account);

/* Frames lost for any reason: what --max-lost limits. */
uint64_t account_lost(const struct account *account);

/*
 * The time that the good frames cover by their timestamps: first to last, and one mean
 * frame time. 0 before the second of them.
 */
uint64_t account_duration_ns(const struct account *account);

/* Captured frames in that time, in thousandths of a frame a second. */
uint64_t account_rate_mhz(const struct account *account);

/*
 * The same for all frames that the camera made in that time, lost ones included: 0 before the
 * second good frame.
 */
uint64_t account_camera_rate_mhz(const struct account *account);

#endif
