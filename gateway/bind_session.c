/* What the session's table asks for, done; and what comes in, told to it. */
#include "gateway/bind_internal.h"

#include <string.h>

#include "config/log.h"
#include "gateway/clock.h"
#include "gateway/meter.h"
#include "smpp/tlv.h"

#define WHO "carrier=%s bind=%u "
#define WHO_OF(bind) (bind)->setup.carrier->name, (bind)->setup.index

static void bind_write(struct bind *bind, const uint8_t *octets, size_t length)
{
	metric_add(bind->setup.counters->pdus_out, 1);
	meter_wrote(bind->setup.meter, bind->setup.index, (struct span){octets, length});
	link_send(&bind->link, octets, length);
}

static void bind_send(struct bind *bind, const struct pdu *pdu)
{
	uint8_t octets[1024];
	int length = pdu_encode(pdu, octets, sizeof(octets));

	if (length < 0) {
		log_event(LOG_ERROR, "cannot_encode", WHO "command=%s", WHO_OF(bind),
			  command_name(pdu->header.command));
		return;
	}
	bind_write(bind, octets, (size_t)length);
}

void bind_send_answer(struct bind *bind, const struct pdu_header *request, uint32_t status)
{
	uint8_t octets[PDU_ANSWER_MAX];
	int length = pdu_answer(request, status, octets, sizeof(octets));

	if (length <= 0)
		return;
	bind_write(bind, octets, (size_t)length);
}

static void bind_send_bind(struct bind *bind)
{
	static const uint32_t commands[] = {
		[SESSION_TRANSMITTER] = COMMAND_BIND_TRANSMITTER,
		[SESSION_RECEIVER] = COMMAND_BIND_RECEIVER,
		[SESSION_TRANSCEIVER] = COMMAND_BIND_TRANSCEIVER,
	};
	const struct settings_carrier *carrier = bind->setup.carrier;
	const struct pdu pdu = {
		.header = {.command = commands[bind->session.settings.mode],
			   .sequence = window_sequence(bind->window)},
		.system_id = span_text(carrier->system_id),
		.password = span_text(carrier->password),
		.system_type = span_text(carrier->system_type),
		.address_range = {.ton = carrier->address_range_ton,
				  .npi = carrier->address_range_npi,
				  .number = span_text(carrier->address_range)},
		.interface_version = (uint8_t)bind->version,
	};

	bind_send(bind, &pdu);
}

static void bind_send_empty(struct bind *bind, uint32_t command)
{
	const struct pdu pdu = {
		.header = {.command = command, .sequence = window_sequence(bind->window)}};

	bind_send(bind, &pdu);
}

const struct settings_host *bind_peer(const struct bind *bind)
{
	static const struct settings_host outbind = {.host = "outbind"};
	const struct settings_carrier *carrier = bind->setup.carrier;

	return bind->host < carrier->hosts_count ? &carrier->hosts[bind->host] : &outbind;
}

static void bind_connect(struct bind *bind)
{
	const struct settings_host *host = bind_peer(bind);
	unsigned hosts = (unsigned)bind->setup.carrier->hosts_count;
	unsigned round = bind->connects++ / (hosts ? hosts : 1);

	log_event(LOG_DEBUG, "connecting", WHO "host=%s port=%u", WHO_OF(bind), host->host,
		  host->port);
	link_connect(&bind->link, host->host, host->port, round);
}

/* All that is in the window has an unknown outcome. */
static void bind_lose_window(struct bind *bind)
{
	struct window_slot slot;

	while (window_drain(bind->window, &slot))
		bind->setup.events->lost(bind, slot.user, BIND_LOST_LINK, bind->setup.context);
	window_forget_late(bind->window);
}

static void bind_close(struct bind *bind)
{
	link_close(&bind->link);
	bind->heard = 0;
	bind->setup.events->unsure(bind->setup.context);
}

static void bind_ready(struct bind *bind)
{
	const struct settings_host *host = bind_peer(bind);

	bind->failures = 0;
	pace_init(&bind->pace, bind->setup.carrier->window);
	metric_add(bind->setup.counters->binds, 1);
	log_event(LOG_INFO, "bound", WHO "host=%s port=%u state=%s", WHO_OF(bind), host->host,
		  host->port, session_state_name(bind->session.state));
	bind->setup.events->unsure(bind->setup.context);
}

uint64_t bind_wait_ms(const struct bind *bind, uint64_t now_ms)
{
	uint64_t retry_ms = bind->session.retry_ms;

	return retry_ms > now_ms && retry_ms != UINT64_MAX ? retry_ms - now_ms : 0;
}

static void bind_log_step(struct bind *bind, const struct session_step *step)
{
	uint64_t now_ms = clock_ms();
	bool away = step->to == SESSION_WAITING && step->event != SESSION_ON_START && !bind->again;

	if (step->unexpected) {
		metric_add(bind->setup.counters->unexpected, 1);
		log_event(LOG_DEBUG, "unexpected", WHO "state=%s cause=%s", WHO_OF(bind),
			  session_state_name(step->from), session_event_name(step->event));
		return;
	}
	if (step->from == step->to)
		return;
	log_event(LOG_DEBUG, "state", WHO "from=%s to=%s cause=%s", WHO_OF(bind),
		  session_state_name(step->from), session_state_name(step->to),
		  session_event_name(step->event));
	if (!away)
		return;
	metric_add(bind->setup.counters->bind_failures, 1);
	bind->failures++;
	if (step->actions & SESSION_DO_ALARM)
		log_event(LOG_WARN, "credentials_refused", WHO "host=%s system_id=%s refusals=%u",
			  WHO_OF(bind), bind_peer(bind)->host, bind->setup.carrier->system_id,
			  bind->session.refusals);
	log_event(step->actions & SESSION_DO_ALARM || bind->failures > 3 ? LOG_WARN : LOG_INFO,
		  session_is_bound(step->from) ? "unbound" : "not_bound",
		  WHO "cause=%s attempt=%u next_ms=%llu", WHO_OF(bind),
		  session_event_name(step->event), bind->failures,
		  (unsigned long long)bind_wait_ms(bind, now_ms));
}

void bind_carry_out(struct bind *bind, const struct session_step *step,
		    const struct pdu_header *request)
{
	uint32_t actions = step->actions;

	bind_log_step(bind, step);
	if (actions & SESSION_DO_NEXT_HOST && bind->setup.carrier->hosts_count)
		bind->host = (bind->host + 1) % (unsigned)bind->setup.carrier->hosts_count;
	if (actions & SESSION_DO_CONNECT)
		bind_connect(bind);
	if (actions & SESSION_DO_SEND_BIND)
		bind_send_bind(bind);
	if (actions & (SESSION_DO_ANSWER_ENQUIRE | SESSION_DO_ANSWER_UNBIND) && request)
		bind_send_answer(bind, request, ESME_ROK);
	if (actions & SESSION_DO_SEND_ENQUIRE)
		bind_send_empty(bind, COMMAND_ENQUIRE_LINK);
	if (actions & SESSION_DO_SEND_UNBIND)
		bind_send_empty(bind, COMMAND_UNBIND);
	if (actions & SESSION_DO_UNKNOWN)
		bind_lose_window(bind);
	if (actions & SESSION_DO_CLOSE)
		bind_close(bind);
	if (actions & SESSION_DO_READY)
		bind_ready(bind);
	if (step->from != step->to)
		bind->setup.events->changed(bind, bind->setup.context);
	bind_check_again(bind);
	bind_arm(bind);
}

static void bind_time_answer(struct bind *bind, uint64_t took_ms)
{
	metric_observe(bind->setup.counters->answer_seconds, (double)took_ms / 1000.);
	meter_answered(bind->setup.meter, bind->setup.index, took_ms);
}

static void bind_hear_congestion(struct bind *bind, const struct pdu *pdu)
{
	uint32_t state, limit = bind->pace.limit;

	if (!tlv_number(pdu->tlvs, TLV_CONGESTION_STATE, 0xFF, &state)) {
		pace_uncongested(&bind->pace);
		return;
	}
	pace_congestion(&bind->pace, state);
	if (bind->pace.limit < limit)
		metric_add(bind->setup.counters->congested, 1);
}

/* Whether an answer of that command can be the answer to the request of its sequence. */
static bool bind_fits(const struct bind *bind, const struct pdu_header *answer)
{
	uint64_t user;

	if (answer->command == COMMAND_GENERIC_NACK ||
	    !window_peek(bind->window, answer->sequence, &user))
		return true;
	return ((user & 0xFF) == BIND_QUESTION) == (answer->command != COMMAND_SUBMIT_SM_RESP);
}

/* An answer to a request in the window. False when the window knows nothing of it. */
static bool bind_match(struct bind *bind, const struct pdu *pdu)
{
	struct window_slot slot;
	enum window_match match = window_match(bind->window, pdu->header.sequence, &slot);
	struct bind_answer answer = {.status = pdu->header.status,
				     .message_id = pdu->message_id,
				     .pdu = pdu,
				     .late = match == WINDOW_LATE};

	if (match == WINDOW_UNKNOWN)
		return false;
	/* No success, whatever it bears: the request was not understood. */
	if (pdu->header.command == COMMAND_GENERIC_NACK && answer.status == ESME_ROK)
		answer.status = ESME_RUNKNOWNERR;
	answer.user = slot.user;
	if (answer.late)
		metric_add(bind->setup.counters->late, 1);
	else
		bind_time_answer(bind, clock_ms() - slot.sent_ms);
	bind_hear_congestion(bind, pdu);
	bind->setup.events->answered(bind, &answer, bind->setup.context);
	return true;
}

/* An SMSC that does not know version 5.0 refuses it with any status it likes. */
static void bind_lower_version(struct bind *bind, const struct pdu *pdu)
{
	if (bind->version <= 0x34 || session_hears(&pdu->header) != SESSION_ON_BIND_REFUSED)
		return;
	bind->version = 0x34;
	log_event(LOG_INFO, "version_lowered", WHO "version=0x%02X", WHO_OF(bind), bind->version);
}

/* The lower of the two versions is spoken. An SMSC that names none is taken to speak ours, since
 * the TLV that would say otherwise is optional. */
static void bind_agree_version(struct bind *bind, const struct pdu *pdu)
{
	uint32_t version = bind->version;

	(void)tlv_number(pdu->tlvs, TLV_SC_INTERFACE_VERSION, 0xFF, &version);
	bind->tlvs = version >= 0x34 && bind->version >= 0x34;
	if (!bind->tlvs)
		log_event(LOG_INFO, "no_tlvs", WHO "version=0x%02X offered=0x%02X note=%s",
			  WHO_OF(bind), version, bind->version,
			  "long messages are sent with a header");
}

static void bind_hear_bind_answer(struct bind *bind, const struct pdu *pdu)
{
	if (pdu->header.status == ESME_ROK) {
		bind_agree_version(bind, pdu);
		return;
	}
	log_event(LOG_WARN, "bind_refused", WHO "status=0x%08X name=%s attempt=%u", WHO_OF(bind),
		  pdu->header.status, status_name(pdu->header.status), bind->failures + 1);
	bind_lower_version(bind, pdu);
}

static void bind_hear_answer(struct bind *bind, const struct pdu *pdu)
{
	enum session_event event = session_hears(&pdu->header);
	bool matched = false;

	switch (pdu->header.command) {
	case COMMAND_SUBMIT_SM_RESP:
	case COMMAND_QUERY_SM_RESP:
	case COMMAND_CANCEL_SM_RESP:
	case COMMAND_GENERIC_NACK:
		matched = bind_fits(bind, &pdu->header) && bind_match(bind, pdu);
		if (!matched)
			metric_add(bind->setup.counters->unmatched, 1);
		if (matched && event == SESSION_ON_NACK)
			event = SESSION_ON_PDU;
		break;
	case COMMAND_BIND_RECEIVER_RESP:
	case COMMAND_BIND_TRANSMITTER_RESP:
	case COMMAND_BIND_TRANSCEIVER_RESP:
		if (bind->session.state == SESSION_BINDING)
			bind_hear_bind_answer(bind, pdu);
		break;
	case COMMAND_ENQUIRE_LINK_RESP:
	case COMMAND_UNBIND_RESP:
		break;
	default:
		metric_add(bind->setup.counters->unmatched, 1);
		break;
	}
	bind_step(bind, event, &pdu->header);
	bind_check_drained(bind);
}

static void bind_refuse(struct bind *bind, const struct pdu_header *header, uint32_t status)
{
	metric_add(bind->setup.counters->refused, 1);
	log_event(LOG_DEBUG, "refused", WHO "command=%s sequence=%u status=%s", WHO_OF(bind),
		  command_name(header->command), header->sequence, status_name(status));
	bind_send_answer(bind, header, status);
	if (header->command == COMMAND_DELIVER_SM || header->command == COMMAND_DATA_SM)
		bind->setup.events->unsure(bind->setup.context);
}

static bool says(struct span value, const char *wanted)
{
	size_t length = strlen(wanted);

	return length == 0 || (value.length == length && memcmp(value.at, wanted, length) == 0);
}

/* Anybody can connect to our listener; only the SMSC knows what to say. */
static bool bind_trusts_outbind(const struct bind *bind, const struct pdu *pdu)
{
	const struct settings_outbind *outbind = &bind->setup.carrier->outbind;

	return says(pdu->system_id, outbind->system_id) && says(pdu->password, outbind->password);
}

static void bind_hear_request(struct bind *bind, const struct pdu *pdu)
{
	uint32_t status = session_admits(bind->session.state, pdu->header.command);
	bool message =
		pdu->header.command == COMMAND_DELIVER_SM || pdu->header.command == COMMAND_DATA_SM;

	if (pdu->header.command == COMMAND_OUTBIND && bind->session.state == SESSION_OPEN &&
	    !bind_trusts_outbind(bind, pdu)) {
		log_event(LOG_WARN, "outbind_refused", WHO "system_id=%.*s", WHO_OF(bind),
			  (int)pdu->system_id.length, (const char *)pdu->system_id.at);
		bind_step(bind, SESSION_ON_BROKEN, &pdu->header);
		return;
	}
	if (status != ESME_ROK)
		bind_refuse(bind, &pdu->header, status);
	bind_step(bind, session_hears(&pdu->header), &pdu->header);
	if (status != ESME_ROK || !message)
		return;
	bind->heard++;
	if (bind->heard >= BIND_HEARD_MAX)
		link_hold(&bind->link, LINK_HOLD_OWNER, true);
	bind->setup.events->heard(bind, pdu, bind->setup.context);
}

static void on_pdu(struct span octets, void *context)
{
	struct bind *bind = context;
	struct pdu_header header;
	struct pdu pdu;
	enum status status;

	metric_add(bind->setup.counters->pdus_in, 1);
	status = pdu_decode(octets, &pdu);
	meter_heard(bind->setup.meter, bind->setup.index, octets, status == ESME_ROK ? &pdu : NULL);
	if (status == ESME_ROK) {
		if (pdu.anomalies)
			metric_add(bind->setup.counters->odd, 1);
		if (log_wants(LOG_DEBUG))
			log_event(LOG_DEBUG, "pdu_in", WHO "command=%s status=0x%08X sequence=%u",
				  WHO_OF(bind), command_name(pdu.header.command), pdu.header.status,
				  pdu.header.sequence);
		if (command_is_response(pdu.header.command))
			bind_hear_answer(bind, &pdu);
		else
			bind_hear_request(bind, &pdu);
		return;
	}
	if (!pdu_header(octets, &header))
		return;
	if (command_is_response(header.command))
		metric_add(bind->setup.counters->unmatched, 1);
	else
		bind_refuse(bind, &header, status);
	bind_step(bind, SESSION_ON_PDU, &header);
}

static void on_connected(void *context)
{
	struct bind *bind = context;

	bind->heard = 0;
	bind_step(bind, SESSION_ON_CONNECTED, NULL);
}

static void on_failed(const char *why, void *context)
{
	struct bind *bind = context;
	bool untrusted = bind->link.untrusted;

	if (untrusted)
		metric_add(bind->setup.counters->untrusted, 1);
	log_event(untrusted ? LOG_WARN : LOG_INFO, untrusted ? "tls_failed" : "connect_failed",
		  WHO "host=%s port=%u why=%s", WHO_OF(bind), bind_peer(bind)->host,
		  bind_peer(bind)->port, why);
	bind_step(bind, SESSION_ON_CONNECT_FAILED, NULL);
}

static void on_ended(const char *why, void *context)
{
	struct bind *bind = context;

	log_event(LOG_INFO, "disconnected", WHO "why=%s", WHO_OF(bind), why);
	bind->heard = 0;
	bind_step(bind, SESSION_ON_DISCONNECTED, NULL);
}

static void on_cleared(void *context)
{
	struct bind *bind = context;

	bind->setup.events->changed(bind, bind->setup.context);
}

static void on_broken(struct span start, const char *why, void *context)
{
	struct bind *bind = context;
	struct pdu_header header = {0};
	uint8_t octets[PDU_ANSWER_MAX];
	int length;

	metric_add(bind->setup.counters->broken, 1);
	(void)pdu_header(start, &header);
	log_event(LOG_WARN, "broken_frame", WHO "why=%s length=%u", WHO_OF(bind), why,
		  header.length);
	if (start.length) {
		length = pdu_nack(header.sequence, ESME_RINVCMDLEN, octets, sizeof(octets));
		if (length > 0)
			bind_write(bind, octets, (size_t)length);
	}
	bind_step(bind, SESSION_ON_BROKEN, NULL);
}

const struct link_events bind_link_events = {
	.connected = on_connected,
	.failed = on_failed,
	.ended = on_ended,
	.pdu = on_pdu,
	.cleared = on_cleared,
	.broken = on_broken,
};
