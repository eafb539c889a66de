// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run tells: lines of text, and from the same facts records and a progress line. */
#include "common/tool/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/stream/account.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"
#include "common/tool/report_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool report_has_json(const struct report *report)
{
	return report->json[0].fd >= 0 || report->json[1].fd >= 0;
}

static int first_error(const struct report *report)
{
	if (report->text.error)
		return report->text.error;
	return report->json[0].error ? report->json[0].error : report->json[1].error;
}

static void say_failure(struct report *report, struct report_channel *channel)
{
	if (!channel->error || channel->error_said)
		return;
	channel->error_said = true;
	log_error(report->log, "report-failed", "writing the report to %s: %s", channel->name,
		  channel->error == -ETIMEDOUT ? "nobody reads it" :
						 strerror(-channel->error));
}

/* Only when a line or record is through: what is said here becomes a record itself. */
static void say_failures(struct report *report)
{
	say_failure(report, &report->text);
	for (size_t i = 0; i < COUNT(report->json); i++)
		say_failure(report, &report->json[i]);
}

void report_emit(struct report *report)
{
	const struct json *record = &report->record;
	int ret = json_end_line(&report->record);

	for (size_t i = 0; i < COUNT(report->json); i++) {
		struct report_channel *channel = &report->json[i];

		if (channel->is_terminal)
			report_progress_wipe(report);
		if (!ret)
			report_channel_write(channel, report->stop_fd, record->text,
					     record->length);
		else if (channel->fd >= 0 && !channel->error)
			channel->error = ret;
	}
	say_failures(report);
}

/* Writes the line that stands in report->line. */
static void emit_line(struct report *report, size_t length)
{
	if (report->text.is_terminal)
		report_progress_wipe(report);
	report_channel_write(&report->text, report->stop_fd, report->line, length);
	say_failures(report);
}

static void hear(void *context, enum log_level level, const char *code, const char *sentence)
{
	report_record_event(context, level, code, sentence);
}

static void make_room(void *context)
{
	report_progress_wipe(context);
}

static int open_file(const char *path)
{
	int fd;

	do
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static void use_descriptor(struct report_channel *channel, int fd)
{
	report_channel_init(channel, fd, false,
			    fd == STDOUT_FILENO ? "standard output" :
			    fd == STDERR_FILENO ? "standard error" :
						  "a descriptor");
}

/* Who writes where. JSON Lines on standard output send the text to standard error. */
static int open_channels(struct report *report, const struct report_options *options)
{
	const bool json_on_stdout = options->path && !strcmp(options->path, "-");
	int fd = options->fd;

	report_channel_init(&report->text, -1, false, "");
	report_channel_init(&report->json[0], -1, false, "");
	report_channel_init(&report->json[1], -1, false, "");

	if (json_on_stdout && fd == STDOUT_FILENO)
		fd = STDERR_FILENO;
	if (options->json)
		use_descriptor(&report->json[0], options->fd);
	else if (!options->quiet)
		use_descriptor(&report->text, fd);

	if (json_on_stdout) {
		use_descriptor(&report->json[1], STDOUT_FILENO);
	} else if (options->path) {
		fd = open_file(options->path);
		if (fd < 0)
			return fd;
		report_channel_init(&report->json[1], fd, true, options->path);
	}
	return 0;
}

int report_create(struct log *log, const struct report_options *options, struct report **report)
{
	struct report *created;
	int ret;

	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->log = log;
	created->stop_fd = options->stop_fd;
	json_init(&created->record);
	ret = open_channels(created, options);
	if (ret) {
		log_error(log, "report-failed", "opening %s for the report: %s",
			  options->path, strerror(-ret));
		report_destroy(created);
		return ret;
	}
	report_progress_init(created, options);
	created->active = created->text.fd >= 0 || report_has_json(created) ||
			  created->progress.wanted;
	log->before_context = log->listener_context = created;
	log->before = created->progress.wanted ? make_room : NULL;
	log->listener = report_has_json(created) ? hear : NULL;
	/* Messages are records there, and as text between them nobody could read either. */
	if (options->json && options->fd == STDERR_FILENO)
		log->level = LOG_SILENT;
	*report = created;
	return 0;
}

void report_destroy(struct report *report)
{
	if (!report)
		return;
	if (report->log->listener_context == report) {
		report->log->listener = NULL;
		report->log->before = NULL;
	}
	report_progress_wipe(report);
	for (size_t i = 0; i < COUNT(report->json); i++)
		report_channel_close(&report->json[i]);
	json_finish(&report->record);
	free(report);
}

int report_start(struct report *report, const struct report_start *start)
{
	report->started = true;
	report->settings = start->settings;
	report->settings_context = start->settings_context;
	for (unsigned i = 0; i < start->num_streams && i < COUNT(report->lanes); i++) {
		struct report_lane *lane = &report->lanes[report->num_lanes++];

		lane->stream = start->streams[i].stream;
		lane->decode = start->streams[i].decode;
	}
	if (report_has_json(report))
		report_record_start(report, start);
	return first_error(report);
}

int report_ready(struct report *report, const struct frame *frame)
{
	if (report_has_json(report))
		report_record_ready(report, frame);
	return first_error(report);
}

/* A hundredth of a frame a second; 0 if the time did not pass. */
static uint64_t rate_centihz(uint64_t before_ns, uint64_t now_ns)
{
	if (now_ns <= before_ns)
		return 0;
	return (UINT64_C(100000000000) + (now_ns - before_ns) / 2) / (now_ns - before_ns);
}

static size_t print_bytes(const struct frame *frame, char *text, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; i < frame->buffer->num_planes; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%" PRIu32,
					 i ? "/" : "", frame->bytesused[i]);
	return used;
}

static size_t print_name(const char *file, char *text, size_t size)
{
	static const char arrow[] = " -> ";

	memcpy(text, arrow, strlen(arrow));
	text_escape(file, text + strlen(arrow), size - strlen(arrow));
	return strlen(text);
}

/* Room for the file's name is what the line's size is made from; all else is short. */
static void tell_frame(struct report *report, const struct frame *frame, const char *file,
		       uint64_t rate)
{
	const size_t size = sizeof(report->line) - 1;
	const uint64_t us = frame->timestamp_ns / 1000;
	char *line = report->line;
	size_t used;

	used = (size_t)snprintf(line, size,
				"%" PRIu64 ".%06" PRIu64 " (%" PRIu64 ".%02" PRIu64
				" fps) %s seq: %06" PRIu32 " bytesused: ",
				us / 1000000, us % 1000000, rate / 100, rate % 100,
				frame->stream->name, frame->sequence);
	used += print_bytes(frame, line + used, size - used);
	used += (size_t)snprintf(line + used, size - used, " lost: %" PRIu32 "%s",
				 frame->lost, frame->damaged ? " damaged" : "");
	if (file)
		used += print_name(file, line + used, size - used);
	line[used++] = '\n';
	emit_line(report, used);
}

static struct report_lane *find_lane(struct report *report, const struct stream *stream)
{
	for (unsigned i = 0; i < report->num_lanes; i++)
		if (report->lanes[i].stream == stream)
			return &report->lanes[i];
	return NULL;
}

int report_frame(struct report *report, const struct frame *frame, const char *file)
{
	struct report_lane *lane;
	uint64_t rate = 0;

	if (!report->active)
		return 0;
	lane = find_lane(report, frame->stream);
	if (lane) {
		if (lane->frames++)
			rate = rate_centihz(lane->previous_ns, frame->timestamp_ns);
		lane->previous_ns = frame->timestamp_ns;
	}
	if (report->text.fd >= 0)
		tell_frame(report, frame, file, rate);
	if (report_has_json(report))
		report_record_frame(report, lane, frame, file);
	if (report->progress.wanted)
		report_progress_frame(report, frame);
	return first_error(report);
}

/* What the streams have together. The time is that of the one that took longest. */
struct sum {
	uint64_t captured;
	uint64_t driver;
	uint64_t error;
	uint64_t overflow;
	uint64_t written;
	bool has_ring;
	uint64_t passed;
	uint64_t duration_ns;
};

static void add(struct sum *sum, const struct account *account)
{
	uint64_t duration_ns = account_duration_ns(account);

	sum->captured += account->captured;
	sum->driver += account->lost_driver;
	sum->error += account->lost_error;
	sum->overflow += account->lost_overflow;
	sum->written += account->written;
	sum->has_ring |= account->has_ring;
	sum->passed += account->passed;
	if (duration_ns > sum->duration_ns)
		sum->duration_ns = duration_ns;
}

/* The role is NULL for all streams together. */
static void tell_sum(struct report *report, const char *role, const struct sum *sum)
{
	double seconds = (double)sum->duration_ns / 1e9;
	double rate = seconds > 0 ? (double)sum->captured / seconds : 0;
	char passed[48] = "";
	int length;

	if (sum->has_ring)
		snprintf(passed, sizeof(passed), ", only in the ring %" PRIu64, sum->passed);
	length = snprintf(report->line, sizeof(report->line),
			  "%s%scaptured %" PRIu64 ", lost %" PRIu64 " (driver %" PRIu64
			  ", error %" PRIu64 ", overflow %" PRIu64 "), written %" PRIu64
			  ", %.2f fps, %.2f s%s\n",
			  role ? role : "", role ? ": " : "", sum->captured,
			  sum->driver + sum->error + sum->overflow, sum->driver,
			  sum->error, sum->overflow, sum->written, rate, seconds, passed);
	emit_line(report, (size_t)length);
}

static void tell_summary(struct report *report, const struct account *const *accounts,
			 unsigned num_accounts)
{
	struct sum all = { 0 };

	for (unsigned i = 0; i < num_accounts; i++) {
		struct sum one = { 0 };

		add(&one, accounts[i]);
		add(&all, accounts[i]);
		if (num_accounts > 1)
			tell_sum(report, accounts[i]->name, &one);
	}
	tell_sum(report, NULL, &all);
}

int report_end(struct report *report, const struct account *const *accounts,
	       unsigned num_accounts, int status)
{
	if (report->text.fd >= 0 && report->started)
		tell_summary(report, accounts, num_accounts);
	if (report_has_json(report))
		report_record_end(report, accounts, num_accounts, status);
	/* This was the last record. Some file systems tell only now that there was no room. */
	for (size_t i = 0; i < COUNT(report->json); i++)
		report_channel_close(&report->json[i]);
	say_failures(report);
	return first_error(report);
}
