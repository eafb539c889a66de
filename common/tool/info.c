// SPDX-License-Identifier: GPL-2.0-or-later
/* What --list, --info and --list-controls print: text, or JSON Lines with --json. */
#include "common/tool/info.h"

#include <errno.h>

#include "common/base/format.h"
#include "common/base/text.h"
#include "common/device/control.h"
#include "common/device/media.h"
#include "common/device/sensor.h"
#include "common/tool/camera.h"
#include "common/tool/option.h"

#define ESCAPED_SIZE 256
/* Longer values are cut: they are tables, not settings. */
#define CONTROL_VALUE_SIZE 1024

static int flush(FILE *file)
{
	if (fflush(file) != 0 || ferror(file))
		return errno ? -errno : -EIO;
	return 0;
}

static int print_json(struct json *json, FILE *file)
{
	int ret = json_end_line(json);

	if (ret == 0)
		fputs(json->text, file);
	json_finish(json);
	return ret < 0 ? ret : flush(file);
}

static bool has_aliases(const struct camera *camera)
{
	for (size_t i = 0; i < CAMERA_MAX_ALIASES; i++)
		if (camera->aliases[i][0])
			return true;
	return false;
}

static void camera_as_json(struct json *json, const struct camera *camera)
{
	json_string(json, "camera", camera->id);
	json_string(json, "model", camera->model);
	json_string(json, "bus", camera->bus);
	json_string(json, "media", camera->media);
	if (!has_aliases(camera))
		return;
	json_array(json, "aliases");
	for (size_t i = 0; i < CAMERA_MAX_ALIASES; i++)
		if (camera->aliases[i][0])
			json_string(json, NULL, camera->aliases[i]);
	json_close(json);
}

static int list_as_json(FILE *file, const struct camera_list *list)
{
	struct json json;
	int ret = 0;

	for (size_t i = 0; i < list->count && ret == 0; i++) {
		json_init(&json);
		json_begin(&json);
		json_object(&json, NULL);
		json_string(&json, "record", "camera");
		camera_as_json(&json, &list->cameras[i]);
		json_close(&json);
		ret = print_json(&json, file);
	}
	return ret;
}

int info_list(FILE *file, bool as_json, const struct camera_list *list)
{
	char id[ESCAPED_SIZE], model[ESCAPED_SIZE], bus[ESCAPED_SIZE];

	if (as_json)
		return list_as_json(file, list);
	for (size_t i = 0; i < list->count; i++) {
		const struct camera *camera = &list->cameras[i];

		text_escape(camera->id, id, sizeof(id));
		text_escape(camera->model, model, sizeof(model));
		text_escape(camera->bus, bus, sizeof(bus));
		fprintf(file, "%s\t%s\t%s\n", id, model, bus);
	}
	return flush(file);
}

static void menu_as_json(struct json *json, const struct control *control)
{
	json_array(json, "menu");
	for (unsigned i = 0; i < control->num_items; i++) {
		const struct control_menu_item *item = &control->items[i];

		json_object(json, NULL);
		json_unsigned(json, "index", item->index);
		if (control->type == V4L2_CTRL_TYPE_MENU)
			json_string(json, "name", item->name);
		else
			json_signed(json, "value", item->value);
		json_close(json);
	}
	json_close(json);
}

static void control_as_json(struct json *json, const struct control *control)
{
	char value[CONTROL_VALUE_SIZE], flags[CONTROL_FLAGS_SIZE];

	json_object(json, NULL);
	json_string(json, "record", "control");
	json_string(json, "entity", control->entity);
	json_string(json, "name", control->name);
	json_unsigned(json, "id", control->id);
	json_string(json, "title", control->title);
	json_string(json, "type", control_type_name(control));
	json_signed(json, "min", control->minimum);
	json_signed(json, "max", control->maximum);
	json_unsigned(json, "step", control->step);
	json_signed(json, "default", control->default_value);
	control_value_text(control, value, sizeof(value));
	if (!control->readable)
		json_null(json, "value");
	else if (control->payload)
		json_string(json, "value", value);
	else
		json_signed(json, "value", control->value);
	json_string(json, "flags", control_flags_text(control->flags, flags));
	if (control_unit(control))
		json_string(json, "unit", control_unit(control));
	if (control->defect)
		json_string(json, "defect", control->defect);
	if (control->num_items)
		menu_as_json(json, control);
	json_close(json);
}

int info_controls(FILE *file, bool as_json, const struct control_set *set)
{
	const struct control *control;
	struct json json;
	int ret = 0;

	if (!as_json) {
		control_print(set, file);
		return flush(file);
	}
	for (size_t i = 0; ret == 0 && (control = control_at(set, i)); i++) {
		json_init(&json);
		json_begin(&json);
		control_as_json(&json, control);
		ret = print_json(&json, file);
	}
	return ret;
}

static void print_version(FILE *file, uint32_t version)
{
	fprintf(file, "%u.%u.%u", version >> 16, version >> 8 & 255, version & 255);
}

void info_begin(struct info *info, FILE *file, bool as_json, const struct camera *camera,
		const struct media *media)
{
	char id[ESCAPED_SIZE], model[ESCAPED_SIZE], bus[ESCAPED_SIZE], driver[ESCAPED_SIZE];

	*info = (struct info){ .file = file, .as_json = as_json };
	if (as_json) {
		json_init(&info->json);
		json_begin(&info->json);
		json_object(&info->json, NULL);
		json_string(&info->json, "record", "info");
		camera_as_json(&info->json, camera);
		json_string(&info->json, "driver", media->info.driver);
		json_array(&info->json, "streams");
		return;
	}
	text_escape(camera->id, id, sizeof(id));
	text_escape(camera->model, model, sizeof(model));
	text_escape(camera->bus, bus, sizeof(bus));
	text_escape(media->info.driver, driver, sizeof(driver));
	fprintf(file, "%s\n  model   %s\n  bus     %s\n  driver  %s (Linux ", id, model,
		bus, driver);
	print_version(file, media->info.media_version);
	fprintf(file, ")\n  media   %s\n", media->path);
	for (size_t i = 0; i < CAMERA_MAX_ALIASES; i++) {
		text_escape(camera->aliases[i], id, sizeof(id));
		if (id[0])
			fprintf(file, "  also    %s\n", id);
	}
}

static void close_role(struct info *info)
{
	if (!info->in_role)
		return;
	info->in_role = false;
	if (!info->as_json)
		return;
	json_close(&info->json);
	json_close(&info->json);
}

void info_role(struct info *info, const struct option_role *role, const char *entity,
	       const char *node)
{
	char name[ESCAPED_SIZE];

	close_role(info);
	info->in_role = true;
	if (info->as_json) {
		json_object(&info->json, NULL);
		json_string(&info->json, "stream", role->name);
		json_string(&info->json, "entity", entity);
		json_string(&info->json, "node", node);
		json_array(&info->json, "formats");
		return;
	}
	text_escape(entity, name, sizeof(name));
	fprintf(info->file, "%s: %s (%s, %s)\n", role->name, role->help, name, node);
}

static double rate_hz(const struct text_fraction *rate)
{
	return rate->denominator ? (double)rate->numerator / rate->denominator : 0;
}

/* "30, 15, 7.5 fps", "1 to 30 fps" */
static void print_rates(FILE *file, const struct info_rates *rates)
{
	const char *between = rates->is_range ? " to " : ", ";

	for (unsigned i = 0; i < rates->count; i++)
		fprintf(file, "%s%.6g", i ? between : " at ", rate_hz(&rates->rates[i]));
	if (rates->count)
		fputs(" fps", file);
}

static void print_sizes(FILE *file, const struct info_sizes *sizes)
{
	if (!sizes->max_width) {
		fputc('\n', file);
		return;
	}
	fprintf(file, "%ux%u", sizes->min_width, sizes->min_height);
	if (sizes->max_width != sizes->min_width || sizes->max_height != sizes->min_height)
		fprintf(file, " to %ux%u", sizes->max_width, sizes->max_height);
	if (sizes->step > 1)
		fprintf(file, " in steps of %u", sizes->step);
	if (sizes->rates)
		print_rates(file, sizes->rates);
	fputc('\n', file);
}

static void rates_as_json(struct json *json, const struct info_rates *rates)
{
	if (rates->is_range) {
		json_double(json, "max_rate", rate_hz(&rates->rates[0]), 3);
		json_double(json, "min_rate", rate_hz(&rates->rates[1]), 3);
		return;
	}
	json_array(json, "rates");
	for (unsigned i = 0; i < rates->count; i++)
		json_double(json, NULL, rate_hz(&rates->rates[i]), 3);
	json_close(json);
}

static void sizes_as_json(struct json *json, const struct info_sizes *sizes)
{
	json_unsigned(json, "min_width", sizes->min_width);
	json_unsigned(json, "min_height", sizes->min_height);
	json_unsigned(json, "max_width", sizes->max_width);
	json_unsigned(json, "max_height", sizes->max_height);
	json_unsigned(json, "step", sizes->step);
	if (sizes->rates)
		rates_as_json(json, sizes->rates);
}

void info_format(struct info *info, uint32_t fourcc, const struct info_sizes *sizes)
{
	const struct format_info *format = format_find(fourcc);
	char text[FORMAT_FOURCC_SIZE], name[FORMAT_NAME_SIZE];

	if (info->as_json) {
		json_object(&info->json, NULL);
		json_string(&info->json, "fourcc", format_fourcc_text(fourcc, text));
		json_string(&info->json, "format", format ? format->name : NULL);
		sizes_as_json(&info->json, sizes);
		json_close(&info->json);
		return;
	}
	fprintf(info->file, sizes->max_width ? "  %-22s  " : "  %s",
		format_name_text(fourcc, name));
	print_sizes(info->file, sizes);
}

void info_mode(struct info *info, uint32_t mbus_code, const struct info_sizes *sizes)
{
	char name[FORMAT_NAME_SIZE];

	if (!info->in_modes) {
		close_role(info);
		info->in_modes = true;
		if (info->as_json) {
			json_close(&info->json);
			json_array(&info->json, "modes");
		} else {
			fputs("sensor modes\n", info->file);
		}
	}
	if (info->as_json) {
		json_object(&info->json, NULL);
		json_string(&info->json, "mbus_code", mbus_name_text(mbus_code, name));
		sizes_as_json(&info->json, sizes);
		json_close(&info->json);
		return;
	}
	fprintf(info->file, "  %-22s  ", mbus_name_text(mbus_code, name));
	print_sizes(info->file, sizes);
}

struct info_sizes info_size(uint32_t width, uint32_t height)
{
	return (struct info_sizes){
		.min_width = width,
		.min_height = height,
		.max_width = width,
		.max_height = height,
	};
}

void info_sensor(struct info *info, const struct sensor *sensor)
{
	for (unsigned i = 0; i < sensor->num_modes; i++) {
		const struct sensor_mode *mode = &sensor->modes[i];
		const struct info_sizes sizes = info_size(mode->width, mode->height);

		info_mode(info, mode->code, &sizes);
	}
}

int info_end(struct info *info)
{
	close_role(info);
	if (!info->as_json)
		return flush(info->file);
	json_close(&info->json);
	json_close(&info->json);
	return print_json(&info->json, info->file);
}
