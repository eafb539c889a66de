/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raspberry Pi 5: RAW as its camera front end compresses it, mode 1, 8 pixels in 8 bytes. It compiles
 * in the kernel, where the hardware is, and outside, where tests compute what must have come.
 */
#ifndef PISP_H
#define PISP_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#define PISP_BLOCK 8 /* pixels, and bytes */

/* The line of so many samples of 16 bits each, the last block filled up with its last pixels. */
void pisp_compress(const uint16_t *samples, uint32_t width, uint8_t *line);

/* Four samples of a phase, as a word. */
uint32_t pisp_word(const uint16_t samples[4]);

#endif
