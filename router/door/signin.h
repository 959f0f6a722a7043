#ifndef BINDERY_ROUTER_DOOR_SIGNIN_H
#define BINDERY_ROUTER_DOOR_SIGNIN_H

#include "router/bus/bus.h"
#include "router/door/counters.h"
#include "router/door/hasher.h"
#include "router/door/session.h"

/*
 * Signing in by name and password. An account has SIGNIN_FREE tries; from then on one try at a
 * time, after a wait of SIGNIN_WAIT_S that doubles with each up to SIGNIN_WAIT_MAX_S. An address
 * has SIGNIN_ADDRESS_MAX failures in SIGNIN_WINDOW_S. An unknown name takes the time of a known
 * one. The counts are in Redis, so every router shares them.
 */

#define SIGNIN_FREE 5
#define SIGNIN_WINDOW_S 300
#define SIGNIN_WAIT_S 15
#define SIGNIN_WAIT_MAX_S 900
#define SIGNIN_ADDRESS_MAX 30
#define SIGNIN_ADDRESS_TEXT 64 /* octets of an address with its NUL */

enum signin_verdict {
	SIGNIN_OK,
	SIGNIN_WRONG,	    /* name or password; which is not told */
	SIGNIN_THROTTLED,   /* retry_after_s says when */
	SIGNIN_BUSY,	    /* too many sign-ins wait; retry_after_s */
	SIGNIN_UNAVAILABLE, /* no Redis */
};

struct signin_answer {
	enum signin_verdict verdict;
	unsigned retry_after_s;
	const char *name, *token; /* SIGNIN_OK, borrowed */
	unsigned roles;
};

typedef void signin_done(const struct signin_answer *answer, void *context);

/* Borrows all. */
struct signin {
	struct bus *bus;
	struct hasher *hasher;
	const struct session_store *sessions;
	struct counters *counters;
};

struct signin_request {
	struct span name, password;
	const char *address; /* of the peer, as text */
};

/* Answers exactly once, later. Copies what it needs. */
void signin_try(const struct signin *signin, const struct signin_request *request,
		signin_done *done, void *context);
/* How long try number `count` (1..) has to wait for the one before it, 0 while they are free. */
unsigned signin_wait_s(uint64_t count);
/* A failure of that network under `what`, for SIGNIN_WINDOW_S. */
void signin_count_failure(struct bus *bus, const char *what, const char *network);
/* What an address is throttled by: itself, and for IPv6 its first 64 bits. */
char *signin_network(const char *address, char out[SIGNIN_ADDRESS_TEXT]);

#endif
