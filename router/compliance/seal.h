#ifndef BINDERY_ROUTER_COMPLIANCE_SEAL_H
#define BINDERY_ROUTER_COMPLIANCE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "router/bus/bus.h"
#include "router/compliance/merkle.h"
#include "smpp/span.h"

/*
 * The keys of the ledger, which live in files outside of Redis. A record of the ledger calls a
 * number by its HMAC-SHA-256, so that who has the records and not the key cannot tell whose they
 * are, nor find that out by trying all numbers. Heads of the ledger are signed with Ed25519.
 */

#define SEAL_SALT_HEX 33 /* 16 octets in hexadecimal with a NUL */
#define SEAL_SIGNATURE 64
#define SEAL_PUBLIC 32
#define SEAL_ERROR_MAX 5120

struct seal;

/* Reads both keys; makes those that are not there (mode 0600, their folders too) where `make` is
 * given. Returns 0 or -errno, with `why` as a sentence for a person. A key file that others may
 * read is refused: -EPERM. */
__attribute__((warn_unused_result)) int seal_create(const struct settings_ledger *settings,
						    bool make, struct seal **seal,
						    char why[SEAL_ERROR_MAX]);
void seal_destroy(struct seal **seal);

/* How the ledger calls that number. */
char *seal_number(struct seal *seal, struct span number, char out[MERKLE_HEX]);
bool seal_sign(const struct seal *seal, struct span text, uint8_t signature[SEAL_SIGNATURE]);
void seal_public(const struct seal *seal, uint8_t key[SEAL_PUBLIC]);
/* The public key as PEM, NUL-terminated. Returns its length, 0 where it does not work. */
#define SEAL_PEM_MAX 256
size_t seal_public_pem(const struct seal *seal, char out[SEAL_PEM_MAX]);
/* Writes the public key as PEM, atomically. Returns 0 or -errno. */
__attribute__((warn_unused_result)) int seal_write_public(const struct seal *seal,
							  const char *path);

/* The public key in a PEM file. Returns 0 or -errno; -EINVAL where it holds no Ed25519 key. */
__attribute__((warn_unused_result)) int seal_read_public(const char *path,
							 uint8_t key[SEAL_PUBLIC]);
bool seal_verify(const uint8_t key[SEAL_PUBLIC], struct span text,
		 const uint8_t signature[SEAL_SIGNATURE]);

/* What stands beside a record and can be erased: whose it is, a remark, the evidence. A record
 * holds SHA-256(salt LF customer LF note LF evidence), so what is there can be proved, and what is
 * not there any more cannot be guessed. Neither customer nor note has an LF. */
struct seal_beside {
	char salt[SEAL_SALT_HEX];
	struct span customer, note, evidence;
};
void seal_salt(char out[SEAL_SALT_HEX]);
char *seal_beside(const struct seal_beside *beside, char out[MERKLE_HEX]);
/* Adds what a function that writes to the ledger is to know of it: who, salt, seal. Makes the
 * salt. */
void seal_add(struct seal *seal, struct bus_args *args, const struct seal_beside *beside);

#endif
