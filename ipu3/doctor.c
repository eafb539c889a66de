// SPDX-License-Identifier: GPL-2.0-or-later
/* What --doctor looks at on an IPU3: both drivers, and the firmware of the ImgU. */
#include <string.h>

#include "common/tool/camera.h"
#include "common/tool/doctor.h"
#include "ipu3/ipu3.h"

#define IMGU    "ImgU"
#define USE_RAW "ask for raw, which needs none: -r"

static const char *const cio2[] = { "pci:v00008086d00009D32*", NULL };

static const struct doctor_driver drivers[] = {
	{
		.module = "ipu3-cio2",
		.option = "VIDEO_IPU3_CIO2",
		.bus = "pci",
		.driver = "ipu3-cio2",
		.modaliases = cio2,
		.absent = "this machine has no CIO2 (PCI 8086:9d32), or its firmware hides it",
		.remedy = "switch the cameras on in the firmware's set-up, if it has them there",
	},
	{ .module = NULL },
};

static bool explain(void *device, const char *code, struct doctor_words *words)
{
	if (strcmp(code, "no-imgu") != 0)
		return false;
	words->subject = IMGU;
	ipu3_imgu_look(&words->cause, &words->remedy);
	if (!words->remedy[0])
		words->remedy = USE_RAW;
	return true;
}

static void examine(struct doctor *doctor, void *device, const struct doctor_plan *plan)
{
	const struct ipu3 *ipu3 = device;

	/* One for all cameras; where it is not used it is not opened. */
	if (ipu3->imgu)
		doctor_check_busy(doctor, ipu3->imgu->media);
}

const struct doctor_platform ipu3_doctor = {
	.drivers = drivers,
	.has_sensors = true,
	.explain = explain,
	.examine = examine,
};
