#ifndef BINDERY_ROUTER_DOOR_CARRIERS_H
#define BINDERY_ROUTER_DOOR_CARRIERS_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * What operators see of the carriers and tell them. The gateways write what they are doing into
 * {gw}:status, {gw}:binds and {gw}:samples; here it becomes JSON, field by field, whatever the
 * fields are, and a command becomes a call of carrier_command, which writes an event of it. Who may
 * do what stands in route.c. Each answers the request exactly once, later or at once.
 */

#define CARRIERS_SAMPLES_MAX 360 /* of one answer: an hour */

void carriers_list(const struct api *api, struct http_request *request);
void carriers_samples(const struct api *api, struct http_request *request,
		      const struct route *route);
/* `who` commands; copied. */
void carriers_command(const struct api *api, struct http_request *request,
		      const struct route *route, const char *who);

#endif
