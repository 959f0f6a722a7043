#include "smpp/tlv_tell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "smpp/hex.h"
#include "smpp/tlv.h"
#include "smpp/utf8.h"

#define NUMBER_OCTETS_MAX 8

const struct tlv_naming *tlv_naming(const struct tlv_namings *namings, unsigned tag)
{
	for (size_t i = 0; i < namings->count; i++) {
		if (namings->at[i].tag == tag)
			return &namings->at[i];
	}
	return NULL;
}

static struct span without_nuls(struct span value)
{
	while (value.length > 0 && value.at[value.length - 1] == 0)
		value.length--;
	return value;
}

static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] < 0x20 || text.at[i] == 0x7F)
			return false;
	}
	return utf8_valid(text);
}

static int put_hex(struct span value, char *out)
{
	out[0] = '0';
	out[1] = 'x';
	return (int)(hex_put(value, out + 2) - out);
}

int tlv_tell_value(enum tlv_form form, struct span value, char *out, size_t capacity)
{
	uint64_t number = 0;
	struct span text;

	if (value.length > TLV_TELL_OCTETS_MAX || capacity < 3 + 2 * value.length || capacity < 24)
		return -EMSGSIZE;
	if (form == TLV_FORM_NUMBER && value.length > 0 && value.length <= NUMBER_OCTETS_MAX) {
		for (size_t i = 0; i < value.length; i++)
			number = number << 8 | value.at[i];
		return snprintf(out, capacity, "%" PRIu64, number);
	}
	text = without_nuls(value);
	if (form != TLV_FORM_TEXT || !is_plain(text))
		return put_hex(value, out);
	if (text.length > 0)
		memcpy(out, text.at, text.length);
	out[text.length] = '\0';
	return (int)text.length;
}

/* Room for any is left as long as fewer than TLV_TELL_COUNT_MAX have been told. */
static size_t tell_one(const struct tlv *tlv, const struct tlv_naming *naming, char *out)
{
	char value[3 + 2 * TLV_TELL_OCTETS_MAX], tag[8];
	int length = tlv_tell_value(naming ? naming->form : TLV_FORM_HEX, tlv->value, value,
				    sizeof(value));

	if (length < 0)
		return 0;
	snprintf(tag, sizeof(tag), "0x%04X", tlv->tag);
	return (size_t)sprintf(out, "%.*s %s\n", TLV_NAME_OCTETS_MAX, naming ? naming->name : tag,
			       value);
}

unsigned tlv_tell(struct span tlvs, const struct tlv_namings *namings, char out[TLV_TELL_SIZE])
{
	unsigned told = 0, left_out = 0;
	size_t length = 0;
	struct tlv tlv;

	for (unsigned i = 0; i < TLV_COUNT_MAX && tlv_next(&tlvs, &tlv); i++) {
		const struct tlv_naming *naming = tlv_naming(namings, tlv.tag);
		size_t more;
		if (!naming && tlv_name(tlv.tag))
			continue;
		more = told < TLV_TELL_COUNT_MAX ? tell_one(&tlv, naming, out + length) : 0;
		length += more;
		told += more > 0;
		left_out += more == 0;
	}
	out[length] = '\0';
	return left_out;
}
