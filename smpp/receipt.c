#include "smpp/receipt.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "smpp/coding.h"
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

/* The specification's word first, then what carriers write for it. */
static const struct {
	const char *name;
	enum key key;
} key_names[] = {
	{"id", KEY_ID},
	{"sub", KEY_SUB},
	{"dlvrd", KEY_DLVRD},
	{"submitdate", KEY_SUBMIT_DATE},
	{"donedate", KEY_DONE_DATE},
	{"stat", KEY_STAT},
	{"err", KEY_ERR},
	{"text", KEY_TEXT},
	{"msgid", KEY_ID},
	{"messageid", KEY_ID},
	{"state", KEY_STAT},
	{"status", KEY_STAT},
	{"msgstate", KEY_STAT},
	{"msgstatus", KEY_STAT},
	{"messagestate", KEY_STAT},
	{"messagestatus", KEY_STAT},
	{"error", KEY_ERR},
	{"errcode", KEY_ERR},
	{"errorcode", KEY_ERR},
};

#define KEY_LENGTH_MAX 24

struct fields {
	struct span values[KEY_COUNT];
	bool seen[KEY_COUNT];
	uint8_t sign;	/* `:` or `=`, as behind the first key; 0 before it */
	bool word_stat; /* the state's key is the specification's: `stat:` */
};

static bool is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n' || octet == 0;
}

static bool is_separator(uint8_t octet)
{
	return is_blank(octet) || octet == ',' || octet == ';' || octet == '|' || octet == '&';
}

static bool is_letter(uint8_t octet)
{
	return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
}

static enum key key_named(const char *name)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (strcasecmp(name, key_names[i].name) == 0)
			return key_names[i].key;
	}
	return KEY_NONE;
}

/* What stands at a place where a value may end. */
struct found {
	enum key key;
	size_t used;  /* its extent with the sign */
	uint8_t sign; /* `:` or `=` */
	bool word;    /* `stat` */
};

/* "submit date:", "Submit_Date :" and "submitdate=" are one key: the letters of one or two words up
 * to the sign. */
static struct found key_at(struct span rest)
{
	const struct found none = {.key = KEY_NONE};
	char name[KEY_LENGTH_MAX + 1];
	size_t length = 0;
	bool foreign = true; /* until a blank shows that it is more than one word */

	for (size_t i = 0; i < rest.length && i < 2 * (size_t)KEY_LENGTH_MAX; i++) {
		uint8_t octet = rest.at[i];
		if (octet == ':' || octet == '=') {
			name[length] = '\0';
			enum key key = key_named(name);
			if (key == KEY_NONE && (!foreign || length == 0))
				return none;
			return (struct found){key == KEY_NONE ? KEY_FOREIGN : key, i + 1, octet,
					      strcasecmp(name, "stat") == 0};
		}
		if (octet == ' ' || octet == '_' || octet == '-') {
			foreign = foreign && octet != ' ';
			continue;
		}
		if (!is_letter(octet) || length == KEY_LENGTH_MAX)
			return none;
		name[length++] = (char)octet;
	}
	return none;
}

/* Without what stands around it: blanks, what parts fields, and one pair of quotation marks. */
static struct span trim(struct span span)
{
	while (span.length > 0 && is_blank(span.at[0])) {
		span.at++;
		span.length--;
	}
	while (span.length > 0 && is_separator(span.at[span.length - 1]))
		span.length--;
	if (span.length >= 2 && (span.at[0] == '"' || span.at[0] == '\'') &&
	    span.at[span.length - 1] == span.at[0])
		return (struct span){span.at + 1, span.length - 2};
	return span;
}

/* Where the value ends that began for `open`. What is signed otherwise than the first key is no
 * field of a carrier's own, and none in a text: base64 and words of people look so. */
static bool ends_value(enum key open, const struct found *next, const struct fields *fields)
{
	bool alike = fields->sign == 0 || next->sign == fields->sign;

	if (next->key == KEY_NONE)
		return false;
	if (next->key == KEY_FOREIGN)
		return open != KEY_TEXT && alike && (fields->sign != 0 || next->sign == ':');
	/* What is said twice is over with where it comes again, unless a text says it. */
	return open != KEY_TEXT || (alike && !fields->seen[next->key]);
}

static void close_value(struct fields *fields, enum key open, struct span value)
{
	if (open < KEY_COUNT)
		fields->values[open] = trim(value);
}

/* The end of a quotation that begins at `start`, behind blanks: the same mark before something that
 * parts fields; `start` where there is none. */
static size_t skip_quoted(struct span body, size_t start)
{
	size_t from = start;

	while (from < body.length && is_blank(body.at[from]))
		from++;
	if (from == body.length || (body.at[from] != '"' && body.at[from] != '\''))
		return start;
	for (size_t i = from + 1; i < body.length; i++) {
		if (body.at[i] == body.at[from] &&
		    (i + 1 == body.length || is_separator(body.at[i + 1])))
			return i + 1;
	}
	return start;
}

/* Which value begins there; that of a field that has one already is a foreign one's. */
static enum key open_value(struct fields *fields, const struct found *found)
{
	if (found->key >= KEY_COUNT || fields->seen[found->key])
		return KEY_FOREIGN;
	fields->seen[found->key] = true;
	if (fields->sign == 0)
		fields->sign = found->sign;
	if (found->key == KEY_STAT)
		fields->word_stat = found->word && found->sign == ':';
	return found->key;
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
		struct found next = {.key = KEY_NONE};
		if (word)
			next = key_at((struct span){body.at + i, body.length - i});
		if (!ends_value(open, &next, fields)) {
			i++;
			continue;
		}
		close_value(fields, open, (struct span){body.at + start, i - start});
		open = open_value(fields, &next);
		start = i + next.used;
		i = open == KEY_FOREIGN ? start : skip_quoted(body, start);
	}
	close_value(fields, open, (struct span){body.at + start, body.length - start});
}

/* The first five letters tell the states apart, and let through the abbreviated and the whole
 * words ("DELIVRD", "Delivered"). Words that are none of the specification's are what carriers
 * use for the same. False for any other: it says nothing, not even RECEIPT_UNKNOWN. */
static bool state_of(struct span stat, enum receipt_state *state)
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
		{"BUFFR", RECEIPT_ENROUTE},	  {"ACKED", RECEIPT_ACCEPTED},
		{"QUEUE", RECEIPT_ENROUTE},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (stat.length < 5 || strncasecmp((const char *)stat.at, words[i].word, 5) != 0)
			continue;
		*state = words[i].state;
		return true;
	}
	return false;
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
	read.state = RECEIPT_UNKNOWN;
	read.has_state = state_of(read.stat, &read.state);
	read_tlvs(tlvs, &read);
	if (read.id.length == 0 && !read.has_state)
		return -EPROTO;
	*receipt = read;
	return 0;
}

/* Some say UCS-2 and write octets all the same, in which the first is no NUL. */
static bool is_wide(uint8_t data_coding, struct span body)
{
	return coding_of(data_coding, CODING_GSM7).coding == CODING_UCS2 && body.length >= 2 &&
	       body.length % 2 == 0 && body.at[0] == 0;
}

static struct span narrow(struct span body, uint8_t wide[RECEIPT_TEXT_MAX])
{
	size_t length = body.length / 2;

	if (length > RECEIPT_TEXT_MAX)
		length = RECEIPT_TEXT_MAX;
	for (size_t i = 0; i < length; i++)
		wide[i] = body.at[2 * i] ? '?' : body.at[2 * i + 1];
	return (struct span){wide, length};
}

struct span receipt_text(uint8_t esm_class, uint8_t data_coding, struct span body,
			 uint8_t wide[RECEIPT_TEXT_MAX])
{
	struct udh udh;

	if ((esm_class & ESM_UDHI) && body.length > 0) {
		udh_read(body, &udh);
		body = (struct span){body.at + udh.length, body.length - udh.length};
	}
	return is_wide(data_coding, body) ? narrow(body, wide) : body;
}

bool receipt_sniff(struct span text, struct span tlvs)
{
	struct fields fields = {0};
	struct span value;

	if (tlv_find(tlvs, TLV_RECEIPTED_MESSAGE_ID, &value) &&
	    tlv_find(tlvs, TLV_MESSAGE_STATE, &value))
		return true;
	read_fields(text, &fields);
	/* People write "id" and "state", too, but not with a carrier's words behind them. */
	enum receipt_state state;
	return fields.values[KEY_ID].length > 0 && fields.values[KEY_STAT].length > 0 &&
	       (fields.word_stat || state_of(fields.values[KEY_STAT], &state));
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
