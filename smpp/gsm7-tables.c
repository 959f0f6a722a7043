#include "smpp/gsm7-tables.h"

#include <stddef.h>

#include "smpp/gsm7-tables-asia.h"
#include "smpp/gsm7.h"

/* clang-format off */

/* 3GPP TS 23.038 §6.2.1. 0x1B is the escape and no character. */
static const uint16_t default_alphabet[GSM7_TABLES_SIZE] = {
	'@', 0x00A3, '$', 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC,
	0x00F2, 0x00C7, 0x000A, 0x00D8, 0x00F8, 0x000D, 0x00C5, 0x00E5,
	0x0394, '_', 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8,
	0x03A3, 0x0398, 0x039E, 0, 0x00C6, 0x00E6, 0x00DF, 0x00C9,
	' ', '!', '"', '#', 0x00A4, '%', '&', '\'',
	'(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7',
	'8', '9', ':', ';', '<', '=', '>', '?',
	0x00A1, 'A', 'B', 'C', 'D', 'E', 'F', 'G',
	'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
	'X', 'Y', 'Z', 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
	0x00BF, 'a', 'b', 'c', 'd', 'e', 'f', 'g',
	'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
	'x', 'y', 'z', 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};

/* 3GPP TS 23.038 §A.3.1. */
static const uint16_t turkish_locking[GSM7_TABLES_SIZE] = {
	'@', 0x00A3, '$', 0x00A5, 0x20AC, 0x00E9, 0x00F9, 0x0131,
	0x00F2, 0x00C7, 0x000A, 0x011E, 0x011F, 0x000D, 0x00C5, 0x00E5,
	0x0394, '_', 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8,
	0x03A3, 0x0398, 0x039E, 0, 0x015E, 0x015F, 0x00DF, 0x00C9,
	' ', '!', '"', '#', 0x00A4, '%', '&', '\'',
	'(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7',
	'8', '9', ':', ';', '<', '=', '>', '?',
	0x0130, 'A', 'B', 'C', 'D', 'E', 'F', 'G',
	'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
	'X', 'Y', 'Z', 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
	0x00E7, 'a', 'b', 'c', 'd', 'e', 'f', 'g',
	'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
	'x', 'y', 'z', 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};

/* 3GPP TS 23.038 §A.3.3. */
static const uint16_t portuguese_locking[GSM7_TABLES_SIZE] = {
	'@', 0x00A3, '$', 0x00A5, 0x00EA, 0x00E9, 0x00FA, 0x00ED,
	0x00F3, 0x00E7, 0x000A, 0x00D4, 0x00F4, 0x000D, 0x00C1, 0x00E1,
	0x0394, '_', 0x00AA, 0x00C7, 0x00C0, 0x221E, '^', '\\',
	0x20AC, 0x00D3, '|', 0, 0x00C2, 0x00E2, 0x00CA, 0x00C9,
	' ', '!', '"', '#', 0x00BA, '%', '&', '\'',
	'(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7',
	'8', '9', ':', ';', '<', '=', '>', '?',
	0x00CD, 'A', 'B', 'C', 'D', 'E', 'F', 'G',
	'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
	'X', 'Y', 'Z', 0x00C3, 0x00D5, 0x00DA, 0x00DC, 0x00A7,
	'~', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
	'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
	'x', 'y', 'z', 0x00E3, 0x00F5, '`', 0x00FC, 0x00E0,
};

/* 3GPP TS 23.038 §6.2.1.1. 0x0A is the page break. */
static const uint16_t default_extension[GSM7_TABLES_SIZE] = {
	[0x0A] = 0x000C, [0x14] = '^', [0x28] = '{', [0x29] = '}', [0x2F] = '\\',
	[0x3C] = '[', [0x3D] = '~', [0x3E] = ']', [0x40] = '|', [0x65] = 0x20AC,
};

/* 3GPP TS 23.038 §A.2.1. */
static const uint16_t turkish_single[GSM7_TABLES_SIZE] = {
	[0x0A] = 0x000C, [0x14] = '^', [0x28] = '{', [0x29] = '}', [0x2F] = '\\',
	[0x3C] = '[', [0x3D] = '~', [0x3E] = ']', [0x40] = '|', [0x47] = 0x011E,
	[0x49] = 0x0130, [0x53] = 0x015E, [0x63] = 0x00E7, [0x65] = 0x20AC, [0x67] = 0x011F,
	[0x69] = 0x0131, [0x73] = 0x015F,
};

/* 3GPP TS 23.038 §A.2.2. */
static const uint16_t spanish_single[GSM7_TABLES_SIZE] = {
	[0x09] = 0x00E7, [0x0A] = 0x000C, [0x14] = '^', [0x28] = '{', [0x29] = '}',
	[0x2F] = '\\', [0x3C] = '[', [0x3D] = '~', [0x3E] = ']', [0x40] = '|',
	[0x41] = 0x00C1, [0x49] = 0x00CD, [0x4F] = 0x00D3, [0x55] = 0x00DA, [0x61] = 0x00E1,
	[0x65] = 0x20AC, [0x69] = 0x00ED, [0x6F] = 0x00F3, [0x75] = 0x00FA,
};

/* 3GPP TS 23.038 §A.2.3. */
static const uint16_t portuguese_single[GSM7_TABLES_SIZE] = {
	[0x05] = 0x00EA, [0x09] = 0x00E7, [0x0A] = 0x000C, [0x0B] = 0x00D4, [0x0C] = 0x00F4,
	[0x0E] = 0x00C1, [0x0F] = 0x00E1, [0x12] = 0x03A6, [0x13] = 0x0393, [0x14] = '^',
	[0x15] = 0x03A9, [0x16] = 0x03A0, [0x17] = 0x03A8, [0x18] = 0x03A3, [0x19] = 0x0398,
	[0x1F] = 0x00CA, [0x28] = '{', [0x29] = '}', [0x2F] = '\\', [0x3C] = '[',
	[0x3D] = '~', [0x3E] = ']', [0x40] = '|', [0x41] = 0x00C0, [0x49] = 0x00CD,
	[0x4F] = 0x00D3, [0x55] = 0x00DA, [0x5B] = 0x00C3, [0x5C] = 0x00D5, [0x61] = 0x00C2,
	[0x65] = 0x20AC, [0x69] = 0x00ED, [0x6F] = 0x00F3, [0x75] = 0x00FA, [0x7B] = 0x00E3,
	[0x7C] = 0x00F5, [0x7F] = 0x00E2,
};

/* clang-format on */

static const uint16_t *const locking_tables[] = {
	[GSM7_DEFAULT] = default_alphabet,
	[GSM7_TURKISH] = turkish_locking,
	[GSM7_SPANISH] = NULL,
	[GSM7_PORTUGUESE] = portuguese_locking,
};

static const uint16_t *const single_tables[] = {
	[GSM7_DEFAULT] = default_extension,
	[GSM7_TURKISH] = turkish_single,
	[GSM7_SPANISH] = spanish_single,
	[GSM7_PORTUGUESE] = portuguese_single,
};

const uint16_t *gsm7_tables_locking(uint8_t language)
{
	if (language < GSM7_TABLES_ASIA_FIRST)
		return locking_tables[language];
	return language <= GSM7_URDU ? gsm7_tables_asia_locking[language - GSM7_TABLES_ASIA_FIRST]
				     : NULL;
}

const uint16_t *gsm7_tables_single(uint8_t language)
{
	if (language < GSM7_TABLES_ASIA_FIRST)
		return single_tables[language];
	return language <= GSM7_URDU ? gsm7_tables_asia_single[language - GSM7_TABLES_ASIA_FIRST]
				     : NULL;
}
