#ifndef BINDERY_ROUTER_LEAD_H
#define BINDERY_ROUTER_LEAD_H

#include "router/desk.h"
#include "router/door/lead.h"

/* What supervisors order, done: checked here as far as it needs meaning, committed by a Redis
 * Function that checks the rest and writes who did it. A lead_give. */
void lead_obey(struct desk *desk, const struct lead_order *order, lead_done *done, void *context);

#endif
