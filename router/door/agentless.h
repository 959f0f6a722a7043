#ifndef BINDERY_ROUTER_DOOR_AGENTLESS_H
#define BINDERY_ROUTER_DOOR_AGENTLESS_H

#include "router/door/api.h"
#include "router/door/http.h"

/* POST /api/v2/conversations/messages/agentless: 202 once the message is on disk. The same
 * Idempotency-Key with the same message gets the same answer, and the message goes out once.
 * Answers exactly once, later or at once; `who` asks and is needed for this call only. */
void agentless_send(const struct api *api, struct http_request *request, const char *who);

#endif
