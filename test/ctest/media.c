// SPDX-License-Identifier: GPL-2.0-or-later
/* The media graph on the real kernel: vimc's, as loaded, and a look at vim2m's. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "test/ctest/ctest.h"

static const struct {
	const char *name;
	uint32_t function;
	unsigned num_pads;
	uint32_t pads[2]; /* flags by index */
} entities[] = {
	{ "Sensor A", MEDIA_ENT_F_CAM_SENSOR, 1, { MEDIA_PAD_FL_SOURCE } },
	{ "Sensor B", MEDIA_ENT_F_CAM_SENSOR, 1, { MEDIA_PAD_FL_SOURCE } },
	{ "RGB/YUV Input", MEDIA_ENT_F_CAM_SENSOR, 1, { MEDIA_PAD_FL_SOURCE } },
	{ "Debayer A",
	  MEDIA_ENT_F_PROC_VIDEO_PIXEL_ENC_CONV,
	  2,
	  { MEDIA_PAD_FL_SINK, MEDIA_PAD_FL_SOURCE } },
	{ "Debayer B",
	  MEDIA_ENT_F_PROC_VIDEO_PIXEL_ENC_CONV,
	  2,
	  { MEDIA_PAD_FL_SINK, MEDIA_PAD_FL_SOURCE } },
	{ "Scaler", MEDIA_ENT_F_PROC_VIDEO_SCALER, 2, { MEDIA_PAD_FL_SINK, MEDIA_PAD_FL_SOURCE } },
	{ "Raw Capture 0", MEDIA_ENT_F_IO_V4L, 1, { MEDIA_PAD_FL_SINK } },
	{ "Raw Capture 1", MEDIA_ENT_F_IO_V4L, 1, { MEDIA_PAD_FL_SINK } },
	{ "RGB/YUV Capture", MEDIA_ENT_F_IO_V4L, 1, { MEDIA_PAD_FL_SINK } },
	{ "Lens A", MEDIA_ENT_F_LENS, 0, { 0 } },
	{ "Lens B", MEDIA_ENT_F_LENS, 0, { 0 } },
};

#define ON    MEDIA_LNK_FL_ENABLED
#define FIXED (MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE)

static const struct {
	const char *source;
	uint32_t source_pad;
	const char *sink;
	uint32_t flags;
} links[] = {
	{ "Sensor A", 0, "Debayer A", FIXED }, { "Sensor A", 0, "Raw Capture 0", FIXED },
	{ "Sensor B", 0, "Debayer B", FIXED }, { "Sensor B", 0, "Raw Capture 1", FIXED },
	{ "Debayer A", 1, "Scaler", ON },      { "Debayer B", 1, "Scaler", 0 },
	{ "RGB/YUV Input", 0, "Scaler", 0 },   { "Scaler", 1, "RGB/YUV Capture", FIXED },
};

/* A link by the names of its ends; its sink pad is 0 throughout vimc. */
static struct media_link *link_of(const struct media *media, const char *source,
				  uint32_t source_pad, const char *sink)
{
	struct media_entity *from = media_find(media, source), *to = media_find(media, sink);

	if (!from || !to)
		return NULL;
	return media_find_link(media, media_find_pad(from, source_pad),
			       media_find_pad(to, 0));
}

static void graph(void)
{
	struct media *media;

	test_case("media: the device, and how many objects there are");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK_STR_EQ(media->info.model, "VIMC MDEV");
	CHECK_STR_EQ(media->info.bus_info, "platform:vimc");
	CHECK_EQ(media->num_entities, CTEST_COUNT(entities));
	CHECK_EQ(media->num_pads, 12);
	/* Neither those to device nodes nor those between a lens and its sensor. */
	CHECK_EQ(media->num_links, CTEST_COUNT(links));
	media_destroy(media);
}

/* What sysfs says of the same entity. */
static void check_node(const struct media *media, struct media_entity *entity)
{
	char node[CTEST_NODE_SIZE];
	struct stat status;

	CHECK_STR_EQ(entity->node, ctest_node(entity->name, node));
	if (!CHECK_EQ(stat(entity->node, &status), 0))
		return;
	CHECK_EQ(entity->device, status.st_rdev);
	CHECK(media_find_device(media, status.st_rdev) == entity);
}

static void entities_and_pads(void)
{
	struct media *media;
	struct media_entity *entity;
	struct media_pad *pad;

	test_case("media: entities with their functions and nodes, pads with their indices");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	for (size_t i = 0; i < CTEST_COUNT(entities); i++) {
		entity = media_find(media, entities[i].name);
		if (!CHECK(entity))
			continue;
		CHECK_STR_EQ(entity->name, entities[i].name);
		CHECK_EQ(entity->function, entities[i].function);
		CHECK_EQ(entity->num_pads, entities[i].num_pads);
		check_node(media, entity);
		for (uint32_t index = 0; index < entities[i].num_pads; index++) {
			pad = media_find_pad(entity, index);
			if (!CHECK(pad))
				continue;
			CHECK_EQ(pad->index, index);
			CHECK_EQ(pad->flags & (MEDIA_PAD_FL_SINK | MEDIA_PAD_FL_SOURCE),
				 entities[i].pads[index]);
			CHECK(pad->entity == entity);
		}
		CHECK(!media_find_pad(entity, entities[i].num_pads));
	}
	media_destroy(media);
}

static void strangers(void)
{
	struct media *media;

	test_case("media: what is not in the graph is not found");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK(!media_find(media, "Sensor"));
	CHECK(!media_find(media, "Sensor A "));
	CHECK(!media_find(media, ""));
	CHECK(!media_find_device(media, makedev(1, 3)));
	CHECK(!link_of(media, "Sensor A", 0, "Debayer B"));
	CHECK(!link_of(media, "Scaler", 1, "Debayer A"));
	media_destroy(media);
}

static void without_nodes(void)
{
	struct media_entity *entity;
	struct media *media;

	test_case("media: an entity without a node, between two that have one");
	media = ctest_media(NULL, "vim2m");
	if (!media)
		return;
	entity = media_find(media, "vim2m-proc");
	if (CHECK(entity)) {
		CHECK_STR_EQ(entity->node, "");
		CHECK_EQ(entity->device, 0);
		CHECK_EQ(entity->num_pads, 2);
	}
	CHECK(!media_find_device(media, 0));
	entity = media_find(media, "vim2m-source");
	if (CHECK(entity)) {
		CHECK(entity->node[0]);
		CHECK(media_find_device(media, entity->device));
	}
	media_destroy(media);
}

static void links_as_loaded(void)
{
	struct media *media;
	struct media_link *link;

	test_case("media: links and their flags, as the driver loads");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	for (size_t i = 0; i < CTEST_COUNT(links); i++) {
		link = link_of(media, links[i].source, links[i].source_pad, links[i].sink);
		if (!CHECK(link))
			continue;
		CHECK_EQ(link->flags, links[i].flags);
		CHECK_STR_EQ(link->source->entity->name, links[i].source);
		CHECK_EQ(link->source->index, links[i].source_pad);
		CHECK_STR_EQ(link->sink->entity->name, links[i].sink);
		/* A pad's address stands for it. */
		CHECK(!media_find_link(media, link->sink, link->source));
	}
	media_destroy(media);
}

static void switching(void)
{
	struct media *media, *other;
	struct media_link *link;

	test_case("media: a link is switched, and another reader sees it");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	link = link_of(media, "Debayer A", 1, "Scaler");
	CHECK_EQ(media_set_link(media, link, false), 0);
	CHECK_EQ(link->flags, 0);
	other = ctest_media(NULL, "vimc");
	CHECK_EQ(link_of(other, "Debayer A", 1, "Scaler")->flags, 0);
	media_destroy(other);
	CHECK_EQ(media_set_link(media, link, true), 0);
	CHECK_EQ(link->flags, ON);
	other = ctest_media(NULL, "vimc");
	CHECK_EQ(link_of(other, "Debayer A", 1, "Scaler")->flags, ON);
	media_destroy(other);

	test_case("media: an immutable link stays, and asking for what it is does no harm");
	link = link_of(media, "Sensor A", 0, "Debayer A");
	CHECK_EQ(media_set_link(media, link, false), -EPERM);
	CHECK_EQ(link->flags, FIXED);
	CHECK_EQ(media_set_link(media, link, true), 0);
	media_destroy(media);
}

/* Another program does it, one that knows no lock. */
static void media_ctl(const struct media *media, const char *words)
{
	char command[256];

	snprintf(command, sizeof(command), "media-ctl -d %s -l '%s'", media->path, words);
	fflush(NULL);
	CHECK_EQ(system(command), 0);
}

static void others(void)
{
	struct media *media;
	struct media_link *a, *b;

	test_case("media: links that media-ctl switched are seen when read again");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	a = link_of(media, "Debayer A", 1, "Scaler");
	b = link_of(media, "Debayer B", 1, "Scaler");
	media_ctl(media, "\"Debayer A\":1 -> \"Scaler\":0 [0]");
	media_ctl(media, "\"Debayer B\":1 -> \"Scaler\":0 [1]");
	CHECK_EQ(a->flags, ON);
	CHECK_EQ(b->flags, 0);
	CHECK_EQ(media_read_links(media), 0);
	CHECK_EQ(a->flags, 0);
	CHECK_EQ(b->flags, ON);
	CHECK_EQ(media_set_link(media, a, true), 0);
	CHECK_EQ(media_set_link(media, b, false), 0);
	CHECK_EQ(a->flags, ON);
	CHECK_EQ(b->flags, 0);

	test_case("media: a graph of another version is stale");
	media->version++;
	CHECK_EQ(media_read_links(media), -ESTALE);
	media_destroy(media);
}

static void expect_source(const struct media *media, const char *from, const char *want)
{
	struct media_entity *source = media_walk_to_source(media, media_find(media, from));

	CHECK_STR_EQ(source ? source->name : NULL, want);
}

static void walks(void)
{
	struct media *media;

	test_case("media: the walk to where the light comes in follows enabled links");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	expect_source(media, "RGB/YUV Capture", "Sensor A");
	expect_source(media, "Raw Capture 0", "Sensor A");
	expect_source(media, "Raw Capture 1", "Sensor B");
	expect_source(media, "Debayer B", "Sensor B");
	expect_source(media, "Sensor B", "Sensor B");
	expect_source(media, "Lens A", "Lens A");
	ctest_scaler_links(media, false, true, false);
	expect_source(media, "RGB/YUV Capture", "Sensor B");
	ctest_scaler_links(media, false, false, true);
	expect_source(media, "RGB/YUV Capture", "RGB/YUV Input");
	ctest_scaler_links(media, false, false, false);
	expect_source(media, "RGB/YUV Capture", NULL);
	expect_source(media, "Scaler", NULL);

	test_case("media: the enabled link of a pad");
	ctest_scaler_links(media, false, true, false);
	CHECK(media_enabled_link(media, media_find_pad(media_find(media, "Scaler"), 0)) ==
	      link_of(media, "Debayer B", 1, "Scaler"));
	CHECK(media_enabled_link(media, media_find_pad(media_find(media, "Debayer B"), 1)) ==
	      link_of(media, "Debayer B", 1, "Scaler"));
	CHECK(!media_enabled_link(media, media_find_pad(media_find(media, "Debayer A"), 1)));
	CHECK(ctest_scaler_links(media, true, false, false));
	media_destroy(media);
}

static bool connected(const struct media *media, const char *one, const char *other)
{
	return media_is_connected(media, media_find(media, one), media_find(media, other));
}

static void connections(void)
{
	struct media *media;

	test_case("media: what one stream start would validate together");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK(connected(media, "RGB/YUV Capture", "Sensor A"));
	CHECK(connected(media, "Sensor A", "RGB/YUV Capture"));
	/* Siblings, over the sensor that both have. */
	CHECK(connected(media, "RGB/YUV Capture", "Raw Capture 0"));
	CHECK(!connected(media, "RGB/YUV Capture", "Sensor B"));
	CHECK(!connected(media, "Raw Capture 0", "Raw Capture 1"));
	CHECK(connected(media, "Lens A", "Lens A"));
	CHECK(!connected(media, "Lens A", "Sensor A"));

	ctest_scaler_links(media, false, false, false);
	CHECK(!connected(media, "RGB/YUV Capture", "Sensor A"));
	CHECK(connected(media, "RGB/YUV Capture", "Scaler"));
	CHECK(connected(media, "Debayer A", "Raw Capture 0"));

	ctest_scaler_links(media, true, true, false);
	CHECK(connected(media, "Raw Capture 0", "Raw Capture 1"));
	CHECK(ctest_scaler_links(media, true, false, false));
	media_destroy(media);
}

static void streaming(void)
{
	struct buffer buffers[4];
	struct ctest_raw raw;
	int count;

	test_case("media: a link of a pipeline that streams is busy, others are not");
	if (!ctest_raw_open(NULL, 0, 64, 48, &raw))
		return;
	count = ctest_map(raw.video, buffers, 2);
	CHECK_EQ(count, 2);
	CHECK_EQ(video_start(raw.video), 0);
	CHECK_EQ(media_set_link(raw.media, link_of(raw.media, "Debayer A", 1, "Scaler"), true),
		 -EBUSY);
	CHECK_EQ(link_of(raw.media, "Debayer A", 1, "Scaler")->flags, 0);
	/* What it is already needs no asking. */
	CHECK_EQ(media_set_link(raw.media, link_of(raw.media, "Debayer A", 1, "Scaler"), false),
		 0);
	CHECK_EQ(media_set_link(raw.media, link_of(raw.media, "Debayer B", 1, "Scaler"), true),
		 0);
	CHECK_EQ(video_stop(raw.video), 0);
	CHECK_EQ(media_set_link(raw.media, link_of(raw.media, "Debayer A", 1, "Scaler"), true),
		 0);
	CHECK(ctest_scaler_links(raw.media, true, false, false));
	ctest_finish_all(buffers, count);
	ctest_raw_close(&raw);
}

/* The other process: locks, says so, and holds on until it is told or its end is closed. */
static int hold_lock(int socket)
{
	struct media *media = ctest_media(NULL, "vimc");
	pid_t holder = 7;
	int ret;

	ret = media_lock(media, &holder);
	if (ret < 0 || holder != 0)
		return 1;
	if (!ctest_tell(socket) || !ctest_wait(socket))
		return 2;
	media_destroy(media);
	if (!ctest_tell(socket) || !ctest_wait(socket))
		return 3;
	return 0;
}

static int hold_part(int socket)
{
	struct media *media = ctest_media(NULL, "vimc");
	pid_t holder;

	if (media_lock_part(media, 1, &holder) < 0 || !ctest_tell(socket) ||
	    !ctest_wait(socket))
		return 1;
	media_destroy(media);
	return 0;
}

static void lock_part(void)
{
	struct media *media = ctest_media(NULL, "vimc");
	pid_t child, holder;
	int socket;

	test_case("media: the lock of a part leaves others free, but not the whole");
	if (!media)
		return;
	child = ctest_spawn(hold_part, &socket);
	CHECK(ctest_wait(socket));
	CHECK_EQ(media_lock_part(media, 0, &holder), 0);
	CHECK_EQ(media_lock_part(media, 2, &holder), 0);
	CHECK_EQ(media_lock_part(media, 1, &holder), -EBUSY);
	CHECK_EQ(holder, child);
	CHECK_EQ(media_lock(media, &holder), -EBUSY);
	CHECK(ctest_tell(socket));
	CHECK_EQ(ctest_reap(child, &socket), 0);

	test_case("media: the lock of the whole takes all parts");
	media_destroy(media);
	child = ctest_spawn(hold_lock, &socket);
	CHECK(ctest_wait(socket));
	media = ctest_media(NULL, "vimc");
	CHECK_EQ(media_lock_part(media, 5, &holder), -EBUSY);
	kill(child, SIGKILL);
	CHECK_EQ(ctest_reap(child, &socket), 128 + SIGKILL);
	media_destroy(media);
}

static void lock(void)
{
	struct media *media;
	pid_t child, holder;
	int socket;

	test_case("media: a lock that another process has is busy, with its pid");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	child = ctest_spawn(hold_lock, &socket);
	CHECK(ctest_wait(socket));
	holder = 7;
	CHECK_EQ(media_lock(media, &holder), -EBUSY);
	CHECK_EQ(holder, child);

	test_case("media: the lock is free when that one closes the device");
	CHECK(ctest_tell(socket));
	CHECK(ctest_wait(socket));
	holder = 7;
	CHECK_EQ(media_lock(media, &holder), 0);
	CHECK_EQ(holder, 0);
	CHECK(ctest_tell(socket));
	CHECK_EQ(ctest_reap(child, &socket), 0);

	test_case("media: the lock of a process that is killed is free");
	media_destroy(media);
	child = ctest_spawn(hold_lock, &socket);
	CHECK(ctest_wait(socket));
	media = ctest_media(NULL, "vimc");
	CHECK_EQ(media_lock(media, &holder), -EBUSY);
	kill(child, SIGKILL);
	CHECK_EQ(ctest_reap(child, &socket), 128 + SIGKILL);
	CHECK_EQ(media_lock(media, &holder), 0);
	media_destroy(media);
}

/* What media_open() says of a path; the case fails if that is a media device. */
static int open_error(const char *path)
{
	struct media *media = NULL;
	int ret;

	ret = media_open(NULL, path, &media);
	CHECK(!media);
	media_destroy(media);
	return ret;
}

static void refusals(void)
{
	char node[CTEST_NODE_SIZE];
	struct media *media;

	test_case("media: what is no media device is not opened, and leaves nothing open");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	CHECK_EQ(open_error("/dev/media-nonesuch"), -ENOENT);
	CHECK_EQ(open_error("/dev/null"), -ENOTTY);
	CHECK_EQ(open_error("/dev"), -EISDIR);
	CHECK_EQ(open_error(ctest_node("Scaler", node)), -ENOTTY);
	media_destroy(NULL);

	test_case("media: without permission");
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(open_error(media->path), -EACCES);
	CHECK_EQ(seteuid(0), 0);
	media_destroy(media);
}

#define VIMC "/sys/bus/platform/drivers/vimc/"

static void unplugged(void)
{
	struct media *media, *again;
	struct media_link *link;

	test_case("media: a device that is pulled out while open is gone, and can be closed");
	media = ctest_media(NULL, "vimc");
	if (!media)
		return;
	link = link_of(media, "Debayer A", 1, "Scaler");
	CHECK_EQ(ctest_write(VIMC "unbind", "vimc.0"), 0);
	CHECK_EQ(media_read_links(media), -ENODEV);
	CHECK_EQ(media_set_link(media, link, !(link->flags & ON)), -ENODEV);
	CHECK_EQ(open_error(media->path), -ENOENT);
	CHECK_EQ(ctest_write(VIMC "bind", "vimc.0"), 0);
	again = ctest_media(NULL, "vimc");
	CHECK_EQ(media_read_links(media), -ENODEV);
	media_destroy(media);

	test_case("media: plugged in again, it is as loaded");
	if (!again)
		return;
	CHECK_EQ(again->num_links, CTEST_COUNT(links));
	CHECK_EQ(link_of(again, "Debayer A", 1, "Scaler")->flags, ON);
	media_destroy(again);
}

static const struct ctest_case cases[] = {
	{ "graph", graph },
	{ "entities", entities_and_pads },
	{ "strangers", strangers },
	{ "without-nodes", without_nodes },
	{ "links", links_as_loaded },
	{ "switching", switching },
	{ "others", others },
	{ "walks", walks },
	{ "connections", connections },
	{ "streaming", streaming },
	{ "lock", lock },
	{ "lock-part", lock_part },
	{ "refusals", refusals },
	{ "unplugged", unplugged },
};

int main(int argc, char **argv)
{
	return ctest_main(cases, CTEST_COUNT(cases), argc, argv);
}
