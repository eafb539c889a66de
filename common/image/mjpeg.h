/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a camera sends as MJPG, without decoding it: is the frame all there, and are the
 * Huffman tables, which many cameras leave out?
 *
 * The bytes are a camera's and are trusted in nothing.
 */
#ifndef RAWLINE_MJPEG_H
#define RAWLINE_MJPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MJPEG_TABLES_SIZE 420

/*
 * The tables that a decoder of Motion JPEG is to assume where a frame has none (ITU-T T.81,
 * K.3 to K.6): one whole DHT segment, with its marker.
 */
extern const uint8_t mjpeg_tables[MJPEG_TABLES_SIZE];

/*
 * True if the frame begins with the marker SOI and has an EOI at its end. Behind the EOI
 * there may be zeros, as many as there are, and before these up to 62 bytes of anything:
 * cameras fill up their packets. Nothing between the two markers is looked at, so this costs
 * a few cache lines; what is broken in the middle is for the driver to say.
 */
bool mjpeg_is_whole(const void *frame, size_t bytes);

/*
 * Where mjpeg_tables are to be put in, counted from the start: before the scan of a baseline
 * frame that defines no Huffman table of its own. 0 if none are missing, and also for what
 * can't be followed up to the scan, or is of another kind: such a frame is best left alone.
 * Goes from one segment to the next; the picture itself is not read.
 */
size_t mjpeg_tables_offset(const void *frame, size_t bytes);

#endif
