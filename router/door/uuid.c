#include "router/door/uuid.h"

#include <openssl/rand.h>
#include <stdint.h>

#include "smpp/hex.h"

bool uuid_make(char out[UUID_MAX])
{
	uint8_t octets[16];

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return false;
	octets[6] = (uint8_t)((octets[6] & 0x0f) | 0x40);
	octets[8] = (uint8_t)((octets[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(octets); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		out = hex_put((struct span){&octets[i], 1}, out);
	}
	return true;
}
