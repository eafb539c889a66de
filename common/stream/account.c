// SPDX-License-Identifier: GPL-2.0-or-later
/* The account of one stream: what became of every frame that its driver numbered. */
#include "common/stream/account.h"

#include <inttypes.h>
#include <linux/videodev2.h>

#include "common/base/log.h"
#include "common/stream/frame.h"

void account_init(struct account *account, struct log *log, const char *name, uint64_t skip)
{
	*account = (struct account){ .log = log, .name = name, .to_skip = skip };
}

/* The two fields of a picture come in buffers of their own and share its number. */
static bool is_second_field(const struct account *account, const struct frame *frame)
{
	return frame->sequence == account->sequence && frame->format &&
	       frame->format->field == V4L2_FIELD_ALTERNATE;
}

static void say_sequence(struct account *account, const struct frame *frame)
{
	if (account->sequence_odd || is_second_field(account, frame))
		return;
	account->sequence_odd = true;
	log_warning(account->log, "sequence-odd",
		    "%s: the driver gave a frame number %" PRIu32 " after number %" PRIu32
		    ": frames lost there can't be counted",
		    account->name, frame->sequence, account->sequence);
}

static void check_timestamp(struct account *account, const struct frame *frame)
{
	if (frame->timestamp_ns >= account->last_ns || account->timestamp_odd)
		return;
	account->timestamp_odd = true;
	log_warning(account->log, "timestamp-odd",
		    "%s: the driver's timestamps go back by %" PRIu64
		    " ns at frame %" PRIu32 ": times and rates can't be trusted",
		    account->name, account->last_ns - frame->timestamp_ns, frame->sequence);
}

/* The first one is worth a line on the screen; those of a camera that goes on so are not. */
static enum log_level error_level(struct account *account)
{
	enum log_level level = account->error_said ? LOG_DETAIL : LOG_WARNING;

	account->error_said = true;
	return level;
}

static void say_error(struct account *account, const struct frame *frame)
{
	const char *why = frame->flags & V4L2_BUF_FLAG_ERROR ?
				  "the driver says that it is damaged" :
			  frame->is_cut ? "it has no beginning or no end" :
					  "the size that the driver gave can't be right";

	log_say(account->log, error_level(account), "frame-error",
		"%s: frame %" PRIu32 ", %" PRIu64
		" bytes, is no picture and counts as lost: %s",
		account->name, frame->sequence, frame_bytes(frame), why);
}

void account_settle(struct account *account)
{
	if (!account->returned)
		return;
	log_say(account->log, error_level(account), "frame-error",
		"%s: %" PRIu32 " of the driver's buffers came back empty, with the mark of "
		"an error: %s",
		account->name, account->returned,
		account->returned == 1 ? "it counts as a lost frame" :
					 "they count as lost frames");
	account->returned = 0;
}

/*
 * Moves the sequence on to this frame and counts what is missing before it. Returns false,
 * with nothing changed, if the driver's number can't be right.
 */
static bool follow(struct account *account, const struct frame *frame)
{
	/* 32 bits that wrap. */
	uint32_t gap = frame->sequence - account->sequence - 1, errors;

	if (account->started && gap >= ACCOUNT_MAX_GAP)
		return false;
	if (!account->started)
		gap = 0;
	account->started = true;
	account->sequence = frame->sequence;

	/* Damaged frames that came without a number may be the ones that are missing here. */
	errors = account->unnumbered < gap ? account->unnumbered : gap;
	gap -= errors;
	account->unnumbered = 0;
	account->lost_driver += gap;
	account->missing += gap;
	return true;
}

static enum account_verdict enter_error(struct account *account, const struct frame *frame)
{
	/*
	 * Many drivers do not fill in the number of what they failed to fill, so a damaged
	 * frame does not start the sequence either.
	 */
	if (!account->started || !follow(account, frame))
		account->unnumbered++;
	account->lost_error++;
	account->missing++;
	if (frame->flags & V4L2_BUF_FLAG_ERROR && !frame_bytes(frame)) {
		account->returned++;
		return ACCOUNT_ERROR;
	}
	account_settle(account);
	say_error(account, frame);
	return ACCOUNT_ERROR;
}

enum account_verdict account_frame(struct account *account, struct frame *frame)
{
	if (account->to_skip) {
		account->to_skip--;
		account->skipped++;
		return ACCOUNT_SKIP;
	}
	if (frame_is_error(frame))
		return enter_error(account, frame);

	if (account->returned)
		account_settle(account);
	if (!follow(account, frame)) {
		say_sequence(account, frame);
		account->sequence = frame->sequence;
		account->unnumbered = 0;
	}
	check_timestamp(account, frame);
	if (!account->captured && !account->lost_overflow) {
		account->first_ns = frame->timestamp_ns;
		account->lost_before = account->lost_driver + account->lost_error;
	}
	account->last_ns = frame->timestamp_ns;
	account->captured++;
	account->bytes += frame_bytes(frame);
	frame->lost = account->missing;
	account->missing = 0;
	return ACCOUNT_DELIVER;
}

void account_overflow(struct account *account, const struct frame *frame)
{
	account->captured--;
	account->bytes -= frame_bytes(frame);
	account->lost_overflow++;
	account->dropped += frame->lost + 1;
}

void account_deliver(struct account *account, struct frame *frame)
{
	frame->lost += account->dropped;
	account->dropped = 0;
}

void account_forget_returned(struct account *account)
{
	account->lost_error -= account->returned;
	account->missing -= account->returned;
	account->returned = 0;
}

uint64_t account_lost(const struct account *account)
{
	return account->lost_driver + account->lost_error + account->lost_overflow;
}

uint64_t account_duration_ns(const struct account *account)
{
	uint64_t frames = account->captured + account->lost_overflow;
	uint64_t span_ns = account->last_ns - account->first_ns;

	if (frames < 2 || account->last_ns < account->first_ns)
		return 0;
	return span_ns + span_ns / (frames - 1);
}

/* In floating point, for the product may not fit 64 bits. */
static uint64_t rate_mhz(uint64_t frames, uint64_t duration_ns)
{
	if (!duration_ns)
		return 0;
	return (uint64_t)((double)frames * 1e12 / (double)duration_ns + 0.5);
}

uint64_t account_rate_mhz(const struct account *account)
{
	return rate_mhz(account->captured, account_duration_ns(account));
}

uint64_t account_camera_rate_mhz(const struct account *account)
{
	uint64_t good = account->captured + account->lost_overflow;
	uint64_t lost = account->lost_driver + account->lost_error - account->lost_before;
	uint64_t steps = good + lost;

	if (good < 2 || account->last_ns < account->first_ns)
		return 0;
	return rate_mhz(steps - 1, account->last_ns - account->first_ns);
}
