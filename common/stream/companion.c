// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of a second node that belong to a receiver's, one to one. */
#include "common/stream/companion.h"

#include "common/stream/frame.h"

void companion_init(struct companion *companion,
		    void (*settle)(void *context, struct frame *frame), void *context)
{
	*companion = (struct companion){ .settle = settle, .context = context };
}

static struct frame *oldest_waiting(const struct companion *companion)
{
	return companion->waiting[companion->first_waiting];
}

static struct frame *take_waiting(struct companion *companion)
{
	struct frame *frame = oldest_waiting(companion);

	companion->first_waiting = (companion->first_waiting + 1) % STREAM_MAX_BUFFERS;
	companion->num_waiting--;
	return frame;
}

/* NULL unless that image is among the last ones. */
static const struct companion_leader *find_leader(const struct companion *companion,
						  uint64_t timestamp_ns)
{
	uint64_t num = companion->num_leaders;
	uint64_t forgotten = num > COMPANION_LEADERS ? num - COMPANION_LEADERS : 0;

	while (num-- > forgotten) {
		const struct companion_leader *leader =
			&companion->leaders[num % COMPANION_LEADERS];

		if (leader->timestamp_ns == timestamp_ns)
			return leader;
	}
	return NULL;
}

/* An image of that time would have come already. Of time 0 there is none. */
static bool is_too_late(const struct companion *companion, uint64_t timestamp_ns)
{
	uint64_t newest = (companion->num_leaders - 1) % COMPANION_LEADERS;

	return companion->num_leaders && timestamp_ns &&
	       companion->leaders[newest].timestamp_ns > timestamp_ns;
}

static void settle_alone(struct companion *companion, struct frame *frame)
{
	companion->alone++;
	frame->sequence += companion->distance;
	companion->settle(companion->context, frame);
}

static void settle_pair(struct companion *companion, struct frame *frame, uint32_t sequence)
{
	companion->pairs++;
	companion->distance = sequence - frame->sequence;
	frame->sequence = sequence;
	companion->settle(companion->context, frame);
}

void companion_leader_came(struct companion *companion, uint32_t sequence,
			   uint64_t timestamp_ns)
{
	if (!timestamp_ns)
		return;
	companion->leaders[companion->num_leaders++ % COMPANION_LEADERS] =
		(struct companion_leader){ timestamp_ns, sequence };
	while (companion->num_waiting &&
	       oldest_waiting(companion)->timestamp_ns <= timestamp_ns) {
		struct frame *frame = take_waiting(companion);

		if (frame->timestamp_ns == timestamp_ns)
			settle_pair(companion, frame, sequence);
		else
			settle_alone(companion, frame);
	}
}

/* The oldest one has nothing to wait for, or must not. */
static bool goes_on_alone(const struct companion *companion, const struct stream *stream,
			  bool waits)
{
	return !waits || !oldest_waiting(companion)->timestamp_ns ||
	       stream->queued < COMPANION_DRIVER;
}

void companion_came(struct companion *companion, struct frame *frame, bool waits)
{
	const struct companion_leader *leader = find_leader(companion, frame->timestamp_ns);
	const struct stream *stream = frame->stream;
	unsigned place;

	/* What waits is for images to come, so it is younger than one whose image was here. */
	if (leader) {
		settle_pair(companion, frame, leader->sequence);
		return;
	}
	if (is_too_late(companion, frame->timestamp_ns)) {
		settle_alone(companion, frame);
		return;
	}
	place = (companion->first_waiting + companion->num_waiting++) % STREAM_MAX_BUFFERS;
	companion->waiting[place] = frame;
	while (companion->num_waiting && goes_on_alone(companion, stream, waits))
		settle_alone(companion, take_waiting(companion));
}

void companion_cancel(struct companion *companion)
{
	while (companion->num_waiting)
		frame_release(take_waiting(companion));
}
