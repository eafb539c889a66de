/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Little-endian numbers as USB carries them, and the clock. */
#ifndef RAWLINE_UVC_WIRE_H
#define RAWLINE_UVC_WIRE_H

#include <stdint.h>
#include <time.h>

static inline void put_le16(uint8_t *at, uint16_t value)
{
	at[0] = value & 0xff;
	at[1] = value >> 8;
}

static inline void put_le32(uint8_t *at, uint32_t value)
{
	put_le16(at, value & 0xffff);
	put_le16(at + 2, value >> 16);
}

static inline uint16_t get_le16(const uint8_t *at)
{
	return at[0] | at[1] << 8;
}

static inline uint32_t get_le32(const uint8_t *at)
{
	return get_le16(at) | (uint32_t)get_le16(at + 2) << 16;
}

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
