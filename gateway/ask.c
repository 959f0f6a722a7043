#include "gateway/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/store.h"
#include "smpp/receipt.h"
#include "smpp/tlv.h"

void asks_init(struct asks *asks, struct outbound *outbound)
{
	*asks = (struct asks){.outbound = outbound};
}

static struct asking *asking_of(struct asks *asks, uint64_t user)
{
	uint32_t index = (uint32_t)user >> 8;

	if ((user & 0xFF) != BIND_QUESTION || index >= ASKS_MAX || !asks->list[index].used ||
	    asks->list[index].turn != user >> 32)
		return NULL;
	return &asks->list[index];
}

static uint64_t asking_user(const struct asking *asking, size_t index)
{
	return (uint64_t)asking->turn << 32 | (uint64_t)index << 8 | BIND_QUESTION;
}

static bool copy_text(const struct bus_reply *from, char *out, size_t capacity)
{
	struct span text = bus_reply_span(from);

	if (text.length == 0 || text.length >= capacity)
		return false;
	memcpy(out, text.at, text.length);
	out[text.length] = '\0';
	return true;
}

static struct bind *roomy_bind(const struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->setup.carrier->binds; i++) {
		if (bind_room(outbound->setup.binds[i], clock_ms()) > 0)
			return outbound->setup.binds[i];
	}
	return NULL;
}

static int ask(const struct asks *asks, struct asking *asking, size_t index)
{
	const struct outbound *outbound = asks->outbound;
	const struct address_settings *addresses = &outbound->setup.carrier->addresses;
	struct job_scratch *scratch = outbound->scratch;
	struct bind *bind = roomy_bind(outbound);
	struct pdu pdu = {.header.command = asking->cancel ? COMMAND_CANCEL_SM : COMMAND_QUERY_SM,
			  .message_id = span_text(asking->id)};
	int error;

	if (!bind)
		return -1;
	error = address_wire(span_text(asking->ours), addresses, scratch->source, &pdu.source);
	if (error == 0 && asking->cancel)
		error = address_wire(span_text(asking->customer), addresses, scratch->destination,
				     &pdu.destination);
	if (error == 0)
		error = bind_submit(bind, &pdu, asking_user(asking, index));
	return error;
}

static void take_up(struct asks *asks, unsigned partition, const struct bus_reply *entry)
{
	struct span op = bus_reply_span(bus_reply_at(entry, 0));
	size_t index = 0;
	struct asking *asking;

	while (index < ASKS_MAX && asks->list[index].used)
		index++;
	if (index == ASKS_MAX)
		return;
	asking = &asks->list[index];
	asking->turn++;
	asking->partition = partition;
	asking->cancel = op.length == 6 && memcmp(op.at, "cancel", 6) == 0;
	asking->used =
		copy_text(bus_reply_at(entry, 1), asking->id, sizeof(asking->id)) &&
		copy_text(bus_reply_at(entry, 2), asking->ours, sizeof(asking->ours)) &&
		copy_text(bus_reply_at(entry, 3), asking->customer, sizeof(asking->customer)) &&
		ask(asks, asking, index) == 0;
	log_event(LOG_INFO, asking->cancel ? "cancel" : "query", "carrier=%s smsc_id=%s asked=%d",
		  asks->outbound->setup.carrier->name, asking->id, asking->used);
}

struct taking {
	struct asks *asks;
	unsigned partition;
};

static void on_taken(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct taking *taking = context;
	struct asks *asks = taking->asks;

	(void)bus;
	asks->taking--;
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		take_up(asks, taking->partition, bus_reply_at(reply, i));
	if (bus_reply_count(reply))
		submit_burst(asks->outbound);
	free(taking);
}

/* As many as each partition may bring without there being too many. */
static unsigned places(const struct asks *asks)
{
	unsigned count = 0;

	for (size_t i = 0; i < ASKS_MAX; i++)
		count += !asks->list[i].used;
	return count / asks->outbound->setup.store->partitions;
}

void asks_take(struct asks *asks)
{
	struct outbound *outbound = asks->outbound;
	const struct settings_carrier *carrier = outbound->setup.carrier;
	unsigned each = places(asks);

	if ((!carrier->query && !carrier->cancel) || asks->taking || !roomy_bind(outbound))
		return;
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		struct bus_args *arguments = outbound->arguments;
		struct taking *taking = memory_array(1, sizeof(*taking));
		*taking = (struct taking){asks, i};
		asks->taking++;
		bus_args_call(arguments, "ask_take", outbound->setup.store->tag[i]);
		bus_args_field_text(arguments, "carrier", carrier->name);
		bus_args_field_integer(arguments, "max", each ? each : 1);
		bus_args_send(arguments, outbound->setup.store->bus, on_taken, taking);
	}
}

/* The id as receipts write it. A number is written anew; one above 64 bits is left as it is, and
 * the receipt then fits only where the forms are one. */
static struct span receipt_id(const struct asks *asks, const struct asking *asking, char *out,
			      size_t capacity)
{
	const struct settings_carrier *carrier = asks->outbound->setup.carrier;
	enum receipt_id_form said = settings_response_id(carrier);
	enum receipt_id_form wanted = settings_receipt_id(carrier);
	int length = receipt_canonical_id(span_text(asking->id), said, out, capacity);

	if (said == wanted || length < 0)
		return span_text(asking->id);
	if (wanted == RECEIPT_ID_HEX) {
		unsigned long long number = strtoull(out, NULL, 10);
		snprintf(out, capacity, "%llX", number);
	}
	return span_text(out);
}

/* A receipt that the carrier never sent, as if it had. */
static void tell(const struct asks *asks, const struct asking *asking, struct bind *bind,
		 uint8_t state)
{
	const struct outbound *outbound = asks->outbound;
	char id[RECEIPT_ID_CANONICAL + 1];
	uint8_t tlvs[128], record[512];
	int first = tlv_put(TLV_RECEIPTED_MESSAGE_ID, receipt_id(asks, asking, id, sizeof(id)),
			    tlvs, sizeof(tlvs));
	int second = first < 0 ? first
			       : tlv_put_u8(TLV_MESSAGE_STATE, state, tlvs + first,
					    sizeof(tlvs) - (size_t)first);
	struct message message = {.kind = MESSAGE_MO,
				  .mo = {.carrier = span_text(outbound->setup.carrier->name),
					 .bind = bind->setup.index,
					 .heard_ms = clock_unix_ms(),
					 .ours = span_text(asking->ours),
					 .customer = span_text(asking->customer),
					 .esm_class = 0x04}};
	struct store_entry entry = {.kind = STORE_RECEIPT, .customer = message.mo.customer};
	int length;

	if (second < 0)
		return;
	message.mo.tlvs = (struct span){tlvs, (size_t)(first + second)};
	length = message_encode(&message, record, sizeof(record));
	if (length < 0)
		return;
	entry.record = (struct span){record, (size_t)length};
	store_append(outbound->setup.store, asking->partition, &entry, NULL, NULL);
}

bool asks_answered(struct asks *asks, struct bind *bind, const struct bind_answer *answer)
{
	struct asking *asking = asking_of(asks, answer->user);

	if (!asking)
		return (answer->user & 0xFF) == BIND_QUESTION;
	asking->used = false;
	log_event(LOG_INFO, asking->cancel ? "cancel_answered" : "query_answered",
		  "carrier=%s smsc_id=%s status=0x%08X state=%u",
		  asks->outbound->setup.carrier->name, asking->id, answer->status,
		  answer->pdu->message_state);
	if (answer->status != ESME_ROK)
		return true;
	if (asking->cancel)
		tell(asks, asking, bind, RECEIPT_DELETED);
	else if (receipt_is_final((enum receipt_state)answer->pdu->message_state))
		tell(asks, asking, bind, answer->pdu->message_state);
	return true;
}

bool asks_lost(struct asks *asks, uint64_t user)
{
	struct asking *asking = asking_of(asks, user);

	if (asking)
		asking->used = false;
	return (user & 0xFF) == BIND_QUESTION;
}
