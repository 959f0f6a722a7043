#ifndef BINDERY_ROUTER_DOOR_PASSWORD_H
#define BINDERY_ROUTER_DOOR_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * How a password is kept: scrypt (RFC 7914), its parameters and salt beside the key, as
 * `scrypt$15$8$1$<salt in hex>$<key in hex>`. Deriving takes about 100 ms and 32 MiB, so it has no
 * place on the loop: see hasher.h.
 */

#define PASSWORD_LEAST 8   /* octets of a password */
#define PASSWORD_MOST 1024 /* octets of a password */
#define PASSWORD_KEY 32	   /* octets */
#define PASSWORD_SALT_MAX 32
#define PASSWORD_TEXT_MAX 192
#define PASSWORD_COST 15 /* N = 2^15 */

struct password {
	unsigned cost, r, p; /* cost 10..17, r 1..16, p 1..4 */
	uint8_t salt[PASSWORD_SALT_MAX];
	size_t salt_length;
	uint8_t key[PASSWORD_KEY];
};

/* -EINVAL for anything but the form above. */
int password_parse(struct span text, struct password *password) __attribute__((warn_unused_result));
char *password_format(const struct password *password, char out[PASSWORD_TEXT_MAX]);
/* Parameters of today, a random salt, no key. */
int password_init(struct password *password) __attribute__((warn_unused_result));
/* The key that `secret` gives with the parameters and salt of `password`. Blocks. -ENOMEM where
 * OpenSSL refuses. */
int password_derive(const struct password *password, struct span secret, uint8_t key[PASSWORD_KEY])
	__attribute__((warn_unused_result));
/* In constant time. */
bool password_is(const struct password *password, const uint8_t key[PASSWORD_KEY]);

#endif
