/* What an agent is shown of a customer: the screen pop. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/customer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_MAX (DIRECTORY_FIELDS_MAX + 64)
#define LINK_MAX 4096 /* octets of one that was filled in, with a NUL */

/* The answer while it is made. */
struct popping {
	const struct directory_entity *customer;
	char name[CUSTOMER_NAME_MAX];
	struct desk_fact facts[FACTS_MAX];
	size_t count;
	char **links; /* malloc'd, as many as the settings have rows */
	size_t links_count;
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A field as people name it: one of Genesys Cloud's, else one of the operator's own. NULL where
 * the customer has none. */
static const struct directory_field *field_of(const struct directory_entity *customer,
					      const char *name)
{
	const struct directory_field *own = NULL;

	for (size_t i = 0; i < customer->count; i++) {
		const struct directory_field *field = &customer->fields[i];
		const char *named = customer_own(field->name);
		if (named && strcmp(named, name) == 0)
			own = field;
		if (named)
			continue;
		for (const struct customer_field *known = customer_fields(); known->field;
		     known++) {
			if (strcmp(known->field, name) == 0 && strcmp(field->name, name) == 0)
				return field;
		}
	}
	return own;
}

static const char *value_of(const struct popping *popping, struct span name)
{
	char text[CUSTOMER_FIELD_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)name.length, (const char *)name.at);
	if (strcmp(text, "number") == 0)
		return directory_text(popping->customer, CUSTOMER_NUMBER);
	if (strcmp(text, "name") == 0)
		return popping->name;
	const struct directory_field *field = field_of(popping->customer, text);
	return field ? field->value : "";
}

/* Everything but letters, digits and -._~ as %XX (RFC 3986 §2.1). Returns the new length. */
static size_t put_encoded(char out[LINK_MAX], size_t length, const char *value)
{
	static const char plain[] = "-._~";

	for (; *value && length + 4 < LINK_MAX; value++) {
		char octet = *value;
		bool alone = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
			     (octet >= '0' && octet <= '9') || strchr(plain, octet);
		length += (size_t)snprintf(out + length, LINK_MAX - length, alone ? "%c" : "%%%02X",
					   (uint8_t)octet);
	}
	return length;
}

/* `{{customer.name}}` in a link. */
static char *fill(const struct popping *popping, const char *link)
{
	static const char open[] = "{{customer.";
	char out[LINK_MAX];
	size_t length = 0;

	while (*link && length + 4 < LINK_MAX) {
		const char *end = begins(link, open) ? strstr(link, "}}") : NULL;
		if (!end) {
			out[length++] = *link++;
			continue;
		}
		struct span name = {(const uint8_t *)link + strlen(open),
				    (size_t)(end - link) - strlen(open)};
		length = put_encoded(out, length, value_of(popping, name));
		link = end + 2;
	}
	out[length] = '\0';
	return memory_text(out);
}

static bool is_there(const struct popping *popping, const char *field)
{
	for (size_t i = 0; i < popping->count; i++) {
		if (strcmp(popping->facts[i].field, field) == 0)
			return true;
	}
	return false;
}

static void put(struct popping *popping, const char *field, const char *label, const char *value)
{
	bool link = strcmp(field, "externalSystemUrl") == 0 &&
		    (begins(value, "https://") || begins(value, "http://"));

	if (*value && popping->count < FACTS_MAX && !is_there(popping, field))
		popping->facts[popping->count++] = (struct desk_fact){field, label, value, link};
}

static void put_configured(struct popping *popping, const struct settings *settings)
{
	for (size_t i = 0; i < settings->screen_pop_count; i++) {
		const struct settings_pop *row = &settings->screen_pop[i];
		const struct directory_field *field = field_of(popping->customer, row->field);
		if (*row->field && field)
			put(popping, row->field, row->label, field->value);
		if (!*row->link || popping->count == FACTS_MAX)
			continue;
		char *link = fill(popping, row->link);
		popping->links[popping->links_count++] = link;
		popping->facts[popping->count++] = (struct desk_fact){"", row->label, link, true};
	}
}

static int by_field(const void *left, const void *right)
{
	return strcmp(((const struct desk_fact *)left)->field,
		      ((const struct desk_fact *)right)->field);
}

/* Whatever is not there yet, with a label of its own where nothing is configured; the name is shown
 * as a whole. */
static void put_rest(struct popping *popping, bool shown)
{
	for (const struct customer_field *known = customer_fields(); known->field; known++)
		put(popping, known->field, shown && !known->name ? known->label : NULL,
		    directory_text(popping->customer, known->field));
	size_t first = popping->count;
	for (size_t i = 0; i < popping->customer->count; i++) {
		const struct directory_field *field = &popping->customer->fields[i];
		const char *name = customer_own(field->name);
		if (name)
			put(popping, name, shown ? name : NULL, field->value);
	}
	if (popping->count > first)
		qsort(popping->facts + first, popping->count - first, sizeof(*popping->facts),
		      by_field);
}

static void answer(struct asking *asking, const struct directory_entity *customer)
{
	const struct settings *settings = asking->desk->links.settings;
	struct popping popping = {.customer = customer};

	popping.links = memory_array(settings->screen_pop_count, sizeof(*popping.links));
	customer_name(customer, popping.name);
	put_configured(&popping, settings);
	put_rest(&popping, settings->screen_pop_count == 0);
	struct desk_customer said = {customer->id, popping.name, popping.facts, popping.count};
	struct desk_answer all = {.detail = "", .customer = &said};
	asking->ask.done(&all, asking->ask.context);
	for (size_t i = 0; i < popping.links_count; i++)
		free(popping.links[i]);
	free(popping.links);
}

static void on_customer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct desk_answer nobody = {.detail = ""};

	(void)bus;
	if (!asking_answered(asking, reply))
		return;
	struct directory_entity *customer = directory_entity_create(DIRECTORY_KINDS, reply);
	if (customer)
		answer(asking, customer);
	else
		asking->ask.done(&nobody, asking->ask.context);
	directory_entity_destroy(&customer);
	free(asking);
}

void desk_customer(struct desk *desk, struct desk_ask ask, struct span number)
{
	struct asking *asking = asking_create(desk, ask);
	struct bus_args args;

	if (written_number(number, NULL, asking->customer) != WRITTEN_OK) {
		asking_end(asking, DESK_BAD_NUMBER, "This is not a telephone number.");
		return;
	}
	bus_args_init(&args);
	customer_get(&args, key_partition(asking_span(asking->customer), desk->links.partitions),
		     "", asking->customer);
	bus_args_send(&args, desk->links.bus, on_customer, asking);
	bus_args_finish(&args);
}
