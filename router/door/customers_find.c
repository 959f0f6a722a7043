/* The list of customers: every partition says which of its own come first, they are merged here,
 * and those of the page are read. */
#include "router/door/customers_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/written.h"
#include "router/door/body.h"
#include "router/door/things.h"

#define PAGE_MAX 100
#define LOOKED_WRONG "pageSize * pageNumber must be at most 1000; search with q for the rest."

/* `<sort>\n<id>` */
struct place {
	char *text;
};

struct listing {
	const struct api *api;
	struct http_request *request;
	struct things_page page;
	struct customer_query query;
	struct place *places;
	size_t count, capacity, total;
	bool more, failed;
	unsigned waiting;
	struct directory_entity *found[PAGE_MAX];
	size_t shown;
};

/* One of the page. */
struct reading {
	struct listing *listing;
	size_t at;
};

static void listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->places[i].text);
	for (size_t i = 0; i < listing->shown; i++)
		directory_entity_destroy(&listing->found[i]);
	free(listing->places);
	free(listing);
}

static void answer(struct listing *listing)
{
	struct writer writer;

	if (listing->failed) {
		body_unavailable(listing->request);
		listing_free(listing);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < listing->shown; i++) {
		/* One may have been deleted between both looks. */
		if (listing->found[i])
			customers_write(&writer, listing->found[i]);
	}
	writer_end_array(&writer);
	things_write_page(&writer, &listing->page, listing->total);
	writer_bool(&writer, "partialResults", listing->more);
	writer_end_object(&writer);
	body_answer(listing->request, 200, &writer);
	listing_free(listing);
}

static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;
	struct listing *listing = reading->listing;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ARRAY)
		listing->found[reading->at] = directory_entity_create(DIRECTORY_KINDS, reply);
	else
		listing->failed = true;
	free(reading);
	if (--listing->waiting == 0)
		answer(listing);
}

static int by_place(const void *left, const void *right)
{
	return strcmp(((const struct place *)left)->text, ((const struct place *)right)->text);
}

static void read_one(struct listing *listing, const char *place, struct bus_args *args)
{
	const char *id = strrchr(place, '\n');
	unsigned partition;

	if (!id ||
	    !customer_partition(span_text(id + 1), customers_partitions(listing->api), &partition))
		return;
	struct reading *reading = memory_array(1, sizeof(*reading));
	*reading = (struct reading){listing, listing->shown++};
	listing->waiting++;
	customer_get(args, partition, id + 1, "");
	bus_args_send(args, listing->api->sessions->bus, on_read, reading);
}

static void read_page(struct listing *listing)
{
	const struct things_rows rows = things_rows(&listing->page, listing->count);
	struct bus_args args;

	if (listing->count)
		qsort(listing->places, listing->count, sizeof(*listing->places), by_place);
	listing->waiting = 1;
	bus_args_init(&args);
	for (size_t i = rows.first; i < rows.end; i++)
		read_one(listing, listing->places[things_row(&rows, i)].text, &args);
	bus_args_finish(&args);
	if (--listing->waiting == 0)
		answer(listing);
}

static void take(struct listing *listing, struct span place)
{
	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? listing->capacity * 2 : 256;
		listing->places =
			memory_resize(listing->places, listing->capacity, sizeof(*listing->places));
	}
	listing->places[listing->count++].text = memory_copy(place.at, place.length);
}

static void on_places(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;

	(void)bus;
	listing->failed |= bus_reply_type(reply) != BUS_ARRAY;
	listing->total += (size_t)bus_reply_integer(bus_reply_at(reply, 0));
	listing->more |= bus_reply_span(bus_reply_at(reply, 1)).length > 0;
	for (size_t i = 2; i < bus_reply_count(reply); i++)
		take(listing, bus_reply_span(bus_reply_at(reply, i)));
	if (--listing->waiting)
		return;
	if (listing->failed)
		answer(listing);
	else
		read_page(listing);
}

static void ask_all(struct listing *listing)
{
	unsigned partitions = customers_partitions(listing->api);
	struct bus_args args;
	char tag[KEY_MAX];

	listing->waiting = partitions;
	bus_args_init(&args);
	for (unsigned i = 0; i < partitions; i++) {
		bus_args_call(&args, "customers_find", key_tag(i, tag));
		bus_args_field_text(&args, "words", listing->query.words);
		bus_args_field_text(&args, "also", listing->query.also);
		bus_args_field_text(&args, "descending", listing->page.descending ? "1" : "");
		bus_args_field_integer(&args, "limit",
				       (int64_t)(listing->page.size * listing->page.number));
		bus_args_send(&args, listing->api->sessions->bus, on_places, listing);
	}
	bus_args_finish(&args);
}

/* `lastName:desc`, or `desc` alone. False once the request was answered. */
static bool read_order(struct http_request *request, bool *descending)
{
	const char *text = http_query(request, "sortOrder");

	if (!text || !*text)
		return true;
	if (strncasecmp(text, "lastName:", 9) == 0)
		text += 9;
	*descending = strncasecmp(text, "desc", 4) == 0;
	if (*descending || strncasecmp(text, "asc", 3) == 0)
		return true;
	body_refuse(request, "sortOrder must be lastName:asc or lastName:desc.");
	return false;
}

/* False once the request was answered. */
static bool read_page_asked(struct http_request *request, struct things_page *page)
{
	*page = (struct things_page){.size = THINGS_PAGE_DEFAULT, .number = 1};
	if (!body_query_number(request, "pageSize", 1, PAGE_MAX, &page->size) ||
	    !body_query_number(request, "pageNumber", 1, CUSTOMERS_LOOKED_MAX, &page->number) ||
	    !read_order(request, &page->descending))
		return false;
	if (page->size * page->number <= CUSTOMERS_LOOKED_MAX)
		return true;
	body_refuse(request, LOOKED_WRONG);
	return false;
}

void customers_list(const struct api *api, struct http_request *request)
{
	const char *text = http_query(request, "q");
	struct things_page page;

	if (text && strlen(text) > CUSTOMER_QUERY_MAX) {
		body_refuse(request, "q must have at most 256 octets.");
		return;
	}
	if (!read_page_asked(request, &page))
		return;
	struct listing *listing = memory_array(1, sizeof(*listing));
	listing->api = api;
	listing->request = request;
	listing->page = page;
	customer_query_init(&listing->query, text ? text : "");
	if (text && strspn(text, " ") < strlen(text) && !listing->query.words[0])
		answer(listing); /* nothing that anybody is found by */
	else
		ask_all(listing);
}

static void on_looked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct http_request *request = context;
	struct directory_entity *customer = directory_entity_create(DIRECTORY_KINDS, reply);
	struct writer writer;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		body_unavailable(request);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "contacts");
	if (customer)
		customers_write(&writer, customer);
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
	directory_entity_destroy(&customer);
}

void customers_lookup(const struct api *api, struct http_request *request)
{
	const char *text = http_query(request, "lookupVal");
	char number[WRITTEN_MAX], why[160];
	struct bus_args args;
	enum written verdict = written_number(span_text(text), NULL, number);

	if (verdict != WRITTEN_OK) {
		snprintf(why, sizeof(why), "lookupVal must be a number with its country (%s).",
			 written_why(verdict));
		body_refuse(request, why);
		return;
	}
	bus_args_init(&args);
	customer_get(&args, key_partition(span_text(number), customers_partitions(api)), "",
		     number);
	bus_args_send(&args, api->sessions->bus, on_looked, request);
	bus_args_finish(&args);
}
