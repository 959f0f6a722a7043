#ifndef BINDERY_ROUTER_DOOR_API_H
#define BINDERY_ROUTER_DOOR_API_H

#include "router/door/asset.h"
#include "router/door/door.h"
#include "router/door/http.h"
#include "router/door/rate.h"
#include "router/door/session.h"
#include "router/door/signin.h"

/* What the routes do. Borrows everything. */
struct api {
	const struct door_settings *settings;
	const struct door_links *links;
	struct counters *counters;
	const struct asset_table *assets; /* the console */
	const struct asset_table *documents;
	const struct session_store *sessions;
	const struct signin *signin;
	struct rate *rate; /* of clients */
	/* A session was signed out here: its sockets must close. */
	void (*signed_out)(const char *hash, void *context);
	/* A user is not what they were, or is not there any more: their sockets are to be looked
	 * at. */
	void (*user_changed)(const char *name, void *context);
	void *context; /* of both */
};

/* The `handle` of struct http; `api` is a struct api. */
void api_handle(struct http_request *request, void *api);

#endif
