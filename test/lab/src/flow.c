// SPDX-License-Identifier: GPL-2.0-or-later
/* Flow: bytes carried from one descriptor to another by a poll loop, counted, never translated. */
#include "flow.h"

#include <errno.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void flow_init(struct flow *flow, int in, int out, size_t chunk)
{
	flow->in = in;
	flow->out = out;
	flow->taken = 0;
	flow->expected = FLOW_UNTIL_END;
	flow->chunk = chunk;
	flow->start = flow->end = 0;
	flow->broken = false;
}

void flow_finish(struct flow *flow)
{
	close_fd(&flow->in);
	close_fd(&flow->out);
}

static bool flow_empty(const struct flow *flow)
{
	return flow->start == flow->end;
}

bool flow_done(const struct flow *flow)
{
	return flow->in < 0 && flow_empty(flow);
}

void flow_poll(const struct flow *flow, struct pollfd fds[2])
{
	bool empty = flow_empty(flow);

	fds[0] = (struct pollfd){ .fd = empty ? flow->in : -1, .events = POLLIN };
	/* With no event asked for, poll() still tells that the reader of a pipe left. */
	fds[1] = (struct pollfd){ .fd = flow->out, .events = empty ? 0 : POLLOUT };
}

static void flow_break(struct flow *flow)
{
	close_fd(&flow->out);
	flow->broken = true;
	flow->start = flow->end = 0;
}

static void flow_settle(struct flow *flow)
{
	if (flow->taken >= flow->expected)
		close_fd(&flow->in);
	if (flow_done(flow))
		close_fd(&flow->out);
}

static void flow_fill(struct flow *flow)
{
	ssize_t got = read(flow->in, flow->buffer, sizeof(flow->buffer));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close_fd(&flow->in);
		return;
	}
	flow->taken += got;
	flow->start = 0;
	flow->end = flow->broken ? 0 : got;
}

static void flow_drain(struct flow *flow)
{
	size_t length = flow->end - flow->start;
	ssize_t put;

	if (length > flow->chunk)
		length = flow->chunk;
	put = write(flow->out, flow->buffer + flow->start, length);
	if (put >= 0)
		flow->start += put;
	else if (errno != EAGAIN && errno != EINTR)
		flow_break(flow);
}

void flow_run(struct flow *flow, const struct pollfd fds[2])
{
	if (fds[0].revents && flow->in >= 0)
		flow_fill(flow);
	if (fds[1].revents & POLLOUT)
		flow_drain(flow);
	else if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		flow_break(flow);
	flow_settle(flow);
}

void flow_expect(struct flow *flow, uint64_t bytes)
{
	flow->expected = bytes;
	flow_settle(flow);
}

void flow_close_in(struct flow *flow)
{
	close_fd(&flow->in);
	flow_settle(flow);
}
