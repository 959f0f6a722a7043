#include "smpp/pdu_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "smpp/hex.h"
#include "smpp/pdu_layout.h"
#include "smpp/tlv.h"

struct writer {
	char *out;
	size_t length, capacity;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t room = writer->capacity - writer->length;
	int length = vsnprintf(writer->out + writer->length, room, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= room)
		writer->full = true;
	else
		writer->length += (size_t)length;
}

static void put_char(struct writer *writer, char character)
{
	if (writer->capacity - writer->length < 2) {
		writer->full = true;
		return;
	}
	writer->out[writer->length++] = character;
	writer->out[writer->length] = '\0';
}

/* Octets above ASCII are written as the code points of the same number: a C-Octet String has no
 * alphabet, and this loses nothing. */
static void put_string(struct writer *writer, struct span string)
{
	put_char(writer, '"');
	for (size_t i = 0; i < string.length; i++) {
		uint8_t octet = string.at[i];
		if (octet == '"' || octet == '\\')
			put(writer, "\\%c", octet);
		else if (octet < 0x20 || octet > 0x7E)
			put(writer, "\\u%04x", octet);
		else
			put_char(writer, (char)octet);
	}
	put_char(writer, '"');
}

static void put_hex(struct writer *writer, struct span octets)
{
	char digits[3];

	put_char(writer, '"');
	for (size_t i = 0; i < octets.length; i++) {
		hex_put((struct span){&octets.at[i], 1}, digits);
		put_char(writer, digits[0]);
		put_char(writer, digits[1]);
	}
	put_char(writer, '"');
}

static void put_address(struct writer *writer, const struct pdu_address *address)
{
	put(writer, "\"ton\":%u,\"npi\":%u,\"addr\":", address->ton, address->npi);
	put_string(writer, address->number);
}

static void put_list(struct writer *writer, const struct pdu_field *field, const struct pdu *pdu)
{
	struct span rest = pdu->list;
	struct pdu_destination element;
	const char *comma = "";

	put(writer, ",\"%s\":[", field->name);
	for (unsigned i = 0; i < pdu->list_count; i++) {
		bool destinations = field->kind == PDU_DESTINATIONS;
		if (!(destinations ? pdu_next_destination(&rest, &element)
				   : pdu_next_unsuccess(&rest, &element)))
			break;
		put(writer, "%s{", comma);
		comma = ",";
		if (destinations && element.list_name.at) {
			put(writer, "\"dl_name\":");
			put_string(writer, element.list_name);
		} else {
			put_address(writer, &element.address);
		}
		if (!destinations)
			put(writer, ",\"error_status_code\":\"%s\"", status_name(element.status));
		put_char(writer, '}');
	}
	put_char(writer, ']');
}

static void put_field(struct writer *writer, const struct pdu_field *field, const struct pdu *pdu)
{
	const void *source = (const char *)pdu + field->offset;
	const struct span *span = source;

	switch (field->kind) {
	case PDU_OCTET:
		put(writer, ",\"%s\":%u", field->name, *(const uint8_t *)source);
		break;
	case PDU_STRING:
		put(writer, ",\"%s\":", field->name);
		put_string(writer, *span);
		break;
	case PDU_SECRET:
		put(writer, ",\"%s\":\"(%zu octets)\"", field->name, span->length);
		break;
	case PDU_MESSAGE:
		put(writer, ",\"sm_length\":%zu,\"%s\":", span->length, field->name);
		put_hex(writer, *span);
		break;
	case PDU_DESTINATIONS:
	case PDU_UNSUCCESS:
		put_list(writer, field, pdu);
		break;
	}
}

static void put_told(struct writer *writer, const struct tlv_naming *naming, struct span value)
{
	char told[3 + 2 * TLV_TELL_OCTETS_MAX];
	int length = tlv_tell_value(naming->form, value, told, sizeof(told));

	if (length < 0)
		return;
	put(writer, ",\"told\":");
	put_string(writer, (struct span){(const uint8_t *)told, (size_t)length});
}

static void put_tlvs(struct writer *writer, struct span tlvs, const struct tlv_namings *namings)
{
	struct tlv tlv;
	const char *comma = "";

	put(writer, ",\"tlvs\":[");
	for (unsigned i = 0; i < TLV_COUNT_MAX && tlv_next(&tlvs, &tlv); i++) {
		const struct tlv_naming *naming = tlv_naming(namings, tlv.tag);
		const char *name = naming ? naming->name : tlv_name(tlv.tag);
		put(writer,
		    "%s{\"tag\":\"0x%04X\",\"name\":\"%s\",\"length\":%zu,\"value\":", comma,
		    tlv.tag, name ? name : "unknown", tlv.value.length);
		put_hex(writer, tlv.value);
		if (naming)
			put_told(writer, naming, tlv.value);
		put_char(writer, '}');
		comma = ",";
	}
	put_char(writer, ']');
}

static void put_anomalies(struct writer *writer, uint32_t anomalies)
{
	const char *comma = "";

	put(writer, ",\"anomalies\":[");
	for (unsigned i = 0; i < PDU_ANOMALY_COUNT; i++) {
		if (!(anomalies & 1u << i))
			continue;
		put(writer, "%s\"%s\"", comma, pdu_anomaly_name((enum pdu_anomaly)(1u << i)));
		comma = ",";
	}
	put_char(writer, ']');
}

static void put_header(struct writer *writer, const struct pdu_header *header)
{
	put(writer, "\"command\":\"%s\",\"command_id\":\"0x%08" PRIX32 "\"",
	    command_name(header->command), header->command);
	put(writer, ",\"command_length\":%" PRIu32, header->length);
	put(writer, ",\"command_status\":\"0x%08" PRIX32 "\",\"status\":\"%s\"", header->status,
	    status_name(header->status));
	put(writer, ",\"sequence_number\":%" PRIu32, header->sequence);
}

static void put_error(struct writer *writer, struct span bytes, enum status status)
{
	struct pdu_header header;

	put(writer, "{\"error\":\"%s\",\"octets\":%zu", status_name(status), bytes.length);
	if (pdu_header(bytes, &header)) {
		put_char(writer, ',');
		put_header(writer, &header);
	}
	put_char(writer, '}');
}

int pdu_json(struct span bytes, const struct tlv_namings *namings, char *out, size_t capacity)
{
	struct writer writer = {out, 0, capacity, false};
	struct pdu pdu;

	if (capacity == 0)
		return -EMSGSIZE;
	enum status status = pdu_decode(bytes, &pdu);
	if (status != ESME_ROK) {
		put_error(&writer, bytes, status);
		return writer.full ? -EMSGSIZE : (int)writer.length;
	}
	const struct pdu_layout *layout = pdu_layout(pdu.header.command);
	put_char(&writer, '{');
	put_header(&writer, &pdu.header);
	for (unsigned i = 0; i < layout->count; i++)
		put_field(&writer, &layout->fields[i], &pdu);
	put_tlvs(&writer, pdu.tlvs, namings);
	put_anomalies(&writer, pdu.anomalies);
	put_char(&writer, '}');
	return writer.full ? -EMSGSIZE : (int)writer.length;
}

/* As people copy octets from elsewhere. */
static bool parts_octets(uint8_t octet)
{
	return octet == ' ' || octet == '\t' || octet == '\r' || octet == ':';
}

int pdu_json_unhex(struct span text, uint8_t *out, size_t capacity)
{
	size_t count = 0;
	size_t i = 0;

	if (text.length > 1 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x')
		i = 2;
	while (i < text.length) {
		if (parts_octets(text.at[i])) {
			i++;
			continue;
		}
		int high = hex_digit_any(text.at[i]);
		int low = i + 1 < text.length ? hex_digit_any(text.at[i + 1]) : -1;
		if (high < 0 || low < 0)
			return -EINVAL;
		if (count == capacity)
			return -EMSGSIZE;
		out[count++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	return (int)count;
}
