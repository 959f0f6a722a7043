#include "router/door/customers_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/written.h"
#include "router/door/body.h"
#include "router/door/form.h"
#include "router/door/shape.h"
#include "router/door/things.h"
#include "router/door/uuid.h"

#define WRONG_NUMBER "cellPhone must be an object with e164, or with userInput as people write it"

/* One request on its way. */
struct customers {
	const struct api *api;
	struct http_request *request;
	enum route_id route;
	char who[DESK_AGENT_MAX + 1], id[CUSTOMER_ID_MAX], version[THINGS_VERSION_MAX];
	char number[WRITTEN_MAX]; /* "" until it is known */
	unsigned partition;
	struct form form;
};

static char *read_value(const json_t *value)
{
	struct span span = {(const uint8_t *)json_string_value(value), json_string_length(value)};

	return span.at && customer_is_value(span) ? memory_text((const char *)span.at) : NULL;
}

static void write_value(struct writer *writer, const char *key, const char *text)
{
	if (*text)
		writer_text(writer, key, text);
}

#define TEXT(name)                                                                                 \
	{                                                                                          \
		.path = (name), .field = (name), .type = FORM_OWN, .read = read_value,             \
		.write = write_value,                                                              \
		.allowed = "a text of at most 256 octets without control characters"               \
	}

static const struct form_member members[] = {
	TEXT("firstName"),
	TEXT("middleName"),
	TEXT("lastName"),
	TEXT("salutation"),
	TEXT("title"),
	TEXT("workEmail"),
	TEXT("personalEmail"),
	TEXT("otherEmail"),
	TEXT("address.address1"),
	TEXT("address.address2"),
	TEXT("address.city"),
	TEXT("address.state"),
	TEXT("address.postalCode"),
	TEXT("address.countryCode"),
	TEXT("externalSystemUrl"),
	{.path = NULL},
};

unsigned customers_partitions(const struct api *api)
{
	return api->settings->partitions ? api->settings->partitions : 1;
}

bool customers_make_id(unsigned partition, char out[CUSTOMER_ID_MAX])
{
	char uuid[UUID_MAX];

	if (!uuid_make(uuid))
		return false;
	customer_id(partition, uuid, out);
	return true;
}

static int by_field(const void *left, const void *right)
{
	return strcmp((*(const struct directory_field *const *)left)->name,
		      (*(const struct directory_field *const *)right)->name);
}

static void write_own(struct writer *writer, const struct directory_entity *customer)
{
	const struct directory_field *own[DIRECTORY_FIELDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < customer->count && count < DIRECTORY_FIELDS_MAX; i++) {
		if (customer_own(customer->fields[i].name))
			own[count++] = &customer->fields[i];
	}
	if (count)
		qsort(own, count, sizeof(struct directory_field *), by_field);
	writer_begin_object(writer, "customFields");
	for (size_t i = 0; i < count; i++)
		writer_text(writer, customer_own(own[i]->name), own[i]->value);
	writer_end_object(writer);
}

void customers_write(struct writer *writer, const struct directory_entity *customer)
{
	char name[CUSTOMER_NAME_MAX], uri[CUSTOMER_ID_MAX + 64];
	const char *number = directory_text(customer, CUSTOMER_NUMBER);

	writer_begin_object(writer, NULL);
	writer_text(writer, "id", customer->id);
	writer_text(writer, "name", customer_name(customer, name));
	writer_begin_object(writer, "cellPhone");
	writer_text(writer, "display", number);
	writer_text(writer, "e164", number);
	writer_bool(writer, "acceptsSMS", true);
	writer_end_object(writer);
	form_write(members, customer, writer);
	write_own(writer, customer);
	writer_integer(writer, "version", customer->version);
	shape_write_time(writer, "createDate", customer->created_ms);
	shape_write_time(writer, "modifyDate", customer->changed_ms);
	snprintf(uri, sizeof(uri), "/api/v2/externalcontacts/contacts/%s", customer->id);
	writer_text(writer, "selfUri", uri);
	writer_end_object(writer);
}

static void customers_free(struct customers *customers)
{
	form_finish(&customers->form);
	free(customers);
}

static void refuse(struct customers *customers, unsigned status, const char *code, const char *why)
{
	http_error(customers->request, status, code, why, NULL);
	customers_free(customers);
}

static void refuse_verdict(struct customers *customers, enum directory_verdict verdict)
{
	if (verdict == DIRECTORY_TAKEN) {
		refuse(customers, 409, "number.taken", "Another customer has this number.");
		return;
	}
	things_refuse(customers->request, verdict);
	customers_free(customers);
}

static void send(struct customers *customers, struct bus_args *args, bus_done *done)
{
	bus_args_send(args, customers->api->sessions->bus, done, customers);
	bus_args_finish(args);
}

/* The answer to a change; to what deletes, nothing. */
static void on_changed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct customers *customers = context;
	enum directory_verdict verdict = directory_verdict_of(reply);
	struct directory_entity *customer =
		directory_entity_create(DIRECTORY_KINDS, bus_reply_at(reply, 1));

	(void)bus;
	if (verdict != DIRECTORY_OK) {
		refuse_verdict(customers, verdict);
	} else if (customers->route == ROUTE_CUSTOMER_DELETE) {
		things_nothing(customers->request);
		customers_free(customers);
	} else if (customer) {
		things_answer_with(customers->request, customers_write, customer);
		customers_free(customers);
	} else {
		refuse_verdict(customers, DIRECTORY_MISSING);
	}
	directory_entity_destroy(&customer);
}

/* Bodies */

static json_t *number_of(const json_t *phone)
{
	static const char *const names[] = {"e164", "userInput", "display"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		json_t *value = json_object_get(phone, names[i]);
		if (json_string_length(value) > 0)
			return value;
	}
	return NULL;
}

/* False where `wrong` says why. */
static bool read_number(const json_t *root, char number[WRITTEN_MAX], char wrong[FORM_WRONG_MAX])
{
	const json_t *text = number_of(json_object_get(root, "cellPhone"));
	struct span span = {(const uint8_t *)json_string_value(text), json_string_length(text)};
	enum written verdict = text ? written_number(span, NULL, number) : WRITTEN_EMPTY;

	if (verdict == WRITTEN_OK)
		return true;
	snprintf(wrong, FORM_WRONG_MAX, "%s (%s).", WRONG_NUMBER, written_why(verdict));
	return false;
}

/* A value of the operator's own, as a text; NULL where it cannot be one. */
static char *own_text(const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return read_value(value);
	if (json_is_boolean(value))
		return memory_text(json_is_true(value) ? "true" : "false");
	if (json_is_null(value))
		return memory_text("");
	if (!json_is_number(value))
		return NULL;
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	else
		snprintf(number, sizeof(number), "%.15g", json_real_value(value));
	return memory_text(number);
}

/* False where `form->wrong` says why. */
static bool read_own_field(struct form *form, const char *name, const json_t *value)
{
	char field[CUSTOMER_FIELD_MAX];
	char *text = customer_is_own(span_text(name)) ? own_text(value) : NULL;

	if (!text) {
		snprintf(form->wrong, FORM_WRONG_MAX,
			 "customFields: a name has 1 to 32 letters, digits, _ and -, a value at "
			 "most 256 octets.");
		return false;
	}
	snprintf(field, sizeof(field), "%s%s", CUSTOMER_OWN, name);
	form_put(form, field, text);
	free(text);
	return true;
}

static bool read_own(struct form *form, json_t *own)
{
	const char *name;
	json_t *value;

	if (own && !json_is_object(own) && !json_is_null(own)) {
		snprintf(form->wrong, FORM_WRONG_MAX, "customFields must be an object.");
		return false;
	}
	if (json_object_size(own) > CUSTOMER_OWN_MOST) {
		snprintf(form->wrong, FORM_WRONG_MAX, "customFields has at most 30 fields.");
		return false;
	}
	json_object_foreach(own, name, value)
	{
		if (!read_own_field(form, name, value))
			return false;
	}
	return true;
}

static bool read_all(struct customers *customers, json_t *root)
{
	struct form *form = &customers->form;

	if (!form_read(form, members, root, FORM_WHOLE, NULL) ||
	    !read_own(form, json_object_get(root, "customFields")) ||
	    !read_number(root, customers->number, form->wrong))
		return false;
	if (things_read_version(root, customers->version))
		return true;
	snprintf(form->wrong, FORM_WRONG_MAX, "%s", THINGS_WRONG_VERSION);
	return false;
}

/* False once the request was answered. */
static bool read_body(struct customers *customers)
{
	json_t *root = body_read(customers->request);

	if (!root) {
		customers_free(customers);
		return false;
	}
	bool read = read_all(customers, root);
	json_decref(root);
	if (!read) {
		body_refuse(customers->request, customers->form.wrong);
		customers_free(customers);
	}
	return read;
}

/* What is done */

static void put(struct customers *customers, const struct directory_entity *before)
{
	struct bus_args args;

	bus_args_init(&args);
	customer_put(&args, &(struct customer_change){.partition = customers->partition,
						      .id = customers->id,
						      .number = customers->number,
						      .by = customers->who,
						      .version = customers->version,
						      .now_ms = session_now_ms(),
						      .before = before,
						      .fields = customers->form.fields,
						      .count = customers->form.count});
	send(customers, &args, on_changed);
}

static void create(struct customers *customers)
{
	if (!read_body(customers))
		return;
	customers->partition =
		key_partition(span_text(customers->number), customers_partitions(customers->api));
	snprintf(customers->version, sizeof(customers->version), "%s", DIRECTORY_NEW);
	if (customers_make_id(customers->partition, customers->id))
		put(customers, NULL);
	else
		refuse_verdict(customers, DIRECTORY_UNAVAILABLE);
}

/* What is not said is taken away, of the operator's own fields too. */
static void replace(struct customers *customers, const struct directory_entity *customer)
{
	if (!read_body(customers))
		return;
	if (strcmp(directory_text(customer, CUSTOMER_NUMBER), customers->number) != 0) {
		refuse(customers, 409, "number.stays",
		       "A customer's number stays what it is; make another customer and delete "
		       "this one.");
		return;
	}
	for (size_t i = 0; i < customer->count; i++) {
		const char *field = customer->fields[i].name;
		if (customer_own(field) && !form_said(&customers->form, field))
			form_put(&customers->form, field, "");
	}
	/* Without a version of theirs, ours: one that was deleted meanwhile is not made anew. */
	if (!customers->version[0])
		snprintf(customers->version, sizeof(customers->version), "%llu",
			 (unsigned long long)customer->version);
	put(customers, customer);
}

static void on_found(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct customers *customers = context;
	struct directory_entity *customer = directory_entity_create(DIRECTORY_KINDS, reply);

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		refuse_verdict(customers, DIRECTORY_UNAVAILABLE);
	} else if (!customer) {
		refuse_verdict(customers, DIRECTORY_MISSING);
	} else if (customers->route == ROUTE_CUSTOMER_PUT) {
		replace(customers, customer);
	} else {
		things_answer_with(customers->request, customers_write, customer);
		customers_free(customers);
	}
	directory_entity_destroy(&customer);
}

static void about(struct customers *customers)
{
	struct bus_args args;

	bus_args_init(&args);
	if (customers->route == ROUTE_CUSTOMER_DELETE) {
		customer_delete(&args, &(struct customer_change){.partition = customers->partition,
								 .id = customers->id,
								 .by = customers->who,
								 .version = DIRECTORY_ANY,
								 .now_ms = session_now_ms()});
		send(customers, &args, on_changed);
	} else {
		customer_get(&args, customers->partition, customers->id, "");
		send(customers, &args, on_found);
	}
}

void customers_handle(const struct api *api, struct http_request *request,
		      const struct route *route, const char *who)
{
	struct span id = route_parameter(route, request->path, 0);
	struct customers *customers;

	if (route->id == ROUTE_CUSTOMERS) {
		customers_list(api, request);
		return;
	}
	if (route->id == ROUTE_CUSTOMER_LOOKUP) {
		customers_lookup(api, request);
		return;
	}
	customers = memory_array(1, sizeof(*customers));
	customers->api = api;
	customers->request = request;
	customers->route = route->id;
	snprintf(customers->who, sizeof(customers->who), "%s", who);
	if (route->id == ROUTE_CUSTOMER_CREATE) {
		create(customers);
	} else if (customer_partition(id, customers_partitions(api), &customers->partition)) {
		snprintf(customers->id, sizeof(customers->id), "%.*s", (int)id.length,
			 (const char *)id.at);
		about(customers);
	} else {
		refuse_verdict(customers, DIRECTORY_MISSING);
	}
}
