#ifndef BINDERY_ROUTER_CUSTOMER_COMMAND_H
#define BINDERY_ROUTER_CUSTOMER_COMMAND_H

#include "config/settings.h"
#include "router/bus/bus.h"

/* `bindery-router customer import FILE | erase NUMBER`; argv from behind `customer`. Returns the
 * exit code. A row's outcome goes to standard output, `line <tab> cell <tab> number <tab> outcome
 * <tab> why or what`, progress to standard error. */
int customer_command(const struct settings *settings, const struct bus_address *redis, int argc,
		     char **argv);
extern const char customer_command_usage[];

#endif
