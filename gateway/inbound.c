#include "gateway/inbound.h"

#include <stdlib.h>

#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/store.h"
#include "smpp/address.h"
#include "smpp/receipt.h"

/* An answer this late may have come after the carrier gave up waiting. */
#define SLOW_ANSWER_MS 2000

/* A deliver_sm that waits for Redis. */
struct heard {
	struct heard *next; /* of the spare ones */
	struct inbound *inbound;
	struct bind *bind;
	uint32_t generation;
	struct pdu_header request;
	uint64_t begun_ms;
};

void inbound_init(struct inbound *inbound, const struct store *store,
		  const struct settings_carrier *carrier, uint64_t unsure_ms)
{
	inbound->store = store;
	inbound->carrier = carrier;
	inbound->unsure_ms = unsure_ms;
	inbound->spare = NULL;
	inbound_unsure(inbound);
}

void inbound_finish(struct inbound *inbound)
{
	while (inbound->spare) {
		struct heard *heard = inbound->spare;
		inbound->spare = heard->next;
		free(heard);
	}
}

void inbound_unsure(struct inbound *inbound)
{
	inbound->unsure_until_ms = clock_ms() + inbound->unsure_ms;
	inbound->broken_ms = clock_unix_ms();
}

static void inbound_refuse(struct inbound *inbound, struct bind *bind,
			   const struct pdu_header *request, uint32_t status)
{
	metric_add(inbound->counters->refused, 1);
	inbound_unsure(inbound);
	bind_reply(bind, bind->link.generation, request, status);
}

static void on_kept(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct heard *heard = context;
	struct inbound *inbound = heard->inbound;
	uint64_t took_ms = clock_ms() - heard->begun_ms;
	bool kept = bus_reply_type(reply) == BUS_STRING;
	unsigned count;

	(void)bus;
	metric_observe(inbound->counters->wait_seconds, (double)took_ms / 1000.);
	metric_add(kept ? inbound->counters->kept : inbound->counters->refused, 1);
	if (bus_reply_type(reply) == BUS_ERROR && log_due(&inbound->complaints, clock_ms(), &count))
		log_event(LOG_ERROR, "not_written", "carrier=%s count=%u why=%.*s",
			  inbound->carrier->name, count, (int)bus_reply_span(reply).length,
			  (const char *)bus_reply_span(reply).at);
	if (!kept || took_ms > SLOW_ANSWER_MS)
		inbound_unsure(inbound);
	bind_reply(heard->bind, heard->generation, &heard->request,
		   kept ? ESME_ROK : ESME_RX_T_APPN);
	heard->next = inbound->spare;
	inbound->spare = heard;
}

static struct heard *heard_create(struct inbound *inbound, struct bind *bind, const struct pdu *pdu)
{
	struct heard *heard = inbound->spare;

	if (heard)
		inbound->spare = heard->next;
	else
		heard = memory_array(1, sizeof(*heard));
	*heard = (struct heard){.inbound = inbound,
				.bind = bind,
				.generation = bind->link.generation,
				.request = pdu->header,
				.begun_ms = clock_ms()};
	return heard;
}

static struct span canonical(const struct pdu_address *wire, const struct settings_carrier *carrier,
			     char storage[ADDRESS_MAX + 1])
{
	int length = address_canonical(wire, &carrier->addresses, storage, ADDRESS_MAX + 1);

	return (struct span){(const uint8_t *)storage, length > 0 ? (size_t)length : 0};
}

bool inbound_is_receipt(const struct pdu *pdu, const struct settings_carrier *carrier)
{
	enum receipt_type type = receipt_type(pdu->esm_class);
	uint8_t wide[RECEIPT_TEXT_MAX];

	if (type == RECEIPT_TYPE_MESSAGE && carrier->sniff_receipts)
		return receipt_sniff(
			receipt_text(pdu->esm_class, pdu->data_coding, pdu->body, wide), pdu->tlvs);
	return type == RECEIPT_TYPE_RECEIPT || type == RECEIPT_TYPE_INTERMEDIATE;
}

static struct message inbound_message(const struct inbound *inbound, const struct bind *bind,
				      const struct pdu *pdu)
{
	return (struct message){
		.kind = MESSAGE_MO,
		.mo = {.carrier = span_text(inbound->carrier->name),
		       .bind = bind->setup.index,
		       .sequence = pdu->header.sequence,
		       .heard_ms = clock_unix_ms(),
		       .broken_ms = clock_ms() < inbound->unsure_until_ms ? inbound->broken_ms : 0,
		       .raw_source = pdu->source.number,
		       .raw_destination = pdu->destination.number,
		       .source_ton = pdu->source.ton,
		       .source_npi = pdu->source.npi,
		       .destination_ton = pdu->destination.ton,
		       .destination_npi = pdu->destination.npi,
		       .esm_class = pdu->esm_class,
		       .protocol_id = pdu->protocol_id,
		       .data_coding = pdu->data_coding,
		       .body = pdu->body,
		       .from_payload = pdu->from_payload,
		       .tlvs = pdu->tlvs},
	};
}

void inbound_take(struct inbound *inbound, struct bind *bind, const struct pdu *pdu)
{
	struct message message = inbound_message(inbound, bind, pdu);
	bool receipt = inbound_is_receipt(pdu, inbound->carrier);
	char ours[ADDRESS_MAX + 1], customer[ADDRESS_MAX + 1];
	struct store_entry entry;
	int length;

	if (!bus_is_ready(inbound->store->bus) ||
	    bus_pending(inbound->store->bus) >= BUS_PENDING_MAX) {
		inbound_refuse(inbound, bind, &pdu->header, ESME_RX_T_APPN);
		return;
	}
	message.mo.ours = canonical(&pdu->destination, inbound->carrier, ours);
	message.mo.customer = canonical(&pdu->source, inbound->carrier, customer);
	/* A receipt is matched by its id, so no address can lose it. */
	if (!receipt && (message.mo.ours.length == 0 || message.mo.customer.length == 0)) {
		metric_add(inbound->counters->bad_address, 1);
		inbound_refuse(inbound, bind, &pdu->header,
			       message.mo.customer.length ? ESME_RINVDSTADR : ESME_RINVSRCADR);
		return;
	}
	length = message_encode(&message, inbound->record, sizeof(inbound->record));
	if (length < 0) {
		inbound_refuse(inbound, bind, &pdu->header, ESME_RINVMSGLEN);
		return;
	}
	metric_add(receipt ? inbound->counters->receipts : inbound->counters->messages, 1);
	entry = (struct store_entry){.kind = receipt ? STORE_RECEIPT : STORE_MESSAGE,
				     .customer = message.mo.customer,
				     .record = {inbound->record, (size_t)length}};
	store_append(inbound->store, key_partition(entry.customer, inbound->store->partitions),
		     &entry, on_kept, heard_create(inbound, bind, pdu));
}
