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
	char *at = out;

	memcpy(octets, random, sizeof(octets));
	octets[6] = (uint8_t)(0x40 | (octets[6] & 0x0F));
	octets[8] = (uint8_t)(0x80 | (octets[8] & 0x3F));
	octets[14] = (uint8_t)((octets[14] & 0xF0) | ((partition >> 8) & 0x0F));
	octets[15] = (uint8_t)(partition & 0xFF);
	for (unsigned i = 0; i < sizeof(octets); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at = hex_put((struct span){&octets[i], 1}, at);
	}
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
