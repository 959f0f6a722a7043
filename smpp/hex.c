#include "smpp/hex.h"

char *hex_put(struct span octets, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < octets.length; i++) {
		*out++ = digits[octets.at[i] >> 4];
		*out++ = digits[octets.at[i] & 0x0F];
	}
	*out = '\0';
	return out;
}

void hex_put_uuid(const uint8_t random[16], char out[HEX_UUID_MAX])
{
	for (size_t i = 0; i < 16; i++) {
		uint8_t octet = random[i];
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		if (i == 6)
			octet = (uint8_t)(0x40 | (octet & 0x0F));
		else if (i == 8)
			octet = (uint8_t)(0x80 | (octet & 0x3F));
		out = hex_put((struct span){&octet, 1}, out);
	}
}

int hex_digit(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int hex_digit_any(uint8_t digit)
{
	return hex_digit(digit >= 'A' && digit <= 'F' ? digit | 0x20 : digit);
}

bool hex_read(struct span digits, uint8_t *out)
{
	for (size_t i = 0; i + 1 < digits.length; i += 2) {
		int high = hex_digit(digits.at[i]), low = hex_digit(digits.at[i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return digits.length % 2 == 0;
}
