/*
 * Onto the list by one person, off it by two. Who asks and who answers are the sessions' users;
 * that they are two is decided by the Redis Function (functions/suppression.lua), which every way
 * passes. A batch is taken back bucket by bucket, a bounded number of calls on the way, and how far
 * that came stands with its request: broken off, whoever approved it approves it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/door/compliance_internal.h"
#include "router/door/pile.h"

#define BUCKETS_AT_ONCE 256
#define COUNTRY_MAX 3
#define NUMBER_MAX 64 /* octets of a number as it is written */
/* Of what removal_read() says behind the id: when it was asked for, and answered. */
#define ROW_ASKED 5
#define ROW_ANSWERED 13

struct adding {
	struct comply comply;
	char scope[SUPPRESSION_SCOPE_MAX];
};

static void on_added(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct adding *adding = context;
	struct comply *comply = &adding->comply;
	struct writer writer;
	char id[COMPLY_PATH_MAX];

	(void)bus;
	if (comply_answered(comply, reply)) {
		bool fresh = comply_said(reply, "ok");
		struct span entry = bus_reply_span(bus_reply_at(reply, 1));
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		writer_text(&writer, "number", comply->number);
		comply_put_scope(&writer, "scope",
				 (struct span){(uint8_t *)adding->scope, strlen(adding->scope)});
		writer_bool(&writer, "added", fresh);
		if (fresh) {
			snprintf(id, sizeof(id), "%.*s.%.*s", (int)strcspn(comply->tag + 2, "}"),
				 comply->tag + 2, (int)entry.length, (const char *)entry.at);
			writer_text(&writer, "id", id);
		}
		writer_end_object(&writer);
		body_answer(comply->request, fresh ? 201 : 200, &writer);
	}
	free(adding);
}

/* Number and country of the body. False once the request was answered. */
static bool read_number(struct comply *comply, const json_t *root)
{
	char number[NUMBER_MAX + 1], country[COUNTRY_MAX + 1];

	if (!body_text(root, "country", country, COUNTRY_MAX))
		body_refuse(comply->request, "country must be 1 to 3 digits.");
	else if (!body_text(root, "number", number, NUMBER_MAX) || !*number)
		body_refuse(comply->request, "number must be a text of 1 to 64 octets.");
	else
		return comply_number(comply, number, country);
	return false;
}

typedef bool scope_reader(const struct comply *comply, const char *text,
			  char scope[SUPPRESSION_SCOPE_MAX]);

/* `read` says which scopes may be named. */
static bool read_scope(const struct comply *comply, const json_t *root, const char *name,
		       scope_reader *read, char scope[SUPPRESSION_SCOPE_MAX])
{
	char text[COMPLY_SCOPE_WORDS], wrong[64];

	if (body_text(root, name, text, sizeof(text) - 1))
		return read(comply, text, scope);
	snprintf(wrong, sizeof(wrong), "%s must be a text.", name);
	body_refuse(comply->request, wrong);
	return false;
}

static bool is_source(const char *source)
{
	return strcmp(source, "staff") == 0 || strcmp(source, "dnc") == 0 ||
	       strcmp(source, "legal") == 0;
}

static void add(struct comply *comply, const json_t *root)
{
	char scope[SUPPRESSION_SCOPE_MAX], source[16], reason[COMPLY_TEXT_MAX + 1];
	struct bus_args args;

	if (!read_number(comply, root) || !read_scope(comply, root, "scope", comply_scope, scope))
		return;
	if (!body_text(root, "source", source, sizeof(source) - 1) ||
	    (*source && !is_source(source))) {
		body_refuse(comply->request, "source must be staff, dnc or legal.");
		return;
	}
	if (!comply_text(comply, root, "reason", reason))
		return;
	struct adding *adding = comply_keep(comply, sizeof(*adding));
	memcpy(adding->scope, scope, sizeof(scope));
	bus_args_init(&args);
	bus_args_call(&args, "suppress", comply->tag);
	bus_args_field_text(&args, "customer", comply->number);
	bus_args_field_text(&args, "scope", scope);
	bus_args_field_text(&args, "source", *source ? source : "staff");
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	comply_seal(comply, &args, comply->number, reason);
	comply_send(comply, &args, on_added, adding);
	bus_args_finish(&args);
}

void comply_add(struct comply *comply)
{
	json_t *root = body_read(comply->request);

	if (root)
		add(comply, root);
	json_decref(root);
}

/* A request for a removal, as removal_read() tells it from `first` on. */
static void put_request(struct writer *writer, unsigned partition, const struct bus_reply *row)
{
	struct span id = bus_reply_span(bus_reply_at(row, 0));
	struct span narrow = bus_reply_span(bus_reply_at(row, 10));
	char whole[COMPLY_PATH_MAX];
	static const struct {
		const char *name;
		size_t at;
	} texts[] = {{"number", 1},    {"batchId", 3}, {"by", 4},	 {"reason", 6},
		     {"reference", 7}, {"state", 8},   {"answeredBy", 9}};

	snprintf(whole, sizeof(whole), "%u.%.*s", partition, (int)id.length,
		 id.length ? (const char *)id.at : "");
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", whole);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		comply_put_span(writer, texts[i].name, bus_reply_at(row, texts[i].at));
	comply_put_scope(writer, "scope", bus_reply_span(bus_reply_at(row, 2)));
	if (narrow.length)
		comply_put_scope(writer, "narrowTo", narrow);
	else
		writer_null(writer, "narrowTo");
	body_put_time(writer, "dateCreated", (uint64_t)bus_reply_integer(bus_reply_at(row, 5)));
	body_put_time(writer, "dateAnswered", (uint64_t)bus_reply_integer(bus_reply_at(row, 13)));
	writer_integer(writer, "taken", (uint64_t)bus_reply_integer(bus_reply_at(row, 11)));
	writer_bool(writer, "whole", bus_reply_span(bus_reply_at(row, 12)).length > 0);
	writer_end_object(writer);
}

static char *removal_json(const struct comply *comply, const struct bus_reply *row,
			  unsigned partition)
{
	struct writer writer;

	(void)comply;
	writer_init(&writer);
	put_request(&writer, partition, row);
	return writer_take(&writer);
}

void comply_removals_source(struct comply_source *source)
{
	*source = (struct comply_source){
		.function = "removals_all", .json = removal_json, .stops = true};
}

struct listing {
	struct comply comply;
	struct pile pile;
	unsigned waiting;
	bool answered, failed;
};

struct part {
	struct listing *listing;
	unsigned partition;
};

static void on_listed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct part *part = context;
	struct listing *listing = part->listing;

	(void)bus;
	listing->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		size_t at = listing->answered ? ROW_ANSWERED : ROW_ASKED;
		pile_add(&listing->pile,
			 &(struct pile_row){
				 .order = bus_reply_integer(bus_reply_at(row, at)),
				 .json = removal_json(&listing->comply, row, part->partition)});
	}
	free(part);
	if (--listing->waiting)
		return;
	if (listing->failed) {
		pile_finish(&listing->pile);
		body_unavailable(listing->comply.request);
	} else {
		pile_answer(&listing->pile, listing->comply.request);
	}
	free(listing);
}

void comply_requests(struct comply *comply)
{
	const char *state = http_query(comply->request, "state");
	struct bus_args args;
	char tag[KEY_MAX];

	if (state && strcmp(state, "asked") != 0 && strcmp(state, "answered") != 0) {
		body_refuse(comply->request, "state must be asked or answered.");
		return;
	}
	struct pile pile;
	if (!pile_begin(&pile, comply->request, true))
		return;
	struct listing *listing = comply_keep(comply, sizeof(*listing));
	listing->pile = pile;
	listing->answered = state && strcmp(state, "answered") == 0;
	listing->waiting = comply_partitions(comply);
	bus_args_init(&args);
	for (unsigned i = 0; i < comply_partitions(comply); i++) {
		struct part *part = memory_array(1, sizeof(*part));
		*part = (struct part){listing, i};
		bus_args_call(&args, "removals_page", key_tag(i, tag));
		bus_args_field_text(&args, "state", state ? state : "asked");
		bus_args_field_integer(&args, "limit", 0);
		comply_send(comply, &args, on_listed, part);
	}
	bus_args_finish(&args);
}

struct asking {
	struct comply comply;
	char id[COMPLY_PATH_MAX];
};

static void on_asked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct comply *comply = &asking->comply;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(asking);
		return;
	}
	if (comply_said(reply, "ok")) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		writer_text(&writer, "id", asking->id);
		writer_text(&writer, "state", "asked");
		writer_end_object(&writer);
		body_answer(comply->request, 202, &writer);
	} else {
		http_error(comply->request, 404, "not.suppressed",
			   "The number is not suppressed in that scope.", NULL);
	}
	free(asking);
}

/* Everything is wider than a programme, and that than one of its numbers or categories. */
static int width(const char *scope)
{
	return strcmp(scope, "all") == 0 ? 2 : scope[0] == 'p';
}

/* What is to be removed, and what to stay: fields of removal_ask(). False once answered. */
static bool add_subject(struct comply *comply, const json_t *root, struct bus_args *args)
{
	char batch[COMPLY_ID_MAX], scope[SUPPRESSION_SCOPE_MAX], narrow[SUPPRESSION_SCOPE_MAX] = "";
	const json_t *said = json_object_get(root, "narrowTo");
	bool has_narrow = said && !json_is_null(said);

	if (!body_text(root, "batchId", batch, sizeof(batch) - 1)) {
		body_refuse(comply->request, "batchId must be a batch's id.");
		return false;
	}
	if (*batch) {
		bus_args_call(args, "removal_ask", key_tag(0, comply->tag));
		bus_args_field_text(args, "batch", batch);
		return true;
	}
	if (!read_number(comply, root) ||
	    !read_scope(comply, root, "scope", comply_any_scope, scope) ||
	    (has_narrow && !read_scope(comply, root, "narrowTo", comply_scope, narrow)))
		return false;
	if (has_narrow && width(narrow) >= width(scope)) {
		body_refuse(comply->request, "narrowTo must be narrower than scope.");
		return false;
	}
	bus_args_call(args, "removal_ask", comply->tag);
	bus_args_field_text(args, "customer", comply->number);
	bus_args_field_text(args, "scope", scope);
	bus_args_field_text(args, "narrow", narrow);
	return true;
}

static void ask(struct comply *comply, const json_t *root, struct bus_args *args)
{
	char reason[COMPLY_TEXT_MAX + 1], reference[COMPLY_TEXT_MAX + 1], id[COMPLY_ID_MAX];

	if (!comply_text(comply, root, "reason", reason) ||
	    !comply_text(comply, root, "reference", reference) || !add_subject(comply, root, args))
		return;
	/* Who asks by a program could approve it by name. */
	if (!comply_is_person(comply))
		return;
	struct asking *asking = comply_keep(comply, sizeof(*asking));
	comply_make_id(id);
	snprintf(asking->id, sizeof(asking->id), "%.*s.%s", (int)strcspn(comply->tag + 2, "}"),
		 comply->tag + 2, id);
	bus_args_field_text(args, "id", id);
	bus_args_field_text(args, "by", comply->who);
	bus_args_field_integer(args, "now", (int64_t)session_now_ms());
	bus_args_field_text(args, "note", reason);
	bus_args_field_text(args, "ref", reference);
	comply_send(comply, args, on_asked, asking);
}

void comply_request(struct comply *comply)
{
	json_t *root = body_read(comply->request);
	struct bus_args args;

	bus_args_init(&args);
	if (root)
		ask(comply, root, &args);
	bus_args_finish(&args);
	json_decref(root);
}

/* Takes an approved batch back. It goes on when nobody waits for it any more. */
struct undoing {
	const struct api *api;
	char request[COMPLY_ID_MAX], batch[COMPLY_ID_MAX];
	char by[DESK_AGENT_MAX + 1], approved[DESK_AGENT_MAX + 1];
	unsigned partition, partitions;
	int from;
};

static void undo_some(struct undoing *undoing);

static void on_undone(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct undoing *undoing = context;
	struct bus_args args;
	char tag[KEY_MAX];

	(void)bus;
	if (bus_reply_type(reply) != BUS_INTEGER) {
		log_event(LOG_WARN, "undo_broken_off", "batch=%s partition=%u from=%d",
			  undoing->batch, undoing->partition, undoing->from);
		free(undoing);
		return;
	}
	undoing->from += BUCKETS_AT_ONCE;
	if (undoing->from >= SUPPRESSION_BUCKETS) {
		undoing->from = 0;
		undoing->partition++;
	}
	bool done = undoing->partition == undoing->partitions;
	if (done || bus_reply_integer(reply) > 0) {
		bus_args_init(&args);
		bus_args_call(&args, "removal_undone", key_tag(0, tag));
		bus_args_field_text(&args, "id", undoing->request);
		bus_args_field_integer(&args, "taken", bus_reply_integer(reply));
		bus_args_field_text(&args, "done", done ? "1" : "");
		bus_args_send(&args, undoing->api->sessions->bus, NULL, NULL);
		bus_args_finish(&args);
	}
	if (done)
		free(undoing);
	else
		undo_some(undoing);
}

static void undo_some(struct undoing *undoing)
{
	struct bus_args args;
	char tag[KEY_MAX];

	bus_args_init(&args);
	bus_args_call(&args, "bulk_undo", key_tag(undoing->partition, tag));
	bus_args_field_text(&args, "batch", undoing->batch);
	bus_args_field_text(&args, "by", undoing->by);
	bus_args_field_text(&args, "approved", undoing->approved);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_field_integer(&args, "from", undoing->from);
	bus_args_field_integer(&args, "count", BUCKETS_AT_ONCE);
	bus_args_send(&args, undoing->api->sessions->bus, on_undone, undoing);
	bus_args_finish(&args);
}

struct answering {
	struct comply comply;
	char id[COMPLY_PATH_MAX]; /* with its partition in front */
	const char *rest;	  /* without */
	bool yes;
	char batch[COMPLY_ID_MAX], by[DESK_AGENT_MAX + 1];
};

static void answer_end(struct answering *answering, const struct bus_reply *reply)
{
	const struct comply *comply = &answering->comply;
	struct writer writer;

	if (comply_said(reply, "own")) {
		http_error(comply->request, 409, "own.request",
			   "Nobody answers what they have asked for themselves.", NULL);
		return;
	}
	if (comply_said(reply, "changed")) {
		http_error(
			comply->request, 409, "changed.since",
			"What suppresses the number there has changed since the removal was asked "
			"for: refuse it, and ask anew.",
			NULL);
		return;
	}
	if (!comply_said(reply, "ok")) {
		http_error(comply->request, 409, "answered.before", "It was answered before.",
			   NULL);
		return;
	}
	if (answering->yes && answering->batch[0]) {
		struct undoing *undoing = memory_array(1, sizeof(*undoing));
		*undoing = (struct undoing){.api = comply->api,
					    .partitions = comply_partitions(comply)};
		snprintf(undoing->request, sizeof(undoing->request), "%.*s",
			 (int)sizeof(undoing->request) - 1, answering->rest);
		memcpy(undoing->batch, answering->batch, sizeof(undoing->batch));
		memcpy(undoing->by, answering->by, sizeof(undoing->by));
		memcpy(undoing->approved, comply->who, sizeof(undoing->approved));
		undo_some(undoing);
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "id", answering->id);
	writer_text(&writer, "state", answering->yes ? "approved" : "refused");
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
}

static void on_answered(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct answering *answering = context;

	(void)bus;
	if (comply_answered(&answering->comply, reply))
		answer_end(answering, reply);
	free(answering);
}

/* The number has to be known first, since what the ledger is to keep of it is sealed here. */
static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct answering *answering = context;
	struct comply *comply = &answering->comply;
	struct bus_args args;
	char customer[WRITTEN_MAX], note[2 * COMPLY_TEXT_MAX + 8];

	(void)bus;
	if (!comply_answered(comply, reply) || bus_reply_count(reply) < 9) {
		if (reply && bus_reply_type(reply) != BUS_ERROR)
			http_error(comply->request, 404, "not.found", "There is no such request.",
				   NULL);
		free(answering);
		return;
	}
	const struct {
		size_t at, room;
		char *out;
	} texts[] = {{0, sizeof(customer), customer},
		     {2, sizeof(answering->batch), answering->batch},
		     {3, sizeof(answering->by), answering->by}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct span span = bus_reply_span(bus_reply_at(reply, texts[i].at));
		snprintf(texts[i].out, texts[i].room, "%.*s", (int)span.length,
			 span.length ? (const char *)span.at : "");
	}
	struct span reason = bus_reply_span(bus_reply_at(reply, 5));
	struct span reference = bus_reply_span(bus_reply_at(reply, 6));
	snprintf(note, sizeof(note), "%.*s; %.*s", (int)reference.length,
		 reference.length ? (const char *)reference.at : "", (int)reason.length,
		 reason.length ? (const char *)reason.at : "");
	bus_args_init(&args);
	bus_args_call(&args, "removal_answer", comply->tag);
	bus_args_field_text(&args, "id", answering->rest);
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_text(&args, "yes", answering->yes ? "1" : "0");
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	comply_seal(comply, &args, customer, note);
	comply_send(comply, &args, on_answered, answering);
	bus_args_finish(&args);
}

void comply_answer(struct comply *comply)
{
	json_t *root = body_read(comply->request);
	char word[16], id[COMPLY_PATH_MAX];
	struct bus_args args;
	unsigned partition;

	if (!root)
		return;
	bool said = body_text(root, "answer", word, sizeof(word) - 1) &&
		    (strcmp(word, "approve") == 0 || strcmp(word, "refuse") == 0);
	json_decref(root);
	comply_path(comply, id);
	if (!said) {
		body_refuse(comply->request, "answer must be approve or refuse.");
		return;
	}
	if (!comply_is_person(comply))
		return;
	if (!comply_split(comply, id, comply->tag, &partition)) {
		http_error(comply->request, 404, "not.found", "There is no such request.", NULL);
		return;
	}
	struct answering *answering = comply_keep(comply, sizeof(*answering));
	answering->yes = strcmp(word, "approve") == 0;
	memcpy(answering->id, id, sizeof(id));
	answering->rest = strchr(answering->id, '.') + 1;
	bus_args_init(&args);
	bus_args_call(&args, "removal_read", comply->tag);
	bus_args_field_text(&args, "id", answering->rest);
	comply_send(comply, &args, on_read, answering);
	bus_args_finish(&args);
}
