/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --doctor looks at with a USB camera: the driver, and the bus. */
#ifndef RAWLINE_UVC_DOCTOR_H
#define RAWLINE_UVC_DOCTOR_H

#include "common/tool/doctor.h"

extern const struct doctor_driver uvc_doctor_drivers[];
extern const struct doctor_parameter uvc_doctor_parameters[];

/*
 * Whether the bus carries what a stream needs: asked names its mode, lighter what needs less (a
 * list with a comma behind each).
 */
void uvc_doctor_bus(struct doctor *doctor, const struct doctor_plan *plan,
		    const char *asked, const char *lighter);

#endif
