#ifndef BINDERY_ROUTER_DOOR_USER_H
#define BINDERY_ROUTER_DOOR_USER_H

#include <stdbool.h>

#include "router/bus/bus.h"

/*
 * `bindery-router user …`: the people who sign in. A user is the hash {u}:user:<name> with the
 * fields roles (agent,supervisor,…), password (see password.h), capacity (conversations at once),
 * created_ms and changed_ms (of the password; sessions begun before it are over). {u}:users is the
 * set of all names.
 */

#define USER_CAPACITY_DEFAULT 3
#define USER_CAPACITY_MAX 25

/*
 *   add NAME --role ROLE[,ROLE…] [--capacity N] [--password-stdin]
 *   passwd NAME [--password-stdin]
 *   list                                 name <tab> roles <tab> capacity, sorted, a line each
 *
 * argv[0] is the verb. Results on stdout, diagnostics on stderr. Returns the exit code: 0 done, 1
 * no (exists already, not there, no Redis), 2 usage. Runs a loop of its own until done.
 */
int user_command(const struct bus_address *redis, int argc, char **argv);
extern const char user_usage[];

/* Asks for the password of that user (on the terminal, or as a line of standard input). Whether it
 * is right and the user has one of the `roles` (a set of enum role); where not, that is told. */
bool user_confirm(const struct bus_address *redis, const char *name, unsigned roles,
		  bool from_stdin);

#endif
