// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rpicheck: what came from a Raspberry Pi's receiver and ISP, beside what must have come.
 *
 *	rpicheck raw RECORD FOURCC:STRIDE FILE   all bytes of RAW are the scene's; prints frame numbers
 *	rpicheck compressor                      no sample is farther off than its level allows
 *	rpicheck picture FOURCC:STRIDE:WxH FILE PICTURE   all pixels of XR24 are what that RAW says
 *	rpicheck embedded BITS FILE              registers in embedded data, a line for each frame
 *	rpicheck stats FILE                      a line for each buffer of statistics
 *	rpicheck try NODE WHAT [ARGUMENT]...     prints what a call says: a number, or an error's name
 *
 * RECORD is the sensor's, FOURCC as v4l2-ctl writes it. For WHAT see try_call().
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/v4l2-subdev.h>
#include <linux/videodev2.h>

#include "pisp.h"
#include "scene.h"

#define FRAMES_MAX 1024

struct file {
	uint8_t *bytes;
	size_t size;
};

static struct scene_frame record[FRAMES_MAX];
static unsigned int recorded;

static void read_file(const char *name, struct file *file)
{
	FILE *stream = fopen(name, "re");
	struct stat info;

	if (!stream || fstat(fileno(stream), &info))
		err(2, "%s", name);
	file->size = info.st_size;
	file->bytes = malloc(file->size + 1);
	if (!file->bytes || fread(file->bytes, 1, file->size, stream) != file->size)
		err(2, "%s", name);
	fclose(stream);
}

/* ---- raw ---- */

/* Only the last stream is of interest: each begins with number 0. */
static void read_record(const char *name)
{
	FILE *stream = fopen(name, "re");
	struct scene_frame f;

	if (!stream)
		err(2, "%s", name);
	while (fscanf(stream,
		      "%u brightness %u red %u green %u blue %u exposure %u line %u frame %u "
		      "analogue %u digital %u pattern %u solid %u %u %u %u window %u %u "
		      "size %u %u binning %u flip %u %u bits %u mono %u ",
		      &f.number, &f.light.brightness, &f.light.red, &f.light.green,
		      &f.light.blue, &f.exposure, &f.line_length, &f.frame_length,
		      &f.analogue, &f.digital, &f.pattern, &f.solid[0], &f.solid[1],
		      &f.solid[2], &f.solid[3], &f.left, &f.top, &f.width, &f.height,
		      &f.binning, &f.hflip, &f.vflip, &f.bits, &f.mono) == 24) {
		if (f.number == 0)
			recorded = 0;
		if (recorded < FRAMES_MAX)
			record[recorded++] = f;
	}
	if (!feof(stream) || !recorded)
		errx(2, "%s is no record of a sensor", name);
	fclose(stream);
}

/* How samples lie in memory, as a fourcc tells. */
enum form { FORM_PACKED, FORM_LOW, FORM_HIGH, FORM_COMPRESSED };

static enum form form_of(const char *fourcc)
{
	if (fourcc[0] == 'p')
		return FORM_PACKED;
	if (!strncmp(fourcc, "PC1", 3))
		return FORM_COMPRESSED;
	return !strcmp(fourcc + 2, "16") || !strcmp(fourcc, "BYR2") ? FORM_HIGH : FORM_LOW;
}

/* Of those that are not compressed. */
static uint32_t sample(const uint8_t *line, uint32_t x, uint32_t bits, enum form form)
{
	uint32_t group = bits == 12 ? 2 : 4, low = bits - 8;
	const uint8_t *at = line + x / group * (group * bits / 8);

	if (form == FORM_HIGH)
		return (line[2 * x] | line[2 * x + 1] << 8) >> (16 - bits);
	if (bits == 8)
		return line[x];
	if (form == FORM_LOW)
		return line[2 * x] | line[2 * x + 1] << 8;
	return at[x % group] << low | (at[group] >> x % group * low & ((1 << low) - 1));
}

/* ---- compressed raw ---- */

static uint32_t level_value(uint32_t mode, uint32_t level)
{
	uint32_t value;

	switch (mode) {
	case 0:
		return level < 320 ? 16 * level : 32 * (level - 160);
	case 1:
		return 64 * level;
	case 2:
		return 128 * level;
	default:
		value = level < 94 ? 256 * level : 512 * (level - 47);
		return value > 65535 ? 65535 : value;
	}
}

static uint32_t outer_from(uint32_t mode, uint32_t inner)
{
	if (mode == 2 && inner >= 448)
		return 384;
	return inner > 64 ? inner - 64 : 0;
}

/* The four samples of a word. */
static void expand_word(uint32_t word, uint32_t value[4])
{
	uint32_t mode = word & 3, level[4];

	if (mode == 3) {
		for (int i = 0; i < 4; i += 2) {
			uint32_t both = word >> (i ? 17 : 2) & 0x7fff;

			level[i] = both / 2816 * 16 + both % 16;
			level[i + 1] = both % 2816 / 16;
		}
	} else {
		uint32_t first = word >> 2 & 511, second = word >> 11 & 127;

		if (mode == 2 && first >= 384) {
			level[1] = first;
			level[2] = 384 + second;
		} else {
			level[1] = second < 64 ? first + 64 - second : first;
			level[2] = second < 64 ? first : first + second - 64;
		}
		level[0] = outer_from(mode, level[1]) + (word >> 18 & 127);
		level[3] = outer_from(mode, level[2]) + (word >> 25);
	}
	for (int i = 0; i < 4; i++)
		value[i] = level_value(mode, level[i]);
}

/* The sample at this place of a line, 16 bits. */
static uint32_t expanded(const uint8_t *line, uint32_t x)
{
	const uint8_t *at = line + x / PISP_BLOCK * PISP_BLOCK + x % 2 * 4;
	uint32_t value[4];

	expand_word(at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24, value);
	return value[x % PISP_BLOCK / 2];
}

/* How far off a sample may be, by the mode of its word: half the distance of two levels. */
static uint32_t most_off(uint32_t mode, uint32_t sample)
{
	switch (mode) {
	case 0:
		return sample < 5120 ? 8 : 16;
	case 1:
		return 32;
	case 2: /* the highest level is a whole one lower than white */
		return sample > 511 * 128 ? 128 : 64;
	default:
		return sample < 94 * 256 ? 128 : 256;
	}
}

/* Samples of all kinds: near each other, far apart, dark and bright. */
static void check_compressor(void)
{
	uint32_t random = 1, words[4] = {};

	for (uint32_t i = 0; i < 4000000; i++) {
		uint32_t spread = 2u << i % 16, value[4], word;
		uint16_t samples[4];

		for (int j = 0; j < 5; j++) {
			random = random * 1664525 + 1013904223;
			if (j < 4)
				samples[j] = (i * 7919 + (random >> 8) % spread) & 0xffff;
		}
		word = pisp_word(samples);
		words[word & 3]++;
		expand_word(word, value);
		for (int j = 0; j < 4; j++) {
			if ((uint32_t)abs((int)value[j] - samples[j]) >
			    most_off(word & 3, samples[j]))
				errx(1, "%08x: sample %u became %u", word, samples[j],
				     value[j]);
		}
	}
	for (int mode = 0; mode < 4; mode++)
		printf("mode %d: %s\n", mode, words[mode] ? "used" : "never");
}

/* A line tells its number if it is a code line; a frame has some at its top or near it. */
static int raw_number(const struct scene_frame *shape, const uint8_t *bytes,
		      uint32_t stride, enum form form)
{
	uint64_t sums[SCENE_CODE_BITS][2] = {}, counts[SCENE_CODE_BITS][2] = {};
	uint32_t number = 0, y = 0;

	while (y < shape->height && scene_kind(shape, y) != 0)
		y++;
	if (y == shape->height)
		return -1;
	for (uint32_t x = 0; x < shape->width; x++) {
		uint32_t place = scene_array_x(shape, x), bit = scene_code_bit(place);

		/* Bright pixels are bright at any place of a block, compressed or not. */
		sums[bit][scene_code_second(place)] +=
			form == FORM_COMPRESSED ?
				expanded(bytes + (size_t)y * stride, x) :
				sample(bytes + (size_t)y * stride, x, shape->bits, form);
		counts[bit][scene_code_second(place)]++;
	}
	for (int bit = 0; bit < SCENE_CODE_BITS; bit++)
		number |= (uint32_t)(sums[bit][0] * counts[bit][1] >
				     sums[bit][1] * counts[bit][0])
			  << bit;
	return number;
}

/* What is compressed must be the very bytes that the compressor makes of the scene. */
static void check_compressed(const struct scene_frame *frame, const uint8_t *line,
			     const uint16_t *samples, uint32_t y)
{
	static uint8_t wanted[SCENE_WIDTH_MAX + PISP_BLOCK];
	uint32_t length = (frame->width + PISP_BLOCK - 1) / PISP_BLOCK * PISP_BLOCK;

	pisp_compress(samples, frame->width, wanted);
	for (uint32_t x = 0; x < length; x++) {
		if (line[x] != wanted[x])
			errx(1, "frame %u: byte %u of line %u is %u, wanted %u",
			     frame->number, x, y, line[x], wanted[x]);
	}
}

static void check_frame(const struct scene_frame *frame, const uint8_t *bytes,
			uint32_t stride, enum form form)
{
	static uint16_t samples[SCENE_WIDTH_MAX];
	static uint16_t palette[SCENE_COLOURS][SCENE_FILTERS];
	static uint8_t indices[SCENE_WIDTH_MAX];

	scene_palette(frame, palette);
	for (uint32_t y = 0; y < frame->height; y++) {
		scene_line(frame, scene_kind(frame, y), indices);
		for (uint32_t x = 0; x < frame->width; x++) {
			uint32_t level = palette[indices[x]][scene_filter(frame, x, y)], got;

			if (frame->bits == 12)
				level = level << 2 | level >> 8;
			else if (frame->bits == 8)
				level >>= 2;
			samples[x] = level << (16 - frame->bits);
			if (form == FORM_COMPRESSED)
				continue;
			got = sample(bytes + (size_t)y * stride, x, frame->bits, form);
			if (got != level)
				errx(1, "frame %u: pixel %u,%u is %u, wanted %u",
				     frame->number, x, y, got, level);
		}
		if (form == FORM_COMPRESSED)
			check_compressed(frame, bytes + (size_t)y * stride, samples, y);
	}
}

static void check_raw(const char *record_name, const char *format, const char *name)
{
	const struct scene_frame *shape = &record[0];
	char fourcc[5] = "";
	uint32_t stride;
	struct file file;
	size_t size;

	if (sscanf(format, "%4[^:]:%u", fourcc, &stride) != 2)
		errx(2, "%s is no format", format);
	read_record(record_name);
	read_file(name, &file);
	size = (size_t)stride * shape->height;
	if (!file.size || file.size % size)
		errx(1, "%zu bytes are no frames of %zu", file.size, size);
	for (size_t i = 0; i < file.size / size; i++) {
		const uint8_t *bytes = file.bytes + i * size;
		int number = raw_number(shape, bytes, stride, form_of(fourcc));

		if (number < 0 || (unsigned int)number >= recorded)
			errx(1, "frame at %zu tells number %d, which was not sent", i,
			     number);
		check_frame(&record[number], bytes, stride, form_of(fourcc));
		printf("%d\n", number);
	}
}

/* ---- pictures ---- */

/* What a pixel becomes without any control: its quad's colour, 16 bits to 8. */
static void shown(const uint8_t *raw, uint32_t stride, uint32_t x, uint32_t y,
		  enum form form, uint8_t bgr[3])
{
	uint32_t quad[4], level[3];

	for (int i = 0; i < 4; i++)
		quad[i] = sample(raw + (size_t)((y & ~1u) + i / 2) * stride,
				 (x & ~1u) + i % 2, 10, form)
			  << 6;
	level[0] = quad[3];
	level[1] = (quad[1] + quad[2]) / 2;
	level[2] = quad[0];
	for (int i = 0; i < 3; i++)
		bgr[i] = (level[i] >> 4) * 65535 / 4095 >> 8;
}

/* The first frame of 10-bit RAW that begins with red, and a picture XR24 of the same size */
static void check_picture(const char *format, const char *raw_name, const char *name)
{
	uint32_t stride, width, height, line;
	struct file raw, picture;
	char fourcc[5] = "";

	if (sscanf(format, "%4[^:]:%u:%ux%u", fourcc, &stride, &width, &height) != 4)
		errx(2, "%s is no format", format);
	line = (width * 4 + 63) / 64 * 64;
	read_file(raw_name, &raw);
	read_file(name, &picture);
	if (raw.size < (size_t)stride * height || picture.size < (size_t)line * height)
		errx(1, "there is no whole frame");
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			const uint8_t *got = picture.bytes + (size_t)y * line + x * 4;
			uint8_t bgr[3];

			shown(raw.bytes, stride, x, y, form_of(fourcc), bgr);
			if (memcmp(got, bgr, 3))
				errx(1, "pixel %u,%u is %u,%u,%u, wanted %u,%u,%u", x, y,
				     got[2], got[1], got[0], bgr[2], bgr[1], bgr[0]);
		}
	}
}

/* ---- embedded data ---- */

/* Tags and bytes in turn, as the sensor's manual has them; false at what can't be. */
static bool decode(const uint8_t *line, size_t size, unsigned int bits,
		   uint8_t registers[0x10000])
{
	size_t group = bits == 12 ? 3 : 5, at = 1;
	uint16_t address = 0;

	if (line[0] != 0x0a)
		return false;
	while (at + 3 < size) {
		uint8_t tag = line[at++], byte;

		if (at % group == group - 1 && line[at++] != 0x55)
			return false;
		byte = line[at++];
		if (at % group == group - 1 && line[at++] != 0x55)
			return false;
		switch (tag) {
		case 0xaa:
			address = (address & 0xff) | byte << 8;
			break;
		case 0xa5:
			address = (address & 0xff00) | byte;
			break;
		case 0x5a:
			registers[address++] = byte;
			break;
		case 0x55:
			address++;
			break;
		case 0x07:
			return byte == 0x07;
		default:
			return false;
		}
	}
	return false;
}

static void show_embedded(unsigned int bits, const char *name)
{
	static uint8_t registers[0x10000];
	const size_t size = 16384;
	struct file file;

	read_file(name, &file);
	for (size_t at = 0; at + size <= file.size; at += size) {
		memset(registers, 0, sizeof(registers));
		if (!decode(file.bytes + at, size, bits, registers))
			errx(1, "line %zu can't be decoded", at / size);
		printf("exposure %u gain %u frame %u line %u temperature %u\n",
		       registers[0x202] << 8 | registers[0x203],
		       registers[0x204] << 8 | registers[0x205],
		       registers[0x340] << 8 | registers[0x341],
		       registers[0x342] << 8 | registers[0x343], registers[0x13a]);
	}
}

/* ---- statistics ---- */

static uint64_t word(const uint8_t *bytes, size_t at, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, bytes + at, size);
	return value;
}

static void show_region(const char *name, const uint8_t *bytes, size_t at)
{
	uint64_t counted = word(bytes, at, 4);

	printf(" %s %lu %lu", name, (unsigned long)counted,
	       (unsigned long)word(bytes, at + 4, 4));
	for (int c = 0; c < 3; c++)
		printf(" %.1f",
		       counted ? (double)word(bytes, at + 8 + c * 8, 8) / counted : 0);
}

/* Means have 13 bits. */
static void show_stats(const char *name)
{
	const size_t size = 10824;
	struct file file;

	read_file(name, &file);
	for (size_t at = 0; at + size <= file.size; at += size) {
		const uint8_t *bytes = file.bytes + at;
		uint64_t histogram = 0, awb = 0, agc = 0, focus = 0;

		for (int i = 0; i < 128; i++)
			histogram += word(bytes, 8 + 512 + i * 4, 4);
		for (int i = 0; i < 192; i++)
			awb += word(bytes, 3080 + i * 32, 4) +
			       word(bytes, 3080 + i * 32 + 4, 4);
		for (int i = 0; i < 15; i++)
			agc += word(bytes, 9736 + i * 32, 4);
		for (int i = 0; i < 12; i++)
			focus += word(bytes, 10248 + i * 48 + 40, 4) +
				 word(bytes, 10248 + i * 48 + 44, 4);
		printf("version %lu size %lu histogram %lu white %lu exposure %lu focus %lu",
		       (unsigned long)word(bytes, 0, 4), (unsigned long)word(bytes, 4, 4),
		       (unsigned long)histogram, (unsigned long)awb, (unsigned long)agc,
		       (unsigned long)focus);
		show_region("zone0", bytes, 9736);
		show_region("first", bytes, 3080);
		printf("\n");
	}
}

/* ---- single calls ---- */

static uint32_t device_type(int fd)
{
	struct v4l2_capability cap;

	if (ioctl(fd, VIDIOC_QUERYCAP, &cap))
		err(2, "QUERYCAP");
	if (cap.device_caps & V4L2_CAP_VIDEO_OUTPUT)
		return V4L2_BUF_TYPE_VIDEO_OUTPUT;
	if (cap.device_caps & V4L2_CAP_VIDEO_CAPTURE)
		return V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return cap.device_caps & V4L2_CAP_META_OUTPUT ? V4L2_BUF_TYPE_META_OUTPUT :
							V4L2_BUF_TYPE_META_CAPTURE;
}

static int request(int fd, uint32_t memory, uint32_t *count)
{
	struct v4l2_requestbuffers buffers = {
		.count = *count,
		.type = device_type(fd),
		.memory = memory,
	};
	int ret = ioctl(fd, VIDIOC_REQBUFS, &buffers);

	*count = buffers.count;
	return ret;
}

static int try_payload(int fd, unsigned long call, uint32_t id, uint32_t size, uint32_t *left)
{
	static uint8_t bytes[256] = { 1 };
	struct v4l2_ext_control block = { .id = id, .size = size, .ptr = bytes };
	struct v4l2_ext_controls blocks = { .count = 1, .controls = &block };
	int ret;

	/* As file descriptor of a lens shading table: none */
	memset(bytes + 20, 0xff, 4);
	ret = ioctl(fd, call, &blocks);
	*left = block.size;
	return ret;
}

static int try_queue(int fd, uint32_t field)
{
	struct v4l2_buffer buffer = { .type = device_type(fd),
				      .memory = V4L2_MEMORY_MMAP,
				      .field = field };
	uint32_t count = 1;

	if (request(fd, V4L2_MEMORY_MMAP, &count))
		return -1;
	if (V4L2_TYPE_IS_OUTPUT(buffer.type))
		buffer.bytesused = 1;
	return ioctl(fd, VIDIOC_QBUF, &buffer);
}

/* A buffer for one format, queued when another is set */
static int try_grown(int fd)
{
	struct v4l2_format format = { .type = device_type(fd) };
	uint32_t count = 1;
	struct v4l2_buffer buffer = { .type = format.type,
				      .memory = V4L2_MEMORY_MMAP,
				      .field = V4L2_FIELD_NONE };

	if (ioctl(fd, VIDIOC_G_FMT, &format) || request(fd, V4L2_MEMORY_MMAP, &count))
		err(2, "REQBUFS");
	if (format.type == V4L2_BUF_TYPE_META_CAPTURE) {
		format.fmt.meta.buffersize *= 2;
	} else {
		format.fmt.pix.height *= 2;
		format.fmt.pix.sizeimage = format.fmt.pix.bytesperline = 0;
	}
	if (ioctl(fd, VIDIOC_S_FMT, &format))
		return -1;
	return ioctl(fd, VIDIOC_QBUF, &buffer);
}

static int try_create(int fd, uint32_t size)
{
	struct v4l2_create_buffers buffers = { .count = 1,
					       .memory = V4L2_MEMORY_MMAP,
					       .format.type = device_type(fd) };

	if (ioctl(fd, VIDIOC_G_FMT, &buffers.format))
		err(2, "G_FMT");
	buffers.format.fmt.pix.sizeimage = size;
	return ioctl(fd, VIDIOC_CREATE_BUFS, &buffers);
}

/* One buffer is never given up; with a second one it comes. Its sequence number, 0: it came alone. */
static int try_single(int fd, uint32_t *sequence)
{
	struct v4l2_buffer buffer = { .type = device_type(fd), .memory = V4L2_MEMORY_MMAP };
	struct pollfd event = { .fd = fd, .events = POLLIN };
	uint32_t count = 2;
	bool alone;

	if (request(fd, V4L2_MEMORY_MMAP, &count) || ioctl(fd, VIDIOC_QBUF, &buffer) ||
	    ioctl(fd, VIDIOC_STREAMON, &buffer.type))
		err(2, "%u buffers", count);
	alone = poll(&event, 1, 300) > 0;
	buffer.index = 1;
	if (ioctl(fd, VIDIOC_QBUF, &buffer) || poll(&event, 1, 1000) <= 0 ||
	    ioctl(fd, VIDIOC_DQBUF, &buffer))
		err(2, "second buffer");
	*sequence = alone ? 0 : buffer.sequence;
	return 0;
}

/* LEFT TOP WIDTH HEIGHT: what it becomes, in that order too; with no ARGUMENT it is reset. */
static int try_crop(int fd, char **arguments, int count)
{
	struct v4l2_selection selection = {
		.type = device_type(fd),
		.target = count ? V4L2_SEL_TGT_CROP : V4L2_SEL_TGT_CROP_DEFAULT,
		.r = { 0, 0, 1, 1 },
	};

	if (count == 4) {
		selection.r.left = strtol(arguments[0], NULL, 0);
		selection.r.top = strtol(arguments[1], NULL, 0);
		selection.r.width = strtoul(arguments[2], NULL, 0);
		selection.r.height = strtoul(arguments[3], NULL, 0);
	}
	if (ioctl(fd, VIDIOC_S_SELECTION, &selection))
		return -1;
	printf("%d,%d,%ux%u ", selection.r.left, selection.r.top, selection.r.width,
	       selection.r.height);
	return 0;
}

/* FOURCC WIDTH HEIGHT [STRIDE]: what it becomes */
static int try_format(int fd, char **arguments, int count)
{
	struct v4l2_format format = { .type = device_type(fd) };
	struct v4l2_pix_format *pix = &format.fmt.pix;

	if (count < 3 || strlen(arguments[0]) != 4)
		errx(2, "no format");
	memcpy(&pix->pixelformat, arguments[0], 4);
	pix->width = strtoul(arguments[1], NULL, 0);
	pix->height = strtoul(arguments[2], NULL, 0);
	pix->bytesperline = count > 3 ? strtoul(arguments[3], NULL, 0) : 0;
	if (ioctl(fd, VIDIOC_S_FMT, &format))
		return -1;
	printf("%.4s %ux%u %u %u ", (const char *)&pix->pixelformat, pix->width,
	       pix->height, pix->bytesperline, pix->sizeimage);
	return 0;
}

static int try_routing(int fd)
{
	struct v4l2_subdev_routing routing = { .which = V4L2_SUBDEV_FORMAT_ACTIVE };

	return ioctl(fd, VIDIOC_SUBDEV_G_ROUTING, &routing);
}

static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EINVAL, "EINVAL" },
		{ EBUSY, "EBUSY" },
		{ EIO, "EIO" },
		{ ENOTTY, "ENOTTY" },
		{ ENOMEM, "ENOMEM" },
		{ EFAULT, "EFAULT" },
		{ ENOSPC, "ENOSPC" },
		{ EPIPE, "EPIPE" },
		{ EPERM, "EPERM" },
		{ EACCES, "EACCES" },
		{ EREMOTEIO, "EREMOTEIO" },
		{ ENOTCONN, "ENOTCONN" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error)
			return names[i].name;
	}
	return strerror(error);
}

static void try_call(const char *path, const char *what, char **arguments, int count)
{
	uint32_t number = count > 0 ? strtoul(arguments[0], NULL, 0) : 0;
	uint32_t second = count > 1 ? strtoul(arguments[1], NULL, 0) : 0, left = 0;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint32_t type;
	int ret;

	if (fd < 0)
		err(2, "%s", path);
	type = strcmp(what, "routing") ? device_type(fd) : 0;
	if (!type) /* of a sub-device */
		ret = try_routing(fd);
	else if (!strcmp(what, "userptr"))
		ret = request(fd, V4L2_MEMORY_USERPTR, &number);
	else if (!strcmp(what, "buffers")) /* COUNT: how many there are then */
		ret = request(fd, V4L2_MEMORY_MMAP, (left = number, &left));
	else if (!strcmp(what, "write")) /* ID SIZE */
		ret = try_payload(fd, VIDIOC_S_EXT_CTRLS, number, second, &left);
	else if (!strcmp(what, "read")) /* ID SIZE: after it, the size that is needed */
		ret = try_payload(fd, VIDIOC_G_EXT_CTRLS, number, second, &left);
	else if (!strcmp(what, "queue")) /* FIELD */
		ret = try_queue(fd, number);
	else if (!strcmp(what, "grown"))
		ret = try_grown(fd);
	else if (!strcmp(what, "single"))
		ret = try_single(fd, &left);
	else if (!strcmp(what, "crop")) /* LEFT TOP WIDTH HEIGHT */
		ret = try_crop(fd, arguments, count);
	else if (!strcmp(what, "format")) /* FOURCC WIDTH HEIGHT [STRIDE] */
		ret = try_format(fd, arguments, count);
	else if (!strcmp(what, "create")) /* SIZE */
		ret = try_create(fd, number);
	else if (!strcmp(what, "start")) { /* with two buffers */
		number = 2;
		if (try_queue(fd, V4L2_FIELD_NONE))
			err(2, "QBUF");
		ret = ioctl(fd, VIDIOC_STREAMON, &type);
	} else {
		errx(2, "there is no %s", what);
	}
	if (ret)
		printf("%s", error_name(errno));
	else
		printf("ok");
	if (left && !(ret && !strcmp(what, "buffers")))
		printf(" %u", left);
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "compressor") && argc == 2)
		check_compressor();
	else if (!strcmp(what, "raw") && argc == 5)
		check_raw(argv[2], argv[3], argv[4]);
	else if (!strcmp(what, "picture") && argc == 5)
		check_picture(argv[2], argv[3], argv[4]);
	else if (!strcmp(what, "embedded") && argc == 4)
		show_embedded(strtoul(argv[2], NULL, 10), argv[3]);
	else if (!strcmp(what, "stats") && argc == 3)
		show_stats(argv[2]);
	else if (!strcmp(what, "try") && argc >= 4)
		try_call(argv[2], argv[3], argv + 4, argc - 4);
	else
		errx(2, "see the top of rpicheck.c");
	return 0;
}
