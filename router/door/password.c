#include "router/door/password.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "smpp/hex.h"

#define SALT_OCTETS 16
/* 128 * N * r octets and some; OpenSSL's own limit is just below what N = 2^15, r = 8 needs. */
#define MEMORY_MAX ((uint64_t)320 * 1024 * 1024)

/* The text up to the next `$`, which is taken away with it. */
static struct span field(struct span *rest)
{
	const uint8_t *end = rest->length ? memchr(rest->at, '$', rest->length) : NULL;
	struct span found = {rest->at, end ? (size_t)(end - rest->at) : rest->length};
	size_t gone = found.length + (end ? 1 : 0);

	rest->at += gone;
	rest->length -= gone;
	return found;
}

static int read_number(struct span text, unsigned least, unsigned most, unsigned *out)
{
	unsigned value = 0;

	if (text.length == 0 || text.length > 2)
		return -EINVAL;
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -EINVAL;
		value = value * 10 + (text.at[i] - (unsigned)'0');
	}
	if (value < least || value > most)
		return -EINVAL;
	*out = value;
	return 0;
}

static int read_hex(struct span text, size_t most, uint8_t *out, size_t *length)
{
	if (text.length == 0 || text.length / 2 > most || !hex_read(text, out))
		return -EINVAL;
	*length = text.length / 2;
	return 0;
}

int password_parse(struct span text, struct password *password)
{
	struct password read = {0};
	struct span kind = field(&text);
	size_t key_length = 0;

	if (kind.length != 6 || memcmp(kind.at, "scrypt", 6) != 0)
		return -EINVAL;
	if (read_number(field(&text), 10, 17, &read.cost) ||
	    read_number(field(&text), 1, 16, &read.r) || read_number(field(&text), 1, 4, &read.p) ||
	    read_hex(field(&text), PASSWORD_SALT_MAX, read.salt, &read.salt_length) ||
	    read_hex(text, PASSWORD_KEY, read.key, &key_length) || key_length != PASSWORD_KEY)
		return -EINVAL;
	*password = read;
	return 0;
}

char *password_format(const struct password *password, char out[PASSWORD_TEXT_MAX])
{
	int begun = snprintf(out, PASSWORD_TEXT_MAX, "scrypt$%u$%u$%u$", password->cost,
			     password->r, password->p);
	char *end = out + (begun > 0 ? begun : 0);

	end = hex_put((struct span){password->salt, password->salt_length}, end);
	*end++ = '$';
	hex_put((struct span){password->key, PASSWORD_KEY}, end);
	return out;
}

int password_init(struct password *password)
{
	*password = (struct password){
		.cost = PASSWORD_COST, .r = 8, .p = 1, .salt_length = SALT_OCTETS};
	return RAND_bytes(password->salt, SALT_OCTETS) == 1 ? 0 : -EIO;
}

int password_derive(const struct password *password, struct span secret, uint8_t key[PASSWORD_KEY])
{
	int done = EVP_PBE_scrypt((const char *)secret.at, secret.length, password->salt,
				  password->salt_length, UINT64_C(1) << password->cost, password->r,
				  password->p, MEMORY_MAX, key, PASSWORD_KEY);

	return done == 1 ? 0 : -ENOMEM;
}

bool password_is(const struct password *password, const uint8_t key[PASSWORD_KEY])
{
	return CRYPTO_memcmp(password->key, key, PASSWORD_KEY) == 0;
}
