// SPDX-License-Identifier: GPL-2.0-or-later
/* The report: lines, records and the progress line, and what becomes of them when nobody reads. */
#include "common/tool/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/stream/account.h"
#include "common/stream/frame.h"
#include "common/stream/stream.h"
#include "test/unit/test.h"

static struct log log_of_test;
static struct report *report;
static struct account account;
static char text[65536]; /* of the file that was read last */

static struct stream main_stream = { .name = "main" };
static struct stream raw_stream = { .name = "raw" };
static struct buffer buffer = { .num_planes = 1 };
static struct video_format format = {
	.fourcc = V4L2_PIX_FMT_SRGGB10,
	.width = 640,
	.height = 480,
	.num_planes = 1,
	.stride_bytes = { 1280 },
	.size_bytes = { 614400 },
};

static struct frame frame_of(struct stream *stream, uint32_t sequence, uint64_t timestamp_ns)
{
	return (struct frame){
		.buffer = &buffer,
		.least_bytes = { 1, 1, 1, 1 },
		.stream = stream,
		.format = &format,
		.sequence = sequence,
		.timestamp_ns = timestamp_ns,
		.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		.bytesused = { 460800, 1000 },
	};
}

/* A file without a name. */
static int new_file(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

/* What is in the file, which is emptied. */
static const char *take(int fd)
{
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	if (ftruncate(fd, 0) < 0)
		abort();
	lseek(fd, 0, SEEK_SET);
	return text;
}

/* True if the text is the pattern, in which a * stands for digits. */
static bool matches(const char *got, const char *pattern)
{
	size_t digits;

	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			digits = strspn(got, "0123456789");
			if (!digits)
				return false;
			got += digits;
		} else if (*got++ != *pattern) {
			return false;
		}
	}
	return !*got;
}

#define CHECK_TEXT(got, pattern) check_text(__FILE__, __LINE__, got, pattern)

static void check_text(const char *file, int line, const char *got, const char *pattern)
{
	if (!matches(got, pattern))
		test_fail(file, line, "got \"%s\", want \"%s\"", got, pattern);
}

/* Lets what is written to a descriptor land in a file. Returns what restore() needs. */
static int redirect(int fd, int file)
{
	int saved;

	fflush(stdout);
	saved = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	if (saved < 0 || dup2(file, fd) < 0)
		abort();
	return saved;
}

static void restore(int fd, int saved)
{
	fflush(stdout);
	dup2(saved, fd);
	close(saved);
}

/* Creates a report that writes to fd; path may be NULL. */
static int create(int fd, bool json, const char *path)
{
	const struct report_options options = {
		.fd = fd,
		.stop_fd = -1,
		.json = json,
		.path = path,
		.progress = PROGRESS_NEVER,
	};

	log_init(&log_of_test, "test-capture");
	return report_create(&log_of_test, &options, &report);
}

static sidecar_settings_fn *settings; /* NULL: nothing is known */

static void exposed(void *context, const struct frame *frame, struct sidecar_settings *found)
{
	found->exposure_ns = 1000;
}

static int start(unsigned num_streams)
{
	const struct report_stream streams[] = {
		{ .stream = &main_stream,
		  .node = "/dev/video0",
		  .format = &format,
		  .rate = { 30000, 1001 },
		  .memory = "udmabuf",
		  .num_buffers = 4,
		  .file = "frame-#.raw",
		  .io = "buffered" },
		{ .stream = &raw_stream,
		  .node = "/dev/video1",
		  .format = &format,
		  .memory = "mmap",
		  .num_buffers = 3 },
	};
	const struct report_start facts = {
		.camera = "Sensor \"A\"",
		.model = "VIMC\tMDEV",
		.driver = "vimc",
		.bus = NULL,
		.streams = streams,
		.num_streams = num_streams,
		.settings = settings,
	};

	return report_start(report, &facts);
}

static void end(void)
{
	report_destroy(report);
	report = NULL;
}

static int tell(struct stream *stream, uint32_t sequence, uint64_t timestamp_ns,
		const char *file)
{
	struct frame frame = frame_of(stream, sequence, timestamp_ns);

	return report_frame(report, &frame, file);
}

static void fill_account(const char *name)
{
	account_init(&account, NULL, name, 0);
	account.captured = 30;
	account.skipped = 2;
	account.lost_driver = 1;
	account.lost_error = 2;
	account.lost_overflow = 0;
	account.underruns = 3;
	account.unprocessed = 4;
	account.written = 29;
	account.bytes = 13824000;
	account.cpu_bytes = 460800;
	account.first_ns = 2000000000;
	account.last_ns = 2966344385;
}

static void test_lines(void)
{
	int fd = new_file();
	struct frame frame;

	test_case("report: a line a frame, as the contract has it");
	CHECK_EQ(create(fd, false, NULL), 0);
	CHECK_EQ(start(1), 0);
	CHECK_STR_EQ(take(fd), "");
	CHECK_EQ(tell(&main_stream, 41, 2721826000, NULL), 0);
	CHECK_STR_EQ(take(fd),
		     "2.721826 (0.00 fps) main seq: 000041 bytesused: 460800 lost: 0\n");
	CHECK_EQ(tell(&main_stream, 42, 2755193000, "frame-000042.png"), 0);
	CHECK_STR_EQ(take(fd), "2.755193 (29.97 fps) main seq: 000042 bytesused: 460800 "
			       "lost: 0 -> frame-000042.png\n");

	test_case("report: planes, losses, a long number, a name that would upset the terminal");
	buffer.num_planes = 2;
	frame = frame_of(&main_stream, 4000000000, 2765193000);
	frame.lost = 7;
	CHECK_EQ(report_frame(report, &frame, "a\x1b[2Jb\n.raw"), 0);
	buffer.num_planes = 1;
	CHECK_STR_EQ(take(fd), "2.765193 (100.00 fps) main seq: 4000000000 "
			       "bytesused: 460800/1000 lost: 7 -> a\\x1b[2Jb\\x0a.raw\n");

	test_case("report: a clock that stands still or goes back has no rate");
	tell(&main_stream, 1, 2765193000, NULL);
	CHECK(strstr(take(fd), " (0.00 fps) "));
	tell(&main_stream, 2, 1000, NULL);
	CHECK_STR_EQ(take(fd),
		     "0.000001 (0.00 fps) main seq: 000002 bytesused: 460800 lost: 0\n");

	test_case("report: long times, and rates rounded to a hundredth");
	tell(&main_stream, 3, 7654321123456999, NULL);
	CHECK(!strncmp(take(fd), "7654321.123456 (0.00 fps) ", 26));
	tell(&main_stream, 4, 7654321138456999, NULL);
	CHECK(!strncmp(take(fd), "7654321.138456 (66.67 fps) ", 27));
	end();

	test_case("report: each stream has its own rate");
	create(fd, false, NULL);
	start(2);
	tell(&main_stream, 0, 1000000000, NULL);
	tell(&raw_stream, 0, 1005000000, NULL);
	take(fd);
	tell(&main_stream, 1, 1020000000, NULL);
	CHECK(strstr(take(fd), " (50.00 fps) main "));
	tell(&raw_stream, 1, 1015000000, NULL);
	CHECK(strstr(take(fd), " (100.00 fps) raw "));
	end();
	close(fd);
}

static void test_summary(void)
{
	const struct account *accounts[] = { &account, &account };
	struct account other;
	int fd = new_file();

	test_case("report: the summary, as the contract has it");
	create(fd, false, NULL);
	start(1);
	fill_account("main");
	CHECK_EQ(report_end(report, accounts, 1, STATUS_OK), 0);
	CHECK_STR_EQ(take(fd), "captured 30, lost 3 (driver 1, error 2, overflow 0), written 29, "
			       "30.01 fps, 1.00 s\n");
	end();

	test_case("report: several streams, each and together");
	create(fd, false, NULL);
	start(2);
	other = account;
	other.name = "raw";
	other.captured = 2;
	other.lost_overflow = 4;
	other.written = 0;
	other.last_ns = other.first_ns + 500000000;
	accounts[1] = &other;
	CHECK_EQ(report_end(report, accounts, 2, STATUS_OK), 0);
	CHECK_STR_EQ(take(fd),
		     "main: captured 30, lost 3 (driver 1, error 2, overflow 0), written 29, "
		     "30.01 fps, 1.00 s\n"
		     "raw: captured 2, lost 7 (driver 1, error 2, overflow 4), written 0, "
		     "3.33 fps, 0.60 s\n"
		     "captured 32, lost 10 (driver 2, error 4, overflow 4), written 29, "
		     "32.01 fps, 1.00 s\n");
	end();

	test_case("report: what was only in a ring, if there was one");
	create(fd, false, NULL);
	start(1);
	fill_account("main");
	account.has_ring = true;
	account.written = 9;
	account.passed = 21;
	accounts[1] = &account;
	CHECK_EQ(report_end(report, accounts, 1, STATUS_OK), 0);
	CHECK_STR_EQ(take(fd), "captured 30, lost 3 (driver 1, error 2, overflow 0), written 9, "
			       "30.01 fps, 1.00 s, only in the ring 21\n");
	end();

	test_case("report: no summary when nothing ran");
	create(fd, false, NULL);
	CHECK_EQ(report_end(report, NULL, 0, STATUS_NO_CAMERA), 0);
	CHECK_STR_EQ(take(fd), "");
	end();

	test_case("report: a run without a frame is summed up too");
	create(fd, false, NULL);
	start(1);
	account_init(&account, NULL, "main", 0);
	CHECK_EQ(report_end(report, accounts, 1, STATUS_NO_FRAME), 0);
	CHECK_STR_EQ(take(fd), "captured 0, lost 0 (driver 0, error 0, overflow 0), written 0, "
			       "0.00 fps, 0.00 s\n");
	end();
	close(fd);
}

#define STREAM_FACTS                                                               \
	"\"width\":640,\"height\":480,\"fourcc\":\"RG10\",\"format\":\"SRGGB10\"," \
	"\"planes\":[{\"stride\":1280,\"size\":614400}],"

static void test_records(void)
{
	const struct account *accounts[] = { &account };
	int fd = new_file();
	struct timespec monotonic, realtime;
	struct frame frame;
	char pattern[1024], *value;
	long long apart;

	test_case("report: the start record");
	CHECK_EQ(create(fd, true, NULL), 0);
	CHECK_EQ(start(2), 0);
	snprintf(pattern, sizeof(pattern),
		 "{\"record\":\"start\",\"timestamp_ns\":*,\"program\":\"test-capture\","
		 "\"version\":\"%s\",\"camera\":{\"id\":\"Sensor \\\"A\\\"\","
		 "\"model\":\"VIMC\\tMDEV\",\"driver\":\"vimc\",\"bus\":null},\"streams\":["
		 "{\"stream\":\"main\",\"node\":\"/dev/video0\"," STREAM_FACTS
		 "\"rate\":29.970,\"memory\":\"udmabuf\",\"num_buffers\":4,"
		 "\"file\":\"frame-#.raw\",\"io\":\"buffered\"},"
		 "{\"stream\":\"raw\",\"node\":\"/dev/video1\"," STREAM_FACTS
		 "\"memory\":\"mmap\",\"num_buffers\":3,\"file\":null}]}\n",
		 option_version());
	CHECK_TEXT(take(fd), pattern);

	test_case("report: the ready record");
	frame = frame_of(&main_stream, 3, 123456789);
	CHECK_EQ(report_ready(report, &frame), 0);
	CHECK_TEXT(take(fd), "{\"record\":\"ready\",\"stream\":\"main\",\"sequence\":3,"
			     "\"timestamp_ns\":123456789}\n");

	test_case("report: a frame record, with three clocks");
	CHECK_EQ(report_frame(report, &frame, "f-000003.raw"), 0);
	CHECK_TEXT(take(fd), "{\"record\":\"frame\",\"stream\":\"main\",\"sequence\":3,"
			     "\"timestamp_ns\":123456789,\"timestamp_boottime_ns\":*,"
			     "\"timestamp_realtime_ns\":*,\"timestamp_error_ns\":*,"
			     "\"timestamp_edge\":\"end\",\"bytes\":460800,\"lost\":0,"
			     "\"file\":\"f-000003.raw\"}\n");

	test_case("report: whose clocks are those of the machine");
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &realtime);
	report_frame(report, &frame, NULL);
	value = strstr(take(fd), "\"timestamp_realtime_ns\":");
	CHECK(value != NULL);
	apart = (value ? atoll(value + 24) - 123456789 : 0) -
		(long long)(realtime.tv_sec - monotonic.tv_sec) * 1000000000;
	CHECK(llabs(apart) < 2000000000);

	test_case("report: a frame record without a file, of a clock that is not known");
	frame.flags = V4L2_BUF_FLAG_TIMESTAMP_COPY | V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	frame.lost = 5;
	buffer.num_planes = 2;
	CHECK_EQ(report_frame(report, &frame, NULL), 0);
	buffer.num_planes = 1;
	CHECK_TEXT(take(fd), "{\"record\":\"frame\",\"stream\":\"main\",\"sequence\":3,"
			     "\"timestamp_ns\":123456789,\"timestamp_edge\":\"start\","
			     "\"bytes\":461800,\"plane_bytes\":[460800,1000],\"lost\":5}\n");

	test_case("report: messages are events, also those that are not printed");
	log_of_test.level = LOG_ERROR;
	log_notice(&log_of_test, "a-code", "a \"%s\"", "\x1b");
	CHECK_TEXT(take(fd), "{\"record\":\"event\",\"timestamp_ns\":*,\"level\":\"notice\","
			     "\"code\":\"a-code\",\"message\":\"a \\\"\\\\x1b\\\"\"}\n");
	log_detail(&log_of_test, "b", "c");
	CHECK(strstr(take(fd), ",\"level\":\"detail\",\"code\":\"b\",\"message\":\"c\"}\n"));
	log_warning(&log_of_test, "b", "c");
	CHECK(strstr(take(fd), ",\"level\":\"warning\","));

	test_case("report: the end record is the last");
	fill_account("main");
	CHECK_EQ(report_end(report, accounts, 1, STATUS_SIGNAL + 15), 0);
	CHECK_TEXT(take(fd), "{\"record\":\"end\",\"timestamp_ns\":*,\"status\":143,"
			     "\"status_name\":\"signal\",\"streams\":[{\"stream\":\"main\","
			     "\"captured\":30,\"skipped\":2,\"lost\":3,\"lost_driver\":1,"
			     "\"lost_error\":2,\"lost_overflow\":0,\"underruns\":3,"
			     "\"unprocessed\":4,"
			     "\"written\":29,\"bytes\":13824000,\"cpu_bytes\":460800,"
			     "\"first_timestamp_ns\":2000000000,"
			     "\"last_timestamp_ns\":2966344385,\"fps\":30.010,"
			     "\"seconds\":0.999667}]}\n");
	log_warning(&log_of_test, "b", "c");
	CHECK_STR_EQ(take(fd), "");
	end();
	CHECK(!log_of_test.listener);
	CHECK(!log_of_test.before);

	test_case("report: what made a frame, as it is known or was noted when it came");
	settings = exposed;
	create(fd, true, NULL);
	start(1);
	settings = NULL;
	take(fd);
	frame = frame_of(&main_stream, 3, 123456789);
	CHECK_EQ(report_frame(report, &frame, NULL), 0);
	CHECK(strstr(take(fd), "\"exposure_ns\":1000"));
	frame.settings = &(struct sidecar_settings){ .exposure_ns = 2000 };
	CHECK_EQ(report_frame(report, &frame, NULL), 0);
	CHECK(strstr(take(fd), "\"exposure_ns\":2000"));
	end();

	test_case("report: the end record of a run with a ring");
	create(fd, true, NULL);
	start(1);
	fill_account("main");
	account.has_ring = true;
	account.passed = 21;
	take(fd);
	CHECK_EQ(report_end(report, accounts, 1, STATUS_OK), 0);
	CHECK(strstr(take(fd), "\"written\":29,\"passed\":21,\"bytes\":13824000,"));
	end();

	test_case("report: the end of a run that never began");
	create(fd, true, NULL);
	CHECK_EQ(report_end(report, NULL, 0, STATUS_NO_CAMERA), 0);
	CHECK_TEXT(take(fd), "{\"record\":\"end\",\"timestamp_ns\":*,\"status\":3,"
			     "\"status_name\":\"no-camera\",\"streams\":[]}\n");
	end();

	test_case("report: the end of a stream without a frame");
	create(fd, true, NULL);
	account_init(&account, NULL, "raw", 0);
	report_end(report, accounts, 1, STATUS_NO_FRAME);
	CHECK(strstr(take(fd), ",\"cpu_bytes\":0,\"fps\":0.000,\"seconds\":0.000000}]}\n"));
	end();
	close(fd);
}

static void test_places(void)
{
	char path[] = "/tmp/report-XXXXXX";
	int fd = new_file(), file = mkstemp(path), errors, output, lowest, ret;

	test_case("report: a file beside the text, emptied first");
	CHECK_EQ(write(file, "old\n", 4), 4);
	CHECK_EQ(create(fd, false, path), 0);
	start(1);
	tell(&main_stream, 1, 1000, NULL);
	CHECK_STR_EQ(take(fd),
		     "0.000001 (0.00 fps) main seq: 000001 bytesused: 460800 lost: 0\n");
	take(file);
	CHECK(!strncmp(text, "{\"record\":\"start\",", 18));
	CHECK(strstr(text, "\n{\"record\":\"frame\","));
	end();

	test_case("report: which closes it");
	lowest = dup(fd);
	close(lowest);
	create(fd, false, path);
	report_end(report, NULL, 0, STATUS_OK);
	CHECK_EQ(dup(fd), lowest);
	close(lowest);
	end();
	create(fd, false, path);
	end();
	CHECK_EQ(dup(fd), lowest);
	close(lowest);
	take(fd);
	take(file);

	test_case("report: a file beside JSON Lines has the same");
	create(fd, true, path);
	tell(&main_stream, 1, 1000, NULL);
	CHECK(!strncmp(take(fd), "{\"record\":\"frame\",", 18));
	CHECK(!strncmp(take(file), "{\"record\":\"frame\",", 18));
	end();

	test_case("report: a file does not move the text from standard output");
	output = redirect(STDOUT_FILENO, fd);
	create(STDOUT_FILENO, false, path);
	tell(&main_stream, 1, 1000, NULL);
	end();
	restore(STDOUT_FILENO, output);
	CHECK(!strncmp(take(fd), "0.000001 (", 10));
	CHECK(!strncmp(take(file), "{\"record\":\"frame\",", 18));

	test_case("report: JSON Lines on standard output, the text on standard error");
	output = redirect(STDOUT_FILENO, file);
	errors = redirect(STDERR_FILENO, fd);
	ret = create(STDOUT_FILENO, false, "-");
	tell(&main_stream, 1, 1000, NULL);
	end();
	restore(STDERR_FILENO, errors);
	restore(STDOUT_FILENO, output);
	CHECK_EQ(ret, 0);
	CHECK(!strncmp(take(file), "{\"record\":\"frame\",", 18));
	CHECK(!strncmp(take(fd), "0.000001 (", 10));

	test_case("report: a file that can't be made is said");
	errors = redirect(STDERR_FILENO, fd);
	ret = create(fd, false, "/nowhere/report");
	restore(STDERR_FILENO, errors);
	CHECK_EQ(ret, -ENOENT);
	CHECK_STR_EQ(take(fd), "test-capture: opening /nowhere/report for the report: No such "
			       "file or directory\n");
	CHECK(!log_of_test.listener);
	unlink(path);
	close(file);
	close(fd);
}

static void test_failures(void)
{
	int fd = new_file(), errors = new_file(), full, saved, ends[2];
	const struct account *accounts[] = { &account };

	fill_account("main");
	test_case("report: a full disk is said once, and returned from then on");
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	create(full, false, NULL);
	CHECK_EQ(start(1), 0);
	saved = redirect(STDERR_FILENO, errors);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -ENOSPC);
	CHECK_EQ(tell(&main_stream, 2, 1000, NULL), -ENOSPC);
	CHECK_EQ(report_end(report, accounts, 1, STATUS_OUTPUT), -ENOSPC);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: writing the report to a descriptor: No space "
				   "left on device\n");
	end();
	close(full);

	test_case("report: JSON Lines that can't be written");
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	create(full, true, NULL);
	saved = redirect(STDERR_FILENO, errors);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -ENOSPC);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: writing the report to a descriptor: No space "
				   "left on device\n");
	end();
	close(full);

	test_case("report: a file that is full leaves the text alone, and is an event of the rest");
	create(fd, true, "/dev/full");
	saved = redirect(STDERR_FILENO, errors);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -ENOSPC);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: writing the report to /dev/full: No space left "
				   "on device\n");
	take(fd);
	CHECK(!strncmp(text, "{\"record\":\"frame\",", 18));
	CHECK(strstr(text, "\n{\"record\":\"event\","));
	CHECK(strstr(text, ",\"code\":\"report-failed\","));
	CHECK_EQ(tell(&main_stream, 2, 1000, NULL), -ENOSPC);
	CHECK(!strncmp(take(fd), "{\"record\":\"frame\",", 18));
	end();

	test_case("report: an event that can't be written is known at the next frame");
	create(fd, false, "/dev/full");
	saved = redirect(STDERR_FILENO, errors);
	log_warning(&log_of_test, "a", "b");
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -ENOSPC);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: b\ntest-capture: writing the report to "
				   "/dev/full: No space left on device\n");
	end();
	take(fd);

	test_case("report: a reader that went away");
	CHECK_EQ(pipe(ends), 0);
	close(ends[0]);
	create(ends[1], false, NULL);
	saved = redirect(STDERR_FILENO, errors);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -EPIPE);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: writing the report to a descriptor: Broken "
				   "pipe\n");
	end();
	close(ends[1]);
	close(errors);
	close(fd);
}

/* A pipe of the least size, full to the last byte. */
static void make_full_pipe(int ends[2])
{
	char page[4096] = { 0 };

	if (pipe(ends) < 0 || fcntl(ends[1], F_SETPIPE_SZ, sizeof(page)) < 0 ||
	    write(ends[1], page, sizeof(page)) != sizeof(page))
		abort();
}

/* Reads all from such a pipe in a child, after a while. It ends with 0 if this text follows. */
static pid_t read_later(int ends[2], int after_ms, const char *want)
{
	static char got[65536];
	size_t total = 0;
	ssize_t count;
	pid_t child;

	child = fork();
	if (child < 0)
		abort();
	if (child)
		return child;
	close(ends[1]);
	poll(NULL, 0, after_ms);
	while ((count = read(ends[0], got + total, sizeof(got) - 1 - total)) > 0)
		total += (size_t)count;
	_exit(total == 4096 + strlen(want) && !strcmp(got + 4096, want) ? 0 : 1);
}

static int wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_slow_readers(void)
{
	const struct report_options options = {
		.stop_fd = eventfd(1, EFD_CLOEXEC),
		.progress = PROGRESS_NEVER,
	};
	struct report_options stopped = options;
	static const char line[] =
		"0.000001 (0.00 fps) main seq: 000001 bytesused: 460800 lost: 0\n";
	char name[PATH_MAX], *at = text;
	int ends[2], errors = new_file(), saved;
	pid_t child;

	test_case("report: a slow reader gets all, be the descriptor O_NONBLOCK or not");
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		make_full_pipe(ends);
		fcntl(ends[1], F_SETFL, flags);
		create(ends[1], false, NULL);
		child = read_later(ends, 50, line);
		CHECK_EQ(tell(&main_stream, 1, 1000, NULL), 0);
		close(ends[1]);
		CHECK_EQ(wait_for(child), 0);
		end();
		close(ends[0]);
	}

	test_case("report: a line longer than the pipe");
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = (char)(1 + i % 30);
	name[sizeof(name) - 1] = '\0';
	make_full_pipe(ends);
	create(ends[1], false, NULL);
	at += sprintf(at, "%.*s -> ", (int)strlen(line) - 1, line);
	for (size_t i = 0; name[i]; i++)
		at += sprintf(at, "\\x%02x", name[i]);
	strcpy(at, "\n");
	child = read_later(ends, 20, text);
	CHECK_EQ(tell(&main_stream, 1, 1000, name), 0);
	close(ends[1]);
	CHECK_EQ(wait_for(child), 0);
	end();
	close(ends[0]);

	test_case("report: when the program is to end, nobody is waited for long");
	make_full_pipe(ends);
	stopped.fd = ends[1];
	log_init(&log_of_test, "test-capture");
	CHECK_EQ(report_create(&log_of_test, &stopped, &report), 0);
	saved = redirect(STDERR_FILENO, errors);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), -ETIMEDOUT);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "test-capture: writing the report to a descriptor: nobody "
				   "reads it\n");
	end();

	test_case("report: but one who reads is");
	report_create(&log_of_test, &stopped, &report);
	child = read_later(ends, 50, line);
	CHECK_EQ(tell(&main_stream, 1, 1000, NULL), 0);
	close(ends[1]);
	CHECK_EQ(wait_for(child), 0);
	end();
	close(ends[0]);
	close(options.stop_fd);
	close(errors);
}

static void test_quiet(void)
{
	const struct account *accounts[] = { &account };
	const struct report_options options = { .fd = new_file(), .stop_fd = -1, .quiet = true };
	pid_t child;

	test_case("report: quiet says nothing");
	fill_account("main");
	log_init(&log_of_test, "test-capture");
	CHECK_EQ(report_create(&log_of_test, &options, &report), 0);
	CHECK_EQ(start(1), 0);
	CHECK_EQ(tell(&main_stream, 1, 1000, "x"), 0);
	CHECK_EQ(report_end(report, accounts, 1, STATUS_OK), 0);
	CHECK_STR_EQ(take(options.fd), "");
	CHECK(!log_of_test.listener);

	test_case("report: quiet makes no system call for a frame");
	fflush(stdout);
	child = fork();
	if (child < 0)
		abort();
	if (!child) {
		/* From here on anything but read, write and exit kills. */
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		for (uint32_t i = 0; i < 100; i++)
			tell(&main_stream, i, i * 1000000, "x");
		syscall(SYS_exit, 0);
	}
	CHECK_EQ(wait_for(child), 0);
	end();
	close(options.fd);
}

/* Creates a report with a progress line, on a standard error that is this file. */
static void show_progress(const struct report_options *options, unsigned num_streams)
{
	log_init(&log_of_test, "test-capture");
	if (report_create(&log_of_test, options, &report))
		abort();
	start(num_streams);
}

static void test_progress(void)
{
	struct report_options options = {
		.fd = new_file(),
		.stop_fd = -1,
		.progress = PROGRESS_ALWAYS,
	};
	int errors = new_file(), saved;
	struct frame frame = frame_of(&main_stream, 3, 1300000000);

	/* Nothing is checked while standard error is away: what fails must be seen. */
	test_case("report: a progress line, four times a second at most");
	saved = redirect(STDERR_FILENO, errors);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000000000, NULL);
	tell(&main_stream, 1, 1100000000, NULL);
	tell(&main_stream, 2, 1200000000, NULL);
	frame.lost = 1;
	report_frame(report, &frame, NULL);
	tell(&main_stream, 4, 1400000000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "\rmain 1, 0.00 fps, lost 0"
				   "\rmain 4, 10.00 fps, lost 1"
				   "\r                         \r");

	test_case("report: several streams, the rate of the first");
	saved = redirect(STDERR_FILENO, errors);
	show_progress(&options, 2);
	tell(&raw_stream, 0, 1000000000, NULL);
	tell(&main_stream, 1, 1200000000, NULL);
	tell(&raw_stream, 1, 1250000000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "\rmain 0, raw 1, 0.00 fps, lost 0"
				   "\rmain 1, raw 2, 4.00 fps, lost 0"
				   "\r                               \r");

	test_case("report: a message wipes the line first, a detail that is not printed does not");
	saved = redirect(STDERR_FILENO, errors);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000000000, NULL);
	log_detail(&log_of_test, "a", "not shown");
	log_warning(&log_of_test, "a", "message");
	report_end(report, NULL, 0, STATUS_OK);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "\rmain 1, 0.00 fps, lost 0\r                        \r"
				   "test-capture: message\n");
	CHECK(!log_of_test.before);

	test_case("report: a clock that goes back does not stop the line, nor make it run");
	saved = redirect(STDERR_FILENO, errors);
	show_progress(&options, 1);
	tell(&main_stream, 0, 9000000000, NULL);
	tell(&main_stream, 1, 1000000000, NULL);
	tell(&main_stream, 2, 1100000000, NULL);
	tell(&main_stream, 3, 1250000000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "\rmain 1, 0.00 fps, lost 0"
				   "\rmain 4, 12.00 fps, lost 0"
				   "\r                         \r");

	test_case("report: no line when quiet, when never, and where there is no terminal");
	saved = redirect(STDERR_FILENO, errors);
	options.quiet = true;
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	options.quiet = false;
	options.progress = PROGRESS_NEVER;
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	options.progress = PROGRESS_AUTO;
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take(errors), "");
	close(errors);
	close(options.fd);
}

/* Both ends of a terminal, as raw as a pipe. */
static int open_terminal(int *program_end)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char *name;

	if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0)
		return -1;
	name = ptsname(fd);
	*program_end = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/*
 * What has come to the screen. The kernel passes it on in its own time, so a mark is sent
 * behind it and waited for.
 */
static const char *take_screen(int terminal, int program_end)
{
	struct pollfd waited = { .fd = terminal, .events = POLLIN };
	size_t length = 0;
	ssize_t got;

	CHECK_EQ(write(program_end, "\1", 1), 1);
	while (length < sizeof(text) - 1 && poll(&waited, 1, 10000) > 0) {
		got = read(terminal, text + length, sizeof(text) - 1 - length);
		if (got <= 0)
			break;
		length += (size_t)got;
		if (text[length - 1] == '\1')
			break;
	}
	CHECK(length && text[length - 1] == '\1');
	text[length ? length - 1 : 0] = '\0';
	return text;
}

static void test_terminal(void)
{
	struct report_options options = {
		.fd = new_file(),
		.stop_fd = -1,
		.progress = PROGRESS_AUTO,
	};
	int terminal, program_end = -1, saved, file = options.fd;

	test_case("report: a progress line when the messages have a terminal and the lines do not");
	terminal = open_terminal(&program_end);
	if (terminal < 0 || program_end < 0) {
		test_skip("no pseudo-terminals here");
		return;
	}
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take_screen(terminal, program_end), "\rmain 1, 0.00 fps, lost 0");
	saved = redirect(STDERR_FILENO, program_end);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take_screen(terminal, program_end), "\r                        \r");
	take(file);

	test_case("report: no progress line where the lines scroll by");
	options.fd = program_end;
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take_screen(terminal, program_end),
		     "0.000001 (0.00 fps) main seq: 000000 bytesused: 460800 lost: 0\r\n");

	test_case("report: nor where records do");
	options.json = true;
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK(strstr(take_screen(terminal, program_end), "\"record\":\"frame\""));
	CHECK(!strstr(text, "main 1, "));
	options.json = false;

	test_case("report: unless it is asked for: then each line wipes it first");
	options.progress = PROGRESS_ALWAYS;
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	tell(&main_stream, 1, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take_screen(terminal, program_end),
		     "0.000001 (0.00 fps) main seq: 000000 bytesused: 460800 lost: 0\r\n"
		     "\rmain 1, 0.00 fps, lost 0\r                        \r"
		     "0.000001 (0.00 fps) main seq: 000001 bytesused: 460800 lost: 0\r\n");

	test_case("report: and each record too");
	options.json = true;
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	take_screen(terminal, program_end);
	tell(&main_stream, 0, 1000, NULL);
	report_end(report, NULL, 0, STATUS_OK);
	end();
	restore(STDERR_FILENO, saved);
	take_screen(terminal, program_end);
	CHECK(!strncmp(text, "{\"record\":\"frame\",", 18));
	CHECK(strstr(text, "}\r\n\rmain 1, 0.00 fps, lost 0\r                        \r{"));

	test_case("report: a narrow terminal, where the line must not go on to the next");
	options.json = false;
	options.fd = file;
	CHECK_EQ(ioctl(program_end, TIOCSWINSZ, &(struct winsize){ .ws_col = 16 }), 0);
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_STR_EQ(take_screen(terminal, program_end),
		     "\rmain 1, 0.00 fp\r               \r");

	test_case("report: a terminal that was stopped does not stop the frames");
	CHECK_EQ(tcflow(program_end, TCOOFF), 0);
	saved = redirect(STDERR_FILENO, program_end);
	show_progress(&options, 1);
	tell(&main_stream, 0, 1000, NULL);
	end();
	restore(STDERR_FILENO, saved);
	CHECK_EQ(tcflow(program_end, TCOON), 0);
	CHECK_STR_EQ(take_screen(terminal, program_end), "");
	close(program_end);
	close(terminal);
	close(file);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_lines();
	test_summary();
	test_records();
	test_places();
	test_failures();
	test_slow_readers();
	test_quiet();
	test_progress();
	test_terminal();
	return test_done();
}
