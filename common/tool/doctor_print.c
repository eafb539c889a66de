// SPDX-License-Identifier: GPL-2.0-or-later
/* The findings of --doctor: a line each, or a JSON record. */
#include "common/tool/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/tool/option.h"
#include "common/tool/tool.h"

/* An escaped byte takes four. */
#define ESCAPED_SIZE (4 * DOCTOR_TEXT_SIZE)

static const char *const names[] = {
	[DOCTOR_FINE] = "ok",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_FAULT] = "fault",
};

static void print_escaped(struct doctor *doctor, const char *text)
{
	char escaped[ESCAPED_SIZE];

	text_escape(text, escaped, sizeof(escaped));
	fputs(escaped, doctor->file);
}

static void print_text(struct doctor *doctor, const char *remedy)
{
	fprintf(doctor->file, "%s: ", names[doctor->severity]);
	if (doctor->subject[0]) {
		print_escaped(doctor, doctor->subject);
		fputs(": ", doctor->file);
	}
	print_escaped(doctor, doctor->cause);
	if (remedy) {
		fputs("; remedy: ", doctor->file);
		print_escaped(doctor, remedy);
	}
	fputc('\n', doctor->file);
}

static void put_record(struct doctor *doctor, struct json *json)
{
	int ret = json_end_line(json);

	if (ret == 0)
		fputs(json->text, doctor->file);
	else if (!doctor->error)
		doctor->error = ret;
	json_finish(json);
}

static void print_json(struct doctor *doctor, const char *remedy)
{
	struct json json;

	json_init(&json);
	json_begin(&json);
	json_object(&json, NULL);
	json_string(&json, "record", remedy ? "finding" : "check");
	json_string(&json, "code", doctor->code);
	json_string(&json, "severity", names[doctor->severity]);
	json_string(&json, "subject", doctor->subject[0] ? doctor->subject : NULL);
	json_string(&json, "cause", doctor->cause);
	if (remedy)
		json_string(&json, "remedy", remedy);
	json_close(&json);
	put_record(doctor, &json);
}

static void print(struct doctor *doctor, const char *remedy)
{
	if (doctor->options->json)
		print_json(doctor, remedy);
	else
		print_text(doctor, remedy);
}

static __attribute__((format(printf, 5, 0))) void
begin(struct doctor *doctor, enum doctor_severity severity, const char *code,
      const char *subject, const char *format, va_list arguments)
{
	doctor->severity = severity;
	snprintf(doctor->code, sizeof(doctor->code), "%s", code);
	snprintf(doctor->subject, sizeof(doctor->subject), "%s", subject);
	vsnprintf(doctor->cause, sizeof(doctor->cause), format, arguments);
}

void doctor_fault(struct doctor *doctor, const char *code, int status,
		  const char *subject, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	begin(doctor, DOCTOR_FAULT, code, subject, format, arguments);
	va_end(arguments);
	doctor->faults++;
	if (!doctor->status)
		doctor->status = status;
}

void doctor_warning(struct doctor *doctor, const char *code, const char *subject,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	begin(doctor, DOCTOR_WARNING, code, subject, format, arguments);
	va_end(arguments);
	doctor->warnings++;
}

void doctor_fine(struct doctor *doctor, const char *code, const char *subject,
		 const char *format, ...)
{
	va_list arguments;

	if (!doctor->options->verbose)
		return;
	va_start(arguments, format);
	begin(doctor, DOCTOR_FINE, code, subject, format, arguments);
	va_end(arguments);
	print(doctor, NULL);
}

void doctor_remedy(struct doctor *doctor, const char *format, ...)
{
	char remedy[DOCTOR_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(remedy, sizeof(remedy), format, arguments);
	va_end(arguments);
	print(doctor, remedy);
}

void doctor_command(struct doctor *doctor, const char *format, ...)
{
	char command[DOCTOR_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	doctor_remedy(doctor, "%s%s", geteuid() == 0 ? "" : "as root: ", command);
}

/* ---- what other code says ---- */

/* For what platforms have no words of their own. */
static const struct {
	const char *code;
	const char *remedy;
} remedies[] = {
	{ "busy", "end the program that uses it" },
	{ "device-gone", "plug it in again" },
	{ "entity-missing", "load its driver anew; the kernel's log (dmesg) says what it "
			    "lacked" },
	{ "no-permission", "give yourself access to this node" },
	{ "no-sensor", "see that each sensor's driver is there: the kernel's log (dmesg) says "
		       "which is missing" },
	{ "not-possible", "ask for what --info lists" },
	{ "sensor-unknown", "a newer driver of this sensor, one with PIXEL_RATE and HBLANK" },
};

static const char *usual_remedy(const char *code)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strcmp(remedies[i].code, code) == 0)
			return remedies[i].remedy;
	return "what the kernel's log (dmesg) tells of it";
}

static void take_one(struct doctor *doctor, void *device, const struct doctor_said *said,
		     const char *subject, int status)
{
	const struct doctor_platform *platform = doctor->platform->doctor;
	struct doctor_words words = {
		.subject = subject,
		.cause = said->sentence,
		.remedy = usual_remedy(said->code),
	};

	if (platform->explain && platform->explain(device, said->code, &words)) {
		/* The same for the next camera would be no other fault. */
		if (doctor->told == words.cause)
			return;
		doctor->told = words.cause;
	}
	if (said->level == LOG_ERROR)
		doctor_fault(doctor, said->code, status, words.subject, "%s", words.cause);
	else
		doctor_warning(doctor, said->code, words.subject, "%s", words.cause);
	doctor_remedy(doctor, "%s", words.remedy);
}

void doctor_take_said(struct doctor *doctor, void *device, const char *subject, int status)
{
	for (unsigned i = 0; i < doctor->num_said; i++)
		take_one(doctor, device, &doctor->said[i], subject, status);
	doctor->num_said = 0;
}

/* ---- the verdict ---- */

static void print_end(struct doctor *doctor)
{
	struct json json;

	if (!doctor->options->json) {
		fprintf(doctor->file, "%u fault%s, %u warning%s\n", doctor->faults,
			doctor->faults == 1 ? "" : "s", doctor->warnings,
			doctor->warnings == 1 ? "" : "s");
		return;
	}
	json_init(&json);
	json_begin(&json);
	json_object(&json, NULL);
	json_string(&json, "record", "end");
	json_signed(&json, "status", doctor->status);
	json_string(&json, "status_name", status_name((enum status)doctor->status));
	json_unsigned(&json, "faults", doctor->faults);
	json_unsigned(&json, "warnings", doctor->warnings);
	json_close(&json);
	put_record(doctor, &json);
}

int doctor_end(struct doctor *doctor)
{
	print_end(doctor);
	if (doctor->error)
		return STATUS_FAILED;
	if (fflush(doctor->file) != 0 || ferror(doctor->file))
		return STATUS_OUTPUT;
	return doctor->status;
}
