/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a frame, as pictures note it. */
#ifndef RAWLINE_NOTES_H
#define RAWLINE_NOTES_H

struct picture_notes;
struct sidecar_frame;

/* Fills in all but the camera's names. */
void notes_from_frame(struct picture_notes *notes, const struct sidecar_frame *frame);

#endif
