#ifndef BINDERY_ROUTER_ROUTING_STAFF_H
#define BINDERY_ROUTER_ROUTING_STAFF_H

#include "config/settings.h"
#include "router/bus/bus.h"

/*
 * Who serves which queue and what they are good at, on the command line. Kept in {acd}; a router
 * that runs takes it up at once.
 *
 *   queue join QUEUE AGENT [--ring N]    a member, in ring 1..6
 *   queue leave QUEUE AGENT
 *   queue members QUEUE                  agent <tab> ring, a line each
 *   user skill AGENT SKILL LEVEL         proficiency 1..5, 0 takes it away
 *   user skills AGENT                    skill <tab> level, a line each
 *
 * argv[0] is the verb behind `queue` or `user`. Results on stdout, diagnostics on stderr. Returns
 * the exit code: 0 done, 1 no (no such queue or user, no Redis), 2 usage. Runs a loop of its own
 * until done.
 */
struct staff_place {
	const struct settings *settings;
	const struct bus_address *redis;
};

int staff_queue_command(const struct staff_place *place, int argc, char **argv);
extern const char staff_queue_usage[];
int staff_user_command(const struct staff_place *place, int argc, char **argv);
/* Whether `user <verb>` is one of these. */
bool staff_is_user_verb(const char *verb);

#endif
