// SPDX-License-Identifier: GPL-2.0-or-later
/* VideoCore: who is at which buffer, and a budget of contiguous memory for all drivers together. */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <media/videobuf2-dma-contig.h>

#include "lab.h"
#include "vc.h"

#define USES 16
/* Beyond what there is in one piece the kernel would complain in its log. */
#define MEMORY (240ul << 20)

static DEFINE_SPINLOCK(lock);
static struct {
	bool taken;
	enum vc_user user;
	unsigned long page;
} uses[USES];
static u32 overlap_write, overlap_read; /* who came second: the receiver, the ISP */

static struct vb2_mem_ops memory_ops;
static DEFINE_XARRAY(allocations); /* sizes */
static u32 budget, used, denied;   /* bytes; a budget of 0 is none */

void vc_memory_begin(enum vc_user user, unsigned long page)
{
	unsigned long flags;
	int place = -1;

	spin_lock_irqsave(&lock, flags);
	for (int i = 0; i < USES; i++) {
		if (!uses[i].taken)
			place = i;
		else if (uses[i].user != user && uses[i].page == page && user == VC_ISP)
			overlap_read++;
		else if (uses[i].user != user && uses[i].page == page)
			overlap_write++;
	}
	if (!WARN_ON(place < 0)) {
		uses[place].taken = true;
		uses[place].user = user;
		uses[place].page = page;
	}
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(vc_memory_begin);

void vc_memory_end(enum vc_user user, unsigned long page)
{
	unsigned long flags;
	int i = 0;

	spin_lock_irqsave(&lock, flags);
	while (i < USES && !(uses[i].taken && uses[i].user == user && uses[i].page == page))
		i++;
	if (!WARN_ON(i == USES))
		uses[i].taken = false;
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(vc_memory_end);

static bool take(unsigned long size)
{
	unsigned long flags, most = budget ?: MEMORY;
	bool fits;

	spin_lock_irqsave(&lock, flags);
	fits = size <= most - min_t(unsigned long, used, most);
	if (fits)
		used += size;
	else
		denied++;
	spin_unlock_irqrestore(&lock, flags);
	return fits;
}

static void give_back(unsigned long size)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	used -= size;
	spin_unlock_irqrestore(&lock, flags);
}

static void *allocate(struct vb2_buffer *vb, struct device *dev, unsigned long size)
{
	unsigned long pages = PAGE_ALIGN(size);
	void *buffer;

	if (!take(pages))
		return ERR_PTR(-ENOMEM);
	buffer = vb2_dma_contig_memops.alloc(vb, dev, size);
	if (IS_ERR_OR_NULL(buffer)) {
		give_back(pages);
		return buffer;
	}
	/* If it can't be told, it is not counted. */
	if (xa_err(xa_store(&allocations, (unsigned long)buffer, xa_mk_value(pages),
			    GFP_KERNEL)))
		give_back(pages);
	return buffer;
}

/* An export keeps a buffer alive; it counts until its queue lets go. */
static void put(void *buffer)
{
	void *pages = xa_erase(&allocations, (unsigned long)buffer);

	if (pages)
		give_back(xa_to_value(pages));
	vb2_dma_contig_memops.put(buffer);
}

const struct vb2_mem_ops *vc_memory_ops(void)
{
	return &memory_ops;
}
EXPORT_SYMBOL_GPL(vc_memory_ops);

static int __init vc_init(void)
{
	static const struct lab_number counters[] = {
		{ "overlap_write", &overlap_write },
		{ "overlap_read", &overlap_read },
		{ "used", &used },
		{ "denied", &denied },
	};
	struct dentry *folder = lab_folder("vc");

	memory_ops = vb2_dma_contig_memops;
	memory_ops.alloc = allocate;
	memory_ops.put = put;
	lab_add_counters(folder, counters, ARRAY_SIZE(counters));
	lab_add_faults(folder, &(struct lab_number){ "memory", &budget }, 1);
	return 0;
}
module_init(vc_init);

MODULE_DESCRIPTION("What emulated parts of a VideoCore share");
MODULE_LICENSE("GPL");
