#ifndef BINDERY_ROUTER_COMPLIANCE_RULEBOOK_H
#define BINDERY_ROUTER_COMPLIANCE_RULEBOOK_H

#include "router/bus/bus.h"
#include "router/compliance/keywords.h"

struct ev_loop;
struct rulebook;

/*
 * Keeps a process's keywords as they are in force (functions/rules.lua): reads them once before
 * anything is classified, and again when it is told of a change, or within a second where that was
 * lost. All that is new is taken in one turn of the loop, so that a text is read by the one or by
 * the other. A version that cannot be read is said in the log, and what was there before stays.
 */

#define RULEBOOK_CHANNEL "rules" /* on which a change is told */

struct rulebook_links {
	struct ev_loop *loop;
	struct bus *bus;
	struct keywords *keywords;     /* borrows all of them */
	void (*loaded)(void *context); /* after rulebook_begin(), once */
	void *context;
};

/* Never NULL. */
struct rulebook *rulebook_create(const struct rulebook_links *links);
void rulebook_destroy(struct rulebook **rulebook);
/* The bus is ready: reads, and says that it has. */
void rulebook_begin(struct rulebook *rulebook);
/* Something may have changed. */
void rulebook_look(struct rulebook *rulebook);
/* How often something new was taken, and how many versions could not be. */
void rulebook_counts(const struct rulebook *rulebook, unsigned long *taken, unsigned long *refused);

/* What rules_active() answers: puts what is not there yet, or all of it, `anew`. How many could not
 * be. */
unsigned rulebook_take(struct keywords *keywords, const struct bus_reply *reply, bool anew);

#endif
