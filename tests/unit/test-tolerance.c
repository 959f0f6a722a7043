/* Plays tests/corpus/tolerance.txt, which says what its keys mean, against the decoder and the
 * session's table: each case in one piece, and octet by octet. */
#include "smpp/pdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/retry.h"
#include "smpp/address.h"
#include "smpp/coding.h"
#include "smpp/frame.h"
#include "smpp/receipt.h"
#include "smpp/session.h"
#include "tests/unit/test-tolerance-table.h"

#define OCTETS_MAX ((size_t)80 * 1024)
#define LINE_MAX 256
#define TEXT_MAX 1024

enum counter {
	COUNT_ODD,
	COUNT_REFUSED,
	COUNT_BROKEN,
	COUNT_UNEXPECTED,
	COUNT_UNMATCHED,
	COUNT_MO,
	COUNT_RECEIPTS,
	COUNT_KEPT,
	COUNT_LEFT,
	COUNT_BAD_ADDRESS,
	COUNTERS,
};

static const char *const counter_names[COUNTERS] = {
	"odd", "refused",  "broken", "unexpected", "unmatched",
	"mo",  "receipts", "kept",   "left",	   "bad_address",
};

/* What there was to observe. */
struct ear {
	struct frame frame;
	struct session session;
	bool broken;
	char decode[TEXT_MAX], outcome[TEXT_MAX], mo[TEXT_MAX], receipt[TEXT_MAX];
	uint8_t answers[TEXT_MAX], body[OCTETS_MAX];
	size_t answers_length, body_length;
	uint8_t data_coding;
	unsigned counts[COUNTERS];
};

static uint8_t octets[OCTETS_MAX];
static struct ear ear;

static void append(char *text, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, TEXT_MAX - length, "%s", more);
}

static void answered(int length)
{
	assert_true(length >= 0);
	ear.answers_length += (size_t)length;
}

static uint8_t *answer_room(size_t *room)
{
	*room = sizeof(ear.answers) - ear.answers_length;
	return ear.answers + ear.answers_length;
}

static void answer(const struct pdu_header *request, uint32_t status)
{
	size_t room;
	uint8_t *at = answer_room(&room);

	answered(pdu_answer(request, status, at, room));
}

static void step(enum session_event event, const struct pdu_header *request)
{
	struct session_step taken = session_step(&ear.session, event, 2000, 0);

	if (taken.unexpected)
		ear.counts[COUNT_UNEXPECTED]++;
	if (taken.actions & (SESSION_DO_ANSWER_ENQUIRE | SESSION_DO_ANSWER_UNBIND))
		answer(request, ESME_ROK);
	if (taken.actions & SESSION_DO_UNKNOWN && strcmp(ear.outcome, "waiting") == 0)
		snprintf(ear.outcome, sizeof(ear.outcome), "resent");
}

/* The canonical form, or "" for what cannot be one. */
static void canonical(const struct pdu_address *address, char out[ADDRESS_MAX + 1])
{
	const struct address_settings settings = address_settings_default();

	if (address_canonical(address, &settings, out, ADDRESS_MAX + 1) < 0)
		out[0] = '\0';
}

static void read_receipt(const struct pdu *pdu)
{
	uint8_t wide[RECEIPT_TEXT_MAX];
	struct receipt receipt;

	if (receipt_parse(receipt_text(pdu->esm_class, pdu->data_coding, pdu->body, wide),
			  pdu->tlvs, &receipt) != 0) {
		append(ear.receipt, "none");
		return;
	}
	snprintf(ear.receipt, sizeof(ear.receipt), "id=%.*s state=%s%s%.*s", (int)receipt.id.length,
		 (const char *)receipt.id.at,
		 receipt.has_state ? receipt_state_name(receipt.state) : "none",
		 receipt.error.length ? " error=" : "", (int)receipt.error.length,
		 receipt.error.length ? (const char *)receipt.error.at : "");
}

static void hear_message(const struct pdu *pdu)
{
	enum receipt_type type = receipt_type(pdu->esm_class);
	bool receipt = type == RECEIPT_TYPE_RECEIPT || type == RECEIPT_TYPE_INTERMEDIATE;
	char from[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1];

	canonical(&pdu->source, from);
	canonical(&pdu->destination, to);
	if (!receipt && (!*from || !*to)) {
		ear.counts[COUNT_BAD_ADDRESS]++;
		ear.counts[COUNT_LEFT]++;
		answer(&pdu->header, *from ? ESME_RINVDSTADR : ESME_RINVSRCADR);
		return;
	}
	ear.counts[receipt ? COUNT_RECEIPTS : COUNT_MO]++;
	ear.counts[COUNT_KEPT]++;
	answer(&pdu->header, ESME_ROK);
	snprintf(ear.mo, sizeof(ear.mo), "from=%s to=%s esm=%02X dc=%02X", from, to, pdu->esm_class,
		 pdu->data_coding);
	if (pdu->body.length > 0)
		memcpy(ear.body, pdu->body.at, pdu->body.length);
	ear.body_length = pdu->body.length;
	ear.data_coding = pdu->data_coding;
	if (receipt)
		read_receipt(pdu);
}

static void hear_request(const struct pdu *pdu)
{
	enum status status = session_admits(ear.session.state, pdu->header.command);
	bool message =
		pdu->header.command == COMMAND_DELIVER_SM || pdu->header.command == COMMAND_DATA_SM;

	if (status != ESME_ROK) {
		ear.counts[COUNT_REFUSED]++;
		answer(&pdu->header, status);
	}
	step(session_hears(&pdu->header), &pdu->header);
	if (status == ESME_ROK && message)
		hear_message(pdu);
}

/* A generic_nack is never a success, whatever its status. */
static void settle(const struct pdu *pdu)
{
	bool nack = pdu->header.command == COMMAND_GENERIC_NACK;
	uint32_t status = pdu->header.status;

	if (nack && status == ESME_ROK)
		status = ESME_RUNKNOWNERR;
	switch (retry_verdict(status)) {
	case RETRY_SENT:
		snprintf(ear.outcome, sizeof(ear.outcome), "sent %.*s",
			 pdu->message_id.length ? (int)pdu->message_id.length : 1,
			 pdu->message_id.length ? (const char *)pdu->message_id.at : "-");
		break;
	case RETRY_REROUTE: /* there is no other carrier here */
	case RETRY_FAIL:
		snprintf(ear.outcome, sizeof(ear.outcome), "failed 0x%08X", status);
		break;
	case RETRY_PAUSE:
	case RETRY_LATER:
		snprintf(ear.outcome, sizeof(ear.outcome), "again");
		break;
	}
}

static void hear_answer(const struct pdu *pdu, bool submit)
{
	enum session_event event = session_hears(&pdu->header);
	bool nack = event == SESSION_ON_NACK;
	bool in_flight = submit && pdu->header.sequence == TOLERANCE_SEQUENCE &&
			 strcmp(ear.outcome, "waiting") == 0 &&
			 (nack || pdu->header.command == COMMAND_SUBMIT_SM_RESP);

	if (in_flight)
		settle(pdu);
	else if (nack || event == SESSION_ON_PDU)
		ear.counts[COUNT_UNMATCHED]++;
	/* enquire_link_resp is known by its command alone. */
	if (pdu->header.command == COMMAND_ENQUIRE_LINK_RESP)
		ear.counts[COUNT_UNMATCHED]--;
	step(in_flight ? SESSION_ON_PDU : event, &pdu->header);
}

static void note_decoded(enum status status, uint32_t anomalies)
{
	if (*ear.decode)
		append(ear.decode, " ");
	append(ear.decode, status == ESME_ROK ? "ok" : status_name(status));
	for (unsigned i = 0; i < PDU_ANOMALY_COUNT; i++) {
		if (!(anomalies & 1u << i))
			continue;
		append(ear.decode, "+");
		append(ear.decode, pdu_anomaly_name((enum pdu_anomaly)(1u << i)));
	}
}

static void hear(struct span bytes, bool submit)
{
	struct pdu_header header;
	struct pdu pdu = {0};
	enum status status = pdu_decode(bytes, &pdu);

	note_decoded(status, pdu.anomalies);
	if (pdu.anomalies)
		ear.counts[COUNT_ODD]++;
	if (status == ESME_ROK && command_is_response(pdu.header.command)) {
		hear_answer(&pdu, submit);
	} else if (status == ESME_ROK) {
		hear_request(&pdu);
	} else {
		assert_true(pdu_header(bytes, &header));
		ear.counts[command_is_response(header.command) ? COUNT_UNMATCHED : COUNT_REFUSED]++;
		answer(&header, status);
		step(SESSION_ON_PDU, &header);
	}
}

static void hear_broken(const char *verdict, struct span start)
{
	struct pdu_header header = {0};
	size_t room;
	uint8_t *at = answer_room(&room);

	ear.broken = true;
	ear.counts[COUNT_BROKEN]++;
	append(ear.decode, *ear.decode ? " " : "");
	append(ear.decode, verdict);
	(void)pdu_header(start, &header);
	if (start.length > 0)
		answered(pdu_nack(header.sequence, ESME_RINVCMDLEN, at, room));
	step(SESSION_ON_BROKEN, NULL);
}

static void hear_all(bool submit)
{
	struct span bytes;

	for (;;) {
		switch (frame_next(&ear.frame, &bytes)) {
		case FRAME_MORE:
			return;
		case FRAME_BAD_LENGTH:
			hear_broken("bad_length", bytes);
			return;
		case FRAME_READY:
			hear(bytes, submit);
			break;
		}
	}
}

static void feed(size_t length, size_t piece, bool submit)
{
	for (size_t at = 0; at < length && !ear.broken;) {
		size_t room, count = length - at < piece ? length - at : piece;
		uint8_t *to;

		assert_int_equal(frame_reserve(&ear.frame, &to, &room), 0);
		if (count > room)
			count = room;
		memcpy(to, octets + at, count);
		frame_added(&ear.frame, count);
		at += count;
		hear_all(submit);
	}
	if (!ear.broken && frame_part(&ear.frame) != FRAME_BETWEEN)
		hear_broken("half", (struct span){0});
}

static void open_session(const struct play *play)
{
	const char *carrier = play->values[KEY_CARRIER];
	enum session_mode mode = strcmp(carrier, "transmitter") == 0 ? SESSION_TRANSMITTER
				 : strcmp(carrier, "receiver") == 0  ? SESSION_RECEIVER
								     : SESSION_TRANSCEIVER;
	struct session_settings settings = session_settings_default(mode);
	struct session_step ticked;

	memset(&ear, 0, sizeof(ear));
	frame_init(&ear.frame, 0);
	snprintf(ear.outcome, sizeof(ear.outcome), "waiting");
	settings.enquire_idle_ms = 1000;
	session_init(&ear.session, &settings);
	step(SESSION_ON_START, NULL);
	step(SESSION_ON_CONNECTED, NULL);
	if (strcmp(play->values[KEY_FLIGHT], "bind") != 0)
		step(SESSION_ON_BIND_OK, NULL);
	if (strcmp(play->values[KEY_FLIGHT], "enquire") == 0)
		assert_true(session_tick(&ear.session, 3000, 0, &ticked));
}

static const char *session_now(bool binding)
{
	if (ear.session.state == SESSION_BINDING)
		return "waiting";
	if (session_is_bound(ear.session.state))
		return binding ? "bound" : "kept";
	return binding ? "refused" : "closed";
}

static void check_counts(const char *expected)
{
	for (unsigned i = 0; i < COUNTERS; i++) {
		char text[LINE_MAX], wanted[64];
		snprintf(text, sizeof(text), " %s", expected);
		snprintf(wanted, sizeof(wanted), " %s=", counter_names[i]);
		const char *at = strstr(text, wanted);
		unsigned long count = at ? strtoul(at + strlen(wanted), NULL, 10) : 0;
		if (ear.counts[i] != count)
			fail_msg("%s is %u, not %lu", counter_names[i], ear.counts[i], count);
	}
}

static void check_text(const struct play *play)
{
	const char *named = play->values[KEY_CODING];
	bool packed = named && strcmp(named, coding_name(CODING_GSM7_PACKED)) == 0;
	struct coding_meaning meaning =
		coding_of(ear.data_coding, packed ? CODING_GSM7_PACKED : CODING_GSM7);
	static uint8_t decoded[CODING_TEXT_MAX(OCTETS_MAX)];
	struct utf8_buffer text;
	unsigned flags;

	if (named)
		assert_string_equal(coding_name(meaning.coding), named);
	if (!play->values[KEY_TEXT])
		return;
	utf8_buffer_init(&text, decoded, sizeof(decoded));
	assert_int_equal(coding_decode(meaning.coding, (struct span){ear.body, ear.body_length},
				       &text, &flags),
			 0);
	assert_int_equal(text.length, strlen(play->values[KEY_TEXT]));
	assert_memory_equal(decoded, play->values[KEY_TEXT], text.length);
}

static void check(const struct play *play)
{
	static uint8_t expected[OCTETS_MAX];
	char *const *values = play->values;
	size_t length = tolerance_octets(values[KEY_ANSWER], expected, sizeof(expected));

	assert_string_equal(ear.decode, values[KEY_DECODE]);
	assert_int_equal(ear.answers_length, length);
	assert_memory_equal(ear.answers, expected, length);
	assert_string_equal(session_now(strcmp(values[KEY_FLIGHT], "bind") == 0),
			    values[KEY_SESSION]);
	if (strcmp(values[KEY_FLIGHT], "submit") == 0)
		assert_string_equal(ear.outcome,
				    *values[KEY_OUTCOME] ? values[KEY_OUTCOME] : "waiting");
	check_counts(values[KEY_COUNT]);
	assert_string_equal(ear.mo, values[KEY_MO]);
	length = tolerance_octets(values[KEY_BODY], expected, sizeof(expected));
	assert_int_equal(ear.body_length, length);
	assert_memory_equal(ear.body, expected, length);
	if (*values[KEY_RECEIPT])
		assert_string_equal(ear.receipt, values[KEY_RECEIPT]);
	check_text(play);
}

static void play_case(void **state)
{
	const struct play *play = *state;
	bool submit = strcmp(play->values[KEY_FLIGHT], "submit") == 0;
	size_t length = tolerance_octets(play->values[KEY_IN], octets, sizeof(octets));

	open_session(play);
	feed(length, length, submit);
	check(play);
	frame_finish(&ear.frame);
	/* The header of a PDU with a bad length is not waited for, so there is less to answer. */
	if (strstr(play->values[KEY_DECODE], "bad_length"))
		return;
	open_session(play);
	feed(length, 1, submit);
	check(play);
	frame_finish(&ear.frame);
}

int main(void)
{
	static struct play plays[TOLERANCE_CASES_MAX];
	static struct CMUnitTest tests[TOLERANCE_CASES_MAX];
	size_t count = tolerance_read(TOLERANCE_TABLE, plays);

	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){plays[i].values[KEY_NAME], play_case, NULL, NULL,
					       &plays[i]};
	return _cmocka_run_group_tests("tolerance", tests, count, NULL, NULL);
}
