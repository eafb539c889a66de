// SPDX-License-Identifier: GPL-2.0-or-later
/* The records of the JSON Lines report, field by field as rawline-report(5) has them. */
#include <linux/videodev2.h>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/stream/account.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"
#include "common/tool/report_private.h"

static struct json *begin(struct report *report, const char *kind)
{
	struct json *json = &report->record;

	json_begin(json);
	json_object(json, NULL);
	json_string(json, "record", kind);
	return json;
}

static void end(struct report *report)
{
	json_close(&report->record);
	report_emit(report);
}

static void put_planes(struct json *json, const struct video_format *format)
{
	json_array(json, "planes");
	for (unsigned i = 0; i < format->num_planes; i++) {
		json_object(json, NULL);
		json_unsigned(json, "stride", format->stride_bytes[i]);
		json_unsigned(json, "size", format->size_bytes[i]);
		json_close(json);
	}
	json_close(json);
}

static void put_stream(struct json *json, const struct report_stream *stream)
{
	const struct video_format *format = stream->format;
	const struct format_info *info = format_find(format->fourcc);
	char fourcc[FORMAT_FOURCC_SIZE];

	json_object(json, NULL);
	json_string(json, "stream", stream->stream->name);
	json_string(json, "node", stream->node);
	json_unsigned(json, "width", format->width);
	json_unsigned(json, "height", format->height);
	json_string(json, "fourcc", format_fourcc_text(format->fourcc, fourcc));
	json_string(json, "format", info ? info->name : NULL);
	put_planes(json, format);
	if (stream->rate.denominator)
		json_double(json, "rate",
			    (double)stream->rate.numerator / stream->rate.denominator, 3);
	json_string(json, "memory", stream->memory);
	json_unsigned(json, "num_buffers", stream->num_buffers);
	json_string(json, "file", stream->file);
	if (stream->io)
		json_string(json, "io", stream->io);
	if (stream->display)
		json_string(json, "display", stream->display);
	if (stream->video_out) {
		json_string(json, "video_out", stream->video_out);
		json_string(json, "video_out_io", stream->video_out_io);
	}
	json_close(json);
}

void report_record_start(struct report *report, const struct report_start *start)
{
	struct json *json = begin(report, "start");

	json_unsigned(json, "timestamp_ns", sys_monotonic_ns());
	json_string(json, "program", report->log->program);
	json_string(json, "version", option_version());
	json_object(json, "camera");
	json_string(json, "id", start->camera);
	json_string(json, "model", start->model);
	json_string(json, "driver", start->driver);
	json_string(json, "bus", start->bus);
	json_close(json);
	json_array(json, "streams");
	for (unsigned i = 0; i < start->num_streams; i++)
		put_stream(json, &start->streams[i]);
	json_close(json);
	end(report);
}

static void put_frame(struct json *json, const struct frame *frame)
{
	json_string(json, "stream", frame->stream->name);
	json_unsigned(json, "sequence", frame->sequence);
	json_unsigned(json, "timestamp_ns", frame->timestamp_ns);
}

void report_record_ready(struct report *report, const struct frame *frame)
{
	put_frame(begin(report, "ready"), frame);
	end(report);
}

/* The other clocks, if the driver's is the one that we know how to convert. 0 is no time. */
static void put_clocks(struct json *json, const struct frame *frame)
{
	const uint32_t kind = frame->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
	const uint32_t edge = frame->flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
	struct clock_offsets offsets;

	if (kind == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC && frame->timestamp_ns) {
		clock_measure(&offsets);
		json_unsigned(json, "timestamp_boottime_ns",
			      frame->timestamp_ns + (uint64_t)offsets.boottime_ns);
		json_unsigned(json, "timestamp_realtime_ns",
			      frame->timestamp_ns + (uint64_t)offsets.realtime_ns);
		json_unsigned(json, "timestamp_error_ns", offsets.error_ns);
	}
	json_string(json, "timestamp_edge",
		    edge == V4L2_BUF_FLAG_TSTAMP_SRC_SOE ? "start" : "end");
}

static void put_plane_bytes(struct json *json, const struct frame *frame)
{
	json_array(json, "plane_bytes");
	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		json_unsigned(json, NULL, frame->bytesused[i]);
	json_close(json);
}

/* Which memory it is in, and which it was made of: equal numbers are the same memory. */
static void put_memory(struct json *json, const struct frame *frame)
{
	const struct buffer_identity *identity = &frame->buffer->planes[0].identity;

	if (identity->inode)
		json_unsigned(json, "dma_buf", identity->inode);
	if (frame->made_of)
		json_unsigned(json, "made_of", frame->made_of);
}

/* What made the frame. */
static void put_settings(const struct report *report, struct json *json,
			 const struct frame *frame)
{
	struct sidecar_settings settings = { 0 };

	if (!report->settings)
		return;
	if (frame->settings)
		settings = *frame->settings;
	else
		report->settings(report->settings_context, frame, &settings);
	sidecar_put_settings(&settings, json);
}

void report_record_frame(struct report *report, const struct report_lane *lane,
			 const struct frame *frame, const char *file)
{
	struct json *json = begin(report, "frame");

	put_frame(json, frame);
	put_clocks(json, frame);
	json_unsigned(json, "bytes", frame_bytes(frame));
	if (frame->buffer->num_planes > 1)
		put_plane_bytes(json, frame);
	json_unsigned(json, "lost", frame->lost);
	put_memory(json, frame);
	put_settings(report, json, frame);
	if (file)
		json_string(json, "file", file);
	if (frame->damaged)
		json_boolean(json, "damaged", true);
	if (lane && lane->decode)
		lane->decode(frame, json);
	end(report);
}

void report_record_event(struct report *report, enum log_level level, const char *code,
			 const char *sentence)
{
	static const char *const levels[] = {
		[LOG_ERROR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_DETAIL] = "detail",
	};
	struct json *json = begin(report, "event");

	json_unsigned(json, "timestamp_ns", sys_monotonic_ns());
	json_string(json, "level", levels[level]);
	json_string(json, "code", code);
	json_string(json, "message", sentence);
	end(report);
}

static void put_account(struct json *json, const struct account *account)
{
	json_object(json, NULL);
	json_string(json, "stream", account->name);
	json_unsigned(json, "captured", account->captured);
	json_unsigned(json, "skipped", account->skipped);
	json_unsigned(json, "lost", account_lost(account));
	json_unsigned(json, "lost_driver", account->lost_driver);
	json_unsigned(json, "lost_error", account->lost_error);
	json_unsigned(json, "lost_overflow", account->lost_overflow);
	json_unsigned(json, "underruns", account->underruns);
	json_unsigned(json, "unprocessed", account->unprocessed);
	json_unsigned(json, "written", account->written);
	if (account->is_displayed) {
		json_unsigned(json, "displayed", account->displayed);
		json_unsigned(json, "not_displayed", account->not_displayed);
	}
	if (account->has_ring)
		json_unsigned(json, "passed", account->passed);
	json_unsigned(json, "bytes", account->bytes);
	json_unsigned(json, "cpu_bytes", account->cpu_bytes);
	if (account->captured) {
		json_unsigned(json, "first_timestamp_ns", account->first_ns);
		json_unsigned(json, "last_timestamp_ns", account->last_ns);
	}
	json_double(json, "fps", (double)account_rate_mhz(account) / 1e3, 3);
	json_double(json, "seconds", (double)account_duration_ns(account) / 1e9, 6);
	json_close(json);
}

void report_record_end(struct report *report, const struct account *const *accounts,
		       unsigned num_accounts, int status)
{
	struct json *json = begin(report, "end");

	json_unsigned(json, "timestamp_ns", sys_monotonic_ns());
	json_signed(json, "status", status);
	json_string(json, "status_name", status_name((enum status)status));
	json_array(json, "streams");
	for (unsigned i = 0; i < num_accounts; i++)
		put_account(json, accounts[i]);
	json_close(json);
	end(report);
}
