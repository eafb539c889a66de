// SPDX-License-Identifier: GPL-2.0-or-later
/* The account of a stream: gaps, wraps, drivers that lie, what is skipped, and the sums. */
#include "common/stream/account.h"

#include <linux/videodev2.h>

#include "common/base/log.h"
#include "common/stream/frame.h"
#include "test/unit/test.h"

/* Messages land here instead of on the screen. */
static struct {
	unsigned count;
	enum log_level level;
	char code[32];
	char sentence[256];
} said;

static void listen(void *context, enum log_level level, const char *code, const char *sentence)
{
	said.count++;
	said.level = level;
	snprintf(said.code, sizeof(said.code), "%s", code);
	snprintf(said.sentence, sizeof(said.sentence), "%s", sentence);
}

/* Prints nothing that a test is to hear. */
static struct log quiet_log = { .program = "test", .level = LOG_ERROR, .listener = listen };
static struct video_format format;
static struct buffer buffer;
static struct account account;

/* Every case starts with a new account, and with frames of 1000 bytes, 10 ms apart. */
static void start(const char *name, uint64_t skip)
{
	test_case(name);
	memset(&said, 0, sizeof(said));
	format.field = V4L2_FIELD_NONE;
	buffer.num_planes = 1;
	buffer.planes[0].length_bytes = 1000;
	account_init(&account, &quiet_log, "main", skip);
}

static struct frame frame_of(uint32_t sequence)
{
	return (struct frame){
		.buffer = &buffer,
		.least_bytes = { 1, 1, 1, 1 },
		.format = &format,
		.sequence = sequence,
		.timestamp_ns = 1000000000 + UINT64_C(10000000) * sequence,
		.bytesused = { 1000 },
		.lost = 0x5a5a5a5a,
	};
}

/* Enters a good frame, delivers it, and returns how many are missing before it. */
static uint32_t enter(uint32_t sequence)
{
	struct frame frame = frame_of(sequence);

	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_DELIVER);
	account_deliver(&account, &frame);
	return frame.lost;
}

static void enter_error(uint32_t sequence)
{
	struct frame frame = frame_of(sequence);

	frame.flags = V4L2_BUF_FLAG_ERROR;
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_ERROR);
}

/* As a driver gives back what it was never going to fill. */
static void enter_empty(uint32_t sequence)
{
	struct frame frame = frame_of(sequence);

	frame.flags = V4L2_BUF_FLAG_ERROR;
	frame.bytesused[0] = 0;
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_ERROR);
}

static void test_gaps(void)
{
	start("account: frames without a gap", 0);
	for (uint32_t i = 0; i < 5; i++)
		CHECK_EQ(enter(i), 0);
	CHECK_EQ(account.captured, 5);
	CHECK_EQ(account.bytes, 5000);
	CHECK_EQ(account_lost(&account), 0);

	start("account: what was before the first frame is not known to be lost", 0);
	CHECK_EQ(enter(7), 0);
	CHECK_EQ(enter(8), 0);
	CHECK_EQ(account.lost_driver, 0);

	start("account: a gap is counted, and told to the frame behind it", 0);
	enter(7);
	CHECK_EQ(enter(10), 2);
	CHECK_EQ(enter(11), 0);
	CHECK_EQ(enter(13), 1);
	CHECK_EQ(account.captured, 4);
	CHECK_EQ(account.lost_driver, 3);
	CHECK_EQ(account_lost(&account), 3);

	start("account: the sequence wraps at 32 bits", 0);
	enter(UINT32_MAX - 1);
	CHECK_EQ(enter(UINT32_MAX), 0);
	CHECK_EQ(enter(0), 0);
	CHECK_EQ(account.lost_driver, 0);
	CHECK(!account.sequence_odd);

	start("account: a gap across the wrap", 0);
	enter(UINT32_MAX - 1);
	CHECK_EQ(enter(2), 3);
	CHECK_EQ(account.lost_driver, 3);

	start("account: the largest gap", 0);
	enter(5);
	CHECK_EQ(enter(5 + ACCOUNT_MAX_GAP), ACCOUNT_MAX_GAP - 1);
	CHECK_EQ(said.count, 0);
}

static void test_lies(void)
{
	start("account: a leap is no loss", 0);
	enter(5);
	CHECK_EQ(enter(6 + ACCOUNT_MAX_GAP), 0);
	CHECK_EQ(account_lost(&account), 0);
	CHECK_EQ(said.count, 1);
	CHECK_STR_EQ(said.code, "sequence-odd");
	CHECK_STR_EQ(said.sentence, "main: the driver gave a frame number 1048582 after "
				    "number 5: frames lost there can't be counted");
	CHECK_EQ(said.level, LOG_WARNING);

	start("account: counting goes on from where the leap led", 0);
	enter(5);
	enter(3000000000);
	CHECK_EQ(enter(3000000001), 0);
	CHECK_EQ(enter(3000000003), 1);
	CHECK_EQ(account.lost_driver, 1);

	start("account: a sequence that goes back is said once and is no loss", 0);
	enter(10);
	enter(11);
	CHECK_EQ(enter(3), 0);
	CHECK_STR_EQ(said.sentence, "main: the driver's timestamps go back by 80000000 ns at "
				    "frame 3: times and rates can't be trusted");
	CHECK_EQ(said.count, 2);
	CHECK_EQ(enter(2), 0);
	CHECK_EQ(said.count, 2);
	CHECK_EQ(account.captured, 4);
	CHECK_EQ(account_lost(&account), 0);

	start("account: a sequence that stands still is odd", 0);
	enter(0);
	CHECK_EQ(enter(0), 0);
	CHECK_EQ(enter(0), 0);
	CHECK_EQ(said.count, 1);
	CHECK_STR_EQ(said.code, "sequence-odd");
	CHECK_EQ(account.captured, 3);
	CHECK_EQ(account_lost(&account), 0);

	start("account: two fields of a picture share a number", 0);
	format.field = V4L2_FIELD_ALTERNATE;
	enter(4);
	CHECK_EQ(enter(4), 0);
	CHECK_EQ(enter(5), 0);
	CHECK_EQ(enter(5), 0);
	CHECK_EQ(enter(7), 1);
	CHECK_EQ(said.count, 0);

	start("account: fields that go back are odd all the same", 0);
	format.field = V4L2_FIELD_ALTERNATE;
	enter(4);
	enter(3);
	CHECK(account.sequence_odd);
}

static void test_timestamps(void)
{
	struct frame frame;

	start("account: timestamps that go back are said once", 0);
	enter(1);
	frame = frame_of(2);
	frame.timestamp_ns = 1000000000;
	account_frame(&account, &frame);
	CHECK_EQ(said.count, 1);
	CHECK_STR_EQ(said.code, "timestamp-odd");
	CHECK_EQ(said.level, LOG_WARNING);
	frame = frame_of(3);
	frame.timestamp_ns = 999999999;
	account_frame(&account, &frame);
	CHECK_EQ(said.count, 1);
	CHECK_EQ(account.captured, 3);

	start("account: timestamps that stand still are left alone", 0);
	enter(1);
	frame = frame_of(2);
	frame.timestamp_ns = account.last_ns;
	account_frame(&account, &frame);
	CHECK_EQ(said.count, 0);
	CHECK_EQ(account_duration_ns(&account), 0);
	CHECK_EQ(account_rate_mhz(&account), 0);

	start("account: a last timestamp before the first gives no rate", 0);
	enter(9);
	enter(2);
	CHECK_EQ(account_duration_ns(&account), 0);
	CHECK_EQ(account_rate_mhz(&account), 0);
}

static void test_errors(void)
{
	struct frame frame;

	start("account: error frames are lost, and said with a warning once", 0);
	enter(1);
	enter_error(2);
	CHECK_EQ(said.count, 1);
	CHECK_EQ(said.level, LOG_WARNING);
	CHECK_STR_EQ(said.code, "frame-error");
	CHECK_STR_EQ(said.sentence, "main: frame 2, 1000 bytes, is no picture and counts as "
				    "lost: the driver says that it is damaged");
	enter_error(3);
	CHECK_EQ(said.count, 2);
	CHECK_EQ(said.level, LOG_DETAIL);
	CHECK_EQ(enter(4), 2);
	CHECK_EQ(account.lost_error, 2);
	CHECK_EQ(account.lost_driver, 0);
	CHECK_EQ(account_lost(&account), 2);
	CHECK_EQ(account.captured, 2);
	CHECK_EQ(account.bytes, 2000);

	start("account: a frame with nothing in it is an error", 0);
	frame = frame_of(1);
	frame.bytesused[0] = 0;
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_ERROR);
	CHECK_STR_EQ(said.sentence, "main: frame 1, 0 bytes, is no picture and counts as "
				    "lost: the size that the driver gave can't be right");
	CHECK_EQ(account.lost_error, 1);
	CHECK_EQ(account.captured, 0);

	start("account: gaps on both sides of an error frame", 0);
	enter(1);
	enter_error(4);
	CHECK_EQ(enter(6), 4);
	CHECK_EQ(account.lost_driver, 3);
	CHECK_EQ(account.lost_error, 1);

	start("account: a damaged first frame without a number starts no sequence", 0);
	enter_error(0);
	CHECK_EQ(enter(900), 1);
	CHECK_EQ(account.lost_error, 1);
	CHECK_EQ(account.lost_driver, 0);

	start("account: an error frame may be the first", 0);
	enter_error(5);
	CHECK_EQ(enter(6), 1);
	CHECK_EQ(account.lost_driver, 0);
	CHECK_EQ(account.lost_error, 1);

	start("account: an error frame with the number of an old one is not lost twice", 0);
	enter(40);
	enter_error(37);
	CHECK_EQ(enter(42), 1);
	CHECK_EQ(account.lost_driver, 0);
	CHECK_EQ(account.lost_error, 1);
	CHECK_EQ(said.count, 1);

	start("account: error frames that the driver does not count", 0);
	enter(40);
	enter_error(40);
	enter_error(40);
	CHECK_EQ(enter(41), 2);
	CHECK_EQ(account.lost_driver, 0);
	CHECK_EQ(enter(44), 2);
	CHECK_EQ(account.lost_driver, 2);
	CHECK_EQ(account.lost_error, 2);
	CHECK(!account.sequence_odd);

	start("account: an error frame without a number explains one frame of a gap", 0);
	enter(40);
	enter_error(37);
	CHECK_EQ(enter(44), 3);
	CHECK_EQ(account.lost_driver, 2);
	CHECK_EQ(account.lost_error, 1);

	start("account: a leap forgets error frames without a number", 0);
	enter(40);
	enter_error(40);
	enter(3);
	CHECK_EQ(enter(5), 1);
	CHECK_EQ(account.lost_driver, 1);

	start("account: an error frame's timestamp is not looked at", 0);
	enter(1);
	frame = frame_of(2);
	frame.timestamp_ns = 0;
	frame.flags = V4L2_BUF_FLAG_ERROR;
	account_frame(&account, &frame);
	enter(3);
	CHECK(!account.timestamp_odd);
	CHECK_EQ(account.last_ns, 1030000000);
}

static void test_skipped(void)
{
	struct frame frame = frame_of(0);

	start("account: the first are skipped, whatever they are, and are not lost", 3);
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_SKIP);
	frame = frame_of(5);
	frame.flags = V4L2_BUF_FLAG_ERROR;
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_SKIP);
	frame = frame_of(2);
	CHECK_EQ(account_frame(&account, &frame), ACCOUNT_SKIP);
	CHECK_EQ(enter(9), 0);
	CHECK_EQ(enter(11), 1);
	CHECK_EQ(account.skipped, 3);
	CHECK_EQ(account.captured, 2);
	CHECK_EQ(account_lost(&account), 1);
	CHECK_EQ(account.first_ns, 1090000000);
	CHECK_EQ(said.count, 0);
}

static void test_overflow(void)
{
	struct frame frames[4];

	start("account: a frame without room is lost, not captured", 0);
	enter(0);
	frames[0] = frame_of(1);
	CHECK_EQ(account_frame(&account, &frames[0]), ACCOUNT_DELIVER);
	account_overflow(&account, &frames[0]);
	CHECK_EQ(account.captured, 1);
	CHECK_EQ(account.bytes, 1000);
	CHECK_EQ(account.lost_overflow, 1);
	CHECK_EQ(account_lost(&account), 1);
	CHECK_EQ(enter(2), 1);
	CHECK_EQ(enter(3), 0);

	start("account: what was missing before a frame without room is told to the next", 0);
	enter(0);
	frames[0] = frame_of(3);
	account_frame(&account, &frames[0]);
	account_overflow(&account, &frames[0]);
	CHECK_EQ(enter(5), 4);
	CHECK_EQ(account_lost(&account), 4);

	start("account: no room, known only when later frames have come", 0);
	for (uint32_t i = 0; i < 4; i++) {
		/* Number 2 is missing. */
		frames[i] = frame_of(i + (i > 1));
		account_frame(&account, &frames[i]);
	}
	account_deliver(&account, &frames[0]);
	account_overflow(&account, &frames[1]);
	account_overflow(&account, &frames[2]);
	account_deliver(&account, &frames[3]);
	CHECK_EQ(frames[0].lost, 0);
	CHECK_EQ(frames[3].lost, 3);
	CHECK_EQ(account.captured, 2);
	CHECK_EQ(account_lost(&account), 3);
}

static void test_rates(void)
{
	struct frame frame;

	start("account: one frame has no rate", 0);
	enter(3);
	CHECK_EQ(account_duration_ns(&account), 0);
	CHECK_EQ(account_rate_mhz(&account), 0);

	start("account: thirty frames, 10 ms apart, cover 300 ms", 0);
	for (uint32_t i = 0; i < 30; i++)
		enter(i);
	CHECK_EQ(account.first_ns, 1000000000);
	CHECK_EQ(account.last_ns, 1290000000);
	CHECK_EQ(account_duration_ns(&account), 300000000);
	CHECK_EQ(account_rate_mhz(&account), 100000);

	start("account: the rate is rounded to a thousandth", 0);
	enter(0);
	frame = frame_of(1);
	frame.timestamp_ns = account.first_ns + 33366733;
	account_frame(&account, &frame);
	CHECK_EQ(account_rate_mhz(&account), 29970);
	account.last_ns = account.first_ns + 33366000;
	CHECK_EQ(account_rate_mhz(&account), 29971);

	start("account: frames without room count for the time, not for the rate", 0);
	frame = frame_of(0);
	account_frame(&account, &frame);
	account_overflow(&account, &frame);
	enter(1);
	CHECK_EQ(account_duration_ns(&account), 20000000);
	CHECK_EQ(account_rate_mhz(&account), 50000);
	CHECK_EQ(account.first_ns, 1000000000);

	start("account: a year at a thousand frames a second", 0);
	account.captured = UINT64_C(31536000000);
	account.first_ns = 5;
	account.last_ns = 5 + UINT64_C(31535999999) * 1000000;
	CHECK_EQ(account_duration_ns(&account), UINT64_C(31536000000000000));
	CHECK_EQ(account_rate_mhz(&account), 1000000);
}

static void test_gone(void)
{
	struct frame frame;

	start("account: what comes back empty when the device goes is not damaged", 0);
	enter(7);
	enter_error(8);
	enter_empty(9);
	enter_empty(0);
	enter_empty(0);
	CHECK_EQ(account.lost_error, 4);
	CHECK_EQ(said.count, 1);
	account_forget_returned(&account);
	account_settle(&account);
	CHECK_EQ(account.lost_error, 1);
	CHECK_EQ(account_lost(&account), 1);
	CHECK_EQ(said.count, 1);

	start("account: what came back empty from a device that goes on is lost", 0);
	enter(7);
	enter_empty(0);
	enter_empty(0);
	CHECK_EQ(said.count, 0);
	CHECK_EQ(enter(10), 2);
	CHECK_EQ(said.count, 1);
	CHECK_STR_EQ(said.code, "frame-error");
	CHECK_EQ(said.level, LOG_WARNING);
	CHECK_STR_EQ(said.sentence, "main: 2 of the driver's buffers came back empty, with the "
				    "mark of an error: they count as lost frames");
	account_forget_returned(&account);
	CHECK_EQ(account.lost_error, 2);
	CHECK_EQ(account.lost_driver, 0);

	start("account: one that came back empty before a damaged one is said first", 0);
	enter_empty(0);
	enter_error(1);
	CHECK_EQ(said.count, 2);
	CHECK_EQ(said.level, LOG_DETAIL);
	account_forget_returned(&account);
	CHECK_EQ(account.lost_error, 2);

	start("account: one that came back empty at the end is said when that is known", 0);
	enter(7);
	enter_empty(0);
	account_settle(&account);
	CHECK_EQ(said.count, 1);
	CHECK_STR_EQ(said.sentence, "main: 1 of the driver's buffers came back empty, with the "
				    "mark of an error: it counts as a lost frame");
	account_settle(&account);
	CHECK_EQ(said.count, 1);

	start("account: the camera's rate has the frames that were lost", 0);
	CHECK_EQ(account_camera_rate_mhz(&account), 0);
	enter(0);
	CHECK_EQ(account_camera_rate_mhz(&account), 0);
	enter_error(1);
	enter(3);
	frame = frame_of(4);
	account_frame(&account, &frame);
	account_overflow(&account, &frame);
	CHECK_EQ(account_camera_rate_mhz(&account), 100000);
}

int main(void)
{
	test_gaps();
	test_lies();
	test_timestamps();
	test_errors();
	test_skipped();
	test_overflow();
	test_rates();
	test_gone();
	return test_done();
}
