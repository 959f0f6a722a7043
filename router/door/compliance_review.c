/* Texts that a person has to read (functions/review.lua), and sends that an opt-out has blocked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/compliance/review.h"
#include "router/door/compliance_internal.h"
#include "router/door/pile.h"

static char *blocked_json(const struct comply *comply, const struct bus_reply *row,
			  unsigned partition)
{
	static const struct {
		const char *name, *field;
	} texts[] = {{"where", "where"},       {"by", "by"},
		     {"number", "customer"},   {"ours", "ours"},
		     {"conversation", "conv"}, {"messageId", "m"}};
	struct span entry = event_span(row, "entry");
	char text[COMPLY_PATH_MAX], id[COMPLY_PATH_MAX + 16];
	struct writer writer;

	(void)comply;
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		writer_string(&writer, texts[i].name, event_span(row, texts[i].field));
	comply_put_scope(&writer, "scope", event_span(row, "scope"));
	body_put_time(&writer, "date", (uint64_t)event_integer(row, "at"));
	/* `<source> <entry of the ledger>`, or `<source> <batch>`, with 8 digits behind the dash.
	 */
	snprintf(text, sizeof(text), "%.*s", (int)entry.length,
		 entry.length ? (const char *)entry.at : "");
	const char *blank = strchr(text, ' ');
	const char *what = blank ? blank + 1 : "";
	const char *dash = strchr(what, '-');
	bool listed = dash && strlen(dash + 1) == 8;
	snprintf(id, sizeof(id), "%u.%s", partition, what);
	writer_text(&writer, "entryId", listed || !*what ? "" : id);
	writer_text(&writer, "batchId", listed ? what : "");
	writer_end_object(&writer);
	return writer_take(&writer);
}

void comply_blocked_source(struct comply_source *source)
{
	*source = (struct comply_source){.function = "blocked_read", .json = blocked_json};
}

void comply_blocked(struct comply *comply)
{
	struct comply_paging *paging = comply_keep(comply, sizeof(*paging));
	struct comply_source source;

	comply_blocked_source(&source);
	comply_page(paging, &source);
}

struct reading;

/* One of those that are open. */
struct listed {
	struct reading *reading;
	struct pile_row *row; /* of the page, once it is read */
	unsigned partition;
	char id[COMPLY_ID_MAX];
};

/* Their ids, those due first in front, and what is answered of the page's. */
struct reading {
	struct comply comply;
	struct pile pile;
	unsigned waiting;
	bool failed;
};

/* What is on its way to one partition. */
struct part {
	struct reading *reading;
	unsigned partition;
};

static void reading_end(struct reading *reading)
{
	struct pile *pile = &reading->pile;
	bool more = pile->page.number * pile->page.size < pile->count;
	struct writer writer;

	/* They are in order already: what put them in it is looked at no more. */
	for (size_t i = 0; i < pile->count; i++)
		free(pile->rows[i].what);
	if (reading->failed) {
		pile_finish(pile);
		body_unavailable(reading->comply.request);
	} else {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		pile_write(pile, &writer);
		writer_bool(&writer, "more", more);
		writer_end_object(&writer);
		body_answer(reading->comply.request, 200, &writer);
	}
	free(reading);
}

static void put_said(const struct keywords_reader *reader, struct writer *writer,
		     const struct bus_reply *said)
{
	struct span text = bus_reply_span(bus_reply_at(said, 4));

	writer_begin_object(writer, NULL);
	comply_put_span(writer, "conversation", bus_reply_at(said, 0));
	comply_put_span(writer, "rule", bus_reply_at(said, 2));
	body_put_time(writer, "date", (uint64_t)bus_reply_integer(bus_reply_at(said, 3)));
	writer_string(writer, "text", text);
	comply_put_reading(writer, "reading", reader, text, 0);
	writer_end_object(writer);
}

/* `whole` is its id behind the partition, `review` what review_read() says. */
static void put_review(const struct comply *comply, struct writer *writer, const char *whole,
		       const struct bus_reply *review)
{
	static const struct {
		const char *name;
		enum review_field field;
	} texts[] = {{"number", REVIEW_CUSTOMER},
		     {"ours", REVIEW_OURS},
		     {"conversation", REVIEW_CONVERSATION},
		     {"rule", REVIEW_RULE},
		     {"state", REVIEW_STATE},
		     {"told", REVIEW_TOLD},
		     {"by", REVIEW_BY},
		     {"reason", REVIEW_NOTE}};
	static const struct {
		const char *name;
		enum review_field field;
	} times[] = {{"dateCreated", REVIEW_AT},
		     {"dateDue", REVIEW_DUE},
		     {"dateEscalated", REVIEW_LATE},
		     {"dateDecided", REVIEW_DECIDED}};

	writer_begin_object(writer, NULL);
	writer_text(writer, "id", whole);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		comply_put_span(writer, texts[i].name, bus_reply_at(review, texts[i].field));
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		body_put_time(writer, times[i].name,
			      (uint64_t)bus_reply_integer(bus_reply_at(review, times[i].field)));
	comply_put_scope(writer, "scope", bus_reply_span(bus_reply_at(review, REVIEW_SCOPE)));
	writer_begin_array(writer, "texts");
	for (size_t i = REVIEW_SAID; i < bus_reply_count(review); i++)
		put_said(comply_reader(comply, bus_reply_span(bus_reply_at(review, REVIEW_OURS))),
			 writer, bus_reply_at(review, i));
	writer_end_array(writer);
	writer_end_object(writer);
}

/* `review` is what review_read() says. */
static char *whole_json(const struct comply *comply, const struct bus_reply *review,
			unsigned partition, struct span id)
{
	char whole[COMPLY_PATH_MAX];
	struct writer writer;

	snprintf(whole, sizeof(whole), "%u.%.*s", partition, (int)id.length,
		 id.length ? (const char *)id.at : "");
	writer_init(&writer);
	put_review(comply, &writer, whole, review);
	return writer_take(&writer);
}

/* {id, {what review_read() says}} */
static char *review_json(const struct comply *comply, const struct bus_reply *row,
			 unsigned partition)
{
	return whole_json(comply, bus_reply_at(row, 1), partition,
			  bus_reply_span(bus_reply_at(row, 0)));
}

void comply_reviews_source(struct comply_source *source)
{
	*source = (struct comply_source){
		.function = "reviews_page", .json = review_json, .stops = true};
}

static void on_review(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listed *listed = context;
	struct reading *reading = listed->reading;

	(void)bus;
	reading->failed |= bus_reply_type(reply) != BUS_ARRAY;
	if (bus_reply_count(reply) >= REVIEW_SAID)
		listed->row->json = whole_json(&reading->comply, reply, listed->partition,
					       span_text(listed->id));
	if (--reading->waiting == 0)
		reading_end(reading);
}

static void read_one(const struct comply *comply, const char *tag, const char *id, bus_done *done,
		     void *context)
{
	struct bus_args args;

	bus_args_init(&args);
	bus_args_call(&args, "review_read", tag);
	bus_args_field_text(&args, "id", id);
	comply_send(comply, &args, done, context);
	bus_args_finish(&args);
}

/* All partitions have said what they have. */
static void read_listed(struct reading *reading)
{
	size_t count;
	struct pile_row *rows = pile_rows(&reading->pile, &count);
	char tag[KEY_MAX];

	reading->waiting = 1;
	for (size_t i = 0; i < count && !reading->failed; i++) {
		struct listed *listed = rows[i].what;
		listed->row = &rows[i];
		reading->waiting++;
		read_one(&reading->comply, key_tag(listed->partition, tag), listed->id, on_review,
			 listed);
	}
	if (--reading->waiting == 0)
		reading_end(reading);
}

/* {id, due, id, due…} of a partition, what is due first in front. */
static void on_ids(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct part *part = context;
	struct reading *reading = part->reading;

	(void)bus;
	reading->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; i + 1 < bus_reply_count(reply); i += 2) {
		struct span id = bus_reply_span(bus_reply_at(reply, i));
		struct listed *listed = memory_array(1, sizeof(*listed));
		*listed = (struct listed){.reading = reading, .partition = part->partition};
		snprintf(listed->id, sizeof(listed->id), "%.*s", (int)id.length,
			 id.length ? (const char *)id.at : "");
		pile_add(&reading->pile,
			 &(struct pile_row){.order = bus_reply_integer(bus_reply_at(reply, i + 1)),
					    .tie = listed->id,
					    .what = listed});
	}
	free(part);
	if (--reading->waiting == 0)
		read_listed(reading);
}

void comply_reviews(struct comply *comply)
{
	unsigned partitions = comply_partitions(comply);
	struct bus_args args;
	struct pile pile;
	char tag[KEY_MAX];

	if (!pile_begin(&pile, comply->request, false))
		return;
	struct reading *reading = comply_keep(comply, sizeof(*reading));
	reading->pile = pile;
	reading->waiting = partitions;
	bus_args_init(&args);
	for (unsigned i = 0; i < partitions; i++) {
		struct part *part = memory_array(1, sizeof(*part));
		*part = (struct part){reading, i};
		bus_args_call(&args, "reviews", key_tag(i, tag));
		comply_send(&part->reading->comply, &args, on_ids, part);
	}
	bus_args_finish(&args);
}

struct deciding {
	struct comply comply;
	char id[COMPLY_PATH_MAX];
	const char *rest; /* behind the partition */
	char scope[SUPPRESSION_SCOPE_MAX], note[COMPLY_TEXT_MAX + 1];
	bool out;
};

static void on_decided(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct deciding *deciding = context;
	const struct comply *comply = &deciding->comply;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(deciding);
		return;
	}
	if (comply_said(reply, "ok")) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		writer_text(&writer, "id", deciding->id);
		comply_put_span(&writer, "state", bus_reply_at(reply, 1));
		writer_end_object(&writer);
		body_answer(comply->request, 200, &writer);
	} else if (comply_said(reply, "over")) {
		http_error(comply->request, 409, "decided.before", "It was decided before.", NULL);
	} else {
		http_error(comply->request, 404, "not.found", "There is no such review.", NULL);
	}
	free(deciding);
}

/* The number has to be known first, since what the ledger is to keep of it is sealed here. */
static void on_subject(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct deciding *deciding = context;
	const struct comply *comply = &deciding->comply;
	struct span customer = bus_reply_span(bus_reply_at(reply, REVIEW_CUSTOMER));
	struct bus_args args;
	char number[WRITTEN_MAX + 8];

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(deciding);
		return;
	}
	if (bus_reply_count(reply) < REVIEW_SAID) {
		http_error(comply->request, 404, "not.found", "There is no such review.", NULL);
		free(deciding);
		return;
	}
	snprintf(number, sizeof(number), "%.*s", (int)customer.length, (const char *)customer.at);
	bus_args_init(&args);
	bus_args_call(&args, "review_decide", comply->tag);
	bus_args_field_text(&args, "id", deciding->rest);
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_text(&args, "yes", deciding->out ? "opt_out" : "release");
	bus_args_field_text(&args, "scope", deciding->scope);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	comply_seal(comply, &args, number, deciding->note);
	comply_send(comply, &args, on_decided, deciding);
	bus_args_finish(&args);
}

static void decide(struct comply *comply, const json_t *root)
{
	struct deciding read = {0};
	char word[16], scope[SUPPRESSION_SCOPE_MAX];
	unsigned partition;

	comply_path(comply, read.id);
	if (!body_text(root, "decision", word, sizeof(word) - 1) ||
	    (strcmp(word, "release") != 0 && strcmp(word, "opt-out") != 0)) {
		body_refuse(comply->request, "decision must be release or opt-out.");
		return;
	}
	if (!body_text(root, "scope", scope, sizeof(scope) - 1)) {
		body_refuse(comply->request, "scope must be a text.");
		return;
	}
	if (!comply_is_person(comply))
		return;
	if ((*scope && !comply_scope(comply, scope, read.scope)) ||
	    !comply_text(comply, root, "reason", read.note))
		return;
	if (!comply_split(comply, read.id, comply->tag, &partition)) {
		http_error(comply->request, 404, "not.found", "There is no such review.", NULL);
		return;
	}
	struct deciding *deciding = comply_keep(comply, sizeof(*deciding));
	read.comply = deciding->comply;
	*deciding = read;
	deciding->out = strcmp(word, "opt-out") == 0;
	deciding->rest = strchr(deciding->id, '.') + 1;
	read_one(comply, comply->tag, deciding->rest, on_subject, deciding);
}

void comply_decide(struct comply *comply)
{
	json_t *root = body_read(comply->request);

	if (root)
		decide(comply, root);
	json_decref(root);
}
