#ifndef BINDERY_ROUTER_STATUS_H
#define BINDERY_ROUTER_STATUS_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/bus/bus.h"

/* `bindery-router status`: whether Redis answers, whether messages may be sent and why not, how
 * long the ledger is, how far back all partitions' events go. A line each, its name, a tab, its
 * value; with `json` one object. Returns the exit code: 0, or 1 where Redis does not answer
 * or nothing may be sent. */
int status_command(const struct settings *settings, const struct bus_address *redis, bool json);

#endif
