#ifndef BINDERY_ROUTER_DOOR_ROLE_H
#define BINDERY_ROUTER_DOOR_ROLE_H

#include <stddef.h>

#include "smpp/span.h"

/* What a user may be; a user has a set of them. A client of the API has a set of them too, as its
 * scopes, and may have one that no person has. */
enum role {
	ROLE_AGENT = 1,
	ROLE_SUPERVISOR = 2,
	ROLE_COMPLIANCE = 4,
	ROLE_ADMIN = 8,
	ROLE_CONVERSATIONS = 16, /* of clients only: sends messages, reads conversations */
};

#define ROLE_PERSONS (ROLE_AGENT | ROLE_SUPERVISOR | ROLE_COMPLIANCE | ROLE_ADMIN)
#define ROLE_ANY (ROLE_PERSONS | ROLE_CONVERSATIONS)
#define ROLE_COUNT 5
#define ROLE_TEXT_MAX 64 /* octets of all names with commas and a NUL */

/* Name of the role with bit number `i`, NULL from ROLE_COUNT on. */
const char *role_name(unsigned i);
/* `agent,supervisor` into a set of roles. -EINVAL for an unknown or empty name. */
int role_parse(struct span text, unsigned *roles) __attribute__((warn_unused_result));
/* The reverse; returns `out`. */
char *role_format(unsigned roles, char out[ROLE_TEXT_MAX]);

#endif
