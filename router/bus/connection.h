#ifndef BINDERY_ROUTER_BUS_CONNECTION_H
#define BINDERY_ROUTER_BUS_CONNECTION_H

#include "router/bus/bus.h"

struct redisAsyncContext;

/* Where Redis is; own copies of what a struct bus_address borrows. Private to this room. */
struct bus_endpoint {
	char *socket, *host, *password; /* NULL where not given */
	int port;
};

void bus_endpoint_init(struct bus_endpoint *endpoint, const struct bus_address *address);
void bus_endpoint_finish(struct bus_endpoint *endpoint);
/* Begins a connection; its `err` is set where it failed at once. Never NULL. */
struct redisAsyncContext *bus_endpoint_connect(const struct bus_endpoint *endpoint);

#endif
