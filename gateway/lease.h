#ifndef BINDERY_GATEWAY_LEASE_H
#define BINDERY_GATEWAY_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "smpp/span.h"

struct store;

/*
 * Whose a carrier is: of the gateways that have it in their files one binds and sends, the others
 * stand by. The lease is in Redis ({gw}:lease:<carrier>) and is kept by asking for it every second;
 * one whose owner does not ask ends by itself, and at once where its owner is a process of this
 * machine that is gone. Each new owner has a higher number, by which Redis refuses what a former
 * one still asks for (mt_take, mt_check, mt_recover).
 */

#define LEASE_MS 8000	    /* without a word of its owner */
#define LEASE_SPARE_MS 2000 /* so much earlier its owner does nothing with it any more */
#define LEASE_OWNER_MAX 192

enum lease_change {
	LEASE_BEGINS,  /* it is ours, and was not: what is in flight is of another */
	LEASE_GOES_ON, /* it had run out here, and nobody has had it meanwhile */
	LEASE_LOST,    /* it was ours, and is another's */
	LEASE_REFUSED, /* it is another's, as we heard for the first time */
};

struct lease_setup {
	const struct store *store;
	const struct settings_carrier *carrier; /* its name */
	const char *instance;
	void (*changed)(enum lease_change change, void *context);
	void *context;
};

struct lease {
	struct lease_setup setup;    /* borrows */
	char owner[LEASE_OWNER_MAX]; /* we */
	char other[LEASE_OWNER_MAX]; /* who has it instead of us, or "" */
	uint64_t number;	     /* of our tenure, 0 while it is not ours */
	uint64_t until_ms;	     /* monotonic; ours until then */
	uint64_t asked_ms;	     /* when the question under way was */
	bool asked;
	bool ended; /* given up for good */
};

void lease_init(struct lease *lease, const struct lease_setup *setup);
/* Asks for it, for the first time or to keep it. Once a second. */
void lease_ask(struct lease *lease);
/* Gives it up for good, so that another may have it at once. */
void lease_end(struct lease *lease);
/* It is ours now. */
bool lease_is_ours(const struct lease *lease, uint64_t now_ms);
/* Another gateway has it. */
bool lease_is_others(const struct lease *lease);

/* Who we are, as an owner: the instance, and which process of which machine. */
void lease_name(const char *instance, char out[LEASE_OWNER_MAX]);
/* The owner was a process of this machine, and is there no more. */
bool lease_owner_is_gone(const char *owner);
/* An owner's instance, for people. */
struct span lease_instance(const char *owner);

#endif
