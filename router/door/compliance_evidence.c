/*
 * The evidence of one entry: its record as it stands in the ledger, what stands beside it, the
 * message that made it as it came from the carrier and as it reads, what was sent before it and in
 * answer to it, and the proof that the record is in the tree that the last exported head signs. The
 * tree of a partition may be long, so its leaves are read some thousands a turn of the loop.
 */
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/entry.h"
#include "router/compliance/head.h"
#include "router/compliance/heard.h"
#include "router/compliance/prover.h"
#include "router/door/compliance_file.h"
#include "smpp/message.h"
#include "smpp/reassembly.h"

#define LEAVES_AT_ONCE 2000
#define NAME_MAX_OCTETS 16

struct evidence {
	struct comply comply;
	unsigned partition;
	char id[COMPLY_PATH_MAX];
	const char *entry; /* in `id`, behind the partition */
	struct writer writer;
	/* Of the proof. */
	ev_timer turn;
	struct prover *prover;
	struct head *head; /* NULL while no head covers the record */
	char *signature;
};

static void put_flat(struct writer *writer, const struct bus_reply *fields)
{
	char key[NAME_MAX_OCTETS];

	for (size_t i = 0; i + 1 < bus_reply_count(fields); i += 2) {
		struct span name = bus_reply_span(bus_reply_at(fields, i));
		snprintf(key, sizeof(key), "%.*s", (int)name.length,
			 name.length ? (const char *)name.at : "");
		/* Keys are written as they are, so only words get there. */
		if (!*key || strspn(key, "abcdefghijklmnopqrstuvwxyz_") != strlen(key) ||
		    strcmp(key, "before") == 0 || strcmp(key, "after") == 0)
			continue;
		if (strcmp(key, "scope") == 0)
			comply_put_scope(writer, key, bus_reply_span(bus_reply_at(fields, i + 1)));
		else
			comply_put_span(writer, key, bus_reply_at(fields, i + 1));
	}
}

/* In which scopes the number was on the list before it, and is behind it: of older records nobody
 * knows. */
static void put_scopes(struct writer *writer, const struct bus_reply *fields)
{
	struct span before = bus_reply_span(bus_reply_field(fields, "before"));
	struct span after = bus_reply_span(bus_reply_field(fields, "after"));

	if (before.length + after.length == 0)
		return;
	comply_put_scopes(writer, "scopesBefore", before);
	comply_put_scopes(writer, "scopesAfter", after);
}

/* Whether what stands beside is what the record was sealed with. */
static bool is_sealed(const struct bus_reply *fields, const struct bus_reply *beside)
{
	struct seal_beside sealed = {.customer = bus_reply_span(bus_reply_at(beside, 1)),
				     .note = bus_reply_span(bus_reply_at(beside, 3)),
				     .evidence = bus_reply_span(bus_reply_at(beside, 2))};
	struct span salt = bus_reply_span(bus_reply_at(beside, 0));
	struct span seal = bus_reply_span(bus_reply_field(fields, "seal"));
	char hex[MERKLE_HEX];

	snprintf(sealed.salt, sizeof(sealed.salt), "%.*s", (int)salt.length,
		 salt.length ? (const char *)salt.at : "");
	seal_beside(&sealed, hex);
	return span_is(seal, hex);
}

/* Of what PDUs it is, decoded: a message, or the parts of one. */
struct heard {
	struct message messages[REASSEMBLY_PARTS_MAX];
	size_t count;
};

static void read_heard(struct heard *heard, struct span evidence)
{
	struct span record;

	heard->count = 0;
	for (size_t at = 0;
	     heard->count < REASSEMBLY_PARTS_MAX && heard_next(evidence, &at, &record);) {
		struct message *message = &heard->messages[heard->count];
		heard->count += message_decode(record, message) == 0 && message->kind == MESSAGE_MO;
	}
}

static enum coding alphabet_of(const struct comply *comply, const struct message_mo *mo)
{
	char name[MESSAGE_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%.*s", (int)mo->carrier.length,
		 mo->carrier.length ? (const char *)mo->carrier.at : "");
	const struct settings_carrier *carrier = settings_carrier(comply_settings(comply), name);
	return carrier ? carrier->default_alphabet : CODING_GSM7;
}

/* One PDU as the carrier sent it, and which part it is of how many: both 1 of a whole message. */
static void put_raw(const struct comply *comply, struct writer *writer, const char *key,
		    const struct message_mo *mo)
{
	struct reassembly_part part;
	bool has_header =
		mo->esm_class & 0x40 && mo->body.length > 0 && mo->body.at[0] < mo->body.length;
	struct span header = {mo->body.at, has_header ? mo->body.at[0] + 1u : 0};

	reassembly_read(mo, alphabet_of(comply, mo), &part);
	bool whole = part.concat.kind == UDH_CONCAT_NONE;
	writer_begin_object(writer, key);
	writer_integer(writer, "part", whole ? 1 : part.concat.number);
	writer_integer(writer, "parts", whole ? 1 : part.concat.total);
	writer_string(writer, "carrier", mo->carrier);
	writer_integer(writer, "bind", mo->bind);
	writer_integer(writer, "sequenceNumber", mo->sequence);
	body_put_time(writer, "dateReceived", mo->heard_ms);
	writer_string(writer, "ours", mo->ours);
	writer_string(writer, "customer", mo->customer);
	writer_string(writer, "sourceAddress", mo->raw_source);
	writer_integer(writer, "sourceTon", mo->source_ton);
	writer_integer(writer, "sourceNpi", mo->source_npi);
	writer_string(writer, "destinationAddress", mo->raw_destination);
	writer_integer(writer, "destinationTon", mo->destination_ton);
	writer_integer(writer, "destinationNpi", mo->destination_npi);
	writer_integer(writer, "esmClass", mo->esm_class);
	writer_integer(writer, "protocolId", mo->protocol_id);
	writer_integer(writer, "dataCoding", mo->data_coding);
	writer_bool(writer, "fromPayload", mo->from_payload);
	body_put_hex(writer, "udh", header);
	body_put_hex(writer, "body", mo->body);
	body_put_hex(writer, "tlvs", mo->tlvs);
	writer_end_object(writer);
}

/* All PDUs in the order of their parts; `raw` is the first of them. */
static void put_heard(const struct comply *comply, struct writer *writer, const struct heard *heard)
{
	put_raw(comply, writer, "raw", &heard->messages[0].mo);
	writer_begin_array(writer, "pdus");
	for (size_t i = 0; i < heard->count; i++)
		put_raw(comply, writer, NULL, &heard->messages[i].mo);
	writer_end_array(writer);
}

/* The text of what was heard by itself, for free(), where its conversation has none any more. */
static char *decode(const struct comply *comply, const struct heard *heard, size_t *length)
{
	static struct reassembly_part parts[REASSEMBLY_PARTS_MAX];
	struct reassembly_result result;
	struct utf8_buffer out;
	size_t octets = 0;

	for (size_t i = 0; i < heard->count; i++) {
		const struct message_mo *mo = &heard->messages[i].mo;
		reassembly_read(mo, alphabet_of(comply, mo), &parts[i]);
		octets += parts[i].body.length;
	}
	size_t room = CODING_TEXT_MAX(octets) + 3 * ((size_t)REASSEMBLY_PARTS_MAX + 1);
	uint8_t *text = memory_array(room, 1);
	utf8_buffer_init(&out, text, room);
	*length = reassembly_join(parts, heard->count, &out, &result) == 0 ? out.length : 0;
	return (char *)text;
}

/* {at, text, agent, exempt, id, state, reason, written, done, carrier, segments, partial,
 * keyword} of a message of ours, or {}. */
static void put_sent(struct writer *writer, const char *key, const struct bus_reply *row)
{
	if (bus_reply_count(row) == 0) {
		writer_null(writer, key);
		return;
	}
	writer_begin_object(writer, key);
	comply_put_span(writer, "id", bus_reply_at(row, 4));
	body_put_time(writer, "dateAccepted", comply_id_ms(bus_reply_span(bus_reply_at(row, 0))));
	comply_put_span(writer, "text", bus_reply_at(row, 1));
	comply_put_span(writer, "by", bus_reply_at(row, 2));
	writer_bool(writer, "automatic", bus_reply_span(bus_reply_at(row, 2)).length == 0);
	comply_put_span(writer, "state", bus_reply_at(row, 5));
	comply_put_span(writer, "reason", bus_reply_at(row, 6));
	body_put_time(writer, "dateSubmitted", (uint64_t)bus_reply_integer(bus_reply_at(row, 7)));
	body_put_time(writer, "dateReceipt", (uint64_t)bus_reply_integer(bus_reply_at(row, 8)));
	comply_put_span(writer, "carrier", bus_reply_at(row, 9));
	writer_end_object(writer);
}

static void put_text(const struct evidence *evidence, struct writer *writer,
		     const struct bus_reply *own, const struct heard *heard)
{
	struct span text = bus_reply_span(bus_reply_at(own, 1));
	char *decoded = NULL;

	if (bus_reply_count(own) == 0) {
		size_t length = 0;
		decoded = decode(&evidence->comply, heard, &length);
		text = (struct span){(uint8_t *)decoded, length};
	}
	writer_string(writer, "text", text);
	writer_integer(writer, "segments",
		       bus_reply_count(own) ? (uint64_t)bus_reply_integer(bus_reply_at(own, 10))
					    : heard->count);
	writer_bool(writer, "partial", bus_reply_span(bus_reply_at(own, 11)).length > 0);
	comply_put_reading(writer, "reading",
			   comply_reader(&evidence->comply, heard->messages[0].mo.ours), text, 0);
	free(decoded);
}

/* {{field, value…}, {salt, customer, record, note} or {}, in force, own, before, answered} */
static void put_entry(struct evidence *evidence, const struct bus_reply *reply)
{
	static char text[RECORD_MAX];
	struct writer *writer = &evidence->writer;
	const struct bus_reply *fields = bus_reply_at(reply, 0), *beside = bus_reply_at(reply, 1);
	struct span force = bus_reply_span(bus_reply_at(reply, 2));
	static struct heard heard;
	size_t length;

	writer_begin_object(writer, NULL);
	writer_text(writer, "id", evidence->id);
	writer_integer(writer, "partition", evidence->partition);
	writer_integer(writer, "index", (uint64_t)bus_reply_integer(bus_reply_field(fields, "n")));
	body_put_time(writer, "dateReceived",
		      (uint64_t)bus_reply_integer(bus_reply_field(fields, "at")));
	body_put_time(writer, "dateEffective", strtoull(evidence->entry, NULL, 10));
	writer_begin_object(writer, "record");
	put_flat(writer, fields);
	writer_end_object(writer);
	put_scopes(writer, fields);
	(void)entry_text(fields, 0, text, &length);
	writer_string(writer, "recordText", (struct span){(uint8_t *)text, length});
	if (force.length)
		writer_bool(writer, "inForce", *force.at == '1');
	else
		writer_null(writer, "inForce");
	writer_bool(writer, "erased", bus_reply_count(beside) == 0);
	if (bus_reply_count(beside)) {
		comply_put_span(writer, "number", bus_reply_at(beside, 1));
		comply_put_span(writer, "note", bus_reply_at(beside, 3));
		writer_bool(writer, "sealIntact", is_sealed(fields, beside));
	}
	read_heard(&heard, bus_reply_span(bus_reply_at(beside, 2)));
	if (heard.count) {
		put_heard(&evidence->comply, writer, &heard);
		put_text(evidence, writer, bus_reply_at(reply, 3), &heard);
		put_sent(writer, "lastOutbound", bus_reply_at(reply, 4));
		put_sent(writer, "confirmation", bus_reply_at(reply, 5));
	}
}

static void evidence_end(struct evidence *evidence)
{
	writer_end_object(&evidence->writer);
	body_answer(evidence->comply.request, 200, &evidence->writer);
	free(evidence->prover);
	free(evidence->head);
	free(evidence->signature);
	free(evidence);
}

static void put_proof(struct evidence *evidence)
{
	struct writer *writer = &evidence->writer;
	const struct prover *prover = evidence->prover;
	uint8_t root[MERKLE_HASH], path[MERKLE_PROOF_MAX][MERKLE_HASH], key[SEAL_PUBLIC];
	char hex[MERKLE_HEX];
	const struct head *head = evidence->head;

	size_t count = prover_path(prover, root, path);
	seal_public(comply_place(&evidence->comply)->links.seal, key);
	writer_begin_object(writer, "proof");
	writer_integer(writer, "index", prover->index);
	writer_text(writer, "leaf", merkle_hex(prover->leaf, hex));
	writer_integer(writer, "treeSize", prover->size);
	writer_text(writer, "root", merkle_hex(root, hex));
	writer_begin_array(writer, "path");
	for (size_t i = 0; i < count; i++)
		writer_text(writer, NULL, merkle_hex(path[i], hex));
	writer_end_array(writer);
	writer_bool(writer, "signed", head != NULL);
	writer_bool(writer, "rootIsSigned",
		    head && memcmp(head->trees[evidence->partition].root, root, MERKLE_HASH) == 0);
	body_put_time(writer, "dateSigned", head ? head->at_ms : 0);
	writer_text(writer, "head", evidence->signature);
	body_put_hex(writer, "publicKey", (struct span){key, sizeof(key)});
	writer_end_object(writer);
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	static struct archive_row rows[LEAVES_AT_ONCE];
	struct evidence *evidence = timer->data;
	struct prover *prover = evidence->prover;
	struct archive *archive = comply_place(&evidence->comply)->links.archive;
	uint64_t left = prover->size - prover->next;
	size_t count = left < LEAVES_AT_ONCE ? (size_t)left : LEAVES_AT_ONCE;

	(void)revents;
	if (!archive_read(archive, evidence->partition, prover->next, rows, count)) {
		writer_null(&evidence->writer, "proof");
		evidence_end(evidence);
		return;
	}
	for (size_t i = 0; i < count; i++)
		prover_add(prover, rows[i].leaf);
	if (!prover_is_done(prover)) {
		ev_timer_set(timer, 0., 0.);
		ev_timer_start(loop, timer);
		return;
	}
	put_proof(evidence);
	evidence_end(evidence);
}

static void on_head(struct span text, const char *name, void *context)
{
	struct evidence *evidence = context;
	struct head *head = memory_array(1, sizeof(*head));

	(void)name;
	if (head_open(text, NULL, head) != 0 || head->count <= evidence->partition) {
		free(head);
		return;
	}
	free(evidence->head);
	free(evidence->signature);
	evidence->head = head;
	evidence->signature = memory_copy(text.at, text.length);
}

/* The tree that the last head signs where it covers the record, else the one that there is. */
static void begin_proof(struct evidence *evidence, uint64_t index)
{
	const struct compliance_links *links = &comply_place(&evidence->comply)->links;
	uint64_t size = archive_rows(links->archive, evidence->partition);

	archive_newest(links->archive, on_head, evidence);
	if (evidence->head && evidence->head->trees[evidence->partition].size <= index) {
		free(evidence->head);
		evidence->head = NULL;
	}
	if (evidence->head)
		size = evidence->head->trees[evidence->partition].size;
	if (index >= size) {
		writer_null(&evidence->writer, "proof"); /* some moments old */
		evidence_end(evidence);
		return;
	}
	evidence->prover = memory_array(1, sizeof(*evidence->prover));
	prover_init(evidence->prover, size, index);
	ev_timer_init(&evidence->turn, on_turn, 0., 0.);
	evidence->turn.data = evidence;
	ev_timer_start(evidence->comply.api->links->loop, &evidence->turn);
}

static void on_entry(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct evidence *evidence = context;

	(void)bus;
	if (!comply_answered(&evidence->comply, reply)) {
		free(evidence);
		return;
	}
	if (bus_reply_count(reply) == 0) {
		http_error(evidence->comply.request, 404, "not.found", "There is no such entry.",
			   NULL);
		free(evidence);
		return;
	}
	writer_init(&evidence->writer);
	put_entry(evidence, reply);
	begin_proof(evidence,
		    (uint64_t)bus_reply_integer(bus_reply_field(bus_reply_at(reply, 0), "n")));
}

/* `<ms>-<sequence>`, as a stream's ids are. */
static bool is_entry(const char *text)
{
	size_t ms = strspn(text, "0123456789");
	size_t sequence = text[ms] == '-' ? strspn(text + ms + 1, "0123456789") : 0;

	return ms > 0 && ms < 20 && sequence > 0 && sequence < 20 && !text[ms + 1 + sequence];
}

void comply_evidence(struct comply *comply)
{
	char id[COMPLY_PATH_MAX];
	struct bus_args args;
	unsigned partition;

	comply_path(comply, id);
	const char *entry = comply_split(comply, id, comply->tag, &partition);
	if (!entry || !is_entry(entry)) {
		http_error(comply->request, 404, "not.found", "There is no such entry.", NULL);
		return;
	}
	struct evidence *evidence = comply_keep(comply, sizeof(*evidence));
	evidence->partition = partition;
	memcpy(evidence->id, id, sizeof(id));
	evidence->entry = strchr(evidence->id, '.') + 1;
	bus_args_init(&args);
	bus_args_call(&args, "consent_entry", comply->tag);
	bus_args_field_text(&args, "at", evidence->entry);
	comply_send(comply, &args, on_entry, evidence);
	bus_args_finish(&args);
}

/* All records of one number with their evidence, as a file: a row each, the newest first, and in
 * it a line for each PDU. */

static const char *const columns[] = {"dateReceived",
				      "dateEffective",
				      "number",
				      "record.what",
				      "record.scope",
				      "scopesBefore",
				      "scopesAfter",
				      "record.source",
				      "record.rule",
				      "record.ours",
				      "record.by",
				      "record.approved",
				      "note",
				      "inForce",
				      "text",
				      "partial",
				      "pdus.part",
				      "pdus.dateReceived",
				      "pdus.carrier",
				      "pdus.bind",
				      "pdus.sequenceNumber",
				      "pdus.esmClass",
				      "pdus.dataCoding",
				      "pdus.body",
				      "pdus.tlvs",
				      "lastOutbound.text",
				      "lastOutbound.dateSubmitted",
				      "confirmation.text",
				      "confirmation.state",
				      "confirmation.dateSubmitted",
				      "confirmation.dateReceipt",
				      "sealIntact",
				      "recordText",
				      "id",
				      NULL};

#define RECORDS_AT_ONCE 200

struct dossier {
	struct comply_file file;
	char who[MERKLE_HEX];
	char (*ids)[COMPLY_PATH_MAX]; /* of a page of its records, the oldest first */
	size_t left;		      /* of them, to be told */
	int64_t from;		      /* which of all the page begins with */
};

static void ask_records(struct dossier *dossier, int64_t from, int64_t count);

static void dossier_more(struct comply_file *file);

static void on_dossier_entry(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct dossier *dossier = context;
	struct comply_file *file = &dossier->file;
	struct evidence evidence = {.comply = file->comply};

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		comply_file_fail(file);
		return;
	}
	if (bus_reply_count(reply)) {
		memcpy(evidence.id, dossier->ids[dossier->left], sizeof(evidence.id));
		evidence.partition = (unsigned)strtoul(evidence.id, NULL, 10);
		evidence.entry = strchr(evidence.id, '.') + 1;
		writer_init(&evidence.writer);
		put_entry(&evidence, reply);
		writer_end_object(&evidence.writer);
		char *json = writer_take(&evidence.writer);
		comply_sheet_row(file->out, columns, json);
		free(json);
		file->rows++;
	}
	comply_file_piece(file);
}

static void dossier_more(struct comply_file *file)
{
	struct dossier *dossier = (struct dossier *)file;
	struct bus_args args;

	if (dossier->left == 0 && dossier->from > 0) {
		int64_t before = dossier->from < RECORDS_AT_ONCE ? dossier->from : RECORDS_AT_ONCE;
		ask_records(dossier, dossier->from - before, before);
		return;
	}
	if (dossier->left == 0) {
		comply_file_end(file);
		return;
	}
	bus_args_init(&args);
	bus_args_call(&args, "consent_entry", file->comply.tag);
	bus_args_field_text(&args, "at", strchr(dossier->ids[--dossier->left], '.') + 1);
	comply_send(&file->comply, &args, on_dossier_entry, dossier);
	bus_args_finish(&args);
}

/* Of a page of records its ids, in the seventh place. */
static void on_records(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct dossier *dossier = context;
	struct comply_file *file = &dossier->file;
	const struct bus_reply *past = bus_reply_at(reply, 2);
	int64_t total = bus_reply_integer(bus_reply_at(reply, 3));

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		comply_file_fail(file);
		return;
	}
	/* Those that come meanwhile are behind the page. */
	if (dossier->from < 0)
		dossier->from = total > RECORDS_AT_ONCE ? total - RECORDS_AT_ONCE : 0;
	free(dossier->ids);
	dossier->left = bus_reply_count(past);
	dossier->ids = memory_array(dossier->left, sizeof(*dossier->ids));
	for (size_t i = 0; i < dossier->left; i++) {
		struct span entry = bus_reply_span(bus_reply_at(bus_reply_at(past, i), 6));
		snprintf(dossier->ids[i], sizeof(dossier->ids[i]), "%.*s.%.*s",
			 (int)strcspn(file->comply.tag + 2, "}"), file->comply.tag + 2,
			 (int)entry.length, entry.length ? (const char *)entry.at : "");
	}
	dossier_more(file);
}

static void ask_records(struct dossier *dossier, int64_t from, int64_t count)
{
	const struct comply *comply = &dossier->file.comply;
	struct bus_args args;

	dossier->from = from;
	bus_args_init(&args);
	bus_args_call(&args, "suppression_of", comply->tag);
	bus_args_field_text(&args, "customer", comply->number);
	bus_args_field_text(&args, "who", dossier->who);
	bus_args_field_integer(&args, "from", from);
	bus_args_field_integer(&args, "limit", count);
	comply_send(comply, &args, on_records, dossier);
	bus_args_finish(&args);
}

static void dossier_first(struct comply_file *file)
{
	comply_sheet_head(file->out, columns);
	file->more = dossier_more;
	ask_records((struct dossier *)file, -RECORDS_AT_ONCE, RECORDS_AT_ONCE);
}

static void dossier_finish(struct comply_file *file)
{
	free(((struct dossier *)file)->ids);
}

void comply_dossier_send(struct comply *comply)
{
	const char *number = http_query(comply->request, "number");

	if (!comply_number(comply, number ? number : "", http_query(comply->request, "country")))
		return;
	struct dossier *dossier = comply_keep(comply, sizeof(*dossier));
	struct comply_file *file = &dossier->file;
	comply_file_csv(file, "evidence");
	file->more = dossier_first;
	file->finish = dossier_finish;
	/* The audit is not erased with a number, so it calls it as the ledger does. */
	comply_file_about(file, "who",
			  seal_number(comply_place(comply)->links.seal, span_text(comply->number),
				      dossier->who));
	comply_file_begin(file);
}
