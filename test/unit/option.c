// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: what is read from it, what is refused and how, help. */
#include "common/tool/option.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/status.h"
#include "test/unit/test.h"

static const struct option_role roles[] = {
	{ "main", "the picture" },
	{ "viewfinder", "a smaller picture" },
	{ "raw", "what the sensor makes" },
};

static struct option_tool tool = {
	.program = "test-capture",
	.summary = "Capture from a test.",
	.roles = roles,
	.num_roles = sizeof(roles) / sizeof(roles[0]),
};

#define MAIN       (&roles[0])
#define VIEWFINDER (&roles[1])
#define RAW        (&roles[2])

#define ADVICE "Try 'test-capture --help' for more information.\n"

static struct options options;
static char printed[8192]; /* on standard error, or by a child on standard output */

/* A descriptor that was taken over: what is written to it lands in a file. */
struct taken {
	int fd;
	int saved;
	int file;
};

/* Descriptors of our own stay out of the way of those that the parser is asked about. */
static int move_up(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	if (moved < 0)
		abort();
	return moved;
}

static struct taken take_over(int fd)
{
	struct taken taken = { .fd = fd, .saved = move_up(fd) };
	int file = memfd_create("printed", MFD_CLOEXEC);

	if (file < 0)
		abort();
	taken.file = move_up(file);
	close(file);
	dup2(taken.file, fd);
	return taken;
}

static void give_back(const struct taken *taken)
{
	ssize_t length;

	dup2(taken->saved, taken->fd);
	close(taken->saved);
	length = pread(taken->file, printed, sizeof(printed) - 1, 0);
	printed[length > 0 ? length : 0] = '\0';
	close(taken->file);
}

/* Parses a command line, and keeps what it says on standard error. */
static int parse_words(const char *const *words)
{
	char *argv[32] = { (char *)"./build/test-capture" };
	struct log log;
	struct taken taken;
	int argc = 1, ret;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	option_finish(&options);
	memset(&options, 0x5a, sizeof(options));
	log_init(&log, "test-capture");
	taken = take_over(STDERR_FILENO);
	ret = option_parse(argc, argv, &tool, &log, &options);
	give_back(&taken);
	return ret;
}

#define PARSE(...) parse_words((const char *const[]){ __VA_ARGS__, NULL })

/* What is wrong with the command line: the sentence alone, if the rest is as it should be. */
static const char *refusal(int ret)
{
	static const char name[] = "test-capture: ";
	char *advice = strstr(printed, ADVICE);

	if (ret != -EINVAL || strncmp(printed, name, strlen(name)) || !advice ||
	    strcmp(advice, ADVICE) || advice[-1] != '\n')
		return printed;
	advice[-1] = '\0';
	return printed + strlen(name);
}

#define HINT                   "(a format or a rate goes behind one: main:YUYV, main@30)"
#define REFUSED(sentence, ...) CHECK_STR_EQ(refusal(PARSE(__VA_ARGS__)), sentence)

static void test_defaults(void)
{
	test_case("option: nothing asked is ten frames of the first camera's main stream");
	CHECK_EQ(parse_words((const char *const[]){ NULL }), 0);
	CHECK_EQ(options.action, ACTION_CAPTURE);
	CHECK(!options.camera);
	CHECK(!options.wait);
	CHECK_EQ(options.num_streams, 0);
	CHECK(!options.count_given);
	CHECK_EQ(options.count, 10);
	CHECK_EQ(options.time_ns, 0);
	CHECK_EQ(options.skip, 0);
	CHECK_EQ(options.num_buffers, 0);
	CHECK_EQ(options.memory, MEMORY_AUTO);
	CHECK_EQ(options.first_frame_ns, 5000000000);
	CHECK_EQ(options.between_frames_ns, 0);
	CHECK(!options.max_lost_given);
	CHECK_EQ(options.num_files, 0);
	CHECK_EQ(options.overflow, OVERFLOW_BLOCK);
	CHECK_EQ(options.num_controls, 0);
	CHECK(!options.report);
	CHECK_EQ(options.progress, PROGRESS_AUTO);
	CHECK_EQ(options.ready_fd, -1);
	CHECK_STR_EQ(printed, "");
}

static void test_plain(void)
{
	test_case("option: actions");
	CHECK_EQ(PARSE("-l"), 0);
	CHECK_EQ(options.action, ACTION_LIST);
	CHECK_EQ(PARSE("--info", "cam"), 0);
	CHECK_EQ(options.action, ACTION_INFO);
	CHECK_STR_EQ(options.camera, "cam");
	CHECK_EQ(PARSE("-L"), 0);
	CHECK_EQ(options.action, ACTION_LIST_CONTROLS);
	CHECK_EQ(PARSE("--dry-run", "-r", "--adjust", "-C", "a=1", "--load-controls=f"), 0);
	CHECK_EQ(options.action, ACTION_DRY_RUN);

	test_case("option: the camera may stand anywhere");
	CHECK_EQ(PARSE("imx219 10-0010", "-q"), 0);
	CHECK_STR_EQ(options.camera, "imx219 10-0010");
	CHECK(options.quiet);
	CHECK_EQ(PARSE("-v", "--", "-c"), 0);
	CHECK_STR_EQ(options.camera, "-c");
	CHECK(options.verbose);

	test_case("option: waiting, for ever or for some time");
	CHECK_EQ(PARSE("--wait"), 0);
	CHECK(options.wait);
	CHECK_EQ(options.wait_ns, UINT64_MAX);
	CHECK_EQ(PARSE("--wait=2min", "-l"), 0);
	CHECK(options.wait);
	CHECK_EQ(options.wait_ns, 120000000000);

	test_case("option: a display, any or by the name of its connector");
	CHECK_EQ(PARSE("-q"), 0);
	CHECK(!options.display);
	CHECK_EQ(PARSE("-D", "2"), 0);
	CHECK(options.display);
	CHECK(!options.connector);
	CHECK_STR_EQ(options.camera, "2");
	CHECK_EQ(PARSE("-DHDMI-A-1", "-Fx.raw"), 0);
	CHECK_STR_EQ(options.connector, "HDMI-A-1");
	CHECK_EQ(PARSE("--display=DP-2"), 0);
	CHECK(options.display);
	CHECK_STR_EQ(options.connector, "DP-2");

	test_case("option: count, time, skip and the number of buffers");
	CHECK_EQ(PARSE("-c", "3", "--skip=7", "-n8", "-t", "1.5s"), 0);
	CHECK(options.count_given);
	CHECK_EQ(options.count, 3);
	CHECK_EQ(options.skip, 7);
	CHECK_EQ(options.num_buffers, 8);
	CHECK_EQ(options.time_ns, 1500000000);

	test_case("option: a time alone sets no count");
	CHECK_EQ(PARSE("-t5s"), 0);
	CHECK(!options.count_given);
	CHECK_EQ(options.count, 0);

	test_case("option: a count of 0 is until stopped");
	CHECK_EQ(PARSE("-c0"), 0);
	CHECK(options.count_given);
	CHECK_EQ(options.count, 0);

	test_case("option: the last of several counts, as with any command");
	CHECK_EQ(PARSE("-c3", "--count=4"), 0);
	CHECK_EQ(options.count, 4);

	test_case("option: limits");
	CHECK_EQ(PARSE("--first-frame=100ms", "--between-frames=250us", "--max-lost=0"), 0);
	CHECK_EQ(options.first_frame_ns, 100000000);
	CHECK_EQ(options.between_frames_ns, 250000);
	CHECK(options.max_lost_given);
	CHECK_EQ(options.max_lost, 0);

	test_case("option: flags and names");
	CHECK_EQ(PARSE("--adjust", "--json", "--report=r.jsonl", "-C", "b=2",
		       "--control=a=1,c=3", "--save-controls=s", "--load-controls=l",
		       "--restore", "-F", "x.raw", "--force", "--overflow=drop",
		       "--progress=always"),
		 0);
	CHECK(options.adjust);
	CHECK(options.json);
	CHECK_STR_EQ(options.report, "r.jsonl");
	CHECK_EQ(options.num_controls, 2);
	CHECK_STR_EQ(options.controls[0], "b=2");
	CHECK_STR_EQ(options.controls[1], "a=1,c=3");
	CHECK_STR_EQ(options.save_controls, "s");
	CHECK_STR_EQ(options.load_controls, "l");
	CHECK(options.restore);
	CHECK(options.force);
	CHECK_EQ(options.overflow, OVERFLOW_DROP);
	CHECK_EQ(options.io, IO_AUTO);
	CHECK_EQ(options.progress, PROGRESS_ALWAYS);
	CHECK_EQ(PARSE("--progress=never", "--overflow=block", "--io=direct", "-Fx.raw", "-q"),
		 0);
	CHECK_EQ(options.io, IO_DIRECT);
	CHECK_EQ(PARSE("--io=buffered", "-Fx.raw"), 0);
	CHECK_EQ(options.io, IO_BUFFERED);
	CHECK_EQ(PARSE("--progress=never", "--overflow=block", "-Fx.raw", "-q"), 0);
	CHECK_EQ(options.progress, PROGRESS_NEVER);
	CHECK_EQ(options.overflow, OVERFLOW_BLOCK);
	CHECK_EQ(PARSE("--quality=75", "-Fx.JPG"), 0);
	CHECK_EQ(options.quality, 75);
	CHECK_EQ(PARSE("--quality=100", "-Fmain=x.jpeg"), 0);
	CHECK_EQ(options.quality, 100);
	CHECK_EQ(PARSE("--progress=auto"), 0);
	CHECK_EQ(options.progress, PROGRESS_AUTO);
	CHECK(!options.dng_lossless);
	CHECK_EQ(PARSE("-s", "main", "-r", "-Fmain=x.jpg", "-Fraw=x.DNG",
		       "--dng-compression", "lossless"),
		 0);
	CHECK(options.dng_lossless);
	CHECK_EQ(PARSE("-Fx.dng", "--dng-compression=none"), 0);
	CHECK(!options.dng_lossless);

	test_case("option: a mode of the sensor");
	CHECK_EQ(PARSE("--mode=3280x2464:10"), 0);
	CHECK_EQ(options.mode_width, 3280);
	CHECK_EQ(options.mode_height, 2464);
	CHECK_EQ(options.mode_bits, 10);
	CHECK_EQ(PARSE("--mode=640x480"), 0);
	CHECK_EQ(options.mode_width, 640);
	CHECK_EQ(options.mode_bits, 0);

	test_case("option: kinds of memory");
	CHECK_EQ(PARSE("--memory=auto"), 0);
	CHECK_EQ(options.memory, MEMORY_AUTO);
	CHECK_EQ(PARSE("--memory=mmap"), 0);
	CHECK_EQ(options.memory, MEMORY_MMAP);
	CHECK_EQ(PARSE("--memory=udmabuf"), 0);
	CHECK_EQ(options.memory, MEMORY_UDMABUF);
	CHECK_EQ(PARSE("--memory=heap"), 0);
	CHECK_EQ(options.memory, MEMORY_HEAP);
	CHECK_STR_EQ(options.heap, "");
	CHECK_EQ(PARSE("--memory=heap:linux,cma"), 0);
	CHECK_EQ(options.memory, MEMORY_HEAP);
	CHECK_STR_EQ(options.heap, "linux,cma");
	CHECK_EQ(PARSE("--memory=heap:x", "--memory=mmap"), 0);
	CHECK_EQ(options.memory, MEMORY_MMAP);
	CHECK_STR_EQ(options.heap, "");
}

static void test_streams(void)
{
	const struct option_stream *stream = options.streams;

	test_case("option: a size alone is the main stream");
	CHECK_EQ(PARSE("-s", "640x480"), 0);
	CHECK_EQ(options.num_streams, 1);
	CHECK(stream[0].role == MAIN);
	CHECK_EQ(stream[0].width, 640);
	CHECK_EQ(stream[0].height, 480);
	CHECK(!stream[0].format);
	CHECK_EQ(stream[0].rate.numerator, 0);
	CHECK_EQ(stream[0].rate.denominator, 0);

	test_case("option: streams in full, and in part");
	CHECK_EQ(PARSE("-s", "raw:3280x2464:RG10@29.97", "--stream=main:NV12",
		       "-sviewfinder@15"),
		 0);
	CHECK_EQ(options.num_streams, 3);
	CHECK(stream[0].role == RAW);
	CHECK_EQ(stream[0].width, 3280);
	CHECK_EQ(stream[0].height, 2464);
	CHECK(stream[0].format == format_parse("RG10"));
	CHECK_EQ(stream[0].rate.numerator, 2997);
	CHECK_EQ(stream[0].rate.denominator, 100);
	CHECK(stream[1].role == MAIN);
	CHECK_EQ(stream[1].width, 0);
	CHECK(stream[1].format == format_parse("NV12"));
	CHECK(stream[2].role == VIEWFINDER);
	CHECK(!stream[2].format);
	CHECK_EQ(stream[2].rate.numerator, 15);

	test_case("option: a format by libcamera's name, by bus name, and one like a size");
	CHECK_EQ(PARSE("-s", "64x48:SRGGB10_CSI2P"), 0);
	CHECK(stream[0].format && stream[0].format == format_parse("pRAA"));
	CHECK_EQ(PARSE("-s", "raw:SRGGB10_1X10@30000/1001"), 0);
	CHECK(stream[0].format && stream[0].format == format_parse("RG10"));
	CHECK_EQ(stream[0].rate.numerator, 30000);
	CHECK_EQ(PARSE("-s", "main:422P"), 0);
	CHECK(stream[0].format && stream[0].format == format_parse("422P"));

	test_case("option: --raw is a stream");
	CHECK_EQ(PARSE("-r"), 0);
	CHECK_EQ(options.num_streams, 1);
	CHECK(stream[0].role == RAW);
	CHECK_EQ(stream[0].width, 0);
}

static void test_bad_streams(void)
{
	char long_text[129] = "";

	test_case("option: streams that are not");
	REFUSED("--stream: 'mian' is no stream of this tool; it has: main, viewfinder, raw " HINT,
		"-s", "mian:640x480");
	REFUSED("--stream: 'RG10' is no stream of this tool; it has: main, viewfinder, raw " HINT,
		"-s", "RG10");
	REFUSED("--stream: '' is no stream of this tool; it has: main, viewfinder, raw " HINT,
		"-s", "");
	REFUSED("--stream: '640x' is not a size, as 640x480", "-s", "640x");
	REFUSED("--stream: '640x480x2' is not a size, as 640x480", "-s", "raw:640x480x2");
	REFUSED("--stream: 0x480 is out of range, 1x1 to 65535x65535", "-s", "0x480");
	REFUSED("--stream: 99999x1 is out of range, 1x1 to 65535x65535", "-s",
		"main:99999x1");
	REFUSED("--stream: 'WXYZ' is not a pixel format that is known here", "-s",
		"main:WXYZ");
	REFUSED("--stream: '' is not a pixel format that is known here", "-s", "640x480:");
	REFUSED("--stream: ':640x480' is too much, the form is ROLE[:WxH][:FORMAT][@FPS]",
		"-s", "main:NV12:640x480");
	REFUSED("--stream: the size '1x1' comes before the format", "-s", "main:2x2:1x1");
	REFUSED("--stream: '' is not a rate, as 30, 29.97 or 30000/1001", "-s", "main@");
	REFUSED("--stream: '30fps' is not a rate, as 30, 29.97 or 30000/1001", "-s",
		"main@30fps");
	REFUSED("--stream: the rate 0 is out of range", "-s", "main@0");
	memset(long_text, 'x', sizeof(long_text) - 1);
	REFUSED("--stream: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is too long",
		"-s", long_text);

	test_case("option: a role asked for twice");
	REFUSED("--stream: 'main' is asked for twice", "-s", "640x480", "-s", "main");
	REFUSED("--raw: 'raw' is asked for twice", "-s", "raw", "-r");
}

static void test_bad_values(void)
{
	test_case("option: numbers that are not, or are absurd");
	REFUSED("--count: '1O' is not a whole number", "--count=1O");
	REFUSED("--count: '' is not a whole number", "-c", "");
	REFUSED("--count: '-1' is not a whole number", "--count=-1");
	REFUSED("--count: '0x10' is not a whole number", "--count=0x10");
	REFUSED("--count: 1000000000001 is out of range, 0 to 1000000000000",
		"--count=1000000000001");
	REFUSED("--skip: 99999999999999999999999 is out of range, 0 to 1000000000000",
		"--skip=99999999999999999999999");
	REFUSED("--nbufs: 1 is out of range, 2 to 32", "-n1");
	REFUSED("--quality: 0 is out of range, 1 to 100", "--quality=0");
	REFUSED("--quality: 101 is out of range, 1 to 100", "--quality=101");
	REFUSED("--nbufs: 33 is out of range, 2 to 32", "-n33");
	REFUSED("--max-lost: 'none' is not a whole number", "--max-lost=none");

	test_case("option: durations that are not, or are absurd");
	REFUSED("--time: '5' is not a duration, as 250us, 100ms, 5s, 2min", "-t5");
	REFUSED("--time: 0s is out of range, 1ns to ten years", "--time=0s");
	REFUSED("--first-frame: '' is not a duration, as 250us, 100ms, 5s, 2min",
		"--first-frame=");
	REFUSED("--between-frames: 87601h is out of range, 1ns to ten years",
		"--between-frames=87601h");
	REFUSED("--wait: 'soon' is not a duration, as 250us, 100ms, 5s, 2min", "--wait=soon");
	CHECK_EQ(PARSE("-t87600h"), 0);
	CHECK_EQ(PARSE("-t1ns"), 0);

	test_case("option: modes that are not");
	REFUSED("--mode: '640' is not of the form WxH[:BITS]", "--mode=640");
	REFUSED("--mode: '640x480:' is not of the form WxH[:BITS]", "--mode=640x480:");
	REFUSED("--mode: '640x480:7' is out of range, sizes are 1 to 65535, bits 8 to 16",
		"--mode=640x480:7");
	REFUSED("--mode: '0x480:8' is out of range, sizes are 1 to 65535, bits 8 to 16",
		"--mode=0x480:8");
	CHECK_EQ(PARSE("--mode=1x1:8"), 0);
	CHECK_EQ(PARSE("--mode=1x1:16"), 0);

	test_case("option: words that are not");
	REFUSED("--memory: 'dma' is none of auto|mmap|udmabuf|heap", "--memory=dma");
	REFUSED("--memory: 'mma' is none of auto|mmap|udmabuf|heap", "--memory=mma");
	REFUSED("--memory: 'mmap|' is none of auto|mmap|udmabuf|heap", "--memory=mmap|");
	REFUSED("--memory: '' can't be the name of a heap", "--memory=heap:");
	REFUSED("--memory: '../mem' can't be the name of a heap", "--memory=heap:../mem");
	REFUSED("--memory: '.' can't be the name of a heap", "--memory=heap:.");
	REFUSED("--memory: 'a/b' can't be the name of a heap", "--memory=heap:a/b");
	REFUSED("--memory: '0123456789012345678901234567890123456789012345678901234567890123' "
		"can't be the name of a heap",
		"--memory=heap:0123456789012345678901234567890123456789012345678901234567890123");
	REFUSED("--io: 'dirct' is none of auto|direct|buffered", "-Fx", "--io=dirct");
	REFUSED("--overflow: 'dorp' is none of block|drop", "-Fx", "--overflow=dorp");
	REFUSED("--progress: '' is none of auto|always|never", "--progress=");
	REFUSED("--control: 'brightness' is not of the form NAME=VALUE[,...]", "-C",
		"brightness");
	REFUSED("--control: '=3' is not of the form NAME=VALUE[,...]", "-C", "=3");

	test_case("option: empty names");
	REFUSED("--report: an empty name", "--report=");
	REFUSED("--save-controls: an empty name", "--save-controls=");
	REFUSED("--file: an empty name", "-F", "");
	REFUSED("--file: an empty name", "-F", "main=");
	REFUSED("the name of the camera is empty", "");

	test_case("option: what was typed can't upset the terminal");
	REFUSED("--count: '\\x1b[31m' is not a whole number", "-c", "\x1b[31m");
}

static void test_unknown(void)
{
	test_case("option: what getopt refuses is one sentence and the same advice");
	CHECK_EQ(PARSE("--foo"), -EINVAL);
	CHECK_STR_EQ(printed, "test-capture: unrecognized option '--foo'\n" ADVICE);
	CHECK_EQ(PARSE("-Z"), -EINVAL);
	CHECK_STR_EQ(printed, "test-capture: invalid option -- 'Z'\n" ADVICE);
	CHECK_EQ(PARSE("-c"), -EINVAL);
	CHECK_STR_EQ(printed, "test-capture: option requires an argument -- 'c'\n" ADVICE);
	CHECK_EQ(PARSE("--list=yes"), -EINVAL);
	CHECK_STR_EQ(printed,
		     "test-capture: option '--list' doesn't allow an argument\n" ADVICE);

	test_case("option: more than one camera");
	REFUSED("more than one camera: 'a' and 'b'", "a", "b");

	test_case("option: a program that was started without even a name");
	options = (struct options){ 0 };
	CHECK_EQ(option_parse(0, (char *[]){ NULL }, &tool, NULL, &options), 0);
	CHECK_EQ(options.count, 10);

	test_case("option: after a refusal nothing is left to free");
	CHECK_EQ(PARSE("-C", "a=1", "-c", "x"), -EINVAL);
	CHECK(!options.controls);
	CHECK_EQ(options.num_controls, 0);
}

static void test_files(void)
{
	const struct option_file *file = options.files;

	test_case("option: a pattern for every stream");
	CHECK_EQ(PARSE("-F", "frame-#.raw"), 0);
	CHECK_EQ(options.num_files, 1);
	CHECK(!file[0].role);
	CHECK_STR_EQ(file[0].pattern, "frame-#.raw");

	test_case("option: patterns for roles, and one for the others");
	CHECK_EQ(PARSE("-Fraw=r-#.raw", "-s", "raw", "-s", "main", "-s", "viewfinder",
		       "-F", "x/", "-F", "main=m=1.png"),
		 0);
	CHECK_EQ(options.num_files, 3);
	CHECK(file[0].role == RAW);
	CHECK_STR_EQ(file[0].pattern, "r-#.raw");
	CHECK(!file[1].role);
	CHECK(file[2].role == MAIN);
	CHECK_STR_EQ(file[2].pattern, "m=1.png");

	test_case("option: a role that is none is a slip, unless it can't have been meant for one");
	REFUSED("--file: 'mai' is no stream of this tool; a file of that name is ./mai=b.raw",
		"-F", "mai=b.raw");
	CHECK_EQ(PARSE("-F", "./mai=b.raw"), 0);
	CHECK(!file[0].role);
	CHECK_STR_EQ(file[0].pattern, "./mai=b.raw");
	CHECK_EQ(PARSE("-F", "a1=b.raw"), 0);
	CHECK(!file[0].role);

	test_case("option: without --stream it is the main stream that is written");
	CHECK_EQ(PARSE("-F", "main=x.raw"), 0);
	REFUSED("--file: 'raw' is not captured; ask for it with --stream=raw", "-F",
		"raw=x.raw");
	REFUSED("--file: 'main' is not captured; ask for it with --stream=main", "-F",
		"main=x.raw", "-r");

	test_case("option: patterns that meet, or have nothing to do");
	REFUSED("--file: two patterns for main", "-F", "main=a", "-F", "main=b");
	REFUSED("--file: two patterns for all streams", "-F", "a", "-F", "b");
	REFUSED("--file: two streams can't both be written to 'a'", "-F", "main=a", "-F",
		"raw=a", "-s", "main", "-r");
	REFUSED("--file: two streams can't both be written to '-'", "-F", "main=-", "-F",
		"raw=-", "-s", "main", "-r");
	REFUSED("--file: every stream has a pattern besides 'b'", "-F", "main=a", "-F", "b");

	test_case("option: video outputs, a node for each stream, the main one's unless told");
	CHECK_EQ(PARSE("--video-out=/dev/video9"), 0);
	CHECK_EQ(options.num_video_outs, 1);
	CHECK(options.video_outs[0].role == MAIN);
	CHECK_STR_EQ(options.video_outs[0].node, "/dev/video9");
	CHECK_EQ(PARSE("--video-out=/dev/video9", "-r"), 0);
	CHECK(options.video_outs[0].role == RAW);
	CHECK_EQ(PARSE("--video-out=raw=/dev/v", "--video-out=./w", "-r", "-s", "main"), 0);
	CHECK(options.video_outs[0].role == RAW);
	CHECK_STR_EQ(options.video_outs[0].node, "/dev/v");
	CHECK(options.video_outs[1].role == MAIN);
	REFUSED("--video-out: '9' is no path of a node, such as /dev/video3",
		"--video-out=9");
	REFUSED("--video-out: an empty name", "--video-out=raw=", "-r");
	REFUSED("--video-out: 'raw' is not captured; ask for it with --stream=raw",
		"--video-out=raw=/dev/v");
	REFUSED("--video-out: two nodes for the main stream", "--video-out=/a",
		"--video-out=/b");
	REFUSED("--video-out: two nodes for main", "--video-out=/a", "--video-out=main=/b");
	REFUSED("--video-out: '/a' can't take two streams", "--video-out=/a",
		"--video-out=raw=/a", "-r", "-s", "main");
	REFUSED("--video-out has no effect with --list", "--video-out=/a", "-l");

	test_case("option: standard output takes one stream");
	CHECK_EQ(PARSE("-F-"), 0);
	CHECK_STR_EQ(file[0].pattern, "-");
	CHECK_EQ(PARSE("-F-", "-Fraw=x", "-r", "-s", "main"), 0);
	REFUSED("--file: '-' can't take several streams", "-F", "-", "-s", "main", "-r");
}

static void test_combinations(void)
{
	test_case("option: two actions");
	REFUSED("--list and --info can't be used together", "-l", "-I");
	REFUSED("--list-controls and --dry-run can't be used together", "-L", "--dry-run");
	CHECK_EQ(PARSE("-l", "--list"), 0);

	test_case("option: what has an effect there");
	CHECK_EQ(PARSE("-l", "--json", "-q", "--wait"), 0);
	CHECK_EQ(PARSE("-I", "--json", "-v"), 0);
	CHECK_EQ(PARSE("-L", "--json"), 0);
	CHECK_EQ(PARSE("--dry-run", "-c3", "--skip=1", "-n2"), 0);
	CHECK_EQ(PARSE("--doctor", "--json", "-v", "--wait=1s", "x"), 0);
	CHECK_EQ(options.action, ACTION_DOCTOR);
	CHECK_EQ(PARSE("--bench-disk=/tmp", "-r", "-n3", "-t1s", "--io=direct", "--json"), 0);
	CHECK_EQ(options.action, ACTION_BENCH_DISK);
	CHECK_STR_EQ(options.bench_disk, "/tmp");
	CHECK_EQ(PARSE("--doctor", "-r", "-n3", "--adjust", "--mode=640x480"), 0);

	test_case("option: what sets controls goes with their list, and files with a dry run");
	CHECK_EQ(PARSE("-L", "-Ca=1", "--load-controls=x", "--save-controls=y", "--adjust"),
		 0);
	CHECK_EQ(options.num_controls, 1);
	CHECK_EQ(PARSE("--dry-run", "-Fx.jpg"), 0);

	test_case("option: what has no effect while listing or explaining");
	REFUSED("--skip has no effect with --list", "--list", "--skip=1");
	REFUSED("--stream has no effect with --info", "-s", "raw", "-I");
	REFUSED("--restore has no effect with --list-controls", "-L", "--restore");
	REFUSED("--control has no effect with --list", "-l", "-Ca=1");
	REFUSED("--time has no effect with --dry-run", "--dry-run", "-t3s");
	REFUSED("--file has no effect with --info", "-I", "-Fx");
	REFUSED("--display has no effect with --dry-run", "-D", "--dry-run");
	REFUSED("--display: an empty name", "--display=");
	REFUSED("--save-controls has no effect with --dry-run", "--dry-run",
		"--save-controls=x");
	REFUSED("--json has no effect with --dry-run", "--dry-run", "--json");
	REFUSED("--report has no effect with --list", "-l", "--report=x");
	REFUSED("--count has no effect with --doctor", "--doctor", "-c3");
	REFUSED("--file has no effect with --doctor", "--doctor", "-Fx");
	REFUSED("--control has no effect with --doctor", "--doctor", "-Ca=1");
	REFUSED("--bench-disk and --dry-run can't be used together", "--bench-disk=/tmp",
		"--dry-run");
	REFUSED("--file has no effect with --bench-disk", "--bench-disk=/tmp", "-Fx");
	REFUSED("--count has no effect with --bench-disk", "--bench-disk=/tmp", "-c3");
	REFUSED("--bench-disk: an empty name", "--bench-disk=");
	REFUSED("--doctor and --dry-run can't be used together", "--doctor", "--dry-run");
	REFUSED("--list lists all cameras, not 'x' only", "-l", "x");

	test_case("option: contradictions");
	REFUSED("--quiet and --verbose can't be used together", "-q", "-v");
	REFUSED("--json and --report=- can't be used together: both are JSON Lines on standard "
		"output",
		"--json", "--report=-");
	REFUSED("--file=- and --report=- can't both have standard output", "-F-",
		"--report=-");
	REFUSED("--file=- and --report=- can't both have standard output", "-Fraw=-",
		"-Fmain=x", "-r", "-s", "main", "--report=-");
	CHECK_EQ(PARSE("--report=-"), 0);
	CHECK_EQ(PARSE("--json", "--report=x"), 0);
	CHECK_EQ(PARSE("--json", "-F-"), 0);

	test_case("option: what has nothing to act on");
	REFUSED("--force has no effect: nothing is written without --file", "--force");
	REFUSED("--dng-compression has no effect: nothing is written without --file",
		"--dng-compression=none");
	REFUSED("--dng-compression has no effect: no file ends in .dng",
		"--dng-compression=lossless", "-F", "dng");
	REFUSED("--dng-compression has no effect: no file ends in .dng",
		"--dng-compression=lossless", "-r", "-F", "x.dng.raw");
	REFUSED("--dng-compression: 'zip' is none of none|lossless", "--dng-compression=zip");
	REFUSED("--io has no effect: nothing is written without --file", "--io=direct");
	REFUSED("--overflow has no effect: nothing is written without --file or --video-out",
		"--overflow=drop");
	CHECK_EQ(PARSE("--overflow=drop", "--video-out=/dev/video9"), 0);
	REFUSED("--quality has no effect: nothing is written without --file", "--quality=1");
	REFUSED("--quality has no effect: no file ends in .jpg", "--quality=1", "-Fx.png");
	REFUSED("--restore has no effect: nothing is changed without --control or "
		"--load-controls",
		"--restore");
	CHECK_EQ(PARSE("--restore", "--load-controls=x"), 0);
	CHECK_EQ(PARSE("--restore", "-Ca=1"), 0);
	REFUSED("--force has no effect: standard output is no file to overwrite",
		"--force", "-F-");
	CHECK_EQ(PARSE("--force", "-F-", "-Fraw=x", "-r", "-smain"), 0);
	REFUSED("--ring has no effect: nothing is written without --file", "--ring=2s");
	REFUSED("--after has no effect: without --ring there are no triggers",
		"--after=2s", "-Fx.raw");
	REFUSED("--triggers has no effect: without --ring there are no triggers",
		"--triggers=2", "-Fx.raw");
	REFUSED("--triggers: 0 is out of range, 1 to 100000000", "--triggers=0");
	REFUSED("--count has no effect with --ring, which goes on until it is stopped: "
		"--triggers or --time ends it",
		"--ring=2s", "-Fx.raw", "-c3");
	REFUSED("--ring and --file=- can't be used together: each trigger makes files of its "
		"own",
		"--ring=2s", "-F-");
	CHECK_EQ(PARSE("--ring=2s", "-Fx.raw", "--after=500ms", "--triggers=3", "-c0"), 0);
	CHECK_EQ(options.ring_ns, 2000000000);
	CHECK_EQ(options.after_ns, 500000000);
	CHECK_EQ(options.triggers, 3);
	CHECK_EQ(PARSE("--ring=2s", "-Fx.raw"), 0);
	CHECK_EQ(options.count, 0);
	REFUSED("--progress has no effect with --quiet", "--progress=always", "-q");
	REFUSED("--progress has no effect with --quiet", "-q", "--progress=auto");
}

static void test_ready_fd(void)
{
	char text[32], sentence[128];
	int ends[2];

	test_case("option: a descriptor to be ready on");
	CHECK_EQ(pipe(ends), 0);
	snprintf(text, sizeof(text), "--ready-fd=%d", ends[1]);
	CHECK_EQ(PARSE(text), 0);
	CHECK_EQ(options.ready_fd, ends[1]);

	test_case("option: a descriptor that is only read, or not open, or ours");
	snprintf(text, sizeof(text), "--ready-fd=%d", ends[0]);
	snprintf(sentence, sizeof(sentence),
		 "--ready-fd: descriptor %d is not open for writing", ends[0]);
	REFUSED(sentence, text);
	close(ends[0]);
	close(ends[1]);
	/* The lowest that is free: nothing that the parser opens may stand in for it. */
	close(3);
	REFUSED("--ready-fd: descriptor 3 is not open", "--ready-fd=3");
	REFUSED("--ready-fd: 1 is out of range, 3 to 2147483647", "--ready-fd=1");
	REFUSED("--ready-fd: 2147483648 is out of range, 3 to 2147483647",
		"--ready-fd=2147483648");
}

/* Runs --help and the like in a child, since they end the program. Returns its status. */
static int run(const char *option, const char *output)
{
	char *argv[] = { (char *)"test-capture", (char *)option, NULL };
	struct log log;
	struct taken taken;
	int status, fd;
	pid_t child;

	fflush(stdout);
	taken = take_over(STDOUT_FILENO);
	child = fork();
	if (child < 0)
		abort();
	if (!child) {
		if (output) {
			fd = open(output, O_WRONLY | O_CLOEXEC);
			dup2(fd, STDOUT_FILENO);
			dup2(fd, STDERR_FILENO);
		}
		log_init(&log, "test-capture");
		option_parse(2, argv, &tool, &log, &options);
		_exit(99);
	}
	if (waitpid(child, &status, 0) != child)
		abort();
	give_back(&taken);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Lines of what was printed, and the longest of them. */
static unsigned count_lines(unsigned *widest)
{
	unsigned lines = 0, width = 0;

	*widest = 0;
	for (const char *byte = printed; *byte; byte++) {
		width = *byte == '\n' ? 0 : width + 1;
		lines += *byte == '\n';
		*widest = width > *widest ? width : *widest;
	}
	return lines;
}

static void test_help(void)
{
	char line[128];
	unsigned widest;

	test_case("option: help goes to standard output, with the roles, and fits a screen");
	CHECK_EQ(run("-h", NULL), STATUS_OK);
	CHECK(strstr(printed,
		     "Usage: test-capture [OPTION...] [CAMERA]\nCapture from a test.\n"));
	CHECK(strstr(printed, "\n  -c, --count=N              Frames a stream"));
	CHECK(strstr(printed, "\n      --wait[=DURATION]      Wait for"));
	CHECK(strstr(printed, "\n  viewfinder                 a smaller picture\n"));
	CHECK(count_lines(&widest) <= 66);
	CHECK(widest < 80);

	test_case("option: --help is the same");
	CHECK_EQ(run("--help", NULL), STATUS_OK);
	CHECK(strstr(printed, "\n\n  -h, --help                 Print this list\n"
			      "      --usage                Print it in short\n"
			      "  -V, --version              Print the version\n"));

	test_case("option: usage");
	CHECK_EQ(run("--usage", NULL), STATUS_OK);
	CHECK(strstr(printed, "Usage: test-capture [-"));
	CHECK(strstr(printed, "[--max-lost=N]"));
	CHECK(!strstr(printed, "(Rawline)"));

	test_case("option: version");
	CHECK_EQ(run("--version", NULL), STATUS_OK);
	CHECK(!strncmp(printed, "test-capture (Rawline) ", 23));
	snprintf(line, sizeof(line), "%s\n", option_version());
	CHECK_STR_EQ(printed + 23, line);
	CHECK_EQ(run("-V", NULL), STATUS_OK);
	CHECK(!strncmp(printed, "test-capture (Rawline) ", 23));

	test_case("option: help that could not be written is a failure");
	CHECK_EQ(run("--help", "/dev/full"), STATUS_OUTPUT);
	CHECK_EQ(run("--usage", "/dev/full"), STATUS_OUTPUT);
	CHECK_EQ(run("--version", "/dev/full"), STATUS_OUTPUT);
}

static void test_algorithms(void)
{
	const struct option_3a *wanted = &options.algorithms;
	unsigned widest;

	test_case("option: exposure and white balance are unknown where they are not ours");
	CHECK_EQ(PARSE("--exposure=10ms"), -EINVAL);
	CHECK(strstr(printed, "unrecognized option '--exposure=10ms'"));
	CHECK_EQ(run("-h", NULL), STATUS_OK);
	CHECK(!strstr(printed, "--awb"));

	tool.features = OPTION_3A;
	test_case("option: pictures of raw, made the good way or the fast");
	CHECK_EQ(PARSE("-Fx.png"), 0);
	CHECK(!options.demosaic_given && !options.fast_demosaic);
	CHECK_EQ(PARSE("--demosaic=fast", "-Fx.y4m"), 0);
	CHECK(options.demosaic_given && options.fast_demosaic);
	CHECK_EQ(PARSE("--demosaic=good", "-Fx.Ppm"), 0);
	CHECK(options.demosaic_given && !options.fast_demosaic);
	REFUSED("--demosaic: 'best' is none of good|fast", "-Fx.png", "--demosaic=best");
	REFUSED("--demosaic has no effect: nothing is written without --file",
		"--demosaic=fast");
	REFUSED("--demosaic has no effect: no file is a picture", "--demosaic=fast",
		"-Fx.dng");

	test_case("option: pictures of raw, developed or not");
	CHECK_EQ(PARSE("-Fx.y4m"), 0);
	CHECK(!options.develop_given && !options.undeveloped);
	CHECK_EQ(PARSE("--develop=off", "-Fx.PNG"), 0);
	CHECK(options.develop_given && options.undeveloped);
	CHECK_EQ(PARSE("--develop=on", "-Fx.y4m"), 0);
	CHECK(options.develop_given && !options.undeveloped);
	REFUSED("--develop: 'no' is none of on|off", "-Fx.png", "--develop=no");
	REFUSED("--develop has no effect: nothing is written without --file", "--develop=on");
	REFUSED("--develop has no effect: no file is a picture", "--develop=on", "-Fx.dng");

	test_case("option: exposure and white balance, automatic unless told");
	CHECK_EQ(parse_words((const char *const[]){ NULL }), 0);
	CHECK_EQ(wanted->exposure_ns, 0);
	CHECK_EQ(wanted->gain_milli, 0);
	CHECK(!wanted->ae_off);
	CHECK_EQ(wanted->awb, AWB_ON);
	CHECK_EQ(wanted->flicker_hz, 0);
	CHECK_EQ(wanted->settle_ns, 0);
	CHECK(!wanted->tuning);

	test_case("option: exposure and white balance, each");
	CHECK_EQ(PARSE("--exposure=10ms", "--gain=2.5", "--ae=on", "--awb=1.5,2",
		       "--flicker=50", "--settle", "--tuning=my.json"),
		 0);
	CHECK_EQ(wanted->exposure_ns, 10000000);
	CHECK_EQ(wanted->gain_milli, 2500);
	CHECK_EQ(wanted->awb, AWB_FIXED);
	CHECK_EQ(wanted->red_milli, 1500);
	CHECK_EQ(wanted->blue_milli, 2000);
	CHECK_EQ(wanted->flicker_hz, 50);
	CHECK_EQ(wanted->settle_ns, 3000000000);
	CHECK_STR_EQ(wanted->tuning, "my.json");
	CHECK_EQ(PARSE("--ae=off", "--awb=off", "--restore"), 0);
	CHECK(wanted->ae_off);
	CHECK_EQ(wanted->awb, AWB_OFF);
	CHECK_EQ(PARSE("--settle=500ms", "--flicker=60"), 0);
	CHECK_EQ(wanted->settle_ns, 500000000);
	CHECK_EQ(wanted->flicker_hz, 60);

	test_case("option: exposure and white balance, nonsense");
	REFUSED("--gain: 'x' is not a factor, as 1 or 2.5", "--gain=x");
	REFUSED("--gain: 0.0001 is out of range, 0.001 to 1000", "--gain=0.0001");
	REFUSED("--gain: 1001 is out of range, 0.001 to 1000", "--gain=1001");
	REFUSED("--awb: '' is not a factor, as 1 or 2.5", "--awb=,2");
	REFUSED("--awb: '' is not a factor, as 1 or 2.5", "--awb=2,");
	REFUSED("--awb: '1,2' is not a factor, as 1 or 2.5", "--awb=1,1,2");
	REFUSED("--awb: 'maybe' is none of on|off", "--awb=maybe");
	REFUSED("--ae: '' is none of on|off", "--ae=");
	REFUSED("--flicker: '55' is none of off|50|60", "--flicker=55");
	REFUSED("--exposure: '10' is not a duration, as 250us, 100ms, 5s, 2min",
		"--exposure=10");
	REFUSED("--settle: '3' is not a duration, as 250us, 100ms, 5s, 2min", "--settle=3");
	REFUSED("--flicker has no effect with --ae=off", "--flicker=50", "--ae=off");
	REFUSED("--settle has no effect: nothing is automatic", "--settle", "--ae=off",
		"--awb=1,1");
	REFUSED("--gain has no effect with --list", "--list", "--gain=2");

	tool.features = OPTION_FLIP | OPTION_ZOOM;
	test_case("option: mirrored, and only the middle");
	CHECK_EQ(PARSE("--hflip", "--zoom=2.5"), 0);
	CHECK(options.hflip && !options.vflip);
	CHECK_EQ(options.zoom_milli, 2500);
	CHECK_EQ(PARSE("--vflip"), 0);
	CHECK(options.vflip && !options.hflip);
	CHECK_EQ(options.zoom_milli, 1000);
	REFUSED("--zoom: 0.5 is out of range, 1 to 64", "--zoom=0.5");
	CHECK_EQ(PARSE("--awb=on"), -EINVAL);

	tool.features |= OPTION_3A;
	test_case("option: help with all options fits a tall screen");
	CHECK_EQ(run("-h", NULL), STATUS_OK);
	CHECK(strstr(printed, "\n      --awb=on|off|R,B"));
	CHECK(count_lines(&widest) <= 81);
	CHECK(widest < 80);
	tool.features = 0;
}

int main(void)
{
	test_defaults();
	test_plain();
	test_streams();
	test_bad_streams();
	test_bad_values();
	test_unknown();
	test_files();
	test_combinations();
	test_ready_fd();
	test_help();
	test_algorithms();
	option_finish(&options);
	return test_done();
}
