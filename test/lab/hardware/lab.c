// SPDX-License-Identifier: GPL-2.0-or-later
/* Lab: register windows, interrupt lines, faults, memory and light of emulated devices. */
#include <linux/debugfs.h>
#include <linux/irq.h>
#include <linux/logic_iomem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of_address.h>

#include "lab.h"

#define WINDOWS 8

static struct dentry *root;
static struct lab_window *windows[WINDOWS];

/* ---- registers ---- */

static unsigned long window_read(void *priv, unsigned int offset, int size)
{
	struct lab_window *window = priv;

	if (size == 1 && window->read_byte)
		return window->read_byte(window, offset);
	return size == 4 ? window->read(window, offset) : ~0ul;
}

static void window_write(void *priv, unsigned int offset, int size, unsigned long value)
{
	struct lab_window *window = priv;

	if (size == 1 && window->write_byte)
		window->write_byte(window, offset, value);
	else if (size == 4)
		window->write(window, offset, value);
}

static const struct logic_iomem_ops window_ops = {
	.read = window_read,
	.write = window_write,
};

static long window_map(int number, unsigned long offset,
		       const struct logic_iomem_ops **ops, void **priv)
{
	*ops = &window_ops;
	*priv = windows[number];
	return offset;
}

/* The kernel does not tell map() which region it is for: a function for each. */
#define WINDOW_MAP(n)                                                               \
	static long window_map_##n(unsigned long offset, size_t size,               \
				   const struct logic_iomem_ops **ops, void **priv) \
	{                                                                           \
		return window_map(n, offset, ops, priv);                            \
	}
WINDOW_MAP(0)
WINDOW_MAP(1)
WINDOW_MAP(2)
WINDOW_MAP(3)
WINDOW_MAP(4)
WINDOW_MAP(5)
WINDOW_MAP(6)
WINDOW_MAP(7)

static const struct logic_iomem_region_ops region_ops[WINDOWS] = {
	{ window_map_0 }, { window_map_1 }, { window_map_2 }, { window_map_3 },
	{ window_map_4 }, { window_map_5 }, { window_map_6 }, { window_map_7 },
};

int lab_window_add(struct lab_window *window, struct device_node *node, int index)
{
	int number = 0;
	int ret;

	while (number < WINDOWS && windows[number])
		number++;
	if (number == WINDOWS)
		return -ENOSPC;
	ret = of_address_to_resource(node, index, &window->resource);
	if (ret)
		return ret;
	ret = logic_iomem_add_region(&window->resource, &region_ops[number]);
	if (!ret)
		windows[number] = window;
	return ret;
}
EXPORT_SYMBOL_GPL(lab_window_add);

/* ---- interrupts ---- */

static int line_map(struct irq_domain *domain, unsigned int virq, irq_hw_number_t line)
{
	irq_set_chip_and_handler(virq, &dummy_irq_chip, handle_simple_irq);
	return 0;
}

static const struct irq_domain_ops line_ops = {
	.map = line_map,
	.xlate = irq_domain_xlate_onecell,
};

struct irq_domain *lab_lines_add(struct device_node *node, unsigned int count)
{
	return irq_domain_add_linear(node, count, &line_ops, NULL);
}
EXPORT_SYMBOL_GPL(lab_lines_add);

void lab_line_raise(struct irq_domain *lines, unsigned int line)
{
	generic_handle_domain_irq_safe(lines, line);
}
EXPORT_SYMBOL_GPL(lab_line_raise);

/* ---- faults and memory ---- */

struct dentry *lab_folder(const char *name)
{
	return debugfs_create_dir(name, root);
}
EXPORT_SYMBOL_GPL(lab_folder);

void lab_add_counters(struct dentry *folder, const struct lab_number *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		debugfs_create_u32(counters[i].name, 0444, folder, counters[i].number);
}
EXPORT_SYMBOL_GPL(lab_add_counters);

void lab_add_faults(struct dentry *folder, const struct lab_number *faults, size_t count)
{
	char name[32];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "fault_%s", faults[i].name);
		debugfs_create_u32(name, 0644, folder, faults[i].number);
	}
}
EXPORT_SYMBOL_GPL(lab_add_faults);

bool lab_fault(u32 *fault)
{
	u32 left = READ_ONCE(*fault);

	if (left && left != LAB_FOREVER)
		WRITE_ONCE(*fault, left - 1);
	return left;
}
EXPORT_SYMBOL_GPL(lab_fault);

void *lab_memory(u64 address, size_t size)
{
	/* Memory is one piece: its ends decide. A bus address is a physical one here. */
	if (!address || !size || !pfn_valid(PHYS_PFN(address)) ||
	    !pfn_valid(PHYS_PFN(address + size - 1)))
		return NULL;
	return phys_to_virt(address);
}
EXPORT_SYMBOL_GPL(lab_memory);

/* ---- light ---- */

static struct scene_light scene_light = {
	.brightness = SCENE_BRIGHTNESS,
	/* Daylight, as seen through the sensor's filters */
	.red = 154,
	.green = 256,
	.blue = 179,
};

void lab_scene_light(struct scene_light *light)
{
	light->brightness = READ_ONCE(scene_light.brightness);
	light->red = READ_ONCE(scene_light.red);
	light->green = READ_ONCE(scene_light.green);
	light->blue = READ_ONCE(scene_light.blue);
}

/* scene.c itself knows no kernel. */
EXPORT_SYMBOL_GPL(scene_palette);
EXPORT_SYMBOL_GPL(scene_kind);
EXPORT_SYMBOL_GPL(scene_line);
EXPORT_SYMBOL_GPL(scene_filter);

static int __init lab_init(void)
{
	struct dentry *folder;

	root = debugfs_create_dir("lab", NULL);
	folder = lab_folder("scene");
	debugfs_create_u32("brightness", 0644, folder, &scene_light.brightness);
	debugfs_create_u32("red", 0644, folder, &scene_light.red);
	debugfs_create_u32("green", 0644, folder, &scene_light.green);
	debugfs_create_u32("blue", 0644, folder, &scene_light.blue);
	/* See lab_window_add(). */
	__module_get(THIS_MODULE);
	return lab_sensor_register();
}
module_init(lab_init);

MODULE_DESCRIPTION("What emulated cameras of the lab share");
MODULE_LICENSE("GPL");
