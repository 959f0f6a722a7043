#include "smpp/session.h"

#include <stddef.h>
#include <string.h>

/* Destinations that depend on the session, beside those of enum session_state. */
enum {
	STAY = SESSION_STATE_COUNT,
	BOUND, /* BOUND_* of the mode */
	AWAY,  /* WAITING, or STOPPED once STOP was heard */
};

struct transition {
	bool listed;
	uint8_t to;
	uint16_t actions;
};

#define GO(to, actions)                                                                            \
	{                                                                                          \
		true, to, actions                                                                  \
	}
#define NOTHING 0

/* What every state with a connection and without a bind does when it loses it. */
#define LOST_UNBOUND (SESSION_DO_NEXT_HOST | SESSION_DO_CLOSE)
#define LOST_BOUND (SESSION_DO_HOLD | SESSION_DO_UNKNOWN | SESSION_DO_CLOSE)

#define BOUND_ROW                                                                                  \
	{                                                                                          \
		[SESSION_ON_START] = GO(STAY, NOTHING),                                            \
		[SESSION_ON_STOP] = GO(SESSION_DRAINING, SESSION_DO_HOLD),                         \
		[SESSION_ON_DISCONNECTED] = GO(AWAY, LOST_BOUND),                                  \
		[SESSION_ON_BROKEN] = GO(AWAY, LOST_BOUND),                                        \
		[SESSION_ON_ENQUIRE] = GO(STAY, SESSION_DO_ANSWER_ENQUIRE),                        \
		[SESSION_ON_UNBIND] = GO(AWAY, LOST_BOUND | SESSION_DO_ANSWER_UNBIND),             \
		[SESSION_ON_NACK] = GO(STAY, NOTHING), [SESSION_ON_PDU] = GO(STAY, NOTHING),       \
		[SESSION_ON_DRAINED] = GO(STAY, NOTHING),                                          \
		[SESSION_ON_IDLE] = GO(STAY, SESSION_DO_SEND_ENQUIRE),                             \
		[SESSION_ON_ENQUIRE_TIMEOUT] = GO(STAY, SESSION_DO_SEND_ENQUIRE),                  \
		[SESSION_ON_DEAD] = GO(AWAY, LOST_BOUND | SESSION_DO_NEXT_HOST),                   \
	}

static const struct transition table[SESSION_STATE_COUNT][SESSION_EVENT_COUNT] = {
	[SESSION_STOPPED] =
		{
			[SESSION_ON_START] = GO(SESSION_CONNECTING, SESSION_DO_CONNECT),
			[SESSION_ON_STOP] = GO(STAY, NOTHING),
		},
	[SESSION_WAITING] =
		{
			[SESSION_ON_START] = GO(SESSION_CONNECTING, SESSION_DO_CONNECT),
			[SESSION_ON_STOP] = GO(SESSION_STOPPED, NOTHING),
			[SESSION_ON_ACCEPTED] = GO(SESSION_OPEN, NOTHING),
			[SESSION_ON_RETRY_DUE] = GO(SESSION_CONNECTING, SESSION_DO_CONNECT),
		},
	[SESSION_CONNECTING] =
		{
			[SESSION_ON_START] = GO(STAY, NOTHING),
			[SESSION_ON_STOP] = GO(SESSION_STOPPED, SESSION_DO_CLOSE),
			[SESSION_ON_CONNECTED] = GO(SESSION_BINDING, SESSION_DO_SEND_BIND),
			[SESSION_ON_CONNECT_FAILED] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_DISCONNECTED] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_CONNECT_TIMEOUT] = GO(AWAY, LOST_UNBOUND),
		},
	[SESSION_OPEN] =
		{
			[SESSION_ON_START] = GO(STAY, NOTHING),
			[SESSION_ON_STOP] = GO(SESSION_STOPPED, SESSION_DO_CLOSE),
			[SESSION_ON_DISCONNECTED] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_BROKEN] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_OUTBIND] = GO(SESSION_BINDING, SESSION_DO_SEND_BIND),
			[SESSION_ON_ENQUIRE] = GO(STAY, SESSION_DO_ANSWER_ENQUIRE),
			[SESSION_ON_UNBIND] = GO(AWAY, SESSION_DO_ANSWER_UNBIND | SESSION_DO_CLOSE),
			[SESSION_ON_NACK] = GO(STAY, NOTHING),
			[SESSION_ON_PDU] = GO(STAY, NOTHING),
			[SESSION_ON_INIT_TIMEOUT] = GO(AWAY, SESSION_DO_CLOSE),
		},
	[SESSION_BINDING] =
		{
			[SESSION_ON_START] = GO(STAY, NOTHING),
			[SESSION_ON_STOP] = GO(SESSION_STOPPED, SESSION_DO_CLOSE),
			[SESSION_ON_DISCONNECTED] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_BROKEN] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_BIND_OK] = GO(BOUND, SESSION_DO_READY),
			[SESSION_ON_BIND_REFUSED] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_CREDENTIALS] = GO(AWAY, LOST_UNBOUND | SESSION_DO_ALARM),
			[SESSION_ON_OUTBIND] = GO(STAY, NOTHING),
			[SESSION_ON_ENQUIRE] = GO(STAY, SESSION_DO_ANSWER_ENQUIRE),
			[SESSION_ON_UNBIND] = GO(AWAY, LOST_UNBOUND | SESSION_DO_ANSWER_UNBIND),
			[SESSION_ON_NACK] = GO(AWAY, LOST_UNBOUND),
			[SESSION_ON_PDU] = GO(STAY, NOTHING),
			[SESSION_ON_INIT_TIMEOUT] = GO(AWAY, LOST_UNBOUND),
		},
	[SESSION_BOUND_TX] = BOUND_ROW,
	[SESSION_BOUND_RX] = BOUND_ROW,
	[SESSION_BOUND_TRX] = BOUND_ROW,
	[SESSION_DRAINING] =
		{
			[SESSION_ON_START] = GO(STAY, NOTHING),
			[SESSION_ON_STOP] = GO(STAY, NOTHING),
			[SESSION_ON_DISCONNECTED] = GO(AWAY, LOST_BOUND),
			[SESSION_ON_BROKEN] = GO(AWAY, LOST_BOUND),
			[SESSION_ON_ENQUIRE] = GO(STAY, SESSION_DO_ANSWER_ENQUIRE),
			[SESSION_ON_UNBIND] = GO(AWAY, LOST_BOUND | SESSION_DO_ANSWER_UNBIND),
			[SESSION_ON_NACK] = GO(STAY, NOTHING),
			[SESSION_ON_PDU] = GO(STAY, NOTHING),
			[SESSION_ON_DRAINED] = GO(SESSION_UNBINDING, SESSION_DO_SEND_UNBIND),
			[SESSION_ON_DRAIN_TIMEOUT] =
				GO(SESSION_UNBINDING, SESSION_DO_UNKNOWN | SESSION_DO_SEND_UNBIND),
		},
	[SESSION_UNBINDING] =
		{
			[SESSION_ON_START] = GO(STAY, NOTHING),
			[SESSION_ON_STOP] = GO(STAY, NOTHING),
			[SESSION_ON_DISCONNECTED] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_BROKEN] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_ENQUIRE] = GO(STAY, SESSION_DO_ANSWER_ENQUIRE),
			[SESSION_ON_UNBIND] = GO(STAY, SESSION_DO_ANSWER_UNBIND),
			[SESSION_ON_UNBOUND] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_NACK] = GO(AWAY, SESSION_DO_CLOSE),
			[SESSION_ON_PDU] = GO(STAY, NOTHING),
			[SESSION_ON_DRAINED] = GO(STAY, NOTHING),
			[SESSION_ON_UNBIND_TIMEOUT] = GO(AWAY, SESSION_DO_CLOSE),
		},
};

struct session_settings session_settings_default(enum session_mode mode)
{
	return (struct session_settings){
		.mode = mode,
		.connect_timeout_ms = 10000,
		.init_timeout_ms = 30000,
		.enquire_idle_ms = 30000,
		.enquire_timeout_ms = 10000,
		.enquire_unanswered = 3,
		.drain_timeout_ms = 30000,
		.unbind_timeout_ms = 5000,
		.backoff_first_ms = 1000,
		.backoff_max_ms = 60000,
		.credentials_wait_ms = 60000,
		.credentials_max_ms = 900000,
		.stable_ms = 10000,
	};
}

void session_init(struct session *session, const struct session_settings *settings)
{
	memset(session, 0, sizeof(*session));
	session->settings = *settings;
	session->state = SESSION_STOPPED;
}

/* first_ms doubled with each failure up to max_ms, then spread over its upper half, so that binds
 * that fell together do not come back together. At least 1 ms, which keeps session_tick() finite.
 */
static uint64_t backoff(uint32_t first_ms, uint32_t max_ms, uint32_t failures, uint32_t random)
{
	uint64_t wait = first_ms;

	for (uint32_t i = 1; i < failures && wait < max_ms && i < 32; i++)
		wait *= 2;
	if (wait > max_ms)
		wait = max_ms;
	wait = wait / 2 + random % (wait / 2 + 1);
	return wait ? wait : 1;
}

static bool came_from_peer(enum session_event event)
{
	return event >= SESSION_ON_BIND_OK && event <= SESSION_ON_PDU;
}

static enum session_state destination(const struct session *session, uint8_t to)
{
	static const enum session_state by_mode[] = {
		[SESSION_TRANSMITTER] = SESSION_BOUND_TX,
		[SESSION_RECEIVER] = SESSION_BOUND_RX,
		[SESSION_TRANSCEIVER] = SESSION_BOUND_TRX,
	};

	switch (to) {
	case STAY:
		return session->state;
	case BOUND:
		return by_mode[session->settings.mode];
	case AWAY:
		return session->stopping ? SESSION_STOPPED : SESSION_WAITING;
	default:
		return (enum session_state)to;
	}
}

static void plan_retry(struct session *session, enum session_event event, uint64_t now_ms,
		       uint32_t random)
{
	const struct session_settings *settings = &session->settings;
	bool was_stable = session_is_bound(session->state) &&
			  now_ms - session->entered_ms >= settings->stable_ms;

	if (settings->passive) {
		session->refusals += event == SESSION_ON_CREDENTIALS;
		session->retry_ms = UINT64_MAX;
		return;
	}
	if (was_stable)
		session->attempts = 0;
	if (session->attempts < UINT32_MAX)
		session->attempts++;
	if (event == SESSION_ON_CREDENTIALS) {
		session->refusals++;
		session->retry_ms =
			now_ms + backoff(settings->credentials_wait_ms,
					 settings->credentials_max_ms, session->refusals, random);
		return;
	}
	session->retry_ms = now_ms + backoff(settings->backoff_first_ms, settings->backoff_max_ms,
					     session->attempts, random);
}

struct session_step session_step(struct session *session, enum session_event event, uint64_t now_ms,
				 uint32_t random)
{
	const struct transition *transition = &table[session->state][event];
	struct session_step step = {session->state, session->state, event, 0, !transition->listed};

	if (came_from_peer(event)) {
		session->heard_ms = now_ms;
		session->unanswered = 0;
	}
	if (step.unexpected)
		return step;
	if (event == SESSION_ON_STOP || event == SESSION_ON_START)
		session->stopping = event == SESSION_ON_STOP;

	step.to = destination(session, transition->to);
	step.actions = transition->actions;
	if (step.to == SESSION_CONNECTING && step.from != step.to && session->settings.passive) {
		step.to = SESSION_WAITING;
		step.actions = NOTHING;
	}
	if (step.to == SESSION_WAITING)
		plan_retry(session, event, now_ms, random);
	if (event == SESSION_ON_BIND_OK)
		session->refusals = 0;
	if (step.actions & SESSION_DO_SEND_ENQUIRE) {
		session->unanswered++;
		session->enquired_ms = now_ms;
	}
	if (step.to != step.from) {
		session->state = step.to;
		session->entered_ms = now_ms;
	}
	return step;
}

uint64_t session_due_ms(const struct session *session)
{
	const struct session_settings *settings = &session->settings;

	switch (session->state) {
	case SESSION_WAITING:
		return session->retry_ms;
	case SESSION_CONNECTING:
		return session->entered_ms + settings->connect_timeout_ms;
	case SESSION_OPEN:
	case SESSION_BINDING:
		return session->entered_ms + settings->init_timeout_ms;
	case SESSION_BOUND_TX:
	case SESSION_BOUND_RX:
	case SESSION_BOUND_TRX:
		if (session->unanswered > 0)
			return session->enquired_ms + settings->enquire_timeout_ms;
		return session->heard_ms + settings->enquire_idle_ms;
	case SESSION_DRAINING:
		return session->entered_ms + settings->drain_timeout_ms;
	case SESSION_UNBINDING:
		return session->entered_ms + settings->unbind_timeout_ms;
	case SESSION_STOPPED:
	case SESSION_STATE_COUNT:
		break;
	}
	return UINT64_MAX;
}

static enum session_event due_event(const struct session *session)
{
	switch (session->state) {
	case SESSION_WAITING:
		return SESSION_ON_RETRY_DUE;
	case SESSION_CONNECTING:
		return SESSION_ON_CONNECT_TIMEOUT;
	case SESSION_OPEN:
	case SESSION_BINDING:
		return SESSION_ON_INIT_TIMEOUT;
	case SESSION_DRAINING:
		return SESSION_ON_DRAIN_TIMEOUT;
	case SESSION_UNBINDING:
		return SESSION_ON_UNBIND_TIMEOUT;
	default:
		break;
	}
	if (session->unanswered == 0)
		return SESSION_ON_IDLE;
	if (session->unanswered >= session->settings.enquire_unanswered)
		return SESSION_ON_DEAD;
	return SESSION_ON_ENQUIRE_TIMEOUT;
}

bool session_tick(struct session *session, uint64_t now_ms, uint32_t random,
		  struct session_step *step)
{
	if (session_due_ms(session) > now_ms)
		return false;
	*step = session_step(session, due_event(session), now_ms, random);
	return true;
}
