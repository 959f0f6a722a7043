#include "gateway/retry.h"

#include "smpp/status.h"

enum retry_verdict retry_verdict(uint32_t status)
{
	switch (status) {
	case ESME_ROK:
		return RETRY_SENT;
	case ESME_RTHROTTLED:
	case ESME_RMSGQFUL:
	case ESME_RX_T_APPN:
		return RETRY_PAUSE;
	case ESME_RSYSERR:
	case ESME_RINVBNDSTS:
	case ESME_RSUBMITFAIL:
	case ESME_RDELIVERYFAILURE:
	case ESME_RUNKNOWNERR:
	case ESME_RSERTYPUNAVAIL:
		return RETRY_LATER;
	case ESME_RINVSRCADR:
	case ESME_RSERTYPUNAUTH:
	case ESME_RPROHIBITED:
	case ESME_RSERTYPDENIED:
		return RETRY_REROUTE;
	default:
		return RETRY_FAIL;
	}
}

struct retry_rule retry_rule(const struct settings_carrier *carrier, uint32_t status)
{
	static const enum retry_verdict verdicts[] = {
		[SETTINGS_RETRY] = RETRY_LATER,
		[SETTINGS_REROUTE] = RETRY_REROUTE,
		[SETTINGS_FAIL] = RETRY_FAIL,
		[SETTINGS_THROTTLE] = RETRY_PAUSE,
	};

	for (size_t i = 0; status != ESME_ROK && i < carrier->statuses_count; i++) {
		const struct settings_status *entry = &carrier->statuses[i];
		if (entry->status == status)
			return (struct retry_rule){verdicts[entry->action], entry->after_ms};
	}
	return (struct retry_rule){retry_verdict(status), 0};
}

uint64_t retry_delay_ms(uint32_t attempts, uint32_t random)
{
	uint64_t delay_ms = RETRY_DELAY_MIN_MS;

	for (uint32_t i = 1; i < attempts && delay_ms < RETRY_DELAY_MAX_MS; i++)
		delay_ms *= 2;
	if (delay_ms > RETRY_DELAY_MAX_MS)
		delay_ms = RETRY_DELAY_MAX_MS;
	return delay_ms / 2 + random % (delay_ms / 2 + 1);
}
