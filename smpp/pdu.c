#include "smpp/pdu.h"

#include <string.h>

#include "smpp/pdu_layout.h"
#include "smpp/tlv.h"

struct cursor {
	const uint8_t *at;
	size_t left;
	bool response;
	uint32_t anomalies;
};

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	       (uint32_t)at[3];
}

static void advance(struct cursor *cursor, size_t count)
{
	cursor->at += count;
	cursor->left -= count;
}

bool pdu_header(struct span bytes, struct pdu_header *header)
{
	if (bytes.length < PDU_HEADER_SIZE)
		return false;
	header->length = read_u32(bytes.at);
	header->command = read_u32(bytes.at + 4);
	header->status = read_u32(bytes.at + 8);
	header->sequence = read_u32(bytes.at + 12);
	return true;
}

/* A response that lacks something is read as far as it goes. */
static enum status short_body(struct cursor *cursor, enum status refusal)
{
	if (!cursor->response)
		return refusal;
	cursor->anomalies |= PDU_SHORT_BODY;
	advance(cursor, cursor->left);
	return ESME_ROK;
}

static enum status read_string(struct cursor *cursor, const struct pdu_field *field,
			       struct span *string)
{
	size_t reach = cursor->left <= PDU_STRING_MAX ? cursor->left : PDU_STRING_MAX + 1;
	const uint8_t *nul = reach ? memchr(cursor->at, 0, reach) : NULL;

	if (nul) {
		*string = (struct span){cursor->at, (size_t)(nul - cursor->at)};
		advance(cursor, string->length + 1);
	} else if (reach > PDU_STRING_MAX) {
		return short_body(cursor, field->refusal);
	} else if (!cursor->response || reach == 0) {
		return short_body(cursor, ESME_RINVCMDLEN);
	} else {
		*string = (struct span){cursor->at, reach};
		advance(cursor, reach);
		cursor->anomalies |= PDU_UNTERMINATED;
	}
	if (string->length > field->limit)
		cursor->anomalies |= PDU_LONG_STRING;
	return ESME_ROK;
}

static enum status read_message(struct cursor *cursor, struct span *message)
{
	if (cursor->left == 0)
		return short_body(cursor, ESME_RINVCMDLEN);
	size_t length = cursor->at[0];
	if (length > cursor->left - 1)
		return short_body(cursor, ESME_RINVMSGLEN);
	*message = (struct span){cursor->at + 1, length};
	advance(cursor, length + 1);
	if (length > PDU_SHORT_MESSAGE_MAX)
		cursor->anomalies |= PDU_LONG_MESSAGE;
	return ESME_ROK;
}

/* A C-Octet String of a list element, taken off `rest`. */
static bool take_string(struct span *rest, struct span *string)
{
	size_t reach = rest->length <= PDU_STRING_MAX ? rest->length : PDU_STRING_MAX + 1;
	const uint8_t *nul = reach ? memchr(rest->at, 0, reach) : NULL;

	if (!nul)
		return false;
	*string = (struct span){rest->at, (size_t)(nul - rest->at)};
	rest->at += string->length + 1;
	rest->length -= string->length + 1;
	return true;
}

static bool take_address(struct span *rest, struct pdu_address *address)
{
	if (rest->length < 3)
		return false;
	address->ton = rest->at[0];
	address->npi = rest->at[1];
	rest->at += 2;
	rest->length -= 2;
	return take_string(rest, &address->number);
}

bool pdu_next_destination(struct span *rest, struct pdu_destination *destination)
{
	struct span ahead = *rest;
	struct pdu_destination found = {0};
	bool whole = false;

	if (ahead.length == 0)
		return false;
	uint8_t flag = ahead.at[0];
	ahead.at++;
	ahead.length--;
	if (flag == 1)
		whole = take_address(&ahead, &found.address);
	else if (flag == 2)
		whole = take_string(&ahead, &found.list_name);
	if (!whole)
		return false;
	*rest = ahead;
	*destination = found;
	return true;
}

bool pdu_next_unsuccess(struct span *rest, struct pdu_destination *destination)
{
	struct span ahead = *rest;
	struct pdu_destination found = {0};

	if (!take_address(&ahead, &found.address) || ahead.length < 4)
		return false;
	found.status = read_u32(ahead.at);
	ahead.at += 4;
	ahead.length -= 4;
	*rest = ahead;
	*destination = found;
	return true;
}

static enum status read_list(struct cursor *cursor, enum pdu_kind kind, struct pdu *pdu)
{
	if (cursor->left == 0)
		return short_body(cursor, ESME_RINVCMDLEN);
	unsigned count = cursor->at[0];
	advance(cursor, 1);
	struct span rest = {cursor->at, cursor->left};
	struct pdu_destination ignored;

	if (count == 0 && kind == PDU_DESTINATIONS)
		return ESME_RINVNUMDESTS;
	for (unsigned i = 0; i < count; i++) {
		bool whole = kind == PDU_DESTINATIONS ? pdu_next_destination(&rest, &ignored)
						      : pdu_next_unsuccess(&rest, &ignored);
		if (!whole && rest.length > 0 && kind == PDU_DESTINATIONS &&
		    (rest.at[0] < 1 || rest.at[0] > 2))
			return ESME_RINVDESTFLAG;
		if (!whole)
			return short_body(cursor, ESME_RINVNUMDESTS);
	}
	pdu->list_count = (uint8_t)count;
	pdu->list = (struct span){cursor->at, cursor->left - rest.length};
	advance(cursor, pdu->list.length);
	return ESME_ROK;
}

static enum status read_field(struct cursor *cursor, const struct pdu_field *field, struct pdu *pdu)
{
	void *target = (char *)pdu + field->offset;

	switch (field->kind) {
	case PDU_OCTET:
		if (cursor->left == 0)
			return short_body(cursor, ESME_RINVCMDLEN);
		*(uint8_t *)target = cursor->at[0];
		advance(cursor, 1);
		return ESME_ROK;
	case PDU_STRING:
	case PDU_SECRET:
		return read_string(cursor, field, target);
	case PDU_MESSAGE:
		return read_message(cursor, target);
	case PDU_DESTINATIONS:
	case PDU_UNSUCCESS:
		return read_list(cursor, field->kind, pdu);
	}
	return ESME_RSYSERR;
}

/* A tag that says what the message is, as a bit; 0 for all others. */
static uint32_t vital_tag(uint16_t tag)
{
	switch (tag) {
	case TLV_MESSAGE_PAYLOAD:
		return 1;
	case TLV_SAR_MSG_REF_NUM:
		return 2;
	case TLV_SAR_TOTAL_SEGMENTS:
		return 4;
	case TLV_SAR_SEGMENT_SEQNUM:
		return 8;
	case TLV_RECEIPTED_MESSAGE_ID:
		return 16;
	case TLV_MESSAGE_STATE:
		return 32;
	default:
		return 0;
	}
}

static void read_tlvs(struct cursor *cursor, struct pdu *pdu)
{
	struct span rest = {cursor->at, cursor->left};
	struct span payload = {0};
	struct tlv tlv;
	uint32_t seen = 0;
	unsigned count = 0;

	while (count < TLV_COUNT_MAX && tlv_next(&rest, &tlv)) {
		uint32_t bit = vital_tag(tlv.tag);
		count++;
		if (seen & bit)
			cursor->anomalies |= PDU_REPEATED_TLV;
		else if (bit == vital_tag(TLV_MESSAGE_PAYLOAD))
			payload = tlv.value;
		seen |= bit;
	}
	pdu->tlvs = (struct span){cursor->at, cursor->left - rest.length};
	if (rest.length > 0)
		cursor->anomalies |= count == TLV_COUNT_MAX ? PDU_TLV_OVERFLOW : PDU_TRAILING;
	if (!payload.at)
		return;
	if (pdu->short_message.length > 0) {
		cursor->anomalies |= PDU_TWO_BODIES;
		return;
	}
	pdu->body = payload;
	pdu->from_payload = true;
}

static uint32_t header_anomalies(const struct pdu_header *header, bool response)
{
	uint32_t anomalies = 0;

	if (header->sequence == 0 || header->sequence > 0x7FFFFFFF)
		anomalies |= PDU_ODD_SEQUENCE;
	if (header->status != ESME_ROK && !response)
		anomalies |= PDU_ODD_STATUS;
	return anomalies;
}

enum status pdu_decode(struct span bytes, struct pdu *pdu)
{
	struct pdu read = {0};

	if (!pdu_header(bytes, &read.header) || read.header.length != bytes.length)
		return ESME_RINVCMDLEN;
	const struct pdu_layout *layout = pdu_layout(read.header.command);
	if (!layout)
		return ESME_RINVCMDID;

	bool response = command_is_response(read.header.command);
	struct cursor cursor = {bytes.at + PDU_HEADER_SIZE, bytes.length - PDU_HEADER_SIZE,
				response, header_anomalies(&read.header, response)};
	bool bare = layout->bare_error && read.header.status != ESME_ROK;
	if (bare && cursor.left > 0)
		cursor.anomalies |= PDU_ERROR_BODY;
	if (!bare || cursor.left > 0) {
		for (unsigned i = 0; i < layout->count; i++) {
			enum status status = read_field(&cursor, &layout->fields[i], &read);
			if (status != ESME_ROK)
				return status;
		}
	}
	if (layout->message)
		read.body = read.short_message;
	read_tlvs(&cursor, &read);
	if (!layout->message) {
		read.body = (struct span){0};
		read.from_payload = false;
	}
	read.anomalies = cursor.anomalies;
	*pdu = read;
	return ESME_ROK;
}

const char *pdu_anomaly_name(enum pdu_anomaly anomaly)
{
	switch (anomaly) {
	case PDU_LONG_STRING:
		return "long_string";
	case PDU_UNTERMINATED:
		return "unterminated";
	case PDU_SHORT_BODY:
		return "short_body";
	case PDU_ERROR_BODY:
		return "error_body";
	case PDU_TRAILING:
		return "trailing";
	case PDU_TWO_BODIES:
		return "two_bodies";
	case PDU_LONG_MESSAGE:
		return "long_message";
	case PDU_ODD_SEQUENCE:
		return "odd_sequence";
	case PDU_ODD_STATUS:
		return "odd_status";
	case PDU_REPEATED_TLV:
		return "repeated_tlv";
	case PDU_TLV_OVERFLOW:
		return "tlv_overflow";
	}
	return "none";
}
