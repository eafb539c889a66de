// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sensor: an IMX219, OV7251, IMX477 or OV5647 as its driver sees it, registers on an I2C bus of its
 * own, and as a receiver sees it, frames in time.
 *
 * A register takes effect as in the real one: gain from the next frame on, exposure, frame length and
 * line length from the one after. That follows from when they are read: all of them at a frame's
 * start, but the light of this frame fell in before it. Some sensors take a frame more for gain and
 * frame length.
 */
#include <linux/debugfs.h>
#include <linux/i2c.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "lab.h"

#define REGISTERS 0x10000
#define PIXEL_RATE \
	182400000ull /* of an IMX219 on two lanes: lines are counted in its clocks */
#define PIXEL_RATE_4 281600000ull
#define RECORDED     1024 /* frames */
#define LATE_MS      4    /* more than that, and the machine was busy */

/* The same in both */
#define REG_STREAMING 0x0100

enum imx219_register {
	REG_CHIP_ID = 0x0000,
	REG_LANES = 0x0114,
	REG_ANALOGUE = 0x0157,
	REG_DIGITAL = 0x0158,
	REG_EXPOSURE = 0x015a,
	REG_FRAME_LENGTH = 0x0160,
	REG_LINE_LENGTH = 0x0162,
	REG_X_START = 0x0164,
	REG_Y_START = 0x0168,
	REG_WIDTH = 0x016c,
	REG_HEIGHT = 0x016e,
	REG_ORIENTATION = 0x0172,
	REG_BINNING = 0x0174,
	REG_FORMAT = 0x018c,
	REG_PATTERN = 0x0600,
	REG_SOLID = 0x0602,
};

enum ov7251_register {
	OV7251_CHIP_ID = 0x300a,
	OV7251_REVISION = 0x3029,
	OV7251_EXPOSURE = 0x3500, /* 16 bits of lines and 4 behind the point */
	OV7251_GAIN = 0x350a,     /* 16 is 1.0 */
	OV7251_FRAME_LENGTH = 0x380e,
	OV7251_FORMAT1 = 0x3820,
	OV7251_FORMAT2 = 0x3821,
	OV7251_PATTERN = 0x5e00,
};

enum imx477_register {
	IMX477_CHIP_ID = 0x0016,
	IMX477_ORIENTATION = 0x0101,
	IMX477_FORMAT = 0x0112,
	IMX477_TEMPERATURE = 0x013a,
	IMX477_EXPOSURE = 0x0202,
	IMX477_ANALOGUE = 0x0204, /* gain is 1024 / (1024 - code) */
	IMX477_DIGITAL = 0x020e,
	IMX477_FRAME_LENGTH = 0x0340,
	IMX477_LINE_LENGTH = 0x0342,
	IMX477_X_START = 0x0344,
	IMX477_Y_START = 0x0346,
	IMX477_WIDTH = 0x034c,
	IMX477_HEIGHT = 0x034e,
	IMX477_BINNING = 0x0900,
	IMX477_SHIFT = 0x3100, /* exposure and frame length are longer by powers of two */
};

enum ov5647_register {
	OV5647_CHIP_ID = 0x300a,
	OV5647_EXPOSURE = 0x3500, /* as of an OV7251 */
	OV5647_GAIN = 0x350a,
	OV5647_X_START = 0x3800,
	OV5647_Y_START = 0x3802,
	OV5647_WIDTH = 0x3808,
	OV5647_HEIGHT = 0x380a,
	OV5647_LINE_LENGTH = 0x380c,
	OV5647_FRAME_LENGTH = 0x380e,
	OV5647_X_STEPS = 0x3814,
	OV5647_FRAMES_OFF = 0x4202,
	OV5647_PATTERN = 0x503d,
};

/* What differs between sensors. */
struct model {
	u16 address;
	u16 chip_id; /* the two bytes from here on can't be written */
	bool late;   /* gain and frame length act a frame later */
	u32 bad;     /* so many frames at a stream's start are too dark */
	void (*reset)(struct lab_sensor *sensor);
	u32 (*exposure)(const struct lab_sensor *sensor);
	void (*read)(const struct lab_sensor *sensor, struct scene_frame *frame);
	/* NULL where only the streaming register decides */
	bool (*streaming)(const struct lab_sensor *sensor);
	/* NULL where there is no embedded data */
	u32 (*embed)(const struct lab_sensor *sensor, u8 *line);
};

/* What was read from registers at a frame's start, and may act on the next one only. */
struct settings {
	u32 exposure, analogue, digital, frame_length;
	u16 gain; /* the register */
};

struct lab_sensor {
	struct device *dev;
	const struct model *model;
	struct i2c_adapter adapter;
	u16 at; /* the register that is read or written next */
	struct lab_receiver *receiver;
	struct task_struct *thread;
	wait_queue_head_t wait;

	struct mutex lock; /* registers, the record */
	u8 *registers;
	u32 streams; /* begun so far */
	struct scene_frame *record;
	u32 recorded;
	struct settings next, used; /* by the next frame, by this one */

	/* in debugfs */
	u32 frames, late, writes, refused; /* counters */
	u32 stall, i2c;                    /* faults */
	struct debugfs_blob_wrapper blob;
};

static u32 get8(const struct lab_sensor *sensor, u32 reg)
{
	return sensor->registers[reg];
}

static u32 get16(const struct lab_sensor *sensor, u32 reg)
{
	return sensor->registers[reg] << 8 | sensor->registers[reg + 1];
}

static bool streaming(const struct lab_sensor *sensor)
{
	if (sensor->model->streaming && !sensor->model->streaming(sensor))
		return false;
	return READ_ONCE(sensor->registers[REG_STREAMING]) & 1;
}

/* ---- I2C ---- */

static void write_register(struct lab_sensor *sensor, u16 reg, u8 value)
{
	bool before = streaming(sensor);

	if (reg == sensor->model->chip_id || reg == sensor->model->chip_id + 1)
		return;
	WRITE_ONCE(sensor->registers[reg], value);
	sensor->writes++;
	if (streaming(sensor) != before) {
		sensor->streams += !before;
		wake_up(&sensor->wait);
	}
}

static void transfer_message(struct lab_sensor *sensor, struct i2c_msg *message)
{
	for (int i = 0; i < message->len; i++) {
		if (message->flags & I2C_M_RD)
			message->buf[i] = sensor->registers[sensor->at++];
		else if (i < 2)
			sensor->at = sensor->at << 8 | message->buf[i];
		else
			write_register(sensor, sensor->at++, message->buf[i]);
	}
}

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	struct lab_sensor *sensor = i2c_get_adapdata(adapter);

	if (lab_fault(&sensor->i2c)) {
		sensor->refused++;
		return -EREMOTEIO;
	}
	mutex_lock(&sensor->lock);
	for (int i = 0; i < count; i++) {
		if (messages[i].addr != sensor->model->address) {
			mutex_unlock(&sensor->lock);
			return -ENXIO;
		}
		transfer_message(sensor, &messages[i]);
	}
	mutex_unlock(&sensor->lock);
	return count;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = {
	.xfer = transfer,
	.functionality = functionality,
};

/* ---- IMX219 ---- */

/* The sensor can't expose longer than four lines less than a frame. */
static u32 imx219_exposure(const struct lab_sensor *sensor)
{
	u32 longest = max(get16(sensor, REG_FRAME_LENGTH), 8u) - 4;

	return clamp(get16(sensor, REG_EXPOSURE), 1u, longest);
}

static void imx219_read(const struct lab_sensor *sensor, struct scene_frame *frame)
{
	static const u8 solid[SCENE_FILTERS] = { 0, 2, 6, 4 };

	frame->line_length = max(get16(sensor, REG_LINE_LENGTH), 1u);
	frame->frame_length = get16(sensor, REG_FRAME_LENGTH);
	frame->analogue = min(get8(sensor, REG_ANALOGUE), 232u);
	frame->digital = clamp(get16(sensor, REG_DIGITAL), 256u, 4095u);
	frame->pattern = get16(sensor, REG_PATTERN);
	for (int i = 0; i < SCENE_FILTERS; i++)
		frame->solid[i] = get16(sensor, REG_SOLID + solid[i]);
	frame->left = get16(sensor, REG_X_START);
	frame->top = get16(sensor, REG_Y_START);
	frame->width = clamp(get16(sensor, REG_WIDTH), 2u, (u32)SCENE_WIDTH);
	frame->height = clamp(get16(sensor, REG_HEIGHT), 2u, (u32)SCENE_HEIGHT);
	frame->binning = get8(sensor, REG_BINNING) ? 2 : 1;
	frame->hflip = get8(sensor, REG_ORIENTATION) & 1;
	frame->vflip = get8(sensor, REG_ORIENTATION) >> 1 & 1;
	frame->bits = get8(sensor, REG_FORMAT) == 8 ? 8 : 10;
}

/* As after power came; the driver starts it once with these. */
static void imx219_reset(struct lab_sensor *sensor)
{
	static const struct {
		u16 reg, value;
	} defaults[] = {
		{ REG_CHIP_ID, 0x0219 },      { REG_DIGITAL, 256 },
		{ REG_EXPOSURE, 1000 },       { REG_FRAME_LENGTH, 2728 },
		{ REG_LINE_LENGTH, 3448 },    { REG_WIDTH, SCENE_WIDTH },
		{ REG_HEIGHT, SCENE_HEIGHT }, { REG_FORMAT, 0x0a0a },
	};

	for (int i = 0; i < ARRAY_SIZE(defaults); i++) {
		sensor->registers[defaults[i].reg] = defaults[i].value >> 8;
		sensor->registers[defaults[i].reg + 1] = defaults[i].value & 0xff;
	}
}

/* ---- OV7251: monochrome, 640x480; it looks at the middle of the scene through half the pixels ---- */

#define OV7251_WIDTH  640
#define OV7251_HEIGHT 480
/* 928 clocks of 48 MHz in a line, in those of an IMX219 */
#define OV7251_LINE 3526
/* The driver leaves so many lines between an exposure and its frame. */
#define OV7251_MARGIN 20

static u32 ov7251_exposure(const struct lab_sensor *sensor)
{
	u32 longest = max(get16(sensor, OV7251_FRAME_LENGTH), 2u * OV7251_MARGIN) -
		      OV7251_MARGIN;
	u32 lines = get8(sensor, OV7251_EXPOSURE) << 12 |
		    get16(sensor, OV7251_EXPOSURE + 1) >> 4;

	return clamp(lines, 1u, longest);
}

static void ov7251_read(const struct lab_sensor *sensor, struct scene_frame *frame)
{
	frame->line_length = OV7251_LINE;
	frame->frame_length = get16(sensor, OV7251_FRAME_LENGTH);
	frame->digital = clamp(get16(sensor, OV7251_GAIN) & 1023, 16u, 1023u) * 16;
	frame->pattern = get8(sensor, OV7251_PATTERN) & 0x80 ? SCENE_PATTERN_BARS :
							       SCENE_PATTERN_NONE;
	frame->left = (SCENE_WIDTH - 2 * OV7251_WIDTH) / 2;
	frame->top = (SCENE_HEIGHT - 2 * OV7251_HEIGHT) / 2;
	frame->width = OV7251_WIDTH;
	frame->height = OV7251_HEIGHT;
	frame->binning = 2;
	frame->hflip = get8(sensor, OV7251_FORMAT2) >> 2 & 1;
	frame->vflip = get8(sensor, OV7251_FORMAT1) >> 2 & 1;
	frame->bits = 10;
	frame->mono = 1;
}

static void ov7251_reset(struct lab_sensor *sensor)
{
	sensor->registers[OV7251_CHIP_ID] = 0x77;
	sensor->registers[OV7251_CHIP_ID + 1] = 0x50;
	sensor->registers[OV7251_REVISION] = 0x70;
	sensor->registers[OV7251_GAIN + 1] = 16;
	sensor->registers[OV7251_FRAME_LENGTH] = 1724 >> 8;
	sensor->registers[OV7251_FRAME_LENGTH + 1] = 1724 & 0xff;
	sensor->registers[OV7251_FORMAT1] = 0x40;
}

/* ---- IMX477: larger than the scene, whose last column goes on; it sends embedded data ---- */

#define IMX477_RATE_10 \
	8400              /* pixel clock, in units of which that of an IMX219 has 1824 */
#define IMX477_MARGIN  22 /* lines between an exposure and its frame */
#define EMBEDDED_START 0x0a
#define EMBEDDED_END   0x07
#define EMBEDDED_HIGH  0xaa
#define EMBEDDED_LOW   0xa5
#define EMBEDDED_VALUE 0x5a
#define EMBEDDED_SKIP  0x55

static u32 imx477_shift(const struct lab_sensor *sensor)
{
	return get8(sensor, IMX477_SHIFT) & 7;
}

static u32 imx477_exposure(const struct lab_sensor *sensor)
{
	u32 longest = max(get16(sensor, IMX477_FRAME_LENGTH), 2u * IMX477_MARGIN) -
		      IMX477_MARGIN;

	return clamp(get16(sensor, IMX477_EXPOSURE), 1u, longest) << imx477_shift(sensor);
}

static void imx477_read(const struct lab_sensor *sensor, struct scene_frame *frame)
{
	static const u8 solid[SCENE_FILTERS] = { 0, 2, 6, 4 };
	u32 gain = min(get16(sensor, IMX477_ANALOGUE), 978u);

	frame->line_length = get16(sensor, IMX477_LINE_LENGTH) * 1824 / IMX477_RATE_10;
	frame->frame_length = get16(sensor, IMX477_FRAME_LENGTH) << imx477_shift(sensor);
	frame->digital = get16(sensor, IMX477_DIGITAL) * 1024 / (1024 - gain);
	frame->pattern = get16(sensor, REG_PATTERN);
	for (int i = 0; i < SCENE_FILTERS; i++)
		frame->solid[i] = get16(sensor, REG_SOLID + solid[i]) >> 2;
	frame->binning = get8(sensor, IMX477_BINNING) ? 2 : 1;
	frame->left = get16(sensor, IMX477_X_START);
	frame->top = get16(sensor, IMX477_Y_START);
	frame->width = clamp(get16(sensor, IMX477_WIDTH), 2u, (u32)SCENE_WIDTH_MAX);
	frame->height = max(get16(sensor, IMX477_HEIGHT), 2u);
	frame->hflip = get8(sensor, IMX477_ORIENTATION) & 1;
	frame->vflip = get8(sensor, IMX477_ORIENTATION) >> 1 & 1;
	frame->bits = get8(sensor, IMX477_FORMAT) == 10 ? 10 : 12;
}

static void imx477_reset(struct lab_sensor *sensor)
{
	static const struct {
		u16 reg, value;
	} defaults[] = {
		{ IMX477_CHIP_ID, 0x0477 },     { IMX477_DIGITAL, 256 },
		{ IMX477_EXPOSURE, 1600 },      { IMX477_FRAME_LENGTH, 3500 },
		{ IMX477_LINE_LENGTH, 0x5dc0 }, { IMX477_WIDTH, 4056 },
		{ IMX477_HEIGHT, 3040 },        { IMX477_FORMAT, 0x0c0c },
		{ IMX477_TEMPERATURE, 0x2800 },
	};

	for (int i = 0; i < ARRAY_SIZE(defaults); i++) {
		sensor->registers[defaults[i].reg] = defaults[i].value >> 8;
		sensor->registers[defaults[i].reg + 1] = defaults[i].value & 0xff;
	}
}

struct embedded {
	u8 *line;
	u32 length;
	u32 group; /* bytes, the last of which says nothing, as the low bits of pixels */
};

static void embed_byte(struct embedded *embedded, u8 byte)
{
	if (embedded->length % embedded->group == embedded->group - 1)
		embedded->line[embedded->length++] = EMBEDDED_SKIP;
	embedded->line[embedded->length++] = byte;
}

static void embed(struct embedded *embedded, u8 tag, u8 byte)
{
	embed_byte(embedded, tag);
	embed_byte(embedded, byte);
}

static void embed_address(struct embedded *embedded, u16 address)
{
	embed(embedded, EMBEDDED_HIGH, address >> 8);
	embed(embedded, EMBEDDED_LOW, address & 0xff);
}

static void embed_value(struct embedded *embedded, u16 value)
{
	embed(embedded, EMBEDDED_VALUE, value >> 8);
	embed(embedded, EMBEDDED_VALUE, value & 0xff);
}

/* What was in force for this frame, not what registers hold by now. */
static u32 imx477_embed(const struct lab_sensor *sensor, u8 *line)
{
	u32 shift = imx477_shift(sensor);
	struct embedded embedded = {
		.line = line,
		.group = get8(sensor, IMX477_FORMAT) == 10 ? 5 : 3,
	};

	embed_byte(&embedded, EMBEDDED_START);
	embed_address(&embedded, IMX477_TEMPERATURE);
	embed(&embedded, EMBEDDED_VALUE, get8(sensor, IMX477_TEMPERATURE));
	embed_address(&embedded, IMX477_EXPOSURE - 2);
	embed(&embedded, EMBEDDED_SKIP, 0);
	embed(&embedded, EMBEDDED_SKIP, 0);
	embed_value(&embedded, sensor->used.exposure >> shift);
	embed_value(&embedded, sensor->used.gain);
	embed_address(&embedded, IMX477_FRAME_LENGTH);
	embed_value(&embedded, sensor->used.frame_length >> shift);
	embed_value(&embedded, get16(sensor, IMX477_LINE_LENGTH));
	embed(&embedded, EMBEDDED_END, EMBEDDED_END);
	return embedded.length;
}

/* ---- OV5647: its window begins at odd places, as blue comes first ---- */

#define OV5647_MARGIN 4

static u32 ov5647_exposure(const struct lab_sensor *sensor)
{
	u32 longest = max(get16(sensor, OV5647_FRAME_LENGTH), 2u * OV5647_MARGIN) -
		      OV5647_MARGIN;
	u32 lines = get8(sensor, OV5647_EXPOSURE) << 12 |
		    get16(sensor, OV5647_EXPOSURE + 1) >> 4;

	return clamp(lines, 1u, longest);
}

/* The pixel clock, in units of which that of an IMX219 has 18240, goes with the length of a line. */
static u32 ov5647_rate(u32 line_length)
{
	if (line_length > 2416)
		return 8750;
	return line_length > 1852 ? 8167 : 5833;
}

static void ov5647_read(const struct lab_sensor *sensor, struct scene_frame *frame)
{
	u32 line = max(get16(sensor, OV5647_LINE_LENGTH), 1u);
	u32 steps = get8(sensor, OV5647_X_STEPS);

	frame->line_length = line * 18240 / ov5647_rate(line);
	frame->frame_length = get16(sensor, OV5647_FRAME_LENGTH);
	frame->digital = clamp(get16(sensor, OV5647_GAIN) & 1023, 16u, 1023u) * 16;
	frame->pattern = get8(sensor, OV5647_PATTERN) & 0x80 ? SCENE_PATTERN_BARS :
							       SCENE_PATTERN_NONE;
	frame->left = get16(sensor, OV5647_X_START) | 1;
	frame->top = get16(sensor, OV5647_Y_START) | 1;
	frame->width = clamp(get16(sensor, OV5647_WIDTH), 2u, 2592u);
	frame->height = clamp(get16(sensor, OV5647_HEIGHT), 2u, 1944u);
	frame->binning = (steps >> 4) + (steps & 15) <= 2 ? 1 :
			 (steps >> 4) + (steps & 15) <= 4 ? 2 :
							    4;
	frame->bits = 10;
}

static void ov5647_reset(struct lab_sensor *sensor)
{
	sensor->registers[OV5647_CHIP_ID] = 0x56;
	sensor->registers[OV5647_CHIP_ID + 1] = 0x47;
	sensor->registers[OV5647_FRAMES_OFF] = 0x0f;
}

static bool ov5647_streaming(const struct lab_sensor *sensor)
{
	return !(READ_ONCE(sensor->registers[OV5647_FRAMES_OFF]) & 0x0f);
}

static const struct model imx219 = {
	.address = 0x10,
	.chip_id = REG_CHIP_ID,
	.reset = imx219_reset,
	.exposure = imx219_exposure,
	.read = imx219_read,
};

static const struct model ov7251 = {
	.address = 0x60,
	.chip_id = OV7251_CHIP_ID,
	.reset = ov7251_reset,
	.exposure = ov7251_exposure,
	.read = ov7251_read,
};

static const struct model imx477 = {
	.address = 0x1a,
	.chip_id = IMX477_CHIP_ID,
	.late = true,
	.reset = imx477_reset,
	.exposure = imx477_exposure,
	.read = imx477_read,
	.embed = imx477_embed,
};

static const struct model ov5647 = {
	.address = 0x36,
	.chip_id = OV5647_CHIP_ID,
	.late = true,
	.bad = 2,
	.reset = ov5647_reset,
	.exposure = ov5647_exposure,
	.read = ov5647_read,
	.streaming = ov5647_streaming,
};

/* ---- frames ---- */

static u64 line_ns(const struct lab_sensor *sensor, const struct scene_frame *frame, u32 lines)
{
	u64 rate = PIXEL_RATE;

	if (sensor->model == &imx219 && get8(sensor, REG_LANES) == 3)
		rate = PIXEL_RATE_4;
	return div64_u64((u64)lines * frame->line_length * NSEC_PER_SEC, rate);
}

static struct settings take_settings(struct lab_sensor *sensor, const struct scene_frame *frame)
{
	return (struct settings){
		.exposure = sensor->model->exposure(sensor),
		.analogue = frame->analogue,
		.digital = frame->digital,
		.frame_length = frame->frame_length,
		.gain = get16(sensor, IMX477_ANALOGUE),
	};
}

/* At the start of a frame. What the next one is exposed with is decided now, too. */
static void read_frame(struct lab_sensor *sensor, struct scene_frame *frame, u32 number)
{
	struct settings now;

	mutex_lock(&sensor->lock);
	memset(frame, 0, sizeof(*frame));
	sensor->model->read(sensor, frame);
	now = take_settings(sensor, frame);
	sensor->used = number ? sensor->next : now;
	sensor->next = now;
	frame->number = number;
	frame->exposure = sensor->used.exposure;
	if (number < sensor->model->bad)
		frame->exposure = DIV_ROUND_UP(frame->exposure, 4);
	if (sensor->model->late) {
		frame->analogue = sensor->used.analogue;
		frame->digital = sensor->used.digital;
		frame->frame_length = sensor->used.frame_length;
	}
	lab_scene_light(&frame->light);
	sensor->record[sensor->recorded++ % RECORDED] = *frame;
	mutex_unlock(&sensor->lock);
}

static void sleep_until(ktime_t time)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_hrtimeout(&time, HRTIMER_MODE_ABS);
}

static void send_frame(struct lab_sensor *sensor, const struct scene_frame *frame,
		       ktime_t start)
{
	struct lab_receiver *receiver = READ_ONCE(sensor->receiver);
	u64 readout = line_ns(sensor, frame, frame->height);

	sensor->frames++;
	if (!receiver)
		return;
	receiver->begin(receiver, frame);
	/* Who was woken by the start should run before the processor is busy with pixels. */
	sleep_until(ktime_add_ns(start, readout / 4));
	receiver->store(receiver, frame);
	sleep_until(ktime_add_ns(start, readout));
	receiver->end(receiver, frame);
}

/*
 * A machine that stood still woke nobody else either. Frames wait for those who would long have
 * answered the last one, had time gone on as it does for a sensor.
 */
static ktime_t next_start(struct lab_sensor *sensor, const struct scene_frame *frame,
			  ktime_t start)
{
	ktime_t end = ktime_add_ns(start, line_ns(sensor, frame, frame->height));
	ktime_t next = ktime_add_ns(
		start, line_ns(sensor, frame, max(frame->frame_length, frame->height + 4)));
	ktime_t now = ktime_get();

	if (ktime_before(now, ktime_add_ms(end, LATE_MS)))
		return next;
	now = ktime_add_ms(now, LATE_MS);
	if (ktime_before(next, now)) {
		sensor->late++;
		next = now;
	}
	return next;
}

/* From one write to the streaming register to the next. A frame that has begun is sent to its end. */
static void stream(struct lab_sensor *sensor)
{
	u32 stream = READ_ONCE(sensor->streams);
	struct scene_frame frame;
	u32 number = 0;
	ktime_t start;

	read_frame(sensor, &frame, 0);
	start = ktime_add_ns(ktime_get(), line_ns(sensor, &frame, frame.exposure));
	for (;;) {
		sleep_until(start);
		if (kthread_should_stop() || !streaming(sensor) || sensor->streams != stream)
			return;
		if (!lab_fault(&sensor->stall)) {
			if (number)
				read_frame(sensor, &frame, number);
			send_frame(sensor, &frame, start);
			number++;
		}
		start = next_start(sensor, &frame, start);
		if (!streaming(sensor))
			return;
	}
}

static int run(void *data)
{
	struct lab_sensor *sensor = data;

	while (!kthread_should_stop()) {
		wait_event_interruptible(sensor->wait,
					 streaming(sensor) || kthread_should_stop());
		if (streaming(sensor))
			stream(sensor);
	}
	return 0;
}

/* ---- the record: what was in force for which frame ---- */

static int record_show(struct seq_file *file, void *data)
{
	struct lab_sensor *sensor = file->private;
	u32 first;

	mutex_lock(&sensor->lock);
	first = sensor->recorded > RECORDED ? sensor->recorded - RECORDED : 0;
	for (u32 i = first; i != sensor->recorded; i++) {
		const struct scene_frame *f = &sensor->record[i % RECORDED];

		seq_printf(file,
			   "%u brightness %u red %u green %u blue %u exposure %u line %u "
			   "frame %u analogue %u digital %u pattern %u solid %u %u %u %u "
			   "window %u %u size %u %u binning %u flip %u %u bits %u mono %u\n",
			   f->number, f->light.brightness, f->light.red, f->light.green,
			   f->light.blue, f->exposure, f->line_length, f->frame_length,
			   f->analogue, f->digital, f->pattern, f->solid[0], f->solid[1],
			   f->solid[2], f->solid[3], f->left, f->top, f->width, f->height,
			   f->binning, f->hflip, f->vflip, f->bits, f->mono);
	}
	mutex_unlock(&sensor->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(record);

static void add_files(struct lab_sensor *sensor)
{
	struct dentry *folder = lab_folder(dev_name(sensor->dev));

	sensor->blob.data = sensor->registers;
	sensor->blob.size = REGISTERS;
	debugfs_create_blob("registers", 0444, folder, &sensor->blob);
	debugfs_create_file("record", 0444, folder, sensor, &record_fops);
	debugfs_create_u32("frames", 0444, folder, &sensor->frames);
	debugfs_create_u32("late", 0444, folder, &sensor->late);
	debugfs_create_u32("writes", 0444, folder, &sensor->writes);
	debugfs_create_u32("refused", 0444, folder, &sensor->refused);
	debugfs_create_u32("fault_stall", 0644, folder, &sensor->stall);
	debugfs_create_u32("fault_i2c", 0644, folder, &sensor->i2c);
}

/* ---- start ---- */

static int sensor_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct lab_sensor *sensor;

	sensor = devm_kzalloc(dev, sizeof(*sensor), GFP_KERNEL);
	if (!sensor)
		return -ENOMEM;
	sensor->dev = dev;
	sensor->model = of_device_get_match_data(dev);
	mutex_init(&sensor->lock);
	init_waitqueue_head(&sensor->wait);
	sensor->registers = vzalloc(REGISTERS);
	sensor->record = vcalloc(RECORDED, sizeof(*sensor->record));
	if (!sensor->registers || !sensor->record)
		return -ENOMEM;
	sensor->model->reset(sensor);

	sensor->adapter.owner = THIS_MODULE;
	sensor->adapter.algo = &algorithm;
	sensor->adapter.dev.parent = dev;
	sensor->adapter.dev.of_node = of_get_child_by_name(dev->of_node, "i2c");
	strscpy(sensor->adapter.name, dev_name(dev), sizeof(sensor->adapter.name));
	i2c_set_adapdata(&sensor->adapter, sensor);

	sensor->thread = kthread_run(run, sensor, "lab-%s", dev_name(dev));
	if (IS_ERR(sensor->thread))
		return PTR_ERR(sensor->thread);
	add_files(sensor);
	platform_set_drvdata(pdev, sensor);
	return i2c_add_adapter(&sensor->adapter);
}

struct lab_sensor *lab_sensor_find(struct device_node *node)
{
	struct device_node *at = of_parse_phandle(node, "lab,sensor", 0);
	struct platform_device *pdev = at ? of_find_device_by_node(at) : NULL;

	of_node_put(at);
	if (!pdev || !platform_get_drvdata(pdev))
		return ERR_PTR(-EPROBE_DEFER);
	return platform_get_drvdata(pdev);
}
EXPORT_SYMBOL_GPL(lab_sensor_find);

void lab_sensor_connect(struct lab_sensor *sensor, struct lab_receiver *receiver)
{
	WRITE_ONCE(sensor->receiver, receiver);
}
EXPORT_SYMBOL_GPL(lab_sensor_connect);

u32 lab_sensor_embedded(struct lab_sensor *sensor, u8 *line, size_t size)
{
	u32 length = 0;
	u8 data[128];

	if (!sensor->model->embed)
		return 0;
	mutex_lock(&sensor->lock);
	length = sensor->model->embed(sensor, data);
	mutex_unlock(&sensor->lock);
	memset(line, EMBEDDED_END, size);
	memcpy(line, data, min_t(size_t, length, size));
	return length;
}
EXPORT_SYMBOL_GPL(lab_sensor_embedded);

static const struct of_device_id sensor_match[] = {
	{ .compatible = "lab,imx219", .data = &imx219 },
	{ .compatible = "lab,ov7251", .data = &ov7251 },
	{ .compatible = "lab,imx477", .data = &imx477 },
	{ .compatible = "lab,ov5647", .data = &ov5647 },
	{},
};

static struct platform_driver sensor_driver = {
	.driver = { .name = "lab-sensor",
		    .of_match_table = sensor_match,
		    .suppress_bind_attrs = true },
	.probe = sensor_probe,
};

int __init lab_sensor_register(void)
{
	return platform_driver_register(&sensor_driver);
}
