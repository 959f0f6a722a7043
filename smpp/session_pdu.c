#include <stddef.h>

#include "smpp/session.h"

/* What a PDU means to the session, what it may ask for, and the names of it all. */

static enum session_event bind_answer(uint32_t status)
{
	switch (status) {
	case ESME_ROK:
		return SESSION_ON_BIND_OK;
	case ESME_RINVPASWD:
	case ESME_RINVSYSID:
	case ESME_RINVSYSTYP:
		return SESSION_ON_CREDENTIALS;
	default:
		return SESSION_ON_BIND_REFUSED;
	}
}

enum session_event session_hears(const struct pdu_header *header)
{
	switch (header->command) {
	case COMMAND_BIND_RECEIVER_RESP:
	case COMMAND_BIND_TRANSMITTER_RESP:
	case COMMAND_BIND_TRANSCEIVER_RESP:
		return bind_answer(header->status);
	case COMMAND_OUTBIND:
		return SESSION_ON_OUTBIND;
	case COMMAND_ENQUIRE_LINK:
		return SESSION_ON_ENQUIRE;
	case COMMAND_UNBIND:
		return SESSION_ON_UNBIND;
	case COMMAND_UNBIND_RESP:
		return SESSION_ON_UNBOUND;
	case COMMAND_GENERIC_NACK:
		return SESSION_ON_NACK;
	default:
		return SESSION_ON_PDU;
	}
}

static enum status admits_message(enum session_state state)
{
	switch (state) {
	case SESSION_BOUND_RX:
	case SESSION_BOUND_TRX:
	case SESSION_DRAINING:
		return ESME_ROK;
	case SESSION_UNBINDING:
		return ESME_RX_T_APPN;
	default:
		return ESME_RINVBNDSTS;
	}
}

enum status session_admits(enum session_state state, uint32_t command)
{
	switch (command) {
	case COMMAND_DELIVER_SM:
	case COMMAND_DATA_SM:
		return admits_message(state);
	case COMMAND_ENQUIRE_LINK:
	case COMMAND_UNBIND:
	case COMMAND_OUTBIND:
	case COMMAND_ALERT_NOTIFICATION:
		return ESME_ROK;
	case COMMAND_BIND_RECEIVER:
	case COMMAND_BIND_TRANSMITTER:
	case COMMAND_BIND_TRANSCEIVER:
		if (session_is_bound(state) || state == SESSION_DRAINING)
			return ESME_RALYBND;
		return ESME_RINVBNDSTS;
	default:
		return ESME_RINVCMDID;
	}
}

bool session_sends(enum session_state state)
{
	return state == SESSION_BOUND_TX || state == SESSION_BOUND_TRX;
}

bool session_is_bound(enum session_state state)
{
	return session_sends(state) || state == SESSION_BOUND_RX;
}

const char *session_state_name(enum session_state state)
{
	switch (state) {
#define SESSION_STATE(name, text)                                                                  \
	case SESSION_##name:                                                                       \
		return text;
		SESSION_STATES(SESSION_STATE)
#undef SESSION_STATE
	case SESSION_STATE_COUNT:
		break;
	}
	return "none";
}

const char *session_event_name(enum session_event event)
{
	switch (event) {
#define SESSION_EVENT(name, text)                                                                  \
	case SESSION_ON_##name:                                                                    \
		return text;
		SESSION_EVENTS(SESSION_EVENT)
#undef SESSION_EVENT
	case SESSION_EVENT_COUNT:
		break;
	}
	return "none";
}

const char *session_action_name(enum session_action action)
{
	static const char *const names[SESSION_ACTION_COUNT] = {
		"hold",	       "next_host",	 "alarm",	 "connect",
		"send_bind",   "answer_enquire", "send_enquire", "answer_unbind",
		"send_unbind", "unknown",	 "close",	 "ready",
	};

	for (unsigned i = 0; i < SESSION_ACTION_COUNT; i++) {
		if ((unsigned)action == 1u << i)
			return names[i];
	}
	return "none";
}
