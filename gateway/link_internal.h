#ifndef BINDERY_GATEWAY_LINK_INTERNAL_H
#define BINDERY_GATEWAY_LINK_INTERNAL_H

#include "gateway/link.h"

/* Between link.c, which moves octets, and link_connect.c, which makes the connection. */

/* Reads from now on, or not, as the link's state has it. */
void link_watch_input(struct link *link);
/* The connection is over and its owner does not know yet. */
void link_lose(struct link *link, const char *why);

#endif
