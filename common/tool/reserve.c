// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory of a lane's ring: the driver's buffers, or copies. */
#include "common/tool/reserve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/format.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/buffer/memory.h"
#include "common/sink/preroll.h"
#include "common/stream/pool.h"
#include "common/tool/lane.h"

#define AMOUNT_SIZE 24

static uint64_t frame_size(const struct lane *lane)
{
	const struct video_format *format = &lane->video->format;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < format->num_planes; i++)
		bytes += format->size_bytes[i];
	return bytes;
}

static void find_bill(const struct lane *lane, const struct capture_setup *setup,
		      struct preroll_bill *bill)
{
	preroll_bill(setup->options->ring_ns, lane->config->rate, bill);
}

/* Of frames that differ in size the memory is taken as it is needed. */
static bool is_compressed(const struct lane *lane)
{
	const struct format_info *info = format_find(lane->video->format.fourcc);

	return info && info->kind == FORMAT_COMPRESSED;
}

/* "2s are 60 frames of 900.0 KiB" */
static void print_frames(const struct lane *lane, const struct capture_setup *setup,
			 uint64_t frames, char *text, size_t size)
{
	char duration[32], amount[AMOUNT_SIZE];

	text_print_duration(setup->options->ring_ns, duration, sizeof(duration));
	text_print_bytes(frame_size(lane), amount, sizeof(amount));
	snprintf(text, size, "%s are %" PRIu64 " frames of %s%s%s", duration, frames,
		 is_compressed(lane) ? "at most " : "", amount,
		 lane->config->rate.denominator ?
			 "" :
			 " (the rate is not known: up to 120 a second)");
}

/* What the machine needs besides is not known here; so half is left to it. */
static int check_memory(const struct lane *lane, const struct capture_setup *setup,
			const struct preroll_bill *bill, uint64_t frames)
{
	uint64_t available = memory_info_bytes("MemAvailable"), bytes;
	char text[160], amount[AMOUNT_SIZE], half[AMOUNT_SIZE];

	/* Ten years of large frames are more than can be counted. */
	if (frames > UINT64_MAX / (frame_size(lane) + 1))
		bytes = UINT64_MAX;
	else
		bytes = frames * frame_size(lane);
	if (!available || bytes <= available / 2)
		return 0;
	print_frames(lane, setup, bill->frames, text, sizeof(text));
	text_print_bytes(bytes, amount, sizeof(amount));
	text_print_bytes(available / 2, half, sizeof(half));
	log_error(setup->log, "ring-refused",
		  "%s: ring: %s, with what the writer needs %s, and half of the memory that is "
		  "free are %s: take a shorter time, a smaller picture or a lower rate",
		  lane->stream.name, text, amount, half);
	return -EINVAL;
}

static void state_bill(const struct lane *lane, const struct capture_setup *setup,
		       const struct preroll_bill *bill, unsigned buffers)
{
	char text[160], amount[AMOUNT_SIZE];
	uint64_t spare = bill->slots - bill->frames;

	print_frames(lane, setup, bill->frames, text, sizeof(text));
	if (buffers) {
		text_print_bytes(buffers * frame_size(lane), amount, sizeof(amount));
		log_notice(setup->log, "ring-bill",
			   "%s: ring: %s, kept where the driver writes them, in %u buffers: %s",
			   lane->stream.name, text, buffers, amount);
	} else {
		text_print_bytes(bill->slots * frame_size(lane), amount, sizeof(amount));
		log_notice(setup->log, "ring-bill",
			   "%s: ring: %s, copied, and %" PRIu64 " more for the writer: %s",
			   lane->stream.name, text, spare, amount);
	}
}

int reserve_plan(struct lane *lane, const struct capture_setup *setup, unsigned share,
		 unsigned *count)
{
	const bool is_fixed = setup->options->num_buffers != 0;
	const unsigned limit = is_fixed ? *count : STREAM_MAX_BUFFERS;
	struct preroll_bill bill;
	bool is_lent;
	int ret;

	find_bill(lane, setup, &bill);
	is_lent = bill.buffers + share <= limit;
	ret = check_memory(lane, setup, &bill, is_lent ? bill.buffers : bill.slots);
	if (ret < 0)
		return ret;
	if (is_lent && !is_fixed)
		*count = share + (unsigned)bill.buffers;
	state_bill(lane, setup, &bill, is_lent ? *count : 0);
	return 0;
}

int reserve_ring(struct lane *lane, const struct capture_setup *setup, unsigned share)
{
	const unsigned count = lane->pool->count;
	unsigned lent = count > share ? count - share : 0;
	struct preroll_bill bill;
	int ret;

	find_bill(lane, setup, &bill);
	if (lent < bill.buffers) {
		/* The driver gave fewer than it was asked for: then that was not the bill. */
		if (bill.buffers + share <= STREAM_MAX_BUFFERS && !setup->options->num_buffers)
			state_bill(lane, setup, &bill, 0);
		lent = 0;
	}
	ret = preroll_reserve(lane->ring, lent, &lane->pool->buffers[0], bill.slots,
			      !is_compressed(lane));
	if (ret < 0)
		log_error(setup->log, "no-memory", "%s: ring: %s", lane->stream.name,
			  strerror(-ret));
	return ret;
}
