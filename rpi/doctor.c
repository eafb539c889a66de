// SPDX-License-Identifier: GPL-2.0-or-later
/* What --doctor looks at on a Raspberry Pi: which of the drivers runs, and whether it is one of ours. */
#include <string.h>

#include "common/base/status.h"
#include "common/tool/camera.h"
#include "common/tool/doctor.h"
#include "rpi/rpi.h"

#define CONFIG "/boot/firmware/config.txt"
#define ABSENT "the device tree of this machine has no camera that is switched on"
#define REMEDY \
	"put camera_auto_detect=1 (or the sensor's dtoverlay) into " CONFIG ", and reboot"

static const char *const unicam[] = { "of:N*T*Cbrcm,bcm2835-unicam*", NULL };
static const char *const cfe[] = { "of:N*T*Craspberrypi,rp1-cfe*", NULL };

/* Raspberry Pi's own driver of Unicam has the folder of mainline's. */
static const struct doctor_driver drivers[] = {
	{
		.module = "bcm2835-unicam",
		.option = "VIDEO_BCM2835_UNICAM",
		.bus = "platform",
		.driver = "unicam",
		.modaliases = unicam,
		.absent = ABSENT,
		.remedy = REMEDY,
	},
	{
		.module = "rp1-cfe",
		.option = "VIDEO_RASPBERRYPI_RP1_CFE",
		.bus = "platform",
		.driver = "rp1-cfe",
		.modaliases = cfe,
		.absent = ABSENT,
		.remedy = REMEDY,
	},
	{ .module = NULL },
};

static void look_for_firmware_stack(struct doctor *doctor)
{
	if (!rpi_has_firmware_stack())
		return;
	doctor_fault(doctor, "firmware-stack", STATUS_NO_CAMERA, "", RPI_FIRMWARE_CAUSE);
	doctor_remedy(doctor, RPI_FIRMWARE_REMEDY);
}

static bool explain(void *device, const char *code, struct doctor_words *words)
{
	const struct rpi *rpi = device;

	if (strcmp(code, "no-sensor") == 0) {
		words->cause = "the receiver is there, and no sensor came up";
		words->remedy =
			"put the sensor's dtoverlay into " CONFIG
			", reboot, and see what the kernel's log (dmesg) tells of it";
		return true;
	}
	if (!rpi)
		return false;
	if (strcmp(code, "no-isp") == 0) {
		words->subject = "ISP";
		rpi_isp_look(rpi, &words->cause, &words->remedy);
		return true;
	}
	if (strcmp(code, "not-possible") == 0 && rpi->receiver->refusal) {
		words->cause = rpi->receiver->refusal;
		words->remedy = rpi->receiver->remedy;
		return true;
	}
	return false;
}

static void examine(struct doctor *doctor, void *device, const struct doctor_plan *plan)
{
	const struct rpi *rpi = device;
	const char *cause, *remedy;

	doctor_fine(doctor, "driver", plan->camera->id, "%s", rpi->receiver->driver);
	/* A Raspberry Pi 5 has another one, and that is no fault of the set-up. */
	if (rpi->num_isps || rpi->receiver->is_cfe)
		return;
	rpi_isp_look(rpi, &cause, &remedy);
	doctor_warning(doctor, "no-isp", "ISP", "%s, so there is raw only", cause);
	doctor_remedy(doctor, "%s", remedy);
}

const struct doctor_platform rpi_doctor = {
	.drivers = drivers,
	.closed = "unicam-embedded",
	.has_sensors = true,
	.absent = look_for_firmware_stack,
	.explain = explain,
	.examine = examine,
};
