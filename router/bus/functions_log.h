#ifndef BINDERY_ROUTER_BUS_FUNCTIONS_LOG_H
#define BINDERY_ROUTER_BUS_FUNCTIONS_LOG_H

#include "router/bus/bus.h"

/* Logs what became of the functions; to be a bus_functions_told, so it needs no context. */
void functions_log(const struct bus_functions *functions, void *context);

#endif
