#include "smpp/wall/wall.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <smpp34_structs.h>

#include <smpp34_params.h>

#include "smpp/pdu_layout.h"
#include "smpp/tlv.h"

/*
 * The library's structs and ours are described side by side: for each field of pdu_layout(), in
 * the same order, where the library keeps it and how large its array is.
 */

struct place {
	uint16_t offset, size; /* size is that of the array, NUL included; 1 for an octet */
};

struct mirror {
	uint32_t command;
	uint16_t tlv, list; /* offset of the list's head, 0 for none */
	bool packs;	    /* a request whose mandatory body wall_pack() may write */
	const struct place *places;
};

union library {
	struct {
		uint32_t length, command, status, sequence;
	} header;
	bind_transceiver_t bind;
	submit_sm_t submit_sm;
	deliver_sm_t deliver_sm;
	submit_multi_t submit_multi;
	data_sm_t data_sm;
	replace_sm_t replace_sm;
	cancel_sm_t cancel_sm;
	alert_notification_t alert_notification;
};

#define PLACE(type, member)                                                                        \
	{                                                                                          \
		offsetof(type, member), sizeof(((type *)0)->member)                                \
	}
#define ADDRESS(type, prefix) PLACE(type, prefix##_addr_ton), PLACE(type, prefix##_addr_npi)
#define SOURCE(type) ADDRESS(type, source), PLACE(type, source_addr)
#define DESTINATION(type) ADDRESS(type, dest), PLACE(type, destination_addr)
/* sm_length and short_message are neighbours, so one place serves both. */
#define MESSAGE(type)                                                                              \
	{                                                                                          \
		offsetof(type, sm_length), WALL_MESSAGE_MAX + 1                                    \
	}
#define SM_TAIL(type)                                                                              \
	PLACE(type, esm_class), PLACE(type, protocol_id), PLACE(type, priority_flag),              \
		PLACE(type, schedule_delivery_time), PLACE(type, validity_period),                 \
		PLACE(type, registered_delivery), PLACE(type, replace_if_present_flag),            \
		PLACE(type, data_coding), PLACE(type, sm_default_msg_id), MESSAGE(type)

_Static_assert(offsetof(submit_sm_t, short_message) == offsetof(submit_sm_t, sm_length) + 1, "");
_Static_assert(offsetof(deliver_sm_t, short_message) == offsetof(deliver_sm_t, sm_length) + 1, "");
_Static_assert(offsetof(replace_sm_t, short_message) == offsetof(replace_sm_t, sm_length) + 1, "");
_Static_assert(offsetof(submit_multi_t, short_message) == offsetof(submit_multi_t, sm_length) + 1,
	       "");
/* One description serves the three binds and their answers. */
_Static_assert(sizeof(bind_receiver_t) == sizeof(bind_transceiver_t), "");
_Static_assert(sizeof(bind_transmitter_t) == sizeof(bind_transceiver_t), "");
_Static_assert(offsetof(bind_receiver_resp_t, tlv) == offsetof(bind_transceiver_resp_t, tlv), "");

static const struct place no_places[1];
static const struct place bind_places[] = {
	PLACE(bind_transceiver_t, system_id),	  PLACE(bind_transceiver_t, password),
	PLACE(bind_transceiver_t, system_type),	  PLACE(bind_transceiver_t, interface_version),
	PLACE(bind_transceiver_t, addr_ton),	  PLACE(bind_transceiver_t, addr_npi),
	PLACE(bind_transceiver_t, address_range),
};
static const struct place bind_resp_places[] = {PLACE(bind_transceiver_resp_t, system_id)};
static const struct place outbind_places[] = {PLACE(outbind_t, system_id),
					      PLACE(outbind_t, password)};
static const struct place submit_sm_places[] = {PLACE(submit_sm_t, service_type),
						SOURCE(submit_sm_t), DESTINATION(submit_sm_t),
						SM_TAIL(submit_sm_t)};
static const struct place deliver_sm_places[] = {PLACE(deliver_sm_t, service_type),
						 SOURCE(deliver_sm_t), DESTINATION(deliver_sm_t),
						 SM_TAIL(deliver_sm_t)};
static const struct place submit_multi_places[] = {
	PLACE(submit_multi_t, service_type), SOURCE(submit_multi_t),
	PLACE(submit_multi_t, number_of_dests), SM_TAIL(submit_multi_t)};
static const struct place submit_multi_resp_places[] = {PLACE(submit_multi_resp_t, message_id),
							PLACE(submit_multi_resp_t, no_unsuccess)};
static const struct place data_sm_places[] = {PLACE(data_sm_t, service_type),
					      SOURCE(data_sm_t),
					      DESTINATION(data_sm_t),
					      PLACE(data_sm_t, esm_class),
					      PLACE(data_sm_t, registered_delivery),
					      PLACE(data_sm_t, data_coding)};
static const struct place submit_sm_resp_places[] = {PLACE(submit_sm_resp_t, message_id)};
static const struct place deliver_sm_resp_places[] = {PLACE(deliver_sm_resp_t, message_id)};
static const struct place data_sm_resp_places[] = {PLACE(data_sm_resp_t, message_id)};
static const struct place query_sm_places[] = {PLACE(query_sm_t, message_id), SOURCE(query_sm_t)};
static const struct place query_sm_resp_places[] = {
	PLACE(query_sm_resp_t, message_id), PLACE(query_sm_resp_t, final_date),
	PLACE(query_sm_resp_t, message_state), PLACE(query_sm_resp_t, error_code)};
static const struct place cancel_sm_places[] = {PLACE(cancel_sm_t, service_type),
						PLACE(cancel_sm_t, message_id), SOURCE(cancel_sm_t),
						DESTINATION(cancel_sm_t)};
static const struct place replace_sm_places[] = {PLACE(replace_sm_t, message_id),
						 SOURCE(replace_sm_t),
						 PLACE(replace_sm_t, schedule_delivery_time),
						 PLACE(replace_sm_t, validity_period),
						 PLACE(replace_sm_t, registered_delivery),
						 PLACE(replace_sm_t, sm_default_msg_id),
						 MESSAGE(replace_sm_t)};
static const struct place alert_places[] = {SOURCE(alert_notification_t),
					    ADDRESS(alert_notification_t, esme),
					    PLACE(alert_notification_t, esme_addr)};

#define BIND_RESP_TLV .tlv = offsetof(bind_transceiver_resp_t, tlv), .places = bind_resp_places
#define TLV_OF(type) .tlv = offsetof(type, tlv)

static const struct mirror mirrors[] = {
	{COMMAND_BIND_RECEIVER, .packs = true, .places = bind_places},
	{COMMAND_BIND_TRANSMITTER, .packs = true, .places = bind_places},
	{COMMAND_BIND_TRANSCEIVER, .packs = true, .places = bind_places},
	{COMMAND_BIND_RECEIVER_RESP, BIND_RESP_TLV},
	{COMMAND_BIND_TRANSMITTER_RESP, BIND_RESP_TLV},
	{COMMAND_BIND_TRANSCEIVER_RESP, BIND_RESP_TLV},
	{COMMAND_OUTBIND, .places = outbind_places},
	{COMMAND_SUBMIT_SM, TLV_OF(submit_sm_t), .packs = true, .places = submit_sm_places},
	{COMMAND_SUBMIT_SM_RESP, .places = submit_sm_resp_places},
	{COMMAND_DELIVER_SM, TLV_OF(deliver_sm_t), .packs = true, .places = deliver_sm_places},
	{COMMAND_DELIVER_SM_RESP, .places = deliver_sm_resp_places},
	{COMMAND_SUBMIT_MULTI, TLV_OF(submit_multi_t),
	 .list = offsetof(submit_multi_t, dest_addr_def), .places = submit_multi_places},
	{COMMAND_SUBMIT_MULTI_RESP, .list = offsetof(submit_multi_resp_t, unsuccess_smes),
	 .places = submit_multi_resp_places},
	{COMMAND_DATA_SM, TLV_OF(data_sm_t), .packs = true, .places = data_sm_places},
	{COMMAND_DATA_SM_RESP, .places = data_sm_resp_places},
	{COMMAND_QUERY_SM, .packs = true, .places = query_sm_places},
	{COMMAND_QUERY_SM_RESP, .places = query_sm_resp_places},
	{COMMAND_CANCEL_SM, .packs = true, .places = cancel_sm_places},
	{COMMAND_CANCEL_SM_RESP, .places = no_places},
	{COMMAND_REPLACE_SM, .packs = true, .places = replace_sm_places},
	{COMMAND_REPLACE_SM_RESP, .places = no_places},
	{COMMAND_ALERT_NOTIFICATION, TLV_OF(alert_notification_t), .places = alert_places},
	{COMMAND_UNBIND, .places = no_places},
	{COMMAND_UNBIND_RESP, .places = no_places},
	{COMMAND_ENQUIRE_LINK, .places = no_places},
	{COMMAND_ENQUIRE_LINK_RESP, .places = no_places},
	{COMMAND_GENERIC_NACK, .places = no_places},
};

static const struct mirror *mirror_of(uint32_t command)
{
	for (size_t i = 0; i < sizeof(mirrors) / sizeof(mirrors[0]); i++) {
		if (mirrors[i].command == command)
			return &mirrors[i];
	}
	return NULL;
}

/* The library logs every field, passwords too, into a global string. */
static void forget_log(void)
{
	explicit_bzero(smpp34_strerror, sizeof(smpp34_strerror));
	smpp34_errno = 0;
}

static int copy_in(const struct pdu_field *field, const struct place *place, const struct pdu *pdu,
		   uint8_t *library)
{
	const void *source = (const char *)pdu + field->offset;
	uint8_t *target = library + place->offset;
	struct span octets;

	switch (field->kind) {
	case PDU_OCTET:
		*target = *(const uint8_t *)source;
		return 0;
	case PDU_STRING:
	case PDU_SECRET:
	case PDU_MESSAGE:
		octets = *(const struct span *)source;
		if (octets.length >= place->size)
			return -ENOTSUP;
		if (field->kind == PDU_MESSAGE)
			*target++ = (uint8_t)octets.length;
		if (octets.length > 0)
			memcpy(target, octets.at, octets.length);
		return 0;
	default:
		return -ENOTSUP;
	}
}

int wall_pack(const struct pdu *pdu, uint8_t *out, size_t capacity)
{
	const struct mirror *mirror = mirror_of(pdu->header.command);
	const struct pdu_layout *layout = pdu_layout(pdu->header.command);
	union library library;
	uint8_t packed[512]; /* more than any body without a list can take */
	int length = 0;

	if (!mirror || !mirror->packs || !layout)
		return -ENOTSUP;
	memset(&library, 0, sizeof(library));
	library.header.command = pdu->header.command;
	library.header.status = pdu->header.status;
	library.header.sequence = pdu->header.sequence;
	for (unsigned i = 0; i < layout->count; i++) {
		int error =
			copy_in(&layout->fields[i], &mirror->places[i], pdu, (uint8_t *)&library);
		if (error)
			return error;
	}
	int refused = smpp34_pack2(packed, sizeof(packed), &length, &library);
	forget_log();
	if (refused || length < PDU_HEADER_SIZE || (size_t)length > sizeof(packed))
		return -EPROTO;
	if ((size_t)length > capacity)
		return -EMSGSIZE;
	memcpy(out, packed, (size_t)length);
	explicit_bzero(packed, sizeof(packed));
	explicit_bzero(&library, sizeof(library));
	return length;
}

/* Space in the store; the limits of wall_unpack() make it suffice. */
static uint8_t *keep(struct wall_reading *reading, const void *octets, size_t count)
{
	uint8_t *at = reading->store + reading->used;

	if (count > 0)
		memcpy(at, octets, count);
	reading->used += count;
	return at;
}

static void copy_out(const struct pdu_field *field, const struct place *place,
		     const uint8_t *library, struct wall_reading *reading)
{
	void *target = (char *)&reading->pdu + field->offset;
	const uint8_t *source = library + place->offset;
	struct span octets = {source, 0};

	switch (field->kind) {
	case PDU_OCTET:
		*(uint8_t *)target = *source;
		return;
	case PDU_STRING:
	case PDU_SECRET:
		octets.length = strnlen((const char *)source, place->size);
		break;
	case PDU_MESSAGE:
		octets = (struct span){source + 1, *source};
		break;
	case PDU_DESTINATIONS:
	case PDU_UNSUCCESS:
		reading->pdu.list_count = *source;
		return;
	}
	octets.at = keep(reading, octets.at, octets.length);
	*(struct span *)target = octets;
}

/* The library turns integers of these tags into the machine's order, and no others. */
static void tlv_value(const tlv_t *tlv, uint8_t *octets)
{
	switch (tlv->tag) {
	case TLV_USER_MESSAGE_REFERENCE:
	case TLV_SOURCE_PORT:
	case TLV_DESTINATION_PORT:
	case TLV_SAR_MSG_REF_NUM:
		octets[0] = (uint8_t)(tlv->value.val16 >> 8);
		octets[1] = (uint8_t)tlv->value.val16;
		break;
	default:
		memcpy(octets, tlv->value.octet, tlv->length);
		break;
	}
}

/* The library's list runs backwards: the last parameter is its head. */
static void keep_tlvs(const tlv_t *head, struct wall_reading *reading)
{
	const tlv_t *order[WALL_TLVS_MAX];
	size_t count = 0;
	size_t start = reading->used;

	for (const tlv_t *tlv = head; tlv && count < WALL_TLVS_MAX; tlv = tlv->next)
		order[count++] = tlv;
	while (count > 0) {
		const tlv_t *tlv = order[--count];
		uint8_t octets[MAX_TLV_SIZE];
		tlv_value(tlv, octets);
		int length = tlv_put(tlv->tag, (struct span){octets, tlv->length},
				     reading->store + reading->used,
				     sizeof(reading->store) - reading->used);
		reading->used += length > 0 ? (size_t)length : 0;
	}
	reading->pdu.tlvs = (struct span){reading->store + start, reading->used - start};
}

static void keep_address(uint8_t ton, uint8_t npi, const uint8_t *number,
			 struct wall_reading *reading)
{
	keep(reading, &ton, 1);
	keep(reading, &npi, 1);
	keep(reading, number, strlen((const char *)number) + 1);
}

static void keep_destinations(const dad_t *head, struct wall_reading *reading)
{
	const dad_t *order[WALL_DESTINATIONS_MAX];
	size_t count = 0;
	size_t start = reading->used;

	for (const dad_t *dad = head; dad && count < WALL_DESTINATIONS_MAX; dad = dad->next)
		order[count++] = dad;
	while (count > 0) {
		const dad_t *dad = order[--count];
		keep(reading, &dad->dest_flag, 1);
		if (dad->dest_flag == 1)
			keep_address(dad->value.sme.dest_addr_ton, dad->value.sme.dest_addr_npi,
				     dad->value.sme.destination_addr, reading);
		else
			keep(reading, dad->value.dl_name,
			     strlen((const char *)dad->value.dl_name) + 1);
	}
	reading->pdu.list = (struct span){reading->store + start, reading->used - start};
}

static void keep_unsuccess(const udad_t *head, struct wall_reading *reading)
{
	const udad_t *order[WALL_DESTINATIONS_MAX];
	size_t count = 0;
	size_t start = reading->used;

	for (const udad_t *udad = head; udad && count < WALL_DESTINATIONS_MAX; udad = udad->next)
		order[count++] = udad;
	while (count > 0) {
		const udad_t *udad = order[--count];
		uint32_t status = udad->error_status_code;
		const uint8_t octets[4] = {(uint8_t)(status >> 24), (uint8_t)(status >> 16),
					   (uint8_t)(status >> 8), (uint8_t)status};
		keep_address(udad->dest_addr_ton, udad->dest_addr_npi, udad->destination_addr,
			     reading);
		keep(reading, octets, sizeof(octets));
	}
	reading->pdu.list = (struct span){reading->store + start, reading->used - start};
}

/* The head of a list inside the library's struct. */
static void *head_at(const uint8_t *library, uint16_t offset)
{
	void *head = NULL;

	if (offset)
		memcpy(&head, library + offset, sizeof(head));
	return head;
}

/* Whether the library can be given the PDU without writing past its buffers. */
static bool is_safe(struct span bytes, const struct mirror *mirror)
{
	struct pdu ours;
	struct tlv tlv;
	unsigned count = 0;

	if (!mirror || bytes.length > WALL_PDU_MAX || pdu_decode(bytes, &ours) != ESME_ROK)
		return false;
	while (tlv_next(&ours.tlvs, &tlv))
		count++;
	return count <= WALL_TLVS_MAX && ours.list_count <= WALL_DESTINATIONS_MAX;
}

int wall_unpack(struct span bytes, struct wall_reading *reading)
{
	struct pdu_header header;
	union library library;
	uint8_t *at = (uint8_t *)&library;

	if (!pdu_header(bytes, &header))
		return -EPROTO;
	const struct mirror *mirror = mirror_of(header.command);
	if (!is_safe(bytes, mirror))
		return -ENOTSUP;

	memset(&library, 0, sizeof(library));
	int refused = smpp34_unpack2(&library, bytes.at, (int)bytes.length);
	forget_log();
	void *tlvs = head_at(at, mirror->tlv);
	void *list = head_at(at, mirror->list);
	if (!refused) {
		const struct pdu_layout *layout = pdu_layout(header.command);
		memset(&reading->pdu, 0, sizeof(reading->pdu));
		reading->used = 0;
		reading->pdu.header =
			(struct pdu_header){library.header.length, library.header.command,
					    library.header.status, library.header.sequence};
		for (unsigned i = 0; i < layout->count; i++)
			copy_out(&layout->fields[i], &mirror->places[i], at, reading);
		keep_tlvs(tlvs, reading);
		if (header.command == COMMAND_SUBMIT_MULTI)
			keep_destinations(list, reading);
		if (header.command == COMMAND_SUBMIT_MULTI_RESP)
			keep_unsuccess(list, reading);
	}
	destroy_tlv(tlvs);
	if (header.command == COMMAND_SUBMIT_MULTI)
		destroy_dad(list);
	if (header.command == COMMAND_SUBMIT_MULTI_RESP)
		destroy_udad(list);
	return refused ? -EPROTO : 0;
}
