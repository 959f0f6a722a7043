#ifndef BINDERY_ROUTER_DOOR_BELONGINGS_H
#define BINDERY_ROUTER_DOOR_BELONGINGS_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/* What an entity has of its own beside its members: the wrap-up codes of a queue, the secret of a
 * client, which is answered where it is made and never again. `route` is ROUTE_QUEUE_CODES to
 * ROUTE_CLIENT_SECRET, or ROUTE_CREATE of DIRECTORY_CLIENT. Answers exactly once, later or at once.
 */
void belongings_handle(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who);

#endif
