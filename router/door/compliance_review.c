/* Texts that a person has to read (functions/review.lua), and sends that an opt-out has blocked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/compliance/review.h"
#include "router/door/compliance_internal.h"

#define LISTED_MAX 200 /* reviews of one answer */

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

struct reading {
	struct comply comply;
	struct writer writer;
	unsigned waiting, listed;
	bool failed, more;
};

/* What is on its way to one partition, or to one review of it. */
struct part {
	struct reading *reading;
	unsigned partition;
	char id[COMPLY_ID_MAX];
};

static struct part *part_create(struct reading *reading, unsigned partition, struct span id)
{
	struct part *part = memory_array(1, sizeof(*part));

	part->reading = reading;
	part->partition = partition;
	snprintf(part->id, sizeof(part->id), "%.*s", (int)id.length,
		 id.length ? (const char *)id.at : "");
	reading->waiting++;
	return part;
}

static void part_end(struct part *part)
{
	struct reading *reading = part->reading;

	free(part);
	if (--reading->waiting)
		return;
	writer_end_array(&reading->writer);
	writer_bool(&reading->writer, "more", reading->more);
	writer_end_object(&reading->writer);
	if (reading->failed) {
		writer_finish(&reading->writer);
		body_unavailable(reading->comply.request);
	} else {
		body_answer(reading->comply.request, 200, &reading->writer);
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

/* {id, {what review_read() says}} */
static char *review_json(const struct comply *comply, const struct bus_reply *row,
			 unsigned partition)
{
	struct span id = bus_reply_span(bus_reply_at(row, 0));
	char whole[COMPLY_PATH_MAX];
	struct writer writer;

	snprintf(whole, sizeof(whole), "%u.%.*s", partition, (int)id.length,
		 id.length ? (const char *)id.at : "");
	writer_init(&writer);
	put_review(comply, &writer, whole, bus_reply_at(row, 1));
	return writer_take(&writer);
}

void comply_reviews_source(struct comply_source *source)
{
	*source = (struct comply_source){
		.function = "reviews_page", .json = review_json, .stops = true};
}

static void on_review(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct part *part = context;
	char whole[COMPLY_PATH_MAX];

	(void)bus;
	part->reading->failed |= bus_reply_type(reply) != BUS_ARRAY;
	if (bus_reply_count(reply) >= REVIEW_SAID) {
		snprintf(whole, sizeof(whole), "%u.%s", part->partition, part->id);
		put_review(&part->reading->comply, &part->reading->writer, whole, reply);
	}
	part_end(part);
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

/* The ids of a partition, the oldest first. */
static void on_ids(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct part *part = context;
	struct reading *reading = part->reading;
	char tag[KEY_MAX];

	(void)bus;
	reading->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		if (reading->listed == LISTED_MAX) {
			reading->more = true;
			break;
		}
		reading->listed++;
		struct part *one = part_create(reading, part->partition,
					       bus_reply_span(bus_reply_at(reply, i)));
		read_one(&reading->comply, key_tag(part->partition, tag), one->id, on_review, one);
	}
	part_end(part);
}

void comply_reviews(struct comply *comply)
{
	struct reading *reading = comply_keep(comply, sizeof(*reading));
	unsigned partitions = comply_partitions(comply);
	struct bus_args args;
	char tag[KEY_MAX];

	writer_init(&reading->writer);
	writer_begin_object(&reading->writer, NULL);
	writer_begin_array(&reading->writer, "entities");
	bus_args_init(&args);
	for (unsigned i = 0; i < partitions; i++) {
		bus_args_call(&args, "reviews", key_tag(i, tag));
		comply_send(comply, &args, on_ids, part_create(reading, i, (struct span){NULL, 0}));
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
