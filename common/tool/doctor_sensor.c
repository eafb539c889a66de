// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --doctor: sensors that should be there. Devices on I2C that light comes in at (they have ports)
 * and that no driver has; and what receivers wait for, which only root is told.
 */
#include <dirent.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/status.h"
#include "common/base/sys.h"
#include "common/base/text.h"
#include "common/device/media.h"
#include "common/device/subdev.h"
#include "common/tool/camera.h"
#include "common/tool/doctor.h"

#define PENDING     "/sys/kernel/debug/v4l2-async/pending_async_subdevices"
#define DEVICE_TREE "/sys/firmware/devicetree/base"

struct sensors {
	struct doctor *doctor;
	bool is_fault;
	unsigned found;
};

static void begin_finding(struct sensors *sensors, const char *code, const char *subject,
			  const char *cause)
{
	sensors->found++;
	if (sensors->is_fault)
		doctor_fault(sensors->doctor, code, STATUS_NO_CAMERA, subject, "%s", cause);
	else
		doctor_warning(sensors->doctor, code, subject, "%s", cause);
}

/* ---- devices without a driver ---- */

static bool has_port(const struct kernel_device *device)
{
	static const char *const ports[] = { "port", "ports", "port@0" };
	char path[256];

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		snprintf(path, sizeof(path), "/sys/bus/i2c/devices/%s/of_node/%s",
			 device->name, ports[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* How a module calls its driver on I2C. */
static void driver_of(const char *module, char driver[static KERNEL_NAME_SIZE])
{
	char path[128];
	struct dirent *entry;
	DIR *folder;

	snprintf(driver, KERNEL_NAME_SIZE, "%s", module);
	snprintf(path, sizeof(path), "/sys/module/%s/drivers", module);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (text_starts_with(entry->d_name, "i2c:"))
			snprintf(driver, KERNEL_NAME_SIZE, "%.*s", KERNEL_NAME_SIZE - 1,
				 entry->d_name + strlen("i2c:"));
	if (folder)
		closedir(folder);
}

/* "sony,imx219" of "of:NcameraT(null)Csony,imx219" */
static const char *model_of(const struct kernel_device *device)
{
	const char *model = strrchr(device->modalias, 'C');

	return model && text_starts_with(device->modalias, "of:") ? model + 1 :
								    device->modalias;
}

static bool check_sensor(void *context, const struct kernel_device *device)
{
	struct sensors *sensors = context;
	struct doctor *doctor = sensors->doctor;
	char module[KERNEL_NAME_SIZE], driver[KERNEL_NAME_SIZE], subject[128];
	char reason[DOCTOR_TEXT_SIZE], cause[DOCTOR_CAUSE_SIZE];

	if (device->driver[0] || !has_port(device))
		return true;
	snprintf(subject, sizeof(subject), "%.60s at %s", model_of(device), device->name);
	if (!kernel_module_for(&doctor->kernel, device->modalias, module)) {
		begin_finding(sensors, "sensor-unknown-model", subject,
			      "this kernel has no driver for the sensor");
		doctor_remedy(doctor, "boot a kernel that has one");
	} else if (kernel_find_module(&doctor->kernel, module) == KERNEL_AVAILABLE) {
		begin_finding(sensors, "sensor-not-loaded", subject,
			      "the sensor's driver is installed, but not loaded");
		doctor_command(doctor, "modprobe %s", module);
	} else if (kernel_is_deferred(&doctor->kernel, device->name, reason, sizeof(reason))) {
		snprintf(cause, sizeof(cause), "the sensor waits for another driver: %.400s",
			 reason[0] ? reason : "the kernel does not say which");
		begin_finding(sensors, "sensor-waiting", subject, cause);
		doctor_remedy(doctor, "load the driver of what it waits for");
	} else {
		driver_of(module, driver);
		begin_finding(sensors, "sensor-unbound", subject,
			      "the sensor's driver is there, but does not drive it");
		doctor_command(doctor,
			       "echo %s > /sys/bus/i2c/drivers/%s/bind (if that fails, dmesg "
			       "tells whether the sensor answers: cable, power)",
			       device->name, driver);
	}
	return true;
}

/* ---- what receivers wait for ---- */

/* True if a device was made for the node of the device tree; it has been looked at. */
static bool has_device(const char *node)
{
	char path[300], target[PATH_MAX], *base;
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	folder = opendir("/sys/bus/i2c/devices");
	while (folder && !found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/sys/bus/i2c/devices/%s/of_node",
			 entry->d_name);
		if (!strchr(entry->d_name, '-') ||
		    text_starts_with(entry->d_name, "i2c-") || !realpath(path, target))
			continue;
		base = strstr(target, "/devicetree/base/");
		found = base && text_starts_with(node, base + strlen("/devicetree/base"));
	}
	if (folder)
		closedir(folder);
	return found;
}

/* The device behind "/i2c/camera@10/port/endpoint". */
static void cut_port(char *node)
{
	char *port = strstr(node, "/port");

	if (port)
		*port = '\0';
}

static void say_missing(struct sensors *sensors, char *node, const char *device)
{
	char path[512], model[64] = "", cause[DOCTOR_CAUSE_SIZE], module[KERNEL_NAME_SIZE];
	char modalias[128];

	cut_port(node);
	snprintf(path, sizeof(path), DEVICE_TREE "%s/compatible", node);
	sys_read_text(path, model, sizeof(model));
	snprintf(modalias, sizeof(modalias), "of:NcameraT(null)C%s", model);
	snprintf(cause, sizeof(cause),
		 "the receiver waits for this device%s%.60s, which has not come up",
		 model[0] ? ", a " : "", model);
	begin_finding(sensors, "sensor-missing", node[0] ? node : device, cause);
	if (model[0] && kernel_module_for(&sensors->doctor->kernel, modalias, module))
		doctor_command(sensors->doctor, "modprobe %s", module);
	else
		doctor_remedy(sensors->doctor,
			      "boot a kernel with a driver for it, or take it out of the "
			      "firmware's description of this machine");
}

/* " [fwnode] dev=i2c-INT33BE:00, node=\_SB.PCI0.LNK1" below the name of who waits. */
static void check_pending_line(struct sensors *sensors, char *line)
{
	char *device = strstr(line, "dev="), *node = strstr(line, "node=");

	if (line[0] != ' ' || !device || !node)
		return;
	device += strlen("dev=");
	node += strlen("node=");
	device[strcspn(device, ",")] = '\0';
	if (!has_device(node))
		say_missing(sensors, node, device);
}

static void check_pending(struct sensors *sensors)
{
	char line[512];
	FILE *file;

	file = fopen(PENDING, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		check_pending_line(sensors, line);
	}
	fclose(file);
}

void doctor_check_sensors(struct doctor *doctor, bool is_fault)
{
	struct sensors sensors = { .doctor = doctor, .is_fault = is_fault };

	kernel_each_device(&doctor->kernel, "i2c", NULL, check_sensor, &sensors);
	check_pending(&sensors);
	if (!sensors.found)
		doctor_fine(doctor, "sensors", "", "no sensor waits for a driver");
}

/* ---- a sensor that is there ---- */

static bool has_control(const struct subdev *subdev, uint32_t id)
{
	struct v4l2_queryctrl query = { .id = id };

	return sys_ioctl(subdev->fd, VIDIOC_QUERYCTRL, &query) == 0;
}

void doctor_check_timing(struct doctor *doctor, const struct doctor_plan *plan)
{
	static const struct {
		uint32_t id;
		const char *name;
		const char *effect;
	} needed[] = {
		{ V4L2_CID_LINK_FREQ, "LINK_FREQ", "receivers guess how fast data comes" },
		{ V4L2_CID_PIXEL_RATE, "PIXEL_RATE", "rates and exposures can't be set" },
	};
	const struct media_entity *sensor = media_find(plan->media, plan->camera->entity);
	struct subdev *subdev;

	if (!sensor || subdev_open(&doctor->log, sensor->node, sensor->name, &subdev) < 0)
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (has_control(subdev, needed[i].id))
			continue;
		doctor_warning(doctor, "sensor-untimed", sensor->name,
			       "its driver does not tell %s, so %s", needed[i].name,
			       needed[i].effect);
		doctor_remedy(doctor, "boot a kernel with a newer driver of this sensor");
	}
	subdev_destroy(subdev);
}
