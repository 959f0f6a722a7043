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
	default:
		return RETRY_FAIL;
	}
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
