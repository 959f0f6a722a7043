#ifndef BINDERY_ROUTER_DOOR_HASHER_H
#define BINDERY_ROUTER_DOOR_HASHER_H

#include "router/door/password.h"

struct ev_loop;
struct hasher;

/*
 * password_derive() away from the loop: a process of its own at the other end of a socket pair,
 * made when the door opens and again should it die. It derives one key after the other; what waits
 * is bounded, so a flood of sign-ins fills this queue and nothing else.
 */

#define HASHER_QUEUE_MAX 32

/* `status` is 0 and `key` stands for the time of the call, or -errno. */
typedef void hasher_done(int status, const uint8_t key[PASSWORD_KEY], void *context);

int hasher_create(struct ev_loop *loop, struct hasher **hasher) __attribute__((warn_unused_result));
/* What is still asked for is answered with -ECANCELED. */
void hasher_destroy(struct hasher **hasher);
/* Answers later, never from inside the call. -EAGAIN where HASHER_QUEUE_MAX wait already, -EINVAL
 * where `secret` is longer than PASSWORD_MOST. */
int hasher_ask(struct hasher *hasher, const struct password *with, struct span secret,
	       hasher_done *done, void *context) __attribute__((warn_unused_result));

#endif
