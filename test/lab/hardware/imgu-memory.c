// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated ImgU, memory: two levels of tables with 1024 page numbers each, which the driver builds.
 *
 * There is no bit for "not mapped": the driver fills tables with the number of a page that nobody uses.
 * It never maps address 0, so what stands there is that page.
 */
#include <linux/mm.h>

#include "imgu.h"

#define LEVEL_BITS 10
#define LEVEL_MASK (BIT(LEVEL_BITS) - 1)

static const u32 *table(u32 page)
{
	return lab_memory((u64)page << PAGE_SHIFT, PAGE_SIZE);
}

unsigned long imgu_page(struct imgu *imgu, u32 address)
{
	const u32 *first = table(imgu_get(imgu, IMGU_REG_L1_PHYS));
	const u32 *second, *unused;
	u32 page;

	if (!first || imgu_get(imgu, IMGU_REG_GP_HALT) & 1)
		return 0;
	second = table(first[address >> (PAGE_SHIFT + LEVEL_BITS)]);
	unused = table(first[0]);
	if (!second || !unused)
		return 0;
	page = second[address >> PAGE_SHIFT & LEVEL_MASK];
	return page == unused[0] ? 0 : page;
}

static bool copy(struct imgu *imgu, u32 address, u8 *to, const u8 *from, u32 length)
{
	bool all = true;

	while (length) {
		u32 inside = offset_in_page(address);
		u32 part = min_t(u32, length, PAGE_SIZE - inside);
		u8 *page = lab_memory((u64)imgu_page(imgu, address) << PAGE_SHIFT, PAGE_SIZE);

		if (!page) {
			imgu->bad_dma++;
			all = false;
		} else if (to) {
			memcpy(to, page + inside, part);
		} else {
			memcpy(page + inside, from, part);
		}
		to = to ? to + part : NULL;
		from = from ? from + part : NULL;
		address += part;
		length -= part;
	}
	return all;
}

bool imgu_read(struct imgu *imgu, u32 address, void *to, u32 length)
{
	return copy(imgu, address, to, NULL, length);
}

bool imgu_write(struct imgu *imgu, u32 address, const void *from, u32 length)
{
	return copy(imgu, address, NULL, from, length);
}
