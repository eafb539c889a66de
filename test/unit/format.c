// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of common/base/format against numbers worked out by hand: the V4L2 documents'
 * layouts at 641x481, where every rounding shows, and sizes known from real cameras.
 */
#include "common/base/format.h"

#include <ctype.h>
#include <linux/media-bus-format.h>
#include <linux/videodev2.h>
#include <strings.h>

#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
static const struct expectation {
	const char *fourcc;
	const char *name;
	enum format_kind kind;
	unsigned bits;
	unsigned memory_planes;
	struct {
		uint32_t stride_bytes, lines;
	} planes[3]; /* at 641x481 */
} expectations[] = {
	{ "RGGB", "SRGGB8", FORMAT_BAYER, 8, 1, { { 641, 481 } } },
	{ "GRBG", "SGRBG8", FORMAT_BAYER, 8, 1, { { 641, 481 } } },
	{ "GBRG", "SGBRG8", FORMAT_BAYER, 8, 1, { { 641, 481 } } },
	{ "BA81", "SBGGR8", FORMAT_BAYER, 8, 1, { { 641, 481 } } },
	{ "RG10", "SRGGB10", FORMAT_BAYER, 10, 1, { { 1282, 481 } } },
	{ "BA10", "SGRBG10", FORMAT_BAYER, 10, 1, { { 1282, 481 } } },
	{ "GB10", "SGBRG10", FORMAT_BAYER, 10, 1, { { 1282, 481 } } },
	{ "BG10", "SBGGR10", FORMAT_BAYER, 10, 1, { { 1282, 481 } } },
	{ "RG12", "SRGGB12", FORMAT_BAYER, 12, 1, { { 1282, 481 } } },
	{ "BA12", "SGRBG12", FORMAT_BAYER, 12, 1, { { 1282, 481 } } },
	{ "GB12", "SGBRG12", FORMAT_BAYER, 12, 1, { { 1282, 481 } } },
	{ "BG12", "SBGGR12", FORMAT_BAYER, 12, 1, { { 1282, 481 } } },
	{ "RG14", "SRGGB14", FORMAT_BAYER, 14, 1, { { 1282, 481 } } },
	{ "GR14", "SGRBG14", FORMAT_BAYER, 14, 1, { { 1282, 481 } } },
	{ "GB14", "SGBRG14", FORMAT_BAYER, 14, 1, { { 1282, 481 } } },
	{ "BG14", "SBGGR14", FORMAT_BAYER, 14, 1, { { 1282, 481 } } },
	{ "RG16", "SRGGB16", FORMAT_BAYER, 16, 1, { { 1282, 481 } } },
	{ "GR16", "SGRBG16", FORMAT_BAYER, 16, 1, { { 1282, 481 } } },
	{ "GB16", "SGBRG16", FORMAT_BAYER, 16, 1, { { 1282, 481 } } },
	{ "BYR2", "SBGGR16", FORMAT_BAYER, 16, 1, { { 1282, 481 } } },
	{ "pRAA", "SRGGB10_CSI2P", FORMAT_BAYER, 10, 1, { { 805, 481 } } },
	{ "pgAA", "SGRBG10_CSI2P", FORMAT_BAYER, 10, 1, { { 805, 481 } } },
	{ "pGAA", "SGBRG10_CSI2P", FORMAT_BAYER, 10, 1, { { 805, 481 } } },
	{ "pBAA", "SBGGR10_CSI2P", FORMAT_BAYER, 10, 1, { { 805, 481 } } },
	{ "pRCC", "SRGGB12_CSI2P", FORMAT_BAYER, 12, 1, { { 963, 481 } } },
	{ "pgCC", "SGRBG12_CSI2P", FORMAT_BAYER, 12, 1, { { 963, 481 } } },
	{ "pGCC", "SGBRG12_CSI2P", FORMAT_BAYER, 12, 1, { { 963, 481 } } },
	{ "pBCC", "SBGGR12_CSI2P", FORMAT_BAYER, 12, 1, { { 963, 481 } } },
	{ "pREE", "SRGGB14_CSI2P", FORMAT_BAYER, 14, 1, { { 1127, 481 } } },
	{ "pgEE", "SGRBG14_CSI2P", FORMAT_BAYER, 14, 1, { { 1127, 481 } } },
	{ "pGEE", "SGBRG14_CSI2P", FORMAT_BAYER, 14, 1, { { 1127, 481 } } },
	{ "pBEE", "SBGGR14_CSI2P", FORMAT_BAYER, 14, 1, { { 1127, 481 } } },
	{ "ip3r", "SRGGB10_IPU3", FORMAT_BAYER, 10, 1, { { 832, 481 } } },
	{ "ip3G", "SGRBG10_IPU3", FORMAT_BAYER, 10, 1, { { 832, 481 } } },
	{ "ip3g", "SGBRG10_IPU3", FORMAT_BAYER, 10, 1, { { 832, 481 } } },
	{ "ip3b", "SBGGR10_IPU3", FORMAT_BAYER, 10, 1, { { 832, 481 } } },
	{ "PC1R", "RGGB_PISP_COMP1", FORMAT_BAYER, 16, 1, { { 648, 481 } } },
	{ "PC1G", "GRBG_PISP_COMP1", FORMAT_BAYER, 16, 1, { { 648, 481 } } },
	{ "PC1g", "GBRG_PISP_COMP1", FORMAT_BAYER, 16, 1, { { 648, 481 } } },
	{ "PC1B", "BGGR_PISP_COMP1", FORMAT_BAYER, 16, 1, { { 648, 481 } } },
	{ "aRA8", "SRGGB10_ALAW8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "agA8", "SGRBG10_ALAW8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "aGA8", "SGBRG10_ALAW8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "aBA8", "SBGGR10_ALAW8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "bRA8", "SRGGB10_DPCM8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "BD10", "SGRBG10_DPCM8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "bGA8", "SGBRG10_DPCM8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "bBA8", "SBGGR10_DPCM8", FORMAT_BAYER, 10, 1, { { 641, 481 } } },
	{ "GREY", "R8", FORMAT_GREY, 8, 1, { { 641, 481 } } },
	{ "Y10 ", "R10", FORMAT_GREY, 10, 1, { { 1282, 481 } } },
	{ "Y12 ", "R12", FORMAT_GREY, 12, 1, { { 1282, 481 } } },
	{ "Y14 ", "R14", FORMAT_GREY, 14, 1, { { 1282, 481 } } },
	{ "Y16 ", "R16", FORMAT_GREY, 16, 1, { { 1282, 481 } } },
	{ "Y10P", "R10_CSI2P", FORMAT_GREY, 10, 1, { { 805, 481 } } },
	{ "Y12P", "R12_CSI2P", FORMAT_GREY, 12, 1, { { 963, 481 } } },
	{ "Y14P", "R14_CSI2P", FORMAT_GREY, 14, 1, { { 1127, 481 } } },
	{ "ip3y", "R10_IPU3", FORMAT_GREY, 10, 1, { { 832, 481 } } },
	{ "PC1M", "MONO_PISP_COMP1", FORMAT_GREY, 16, 1, { { 648, 481 } } },
	{ "Y16 -BE", "R16_BE", FORMAT_GREY, 16, 1, { { 1282, 481 } } },
	{ "Y8I ", "Y8I", FORMAT_GREY, 8, 1, { { 1282, 481 } } },
	{ "Y12I", "Y12I", FORMAT_GREY, 12, 1, { { 1923, 481 } } },
	{ "Z16 ", "Z16", FORMAT_GREY, 16, 1, { { 1282, 481 } } },
	{ "CNF4", "CNF4", FORMAT_GREY, 4, 1, { { 321, 481 } } },
	{ "INZI", "INZI", FORMAT_GREY, 16, 1, { { 1282, 481 }, { 1282, 481 } } },
	{ "RGB3", "BGR888", FORMAT_RGB, 8, 1, { { 1923, 481 } } },
	{ "BGR3", "RGB888", FORMAT_RGB, 8, 1, { { 1923, 481 } } },
	{ "BA24", "BGRA8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "BX24", "BGRX8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "AR24", "ARGB8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "XR24", "XRGB8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "AB24", "ABGR8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "XB24", "XBGR8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "RA24", "RGBA8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "RX24", "RGBX8888", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "RGB4", "RGB32", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "BGR4", "BGR32", FORMAT_RGB, 8, 1, { { 2564, 481 } } },
	{ "RGB6", "BGR161616", FORMAT_RGB, 16, 1, { { 3846, 481 } } },
	{ "BGR6", "RGB161616", FORMAT_RGB, 16, 1, { { 3846, 481 } } },
	{ "RGBP", "RGB565", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "RGBR", "RGB565_BE", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "RGBO", "RGB555", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "RGBQ", "RGB555X", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "AR15", "ARGB1555", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "XR15", "XRGB1555", FORMAT_RGB, 5, 1, { { 1282, 481 } } },
	{ "AR12", "ARGB4444", FORMAT_RGB, 4, 1, { { 1282, 481 } } },
	{ "XR12", "XRGB4444", FORMAT_RGB, 4, 1, { { 1282, 481 } } },
	{ "YUYV", "YUYV", FORMAT_YUV, 8, 1, { { 1284, 481 } } },
	{ "YVYU", "YVYU", FORMAT_YUV, 8, 1, { { 1284, 481 } } },
	{ "UYVY", "UYVY", FORMAT_YUV, 8, 1, { { 1284, 481 } } },
	{ "VYUY", "VYUY", FORMAT_YUV, 8, 1, { { 1284, 481 } } },
	{ "NV12", "NV12", FORMAT_YUV, 8, 1, { { 641, 481 }, { 642, 241 } } },
	{ "NV21", "NV21", FORMAT_YUV, 8, 1, { { 641, 481 }, { 642, 241 } } },
	{ "NV16", "NV16", FORMAT_YUV, 8, 1, { { 641, 481 }, { 642, 481 } } },
	{ "NV61", "NV61", FORMAT_YUV, 8, 1, { { 641, 481 }, { 642, 481 } } },
	{ "NV24", "NV24", FORMAT_YUV, 8, 1, { { 641, 481 }, { 1282, 481 } } },
	{ "NV42", "NV42", FORMAT_YUV, 8, 1, { { 641, 481 }, { 1282, 481 } } },
	{ "NM12", "NV12M", FORMAT_YUV, 8, 2, { { 641, 481 }, { 642, 241 } } },
	{ "NM21", "NV21M", FORMAT_YUV, 8, 2, { { 641, 481 }, { 642, 241 } } },
	{ "NM16", "NV16M", FORMAT_YUV, 8, 2, { { 641, 481 }, { 642, 481 } } },
	{ "NM61", "NV61M", FORMAT_YUV, 8, 2, { { 641, 481 }, { 642, 481 } } },
	{ "M420", "M420", FORMAT_YUV, 8, 1, { { 641, 481 }, { 642, 241 } } },
	{ "YUV9", "YUV410", FORMAT_YUV, 8, 1, { { 641, 481 }, { 161, 121 }, { 161, 121 } } },
	{ "YVU9", "YVU410", FORMAT_YUV, 8, 1, { { 641, 481 }, { 161, 121 }, { 161, 121 } } },
	{ "411P", "YUV411", FORMAT_YUV, 8, 1, { { 641, 481 }, { 161, 481 }, { 161, 481 } } },
	{ "YU12", "YUV420", FORMAT_YUV, 8, 1, { { 641, 481 }, { 321, 241 }, { 321, 241 } } },
	{ "YV12", "YVU420", FORMAT_YUV, 8, 1, { { 641, 481 }, { 321, 241 }, { 321, 241 } } },
	{ "422P", "YUV422", FORMAT_YUV, 8, 1, { { 641, 481 }, { 321, 481 }, { 321, 481 } } },
	{ "YM12", "YUV420M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 321, 241 }, { 321, 241 } } },
	{ "YM21", "YVU420M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 321, 241 }, { 321, 241 } } },
	{ "YM16", "YUV422M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 321, 481 }, { 321, 481 } } },
	{ "YM61", "YVU422M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 321, 481 }, { 321, 481 } } },
	{ "YM24", "YUV444M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 641, 481 }, { 641, 481 } } },
	{ "YM42", "YVU444M", FORMAT_YUV, 8, 3, { { 641, 481 }, { 641, 481 }, { 641, 481 } } },
	{ "MJPG", "MJPEG", FORMAT_COMPRESSED, 0, 1, { { 0, 0 } } },
	{ "JPEG", "JPEG", FORMAT_COMPRESSED, 0, 1, { { 0, 0 } } },
	{ "H264", "H264", FORMAT_COMPRESSED, 0, 1, { { 0, 0 } } },
	{ "HEVC", "HEVC", FORMAT_COMPRESSED, 0, 1, { { 0, 0 } } },
	{ "UVCH", "META_UVC", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "D4XX", "META_D4XX", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "ip3p", "META_IPU3_PARAMS", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "ip3s", "META_IPU3_STAT_3A", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RK1P", "META_RK_ISP1_PARAMS", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RK1E", "META_RK_ISP1_EXT_PARAMS", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RK1S", "META_RK_ISP1_STAT_3A", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "BSTA", "META_BCM2835_ISP_STATS", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RPBC", "META_RPI_BE_CFG", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RPFC", "META_RPI_FE_CFG", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "RPFS", "META_RPI_FE_STATS", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "SENS", "META_SENSOR_DATA", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "MET8", "META_GENERIC_8", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "MC1A", "META_GENERIC_CSI2_10", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "MC1C", "META_GENERIC_CSI2_12", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "MC1E", "META_GENERIC_CSI2_14", FORMAT_META, 0, 1, { { 0, 0 } } },
	{ "VIVD", "META_VIVID", FORMAT_META, 0, 1, { { 0, 0 } } },
};
/* clang-format on */

static void check_expectation(const struct expectation *want)
{
	const struct format_info *info = format_parse(want->fourcc);
	char text[FORMAT_FOURCC_SIZE];
	unsigned planes = 0;

	if (!CHECK(info))
		return;
	CHECK_STR_EQ(format_fourcc_text(info->fourcc, text), want->fourcc);
	CHECK_STR_EQ(info->name, want->name);
	CHECK_EQ(info->kind, want->kind);
	CHECK_EQ(info->bits, want->bits);
	CHECK_EQ(info->memory_planes, want->memory_planes);
	for (unsigned i = 0; i < 3; i++) {
		planes += want->planes[i].stride_bytes != 0;
		CHECK_EQ(format_stride_bytes(info, i, 641), want->planes[i].stride_bytes);
		CHECK_EQ(format_lines(info, i, 481), want->planes[i].lines);
	}
	CHECK_EQ(info->color_planes, planes);
}

static void test_expectations(void)
{
	size_t count = 0;

	for (size_t i = 0; i < COUNT(expectations); i++) {
		test_case(expectations[i].name);
		check_expectation(&expectations[i]);
	}
	test_case("table: no format that is not expected above");
	while (format_at(count))
		count++;
	CHECK_EQ(count, COUNT(expectations));
	CHECK(!format_at(count + 1));
	CHECK(!format_at(SIZE_MAX));
}

static void test_unique(void)
{
	const struct format_info *one, *other;

	test_case("table: names and fourccs are there once, bus codes once a packing");
	for (size_t i = 0; (one = format_at(i)); i++) {
		CHECK(format_find(one->fourcc) == one);
		if (one->mbus_code)
			CHECK(format_from_mbus(one->mbus_code, one->packing) == one);
		for (size_t j = i + 1; (other = format_at(j)); j++) {
			CHECK(one->fourcc != other->fourcc);
			CHECK(strcasecmp(one->name, other->name) != 0);
		}
	}
}

static void test_order(void)
{
	static const struct {
		const char *name;
		enum format_order order;
	} orders[] = { { "RGGB", ORDER_RGGB },
		       { "GRBG", ORDER_GRBG },
		       { "GBRG", ORDER_GBRG },
		       { "BGGR", ORDER_BGGR } };
	const struct format_info *info;
	const struct mbus_info *bus;

	test_case("order: as the name says, none but for Bayer, in formats and on the bus");
	for (size_t i = 0; (info = format_at(i)); i++) {
		enum format_order want = ORDER_NONE;

		for (size_t j = 0; info->kind == FORMAT_BAYER && j < COUNT(orders); j++)
			if (strstr(info->name, orders[j].name))
				want = orders[j].order;
		CHECK_EQ(info->order, want);
		CHECK_EQ(want != ORDER_NONE, info->kind == FORMAT_BAYER);
		bus = info->mbus_code ? mbus_find(info->mbus_code) : NULL;
		if (bus) {
			CHECK_EQ(bus->order, want);
			CHECK_EQ(bus->kind, info->kind);
		}
		if (bus && info->kind != FORMAT_META && info->kind != FORMAT_COMPRESSED)
			CHECK_EQ(bus->bits, info->bits);
	}
	for (size_t j = 0; j < COUNT(orders); j++)
		CHECK_STR_EQ(format_order_name(orders[j].order), orders[j].name);
	CHECK_STR_EQ(format_order_name(ORDER_NONE), "");

	test_case("order: mirrored and turned upside down");
	CHECK_EQ(format_order_flip(ORDER_RGGB, false, false), ORDER_RGGB);
	CHECK_EQ(format_order_flip(ORDER_RGGB, true, false), ORDER_GRBG);
	CHECK_EQ(format_order_flip(ORDER_RGGB, false, true), ORDER_GBRG);
	CHECK_EQ(format_order_flip(ORDER_RGGB, true, true), ORDER_BGGR);
	CHECK_EQ(format_order_flip(ORDER_GRBG, true, false), ORDER_RGGB);
	CHECK_EQ(format_order_flip(ORDER_GRBG, false, true), ORDER_BGGR);
	CHECK_EQ(format_order_flip(ORDER_GBRG, true, false), ORDER_BGGR);
	CHECK_EQ(format_order_flip(ORDER_GBRG, true, true), ORDER_GRBG);
	CHECK_EQ(format_order_flip(ORDER_BGGR, true, true), ORDER_RGGB);
	CHECK_EQ(format_order_flip(ORDER_BGGR, false, true), ORDER_GRBG);
	CHECK_EQ(format_order_flip(ORDER_NONE, true, true), ORDER_NONE);
}

static void test_parse(void)
{
	const struct format_info *info, *lower;
	char text[FORMAT_NAME_SIZE];

	test_case("parse: every fourcc and every name, names in any case");
	for (size_t i = 0; (info = format_at(i)); i++) {
		CHECK(format_parse(format_fourcc_text(info->fourcc, text)) == info);
		lower = format_parse(info->name);
		/* A fourcc goes before a name: "NV12" and the like are both, of one. */
		CHECK(lower == info);
		for (size_t j = 0; j <= strlen(info->name); j++)
			text[j] = (char)tolower(info->name[j]);
		CHECK(format_parse(text) == info);
	}

	test_case("parse: blanks at the end of a fourcc can be left out, also before -BE");
	CHECK(format_parse("Y10") == format_find(V4L2_PIX_FMT_Y10));
	CHECK(format_parse("Y10 ") == format_find(V4L2_PIX_FMT_Y10));
	CHECK(format_parse("Z16") == format_find(V4L2_PIX_FMT_Z16));
	CHECK(format_parse("Y16") == format_find(V4L2_PIX_FMT_Y16));
	CHECK(format_parse("Y16-BE") == format_find(V4L2_PIX_FMT_Y16_BE));
	CHECK(format_parse("Y16 -BE") == format_find(V4L2_PIX_FMT_Y16_BE));

	test_case("parse: case counts in a fourcc");
	CHECK(format_parse("ip3g") == format_find(V4L2_PIX_FMT_IPU3_SGBRG10));
	CHECK(format_parse("ip3G") == format_find(V4L2_PIX_FMT_IPU3_SGRBG10));
	CHECK(!format_parse("IP3G"));
	CHECK(!format_parse("rg10"));
	CHECK(format_parse("pGAA") != format_parse("pgAA"));

	test_case("parse: a media bus name gives the plain form of its format");
	CHECK(format_parse("SRGGB10_1X10") == format_find(V4L2_PIX_FMT_SRGGB10));
	CHECK(format_parse("sbggr8_1x8") == format_find(V4L2_PIX_FMT_SBGGR8));
	CHECK(format_parse("RGB888_1X24") == format_find(V4L2_PIX_FMT_RGB24));
	CHECK(format_parse("Y12_1X12") == format_find(V4L2_PIX_FMT_Y12));
	CHECK(!format_parse("FIXED"));
	CHECK(!format_parse("YUYV8_1_5X8"));

	test_case("parse: what nobody knows is NULL");
	CHECK(!format_parse(""));
	CHECK(!format_parse(" "));
	CHECK(!format_parse("ABCD"));
	CHECK(!format_parse("RG10 "));
	CHECK(!format_parse(" RG10"));
	CHECK(!format_parse("-BE"));
	CHECK(!format_parse("RG10-BE"));
	CHECK(!format_parse("SRGGB10_1X10 "));
	CHECK(!format_parse("SRGGB9"));
	CHECK(!format_parse("NV12NV12"));
	CHECK(!format_find(0));
	CHECK(!format_from_mbus(0, PACKING_PLAIN));
}

/* "SRGGB10_1X10" has 10 bits, "YUYV8_2X8" 8, "RGB565_1X16" at least 5, "FIXED" none. */
static unsigned bits_in_name(const struct mbus_info *bus)
{
	size_t digits = strcspn(bus->name, "0123456789");
	size_t length = strspn(bus->name + digits, "0123456789");
	unsigned number = 0;

	if (bus->kind == FORMAT_COMPRESSED)
		return 0;
	/* Colours side by side: three times two digits, or three or four times one. */
	if (bus->kind == FORMAT_RGB)
		length = length == 6 ? 2 : 1;
	for (size_t i = 0; i < length; i++)
		number = 10 * number + (unsigned)(bus->name[digits + i] - '0');
	return number;
}

static void test_mbus(void)
{
	char text[FORMAT_NAME_SIZE];
	const struct mbus_info *bus;

	test_case("bus: codes and names");
	/* By number, as the sheet of a driver would give them. */
	CHECK_EQ(mbus_parse("SRGGB10_1X10")->code, 0x300f);
	CHECK_EQ(mbus_parse("sgrbg10_1x10")->code, 0x300a);
	CHECK_EQ(mbus_parse("SGBRG10_1X10")->code, 0x300e);
	CHECK_EQ(mbus_parse("SBGGR10_1X10")->code, 0x3007);
	CHECK_EQ(mbus_parse("Y10_1X10")->code, 0x200a);
	CHECK_EQ(mbus_parse("YUYV8_2X8")->code, 0x2008);
	CHECK_EQ(mbus_parse("YUYV8_1_5X8")->code, 0x2004);
	CHECK_EQ(mbus_parse("FIXED")->code, 0x0001);
	CHECK_EQ(mbus_parse("SENSOR_DATA")->code, 0x7002);
	CHECK_EQ(mbus_parse("METADATA_FIXED")->code, 0x7001);
	CHECK_EQ(mbus_parse("META_8")->code, 0x8001);
	CHECK_EQ(mbus_parse("META_14")->code, 0x8004);
	CHECK_EQ(mbus_parse("Y16_1X16")->code, 0x202e);
	CHECK(!mbus_parse("SRGGB10"));
	CHECK(!mbus_parse(""));
	CHECK(!mbus_find(0));
	for (uint32_t code = 0; code < 0x10000; code++) {
		bus = mbus_find(code);
		if (!bus)
			continue;
		CHECK_EQ(bus->code, code);
		CHECK_EQ(bus->bits, bits_in_name(bus));
		CHECK(mbus_parse(bus->name) == bus);
	}

	test_case("bus: every code that vimc lists is known and lands as vimc says");
	static const struct {
		uint32_t code, fourcc;
	} vimc[] = {
		{ MEDIA_BUS_FMT_RGB888_1X24, V4L2_PIX_FMT_RGB24 },
		{ MEDIA_BUS_FMT_BGR888_1X24, V4L2_PIX_FMT_BGR24 },
		{ MEDIA_BUS_FMT_ARGB8888_1X32, V4L2_PIX_FMT_ARGB32 },
		{ MEDIA_BUS_FMT_SBGGR8_1X8, V4L2_PIX_FMT_SBGGR8 },
		{ MEDIA_BUS_FMT_SGBRG8_1X8, V4L2_PIX_FMT_SGBRG8 },
		{ MEDIA_BUS_FMT_SGRBG8_1X8, V4L2_PIX_FMT_SGRBG8 },
		{ MEDIA_BUS_FMT_SRGGB8_1X8, V4L2_PIX_FMT_SRGGB8 },
		{ MEDIA_BUS_FMT_SBGGR10_1X10, V4L2_PIX_FMT_SBGGR10 },
		{ MEDIA_BUS_FMT_SGBRG10_1X10, V4L2_PIX_FMT_SGBRG10 },
		{ MEDIA_BUS_FMT_SGRBG10_1X10, V4L2_PIX_FMT_SGRBG10 },
		{ MEDIA_BUS_FMT_SRGGB10_1X10, V4L2_PIX_FMT_SRGGB10 },
		{ MEDIA_BUS_FMT_SBGGR12_1X12, V4L2_PIX_FMT_SBGGR12 },
		{ MEDIA_BUS_FMT_SGBRG12_1X12, V4L2_PIX_FMT_SGBRG12 },
		{ MEDIA_BUS_FMT_SGRBG12_1X12, V4L2_PIX_FMT_SGRBG12 },
		{ MEDIA_BUS_FMT_SRGGB12_1X12, V4L2_PIX_FMT_SRGGB12 },
	};
	for (size_t i = 0; i < COUNT(vimc); i++)
		CHECK(format_from_mbus(vimc[i].code, PACKING_PLAIN) ==
		      format_find(vimc[i].fourcc));
	CHECK(mbus_find(MEDIA_BUS_FMT_SBGGR10_ALAW8_1X8));
	CHECK(mbus_find(MEDIA_BUS_FMT_SGRBG10_DPCM8_1X8));

	test_case("bus: the packing chooses among the formats of a code");
	CHECK(format_from_mbus(MEDIA_BUS_FMT_SGBRG10_1X10, PACKING_CSI2) ==
	      format_find(V4L2_PIX_FMT_SGBRG10P));
	CHECK(format_from_mbus(MEDIA_BUS_FMT_SGBRG10_1X10, PACKING_IPU3) ==
	      format_find(V4L2_PIX_FMT_IPU3_SGBRG10));
	CHECK(format_from_mbus(MEDIA_BUS_FMT_Y10_1X10, PACKING_IPU3) ==
	      format_find(V4L2_PIX_FMT_IPU3_Y10));
	CHECK(!format_from_mbus(MEDIA_BUS_FMT_SGBRG12_1X12, PACKING_IPU3));
	CHECK(!format_from_mbus(MEDIA_BUS_FMT_SGBRG16_1X16, PACKING_CSI2));
	CHECK(format_from_mbus(MEDIA_BUS_FMT_SGBRG8_1X8, PACKING_CSI2) ==
	      format_find(V4L2_PIX_FMT_SGBRG8));
	CHECK(!format_from_mbus(MEDIA_BUS_FMT_SGBRG8_1X8, PACKING_IPU3));

	test_case("bus: PiSP compresses samples of any width, in their order");
	static const struct {
		uint32_t code;
		const char *format;
	} pisp[] = {
		{ MEDIA_BUS_FMT_SRGGB8_1X8, "PC1R" },
		{ MEDIA_BUS_FMT_SRGGB10_1X10, "PC1R" },
		{ MEDIA_BUS_FMT_SGRBG10_1X10, "PC1G" },
		{ MEDIA_BUS_FMT_SGBRG12_1X12, "PC1g" },
		{ MEDIA_BUS_FMT_SBGGR14_1X14, "PC1B" },
		{ MEDIA_BUS_FMT_SBGGR16_1X16, "PC1B" },
		{ MEDIA_BUS_FMT_Y8_1X8, "PC1M" },
		{ MEDIA_BUS_FMT_Y12_1X12, "PC1M" },
		{ MEDIA_BUS_FMT_SGRBG10_DPCM8_1X8, "" },
		{ MEDIA_BUS_FMT_RGB888_1X24, "" },
		{ MEDIA_BUS_FMT_UYVY8_1X16, "" },
		{ MEDIA_BUS_FMT_FIXED, "" },
		{ 0x3fff, "" },
	};
	for (size_t i = 0; i < COUNT(pisp); i++)
		CHECK(format_from_mbus(pisp[i].code, PACKING_PISP) ==
		      format_parse(pisp[i].format));
	CHECK_EQ(format_from_mbus(MEDIA_BUS_FMT_SRGGB10_1X10, PACKING_PISP)->mbus_code,
		 MEDIA_BUS_FMT_SRGGB16_1X16);
	CHECK(format_from_mbus(MEDIA_BUS_FMT_SRGGB16_1X16, PACKING_PLAIN) ==
	      format_find(V4L2_PIX_FMT_SRGGB16));

	test_case("bus: names for people");
	CHECK_STR_EQ(mbus_name_text(MEDIA_BUS_FMT_SRGGB10_1X10, text), "SRGGB10_1X10");
	CHECK_STR_EQ(mbus_name_text(0x3fff, text), "0x3fff");
	CHECK_STR_EQ(mbus_name_text(0x12345678, text), "0x12345678");
	CHECK_STR_EQ(mbus_name_text(0, text), "0x0000");
}

static void test_names(void)
{
	char text[FORMAT_NAME_SIZE];

	test_case("fourcc: blanks stay, the flag is -BE, the rest is escaped");
	CHECK_STR_EQ(format_fourcc_text(V4L2_PIX_FMT_SRGGB10, text), "RG10");
	CHECK_STR_EQ(format_fourcc_text(V4L2_PIX_FMT_Y10, text), "Y10 ");
	CHECK_STR_EQ(format_fourcc_text(V4L2_PIX_FMT_Y16_BE, text), "Y16 -BE");
	CHECK_STR_EQ(format_fourcc_text(0, text), "\\x00\\x00\\x00\\x00");
	CHECK_STR_EQ(format_fourcc_text(UINT32_MAX, text), "\\xff\\xff\\xff\\x7f-BE");
	CHECK_STR_EQ(format_fourcc_text(v4l2_fourcc('~', 0x1b, '[', 0x7f), text),
		     "~\\x1b[\\x7f");

	test_case("name: fourcc and name, once if they are one");
	CHECK_STR_EQ(format_name_text(V4L2_PIX_FMT_SRGGB10, text), "RG10 (SRGGB10)");
	CHECK_STR_EQ(format_name_text(V4L2_PIX_FMT_Y10, text), "Y10 (R10)");
	CHECK_STR_EQ(format_name_text(V4L2_PIX_FMT_NV12, text), "NV12");
	CHECK_STR_EQ(format_name_text(V4L2_PIX_FMT_Z16, text), "Z16");
	CHECK_STR_EQ(format_name_text(V4L2_PIX_FMT_Y16_BE, text), "Y16 -BE (R16_BE)");
	CHECK_STR_EQ(format_name_text(v4l2_fourcc('A', 'B', 'C', ' '), text), "ABC");
	CHECK_STR_EQ(format_name_text(v4l2_fourcc(' ', ' ', ' ', ' '), text), "");
	for (size_t i = 0; format_at(i); i++)
		CHECK(strlen(format_name_text(format_at(i)->fourcc, text)) < 36);
}

/* What DRM calls the same bytes; it knows no other format of the table. */
static void test_drm(void)
{
	/* clang-format off */
	static const struct {
		const char *v4l2, *drm;
	} pairs[] = {
		{ "RGB3", "BG24" }, { "BGR3", "RG24" }, { "BA24", "BA24" }, { "BX24", "BX24" },
		{ "AR24", "AR24" }, { "XR24", "XR24" }, { "AB24", "AB24" }, { "XB24", "XB24" },
		{ "RA24", "RA24" }, { "RX24", "RX24" }, { "RGB4", "BX24" }, { "BGR4", "XR24" },
		{ "RGBP", "RG16" }, { "RGBR", "RG16-BE" }, { "RGBO", "XR15" }, { "RGBQ", "XR15-BE" },
		{ "XR15", "XR15" }, { "AR15", "AR15" }, { "XR12", "XR12" }, { "AR12", "AR12" },
		{ "GREY", "R8  " }, { "Y10 ", "R10 " }, { "Y12 ", "R12 " }, { "Y16 ", "R16 " },
		{ "Y16 -BE", "R16 -BE" },
		{ "YUYV", "YUYV" }, { "YVYU", "YVYU" }, { "UYVY", "UYVY" }, { "VYUY", "VYUY" },
		{ "NV12", "NV12" }, { "NV21", "NV21" }, { "NV16", "NV16" }, { "NV61", "NV61" },
		{ "NV24", "NV24" }, { "NV42", "NV42" }, { "NM12", "NV12" }, { "NM21", "NV21" },
		{ "NM16", "NV16" }, { "NM61", "NV61" }, { "YUV9", "YUV9" }, { "YVU9", "YVU9" },
		{ "411P", "YU11" }, { "YU12", "YU12" }, { "YV12", "YV12" }, { "422P", "YU16" },
		{ "YM12", "YU12" }, { "YM21", "YV12" }, { "YM16", "YU16" }, { "YM61", "YV16" },
		{ "YM24", "YU24" }, { "YM42", "YV24" },
	};
	/* clang-format on */
	char fourcc[FORMAT_FOURCC_SIZE], drm[FORMAT_FOURCC_SIZE];
	const struct format_info *info;
	const char *want;

	test_case("DRM: the same bytes under DRM's name, or none");
	for (size_t i = 0; (info = format_at(i)); i++) {
		want = "";
		format_fourcc_text(info->fourcc, fourcc);
		for (size_t j = 0; j < COUNT(pairs); j++)
			if (!strcmp(pairs[j].v4l2, fourcc))
				want = pairs[j].drm;
		format_fourcc_text(info->drm_fourcc, drm);
		CHECK_STR_EQ(info->drm_fourcc ? drm : "", want);
	}
}

static void test_sizes(void)
{
	const struct format_info *nv12 = format_parse("NV12"),
				 *yu12 = format_parse("YU12"), *raw = format_parse("RG10"),
				 *csi2 = format_parse("pRAA"), *ipu3 = format_parse("ip3r"),
				 *mjpg = format_parse("MJPG"), *rgb = format_parse("RGB3"),
				 *nv24 = format_parse("NV24"), *grey = format_parse("GREY");

	test_case("sizes: lines of real cameras, before their padding");
	/* imx219, imx477 and imx708 on a Raspberry Pi pad these to 32. */
	CHECK_EQ(format_stride_bytes(csi2, 0, 3280), 4100);
	CHECK_EQ(format_stride_bytes(csi2, 0, 1640), 2050);
	CHECK_EQ(format_stride_bytes(csi2, 0, 4608), 5760);
	CHECK_EQ(format_stride_bytes(format_parse("pBCC"), 0, 4056), 6084);
	CHECK_EQ(format_stride_bytes(format_parse("pBCC"), 0, 2028), 3042);
	/* The CIO2 pads to 64 bytes; these are whole already. */
	CHECK_EQ(format_stride_bytes(ipu3, 0, 1280), 1664);
	CHECK_EQ(format_stride_bytes(ipu3, 0, 1936), 2496);
	CHECK_EQ(format_stride_bytes(ipu3, 0, 2592), 3328);
	CHECK_EQ(format_stride_bytes(ipu3, 0, 4224), 5408);

	test_case("sizes: of pictures with their own stride or a wider one");
	CHECK_EQ(format_image_bytes(rgb, 0, 640, 480), 921600);
	CHECK_EQ(format_image_bytes(raw, 0, 640, 480), 614400);
	CHECK_EQ(format_image_bytes(csi2, 4128, 3280, 2464), 10171392);
	CHECK_EQ(format_image_bytes(nv12, 1312, 1296, 972), 1912896);
	CHECK_EQ(format_image_bytes(yu12, 1920, 1920, 1080), 3110400);
	CHECK_EQ(format_image_bytes(yu12, 832, 800, 650), 811200);
	CHECK_EQ(format_image_bytes(nv24, 0, 640, 480), 921600);
	CHECK_EQ(format_image_bytes(format_parse("NM12"), 0, 640, 480), 460800);
	CHECK_EQ(format_image_bytes(format_parse("INZI"), 0, 640, 480), 1228800);
	/* 641 * 481 + 642 * 241, and 641 * 481 + 2 * 321 * 241. */
	CHECK_EQ(format_image_bytes(nv12, 0, 641, 481), 463043);
	CHECK_EQ(format_image_bytes(nv12, 641, 641, 481), 463043);
	CHECK_EQ(format_image_bytes(yu12, 0, 641, 481), 463043);
	CHECK_EQ(format_image_bytes(mjpg, 0, 640, 480), 0);
	CHECK_EQ(format_image_bytes(mjpg, 640, 640, 480), 0);

	test_case("sizes: strides of the other planes follow the first one's");
	CHECK_EQ(format_plane_stride(nv12, 0, 704, 641), 704);
	CHECK_EQ(format_plane_stride(nv12, 1, 704, 641), 704);
	CHECK_EQ(format_plane_stride(nv12, 1, 641, 641), 642);
	CHECK_EQ(format_plane_stride(yu12, 2, 704, 641), 352);
	CHECK_EQ(format_plane_stride(yu12, 1, 703, 641), 352);
	CHECK_EQ(format_plane_stride(nv24, 1, 704, 641), 1408);
	CHECK_EQ(format_plane_stride(yu12, 3, 704, 641), 0);
	CHECK_EQ(format_plane_stride(raw, 1, 1282, 641), 0);
	CHECK_EQ(format_plane_stride(mjpg, 0, 640, 640), 0);

	test_case("sizes: a stride shorter than a line is refused");
	CHECK_EQ(format_plane_stride(raw, 0, 1281, 641), 0);
	CHECK_EQ(format_plane_stride(raw, 0, 1282, 641), 1282);
	CHECK_EQ(format_image_bytes(raw, 1281, 641, 481), 0);
	CHECK_EQ(format_image_bytes(nv12, 640, 641, 481), 0);

	test_case("sizes: absurd ones are 0, not wrapped");
	CHECK_EQ(format_stride_bytes(raw, 0, UINT32_MAX / 2), UINT32_MAX - 1);
	CHECK_EQ(format_stride_bytes(raw, 0, UINT32_MAX / 2 + 1), 0);
	CHECK_EQ(format_stride_bytes(csi2, 0, UINT32_MAX), 0);
	CHECK_EQ(format_stride_bytes(grey, 0, UINT32_MAX), UINT32_MAX);
	CHECK_EQ(format_plane_stride(grey, 0, UINT32_MAX, 640), UINT32_MAX);
	CHECK_EQ(format_image_bytes(grey, 0, 65537, 65535), UINT32_MAX);
	CHECK_EQ(format_image_bytes(grey, 0, 65537, 65536), 0);
	CHECK_EQ(format_stride_bytes(nv12, 1, UINT32_MAX), 0);
	CHECK_EQ(format_stride_bytes(nv12, 2, 640), 0);
	CHECK_EQ(format_stride_bytes(nv12, 4, 640), 0);
	CHECK_EQ(format_lines(nv12, 1, UINT32_MAX), 2147483648);
	CHECK_EQ(format_lines(nv12, 2, 480), 0);
	CHECK_EQ(format_plane_stride(nv24, 1, UINT32_MAX, 640), 0);
	CHECK_EQ(format_image_bytes(raw, 0, 65535, 32768), 4294901760);
	CHECK_EQ(format_image_bytes(raw, 0, 65536, 32768), 0);
	CHECK_EQ(format_image_bytes(raw, UINT32_MAX, 640, UINT32_MAX), 0);
	CHECK_EQ(format_image_bytes(nv12, UINT32_MAX, 640, UINT32_MAX), 0);
	CHECK_EQ(format_image_bytes(nv12, 65535, 65535, 65535), 0);
	CHECK_EQ(format_image_bytes(raw, 0, 0, 480), 0);
	CHECK_EQ(format_image_bytes(raw, 0, 640, 0), 0);
}

int main(void)
{
	test_expectations();
	test_unique();
	test_order();
	test_parse();
	test_mbus();
	test_names();
	test_drm();
	test_sizes();
	return test_done();
}
