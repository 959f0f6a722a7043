#include "router/door/uuid.h"

#include <openssl/rand.h>
#include <stdint.h>

bool uuid_make(char out[UUID_MAX])
{
	uint8_t octets[16];

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return false;
	hex_put_uuid(octets, out);
	return true;
}
