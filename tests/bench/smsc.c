#include "tests/bench/smsc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smpp/frame.h"
#include "smpp/pdu.h"
#include "smpp/tlv.h"
#include "tests/bench/buffer.h"

#define SLOTS 4096 /* requests in flight on a link, above any window */
#define TAG_RECEIPT UINT32_MAX
#define READS_MAX 16
#define ID_SIZE 10
#define RECEIPTS_MAX 65536

/* A deliver_sm made once; only these parts of it differ from one to the next. */
struct template
{
	uint8_t bytes[512];
	size_t length, customer, number, ours; /* ours: behind its last digit */
};

struct slot {
	uint32_t sequence, tag;
};

struct receipt_due {
	uint32_t id;
	uint8_t customer[SMSC_CUSTOMER_SIZE];
};

struct smsc_link {
	struct smsc *smsc;
	ev_io readable;
	struct frame frame;
	struct buffer out;
	bool bound;
	uint32_t sequence;
	unsigned in_flight;
	struct slot slots[SLOTS];
	struct receipt_due due[RECEIPTS_MAX];
	uint32_t due_first, due_count;
};

struct smsc {
	struct ev_loop *loop;
	struct smsc_events events;
	char ours[16];
	uint32_t first; /* its last four digits */
	unsigned numbers;
	ev_io listener;
	struct smsc_link *links[SMSC_LINKS_MAX];
	unsigned count, bound, lost, window;
	bool receipts;
	uint32_t id, receipts_answered;
	struct template message, receipt;
};

static const char padding[] = "the parcel has not come yet, where may it be waiting today?";

void smsc_digits(uint8_t *at, unsigned count, uint32_t value)
{
	while (count-- > 0) {
		at[count] = (uint8_t)('0' + value % 10);
		value /= 10;
	}
}

bool smsc_tag(struct span text, char kind, uint32_t *tag)
{
	uint32_t value = 0;

	if (text.length < 2 + ID_SIZE || text.at[0] != (uint8_t)kind || text.at[1] != ' ')
		return false;
	for (unsigned i = 0; i < ID_SIZE; i++)
		value = value * 10 + (text.at[2 + i] - (uint32_t)'0');
	*tag = value;
	return true;
}

bool smsc_customer(struct span digits, uint32_t *customer)
{
	uint32_t value = 0;

	if (digits.length != SMSC_CUSTOMER_SIZE || memcmp(digits.at, "4670", 4) != 0)
		return false;
	for (size_t i = 4; i < digits.length; i++)
		value = value * 10 + (digits.at[i] - (uint32_t)'0');
	*customer = value;
	return true;
}

static void template_init(struct template *template, const struct smsc *smsc, uint8_t esm_class,
			  const char *text)
{
	const char customer[] = "46700000000";
	struct pdu pdu = {
		.header = {.command = COMMAND_DELIVER_SM, .sequence = 1},
		.esm_class = esm_class,
		.source = {1, 1, span_text(customer)},
		.destination = {1, 1, span_text(smsc->ours)},
		.short_message = span_text(text),
	};
	int length = pdu_encode(&pdu, template->bytes, sizeof(template->bytes));
	const uint8_t *found;

	if (length < 0)
		abort();
	template->length = (size_t)length;
	found = memmem(template->bytes, template->length, customer, sizeof(customer) - 1);
	template->customer = (size_t)(found - template->bytes);
	found = memmem(template->bytes, template->length, smsc->ours, strlen(smsc->ours));
	template->ours = (size_t)(found - template->bytes) + strlen(smsc->ours);
	found = memmem(template->bytes, template->length, "0000000000 ", ID_SIZE + 1);
	template->number = (size_t)(found - template->bytes);
}

static void put_u32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

/* Appends a template as a request; the caller fills in customer and number. */
static uint8_t *link_request(struct smsc_link *link, const struct template *template, uint32_t tag)
{
	uint8_t *at = buffer_reserve(&link->out, template->length);
	struct slot *slot;

	do {
		link->sequence = link->sequence % 0x7FFFFFFF + 1;
		slot = &link->slots[link->sequence % SLOTS];
	} while (slot->sequence != 0);
	*slot = (struct slot){link->sequence, tag};
	link->in_flight++;
	memcpy(at, template->bytes, template->length);
	put_u32(at + 12, link->sequence);
	return at;
}

void smsc_deliver(struct smsc *smsc, unsigned link, uint32_t customer, char kind, uint32_t tag)
{
	const struct template *template = &smsc->message;
	uint8_t *at = link_request(smsc->links[link], template, tag);

	smsc_digits(at + template->customer + 4, SMSC_CUSTOMER_SIZE - 4, customer);
	smsc_digits(at + template->ours - 4, 4, smsc->first + customer % smsc->numbers);
	at[template->number - 2] = (uint8_t)kind;
	smsc_digits(at + template->number, ID_SIZE, tag);
}

static void send_receipts(struct smsc_link *link)
{
	const struct template *template = &link->smsc->receipt;

	while (link->due_count > 0 && link->in_flight < link->smsc->window) {
		const struct receipt_due *due = &link->due[link->due_first++ % RECEIPTS_MAX];
		uint8_t *at = link_request(link, template, TAG_RECEIPT);
		link->due_count--;
		memcpy(at + template->customer, due->customer, SMSC_CUSTOMER_SIZE);
		smsc_digits(at + template->number, ID_SIZE, due->id);
	}
}

bool smsc_room(const struct smsc *smsc, unsigned link)
{
	const struct smsc_link *of = smsc->links[link];

	return of->bound && of->in_flight < smsc->window && of->due_count == 0;
}

static void take_response(struct smsc_link *link, const struct pdu_header *header)
{
	struct slot *slot = &link->slots[header->sequence % SLOTS];
	const struct smsc_events *events = &link->smsc->events;

	if (slot->sequence == 0 || slot->sequence != header->sequence)
		return;
	slot->sequence = 0;
	link->in_flight--;
	if (slot->tag != TAG_RECEIPT)
		events->answered(slot->tag, header->status, events->context);
	else if (header->status == ESME_ROK)
		link->smsc->receipts_answered++;
	else
		fprintf(stderr, "a receipt was refused: 0x%08X\n", header->status);
}

static void take_submit(struct smsc_link *link, struct span bytes)
{
	struct smsc *smsc = link->smsc;
	struct receipt_due *due;
	struct pdu pdu;
	uint8_t *at;

	if (pdu_decode(bytes, &pdu) != ESME_ROK) {
		fprintf(stderr, "a submit_sm cannot be read\n");
		return;
	}
	smsc->id++;
	at = buffer_reserve(&link->out, PDU_HEADER_SIZE + ID_SIZE + 1);
	put_u32(at, PDU_HEADER_SIZE + ID_SIZE + 1);
	put_u32(at + 4, COMMAND_SUBMIT_SM_RESP);
	put_u32(at + 8, ESME_ROK);
	put_u32(at + 12, pdu.header.sequence);
	smsc_digits(at + PDU_HEADER_SIZE, ID_SIZE, smsc->id);
	at[PDU_HEADER_SIZE + ID_SIZE] = 0;
	if (smsc->receipts && pdu.registered_delivery && link->due_count < RECEIPTS_MAX &&
	    pdu.destination.number.length == SMSC_CUSTOMER_SIZE) {
		due = &link->due[(link->due_first + link->due_count++) % RECEIPTS_MAX];
		due->id = smsc->id;
		memcpy(due->customer, pdu.destination.number.at, SMSC_CUSTOMER_SIZE);
	}
	smsc->events.submitted(pdu.body, pdu.destination.number, smsc->events.context);
}

static void take_bind(struct smsc_link *link, const struct pdu_header *header)
{
	uint8_t tlv[8], bytes[128];
	struct pdu answer = {.header = {.command = header->command | COMMAND_RESPONSE,
					.sequence = header->sequence},
			     .system_id = span_text("bench")};
	int length = tlv_put_u8(TLV_SC_INTERFACE_VERSION, 0x34, tlv, sizeof(tlv));

	answer.tlvs = (struct span){tlv, (size_t)length};
	length = pdu_encode(&answer, bytes, sizeof(bytes));
	if (length < 0)
		abort();
	buffer_add(&link->out, (struct span){bytes, (size_t)length});
	link->smsc->bound += !link->bound;
	link->bound = true;
}

static void take_pdu(struct smsc_link *link, struct span bytes)
{
	struct pdu_header header;
	uint8_t answer[PDU_ANSWER_MAX];
	int length;

	if (!pdu_header(bytes, &header))
		return;
	switch (header.command) {
	case COMMAND_DELIVER_SM_RESP:
		take_response(link, &header);
		break;
	case COMMAND_SUBMIT_SM:
		take_submit(link, bytes);
		break;
	case COMMAND_BIND_TRANSCEIVER:
	case COMMAND_BIND_TRANSMITTER:
	case COMMAND_BIND_RECEIVER:
		take_bind(link, &header);
		break;
	default:
		length = pdu_answer(&header, ESME_ROK, answer, sizeof(answer));
		if (length > 0)
			buffer_add(&link->out, (struct span){answer, (size_t)length});
	}
}

static void link_destroy(struct smsc_link *link)
{
	ev_io_stop(link->smsc->loop, &link->readable);
	close(link->readable.fd);
	frame_finish(&link->frame);
	buffer_finish(&link->out);
	free(link);
}

static void link_lost(struct smsc_link *link)
{
	struct smsc *smsc = link->smsc;

	for (unsigned i = 0; i < smsc->count; i++) {
		if (smsc->links[i] == link)
			smsc->links[i] = smsc->links[--smsc->count];
	}
	smsc->bound -= link->bound;
	smsc->lost++;
	link_destroy(link);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct smsc_link *link = watcher->data;

	(void)loop;
	(void)revents;
	for (int reads = 0; reads < READS_MAX; reads++) {
		uint8_t *at;
		size_t room;
		struct span pdu;
		ssize_t count;
		if (frame_reserve(&link->frame, &at, &room) != 0)
			abort();
		count = read(watcher->fd, at, room);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			link_lost(link);
			return;
		}
		frame_added(&link->frame, (size_t)count);
		while (frame_next(&link->frame, &pdu) == FRAME_READY)
			take_pdu(link, pdu);
		if ((size_t)count < room)
			return;
	}
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct smsc *smsc = watcher->data;
	int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
	struct smsc_link *link;

	(void)revents;
	if (fd < 0)
		return;
	if (smsc->count == SMSC_LINKS_MAX) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	link = calloc(1, sizeof(*link));
	if (!link)
		abort();
	link->smsc = smsc;
	frame_init(&link->frame, 0);
	buffer_init(&link->out, loop, fd);
	ev_io_init(&link->readable, on_readable, fd, EV_READ);
	link->readable.data = link;
	ev_io_start(loop, &link->readable);
	smsc->links[smsc->count++] = link;
}

static int listen_on(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 64) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct smsc *smsc_create(struct ev_loop *loop, unsigned port, const char *ours, unsigned numbers,
			 const struct smsc_events *events)
{
	char text[SMSC_TEXT_SIZE + 1];
	int fd = listen_on(port);
	struct smsc *smsc;

	if (fd < 0) {
		fprintf(stderr, "port %u: %s\n", port, strerror(errno));
		return NULL;
	}
	smsc = calloc(1, sizeof(*smsc));
	if (!smsc)
		abort();
	smsc->loop = loop;
	smsc->events = *events;
	smsc->window = 100;
	snprintf(smsc->ours, sizeof(smsc->ours), "%s", ours);
	smsc->numbers = numbers;
	smsc->first = (uint32_t)strtoul(ours + (strlen(ours) > 4 ? strlen(ours) - 4 : 0), NULL, 10);
	snprintf(text, sizeof(text), "i %010u %s", 0U, padding);
	template_init(&smsc->message, smsc, 0, text);
	template_init(&smsc->receipt, smsc, 0x04,
		      "id:0000000000 sub:001 dlvrd:001 submit date:2501010000 "
		      "done date:2501010000 stat:DELIVRD err:000 text:");
	ev_io_init(&smsc->listener, on_connection, fd, EV_READ);
	smsc->listener.data = smsc;
	return smsc;
}

void smsc_open(struct smsc *smsc)
{
	ev_io_start(smsc->loop, &smsc->listener);
}

void smsc_destroy(struct smsc **pointer)
{
	struct smsc *smsc = *pointer;

	if (!smsc)
		return;
	*pointer = NULL;
	ev_io_stop(smsc->loop, &smsc->listener);
	close(smsc->listener.fd);
	while (smsc->count > 0)
		link_destroy(smsc->links[--smsc->count]);
	free(smsc);
}

unsigned smsc_links(const struct smsc *smsc)
{
	return smsc->bound;
}

unsigned smsc_lost(const struct smsc *smsc)
{
	return smsc->lost;
}

uint32_t smsc_receipts_waiting(const struct smsc *smsc)
{
	uint32_t waiting = 0;

	for (unsigned i = 0; i < smsc->count; i++)
		waiting += smsc->links[i]->due_count;
	return waiting;
}

uint32_t smsc_receipts_answered(const struct smsc *smsc)
{
	return smsc->receipts_answered;
}

void smsc_set_window(struct smsc *smsc, unsigned window)
{
	smsc->window = window < SMSC_WINDOW_MAX ? window : SMSC_WINDOW_MAX;
}

void smsc_set_receipts(struct smsc *smsc, bool receipts)
{
	smsc->receipts = receipts;
}

void smsc_flush(struct smsc *smsc)
{
	for (unsigned i = 0; i < smsc->count; i++) {
		send_receipts(smsc->links[i]);
		buffer_flush(&smsc->links[i]->out);
	}
}
