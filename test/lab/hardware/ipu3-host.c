// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Emulated Intel IPU3, the PCI host: configuration spaces, the window in which the BARs lie, message
 * interrupts. A function is there if the device tree has a node for it.
 */
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#include "ipu3.h"

#define FUNCTIONS   2
#define CAP_MSI     0x50
#define CAP_PM      0x60
#define MSI_FLAGS   (CAP_MSI + PCI_MSI_FLAGS)
#define MSI_DATA    (CAP_MSI + PCI_MSI_DATA_64)
#define MSI_ADDRESS 0xfee00000 /* where messages go; nothing is there */

struct ipu3_host {
	struct lab_window window;
	struct resource buses;
	struct ipu3_function *functions[FUNCTIONS];
	struct irq_domain *inner, *messages;
};

/* ---- configuration space ---- */

static u32 get_config32(const struct ipu3_function *function, int offset)
{
	return *(const u32 *)(function->config + offset);
}

static u16 get_config16(const struct ipu3_function *function, int offset)
{
	return *(const u16 *)(function->config + offset);
}

void ipu3_identify(struct ipu3_function *function, u16 device)
{
	u8 *config = function->config;

	*(u16 *)(config + PCI_VENDOR_ID) = PCI_VENDOR_ID_INTEL;
	*(u16 *)(config + PCI_DEVICE_ID) = device;
	*(u16 *)(config + PCI_STATUS) = PCI_STATUS_CAP_LIST;
	*(u16 *)(config + PCI_CLASS_DEVICE) = PCI_CLASS_MULTIMEDIA_OTHER;
	config[PCI_REVISION_ID] = 1;
	config[PCI_CAPABILITY_LIST] = CAP_MSI;
	config[CAP_MSI + PCI_CAP_LIST_ID] = PCI_CAP_ID_MSI;
	config[CAP_MSI + PCI_CAP_LIST_NEXT] = CAP_PM;
	*(u16 *)(config + MSI_FLAGS) = PCI_MSI_FLAGS_64BIT;
	config[CAP_PM + PCI_CAP_LIST_ID] = PCI_CAP_ID_PM;
	config[CAP_PM + PCI_PM_PMC] = 3; /* version */
	*(u16 *)(config + CAP_PM + PCI_PM_CTRL) = PCI_PM_CTRL_NO_SOFT_RESET;
}

static struct ipu3_function *find_function(struct pci_bus *bus, unsigned int devfn)
{
	struct ipu3_host *host = bus->sysdata;

	for (int i = 0; i < FUNCTIONS; i++) {
		if (host->functions[i] && host->functions[i]->devfn == devfn)
			return host->functions[i];
	}
	return NULL;
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct ipu3_function *function = find_function(bus, devfn);

	*value = ~0;
	if (!function)
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (where + size > sizeof(function->config))
		return PCIBIOS_SUCCESSFUL;
	*value = 0;
	memcpy(value, function->config + where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct ipu3_function *function = find_function(bus, devfn);

	if (!function)
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (where + size > sizeof(function->config))
		return PCIBIOS_SUCCESSFUL;
	if (where == PCI_BASE_ADDRESS_0)
		value &= ~(function->bar_size - 1);
	else if (where != PCI_COMMAND && where != PCI_INTERRUPT_LINE && where < MSI_FLAGS)
		return PCIBIOS_SUCCESSFUL; /* read only */
	memcpy(function->config + where, &value, size);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = { .read = read_config, .write = write_config };

/* ---- registers ---- */

/* The function whose BAR has this place of the window, and the offset in it. */
static struct ipu3_function *find_bar(struct lab_window *window, u32 *offset)
{
	struct ipu3_host *host = container_of(window, struct ipu3_host, window);

	for (int i = 0; i < FUNCTIONS; i++) {
		struct ipu3_function *function = host->functions[i];
		u32 base;

		if (!function)
			continue;
		base = get_config32(function, PCI_BASE_ADDRESS_0) -
		       (u32)host->window.resource.start;
		if (*offset >= base && *offset - base < function->bar_size) {
			*offset -= base;
			return function;
		}
	}
	return NULL;
}

static u32 read_word(struct lab_window *window, u32 offset)
{
	struct ipu3_function *function = find_bar(window, &offset);

	return function ? function->read(function, offset) : ~0;
}

static void write_word(struct lab_window *window, u32 offset, u32 value)
{
	struct ipu3_function *function = find_bar(window, &offset);

	if (function)
		function->write(function, offset, value);
}

static u8 read_byte(struct lab_window *window, u32 offset)
{
	struct ipu3_function *function = find_bar(window, &offset);

	return function && function->read_byte ? function->read_byte(function, offset) : ~0;
}

static void write_byte(struct lab_window *window, u32 offset, u8 value)
{
	struct ipu3_function *function = find_bar(window, &offset);

	if (function && function->write_byte)
		function->write_byte(function, offset, value);
}

/* ---- interrupts ---- */

/* The message that a driver's interrupt is: its number. */
static void compose_message(struct irq_data *data, struct msi_msg *message)
{
	message->address_hi = 0;
	message->address_lo = MSI_ADDRESS;
	message->data = data->irq;
}

static struct irq_chip inner_chip = {
	.name = "lab-ipu3",
	.irq_compose_msi_msg = compose_message,
};

static int alloc_line(struct irq_domain *domain, unsigned int virq, unsigned int count,
		      void *args)
{
	for (unsigned int i = 0; i < count; i++)
		irq_domain_set_info(domain, virq + i, i, &inner_chip, NULL,
				    handle_simple_irq, NULL, NULL);
	return 0;
}

static void free_line(struct irq_domain *domain, unsigned int virq, unsigned int count)
{
}

static const struct irq_domain_ops inner_ops = { .alloc = alloc_line, .free = free_line };

static struct irq_chip message_chip = {
	.name = "lab-ipu3-msi",
	.irq_mask = pci_msi_mask_irq,
	.irq_unmask = pci_msi_unmask_irq,
};

static struct msi_domain_info message_info = {
	.flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS,
	.chip = &message_chip,
};

void ipu3_interrupt(struct ipu3_function *function)
{
	if (!(get_config16(function, MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE)) {
		function->unraised++;
		return;
	}
	function->interrupts++;
	/* What the driver's side has written as the message tells whom to call. */
	generic_handle_irq_safe(get_config16(function, MSI_DATA));
}

/* ---- start ---- */

static int add_functions(struct ipu3_host *host, struct device_node *node)
{
	struct device_node *cio2_node = of_get_child_by_name(node, "cio2");
	struct device_node *imgu_node = of_get_child_by_name(node, "imgu");
	struct cio2 *cio2 = NULL;
	struct imgu *imgu = NULL;

	if (cio2_node) {
		cio2 = cio2_create(cio2_node);
		if (IS_ERR(cio2))
			return PTR_ERR(cio2);
		host->functions[0] = cio2_function(cio2);
	}
	if (imgu_node) {
		imgu = imgu_create(imgu_node);
		if (IS_ERR(imgu))
			return PTR_ERR(imgu);
		host->functions[1] = imgu_function(imgu);
	}
	if (cio2)
		cio2_meet(cio2, imgu);
	if (imgu)
		imgu_meet(imgu, cio2);
	return 0;
}

/*
 * pci_host_probe() in steps: the PCI code of user-mode Linux knows no device tree, so node and
 * interrupt domain are given to the functions by hand, after they were found and before drivers bind.
 */
static int scan(struct ipu3_host *host, struct device *dev)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);
	struct pci_dev *function;
	int ret;

	if (!bridge)
		return -ENOMEM;
	pci_add_resource(&bridge->windows, &host->window.resource);
	pci_add_resource(&bridge->windows, &host->buses);
	bridge->dev.parent = dev;
	bridge->dev.of_node = dev->of_node;
	bridge->ops = &config_ops;
	bridge->sysdata = host;
	ret = pci_scan_root_bus_bridge(bridge);
	if (ret)
		return ret;
	list_for_each_entry(function, &bridge->bus->devices, bus_list)
	{
		struct ipu3_function *ours = find_function(bridge->bus, function->devfn);

		dev_set_msi_domain(&function->dev, host->messages);
		device_set_node(&function->dev, of_fwnode_handle(ours->node));
	}
	pci_bus_size_bridges(bridge->bus);
	pci_bus_assign_resources(bridge->bus);
	pci_bus_add_devices(bridge->bus);
	return 0;
}

static int host_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct ipu3_host *host;
	int ret;

	/* For ever: its window can't be taken back. */
	host = kzalloc(sizeof(*host), GFP_KERNEL);
	if (!host)
		return -ENOMEM;
	ret = add_functions(host, dev->of_node);
	if (ret)
		return ret;
	host->buses.name = dev_name(dev);
	host->buses.flags = IORESOURCE_BUS;
	host->window.read = read_word;
	host->window.write = write_word;
	host->window.read_byte = read_byte;
	host->window.write_byte = write_byte;
	host->inner = irq_domain_create_linear(irq_domain_alloc_named_fwnode("lab-ipu3"),
					       FUNCTIONS, &inner_ops, host);
	if (!host->inner)
		return -ENOMEM;
	host->messages = pci_msi_create_irq_domain(of_node_to_fwnode(dev->of_node),
						   &message_info, host->inner);
	if (!host->messages)
		return -ENOMEM;
	ret = lab_window_add(&host->window, dev->of_node, 0);
	if (!ret)
		ret = scan(host, dev);
	return ret ? dev_err_probe(dev, ret, "cannot be set up\n") : 0;
}

static const struct of_device_id host_match[] = { { .compatible = "lab,ipu3" }, {} };

static struct platform_driver host_driver = {
	.driver = { .name = "lab-ipu3",
		    .of_match_table = host_match,
		    .suppress_bind_attrs = true },
	.probe = host_probe,
};

static int __init host_init(void)
{
	__module_get(THIS_MODULE);
	return platform_driver_register(&host_driver);
}
module_init(host_init);

/* Of an x86 kernel; what they change about pages means nothing to the lab's. */
int set_memory_uc(unsigned long address, int pages);
int set_memory_uc(unsigned long address, int pages)
{
	return 0;
}
EXPORT_SYMBOL(set_memory_uc);

int set_memory_wb(unsigned long address, int pages);
int set_memory_wb(unsigned long address, int pages)
{
	return 0;
}
EXPORT_SYMBOL(set_memory_wb);

MODULE_DESCRIPTION("Emulated Intel IPU3 of the lab");
MODULE_LICENSE("GPL");
