// SPDX-License-Identifier: GPL-2.0-or-later
/* Where on the screen a picture goes. */
#include "common/sink/kms_private.h"

/*
 * Sizes and places are even: half a sample of colour can't be shown, and many a scaler takes
 * nothing else.
 */
static uint32_t even(uint64_t value)
{
	return value < 2 ? 2 : (uint32_t)value & ~UINT32_C(1);
}

static uint32_t middle(uint32_t whole, uint32_t part)
{
	return (whole - part) / 2 & ~UINT32_C(1);
}

void kms_place_scaled(uint32_t width, uint32_t height, uint32_t screen_width,
		      uint32_t screen_height, struct kms_place *place)
{
	uint64_t wide = (uint64_t)width * screen_height;
	uint64_t high = (uint64_t)height * screen_width;

	*place = (struct kms_place){
		.source_width = width,
		.source_height = height,
		.width = screen_width,
		.height = screen_height,
	};
	if (wide < high)
		place->width = even(wide / height);
	else if (wide > high)
		place->height = even(high / width);
	place->x = middle(screen_width, place->width);
	place->y = middle(screen_height, place->height);
}

/* One direction of it. */
static void put_in_middle(uint32_t size, uint32_t screen, uint32_t *source,
			  uint32_t *shown, uint32_t *place)
{
	if (size <= screen) {
		*source = 0;
		*shown = size;
		*place = middle(screen, size);
	} else {
		*shown = screen;
		*source = middle(size, screen);
		*place = 0;
	}
}

void kms_place_middle(uint32_t width, uint32_t height, uint32_t screen_width,
		      uint32_t screen_height, struct kms_place *place)
{
	put_in_middle(width, screen_width, &place->source_x, &place->width, &place->x);
	put_in_middle(height, screen_height, &place->source_y, &place->height, &place->y);
	place->source_width = place->width;
	place->source_height = place->height;
}
