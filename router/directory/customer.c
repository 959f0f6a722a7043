#include "router/directory/customer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/key.h"
#include "router/compliance/normal.h"

#define KIND "customer"
#define HEAD_MAX 64 /* octets of a column's name that are looked at */
#define WORD_MAX 64 /* octets of a word that somebody is found by */
#define WORDS_MOST 32
#define DIGITS_LEAST 3	      /* with which somebody can be looked for */
#define NAMELESS "\U0010FFFF" /* sorts behind all names */

static const struct customer_field fields[] = {
	{"salutation", "Salutation", "salutation prefix", false},
	{"firstName", "First name", "firstname givenname forename first", true},
	{"middleName", "Middle name", "middlename middle", true},
	{"lastName", "Last name", "lastname surname familyname last name fullname customername",
	 true},
	{"title", "Title", "title jobtitle", false},
	{"workEmail", "E-mail", "email mail emailaddress workemail", false},
	{"personalEmail", "Private e-mail", "personalemail privateemail", false},
	{"otherEmail", "Other e-mail", "otheremail", false},
	{"address.address1", "Address", "address address1 street", false},
	{"address.address2", "Address, second line", "address2 street2", false},
	{"address.postalCode", "Postal code", "postalcode postcode zip zipcode", false},
	{"address.city", "City", "city town", false},
	{"address.state", "State", "state province region", false},
	{"address.countryCode", "Country", "country countrycode", false},
	{"externalSystemUrl", "Page", "url link externalsystemurl", false},
	{NULL, NULL, NULL, false},
};
static const char number_heads[] = "number phone msisdn mobile telephone tel cell phonenumber "
				   "mobilenumber cellphone mobilephone";

const struct customer_field *customer_fields(void)
{
	return fields;
}

static bool is_own_octet(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= '0' && octet <= '9') || octet == '_' || octet == '-';
}

bool customer_is_own(struct span name)
{
	for (size_t i = 0; i < name.length; i++) {
		if (!is_own_octet(name.at[i]))
			return false;
	}
	return name.length > 0 && name.length <= CUSTOMER_OWN_NAME_MAX;
}

const char *customer_own(const char *field)
{
	size_t prefix = strlen(CUSTOMER_OWN);

	return strncmp(field, CUSTOMER_OWN, prefix) == 0 ? field + prefix : NULL;
}

bool customer_is_field(const char *field)
{
	const char *own = customer_own(field);

	if (own)
		return customer_is_own(span_text(own));
	for (const struct customer_field *known = fields; known->field; known++) {
		if (strcmp(known->field, field) == 0)
			return true;
	}
	return strcmp(field, CUSTOMER_NUMBER) == 0;
}

bool customer_is_value(struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < 0x20 || value.at[i] == 0x7F)
			return false;
	}
	return value.length <= CUSTOMER_VALUE_MAX;
}

/* Whether the list, with blanks between, has the word. */
static bool lists(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at; at += *at == ' ') {
		size_t next = strcspn(at, " ");
		if (next == length && memcmp(at, word, length) == 0)
			return true;
		at += next;
	}
	return false;
}

/* The operator's own: what a name cannot have is a _. */
static bool own_column(struct span head, char field[CUSTOMER_FIELD_MAX])
{
	size_t length = head.length < CUSTOMER_OWN_NAME_MAX ? head.length : CUSTOMER_OWN_NAME_MAX;
	bool any = false;

	snprintf(field, CUSTOMER_FIELD_MAX, "%s%.*s", CUSTOMER_OWN, (int)length,
		 length ? (const char *)head.at : "");
	for (char *at = field + strlen(CUSTOMER_OWN); *at; at++) {
		bool fits = is_own_octet((uint8_t)*at);
		any |= fits;
		if (!fits)
			*at = '_';
	}
	return any;
}

bool customer_column(struct span head, char field[CUSTOMER_FIELD_MAX])
{
	char word[HEAD_MAX + 1];
	size_t length = 0;

	for (size_t i = 0; i < head.length && length < HEAD_MAX; i++) {
		uint8_t octet = head.at[i];
		if (octet >= 'A' && octet <= 'Z')
			word[length++] = (char)(octet + 32);
		else if (is_own_octet(octet) && octet != '_' && octet != '-')
			word[length++] = (char)octet;
	}
	word[length] = '\0';
	if (length && lists(number_heads, word)) {
		snprintf(field, CUSTOMER_FIELD_MAX, "%s", CUSTOMER_NUMBER);
		return true;
	}
	for (const struct customer_field *known = fields; length && known->field; known++) {
		if (lists(known->heads, word)) {
			snprintf(field, CUSTOMER_FIELD_MAX, "%s", known->field);
			return true;
		}
	}
	return own_column(head, field);
}

/* Names */

static size_t add_name(char out[CUSTOMER_NAME_MAX], size_t length, const char *name)
{
	if (!*name || length >= CUSTOMER_NAME_MAX - 1)
		return length;
	int octets =
		snprintf(out + length, CUSTOMER_NAME_MAX - length, "%s%s", length ? " " : "", name);
	size_t room = CUSTOMER_NAME_MAX - 1 - length;
	return length + ((size_t)octets < room ? (size_t)octets : room);
}

char *customer_name(const struct directory_entity *customer, char out[CUSTOMER_NAME_MAX])
{
	size_t length = 0;

	out[0] = '\0';
	length = add_name(out, length, directory_text(customer, "firstName"));
	length = add_name(out, length, directory_text(customer, "middleName"));
	add_name(out, length, directory_text(customer, "lastName"));
	return out;
}

void customer_id(unsigned partition, const char *uuid, char out[CUSTOMER_ID_MAX])
{
	snprintf(out, CUSTOMER_ID_MAX, "%u.%s", partition, uuid);
}

bool customer_partition(struct span id, unsigned partitions, unsigned *partition)
{
	unsigned value = 0;
	size_t i = 0;

	for (; i < id.length && i < 4 && id.at[i] >= '0' && id.at[i] <= '9'; i++)
		value = value * 10 + (id.at[i] - (unsigned)'0');
	if (i == 0 || i == id.length || id.at[i] != '.' || value >= partitions ||
	    id.length >= CUSTOMER_ID_MAX || (id.at[0] == '0' && i > 1))
		return false;
	*partition = value;
	return true;
}

/* What they are found by */

struct words {
	char *text;
	size_t length, capacity, count;
};

static void add_word(struct words *words, const char *prefix, struct span word)
{
	size_t length = word.length < WORD_MAX ? word.length : WORD_MAX;
	size_t needed = strlen(prefix) + length + 1;

	if (!length || words->count == WORDS_MOST || words->length + needed + 1 > words->capacity)
		return;
	words->length += (size_t)snprintf(
		words->text + words->length, words->capacity - words->length, "%s%s%.*s",
		words->length ? "\n" : "", prefix, (int)length, (const char *)word.at);
	words->count++;
}

static void add_words(struct words *words, struct normal *normal, const char *text)
{
	normal_read(normal, span_text(text));
	for (size_t i = 0; i < normal->count; i++)
		add_word(words, "", normal_letters(normal, i));
}

/* The digits of a number, and the same from its end behind a `<`. */
static void add_number(struct words *words, const char *number)
{
	char digits[24], back[24];
	size_t count = 0;

	for (; *number && count < sizeof(digits) - 1; number++) {
		if (*number >= '0' && *number <= '9')
			digits[count++] = *number;
	}
	for (size_t i = 0; i < count; i++)
		back[i] = digits[count - 1 - i];
	add_word(words, "", (struct span){(uint8_t *)digits, count});
	add_word(words, "<", (struct span){(uint8_t *)back, count});
}

/* A field as it is going to be. */
static const char *will_be(const struct customer_change *change, const char *field)
{
	for (size_t i = 0; i < change->count; i++) {
		if (strcmp(change->fields[i].name, field) == 0)
			return change->fields[i].value;
	}
	return change->before ? directory_text(change->before, field) : "";
}

/* By last name, then by the others; those without one are last. */
static void make_sort(const struct customer_change *change, struct normal *normal,
		      char out[CUSTOMER_SORT_MAX])
{
	static const char *const names[] = {"lastName", "firstName", "middleName"};
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		normal_read(normal, span_text(will_be(change, names[i])));
		for (size_t j = 0; j < normal->count && length < CUSTOMER_SORT_MAX - 1; j++) {
			struct span word = normal_letters(normal, j);
			int octets = snprintf(out + length, CUSTOMER_SORT_MAX - length, "%s%.*s",
					      length ? " " : "", (int)word.length,
					      (const char *)word.at);
			length += (size_t)octets;
		}
	}
	if (!out[0])
		snprintf(out, CUSTOMER_SORT_MAX, "%s%s", NAMELESS, change->number);
}

static void put_index(struct bus_args *args, const struct customer_change *change)
{
	static const char *const names[] = {"firstName", "middleName",	  "lastName",
					    "workEmail", "personalEmail", "otherEmail"};
	char text[CUSTOMER_WORDS_MAX] = "", sort[CUSTOMER_SORT_MAX];
	struct words words = {.text = text, .capacity = sizeof(text)};
	struct normal normal;

	normal_init(&normal);
	add_number(&words, change->number);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		add_words(&words, &normal, will_be(change, names[i]));
	make_sort(change, &normal, sort);
	normal_finish(&normal);
	bus_args_field_text(args, "sort", sort);
	bus_args_field_text(args, "words", text);
}

/* Calls */

static void begin(struct bus_args *args, const char *function, unsigned partition, const char *id)
{
	char tag[KEY_MAX];

	bus_args_call(args, function, key_tag(partition, tag));
	bus_args_field_text(args, "kind", KIND);
	bus_args_field_text(args, "id", id);
}

void customer_get(struct bus_args *args, unsigned partition, const char *id, const char *number)
{
	begin(args, "entity_get", partition, id);
	bus_args_field_text(args, "unique", number);
}

void customer_delete(struct bus_args *args, const struct customer_change *change)
{
	begin(args, "entity_delete", change->partition, change->id);
	bus_args_field_text(args, "by", change->by);
	bus_args_field_integer(args, "now", (int64_t)change->now_ms);
	bus_args_field_text(args, "version", change->version);
}

void customer_put(struct bus_args *args, const struct customer_change *change)
{
	char name[CUSTOMER_FIELD_MAX + 2];

	begin(args, "entity_put", change->partition, change->id);
	bus_args_field_text(args, "by", change->by);
	bus_args_field_integer(args, "now", (int64_t)change->now_ms);
	bus_args_field_text(args, "version", change->version);
	bus_args_field_text(args, "unique", change->number);
	put_index(args, change);
	for (size_t i = 0; i < change->count; i++) {
		snprintf(name, sizeof(name), "f:%s", change->fields[i].name);
		bus_args_field_text(args, name, change->fields[i].value);
	}
}

/* Searching */

/* The digits of what can be the beginning or the end of a number. False for anything else. */
static bool read_digits(const char *text, char digits[CUSTOMER_QUERY_MAX + 1], bool *whole)
{
	size_t count = 0;

	*whole = false;
	for (const char *at = text; *at; at++) {
		if (*at >= '0' && *at <= '9') {
			if (count < CUSTOMER_QUERY_MAX)
				digits[count++] = *at;
		} else if (*at == '+' && count == 0) {
			*whole = true;
		} else if (!strchr(" -.()/", *at)) {
			return false;
		}
	}
	digits[count] = '\0';
	return count >= DIGITS_LEAST;
}

/* From its end, behind a `<`; a 0 in front of a national number is none of it. */
static void write_back(const char *digits, char out[CUSTOMER_QUERY_MAX + 2])
{
	digits += strspn(digits, "0");
	size_t count = strlen(digits);

	out[0] = '<';
	for (size_t i = 0; i < count; i++)
		out[1 + i] = digits[count - 1 - i];
	out[count ? count + 1 : 0] = '\0';
}

static int longest_first(const void *left, const void *right)
{
	size_t a = ((const struct span *)left)->length, b = ((const struct span *)right)->length;

	return a < b ? 1 : a > b ? -1 : 0;
}

void customer_query_init(struct customer_query *query, const char *text)
{
	char digits[CUSTOMER_QUERY_MAX + 1];
	struct words words = {.text = query->words, .capacity = sizeof(query->words)};
	struct span found[WORDS_MOST];
	struct normal normal;
	size_t count = 0;
	bool whole;

	*query = (struct customer_query){0};
	if (read_digits(text, digits, &whole)) {
		const char *at = strncmp(digits, "00", 2) == 0 ? digits + 2 : digits;
		add_word(&words, "", span_text(at));
		if (!whole && at == digits)
			write_back(digits, query->also);
		return;
	}
	normal_init(&normal);
	normal_read(&normal, span_text(text));
	for (; count < normal.count && count < WORDS_MOST; count++)
		found[count] = normal_letters(&normal, count);
	if (count)
		qsort(found, count, sizeof(*found), longest_first);
	for (size_t i = 0; i < count; i++)
		add_word(&words, "", found[i]);
	normal_finish(&normal);
}
