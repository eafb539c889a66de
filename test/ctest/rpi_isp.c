// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Controls and statistics of a Raspberry Pi's ISP on its driver's look-alike, with RAW of flat
 * colours that the test itself paints; and embedded data as an imx477 sends them.
 */
#include <math.h>

#include "common/ipa/sensor.h"
#include "common/ipa/tuning.h"
#include "common/stream/frame.h"
#include "rpi/controls.h"
#include "rpi/embedded.h"
#include "rpi/shading.h"
#include "rpi/stats.h"
#include "test/ctest/ctest.h"

#define WIDTH  640
#define HEIGHT 480
#define BANDS  8
#define BLACK  256 /* of 4096 */
#define FILES  "/sys/kernel/debug/lab/isp0/"

/* All controls but lens shading, once with other values and once as wished. */
#define AT_START 22

/* Bands from left to right, what is above black: the last is white. */
static const uint16_t bands[BANDS][3] = {
	{ 0, 0, 0 },       { 400, 800, 200 },  { 1200, 1200, 1200 }, { 2000, 400, 400 },
	{ 200, 1600, 36 }, { 120, 240, 2800 }, { 40, 40, 40 },       { 3839, 3839, 3839 },
};

struct isp {
	struct media *media;
	struct video *input, *main, *stats;
	struct buffer in[1], out[1], measured[1];
	int num_in, num_out, num_measured;
	struct rpi_controls controls;
	struct rpi_wishes wishes;
};

static struct ipa_tuning tuning;

/* ---- set up ---- */

static struct video *open_node(const struct media *media, const char *name,
			       enum video_direction direction)
{
	const struct media_entity *entity = media_find(media, name);
	struct video *video = NULL;

	if (CHECK(entity))
		CHECK_EQ(video_open(NULL, entity->node, name, direction, &video), 0);
	return video;
}

static void close_isp(struct isp *isp)
{
	rpi_controls_finish(&isp->controls);
	ctest_finish_all(isp->in, isp->num_in);
	ctest_finish_all(isp->out, isp->num_out);
	ctest_finish_all(isp->measured, isp->num_measured);
	video_destroy(isp->input);
	video_destroy(isp->main);
	video_destroy(isp->stats);
	media_destroy(isp->media);
}

static bool open_isp(struct isp *isp, struct log *log)
{
	memset(isp, 0, sizeof(*isp));
	ipa_tuning_init(&tuning, ipa_sensor_find("imx219"));
	rpi_wishes_init(&isp->wishes, WIDTH, HEIGHT, &tuning);
	isp->media = ctest_media(NULL, "bcm2835-isp");
	if (!isp->media)
		return false;
	isp->input = open_node(isp->media, "bcm2835-isp0-output0", VIDEO_OUTPUT);
	isp->main = open_node(isp->media, "bcm2835-isp0-capture1", VIDEO_CAPTURE);
	isp->stats = open_node(isp->media, "bcm2835-isp0-capture3", VIDEO_CAPTURE);
	return isp->input && isp->main && isp->stats &&
	       CHECK_EQ(rpi_controls_find(log, isp->input->fd, isp->input->name,
					  &isp->controls),
			0);
}

static void paint(uint8_t *memory, uint32_t stride)
{
	for (unsigned y = 0; y < HEIGHT; y++) {
		for (unsigned x = 0; x < WIDTH; x++) {
			const uint16_t *colour = bands[x * BANDS / WIDTH];
			uint16_t sample = (uint16_t)(BLACK + colour[x % 2 + y % 2]);

			memcpy(memory + (size_t)y * stride + 2 * x, &sample, sizeof(sample));
		}
	}
}

static bool start_isp(struct isp *isp)
{
	if (!CHECK_EQ(ctest_set_format(isp->input, V4L2_PIX_FMT_SRGGB12, WIDTH, HEIGHT), 0) ||
	    !CHECK_EQ(ctest_set_format(isp->main, V4L2_PIX_FMT_XBGR32, WIDTH, HEIGHT), 0))
		return false;
	isp->num_in = ctest_map(isp->input, isp->in, 1);
	isp->num_out = ctest_map(isp->main, isp->out, 1);
	isp->num_measured = ctest_map(isp->stats, isp->measured, 1);
	if (!CHECK_EQ(isp->num_in, 1) || !CHECK_EQ(isp->num_out, 1) ||
	    !CHECK_EQ(isp->num_measured, 1))
		return false;
	paint(isp->in[0].planes[0].map, isp->input->format.stride_bytes[0]);
	return CHECK_EQ(video_start(isp->input), 0) &&
	       CHECK_EQ(video_start(isp->main), 0) && CHECK_EQ(video_start(isp->stats), 0);
}

/* One job: the picture and the statistics are then in their buffers. */
static bool process(struct isp *isp, struct video_done *measured)
{
	struct video_done done;

	return CHECK_EQ(ctest_queue_all(isp->main, isp->out, 1), 0) &&
	       CHECK_EQ(ctest_queue_all(isp->stats, isp->measured, 1), 0) &&
	       CHECK_EQ(ctest_queue_all(isp->input, isp->in, 1), 0) &&
	       CHECK_EQ(ctest_next(isp->main, &done), 0) &&
	       CHECK_EQ(ctest_next(isp->stats, measured), 0) &&
	       CHECK_EQ(ctest_next(isp->input, &done), 0);
}

static int written(void)
{
	char text[32];

	return sys_read_text(FILES "controls", text, sizeof(text)) < 0 ? -1 : atoi(text);
}

/* What the driver has for a control. */
static void read_back(const struct isp *isp, enum rpi_control which, void *value, size_t bytes)
{
	struct v4l2_ext_control entry = {
		.id = isp->controls.ids[which],
		.size = (uint32_t)bytes,
		.ptr = value,
	};
	struct v4l2_ext_controls call = { .count = 1, .controls = &entry };

	CHECK_EQ(sys_ioctl(isp->input->fd, VIDIOC_G_EXT_CTRLS, &call), 0);
}

/* ---- what there is ---- */

static void find(void)
{
	static const uint32_t steps[RPI_NUM_CONTROLS] = {
		[RPI_MATRIX] = 1,  [RPI_SHADING] = 2, [RPI_BLACK] = 3,
		[RPI_GREENS] = 4,  [RPI_GAMMA] = 5,   [RPI_DENOISE] = 6,
		[RPI_SHARPEN] = 7, [RPI_DEFECTS] = 8, [RPI_COLOUR_DENOISE] = 9,
	};
	const char *asked = getenv("CONTROL_BASE");
	uint32_t base =
		V4L2_CID_USER_BASE + (uint32_t)(asked ? strtoul(asked, NULL, 0) : 0x10e0);
	struct rpi_controls controls;
	struct ctest_ears ears;
	struct isp isp;

	test_case("rpi: all controls are found, wherever their numbers begin");
	if (open_isp(&isp, ctest_listen(&ears))) {
		for (unsigned i = 0; i < RPI_NUM_CONTROLS; i++) {
			if (steps[i])
				CHECK_EQ(isp.controls.ids[i], base + steps[i]);
			CHECK(isp.controls.ids[i]);
		}
		CHECK_EQ(ears.count, 0);

		test_case("rpi: a node without controls is none that can be used");
		CHECK_EQ(rpi_controls_find(&ears.log, isp.main->fd, isp.main->name, &controls),
			 -ENOTTY);
		CHECK_HEARD(&ears,
			    "isp-control bcm2835-isp0-capture1 does not tell its controls");
	}
	close_isp(&isp);
}

/* A node with other controls than these. */
static void foreign(void)
{
	struct subdev *sensor = ctest_subdev(NULL, "imx219 0-0010");
	struct rpi_controls controls;
	struct ctest_ears ears;

	test_case("rpi: a node with other controls is none that can be used");
	if (!sensor)
		return;
	ctest_listen(&ears);
	CHECK_EQ(rpi_controls_find(&ears.log, sensor->fd, sensor->name, &controls), -ENOTSUP);
	CHECK_HEARD(&ears, "isp-control imx219 0-0010 has no control \"Red Balance\"");
	subdev_destroy(sensor);
}

/* ---- written ---- */

static void check_written(const struct isp *isp)
{
	const struct rpi_values *values = &isp->controls.values;
	struct rpi_values got;

	read_back(isp, RPI_MATRIX, &got.matrix, sizeof(got.matrix));
	CHECK_MEM_EQ(&got.matrix, &values->matrix, sizeof(got.matrix));
	read_back(isp, RPI_BLACK, &got.black, sizeof(got.black));
	CHECK_MEM_EQ(&got.black, &values->black, sizeof(got.black));
	read_back(isp, RPI_GREENS, &got.greens, sizeof(got.greens));
	CHECK_MEM_EQ(&got.greens, &values->greens, sizeof(got.greens));
	read_back(isp, RPI_GAMMA, &got.gamma, sizeof(got.gamma));
	CHECK_MEM_EQ(&got.gamma, &values->gamma, sizeof(got.gamma));
	read_back(isp, RPI_DENOISE, &got.denoise, sizeof(got.denoise));
	CHECK_MEM_EQ(&got.denoise, &values->denoise, sizeof(got.denoise));
	read_back(isp, RPI_SHARPEN, &got.sharpen, sizeof(got.sharpen));
	CHECK_MEM_EQ(&got.sharpen, &values->sharpen, sizeof(got.sharpen));
	read_back(isp, RPI_DEFECTS, &got.defects, sizeof(got.defects));
	CHECK_MEM_EQ(&got.defects, &values->defects, sizeof(got.defects));
	read_back(isp, RPI_COLOUR_DENOISE, &got.colour_denoise, sizeof(got.colour_denoise));
	CHECK_MEM_EQ(&got.colour_denoise, &values->colour_denoise,
		     sizeof(got.colour_denoise));
	CHECK_EQ(got.sharpen.enabled, 1);
	CHECK_EQ(got.colour_denoise.enabled, 0);
}

static void start(void)
{
	struct ctest_ears ears;
	struct isp isp;
	int before = written();

	test_case("rpi: all controls reach the firmware, also those that were like that before");
	if (open_isp(&isp, ctest_listen(&ears))) {
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
		CHECK_EQ(written() - before, AT_START);
		check_written(&isp);
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
		CHECK_EQ(written() - before, 2 * AT_START);
		check_written(&isp);

		test_case("rpi: later only what changed is written");
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_ALL), 0);
		CHECK_EQ(written() - before, 2 * AT_START);
		isp.wishes.gains.red = 1.25;
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_MATRIX), 0);
		CHECK_EQ(written() - before, 2 * AT_START);
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_GAINS), 0);
		CHECK_EQ(written() - before, 2 * AT_START + 1);
		CHECK_EQ(isp.controls.values.red, 1250);
		isp.wishes.gains = (struct ipa_gains){ 1.5, 0.5 };
		isp.wishes.matrix = tuning.matrices[1].matrix;
		isp.wishes.analogue_gain = 8;
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_ALL), 0);
		CHECK_EQ(written() - before, 2 * AT_START + 6);
		check_written(&isp);
		CHECK_EQ(ears.count, 0);
	}
	close_isp(&isp);
}

/* For somebody who counts VIDIOC_S_EXT_CTRLS: two for a start, and one for one frame of two. */
static void calls(void)
{
	struct isp isp;

	test_case("rpi: a frame takes one call, or none");
	if (open_isp(&isp, NULL)) {
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_ALL), 0);
		isp.wishes.gains = (struct ipa_gains){ 1.5, 1.6 };
		isp.wishes.matrix = tuning.matrices[1].matrix;
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_ALL), 0);
	}
	close_isp(&isp);
}

static void refused(void)
{
	struct ctest_ears ears;
	struct isp isp;
	int before;

	test_case("rpi: a value that was refused is told of once, and written again");
	if (open_isp(&isp, ctest_listen(&ears)) &&
	    CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0)) {
		before = written();
		isp.wishes.gains.red = 1.75;
		for (unsigned i = 0; i < 2; i++) {
			CHECK_EQ(ctest_write(FILES "fault_control", "1"), 0);
			CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_GAINS),
				 -EIO);
		}
		CHECK_STR_EQ(ears.text,
			     "isp-control bcm2835-isp0-output0: \"Red Balance\" was refused: "
			     "Input/output error\n");
		CHECK_EQ(rpi_controls_write(&isp.controls, &isp.wishes, RPI_PART_GAINS), 0);
		CHECK_EQ(written() - before, 1);

		test_case("rpi: a start that is refused ends there");
		CHECK_EQ(ctest_write(FILES "fault_control", "1"), 0);
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), -EIO);
		CHECK_EQ(ears.count, 2);
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
	}
	close_isp(&isp);
}

/* ---- what they do ---- */

static double cut(double value)
{
	return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* By straight pieces between the points that the control has. */
static double bend(const struct rpi_gamma *gamma, double value)
{
	double x = value * 65535;
	unsigned i = 0;

	while (i < RPI_NUM_GAMMA - 2 && x > gamma->x[i + 1])
		i++;
	return (gamma->y[i] + (x - gamma->x[i]) * (gamma->y[i + 1] - gamma->y[i]) /
				      (gamma->x[i + 1] - gamma->x[i])) /
	       65535;
}

/* What wishes make of a band, 0 to 255. */
static void expect(const struct isp *isp, const uint16_t band[3], double wanted[3])
{
	const struct rpi_wishes *wishes = &isp->wishes;
	double least = fmin(1, fmin(wishes->gains.red, wishes->gains.blue));
	const double gains[3] = { wishes->gains.red, 1, wishes->gains.blue };
	double light[3], colour[3];

	for (unsigned i = 0; i < 3; i++) {
		double above = (BLACK + band[i]) * 16. - wishes->black_level;

		light[i] = cut(above / (65535. - wishes->black_level) * gains[i] / least *
			       wishes->digital_gain);
	}
	ipa_matrix_apply(&wishes->matrix, light, colour);
	for (unsigned i = 0; i < 3; i++)
		wanted[i] = 255 * bend(&isp->controls.values.gamma, cut(colour[i]));
}

static void check_picture(struct isp *isp, const char *what)
{
	uint32_t stride = isp->main->format.stride_bytes[0];
	struct video_done measured;
	const uint8_t *line;

	if (!process(isp, &measured))
		return;
	line = (const uint8_t *)isp->out[0].planes[0].map + HEIGHT / 2 * stride;
	for (unsigned i = 0; i < BANDS; i++) {
		const uint8_t *pixel = line + 4 * (i * WIDTH / BANDS + WIDTH / BANDS / 2);
		double wanted[3];

		expect(isp, bands[i], wanted);
		for (unsigned c = 0; c < 3; c++)
			if (fabs(pixel[2 - c] - wanted[c]) > 1.5)
				test_fail(__FILE__, __LINE__,
					  "%s: band %u, colour %u: got %u, want %.1f",
					  what, i, c, pixel[2 - c], wanted[c]);
	}
}

static void set(struct isp *isp, unsigned parts)
{
	CHECK_EQ(rpi_controls_write(&isp->controls, &isp->wishes, parts), 0);
}

static void picture(void)
{
	struct isp isp;

	test_case("rpi: controls make the picture that is wished");
	if (open_isp(&isp, NULL) &&
	    CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0) && start_isp(&isp)) {
		check_picture(&isp, "black level and gamma");
		isp.wishes.gains = (struct ipa_gains){ 1.7, 2.2 };
		set(&isp, RPI_PART_GAINS);
		check_picture(&isp, "gains");
		isp.wishes.gains.blue = 0.6;
		set(&isp, RPI_PART_GAINS);
		check_picture(&isp, "a gain below 1");
		isp.wishes.digital_gain = 1.8;
		set(&isp, RPI_PART_GAINS);
		check_picture(&isp, "digital gain");
		isp.wishes.matrix = tuning.matrices[2].matrix;
		set(&isp, RPI_PART_MATRIX);
		check_picture(&isp, "matrix");
		isp.wishes.gamma = NULL;
		isp.wishes.black_level = 2048;
		set(&isp, RPI_PART_REST);
		check_picture(&isp, "another black level, and no gamma");
	}
	close_isp(&isp);
}

/* ---- what they measure ---- */

static bool is_near(unsigned got, double want)
{
	return CHECK(fabs(got - want) <= 24);
}

/* Full scale lacks the black level, which white has too. */
static double share(unsigned above)
{
	return above * 16. / (65535 - 16 * BLACK) * 65535;
}

static void check_color(const struct rpi_zones *zones)
{
	CHECK_EQ(zones->color.columns, BANDS);
	CHECK_EQ(zones->color.rows, 6);
	for (unsigned i = 0; i < 6 * BANDS; i++) {
		const struct ipa_zone *zone = &zones->color.zones[i];
		const uint16_t *band = bands[i % BANDS];

		if (i % BANDS == BANDS - 1) {
			CHECK_EQ(zone->valid, 0);
			CHECK_EQ(zone->saturated, IPA_FULL);
			continue;
		}
		CHECK_EQ(zone->valid, IPA_FULL);
		is_near(zone->red, share(band[0]));
		is_near(zone->green, share(band[1]));
		is_near(zone->blue, share(band[2]));
	}
}

/* 0.299 R + 0.587 G + 0.114 B of a band. */
static double band_luma(unsigned band, const struct ipa_gains *gains)
{
	return 0.299 * gains->red * share(bands[band][0]) +
	       0.587 * share(bands[band][1]) + 0.114 * gains->blue * share(bands[band][2]);
}

/* Over the whole picture, of which each pixel counts as much. */
static void check_average(const struct rpi_zones *zones)
{
	const struct ipa_zones *luma = &zones->luma;
	const struct ipa_gains none = { 1, 1 };
	double got = 0, weights = 0, wanted = 0;

	CHECK_EQ(luma->columns, 15);
	CHECK_EQ(luma->rows, 1);
	for (unsigned i = 0; i < luma->columns; i++) {
		got += (double)luma->weights[i] * ipa_zones_luma(luma, i);
		weights += luma->weights[i];
	}
	for (unsigned i = 0; i < BANDS; i++)
		wanted += band_luma(i, &none) / BANDS;
	CHECK(fabs(got / weights / wanted - 1) < 0.01);
}

/* The first zone is the middle, where two bands meet. */
static void check_middle(const struct rpi_zones *zones, const struct ipa_gains *gains)
{
	CHECK_EQ(zones->weights[0], 255);
	CHECK_EQ(zones->weights[14], 0);
	is_near(ipa_zones_luma(&zones->luma, 0),
		(band_luma(BANDS / 2 - 1, gains) + band_luma(BANDS / 2, gains)) / 2);
}

static void stats(void)
{
	const struct rpi_in_force none = { .gains = { 1, 1 } };
	struct rpi_in_force in_force;
	struct rpi_zones zones;
	struct video_done done;
	struct frame frame;
	struct isp isp;

	test_case("rpi: zones of statistics are what was painted, whatever the gains");
	if (open_isp(&isp, NULL) &&
	    CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0) && start_isp(&isp)) {
		isp.wishes.gains = (struct ipa_gains){ 2, 1.5 };
		set(&isp, RPI_PART_GAINS);
		rpi_in_force_init(&in_force, &isp.controls.values);
		if (process(&isp, &done)) {
			frame = (struct frame){
				.buffer = done.buffer,
				.bytesused[0] = done.bytesused[0],
			};
			CHECK_EQ(rpi_stats_zones(&frame, &none, IPA_METERING_AVERAGE, &zones),
				 0);
			check_color(&zones);
			check_average(&zones);
			CHECK_EQ(rpi_stats_zones(&frame, &in_force, IPA_METERING_CENTRE,
						 &zones),
				 0);
			check_color(&zones);
			check_middle(&zones, &isp.wishes.gains);
			frame.bytesused[0]--;
			CHECK_EQ(rpi_stats_zones(&frame, &in_force, IPA_METERING_AVERAGE,
						 &zones),
				 -EBADMSG);
		}
	}
	close_isp(&isp);
}

/* ---- lens shading ---- */

static void shading(void)
{
	struct ctest_ears ears;
	struct rpi_shading got = { 0 };
	struct buffer_identity identity;
	const uint16_t *table;
	struct isp isp;

	test_case("rpi: lens shading goes to the firmware in a dma-buf");
	if (!open_isp(&isp, ctest_listen(&ears)))
		goto close;
	tuning.shading = (struct ipa_shading){ .columns = 2, .rows = 2 };
	for (unsigned i = 0; i < 4; i++)
		tuning.shading.red[i] = tuning.shading.green[i] = tuning.shading.blue[i] =
			(uint16_t)(1024 + 1024 * i);
	CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
	read_back(&isp, RPI_SHADING, &got, sizeof(got));
	CHECK_EQ(got.enabled, 1);
	CHECK_EQ(got.cell, 16);
	CHECK_EQ(got.columns, 41);
	CHECK_EQ(got.rows, 31);
	CHECK_EQ(got.fd, isp.controls.shading.planes[0].fd);
	CHECK_EQ(buffer_identify(got.fd, &identity), 0);
	table = isp.controls.shading.planes[0].map;
	if (CHECK(table)) {
		CHECK_EQ(table[0], 1024);
		CHECK_EQ(table[40], 2048);
		CHECK_EQ(table[30 * 41], 3072);
		CHECK_EQ(table[4 * 31 * 41 - 1], 4096);
	}

	test_case("rpi: lens shading that is not wished any more is switched off");
	isp.wishes.shading = NULL;
	CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
	read_back(&isp, RPI_SHADING, &got, sizeof(got));
	CHECK_EQ(got.enabled, 0);
	/* And left alone from then on. */
	rpi_controls_finish(&isp.controls);
	buffer_init(&isp.controls.shading, 0, BUFFER_HEAP);
	CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
	CHECK_EQ(isp.controls.shading.num_planes, 0);
	CHECK_EQ(ears.count, 0);
close:
	close_isp(&isp);
}

/* Wants a machine where neither heaps nor udmabuf can be had. */
static void no_memory(void)
{
	struct ctest_ears ears;
	struct isp isp;

	test_case("rpi: lens shading without memory for it is refused with what helps");
	if (open_isp(&isp, ctest_listen(&ears))) {
		tuning.shading = (struct ipa_shading){ .columns = 2, .rows = 2 };
		CHECK(rpi_controls_start(&isp.controls, &isp.wishes) < 0);
		CHECK_HEARD(&ears, "memory-refused bcm2835-isp0-output0 got no memory for the "
				   "lens shading of the tuning file: ");
		isp.wishes.shading = NULL;
		CHECK_EQ(rpi_controls_start(&isp.controls, &isp.wishes), 0);
	}
	close_isp(&isp);
}

/* ---- embedded data ---- */

#define EMBEDDED_BYTES 16384

/* A file of embedded data, and one with exposure, gain, frame and line of the same frames. */
static void embedded(void)
{
	static uint8_t data[EMBEDDED_BYTES];
	struct rpi_embedded_layout layout;
	FILE *file = fopen("embedded", "re"), *wanted = fopen("wanted", "re");
	const char *bits = getenv("BITS");
	unsigned frames = 0, exposure, gain, frame, line;

	test_case("rpi: an imx477 tells what its frames were made with");
	CHECK_EQ(rpi_embedded_find("imx477 0-001a", bits ? (unsigned)atoi(bits) : 12, &layout),
		 0);
	while (CHECK(file && wanted) && fread(data, sizeof(data), 1, file) == 1 &&
	       fscanf(wanted, "%u %u %u %u", &exposure, &gain, &frame, &line) == 4) {
		struct rpi_embedded told = { 0 };

		if (!CHECK_EQ(rpi_embedded_parse(data, sizeof(data), &layout, &told), 0))
			break;
		CHECK_EQ(told.exposure, exposure);
		CHECK_EQ(told.gain, gain);
		CHECK_EQ(told.frame_length, frame);
		CHECK_EQ(told.line_length, line);
		CHECK(told.has_temperature);
		CHECK_EQ(told.temperature, 40);
		frames++;
	}
	CHECK_EQ(frames, 4);
	if (file)
		fclose(file);
	if (wanted)
		fclose(wanted);
}

static const struct ctest_case cases[] = {
	{ "find", find },         { "foreign", foreign }, { "start", start },
	{ "calls", calls },       { "refused", refused }, { "picture", picture },
	{ "stats", stats },       { "shading", shading }, { "no-memory", no_memory },
	{ "embedded", embedded },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
