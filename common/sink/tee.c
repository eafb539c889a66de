// SPDX-License-Identifier: GPL-2.0-or-later
/* Several sinks of one stream as one. */
#include "common/sink/tee.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/base/sys.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"

/* A frame on its way. */
struct passage {
	unsigned left; /* sinks that have it still */
	int error;
	bool has_name;
	char name[PATH_MAX]; /* the first sink may be through with it before the others are */
};

struct leg {
	struct tee *tee;
	struct sink *sink;
};

struct tee {
	struct sink sink;
	unsigned num_legs;
	struct leg legs[TEE_MAX_SINKS];
	struct passage passages[STREAM_MAX_BUFFERS]; /* by the number of the buffer */
	char io[128];
};

static struct tee *to_tee(struct sink *sink)
{
	return (struct tee *)sink;
}

/* A failure says more than a cancelled write, and that more than a lack of room. */
static bool is_worse(int error, int than)
{
	if (!error || sink_is_no_failure(error))
		return error && !than;
	return !than || sink_is_no_failure(than) || than == -ECANCELED;
}

static void count_bytes(struct tee *tee)
{
	tee->sink.cpu_bytes = 0;
	for (unsigned i = 0; i < tee->num_legs; i++)
		tee->sink.cpu_bytes += tee->legs[i].sink->cpu_bytes;
}

void tee_done(void *context, struct frame *frame, const char *name, int error)
{
	struct leg *leg = context;
	struct tee *tee = leg->tee;
	struct passage *passage = &tee->passages[frame->buffer->number];
	bool counts = leg == &tee->legs[0];

	if (is_worse(error, passage->error) && (counts || !sink_is_no_failure(error)))
		passage->error = error;
	if (counts && name) {
		passage->has_name = true;
		snprintf(passage->name, sizeof(passage->name), "%s", name);
	}
	if (--passage->left)
		return;
	count_bytes(tee);
	sink_complete(&tee->sink, frame, passage->has_name ? passage->name : NULL,
		      passage->error ? 0 : frame_bytes(frame), passage->error);
}

static int watch(struct tee *tee, struct sink *sink)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (sink->fd < 0)
		return 0;
	return epoll_ctl(tee->sink.fd, EPOLL_CTL_ADD, sink->fd, &event) < 0 ? -errno : 0;
}

static void name_io(struct tee *tee)
{
	size_t used = 0;

	tee->io[0] = '\0';
	for (unsigned i = 0; i < tee->num_legs; i++) {
		const char *io = tee->legs[i].sink->io;

		if (!io || used >= sizeof(tee->io))
			continue;
		snprintf(tee->io + used, sizeof(tee->io) - used, "%s%s", used ? ", " : "",
			 io);
		used += strlen(tee->io + used);
	}
}

static int tee_prepare(struct sink *sink, struct buffer *buffers, unsigned count)
{
	struct tee *tee = to_tee(sink);
	int ret = 0;

	for (unsigned i = 0; i < tee->num_legs && !ret; i++) {
		struct sink *leg = tee->legs[i].sink;
		int before = leg->fd;

		ret = sink_prepare(leg, buffers, count);
		/* One that is closed is not watched any more. */
		if (!ret && leg->fd != before)
			ret = watch(tee, leg);
	}
	name_io(tee);
	return ret;
}

static void tee_write(struct sink *sink, struct frame *frame)
{
	struct tee *tee = to_tee(sink);
	struct passage *passage = &tee->passages[frame->buffer->number];

	/* All are counted before the first one may give it back. */
	passage->left = tee->num_legs;
	passage->error = 0;
	passage->has_name = false;
	for (unsigned i = 0; i < tee->num_legs; i++)
		sink_write(tee->legs[i].sink, frame);
}

static void tee_dispatch(struct sink *sink)
{
	struct tee *tee = to_tee(sink);

	for (unsigned i = 0; i < tee->num_legs; i++)
		sink_dispatch(tee->legs[i].sink);
	count_bytes(tee);
}

static int tee_finish(struct sink *sink)
{
	struct tee *tee = to_tee(sink);
	bool in_progress = false;
	int ret, error = 0;

	for (unsigned i = 0; i < tee->num_legs; i++) {
		ret = sink_finish(tee->legs[i].sink);
		if (ret == -EINPROGRESS)
			in_progress = true;
		else if (ret < 0 && !error)
			error = ret;
	}
	count_bytes(tee);
	return in_progress ? -EINPROGRESS : error;
}

static int tee_cancel(struct sink *sink)
{
	struct tee *tee = to_tee(sink);
	int error = 0;

	for (unsigned i = 0; i < tee->num_legs; i++) {
		sink_cancel(tee->legs[i].sink);
		if (!error)
			error = tee->legs[i].sink->error;
	}
	return error;
}

static void tee_destroy(struct sink *sink)
{
	struct tee *tee = to_tee(sink);

	for (unsigned i = 0; i < tee->num_legs; i++)
		sink_destroy(tee->legs[i].sink);
	sys_close(&tee->sink.fd);
	free(tee);
}

static const struct sink_ops tee_ops = {
	.prepare = tee_prepare,
	.write = tee_write,
	.dispatch = tee_dispatch,
	.finish = tee_finish,
	.cancel = tee_cancel,
	.destroy = tee_destroy,
};

int tee_create(sink_done_fn *done, void *done_context, struct sink **created)
{
	struct tee *tee;
	int ret;

	tee = calloc(1, sizeof(*tee));
	if (!tee)
		return -ENOMEM;
	sink_init(&tee->sink, &tee_ops, done, done_context);
	tee->sink.fd = epoll_create1(EPOLL_CLOEXEC);
	if (tee->sink.fd < 0) {
		ret = -errno;
		free(tee);
		return ret;
	}
	tee->sink.io = tee->io;
	for (unsigned i = 0; i < TEE_MAX_SINKS; i++)
		tee->legs[i].tee = tee;
	*created = &tee->sink;
	return 0;
}

void *tee_next(struct sink *sink)
{
	struct tee *tee = to_tee(sink);

	return tee->num_legs < TEE_MAX_SINKS ? &tee->legs[tee->num_legs] : NULL;
}

int tee_add(struct sink *sink, struct sink *added)
{
	struct tee *tee = to_tee(sink);

	if (tee->num_legs == TEE_MAX_SINKS) {
		sink_destroy(added);
		return -ENOSPC;
	}
	tee->legs[tee->num_legs++].sink = added;
	tee->sink.needs_whole |= added->needs_whole;
	name_io(tee);
	return watch(tee, added);
}
