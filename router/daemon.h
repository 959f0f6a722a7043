#ifndef BINDERY_ROUTER_DAEMON_H
#define BINDERY_ROUTER_DAEMON_H

#include "config/settings.h"

/* Runs the router until SIGTERM or SIGINT. Returns the exit code: 0, or 1 where it could not start.
 */
int daemon_run(const struct settings *settings);

#endif
