// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IMX477 look-alike: the sensor driver of Raspberry Pi kernels, which mainline has not. Its
 * modes, their timing, its controls and its second pad, which sends embedded data, are those of
 * the real one; of its registers it writes those that the emulated sensor knows.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/unaligned.h>

#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fwnode.h>

#define MEDIA_BUS_FMT_SENSOR_DATA 0x7002 /* of Raspberry Pi kernels */

#define PIXEL_RATE       840000000
#define LINK_FREQUENCY   450000000
#define FRAME_LENGTH_MAX 0xffdc
#define LINE_LENGTH_MAX  0xfff0
#define SHIFT_MAX        7
#define EXPOSURE_MARGIN  22
#define EXPOSURE_DEFAULT 0x640
#define EMBEDDED_WIDTH   16384
#define ARRAY_LEFT       8
#define ARRAY_TOP        16

enum imx477_register {
	REG_CHIP_ID = 0x0016,
	REG_STREAMING = 0x0100,
	REG_ORIENTATION = 0x0101,
	REG_FORMAT = 0x0112,
	REG_EXPOSURE = 0x0202,
	REG_ANALOGUE = 0x0204,
	REG_DIGITAL = 0x020e,
	REG_FRAME_LENGTH = 0x0340,
	REG_LINE_LENGTH = 0x0342,
	REG_X_START = 0x0344,
	REG_Y_START = 0x0346,
	REG_WIDTH = 0x034c,
	REG_HEIGHT = 0x034e,
	REG_PATTERN = 0x0600,
	REG_SOLID = 0x0602,
	REG_BINNING = 0x0900,
	REG_SHIFT = 0x3100,
};

enum imx477_pad { PAD_IMAGE, PAD_EMBEDDED, PADS };

struct mode {
	u32 width, height;
	u32 line_length;
	u32 rate_max, rate_default; /* frames in 100 s */
	struct v4l2_rect crop;
	u32 bits;
};

static const struct mode modes[] = {
	{ 4056, 3040, 24000, 1000, 1000, { 8, 16, 4056, 3040 }, 12 },
	{ 2028, 1520, 12740, 4000, 3000, { 8, 16, 4056, 3040 }, 12 },
	{ 2028, 1080, 12740, 5000, 3000, { 8, 456, 4056, 2160 }, 12 },
	{ 1332, 990, 6664, 12000, 12000, { 704, 544, 2664, 1980 }, 10 },
};

/* Four for each depth: plain, flipped horizontally, vertically, both */
static const u32 codes[] = {
	MEDIA_BUS_FMT_SRGGB12_1X12, MEDIA_BUS_FMT_SGRBG12_1X12,
	MEDIA_BUS_FMT_SGBRG12_1X12, MEDIA_BUS_FMT_SBGGR12_1X12,
	MEDIA_BUS_FMT_SRGGB10_1X10, MEDIA_BUS_FMT_SGRBG10_1X10,
	MEDIA_BUS_FMT_SGBRG10_1X10, MEDIA_BUS_FMT_SBGGR10_1X10,
};

struct imx477 {
	struct v4l2_subdev subdev;
	struct media_pad pads[PADS];
	struct i2c_client *client;
	struct v4l2_ctrl_handler controls;
	struct v4l2_ctrl *exposure, *vblank, *hblank, *hflip, *vflip;
	const struct mode *mode;
	u32 shift; /* of exposure and frame length */
	bool powered;
};

static struct imx477 *to_imx477(struct v4l2_subdev *subdev)
{
	return container_of(subdev, struct imx477, subdev);
}

/* ---- registers ---- */

static int write_bytes(struct imx477 *imx477, u16 reg, u32 length, u32 value)
{
	u8 bytes[6];

	put_unaligned_be16(reg, bytes);
	put_unaligned_be32(value << 8 * (4 - length), bytes + 2);
	return i2c_master_send(imx477->client, bytes, length + 2) == length + 2 ? 0 : -EIO;
}

static int write8(struct imx477 *imx477, u16 reg, u8 value)
{
	return write_bytes(imx477, reg, 1, value);
}

static int write16(struct imx477 *imx477, u16 reg, u16 value)
{
	return write_bytes(imx477, reg, 2, value);
}

static int read16(struct imx477 *imx477, u16 reg, u16 *value)
{
	u8 address[2] = { reg >> 8, reg & 0xff }, data[2];
	struct i2c_msg messages[] = {
		{ .addr = imx477->client->addr, .len = 2, .buf = address },
		{ .addr = imx477->client->addr, .flags = I2C_M_RD, .len = 2, .buf = data },
	};

	if (i2c_transfer(imx477->client->adapter, messages, 2) != 2)
		return -EIO;
	*value = get_unaligned_be16(data);
	return 0;
}

/* ---- controls ---- */

/* So many frames in 100 s */
static u32 frame_length(const struct mode *mode, u32 rate)
{
	return max_t(u32, div_u64(PIXEL_RATE * 100ull, rate * mode->line_length),
		     mode->height);
}

static void limit_exposure(struct imx477 *imx477)
{
	int longest = imx477->mode->height + imx477->vblank->val - EXPOSURE_MARGIN;

	__v4l2_ctrl_modify_range(imx477->exposure, imx477->exposure->minimum, longest, 1,
				 min(longest, imx477->exposure->val));
}

/* A mode begins with its own times. */
static void limit_times(struct imx477 *imx477)
{
	const struct mode *mode = imx477->mode;
	u32 vblank = frame_length(mode, mode->rate_default) - mode->height;
	u32 hblank = mode->line_length - mode->width;

	imx477->shift = 0;
	__v4l2_ctrl_modify_range(imx477->vblank,
				 frame_length(mode, mode->rate_max) - mode->height,
				 (FRAME_LENGTH_MAX << SHIFT_MAX) - mode->height, 1, vblank);
	__v4l2_ctrl_s_ctrl(imx477->vblank, vblank);
	__v4l2_ctrl_modify_range(imx477->hblank, hblank, LINE_LENGTH_MAX, 1, hblank);
	__v4l2_ctrl_s_ctrl(imx477->hblank, hblank);
	limit_exposure(imx477);
}

static int set_frame_length(struct imx477 *imx477, u32 lines)
{
	imx477->shift = 0;
	while (lines > FRAME_LENGTH_MAX) {
		imx477->shift++;
		lines >>= 1;
	}
	return write16(imx477, REG_FRAME_LENGTH, lines) ?:
		       write8(imx477, REG_SHIFT, imx477->shift);
}

static int set_control(struct v4l2_ctrl *control)
{
	static const u8 patterns[] = { 0, 2, 1, 3, 4 };
	static const u8 solid[] = { 0, 2, 4, 6 };
	struct imx477 *imx477 = container_of(control->handler, struct imx477, controls);

	if (control->id == V4L2_CID_VBLANK)
		limit_exposure(imx477);
	if (!imx477->powered)
		return 0;
	switch (control->id) {
	case V4L2_CID_EXPOSURE:
		return write16(imx477, REG_EXPOSURE, control->val >> imx477->shift);
	case V4L2_CID_ANALOGUE_GAIN:
		return write16(imx477, REG_ANALOGUE, control->val);
	case V4L2_CID_DIGITAL_GAIN:
		return write16(imx477, REG_DIGITAL, control->val);
	case V4L2_CID_VBLANK:
		return set_frame_length(imx477, imx477->mode->height + control->val);
	case V4L2_CID_HBLANK:
		return write16(imx477, REG_LINE_LENGTH, imx477->mode->width + control->val);
	case V4L2_CID_HFLIP:
	case V4L2_CID_VFLIP:
		return write8(imx477, REG_ORIENTATION,
			      imx477->hflip->val | imx477->vflip->val << 1);
	case V4L2_CID_TEST_PATTERN:
		return write16(imx477, REG_PATTERN, patterns[control->val]);
	case V4L2_CID_TEST_PATTERN_RED:
	case V4L2_CID_TEST_PATTERN_GREENR:
	case V4L2_CID_TEST_PATTERN_BLUE:
	case V4L2_CID_TEST_PATTERN_GREENB:
		return write16(imx477,
			       REG_SOLID + solid[control->id - V4L2_CID_TEST_PATTERN_RED],
			       control->val);
	default:
		return -EINVAL;
	}
}

static const struct v4l2_ctrl_ops control_ops = { .s_ctrl = set_control };

static struct v4l2_ctrl *add_control(struct imx477 *imx477, u32 id, s64 min, s64 max,
				     s64 value, u32 flags)
{
	struct v4l2_ctrl *control =
		v4l2_ctrl_new_std(&imx477->controls, &control_ops, id, min, max, 1, value);

	if (control)
		control->flags |= flags;
	return control;
}

static int init_controls(struct imx477 *imx477)
{
	static const char *const patterns[] = {
		"Disabled", "Color Bars", "Solid Color", "Grey Color Bars", "PN9",
	};
	static const s64 link_frequencies[] = { LINK_FREQUENCY };
	struct v4l2_ctrl_handler *handler = &imx477->controls;
	struct v4l2_fwnode_device_properties properties;
	struct v4l2_ctrl *link;

	v4l2_ctrl_handler_init(handler, 16);
	add_control(imx477, V4L2_CID_PIXEL_RATE, PIXEL_RATE, PIXEL_RATE, PIXEL_RATE,
		    V4L2_CTRL_FLAG_READ_ONLY);
	link = v4l2_ctrl_new_int_menu(handler, &control_ops, V4L2_CID_LINK_FREQ, 0, 0,
				      link_frequencies);
	if (link)
		link->flags |= V4L2_CTRL_FLAG_READ_ONLY;
	imx477->vblank = add_control(imx477, V4L2_CID_VBLANK, 0, 0xffff, 0, 0);
	imx477->hblank = add_control(imx477, V4L2_CID_HBLANK, 0, 0xffff, 0, 0);
	imx477->exposure = add_control(imx477, V4L2_CID_EXPOSURE, 4,
				       FRAME_LENGTH_MAX - EXPOSURE_MARGIN,
				       EXPOSURE_DEFAULT, 0);
	add_control(imx477, V4L2_CID_ANALOGUE_GAIN, 0, 978, 0, 0);
	add_control(imx477, V4L2_CID_DIGITAL_GAIN, 256, 0xffff, 256, 0);
	imx477->hflip =
		add_control(imx477, V4L2_CID_HFLIP, 0, 1, 0, V4L2_CTRL_FLAG_MODIFY_LAYOUT);
	imx477->vflip =
		add_control(imx477, V4L2_CID_VFLIP, 0, 1, 0, V4L2_CTRL_FLAG_MODIFY_LAYOUT);
	v4l2_ctrl_new_std_menu_items(handler, &control_ops, V4L2_CID_TEST_PATTERN,
				     ARRAY_SIZE(patterns) - 1, 0, 0, patterns);
	for (int i = 0; i < 4; i++)
		add_control(imx477, V4L2_CID_TEST_PATTERN_RED + i, 0, 0xfff, 0xfff, 0);
	if (!v4l2_fwnode_device_parse(&imx477->client->dev, &properties))
		v4l2_ctrl_new_fwnode_properties(handler, &control_ops, &properties);
	if (handler->error)
		return handler->error;
	imx477->subdev.ctrl_handler = handler;
	v4l2_ctrl_lock(imx477->exposure);
	limit_times(imx477);
	v4l2_ctrl_unlock(imx477->exposure);
	return 0;
}

/* ---- formats ---- */

/* The code of the same depth that flips make of it; 12 bits unless it is one of 10. */
static u32 flip_code(const struct imx477 *imx477, u32 code)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(codes) && codes[i] != code)
		i++;
	if (i == ARRAY_SIZE(codes))
		i = 0;
	return codes[(i & ~3) | imx477->vflip->val << 1 | imx477->hflip->val];
}

static u32 code_bits(u32 code)
{
	for (u32 i = 4; i < ARRAY_SIZE(codes); i++) {
		if (codes[i] == code)
			return 10;
	}
	return 12;
}

static const struct mode *find_mode(u32 bits, u32 index)
{
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		if (modes[i].bits == bits && !index--)
			return &modes[i];
	}
	return NULL;
}

static const struct mode *nearest_mode(u32 bits, u32 width, u32 height)
{
	const struct mode *best = NULL, *mode;
	u32 least = U32_MAX;

	for (u32 i = 0; (mode = find_mode(bits, i)); i++) {
		u32 distance = abs((int)(mode->width - width)) +
			       abs((int)(mode->height - height));

		if (distance < least) {
			least = distance;
			best = mode;
		}
	}
	return best;
}

static void fill_format(struct v4l2_mbus_framefmt *format, const struct mode *mode, u32 code)
{
	*format = (struct v4l2_mbus_framefmt){
		.width = mode->width,
		.height = mode->height,
		.code = code,
		.field = V4L2_FIELD_NONE,
		.colorspace = V4L2_COLORSPACE_RAW,
		.ycbcr_enc = V4L2_YCBCR_ENC_601,
		.quantization = V4L2_QUANTIZATION_FULL_RANGE,
		.xfer_func = V4L2_XFER_FUNC_NONE,
	};
}

static int enum_mbus_code(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			  struct v4l2_subdev_mbus_code_enum *code)
{
	if (code->index >= (code->pad == PAD_IMAGE ? ARRAY_SIZE(codes) / 4 : 1))
		return -EINVAL;
	code->code = code->pad == PAD_IMAGE ?
			     flip_code(to_imx477(subdev), codes[code->index * 4]) :
			     MEDIA_BUS_FMT_SENSOR_DATA;
	return 0;
}

static int enum_frame_size(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			   struct v4l2_subdev_frame_size_enum *size)
{
	const struct mode *mode;

	if (size->pad == PAD_EMBEDDED) {
		if (size->index || size->code != MEDIA_BUS_FMT_SENSOR_DATA)
			return -EINVAL;
		size->min_width = size->max_width = EMBEDDED_WIDTH;
		size->min_height = size->max_height = 1;
		return 0;
	}
	mode = find_mode(code_bits(size->code), size->index);
	if (!mode || size->code != flip_code(to_imx477(subdev), size->code))
		return -EINVAL;
	size->min_width = size->max_width = mode->width;
	size->min_height = size->max_height = mode->height;
	return 0;
}

static int get_format(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
		      struct v4l2_subdev_format *format)
{
	format->format = *v4l2_subdev_state_get_format(state, format->pad);
	if (format->pad == PAD_IMAGE)
		format->format.code = flip_code(to_imx477(subdev), format->format.code);
	return 0;
}

static int set_format(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
		      struct v4l2_subdev_format *format)
{
	struct imx477 *imx477 = to_imx477(subdev);
	const struct mode *mode;
	u32 code;

	if (format->pad == PAD_EMBEDDED)
		return get_format(subdev, state, format);
	code = flip_code(imx477, format->format.code);
	mode = nearest_mode(code_bits(code), format->format.width, format->format.height);
	fill_format(&format->format, mode, code);
	*v4l2_subdev_state_get_format(state, PAD_IMAGE) = format->format;
	*v4l2_subdev_state_get_crop(state, PAD_IMAGE) = mode->crop;
	if (format->which == V4L2_SUBDEV_FORMAT_ACTIVE && imx477->mode != mode) {
		imx477->mode = mode;
		limit_times(imx477);
	}
	return 0;
}

static int get_selection(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			 struct v4l2_subdev_selection *selection)
{
	switch (selection->target) {
	case V4L2_SEL_TGT_CROP:
		selection->r = *v4l2_subdev_state_get_crop(state, PAD_IMAGE);
		return 0;
	case V4L2_SEL_TGT_NATIVE_SIZE:
		selection->r = (struct v4l2_rect){ 0, 0, 4072, 3176 };
		return 0;
	case V4L2_SEL_TGT_CROP_DEFAULT:
	case V4L2_SEL_TGT_CROP_BOUNDS:
		selection->r = modes[0].crop;
		return 0;
	default:
		return -EINVAL;
	}
}

static int init_state(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state)
{
	fill_format(v4l2_subdev_state_get_format(state, PAD_IMAGE), &modes[0],
		    MEDIA_BUS_FMT_SRGGB12_1X12);
	*v4l2_subdev_state_get_crop(state, PAD_IMAGE) = modes[0].crop;
	*v4l2_subdev_state_get_format(state, PAD_EMBEDDED) = (struct v4l2_mbus_framefmt){
		.width = EMBEDDED_WIDTH,
		.height = 1,
		.code = MEDIA_BUS_FMT_SENSOR_DATA,
		.field = V4L2_FIELD_NONE,
	};
	return 0;
}

/* ---- streaming ---- */

static int start(struct imx477 *imx477)
{
	const struct mode *mode = imx477->mode;
	int ret;

	imx477->powered = true;
	ret = write16(imx477, REG_FORMAT, mode->bits << 8 | mode->bits)           ?:
		      write16(imx477, REG_X_START, mode->crop.left - ARRAY_LEFT)  ?:
		      write16(imx477, REG_Y_START, mode->crop.top - ARRAY_TOP)    ?:
		      write16(imx477, REG_WIDTH, mode->width)                     ?:
		      write16(imx477, REG_HEIGHT, mode->height)                   ?:
		      write8(imx477, REG_BINNING, mode->crop.width > mode->width) ?:
		      __v4l2_ctrl_handler_setup(&imx477->controls)                ?:
		      write8(imx477, REG_STREAMING, 1);
	if (ret)
		imx477->powered = false;
	return ret;
}

static int stop(struct imx477 *imx477)
{
	int ret = write8(imx477, REG_STREAMING, 0);

	imx477->powered = false;
	return ret;
}

static int set_stream(struct v4l2_subdev *subdev, int on)
{
	struct imx477 *imx477 = to_imx477(subdev);
	struct v4l2_subdev_state *state = v4l2_subdev_lock_and_get_active_state(subdev);
	int ret = 0;

	if (on != imx477->powered) {
		ret = on ? start(imx477) : stop(imx477);
		__v4l2_ctrl_grab(imx477->hflip, imx477->powered);
		__v4l2_ctrl_grab(imx477->vflip, imx477->powered);
	}
	v4l2_subdev_unlock_state(state);
	return ret;
}

static const struct v4l2_subdev_core_ops core_ops = {
	.subscribe_event = v4l2_ctrl_subdev_subscribe_event,
	.unsubscribe_event = v4l2_event_subdev_unsubscribe,
};

static const struct v4l2_subdev_video_ops video_ops = { .s_stream = set_stream };

static const struct v4l2_subdev_pad_ops pad_ops = {
	.enum_mbus_code = enum_mbus_code,
	.enum_frame_size = enum_frame_size,
	.get_fmt = get_format,
	.set_fmt = set_format,
	.get_selection = get_selection,
};

static const struct v4l2_subdev_ops subdev_ops = {
	.core = &core_ops,
	.video = &video_ops,
	.pad = &pad_ops,
};

static const struct v4l2_subdev_internal_ops internal_ops = { .init_state = init_state };

/* ---- start of the driver ---- */

static int register_subdev(struct imx477 *imx477)
{
	struct v4l2_subdev *subdev = &imx477->subdev;
	int ret;

	subdev->internal_ops = &internal_ops;
	subdev->flags |= V4L2_SUBDEV_FL_HAS_DEVNODE | V4L2_SUBDEV_FL_HAS_EVENTS;
	subdev->entity.function = MEDIA_ENT_F_CAM_SENSOR;
	subdev->state_lock = imx477->controls.lock;
	for (int i = 0; i < PADS; i++)
		imx477->pads[i].flags = MEDIA_PAD_FL_SOURCE;
	ret = media_entity_pads_init(&subdev->entity, PADS, imx477->pads);
	if (ret)
		return ret;
	ret = v4l2_subdev_init_finalize(subdev);
	if (ret)
		return ret;
	ret = v4l2_async_register_subdev_sensor(subdev);
	if (ret)
		v4l2_subdev_cleanup(subdev);
	return ret;
}

static int imx477_probe(struct i2c_client *client)
{
	struct imx477 *imx477;
	u16 id;
	int ret;

	imx477 = devm_kzalloc(&client->dev, sizeof(*imx477), GFP_KERNEL);
	if (!imx477)
		return -ENOMEM;
	imx477->client = client;
	imx477->mode = &modes[0];
	v4l2_i2c_subdev_init(&imx477->subdev, client, &subdev_ops);
	ret = read16(imx477, REG_CHIP_ID, &id);
	if (ret || id != 0x0477)
		return dev_err_probe(&client->dev, -EIO, "there is no IMX477\n");
	ret = init_controls(imx477) ?: register_subdev(imx477);
	if (ret)
		v4l2_ctrl_handler_free(&imx477->controls);
	return ret;
}

static void imx477_remove(struct i2c_client *client)
{
	struct v4l2_subdev *subdev = i2c_get_clientdata(client);

	v4l2_async_unregister_subdev(subdev);
	v4l2_subdev_cleanup(subdev);
	media_entity_cleanup(&subdev->entity);
	v4l2_ctrl_handler_free(subdev->ctrl_handler);
}

static const struct of_device_id imx477_match[] = { { .compatible = "sony,imx477" }, {} };
MODULE_DEVICE_TABLE(of, imx477_match);

static struct i2c_driver imx477_driver = {
	.driver = { .name = "imx477", .of_match_table = imx477_match },
	.probe = imx477_probe,
	.remove = imx477_remove,
};
module_i2c_driver(imx477_driver);

MODULE_DESCRIPTION("Look-alike of the IMX477 driver of Raspberry Pi kernels");
MODULE_LICENSE("GPL");
