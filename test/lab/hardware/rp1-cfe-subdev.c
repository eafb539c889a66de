// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera front end look-alike: the sub-devices csi2 and pisp-fe.
 *
 * Mainline's csi2 has one sink, which a route leads to the first channel, and nobody can set another
 * one without the streams API. In Raspberry Pi kernels each channel has a sink of its own.
 */
#include <linux/media-bus-format.h>
#include <linux/media/raspberrypi/pisp_common.h>

#include <media/v4l2-mc.h>
#include <media/v4l2-subdev.h>

#include "rp1-cfe.h"

/* ---- csi2 ---- */

u32 cfe_channel_pad(const struct cfe *cfe, u32 channel)
{
	return channel + (cfe->downstream ? CFE_CHANNELS : 1);
}

u32 cfe_node_pad(const struct cfe *cfe, enum cfe_node_id id)
{
	static const u32 pads[] = {
		[CFE_IMAGE0] = FE_OUTPUT0,
		[CFE_IMAGE1] = FE_OUTPUT1,
		[CFE_STATISTICS] = FE_STATISTICS,
		[CFE_CONFIG] = FE_CONFIG,
	};

	return id < CFE_CHANNELS ? cfe_channel_pad(cfe, id) : pads[id];
}

static int csi2_init_route(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state)
{
	struct v4l2_subdev_route route = {
		.source_pad = 1,
		.flags = V4L2_SUBDEV_ROUTE_FL_ACTIVE,
	};
	struct v4l2_subdev_krouting routing = { .num_routes = 1, .routes = &route };

	return v4l2_subdev_set_routing_with_fmt(subdev, state, &routing, &cfe_default_format);
}

static int csi2_init_pads(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state)
{
	for (u32 pad = 0; pad < 2 * CFE_CHANNELS; pad++)
		*v4l2_subdev_state_get_format(state, pad) = pad % CFE_CHANNELS == CFE_CH1 ?
								    cfe_default_meta :
								    cfe_default_format;
	return 0;
}

/* A channel gives what comes in, or the same with more bits. */
static bool csi2_can_give(const struct cfe *cfe, u32 in, u32 out)
{
	const struct cfe_format *format = cfe_format_by_code(cfe, in), *other;

	if (!format || !format->high)
		return false;
	other = cfe_format_by_fourcc(cfe, format->high);
	return other && other->code == out;
}

static int csi2_set_sink(struct cfe *cfe, struct v4l2_subdev_state *state,
			 struct v4l2_subdev_format *format, struct v4l2_mbus_framefmt *source)
{
	struct v4l2_mbus_framefmt *sink =
		v4l2_subdev_state_get_format(state, format->pad, format->stream);

	if (!sink || !source)
		return -EINVAL;
	if (!cfe->downstream && !cfe_format_by_code(cfe, format->format.code))
		format->format.code = MEDIA_BUS_FMT_SRGGB10_1X10;
	*sink = format->format;
	format->format.field = V4L2_FIELD_NONE;
	*source = format->format;
	return 0;
}

static int csi2_set_source(struct cfe *cfe, struct v4l2_subdev_state *state,
			   struct v4l2_subdev_format *format,
			   const struct v4l2_mbus_framefmt *sink)
{
	struct v4l2_mbus_framefmt *source =
		v4l2_subdev_state_get_format(state, format->pad, format->stream);
	u32 code = format->format.code;

	if (!sink || !source)
		return -EINVAL;
	/* Raspberry Pi kernels don't go back this way, only by setting the sink again. */
	if ((code == sink->code && !cfe->downstream) || csi2_can_give(cfe, sink->code, code))
		source->code = code;
	format->format.code = source->code;
	return 0;
}

/* Also while it streams; nothing is busy here. */
static int csi2_set_fmt(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			struct v4l2_subdev_format *format)
{
	struct cfe *cfe = container_of(subdev, struct cfe, csi2);
	struct v4l2_mbus_framefmt *other;

	if (cfe->downstream)
		other = v4l2_subdev_state_get_format(state, (format->pad + CFE_CHANNELS) %
								    (2 * CFE_CHANNELS));
	else
		other = v4l2_subdev_state_get_opposite_stream_format(state, format->pad,
								     format->stream);
	if (format->pad < cfe_channel_pad(cfe, 0))
		return csi2_set_sink(cfe, state, format, other);
	return csi2_set_source(cfe, state, format, other);
}

static int csi2_set_routing(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			    enum v4l2_subdev_format_whence which,
			    struct v4l2_subdev_krouting *routing)
{
	int ret = v4l2_subdev_routing_validate(
		subdev, routing,
		V4L2_SUBDEV_ROUTING_ONLY_1_TO_1 | V4L2_SUBDEV_ROUTING_NO_SOURCE_MULTIPLEXING);

	for (u32 i = 0; !ret && i < routing->num_routes; i++) {
		if (routing->routes[i].source_stream)
			ret = -ENXIO;
	}
	return ret   ?:
		       v4l2_subdev_set_routing_with_fmt(subdev, state, routing,
							&cfe_default_format);
}

static const struct v4l2_subdev_pad_ops csi2_pad_ops = {
	.get_fmt = v4l2_subdev_get_fmt,
	.set_fmt = csi2_set_fmt,
	.set_routing = csi2_set_routing,
	.link_validate = v4l2_subdev_link_validate_default,
};
static const struct v4l2_subdev_pad_ops csi2_pad_ops_downstream = {
	.get_fmt = v4l2_subdev_get_fmt,
	.set_fmt = csi2_set_fmt,
	.link_validate = v4l2_subdev_link_validate_default,
};
static const struct v4l2_subdev_ops csi2_ops = { .pad = &csi2_pad_ops };
static const struct v4l2_subdev_ops csi2_ops_downstream = { .pad = &csi2_pad_ops_downstream };
static const struct v4l2_subdev_internal_ops csi2_internal_ops = {
	.init_state = csi2_init_route,
};
static const struct v4l2_subdev_internal_ops csi2_internal_ops_downstream = {
	.init_state = csi2_init_pads,
};
static const struct media_entity_operations csi2_entity_ops = {
	.link_validate = v4l2_subdev_link_validate,
	.has_pad_interdep = v4l2_subdev_has_pad_interdep,
};
static const struct media_entity_operations csi2_entity_ops_downstream = {
	.link_validate = v4l2_subdev_link_validate,
};

/* ---- both ---- */

static int register_subdev(struct cfe *cfe, struct v4l2_subdev *subdev, const char *name)
{
	int ret;

	subdev->owner = THIS_MODULE;
	subdev->flags |= V4L2_SUBDEV_FL_HAS_DEVNODE;
	strscpy(subdev->name, name, sizeof(subdev->name));
	ret = v4l2_subdev_init_finalize(subdev);
	if (ret)
		return ret;
	ret = v4l2_device_register_subdev(&cfe->v4l2, subdev);
	if (ret)
		v4l2_subdev_cleanup(subdev);
	return ret;
}

void cfe_subdev_finish(struct v4l2_subdev *subdev)
{
	v4l2_device_unregister_subdev(subdev);
	v4l2_subdev_cleanup(subdev);
	media_entity_cleanup(&subdev->entity);
}

int cfe_csi2_init(struct cfe *cfe)
{
	u32 sinks = cfe_channel_pad(cfe, 0), pads = cfe_channel_pad(cfe, CFE_CHANNELS);
	struct v4l2_subdev *csi2 = &cfe->csi2;
	int ret;

	for (u32 i = 0; i < pads; i++)
		cfe->csi2_pads[i].flags = i < sinks ? MEDIA_PAD_FL_SINK : MEDIA_PAD_FL_SOURCE;
	ret = media_entity_pads_init(&csi2->entity, pads, cfe->csi2_pads);
	if (ret)
		return ret;
	v4l2_subdev_init(csi2, cfe->downstream ? &csi2_ops_downstream : &csi2_ops);
	csi2->internal_ops = cfe->downstream ? &csi2_internal_ops_downstream :
					       &csi2_internal_ops;
	csi2->entity.function = MEDIA_ENT_F_VID_IF_BRIDGE;
	csi2->entity.ops = cfe->downstream ? &csi2_entity_ops_downstream : &csi2_entity_ops;
	if (!cfe->downstream)
		csi2->flags |= V4L2_SUBDEV_FL_STREAMS;
	return register_subdev(cfe, csi2, "csi2");
}

/* ---- pisp-fe ---- */

static int front_end_init_state(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state)
{
	struct v4l2_mbus_framefmt *format;

	for (u32 pad = 0; pad < FE_PADS; pad++) {
		format = v4l2_subdev_state_get_format(state, pad);
		if (pad == FE_CONFIG || pad == FE_STATISTICS) {
			format->code = MEDIA_BUS_FMT_FIXED;
			format->width = pad == FE_CONFIG ? CFE_CONFIG_SIZE :
							   CFE_STATISTICS_SIZE;
			format->height = 1;
		} else {
			*format = cfe_default_format;
			format->code = MEDIA_BUS_FMT_SRGGB16_1X16;
		}
	}
	return 0;
}

static int front_end_set_fmt(struct v4l2_subdev *subdev, struct v4l2_subdev_state *state,
			     struct v4l2_subdev_format *wanted)
{
	struct cfe *cfe = container_of(subdev, struct cfe, front_end);
	const struct cfe_format *format;

	if (wanted->pad == FE_CONFIG || wanted->pad == FE_STATISTICS)
		return v4l2_subdev_get_fmt(subdev, state, wanted);
	format = cfe_format_by_code(cfe, wanted->format.code);
	if (!format || format->use != CFE_USE_FRONT_END)
		wanted->format.code = MEDIA_BUS_FMT_SRGGB16_1X16;
	if (cfe->downstream) {
		*v4l2_subdev_state_get_format(state, wanted->pad) = wanted->format;
		return 0;
	}
	/* Sizes come from the sink, and the codes of compressed samples are those of plain ones. */
	if (wanted->pad != FE_STREAM)
		return 0;
	wanted->format.field = V4L2_FIELD_NONE;
	*v4l2_subdev_state_get_format(state, FE_STREAM) = wanted->format;
	*v4l2_subdev_state_get_format(state, FE_OUTPUT0) = wanted->format;
	*v4l2_subdev_state_get_format(state, FE_OUTPUT1) = wanted->format;
	return 0;
}

static int front_end_link_validate(struct media_link *link)
{
	return link->sink->index == FE_STREAM ? v4l2_subdev_link_validate(link) : 0;
}

static const struct v4l2_subdev_pad_ops front_end_pad_ops = {
	.get_fmt = v4l2_subdev_get_fmt,
	.set_fmt = front_end_set_fmt,
	.link_validate = v4l2_subdev_link_validate_default,
};
static const struct v4l2_subdev_ops front_end_ops = { .pad = &front_end_pad_ops };
static const struct v4l2_subdev_internal_ops front_end_internal_ops = {
	.init_state = front_end_init_state,
};
static const struct media_entity_operations front_end_entity_ops = {
	.link_validate = front_end_link_validate,
};

int cfe_front_end_init(struct cfe *cfe)
{
	struct v4l2_subdev *front_end = &cfe->front_end;
	int ret;

	for (u32 i = 0; i < FE_PADS; i++)
		cfe->front_end_pads[i].flags = i <= FE_CONFIG ? MEDIA_PAD_FL_SINK :
								MEDIA_PAD_FL_SOURCE;
	cfe->front_end_pads[FE_STREAM].flags |= MEDIA_PAD_FL_MUST_CONNECT;
	ret = media_entity_pads_init(&front_end->entity, FE_PADS, cfe->front_end_pads);
	if (ret)
		return ret;
	v4l2_subdev_init(front_end, &front_end_ops);
	front_end->internal_ops = &front_end_internal_ops;
	front_end->entity.function = MEDIA_ENT_F_PROC_VIDEO_SCALER;
	front_end->entity.ops = &front_end_entity_ops;
	return register_subdev(cfe, front_end, "pisp-fe");
}

/* ---- the front end's configuration ---- */

/* Of it, what is looked at. */
enum {
	ENABLE_INPUT = 0x1,
	ENABLE_STATS_CROP = 0x20,
	ENABLE_STATISTICS = 0x1fe0, /* any block of theirs */
	ENABLE_CROP0 = 0x10000,
	ENABLE_DOWNSCALE0 = 0x20000,
	ENABLE_OUTPUT0 = 0x80000,
	ENABLE_BRANCH0 = 0xf0000,
	BRANCH_SHIFT = 4,
};

struct cfe_crop {
	u16 left, top, width, height;
};

struct cfe_branch {
	struct cfe_crop crop;
	u8 scale[8];
	u16 scaled_width, scaled_height;
	u8 compress[4];
	struct pisp_image_format_config format;
	u8 rest[8];
};

struct cfe_config {
	u8 buffers[36];
	u32 enables;
	u8 order[4];
	u8 streaming, padding[3];
	struct pisp_image_format_config input;
	u8 blocks[160];
	struct cfe_crop stats_crop;
	u8 statistics[296];
	struct cfe_branch branches[2];
	u32 changed[2];
};
static_assert(sizeof(struct cfe_config) == CFE_CONFIG_SIZE);
static_assert(offsetof(struct cfe_config, stats_crop) == 224);
static_assert(offsetof(struct cfe_config, branches) == 528);

static bool crop_fits(const struct cfe_config *config, const struct cfe_crop *crop)
{
	return crop->left < (config->input.width & ~1) &&
	       crop->top < config->input.height && crop->width >= 2 && crop->height >= 2;
}

static bool branch_fits(const struct cfe_config *config, u32 i,
			const struct v4l2_pix_format *pix)
{
	const struct cfe_branch *branch = &config->branches[i];
	u32 enables = config->enables >> i * BRANCH_SHIFT;
	u32 bytes = branch->format.width;

	if (branch->format.format & PISP_IMAGE_FORMAT_BPS_MASK)
		bytes *= 2;
	if (branch->format.width < 2 || branch->format.height < 2 ||
	    branch->format.height > pix->height ||
	    (u32)branch->format.stride > pix->bytesperline || bytes > pix->bytesperline)
		return false;
	if (enables & ENABLE_CROP0 && !crop_fits(config, &branch->crop))
		return false;
	return !(enables & ENABLE_DOWNSCALE0) ||
	       (branch->scaled_width >= 2 && branch->scaled_height >= 2);
}

int cfe_check_config(const struct cfe *cfe, const void *bytes)
{
	const struct cfe_config *config = bytes;

	if (!(config->enables & ENABLE_INPUT) || config->streaming != 1 ||
	    config->input.width < 2 || config->input.height < 2) {
		dev_err(cfe->dev, "%s: Input config not valid\n", __func__);
		return -EINVAL;
	}
	for (u32 i = 0; i < 2; i++) {
		u32 enables = config->enables >> i * BRANCH_SHIFT;

		if (!(enables & ENABLE_BRANCH0))
			continue;
		if (!(enables & ENABLE_OUTPUT0) ||
		    !branch_fits(config, i, &cfe->nodes[CFE_IMAGE0 + i].image.fmt.pix)) {
			dev_err(cfe->dev, "%s: Output %u not valid\n", __func__, i);
			return -EINVAL;
		}
	}
	if (config->enables & ENABLE_STATISTICS && config->enables & ENABLE_STATS_CROP &&
	    !crop_fits(config, &config->stats_crop)) {
		dev_err(cfe->dev, "%s: Stats config not valid\n", __func__);
		return -EINVAL;
	}
	return 0;
}
