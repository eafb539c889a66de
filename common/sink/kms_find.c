// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking for a display: the card that has the connector, the CRTC for it, and the mode. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/log.h"
#include "common/base/sys.h"
#include "common/device/holder.h"
#include "common/sink/kms_private.h"

#define FOLDER    "/dev/dri"
#define MAX_CARDS 64
#define LIST_SIZE 256

/* Looking through the cards, and what to say if that is for nothing. */
struct search {
	const struct kms_options *options;
	struct kms *kms;
	uint32_t connector;
	char list[LIST_SIZE]; /* "Virtual-1 (connected), DP-1 (not connected)" */
	char denied[64];      /* a card that may not be opened */
	bool is_there; /* the connector has the name, though nothing is connected */
};

/* Bit n: there is a card n. 0 if there is no such folder. */
static uint64_t list_cards(const char *folder)
{
	uint64_t cards = 0;
	struct dirent *entry;
	unsigned number;
	char rest;
	DIR *list;

	list = opendir(folder);
	while (list && (entry = readdir(list)))
		if (sscanf(entry->d_name, "card%2u%c", &number, &rest) == 1 &&
		    number < MAX_CARDS)
			cards |= UINT64_C(1) << number;
	if (list)
		closedir(list);
	return cards;
}

static void connector_name(const drmModeConnector *connector, char *name, size_t size)
{
	const char *type = drmModeGetConnectorTypeName(connector->connector_type);

	snprintf(name, size, "%s-%u", type ? type : "Unknown", connector->connector_type_id);
}

static void note(struct search *search, const char *name, bool is_connected)
{
	size_t used = strlen(search->list);

	snprintf(search->list + used, sizeof(search->list) - used, "%s%s (%sconnected)",
		 used ? ", " : "", name, is_connected ? "" : "not ");
}

/* True if this is the one. */
static bool look_at(struct search *search, const drmModeConnector *connector)
{
	const char *wanted = search->options->connector;
	bool is_connected = connector->connection == DRM_MODE_CONNECTED;
	char name[sizeof(search->kms->name)];

	connector_name(connector, name, sizeof(name));
	note(search, name, is_connected);
	if (wanted && strcasecmp(wanted, name) != 0)
		return false;
	search->is_there |= wanted != NULL;
	if (!is_connected)
		return false;
	search->connector = connector->connector_id;
	memcpy(search->kms->name, name, sizeof(name));
	return true;
}

static bool look_through(struct search *search, int fd)
{
	drmModeConnector *connector;
	drmModeRes *resources;
	bool found = false;

	/* A card that only renders has none. */
	resources = drmModeGetResources(fd);
	for (int i = 0; resources && i < resources->count_connectors && !found; i++) {
		connector = drmModeGetConnector(fd, resources->connectors[i]);
		if (!connector)
			continue;
		found = look_at(search, connector);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return found;
}

/* Leaves the card open that has the connector. */
static bool search_cards(struct search *search)
{
	const char *folder = search->options->folder ? search->options->folder : FOLDER;
	uint64_t cards = list_cards(folder);
	struct kms *kms = search->kms;

	for (unsigned i = 0; i < MAX_CARDS; i++) {
		if (!(cards >> i & 1))
			continue;
		snprintf(kms->node, sizeof(kms->node), "%.48s/card%u", folder, i);
		kms->fd = sys_open(kms->node, O_RDWR | O_NONBLOCK);
		if (kms->fd == -EACCES || kms->fd == -EPERM)
			memcpy(search->denied, kms->node, sizeof(search->denied));
		if (kms->fd < 0)
			continue;
		if (look_through(search, kms->fd))
			return true;
		sys_close(&kms->fd);
	}
	kms->fd = -1;
	return false;
}

static int refuse(const struct search *search)
{
	const char *wanted = search->options->connector;
	struct log *log = search->kms->log;
	char text[HOLDER_TEXT_SIZE];

	if (search->denied[0] && !search->is_there) {
		log_error(log, "no-permission",
			  "no permission to show: %s, and only root and that group may",
			  holder_permission_text(search->denied, text));
		return -EACCES;
	}
	if (!search->list[0])
		log_error(log, "display-refused",
			  "no display: no card in %s has a connector; is the driver loaded?",
			  search->options->folder ? search->options->folder : FOLDER);
	else if (search->is_there)
		log_error(log, "display-refused",
			  "display %s: nothing is connected to it; there are %s", wanted,
			  search->list);
	else if (wanted)
		log_error(log, "display-refused",
			  "display %s: no card has such a connector; there are %s",
			  wanted, search->list);
	else
		log_error(log, "display-refused", "no display is connected; there are %s",
			  search->list);
	return -ENOENT;
}

/* What was opened while nobody was master became it. */
static int become_master(const struct kms *kms)
{
	char text[HOLDER_TEXT_SIZE];
	struct holder_list holders;

	if (drmIsMaster(kms->fd) || drmSetMaster(kms->fd) == 0)
		return 0;
	holder_find(kms->node, &holders);
	log_error(kms->log, "busy",
		  "display %s (%s) belongs to another program, most likely a desktop: it is open "
		  "in %s; end that, or change to a text console",
		  kms->name, kms->node, holder_text(&holders, text));
	return -EBUSY;
}

static void note_driver(struct kms *kms)
{
	drmVersion *version = drmGetVersion(kms->fd);

	snprintf(kms->driver, sizeof(kms->driver), "%s",
		 version && version->name ? version->name : "unknown");
	drmFreeVersion(version);
}

static int demand_atomic(struct kms *kms)
{
	uint64_t value = 0;

	if (drmSetClientCap(kms->fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) < 0 ||
	    drmSetClientCap(kms->fd, DRM_CLIENT_CAP_ATOMIC, 1) < 0) {
		log_error(kms->log, "display-refused",
			  "display %s: its driver, %s, has no atomic mode setting, which "
			  "--display needs",
			  kms->name, kms->driver);
		return -EOPNOTSUPP;
	}
	if (drmGetCap(kms->fd, DRM_CAP_PRIME, &value) < 0 || !(value & DRM_PRIME_CAP_IMPORT)) {
		log_error(kms->log, "display-refused",
			  "display %s: its driver, %s, takes no dma-bufs, which --display needs",
			  kms->name, kms->driver);
		return -EOPNOTSUPP;
	}
	kms->has_modifiers = drmGetCap(kms->fd, DRM_CAP_ADDFB2_MODIFIERS, &value) == 0 &&
			     value;
	return 0;
}

/* CRTCs that some encoder of the connector can be fed by: bit n is the card's number n. */
static uint32_t possible_crtcs(const struct kms *kms, const drmModeConnector *connector)
{
	drmModeEncoder *encoder;
	uint32_t possible = 0;

	for (int i = 0; i < connector->count_encoders; i++) {
		encoder = drmModeGetEncoder(kms->fd, connector->encoders[i]);
		if (encoder)
			possible |= encoder->possible_crtcs;
		drmModeFreeEncoder(encoder);
	}
	return possible;
}

static bool is_off(const struct kms *kms, uint32_t id)
{
	drmModeCrtc *crtc = drmModeGetCrtc(kms->fd, id);
	bool off = crtc && !crtc->mode_valid;

	drmModeFreeCrtc(crtc);
	return off;
}

/* The one that feeds it now, or else one that feeds nobody. -1: none. */
static int choose_crtc(const struct kms *kms, const drmModeConnector *connector,
		       const drmModeRes *resources)
{
	uint64_t current = kms->connector.saved[KMS_CRTC_ID];
	uint32_t possible = possible_crtcs(kms, connector);

	for (int i = 0; i < resources->count_crtcs; i++)
		if (current ? resources->crtcs[i] == current :
			      possible >> i & 1 && is_off(kms, resources->crtcs[i]))
			return i;
	return -1;
}

/* The mode that it has is kept; else what the display likes best. */
static int choose_mode(struct kms *kms, const drmModeConnector *connector)
{
	drmModeCrtc *crtc = drmModeGetCrtc(kms->fd, kms->crtc.id);
	bool is_kept = crtc && crtc->mode_valid && kms->connector.saved[KMS_CRTC_ID];

	if (is_kept)
		kms->mode = crtc->mode;
	drmModeFreeCrtc(crtc);
	if (is_kept)
		return 0;
	if (!connector->count_modes)
		return -ENOENT;
	kms->mode = connector->modes[0];
	for (int i = connector->count_modes; i-- > 0;)
		if (connector->modes[i].type & DRM_MODE_TYPE_PREFERRED)
			kms->mode = connector->modes[i];
	return 0;
}

static int choose(struct kms *kms, const drmModeConnector *connector,
		  const drmModeRes *resources)
{
	int number, ret;

	ret = kms_object_read(kms->fd, connector->connector_id, DRM_MODE_OBJECT_CONNECTOR,
			      &kms->connector);
	if (ret < 0)
		return ret;
	number = choose_crtc(kms, connector, resources);
	if (number < 0)
		return -EBUSY;
	kms->crtc_number = (unsigned)number;
	ret = kms_object_read(kms->fd, resources->crtcs[number], DRM_MODE_OBJECT_CRTC,
			      &kms->crtc);
	return ret < 0 ? ret : choose_mode(kms, connector);
}

static int choose_parts(struct kms *kms, uint32_t id)
{
	drmModeConnector *connector = drmModeGetConnector(kms->fd, id);
	drmModeRes *resources = drmModeGetResources(kms->fd);
	int ret = -ENODEV;

	if (connector && resources)
		ret = choose(kms, connector, resources);
	drmModeFreeResources(resources);
	drmModeFreeConnector(connector);
	if (ret == -EBUSY)
		log_error(kms->log, "busy",
			  "display %s: all that could feed it feed other displays",
			  kms->name);
	else if (ret == -ENOENT)
		log_error(kms->log, "display-refused", "display %s has no mode", kms->name);
	else if (ret < 0)
		log_error(kms->log, "display-refused", "display %s: %s", kms->name,
			  strerror(-ret));
	return ret;
}

int kms_find(struct kms *kms, const struct kms_options *options)
{
	struct search search = { .options = options, .kms = kms };
	int ret;

	if (!search_cards(&search))
		return refuse(&search);
	note_driver(kms);
	ret = become_master(kms);
	if (ret == 0)
		ret = demand_atomic(kms);
	return ret < 0 ? ret : choose_parts(kms, search.connector);
}
