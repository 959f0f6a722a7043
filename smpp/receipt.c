#include "smpp/receipt.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "smpp/tlv.h"
#include "smpp/udh.h"

#define ESM_UDHI 0x40 /* SMPP 3.4 §5.2.12 */

/* The fields of the text form. A value runs up to the next key; only a text may hold what looks
 * like an unknown key. The first of a name wins, so a message's own words in `text` cannot
 * override the fields that stand before it. */
enum key {
	KEY_ID,
	KEY_SUB,
	KEY_DLVRD,
	KEY_SUBMIT_DATE,
	KEY_DONE_DATE,
	KEY_STAT,
	KEY_ERR,
	KEY_TEXT,
	KEY_COUNT,
	KEY_FOREIGN = KEY_COUNT, /* some other word and a colon */
	KEY_NONE,
};

static const char *const key_names[KEY_COUNT] = {
	"id", "sub", "dlvrd", "submitdate", "donedate", "stat", "err", "text",
};

#define KEY_LENGTH_MAX 24

struct fields {
	struct span values[KEY_COUNT];
	bool seen[KEY_COUNT];
};

static bool is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n' || octet == 0;
}

static bool is_separator(uint8_t octet)
{
	return is_blank(octet) || octet == ',' || octet == ';' || octet == '|';
}

static bool is_letter(uint8_t octet)
{
	return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
}

static enum key key_named(const char *name)
{
	for (unsigned i = 0; i < KEY_COUNT; i++) {
		if (strcasecmp(name, key_names[i]) == 0)
			return (enum key)i;
	}
	return KEY_NONE;
}

/* "submit date:", "Submit_Date :" and "submitdate:" are one key. Writes the letters of one or two
 * words up to the colon; `used` is their extent with the colon. */
static enum key key_at(struct span rest, size_t *used)
{
	char name[KEY_LENGTH_MAX + 1];
	size_t length = 0;
	bool foreign = true; /* until a blank shows that it is more than one word */

	for (size_t i = 0; i < rest.length && i < 2 * (size_t)KEY_LENGTH_MAX; i++) {
		uint8_t octet = rest.at[i];
		if (octet == ':') {
			name[length] = '\0';
			enum key key = key_named(name);
			if (key == KEY_NONE && (!foreign || length == 0))
				return KEY_NONE;
			*used = i + 1;
			return key == KEY_NONE ? KEY_FOREIGN : key;
		}
		if (octet == ' ' || octet == '_') {
			foreign = foreign && octet == '_';
			continue;
		}
		if (!is_letter(octet) || length == KEY_LENGTH_MAX)
			return KEY_NONE;
		name[length++] = (char)octet;
	}
	return KEY_NONE;
}

static struct span trim(struct span span)
{
	while (span.length > 0 && is_blank(span.at[0])) {
		span.at++;
		span.length--;
	}
	while (span.length > 0 && is_separator(span.at[span.length - 1]))
		span.length--;
	return span;
}

/* Where the value ends that began for `open`, the key there being `next`. */
static bool ends_value(enum key open, enum key next, const struct fields *fields)
{
	if (next == KEY_NONE)
		return false;
	if (next == KEY_FOREIGN)
		return open != KEY_TEXT;
	return !fields->seen[next];
}

static void close_value(struct fields *fields, enum key open, struct span value)
{
	if (open < KEY_COUNT)
		fields->values[open] = trim(value);
}

static void read_fields(struct span body, struct fields *fields)
{
	enum key open = KEY_NONE;
	size_t start = 0;
	size_t i = 0;

	/* Without a body there may be no pointer to count from. */
	if (body.length == 0)
		return;
	while (i < body.length) {
		bool word = is_letter(body.at[i]) && (i == 0 || is_separator(body.at[i - 1]));
		size_t used = 0;
		enum key next = word ? key_at((struct span){body.at + i, body.length - i}, &used)
				     : KEY_NONE;
		if (!ends_value(open, next, fields)) {
			i++;
			continue;
		}
		close_value(fields, open, (struct span){body.at + start, i - start});
		open = next;
		if (next < KEY_COUNT)
			fields->seen[next] = true;
		i += used;
		start = i;
	}
	close_value(fields, open, (struct span){body.at + start, body.length - start});
}

/* The first five letters tell the states apart, and let through the abbreviated and the whole
 * words ("DELIVRD", "Delivered"). Words that are none of the specification's are what carriers
 * use for the same. */
static enum receipt_state state_of(struct span stat)
{
	static const struct {
		const char *word;
		enum receipt_state state;
	} words[] = {
		{"DELIV", RECEIPT_DELIVERED},	  {"EXPIR", RECEIPT_EXPIRED},
		{"DELET", RECEIPT_DELETED},	  {"UNDEL", RECEIPT_UNDELIVERABLE},
		{"ACCEP", RECEIPT_ACCEPTED},	  {"UNKNO", RECEIPT_UNKNOWN},
		{"REJEC", RECEIPT_REJECTED},	  {"ENROU", RECEIPT_ENROUTE},
		{"SCHED", RECEIPT_SCHEDULED},	  {"SKIPP", RECEIPT_SKIPPED},
		{"FAILE", RECEIPT_UNDELIVERABLE}, {"BUFFE", RECEIPT_ENROUTE},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (stat.length >= 5 && strncasecmp((const char *)stat.at, words[i].word, 5) == 0)
			return words[i].state;
	}
	return RECEIPT_UNKNOWN;
}

static void read_tlvs(struct span tlvs, struct receipt *receipt)
{
	struct span value;
	uint32_t number;

	if (tlv_text(tlvs, TLV_RECEIPTED_MESSAGE_ID, &value) && value.length > 0)
		receipt->id = value;
	if (tlv_number(tlvs, TLV_MESSAGE_STATE, RECEIPT_SKIPPED, &number)) {
		receipt->has_state = true;
		receipt->state = (enum receipt_state)number;
	}
	if (tlv_find(tlvs, TLV_NETWORK_ERROR_CODE, &value) && value.length == 3) {
		receipt->has_network_error = true;
		receipt->network_type = value.at[0];
		receipt->network_error = (uint16_t)(value.at[1] << 8 | value.at[2]);
	}
}

int receipt_parse(struct span text, struct span tlvs, struct receipt *receipt)
{
	struct fields fields = {0};
	struct receipt read = {0};

	read_fields(text, &fields);
	read.id = fields.values[KEY_ID];
	read.submitted = fields.values[KEY_SUB];
	read.delivered = fields.values[KEY_DLVRD];
	read.submit_date = fields.values[KEY_SUBMIT_DATE];
	read.done_date = fields.values[KEY_DONE_DATE];
	read.stat = fields.values[KEY_STAT];
	read.error = fields.values[KEY_ERR];
	read.text = fields.values[KEY_TEXT];
	read.has_state = read.stat.length > 0;
	read.state = read.has_state ? state_of(read.stat) : RECEIPT_UNKNOWN;
	read_tlvs(tlvs, &read);
	if (read.id.length == 0 && !read.has_state)
		return -EPROTO;
	*receipt = read;
	return 0;
}

struct span receipt_text(uint8_t esm_class, struct span body)
{
	struct udh udh;

	if (!(esm_class & ESM_UDHI) || body.length == 0)
		return body;
	udh_read(body, &udh);
	return (struct span){body.at + udh.length, body.length - udh.length};
}

bool receipt_sniff(struct span text, struct span tlvs)
{
	struct fields fields = {0};
	struct span value;

	if (tlv_find(tlvs, TLV_RECEIPTED_MESSAGE_ID, &value) &&
	    tlv_find(tlvs, TLV_MESSAGE_STATE, &value))
		return true;
	read_fields(text, &fields);
	return fields.values[KEY_ID].length > 0 && fields.values[KEY_STAT].length > 0;
}

enum receipt_type receipt_type(uint8_t esm_class)
{
	unsigned bits = esm_class & 0x3Cu;

	switch (bits) {
	case RECEIPT_TYPE_MESSAGE:
	case RECEIPT_TYPE_RECEIPT:
	case RECEIPT_TYPE_SME_ACK:
	case RECEIPT_TYPE_USER_ACK:
	case RECEIPT_TYPE_ABORT:
	case RECEIPT_TYPE_INTERMEDIATE:
		return (enum receipt_type)bits;
	default:
		return RECEIPT_TYPE_OTHER;
	}
}

bool receipt_is_final(enum receipt_state state)
{
	switch (state) {
	case RECEIPT_DELIVERED:
	case RECEIPT_EXPIRED:
	case RECEIPT_DELETED:
	case RECEIPT_UNDELIVERABLE:
	case RECEIPT_REJECTED:
	case RECEIPT_SKIPPED:
		return true;
	case RECEIPT_SCHEDULED:
	case RECEIPT_ENROUTE:
	case RECEIPT_ACCEPTED:
	case RECEIPT_UNKNOWN:
		return false;
	}
	return false;
}

const char *receipt_state_name(enum receipt_state state)
{
	static const char *const names[] = {
		"scheduled",	 "enroute",  "delivered", "expired",  "deleted",
		"undeliverable", "accepted", "unknown",	  "rejected", "skipped",
	};

	if ((unsigned)state >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[state];
}
