#ifndef BINDERY_ROUTER_DOOR_CUSTOMERS_H
#define BINDERY_ROUTER_DOOR_CUSTOMERS_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * Customers by HTTP, in the words of Genesys Cloud's external contacts: /api/v2/externalcontacts.
 * Who may do what stands in route.c. The number is `cellPhone`, of which there is one customer at
 * most; it stays what it is. Fields of an operator's own are `customFields`.
 */

#define CUSTOMERS_LOOKED_MAX 1000 /* of a list, as Genesys has it: pageSize × pageNumber */

/* In how many partitions they are, 1 at least. */
unsigned customers_partitions(const struct api *api);

/* Each answers the request exactly once, later or at once. `who` asks; it is copied. */
void customers_handle(const struct api *api, struct http_request *request,
		      const struct route *route, const char *who);
/* A piece of a file of them (customers_import.c). */
void customers_import(const struct api *api, struct http_request *request, const char *who);

#endif
