#include "router/door/vacancy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/routing/floor_view.h"

#define PAGE 250 /* agents looked at in one call */

/* A queue that is looked through, agent by agent. */
struct vacancy {
	const struct api *api;
	struct http_request *request;
	vacancy_empty *empty;
	char id[DIRECTORY_ID_MAX + 1];
	char who[DESK_AGENT_MAX + 1];
	unsigned held;
};

static void ask(struct vacancy *vacancy, struct span cursor);

/* As far as this router knows. */
static unsigned waiting(const struct vacancy *vacancy)
{
	const struct door_links *links = vacancy->api->links;
	struct floor *floor = links->floor ? links->floor(links->context) : NULL;

	return floor ? floor_waiting_before(floor, vacancy->id, UINT64_MAX) : 0;
}

static void conclude(const struct vacancy *vacancy)
{
	unsigned wait = waiting(vacancy);
	char why[160];

	if (!wait && !vacancy->held) {
		vacancy->empty(vacancy->api, vacancy->request, vacancy->id, vacancy->who);
		return;
	}
	snprintf(why, sizeof(why),
		 "Conversations are in it (waiting: %u, with agents: %u); close them or give them "
		 "to another queue first.",
		 wait, vacancy->held);
	http_error(vacancy->request, 409, "queue.in.use", why, NULL);
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct vacancy *vacancy = context;
	struct span next = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		body_unavailable(vacancy->request);
		free(vacancy);
		return;
	}
	vacancy->held += (unsigned)bus_reply_integer(bus_reply_at(reply, 1));
	if (!span_is(next, "0")) {
		ask(vacancy, next);
		return;
	}
	conclude(vacancy);
	free(vacancy);
}

static void ask(struct vacancy *vacancy, struct span cursor)
{
	struct bus_args args;

	bus_args_init(&args);
	bus_args_call(&args, "queue_held", KEY_ACD_TAG);
	bus_args_field_text(&args, "q", vacancy->id);
	bus_args_field(&args, "cursor", cursor);
	bus_args_field_integer(&args, "limit", PAGE);
	bus_args_send(&args, vacancy->api->sessions->bus, on_page, vacancy);
	bus_args_finish(&args);
}

void vacancy_look(const struct api *api, struct http_request *request,
		  const struct directory_entity *queue, const char *who, vacancy_empty *empty)
{
	struct vacancy *vacancy = memory_array(1, sizeof(*vacancy));

	vacancy->api = api;
	vacancy->request = request;
	vacancy->empty = empty;
	snprintf(vacancy->id, sizeof(vacancy->id), "%s", queue->id);
	snprintf(vacancy->who, sizeof(vacancy->who), "%s", who);
	ask(vacancy, span_text("0"));
}
