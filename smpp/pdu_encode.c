#include <errno.h>
#include <string.h>

#include "smpp/pdu.h"
#include "smpp/pdu_layout.h"
#include "smpp/tlv.h"
#include "smpp/wall/wall.h"

struct writer {
	uint8_t *out;
	size_t length, capacity;
	int error; /* the first one, 0 or -errno */
};

static void put_octets(struct writer *writer, const void *octets, size_t count)
{
	if (writer->error)
		return;
	if (writer->capacity - writer->length < count) {
		writer->error = -EMSGSIZE;
		return;
	}
	if (count > 0)
		memcpy(writer->out + writer->length, octets, count);
	writer->length += count;
}

static void put_octet(struct writer *writer, uint8_t octet)
{
	put_octets(writer, &octet, 1);
}

static void put_u32(struct writer *writer, uint32_t value)
{
	const uint8_t octets[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
				   (uint8_t)(value >> 8), (uint8_t)value};

	put_octets(writer, octets, sizeof(octets));
}

static void put_string(struct writer *writer, struct span string, size_t limit)
{
	if (string.length > limit ||
	    (string.length > 0 && memchr(string.at, 0, string.length) != NULL))
		writer->error = writer->error ? writer->error : -EINVAL;
	put_octets(writer, string.at, string.length);
	put_octet(writer, 0);
}

static void put_message(struct writer *writer, struct span message)
{
	if (message.length > PDU_SHORT_MESSAGE_MAX) {
		writer->error = writer->error ? writer->error : -EINVAL;
		return;
	}
	put_octet(writer, (uint8_t)message.length);
	put_octets(writer, message.at, message.length);
}

static void put_list(struct writer *writer, enum pdu_kind kind, const struct pdu *pdu)
{
	struct span rest = pdu->list;
	struct pdu_destination ignored;
	unsigned count = 0;

	while (kind == PDU_DESTINATIONS ? pdu_next_destination(&rest, &ignored)
					: pdu_next_unsuccess(&rest, &ignored))
		count++;
	if (rest.length > 0 || count != pdu->list_count || (kind == PDU_DESTINATIONS && count == 0))
		writer->error = writer->error ? writer->error : -EINVAL;
	put_octet(writer, pdu->list_count);
	put_octets(writer, pdu->list.at, pdu->list.length);
}

static void put_field(struct writer *writer, const struct pdu_field *field, const struct pdu *pdu)
{
	const void *source = (const char *)pdu + field->offset;

	switch (field->kind) {
	case PDU_OCTET:
		put_octet(writer, *(const uint8_t *)source);
		break;
	case PDU_STRING:
		put_string(writer, *(const struct span *)source, field->limit);
		break;
	case PDU_SECRET:
		put_string(writer, *(const struct span *)source, PDU_SECRET_MAX);
		break;
	case PDU_MESSAGE:
		put_message(writer, *(const struct span *)source);
		break;
	case PDU_DESTINATIONS:
	case PDU_UNSUCCESS:
		put_list(writer, field->kind, pdu);
		break;
	}
}

static void put_header(struct writer *writer, const struct pdu_header *header)
{
	put_u32(writer, header->length);
	put_u32(writer, header->command);
	put_u32(writer, header->status);
	put_u32(writer, header->sequence);
}

/* command_length is known last. */
static int finish(struct writer *writer)
{
	if (writer->error)
		return writer->error;
	writer->out[0] = (uint8_t)(writer->length >> 24);
	writer->out[1] = (uint8_t)(writer->length >> 16);
	writer->out[2] = (uint8_t)(writer->length >> 8);
	writer->out[3] = (uint8_t)writer->length;
	return (int)writer->length;
}

/* submit_sm is the hot path and has an encoder of its own: smpp/DECISIONS.md. */
static bool wall_packs(uint32_t command)
{
	switch (command) {
	case COMMAND_BIND_RECEIVER:
	case COMMAND_BIND_TRANSMITTER:
	case COMMAND_BIND_TRANSCEIVER:
	case COMMAND_QUERY_SM:
	case COMMAND_CANCEL_SM:
	case COMMAND_REPLACE_SM:
	case COMMAND_DATA_SM:
		return true;
	default:
		return false;
	}
}

static void put_body(struct writer *writer, const struct pdu_layout *layout, const struct pdu *pdu)
{
	if (layout->bare_error && pdu->header.status != ESME_ROK)
		return;
	for (unsigned i = 0; i < layout->count; i++)
		put_field(writer, &layout->fields[i], pdu);
}

int pdu_encode(const struct pdu *pdu, uint8_t *out, size_t capacity)
{
	struct writer writer = {out, 0, capacity, 0};
	const struct pdu_layout *layout = pdu_layout(pdu->header.command);
	uint32_t sequence = pdu->header.sequence;

	if (!layout)
		return -EINVAL;
	if (!command_is_response(pdu->header.command) && (sequence == 0 || sequence > 0x7FFFFFFF))
		return -EINVAL;
	if (tlv_valid(pdu->tlvs).length != pdu->tlvs.length)
		return -EINVAL;

	put_header(&writer, &pdu->header);
	put_body(&writer, layout, pdu);
	if (!writer.error && wall_packs(pdu->header.command)) {
		/* Our own checks of every length are done. What the library cannot hold, such as a
		 * long password, stays as it was written above. */
		int packed = wall_pack(pdu, out, capacity);
		if (packed > 0)
			writer.length = (size_t)packed;
	}
	put_octets(&writer, pdu->tlvs.at, pdu->tlvs.length);
	return finish(&writer);
}

int pdu_answer(const struct pdu_header *request, uint32_t status, uint8_t *out, size_t capacity)
{
	struct pdu answer = {.header = {.command = command_answer(request->command),
					.status = status,
					.sequence = request->sequence}};

	if (answer.header.command == 0)
		return 0;
	if (status == ESME_RINVCMDLEN && request->length < PDU_HEADER_SIZE)
		answer.header.command = COMMAND_GENERIC_NACK;
	return pdu_encode(&answer, out, capacity);
}

int pdu_nack(uint32_t sequence, uint32_t status, uint8_t *out, size_t capacity)
{
	struct pdu nack = {.header = {.command = COMMAND_GENERIC_NACK,
				      .status = status,
				      .sequence = sequence}};

	return pdu_encode(&nack, out, capacity);
}

int pdu_put_destination(const struct pdu_destination *destination, uint8_t *out, size_t capacity)
{
	struct writer writer = {out, 0, capacity, 0};

	if (destination->list_name.length > 0) {
		put_octet(&writer, 2);
		put_string(&writer, destination->list_name, 20);
	} else {
		put_octet(&writer, 1);
		put_octet(&writer, destination->address.ton);
		put_octet(&writer, destination->address.npi);
		put_string(&writer, destination->address.number, 20);
	}
	return writer.error ? writer.error : (int)writer.length;
}
