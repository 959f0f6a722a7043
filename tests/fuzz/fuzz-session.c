#include <stdlib.h>

#include "smpp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct session *session, struct session_step step)
{
	bool was_bound = session_is_bound(step.from);
	bool is_bound = session_is_bound(step.to);

	if (session->state != step.to || session->state >= SESSION_STATE_COUNT)
		abort();
	if (step.unexpected && (step.actions || step.from != step.to))
		abort();
	/* Requests flow from READY to HOLD, and only while bound. */
	if (is_bound != was_bound &&
	    !(step.actions & (is_bound ? SESSION_DO_READY : SESSION_DO_HOLD)))
		abort();
	if (session->unanswered > session->settings.enquire_unanswered)
		abort();
	if (step.to == SESSION_WAITING && session->stopping)
		abort();
	if (session->settings.passive && step.actions & SESSION_DO_CONNECT)
		abort();
}

/* Two octets a step: an event or a jump of the clock, and how far. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_settings settings = session_settings_default(SESSION_TRANSCEIVER);
	struct session session;
	struct session_step step;
	uint64_t now_ms = 0;

	settings.passive = size % 2 == 1;
	session_init(&session, &settings);
	for (size_t i = 0; i + 1 < size; i += 2) {
		unsigned event = data[i] % (SESSION_EVENT_COUNT + 4);
		now_ms += (uint64_t)data[i + 1] * 251;
		if (event < SESSION_ON_RETRY_DUE)
			check(&session, session_step(&session, (enum session_event)event, now_ms,
						     data[i + 1]));
		for (unsigned steps = 0; session_tick(&session, now_ms, data[i + 1], &step);) {
			check(&session, step);
			if (step.unexpected || ++steps > 20)
				abort();
		}
	}
	return 0;
}
