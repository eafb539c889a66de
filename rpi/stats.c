// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics of a Raspberry Pi's ISP.
 *
 * Rests on include/uapi/linux/bcm2835-isp.h of Raspberry Pi kernels. All is measured behind the
 * black level and before any gain, regions of colour behind lens shading. Not known of the
 * firmware, as nobody has written it down: whether what lacks the black level is stretched to
 * the full range, which is taken for granted here and by libcamera (if it is not, means are 6 %
 * too low); why a pixel is left out, taken for being clipped; and where the two histograms are
 * made, so that nothing here depends on them.
 */
#include "rpi/stats.h"

#include <errno.h>
#include <string.h>

#include "common/base/json.h"
#include "common/stream/frame.h"

#define FULL_SAMPLE ((1u << RPI_STATS_SAMPLE_BITS) - 1)

/* Regions around the middle first, corners last: what each counts, libcamera's numbers. */
static const uint8_t centre_weights[RPI_USED_EXPOSURE] = {
	3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0,
};

/* Of one or more regions. */
struct sums {
	uint64_t red, green, blue;
	uint64_t counted, left_out;
};

/* ---- from the buffer ---- */

/* An offset may put them at any address. */
static const void *find(const struct frame *frame, size_t offset)
{
	const char *data = frame->buffer->planes[0].map;

	return data + frame->data_offset[0] + offset;
}

static int check(const struct frame *frame)
{
	uint32_t head[2];

	if (frame->bytesused[0] < sizeof(struct rpi_stats) || frame_is_overlong(frame))
		return -EBADMSG;
	memcpy(head, find(frame, 0), sizeof(head));
	if (head[0] < RPI_STATS_VERSION || head[1] < sizeof(struct rpi_stats))
		return -EPROTO;
	return 0;
}

/* ---- regions to zones ---- */

static void add_region(struct sums *sums, const struct rpi_region *region)
{
	sums->red += region->red;
	sums->green += region->green;
	sums->blue += region->blue;
	sums->counted += region->counted;
	sums->left_out += region->left_out;
}

/* All regions of colour are 6 KiB, which may be memory without a cache: they are read once. */
struct colours {
	struct rpi_region regions[RPI_COLOUR_COLUMNS * RPI_COLOUR_ROWS];
};

static void read_colours(const struct frame *frame, struct colours *colours)
{
	memcpy(colours, find(frame, offsetof(struct rpi_stats, colour)), sizeof(*colours));
}

static struct sums add_colours(const struct colours *colours, unsigned zone)
{
	unsigned column = zone % RPI_ZONE_COLUMNS, row = zone / RPI_ZONE_COLUMNS;
	const struct rpi_region *region =
		&colours->regions[2 * row * RPI_COLOUR_COLUMNS + 2 * column];
	struct sums sums = { 0 };

	add_region(&sums, region);
	add_region(&sums, region + 1);
	add_region(&sums, region + RPI_COLOUR_COLUMNS);
	add_region(&sums, region + RPI_COLOUR_COLUMNS + 1);
	return sums;
}

static void make_zone(struct ipa_zone *zone, const struct sums *sums)
{
	uint64_t all = sums->counted + sums->left_out;
	double factor;

	*zone = (struct ipa_zone){ 0 };
	if (!all)
		return;
	zone->valid = (uint16_t)(sums->counted * IPA_FULL / all);
	zone->saturated = (uint16_t)(IPA_FULL - zone->valid);
	if (!sums->counted)
		return;
	factor = 1 / ((double)FULL_SAMPLE * (double)sums->counted);
	zone->red = ipa_scale_u16((double)sums->red * factor);
	zone->green = ipa_scale_u16((double)sums->green * factor);
	zone->blue = ipa_scale_u16((double)sums->blue * factor);
}

static void set_color(const struct frame *frame, struct rpi_zones *zones)
{
	struct colours colours;
	uint64_t measured = 0;

	read_colours(frame, &colours);
	for (unsigned i = 0; i < RPI_NUM_ZONES; i++) {
		struct sums sums = add_colours(&colours, i);

		make_zone(&zones->colours[i], &sums);
		measured += sums.counted + sums.left_out;
	}
	if (!measured)
		return;
	zones->color.columns = RPI_ZONE_COLUMNS;
	zones->color.rows = RPI_ZONE_ROWS;
}

/* ---- exposure ---- */

static uint16_t cut(double value)
{
	return value < IPA_FULL ? (uint16_t)value : IPA_FULL;
}

/* 0.299 R + 0.587 G + 0.114 B with white balance, each cut at white. */
static uint16_t mix(const struct ipa_zone *zone, const struct ipa_gains *gains)
{
	uint32_t luma = 19595u * cut(zone->red * gains->red) + 38470u * zone->green +
			7471u * cut(zone->blue * gains->blue);

	return (uint16_t)(luma >> 16);
}

/* Regions are of different size; a pixel of any counts as much. Returns the largest. */
static uint64_t weigh(const struct rpi_region *regions, enum ipa_metering metering,
		      uint64_t weights[RPI_USED_EXPOSURE])
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < RPI_USED_EXPOSURE; i++) {
		weights[i] = regions[i].counted ? regions[i].counted : regions[i].left_out;
		if (metering == IPA_METERING_CENTRE)
			weights[i] *= centre_weights[i];
		if (weights[i] > largest)
			largest = weights[i];
	}
	return largest;
}

/* Means have clipped pixels in them, too; where there is none, all may have been left out. */
static void make_luma(struct ipa_zone *zone, const struct rpi_region *region,
		      const struct ipa_gains *gains)
{
	struct sums sums = { 0 };

	add_region(&sums, region);
	make_zone(zone, &sums);
	zone->luma = mix(zone, gains);
	if (sums.counted) {
		zone->valid = IPA_FULL;
		zone->saturated = 0;
	}
}

static void set_luma(const struct frame *frame, const struct rpi_in_force *in_force,
		     enum ipa_metering metering, struct rpi_zones *zones)
{
	struct rpi_region regions[RPI_USED_EXPOSURE];
	uint64_t weights[RPI_USED_EXPOSURE], largest;

	memcpy(regions, find(frame, offsetof(struct rpi_stats, exposure)), sizeof(regions));
	largest = weigh(regions, metering, weights);
	if (!largest)
		return;
	for (unsigned i = 0; i < RPI_USED_EXPOSURE; i++) {
		make_luma(&zones->exposure[i], &regions[i], &in_force->gains);
		zones->weights[i] = (uint8_t)((weights[i] * 255 + largest / 2) / largest);
	}
	zones->luma.columns = RPI_USED_EXPOSURE;
	zones->luma.rows = 1;
}

int rpi_stats_zones(const struct frame *frame, const struct rpi_in_force *in_force,
		    enum ipa_metering metering, struct rpi_zones *zones)
{
	int ret;

	zones->luma = (struct ipa_zones){
		.kind = IPA_ZONES_LUMA,
		.zones = zones->exposure,
		.weights = zones->weights,
		.gains = { 1, 1 },
		.sequence = frame->sequence,
	};
	zones->color = (struct ipa_zones){
		.kind = IPA_ZONES_COLOR,
		.zones = zones->colours,
		.saturated_left_out = true,
		.gains = in_force->gains,
		.sequence = frame->sequence,
	};
	ret = check(frame);
	if (ret < 0)
		return ret;
	set_luma(frame, in_force, metering, zones);
	set_color(frame, zones);
	return 0;
}

/* ---- records ---- */

struct means {
	unsigned count;
	uint16_t red[RPI_NUM_ZONES], green[RPI_NUM_ZONES], blue[RPI_NUM_ZONES];
	uint16_t left_out[RPI_NUM_ZONES]; /* of 255 */
};

/* Garbage may have a mean of any size. */
static uint16_t mean(uint64_t sum, uint64_t counted)
{
	uint64_t quotient = counted ? sum / counted : 0;

	return quotient < FULL_SAMPLE ? (uint16_t)quotient : FULL_SAMPLE;
}

static void add_means(struct means *means, const struct sums *sums)
{
	uint64_t all = sums->counted + sums->left_out;
	unsigned i = means->count++;

	means->red[i] = mean(sums->red, sums->counted);
	means->green[i] = mean(sums->green, sums->counted);
	means->blue[i] = mean(sums->blue, sums->counted);
	means->left_out[i] = (uint16_t)(all ? 255 * sums->left_out / all : 0);
}

static void put_numbers(struct json *json, const char *name, const uint16_t *numbers,
			unsigned count)
{
	json_array(json, name);
	for (unsigned i = 0; i < count; i++)
		json_unsigned(json, NULL, numbers[i]);
	json_close(json);
}

static void put_means(struct json *json, const struct means *means)
{
	put_numbers(json, "red", means->red, means->count);
	put_numbers(json, "green", means->green, means->count);
	put_numbers(json, "blue", means->blue, means->count);
	put_numbers(json, "left_out", means->left_out, means->count);
}

static void put_exposure(const struct frame *frame, struct json *json)
{
	struct rpi_region regions[RPI_USED_EXPOSURE];
	struct means means = { 0 };

	memcpy(regions, find(frame, offsetof(struct rpi_stats, exposure)), sizeof(regions));
	for (unsigned i = 0; i < RPI_USED_EXPOSURE; i++) {
		struct sums sums = { 0 };

		add_region(&sums, &regions[i]);
		add_means(&means, &sums);
	}
	json_object(json, "exposure");
	put_means(json, &means);
	json_close(json);
}

static void put_zones(const struct frame *frame, struct json *json)
{
	struct colours colours;
	struct means means = { 0 };

	read_colours(frame, &colours);
	for (unsigned i = 0; i < RPI_NUM_ZONES; i++) {
		struct sums sums = add_colours(&colours, i);

		add_means(&means, &sums);
	}
	json_object(json, "zones");
	json_unsigned(json, "columns", RPI_ZONE_COLUMNS);
	json_unsigned(json, "rows", RPI_ZONE_ROWS);
	put_means(json, &means);
	json_close(json);
}

/* Of the second filter what is above its threshold: the number by which libcamera focuses. */
static void put_focus(const struct frame *frame, struct json *json)
{
	struct rpi_focus focus[RPI_FOCUS_COLUMNS * RPI_FOCUS_ROWS];

	memcpy(focus, find(frame, offsetof(struct rpi_stats, focus)), sizeof(focus));
	json_array(json, "focus");
	for (unsigned i = 0; i < sizeof(focus) / sizeof(focus[0]); i++)
		json_unsigned(json, NULL, focus[i].contrast[1][1]);
	json_close(json);
}

static void put_histogram(const struct frame *frame, struct json *json)
{
	struct rpi_histogram histogram;

	memcpy(&histogram, find(frame, offsetof(struct rpi_stats, histograms)),
	       sizeof(histogram));
	json_array(json, "histogram");
	for (unsigned i = 0; i < RPI_NUM_BINS; i++)
		json_unsigned(json, NULL, histogram.green[i]);
	json_close(json);
}

void rpi_stats_decode(const struct frame *frame, struct json *json)
{
	if (check(frame) < 0) {
		if (frame->bytesused[0])
			json_unsigned(json, "undecoded_bytes", frame->bytesused[0]);
		return;
	}
	put_exposure(frame, json);
	put_zones(frame, json);
	put_focus(frame, json);
	put_histogram(frame, json);
}
