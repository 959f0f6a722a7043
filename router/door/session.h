#ifndef BINDERY_ROUTER_DOOR_SESSION_H
#define BINDERY_ROUTER_DOOR_SESSION_H

#include <stdint.h>

#include "router/bus/bus.h"
#include "router/door/desk.h"
#include "smpp/span.h"

/*
 * Sessions in Redis, found by the SHA-256 of their token, so that who reads the database cannot
 * sign in. A session ends when it was not used for `idle_s`, at `max_s` after it began whatever
 * happens, when it is signed out, and when its user's password changes. Roles are read from the
 * user at each check, so that one taken away is gone at once.
 */

#define SESSION_TOKEN_MAX 65 /* 64 hexadecimal digits of 32 random octets, and a NUL */
#define SESSION_HASH_MAX 65
/* Before a client's id in the place of a person's name, which cannot be written so. */
#define SESSION_CLIENT "client:"

struct session_store {
	struct bus *bus;
	unsigned idle_s, max_s;
};

enum session_verdict {
	SESSION_OK,
	SESSION_NONE, /* unknown or over */
	SESSION_UNAVAILABLE,
};

/* Who is signed in. */
struct session {
	char name[DESK_AGENT_MAX + 1];
	char hash[SESSION_HASH_MAX];
	unsigned roles;
};

/* `session` is borrowed and NULL unless SESSION_OK. */
typedef void session_done(enum session_verdict verdict, const struct session *session,
			  void *context);
/* `token` is "" where it could not be made. */
typedef void session_opened(const char *token, void *context);

/* A new one; aborts where there is no randomness, because there must be no session then. */
void session_make_token(char out[SESSION_TOKEN_MAX]);
/* The name under which a token's session is kept. */
void session_hash(struct span token, char out[SESSION_HASH_MAX]);
/* Counts as use. */
void session_check(const struct session_store *store, struct span token, session_done *done,
		   void *context);
/* The same for a token that was hashed before. */
void session_check_hash(const struct session_store *store, const char *hash, session_done *done,
			void *context);
void session_open(const struct session_store *store, const char *name, session_opened *done,
		  void *context);
/* `done` may be NULL. */
void session_end(const struct session_store *store, const char *hash, bus_done *done,
		 void *context);
/* 1..DESK_AGENT_MAX octets of letters, digits and . _ - @, but not SETTINGS_ID_NAMES: what a user
 * may be called. */
bool session_is_name(struct span name);
/* Unix milliseconds of the wall clock. */
uint64_t session_now_ms(void);

#endif
