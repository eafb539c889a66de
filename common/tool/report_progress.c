// SPDX-License-Identifier: GPL-2.0-or-later
/* The progress line on standard error: drawn over itself, a few times a second. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/stream/frame.h"
#include "common/stream/stream.h"
#include "common/tool/report_private.h"

#define PERIOD_NS UINT64_C(250000000)

/* A column is left free: in the last one some terminals go on to the next line. */
static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col ||
	    size.ws_col > REPORT_PROGRESS_SIZE)
		return REPORT_PROGRESS_SIZE - 1;
	return size.ws_col - 1u;
}

void report_progress_init(struct report *report, const struct report_options *options)
{
	struct report_progress *progress = &report->progress;
	const struct report_channel *lines = report->text.fd >= 0 ? &report->text :
								    &report->json[0];

	progress->width = columns();
	switch (options->progress) {
	case PROGRESS_ALWAYS:
		progress->wanted = true;
		break;
	case PROGRESS_AUTO:
		/* Lines that scroll by on a terminal tell as much. */
		progress->wanted = isatty(STDERR_FILENO) && !lines->is_terminal;
		break;
	case PROGRESS_NEVER:
		break;
	}
	if (options->quiet)
		progress->wanted = false;
}

/* A terminal that was stopped (Control-S) must not stop the capture. */
static void write_now(const char *text, size_t length)
{
	struct pollfd waited = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&waited, 1, 0) > 0 && write(STDERR_FILENO, text, length) < 0) {
		/* An ornament; whatever is wrong with the descriptor, others will say. */
	}
}

/* Over what is there; what would stick out is blotted out. */
static void draw(struct report_progress *progress, const char *text)
{
	char line[2 * REPORT_PROGRESS_SIZE + 2];
	size_t length = strlen(text), used;

	used = (size_t)snprintf(line, sizeof(line), "\r%-*s", (int)progress->shown, text);
	/* The cursor goes back to the end of the text, or to the margin if there is none. */
	if (!length)
		line[used++] = '\r';
	write_now(line, used);
	progress->shown = length;
}

void report_progress_wipe(struct report *report)
{
	if (report->progress.shown)
		draw(&report->progress, "");
}

static uint64_t rate_centihz(const struct report *report, uint64_t now_ns)
{
	const struct report_progress *progress = &report->progress;
	uint64_t frames = report->lanes[0].frames - progress->drawn_frames;
	uint64_t span_ns = now_ns - progress->drawn_ns;

	return progress->started && span_ns ? frames * UINT64_C(100000000000) / span_ns : 0;
}

static void redraw(struct report *report, uint64_t now_ns)
{
	struct report_progress *progress = &report->progress;
	uint64_t rate = rate_centihz(report, now_ns);
	char text[REPORT_PROGRESS_SIZE];
	size_t used = 0;

	for (unsigned i = 0; i < report->num_lanes && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s %" PRIu64 ", ", report->lanes[i].stream->name,
					 report->lanes[i].frames);
	if (used < sizeof(text))
		snprintf(text + used, sizeof(text) - used,
			 "%" PRIu64 ".%02" PRIu64 " fps, lost %" PRIu64, rate / 100,
			 rate % 100, progress->lost);
	text[progress->width] = '\0';
	draw(progress, text);
}

void report_progress_frame(struct report *report, const struct frame *frame)
{
	struct report_progress *progress = &report->progress;
	uint64_t now_ns = frame->timestamp_ns;

	progress->lost += frame->lost;
	/* A clock that goes back starts the period anew. */
	if (progress->started && now_ns < progress->drawn_ns)
		progress->drawn_ns = now_ns;
	if (progress->started && now_ns - progress->drawn_ns < PERIOD_NS)
		return;
	redraw(report, now_ns);
	progress->started = true;
	progress->drawn_ns = now_ns;
	progress->drawn_frames = report->lanes[0].frames;
}
