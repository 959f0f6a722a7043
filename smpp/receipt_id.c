#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "smpp/receipt.h"

/* Canonical message ids. Hexadecimal ones are longer than any machine word, so they are turned
 * into decimal by long arithmetic in limbs of nine decimal digits. */

#define LIMB 1000000000u
#define LIMB_COUNT ((RECEIPT_ID_MAX * 2 + 8) / 9) /* a hex digit is fewer than two decimal ones */

static int hex_value(uint8_t octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	if (octet >= 'a' && octet <= 'f')
		return octet - 'a' + 10;
	if (octet >= 'A' && octet <= 'F')
		return octet - 'A' + 10;
	return -1;
}

static bool all_digits(struct span id, int base)
{
	for (size_t i = 0; i < id.length; i++) {
		int value = hex_value(id.at[i]);
		if (value < 0 || value >= base)
			return false;
	}
	return id.length > 0;
}

static struct span without_zeros(struct span id)
{
	while (id.length > 1 && id.at[0] == '0') {
		id.at++;
		id.length--;
	}
	return id;
}

static int copy(struct span id, bool fold, char *out, size_t capacity)
{
	if (id.length >= capacity)
		return -EMSGSIZE;
	for (size_t i = 0; i < id.length; i++) {
		uint8_t octet = id.at[i];
		if (fold && octet >= 'A' && octet <= 'Z')
			octet = (uint8_t)(octet + ('a' - 'A'));
		out[i] = (char)octet;
	}
	out[id.length] = '\0';
	return (int)id.length;
}

static int from_hex(struct span id, char *out, size_t capacity)
{
	uint32_t limbs[LIMB_COUNT] = {0}; /* the lowest first */
	unsigned used = 1;
	char digits[LIMB_COUNT * 9 + 1];
	size_t length = 0;

	for (size_t i = 0; i < id.length; i++) {
		uint64_t carry = (uint64_t)hex_value(id.at[i]);
		for (unsigned j = 0; j < used; j++) {
			uint64_t value = (uint64_t)limbs[j] * 16 + carry;
			limbs[j] = (uint32_t)(value % LIMB);
			carry = value / LIMB;
		}
		if (carry && used < LIMB_COUNT)
			limbs[used++] = (uint32_t)carry;
	}
	for (unsigned j = used; j > 0; j--)
		length += (size_t)snprintf(digits + length, sizeof(digits) - length,
					   j == used ? "%" PRIu32 : "%09" PRIu32, limbs[j - 1]);
	return copy((struct span){(const uint8_t *)digits, length}, false, out, capacity);
}

static struct span trimmed(struct span id)
{
	while (id.length > 0 && id.at[0] == ' ') {
		id.at++;
		id.length--;
	}
	while (id.length > 0 && id.at[id.length - 1] == ' ')
		id.length--;
	return id;
}

static struct span without_prefix(struct span id)
{
	if (id.length > 2 && id.at[0] == '0' && (id.at[1] == 'x' || id.at[1] == 'X'))
		return (struct span){id.at + 2, id.length - 2};
	return id;
}

int receipt_canonical_id(struct span id, enum receipt_id_form form, char *out, size_t capacity)
{
	if (form != RECEIPT_ID_EXACT)
		id = trimmed(id);
	if (id.length == 0 || id.length > RECEIPT_ID_MAX || memchr(id.at, 0, id.length) != NULL)
		return -EINVAL;

	switch (form) {
	case RECEIPT_ID_EXACT:
		return copy(id, false, out, capacity);
	case RECEIPT_ID_HEX:
		if (all_digits(without_prefix(id), 16))
			return from_hex(without_zeros(without_prefix(id)), out, capacity);
		break;
	case RECEIPT_ID_DECIMAL: /* digits alone are the same in RECEIPT_ID_TEXT */
	case RECEIPT_ID_TEXT:
		break;
	}
	return copy(without_zeros(id), true, out, capacity);
}
