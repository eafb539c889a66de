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
	unsigned known = companion->num_leaders < COMPANION_LEADERS ?
				 companion->num_leaders :
				 COMPANION_LEADERS;

	for (unsigned back = 1; back <= known; back++) {
		const struct companion_leader *leader =
			&companion->leaders[(companion->num_leaders - back) % COMPANION_LEADERS];

		if (leader->timestamp_ns == timestamp_ns)
			return leader;
	}
	return NULL;
}

/* An image of that time would have come already. */
static bool is_too_late(const struct companion *companion, uint64_t timestamp_ns)
{
	unsigned newest = (companion->num_leaders - 1) % COMPANION_LEADERS;

	return companion->num_leaders &&
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

void companion_came(struct companion *companion, struct frame *frame, bool waits)
{
	const struct companion_leader *leader = NULL;
	unsigned place;

	/* Time 0 is what old drivers say when two frames ran into one another: of no frame. */
	if (frame->timestamp_ns)
		leader = find_leader(companion, frame->timestamp_ns);
	if (leader) {
		settle_pair(companion, frame, leader->sequence);
		return;
	}
	if (!waits || !frame->timestamp_ns || is_too_late(companion, frame->timestamp_ns)) {
		settle_alone(companion, frame);
		return;
	}
	while (companion->num_waiting && frame->stream->queued < COMPANION_DRIVER)
		settle_alone(companion, take_waiting(companion));
	place = (companion->first_waiting + companion->num_waiting++) % STREAM_MAX_BUFFERS;
	companion->waiting[place] = frame;
}

void companion_cancel(struct companion *companion)
{
	while (companion->num_waiting)
		frame_release(take_waiting(companion));
}
