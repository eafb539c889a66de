// SPDX-License-Identifier: GPL-2.0-or-later
/* The sensors in front of a pad, in graphs that no driver had to make. */
#include "common/device/upstream.h"

#include "common/device/media.h"
#include "test/unit/test.h"

enum entity { FIRST, SECOND, THIRD, BRIDGE, ISP, NUM_ENTITIES };

/* first, second ─▶ bridge ─▶ isp pad 0; third ─▶ isp pad 1; the bridge also feeds itself. */
enum link { FIRST_BRIDGE, SECOND_BRIDGE, BRIDGE_ISP, THIRD_ISP, CIRCLE, NUM_LINKS };

struct graph {
	struct media media;
	struct media_entity entities[NUM_ENTITIES];
	struct media_pad pads[NUM_ENTITIES][3];
	struct media_link links[NUM_LINKS];
};

static void join(struct graph *graph, enum link link, enum entity source,
		 unsigned source_pad, enum entity sink, unsigned sink_pad)
{
	graph->links[link].source = &graph->pads[source][source_pad];
	graph->links[link].sink = &graph->pads[sink][sink_pad];
}

static void init(struct graph *graph)
{
	*graph = (struct graph){ 0 };
	for (unsigned i = 0; i < NUM_ENTITIES; i++) {
		struct media_entity *entity = &graph->entities[i];

		entity->function = i <= THIRD ? MEDIA_ENT_F_CAM_SENSOR :
						MEDIA_ENT_F_VID_IF_BRIDGE;
		entity->pads = graph->pads[i];
		for (unsigned j = 0; j < 3; j++)
			graph->pads[i][j] =
				(struct media_pad){ .index = j, .entity = entity };
	}
	join(graph, FIRST_BRIDGE, FIRST, 0, BRIDGE, 0);
	join(graph, SECOND_BRIDGE, SECOND, 0, BRIDGE, 0);
	join(graph, BRIDGE_ISP, BRIDGE, 1, ISP, 0);
	join(graph, THIRD_ISP, THIRD, 0, ISP, 1);
	join(graph, CIRCLE, BRIDGE, 1, BRIDGE, 2);
	graph->media.links = graph->links;
	graph->media.num_links = NUM_LINKS;
}

int main(void)
{
	static struct graph graph;
	struct upstream found;

	init(&graph);

	test_case("upstream: sensors are counted in the order of the graph");
	CHECK(upstream_find(&graph.media, &graph.pads[ISP][0], 0, &found));
	CHECK(found.sensor == &graph.entities[FIRST]);
	CHECK(upstream_find(&graph.media, &graph.pads[ISP][0], 1, &found));
	CHECK(found.sensor == &graph.entities[SECOND]);

	test_case("upstream: the way is as light travels");
	CHECK_EQ(found.length, 2);
	CHECK(found.path[0] == &graph.links[SECOND_BRIDGE]);
	CHECK(found.path[1] == &graph.links[BRIDGE_ISP]);

	test_case("upstream: a link beside the way ends where a link of it does");
	CHECK(upstream_has(&found, &graph.links[SECOND_BRIDGE]));
	CHECK(!upstream_has(&found, &graph.links[FIRST_BRIDGE]));
	CHECK(upstream_is_beside(&found, &graph.links[FIRST_BRIDGE]));
	CHECK(!upstream_is_beside(&found, &graph.links[BRIDGE_ISP]));
	CHECK(!upstream_is_beside(&found, &graph.links[THIRD_ISP]));

	test_case("upstream: other pads of the entity do not count");
	CHECK(upstream_find(&graph.media, &graph.pads[ISP][1], 0, &found));
	CHECK(found.sensor == &graph.entities[THIRD]);
	CHECK_EQ(found.length, 1);
	CHECK(!upstream_find(&graph.media, &graph.pads[ISP][2], 0, &found));

	test_case("upstream: a circle ends, and nothing is left behind it");
	graph.media.num_links = NUM_LINKS;
	join(&graph, FIRST_BRIDGE, BRIDGE, 1, BRIDGE, 0);
	join(&graph, SECOND_BRIDGE, BRIDGE, 1, BRIDGE, 0);
	CHECK(!upstream_find(&graph.media, &graph.pads[ISP][0], 0, &found));
	return test_done();
}
