#ifndef BINDERY_ROUTER_DAEMON_H
#define BINDERY_ROUTER_DAEMON_H

#include "config/settings.h"
#include "router/bus/bus.h"

/* Where the settings say that Redis is; borrows from them. */
struct bus_address daemon_redis(const struct settings *settings);

/* Runs the router until SIGTERM or SIGINT; on SIGHUP it reads the file at `path` again. Returns the
 * exit code: 0, or 1 where it could not start. */
int daemon_run(const struct settings *settings, const char *path);

#endif
