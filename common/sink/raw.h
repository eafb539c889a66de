/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame's bytes, from its mapped buffer into a descriptor. */
#ifndef RAWLINE_RAW_H
#define RAWLINE_RAW_H

#include <stdint.h>

struct frame;

/*
 * Writes the planes one after another, each from its data_offset on and bytesused long, in
 * one write(2) or writev(2) unless the descriptor takes only a part; nothing is copied. The
 * buffer is mapped, long enough, and open for reading. Waits as long as it takes, also if
 * the descriptor is O_NONBLOCK. Returns 0, or -errno, and then some of it may be written.
 */
int raw_write(const struct frame *frame, int fd);

/*
 * The same for a frame of MJPG, with the standard Huffman tables in front of its scan if it
 * has none (see mjpeg.h). All bytes of the camera are written, with what it puts behind the
 * picture. *bytes is how many they are, and the tables.
 */
int raw_write_mjpeg(const struct frame *frame, int fd, uint64_t *bytes);

#endif
