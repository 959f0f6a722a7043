#ifndef BINDERY_ROUTER_DOOR_CONVERSATION_H
#define BINDERY_ROUTER_DOOR_CONVERSATION_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"
#include "router/door/session.h"

/* A conversation with its participants, in Genesys Cloud's two shapes, and its messages with their
 * states, the newest DESK_PAGE_MAX or a page of them. `route` is ROUTE_CONVERSATION,
 * ROUTE_CONVERSATION_MESSAGE or ROUTE_CONVERSATION_MESSAGES. Answers exactly once, later or at
 * once; `who` asks and is needed for this call only. */
void conversation_read(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who);
/* What was said to its customer before it, from the newest back. Who is an agent and nothing else
 * reads that of conversations that are theirs. */
void conversation_history(const struct api *api, struct http_request *request,
			  const struct route *route, const struct session *session);
/* Whether it is `<ms>-<n>`, as a place in a thread or another stream is written. */
bool conversation_is_place(const char *text);

#endif
