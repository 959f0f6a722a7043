#include "gateway/trace_record.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "smpp/pdu.h"
#include "smpp/receipt.h"
#include "smpp/tlv.h"
#include "smpp/udh.h"

#define VERSION 1
#define FLAG_OUT 0x01
#define UDHI 0x40
#define SEEN_DIGITS 4
#define TLV_CALLBACK_NUM 0x0381 /* SMPP 3.4 §5.3.2.36 */

static void put_number(uint8_t *out, uint64_t value, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++)
		out[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
}

static uint64_t get_number(const uint8_t *at, unsigned octets)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < octets; i++)
		value = value << 8 | at[i];
	return value;
}

void trace_record_put(const struct trace_record *record, uint8_t out[TRACE_RECORD_HEADER])
{
	out[0] = VERSION;
	out[1] = record->out ? FLAG_OUT : 0;
	put_number(out + 2, record->bind, 2);
	put_number(out + 4, record->at_us, 8);
	put_number(out + 12, record->dropped, 8);
	put_number(out + 20, record->pdu.length, 4);
}

int trace_record_next(struct span *rest, struct trace_record *record)
{
	size_t length;

	if (rest->length == 0)
		return -ENODATA;
	if (rest->length < TRACE_RECORD_HEADER || rest->at[0] != VERSION)
		return -EPROTO;
	length = (size_t)get_number(rest->at + 20, 4);
	if (length > rest->length - TRACE_RECORD_HEADER)
		return -EPROTO;
	*record = (struct trace_record){
		.out = rest->at[1] & FLAG_OUT,
		.bind = (uint16_t)get_number(rest->at + 2, 2),
		.at_us = get_number(rest->at + 4, 8),
		.dropped = get_number(rest->at + 12, 8),
		.pdu = {rest->at + TRACE_RECORD_HEADER, length},
	};
	rest->at += TRACE_RECORD_HEADER + length;
	rest->length -= TRACE_RECORD_HEADER + length;
	return 0;
}

/* A span that borrows from `pdu`, writable. */
static uint8_t *writable(uint8_t *pdu, struct span part)
{
	return pdu + (part.at - pdu);
}

static void blot(uint8_t *pdu, struct span part, size_t keep_last, int with)
{
	if (part.length > keep_last)
		memset(writable(pdu, part), with, part.length - keep_last);
}

/* A receipt's text form ends with the first octets of the message. */
static struct span receipt_words(struct span body)
{
	static const char mark[] = "text:";

	for (size_t i = 0; i + sizeof(mark) - 1 <= body.length; i++) {
		if (strncasecmp((const char *)body.at + i, mark, sizeof(mark) - 1) != 0)
			continue;
		i += sizeof(mark) - 1;
		return (struct span){body.at + i, body.length - i};
	}
	return (struct span){NULL, 0};
}

static struct span words_of(const struct pdu *pdu, struct span body)
{
	enum receipt_type type = receipt_type(pdu->esm_class);
	struct udh udh = {0};

	if (type == RECEIPT_TYPE_RECEIPT || type == RECEIPT_TYPE_INTERMEDIATE)
		return receipt_words(body);
	if (pdu->esm_class & UDHI)
		udh_read(body, &udh);
	return (struct span){body.at + udh.length, body.length - udh.length};
}

static void hide_text(uint8_t *octets, const struct pdu *pdu)
{
	struct span rest = pdu->tlvs;
	struct tlv tlv;

	if (pdu->short_message.length)
		blot(octets, words_of(pdu, pdu->short_message), 0, 'x');
	while (tlv_next(&rest, &tlv)) {
		if (tlv.tag == TLV_MESSAGE_PAYLOAD && tlv.value.length)
			blot(octets, words_of(pdu, tlv.value), 0, 'x');
	}
}

static void hide_callback(uint8_t *octets, const struct pdu *pdu)
{
	struct span rest = pdu->tlvs;
	struct tlv tlv;

	while (tlv_next(&rest, &tlv)) {
		if (tlv.tag == TLV_CALLBACK_NUM)
			blot(octets, tlv.value, SEEN_DIGITS, '*');
	}
}

/* An element borrows from the PDU as well. */
static void hide_list(uint8_t *octets, const struct pdu *pdu)
{
	bool answer = pdu->header.command == COMMAND_SUBMIT_MULTI_RESP;
	struct span rest = pdu->list;
	struct pdu_destination destination;

	while (answer ? pdu_next_unsuccess(&rest, &destination)
		      : pdu_next_destination(&rest, &destination))
		blot(octets, destination.address.number, SEEN_DIGITS, '*');
}

static void hide_numbers(uint8_t *octets, const struct pdu *pdu)
{
	blot(octets, pdu->source.number, SEEN_DIGITS, '*');
	blot(octets, pdu->destination.number, SEEN_DIGITS, '*');
	hide_callback(octets, pdu);
	hide_list(octets, pdu);
}

/* A PDU that cannot be decoded shows nothing but its header, unless all may be seen that it can
 * hold. */
static void hide_body(uint8_t *octets, size_t length, unsigned hide)
{
	static const uint32_t secret[] = {COMMAND_BIND_RECEIVER, COMMAND_BIND_TRANSMITTER,
					  COMMAND_BIND_TRANSCEIVER, COMMAND_OUTBIND};
	bool hidden = hide & (TRACE_HIDE_TEXT | TRACE_HIDE_NUMBERS);
	struct pdu_header header;

	if (!pdu_header((struct span){octets, length}, &header))
		return;
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		hidden = hidden || (hide & TRACE_HIDE_PASSWORD && header.command == secret[i]);
	if (hidden)
		memset(octets + PDU_HEADER_SIZE, 0, length - PDU_HEADER_SIZE);
}

void trace_hide(uint8_t *octets, size_t length, unsigned hide)
{
	struct pdu pdu;

	if (pdu_decode((struct span){octets, length}, &pdu) != ESME_ROK) {
		hide_body(octets, length, hide);
		return;
	}
	if (hide & TRACE_HIDE_PASSWORD && pdu.password.length)
		blot(octets, pdu.password, 0, '*');
	if (hide & TRACE_HIDE_TEXT)
		hide_text(octets, &pdu);
	if (hide & TRACE_HIDE_NUMBERS)
		hide_numbers(octets, &pdu);
}
