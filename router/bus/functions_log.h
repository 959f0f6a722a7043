#ifndef BINDERY_ROUTER_BUS_FUNCTIONS_LOG_H
#define BINDERY_ROUTER_BUS_FUNCTIONS_LOG_H

#include "router/bus/bus.h"

/* Logs what became of the functions; to be a bus_functions_told, so it needs no context. */
void functions_log(const struct bus_functions *functions, void *context);

/* Logs what its own connection did to the functions only: for further connections of a process, of
 * which the first logs what all of them find. */
void functions_log_done(const struct bus_functions *functions, void *context);

#endif
