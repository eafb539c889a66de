/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Emulated i.MX8MP: what is between the sensor and its ISP, a CSI-2 receiver and the gasket. */
#ifndef IMX8MP_H
#define IMX8MP_H

#include <linux/types.h>

struct device;
struct imx8mp;
struct irq_domain;
struct lab_receiver;

/*
 * For the devices at properties "lab,csis" and "lab,gasket" of dev's node. What passes both comes to
 * isp; the receiver's interrupt is number line. It stays for ever, as its registers do.
 */
int imx8mp_create(struct device *dev, struct irq_domain *lines, unsigned int line,
		  struct lab_receiver *isp, struct imx8mp **imx8mp);

/* Who gets the frames of the sensor. */
struct lab_receiver *imx8mp_receiver(struct imx8mp *imx8mp);

/* Whether the receiver lost a part of the frame that it is passing on. */
bool imx8mp_is_cut(const struct imx8mp *imx8mp);

/* As after the power was off. */
void imx8mp_reset(struct imx8mp *imx8mp);

#endif
