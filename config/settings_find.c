/* Questions to settings that were loaded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/settings.h"

#include "config/memory.h"
#include "config/settings_names.h"
#include "smpp/hex.h"

const struct settings_carrier *settings_carrier(const struct settings *settings, const char *name)
{
	return settings_names_find(&settings->carrier_names, name);
}

const struct settings_queue *settings_queue(const struct settings *settings, const char *name)
{
	return settings_names_find(&settings->queue_names, name);
}

const struct settings_programme *settings_programme(const struct settings *settings,
						    const char *name)
{
	return settings_names_find(&settings->programme_names, name);
}

const struct settings_number *settings_number(const struct settings *settings, const char *address)
{
	return settings_names_find(&settings->number_names, address);
}

struct tlv_namings settings_tlv_names(const struct settings_carrier *carrier)
{
	return carrier ? (struct tlv_namings){carrier->tlv_names, carrier->tlv_names_count}
		       : (struct tlv_namings){NULL, 0};
}

int settings_tlv_value(const struct settings_tlv *tlv, uint8_t out[SETTINGS_TLV_OCTETS_MAX])
{
	size_t digits = strlen(tlv->hex), length = strlen(tlv->text);

	if (length > SETTINGS_TLV_OCTETS_MAX || digits > 2 * SETTINGS_TLV_OCTETS_MAX || digits % 2)
		return -EINVAL;
	memcpy(out, tlv->text, length);
	for (size_t i = 0; length == 0 && i < digits; i += 2) {
		int high = hex_digit_any((uint8_t)tlv->hex[i]);
		int low = hex_digit_any((uint8_t)tlv->hex[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(length ? length : digits / 2);
}

static uint16_t language_bits(const struct settings_carrier *carrier)
{
	uint16_t bits = 0;
	uint8_t language;

	for (size_t i = 0; i < carrier->languages_count; i++) {
		if (gsm7_language(carrier->languages[i], &language) == 0)
			bits = (uint16_t)(bits | 1u << language);
	}
	return bits;
}

struct segment_options settings_segments(const struct settings_carrier *carrier)
{
	return (struct segment_options){
		.default_alphabet = carrier->default_alphabet,
		.concatenation = carrier->concatenation,
		.fold = carrier->fold_punctuation,
		.latin1 = carrier->latin1,
		.languages = language_bits(carrier),
		.segments_max = (uint16_t)carrier->segments_max,
	};
}

const char *settings_account(const struct settings_carrier *carrier)
{
	return *carrier->account ? carrier->account : carrier->name;
}

enum receipt_id_form settings_response_id(const struct settings_carrier *carrier)
{
	static const enum receipt_id_form forms[] = {
		[SETTINGS_ID_TEXT] = RECEIPT_ID_TEXT,
		[SETTINGS_ID_EXACT] = RECEIPT_ID_EXACT,
		[SETTINGS_ID_DECIMAL] = RECEIPT_ID_DECIMAL,
		[SETTINGS_ID_HEX] = RECEIPT_ID_HEX,
		[SETTINGS_ID_HEX_TO_DECIMAL] = RECEIPT_ID_HEX,
		[SETTINGS_ID_DECIMAL_TO_HEX] = RECEIPT_ID_DECIMAL,
	};
	return forms[carrier->message_id_form];
}

enum receipt_id_form settings_receipt_id(const struct settings_carrier *carrier)
{
	if (carrier->message_id_form == SETTINGS_ID_HEX_TO_DECIMAL)
		return RECEIPT_ID_DECIMAL;
	if (carrier->message_id_form == SETTINGS_ID_DECIMAL_TO_HEX)
		return RECEIPT_ID_HEX;
	return settings_response_id(carrier);
}

char *settings_join(char *const *texts, size_t count, char between)
{
	size_t capacity = 1, length = 0;
	const char separator[] = {between, '\0'};

	for (size_t i = 0; i < count; i++)
		capacity += strlen(texts[i]) + 1;
	char *joined = memory_array(capacity, 1);
	for (size_t i = 0; i < count; i++)
		length += (size_t)snprintf(joined + length, capacity - length, "%s%s",
					   i ? separator : "", texts[i]);
	return joined;
}
