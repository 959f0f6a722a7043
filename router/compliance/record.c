#include "router/compliance/record.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/hex.h"

void record_begin(struct record_writer *writer, char *at, size_t capacity)
{
	*writer = (struct record_writer){.at = at, .capacity = capacity};
	at[0] = '\0';
}

static void put(struct record_writer *writer, char octet)
{
	if (writer->length + 1 >= writer->capacity) {
		writer->full = true;
		return;
	}
	writer->at[writer->length++] = octet;
	writer->at[writer->length] = '\0';
}

static const char digits[] = "0123456789ABCDEF";

static bool is_plain(uint8_t octet)
{
	return octet >= 0x20 && octet != 0x7F && octet != '%';
}

void record_add(struct record_writer *writer, struct span name, struct span value)
{
	if (writer->length)
		put(writer, '\t');
	for (size_t i = 0; i < name.length; i++)
		put(writer, (char)name.at[i]);
	put(writer, '=');
	for (size_t i = 0; i < value.length; i++) {
		uint8_t octet = value.at[i];
		if (is_plain(octet)) {
			put(writer, (char)octet);
			continue;
		}
		put(writer, '%');
		put(writer, digits[octet >> 4]);
		put(writer, digits[octet & 0x0F]);
	}
}

void record_print(FILE *file, struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (is_plain(value.at[i]))
			fputc(value.at[i], file);
		else
			fprintf(file, "%%%02X", value.at[i]);
	}
}

/* The value of a digit, or -1. */
static int digit_value(char digit)
{
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

size_t record_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		int high = *from == '%' ? digit_value(from[1]) : -1;
		int low = high >= 0 ? digit_value(from[2]) : -1;
		if (low >= 0) {
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

struct span record_field(struct span record, const char *name)
{
	size_t length = strlen(name);
	const uint8_t *at = record.at, *end = record.at + record.length;

	while (at < end) {
		const uint8_t *tab = memchr(at, '\t', (size_t)(end - at));
		size_t whole = (size_t)((tab ? tab : end) - at);
		if (whole > length && memcmp(at, name, length) == 0 && at[length] == '=')
			return (struct span){at + length + 1, whole - length - 1};
		at += whole + 1;
	}
	return (struct span){NULL, 0};
}

bool record_number(struct span text, uint64_t *number)
{
	uint64_t value = 0;

	if (text.length == 0 || text.length > 19 || (text.length > 1 && text.at[0] == '0'))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
	}
	*number = value;
	return true;
}

bool record_place(struct span record, struct record_place *place)
{
	uint64_t partition;

	place->prev = record_field(record, "prev");
	if (!record_number(record_field(record, "p"), &partition) || partition >= 1U << 20 ||
	    !record_number(record_field(record, "n"), &place->n) || !place->prev.at)
		return false;
	place->partition = (unsigned)partition;
	return true;
}

void record_chain(struct span record, char out[RECORD_PREV_MAX])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (!EVP_Digest(record.at, record.length, hash, &length, EVP_sha1(), NULL)) {
		fputs("SHA-1 is not available\n", stderr);
		exit(1);
	}
	hex_put((struct span){hash, length < RECORD_PREV_MAX / 2 ? length : RECORD_PREV_MAX / 2},
		out);
}
