// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uvccam, an emulated USB camera: it plays the device, and the kernel's own uvcvideo drives it.
 * README.md tells of profiles and commands.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "test/lab/uvc/camera.h"
#include "test/lab/uvc/command.h"

enum { MAX_PORT = 127 };

struct options {
	const char *controller; /* of dummy_hcd, or NULL */
	int port;               /* of vhci_hcd */
	bool isochronous;
	uint32_t first; /* number of a frame */
	const char *log, *record, *commands, *answers;
	const char *serial, *product;
	const char *profile;
};

static void usage(FILE *file)
{
	fputs("usage: uvccam [OPTION...] PROFILE\n"
	      "Plug in an emulated USB camera and play it until the cable is pulled.\n"
	      "\n"
	      "  -g, --gadget=NAME     at a controller of dummy_hcd (default dummy_udc.0)\n"
	      "  -p, --port=N          at a port of vhci_hcd instead\n"
	      "  -i, --iso             video in isochronous packets (with --port)\n"
	      "  -l, --log=FILE        append what happens\n"
	      "  -r, --record=FILE     append a line for each frame, for uvccheck\n"
	      "  -c, --commands=FIFO   read commands from there\n"
	      "  -a, --answers=FIFO    answer there those that begin with @ID\n"
	      "  -f, --first=N         number of the first frame (default 0)\n"
	      "  -s, --serial=TEXT     instead of what the profile says\n"
	      "  -n, --name=TEXT       likewise, of the product\n"
	      "  -h, --help\n",
	      file);
}

static int parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "gadget", required_argument, NULL, 'g' },
		{ "port", required_argument, NULL, 'p' },
		{ "iso", no_argument, NULL, 'i' },
		{ "log", required_argument, NULL, 'l' },
		{ "record", required_argument, NULL, 'r' },
		{ "commands", required_argument, NULL, 'c' },
		{ "answers", required_argument, NULL, 'a' },
		{ "first", required_argument, NULL, 'f' },
		{ "serial", required_argument, NULL, 's' },
		{ "name", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t value;
	int name;

	*options = (struct options){ .controller = "dummy_udc.0", .port = -1 };
	while ((name = getopt_long(argc, argv, "g:p:il:r:c:a:f:s:n:h", names, NULL)) != -1) {
		switch (name) {
		case 'g':
			options->controller = optarg;
			break;
		case 'p':
			if (text_unsigned(optarg, 0, MAX_PORT, &value))
				return -EINVAL;
			options->port = (int)value;
			break;
		case 'i':
			options->isochronous = true;
			break;
		case 'l':
			options->log = optarg;
			break;
		case 'r':
			options->record = optarg;
			break;
		case 'c':
			options->commands = optarg;
			break;
		case 'a':
			options->answers = optarg;
			break;
		case 'f':
			if (text_unsigned(optarg, 0, UINT32_MAX, &value))
				return -EINVAL;
			options->first = (uint32_t)value;
			break;
		case 's':
			options->serial = optarg;
			break;
		case 'n':
			options->product = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	options->profile = argv[optind];
	return optind + 1 == argc ? 0 : -EINVAL;
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "uvccam: %s: %s\n", what, strerror(-error));
	return 1;
}

static int load_profile(struct profile *profile, const struct options *options)
{
	int ret = profile_read(profile, options->profile);

	if (ret)
		return ret;
	profile->isochronous |= options->isochronous;
	if ((options->serial && !profile_string_set(&profile->serial, options->serial)) ||
	    (options->product &&
	     !profile_string_set(&profile->product_name, options->product)))
		return -EINVAL;
	if (profile->isochronous && options->port < 0)
		return -EOPNOTSUPP;
	return 0;
}

static int create_transport(struct camera *camera, const struct options *options)
{
	enum usb_device_speed speed =
		camera->profile.speed == SPEED_FULL ? USB_SPEED_FULL : USB_SPEED_HIGH;

	if (options->port >= 0)
		return usbip_create(options->port, speed, &camera->transport);
	return gadget_create(options->controller, speed, &camera->transport);
}

int main(int argc, char **argv)
{
	static struct camera camera;
	struct options options;
	int ret;

	if (parse(&options, argc, argv)) {
		usage(stderr);
		return 2;
	}
	ret = load_profile(&camera.profile, &options);
	if (ret)
		return fail(options.profile, ret);
	ret = journal_init(&camera.journal, options.log, options.record);
	if (ret)
		return fail("log and record", ret);
	ret = create_transport(&camera, &options);
	if (ret)
		return fail("USB", ret);
	ret = camera_start(&camera, options.first);
	if (!ret && options.commands)
		ret = command_start(&camera, options.commands, options.answers);
	if (ret)
		return fail("start", ret);
	ret = camera_serve(&camera);
	journal_say(&camera.journal, "ended: %s", strerror(-ret));
	return ret == -ENODEV ? 0 : fail("USB", ret);
}
