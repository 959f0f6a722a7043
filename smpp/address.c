#include "smpp/address.h"

#include <errno.h>
#include <string.h>

#define TON_UNKNOWN 0
#define TON_INTERNATIONAL 1
#define TON_NATIONAL 2
#define TON_NETWORK 3
#define TON_ALPHANUMERIC 5
#define TON_ABBREVIATED 6

#define E164_DIGITS_MAX 15

/* A string under work: rewriting may make it longer than either of its ends. */
struct text {
	char at[PDU_STRING_MAX + 1];
	size_t length;
};

struct address_settings address_settings_default(void)
{
	return (struct address_settings){
		.kinds =
			{
				[ADDRESS_INTERNATIONAL] = {TON_INTERNATIONAL, 1},
				[ADDRESS_NATIONAL] = {TON_NATIONAL, 1},
				[ADDRESS_SHORT] = {TON_NETWORK, 0},
				[ADDRESS_TEXT] = {TON_ALPHANUMERIC, 0},
			},
		.short_digits_max = 8,
	};
}

static bool are_digits(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
	}
	return length > 0;
}

static int replace_front(struct text *text, size_t count, const char *with)
{
	size_t length = strlen(with);

	if (text->length - count + length > PDU_STRING_MAX)
		return -EINVAL;
	memmove(text->at + length, text->at + count, text->length - count);
	memcpy(text->at, with, length);
	text->length += length - count;
	return 0;
}

static int rewrite(struct text *text, const struct address_rules *rules)
{
	for (size_t i = 0; i < rules->count && i < ADDRESS_RULES_MAX; i++) {
		size_t length = strlen(rules->at[i].prefix);
		if (length > text->length || memcmp(text->at, rules->at[i].prefix, length) != 0)
			continue;
		return replace_front(text, length, rules->at[i].replacement);
	}
	return 0;
}

static int fill(struct text *text, struct span from)
{
	if (from.length > PDU_STRING_MAX)
		return -EINVAL;
	for (size_t i = 0; i < from.length; i++) {
		if (from.at[i] < 0x20)
			return -EINVAL;
		text->at[i] = (char)from.at[i];
	}
	text->length = from.length;
	while (text->length > 0 && text->at[text->length - 1] == ' ')
		text->length--;
	return 0;
}

/* Digits without `+`, as the TON and their number explain them. */
static int explain_digits(struct text *text, uint8_t ton, const struct address_settings *settings)
{
	if (ton == TON_NETWORK || ton == TON_ABBREVIATED ||
	    text->length <= settings->short_digits_max)
		return 0;
	if (text->length > E164_DIGITS_MAX + 2)
		return 0;
	if (text->at[0] == '0' && text->at[1] == '0')
		return replace_front(text, 2, "+");
	if (ton == TON_NATIONAL && settings->country) {
		int error = replace_front(text, text->at[0] == '0' ? 1 : 0, settings->country);
		return error ? error : replace_front(text, 0, "+");
	}
	/* Longer than any short code: the carrier means a full number, whatever TON it wrote. */
	return replace_front(text, 0, "+");
}

int address_canonical(const struct pdu_address *wire, const struct address_settings *settings,
		      char *out, size_t capacity)
{
	struct text text;
	int error = fill(&text, wire->number);

	if (!error && wire->ton == TON_INTERNATIONAL && text.length > settings->short_digits_max &&
	    are_digits(text.at, text.length))
		error = replace_front(&text, text.at[0] == '0' && text.at[1] == '0' ? 2 : 0, "+");
	if (!error)
		error = rewrite(&text, &settings->in);
	if (!error && wire->ton != TON_ALPHANUMERIC && are_digits(text.at, text.length))
		error = explain_digits(&text, wire->ton, settings);
	if (error)
		return error;
	if (text.length > ADDRESS_MAX)
		return -EINVAL;
	if (text.length >= capacity)
		return -EMSGSIZE;
	memcpy(out, text.at, text.length);
	out[text.length] = '\0';
	return (int)text.length;
}

enum address_kind address_kind(struct span canonical)
{
	const char *at = (const char *)canonical.at;

	if (canonical.length > 1 && at[0] == '+' && are_digits(at + 1, canonical.length - 1))
		return ADDRESS_INTERNATIONAL;
	if (are_digits(at, canonical.length))
		return ADDRESS_SHORT;
	return ADDRESS_TEXT;
}

int address_wire(struct span canonical, const struct address_settings *settings,
		 char storage[ADDRESS_WIRE_MAX + 1], struct pdu_address *wire)
{
	struct text text;
	enum address_kind kind = address_kind(canonical);

	if (fill(&text, canonical) || rewrite(&text, &settings->out) || text.length == 0)
		return -EINVAL;
	/* A rule that took the `+` off has made it a national number. */
	if (kind == ADDRESS_INTERNATIONAL && text.at[0] != '+')
		kind = ADDRESS_NATIONAL;
	size_t skip = kind == ADDRESS_INTERNATIONAL && !settings->plus ? 1 : 0;
	if (text.length <= skip || text.length - skip > ADDRESS_WIRE_MAX)
		return -EINVAL;
	size_t length = text.length - skip;
	memcpy(storage, text.at + skip, length);
	storage[length] = '\0';
	wire->ton = settings->kinds[kind].ton;
	wire->npi = settings->kinds[kind].npi;
	wire->number = (struct span){(const uint8_t *)storage, length};
	return 0;
}

void address_mask(struct span address, char *out, size_t capacity)
{
	size_t shown = address.length > 4 ? 4 : 1;
	size_t hidden = address.length > shown ? address.length - shown : 0;
	size_t length = 0;

	if (capacity == 0)
		return;
	/* A log line is one line: whatever is not printable is masked too. */
	for (size_t i = 0; i < address.length && length + 1 < capacity; i++) {
		uint8_t octet = address.at[i];
		bool show = i >= hidden && octet > 0x20 && octet < 0x7F;
		out[length++] = (char)(show ? octet : '*');
	}
	out[length] = '\0';
}
