// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of pictures in memory, and how samples are unpacked. */
#include "common/image/image.h"

#include <errno.h>
#include <linux/videodev2.h>

#include "common/device/video_format.h"
#include "common/image/unpack.h"
#include "test/unit/test.h"

static struct video_format format_of(const char *name, uint32_t width, uint32_t height)
{
	const struct format_info *info = format_parse(name);
	struct video_format format = { .fourcc = info->fourcc,
				       .width = width,
				       .height = height,
				       .num_planes = info->memory_planes };

	for (unsigned i = 0; i < info->memory_planes; i++)
		format.stride_bytes[i] = format_stride_bytes(info, i, width);
	return format;
}

static void test_init(void)
{
	struct video_format format = format_of("NV12", 641, 481);
	struct image image;

	test_case("image: strides of planes in one memory follow the first");
	format.stride_bytes[0] = 704;
	CHECK_EQ(image_init(&image, &format), 0);
	CHECK_EQ(image.width, 641);
	CHECK_EQ(image.height, 481);
	CHECK(image.format == format_parse("NV12"));
	CHECK_EQ(image.stride_bytes[0], 704);
	CHECK_EQ(image.stride_bytes[1], 704);
	format = format_of("YU12", 641, 481);
	format.stride_bytes[0] = 704;
	CHECK_EQ(image_init(&image, &format), 0);
	CHECK_EQ(image.stride_bytes[2], 352);

	test_case("image: strides of planes in memories of their own are the driver's");
	format = format_of("YM12", 641, 481);
	format.stride_bytes[0] = 704;
	format.stride_bytes[2] = 400;
	CHECK_EQ(image_init(&image, &format), 0);
	CHECK_EQ(image.stride_bytes[0], 704);
	CHECK_EQ(image.stride_bytes[1], 321);
	CHECK_EQ(image.stride_bytes[2], 400);

	test_case("image: what the driver can't mean is refused");
	format = format_of("RGB3", 640, 480);
	format.stride_bytes[0] = 1919;
	CHECK_EQ(image_init(&image, &format), -EINVAL);
	format = format_of("YM12", 641, 481);
	format.stride_bytes[1] = 320;
	CHECK_EQ(image_init(&image, &format), -EINVAL);
	format = format_of("NM12", 640, 480);
	format.num_planes = 1;
	CHECK_EQ(image_init(&image, &format), -EINVAL);
	format = format_of("RGB3", 0, 480);
	CHECK_EQ(image_init(&image, &format), -EINVAL);
	format = format_of("RGB3", 640, 0);
	CHECK_EQ(image_init(&image, &format), -EINVAL);

	test_case("image: formats without lines of pixels are not supported");
	format = format_of("MJPG", 640, 480);
	CHECK_EQ(image_init(&image, &format), -EOPNOTSUPP);
	format = format_of("UVCH", 640, 480);
	CHECK_EQ(image_init(&image, &format), -EOPNOTSUPP);
	format.fourcc = v4l2_fourcc('A', 'B', 'C', 'D');
	CHECK_EQ(image_init(&image, &format), -EOPNOTSUPP);
}

static struct image colors(const char *name, uint32_t colorspace, uint32_t encoding,
			   uint32_t quantization, uint32_t transfer)
{
	struct video_format format = format_of(name, 16, 16);
	struct image image = { 0 };

	format.colorspace = colorspace;
	format.ycbcr_enc = encoding;
	format.quantization = quantization;
	format.xfer_func = transfer;
	CHECK_EQ(image_init(&image, &format), 0);
	return image;
}

static void test_colors(void)
{
	test_case("colours: the encoding that is said, or that of the colour space");
	CHECK_EQ(colors("NV12", 0, 0, 0, 0).encoding, IMAGE_ENCODING_601);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_SMPTE170M, 0, 0, 0).encoding,
		 IMAGE_ENCODING_601);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_SRGB, 0, 0, 0).encoding, IMAGE_ENCODING_601);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_REC709, 0, 0, 0).encoding,
		 IMAGE_ENCODING_709);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_BT2020, 0, 0, 0).encoding,
		 IMAGE_ENCODING_2020);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_SMPTE240M, 0, 0, 0).encoding,
		 IMAGE_ENCODING_709);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_REC709, V4L2_YCBCR_ENC_601, 0, 0).encoding,
		 IMAGE_ENCODING_601);
	CHECK_EQ(colors("NV12", 0, V4L2_YCBCR_ENC_XV601, 0, 0).encoding, IMAGE_ENCODING_601);
	CHECK_EQ(colors("NV12", 0, V4L2_YCBCR_ENC_709, 0, 0).encoding, IMAGE_ENCODING_709);
	CHECK_EQ(colors("NV12", 0, V4L2_YCBCR_ENC_XV709, 0, 0).encoding, IMAGE_ENCODING_709);
	CHECK_EQ(colors("NV12", 0, V4L2_YCBCR_ENC_BT2020, 0, 0).encoding,
		 IMAGE_ENCODING_2020);
	CHECK_EQ(colors("NV12", 0, V4L2_YCBCR_ENC_BT2020_CONST_LUM, 0, 0).encoding,
		 IMAGE_ENCODING_2020);

	test_case("colours: the range that is said, or full for RGB and JPEG, else limited");
	CHECK_EQ(colors("NV12", 0, 0, 0, 0).range, IMAGE_RANGE_LIMITED);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_JPEG, 0, 0, 0).range, IMAGE_RANGE_FULL);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_SRGB, 0, 0, 0).range, IMAGE_RANGE_LIMITED);
	CHECK_EQ(colors("RGB3", V4L2_COLORSPACE_SRGB, 0, 0, 0).range, IMAGE_RANGE_FULL);
	CHECK_EQ(colors("NV12", 0, 0, V4L2_QUANTIZATION_FULL_RANGE, 0).range,
		 IMAGE_RANGE_FULL);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_JPEG, 0, V4L2_QUANTIZATION_LIM_RANGE, 0).range,
		 IMAGE_RANGE_LIMITED);

	test_case("colours: sRGB only with its primaries, linear for RAW, else unknown");
	CHECK_EQ(colors("RGB3", V4L2_COLORSPACE_SRGB, 0, 0, 0).transfer, IMAGE_TRANSFER_SRGB);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_JPEG, 0, 0, 0).transfer, IMAGE_TRANSFER_SRGB);
	CHECK_EQ(colors("RGB3", V4L2_COLORSPACE_REC709, 0, 0, V4L2_XFER_FUNC_SRGB).transfer,
		 IMAGE_TRANSFER_SRGB);
	CHECK_EQ(colors("RGB3", V4L2_COLORSPACE_BT2020, 0, 0, V4L2_XFER_FUNC_SRGB).transfer,
		 IMAGE_TRANSFER_UNKNOWN);
	CHECK_EQ(colors("NV12", V4L2_COLORSPACE_REC709, 0, 0, 0).transfer,
		 IMAGE_TRANSFER_UNKNOWN);
	CHECK_EQ(colors("RGB3", 0, 0, 0, 0).transfer, IMAGE_TRANSFER_UNKNOWN);
	CHECK_EQ(colors("RG10", V4L2_COLORSPACE_RAW, 0, 0, 0).transfer,
		 IMAGE_TRANSFER_LINEAR);
	CHECK_EQ(colors("RG10", V4L2_COLORSPACE_SRGB, 0, 0, V4L2_XFER_FUNC_NONE).transfer,
		 IMAGE_TRANSFER_LINEAR);
}

static void test_codes(void)
{
	static const struct {
		uint32_t space, transfer;
		uint8_t primaries, curve;
	} rows[] = {
		{ V4L2_COLORSPACE_SRGB, 0, 1, 13 },
		{ V4L2_COLORSPACE_SRGB, V4L2_XFER_FUNC_709, 1, 1 },
		{ V4L2_COLORSPACE_REC709, 0, 1, 1 },
		{ V4L2_COLORSPACE_JPEG, 0, 1, 13 },
		{ V4L2_COLORSPACE_SMPTE170M, 0, 6, 1 },
		{ V4L2_COLORSPACE_470_SYSTEM_BG, 0, 5, 1 },
		{ V4L2_COLORSPACE_470_SYSTEM_M, 0, 4, 1 },
		{ V4L2_COLORSPACE_SMPTE240M, 0, 7, 7 },
		{ V4L2_COLORSPACE_BT2020, 0, 9, 1 },
		{ V4L2_COLORSPACE_BT2020, V4L2_XFER_FUNC_SMPTE2084, 9, 16 },
		{ V4L2_COLORSPACE_DCI_P3, 0, 11, 17 },
		{ V4L2_COLORSPACE_OPRGB, 0, 0, 0 },
		{ V4L2_COLORSPACE_RAW, 0, 0, 8 },
	};

	test_case("colours: primaries and curve as H.273 numbers them");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image image = colors("RGB3", rows[i].space, 0, 0, rows[i].transfer);

		CHECK_EQ(image.primaries, rows[i].primaries);
		CHECK_EQ(image.curve, rows[i].curve);
	}
}

static void test_place(void)
{
	static const uint8_t bytes[600000], more[200000];
	struct image_memory memory[3] = { { bytes, sizeof(bytes) } };
	struct video_format format = format_of("YU12", 641, 481);
	struct image image;

	test_case("place: planes in one memory follow one another");
	CHECK_EQ(image_init(&image, &format), 0);
	CHECK_EQ(image_place(&image, memory), 0);
	CHECK(image.planes[0] == bytes);
	CHECK(image.planes[1] == bytes + 641 * 481);
	CHECK(image.planes[2] == bytes + 641 * 481 + 321 * 241);

	test_case("place: the last line's padding need not be there, its last byte must");
	format = format_of("RGB3", 100, 50);
	format.stride_bytes[0] = 400;
	CHECK_EQ(image_init(&image, &format), 0);
	memory[0].size_bytes = 400 * 49 + 300;
	CHECK_EQ(image_place(&image, memory), 0);
	memory[0].size_bytes--;
	CHECK_EQ(image_place(&image, memory), -EPROTO);
	memory[0].size_bytes = 0;
	CHECK_EQ(image_place(&image, memory), -EPROTO);

	test_case("place: planes in memories of their own begin them");
	format = format_of("NM12", 640, 480);
	CHECK_EQ(image_init(&image, &format), 0);
	memory[0] = (struct image_memory){ bytes, 307200 };
	memory[1] = (struct image_memory){ more, 153600 };
	CHECK_EQ(image_place(&image, memory), 0);
	CHECK(image.planes[0] == bytes);
	CHECK(image.planes[1] == more);
	memory[1].size_bytes--;
	CHECK_EQ(image_place(&image, memory), -EPROTO);
	memory[1].size_bytes++;
	memory[0].size_bytes--;
	CHECK_EQ(image_place(&image, memory), -EPROTO);
}

static void test_unpack(void)
{
	static const uint8_t line[] = { 0x34, 0x12, 0xff, 0xff, 0x00, 0x80, 0x03, 0xfc };
	uint16_t samples[5], many[50];
	uint8_t bytes[101];

	test_case("unpack: bytes, words of either order, bits above the sample cut off");
	memset(samples, 0xa5, sizeof(samples));
	unpack_find(format_parse("GREY"))(line, samples, 4, 8);
	CHECK_EQ(samples[0], 0x34);
	CHECK_EQ(samples[1], 0x12);
	CHECK_EQ(samples[3], 0xff);
	CHECK_EQ(samples[4], 0xa5a5);
	unpack_find(format_parse("RG10"))(line, samples, 4, 10);
	CHECK_EQ(samples[0], 0x234);
	CHECK_EQ(samples[1], 0x3ff);
	CHECK_EQ(samples[2], 0);
	CHECK_EQ(samples[3], 0x3 | 0x000);
	unpack_find(format_parse("Y16"))(line, samples, 4, 16);
	CHECK_EQ(samples[0], 0x1234);
	CHECK_EQ(samples[3], 0xfc03);
	unpack_find(format_parse("Y16-BE"))(line, samples, 4, 16);
	CHECK_EQ(samples[0], 0x3412);
	CHECK_EQ(samples[2], 0x0080);
	CHECK_EQ(samples[4], 0xa5a5);

	test_case("unpack: lines longer than a block, at an odd address");
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	unpack_find(format_parse("BYR2"))(bytes + 1, many, 50, 16);
	for (unsigned i = 0; i < 50; i++)
		CHECK_EQ(many[i], bytes[1 + 2 * i] | bytes[2 + 2 * i] << 8);
	unpack_find(format_parse("Y16-BE"))(bytes + 1, many, 50, 16);
	for (unsigned i = 0; i < 50; i++)
		CHECK_EQ(many[i], bytes[2 + 2 * i] | bytes[1 + 2 * i] << 8);
	unpack_find(format_parse("BA81"))(bytes + 1, many, 50, 8);
	for (unsigned i = 0; i < 50; i++)
		CHECK_EQ(many[i], bytes[1 + i]);

	test_case("unpack: packings that are not known, and what has no samples");
	static const char *const none[] = { "aRA8", "BD10", "Y8I",  "Y12I", "INZI",
					    "CNF4", "RGB3", "NV12", "MJPG", "UVCH" };
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(!unpack_find(format_parse(none[i])));
	CHECK(unpack_find(format_parse("Z16")));
	CHECK(unpack_find(format_parse("GB14")));
}

/* Bit by bit, as a number of 256 bits for each 25 pixels. */
static uint16_t ipu3_pixel(const uint8_t *line, unsigned x)
{
	unsigned first = x % 25 * 10;
	uint16_t value = 0;

	line += x / 25 * 32;
	for (unsigned bit = 0; bit < 10; bit++)
		value |= (uint16_t)((line[(first + bit) / 8] >> (first + bit) % 8 & 1)
				    << bit);
	return value;
}

static void test_unpack_ipu3(void)
{
	uint8_t bytes[3 * 32 + 1];
	uint16_t samples[76];

	test_case("unpack: 25 pixels in 32 bytes, from the lowest bit on");
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 0xfe;
	bytes[1] = 0x01;
	bytes[30] = 0x34;
	bytes[31] = 0xfe; /* only two bits of it are a pixel's */
	unpack_find(format_parse("ip3r"))(bytes, samples, 25, 10);
	CHECK_EQ(samples[0], 0x1fe);
	CHECK_EQ(samples[1], 0);
	CHECK_EQ(samples[24], 0x234);

	test_case("unpack: IPU3 lines of any length, nothing behind them is touched");
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 73 + (i >> 3));
	for (unsigned width = 0; width <= 75; width++) {
		memset(samples, 0xa5, sizeof(samples));
		unpack_find(format_parse("ip3y"))(bytes + 1, samples, width, 10);
		for (unsigned x = 0; x < width; x++)
			CHECK_EQ(samples[x], ipu3_pixel(bytes + 1, x));
		CHECK_EQ(samples[width], 0xa5a5);
	}
}

/* The other way round, as the standard draws it. */
static void pack_csi2(const uint16_t *samples, unsigned width, unsigned bits, uint8_t *line)
{
	unsigned group = bits == 12 ? 2 : 4, low_bits = bits - 8;

	for (unsigned x = 0; x < width; x += group) {
		uint32_t low = 0;

		for (unsigned k = 0; k < group && x + k < width; k++) {
			*line++ = (uint8_t)(samples[x + k] >> low_bits);
			low |= (samples[x + k] & ((1u << low_bits) - 1)) << low_bits * k;
		}
		/* A group that is cut short still has its low bits behind a whole one's high. */
		for (unsigned k = width - x; x + group > width && k < group; k++)
			*line++ = 0;
		for (unsigned byte = 0; byte < group * low_bits / 8; byte++)
			*line++ = (uint8_t)(low >> 8 * byte);
	}
}

static void test_unpack_csi2(void)
{
	static const struct {
		const char *format;
		unsigned bits;
	} rows[] = { { "pRAA", 10 }, { "Y10P", 10 }, { "pRCC", 12 }, { "pREE", 14 } };
	uint16_t samples[41], packed[41];
	uint8_t line[41 * 2];

	test_case("unpack: CSI-2, the first bytes of a group");
	memcpy(line, (uint8_t[]){ 0xff, 0x00, 0x80, 0x01, 0x1b }, 5);
	unpack_find(format_parse("pRAA"))(line, samples, 4, 10);
	CHECK_EQ(samples[0], 0x3ff);
	CHECK_EQ(samples[1], 0x002);
	CHECK_EQ(samples[2], 0x201);
	CHECK_EQ(samples[3], 0x004);
	memcpy(line, (uint8_t[]){ 0xab, 0x12, 0x4c }, 3);
	unpack_find(format_parse("pRCC"))(line, samples, 2, 12);
	CHECK_EQ(samples[0], 0xabc);
	CHECK_EQ(samples[1], 0x124);
	memcpy(line, (uint8_t[]){ 0xff, 0, 0, 0xff, 0x40, 0x10, 0x04 }, 7);
	unpack_find(format_parse("pREE"))(line, samples, 4, 14);
	CHECK_EQ(samples[0], 0x3fc0);
	CHECK_EQ(samples[1], 0x0001);
	CHECK_EQ(samples[2], 0x0001);
	CHECK_EQ(samples[3], 0x3fc1);

	test_case("unpack: CSI-2 lines of any length, nothing behind them is touched");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct format_info *format = format_parse(rows[i].format);

		for (unsigned x = 0; x < 41; x++)
			packed[x] = (uint16_t)(x * 40503 >> 3) & ((1u << rows[i].bits) - 1);
		for (unsigned width = 0; width < 41; width++) {
			pack_csi2(packed, width, rows[i].bits, line);
			memset(samples, 0xa5, sizeof(samples));
			unpack_find(format)(line, samples, width, rows[i].bits);
			CHECK_MEM_EQ(samples, packed, 2 * width);
			CHECK_EQ(samples[width], 0xa5a5);
		}
	}
}

int main(void)
{
	test_init();
	test_colors();
	test_codes();
	test_place();
	test_unpack();
	test_unpack_csi2();
	test_unpack_ipu3();
	return test_done();
}
