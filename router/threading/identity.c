#include "router/threading/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "smpp/hex.h"

void identity_make(const uint8_t random[16], unsigned partition, char out[IDENTITY_MAX])
{
	uint8_t octets[16];

	memcpy(octets, random, sizeof(octets));
	octets[14] = (uint8_t)((octets[14] & 0xF0) | ((partition >> 8) & 0x0F));
	octets[15] = (uint8_t)(partition & 0xFF);
	hex_put_uuid(octets, out);
}

int identity_partition(struct span id)
{
	int partition = 0;

	if (id.length != IDENTITY_MAX - 1)
		return -EINVAL;
	for (unsigned i = 0; i < id.length; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		if (hyphen ? id.at[i] != '-' : hex_digit(id.at[i]) < 0)
			return -EINVAL;
	}
	for (size_t i = id.length - 3; i < id.length; i++)
		partition = partition * 16 + hex_digit(id.at[i]);
	return partition;
}

void identity_random(uint8_t out[16])
{
	if (getrandom(out, 16, 0) != 16) {
		perror("getrandom");
		exit(1);
	}
}
