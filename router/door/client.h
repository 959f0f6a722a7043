#ifndef BINDERY_ROUTER_DOOR_CLIENT_H
#define BINDERY_ROUTER_DOOR_CLIENT_H

#include "router/bus/bus.h"

/*
 * `bindery-router client …`: the clients of the API (oauth.h), without the API.
 *
 *   add NAME --scope SCOPE[,SCOPE…]      id <tab> secret, the only time that the secret is shown
 *   secret ID                            a new one; the tokens of the old one are over
 *   remove ID
 *   list                                 id <tab> name <tab> scopes <tab> state, a line each
 *
 * argv[0] is the verb. Results on stdout, diagnostics on stderr. Returns the exit code: 0 done, 1
 * no (exists already, not there, no Redis), 2 usage. Runs a loop of its own until done.
 */
int client_command(const struct bus_address *redis, int argc, char **argv);
extern const char client_usage[];

#endif
