// SPDX-License-Identifier: GPL-2.0-or-later
/* How the values of options are read. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/tool/option_private.h"

/* Longer waits are slips of the pen, and deadlines must not overflow. */
#define MAX_DURATION_NS (UINT64_C(10) * 365 * 24 * 3600 * 1000000000)

#define MIN_MODE_BITS 8
#define MAX_MODE_BITS 16

/* The longest --stream anybody needs, and then some. */
#define STREAM_SIZE 128

static void *field_of(struct option_parse *parse, const struct option_row *row)
{
	return (char *)parse->options + row->field;
}

int option_take_flag(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	*(bool *)field_of(parse, row) = true;
	return 0;
}

static int take_number(struct option_parse *parse, const struct option_row *row,
		       const char *text, uint64_t *value)
{
	int ret;

	ret = text_unsigned(text, row->low, row->high, value);
	if (ret == -EINVAL)
		return option_refuse(parse, "--%s: '%s' is not a whole number", row->name,
				     text);
	if (ret)
		return option_refuse(parse,
				     "--%s: %s is out of range, %" PRIu64 " to %" PRIu64,
				     row->name, text, row->low, row->high);
	return 0;
}

int option_take_number(struct option_parse *parse, const struct option_row *row,
		       const char *text)
{
	return take_number(parse, row, text, field_of(parse, row));
}

int option_take_buffers(struct option_parse *parse, const struct option_row *row,
			const char *text)
{
	uint64_t count = 0;
	int ret;

	ret = take_number(parse, row, text, &count);
	parse->options->num_buffers = (unsigned)count;
	return ret;
}

int option_take_fd(struct option_parse *parse, const struct option_row *row, const char *text)
{
	uint64_t fd = 0;
	int ret, flags;

	ret = take_number(parse, row, text, &fd);
	if (ret)
		return ret;
	flags = fcntl((int)fd, F_GETFL);
	if (flags < 0)
		return option_refuse(parse, "--%s: descriptor %s is not open", row->name,
				     text);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return option_refuse(parse, "--%s: descriptor %s is not open for writing",
				     row->name, text);
	parse->options->ready_fd = (int)fd;
	return 0;
}

int option_take_duration(struct option_parse *parse, const struct option_row *row,
			 const char *text)
{
	uint64_t duration_ns;
	int ret;

	ret = text_duration(text, &duration_ns);
	if (ret == -EINVAL)
		return option_refuse(
			parse, "--%s: '%s' is not a duration, as 250us, 100ms, 5s, 2min",
			row->name, text);
	if (ret || !duration_ns || duration_ns > MAX_DURATION_NS)
		return option_refuse(parse, "--%s: %s is out of range, 1ns to ten years",
				     row->name, text);
	*(uint64_t *)field_of(parse, row) = duration_ns;
	return 0;
}

int option_take_wait(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	parse->options->wait = true;
	parse->options->wait_ns = UINT64_MAX;
	return text ? option_take_duration(parse, row, text) : 0;
}

int option_take_name(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	if (!*text)
		return option_refuse(parse, "--%s: an empty name", row->name);
	*(const char **)field_of(parse, row) = text;
	return 0;
}

int option_take_action(struct option_parse *parse, const struct option_row *row,
		       const char *text)
{
	parse->options->action = (enum option_action)row->low;
	return 0;
}

int option_take_bench_disk(struct option_parse *parse, const struct option_row *row,
			   const char *text)
{
	parse->options->action = ACTION_BENCH_DISK;
	return option_take_name(parse, row, text);
}

/* Which of the words, separated by "|", is this? -1 if none. */
static int find_word(const char *words, const char *text)
{
	size_t length = strlen(text), word_length;

	for (int i = 0;; i++) {
		word_length = strcspn(words, "|");
		if (word_length == length && !strncmp(words, text, length))
			return i;
		if (!words[word_length])
			return -1;
		words += word_length + 1;
	}
}

/* The place of the text among the words, or -EINVAL, said. */
static int take_word(struct option_parse *parse, const struct option_row *row,
		     const char *words, const char *text)
{
	int number = find_word(words, text);

	if (number < 0)
		return option_refuse(parse, "--%s: '%s' is none of %s", row->name, text,
				     words);
	return number;
}

int option_take_overflow(struct option_parse *parse, const struct option_row *row,
			 const char *text)
{
	static const enum option_overflow values[] = { OVERFLOW_BLOCK, OVERFLOW_DROP };
	int number;

	number = take_word(parse, row, "block|drop", text);
	if (number < 0)
		return number;
	parse->options->overflow = values[number];
	return 0;
}

int option_take_io(struct option_parse *parse, const struct option_row *row, const char *text)
{
	static const enum option_io values[] = { IO_AUTO, IO_DIRECT, IO_BUFFERED };
	int number;

	number = take_word(parse, row, "auto|direct|buffered", text);
	if (number < 0)
		return number;
	parse->options->io = values[number];
	return 0;
}

#define MAX_GAIN_MILLI    1000000
#define MAX_ZOOM_MILLI    64000
#define LONGEST_SETTLE_NS UINT64_C(3000000000)

/* "1", "2.5": thousandths, in that range. */
static int read_factor(struct option_parse *parse, const struct option_row *row,
		       const char *text, uint32_t low_milli, uint32_t high_milli,
		       uint32_t *factor_milli)
{
	struct text_fraction factor;
	uint64_t milli;

	if (text_rate(text, &factor))
		return option_refuse(parse, "--%s: '%s' is not a factor, as 1 or 2.5",
				     row->name, text);
	milli = UINT64_C(1000) * factor.numerator / factor.denominator;
	if (milli < low_milli || milli > high_milli)
		return option_refuse(parse, "--%s: %s is out of range, %g to %g",
				     row->name, text, low_milli / 1e3, high_milli / 1e3);
	*factor_milli = (uint32_t)milli;
	return 0;
}

static int read_gain(struct option_parse *parse, const struct option_row *row,
		     const char *text, uint32_t *gain_milli)
{
	return read_factor(parse, row, text, 1, MAX_GAIN_MILLI, gain_milli);
}

int option_take_zoom(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	return read_factor(parse, row, text, 1000, MAX_ZOOM_MILLI, field_of(parse, row));
}

int option_take_gain(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	return read_gain(parse, row, text, field_of(parse, row));
}

int option_take_ae(struct option_parse *parse, const struct option_row *row, const char *text)
{
	int number;

	number = take_word(parse, row, "on|off", text);
	if (number < 0)
		return number;
	parse->options->algorithms.ae_off = number == 1;
	return 0;
}

int option_take_awb(struct option_parse *parse, const struct option_row *row, const char *text)
{
	struct option_3a *wanted = &parse->options->algorithms;
	const char *comma = strchr(text, ',');
	char red[32] = "";
	int number;

	if (!comma) {
		number = take_word(parse, row, "on|off", text);
		wanted->awb = number == 1 ? AWB_OFF : AWB_ON;
		return number < 0 ? number : 0;
	}
	wanted->awb = AWB_FIXED;
	if ((size_t)(comma - text) < sizeof(red))
		memcpy(red, text, (size_t)(comma - text));
	if (read_gain(parse, row, red, &wanted->red_milli))
		return -EINVAL;
	return read_gain(parse, row, comma + 1, &wanted->blue_milli);
}

int option_take_flicker(struct option_parse *parse, const struct option_row *row,
			const char *text)
{
	static const unsigned values[] = { 0, 50, 60 };
	int number;

	number = take_word(parse, row, "off|50|60", text);
	if (number < 0)
		return number;
	parse->options->algorithms.flicker_hz = values[number];
	return 0;
}

int option_take_settle(struct option_parse *parse, const struct option_row *row,
		       const char *text)
{
	parse->options->algorithms.settle_ns = LONGEST_SETTLE_NS;
	return text ? option_take_duration(parse, row, text) : 0;
}

int option_take_demosaic(struct option_parse *parse, const struct option_row *row,
			 const char *text)
{
	int number;

	number = take_word(parse, row, "good|fast", text);
	if (number < 0)
		return number;
	parse->options->demosaic_given = true;
	parse->options->fast_demosaic = number == 1;
	return 0;
}

int option_take_develop(struct option_parse *parse, const struct option_row *row,
			const char *text)
{
	int number;

	number = take_word(parse, row, "on|off", text);
	if (number < 0)
		return number;
	parse->options->develop_given = true;
	parse->options->undeveloped = number == 1;
	return 0;
}

int option_take_dng_compression(struct option_parse *parse, const struct option_row *row,
				const char *text)
{
	int number;

	number = take_word(parse, row, "none|lossless", text);
	if (number < 0)
		return number;
	parse->options->dng_lossless = number == 1;
	return 0;
}

int option_take_display(struct option_parse *parse, const struct option_row *row,
			const char *text)
{
	parse->options->display = true;
	return text ? option_take_name(parse, row, text) : 0;
}

int option_take_drop_bad(struct option_parse *parse, const struct option_row *row,
			 const char *text)
{
	int number;

	number = take_word(parse, row, "on|off", text);
	if (number < 0)
		return number;
	parse->options->keep_bad = number == 1;
	return 0;
}

int option_take_progress(struct option_parse *parse, const struct option_row *row,
			 const char *text)
{
	static const enum option_progress values[] = { PROGRESS_AUTO, PROGRESS_ALWAYS,
						       PROGRESS_NEVER };
	int number;

	number = take_word(parse, row, "auto|always|never", text);
	if (number < 0)
		return number;
	parse->options->progress = values[number];
	return 0;
}

/* heap[:NAME]; the name is a file in /dev/dma_heap. */
static int take_heap(struct option_parse *parse, const struct option_row *row,
		     const char *name)
{
	struct options *options = parse->options;
	size_t length = strlen(name);

	if (!length || length >= sizeof(options->heap) || strchr(name, '/') || name[0] == '.')
		return option_refuse(parse, "--%s: '%s' can't be the name of a heap",
				     row->name, name);
	memcpy(options->heap, name, length + 1);
	options->memory = MEMORY_HEAP;
	return 0;
}

int option_take_memory(struct option_parse *parse, const struct option_row *row,
		       const char *text)
{
	static const enum memory_kind values[] = { MEMORY_AUTO, MEMORY_MMAP,
						   MEMORY_UDMABUF, MEMORY_HEAP };
	static const char heap[] = "heap:";
	int number;

	parse->options->heap[0] = '\0';
	if (text_starts_with(text, heap))
		return take_heap(parse, row, text + strlen(heap));
	number = take_word(parse, row, "auto|mmap|udmabuf|heap", text);
	if (number < 0)
		return number;
	parse->options->memory = values[number];
	return 0;
}

int option_take_mode(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	struct options *options = parse->options;
	char size[STREAM_SIZE];
	size_t length = strcspn(text, ":");
	uint64_t bits = 0;
	int ret = -EINVAL;

	if (length < sizeof(size)) {
		memcpy(size, text, length);
		size[length] = '\0';
		ret = text_size(size, &options->mode_width, &options->mode_height);
	}
	if (!ret && text[length])
		ret = text_unsigned(text + length + 1, MIN_MODE_BITS, MAX_MODE_BITS, &bits);
	options->mode_bits = (uint32_t)bits;
	if (ret == -EINVAL)
		return option_refuse(parse, "--%s: '%s' is not of the form %s", row->name,
				     text, row->argument);
	if (ret)
		return option_refuse(parse,
				     "--%s: '%s' is out of range, sizes are 1 to 65535, bits "
				     "%d to %d",
				     row->name, text, MIN_MODE_BITS, MAX_MODE_BITS);
	return 0;
}

const struct option_role *option_find_role(const struct option_tool *tool,
					   const char *name, size_t length)
{
	for (size_t i = 0; i < tool->num_roles; i++)
		if (strlen(tool->roles[i].name) == length &&
		    !strncmp(tool->roles[i].name, name, length))
			return &tool->roles[i];
	return NULL;
}

/* "main, raw" */
static void print_roles(const struct option_tool *tool, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < tool->num_roles && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 tool->roles[i].name);
}

static int add_stream(struct option_parse *parse, const struct option_row *row,
		      const struct option_stream *stream)
{
	struct options *options = parse->options;

	for (unsigned i = 0; i < options->num_streams; i++)
		if (options->streams[i].role == stream->role)
			return option_refuse(parse, "--%s: '%s' is asked for twice",
					     row->name, stream->role->name);
	if (options->num_streams >= OPTION_MAX_STREAMS)
		return option_refuse(parse, "--%s: more than %d streams", row->name,
				     OPTION_MAX_STREAMS);
	options->streams[options->num_streams++] = *stream;
	return 0;
}

/* Sizes are told from formats by their form: "422P" is a fourcc. */
static bool looks_like_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && text[digits] == 'x';
}

static int read_size(struct option_parse *parse, const struct option_row *row,
		     const char *text, struct option_stream *stream)
{
	int ret;

	ret = text_size(text, &stream->width, &stream->height);
	if (ret == -EINVAL)
		return option_refuse(parse, "--%s: '%s' is not a size, as 640x480",
				     row->name, text);
	if (ret)
		return option_refuse(parse, "--%s: %s is out of range, 1x1 to 65535x65535",
				     row->name, text);
	return 0;
}

static int read_format(struct option_parse *parse, const struct option_row *row,
		       const char *text, struct option_stream *stream)
{
	stream->format = format_parse(text);
	stream->bus = mbus_parse(text);
	if (!stream->format && looks_like_size(text))
		return option_refuse(parse, "--%s: the size '%s' comes before the format",
				     row->name, text);
	if (!stream->format)
		return option_refuse(parse,
				     "--%s: '%s' is not a pixel format that is known here",
				     row->name, text);
	return 0;
}

static int read_rate(struct option_parse *parse, const struct option_row *row,
		     const char *text, struct option_stream *stream)
{
	int ret;

	ret = text_rate(text, &stream->rate);
	if (ret == -EINVAL)
		return option_refuse(parse,
				     "--%s: '%s' is not a rate, as 30, 29.97 or 30000/1001",
				     row->name, text);
	if (ret)
		return option_refuse(parse, "--%s: the rate %s is out of range",
				     row->name, text);
	return 0;
}

static int read_role(struct option_parse *parse, const struct option_row *row,
		     const char *text, struct option_stream *stream)
{
	char roles[OPTION_MAX_STREAMS * OPTION_ROLE_SIZE];

	stream->role = option_find_role(parse->tool, text, strlen(text));
	if (stream->role)
		return 0;
	print_roles(parse->tool, roles, sizeof(roles));
	return option_refuse(parse,
			     "--%s: '%s' is no stream of this tool; it has: %s (a format or a "
			     "rate goes behind one: %s:YUYV, %s@30)",
			     row->name, text, roles, parse->tool->roles[0].name,
			     parse->tool->roles[0].name);
}

/* ROLE[:WxH][:FORMAT] or WxH[:FORMAT]; cuts the text up. */
static int read_picture(struct option_parse *parse, const struct option_row *row,
			char *text, struct option_stream *stream)
{
	char *rest = text;
	int ret = 0;

	if (looks_like_size(rest))
		stream->role = &parse->tool->roles[0];
	else
		ret = read_role(parse, row, strsep(&rest, ":"), stream);
	if (!ret && rest && looks_like_size(rest))
		ret = read_size(parse, row, strsep(&rest, ":"), stream);
	if (!ret && rest)
		ret = read_format(parse, row, strsep(&rest, ":"), stream);
	if (!ret && rest)
		ret = option_refuse(parse,
				    "--%s: ':%s' is too much, the form is "
				    "ROLE[:WxH][:FORMAT][@FPS]",
				    row->name, rest);
	return ret;
}

int option_take_stream(struct option_parse *parse, const struct option_row *row,
		       const char *text)
{
	struct option_stream stream = { 0 };
	char copy[STREAM_SIZE], *rate;

	if (strlen(text) >= sizeof(copy))
		return option_refuse(parse, "--%s: '%.40s...' is too long", row->name, text);
	strcpy(copy, text);
	rate = strrchr(copy, '@');
	if (rate)
		*rate++ = '\0';
	if (rate && read_rate(parse, row, rate, &stream))
		return -EINVAL;
	if (read_picture(parse, row, copy, &stream))
		return -EINVAL;
	return add_stream(parse, row, &stream);
}

int option_take_raw(struct option_parse *parse, const struct option_row *row, const char *text)
{
	struct option_stream stream = { 0 };

	if (read_role(parse, row, "raw", &stream))
		return -EINVAL;
	return add_stream(parse, row, &stream);
}

/* [ROLE=]NAME: the role, NULL without one, and the name. */
static int read_place(struct option_parse *parse, const struct option_row *row,
		      const char *text, const struct option_role **role, const char **name)
{
	const char *equals = strchr(text, '=');

	*role = NULL;
	*name = text;
	if (equals)
		*role = option_find_role(parse->tool, text, (size_t)(equals - text));
	if (*role)
		*name = equals + 1;
	else if (equals &&
		 strspn(text, "abcdefghijklmnopqrstuvwxyz") == (size_t)(equals - text))
		return option_refuse(parse,
				     "--%s: '%.*s' is no stream of this tool; a file of that "
				     "name is ./%s",
				     row->name, (int)(equals - text), text, text);
	if (!**name)
		return option_refuse(parse, "--%s: an empty name", row->name);
	return 0;
}

int option_take_video_out(struct option_parse *parse, const struct option_row *row,
			  const char *text)
{
	struct options *options = parse->options;
	struct option_output output;

	if (read_place(parse, row, text, &output.role, &output.node))
		return -EINVAL;
	if (!strchr(output.node, '/'))
		return option_refuse(parse,
				     "--%s: '%s' is no path of a node, such as /dev/video3",
				     row->name, output.node);
	for (unsigned i = 0; i < options->num_video_outs; i++)
		if (options->video_outs[i].role == output.role)
			return option_refuse(parse, "--%s: two nodes for %s", row->name,
					     output.role ? output.role->name :
							   "the main stream");
	if (options->num_video_outs >= OPTION_MAX_STREAMS)
		return option_refuse(parse, "--%s: more than %d nodes", row->name,
				     OPTION_MAX_STREAMS);
	options->video_outs[options->num_video_outs++] = output;
	return 0;
}

int option_take_file(struct option_parse *parse, const struct option_row *row,
		     const char *text)
{
	struct options *options = parse->options;
	struct option_file file;

	if (read_place(parse, row, text, &file.role, &file.pattern))
		return -EINVAL;

	for (unsigned i = 0; i < options->num_files; i++)
		if (options->files[i].role == file.role)
			return option_refuse(parse, "--%s: two patterns for %s", row->name,
					     file.role ? file.role->name : "all streams");
	if (options->num_files >= OPTION_MAX_STREAMS)
		return option_refuse(parse, "--%s: more than %d patterns", row->name,
				     OPTION_MAX_STREAMS);
	options->files[options->num_files++] = file;
	return 0;
}

int option_take_control(struct option_parse *parse, const struct option_row *row,
			const char *text)
{
	struct options *options = parse->options;
	const char **grown;

	if (!strchr(text, '=') || text[0] == '=')
		return option_refuse(parse, "--%s: '%s' is not of the form %s", row->name,
				     text, row->argument);
	grown = reallocarray(options->controls, options->num_controls + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[options->num_controls++] = text;
	options->controls = grown;
	return 0;
}

int option_take_camera(struct option_parse *parse, const char *text)
{
	if (parse->options->camera)
		return option_refuse(parse, "more than one camera: '%s' and '%s'",
				     parse->options->camera, text);
	if (!*text)
		return option_refuse(parse, "the name of the camera is empty");
	parse->options->camera = text;
	return 0;
}
