#ifndef BINDERY_ROUTER_DOOR_CUSTOMERS_INTERNAL_H
#define BINDERY_ROUTER_DOOR_CUSTOMERS_INTERNAL_H

#include "router/directory/customer.h"
#include "router/door/customers.h"
#include "router/door/writer.h"

/* What the files customers*.c share; nobody else includes it. */

/* An id for a new one in that partition. False where the machine has no random octets. */
bool customers_make_id(unsigned partition, char out[CUSTOMER_ID_MAX])
	__attribute__((warn_unused_result));
/* One of them as JSON. */
void customers_write(struct writer *writer, const struct directory_entity *customer);
/* The list, and a look-up by number (customers_find.c). */
void customers_list(const struct api *api, struct http_request *request);
void customers_lookup(const struct api *api, struct http_request *request);

#endif
