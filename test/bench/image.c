// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What unpacking and demosaicing cost, beside memcpy() and beside libraries that do the same.
 *
 *	image                 the table
 *	image --fast FILE     makes FILE, a picture of 8-bit RAW for other programs, and prints
 *	                      the seconds of the fast way for it
 *
 * Those that are compared take turns, a picture each, and of each one's turns the quickest
 * counts: what else the machine does makes a turn longer, never shorter. Times are the
 * processor's for this thread. The status is 1 if a promise is broken.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_LIBSWSCALE
#include <libavutil/log.h>
#include <libswscale/swscale.h>
#endif
#ifdef HAVE_LIBV4LCONVERT
#include <libv4l-plugin.h>
#include <libv4lconvert.h>
#endif
#include <linux/videodev2.h>

#include "common/image/demosaic.h"
#include "common/image/image.h"
#include "common/image/kernels.h"

#define TURNS        40
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct rival {
	const char *name;
	void (*make)(const struct rival *rival);
	const struct kernels *kernels;
	const struct image *image;
	enum demosaic_quality quality;
	struct demosaic *demosaic;
	void *state; /* of a library */
	uint8_t *out;
	uint16_t *line;
	double best_s;
};

static bool is_broken;

static double thread_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *allocate(size_t bytes)
{
	uint8_t *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);

	if (!memory)
		abort();
	/* Noise, as a sensor's; and all pages are there. */
	for (size_t i = 0; i < bytes; i++)
		memory[i] = (uint8_t)(i * 2654435761u >> 13);
	return memory;
}

static void take_turns(struct rival *rivals, size_t count)
{
	double before_s, spent_s;

	for (size_t i = 0; i < count; i++)
		rivals[i].best_s = 1e9;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < count; i++) {
			before_s = thread_s();
			rivals[i].make(&rivals[i]);
			spent_s = thread_s() - before_s;
			if (spent_s < rivals[i].best_s)
				rivals[i].best_s = spent_s;
		}
	}
}

static void promise(const char *what, double value, double least)
{
	bool is_kept = value >= least;

	printf("%-7s %s: %.2f (at least %.2f)\n", is_kept ? "kept" : "BROKEN", what,
	       value, least);
	is_broken |= !is_kept;
}

static struct image make_image(const char *format, uint32_t width, uint32_t height)
{
	struct image image = { .format = format_parse(format),
			       .width = width,
			       .height = height };

	image.stride_bytes[0] = format_stride_bytes(image.format, 0, width);
	image.planes[0] = allocate((size_t)image.stride_bytes[0] * height);
	return image;
}

static void free_image(struct image *image)
{
	free((void *)(uintptr_t)image->planes[0]);
}

/* The sets that this processor runs, the best one last. */
static size_t find_sets(const struct kernels *sets[KERNELS_NUM_SETS])
{
	size_t count = 0;

	for (enum kernels_set set = 0; set < KERNELS_NUM_SETS; set++)
		if (kernels_get(set))
			sets[count++] = kernels_get(set);
	return count;
}

static void unpack_lines(const struct rival *rival)
{
	const struct image *image = rival->image;
	unpack_fn *unpack = unpack_find_in(image->format, rival->kernels);

	for (uint32_t y = 0; y < image->height; y++)
		unpack(image->planes[0] + (size_t)y * image->stride_bytes[0],
		       rival->line + (rival->out ? (size_t)y * image->width : 0),
		       image->width, image->format->bits);
}

/* As many bytes read and written as unpacking has, half of them each. */
static void copy_picture(const struct rival *rival)
{
	const struct image *image = rival->image;
	size_t bytes = ((size_t)image->stride_bytes[0] + 2 * (size_t)image->width) / 2 *
		       image->height;

	memcpy(rival->state, rival->out, bytes);
}

/* One line of the picture after the other to the same place; again as many bytes altogether. */
static void copy_lines(const struct rival *rival)
{
	const struct image *image = rival->image;
	size_t bytes = ((size_t)image->stride_bytes[0] + 2 * (size_t)image->width) / 2;

	for (uint32_t y = 0; y < image->height; y++)
		memcpy(rival->line, (uint8_t *)rival->state + y * bytes, bytes);
}

/* Of one format, into memory or over and over to a line that stays in the cache. */
static void bench_unpack(const char *name, bool to_memory)
{
	struct image image = make_image(name, 4056, 3040);
	const struct kernels *sets[KERNELS_NUM_SETS];
	size_t count = find_sets(sets), samples = (size_t)image.width * image.height;
	double bytes = ((double)image.stride_bytes[0] + 2.0 * image.width) * image.height;
	struct rival rivals[KERNELS_NUM_SETS + 1];
	uint8_t *from = allocate(4 * samples), *to = allocate(2 * samples);
	char what[96];

	rivals[0] = (struct rival){ .name = "memcpy",
				    .make = to_memory ? copy_picture : copy_lines,
				    .image = &image,
				    .state = from,
				    .out = to_memory ? from + 2 * samples : NULL,
				    .line = (uint16_t *)(void *)to };
	for (size_t i = 0; i < count; i++)
		rivals[i + 1] = (struct rival){ .name = sets[i]->name,
						.make = unpack_lines,
						.kernels = sets[i],
						.image = &image,
						.out = to_memory ? to : NULL,
						.line = (uint16_t *)(void *)to };
	take_turns(rivals, count + 1);
	printf("%-18s %-6s", image.format->name, to_memory ? "memory" : "line");
	for (size_t i = 0; i <= count; i++)
		printf("  %6s %5.1f GB/s %4.2f", rivals[i].name,
		       bytes / rivals[i].best_s / 1e9, rivals[0].best_s / rivals[i].best_s);
	putchar('\n');
	if (to_memory) {
		snprintf(what, sizeof(what), "%s: bytes a second, memcpy's 1",
			 image.format->name);
		promise(what, rivals[0].best_s / rivals[count].best_s, 0.5);
	}
	free(from);
	free(to);
	free_image(&image);
}

static void demosaic_lines(const struct rival *rival)
{
	uint32_t stride = 3 * rival->image->width;

	demosaic_start(rival->demosaic, rival->image);
	for (uint32_t y = 0; y < rival->image->height; y++)
		demosaic_line_8(rival->demosaic, rival->out + (size_t)y * stride);
}

static struct rival demosaic_rival(const struct kernels *kernels, const struct image *image,
				   enum demosaic_quality quality, uint8_t *out)
{
	struct rival rival = { .name = kernels->name,
			       .make = demosaic_lines,
			       .image = image,
			       .quality = quality,
			       .out = out };

	if (demosaic_create(image, &rival.demosaic) < 0)
		abort();
	demosaic_use(rival.demosaic, kernels);
	demosaic_set_quality(rival.demosaic, quality);
	return rival;
}

#ifdef HAVE_LIBSWSCALE
static void swscale_picture(const struct rival *rival)
{
	const struct image *image = rival->image;
	const uint8_t *const planes[4] = { image->planes[0] };
	const int strides[4] = { (int)image->stride_bytes[0] };
	uint8_t *const out[4] = { rival->out };
	const int out_strides[4] = { 3 * (int)image->width };

	sws_scale(rival->state, planes, strides, 0, (int)image->height, out, out_strides);
}

static bool swscale_rival(const struct image *image, uint8_t *out, struct rival *rival)
{
	enum AVPixelFormat from = image->format->bits == 8 ? AV_PIX_FMT_BAYER_RGGB8 :
							     AV_PIX_FMT_BAYER_RGGB16LE;
	int width = (int)image->width, height = (int)image->height;

	*rival = (struct rival){
		.name = "swscale", .make = swscale_picture, .image = image, .out = out
	};
	av_log_set_level(AV_LOG_QUIET);
	rival->state = sws_getContext(width, height, from, width, height,
				      AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL, NULL, NULL);
	return rival->state != NULL;
}
#endif

#ifdef HAVE_LIBV4LCONVERT
/* A device that knows nothing: the library is asked for a conversion only. */
static int no_ioctl(void *priv, int fd, unsigned long request, void *argument)
{
	if (request == VIDIOC_QUERYCAP)
		return 0;
	errno = ENOTTY;
	return -1;
}

static const struct libv4l_dev_ops no_device = { .ioctl = no_ioctl };

static void v4lconvert_picture(const struct rival *rival)
{
	const struct image *image = rival->image;
	struct v4l2_format from = { .fmt.pix = { .width = image->width,
						 .height = image->height,
						 .pixelformat = image->format->fourcc,
						 .bytesperline = image->stride_bytes[0] } };
	struct v4l2_format to = from;

	from.fmt.pix.sizeimage = image->stride_bytes[0] * image->height;
	to.fmt.pix.pixelformat = V4L2_PIX_FMT_RGB24;
	to.fmt.pix.bytesperline = 3 * image->width;
	to.fmt.pix.sizeimage = 3 * image->width * image->height;
	if (v4lconvert_convert(rival->state, &from, &to,
			       (uint8_t *)(uintptr_t)image->planes[0],
			       (int)from.fmt.pix.sizeimage, rival->out,
			       (int)to.fmt.pix.sizeimage) < 0) {
		fprintf(stderr, "v4lconvert: %s\n",
			v4lconvert_get_error_message(rival->state));
		exit(1);
	}
}

static bool v4lconvert_rival(const struct image *image, uint8_t *out, struct rival *rival)
{
	*rival = (struct rival){
		.name = "v4lconvert", .make = v4lconvert_picture, .image = image, .out = out
	};
	rival->state = v4lconvert_create_with_dev_ops(
		-1, NULL, (struct libv4l_dev_ops *)(uintptr_t)&no_device);
	return rival->state != NULL;
}
#endif

/* The libraries that know this format, behind ours. */
static size_t find_peers(const struct image *image, uint8_t *out, struct rival *rivals)
{
	bool is_packed = image->format->packing != PACKING_PLAIN;
	size_t count = 0;

#ifdef HAVE_LIBSWSCALE
	if (!is_packed)
		count += swscale_rival(image, out, &rivals[count]);
#endif
#ifdef HAVE_LIBV4LCONVERT
	if (image->format->bits == 8)
		count += v4lconvert_rival(image, out, &rivals[count]);
#endif
	return is_packed ? 0 : count;
}

static void finish_rival(struct rival *rival)
{
	demosaic_destroy(rival->demosaic);
#ifdef HAVE_LIBSWSCALE
	if (!strcmp(rival->name, "swscale"))
		sws_freeContext(rival->state);
#endif
#ifdef HAVE_LIBV4LCONVERT
	if (!strcmp(rival->name, "v4lconvert"))
		v4lconvert_destroy(rival->state);
#endif
}

static void bench_demosaic(const char *name)
{
	struct image image = make_image(name, 1920, 1080);
	uint8_t *out = allocate(3 * (size_t)image.width * image.height);
	const struct kernels *sets[KERNELS_NUM_SETS];
	struct rival rivals[2 * KERNELS_NUM_SETS + 2];
	size_t num_sets = find_sets(sets), count = 0;
	const struct rival *best;
	char what[96];

	for (size_t i = 0; i < num_sets; i++) {
		rivals[count++] = demosaic_rival(sets[i], &image, DEMOSAIC_GOOD, out);
		rivals[count++] = demosaic_rival(sets[i], &image, DEMOSAIC_FAST, out);
	}
	best = &rivals[count - 1];
	count += find_peers(&image, out, rivals + count);
	take_turns(rivals, count);
	for (struct rival *rival = rivals; rival < rivals + count; rival++)
		printf("%-14s %-10s %-5s %7.2f ms %7.2f\n", image.format->name, rival->name,
		       rival > best                    ? "" :
		       rival->quality == DEMOSAIC_FAST ? "fast" :
							 "good",
		       1000 * rival->best_s, rival->best_s / best->best_s);
	for (const struct rival *rival = best + 1; rival < rivals + count; rival++) {
		snprintf(what, sizeof(what), "%s: times of ours, %s", image.format->name,
			 rival->name);
		promise(what, rival->best_s / best->best_s, 1);
	}
	for (size_t i = 0; i < count; i++)
		finish_rival(&rivals[i]);
	free(out);
	free_image(&image);
}

/* For a program that can't be called: the picture that it gets, and what it must beat. */
static int make_file(const char *path)
{
	struct image image = make_image("RGGB", 1920, 1080);
	uint8_t *out = allocate(3 * (size_t)image.width * image.height);
	struct rival rival = demosaic_rival(kernels_best(), &image, DEMOSAIC_FAST, out);
	FILE *file = fopen(path, "wb");
	size_t size = (size_t)image.width * image.height;

	if (!file || fwrite(image.planes[0], 1, size, file) != size || fclose(file)) {
		perror(path);
		return 1;
	}
	take_turns(&rival, 1);
	printf("%.6f\n", rival.best_s);
	finish_rival(&rival);
	free(out);
	free_image(&image);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const packed[] = { "RGGB", "RG10", "pRAA", "pRCC",
					      "pREE", "ip3r", "PC1R" };
	static const char *const bayer[] = { "RGGB", "RG10", "RG12", "RG16",
					     "pRAA", "ip3r", "pRCC" };

	if (argc == 3 && !strcmp(argv[1], "--fast"))
		return make_file(argv[2]);
	printf("Unpacking 4056x3040, bytes read and written a second, and memcpy's part of it\n"
	       "memory: a picture to a picture; line: to one line that stays in the cache\n");
	for (size_t i = 0; i < COUNT(packed); i++)
		bench_unpack(packed[i], true);
	for (size_t i = 0; i < COUNT(packed); i++)
		bench_unpack(packed[i], false);
	printf("\nDemosaicing 1920x1080 to RGB24, processor time a picture, and in times of ours\n");
	for (size_t i = 0; i < COUNT(bayer); i++)
		bench_demosaic(bayer[i]);
	return is_broken;
}
