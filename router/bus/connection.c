#include <hiredis/async.h>

#include "router/bus/connection.h"

#include "router/bus/allocate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
	if (!text)
		return NULL;
	size_t size = strlen(text) + 1;
	return memcpy(bus_allocate(size), text, size);
}

void bus_endpoint_init(struct bus_endpoint *endpoint, const struct bus_address *address)
{
	endpoint->socket = copy(address->socket);
	endpoint->host = copy(address->host);
	endpoint->password = copy(address->password);
	endpoint->port = address->port;
}

void bus_endpoint_finish(struct bus_endpoint *endpoint)
{
	free(endpoint->socket);
	free(endpoint->host);
	free(endpoint->password);
	memset(endpoint, 0, sizeof(*endpoint));
}

struct redisAsyncContext *bus_endpoint_connect(const struct bus_endpoint *endpoint)
{
	struct redisAsyncContext *redis =
		endpoint->socket ? redisAsyncConnectUnix(endpoint->socket)
				 : redisAsyncConnect(endpoint->host, endpoint->port);

	if (!redis) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return redis;
}
