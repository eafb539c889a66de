// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each set of inner loops that this processor runs against the plain one, to the bit: noise and
 * edges, lines of any length and at any address, at the end of a page behind which is nothing.
 */
#include "common/image/kernels.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/image/demosaic.h"
#include "common/image/image.h"
#include "test/unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_WIDTH   140

static const struct kernels *kernels; /* the set that is compared */

/* "avx2: what", in one of a few places. */
static const char *named(const char *what)
{
	static char names[64][96];
	static unsigned next;
	char *name = names[next++ % COUNT(names)];

	snprintf(name, sizeof(names[0]), "%s: %s", kernels->name, what);
	return name;
}

static uint32_t random_bits(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

/* A page or more that ends at one which nobody may touch. */
struct guarded {
	uint8_t *start;
	size_t size;
};

static struct guarded guarded_create(size_t least)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guarded guarded = { .size = (least + page - 1) / page * page };

	guarded.start = mmap(NULL, guarded.size + page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guarded.start == MAP_FAILED ||
	    mprotect(guarded.start + guarded.size, page, PROT_NONE))
		abort();
	return guarded;
}

static void guarded_destroy(struct guarded guarded)
{
	munmap(guarded.start, guarded.size + (size_t)sysconf(_SC_PAGESIZE));
}

/* So many bytes just ahead of the page's end. */
static void *guarded_end(struct guarded guarded, size_t bytes)
{
	return guarded.start + guarded.size - bytes;
}

enum fill { FILL_NOISE, FILL_ZEROS, FILL_ONES, FILL_EDGES, NUM_FILLS };

static void fill_bytes(uint8_t *bytes, size_t count, enum fill fill)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = fill == FILL_ZEROS ? 0 :
			   fill == FILL_ONES  ? 0xff :
			   fill == FILL_EDGES ? (random_bits() & 1 ? 0xff : 0) :
						(uint8_t)random_bits();
}

/* Right-justified samples, full black and full white often. */
static void fill_samples(uint16_t *samples, size_t count, unsigned bits)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t value = random_bits();

		samples[i] = (uint16_t)((value & 1 ? value >> 1 :
					 value & 2 ? 0xffff :
						     0) &
					((1u << bits) - 1));
	}
}

static bool compare_unpacked(const struct format_info *format, struct guarded in,
			     struct guarded out, uint32_t width, enum fill fill)
{
	unpack_fn *plain = unpack_find_in(format, &kernels_c);
	unpack_fn *quick = unpack_find_in(format, kernels);
	size_t bytes = format_stride_bytes(format, 0, width);
	uint8_t *line = guarded_end(in, bytes);
	/* One sample in front of them, to see that it stays. */
	uint16_t *got = guarded_end(out, (width + 1) * sizeof(*got));
	uint16_t want[MOST_WIDTH];

	fill_bytes(line, bytes, fill);
	memset(got, 0xa5, sizeof(*got));
	plain(line, want, width, format->bits);
	quick(line, got + 1, width, format->bits);
	if (!CHECK_MEM_EQ(got + 1, want, width * sizeof(*want))) {
		printf("# %u samples, filled by %u\n", width, fill);
		return false;
	}
	CHECK_EQ(got[0], 0xa5a5);
	/* And with room behind them: nothing is written there. */
	got = guarded_end(out, sizeof(want) + 64);
	memset(got, 0xa5, sizeof(want) + 64);
	quick(line, got, width, format->bits);
	CHECK_MEM_EQ(got, want, width * sizeof(*want));
	for (uint32_t i = width; i < width + 32; i++)
		CHECK_EQ(got[i], 0xa5a5);
	return true;
}

/* The first difference tells enough. */
static void compare_all_widths(const struct format_info *format, struct guarded in,
			       struct guarded out)
{
	for (uint32_t width = 0; width <= MOST_WIDTH; width++)
		for (enum fill fill = 0; fill < NUM_FILLS; fill++)
			if (!compare_unpacked(format, in, out, width, fill))
				return;
}

static void test_unpack(void)
{
	static const char *const formats[] = { "GREY", "RGGB", "RG10",   "Y10",  "RG12",
					       "RG14", "RG16", "Y16-BE", "pRAA", "pRCC",
					       "pREE", "ip3r", "ip3y",   "PC1R" };
	struct guarded in = guarded_create(4096), out = guarded_create(4096);

	for (size_t i = 0; i < COUNT(formats); i++) {
		const struct format_info *format = format_parse(formats[i]);

		test_case(named(format->name));
		compare_all_widths(format, in, out);
	}
	guarded_destroy(in);
	guarded_destroy(out);
}

/* Levels of the compression depend on all bits of a word: many of them, each step as often. */
static void test_pisp(void)
{
	uint8_t line[128];
	uint16_t got[COUNT(line)], want[COUNT(line)];

	test_case(named("PiSP: half a million words"));
	for (unsigned round = 0; round < 16384; round++) {
		fill_bytes(line, sizeof(line), FILL_NOISE);
		kernels_c.unpack[UNPACK_PISP](line, want, COUNT(line), 16);
		kernels->unpack[UNPACK_PISP](line, got, COUNT(line), 16);
		if (!CHECK_MEM_EQ(got, want, sizeof(want)))
			return;
	}

	test_case(named("PiSP: all pairs"));
	for (uint32_t pair = 0; pair < 0x8000; pair++) {
		for (unsigned i = 0; i < sizeof(line); i += 4) {
			uint32_t word = 3 | pair << 2 | (pair ^ i) << 17;

			for (unsigned k = 0; k < 4; k++)
				line[i + k] = (uint8_t)(word >> 8 * k);
		}
		kernels_c.unpack[UNPACK_PISP](line, want, COUNT(line), 16);
		kernels->unpack[UNPACK_PISP](line, got, COUNT(line), 16);
		if (!CHECK_MEM_EQ(got, want, sizeof(want)))
			return;
	}
}

static void try_places(const struct place_row *row)
{
	static uint16_t samples[3][8 * KERNELS_BLOCK];
	uint16_t want[8 * KERNELS_BLOCK], got[8 * KERNELS_BLOCK];
	uint32_t state = row->last;

	for (size_t i = 0; i < COUNT(want); i++) {
		for (unsigned k = 0; k < 3; k++) {
			state = state * 1664525 + 1013904223;
			samples[k][i] = (uint16_t)(state >> 16);
		}
	}
	/* The extremes, too. */
	samples[0][0] = samples[1][1] = samples[2][2] = samples[0][3] = samples[1][3] = 65535;
	kernels_c.places(row, samples[0], samples[1], samples[2], want, COUNT(want));
	kernels->places(row, samples[0], samples[1], samples[2], got, COUNT(got));
	CHECK_MEM_EQ(got, want, sizeof(want));
}

static void test_places(void)
{
	static const struct place_row rows[] = {
		{ { 13000, -2900, -1908 }, 13, 65535 },
		{ { -8000, 30000, -5616 }, 18, 4095 },
		{ { 16000, 16000, 700 }, 0, 65535 },
		{ { -16000, -700, -16000 }, 20, 1 },
	};

	test_case(named("places on a curve"));
	for (size_t i = 0; i < COUNT(rows); i++)
		try_places(&rows[i]);
}

static void test_scale(void)
{
	static const uint16_t numbers[] = { 0,    1,    15,    64,    4095,  4096,  4097,
					    8191, 8192, 10000, 32767, 32768, 65534, 65535 };
	uint16_t got[64], want[COUNT(got)];
	struct line_scale scale;

	test_case(named("levels"));
	for (unsigned bits = 8; bits <= 16; bits++) {
		for (size_t n = 0; n < COUNT(numbers) * COUNT(numbers); n++) {
			scale.black[0] = scale.gain[1] = numbers[n % COUNT(numbers)];
			scale.black[1] = scale.gain[0] = numbers[n / COUNT(numbers)];
			fill_samples(want, COUNT(want), bits);
			for (size_t i = 0; i < COUNT(numbers); i++)
				want[i] = numbers[i] & ((1u << bits) - 1);
			memcpy(got, want, sizeof(got));
			kernels_c.scale(want, COUNT(want), &scale, (1u << bits) - 1);
			kernels->scale(got, COUNT(got), &scale, (1u << bits) - 1);
			CHECK_MEM_EQ(got, want, sizeof(want));
		}
	}
}

static void test_split(void)
{
	uint16_t samples[2 * 5 * KERNELS_BLOCK + 1], got[3][6 * KERNELS_BLOCK];
	uint16_t want[3][6 * KERNELS_BLOCK];
	uint8_t bytes[2][sizeof(samples)];

	test_case(named("columns apart, and samples to bytes"));
	for (size_t blocks = 1; blocks <= 5; blocks++) {
		size_t pairs = blocks * KERNELS_BLOCK;

		fill_samples(samples, COUNT(samples), 16);
		memset(got, 0xa5, sizeof(got));
		memset(want, 0xa5, sizeof(want));
		kernels_c.split(samples + 1, want[0], want[1], pairs);
		kernels->split(samples + 1, got[0], got[1], pairs);
		CHECK_MEM_EQ(got, want, sizeof(want));
		for (unsigned shift = 0; shift <= 8; shift++) {
			fill_samples(samples, COUNT(samples), 8 + shift);
			memset(bytes, 0xa5, sizeof(bytes));
			kernels_c.narrow(samples + 1, bytes[0], 2 * pairs, shift);
			kernels->narrow(samples + 1, bytes[1], 2 * pairs, shift);
			CHECK_MEM_EQ(bytes[1], bytes[0], sizeof(bytes[0]));
		}
	}
}

#define SITES (3 * KERNELS_BLOCK)

static void compare_fill(fill_fn *plain, fill_fn *quick, unsigned bits)
{
	uint16_t lines[8][SITES + 4], got[2][SITES + 2], want[2][SITES + 2];
	struct line_sites sites;

	for (unsigned round = 0; round < 200; round++) {
		fill_samples(lines[0], sizeof(lines) / 2, bits);
		for (unsigned i = 0; i < 5; i++)
			sites.same[i] = lines[i] + 1;
		for (unsigned i = 0; i < 3; i++)
			sites.left[i] = lines[5 + i] + round % 2;
		memset(got, 0xa5, sizeof(got));
		memset(want, 0xa5, sizeof(want));
		plain(&sites, want[0] + 1, want[1] + 1, SITES, (1u << bits) - 1);
		quick(&sites, got[0] + 1, got[1] + 1, SITES, (1u << bits) - 1);
		if (!CHECK_MEM_EQ(got, want, sizeof(want)))
			return;
	}
}

static void test_fill(void)
{
	const struct fill_pair *plain[] = { &kernels_c.good_12, &kernels_c.good_16,
					    &kernels_c.fast };
	const struct fill_pair *quick[] = { &kernels->good_12, &kernels->good_16,
					    &kernels->fast };

	test_case(named("filters"));
	for (unsigned bits = 8; bits <= 16; bits++) {
		for (size_t i = bits > 12 ? 1 : 0; i < COUNT(plain); i++) {
			compare_fill(plain[i]->color_sites, quick[i]->color_sites, bits);
			compare_fill(plain[i]->green_sites, quick[i]->green_sites, bits);
		}
	}
}

static void test_join(void)
{
	struct guarded out = guarded_create(4096);
	uint16_t columns[6][MOST_WIDTH / 2 + 1];
	uint8_t want[6 * MOST_WIDTH], *got;
	struct line_pixels pixels;

	test_case(named(
		"columns together, as pixels of bytes, of words, and colour by colour"));
	for (unsigned i = 0; i < 2; i++) {
		pixels.red[i] = columns[i];
		pixels.green[i] = columns[2 + i];
		pixels.blue[i] = columns[4 + i];
	}
	for (uint32_t width = 0; width <= MOST_WIDTH; width++) {
		for (unsigned bits = 8; bits <= 16; bits++) {
			fill_samples(columns[0], sizeof(columns) / 2, bits);
			got = guarded_end(out, 3 * width);
			kernels_c.join_8(&pixels, want, width, bits - 8);
			kernels->join_8(&pixels, got, width, bits - 8);
			CHECK_MEM_EQ(got, want, 3 * width);
			got = guarded_end(out, 6 * width);
			kernels_c.join_16(&pixels, want, width, bits);
			kernels->join_16(&pixels, got, width, bits);
			CHECK_MEM_EQ(got, want, 6 * width);
		}
		got = guarded_end(out, 2 * width);
		join_plain(columns[0], columns[1], (uint16_t *)(void *)want, width);
		kernels->join(columns[0], columns[1], (uint16_t *)(void *)got, width);
		CHECK_MEM_EQ(got, want, 2 * width);
	}
	guarded_destroy(out);
}

static void test_bilinear(void)
{
	struct guarded out = guarded_create(4096), in = guarded_create(4096);
	uint8_t lines[2][MOST_WIDTH + 2], want[3 * MOST_WIDTH], *got, *below;
	struct line_bytes sites;

	test_case(named("bytes to pixels"));
	for (uint32_t width = 2; width <= MOST_WIDTH; width++) {
		for (unsigned round = 0; round < 4 * NUM_FILLS; round++) {
			below = guarded_end(in, width + 2);
			fill_bytes(lines[0], sizeof(lines), round / 4);
			fill_bytes(below, width + 2, round / 4);
			sites = (struct line_bytes){ .above = lines[0] + 1,
						     .at = lines[1] + 1,
						     .below = below + 1,
						     .color_column = round & 1,
						     .has_red = round & 2 };
			got = guarded_end(out, 3 * width);
			kernels_c.bilinear_8(&sites, want, width);
			kernels->bilinear_8(&sites, got, width);
			CHECK_MEM_EQ(got, want, 3 * width);
		}
	}
	guarded_destroy(in);
	guarded_destroy(out);
}

/* Both kinds of lines of a whole picture from these loops, one after the other. */
static void make_picture(const struct image *image, enum demosaic_quality quality,
			 const struct demosaic_levels *levels, const struct kernels *set,
			 uint8_t *rgb)
{
	struct demosaic *demosaic = NULL;

	if (!CHECK_EQ(demosaic_create(image, &demosaic), 0))
		return;
	demosaic_use(demosaic, set);
	demosaic_set_quality(demosaic, quality);
	demosaic_set_levels(demosaic, levels);
	demosaic_start(demosaic, image);
	for (uint32_t y = 0; y < image->height; y++, rgb += 3 * (size_t)image->width)
		demosaic_line_8(demosaic, rgb);
	demosaic_start(demosaic, image);
	for (uint32_t y = 0; y < image->height; y++, rgb += 6 * (size_t)image->width)
		demosaic_line_16(demosaic, rgb);
	demosaic_destroy(demosaic);
}

static void compare_pictures(const char *format, uint32_t width, uint32_t height)
{
	static const struct demosaic_levels levels = { .black = { 20, 30, 40 },
						       .gain = { 9000, 4096, 7001 } };
	struct image image = { .format = format_parse(format),
			       .width = width,
			       .height = height };
	struct guarded in;
	size_t stride = format_stride_bytes(image.format, 0, width) + 3;
	size_t bytes = stride * height - 3, rgb_bytes = 9 * (size_t)width * height;
	uint8_t *got = calloc(2, rgb_bytes), *want = got + rgb_bytes, *raw;

	if (!got)
		abort();
	in = guarded_create(bytes);
	raw = guarded_end(in, bytes);
	image.stride_bytes[0] = (uint32_t)stride;
	image.planes[0] = raw;
	for (unsigned round = 0; round < 8; round++) {
		enum demosaic_quality quality = round & 1 ? DEMOSAIC_FAST : DEMOSAIC_GOOD;

		fill_bytes(raw, bytes, round & 2 ? FILL_EDGES : FILL_NOISE);
		make_picture(&image, quality, round & 4 ? &levels : NULL, &kernels_c, want);
		make_picture(&image, quality, round & 4 ? &levels : NULL, kernels, got);
		if (!CHECK_MEM_EQ(got, want, rgb_bytes))
			printf("# %ux%u, round %u\n", width, height, round);
	}
	guarded_destroy(in);
	free(got);
}

static void test_pictures(void)
{
	static const char *const formats[] = { "RGGB", "BG10", "GB12", "GR14", "BYR2",
					       "pgAA", "pGCC", "pBEE", "ip3b", "PC1g" };

	for (size_t i = 0; i < COUNT(formats); i++) {
		test_case(named(format_parse(formats[i])->name));
		compare_pictures(formats[i], 97, 7);
		compare_pictures(formats[i], 128, 6);
		compare_pictures(formats[i], 33, 2);
		compare_pictures(formats[i], 2, 5);
	}
}

static void compare_set(enum kernels_set set, const char *name)
{
	kernels = kernels_get(set);
	if (!kernels) {
		test_case(name);
		test_skip("this processor can't run it");
		return;
	}
	test_unpack();
	test_pisp();
	test_scale();
	test_places();
	test_split();
	test_fill();
	test_join();
	test_bilinear();
	test_pictures();
}

static void test_choice(void)
{
	test_case("the best set is one that there is, and not the plain one if there are others");
	CHECK(kernels_get(KERNELS_C) == &kernels_c);
	kernels = &kernels_c;
	for (enum kernels_set set = KERNELS_SSE; set < KERNELS_NUM_SETS; set++)
		if (kernels_get(set))
			kernels = kernels_get(set);
	CHECK((kernels_best() == &kernels_c) == (kernels == &kernels_c));
	CHECK(!kernels_get(KERNELS_NUM_SETS));
}

int main(void)
{
	test_choice();
#if defined(__x86_64__) || defined(__i386__)
	compare_set(KERNELS_SSE, "sse");
	compare_set(KERNELS_AVX2, "avx2");
#elif defined(__aarch64__)
	compare_set(KERNELS_NEON, "neon");
#endif
	return test_done();
}
