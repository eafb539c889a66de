// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lossless JPEG: differences of neighbours by Huffman codes (ITU-T T.81, annex H).
 *
 * A difference is a category, how many bits it has, and then these bits. Categories have codes
 * by how often they come.
 */
#include "common/image/ljpeg.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NUM_CATEGORIES 17 /* of 0 to 16 bits */
#define MOST_LENGTH    16 /* of a code */
#define HEAD_BYTES     128
/* Of a sample: 31 bits; and after each byte of them there may be a zero. */
#define PACKED_BYTES  4
#define STUFFED_BYTES 8

#define PREDICTOR_LEFT 1

/* Markers. */
#define SOI  0xd8
#define SOF3 0xc3
#define DHT  0xc4
#define SOS  0xda
#define EOI  0xd9

/* How a category is written: its code with room for the bits behind it. */
struct code {
	uint32_t word;
	uint16_t mask;  /* of the bits */
	uint8_t length; /* of all */
};

struct ljpeg {
	struct ljpeg_shape shape;
	uint64_t counts[NUM_CATEGORIES]; /* of the survey */
	struct code codes[NUM_CATEGORIES];
	uint16_t first[2]; /* what begins the line is predicted by */
	uint64_t bits;     /* which are not written yet, the highest first */
	unsigned num_bits; /* less than 8 */
	bool is_full;
	size_t most_bytes;
	uint8_t *packed; /* a line of bits; behind the picture */
	uint8_t *at;
	uint8_t bytes[];
};

int ljpeg_create(const struct ljpeg_shape *shape, size_t most_bytes, struct ljpeg **ljpeg)
{
	struct ljpeg *created;
	/* A line is begun wherever there is room for one byte; bits are written by eight bytes. */
	size_t slack = HEAD_BYTES + (size_t)shape->width * STUFFED_BYTES;
	size_t packed = (size_t)shape->width * PACKED_BYTES + 2 * sizeof(uint64_t);

	if (!shape->width || !shape->height || shape->height > UINT16_MAX ||
	    shape->width / shape->components > UINT16_MAX || shape->width % shape->components)
		return -EINVAL;
	created = calloc(1, sizeof(*created) + most_bytes + slack + packed);
	if (!created)
		return -ENOMEM;
	created->shape = *shape;
	created->most_bytes = most_bytes;
	created->packed = created->bytes + most_bytes + slack;
	*ljpeg = created;
	return 0;
}

void ljpeg_destroy(struct ljpeg *ljpeg)
{
	free(ljpeg);
}

/* ---- codes ---- */

/* One that is not used, for the code of ones alone is forbidden: the rarest, so it gets that. */
#define RESERVED  NUM_CATEGORIES
#define NUM_CODED (NUM_CATEGORIES + 1)

/*
 * Takes the two rarest together, until there is one tree: each step makes codes longer by a bit. Of
 * equals those with more bits are taken for the rarer ones.
 */
static void find_lengths(uint64_t weights[static NUM_CODED],
			 uint8_t lengths[static NUM_CODED])
{
	uint8_t tree[NUM_CODED]; /* in which one each is now */

	for (unsigned i = 0; i < NUM_CODED; i++) {
		tree[i] = (uint8_t)i;
		lengths[i] = 0;
	}
	for (unsigned step = 1; step < NUM_CODED; step++) {
		unsigned least = NUM_CODED, next = NUM_CODED;

		for (unsigned i = 0; i < NUM_CODED; i++) {
			if (tree[i] != i)
				continue;
			if (least == NUM_CODED || weights[i] <= weights[least]) {
				next = least;
				least = i;
			} else if (next == NUM_CODED || weights[i] <= weights[next]) {
				next = i;
			}
		}
		weights[least] += weights[next];
		for (unsigned i = 0; i < NUM_CODED; i++) {
			if (tree[i] != least && tree[i] != next)
				continue;
			tree[i] = (uint8_t)least;
			lengths[i]++;
		}
	}
}

/*
 * Each category has a weight of a 2048th at least, so that all can be coded and no code is longer
 * than 16 bits: for that a weight would have to be less than a 2584th, a Fibonacci number.
 */
static void weigh(const struct ljpeg *ljpeg, uint64_t weights[static NUM_CODED])
{
	uint64_t least, all = 0;

	for (unsigned i = 0; i < NUM_CATEGORIES; i++)
		all += ljpeg->counts[i];
	least = all / 2048 + 1;
	for (unsigned i = 0; i < NUM_CATEGORIES; i++)
		weights[i] = ljpeg->counts[i] < least ? least : ljpeg->counts[i];
	weights[RESERVED] = 0;
}

/* The bits of a category are as many as it says; of the last none, for it is one number alone. */
static struct code make_code(unsigned category, uint32_t word, unsigned length)
{
	unsigned num_bits = category < 16 ? category : 0;

	return (struct code){
		.word = word << num_bits,
		.mask = (uint16_t)((1u << num_bits) - 1),
		.length = (uint8_t)(length + num_bits),
	};
}

/* Codes follow one another, the short ones first; so do the categories in DHT. */
static void make_codes(struct ljpeg *ljpeg, const uint8_t lengths[static NUM_CODED],
		       uint8_t counts[static MOST_LENGTH],
		       uint8_t order[static NUM_CATEGORIES])
{
	uint32_t word = 0;
	unsigned used = 0;

	for (unsigned length = 1; length <= MOST_LENGTH; length++, word <<= 1) {
		counts[length - 1] = 0;
		for (unsigned i = 0; i < NUM_CATEGORIES; i++) {
			if (lengths[i] != length)
				continue;
			ljpeg->codes[i] = make_code(i, word++, length);
			counts[length - 1]++;
			order[used++] = (uint8_t)i;
		}
	}
}

/* ---- the head ---- */

static void put_byte(struct ljpeg *ljpeg, unsigned byte)
{
	*ljpeg->at++ = (uint8_t)byte;
}

static void put_short(struct ljpeg *ljpeg, unsigned number)
{
	put_byte(ljpeg, number >> 8);
	put_byte(ljpeg, number & 255);
}

/* The length counts itself, too. */
static void put_marker(struct ljpeg *ljpeg, unsigned marker, unsigned length)
{
	put_byte(ljpeg, 0xff);
	put_byte(ljpeg, marker);
	if (length)
		put_short(ljpeg, length);
}

static void put_frame(struct ljpeg *ljpeg)
{
	const struct ljpeg_shape *shape = &ljpeg->shape;

	put_marker(ljpeg, SOF3, 8 + 3 * shape->components);
	put_byte(ljpeg, shape->bits);
	put_short(ljpeg, shape->height);
	put_short(ljpeg, shape->width / shape->components);
	put_byte(ljpeg, shape->components);
	for (unsigned i = 0; i < shape->components; i++) {
		put_byte(ljpeg, i);
		put_byte(ljpeg, 0x11); /* not finer or coarser than the others */
		put_byte(ljpeg, 0);
	}
}

static void put_codes(struct ljpeg *ljpeg)
{
	uint8_t lengths[NUM_CODED], counts[MOST_LENGTH], order[NUM_CATEGORIES];
	uint64_t weights[NUM_CODED];

	weigh(ljpeg, weights);
	find_lengths(weights, lengths);
	make_codes(ljpeg, lengths, counts, order);
	put_marker(ljpeg, DHT, 2 + 1 + MOST_LENGTH + NUM_CATEGORIES);
	put_byte(ljpeg, 0); /* the first table */
	memcpy(ljpeg->at, counts, sizeof(counts));
	memcpy(ljpeg->at + sizeof(counts), order, sizeof(order));
	ljpeg->at += sizeof(counts) + sizeof(order);
}

static void put_scan(struct ljpeg *ljpeg)
{
	unsigned components = ljpeg->shape.components;

	put_marker(ljpeg, SOS, 6 + 2 * components);
	put_byte(ljpeg, components);
	for (unsigned i = 0; i < components; i++) {
		put_byte(ljpeg, i);
		put_byte(ljpeg, 0); /* the first table */
	}
	put_byte(ljpeg, PREDICTOR_LEFT);
	put_byte(ljpeg, 0);
	put_byte(ljpeg, 0); /* no bits are cut off */
}

/* ---- lines ---- */

/* Differences wrap around at 16 bits, as decoders have it. */
static inline int difference(uint16_t sample, uint16_t predicted)
{
	return (int16_t)(uint16_t)(sample - predicted);
}

static inline unsigned category_of(int difference)
{
	unsigned magnitude = (unsigned)abs(difference);

	return 31 - (unsigned)__builtin_clz(2 * magnitude + 1);
}

void ljpeg_survey(struct ljpeg *ljpeg, const uint16_t *line)
{
	const unsigned components = ljpeg->shape.components;

	for (uint32_t x = components; x < ljpeg->shape.width; x++)
		ljpeg->counts[category_of(difference(line[x], line[x - components]))]++;
}

void ljpeg_begin(struct ljpeg *ljpeg)
{
	ljpeg->at = ljpeg->bytes;
	ljpeg->bits = 0;
	ljpeg->num_bits = 0;
	ljpeg->is_full = false;
	for (unsigned i = 0; i < ljpeg->shape.components; i++)
		ljpeg->first[i] = (uint16_t)(1u << (ljpeg->shape.bits - 1));
	put_marker(ljpeg, SOI, 0);
	put_frame(ljpeg);
	put_codes(ljpeg);
	put_scan(ljpeg);
	memset(ljpeg->counts, 0, sizeof(ljpeg->counts));
}

struct bits {
	uint64_t word;
	unsigned length;
};

static inline struct bits code_of(const struct code *codes, uint16_t sample, uint16_t predicted)
{
	int delta = difference(sample, predicted);
	const struct code *code = &codes[category_of(delta)];

	/* What is negative is one less, and then the highest of its bits is 0. */
	return (struct bits){ code->word | (uint32_t)((delta - (delta < 0)) & code->mask),
			      code->length };
}

/* Where bits go: less than a byte of them is still to be written, from the highest one on. */
struct packer {
	uint64_t bits;
	unsigned num_bits;
	uint8_t *at;
};

/* At most 56 of them. Without a branch, which could not be foreseen: eight bytes are written always. */
static inline void pack(struct packer *packer, struct bits bits)
{
	unsigned num_bits = packer->num_bits + bits.length;
	uint64_t all = packer->bits | bits.word << (64 - num_bits), ordered = htobe64(all);

	memcpy(packer->at, &ordered, sizeof(ordered));
	packer->at += num_bits / 8;
	packer->bits = all << (num_bits & ~7u);
	packer->num_bits = num_bits % 8;
}

static inline void pack_pair(struct packer *packer, struct bits one, struct bits other)
{
	if (__builtin_expect(one.length + other.length > 56, 0)) {
		pack(packer, one);
		pack(packer, other);
		return;
	}
	pack(packer, (struct bits){ one.word << other.length | other.word,
				    one.length + other.length });
}

static inline __attribute__((always_inline)) void pack_line(struct ljpeg *ljpeg,
							    struct packer *packer,
							    const uint16_t *line,
							    const unsigned components)
{
	const struct code *codes = ljpeg->codes;
	const uint32_t width = ljpeg->shape.width;
	uint32_t x = components;

	pack(packer, code_of(codes, line[0], ljpeg->first[0]));
	if (components == 2)
		pack(packer, code_of(codes, line[1], ljpeg->first[1]));
	for (; x + 1 < width; x += 2)
		pack_pair(packer, code_of(codes, line[x], line[x - components]),
			  code_of(codes, line[x + 1], line[x + 1 - components]));
	if (x < width)
		pack(packer, code_of(codes, line[x], line[x - components]));
}

/* Some byte of it is all ones. */
static inline bool has_ones(uint64_t word)
{
	return (~word - 0x0101010101010101) & word & 0x8080808080808080;
}

/* Behind a byte of ones there must be a zero, else it would be a marker. */
static void put_stuffed(struct ljpeg *ljpeg, const uint8_t *bytes, size_t count)
{
	uint8_t *at = ljpeg->at;
	uint64_t word;

	for (size_t i = 0; i < count;) {
		if (count - i >= sizeof(word)) {
			memcpy(&word, bytes + i, sizeof(word));
			if (!has_ones(word)) {
				memcpy(at, &word, sizeof(word));
				at += sizeof(word);
				i += sizeof(word);
				continue;
			}
		}
		for (unsigned k = 0; k < sizeof(word) && i < count; k++) {
			*at++ = bytes[i];
			if (bytes[i++] == 0xff)
				*at++ = 0;
		}
	}
	ljpeg->at = at;
}

void ljpeg_put(struct ljpeg *ljpeg, const uint16_t *line)
{
	struct packer packer = { ljpeg->bits, ljpeg->num_bits, ljpeg->packed };

	if (ljpeg->is_full)
		return;
	if (ljpeg->shape.components == 1)
		pack_line(ljpeg, &packer, line, 1);
	else
		pack_line(ljpeg, &packer, line, 2);
	ljpeg->bits = packer.bits;
	ljpeg->num_bits = packer.num_bits;
	for (unsigned i = 0; i < ljpeg->shape.components; i++)
		ljpeg->first[i] = line[i];
	put_stuffed(ljpeg, ljpeg->packed, (size_t)(packer.at - ljpeg->packed));
	ljpeg->is_full = (size_t)(ljpeg->at - ljpeg->bytes) >= ljpeg->most_bytes;
}

int ljpeg_end(struct ljpeg *ljpeg, const uint8_t **bytes, size_t *size)
{
	/* Ones to the end of the byte. */
	uint8_t last = (uint8_t)(ljpeg->bits >> 56 | 0xffu >> ljpeg->num_bits);

	if (ljpeg->num_bits)
		put_stuffed(ljpeg, &last, 1);
	put_marker(ljpeg, EOI, 0);
	*bytes = ljpeg->bytes;
	*size = (size_t)(ljpeg->at - ljpeg->bytes);
	return *size > ljpeg->most_bytes ? -ENOSPC : 0;
}
