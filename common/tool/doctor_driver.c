// SPDX-License-Identifier: GPL-2.0-or-later
/* --doctor: why there is no media device, and how the drivers were loaded. */
#include <string.h>

#include "common/base/status.h"
#include "common/tool/doctor.h"
#include "common/tool/tool.h"

/* The first device that the driver should have, one without a driver before others. */
struct search {
	struct kernel_device device; /* name "": none yet */
};

static bool keep_first(void *context, const struct kernel_device *device)
{
	struct search *search = context;

	if (!search->device.name[0] || !device->driver[0])
		search->device = *device;
	return device->driver[0];
}

static bool find_hardware(const struct doctor *doctor, const struct doctor_driver *driver,
			  struct kernel_device *device)
{
	struct search search = { 0 };

	kernel_each_device(&doctor->kernel, driver->bus, driver->modaliases, keep_first,
			   &search);
	*device = search.device;
	return device->name[0];
}

static void say_not_built(struct doctor *doctor, const struct doctor_driver *driver)
{
	char configured = kernel_option(&doctor->kernel, driver->option);

	if (configured == 'n')
		doctor_fault(doctor, "driver-not-built", STATUS_NO_CAMERA, driver->module,
			     "this kernel, %s, was built without the driver (CONFIG_%s)",
			     doctor->kernel.release, driver->option);
	else
		doctor_fault(doctor, "driver-not-built", STATUS_NO_CAMERA, driver->module,
			     "this kernel, %s, has no such driver", doctor->kernel.release);
	doctor_remedy(doctor, "boot a kernel with CONFIG_%s=m", driver->option);
}

/* What keeps a driver's module away, if anything. */
static bool check_module(struct doctor *doctor, const struct doctor_driver *driver)
{
	switch (kernel_find_module(&doctor->kernel, driver->module)) {
	case KERNEL_AVAILABLE:
		doctor_fault(doctor, "driver-not-loaded", STATUS_NO_CAMERA,
			     driver->module, "the driver is installed, but not loaded");
		doctor_command(doctor, "modprobe %s", driver->module);
		return false;
	case KERNEL_ABSENT:
		say_not_built(doctor, driver);
		return false;
	case KERNEL_UNKNOWN:
		doctor_fault(doctor, "driver-not-loaded", STATUS_NO_CAMERA, driver->module,
			     "the driver is not loaded, and no modules are installed for the "
			     "kernel that runs, %s (was it replaced by an update?)",
			     doctor->kernel.release);
		doctor_remedy(doctor, "reboot into a kernel that is installed whole");
		return false;
	case KERNEL_LOADED:
	case KERNEL_BUILTIN:
		break;
	}
	return true;
}

/* Its driver is in the kernel and does not drive it. */
static void say_unbound(struct doctor *doctor, const struct doctor_driver *driver,
			const struct kernel_device *device)
{
	char reason[DOCTOR_TEXT_SIZE];

	if (kernel_is_deferred(&doctor->kernel, device->name, reason, sizeof(reason))) {
		doctor_fault(doctor, "driver-waiting", STATUS_NO_CAMERA, device->name,
			     "its driver, %s, waits for another one: %s", driver->driver,
			     reason[0] ? reason : "the kernel does not say which");
		doctor_remedy(doctor, "load the driver of what it waits for");
		return;
	}
	doctor_fault(doctor, "driver-unbound", STATUS_NO_CAMERA, device->name,
		     "its driver, %s, is there, but does not drive it", driver->driver);
	doctor_command(doctor, "echo %s > /sys/bus/%s/drivers/%s/bind", device->name,
		       driver->bus, driver->driver);
}

static void check_hardware(struct doctor *doctor, const struct doctor_driver *driver,
			   const struct kernel_device *device)
{
	if (device->driver[0]) {
		doctor_fault(doctor, "driver-silent", STATUS_NO_CAMERA, device->name,
			     "its driver, %s, shows no media device", device->driver);
		doctor_remedy(doctor, "what the kernel's log (dmesg | grep %s) tells of it",
			      device->name);
	} else if (check_module(doctor, driver)) {
		say_unbound(doctor, driver, device);
	}
}

void doctor_check_driver(struct doctor *doctor)
{
	const struct doctor_platform *platform = doctor->platform->doctor;
	const struct doctor_driver *driver;
	struct kernel_device device;

	if (platform->absent)
		platform->absent(doctor);
	if (doctor->faults)
		return;
	for (driver = platform->drivers; driver->module; driver++)
		if (find_hardware(doctor, driver, &device)) {
			check_hardware(doctor, driver, &device);
			return;
		}
	driver = platform->drivers;
	if (driver->is_virtual && !check_module(doctor, driver))
		return;
	doctor_fault(doctor, "no-hardware", STATUS_NO_CAMERA, "", "%s", driver->absent);
	doctor_remedy(doctor, "%s", driver->remedy);
}

void doctor_check_parameters(struct doctor *doctor)
{
	const struct doctor_parameter *parameter = doctor->platform->doctor->parameters;
	char value[64], subject[64];

	for (; parameter && parameter->module; parameter++) {
		if (kernel_parameter(&doctor->kernel, parameter->module, parameter->name,
				     value, sizeof(value)) <= 0)
			continue;
		snprintf(subject, sizeof(subject), "%s", parameter->module);
		if (strcmp(value, parameter->usual) == 0) {
			doctor_fine(doctor, "module-parameter", subject, "%s=%s",
				    parameter->name, value);
			continue;
		}
		doctor_warning(doctor, "module-parameter", subject, "%s=%s instead of %s %s",
			       parameter->name, value, parameter->usual, parameter->effect);
		doctor_command(doctor,
			       "echo %s > /sys/module/%s/parameters/%s (and take the option "
			       "out of /etc/modprobe.d)",
			       parameter->usual, parameter->module, parameter->name);
	}
}
