/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector operations under one name for each set of instructions, so that the loops of
 * unpack_vector.h and demosaic_vector.h are written once.
 *
 * A file says VECTOR_SSE, VECTOR_AVX2 or VECTOR_NEON and includes this; it gets vectors of
 * VECTOR_LANES lanes with 16 bytes each. No operation but the memory's crosses a lane: two
 * lanes are two vectors of one lane side by side. Numbers are unsigned; vec_above16() compares
 * those below 0x8000. vec_pick16() takes words at even places from its first vector, at odd ones
 * from its second. Where nothing is said,
 * or the compiler does not make code for that processor, VECTOR_LANES is not defined.
 */
#ifndef RAWLINE_VECTOR_H
#define RAWLINE_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#if defined(VECTOR_AVX2)
#define VECTOR_TARGET "avx2"
#elif defined(VECTOR_SSE)
#define VECTOR_TARGET "sse4.1"
#endif
#endif

/* All functions from here on may use these instructions: one must have asked the processor. */
#if defined(VECTOR_TARGET) && defined(__clang__)
#if defined(VECTOR_AVX2)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma clang attribute push(__attribute__((target("sse4.1"))), apply_to = function)
#endif
#elif defined(VECTOR_TARGET)
#if defined(VECTOR_AVX2)
#pragma GCC target("avx2")
#else
#pragma GCC target("sse4.1")
#endif
#endif

#if defined(VECTOR_TARGET) && defined(VECTOR_AVX2)
#include <immintrin.h>

#define VECTOR_LANES 2

typedef __m256i vec;

/* Lane n from (to) address + n * step. */
static inline vec vec_load_lanes(const void *address, size_t step)
{
	const uint8_t *bytes = address;
	__m128i low = _mm_loadu_si128((const __m128i *)address);
	__m128i high = _mm_loadu_si128((const __m128i *)(const void *)(bytes + step));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

static inline void vec_store_lanes(void *address, size_t step, vec a)
{
	uint8_t *bytes = address;

	_mm_storeu_si128((__m128i *)address, _mm256_castsi256_si128(a));
	_mm_storeu_si128((__m128i *)(void *)(bytes + step), _mm256_extracti128_si256(a, 1));
}

static inline vec vec_load(const void *address)
{
	return _mm256_loadu_si256((const __m256i *)address);
}

static inline void vec_store(void *address, vec a)
{
	_mm256_storeu_si256((__m256i *)address, a);
}

/* Bytes to words, 8 for each lane. */
static inline vec vec_load_wider(const void *address)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)address));
}

#define vec_set8(x)           _mm256_set1_epi8((char)(x))
#define vec_set16(x)          _mm256_set1_epi16((short)(x))
#define vec_set32(x)          _mm256_set1_epi32((int)(x))
#define vec_and(a, b)         _mm256_and_si256(a, b)
#define vec_or(a, b)          _mm256_or_si256(a, b)
#define vec_xor(a, b)         _mm256_xor_si256(a, b)
#define vec_select(yes, a, b) _mm256_blendv_epi8(b, a, yes)
#define vec_shuffle(a, order) _mm256_shuffle_epi8(a, order)
#define vec_shl16(a, n)       _mm256_slli_epi16(a, n)
#define vec_shr16(a, n)       _mm256_srli_epi16(a, n)
#define vec_shl32(a, n)       _mm256_slli_epi32(a, n)
#define vec_shr32(a, n)       _mm256_srli_epi32(a, n)
#define vec_shl16_by(a, n)    _mm256_sll_epi16(a, _mm_cvtsi32_si128((int)(n)))
#define vec_shr16_by(a, n)    _mm256_srl_epi16(a, _mm_cvtsi32_si128((int)(n)))
#define vec_add16(a, b)       _mm256_add_epi16(a, b)
#define vec_sub16(a, b)       _mm256_sub_epi16(a, b)
#define vec_sub8(a, b)        _mm256_sub_epi8(a, b)
#define vec_add16_most(a, b)  _mm256_adds_epu16(a, b)
#define vec_sub16_least(a, b) _mm256_subs_epu16(a, b)
#define vec_min16(a, b)       _mm256_min_epu16(a, b)
#define vec_mul16(a, b)       _mm256_mullo_epi16(a, b)
#define vec_mul16_high(a, b)  _mm256_mulhi_epu16(a, b)
#define vec_equal16(a, b)     _mm256_cmpeq_epi16(a, b)
#define vec_above16(a, b)     _mm256_cmpgt_epi16(a, b)
#define vec_pick16(a, b)      _mm256_blend_epi16(a, b, 0xaa)
#define vec_mean8_up(a, b)    _mm256_avg_epu8(a, b)
#define vec_zip_low16(a, b)   _mm256_unpacklo_epi16(a, b)
#define vec_zip_high16(a, b)  _mm256_unpackhi_epi16(a, b)
#define vec_zip_low64(a, b)   _mm256_unpacklo_epi64(a, b)
#define vec_zip_high64(a, b)  _mm256_unpackhi_epi64(a, b)
#define vec_narrow32(a, b)    _mm256_packus_epi32(a, b)
#define vec_narrow16(a, b)    _mm256_packus_epi16(a, b)

#elif defined(VECTOR_TARGET)
#include <smmintrin.h>

#define VECTOR_LANES 1

typedef __m128i vec;

static inline vec vec_load(const void *address)
{
	return _mm_loadu_si128((const __m128i *)address);
}

static inline void vec_store(void *address, vec a)
{
	_mm_storeu_si128((__m128i *)address, a);
}

static inline vec vec_load_wider(const void *address)
{
	return _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)address));
}

#define vec_set8(x)           _mm_set1_epi8((char)(x))
#define vec_set16(x)          _mm_set1_epi16((short)(x))
#define vec_set32(x)          _mm_set1_epi32((int)(x))
#define vec_and(a, b)         _mm_and_si128(a, b)
#define vec_or(a, b)          _mm_or_si128(a, b)
#define vec_xor(a, b)         _mm_xor_si128(a, b)
#define vec_select(yes, a, b) _mm_blendv_epi8(b, a, yes)
#define vec_shuffle(a, order) _mm_shuffle_epi8(a, order)
#define vec_shl16(a, n)       _mm_slli_epi16(a, n)
#define vec_shr16(a, n)       _mm_srli_epi16(a, n)
#define vec_shl32(a, n)       _mm_slli_epi32(a, n)
#define vec_shr32(a, n)       _mm_srli_epi32(a, n)
#define vec_shl16_by(a, n)    _mm_sll_epi16(a, _mm_cvtsi32_si128((int)(n)))
#define vec_shr16_by(a, n)    _mm_srl_epi16(a, _mm_cvtsi32_si128((int)(n)))
#define vec_add16(a, b)       _mm_add_epi16(a, b)
#define vec_sub16(a, b)       _mm_sub_epi16(a, b)
#define vec_sub8(a, b)        _mm_sub_epi8(a, b)
#define vec_add16_most(a, b)  _mm_adds_epu16(a, b)
#define vec_sub16_least(a, b) _mm_subs_epu16(a, b)
#define vec_min16(a, b)       _mm_min_epu16(a, b)
#define vec_mul16(a, b)       _mm_mullo_epi16(a, b)
#define vec_mul16_high(a, b)  _mm_mulhi_epu16(a, b)
#define vec_equal16(a, b)     _mm_cmpeq_epi16(a, b)
#define vec_above16(a, b)     _mm_cmpgt_epi16(a, b)
#define vec_pick16(a, b)      _mm_blend_epi16(a, b, 0xaa)
#define vec_mean8_up(a, b)    _mm_avg_epu8(a, b)
#define vec_zip_low16(a, b)   _mm_unpacklo_epi16(a, b)
#define vec_zip_high16(a, b)  _mm_unpackhi_epi16(a, b)
#define vec_zip_low64(a, b)   _mm_unpacklo_epi64(a, b)
#define vec_zip_high64(a, b)  _mm_unpackhi_epi64(a, b)
#define vec_narrow32(a, b)    _mm_packus_epi32(a, b)
#define vec_narrow16(a, b)    _mm_packus_epi16(a, b)

#elif defined(VECTOR_NEON) && defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <arm_neon.h>

#define VECTOR_LANES 1

typedef uint16x8_t vec;

#define VEC_BYTES(a) vreinterpretq_u8_u16(a)
#define VEC_32(a)    vreinterpretq_u32_u16(a)
#define VEC_64(a)    vreinterpretq_u64_u16(a)
#define BYTES_VEC(a) vreinterpretq_u16_u8(a)
#define VEC_OF_32(a) vreinterpretq_u16_u32(a)
#define VEC_OF_64(a) vreinterpretq_u16_u64(a)

static inline vec vec_load(const void *address)
{
	return BYTES_VEC(vld1q_u8((const uint8_t *)address));
}

static inline void vec_store(void *address, vec a)
{
	vst1q_u8((uint8_t *)address, VEC_BYTES(a));
}

static inline vec vec_load_wider(const void *address)
{
	return vmovl_u8(vld1_u8((const uint8_t *)address));
}

static inline vec vec_mul16_high(vec a, vec b)
{
	uint32x4_t low = vmull_u16(vget_low_u16(a), vget_low_u16(b));
	uint32x4_t high = vmull_high_u16(a, b);

	return vuzp2q_u16(VEC_OF_32(low), VEC_OF_32(high));
}

#define vec_set8(x)           BYTES_VEC(vdupq_n_u8((uint8_t)(x)))
#define vec_set16(x)          vdupq_n_u16((uint16_t)(x))
#define vec_set32(x)          VEC_OF_32(vdupq_n_u32((uint32_t)(x)))
#define vec_and(a, b)         vandq_u16(a, b)
#define vec_or(a, b)          vorrq_u16(a, b)
#define vec_xor(a, b)         veorq_u16(a, b)
#define vec_select(yes, a, b) vbslq_u16(yes, a, b)
#define vec_shuffle(a, order) BYTES_VEC(vqtbl1q_u8(VEC_BYTES(a), VEC_BYTES(order)))
#define vec_shl16(a, n)       vshlq_n_u16(a, n)
#define vec_shr16(a, n)       vshrq_n_u16(a, n)
#define vec_shl32(a, n)       VEC_OF_32(vshlq_n_u32(VEC_32(a), n))
#define vec_shr32(a, n)       VEC_OF_32(vshrq_n_u32(VEC_32(a), n))
#define vec_shl16_by(a, n)    vshlq_u16(a, vdupq_n_s16((int16_t)(n)))
#define vec_shr16_by(a, n)    vshlq_u16(a, vdupq_n_s16((int16_t) - (int16_t)(n)))
#define vec_add16(a, b)       vaddq_u16(a, b)
#define vec_sub16(a, b)       vsubq_u16(a, b)
#define vec_add16_most(a, b)  vqaddq_u16(a, b)
#define vec_sub16_least(a, b) vqsubq_u16(a, b)
#define vec_min16(a, b)       vminq_u16(a, b)
#define vec_mul16(a, b)       vmulq_u16(a, b)
#define vec_equal16(a, b)     vceqq_u16(a, b)
#define vec_above16(a, b)     vcgtq_u16(a, b)
#define vec_pick16(a, b)      vbslq_u16(VEC_OF_32(vdupq_n_u32(0xffff)), a, b)
#define vec_mean8_up(a, b)    BYTES_VEC(vrhaddq_u8(VEC_BYTES(a), VEC_BYTES(b)))
#define vec_mean8_down(a, b)  BYTES_VEC(vhaddq_u8(VEC_BYTES(a), VEC_BYTES(b)))
#define vec_zip_low16(a, b)   vzip1q_u16(a, b)
#define vec_zip_high16(a, b)  vzip2q_u16(a, b)
#define vec_zip_low64(a, b)   VEC_OF_64(vzip1q_u64(VEC_64(a), VEC_64(b)))
#define vec_zip_high64(a, b)  VEC_OF_64(vzip2q_u64(VEC_64(a), VEC_64(b)))
#define vec_narrow16(a, b)    BYTES_VEC(vuzp1q_u8(VEC_BYTES(a), VEC_BYTES(b)))
#define vec_even16(a, b)      vuzp1q_u16(a, b)
#define vec_odd16(a, b)       vuzp2q_u16(a, b)

#endif

#ifdef VECTOR_LANES

#if VECTOR_LANES == 1
static inline vec vec_load_lanes(const void *address, size_t step)
{
	return vec_load(address);
}

static inline void vec_store_lanes(void *address, size_t step, vec a)
{
	vec_store(address, a);
}
#endif

/* The same in every lane. */
static inline vec vec_spread8(const uint8_t bytes[static 16])
{
	return vec_load_lanes(bytes, 0);
}

static inline vec vec_spread16(const uint16_t words[static 8])
{
	return vec_load_lanes(words, 0);
}

#ifndef vec_mean8_down
static inline vec vec_mean8_down(vec a, vec b)
{
	return vec_sub8(vec_mean8_up(a, b), vec_and(vec_xor(a, b), vec_set8(1)));
}
#endif

/* Of 16 words the eight at even and those at odd places. */
#ifndef vec_even16
static inline vec vec_even16(vec a, vec b)
{
	return vec_narrow32(vec_and(a, vec_set32(0xffff)), vec_and(b, vec_set32(0xffff)));
}

static inline vec vec_odd16(vec a, vec b)
{
	return vec_narrow32(vec_shr32(a, 16), vec_shr32(b, 16));
}
#endif

/*
 * Three vectors taken in turn, an element of each: bytes to 48 bytes for each lane, or words to
 * 48 bytes for each lane, lane n at address + n * step.
 */
#ifdef VECTOR_NEON
static inline void vec_store_3x8(void *address, vec a, vec b, vec c)
{
	vst3q_u8(address, (uint8x16x3_t){ { VEC_BYTES(a), VEC_BYTES(b), VEC_BYTES(c) } });
}

static inline void vec_store_3x16(void *address, size_t step, vec a, vec b, vec c)
{
	vst3q_u16(address, (uint16x8x3_t){ { a, b, c } });
}
#else
/* Where byte "to" of 48 comes from, in source n of three; 255 if from another. */
#define VEC_FROM_8(to, n)  ((to) % 3 == (n) ? (to) / 3 : 255)
#define VEC_FROM_16(to, n) ((to) / 2 % 3 == (n) ? (to) / 6 * 2 + (to) % 2 : 255)

#define VEC_ORDER(from, to, n)                                                  \
	{                                                                       \
		from(to, n), from(to + 1, n), from(to + 2, n), from(to + 3, n), \
			from(to + 4, n), from(to + 5, n), from(to + 6, n),      \
			from(to + 7, n), from(to + 8, n), from(to + 9, n),      \
			from(to + 10, n), from(to + 11, n), from(to + 12, n),   \
			from(to + 13, n), from(to + 14, n), from(to + 15, n),   \
	}

#define VEC_ORDERS(from)                                                                 \
	{                                                                                \
		{ VEC_ORDER(from, 0, 0), VEC_ORDER(from, 0, 1), VEC_ORDER(from, 0, 2) }, \
			{ VEC_ORDER(from, 16, 0), VEC_ORDER(from, 16, 1),                \
			  VEC_ORDER(from, 16, 2) },                                      \
			{ VEC_ORDER(from, 32, 0), VEC_ORDER(from, 32, 1),                \
			  VEC_ORDER(from, 32, 2) },                                      \
	}

static inline vec vec_pick_3(const uint8_t order[3][16], vec a, vec b, vec c)
{
	return vec_or(vec_or(vec_shuffle(a, vec_spread8(order[0])),
			     vec_shuffle(b, vec_spread8(order[1]))),
		      vec_shuffle(c, vec_spread8(order[2])));
}

static inline void vec_store_3x8(void *address, vec a, vec b, vec c)
{
	static const uint8_t order[3][3][16] = VEC_ORDERS(VEC_FROM_8);
	uint8_t *bytes = address;

	for (unsigned i = 0; i < 3; i++)
		vec_store_lanes(bytes + 16 * i, 48, vec_pick_3(order[i], a, b, c));
}

static inline void vec_store_3x16(void *address, size_t step, vec a, vec b, vec c)
{
	static const uint8_t order[3][3][16] = VEC_ORDERS(VEC_FROM_16);
	uint8_t *bytes = address;

	for (unsigned i = 0; i < 3; i++)
		vec_store_lanes(bytes + 16 * i, step, vec_pick_3(order[i], a, b, c));
}
#endif

#if defined(VECTOR_TARGET) && defined(__clang__)
#define VECTOR_END _Pragma("clang attribute pop")
#else
#define VECTOR_END
#endif

#endif
#endif
