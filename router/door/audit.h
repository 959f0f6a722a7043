#ifndef BINDERY_ROUTER_DOOR_AUDIT_H
#define BINDERY_ROUTER_DOOR_AUDIT_H

#include "router/door/api.h"
#include "router/door/http.h"

/* GET /api/v2/audits: who set up and changed what, the newest first; `who`, `kind` and `id` choose,
 * `pageSize` and `before` page. Answers exactly once, later or at once. */
void audit_list(const struct api *api, struct http_request *request);

#endif
