#include "gateway/trace_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/memory.h"
#include "smpp/pdu.h"
#include "smpp/receipt.h"
#include "smpp/tlv.h"
#include "smpp/udh.h"

#define VALUE_OCTETS_MAX 160
#define UDHI 0x40

struct line {
	char *out;
	size_t length, capacity;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t room = line->capacity - line->length;
	int length = vsnprintf(line->out + line->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void put_name(struct line *line, const char *name)
{
	put(line, " %s=", name);
}

/* Printable ASCII but blanks, quotes and backslashes as it is, the rest as \xNN. */
static void put_value(struct line *line, const char *name, struct span value)
{
	put_name(line, name);
	for (size_t i = 0; i < value.length && i < VALUE_OCTETS_MAX; i++) {
		uint8_t octet = value.at[i];
		bool plain = octet > ' ' && octet < 0x7F && octet != '"' && octet != '\\';
		put(line, plain ? "%c" : "\\x%02X", octet);
	}
	if (value.length == 0)
		put(line, "-");
	if (value.length > VALUE_OCTETS_MAX)
		put(line, "...");
}

static bool is_control(const uint8_t *at, size_t left)
{
	return at[0] < 0x20 || at[0] == 0x7F ||
	       (at[0] == 0xC2 && left > 1 && at[1] >= 0x80 && at[1] < 0xA0);
}

static void put_quoted(struct line *line, const uint8_t *text, size_t length)
{
	put(line, "\"");
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put(line, "\\n");
		else if (is_control(text + i, length - i))
			put(line, "\\x%02X", text[i]);
		else if (text[i] == '"' || text[i] == '\\')
			put(line, "\\%c", text[i]);
		else
			put(line, "%c", text[i]);
	}
	put(line, "\"");
}

static void put_text(struct line *line, const struct pdu *pdu, const struct udh *udh,
		     enum coding alphabet)
{
	struct span words = {pdu->body.at + udh->length, pdu->body.length - udh->length};
	struct coding_meaning meaning = coding_of(pdu->data_coding, alphabet);
	bool packed = meaning.coding == CODING_GSM7_PACKED && udh->length;
	uint8_t *text = memory_array(CODING_TEXT_MAX(words.length), 1);
	struct utf8_buffer buffer;
	struct coding_decoder decoder;

	utf8_buffer_init(&buffer, text, CODING_TEXT_MAX(words.length));
	coding_decoder_init(&decoder, meaning.coding, udh->shift);
	coding_decoder_feed(&decoder, words, packed ? (unsigned)((7 - udh->length * 8 % 7) % 7) : 0,
			    &buffer);
	coding_decoder_end(&decoder, &buffer);
	put_name(line, "text");
	put_quoted(line, text, buffer.length);
	free(text);
}

static void put_concat(struct line *line, const struct pdu *pdu, const struct udh *udh)
{
	struct udh_concat concat = udh->concat;

	if (concat.kind == UDH_CONCAT_NONE)
		concat = udh_concat_of_tlvs(pdu->tlvs);
	if (concat.kind != UDH_CONCAT_NONE)
		put(line, " part=%u/%u ref=%u", concat.number, concat.total, concat.reference);
	if (udh->malformed)
		put(line, " udh=malformed");
	else if (udh->has_ports)
		put(line, " port=%u", udh->destination_port);
}

static bool is_receipt(const struct pdu *pdu)
{
	enum receipt_type type = receipt_type(pdu->esm_class);

	return type == RECEIPT_TYPE_RECEIPT || type == RECEIPT_TYPE_INTERMEDIATE;
}

static void put_receipt(struct line *line, const struct pdu *pdu)
{
	struct receipt receipt;

	if (receipt_parse(pdu->body, pdu->tlvs, &receipt) != 0) {
		put(line, " receipt=unreadable");
		return;
	}
	put(line, " receipt=%s",
	    receipt.has_state ? receipt_state_name(receipt.state) : "without_state");
	put_value(line, "id", receipt.id);
	if (receipt.error.length)
		put_value(line, "err", receipt.error);
	if (receipt.has_network_error)
		put(line, " network_error=%u/%u", receipt.network_type, receipt.network_error);
}

static void put_tlvs(struct line *line, struct span rest)
{
	struct tlv tlv;

	while (tlv_next(&rest, &tlv)) {
		const char *name = tlv_name(tlv.tag);
		if (name)
			put(line, " +%s", name);
		else
			put(line, " +0x%04X", tlv.tag);
		put(line, "(%zu)", tlv.value.length);
	}
}

static void put_message(struct line *line, const struct pdu *pdu, const struct trace_view *view)
{
	struct udh udh = {0};

	if (pdu->esm_class & UDHI)
		udh_read(pdu->body, &udh);
	put_value(line, "from", pdu->source.number);
	put_value(line, "to", pdu->destination.number);
	if (pdu->header.command == COMMAND_SUBMIT_MULTI)
		put(line, " destinations=%u", pdu->list_count);
	if (pdu->esm_class)
		put(line, " esm_class=0x%02X", pdu->esm_class);
	if (pdu->registered_delivery)
		put(line, " registered=%u", pdu->registered_delivery);
	if (is_receipt(pdu)) {
		put_receipt(line, pdu);
	} else {
		put(line, " coding=%u(%s) length=%zu", pdu->data_coding,
		    coding_name(coding_of(pdu->data_coding, view->alphabet).coding),
		    pdu->body.length);
		put_concat(line, pdu, &udh);
	}
	put_tlvs(line, pdu->tlvs);
	if (view->text && pdu->body.length)
		put_text(line, pdu, &udh, view->alphabet);
}

static void put_answer(struct line *line, const struct pdu *pdu)
{
	if (pdu->message_id.length)
		put_value(line, "id", pdu->message_id);
	if (pdu->system_id.length)
		put_value(line, "system_id", pdu->system_id);
	if (pdu->header.command == COMMAND_QUERY_SM_RESP)
		put(line, " state=%s error=%u",
		    receipt_state_name((enum receipt_state)pdu->message_state), pdu->error_code);
	put_tlvs(line, pdu->tlvs);
}

static void put_request(struct line *line, const struct pdu *pdu, const struct trace_view *view)
{
	switch (pdu->header.command) {
	case COMMAND_BIND_RECEIVER:
	case COMMAND_BIND_TRANSMITTER:
	case COMMAND_BIND_TRANSCEIVER:
	case COMMAND_OUTBIND:
		put_value(line, "system_id", pdu->system_id);
		put(line, " password=%zu octets version=0x%02X", pdu->password.length,
		    pdu->interface_version);
		break;
	case COMMAND_SUBMIT_SM:
	case COMMAND_DELIVER_SM:
	case COMMAND_DATA_SM:
	case COMMAND_SUBMIT_MULTI:
	case COMMAND_REPLACE_SM:
		put_message(line, pdu, view);
		break;
	case COMMAND_QUERY_SM:
	case COMMAND_CANCEL_SM:
		put_value(line, "id", pdu->message_id);
		put_value(line, "from", pdu->source.number);
		break;
	case COMMAND_ALERT_NOTIFICATION:
		put_value(line, "from", pdu->source.number);
		put_value(line, "to", pdu->destination.number);
		break;
	default:
		put_tlvs(line, pdu->tlvs);
		break;
	}
}

static void put_status(struct line *line, uint32_t status)
{
	if (status == ESME_ROK)
		put(line, " ok");
	else
		put(line, " %s(0x%08" PRIX32 ")", status_name(status), status);
}

static void put_anomalies(struct line *line, uint32_t anomalies)
{
	const char *before = " odd=";

	for (unsigned bit = 0; bit < PDU_ANOMALY_COUNT; bit++) {
		if (!(anomalies & (1u << bit)))
			continue;
		put(line, "%s%s", before, pdu_anomaly_name((enum pdu_anomaly)(1u << bit)));
		before = ",";
	}
}

size_t trace_line(const struct trace_record *record, const struct trace_view *view, char *out,
		  size_t capacity)
{
	struct line line = {.out = out, .capacity = capacity};
	struct pdu_header header = {0};
	struct pdu pdu;
	enum status status = pdu_decode(record->pdu, &pdu);
	bool read = pdu_header(record->pdu, &header);

	put(&line, "bind=%u %c %s seq=%" PRIu32, record->bind, record->out ? '>' : '<',
	    read ? command_name(header.command) : "octets", header.sequence);
	if (status != ESME_ROK) {
		put(&line, " command=0x%08" PRIX32 " length=%zu unreadable=%s", header.command,
		    record->pdu.length, status_name(status));
		return line.length;
	}
	if (command_is_response(header.command)) {
		put_status(&line, header.status);
		put_answer(&line, &pdu);
	} else {
		put_request(&line, &pdu, view);
	}
	put_anomalies(&line, pdu.anomalies);
	return line.length;
}
